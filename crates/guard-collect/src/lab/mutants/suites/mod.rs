//! Mutants of languages other than Rust: written into the tree one at a time, and shown to the tests that come by.
//!
//! One run of the suite with probes at all of their places tells which tests those are, and is the baseline as
//! well. After all mutants the tests that caught some are run once more without any: should they fail now, nothing
//! that was seen is the mutants' doing.

mod ask;
mod base;
mod files;
mod verdict;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use guard_model::Language;
use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{BuildState, TestId, TestRun};
use guard_model::mutants::{MutantOutcome, MutantRun, UNLOADED};
use guard_model::policy::SuitePolicy;
use guard_mutants::Mutant;
use guard_mutants::others;
use guard_mutants::work::{End, TestName, Tried};

use super::records::{self, Known};
use super::{Wanted, silenced};
use crate::lab::millis;
use crate::lab::project::{Files, Project};
use crate::lab::suite::{self, InTree, Ran};
use crate::lab::workbench::{User, Workbench};
use ask::{Asked, Place, Reach};
use base::{Base, Came};
pub(super) use files::{has_suite, is_left_out, speaks_for};
use verdict::Verdict;
use written::Written;

/// Tests named with a mutant.
const MOST_NAMED: usize = 12;

/// A mutant that takes so many times what its tests take is one that does not end.
const PATIENCE: u64 = 5;

/// On top of that, in seconds: starting a runner takes longer at times.
const GRACE_S: u64 = 5;

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
    /// What it took at head, where that is known.
    pub(super) head_ms: Option<u64>,
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
        if let Some(gap) = self.is_too_slow(until) {
            run.gaps.push(silenced(gap.clone()));
            return all(&gap.reason);
        }
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

    /// A suite that takes longer than there is time would only be cut off.
    fn is_too_slow(&self, until: Option<Instant>) -> Option<Gap> {
        let (took, left) = (self.head_ms?, until?.saturating_duration_since(Instant::now()));
        (u128::from(took) >= left.as_millis()).then(|| {
            let reason = format!(
                "suite `{}` takes {} s, and the budget has {} s left for mutants",
                self.suite.name,
                took.div_ceil(1000),
                left.as_secs()
            );
            Gap::new(GapKind::Budget, reason)
        })
    }

    fn place<'p>(&'p self, base: &'p TestRun, files: &'p dyn Files, top: &'p str) -> Place<'p> {
        Place { suite: self.suite, files, top, baseline: base }
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
                    return Known::not_run(mutant, UNLOADED);
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
        let mut verdict = verdict::of(&ran, &base.failing, &really);
        if matches!(verdict, Verdict::Unclear(_)) && really != Asked::All {
            let limit = (base.ms * PATIENCE).div_ceil(1000) + GRACE_S;
            let (suite, really) = place.asked(&Asked::All, base.failing.is_empty(), limit);
            verdict = verdict::of(&self.run("mutants-after-all", &suite), &base.failing, &really);
        }
        match verdict {
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
        kept: false,
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
