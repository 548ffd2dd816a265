//! What kind of project lies in the tree, and so how it is built and tested without a policy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use guard_model::evidence::{Gap, GapKind};
use guard_model::policy::{ResultFormat, SuitePolicy};
use guard_model::{Change, Language};

use super::conventions::{CONVENTIONS, Convention};

/// What the lab can run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Project {
    /// A cargo package or workspace in this directory below the tree.
    Cargo {
        /// Directory below the repository root; empty for the root itself.
        dir: String,
    },
    /// A suite with a command, from the policy or from the conventions of its language.
    Suite {
        /// How it is run.
        policy: SuitePolicy,
        /// Languages it tests; empty for a suite of the policy, which speaks for everything.
        languages: Vec<Language>,
    },
}

/// One side's files, as far as the kind of project shows in them.
pub(crate) trait Files {
    /// The text of a file, if it is there.
    fn read(&self, path: &str) -> Option<String>;
    /// Names in a directory.
    fn list(&self, dir: &str) -> Vec<String>;

    /// Whether a file is there.
    fn has(&self, path: &str) -> bool {
        self.read(path).is_some()
    }
}

impl Project {
    /// Its directory below the tree; empty for the root.
    pub(crate) fn dir(&self) -> &str {
        match self {
            Project::Cargo { dir } => dir,
            Project::Suite { policy, .. } => policy.dir.as_deref().unwrap_or_default(),
        }
    }
}

/// What is found in a tree.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// What is built and tested, in order.
    pub(crate) projects: Vec<Project>,
    /// Directories of projects that the change touches and that are left out, with the reason.
    pub(crate) left_out: Vec<(String, LeftOut)>,
}

/// Why a project is not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// There are too many.
    TooMany,
    /// It lies where data of tests and examples lie.
    Data,
    /// The same, by a name that projects have too, and the change is in it alone as far as its languages go: no
    /// other test speaks for it.
    Unclear,
}

impl LeftOut {
    /// The gap that a project leaves in a directory.
    pub(crate) fn gap(self, dir: &str) -> Gap {
        match self {
            LeftOut::TooMany => Gap::of_tests(
                GapKind::Budget,
                format!("the tests in `{dir}` were not run: at most {MOST} projects below the root are"),
            ),
            LeftOut::Data => Gap::new(GapKind::Mode, of_data(dir)),
            LeftOut::Unclear => Gap::of_tests(GapKind::Input, of_data(dir)),
        }
    }
}

fn of_data(dir: &str) -> String {
    format!(
        "the tests in `{dir}` were not run: it lies where data of tests or examples lie; a `[[suite]]` in guard.toml runs them"
    )
}

/// Projects below the root that are run at most.
const MOST: usize = 6;

/// The projects to build and test: the policy's suites, and besides those that the change touches and those at
/// the root, as far as they lie outside of the suites' directories.
///
/// How they are run is read from `base`, because a change must not choose how it is tested; only what
/// base does not have is read from `head`. `own` are the policy's suites.
pub(crate) fn find(base: &dyn Files, head: &dyn Files, change: &Change, own: &[SuitePolicy]) -> Found {
    let mut found = Found::default();
    let of_policy = |s: &SuitePolicy| Project::Suite { policy: s.clone(), languages: Vec::new() };
    let suites: Vec<Project> = own.iter().map(of_policy).collect();
    let is_covered = |dir: &str| {
        let mut outer = suites.iter().map(|s| s.dir().trim_start_matches("./").trim_matches('/'));
        outer.any(|outer| matches!(outer, "" | ".") || is_at_or_below(dir, outer))
    };
    if !is_covered("") {
        conventional_all(base, head, change, &mut found);
        found.projects.retain(|p| !is_covered(p.dir()));
        found.left_out.retain(|(dir, _)| !is_covered(dir));
    }
    found.projects.extend(suites);
    found
}

