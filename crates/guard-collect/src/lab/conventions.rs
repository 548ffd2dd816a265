//! How projects of npm, pytest, go and cmake are tested, as their own files say it.

use guard_model::Language;
use guard_model::policy::{ResultFormat, SuitePolicy};

use super::project::{Files, Project, below};
use super::runner::{Call, Runner};

/// One language's convention.
pub(super) struct Convention {
    /// Its suite in a directory, when one is there.
    pub(super) suite: fn(&dyn Files, &str) -> Option<Project>,
    /// Whether the suite in a directory also runs what lies in the directories of another project below it.
    pub(super) covers: fn(&dyn Files, &str, &str) -> bool,
}

const NODE: &[Language] = &[Language::TypeScript, Language::Tsx, Language::JavaScript];
const C: &[Language] = &[Language::C, Language::Cpp];

/// All conventions that are known, in the order in which they are run.
pub(super) const CONVENTIONS: [Convention; 4] = [
    Convention { suite: node_suite, covers: runs_its_workspaces },
    Convention { suite: pytest_suite, covers: collects },
    Convention { suite: go_suite, covers: |_, _, _| false },
    Convention { suite: cmake_suite, covers: |_, _, _| true },
];

/// Whether a file decides what code of a language is built from, or which tools and versions build and test it: a
/// manifest, a lock file, a runner's settings.
pub(super) fn is_manifest(path: &str, language: Language) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is = |names: &[&str]| names.contains(&name);
    let is_like = |start: &str, end: &str| name.starts_with(start) && name.ends_with(end);
    match language {
        Language::Rust => {
            is(&["Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml"])
                || path.ends_with(".cargo/config.toml")
        }
        Language::TypeScript | Language::Tsx | Language::JavaScript => {
            is(&["package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock"])
                || is(&["pnpm-lock.yaml", "pnpm-workspace.yaml", "bun.lock", "bun.lockb"])
                || is(&[".npmrc", ".yarnrc.yml", ".nvmrc", ".node-version", "bunfig.toml"])
                || is(&["deno.json", "deno.lock", "babel.config.json", ".babelrc", ".swcrc"])
                || is_like("tsconfig", ".json")
                || name.starts_with(".mocharc.")
                || is_like("jest.config.", ".json")
        }
        Language::Python => {
            is(&["pyproject.toml", "setup.cfg", "pytest.ini", "tox.ini", ".python-version", ".coveragerc"])
                || is(&["poetry.lock", "uv.lock", "pdm.lock", "Pipfile", "Pipfile.lock"])
                || is(&["environment.yml", "environment.yaml"])
                || is_like("requirements", ".txt")
                || is_like("requirements", ".in")
                || is_like("constraints", ".txt")
                || path.ends_with(".txt") && path.split('/').any(|part| part == "requirements")
        }
        Language::Go => {
            is(&["go.mod", "go.sum", "go.work", "go.work.sum"]) || path.ends_with("vendor/modules.txt")
        }
        Language::C | Language::Cpp => {
            is(&["CMakeLists.txt", "CMakePresets.json", "conanfile.txt", "vcpkg.json"])
                || name.ends_with(".cmake")
        }
        Language::Java => {
            is(&["pom.xml", "gradle.properties", "gradle.lockfile", "libs.versions.toml"])
                || is_like("build.gradle", "")
                || is_like("settings.gradle", "")
        }
    }
}

fn suite(
    (name, dir): (&str, &str),
    run: &str,
    results: ResultFormat,
    file: Option<&str>,
    languages: &[Language],
) -> Project {
    let (name, dir) = match dir {
        "" => (name.to_owned(), None),
        dir => (format!("{name} ({dir})"), Some(dir.to_owned())),
    };
    Project::Suite {
        policy: SuitePolicy {
            name,
            prepare: None,
            run: run.to_owned(),
            dir,
            results,
            file: file.map(str::to_owned),
            timeout_s: None,
        },
        languages: languages.to_vec(),
    }
}

fn package(tree: &dyn Files, dir: &str) -> Option<serde_json::Value> {
    serde_json::from_str(&tree.read(&below(dir, "package.json"))?).ok()
}

