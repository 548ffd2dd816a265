//! What kind of project lies in the tree, and so how it is built and tested without a policy.

use std::path::{Path, PathBuf};

use guard_model::policy::{Policy, ResultFormat, SuitePolicy};
use guard_model::{Change, Language};

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

/// The projects to build and test: the policy's suites, else what lies at the root, else the cargo
/// workspaces around the changed files.
///
/// How they are run is read from `base`, because a change must not choose how it is tested; only what
/// base does not have is read from `head`.
pub(crate) fn find(base: &dyn Files, head: &dyn Files, change: &Change, policy: &Policy) -> Vec<Project> {
    let mut found: Vec<Project> =
        policy.suites.iter().map(|s| Project::Suite { policy: s.clone(), languages: Vec::new() }).collect();
    if policy.suites.is_empty() {
        let mut dirs = cargo_dirs(base, change);
        if dirs.is_empty() {
            dirs = cargo_dirs(head, change);
        }
        found.extend(dirs.into_iter().map(|dir| Project::Cargo { dir }));
        found.extend(conventional_suites(base, head));
    }
    found
}

/// Directories of cargo workspaces: the root's, else the outermost manifests above changed files.
fn cargo_dirs(tree: &dyn Files, change: &Change) -> Vec<String> {
    if tree.has("Cargo.toml") {
        return vec![String::new()];
    }
    let mut dirs: Vec<String> = change
        .files
        .iter()
        .filter_map(|file| {
            let mut dir = Path::new(&file.path).parent();
            let mut outermost = None;
            while let Some(d) = dir {
                let d_text = d.to_string_lossy();
                if !d_text.is_empty() && tree.has(&format!("{d_text}/Cargo.toml")) {
                    outermost = Some(d_text.into_owned());
                }
                dir = d.parent();
            }
            outermost
        })
        .collect();
    dirs.sort();
    dirs.dedup();
    dirs
}

/// Suites that the conventions of npm, pytest, go and cmake projects suggest at the root.
fn conventional_suites(base: &dyn Files, head: &dyn Files) -> Vec<Project> {
    let conventions: [fn(&dyn Files) -> Option<Project>; 4] =
        [node_suite, pytest_suite, go_suite, cmake_suite];
    conventions.iter().filter_map(|suite| suite(base).or_else(|| suite(head))).collect()
}

fn suite(
    name: &str,
    run: &str,
    results: ResultFormat,
    file: Option<&str>,
    languages: &[Language],
) -> Project {
    Project::Suite {
        policy: SuitePolicy {
            name: name.to_owned(),
            prepare: None,
            run: run.to_owned(),
            dir: None,
            results,
            file: file.map(str::to_owned),
            timeout_s: None,
        },
        languages: languages.to_vec(),
    }
}

fn node_suite(tree: &dyn Files) -> Option<Project> {
    const LANGUAGES: [Language; 3] = [Language::TypeScript, Language::Tsx, Language::JavaScript];
    let package: serde_json::Value = serde_json::from_str(&tree.read("package.json")?).ok()?;
    let script = package.pointer("/scripts/test").and_then(|s| s.as_str());
    let depends = |name: &str| {
        ["dependencies", "devDependencies"]
            .iter()
            .any(|table| package.get(table).and_then(|t| t.get(name)).is_some())
    };
    let said = |word: &str| script.is_some_and(|s| s.split_whitespace().any(|w| w == word));
    // `npm init` writes a script that only says there is none.
    if script.is_some_and(|s| s.contains("no test specified")) {
        return None;
    }
    let file = "$GUARD_OUT/node.xml";
    if said("vitest") || (script.is_none() && depends("vitest")) {
        let run = format!("npx --no-install vitest run --reporter=junit --outputFile=\"{file}\"");
        return Some(suite("vitest", &run, ResultFormat::Junit, Some(file), &LANGUAGES));
    }
    if said("jest") && depends("jest-junit") {
        let run =
            format!("JEST_JUNIT_OUTPUT_FILE=\"{file}\" npx --no-install jest --ci --reporters=jest-junit");
        return Some(suite("jest", &run, ResultFormat::Junit, Some(file), &LANGUAGES));
    }
    if said("mocha") {
        let run = format!("npx --no-install mocha --reporter xunit --reporter-option output=\"{file}\"");
        return Some(suite("mocha", &run, ResultFormat::Junit, Some(file), &LANGUAGES));
    }
    if script
        .is_some_and(|s| s.split_whitespace().collect::<Vec<_>>().windows(2).any(|w| w == ["node", "--test"]))
    {
        let run = script.unwrap_or_default().replacen(
            "node --test",
            &format!("node --test --test-reporter=junit --test-reporter-destination=\"{file}\""),
            1,
        );
        return Some(suite("node", &run, ResultFormat::Junit, Some(file), &LANGUAGES));
    }
    script.map(|_| suite("npm test", "npm test --silent", ResultFormat::ExitCode, None, &LANGUAGES))
}