fn is_at_or_below(dir: &str, outer: &str) -> bool {
    dir.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The projects that need no policy.
fn conventional_all(base: &dyn Files, head: &dyn Files, change: &Change, found: &mut Found) {
    let mut dirs = cargo_dirs(base, change);
    if dirs.is_empty() {
        dirs = cargo_dirs(head, change);
    }
    let mut below_root = 0;
    for dir in dirs {
        if holds_data(&dir) {
            let why = left_out_data(&dir, &[Language::Rust], change);
            found.left_out.push((dir, why));
        } else if below_root == MOST {
            found.left_out.push((dir, LeftOut::TooMany));
        } else {
            below_root += usize::from(!dir.is_empty());
            found.projects.push(Project::Cargo { dir });
        }
    }
    for convention in &CONVENTIONS {
        conventional(convention, base, head, change, found);
    }
}

/// Why a project whose directory is named as those of data are is left out.
fn left_out_data(dir: &str, languages: &[Language], change: &Change) -> LeftOut {
    let of_them = |f: &&guard_model::FileChange| f.language.is_some_and(|l| languages.contains(&l));
    let outside = change.files.iter().filter(of_them).any(|f| !is_at_or_below(&f.path, dir));
    if outside || is_surely_data(dir) { LeftOut::Data } else { LeftOut::Unclear }
}

/// The suites of one convention: at the root, and nearest to each changed file.
fn conventional(
    convention: &Convention,
    base: &dyn Files,
    head: &dyn Files,
    change: &Change,
    found: &mut Found,
) {
    let suite = |dir: &str| (convention.suite)(base, dir).or_else(|| (convention.suite)(head, dir));
    let covers = |outer: &str, inner: &str| {
        let side = if (convention.suite)(base, outer).is_some() { base } else { head };
        (convention.covers)(side, outer, inner)
    };
    let mut known: BTreeMap<String, Option<Project>> = BTreeMap::new();
    let mut chosen: BTreeSet<String> = BTreeSet::new();
    for file in change.files.iter().filter(|f| !is_prose(&f.path)) {
        let mut nearest: Option<String> = None;
        for dir in dirs_above(&file.path) {
            if known.entry(dir.to_owned()).or_insert_with(|| suite(dir)).is_some()
                && nearest.as_deref().is_none_or(|inner| covers(dir, inner))
            {
                nearest = Some(dir.to_owned());
            }
        }
        chosen.extend(nearest);
    }
    chosen.remove("");
    let names_tests =
        |p: &Project| matches!(p, Project::Suite { policy, .. } if policy.results != ResultFormat::ExitCode);
    let mut root = known.remove("").unwrap_or_else(|| suite(""));
    // A root that only hands on to its parts says less than they do themselves.
    let by_parts = chosen.iter().any(|dir| matches!(known.get(dir), Some(Some(p)) if names_tests(p)));
    root = root.filter(|p| names_tests(p) || !by_parts);
    found.projects.extend(root);
    let mut run = 0;
    for dir in chosen {
        let Some(Some(project)) = known.remove(&dir) else { continue };
        if holds_data(&dir) {
            let why = left_out_data(&dir, languages_of(&project), change);
            found.left_out.push((dir, why));
        } else if run == MOST {
            found.left_out.push((dir, LeftOut::TooMany));
        } else {
            found.projects.push(project);
            run += 1;
        }
    }
}

/// The directories that hold a file, the nearest first, the root (empty) last.
fn dirs_above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(path.rsplit_once('/').map(|(dir, _)| dir).or(Some("")), |dir| {
        (!dir.is_empty()).then(|| dir.rsplit_once('/').map_or("", |(above, _)| above))
    })
}

