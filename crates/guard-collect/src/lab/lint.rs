//! What linters say of head, where something is said of them: clippy and rustfmt, in each cargo workspace.
//!
//! First the command that most people type. Only where it is content, the one that covers all packages and targets: what
//! the first one complains of, whoever ran it has seen.

use std::path::Path;

use cargo_metadata::Message;
use cargo_metadata::diagnostic::DiagnosticLevel;
use guard_exec::{Cmd, Exit, Output};
use guard_model::Side;
use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{Complaint, LintRun, Linter};

use super::cargo::build::{TimeLimit, diagnostic, limit_gap};
use super::cargo::{Workspace, features};
use super::project::Project;
use super::workbench::Workbench;
use super::{Session, cargo};

/// Complaints that are kept of one run.
const KEPT_COMPLAINTS: usize = 200;

impl Session<'_> {
    /// Asks the linters about head.
    pub(super) fn lints(&mut self) -> Vec<LintRun> {
        let mut projects = self.found(Side::Head).projects.clone();
        projects.retain(|p| matches!(p, Project::Cargo { .. }));
        if projects.is_empty() || self.request.ctl.is_interrupted() {
            return Vec::new();
        }
        let key = self.key("lints", &[&self.request.change.head.tree], &projects);
        if let Some(known) = self.recall(&key) {
            return known;
        }
        let gaps_before = self.gaps.len();
        let provisions = match self.timed("lay out head", |s| s.lay_out(Side::Head, &projects, "lint")) {
            Ok(provisions) => provisions,
            Err(gap) => {
                self.gaps.push(Gap { checks: Vec::new(), ..gap });
                return Vec::new();
            }
        };
        let runs: Vec<LintRun> = self.timed("ask linters", |s| {
            let bench = s.bench();
            let projects = projects.iter().zip(&provisions.projects);
            projects
                .flat_map(|(project, provision)| {
                    let dir = bench.lab.tree().join(project.dir());
                    match Workspace::read(&bench, &dir, provision.fetched.is_locked) {
                        Ok(workspace) => of_workspace(&bench, &workspace),
                        Err(gap) => vec![LintRun { gap: Some(gap), ..order(Linter::Clippy, &[], true) }],
                    }
                })
                .collect()
        });
        if runs.iter().all(|r| r.gap.is_none()) && !self.request.ctl.is_interrupted() {
            self.remember(&key, &runs, gaps_before);
        }
        runs
    }
}

fn of_workspace(bench: &Workbench<'_>, workspace: &Workspace) -> Vec<LintRun> {
    let mut runs = Vec::new();
    for linter in [Linter::Rustfmt, Linter::Clippy] {
        for whole in [false, true] {
            let run = match linter {
                Linter::Clippy => clippy(bench, workspace, whole),
                Linter::Rustfmt => rustfmt(bench, workspace, whole),
            };
            let is_content = run.gap.is_none() && run.total == 0;
            runs.push(run);
            if !is_content {
                break;
            }
        }
    }
    runs
}

