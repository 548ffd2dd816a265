//! Documentation tests: cargo builds and runs them itself.

use guard_exec::Exit;
use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{SuiteOutcome, TestResult};
use guard_model::policy::ResultFormat;

use super::build::{TimeLimit, limit_gap, selection};
use super::metadata::{Workspace, exec_gap};
use crate::lab::suite_end;
use crate::lab::workbench::Workbench;
use crate::results;

/// Runs all documentation tests of the workspace.
pub(crate) fn run(
    bench: &Workbench<'_>,
    workspace: &Workspace,
    name: &str,
) -> Result<(Vec<TestResult>, Vec<SuiteOutcome>), Gap> {
    let has_library = workspace
        .metadata
        .workspace_packages()
        .iter()
        .any(|p| p.targets.iter().any(|t| t.doctest && (t.is_lib() || t.is_rlib() || t.is_proc_macro())));
    if !has_library {
        return Ok((Vec::new(), Vec::new()));
    }
    let log = format!("doctests-{name}");
    let mut cmd = bench
        .child("cargo", &workspace.dir, bench.policy.limits.test_s)
        .args(["test", "--doc", "--no-fail-fast", "--offline"])
        // A target selection beside `--doc` is an error.
        .args(selection(&bench.policy.cargo).into_iter().filter(|a| a != "--all-targets"))
        .env("CARGO_TERM_COLOR", "never")
        .merge_stderr()
        .log_to(bench.run.log(&log));
    if let Some(target) = workspace.target_dir_override(&bench.lab.tree()) {
        cmd = cmd.env("CARGO_TARGET_DIR", target);
    }
    let output = cmd.run(bench.ctl).map_err(|e| exec_gap(&e))?;
    let time = TimeLimit { seconds: bench.policy.limits.test_s, key: "`limits.test`" };
    if let Some(gap) = limit_gap(&output, Some(&bench.log_name(&log)), "the documentation tests", &time)
        && output.exit != Exit::TimedOut
    {
        return Err(gap);
    }
    let part = match results::read(ResultFormat::Libtest, &output.stdout, suite_end(&output), "doc") {
        Ok(part) => part,
        // A library without an example prints nothing that counts.
        Err(_) if output.exit == Exit::Code(0) => return Ok((Vec::new(), Vec::new())),
        Err(error) => {
            let reason = format!("the documentation tests could not be run: {error}");
            return Err(Gap::of_tests(GapKind::Input, reason).logged(bench.log_name(&log)));
        }
    };
    Ok((part.results, part.suites))
}
