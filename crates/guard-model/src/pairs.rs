//! A reference and what should be like it: how the two differ, point by point.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A reference, its implementation, and how they differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pair {
    /// What is to be followed.
    pub reference: PairSide,
    /// What should follow it.
    pub implementation: PairSide,
    /// No point is left: only names that are explained differ.
    pub same: bool,
    /// Why the two were not compared, if they were not. `same` is then false and tells nothing.
    #[serde(default)]
    pub not_comparable: Option<String>,
    /// The differences, in the order of the implementation.
    pub points: Vec<DriftPoint>,
    /// Names and literals that stand for one another throughout.
    pub substitutions: Vec<Substitution>,
}

/// A pair that the change touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PairEvidence {
    /// How the two differ at head.
    pub pair: Pair,
    /// Who says that the two belong together.
    pub origin: PairOrigin,
    /// Where it is said, for people: `guard.toml`, `src/a.rs:12`.
    pub said: String,
    /// The change edited the reference.
    pub reference_changed: bool,
    /// The change edited the implementation.
    pub implementation_changed: bool,
    /// Base had no implementation: everything in it is new.
    pub implementation_added: bool,
}

/// Who says that two pieces of code belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PairOrigin {
    /// The policy.
    Declared,
    /// A comment beside the code: "Copied from", "keep in sync with".
    Comment,
    /// The user's own words: "exactly like `src/a.rs`".
    Request,
    /// `LINT.IfChange` with `LINT.ThenChange`: who edits one edits the other. They need not be alike.
    Together,
}

/// One side of a pair.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PairSide {
    /// Path.
    pub path: String,
    /// The item, with its containers; `null` for a whole file.
    pub item: Option<String>,
    /// First line that was compared, 1-based.
    pub line: u32,
    /// Last line that was compared.
    pub end_line: u32,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DriftPoint {
    /// How much it weighs.
    pub grade: Grade,
    /// What kind of difference.
    pub kind: DriftKind,
    /// Line of the implementation, 1-based; where something is missing, the line before which it would stand.
    pub line: Option<u32>,
    /// Last line of the implementation.
    pub end_line: Option<u32>,
    /// Line of the reference.
    pub ref_line: Option<u32>,
    /// Last line of the reference.
    pub ref_end_line: Option<u32>,
    /// The difference in words.
    pub message: String,
    /// It came with the change; `true` where there is nothing older to compare with.
    pub new: bool,
}

/// A name or literal of the reference and what stands for it in the implementation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Substitution {
    /// In the reference.
    pub from: String,
    /// In the implementation.
    pub to: String,
    /// [`Grade::Silent`] when it is explained, [`Grade::Confirm`] when it is only consistent.
    pub grade: Grade,
    /// Number of places.
    pub count: u32,
}

/// How much a difference weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// Declared, explained by the stems of the names, or a bound name that is renamed everywhere.
    Silent,
    /// Consistent but unexplained: a person should say once that it is meant.
    Confirm,
    /// Contradicted, or without a counterpart.
    Drift,
}

/// Kinds of differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DriftKind {
    /// A call that the implementation lacks.
    MissingCall,
    /// A call that only the implementation has.
    ExtraCall,
    /// A condition that decides otherwise.
    ChangedCondition,
    /// Another literal.
    ChangedLiteral,
    /// Another type.
    ChangedType,
    /// Another name where nothing explains it.
    ChangedName,
    /// Errors are treated otherwise.
    ErrorHandling,
    /// Arguments in another order.
    ArgumentOrder,
    /// Attributes, decorators or middleware in another order.
    AttributeOrder,
    /// An attribute, decorator or property that the implementation lacks.
    MissingAttribute,
    /// An attribute, decorator or property that only the implementation has.
    ExtraAttribute,
    /// Statements in another order.
    Reordered,
    /// A branch, arm or case that the implementation lacks.
    MissingBranch,
    /// A branch, arm or case that only the implementation has.
    ExtraBranch,
    /// The implementation leaves earlier.
    EarlyReturn,
    /// Other visibility.
    Visibility,
    /// A name that stands for something else in one place than everywhere else.
    InconsistentRename,
    /// A statement, element or field that the implementation lacks.
    Missing,
    /// A statement, element or field that only the implementation has.
    Extra,
    /// A function, type or method that the implementation lacks.
    MissingItem,
    /// A function, type or method that only the implementation has.
    ExtraItem,
    /// Something else.
    Changed,
}

impl DriftKind {
    /// The kind in words: `missing call`.
    pub fn words(self) -> &'static str {
        match self {
            DriftKind::MissingCall => "missing call",
            DriftKind::ExtraCall => "extra call",
            DriftKind::ChangedCondition => "changed condition",
            DriftKind::ChangedLiteral => "changed literal",
            DriftKind::ChangedType => "changed type",
            DriftKind::ChangedName => "changed name",
            DriftKind::ErrorHandling => "error handling",
            DriftKind::ArgumentOrder => "argument order",
            DriftKind::AttributeOrder => "attribute order",
            DriftKind::MissingAttribute => "missing attribute",
            DriftKind::ExtraAttribute => "extra attribute",
            DriftKind::Reordered => "reordered",
            DriftKind::MissingBranch => "missing branch",
            DriftKind::ExtraBranch => "extra branch",
            DriftKind::EarlyReturn => "early return",
            DriftKind::Visibility => "visibility",
            DriftKind::InconsistentRename => "inconsistent rename",
            DriftKind::Missing => "missing",
            DriftKind::Extra => "extra",
            DriftKind::MissingItem => "missing item",
            DriftKind::ExtraItem => "extra item",
            DriftKind::Changed => "changed",
        }
    }
}
