//! `unsupported-claim`: something definite was said of the change, it was looked for, and nothing was found.

use guard_model::{Claim, ClaimKind, ClaimVerdict, EvidenceItem, EvidenceKind, Level, Mode, SourceKind};

use crate::check::{Check, Draft, Group, Need};
use crate::context::Context;
use crate::text::shorten;

pub(super) const CHECK: Check = Check {
    name: "unsupported-claim",
    group: Group::Claims,
    summary: "something definite said of the change that is nowhere to be found",
    default_level: Level::Warn,
    needs: &[Need::Words],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let mut groups: Vec<&str> = Vec::new();
    cx.claims
        .iter()
        .filter(|c| is_looked_for(c))
        .filter(|c| match c.group.as_deref() {
            Some(group) if groups.contains(&group) => false,
            group => {
                groups.extend(group);
                true
            }
        })
        .map(|claim| {
            let shown = claim.evidence.first().map_or("nothing was found for it", |e| e.message.as_str());
            let said = EvidenceItem::new(
                EvidenceKind::Session,
                format!("said at {}: \"{}\"", claim.source.place, shorten(&claim.text, 120)),
            );
            Draft::new(Level::Warn, format!("\"{}\" is said; {shown}", shorten(&claim.text, 80)), said)
                .because_all(claim.evidence.iter().cloned())
                .answers(Some(claim))
                .identity(shorten(&claim.text, 120))
                .help("name what was added as the code names it, or take the statement back")
        })
        .collect()
}

/// Additions whose name was searched for at head and stands nowhere. Everything else that is not supported
/// may well be true.
fn is_looked_for(claim: &Claim) -> bool {
    let nowhere = claim.evidence.iter().any(|e| e.kind == EvidenceKind::Diff && e.path.is_none());
    claim.verdict == ClaimVerdict::Unsupported
        && claim.looked
        && claim.kind == ClaimKind::Add
        && claim.source.kind != SourceKind::Todo
        && nowhere
}
