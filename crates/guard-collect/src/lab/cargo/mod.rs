//! Cargo projects: fetch, build, run.

pub(crate) mod build;
mod doctests;
mod fetch;
mod metadata;
pub(crate) mod run;

use std::path::Path;

use guard_model::Change;
use guard_model::evidence::Gap;
use guard_model::lab::{BuildOutcome, BuildState, TestRun};

pub(crate) use build::{Built, TestBinary};
pub(crate) use metadata::Workspace;

use super::workbench::Workbench;

/// One build and test of a cargo workspace.
pub(crate) struct CargoRun {
    pub(crate) built: Built,
    pub(crate) tests: Option<TestRun>,
    pub(crate) remark: Option<String>,
}

/// Fetches and builds; no workspace when cargo cannot read it. The remark says what fetching lacked.
pub(crate) fn build_workspace(
    bench: &Workbench<'_>,
    dir: &Path,
    change: &Change,
    known: &Path,
    name: &str,
) -> (Option<Workspace>, Built, Option<String>) {
    let remark = fetch::fetch(bench, dir, change, known);
    match Workspace::read(bench, dir) {
        Err(gap) => (None, Built { outcome: unbuilt(gap), binaries: Vec::new(), unexplained: true }, remark),
        Ok(workspace) => {
            let built = build::build(bench, &workspace, name);
            (Some(workspace), built, remark)
        }
    }
}

/// Builds and tests the workspace in `dir`; `name` names logs ("head", "base").
pub(crate) fn build_and_test(
    bench: &Workbench<'_>,
    dir: &Path,
    change: &Change,
    known: &Path,
    name: &str,
) -> CargoRun {
    match build_workspace(bench, dir, change, known, name) {
        // What fetching lacked is only worth a word when the build missed it.
        (Some(workspace), built, _) if built.outcome.state == BuildState::Ok => {
            let tests = test(bench, &workspace, &built, name);
            CargoRun { built, tests: Some(tests), remark: None }
        }
        (_, built, remark) => CargoRun { built, tests: None, remark },
    }
}

fn test(bench: &Workbench<'_>, workspace: &Workspace, built: &Built, name: &str) -> TestRun {
    let mut tests = TestRun { commands: vec![test_command(bench)], ..TestRun::default() };
    for binary in &built.binaries {
        if bench.ctl.is_interrupted() {
            break;
        }
        let log = format!("test-{name}-{}", binary.suite.replace("::", "-").replace('/', "-"));
        match run::run(bench, binary, None, &log) {
            Ok(mut suite) => {
                run::rerun_failures(bench, binary, &mut suite, &log);
                tests.gap = tests.gap.take().or_else(|| run::suite_gap(&suite.outcome));
                tests.ms += suite.outcome.ms;
                tests.results.extend(suite.results);
                tests.suites.push(suite.outcome);
                tests.logs.push(bench.log_name(&log));
            }
            Err(gap) => tests.gap = tests.gap.take().or(Some(gap)),
        }
    }
    if bench.policy.cargo.doctests && !bench.ctl.is_interrupted() {
        match doctests::run(bench, workspace, name) {
            Ok((results, suites)) => {
                tests.ms += suites.iter().map(|s| s.ms).sum::<u64>();
                tests.results.extend(results);
                tests.suites.extend(suites);
            }
            Err(gap) => tests.gap = tests.gap.take().or(Some(gap)),
        }
    }
    tests.results.sort_by(|a, b| a.id.cmp(&b.id));
    tests
}

/// The test command as a person would type it.
fn test_command(bench: &Workbench<'_>) -> String {
    let mut words = vec!["cargo test".to_owned()];
    words.extend(build::selection(&bench.policy.cargo));
    words.join(" ")
}

fn unbuilt(gap: Gap) -> BuildOutcome {
    BuildOutcome {
        state: BuildState::Inconclusive,
        command: "cargo metadata".to_owned(),
        errors: Vec::new(),
        warnings: 0,
        log: gap.log.clone(),
        gap: Some(gap),
        ms: 0,
    }
}
