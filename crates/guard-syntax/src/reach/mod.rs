//! Whether a source file is part of anything that is built.
//!
//! "Nobody compiles this file" is the heaviest thing that syntax alone can say, and in honest
//! repositories it is almost never so (3 of 7,500 files). So every way in is looked at before it is
//! said, a look-alike (test data, templates, generated module lists, macros that take names) makes it
//! unknown, and the answer carries what was looked at.
//!
//! Cost grows with the depth of the file, not with the size of the repository: the walk goes from the
//! file up to a target, and the whole tree is searched only before an accusation.

mod cargo;
mod declarations;
mod others;
mod paths;
mod rust;

use std::borrow::Cow;

use guard_model::Language;
use guard_model::source::ReachState;

pub use rust::{is_data, rust_reach, undeclared};

/// One side of the change as a tree of files. Paths are relative to its root, with `/`.
pub trait Tree {
    /// The bytes of a file, if it exists.
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>>;
    /// Names in a directory (`""` is the root); those of directories end with `/`.
    fn list(&self, dir: &str) -> Vec<String>;
    /// Every line with this text: path, 1-based line number, the line.
    fn grep(&self, needle: &str) -> Vec<(String, u32, String)>;
}

/// A file's place in the build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What is known.
    pub state: ReachState,
    /// For a reached file what reaches it, from the target down; otherwise everything that was looked at.
    pub looked_at: Vec<String>,
}

impl Place {
    fn reached(by: impl Into<String>) -> Place {
        Place { state: ReachState::Reached, looked_at: vec![by.into()] }
    }

    fn unknown(why: impl Into<String>) -> Place {
        Place { state: ReachState::Unknown, looked_at: vec![why.into()] }
    }
}

/// Whether anything builds or collects the file at `path`. Where that cannot be known by reading, and
/// for files of no known language, the state is `Unknown`.
pub fn reach(tree: &dyn Tree, path: &str) -> Place {
    match Language::of_path(path) {
        Some(Language::Rust) => rust_reach(tree, path),
        Some(Language::Go) => others::go(tree, path),
        Some(Language::C | Language::Cpp) => others::c(tree, path),
        Some(Language::Python) => others::python(tree, path),
        Some(Language::TypeScript | Language::Tsx | Language::JavaScript) => others::javascript(tree, path),
        Some(Language::Java) | None => {
            Place::unknown("which files a build takes is not known for this language")
        }
    }
}

#[cfg(test)]
mod tests;
