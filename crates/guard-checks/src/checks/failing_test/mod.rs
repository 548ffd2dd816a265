//! `failing-test`: a test that fails at head.

use std::collections::BTreeMap;

use guard_model::lab::{Proof, SuiteOutcome, SuiteTrouble, TestOutcome, TestResult, TestRun};
use guard_model::{Claim, ClaimKind, ClaimVerdict, EvidenceItem, EvidenceKind, Level, Mode, Side};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::claims;
use crate::context::Context;
use crate::identities::is_part_of;
use crate::summary::is_whole_command;
use crate::text::{count, first_line, names, shorten};
use crate::verdict::time_limit;

pub(super) const CHECK: Check = Check {
    name: "failing-test",
    group: Group::Tests,
    summary: "a test that fails at head",
    default_level: Level::Deny,
    needs: &[Need::Tests],
    first_mode: Mode::Commit,
    readme: include_str!("README.md"),
    yields_to: &["not-preexisting"],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let Some(run) = cx.head_tests() else { return Vec::new() };
    let mut drafts = Vec::new();
    let (mut old, mut unreported) = (Vec::new(), Vec::new());
    let mut conditional: BTreeMap<(&str, Proof), Vec<&TestResult>> = BTreeMap::new();
    let mut unjudged: BTreeMap<&str, Vec<&TestResult>> = BTreeMap::new();
    for result in run.results.iter().filter(|r| r.outcome.is_failure() && !r.is_flaky()) {
        if run.suites.iter().any(|s| accounts_for(s, result)) {
            continue;
        }
        match (&result.condition, cx.result_at_base(result)) {
            (Some(c), _) => conditional.entry((&c.says, c.proof)).or_default().push(result),
            (None, Some(base)) if base.failed_for_sure() => old.push(result),
            (None, Some(_)) if cx.is_unreported_at_base(result) => unreported.push(result),
            (None, None) if cx.broken_at_base(&result.id.suite).is_some() => {
                unjudged.entry(&result.id.suite).or_default().push(result);
            }
            (None, base) => drafts.push(new_failure(cx, result, base)),
        }
    }
    drafts.extend(
        conditional.iter().filter_map(|((says, proof), results)| explained(cx, says, *proof, results)),
    );
    drafts.extend(unjudged.iter().filter_map(|(suite, results)| among_broken(cx, suite, results)));
    let gainsaid = drafts.is_empty().then(|| cx.claims_of(ClaimKind::TestResult));
    let gainsaid = gainsaid.and_then(|mut c| c.find(|c| c.verdict == ClaimVerdict::Contradicted));
    drafts.extend(old_failures(gainsaid, &old));
    drafts.extend(unreported.iter().map(|r| never_reported(cx, r)));
    drafts.extend(run.suites.iter().filter_map(|s| troubled(cx, run, s)));
    drafts
}

/// Whether the trouble of a suite already says that this test failed.
fn accounts_for(suite: &SuiteOutcome, result: &TestResult) -> bool {
    suite.suite == result.id.suite
        && match suite.trouble {
            Some(SuiteTrouble::Hung) => result.outcome == TestOutcome::TimedOut,
            Some(SuiteTrouble::Crashed | SuiteTrouble::OverMemory | SuiteTrouble::OverOutput) => {
                result.outcome == TestOutcome::TimedOut || result.line.is_none()
            }
            _ => false,
        }
}

