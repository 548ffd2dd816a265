//! Mutants of one workspace, on their way through build and tests.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use guard_exec::Exit;
use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{BuildState, TestId};
use guard_model::mutants::{MutantOutcome, MutantRun};
use guard_mutants::Mutant;
use guard_mutants::find::OperatorSet;
use guard_mutants::plan::{PLAN_VARIABLE, Plan, Unit};
use guard_mutants::weave::{FileMap, Id, Paths, number, places, weave};
use guard_mutants::work::{End, Program, RUNNER_ARG, Seen, Told, Tried, Work};

use super::alone::Alone;
use super::documentation::Documentation;
use super::kept::{self, Keeper};
use super::killers::Killers;
use super::overlay::Overlay;
use super::programs;
use super::records::{self, Known};
use super::{Wanted, left_ms, silenced};
use crate::lab::cargo::{self, Built, Order, Workspace};
use crate::lab::millis;
use crate::lab::workbench::Workbench;

/// The share of the memory limit that one test and what it starts may take: the others run beside it.
const MEMORY_SHARE: u64 = 2;

/// Mutants of one cargo workspace.
#[derive(Default)]
pub(super) struct Field<'a> {
    /// In the order in which they are wanted.
    pub(super) mutants: Vec<&'a Mutant>,
    /// The files that they are in.
    pub(super) texts: BTreeMap<&'a str, &'a str>,
    /// The packages that they are in.
    pub(super) packages: BTreeSet<String>,
    /// Files of packages of the 2015 edition.
    pub(super) old_paths: BTreeSet<String>,
    /// Files of procedural macros, which run in the compiler.
    pub(super) of_macros: BTreeSet<String>,
}

impl Field<'_> {
    pub(super) fn paths_of(&self, path: &str) -> Paths {
        if self.old_paths.contains(path) { Paths::Local } else { Paths::Global }
    }
}

/// Mutants of a workspace, on their way through build and tests.
pub(super) struct Grown<'a> {
    pub(super) bench: &'a Workbench<'a>,
    pub(super) workspace: &'a Workspace,
    pub(super) fetched: &'a cargo::Fetched,
    pub(super) field: &'a Field<'a>,
    pub(super) wanted: &'a Wanted,
    pub(super) kept: kept::Place<'a>,
}

/// All files woven.
pub(super) struct Cloth {
    pub(super) files: Vec<(String, String)>,
    pub(super) maps: BTreeMap<String, FileMap>,
    left_out: BTreeMap<Id, String>,
    /// The first number that no function has.
    pub(super) next_function: u32,
}

/// What a program's tests came to with no mutant on.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub(super) program: usize,
    pub(super) passed: usize,
    pub(super) failed: Vec<String>,
    pub(super) trouble: Option<String>,
    pub(super) ms: u64,
    /// All that was seen of it, where that is new.
    pub(super) seen: Option<Seen>,
}

