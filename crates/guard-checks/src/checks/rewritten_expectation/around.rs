//! Tests whose own words are the same, and around which the change made them pass or keeps them from running.

use guard_model::lab::{CellResult, TestOutcome};
use guard_model::{EvidenceItem, EvidenceKind, Item, Level, Side, SourceFacts};

use super::words::explanation;
use crate::check::{Draft, Fact};
use crate::context::Context;
use crate::identities::Declared;
use crate::text::{count, first_line, shorten};

/// A test that would be red at head, had the change not seen to it that nothing runs it.
pub(super) fn kept_from_running(
    cx: &Context<'_>,
    red: &CellResult,
    base: Declared<'_>,
    head: Declared<'_>,
) -> Option<Draft> {
    let tests = cx.head_tests()?;
    let has_trouble = tests.gap.is_some() || tests.suites.iter().any(|s| s.trouble.is_some());
    let was_red = cx.tests.results(&base, Side::Base).iter().any(|r| r.outcome.is_failure());
    let ran = tests.result(&red.id).is_some_and(|r| r.outcome != TestOutcome::Ignored);
    let marked = |test: Declared<'_>| test.decl.ignored.clone().or_else(|| test.decl.condition.clone());
    let mark = marked(head).filter(|_| marked(head) != marked(base));
    // A machine on which it cannot run did not keep it from running here.
    if has_trouble
        || was_red
        || ran
        || (mark.is_none() && base.decl.written == head.decl.written && !moved(cx, base, head))
    {
        return None;
    }
    let explanation = explanation(cx, base, head).filter(|e| e.names_it && !e.is_quiet);
    let level = if explanation.is_some() { Level::Warn } else { Level::Deny };
    let message =
        format!("test `{}` fails on the new code, and this change keeps it from running", head.decl.name);
    let why = red.message.as_deref().map(|m| format!(": {}", first_line(m, 160))).unwrap_or_default();
    let ran = format!("base's version of the test fails on head's code{why}");
    let ran = EvidenceItem::new(EvidenceKind::Test, ran).at(Side::Base, base.path, Some(base.decl.line));
    let kept = match mark {
        Some(mark) => format!("`{}` at head", shorten(&mark, 100)),
        None => "head's run has no result of it".to_owned(),
    };
    let kept = EvidenceItem::new(EvidenceKind::Diff, kept).at(Side::Head, head.path, Some(head.decl.line));
    let said = explanation.map(|e| {
        EvidenceItem::new(EvidenceKind::Session, format!("said at {}: \"{}\"", e.place, shorten(e.text, 120)))
    });
    Some(
        Draft::new(level, message, ran)
            .because(kept)
            .because_all(said)
            .at(Side::Head, head.path, (head.decl.line, head.decl.end_line))
            .identity(head.decl.name.clone())
            .about(Fact::Test(head.path.to_owned(), head.decl.name.clone()))
            .help("fix the code, and let the test run again"),
    )
}

/// Whether the test code around a test changed.
fn moved(cx: &Context<'_>, base: Declared<'_>, head: Declared<'_>) -> bool {
    let frame = |side, path| cx.source(side, path).and_then(|facts| facts.frame.as_ref());
    frame(Side::Base, base.path) != frame(Side::Head, head.path)
}

/// How the code around a test, not the test, was made to let it pass.
pub(super) fn undone(cx: &Context<'_>, base: Declared<'_>, head: Declared<'_>) -> Option<String> {
    let (was, is) = (cx.source(Side::Base, base.path)?, cx.source(Side::Head, head.path)?);
    let file = head.path.rsplit('/').next().unwrap_or(head.path);
    // Its own `assert!`, or a copy of the function that it is to test.
    let is_test_code = |item: &&Item| item.in_test || is.test_file;
    let is_new =
        |item: &&Item| !was.items.iter().any(|old| old.name == item.name && (old.in_test || was.test_file));
    let is_used = |item: &&Item| {
        let asserts = ["assert", "expect", "should"].iter().any(|word| item.name.starts_with(word));
        let called = |call: &String| call.trim_end_matches('!').rsplit("::").next() == Some(&item.name);
        (asserts && was.frame.as_ref().is_some_and(|_| base.decl.assertions > 0))
            || base.decl.calls.iter().any(called)
    };
    if let Some(item) = is.items.iter().filter(is_test_code).filter(is_new).find(is_used) {
        return Some(format!("{file} defines its own `{}` now (line {})", item.name, item.line));
    }
    fewer_assertions(&[(was, is)]).map(|(was, is)| {
        format!("code beside it in {file} asserts less: {}, {is} now", count(was as usize, "assertion"))
    })
}

/// The assertions in test code around tests, where head has fewer than base: of both sides.
pub(super) fn fewer_assertions(files: &[(&SourceFacts, &SourceFacts)]) -> Option<(u32, u32)> {
    let of = |facts: &SourceFacts| facts.frame.as_ref().map_or(0, |frame| frame.assertions);
    let was = files.iter().map(|(base, _)| of(base)).sum();
    let is = files.iter().map(|(_, head)| of(head)).sum();
    (is < was).then_some((was, is))
}
