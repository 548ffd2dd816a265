//! "Added tests for `x`": whether those tests notice when `x` is broken, where mutants were run.

use guard_model::mutants::{Kill, MutantOutcome, MutantRecord};
use guard_model::{Claim, ClaimVerdict, EvidenceItem, EvidenceKind, Side};

use super::tests_added::topic;
use super::{Facts, Ruling};
use crate::identities::leaf;
use crate::text::{count, stem, words};

/// Mutants of a function that must have been measured before they say something of its tests.
const FEWEST: usize = 2;

/// Holds a ruling by declarations against the mutants of what the tests are said to be for.
pub(super) fn hold(facts: &Facts<'_>, claim: &Claim, ruling: Ruling, vague: bool) -> Ruling {
    let measured = of_subject(facts, claim);
    let Some(first) = measured.first().filter(|_| measured.len() >= FEWEST && !ruling.accuses()) else {
        return ruling;
    };
    let name = first.function.as_deref().unwrap_or_default();
    let noticed: Vec<&&MutantRecord> = measured.iter().filter(|m| is_noticed(m)).collect();
    let all = count(measured.len(), "mutant");
    let item = |said: String| {
        EvidenceItem::new(EvidenceKind::Mutant, said).at(Side::Head, first.path.clone(), Some(first.line))
    };
    if noticed.is_empty() {
        let are_asked = measured.iter().all(|m| m.with_doctests);
        let without_doctests = if are_asked { "" } else { " (doctests were not asked)" };
        return Ruling::unsupported(vec![item(format!(
            "no test looks at `{name}`: none of its {all} fails an assertion{without_doctests}"
        ))]);
    }
    let is_new = |id| facts.tests.declared(id, Side::Head).is_some_and(|d| facts.tests.is_new(&d));
    let by_new = noticed.iter().any(|m| m.caught_by.as_ref().is_some_and(is_new));
    let said = item(format!("tests notice {} of {all} of `{name}`", noticed.len()));
    match ruling.verdict {
        ClaimVerdict::Verified => {
            let mut ruling = ruling;
            ruling.evidence.push(said);
            ruling
        }
        _ if !ruling.looked && by_new && !vague && claim.scope.count.is_none() => Ruling::verified(said),
        _ => ruling,
    }
}

/// A crash of the code itself is no look at what it gives.
fn is_noticed(mutant: &MutantRecord) -> bool {
    match mutant.outcome {
        MutantOutcome::Caught => !matches!(mutant.caught_how, Some(Kill::Arithmetic | Kill::Crash)),
        MutantOutcome::Timeout => true,
        _ => false,
    }
}

/// The measured mutants of the one function that the claim says tests are for; none where some were not run.
fn of_subject<'e>(facts: &Facts<'e>, claim: &Claim) -> Vec<&'e MutantRecord> {
    use MutantOutcome::{Caught, Missed, NotRun, Timeout, Uncovered};
    let list = facts.evidence.lab.as_ref().and_then(|l| l.mutants.as_ref()).map_or(&[][..], |m| &m.list);
    let topic = topic(claim);
    let is_named = |function: &str| match claim.scope.symbols.as_slice() {
        [] => topic.as_ref().is_some_and(|t| {
            let name: Vec<String> = words(function).iter().map(|w| stem(w).to_owned()).collect();
            name == *t
        }),
        [one] => leaf(one) == function,
        _ => false,
    };
    let of: Vec<&MutantRecord> =
        list.iter().filter(|m| m.function.as_deref().is_some_and(|f| is_named(leaf(f)))).collect();
    let one_function = of.windows(2).all(|w| w[0].path == w[1].path && w[0].function == w[1].function);
    if !one_function || of.iter().any(|m| m.outcome == NotRun) {
        return Vec::new();
    }
    of.into_iter().filter(|m| matches!(m.outcome, Caught | Missed | Timeout | Uncovered)).collect()
}
