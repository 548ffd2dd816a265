//! The files of one side, as what finds and narrows projects wants to see them.

use super::cells;
use super::project::Files;
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
}

/// A side's files, as they are in git.
pub(super) struct Listing<'a>(pub(super) TreeView<'a>);

impl Files for Listing<'_> {
    fn read(&self, path: &str) -> Option<String> {
        let bytes = self.0.read(path, MAX_MANIFEST).ok().flatten()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn list(&self, dir: &str) -> Vec<String> {
        self.0.list(dir).map(|entries| entries.iter().map(|e| e.name.clone()).collect()).unwrap_or_default()
    }
}
