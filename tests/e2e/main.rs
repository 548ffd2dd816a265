//! The real binary on real repositories, end to end. One file a topic, one sentence a test.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod agent_hooks;
mod bad_input;
mod bounds;
mod change;
mod ci;
mod commands;
mod docs;
mod doctor;
mod drift;
mod examples;
mod init;
mod lab;
mod learned;
mod mutants;
mod mutants_kept;
mod mutation_reports;
mod project;
mod recorded_hooks;
mod shards;
mod speed;
mod stories;