fn node_suite(tree: &dyn Files, dir: &str) -> Option<Project> {
    let package = package(tree, dir)?;
    let script = |name: &str| package.get("scripts")?.get(name)?.as_str();
    let depends = |name: &str| {
        ["dependencies", "devDependencies"]
            .iter()
            .any(|table| package.get(table).and_then(|t| t.get(name)).is_some())
    };
    let Some(test) = script("test") else {
        return depends("vitest").then(|| vitest("vitest", dir, "")).flatten();
    };
    // `npm init` writes a script that only says there is none.
    if test.contains("no test specified") {
        return None;
    }
    let line = followed(test, &script);
    // What npm would run first.
    let before = script("pretest").map_or("", |_| "npm run --silent pretest && ");
    let known = Call::in_line(line).and_then(|call| match call.runner {
        Runner::Vitest => vitest(line, dir, before),
        Runner::Jest if depends("jest-junit") => {
            let run = call.with(line, None, "--ci --reporters=jest-junit");
            let names = "JEST_JUNIT_OUTPUT_FILE=\"$GUARD_OUT/node.xml\" JEST_JUNIT_CLASSNAME='{filepath}' \
                         JEST_JUNIT_TITLE='{classname} > {title}' JEST_JUNIT_ANCESTOR_SEPARATOR=' > '";
            Some(in_node("jest", dir, before, &format!("export {names}; {run}")))
        }
        Runner::Mocha => {
            let report = "--reporter xunit --reporter-option output=\"$GUARD_OUT/node.xml\"";
            Some(in_node("mocha", dir, before, &call.with(line, None, report)))
        }
        Runner::Node => {
            let report = "--test-reporter=junit --test-reporter-destination=\"$GUARD_OUT/node.xml\"";
            Some(in_node("node", dir, before, &call.with(line, None, report)))
        }
        _ => None,
    });
    let whole = || suite(("npm test", dir), "npm test --silent", ResultFormat::ExitCode, None, NODE);
    Some(known.unwrap_or_else(whole))
}

/// The script that another one only passes on to: `npm run test:unit`.
fn followed<'a>(script: &'a str, named: &impl Fn(&str) -> Option<&'a str>) -> &'a str {
    let mut line = script;
    for _ in 0..4 {
        let words: Vec<&str> = line.split_whitespace().collect();
        let next = match words.as_slice() {
            ["npm" | "pnpm" | "yarn" | "bun", "run", name] | ["pnpm" | "yarn", name] => named(name),
            _ => None,
        };
        let Some(next) = next else { break };
        line = next;
    }
    line
}

fn vitest(line: &str, dir: &str, before: &str) -> Option<Project> {
    let call = Call::in_line(line)?;
    let run = call.with(line, Some("run"), "--reporter=junit --outputFile=\"$GUARD_OUT/node.xml\"");
    Some(in_node("vitest", dir, before, &run))
}

/// A script's line with the packages' programs in reach, as npm runs it.
fn in_node(name: &str, dir: &str, before: &str, line: &str) -> Project {
    let levels = if dir.is_empty() { 0 } else { dir.split('/').count() };
    let paths: Vec<String> =
        (0..=levels).map(|up| format!("$PWD/{}node_modules/.bin", "../".repeat(up))).collect();
    let run = format!("PATH=\"{}:$PATH\"; {before}{line}", paths.join(":"));
    suite((name, dir), &run, ResultFormat::Junit, Some("$GUARD_OUT/node.xml"), NODE)
}

/// Whether the script at `dir` names a runner, which then runs the workspace members too.
fn runs_its_workspaces(tree: &dyn Files, dir: &str, _inner: &str) -> bool {
    let Some(package) = package(tree, dir) else { return false };
    let is_workspace = package.get("workspaces").is_some() || tree.has(&below(dir, "pnpm-workspace.yaml"));
    let by_runner =
        |p: &Project| matches!(p, Project::Suite { policy, .. } if policy.results == ResultFormat::Junit);
    is_workspace && node_suite(tree, dir).is_some_and(|p| by_runner(&p))
}

