//! Suites with a command: of the policy, or of a language's conventions.

use std::fs;
use std::path::{Path, PathBuf};

use guard_exec::{Cmd, Exit, Output};
use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{
    BuildOutcome, BuildState, Diagnostic, SuiteTrouble, TestOutcome, TestResult, TestRun,
};
use guard_model::policy::{BuildCommand, SuitePolicy};

use super::cargo::build::{TimeLimit, limit_gap};
use super::cargo::run::is_root;
use super::compilers;
use super::conditions::{self, needs_root};
use super::narrow;
use super::project::{Files, below, python};
use super::runner::{Call, Runner};
use super::suite_end;
use super::text::{clip, last_lines};
use super::workbench::{User, Workbench};
use crate::results;

/// Bytes of a file that is read to find out what it holds.
const MAX_MANIFEST: u64 = 1 << 20;

/// Seconds that a `prepare` command may take.
const PREPARE_LIMIT_S: u64 = 900;

/// Runs one suite on what lies in the lab's tree; what is red runs again, to tell red from flaky and from
/// what this machine's conditions explain.
pub(crate) fn run(bench: &Workbench<'_>, suite: &SuitePolicy, name: &str) -> Ran {
    let mut ran = run_once(bench, suite, name, User::Ordinary);
    rerun(bench, suite, &mut ran.tests, name);
    conditions::note(bench.policy, &mut ran.tests.results);
    conditions::note_full_disk(bench, &mut ran.tests);
    ran
}

/// What one suite came to.
#[derive(Debug, Default)]
pub(crate) struct Ran {
    pub(crate) tests: TestRun,
    /// Errors of the compilers that its command calls, in the code of the tree.
    pub(crate) errors: Vec<Diagnostic>,
    /// How its process ended, where it began.
    pub(crate) exit: Option<Exit>,
}

impl Ran {
    /// A suite that was not run, because it lacks something.
    pub(crate) fn nothing(suite: &SuitePolicy, gap: Gap) -> Ran {
        let tests = TestRun { commands: vec![suite.run.clone()], gap: Some(gap), ..TestRun::default() };
        Ran { tests, ..Ran::default() }
    }

    /// The build that failed, when that is why the suite has no results, or not all: its errors then stand for what
    /// is missing.
    pub(crate) fn take_broken_build(&mut self) -> Option<BuildOutcome> {
        let errors = std::mem::take(&mut self.errors);
        if errors.is_empty() {
            return None;
        }
        self.tests.suites.retain(|s| s.trouble != Some(SuiteTrouble::FailedOutsideTests));
        self.tests.gap = None;
        let command = self.tests.commands.first().cloned().unwrap_or_default();
        let log = self.tests.logs.first().cloned();
        Some(BuildOutcome { errors, log, ..BuildOutcome::new(BuildState::Failed, command) })
    }
}

