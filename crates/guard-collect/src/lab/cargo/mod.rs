//! Cargo projects: fetch, build, run.

pub(crate) mod build;
mod compiled;
mod config_env;
mod cut_short;
mod doctests;
mod fetch;
mod gated;
mod metadata;
mod nextest;
pub(crate) mod run;
mod share;
mod unbuilt;

use std::collections::BTreeMap;
use std::path::Path;

use guard_model::Change;
use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{BuildOutcome, BuildState, TestId, TestOutcome, TestResult, TestRun};
use guard_model::policy::CargoPolicy;

use compiled::LeftOut;
use share::Share;

pub(crate) use build::{Built, Order, TestBinary, build as build_order, features, selection};
pub(crate) use doctests::{DocOrder, DocRun, has_library, run_order as run_doctests};
pub(crate) use fetch::{Fetched, fetch};
pub(crate) use metadata::{Workspace, first_error};

use super::conditions;
use super::workbench::Workbench;

/// What a part cannot do.
const IN_PARTS: &str = "the change is behind features that are off by default, which a run in parts does not build; check it without --shard";

/// Where a workspace lies.
pub(crate) struct Here<'a> {
    /// Directory below the lab's tree; empty for the root.
    pub(crate) dir: &'a str,
    /// Directories of the other workspaces that are built.
    pub(crate) others: &'a [&'a str],
    /// Files of the change that syntax shows to be in no target.
    pub(crate) unreached: &'a [&'a str],
}

impl Here<'_> {
    /// Whether a path below the tree lies in this workspace, and in no other that is nearer.
    fn holds(&self, path: &str) -> bool {
        let depth = |dir: &str| {
            let inside = dir.is_empty() || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
            inside.then_some(dir.len())
        };
        depth(self.dir).is_some_and(|own| self.others.iter().all(|o| depth(o).is_none_or(|d| d < own)))
    }
}

/// One build and test of a cargo workspace.
pub(crate) struct CargoRun {
    pub(crate) built: Built,
    pub(crate) tests: Option<TestRun>,
    pub(crate) remark: Option<String>,
    /// Which files of the change a build that passes says nothing of.
    pub(crate) limit: Option<String>,
}

/// Builds; no workspace when cargo cannot read it.
pub(crate) fn build_workspace(
    bench: &Workbench<'_>,
    dir: &Path,
    fetched: &Fetched,
    name: &str,
) -> (Option<Workspace>, Built) {
    match Workspace::read(bench, dir, fetched.is_locked) {
        Err(gap) => (None, Built::unread(no_build(gap))),
        Ok(workspace) => {
            let order = build::Order::of_policy(&bench.policy.cargo, name);
            let built = build::build(bench, &workspace, fetched.lacks.as_ref(), &order);
            (Some(workspace), built)
        }
    }
}

