//! Writing trees: those above changed paths only, into guard's store only.

use std::collections::BTreeMap;

use guard_exec::Piped;

use super::objects::Entry;
use super::path::shown;
use super::{Repo, RepoError, git};

/// What stands at a path: a file, a link, a submodule, or a whole directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) mode: u32,
    pub(super) oid: String,
}

/// Changes below one directory.
#[derive(Debug, Default)]
struct Dir {
    /// Changes of names that are no directories; `None` removes.
    leaves: BTreeMap<Vec<u8>, Option<Leaf>>,
    dirs: BTreeMap<Vec<u8>, Dir>,
}

impl Dir {
    fn put(&mut self, path: &[u8], leaf: Option<Leaf>) {
        match path.iter().position(|&b| b == b'/') {
            Some(slash) => self.dirs.entry(path[..slash].to_vec()).or_default().put(&path[slash + 1..], leaf),
            None => {
                self.leaves.insert(path.to_vec(), leaf);
            }
        }
    }
}

impl Repo {
    /// The tree `base` with `changes` applied; its id.
    pub(super) fn splice(
        &self,
        base: &str,
        changes: Vec<(Vec<u8>, Option<Leaf>)>,
    ) -> Result<String, RepoError> {
        if changes.is_empty() {
            return Ok(base.to_owned());
        }
        let mut root = Dir::default();
        for (path, leaf) in changes {
            root.put(&path, leaf);
        }
        let args = git::owned(["mktree", "-z", "--missing", "--batch"]);
        let writer = self.writer();
        let mut child = Piped::start(&writer.cmd(&args), writer.control())?;
        match self.splice_dir(&mut child, Some(base), &root)? {
            Some(tree) => Ok(tree),
            None => make_tree(&mut child, &BTreeMap::new()),
        }
    }

    /// The tree of one directory; `None` when nothing is left in it.
    fn splice_dir(
        &self,
        child: &mut Piped,
        base: Option<&str>,
        dir: &Dir,
    ) -> Result<Option<String>, RepoError> {
        let mut entries: BTreeMap<Vec<u8>, Leaf> = BTreeMap::new();
        if let Some(base) = base.filter(|oid| *oid != self.empty_tree()) {
            let known = self.objects.tree(base)?;
            entries.extend(
                known.iter().map(|e: &Entry| (e.raw_name.clone(), Leaf { mode: e.mode, oid: e.oid.clone() })),
            );
        }
        // A directory that stands for itself comes before changes inside of it.
        for (name, leaf) in &dir.leaves {
            if let Some(leaf) = leaf.as_ref().filter(|leaf| leaf.mode == TREE) {
                entries.insert(name.clone(), leaf.clone());
            }
        }
        for (name, below) in &dir.dirs {
            let old = entries.get(name).filter(|leaf| leaf.mode == TREE).map(|leaf| leaf.oid.clone());
            match self.splice_dir(child, old.as_deref(), below)? {
                Some(oid) => {
                    entries.insert(name.clone(), Leaf { mode: TREE, oid });
                }
                // A file that took the directory's place stays.
                None if old.is_some() => {
                    entries.remove(name);
                }
                None => {}
            }
        }
        for (name, leaf) in &dir.leaves {
            match leaf {
                Some(leaf) if leaf.mode == TREE => {}
                Some(leaf) => {
                    entries.insert(name.clone(), leaf.clone());
                }
                // A directory that took the file's place stays.
                None if entries.get(name).is_some_and(|known| known.mode == TREE) => {}
                None => {
                    entries.remove(name);
                }
            }
        }
        if entries.is_empty() { Ok(None) } else { make_tree(child, &entries).map(Some) }
    }
}

const TREE: u32 = 0o40000;

/// Writes one tree; git sorts it.
fn make_tree(child: &mut Piped, entries: &BTreeMap<Vec<u8>, Leaf>) -> Result<String, RepoError> {
    let mut request = Vec::new();
    for (name, leaf) in entries {
        let kind = match leaf.mode {
            TREE => "tree",
            0o160000 => "commit",
            _ => "blob",
        };
        request.extend(format!("{:06o} {kind} {}\t", leaf.mode, leaf.oid).into_bytes());
        request.extend_from_slice(name);
        request.push(0);
    }
    request.push(0);
    child.send(&request)?;
    let line = child.line()?.unwrap_or_default();
    if line.len() < 40 {
        return Err(RepoError::unexpected("git mktree", shown(&line)));
    }
    Ok(shown(&line))
}
