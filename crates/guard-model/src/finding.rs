//! What a check found, and the evidence it stands on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::level::{Level, Side};

/// One thing that is wrong, with its evidence: a screen line plus a snippet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Name of the check, such as `deleted-test`.
    pub check: String,
    /// How much it weighs, after policy.
    pub level: Level,
    /// What is wrong, as one sentence without a full stop. Names code in backticks.
    pub message: String,
    /// Where; `None` for a finding about words alone.
    pub path: Option<String>,
    /// Which side `path` and `line` are on.
    #[serde(default)]
    pub side: Side,
    /// First line, 1-based.
    pub line: Option<u32>,
    /// Last line, inclusive.
    pub end_line: Option<u32>,
    /// The claim that this finding answers, by [`crate::Claim::id`].
    pub claim: Option<String>,
    /// What shows it. Never empty: no evidence, no finding.
    pub evidence: Vec<EvidenceItem>,
    /// What to do next, as one sentence.
    pub help: Option<String>,
    /// Identity that survives line moves: the same finding in the next run has the same one.
    pub fingerprint: String,
    /// Set when the policy suppresses this finding; it then does not count.
    pub suppressed: Option<Suppressed>,
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceItem {
    /// Where the evidence comes from.
    pub kind: EvidenceKind,
    /// What it says.
    pub message: String,
    /// File, when there is one.
    pub path: Option<String>,
    /// Which side of the change.
    #[serde(default)]
    pub side: Side,
    /// Line, 1-based.
    pub line: Option<u32>,
}

impl EvidenceItem {
    /// Evidence without a place in a file.
    pub fn new(kind: EvidenceKind, message: impl Into<String>) -> Self {
        EvidenceItem { kind, message: message.into(), path: None, side: Side::Head, line: None }
    }

    /// The same evidence, at a place.
    #[must_use]
    pub fn at(mut self, side: Side, path: impl Into<String>, line: Option<u32>) -> Self {
        self.path = Some(path.into());
        self.side = side;
        self.line = line;
        self
    }
}

/// Where a piece of evidence comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EvidenceKind {
    /// A place in the source.
    Site,
    /// A test that guard ran.
    Test,
    /// A build that guard ran.
    Build,
    /// A mutant that guard ran.
    Mutant,
    /// The change itself.
    Diff,
    /// What the agent's session or message says.
    Session,
    /// A benchmark that guard ran.
    Bench,
    /// A reference and its implementation.
    Pair,
}

/// Why a finding does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suppressed {
    /// The reason given in the policy.
    pub reason: String,
    /// Last day (`YYYY-MM-DD`) on which the suppression holds.
    pub until: Option<String>,
}
