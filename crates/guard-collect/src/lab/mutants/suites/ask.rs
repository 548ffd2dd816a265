//! Which tests a mutant is shown to, and how their runner is asked for them.

use std::collections::{BTreeMap, BTreeSet};

use guard_model::lab::{TestId, TestOutcome, TestRun};
use guard_model::policy::SuitePolicy;
use guard_mutants::others::Noted;

use crate::lab::narrow;
use crate::lab::project::Files;
use crate::lab::runner::{self, Call, Runner, quoted};

/// More single tests than this are asked for by their files.
const MOST_TESTS: usize = 150;

/// More files than this are asked for as the whole suite.
const MOST_FILES: usize = 60;

/// Tests that a mutant is shown to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// The whole suite.
    All,
    /// These tests: as words for the runner, and by their names in its results.
    Some {
        words: BTreeSet<String>,
        /// Names for `go test -run`; none where whole packages are asked.
        run: Option<BTreeSet<String>>,
        ids: Vec<TestId>,
    },
}

/// Who comes by a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reach {
    /// Tests that do.
    pub(super) ids: Vec<TestId>,
    /// The fewest tests that can be asked for, so that all that do are among them.
    pub(super) asked: Asked,
}

/// What a suite's runner and its results say of where tests are.
pub(super) struct Place<'a> {
    pub(super) suite: &'a SuitePolicy,
    pub(super) files: &'a dyn Files,
    /// The tree's directory, with a slash at its end.
    pub(super) top: &'a str,
    /// What the whole suite comes to without a mutant.
    pub(super) baseline: &'a TestRun,
}

