//! JUnit XML: a suite with a test case for every check, and one with a test case for every claim.
//!
//! The case `verdict` stands for the run as a whole, so that a run which could not measure what it had
//! to is an error even where every single check is only skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use guard_model::claim::ClaimVerdict;
use guard_model::{Claim, Finding, Mode, Report, Verdict};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::{Options, untrusted, view};

pub(super) fn render(report: &Report, options: &Options<'_>) -> String {
    let mut document = quick_junit::Report::new("guard");
    document.add_test_suite(checks(report, options));
    if let Some(claims) = report.claims.as_ref().filter(|c| !c.is_empty()) {
        let mut suite = TestSuite::new("guard claims");
        suite.add_test_cases(claims.iter().map(|c| claim(c, report.mode)));
        document.add_test_suite(suite);
    }
    let xml = document.to_string().expect("writing XML into a string does not fail");
    untrusted::defuse(&xml)
}

fn checks(report: &Report, options: &Options<'_>) -> TestSuite {
    let mut findings: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in view::reported(report) {
        findings.entry(&finding.check).or_default().push(finding);
    }
    let mut skipped: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for skip in &report.skipped_checks {
        skipped.entry(&skip.check).or_default().insert(&skip.reason);
    }
    let mut names: BTreeSet<&str> = options.docs.iter().map(|d| d.name).collect();
    names.extend(findings.keys());
    names.extend(skipped.keys());

    let mut suite = TestSuite::new("guard");
    suite.set_time(Duration::from_millis(report.timings.collect_ms.saturating_add(report.timings.check_ms)));
    suite.add_test_case(verdict(report));
    for name in names {
        let found = findings.get(name).map_or(&[][..], Vec::as_slice);
        suite.add_test_case(check(report, name, found, skipped.get(name)));
    }
    suite
}

fn verdict(report: &Report) -> TestCase {
    let mut status = match report.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Inconclusive => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    if report.verdict != Verdict::Pass {
        status.set_type(report.verdict.as_str());
        status.set_message(&*untrusted::line(&view::headline(report)));
    }
    case("guard", "verdict", status)
}

fn check(report: &Report, name: &str, found: &[&Finding], skipped: Option<&BTreeSet<&str>>) -> TestCase {
    let failing = view::failing_level(report);
    let (bad, other): (Vec<&Finding>, Vec<&Finding>) =
        found.iter().partition(|f| f.suppressed.is_none() && f.level >= failing);
    let reasons =
        skipped.map(|reasons| reasons.iter().map(|r| untrusted::line(r)).collect::<Vec<_>>().join("; "));

    let status = if let Some(first) = bad.first() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(first.level.as_str());
        let more = if bad.len() > 1 { format!(" (and {} more)", bad.len() - 1) } else { String::new() };
        status.set_message(format!("{}{more}", untrusted::line(&first.message)));
        status.set_description(describe(&bad));
        status
    } else if let Some(reasons) = &reasons {
        let mut status = TestCaseStatus::skipped();
        status.set_message(reasons);
        status
    } else {
        TestCaseStatus::success()
    };
    let mut case = case("guard.checks", name, status);
    let mut notes = describe(&other);
    if let (Some(reasons), false) = (&reasons, bad.is_empty()) {
        notes.push_str("in part not measured: ");
        notes.push_str(reasons);
        notes.push('\n');
    }
    if !notes.is_empty() {
        case.set_system_out(notes);
    }
    case
}

fn claim(claim: &Claim, mode: Mode) -> TestCase {
    let mut lines: Vec<String> = claim
        .evidence
        .iter()
        .map(|item| {
            let place = view::evidence_place(item, None).map(|p| format!(" ({p})")).unwrap_or_default();
            untrusted::line(&format!("{}: {}{place}", view::evidence_kind(item), item.message)).into_owned()
        })
        .collect();
    lines.push(format!("said in: {}", untrusted::line(&claim.source.place)));
    let mut status = match claim.verdict {
        ClaimVerdict::Verified => TestCaseStatus::success(),
        ClaimVerdict::Contradicted | ClaimVerdict::Partial => {
            TestCaseStatus::non_success(NonSuccessKind::Failure)
        }
        ClaimVerdict::Unsupported | ClaimVerdict::NotCheckable => TestCaseStatus::skipped(),
    };
    if claim.verdict != ClaimVerdict::Verified {
        let evidence = view::claim_evidence(claim).map(|e| format!(": {e}")).unwrap_or_default();
        let looked =
            if claim.looked { String::new() } else { format!(" ({})", view::unlooked(claim.kind, mode)) };
        status.set_type(claim.verdict.as_str());
        status.set_message(&*untrusted::line(&format!("{}{looked}{evidence}", claim.verdict.as_str())));
        status.set_description(lines.join("\n"));
    }
    let name = format!("{} {}", claim.id, untrusted::at_most(claim.text.trim(), 200));
    case("guard.claims", &name, status)
}

fn case(class: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(&*untrusted::line(name), status);
    case.set_classname(class);
    case
}

/// Findings as lines of text.
fn describe(findings: &[&Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        let place =
            view::finding_place(finding).map(|p| format!("{}: ", untrusted::path(&p))).unwrap_or_default();
        let level = finding.level.as_str();
        out.push_str(&format_line(&format!("{place}{level}: {}", finding.message), 0));
        if let Some(why) = &finding.suppressed {
            out.push_str(&format_line(&format!("accepted by the policy: {}", why.reason), 2));
        }
        for detail in view::details(finding) {
            out.push_str(&format_line(&detail, 2));
        }
    }
    out
}

fn format_line(text: &str, indent: usize) -> String {
    format!("{:indent$}{}\n", "", untrusted::line(text))
}
