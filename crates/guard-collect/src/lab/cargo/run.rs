//! Runs test binaries one after the other, as cargo does, and names what hung or came out differently.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use guard_exec::{Cmd, Exit, Output};
use guard_model::Change;
use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{SuiteOutcome, SuiteTrouble, TestOutcome, TestResult};

use super::build::TestBinary;
use super::compiled;
use super::metadata::exec_gap;
use super::unbuilt;
use crate::lab::conditions::{self, needs_root};
use crate::lab::suite_end;
use crate::lab::text::last_lines;
use crate::lab::workbench::{User, Workbench};
use crate::results::libtest;

/// Rounds of looking for tests that hang.
const HANG_ROUNDS: usize = 3;

/// Time limit of such a round, in seconds.
const HANG_LIMIT_S: u64 = 60;

/// Time limit of one test on its own, in seconds: it needs less than its whole suite.
const ALONE_LIMIT_S: u64 = 300;

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

/// Whether the change touches code of the binary that may end its process.
pub(crate) fn may_end_itself(bench: &Workbench<'_>, binary: &TestBinary, change: &Change) -> bool {
    let own = change.files.iter().filter(|f| binary.sources.contains(&f.path));
    binary.libtest && own.into_iter().any(|f| compiled::may_end_process(&bench.lab.tree().join(&f.path)))
}

/// Holds what a green binary printed against the log that libtest writes as each test ends (`--logfile`): a test
/// can print result lines and a summary, and end the process. What is not in the log did not come to its end.
///
/// Says how the suite then ended, when it printed what is not so.
pub(crate) fn hold_to_log(
    bench: &Workbench<'_>,
    binary: &TestBinary,
    results: &mut [TestResult],
    log: &str,
) -> Option<SuiteOutcome> {
    let file = bench.lab.out().join("libtest.log");
    // One of an earlier binary must not speak for this one.
    let _ = fs::remove_file(&file);
    let path = file.to_str()?;
    let limit = bench.policy.limits.test_s;
    let output = start(bench, binary, None, &["--logfile", path], limit, &format!("{log}-logged")).ok()?;
    let (said, outcome) =
        libtest::read(&output.stdout, &output.stderr, suite_end(&output), &binary.suite, None);
    let logged = fs::read_to_string(&file).ok()?;
    let logged: BTreeSet<&str> = logged.lines().filter_map(|l| Some(l.split_once(' ')?.1)).collect();
    let is_forged = |r: &TestResult| r.outcome == TestOutcome::Passed && !logged.contains(r.id.name.as_str());
    if output.exit != Exit::Code(0) || outcome.trouble.is_some() || !said.iter().any(is_forged) {
        return None;
    }
    let own = results.iter_mut().filter(|r| r.id.suite == binary.suite);
    own.filter(|r| is_forged(r)).for_each(|r| r.outcome = TestOutcome::NotRun);
    let detail = "a test printed a summary and ended the process: libtest's own log has no end of the tests";
    Some(SuiteOutcome { trouble: Some(SuiteTrouble::EndedEarly), detail: Some(detail.to_owned()), ..outcome })
}

/// Full names of the tests in a binary, ignored ones included.
pub(crate) fn list(bench: &Workbench<'_>, binary: &TestBinary) -> Vec<String> {
    try_list(bench, binary).unwrap_or_default()
}

