//! Whether the words claim a repeated edit, and for how much of it.

use std::collections::HashSet;

use guard_model::{EditPattern, StatementKind, TaskStatus, Words};

use super::Repeated;
use super::stated::{EXCHANGES, states};
use crate::context::Context;
use crate::said::{Sentence, sentences_of, telling_stems};
use crate::transcript::{input_of, is_applied_edit};

/// A sentence that claims an edit.
#[derive(Debug, Clone)]
pub(crate) struct Covered<'a> {
    /// The sentence.
    pub(crate) text: &'a str,
    /// Where it was said.
    pub(crate) place: &'a str,
    /// For how much.
    pub(crate) how: Cover,
    /// It was said when the work was handed over, not only in a commit message.
    pub(crate) handed_over: bool,
    /// A sentence tells of this very exchange of words: it has one of the old form, and one of the new or a verb
    /// of exchanging.
    pub(crate) tells_exchange: bool,
}

/// For how much a sentence speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cover {
    /// "all", "every", "throughout".
    All,
    /// Nothing said.
    Plain,
    /// Says itself that there is a rest: "the most critical ones".
    Hedged,
}

/// Words that claim the whole.
pub(super) const ALL: [&str; 9] =
    ["all", "every", "everywhere", "throughout", "entire", "entirely", "each", "complete", "consistently"];
/// Words that leave something out on purpose.
pub(super) const SOME: [&str; 8] =
    ["some", "most", "mostly", "several", "appropriate", "possible", "partially", "where"];

/// Words of making the same edit in many places, of which one has to stand beside the names of what was put in.
const DEEDS: [&str; 38] = [
    "use",
    "rename",
    "replace",
    "migrate",
    "switch",
    "convert",
    "swap",
    "transition",
    "substitute",
    "rewrite",
    "update",
    "change",
    "remove",
    "delete",
    "drop",
    "eliminate",
    "move",
    "refactor",
    "modernize",
    "modernise",
    "adopt",
    "prefer",
    "port",
    "standardize",
    "standardise",
    "unify",
    "instead",
    "become",
    "import",
    "call",
    "apply",
    "set",
    "pass",
    "make",
    "take",
    "annotate",
    "upgrade",
    "resolve",
];
/// Words of an edit that only adds.
const ADDS: [&str; 4] = ["add", "insert", "wrap", "attach"];

/// Whether a session's statement comes before all of its edits, of which there are some.
fn is_before_edits(words: &Words, place: &str) -> bool {
    let Some(said) = words.statements.iter().find(|s| s.place == place) else { return false };
    let edits = words.events.iter().filter(|e| is_applied_edit(e) && input_of(&e.place) == input_of(place));
    edits.map(|e| e.order).min().is_some_and(|first| said.order < first)
}

/// What begins and ends a block of code in Markdown.
const FENCE: &str = "```";

/// What a sentence says before the code that it shows.
fn before_code<'a>(sentence: &Sentence<'a>) -> Option<Sentence<'a>> {
    let (said, _) = sentence.text.split_once(FENCE)?;
    sentences_of(said, sentence.place).into_iter().next()
}

/// Whether a text names an edit: what it takes away, or at least half of what it brings.
fn names_edit(text: &str, pattern: &EditPattern) -> bool {
    let is_named = |name: &&String| name.len() > 1 && names_code(text, name);
    let new = pattern.new_names.iter().filter(is_named).count();
    pattern.old_names.iter().any(|name| is_named(&name)) || new > 0 && new * 2 >= pattern.new_names.len()
}

/// Whether a text has `name` as a name: in "--since" and "re-export" are others.
pub(super) fn names_code(text: &str, name: &str) -> bool {
    let is_part = |text: &str| text.chars().next().is_some_and(|c| c.is_alphanumeric() || c == '_');
    let is_joined =
        |before: &str, behind: &str| before.ends_with('-') || behind.strip_prefix('-').is_some_and(is_part);
    text.match_indices(name).any(|(at, _)| {
        let (before, behind) = (&text[..at], &text[at + name.len()..]);
        let last = before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
        !last && !is_part(behind) && !is_joined(before, behind)
    })
}

