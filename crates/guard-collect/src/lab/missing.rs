//! Packages that a test file imports and that are not installed here: the machine's lack, not the code's.

use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{Condition, Proof, TestRun};
use guard_model::policy::SuitePolicy;

use super::project::{Files, below};

/// Takes files that could not be loaded for want of an installed package out of the suite's troubles, and
/// says so in its gap: whether their tests pass is not known.
pub(crate) fn set_apart(suite: &SuitePolicy, tests: &mut TestRun, files: &dyn Files) {
    let dir = suite.dir.as_deref().unwrap_or_default();
    let mut lacking: Vec<(String, String)> = Vec::new();
    for outcome in tests.suites.iter_mut().filter(|s| s.trouble.is_some()) {
        let said = outcome.detail.as_deref().unwrap_or_default();
        if let Some(package) = package(said, dir, files) {
            lacking.push((outcome.suite.clone(), package));
            outcome.trouble = None;
        }
    }
    for result in tests.results.iter_mut().filter(|r| r.outcome.is_failure() && r.condition.is_none()) {
        let said = result.message.as_deref().unwrap_or_default();
        if let Some(program) = program(said) {
            result.condition = lacks(format!("starts the program `{program}`, which is not installed here"));
            continue;
        }
        let Some(package) = package(said, dir, files) else { continue };
        lacking.push((result.id.to_string(), package.clone()));
        result.condition = lacks(format!("needs the package `{package}`, which is not installed here"));
    }
    let Some((first, package)) = lacking.first() else { return };
    let more = match lacking.len() {
        1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    let reason = format!(
        "`{first}`{more} cannot run: the package `{package}` is not installed here; install it or give suite `{}` a `prepare` command",
        suite.name
    );
    let log = tests.logs.first().cloned();
    tests.gap.get_or_insert_with(|| Gap { log, ..Gap::of_tests(GapKind::MissingTool, reason) });
}

fn lacks(says: String) -> Option<Condition> {
    Some(Condition { says, proof: Proof::Machine })
}

/// The package that is not there, when the project does not hold it itself.
fn package(said: &str, dir: &str, files: &dyn Files) -> Option<String> {
    python_package(said, dir, files).or_else(|| node_package(said, dir, files))
}

/// `ModuleNotFoundError: No module named 'httpx.client'` (python) → `httpx`.
fn python_package(said: &str, dir: &str, files: &dyn Files) -> Option<String> {
    let name = quoted_after(said, "ModuleNotFoundError: No module named ")?;
    let top = name.split('.').next()?;
    let is_there = |folder: String| {
        !files.list(&below(&folder, top)).is_empty() || files.has(&below(&folder, &format!("{top}.py")))
    };
    let folders = ["", "src", "lib", "tests", "test"]
        .map(|f| if f.is_empty() { dir.to_owned() } else { below(dir, f) });
    let is_own = folders.into_iter().chain([String::new(), "src".to_owned()]).any(is_there);
    (!is_own).then(|| top.to_owned())
}

/// `Cannot find module 'zod'`, `Failed to resolve import "zod" from …` → `zod`, when the manifest names it.
fn node_package(said: &str, dir: &str, files: &dyn Files) -> Option<String> {
    let name =
        ["Cannot find module ", "Cannot find package ", "Failed to resolve import ", "Failed to load url "]
            .iter()
            .find_map(|start| quoted_after(said, start))?;
    let parts: Vec<&str> = name.split('/').collect();
    let package = match parts.as_slice() {
        [scope, name, ..] if scope.starts_with('@') => format!("{scope}/{name}"),
        [name, ..] => (*name).to_owned(),
        [] => return None,
    };
    let manifest: serde_json::Value = serde_json::from_str(&files.read(&below(dir, "package.json"))?).ok()?;
    let tables = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
    tables.iter().any(|t| manifest.get(t).is_some_and(|t| t.get(&package).is_some())).then_some(package)
}

/// The program that a test could not start: a bare name that the system does not find.
fn program(said: &str) -> Option<&str> {
    let name = if said.contains("subprocess") || said.contains("Popen") {
        quoted_after(said, "FileNotFoundError: [Errno 2] No such file or directory: ")
    } else if said.contains("executable file not found in $PATH") {
        quoted_after(said, "exec: ")
    } else {
        quoted_after(said, "Error: spawn ").filter(|_| said.contains("ENOENT"))
    }?;
    let is_bare = !name.is_empty() && !name.contains(['/', '\\', '.', ' ']);
    is_bare.then_some(name)
}

/// The word in quotes behind `start`, or the bare word there.
fn quoted_after<'a>(said: &'a str, start: &str) -> Option<&'a str> {
    let rest = &said[said.find(start)? + start.len()..];
    let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"' | '`'));
    match quote {
        Some(q) => rest[1..].split(q).next(),
        None => rest.split_whitespace().next(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct There(&'static [(&'static str, &'static str)]);

    impl Files for There {
        fn read(&self, path: &str) -> Option<String> {
            self.0.iter().find(|(p, _)| *p == path).map(|(_, text)| (*text).to_owned())
        }

        fn list(&self, dir: &str) -> Vec<String> {
            self.0
                .iter()
                .filter_map(|(p, _)| p.strip_prefix(dir)?.strip_prefix('/').map(str::to_owned))
                .collect()
        }
    }

    #[test]
    fn a_program_that_is_not_installed_is_named() {
        let table = [
            ("FileNotFoundError: [Errno 2] No such file or directory: 'uv'\n subprocess.run(", Some("uv")),
            ("FileNotFoundError: [Errno 2] No such file or directory: 'data'\n open(", None),
            ("FileNotFoundError: [Errno 2] No such file or directory: 'bin/tool'\n subprocess.run(", None),
            ("Error: spawn uv ENOENT", Some("uv")),
            ("exec: \"uv\": executable file not found in $PATH", Some("uv")),
        ];
        for (said, expected) in table {
            assert_eq!(program(said), expected, "{said}");
        }
    }

    #[test]
    fn only_what_the_project_does_not_hold_itself_is_the_machines_lack() {
        let there = There(&[
            ("src/shop/pay.py", ""),
            ("tests/helpers.py", ""),
            ("package.json", r#"{"dependencies":{"zod":"1","@a/b":"1"}}"#),
        ]);
        let table = [
            ("E   ModuleNotFoundError: No module named 'httpx'", Some("httpx")),
            ("E   ModuleNotFoundError: No module named 'shop.cart'", None),
            ("E   ModuleNotFoundError: No module named 'helpers'", None),
            ("ImportError: cannot import name 'x' from 'shop'", None),
            ("Error: Cannot find module 'zod'", Some("zod")),
            ("Error: Failed to resolve import \"@a/b/c\" from \"x.ts\"", Some("@a/b")),
            ("Error: Cannot find module './zod'", None),
            ("Error: Cannot find module 'undeclared'", None),
        ];
        for (said, expected) in table {
            assert_eq!(package(said, "", &there).as_deref(), expected, "{said}");
        }
    }
}
