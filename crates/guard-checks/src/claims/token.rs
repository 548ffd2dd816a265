//! Tokens of prose: words, numbers, code spans, quotes. A code span, a quoted text and an address are
//! one token each, so that nothing inside them is ever read as a sentence.

/// One token, with its bytes in the piece it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// Kind.
    pub(super) kind: Kind,
    /// As written; for code and quotes without their delimiters.
    pub(super) text: &'a str,
    /// `text` in lower case.
    pub(super) lower: String,
    /// First byte, delimiters included.
    pub(super) start: usize,
    /// Byte after the last, delimiters included.
    pub(super) end: usize,
}

/// Kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word, a name or a path.
    Word,
    /// Anything that begins with a digit: `12`, `1,234`, `48/48`, `3.2x`, `0%`.
    Number,
    /// A code span.
    Code,
    /// A quoted text.
    Quote,
    /// An address.
    Url,
    /// A symbol that is neither letter nor ASCII: emoji, arrows, ticks.
    Mark,
    /// One punctuation character.
    Punct(char),
}

impl Token<'_> {
    /// Whether it is the word `word` (lower case).
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self.kind, Kind::Word) && self.lower == word
    }

    /// Whether it is one of `words` (lower case, separated by spaces).
    pub(super) fn any(&self, words: &str) -> bool {
        self.kind == Kind::Word && lists(words, &self.lower)
    }

    /// Whether it is the punctuation `c`.
    pub(super) fn punct(&self, c: char) -> bool {
        self.kind == Kind::Punct(c)
    }

    /// Whether white space, or nothing at all, stands between this token and `next`.
    pub(super) fn spaced_from(&self, next: Option<&Token<'_>>) -> bool {
        next.is_none_or(|n| n.start > self.end)
    }
}

/// Whether `word` is one of `words`, which are separated by spaces.
pub(super) fn lists(words: &str, word: &str) -> bool {
    words.split(' ').any(|w| w == word)
}

/// Longest code span or link target that is believed, in bytes: keeps hostile text linear.
const MAX_SPAN: usize = 2_000;

/// Reads `text` into tokens. Emphasis marks are dropped.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let end = match c {
            _ if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '*' => {
                at += 1;
                continue;
            }
            '_' if text[at..].starts_with("__")
                || !text[at + 1..].starts_with(|n: char| n.is_alphanumeric()) =>
            {
                at += 1;
                continue;
            }
            '`' => delimited_code(text, at, &mut out),
            '#' if text[at..].starts_with("#[") || text[at..].starts_with("#![") => {
                attribute(text, at, &mut out)
            }
            '\'' if single_quoted(text, at).is_some() => {
                let end = single_quoted(text, at).unwrap_or(at + 1);
                push(text, Kind::Code, at, end, at + 1..end - 1, &mut out);
                end
            }
            '"' => quoted(text, at, '"', &mut out),
            '“' => quoted(text, at, '”', &mut out),
            ']' if text[at..].starts_with("](") => link_target(text, at, &mut out),
            _ if c.is_alphanumeric() || starts_chunk(text, at, c) => chunk(text, at, &mut out),
            _ => {
                let end = at + c.len_utf8();
                let kind = if c.is_ascii() || matches!(c, '—' | '–' | '→' | '’' | '…') {
                    Kind::Punct(c)
                } else {
                    Kind::Mark
                };
                // Selectors and joiners that follow an emoji belong to it.
                if !matches!(c, '\u{fe0f}' | '\u{200d}') {
                    push(text, kind, at, end, at..end, &mut out);
                }
                end
            }
        };
        at = end;
    }
    out
}

fn push<'a>(
    text: &'a str,
    kind: Kind,
    start: usize,
    end: usize,
    inner: std::ops::Range<usize>,
    out: &mut Vec<Token<'a>>,
) {
    let text = &text[inner];
    out.push(Token { kind, text, lower: text.to_lowercase(), start, end });
}

