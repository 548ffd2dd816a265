//! Claims of speed, by the benchmarks that guard ran itself.

use guard_model::{Claim, ClaimVerdict};

use super::{Facts, Ruling};
use crate::said::Said;
use crate::speed;

pub(super) fn rule(facts: &Facts<'_>, claim: &Claim) -> Ruling {
    let benches = facts.evidence.lab.as_ref().map(|l| l.benches.as_slice()).unwrap_or_default();
    if benches.is_empty() {
        return Ruling::unseen(Vec::new());
    }
    let near = speed::about(claim, benches);
    let figure = speed::of(claim, &Said::of(facts.evidence));
    match figure.and_then(|figure| speed::measured(&figure, &near)) {
        Some(found) => {
            let verdict = if found.holds { ClaimVerdict::Verified } else { ClaimVerdict::Contradicted };
            Ruling::new(verdict, vec![speed::evidence(found.bench, found.case)])
        }
        None => Ruling::unseen(Vec::new()),
    }
}
