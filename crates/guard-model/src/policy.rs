//! The policy: levels, commands, budgets, paths, suppressions. Read from base, so that a change
//! cannot judge itself.
//!
//! This is the *resolved* policy: preset and `guard.toml` merged, every value present. Reading,
//! merging and the messages about mistakes live in `guard-collect::policy`.

pub mod compare;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::level::{Level, Mode};

/// A resolved policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Policy {
    /// Preset that it starts from.
    pub preset: String,
    /// Level at which a finding fails the run.
    pub fail_on: Level,
    /// Mode when the command line names none.
    pub mode: Mode,
    /// What a git hook does when the verdict is inconclusive.
    pub on_inconclusive: HookReaction,
    /// What a git hook does when guard itself fails.
    pub on_error: HookReaction,
    /// Level of a check, by name, where it differs from the check's own default.
    pub levels: BTreeMap<String, Level>,
    /// Checks that must have been measured for a pass, beyond those the mode includes.
    pub require: Vec<String>,
    /// Time a run may take.
    pub budget: Budget,
    /// Limits for every child process.
    pub limits: Limits,
    /// What children may do.
    pub sandbox: SandboxPolicy,
    /// How cargo projects are built and tested.
    pub cargo: CargoPolicy,
    /// Build command; `None` means what the project's kind suggests.
    pub build: Option<BuildCommand>,
    /// Test suites; empty means what the project's kind suggests.
    pub suites: Vec<SuitePolicy>,
    /// Benchmarks that settle what is said of speed.
    #[serde(default)]
    pub benches: Vec<BenchPolicy>,
    /// References and what should follow them.
    #[serde(default)]
    pub pairs: Vec<PairPolicy>,
    /// Path patterns.
    pub paths: PathPolicy,
    /// Accepted findings.
    pub suppressions: Vec<Suppression>,
}

/// What a git hook does in a case that is no verdict about the code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum HookReaction {
    /// Let the commit through with one line.
    #[default]
    Allow,
    /// Stop it.
    Block,
}

/// Time a run may take, in seconds; `None` is no budget.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Budget {
    /// `commit` mode: for what comes after building and testing head.
    pub commit_s: Option<u64>,
    /// `ci` mode.
    pub ci_s: Option<u64>,
}

/// Limits for every child process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Limits {
    /// Wall time of a build command, in seconds.
    pub build_s: u64,
    /// Wall time of one test suite, in seconds.
    pub test_s: u64,
    /// Memory of a child's whole process tree as far as the platform can bound it, in MiB.
    pub memory_mib: u64,
    /// Output kept of one child, in MiB; a child that prints more is ended.
    pub output_mib: u64,
    /// Reruns of a failing test, to tell flaky from red.
    pub reruns: u32,
}

/// What children may do beyond reading the machine and writing the scratch area.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SandboxPolicy {
    /// Without a sandbox the run is inconclusive.
    pub required: bool,
    /// Children may use the network.
    pub network: bool,
    /// Further paths that children may write.
    pub write: Vec<String>,
    /// Unix sockets that children may use, such as `/var/run/docker.sock`.
    pub sockets: Vec<String>,
    /// Environment variables passed through beside the cleaned set.
    pub env: Vec<String>,
    /// `offline`: dependencies are never fetched.
    pub offline: bool,
}

/// How cargo projects are built and tested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CargoPolicy {
    /// Test the whole workspace, not only the default members.
    pub workspace: bool,
    /// Build benches and examples too.
    pub all_targets: bool,
    /// Features to turn on.
    pub features: Vec<String>,
    /// Turn all features on.
    pub all_features: bool,
    /// Leave default features off.
    pub no_default_features: bool,
    /// Run documentation tests.
    pub doctests: bool,
    /// Use nextest.
    pub nextest: UseNextest,
    /// Further arguments of `cargo test`.
    pub args: Vec<String>,
}

/// When nextest runs the tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UseNextest {
    /// When the project configures it and it is installed.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A build command of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BuildCommand {
    /// Fetches dependencies, with network, before any of the change's code runs.
    pub prepare: Option<String>,
    /// Shell command.
    pub run: String,
    /// Directory below the repository root.
    pub dir: Option<String>,
    /// Wall time in seconds, where it differs from [`Limits::build_s`].
    pub timeout_s: Option<u64>,
}

/// One test suite of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SuitePolicy {
    /// Name.
    pub name: String,
    /// Fetches dependencies, with network, before any of the change's code runs.
    pub prepare: Option<String>,
    /// Shell command that runs the tests.
    pub run: String,
    /// Directory below the repository root.
    pub dir: Option<String>,
    /// How results are read.
    pub results: ResultFormat,
    /// File that holds the results, below `dir`; standard output when absent.
    pub file: Option<String>,
    /// Wall time in seconds, where it differs from [`Limits::test_s`].
    pub timeout_s: Option<u64>,
}

/// One benchmark of the policy: a command that prints times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BenchPolicy {
    /// Name.
    pub name: String,
    /// Fetches dependencies, with network, before any of the change's code runs.
    pub prepare: Option<String>,
    /// Shell command that builds where needed, runs, and prints times (criterion, divan, hyperfine's JSON, or any
    /// line with a time and its unit).
    pub run: String,
    /// Directory below the repository root.
    pub dir: Option<String>,
    /// Wall time of one run in seconds, where it differs from [`Limits::test_s`].
    pub timeout_s: Option<u64>,
}

/// A reference and what should follow it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PairPolicy {
    /// A file, an item of one (`src/a.rs#open`), or a directory.
    pub reference: String,
    /// The same for what should follow it.
    pub implementations: Vec<String>,
    /// Declared renamings.
    pub rename: Vec<(String, String)>,
    /// `async` and `await` may differ.
    pub allow_async: bool,
}

/// How results of a suite are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResultFormat {
    /// `cargo test`'s text.
    Libtest,
    /// `cargo nextest`'s libtest-json lines.
    NextestJson,
    /// JUnit XML.
    Junit,
    /// `go test -json`.
    GoJson,
    /// Test Anything Protocol.
    Tap,
    /// Only the exit code: one test named after the suite.
    ExitCode,
}

/// Path patterns (globs relative to the repository root).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PathPolicy {
    /// Not looked at.
    pub ignore: Vec<String>,
    /// Generated: findings about how it is written are left out.
    pub generated: Vec<String>,
    /// Copied from elsewhere.
    pub vendored: Vec<String>,
    /// Test code that the languages' own conventions do not name.
    pub tests: Vec<String>,
}

/// A finding accepted by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suppression {
    /// Name of the check.
    pub check: String,
    /// Glob of the finding's path; `None` means everywhere.
    pub path: Option<String>,
    /// Fingerprint of one finding; `None` means all of this check and path.
    pub fingerprint: Option<String>,
    /// Why.
    pub reason: String,
    /// Last day (`YYYY-MM-DD`) on which it holds.
    pub until: Option<String>,
}
