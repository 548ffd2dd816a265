//! Syntax trees of all languages through one API, for what goes beyond facts.

use guard_model::source::Language;

pub use crate::tree::{children, is_comment, one_line};
pub use tree_sitter::{Node, Tree, TreeCursor};

/// The tree of a text; parsing never fails on broken code, and marks it.
///
/// # Errors
/// Why it is not read: too large, binary, or too hard to parse.
pub fn parse(language: Language, text: &str) -> Result<Tree, String> {
    crate::bounds::readable(text.as_bytes())?;
    crate::tree::parse(language, text, &[])
}

/// Number of places where the parser had to guess.
pub fn errors(tree: &Tree) -> u32 {
    crate::tree::errors(tree.root_node())
}
