//! When a change was made, as far as git knows.

use guard_model::Change;

use super::Repo;

/// The time in which a change was made, in seconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// When the state was committed that the change started from; nothing before the first commit.
    pub began: Option<i64>,
    /// When the head was committed; nothing for a work tree or an index.
    pub ended: Option<i64>,
}

impl Repo {
    /// The time in which `change` was made. A rebase gives commits new dates and another base, and keeps
    /// the dates of their authors: the change started from what base's history held when the oldest of
    /// its commits was written.
    pub fn span(&self, change: &Change) -> Span {
        let dates = |args: &[&str]| -> Vec<i64> {
            let text = self.git.run(["log"].iter().chain(args).chain(&["--"])).unwrap_or_default();
            String::from_utf8_lossy(&text).lines().filter_map(|line| line.parse().ok()).collect()
        };
        let committed = |id: &str| dates(&["--no-walk", "--format=%ct", id]).first().copied();
        let ended = match change.head.kind {
            guard_model::SnapshotKind::Commit => change.head.commit.as_deref().and_then(committed),
            _ => None,
        };
        let Some(base) = change.base.commit.as_deref() else { return Span { began: None, ended } };
        let mut began = committed(base);
        if let (Some(date), Some(tip)) = (began, change.commits.last()) {
            let written = dates(&["--format=%at", &tip.id, &format!("^{base}")]).into_iter().min();
            if let Some(written) = written.filter(|written| *written < date) {
                let before = format!("--before=@{written}");
                began = dates(&["--max-count=1", "--format=%ct", &before, base]).first().copied();
            }
        }
        Span { began, ended }
    }

    /// Whether base's history changed `path` at `time` or later.
    pub fn changed_since(&self, change: &Change, path: &str, time: i64) -> bool {
        let Some(base) = change.base.commit.as_deref() else { return false };
        let since = format!("--since=@{time}");
        let path = format!(":(top,literal){path}");
        let args = ["log", "--max-count=1", "--format=%H", &since, base, "--", &path];
        // What git does not answer may have changed.
        self.git.run(args).map_or(true, |found| !found.is_empty())
    }
}
