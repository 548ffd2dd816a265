//! `hedged-completion`: done, but "the most critical ones": with the list of what is left.

use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, Level, Mode, SourceKind, Task, TaskStatus};

use crate::check::{Check, Draft, Group, Need};
use crate::claims;
use crate::context::Context;
use crate::text::{count, names, shorten};

pub(super) const CHECK: Check = Check {
    name: "hedged-completion",
    group: Group::Claims,
    summary: "done, but only \"the most critical ones\"",
    default_level: Level::Warn,
    needs: &[Need::Words],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let hedges = cx.claim_groups(ClaimKind::Hedge).into_iter();
    hedges.filter(|c| c.source.kind != SourceKind::Todo).filter_map(|c| draft(cx, c)).collect()
}

fn draft(cx: &Context<'_>, claim: &Claim) -> Option<Draft> {
    let left: Vec<&Task> = cx.evidence.words.tasks.iter().filter(|t| is_left(t)).collect();
    let cut_short = claims::cuts_short(&claim.text);
    // Who says "for now" tells openly what is to come; only with open tasks is it worth a line.
    if !cut_short && left.is_empty() {
        return None;
    }
    let level = if cut_short { Level::Warn } else { Level::Note };
    let said = EvidenceItem::new(
        EvidenceKind::Session,
        format!("said at {}: \"{}\"", claim.source.place, shorten(&claim.text, 160)),
    );
    let mut message = format!("the work is called done for a part of it: \"{}\"", shorten(&claim.text, 100));
    if !left.is_empty() {
        let subjects: Vec<String> = left.iter().map(|t| shorten(&t.subject, 60)).collect();
        message = format!("{message}; {} left: {}", count(left.len(), "task"), names(&subjects, 5));
    }
    let open = left
        .iter()
        .take(20)
        .map(|t| EvidenceItem::new(EvidenceKind::Session, format!("not done: {}", shorten(&t.subject, 120))));
    Some(
        Draft::new(level, message, said)
            .because_all(open)
            .answers(Some(claim))
            .identity(shorten(&claim.text, 120))
            .help("do the rest, or list it as open where the work is called done"),
    )
}

/// A task that was never ticked.
fn is_left(task: &Task) -> bool {
    matches!(task.status, TaskStatus::Pending | TaskStatus::InProgress | TaskStatus::Vanished)
}
