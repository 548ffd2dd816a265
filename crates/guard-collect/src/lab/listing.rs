//! The files of one side, as what finds and narrows projects wants to see them.

use super::project::Files;
use super::{Request, cells};
use crate::repo::TreeView;

/// Bytes of a manifest that is read for what kind of project it is.
const MAX_MANIFEST: u64 = 1 << 20;

/// A side's files with the other side's tests laid over them.
pub(super) struct Overlaid<'a>(pub(super) &'a Listing<'a>, pub(super) &'a cells::Overlay);

impl Files for Overlaid<'_> {
    fn read(&self, path: &str) -> Option<String> {
        let laid = self.1.files.iter().find(|f| f.path == path);
        laid.map(|f| String::from_utf8_lossy(&f.content).into_owned()).or_else(|| self.0.read(path))
    }

    fn list(&self, dir: &str) -> Vec<String> {
        self.0.list(dir)
    }

    fn has(&self, path: &str) -> bool {
        self.1.files.iter().any(|f| f.path == path) || self.0.has(path)
    }
}

/// Files of two sides: those of the first, and what only the second has.
pub(super) struct Either<'a>(pub(super) &'a dyn Files, pub(super) &'a dyn Files);

impl Files for Either<'_> {
    fn read(&self, path: &str) -> Option<String> {
        self.0.read(path).or_else(|| self.1.read(path))
    }

    fn list(&self, dir: &str) -> Vec<String> {
        let mut names = self.0.list(dir);
        names.extend(self.1.list(dir));
        names
    }

    fn has(&self, path: &str) -> bool {
        self.0.has(path) || self.1.has(path)
    }
}

/// A side's files, as they are in git.
pub(super) struct Listing<'a>(pub(super) TreeView<'a>);

impl<'a> Listing<'a> {
    /// Those of base and of head.
    pub(super) fn of_sides(request: &Request<'a>) -> [Listing<'a>; 2] {
        [&request.change.base, &request.change.head].map(|side| Listing(request.repo.tree(&side.tree)))
    }
}

impl Files for Listing<'_> {
    fn read(&self, path: &str) -> Option<String> {
        let bytes = self.0.read(path, MAX_MANIFEST).ok().flatten()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn has(&self, path: &str) -> bool {
        self.0.entry(path).ok().flatten().is_some_and(|entry| entry.is_file())
    }

    fn list(&self, dir: &str) -> Vec<String> {
        self.0.list(dir).map(|entries| entries.iter().map(|e| e.name.clone()).collect()).unwrap_or_default()
    }
}
