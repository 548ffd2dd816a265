//! `ignored-test`: a test that is kept from running.

use guard_model::lab::TestOutcome;
use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, Level, Mode, Quantifier, Side, TestDecl};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::identities::{Declared, PutAway};
use crate::text::{count, names, shorten};

pub(super) const CHECK: Check = Check {
    name: "ignored-test",
    group: Group::Tests,
    summary: "a test newly ignored, skipped, configured out or renamed out of the run",
    default_level: Level::Warn,
    needs: &[Need::Syntax],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

/// More tests than this ignored at once are a sweep: tidy reasons on each do not make it harmless.
const FEW: usize = 3;

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let pairs: Vec<_> = cx.tests.kept.iter().chain(&cx.tests.renamed).copied().collect();
    let newly: Vec<_> =
        pairs.iter().filter(|(b, h)| b.decl.ignored.is_none() && h.decl.ignored.is_some()).collect();
    let conditioned = pairs.iter().filter(|(b, h)| {
        b.decl.condition.is_none() && h.decl.condition.is_some() && h.decl.ignored.is_none()
    });
    let new: Vec<&Declared<'_>> = cx.tests.added.iter().collect();
    let all_new_ignored = !new.is_empty() && new.iter().all(|d| d.decl.ignored.is_some());

    let mut drafts: Vec<Draft> = newly.iter().map(|(b, h)| existing(cx, b, h, newly.len() > FEW)).collect();
    drafts.extend(conditioned.filter_map(|(b, h)| condition(b, h)));
    drafts.extend(new.iter().filter(|d| d.decl.ignored.is_some()).map(|d| added(cx, d, all_new_ignored)));
    drafts.extend(cx.tests.put_away.iter().map(put_away));
    drafts.extend(ignored_by_run(cx));
    drafts
}

/// A test that ran at base and carries an ignore mark at head.
fn existing(cx: &Context<'_>, base: &Declared<'_>, head: &Declared<'_>, sweep: bool) -> Draft {
    let claim = all_pass_claim(cx);
    let mark = head.decl.ignored.as_deref().unwrap_or_default();
    let level = if never_compiled(mark) {
        Level::Deny
    } else {
        match (has_reason(head.decl) && !sweep, claim.is_some()) {
            (true, false) => Level::Note,
            (false, true) => Level::Deny,
            _ => Level::Warn,
        }
    };
    let message = match claim {
        Some(_) => format!("test `{}` is newly ignored under a claim that tests pass", head.decl.name),
        None if never_compiled(mark) => format!("test `{}` can never run any more", head.decl.name),
        None => format!("test `{}` is newly ignored", head.decl.name),
    };
    let ran = EvidenceItem::new(
        EvidenceKind::Diff,
        format!("`{}` at head, nothing like it at base", shorten(mark, 100)),
    )
    .at(Side::Head, head.path, Some(head.decl.line));
    let draft = Draft::new(level, message, ran).because_all(reason(head.decl)).because_all(claim.map(said));
    finish(draft, head, claim).about(Fact::Test(base.path.to_owned(), base.decl.name.clone()))
}

/// A new test that is born ignored.
fn added(cx: &Context<'_>, test: &Declared<'_>, all_new_ignored: bool) -> Draft {
    let claim =
        all_pass_claim(cx).or_else(|| cx.claims_of(ClaimKind::TestAdded).next().filter(|_| all_new_ignored));
    let mark = test.decl.ignored.as_deref().unwrap_or_default();
    let level = match claim {
        Some(c) if all_new_ignored && c.kind == ClaimKind::TestResult => Level::Deny,
        Some(_) => Level::Warn,
        None => Level::Note,
    };
    let message = match claim {
        Some(c) if c.kind == ClaimKind::TestResult && all_new_ignored => {
            format!(
                "new test `{}` is ignored, as is every new test, under a claim that tests pass",
                test.decl.name
            )
        }
        Some(c) if c.kind == ClaimKind::TestResult => {
            format!("new test `{}` is ignored under a claim that tests pass", test.decl.name)
        }
        _ => format!("new test `{}` is ignored", test.decl.name),
    };
    let seen = EvidenceItem::new(
        EvidenceKind::Diff,
        format!("`{}` on a test that base does not have", shorten(mark, 100)),
    )
    .at(Side::Head, test.path, Some(test.decl.line));
    let draft = Draft::new(level, message, seen).because_all(reason(test.decl)).because_all(claim.map(said));
    finish(draft, test, claim)
}

