//! The lab: builds and tests what was handed over, and compares it with base.
//!
//! One scratch work tree and target directory per repository, kept between runs, so that the second
//! run is incremental. Nothing here touches the checked repository.

mod bound;
mod broken;
mod cargo;
mod cells;
mod compilers;
mod conditions;
mod conventions;
mod join;
mod known;
mod layout;
mod lint;
mod listing;
mod matrix;
mod missing;
pub mod mutants;
mod narrow;
mod own_command;
pub mod parts;
mod pointers;
mod project;
mod proof;
mod readers;
mod registered;
mod runner;
mod scratch;
mod sides;
mod speed;
mod suite;
mod suited;
mod text;
mod tree;
mod workbench;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use guard_exec::{Control, Output};
use guard_model::evidence::{Gap, GapKind, Phase};
use guard_model::lab::{BuildState, CodeRun, LabEvidence, SandboxReport};
use guard_model::{Change, Mode, Policy, Reach, Side, Snapshot, SourceFacts};

use crate::repo::Repo;
use crate::results::{Stopped, SuiteEnd};
use crate::{Progress, Surroundings};
use listing::Listing;
use narrow::Part;
use parts::Shard;
use pointers::Pointers;
use project::Found;
use workbench::Workbench;

pub use bound::bound_mib;
pub(crate) use known::this_guard;
pub use proof::{ProofCommand, proof_commands};
pub use scratch::{LabDir, MIN_FREE_MIB, RunDir, Scratch, ScratchError};
pub use suited::{Suited, suited};

/// How long a run waits for another one that holds the lab.
const LAB_WAIT: Duration = Duration::from_secs(120);

/// What stays in the directory of a project between runs: builds. Installed packages do not, because which
/// ones are there decides how tests come out, and the tests could write among them.
const KEPT: &str = "target";

/// What the lab is asked to do.
pub struct Request<'a> {
    /// The checked repository; only read.
    pub repo: &'a Repo,
    /// The change.
    pub change: &'a Change,
    /// Syntax of the changed files.
    pub sources: &'a [SourceFacts],
    /// Whether new files are part of a build.
    pub reach: &'a [Reach],
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
    /// Something is said of linters.
    pub wants_lints: bool,
    /// Mutants of the changed code are wanted.
    pub wants_mutants: bool,
    /// Outcomes of earlier runs of the same tree may be used.
    pub reuse: bool,
    /// Only this part of the tests is run.
    pub shard: Option<Shard>,
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
    let mut evidence = LabEvidence { sandbox: sandbox(request.ctl), ..LabEvidence::default() };
    let Some(mut head) = session.code_run(Side::Head) else {
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
    // What is not spread over the parts is done by one of them.
    let once = request.shard.is_none_or(Shard::is_first);
    if once && request.wants_cells && head_builds && cells::could_differ(request.change) {
        evidence.old_tests_on_new_code = session.cell_in_budget(Side::Base, in_budget());
        // Before base's own run, which may take the rest of the budget.
        evidence.new_tests_on_old_code = session.cell_in_budget(Side::Head, in_budget());
    }
    if request.mode == Mode::Ci || request.wants_base || !head_builds || session.chooses_tests() {
        evidence.base = session.code_run(Side::Base);
    } else if red {
        evidence.base = session.base_of_what_is_red();
    }
    let pointers = &session.pointers;
    if let Some(base) = &evidence.base {
        settle_doubt(&mut head, base, session.head_unexplained && pointers.are_as_at_base());
        if let (Some(head), Some(base)) = (&mut head.tests, &base.tests) {
            conditions::hold_against_base(head, base, request.change, request.sources);
        }
    }
    pointers.excuse(&mut head, evidence.base.as_ref());
    evidence.old_tests_on_new_code.iter_mut().for_each(|cell| pointers.excuse_cell(cell));
    evidence.head = Some(head);
    if once && request.wants_benches && head_builds {
        evidence.benches = session.benches();
    }
    if once && request.wants_lints && head_builds && in_budget() {
        evidence.lints = session.lints();
    }
    if request.wants_mutants && head_builds && !request.ctl.is_interrupted() {
        evidence.mutants = Some(session.mutants_of_check());
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
    /// Which guard this is: another one may see more in the same outcome.
    guard: String,
    /// What is built and run at base and at head.
    found: [Rc<Found>; 2],
    /// When the time for what comes after head is over.
    deadline: Option<Instant>,
    /// What each suite took at head, in milliseconds.
    head_ms: BTreeMap<String, u64>,
    /// What is red at head in each suite that has red tests, as its runner can be asked for it.
    red: BTreeMap<String, Result<Part, String>>,
    /// What could not be laid out but as a pointer.
    pointers: Pointers,
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
        let [base, head] = Listing::of_sides(request);
        let find =
            |code: &Listing<'_>| Rc::new(project::find(&base, code, request.change, &request.policy.suites));
        let mut session = Session {
            request,
            lab,
            found: [find(&base), find(&head)],
            gaps: Vec::new(),
            phases: Vec::new(),
            head_unexplained: false,
            toolchain: String::new(),
            guard: known::this_guard(request.ctl),
            deadline: None,
            head_ms: BTreeMap::new(),
            red: BTreeMap::new(),
            pointers: Pointers::default(),
        };
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
            shard: self.request.shard,
        }
    }

    fn finish(self, evidence: Option<LabEvidence>) -> Findings {
        // What cannot be read bounds nothing; `guard doctor` says so.
        if let Ok(Some(most)) = bound::bound_mib(self.request.surroundings) {
            bound::keep(self.request.scratch.root(), most << 20);
        }
        Findings { evidence, gaps: self.gaps, phases: self.phases }
    }

    /// What is to be built and run on one side; how is read from base.
    fn found(&self, side: Side) -> Rc<Found> {
        let [base, head] = &self.found;
        Rc::clone(if side == Side::Base { base } else { head })
    }

    fn snapshot(&self, side: Side) -> &'a Snapshot {
        match side {
            Side::Base => &self.request.change.base,
            Side::Head => &self.request.change.head,
        }
    }

    fn timed<T>(&mut self, name: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        self.request.progress.phase(name);
        let begun = Instant::now();
        let value = work(self);
        self.phases.push(Phase { name: name.to_owned(), ms: millis(begun) });
        value
    }
}

/// A side's name in logs and phases.
fn side_name(side: Side) -> &'static str {
    match side {
        Side::Base => "base",
        Side::Head => "head",
    }
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
        Exit::OverMemory => (None, None, Some(Stopped::OverMemory)),
        Exit::OverOutput => (None, None, Some(Stopped::OverOutput)),
    };
    SuiteEnd { exit_code, signal, stopped, ms: output.ms }
}
