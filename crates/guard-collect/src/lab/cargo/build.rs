//! Builds a workspace's tests and says what came of it: binaries to run, or the compiler's errors.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cargo_metadata::diagnostic::{Diagnostic as RustcDiagnostic, DiagnosticLevel};
use cargo_metadata::{Artifact, BuildScript, Message, PackageId, TargetKind};
use guard_exec::{Exit, Output};
use guard_model::evidence::{Gap, GapKind, Place};
use guard_model::lab::{BuildOutcome, BuildState, Diagnostic};
use guard_model::policy::CargoPolicy;

use super::fetch::Unfetched;
use super::metadata::{Workspace, exec_gap, first_error, has_libtest_harness, missing_toolchain, suite_name};
use super::unbuilt::{self, Unbuilt};
use super::{compiled, config_env};
use crate::lab::text::{clip, last_lines};
use crate::lab::workbench::Workbench;

/// Errors kept of one build.
const MAX_ERRORS: usize = 50;

/// Places of unused code that are kept of a build.
const MAX_UNUSED: usize = 500;

/// One test executable and how cargo would run it.
#[derive(Debug, Clone)]
pub(crate) struct TestBinary {
    /// nextest's binary id.
    pub(crate) suite: String,
    /// The executable.
    pub(crate) path: PathBuf,
    /// Package directory: where cargo runs it.
    pub(crate) cwd: PathBuf,
    /// What cargo adds to the environment.
    pub(crate) env: Vec<(String, String)>,
    /// False for `harness = false`.
    pub(crate) libtest: bool,
    /// The root source file, relative to the lab's tree.
    pub(crate) root_source: String,
    /// The package's programs that were left out for want of features.
    pub(crate) left_out: Vec<Unbuilt>,
    /// Files that were compiled into it, relative to the lab's tree.
    pub(crate) sources: BTreeSet<String>,
}

/// What came of a build.
pub(crate) struct Built {
    pub(crate) outcome: BuildOutcome,
    pub(crate) binaries: Vec<TestBinary>,
    /// Targets that were left out for want of features.
    pub(crate) unbuilt: Vec<Unbuilt>,
    /// Source files that were compiled, relative to the lab's tree.
    pub(crate) sources: BTreeSet<String>,
    /// Features that were on, by package.
    pub(crate) features: BTreeMap<String, BTreeSet<String>>,
    /// Names of what the compiler made, without directory and ending: `name-0123456789abcdef`.
    pub(crate) units: BTreeSet<String>,
    /// Programs of the workspace that a test may start, and libraries that it may load.
    pub(crate) started: Vec<PathBuf>,
    /// True when the failure may lie outside the code, and only base's build can tell.
    pub(crate) unexplained: bool,
}

impl Built {
    /// A build that made nothing.
    fn without(outcome: BuildOutcome, unexplained: bool) -> Built {
        Built {
            outcome,
            binaries: Vec::new(),
            unbuilt: Vec::new(),
            sources: BTreeSet::new(),
            features: BTreeMap::new(),
            units: BTreeSet::new(),
            started: Vec::new(),
            unexplained,
        }
    }

    /// A workspace that cargo could not read; only base's can tell why, unless this machine lacks the
    /// toolchain.
    pub(crate) fn unread(outcome: BuildOutcome) -> Built {
        let reason = outcome.gap.as_ref().map(|g| g.reason.as_str()).unwrap_or_default();
        let unexplained = missing_toolchain(reason).is_none();
        Built::without(outcome, unexplained)
    }
}

/// Arguments that select packages, targets and features.
pub(crate) fn selection(policy: &CargoPolicy) -> Vec<String> {
    let mut args = Vec::new();
    let mut flag = |on: bool, name: &str| {
        if on {
            args.push(name.to_owned());
        }
    };
    flag(policy.workspace, "--workspace");
    flag(policy.all_targets, "--all-targets");
    args.extend(features(policy));
    args.extend(policy.args.iter().cloned());
    args
}