fn rerun(bench: &Workbench<'_>, suite: &SuitePolicy, tests: &mut TestRun, name: &str) {
    let is_red = |r: &TestResult| r.outcome.is_failure();
    if !tests.results.iter().any(is_red) || bench.policy.limits.reruns == 0 || bench.ctl.is_interrupted() {
        return;
    }
    let files = InTree(bench.lab.tree());
    // Only the files of the red tests, where the runner can be asked for them.
    let part = narrow::red(suite, tests, &files).and_then(|part| narrow::to(suite, &part, &files));
    let narrowed = part.ok().flatten();
    let chosen = narrowed.as_ref().unwrap_or(suite);
    let rounds = if narrowed.is_some() { bench.policy.limits.reruns } else { 1 };
    let again: Vec<TestRun> = (0..rounds)
        .map(|round| run_again(bench, chosen, &format!("{name}-rerun-{round}"), User::Ordinary))
        .collect();
    let alone = |r: &TestResult| -> Vec<TestOutcome> {
        again.iter().filter_map(|run| Some(run.result(&r.id)?.outcome)).collect()
    };
    let passes_alone = |r: &TestResult| {
        let outcomes = alone(r);
        !outcomes.is_empty() && outcomes.iter().all(|o| *o == TestOutcome::Passed)
    };
    // What passes with its own file may still fail each time that it runs with the others.
    let together = (narrowed.is_some() && tests.results.iter().any(|r| is_red(r) && passes_alone(r)))
        .then(|| run_again(bench, suite, &format!("{name}-rerun-all"), User::Ordinary));
    // Children run as an ordinary user even when guard is root; what passes as root needs root.
    let stays_red = |r: &TestResult| is_red(r) && alone(r).iter().all(|o| o.is_failure());
    let as_root = (is_root() && name == "head" && tests.results.iter().any(stays_red))
        .then(|| run_again(bench, chosen, &format!("{name}-rerun-as-root"), User::Root));
    let is_green = |run: &Option<TestRun>, r: &TestResult| {
        run.as_ref().and_then(|run| run.result(&r.id)).is_some_and(|r| r.outcome == TestOutcome::Passed)
    };
    // One green run may be luck: both users have their turn twice.
    let is_open = tests.results.iter().any(|r| stays_red(r) && is_green(&as_root, r));
    let after_root =
        is_open.then(|| run_again(bench, chosen, &format!("{name}-rerun-after-root"), User::Ordinary));
    let root_again =
        is_open.then(|| run_again(bench, chosen, &format!("{name}-rerun-as-root-again"), User::Root));
    for result in tests.results.iter_mut().filter(|r| is_red(r)) {
        let outcome_in = |run: &Option<TestRun>| Some(run.as_ref()?.result(&result.id)?.outcome);
        match outcome_in(&together) {
            Some(whole) if whole.is_failure() && passes_alone(result) => {
                result.reruns.push(whole);
                let said = result.message.get_or_insert_default();
                said.push_str("\n(passes with its own file alone; failed each time with the whole suite)");
            }
            whole => result.reruns.extend(alone(result).into_iter().chain(whole)),
        }
        if result.is_flaky() || !is_green(&as_root, result) {
            continue;
        }
        if is_green(&after_root, result) || !is_green(&root_again, result) {
            result.reruns.push(TestOutcome::Passed);
        } else {
            result.condition = Some(needs_root());
        }
    }
}

/// The files that lie in the lab's tree.
pub(crate) struct InTree(pub(crate) PathBuf);

impl Files for InTree {
    fn read(&self, path: &str) -> Option<String> {
        read_bounded(&self.0.join(path), MAX_MANIFEST)
            .ok()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    fn list(&self, dir: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(dir)).into_iter().flatten().flatten();
        entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect()
    }
}

/// What a further run of it showed of its tests.
fn run_again(bench: &Workbench<'_>, suite: &SuitePolicy, name: &str, user: User) -> TestRun {
    run_once(bench, suite, name, user).tests
}

