//! Mutants of the changed code: woven into head's tree, built once, run against the tests that reach them.

mod overlay;
mod records;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use guard_exec::Exit;
use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{BuildState, TestId};
use guard_model::mutants::{MutantOutcome, MutantRun};
use guard_model::{FileChange, FileKind, Hunk, Language, Side};
use guard_mutants::Mutant;
use guard_mutants::find::{self, OperatorSet};
use guard_mutants::plan::{PLAN_VARIABLE, Plan, Unit};
use guard_mutants::scope;
use guard_mutants::weave::{FileMap, Id, Paths, number, places, weave};
use guard_mutants::work::{Program, RUNNER_ARG, Told, Tried, Work};

use super::cargo::{self, Built, Order, Workspace};
use super::project::Project;
use super::workbench::Workbench;
use super::{Findings, Request, Session, millis};
use overlay::Overlay;
use records::Known;

/// The checks that say nothing when mutants could not be run.
const CHECKS: [&str; 2] = ["missed-mutant", "uncovered-change"];

/// The share of the memory limit that one test and what it starts may take: the others run beside it.
const MEMORY_SHARE: u64 = 2;

/// Which mutants are wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Whose operators.
    pub operators: OperatorSet,
    /// All mutants of functions that were changed, not only those on changed lines.
    pub whole_functions: bool,
    /// Only in these files, when any are named.
    pub files: Vec<String>,
    /// Only in functions with one of these in their names.
    pub functions: Vec<String>,
    /// One part of so many.
    pub shard: Option<(usize, usize)>,
    /// Only name them.
    pub list_only: bool,
    /// When to stop; `None` for no limit.
    pub budget: Option<Duration>,
    /// More arguments for cargo.
    pub cargo_args: Vec<String>,
}

/// Tests mutants of a change, and nothing else.
pub fn run(request: &Request<'_>, wanted: &Wanted) -> Findings {
    let mut session = match Session::open(request) {
        Ok(session) => session,
        Err(gap) => return Findings { evidence: None, gaps: vec![gap], phases: Vec::new() },
    };
    let run = session.mutants(wanted);
    let evidence = guard_model::lab::LabEvidence {
        sandbox: super::sandbox(request.ctl),
        head: None,
        base: None,
        old_tests_on_new_code: None,
        new_tests_on_old_code: None,
        benches: Vec::new(),
        mutants: Some(run),
    };
    session.finish(Some(evidence))
}

/// A changed file at head.
struct Changed<'c> {
    change: &'c FileChange,
    text: String,
    base: Option<String>,
}

/// Mutants of one cargo workspace.
struct Field<'a> {
    mutants: Vec<&'a Mutant>,
    texts: BTreeMap<&'a str, &'a str>,
    /// The packages that they are in.
    packages: BTreeSet<String>,
    /// Files of packages of the 2015 edition.
    old_paths: BTreeSet<String>,
}

