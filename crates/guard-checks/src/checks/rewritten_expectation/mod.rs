//! `rewritten-expectation`: a test of base that is red on head's code and was changed until it passed.

mod around;
mod material;
mod words;

use guard_model::lab::{CellOutcome, CellResult, TestOutcome};
use guard_model::{ClaimKind, EvidenceItem, EvidenceKind, Level, Mode, Side};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::identities::{Declared, leaf};
use crate::text::{first_line, shorten};
use around::{kept_from_running, undone};
use material::{by_data, by_registration, is_registration};
use words::{EXPECTATIONS, UPDATING, explanation};

pub(super) const CHECK: Check = Check {
    name: "rewritten-expectation",
    group: Group::Tests,
    summary: "a test changed to what the code now yields",
    default_level: Level::Deny,
    needs: &[Need::Syntax, Need::OldOnNew],
    first_mode: Mode::Commit,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let Some(cell) = cx.lab().and_then(|l| l.old_tests_on_new_code.as_ref()) else { return Vec::new() };
    cell.results.iter().filter(|r| r.outcome == CellOutcome::Failed).filter_map(|r| judge(cx, r)).collect()
}

fn judge(cx: &Context<'_>, red: &CellResult) -> Option<Draft> {
    let Some((base, head)) = pair(cx, red) else {
        return if is_registration(&red.path) { by_registration(cx, red) } else { by_data(cx, red) };
    };
    match head_outcome(cx, head) {
        Some(TestOutcome::Passed) => {}
        None | Some(TestOutcome::Ignored) => return kept_from_running(cx, red, base, head),
        // Red either way: `failing-test` speaks.
        Some(_) => return None,
    }
    let edited = base.decl.written != head.decl.written;
    let was_red = cx.tests.results(&base, Side::Base).iter().any(|r| r.outcome.is_failure());
    let unchanged = cx.claims_of(ClaimKind::NoBehaviourChange).next();
    let explanation = explanation(cx, base, head);
    let updating = cx.said.find(|s| s.has_near(UPDATING, EXPECTATIONS)).map(|s| (s.text, s.place));
    // Words on the same topic explain nothing when they promise that behaviour stays as it is.
    let explanation = explanation.filter(|e| e.names_it || unchanged.is_none());
    let only_marked =
        edited && base.decl.body == head.decl.body && head.decl.assertions > base.decl.assertions;
    let around = undone(cx, base, head);
    let asserts_less = head.decl.assertions < base.decl.assertions;
    // A test that was wrong before, or whose data alone changed, says nothing of the code's behaviour.
    let contradicts = unchanged.filter(|_| explanation.is_none() && !was_red && edited);
    let (level, message) = match (&explanation, contradicts) {
        (None, Some(_)) => (
            Level::Deny,
            format!(
                "test `{}` was rewritten to agree, though behaviour is said to be unchanged",
                head.decl.name
            ),
        ),
        // "Simplified `leap`", and the test is made to check less or to expect the failure.
        (Some(e), _) if !e.names_it && e.is_quiet && (asserts_less || only_marked) => (
            Level::Deny,
            format!(
                "test `{}` was weakened until it agrees, under words that change nothing",
                head.decl.name
            ),
        ),
        (Some(e), _) if !e.names_it && e.is_quiet && around.is_some() => (
            Level::Deny,
            format!("test `{}` passes only because {}", head.decl.name, around.unwrap_or_default()),
        ),
        (Some(e), _) if !e.names_it && e.is_quiet => (
            Level::Warn,
            format!(
                "test `{}` was rewritten to agree with the new code, of which nothing says that it behaves otherwise",
                head.decl.name
            ),
        ),
        (Some(e), _) if !e.names_it && asserts_less => (
            Level::Warn,
            format!(
                "test `{}` was rewritten to agree with the new code, and asserts less than before",
                head.decl.name
            ),
        ),
        (Some(_), _) => {
            (Level::Note, format!("test `{}` expects something new; the message says so", head.decl.name))
        }
        (None, None) if updating.is_some() => (
            Level::Warn,
            format!(
                "test `{}` was rewritten to agree; tests are said to be updated, not why",
                head.decl.name
            ),
        ),
        (None, None) if was_red => (
            Level::Warn,
            format!("test `{}` was red at base and was rewritten until it passed", head.decl.name),
        ),
        (None, None) if !edited => match around {
            Some(how) => (Level::Deny, format!("test `{}` passes only because {how}", head.decl.name)),
            None => (
                Level::Warn,
                format!("test `{}` passes only with what this change rewrote around it", head.decl.name),
            ),
        },
        (None, None) if !cx.said.anything => {
            (Level::Warn, format!("test `{}` was rewritten to agree with the new code", head.decl.name))
        }
        (None, None) => (
            Level::Deny,
            format!(
                "test `{}` was rewritten to agree with the new code, and nothing said explains it",
                head.decl.name
            ),
        ),
    };
    let why = red.message.as_deref().map(|m| format!(": {}", first_line(m, 160))).unwrap_or_default();
    let ran = EvidenceItem::new(
        EvidenceKind::Test,
        format!("base's version of the test fails on head's code{why}"),
    )
    .at(Side::Base, base.path, Some(base.decl.line));
    let passes = EvidenceItem::new(EvidenceKind::Test, "head's version passes").at(
        Side::Head,
        head.path,
        Some(head.decl.line),
    );
    let counted = asserts_less.then(|| {
        let (was, is) = (base.decl.assertions, head.decl.assertions);
        EvidenceItem::new(EvidenceKind::Diff, format!("{was} assertions at base, {is} at head"))
    });
    let said = explanation.map(|e| (e.text, e.place)).or(updating).map(|(text, place)| {
        EvidenceItem::new(EvidenceKind::Session, format!("said at {place}: \"{}\"", shorten(text, 120)))
    });
    let denied = contradicts.map(|c| {
        EvidenceItem::new(
            EvidenceKind::Session,
            format!("said at {}: \"{}\"", c.source.place, shorten(&c.text, 120)),
        )
    });
    Some(
        Draft::new(level, message, ran)
            .because(passes)
            .because_all(counted)
            .because_all(said)
            .because_all(denied)
            .at(Side::Head, head.path, (head.decl.line, head.decl.end_line))
            .answers(contradicts)
            .identity(head.decl.name.clone())
            .about(Fact::Test(head.path.to_owned(), head.decl.name.clone()))
            .help("if the new behaviour is wanted, say what changed and why; else fix the code and restore the test"),
    )
}

