//! Reads what agents and people said and what transcripts show was done: one reader per format,
//! all of them filling [`guard_model::words::Words`].

pub mod commands;
mod json;
mod lines;
mod output;
