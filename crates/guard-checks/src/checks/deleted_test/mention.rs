//! Whether somebody said that a test went, or that something went which it is about.

use std::collections::HashSet;

use super::subjects::calls;
use crate::identities::Declared;
use crate::said::{Said, Sentence, telling_stems};
use crate::text::{stem, words};

/// Verbs of taking away.
pub(super) const REMOVING: &[&str] = &[
    "remove",
    "delete",
    "drop",
    "obsolete",
    "redundant",
    "duplicate",
    "merge",
    "consolidate",
    "prune",
    "superseded",
    "replace",
    "revert",
    "move",
    "stop",
    "longer",
    "rewrite",
    "refactor",
    "simplify",
    "reorganize",
    "restructure",
    "convert",
    "unify",
    "tidy",
    "port",
    "migrate",
    "fold",
    "collapse",
    "inline",
    "clean",
    "cleanup",
];

/// Verbs whose object is gone afterwards, or no longer does what it did.
const ENDING: &[&str] = &[
    "remove",
    "delete",
    "drop",
    "replace",
    "disallow",
    "forbid",
    "disable",
    "retire",
    "deprecate",
    "stop",
    "longer",
    "revert",
    "eliminate",
    "purge",
    "discard",
    "supersede",
    "merge",
    "fold",
    "collapse",
    "goes",
    "gone",
];

/// The sentences that speak of taking away, found once.
pub(super) struct Mentions<'c, 'a> {
    /// A sentence that says it of tests in general.
    of_tests: Option<&'c Sentence<'a>>,
    /// The line with which git says that an earlier commit is taken back.
    pub(super) revert: Option<&'c Sentence<'a>>,
    removing: Vec<&'c Sentence<'a>>,
    ending: Vec<&'c Sentence<'a>>,
}

impl<'c, 'a> Mentions<'c, 'a> {
    pub(super) fn of(said: &'c Said<'a>) -> Mentions<'c, 'a> {
        Mentions {
            of_tests: said.find(|s| {
                (s.has_near(REMOVING, &["test", "tests"]) || is_about_tests(s) && s.has_any(REMOVING))
                    && says(s.text, REMOVING)
            }),
            revert: said.find(|s| s.text.trim_start().starts_with("This reverts commit ")),
            removing: said.all().filter(|s| says(s.text, REMOVING) || s.is_under(ENDING)).collect(),
            ending: said.all().filter(|s| says(s.text, ENDING) || s.is_under(ENDING)).collect(),
        }
    }

    /// The sentence that speaks of the end of `test`, of tests in general, or of something that it is about, and
    /// which of them it is.
    pub(super) fn of_its_removal(&self, test: Declared<'_>) -> Option<(&'c Sentence<'a>, &'static str)> {
        let file = test.path.rsplit('/').next().unwrap_or(test.path);
        let named = || self.removing.iter().find(|s| s.names(test.leaf()) || s.names(file)).copied();
        let about = || {
            let topic = [test.decl.name.as_str(), test.path].into_iter().chain(calls(test));
            let topic: HashSet<String> = telling_stems(topic).into_iter().collect();
            // The one that says most of it, and of several the last: that is the hand-over's.
            let nearest = self.ending.iter().filter(|s| s.shares(&topic)).max_by_key(|s| s.shared(&topic));
            nearest.copied()
        };
        let told = named().or(self.of_tests).map(|s| (s, "the removal is mentioned"));
        told.or_else(|| about().map(|s| (s, "the words say that something went which it may be about")))
    }
}

/// Whether one of `verbs` is said, and not only part of a command or a name in backticks: `hook pre-merge`.
fn says(text: &str, verbs: &[&str]) -> bool {
    // An odd mark opens nothing.
    let prose = text.split('`').enumerate().filter(|(i, _)| i % 2 == 0 || text.matches('`').count() % 2 == 1);
    prose.flat_map(|(_, part)| words(part)).any(|word| verbs.iter().any(|verb| stem(&word) == stem(verb)))
}

/// `test: simplify`, `tests(cli): port to snapshots`: a subject that says that it is about tests.
fn is_about_tests(sentence: &Sentence<'_>) -> bool {
    let kind = sentence.text.split_once(':').map_or("", |(kind, _)| kind);
    let kind = kind.split_once('(').map_or(kind, |(kind, _)| kind).trim_end_matches('!');
    matches!(kind.trim(), "test" | "tests")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_in_a_command_says_nothing() {
        for (text, expected) in [
            ("Tested with `cargo run -- hook pre-merge` (46 tests)", false),
            ("`test_launchers` is deleted too", true),
            ("Remove the unused `merge` tests", true),
            ("it`s all removed", true),
        ] {
            assert_eq!(says(text, REMOVING), expected, "{text}");
        }
    }
}