/// Builds and tests the workspace in `dir`; `name` names logs ("head", "base"), `change` is head's.
pub(crate) fn build_and_test(
    bench: &Workbench<'_>,
    here: &Here<'_>,
    change: Option<&Change>,
    fetched: Fetched,
    name: &str,
) -> CargoRun {
    let dir = bench.lab.tree().join(here.dir);
    match build_workspace(bench, &dir, &fetched, name) {
        // What fetching lacked is only worth a word when the build missed it.
        (Some(workspace), mut built) if built.outcome.state == BuildState::Ok => {
            let mut tests = test(bench, &workspace, &built, change, name);
            let gated = change.and_then(|change| {
                let gated = gated::find(&bench.lab.tree(), &workspace, change, here, &built);
                if bench.shard.is_some() && !gated.is_empty() {
                    // Which tests more features bring is seen only beside all the others.
                    tests.gap.get_or_insert(Gap::of_tests(GapKind::Input, IN_PARTS));
                    return None;
                }
                gated::measure(bench, &workspace, &fetched, change, (&mut built, &mut tests), &gated, name)
            });
            let left_out = change.and_then(|change| {
                unbuilt::left_out(&built.unbuilt, change, &built.sources)
                    .or_else(|| compiled::left_out(change, here, &built.sources))
            });
            let (limit, nothing) = match left_out {
                Some(LeftOut { reason, is_part: true }) => (Some(reason), None),
                Some(LeftOut { reason, is_part: false }) => (None, Some(reason)),
                None => (gated, None),
            };
            let nothing = nothing
                .or_else(|| unbuilt::remark(&built.unbuilt, &tests.results))
                .or_else(|| cut_short::remark(&bench.lab.tree(), change?, &tests));
            if let Some(reason) = nothing {
                // A gap of the run, so that it does not count as known the next time.
                tests.gap.get_or_insert(Gap::of_tests(GapKind::Input, reason));
            }
            CargoRun { built, tests: Some(tests), remark: None, limit }
        }
        (_, built) => {
            let adds = |r: &String| built.outcome.gap.as_ref().is_none_or(|g| adds_to(r, &g.reason));
            let remark = fetched.lacks.map(|u| u.remark).filter(adds);
            CargoRun { built, tests: None, remark, limit: None }
        }
    }
}

/// Whether a remark on fetching has a cause of its own: without its toolchain cargo fails at every step,
/// and once is enough to say so.
fn adds_to(remark: &str, reason: &str) -> bool {
    remark.split_once(": ").is_none_or(|(_, cause)| !reason.ends_with(cause))
}

fn test(
    bench: &Workbench<'_>,
    workspace: &Workspace,
    built: &Built,
    change: Option<&Change>,
    name: &str,
) -> TestRun {
    let may_end_itself = |b: &TestBinary| change.is_some_and(|change| run::may_end_itself(bench, b, change));
    let mut tests = if nextest::is_wanted(bench, workspace) {
        let mut tests = nextest::run(bench, workspace, name);
        for binary in &built.binaries {
            let log = format!("nextest-{name}-{}", log_part(&binary.suite));
            let is_red = |r: &&TestResult| {
                r.id.suite == binary.suite && r.outcome == TestOutcome::Failed && !r.is_flaky()
            };
            let red: Vec<String> = tests.results.iter().filter(is_red).map(|r| r.id.name.clone()).collect();
            run::as_root(bench, binary, &mut tests.results, &red, &log);
            run::blame_unbuilt(bench, binary, &mut tests.results);
            if may_end_itself(binary)
                && let Some(outcome) = run::hold_to_log(bench, binary, &mut tests.results, &log)
            {
                tests.suites.retain(|s| s.suite != outcome.suite);
                tests.suites.push(outcome);
            }
        }
        tests
    } else {
        run_binaries(bench, built, &may_end_itself, name)
    };
    // The same on every machine: where the tree lies is not.
    let tree = bench.lab.tree();
    let dir = workspace.dir.strip_prefix(&tree).unwrap_or(Path::new("")).display();
    let has_doctests = bench.shard.is_none_or(|s| s.has(&format!("doctests {dir}")));
    if bench.policy.cargo.doctests && has_doctests && !bench.ctl.is_interrupted() {
        match doctests::run(bench, workspace, name) {
            Ok((mut results, suites)) => {
                rerun_whole(bench, &mut results, |round| {
                    let again = doctests::run(bench, workspace, &format!("{name}-{round}"));
                    again.map(|(results, _)| results).unwrap_or_default()
                });
                tests.ms += suites.iter().map(|s| s.ms).sum::<u64>();
                tests.results.extend(results);
                tests.suites.extend(suites);
            }
            Err(gap) => tests.gap = tests.gap.take().or(Some(gap)),
        }
    }
    // What did not come from a binary of its own has had no look yet.
    conditions::note(bench.policy, &mut tests.results);
    conditions::note_full_disk(bench, &mut tests);
    tests.results.sort_by(|a, b| a.id.cmp(&b.id));
    tests
}

