//! Edits that a change made in many places, and where it could have made them as well.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Language;

/// What was found of repeated edits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SitesEvidence {
    /// The edits that repeat, most telling first.
    pub patterns: Vec<EditPattern>,
}

/// Changed lines from which an edit counts as systematic.
pub const FEWEST_LINES: usize = 3;

/// Edits that are judged.
const MOST_EDITS: usize = 4;

/// Which of a change's edits are judged, by their places: those of at least [`FEWEST_LINES`] changed lines, and
/// an eighth of the largest edit's; the same words in another language are another edit.
pub fn judged(patterns: &[EditPattern]) -> Vec<usize> {
    let most = patterns.iter().map(EditPattern::changed_lines).max().unwrap_or(0);
    let mut seen: BTreeSet<(&str, Option<Language>)> = BTreeSet::new();
    let mut is_new = |p: &EditPattern, before| {
        let languages: BTreeSet<_> = p.done.iter().map(|s| Language::of_path(&s.path)).collect();
        languages.into_iter().filter(|&language| seen.insert((before, language))).count() > 0
    };
    let is_judged = |p: &EditPattern| {
        let lines = p.changed_lines();
        lines >= FEWEST_LINES && lines * 8 >= most
    };
    let mut judged = Vec::new();
    for (rank, pattern) in patterns.iter().enumerate() {
        if judged.len() < MOST_EDITS && is_judged(pattern) && is_new(pattern, &pattern.before) {
            judged.push(rank);
        }
    }
    judged
}

/// An edit that the change made at least twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EditPattern {
    /// The before side as people read it: `info!($A)`.
    pub before: String,
    /// The after side.
    pub after: String,
    /// The before side holds a name or a string of the project, not only keywords and signs.
    pub named: bool,
    /// The edit only adds.
    pub insertion: bool,
    /// The edit only removes.
    pub removal: bool,
    /// Names that the edit took away.
    pub old_names: Vec<String>,
    /// Names that the edit brought in.
    pub new_names: Vec<String>,
    /// A changed piece of code as it was and as it is, where the two sides by themselves tell a reader nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<EditExample>,
    /// The edit as a rule for ast-grep, in YAML, where it can be said there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Places at base that were changed.
    pub done: Vec<Site>,
    /// Places that stand unchanged at head.
    pub left: Vec<Site>,
    /// Why the search did not reach every file, if it did not.
    pub unsearched: Option<String>,
}

/// One of the edits that a pattern was learned from, with the lines that it stands on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EditExample {
    /// At base.
    pub before: String,
    /// At head.
    pub after: String,
}

impl EditPattern {
    /// Both sides as a report shows them.
    pub fn shown(&self) -> [&str; 2] {
        match &self.example {
            Some(example) => [&example.before, &example.after],
            None => [&self.before, &self.after],
        }
    }

    /// How many lines of base the edit changed.
    pub fn changed_lines(&self) -> usize {
        self.done.iter().map(|site| (&site.path, site.line)).collect::<BTreeSet<_>>().len()
    }
}

/// One place of a pattern's before side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Site {
    /// Path on its side: base for what was done, head for what is left.
    pub path: String,
    /// Line, 1-based.
    pub line: u32,
    /// Byte column in its line, 1-based.
    pub column: u32,
    /// In code, as opposed to a comment or the inside of a string.
    pub in_code: bool,
    /// In test code.
    pub in_test: bool,
    /// The innermost item around it, with its containers.
    pub item: Option<String>,
    /// Tokens before it, nearest last.
    pub before: Vec<String>,
    /// Tokens behind it, nearest first.
    pub behind: Vec<String>,
    /// What stands in the pattern's slots.
    pub values: Vec<String>,
    /// The name before the bracket around it.
    pub owner: Option<String>,
    /// The new form stands around it already, or was put beside it.
    pub already: bool,
    /// The change edited this file.
    pub touched: bool,
    /// Why this is no place for the edit whatever the rest says: vendored, generated, left out by policy.
    pub excluded: Option<String>,
    /// The edited name stands in more places of the file than those of the edit.
    #[serde(default, skip_serializing_if = "is_false")]
    pub elsewhere: bool,
    /// What the edit would make of it, where the edit tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewrite: Option<Rewrite>,
}

/// A piece of a file and what comes in its place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rewrite {
    /// First byte.
    pub start: u32,
    /// Past the last byte.
    pub end: u32,
    /// What comes there.
    pub text: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
