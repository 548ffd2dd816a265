//! The verdict, and how far the measurements behind it reach.
//!
//! `fail` with an unsuppressed finding at the policy's `fail-on`; else `inconclusive` when something that
//! mode and policy require was not measured; else `pass`. A run that measured nothing is never green.

use guard_model::lab::{
    Cell, CellOutcome, CellResult, Condition, Proof, SuiteOutcome, TestOutcome, TestResult, TestRun,
};
use guard_model::report::{MutantSummary, SkipKind, SkippedCheck, TestCounts};
use guard_model::{Finding, Gap, GapKind, Level, Mode, MutantOutcome, Policy, Verdict};

use crate::check::{Check, Need};
use crate::context::Context;
use crate::head_build::{HeadBuild, error_line, missing_path};
use crate::identities::is_part_of;
use crate::judge::is_on;
use crate::registry;
use crate::summary::is_whole_command;
use crate::text::{count, shorten};

/// How far the measurements reach.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    missing: Vec<Missing>,
}

/// A check that could not speak.
#[derive(Debug)]
struct Missing {
    skipped: SkippedCheck,
    /// Whether mode and policy require it.
    required: bool,
}

impl Reach {
    /// The checks that did not speak, by name.
    pub(crate) fn skipped(&self) -> Vec<SkippedCheck> {
        let mut all: Vec<SkippedCheck> = self.missing.iter().map(|m| m.skipped.clone()).collect();
        all.sort();
        all.dedup();
        all
    }

    fn first_required(&self) -> Option<&SkippedCheck> {
        self.missing.iter().find(|m| m.required).map(|m| &m.skipped)
    }
}

/// Name that stands in [`SkippedCheck::check`] when a gap concerns the run as a whole.
const WHOLE_RUN: &str = "*";

/// Finds out which checks could not speak.
pub(crate) fn reach(cx: &Context<'_>, wanted: &dyn Fn(&str) -> bool) -> Reach {
    let mut reach = Reach::default();
    for check in registry().iter().filter(|c| is_on(c, cx.policy) && wanted(c.name)) {
        if let Some(silence) = why_silent(cx, check) {
            let demanded = cx.policy.require.iter().any(|r| r == check.name);
            let skipped = SkippedCheck {
                check: check.name.to_owned(),
                reason_kind: silence.kind,
                reason: silence.reason,
                log: silence.log,
            };
            reach.missing.push(Missing { skipped, required: silence.decides || demanded });
        }
    }
    // Tests of a tree that nothing changed say nothing of a change. A run of mutants alone may ask for none.
    if cx.evidence.change.files.is_empty() && cx.lab().is_none_or(|lab| lab.head.is_some()) {
        let skipped = SkippedCheck {
            check: WHOLE_RUN.to_owned(),
            reason_kind: SkipKind::Input,
            reason: "nothing to check: base and head have the same files".to_owned(),
            log: None,
        };
        reach.missing.push(Missing { skipped, required: true });
    }
    for gap in cx.evidence.gaps.iter().filter(|g| g.checks.is_empty()) {
        let skipped = SkippedCheck {
            check: WHOLE_RUN.to_owned(),
            reason_kind: gap.kind.into(),
            reason: gap.reason.clone(),
            log: gap.log.clone(),
        };
        reach.missing.push(Missing { skipped, required: gap.kind != GapKind::Mode });
    }
    reach
}

/// Why a check cannot speak.
struct Silence {
    kind: SkipKind,
    reason: String,
    /// Log that tells more.
    log: Option<String>,
    /// Whether a run without this check is inconclusive.
    decides: bool,
}

impl Silence {
    fn by(gap: &Gap) -> Silence {
        Silence {
            log: gap.log.clone(),
            decides: gap.kind != GapKind::Mode,
            ..Silence::new(gap.kind.into(), gap.reason.clone())
        }
    }

    fn input(reason: impl Into<String>, decides: bool) -> Silence {
        Silence { decides, ..Silence::new(SkipKind::Input, reason) }
    }

