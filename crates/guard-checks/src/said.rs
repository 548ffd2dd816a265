//! Questions to the agent's words: is this test, file or function mentioned, and how?

use std::collections::HashSet;
use std::ops::Range;

use guard_model::{Evidence, Speaker, StatementKind};

use crate::shown::ShownCode;
use crate::text::{stem, words};

/// Sentences in which the agent reports on its work.
#[derive(Debug, Default)]
pub(crate) struct Said<'a> {
    sentences: Vec<Sentence<'a>>,
    /// False when there was nothing to read at all.
    pub(crate) anything: bool,
}

/// One sentence, list item or heading.
#[derive(Debug)]
pub(crate) struct Sentence<'a> {
    /// As written.
    pub(crate) text: &'a str,
    /// Where.
    pub(crate) place: &'a str,
    /// It stands in code that the message shows.
    pub(crate) is_shown: bool,
    stems: Vec<String>,
    /// Stems of the heading that it stands under.
    under: Vec<String>,
}

impl Sentence<'_> {
    /// Whether it stands under a heading with a word with the stem of one of `wanted`.
    pub(crate) fn is_under(&self, wanted: &[&str]) -> bool {
        wanted.iter().any(|w| self.under.iter().any(|s| s == stem(w)))
    }

    /// Whether a word with the stem of one of `wanted` occurs.
    pub(crate) fn has_any(&self, wanted: &[&str]) -> bool {
        wanted.iter().any(|w| self.stems.iter().any(|s| s == stem(w)))
    }

    /// Whether one of `nouns` follows one of `verbs` within four words: "remove the obsolete parser tests".
    pub(crate) fn has_near(&self, verbs: &[&str], nouns: &[&str]) -> bool {
        let is = |word: &String, wanted: &[&str]| wanted.iter().any(|w| word == stem(w));
        self.stems.iter().enumerate().any(|(i, word)| {
            is(word, verbs) && self.stems.iter().skip(i + 1).take(4).any(|later| is(later, nouns))
        })
    }

    /// Whether a word with the stem of one of `wanted` occurs, with neither a number nor one of `denials`
    /// right before it: "ignored tests", but not "0 ignored" or "no ignored".
    pub(crate) fn asserts(&self, wanted: &[&str], denials: &[&str]) -> bool {
        let denies = |word: &String| {
            denials.iter().any(|d| word == stem(d)) || word.chars().all(|c| c.is_ascii_digit())
        };
        self.stems.iter().enumerate().any(|(i, word)| {
            wanted.iter().any(|w| word == stem(w))
                && !i.checked_sub(1).is_some_and(|p| denies(&self.stems[p]))
        })
    }

    /// Whether it says that its speaker ran something: "I ran `cargo test`", "after running the tests".
    pub(crate) fn says_it_was_run(&self) -> bool {
        let text = format!(" {} ", self.text.to_lowercase().replace(['’', '\''], ""));
        let by_others = [" ci ", " you ", " github "].iter().any(|w| text.contains(w));
        let told =
            [" i ran ", " ive run ", " i have run ", " after running ", " by running ", " ive also run "];
        let begins = [" ran ", " - ran ", " * ran "].iter().any(|w| text.starts_with(w));
        !by_others && (begins || told.iter().any(|w| text.contains(w)))
    }

    /// Whether one of the stems occurs.
    pub(crate) fn shares(&self, stems: &HashSet<String>) -> bool {
        self.stems.iter().any(|s| stems.contains(s))
    }

    /// How many of the stems occur.
    pub(crate) fn shared(&self, stems: &HashSet<String>) -> usize {
        stems.iter().filter(|stem| self.stems.contains(stem)).count()
    }

    /// Whether `name` occurs as a whole word, as written.
    pub(crate) fn names(&self, name: &str) -> bool {
        contains_word(self.text, name)
    }
}

/// The sentences of a text that is no report: a request, a task.
pub(crate) fn sentences_of<'a>(text: &'a str, place: &'a str) -> Vec<Sentence<'a>> {
    let sentences = paragraphs(text).into_iter().flat_map(|(_, paragraph)| sentences(paragraph));
    let sentence = |text| Sentence { text, place, is_shown: false, stems: stems(text), under: Vec::new() };
    sentences.map(sentence).collect()
}

