//! Judges what was collected: ([`Evidence`], [`Policy`]) → [`Report`].
//!
//! Judging is pure: no file, no clock, no environment. The same evidence always gives the same report,
//! and evidence kept on disk can be judged again under another policy.
//!
//! - [`claims`] reads the agent's words and settles what they assert;
//! - `checks/` has one folder a check: the code, and a README that is both the user's documentation and
//!   the test suite;
//! - [`judge`](judge()) runs them all, merges findings about one fact, applies levels and suppressions, and decides
//!   the verdict.
//!
//! Invariant: no evidence, no finding. Missing evidence is never a pass.

pub mod claims;

mod check;
mod checks;
mod context;
mod fingerprint;
mod head_build;
mod identities;
mod judge;
mod parts;
mod placeholders;
mod said;
mod shown;
mod sites;
mod speed;
mod summary;
mod suppress;
mod text;
mod transcript;
mod twins;
mod verdict;
mod wants;

pub use check::{Check, Draft, Fact, Group, Lines, Need};
pub use context::Context;
pub use judge::{judge, judge_by};
pub use sites::{Weighed, questions, weigh};
pub use wants::{Wants, wants, wants_copies, wants_sites};

#[expect(unused_imports, reason = "named by the documentation above")]
use guard_model::{Evidence, Policy, Report};

/// All checks, sorted by name.
pub fn registry() -> &'static [Check] {
    checks::REGISTRY
}
