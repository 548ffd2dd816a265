//! The tests, helpers and implementations nearest to something: what to read before writing another one.
//!
//! `query` makes features of what is asked for, `rank` weighs what entries of the index share with them. A feature weighs
//! more the fewer entries have it (inverse document frequency), and more in a name than in a body. `precedent` puts tests in
//! order: what a new one will be like is told best by its name.

mod place;
mod precedent;
mod query;
mod rank;

use guard_model::examples::Examples;

pub use query::Query;

use crate::index::Index;

/// How much is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Examples of each list at most.
    pub limit: usize,
}

/// The examples nearest to `query`.
pub fn nearest(index: &Index, query: Query, wanted: Wanted) -> Examples {
    let found = rank::rank(index, &query, wanted);
    Examples {
        asked: query.asked,
        files: index.files().len() as u64,
        tests: found.tests,
        helpers: found.helpers,
        implementations: found.implementations,
        ..Examples::default()
    }
}

#[cfg(test)]
mod tests;
