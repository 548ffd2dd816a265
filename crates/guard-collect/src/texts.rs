//! The texts of a change, each read once.

use std::collections::HashMap;

use guard_model::{Change, FileChange, FileKind, Language};

use crate::repo::{Repo, RepoError};

/// Files larger than this are not read.
pub(crate) const MAX_TEXT: u64 = 8 << 20;

/// Both sides of a change's text files, by object id.
#[derive(Default)]
pub struct Texts {
    known: HashMap<String, Result<Vec<u8>, RepoError>>,
    trouble: Option<String>,
}

impl Texts {
    /// The files whose syntax is read.
    pub fn of_sources(repo: &Repo, change: &Change) -> Texts {
        let mut texts = Texts::default();
        texts.load(repo, change.files.iter().filter(|f| is_source(f)));
        texts
    }

    /// Reads the change's files of one name too.
    pub fn load_named(&mut self, repo: &Repo, change: &Change, name: &str) {
        self.load(repo, change.files.iter().filter(|f| is_named(&f.path, name)));
    }

    /// Reads the rest of the change's text files.
    pub fn load_all(&mut self, repo: &Repo, change: &Change) {
        self.load(repo, change.files.iter());
    }

    fn load<'f>(&mut self, repo: &Repo, files: impl Iterator<Item = &'f FileChange>) {
        let mut oids: Vec<&str> = files
            .filter(|f| f.content == FileKind::Text)
            .flat_map(|f| [f.old_oid.as_deref(), f.new_oid.as_deref()])
            .flatten()
            .filter(|oid| !self.known.contains_key(*oid))
            .collect();
        oids.sort_unstable();
        oids.dedup();
        match repo.read_all(&oids, MAX_TEXT) {
            Ok(texts) => self.known.extend(oids.into_iter().map(str::to_owned).zip(texts)),
            Err(error) => self.trouble = Some(error.to_string()),
        }
    }

    /// One file's text.
    ///
    /// # Errors
    /// Why it could not be read, in words.
    pub fn get(&self, oid: &str) -> Result<&[u8], String> {
        match self.known.get(oid) {
            Some(Ok(text)) => Ok(text),
            Some(Err(error)) => Err(error.to_string()),
            None => Err(self.trouble.clone().unwrap_or_else(|| "it was not read".to_owned())),
        }
    }

    /// Why nothing could be read, when git stopped answering.
    pub(crate) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }
}

/// Whether the last part of a path is `name`.
pub(crate) fn is_named(path: &str, name: &str) -> bool {
    path.rsplit('/').next() == Some(name)
}

fn is_source(file: &FileChange) -> bool {
    Language::of_path(&file.path).is_some() || Language::of_path(file.base_path()).is_some()
}