/// Runs every test binary, one after the other.
fn run_binaries(
    bench: &Workbench<'_>,
    built: &Built,
    may_end_itself: &dyn Fn(&TestBinary) -> bool,
    name: &str,
) -> TestRun {
    let mut tests = TestRun { commands: vec![test_command(&bench.policy.cargo)], ..TestRun::default() };
    for binary in &built.binaries {
        if bench.ctl.is_interrupted() {
            break;
        }
        let log = format!("test-{name}-{}", log_part(&binary.suite));
        let only = match share::of(bench, binary) {
            Ok(Share::All) => None,
            Ok(Share::Some(names)) => Some(names),
            Ok(Share::Nothing(outcome)) => {
                tests.suites.extend(outcome);
                continue;
            }
            Err(gap) => {
                tests.gap = tests.gap.take().or(Some(gap));
                continue;
            }
        };
        match run::run(bench, binary, only.as_deref(), &log) {
            Ok(mut suite) => {
                run::rerun_failures(bench, binary, &mut suite, &log);
                if suite.outcome.trouble.is_none()
                    && may_end_itself(binary)
                    && let Some(outcome) = run::hold_to_log(bench, binary, &mut suite.results, &log)
                {
                    suite.outcome = outcome;
                }
                tests.gap = tests
                    .gap
                    .take()
                    .or_else(|| run::suite_gap(&suite.outcome).map(|gap| gap.logged(bench.log_name(&log))));
                tests.ms += suite.outcome.ms;
                tests.results.extend(suite.results);
                tests.suites.push(suite.outcome);
                tests.logs.push(bench.log_name(&log));
            }
            Err(gap) => tests.gap = tests.gap.take().or(Some(gap)),
        }
    }
    tests
}

/// A suite's name as a part of a log's.
fn log_part(suite: &str) -> String {
    suite.replace("::", "-").replace('/', "-")
}

/// Runs again what can only be run as a whole, to tell red from flaky: as often as the policy says, and no
/// longer than something is red each time.
fn rerun_whole(bench: &Workbench<'_>, results: &mut [TestResult], again: impl Fn(&str) -> Vec<TestResult>) {
    for round in 0..bench.policy.limits.reruns {
        let open = results.iter().any(|r| r.outcome.is_failure() && !r.is_flaky());
        if !open || bench.ctl.is_interrupted() {
            return;
        }
        let outcomes: BTreeMap<TestId, TestOutcome> =
            again(&format!("rerun-{round}")).into_iter().map(|r| (r.id, r.outcome)).collect();
        let ended = |o: &&TestOutcome| **o == TestOutcome::Passed || o.is_failure();
        for result in results.iter_mut().filter(|r| r.outcome.is_failure()) {
            result.reruns.extend(outcomes.get(&result.id).filter(ended));
        }
    }
}

/// The test command as a person would type it.
pub(crate) fn test_command(policy: &CargoPolicy) -> String {
    let mut words = vec!["cargo test".to_owned()];
    words.extend(build::selection(policy));
    words.join(" ")
}

fn no_build(gap: Gap) -> BuildOutcome {
    BuildOutcome {
        log: gap.log.clone(),
        gap: Some(gap),
        ..BuildOutcome::new(BuildState::Inconclusive, "cargo metadata")
    }
}

#[cfg(test)]
mod tests {
    use super::adds_to;

    #[test]
    fn one_cause_is_said_once() {
        let reason = "cargo cannot read the workspace: toolchain '1.93.0' is not installed";
        for (remark, expected) in [
            ("dependencies could not be fetched: toolchain '1.93.0' is not installed", false),
            ("dependencies could not be fetched: could not resolve host", true),
            ("dependencies were not fetched, because the change edits `.cargo/config.toml`", true),
        ] {
            assert_eq!(adds_to(remark, reason), expected, "{remark}");
        }
    }
}
