//! The report's counts: builds, tests and tasks in brief.

use std::collections::HashSet;

use guard_model::lab::{BuildState, Cell, CodeRun, LabEvidence, TestOutcome, TestResult, TestRun};
use guard_model::report::{
    BuildSummary, BuildWord, CellEntry, TaskLeft, TaskSummary, TestCounts, TestSummary,
};
use guard_model::{Claim, EventKind, Evidence, Side, Task, TaskStatus, Words};

use crate::context::Context;
use crate::text::{shorten, words};

/// Builds in brief.
pub(crate) fn build(lab: &LabEvidence) -> BuildSummary {
    let word = |run: Option<&CodeRun>| match run.map(|r| r.build.state) {
        Some(BuildState::Ok) => BuildWord::Ok,
        Some(BuildState::Failed) => BuildWord::Failed,
        Some(BuildState::Inconclusive | BuildState::NotRun) | None => BuildWord::NotRun,
    };
    let sides = [(Side::Base, lab.base.as_ref()), (Side::Head, lab.head.as_ref())];
    let known = sides.into_iter().filter(|(_, run)| run.is_some_and(|r| r.cached));
    BuildSummary {
        base: word(lab.base.as_ref()),
        head: word(lab.head.as_ref()),
        known_before: known.map(|(side, _)| side).collect(),
    }
}

/// The list of tasks in brief; `None` when there was none.
pub(crate) fn tasks(words: &Words) -> Option<TaskSummary> {
    let with = |status: TaskStatus| words.tasks.iter().filter(move |t| t.status == status);
    let left = |task: &Task| TaskLeft {
        subject: shorten(&task.subject, 200),
        place: task.history.last().map(|s| s.place.clone()).unwrap_or_default(),
    };
    // What a list has again later was not dropped.
    let returned = |gone: &Task| {
        let same = |t: &&Task| t.subject.trim() == gone.subject.trim() && t.status != TaskStatus::Vanished;
        words.tasks.iter().any(|t| same(&t))
    };
    let open = with(TaskStatus::InProgress).chain(with(TaskStatus::Pending)).map(left);
    let summary = TaskSummary {
        done: with(TaskStatus::Completed).count() as u64,
        open: open.collect(),
        dropped: with(TaskStatus::Vanished).filter(|t| !returned(t)).map(left).collect(),
    };
    (!words.tasks.is_empty()).then_some(summary)
}