impl Session<'_> {
    /// The mutants of a check, in the time that is left; known outcomes are used again.
    pub(super) fn mutants_of_check(&mut self) -> MutantRun {
        let change = self.request.change;
        let projects = self.found(Side::Head).projects.clone();
        let key = self.key("mutants", &[&change.base.tree, &change.head.tree], &projects);
        if let Some(known) = self.recall(&key) {
            return known;
        }
        let budget = self.deadline.map(|d| d.saturating_duration_since(Instant::now()));
        if budget.is_some_and(|b| b.is_zero()) {
            let gap = Gap::new(GapKind::Budget, "the budget of the run had no time left for mutants");
            return MutantRun { gaps: vec![silenced(gap)], ..MutantRun::default() };
        }
        let gaps_before = self.gaps.len();
        let run = self.mutants(&Wanted {
            operators: OperatorSet::Guard,
            whole_functions: false,
            files: Vec::new(),
            functions: Vec::new(),
            shard: None,
            list_only: false,
            budget,
            cargo_args: Vec::new(),
        });
        let is_whole = run.gaps.is_empty() && run.count(MutantOutcome::NotRun) == 0;
        if is_whole && !self.request.ctl.is_interrupted() {
            self.remember(&key, &run, gaps_before);
        }
        run
    }

    /// Makes, builds and runs the mutants of the change.
    pub(super) fn mutants(&mut self, wanted: &Wanted) -> MutantRun {
        let mut run = MutantRun::default();
        let projects: Vec<Project> = self
            .found(Side::Head)
            .projects
            .iter()
            .filter(|p| matches!(p, Project::Cargo { .. }))
            .cloned()
            .collect();
        let changed = changed_rust(self.request, &mut run.gaps);
        if changed.is_empty() || projects.is_empty() {
            return run;
        }
        let provisions = match self.timed("lay out head", |s| s.lay_out(Side::Head, &projects, "head")) {
            Ok(provisions) => provisions,
            Err(gap) => {
                run.gaps.push(silenced(gap));
                return run;
            }
        };
        for (project, provision) in projects.iter().zip(provisions.projects) {
            let dir = project.dir().to_owned();
            self.timed("mutants", |s| s.mutants_in(&dir, &provision.fetched, &changed, wanted, &mut run));
        }
        run.list.sort_by(|a, b| {
            (&a.path, a.line, a.column, &a.replacement).cmp(&(&b.path, b.line, b.column, &b.replacement))
        });
        run
    }

    fn mutants_in(
        &self,
        dir: &str,
        fetched: &cargo::Fetched,
        changed: &[Changed<'_>],
        wanted: &Wanted,
        run: &mut MutantRun,
    ) {
        let bench = self.bench();
        let tree = bench.lab.tree();
        let workspace = match Workspace::read(&bench, &tree.join(dir), fetched.is_locked) {
            Ok(workspace) => workspace,
            Err(gap) => return run.gaps.push(silenced(gap)),
        };
        let sources = sources_of(&workspace, &tree);
        let mut chosen: Vec<Mutant> = Vec::new();
        let mut field = Field {
            mutants: Vec::new(),
            texts: BTreeMap::new(),
            packages: BTreeSet::new(),
            old_paths: BTreeSet::new(),
        };
        for file in changed {
            let path = file.change.path.as_str();
            let Some(owners) = sources.get(path) else { continue };
            if !wanted.files.is_empty() && !wanted.files.iter().any(|f| path.ends_with(f.as_str())) {
                continue;
            }
            match find::find(path, &file.text, wanted.operators) {
                Ok(all) => {
                    let of_file = scope_of(file, all, wanted);
                    if !of_file.is_empty() {
                        field.texts.insert(path, &file.text);
                        field.packages.extend(owners.iter().map(|o| o.package.clone()));
                        if owners.iter().any(|o| o.is_2015) {
                            field.old_paths.insert(path.to_owned());
                        }
                        chosen.extend(of_file);
                    }
                }
                Err(error) => {
                    run.gaps.push(silenced(Gap::new(GapKind::Input, format!("no mutants: {error}"))));
                }
            }
        }
        scope::order(&mut chosen);
        if let Some((part, parts)) = wanted.shard {
            chosen = scope::shard(chosen, part - 1, parts);
        }
        field.mutants = chosen.iter().collect();
        if field.mutants.is_empty() {
            return;
        }
        if wanted.list_only {
            let listed = field.mutants.iter().map(|mutant| {
                let known = Known { mutant, outcome: MutantOutcome::NotRun, reason: None, tried: None };
                records::record(&known, field.texts[mutant.path.as_str()])
            });
            run.list.extend(listed);
            return;
        }
        Grown { bench: &bench, workspace: &workspace, fetched, field: &field, wanted }.test(run);
    }
}

/// The changed files that may hold mutants.
fn changed_rust<'r>(request: &'r Request<'_>, gaps: &mut Vec<Gap>) -> Vec<Changed<'r>> {
    let read = |oid: &Option<String>| {
        let bytes = request.repo.read(oid.as_deref()?, crate::texts::MAX_TEXT).ok()?;
        String::from_utf8(bytes).ok()
    };
    let files =
        request.change.files.iter().filter(|f| {
            f.language == Some(Language::Rust) && f.content == FileKind::Text && f.new_oid.is_some()
        });
    let mut found = Vec::new();
    for change in files {
        match read(&change.new_oid) {
            Some(text) => found.push(Changed { change, text, base: read(&change.old_oid) }),
            None => gaps.push(silenced(Gap::new(
                GapKind::Input,
                format!("no mutants of `{}`: it cannot be read as UTF-8", change.path),
            ))),
        }
    }
    found
}

fn silenced(gap: Gap) -> Gap {
    gap.silences(&CHECKS)
}

