//! `unwired-code`: a source file that no target compiles.

use guard_model::source::ReachState;
use guard_model::{EvidenceItem, EvidenceKind, Level, Mode, Reach};

use crate::check::{Check, Draft, Group, Need};
use crate::checks::unwired_test::{draft, outermost};
use crate::context::Context;
use crate::text::count;

pub(super) const CHECK: Check = Check {
    name: "unwired-code",
    group: Group::Code,
    summary: "a source file that no target compiles",
    default_level: Level::Deny,
    needs: &[Need::Syntax],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &["unwired-test"],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    outermost(&cx.evidence.reach).into_iter().filter(|r| !r.test_code).map(|r| unwired(cx, r)).collect()
}

fn unwired(cx: &Context<'_>, reach: &Reach) -> Draft {
    let prefix =
        reach.path.strip_suffix("/mod.rs").or_else(|| reach.path.strip_suffix(".rs")).unwrap_or(&reach.path);
    let below = |r: &&Reach| {
        r.state == ReachState::Unreached && r.path != reach.path && r.path.starts_with(&format!("{prefix}/"))
    };
    let children = cx.evidence.reach.iter().filter(below).count();
    let and =
        if children == 0 { String::new() } else { format!(" and {} below it", count(children, "file")) };
    let tests = (reach.tests > 0).then(|| {
        EvidenceItem::new(
            EvidenceKind::Site,
            format!("{} inside it cannot run", count(reach.tests as usize, "test")),
        )
    });
    let claim = cx.claims.iter().find(|c| c.scope.paths.contains(&reach.path));
    draft(cx, reach, format!("no target compiles `{}`{and}", reach.path)).because_all(tests).answers(claim)
}