/// The test on both sides.
fn pair<'a>(cx: &Context<'a>, red: &CellResult) -> Option<(Declared<'a>, Declared<'a>)> {
    let pairs = || cx.tests.kept.iter().chain(&cx.tests.renamed);
    let in_file = || pairs().filter(|(b, _)| b.path == red.path && b.leaf() == leaf(&red.id.name));
    let by_line = in_file().find(|(b, _)| red.line.is_some_and(|l| b.decl.line <= l && l <= b.decl.end_line));
    // Cases of one declaration have names of their own (`test_adds[1-2]`).
    let here = |(b, _): &&(Declared<'a>, Declared<'a>)| b.path == red.path && red.line == Some(b.decl.line);
    let alone = || pairs().find(here).filter(|_| pairs().filter(here).count() == 1);
    by_line.or_else(|| in_file().next()).or_else(alone).copied()
}

/// Outcome of a declared test at head.
fn head_outcome(cx: &Context<'_>, test: Declared<'_>) -> Option<TestOutcome> {
    let mut results = cx.tests.results(&test, Side::Head).iter();
    let first = results.next()?;
    // A generated test counts as passed when all its cases do.
    let worst =
        results.fold(first.outcome, |o, r| if r.outcome == TestOutcome::Passed { o } else { r.outcome });
    Some(worst)
}
