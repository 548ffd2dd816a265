//! The lab: builds and tests what was handed over, and compares it with base.
//!
//! One scratch work tree and target directory per repository, kept between runs, so that the second
//! run is incremental. Nothing here touches the checked repository.

mod cargo;
mod cells;
mod conditions;
mod conventions;
mod join;
mod listing;
mod missing;
mod narrow;
mod project;
mod runner;
mod scratch;
mod speed;
mod suite;
mod text;
mod tree;
mod workbench;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use guard_exec::{Control, Output};
use guard_model::evidence::{Gap, GapKind, Phase};
use guard_model::lab::{BuildState, Cell, CellOutcome, CodeRun, LabEvidence, SandboxReport, TestRun};
use guard_model::policy::SuitePolicy;
use guard_model::{Change, Mode, Policy, Side, Snapshot, SourceFacts};

use crate::repo::Repo;
use crate::results::{Stopped, SuiteEnd};
use crate::{Progress, Surroundings};
use join::{join, join_tests};
use listing::{Listing, Overlaid};
use narrow::Part;
use project::Project;
use workbench::Workbench;

pub use scratch::{LabDir, RunDir, Scratch, ScratchError};

/// How long a run waits for another one that holds the lab.
const LAB_WAIT: Duration = Duration::from_secs(120);

/// What stays in the directory of a project between runs: builds and installed packages.
const KEPT: [&str; 2] = ["target", "node_modules"];

/// Bytes of a test file that is put onto the other side's code at most.
const MAX_TEST_FILE: u64 = 8 << 20;

/// What the lab is asked to do.
pub struct Request<'a> {
    /// The checked repository; only read.
    pub repo: &'a Repo,
    /// The change.
    pub change: &'a Change,
    /// Syntax of the changed files.
    pub sources: &'a [SourceFacts],
    /// The policy in force.
    pub policy: &'a Policy,
    /// The mode.
    pub mode: Mode,
    /// The machine.
    pub surroundings: &'a Surroundings,
    /// The run's hand on its children.
    pub ctl: &'a Control,
    /// The scratch area.
    pub scratch: &'a Scratch,
    /// This run's directory.
    pub run: &'a RunDir,
    /// Who is told what is going on.
    pub progress: &'a dyn Progress,
    /// A claim or a check needs base's own outcome.
    pub wants_base: bool,
    /// The reality matrix is wanted.
    pub wants_cells: bool,
    /// Something is said of speed, which the policy's benchmarks settle.
    pub wants_benches: bool,
    /// Outcomes of earlier runs of the same tree may be used.
    pub reuse: bool,
}

/// What the lab found.
pub struct Findings {
    /// What running showed; `None` when nothing could be run at all.
    pub evidence: Option<LabEvidence>,
    /// What could not be observed.
    pub gaps: Vec<Gap>,
    /// Where the time went.
    pub phases: Vec<Phase>,
}

/// Builds and tests head, and as much of the reality matrix as mode, budget and change ask for.
pub fn run(request: &Request<'_>) -> Findings {
    let mut session = match Session::open(request) {
        Ok(session) => session,
        Err(gap) => return Findings { evidence: None, gaps: vec![gap], phases: Vec::new() },
    };
    let mut evidence = LabEvidence {
        sandbox: sandbox(request.ctl),
        head: None,
        base: None,
        old_tests_on_new_code: None,
        new_tests_on_old_code: None,
        benches: Vec::new(),
    };
    let Some(mut head) = session.code_run(&request.change.head, "head") else {
        return session.finish(None);
    };
    let began_matrix = Instant::now();
    let budget = budget(request);
    let in_budget = || budget.is_none_or(|b| began_matrix.elapsed() < b);
    session.deadline = budget.map(|b| began_matrix + b);
    session.after_head(&head);

    if request.ctl.is_interrupted() {
        evidence.head = Some(head);
        return session.finish(Some(evidence));
    }
    let head_builds = matches!(head.build.state, BuildState::Ok | BuildState::NotRun);
    let red = head.tests.as_ref().is_some_and(|t| {
        t.results.iter().any(|r| r.outcome.is_failure()) || t.suites.iter().any(|s| s.trouble.is_some())
    });
    if request.wants_cells && head_builds && cells::could_differ(request.change) {
        evidence.old_tests_on_new_code = session.cell_in_budget(Side::Base, in_budget());
        // Before base's own run, which may take the rest of the budget.
        evidence.new_tests_on_old_code = session.cell_in_budget(Side::Head, in_budget());
    }
    if request.mode == Mode::Ci || request.wants_base || !head_builds || session.chooses_tests() {
        evidence.base = session.code_run(&request.change.base, "base");
    } else if red {
        evidence.base = session.base_of_what_is_red();
    }
    if let Some(base) = &evidence.base {
        settle_doubt(&mut head, base, session.head_unexplained);
    }
    evidence.head = Some(head);
    if request.wants_benches && head_builds {
        evidence.benches = session.benches();
    }
    session.finish(Some(evidence))
}

