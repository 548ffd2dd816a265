//! Whether a sentence says that an edit was made.
//!
//! A name that occurs beside some verb is no such thing: "callers using `.path()` continue to work" is about
//! an edit that takes `.path()` away and does not claim it. The name has to be what a verb of the edit acts
//! on, in the order that the edit has.

use guard_model::EditPattern;

use super::covered::names_code;
use crate::said::telling_stems;
use crate::text::stem;

/// Verbs of putting something in the place of what they act on.
pub(super) const EXCHANGES: [&str; 9] =
    ["rename", "replace", "migrate", "switch", "convert", "swap", "transition", "substitute", "instead"];
/// Verbs of taking away what they act on.
const REMOVES: [&str; 7] = ["remove", "delete", "drop", "eliminate", "strip", "omit", "unwrap"];
/// Verbs of taking into use what they act on.
const USES: [&str; 12] =
    ["use", "adopt", "prefer", "call", "apply", "import", "pass", "take", "set", "annotate", "become", "add"];
/// Verbs of which the new stands behind one of [`JOINTS`].
const TURNS: [&str; 18] = [
    "rename",
    "replace",
    "migrate",
    "switch",
    "convert",
    "swap",
    "transition",
    "substitute",
    "update",
    "upgrade",
    "change",
    "move",
    "port",
    "refactor",
    "rewrite",
    "modernize",
    "modernise",
    "turn",
];
/// Words between the old and the new.
const JOINTS: [&str; 8] = ["to", "into", "with", "by", "->", "→", "=>", "for"];
/// Words behind which a sentence speaks of something else.
const BREAKS: [&str; 16] = [
    "when", "while", "that", "which", "so", "because", "if", "since", "where", "before", "after", "for",
    "via", "but", "as", "until",
];
/// Words between a verb and what it acts on, at most.
const NEAR: usize = 5;
/// Words between a verb and the second thing it speaks of, at most.
const FAR: usize = 14;

/// One side of an edit, to be found in a text.
struct Side<'p> {
    names: Vec<&'p str>,
    text: &'p str,
    /// Words of the names do as well as the names.
    by_words: bool,
}

impl Side<'_> {
    fn is_in(&self, token: &str) -> bool {
        let by_name = self.names.iter().any(|name| names_code(token, name));
        by_name
            || self.by_words && {
                let stems = telling_stems(self.names.iter().copied().chain([self.text]));
                telling_stems([token]).iter().any(|word| stems.contains(word))
            }
    }
}

/// Whether a text says that the edit of a pattern was made. `by_words`: words of a name will do for the name.
pub(super) fn states(text: &str, pattern: &EditPattern, by_words: bool) -> bool {
    let own: Vec<&str> =
        pattern.new_names.iter().filter(|n| !pattern.old_names.contains(n)).map(String::as_str).collect();
    let is_taken_away = pattern.removal || own.is_empty();
    let brought = if own.is_empty() { pattern.new_names.iter().map(String::as_str).collect() } else { own };
    // Of several new names, the longest tells: `nodes` is not `resolveCanonicalNodePath(nodes`.
    let longest = brought.iter().map(|n| n.len()).max().unwrap_or(0);
    let telling = brought.into_iter().filter(|n| by_words || n.len() == longest && n.len() > 1).collect();
    let new = Side { names: telling, text: &pattern.after, by_words };
    let old = Side {
        names: pattern.old_names.iter().map(String::as_str).collect(),
        text: &pattern.before,
        by_words,
    };

    let tokens: Vec<&str> = text.split_whitespace().collect();
    let plain: Vec<String> = tokens.iter().map(|t| plain(t)).collect();
    // `wt switch docs/` in backticks is a command, not something that was done.
    let code = in_code(&tokens);
    let is = |at: usize, verbs: &[&str]| {
        !code[at] && verbs.iter().any(|v| plain[at] == *v || stem(&plain[at]) == stem(v))
    };
    let behind = |at: usize, most: usize| {
        (at + 1..tokens.len()).take(most).take_while(|i| !BREAKS.contains(&plain[*i].as_str()))
    };
    let is_joint = |at: usize| JOINTS.contains(&plain[at].as_str()) || JOINTS.contains(&tokens[at]);
    let object = |at: usize| behind(at, NEAR).take_while(|i| !is_joint(*i));
    (0..tokens.len()).any(|at| {
        let takes_old = is(at, &EXCHANGES) || is_taken_away && is(at, &REMOVES);
        let turned = || {
            let joint = behind(at, FAR).find(|i| is_joint(*i))?;
            let of_it = |i: &usize| !is(*i, &TURNS) && !is(*i, &EXCHANGES);
            (joint + 1..tokens.len()).take(NEAR).take_while(of_it).find(|i| new.is_in(tokens[*i]))
        };
        takes_old && object(at).any(|i| old.is_in(tokens[i]))
            || is(at, &USES) && object(at).any(|i| new.is_in(tokens[i]))
            || is(at, &TURNS) && turned().is_some()
            || (is_joint(at) || is(at, &["become"]))
                && (at.saturating_sub(NEAR)..at).any(|i| old.is_in(tokens[i]))
                && (at + 1..tokens.len()).take(NEAR).any(|i| new.is_in(tokens[i]))
                && !["with", "by", "for"].contains(&plain[at].as_str())
    })
}