fn new_failure(cx: &Context<'_>, result: &TestResult, base: Option<&TestResult>) -> Draft {
    let verb = if result.outcome == TestOutcome::TimedOut { "does not end" } else { "fails" };
    let said = result.message.as_deref().map(|m| first_line(m, 160)).filter(|m| !m.is_empty());
    let because = said.as_ref().map(|s| format!(": {s}")).unwrap_or_default();
    let reruns = match result.reruns.len() {
        0 => "it was not rerun".to_owned(),
        n => format!("it failed in {} too", count(n, "rerun")),
    };
    let declared = cx.tests.declared(&result.id, Side::Head);
    let is_new = declared.is_some_and(|d| cx.tests.is_new(&d));
    let (message, at_base) = match base.map(|b| b.outcome) {
        Some(TestOutcome::Passed) => {
            (format!("test `{}` {verb}, and passes at base{because}", result.id), "passes at base".to_owned())
        }
        Some(TestOutcome::Failed | TestOutcome::TimedOut) => (
            format!("test `{}` {verb}, and was red at base only at times{because}", result.id),
            match base.and_then(|b| b.condition.as_ref()) {
                Some(condition) => format!("failed at base under a condition: {}", condition.says),
                None => "failed at base in some runs and passed in others".to_owned(),
            },
        ),
        Some(_) => (format!("test `{}` {verb}{because}", result.id), "gave no result at base".to_owned()),
        None if is_new => {
            (format!("new test `{}` {verb}{because}", result.id), "is new in this change".to_owned())
        }
        None if cx.base_tests().is_some() => {
            (format!("test `{}` {verb}{because}", result.id), "is not among base's tests".to_owned())
        }
        None => (
            format!("test `{}` {verb}{because}", result.id),
            "was not run at base, so the failure may be older than the change".to_owned(),
        ),
    };
    let ran = format!("`{}` {verb} at head; {reruns}; the test {at_base}", result.id);
    let claim = cx.claims_of(ClaimKind::TestResult).next();
    let all_pass = claim.is_some_and(|c| !claims::says_some_fail(&c.text));
    let announced = announced(cx).filter(|_| is_new && !all_pass);
    let was_red = base.is_some_and(|b| b.outcome.is_failure());
    let level = if announced.is_some() || was_red { Level::Warn } else { Level::Deny };
    at(cx, result, Draft::new(level, message, EvidenceItem::new(EvidenceKind::Test, ran)))
        .because_all(announced)
        .answers(claim)
        .help("fix the code, or the test if its expectation is wrong and the change says so")
}

/// Failures that one condition of guard's own runs explains: one note for all of them.
fn explained(cx: &Context<'_>, condition: &str, proof: Proof, results: &[&TestResult]) -> Option<Draft> {
    let ids: Vec<String> = results.iter().map(|r| r.id.to_string()).collect();
    let who = match ids.as_slice() {
        [one] => format!("test `{one}` fails"),
        all => format!("{} fail", count(all.len(), "test")),
    };
    let message = match proof {
        Proof::Rerun => format!("{who} only under guard's conditions: {condition}"),
        Proof::Machine | Proof::Words => format!("{who}, maybe for guard's conditions: {condition}"),
    };
    let mut items = ids.iter().map(|id| {
        let shown = match proof {
            Proof::Rerun => format!("reruns of `{id}` show: {condition}"),
            Proof::Machine | Proof::Words => format!("by what `{id}` says when it fails: {condition}"),
        };
        EvidenceItem::new(EvidenceKind::Test, shown)
    });
    let mut items = items.by_ref().take(20);
    let draft = Draft::new(Level::Note, message, items.next()?)
        .because_all(items)
        .help("the policy can give it what it needs: `[sandbox]` opens the network, paths and sockets, `[cargo] features` says what is built");
    match results {
        [one] => Some(at(cx, one, draft)),
        _ => Some(draft.identity(format!("{condition} {}", ids.join(" ")))),
    }
}

/// A sentence about the finished change that says that it brings a failing test: "Add failing test for #12".
fn announced(cx: &Context<'_>) -> Option<EvidenceItem> {
    const BRINGING: &[&str] = &[
        "add",
        "introduce",
        "write",
        "create",
        "commit",
        "wip",
        "reproduce",
        "demonstrate",
        "expose",
        "phase",
    ];
    const MENDING: &[&str] =
        &["fix", "resolve", "repair", "correct", "no", "not", "previously", "was", "were"];
    let commits = &cx.evidence.change.commits;
    let is_earlier = |place: &str| match commits.as_slice() {
        [earlier @ .., _] => earlier.iter().any(|c| place.contains(&c.id) || c.id.starts_with(place)),
        [] => false,
    };
    let sentence = cx.said.find(|s| {
        s.has_near(&["failing", "red"], &["test", "tests", "spec", "phase"])
            && s.has_any(BRINGING)
            && !s.has_any(MENDING)
            && !is_earlier(s.place)
    })?;
    let says = format!("said at {}: \"{}\"", sentence.place, shorten(sentence.text, 120));
    Some(EvidenceItem::new(EvidenceKind::Session, says))
}