/// `name` in a directory below the tree; the root is empty.
pub(crate) fn below(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

/// Files that no program reads.
fn is_prose(path: &str) -> bool {
    [".md", ".rst", ".adoc"].iter().any(|end| path.ends_with(end))
}

/// Names of directories that hold data of tests or other people's code, and nothing of the project's own.
const DATA: [&str; 10] = [
    "fixtures",
    "fixture",
    "__fixtures__",
    "testdata",
    "test-data",
    "test_data",
    "vendor",
    "third_party",
    "node_modules",
    "snapshots",
];

/// Names of directories that mostly do, and that projects have too.
const MAYBE_DATA: [&str; 12] = [
    "artifacts",
    "templates",
    "template",
    "samples",
    "example",
    "examples",
    "dist",
    "build",
    "test",
    "tests",
    "__tests__",
    "spec",
];

/// Whether projects there are data of tests, examples or other people's code: their tests may be meant to
/// fail.
pub(super) fn holds_data(dir: &str) -> bool {
    is_surely_data(dir) || dir.split('/').any(|part| MAYBE_DATA.contains(&part))
}

fn is_surely_data(dir: &str) -> bool {
    dir.split('/').any(|part| DATA.contains(&part))
}

fn languages_of(project: &Project) -> &[Language] {
    match project {
        Project::Cargo { .. } => &[Language::Rust],
        Project::Suite { languages, .. } => languages,
    }
}

/// Directories of cargo workspaces: the root's, and others that the change touches.
fn cargo_dirs(tree: &dyn Files, change: &Change) -> BTreeSet<String> {
    let root = tree.has("Cargo.toml").then(String::new);
    let touched = change.files.iter().filter(|f| !is_prose(&f.path));
    // Files of one directory belong to the same workspace.
    let by_dir: BTreeMap<&str, &str> =
        touched.map(|f| (dirs_above(&f.path).next().unwrap_or_default(), f.path.as_str())).collect();
    root.into_iter().chain(by_dir.into_values().filter_map(|path| workspace_of(tree, path))).collect()
}

/// The directory of the workspace that a file's package belongs to: the nearest manifest above it with
/// `[workspace]` that does not exclude the package, else the package's own.
/// Source: the cargo book, "Workspaces".
fn workspace_of(tree: &dyn Files, path: &str) -> Option<String> {
    let mut package: Option<&str> = None;
    let mut alone = true;
    for dir in dirs_above(path) {
        let Some(text) = tree.read(&below(dir, "Cargo.toml")) else { continue };
        let manifest: toml::Table = text.parse().unwrap_or_default();
        match manifest.get("workspace") {
            Some(workspace) if !package.is_some_and(|p| excludes(workspace, dir, p)) => {
                return Some(dir.to_owned());
            }
            Some(_) => {
                alone = false;
                break;
            }
            None => {
                alone &= package.is_none();
                package = package.or(Some(dir));
            }
        }
    }
    // Below another package, and without a lock file, it is built as a part of that, or not at all.
    package.filter(|p| alone || tree.has(&below(p, "Cargo.lock"))).map(str::to_owned)
}

/// Whether a workspace in `dir` leaves out the package in `package`.
fn excludes(workspace: &toml::Value, dir: &str, package: &str) -> bool {
    let excluded = workspace.get("exclude").and_then(toml::Value::as_array);
    excluded.into_iter().flatten().filter_map(toml::Value::as_str).any(|path| {
        let path = below(dir, path.trim_matches('/'));
        package == path || package.strip_prefix(&path).is_some_and(|rest| rest.starts_with('/'))
    })
}

/// Whether the change edits what decides which tests a runner finds and how they come out: only base's
/// own run then shows which ones are missing.
pub(crate) fn chooses_tests(base: &dyn Files, head: &dyn Files, change: &Change) -> bool {
    let edited = |file: &guard_model::FileChange| {
        let Some(parts) = parts_that_choose(&file.path) else { return false };
        let (was, is) = (base.read(file.base_path()), head.read(&file.path));
        if parts.is_empty() {
            return was != is;
        }
        let of = |text: Option<String>| text.map(|t| chosen_parts(&file.path, &t, parts));
        of(was) != of(is)
    };
    change.files.iter().any(edited)
}

/// The tables or keys of a file that choose tests; empty for the file as a whole.
fn parts_that_choose(path: &str) -> Option<&'static [&'static str]> {
    const STEMS: [&str; 4] = ["vitest.config", "vite.config", "jest.config", ".mocharc"];
    let name = path.rsplit('/').next().unwrap_or(path);
    Some(match name {
        "conftest.py" | "pytest.ini" | ".npmrc" | "CTestTestfile.cmake" => &[],
        "pyproject.toml" => &["tool.pytest"],
        "setup.cfg" => &["tool:pytest"],
        "tox.ini" => &["pytest", "testenv"],
        // Targets with and without tests, members, what is found by itself.
        "Cargo.toml" => CARGO_TARGETS,
        "package.json" => &["scripts", "jest", "vitest", "mocha", "ava", "type", "workspaces"],
        _ if STEMS.iter().any(|s| name.starts_with(s)) => &[],
        _ => return None,
    })
}

