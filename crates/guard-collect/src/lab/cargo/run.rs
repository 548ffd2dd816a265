//! Runs test binaries one after the other, as cargo does, and names what hung or came out differently.

use std::collections::BTreeSet;

use guard_exec::{Cmd, Exit, Output};
use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{SuiteOutcome, SuiteTrouble, TestOutcome, TestResult};

use super::build::{TestBinary, limit_gap};
use super::metadata::exec_gap;
use super::unbuilt;
use crate::lab::conditions::condition_said;
use crate::lab::suite_end;
use crate::lab::text::last_lines;
use crate::lab::workbench::Workbench;
use crate::results::libtest;

/// Rounds of looking for the test that hangs; each costs one time limit.
const HANG_ROUNDS: usize = 3;

/// Time limit of such a round, in seconds: a test that is alone needs less than its whole suite.
const HANG_LIMIT_S: u64 = 60;

/// Failing tests that are rerun; with more than these the suite is broken, not flaky.
const MAX_RERUNS: usize = 20;

/// What one binary's run came to.
pub(crate) struct SuiteRun {
    pub(crate) results: Vec<TestResult>,
    pub(crate) outcome: SuiteOutcome,
}

/// Runs one binary, all of it or the tests named, each by its full name.
pub(crate) fn run(
    bench: &Workbench<'_>,
    binary: &TestBinary,
    only: Option<&[String]>,
    log: &str,
) -> Result<SuiteRun, Gap> {
    let limit = bench.policy.limits.test_s;
    let output = start(bench, binary, only, &[], limit, log)?;
    let mut run = read(bench, binary, &output, only);
    if run.outcome.trouble == Some(SuiteTrouble::Hung) && binary.libtest {
        name_the_hung(bench, binary, &mut run, log)?;
    }
    Ok(run)
}