fn sandbox(ctl: &Control) -> SandboxReport {
    guard_exec::probe(ctl).unwrap_or_else(|error| SandboxReport {
        remarks: vec![format!("the sandbox could not be tried: {error}")],
        ..SandboxReport::default()
    })
}

/// A failure without an error in the code is the change's when base builds on the same machine.
fn settle_doubt(head: &mut CodeRun, base: &CodeRun, unexplained: bool) {
    if unexplained && base.build.state == BuildState::Ok {
        head.build.state = BuildState::Failed;
        if let Some(gap) = head.build.gap.take() {
            head.build.errors.push(guard_model::lab::Diagnostic {
                message: gap.reason.clone(),
                code: None,
                path: None,
                line: None,
                rendered: gap.reason,
            });
        }
    }
}

fn budget(request: &Request<'_>) -> Option<Duration> {
    let seconds = match request.mode {
        Mode::Ci => request.policy.budget.ci_s,
        _ => request.policy.budget.commit_s,
    };
    seconds.map(Duration::from_secs)
}

/// One run in the lab.
struct Session<'a> {
    request: &'a Request<'a>,
    lab: LabDir,
    gaps: Vec<Gap>,
    phases: Vec<Phase>,
    /// Head's build failed for a reason that only base's can tell apart.
    head_unexplained: bool,
    toolchain: String,
    /// When the time for what comes after head is over.
    deadline: Option<Instant>,
    /// What each suite took at head, in milliseconds.
    head_ms: BTreeMap<String, u64>,
    /// What is red at head in each suite that has red tests, as its runner can be asked for it.
    red: BTreeMap<String, Result<Part, String>>,
}

