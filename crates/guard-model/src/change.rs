//! The change under judgement: two snapshots and what differs between them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::source::Language;

/// Two snapshots of a repository and the files that differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The side before the change.
    pub base: Snapshot,
    /// The side that was handed over.
    pub head: Snapshot,
    /// Why this base was taken, as a phrase for people ("HEAD", "merge base with origin/main", "--base").
    pub base_reason: String,
    /// The merge base of what was named, when base was moved there; object id.
    pub merge_base: Option<String>,
    /// Files that differ, in path order of head.
    pub files: Vec<FileChange>,
    /// Commits of the range base..head, oldest first; empty for a work tree without commits.
    pub commits: Vec<Commit>,
}

impl Change {
    /// Lines added over all text files.
    pub fn added(&self) -> u64 {
        self.files.iter().map(|f| u64::from(f.added)).sum()
    }

    /// Lines removed over all text files.
    pub fn removed(&self) -> u64 {
        self.files.iter().map(|f| u64::from(f.removed)).sum()
    }

    /// The change of the file that has `path` at head, or had it at base.
    pub fn file(&self, path: &str) -> Option<&FileChange> {
        self.files
            .iter()
            .find(|f| f.path == path)
            .or_else(|| self.files.iter().find(|f| f.base_path() == path))
    }
}

/// One state of the repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Snapshot {
    /// What kind of state this is.
    pub kind: SnapshotKind,
    /// Object id of the commit, where the state is one.
    pub commit: Option<String>,
    /// Object id of the tree (of a scratch object store for index and work tree).
    pub tree: String,
    /// How a person would name it: a short id, "index", "work tree".
    pub name: String,
}

/// The kinds of states that can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotKind {
    /// A commit of the repository.
    Commit,
    /// The index: what `git commit` would record.
    Index,
    /// The work tree: what `git add -A` would record.
    Worktree,
    /// The empty tree: before the first commit.
    Empty,
}

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileChange {
    /// What happened to it.
    pub kind: ChangeKind,
    /// Path at head (at base for a deletion), relative to the repository root, with `/`.
    /// Bytes that are not UTF-8 stand as `\xNN`.
    pub path: String,
    /// Path at base, when it differs from `path` (rename or copy).
    pub old_path: Option<String>,
    /// File mode at base, such as `100644`; `None` when the file was not there.
    pub old_mode: Option<String>,
    /// File mode at head; `None` when the file is gone.
    pub new_mode: Option<String>,
    /// Blob (or submodule commit) id at base.
    pub old_oid: Option<String>,
    /// Blob (or submodule commit) id at head.
    pub new_oid: Option<String>,
    /// What the content is.
    pub content: FileKind,
    /// Language of the file, by name.
    pub language: Option<Language>,
    /// Lines added.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
    /// Changed line ranges; empty for anything that is not text.
    pub hunks: Vec<Hunk>,
}

impl FileChange {
    /// The path that the file had at base.
    pub fn base_path(&self) -> &str {
        self.old_path.as_deref().unwrap_or(&self.path)
    }

    /// Whether line `line` (1-based, at head) was added or changed.
    pub fn touches_head_line(&self, line: u32) -> bool {
        self.hunks.iter().any(|h| h.new_lines > 0 && line >= h.new_start && line < h.new_start + h.new_lines)
    }

    /// Whether any line in `first..=last` at head was added or changed, or a line was removed inside it.
    pub fn touches_head_range(&self, first: u32, last: u32) -> bool {
        self.hunks.iter().any(|h| {
            if h.new_lines == 0 {
                // A pure removal sits between `new_start` and the line after it.
                h.new_start >= first && h.new_start < last
            } else {
                h.new_start <= last && h.new_start + h.new_lines > first
            }
        })
    }

    /// Whether any line in `first..=last` at base was removed or changed.
    pub fn touches_base_range(&self, first: u32, last: u32) -> bool {
        self.hunks.iter().any(|h| h.old_lines > 0 && h.old_start <= last && h.old_start + h.old_lines > first)
    }
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// New at head.
    Added,
    /// Content (and perhaps mode) differs.
    Modified,
    /// Gone at head.
    Deleted,
    /// Moved, perhaps with edits.
    Renamed,
    /// Copied from a file that is still there.
    Copied,
    /// File became a link or a submodule, or the other way round.
    TypeChanged,
    /// Only the mode differs.
    ModeChanged,
}

/// What a changed path holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// Text that can be compared by line.
    Text,
    /// Bytes.
    Binary,
    /// A symbolic link.
    Symlink,
    /// A submodule pointer.
    Submodule,
    /// A Git LFS pointer: the content is not in the repository.
    LfsPointer,
}

/// One changed line range, without context lines. Starts are 1-based; a start with zero lines names
/// the line *before* the gap, as in a unified diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hunk {
    /// First line at base.
    pub old_start: u32,
    /// Lines at base.
    pub old_lines: u32,
    /// First line at head.
    pub new_start: u32,
    /// Lines at head.
    pub new_lines: u32,
}

/// One commit of the range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Commit {
    /// Object id.
    pub id: String,
    /// Parent ids.
    pub parents: Vec<String>,
    /// Author as `Name <mail>`.
    pub author: String,
    /// Whole message.
    pub message: String,
}
