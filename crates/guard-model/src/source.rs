//! What syntax says about one file: items, tests, stubs, and whether anything reaches it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::level::Side;

/// Languages whose syntax is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Rust.
    Rust,
    /// TypeScript.
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
    /// JavaScript, with or without JSX.
    JavaScript,
    /// Python.
    Python,
    /// C.
    C,
    /// C++.
    Cpp,
    /// Go.
    Go,
    /// Java.
    Java,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 9] = [
        Language::Rust,
        Language::TypeScript,
        Language::Tsx,
        Language::JavaScript,
        Language::Python,
        Language::C,
        Language::Cpp,
        Language::Go,
        Language::Java,
    ];

    /// The language of a path, by its extension.
    pub fn of_path(path: &str) -> Option<Language> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ext = name.rsplit_once('.')?.1;
        Language::ALL.into_iter().find(|language| language.extensions().contains(&ext))
    }

    /// The extensions of its files' names.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Language::Rust => &["rs"],
            Language::TypeScript => &["ts", "mts", "cts"],
            Language::Tsx => &["tsx"],
            Language::JavaScript => &["js", "jsx", "mjs", "cjs"],
            Language::Python => &["py", "pyi"],
            Language::C => &["c"],
            Language::Cpp => &["h", "cc", "cpp", "cxx", "hh", "hpp", "hxx", "inl"],
            Language::Go => &["go"],
            Language::Java => &["java"],
        }
    }

    /// How people write the language's name.
    pub fn name(self) -> &'static str {
        match self {
            Language::Rust => "Rust",
            Language::TypeScript => "TypeScript",
            Language::Tsx => "TSX",
            Language::JavaScript => "JavaScript",
            Language::Python => "Python",
            Language::C => "C",
            Language::Cpp => "C++",
            Language::Go => "Go",
            Language::Java => "Java",
        }
    }
}

/// What syntax says about one file on one side of the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceFacts {
    /// Path on that side.
    pub path: String,
    /// Side.
    pub side: Side,
    /// Language.
    pub language: Language,
    /// Syntax errors met; the facts of a file with errors may be incomplete.
    pub errors: u32,
    /// Line of the first merge conflict whose marks still stand in the code, if there is one.
    #[serde(default)]
    pub conflict: Option<u32>,
    /// Why the file was not read (too large, too deep, not UTF-8), if it was not.
    pub unread: Option<String>,
    /// True when the whole file is test code: by its path, or because the policy's `paths.tests` says so.
    pub test_file: bool,
    /// Hash of the file's tokens, comments and layout left out; `None` when it was not read.
    #[serde(default)]
    pub code: Option<String>,
    /// Items in source order, nested ones after their container.
    pub items: Vec<Item>,
    /// Tests declared in the file, in source order.
    pub tests: Vec<TestDecl>,
    /// Test code around the tests; `None` where the file has none.
    #[serde(default)]
    pub frame: Option<TestFrame>,
    /// Places in code that is no test's which ask whether they are under test.
    #[serde(default)]
    pub forks: Vec<TestFork>,
    /// Comments that touch changed lines, in source order: of base those removed, of head those added.
    #[serde(default)]
    pub comments: Vec<Comment>,
}

/// One comment; line comments on consecutive lines are one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Comment {
    /// First line, 1-based.
    pub line: u32,
    /// Last line, inclusive.
    pub end_line: u32,
    /// What it says, without markers, line by line; shortened when long.
    pub text: String,
    /// True for documentation comments.
    pub doc: bool,
    /// True inside test code.
    pub in_test: bool,
    /// The statement that it stands beside: before it on its line, or right below it.
    pub beside: Option<Beside>,
    /// Set where it stands for code that was left out ("... rest of the function unchanged"): the number of
    /// code lines that its hunk took away and that head has nowhere in the file.
    pub elided: Option<u32>,
}

/// The statement beside a comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Beside {
    /// Its first line.
    pub line: u32,
    /// As written, on one line, shortened.
    pub text: String,
    /// Set when it hands on a constant, and how.
    pub constant: Option<ConstantUse>,
}

/// What a statement does with a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConstantUse {
    /// It is what the function or block gives.
    Returned,
    /// It goes into a variable or a field.
    Assigned,
}

