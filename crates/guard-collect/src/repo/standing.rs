//! Where a work tree stands, told by one cheap look: whether anything changed since the last one.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::path::below;
use super::{Repo, RepoError};

/// What `git status` says of a work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Equal for two looks at the same state: the commit, and each path that differs from it with its size and time.
    pub print: String,
    /// Whether nothing differs from the commit.
    pub is_clean: bool,
    /// The commit at `HEAD`; `None` before the first one.
    pub head: Option<String>,
}

impl Repo {
    /// Looks at the work tree once. A file that was rewritten with the same content counts as changed.
    ///
    /// # Errors
    /// When there is no work tree, or git fails.
    pub fn standing(&self) -> Result<Standing, RepoError> {
        let top = self.work_tree()?;
        let scratch = self.scratch()?;
        let git = self.reading_index(scratch.path())?;
        let listed = git.env("GIT_OPTIONAL_LOCKS", "0").run([
            "status",
            "--porcelain=v2",
            "--branch",
            "-z",
            "--untracked-files=all",
            "--no-renames",
            "--ignore-submodules=none",
        ])?;
        let mut hasher = blake3::Hasher::new();
        let mut standing = Standing { print: String::new(), is_clean: true, head: None };
        for record in listed.split(|&b| b == 0).filter(|r| !r.is_empty()) {
            if let Some(rest) = record.strip_prefix(b"# ") {
                if let Some(oid) = rest.strip_prefix(b"branch.oid ") {
                    let oid = String::from_utf8_lossy(oid).into_owned();
                    hasher.update(oid.as_bytes());
                    standing.head = (oid != "(initial)").then_some(oid);
                }
                continue;
            }
            standing.is_clean = false;
            hasher.update(record);
            hasher.update(&[0]);
            if let Some(path) = path_of(record) {
                hasher.update(stamp(&below(top, path)).as_bytes());
            }
        }
        standing.print = hasher.finalize().to_hex()[..32].to_owned();
        Ok(standing)
    }
}

/// The path of a record. Source: git-status(1), "Porcelain Format Version 2".
fn path_of(record: &[u8]) -> Option<&[u8]> {
    let before = match record.first()? {
        b'1' => 8,
        b'u' => 10,
        b'?' => 1,
        _ => return None,
    };
    let mut spaces = record.iter().enumerate().filter(|(_, b)| **b == b' ').map(|(at, _)| at);
    record.get(spaces.nth(before - 1)? + 1..)
}

fn stamp(path: &Path) -> String {
    let Ok(meta) = fs::symlink_metadata(path) else { return String::new() };
    let changed = meta.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    format!("{} {}", meta.len(), changed.as_nanos())
}
