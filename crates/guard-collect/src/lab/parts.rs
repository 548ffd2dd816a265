//! A run whose tests are spread over several machines: which tests a part has, and all parts as one run again.
//!
//! A test belongs to the part that the hash of its name says, as nextest's `hash:` partitions do: no part has to know
//! what the others do, and a test that comes or goes moves no other.

use std::collections::BTreeMap;

use guard_model::Evidence;
use guard_model::evidence::{Gap, GapKind, Parts};
use guard_model::lab::{CodeRun, LabEvidence, SuiteOutcome, TestResult, TestRun};
use guard_model::mutants::MutantRun;

use super::join::join;

/// One part of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which one, from 1.
    pub part: u32,
    /// How many there are.
    pub of: u32,
}

impl Shard {
    /// Whether what has this name belongs to the part.
    pub(crate) fn has(self, name: &str) -> bool {
        let hash = blake3::hash(name.as_bytes());
        let number = hash.as_bytes().iter().take(8).fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
        number % u64::from(self.of) == u64::from(self.part - 1)
    }

    /// Whether this is the part that does what is done once.
    pub fn is_first(self) -> bool {
        self.part == 1
    }
}

/// Why runs are not parts of one run.
#[derive(Debug, thiserror::Error)]
pub enum PartsError {
    /// Nothing was given.
    #[error("there is nothing to merge: name the run directories of the parts")]
    None,
    /// A run is whole.
    #[error("`{name}` is no part of a run: it was made without `--shard`")]
    Whole {
        /// The run.
        name: String,
    },
    /// Two runs differ in what all parts share.
    #[error("`{name}` is a part of another run than `{first}`: the {what} differs")]
    Other {
        /// The run.
        name: String,
        /// The one that it is compared with.
        first: String,
        /// What differs.
        what: &'static str,
    },
    /// A part is there twice.
    #[error("part {part} of {of} is there twice: `{name}` and another")]
    Twice {
        /// The part.
        part: u32,
        /// How many there are.
        of: u32,
        /// The second of them.
        name: String,
    },
}

/// All parts as one run, by the names of their directories. With every part there it is a whole run; else it keeps saying
/// which parts it has, and the last gap says what is missing.
///
/// # Errors
/// When they are not parts of one run.
pub fn merge(runs: Vec<(String, Evidence)>) -> Result<Evidence, PartsError> {
    let mut runs = runs.into_iter();
    let (first, mut whole) = runs.next().ok_or(PartsError::None)?;
    let mut parts = whole.parts.take().ok_or_else(|| PartsError::Whole { name: first.clone() })?;
    let mut uneven = false;
    let mut ran_by: BTreeMap<(&'static str, String), u32> = BTreeMap::new();
    count(&whole, &mut ran_by);
    for (name, other) in runs {
        let theirs = other.parts.clone().ok_or_else(|| PartsError::Whole { name: name.clone() })?;
        if let Some(what) = differs(&whole, &other).or((theirs.of != parts.of).then_some("number of parts")) {
            return Err(PartsError::Other { name, first, what });
        }
        if let Some(part) = theirs.measured.iter().find(|p| parts.measured.contains(p)) {
            return Err(PartsError::Twice { part: *part, of: parts.of, name });
        }
        count(&other, &mut ran_by);
        uneven |= shape(&whole) != shape(&other);
        parts.measured.extend(theirs.measured);
        put(&mut whole, other);
    }
    parts.measured.sort_unstable();
    let missing: Vec<String> =
        (1..=parts.of).filter(|p| !parts.measured.contains(p)).map(|p| p.to_string()).collect();
    let lost = if missing.is_empty() { lost(&whole, &ran_by) } else { None };
    let why = if !missing.is_empty() {
        Some(format!("part {} is missing", missing.join(", ")))
    } else if uneven {
        Some("one part could not build or run what the others did".to_owned())
    } else {
        lost
    };
    if let Some(why) = why {
        whole.gaps.push(Gap::of_runs(GapKind::Input, why));
        whole.parts = Some(parts);
    }
    Ok(whole)
}

/// What two parts differ in that all parts of a run share.
fn differs(a: &Evidence, b: &Evidence) -> Option<&'static str> {
    let said = |e: &Evidence| -> Vec<String> { e.words.statements.iter().map(|s| s.text.clone()).collect() };
    [
        ("version of guard", a.guard != b.guard),
        ("base", a.change.base.tree != b.change.base.tree),
        ("head", a.change.head.tree != b.change.head.tree),
        ("policy", a.policy != b.policy),
        ("mode", a.mode != b.mode),
        ("agent's words", said(a) != said(b)),
    ]
    .into_iter()
    .find_map(|(what, differs)| differs.then_some(what))
}

