//! Woven files in place of the originals, for as long as the build takes.
//!
//! Both keep their modification times, so that neither a build of the originals nor one of the same woven
//! files compiles anything again. Cargo goes by those times alone: a file that was woven by an earlier run and is not
//! now would look unchanged to it, and the old mutants would stay in. Such files are written anew, too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::lab::tree;

/// Woven files that lie in the tree; the originals come back when it is dropped.
pub(super) struct Overlay {
    tree: PathBuf,
    originals: Vec<Original>,
}

struct Original {
    path: String,
    bytes: Vec<u8>,
    modified: SystemTime,
}

/// When which text was compiled with mutants in the build, by path.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Times(BTreeMap<String, (String, Duration)>);

impl Overlay {
    /// Puts `files` (path and text) into `tree`; `memory` remembers when each text was first written.
    pub(super) fn put(tree: &Path, files: &[(String, String)], memory: &Path) -> io::Result<Overlay> {
        let mut overlay = Overlay { tree: tree.to_owned(), originals: Vec::new() };
        let mut times: Times =
            fs::read(memory).ok().and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let woven: BTreeMap<&str, &[u8]> = files.iter().map(|(p, t)| (p.as_str(), t.as_bytes())).collect();
        let before: Vec<String> = times.0.keys().cloned().collect();
        let paths: BTreeSet<&str> = woven.keys().copied().chain(before.iter().map(String::as_str)).collect();
        for path in paths {
            let (bytes, modified) = match tree::read_inside(tree, path) {
                Ok(read) => read,
                // Woven before, and gone since.
                Err(_) if !woven.contains_key(path) => continue,
                Err(error) => return Err(error),
            };
            let text = woven.get(path).copied().unwrap_or(&bytes);
            let digest = blake3::hash(text).to_hex().to_string();
            let time = times.0.get(path).filter(|(d, _)| *d == digest).map_or(now, |(_, time)| *time);
            tree::write_dated(tree, path, text, UNIX_EPOCH + time)?;
            times.0.insert(path.to_owned(), (digest, time));
            overlay.originals.push(Original { path: path.to_owned(), bytes, modified });
        }
        if let Some(dir) = memory.parent() {
            fs::create_dir_all(dir)?;
        }
        fs::write(memory, serde_json::to_vec(&times)?)?;
        Ok(overlay)
    }

    /// Writes another text in place of a woven one that is compiled already, under the same date.
    pub(super) fn retouch(&self, path: &str, text: &[u8]) -> io::Result<()> {
        let (_, modified) = tree::read_inside(&self.tree, path)?;
        tree::write_dated(&self.tree, path, text, modified)
    }
}

impl Drop for Overlay {
    fn drop(&mut self) {
        for original in &self.originals {
            // What cannot be put back is laid out again by the next run: its index knows better.
            let _ = tree::write_dated(&self.tree, &original.path, &original.bytes, original.modified);
        }
    }
}