/// Arguments that select features.
pub(crate) fn features(policy: &CargoPolicy) -> Vec<String> {
    let mut args = Vec::new();
    let mut flag = |on: bool, name: &str| {
        if on {
            args.push(name.to_owned());
        }
    };
    flag(policy.all_features, "--all-features");
    flag(policy.no_default_features, "--no-default-features");
    if !policy.features.is_empty() {
        args.push(format!("--features={}", policy.features.join(",")));
    }
    args
}

/// What is built, and how.
pub(crate) struct Order<'a> {
    /// Names the log and the cell ("head", "base", …).
    pub(crate) name: &'a str,
    /// Arguments that select packages, targets and features.
    pub(crate) selection: Vec<String>,
    /// What the build is told besides.
    pub(crate) env: Vec<(&'static str, OsString)>,
    /// A limit of time that is shorter than the policy's.
    pub(crate) wall: Option<Duration>,
}

impl Order<'_> {
    /// All tests that the policy selects.
    pub(crate) fn of_policy<'a>(policy: &CargoPolicy, name: &'a str) -> Order<'a> {
        Order { name, selection: selection(policy), env: Vec::new(), wall: None }
    }
}

/// Builds tests of the workspace.
pub(crate) fn build(
    bench: &Workbench<'_>,
    workspace: &Workspace,
    unfetched: Option<&Unfetched>,
    order: &Order<'_>,
) -> Built {
    let mut args: Vec<String> = ["test", "--no-run", "--no-fail-fast", "--message-format=json", "--offline"]
        .map(str::to_owned)
        .to_vec();
    if workspace.locked {
        args.push("--locked".to_owned());
    }
    args.extend(order.selection.iter().cloned());
    let log = format!("build-{}", order.name);
    let wall_s = order.wall.map_or(u64::MAX, |w| w.as_secs() + 1).min(bench.policy.limits.build_s);
    let mut cmd = bench
        .child("cargo", &workspace.dir, wall_s)
        .args(&args)
        .env("CARGO_TERM_COLOR", "never")
        // Of a build script that panics the message counts.
        .env("RUST_BACKTRACE", "0")
        .log_to(bench.run.log(&log));
    if let Some(target) = workspace.target_dir_override(&bench.lab.tree()) {
        cmd = cmd.env("CARGO_TARGET_DIR", target);
    }
    for (key, value) in &order.env {
        cmd = cmd.env(key, value);
    }
    // People type neither the message format nor `--offline`.
    let command = std::iter::once("cargo test --no-run".to_owned())
        .chain(order.selection.iter().cloned())
        .collect::<Vec<_>>()
        .join(" ");
    let mut outcome = BuildOutcome {
        log: Some(bench.log_name(&log)),
        ..BuildOutcome::new(BuildState::Inconclusive, command)
    };
    match cmd.run(bench.ctl) {
        Err(error) => {
            outcome.gap = Some(exec_gap(&error));
            Built::without(outcome, false)
        }
        Ok(output) => read_output(bench, workspace, unfetched, outcome, &output),
    }
}