/// Whether the directory's own files configure pytest.
fn configures_pytest(tree: &dyn Files, dir: &str) -> bool {
    let reads = |name: &str, needle: &str| tree.read(&below(dir, name)).is_some_and(|t| t.contains(needle));
    tree.has(&below(dir, "pytest.ini"))
        || reads("pyproject.toml", "[tool.pytest")
        || reads("setup.cfg", "[tool:pytest]")
        || reads("tox.ini", "[pytest]")
}

fn collects(tree: &dyn Files, dir: &str, inner: &str) -> bool {
    configures_pytest(tree, dir) && {
        let text = ["pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini"]
            .iter()
            .filter_map(|name| tree.read(&below(dir, name)))
            .find(|text| text.contains("testpaths"));
        // With `testpaths` only what is named is collected.
        let relative = inner.strip_prefix(dir).unwrap_or(inner).trim_start_matches('/');
        text.is_none_or(|text| text.contains(relative))
    }
}

fn pytest_suite(tree: &dyn Files, dir: &str) -> Option<Project> {
    let reads = |name: &str, needle: &str| tree.read(&below(dir, name)).is_some_and(|t| t.contains(needle));
    let has = |name: &str| tree.has(&below(dir, name));
    let configured = configures_pytest(tree, dir)
        || has("conftest.py")
        || ["pyproject.toml", "setup.cfg", "tox.ini"].iter().any(|f| reads(f, "pytest"));
    let is_python = ["pyproject.toml", "setup.py", "setup.cfg"].iter().any(|f| has(f));
    let is_test =
        |name: &String| name.ends_with(".py") && (name.starts_with("test_") || name.ends_with("_test.py"));
    let has_tests = ["tests", "test"].iter().any(|d| tree.list(&below(dir, d)).iter().any(is_test));
    // A few modules with their tests beside them, and no manifest; a script may be named like a test.
    let holds_test = |name: &String| tree.read(name).is_some_and(|t| t.contains("def test_"));
    let is_plain = dir.is_empty() && tree.list("").iter().any(|name| is_test(name) && holds_test(name));
    // A `conftest.py` below the root may stand for a folder of tests; a project has a manifest.
    if !(configured && (dir.is_empty() || is_python || has("pytest.ini"))
        || (is_python && has_tests)
        || is_plain)
    {
        return None;
    }
    let file = "$GUARD_OUT/pytest.xml";
    let run = format!(
        "\"$GUARD_PYTHON\" -m pytest -q -p no:cacheprovider --continue-on-collection-errors --junitxml=\"{file}\""
    );
    Some(suite(("pytest", dir), &run, ResultFormat::Junit, Some(file), &[Language::Python]))
}

fn go_suite(tree: &dyn Files, dir: &str) -> Option<Project> {
    tree.has(&below(dir, "go.mod"))
        .then(|| suite(("go test", dir), "go test -json ./...", ResultFormat::GoJson, None, &[Language::Go]))
}

fn cmake_suite(tree: &dyn Files, dir: &str) -> Option<Project> {
    let text = tree.read(&below(dir, "CMakeLists.txt"))?;
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
    Some(suite(("ctest", dir), &run, ResultFormat::Junit, Some(file), C))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_locks_and_settings_belong_to_their_language() {
        for (path, language) in [
            ("go.mod", Language::Go),
            ("srv/go.sum", Language::Go),
            ("package.json", Language::TypeScript),
            ("web/pnpm-lock.yaml", Language::JavaScript),
            ("tsconfig.build.json", Language::Tsx),
            ("pyproject.toml", Language::Python),
            ("requirements-dev.txt", Language::Python),
            ("requirements/base.txt", Language::Python),
            ("lib/CMakeLists.txt", Language::Cpp),
            ("pom.xml", Language::Java),
            ("app/build.gradle.kts", Language::Java),
            ("Cargo.lock", Language::Rust),
        ] {
            let of: Vec<Language> = Language::ALL.into_iter().filter(|l| is_manifest(path, *l)).collect();
            assert!(of.contains(&language), "{path}");
            assert!(of.iter().all(|l| Some(*l) == of.first().copied() || NODE.contains(l) || C.contains(l)));
        }
        for path in ["README.md", "docs/package.json.md", "src/requirements.rs", "notes.txt", "data.json"] {
            assert!(!Language::ALL.into_iter().any(|l| is_manifest(path, l)), "{path}");
        }
    }
}