impl Place<'_> {
    fn runner(&self) -> Option<Runner> {
        Call::in_line(&self.suite.run).map(|c| c.runner)
    }

    fn dir(&self) -> &str {
        self.suite.dir.as_deref().unwrap_or_default()
    }

    /// The tests behind the notes of one probe.
    pub(super) fn reach(&self, notes: &[&Noted]) -> Reach {
        let all = Reach { ids: Vec::new(), asked: Asked::All };
        match self.runner() {
            Some(Runner::Pytest) => self.of_pytest(notes).unwrap_or(all),
            Some(Runner::Go) => self.of_go(notes).unwrap_or(all),
            Some(Runner::Vitest | Runner::Jest | Runner::Node) => self.of_script(notes).unwrap_or(all),
            _ => all,
        }
    }

    /// `tests/test_a.py::TestX::test_y[param] (call)`.
    fn of_pytest(&self, notes: &[&Noted]) -> Option<Reach> {
        let mut words = BTreeSet::new();
        let mut files = BTreeSet::new();
        let mut ids = BTreeSet::new();
        let mut is_sure = true;
        for note in notes {
            let Some((node, _)) = note.test.rsplit_once(" (") else {
                is_sure = false;
                continue;
            };
            let Some((path, rest)) = node.split_once("::") else {
                is_sure = false;
                continue;
            };
            let dir = self.dir();
            let own = if dir.is_empty() {
                Some(path)
            } else {
                path.strip_prefix(dir).and_then(|p| p.strip_prefix('/'))
            };
            let path_below = own
                .filter(|p| self.files.has(&crate::lab::project::below(dir, p)))
                .or_else(|| self.files.has(&crate::lab::project::below(dir, path)).then_some(path));
            // With the classes in front of the test's name, as the report names them.
            let name_at = rest.find('[').unwrap_or(rest.len());
            let (classes, name) = match rest[..name_at].rsplit_once("::") {
                Some((classes, _)) => (classes, &rest[classes.len() + 2..]),
                None => ("", rest),
            };
            let mut suite = path.trim_end_matches(".py").replace('/', ".");
            if !classes.is_empty() {
                suite = format!("{suite}.{}", classes.replace("::", "."));
            }
            let is_it = |id: &TestId| {
                id.name == name
                    && id
                        .suite
                        .strip_suffix(suite.as_str())
                        .is_some_and(|head| head.is_empty() || head.ends_with(['/', '.']))
            };
            let known = self.baseline.results.iter().find(|r| is_it(&r.id));
            match (path_below, known) {
                (Some(path), Some(known)) => {
                    words.insert(format!("{path}::{}", &rest[..name_at]));
                    files.insert(path.to_owned());
                    ids.insert(known.id.clone());
                }
                _ => is_sure = false,
            }
        }
        let words = if words.len() > MOST_TESTS { files } else { words };
        Some(self.some(words, None, ids.into_iter().collect(), is_sure))
    }

    /// A package's directory, and `example.org/shop.TestAdd.func1`.
    fn of_go(&self, notes: &[&Noted]) -> Option<Reach> {
        let packages: BTreeMap<String, String> = self
            .baseline
            .suites
            .iter()
            .filter_map(|s| {
                let dir = narrow::file_of(&s.suite, self.dir(), Runner::Go, self.files)?;
                Some((dir.trim_end_matches('/').to_owned(), s.suite.clone()))
            })
            .collect();
        let mut words = BTreeSet::new();
        let mut run = BTreeSet::new();
        let mut ids = BTreeSet::new();
        let (mut is_sure, mut by_name) = (true, true);
        for note in notes {
            let dir = note.place.strip_prefix(self.top.trim_end_matches('/'));
            let dir = dir.map(|d| d.trim_matches('/'));
            let Some((dir, package)) = dir.and_then(|d| Some((d, packages.get(d)?))) else {
                is_sure = false;
                continue;
            };
            let below = dir.strip_prefix(self.dir()).unwrap_or(dir).trim_matches('/');
            words.insert(if below.is_empty() { String::new() } else { format!("{below}/") });
            let function = note.test.rsplit('/').next().unwrap_or_default().split('.').nth(1);
            let is_test = |id: &TestId, name: &str| id.suite == *package && id.name == name;
            let known = function.and_then(|f| self.baseline.results.iter().find(|r| is_test(&r.id, f)));
            match known {
                Some(known) => {
                    run.insert(known.id.name.clone());
                    ids.insert(known.id.clone());
                }
                // It was come by outside of any test's own goroutine.
                None => by_name = false,
            }
        }
        let run = by_name.then_some(run).filter(|r| r.len() <= MOST_TESTS);
        Some(self.some(words, run, ids.into_iter().collect(), is_sure))
    }

    /// A test file's full path.
    fn of_script(&self, notes: &[&Noted]) -> Option<Reach> {
        let mut words = BTreeSet::new();
        let mut ids = BTreeSet::new();
        let mut is_sure = true;
        for note in notes {
            let path = note.place.trim_start_matches("file://").strip_prefix(self.top);
            let own = path.and_then(|p| match self.dir() {
                "" => Some(p),
                dir => p.strip_prefix(dir)?.strip_prefix('/'),
            });
            let (Some(path), Some(own)) = (path, own) else {
                is_sure = false;
                continue;
            };
            words.insert(own.to_owned());
            let of_file = |id: &TestId| {
                id.suite == path || id.suite.starts_with(&format!("{path} > ")) || id.suite == own
            };
            let passed = self.baseline.results.iter().filter(|r| r.outcome == TestOutcome::Passed);
            let of_file: Vec<&TestId> = passed.map(|r| &r.id).filter(|id| of_file(id)).collect();
            let flat = |name: &str| name.replace(" > ", " ").split_whitespace().collect::<Vec<_>>().join(" ");
            let named = of_file.iter().find(|id| !note.test.is_empty() && flat(&id.name) == flat(&note.test));
            match named {
                Some(id) => drop(ids.insert((*id).clone())),
                None => ids.extend(of_file.into_iter().cloned()),
            }
        }
        Some(self.some(words, None, ids.into_iter().collect(), is_sure))
    }

    fn some(
        &self,
        words: BTreeSet<String>,
        run: Option<BTreeSet<String>>,
        ids: Vec<TestId>,
        is_sure: bool,
    ) -> Reach {
        let is_too_many = words.len() > MOST_FILES.max(MOST_TESTS);
        let asked = if words.is_empty() || is_too_many || !is_sure {
            Asked::All
        } else {
            Asked::Some { words, run, ids: ids.clone() }
        };
        Reach { ids, asked }
    }

    /// The suite for these tests; stopped at the first failure if so wished, within `limit_s`.
    pub(super) fn asked(&self, asked: &Asked, fail_fast: bool, limit_s: u64) -> (SuitePolicy, Asked) {
        let whole = self.suite.run.clone();
        let (line, asked) = match asked {
            Asked::All => (whole, Asked::All),
            Asked::Some { words, run, .. } => {
                let narrowed = runner::only_files(&whole, words).map(|line| match run {
                    Some(names) => with_run(&line, names),
                    None => line,
                });
                match narrowed {
                    Ok(line) => (line, asked.clone()),
                    Err(_) => (whole, Asked::All),
                }
            }
        };
        let run = plain(&if fail_fast { stopping(&line) } else { line });
        (SuitePolicy { run, timeout_s: Some(limit_s), ..self.suite.clone() }, asked)
    }
}

/// `go test -run '^(A|B)$'`, unless the line chooses by itself.
fn with_run(line: &str, names: &BTreeSet<String>) -> String {
    match Call::in_line(line) {
        Some(call) if !line.contains(" -run") => {
            let each: Vec<&str> = names.iter().map(String::as_str).collect();
            call.with(line, None, &format!("-run {}", quoted(&format!("^({})$", each.join("|")))))
        }
        _ => line.to_owned(),
    }
}

/// The line that stops at the first failure, where its runner can be told so.
fn stopping(line: &str) -> String {
    let Some(call) = Call::in_line(line) else { return line.to_owned() };
    match call.runner {
        Runner::Pytest => call.with(line, None, "-x"),
        Runner::Vitest => call.with(line, Some("run"), "--bail=1"),
        Runner::Jest => call.with(line, None, "--bail=1"),
        Runner::Mocha => call.with(line, None, "--bail"),
        Runner::Go => call.with(line, None, "-failfast"),
        Runner::Ctest => call.with(line, None, "--stop-on-failure"),
        Runner::Node => line.to_owned(),
    }
}

/// Go's answers of earlier runs say nothing of who comes by, and what `vet` dislikes in a mutant is no failure.
pub(super) fn plain(line: &str) -> String {
    match Call::in_line(line) {
        Some(call) if call.runner == Runner::Go && !line.contains(" -count") => {
            call.with(line, None, "-count=1 -vet=off")
        }
        _ => line.to_owned(),
    }
}
