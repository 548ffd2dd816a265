//! What was said about a rewritten test.

use std::collections::{BTreeSet, HashSet};

use guard_model::Side;
use guard_model::evidence::NumberedLine;

use crate::context::Context;
use crate::identities::Declared;
use crate::said::{sentences_of, telling_stems};

/// Verbs and nouns of "updated the snapshots": it owns up to the edit and leaves out the reason.
pub(super) const UPDATING: &[&str] =
    &["update", "adjust", "change", "adapt", "correct", "fix", "align", "refresh", "regenerate", "bless"];
pub(super) const EXPECTATIONS: &[&str] =
    &["test", "expectation", "expected", "snapshot", "assertion", "golden", "baseline", "fixture"];

/// What was said about a test's subject.
pub(super) struct Explanation<'a> {
    pub(super) text: &'a str,
    pub(super) place: &'a str,
    /// The test or its file is named, not only what it is about.
    pub(super) names_it: bool,
    /// It speaks of work that changes no behaviour.
    pub(super) is_quiet: bool,
}

/// "Added docs for leap years", "Cleaned up `leap`": work after which the code does what it did. A word for changed
/// behaviour beside it makes it something else.
fn speaks_of_quiet_work(text: &str) -> bool {
    const QUIET: [&str; 22] = [
        "doc",
        "docs",
        "document",
        "documented",
        "documentation",
        "comment",
        "comments",
        "clean",
        "cleaned",
        "cleanup",
        "refactor",
        "refactored",
        "refactoring",
        "simplify",
        "simplified",
        "tidy",
        "tidied",
        "format",
        "formatted",
        "reorganize",
        "reorganized",
        "style",
    ];
    let words = crate::text::words(text);
    words.iter().any(|w| QUIET.contains(&w.as_str()) || QUIET.contains(&crate::text::stem(w)))
        && !speaks_of_new_behaviour(text)
}

/// Whether a word for changed behaviour occurs.
fn speaks_of_new_behaviour(text: &str) -> bool {
    const LOUD: [&str; 20] = [
        "now",
        "instead",
        "change",
        "fix",
        "correct",
        "return",
        "reject",
        "accept",
        "allow",
        "support",
        "handle",
        "behaviour",
        "behavior",
        "treat",
        "different",
        "longer",
        "breaking",
        "expect",
        "require",
        "output",
    ];
    let words = crate::text::words(text);
    words.iter().any(|w| LOUD.contains(&w.as_str()) || LOUD.contains(&crate::text::stem(w)))
}

/// A sentence of new behaviour that names what stands on changed lines of the code: "use SHA3-256 instead of SHA-1" where
/// `sha1` became `sha3_256`.
fn in_the_lines<'a>(cx: &Context<'a>) -> Option<Explanation<'a>> {
    let is_product = |path: &str| cx.source(Side::Head, path).is_some_and(|s| !s.test_file);
    let lines = cx.evidence.lines.iter().filter(|l| is_product(&l.path));
    let texts = lines.flat_map(|l| l.added.iter().chain(&l.removed)).map(|line| line.text.as_str());
    let names: HashSet<String> = texts
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .filter(|name| name.len() >= 4 && is_compound(name))
        .map(compact)
        .collect();
    let says = |text: &str| text.split_whitespace().map(compact).any(|word| names.contains(&word));
    let found = cx.said.find(|s| speaks_of_new_behaviour(s.text) && says(s.text))?;
    Some(Explanation { text: found.text, place: found.place, names_it: false, is_quiet: false })
}

/// An entry of a changelog, written in this change, that is about what the test checks.
fn in_the_changelog<'a>(cx: &Context<'a>, topic: &[&str]) -> Option<Explanation<'a>> {
    const LOGS: [&str; 5] = ["CHANGELOG", "CHANGES", "HISTORY", "NEWS", "RELEASES"];
    let is_log = |path: &str| {
        let file = path.rsplit('/').next().unwrap_or(path).to_ascii_uppercase();
        LOGS.iter().any(|log| file.starts_with(log))
    };
    let stems: HashSet<String> = telling_stems(topic.iter().copied()).into_iter().collect();
    let lines = cx
        .evidence
        .lines
        .iter()
        .filter(|l| is_log(&l.path))
        .flat_map(|l| l.added.iter().map(|line| (line.text.as_str(), l.path.as_str())));
    let mut sentences = lines.flat_map(|(text, path)| sentences_of(text, path));
    let found = sentences.find(|s| speaks_of_new_behaviour(s.text) && s.shares(&stems))?;
    Some(Explanation { text: found.text, place: found.place, names_it: false, is_quiet: false })
}

