//! `drifted-implementation`: an implementation that differs from its reference.

use guard_model::{
    DriftPoint, EvidenceItem, EvidenceKind, Grade, Level, Mode, PairEvidence, PairOrigin, Side,
};

use crate::check::{Check, Draft, Group, Need};
use crate::context::Context;
use crate::text::count;
use crate::{fingerprint, twins};

pub(super) const CHECK: Check = Check {
    name: "drifted-implementation",
    group: Group::Drift,
    summary: "an implementation that differs from its reference",
    default_level: Level::Warn,
    needs: &[Need::Syntax],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

/// Points of one pair that are named one by one.
const MOST: usize = 12;

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let pairs =
        cx.evidence.pairs.iter().filter(|pair| pair.implementation_changed && !twins::is_together(pair));
    pairs.flat_map(|pair| of_pair(cx, pair)).collect()
}

fn of_pair(cx: &Context<'_>, pair: &PairEvidence) -> Vec<Draft> {
    let new: Vec<&DriftPoint> = pair.pair.points.iter().filter(|point| point.new).collect();
    let mut drafts: Vec<Draft> = new.iter().take(MOST).map(|point| of_point(cx, pair, point)).collect();
    if let Some(first) = new.get(MOST) {
        let rest = &new[MOST..];
        let level = rest.iter().map(|point| level(pair, point.grade)).max().unwrap_or(Level::Note);
        let message = format!(
            "{} in which it differs from {}",
            count(rest.len(), "more point"),
            twins::name(&pair.pair.reference)
        );
        drafts.push(
            Draft::new(level, message, twins::said(pair))
                .at(Side::Head, pair.pair.implementation.path.clone(), first.line)
                .identity(format!("more in {}", twins::name(&pair.pair.implementation))),
        );
    }
    drafts
}

fn of_point(cx: &Context<'_>, pair: &PairEvidence, point: &DriftPoint) -> Draft {
    let (reference, implementation) = (&pair.pair.reference, &pair.pair.implementation);
    let identity = format!("{} {} {}", point.kind.words(), twins::name(reference), point.message);
    let print = fingerprint::of(CHECK.name, Some(&implementation.path), &identity);
    let mut weight = level(pair, point.grade);
    let edits = cx.evidence.head_policy.iter().flat_map(|edit| &edit.policy);
    let mut all = edits.flat_map(|policy| &policy.suppressions);
    let accepted = all.find(|it| it.check == CHECK.name && it.fingerprint.as_ref() == Some(&print));
    if accepted.is_some() {
        weight = weight.min(Level::Warn);
    }
    let message =
        format!("{}: {} (reference: {})", point.kind.words(), point.message, twins::name(reference));
    let there = EvidenceItem::new(EvidenceKind::Pair, "the reference".to_owned()).at(
        Side::Head,
        reference.path.clone(),
        point.ref_line,
    );
    let help = match point.grade {
        Grade::Drift => "do as the reference does, or accept the difference with `guard drift --accept`",
        _ => "say once that this is meant: `guard drift --accept` writes it into guard.toml",
    };
    let mut draft = Draft::new(weight, message, there)
        .because(twins::said(pair))
        .at(Side::Head, implementation.path.clone(), (point.line.unwrap_or(1), point.end_line.unwrap_or(1)))
        .identity(identity)
        .help(help);
    if let Some(it) = accepted {
        let words = format!("accepted in this change, which takes effect once it is on base: {}", it.reason);
        draft = draft.because(EvidenceItem::new(EvidenceKind::Diff, words));
    }
    draft
}

fn level(pair: &PairEvidence, grade: Grade) -> Level {
    match (pair.origin, grade) {
        (PairOrigin::Declared, Grade::Drift) => Level::Deny,
        (PairOrigin::Declared, _) | (_, Grade::Drift) => Level::Warn,
        _ => Level::Note,
    }
}
