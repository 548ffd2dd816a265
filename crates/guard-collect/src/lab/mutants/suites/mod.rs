//! Mutants of languages other than Rust: written into the tree one at a time, and shown to the tests that come by.
//!
//! One run of the suite with probes at all of their places tells which tests those are, and is the baseline as
//! well. After all mutants the tests that caught some are run once more without any: should they fail now, nothing
//! that was seen is the mutants' doing.

mod ask;
mod verdict;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Instant;

use guard_exec::Exit;
use guard_model::Language;
use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{BuildState, TestId, TestOutcome, TestRun};
use guard_model::mutants::{MutantOutcome, MutantRun};
use guard_model::policy::SuitePolicy;
use guard_mutants::Mutant;
use guard_mutants::others::{self, Noted, Traced};
use guard_mutants::work::{End, TestName, Tried};

use super::records::{self, Known};
use super::{Wanted, silenced};
use crate::lab::millis;
use crate::lab::project::{Files, Project, below};
use crate::lab::runner::{Call, Runner};
use crate::lab::suite::{self, InTree, Ran};
use crate::lab::text::clip;
use crate::lab::workbench::{User, Workbench};
use ask::{Asked, Place, Reach};
use verdict::Verdict;
use written::Written;

/// Tests named with a mutant.
const MOST_NAMED: usize = 12;

/// A mutant that takes so many times what its tests take is one that does not end.
const PATIENCE: u64 = 5;

/// On top of that, in seconds: starting a runner takes longer at times.
const GRACE_S: u64 = 5;

/// Whether a suite speaks for files of a language below its directory.
pub(super) fn speaks_for(
    policy: &SuitePolicy,
    languages: &[Language],
    path: &str,
    language: Language,
) -> bool {
    let dir = policy.dir.as_deref().unwrap_or_default().trim_start_matches("./").trim_matches('/');
    let is_below =
        matches!(dir, "" | ".") || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
    let of_runner = |runner: Runner| match runner {
        Runner::Pytest => language == Language::Python,
        Runner::Vitest | Runner::Jest | Runner::Mocha | Runner::Node => {
            matches!(language, Language::TypeScript | Language::Tsx | Language::JavaScript)
        }
        Runner::Go => language == Language::Go,
        Runner::Ctest => matches!(language, Language::C | Language::Cpp),
    };
    let fits = if languages.is_empty() {
        Call::in_line(&policy.run).is_none_or(|call| of_runner(call.runner))
    } else {
        languages.contains(&language)
    };
    is_below && fits
}

/// Files that tests do not stand for: those of tests, of other people, of documentation, and settings of tools.
pub(super) fn is_left_out(path: &str, language: Language) -> bool {
    const DIRS: [&str; 22] = [
        "node_modules",
        "vendor",
        "third_party",
        "testdata",
        "fixtures",
        "__fixtures__",
        "docs",
        "doc",
        "examples",
        "example",
        "benchmarks",
        "benchmark",
        "bench",
        "scripts",
        "demo",
        "demos",
        "playground",
        "website",
        "site",
        "migrations",
        "dist",
        "generated",
    ];
    const NAMES: [&str; 6] = ["setup.py", "noxfile.py", "conf.py", "tasks.py", "manage.py", "gulpfile.js"];
    let (dirs, name) = path.rsplit_once('/').unwrap_or(("", path));
    guard_syntax::is_test_path(path, Some(language))
        || dirs.split('/').any(|dir| DIRS.contains(&dir))
        || NAMES.contains(&name)
        || [".d.ts", ".min.js", ".pyi", ".stories.tsx", ".stories.ts", "_pb2.py", ".pb.go"]
            .iter()
            .any(|end| name.ends_with(end))
        || [".config.", "rc.js", "rc.cjs"].iter().any(|part| name.contains(part))
}

/// A file with mutants.
#[derive(Clone, Copy)]
pub(super) struct Sown<'a> {
    pub(super) language: Language,
    pub(super) text: &'a str,
}

/// The mutants that one suite is asked about.
pub(super) struct Bed<'a, 'm> {
    pub(super) bench: &'a Workbench<'a>,
    pub(super) suite: &'a SuitePolicy,
    pub(super) files: &'a BTreeMap<&'a str, Sown<'a>>,
    /// In the order in which they are wanted.
    pub(super) mutants: &'a [&'m Mutant],
    pub(super) wanted: &'a Wanted,
    /// What the suite lacks.
    pub(super) lacks: Option<Gap>,
}