fn read_output(
    bench: &Workbench<'_>,
    workspace: &Workspace,
    unfetched: Option<&Unfetched>,
    mut outcome: BuildOutcome,
    output: &Output,
) -> Built {
    outcome.ms = output.ms;
    let tree = bench.lab.tree();
    let mut artifacts = Vec::new();
    let mut scripts: BTreeMap<PackageId, BuildScript> = BTreeMap::new();
    let mut finished = None;
    let mut unused = BTreeSet::new();
    let mut warned = BTreeSet::new();
    for message in Message::parse_stream(output.stdout.as_slice()).flatten() {
        match message {
            Message::CompilerMessage(m) => match m.message.level {
                DiagnosticLevel::Error | DiagnosticLevel::Ice => {
                    outcome.errors.push(diagnostic(&m.message, workspace, &tree));
                }
                DiagnosticLevel::Warning => {
                    // "1 warning emitted" is a sum, and a library is compiled as a test as well.
                    let sum = m.message.spans.is_empty() && m.message.message.ends_with(" emitted");
                    outcome.warnings += u32::from(!sum && warned.insert(m.message.to_string()));
                    unused.extend(never_used(&m.message, workspace, &tree));
                }
                _ => {}
            },
            Message::CompilerArtifact(a) => artifacts.push(a),
            Message::BuildScriptExecuted(s) => {
                scripts.insert(s.package_id.clone(), s);
            }
            Message::BuildFinished(f) => finished = Some(f.success),
            _ => {}
        }
    }
    outcome.unused = unused.into_iter().take(MAX_UNUSED).collect();
    // "aborting due to 2 previous errors" says nothing of its own.
    outcome.errors.retain(|e| e.path.is_some() || !e.message.starts_with("aborting due to"));
    // A file compiled as library and as test reports the same error twice.
    let mut seen = BTreeSet::new();
    outcome.errors.retain(|e| seen.insert((e.path.clone(), e.line, e.message.clone())));
    outcome.errors.truncate(MAX_ERRORS);

    let libraries = library_path(bench, workspace, &scripts);
    let home = bench.surroundings.cargo_home();
    let configured = config_env::read(&workspace.dir, home.as_deref(), &|key| bench.passes(key));
    let unbuilt = unbuilt::find(workspace, &tree, &artifacts);
    let binaries: Vec<TestBinary> = artifacts
        .iter()
        .filter(|a| a.profile.test && a.executable.is_some())
        .filter_map(|a| {
            let mut binary = test_binary(workspace, &tree, &scripts, &libraries, a)?;
            binary.env.extend(programs(&artifacts, a));
            binary.sources = compiled::sources(&tree, &workspace.dir, std::slice::from_ref(a));
            binary.left_out = unbuilt.iter().filter(|u| u.is_program_of(&a.package_id)).cloned().collect();
            // What cargo sets itself stands above its configuration.
            let free = configured.iter().filter(|(key, _)| !binary.env.iter().any(|(known, _)| known == key));
            let free: Vec<_> = free.cloned().collect();
            binary.env.extend(free);
            Some(binary)
        })
        .collect();

    if output.exit == Exit::Code(0) && finished != Some(false) {
        outcome.state = BuildState::Ok;
        let sources = compiled::sources(&tree, &workspace.dir, &artifacts);
        let units = units(&artifacts);
        let features = features_on(workspace, &artifacts);
        let started = started(workspace, &artifacts);
        return Built { outcome, binaries, unbuilt, sources, features, units, started, unexplained: false };
    }
    let time = TimeLimit { seconds: bench.policy.limits.build_s, key: "`limits.build`" };
    if let Some(gap) = limit_gap(output, outcome.log.as_deref(), "the build", &time) {
        outcome.gap = Some(gap);
        return Built { binaries, ..Built::without(outcome, false) };
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    if outcome.errors.iter().any(|e| e.path.is_some()) {
        outcome.state = BuildState::Failed;
        outcome.unadded = unadded(bench, workspace, &outcome.errors);
        return Built { binaries, ..Built::without(outcome, false) };
    }
    let cause = explain(&stderr, &tree, unfetched);
    outcome.gap = Some(Gap { log: outcome.log.clone(), ..Gap::of_runs(cause.kind, cause.reason) });
    Built { binaries, ..Built::without(outcome, !cause.is_machines) }
}

/// Features that were on in any of a package's targets.
fn features_on(workspace: &Workspace, artifacts: &[Artifact]) -> BTreeMap<String, BTreeSet<String>> {
    let mut on: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for artifact in artifacts {
        if let Some(package) = workspace.package(&artifact.package_id) {
            on.entry(package.name.to_string()).or_default().extend(artifact.features.iter().cloned());
        }
    }
    on
}

fn started(workspace: &Workspace, artifacts: &[Artifact]) -> Vec<PathBuf> {
    let own = artifacts
        .iter()
        .filter(|a| !a.profile.test && workspace.metadata.workspace_members.contains(&a.package_id));
    let is_loaded = |path: &&cargo_metadata::camino::Utf8PathBuf| {
        matches!(path.extension(), Some("so" | "dylib" | "dll" | "a" | "lib"))
    };
    own.flat_map(|a| a.filenames.iter().filter(is_loaded).chain(&a.executable))
        .map(|path| path.clone().into_std_path_buf())
        .collect()
}

fn units(artifacts: &[Artifact]) -> BTreeSet<String> {
    let names = artifacts.iter().flat_map(|a| a.filenames.iter().chain(&a.executable));
    let stems = names.filter_map(|n| n.file_stem());
    stems.flat_map(|s| [Some(s), s.strip_prefix("lib")]).flatten().map(str::to_owned).collect()
}

/// How long a child may take, and what says so.
pub(crate) struct TimeLimit<'a> {
    pub(crate) seconds: u64,
    /// The key in guard.toml, for people.
    pub(crate) key: &'a str,
}

