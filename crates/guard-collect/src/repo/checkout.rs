//! Putting a state on disk, outside of the repository, again and again into the same place.
//!
//! Only files that differ are rewritten; the others keep their time stamps, so builds there stay
//! incremental. What the last build or test left behind goes, except what the caller keeps.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::git::Git;
use super::lfs::{Shelf, Stores, Unfilled};
use super::path::{below, bytes, os, quoted, shown};
use super::{Repo, RepoError};
use crate::remove;

/// A state on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// Where it is.
    pub dir: PathBuf,
    /// Submodules that are filled in, by path.
    pub submodules: Vec<String>,
    /// Submodules that are empty directories because their commit is not on this machine: path and
    /// reason.
    pub missing: Vec<(String, String)>,
    /// Files that are Git LFS pointers because their content is not on this machine.
    pub unfilled: Vec<Unfilled>,
    /// Files and directories of earlier runs that were removed.
    pub removed: u64,
}

/// Submodules in submodules in submodules are followed this far.
const DEPTH: u32 = 8;

/// Settings of a checkout: everything is there; git-lfs, which would reach for its server, is not started.
const CONFIG: &[&str] = &[
    "core.sparseCheckout=false",
    "core.bare=false",
    "filter.lfs.smudge=",
    "filter.lfs.process=",
    "filter.lfs.required=false",
];

/// One state being put on disk: the repository's or a submodule's.
struct Site {
    git: Git,
    /// Id of a tree or commit.
    tree: String,
    dir: PathBuf,
    index: PathBuf,
    /// Git directory that may hold `modules/`.
    modules: PathBuf,
    /// Where the user has this repository's work tree.
    beside: Option<PathBuf>,
    /// Path from the top, with a slash at the end unless empty.
    prefix: Vec<u8>,
    depth: u32,
}

impl Repo {
    /// Puts the tree `tree` into the directory `into`, made when missing. `index` is a file of the
    /// caller's that remembers what is there; `keep` names paths below `into` that are neither removed
    /// nor looked at, such as `target`. Two runs must not use the same directory at once.
    ///
    /// Line ends and filters are those of the user's configuration, as in a checkout of their own; Git
    /// LFS content stays a pointer.
    ///
    /// # Errors
    /// When `into` is the work tree or lies in the git directory, objects are missing, or the disk is full.
    pub fn checkout(
        &self,
        tree: &str,
        into: &Path,
        index: &Path,
        keep: &[&str],
    ) -> Result<Checkout, RepoError> {
        fs::create_dir_all(into).map_err(RepoError::io(into))?;
        let dir = fs::canonicalize(into).map_err(RepoError::io(into))?;
        let index = std::path::absolute(index).map_err(RepoError::io(index))?;
        let holds_work_tree =
            self.top.as_ref().is_some_and(|top| fs::canonicalize(top).is_ok_and(|top| top.starts_with(&dir)));
        if holds_work_tree || dir.starts_with(&self.common_dir) || self.common_dir.starts_with(&dir) {
            return Err(RepoError::InsideRepository { dir });
        }
        let git = CONFIG.iter().fold(self.git.clone(), |git, setting| git.config(*setting));
        let mut done = Checkout {
            dir: dir.clone(),
            submodules: Vec::new(),
            missing: Vec::new(),
            unfilled: Vec::new(),
            removed: 0,
        };
        let site = Site {
            git,
            tree: tree.to_owned(),
            dir,
            index,
            modules: self.common_dir.clone(),
            beside: self.top.clone(),
            prefix: Vec::new(),
            depth: 0,
        };
        let keep = keep.iter().map(|path| path.trim_matches('/').as_bytes().to_vec()).collect();
        let gitlinks = self.materialise(&site, &keep, &mut done)?;
        self.fill(&site, gitlinks, &mut done)?;
        Ok(done)
    }

