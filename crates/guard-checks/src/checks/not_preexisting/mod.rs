//! `not-preexisting`: a failure called old or flaky that this change brought.

use guard_model::lab::{TestOutcome, TestResult};
use guard_model::{Claim, ClaimKind, ClaimVerdict, EvidenceItem, EvidenceKind, Level, Mode, Side};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::identities::leaf;
use crate::said::contains_word;
use crate::text::{count, names, shorten};

pub(super) const CHECK: Check = Check {
    name: "not-preexisting",
    group: Group::Claims,
    summary: "a failure called old or flaky that is new",
    default_level: Level::Deny,
    needs: &[Need::Words, Need::Tests],
    first_mode: Mode::Commit,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let Some(run) = cx.head_tests() else { return Vec::new() };
    if cx.base_tests().is_none() {
        return Vec::new();
    }
    let red: Vec<&TestResult> = run.results.iter().filter(|r| r.failed_for_sure()).collect();
    let claims = cx.claim_groups(ClaimKind::PreExisting).into_iter().chain(cx.claim_groups(ClaimKind::Flaky));
    let mut named: Vec<&TestResult> = Vec::new();
    let mut drafts = Vec::new();
    for claim in claims {
        let meant: Vec<&TestResult> = red.iter().copied().filter(|r| is_named(claim, r)).collect();
        if meant.is_empty() && names_a_known_test(cx, claim) {
            // The test that it names is not red: nothing to answer.
            continue;
        }
        let meant = if meant.is_empty() { all_of(cx, claim, &red) } else { meant };
        let new: Vec<&TestResult> =
            meant.into_iter().filter(|r| is_new(cx, claim, r) && !named.contains(r)).collect();
        named.extend(&new);
        drafts.extend(new_failures(cx, claim, &new));
    }
    drafts
}

/// A claim that names no test means all red ones. It is false if none of them is old, or if it tells how many
/// are and not so many are.
fn all_of<'a>(cx: &Context<'_>, claim: &Claim, red: &[&'a TestResult]) -> Vec<&'a TestResult> {
    let any_old = red.iter().any(|r| cx.result_at_base(r).is_none_or(|b| b.outcome.is_failure()));
    if any_old && claim.verdict != ClaimVerdict::Contradicted { Vec::new() } else { red.to_vec() }
}

/// Whether base passes the test for sure; a claim of flakiness is answered only by reruns that agree.
fn is_new(cx: &Context<'_>, claim: &Claim, result: &TestResult) -> bool {
    let passes_at_base =
        cx.result_at_base(result).is_some_and(|b| b.outcome == TestOutcome::Passed && !b.is_flaky());
    passes_at_base && (claim.kind != ClaimKind::Flaky || result.reruns.len() >= 2)
}

fn is_named(claim: &Claim, result: &TestResult) -> bool {
    let name = leaf(&result.id.name);
    let symbol = |s: &String| s == name || *s == result.id.name || leaf(s) == name;
    claim.scope.symbols.iter().any(symbol) || contains_word(&claim.text, name)
}

/// Whether the claim names some test that was run, red or not.
fn names_a_known_test(cx: &Context<'_>, claim: &Claim) -> bool {
    cx.head_tests().is_some_and(|run| run.results.iter().any(|r| is_named(claim, r)))
}

fn new_failures(cx: &Context<'_>, claim: &Claim, new: &[&TestResult]) -> Option<Draft> {
    let ids: Vec<String> = new.iter().map(|r| r.id.to_string()).collect();
    let flaky = claim.kind == ClaimKind::Flaky;
    let message = match (ids.as_slice(), flaky) {
        ([], _) => return None,
        ([one], true) => format!("test `{one}` is called flaky, fails every time at head and passes at base"),
        ([one], false) => format!("test `{one}` is called an old failure and passes at base"),
        (all, true) => format!(
            "{} are called flaky, fail every time at head and pass at base: {}",
            count(all.len(), "test"),
            names(all, 3)
        ),
        (all, false) => format!(
            "{} are called old failures and pass at base: {}",
            count(all.len(), "test"),
            names(all, 3)
        ),
    };
    let said = EvidenceItem::new(
        EvidenceKind::Session,
        format!("said at {}: \"{}\"", claim.source.place, shorten(&claim.text, 120)),
    );
    let ran = new.iter().map(|r| {
        let reruns = match r.reruns.len() {
            0 => String::new(),
            n => format!(" and in {}", count(n, "rerun")),
        };
        EvidenceItem::new(EvidenceKind::Test, format!("`{}` passes at base, fails at head{reruns}", r.id))
    });
    let mut draft = Draft::new(Level::Deny, message, said)
        .because_all(ran.take(10))
        .answers(Some(claim))
        .identity(ids.join(" "))
        .help("the change broke it: fix it, and take the statement back");
    for result in new {
        let declared = cx.tests.declared(&result.id, Side::Head);
        draft = draft.about(match declared {
            Some(d) => Fact::Test(d.path.to_owned(), d.decl.name.clone()),
            None => Fact::Test(result.id.suite.clone(), result.id.name.clone()),
        });
    }
    let place = new.first().and_then(|r| match (&r.path, cx.tests.declared(&r.id, Side::Head)) {
        (Some(path), _) => Some((path.clone(), r.line)),
        (None, Some(d)) => Some((d.path.to_owned(), Some(d.decl.line))),
        (None, None) => None,
    });
    Some(match place {
        Some((path, line)) => draft.at(Side::Head, path, line),
        None => draft,
    })
}