/// Failures that base does not know, in a suite that base could not run either: one note for all of them.
fn among_broken(cx: &Context<'_>, suite: &str, results: &[&TestResult]) -> Option<Draft> {
    let (red, all) = cx.broken_at_base(suite)?;
    let ids: Vec<String> = results.iter().map(|r| r.id.to_string()).collect();
    let who = match ids.as_slice() {
        [one] => format!("test `{one}` fails"),
        all => format!("{} fail", count(all.len(), "test")),
    };
    let message =
        format!("{who}, in a suite that does not work here: {red} of its {all} tests were red at base");
    let mut items = ids.iter().map(|id| {
        EvidenceItem::new(EvidenceKind::Test, format!("`{id}` fails at head, and base has no result of it"))
    });
    let mut items = items.by_ref().take(20);
    let draft = Draft::new(Level::Note, message, items.next()?)
        .because_all(items)
        .help("see the suite's log for what it lacks here; the policy can give it: `prepare`, `[sandbox]`");
    match results {
        [one] => Some(at(cx, one, draft)),
        _ => Some(draft.identity(format!("broken {suite} {}", ids.join(" ")))),
    }
}

/// Points at the failure, or at the test's declaration.
fn at(cx: &Context<'_>, result: &TestResult, draft: Draft) -> Draft {
    let declared = cx.tests.declared(&result.id, Side::Head);
    let fact = match declared {
        Some(d) => Fact::Test(d.path.to_owned(), d.decl.name.clone()),
        None => Fact::Test(result.id.suite.clone(), result.id.name.clone()),
    };
    let draft = draft.identity(result.id.to_string()).about(fact);
    match place(cx, result) {
        Some((path, line)) => draft.at(Side::Head, path, line),
        None => draft,
    }
}

/// Where a test failed, or is declared.
fn place<'a>(cx: &Context<'a>, result: &'a TestResult) -> Option<(&'a str, Option<u32>)> {
    let declared = || cx.tests.declared(&result.id, Side::Head).map(|d| (d.path, Some(d.decl.line)));
    result.path.as_deref().map(|path| (path, result.line)).or_else(declared)
}

/// Failures that base had too: one note for all of them, a warning where all tests are said to pass.
fn old_failures(claim: Option<&Claim>, old: &[&TestResult]) -> Option<Draft> {
    let ids: Vec<String> = old.iter().map(|r| r.id.to_string()).collect();
    let message = match ids.as_slice() {
        [] => return None,
        [one] => format!("test `{one}` fails, and was already red at base"),
        all => format!("{} fail, and were already red at base: {}", count(all.len(), "test"), names(all, 5)),
    };
    let items = ids
        .iter()
        .map(|id| EvidenceItem::new(EvidenceKind::Test, format!("`{id}` fails at base and at head")));
    let mut items = items.take(20);
    let level = if claim.is_some() { Level::Warn } else { Level::Note };
    let message = match claim {
        Some(claim) => format!("\"{}\" is said; {message}", shorten(&claim.text, 80)),
        None => message,
    };
    let draft = Draft::new(level, message, items.next()?).answers(claim);
    Some(draft.because_all(items).identity(format!("old {}", ids.join(" "))))
}

/// A failure of a test that base announced and never reported.
fn never_reported(cx: &Context<'_>, result: &TestResult) -> Draft {
    let message = format!("test `{}` fails, and base's run ended before it reported it", result.id);
    let says = format!("`{}` fails at head; base announced it, and its suite had trouble", result.id);
    at(cx, result, Draft::new(Level::Note, message, EvidenceItem::new(EvidenceKind::Test, says)))
}