/// Tables and keys of a cargo manifest that decide which tests there are.
const CARGO_TARGETS: &[&str] = &[
    "lib",
    "bin",
    "test",
    "example",
    "bench",
    "autotests",
    "autobins",
    "autoexamples",
    "autobenches",
    "members",
    "exclude",
    "default-members",
];

/// What of a cargo manifest decides which tests there are.
fn targets_of(text: &str) -> String {
    let Ok(manifest) = text.parse::<toml::Table>() else { return text.to_owned() };
    let tables = [Some(&manifest), table(&manifest, "package"), table(&manifest, "workspace")];
    let of = |t: &toml::Table| -> String {
        CARGO_TARGETS.iter().map(|k| t.get(*k).map(ToString::to_string).unwrap_or_default()).collect()
    };
    tables.into_iter().flatten().map(of).collect()
}

fn table<'t>(of: &'t toml::Table, name: &str) -> Option<&'t toml::Table> {
    of.get(name).and_then(toml::Value::as_table)
}

/// The named parts of a manifest, as text: keys of JSON, tables of TOML and INI.
fn chosen_parts(path: &str, text: &str, parts: &[&str]) -> String {
    if path.ends_with(".json") {
        let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else { return text.to_owned() };
        return parts.iter().map(|p| value.get(p).map(ToString::to_string).unwrap_or_default()).collect();
    }
    if path.ends_with("Cargo.toml") {
        return targets_of(text);
    }
    let mut inside = false;
    let mut out = String::new();
    for line in text.lines() {
        if let Some(table) = line.trim().strip_prefix('[') {
            inside = parts.iter().any(|p| table.trim_start_matches('[').starts_with(p));
        }
        if inside {
            out.push_str(line.trim());
            out.push('\n');
        }
    }
    out
}

