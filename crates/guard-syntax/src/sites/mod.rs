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
//! - `beside`: where the new form was put beside the old one
//! - `names`: what a file knows of the names of an edit
//! - `rewrite`: what a place would become
//! - `show`: patterns for people
//! - `structural`: patterns for ast-grep

mod align;
mod beside;
mod edits;
mod find;
mod gather;
mod names;
mod pattern;
mod rewrite;
mod scan;
mod show;
mod structural;

pub use gather::{Changed, Found, Learned, in_changed, in_unchanged, learn};
pub use pattern::Pattern;
