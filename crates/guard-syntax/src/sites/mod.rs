//! Edits that repeat: what a change did in many places, and where it could have done the same.
//!
//! [`learn`] aligns both sides of every changed file token by token, reduces hunks to small
//! before→after edits and generalises those that agree into a [`Pattern`]: what is constant stays, what
//! varies becomes a slot, and context is added until the before side says by itself what it is about.
//! [`in_changed`] and [`in_unchanged`] give the places where a before side stood or stands. Whether a
//! place was left out or left alone for a reason is not decided here.
//!
//! - `scan`: a lexer for all languages
//! - `align`: which tokens of two pieces of code are the same ones
//! - `edits`: hunks → edits
//! - `pattern`: edits that agree → patterns
//! - `find`: where a pattern's before side stands
//! - `gather`: texts → evidence
//! - `show`: patterns for people

mod align;
mod edits;
mod find;
mod gather;
mod pattern;
mod scan;
mod show;

pub use gather::{Changed, Found, Learned, in_changed, in_unchanged, learn};
pub use pattern::Pattern;