impl<'a> Session<'a> {
    fn open(request: &'a Request<'a>) -> Result<Session<'a>, Gap> {
        let lab = request.scratch.lab(LAB_WAIT, request.ctl).map_err(|e| {
            let kind = match &e {
                ScratchError::Busy { .. } => GapKind::Budget,
                _ => GapKind::Input,
            };
            Gap::of_runs(kind, e.to_string())
        })?;
        let mut session = Session {
            request,
            lab,
            gaps: Vec::new(),
            phases: Vec::new(),
            head_unexplained: false,
            toolchain: String::new(),
            deadline: None,
            head_ms: BTreeMap::new(),
            red: BTreeMap::new(),
        };
        write_home(&session.lab);
        session.toolchain = session.toolchain();
        Ok(session)
    }

    fn bench(&self) -> Workbench<'_> {
        Workbench {
            lab: &self.lab,
            run: self.request.run,
            policy: self.request.policy,
            surroundings: self.request.surroundings,
            ctl: self.request.ctl,
            work_tree: self.request.repo.top(),
        }
    }

    fn finish(self, evidence: Option<LabEvidence>) -> Findings {
        Findings { evidence, gaps: self.gaps, phases: self.phases }
    }

    /// Versions of the tools that decide an outcome, for the key of known outcomes.
    fn toolchain(&self) -> String {
        let said = |program: &str, arg: &str| {
            let cmd = guard_exec::Cmd::new(program, self.lab.root()).arg(arg);
            cmd.run(self.request.ctl).map(|o| o.text()).unwrap_or_default()
        };
        let mut versions = said("rustc", "-vV");
        if let Some(top) = self.request.repo.top() {
            // Packages that the user installed since then may change any outcome.
            let packages = [".venv", "venv", "node_modules/.package-lock.json", "node_modules"];
            for path in packages.map(|p| top.join(p)) {
                if let Ok(changed) = std::fs::metadata(&path).and_then(|m| m.modified()) {
                    versions.extend([path.display().to_string(), format!(" {changed:?}\n")]);
                }
            }
        }
        if self.projects(false).projects.iter().any(|p| matches!(p, Project::Suite { .. })) {
            versions.push_str(&said("python3", "-VV"));
            versions.push_str(&said("node", "--version"));
        }
        versions
    }

    fn key(&self, what: &str, trees: &[&str]) -> String {
        let policy = self.request.policy;
        let parts = serde_json::json!([
            env!("CARGO_PKG_VERSION"),
            what,
            trees,
            self.toolchain,
            policy.cargo,
            policy.suites,
            policy.benches,
            policy.build,
            policy.sandbox,
            policy.limits,
        ]);
        blake3::hash(parts.to_string().as_bytes()).to_hex()[..32].to_owned()
    }

    fn recall<T: serde::de::DeserializeOwned>(&self, key: &str) -> Option<T> {
        if !self.request.reuse {
            return None;
        }
        let bytes = std::fs::read(self.request.scratch.known().join(format!("{key}.json"))).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    fn remember<T: serde::Serialize>(&self, key: &str, value: &T) {
        if let Ok(bytes) = serde_json::to_vec(value) {
            // A known outcome that cannot be kept is found anew the next time.
            let _ = std::fs::write(self.request.scratch.known().join(format!("{key}.json")), bytes);
        }
    }

    fn timed<T>(&mut self, name: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        self.request.progress.phase(name);
        let begun = Instant::now();
        let value = work(self);
        self.phases.push(Phase { name: name.to_owned(), ms: millis(begun) });
        value
    }

    fn checkout(&mut self, tree: &str) -> Result<(), Gap> {
        let [head, base] = [false, true].map(|on_base| self.projects(on_base).projects);
        let dirs: BTreeSet<&str> = head.iter().chain(&base).map(Project::dir).chain([""]).collect();
        let kept: Vec<String> =
            dirs.iter().flat_map(|dir| KEPT.map(|name| project::below(dir, name))).collect();
        let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
        let checkout =
            self.request.repo.checkout(tree, &self.lab.tree(), &self.lab.index(), &kept).map_err(|e| {
                Gap::of_runs(GapKind::Input, format!("cannot lay out the files to build: {e}"))
            })?;
        self.offer_git(tree);
        for (path, reason) in checkout.missing {
            let reason = format!("submodule `{path}` is empty in the build: {reason}");
            self.gaps.push(Gap::new(GapKind::Input, reason));
        }
        Ok(())
    }

    /// Gives the tree a git directory of its own, which borrows objects and which children may do with
    /// as they like: builds and tests that ask git where they are then get an answer. guard itself
    /// never uses it.
    fn offer_git(&self, tree: &str) {
        let change = self.request.change;
        let head =
            [&change.head, &change.base].into_iter().find(|s| s.tree == tree).and_then(|s| s.commit.clone());
        let Some(commit) = head.or_else(|| change.base.commit.clone()) else { return };
        let objects: Vec<String> =
            self.request.repo.object_dirs().iter().map(|p| format!("{}\n", p.display())).collect();
        let config = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n";
        let files = [
            ("HEAD", format!("{commit}\n")),
            ("config", config.to_owned()),
            ("objects/info/alternates", objects.concat()),
            ("refs/heads/.keep", String::new()),
        ];
        for (name, text) in files {
            // Without it only those who ask git notice.
            let _ = tree::write_old(&self.lab.tree(), &format!(".git/{name}"), text.as_bytes());
        }
        if let Ok(index) = std::fs::read(self.lab.index()) {
            let _ = tree::write_old(&self.lab.tree(), ".git/index", &index);
        }
    }

    /// Builds and tests one side with its own tests; known outcomes of the same tree are used again.
    fn code_run(&mut self, side: &Snapshot, name: &str) -> Option<CodeRun> {
        let key = self.key(&format!("run {name}"), &[&side.tree]);
        // What was head the last time is base now. Not the other way round: only head's run says what it
        // left out.
        let earlier = self.key("run head", &[&side.tree]);
        if let Some(mut known) = self.recall::<CodeRun>(&key).or_else(|| self.recall(&earlier)) {
            known.cached = true;
            // The matrix needs the tree all the same.
            return Some(known);
        }
        if let Err(gap) = self.timed(&format!("lay out {name}"), |s| s.checkout(&side.tree)) {
            self.gaps.push(gap);
            return None;
        }
        let projects = self.projects(name == "base").projects;
        if projects.is_empty() && self.request.policy.build.is_none() {
            self.gaps.push(Gap::of_runs(
                GapKind::Input,
                "no cargo, npm, pytest, go or cmake project was found; name the commands in guard.toml (`[build]`, `[[suite]]`)",
            ));
            return None;
        }
        let run = self.timed(&format!("build and test {name}"), |s| {
            s.run_projects(side, &projects, name, Extent::Whole)
        });
        // What is red may be the machine's fault, and the machine may be mended by the next run.
        let green = run.build.gap.is_none()
            && run.build.state != BuildState::Failed
            && run.tests.as_ref().is_none_or(|t| {
                t.gap.is_none()
                    && t.suites.iter().all(|s| s.trouble.is_none())
                    && !t.results.iter().any(|r| r.outcome.is_failure())
            });
        if green && !self.request.ctl.is_interrupted() {
            self.remember(&key, &run);
        }
        Some(run)
    }

    /// Base's word on what is red at head: only what holds it is run, where the runners can be asked so.
    fn base_of_what_is_red(&mut self) -> Option<CodeRun> {
        let base = &self.request.change.base;
        let known = ["run base", "run head"].iter().any(|what| {
            let key = self.key(what, &[&base.tree]);
            self.recall::<CodeRun>(&key).is_some()
        });
        if known || self.red.is_empty() {
            return self.code_run(base, "base");
        }
        if let Err(gap) = self.timed("lay out base", |s| s.checkout(&base.tree)) {
            self.gaps.push(gap);
            return None;
        }
        let projects = self.projects(true).projects;
        Some(self.timed("test base", |s| s.run_projects(base, &projects, "base", Extent::RedAtHead)))
    }

    /// Keeps what later runs want to know of head's.
    fn after_head(&mut self, head: &CodeRun) {
        let suites = head.tests.iter().flat_map(|t| &t.suites);
        self.head_ms = suites.map(|s| (s.suite.clone(), s.ms)).collect();
        for (dir, why) in self.projects(false).left_out {
            self.gaps.push(why.gap(&dir));
        }
    }

    /// Whether the change edits what decides which tests run.
    fn chooses_tests(&self) -> bool {
        let [base, head] = self.listings();
        project::chooses_tests(&base, &head, self.request.change)
    }

    fn listings(&self) -> [Listing<'_>; 2] {
        let change = self.request.change;
        [&change.base, &change.head].map(|side| Listing(self.request.repo.tree(&side.tree)))
    }

    /// What is to be built and run; how is read from base.
    fn projects(&self, on_base: bool) -> project::Found {
        let change = self.request.change;
        let [base, head] = self.listings();
        project::find(&base, if on_base { &base } else { &head }, change, self.request.policy)
    }

    fn run_projects(&mut self, side: &Snapshot, projects: &[Project], name: &str, extent: Extent) -> CodeRun {
        let mut run: Option<CodeRun> = None;
        let mut partly = false;
        let mut unexplained = false;
        let known = self.request.scratch.known();
        {
            let bench = self.bench();
            if let Some(command) = &self.request.policy.build {
                run = Some(CodeRun {
                    tree: side.tree.clone(),
                    build: suite::build(&bench, command, name),
                    tests: None,
                    cached: false,
                });
            }
        }
        for project in projects {
            match project {
                Project::Cargo { dir } => {
                    let others: Vec<&str> = projects
                        .iter()
                        .filter(|p| matches!(p, Project::Cargo { dir: other } if other != dir))
                        .map(Project::dir)
                        .collect();
                    let here = cargo::Here { dir, others: &others };
                    let found =
                        cargo::build_and_test(&self.bench(), &here, self.request.change, &known, name);
                    unexplained |= found.built.unexplained;
                    if let Some(remark) = found.remark {
                        self.gaps.push(Gap::new(GapKind::Input, remark));
                    }
                    let this = CodeRun {
                        tree: side.tree.clone(),
                        build: found.built.outcome,
                        tests: found.tests,
                        cached: false,
                    };
                    run = Some(join(run, this));
                }
                Project::Suite { policy, languages } => {
                    let chosen = match extent {
                        Extent::Whole => Some(policy.clone()),
                        Extent::RedAtHead => self.red_part(policy, side),
                    };
                    partly |= chosen.as_ref() != Some(policy);
                    let Some(chosen) = chosen else { continue };
                    let mut tests = suite::run(&self.bench(), &chosen, name);
                    if name == "head" {
                        self.note_red(policy, &mut tests, side);
                    }
                    if let (Some(gap), false) = (&tests.gap, self.concerns(languages)) {
                        // A suite that nobody asked for, of a language that the change does not touch.
                        self.gaps.push(Gap { kind: GapKind::Mode, checks: Vec::new(), ..gap.clone() });
                        continue;
                    }
                    run = Some(join_tests(run, tests, side));
                }
            }
        }
        if partly {
            let tests = run
                .get_or_insert_with(|| join_tests(None, TestRun::default(), side))
                .tests
                .get_or_insert_default();
            tests.gap.get_or_insert_with(|| {
                Gap::new(GapKind::Mode, "of base only what holds the tests that are red at head was run")
            });
        }
        if name == "head" {
            self.head_unexplained = unexplained;
        }
        run.unwrap_or_else(|| join_tests(None, TestRun::default(), side))
    }

    /// The suite for what is red in it at head, as far as it is in the tree of `side`.
    fn red_part(&self, suite: &SuitePolicy, side: &Snapshot) -> Option<SuitePolicy> {
        match self.red.get(&suite.name)? {
            Ok(part) => narrow::to(suite, part, &Listing(self.request.repo.tree(&side.tree)))
                .unwrap_or_else(|_| Some(suite.clone())),
            Err(_) => Some(suite.clone()),
        }
    }

    /// Remembers what is red in a suite of head, once what the machine lacks has been set apart.
    fn note_red(&mut self, suite: &SuitePolicy, tests: &mut TestRun, side: &Snapshot) {
        let files = Listing(self.request.repo.tree(&side.tree));
        missing::set_apart(suite, tests, &files);
        let is_red = tests.results.iter().any(|r| r.outcome.is_failure())
            || tests.suites.iter().any(|s| s.trouble.is_some());
        let part = is_red.then(|| narrow::red(suite, tests, &files));
        if let Some(part) = part {
            self.red.insert(suite.name.clone(), part);
        }
    }

    /// Whether the change touches a language; the policy's own suites always count.
    fn concerns(&self, languages: &[guard_model::Language]) -> bool {
        languages.is_empty()
            || self.request.change.files.iter().any(|f| f.language.is_some_and(|l| languages.contains(&l)))
    }

    fn cell_in_budget(&mut self, tests: Side, in_budget: bool) -> Option<Cell> {
        if in_budget {
            return self.cell(tests);
        }
        let (_, check, what) = cell_names(tests);
        let reason = format!("{what}: the budget of the run was used up");
        self.gaps.push(Gap::new(GapKind::Budget, reason).silences(&[check]));
        None
    }

    /// One cell of the matrix: `tests`' tests on the other side's code.
    fn cell(&mut self, tests: Side) -> Option<Cell> {
        let (name, check, _) = cell_names(tests);
        let change = self.request.change;
        let key = self.key(name, &[&change.base.tree, &change.head.tree]);
        if let Some(known) = self.recall(&key) {
            return Some(known);
        }
        let read = |oid: &str| self.request.repo.read(oid, MAX_TEST_FILE).ok();
        let overlay = cells::overlay(change, self.request.sources, tests, &read);
        if overlay.subjects.is_empty() {
            return Some(Cell::default());
        }
        if overlay.left_out > 0 {
            let reason = format!(
                "{} of the change's tests were not run on the other side's code: at most {} are compared",
                overlay.left_out,
                overlay.subjects.len()
            );
            self.gaps.push(Gap::new(GapKind::Budget, reason).silences(&[check]));
        }
        let cell = self.timed(&name.replace('-', " "), |s| s.run_cell(overlay, tests, name))?;
        // What is red there may be the machine's fault, as in `code_run`.
        let green = cell.gap.is_none() && cell.results.iter().all(|r| r.outcome == CellOutcome::Passed);
        if green && !self.request.ctl.is_interrupted() {
            self.remember(&key, &cell);
        }
        Some(cell)
    }

    fn run_cell(&mut self, mut overlay: cells::Overlay, tests: Side, name: &str) -> Option<Cell> {
        let change = self.request.change;
        let code = match tests {
            Side::Base => &change.head,
            Side::Head => &change.base,
        };
        if let Err(gap) = self.checkout(&code.tree) {
            return Some(Cell { gap: Some(gap), ..Cell::default() });
        }
        let projects = self.projects(tests == Side::Head).projects;
        let time = cells::Time {
            left: self.deadline.map(|d| d.saturating_duration_since(Instant::now())),
            head_ms: &self.head_ms,
        };
        let files = Listing(self.request.repo.tree(&code.tree));
        let known = self.request.scratch.known();
        let mut whole: Option<Cell> = None;
        let mut unbuilt: Option<Option<String>> = None;
        for project in &projects {
            let bench = self.bench();
            cells::lay(&bench, &mut overlay);
            let cell = match project {
                Project::Cargo { dir } => {
                    let dir = self.lab.tree().join(dir);
                    let mut broken = BTreeMap::new();
                    let (_, mut built, _) = cargo::build_workspace(&bench, &dir, change, &known, name);
                    if built.outcome.state == BuildState::Failed
                        && cells::undo_broken(&bench, &overlay, &built.outcome, &mut broken)
                    {
                        let again = format!("{name}-again");
                        built = cargo::build_workspace(&bench, &dir, change, &known, &again).1;
                    }
                    let mut cell =
                        cells::run_subjects(&bench, &overlay, &built.binaries, &broken, &built.outcome, name);
                    cell.gap = built.outcome.gap;
                    cell
                }
                Project::Suite { policy, languages } => {
                    let part = cells::Part {
                        overlay: &overlay,
                        suite: policy,
                        languages,
                        files: &Overlaid(&files, &overlay),
                    };
                    // Suites of a policy may need what its build command makes.
                    if let (Some(command), None) = (&self.request.policy.build, &unbuilt) {
                        unbuilt = Some(cells::unbuilt(&suite::build(&bench, command, name)));
                    }
                    if let Some(Some(reason)) = &unbuilt {
                        whole.get_or_insert_default().results.extend(part.all_silent(reason));
                        continue;
                    }
                    match cells::run_suite(&bench, &part, &time, name) {
                        Some(cell) => cell,
                        None => continue,
                    }
                }
            };
            match &mut whole {
                None => whole = Some(cell),
                Some(all) => {
                    cells::add(&mut all.results, cell.results);
                    all.gap = all.gap.take().or(cell.gap);
                    all.ms += cell.ms;
                }
            }
        }
        whole
    }
}

