//! Words that say themselves that there is a rest: they move the scope of an edit to all of what they
//! speak of, however little of it was done.

use crate::claims::names_extent;
use crate::said::{Said, Sentence, contains_word};

/// What says "not all of it" while the work is handed over as done.
const HEDGES: [&str; 10] = [
    "most critical",
    "most important ones",
    "due to the size",
    "large number of",
    "the rest follow",
    "the remaining ones",
    "follow the same pattern",
    "for brevity",
    "key ones",
    "representative",
];

/// The first hedge that speaks of `path`: it names the file, or no file of the change at all.
pub(super) fn about<'s, 'a>(said: &'s Said<'a>, path: &str, changed: &[&str]) -> Option<&'s Sentence<'a>> {
    said.spoken().find(|sentence| {
        is_hedge(sentence.text)
            && (names(sentence.text, path) || !changed.iter().any(|other| names(sentence.text, other)))
    })
}

fn is_hedge(text: &str) -> bool {
    let text = text.to_lowercase();
    HEDGES.iter().any(|hedge| text.split_once(hedge).is_some_and(|(_, behind)| !names_extent(behind)))
}

/// Whether a text names a file, with or without its extension.
pub(crate) fn names(text: &str, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    contains_word(text, name) || stem.len() > 3 && contains_word(text, stem)
}