/// What the suite comes to without a mutant, and who comes by which.
struct Base {
    tests: TestRun,
    failing: BTreeSet<TestId>,
    /// Each mutant's own; none where nothing is known of who comes by.
    reach: Option<Vec<Came>>,
    ms: u64,
}

/// What the probes say of one mutant.
enum Came {
    By(Reach),
    /// The file was loaded and nobody came.
    Nobody,
    /// It was not seen that anything loads the file.
    Unloaded,
    /// No probe can stand there.
    Unknown,
    /// It is no part of what is compiled here.
    NotCompiled,
}

impl<'m> Bed<'_, 'm> {
    /// What the suite says of each mutant, in their order.
    pub(super) fn test(&self, run: &mut MutantRun) -> Vec<Known<'m>> {
        run.command.clone_from(&self.suite.run);
        let all = |why: &str| self.mutants.iter().map(|m| Known::not_run(m, why)).collect();
        if let Some(gap) = &self.lacks {
            run.gaps.push(silenced(gap.clone()));
            return all(&gap.reason);
        }
        let began = Instant::now();
        let until = self.wanted.until.of_runs();
        let base = match self.base(until) {
            Ok(base) => base,
            Err(gap) => {
                let why = gap.reason.clone();
                run.gaps.push(silenced(gap));
                return all(&why);
            }
        };
        run.tests += base.passed();
        run.failing.extend(base.failing.iter().cloned());
        let mut known = self.try_all(&base, until);
        if base.reach.is_none() {
            doubt_unseen(&mut known);
        }
        if let Err(why) = self.holds_still(&base, &known) {
            run.gaps.push(silenced(Gap::new(GapKind::Input, why.clone())));
            known = all(&why);
        }
        run.run_ms += millis(began);
        known
    }

    fn place<'p>(&'p self, base: &'p TestRun, files: &'p dyn Files, top: &'p str) -> Place<'p> {
        Place { suite: self.suite, files, top, baseline: base }
    }

    /// Runs the suite with probes, and where that is no use as it is.
    fn base(&self, until: Option<Instant>) -> Result<Base, Gap> {
        let notes = self.bench.lab.out().join("came-by");
        // Notes of an earlier run must not speak for this one.
        let _ = fs::remove_file(&notes);
        let probed = self.probed(&notes.display().to_string());
        let limit = self.limit(None, until)?;
        let ran = if probed.is_empty() {
            None
        } else {
            let mut written = Written::none(&self.bench.lab.tree());
            let put = probed.iter().try_for_each(|(path, traced)| {
                written.put(path, self.files[path.as_str()].text, &traced.text)
            });
            let helped = put.and_then(|()| self.helpers(&notes.display().to_string(), &mut written));
            helped.is_ok().then(|| self.run("mutants-trace", &self.plain_suite(limit)))
        };
        if let Some(ran) = ran.as_ref().filter(|ran| is_green(ran)) {
            return Ok(self.with_reach(ran, &probed, &notes));
        }
        let plain = self.run("mutants-base", &self.plain_suite(self.limit(None, until)?));
        if let Some(gap) = plain.tests.gap {
            return Err(gap);
        }
        if let Some(suite) = plain.tests.suites.iter().find(|s| s.trouble.is_some()) {
            let said = suite.detail.as_deref().unwrap_or("it gives no reason");
            let reason =
                format!("suite `{}` is in trouble without a mutant: {}", suite.suite, clip(said, 200));
            return Err(Gap::of_runs(GapKind::Input, reason));
        }
        // Tests that fail with probes and without are as good a ground as any.
        if let Some(ran) = ran.as_ref().filter(|ran| is_whole(ran) && red(&ran.tests) == red(&plain.tests)) {
            return Ok(self.with_reach(ran, &probed, &notes));
        }
        let base = Base { failing: red(&plain.tests), ms: plain.tests.ms, tests: plain.tests, reach: None };
        if base.passed() == 0 {
            return Err(Gap::of_runs(
                GapKind::Input,
                format!("no test of suite `{}` passes", self.suite.name),
            ));
        }
        Ok(base)
    }

    fn with_reach(&self, ran: &Ran, probed: &BTreeMap<String, Traced>, notes: &std::path::Path) -> Base {
        let text = fs::read(notes).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default();
        let noted = others::noted(&text);
        let mut by_probe: BTreeMap<u32, Vec<&Noted>> = BTreeMap::new();
        for note in &noted {
            by_probe.entry(note.probe).or_default().push(note);
        }
        let files = InTree(self.bench.lab.tree());
        let top = format!("{}/", self.bench.lab.tree().display());
        let place = self.place(&ran.tests, &files, &top);
        let compiled = self.compiled();
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let reach = self
            .mutants
            .iter()
            .map(|mutant| {
                let nth = numbers.entry(&mutant.path).or_default();
                *nth += 1;
                if compiled.as_ref().is_some_and(|c| !c.contains(&mutant.path)) {
                    return Came::NotCompiled;
                }
                let Some(traced) = probed.get(&mutant.path) else { return Came::Unknown };
                let Some(probe) = traced.probes[*nth - 1] else { return Came::Unknown };
                let is_seen = || match traced.loads {
                    Some(loads) => by_probe.contains_key(&loads),
                    // Go is asked what it compiles; of what else is compiled something must be seen.
                    None => {
                        compiled.is_some() || traced.probes.iter().flatten().any(|p| by_probe.contains_key(p))
                    }
                };
                match by_probe.get(&probe) {
                    Some(notes) => Came::By(place.reach(notes)),
                    None if !is_seen() => Came::Unloaded,
                    None => Came::Nobody,
                }
            })
            .collect();
        Base { failing: red(&ran.tests), ms: ran.tests.ms, tests: ran.tests.clone(), reach: Some(reach) }
    }

    /// The files with probes in them.
    fn probed(&self, notes: &str) -> BTreeMap<String, Traced> {
        let mut first = 1;
        let mut found = BTreeMap::new();
        for (path, file) in self.files {
            let of_file: Vec<&Mutant> = self.mutants.iter().filter(|m| m.path == *path).copied().collect();
            if let Some(traced) = others::traced(file.language, file.text, &of_file, notes, first) {
                first =
                    traced.probes.iter().flatten().copied().chain(traced.loads).max().unwrap_or(first) + 1;
                found.insert((*path).to_owned(), traced);
            }
        }
        found
    }

    /// Writes what the probes need beside their files, once a directory.
    fn helpers(&self, notes: &str, written: &mut Written) -> std::io::Result<()> {
        let mut dirs = BTreeSet::new();
        for (path, file) in self.files {
            let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
            if let Some(helper) = others::helper(file.language, file.text, notes)
                && dirs.insert(dir)
            {
                written.add(&below(dir, helper.name), &helper.text)?;
            }
        }
        Ok(())
    }

    /// Go's files that are compiled with these tags on this platform; none where that is not the question.
    fn compiled(&self) -> Option<BTreeSet<String>> {
        Call::in_line(&self.suite.run).filter(|c| c.runner == Runner::Go)?;
        let dir = suite::directory(self.bench, self.suite.dir.as_deref());
        let line = "go list -e -f '{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}{{\"\\n\"}}{{end}}{{range .CgoFiles}}{{$d}}/{{.}}{{\"\\n\"}}{{end}}' ./...";
        let output = suite::shell(self.bench, line, &dir, 60).run(self.bench.ctl).ok()?;
        if output.exit != Exit::Code(0) {
            return None;
        }
        let top = format!("{}/", self.bench.lab.tree().display());
        Some(output.text().lines().filter_map(|l| Some(l.strip_prefix(&top)?.to_owned())).collect())
    }

    fn plain_suite(&self, limit: u64) -> SuitePolicy {
        SuitePolicy { run: ask::plain(&self.suite.run), timeout_s: Some(limit), ..self.suite.clone() }
    }

    /// Builds, where the policy says how, and runs.
    fn run(&self, name: &str, suite: &SuitePolicy) -> Ran {
        if let Some(command) = &self.bench.policy.build {
            let built = suite::build(self.bench, command, None, name);
            if built.state == BuildState::Failed {
                return Ran { errors: built.errors, ..Ran::default() };
            }
            if let Some(gap) = built.gap {
                return Ran::nothing(suite, gap);
            }
        }
        suite::run_once(self.bench, suite, name, User::Ordinary)
    }

    /// Seconds for a run that takes `ms` without a mutant.
    ///
    /// # Errors
    /// The time is over.
    fn limit(&self, ms: Option<u64>, until: Option<Instant>) -> Result<u64, Gap> {
        let own = self.suite.timeout_s.unwrap_or(self.bench.policy.limits.test_s);
        let limit = ms.map_or(own, |ms| (ms * PATIENCE).div_ceil(1000) + GRACE_S);
        let left = until.map(|u| u.saturating_duration_since(Instant::now()).as_secs());
        match left {
            Some(0) => Err(Gap::new(GapKind::Budget, "the budget of the run had no time left for mutants")),
            Some(left) => Ok(limit.min(left)),
            None => Ok(limit),
        }
    }

    fn try_all(&self, base: &Base, until: Option<Instant>) -> Vec<Known<'m>> {
        let files = InTree(self.bench.lab.tree());
        let top = format!("{}/", self.bench.lab.tree().display());
        let place = self.place(&base.tests, &files, &top);
        let mut written = Written::none(&self.bench.lab.tree());
        let each = self.mutants.iter().enumerate().map(|(number, mutant)| {
            let came = base.reach.as_ref().map_or(&Came::Unknown, |all| &all[number]);
            let reach = match came {
                Came::By(reach) => reach.clone(),
                Came::Unknown => Reach { ids: Vec::new(), asked: Asked::All },
                Came::Nobody => return known(mutant, number, End::Uncovered, &[], 0, 0),
                Came::NotCompiled => return Known::not_compiled(mutant),
                Came::Unloaded => {
                    return Known::not_run(mutant, "no test was seen to run anything in this file");
                }
            };
            let file = &self.files[mutant.path.as_str()];
            let Some(text) = others::apply(file.language, file.text, mutant) else {
                return Known::plain(mutant, MutantOutcome::Unviable, "it is no code of its language");
            };
            written.put_back_but(Some(&mutant.path));
            if let Err(error) = written.put(&mutant.path, file.text, &text) {
                return Known::not_run(mutant, &format!("it cannot be written: {error}"));
            }
            let began = Instant::now();
            let verdict = self.show(&place, base, &reach.asked, number, until);
            let ms = millis(began);
            match verdict {
                Verdict::Caught { by, said, how } => {
                    known(mutant, number, End::Caught { by: name(&by), said, how }, &reach.ids, 0, ms)
                }
                Verdict::Passed(tests) => known(mutant, number, End::Missed, &reach.ids, tests, ms),
                Verdict::Timeout => {
                    let by = TestName { suite: self.suite.name.clone(), name: "(its tests)".to_owned() };
                    known(mutant, number, End::Timeout { by }, &reach.ids, 0, ms)
                }
                Verdict::Unviable(said) => Known::plain(mutant, MutantOutcome::Unviable, &said),
                Verdict::Unclear(why) => Known::not_run(mutant, &why),
            }
        });
        each.collect()
    }

    /// Runs the tests with the mutant that is written; where some of them say nothing, all.
    fn show(
        &self,
        place: &Place<'_>,
        base: &Base,
        asked: &Asked,
        number: usize,
        until: Option<Instant>,
    ) -> Verdict {
        let over = || Verdict::Unclear("the time was over before".to_owned());
        let mut asked = asked.clone();
        loop {
            let ms = base.expected_ms(&asked);
            let Ok(limit) = self.limit(Some(ms), until) else { return over() };
            let is_cut = limit < (ms * PATIENCE).div_ceil(1000) + GRACE_S;
            // What fails anyway would stop it, too.
            let (suite, really) = place.asked(&asked, base.failing.is_empty(), limit);
            let ran = self.run(&format!("mutant-{number}"), &suite);
            if self.bench.ctl.is_interrupted() {
                return Verdict::Unclear("it was interrupted".to_owned());
            }
            match verdict::of(&ran, &base.failing, &really) {
                Verdict::Timeout if is_cut => return over(),
                Verdict::Unclear(_) if really != Asked::All => asked = Asked::All,
                verdict => return verdict,
            }
        }
    }

    /// Whether the tests that caught mutants pass without any now.
    fn holds_still(&self, base: &Base, known: &[Known<'_>]) -> Result<(), String> {
        let killers: BTreeSet<&TestName> = known.iter().filter_map(Known::killer).collect();
        if killers.is_empty() || self.bench.ctl.is_interrupted() {
            return Ok(());
        }
        let files = InTree(self.bench.lab.tree());
        let top = format!("{}/", self.bench.lab.tree().display());
        let place = self.place(&base.tests, &files, &top);
        let reaches: Vec<&Asked> = base
            .reach
            .iter()
            .flatten()
            .zip(known)
            .filter(|(_, k)| k.killer().is_some())
            .map(|(came, _)| match came {
                Came::By(reach) => &reach.asked,
                _ => &Asked::All,
            })
            .collect();
        let asked = if base.reach.is_none() { Asked::All } else { together(&reaches) };
        let limit = (base.expected_ms(&asked) * PATIENCE).div_ceil(1000) + GRACE_S;
        let (suite, really) = place.asked(&asked, base.failing.is_empty(), limit);
        let ran = self.run("mutants-after", &suite);
        match verdict::of(&ran, &base.failing, &really) {
            Verdict::Passed(_) => Ok(()),
            Verdict::Caught { by, said, .. } => {
                Err(format!("{by} fails without a mutant as well, after it passed: {said}"))
            }
            Verdict::Timeout => {
                Err("the tests do not end without a mutant either, though they did".to_owned())
            }
            Verdict::Unviable(why) | Verdict::Unclear(why) => {
                Err(format!("the tests could not be run again without a mutant: {why}"))
            }
        }
    }
}