    /// With the log of the run, where it has only one.
    fn logged_in(self, run: &TestRun) -> Silence {
        let only = || run.logs.first().filter(|_| run.logs.len() == 1).cloned();
        Silence { log: self.log.clone().or_else(only), ..self }
    }

    /// One that decides nothing.
    fn new(kind: SkipKind, reason: impl Into<String>) -> Silence {
        Silence { kind, reason: reason.into(), log: None, decides: false }
    }
}

fn why_silent(cx: &Context<'_>, check: &Check) -> Option<Silence> {
    // What the change does not ask for is not missing. Mutants have their own rule.
    if !check.needs.contains(&Need::Mutants)
        && check.needs.iter().all(|need| matters(cx, *need))
        && let Some(gap) = cx.evidence.gaps.iter().find(|g| g.checks.iter().any(|c| c == check.name))
    {
        return Some(Silence::by(gap));
    }
    let silence = check.needs.iter().find_map(|need| unmet(cx, *need))?;
    if cx.evidence.mode < check.first_mode && cx.evidence.lab.is_none() {
        let reason = format!("needs `--mode {}`", check.first_mode.as_str());
        return Some(Silence::new(SkipKind::Mode, reason));
    }
    Some(silence)
}

/// Whether a need can bear on this change at all.
fn matters(cx: &Context<'_>, need: Need) -> bool {
    match need {
        Need::Syntax | Need::Policy | Need::Build | Need::Tests | Need::Words | Need::Mutants => true,
        Need::OldOnNew => {
            let mut pairs = cx.tests.kept.iter().chain(&cx.tests.renamed);
            pairs.any(|(b, h)| b.decl.body != h.decl.body) || !cx.tests.removed.is_empty()
        }
        Need::NewOnOld => {
            cx.claims_of(guard_model::ClaimKind::Fix).next().is_some() && !cx.tests.added.is_empty()
        }
    }
}

fn unmet(cx: &Context<'_>, need: Need) -> Option<Silence> {
    if !matters(cx, need) {
        return None;
    }
    match need {
        Need::Syntax | Need::Policy => None,
        Need::Words => {
            let silent = cx.evidence.words.statements.is_empty() && cx.evidence.words.tasks.is_empty();
            silent.then(|| Silence::input("no session, message or commit message was read", false))
        }
        // A build that fails was measured: `broken-build` speaks.
        Need::Build if matches!(cx.build, HeadBuild::Broken { .. }) => None,
        Need::Build => unbuilt(cx),
        Need::Tests => unbuilt(cx).or_else(|| untested(cx)),
        Need::OldOnNew => {
            uncompared(cx, |l| l.old_tests_on_new_code.as_ref(), "base's tests were not run on head's code")
                .or_else(|| incomparable(cx))
        }
        Need::Mutants => unmutated(cx),
        Need::NewOnOld => {
            uncompared(cx, |l| l.new_tests_on_old_code.as_ref(), "head's tests were not run on base's code")
        }
    }
}

fn unbuilt(cx: &Context<'_>) -> Option<Silence> {
    match cx.build {
        HeadBuild::Ok | HeadBuild::Needless => None,
        HeadBuild::NotRun => Some(Silence::input("head was not built", true)),
        HeadBuild::Inconclusive(build) => Some(match &build.gap {
            Some(gap) => Silence { decides: true, ..Silence::by(gap) },
            None => Silence::input(format!("`{}` came to no result", build.command), true),
        }),
        HeadBuild::Broken { .. } => Some(Silence::input("head does not build", false)),
        HeadBuild::Old { build, .. } => {
            let error = build.errors.first().map(error_line).unwrap_or_default();
            Some(Silence::input(format!("head could not be built, and neither could base: {error}"), true))
        }
        HeadBuild::Outside { build, reason } => {
            let path = missing_path(build).map(|p| format!(" (`{p}`)")).unwrap_or_default();
            Some(Silence::input(format!("head could not be built here: {reason}{path}"), true))
        }
    }
}

