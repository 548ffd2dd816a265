//! Whether what was written is what its name says: how large a test's input gets against the limit of the
//! code it tests, and who calls a new function.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::Place;

/// What was measured of the new code because a claim speaks of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reality {
    /// Inputs of new and changed tests, and the limits of what they call.
    #[serde(default)]
    pub extents: Vec<TestExtent>,
    /// New functions, and whether anything mentions them.
    #[serde(default)]
    pub uses: Vec<FunctionUse>,
    /// Tests of head by file, where a claim tells how many there are in all; `None` when nobody looked, or there
    /// are more files than are read.
    #[serde(default)]
    pub census: Option<Vec<FileTests>>,
}

/// The tests that one file declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileTests {
    /// Path at head.
    pub path: String,
    /// Number of tests declared in it.
    pub tests: u64,
    /// Number of them that are kept from running.
    pub ignored: u64,
}

/// How large the inputs of one test get, as far as its source tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestExtent {
    /// Path at head.
    pub path: String,
    /// The test's name below its file.
    pub test: String,
    /// The test's first line.
    pub line: u32,
    /// The largest size that is written out in it, or in what it calls.
    pub largest: Option<WrittenSize>,
    /// No input of the test can be larger; `None` when that cannot be said.
    pub most: Option<u64>,
    /// Why the most cannot be said.
    pub doubt: Option<String>,
    /// Limits that the code it calls enforces, directly or one step further.
    pub limits: Vec<SizeLimit>,
}

/// A size as written in a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WrittenSize {
    /// Its value.
    pub value: u64,
    /// Path of the line that has it.
    pub path: String,
    /// Line, 1-based.
    pub line: u32,
    /// As written, shortened.
    pub text: String,
    /// True where something is made that large: `vec![0; N]`, `"x".repeat(N)`, `0..N`.
    pub made: bool,
}

/// A comparison that refuses what is larger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SizeLimit {
    /// Path of the comparison.
    pub path: String,
    /// Its line, 1-based.
    pub line: u32,
    /// The comparison as written, shortened.
    pub text: String,
    /// The function that it stands in.
    pub function: String,
    /// The least value that is refused; `None` when the limit is not a constant.
    pub refused: Option<u64>,
}

/// A new function or method, and who mentions it at head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FunctionUse {
    /// Path at head.
    pub path: String,
    /// Line of its name, 1-based.
    pub line: u32,
    /// Its own name.
    pub name: String,
    /// Name with its containers.
    pub qualified: String,
    /// Why something that does not mention it may still call it (it is exported, implements a trait, has an
    /// attribute), if so.
    pub open: Option<String>,
    /// Number of lines of code besides its own that mention it outside of tests; `None` when that is not known.
    pub in_code: Option<u64>,
    /// The first of them.
    pub mentions: Vec<Place>,
    /// Lines of test code that mention it.
    pub in_tests: u64,
}