/// The cell's name, the check that needs it, and what it means to do without.
fn cell_names(tests: Side) -> (&'static str, &'static str, &'static str) {
    match tests {
        Side::Base => {
            ("old-tests-on-new-code", "rewritten-expectation", "base's tests were not run on head's code")
        }
        Side::Head => ("new-tests-on-old-code", "green-on-base", "the new tests were not run on base's code"),
    }
}

/// How much of the suites is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    /// Only what holds the tests that are red at head.
    RedAtHead,
}

/// A git identity for tests that commit; the user's own is not theirs to use.
fn write_home(lab: &LabDir) {
    let config = "[user]\n\tname = guard\n\temail = guard@localhost\n[safe]\n\tdirectory = *\n";
    let _ = tree::write_inside(&lab.home(), ".gitconfig", config.as_bytes());
}

fn millis(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// How a child of the lab ended, in the words of the result readers.
fn suite_end(output: &Output) -> SuiteEnd {
    use guard_exec::Exit;
    let (exit_code, signal, stopped) = match output.exit {
        Exit::Code(code) => (Some(code), None, None),
        Exit::Signal(signal) => (None, Some(signal), None),
        Exit::TimedOut | Exit::Interrupted => (None, None, Some(Stopped::TimedOut)),
        Exit::OverMemory | Exit::OverOutput => (None, None, Some(Stopped::OverLimit)),
    };
    SuiteEnd { exit_code, signal, stopped, ms: output.ms }
}
