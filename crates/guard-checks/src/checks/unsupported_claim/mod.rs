//! `unsupported-claim`: something definite was said of the change, it was looked for, and nothing was found.

use guard_model::{Claim, ClaimKind, ClaimVerdict, EvidenceItem, EvidenceKind, Level, Mode, SourceKind};

use crate::check::{Check, Draft, Group, Need};
use crate::claims;
use crate::context::Context;
use crate::text::{names, shorten};

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
    let mut drafts = additions(cx);
    drafts.extend(messages(cx));
    drafts
}

/// Messages that name much of which the change has nothing: they tell of another one, or something was left out of this.
fn messages(cx: &Context<'_>) -> Vec<Draft> {
    /// Names of code that are not there by chance.
    const MANY: usize = 4;
    claims::named_in_vain(cx.claims, cx.evidence, MANY)
        .into_iter()
        .map(|(place, all)| {
            let shown: Vec<&str> = all.iter().map(String::as_str).collect();
            let shown = names(&shown, MANY);
            let said = EvidenceItem::new(EvidenceKind::Session, format!("said at {place}"));
            Draft::new(
                Level::Warn,
                format!("what is said names {shown}, and the change has none of them"),
                said,
            )
            .identity(place)
            .help("was something left out of the change, or is this the message of another one?")
        })
        .collect()
}

/// Additions under names that stand nowhere.
fn additions(cx: &Context<'_>) -> Vec<Draft> {
    let mut groups: Vec<&str> = Vec::new();
    cx.claims
        .iter()
        .filter(|c| is_looked_for(c) && !is_squashed(cx, c))
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

/// Steps of a squashed message are often undone by later ones, without a word.
fn is_squashed(cx: &Context<'_>, claim: &Claim) -> bool {
    let told = cx.evidence.words.statements.iter().filter(|s| s.place == claim.source.place);
    claim.source.kind == SourceKind::Commit && told.into_iter().any(|s| claims::is_squash(&s.text))
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