/// Which words begin or stand inside of a span of code.
fn in_code(tokens: &[&str]) -> Vec<bool> {
    let mut open = false;
    let inside = tokens.iter().map(|token| {
        let inside = open || token.starts_with('`');
        open ^= token.matches('`').count() % 2 == 1;
        inside
    });
    inside.collect()
}

/// A word in lower case, without what stands around it.
fn plain(token: &str) -> String {
    token.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(old: &[&str], new: &[&str]) -> EditPattern {
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        EditPattern {
            before: old.join(" "),
            after: new.join(" "),
            old_names: names(old),
            new_names: names(new),
            ..EditPattern::default()
        }
    }

    #[test]
    fn a_sentence_states_the_edit_that_its_verb_makes() {
        for (text, old, new, stated) in [
            ("Replace `unwrap` with `expect`", "unwrap", "expect", true),
            ("Use expect instead of unwrap", "unwrap", "expect", true),
            ("Fix the message: use expect", "unwrap", "expect", true),
            ("Move the errors from failure (#[fail]) to thiserror (#[error])", "fail", "error", true),
            ("into_app becomes command", "into_app", "command", true),
            ("persist -> save", "persist", "save", true),
            ("Update the migration up and down from any to void", "any", "void", true),
            ("Change the count from usize to u64", "usize", "u64", true),
            ("Update json.rs to convert u64 to usize", "usize", "u64", false),
            ("Migrate the tests of a plain client to use effects", "client", "client_of_notices", false),
            ("Collect the raw coverages and merge them in a single pass", "merged", "coverages", false),
            ("The balancer must become generic over the Request type", "Request", "Req", false),
            ("`wt switch docs/` missed a branch", "branch", "selector", false),
            ("Switch the `branch` to `selector`", "branch", "selector", true),
            ("Check `reader` for None before use", "stream", "reader", false),
            (
                "Count the pair in one place instead of at scattered call sites of `head`",
                "head",
                "chunk",
                false,
            ),
        ] {
            assert_eq!(states(text, &pattern(&[old], &[new]), false), stated, "{text}");
        }
    }

    #[test]
    fn what_is_taken_away_is_what_a_verb_of_removing_acts_on() {
        let removed = EditPattern { removal: true, ..pattern(&["path"], &[]) };
        for (text, stated) in [
            ("Remove the `.path()` calls", true),
            ("Callers using .path() continue to work, so the rest was dropped", false),
            ("The handle is dropped while the unique path remains", false),
        ] {
            assert_eq!(states(text, &removed, false), stated, "{text}");
        }
    }

    #[test]
    fn an_ordinary_word_among_the_new_names_does_not_tell_the_edit() {
        let edit = pattern(&["stripIndexes"], &["resolveCanonicalNodePath", "nodes"]);
        assert!(!states("use full addresses as graph nodes", &edit, false));
        assert!(states("use resolveCanonicalNodePath on all nodes", &edit, false));
    }
}
