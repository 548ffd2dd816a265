//! Which files could hold one of some functions again: those in which the same row of names, numbers and signs stands.
//!
//! A plain lexer that knows no grammar makes one byte of each token, so that a tree of hundreds of thousands of lines is
//! searched in the time that it takes to read it. Texts, comments, commas and semicolons are left out: they hang on
//! layout, or are compared later.

use aho_corasick::{AhoCorasick, MatchKind};
use guard_model::source::Language;

/// Rows shorter than this are in every file.
const MIN_ROW: usize = 24;

/// Functions that are looked for.
#[derive(Debug)]
pub struct Sieve {
    searched: AhoCorasick,
}

impl Sieve {
    /// A sieve for functions, each given as its language, its text and its name. `None` when there is none that can be
    /// looked for.
    pub fn new<'t>(functions: impl IntoIterator<Item = (Language, &'t str, &'t str)>) -> Option<Sieve> {
        let rows = functions.into_iter().filter_map(|(language, text, name)| {
            let from = text.find(name)? + name.len();
            let mut row = Vec::new();
            read(text.get(from..)?.as_bytes(), language, &mut row);
            // What stands at the very end may be of what is around.
            while row.last().is_some_and(|it| !it.is_ascii_alphanumeric() && *it != b'}') {
                row.pop();
            }
            (row.len() >= MIN_ROW).then_some(row)
        });
        let rows: Vec<Vec<u8>> = rows.collect();
        if rows.is_empty() {
            return None;
        }
        AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(rows)
            .ok()
            .map(|searched| Sieve { searched })
    }

    /// Whether one of the functions could stand in a file. `row` is a place to work in.
    pub fn may_hold(&self, language: Language, text: &[u8], row: &mut Vec<u8>) -> bool {
        row.clear();
        read(text, language, row);
        self.searched.is_match(&*row)
    }
}

/// One byte a token.
fn read(text: &[u8], language: Language, row: &mut Vec<u8>) {
    let is_python = language == Language::Python;
    let has_lifetimes = language == Language::Rust;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at = match byte {
            b'#' if is_python => line_end(text, at),
            b'/' if text.get(at + 1) == Some(&b'/') && !is_python => line_end(text, at),
            b'/' if text.get(at + 1) == Some(&b'*') && !is_python => {
                memchr::memmem::find(&text[at + 2..], b"*/").map_or(text.len(), |end| at + end + 4)
            }
            b'"' | b'\'' if is_python && text[at..].starts_with(&[byte; 3]) => {
                memchr::memmem::find(&text[at + 3..], &[byte; 3]).map_or(text.len(), |end| at + end + 6)
            }
            b'\'' if has_lifetimes => match (text.get(at + 1), text.get(at + 2)) {
                (Some(b'\\'), _) => string_end(text, at + 1, b'\'', true),
                (Some(_), Some(b'\'')) => at + 3,
                // A lifetime, or a character of several bytes.
                (Some(it), _) if it.is_ascii() => at + 1,
                _ => string_end(text, at + 1, b'\'', true),
            },
            b'\'' => string_end(text, at + 1, b'\'', true),
            b'"' => string_end(text, at + 1, b'"', !has_lifetimes),
            b'`' if !has_lifetimes => string_end(text, at + 1, b'`', false),
            _ if is_word(byte) => {
                let mut end = at + 1;
                while text.get(end).is_some_and(|byte| is_word(*byte)) {
                    end += 1;
                }
                match raw_string(text, at, end, language) {
                    Some(end) => end,
                    // What stands before a quote belongs to the text.
                    None if end - at <= 2 && is_prefix(text, at, end, language) => end,
                    None => {
                        row.push(if byte.is_ascii_digit() { b'0' } else { b'i' });
                        end
                    }
                }
            }
            b',' | b';' => at + 1,
            _ if byte.is_ascii_whitespace() => at + 1,
            _ => {
                row.push(byte);
                at + 1
            }
        };
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

fn line_end(text: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end)
}

/// Behind the quote that closes a text; a text of one line ends with it, whatever it holds.
fn string_end(text: &[u8], mut at: usize, quote: u8, one_line: bool) -> usize {
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' if one_line => return at,
            _ if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// Behind `r#"…"#`.
fn raw_string(text: &[u8], at: usize, end: usize, language: Language) -> Option<usize> {
    if language != Language::Rust || !matches!(&text[at..end], b"r" | b"br" | b"cr") {
        return None;
    }
    let hashes = text[end..].iter().take_while(|byte| **byte == b'#').count();
    if text.get(end + hashes) != Some(&b'"') {
        return None;
    }
    let mut closing = vec![b'"'];
    closing.extend(vec![b'#'; hashes]);
    let inner = end + hashes + 1;
    Some(memchr::memmem::find(&text[inner..], &closing).map_or(text.len(), |at| inner + at + closing.len()))
}

/// `b"…"`, `f'…'`.
fn is_prefix(text: &[u8], at: usize, end: usize, language: Language) -> bool {
    let quote = text.get(end).copied();
    let is_quote = quote == Some(b'"') || (quote == Some(b'\'') && language == Language::Python);
    is_quote && text[at..end].iter().all(u8::is_ascii_alphabetic)
}
