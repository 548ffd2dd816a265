//! Tests that are red under base's command, and that head's own command, which the change edits, makes pass.
//!
//! A change must not choose how it is tested, so base's command decides. But a set-up that the new command brings may be
//! all that the tests lack; what passes with it is not called broken.

use guard_model::lab::{Condition, Proof, TestOutcome, TestRun};
use guard_model::policy::SuitePolicy;
use guard_model::{Language, Side};

use super::listing::Listing;
use super::project::{self, Files, Project};
use super::{Session, suite};

/// Words of a file by which it may change what tests hold to be right.
const JUDGING: [&str; 6] = ["assert", "expect", "mock", "node:test", "process.exit", "unittest"];

impl Session<'_> {
    /// Runs a suite that is red at head once more by head's own command, where that is another one.
    pub(super) fn note_own_command(&self, policy: &SuitePolicy, languages: &[Language], tests: &mut TestRun) {
        let is_red = tests.results.iter().any(|r| r.outcome.is_failure() && r.condition.is_none());
        if !is_red || languages.is_empty() || self.request.ctl.is_interrupted() {
            return;
        }
        let tree = Listing(self.request.repo.tree(&self.snapshot(Side::Head).tree));
        let Some(own) = own_command(&tree, self, policy) else { return };
        if self.may_change_judgement(&tree, &own.run) {
            return;
        }
        let green = suite::run(&self.bench(), &own, "head-own-command").tests;
        for result in tests.results.iter_mut().filter(|r| r.outcome.is_failure() && r.condition.is_none()) {
            if green.result(&result.id).is_some_and(|r| r.outcome == TestOutcome::Passed) {
                let says = format!("passes by the command that this change introduces, `{}`", own.run);
                result.condition = Some(Condition { says, proof: Proof::Rerun });
            }
        }
    }

    /// Whether a file of the change that the command names has to do with how tests judge.
    fn may_change_judgement(&self, tree: &dyn Files, command: &str) -> bool {
        let named = |path: &str| {
            let file = path.rsplit('/').next().unwrap_or(path);
            let stem = file.split('.').next().unwrap_or(file);
            command.contains(file)
                || command.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == stem)
        };
        let changed = self.request.change.files.iter().filter(|f| f.new_oid.is_some() && named(&f.path));
        changed.filter_map(|f| tree.read(&f.path)).any(|text| JUDGING.iter().any(|word| text.contains(word)))
    }
}

/// The suite as head's own manifest says it, when that is another command.
fn own_command(tree: &dyn Files, session: &Session<'_>, policy: &SuitePolicy) -> Option<SuitePolicy> {
    let found = project::find(tree, tree, session.request.change, &session.request.policy.suites);
    found.projects.into_iter().find_map(|project| match project {
        Project::Suite { policy: own, .. } if own.dir == policy.dir && own.run != policy.run => Some(own),
        _ => None,
    })
}