/// Runs a suite once, on what lies in the lab's tree now.
pub(crate) fn run_once(bench: &Workbench<'_>, suite: &SuitePolicy, name: &str, user: User) -> Ran {
    let mut tests = TestRun { commands: vec![suite.run.clone()], ..TestRun::default() };
    let dir = directory(bench, suite.dir.as_deref());
    let log = format!("test-{name}-{}", suite.name);
    let file = suite.file.as_ref().map(|f| result_file(bench, &dir, f));
    if let Some(file) = &file {
        // A file of an earlier run must not speak for this one.
        let _ = fs::remove_file(file);
    }
    let limit = suite.timeout_s.unwrap_or(bench.policy.limits.test_s);
    let child = bench.child_of(user, "sh", &dir, limit);
    let command = with_python(bench, child, &dir).args(["-c", &suite.run]);
    let output = match command.log_to(bench.run.log(&log)).run(bench.ctl) {
        Ok(output) => output,
        Err(error) => {
            return Ran::nothing(suite, gap(GapKind::MissingTool, error.to_string(), None));
        }
    };
    tests.ms = output.ms;
    tests.logs.push(bench.log_name(&log));
    if let Some(gap) = cannot_run(&output, suite, &bench.log_name(&log)) {
        tests.gap = Some(gap);
        return Ran { tests, errors: Vec::new(), exit: Some(output.exit) };
    }
    let bytes = match &file {
        Some(path) => read_bounded(path, bench.policy.limits.output_mib << 20),
        None => Ok(output.stdout.clone()),
    };
    let read = bytes
        .map_err(|e| format!("no results in `{}`: {e}", suite.file.as_deref().unwrap_or_default()))
        .and_then(|b| {
            results::read(suite.results, &b, suite_end(&output), &suite.name).map_err(|e| e.to_string())
        });
    match read {
        Ok(part) => {
            tests.results = part.results;
            tests.suites = part.suites;
            name_from_the_root(bench, suite, &mut tests);
            tests.results.sort_by(|a, b| a.id.cmp(&b.id));
            tests.gap = part.incomplete.map(|why| {
                let reason = format!("the results of suite `{}` are not complete: {why}", suite.name);
                gap(GapKind::Input, reason, tests.logs.first().cloned())
            });
        }
        Err(reason) => {
            let key = match suite.timeout_s {
                Some(_) => format!("`timeout` of `[[suite]]` \"{}\"", suite.name),
                None => "`limits.test`".to_owned(),
            };
            let what = format!("suite `{}`", suite.name);
            let time = TimeLimit { seconds: limit, key: &key };
            let reason = limit_gap(&output, None, &what, &time).map_or_else(
                || {
                    let said = telling_lines(&output);
                    let said = if said.is_empty() { said } else { format!(" ({})", clip(&said, 300)) };
                    format!("{what} gave no results: {reason}{said}")
                },
                // What was printed up to the limit does not say more.
                |gap| gap.reason,
            );
            tests.gap = Some(gap(GapKind::Input, reason, tests.logs.first().cloned()));
        }
    }
    Ran { errors: errors_in(bench, suite, &output), tests, exit: Some(output.exit) }
}

/// What compilers that the suite's command calls say of the code in the tree, when the command failed.
fn errors_in(bench: &Workbench<'_>, suite: &SuitePolicy, output: &Output) -> Vec<Diagnostic> {
    let Some(call) = Call::in_line(&suite.run).filter(|_| matches!(output.exit, Exit::Code(c) if c != 0))
    else {
        return Vec::new();
    };
    let tree = bench.lab.tree();
    let said = format!("{}\n{}", String::from_utf8_lossy(&output.stderr), output.text());
    let (top, dir) = (tree.display().to_string(), suite.dir.as_deref().unwrap_or_default());
    compilers::errors(&said, call.runner, &InTree(tree), &top, dir)
}

/// Makes a suite's names and places, which are relative to its directory, relative to the repository: suites
/// in several directories may name their tests alike.
fn name_from_the_root(bench: &Workbench<'_>, suite: &SuitePolicy, tests: &mut TestRun) {
    let tree = bench.lab.tree();
    let top = format!("{}/", tree.display());
    let dir = suite.dir.as_deref().unwrap_or_default();
    let runner = Call::in_line(&suite.run).map_or(Runner::Pytest, |c| c.runner);
    let files = InTree(tree);
    let prefix = |name: &mut String| {
        if let Some(rest) = name.strip_prefix(&top) {
            *name = rest.to_owned();
            return;
        }
        // Go's packages are named from the module's own root.
        if dir.is_empty() || *name == suite.name || runner == Runner::Go {
            return;
        }
        let below = below(dir, name);
        if narrow::file_of(&below, "", runner, &files).is_some() {
            *name = below;
        }
    };
    for result in &mut tests.results {
        prefix(&mut result.id.suite);
        // A file that cannot be loaded is reported as one test with its path as the name.
        if let Some(rest) = result.id.name.strip_prefix(&top) {
            result.id.name = rest.to_owned();
        }
        if let Some(path) = &mut result.path {
            let inside = below(dir, path);
            if !dir.is_empty() && files.has(&inside) {
                *path = inside;
            }
        }
    }
    tests.suites.iter_mut().for_each(|s| prefix(&mut s.suite));
}

