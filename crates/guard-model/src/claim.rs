//! Statements that assert something about this change, and what evidence says of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::EvidenceItem;

/// One assertion of the agent about this change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// `c1`, `c2`, … in reading order.
    pub id: String,
    /// The shortest self-contained piece of its source, verbatim.
    pub text: String,
    /// Where it was said.
    pub source: ClaimSource,
    /// What it asserts.
    pub kind: ClaimKind,
    /// What it is about.
    pub scope: ClaimScope,
    /// What the evidence says.
    pub verdict: ClaimVerdict,
    /// False where the mode did not collect the evidence that would settle it.
    pub looked: bool,
    /// Claims about the same thing from several sources share a group and a verdict.
    pub group: Option<String>,
    /// How much of it was done, where it can be counted.
    pub done: Option<u64>,
    /// How much there was to do.
    pub total: Option<u64>,
    /// What settled it.
    pub evidence: Vec<EvidenceItem>,
}

/// Where a claim was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimSource {
    /// Kind of source.
    pub kind: SourceKind,
    /// `session.jsonl:412`, a commit id, a file name.
    #[serde(rename = "where")]
    pub place: String,
}

/// Kinds of sources, in order of trust in their presence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// The agent's last message of the turn.
    FinalMessage,
    /// What the user asked for.
    UserRequest,
    /// An approved plan.
    Plan,
    /// A commit message of the range.
    Commit,
    /// Title or body of a pull request.
    Pr,
    /// An item of a task list.
    Todo,
}

/// What a claim asserts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimKind {
    /// Something new exists.
    Add,
    /// Something is gone.
    Remove,
    /// Something has another name.
    Rename,
    /// One thing stands where another stood.
    Replace,
    /// Something was changed.
    Update,
    /// A defect is gone.
    Fix,
    /// A test was added.
    TestAdded,
    /// Tests pass, or so many of them.
    TestResult,
    /// It builds.
    BuildResult,
    /// Linters and formatters are content.
    LintResult,
    /// It is faster or smaller.
    Performance,
    /// Behaviour is the same as before.
    NoBehaviourChange,
    /// A failure was there before.
    PreExisting,
    /// A failure is not deterministic.
    Flaky,
    /// A dependency came, went or moved.
    Dependency,
    /// Documentation was written.
    Docs,
    /// It is the same as a reference.
    CopyOf,
    /// Done, but not all of it.
    Hedge,
    /// "Production-ready": nothing that evidence could settle.
    Superlative,
    /// Asserted, but of no kind above.
    Other,
}

/// What a claim is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimScope {
    /// Paths that it names.
    pub paths: Vec<String>,
    /// Symbols that it names.
    pub symbols: Vec<String>,
    /// How much it says was done.
    pub quantifier: Quantifier,
    /// The number it says.
    pub count: Option<u64>,
}

/// How much a claim says was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Quantifier {
    /// "all", "every", "throughout".
    All,
    /// "some", "the most critical".
    Some,
    /// A number.
    Count,
    /// Nothing said.
    #[default]
    None,
}

/// What evidence says of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimVerdict {
    /// Evidence that guard gathered agrees.
    Verified,
    /// Evidence that guard gathered says otherwise.
    Contradicted,
    /// Done in part: [`Claim::done`] of [`Claim::total`].
    Partial,
    /// It could be settled, and nothing was found for it (or nobody looked: [`Claim::looked`]).
    Unsupported,
    /// No evidence could settle it.
    NotCheckable,
}

impl ClaimVerdict {
    /// The verdict's name as reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            ClaimVerdict::Verified => "verified",
            ClaimVerdict::Contradicted => "contradicted",
            ClaimVerdict::Partial => "partial",
            ClaimVerdict::Unsupported => "unsupported",
            ClaimVerdict::NotCheckable => "not-checkable",
        }
    }
}