impl<'a> Said<'a> {
    /// Collects final messages, commit messages and pull requests: what is said about the finished change.
    pub(crate) fn of(evidence: &'a Evidence) -> Said<'a> {
        let mut said = Said { sentences: Vec::new(), anything: !evidence.words.statements.is_empty() };
        for statement in &evidence.words.statements {
            let reports = matches!(
                statement.kind,
                StatementKind::FinalMessage
                    | StatementKind::Commit
                    | StatementKind::PrTitle
                    | StatementKind::PrBody
            );
            if !reports || statement.speaker == Speaker::User && statement.kind == StatementKind::FinalMessage
            {
                continue;
            }
            let mut under = Vec::new();
            let shown = shown(&statement.text);
            let paragraphs = paragraphs(&statement.text).into_iter().filter(|(_, p)| !is_record(p));
            for (at, paragraph) in paragraphs {
                let is_shown = shown.iter().any(|lines| lines.contains(&at));
                if is_heading(paragraph) {
                    under = stems(paragraph);
                }
                for text in sentences(paragraph) {
                    let place = &statement.place;
                    let under = under.clone();
                    said.sentences.push(Sentence { text, place, is_shown, stems: stems(text), under });
                }
            }
        }
        said
    }

    /// All sentences but those in code that is shown, in order.
    pub(crate) fn spoken(&self) -> impl Iterator<Item = &Sentence<'a>> {
        self.all().filter(|s| !s.is_shown)
    }

    /// All sentences, in order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Sentence<'a>> {
        self.sentences.iter()
    }

    /// The first sentence that fits.
    pub(crate) fn find(&self, fits: impl Fn(&Sentence<'a>) -> bool) -> Option<&Sentence<'a>> {
        self.sentences.iter().find(|s| fits(s))
    }

    /// The first sentence that shares a telling word with `topic` (names, paths, calls).
    pub(crate) fn about<'t>(&self, topic: impl IntoIterator<Item = &'t str>) -> Option<&Sentence<'a>> {
        let topic: Vec<String> = topic.into_iter().flat_map(words).collect();
        let telling: Vec<&str> =
            topic.iter().map(String::as_str).filter(|w| is_telling(w)).map(stem).collect();
        self.find(|s| s.stems.iter().any(|w| telling.contains(&w.as_str())))
    }
}

/// Where a message shows code, in bytes.
fn shown(text: &str) -> Vec<Range<usize>> {
    let mut code = ShownCode::of(text);
    let mut end = 0;
    let lines = text.split_inclusive('\n').filter_map(|line| {
        let start = end;
        end += line.len();
        code.takes(line).then_some(start..end)
    });
    lines.collect()
}

/// The pieces of a text that belong together, with where they begin: lines that were wrapped are joined again, items and
/// headings stand alone, as does the first line.
fn paragraphs(text: &str) -> Vec<(usize, &str)> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut open = false;
    for line in text.split_inclusive('\n') {
        let alone = at == 0 || is_heading(line);
        if !open || alone || starts_item(line) || line.trim().is_empty() {
            pieces.push(start..at);
            start = at;
        }
        open = !alone;
        at += line.len();
    }
    pieces.push(start..text.len());
    let piece = |range: Range<usize>| {
        let piece = text[range.clone()].trim_start();
        (range.end - piece.len(), piece.trim_end())
    };
    pieces.into_iter().map(piece).filter(|(_, p)| !p.is_empty()).collect()
}

/// Whether a line begins an item of a list, a row of a table or a quotation.
fn starts_item(line: &str) -> bool {
    let line = line.trim_start();
    let numbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with(['-', '*', '+', '•', '|', '>'])
        || numbered.len() < line.len() && numbered.starts_with(['.', ')'])
}

/// What tools write into a commit's message for other tools: `Signed-off-by: …`, `dependency-name: x`.
fn is_record(paragraph: &str) -> bool {
    let is_field = |line: &str| {
        let line = line.trim().trim_start_matches("- ");
        line.split_once(':').is_some_and(|(key, value)| {
            let is_key = key.contains('-') && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            let is_value = value.split_whitespace().count() <= 1 || key.to_ascii_lowercase().ends_with("-by");
            is_key && is_value
        })
    };
    let mut lines = paragraph.lines().filter(|l| !matches!(l.trim(), "---" | "..." | "")).peekable();
    lines.peek().is_some() && lines.all(is_field)
}

/// `## What goes`, `**Removed**`, `Removed:`.
fn is_heading(line: &str) -> bool {
    let line = line.trim();
    let short = !line.contains('\n') && line.split_whitespace().count() <= 6;
    let bold = line.len() > 4 && line.starts_with("**") && line.trim_end_matches(':').ends_with("**");
    line.starts_with('#') && line.trim_start_matches('#').starts_with(' ')
        || short && !starts_item(line) && line.ends_with(':')
        || short && bold
}

/// A paragraph, cut at sentence ends. A dot inside a name or a number ends nothing.
fn sentences(paragraph: &str) -> impl Iterator<Item = &str> {
    let ends = paragraph.match_indices(". ").chain(paragraph.match_indices(".\n")).map(|(at, _)| at + 2);
    let mut ends: Vec<usize> = ends.chain([paragraph.len()]).collect();
    ends.sort_unstable();
    let mut start = 0;
    let pieces = ends.into_iter().map(move |end| &paragraph[std::mem::replace(&mut start, end)..end]);
    pieces.map(str::trim).filter(|s| !s.is_empty())
}

fn stems(text: &str) -> Vec<String> {
    words(text).iter().map(|w| stem(w).to_owned()).collect()
}