fn untested(cx: &Context<'_>) -> Option<Silence> {
    let has_tests = !cx.tests.head.is_empty();
    match cx.head_tests() {
        None if has_tests => Some(Silence::input("the change has tests, and none were run", true)),
        None => Some(Silence::input("no tests were found to run", false)),
        Some(TestRun { gap: Some(gap), .. }) => Some(Silence { decides: true, ..Silence::by(gap) }),
        Some(run) => unsure_suite(cx, run)
            .or_else(|| broken_suite(cx, run))
            .or_else(|| unloaded_suite(cx, run))
            .or_else(|| idle(cx, run))
            .or_else(|| unproven(cx, run))
            .map(|silence| silence.logged_in(run)),
    }
}

/// A run that shows nothing where there are tests that could have: none ran, or all of them are red.
fn idle(cx: &Context<'_>, run: &TestRun) -> Option<Silence> {
    let declared = cx.tests.head.iter().filter(|t| t.decl.ignored.is_none()).count();
    let left_out: u64 = run.suites.iter().map(|s| s.filtered).sum();
    let total = run.results.len();
    let reason = if total == 0 && declared > 0 {
        format!("no test ran: the change has {}, and the test command ran none", count(declared, "test"))
    } else if total == 0 && left_out > 0 {
        "no test ran: every test was left out by a filter".to_owned()
    } else if total == 0 && cx.base_tests().is_some_and(|b| !b.results.is_empty()) {
        "no test ran: base has tests, and the test command ran none at head".to_owned()
    } else if total == 0 {
        return None;
    } else if run.count(TestOutcome::Ignored) == total as u64 {
        format!("no test ran: {} ignored", if total == 1 { "the only one is" } else { "all of them are" })
    } else if run.results.iter().all(shows_nothing) {
        let troubled = run.suites.iter().find_map(|s| {
            s.trouble?;
            let said = s.detail.as_deref()?.lines().next().filter(|line| !line.is_empty())?;
            Some(format!("; suite `{}`: {}", s.suite, shorten(said, 120)))
        });
        let why = troubled.unwrap_or_default();
        format!("no test passes at head: {} came out red or not at all{why}", count(total, "test"))
    } else {
        return None;
    };
    Some(Silence::input(reason, true))
}

/// A red test of which only its own words, or this machine, say why, and that base does not know as red: the
/// change may have broken it. One that a rerun showed to pass is explained, unless base passes without that.
fn unproven(cx: &Context<'_>, run: &TestRun) -> Option<Silence> {
    let unreported = run.results.iter().find(|r| r.failed_for_sure() && cx.is_unreported_at_base(r));
    if let Some(test) = unreported {
        let reason = format!(
            "test `{}` fails and could not be judged: base's suite ended before it reported it",
            test.id
        );
        return Some(Silence::input(reason, true));
    }
    let is_open = |r: &&TestResult| {
        let base = cx.result_at_base(r).map(|b| b.outcome);
        let is_proven = |c: &Condition| c.proof == Proof::Rerun && base != Some(TestOutcome::Passed);
        r.outcome.is_failure()
            && !r.is_flaky()
            && r.condition.as_ref().is_some_and(|c| !is_proven(c))
            && !base.is_some_and(TestOutcome::is_failure)
    };
    let mut open = run.results.iter().filter(is_open);
    let first = open.next()?;
    let says = first.condition.as_ref().map_or("", |c| c.says.as_str());
    let more = match open.count() {
        0 => String::new(),
        n => format!(" (and {n} more)"),
    };
    let at_base = match cx.result_at_base(first).map(|b| b.outcome) {
        Some(TestOutcome::Passed) => "passes at base",
        _ => "base has no result of it",
    };
    let reason = format!("test `{}`{more} fails and could not be judged: {at_base}; {says}", first.id);
    Some(Silence::input(reason, true))
}