/// Full names of the tests in a binary, ignored ones included.
pub(crate) fn list(bench: &Workbench<'_>, binary: &TestBinary) -> Vec<String> {
    if !binary.libtest {
        return Vec::new();
    }
    let args = ["--list", "--format", "terse"];
    match command(bench, binary, 60).args(args).run(bench.ctl) {
        Ok(output) if output.exit == Exit::Code(0) => String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|l| l.strip_suffix(": test"))
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

fn command(bench: &Workbench<'_>, binary: &TestBinary, wall_s: u64) -> Cmd {
    with_env(bench.child(&binary.path, &binary.cwd, wall_s), binary)
}

fn with_env(cmd: Cmd, binary: &TestBinary) -> Cmd {
    binary.env.iter().fold(cmd, |cmd, (key, value)| cmd.env(key, value))
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

fn start(
    bench: &Workbench<'_>,
    binary: &TestBinary,
    only: Option<&[String]>,
    extra: &[&str],
    wall_s: u64,
    log: &str,
) -> Result<Output, Gap> {
    let mut cmd = command(bench, binary, wall_s).args(extra).log_to(bench.run.log(log));
    if let (Some(names), true) = (only, binary.libtest) {
        cmd = cmd.arg("--exact").args(names);
    }
    cmd.run(bench.ctl).map_err(|e| exec_gap(&e))
}

fn read(bench: &Workbench<'_>, binary: &TestBinary, output: &Output, only: Option<&[String]>) -> SuiteRun {
    let end = suite_end(output);
    let (results, outcome) = libtest::read(&output.stdout, &output.stderr, end, &binary.suite, None);
    if !binary.libtest && outcome.announced.is_none() {
        return whole_program(binary, output);
    }
    if outcome.trouble.is_none() {
        return SuiteRun { results, outcome };
    }
    // Only now is it worth asking which tests there are.
    let mut listed = list(bench, binary);
    if let Some(names) = only {
        listed.retain(|n| names.contains(n));
    }
    let (results, outcome) =
        libtest::read(&output.stdout, &output.stderr, suite_end(output), &binary.suite, Some(&listed));
    SuiteRun { results, outcome }
}

/// A target with its own `main` that reports nothing in libtest's words: one test, by its exit code.
fn whole_program(binary: &TestBinary, output: &Output) -> SuiteRun {
    let (outcome, trouble) = match output.exit {
        Exit::Code(0) => (TestOutcome::Passed, None),
        Exit::TimedOut => (TestOutcome::TimedOut, Some(SuiteTrouble::Hung)),
        _ => (TestOutcome::Failed, None),
    };
    let tail = last_lines(&String::from_utf8_lossy(&output.stderr), 6);
    let result = TestResult {
        id: guard_model::lab::TestId { suite: binary.suite.clone(), name: "main".to_owned() },
        outcome,
        reruns: Vec::new(),
        message: (outcome != TestOutcome::Passed).then_some(tail),
        path: None,
        line: None,
        ms: Some(output.ms),
        condition: None,
    };
    let exit_code = match output.exit {
        Exit::Code(code) => Some(code),
        _ => None,
    };
    let outcome = SuiteOutcome {
        suite: binary.suite.clone(),
        announced: None,
        filtered: 0,
        exit_code,
        trouble,
        detail: None,
        ms: output.ms,
    };
    SuiteRun { results: vec![result], outcome }
}

/// Finds which of the unfinished tests hangs, by running them one at a time: libtest then prints a
/// test's name before it starts it.
fn name_the_hung(
    bench: &Workbench<'_>,
    binary: &TestBinary,
    run: &mut SuiteRun,
    log: &str,
) -> Result<(), Gap> {
    let mut hung: BTreeSet<String> = BTreeSet::new();
    for round in 0..HANG_ROUNDS {
        let open: Vec<String> = run
            .results
            .iter()
            .filter(|r| matches!(r.outcome, TestOutcome::TimedOut | TestOutcome::NotRun))
            .map(|r| r.id.name.clone())
            .filter(|n| !hung.contains(n))
            .collect();
        if open.is_empty() {
            break;
        }
        let limit = bench.policy.limits.test_s.min(HANG_LIMIT_S);
        let log = format!("{log}-one-by-one-{round}");
        let output = start(bench, binary, Some(&open), &["--test-threads=1"], limit, &log)?;
        let (again, _) =
            libtest::read(&output.stdout, &output.stderr, suite_end(&output), &binary.suite, Some(&open));
        for result in again {
            let finished = !matches!(result.outcome, TestOutcome::TimedOut | TestOutcome::NotRun);
            if let (true, Some(known)) = (finished, run.results.iter_mut().find(|r| r.id == result.id)) {
                *known = result;
            }
        }
        match started_last(&String::from_utf8_lossy(&output.stdout)) {
            Some(name) if output.exit == Exit::TimedOut => hung.insert(name),
            _ => break,
        };
    }
    for result in &mut run.results {
        if hung.contains(&result.id.name) {
            result.outcome = TestOutcome::TimedOut;
            result.message = Some("still running when its time limit ended it, also on its own".to_owned());
        } else if result.outcome == TestOutcome::TimedOut && !hung.is_empty() {
            result.outcome = TestOutcome::NotRun;
        }
    }
    if !hung.is_empty() {
        let names: Vec<&str> = hung.iter().map(String::as_str).collect();
        run.outcome.detail = Some(format!("never ended: {}", names.join(", ")));
    }
    Ok(())
}

/// The test whose name libtest printed last without a result.
fn started_last(stdout: &str) -> Option<String> {
    let line = stdout.lines().rev().find(|l| l.starts_with("test ") && l.contains(" ... "))?;
    let (name, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let done = ["ok", "FAILED", "ignored"].iter().any(|w| result.trim_start().starts_with(w));
    (!done).then(|| name.trim_end_matches(" - should panic").to_owned())
}

/// Reruns what failed, to tell red from flaky and from what this machine's conditions explain.
pub(crate) fn rerun_failures(bench: &Workbench<'_>, binary: &TestBinary, run: &mut SuiteRun, log: &str) {
    rerun(bench, binary, run, log);
    unbuilt::explain(&binary.left_out, &mut run.results);
}

fn rerun(bench: &Workbench<'_>, binary: &TestBinary, run: &mut SuiteRun, log: &str) {
    let failed: Vec<String> =
        run.results.iter().filter(|r| r.outcome == TestOutcome::Failed).map(|r| r.id.name.clone()).collect();
    if failed.is_empty() || failed.len() > MAX_RERUNS || bench.policy.limits.reruns == 0 {
        return;
    }
    let mut alone_passed: BTreeSet<String> = failed.iter().cloned().collect();
    for round in 0..bench.policy.limits.reruns {
        let Ok(again) = run_quietly(bench, binary, Some(&failed), &format!("{log}-rerun-{round}"), false)
        else {
            return;
        };
        alone_passed.retain(|name| outcome_of(&again, name) == Some(TestOutcome::Passed));
    }
    let together = if alone_passed.is_empty() {
        None
    } else {
        run_quietly(bench, binary, None, &format!("{log}-rerun-all"), false).ok()
    };
    let still_red: Vec<String> = failed.iter().filter(|n| !alone_passed.contains(*n)).cloned().collect();
    // Children run as an ordinary user even when guard is root; what passes as root needs root.
    let as_root = if is_root() && !still_red.is_empty() {
        run_quietly(bench, binary, Some(&still_red), &format!("{log}-rerun-as-root"), true).ok()
    } else {
        None
    };
    for result in run.results.iter_mut().filter(|r| failed.contains(&r.id.name)) {
        let name = result.id.name.clone();
        if alone_passed.contains(&name) {
            match together.as_deref().and_then(|t| outcome_of(t, &name)) {
                Some(TestOutcome::Failed) => {
                    result.reruns.push(TestOutcome::Failed);
                    let said = result.message.get_or_insert_default();
                    said.push_str(
                        "\n(passes alone; failed both times together with the suite's other tests)",
                    );
                }
                _ => result.reruns.push(TestOutcome::Passed),
            }
        } else {
            result.reruns.push(TestOutcome::Failed);
            if as_root.as_deref().and_then(|t| outcome_of(t, &name)) == Some(TestOutcome::Passed) {
                result.condition =
                    Some("passes as root; fails as the ordinary user that guard runs tests as".to_owned());
            } else {
                result.condition =
                    condition_said(bench.policy, result.message.as_deref().unwrap_or_default());
            }
        }
    }
}

fn run_quietly(
    bench: &Workbench<'_>,
    binary: &TestBinary,
    only: Option<&[String]>,
    log: &str,
    as_root: bool,
) -> Result<Vec<TestResult>, Gap> {
    let limit = bench.policy.limits.test_s;
    let cmd = if as_root {
        bench.child_as_root(&binary.path, &binary.cwd, limit)
    } else {
        bench.child(&binary.path, &binary.cwd, limit)
    };
    let mut cmd = with_env(cmd, binary).log_to(bench.run.log(log));
    if let (Some(names), true) = (only, binary.libtest) {
        cmd = cmd.arg("--exact").args(names);
    }
    let output = cmd.run(bench.ctl).map_err(|e| exec_gap(&e))?;
    if let Some(gap) = limit_gap(&output, None, "the rerun", bench.policy.limits.test_s) {
        return Err(gap);
    }
    Ok(libtest::read(&output.stdout, &output.stderr, suite_end(&output), &binary.suite, None).0)
}

fn outcome_of(results: &[TestResult], name: &str) -> Option<TestOutcome> {
    results.iter().find(|r| r.id.name == name).map(|r| r.outcome)
}

/// The gap for suites that did not run to their end for reasons outside the code.
pub(crate) fn suite_gap(outcome: &SuiteOutcome) -> Option<Gap> {
    (outcome.trouble == Some(SuiteTrouble::OverLimit)).then(|| Gap {
        checks: vec!["failing-test".to_owned()],
        kind: GapKind::Budget,
        reason: format!(
            "suite `{}` went over its memory or output limit: {}",
            outcome.suite,
            outcome.detail.as_deref().unwrap_or("no detail")
        ),
        log: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_that_was_started_and_never_finished_is_named() {
        assert_eq!(started_last("test a ... ok\ntest b ... "), Some("b".to_owned()));
        assert_eq!(started_last("test a ... ok\ntest b ... noise of its own\n"), Some("b".to_owned()));
        assert_eq!(started_last("test a ... ok\ntest b - should panic ... "), Some("b".to_owned()));
        assert_eq!(started_last("running 1 test\ntest a ... ok\n"), None);
    }
}
