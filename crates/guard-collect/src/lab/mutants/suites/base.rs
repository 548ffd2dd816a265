//! The suite without a mutant: what its tests come to, and who comes by which place.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Instant;

use guard_exec::Exit;
use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{TestId, TestOutcome, TestRun};
use guard_mutants::Mutant;
use guard_mutants::others::{self, Noted, Traced};

use super::Bed;
use super::ask::{Asked, Reach};
use super::written::Written;
use crate::lab::project::below;
use crate::lab::runner::{Call, Runner};
use crate::lab::suite::{self, InTree, Ran};
use crate::lab::text::clip;

/// What the suite comes to without a mutant, and who comes by which.
pub(super) struct Base {
    pub(super) tests: TestRun,
    pub(super) failing: BTreeSet<TestId>,
    /// Each mutant's own; none where nothing is known of who comes by.
    pub(super) reach: Option<Vec<Came>>,
    pub(super) ms: u64,
}

/// What the probes say of one mutant.
pub(super) enum Came {
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

impl Bed<'_, '_> {
    /// Runs the suite with probes, and where that is no use as it is.
    pub(super) fn base(&self, until: Option<Instant>) -> Result<Base, Gap> {
        let notes = self.bench.lab.out().join("came-by");
        // Notes of an earlier run must not speak for this one.
        let _ = fs::remove_file(&notes);
        let compiled = self.compiled();
        let probed = self.probed(&notes.display().to_string(), compiled.as_ref());
        let limit = self.limit(None, until)?;
        let ran = if probed.is_empty() {
            None
        } else {
            let mut written = Written::none(&self.bench.lab.tree());
            let put = probed.iter().try_for_each(|(path, traced)| {
                written.put(path, self.files[path.as_str()].text, &traced.text)
            });
            let helped = put.and_then(|()| self.helpers(&notes.display().to_string(), &probed, &mut written));
            helped.is_ok().then(|| self.run("mutants-trace", &self.plain_suite(limit)))
        };
        if let Some(ran) = ran.as_ref().filter(|ran| is_green(ran)) {
            return Ok(self.with_reach(ran, &probed, &notes, compiled.as_ref()));
        }
        // What does not end with probes does not end without them either.
        if let Some(gap) =
            ran.as_ref().filter(|r| r.exit == Some(Exit::TimedOut)).and_then(|r| r.tests.gap.clone())
        {
            return Err(gap);
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
            return Ok(self.with_reach(ran, &probed, &notes, compiled.as_ref()));
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

    fn with_reach(
        &self,
        ran: &Ran,
        probed: &BTreeMap<String, Traced>,
        notes: &std::path::Path,
        compiled: Option<&BTreeSet<String>>,
    ) -> Base {
        let text = fs::read(notes).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default();
        let noted = others::noted(&text);
        let mut by_probe: BTreeMap<u32, Vec<&Noted>> = BTreeMap::new();
        for note in &noted {
            by_probe.entry(note.probe).or_default().push(note);
        }
        let files = InTree(self.bench.lab.tree());
        let top = format!("{}/", self.bench.lab.tree().display());
        let place = self.place(&ran.tests, &files, &top);
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let reach = self
            .mutants
            .iter()
            .map(|mutant| {
                let nth = numbers.entry(&mutant.path).or_default();
                *nth += 1;
                if compiled.is_some_and(|c| !c.contains(&mutant.path)) {
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
    fn probed(&self, notes: &str, compiled: Option<&BTreeSet<String>>) -> BTreeMap<String, Traced> {
        let mut first = 1;
        let mut found = BTreeMap::new();
        for (path, file) in self.files.iter().filter(|(path, _)| compiled.is_none_or(|c| c.contains(**path)))
        {
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
    fn helpers(
        &self,
        notes: &str,
        probed: &BTreeMap<String, Traced>,
        written: &mut Written,
    ) -> std::io::Result<()> {
        let mut dirs = BTreeSet::new();
        for (path, file) in self.files.iter().filter(|(path, _)| probed.contains_key(**path)) {
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
}

impl Base {
    pub(super) fn passed(&self) -> u64 {
        self.tests.results.iter().filter(|r| r.outcome == TestOutcome::Passed).count() as u64
    }

    /// What these tests take without a mutant, as far as the runner says it.
    pub(super) fn expected_ms(&self, asked: &Asked) -> u64 {
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

#[cfg(test)]
mod tests {
    use super::*;

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