/// A flaky test is known to pass at times; of one that fails under a condition of guard's runs nobody has seen
/// a pass.
fn shows_nothing(result: &TestResult) -> bool {
    match result.outcome {
        TestOutcome::Passed => false,
        TestOutcome::Failed | TestOutcome::TimedOut => !result.is_flaky(),
        TestOutcome::Ignored | TestOutcome::NotRun => true,
    }
}

/// A suite over its limit that base was not asked about or does not have: neither its failure nor its success
/// is known.
fn unsure_suite(cx: &Context<'_>, run: &TestRun) -> Option<Silence> {
    use guard_model::lab::SuiteTrouble::{Hung, OverMemory, OverOutput};
    let over = |s: &&SuiteOutcome| matches!(s.trouble, Some(Hung | OverMemory | OverOutput));
    let (suite, why) = match cx.base_tests() {
        None => (run.suites.iter().find(over)?, "and base was not run to compare".to_owned()),
        Some(base) => {
            let is_known = |s: &SuiteOutcome| base.suites.iter().any(|b| b.suite == s.suite);
            let slow = run.suites.iter().find(|s| cx.is_slow(s));
            let slow =
                slow.map(|s| (s, format!("and came near to them at base; raise {}", time_limit(cx, s))));
            let unknown = || run.suites.iter().filter(over).find(|s| !is_known(s));
            slow.or_else(|| Some((unknown()?, "and base does not have it to compare".to_owned())))?
        }
    };
    let reason = format!("suite `{}` did not stay inside its limits, {why}", suite.suite);
    Some(Silence { decides: true, ..Silence::new(SkipKind::Budget, reason) })
}

/// The key in guard.toml that says how long a suite may take, for people.
pub(crate) fn time_limit(cx: &Context<'_>, suite: &SuiteOutcome) -> String {
    let own = cx.policy.suites.iter().find(|s| s.name == suite.suite && s.timeout_s.is_some());
    own.map_or_else(|| "`limits.test`".to_owned(), |s| format!("`timeout` of `[[suite]]` \"{}\"", s.name))
}

/// A suite of whose tests most are red at base, with a failure that base does not know.
fn broken_suite(cx: &Context<'_>, run: &TestRun) -> Option<Silence> {
    let unknown = |r: &&TestResult| r.failed_for_sure() && cx.result_at_base(r).is_none();
    let suite = run.results.iter().filter(unknown).map(|r| &r.id.suite).find_map(|suite| {
        let (red, all) = cx.broken_at_base(suite)?;
        Some(format!("suite `{suite}` does not work here: {red} of its {all} tests were red at base"))
    })?;
    Some(Silence::input(suite, true))
}

/// A suite with trouble on both sides that gives no result, or fewer than at base: what its tests would say
/// is not known.
fn unloaded_suite(cx: &Context<'_>, run: &TestRun) -> Option<Silence> {
    let base = cx.base_tests()?;
    let says_something = |r: &TestResult| r.outcome != TestOutcome::NotRun;
    let silent = |name: &str| !run.results.iter().any(|r| is_part_of(&r.id.suite, name) && says_something(r));
    let old = |name: &str| base.suites.iter().any(|s| s.suite == name && s.trouble.is_some());
    let troubled = |s: &&SuiteOutcome| s.trouble.is_some() && old(&s.suite);
    let unreported = |name: &str| {
        run.results.iter().any(|r| is_part_of(&r.id.suite, name) && r.outcome == TestOutcome::NotRun)
    };
    let is_open = |s: &&SuiteOutcome| silent(&s.suite) || unreported(&s.suite);
    let suite = run.suites.iter().filter(troubled).find(is_open)?;
    let said =
        suite.detail.as_deref().and_then(|d| d.lines().next()).map(|d| format!(": {}", shorten(d, 160)));
    let what = if silent(&suite.suite) { "gives no result" } else { "does not report all of its tests" };
    let reason =
        format!("suite `{}` {what}, and has trouble at base too{}", suite.suite, said.unwrap_or_default());
    Some(Silence::input(reason, true))
}

