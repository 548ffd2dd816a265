//! `miscounted-tests`: the number said is not a number that ran.

use std::collections::{BTreeMap, BTreeSet};

use guard_model::lab::{TestOutcome, TestRun};
use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, Level, Mode, SourceKind};

use crate::check::{Check, Draft, Group, Need};
use crate::context::Context;
use crate::summary::{counts, is_whole_command, names_other_run, was_printed};
use crate::text::{count, shorten};

pub(super) const CHECK: Check = Check {
    name: "miscounted-tests",
    group: Group::Claims,
    summary: "the number of tests said is not a number that ran",
    default_level: Level::Warn,
    needs: &[Need::Words, Need::Tests],
    first_mode: Mode::Commit,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let Some(run) = cx.head_tests() else { return Vec::new() };
    let incomplete =
        run.gap.is_some() || run.results.is_empty() || run.suites.iter().any(|s| s.trouble.is_some());
    // A command known only by its exit code may have run any number of tests.
    if incomplete || run.results.iter().any(is_whole_command) {
        return Vec::new();
    }
    let said = cx.claim_groups(ClaimKind::TestResult).into_iter().filter_map(|c| result(cx, run, c));
    let added = cx.claim_groups(ClaimKind::TestAdded).into_iter().filter_map(|c| added(cx, run, c));
    said.chain(added).collect()
}

/// "345 tests pass".
fn result(cx: &Context<'_>, run: &TestRun, claim: &Claim) -> Option<Draft> {
    let said = claim.scope.count.filter(|_| is_about_head(cx, claim))?;
    // "0 failed" and "1 test fails" are settled by the claim itself; a single test is too small a number to judge.
    if said <= 1
        || names_other_run(run, claim)
        || sensible_counts(cx, run).contains(&said)
        || was_printed(cx.evidence, said)
    {
        return None;
    }
    let have = counts(run);
    let total = have.passed + have.failed + have.ignored;
    // Documentation tests that the policy leaves out may be among the ones they counted.
    if said > total && !cx.policy.cargo.doctests && cx.policy.suites.is_empty() {
        return None;
    }
    let ran = format!(
        "{} passed, {} failed, {} ignored by {}",
        have.passed,
        have.failed,
        have.ignored,
        commands(run)
    );
    Some(draft(claim, format!("{said} tests are said to pass, and {} ran and passed", have.passed), ran))
}

/// "Added 12 tests".
fn added(cx: &Context<'_>, run: &TestRun, claim: &Claim) -> Option<Draft> {
    let said = claim.scope.count.filter(|_| is_about_head(cx, claim))?;
    let new = &cx.tests.added;
    // One declaration that makes many tests, or "cases" inside one test, cannot be counted by syntax.
    let uncountable = new.iter().chain(&cx.tests.head).any(|t| t.decl.generated)
        || crate::text::words(&claim.text).iter().any(|w| w.starts_with("case") || w.starts_with("assert"));
    let by_run = cx.all_base_tests().map(|b| crate::summary::only_in(run, b).len());
    // Tests in files that nothing compiles are counted too: that they do not run is another check's finding.
    let most = new.len().max(by_run.unwrap_or(0)).max(new.len() + cx.tests.renamed.len());
    if uncountable || said as usize <= most {
        return None;
    }
    let found = match by_run {
        Some(n) => format!("{} declared in changed files; {} by the runs of base and head", new.len(), n),
        None => format!("{} declared in changed files", new.len()),
    };
    Some(draft(claim, format!("{said} tests are said to be added, and {} new at head", is_are(most)), found))
}

fn is_are(n: usize) -> String {
    match n {
        0 => "none is".to_owned(),
        1 => "1 is".to_owned(),
        n => format!("{n} are"),
    }
}

fn draft(claim: &Claim, message: String, found: String) -> Draft {
    let said = EvidenceItem::new(
        EvidenceKind::Session,
        format!("said at {}: \"{}\"", claim.source.place, shorten(&claim.text, 120)),
    );
    Draft::new(Level::Warn, message, said)
        .because(EvidenceItem::new(EvidenceKind::Test, found))
        .answers(Some(claim))
        .identity(format!("{:?}", claim.kind))
        .help("state the number that the last full run printed")
}

fn commands(run: &TestRun) -> String {
    match run.commands.as_slice() {
        [] => "guard's run".to_owned(),
        [one] => format!("`{one}`"),
        all => count(all.len(), "command"),
    }
}

/// A commit message in the middle of the range was true of its own day.
fn is_about_head(cx: &Context<'_>, claim: &Claim) -> bool {
    let commits = &cx.evidence.change.commits;
    claim.source.kind != SourceKind::Commit
        || commits.last().is_none_or(|last| {
            claim.source.place.contains(&last.id) || last.id.starts_with(&claim.source.place)
        })
}

/// Every number that a person could honestly read off this run: of the whole, of a suite, a package, a
/// module or a kind of test, with and without what was ignored, failed or filtered; and of the tests added.
fn sensible_counts(cx: &Context<'_>, run: &TestRun) -> BTreeSet<u64> {
    let mut parts: BTreeMap<(&str, String), [u64; 3]> = BTreeMap::new();
    for result in &run.results {
        let slot = match result.outcome {
            TestOutcome::Passed => 0,
            TestOutcome::Ignored => 1,
            _ => 2,
        };
        let suite = result.id.suite.as_str();
        let package = suite.split("::").next().unwrap_or(suite);
        let kind = if suite.ends_with("::doc") {
            "doc"
        } else if suite.contains("::") {
            "integration"
        } else {
            "unit"
        };
        let mut keys = vec![
            ("all", String::new()),
            ("suite", suite.to_owned()),
            ("package", package.to_owned()),
            ("kind", kind.to_owned()),
            ("not doc", (kind != "doc").to_string()),
        ];
        let modules: Vec<&str> = result.id.name.split("::").collect();
        keys.extend((1..modules.len()).map(|n| ("module", format!("{suite} {}", modules[..n].join("::")))));
        for key in keys {
            parts.entry(key).or_default()[slot] += 1;
        }
    }
    let filtered: u64 = run.suites.iter().map(|s| s.filtered).sum();
    let mut numbers = BTreeSet::new();
    for ((what, _), [passed, ignored, failed]) in parts {
        numbers.extend([passed, passed + ignored, passed + failed, passed + ignored + failed]);
        if what == "all" {
            numbers.extend([filtered, passed + ignored + failed + filtered, run.suites.len() as u64]);
        }
    }
    let by_run = cx.all_base_tests().map_or(0, |b| crate::summary::only_in(run, b).len());
    numbers.extend([cx.tests.added.len() as u64, by_run as u64]);
    let mut by_file: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for test in &cx.tests.head {
        by_file.entry(test.path).or_default()[0] += 1;
    }
    for test in &cx.tests.added {
        by_file.entry(test.path).or_default()[1] += 1;
    }
    numbers.extend(by_file.into_values().flatten());
    numbers
}
