//! Which commands count as proof of a change: those that the lab would run.

use guard_model::{Change, Policy};

use super::cargo;
use super::listing::Listing;
use super::project::{self, Project};
use crate::repo::Repo;

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofCommand {
    /// As it is typed.
    pub line: String,
    /// Directory below the repository root; empty for the root.
    pub dir: String,
}

/// The commands that build and test a change, in order.
pub fn proof_commands(repo: &Repo, change: &Change, policy: &Policy) -> Vec<ProofCommand> {
    let [base, head] = [&change.base, &change.head].map(|side| Listing(repo.tree(&side.tree)));
    let own = policy.build.iter().map(|build| (build.run.clone(), build.dir.clone().unwrap_or_default()));
    let found = project::find(&base, &head, change, &policy.suites).projects;
    let of_project = |project: &Project| match project {
        Project::Cargo { dir } => (cargo::test_command(&policy.cargo), dir.clone()),
        Project::Suite { policy, .. } => (policy.run.clone(), policy.dir.clone().unwrap_or_default()),
    };
    let all = own.chain(found.iter().map(of_project));
    all.map(|(line, dir)| ProofCommand { line, dir }).collect()
}
