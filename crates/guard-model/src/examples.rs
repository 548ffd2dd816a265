//! The tests, helpers and implementations nearest to what somebody is about to write.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `guard examples --format json` prints.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Examples {
    /// Version of this document; see [`crate::SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Version of guard.
    pub guard: String,
    /// Name of the repository.
    pub repository: String,
    /// Id of the tree that was searched.
    pub tree: String,
    /// What was asked for, and as what it was taken.
    pub asked: Vec<Asked>,
    /// Source files that were searched.
    pub files: u64,
    /// Why less than everything was searched, if so.
    pub gap: Option<String>,
    /// Tests, nearest first.
    pub tests: Vec<Example>,
    /// Test code that is no test, nearest first: fixtures, builders, assertions.
    pub helpers: Vec<Example>,
    /// Functions and types that are no test code, nearest first.
    pub implementations: Vec<Example>,
}

/// One thing that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Asked {
    /// As written.
    pub text: String,
    /// As what it was taken.
    pub taken_as: TakenAs,
    /// The path, the qualified name, or the words that are looked for.
    pub meaning: String,
}

/// As what a word of the command line is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TakenAs {
    /// A file or directory that is there.
    Path,
    /// A file that is not there yet.
    NewPath,
    /// A test that is there.
    Test,
    /// Something that is defined or called in the repository.
    Symbol,
    /// Words.
    Words,
}

/// One test, helper or implementation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Example {
    /// Its name with its containers.
    pub name: String,
    /// Where it stands.
    pub path: String,
    /// First line, 1-based.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// How near it is, by this search's own measure; comparable within one list only.
    pub score: f32,
    /// Why it is near, the strongest reason first.
    pub reasons: Vec<Reason>,
}

/// Why something is near.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// Its kind.
    pub kind: ReasonKind,
    /// In words.
    pub message: String,
}

/// Kinds of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonKind {
    /// It is what was asked for.
    Itself,
    /// It calls what was asked for, or what that calls.
    Callee,
    /// It names what was asked for.
    Mention,
    /// It is given the same fixture.
    Fixture,
    /// It implements or extends the same.
    Trait,
    /// It has the same path of the web in it.
    Route,
    /// The same words.
    Words,
    /// It stands in or near the file.
    Place,
    /// The tests that were found use it.
    UsedBy,
}
