//! Comments as facts: what they say without their markers, and the statement that each one stands beside.
//!
//! Line comments on consecutive lines are one comment. A statement counts as beside a comment when it stands
//! on the same line before it, or is what the comment stands above.

use guard_model::source::{Beside, Comment, ConstantUse};
use guard_model::{FileChange, Side, SourceFacts};
use tree_sitter::Node;

use crate::tokens::{Token, Tokens};
use crate::tree;

/// Longest text kept of one comment, in characters.
const MAX_TEXT: usize = 2_000;
/// Longest statement looked at, in bytes: longer ones are no constants.
const MAX_STATEMENT: usize = 600;
/// Longest text kept of a statement, in characters.
const MAX_STATEMENT_TEXT: usize = 120;
/// Longest constant expression looked at, in tokens.
const MAX_CONSTANT: usize = 40;
/// Lines between a comment and the statement below it at most.
const MAX_GAP: usize = 1;

/// The comments of a file from their nodes, in source order. Those of test code are told apart by the ranges in
/// `tests`.
pub(crate) fn of(
    nodes: &[Node<'_>],
    (text, tokens): (&str, &Tokens<'_>),
    tests: &[(u32, u32)],
    test_file: bool,
) -> Vec<Comment> {
    let mut groups: Vec<Vec<Node<'_>>> = Vec::new();
    for &node in nodes {
        let joins = groups.last().and_then(|g| g.last()).is_some_and(|last| continues(*last, node, text));
        match groups.last_mut().filter(|_| joins) {
            Some(group) => group.push(node),
            None => groups.push(vec![node]),
        }
    }
    let in_test = |line: u32| test_file || tests.iter().any(|(first, last)| (*first..=*last).contains(&line));
    groups
        .iter()
        .filter_map(|group| {
            let (first, last) = (*group.first()?, *group.last()?);
            let written = group.iter().map(|n| tree::text(*n, text)).collect::<Vec<_>>().join("\n");
            let line = tree::line(first);
            Some(Comment {
                line,
                end_line: tree::end_line(last),
                doc: is_doc(&written),
                text: stripped(&written),
                in_test: in_test(line),
                beside: beside(first, last, text, tokens),
                elided: None,
            })
        })
        .collect()
}

/// Keeps the comments that touch changed lines: those of base that were removed, those of head that were added.
pub fn keep_changed_comments(facts: &mut SourceFacts, file: &FileChange) {
    let side = facts.side;
    facts.comments.retain(|c| match side {
        Side::Base => file.touches_base_range(c.line, c.end_line),
        Side::Head => (c.line..=c.end_line).any(|line| file.touches_head_line(line)),
    });
}

/// Marks the comments of head that stand for code left out, with the number of code lines that the same hunk
/// took away and that head has nowhere in the file.
pub fn mark_elisions(facts: &mut SourceFacts, file: &FileChange, base: &[u8], head: &[u8]) {
    if !facts.comments.iter().any(|c| elides(&c.text)) {
        return;
    }
    let (base, head) = (String::from_utf8_lossy(base), String::from_utf8_lossy(head));
    let kept: std::collections::HashSet<&str> = head.lines().map(str::trim).collect();
    let old: Vec<&str> = base.lines().collect();
    let hash_comments = facts.language == guard_model::Language::Python;
    for comment in facts.comments.iter_mut().filter(|c| elides(&c.text)) {
        let hunks = file.hunks.iter().filter(|h| {
            h.new_lines > 0 && h.new_start <= comment.end_line && h.new_start + h.new_lines > comment.line
        });
        let gone = hunks.flat_map(|h| {
            let start = (h.old_start as usize).saturating_sub(1).min(old.len());
            let end = (start + h.old_lines as usize).min(old.len());
            old[start..end].iter().map(|l| l.trim())
        });
        let lost = gone.filter(|line| is_code(line, hash_comments) && !kept.contains(line)).count();
        comment.elided = Some(u32::try_from(lost).unwrap_or(u32::MAX));
    }
}

/// Whether a comment is one of those that stand in for code in an answer that shows only a part of a file.
fn elides(text: &str) -> bool {
    let lower = text.to_lowercase().replace('…', "...");
    let words: Vec<&str> = lower
        .split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '-'))
        .filter(|w| w.chars().any(char::is_alphanumeric))
        .collect();
    if words.is_empty() || words.len() > 12 || lower.trim().lines().count() > 1 {
        return false;
    }
    let dots = lower.trim().starts_with("...") || lower.trim_end().ends_with("...");
    let says = |any: &[&str]| words.iter().any(|w| any.contains(w));
    let code = says(&[
        "code",
        "function",
        "functions",
        "method",
        "methods",
        "implementation",
        "logic",
        "file",
        "class",
        "body",
        "component",
        "module",
        "imports",
        "fields",
        "handlers",
        "tests",
        "props",
        "routes",
        "cases",
    ]);
    let stays = says(&["unchanged", "same", "remains", "stays", "omitted", "elided", "here"]);
    let rest = says(&["rest", "remaining", "existing", "previous", "other", "original"]);
    let joined = words.join(" ");
    // "... existing code ...", "rest of the function", "rest of the code remains the same".
    let starts =
        ["rest of", "the rest of", "existing", "remaining", "keep existing", "keep the rest", "previous"]
            .iter()
            .any(|s| joined.starts_with(s));
    dots && rest && (code || stays)
        || starts && code && (stays && !joined.ends_with(" here") || dots)
        || starts && joined.starts_with("rest of the") && code && words.len() <= 5
        || code && joined.ends_with("omitted for brevity")
}

