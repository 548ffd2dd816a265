//! Mutants of the changed lines: found in the syntax tree, woven into one build behind switches, and
//! each run against the tests that reach it.

pub mod mutant;

pub use mutant::{Edit, Function, LineColumn, Mutant, Operator, Switch};
