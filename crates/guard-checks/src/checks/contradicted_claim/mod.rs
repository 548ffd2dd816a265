//! `contradicted-claim`: something was said of the change, and the change shows otherwise.

use guard_model::source::ReachState;
use guard_model::{Claim, ClaimKind, ClaimVerdict, EvidenceItem, EvidenceKind, Level, Mode, Reach, Side};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::head_build::HeadBuild;
use crate::text::shorten;

pub(super) const CHECK: Check = Check {
    name: "contradicted-claim",
    group: Group::Claims,
    summary: "something said of the change, and the change shows otherwise",
    default_level: Level::Deny,
    needs: &[Need::Words],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &["unwired-code", "unwired-test"],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let mut groups: Vec<&str> = Vec::new();
    let accused = |c: &&Claim| matches!(c.verdict, ClaimVerdict::Contradicted | ClaimVerdict::Partial);
    cx.claims
        .iter()
        .filter(accused)
        .filter(|c| !is_named_elsewhere(cx, c))
        .filter(|c| match c.group.as_deref() {
            Some(group) if groups.contains(&group) => false,
            group => {
                groups.extend(group);
                true
            }
        })
        .map(|c| draft(cx, c))
        .collect()
}

/// Facts that a check of their own reports.
fn is_named_elsewhere(cx: &Context<'_>, claim: &Claim) -> bool {
    match claim.kind {
        // broken-build, failing-test, unrun-tests, miscounted-tests, not-preexisting, flaky-test.
        ClaimKind::BuildResult => !matches!(cx.build, HeadBuild::Ok) || cx.broken_features().is_some(),
        ClaimKind::TestResult | ClaimKind::PreExisting | ClaimKind::Flaky => true,
        ClaimKind::TestAdded => cx.head_tests().is_some() && claim.total.is_some(),
        // unmeasured-speedup, where guard's own benchmark settled it.
        ClaimKind::Performance if claim.evidence.iter().any(|e| e.kind == EvidenceKind::Bench) => true,
        // skipped-section lists the places that stay.
        _ if names_a_place_left(cx, claim) => true,
        // stubbed-body points at the same line.
        _ => claim.evidence.iter().any(|e| {
            let at = |line: u32| e.line == Some(line);
            let stub = |i: &guard_model::Item| i.stub.as_ref().is_some_and(|s| at(s.line));
            e.path
                .as_deref()
                .is_some_and(|p| cx.source(Side::Head, p).is_some_and(|s| s.items.iter().any(stub)))
        }),
    }
}

/// Whether the claim was settled by a place of a repeated edit that was left out.
fn names_a_place_left(cx: &Context<'_>, claim: &Claim) -> bool {
    let mut left = cx.sites.iter().flatten().flat_map(|r| &r.residual).map(|r| r.site);
    claim.done.is_some()
        && left.any(|site| {
            let here =
                |e: &EvidenceItem| e.path.as_deref() == Some(site.path.as_str()) && e.line == Some(site.line);
            claim.evidence.iter().any(here)
        })
}

/// The file that no target compiles, where that is what shows otherwise.
fn unreached<'a>(cx: &Context<'a>, claim: &Claim) -> Option<&'a str> {
    let path = claim.evidence.first()?.path.as_deref()?;
    let is_it = |r: &&Reach| r.path == path && r.state == ReachState::Unreached;
    cx.evidence.reach.iter().find(is_it).map(|r| r.path.as_str())
}

fn draft(cx: &Context<'_>, claim: &Claim) -> Draft {
    let shown = claim.evidence.first().map_or("the change shows otherwise", |e| e.message.as_str());
    // What one compiler or linter warns of, an older one may not.
    let by_tool = matches!(claim.kind, ClaimKind::BuildResult | ClaimKind::LintResult);
    let mild = claim.verdict == ClaimVerdict::Partial || by_tool;
    let level = if mild { Level::Warn } else { Level::Deny };
    let said = EvidenceItem::new(
        EvidenceKind::Session,
        format!("said at {}: \"{}\"", claim.source.place, shorten(&claim.text, 120)),
    );
    let message = format!("\"{}\" is said; {shown}", shorten(&claim.text, 80));
    let draft = Draft::new(level, message, said)
        .because_all(claim.evidence.iter().cloned())
        .answers(Some(claim))
        .identity(shorten(&claim.text, 120))
        .help("do what was said, or say what was done");
    let draft = match unreached(cx, claim) {
        Some(path) => draft.about(Fact::File(path.to_owned())),
        None => draft,
    };
    match claim.evidence.iter().find_map(|e| e.path.clone().map(|p| (e.side, p, e.line))) {
        Some((side, path, line)) => draft.at(side, path, line),
        None => draft,
    }
}
