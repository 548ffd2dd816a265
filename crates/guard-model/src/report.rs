//! The report: what `guard check --format json` prints, version 1.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::claim::Claim;
use crate::evidence::{GapKind, Snippet, Timings};
use crate::finding::Finding;
use crate::lab::{CellOutcome, SandboxReport};
use crate::level::{Level, Mode, Side, Verdict};
use crate::mutants::{MutantOutcome, MutantRecord, MutantRun};
use crate::pairs::Pair;
use crate::words::WordsInput;

/// One run's report. Parts that were not collected are absent or `null`, never empty lists that read
/// as "nothing found".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// [`crate::SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Version of guard.
    pub guard: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The verdict as one line for people, with the reach of what was measured.
    pub headline: String,
    /// Mode of the run.
    pub mode: Mode,
    /// Name of the repository.
    pub repository: String,
    /// The change; `null` outside a repository.
    pub change: Option<ChangeSummary>,
    /// Where the policy came from.
    pub policy: String,
    /// The level from which a finding makes the verdict `fail`.
    pub fail_on: Level,
    /// What was read of the agent's words.
    pub words: Vec<WordsInput>,
    /// Why no agent session was taken, when one was looked for in vain.
    pub no_session: Option<String>,
    /// Findings, worst first, then by place.
    pub findings: Vec<Finding>,
    /// Claims in reading order.
    pub claims: Option<Vec<Claim>>,
    /// The agent's list of tasks; `null` when it kept none.
    #[serde(default)]
    pub tasks: Option<TaskSummary>,
    /// Edits that the change repeats, with the places that it left; `null` when it repeats none.
    #[serde(default)]
    pub sites: Option<Vec<SiteGroup>>,
    /// References and what should follow them; `null` when no pair was looked at.
    #[serde(default)]
    pub pairs: Option<Vec<Pair>>,
    /// Builds.
    pub build: Option<BuildSummary>,
    /// Tests.
    pub tests: Option<TestSummary>,
    /// Mutants; `null` when none were asked for.
    #[serde(default)]
    pub mutants: Option<MutantSummary>,
    /// How children were confined.
    pub sandbox: Option<SandboxReport>,
    /// Checks that did not speak, and why.
    pub skipped_checks: Vec<SkippedCheck>,
    /// Lines that findings quote.
    pub snippets: Vec<Snippet>,
    /// Where the time went.
    pub timings: Timings,
    /// The run directory, when the run was kept.
    pub out: Option<String>,
}

/// A list of tasks in brief.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskSummary {
    /// Items that were ticked.
    pub done: u64,
    /// Items that were never ticked and still stand in the list.
    pub open: Vec<TaskLeft>,
    /// Items that were never ticked and that a newer list no longer has.
    pub dropped: Vec<TaskLeft>,
}

/// An item of a list of tasks that was never ticked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskLeft {
    /// What was to be done.
    pub subject: String,
    /// Where the list last said something of it.
    #[serde(rename = "where")]
    pub place: String,
}

/// The change in brief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeSummary {
    /// Object id of base (of its tree where base is no commit).
    pub base: String,
    /// Object id of head, or `index`, or `worktree`.
    pub head: String,
    /// The merge base that base was moved to.
    pub merge_base: Option<String>,
    /// Why this base.
    pub base_reason: String,
    /// Files that differ.
    pub files: u64,
    /// Lines added.
    pub added: u64,
    /// Lines removed.
    pub removed: u64,
}

/// The builds in brief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BuildSummary {
    /// Base.
    pub base: BuildWord,
    /// Head.
    pub head: BuildWord,
    /// Sides whose builds and tests are known from an earlier run of the same files.
    pub known_before: Vec<Side>,
}

/// One word for a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BuildWord {
    /// It builds.
    Ok,
    /// It does not build.
    Failed,
    /// Not tried, or inconclusive.
    NotRun,
}

/// The tests in brief.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestSummary {
    /// Counts at base; `null` when base was not run, or not as a whole.
    pub base: Option<TestCounts>,
    /// Counts at head; `null` when head was not run.
    pub head: Option<TestCounts>,
    /// Identities at head that base lacks.
    pub added: Option<Vec<String>>,
    /// Identities at base that head lacks.
    pub removed: Option<Vec<String>>,
    /// Identities matched by body, `[old, new]`.
    pub renamed: Option<Vec<[String; 2]>>,
    /// Identities that ran at base and are ignored at head.
    pub newly_ignored: Option<Vec<String>>,
    /// Identities that pass at base and fail at head.
    pub newly_failing: Option<Vec<String>>,
    /// Identities whose reruns differ.
    pub flaky: Option<Vec<String>>,
    /// The cell "base's tests on head's code".
    pub old_tests_on_new_code: Option<Vec<CellEntry>>,
    /// The cell "head's tests on base's code".
    pub new_tests_on_old_code: Option<Vec<CellEntry>>,
}