/// The gap for a child that a limit or a signal ended.
pub(crate) fn limit_gap(output: &Output, log: Option<&str>, what: &str, time: &TimeLimit<'_>) -> Option<Gap> {
    let text = String::from_utf8_lossy(&output.stderr);
    let (kind, reason) = match output.exit {
        Exit::TimedOut => {
            let TimeLimit { seconds, key } = time;
            (GapKind::Budget, format!("{what} did not end within {seconds} s; the limit is {key}"))
        }
        Exit::OverMemory => {
            (GapKind::Budget, format!("{what} needed more memory than `limits.memory` allows"))
        }
        Exit::OverOutput => (GapKind::Budget, format!("{what} printed more than `limits.output` allows")),
        Exit::Interrupted => (GapKind::Budget, format!("{what} was interrupted")),
        Exit::Code(_) | Exit::Signal(_) if text.contains("No space left on device") => (
            GapKind::Input,
            format!("{what} ran out of disk space in the scratch area; free some or set GUARD_CACHE_DIR"),
        ),
        Exit::Signal(signal) => (GapKind::Sandbox, format!("{what} was killed by signal {signal}")),
        Exit::Code(_) => return None,
    };
    Some(Gap { log: log.map(str::to_owned), ..Gap::of_runs(kind, reason) })
}

/// Why cargo failed without an error in the code.
struct Cause {
    reason: String,
    kind: GapKind,
    /// This machine lacks something, which that base builds here does not make the change's fault.
    is_machines: bool,
}

/// Says why cargo failed without an error in the code.
fn explain(stderr: &str, tree: &Path, unfetched: Option<&Unfetched>) -> Cause {
    let error = of_tree(&first_error(stderr), tree);
    let of_code = |reason| Cause { reason, kind: GapKind::Input, is_machines: false };
    if let Some(reason) = needs_outside(stderr, tree) {
        return of_code(reason);
    }
    if let Some(said) = unfetched.and_then(|u| u.not_there.as_ref()) {
        return of_code(format!("a dependency does not exist: {said}"));
    }
    if error.contains("because --locked was passed") {
        return of_code(format!("the committed lock file does not fit the manifests: {error}"));
    }
    let offline = ["--offline", "unable to get packages", "failed to download", "no matching package"];
    if offline.iter().any(|needle| stderr.contains(needle)) {
        let reason = format!("a dependency is not in the local cache and could not be fetched: {error}");
        return Cause { reason, kind: GapKind::Input, is_machines: true };
    }
    if stderr.contains("linker `") && stderr.contains("not found") {
        let reason = format!("the linker is not installed: {error}");
        return Cause { reason, kind: GapKind::MissingTool, is_machines: true };
    }
    if missing_toolchain(&error).is_some() {
        return Cause { reason: error, kind: GapKind::MissingTool, is_machines: true };
    }
    if let Some(panic) = panic_of_script(stderr) {
        let script = error.split(": process didn't exit").next().unwrap_or(&error);
        return of_code(clip(&format!("{script}: {}", of_tree(&panic, tree)), 600));
    }
    let detail = of_tree(&last_lines(stderr, 4), tree);
    let reason =
        if detail.is_empty() || detail.contains(&error) { error } else { format!("{error} ({detail})") };
    of_code(clip(&reason, 600))
}

/// Why a clean checkout cannot be built, when it needs what lies outside of it.
pub(crate) fn needs_outside(stderr: &str, tree: &Path) -> Option<String> {
    let path = missing_outside(stderr, tree)?;
    Some(format!(
        "a clean checkout does not build: it needs `{path}`, which lies outside the repository; bring it into the \
         repository, or depend on it by git or a registry ({})",
        of_tree(&first_error(stderr), tree)
    ))
}

