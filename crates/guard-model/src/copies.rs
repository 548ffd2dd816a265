//! New functions that repeat what exists.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A function that the change adds, and one that was there before and does the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CopiedFunction {
    /// The new one.
    pub new: CopySide,
    /// The one that exists, at head.
    pub original: CopySide,
    /// Tokens of the body.
    pub tokens: u32,
    /// Names that are bound in the function differ; without, the two are the same token by token.
    pub renamed: bool,
}

/// One of the two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct CopySide {
    /// Path.
    pub path: String,
    /// Name with its containers.
    pub name: String,
    /// First line, 1-based.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// Other files can name it.
    pub public: bool,
}
