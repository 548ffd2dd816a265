//! One mutant: a small change of the code that a test should notice.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A small change of one place of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mutant {
    /// File, relative to the repository root.
    pub path: String,
    /// What kind of change.
    pub operator: Operator,
    /// The function it is in, where it is in one.
    pub function: Option<Function>,
    /// The text that is replaced, in bytes of the file.
    pub span: Range<usize>,
    /// Where it begins.
    pub start: LineColumn,
    /// Where it ends (exclusive).
    pub end: LineColumn,
    /// What stands at `span` in the mutant, as source text.
    pub replacement: String,
    /// The change in words: "replace < with <= in parse".
    pub description: String,
    /// How it is put beside the original.
    pub edit: Edit,
    /// Whether it can be switched on while the program runs.
    pub switch: Switch,
}

/// A place in a text, both counted from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LineColumn {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// A function with a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its name with what it belongs to: `<impl Display for Error>::fmt`, `module::parse`.
    pub name: String,
    /// Its return type as written, with the arrow; empty when it returns nothing.
    pub return_type: String,
    /// All of it in bytes of the file: attributes, signature, body.
    pub span: Range<usize>,
    /// Its body with the braces.
    pub body: Range<usize>,
    /// Where its first statement may stand: behind the brace and inner attributes.
    pub inside: usize,
    /// Whether it is a `const fn`.
    pub is_const: bool,
    /// Where its type is `impl Iterator`: the expressions that give the iterator, as ranges of the file.
    pub gives: Vec<Range<usize>>,
}

/// How the change stands beside the original code, so that a switch decides between them. Every text
/// is one line, so that lines stay where they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edit {
    /// The expression at this range becomes `text`, a whole expression that needs no parentheses
    /// of its own inside.
    Expression {
        /// The original.
        at: Range<usize>,
        /// The mutant.
        text: String,
    },
    /// The statement at this range, its semicolon included, becomes `text`; empty when it is left out.
    Statement {
        /// The original.
        at: Range<usize>,
        /// The mutant.
        text: String,
    },
    /// The function returns this value at once.
    Value {
        /// The value, an expression.
        text: String,
    },
    /// The match arm never matches.
    Arm {
        /// Where its pattern ends.
        pattern_end: usize,
        /// The condition behind `if`, where it has one.
        guard: Option<Range<usize>>,
    },
}

/// Whether a mutant can be switched on in the running program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Switch {
    /// In ordinary code.
    Runtime,
    /// In a `const fn`, which the compiler may evaluate, too.
    ConstFn,
    /// Only by a build of its own; why.
    Never(String),
}

/// The kinds of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// The whole body gives a fixed value (cargo-mutants: `FnValue`).
    FunctionValue,
    /// Another binary operator (`BinaryOperator`), compound assignments included.
    BinaryOperator,
    /// `!` or `-` left out (`UnaryOperator`).
    UnaryOperator,
    /// A match arm left out (`MatchArm`).
    MatchArm,
    /// A match arm's condition is always true or false (`MatchArmGuard`).
    MatchArmGuard,
    /// A field left out of a literal with a base (`StructField`).
    StructField,
    /// A call or assignment left out.
    StatementDeletion,
    /// The condition of an `if` or `while` is always true or false.
    Condition,
    /// A literal at or beside a boundary.
    Literal,
    /// A `?` or an early return left out.
    EarlyReturn,
    /// Two arguments of the same type swapped.
    ArgumentSwap,
    /// `..` for `..=` and the other way round.
    RangeEnd,
}

impl Operator {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Operator::FunctionValue => "function-value",
            Operator::BinaryOperator => "binary-operator",
            Operator::UnaryOperator => "unary-operator",
            Operator::MatchArm => "match-arm",
            Operator::MatchArmGuard => "match-arm-guard",
            Operator::StructField => "struct-field",
            Operator::StatementDeletion => "statement-deletion",
            Operator::Condition => "condition",
            Operator::Literal => "literal",
            Operator::EarlyReturn => "early-return",
            Operator::ArgumentSwap => "argument-swap",
            Operator::RangeEnd => "range-end",
        }
    }
}
