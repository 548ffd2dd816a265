//! ([`Evidence`], [`Policy`]) → [`Report`], in one readable function.

use std::collections::HashMap;

use guard_model::evidence::Snippet;
use guard_model::report::{ChangeSummary, MutantSummary, SiteGroup};
use guard_model::{
    Evidence, EvidenceItem, EvidenceKind, Finding, Level, Pair, Policy, Report, SCHEMA_VERSION, Side,
    Snapshot, SnapshotKind,
};

use crate::check::{Check, Draft, Fact, Group};
use crate::context::Context;
use crate::{claims, fingerprint, parts, registry, summary, suppress, verdict};

/// Judges evidence under a policy.
pub fn judge(evidence: &Evidence, policy: &Policy) -> Report {
    judge_by(evidence, policy, &|_| true)
}

/// Judges evidence that was collected for a few checks only, which `wanted` tells by name.
pub fn judge_by(evidence: &Evidence, policy: &Policy, wanted: &dyn Fn(&str) -> bool) -> Report {
    let report = judge_whole(evidence, policy, wanted);
    match &evidence.parts {
        Some(some) => parts::report(evidence, some, report),
        None => report,
    }
}

fn judge_whole(evidence: &Evidence, policy: &Policy, wanted: &dyn Fn(&str) -> bool) -> Report {
    let mut claims = claims::extract(evidence);
    claims::settle(&mut claims, evidence);

    let cx = Context::new(evidence, policy, &claims);
    let drafts = registry()
        .iter()
        .filter(|c| is_on(c, policy) && wanted(c.name))
        .flat_map(|c| (c.run)(&cx).into_iter().map(move |d| (c, d)));
    let drafts = drafts.filter(|(check, draft)| !is_left_out(check, draft, policy));
    let mut findings = one_a_fact(findings(drafts, evidence, policy));
    findings.sort_by(|a, b| {
        let key = |f: &Finding| {
            (std::cmp::Reverse(f.level), f.path.clone(), f.line, f.check.clone(), f.message.clone())
        };
        key(a).cmp(&key(b))
    });
    let reach = verdict::reach(&cx, wanted);
    let verdict = verdict::of(&findings, &reach, policy);
    let headline = verdict::headline(verdict, &findings, &reach, &cx);

    let sites = cx.sites.as_deref().map(crate::sites::report);
    let pairs: Option<Vec<Pair>> =
        (!evidence.pairs.is_empty()).then(|| evidence.pairs.iter().map(|it| it.pair.clone()).collect());
    Report {
        schema_version: SCHEMA_VERSION,
        guard: evidence.guard.clone(),
        verdict,
        headline,
        mode: evidence.mode,
        repository: evidence.repository.clone(),
        change: Some(change_summary(evidence)),
        policy: evidence.policy_source.clone(),
        fail_on: verdict::fail_on(policy),
        words: evidence.words.inputs.clone(),
        no_session: evidence.words.no_session.clone(),
        snippets: quoted(&findings, sites.as_deref(), pairs.as_deref(), &evidence.snippets),
        tasks: summary::tasks(&evidence.words),
        sites,
        pairs,
        build: evidence.lab.as_ref().map(summary::build),
        tests: summary::tests(&cx),
        mutants: evidence.lab.as_ref().and_then(|l| l.mutants.as_ref()).map(MutantSummary::from),
        sandbox: evidence.lab.as_ref().filter(|l| l.has_run()).map(|l| l.sandbox.clone()),
        skipped_checks: reach.skipped(),
        findings,
        claims: (!evidence.words.inputs.is_empty() || !claims.is_empty()).then_some(claims),
        timings: evidence.timings.clone(),
        out: None,
    }
}

/// Whether the policy wants to hear of a check at all.
pub(crate) fn is_on(check: &Check, policy: &Policy) -> bool {
    policy.levels.get(check.name) != Some(&Level::Allow)
}

fn is_left_out(check: &Check, draft: &Draft, policy: &Policy) -> bool {
    let about_writing = check.group == Group::Code;
    draft.path.as_deref().is_some_and(|p| suppress::leaves_out(&policy.paths, p, about_writing))
}

/// A finding, with what it takes to merge it with others about the same facts.
struct Judged<'c> {
    check: &'c Check,
    facts: Vec<Fact>,
    finding: Finding,
}