/// All tests of several askings.
fn together(all: &[&Asked]) -> Asked {
    let (mut words, mut names, mut ids) = (BTreeSet::new(), Some(BTreeSet::new()), BTreeSet::new());
    for one in all {
        match one {
            Asked::All => return Asked::All,
            Asked::Some { words: w, run, ids: i } => {
                words.extend(w.iter().cloned());
                ids.extend(i.iter().cloned());
                match (&mut names, run) {
                    (Some(names), Some(run)) => names.extend(run.iter().cloned()),
                    _ => names = None,
                }
            }
        }
    }
    Asked::Some { words, run: names, ids: ids.into_iter().collect() }
}

impl Base {
    fn passed(&self) -> u64 {
        self.tests.results.iter().filter(|r| r.outcome == TestOutcome::Passed).count() as u64
    }

    /// What these tests take without a mutant, as far as the runner says it.
    fn expected_ms(&self, asked: &Asked) -> u64 {
        let Asked::Some { ids, .. } = asked else { return self.ms };
        let of = |only: &dyn Fn(&TestId) -> bool| -> u64 {
            self.tests.results.iter().filter(|r| only(&r.id)).filter_map(|r| r.ms).sum()
        };
        let all = of(&|_| true).min(self.ms);
        let starting = self.ms - all;
        let some = if ids.is_empty() {
            all
        } else {
            let suites: BTreeSet<&str> = ids.iter().map(|id| id.suite.as_str()).collect();
            of(&|id| suites.contains(id.suite.as_str())).min(all)
        };
        starting + some
    }
}

