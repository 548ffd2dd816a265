//! Text from the repository, the agent, and the tests is hostile: nothing here trusts it.
//!
//! Every format passes foreign text through one of these functions before it is laid out. Characters
//! that a terminal would obey or an eye would miss are written as escapes, so that they can be seen.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` as one line: line ends and tabs become single spaces, everything that acts without being
/// seen becomes an escape.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.chars().all(|c| c != '\n' && c != '\t' && !is_hidden(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' | '\r' | ' ' if out.ends_with(' ') => {}
            '\n' | '\t' | '\r' => out.push(' '),
            c => push_visible(&mut out, c),
        }
    }
    Cow::Owned(out)
}

/// A path: like [`line`], but line ends and tabs are part of the name and stand as escapes.
pub(super) fn path(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_visible(&mut out, c));
    Cow::Owned(out)
}

/// A line of code: tabs reach to the next multiple of four columns, hidden characters become escapes.
pub(super) fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for c in text.trim_end().chars() {
        if c == '\t' {
            let fill = 4 - column % 4;
            out.extend(std::iter::repeat_n(' ', fill));
            column += fill;
        } else {
            push_visible(&mut out, c);
            column += 1;
        }
    }
    out
}

/// `text` with at most `max` characters; a cut is shown.
pub(super) fn at_most(text: &str, max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max) {
        None => Cow::Borrowed(text),
        Some(_) => {
            let end = text.char_indices().nth(max.saturating_sub(1)).map_or(0, |(i, _)| i);
            Cow::Owned(format!("{}…", &text[..end]))
        }
    }
}

/// `text` cut into pieces outside and inside of backticks. An odd backtick is ordinary text.
pub(super) fn code_spans(text: &str) -> Vec<(bool, &str)> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('`') {
        let Some(len) = rest[open + 1..].find('`') else { break };
        let (before, inside, after) =
            (&rest[..open], &rest[open + 1..open + 1 + len], &rest[open + len + 2..]);
        if inside.trim().is_empty() {
            spans.push((false, &rest[..open + len + 2]));
        } else {
            spans.push((false, before));
            spans.push((true, inside));
        }
        rest = after;
    }
    spans.push((false, rest));
    spans.retain(|(_, piece)| !piece.is_empty());
    spans
}

/// CI runners obey lines of output that begin with `::name` and ones that hold `##[name]`,
/// `##vso[name]` or the like. Nothing foreign that guard prints may become such a command: a backslash
/// goes between.
pub(super) fn defuse(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        let body = line.trim_start();
        if body.starts_with("::") {
            out.push_str(&line[..line.len() - body.len()]);
            out.push('\\');
            rest = body;
        }
        while let Some(at) = rest.find("##") {
            let tail = rest[at + 2..].trim_start_matches(|c: char| c.is_ascii_alphanumeric());
            out.push_str(&rest[..=at]);
            if tail.starts_with('[') {
                out.push('\\');
            }
            rest = &rest[at + 1..];
        }
        out.push_str(rest);
    }
    out
}

/// Serialised JSON in which hidden characters stand as `\u` escapes and no line is a CI command. It
/// parses to the same value.
pub(super) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    let mut last = ' ';
    for c in text.chars() {
        if c == '#' && last == '#' {
            out.push_str("\\u0023");
        } else if c != '\n' && is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write_to(&mut out, format_args!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
        last = c;
    }
    out
}

/// Whether a character acts on the output without being seen in it.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

fn push_visible(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if !is_hidden(c) => out.push(c),
        c if u32::from(c) < 0x100 => write_to(out, format_args!("\\x{:02x}", u32::from(c))),
        c => write_to(out, format_args!("\\u{{{:x}}}", u32::from(c))),
    }
}

/// Writing into a `String` cannot fail.
pub(super) fn write_to(out: &mut String, args: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(args);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(line("a\x1b[31mred\x1b[0m\r\n\n b\t\u{9b}2J"), "a\\x1b[31mred\\x1b[0m b \\x9b2J");
        assert_eq!(line("abc\u{202e}fed"), "abc\\u{202e}fed");
        assert_eq!(path("a\nb\u{7f}"), "a\\nb\\x7f");
        assert_eq!(code("\tif x {\t// \u{2066}"), "    if x {  // \\u{2066}");
    }

    #[test]
    fn code_spans_survive_odd_backticks() {
        assert_eq!(code_spans("`a` and `b"), [(true, "a"), (false, " and `b")]);
        assert_eq!(code_spans("x``y"), [(false, "x``"), (false, "y")]);
        assert_eq!(code_spans(""), []);
    }

    #[test]
    fn no_line_is_a_command_to_a_runner() {
        let text = "  ::add-mask::x\na ##[group]b ##vso[task.x]c ### [d] ## e\n:: f";
        assert_eq!(defuse(text), "  \\::add-mask::x\na #\\#[group]b #\\#vso[task.x]c ### [d] ## e\n\\:: f");
        assert_eq!(defuse("###[x]"), "##\\#[x]");
    }

    #[test]
    fn escaped_json_parses_to_the_same_value() {
        let value = serde_json::json!({ "a": "\u{9b}x\u{202e} \u{e0041} ##[y] \\## \n" });
        let text = json(&value.to_string());
        assert!(!text.contains('\u{9b}') && !text.contains("##"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn a_cut_is_shown() {
        assert_eq!(at_most("abc", 3), "abc");
        assert_eq!(at_most("äöüß", 3), "äö…");
    }
}
