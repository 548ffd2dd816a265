//! The tokens of a body: what its hash, its calls and its assertions are made from.

use tree_sitter::Node;

use crate::tree::{self, Step};

/// One token of a tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'t> {
    pub(crate) text: &'t str,
    /// True for names, as opposed to punctuation, keywords and literals.
    pub(crate) name: bool,
    /// Line that it begins on, 1-based.
    pub(crate) line: u32,
    /// Byte that it begins at; of a bracket that stands for an indentation, that of the token beside it.
    start: usize,
    /// True in a one-element tuple or the like, where a trailing comma means something.
    comma_counts: bool,
}

/// A body as compared between sides: comments, layout and trailing commas left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Body {
    /// 16 hex digits of a blake3 hash.
    pub(crate) hash: String,
    pub(crate) tokens: u32,
}

/// Literals taken as one token.
const ATOMS: [&str; 8] = [
    "string_literal",
    "raw_string_literal",
    "char_literal",
    "interpreted_string_literal",
    "string",
    "regex",
    "character_literal",
    "system_lib_string",
];

/// The tokens of a tree, from which those of each node below it are taken.
pub(crate) struct Tokens<'t>(Vec<Token<'t>>);

impl<'t> Tokens<'t> {
    /// The tokens below `root`, and the comments among them.
    pub(crate) fn of<'n>(root: Node<'n>, source: &'t str) -> (Tokens<'t>, Vec<Node<'n>>) {
        let mut comments = Vec::new();
        let tokens = read(root, source, &mut comments);
        (Tokens(tokens), comments)
    }

    /// All of them.
    pub(crate) fn all(&self) -> &[Token<'t>] {
        &self.0
    }

    /// Those of one node. Brackets for indentation are left out at both ends, where they say nothing.
    pub(crate) fn below(&self, node: Node<'_>) -> &[Token<'t>] {
        let mut from = self.0.partition_point(|token| token.start < node.start_byte());
        let mut to = self.0.partition_point(|token| token.start < node.end_byte()).max(from);
        while from < to && self.0[from].is_indentation() {
            from += 1;
        }
        while from < to && self.0[to - 1].is_indentation() {
            to -= 1;
        }
        &self.0[from..to]
    }
}

impl Token<'_> {
    fn is_indentation(&self) -> bool {
        matches!(self.text, "⟨" | "⟩")
    }
}

/// The tokens below `node`.
pub(crate) fn of<'t>(node: Node<'_>, source: &'t str) -> Vec<Token<'t>> {
    read(node, source, &mut Vec::new())
}

fn read<'t, 'n>(node: Node<'n>, source: &'t str, comments: &mut Vec<Node<'n>>) -> Vec<Token<'t>> {
    let mut tokens = Vec::new();
    // Blocks that exist by indentation alone get brackets; `open` holds where they end.
    let mut open: Vec<usize> = Vec::new();
    let mut tuple_end = 0;
    let mark = |text: &'static str, (line, start): (u32, usize)| Token {
        text,
        name: false,
        line,
        start,
        comma_counts: false,
    };
    // A block ends with its last token.
    let last = |tokens: &[Token<'_>]| tokens.last().map_or((0, 0), |token| (token.line, token.start));
    tree::walk(node, |node| {
        while open.last().is_some_and(|&end| node.start_byte() >= end) {
            open.pop();
            tokens.push(mark("⟩", last(&tokens)));
        }
        let kind = node.kind();
        if tree::is_comment_kind(kind) {
            comments.push(node);
            return Step::Over;
        }
        if kind == "expression_statement" && is_docstring(node) {
            return Step::Over;
        }
        if kind.starts_with("tuple") {
            tuple_end = node.end_byte();
        }
        if kind == "block" && node.child(0).is_some_and(|first| first.kind() != "{") {
            open.push(node.end_byte());
            tokens.push(mark("⟨", (tree::line(node), node.start_byte())));
        }
        if node.child_count() > 0 && !ATOMS.contains(&kind) {
            return Step::Into;
        }
        let text = tree::text(node, source);
        if !text.trim().is_empty() {
            let comma_counts = node.end_byte() < tuple_end;
            tokens.push(Token {
                text,
                name: is_name(kind),
                line: tree::line(node),
                start: node.start_byte(),
                comma_counts,
            });
        }
        Step::Over
    });
    let end = last(&tokens);
    tokens.extend(open.iter().map(|_| mark("⟩", end)));
    tokens
}

/// Hashes tokens.
pub(crate) fn body(tokens: &[Token<'_>]) -> Body {
    let mut hasher = blake3::Hasher::new();
    let mut count = 0;
    for (index, token) in tokens.iter().enumerate() {
        let closes = tokens.get(index + 1).is_some_and(|next| matches!(next.text, ")" | "]" | "}"));
        if token.text == "," && closes && !token.comma_counts {
            continue;
        }
        if token.text.contains('\r') {
            hasher.update(token.text.replace("\r\n", "\n").as_bytes());
        } else {
            hasher.update(token.text.as_bytes());
        }
        hasher.update(&[0]);
        count += 1;
    }
    Body { hash: hasher.finalize().to_hex()[..16].to_owned(), tokens: count }
}

/// Names called by these tokens, without duplicates, in order of first use. Paths keep their `::`;
/// a call on a value is the bare name; a macro keeps its `!`.
pub(crate) fn calls(tokens: &[Token<'_>]) -> Vec<String> {
    let mut calls: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (index, token) in tokens.iter().enumerate() {
        let Some(end) = (match token.text {
            "(" => callee_end(tokens, index),
            "!" if tokens.get(index + 1).is_some_and(|next| matches!(next.text, "(" | "[" | "{")) => {
                index.checked_sub(1).filter(|&at| tokens[at].name)
            }
            _ => None,
        }) else {
            continue;
        };
        let mut start = end;
        while start >= 2 && tokens[start - 1].text == "::" && tokens[start - 2].name {
            start -= 2;
        }
        if start > 0 && matches!(tokens[start - 1].text, "fn" | "function" | "def" | "func" | "#") {
            continue;
        }
        let mut name: String = tokens[start..=end].iter().map(|token| token.text).collect();
        if token.text == "!" {
            name.push('!');
        }
        if seen.insert(name.clone()) {
            calls.push(name);
        }
    }
    calls
}

/// The name that an opening parenthesis calls, looking past `::<T>`.
fn callee_end(tokens: &[Token<'_>], paren: usize) -> Option<usize> {
    let before = paren.checked_sub(1)?;
    if tokens[before].name {
        return Some(before);
    }
    if tokens[before].text != ">" {
        return None;
    }
    let mut depth = 0;
    for at in (before.saturating_sub(64)..=before).rev() {
        match tokens[at].text {
            ">" => depth += 1,
            "<" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let colons = at.checked_sub(1)?;
            let name = if tokens[colons].text == "::" { colons.checked_sub(1)? } else { colons };
            return tokens[name].name.then_some(name);
        }
    }
    None
}

fn is_name(kind: &str) -> bool {
    kind.ends_with("identifier") || matches!(kind, "self" | "this" | "super" | "crate")
}

/// Whether a statement is a string and nothing else: Python's docstring, JavaScript's `'use strict'`.
fn is_docstring(node: Node<'_>) -> bool {
    node.named_child_count() == 1
        && node.child_count() == 1
        && node.named_child(0).is_some_and(|child| child.kind() == "string")
}
