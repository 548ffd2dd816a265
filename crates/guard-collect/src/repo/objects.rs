//! Reading objects: one `git cat-file --batch` for the whole run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use guard_exec::Piped;

use super::git::{self, Git};
use super::{RepoError, path};

/// Kinds of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Blob,
    Tree,
    Commit,
    Tag,
}

/// An object as it was read.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) oid: String,
    pub(super) kind: Kind,
    pub(super) size: u64,
    /// The content, or its beginning when it is longer than the reader wanted.
    pub(super) data: Vec<u8>,
}

/// One entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Mode such as `100644`; `40000` is a directory, `120000` a link, `160000` a submodule.
    pub mode: u32,
    /// Name as bytes.
    pub raw_name: Vec<u8>,
    /// Name as the model writes it.
    pub name: String,
    /// Object id.
    pub oid: String,
}

impl Entry {
    /// A directory.
    pub fn is_dir(&self) -> bool {
        self.mode == 0o40000
    }

    /// A file, executable or not, but not a link.
    pub fn is_file(&self) -> bool {
        self.mode & 0o170000 == 0o100000
    }

    /// A symbolic link.
    pub fn is_link(&self) -> bool {
        self.mode == 0o120000
    }

    /// A submodule.
    pub fn is_submodule(&self) -> bool {
        self.mode == 0o160000
    }
}

/// Trees are small; a larger one than this is not read.
const TREE_LIMIT: u64 = 256 << 20;

/// Requests that are written before their answers are read: less than a pipe holds.
const IN_FLIGHT: usize = 256;

/// The reader.
#[derive(Debug)]
pub(super) struct Objects {
    git: Git,
    packs: PathBuf,
    id_bytes: usize,
    child: Mutex<Option<Piped>>,
    trees: Mutex<HashMap<String, Arc<Vec<Entry>>>>,
}

impl Objects {
    /// A reader of what `git` sees; `id_bytes` is the length of an object id.
    pub(super) fn new(git: Git, id_bytes: usize, objects_dir: &Path) -> Objects {
        Objects {
            git,
            packs: objects_dir.join("pack"),
            id_bytes,
            child: Mutex::new(None),
            trees: Mutex::new(HashMap::new()),
        }
    }

    /// The object of a name without line ends; `None` when there is none. Only names that git can
    /// look up without failing: ids, `HEAD`, full ref names, and those with `^{commit}` or `^{tree}`.
    pub(super) fn find(&self, name: &str, limit: u64) -> Result<Option<Object>, RepoError> {
        let mut found = None;
        self.each(&[name], limit, |_, object| {
            found = object;
            Ok(())
        })?;
        Ok(found)
    }

    /// The object of an id.
    pub(super) fn get(&self, oid: &str, limit: u64) -> Result<Object, RepoError> {
        self.find(oid, limit)?.ok_or_else(|| self.missing(oid))
    }

    /// Hands over the objects of many names, in order. An object of more than `limit` bytes comes
    /// with that many.
    pub(super) fn each(
        &self,
        names: &[&str],
        limit: u64,
        mut take: impl FnMut(usize, Option<Object>) -> Result<(), RepoError>,
    ) -> Result<(), RepoError> {
        let mut guard = self.child();
        for (round, chunk) in names.chunks(IN_FLIGHT).enumerate() {
            // A child that failed half-way through an answer is of no use to the next reader.
            let mut child = match guard.take() {
                Some(child) => child,
                None => self.start()?,
            };
            let request: String = chunk.iter().flat_map(|name| [name, "\n"]).collect();
            child.send(request.as_bytes())?;
            for (i, name) in chunk.iter().enumerate() {
                let object = receive(&mut child, name, limit)?;
                take(round * IN_FLIGHT + i, object)?;
            }
            *guard = Some(child);
        }
        Ok(())
    }

    /// The entries of a tree, in git's order.
    pub(super) fn tree(&self, oid: &str) -> Result<Arc<Vec<Entry>>, RepoError> {
        if let Some(known) = lock(&self.trees).get(oid) {
            return Ok(known.clone());
        }
        let object = self.get(oid, TREE_LIMIT)?;
        if object.kind != Kind::Tree || object.size > TREE_LIMIT {
            return Err(RepoError::unexpected("git cat-file", format!("{oid} is not a readable tree")));
        }
        let entries = parse_tree(&object.data, self.id_bytes)
            .ok_or_else(|| RepoError::unexpected("git cat-file", format!("tree {oid} is malformed")))?;
        let entries = Arc::new(entries);
        lock(&self.trees).insert(oid.to_owned(), entries.clone());
        Ok(entries)
    }