/// One named piece of code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Its own name.
    pub name: String,
    /// Name with its containers inside the file: `Parser::next`, `tests::parses`.
    pub qualified: String,
    /// First line, 1-based, attributes and doc comments left out.
    pub line: u32,
    /// Last line, inclusive.
    pub end_line: u32,
    /// Signature as written, on one line, without body.
    pub signature: String,
    /// True when other files or crates can name it (`pub`, `export`, public by convention).
    pub public: bool,
    /// True inside test code (`#[cfg(test)]`, a test function, a test file).
    pub in_test: bool,
    /// Hash of the body's tokens, comments and layout left out; `None` without a body.
    pub body: Option<String>,
    /// Number of tokens in the body.
    pub body_tokens: u32,
    /// Set when the body does nothing of what its name says.
    pub stub: Option<Stub>,
}

/// Kinds of items, over all languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ItemKind {
    /// A free function.
    Function,
    /// A function inside a type.
    Method,
    /// A struct, class, enum, union, interface, type alias.
    Type,
    /// A trait or abstract interface.
    Trait,
    /// An implementation block.
    Impl,
    /// A module or namespace.
    Module,
    /// A constant, static or top-level variable.
    Constant,
    /// A macro definition.
    Macro,
}

/// A body that only stands for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stub {
    /// What kind of stub.
    pub kind: StubKind,
    /// The statement that makes it one, as written, shortened.
    pub text: String,
    /// Line of that statement.
    pub line: u32,
}

/// Kinds of stubs, surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StubKind {
    /// Says itself that it is not implemented: `todo!()`, `unimplemented!()`, `NotImplementedError`.
    Declared,
    /// No statement at all, in a function that promises an effect.
    Empty,
    /// Refuses every call with words of its own: `unimplemented!("later")`. A decision or a stub; what stood
    /// there before, and what is said of it, tell.
    Refusal,
    /// Returns a constant and ignores all its parameters.
    Constant,
}

/// The test code of a file that belongs to no test: imports, helpers, fixtures, macros. A test may come to something
/// else because of it though its own words are the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestFrame {
    /// Hash of its tokens, comments and layout left out.
    pub code: String,
    /// Number of assertions that syntax can see in it.
    pub assertions: u32,
}

/// Product code that asks whether it is under test, or by what build it runs where tests always run by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestFork {
    /// Its line.
    pub line: u32,
    /// The line as written, shortened.
    pub text: String,
    /// The function that it stands in, with its containers inside the file.
    pub item: Option<String>,
    /// Of `if cfg!(debug_assertions) { a } else { b }` or the same with a feature, the whole body of its function,
    /// the hashes of both blocks; empty for questions about tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<String>,
}

/// One test as declared in the source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestDecl {
    /// Name as the runner prints it below its file's module: `tests::parses`, `TestFoo.test_bar`, `suite > case`.
    pub name: String,
    /// First line, attributes included.
    pub line: u32,
    /// Last line, inclusive.
    pub end_line: u32,
    /// How it is kept from running, as written (`#[ignore = "slow"]`, `it.skip`), if it is.
    pub ignored: Option<String>,
    /// The reason given with it.
    pub ignore_reason: Option<String>,
    /// A condition on which it is compiled or collected, as written (`#[cfg(unix)]`, `skipif(...)`).
    pub condition: Option<String>,
    /// Hash of the body's tokens, comments and layout left out.
    pub body: String,
    /// Hash of all its tokens, attributes, decorators and signature included.
    #[serde(default)]
    pub written: String,
    /// Number of tokens in the body.
    pub body_tokens: u32,
    /// Number of assertions that syntax can see in the body.
    pub assertions: u32,
    /// True when one declaration makes several tests (rstest, parametrize, table macros), so that the
    /// runner's names are not known from syntax.
    pub generated: bool,
    /// Names that the body calls, without duplicates, in order of first use.
    pub calls: Vec<String>,
}

/// Whether a new or moved source file is part of anything that is built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reach {
    /// Path at head.
    pub path: String,
    /// What was found.
    pub state: ReachState,
    /// For a reached file what reaches it; for an unreached one everything that was looked at.
    pub looked_at: Vec<String>,
    /// Whether the file was already unreached at base.
    pub at_base: Option<ReachState>,
    /// True when the file holds test code only.
    pub test_code: bool,
    /// Number of tests declared in it.
    pub tests: u32,
}

/// What is known about a file's place in the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReachState {
    /// A target compiles it.
    Reached,
    /// Every way in was looked at, and there is none.
    Unreached,
    /// Cannot be said by syntax (a macro, a build script or generated code may include it).
    Unknown,
}
