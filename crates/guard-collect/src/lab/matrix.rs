//! The cells of the reality matrix: one side's tests, run on the other side's code.

use std::time::Instant;

use guard_model::Side;
use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{BuildState, Cell, CellOutcome};

use super::listing::{Listing, Overlaid};
use super::project::Project;
use super::{Session, broken, cargo, cells, readers, suite};

/// Bytes of a test file that is put onto the other side's code at most.
const MAX_TEST_FILE: u64 = 8 << 20;

/// Builds of a cell after the first: names are resolved before types are checked, so that taking out what does
/// not compile may show what else does not.
const MAX_REBUILDS: usize = 3;

impl Session<'_> {
    pub(super) fn cell_in_budget(&mut self, tests: Side, in_budget: bool) -> Option<Cell> {
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
        let key = self.key(name, &[&change.base.tree, &change.head.tree], &[]);
        if let Some(known) = self.recall(&key) {
            return Some(known);
        }
        let read = |oid: &str| self.request.repo.read(oid, MAX_TEST_FILE).ok();
        let sources = self.request.sources;
        // A new test that passes on base's code with head's data shows nothing; an old one that fails does.
        let tree = self.request.repo.tree(&self.snapshot(tests).tree);
        let readers = (tests == Side::Base).then(|| readers::of(change, sources, tests, &tree)).flatten();
        let overlay = cells::overlay(change, sources, tests, &read, readers);
        if overlay.subjects.is_empty() {
            return Some(Cell::default());
        }
        let gaps_before = self.gaps.len();
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
            self.remember(&key, &cell, gaps_before);
        }
        Some(cell)
    }

    fn run_cell(&mut self, mut overlay: cells::Overlay, tests: Side, name: &str) -> Option<Cell> {
        let code = match tests {
            Side::Base => Side::Head,
            Side::Head => Side::Base,
        };
        if let Some(results) = cells::silenced(&overlay) {
            return Some(Cell { results, ..Cell::default() });
        }
        let mut projects = self.found(code).projects.clone();
        projects.retain(|p| cells::has_tests_of(&overlay, p));
        if projects.is_empty() {
            return None;
        }
        let provisions = match self.lay_out(code, &projects, name) {
            Ok(provisions) => provisions,
            Err(gap) => return Some(Cell { gap: Some(gap), ..Cell::default() }),
        };
        let time = cells::Time {
            left: self.deadline.map(|d| d.saturating_duration_since(Instant::now())),
            head_ms: &self.head_ms,
        };
        let files = Listing(self.request.repo.tree(&self.snapshot(code).tree));
        let mut whole: Option<Cell> = None;
        let mut unbuilt: Option<Option<String>> = None;
        for (project, provision) in projects.iter().zip(provisions.projects) {
            let bench = self.bench();
            cells::lay(&bench, &mut overlay);
            if let Some(results) = cells::silenced(&overlay) {
                return Some(Cell { results, ..Cell::default() });
            }
            let cell = match project {
                Project::Cargo { dir } => {
                    let dir = self.lab.tree().join(dir);
                    let mut lost = broken::Broken::default();
                    let (_, mut built) = cargo::build_workspace(&bench, &dir, &provision.fetched, name);
                    for round in 0..MAX_REBUILDS {
                        if built.outcome.state != BuildState::Failed
                            || !broken::undo_broken(&bench, &mut overlay, &built.outcome, &mut lost)
                        {
                            break;
                        }
                        let again = format!("{name}-again-{round}");
                        built = cargo::build_workspace(&bench, &dir, &provision.fetched, &again).1;
                    }
                    let mut cell =
                        cells::run_subjects(&bench, &overlay, &built.binaries, &lost, &built.outcome, name);
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
                        let built = suite::build(&bench, command, provisions.build.clone(), name);
                        unbuilt = Some(cells::unbuilt(&built));
                    }
                    if let Some(Some(reason)) = &unbuilt {
                        whole.get_or_insert_default().results.extend(part.all_silent(reason));
                        continue;
                    }
                    let cell = match provision.gap {
                        Some(gap) => {
                            Some(Cell { results: part.all_silent(&gap.reason), gap: Some(gap), ms: 0 })
                        }
                        None => cells::run_suite(&bench, &part, &time, name),
                    };
                    match cell {
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
