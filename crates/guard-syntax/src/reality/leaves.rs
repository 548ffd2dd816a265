//! The leaves of a tree with their lines: the same few kinds for every language.

use tree_sitter::Node;

use crate::tree::{self, Source, Step};

/// One leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leaf<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    /// 1-based.
    pub(super) line: u32,
}

/// Kinds of leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Name,
    /// A number.
    Number,
    /// A whole string or character.
    Text,
    /// Anything else.
    Sign,
}

impl Leaf<'_> {
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text && self.kind != Kind::Text
    }

    pub(super) fn is_name(&self) -> bool {
        self.kind == Kind::Name
    }
}

/// All leaves of a file, comments left out.
pub(super) fn of<'t>(source: &'t Source<'_>) -> Vec<Leaf<'t>> {
    let mut leaves = Vec::new();
    tree::walk(source.tree.root_node(), |node| {
        if tree::is_comment(node) {
            return Step::Over;
        }
        if is_text(node) {
            push(node, &source.text, Kind::Text, &mut leaves);
            return Step::Over;
        }
        if node.kind() == "preproc_arg" {
            // A C macro's value is raw text.
            defined(node, &source.text, &mut leaves);
            return Step::Over;
        }
        if node.child_count() > 0 {
            return Step::Into;
        }
        let text = tree::text(node, &source.text);
        let first = text.chars().next().unwrap_or(' ');
        let kind = match first {
            _ if first.is_ascii_digit() => Kind::Number,
            _ if first.is_alphabetic() || matches!(first, '_' | '$' | '#') && text.len() > 1 => Kind::Name,
            _ => Kind::Sign,
        };
        push(node, &source.text, kind, &mut leaves);
        Step::Over
    });
    leaves
}

fn is_text(node: Node<'_>) -> bool {
    let kind = node.kind();
    node.is_named()
        && (kind.contains("string") && kind != "string_fragment" && kind != "concatenated_string"
            || kind.contains("char") && kind.ends_with("literal"))
}

fn push<'t>(node: Node<'_>, source: &'t str, kind: Kind, leaves: &mut Vec<Leaf<'t>>) {
    let text = tree::text(node, source);
    if !text.trim().is_empty() {
        leaves.push(Leaf { kind, text, line: tree::line(node) });
    }
}

fn defined<'t>(node: Node<'_>, source: &'t str, leaves: &mut Vec<Leaf<'t>>) {
    let line = tree::line(node);
    leaves.push(Leaf { kind: Kind::Sign, text: "=", line });
    let text = tree::text(node, source);
    for token in crate::lex::code(text) {
        let kind = match token.kind {
            crate::lex::Kind::Ident => Kind::Name,
            crate::lex::Kind::Str => Kind::Text,
            crate::lex::Kind::Other if token.text.starts_with(|c: char| c.is_ascii_digit()) => Kind::Number,
            crate::lex::Kind::Other => Kind::Text,
            _ => Kind::Sign,
        };
        leaves.push(Leaf { kind, text: token.text, line });
    }
    leaves.push(Leaf { kind: Kind::Sign, text: ";", line });
}
