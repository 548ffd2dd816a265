//! The text of one file with its tokens: where things stand, and any stretch of it on one line.

use std::ops::Range;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

use crate::mutant::LineColumn;

/// Every so many bytes the number of characters before is kept, so that a column costs little in long lines.
const STEP: usize = 1024;

/// A file's text and its tokens in order, delimiters included.
pub(crate) struct Source<'t> {
    pub(crate) text: &'t str,
    lines: Vec<usize>,
    characters: Vec<usize>,
    leaves: Vec<Leaf>,
}

#[derive(Debug, Clone)]
struct Leaf {
    at: Range<usize>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    /// May hold line breaks.
    Literal,
    /// A documentation comment; means nothing to the code.
    Comment,
}

impl<'t> Source<'t> {
    pub(crate) fn new(text: &'t str, tokens: &TokenStream) -> Source<'t> {
        let lines = std::iter::once(0).chain(memchr_lines(text)).collect();
        let mut characters = Vec::with_capacity(text.len() / STEP + 1);
        let mut count = 0;
        for (i, byte) in text.bytes().enumerate() {
            if i % STEP == 0 {
                characters.push(count);
            }
            count += usize::from(is_start(byte));
        }
        let mut leaves = Vec::new();
        collect(text, tokens.clone(), &mut leaves);
        Source { text, lines, characters, leaves }
    }

    /// Where a byte stands; columns count characters, as cargo-mutants does.
    pub(crate) fn position(&self, byte: usize) -> LineColumn {
        let line = self.lines.partition_point(|&start| start <= byte);
        let start = self.lines[line.saturating_sub(1)];
        let column = self.characters_before(byte) - self.characters_before(start) + 1;
        LineColumn {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }

    fn characters_before(&self, byte: usize) -> usize {
        let Some(&known) = self.characters.get((byte / STEP).min(self.characters.len().saturating_sub(1)))
        else {
            return 0;
        };
        let from = (byte / STEP).min(self.characters.len() - 1) * STEP;
        known + self.text.as_bytes()[from..byte].iter().filter(|&&b| is_start(b)).count()
    }

    /// The text of a range, with `\n` line ends whatever the file has.
    pub(crate) fn original(&self, at: Range<usize>) -> String {
        self.text[at].replace("\r\n", "\n")
    }

    /// A range's code on one line: comments dropped, line breaks in literals escaped.
    pub(crate) fn flat(&self, at: Range<usize>) -> String {
        self.flat_without(at, &[])
    }

    /// The same without some stretches of it, which are in order.
    pub(crate) fn flat_without(&self, at: Range<usize>, holes: &[Range<usize>]) -> String {
        let mut out = String::with_capacity(at.len());
        let mut holes = holes;
        let mut before: Option<&Leaf> = None;
        for leaf in self.within(&at) {
            while holes.first().is_some_and(|hole| hole.end <= leaf.at.start) {
                holes = &holes[1..];
            }
            let is_out = holes.first().is_some_and(|hole| hole.start <= leaf.at.start);
            if leaf.kind == Kind::Comment || is_out {
                continue;
            }
            let text = &self.text[leaf.at.clone()];
            if before
                .is_some_and(|before| before.at.end < leaf.at.start && !self.needs_no_space(before, text))
            {
                out.push(' ');
            }
            before = Some(leaf);
            if leaf.kind == Kind::Literal && text.contains('\n') {
                out.push_str(&one_line(text));
            } else {
                out.push_str(text);
            }
        }
        out
    }

    /// Where a line break stood for the eye alone.
    fn needs_no_space(&self, before: &Leaf, next: &str) -> bool {
        let text = &self.text[before.at.clone()];
        let ends_name =
            before.kind == Kind::Plain && text.ends_with(|c: char| c.is_alphanumeric() || ")]}_".contains(c));
        matches!(text, "(" | "[")
            || matches!(next, ")" | "]")
            || (ends_name && matches!(next, "." | "?" | "," | ";"))
    }

    /// The tokens of a range, each as it is written; comments are none.
    pub(crate) fn words(&self, at: Range<usize>) -> impl Iterator<Item = (Range<usize>, &'t str)> {
        let text = self.text;
        self.within(&at)
            .iter()
            .filter(|l| l.kind != Kind::Comment)
            .map(move |l| (l.at.clone(), &text[l.at.clone()]))
    }

    fn within(&self, at: &Range<usize>) -> &[Leaf] {
        let first = self.leaves.partition_point(|l| l.at.start < at.start);
        let last = self.leaves.partition_point(|l| l.at.start < at.end);
        self.leaves.get(first..last).unwrap_or_default()
    }
}

fn memchr_lines(text: &str) -> impl Iterator<Item = usize> {
    text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1)
}

fn is_start(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

/// Depth is bounded before (`depth`), so recursion is.
fn collect(text: &str, tokens: TokenStream, out: &mut Vec<Leaf>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(tree) = tokens.next() {
        match tree {
            TokenTree::Group(group) => {
                let delimited = group.delimiter() != Delimiter::None;
                if delimited {
                    out.push(Leaf { at: range(group.span_open()), kind: Kind::Plain });
                }
                collect(text, group.stream(), out);
                if delimited {
                    out.push(Leaf { at: range(group.span_close()), kind: Kind::Plain });
                }
            }
            TokenTree::Literal(literal) => out.push(Leaf { at: range(literal.span()), kind: Kind::Literal }),
            TokenTree::Punct(punct) => {
                let at = range(punct.span());
                if text.as_bytes().get(at.start) != Some(&b'/') || punct.as_char() != '#' {
                    out.push(Leaf { at, kind: Kind::Plain });
                    continue;
                }
                // A documentation comment arrives as the attribute that it stands for.
                out.push(Leaf { at, kind: Kind::Comment });
                if matches!(tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '!') {
                    tokens.next();
                }
                tokens.next();
            }
            TokenTree::Ident(ident) => out.push(Leaf { at: range(ident.span()), kind: Kind::Plain }),
        }
    }
}

/// The bytes of a span.
pub(crate) fn range(span: Span) -> Range<usize> {
    span.byte_range()
}

/// A string literal without line breaks that means the same.
fn one_line(literal: &str) -> String {
    let literal = literal.replace("\r\n", "\n");
    let quote = literal.find(['"', '\'']).unwrap_or(0);
    let (prefix, rest) = literal.split_at(quote);
    let hashes = prefix.bytes().rev().take_while(|b| *b == b'#').count();
    if prefix.contains('r') {
        let kind = prefix.trim_end_matches('#').replace('r', "");
        let end = rest.rfind('"').unwrap_or(rest.len());
        let suffix = rest.get(end + 1 + hashes..).unwrap_or("");
        let body = rest.get(1..end).unwrap_or("");
        let escaped = body.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        // Byte strings take no character beyond ASCII either way; nothing else needs an escape.
        return format!("{kind}\"{escaped}\"{suffix}");
    }
    let mut out = String::with_capacity(literal.len() + 8);
    let mut characters = literal.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' if characters.peek() == Some(&'\n') => {
                while characters.next_if(|c| matches!(c, ' ' | '\n' | '\r' | '\t')).is_some() {}
            }
            '\\' => {
                out.push(c);
                out.extend(characters.next());
            }
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out
}
