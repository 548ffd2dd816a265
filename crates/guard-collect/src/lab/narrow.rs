//! A suite for some of its tests only.
//!
//! Whole suites may take a quarter of an hour; a rerun, a cell of the matrix, or base's word on a few red
//! tests needs a file or two of them.

use std::collections::BTreeSet;

use guard_model::lab::{SuiteOutcome, TestRun};
use guard_model::policy::SuitePolicy;

use super::project::{Files, below};
use super::runner::{self, Call, Runner};

/// Some tests of a suite, as its runner can be asked for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// Files relative to the repository root; a directory with a slash at its end.
    Files(BTreeSet<String>),
    /// Names of tests.
    Names(BTreeSet<String>),
}

/// The tests of a run that came out red, and the files that could not be loaded.
///
/// # Errors
/// Why the whole suite has to be asked again.
pub(crate) fn red(suite: &SuitePolicy, run: &TestRun, files: &dyn Files) -> Result<Part, String> {
    let call = Call::in_line(&suite.run).ok_or("guard does not know the runner that it calls")?;
    let troubled = run.suites.iter().filter(|s| s.trouble.is_some());
    if troubled.clone().any(|s| is_whole(s, suite)) {
        return Err("the suite as a whole is in trouble".to_owned());
    }
    let red = run.results.iter().filter(|r| r.outcome.is_failure());
    if call.runner == Runner::Ctest {
        return Ok(Part::Names(red.map(|r| r.id.name.clone()).collect()));
    }
    let names = red.map(|r| r.id.suite.as_str()).chain(troubled.map(|s| s.suite.as_str()));
    let names: BTreeSet<&str> = names.collect();
    let dir = suite.dir.as_deref().unwrap_or_default();
    names
        .into_iter()
        .map(|name| {
            file_of(name, dir, call.runner, files).ok_or_else(|| format!("no file is known to hold `{name}`"))
        })
        .collect::<Result<_, _>>()
        .map(Part::Files)
}

fn is_whole(outcome: &SuiteOutcome, suite: &SuitePolicy) -> bool {
    outcome.suite == suite.name
}

/// The suite for a part of its tests; `None` when nothing of the part is there.
///
/// # Errors
/// Why it cannot be run in part.
pub(crate) fn to(suite: &SuitePolicy, part: &Part, files: &dyn Files) -> Result<Option<SuitePolicy>, String> {
    let run = match part {
        Part::Names(names) if names.is_empty() => return Ok(None),
        Part::Names(names) => runner::only_names(&suite.run, &names.iter().map(String::as_str).collect())?,
        Part::Files(paths) => {
            let dir = suite.dir.as_deref().unwrap_or_default();
            let inside = |path: &String| match dir {
                "" => Some(path.clone()),
                dir => path.strip_prefix(dir)?.strip_prefix('/').map(str::to_owned),
            };
            let there = |path: &&String| match path.strip_suffix('/') {
                Some(folder) => !files.list(folder).is_empty(),
                None => path.is_empty() || files.has(path),
            };
            let paths: BTreeSet<String> = paths.iter().filter(there).filter_map(inside).collect();
            if paths.is_empty() {
                return Ok(None);
            }
            runner::only_files(&suite.run, &paths)?
        }
    };
    Ok(Some(SuitePolicy { run, ..suite.clone() }))
}

/// The file that holds the tests which a runner reports under a name.
pub(crate) fn file_of(name: &str, dir: &str, runner: Runner, files: &dyn Files) -> Option<String> {
    if runner == Runner::Go {
        let text = files.read(&below(dir, "go.mod"))?;
        let module = text.lines().find_map(|l| l.trim().strip_prefix("module "))?.trim().trim_matches('"');
        let package = name.strip_prefix(module)?.trim_start_matches('/');
        return Some(match package {
            "" if dir.is_empty() => String::new(),
            "" => format!("{dir}/"),
            package => format!("{}/", below(dir, package)),
        });
    }
    let path = name.split(" > ").next().unwrap_or(name);
    let candidates = [path.to_owned(), below(dir, path)];
    if let Some(found) = candidates.iter().find(|c| c.contains('.') && files.has(c)) {
        return Some(found.clone());
    }
    if runner != Runner::Pytest {
        return None;
    }
    // `web/tests.test_pay.TestPay`: a module's dotted name, then classes.
    candidates.iter().find_map(|name| {
        let (above, dotted) = name.rsplit_once('/').map_or(("", name.as_str()), |(a, d)| (a, d));
        let parts: Vec<&str> = dotted.split('.').collect();
        (1..=parts.len()).rev().find_map(|n| {
            let file = below(above, &format!("{}.py", parts[..n].join("/")));
            files.has(&file).then_some(file)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use guard_model::policy::ResultFormat;

    struct There(&'static [&'static str]);

    impl Files for There {
        fn read(&self, path: &str) -> Option<String> {
            let text = if path.ends_with("go.mod") { "module example.org/shop\n" } else { "" };
            self.0.contains(&path).then(|| text.to_owned())
        }

        fn list(&self, dir: &str) -> Vec<String> {
            self.0.iter().filter_map(|p| p.strip_prefix(dir)?.strip_prefix('/').map(str::to_owned)).collect()
        }
    }

    const THERE: There =
        There(&["tests/test_pay.py", "web/tests/test_pay.py", "web/src/a.test.ts", "go.mod", "cart/a.go"]);

    #[test]
    fn the_file_of_a_result_is_found_by_the_runners_own_names() {
        let table = [
            ("tests.test_pay.TestPay", "", Runner::Pytest, Some("tests/test_pay.py")),
            ("tests.test_pay", "", Runner::Pytest, Some("tests/test_pay.py")),
            ("web/tests.test_pay", "web", Runner::Pytest, Some("web/tests/test_pay.py")),
            ("tests.test_cart", "", Runner::Pytest, None),
            ("web/src/a.test.ts", "web", Runner::Vitest, Some("web/src/a.test.ts")),
            ("web/src/a.test.ts > suite", "web", Runner::Jest, Some("web/src/a.test.ts")),
            ("pays", "web", Runner::Jest, None),
            ("example.org/shop/cart", "", Runner::Go, Some("cart/")),
            ("example.org/shop", "", Runner::Go, Some("")),
        ];
        for (name, dir, runner, expected) in table {
            assert_eq!(file_of(name, dir, runner, &THERE).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn only_what_is_there_and_below_the_suite_is_run() {
        let suite = SuitePolicy {
            name: "web".to_owned(),
            prepare: None,
            run: "pytest -q".to_owned(),
            dir: Some("web".to_owned()),
            results: ResultFormat::Junit,
            file: None,
            timeout_s: None,
        };
        let part = |names: &[&str]| Part::Files(names.iter().map(|n| (*n).to_owned()).collect());
        let run = |names: &[&str]| to(&suite, &part(names), &THERE).unwrap().map(|s| s.run);
        assert_eq!(
            run(&["web/tests/test_pay.py", "tests/test_pay.py"]).as_deref(),
            Some("pytest tests/test_pay.py -q")
        );
        assert_eq!(run(&["web/tests/test_new.py"]), None);
    }
}
