//! `stale-twin`: one of a pair changed, the other not.

use guard_model::{DriftPoint, EvidenceItem, EvidenceKind, Grade, Level, Mode, PairEvidence, Side};

use crate::check::{Check, Draft, Group, Need};
use crate::context::Context;
use crate::twins;

pub(super) const CHECK: Check = Check {
    name: "stale-twin",
    group: Group::Drift,
    summary: "one of a pair changed, the other not",
    default_level: Level::Warn,
    needs: &[Need::Syntax],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

/// Points that one finding shows.
const SHOWN: usize = 6;

/// In a commit's message: the other side is left alone on purpose.
const LEFT_ALONE: &str = "NO_IFTTT=";

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let one_side = |pair: &&PairEvidence| pair.reference_changed && !pair.implementation_changed;
    cx.evidence.pairs.iter().filter(one_side).filter_map(|pair| of_pair(cx, pair)).collect()
}

fn of_pair(cx: &Context<'_>, pair: &PairEvidence) -> Option<Draft> {
    let (reference, implementation) = (&pair.pair.reference, &pair.pair.implementation);
    let identity = format!("{} and {}", twins::name(reference), twins::name(implementation));
    if twins::is_together(pair) {
        let excused = |message: &str| message.lines().any(|line| line.trim_start().starts_with(LEFT_ALONE));
        if cx.evidence.change.commits.iter().any(|commit| excused(&commit.message)) {
            return None;
        }
        let message =
            format!("{} was edited and {} was not", twins::name(reference), twins::name(implementation));
        let draft = Draft::new(Level::Warn, message, twins::said(pair)).identity(identity);
        return Some(
            draft.at(Side::Head, reference.path.clone(), (reference.line, reference.end_line)).help(
                "edit the other side too, or say why not in a line `NO_IFTTT=reason` of the commit message",
            ),
        );
    }
    let new: Vec<&DriftPoint> =
        pair.pair.points.iter().filter(|point| point.new && point.grade == Grade::Drift).collect();
    let first = new.first()?;
    let message = format!(
        "{} was edited and {} did not get the edit: {}",
        twins::name(reference),
        twins::name(implementation),
        first.message
    );
    let points = new.iter().take(SHOWN).map(|point| {
        let words = format!("{}: {}", point.kind.words(), point.message);
        EvidenceItem::new(EvidenceKind::Pair, words).at(Side::Head, reference.path.clone(), point.ref_line)
    });
    Some(
        Draft::new(Level::Warn, message, twins::said(pair))
            .because_all(points)
            .at(
                Side::Head,
                implementation.path.clone(),
                (first.line.unwrap_or(1), first.end_line.unwrap_or(1)),
            )
            .identity(identity)
            .help("make the same edit here, or accept the difference with `guard drift --accept`"),
    )
}
