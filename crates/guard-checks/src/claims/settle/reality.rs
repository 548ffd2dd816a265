//! What was written, held against what its words promise: tests of a size against the limit that they never
//! reach, a finished port against the functions that nobody calls, a number of all tests against head's.

mod callers;
mod extent;
mod totals;

use guard_model::{Claim, Evidence};

pub(in crate::claims) use totals::risen;

use super::{Facts, Ruling};
use crate::claims::WantedReality;

/// What `claims` make worth measuring.
pub(in crate::claims) fn wanted(claims: &[Claim], evidence: &Evidence) -> WantedReality {
    let sized = claims.iter().any(extent::is_sized);
    let finished: Vec<&Claim> = claims.iter().filter(|c| callers::is_about_use(c)).collect();
    let mut wanted = WantedReality { census: claims.iter().any(totals::is_about_all), ..Default::default() };
    if !sized && finished.is_empty() {
        return wanted;
    }
    let facts = Facts::of(evidence);
    if sized {
        wanted.tests = extent::tests(&facts).map(|t| (t.path.to_owned(), t.decl.line)).collect();
    }
    for claim in finished {
        let meant = callers::meant(&facts, claim);
        wanted.functions.extend(meant.into_iter().map(|(file, item)| (file.path.clone(), item.line)));
    }
    wanted.functions.sort_unstable();
    wanted.functions.dedup();
    wanted
}

/// The ruling that the measured code gives.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    extent::shown(facts, claim)
        .or_else(|| callers::shown(facts, claim))
        .or_else(|| totals::shown(facts, claim))
}