/// A message with paths as seen from the top of the tree.
pub(crate) fn of_tree(message: &str, tree: &Path) -> String {
    let top = tree.display().to_string();
    message.replace(&format!("{top}/"), "").replace(&format!(" ({top})"), "").replace(&top, ".")
}

/// What a build script said when it panicked, with the place.
fn panic_of_script(stderr: &str) -> Option<String> {
    let lines = stderr.lines().map(str::trim).skip_while(|l| !l.contains("panicked at "));
    let is_more = |l: &&str| !l.is_empty() && !l.starts_with("note: ") && !l.starts_with("stack backtrace");
    let said: Vec<&str> = lines.take_while(is_more).take(4).collect();
    let (_, first) = said.first()?.split_once("panicked at ")?;
    Some(format!("panicked at {first} {}", said[1..].join(" ")))
}

/// Files that errors ask for, that lie in the user's work tree, and that are not in the lab's.
fn unadded(bench: &Workbench<'_>, workspace: &Workspace, errors: &[Diagnostic]) -> Vec<String> {
    let Some(top) = bench.work_tree else { return Vec::new() };
    let tree = bench.lab.tree();
    let said = errors
        .iter()
        .filter(|e| e.code.as_deref() == Some("E0583") || e.rendered.contains("No such file or directory"));
    let quoted = said.flat_map(|e| e.rendered.split(['`', '"']).skip(1).step_by(2));
    let asked = quoted.filter_map(|path| inside(path, workspace, &tree));
    let is_unadded = |path: &String| top.join(path).is_file() && !tree.join(path).exists();
    asked.filter(is_unadded).collect::<BTreeSet<String>>().into_iter().collect()
}

/// A path that cargo could not read and that lies outside the lab's tree, as seen from the tree
/// (`../sibling/Cargo.toml`).
fn missing_outside(stderr: &str, tree: &Path) -> Option<String> {
    let parent = tree.parent()?;
    let after = stderr.split("failed to read `").nth(1)?;
    let path = Path::new(after.split('`').next()?);
    let clean = normalise(path);
    let below_parent = clean.strip_prefix(parent).ok()?;
    (!clean.starts_with(tree)).then(|| format!("../{}", below_parent.display()))
}

/// Resolves `..` by text alone: the path does not exist, so the file system cannot.
fn normalise(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                out.pop();
            }
            std::path::Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

/// Where a warning says that code is never used: the lines of its names, each on one of its own.
fn never_used<'m>(
    message: &'m RustcDiagnostic,
    workspace: &'m Workspace,
    tree: &'m Path,
) -> impl Iterator<Item = Place> + 'm {
    let is = message.code.as_ref().is_some_and(|c| c.code == "dead_code");
    let names = message.spans.iter().filter(move |s| is && s.is_primary && s.expansion.is_none());
    names.filter_map(move |s| {
        let path = inside(&s.file_name, workspace, tree)?;
        Some(Place { path, line: u32::try_from(s.line_start).unwrap_or(u32::MAX) })
    })
}

/// A path of the compiler's, relative to the tree.
fn inside(file_name: &str, workspace: &Workspace, tree: &Path) -> Option<String> {
    let full = workspace.metadata.workspace_root.as_std_path().join(file_name);
    Some(normalise(&full).strip_prefix(tree).ok()?.to_string_lossy().into_owned())
}

/// What the compiler said, with where it lies.
pub(crate) fn diagnostic(message: &RustcDiagnostic, workspace: &Workspace, tree: &Path) -> Diagnostic {
    let span = message.spans.iter().find(|s| s.is_primary).or_else(|| message.spans.first());
    // An error inside a macro of another crate is shown where the macro is used.
    let mut place = span;
    while let Some(expansion) = place.and_then(|s| s.expansion.as_ref()) {
        place = Some(&expansion.span);
    }
    let relative = place.and_then(|s| inside(&s.file_name, workspace, tree));
    Diagnostic {
        message: message.message.lines().next().unwrap_or_default().to_owned(),
        code: message.code.as_ref().map(|c| c.code.clone()),
        line: relative.as_ref().and_then(|_| place.map(|s| u32::try_from(s.line_start).unwrap_or(u32::MAX))),
        path: relative,
        rendered: clip(message.rendered.as_deref().unwrap_or_default(), 4096),
    }
}

