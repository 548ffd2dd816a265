//! Mutants of the changed code. Those of Rust are woven into head's tree, built once, and run against the tests that
//! reach them; those of other languages are written into it one by one (`suites`).

mod alone;
mod documentation;
mod grown;
mod kept;
mod killers;
mod overlay;
mod programs;
mod records;
mod suites;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use guard_model::evidence::{Gap, GapKind};
use guard_model::mutants::{MutantOutcome, MutantRun, MutatedFile};
use guard_model::{FileChange, FileKind, Hunk, Language, Mode, Side};
use guard_mutants::Mutant;
use guard_mutants::find::{self, OperatorSet};
use guard_mutants::{others, scope};

use super::cargo::{self, Workspace};
use super::project::Project;
use super::{Findings, Request, Session};
use grown::{Field, Grown};
use records::Known;
pub(crate) use records::diff;
use suites::{Bed, Sown};

/// The checks that say nothing when mutants could not be run.
const CHECKS: [&str; 2] = ["missed-mutant", "uncovered-change"];

/// How long builds for one mutant each may take in a check: they are the price that all others are spared.
const OWN_BUILDS: Duration = Duration::from_secs(300);

/// How long mutants may take in a check before a commit, of what its budget has left; no mutant gets a build of its
/// own there.
const BEFORE_A_COMMIT: Duration = Duration::from_secs(45);

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
    /// Ask documentation tests, too, about those that nothing else notices.
    pub doctests: bool,
    /// Only name them.
    pub list_only: bool,
    /// When to stop.
    pub until: Until,
    /// How long mutants may take that need a build of their own; `None` for no limit.
    pub alone: Option<Duration>,
    /// More arguments for cargo.
    pub cargo_args: Vec<String>,
}

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// When all are tested.
    Done,
    /// So long after the build.
    AfterBuild(Duration),
    /// At this time, wherever that is.
    At(Instant),
}

impl Until {
    /// When building has to be over.
    fn of_build(self) -> Option<Instant> {
        match self {
            Until::Done | Until::AfterBuild(_) => None,
            Until::At(time) => Some(time),
        }
    }

    /// When running has to be over, once it is built.
    fn of_runs(self) -> Option<Instant> {
        match self {
            Until::Done => None,
            Until::AfterBuild(budget) => Some(Instant::now() + budget),
            Until::At(time) => Some(time),
        }
    }
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
        mutants: Some(run),
        ..guard_model::lab::LabEvidence::default()
    };
    session.finish(Some(evidence))
}

/// A changed file at head.
struct Changed<'c> {
    change: &'c FileChange,
    text: String,
    base: Option<String>,
}

