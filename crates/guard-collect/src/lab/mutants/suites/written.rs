//! Other texts in the place of files of the tree, until they are put back.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::lab::tree;

/// Files of the tree that have another text for now; the originals come back when it is dropped.
///
/// All of them are new to whoever goes by times: a build that kept an object of a mutant would say something of code
/// that is not there.
pub(super) struct Written {
    tree: PathBuf,
    originals: BTreeMap<String, String>,
    /// Files that were not there.
    added: Vec<String>,
}

impl Written {
    pub(super) fn none(tree: &Path) -> Written {
        Written { tree: tree.to_owned(), originals: BTreeMap::new(), added: Vec::new() }
    }

    /// Puts `text` where `original` stands.
    pub(super) fn put(&mut self, path: &str, original: &str, text: &str) -> io::Result<()> {
        self.originals.entry(path.to_owned()).or_insert_with(|| original.to_owned());
        self.write(path, text)
    }

    pub(super) fn add(&mut self, path: &str, text: &str) -> io::Result<()> {
        // Never in the place of what the project has there.
        if self.tree.join(path).symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.added.push(path.to_owned());
        tree::write_inside(&self.tree, path, text.as_bytes())
    }

    /// Puts back all files but `kept`.
    pub(super) fn put_back_but(&mut self, kept: Option<&str>) {
        let originals = std::mem::take(&mut self.originals);
        for (path, original) in originals {
            if kept == Some(path.as_str()) {
                self.originals.insert(path, original);
            } else {
                // What cannot be put back is laid out again by the next run: its index knows better.
                let _ = self.write(&path, &original);
            }
        }
        for path in std::mem::take(&mut self.added) {
            let _ = tree::remove_inside(&self.tree, &path);
        }
    }

    fn write(&self, path: &str, text: &str) -> io::Result<()> {
        tree::write_inside(&self.tree, path, text.as_bytes())?;
        self.forget_compiled(path)
    }

    /// Removes what Python has compiled of a file: it goes by the size and the second of the text.
    fn forget_compiled(&self, path: &str) -> io::Result<()> {
        let Some(name) = path.strip_suffix(".py") else { return Ok(()) };
        let (dir, stem) = name.rsplit_once('/').unwrap_or(("", name));
        let cache = if dir.is_empty() { "__pycache__".to_owned() } else { format!("{dir}/__pycache__") };
        let Ok(entries) = std::fs::read_dir(self.tree.join(&cache)) else { return Ok(()) };
        for entry in entries.flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            if file.strip_prefix(stem).is_some_and(|rest| rest.starts_with('.')) {
                tree::remove_inside(&self.tree, &format!("{cache}/{file}"))?;
            }
        }
        Ok(())
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        self.put_back_but(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn everything_is_as_it_was_when_all_is_put_back() {
        let dir = tempfile::tempdir().unwrap();
        let tree = dir.path();
        fs::create_dir_all(tree.join("a/__pycache__")).unwrap();
        fs::write(tree.join("a/x.py"), "one").unwrap();
        fs::write(tree.join("a/xy.py"), "two").unwrap();
        fs::write(tree.join("a/__pycache__/x.cpython-311.pyc"), "old").unwrap();
        fs::write(tree.join("a/__pycache__/xy.cpython-311.pyc"), "old").unwrap();
        let mut written = Written::none(tree);
        written.put("a/x.py", "one", "ONE").unwrap();
        written.put("a/x.py", "one", "One").unwrap();
        written.add("a/new.py", "new").unwrap();
        assert!(written.add("a/xy.py", "mine").is_err());
        assert_eq!(fs::read_to_string(tree.join("a/x.py")).unwrap(), "One");
        assert!(!tree.join("a/__pycache__/x.cpython-311.pyc").exists());
        assert!(tree.join("a/__pycache__/xy.cpython-311.pyc").exists());
        drop(written);
        assert_eq!(fs::read_to_string(tree.join("a/x.py")).unwrap(), "one");
        assert_eq!(fs::read_to_string(tree.join("a/xy.py")).unwrap(), "two");
        assert!(!tree.join("a/new.py").exists());
    }
}
