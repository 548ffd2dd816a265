//! Statements that assert something about the change, and what the evidence says of them.
//!
//! [`extract`] reads claims out of what was said: Markdown pieces, sentences, clauses, and for each
//! clause the question whether the speaker asserts having done it. [`settle`] holds each claim against
//! the evidence. Both are pure.
//!
//! The rule above all others is that silence beats a false accusation: what cannot be settled for
//! certain is `unsupported`.

mod clause;
mod commands;
mod counts;
mod extract;
mod label;
mod lexicon;
mod markdown;
mod outcome;
mod reading;
mod section;
mod settle;
mod standing;
mod status;
mod subject;
mod token;

#[cfg(test)]
mod tests;

use guard_model::{Claim, Evidence};

pub(crate) use counts::says_some_fail;
pub use extract::extract;
pub use settle::settle;
pub(crate) use settle::{is_of_known_linter, is_squash, named_in_vain, tells_of_unseen_run};
pub(crate) use subject::{cuts_short, names_extent};

/// What claims mention and whose place in the rest of the tree decides them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sought {
    /// Names and pieces of code.
    pub names: Vec<String>,
    /// Files that claims say were edited, made or deleted and that the change does not touch.
    pub files: Vec<String>,
}

/// What is to be looked for at head because claims speak of it.
pub fn sought(claims: &[Claim], evidence: &Evidence) -> Sought {
    settle::sought(claims, evidence)
}

/// What claims make worth measuring of the new code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WantedReality {
    /// Tests whose inputs matter: path and first line.
    pub tests: Vec<(String, u32)>,
    /// Functions whose callers matter: path and line.
    pub functions: Vec<(String, u32)>,
    /// Whether the number of all tests matters.
    pub census: bool,
}

impl WantedReality {
    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty() && self.functions.is_empty() && !self.census
    }
}

/// What is to be measured of the new code because claims speak of it: inputs of tests, callers of functions, the
/// number of all tests.
pub fn wanted_reality(claims: &[Claim], evidence: &Evidence) -> WantedReality {
    settle::wanted(claims, evidence)
}
