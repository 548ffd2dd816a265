//! Whether code is what its name says: how large a test's input gets against the limit of what it tests, and
//! who may call a new function.
//!
//! - [`extents`]: sizes written out in tests, and comparisons that refuse what is larger.
//! - [`callable`]: functions that something may call without naming them.
//! - [`mentions`]: which lines of a file speak of a name in code.

mod arithmetic;
pub mod callable;
pub mod extents;
mod inputs;
mod leaves;
mod limits;
pub mod mentions;