/// Mutants of which none was measured, though there are some.
fn unmutated(cx: &Context<'_>) -> Option<Silence> {
    let Some(run) = cx.lab().and_then(|l| l.mutants.as_ref()) else {
        let reason = "needs a run that tests mutants".to_owned();
        return Some(Silence::new(SkipKind::Mode, reason));
    };
    // A check has other things to say of a change without such code.
    if run.list.is_empty() && run.gaps.is_empty() && cx.lab().is_some_and(|l| l.head.is_some()) {
        return None;
    }
    let summary = MutantSummary::from(run);
    // Where mutants are all that was run, there must be some that were measured.
    let decides = summary.tested() == 0 && cx.lab().is_some_and(|l| l.head.is_none());
    if let Some(gap) = run.gaps.first() {
        return Some(Silence { decides, ..Silence::by(gap) });
    }
    let reason = match run.list.iter().find(|m| m.outcome == MutantOutcome::NotRun) {
        _ if run.list.is_empty() => "the change holds no code of which mutants could be made".to_owned(),
        Some(left) => {
            let why = left.reason.as_deref().unwrap_or("it was not tested");
            format!("{} of {} not tested: {why}", summary.not_run, count(run.list.len(), "mutant"))
        }
        None if summary.tested() == 0 => {
            let why = if summary.not_compiled == 0 {
                "the compiler refuses them"
            } else {
                "their code is not compiled with these features, on this platform (features: `[cargo]` in guard.toml)"
            };
            format!("none of {} could be tested: {why}", count(run.list.len(), "mutant"))
        }
        None => return None,
    };
    Some(Silence::input(reason, decides))
}

fn uncompared<'a>(
    cx: &Context<'a>,
    of: impl Fn(&'a guard_model::lab::LabEvidence) -> Option<&'a guard_model::lab::Cell>,
    reason: &str,
) -> Option<Silence> {
    if let Some(silence) = unbuilt(cx) {
        return Some(Silence { decides: false, ..silence });
    }
    match cx.lab().and_then(of) {
        Some(cell) => cell.gap.as_ref().map(Silence::by),
        None => Some(Silence::input(reason, true)),
    }
}