    /// The error for an object that is not here.
    pub(super) fn missing(&self, oid: &str) -> RepoError {
        // A pack from a server that keeps the rest has a `.promisor` file beside it.
        let partial = std::fs::read_dir(&self.packs).is_ok_and(|packs| {
            packs.flatten().any(|f| f.path().extension().is_some_and(|e| e == "promisor"))
        });
        RepoError::MissingObject { oid: oid.to_owned(), partial }
    }

    fn child(&self) -> MutexGuard<'_, Option<Piped>> {
        lock(&self.child)
    }

    fn start(&self) -> Result<Piped, RepoError> {
        let args = git::owned(["cat-file", "--batch"]);
        Ok(Piped::start(&self.git.cmd(&args), self.git.control())?)
    }
}

/// A reader that panicked has left nothing half-done behind that matters here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// One answer: `<id> <kind> <size>`, the content and a line end; or `<name> missing`.
fn receive(child: &mut Piped, name: &str, limit: u64) -> Result<Option<Object>, RepoError> {
    let line = child.line()?.unwrap_or_default();
    let line = String::from_utf8_lossy(&line).into_owned();
    if let Some(rest) = line.strip_prefix(name)
        && matches!(rest.trim_start(), "missing" | "ambiguous")
    {
        return Ok(None);
    }
    let odd = || RepoError::unexpected("git cat-file --batch", format!("`{line}` for {name}"));
    let mut words = line.split(' ');
    let (Some(oid), Some(kind), Some(size)) = (words.next(), words.next(), words.next()) else {
        return Err(odd());
    };
    let kind = match kind {
        "blob" => Kind::Blob,
        "tree" => Kind::Tree,
        "commit" => Kind::Commit,
        "tag" => Kind::Tag,
        _ => return Err(odd()),
    };
    let size: u64 = size.parse().map_err(|_| odd())?;
    let wanted = usize::try_from(size.min(limit)).map_err(|_| odd())?;
    let data = child.bytes(wanted)?;
    let mut rest = size - wanted as u64 + 1;
    while rest > 0 {
        let step = rest.min(1 << 16);
        child.bytes(usize::try_from(step).unwrap_or(1 << 16))?;
        rest -= step;
    }
    Ok(Some(Object { oid: oid.to_owned(), kind, size, data }))
}

/// `<mode> <name>\0<id>` over and over.
fn parse_tree(mut data: &[u8], id_bytes: usize) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    while !data.is_empty() {
        let space = data.iter().position(|&b| b == b' ')?;
        let mode = u32::from_str_radix(std::str::from_utf8(&data[..space]).ok()?, 8).ok()?;
        data = &data[space + 1..];
        let nul = data.iter().position(|&b| b == 0)?;
        let raw_name = data[..nul].to_vec();
        let id = data.get(nul + 1..nul + 1 + id_bytes)?;
        let oid = id.iter().map(|b| format!("{b:02x}")).collect();
        data = &data[nul + 1 + id_bytes..];
        entries.push(Entry { mode, name: path::shown(&raw_name), raw_name, oid });
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_entry_by_entry_and_a_cut_one_is_refused() {
        let mut data = b"100644 a\xff\0".to_vec();
        data.extend([0xab; 20]);
        data.extend(b"40000 dir\0");
        data.extend([1; 20]);
        let entries = parse_tree(&data, 20).expect("well-formed");
        assert_eq!(entries.len(), 2);
        assert_eq!((entries[0].name.as_str(), entries[0].mode), ("a\\xff", 0o100644));
        assert_eq!(entries[0].oid, "ab".repeat(20));
        assert!(entries[1].is_dir());
        for cut in 1..data.len() {
            if cut != 30 && cut != data.len() {
                assert!(parse_tree(&data[..cut], 20).is_none(), "{cut}");
            }
        }
    }
}
