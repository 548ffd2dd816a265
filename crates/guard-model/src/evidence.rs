//! What was collected: the only thing that judging sees besides the policy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::copies::CopiedFunction;
use crate::lab::LabEvidence;
use crate::level::Mode;
use crate::pairs::PairEvidence;
use crate::policy::Policy;
use crate::reality::Reality;
use crate::sites::SitesEvidence;
use crate::source::{Reach, SourceFacts};
use crate::words::Words;

/// Everything that was collected for one run. Stored as `evidence.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// [`crate::SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// Version of guard that wrote it.
    pub guard: String,
    /// Mode it was collected in.
    pub mode: Mode,
    /// Which parts of it were collected, where the tests were spread over several runs and not all of them are here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parts>,
    /// Day of the run (`YYYY-MM-DD`, UTC): judging has no clock, and suppressions expire.
    pub today: String,
    /// Name of the repository, for headings: the last part of its path.
    pub repository: String,
    /// The policy in force, read from base.
    pub policy: Policy,
    /// Where the policy came from ("guard.toml at 1a2b3c4", "built-in default").
    pub policy_source: String,
    /// The policy at head, when the change touches it.
    pub head_policy: Option<PolicyEdit>,
    /// The change.
    pub change: Change,
    /// What was said.
    pub words: Words,
    /// Syntax of changed files, base and head.
    pub sources: Vec<SourceFacts>,
    /// The lines that the change added and removed, as far as they were kept.
    #[serde(default)]
    pub lines: Vec<ChangedLines>,
    /// Where names that claims mention stand at head, outside and inside of the change.
    #[serde(default)]
    pub lookups: Vec<Lookup>,
    /// Where files that claims name are at head, when the change does not touch them.
    #[serde(default)]
    pub named_files: Vec<NamedFile>,
    /// Inputs of tests and callers of new functions, where claims speak of them.
    #[serde(default)]
    pub reality: Reality,
    /// Whether new and moved source files are part of the build.
    pub reach: Vec<Reach>,
    /// Edits that repeat, and where they were not made; `None` when it was not looked for.
    #[serde(default)]
    pub sites: Option<SitesEvidence>,
    /// References and what should follow them, as far as the change touches either.
    #[serde(default)]
    pub pairs: Vec<PairEvidence>,
    /// New functions that repeat what exists.
    #[serde(default)]
    pub copies: Vec<CopiedFunction>,
    /// What running showed; `None` when nothing was run.
    pub lab: Option<LabEvidence>,
    /// Short pieces of changed files that reports may quote.
    pub snippets: Vec<Snippet>,
    /// What could not be observed.
    pub gaps: Vec<Gap>,
    /// Where the time went.
    pub timings: Timings,
}

/// Some parts of a run whose tests were spread over several. What one of them did not see another may have seen: only
/// all of them together can be judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parts {
    /// The parts that are here, counted from 1.
    pub measured: Vec<u32>,
    /// How many there are.
    pub of: u32,
}

/// The lines of one changed file that differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangedLines {
    /// Path at head (at base for a deletion).
    pub path: String,
    /// Lines of base that are gone or changed.
    pub removed: Vec<NumberedLine>,
    /// Lines of head that are new or changed.
    pub added: Vec<NumberedLine>,
    /// True when there is more than was kept, of lines or of a line: what is not here may still be in the change.
    pub cut: bool,
}

/// A line with its number on its side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NumberedLine {
    /// Number, 1-based.
    pub line: u32,
    /// Text without its end, at most 1 KiB.
    pub text: String,
}

/// Where a name stands at head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lookup {
    /// What was searched for, as written.
    pub text: String,
    /// Number of lines that have it; `None` when the search could not be finished.
    pub lines: Option<u64>,
    /// Number of them in source files.
    pub in_source: u64,
    /// Number of them in files that the change touches.
    #[serde(default)]
    pub in_change: u64,
    /// The first of them, in path order.
    pub places: Vec<Place>,
}

/// Where a file is that a claim names and the change does not touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedFile {
    /// The path as said.
    pub said: String,
    /// Files of head that it may mean, in path order, not all where there are many; `None` when head could not be
    /// listed.
    pub at_head: Option<Vec<String>>,
    /// Whether head's `.gitignore` keeps a file of that path out of commits.
    pub ignored: bool,
}

/// A line of a file, for lists of places.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// Path.
    pub path: String,
    /// Line, 1-based.
    pub line: u32,
}

/// An edit of guard's own policy inside the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyEdit {
    /// Path of the policy file.
    pub path: String,
    /// The policy as it would be at head; `None` when head's cannot be read or is gone.
    pub policy: Option<Policy>,
    /// The error, when head's policy cannot be read.
    pub error: Option<String>,
}

/// A few lines of a file, so that a report can show a finding without reading the repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Snippet {
    /// Path on its side.
    pub path: String,
    /// Side.
    #[serde(default)]
    pub side: crate::level::Side,
    /// Number of the first line, 1-based.
    pub first_line: u32,
    /// The lines, without line ends, each at most 240 characters.
    pub lines: Vec<String>,
}

/// Something that could not be observed. Named with the checks that needed it, it keeps a verdict
/// from being green.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// Checks that cannot speak because of it; empty when no single check depends on it.
    pub checks: Vec<String>,
    /// Kind of reason.
    pub kind: GapKind,
    /// The reason, for people, with what to do about it.
    pub reason: String,
    /// Log that tells more.
    pub log: Option<String>,
}

impl Gap {
    /// A gap on which no single check depends.
    pub fn new(kind: GapKind, reason: impl Into<String>) -> Gap {
        Gap { checks: Vec::new(), kind, reason: reason.into(), log: None }
    }

    /// A gap that leaves what builds and tests show unknown.
    pub fn of_runs(kind: GapKind, reason: impl Into<String>) -> Gap {
        Gap::new(kind, reason).silences(&["broken-build", "failing-test"])
    }

    /// A gap that leaves what tests show unknown.
    pub fn of_tests(kind: GapKind, reason: impl Into<String>) -> Gap {
        Gap::new(kind, reason).silences(&["failing-test"])
    }

    /// Names the checks that cannot speak because of it.
    #[must_use]
    pub fn silences(mut self, checks: &[&str]) -> Gap {
        self.checks = checks.iter().map(|&c| c.to_owned()).collect();
        self
    }

    /// Names the log that tells more.
    #[must_use]
    pub fn logged(mut self, log: impl Into<String>) -> Gap {
        self.log = Some(log.into());
        self
    }
}

/// Kinds of reasons why something was not observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GapKind {
    /// The mode does not include it. Does not make a run inconclusive.
    Mode,
    /// The time budget ran out.
    Budget,
    /// A tool is not installed.
    MissingTool,
    /// The sandbox could not be had, or refused something that the project needs.
    Sandbox,
    /// The input lacks it (a shallow clone, a missing object, an unreadable file).
    Input,
}

/// Where the time went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Timings {
    /// Collecting, in milliseconds.
    pub collect_ms: u64,
    /// Checking and judging, in milliseconds.
    pub check_ms: u64,
    /// Phases of collecting, in order.
    pub phases: Vec<Phase>,
}

/// One timed phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Phase {
    /// Name, such as `build head`.
    pub name: String,
    /// Wall time in milliseconds.
    pub ms: u64,
}