/// A package that compiles a file.
struct Owner {
    package: String,
    is_2015: bool,
}

/// The files that programs and libraries of the workspace are compiled from, as far as they are not only for
/// tests, relative to the tree.
fn sources_of(workspace: &Workspace, tree: &Path) -> BTreeMap<String, Vec<Owner>> {
    let mut found: BTreeMap<String, Vec<Owner>> = BTreeMap::new();
    for package in &workspace.metadata.packages {
        let kinds = |t: &cargo_metadata::Target| {
            t.is_lib()
                || t.is_bin()
                || t.is_proc_macro()
                || t.is_cdylib()
                || t.is_rlib()
                || t.is_dylib()
                || t.is_staticlib()
        };
        let roots: Vec<String> = package
            .targets
            .iter()
            .filter(|t| kinds(t))
            .filter_map(|t| {
                Some(t.src_path.as_std_path().strip_prefix(tree).ok()?.to_string_lossy().into_owned())
            })
            .collect();
        let read = |path: &str| fs::read_to_string(tree.join(path)).ok();
        for path in find::visited(&roots, read).files {
            let owner = Owner {
                package: package.name.to_string(),
                is_2015: package.edition == cargo_metadata::Edition::E2015,
            };
            found.entry(path).or_default().push(owner);
        }
    }
    found
}

/// The lines of a file that its hunks touch.
fn touched(hunks: &[Hunk]) -> scope::Touched {
    let mut touched = scope::Touched::default();
    for hunk in hunks {
        touched.added.extend(hunk.new_start..hunk.new_start + hunk.new_lines);
        if hunk.old_lines > 0 {
            // A pure removal sits behind `new_start`.
            touched.deleted_before.insert(hunk.new_start + u32::from(hunk.new_lines == 0));
        }
    }
    touched
}

/// The mutants of a file that are wanted.
fn scope_of(file: &Changed<'_>, all: Vec<Mutant>, wanted: &Wanted) -> Vec<Mutant> {
    let touched = touched(&file.change.hunks);
    let mut kept = match (wanted.operators, wanted.whole_functions) {
        (OperatorSet::CargoMutants, _) => scope::in_diff(all, &touched),
        (OperatorSet::Guard, true) => scope::in_touched_functions(all, &touched, &file.text),
        (OperatorSet::Guard, false) => {
            scope::on_changed_lines(all, &touched, &file.change.path, &file.text, file.base.as_deref())
        }
    };
    if !wanted.functions.is_empty() {
        kept.retain(|m| {
            m.function.as_ref().is_some_and(|f| wanted.functions.iter().any(|w| f.name.contains(w.as_str())))
        });
    }
    kept
}

/// Mutants of a workspace, on their way through build and tests.
struct Grown<'a> {
    bench: &'a Workbench<'a>,
    workspace: &'a Workspace,
    fetched: &'a cargo::Fetched,
    field: &'a Field<'a>,
    wanted: &'a Wanted,
}

/// All files woven.
struct Cloth {
    files: Vec<(String, String)>,
    maps: BTreeMap<String, FileMap>,
    left_out: BTreeMap<Id, String>,
}

