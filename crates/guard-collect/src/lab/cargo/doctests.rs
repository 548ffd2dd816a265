//! Documentation tests: cargo builds and runs them itself.

use std::ffi::OsString;

use guard_exec::{Exit, Output};
use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{SuiteOutcome, TestResult};
use guard_model::policy::ResultFormat;

use super::build::{TimeLimit, limit_gap, selection};
use super::metadata::{Workspace, exec_gap};
use crate::lab::suite_end;
use crate::lab::workbench::Workbench;
use crate::results;

/// Which documentation tests are run, and how.
pub(crate) struct DocOrder<'a> {
    /// Names the log.
    pub(crate) name: &'a str,
    /// Arguments that select packages and features; those that select targets are left out.
    pub(crate) selection: &'a [String],
    /// What cargo and the tests are told besides.
    pub(crate) env: &'a [(&'static str, OsString)],
    /// Only tests with this in their names.
    pub(crate) only: Option<&'a str>,
    /// Time limit in seconds.
    pub(crate) wall_s: u64,
}

/// What documentation tests came to.
#[derive(Debug, Default)]
pub(crate) struct DocRun {
    /// Every test.
    pub(crate) results: Vec<TestResult>,
    /// The suites, one for each library.
    pub(crate) suites: Vec<SuiteOutcome>,
    /// True when the time was over before all were run.
    pub(crate) is_cut: bool,
    /// Wall time in milliseconds.
    pub(crate) ms: u64,
}

/// Whether any library of the workspace may have documentation tests.
pub(crate) fn has_library(workspace: &Workspace) -> bool {
    workspace
        .metadata
        .workspace_packages()
        .iter()
        .any(|p| p.targets.iter().any(|t| t.doctest && (t.is_lib() || t.is_rlib() || t.is_proc_macro())))
}

/// Runs all documentation tests of the workspace.
pub(crate) fn run(
    bench: &Workbench<'_>,
    workspace: &Workspace,
    name: &str,
) -> Result<(Vec<TestResult>, Vec<SuiteOutcome>), Gap> {
    if !has_library(workspace) {
        return Ok((Vec::new(), Vec::new()));
    }
    let order = DocOrder {
        name: &format!("doctests-{name}"),
        selection: &selection(&bench.policy.cargo),
        env: &[],
        only: None,
        wall_s: bench.policy.limits.test_s,
    };
    let run = run_order(bench, workspace, &order)?;
    Ok((run.results, run.suites))
}

/// Runs documentation tests.
pub(crate) fn run_order(
    bench: &Workbench<'_>,
    workspace: &Workspace,
    order: &DocOrder<'_>,
) -> Result<DocRun, Gap> {
    let of_targets = |a: &&String| ["--all-targets", "--tests"].contains(&a.as_str());
    let mut cmd = bench
        .child("cargo", &workspace.dir, order.wall_s)
        .args(["test", "--doc", "--no-fail-fast", "--offline"])
        // A target selection beside `--doc` is an error.
        .args(order.selection.iter().filter(|a| !of_targets(a)))
        .env("CARGO_TERM_COLOR", "never")
        .merge_stderr()
        .log_to(bench.run.log(order.name));
    if let Some(only) = order.only {
        cmd = cmd.args(["--", only]);
    }
    if let Some(target) = workspace.target_dir_override(&bench.lab.tree()) {
        cmd = cmd.env("CARGO_TARGET_DIR", target);
    }
    for (key, value) in order.env {
        cmd = cmd.env(key, value);
    }
    let output = cmd.run(bench.ctl).map_err(|e| exec_gap(&e))?;
    read(bench, order, &output)
}

fn read(bench: &Workbench<'_>, order: &DocOrder<'_>, output: &Output) -> Result<DocRun, Gap> {
    let log = bench.log_name(order.name);
    let time = TimeLimit { seconds: order.wall_s, key: "`limits.test`" };
    let is_cut = output.exit == Exit::TimedOut;
    if let Some(gap) = limit_gap(output, Some(&log), "the documentation tests", &time)
        && !is_cut
    {
        return Err(gap);
    }
    let end = suite_end(output);
    match results::read(ResultFormat::Libtest, &output.stdout, end, "doc") {
        Ok(part) => Ok(DocRun { results: part.results, suites: part.suites, is_cut, ms: output.ms }),
        // A library without an example prints nothing that counts.
        Err(_) if output.exit == Exit::Code(0) => Ok(DocRun::default()),
        Err(error) => {
            let reason = format!("the documentation tests could not be run: {error}");
            Err(Gap::of_tests(GapKind::Input, reason).logged(log))
        }
    }
}
