//! The readers, one folder a language (JavaScript with TypeScript, and C with C++, share one).
//!
//! A reader walks one file's tree and lists its items and tests. What all of them need stands in
//! `common`; what counts as a stub is each language's own `stubs.rs`.

mod c;
mod common;
mod go;
mod java;
mod javascript;
mod python;
pub(crate) mod rust;

pub(crate) use common::is_platform_path;

use std::rc::Rc;

use guard_model::source::Language;

use crate::Found;
use crate::tokens::Tokens;
use crate::tree::Source;

/// The tree-sitter grammar of a language.
pub(crate) fn grammar(language: Language) -> tree_sitter::Language {
    match language {
        Language::Rust => tree_sitter_rust::LANGUAGE.into(),
        Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
        Language::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
        Language::Python => tree_sitter_python::LANGUAGE.into(),
        Language::C => tree_sitter_c::LANGUAGE.into(),
        Language::Cpp => tree_sitter_cpp::LANGUAGE.into(),
        Language::Go => tree_sitter_go::LANGUAGE.into(),
        Language::Java => tree_sitter_java::LANGUAGE.into(),
    }
}

/// A node's text on one line, comments left out.
pub(crate) fn signature(node: tree_sitter::Node<'_>, source: &str) -> String {
    common::signature(node, node.end_byte(), source)
}

/// Reads one parsed file, of which `tokens` are.
pub(crate) fn read<'t>(source: &'t Source<'_>, tokens: &Rc<Tokens<'t>>) -> Found {
    match source.language {
        Language::Rust => rust::read(source, tokens),
        Language::TypeScript | Language::Tsx | Language::JavaScript => javascript::read(source, tokens),
        Language::Python => python::read(source, tokens),
        Language::C | Language::Cpp => c::read(source, tokens),
        Language::Go => go::read(source, tokens),
        Language::Java => java::read(source, tokens),
    }
}
