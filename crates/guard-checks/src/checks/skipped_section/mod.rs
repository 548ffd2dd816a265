//! `skipped-section`: places of a claimed edit that were left alone.

use std::collections::BTreeSet;

use guard_model::report::Certainty;
use guard_model::{EvidenceItem, EvidenceKind, Level, Mode, Side};

use crate::check::{Check, Draft, Group, Need};
use crate::context::Context;
use crate::sites::{Cover, Covered, Repeated, Residual};
use crate::text::count;

pub(super) const CHECK: Check = Check {
    name: "skipped-section",
    group: Group::Claims,
    summary: "places of a claimed edit that were left alone",
    default_level: Level::Warn,
    needs: &[Need::Syntax],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

/// Certainty from which a place is named by itself.
const SURE: Certainty = Certainty::percent(87);
/// The same when the words say "all".
const SURE_OF_ALL: Certainty = Certainty::percent(80);
/// Certainty from which a claim of "all" is denied.
const VERY_SURE: Certainty = Certainty::percent(95);
/// Places that one finding lists.
const LISTED: usize = 12;

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let mut known = BTreeSet::new();
    let mut drafts = Vec::new();
    for repeated in cx.sites.iter().flatten() {
        let new: Vec<Residual<'_>> = repeated
            .residual
            .iter()
            .filter(|r| known.insert((r.site.path.as_str(), r.site.line)))
            .copied()
            .collect();
        if new.is_empty() {
            continue;
        }
        let covered = repeated.covered(cx);
        let enough = match &covered {
            Some(Covered { how: Cover::All, .. }) => SURE_OF_ALL,
            _ => SURE,
        };
        // A word of prose may well be another thing's; that it was meant, the words have to say themselves.
        let meant = |r: &Residual<'_>| r.site.in_code || covered.as_ref().is_none_or(|c| c.tells_exchange);
        // An edit that takes no name away and cannot be read is nothing that words speak of.
        let is_told = !repeated.is_open
            && (repeated.pattern.example.is_none() || !repeated.pattern.old_names.is_empty());
        let (sure, unsure): (Vec<_>, Vec<_>) =
            new.into_iter().partition(|r| r.certainty >= enough && meant(r) && is_told);
        match covered {
            Some(covered) if covered.how == Cover::Hedged => {
                let all: Vec<_> = sure.into_iter().chain(unsure).collect();
                drafts.extend(listed(Level::Warn, repeated, &all, Some(&covered)));
            }
            Some(covered) => {
                drafts.extend(sure.iter().map(|r| accusation(repeated, r, &covered)));
                drafts.extend(listed(Level::Note, repeated, &unsure, Some(&covered)));
            }
            None => {
                let all: Vec<_> = sure.into_iter().chain(unsure).collect();
                drafts.extend(listed(Level::Note, repeated, &all, None));
            }
        }
    }
    drafts
}

fn accusation(repeated: &Repeated<'_>, residual: &Residual<'_>, covered: &Covered<'_>) -> Draft {
    let level = match covered.how {
        Cover::All if covered.handed_over && residual.certainty >= VERY_SURE => Level::Deny,
        _ => Level::Warn,
    };
    let message = format!("{}; this one was not", done_of(repeated));
    place(Draft::new(level, message, words(covered)), repeated, residual)
        .because(EvidenceItem::new(EvidenceKind::Diff, edit(repeated)))
        .help("make the same edit here, or say why this place stays as it is")
}

/// One finding for all places: those that nobody claimed, that are not sure, or that the words admit.
fn listed(
    level: Level,
    repeated: &Repeated<'_>,
    all: &[Residual<'_>],
    covered: Option<&Covered<'_>>,
) -> Option<Draft> {
    let first = all.first()?;
    let message = match all.len() {
        1 => format!("{}; one place looks the same and was not", done_of(repeated)),
        n => format!("{}; {} look the same and were not", done_of(repeated), count(n, "place")),
    };
    let evidence = covered.map_or_else(|| EvidenceItem::new(EvidenceKind::Diff, edit(repeated)), words);
    let others = all.iter().skip(1).take(LISTED).map(|r| {
        EvidenceItem::new(EvidenceKind::Site, "the same form".to_owned()).at(
            Side::Head,
            r.site.path.clone(),
            Some(r.site.line),
        )
    });
    Some(place(Draft::new(level, message, evidence), repeated, first).because_all(others))
}

fn place(draft: Draft, repeated: &Repeated<'_>, residual: &Residual<'_>) -> Draft {
    let site = residual.site;
    let item = site.item.as_deref().unwrap_or_default();
    let pattern = repeated.pattern;
    let edit = became([&pattern.before, &pattern.after]);
    draft.at(Side::Head, site.path.clone(), Some(site.line)).identity(format!("{edit} in {item}"))
}

fn edit(repeated: &Repeated<'_>) -> String {
    became(repeated.pattern.shown())
}

fn became(sides: [&str; 2]) -> String {
    match sides {
        [before, ""] => format!("`{before}` was removed"),
        [before, after] => format!("`{before}` became `{after}`"),
    }
}

fn done_of(repeated: &Repeated<'_>) -> String {
    let total = repeated.done + repeated.residual.len();
    let [before, _] = repeated.pattern.shown();
    let of = if repeated.pattern.example.is_some() { "like" } else { "of" };
    format!("{} of {total} places {of} `{before}` were changed", repeated.done)
}

fn words(covered: &Covered<'_>) -> EvidenceItem {
    EvidenceItem::new(EvidenceKind::Session, format!("{}: \"{}\"", covered.place, covered.text.trim()))
}
