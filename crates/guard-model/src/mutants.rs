//! Mutants: small changes of the changed code that a test should notice, and whether one did.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::Gap;
use crate::lab::TestId;

/// Why a mutant was not tested in a file of which no test ran anything.
pub const UNLOADED: &str = "no test was seen to run anything in this file";

/// What running mutants showed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MutantRun {
    /// Every mutant that was made, by place.
    pub list: Vec<MutantRecord>,
    /// The files that they are in.
    #[serde(default)]
    pub files: Vec<MutatedFile>,
    /// Why some of them were not measured, or none.
    pub gaps: Vec<Gap>,
    /// Tests that passed with no mutant on, and were asked.
    pub tests: u64,
    /// Test programs that were not run, because the linker put none of the mutated functions into them.
    #[serde(default)]
    pub apart: u64,
    /// Tests that failed with no mutant on, and were not asked.
    pub failing: Vec<TestId>,
    /// The tools whose reports were read instead of running any, with the reports; `None` where guard ran them.
    #[serde(default)]
    pub reported_by: Option<String>,
    /// The command that built the tests, as a person would type it.
    pub command: String,
    /// Log of the build.
    pub log: Option<String>,
    /// Wall time of the build in milliseconds.
    pub build_ms: u64,
    /// Wall time of the runs in milliseconds.
    pub run_ms: u64,
}

impl MutantRun {
    /// How many came to this.
    pub fn count(&self, outcome: MutantOutcome) -> u64 {
        self.list.iter().filter(|m| m.outcome == outcome).count() as u64
    }
}

/// A file of which mutants were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MutatedFile {
    /// Relative to the repository root.
    pub path: String,
    /// Its text at head.
    pub text: String,
}

/// One mutant and what it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MutantRecord {
    /// File, relative to the repository root.
    pub path: String,
    /// First line of what is replaced, 1-based.
    pub line: u32,
    /// First column, 1-based, in characters.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// The column behind its last character.
    #[serde(default)]
    pub end_column: u32,
    /// The operator's name: `binary-operator`.
    pub operator: String,
    /// The function, with what it belongs to.
    pub function: Option<String>,
    /// The change in words: "replace < with <= in parse".
    pub replacement: String,
    /// What stands there in the mutant.
    #[serde(default)]
    pub inserted: String,
    /// The changed lines, as a small diff.
    pub diff: String,
    /// What it came to.
    pub outcome: MutantOutcome,
    /// Why, where the outcome does not say it: the compiler's message, what kept it from being run.
    pub reason: Option<String>,
    /// Built on its own, because no switch can stand there.
    #[serde(default)]
    pub own_build: bool,
    /// Documentation tests were asked as well.
    #[serde(default)]
    pub with_doctests: bool,
    /// Known from an earlier run, whose test programs did the same.
    #[serde(default)]
    pub kept: bool,
    /// Tests that were run with it.
    pub tests_run: u64,
    /// Tests that reach it, a dozen at most.
    pub reached_by: Vec<TestId>,
    /// How many more reach it.
    pub more_reach: u64,
    /// The test that caught it.
    pub caught_by: Option<TestId>,
    /// What that test said.
    pub said: Option<String>,
    /// What kind of failure that was.
    #[serde(default)]
    pub caught_how: Option<Kill>,
    /// Wall time in milliseconds.
    pub ms: u64,
}

/// What a test failed by. Only an assertion shows that somebody looks at what the code does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kill {
    /// An assertion.
    Assertion,
    /// Arithmetic or an index that the language checks.
    Arithmetic,
    /// Another panic, or an error that the test gave back.
    Panic,
    /// A signal, or an end without a word.
    Crash,
}

impl Kill {
    /// As a person would say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kill::Assertion => "an assertion",
            Kill::Arithmetic => "checked arithmetic",
            Kill::Panic => "a panic",
            Kill::Crash => "a crash",
        }
    }
}

/// What a mutant came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MutantOutcome {
    /// A test failed with it.
    Caught,
    /// All tests that reach it passed.
    Missed,
    /// A test did not end with it, or took far too long.
    Timeout,
    /// It does not compile.
    Unviable,
    /// No test reaches it.
    Uncovered,
    /// The code was not compiled under this configuration.
    NotCompiled,
    /// It was not tested.
    NotRun,
}