/// Mutants: each count is one over `list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MutantSummary {
    /// All that were made.
    pub total: u64,
    /// A test failed.
    pub caught: u64,
    /// All tests that reach it passed.
    pub missed: u64,
    /// A test did not end.
    pub timeout: u64,
    /// It does not compile.
    pub unviable: u64,
    /// No test reaches it.
    pub uncovered: u64,
    /// Its code was not compiled.
    pub not_compiled: u64,
    /// Those among all that were built on their own.
    pub fallback: u64,
    /// It was not tested.
    pub not_run: u64,
    /// Those among all that are known from an earlier run with the same test programs.
    #[serde(default)]
    pub kept: u64,
    /// Each mutant.
    pub list: Vec<MutantRecord>,
}

impl MutantSummary {
    /// How many a test was asked about, or could have been: what was measured.
    pub fn tested(&self) -> u64 {
        self.caught + self.missed + self.timeout + self.uncovered
    }
}

impl From<&MutantRun> for MutantSummary {
    fn from(run: &MutantRun) -> MutantSummary {
        MutantSummary {
            total: run.list.len() as u64,
            caught: run.count(MutantOutcome::Caught),
            missed: run.count(MutantOutcome::Missed),
            timeout: run.count(MutantOutcome::Timeout),
            unviable: run.count(MutantOutcome::Unviable),
            uncovered: run.count(MutantOutcome::Uncovered),
            not_compiled: run.count(MutantOutcome::NotCompiled),
            fallback: run.list.iter().filter(|m| m.own_build).count() as u64,
            not_run: run.count(MutantOutcome::NotRun),
            kept: run.list.iter().filter(|m| m.kept).count() as u64,
            list: run.list.clone(),
        }
    }
}

/// Counts of one test run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestCounts {
    /// Passed.
    pub passed: u64,
    /// Failed or timed out.
    pub failed: u64,
    /// Skipped by their own mark.
    pub ignored: u64,
    /// Left out by a filter.
    pub filtered: u64,
}

/// One test of a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CellEntry {
    /// Identity.
    pub id: String,
    /// Outcome.
    pub outcome: CellOutcome,
}

/// One edit that the change repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SiteGroup {
    /// `before -> after`.
    pub pattern: String,
    /// Places that were changed.
    pub done: u64,
    /// Places that were changed, and those that were left out.
    pub total: u64,
    /// Places judged to be left out, surest first.
    pub residual: Vec<ResidualSite>,
    /// Places of the same form that were left alone for a reason, the first of them.
    pub cleared: Vec<ClearedSite>,
    /// How many were cleared in all.
    pub cleared_total: u64,
    /// Why the search did not reach every file, if it did not.
    pub unsearched: Option<String>,
}

/// A place that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResidualSite {
    /// Path at head.
    pub path: String,
    /// Line, 1-based.
    pub line: u32,
    /// How sure it is that the edit belongs here too.
    pub certainty: Certainty,
}

/// A place that was left alone for a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClearedSite {
    /// Path at head.
    pub path: String,
    /// Line, 1-based.
    pub line: u32,
    /// The reason, for people.
    pub reason: String,
}

/// A probability, kept in hundredths and written as `0.97`.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(from = "f64", into = "f64")]
#[schemars(with = "f64")]
pub struct Certainty(u8);

impl Certainty {
    /// From hundredths.
    pub const fn percent(hundredths: u8) -> Certainty {
        Certainty(if hundredths > 100 { 100 } else { hundredths })
    }

    /// In hundredths.
    pub fn as_percent(self) -> u8 {
        self.0
    }
}

impl From<f64> for Certainty {
    fn from(value: f64) -> Certainty {
        Certainty((value * 100.0).round().clamp(0.0, 100.0) as u8)
    }
}

impl From<Certainty> for f64 {
    fn from(value: Certainty) -> f64 {
        f64::from(value.0) / 100.0
    }
}

/// A check that did not speak.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct SkippedCheck {
    /// Name of the check.
    pub check: String,
    /// Kind of reason.
    pub reason_kind: SkipKind,
    /// The reason, for people.
    pub reason: String,
    /// Path of the log that tells more.
    #[serde(default)]
    pub log: Option<String>,
}

/// Kinds of reasons in [`SkippedCheck`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SkipKind {
    /// The mode does not include it.
    Mode,
    /// The time budget ran out.
    Budget,
    /// A tool is not installed.
    MissingTool,
    /// The sandbox could not be had or refused something.
    Sandbox,
    /// The input lacks what it needs.
    Input,
}

impl From<GapKind> for SkipKind {
    fn from(kind: GapKind) -> Self {
        match kind {
            GapKind::Mode => SkipKind::Mode,
            GapKind::Budget => SkipKind::Budget,
            GapKind::MissingTool => SkipKind::MissingTool,
            GapKind::Sandbox => SkipKind::Sandbox,
            GapKind::Input => SkipKind::Input,
        }
    }
}
