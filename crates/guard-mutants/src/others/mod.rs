//! Mutants of TypeScript, JavaScript, Python, Go, C and C++, found in the syntax tree.
//!
//! The core of the operators that Rust has, under the same names. No switch stands beside the original here:
//! one mutant at a time is written into the file. Nothing in this module runs anything.

mod arid;
mod bodies;
mod expressions;
mod finder;
mod statements;
mod trace;
mod values;

use guard_model::Language;
use guard_syntax::trees;

use crate::find::Body;
use crate::mutant::{Edit, Mutant};

pub use trace::{Helper, Noted, Traced, helper, noted, traced};

/// Languages with the same shape of syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Python,
    /// JavaScript and TypeScript.
    Script,
    Go,
    /// C and C++.
    C,
}

impl Family {
    pub(crate) fn of(language: Language) -> Option<Family> {
        match language {
            Language::Python => Some(Family::Python),
            Language::TypeScript | Language::Tsx | Language::JavaScript => Some(Family::Script),
            Language::Go => Some(Family::Go),
            Language::C | Language::Cpp => Some(Family::C),
            Language::Rust | Language::Java => None,
        }
    }
}

/// Whether mutants of a language are made here.
pub fn speaks(language: Language) -> bool {
    Family::of(language).is_some()
}

/// All mutants of a file, by place. None for languages that are not spoken here.
///
/// # Errors
/// Why the file is not read, as a fragment.
pub fn find(path: &str, language: Language, text: &str) -> Result<Vec<Mutant>, String> {
    let Some(family) = Family::of(language) else { return Ok(Vec::new()) };
    if guard_syntax::is_generated(text.as_bytes()) {
        return Ok(Vec::new());
    }
    let tree = trees::parse(language, text).map_err(|why| format!("{path}: {why}"))?;
    Ok(finder::Finder::new(path, family, text).mutants(tree.root_node()))
}

/// The functions of a file and what they are made of; none where it cannot be read.
pub(crate) fn bodies(path: &str, language: Language, text: &str) -> Option<Vec<Body>> {
    let family = Family::of(language)?;
    let tree = trees::parse(language, text).ok()?;
    Some(bodies::of_file(path, family, text, tree.root_node()))
}

/// The file's text with the mutant in it; none where that is no code of its language any more.
pub fn apply(language: Language, text: &str, mutant: &Mutant) -> Option<String> {
    let changed = match (&mutant.edit, &mutant.function) {
        (Edit::Expression { at, text: new } | Edit::Statement { at, text: new }, _) => {
            [text.get(..at.start)?, new, text.get(at.end..)?].concat()
        }
        (Edit::Value { text: new }, Some(function)) => {
            [text.get(..function.inside)?, new, text.get(function.inside..)?].concat()
        }
        (Edit::Value { .. } | Edit::Arm { .. }, _) => return None,
    };
    let errors = |text: &str| trees::parse(language, text).ok().map(|tree| trees::errors(&tree));
    (errors(&changed)? <= errors(text)?).then_some(changed)
}