impl<'a> Repeated<'a> {
    /// The sentence that claims this edit, the one that claims most.
    pub(crate) fn covered(&self, cx: &Context<'a>) -> Option<Covered<'a>> {
        let handed_over = |place: &str| {
            let statements = &cx.evidence.words.statements;
            statements.iter().any(|s| s.kind == StatementKind::FinalMessage && s.place == place)
        };
        if let Some(hedged) = self.hedged {
            return Some(Covered {
                text: hedged.text,
                place: hedged.place,
                how: Cover::Hedged,
                handed_over: handed_over(hedged.place),
                tells_exchange: true,
            });
        }
        let names = || self.pattern.old_names.iter().chain(&self.pattern.new_names).map(String::as_str);
        let sides = [self.pattern.before.as_str(), self.pattern.after.as_str()];
        let stems: HashSet<String> = telling_stems(names().chain(sides)).into_iter().collect();
        let stems_of = |names: &'a [String], side: &'a String| -> HashSet<String> {
            telling_stems(names.iter().chain([side]).map(String::as_str)).into_iter().collect()
        };
        let pattern = self.pattern;
        let old = stems_of(&pattern.old_names, &pattern.before);
        let new = stems_of(&pattern.new_names, &pattern.after);
        // What is added says nothing of the places that have to get it.
        let places: HashSet<String> = telling_stems([pattern.before.as_str()]).into_iter().collect();
        let exchanges =
            |s: &Sentence<'a>| s.shares(&old) && (s.shares(&new) || pattern.removal || s.has_any(&EXCHANGES));
        let about = |s: &Sentence<'a>| names().any(|n| s.names(n)) || s.shares(&stems);
        // "Replace `a` with `b`" says nothing of another edit of the change, after which `b` stands as well.
        let others = || cx.sites.iter().flatten().map(|r| r.pattern).filter(|p| !std::ptr::eq(*p, pattern));
        let is_of_another = |s: &Sentence<'a>| {
            !old.is_empty()
                && !s.shares(&old)
                && others().any(|p| {
                    let theirs = stems_of(&p.old_names, &p.before);
                    s.shares(&theirs.difference(&new).cloned().collect())
                })
        };
        let tells = |s: &Sentence<'a>| {
            about(s)
                && !is_of_another(s)
                && match pattern.insertion {
                    true => (s.has_any(&ALL) || s.shares(&places)) && (s.has_any(&DEEDS) || s.has_any(&ADDS)),
                    false => states(s.text, pattern, handed_over(s.place)),
                }
        };
        // A commit message speaks of much; a final message of little else than the work.
        let names_it = |s: &Sentence<'a>| handed_over(s.place) || names_edit(s.text, pattern);
        let words = &cx.evidence.words;
        let requests = words.statements.iter().filter(|s| s.kind == StatementKind::UserRequest);
        let asked: Vec<Sentence<'a>> = requests.flat_map(|s| sentences_of(&s.text, &s.place)).collect();
        let all_was_asked = asked.iter().any(|s| about(s) && s.has_any(&ALL) && !s.has_any(&SOME));
        // What was said before the first edit of its session explains what there is.
        let early = |s: &&Sentence<'a>| is_before_edits(&cx.evidence.words, s.place);
        // Code that a message shows is not said of it.
        let spoken: Vec<Sentence<'a>> = cx.said.spoken().filter_map(before_code).collect();
        let said = cx.said.spoken().filter(|s| !s.text.contains(FENCE)).chain(&spoken);
        let said = said.filter(|s| !early(s));
        let claims = said.filter(|s| tells(s) && names_it(s) && !s.has_any(&SOME)).map(|sentence| {
            let how = if all_was_asked || sentence.has_any(&ALL) { Cover::All } else { Cover::Plain };
            let handed_over = handed_over(sentence.place);
            let tells_exchange = exchanges(sentence);
            Covered { text: sentence.text, place: sentence.place, how, handed_over, tells_exchange }
        });
        // A task that is ticked hands over all that it names.
        let ticked = words.tasks.iter().filter(|t| t.status == TaskStatus::Completed).filter_map(|task| {
            let place = task.history.iter().rev().find(|s| s.status == TaskStatus::Completed)?;
            let sentence = sentences_of(&task.subject, &place.place).into_iter().find(|s| tells(s))?;
            let whole = !sentence.has_any(&SOME);
            whole.then_some(Covered {
                text: sentence.text,
                place: sentence.place,
                how: Cover::All,
                handed_over: true,
                tells_exchange: exchanges(&sentence),
            })
        });
        let claims: Vec<Covered<'a>> = claims.chain(ticked).collect();
        let tells_exchange = claims.iter().any(|c| c.tells_exchange);
        let most = claims.into_iter().max_by_key(|c| (c.handed_over, c.how == Cover::All))?;
        Some(Covered { tells_exchange, ..most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_and_a_part_of_a_word_are_no_names() {
        for (text, named) in [
            ("Use `since` in all filters", true),
            ("since is resolved now", true),
            ("since->resolved_since", true),
            ("--since raises when it is behind --until", false),
            ("re-since", false),
            ("sinces", false),
        ] {
            assert_eq!(names_code(text, "since"), named, "{text}");
        }
    }
}
