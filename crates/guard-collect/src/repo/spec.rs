//! What a person asks to be checked.

use serde::{Deserialize, Serialize};

/// Which two states are compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// What the head is.
    pub what: What,
    /// `--base`: a revision or the id of a tree.
    pub base: Option<String>,
    /// `--head`: a revision or the id of a tree; only with [`What::Range`], where it defaults to `HEAD`.
    pub head: Option<String>,
    /// Whether base moves to the merge base of the two sides, so that other people's work since then
    /// does not count as removed. True by default.
    pub merge_base: bool,
    /// The state that a hook remembered before the agent began: id of a commit or tree.
    pub snapshot: Option<String>,
    /// The commit at `HEAD` is going to be replaced (`git commit --amend`), so base is its parent.
    pub amend: bool,
}

/// What the head of a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// What `git add -A` would record.
    Worktree,
    /// What `git commit` would record.
    Staged,
    /// A commit.
    Range,
}

impl Spec {
    /// The work tree against the base that fits.
    pub fn worktree() -> Spec {
        Spec { what: What::Worktree, base: None, head: None, merge_base: true, snapshot: None, amend: false }
    }

    /// The index against `HEAD`.
    pub fn staged() -> Spec {
        Spec { what: What::Staged, ..Spec::worktree() }
    }

    /// One revision against another, from their merge base on.
    pub fn range(base: impl Into<String>, head: impl Into<String>) -> Spec {
        Spec { what: What::Range, base: Some(base.into()), head: Some(head.into()), ..Spec::worktree() }
    }

    /// The same with another base.
    #[must_use]
    pub fn base(mut self, base: impl Into<String>) -> Spec {
        self.base = Some(base.into());
        self
    }
}