/// One fact, one finding: where a check yields to a more specific one that speaks about the same fact, its
/// finding becomes evidence of the other. Never to one that weighs less: what the policy lowers or accepts
/// there is not accepted here.
fn one_a_fact(all: Vec<Judged<'_>>) -> Vec<Finding> {
    let mut holders: HashMap<&Fact, Vec<usize>> = HashMap::new();
    for (i, one) in all.iter().enumerate() {
        for fact in &one.facts {
            holders.entry(fact).or_default().push(i);
        }
    }
    // A finding goes only when every fact that it states is stated by a more specific check.
    let stands_for = |i: usize| -> Option<usize> {
        let Judged { check, facts, finding } = &all[i];
        let takes_over = |j: usize| {
            let heir = &all[j].finding;
            j != i
                && check.yields_to.contains(&all[j].check.name)
                && heir.level >= finding.level
                && (heir.suppressed.is_none() || finding.suppressed.is_some())
        };
        let specific = |fact: &Fact| holders[fact].iter().copied().find(|&j| takes_over(j));
        let heirs: Option<Vec<usize>> = facts.iter().map(specific).collect();
        heirs.and_then(|h| h.first().copied())
    };
    let heirs: Vec<Option<usize>> = (0..all.len()).map(stands_for).collect();
    let mut findings: Vec<Option<Finding>> = all.into_iter().map(|one| Some(one.finding)).collect();
    for (i, heir) in heirs.into_iter().enumerate().filter_map(|(i, heir)| Some((i, heir?))) {
        let Some(gone) = findings[i].take() else { continue };
        let says = format!("`{}` says the same: {}", gone.check, gone.message);
        if let Some(heir) = &mut findings[heir] {
            heir.evidence.push(EvidenceItem::new(EvidenceKind::Site, says));
        }
    }
    findings.into_iter().flatten().collect()
}

/// Drafts with level, fingerprint and suppression. Those that the policy lowers to `allow` are left out.
fn findings<'c>(
    drafts: impl Iterator<Item = (&'c Check, Draft)>,
    evidence: &Evidence,
    policy: &Policy,
) -> Vec<Judged<'c>> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut findings = Vec::new();
    for (check, draft) in drafts {
        let level = suppress::level(draft.level, check.default_level, policy.levels.get(check.name).copied());
        if level == Level::Allow {
            continue;
        }
        let identity = draft.identity.unwrap_or_else(|| fingerprint::without_numbers(&draft.message));
        let print = fingerprint::of(check.name, draft.path.as_deref(), &identity);
        let times = seen.entry(print.clone()).or_default();
        *times += 1;
        let fingerprint = match *times {
            1 => print,
            n => fingerprint::of(check.name, draft.path.as_deref(), &format!("{identity} {n}")),
        };
        let mut finding = Finding {
            check: check.name.to_owned(),
            level,
            message: draft.message,
            path: draft.path,
            side: draft.side,
            line: draft.line,
            end_line: draft.end_line,
            claim: draft.claim,
            evidence: draft.evidence,
            help: draft.help,
            fingerprint,
            suppressed: None,
        };
        suppress::apply(&mut finding, &policy.suppressions, &evidence.today);
        findings.push(Judged { check, facts: draft.facts, finding });
    }
    findings
}

fn change_summary(evidence: &Evidence) -> ChangeSummary {
    let change = &evidence.change;
    let name = |s: &Snapshot| match s.kind {
        SnapshotKind::Index => "index".to_owned(),
        SnapshotKind::Worktree => "worktree".to_owned(),
        SnapshotKind::Commit | SnapshotKind::Empty => s.commit.clone().unwrap_or_else(|| s.tree.clone()),
    };
    ChangeSummary {
        base: name(&change.base),
        head: name(&change.head),
        merge_base: change.merge_base.clone(),
        base_reason: change.base_reason.clone(),
        files: change.files.len() as u64,
        added: change.added(),
        removed: change.removed(),
    }
}

/// The snippets that findings or their evidence point into.
fn quoted(
    findings: &[Finding],
    sites: Option<&[SiteGroup]>,
    pairs: Option<&[Pair]>,
    snippets: &[Snippet],
) -> Vec<Snippet> {
    let holds = |s: &Snippet, path: Option<&str>, side: Side, line: Option<u32>| {
        let last = s.first_line.saturating_add(s.lines.len() as u32);
        path == Some(s.path.as_str()) && side == s.side && line.is_some_and(|l| l >= s.first_line && l < last)
    };
    let is_quoted = |s: &&Snippet| {
        findings.iter().any(|f| {
            holds(s, f.path.as_deref(), f.side, f.line)
                || f.evidence.iter().any(|e| holds(s, e.path.as_deref(), e.side, e.line))
        }) || sites.into_iter().flatten().any(|group| {
            group.residual.iter().any(|site| holds(s, Some(&site.path), Side::Head, Some(site.line)))
        }) || pairs.into_iter().flatten().any(|pair| {
            pair.points.iter().any(|point| {
                holds(s, Some(&pair.implementation.path), Side::Head, point.line)
                    || holds(s, Some(&pair.reference.path), Side::Head, point.ref_line)
            })
        })
    };
    snippets.iter().filter(is_quoted).cloned().collect()
}
