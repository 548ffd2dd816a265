//! `merge-conflict`: the marks of a merge that nobody resolved, in code.

use guard_model::{EvidenceItem, EvidenceKind, Level, Mode, Side, SourceFacts};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;

pub(super) const CHECK: Check = Check {
    name: "merge-conflict",
    group: Group::Build,
    summary: "the marks of an unresolved merge in code",
    default_level: Level::Deny,
    needs: &[Need::Syntax],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    cx.evidence.sources.iter().filter(|s| s.side == Side::Head).filter_map(|s| unresolved(cx, s)).collect()
}

/// A conflict that head has and base has not.
fn unresolved(cx: &Context<'_>, head: &SourceFacts) -> Option<Draft> {
    let line = head.conflict?;
    let file = cx.change_of(&head.path)?;
    let old = cx.source(Side::Base, file.base_path()).is_some_and(|base| base.conflict.is_some());
    if old || !file.touches_head_line(line) {
        return None;
    }
    let seen = "`<<<<<<<`, `=======` and `>>>>>>>` stand here in order, outside of strings and comments";
    let seen = EvidenceItem::new(EvidenceKind::Site, seen).at(Side::Head, &head.path, Some(line));
    let draft = Draft::new(Level::Deny, format!("`{}` holds a merge conflict", head.path), seen)
        .at(Side::Head, &head.path, line)
        .identity("merge conflict")
        .about(Fact::File(head.path.clone()))
        .help("decide for one side, or join the two, and take the marks out");
    Some(draft)
}