/// What was run at all: where one part lacks what another has, its tests are nowhere.
fn shape(evidence: &Evidence) -> [bool; 4] {
    let lab = evidence.lab.as_ref();
    let side = |run: Option<&CodeRun>| [run.is_some(), run.is_some_and(|r| r.tests.is_some())];
    let [head, head_tests] = side(lab.and_then(|l| l.head.as_ref()));
    let [base, base_tests] = side(lab.and_then(|l| l.base.as_ref()));
    [head, head_tests, base, base_tests]
}

fn put(whole: &mut Evidence, other: Evidence) {
    for gap in other.gaps {
        if !whole.gaps.contains(&gap) {
            whole.gaps.push(gap);
        }
    }
    whole.timings.collect_ms = whole.timings.collect_ms.max(other.timings.collect_ms);
    for phase in other.timings.phases {
        match whole.timings.phases.iter_mut().find(|p| p.name == phase.name) {
            Some(known) => known.ms = known.ms.max(phase.ms),
            None => whole.timings.phases.push(phase),
        }
    }
    whole.lab = match (whole.lab.take(), other.lab) {
        (Some(a), Some(b)) => Some(joined(a, b)),
        (a, b) => a.or(b),
    };
}

fn joined(a: LabEvidence, b: LabEvidence) -> LabEvidence {
    let side = |a: Option<CodeRun>, b: Option<CodeRun>| match (a, b) {
        (Some(a), Some(b)) => {
            let cached = a.cached && b.cached;
            let mut run = join(Some(a), b);
            run.cached = cached;
            run.tests = run.tests.map(tidied);
            Some(run)
        }
        (a, b) => a.or(b),
    };
    let mut sandbox = a.sandbox;
    sandbox.writes_confined &= b.sandbox.writes_confined;
    sandbox.network_closed &= b.sandbox.network_closed;
    sandbox.tree_killed &= b.sandbox.tree_killed;
    sandbox.remarks.extend(b.sandbox.remarks);
    sandbox.remarks.sort();
    sandbox.remarks.dedup();
    LabEvidence {
        sandbox,
        head: side(a.head, b.head),
        base: side(a.base, b.base),
        old_tests_on_new_code: a.old_tests_on_new_code.or(b.old_tests_on_new_code),
        new_tests_on_old_code: a.new_tests_on_old_code.or(b.new_tests_on_old_code),
        benches: if a.benches.is_empty() { b.benches } else { a.benches },
        lints: if a.lints.is_empty() { b.lints } else { a.lints },
        mutants: match (a.mutants, b.mutants) {
            (Some(a), Some(b)) => Some(mutants(a, b)),
            (a, b) => a.or(b),
        },
    }
}

/// A run in which what is there once for each part stands once.
fn tidied(mut run: TestRun) -> TestRun {
    run.commands.sort();
    run.commands.dedup();
    let mut suites: BTreeMap<String, SuiteOutcome> = BTreeMap::new();
    for suite in std::mem::take(&mut run.suites) {
        match suites.get_mut(&suite.suite) {
            Some(known) => *known = both(known, &suite),
            None => drop(suites.insert(suite.suite.clone(), suite)),
        }
    }
    run.suites = suites.into_values().collect();
    let mut results: Vec<TestResult> = Vec::with_capacity(run.results.len());
    for result in std::mem::take(&mut run.results) {
        match results.last_mut().filter(|known| known.id == result.id) {
            // Two parts ran it: two runs of the same build.
            Some(known) if result.outcome.is_failure() && !known.outcome.is_failure() => {
                let before = std::mem::replace(known, result);
                known.reruns.push(before.outcome);
            }
            Some(known) => known.reruns.push(result.outcome),
            None => results.push(result),
        }
    }
    run.results = results;
    run
}

