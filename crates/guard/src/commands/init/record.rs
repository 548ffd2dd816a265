//! What `guard init` wrote, kept in the git directory, so that `--undo` takes back that and nothing else.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::action::{Action, read, shown_path};
use super::settings::{self, Added};

/// Below the git directory.
const FILE: &str = "guard/init.json";

/// Version of the file.
const VERSION: u32 = 1;

/// All that was written and not yet taken back, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    version: u32,
    pub(super) entries: Vec<Entry>,
}

/// One file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The file, below the top of the work tree where it lies there.
    pub(super) path: PathBuf,
    /// What stood there; nothing when it was made.
    pub(super) before: Option<String>,
    /// What was written.
    pub(super) after: String,
    /// Which part of it is guard's.
    pub(super) part: Part,
    /// Where an earlier file of that name went.
    pub(super) moved: Option<PathBuf>,
    /// Directories that were made for it, the innermost first.
    pub(super) dirs: Vec<PathBuf>,
    /// Whether it is a program.
    #[serde(default)]
    pub(super) program: bool,
}

/// What of a file is guard's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// A piece of text.
    Block(String),
    /// Hooks in settings.
    Hooks(Added),
}

impl Default for Record {
    fn default() -> Record {
        Record { version: VERSION, entries: Vec::new() }
    }
}

impl Record {
    /// Where it is kept.
    pub(super) fn path(git_dir: &Path) -> PathBuf {
        git_dir.join(FILE)
    }

    /// What is known; nothing when init never ran here.
    pub(super) fn load(git_dir: &Path, top: &Path) -> Result<Record> {
        let path = Record::path(git_dir);
        let Some(text) = read(&path, top)? else { return Ok(Record::default()) };
        let name = shown_path(&path, top);
        let record: Record = serde_json::from_str(&text)
            .with_context(|| format!("{name} is not readable; take out by hand what `guard init` wrote"))?;
        if record.version != VERSION {
            bail!("{name} was written by another version of guard");
        }
        Ok(record)
    }

    /// Its text.
    pub(super) fn text(&self) -> Result<String> {
        Ok(format!("{}\n", serde_json::to_string_pretty(self)?))
    }
}

/// What taking an entry back means.
pub(super) enum Undoing {
    /// These actions.
    Actions(Vec<Action>),
    /// Nothing: it is gone already.
    Gone,
    /// Nothing: the user changed it since.
    Changed,
}

impl Entry {
    /// The actions that take it back from what stands there now.
    pub(super) fn undo(&self, now: Option<&str>, top: &Path) -> Undoing {
        let path = top.join(&self.path);
        let Some(now) = now else { return Undoing::Gone };
        let write = |after: String| {
            let before = Some(now.to_owned());
            Undoing::Actions(vec![Action::Write { path: path.clone(), before, after, program: self.program }])
        };
        if now == self.after {
            if let Some(before) = &self.before {
                return write(before.clone());
            }
            let dirs = self.dirs.iter().map(|d| top.join(d)).collect();
            let mut actions = vec![Action::Remove { path: path.clone(), before: now.to_owned(), dirs }];
            if let Some(moved) = self.moved.as_ref().map(|m| top.join(m)).filter(|m| m.exists()) {
                actions.push(Action::Move { from: moved, to: path });
            }
            return Undoing::Actions(actions);
        }
        match &self.part {
            Part::Whole => Undoing::Changed,
            Part::Block(block) if now.matches(block.as_str()).count() == 1 => {
                write(now.replacen(block, "", 1))
            }
            Part::Block(_) => Undoing::Changed,
            Part::Hooks(added) => settings::without(now, added).map_or(Undoing::Changed, write),
        }
    }
}
