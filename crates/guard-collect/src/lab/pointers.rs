//! Files of Git LFS whose content is not on this machine: tests meet the pointer in their place.
//!
//! What is red then may be red for that reason, and says nothing of the change; unless base, with the same
//! pointers in the same places, is green.

use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{Cell, CellOutcome, CodeRun, Condition, Proof, TestOutcome, TestResult};

use crate::repo::Unfilled;

/// Files that a sentence names.
const NAMED: usize = 3;

/// The files of each side that are pointers in its tree.
#[derive(Debug, Default)]
pub(super) struct Pointers {
    /// At base, once it has been laid out.
    pub(super) base: Vec<Unfilled>,
    /// At head.
    pub(super) head: Vec<Unfilled>,
}

impl Pointers {
    /// What a person should know of a side that has pointers in it. The runs say themselves what depends on it.
    pub(super) fn gap(unfilled: &[Unfilled]) -> Option<Gap> {
        let which = which(unfilled)?;
        let reason = format!(
            "builds and tests met {which} as a Git LFS pointer: the content is not on this machine; run `git lfs pull`"
        );
        Some(Gap::new(GapKind::Mode, reason))
    }

    /// Whether head lacks no content that base has.
    pub(super) fn are_as_at_base(&self) -> bool {
        self.head.iter().all(|one| self.base.contains(one))
    }

    /// Notes what may be red at head for want of a content.
    pub(super) fn excuse(&self, head: &mut CodeRun, base: Option<&CodeRun>) {
        let Some(which) = which(&self.head) else { return };
        let base = base.and_then(|run| run.tests.as_ref());
        let Some(tests) = &mut head.tests else { return };
        let same = self.are_as_at_base();
        let red = |r: &TestResult| r.outcome.is_failure() && !r.is_flaky() && r.condition.is_none();
        for result in tests.results.iter_mut().filter(|r| red(r)) {
            let was = base.and_then(|base| base.result(&result.id));
            let green_before = was.is_some_and(|was| was.outcome == TestOutcome::Passed);
            let red_before = was.is_some_and(TestResult::failed_for_sure);
            if !(same && green_before || red_before) {
                let says = format!("meets {which} as a Git LFS pointer; run `git lfs pull`");
                result.condition = Some(Condition { says, proof: Proof::Machine });
            }
        }
        for suite in tests.suites.iter_mut().filter(|s| s.trouble.is_some()) {
            let was = base.and_then(|base| base.suites.iter().find(|was| was.suite == suite.suite));
            if was.is_some_and(|was| same && was.trouble.is_none() || was.trouble.is_some()) {
                continue;
            }
            suite.trouble = None;
            let reason = format!(
                "`{}` did not come to its end, and meets {which} as a Git LFS pointer; run `git lfs pull`",
                suite.suite
            );
            tests.gap.get_or_insert_with(|| Gap::of_tests(GapKind::Input, reason));
        }
    }

    /// Takes what failed out of a cell that ran on head's code, when a content that base has may be missing.
    pub(super) fn excuse_cell(&self, cell: &mut Cell) {
        if self.are_as_at_base() {
            return;
        }
        for result in cell.results.iter_mut().filter(|r| r.outcome == CellOutcome::Failed) {
            result.outcome = CellOutcome::NotComparable;
        }
    }
}

/// "`a.bin`, `b.bin` and 2 more"; nothing for none.
fn which(unfilled: &[Unfilled]) -> Option<String> {
    let named: Vec<String> = unfilled.iter().take(NAMED).map(|one| format!("`{}`", one.path)).collect();
    let more = unfilled.len().saturating_sub(NAMED);
    let named = named.join(", ");
    match (named.is_empty(), more) {
        (true, _) => None,
        (_, 0) => Some(named),
        (_, more) => Some(format!("{named} and {more} more")),
    }
}

#[cfg(test)]
mod tests {
    use guard_model::lab::{BuildOutcome, BuildState, TestId, TestRun};

    use super::*;

    fn run(outcome: TestOutcome) -> CodeRun {
        let result = TestResult::new(TestId { suite: "demo".to_owned(), name: "reads".to_owned() }, outcome);
        CodeRun {
            tree: String::new(),
            build: BuildOutcome::new(BuildState::Ok, ""),
            tests: Some(TestRun { results: vec![result], ..TestRun::default() }),
            cached: false,
        }
    }

    #[test]
    fn only_what_is_green_with_the_same_pointers_at_base_shows_a_failure_of_the_change() {
        use TestOutcome::{Failed, Passed};
        // Ids of the contents that are missing at base and at head, and what the test was at base.
        let table = [
            ("nothing is missing", "", "", Some(Passed), false),
            ("missing on both sides, and green at base", "1", "1", Some(Passed), false),
            ("missing on both sides, and red at base", "1", "1", Some(Failed), false),
            ("the change has another content", "1", "2", Some(Passed), true),
            ("base does not know the test", "1", "1", None, true),
            ("base was not run", "", "2", None, true),
        ];
        let missing = |oid: &str| -> Vec<Unfilled> {
            let file = || Unfilled { path: "a.bin".to_owned(), oid: oid.to_owned() };
            (!oid.is_empty()).then(file).into_iter().collect()
        };
        for (what, base, head, was, excused) in table {
            let [base, head] = [base, head].map(missing);
            let pointers = Pointers { base, head };
            let mut found = run(Failed);
            pointers.excuse(&mut found, was.map(run).as_ref());
            let condition = &found.tests.unwrap().results[0].condition;
            assert_eq!(condition.is_some(), excused, "{what}: {condition:?}");
        }
    }
}
