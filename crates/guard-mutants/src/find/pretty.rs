//! Tokens as text, spaced as cargo-mutants spaces them: its wording of a mutant is how two tools' lists are
//! compared.

use proc_macro2::{Delimiter, TokenTree};
use quote::ToTokens;

/// The tokens of `tokens` as one line.
pub(crate) fn pretty(tokens: &impl ToTokens) -> String {
    let mut out = String::new();
    let mut trees = tokens.to_token_stream().into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Punct(punct) => {
                let c = punct.as_char();
                if c == '|' && !out.is_empty() && !out.ends_with([' ', '|']) {
                    out.push(' ');
                }
                out.push(c);
                if trees.peek().is_some() && (out.ends_with("->") || matches!(c, ',' | ';')) {
                    out.push(' ');
                }
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                if out.ends_with('=') || out.ends_with("=>") || out.ends_with('|') {
                    out.push(' ');
                }
                out.push_str(&tree.to_string());
                match trees.peek() {
                    Some(TokenTree::Ident(_) | TokenTree::Literal(_)) => out.push(' '),
                    Some(TokenTree::Punct(next))
                        if !matches!(next.as_char(), ',' | ';' | '<' | '>' | ':' | '.' | '!') =>
                    {
                        out.push(' ');
                    }
                    _ => {}
                }
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::None => ("", ""),
                };
                out.push_str(open);
                out.push_str(&pretty(&group.stream()));
                out.push_str(close);
            }
        }
    }
    out
}

/// Several lines as one: a line break and the indentation behind it become one space.
pub(crate) fn squash_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_indent = false;
    for c in text.chars() {
        match c {
            ' ' | '\t' | '\n' if in_indent => {}
            '\n' => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
                in_indent = true;
            }
            c => {
                in_indent = false;
                out.push(c);
            }
        }
    }
    out
}

/// A text short enough to stand in a sentence: its beginning and its end.
pub(crate) fn short(text: &str) -> String {
    const MOST: usize = 80;
    let count = text.chars().count();
    if count <= MOST {
        return text.to_owned();
    }
    let begin: String = text.chars().take(MOST - 20).collect();
    let end: String = text.chars().skip(count - 18).collect();
    format!("{begin} … {end}")
}