/// Tests in brief; `None` when nothing was run.
///
/// Lists over the range compare identities of runs where both sides ran, and declarations of the changed
/// files where only syntax is known: those that are built, of files of which some test ran.
pub(crate) fn tests(cx: &Context<'_>) -> Option<TestSummary> {
    let lab = cx.lab()?;
    let (base, head) = (cx.base_tests(), cx.head_tests());
    let both = cx.all_base_tests().zip(head);
    let cell = |c: &Option<Cell>| {
        c.as_ref().map(|c| {
            c.results
                .iter()
                .map(|r| CellEntry { id: r.id.to_string(), outcome: r.outcome })
                .collect::<Vec<_>>()
        })
    };
    let declared: fn(&[crate::identities::Declared<'_>]) -> Vec<String> =
        |list| list.iter().map(|d| format!("{} {}", d.path, d.decl.name)).collect();
    let renamed: Vec<[String; 2]> = cx
        .tests
        .renamed
        .iter()
        .map(|(b, h)| [format!("{} {}", b.path, b.decl.name), format!("{} {}", h.path, h.decl.name)])
        .collect();
    Some(TestSummary {
        base: base.and_then(whole_counts),
        head: head.filter(|run| run.was_run()).map(counts),
        added: Some(both.map_or_else(|| declared(&cx.tests.live), |(b, h)| only_in(h, b))),
        removed: Some(both.map_or_else(|| declared(&cx.tests.removed), |(b, h)| only_in(b, h))),
        renamed: Some(renamed),
        newly_ignored: both
            .map(|(b, h)| turned(b, h, |was| was != TestOutcome::Ignored, |is| is == TestOutcome::Ignored)),
        newly_failing: both
            .map(|(b, h)| turned(b, h, |was| was == TestOutcome::Passed, TestOutcome::is_failure)),
        flaky: head.map(|h| h.results.iter().filter(|r| r.is_flaky()).map(|r| r.id.to_string()).collect()),
        old_tests_on_new_code: cell(&lab.old_tests_on_new_code),
        new_tests_on_old_code: cell(&lab.new_tests_on_old_code),
    })
}

/// Counts of a run.
pub(crate) fn counts(run: &TestRun) -> TestCounts {
    TestCounts {
        passed: run.count(TestOutcome::Passed),
        failed: run.count(TestOutcome::Failed) + run.count(TestOutcome::TimedOut),
        ignored: run.count(TestOutcome::Ignored),
        filtered: run.suites.iter().map(|s| s.filtered).sum(),
    }
}

/// Counts of a run of all tests: those of a part would pass for the side's.
fn whole_counts(run: &TestRun) -> Option<TestCounts> {
    run.gap.is_none().then(|| counts(run))
}

/// Whether a result stands for a whole command of which only the exit code is known: it names no test.
pub(crate) fn is_whole_command(result: &TestResult) -> bool {
    result.id.name == "exit code"
}

/// Identities that `a` has and `b` lacks.
pub(crate) fn only_in(a: &TestRun, b: &TestRun) -> Vec<String> {
    let known: HashSet<_> = b.results.iter().map(|r| &r.id).collect();
    a.results.iter().filter(|r| !known.contains(&r.id)).map(|r| r.id.to_string()).collect()
}

fn turned(
    base: &TestRun,
    head: &TestRun,
    was: impl Fn(TestOutcome) -> bool,
    is: impl Fn(TestOutcome) -> bool,
) -> Vec<String> {
    let before: HashSet<_> = base.results.iter().filter(|r| was(r.outcome)).map(|r| &r.id).collect();
    let now = head.results.iter().filter(|r| is(r.outcome) && before.contains(&r.id));
    now.map(|r| r.id.to_string()).collect()
}

/// Whether the claim names what this run may not be: flags, features, a platform, a file or a symbol.
pub(crate) fn names_other_run(run: &TestRun, claim: &Claim) -> bool {
    const OTHERS: [&str; 12] = [
        "feature",
        "features",
        "windows",
        "macos",
        "linux",
        "wasm",
        "ci",
        "manual",
        "manually",
        "e2e",
        "browser",
        "platforms",
    ];
    let flag = |w: &str| w.starts_with("--") && !run.commands.iter().any(|c| c.split(' ').any(|p| p == w));
    let mut written = claim.text.split(|c: char| c.is_whitespace() || matches!(c, '`' | '(' | ')' | ','));
    let scoped = !claim.scope.paths.is_empty() || !claim.scope.symbols.is_empty();
    scoped || written.any(flag) || words(&claim.text).iter().any(|w| OTHERS.contains(&w.as_str()))
}

/// Whether a command of the session printed this number of tests: what was said is what was seen.
pub(crate) fn was_printed(evidence: &Evidence, said: u64) -> bool {
    let readings = evidence.words.events.iter().filter_map(|e| match &e.kind {
        EventKind::Command(c) => c.reading.as_ref(),
        _ => None,
    });
    readings
        .into_iter()
        .any(|r| r.passed == Some(said) || r.passed.zip(r.failed).is_some_and(|(p, f)| p + f == said))
}

#[cfg(test)]
mod tests {
    use guard_model::{Gap, GapKind};

    use super::*;

    #[test]
    fn a_run_of_some_tests_has_no_counts_of_its_side() {
        let whole = TestRun::default();
        let part = TestRun { gap: Some(Gap::new(GapKind::Mode, "only what is red")), ..TestRun::default() };
        assert!(whole_counts(&whole).is_some() && whole_counts(&part).is_none());
    }
}