    /// Brings one directory to its state; returns paths and commits of its submodules.
    fn materialise(
        &self,
        site: &Site,
        keep: &HashSet<Vec<u8>>,
        done: &mut Checkout,
    ) -> Result<BTreeMap<Vec<u8>, String>, RepoError> {
        let listed = site.git.run(["ls-tree", "-r", "-z", "--full-tree", &site.tree])?;
        let (files, gitlinks) = wanted(&listed)?;
        let mut shelf = site.index.clone().into_os_string();
        shelf.push(".lfs");
        let shelf = Shelf::take(&site.dir, shelf.into());
        done.removed += tidy(&site.dir, &files, &gitlinks, keep)?;
        let git = site
            .git
            .clone()
            .within(&site.dir)
            .env("GIT_WORK_TREE", &site.dir)
            .env("GIT_INDEX_FILE", &site.index);
        // A run that was killed leaves its lock; the caller sees to it that there is no other.
        let mut lock = site.index.clone().into_os_string();
        lock.push(".lock");
        let _ = fs::remove_file(&lock);
        let read = ["read-tree", "--reset", "-u", "--no-recurse-submodules", &site.tree];
        if let Err(first) = git.run(read) {
            // An index that does not fit what is there: once more from nothing.
            if !site.index.exists() || matches!(first, RepoError::Interrupted) {
                return Err(first);
            }
            fs::remove_file(&site.index).map_err(RepoError::io(&site.index))?;
            git.run(read)?;
        }
        let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
        let prefix = shown(&site.prefix);
        let unfilled = shelf.fill(&git, &site.dir, &files, &self.stores(site));
        done.unfilled.extend(unfilled.into_iter().map(|one| one.below(&prefix)));
        Ok(gitlinks)
    }

    /// Where the contents that Git LFS keeps apart may lie: with guard, for files that nobody committed, in
    /// the git directory, and where the user has them put.
    fn stores(&self, site: &Site) -> Stores {
        let named = site.git.run(["config", "--get-all", "lfs.storage"]).unwrap_or_default();
        let named = named.split(|&b| b == b'\n').filter(|line| !line.is_empty());
        let mut storage = vec![self.store.join("lfs"), site.modules.join("lfs")];
        storage.extend(named.map(|path| site.modules.join(os(path))));
        Stores { storage, work_tree: site.beside.clone() }
    }

    /// Fills in submodules from what the user has of them on this machine.
    fn fill(
        &self,
        site: &Site,
        gitlinks: BTreeMap<Vec<u8>, String>,
        done: &mut Checkout,
    ) -> Result<(), RepoError> {
        if gitlinks.is_empty() {
            return Ok(());
        }
        let names = module_names(&site.git, &site.tree);
        for (path, commit) in gitlinks {
            let full = [site.prefix.as_slice(), &path].concat();
            let dir = below(&site.dir, &path);
            let beside = site.beside.as_ref().map(|top| below(top, &path));
            let found = git_dirs(&site.modules, names.get(&path), beside.as_deref())
                .into_iter()
                .find_map(|git_dir| self.submodule(site, &git_dir, &commit).map(|git| (git_dir, git)));
            let Some((git_dir, git)) = found.filter(|_| site.depth < DEPTH) else {
                let reason =
                    format!("commit {commit} is not here; run `git submodule update --init --recursive`");
                done.missing.push((shown(&full), reason));
                done.removed += tidy(&dir, &HashSet::new(), &BTreeMap::new(), &HashSet::new())?;
                continue;
            };
            let mut index = site.index.clone().into_os_string();
            index.push(format!(".{}", &blake3::hash(&full).to_hex()[..16]));
            fs::create_dir_all(&dir).map_err(RepoError::io(&dir))?;
            let inner = Site {
                git,
                tree: commit,
                dir,
                index: index.into(),
                modules: git_dir,
                beside,
                prefix: [full.as_slice(), b"/"].concat(),
                depth: site.depth + 1,
            };
            done.submodules.push(shown(&full));
            let gitlinks = self.materialise(&inner, &HashSet::new(), done)?;
            self.fill(&inner, gitlinks, done)?;
        }
        Ok(())
    }

    /// Calls that see the objects of a submodule, if it has `commit`. Its own configuration is not
    /// read: what lies in the work tree may be the agent's.
    fn submodule(&self, site: &Site, git_dir: &Path, commit: &str) -> Option<Git> {
        let objects = git_dir.join("objects");
        let mut list = quoted(&bytes(objects.as_os_str()));
        list.push(if cfg!(windows) { b';' } else { b':' });
        list.extend(quoted(&bytes(self.objects_dir.as_os_str())));
        if let Some(more) = &self.alternates {
            list.push(if cfg!(windows) { b';' } else { b':' });
            list.extend(bytes(more));
        }
        let git = site.git.clone().env("GIT_ALTERNATE_OBJECT_DIRECTORIES", os(&list));
        let known = objects.is_dir()
            && git.ask(["cat-file", "-e", &format!("{commit}^{{tree}}")]).is_ok_and(|o| o.success());
        known.then_some(git)
    }
}

