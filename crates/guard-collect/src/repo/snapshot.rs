//! The tree that a commit would record, without recording anything.
//!
//! `git add -A` and `git write-tree` would do it, and would write: objects, the index, and the time
//! stamps of objects that exist already. So the same steps are taken apart. `git ls-files` names the
//! paths whose content differs from the index; `git update-index --info-only` on a copy of the index
//! computes their ids exactly as `git add` does; the blobs are then written by a `git hash-object`
//! that sees guard's store only; and the trees above them are spliced into those of `HEAD`.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use guard_model::Gap;
use guard_model::evidence::GapKind;

use super::git::Git;
use super::path::{below, bytes, quoted, shown};
use super::splice::Leaf;
use super::{Repo, RepoError};

/// A head that is no commit.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) tree: String,
    pub(super) gaps: Vec<Gap>,
}

/// An index to work on, and directories that it leaves out.
#[derive(Debug)]
struct View {
    git: Git,
    /// Path and tree of directories that a sparse index does not open.
    closed: Vec<(Vec<u8>, String)>,
}

impl View {
    /// Changes of the index, in the form that trees are written from.
    fn leaves(self, differing: Vec<Differing>) -> Vec<(Vec<u8>, Option<Leaf>)> {
        let closed = self.closed.into_iter().map(|(path, oid)| (path, Some(Leaf { mode: 0o40000, oid })));
        differing.into_iter().map(|d| (d.path, d.leaf)).chain(closed).collect()
    }
}

/// A difference between a tree and the index.
#[derive(Debug)]
struct Differing {
    path: Vec<u8>,
    /// Mode and id in the index; `None` when the path is not there.
    leaf: Option<Leaf>,
}

/// Leftovers of killed runs are removed after this time.
const STALE: Duration = Duration::from_secs(24 * 3600);

/// git renews the stamp of an object whenever it would be written again, so older ones are of states
/// that are gone.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

impl Repo {
    /// The tree of the index, on top of the tree of `HEAD`.
    pub(super) fn staged(&self, head_tree: &str) -> Result<Snapshot, RepoError> {
        let scratch = self.scratch()?;
        let view = self.with_index(&self.index, scratch.path())?;
        let differing = self.differing(&view, head_tree)?;
        Ok(Snapshot { tree: self.splice(head_tree, view.leaves(differing))?, gaps: Vec::new() })
    }

    /// The tree of the work tree: what `git add -A` would record.
    pub(super) fn worktree(&self, head_tree: &str) -> Result<Snapshot, RepoError> {
        let top = self.work_tree()?;
        let scratch = self.scratch()?;
        let mut view = self.with_index(&self.index, scratch.path())?;
        let list = ["ls-files", "-z", "--modified", "--others", "--exclude-standard"];
        let mut listed = paths(&view.git.run(list)?);
        // A deleted or conflicting path stands there once for each way in which it differs.
        listed.sort();
        let all = listed.len();
        listed.dedup();
        let repeats = listed.len() < all;
        let (nested, files): (Vec<_>, Vec<_>) = listed.into_iter().partition(|path| path.ends_with(b"/"));
        let mut gaps = Vec::new();
        if repeats {
            gaps.extend(unresolved(&view.git, top)?);
        }
        if !files.is_empty() || !nested.is_empty() {
            let copy = scratch.path().join("index");
            if !copy.exists() {
                copy_file(&self.index, &copy)?;
            }
            view.git = view.git.env("GIT_INDEX_FILE", &copy);
            update_index(&view.git, &files)?;
            for path in &nested {
                gaps.extend(add_nested(&view.git, path)?);
            }
        }
        let differing = self.differing(&view, head_tree)?;
        let fresh: Vec<&Differing> =
            differing.iter().filter(|d| files.binary_search(&d.path).is_ok()).collect();
        self.write_blobs(top, &fresh, scratch.path())?;
        Ok(Snapshot { tree: self.splice(head_tree, view.leaves(differing))?, gaps })
    }

