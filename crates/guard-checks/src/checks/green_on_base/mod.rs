//! `green-on-base`: new tests for a fix that already pass without it.

use guard_model::lab::{CellOutcome, CellResult};
use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, Level, Mode, Side};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::identities::{Declared, leaf};
use crate::text::{names, shorten};

pub(super) const CHECK: Check = Check {
    name: "green-on-base",
    group: Group::Tests,
    summary: "a new test for a fix that already passed before it",
    default_level: Level::Warn,
    needs: &[Need::Words, Need::NewOnOld],
    first_mode: Mode::Commit,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let Some(cell) = cx.lab().and_then(|l| l.new_tests_on_old_code.as_ref()) else { return Vec::new() };
    let Some(fix) = cx.claims_of(ClaimKind::Fix).find(|c| is_about_behaviour(c)) else { return Vec::new() };
    // Any test of head that is red on base's code proves the fix, whether it is new or was edited.
    let proves = |r: &&CellResult| r.outcome == CellOutcome::Failed;
    if cell.gap.is_some() || cell.results.iter().any(|r| proves(&r)) || a_red_test_turned_green(cx) {
        return Vec::new();
    }
    let compared: Vec<(&CellResult, Declared<'_>)> =
        cell.results.iter().filter_map(|r| Some((r, added(cx, r)?))).collect();
    let all_pass = !compared.is_empty() && compared.iter().all(|(r, _)| r.outcome == CellOutcome::Passed);
    let covers_all_new = compared.len() == cx.tests.added.iter().filter(|t| t.decl.ignored.is_none()).count();
    if !all_pass || !covers_all_new {
        return Vec::new();
    }
    vec![unproved(fix, &compared)]
}

fn unproved(fix: &Claim, compared: &[(&CellResult, Declared<'_>)]) -> Draft {
    let ids: Vec<&str> = compared.iter().map(|(_, t)| t.decl.name.as_str()).collect();
    let message = match ids.as_slice() {
        [one] => {
            format!("new test `{one}` passes without the fix, so it does not show that anything was fixed")
        }
        all => format!("all {} new tests pass without the fix: {}", all.len(), names(all, 5)),
    };
    let first = compared.first().map(|(_, t)| *t);
    let ran = compared.iter().map(|(r, _)| {
        EvidenceItem::new(EvidenceKind::Test, format!("`{}` passes on base's code", r.id)).at(
            Side::Head,
            &r.path,
            r.line,
        )
    });
    let said = EvidenceItem::new(
        EvidenceKind::Session,
        format!("said at {}: \"{}\"", fix.source.place, shorten(&fix.text, 120)),
    );
    let draft = Draft::new(Level::Warn, message, said)
        .because_all(ran.take(10))
        .answers(Some(fix))
        .identity(ids.join(" "))
        .help("add a test that fails on base: it is what shows that the fix does something");
    match first {
        Some(t) => draft
            .at(Side::Head, t.path, t.decl.line)
            .about(Fact::Test(t.path.to_owned(), t.decl.name.clone())),
        None => draft,
    }
}

/// The new test that a result belongs to.
fn added<'a>(cx: &Context<'a>, result: &CellResult) -> Option<Declared<'a>> {
    let in_file = |t: &&Declared<'_>| t.path == result.path && t.leaf() == leaf(&result.id.name);
    cx.tests.added.iter().find(in_file).copied()
}

/// Whether some test that fails at base passes at head.
fn a_red_test_turned_green(cx: &Context<'_>) -> bool {
    let (Some(base), Some(head)) = (cx.base_tests(), cx.head_tests()) else { return false };
    let red = base.results.iter().filter(|r| r.outcome.is_failure());
    red.into_iter()
        .any(|r| head.result(&r.id).is_some_and(|h| h.outcome == guard_model::lab::TestOutcome::Passed))
}

/// Fixes of wording, style, builds and pipelines have no behaviour that a test could show.
fn is_about_behaviour(claim: &Claim) -> bool {
    const OTHER: &[&str] = &[
        "typo",
        "lint",
        "clippy",
        "warning",
        "format",
        "fmt",
        "doc",
        "docs",
        "readme",
        "ci",
        "workflow",
        "build",
        "compile",
        "compilation",
        "test",
        "tests",
        "flaky",
        "import",
        "imports",
        "comment",
        "changelog",
        "dependency",
        "deps",
        "version",
    ];
    // What was fixed stands first; "…, with a regression test" says something else.
    let fixed = claim.text.split([',', ';', ':']).next().unwrap_or_default();
    let fixed = fixed.split(" with ").next().unwrap_or_default();
    let words = crate::text::words(fixed);
    !words.iter().any(|w| OTHER.contains(&w.as_str()))
}