impl Grown<'_> {
    fn test(&self, run: &mut MutantRun) {
        let numbered = number(self.field.mutants.iter().copied());
        let cloth = self.woven(&numbered);
        let began = Instant::now();
        let built = match self.build(&cloth) {
            Ok(built) => built,
            Err(gap) => {
                run.gaps.push(silenced(gap));
                self.record(
                    &numbered,
                    |_| (MutantOutcome::NotRun, Some("the tests could not be built with it".to_owned())),
                    &[],
                    run,
                );
                return;
            }
        };
        run.build_ms += millis(began);
        run.command.clone_from(&built.outcome.command);
        run.log.clone_from(&built.outcome.log);
        let unit = self.units(&built);
        let function_of: BTreeMap<Id, u32> = cloth
            .maps
            .values()
            .flat_map(|m| &m.functions)
            .flat_map(|f| f.mutants.iter().map(|id| (*id, f.number)))
            .collect();
        let before = |id: Id| -> Option<(MutantOutcome, Option<String>)> {
            if let Some(reason) = cloth.left_out.get(&id).or_else(|| unit.unwoven.get(&id)) {
                return Some((MutantOutcome::NotRun, Some(reason.clone())));
            }
            if let Some(said) = unit.unviable.get(&id) {
                return Some((MutantOutcome::Unviable, Some(said.clone())));
            }
            let seen = function_of.get(&id).is_none_or(|f| unit.seen.contains(f));
            (!seen).then(|| {
                (
                    MutantOutcome::NotCompiled,
                    Some("not compiled with these features, on this platform".to_owned()),
                )
            })
        };
        let order: Vec<(Id, u32)> = self
            .field
            .mutants
            .iter()
            .filter_map(|m| numbered.iter().find(|(_, n)| std::ptr::eq(*n, *m)).map(|(id, _)| *id))
            .filter(|id| before(*id).is_none())
            .map(|id| (id, function_of.get(&id).copied().unwrap_or(0)))
            .collect();
        let began = Instant::now();
        let tried = self.run_tests(&built, &numbered, order, run);
        run.run_ms += millis(began);
        let ends = records::by_id(&tried);
        let of = |id: Id| {
            before(id).unwrap_or_else(|| match ends.get(&id) {
                Some(tried) => (records::outcome(&tried.end), None),
                None => (MutantOutcome::NotRun, Some("the time was over before".to_owned())),
            })
        };
        self.record(&numbered, of, &tried, run);
    }

    fn woven(&self, numbered: &[(Id, &Mutant)]) -> Cloth {
        let mut cloth = Cloth { files: Vec::new(), maps: BTreeMap::new(), left_out: BTreeMap::new() };
        let mut next_function = 1;
        for (path, text) in &self.field.texts {
            let of_file: Vec<(Id, &Mutant)> =
                numbered.iter().filter(|(_, m)| m.path == *path).copied().collect();
            let paths = if self.field.old_paths.contains(*path) { Paths::Local } else { Paths::Global };
            let woven = weave(text, &of_file, next_function, paths);
            next_function += u32::try_from(woven.map.functions.len()).unwrap_or(u32::MAX);
            cloth.left_out.extend(woven.left_out);
            cloth.files.push(((*path).to_owned(), woven.text));
            cloth.maps.insert((*path).to_owned(), woven.map);
        }
        cloth
    }

    fn target(&self) -> std::path::PathBuf {
        let tree = self.bench.lab.tree();
        self.workspace
            .target_dir_override(&tree)
            .unwrap_or_else(|| self.workspace.metadata.target_directory.as_std_path().to_owned())
            .join("guard-mutants")
    }

    /// guard, as children of the lab can start it.
    fn program(&self) -> std::io::Result<std::path::PathBuf> {
        self.bench.lab.program(&self.bench.ctl.own_program()?)
    }

    fn build(&self, cloth: &Cloth) -> Result<Built, Gap> {
        let failed = |what: &str, e: &dyn std::fmt::Display| Gap::new(GapKind::Input, format!("{what}: {e}"));
        let tree = self.bench.lab.tree();
        let target = self.target();
        let program = self.program().map_err(|e| failed("guard cannot find its own program", &e))?;
        let plan = Plan {
            units: target.join("units"),
            switches: target.join("switches"),
            files: cloth.maps.iter().map(|(path, map)| (tree.join(path), map.clone())).collect(),
        };
        let plan_path = self.bench.lab.out().join("mutants-plan.json");
        fs::write(&plan_path, serde_json::to_vec(&plan).unwrap_or_default())
            .map_err(|e| failed("the plan of mutants cannot be written", &e))?;
        let _overlay = Overlay::put(&tree, &cloth.files, &self.bench.lab.woven_times())
            .map_err(|e| failed("the mutants cannot be written", &e))?;
        let selection = self.selection();
        let order = Order {
            name: "mutants",
            selection,
            env: vec![("RUSTC_WORKSPACE_WRAPPER", program.into()), (PLAN_VARIABLE, plan_path.into())],
        };
        let built = cargo::build_order(self.bench, self.workspace, self.fetched.lacks.as_ref(), &order);
        match built.outcome.state {
            BuildState::Ok => Ok(built),
            _ => {
                let said = built.outcome.errors.first().map(|e| e.message.clone());
                let said = said.or_else(|| built.outcome.gap.as_ref().map(|g| g.reason.clone()));
                let reason = format!("no mutants: the tests do not build: {}", said.unwrap_or_default());
                let gap = Gap::new(GapKind::Input, reason);
                Err(match built.outcome.log {
                    Some(log) => gap.logged(log),
                    None => gap,
                })
            }
        }
    }

    /// What is built. guard asks all tests that the policy selects, because a mutant that only another package's
    /// tests catch is not missed; cargo-mutants asks those of the mutants' own packages.
    fn selection(&self) -> Vec<String> {
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
    fn units(&self, built: &Built) -> Unit {
        let mut all = Unit::default();
        let dir = self.target().join("units");
        for name in &built.units {
            let unit = fs::read(dir.join(format!("{name}.json"))).ok();
            let Some(unit) = unit.and_then(|b| serde_json::from_slice::<Unit>(&b).ok()) else { continue };
            all.unviable.extend(unit.unviable);
            all.unwoven.extend(unit.unwoven);
            all.seen.extend(unit.seen);
            all.rounds += unit.rounds;
        }
        all
    }

    fn run_tests(
        &self,
        built: &Built,
        numbered: &[(Id, &Mutant)],
        order: Vec<(Id, u32)>,
        run: &mut MutantRun,
    ) -> Vec<Tried> {
        let bench = self.bench;
        let programs: Vec<Program> = built
            .binaries
            .iter()
            .map(|b| Program {
                suite: b.suite.clone(),
                path: b.path.clone(),
                cwd: b.cwd.clone(),
                env: b.env.clone(),
                libtest: b.libtest,
            })
            .collect();
        let work = Work {
            programs,
            places: places(numbered),
            mutants: order,
            notes: bench.lab.out().join("mutants-notes"),
            workers: std::thread::available_parallelism().map_or(1, usize::from),
            budget_ms: self.wanted.budget.map(|b| u64::try_from(b.as_millis()).unwrap_or(u64::MAX)),
            limit_ms: bench.policy.limits.test_s * 1000,
            memory: (bench.policy.limits.memory_mib << 20) / MEMORY_SHARE,
        };
        let path = bench.lab.out().join("mutants-work.json");
        if let Err(e) = fs::write(&path, serde_json::to_vec(&work).unwrap_or_default()) {
            run.gaps.push(silenced(Gap::new(GapKind::Input, format!("the mutants cannot be run: {e}"))));
            return Vec::new();
        }
        let wall_s = self.wanted.budget.map_or(24 * 3600, |b| b.as_secs() + bench.policy.limits.test_s);
        let Ok(program) = self.program() else { return Vec::new() };
        let cmd = bench
            .child(program, &bench.lab.tree(), wall_s)
            .arg(RUNNER_ARG)
            .arg(OsString::from(path))
            .log_to(bench.run.log("mutants"));
        let output = match cmd.run(bench.ctl) {
            Ok(output) => output,
            Err(e) => {
                run.gaps
                    .push(silenced(Gap::new(GapKind::Sandbox, format!("the mutants cannot be run: {e}"))));
                return Vec::new();
            }
        };
        if output.exit != Exit::Code(0) {
            let reason = format!("running mutants ended early: {}: {}", output.exit, output.tail(2));
            run.gaps.push(silenced(Gap::new(GapKind::Budget, reason)));
        }
        let mut tried = Vec::new();
        for told in output.text().lines().filter_map(|l| serde_json::from_str::<Told>(l).ok()) {
            match told {
                Told::Tried(one) => tried.push(one),
                Told::Baseline { program, passed, failed, trouble, .. } => {
                    let suite = work.programs.get(program).map_or("", |p| p.suite.as_str());
                    run.tests += passed as u64;
                    run.failing
                        .extend(failed.into_iter().map(|name| TestId { suite: suite.to_owned(), name }));
                    if let Some(trouble) = trouble {
                        let reason = format!("suite `{suite}` says nothing of mutants: {trouble}");
                        run.gaps.push(silenced(Gap::new(GapKind::Input, reason)));
                    }
                }
            }
        }
        tried
    }

    fn record(
        &self,
        numbered: &[(Id, &Mutant)],
        of: impl Fn(Id) -> (MutantOutcome, Option<String>),
        tried: &[Tried],
        run: &mut MutantRun,
    ) {
        let ends = records::by_id(tried);
        for (id, mutant) in numbered {
            let (outcome, reason) = of(*id);
            let known = Known { mutant, outcome, reason, tried: ends.get(id).copied() };
            run.list.push(records::record(&known, self.field.texts[mutant.path.as_str()]));
        }
    }
}
