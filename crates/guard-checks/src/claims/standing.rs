//! What a line says of its own state: "remove `x` (deferred)", "update the guide ⏳", "Skipped: Windows", "**Later** — X".
//! What is open, or was done elsewhere, is no claim about this change.

use super::token::{self, Token};

/// Signs of what is not done.
const OPEN_MARKS: &[char] =
    &['❌', '⏳', '⌛', '🚧', '⬜', '☐', '🔜', '✗', '✘', '❓', '💡', '⏭', '⏸', '🔲', '⛔', '🕒', '🚫'];

/// Words that say by themselves that something is open or lies elsewhere.
const OPEN: &str = "deferred skipped pending later postponed cancelled canceled reverted undone todo todos tbd wip blocked planned \
    optional outstanding abandoned rejected unfinished incomplete left follow-up follow-ups followup upstream future";

/// Words that give the reason or the time of that.
const REASON: &str = "to until till for because since as due while when on pending work";

/// Phrases of the same meaning.
const OPEN_PHRASES: &[&str] = &[
    "next pr",
    "next step",
    "next commit",
    "next release",
    "next sprint",
    "in progress",
    "in a follow",
    "in the follow",
    "in a later",
    "in a separate",
    "in the next",
    "in another",
    "out of scope",
    "out-of-scope",
    "won't do",
    "won't fix",
    "won’t do",
    "not done",
    "not yet",
    "not started",
    "not included",
    "not in this",
    "still to do",
    "still open",
    "to do",
    "to follow",
    "already done",
    "already in",
    "done in",
    "done by",
    "done upstream",
    "separate pr",
    "follow-up pr",
    "follow up",
];

/// The same, but only behind what they are said of: "Phase 2 - Parse types" may well be the step that was taken.
const LATER_PHASES: &[&str] = &["phase 2", "phase 3", "phase 4", "phase two", "phase three"];

/// Where else the work is, at the end of a line.
const ELSEWHERE: &[&str] = &[
    "in the next pr",
    "in a follow-up",
    "in a followup",
    "in the follow-up",
    "in a later",
    "in a separate pr",
    "in a separate commit",
    "in another pr",
    "in another repo",
    "in the other repo",
    "in a different repo",
    "in a future",
];

/// Characters at the end of a line in which it says where else the work is.
const TAIL: usize = 36;

/// Whether the line says that what it tells of is not done, or not here. What ends several sentences speaks of the last.
pub(super) fn is_open(text: &str) -> bool {
    let text = text.trim().trim_matches(['*', '_']).trim();
    let several = text.match_indices(['.', '!', ';']).any(|(at, _)| text[at + 1..].starts_with(' '));
    if text.starts_with(OPEN_MARKS) || several {
        return text.starts_with(OPEN_MARKS);
    }
    let bare = |t: &str| t.trim_end_matches(['\u{fe0f}', ' ', '.', '*', '_']).to_owned();
    let marked = bare(text).ends_with(OPEN_MARKS);
    let lower = text.to_lowercase();
    let tail = lower.char_indices().rev().nth(TAIL).map_or(lower.as_str(), |(at, _)| &lower[at..]);
    let elsewhere = ELSEWHERE.iter().any(|p| tail.contains(p));
    elsewhere
        || marked
        || ending(text).is_some_and(|said| tells_open(&said) || is_later(&said))
        || leads_open(text)
}

/// What stands in brackets at the end, or behind a last arrow, dash or mark.
fn ending(text: &str) -> Option<String> {
    let text = text.trim_end_matches(['.', ' ', '*', '_', '\u{fe0f}']);
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some(inner) = text.strip_suffix(close) {
            return inner.rfind(open).map(|at| inner[at + 1..].to_lowercase());
        }
    }
    let behind = ["→", "->", " — ", " – ", " - ", ": ", "| "]
        .iter()
        .filter_map(|s| text.rfind(s).map(|at| at + s.len()));
    let mark = text.rfind(OPEN_MARKS).map(|at| at + text[at..].chars().next().map_or(0, char::len_utf8));
    let said =
        behind.chain(mark).max().map(|at| text[at..].trim_start_matches('\u{fe0f}').trim().to_lowercase());
    said.filter(|s| !s.is_empty() && s.split_whitespace().count() <= 5)
}

fn is_later(said: &str) -> bool {
    LATER_PHASES.iter().any(|p| said.starts_with(p))
}