impl Changed<'_> {
    fn sown(&self) -> (&str, Sown<'_>) {
        let language = self.change.language.unwrap_or(Language::Rust);
        (&self.change.path, Sown { language, text: &self.text })
    }
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
        if self.deadline.is_some_and(|d| Instant::now() >= d) {
            let gap = Gap::new(GapKind::Budget, "the budget of the run had no time left for mutants");
            return MutantRun { gaps: vec![silenced(gap)], ..MutantRun::default() };
        }
        let gaps_before = self.gaps.len();
        let is_ci = self.request.mode == Mode::Ci;
        let most = (!is_ci).then(|| Instant::now() + BEFORE_A_COMMIT);
        let until = self.deadline.into_iter().chain(most).min();
        let run = self.mutants(&Wanted {
            operators: OperatorSet::Guard,
            whole_functions: false,
            files: Vec::new(),
            functions: Vec::new(),
            shard: self.request.shard.map(|s| (s.part as usize, s.of as usize)),
            doctests: is_ci && self.request.policy.cargo.doctests,
            list_only: false,
            until: until.map_or(Until::Done, Until::At),
            alone: Some(if is_ci { OWN_BUILDS } else { Duration::ZERO }),
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
        let (changed, other) = changed_files(self.request, &mut run.gaps);
        let found = self.found(Side::Head).projects.clone();
        let sown = sow(&other, &found, wanted, &mut run);
        let is_wanted = |project: &Project| match project {
            Project::Cargo { .. } => !changed.is_empty(),
            Project::Suite { .. } => sown.iter().any(|m| asks(project, m)),
        };
        let projects: Vec<Project> = found.iter().filter(|p| is_wanted(p)).cloned().collect();
        let texts: BTreeMap<&str, Sown<'_>> = other.iter().map(Changed::sown).collect();
        let with_mutants: BTreeSet<&str> = sown.iter().map(|m| m.path.as_str()).collect();
        run.files.extend(
            with_mutants
                .iter()
                .map(|p| MutatedFile { path: (*p).to_owned(), text: texts[p].text.to_owned() }),
        );
        if wanted.list_only {
            run.list.extend(sown.iter().map(|mutant| {
                records::record(&Known::not_run(mutant, "only listed"), texts[mutant.path.as_str()].text)
            }));
        }
        let is_cargo = |p: &Project| matches!(p, Project::Cargo { .. });
        let is_needless = wanted.list_only && !projects.iter().any(is_cargo);
        if projects.is_empty() || is_needless {
            return run;
        }
        let provisions = match self.timed("lay out head", |s| s.lay_out(Side::Head, &projects, "head")) {
            Ok(provisions) => provisions,
            Err(gap) => {
                run.gaps.push(silenced(gap));
                return run;
            }
        };
        let mut said: Vec<(usize, Vec<Known<'_>>)> = Vec::new();
        for (number, (project, provision)) in projects.iter().zip(provisions.projects).enumerate() {
            match project {
                Project::Cargo { dir } => {
                    self.timed("mutants", |s| {
                        s.mutants_in(dir, &provision.fetched, &changed, wanted, &mut run);
                    });
                }
                Project::Suite { policy, .. } if !wanted.list_only => {
                    let mutants: Vec<&Mutant> = sown.iter().filter(|m| asks(project, m)).collect();
                    let files = texts.iter().filter(|(path, _)| mutants.iter().any(|m| m.path == **path));
                    let files = files.map(|(path, file)| (*path, *file)).collect();
                    let known = self.timed("mutants", |s| {
                        let bench = s.bench();
                        let (lacks, head_ms) = (provision.gap, s.head_ms.get(&policy.name).copied());
                        Bed {
                            bench: &bench,
                            suite: policy,
                            files: &files,
                            mutants: &mutants,
                            wanted,
                            lacks,
                            head_ms,
                        }
                        .test(&mut run)
                    });
                    said.push((number, known));
                }
                Project::Suite { .. } => {}
            }
        }
        run.list.extend(
            suites::joined(said, &projects, &sown)
                .iter()
                .map(|known| records::record(known, texts[known.path()].text)),
        );
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
        let mut field = Field::default();
        let mut made = 0;
        for file in changed {
            let path = file.change.path.as_str();
            let Some(owners) = sources.get(path) else { continue };
            match find::find(path, &file.text, wanted.operators) {
                Ok(all) => {
                    let mut of_file = scope_of(file, all, wanted);
                    made += of_file.len();
                    of_file.retain(|m| is_named(m, wanted));
                    if !of_file.is_empty() {
                        field.texts.insert(path, &file.text);
                        field.packages.extend(owners.iter().map(|o| o.package.clone()));
                        if owners.iter().all(|o| o.is_macro) {
                            field.of_macros.insert(path.to_owned());
                        }
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
        if chosen.is_empty() && made > 0 {
            run.gaps.push(none_named(made));
        }
        scope::order(&mut chosen);
        if let Some((part, parts)) = wanted.shard {
            chosen = scope::shard(chosen, part - 1, parts);
        }
        field.mutants = chosen.iter().collect();
        if field.mutants.is_empty() {
            return;
        }
        let texts = field.texts.iter();
        run.files.extend(
            texts.map(|(path, text)| MutatedFile { path: (*path).to_owned(), text: (*text).to_owned() }),
        );
        if wanted.list_only {
            let listed = field.mutants.iter().map(|mutant| {
                let known = Known::not_run(mutant, "only listed");
                records::record(&known, field.texts[mutant.path.as_str()])
            });
            run.list.extend(listed);
            return;
        }
        let kept = kept::Place {
            file: bench.lab.kept_outcomes(dir),
            key: self.key("mutants of programs", &[dir], &[]),
            tree: &self.request.change.head.tree,
            repo: self.request.repo,
            reuse: self.request.reuse,
        };
        Grown { bench: &bench, workspace: &workspace, fetched, field: &field, wanted, kept }.test(run);
    }
}

/// Whether a project's tests are asked about a mutant.
fn asks(project: &Project, mutant: &Mutant) -> bool {
    match (project, Language::of_path(&mutant.path)) {
        (Project::Suite { policy, languages }, Some(language)) => {
            suites::speaks_for(policy, languages, &mutant.path, language)
        }
        _ => false,
    }
}

/// The mutants of files in other languages than Rust that a suite can be asked about, in the order in which they are
/// wanted.
fn sow(files: &[Changed<'_>], projects: &[Project], wanted: &Wanted, run: &mut MutantRun) -> Vec<Mutant> {
    let mut chosen = Vec::new();
    let mut made = 0;
    // cargo-mutants has none.
    for file in files.iter().filter(|_| wanted.operators == OperatorSet::Guard) {
        let path = file.change.path.as_str();
        let Some(language) = file.change.language else { continue };
        if !suites::has_suite(projects, path, language) {
            continue;
        }
        match others::find(path, language, &file.text) {
            Ok(all) => {
                let mut of_file = scope_of(file, all, wanted);
                made += of_file.len();
                of_file.retain(|m| is_named(m, wanted));
                chosen.extend(of_file);
            }
            Err(why) => run.gaps.push(silenced(Gap::new(GapKind::Input, format!("no mutants: {why}")))),
        }
    }
    if chosen.is_empty() && made > 0 {
        run.gaps.push(none_named(made));
    }
    scope::order(&mut chosen);
    match wanted.shard {
        Some((part, parts)) => scope::shard(chosen, part - 1, parts),
        None => chosen,
    }
}

fn none_named(made: usize) -> Gap {
    let reason = format!("none of the change's {made} mutants lies in what `--file` and `--function` name");
    silenced(Gap::new(GapKind::Input, reason))
}

/// The changed files that may hold mutants: those of Rust, and those of other languages.
fn changed_files<'r>(request: &'r Request<'_>, gaps: &mut Vec<Gap>) -> (Vec<Changed<'r>>, Vec<Changed<'r>>) {
    let read = |oid: &Option<String>| {
        let bytes = request.repo.read(oid.as_deref()?, crate::texts::MAX_TEXT).ok()?;
        String::from_utf8(bytes).ok()
    };
    let may_hold = |path: &str, language: Language| {
        language == Language::Rust || (others::speaks(language) && !suites::is_left_out(path, language))
    };
    let files = request.change.files.iter().filter(|f| {
        f.language.is_some_and(|l| may_hold(&f.path, l)) && f.content == FileKind::Text && f.new_oid.is_some()
    });
    let mut found = (Vec::new(), Vec::new());
    for change in files {
        let is_rust = change.language == Some(Language::Rust);
        let list = if is_rust { &mut found.0 } else { &mut found.1 };
        match read(&change.new_oid) {
            Some(text) => list.push(Changed { change, text, base: read(&change.old_oid) }),
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

fn left_ms(until: Instant) -> u64 {
    let left = until.saturating_duration_since(Instant::now());
    u64::try_from(left.as_millis()).unwrap_or(u64::MAX)
}

/// A package that compiles a file.
struct Owner {
    package: String,
    is_macro: bool,
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
                // With its version: a dependency may have the same name.
                package: format!("{}@{}", package.name, package.version),
                is_macro: package.targets.iter().any(cargo_metadata::Target::is_proc_macro),
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

/// The mutants of a file that the change calls for.
fn scope_of(file: &Changed<'_>, all: Vec<Mutant>, wanted: &Wanted) -> Vec<Mutant> {
    let touched = touched(&file.change.hunks);
    match (wanted.operators, wanted.whole_functions) {
        (OperatorSet::CargoMutants, _) => scope::in_diff(all, &touched),
        (OperatorSet::Guard, true) => scope::in_touched_functions(all, &touched, &file.text),
        (OperatorSet::Guard, false) => {
            scope::on_changed_lines(all, &touched, &file.change.path, &file.text, file.base.as_deref())
        }
    }
}

/// Whether a mutant lies in the files and functions that were asked for.
fn is_named(mutant: &Mutant, wanted: &Wanted) -> bool {
    let function = mutant.function.as_ref().map_or("", |f| f.name.as_str());
    let in_file = wanted.files.is_empty() || wanted.files.iter().any(|f| mutant.path.ends_with(f.as_str()));
    let of_any =
        wanted.functions.is_empty() || wanted.functions.iter().any(|f| function.contains(f.as_str()));
    in_file && of_any
}