impl Grown<'_> {
    pub(super) fn test(&self, run: &mut MutantRun) {
        let numbered = number(self.field.mutants.iter().copied());
        let cloth = self.woven(&numbered);
        let mut ends: BTreeMap<Id, Known<'_>> = BTreeMap::new();
        let began = Instant::now();
        let built = self.build("mutants", &cloth.files, &cloth.maps, self.wanted.until.of_build());
        let built = match built.and_then(built_tests) {
            Ok(built) => built,
            Err(gap) => {
                run.gaps.push(silenced(gap));
                let why = "the tests could not be built with it";
                self.record(&numbered, |mutant, _| Known::not_run(mutant, why), run);
                return;
            }
        };
        run.build_ms += millis(began);
        run.command.clone_from(&built.outcome.command);
        run.log.clone_from(&built.outcome.log);
        let until = self.wanted.until.of_runs();
        let unit = self.units(&built);
        let function_of: BTreeMap<Id, u32> = cloth
            .maps
            .values()
            .flat_map(|m| &m.functions)
            .flat_map(|f| f.mutants.iter().map(|id| (*id, f.number)))
            .collect();
        let id_of = |m: &Mutant| numbered.iter().find(|(_, n)| std::ptr::eq(*n, m)).map(|(id, _)| *id);
        let wanted: Vec<(Id, &Mutant)> =
            self.field.mutants.iter().filter_map(|m| Some((id_of(m)?, *m))).collect();
        let (mut switched, mut fixed) = (Vec::new(), Vec::new());
        for (id, mutant) in wanted {
            let seen = function_of.get(&id).is_none_or(|f| unit.seen.contains(f));
            if let Some(reason) = cloth.left_out.get(&id).or_else(|| unit.unwoven.get(&id)) {
                fixed.push((id, mutant, reason.as_str()));
            } else if let Some(said) = unit.unviable.get(&id) {
                ends.insert(id, Known::plain(mutant, MutantOutcome::Unviable, said));
            } else if seen {
                switched.push((id, function_of.get(&id).copied().unwrap_or(0)));
            } else {
                ends.insert(id, Known::not_compiled(mutant));
            }
        }
        let began = Instant::now();
        let mut work = self.work(&built, until);
        work.places = places(&numbered);
        work.mutants = switched;
        if fixed.is_empty() {
            self.set_apart(&built, &mut work);
            run.apart += work.programs.iter().filter(|p| p.is_apart).count() as u64;
        }
        let killers = Killers::read(self.bench.lab.killers());
        work.killers = killers.hints(&numbered);
        let keeper = Keeper::new(&self.kept, &built.sources, &numbered, &work.programs, &built.started);
        work.kept = keeper.known(&work.programs);
        let (mut heard, mut tried) = self.run_work(&work, run);
        killers.learn(&numbered, &tried);
        let seen = heard.iter_mut().filter_map(|h| Some((h.program, h.seen.take()?))).collect();
        keeper.learn(&work.programs, &seen, &tried);
        run.run_ms += millis(began);
        self.hear(&work, &heard, run);
        let mut asked = BTreeSet::new();
        if self.wanted.doctests {
            let documentation = Documentation { grown: self, cloth: &cloth, unit: &unit, until };
            match documentation.ask(&work, &mut tried) {
                Ok(ids) => asked = ids,
                // Findings say that they were not asked.
                Err(gap) => run.gaps.push(gap),
            }
        }
        for one in tried {
            let Some((id, mutant)) = numbered.iter().find(|(id, _)| *id == one.id) else { continue };
            let is_asked = asked.contains(id);
            let known = match self.elsewhere(mutant, is_asked) {
                Some(why) if one.end == End::Uncovered => Known::not_run(mutant, why),
                _ => Known::tried(mutant, one),
            };
            ends.insert(*id, if is_asked { known.with_doctests() } else { known });
        }
        let own = self.wanted.alone.map(|time| Instant::now() + time);
        let until = until.into_iter().chain(own).min();
        let alone = Alone { grown: self, cloth: &cloth, heard: &heard, programs: &work.programs, until };
        for (id, mutant, reason) in fixed {
            ends.insert(id, alone.test(id, mutant, reason, run));
        }
        let over = "the time was over before";
        let of = |mutant, id| ends.remove(&id).unwrap_or_else(|| Known::not_run(mutant, over));
        self.record(&numbered, of, run);
    }

    /// Where a mutant may be met without a test program: nobody can say then that no test reaches it. `is_asked` when
    /// documentation tests were.
    fn elsewhere(&self, mutant: &Mutant, is_asked: bool) -> Option<&'static str> {
        let path = mutant.path.as_str();
        let function = mutant.function.as_ref().and_then(|f| self.field.texts[path].get(f.span.clone()));
        if self.field.of_macros.contains(path) {
            Some("it runs in the compiler, where it is not seen")
        } else if !is_asked
            && self.wanted.operators == OperatorSet::Guard
            && function.is_some_and(|f| f.contains("```"))
        {
            Some("no test reaches it, and the examples in its documentation were not asked")
        } else {
            None
        }
    }

    fn woven(&self, numbered: &[(Id, &Mutant)]) -> Cloth {
        let mut cloth =
            Cloth { files: Vec::new(), maps: BTreeMap::new(), left_out: BTreeMap::new(), next_function: 1 };
        for (path, text) in &self.field.texts {
            let of_file: Vec<(Id, &Mutant)> =
                numbered.iter().filter(|(_, m)| m.path == *path).copied().collect();
            let woven = weave(text, &of_file, cloth.next_function, self.field.paths_of(path));
            cloth.next_function += u32::try_from(woven.map.functions.len()).unwrap_or(u32::MAX);
            cloth.left_out.extend(woven.left_out);
            cloth.files.push(((*path).to_owned(), woven.text));
            cloth.maps.insert((*path).to_owned(), woven.map);
        }
        cloth
    }

    fn target(&self) -> PathBuf {
        let tree = self.bench.lab.tree();
        self.workspace
            .target_dir_override(&tree)
            .unwrap_or_else(|| self.workspace.metadata.target_directory.as_std_path().to_owned())
            .join("guard-mutants")
    }

    /// guard, as children of the lab can start it.
    fn program(&self) -> std::io::Result<PathBuf> {
        self.bench.lab.program(&self.bench.ctl.own_program()?)
    }

    /// Builds the tests with `files` in place of the originals.
    pub(super) fn build(
        &self,
        name: &str,
        files: &[(String, String)],
        maps: &BTreeMap<String, FileMap>,
        until: Option<Instant>,
    ) -> Result<Built, Gap> {
        let left = until.map(|u| u.saturating_duration_since(Instant::now()));
        let over = || Gap::new(GapKind::Budget, "the budget of the run had no time left to build mutants");
        if left.is_some_and(|l| l.is_zero()) {
            return Err(over());
        }
        let env = self.wrapped(maps)?;
        let _overlay = Overlay::put(&self.bench.lab.tree(), files, &self.bench.lab.woven_times())
            .map_err(|e| Gap::new(GapKind::Input, format!("the mutants cannot be written: {e}")))?;
        let order = Order { name, selection: self.selection(), env, wall: left };
        let built = cargo::build_order(self.bench, self.workspace, self.fetched.lacks.as_ref(), &order);
        if until.is_some_and(|u| Instant::now() >= u) && built.outcome.state == BuildState::Inconclusive {
            return Err(over());
        }
        Ok(built)
    }

    /// What makes cargo start guard in the compiler's place, and guard find what it is to do there.
    pub(super) fn wrapped(
        &self,
        maps: &BTreeMap<String, FileMap>,
    ) -> Result<Vec<(&'static str, OsString)>, Gap> {
        let failed = |what: &str, e: &dyn std::fmt::Display| Gap::new(GapKind::Input, format!("{what}: {e}"));
        let (tree, target) = (self.bench.lab.tree(), self.target());
        let program = self.program().map_err(|e| failed("guard cannot find its own program", &e))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let plan = Plan {
            build: format!("{now:?}"),
            units: target.join("units"),
            switches: target.join("switches"),
            files: maps.iter().map(|(path, map)| (tree.join(path), map.clone())).collect(),
        };
        let path = self.bench.lab.out().join("mutants-plan.json");
        fs::write(&path, serde_json::to_vec(&plan).unwrap_or_default())
            .map_err(|e| failed("the plan of mutants cannot be written", &e))?;
        Ok(vec![("RUSTC_WORKSPACE_WRAPPER", program.into()), (PLAN_VARIABLE, path.into())])
    }

    /// What is built. guard asks all tests that the policy selects, because a mutant that only another package's
    /// tests catch is not missed; cargo-mutants asks those of the mutants' own packages.
    pub(super) fn selection(&self) -> Vec<String> {
        let policy = &self.bench.policy.cargo;
        let mut selection = match self.wanted.operators {
            OperatorSet::Guard => cargo::selection(policy),
            OperatorSet::CargoMutants => {
                let packages = self.field.packages.iter().map(|p| format!("--package={p}"));
                packages.chain(cargo::features(policy)).collect()
            }
        };
        if !policy.all_targets && !self.tests_use_examples() {
            selection.push("--tests".to_owned());
        }
        selection.extend(self.wanted.cargo_args.iter().cloned());
        selection
    }

    /// Whether a test may start one of the examples, which are not built for nothing then.
    fn tests_use_examples(&self) -> bool {
        let packages = &self.workspace.metadata.packages;
        let mut tests = packages.iter().flat_map(|p| &p.targets).filter(|t| t.is_test());
        tests.any(|t| fs::read_to_string(&t.src_path).is_ok_and(|text| text.contains("examples")))
    }

    /// What the wrapper found in the units of this build, all of it together.
    pub(super) fn units(&self, built: &Built) -> Unit {
        let mut all = Unit::default();
        let dir = self.target().join("units");
        for name in &built.units {
            let unit = fs::read(dir.join(format!("{name}.json"))).ok();
            let Some(unit) = unit.and_then(|b| serde_json::from_slice::<Unit>(&b).ok()) else { continue };
            all.seen.extend(&unit.seen);
            all.rounds += unit.rounds;
            all.switch = all.switch.or_else(|| unit.switch.clone());
            all.join(unit);
        }
        all
    }

    /// The programs of a build, with nothing to do yet.
    pub(super) fn work(&self, built: &Built, until: Option<Instant>) -> Work {
        let programs = built.binaries.iter().map(|b| Program {
            suite: b.suite.clone(),
            path: b.path.clone(),
            cwd: b.cwd.clone(),
            env: b.env.clone(),
            libtest: b.libtest,
            is_apart: false,
        });
        let limits = &self.bench.policy.limits;
        Work {
            programs: programs.collect(),
            places: BTreeMap::new(),
            mutants: Vec::new(),
            killers: BTreeMap::new(),
            kept: BTreeMap::new(),
            fixed: None,
            notes: self.bench.lab.out().join("mutants-notes"),
            workers: std::thread::available_parallelism().map_or(1, usize::from),
            budget_ms: until.map(left_ms),
            limit_ms: limits.test_s * 1000,
            memory: (limits.memory_mib << 20) / MEMORY_SHARE,
        }
    }

    /// Finds the programs whose tests cannot meet any mutant: neither they nor anything that a test may start or load
    /// holds one of the functions.
    fn set_apart(&self, built: &Built, work: &mut Work) {
        let is_told = |m: &&Mutant| m.function.as_ref().is_some_and(|f| !f.is_const);
        let wanted: BTreeSet<u32> = work.mutants.iter().map(|(_, function)| *function).collect();
        let may_hold = |path: &PathBuf| programs::functions_in(path).is_none_or(|f| !f.is_disjoint(&wanted));
        if !self.field.mutants.iter().all(is_told) || built.started.iter().any(may_hold) {
            return;
        }
        for program in &mut work.programs {
            program.is_apart = !may_hold(&program.path);
        }
    }

    /// Does the work inside of the sandbox.
    pub(super) fn run_work(&self, work: &Work, run: &mut MutantRun) -> (Vec<Heard>, Vec<Tried>) {
        let bench = self.bench;
        let (mut heard, mut tried) = (Vec::new(), Vec::new());
        let path = bench.lab.out().join("mutants-work.json");
        if let Err(e) = fs::write(&path, serde_json::to_vec(&work).unwrap_or_default()) {
            run.gaps.push(silenced(Gap::new(GapKind::Input, format!("the mutants cannot be run: {e}"))));
            return (heard, tried);
        }
        let wall_s = work.budget_ms.map_or(24 * 3600, |ms| (ms + work.limit_ms) / 1000 + 1);
        let Ok(program) = self.program() else { return (heard, tried) };
        let cmd = bench
            .child(program, &bench.lab.tree(), wall_s)
            .arg(RUNNER_ARG)
            .arg(OsString::from(path))
            .log_to(bench.run.log("mutants"));
        let output = match cmd.run(bench.ctl) {
            Ok(output) => output,
            Err(e) => {
                let reason = format!("the mutants cannot be run: {e}");
                run.gaps.push(silenced(Gap::new(GapKind::Sandbox, reason)));
                return (heard, tried);
            }
        };
        if output.exit != Exit::Code(0) {
            let reason = format!("running mutants ended early: {}: {}", output.exit, output.tail(2));
            run.gaps.push(silenced(Gap::new(GapKind::Budget, reason)));
        }
        for told in output.text().lines().filter_map(|l| serde_json::from_str::<Told>(l).ok()) {
            match told {
                Told::Tried(one) => tried.push(one),
                Told::Baseline { program, passed, failed, trouble, ms, seen } => {
                    heard.push(Heard { program, passed, failed, trouble, ms, seen });
                }
            }
        }
        (heard, tried)
    }

    /// Notes what the tests came to with no mutant on.
    fn hear(&self, work: &Work, heard: &[Heard], run: &mut MutantRun) {
        for one in heard {
            let suite = work.programs.get(one.program).map_or("", |p| p.suite.as_str());
            run.tests += one.passed as u64;
            let failed = one.failed.iter().cloned();
            run.failing.extend(failed.map(|name| TestId { suite: suite.to_owned(), name }));
            if let Some(trouble) = &one.trouble {
                let reason = format!("suite `{suite}` says nothing of mutants: {trouble}");
                run.gaps.push(silenced(Gap::new(GapKind::Input, reason)));
            }
        }
    }

    fn record<'m>(
        &self,
        numbered: &[(Id, &'m Mutant)],
        mut of: impl FnMut(&'m Mutant, Id) -> Known<'m>,
        run: &mut MutantRun,
    ) {
        for (id, mutant) in numbered {
            run.list.push(records::record(&of(mutant, *id), self.field.texts[mutant.path.as_str()]));
        }
    }
}

/// A build whose tests can be run.
fn built_tests(built: Built) -> Result<Built, Gap> {
    if built.outcome.state == BuildState::Ok {
        return Ok(built);
    }
    let reason = format!("no mutants: the tests do not build: {}", why_unbuilt(&built));
    let gap = Gap::new(GapKind::Input, reason);
    Err(match built.outcome.log {
        Some(log) => gap.logged(log),
        None => gap,
    })
}

/// Why a build gave nothing to run, as far as it said.
pub(super) fn why_unbuilt(built: &Built) -> String {
    let said = built.outcome.errors.first().map(|e| e.message.clone());
    said.or_else(|| built.outcome.gap.as_ref().map(|g| g.reason.clone())).unwrap_or_default()
}
