//! What kind of project lies in the tree, and so how it is built and tested without a policy.

use std::fs;
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

/// The projects to build and test in `tree`: the policy's suites, else what lies at the root, else
/// the cargo workspaces around the changed files.
pub(crate) fn find(tree: &Path, change: &Change, policy: &Policy) -> Vec<Project> {
    let mut found: Vec<Project> =
        policy.suites.iter().map(|s| Project::Suite { policy: s.clone(), languages: Vec::new() }).collect();
    if policy.suites.is_empty() {
        found.extend(cargo_dirs(tree, change).into_iter().map(|dir| Project::Cargo { dir }));
        found.extend(conventional_suites(tree));
    }
    found
}

/// Directories of cargo workspaces: the root's, else the outermost manifests above changed files.
fn cargo_dirs(tree: &Path, change: &Change) -> Vec<String> {
    if tree.join("Cargo.toml").is_file() {
        return vec![String::new()];
    }
    let mut dirs: Vec<String> = change
        .files
        .iter()
        .filter_map(|file| {
            let mut dir = Path::new(&file.path).parent();
            let mut outermost = None;
            while let Some(d) = dir {
                if tree.join(d).join("Cargo.toml").is_file() {
                    outermost = Some(d.to_string_lossy().into_owned());
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
fn conventional_suites(tree: &Path) -> Vec<Project> {
    [node_suite(tree), pytest_suite(tree), go_suite(tree), cmake_suite(tree)].into_iter().flatten().collect()
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

fn node_suite(tree: &Path) -> Option<Project> {
    const LANGUAGES: [Language; 3] = [Language::TypeScript, Language::Tsx, Language::JavaScript];
    let package: serde_json::Value =
        serde_json::from_slice(&fs::read(tree.join("package.json")).ok()?).ok()?;
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

fn pytest_suite(tree: &Path) -> Option<Project> {
    let reads =
        |name: &str, needle: &str| fs::read_to_string(tree.join(name)).is_ok_and(|t| t.contains(needle));
    let configured = tree.join("pytest.ini").is_file()
        || tree.join("conftest.py").is_file()
        || reads("pyproject.toml", "pytest")
        || reads("setup.cfg", "pytest")
        || reads("tox.ini", "pytest");
    let is_python = ["pyproject.toml", "setup.py", "setup.cfg"].iter().any(|f| tree.join(f).is_file());
    let has_tests = ["tests", "test"].iter().any(|dir| {
        fs::read_dir(tree.join(dir)).into_iter().flatten().flatten().any(|e| {
            let name = e.file_name();
            let name = name.to_string_lossy();
            name.ends_with(".py") && (name.starts_with("test_") || name.ends_with("_test.py"))
        })
    });
    if !(configured || (is_python && has_tests)) {
        return None;
    }
    let file = "$GUARD_OUT/pytest.xml";
    let run = format!("\"$GUARD_PYTHON\" -m pytest -q -p no:cacheprovider --junitxml=\"{file}\"");
    Some(suite("pytest", &run, ResultFormat::Junit, Some(file), &[Language::Python]))
}

fn go_suite(tree: &Path) -> Option<Project> {
    tree.join("go.mod")
        .is_file()
        .then(|| suite("go test", "go test -json ./...", ResultFormat::GoJson, None, &[Language::Go]))
}

fn cmake_suite(tree: &Path) -> Option<Project> {
    let text = fs::read_to_string(tree.join("CMakeLists.txt")).ok()?;
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

    fn names(files: &[(&str, &str)]) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        conventional_suites(dir.path())
            .into_iter()
            .map(|p| match p {
                Project::Suite { policy, .. } => policy.name,
                Project::Cargo { dir } => dir,
            })
            .collect()
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