    /// Calls that see `index`, or a whole copy of it in `scratch` where reading it would write: git
    /// renews the time stamp of the shared part of a split index, and of the trees that it opens in a
    /// sparse one.
    fn with_index(&self, index: &Path, scratch: &Path) -> Result<View, RepoError> {
        let git = self.git.clone().env("GIT_INDEX_FILE", index);
        let plain = View { git, closed: Vec::new() };
        let content = match fs::read(index) {
            Ok(content) => content,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(plain),
            Err(e) => return Err(RepoError::io(index)(e)),
        };
        // The names of the extensions that say so; a path may hold them as well, which costs time only.
        let says = |extension: &[u8]| content.windows(extension.len()).any(|window| window == extension);
        if says(b"link") {
            let shared = shared_parts(&self.git_dir, index);
            if !shared.is_empty() {
                return self.joined_index(index, &shared, scratch);
            }
        }
        if says(b"sdir") {
            return self.opened_index(&plain.git, scratch);
        }
        Ok(plain)
    }

    /// Joins an index with its shared part, both copied.
    fn joined_index(&self, index: &Path, shared: &[PathBuf], scratch: &Path) -> Result<View, RepoError> {
        let shadow = scratch.join("shadow");
        let joined = scratch.join("index");
        fs::create_dir_all(&shadow).map_err(RepoError::io(&shadow))?;
        let common = shadow.join("commondir");
        fs::write(&common, bytes(self.common_dir.as_os_str())).map_err(RepoError::io(&common))?;
        let own = ["HEAD", "config.worktree"].map(|name| self.git_dir.join(name));
        for file in own.iter().chain(shared) {
            if let Some(name) = file.file_name() {
                copy_file(file, &shadow.join(name))?;
            }
        }
        copy_file(index, &joined)?;
        let git = self.git.clone().env("GIT_INDEX_FILE", &joined);
        git.clone().env("GIT_DIR", &shadow).run(["update-index", "--no-split-index"])?;
        Ok(View { git, closed: Vec::new() })
    }

    /// Makes a whole index of the open part of a sparse one. Time stamps are lost, so its files are
    /// all read again.
    fn opened_index(&self, git: &Git, scratch: &Path) -> Result<View, RepoError> {
        let listed =
            git.clone().config("index.sparse=true").run(["ls-files", "--sparse", "--stage", "-z"])?;
        let (mut open, mut closed) = (Vec::new(), Vec::new());
        for record in listed.split(|&b| b == 0).filter(|record| !record.is_empty()) {
            let path = record.iter().position(|&b| b == b'\t').map_or(&[][..], |at| &record[at + 1..]);
            match (record.strip_prefix(b"040000 "), path.strip_suffix(b"/")) {
                (Some(rest), Some(path)) => {
                    closed
                        .push((path.to_vec(), shown(rest.split(|&b| b == b' ').next().unwrap_or_default())));
                }
                _ => {
                    open.extend_from_slice(record);
                    open.push(0);
                }
            }
        }
        let git = git.clone().env("GIT_INDEX_FILE", scratch.join("index"));
        git.feed(["update-index", "-z", "--index-info"], open)?;
        Ok(View { git, closed })
    }

    /// What differs between a tree and the index that `git` sees.
    fn differing(&self, view: &View, tree: &str) -> Result<Vec<Differing>, RepoError> {
        let args = [
            "diff-index",
            "--cached",
            "--raw",
            "-z",
            "--no-abbrev",
            "--no-renames",
            "--ignore-submodules=none",
            "--ita-invisible-in-index",
            tree,
        ];
        let text = view.git.run(args)?;
        let (mut all, mut unmerged) = (Vec::new(), Vec::new());
        let mut fields = text.split(|&b| b == 0);
        while let (Some(head), Some(path)) = (fields.next().filter(|f| !f.is_empty()), fields.next()) {
            let head = String::from_utf8_lossy(head);
            let words: Vec<&str> = head.trim_start_matches(':').split(' ').collect();
            let [_, mode, _, oid, status] = words[..] else {
                return Err(RepoError::unexpected("git diff-index", head.into_owned()));
            };
            if status == "U" {
                unmerged.push(shown(path));
                continue;
            }
            let mode = u32::from_str_radix(mode, 8)
                .map_err(|_| RepoError::unexpected("git diff-index", head.clone().into_owned()))?;
            let leaf = (mode != 0).then(|| Leaf { mode, oid: oid.to_owned() });
            if mode == 0 && view.closed.iter().any(|(dir, _)| is_below(path, dir)) {
                continue;
            }
            all.push(Differing { path: path.to_vec(), leaf });
        }
        if unmerged.is_empty() {
            Ok(all)
        } else {
            unmerged.dedup();
            Err(RepoError::Unmerged { paths: unmerged })
        }
    }

