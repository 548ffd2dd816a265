//! What running the change showed: builds, test runs, and the reality matrix.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::{Gap, Place};
use crate::mutants::MutantRun;

/// Everything the lab measured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LabEvidence {
    /// How children were confined.
    pub sandbox: SandboxReport,
    /// Head's code with head's tests.
    pub head: Option<CodeRun>,
    /// Base's code with base's tests, when it was needed.
    pub base: Option<CodeRun>,
    /// Base's tests on head's code: were tests rewritten to agree?
    pub old_tests_on_new_code: Option<Cell>,
    /// Head's tests on base's code: can the new tests fail?
    pub new_tests_on_old_code: Option<Cell>,
    /// Benchmarks that were run on both sides.
    #[serde(default)]
    pub benches: Vec<BenchComparison>,
    /// What linters said of head, where something is said of them.
    #[serde(default)]
    pub lints: Vec<LintRun>,
    /// Mutants of the changed code; `None` when they were not asked for.
    #[serde(default)]
    pub mutants: Option<MutantRun>,
}

impl LabEvidence {
    /// Whether anything was run: not where all there is was read from reports.
    pub fn has_run(&self) -> bool {
        self.head.is_some()
            || self.base.is_some()
            || !self.benches.is_empty()
            || !self.lints.is_empty()
            || self.mutants.as_ref().is_none_or(|mutants| mutants.reported_by.is_none())
    }
}

/// What a linter said of head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LintRun {
    /// Which one.
    pub linter: Linter,
    /// The command as a person would type it.
    pub command: String,
    /// Whether it covers all packages and targets; without that it is the command that most people type.
    pub whole: bool,
    /// What it complains of, first ones first, at most 200.
    pub complaints: Vec<Complaint>,
    /// How many complaints there are.
    pub total: u32,
    /// Why it could not be asked.
    pub gap: Option<Gap>,
    /// Log of the run.
    pub log: Option<String>,
    /// Wall time in milliseconds.
    pub ms: u64,
}

/// The linters that guard asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Linter {
    /// `cargo clippy`.
    Clippy,
    /// `cargo fmt`.
    Rustfmt,
}

/// One complaint of a linter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Complaint {
    /// File relative to the repository root, where it is inside.
    pub path: Option<String>,
    /// Line, 1-based.
    pub line: Option<u32>,
    /// The lint's name.
    pub lint: Option<String>,
    /// Its first line.
    pub message: String,
}

/// One benchmark, run alternately on base's and on head's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BenchComparison {
    /// Name.
    pub name: String,
    /// The command as it was run.
    pub command: String,
    /// What it measures, one entry a case that both sides have; empty when it could not be measured.
    pub cases: Vec<BenchCase>,
    /// Why it could not be measured, or not well.
    pub gap: Option<Gap>,
    /// Log of the runs.
    pub log: Option<String>,
}

/// One case of a benchmark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BenchCase {
    /// Name; empty for a command that prints one time without one.
    pub name: String,
    /// Middle time at base, in picoseconds.
    pub base_ps: u64,
    /// Middle time at head, in picoseconds.
    pub head_ps: u64,
    /// Time at head over time at base.
    pub ratio: Ratio,
    /// How often each side was run.
    pub runs: u32,
}

/// A ratio with the interval in which it lies 95 times of 100, in ten-thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ratio {
    /// The middle.
    pub middle: u32,
    /// The lower end.
    pub low: u32,
    /// The upper end.
    pub high: u32,
}

impl Ratio {
    /// A ratio from plain numbers.
    pub fn new(middle: f64, low: f64, high: f64) -> Ratio {
        let whole = |r: f64| (r * 10_000.0).round().clamp(0.0, f64::from(u32::MAX)) as u32;
        Ratio { middle: whole(middle), low: whole(low), high: whole(high) }
    }

    /// The middle, 1 being the same time.
    pub fn middle(&self) -> f64 {
        f64::from(self.middle) / 10_000.0
    }

    /// The lower end.
    pub fn low(&self) -> f64 {
        f64::from(self.low) / 10_000.0
    }

    /// The upper end.
    pub fn high(&self) -> f64 {
        f64::from(self.high) / 10_000.0
    }
}

/// How children were confined, as far as the platform allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SandboxReport {
    /// Writes outside the scratch area were refused by the kernel.
    pub writes_confined: bool,
    /// There was no network but loopback.
    pub network_closed: bool,
    /// All descendants die with the child (process-id namespace).
    pub tree_killed: bool,
    /// What could not be had, and why; also what the policy opened.
    pub remarks: Vec<String>,
}