/// A suite that did not end as suites do.
fn troubled(cx: &Context<'_>, run: &TestRun, suite: &SuiteOutcome) -> Option<Draft> {
    let trouble = suite.trouble?;
    let base = cx.base_tests().and_then(|b| b.suites.iter().find(|s| s.suite == suite.suite));
    let of_suite = |outcome| {
        let results = run.results.iter().filter(move |r| r.id.suite == suite.suite && r.outcome == outcome);
        results.map(|r| r.id.name.as_str()).collect::<Vec<_>>()
    };
    let silent = of_suite(TestOutcome::NotRun);
    // A command that is its only test has no name of its own.
    let is_command = run.results.iter().any(|r| r.id.suite == suite.suite && is_whole_command(r));
    let hanging = if is_command { Vec::new() } else { of_suite(TestOutcome::TimedOut) };
    // Whose process ended while they ran.
    let cut_off: Vec<&TestResult> = run
        .results
        .iter()
        .filter(|r| !is_command && r.outcome == TestOutcome::Failed && accounts_for(suite, r))
        .collect();
    let in_tests = match cut_off.as_slice() {
        [] => String::new(),
        all => format!(" in {}", names(&all.iter().map(|r| r.id.name.as_str()).collect::<Vec<_>>(), 5)),
    };
    let name =
        if suite.suite.is_empty() { "the test suite".to_owned() } else { format!("suite `{}`", suite.suite) };
    let unreported = if silent.is_empty() {
        String::new()
    } else {
        format!("; {} never reported: {}", count(silent.len(), "test"), names(&silent, 5))
    };
    let what = match trouble {
        SuiteTrouble::EndedEarly => {
            let announced =
                suite.announced.map_or_else(|| "its tests".to_owned(), |n| count(n as usize, "test"));
            let code = suite.exit_code.map_or_else(String::new, |c| format!(" with exit code {c}"));
            format!("{name} announced {announced} and ended{code} before it reported a result{unreported}")
        }
        SuiteTrouble::Hung if hanging.is_empty() => {
            format!("{name} was still running at the time limit{unreported}")
        }
        SuiteTrouble::Hung => format!("{name} hangs in {}{unreported}", names(&hanging, 5)),
        SuiteTrouble::Crashed => format!("{name} crashed{in_tests}{unreported}"),
        SuiteTrouble::FailedOutsideTests => format!("{name} fails, though none of its tests does"),
        SuiteTrouble::OverMemory => {
            format!("{name} used more memory than `limits.memory` allows{in_tests}{unreported}")
        }
        SuiteTrouble::OverOutput => {
            format!("{name} printed more than `limits.output` allows{in_tests}{unreported}")
        }
    };
    let new_hanging = hanging.iter().any(|n| {
        let id = guard_model::lab::TestId { suite: suite.suite.clone(), name: (*n).to_owned() };
        cx.tests.declared(&id, Side::Head).is_some_and(|d| cx.tests.is_new(&d))
    });
    // A limit can also be hit because the machine is slow or small: it accuses only where base stayed inside it.
    let may_be_the_machine =
        matches!(trouble, SuiteTrouble::Hung | SuiteTrouble::OverMemory | SuiteTrouble::OverOutput);
    let lost = cx.lost_results(run, &suite.suite);
    // Where a file's tests run, some runners report no suite of its name.
    let of_base = cx.base_tests().into_iter().flat_map(|b| &b.results);
    let passed_at_base =
        of_base.filter(|r| is_part_of(&r.id.suite, &suite.suite) && r.outcome == TestOutcome::Passed).count();
    let tests_pass = match passed_at_base {
        1 => "1 of its tests passes at base".to_owned(),
        n => format!("{n} of its tests pass at base"),
    };
    let (level, at_base) = match base.map(|b| b.trouble) {
        Some(None) if hanging.is_empty() && cx.is_slow(suite) => (
            Level::Warn,
            "the suite needed more than half of that time at base, and no test hangs on its own",
        ),
        Some(None) => (Level::Deny, "the suite runs to its end at base"),
        Some(Some(SuiteTrouble::FailedOutsideTests)) if lost > 0 => {
            (Level::Deny, "at base the suite reports tests that pass and that head never reports")
        }
        Some(Some(_)) if lost > 0 => {
            (Level::Warn, "the suite has trouble at base too, and head reports fewer tests")
        }
        Some(Some(_)) => (Level::Note, "the suite has trouble at base too"),
        None if passed_at_base > 0 => (Level::Deny, tests_pass.as_str()),
        None if new_hanging => (Level::Deny, "the test that hangs is new in this change"),
        None if may_be_the_machine => (Level::Warn, "the suite was not run at base"),
        None => (Level::Deny, "the suite was not run at base"),
    };
    let message = if level == Level::Note { format!("{what}, as at base") } else { what };
    let detail = suite.detail.as_deref().map(|d| first_line(d, 200)).filter(|d| !d.is_empty());
    let help = match trouble {
        SuiteTrouble::Hung => {
            format!("make it end; if it only needs longer, raise {}", time_limit(cx, suite))
        }
        _ => "a suite counts only when it reports every test that it announced".to_owned(),
    };
    let draft = Draft::new(level, message, EvidenceItem::new(EvidenceKind::Test, at_base));
    let hung = run.results.iter().find(|r| r.id.suite == suite.suite && r.outcome == TestOutcome::TimedOut);
    let draft = match hung.or(cut_off.first().copied()).and_then(|r| place(cx, r)) {
        Some((path, line)) => draft.at(Side::Head, path, line),
        None => draft,
    };
    Some(
        draft
            .because_all(detail.map(|d| EvidenceItem::new(EvidenceKind::Test, d)))
            .answers(cx.claims_of(ClaimKind::TestResult).next())
            .identity(format!("suite {}", suite.suite))
            .about(Fact::Suite(suite.suite.clone()))
            .help(help),
    )
}
