//! A plain lexer for Rust: enough to find declarations in any text, also inside macros and next to
//! syntax that no grammar knows yet. It knows strings, comments and brackets, and nothing of grammar.

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'t> {
    pub(crate) kind: Kind,
    pub(crate) text: &'t str,
    pub(crate) start: usize,
    /// 1-based.
    pub(crate) line: u32,
}

impl Token<'_> {
    /// True for this identifier (raw or not).
    pub(crate) fn is_ident(&self, name: &str) -> bool {
        self.kind == Kind::Ident && self.text == name
    }

    /// True for this punctuation character.
    pub(crate) fn is(&self, punct: char) -> bool {
        self.kind == Kind::Punct && self.text.starts_with(punct)
    }
}

/// Kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Identifier or keyword; the `r#` of a raw identifier is left out.
    Ident,
    /// String literal of any form, with its quotes.
    Str,
    /// Number, character or lifetime.
    Other,
    /// One punctuation character.
    Punct,
    /// A comment. Left out by [`code`].
    Comment,
}

/// All tokens, comments left out.
pub(crate) fn code(text: &str) -> Vec<Token<'_>> {
    let mut tokens = all(text);
    tokens.retain(|token| token.kind != Kind::Comment);
    tokens
}

/// All tokens with comments.
pub(crate) fn all(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut line = 1;
    while at < bytes.len() {
        let start = at;
        let kind = match bytes[at] {
            b'\n' => {
                line += 1;
                at += 1;
                continue;
            }
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at = find(bytes, at, b'\n').unwrap_or(bytes.len());
                Kind::Comment
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = block_comment_end(bytes, at);
                Kind::Comment
            }
            b'"' => {
                at = string_end(bytes, at + 1);
                Kind::Str
            }
            b'\'' => {
                at = quote_end(bytes, at);
                Kind::Other
            }
            byte if is_ident(byte) => match string_prefix(bytes, at) {
                Some(Prefix::Plain(quote)) => {
                    at = string_end(bytes, quote + 1);
                    Kind::Str
                }
                Some(Prefix::Raw { quote, hashes }) => {
                    at = raw_string_end(bytes, quote + 1, hashes);
                    Kind::Str
                }
                None => {
                    if bytes[at..].starts_with(b"r#") && bytes.get(at + 2).copied().is_some_and(is_ident) {
                        at += 2;
                    }
                    while at < bytes.len() && is_ident(bytes[at]) {
                        at += 1;
                    }
                    if byte.is_ascii_digit() { Kind::Other } else { Kind::Ident }
                }
            },
            _ => {
                at += text[at..].chars().next().map_or(1, char::len_utf8);
                Kind::Punct
            }
        };
        let whole = &text[start..at];
        let shown = if kind == Kind::Ident { whole.strip_prefix("r#").unwrap_or(whole) } else { whole };
        tokens.push(Token { kind, text: shown, start, line });
        line += whole.bytes().filter(|&byte| byte == b'\n').count() as u32;
    }
    tokens
}

/// The value of a string literal with its quotes and prefix removed; escapes stay as written.
pub(crate) fn string_value(literal: &str) -> &str {
    let inner = literal.trim_start_matches(['b', 'r', 'c']).trim_matches('#');
    inner.strip_prefix('"').unwrap_or(inner).strip_suffix('"').unwrap_or(inner)
}

/// The index of the bracket that closes the one at `open`, or the number of tokens.
pub(crate) fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.kind != Kind::Punct {
            continue;
        }
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

enum Prefix {
    Plain(usize),
    Raw { quote: usize, hashes: usize },
}

fn string_prefix(bytes: &[u8], at: usize) -> Option<Prefix> {
    let rest = &bytes[at..];
    let letters = rest.iter().take(3).take_while(|byte| matches!(byte, b'b' | b'r' | b'c')).count();
    if letters == 0 || letters > 2 {
        return None;
    }
    let raw = rest[letters - 1] == b'r';
    let hashes = rest[letters..].iter().take_while(|&&byte| byte == b'#').count();
    let quote = at + letters + hashes;
    if bytes.get(quote) != Some(&b'"') || (hashes > 0 && !raw) {
        return None;
    }
    Some(if raw { Prefix::Raw { quote, hashes } } else { Prefix::Plain(quote) })
}

fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn raw_string_end(bytes: &[u8], mut at: usize, hashes: usize) -> usize {
    while let Some(quote) = find(bytes, at, b'"') {
        let closing = bytes[quote + 1..].iter().take(hashes).take_while(|&&byte| byte == b'#').count();
        if closing == hashes {
            return quote + 1 + hashes;
        }
        at = quote + 1;
    }
    bytes.len()
}

/// The end of a character literal or a lifetime.
fn quote_end(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at + 1) == Some(&b'\\') {
        return find(bytes, (at + 3).min(bytes.len()), b'\'').map_or(bytes.len(), |end| end + 1);
    }
    // One character of up to four bytes, then the closing quote: a literal. Anything else: a lifetime.
    let width = bytes.get(at + 1).map_or(1, |&byte| match byte {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    });
    if bytes.get(at + 1 + width) == Some(&b'\'') {
        return at + 2 + width;
    }
    let mut end = at + 1;
    while end < bytes.len() && is_ident(bytes[end]) {
        end += 1;
    }
    end
}

fn block_comment_end(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

fn find(bytes: &[u8], from: usize, wanted: u8) -> Option<usize> {
    bytes.get(from..)?.iter().position(|&byte| byte == wanted).map(|at| from + at)
}

fn is_ident(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        code(source).iter().map(|token| token.text).collect()
    }

    #[test]
    fn strings_comments_and_lifetimes_hide_what_they_hold() {
        let source = r####"r#"mod a; "quoted" "# /* mod b; /* c */ */ 'x' 'static '\'' b"mod d;" // mod e;
r#type "esc\"mod f;""####;
        assert_eq!(
            texts(source),
            [
                "r#\"mod a; \"quoted\" \"#",
                "'x'",
                "'static",
                "'\\''",
                "b\"mod d;\"",
                "type",
                "\"esc\\\"mod f;\""
            ]
        );
    }

    #[test]
    fn unclosed_text_ends_with_the_file() {
        for source in ["\"abc\\", "r##\"abc\"#", "/* /* */", "'", "'\\", "b'", "r#"] {
            let tokens = all(source);
            assert!(tokens.iter().all(|token| token.start < source.len()), "{source}");
        }
    }
}
