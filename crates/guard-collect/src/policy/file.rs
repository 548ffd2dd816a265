//! The format of `guard.toml`, as editors see it. Reading does not go through these types: their only
//! use is the JSON Schema, and a test holds them and the reader together.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

/// What guard checks, how strictly, and what it may run.
///
/// Read from the base of a change, so that a change cannot judge itself. Every key is optional; what is
/// not set comes from the preset.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PolicyFile {
    /// Preset to start from: `default` when absent. `guard policy show NAME` prints one.
    pub preset: Option<PresetName>,
    /// Level at which a finding fails the run.
    pub fail_on: Option<FailOn>,
    /// How much a run may cost when the command line says nothing: `quick` reads only, `commit` builds and
    /// tests within a budget, `ci` does everything.
    pub mode: Option<ModeName>,
    /// What a git hook does when a verdict could not be reached.
    pub on_inconclusive: Option<Reaction>,
    /// What a git hook does when guard itself fails.
    pub on_error: Option<Reaction>,
    /// Checks that must have been measured for a pass, beyond those that the mode includes.
    pub require: Option<Vec<String>>,
    /// Level of a check, by name: `deleted-test = "warn"`.
    pub checks: Option<BTreeMap<String, LevelName>>,
    /// Time that a run may take.
    pub budget: Option<BudgetFile>,
    /// Limits for every child process.
    pub limits: Option<LimitsFile>,
    /// What children may do beside reading the machine and writing the scratch area.
    pub sandbox: Option<SandboxFile>,
    /// How cargo projects are built and tested.
    pub cargo: Option<CargoFile>,
    /// A build command, instead of the one that the project's kind suggests.
    pub build: Option<BuildFile>,
    /// Test suites, instead of those that the project's kind suggests; one `[[suite]]` each.
    pub suite: Option<Vec<SuiteFile>>,
    /// Benchmarks that settle what is said of speed; one `[[bench]]` each.
    pub bench: Option<Vec<BenchFile>>,
    /// References and what should follow them; one `[[pair]]` each.
    pub pair: Option<Vec<PairFile>>,
    /// Path patterns, relative to the repository root.
    pub paths: Option<PathsFile>,
    /// Findings that a person accepts; one `[[allow]]` each.
    pub allow: Option<Vec<AllowFile>>,
}

/// Names of presets.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PresetName {
    /// For people at their desk.
    Default,
    /// For a git hook: short.
    PreCommit,
    /// For the end of an agent's turn: shorter.
    StopHook,
    /// For continuous integration: everything.
    Ci,
    /// Warnings fail, and nothing runs without a sandbox.
    Strict,
}

/// Levels of findings.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LevelName {
    /// Not reported.
    Allow,
    /// Worth knowing.
    Note,
    /// A reviewer should look.
    Warn,
    /// The change must not go in like this.
    Deny,
}

/// Levels at which a run can fail.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// Any finding fails.
    Note,
    /// Warnings fail.
    Warn,
    /// Only denied findings fail.
    Deny,
}

/// Modes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModeName {
    /// Static checks only.
    Quick,
    /// Build, test, then compare with base while the budget lasts.
    Commit,
    /// Everything.
    Ci,
}

/// What a hook does in a case that is no verdict about the code.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reaction {
    /// Let the commit through with one line.
    Allow,
    /// Stop it.
    Block,
}

/// `[budget]`: time such as `"90s"`, `"2min"`, `"1h30m"`, or `"none"` for no budget.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BudgetFile {
    /// Mode `commit`: for what comes after building and testing the change.
    pub commit: Option<String>,
    /// Mode `ci`.
    pub ci: Option<String>,
}

/// `[limits]`: for every child process.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LimitsFile {
    /// Wall time of a build command, such as `"20min"`.
    pub build: Option<String>,
    /// Wall time of one test suite, such as `"10min"`.
    pub test: Option<String>,
    /// Memory of a child with all its descendants, such as `"8GiB"`.
    pub memory: Option<String>,
    /// Output of one child, such as `"256MiB"`; a child that prints more is ended.
    pub output: Option<String>,
    /// How often a failing test is rerun, to tell flaky from red; at most 20.
    #[schemars(range(max = 20))]
    pub reruns: Option<u32>,
}

