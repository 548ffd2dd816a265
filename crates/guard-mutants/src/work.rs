//! What the runner is told, and what it tells: it runs inside the sandbox, so that a test's start costs no
//! more than a process.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use guard_model::Kill;
use serde::{Deserialize, Serialize};

pub use crate::reach::Reached;
use crate::weave::Id;

/// The first argument that makes guard the runner; the second is the path of its [`Work`].
pub const RUNNER_ARG: &str = "__run-mutants";

/// What the runner is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Work {
    /// The test programs, woven.
    pub programs: Vec<Program>,
    /// The mutants of each place that a switch stands at, by its first one.
    pub places: BTreeMap<Id, Vec<Id>>,
    /// The mutants to run, in the order wanted, each with what groups it with those that the same tests are
    /// likely to catch.
    pub mutants: Vec<(Id, u32)>,
    /// Tests that caught a mutant the last time: they are asked first.
    pub killers: BTreeMap<Id, TestName>,
    /// Programs that do what they did in an earlier run, by their place in the list, with what was seen then.
    pub kept: BTreeMap<usize, Kept>,
    /// Set where the programs hold one mutant without a switch: it is the only one that is asked about.
    pub fixed: Option<Fixed>,
    /// A directory for notes of what is reached.
    pub notes: PathBuf,
    /// Processes at once.
    pub workers: usize,
    /// When to stop, in milliseconds from the start; what is left is not run.
    pub budget_ms: Option<u64>,
    /// Time limit of a whole program's tests, in milliseconds.
    pub limit_ms: u64,
    /// Memory of one process and what it starts, in bytes.
    pub memory: u64,
}

/// What one run of a program with no mutant on showed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Tests that passed.
    pub tests: BTreeSet<String>,
    /// Tests that failed.
    pub failed: BTreeSet<String>,
    /// Who reached each place.
    pub reached: BTreeMap<Id, Reached>,
    /// Time of all its tests together, in milliseconds.
    pub ms: u64,
}

/// What earlier runs found out about a program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// With no mutant on.
    pub seen: Seen,
    /// Mutants that all of its tests that reach them have passed with.
    pub passed: BTreeSet<Id>,
    /// Mutants that one of its tests caught.
    pub caught: BTreeMap<Id, End>,
    /// Whether tests were added to it since, of which nothing is known.
    #[serde(default)]
    pub has_more: bool,
}

impl Seen {
    /// With what a run of further tests showed.
    pub(crate) fn and(mut self, more: Seen) -> Seen {
        self.tests.extend(more.tests);
        self.failed.extend(more.failed);
        for (place, by) in more.reached {
            let own = self.reached.entry(place).or_default();
            own.tests.extend(by.tests);
            own.unknown |= by.unknown;
            own.other_program |= by.other_program;
            own.times = own.times.zip(by.times).map(|(a, b)| a.saturating_add(b)).or(own.times).or(by.times);
        }
        self.ms = self.ms.saturating_add(more.ms);
        self
    }
}

/// A mutant that is always on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fixed {
    /// The mutant.
    pub id: Id,
    /// What the programs came to without it.
    pub before: Vec<Before>,
}

/// What a program's tests came to with no mutant on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Before {
    /// The program's suite.
    pub suite: String,
    /// False when it says nothing of mutants.
    pub is_known: bool,
    /// Tests that failed.
    pub failed: BTreeSet<String>,
    /// Time of all its tests together, in milliseconds.
    pub ms: u64,
}

/// A test program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Program {
    /// Its suite.
    pub suite: String,
    /// The executable.
    pub path: PathBuf,
    /// Where it runs.
    pub cwd: PathBuf,
    /// On top of the runner's own environment.
    pub env: Vec<(String, String)>,
    /// Whether it takes libtest's arguments; else it is one test.
    pub libtest: bool,
    /// Whether neither it nor what it may start holds any of the mutants: it is not run.
    pub is_apart: bool,
}

/// What the runner tells, one JSON value a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// A program's tests were run with no mutant on.
    Baseline {
        /// The program, by its place in the list.
        program: usize,
        /// Tests that passed.
        passed: usize,
        /// Tests that failed, and are not asked about mutants.
        failed: Vec<String>,
        /// Why the program says nothing at all.
        trouble: Option<String>,
        /// Time in milliseconds.
        ms: u64,
        /// All of it, for the next run; `None` where it is not known anew.
        seen: Option<Seen>,
    },
    /// What a mutant came to.
    Tried(Tried),
}

/// What a mutant came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The mutant.
    pub id: Id,
    /// How it ended.
    pub end: End,
    /// Tests that met it, or could have.
    pub reached_by: Vec<TestName>,
    /// How many more there are.
    pub more: usize,
    /// Tests that were run.
    pub tests: usize,
    /// Processes that were started.
    pub processes: usize,
    /// Wall time in milliseconds.
    pub ms: u64,
    /// Whether it is known from an earlier run alone.
    pub kept: bool,
}

/// A test of a program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TestName {
    /// The program's suite.
    pub suite: String,
    /// The test; `main` for a program that is one test.
    pub name: String,
}

/// How a mutant ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// A test failed.
    Caught {
        /// The first that did.
        by: TestName,
        /// What it said, one line.
        said: String,
        /// What kind of failure that was.
        how: Kill,
    },
    /// A test that ends otherwise did not end.
    Timeout {
        /// The test.
        by: TestName,
    },
    /// All tests that reach it passed.
    Missed,
    /// No test reaches it.
    Uncovered,
    /// It could not be settled.
    NotRun {
        /// Why.
        why: String,
    },
}