/// Runs the policy's build command, unless it lacks something.
pub(crate) fn build(
    bench: &Workbench<'_>,
    command: &BuildCommand,
    lacks: Option<Gap>,
    name: &str,
) -> BuildOutcome {
    let dir = directory(bench, command.dir.as_deref());
    let log = format!("build-{name}");
    let mut outcome = BuildOutcome {
        gap: lacks,
        log: Some(bench.log_name(&log)),
        ..BuildOutcome::new(BuildState::Inconclusive, &command.run)
    };
    if outcome.gap.is_some() {
        return outcome;
    }
    let time = match command.timeout_s {
        Some(seconds) => TimeLimit { seconds, key: "`timeout` of `[build]`" },
        None => TimeLimit { seconds: bench.policy.limits.build_s, key: "`limits.build`" },
    };
    let output =
        match shell(bench, &command.run, &dir, time.seconds).log_to(bench.run.log(&log)).run(bench.ctl) {
            Ok(output) => output,
            Err(error) => {
                outcome.gap = Some(gap(GapKind::MissingTool, error.to_string(), None));
                return outcome;
            }
        };
    outcome.ms = output.ms;
    if let Some(missing) = command_not_found(&output) {
        outcome.gap = Some(gap(GapKind::MissingTool, missing, outcome.log.clone()));
    } else if let Some(limit) = limit_gap(&output, outcome.log.as_deref(), "the build", &time) {
        outcome.gap = Some(limit);
    } else if output.exit == Exit::Code(0) {
        outcome.state = BuildState::Ok;
    } else {
        outcome.state = BuildState::Failed;
        outcome.errors.push(Diagnostic {
            message: format!("`{}` failed: {}", clip(&command.run, 80), last_words(&output, 1)),
            code: None,
            path: None,
            line: None,
            rendered: tail(&output.tail(100), 4096),
        });
    }
    outcome
}

/// A directory below the tree.
pub(crate) fn directory(bench: &Workbench<'_>, below: Option<&str>) -> PathBuf {
    below.map_or_else(|| bench.lab.tree(), |d| bench.lab.tree().join(d))
}

pub(crate) fn shell(bench: &Workbench<'_>, line: &str, dir: &Path, wall_s: u64) -> Cmd {
    with_python(bench, bench.child("sh", dir, wall_s), dir).args(["-c", line])
}

fn with_python(bench: &Workbench<'_>, cmd: Cmd, dir: &Path) -> Cmd {
    let tree = bench.lab.tree();
    let below = dir.strip_prefix(&tree).unwrap_or(Path::new("")).to_string_lossy().into_owned();
    // An editable install in the user's environment would import the work tree instead of this one.
    let mut folders = vec![dir.join("src"), dir.to_owned()];
    if !below.is_empty() {
        folders.extend([tree.join("src"), tree]);
    }
    let paths: Vec<String> = folders.iter().map(|p| p.display().to_string()).collect();
    let paths = paths.join(":");
    cmd.env("GUARD_PYTHON", python(bench.work_tree, &below))
        .env("PYTHONPATH", paths)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("CI", "true")
}