fn tells_open(said: &str) -> bool {
    const MOST: usize = 8;
    let said = said.trim_matches(|c: char| !c.is_alphanumeric());
    let is_part = |c: char| c.is_alphanumeric() || c == '-';
    let (first, rest) = said.split_at(said.find(|c| !is_part(c)).unwrap_or(said.len()));
    let next = rest.split_whitespace().next().unwrap_or_default();
    // "left to right" and "later calls" go on.
    let ends = rest.is_empty()
        || rest.starts_with([',', ':', ';', '.'])
        || first != "left" && token::lists(REASON, next);
    let short = said.split_whitespace().count() <= MOST;
    short && (token::lists(OPEN, first) && ends || OPEN_PHRASES.iter().any(|p| said.starts_with(p)))
}

/// "**Later** — X", "Not done — Y": a short beginning before a dash that says so.
fn leads_open(text: &str) -> bool {
    const MOST: usize = 3;
    let at = [" — ", " – ", " - "].iter().filter_map(|s| text.find(s)).min();
    let head = at.map(|at| text[..at].trim_matches(['*', '_', '`', ' ', ':']).to_lowercase());
    head.is_some_and(|h| h.split_whitespace().count() <= MOST && tells_open(&h))
}

/// Whether a label says that what follows is no deed of this change.
pub(super) fn is_denying_label(label: &[Token<'_>]) -> bool {
    const WORDS: &str = "problem before cause issue impact benefit benefits why motivation background note next todo todos target goal \
        expected example reference limitation future remaining known previously rationale reason context symptom usage warning \
        caveat blocked pending deferred was old planned no not without if alternative rejected result enhancement skipped \
        outstanding follow-up follow-ups followup depends backlog won't won’t still";
    // "Left panel" and "optional fields" are parts of the code.
    const ALONE: &str = "open missing excluded suggestion suggestions left later optional upstream idea ideas prompt task request requires needs";
    let alone = matches!(label, [only] if only.any(ALONE));
    // "abc1234: …" and "@someone: …" quote another commit, or somebody.
    let quotes = matches!(label, [only] if is_commit(only.text) || only.text.starts_with('@'));
    let wish = matches!(label, [nice, to, have] if nice.is("nice") && to.is("to") && have.is("have"));
    label.iter().any(|t| t.any(WORDS)) || alone || wish || quotes
}

fn is_commit(text: &str) -> bool {
    (7..=40).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_hexdigit())
        && text.contains(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_that_it_is_open() {
        for (text, expected) in [
            ("remove `x` (deferred)", true),
            ("remove `x` (done in #44)", true),
            ("remove `x` (next PR).", true),
            ("remove `x` [pending]", true),
            ("Update docs/guide.md ⏳", true),
            ("Update docs/guide.md ❌ not done", true),
            ("⏭️ Remove `x`", true),
            ("**Deferred** — remove `x`", true),
            ("Not done — remove `x`", true),
            ("remove `x` → later", true),
            ("remove `x` - in the next PR", true),
            ("remove `x` (it was not used)", false),
            ("remove `x` (skipping it broke CI)", false),
            ("Remove `x` in the next PR", true),
            ("Update docs/guide.md: blocked on review", true),
            ("I removed `x` in the other repository.", true),
            ("Parser: left join", false),
            ("Phase 2.1 - Detect operators", false),
            ("remove `x` (phase 2)", true),
            ("Remove command.yml (no longer needed)", false),
            ("All tests pass. Windows comes in a follow-up PR.", false),
            ("All tests pass; the guide is still missing (deferred)", false),
            ("Add the left join (left to right)", false),
            ("remove `x` ✅", false),
            ("Rename `a` → `b`", false),
            ("Remove `skip` - later calls do it", false),
            ("Add `timeout` (skipped: it needs the network)", true),
            ("Remove `x` — nobody calls it", false),
        ] {
            assert_eq!(is_open(text), expected, "{text}");
        }
    }

    #[test]
    fn a_label_says_that_it_is_not_of_this_change() {
        for (text, expected) in [
            ("Skipped", true),
            ("Still to do", true),
            ("Depends on #44", true),
            ("@bob", true),
            ("abc1234", true),
            ("Left panel", false),
            ("Install missing plugins", false),
            ("Missing", true),
            ("Parser", false),
            ("`src/a.rs`", false),
            ("Added", false),
        ] {
            let tokens = token::tokens(text);
            assert_eq!(is_denying_label(&tokens), expected, "{text}");
        }
    }
}
