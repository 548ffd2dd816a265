//! Observing: git, agent transcripts, builds and tests become [`guard_model::Evidence`].
//!
//! - [`repo`]: the change, through git, without ever writing to the checked repository
//! - [`session`]: the agent's words and what its transcript shows
//! - [`sites`]: edits that repeat, and where they were not made
//! - [`pairs`]: references and what should follow them, from the policy and from comments
//! - [`policy`]: `guard.toml`, read from base
//! - [`lab`]: builds, test runs and the reality matrix, in a scratch area
//! - [`index`]: what stands in every source file of a tree
//! - [`copies`]: new functions that repeat what exists
//! - [`examples`]: the tests, helpers and implementations nearest to something
//! - [`recall`]: what earlier runs read of blobs and trees
//! - [`mutation`]: reports of other tools that test mutants
//! - [`default_features`]: tests whose features are on by default run unconditionally
//! - [`lines`]: the lines that changed, and where names stand in the rest of the tree
//! - [`results`]: what test runners print, as identities and outcomes
//!
//! Nothing here judges, prints, or looks at the process environment: what it needs to know of the
//! machine is passed in as [`Surroundings`].

pub mod copies;
pub mod default_features;
pub mod examples;
pub mod index;
pub mod lab;
pub mod lines;
pub mod mutation;
pub mod pairs;
pub mod policy;
pub mod reality;
pub mod recall;
pub mod repo;
pub mod results;
pub mod session;
pub mod sites;
pub mod sources;

mod progress;
mod remove;
mod surroundings;
mod texts;

pub use progress::{Progress, Quiet};
pub use surroundings::Surroundings;
pub use texts::Texts;