/// `[sandbox]`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SandboxFile {
    /// Without a sandbox, run nothing and be inconclusive.
    pub required: Option<bool>,
    /// Children may use the network.
    pub network: Option<bool>,
    /// Further paths that children may write.
    pub write: Option<Vec<String>>,
    /// Unix sockets that children may use, such as `/var/run/docker.sock`.
    pub sockets: Option<Vec<String>>,
    /// Environment variables that children get beside the cleaned set.
    pub env: Option<Vec<String>>,
    /// Never fetch dependencies.
    pub offline: Option<bool>,
}

/// `[cargo]`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CargoFile {
    /// Test the whole workspace, not only its default members.
    pub workspace: Option<bool>,
    /// Build benches and examples too.
    pub all_targets: Option<bool>,
    /// Features to turn on.
    pub features: Option<Vec<String>>,
    /// Turn all features on.
    pub all_features: Option<bool>,
    /// Leave default features off.
    pub no_default_features: Option<bool>,
    /// Run documentation tests.
    pub doctests: Option<bool>,
    /// Whether nextest runs the tests: `auto` does when the project configures it and it is installed.
    pub nextest: Option<Nextest>,
    /// Further arguments of `cargo test`.
    pub args: Option<Vec<String>>,
}

/// When nextest runs the tests.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Nextest {
    /// When the project configures it and it is installed.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// `[build]`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BuildFile {
    /// Shell command that builds.
    pub run: String,
    /// Shell command that fetches dependencies, with network, before any of the change's code runs.
    pub prepare: Option<String>,
    /// Directory below the repository root.
    pub dir: Option<String>,
    /// Wall time, where it differs from `limits.build`.
    pub timeout: Option<String>,
}

/// `[[suite]]`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SuiteFile {
    /// Name, for reports; different for each suite.
    pub name: String,
    /// Shell command that runs the tests.
    pub run: String,
    /// Shell command that fetches dependencies, with network, before any of the change's code runs.
    pub prepare: Option<String>,
    /// Directory below the repository root.
    pub dir: Option<String>,
    /// How results are read; `exit-code` when absent.
    pub results: Option<Results>,
    /// File that holds the results, below `dir`; standard output when absent.
    pub file: Option<String>,
    /// Wall time, where it differs from `limits.test`.
    pub timeout: Option<String>,
}

/// `[[bench]]`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BenchFile {
    /// Name, for reports; different for each benchmark.
    pub name: String,
    /// Shell command that prints times: of criterion, divan or hyperfine (`--export-json -`), or any line with a time
    /// and its unit.
    pub run: String,
    /// Shell command that fetches dependencies, with network, before any of the change's code runs.
    pub prepare: Option<String>,
    /// Directory below the repository root.
    pub dir: Option<String>,
    /// Wall time of one run, where it differs from `limits.test`.
    pub timeout: Option<String>,
}

/// `[[pair]]`: a file, an item of one (`src/login.tsx#submit`), or a directory, and what should follow it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PairFile {
    /// What is to be followed.
    pub reference: String,
    /// What should follow it.
    pub implementations: Vec<String>,
    /// Renamings such as `"login=signup"`; stems count, so it covers `LoginForm`.
    pub rename: Option<Vec<String>>,
    /// Differences that are meant: `"async"`.
    pub allow: Option<Vec<String>>,
}

/// How results of a suite are read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Results {
    /// The text of `cargo test`.
    Libtest,
    /// The JSON lines of `cargo nextest`.
    NextestJson,
    /// JUnit XML.
    Junit,
    /// `go test -json`.
    GoJson,
    /// Test Anything Protocol.
    Tap,
    /// Only the exit code.
    ExitCode,
}

/// `[paths]`: patterns such as `"web/dist/**"`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PathsFile {
    /// Not looked at.
    pub ignore: Option<Vec<String>>,
    /// Generated: findings about how it is written are left out.
    pub generated: Option<Vec<String>>,
    /// Copied from elsewhere.
    pub vendored: Option<Vec<String>>,
    /// Test code that the languages' own conventions do not name.
    pub tests: Option<Vec<String>>,
}

/// `[[allow]]`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AllowFile {
    /// Name of the check.
    pub check: String,
    /// Why; not empty.
    #[schemars(length(min = 1))]
    pub reason: String,
    /// Pattern of the finding's path; everywhere when absent.
    pub path: Option<String>,
    /// Fingerprint of one finding, as the report prints it.
    pub fingerprint: Option<String>,
    /// Last day on which it holds: `2027-01-31`.
    pub until: Option<String>,
}