fn is_whole(ran: &Ran) -> bool {
    ran.errors.is_empty() && ran.tests.gap.is_none() && ran.tests.suites.iter().all(|s| s.trouble.is_none())
}

fn is_green(ran: &Ran) -> bool {
    is_whole(ran)
        && red(&ran.tests).is_empty()
        && ran.tests.results.iter().any(|r| r.outcome == TestOutcome::Passed)
}

fn red(tests: &TestRun) -> BTreeSet<TestId> {
    tests.results.iter().filter(|r| r.outcome.is_failure()).map(|r| r.id.clone()).collect()
}

fn name(id: &TestId) -> TestName {
    TestName { suite: id.suite.clone(), name: id.name.clone() }
}

fn known<'m>(mutant: &'m Mutant, number: usize, end: End, ids: &[TestId], tests: u64, ms: u64) -> Known<'m> {
    let tried = Tried {
        id: u32::try_from(number).unwrap_or(u32::MAX),
        end,
        reached_by: ids.iter().take(MOST_NAMED).map(name).collect(),
        more: ids.len().saturating_sub(MOST_NAMED),
        tests: usize::try_from(tests).unwrap_or(usize::MAX),
        processes: 1,
        ms,
    };
    Known::tried(mutant, tried).built_alone()
}

/// Without probes a mutant that nobody notices may be in code that the tests never load: what is missed counts only in
/// files of which another mutant was caught.
fn doubt_unseen(known: &mut [Known<'_>]) {
    let seen: BTreeSet<String> =
        known.iter().filter(|k| k.killer().is_some()).map(|k| k.path().to_owned()).collect();
    for one in known.iter_mut().filter(|k| k.is_missed() && !seen.contains(k.path())) {
        one.doubt("the tests pass with it, and it cannot be told whether they run this file");
    }
}

/// What the suites together say of each mutant; each has spoken of those that it is asked about, in their order.
pub(super) fn joined<'m>(
    said: Vec<(usize, Vec<Known<'m>>)>,
    projects: &[Project],
    mutants: &'m [Mutant],
) -> Vec<Known<'m>> {
    let mut said: Vec<_> = said.into_iter().map(|(project, known)| (project, known.into_iter())).collect();
    let of = |mutant: &'m Mutant| {
        let speakers = said.iter_mut().filter(|(project, _)| super::asks(&projects[*project], mutant));
        speakers.filter_map(|(_, known)| known.next()).reduce(records::stronger)
    };
    mutants.iter().filter_map(of).collect()
}