/// A suite that two parts ran: what one ran, the other filtered.
fn both(a: &SuiteOutcome, b: &SuiteOutcome) -> SuiteOutcome {
    let total = |s: &SuiteOutcome| s.announced.unwrap_or_default() + s.filtered;
    let announced = match (a.announced, b.announced) {
        (Some(x), Some(y)) => Some(x + y),
        (x, y) => x.or(y),
    };
    let troubled = if a.trouble.is_none() { b } else { a };
    SuiteOutcome {
        announced,
        filtered: total(a).max(total(b)).saturating_sub(announced.unwrap_or_default()),
        ms: a.ms + b.ms,
        exit_code: a.exit_code.filter(|c| *c != 0).or(b.exit_code).or(a.exit_code),
        ..troubled.clone()
    }
}

fn suites(evidence: &Evidence) -> impl Iterator<Item = (&'static str, &SuiteOutcome)> {
    let lab = evidence.lab.iter();
    let runs = lab.flat_map(|lab| [("head", &lab.head), ("base", &lab.base)]);
    runs.flat_map(|(side, run)| {
        let tests = run.iter().flat_map(|run| &run.tests);
        tests.flat_map(move |tests| tests.suites.iter().map(move |suite| (side, suite)))
    })
}

/// In how many parts each suite was.
fn count(evidence: &Evidence, ran_by: &mut BTreeMap<(&'static str, String), u32>) {
    for (side, suite) in suites(evidence) {
        *ran_by.entry((side, suite.suite.clone())).or_default() += 1;
    }
}

/// Tests that no part ran, though all parts are there: one of them did not see them when they were shared out. What a
/// suite of one part left out is its own affair.
fn lost(whole: &Evidence, ran_by: &BTreeMap<(&'static str, String), u32>) -> Option<String> {
    let shared =
        |side, suite: &SuiteOutcome| ran_by.get(&(side, suite.suite.clone())).is_some_and(|n| *n > 1);
    suites(whole).find(|(side, suite)| suite.filtered > 0 && shared(side, suite)).map(|(side, suite)| {
        format!("{} tests of `{}` at {side} were run by no part", suite.filtered, suite.suite)
    })
}

fn mutants(mut a: MutantRun, b: MutantRun) -> MutantRun {
    a.list.extend(b.list);
    a.list.sort_by(|x, y| {
        (&x.path, x.line, x.column, &x.replacement).cmp(&(&y.path, y.line, y.column, &y.replacement))
    });
    for file in b.files {
        if !a.files.iter().any(|f| f.path == file.path) {
            a.files.push(file);
        }
    }
    for gap in b.gaps {
        if !a.gaps.contains(&gap) {
            a.gaps.push(gap);
        }
    }
    a.failing.extend(b.failing);
    a.failing.sort();
    a.failing.dedup();
    MutantRun {
        tests: a.tests.max(b.tests),
        build_ms: a.build_ms.max(b.build_ms),
        run_ms: a.run_ms + b.run_ms,
        command: if a.command.is_empty() { b.command } else { a.command },
        log: a.log.or(b.log),
        ..a
    }
}

/// What a run says of itself while it is a part.
pub fn of(shard: Shard) -> Parts {
    Parts { measured: vec![shard.part], of: shard.of }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_belongs_to_exactly_one_part() {
        for of in 1..=9 {
            let mut sizes = vec![0; of as usize];
            for i in 0..1000 {
                let name = format!("crate::suite tests::number_{i}");
                let owners: Vec<u32> = (1..=of).filter(|part| Shard { part: *part, of }.has(&name)).collect();
                assert_eq!(owners.len(), 1, "{name}");
                sizes[owners[0] as usize - 1] += 1;
            }
            let fair = 1000 / of;
            assert!(sizes.iter().all(|size| (fair / 2..=fair * 2).contains(size)), "{of}: {sizes:?}");
        }
    }

    #[test]
    fn what_one_part_filtered_the_other_ran() {
        let suite = |announced, filtered| SuiteOutcome {
            suite: "a".to_owned(),
            announced: Some(announced),
            filtered,
            exit_code: Some(0),
            trouble: None,
            detail: None,
            ms: 1,
        };
        let whole = both(&both(&suite(3, 7), &suite(5, 5)), &suite(2, 8));
        assert_eq!((whole.announced, whole.filtered, whole.ms), (Some(10), 0, 3));
        let short = both(&suite(3, 7), &suite(5, 5));
        assert_eq!(short.filtered, 2, "two ran nowhere");
    }
}