/// The same; `None` when the binary does not say.
pub(crate) fn try_list(bench: &Workbench<'_>, binary: &TestBinary) -> Option<Vec<String>> {
    if !binary.libtest {
        return None;
    }
    let args = ["--list", "--format", "terse"];
    let output = command(bench, binary, 60).args(args).run(bench.ctl).ok()?;
    if output.exit != Exit::Code(0) {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Some(text.lines().filter_map(|l| l.strip_suffix(": test")).map(str::to_owned).collect())
}

fn command(bench: &Workbench<'_>, binary: &TestBinary, wall_s: u64) -> Cmd {
    with_env(bench.child(&binary.path, &binary.cwd, wall_s), binary)
}

fn with_env(cmd: Cmd, binary: &TestBinary) -> Cmd {
    binary.env.iter().fold(cmd, |cmd, (key, value)| cmd.env(key, value))
}

#[cfg(unix)]
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
pub(crate) fn is_root() -> bool {
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
    let cmd = command(bench, binary, wall_s).args(extra).args(chosen(binary, only));
    cmd.log_to(bench.run.log(log)).run(bench.ctl).map_err(|e| exec_gap(&e))
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
        Exit::Interrupted => (TestOutcome::NotRun, Some(SuiteTrouble::Hung)),
        Exit::OverMemory => (TestOutcome::NotRun, Some(SuiteTrouble::OverMemory)),
        Exit::OverOutput => (TestOutcome::NotRun, Some(SuiteTrouble::OverOutput)),
        Exit::Code(_) | Exit::Signal(_) => (TestOutcome::Failed, None),
    };
    let tail = last_lines(&String::from_utf8_lossy(&output.stderr), 6);
    let result = TestResult {
        message: (outcome != TestOutcome::Passed).then_some(tail),
        ms: Some(output.ms),
        ..TestResult::new(
            guard_model::lab::TestId { suite: binary.suite.clone(), name: "main".to_owned() },
            outcome,
        )
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
/// test's name before it starts it. The one that the time limit meets may only have had its turn then, so it
/// is run once more, alone.
fn name_the_hung(
    bench: &Workbench<'_>,
    binary: &TestBinary,
    run: &mut SuiteRun,
    log: &str,
) -> Result<(), Gap> {
    let limit = bench.policy.limits.test_s;
    let alone_s = limit.min(ALONE_LIMIT_S);
    let mut hung: BTreeSet<String> = BTreeSet::new();
    for round in 0..HANG_ROUNDS {
        let open: Vec<String> = run
            .results
            .iter()
            .filter(|r| !is_finished(r))
            .map(|r| r.id.name.clone())
            .filter(|n| !hung.contains(n))
            .collect();
        if open.is_empty() || bench.ctl.is_interrupted() {
            break;
        }
        let mut again = |names: &[String], wall_s: u64, log: &str| -> Result<Output, Gap> {
            let output = start(bench, binary, Some(names), &["--test-threads=1"], wall_s, log)?;
            let (results, _) =
                libtest::read(&output.stdout, &output.stderr, suite_end(&output), &binary.suite, Some(names));
            for result in results.into_iter().filter(is_finished) {
                if let Some(known) = run.results.iter_mut().find(|r| r.id == result.id) {
                    *known = result;
                }
            }
            Ok(output)
        };
        let output = again(&open, limit.min(HANG_LIMIT_S), &format!("{log}-one-by-one-{round}"))?;
        let last = started_last(&String::from_utf8_lossy(&output.stdout));
        let Some(last) = last.filter(|_| output.exit == Exit::TimedOut) else { break };
        let alone = again(std::slice::from_ref(&last), alone_s, &format!("{log}-alone-{round}"))?;
        if alone.exit == Exit::TimedOut {
            hung.insert(last);
        }
    }
    for result in &mut run.results {
        if hung.contains(&result.id.name) {
            result.outcome = TestOutcome::TimedOut;
            result.message = Some(format!("on its own too it was still running after {alone_s} s"));
            if let Some((path, line)) =
                compiled::declaration(&bench.lab.tree(), &binary.sources, &result.id.name)
            {
                (result.path, result.line) = (Some(path), Some(line));
            }
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

fn is_finished(result: &TestResult) -> bool {
    !matches!(result.outcome, TestOutcome::TimedOut | TestOutcome::NotRun)
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
    blame_unbuilt(bench, binary, &mut run.results);
    conditions::note(bench.policy, &mut run.results);
}

/// Tells failures of a binary's tests that could not start a program which the build left out.
pub(crate) fn blame_unbuilt(bench: &Workbench<'_>, binary: &TestBinary, results: &mut [TestResult]) {
    let source = || fs::read_to_string(bench.lab.tree().join(&binary.root_source)).unwrap_or_default();
    let own = results.iter_mut().filter(|r| r.id.suite == binary.suite);
    unbuilt::explain(&binary.left_out, own, source);
}

fn rerun(bench: &Workbench<'_>, binary: &TestBinary, run: &mut SuiteRun, log: &str) {
    let failed: Vec<String> =
        run.results.iter().filter(|r| r.outcome == TestOutcome::Failed).map(|r| r.id.name.clone()).collect();
    let rounds = bench.policy.limits.reruns;
    if failed.is_empty() || failed.len() > MAX_RERUNS || rounds == 0 {
        return;
    }
    let again = |only: Option<&[String]>, what: &str, user: User| {
        run_again(bench, binary, only, &format!("{log}-rerun-{what}"), user)
    };
    let alone: Vec<Outcomes> =
        (0..rounds).map_while(|round| again(Some(&failed), &round.to_string(), User::Ordinary)).collect();
    let observed = |name: &str, rounds: &[Outcomes]| -> Vec<TestOutcome> {
        rounds.iter().filter_map(|r| r.get(name).copied()).collect()
    };
    let passes_alone = |name: &String| {
        let outcomes = observed(name, &alone);
        !outcomes.is_empty() && outcomes.iter().all(|o| !o.is_failure())
    };
    let still_red: Vec<String> = failed.iter().filter(|n| !passes_alone(n)).cloned().collect();
    // What passes alone may still fail each time that it runs with the others: red, and not flaky.
    let mut together: Vec<Outcomes> = Vec::new();
    while still_red.len() < failed.len() && together.len() < rounds as usize {
        let red_in_all =
            |n: &String| passes_alone(n) && observed(n, &together).iter().all(|o| o.is_failure());
        let Some(round) = failed
            .iter()
            .any(red_in_all)
            .then(|| again(None, &format!("all-{}", together.len()), User::Ordinary))
            .flatten()
        else {
            break;
        };
        together.push(round);
    }
    for result in run.results.iter_mut().filter(|r| failed.contains(&r.id.name)) {
        let name = &result.id.name;
        let in_company = observed(name, &together);
        if passes_alone(name) && !in_company.is_empty() && in_company.iter().all(|o| o.is_failure()) {
            result.reruns = in_company;
            let said = result.message.get_or_insert_default();
            said.push_str("\n(passes alone; failed each time together with the suite's other tests)");
            continue;
        }
        result.reruns = observed(name, &alone);
        result.reruns.extend(in_company);
    }
    as_root(bench, binary, &mut run.results, &still_red, log);
}

/// Tells what needs root from what is red each time: children run as an ordinary user even when guard is root.
/// `red` are names of the binary's tests.
pub(crate) fn as_root(
    bench: &Workbench<'_>,
    binary: &TestBinary,
    results: &mut [TestResult],
    red: &[String],
    log: &str,
) {
    if red.is_empty() || red.len() > MAX_RERUNS || !is_root() || bench.ctl.is_interrupted() {
        return;
    }
    let passes_in = |run: &Option<Outcomes>, name: &String| {
        run.as_ref().and_then(|outcomes| outcomes.get(name)) == Some(&TestOutcome::Passed)
    };
    // One green run may be luck: both users have their turn twice.
    let again = |only: &[String], what: &str, user: User| {
        let log = format!("{log}-rerun-{what}");
        (!only.is_empty()).then(|| run_again(bench, binary, Some(only), &log, user)).flatten()
    };
    let first = again(red, "as-root", User::Root);
    let green: Vec<String> = red.iter().filter(|n| passes_in(&first, n)).cloned().collect();
    let ordinary = again(&green, "after-root", User::Ordinary);
    let second = again(&green, "as-root-again", User::Root);
    let own = results.iter_mut().filter(|r| r.id.suite == binary.suite && green.contains(&r.id.name));
    for result in own.filter(|r| !r.is_flaky()) {
        if passes_in(&ordinary, &result.id.name) || !passes_in(&second, &result.id.name) {
            result.reruns.push(TestOutcome::Passed);
        } else {
            result.condition = Some(needs_root());
        }
    }
}

/// What a rerun showed of each test that came to an end in it.
type Outcomes = BTreeMap<String, TestOutcome>;

/// Runs a binary again; `None` when that showed nothing.
fn run_again(
    bench: &Workbench<'_>,
    binary: &TestBinary,
    only: Option<&[String]>,
    log: &str,
    user: User,
) -> Option<Outcomes> {
    let limit = bench.policy.limits.test_s;
    let child = bench.child_of(user, &binary.path, &binary.cwd, limit);
    let output =
        with_env(child, binary).log_to(bench.run.log(log)).args(chosen(binary, only)).run(bench.ctl).ok()?;
    if matches!(output.exit, Exit::Interrupted) {
        return None;
    }
    let results = read(bench, binary, &output, only).results;
    let ended = results.into_iter().filter(|r| r.outcome == TestOutcome::Passed || r.outcome.is_failure());
    let outcomes: Outcomes = ended.map(|r| (r.id.name, r.outcome)).collect();
    (!outcomes.is_empty()).then_some(outcomes)
}

/// The arguments by which a binary runs only the tests named.
fn chosen(binary: &TestBinary, only: Option<&[String]>) -> Vec<String> {
    match only {
        Some(names) if binary.libtest => {
            std::iter::once("--exact").map(str::to_owned).chain(names.iter().cloned()).collect()
        }
        _ => Vec::new(),
    }
}

/// The gap for suites that did not run to their end for reasons outside the code.
pub(crate) fn suite_gap(outcome: &SuiteOutcome) -> Option<Gap> {
    let limit = match outcome.trouble? {
        SuiteTrouble::OverMemory => "used more memory than `limits.memory` allows",
        SuiteTrouble::OverOutput => "printed more than `limits.output` allows",
        _ => return None,
    };
    Some(Gap::of_tests(GapKind::Budget, format!("suite `{}` {limit}", outcome.suite)))
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
