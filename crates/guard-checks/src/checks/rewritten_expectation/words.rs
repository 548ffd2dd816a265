//! What was said about a rewritten test.

use crate::context::Context;
use crate::identities::Declared;

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
    let has = |list: &[&str]| {
        words.iter().any(|w| list.contains(&w.as_str()) || list.contains(&crate::text::stem(w)))
    };
    has(&QUIET) && !has(&LOUD)
}

/// A sentence that is about what this test checks: its name, its file, or what it calls.
pub(super) fn explanation<'a>(cx: &Context<'a>, test: Declared<'a>) -> Option<Explanation<'a>> {
    let file = test.path.rsplit('/').next().unwrap_or(test.path);
    let stem = file.split('.').next().unwrap_or(file);
    let named = cx.said.find(|s| s.names(test.leaf()) || s.names(file));
    let topic = || {
        std::iter::once(test.leaf())
            .chain(std::iter::once(stem))
            .chain(test.decl.calls.iter().map(String::as_str))
    };
    let found = named.or_else(|| cx.said.about(topic()))?;
    let is_quiet = speaks_of_quiet_work(found.text);
    Some(Explanation { text: found.text, place: found.place, names_it: named.is_some(), is_quiet })
}
