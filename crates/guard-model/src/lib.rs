//! The words of `guard`: plain data that every other crate speaks, and nothing else.
//!
//! Collecting fills an [`Evidence`]; judging turns evidence and a [`Policy`] into a [`Report`];
//! rendering prints the report. All three are serialisable, so a run can be kept on disk, judged
//! again under another policy and rendered in another format without running anything.
//!
//! Invariant: no I/O, no clock, no environment in this crate.

pub mod change;
pub mod claim;
pub mod copies;
pub mod evidence;
pub mod examples;
pub mod finding;
pub mod lab;
pub mod mutants;
pub mod pairs;
pub mod policy;
pub mod reality;
pub mod report;
pub mod sites;
pub mod source;
pub mod template;
pub mod words;

mod level;
mod paths;

pub use change::{Change, ChangeKind, Commit, FileChange, FileKind, Hunk, Snapshot, SnapshotKind};
pub use claim::{Claim, ClaimKind, ClaimScope, ClaimSource, ClaimVerdict, Quantifier, SourceKind};
pub use copies::CopiedFunction;
pub use evidence::{Evidence, Gap, GapKind, Timings};
pub use examples::Examples;
pub use finding::{EvidenceItem, EvidenceKind, Finding, Suppressed};
pub use level::{Level, Mode, Side, Verdict};
pub use mutants::{Kill, MutantOutcome, MutantRecord, MutantRun, MutatedFile};
pub use pairs::{DriftKind, DriftPoint, Grade, Pair, PairEvidence, PairOrigin, PairSide, Substitution};
pub use paths::{is_aside_path, is_vendored_path};
pub use policy::Policy;
pub use reality::Reality;
pub use report::Report;
pub use sites::{EditExample, EditPattern, Rewrite, Site, SitesEvidence};
pub use source::{Item, ItemKind, Language, Reach, SourceFacts, Stub, TestDecl, TestFork, TestFrame};
pub use words::{Command, Event, EventKind, Speaker, Statement, StatementKind, Task, TaskStatus, Words};

/// Version of the JSON report and of the evidence on disk (`formats`: report, version 1).
pub const SCHEMA_VERSION: u32 = 1;