/// Whether any project here could be asked about a file.
pub(super) fn has_suite(projects: &[Project], path: &str, language: Language) -> bool {
    projects.iter().any(|p| match p {
        Project::Suite { policy, languages } => speaks_for(policy, languages, path, language),
        Project::Cargo { .. } => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(run: &str, dir: Option<&str>) -> SuitePolicy {
        SuitePolicy {
            name: "s".to_owned(),
            prepare: None,
            run: run.to_owned(),
            dir: dir.map(str::to_owned),
            results: guard_model::policy::ResultFormat::ExitCode,
            file: None,
            timeout_s: None,
        }
    }

    #[test]
    fn a_suite_speaks_for_the_language_of_its_runner_below_its_directory() {
        let table = [
            ("pytest", None, "a.py", Language::Python, true),
            ("pytest", None, "a.go", Language::Go, false),
            ("pytest", Some("web"), "a.py", Language::Python, false),
            ("pytest", Some("web"), "web/a.py", Language::Python, true),
            ("pytest", Some("."), "web/a.py", Language::Python, true),
            ("make check", None, "a.c", Language::C, true),
        ];
        for (run, dir, path, language, expected) in table {
            assert_eq!(speaks_for(&policy(run, dir), &[], path, language), expected, "{run} {path}");
        }
    }

    #[test]
    fn tests_docs_and_settings_are_left_out() {
        let table = [
            ("src/shop.py", false),
            ("docs/conf.py", true),
            ("tests/test_a.py", true),
            ("src/vite.config.ts", true),
            ("src/config.ts", false),
            ("web/a.d.ts", true),
        ];
        for (path, expected) in table {
            assert_eq!(is_left_out(path, Language::of_path(path).unwrap()), expected, "{path}");
        }
    }

    #[test]
    fn a_narrow_run_is_expected_to_take_its_own_files_time_and_the_start() {
        let result = |suite: &str, ms| {
            let id = TestId { suite: suite.to_owned(), name: "t".to_owned() };
            let mut result = guard_model::lab::TestResult::new(id, TestOutcome::Passed);
            result.ms = Some(ms);
            result
        };
        let tests =
            TestRun { results: vec![result("a", 100), result("b", 700)], ms: 1000, ..TestRun::default() };
        let base = Base { failing: BTreeSet::new(), reach: None, ms: tests.ms, tests };
        let ids = vec![TestId { suite: "a".to_owned(), name: "t".to_owned() }];
        let some = Asked::Some { words: BTreeSet::new(), run: None, ids };
        assert_eq!((base.expected_ms(&some), base.expected_ms(&Asked::All)), (300, 1000));
    }
}