/// One state of the code, built and tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CodeRun {
    /// Tree that was built.
    pub tree: String,
    /// How the build went.
    pub build: BuildOutcome,
    /// How the tests went; `None` when there was nothing to run them with.
    pub tests: Option<TestRun>,
    /// True when the outcome was kept from an earlier run of the same tree and command.
    pub cached: bool,
}

/// How a build went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BuildOutcome {
    /// State.
    pub state: BuildState,
    /// The command as a person would type it.
    pub command: String,
    /// Errors of the compiler, first ones first, at most 50.
    pub errors: Vec<Diagnostic>,
    /// Warnings counted.
    pub warnings: u32,
    /// Where the compiler says that code is never used, at most 500 places.
    #[serde(default)]
    pub unused: Vec<Place>,
    /// Files that errors ask for, that lie in the user's work tree, and that are not part of what was built.
    #[serde(default)]
    pub unadded: Vec<String>,
    /// The build with more features that the change breaks, though this one succeeds.
    #[serde(default)]
    pub broken_features: Option<FeatureBuild>,
    /// Why it is inconclusive.
    pub gap: Option<Gap>,
    /// Log file.
    pub log: Option<String>,
    /// Wall time in milliseconds.
    pub ms: u64,
}

/// A build with features that are off by default, and that changed code stands behind; it fails in lines of the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeatureBuild {
    /// The features, as `package/feature`.
    pub features: Vec<String>,
    /// The command as a person would type it.
    pub command: String,
    /// Errors of the compiler, first ones first, at most 50.
    pub errors: Vec<Diagnostic>,
    /// Log file.
    pub log: Option<String>,
}

impl BuildOutcome {
    /// A build of which only the state and the command are known.
    pub fn new(state: BuildState, command: impl Into<String>) -> BuildOutcome {
        BuildOutcome {
            state,
            command: command.into(),
            errors: Vec::new(),
            warnings: 0,
            unused: Vec::new(),
            unadded: Vec::new(),
            broken_features: None,
            gap: None,
            log: None,
            ms: 0,
        }
    }
}

/// State of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BuildState {
    /// Built.
    Ok,
    /// The code does not build.
    Failed,
    /// Could not be tried, or failed for a reason outside the code (network, tool, time, disk).
    Inconclusive,
    /// Nothing had to be built: the project is run as it is.
    NotRun,
}

/// One message of a compiler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnostic {
    /// Message, first line.
    pub message: String,
    /// Error code such as `E0425`.
    pub code: Option<String>,
    /// File relative to the repository root, where it is inside.
    pub path: Option<String>,
    /// Line, 1-based.
    pub line: Option<u32>,
    /// The whole message as the compiler renders it, without colour, at most 4 KiB.
    pub rendered: String,
}

/// Identity of a test: where it lives and what its runner calls it.
///
/// `suite` follows nextest's binary ids for Rust (`crate`, `crate::bin/name`, `crate::integration`,
/// `crate::doc`), and is the file, class or package for other languages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct TestId {
    /// Suite.
    pub suite: String,
    /// Name inside the suite.
    pub name: String,
}

impl std::fmt::Display for TestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.suite.is_empty() {
            f.write_str(&self.name)
        } else {
            write!(f, "{} {}", self.suite, self.name)
        }
    }
}

/// One run of a project's tests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestRun {
    /// The commands as a person would type them.
    pub commands: Vec<String>,
    /// Every test that is known of, in suite and name order.
    pub results: Vec<TestResult>,
    /// Every suite (test binary, report file) that ran.
    pub suites: Vec<SuiteOutcome>,
    /// Why the run is not complete; `None` when every suite ran to its end.
    pub gap: Option<Gap>,
    /// Log files.
    pub logs: Vec<String>,
    /// Wall time in milliseconds.
    pub ms: u64,
}

impl TestRun {
    /// Whether anything of it was observed; else only its gap says something.
    pub fn was_run(&self) -> bool {
        self.gap.is_none() || !self.results.is_empty() || !self.suites.is_empty()
    }

    /// How many results have `outcome`.
    pub fn count(&self, outcome: TestOutcome) -> u64 {
        self.results.iter().filter(|r| r.outcome == outcome).count() as u64
    }

    /// The result of one test.
    pub fn result(&self, id: &TestId) -> Option<&TestResult> {
        self.results.iter().find(|r| r.id == *id)
    }
}