/// Rewritten tests whose base version came to nothing on head's code. An honest change of an interface looks the
/// same, so it decides nothing; but it was not measured.
fn incomparable(cx: &Context<'_>) -> Option<Silence> {
    let cell = cx.lab()?.old_tests_on_new_code.as_ref()?;
    let is_rewritten = |result: &CellResult| {
        let mut pairs = cx.tests.kept.iter().chain(&cx.tests.renamed);
        pairs.any(|(b, h)| {
            b.path == result.path && Some(b.decl.line) == result.line && b.decl.body != h.decl.body
        })
    };
    let is_open = |r: &&CellResult| r.outcome == CellOutcome::NotComparable && is_rewritten(r);
    let open: Vec<&CellResult> = cell.results.iter().filter(is_open).collect();
    let first = open.first()?;
    let why = first.message.as_deref().map(|m| format!(": {}", shorten(m, 160))).unwrap_or_default();
    let more = match open.len() {
        1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    let reason =
        format!("base's version of `{}`{more} could not be compared on head's code{why}", first.id.name);
    Some(Silence::input(reason, false))
}

/// The verdict.
pub(crate) fn of(findings: &[Finding], reach: &Reach, policy: &Policy) -> Verdict {
    let fail_on = fail_on(policy);
    if findings.iter().any(|f| f.suppressed.is_none() && f.level >= fail_on) {
        Verdict::Fail
    } else if reach.first_required().is_some() {
        Verdict::Inconclusive
    } else {
        Verdict::Pass
    }
}

/// The level that fails. `fail-on = "allow"` would fail on nothing that is ever reported; a note is the
/// least that counts.
pub(crate) fn fail_on(policy: &Policy) -> Level {
    policy.fail_on.max(Level::Note)
}

/// The verdict as one line.
pub(crate) fn headline(verdict: Verdict, findings: &[Finding], reach: &Reach, cx: &Context<'_>) -> String {
    match verdict {
        Verdict::Fail => {
            let fail_on = fail_on(cx.policy);
            let bad: Vec<&Finding> =
                findings.iter().filter(|f| f.suppressed.is_none() && f.level >= fail_on).collect();
            let mut names: Vec<&str> = Vec::new();
            for finding in &bad {
                if !names.contains(&finding.check.as_str()) {
                    names.push(&finding.check);
                }
            }
            let weight = match (fail_on, bad.len()) {
                (Level::Deny, 1) => "1 finding denies".to_owned(),
                (Level::Deny, n) => format!("{n} findings deny"),
                (level, n) => format!("{} at `{}` or above", count(n, "finding"), level.as_str()),
            };
            format!("fail: {weight} ({})", names.join(", "))
        }
        Verdict::Inconclusive => {
            let reason = reach.first_required().map_or("", |s| s.reason.as_str());
            format!("inconclusive: {}", shorten(reason, 200))
        }
        Verdict::Pass => {
            let open = findings.iter().filter(|f| f.suppressed.is_none() && f.level == Level::Warn).count();
            let warnings =
                if open == 0 { String::new() } else { format!(" with {}", count(open, "warning")) };
            format!("pass{warnings} ({})", how_far(cx))
        }
    }
}

/// What was measured, in a few words.
fn how_far(cx: &Context<'_>) -> String {
    if let Some(guard_model::lab::LabEvidence { head: None, mutants: Some(run), .. }) = cx.lab() {
        let mutants = MutantSummary::from(run);
        return format!("tested {} of {}", mutants.tested(), count(run.list.len(), "mutant"));
    }
    let Some(lab) = cx.lab().filter(|_| cx.build != HeadBuild::NotRun) else {
        return "static checks; nothing was built or run".to_owned();
    };
    let builds = if cx.build == HeadBuild::Needless { "" } else { "head builds" };
    let tests = cx.head_tests().map_or_else(|| "no tests were run".to_owned(), tests_in_words);
    let cells = [
        (&lab.old_tests_on_new_code, "base's tests on head's code"),
        (&lab.new_tests_on_old_code, "head's tests on base's code"),
    ];
    let compared = cells.into_iter().filter(|(cell, _)| cell.as_ref().is_some_and(says_something));
    let said: Vec<&str> = [builds, tests.as_str()]
        .into_iter()
        .chain(compared.map(|(_, what)| what))
        .filter(|s| !s.is_empty())
        .collect();
    let budget = if cx.evidence.mode == Mode::Quick { "; static checks otherwise" } else { "" };
    format!("{}{budget}", said.join(", "))
}

fn tests_in_words(run: &TestRun) -> String {
    let only_exit_codes = !run.results.is_empty() && run.results.iter().all(is_whole_command);
    if only_exit_codes && run.results.iter().all(|r| r.outcome == TestOutcome::Passed) {
        return "the test command succeeds, and does not say which tests ran".to_owned();
    }
    match crate::summary::counts(run) {
        TestCounts { passed: 0, failed: 0, .. } => "no tests were run".to_owned(),
        TestCounts { passed: 1, failed: 0, .. } => "1 test passes".to_owned(),
        TestCounts { passed, failed: 0, .. } => format!("{passed} tests pass"),
        TestCounts { passed, failed, .. } => {
            format!(
                "{passed} of {} tests pass, and the change is not shown to have broken the rest",
                passed + failed
            )
        }
    }
}

/// Whether a cell compared anything: one in which nothing compiles was laid out and shows nothing.
fn says_something(cell: &Cell) -> bool {
    cell.results.iter().any(|r| matches!(r.outcome, CellOutcome::Passed | CellOutcome::Failed))
}
