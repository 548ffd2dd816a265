//! One side's code, built and tested with its own tests.

use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{BuildState, CodeRun, TestRun};
use guard_model::policy::SuitePolicy;
use guard_model::source::ReachState;
use guard_model::{FileChange, Language, Side, Snapshot};

use super::conventions::is_manifest;
use super::join::{join, join_tests};
use super::layout::Provisions;
use super::listing::{Either, Listing};
use super::project::Project;
use super::{Session, cargo, missing, narrow, project, side_name, suite};

/// How much of the suites is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    /// Only what holds the tests that are red at head.
    RedAtHead,
}

/// What a run came to.
struct Ran {
    run: CodeRun,
    /// A suite's trouble was left out of it, because the change is none of the suite's language.
    set_aside: bool,
    /// It says nothing of some files of the change, which is not so for another change to the same tree.
    is_limited: bool,
}

impl Session<'_> {
    /// Builds and tests one side with its own tests; known outcomes are used again.
    pub(super) fn code_run(&mut self, side: Side) -> Option<CodeRun> {
        let key = self.key_of_run(side);
        // Base's word on what head lacks is only good from where it lacks the same.
        let lacking = side == Side::Base && !self.pointers.head.is_empty();
        if let Some(mut known) = (!lacking).then(|| self.recall::<CodeRun>(&key)).flatten() {
            known.cached = true;
            // The matrix needs the tree all the same.
            return Some(known);
        }
        let projects = self.found(side).projects.clone();
        if projects.is_empty() && self.request.policy.build.is_none() {
            self.gaps.push(Gap::of_runs(
                GapKind::Input,
                "no cargo, npm, pytest, go or cmake project was found; name the commands in guard.toml (`[build]`, `[[suite]]`)",
            ));
            return None;
        }
        let gaps_before = self.gaps.len();
        let ran = self.run_side(side, &projects, Extent::Whole)?;
        if is_green(&ran.run) && !ran.is_limited && !self.request.ctl.is_interrupted() {
            self.remember(&key, &ran.run, gaps_before);
            if side == Side::Head && !ran.set_aside {
                // Head is the next change's base.
                let key = self.key_as_base(&self.request.change.head.tree, Side::Head);
                self.remember(&key, &ran.run, gaps_before);
            }
        }
        Some(ran.run)
    }

    /// Base's word on what is red at head: only what holds it is run, where the runners can be asked so.
    pub(super) fn base_of_what_is_red(&mut self) -> Option<CodeRun> {
        if self.red.is_empty() || self.knows(&self.key_of_run(Side::Base)) {
            return self.code_run(Side::Base);
        }
        let projects = self.found(Side::Base).projects.clone();
        self.run_side(Side::Base, &projects, Extent::RedAtHead).map(|ran| ran.run)
    }

    /// Keeps what later runs want to know of head's.
    pub(super) fn after_head(&mut self, head: &CodeRun) {
        let suites = head.tests.iter().flat_map(|t| &t.suites);
        self.head_ms = suites.map(|s| (s.suite.clone(), s.ms)).collect();
        let left_out = &self.found(Side::Head).left_out;
        let gaps: Vec<Gap> = left_out.iter().map(|(dir, why)| why.gap(dir)).collect();
        self.gaps.extend(gaps);
    }

    /// Whether the change edits what decides which tests run.
    pub(super) fn chooses_tests(&self) -> bool {
        let [base, head] = Listing::of_sides(self.request);
        project::chooses_tests(&base, &head, self.request.change)
    }

    fn run_side(&mut self, side: Side, projects: &[Project], extent: Extent) -> Option<Ran> {
        let name = side_name(side);
        let snapshot = self.snapshot(side);
        let projects: &[Project] = &self.own_part(projects);
        let mut chosen: Vec<Project> = Vec::new();
        for project in projects {
            match (project, extent) {
                (Project::Suite { policy, languages }, Extent::RedAtHead) => {
                    let part = self.red_part(policy, snapshot);
                    chosen.extend(part.map(|policy| Project::Suite { policy, languages: languages.clone() }));
                }
                _ => chosen.push(project.clone()),
            }
        }
        let laid_out = self.timed(&format!("lay out {name}"), |s| s.lay_out(side, &chosen, name));
        let provisions = match laid_out {
            Ok(provisions) => provisions,
            Err(gap) => {
                self.gaps.push(gap);
                return None;
            }
        };
        let phase = match extent {
            Extent::Whole => format!("build and test {name}"),
            Extent::RedAtHead => format!("test {name}"),
        };
        let mut ran = self.timed(&phase, |s| s.run_projects(side, &chosen, provisions));
        if chosen != projects {
            ran.run.tests.get_or_insert_default().gap.get_or_insert_with(|| {
                Gap::new(GapKind::Mode, "of base only what holds the tests that are red at head was run")
            });
        }
        Some(ran)
    }

    fn run_projects(&mut self, side: Side, projects: &[Project], provisions: Provisions) -> Ran {
        let name = side_name(side);
        let snapshot = self.snapshot(side);
        let mut run: Option<CodeRun> = None;
        let mut unexplained = false;
        let mut set_aside: Vec<Gap> = Vec::new();
        let mut is_limited = false;
        if let Some(command) = &self.request.policy.build {
            run = Some(CodeRun {
                tree: snapshot.tree.clone(),
                build: suite::build(&self.bench(), command, provisions.build, name),
                tests: None,
                cached: false,
            });
        }
        for (project, provision) in projects.iter().zip(provisions.projects) {
            match project {
                Project::Cargo { dir } => {
                    let others: Vec<&str> = projects
                        .iter()
                        .filter(|p| matches!(p, Project::Cargo { dir: other } if other != dir))
                        .map(Project::dir)
                        .collect();
                    let reach = self.request.reach.iter();
                    let unreached: Vec<&str> =
                        reach.filter(|r| r.state == ReachState::Unreached).map(|r| r.path.as_str()).collect();
                    let here = cargo::Here { dir, others: &others, unreached: &unreached };
                    let change = (side == Side::Head).then_some(self.request.change);
                    let found = cargo::build_and_test(&self.bench(), &here, change, provision.fetched, name);
                    unexplained |= found.built.unexplained;
                    if let Some(remark) = found.remark {
                        self.gaps.push(Gap::new(GapKind::Input, remark));
                    }
                    if let Some(limit) = found.limit {
                        is_limited = true;
                        self.gaps.push(Gap::new(GapKind::Mode, limit));
                    }
                    let this = CodeRun {
                        tree: snapshot.tree.clone(),
                        build: found.built.outcome,
                        tests: found.tests,
                        cached: false,
                    };
                    run = Some(join(run, this));
                }
                Project::Suite { policy, languages } => {
                    let mut ran = match provision.gap {
                        Some(gap) => suite::Ran::nothing(policy, gap),
                        None => suite::run(&self.bench(), policy, name),
                    };
                    if self.concerns(languages)
                        && let Some(build) = ran.take_broken_build()
                    {
                        let tests = (!ran.tests.results.is_empty()).then_some(ran.tests);
                        let tree = snapshot.tree.clone();
                        run = Some(join(run, CodeRun { tree, build, tests, cached: false }));
                        continue;
                    }
                    let mut tests = ran.tests;
                    if side == Side::Head {
                        self.note_own_command(policy, languages, &mut tests);
                        self.note_red(policy, &mut tests);
                    }
                    if let (Some(gap), false) = (&tests.gap, self.concerns(languages)) {
                        // A suite that nobody asked for, of a language that the change does not touch.
                        set_aside.push(gap.clone());
                        continue;
                    }
                    run = Some(join_tests(run, tests, snapshot));
                }
            }
        }
        if side == Side::Head {
            self.head_unexplained = unexplained;
        }
        let was_set_aside = !set_aside.is_empty();
        // Where nothing else was run either, nothing was observed, and the trouble is the run's own.
        let gap = if run.is_none() && was_set_aside { Some(set_aside.remove(0)) } else { None };
        let run = run.unwrap_or_else(|| join_tests(None, TestRun { gap, ..TestRun::default() }, snapshot));
        let of_others = |gap| Gap { kind: GapKind::Mode, checks: Vec::new(), ..gap };
        self.gaps.extend(set_aside.into_iter().map(of_others));
        Ran { run, set_aside: was_set_aside, is_limited }
    }

    /// What this part of the run has to do: cargo's tests are shared out one by one, other suites as a whole.
    fn own_part(&self, projects: &[Project]) -> Vec<Project> {
        let is_own = |project: &&Project| match (project, self.request.shard) {
            (Project::Suite { policy, .. }, Some(shard)) => shard.has(&policy.name),
            _ => true,
        };
        projects.iter().filter(is_own).cloned().collect()
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
    fn note_red(&mut self, suite: &SuitePolicy, tests: &mut TestRun) {
        let [base, head] = Listing::of_sides(self.request);
        // What the change deletes is the project's own too.
        missing::set_apart(suite, tests, &Either(&head, &base));
        let is_red = tests.results.iter().any(|r| r.outcome.is_failure())
            || tests.suites.iter().any(|s| s.trouble.is_some());
        let part = is_red.then(|| narrow::red(suite, tests, &head));
        if let Some(part) = part {
            self.red.insert(suite.name.clone(), part);
        }
    }

    /// Whether the change touches code of a language, or what that is built from; the policy's own suites always
    /// count.
    fn concerns(&self, languages: &[Language]) -> bool {
        let touches = |f: &FileChange, language: Language| {
            let moved_from = f.old_path.as_deref();
            f.language == Some(language)
                || is_manifest(&f.path, language)
                || moved_from.is_some_and(|path| is_manifest(path, language))
        };
        languages.is_empty()
            || self.request.change.files.iter().any(|f| languages.iter().any(|l| touches(f, *l)))
    }
}

/// Whether a run may be used again: what is red may be the machine's fault, and the machine may be mended by
/// the next run.
fn is_green(run: &CodeRun) -> bool {
    run.build.gap.is_none()
        && run.build.state != BuildState::Failed
        && run.build.broken_features.is_none()
        && run.tests.as_ref().is_none_or(|t| {
            t.gap.is_none()
                && t.suites.iter().all(|s| s.trouble.is_none())
                && !t.results.iter().any(|r| r.outcome.is_failure())
        })
}
