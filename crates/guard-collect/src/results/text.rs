//! Small helpers that all result readers share.

use std::borrow::Cow;

/// Longest message of a test, in bytes.
const MESSAGE: usize = 2048;
/// Longest tail of an output in a sentence about a suite, in bytes.
const TAIL: usize = 1024;

/// Text of `bytes`: invalid UTF-8 replaced, terminal escapes and carriage returns at line ends removed.
pub(super) fn clean(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    if !text.contains(['\u{1b}', '\r']) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' if chars.peek() == Some(&'[') => {
                chars.next();
                // A control sequence ends at its first byte in `@`..=`~`; a line end means it was none.
                while let Some(&c) = chars.peek() {
                    if c == '\n' {
                        break;
                    }
                    chars.next();
                    if ('@'..='~').contains(&c) {
                        break;
                    }
                }
            }
            '\r' if matches!(chars.peek(), Some('\n') | None) => {}
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// A message for a result: trimmed, cut to its limit, `None` when there is nothing in it.
pub(super) fn message(text: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| c == '\n' || c == '\r').trim_end();
    let text = if text.trim().is_empty() { return None } else { text };
    Some(clip(text, MESSAGE))
}

/// The start of `text`, at most `max` bytes, with a mark where it was cut.
pub(super) fn clip(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(max.saturating_sub(3));
    format!("{}…", &text[..end])
}

/// The last lines of an output, at most 1 KiB.
pub(super) fn tail(bytes: &[u8]) -> String {
    let text = clean(&bytes[bytes.len().saturating_sub(4 * TAIL)..]).trim_end().to_owned();
    let start = text.ceil_char_boundary(text.len().saturating_sub(TAIL));
    if start == 0 {
        return text;
    }
    let rest = &text[start..];
    rest.find('\n').map_or(rest, |newline| &rest[newline + 1..]).to_owned()
}

/// Seconds as a runner writes them, in milliseconds.
pub(super) fn ms(seconds: &str) -> Option<u64> {
    seconds.trim().parse().ok().and_then(ms_f64)
}

/// Seconds in milliseconds; nothing for what is no duration.
pub(super) fn ms_f64(seconds: f64) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked on the same line"
    )]
    (0.0..1e12).contains(&seconds).then(|| (seconds * 1000.0).round() as u64)
}

/// The first `path:line` in a failure's text whose path is relative and has an extension.
pub(super) fn place(text: &str) -> Option<(String, u32)> {
    text.lines().take(400).find_map(|line| {
        line.split(|c: char| c.is_whitespace() || "()'\"`,".contains(c)).find_map(place_in_word)
    })
}

/// `src/lib.rs:10:5` or `test_demo.py:4:` as path and line.
pub(super) fn place_in_word(word: &str) -> Option<(String, u32)> {
    let (path, rest) = word.split_once(':')?;
    let line = rest.split(':').next().filter(|l| l.len() < 9)?.parse().ok().filter(|l| *l > 0)?;
    let (stem, extension) = path.rsplit_once('.')?;
    let path = path.strip_prefix("./").unwrap_or(path);
    let source = (1..=5).contains(&extension.len())
        && extension.starts_with(|c: char| c.is_ascii_alphabetic())
        && extension.chars().all(|c| c.is_ascii_alphanumeric());
    let own = !path.starts_with(['/', '\\', '~', '<'])
        && !path.starts_with("../")
        && !path.contains("node_modules/")
        && !path.contains("site-packages/");
    (source && own && !stem.is_empty()).then(|| (path.to_owned(), line))
}
