//! Files that Git LFS keeps apart: the tree holds a pointer, the content lies in the git directory.
//!
//! git-lfs itself is not run in a checkout: it would reach for its server. What is on this machine is put
//! in the pointer's place after git has written it, when its length and SHA-256 are those of the pointer.
//! The pointer's format: <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::git::Git;
use super::path::{below, shown};

/// A pointer is no longer than this.
const POINTER: u64 = 1024;

/// A file whose content is not on this machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unfilled {
    /// Path from the top of the repository.
    pub path: String,
    /// The content's SHA-256.
    pub oid: String,
}

impl Unfilled {
    /// The same file, seen from above the submodule that lies at `prefix`.
    pub(super) fn below(self, prefix: &str) -> Unfilled {
        Unfilled { path: format!("{prefix}{}", self.path), ..self }
    }
}

/// Where contents may lie.
pub(super) struct Stores {
    /// Directories with `objects/aa/bb/aabb…`.
    pub(super) storage: Vec<PathBuf>,
    /// The user's work tree, which may have the file itself.
    pub(super) work_tree: Option<PathBuf>,
}

/// One file that was filled in.
#[derive(Debug, Serialize, Deserialize)]
struct Filled {
    path: Vec<u8>,
    pointer: Pointer,
    modified: SystemTime,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Pointer {
    oid: String,
    size: u64,
}

/// The files that an earlier checkout into the same directory filled in, out of git's way. They go back
/// with their time stamps where the same pointer stands again, so that builds stay incremental.
pub(super) struct Shelf {
    dir: PathBuf,
    /// Pointer and place on the shelf, by path.
    held: HashMap<Vec<u8>, (Pointer, PathBuf)>,
}

impl Shelf {
    /// Takes what was filled in below `dir`; `shelf` is the caller's directory beside its index.
    pub(super) fn take(dir: &Path, shelf: PathBuf) -> Shelf {
        let list = fs::read(shelf.join("list")).ok();
        let filled: Vec<Filled> =
            list.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let mut held = HashMap::new();
        for (number, one) in filled.into_iter().enumerate() {
            let (from, to) = (below(dir, &one.path), shelf.join(number.to_string()));
            let same = fs::symlink_metadata(&from).is_ok_and(|meta| {
                meta.is_file()
                    && meta.len() == one.pointer.size
                    && meta.modified().is_ok_and(|time| time == one.modified)
            });
            if same && lies_in_place(&from) && fs::rename(&from, &to).is_ok() {
                held.insert(one.path, (one.pointer, to));
            }
        }
        Shelf { dir: shelf, held }
    }

    /// Fills in what git has just written below `dir` as pointers; says what stays one.
    pub(super) fn fill(mut self, git: &Git, dir: &Path, files: &[&[u8]], stores: &Stores) -> Vec<Unfilled> {
        let (mut unfilled, mut filled) = (Vec::new(), Vec::new());
        for path in kept_apart(git, dir, files) {
            let place = below(dir, &path);
            let Some(pointer) = Pointer::read(&place) else { continue };
            if let Some(modified) = self.put(&pointer, &path, &place, stores) {
                filled.push(Filled { path, pointer, modified });
            } else {
                unfilled.push(Unfilled { path: shown(&path), oid: pointer.oid });
            }
        }
        // What cannot be noted is filled in anew the next time.
        let _ = fs::remove_dir_all(&self.dir);
        if !filled.is_empty() && fs::create_dir_all(&self.dir).is_ok() {
            let list = serde_json::to_vec(&filled).unwrap_or_default();
            let _ = fs::write(self.dir.join("list"), list);
        }
        unfilled
    }