/// Whether a line of base has code on it.
fn is_code(line: &str, hash_comments: bool) -> bool {
    line.chars().filter(|c| c.is_alphanumeric()).count() > 2
        && !["//", "/*", "*", "<!--"].iter().any(|m| line.starts_with(m))
        && !(hash_comments && line.starts_with('#'))
}

/// Whether `next` goes on where `last` ended: two line comments below each other, alone on their lines.
fn continues(last: Node<'_>, next: Node<'_>, text: &str) -> bool {
    let is_line =
        |n: Node<'_>| !tree::text(n, text).starts_with("/*") && !tree::text(n, text).starts_with("<!--");
    is_line(last)
        && is_line(next)
        && is_alone(last, text)
        && is_alone(next, text)
        && tree::line(next) == tree::end_line(last) + 1
        && last.start_position().column == next.start_position().column
        && is_doc(tree::text(last, text)) == is_doc(tree::text(next, text))
}

/// Whether nothing but white space stands before a node on its line.
fn is_alone(node: Node<'_>, text: &str) -> bool {
    let before = text.get(..node.start_byte()).unwrap_or_default();
    before.rsplit('\n').next().unwrap_or_default().trim().is_empty()
}

fn is_doc(written: &str) -> bool {
    let slashes = written.len() - written.trim_start_matches('/').len();
    slashes == 3
        || written.starts_with("//!")
        || written.starts_with("/*!")
        || written.starts_with("/**") && !written.starts_with("/**/")
}

/// A comment without its markers, at most [`MAX_TEXT`] characters.
fn stripped(written: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    for line in written.lines() {
        let line = line.trim();
        let line = line.strip_suffix("*/").or_else(|| line.strip_suffix("-->")).unwrap_or(line);
        let line = line.trim_start_matches("<!--").trim_start_matches("/*");
        let line = line.trim_start_matches(['/', '*', '#', '!']).trim();
        if !line.is_empty() {
            out.push(line);
        }
    }
    out.join("\n").chars().take(MAX_TEXT).collect()
}

/// The statement that a comment stands beside.
fn beside(first: Node<'_>, last: Node<'_>, text: &str, tokens: &Tokens<'_>) -> Option<Beside> {
    let statement = match before_on_line(first, text) {
        Some(node) => node,
        None => below(last)?,
    };
    if statement.byte_range().len() > MAX_STATEMENT {
        return None;
    }
    Some(Beside {
        line: tree::line(statement),
        text: tree::one_line(&spelled(statement, text), MAX_STATEMENT_TEXT),
        constant: constant(statement, tokens.below(statement)),
    })
}

/// A statement's text without the comments inside it.
fn spelled(statement: Node<'_>, text: &str) -> String {
    crate::languages::signature(statement, text)
}

/// What stands before a comment on the same line.
fn before_on_line<'n>(comment: Node<'n>, text: &str) -> Option<Node<'n>> {
    if is_alone(comment, text) {
        return None;
    }
    let row = comment.start_position().row;
    let mut node = comment;
    while let Some(previous) = node.prev_sibling() {
        if previous.end_position().row != row {
            return None;
        }
        if previous.is_named() && !tree::is_comment(previous) {
            return Some(previous).filter(|p| p.start_position().row + 3 >= row);
        }
        // `{ // placeholder` opens a block: what follows is meant.
        if matches!(tree::text(previous, text), "{" | "(" | "[" | ":") {
            return below(comment);
        }
        node = previous;
    }
    // The grammar hung the comment elsewhere: what ends before it on the line.
    let mut parent = comment.parent();
    while let Some(up) = parent {
        if up.start_byte() < comment.start_byte() && up.start_position().row == row {
            return Some(up);
        }
        parent = up.parent();
    }
    None
}