/// The python that should run a project's tests: its own virtual environment, else the repository's, else
/// `python3`.
pub(crate) fn python(work_tree: Option<&Path>, dir: &str) -> PathBuf {
    let dirs = |top: &Path| [top.join(dir), top.to_owned()];
    work_tree
        .into_iter()
        .flat_map(dirs)
        .flat_map(|top| [".venv", "venv", "env"].map(|d| top.join(d).join("bin/python")))
        .find(|p| p.exists())
        .unwrap_or_else(|| PathBuf::from("python3"))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Given<'a>(&'a [(&'a str, &'a str)]);

    impl Files for Given<'_> {
        fn read(&self, path: &str) -> Option<String> {
            self.0.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned())
        }

        fn list(&self, dir: &str) -> Vec<String> {
            let below = |name: &str| match dir {
                "" => (!name.contains('/')).then(|| name.to_owned()),
                dir => name.strip_prefix(dir)?.strip_prefix('/').map(str::to_owned),
            };
            self.0.iter().filter_map(|(name, _)| below(name)).collect()
        }
    }

    fn found(base: &[(&str, &str)], head: &[(&str, &str)], changed: &[&str]) -> Found {
        let files = changed.iter().map(|path| self::changed(path));
        let mut found = Found::default();
        for convention in &CONVENTIONS {
            conventional(
                convention,
                &Given(base),
                &Given(head),
                &change(files.clone().collect()),
                &mut found,
            );
        }
        found
    }

    fn changed(path: &str) -> guard_model::FileChange {
        guard_model::FileChange {
            kind: guard_model::ChangeKind::Modified,
            path: path.to_owned(),
            old_path: None,
            old_mode: None,
            new_mode: None,
            old_oid: None,
            new_oid: None,
            content: guard_model::FileKind::Text,
            language: Language::of_path(path),
            added: 1,
            removed: 1,
            hunks: Vec::new(),
        }
    }

    fn change(files: Vec<guard_model::FileChange>) -> Change {
        let snapshot = guard_model::Snapshot {
            kind: guard_model::SnapshotKind::Commit,
            name: String::new(),
            commit: None,
            tree: String::new(),
        };
        Change {
            base: snapshot.clone(),
            head: snapshot,
            base_reason: String::new(),
            merge_base: None,
            files,
            commits: Vec::new(),
        }
    }

    fn names(files: &[(&str, &str)], changed: &[&str]) -> Vec<String> {
        found(files, files, changed).projects.iter().map(|p| run_of(p).0).collect()
    }

    fn run_of(project: &Project) -> (String, String) {
        match project {
            Project::Suite { policy, .. } => (policy.name.clone(), policy.run.clone()),
            Project::Cargo { dir } => (dir.clone(), String::new()),
        }
    }

    #[test]
    fn a_change_does_not_choose_how_it_is_tested() {
        let base = [("package.json", r#"{"scripts":{"test":"node --test"}}"#)];
        let head = [("package.json", r#"{"scripts":{"test":"true"}}"#)];
        let run = run_of(&found(&base, &head, &[]).projects[0]).1;
        assert!(
            run.contains("node --test --test-reporter=junit") || run.contains("node --test-reporter"),
            "{run}"
        );
        assert_eq!(found(&[], &base, &[]).projects.len(), 1);
    }

    #[test]
    fn projects_below_the_root_are_those_nearest_to_changed_files() {
        const VITEST: &str = r#"{"scripts":{"test":"vitest"}}"#;
        const WORKSPACE: &str = r#"{"workspaces":["packages/*"],"scripts":{"test":"vitest"}}"#;
        const TURBO: &str = r#"{"workspaces":["packages/*"],"scripts":{"test":"turbo test"}}"#;
        type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], &'a [&'a str]);
        let table: [Row<'_>; 8] = [
            (&[("web/package.json", VITEST)], &["web/src/a.ts"], &["vitest (web)"]),
            (&[("web/package.json", VITEST)], &["src/a.rs", "web/README.md"], &[]),
            (
                &[("package.json", WORKSPACE), ("packages/a/package.json", VITEST)],
                &["packages/a/x.ts"],
                &["vitest"],
            ),
            (
                &[("package.json", TURBO), ("packages/a/package.json", VITEST)],
                &["packages/a/x.ts"],
                &["vitest (packages/a)"],
            ),
            (
                &[("package.json", VITEST), ("web/package.json", VITEST)],
                &["web/x.ts"],
                &["vitest", "vitest (web)"],
            ),
            (
                &[("pyproject.toml", "[tool.pytest.ini_options]"), ("a/pyproject.toml", "pytest")],
                &["a/x.py"],
                &["pytest"],
            ),
            (
                &[("py/pyproject.toml", "[tool.pytest.ini_options]"), ("py/tests/test_a.py", "")],
                &["py/tests/test_a.py"],
                &["pytest (py)"],
            ),
            (&[("tests/app/package.json", VITEST)], &["tests/app/x.ts"], &[]),
        ];
        for (files, changed, expected) in table {
            assert_eq!(names(files, changed), expected, "{files:?}");
        }
        let data = found(&[], &[("tests/app/package.json", VITEST)], &["tests/app/x.ts"]);
        assert_eq!(data.left_out, [("tests/app".to_owned(), LeftOut::Unclear)]);
    }

    #[test]
    fn a_project_whose_directory_is_named_as_data_is_passed_over_in_silence_only_where_others_speak() {
        const VITEST: &str = r#"{"scripts":{"test":"vitest"}}"#;
        for (dir, changed, expected) in [
            ("packages/build", &["packages/build/src/a.ts"][..], LeftOut::Unclear),
            ("packages/build", &["packages/build/src/a.ts", "src/b.rs"], LeftOut::Unclear),
            ("packages/build", &["packages/build/src/a.ts", "packages/core/b.ts"], LeftOut::Data),
            ("tests/fixtures/app", &["tests/fixtures/app/a.ts"], LeftOut::Data),
        ] {
            let manifest = format!("{dir}/package.json");
            let files = [(manifest.as_str(), VITEST)];
            let left_out = found(&files, &files, changed).left_out;
            assert_eq!(left_out, [(dir.to_owned(), expected)], "{changed:?}");
        }
        assert_eq!(LeftOut::Unclear.gap("x").kind, GapKind::Input);
        assert_eq!(LeftOut::Data.gap("x").kind, GapKind::Mode);
    }

    fn suite(dir: Option<&str>) -> SuitePolicy {
        SuitePolicy {
            name: "own".to_owned(),
            prepare: None,
            run: "run".to_owned(),
            dir: dir.map(str::to_owned),
            results: ResultFormat::Tap,
            file: None,
            timeout_s: None,
        }
    }

    #[test]
    fn a_suite_of_the_policy_stands_for_its_own_directory_and_what_is_below() {
        const VITEST: &str = r#"{"scripts":{"test":"vitest"}}"#;
        let tree = Given(&[
            ("Cargo.toml", "[package]"),
            ("web/package.json", VITEST),
            ("web/app/package.json", VITEST),
            ("website/package.json", VITEST),
        ]);
        let paths = ["web/a.ts", "web/app/a.ts", "website/a.ts"];
        let change = change(paths.map(changed).to_vec());
        for (dirs, expected) in [
            (&[][..], &["", "web", "web/app", "website"][..]),
            (&[Some("web")], &["", "website", "web"]),
            (&[Some("./web/")], &["", "website", "./web/"]),
            (&[Some("web"), None], &["web", ""]),
            (&[Some(".")], &["."]),
        ] {
            let own: Vec<SuitePolicy> = dirs.iter().copied().map(suite).collect();
            let found = find(&tree, &tree, &change, &own);
            assert_eq!(found.projects.iter().map(Project::dir).collect::<Vec<_>>(), expected, "{dirs:?}");
        }
    }

    #[test]
    fn at_most_six_workspaces_below_the_root_are_built() {
        let names: Vec<String> = (0..8).map(|i| format!("p{i}/Cargo.toml")).collect();
        let files: Vec<(&str, &str)> = names.iter().map(|n| (n.as_str(), "[package]")).collect();
        let change = change(names.iter().map(|n| changed(n)).collect());
        let found = find(&Given(&files), &Given(&files), &change, &[]);
        assert_eq!((found.projects.len(), found.left_out.len()), (MOST, 2));
    }

    #[test]
    fn only_parts_of_a_manifest_choose_tests() {
        let table = [
            (
                "pyproject.toml",
                "version = 1\n[tool.pytest.ini_options]\na",
                "version = 2\n[tool.pytest.ini_options]\na",
                false,
            ),
            ("pyproject.toml", "[tool.pytest.ini_options]\na", "[tool.pytest.ini_options]\nb", true),
            ("package.json", r#"{"version":"1"}"#, r#"{"version":"2"}"#, false),
            ("package.json", r#"{"scripts":{}}"#, r#"{"scripts":{"test":"x"}}"#, true),
            ("web/vitest.config.ts", "a", "b", true),
            ("src/a.ts", "a", "b", false),
            ("Cargo.toml", "[workspace]\nmembers = [\"a\"]", "[workspace]\nmembers = [\"b\"]", true),
            ("a/Cargo.toml", "[package]\nname = \"a\"", "[package]\nname = \"a\"\n[lib]\ntest = false", true),
            ("a/Cargo.toml", "[package]\nautotests = true", "[package]\nautotests = false", true),
            (
                "a/Cargo.toml",
                "[package]\nversion = \"1.0.0\"\n[dependencies]\nb = \"1\"",
                "[package]\nversion = \"1.0.1\"\n[dependencies]\nb = \"2\"",
                false,
            ),
        ];
        for (path, base, head, expected) in table {
            let file = found(&[], &[], &[path]);
            assert!(file.projects.is_empty());
            let change = change(vec![changed(path)]);
            let (base, head) = ([(path, base)], [(path, head)]);
            assert_eq!(chooses_tests(&Given(&base), &Given(&head), &change), expected, "{path}");
        }
    }

    #[test]
    fn each_convention_is_recognised_by_its_own_files() {
        type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
        let table: [Row<'_>; 10] = [
            (&[("package.json", r#"{"scripts":{"test":"vitest run"}}"#)], &["vitest"]),
            (
                &[("package.json", r#"{"scripts":{"test":"echo \"Error: no test specified\" && exit 1"}}"#)],
                &[],
            ),
            (&[("package.json", r#"{"scripts":{"test":"./run-tests"}}"#)], &["npm test"]),
            (&[("pyproject.toml", "[tool.pytest.ini_options]")], &["pytest"]),
            (&[("setup.py", ""), ("tests/test_a.py", "")], &["pytest"]),
            (&[("calc.py", ""), ("test_calc.py", "def test_adds(): pass")], &["pytest"]),
            (&[("test_bench.py", "print(1)")], &[]),
            (&[("calc.py", ""), ("scripts/test_calc.py", "def test_adds(): pass")], &[]),
            (&[("go.mod", "module x")], &["go test"]),
            (&[("CMakeLists.txt", "enable_testing()")], &["ctest"]),
        ];
        for (files, expected) in table {
            assert_eq!(names(files, &[]), expected, "{files:?}");
        }
    }

    #[test]
    fn a_file_belongs_to_the_nearest_workspace_that_does_not_exclude_it() {
        let tree = Given(&[
            ("Cargo.toml", "[workspace]\nmembers = [\"a\"]\nexclude = [\"fuzz\", \"old\"]\n"),
            ("a/Cargo.toml", "[package]\nname = \"a\"\n"),
            ("fuzz/Cargo.toml", "[package]\nname = \"fuzz\"\n"),
            ("fuzz/Cargo.lock", ""),
            ("old/Cargo.toml", "[package]\nname = \"old\"\n"),
            ("tools/Cargo.toml", "[workspace]\nmembers = [\"x\"]\n"),
            ("tools/x/Cargo.toml", "[package]\nname = \"x\"\n"),
        ]);
        for (path, expected) in [
            ("a/src/lib.rs", Some("")),
            ("fuzz/src/main.rs", Some("fuzz")),
            ("old/src/lib.rs", None),
            ("tools/x/src/main.rs", Some("tools")),
            ("README.md", Some("")),
        ] {
            assert_eq!(workspace_of(&tree, path).as_deref(), expected, "{path}");
        }
        let apart = Given(&[("backend/Cargo.toml", "[package]")]);
        assert_eq!(workspace_of(&apart, "backend/src/main.rs").as_deref(), Some("backend"));
        assert_eq!(workspace_of(&apart, "frontend/src/app.ts"), None);
    }
}
