//! Mutants that no switch can hold, each in a build of its own: constants, functions that the compiler
//! evaluates, values of hidden types.

use std::time::Instant;

use guard_model::lab::BuildState;
use guard_model::mutants::{MutantOutcome, MutantRun};
use guard_mutants::Mutant;
use guard_mutants::alone::apply;
use guard_mutants::weave::{FileMap, Id, WovenFunction};
use guard_mutants::work::{Before, Fixed, Program};

use super::grown::{Cloth, Grown, Heard, why_unbuilt};
use super::records::Known;

/// What own builds are made from and compared with.
pub(super) struct Alone<'a> {
    pub(super) grown: &'a Grown<'a>,
    pub(super) cloth: &'a Cloth,
    /// What the tests came to with no mutant on.
    pub(super) heard: &'a [Heard],
    /// The programs that `heard` is about.
    pub(super) programs: &'a [Program],
    pub(super) until: Option<Instant>,
}

impl Alone<'_> {
    /// Builds and tests one mutant; `reason` is why no switch holds it.
    pub(super) fn test<'m>(
        &self,
        id: Id,
        mutant: &'m Mutant,
        reason: &str,
        run: &mut MutantRun,
    ) -> Known<'m> {
        let not_run = |why: &str| Known::not_run(mutant, &format!("{reason}; {why}"));
        if self.until.is_some_and(|u| Instant::now() >= u) {
            return not_run("there was no time for a build of its own");
        }
        let path = mutant.path.as_str();
        let text = self.grown.field.texts[path];
        let number = self.cloth.next_function + id;
        let Some(text) = apply(text, mutant, number, self.grown.field.paths_of(path)) else {
            return not_run("it cannot be told whether the code is compiled");
        };
        // The other files stay woven: they are built already.
        let mut files = self.cloth.files.clone();
        files.iter_mut().filter(|(p, _)| p == path).for_each(|(_, t)| t.clone_from(&text));
        let mut maps = self.cloth.maps.clone();
        let mark = WovenFunction { number, span: 0..0, mutants: vec![id] };
        maps.insert(path.to_owned(), FileMap { functions: vec![mark], ..FileMap::default() });
        let began = Instant::now();
        let built = match self.grown.build("mutant", &files, &maps, self.until) {
            Ok(built) => built,
            Err(gap) => return not_run(&gap.reason),
        };
        run.build_ms += u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let said = why_unbuilt(&built);
        match built.outcome.state {
            BuildState::Ok => {}
            BuildState::Failed => return Known::plain(mutant, MutantOutcome::Unviable, &said).built_alone(),
            _ => return not_run(&said),
        }
        if !self.grown.units(&built).seen.contains(&number) {
            return Known::not_compiled(mutant);
        }
        let mut work = self.grown.work(&built, self.until);
        work.fixed = Some(Fixed { id, before: self.before() });
        let (_, mut tried) = self.grown.run_work(&work, run);
        match tried.pop() {
            Some(tried) => Known::tried(mutant, tried).built_alone(),
            None => not_run("its tests could not be run"),
        }
    }

    fn before(&self) -> Vec<Before> {
        let of = |heard: &Heard| {
            let program = self.programs.get(heard.program)?;
            let failed = heard.failed.iter().cloned().collect();
            let is_known = heard.trouble.is_none();
            Some(Before { suite: program.suite.clone(), is_known, failed, ms: heard.ms })
        };
        self.heard.iter().filter_map(of).collect()
    }
}