/// Brings what a command needs, with network: to be done once for each tree that is laid out, before any of
/// the change's code runs.
pub(crate) fn prepare(bench: &Workbench<'_>, command: Option<&str>, dir: &Path, log: &str) -> Option<Gap> {
    provide_node_modules(bench, dir);
    let line = command?;
    if bench.policy.sandbox.offline {
        return None;
    }
    let caches: Vec<PathBuf> = bench.surroundings.tool_homes().into_iter().map(|(_, path)| path).collect();
    let cmd = with_python(bench, bench.fetcher("sh", dir, PREPARE_LIMIT_S, &caches), dir).args(["-c", line]);
    let output = match cmd.log_to(bench.run.log(log)).run(bench.ctl) {
        Ok(output) => output,
        Err(error) => return Some(gap(GapKind::MissingTool, error.to_string(), None)),
    };
    let log = bench.log_name(log);
    if let Some(missing) = command_not_found(&output) {
        return Some(gap(GapKind::MissingTool, missing, Some(log)));
    }
    let time = TimeLimit { seconds: PREPARE_LIMIT_S, key: "fixed; do less in it" };
    if let Some(gap) = limit_gap(&output, Some(&log), "`prepare`", &time) {
        return Some(gap);
    }
    (output.exit != Exit::Code(0)).then(|| {
        let reason = format!("`{}` failed: {}", clip(line, 80), last_words(&output, 3));
        Gap::of_tests(GapKind::Input, reason).logged(log)
    })
}

/// Lets the tree use the user's installed packages, in the suite's directory and those above it, when the
/// lock file is the one they were installed from: a directory of links, so that tools can keep caches beside
/// the packages and write into none.
fn provide_node_modules(bench: &Workbench<'_>, dir: &Path) {
    let tree = bench.lab.tree();
    for dir in dir.ancestors().take_while(|d| d.starts_with(&tree)) {
        provide_node_modules_in(bench, &tree, dir);
    }
}