    /// Writes the blobs of files that nobody has committed into the store.
    fn write_blobs(&self, top: &Path, fresh: &[&Differing], scratch: &Path) -> Result<(), RepoError> {
        let writer = self.writer().within(top);
        let (mut files, mut raw) = (Vec::new(), Vec::new());
        for differing in fresh {
            match &differing.leaf {
                Some(leaf) if leaf.mode == 0o120000 => raw.push((*differing, &leaf.oid)),
                Some(leaf) if leaf.mode & 0o170000 == 0o100000 => files.push((*differing, &leaf.oid)),
                _ => {}
            }
        }
        if !files.is_empty() {
            let list = lines(files.iter().map(|(d, _)| quoted(&d.path)));
            let written = writer.feed(["hash-object", "-w", "--stdin-paths"], list)?;
            let written = String::from_utf8_lossy(&written);
            let mut written = written.lines();
            // A file whose line ends git would leave alone because they are committed that way.
            raw.extend(files.into_iter().filter(|(_, oid)| written.next() != Some(oid.as_str())));
        }
        if raw.is_empty() {
            return Ok(());
        }
        let mut sources = Vec::new();
        for (i, (differing, _)) in raw.iter().enumerate() {
            let file = below(top, &differing.path);
            let source = match fs::read_link(&file) {
                Ok(target) => {
                    let held = scratch.join(format!("link-{i}"));
                    fs::write(&held, bytes(target.as_os_str())).map_err(RepoError::io(&held))?;
                    held
                }
                Err(_) => file,
            };
            sources.push(quoted(&bytes(source.as_os_str())));
        }
        let args = ["hash-object", "-w", "--no-filters", "--stdin-paths"];
        let written = writer.feed(args, lines(sources.into_iter()))?;
        let written = String::from_utf8_lossy(&written);
        let mut written = written.lines();
        match raw.iter().find(|(_, oid)| written.next() != Some(oid.as_str())) {
            Some((differing, _)) => Err(RepoError::Moving { path: shown(&differing.path) }),
            None => Ok(()),
        }
    }

    /// Calls that write objects: they see the store alone.
    pub(super) fn writer(&self) -> Git {
        self.git.clone().env("GIT_ALTERNATE_OBJECT_DIRECTORIES", "")
    }

    /// A directory for this call only.
    /// Calls that see the index, or a copy where reading it would write.
    pub(super) fn reading_index(&self, scratch: &Path) -> Result<Git, RepoError> {
        Ok(self.with_index(&self.index, scratch)?.git)
    }

    pub(super) fn scratch(&self) -> Result<tempfile::TempDir, RepoError> {
        let tmp = self.store.join("tmp");
        tempfile::Builder::new().prefix("snap-").tempdir_in(&tmp).map_err(RepoError::io(tmp))
    }
}

/// Gives the index the state of `files` in the work tree, without writing objects.
fn update_index(git: &Git, files: &[Vec<u8>]) -> Result<(), RepoError> {
    let args = ["update-index", "--add", "--remove", "--replace", "--info-only", "-z", "--stdin"];
    let mut list = Vec::new();
    for file in files {
        list.extend_from_slice(file);
        list.push(0);
    }
    git.feed(args, list).map(|_| ())
}