/// A chunk may begin with a sign that belongs to a name: `.gitignore`, `--flag`, `#[test]`, `@scope/x`, `~5`, `_x`.
fn starts_chunk(text: &str, at: usize, c: char) -> bool {
    let next = text[at + c.len_utf8()..].chars().next().unwrap_or(' ');
    match c {
        '.' | '@' | '#' | '$' | '_' | '/' | '~' | '<' | '>' | '≥' | '≤' | '+' => next.is_alphanumeric(),
        '-' => next == '-' || next.is_alphanumeric() && (at == 0 || text[..at].ends_with([' ', '(', '/'])),
        _ => false,
    }
}

/// `#[allow(dead_code)]` without backticks.
fn attribute<'a>(text: &'a str, at: usize, out: &mut Vec<Token<'a>>) -> usize {
    let mut depth = 0usize;
    let close =
        text[at..].char_indices().take(MAX_SPAN).take_while(|(_, c)| *c != '\n').find_map(|(i, c)| {
            match c {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ => return None,
            }
            (depth == 0).then_some(at + i + 1)
        });
    match close {
        Some(end) if end > at + 3 => {
            push(text, Kind::Code, at, end, at..end, out);
            end
        }
        _ => {
            push(text, Kind::Punct('#'), at, at + 1, at..at + 1, out);
            at + 1
        }
    }
}

/// The end of one word between single quotes, `'while'`: not an apostrophe.
fn single_quoted(text: &str, at: usize) -> Option<usize> {
    const MOST: usize = 40;
    let opens = text[..at].chars().next_back().is_none_or(|c| c.is_whitespace() || c == '(');
    let body = &text[at + 1..];
    let n = body.find(|c: char| c == '\'' || c.is_whitespace()).filter(|n| opens && *n > 0 && *n <= MOST)?;
    let end = at + 1 + n + 1;
    let ends = body[n..].starts_with('\'') && !text[end..].starts_with(|c: char| c.is_alphanumeric());
    ends.then_some(end)
}

fn delimited_code<'a>(text: &'a str, at: usize, out: &mut Vec<Token<'a>>) -> usize {
    let run = text[at..].bytes().take_while(|b| *b == b'`').count();
    let body = at + run;
    let mut from = body;
    while let Some(found) = text[from..].find('`') {
        let close = from + found;
        if close - body > MAX_SPAN {
            break;
        }
        let length = text[close..].bytes().take_while(|b| *b == b'`').count();
        if length == run {
            push(text, Kind::Code, at, close + run, body..close, out);
            return close + run;
        }
        from = close + length;
    }
    push(text, Kind::Punct('`'), at, body, at..body, out);
    body
}

fn quoted<'a>(text: &'a str, at: usize, close: char, out: &mut Vec<Token<'a>>) -> usize {
    let open = text[at..].chars().next().map_or(1, char::len_utf8);
    let body = at + open;
    // A quote that does not end soon is an inch mark or a slip.
    match text[body..].find(close).filter(|n| *n <= MAX_SPAN) {
        Some(n) => {
            let end = body + n + close.len_utf8();
            push(text, Kind::Quote, at, end, body..body + n, out);
            end
        }
        None => {
            push(text, Kind::Punct('"'), at, body, at..body, out);
            body
        }
    }
}

fn link_target<'a>(text: &'a str, at: usize, out: &mut Vec<Token<'a>>) -> usize {
    match text[at..].find(')').filter(|n| *n <= MAX_SPAN) {
        Some(n) => {
            push(text, Kind::Url, at, at + n + 1, at + 2..at + n, out);
            at + n + 1
        }
        None => {
            push(text, Kind::Punct(']'), at, at + 1, at..at + 1, out);
            at + 1
        }
    }
}

