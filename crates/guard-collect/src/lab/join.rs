//! Several projects' runs of one tree as one.

use guard_model::Snapshot;
use guard_model::lab::{BuildOutcome, BuildState, CodeRun, TestRun};

/// Two runs of the same tree as one: the worse build, all tests.
pub(super) fn join(run: Option<CodeRun>, other: CodeRun) -> CodeRun {
    let Some(mut run) = run else { return other };
    let rank = |s: BuildState| match s {
        BuildState::NotRun => 0,
        BuildState::Ok => 1,
        BuildState::Inconclusive => 2,
        BuildState::Failed => 3,
    };
    let broken = run.build.broken_features.take().or(other.build.broken_features.clone());
    if rank(other.build.state) > rank(run.build.state) {
        run.build = other.build;
    }
    run.build.broken_features = broken;
    run.tests = match (run.tests, other.tests) {
        (Some(a), Some(b)) => Some(join_results(a, b)),
        (a, b) => a.or(b),
    };
    run
}

pub(super) fn join_tests(run: Option<CodeRun>, tests: TestRun, side: &Snapshot) -> CodeRun {
    let Some(mut run) = run else {
        let build = BuildOutcome::new(BuildState::NotRun, "");
        return CodeRun { tree: side.tree.clone(), build, tests: Some(tests), cached: false };
    };
    run.tests = Some(match run.tests {
        Some(known) => join_results(known, tests),
        None => tests,
    });
    run
}

fn join_results(mut a: TestRun, b: TestRun) -> TestRun {
    a.commands.extend(b.commands);
    a.results.extend(b.results);
    a.results.sort_by(|x, y| x.id.cmp(&y.id));
    a.suites.extend(b.suites);
    a.gap = a.gap.or(b.gap);
    a.logs.extend(b.logs);
    a.ms += b.ms;
    a
}
