//! Columns: how wide text is, where it wraps, how it is shortened.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that `text` takes on a terminal.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// `text` wrapped at spaces: the first line has `first` columns, all others `rest`. A word that fits
/// on no line is cut. Never empty.
pub(super) fn wrap(text: &str, first: usize, rest: usize) -> Vec<String> {
    let rest = rest.max(8);
    let mut lines = Vec::new();
    let mut current = String::new();
    let mut used = 0;
    let mut room = first;
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let mut word = word;
        let mut columns = width(word);
        if used > 0 && used + 1 + columns <= room {
            current.push(' ');
            current.push_str(word);
            used += 1 + columns;
            continue;
        }
        if used > 0 || columns > room && room < rest && columns <= rest {
            lines.push(std::mem::take(&mut current));
            room = rest;
        }
        while columns > room {
            let (head, tail) = split_at(word, room.max(1));
            lines.push(head.to_owned());
            word = tail;
            columns = width(word);
            room = rest;
        }
        current.push_str(word);
        used = columns;
    }
    if !current.is_empty() || lines.is_empty() {
        lines.push(current);
    }
    lines
}

/// `text` in at most `max` columns; a cut is shown at its end.
pub(super) fn cut(text: &str, max: usize) -> Cow<'_, str> {
    if width(text) <= max {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used + 1 > max {
            break;
        }
        out.push(c);
    }
    out.push('…');
    Cow::Owned(out)
}

/// A path in at most `max` columns: folders in the middle go first, the file name goes last.
pub(super) fn short_path(path: &str, max: usize) -> Cow<'_, str> {
    if width(path) <= max {
        return Cow::Borrowed(path);
    }
    let parts: Vec<&str> = path.split('/').collect();
    for keep in (1..parts.len().saturating_sub(1)).rev() {
        let tail = parts[parts.len() - keep..].join("/");
        let both = format!("{}/…/{tail}", parts[0]);
        if width(&both) <= max {
            return Cow::Owned(both);
        }
        let end = format!("…/{tail}");
        if width(&end) <= max {
            return Cow::Owned(end);
        }
    }
    cut_front(parts.last().copied().unwrap_or(path), max)
}

/// The end of `text` in at most `max` columns.
fn cut_front(text: &str, max: usize) -> Cow<'_, str> {
    if width(text) <= max {
        return Cow::Borrowed(text);
    }
    let mut used = 1;
    let mut from = text.len();
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > max {
            break;
        }
        from = at;
    }
    Cow::Owned(format!("…{}", &text[from..]))
}

fn split_at(word: &str, columns: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, c) in word.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns && at > 0 {
            return word.split_at(at);
        }
    }
    (word, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_and_long_ones_are_cut() {
        assert_eq!(wrap("one two three", 7, 8), ["one two", "three"]);
        assert_eq!(wrap("", 7, 8), [""]);
        assert_eq!(wrap("ab cdefghijklmnop", 4, 8), ["ab", "cdefghij", "klmnop"]);
        assert_eq!(wrap("cdefgh", 4, 8), ["", "cdefgh"]);
        assert_eq!(wrap("日本語 日本語日本語", 8, 8), ["日本語", "日本語日", "本語"]);
    }

    #[test]
    fn a_path_keeps_its_end() {
        assert_eq!(short_path("a/b.rs", 10), "a/b.rs");
        assert_eq!(short_path("crates/guard/src/render/text.rs", 24), "…/src/render/text.rs");
        assert_eq!(short_path("crates/guard/src/render/text.rs", 27), "crates/…/src/render/text.rs");
        assert_eq!(short_path("crates/guard/src/render/text.rs", 12), "…/text.rs");
        assert_eq!(short_path("x/averyveryverylongname.rs", 10), "…ngname.rs");
        assert_eq!(cut("日本語日本語", 5), "日本…");
    }
}