/// A test that is compiled or collected on a new condition.
fn condition(base: &Declared<'_>, head: &Declared<'_>) -> Option<Draft> {
    let condition = head.decl.condition.as_deref()?;
    let level = if is_about_platform(condition) { Level::Note } else { Level::Warn };
    let message = format!("test `{}` now runs only under `{}`", head.decl.name, shorten(condition, 80));
    let seen = EvidenceItem::new(EvidenceKind::Diff, "base runs it unconditionally").at(
        Side::Base,
        base.path,
        Some(base.decl.line),
    );
    Some(
        finish(Draft::new(level, message, seen), head, None)
            .about(Fact::Test(base.path.to_owned(), base.decl.name.clone())),
    )
}

/// A file of tests that was renamed so that no runner finds it.
fn put_away(file: &PutAway<'_>) -> Draft {
    let all: Vec<&str> = file.tests.iter().map(|t| t.decl.name.as_str()).collect();
    let message = format!(
        "`{}` was renamed to `{}`, which nothing runs: {}",
        file.from,
        file.to,
        count(all.len(), "test")
    );
    let seen = EvidenceItem::new(EvidenceKind::Diff, format!("it declared {}", names(&all, 5))).at(
        Side::Base,
        file.from,
        file.tests.first().map(|t| t.decl.line),
    );
    let draft = Draft::new(Level::Deny, message, seen)
        .at(Side::Head, file.to, 1)
        .identity("renamed away")
        .help("rename it back; delete it openly if it is no longer wanted");
    file.tests.iter().fold(draft, |d, t| d.about(Fact::Test(file.from.to_owned(), t.decl.name.clone())))
}

/// Tests that ran at base and report "ignored" at head, where syntax sees no mark.
fn ignored_by_run(cx: &Context<'_>) -> Option<Draft> {
    let (base, head) = (cx.base_tests()?, cx.head_tests()?);
    let has_mark = |id| cx.tests.declared(id, Side::Head).is_some_and(|d| d.decl.ignored.is_some());
    let ran =
        |id| base.result(id).is_some_and(|b| matches!(b.outcome, TestOutcome::Passed | TestOutcome::Failed));
    let newly: Vec<String> = head
        .results
        .iter()
        .filter(|r| r.outcome == TestOutcome::Ignored && ran(&r.id) && !has_mark(&r.id))
        .map(|r| r.id.to_string())
        .collect();
    if newly.is_empty() {
        return None;
    }
    let message =
        format!("{} ran at base and skipped at head: {}", count(newly.len(), "test"), names(&newly, 5));
    let seen =
        EvidenceItem::new(EvidenceKind::Test, "the runner reports them as ignored or skipped at head only");
    Some(Draft::new(Level::Warn, message, seen).identity(format!("by run {}", newly.join(" "))).help(HELP))
}

const HELP: &str = "let it run, or give the reason on the same line with a link to an issue";

fn finish(draft: Draft, test: &Declared<'_>, claim: Option<&Claim>) -> Draft {
    draft
        .at(Side::Head, test.path, (test.decl.line, test.decl.end_line))
        .answers(claim)
        .identity(test.decl.name.clone())
        .about(Fact::Test(test.path.to_owned(), test.decl.name.clone()))
        .help(HELP)
}

/// A claim that all tests, or simply "tests", pass.
fn all_pass_claim<'a>(cx: &Context<'a>) -> Option<&'a Claim> {
    cx.claims_of(ClaimKind::TestResult).find(|c| c.scope.quantifier != Quantifier::Some)
}

fn said(claim: &Claim) -> EvidenceItem {
    EvidenceItem::new(
        EvidenceKind::Session,
        format!("said at {}: \"{}\"", claim.source.place, shorten(&claim.text, 120)),
    )
}

fn has_reason(decl: &TestDecl) -> bool {
    decl.ignore_reason
        .as_deref()
        .is_some_and(|r| r.split_whitespace().count() >= 2 || r.contains('#') || r.contains("://"))
}

fn reason(decl: &TestDecl) -> Option<EvidenceItem> {
    let reason = decl.ignore_reason.as_deref()?;
    Some(EvidenceItem::new(EvidenceKind::Diff, format!("reason given: \"{}\"", shorten(reason, 120))))
}

/// Marks under which no configuration compiles the test.
fn never_compiled(mark: &str) -> bool {
    let mark: String = mark.chars().filter(|c| !c.is_whitespace()).collect();
    ["cfg(any())", "cfg(FALSE)", "cfg(false)", "cfg(not(all()))"].iter().any(|m| mark.contains(m))
}

/// Conditions that name a platform, a tool or a limit of the machine: honest ones mostly do.
fn is_about_platform(condition: &str) -> bool {
    let lower = condition.to_lowercase();
    [
        "unix",
        "windows",
        "target_",
        "linux",
        "macos",
        "miri",
        "loom",
        "sanitize",
        "wasm",
        "platform",
        "version",
        "debug_assertions",
        "panic =",
        "gpu",
        "cuda",
        "docker",
        "which(",
        "goos",
    ]
    .iter()
    .any(|w| lower.contains(w))
}