/// Reads one run of characters that belong together, then gives trailing punctuation back.
fn chunk<'a>(text: &'a str, at: usize, out: &mut Vec<Token<'a>>) -> usize {
    let rest = &text[at..];
    if rest.starts_with("http://") || rest.starts_with("https://") {
        let n = rest.find(|c: char| c.is_whitespace() || matches!(c, ')' | '>' | '"')).unwrap_or(rest.len());
        let n = rest[..n].trim_end_matches(['.', ',', ';', ':']).len();
        push(text, Kind::Url, at, at + n, at..at + n, out);
        return at + n;
    }
    let mut end = at;
    for (i, c) in rest.char_indices() {
        let here = at + i;
        let next = rest[i + c.len_utf8()..].chars().next().unwrap_or(' ');
        let inside = c.is_alphanumeric()
            || matches!(
                c,
                '_' | '/' | '.' | '-' | '\'' | '’' | '@' | '#' | '+' | '%' | '$' | '~' | '&' | '='
            )
            || matches!(c, ':') && next == ':'
            || matches!(c, ':') && text[..here].ends_with(':') && next.is_alphanumeric()
            || matches!(c, ':') && next.is_alphanumeric() && text[at..here].contains('/')
            || matches!(c, '!') && next == '('
            || matches!(c, ',')
                && next.is_ascii_digit()
                && text[..here].ends_with(|p: char| p.is_ascii_digit())
            || i == 0;
        if !inside {
            break;
        }
        end = here + c.len_utf8();
    }
    let kept = text[at..end].trim_end_matches(['.', ':', '\'', '’', '-', '=', '_', '/']);
    // A folder keeps its slash; a lone sign stays what it is.
    let slash = text[at + kept.len()..end].starts_with('/') && !kept.is_empty();
    end = at + kept.len() + usize::from(slash);
    if end == at {
        end = at + rest.chars().next().map_or(1, char::len_utf8);
    }
    if text[end..].starts_with("()") && text[at..end].chars().any(char::is_alphabetic) {
        end += 2;
    }
    let first_digit = text[at..end].trim_start_matches(['~', '+', '-', '<', '>', '≥', '≤']);
    let number = first_digit.starts_with(|c: char| c.is_ascii_digit());
    push(text, if number { Kind::Number } else { Kind::Word }, at, end, at..end, out);
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        tokens(text)
            .into_iter()
            .map(|t| match t.kind {
                Kind::Word => t.text.to_owned(),
                Kind::Number => format!("#{}", t.text),
                Kind::Code => format!("`{}`", t.text),
                Kind::Quote => format!("\"{}\"", t.text),
                Kind::Url => "URL".to_owned(),
                Kind::Mark => "MARK".to_owned(),
                Kind::Punct(c) => c.to_string(),
            })
            .collect()
    }

    #[test]
    fn names_numbers_and_code_are_one_token_each() {
        for (text, expected) in [
            ("Add `a.b(c). d` to v1.2.", vec!["Add", "`a.b(c). d`", "to", "v1.2", "."]),
            ("1,234 tests passed, 0 failed.", vec!["#1,234", "tests", "passed", ",", "#0", "failed", "."]),
            ("**48/48 tests** (94.6%)", vec!["#48/48", "tests", "(", "#94.6%", ")"]),
            (
                "Extract run_all() into src/run.rs:12.",
                vec!["Extract", "run_all()", "into", "src/run.rs:12", "."],
            ),
            ("Use Foo::bar, e.g. here", vec!["Use", "Foo::bar", ",", "e.g", ".", "here"]),
            ("see [docs](https://x.y/z) ✅", vec!["see", "[", "docs", "URL", "MARK"]),
            ("a \"quoted. text\" don't", vec!["a", "\"quoted. text\"", "don't"]),
            ("Add #[allow(dead_code)] and 'while'", vec!["Add", "`#[allow(dead_code)]`", "and", "`while`"]),
            ("the users' and it's 'n", vec!["the", "users", "'", "and", "it's", "'", "n"]),
            ("ends with `open", vec!["ends", "with", "`", "open"]),
            ("", vec![]),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn any_bytes_are_read_without_loss_of_order() {
        for text in
            ["…—→", "_", "__x__ _y", "](", "[a](b", "“open", "-", "--", "é/", "1,", "::", "()", "a()()"]
        {
            let read = tokens(text);
            assert!(read.windows(2).all(|w| w[0].end <= w[1].start), "{text}: {read:?}");
            assert!(read.iter().all(|t| t.end <= text.len()), "{text}");
        }
    }
}
