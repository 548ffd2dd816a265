//! Bringing the index up to date: what is as it was stays, the rest is read.

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use globset::GlobSet;
use guard_exec::Control;
use guard_model::Language;
use guard_model::policy::PathPolicy;
use guard_syntax::outline::{self, Outline};
use rayon::prelude::*;

use super::{Entry, File, Index, LISTS, TextId};
use crate::lab::this_guard;
use crate::repo::{Repo, RepoError};
use crate::sources::globs;

/// Larger files are data, or generated.
const MAX_FILE: u64 = 1 << 20;

/// Files that are read together: their texts are in memory at once.
const ROUND: usize = 128;

/// What an update may do.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// When to stop reading; what was read by then is kept. Without one, everything is read.
    pub until: Option<Instant>,
    /// Read and keep nothing of earlier runs.
    pub fresh: bool,
}

/// The index, brought up to date.
#[derive(Debug)]
pub struct Updated {
    /// The index.
    pub index: Index,
    /// Files that were read for it.
    pub read: usize,
    /// Files that there was no time for.
    pub unread: usize,
}

impl Index {
    /// The index as it was kept in `file`, whatever tree it is of; empty when there is none that can be read.
    pub fn load(file: &Path, ctl: &Control) -> Index {
        fs::read(file).ok().and_then(|bytes| Index::decode(&bytes, &this_guard(ctl))).unwrap_or_default()
    }

    /// The index of a tree. It is kept in `file`, where the next run finds it; one that cannot be kept is made anew then.
    ///
    /// # Errors
    /// When the tree cannot be listed.
    pub fn of_tree(
        repo: &Repo,
        tree: &str,
        paths: &PathPolicy,
        file: &Path,
        limits: &Limits,
        ctl: &Control,
    ) -> Result<Updated, RepoError> {
        let known = if limits.fresh { Index::default() } else { Index::load(file, ctl) };
        let skipped = written_elsewhere(paths);
        let wanted = sources(repo, tree, &skipped)?;
        let read = |oids: &[&str]| repo.read_all(oids, MAX_FILE);
        let updated = update(known, &wanted, limits.until, &read)?;
        if updated.is_new && !limits.fresh {
            keep(file, &updated.index.encode(&this_guard(ctl)));
        }
        let Update { index, read, unread, .. } = updated;
        Ok(Updated { index, read, unread })
    }
}

/// Source files of a tree that people write, with the ids of their contents, by path.
pub(crate) fn sources(
    repo: &Repo,
    tree: &str,
    skipped: &GlobSet,
) -> Result<Vec<(String, String)>, RepoError> {
    let mut files = repo.tree(tree).files()?;
    files.retain(|(path, _)| Language::of_path(path).is_some() && !skipped.is_match(path));
    files.sort_unstable();
    Ok(files)
}

/// Files that nobody writes by hand.
pub(crate) fn written_elsewhere(paths: &PathPolicy) -> GlobSet {
    globs(paths.ignore.iter().chain(&paths.vendored).chain(&paths.generated))
}

/// The contents of files, by their ids.
type Read<'a> = &'a dyn Fn(&[&str]) -> Result<Vec<Result<Vec<u8>, RepoError>>, RepoError>;

pub(super) struct Update {
    pub(super) index: Index,
    pub(super) is_new: bool,
    pub(super) read: usize,
    pub(super) unread: usize,
}

pub(super) fn update(
    known: Index,
    wanted: &[(String, String)],
    until: Option<Instant>,
    read: Read<'_>,
) -> Result<Update, RepoError> {
    let is_same = known.files.len() == wanted.len()
        && known
            .files
            .iter()
            .zip(wanted)
            .all(|(file, (path, oid))| *file.path == **path && *file.oid == **oid);
    if is_same {
        return Ok(Update { index: known, is_new: false, read: 0, unread: 0 });
    }
    // A file that was only moved is as it was, where its path says the same of it.
    let moved: HashMap<&str, &File> = known.files.iter().map(|file| (&*file.oid, file)).collect();
    let as_known = |path: &str, oid: &str| -> Option<&File> {
        let same = known.file(path).filter(|file| *file.oid == *oid);
        same.or_else(|| moved.get(oid).copied().filter(|file| is_alike(&file.path, path)))
    };
    let missing: Vec<&(String, String)> =
        wanted.iter().filter(|(path, oid)| as_known(path, oid).is_none()).collect();
    let mut outlines: HashMap<&str, Option<Outline>> = HashMap::new();
    for round in missing.chunks(ROUND) {
        if until.is_some_and(|until| Instant::now() >= until) {
            break;
        }
        let oids: Vec<&str> = round.iter().map(|(_, oid)| oid.as_str()).collect();
        let texts = read(&oids)?;
        let found: Vec<(&str, Option<Outline>)> = round
            .par_iter()
            .zip(texts)
            .map(|((path, _), text)| {
                (path.as_str(), text.ok().and_then(|text| outline::outline(path, &text)))
            })
            .collect();
        outlines.extend(found);
    }
    let unread = missing.len() - outlines.len();
    let mut made =
        Maker { known: &known, ids: HashMap::new(), from_known: HashMap::new(), index: Index::default() };
    for (path, oid) in wanted {
        if let Some(file) = as_known(path, oid) {
            made.copy(path, file);
        } else if let Some(outline) = outlines.get(path.as_str()) {
            made.add(path, oid, outline.as_ref());
        }
    }
    Ok(Update { index: made.index, is_new: true, read: outlines.len(), unread })
}