fn provide_node_modules_in(bench: &Workbench<'_>, tree: &Path, dir: &Path) {
    const LOCKS: [&str; 4] = ["package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];
    let Some(top) = bench.work_tree else { return };
    let Ok(below) = dir.strip_prefix(tree) else { return };
    let users = top.join(below);
    let target = dir.join("node_modules");
    let is_real = |path: &Path| fs::symlink_metadata(path).is_ok_and(|m| m.is_dir());
    if !is_real(dir) || !dir.join("package.json").is_file() || !is_real(&users.join("node_modules")) {
        return;
    }
    // The tree was laid out without them, so these are its own, or those that a `prepare` has brought.
    if fs::symlink_metadata(&target).is_ok() {
        return;
    }
    // A member of a workspace is locked by the lock file of a directory above it.
    let locked = dir
        .ancestors()
        .take_while(|d| d.starts_with(tree))
        .find(|d| LOCKS.iter().any(|l| d.join(l).is_file()))
        .unwrap_or(dir);
    let same = |file: &str| {
        let theirs = locked.strip_prefix(tree).map(|below| top.join(below).join(file));
        fs::read(locked.join(file)).ok() == theirs.ok().and_then(|path| fs::read(path).ok())
    };
    let has_lock = LOCKS.iter().any(|l| locked.join(l).is_file());
    if !LOCKS.iter().all(|l| same(l)) || (!has_lock && !same("package.json")) {
        return;
    }
    // Without packages the suite says itself that they are missing.
    let _ = link_packages(&users.join("node_modules"), &target, top);
}

/// Links every package below `from` into `to`; scopes become directories of their own. A package that
/// is a link into the user's work tree is a part of this project, and its link is made as it is: it
/// then leads to the tree's own part.
#[cfg(unix)]
fn link_packages(from: &Path, to: &Path, top: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::symlink;
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)?.flatten() {
        let name = entry.file_name();
        let (source, link) = (entry.path(), to.join(&name));
        let kind = entry.file_type()?;
        let text = name.to_string_lossy();
        if kind.is_symlink() {
            let target = fs::read_link(&source)?;
            let inside = fs::canonicalize(&source).is_ok_and(|real| {
                real.starts_with(top) && !real.components().any(|c| c.as_os_str() == "node_modules")
            });
            if inside && target.is_relative() {
                symlink(target, link)?;
            } else {
                symlink(&source, link)?;
            }
        } else if text.starts_with('@') {
            link_packages(&source, &link, top)?;
        } else if kind.is_dir() && (!text.starts_with('.') || text == ".bin" || text == ".pnpm") {
            symlink(&source, link)?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn link_packages(_from: &Path, _to: &Path, _top: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// The lines of a failed command that say why: the first that look like an error, else the last ones.
fn telling_lines(output: &Output) -> String {
    let text = format!("{}\n{}", String::from_utf8_lossy(&output.stderr), tail(&output.text(), 20_000));
    let is_error = |line: &&str| {
        let lower = line.to_ascii_lowercase();
        ["error:", "error ", "failed to", "cannot find", "not found", "no such", "exception"]
            .iter()
            .any(|w| lower.contains(w))
    };
    let errors: Vec<&str> =
        text.lines().map(str::trim).filter(|l| !l.is_empty()).filter(is_error).take(2).collect();
    if errors.is_empty() { last_lines(&text, 3) } else { errors.join(" / ") }
}

/// The last `n` lines of a failed command, of its errors where it printed any; how it ended where it is silent.
fn last_words(output: &Output, n: usize) -> String {
    let said = last_lines(&output.tail(50), n);
    match output.exit {
        _ if !said.is_empty() => clip(&said, 300),
        Exit::Code(code) => format!("it ended with exit code {code} and printed nothing"),
        _ => "it printed nothing".to_owned(),
    }
}

/// Where a suite writes its results: `$GUARD_OUT/x` or a path below its directory.
fn result_file(bench: &Workbench<'_>, dir: &Path, file: &str) -> PathBuf {
    match file.strip_prefix("$GUARD_OUT/") {
        Some(rest) => bench.lab.out().join(rest),
        None => dir.join(file),
    }
}

/// Reads a regular file of at most `max` bytes: a result file is agent-made and may be anything.
fn read_bounded(path: &Path, max: u64) -> std::io::Result<Vec<u8>> {
    let meta = fs::symlink_metadata(path)?;
    if !meta.is_file() {
        return Err(std::io::Error::other("not a regular file"));
    }
    if meta.len() > max {
        return Err(std::io::Error::other(format!(
            "{} MiB is more than `limits.output` allows",
            meta.len() >> 20
        )));
    }
    fs::read(path)
}

/// The gap for a suite whose tool is not there.
fn cannot_run(output: &Output, suite: &SuitePolicy, log: &str) -> Option<Gap> {
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stderr),
        tail(&String::from_utf8_lossy(&output.stdout), 2000)
    );
    let missing = command_not_found(output).or_else(|| {
        let known = [
            "No module named pytest",
            "npm error could not determine executable to run",
            "npx canceled due to missing packages",
            "npm ERR! canceled",
        ];
        let said = known.iter().find(|k| text.contains(**k))?;
        Some(format!(
            "suite `{}` cannot run: {said}; install its dependencies or give it a `prepare` command",
            suite.name
        ))
    })?;
    Some(gap(GapKind::MissingTool, missing, Some(log.to_owned())))
}

/// The shell's own words when a command does not exist (exit code 127, POSIX) or is no program (126).
fn command_not_found(output: &Output) -> Option<String> {
    matches!(output.exit, Exit::Code(126 | 127)).then(|| {
        let text = String::from_utf8_lossy(&output.stderr);
        format!("the command cannot be run, is it installed? {}", clip(&last_lines(&text, 1), 200))
    })
}

fn tail(text: &str, max: usize) -> String {
    let mut start = text.len().saturating_sub(max);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    text[start..].to_owned()
}

fn gap(kind: GapKind, reason: String, log: Option<String>) -> Gap {
    Gap { checks: vec!["failing-test".to_owned()], kind, reason, log }
}