fn test_binary(
    workspace: &Workspace,
    tree: &Path,
    scripts: &BTreeMap<PackageId, BuildScript>,
    libraries: &str,
    artifact: &Artifact,
) -> Option<TestBinary> {
    let package = workspace.package(&artifact.package_id)?;
    let kind = artifact.target.kind.first().cloned().unwrap_or(TargetKind::Lib);
    let cwd = package.manifest_path.parent()?.as_std_path().to_owned();
    let mut env = package_env(package);
    env.push((library_variable().to_owned(), libraries.to_owned()));
    if let Some(script) = scripts.get(&package.id) {
        env.push(("OUT_DIR".to_owned(), script.out_dir.to_string()));
        env.extend(script.env.iter().cloned());
    }
    Some(TestBinary {
        left_out: Vec::new(),
        sources: BTreeSet::new(),
        suite: suite_name(&package.name, &kind, &artifact.target.name),
        path: artifact.executable.as_ref()?.as_std_path().to_owned(),
        cwd,
        env,
        libtest: has_libtest_harness(package, &kind, &artifact.target.name),
        root_source: artifact
            .target
            .src_path
            .as_std_path()
            .strip_prefix(tree)
            .ok()?
            .to_string_lossy()
            .into_owned(),
    })
}

/// The variables that cargo sets when it runs a test.
/// Source: the cargo book, "Environment variables Cargo sets for crates".
fn package_env(package: &cargo_metadata::Package) -> Vec<(String, String)> {
    let v = &package.version;
    let text = |s: &Option<String>| s.clone().unwrap_or_default();
    let dir = package.manifest_path.parent().map(ToString::to_string).unwrap_or_default();
    [
        ("CARGO", "cargo".to_owned()),
        ("CARGO_MANIFEST_DIR", dir),
        ("CARGO_MANIFEST_PATH", package.manifest_path.to_string()),
        ("CARGO_PKG_NAME", package.name.to_string()),
        ("CARGO_PKG_VERSION", v.to_string()),
        ("CARGO_PKG_VERSION_MAJOR", v.major.to_string()),
        ("CARGO_PKG_VERSION_MINOR", v.minor.to_string()),
        ("CARGO_PKG_VERSION_PATCH", v.patch.to_string()),
        ("CARGO_PKG_VERSION_PRE", v.pre.to_string()),
        ("CARGO_PKG_AUTHORS", package.authors.join(":")),
        ("CARGO_PKG_DESCRIPTION", text(&package.description)),
        ("CARGO_PKG_HOMEPAGE", text(&package.homepage)),
        ("CARGO_PKG_REPOSITORY", text(&package.repository)),
        ("CARGO_PKG_LICENSE", text(&package.license)),
    ]
    .into_iter()
    .map(|(k, v)| (k.to_owned(), v))
    .collect()
}

/// `CARGO_BIN_EXE_<name>` of the package's own programs, for its integration tests and benches.
/// Source: the cargo book; set while tests run since cargo 1.94.
fn programs<'a>(artifacts: &'a [Artifact], test: &Artifact) -> impl Iterator<Item = (String, String)> + 'a {
    let wanted = test.target.kind.iter().any(|k| matches!(k, TargetKind::Test | TargetKind::Bench));
    let package = test.package_id.clone();
    artifacts
        .iter()
        .filter(move |a| wanted && a.package_id == package && a.target.is_bin() && !a.profile.test)
        .filter_map(|a| {
            Some((format!("CARGO_BIN_EXE_{}", a.target.name), a.executable.as_ref()?.to_string()))
        })
}

fn library_variable() -> &'static str {
    if cfg!(target_os = "macos") { "DYLD_FALLBACK_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" }
}