/// Stems of the words of some names that say what they are about.
pub(crate) fn telling_stems<'t>(names: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    names.into_iter().flat_map(words).filter(|w| is_telling(w)).map(|w| stem(&w).to_owned()).collect()
}

/// Words too common to say that two texts are about the same thing.
fn is_telling(word: &str) -> bool {
    const COMMON: &[&str] = &[
        "test",
        "tests",
        "testing",
        "tested",
        "fix",
        "fixes",
        "fixed",
        "update",
        "updates",
        "updated",
        "change",
        "changes",
        "changed",
        "code",
        "file",
        "files",
        "function",
        "functions",
        "method",
        "methods",
        "assert",
        "asserts",
        "check",
        "checks",
        "case",
        "cases",
        "result",
        "results",
        "value",
        "values",
        "error",
        "errors",
        "from",
        "into",
        "with",
        "when",
        "then",
        "that",
        "this",
        "should",
        "must",
        "does",
        "make",
        "main",
        "work",
        "works",
        "working",
        "some",
        "none",
        "unwrap",
        "expect",
        "expected",
        "iter",
        "clone",
        "collect",
        "string",
        "default",
        "format",
        "true",
        "false",
        "used",
        "uses",
        "using",
        "adds",
        "added",
        "return",
        "returns",
        "returned",
        "pass",
        "passes",
        "passing",
        "fail",
        "fails",
        "failing",
        "support",
        "handle",
        "handles",
        "handling",
        "data",
        "basic",
        "simple",
        "push",
        "open",
        "read",
        "write",
        "have",
        "will",
        "only",
        "also",
        "same",
        "after",
        "before",
        "suite",
        "spec",
        "describe",
        "remove",
        "removed",
        "implement",
        "implementation",
        "improve",
        "super",
        "crate",
        "self",
        "the",
        "and",
        "for",
        "not",
        "new",
        "one",
        "two",
        "all",
        "add",
        "get",
        "set",
        "use",
        "run",
        "now",
        "out",
        "len",
        "str",
        "vec",
        "map",
        "has",
        "was",
        "are",
        "but",
        "its",
        "can",
        "old",
        "src",
        "lib",
        "mod",
        "err",
        "non",
        "let",
        "mut",
        "ref",
        "try",
        "has",
        "via",
    ];
    word.chars().count() >= 3 && !word.chars().all(|c| c.is_ascii_digit()) && !COMMON.contains(&word)
}

/// Whether `needle` stands in `text` with no word character on either side.
pub(crate) fn contains_word(text: &str, needle: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    !needle.is_empty()
        && text.match_indices(needle).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + needle.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_only_as_a_whole_word() {
        assert!(contains_word("drop `parse_all`, it is dead", "parse_all"));
        assert!(!contains_word("drop parse_all_of_it", "parse_all"));
        assert!(!contains_word("anything", ""));
    }

    #[test]
    fn common_words_tell_nothing() {
        assert!(!is_telling("tests") && !is_telling("new") && !is_telling("2024"));
        assert!(is_telling("column"));
    }

    #[test]
    fn nearness_joins_verb_and_noun() {
        let sentence = |text: &'static str| sentences_of(text, "m").remove(0);
        for (text, near) in [
            ("Remove the obsolete parser tests", true),
            ("Removed redundant test", true),
            ("Replace the map by a tree that keeps its order, and add tests", false),
            ("Tests are removed", false),
        ] {
            assert_eq!(sentence(text).has_near(&["remove", "replace"], &["test"]), near, "{text}");
        }
    }

    #[test]
    fn sentences_end_at_full_stops_and_paragraphs() {
        let text = "Fix 1.5 units. Drop x.\nno item\n\nWrapped at\nsome column.\nNext one\n\n- item\n  of two lines\n- other";
        let all: Vec<&str> = paragraphs(text).into_iter().flat_map(|(_, p)| sentences(p)).collect();
        let expected = [
            "Fix 1.5 units.",
            "Drop x.",
            "no item",
            "Wrapped at\nsome column.",
            "Next one",
            "- item\n  of two lines",
            "- other",
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn fields_for_tools_are_told_from_text() {
        for (text, record) in [
            ("updated-dependencies:", true),
            ("- dependency-name: ignore\n  dependency-type: direct:production\n...", true),
            ("Signed-off-by: A Name <a@example.org>\nReviewed-by: B", true),
            ("---", false),
            ("size-parser: accept bytes", false),
            ("Closes: #3", false),
            ("Re-use it:\n  see the guide", false),
        ] {
            assert_eq!(is_record(text), record, "{text}");
        }
    }

    #[test]
    fn headings_are_told_from_text() {
        for (line, heading) in [
            ("## What goes", true),
            ("**Removed**", true),
            ("Removed:", true),
            ("#12 is fixed", false),
            ("Removes x and leaves only what the parser needs:", false),
            ("- **Removed**", false),
            ("Removed x.", false),
        ] {
            assert_eq!(is_heading(line), heading, "{line}");
        }
    }
}
