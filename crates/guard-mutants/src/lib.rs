//! Mutants of the changed lines: found in the syntax tree, woven into one build behind switches, and
//! each run against the tests that reach it.

pub mod added;
pub mod alone;
pub mod find;
pub mod libtest;
pub mod mutant;
pub mod others;
pub mod plan;
pub mod reach;
pub mod runner;
pub mod scope;
pub mod weave;
pub mod work;
pub mod wrapper;

pub use mutant::{Edit, Function, LineColumn, Mutant, Operator, Switch};
