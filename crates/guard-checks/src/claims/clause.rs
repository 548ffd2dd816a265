//! Pieces into sentences, sentences into clauses: "Added A, removed B and updated all C" makes three.

use std::ops::Range;

use super::lexicon::{self, Act, Form};
use super::outcome;
use super::token::{Kind, Token};

/// A clause, as a range of the piece's tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    /// Its tokens, punctuation at the end left out.
    pub(super) tokens: Range<usize>,
    /// True for the end of a question.
    pub(super) question: bool,
    /// True when it goes on where another clause of the same sentence stopped.
    pub(super) joined: bool,
}

/// Abbreviations that end in a full stop inside a sentence.
const ABBREVIATIONS: &str = "e.g i.e etc vs cf approx fig incl resp eg ie al ca viz dept no";

/// Splits tokens of one piece into clauses.
pub(super) fn clauses(tokens: &[Token<'_>]) -> Vec<Clause> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut depth = 0usize;
    for i in 0..tokens.len() {
        match tokens[i].kind {
            Kind::Punct('(' | '[' | '{') => depth += 1,
            Kind::Punct(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && ends_sentence(tokens, i) {
            sentence(tokens, start..i, tokens[i].punct('?'), &mut out);
            start = i + 1;
        }
    }
    sentence(tokens, start..tokens.len(), false, &mut out);
    out
}

fn ends_sentence(tokens: &[Token<'_>], i: usize) -> bool {
    let next = tokens.get(i + 1);
    match tokens[i].kind {
        Kind::Punct('.' | '!' | '?' | '…') => {
            if !tokens[i].spaced_from(next) {
                return false;
            }
            let abbreviation = i > 0
                && tokens[i].punct('.')
                && (tokens[i - 1].any(ABBREVIATIONS) && tokens[i - 1].end == tokens[i].start);
            let lower = next.is_some_and(|n| {
                n.kind == Kind::Word
                    && n.text.starts_with(|c: char| c.is_lowercase())
                    && !tokens[i].punct('?')
            });
            let begins =
                || lexicon::verb(&tokens[i + 1].lower).is_some() || begins_with_code(&tokens[i + 1..]);
            !(abbreviation || lower && i + 2 < tokens.len() && !begins())
        }
        // Ticks and crosses between statements: "Build ok ✅ Tests ok ✅".
        Kind::Mark | Kind::Punct('|' | ';') => true,
        _ => false,
    }
}

/// A name or a command without backticks is written as it is, also at the beginning of a sentence:
/// "cargo test passes", "parse_all() is new".
fn begins_with_code(tokens: &[Token<'_>]) -> bool {
    tokens.first().is_some_and(|t| t.text.contains(['_', '(', '/']) || t.text.contains("::"))
        || outcome::begins_with_command(tokens)
}

fn sentence(tokens: &[Token<'_>], range: Range<usize>, question: bool, out: &mut Vec<Clause>) {
    let mut start = range.start;
    let mut joined = false;
    let mut depth = 0usize;
    let mut i = range.start;
    while i < range.end {
        match tokens[i].kind {
            Kind::Punct('(' | '[' | '{') => depth += 1,
            Kind::Punct(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0
            && i > start
            && let Some(next) = joint(tokens, start, i, range.end)
        {
            close(tokens, start..i, question, joined, out);
            (start, joined, i) = (next, true, next);
            continue;
        }
        i += 1;
    }
    close(tokens, start..range.end, question, joined, out);
}

fn close(tokens: &[Token<'_>], range: Range<usize>, question: bool, joined: bool, out: &mut Vec<Clause>) {
    let (mut start, mut end) = (range.start, range.end);
    let idle = |t: &Token<'_>| {
        matches!(t.kind, Kind::Mark | Kind::Punct('.' | ',' | ':' | ';' | '!' | '?' | '—' | '–' | '-' | '…'))
    };
    while start < end && idle(&tokens[start]) {
        start += 1;
    }
    while end > start && idle(&tokens[end - 1]) {
        end -= 1;
    }
    if start < end {
        out.push(Clause { tokens: start..end, question, joined });
    }
}

/// Where the next clause begins, if the tokens at `i` join two clauses.
fn joint(tokens: &[Token<'_>], start: usize, i: usize, end: usize) -> Option<usize> {
    let here = &tokens[i];
    let spaced = tokens[i - 1].end < here.start && here.spaced_from(tokens.get(i + 1));
    if matches!(here.kind, Kind::Punct('—' | '–')) || here.punct('-') && spaced {
        return Some(i + 1);
    }
    let comma = here.punct(',');
    let mut next = i + 1;
    let and = if here.any("and but then") {
        true
    } else if comma && tokens.get(next).is_some_and(|t| t.any("and but then")) {
        next += 1;
        true
    } else {
        false
    };
    if !(and || comma) || next >= end {
        return None;
    }
    if tokens[next - 1].is("but") {
        return comma.then_some(next);
    }
    let rest = skip_fillers(tokens, next, end);
    let fresh = comma && tokens[next].any("i we i've we've it this");
    if fresh
        || starts_action(tokens, start, i, rest, end, comma)
        || both_are_outcomes(tokens, start.max(i.saturating_sub(NEAR))..i, next..end.min(next + NEAR))
        || comma && result_follows(tokens, start, next, end)
    {
        return Some(next);
    }
    None
}

fn skip_fillers(tokens: &[Token<'_>], mut i: usize, end: usize) -> usize {
    while i < end && tokens[i].any(lexicon::FILLERS) {
        i += 1;
    }
    i
}

/// Whether a verb in the form of the first clause's verb stands at `at`, with an object after it.
fn starts_action(
    tokens: &[Token<'_>],
    start: usize,
    stop: usize,
    at: usize,
    end: usize,
    comma: bool,
) -> bool {
    let Some(token) = tokens.get(at).filter(|t| at < end && t.kind == Kind::Word) else { return false };
    let Some(verb) = lexicon::verb(&token.lower) else { return false };
    let Some(first) = (start..stop).find(|k| {
        tokens[*k].kind == Kind::Word && lexicon::verb(&tokens[*k].lower).is_some_and(|v| v.form == verb.form)
    }) else {
        return false;
    };
    // Something must stand between the two verbs: "added and tested X" is one action.
    let last = lexicon::verb(&tokens[stop - 1].lower).filter(|_| tokens[stop - 1].kind == Kind::Word);
    if first + 1 >= stop || !comma && last.is_some_and(|v| v.form == verb.form) {
        return false;
    }
    // A verb of the first clause that is not its main verb ("to read and write files") joins words, not clauses.
    let leading = skip_subject(tokens, start, stop);
    if first != leading && verb.form == Form::Base {
        return false;
    }
    let Some(next) = tokens.get(at + 1).filter(|_| at + 1 < end) else { return false };
    let opens_object = next.kind != Kind::Word
        && !matches!(next.kind, Kind::Punct(c) if c != '(' && c != '[')
        || next.any(DETERMINERS)
        || next.text.contains(['_', '/']) && next.kind == Kind::Word;
    if opens_object {
        return true;
    }
    let object = next.kind == Kind::Word && !next.any(PREPOSITIONS) && !next.any("and or");
    match verb.form {
        Form::Base | Form::Third | Form::Gerund => {
            object && !verb.ambiguous && (comma || verb.act != Act::Behave)
        }
        Form::Past => object && verb.act != Act::Behave,
    }
}

/// Articles and the like: what begins a noun phrase.
pub(super) const DETERMINERS: &str = "the a an all every each its their this these those that some any both no our my several many \
    multiple new another two three four five six seven unused missing remaining existing proper \
    more comprehensive";

/// Prepositions: a verb form before one has no object.
pub(super) const PREPOSITIONS: &str = "by in with from for of on at as via using into through during across within between against \
    per over under after before without to";

/// The first token after fillers and a subject "I have", "this commit", "it".
pub(super) fn skip_subject(tokens: &[Token<'_>], start: usize, end: usize) -> usize {
    let mut i = skip_fillers(tokens, start, end);
    if i < end && tokens[i].any("i we i've we've it this these the") {
        i += 1;
        while i < end
            && (tokens[i].any(SELF_NOUNS) || tokens[i].any("have has") || tokens[i].any(lexicon::FILLERS))
        {
            i += 1;
        }
    }
    i
}

/// Nouns that stand for the change itself.
pub(super) const SELF_NOUNS: &str = "commit pr patch change changes changeset series mr update refactor refactoring implementation \
    branch pull request merge fix release work";

/// How far from a joint a result is looked for, in tokens: keeps endless lists linear.
const NEAR: usize = 24;

/// "All tests pass and the linter is clean": two results.
fn both_are_outcomes(tokens: &[Token<'_>], left: Range<usize>, right: Range<usize>) -> bool {
    outcome::outcome(&tokens[left]).is_some() && outcome::outcome(&tokens[right]).is_some()
}

/// "Fix `one`, all tests pass": a result of its own behind a deed, unless the deed is its condition.
fn result_follows(tokens: &[Token<'_>], start: usize, next: usize, end: usize) -> bool {
    const SUBJECTS: &str = "all every no test tests build builds clippy lint linter suite everything ci";
    let subject = tokens[next].any(SUBJECTS) || tokens[next].kind == Kind::Number;
    let conditional = tokens[start].any(lexicon::OPENERS) || tokens[start].any(lexicon::MODALS);
    let until = (next..end.min(next + NEAR)).find(|i| tokens[*i].punct(',')).unwrap_or(end.min(next + NEAR));
    subject && !conditional && outcome::outcome(&tokens[next..until]).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::token::tokens;

    fn shown(text: &str) -> Vec<&str> {
        let tokens = tokens(text);
        clauses(&tokens)
            .into_iter()
            .map(|c| &text[tokens[c.tokens.start].start..tokens[c.tokens.end - 1].end])
            .collect()
    }

    #[test]
    fn sentences_and_joined_actions_are_cut_apart() {
        for (text, expected) in [
            (
                "Added A to the list, removed B and updated all C.",
                vec!["Added A to the list", "removed B", "updated all C"],
            ),
            ("Fixed v1.2.3 in a.b.rs. Added `x. y` too!", vec!["Fixed v1.2.3 in a.b.rs", "Added `x. y` too"]),
            ("Handles edge cases, e.g. empty input", vec!["Handles edge cases, e.g. empty input"]),
            ("Add build and test commands", vec!["Add build and test commands"]),
            ("Add option to read and write files", vec!["Add option to read and write files"]),
            ("Added and tested the parser", vec!["Added and tested the parser"]),
            ("Add sorted and filtered views", vec!["Add sorted and filtered views"]),
            ("All tests pass and the linter is clean", vec!["All tests pass", "the linter is clean"]),
            ("Fix unwrap, add `#[must_use]` to `x`", vec!["Fix unwrap", "add `#[must_use]` to `x`"]),
            ("`a.rs` — Replaced X; added Y", vec!["`a.rs`", "Replaced X", "added Y"]),
            (
                "Moved the check (added in 1.2, removed in 1.3) up",
                vec!["Moved the check (added in 1.2, removed in 1.3) up"],
            ),
            ("Fix `one`, all tests pass", vec!["Fix `one`", "all tests pass"]),
            ("Handle empty input, 12 tests passing", vec!["Handle empty input", "12 tests passing"]),
            ("If you set X, all tests pass", vec!["If you set X, all tests pass"]),
            (
                "Added id(), with tests. cargo test passes.",
                vec!["Added id(), with tests", "cargo test passes"],
            ),
            ("Fixed it. parse_all() takes a path now.", vec!["Fixed it", "parse_all() takes a path now"]),
            ("Takes approx. half as long.", vec!["Takes approx. half as long"]),
            ("Is it done? Yes.", vec!["Is it done", "Yes"]),
            (
                "I've renamed `a` to `b`, and I've removed `c`",
                vec!["I've renamed `a` to `b`", "I've removed `c`"],
            ),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
