//! What judging will want to know, so that nothing is run that nobody asks for.

use guard_model::{Claim, ClaimKind, Evidence, Level, Policy};

use crate::identities::Identities;
use crate::said::Said;
use crate::{Need, registry, speed};

/// Evidence beyond head's own build and tests that this change and policy ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wants {
    /// Base's own outcome: something is said to have been so before.
    pub base: bool,
    /// Tests of one side on the code of the other.
    pub cells: bool,
    /// The policy's benchmarks: a figure of speed is said.
    pub benches: bool,
    /// Linters: something is said of them.
    pub lints: bool,
    /// Mutants of the changed code.
    pub mutants: bool,
}

/// Whether a number of added tests is said that is not the number of new declarations: a module that the change
/// wires up brings tests to life that were written long ago, and only the runs of both sides count those.
fn is_count_open(claims: &[Claim], evidence: &Evidence) -> bool {
    let mut said =
        claims.iter().filter(|c| c.kind == ClaimKind::TestAdded).filter_map(|c| c.scope.count).peekable();
    said.peek().is_some() && {
        let declared = Identities::of(evidence).live.len() as u64;
        said.any(|n| n > declared)
    }
}

/// Whether edits that repeat are to be looked for: nobody asks for what the policy allows.
pub fn wants_sites(policy: &Policy) -> bool {
    ["skipped-section", "contradicted-claim"].iter().any(|check| is_on(policy, check))
}

/// Whether new functions are to be looked for in the rest of the tree.
pub fn wants_copies(policy: &Policy) -> bool {
    is_on(policy, "duplicated-helper")
}

fn is_on(policy: &Policy, check: &str) -> bool {
    policy.levels.get(check) != Some(&Level::Allow)
}

/// What the lab should measure for what `claims` say of `evidence`, which has everything but the lab's part.
pub fn wants(claims: &[Claim], evidence: &Evidence) -> Wants {
    let about_base = |kind| matches!(kind, ClaimKind::PreExisting | ClaimKind::Flaky);
    let is_on = |name: &str| is_on(&evidence.policy, name);
    let needs_cell = |needs: &[Need]| needs.iter().any(|n| matches!(n, Need::OldOnNew | Need::NewOnOld));
    let speeds = speed::claims(claims, &Said::of(evidence));
    Wants {
        base: claims.iter().any(|c| about_base(c.kind)) || is_count_open(claims, evidence),
        cells: registry().iter().any(|c| needs_cell(c.needs) && is_on(c.name)),
        benches: !speeds.is_empty() && is_on("unmeasured-speedup"),
        lints: claims.iter().any(crate::claims::is_of_known_linter),
        mutants: registry()
            .iter()
            .any(|c| c.needs.contains(&Need::Mutants) && is_on(c.name) && evidence.mode >= c.first_mode),
    }
}