/// A run that has not been.
fn order(linter: Linter, args: &[String], whole: bool) -> LintRun {
    let name = match linter {
        Linter::Clippy => "cargo clippy",
        Linter::Rustfmt => "cargo fmt",
    };
    let command = std::iter::once(name).chain(args.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    LintRun { linter, command, whole, complaints: Vec::new(), total: 0, gap: None, log: None, ms: 0 }
}

fn clippy(bench: &Workbench<'_>, workspace: &Workspace, whole: bool) -> LintRun {
    let mut args = features(&bench.policy.cargo);
    if whole {
        args.extend(["--workspace", "--all-targets"].map(str::to_owned));
    }
    let run = order(Linter::Clippy, &args, whole);
    let mut cmd = bench.child("cargo", &workspace.dir, bench.policy.limits.build_s).args([
        "clippy",
        "--message-format=json",
        "--offline",
    ]);
    if workspace.locked {
        cmd = cmd.arg("--locked");
    }
    if let Some(target) = workspace.target_dir_override(&bench.lab.tree()) {
        cmd = cmd.env("CARGO_TARGET_DIR", target);
    }
    finish(bench, run, cmd.args(&args), |output, tree| complaints_of_clippy(output, workspace, tree))
}

fn rustfmt(bench: &Workbench<'_>, workspace: &Workspace, whole: bool) -> LintRun {
    let all: &[&str] = if whole { &["--all"] } else { &[] };
    let args: Vec<String> = all.iter().chain(&["--check"]).map(|a| (*a).to_owned()).collect();
    let cmd = bench.child("cargo", &workspace.dir, 120).arg("fmt").args(&args);
    finish(bench, order(Linter::Rustfmt, &args, whole), cmd, |output, tree| {
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("unstable features are only available in nightly") {
            return Err("the project's style needs rustfmt's nightly version".to_owned());
        }
        Ok(complaints_of_rustfmt(&String::from_utf8_lossy(&output.stdout), tree))
    })
}

/// Runs a linter and reads what it said; what it cannot do is a gap.
fn finish(
    bench: &Workbench<'_>,
    mut run: LintRun,
    cmd: Cmd,
    read: impl Fn(&Output, &Path) -> Result<Vec<Complaint>, String>,
) -> LintRun {
    let name = match (run.linter, run.whole) {
        (Linter::Clippy, false) => "lint-clippy",
        (Linter::Clippy, true) => "lint-clippy-whole",
        (Linter::Rustfmt, false) => "lint-fmt",
        (Linter::Rustfmt, true) => "lint-fmt-whole",
    };
    run.log = Some(bench.log_name(name));
    let cmd = cmd.env("CARGO_TERM_COLOR", "never").log_to(bench.run.log(name));
    let output = match cmd.run(bench.ctl) {
        Ok(output) => output,
        Err(error) => {
            run.gap = Some(Gap::new(GapKind::MissingTool, error.to_string()));
            return run;
        }
    };
    run.ms = output.ms;
    let time = TimeLimit { seconds: bench.policy.limits.build_s, key: "`limits.build`" };
    if let Some(gap) = limit_gap(&output, run.log.as_deref(), "the linter", &time) {
        run.gap = Some(Gap { checks: Vec::new(), ..gap });
        return run;
    }
    let found = read(&output, &bench.lab.tree()).and_then(|found| {
        let silent = found.is_empty() && output.exit != Exit::Code(0);
        if silent { Err(cargo::first_error(&String::from_utf8_lossy(&output.stderr))) } else { Ok(found) }
    });
    match found {
        Err(reason) => {
            run.gap = Some(Gap::new(GapKind::Input, format!("`{}` could not tell: {reason}", run.command)));
        }
        Ok(mut found) => {
            found.sort();
            // A file compiled as library and as test is complained of twice.
            found.dedup();
            run.total = u32::try_from(found.len()).unwrap_or(u32::MAX);
            found.truncate(KEPT_COMPLAINTS);
            run.complaints = found;
        }
    }
    run
}

fn complaints_of_clippy(
    output: &Output,
    workspace: &Workspace,
    tree: &Path,
) -> Result<Vec<Complaint>, String> {
    let mut found = Vec::new();
    for message in Message::parse_stream(output.stdout.as_slice()).flatten() {
        let Message::CompilerMessage(m) = message else { continue };
        let is_sum = m.message.spans.is_empty();
        let heard = matches!(m.message.level, DiagnosticLevel::Warning | DiagnosticLevel::Error);
        if is_sum || !heard {
            continue;
        }
        let said = diagnostic(&m.message, workspace, tree);
        let is_error_of_rustc = said.code.as_deref().is_none_or(|c| c.starts_with('E') && c.len() == 5);
        if is_error_of_rustc && m.message.level == DiagnosticLevel::Error {
            return Err(format!("it does not compile: {}", said.message));
        }
        found.push(Complaint { path: said.path, line: said.line, lint: said.code, message: said.message });
    }
    Ok(found)
}

/// The places that `rustfmt --check` would write otherwise: "Diff in /path/file.rs:12:".
fn complaints_of_rustfmt(text: &str, tree: &Path) -> Vec<Complaint> {
    let place = |line: &str| -> Option<(String, u32)> {
        let rest = line.strip_prefix("Diff in ")?.trim_end_matches(':');
        // Until 1.7: "Diff in /path/file.rs at line 12:".
        let (path, number) = rest.rsplit_once(" at line ").or_else(|| rest.rsplit_once(':'))?;
        let path = Path::new(path).strip_prefix(tree).ok()?.to_string_lossy().into_owned();
        Some((path, number.parse().ok()?))
    };
    let complaint = |(path, line)| Complaint {
        path: Some(path),
        line: Some(line),
        lint: None,
        message: "rustfmt would write this otherwise".to_owned(),
    };
    text.lines().filter_map(place).map(complaint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rustfmt_tells_where_it_would_write_otherwise() {
        let text = "Diff in /lab/tree/src/a b.rs:12:\n-x\n+y\nDiff in /lab/tree/src/b.rs at line 3:\n-x\n";
        let found = complaints_of_rustfmt(text, Path::new("/lab/tree"));
        let places: Vec<_> = found.iter().map(|c| (c.path.as_deref(), c.line)).collect();
        assert_eq!(places, [(Some("src/a b.rs"), Some(12)), (Some("src/b.rs"), Some(3))]);
    }
}