    /// Puts the content into the place of its pointer; says when it was last written.
    fn put(&mut self, pointer: &Pointer, path: &[u8], place: &Path, stores: &Stores) -> Option<SystemTime> {
        let mode = fs::symlink_metadata(place).ok()?.permissions();
        let content = match self.held.remove(path) {
            Some((same, held)) if same == *pointer => held,
            _ => {
                fs::create_dir_all(&self.dir).ok()?;
                let copy = self.dir.join("copy");
                let objects = stores.storage.iter().map(|storage| storage.join(pointer.place()));
                let beside = stores.work_tree.iter().map(|top| below(top, path));
                objects.chain(beside).find(|from| pointer.copy(from, &copy).is_ok())?;
                copy
            }
        };
        lies_in_place(place).then_some(())?;
        fs::set_permissions(&content, mode).ok()?;
        fs::rename(&content, place).ok()?;
        fs::symlink_metadata(place).ok()?.modified().ok()
    }
}

impl Pointer {
    /// The pointer that a file holds, if it is one.
    fn read(place: &Path) -> Option<Pointer> {
        let meta = fs::symlink_metadata(place).ok()?;
        let text = (meta.is_file() && meta.len() <= POINTER).then(|| fs::read_to_string(place).ok())??;
        let mut lines = text.lines();
        let version = lines.next()?.strip_prefix("version ")?;
        let known = ["https://git-lfs.github.com/spec/", "https://hawser.github.com/spec/"];
        known.iter().any(|spec| version.starts_with(spec)).then_some(())?;
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
        let oid = value("oid")?.strip_prefix("sha256:")?.to_owned();
        let plain = oid.len() == 64 && oid.bytes().all(|b| b.is_ascii_hexdigit());
        Some(Pointer { size: value("size")?.parse().ok()?, oid: plain.then_some(oid)? })
    }

    /// Where a store has the content.
    fn place(&self) -> PathBuf {
        Path::new("objects").join(&self.oid[..2]).join(&self.oid[2..4]).join(&self.oid)
    }

    /// Copies a file when it is the content that the pointer means.
    fn copy(&self, from: &Path, to: &Path) -> io::Result<()> {
        let meta = fs::symlink_metadata(from)?;
        if !meta.is_file() || meta.len() != self.size {
            return Err(io::ErrorKind::NotFound.into());
        }
        let (mut source, mut copy) = (File::open(from)?, File::create(to)?);
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = source.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            hash.update(&buffer[..read]);
            copy.write_all(&buffer[..read])?;
        }
        let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if found == self.oid { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
    }
}

/// Whether no directory above a file is a link: what ran there may have left links that lead out.
fn lies_in_place(file: &Path) -> bool {
    file.parent().is_some_and(|parent| fs::canonicalize(parent).is_ok_and(|real| real == parent))
}

/// The files below `dir` whose attributes say that Git LFS keeps them.
fn kept_apart(git: &Git, dir: &Path, files: &[&[u8]]) -> Vec<Vec<u8>> {
    let names_lfs = |path: &&&[u8]| {
        let is_attributes = **path == b".gitattributes" || path.ends_with(b"/.gitattributes");
        let read = |place: PathBuf| {
            let plain = fs::symlink_metadata(&place).is_ok_and(|meta| meta.is_file());
            plain.then(|| fs::read(place).ok()).flatten().unwrap_or_default()
        };
        is_attributes && read(below(dir, path)).windows(10).any(|window| window == b"filter=lfs")
    };
    // Nothing is asked of git where nobody uses it.
    if !files.iter().any(|path| names_lfs(&path)) {
        return Vec::new();
    }
    let mut asked = files.join(&0);
    asked.push(0);
    let answered = git.feed(["check-attr", "-z", "--stdin", "filter"], asked).unwrap_or_default();
    let fields: Vec<&[u8]> = answered.split(|&b| b == 0).collect();
    fields.chunks_exact(3).filter(|field| field[2] == b"lfs").map(|field| field[0].to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_told_from_other_small_files() {
        let dir = tempfile::tempdir().expect("dir");
        let oid = "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5";
        let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 5\n");
        for (text, expected) in [
            (pointer.clone(), Some(5)),
            (pointer.replace("git-lfs", "hawser"), Some(5)),
            (pointer.replace("sha256", "sha1"), None),
            (pointer.replace(oid, "../../../etc/passwd"), None),
            (pointer.replace("size 5", "size x"), None),
            ("12345".to_owned(), None),
            (String::new(), None),
        ] {
            let place = dir.path().join("file");
            fs::write(&place, &text).expect("written");
            assert_eq!(Pointer::read(&place).map(|pointer| pointer.size), expected, "{text}");
        }
    }
}
