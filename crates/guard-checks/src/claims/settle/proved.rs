//! "A regression test that fails without the fix": held against the run of the new tests on base's code.

use guard_model::lab::{CellOutcome, CellResult};
use guard_model::{Claim, EvidenceItem, EvidenceKind, Side};

use super::{Facts, Ruling};
use crate::claims::token::{self, Token};
use crate::identities::leaf;

/// The ruling in place of one that only knows that the test is there.
pub(super) fn held(facts: &Facts<'_>, claim: &Claim, ruling: &Ruling) -> Option<Ruling> {
    if ruling.accuses() || !says_that_it_fails(&token::tokens(&claim.text)) {
        return None;
    }
    let cell = facts.evidence.lab.as_ref().and_then(|l| l.new_tests_on_old_code.as_ref());
    let Some(cell) = cell.filter(|c| c.gap.is_none()) else {
        return Some(Ruling::unseen(Vec::new()));
    };
    let is_new =
        |r: &&CellResult| facts.tests.added.iter().any(|t| t.path == r.path && t.leaf() == leaf(&r.id.name));
    let is_named = |r: &&CellResult| claim.scope.symbols.iter().any(|s| leaf(s) == leaf(&r.id.name));
    let mut meant: Vec<&CellResult> = cell.results.iter().filter(is_named).collect();
    if meant.is_empty() {
        meant = cell.results.iter().filter(is_new).collect();
    }
    let first = meant.first()?;
    let item = |r: &CellResult, does: &str| {
        EvidenceItem::new(EvidenceKind::Test, format!("`{}` {does} on base's code", r.id)).at(
            Side::Head,
            &r.path,
            r.line,
        )
    };
    if let Some(red) = meant.iter().find(|r| r.outcome == CellOutcome::Failed) {
        return Some(Ruling::verified(item(red, "fails")));
    }
    if meant.iter().all(|r| r.outcome == CellOutcome::Passed) {
        return Some(Ruling::contradicted(vec![item(first, "passes")]));
    }
    Some(Ruling::unsupported(vec![item(first, "does not compile or start")]))
}

/// "fails without the fix", "failed on the old code", "fails before this change".
fn says_that_it_fails(tokens: &[Token<'_>]) -> bool {
    const WITHOUT: &str = "without before on against prior";
    const OLD: &str = "fix fixes change patch base main master old previous former commit it this";
    let fails = tokens.iter().position(|t| t.any("fail fails failed failing red"));
    fails.is_some_and(|at| {
        let behind = &tokens[at + 1..tokens.len().min(at + 6)];
        let without = behind.iter().position(|t| t.any(WITHOUT));
        let test = tokens[..at].iter().any(|t| t.any("test tests"));
        test && without.is_some_and(|w| w <= 1 && behind[w + 1..].iter().any(|t| t.any(OLD)))
    })
}
