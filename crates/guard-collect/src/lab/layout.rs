//! Lays one side's files out in the lab, and brings what its projects need, before any of their code runs.

use std::collections::BTreeSet;

use guard_model::Side;
use guard_model::evidence::{Gap, GapKind};

use super::cargo::Fetched;
use super::pointers::Pointers;
use super::project::{self, Project};
use super::{KEPT, Session, cargo, suite, tree};

/// What was brought for the projects of one side, and what was not.
#[derive(Debug, Default)]
pub(super) struct Provisions {
    /// Why the policy's build command lacks what it needs.
    pub(super) build: Option<Gap>,
    /// One of each project, in their order.
    pub(super) projects: Vec<Provision>,
}

/// What one project has and lacks.
#[derive(Debug, Default)]
pub(super) struct Provision {
    /// Dependencies of a cargo workspace.
    pub(super) fetched: Fetched,
    /// What a suite's `prepare` was to bring.
    pub(super) gap: Option<Gap>,
}

impl Session<'_> {
    /// Lays out one side, with what `projects` need; `name` names the logs. Nothing is fetched later on: the
    /// network is open to these commands, and the code that runs then may write into the tree.
    pub(super) fn lay_out(
        &mut self,
        side: Side,
        projects: &[Project],
        name: &str,
    ) -> Result<Provisions, Gap> {
        let tree = self.snapshot(side).tree.clone();
        self.checkout(side, &tree)?;
        self.lab.clear().map_err(|e| Gap::of_runs(GapKind::Input, e.to_string()))?;
        let bench = self.bench();
        let known = self.request.scratch.known();
        let build = self.request.policy.build.as_ref().and_then(|command| {
            let dir = suite::directory(&bench, command.dir.as_deref());
            suite::prepare(&bench, command.prepare.as_deref(), &dir, &format!("prepare-build-{name}"))
        });
        let of_project = |project: &Project| match project {
            Project::Cargo { dir } => {
                let dir = bench.lab.tree().join(dir);
                let fetched = cargo::fetch(&bench, &dir, self.request.change, &known);
                Provision { fetched, gap: None }
            }
            Project::Suite { policy, .. } => {
                let dir = suite::directory(&bench, policy.dir.as_deref());
                let log = format!("prepare-{name}-{}", policy.name);
                let gap = suite::prepare(&bench, policy.prepare.as_deref(), &dir, &log);
                Provision { fetched: Fetched::default(), gap }
            }
        };
        let projects = projects.iter().map(of_project).collect();
        Ok(Provisions { build, projects })
    }

    fn checkout(&mut self, side: Side, tree: &str) -> Result<(), Gap> {
        let sides = [Side::Base, Side::Head].map(|side| self.found(side));
        let projects = sides.iter().flat_map(|found| &found.projects);
        let dirs: BTreeSet<&str> = projects.map(Project::dir).chain([""]).collect();
        let kept: Vec<String> = dirs.iter().map(|dir| project::below(dir, KEPT)).collect();
        let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
        let checkout =
            self.request.repo.checkout(tree, &self.lab.tree(), &self.lab.index(), &kept).map_err(|e| {
                Gap::of_runs(GapKind::Input, format!("cannot lay out the files to build: {e}"))
            })?;
        self.offer_git(tree);
        let empty = checkout.missing.iter().map(|(path, reason)| {
            Gap::new(GapKind::Input, format!("submodule `{path}` is empty in the build: {reason}"))
        });
        for gap in empty.chain(Pointers::gap(&checkout.unfilled)) {
            if !self.gaps.contains(&gap) {
                self.gaps.push(gap);
            }
        }
        match side {
            Side::Base => self.pointers.base = checkout.unfilled,
            Side::Head => self.pointers.head = checkout.unfilled,
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
}
