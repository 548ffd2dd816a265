//! `guard`: holds what a coding agent says against reality.
//!
//! [`pipeline`] is the main job in one readable function; [`cli`] is what can be asked for;
//! [`commands`] answers it; [`render`] prints reports. Everything else lies in the other crates:
//! `guard-collect` observes, `guard-checks` judges, `guard-exec` runs children, `guard-syntax` reads
//! source, `guard-model` has the words.

pub mod cli;
pub mod commands;
pub mod pipeline;
pub mod presets;
pub mod progress;
pub mod render;
pub mod roles;
pub mod terminal;