/// Where a test binary finds dynamic libraries: of the build, of build scripts, of the toolchain.
fn library_path(
    bench: &Workbench<'_>,
    workspace: &Workspace,
    scripts: &BTreeMap<PackageId, BuildScript>,
) -> String {
    let target = workspace
        .target_dir_override(&bench.lab.tree())
        .unwrap_or_else(|| workspace.metadata.target_directory.as_std_path().to_owned());
    let mut dirs: Vec<String> = scripts
        .values()
        .flat_map(|s| &s.linked_paths)
        .map(|p| p.as_str().split_once('=').map_or(p.as_str(), |(_, path)| path).to_owned())
        .filter(|p| Path::new(p).starts_with(&target))
        .collect();
    dirs.push(target.join("debug/deps").to_string_lossy().into_owned());
    dirs.push(target.join("debug").to_string_lossy().into_owned());
    let sysroot = bench.child("rustc", &workspace.dir, 30).args(["--print", "target-libdir"]).run(bench.ctl);
    if let Ok(output) = sysroot
        && output.exit == Exit::Code(0)
    {
        dirs.push(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    dirs.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_machine_lacks_is_not_for_base_to_settle() {
        let tree = Path::new("/cache/lab/tree");
        let none: Option<&str> = None;
        for (stderr, not_there, expected) in [
            (
                "error: no matching package named `x` found\nAs a reminder, you're using offline mode (--offline)",
                none,
                true,
            ),
            (
                "error: failed to select a version for `x`.\nAs a reminder, you're using offline mode (--offline)",
                none,
                true,
            ),
            ("error: linker `mold` not found", none, true),
            ("error: toolchain '1.92.0' is not installed", none, true),
            (
                "error: no matching package named `x` found (--offline)",
                Some("no matching package named `x` found"),
                false,
            ),
            ("error: failed to parse manifest", none, false),
            (
                "error: cannot update the lock file /t/Cargo.lock because --locked was passed\nhelp: remove the --locked flag and use --offline instead",
                none,
                false,
            ),
            ("error: failed to run custom build command for `x`", none, false),
        ] {
            let unfetched = Unfetched { remark: String::new(), not_there: not_there.map(str::to_owned) };
            assert_eq!(explain(stderr, tree, Some(&unfetched)).is_machines, expected, "{stderr}");
        }
    }

    #[test]
    fn a_workspace_that_needs_another_toolchain_is_not_for_base_to_settle() {
        for (said, expected) in [
            ("toolchain '1.92.0' is not installed; guard installs none", false),
            ("failed to parse manifest", true),
        ] {
            let reason = format!("cargo cannot read the workspace: {said}");
            let gap = Some(Gap::of_runs(GapKind::Input, reason));
            let outcome = BuildOutcome { gap, ..BuildOutcome::new(BuildState::Inconclusive, "") };
            assert_eq!(Built::unread(outcome).unexplained, expected, "{said}");
        }
    }

    #[test]
    fn of_a_build_script_the_panic_is_told() {
        let stderr = "error: failed to run custom build command for `p v0.1.0 (/lab/tree)`\n\nCaused by:\n  process didn't exit successfully\n  \
            --- stderr\n\n  thread 'main' (7) panicked at build.rs:1:58:\n  schema: Os { code: 2, kind: NotFound }\n  \
            note: run with `RUST_BACKTRACE=1`\n";
        let cause = explain(stderr, Path::new("/lab/tree"), None).reason;
        assert!(cause.contains("`p v0.1.0`"), "{cause}");
        assert!(
            cause.contains("panicked at build.rs:1:58: schema: Os { code: 2, kind: NotFound }"),
            "{cause}"
        );
        assert!(!cause.contains("note:"), "{cause}");
    }

    #[test]
    fn a_missing_sibling_is_named_as_seen_from_the_tree() {
        let stderr = "error: failed to load manifest for dependency `engine`\n\nCaused by:\n  failed to read `/cache/lab/tree/../engine/Cargo.toml`\n";
        let tree = Path::new("/cache/lab/tree");
        assert_eq!(missing_outside(stderr, tree).as_deref(), Some("../engine/Cargo.toml"));
        assert_eq!(missing_outside("failed to read `/cache/lab/tree/x/Cargo.toml`", tree), None);
        assert_eq!(missing_outside("failed to read `/etc/engine/Cargo.toml`", tree), None);
    }
}
