//! Documentation tests, asked about the mutants that nothing else noticed. Cargo compiles them anew whenever it runs
//! them, which can cost more than all other tests together: they are asked on request only, and about survivors alone.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::time::Instant;
use std::{fs, io};

use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{TestId, TestOutcome};
use guard_mutants::plan::Unit;
use guard_mutants::weave::{Id, SWITCH_CRATE};
use guard_mutants::work::{End, TestName, Tried, Work};
use guard_mutants::{libtest, reach};

use super::grown::{Cloth, Grown};
use super::left_ms;
use super::overlay::Overlay;
use crate::lab::cargo::{self, DocOrder, DocRun};
use crate::remove;

/// The shortest time limit with a mutant on, in seconds, and how many times their own time documentation tests get.
/// Source: cargo-mutants 27, whose limits are these.
const SHORTEST_S: u64 = 20;
const TIMES: u64 = 5;

/// Documentation tests of a woven workspace.
pub(super) struct Documentation<'a> {
    pub(super) grown: &'a Grown<'a>,
    pub(super) cloth: &'a Cloth,
    pub(super) unit: &'a Unit,
    pub(super) until: Option<Instant>,
}

impl Documentation<'_> {
    /// Asks about what is missed or unreached in `tried`, and changes its end where they say so; those that they were
    /// asked about.
    ///
    /// # Errors
    /// Why they could not be asked.
    pub(super) fn ask(&self, work: &Work, tried: &mut [Tried]) -> Result<BTreeSet<Id>, Gap> {
        let mut asked = BTreeSet::new();
        let mut survivors: Vec<&mut Tried> =
            tried.iter_mut().filter(|t| matches!(t.end, End::Missed | End::Uncovered)).collect();
        if survivors.is_empty() {
            return Ok(asked);
        }
        if !cargo::has_library(self.grown.workspace) {
            return Ok(survivors.iter().map(|t| t.id).collect());
        }
        let env = self.environment()?;
        let bench = self.grown.bench;
        let failed = |e: std::io::Error| Gap::new(GapKind::Input, format!("mutants cannot be written: {e}"));
        let tree = bench.lab.tree();
        let overlay = Overlay::put(&tree, &self.cloth.files, &bench.lab.woven_times()).map_err(failed)?;
        self.cut(&overlay).map_err(failed)?;
        let notes = bench.lab.out().join("mutants-notes").join("documentation");
        // Notes of an earlier run are of other places.
        remove::all(&notes).and_then(|()| fs::create_dir_all(&notes)).map_err(failed)?;
        let traced = [
            &env[..],
            &[("GUARD_MUTANT", "trace".into()), ("GUARD_MUTANT_NOTES", notes.clone().into_os_string())],
        ]
        .concat();
        let left_s = self.until.map_or(u64::MAX, |until| left_ms(until) / 1000);
        let before = self.run(&traced, None, bench.policy.limits.test_s.min(left_s))?;
        if before.is_cut {
            return Err(Gap::new(GapKind::Budget, "the time was over before the documentation tests ended"));
        }
        let green = passed(&before);
        let is_red = before.results.iter().any(|r| r.outcome == TestOutcome::Failed);
        let reached = reach::places(&notes).map_err(failed)?;
        let limit_s = (before.ms / 1000 + 1).saturating_mul(TIMES).max(SHORTEST_S);
        for one in &mut survivors {
            let place = work.places.iter().find(|(_, ids)| ids.contains(&one.id)).map(|(first, _)| first);
            if !place.is_some_and(|p| reached.contains(p)) {
                asked.insert(one.id);
                continue;
            }
            let is_unreached = one.end == End::Uncovered;
            let end = self.try_one(&env, one.id, &green, limit_s)?;
            match end {
                // Perhaps only one that fails without it comes by.
                Some(End::Missed) | None if is_unreached && (is_red || end.is_none()) => {
                    let why = "documentation tests reach it, and do not settle it";
                    one.end = End::NotRun { why: why.to_owned() };
                }
                Some(end) => {
                    asked.insert(one.id);
                    one.end = end;
                    one.tests += green.len();
                }
                None => {}
            }
        }
        Ok(asked)
    }

    /// What documentation tests make of one mutant that they reach; `None` where they do not say.
    fn try_one(
        &self,
        env: &[(&'static str, OsString)],
        id: Id,
        green: &BTreeSet<TestId>,
        limit_s: u64,
    ) -> Result<Option<End>, Gap> {
        if self.until.is_some_and(|until| left_ms(until) < limit_s * 1000) {
            return Ok(None);
        }
        let on = |id: Id| [env, &[("GUARD_MUTANT", id.to_string().into())]].concat();
        let with = self.run(&on(id), None, limit_s)?;
        if with.is_cut {
            let suite = green.first().map(|t| t.suite.clone()).unwrap_or_default();
            return Ok(Some(End::Timeout { by: TestName { suite, name: "documentation tests".to_owned() } }));
        }
        let Some(red) =
            with.results.iter().find(|r| r.outcome == TestOutcome::Failed && green.contains(&r.id))
        else {
            let all = passed(&with).is_superset(green);
            return Ok(all.then_some(End::Missed));
        };
        // It may be one that fails now and then.
        let again = self.run(&on(0), word_of(&red.id.name), limit_s)?;
        if !passed(&again).contains(&red.id) {
            return Ok(None);
        }
        let text = red.message.as_deref().unwrap_or_default();
        let (said, how) = libtest::said(text, "").unwrap_or_else(|| {
            let said = text.lines().next().unwrap_or("it failed");
            (said.to_owned(), libtest::kind_of(said))
        });
        let by = TestName { suite: red.id.suite.clone(), name: red.id.name.clone() };
        Ok(Some(End::Caught { by, said, how }))
    }

    fn run(&self, env: &[(&'static str, OsString)], only: Option<&str>, wall_s: u64) -> Result<DocRun, Gap> {
        let selection = self.grown.selection();
        let order = DocOrder { name: "doctests-mutants", selection: &selection, env, only, wall_s };
        cargo::run_doctests(self.grown.bench, self.grown.workspace, &order)
    }

    /// Takes out what the compiler refuses: rustdoc reads the files anew.
    fn cut(&self, overlay: &Overlay) -> io::Result<()> {
        for (path, text) in &self.cloth.files {
            let mut text = text.clone().into_bytes();
            if self.cloth.maps[path].cut(&mut text, |owner| self.unit.is_out(owner)) {
                overlay.retouch(path, &text)?;
            }
        }
        Ok(())
    }

    /// What makes cargo find the woven build fresh, and the documentation's compiler find the switch crate.
    fn environment(&self) -> Result<Vec<(&'static str, OsString)>, Gap> {
        let switch = self.unit.switch.as_ref();
        let dir = switch.and_then(|s| Some((s, s.parent()?)));
        let Some((library, dir)) = dir else {
            return Err(Gap::new(GapKind::Input, "the woven build does not say what it was linked with"));
        };
        let mut flags = self.grown.bench.surroundings.var("RUSTDOCFLAGS").cloned().unwrap_or_default();
        let given = [
            format!("--extern={}={}", SWITCH_CRATE, library.display()),
            format!("-Ldependency={}", dir.display()),
            "--cap-lints=allow".to_owned(),
        ];
        for flag in given {
            if flag.contains(char::is_whitespace) {
                return Err(Gap::new(GapKind::Input, "the scratch area's path holds a blank"));
            }
            flags.push(" ");
            flags.push(flag);
        }
        let mut env = self.grown.wrapped(&self.cloth.maps)?;
        env.push(("RUSTDOCFLAGS", flags));
        Ok(env)
    }
}

/// The word of a documentation test's name that selects the fewest others: rustdoc takes its filter apart at blanks.
/// A name is `src/lib.rs - module::item`, without the item for a file's own text.
fn word_of(name: &str) -> Option<&str> {
    let (file, item) = name.split_once(" -").unwrap_or((name, ""));
    let word = if item.trim().is_empty() { file } else { item.trim() };
    (!word.contains(char::is_whitespace)).then_some(word)
}

/// The tests that passed; an item's examples share a name, and count when all of them did.
fn passed(run: &DocRun) -> BTreeSet<TestId> {
    let of = |wanted: bool| {
        let are = run.results.iter().filter(move |r| (r.outcome == TestOutcome::Passed) == wanted);
        are.map(|r| r.id.clone()).collect::<BTreeSet<_>>()
    };
    &of(true) - &of(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_selected_by_its_item() {
        assert_eq!(word_of("src/lib.rs - a::double"), Some("a::double"));
        assert_eq!(word_of("src/lib.rs -"), Some("src/lib.rs"));
        assert_eq!(word_of("src/lib.rs"), Some("src/lib.rs"));
        assert_eq!(word_of("a file.md -"), None);
    }
}