/// Says which files of a merge in progress still hold its conflicts: what is checked is not yet what
/// will be committed.
fn unresolved(git: &Git, top: &Path) -> Result<Option<Gap>, RepoError> {
    let listed = git.run(["ls-files", "--unmerged", "-z"])?;
    // `<mode> <object> <stage>\t<path>`, one a side.
    let mut unmerged: Vec<&[u8]> =
        listed.split(|&b| b == 0).filter_map(|l| l.splitn(2, |&b| b == b'\t').nth(1)).collect();
    unmerged.dedup();
    let holds_conflict = |path: &&[u8]| {
        let content = fs::read(below(top, path)).unwrap_or_default();
        content.split(|&b| b == b'\n').any(|line| line.starts_with(b"<<<<<<< "))
    };
    let open: Vec<String> =
        unmerged.into_iter().filter(holds_conflict).map(|p| format!("`{}`", shown(p))).collect();
    Ok((!open.is_empty()).then(|| {
        let files = open.join(", ");
        Gap::new(GapKind::Input, format!("these files still hold the conflicts of a merge, a rebase or the like: {files}; resolve them first"))
    }))
}

/// Adds a repository inside of the work tree the way git does: as a pointer to its commit. One
/// without a commit cannot be added.
fn add_nested(git: &Git, path: &[u8]) -> Result<Option<Gap>, RepoError> {
    let path = path.strip_suffix(b"/").unwrap_or(path);
    match update_index(git, &[path.to_vec()]) {
        Ok(()) => Ok(None),
        Err(RepoError::Git { .. }) => Ok(Some(Gap::new(
            GapKind::Input,
            format!(
                "`{}` is a git repository without a commit inside of this one; git cannot add it, so it is not part of the change",
                shown(path)
            ),
        ))),
        Err(other) => Err(other),
    }
}

fn is_below(path: &[u8], dir: &[u8]) -> bool {
    path.strip_prefix(dir).is_some_and(|rest| rest.starts_with(b"/"))
}

fn paths(list: &[u8]) -> Vec<Vec<u8>> {
    list.split(|&b| b == 0).filter(|path| !path.is_empty()).map(<[u8]>::to_vec).collect()
}

fn lines(items: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    items.flat_map(|item| item.into_iter().chain([b'\n'])).collect()
}

/// Copies a file with its time stamp, if there is one: git takes a file that is as young as the index
/// for one that may have changed since.
fn copy_file(from: &Path, to: &Path) -> Result<(), RepoError> {
    let mut source = match File::open(from) {
        Ok(source) => source,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(RepoError::io(from)(e)),
    };
    let mut content = Vec::new();
    source.read_to_end(&mut content).map_err(RepoError::io(from))?;
    fs::write(to, content).map_err(RepoError::io(to))?;
    let stamp = source.metadata().and_then(|meta| meta.modified()).map_err(RepoError::io(from))?;
    File::options().write(true).open(to).and_then(|f| f.set_modified(stamp)).map_err(RepoError::io(to))
}

/// The shared parts that a split index may mean.
fn shared_parts(git_dir: &Path, index: &Path) -> Vec<PathBuf> {
    let beside = index.parent().filter(|dir| *dir != git_dir);
    [Some(git_dir), beside]
        .into_iter()
        .flatten()
        .filter_map(|dir| fs::read_dir(dir).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("sharedindex."))
        })
        .collect()
}

/// Removes what killed runs left behind, and once a day objects of states that no run has met for
/// long. Other runs may do the same at the same time, so what is gone already is as good.
pub(super) fn tidy(store: &Path) {
    let now = SystemTime::now();
    let older = |path: &Path, age: Duration| {
        let stamp = fs::metadata(path).and_then(|meta| meta.modified()).ok();
        stamp.and_then(|at| now.duration_since(at).ok()).is_some_and(|passed| passed > age)
    };
    for dir in entries(&store.join("tmp")).filter(|path| path.is_dir() && older(path, STALE)) {
        let _ = fs::remove_dir_all(dir);
    }
    let tidied = store.join("tidied");
    if tidied.exists() && !older(&tidied, STALE) {
        return;
    }
    let _ = fs::write(&tidied, "");
    for object in
        entries(&store.join("objects")).flat_map(|dir| entries(&dir)).filter(|path| older(path, KEPT))
    {
        let _ = fs::remove_file(object);
    }
}

fn entries(dir: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path())
}