/// What a comment stands above.
fn below(comment: Node<'_>) -> Option<Node<'_>> {
    let mut next = comment.next_named_sibling();
    while next.is_some_and(tree::is_comment) {
        next = next.and_then(|n| n.next_named_sibling());
    }
    let mut next = next?;
    // Python hangs a comment on a function's first line before the block.
    if matches!(next.kind(), "block" | "statement_block" | "compound_statement") {
        next = *tree::children(next).first()?;
    }
    let gap = next.start_position().row.saturating_sub(comment.end_position().row);
    (gap <= MAX_GAP).then_some(next)
}

/// How a statement hands a constant on, if it does.
fn constant(statement: Node<'_>, tokens: &[Token<'_>]) -> Option<ConstantUse> {
    let tokens: Vec<&Token<'_>> = tokens.iter().filter(|t| !matches!(t.text, "⟨" | "⟩")).collect();
    let mut tokens = &tokens[..];
    while tokens.last().is_some_and(|t| matches!(t.text, ";" | ",")) {
        tokens = &tokens[..tokens.len() - 1];
    }
    let first = tokens.first()?;
    if first.text == "return" {
        return is_constant(&tokens[1..]).then_some(ConstantUse::Returned);
    }
    if let Some(arrow) = tokens.iter().position(|t| t.text == "=>")
        && statement.kind() == "match_arm"
    {
        // `_ => {}` does nothing, which is no value.
        let value = &tokens[arrow + 1..];
        if value.first().is_some_and(|t| t.text == "{") {
            return None;
        }
        return is_constant(value).then_some(ConstantUse::Returned);
    }
    let is_pair =
        matches!(statement.kind(), "field_initializer" | "pair" | "keyed_element" | "keyword_argument");
    let assigns = matches!(
        statement.kind(),
        "let_declaration"
            | "expression_statement"
            | "assignment"
            | "assignment_expression"
            | "lexical_declaration"
            | "variable_declaration"
            | "local_variable_declaration"
            | "declaration"
            | "short_var_declaration"
            | "assignment_statement"
    );
    let at = tokens.iter().position(|t| matches!(t.text, "=" | ":=") || is_pair && t.text == ":");
    if let Some(at) = at
        && (assigns || is_pair)
    {
        // What begins empty is filled further down.
        let value = &tokens[at + 1..];
        let begins =
            value.iter().all(|t| !t.text.starts_with(|c: char| c.is_ascii_digit() || "\"'tTfF".contains(c)));
        return (!begins && is_constant(value)).then_some(ConstantUse::Assigned);
    }
    // The value of a block.
    let is_tail = statement.parent().is_some_and(|p| p.kind() == "block")
        && statement.next_named_sibling().is_none_or(tree::is_comment)
        && !statement.kind().ends_with("_statement");
    (is_tail && is_constant(tokens)).then_some(ConstantUse::Returned)
}

/// A Python string with holes.
fn is_filled_in(text: &str) -> bool {
    text.starts_with(['f', 'F']) && text[1..].starts_with(['"', '\'']) && text.contains('{')
}

/// Whether an expression is made of literals, keys and the constructors of empty and wrapped values alone.
fn is_constant(tokens: &[&Token<'_>]) -> bool {
    const WRAPPERS: &str = " Ok Some Box Arc Rc new vec Vec String HashMap HashSet BTreeMap BTreeSet VecDeque Default \
        default to_string to_owned into from None list dict set tuple Array Map Set Optional empty of Collections \
        emptyList emptyMap List ArrayList HashMap Promise resolve nil null nullptr undefined True False true false \
        NULL std string optional nullopt make float64 int string bool interface json ";
    let is_allowed = |i: usize, token: &Token<'_>| {
        let next = tokens.get(i + 1).map_or("", |t| t.text);
        let builds = next == "{" && token.text.starts_with(char::is_uppercase);
        !token.name || next == ":" || builds || WRAPPERS.contains(&format!(" {} ", token.text))
    };
    let computes = |text: &str| {
        matches!(text, "if" | "match" | "while" | "for" | "await" | "self" | "this") || is_filled_in(text)
    };
    let says_something =
        |t: &&&Token<'_>| t.text.chars().any(|c| c.is_alphanumeric() || c == '"' || c == '\'');
    let is_empty_value =
        tokens.len() <= 4 && tokens.iter().all(|t| matches!(t.text, "(" | ")" | "[" | "]" | "{" | "}" | "&"));
    !tokens.is_empty()
        && tokens.len() <= MAX_CONSTANT
        && (is_empty_value || tokens.iter().any(|t| says_something(&t)))
        && tokens.iter().enumerate().all(|(i, t)| is_allowed(i, t) && !computes(t.text))
}
