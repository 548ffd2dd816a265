//! What stands in every source file of a tree, kept between runs: one file in guard's cache, brought up to date by the
//! difference to the tree that it was made of.
//!
//! `store` writes and reads it, `update` brings it up to date. One that cannot be read is made anew; two runs at once
//! each write a whole file, and the later stands.

mod store;
mod update;

use std::ops::Range;

pub use guard_syntax::outline::Sort;
pub(crate) use update::written_elsewhere;
pub use update::{Limits, Updated};

/// A text of the index, by number.
pub type TextId = u32;

/// The index of one tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// Every text, once.
    texts: Vec<Box<str>>,
    files: Vec<File>,
    entries: Vec<Entry>,
    /// The lists of all entries, one behind the other.
    pool: Vec<TextId>,
}

/// One source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path, as the model writes it.
    pub path: Box<str>,
    /// Its content.
    pub oid: Box<str>,
    /// False when its syntax could not be read.
    pub is_read: bool,
    entries: Range<u32>,
}

/// A test, function or type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file that it stands in.
    pub file: u32,
    /// What it is.
    pub sort: Sort,
    /// Its own name.
    pub name: TextId,
    /// The name with its containers.
    pub qualified: TextId,
    /// First line, 1-based.
    pub line: u32,
    /// Last line, inclusive.
    pub end_line: u32,
    /// Tokens in it.
    pub tokens: u32,
    /// Hash of its form, of functions that are long enough.
    pub form: Option<u64>,
    /// Where its lists begin in the pool, and where the last one ends.
    lists: [u32; LISTS + 1],
}

/// The lists of an entry.
const LISTS: usize = 6;

/// Which list of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// What it calls, by last name.
    Calls,
    /// Further names in it.
    Names,
    /// Words of its strings and comments, as stems.
    Words,
    /// What a test is given.
    Given,
    /// What it implements or extends.
    Like,
    /// Paths of the web in it.
    Routes,
}

impl Index {
    /// The files, by path.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The entries, file by file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries of one file, and the number of the first.
    pub fn entries_of(&self, file: &File) -> (usize, &[Entry]) {
        let range = file.entries.start as usize..file.entries.end as usize;
        (range.start, self.entries.get(range).unwrap_or_default())
    }

    /// One text.
    pub fn text(&self, id: TextId) -> &str {
        self.texts.get(id as usize).map_or("", |text| text)
    }

    /// All texts; their places are their numbers.
    pub fn texts(&self) -> &[Box<str>] {
        &self.texts
    }

    /// One list of an entry.
    pub fn list(&self, entry: &Entry, list: List) -> &[TextId] {
        let at = list as usize;
        self.pool.get(entry.lists[at] as usize..entry.lists[at + 1] as usize).unwrap_or_default()
    }

    /// The file of an entry.
    pub fn file_of(&self, entry: &Entry) -> &File {
        &self.files[entry.file as usize]
    }

    /// The file at a path.
    pub fn file(&self, path: &str) -> Option<&File> {
        let at = self.files.binary_search_by(|file| (*file.path).cmp(path)).ok()?;
        self.files.get(at)
    }
}

#[cfg(test)]
pub(crate) mod tests;