/// Paths of files and links, and paths and commits of submodules.
type Wanted = (HashSet<Vec<u8>>, BTreeMap<Vec<u8>, String>);

/// Reads `<mode> <kind> <id>\t<path>\0` over and over.
fn wanted(listed: &[u8]) -> Result<Wanted, RepoError> {
    let (mut files, mut gitlinks) = (HashSet::new(), BTreeMap::new());
    for record in listed.split(|&b| b == 0).filter(|record| !record.is_empty()) {
        let odd = || RepoError::unexpected("git ls-tree", shown(record));
        let tab = record.iter().position(|&b| b == b'\t').ok_or_else(odd)?;
        let head = String::from_utf8_lossy(&record[..tab]);
        let path = record[tab + 1..].to_vec();
        match head.split(' ').collect::<Vec<_>>()[..] {
            [_, "commit", oid] => {
                gitlinks.insert(path, oid.to_owned());
            }
            [_, "blob", _] => {
                files.insert(path);
            }
            _ => return Err(odd()),
        }
    }
    Ok((files, gitlinks))
}

/// Removes everything below `dir` that is neither wanted nor kept, and whatever stands in the way of
/// what is. Links are removed, never followed.
fn tidy(
    dir: &Path,
    files: &HashSet<Vec<u8>>,
    gitlinks: &BTreeMap<Vec<u8>, String>,
    keep: &HashSet<Vec<u8>>,
) -> Result<u64, RepoError> {
    let mut dirs: HashSet<&[u8]> = HashSet::new();
    for path in files.iter().chain(gitlinks.keys()).chain(keep) {
        let slashes = path.iter().enumerate().filter(|(_, b)| **b == b'/').map(|(at, _)| at);
        dirs.extend(slashes.map(|at| &path[..at]));
    }
    let mut removed = 0;
    let mut open = vec![Vec::new()];
    while let Some(prefix) = open.pop() {
        let here = below(dir, &prefix);
        remove::open(&here);
        let entries = match fs::read_dir(&here) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            Err(e) => return Err(RepoError::io(here)(e)),
        };
        for entry in entries {
            let entry = entry.map_err(RepoError::io(&here))?;
            let mut path = prefix.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend(bytes(&entry.file_name()));
            let is_dir = entry.file_type().map_err(RepoError::io(entry.path()))?.is_dir();
            if keep.contains(&path)
                || (is_dir && gitlinks.contains_key(&path))
                || (!is_dir && files.contains(&path))
            {
                continue;
            }
            if is_dir && dirs.contains(path.as_slice()) {
                open.push(path);
                continue;
            }
            let full = entry.path();
            remove::all(&full).map_err(RepoError::io(&full))?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Names of submodules by path, from `.gitmodules`. A broken file names none.
fn module_names(git: &Git, tree: &str) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let blob = format!("{tree}:.gitmodules");
    let args = ["config", "--blob", blob.as_str(), "-z", "--get-regexp", r"^submodule\..*\.path$"];
    let Ok(listed) = git.run(args) else { return BTreeMap::new() };
    let mut names = BTreeMap::new();
    for record in listed.split(|&b| b == 0) {
        let Some(at) = record.iter().position(|&b| b == b'\n') else { continue };
        let (key, path) = (&record[..at], &record[at + 1..]);
        let name = key.strip_prefix(b"submodule.").and_then(|key| key.strip_suffix(b".path"));
        // git itself refuses names that climb.
        if let Some(name) =
            name.filter(|name| !name.is_empty() && !name.split(|&b| b == b'/').any(|part| part == b".."))
        {
            names.insert(path.to_vec(), name.to_vec());
        }
    }
    names
}

/// Git directories that may have a submodule's objects: the one in `modules/`, and that of the user's
/// own checkout of it.
fn git_dirs(modules: &Path, name: Option<&Vec<u8>>, beside: Option<&Path>) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        name.map(|name| below(&modules.join("modules"), name)).into_iter().collect();
    if let Some(beside) = beside {
        let dot_git = beside.join(".git");
        match fs::read(&dot_git) {
            Ok(text) => {
                let target = text.strip_prefix(b"gitdir: ").unwrap_or_default().trim_ascii_end();
                found.extend((!target.is_empty()).then(|| beside.join(os(target))));
            }
            Err(_) => found.push(dot_git),
        }
    }
    found
}