/// Whether the same content means the same at both paths.
fn is_alike(one: &str, other: &str) -> bool {
    Language::of_path(one) == Language::of_path(other)
        && guard_syntax::is_test_path(one, None) == guard_syntax::is_test_path(other, None)
}

/// Makes an index of files that are known and files that are new. Texts that nothing names any more stay behind.
struct Maker<'a> {
    known: &'a Index,
    ids: HashMap<Box<str>, TextId>,
    from_known: HashMap<TextId, TextId>,
    index: Index,
}

impl Maker<'_> {
    fn id(&mut self, text: &str) -> TextId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = self.index.texts.len() as TextId;
        self.ids.insert(text.into(), id);
        self.index.texts.push(text.into());
        id
    }

    fn id_of_known(&mut self, old: TextId) -> TextId {
        if let Some(&id) = self.from_known.get(&old) {
            return id;
        }
        let known = self.known;
        let id = self.id(known.text(old));
        self.from_known.insert(old, id);
        id
    }

    fn copy(&mut self, path: &str, file: &File) {
        let known = self.known;
        let start = self.index.entries.len() as u32;
        let number = self.index.files.len() as u32;
        for entry in known.entries_of(file).1 {
            let mut lists = [self.index.pool.len() as u32; LISTS + 1];
            for (at, pair) in entry.lists.windows(2).enumerate() {
                for &id in known.pool.get(pair[0] as usize..pair[1] as usize).unwrap_or_default() {
                    let id = self.id_of_known(id);
                    self.index.pool.push(id);
                }
                lists[at + 1] = self.index.pool.len() as u32;
            }
            let (name, qualified) = (self.id_of_known(entry.name), self.id_of_known(entry.qualified));
            self.index.entries.push(Entry { file: number, name, qualified, lists, ..entry.clone() });
        }
        let entries = start..self.index.entries.len() as u32;
        let (path, oid) = (path.into(), file.oid.clone());
        self.index.files.push(File { path, oid, is_read: file.is_read, entries });
    }

    fn add(&mut self, path: &str, oid: &str, outline: Option<&Outline>) {
        let start = self.index.entries.len() as u32;
        let number = self.index.files.len() as u32;
        if let Some(outline) = outline {
            let ids: Vec<TextId> = outline.texts.iter().map(|text| self.id(text)).collect();
            for entry in &outline.entries {
                let parts =
                    [&entry.calls, &entry.names, &entry.words, &entry.given, &entry.like, &entry.routes];
                let mut lists = [self.index.pool.len() as u32; LISTS + 1];
                for (at, part) in parts.into_iter().enumerate() {
                    self.index.pool.extend(part.iter().map(|text| ids[*text as usize]));
                    lists[at + 1] = self.index.pool.len() as u32;
                }
                self.index.entries.push(Entry {
                    file: number,
                    sort: entry.sort,
                    name: ids[entry.name as usize],
                    qualified: ids[entry.qualified as usize],
                    line: entry.line,
                    end_line: entry.end_line.max(entry.line),
                    tokens: entry.tokens,
                    form: entry.form,
                    lists,
                });
            }
        }
        let entries = start..self.index.entries.len() as u32;
        let (path, oid) = (path.into(), oid.into());
        self.index.files.push(File { path, oid, is_read: outline.is_some(), entries });
    }
}

/// Whole or not at all: another run may read it now. A full disk costs only time.
fn keep(file: &Path, bytes: &[u8]) {
    let Some(dir) = file.parent() else { return };
    let _ = tempfile::NamedTempFile::new_in(dir).and_then(|mut temporary| {
        temporary.write_all(bytes)?;
        Ok(temporary.persist(file)?)
    });
}
