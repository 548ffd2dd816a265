//! What stands around a claim and puts it elsewhere: a lead-in above or before it, a remark behind it. What nothing of
//! the change shows is not held against such a one.

use guard_model::Claim;

use super::Facts;
use crate::claims::markdown;
use crate::claims::section::{self, Section};
use crate::claims::token;
use crate::text::words;

/// Whether the claim may be about something else than this change by what stands around it.
pub(super) fn is_set_aside(facts: &Facts<'_>, claim: &Claim) -> bool {
    has_remark(facts, claim) || is_led_elsewhere(facts, claim)
}

/// "Remove `x` (you)", "(see #44)", "by @someone": a remark at the end of its line that gives no reason.
fn has_remark(facts: &Facts<'_>, claim: &Claim) -> bool {
    const MOST: usize = 6;
    const REASONS: &str = "unused dead obsolete deprecated redundant duplicate duplicated superseded replaced legacy stale outdated because \
        since was were longer now";
    let own = facts.evidence.words.statements.iter().filter(|s| s.place == claim.source.place);
    let start: String = claim.text.chars().take(24).collect();
    let mut lines = own.flat_map(|s| s.text.lines()).filter(|l| l.contains(&start));
    lines.any(|line| {
        // Signs of urgency or of state: nobody knows which.
        let signed =
            line.trim_start_matches(['-', '*', ' ', '\t']).starts_with(['🔴', '🟠', '🟡', '⚪', '📌', '🔵']);
        let line = line.trim_end_matches([' ', '.']);
        let inside = line.strip_suffix(')').and_then(|l| l.rsplit_once('(')).map(|(_, inside)| inside);
        let remark = |inside: &str| {
            let words = words(inside);
            let number = inside.strip_prefix('#').is_some_and(|n| n.chars().all(|c| c.is_ascii_digit()));
            !number
                && words.len() <= MOST
                && !inside.contains('`')
                && !words.iter().any(|w| token::lists(REASONS, w))
        };
        signed || inside.is_some_and(remark) || line.contains(" by @")
    })
}

/// Whether a lead-in stands above or before the claim that calls it something else than a change: "Plan:", "Setup:".
fn is_led_elsewhere(facts: &Facts<'_>, claim: &Claim) -> bool {
    let told = |lead: &str| {
        let lead = lead.trim_matches(['*', '#', '-', ' ']);
        lead.ends_with(':')
            && !matches!(section::section(&[lead.to_owned()]), Section::Changes | Section::Testing)
    };
    let start: String = claim.text.chars().take(24).collect();
    let own = facts.evidence.words.statements.iter().filter(|s| s.place == claim.source.place);
    own.into_iter().any(|statement| {
        let pieces = markdown::pieces(&statement.text, false);
        let above =
            pieces.iter().filter(|p| p.text.contains(&start)).any(|p| p.under.iter().any(|u| told(u)));
        let mut lines = statement.text.lines().enumerate();
        let before = lines.any(|(i, line)| {
            let Some(at) = line.find(&start) else { return false };
            let lead = line[..at].to_lowercase();
            // "docs: update README.md" is how subjects begin.
            let subject =
                i == 0 && !["revert", "amend", "fixup", "squash"].iter().any(|w| lead.starts_with(w));
            !subject && told(&lead)
        });
        above || before
    })
}