fn pytest_suite(tree: &dyn Files) -> Option<Project> {
    let reads = |name: &str, needle: &str| tree.read(name).is_some_and(|t| t.contains(needle));
    let configured = tree.has("pytest.ini")
        || tree.has("conftest.py")
        || reads("pyproject.toml", "pytest")
        || reads("setup.cfg", "pytest")
        || reads("tox.ini", "pytest");
    let is_python = ["pyproject.toml", "setup.py", "setup.cfg"].iter().any(|f| tree.has(f));
    let is_test =
        |name: &String| name.ends_with(".py") && (name.starts_with("test_") || name.ends_with("_test.py"));
    let has_tests = ["tests", "test"].iter().any(|dir| tree.list(dir).iter().any(is_test));
    if !(configured || (is_python && has_tests)) {
        return None;
    }
    let file = "$GUARD_OUT/pytest.xml";
    let run = format!("\"$GUARD_PYTHON\" -m pytest -q -p no:cacheprovider --junitxml=\"{file}\"");
    Some(suite("pytest", &run, ResultFormat::Junit, Some(file), &[Language::Python]))
}

fn go_suite(tree: &dyn Files) -> Option<Project> {
    tree.has("go.mod")
        .then(|| suite("go test", "go test -json ./...", ResultFormat::GoJson, None, &[Language::Go]))
}

fn cmake_suite(tree: &dyn Files) -> Option<Project> {
    let text = tree.read("CMakeLists.txt")?;
    // A project without tests has nothing for ctest to run; building it is the policy's to ask for.
    let lower = text.to_ascii_lowercase();
    if !lower.contains("enable_testing") && !lower.contains("include(ctest)") {
        return None;
    }
    let file = "$GUARD_OUT/ctest.xml";
    let run = format!(
        "cmake -S . -B target/guard-cmake && cmake --build target/guard-cmake --parallel && \
         ctest --test-dir target/guard-cmake --output-junit \"{file}\""
    );
    Some(suite("ctest", &run, ResultFormat::Junit, Some(file), &[Language::C, Language::Cpp]))
}

/// Whether a file decides which tests a runner finds and how they come out: only base's own run then
/// shows which ones are missing.
pub(crate) fn chooses_tests(path: &str) -> bool {
    const FILES: [&str; 8] = [
        "conftest.py",
        "pytest.ini",
        "pyproject.toml",
        "setup.cfg",
        "tox.ini",
        "package.json",
        ".npmrc",
        "CTestTestfile.cmake",
    ];
    const STEMS: [&str; 4] = ["vitest.config", "vite.config", "jest.config", ".mocharc"];
    let name = path.rsplit('/').next().unwrap_or(path);
    FILES.contains(&name) || STEMS.iter().any(|s| name.starts_with(s))
}

/// The python that should run a project's tests: its own virtual environment, else `python3`.
pub(crate) fn python(work_tree: Option<&Path>) -> PathBuf {
    work_tree
        .into_iter()
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
            let below = |name: &&str| name.strip_prefix(dir)?.strip_prefix('/').map(str::to_owned);
            self.0.iter().filter_map(|(name, _)| below(name)).collect()
        }
    }

    fn names(files: &[(&str, &str)]) -> Vec<String> {
        conventional_suites(&Given(files), &Given(files)).into_iter().map(|p| run_of(&p).0).collect()
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
        let found = conventional_suites(&Given(&base), &Given(&head));
        assert!(run_of(&found[0]).1.starts_with("node --test"), "{found:?}");
        let new = conventional_suites(&Given(&[]), &Given(&base));
        assert_eq!(new.len(), 1);
    }

    #[test]
    fn each_convention_is_recognised_by_its_own_files() {
        type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
        let table: [Row<'_>; 7] = [
            (&[("package.json", r#"{"scripts":{"test":"vitest run"}}"#)], &["vitest"]),
            (
                &[("package.json", r#"{"scripts":{"test":"echo \"Error: no test specified\" && exit 1"}}"#)],
                &[],
            ),
            (&[("package.json", r#"{"scripts":{"test":"./run-tests"}}"#)], &["npm test"]),
            (&[("pyproject.toml", "[tool.pytest.ini_options]")], &["pytest"]),
            (&[("setup.py", ""), ("tests/test_a.py", "")], &["pytest"]),
            (&[("go.mod", "module x")], &["go test"]),
            (&[("CMakeLists.txt", "enable_testing()")], &["ctest"]),
        ];
        for (files, expected) in table {
            assert_eq!(names(files), expected, "{files:?}");
        }
    }
}
