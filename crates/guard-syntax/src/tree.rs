//! Parsed text: one file's tree, and small helpers that never recurse, so that depth cannot hurt.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use guard_model::source::Language;
use tree_sitter::{Node, ParseOptions, ParseState, Parser, Range, Tree};

use crate::bounds;

/// The last resort against input that makes single parse steps slow; the step budget normally comes first.
const MAX_TIME: Duration = Duration::from_secs(5);

/// One file, parsed.
pub(crate) struct Source<'t> {
    pub(crate) path: &'t str,
    pub(crate) language: Language,
    pub(crate) text: Cow<'t, str>,
    pub(crate) tree: Tree,
}

impl<'t> Source<'t> {
    pub(crate) fn parse(path: &'t str, language: Language, text: Cow<'t, str>) -> Result<Self, String> {
        let tree = parse(language, &text, &[])?;
        Ok(Source { path, language, text, tree })
    }

    /// Number of places where the parser had to guess.
    pub(crate) fn errors(&self) -> u32 {
        errors(self.tree.root_node())
    }
}

/// Number of places below `root` where the parser had to guess.
pub(crate) fn errors(root: Node<'_>) -> u32 {
    if !root.has_error() {
        return 0;
    }
    let mut count = 0;
    walk(root, |node| {
        if node.is_error() || node.is_missing() {
            count += 1;
        }
        if node.has_error() && !node.is_error() { Step::Into } else { Step::Over }
    });
    count
}

/// Parses `text`, or only `ranges` of it (positions stay those of the whole text).
pub(crate) fn parse(language: Language, text: &str, ranges: &[Range]) -> Result<Tree, String> {
    let mut parser = Parser::new();
    parser.set_language(&crate::languages::grammar(language)).map_err(|error| error.to_string())?;
    parser.set_included_ranges(ranges).map_err(|error| error.to_string())?;
    let started = Instant::now();
    let mut steps = 0;
    let most = bounds::MAX_STEPS_PER_KB * (text.len() / 1024 + 100);
    let mut progress = |_: &ParseState| {
        steps += 1;
        if steps > most || started.elapsed() > MAX_TIME {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let patched = known_gaps(language, text);
    let bytes = patched.as_bytes();
    parser
        .parse_with_options(
            &mut |offset, _| bytes.get(offset..).unwrap_or_default(),
            None,
            Some(ParseOptions::new().progress_callback(&mut progress)),
        )
        .ok_or_else(|| "too hard to parse within the time limit".to_owned())
}

/// Text of the same length without what a grammar is known to choke on. Nodes are read from the original.
fn known_gaps(language: Language, text: &str) -> Cow<'_, str> {
    // tree-sitter-rust takes `str![…]`, snapbox's macro, for the primitive type and then loses its way.
    if language == Language::Rust && text.contains("str![") {
        let after_name = |at: usize| text[..at].ends_with(|it: char| it.is_alphanumeric() || it == '_');
        let mut patched = String::with_capacity(text.len());
        let mut from = 0;
        for (at, _) in text.match_indices("str![").filter(|(at, _)| !after_name(*at)) {
            patched.push_str(&text[from..at]);
            patched.push_str("st_![");
            from = at + "str![".len();
        }
        patched.push_str(&text[from..]);
        return Cow::Owned(patched);
    }
    Cow::Borrowed(text)
}

/// Where a walk goes after a node.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// To its children.
    Into,
    /// Past its children.
    Over,
}

/// Visits `root` and what is below it in source order.
pub(crate) fn walk<'n>(root: Node<'n>, mut visit: impl FnMut(Node<'n>) -> Step) {
    let mut cursor = root.walk();
    // The cursor could tell its depth, but counts it anew each time.
    let mut depth = 0_usize;
    loop {
        let into = visit(cursor.node()) == Step::Into;
        if into && cursor.goto_first_child() {
            depth += 1;
            continue;
        }
        while depth > 0 && !cursor.goto_next_sibling() {
            cursor.goto_parent();
            depth -= 1;
        }
        if depth == 0 {
            return;
        }
    }
}

/// The named children of a node, comments left out.
pub fn children(node: Node<'_>) -> Vec<Node<'_>> {
    node.named_children(&mut node.walk()).filter(|child| !is_comment(*child)).collect()
}

/// The first child of one of these kinds.
pub(crate) fn child_of_kind<'n>(node: Node<'n>, kinds: &[&str]) -> Option<Node<'n>> {
    node.children(&mut node.walk()).find(|child| kinds.contains(&child.kind()))
}

/// Comments of all grammars.
pub fn is_comment(node: Node<'_>) -> bool {
    is_comment_kind(node.kind())
}

/// The same by a node's kind.
pub(crate) fn is_comment_kind(kind: &str) -> bool {
    matches!(kind, "comment" | "line_comment" | "block_comment" | "html_comment")
}

/// A node's text.
pub(crate) fn text<'t>(node: Node<'_>, source: &'t str) -> &'t str {
    source.get(node.byte_range()).unwrap_or_default()
}

/// A node's first line, 1-based.
pub(crate) fn line(node: Node<'_>) -> u32 {
    node.start_position().row as u32 + 1
}

/// A node's last line, 1-based and inclusive. A node that ends with its line break ends on the line before.
pub(crate) fn end_line(node: Node<'_>) -> u32 {
    let end = node.end_position();
    let row = if end.column == 0 && end.row > node.start_position().row { end.row - 1 } else { end.row };
    row as u32 + 1
}

/// White space runs become one blank; cut at `most` characters with an ellipsis.
pub fn one_line(text: &str, most: usize) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > most * 4 {
            break;
        }
    }
    if line.chars().count() > most {
        line = line.chars().take(most).collect();
        line.push('…');
    }
    line
}
