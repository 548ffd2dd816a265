//! Statements about the same thing share a group and a verdict.

use std::collections::HashMap;

use guard_model::{Claim, ClaimKind, ClaimVerdict};

use crate::claims::token::{self, Kind, lists};
use crate::text::stem;

/// Puts claims that say the same into groups, and gives each group one verdict.
pub(super) fn group(claims: &mut [Claim]) {
    let mut members: HashMap<String, Vec<usize>> = HashMap::new();
    for (i, claim) in claims.iter().enumerate() {
        members.entry(key(claim)).or_default().push(i);
    }
    let mut groups: Vec<Vec<usize>> = members.into_values().filter(|m| m.len() > 1).collect();
    groups.sort_unstable();
    for (n, group) in groups.into_iter().enumerate() {
        let Some(strongest) =
            group.iter().copied().max_by_key(|i| (weight(claims[*i].verdict), std::cmp::Reverse(*i)))
        else {
            continue;
        };
        let model = claims[strongest].clone();
        for i in group {
            let claim = &mut claims[i];
            claim.group = Some(format!("g{}", n + 1));
            if claim.verdict != model.verdict {
                claim.verdict = model.verdict;
                claim.looked = model.looked;
                claim.done = model.done;
                claim.total = model.total;
                claim.evidence.clone_from(&model.evidence);
            }
        }
    }
}

/// Which verdict speaks for the group: one that rests on more evidence.
fn weight(verdict: ClaimVerdict) -> u8 {
    match verdict {
        ClaimVerdict::NotCheckable => 0,
        ClaimVerdict::Unsupported => 1,
        ClaimVerdict::Verified => 2,
        ClaimVerdict::Partial => 3,
        ClaimVerdict::Contradicted => 4,
    }
}

/// What a claim says, without how it says it: kind, number and the stems of its words that matter.
fn key(claim: &Claim) -> String {
    const IDLE: &str = "the a an i we i've we've have has been was were is are now also this commit pr change \
        successfully of to for in and all with on continue existing still";
    // "All tests pass" in ten wordings is one statement.
    const OUTCOME: &str = "pass passes passing passed green test tests succeed succeeds succeeded full suite clean cleanly \
        successfully everything";
    let result = matches!(claim.kind, ClaimKind::TestResult | ClaimKind::BuildResult | ClaimKind::LintResult);
    let tokens = token::tokens(&claim.text);
    let mut words: Vec<String> = tokens
        .iter()
        .filter(|t| {
            matches!(t.kind, Kind::Word | Kind::Code | Kind::Number)
                && !lists(IDLE, t.lower.as_str())
                && !(result && t.any(OUTCOME))
        })
        .map(|t| {
            if t.kind == Kind::Word {
                stem(t.lower.trim_end_matches("()")).to_owned()
            } else {
                t.lower.trim_end_matches("()").to_owned()
            }
        })
        .collect();
    words.sort_unstable();
    words.dedup();
    let all = claim.text.to_lowercase().contains("all ");
    format!(
        "{:?} {:?} {} {} {}",
        claim.kind,
        claim.scope.count,
        !result && all,
        claim.scope.paths.join(" "),
        words.join(" ")
    )
}