/// Whether a name is one by which nothing else is meant in prose: with a digit, an underscore or capitals inside.
fn is_compound(name: &str) -> bool {
    name.chars().any(|c| c.is_ascii_digit() || c == '_') || name.chars().skip(1).any(char::is_uppercase)
}

fn compact(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// All that a test expects otherwise is one word for another, and a report names the old and the new one: "the branch
/// `master` has been renamed to `main`".
fn in_the_exchange<'a>(cx: &Context<'a>, base: Declared<'_>, head: Declared<'_>) -> Option<Explanation<'a>> {
    let changed = cx.evidence.lines.iter().find(|l| l.path == head.path && !l.cut)?;
    let of = |lines: &'a [NumberedLine], test: Declared<'_>| -> Vec<&'a str> {
        let within = lines.iter().filter(|l| (test.decl.line..=test.decl.end_line).contains(&l.line));
        within.map(|l| l.text.as_str()).collect()
    };
    let (removed, added) = (of(&changed.removed, base), of(&changed.added, head));
    if removed.is_empty() || removed.len() != added.len() {
        return None;
    }
    let exchanges = removed.iter().zip(&added).map(|(old, new)| exchange(old, new));
    let exchanges: BTreeSet<(&str, &str)> = exchanges.collect::<Option<_>>()?;
    let [(old, new)] = exchanges.into_iter().collect::<Vec<_>>()[..] else { return None };
    // Numbers are said of many things: both in one sentence. A name may be taken up again in the next.
    let is_name = |word: &str| word.starts_with(char::is_alphabetic) && word.chars().count() >= 3;
    let found = cx.said.find(|s| {
        let together =
            is_name(old) && is_name(new) && cx.said.find(|o| o.place == s.place && o.names(new)).is_some();
        s.names(old) && (s.names(new) || together)
    })?;
    Some(Explanation { text: found.text, place: found.place, names_it: true, is_quiet: false })
}

/// The one word of a line that became another one.
fn exchange<'a>(old: &'a str, new: &'a str) -> Option<(&'a str, &'a str)> {
    let (was, is) = (pieces(old), pieces(new));
    let mut differing = was.iter().zip(&is).filter(|(a, b)| a != b);
    let (lost, won) = differing.next().filter(|_| was.len() == is.len())?;
    let is_word = |text: &str| text.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    (is_word(lost) && is_word(won) && differing.all(|d| d == (lost, won))).then_some((*lost, *won))
}

/// Words, and each other character by itself; spaces left out.
fn pieces(line: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (piece, behind) = rest.split_at(word.max(if is_word(first) { 0 } else { first.len_utf8() }));
        if !first.is_whitespace() {
            pieces.push(piece);
        }
        rest = behind;
    }
    pieces
}

/// A sentence that is about what this test checks: its name, its file, what it calls, or the value that it has now.
pub(super) fn explanation<'a>(
    cx: &Context<'a>,
    test: Declared<'a>,
    head: Declared<'_>,
) -> Option<Explanation<'a>> {
    let file = test.path.rsplit('/').next().unwrap_or(test.path);
    let stem = file.split('.').next().unwrap_or(file);
    let named = cx.said.find(|s| s.names(test.leaf()) || s.names(file));
    if let Some(exchange) = in_the_exchange(cx, test, head).filter(|_| named.is_none()) {
        return Some(exchange);
    }
    let topic = || {
        std::iter::once(test.leaf())
            .chain(std::iter::once(stem))
            .chain(test.decl.calls.iter().map(String::as_str))
    };
    let Some(found) = named.or_else(|| cx.said.about(topic())) else {
        return in_the_lines(cx).or_else(|| in_the_changelog(cx, &topic().collect::<Vec<_>>()));
    };
    let is_quiet = speaks_of_quiet_work(found.text);
    Some(Explanation { text: found.text, place: found.place, names_it: named.is_some(), is_quiet })
}

#[cfg(test)]
mod tests {
    use super::exchange;

    #[test]
    fn one_word_for_another_is_an_exchange() {
        for (old, new, expected) in [
            (r#"has("master/images");"#, r#"has("main/images");"#, Some(("master", "main"))),
            ("f(é, 1, 1)", "f( é, 2, 2)", Some(("1", "2"))),
            ("f(1, 2)", "f(2, 1)", None),
            ("a == b", "a != b", None),
            ("f(1)", "f(1, 2)", None),
            ("f(1)", "f(1)", None),
        ] {
            assert_eq!(exchange(old, new), expected, "{old}");
        }
    }
}