/// One test's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestResult {
    /// Identity.
    pub id: TestId,
    /// Outcome of the first run.
    pub outcome: TestOutcome,
    /// Outcomes of reruns of the same build, in order; empty when it was not rerun.
    pub reruns: Vec<TestOutcome>,
    /// What the runner or the panic said, at most 2 KiB.
    pub message: Option<String>,
    /// File of the failure, relative to the repository root, where it is known.
    pub path: Option<String>,
    /// Line of the failure.
    pub line: Option<u32>,
    /// Time in milliseconds, where the runner tells.
    pub ms: Option<u64>,
    /// A condition of the run that explains the failure.
    pub condition: Option<Condition>,
}

/// A condition of guard's own runs under which a test fails though the code may be fine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Condition {
    /// What it is: "passes as root; fails as the ordinary user", "needs the network, which is closed to tests".
    pub says: String,
    /// What shows it.
    pub proof: Proof,
}

/// What shows that a failure is one of its run's conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// Reruns of the same build under other conditions passed.
    Rerun,
    /// What the failure names is lacking on this machine, or differs from one machine to the next.
    Machine,
    /// Nothing but the words of the failure, which the test itself may have written.
    Words,
}

impl TestResult {
    /// A result of which only identity and outcome are known.
    pub fn new(id: TestId, outcome: TestOutcome) -> TestResult {
        TestResult {
            id,
            outcome,
            reruns: Vec::new(),
            message: None,
            path: None,
            line: None,
            ms: None,
            condition: None,
        }
    }

    /// True when it failed in some runs of the same build and not in others.
    pub fn is_flaky(&self) -> bool {
        let decided = self.reruns.iter().filter(|o| o.is_failure() || **o == TestOutcome::Passed);
        decided.into_iter().any(|o| o.is_failure() != self.outcome.is_failure())
    }

    /// True when it failed, and every rerun failed too.
    pub fn failed_for_sure(&self) -> bool {
        self.outcome.is_failure() && !self.is_flaky() && self.condition.is_none()
    }
}

/// Outcome of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TestOutcome {
    /// Passed.
    Passed,
    /// Failed by its own word, or its process died while it ran.
    Failed,
    /// Was still running when the time limit ended the suite.
    TimedOut,
    /// Skipped by its own mark.
    Ignored,
    /// Announced by the suite and never reported: the suite ended before.
    NotRun,
}

impl TestOutcome {
    /// Failed or timed out.
    pub fn is_failure(self) -> bool {
        matches!(self, TestOutcome::Failed | TestOutcome::TimedOut)
    }

    /// In one word.
    pub fn as_str(self) -> &'static str {
        match self {
            TestOutcome::Passed => "passed",
            TestOutcome::Failed => "failed",
            TestOutcome::TimedOut => "timed out",
            TestOutcome::Ignored => "ignored",
            TestOutcome::NotRun => "not run",
        }
    }
}

/// How one suite (a test binary, a report) went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SuiteOutcome {
    /// Suite, as in [`TestId::suite`].
    pub suite: String,
    /// Number of tests the suite announced ("running 12 tests").
    pub announced: Option<u64>,
    /// Number of tests left out by a filter.
    pub filtered: u64,
    /// Exit code of its process, where it has one of its own.
    pub exit_code: Option<i32>,
    /// What went wrong with the suite as a whole.
    pub trouble: Option<SuiteTrouble>,
    /// A sentence about the trouble, with the tail of the output.
    pub detail: Option<String>,
    /// Wall time in milliseconds.
    pub ms: u64,
}

/// What can go wrong with a suite as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SuiteTrouble {
    /// It announced tests and ended, even with exit code 0, before reporting a result line.
    EndedEarly,
    /// It was still running at the time limit.
    Hung,
    /// It died of a signal.
    Crashed,
    /// It ended with a failure that no test accounts for.
    FailedOutsideTests,
    /// It used more memory than it may.
    OverMemory,
    /// It printed more than it may.
    OverOutput,
}

/// One cell of the reality matrix: tests of one side on the code of the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cell {
    /// Outcome of every compared test, in order.
    pub results: Vec<CellResult>,
    /// Why the cell is not complete.
    pub gap: Option<Gap>,
    /// Wall time in milliseconds.
    pub ms: u64,
}

/// One test in a cell of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CellResult {
    /// Identity of the test on the side that it comes from.
    pub id: TestId,
    /// File the test comes from.
    pub path: String,
    /// Line of the test on its own side.
    pub line: Option<u32>,
    /// Outcome.
    pub outcome: CellOutcome,
    /// What the test or the compiler said, at most 2 KiB.
    pub message: Option<String>,
}

/// Outcome of a test in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CellOutcome {
    /// Passed.
    Passed,
    /// Failed by its own word.
    Failed,
    /// Does not compile or does not start there: an API changed; says nothing.
    NotComparable,
}
