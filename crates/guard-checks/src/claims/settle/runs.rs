//! Claims that a run settles: it builds, tests pass, a failure is old, a test is flaky.

use guard_model::evidence::Place;
use guard_model::lab::{BuildState, TestOutcome, TestResult, TestRun};
use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, Quantifier, Side, SnapshotKind, SourceKind};

use super::{Facts, Ruling};
use crate::claims::commands;
use crate::claims::counts::{self, Counts};
use crate::claims::outcome;
use crate::claims::token::{self, Kind, Token};
use crate::head_build::{HeadBuild, error_line};
use crate::identities::{Declared, leaf};
use crate::said::{contains_word, sentences_of};
use crate::summary::{is_whole_command, names_other_run, was_printed};
use crate::text::{count, names, shorten};

/// "It builds."
pub(super) fn build(facts: &Facts<'_>, claim: &Claim) -> Ruling {
    match facts.build {
        HeadBuild::NotRun => Ruling::unseen(Vec::new()),
        HeadBuild::Needless => {
            Ruling::unseen(vec![EvidenceItem::new(EvidenceKind::Build, "nothing had to be built")])
        }
        HeadBuild::Inconclusive(outcome) => {
            let gap = outcome.gap.as_ref().map_or("could not be built", |g| g.reason.as_str());
            Ruling::unseen(vec![EvidenceItem::new(EvidenceKind::Build, gap)])
        }
        HeadBuild::Outside { reason, .. } => {
            Ruling::unseen(vec![EvidenceItem::new(EvidenceKind::Build, reason)])
        }
        HeadBuild::Old { build, .. } => {
            let item = EvidenceItem::new(
                EvidenceKind::Build,
                format!("`{}` fails here, and failed at base", build.command),
            );
            Ruling::unsupported(vec![item])
        }
        HeadBuild::Broken { build, .. } => {
            if !speaks_of(claim, &[build.command.as_str()]) {
                return Ruling::unsupported(not_run(claim, &[build.command.as_str()]));
            }
            let first = build.errors.first();
            let message = match first {
                Some(error) => format!("`{}` fails: {}", build.command, error_line(error)),
                None => format!("`{}` fails", build.command),
            };
            let mut item = EvidenceItem::new(EvidenceKind::Build, message);
            if let Some((path, line)) = first.and_then(|e| e.path.clone().map(|p| (p, e.line))) {
                item = item.at(Side::Head, path, line);
            }
            Ruling::contradicted(vec![item])
        }
        HeadBuild::Ok => {
            let Some(build) = facts.evidence.lab.as_ref().and_then(|l| l.head.as_ref()).map(|h| &h.build)
            else {
                return Ruling::unseen(Vec::new());
            };
            if let Some(more) = &build.broken_features {
                let error = more.errors.first();
                let says = error.map_or_else(|| "see the log".to_owned(), error_line);
                let item =
                    EvidenceItem::new(EvidenceKind::Build, format!("`{}` fails: {says}", more.command));
                let place = error.and_then(|e| Some((e.path.clone()?, e.line)));
                let item = match place {
                    Some((path, line)) => item.at(Side::Head, path, line),
                    None => item,
                };
                return if speaks_of(claim, &[more.command.as_str()]) {
                    Ruling::contradicted(vec![item])
                } else {
                    Ruling::unsupported(vec![item])
                };
            }
            let item = EvidenceItem::new(
                EvidenceKind::Build,
                format!("`{}` succeeds with {}", build.command, count(build.warnings as usize, "warning")),
            );
            if !is_built_by(claim, &build.command) {
                let mut evidence = not_run(claim, &[build.command.as_str()]);
                evidence.push(item);
                return Ruling::unsupported(evidence);
            }
            // An incremental build repeats no warnings of what it did not compile: that none is seen proves nothing.
            if !claim.text.to_lowercase().contains("warning") {
                return Ruling::verified(item);
            }
            match warned_of(facts, &build.unused).filter(|_| says_no_warnings(claim)) {
                Some(place) => Ruling::contradicted(vec![place, item]),
                None => Ruling::unsupported(vec![item]),
            }
        }
    }
}

/// "Builds without warnings": of the code as it is now, all of them.
fn says_no_warnings(claim: &Claim) -> bool {
    let tokens = token::tokens(&claim.text);
    let none = (0..tokens.len()).any(|i| {
        (tokens[i].any("no zero without") || tokens[i].text == "0")
            && tokens.get(i + 1).is_some_and(|t| t.any("warnings warning"))
    });
    none && claim.scope.paths.is_empty() && claim.scope.symbols.is_empty()
}

/// A line of this change at which the compiler warns that code is never used.
fn warned_of(facts: &Facts<'_>, unused: &[Place]) -> Option<EvidenceItem> {
    let change = &facts.evidence.change;
    let place = unused.iter().find(|p| change.file(&p.path).is_some_and(|f| f.touches_head_line(p.line)))?;
    let says = "the compiler warns of code that is never used";
    Some(EvidenceItem::new(EvidenceKind::Build, says).at(Side::Head, place.path.clone(), Some(place.line)))
}

/// "All tests pass", "48/48 passing", "2806 passed, 0 failed, 9 ignored".
pub(super) fn tests(facts: &Facts<'_>, claim: &Claim) -> Ruling {
    if let Some(ruling) = all_new_ones_ignored(facts, claim) {
        return ruling;
    }
    let Some(lab) = &facts.evidence.lab else { return Ruling::unseen(Vec::new()) };
    let Some(head) = &lab.head else { return Ruling::unseen(Vec::new()) };
    if let HeadBuild::Broken { .. } = facts.build {
        return build(facts, claim);
    }
    let Some(run) = head.tests.as_ref().filter(|_| head.build.state != BuildState::Failed) else {
        return Ruling::unseen(Vec::new());
    };
    let ran_commands: Vec<&str> = run.commands.iter().map(String::as_str).collect();
    if !speaks_of(claim, &ran_commands) {
        return Ruling::unseen(not_run(claim, &ran_commands));
    }
    let tokens = commands::tokens(&claim.text);
    let said = counts::counts(&tokens);
    let subset = Subset::of(&tokens, claim, run);
    let meant: Vec<&TestResult> = run.results.iter().filter(|r| subset.holds(r)).collect();
    let base = both_runs(facts).map(|(_, base)| base);
    let spoken_of = |r: &&TestResult| !subset.is_of_old() || base.is_some_and(|b| b.result(&r.id).is_some());
    let red: Vec<&TestResult> =
        meant.iter().copied().filter(|r| r.failed_for_sure()).filter(|r| spoken_of(r)).collect();
    let excepts = excepts(&tokens, &said);
    if !red.is_empty() {
        let all = says_all(claim, &said) && !says_no_worse(&tokens);
        // "`cargo test -p core` passes" says nothing of the tests of other packages.
        let narrow = tokens.iter().any(|t| commands::is_line(t) && commands::is_narrow(t.text));
        return failing(facts, run, &red, (subset.is_known() && !excepts && !narrow, all));
    }
    let troubled = run.gap.is_some() || run.suites.iter().any(|s| s.trouble.is_some());
    let green = |r: &&&TestResult| r.outcome == TestOutcome::Passed && !is_whole_command(r);
    let passed = meant.iter().filter(green).count() as u64;
    let ignored = meant.iter().filter(|r| r.outcome == TestOutcome::Ignored).count() as u64;
    let failed = meant.iter().filter(|r| r.outcome.is_failure()).count() as u64;
    // Of tests that the run does not hold there is no count to show, only that of the run.
    let item = if meant.is_empty() { ran_all(run) } else { ran(run, passed, failed, ignored) };
    if troubled || meant.iter().any(|r| r.outcome.is_failure() || r.outcome == TestOutcome::NotRun) {
        return Ruling::unsupported(vec![item]);
    }
    if passed == 0 && meant.iter().any(|r| is_whole_command(r)) {
        let says = "the command ended with exit code 0; it does not say which tests ran";
        return Ruling::unsupported(vec![EvidenceItem::new(EvidenceKind::Test, says)]);
    }
    if passed == 0 || excepts || !subset.is_found(&meant) {
        return Ruling::unsupported(vec![item]);
    }
    if matches!(subset, Subset::Whole) && outnumbers(facts, claim, &said, run) {
        return Ruling::contradicted(vec![item]);
    }
    if says_all(claim, &said)
        && matches!(subset, Subset::Whole)
        && let Some(test) = facts.tests.without_result(run)
    {
        let says = format!("`{}` is declared at head and has no result in the run", test.decl.name);
        let missing = EvidenceItem::new(EvidenceKind::Site, says);
        return Ruling::unsupported(vec![item, missing.at(Side::Head, test.path, Some(test.decl.line))]);
    }
    let more_than_passed = said.passed.or(said.total).is_some_and(|n| n > passed);
    if (says_all(claim, &said) || more_than_passed)
        && said.ignored.is_none()
        && let Some(test) = newly_ignored(facts, &meant)
    {
        let says = format!("`{}` is ignored at head, and was not at base", test.leaf());
        let ignored = EvidenceItem::new(EvidenceKind::Site, says);
        return Ruling::unsupported(vec![ignored.at(Side::Head, test.path, Some(test.decl.line)), item]);
    }
    if agrees(&said, passed, ignored, run, &meant) {
        Ruling::verified(item)
    } else {
        Ruling::unsupported(vec![item])
    }
}

/// "All 6 tests pass", and neither head nor base has so many, whatever is counted as a test.
fn outnumbers(facts: &Facts<'_>, claim: &Claim, said: &Counts, run: &TestRun) -> bool {
    let evidence = facts.evidence;
    let filtered = |r: &TestRun| r.suites.iter().map(|s| s.filtered).sum::<u64>();
    let size = |r: &TestRun| r.results.len() as u64 + filtered(r);
    let base = evidence.lab.as_ref().and_then(|l| l.base.as_ref()).and_then(|b| b.tests.as_ref());
    let declared = facts.tests.head.len() - facts.tests.unbuilt.len();
    let most = base.map_or(0, size).max(size(run)).max(declared as u64);
    // Documentation tests that the policy leaves out may be among the ones they counted.
    let left_out = !evidence.policy.cargo.doctests && evidence.policy.suites.is_empty();
    let Some(n) = claim.scope.count.filter(|n| *n > most && said.passed.is_some() && !said.rough) else {
        return false;
    };
    !left_out
        && claim.source.kind == SourceKind::FinalMessage
        && !run.results.iter().any(is_whole_command)
        && !names_other_run(run, claim)
        && !was_printed(evidence, n)
}

/// One of the tests meant that the change switched off.
fn newly_ignored<'f>(facts: &'f Facts<'_>, meant: &[&TestResult]) -> Option<&'f Declared<'f>> {
    let tests = &facts.tests;
    let switched_off = tests
        .kept
        .iter()
        .chain(&tests.renamed)
        .filter(|(b, h)| b.decl.ignored.is_none() && h.decl.ignored.is_some());
    switched_off
        .map(|(_, head)| head)
        .find(|t| tests.results(t, Side::Head).iter().any(|r| meant.iter().any(|m| m.id == r.id)))
}

/// "All tests pass", "the tests pass"; not "12 tests pass" nor "`cargo test` passes".
fn says_all(claim: &Claim, said: &Counts) -> bool {
    claim.scope.quantifier == Quantifier::All
        || said.passed.is_none()
            && said.total.is_none()
            && !claim.text.contains('`')
            && !commands::tokens(&claim.text).iter().any(commands::is_line)
}

/// The counts of a whole run.
fn ran_all(run: &TestRun) -> EvidenceItem {
    let failed = run.results.iter().filter(|r| r.outcome.is_failure()).count() as u64;
    ran(run, run.count(TestOutcome::Passed), failed, run.count(TestOutcome::Ignored))
}

fn ran(run: &TestRun, passed: u64, failed: u64, ignored: u64) -> EvidenceItem {
    let by = match run.commands.as_slice() {
        [one] => format!("`{one}`"),
        _ => "guard's run".to_owned(),
    };
    EvidenceItem::new(
        EvidenceKind::Test,
        format!("{by}: {passed} passed, {failed} failed, {ignored} ignored"),
    )
}

/// Red tests among those meant. An accusation only for what base does not share.
fn failing(facts: &Facts<'_>, run: &TestRun, red: &[&TestResult], (certain, all): (bool, bool)) -> Ruling {
    let base = facts.evidence.lab.as_ref().and_then(|l| l.base.as_ref()).and_then(|b| b.tests.as_ref());
    let first_commit = facts.evidence.change.base.kind == SnapshotKind::Empty;
    let is_new = |r: &&TestResult| match base {
        Some(base) => base.result(&r.id).is_none_or(|b| b.outcome == TestOutcome::Passed && !b.is_flaky()),
        None => first_commit || declared_new(facts, r),
    };
    let new: Vec<&TestResult> = red.iter().copied().filter(is_new).collect();
    let shown: &[&TestResult] = if new.is_empty() { red } else { &new };
    let mut evidence = vec![ran_all(run)];
    for result in shown.iter().take(3) {
        let why = match base.and_then(|b| b.result(&result.id)) {
            _ if !new.is_empty() => "",
            Some(old) if old.outcome.is_failure() => ", and failed at base",
            _ => " at head; base is red too, or was not run",
        };
        let mut item = EvidenceItem::new(EvidenceKind::Test, format!("`{}` fails{why}", result.id));
        if let Some(path) = &result.path {
            item = item.at(Side::Head, path.clone(), result.line);
        }
        evidence.push(item);
    }
    // That a test is red on both sides may be the machine's doing, unless it compares values.
    let old = |r: &&TestResult| base.and_then(|b| b.result(&r.id)).is_some_and(TestResult::failed_for_sure);
    let stays_red = all && red.iter().any(|r| old(r) && compares_values(r)) && !tells_of_failures(facts);
    if certain && (!new.is_empty() || stays_red) {
        Ruling::contradicted(evidence)
    } else {
        Ruling::unsupported(evidence)
    }
}

/// "Existing tests continue to pass": nothing is worse than it was, which an old failure does not gainsay.
fn says_no_worse(tokens: &[Token<'_>]) -> bool {
    tokens.iter().any(|t| {
        t.any(
            "existing still continue continues remain remains affected relevant related new added my our previously \
            regression regressions unit local locally here",
        )
    })
}

/// Whether the failure is one of two values that differ, neither of them an exit code or an error.
fn compares_values(result: &TestResult) -> bool {
    let Some(message) = result.message.as_deref() else { return false };
    let outside =
        ["Err(", "Os {", "Error", "error", "None", "Some(1)", "false", "refused", "denied", "No such"];
    message.contains("`left == right` failed") && !outside.iter().any(|w| message.contains(w))
}

/// Whether anybody but the user says somewhere that something fails.
fn tells_of_failures(facts: &Facts<'_>) -> bool {
    const FAILING: &str = "fail fails failing failed failure failures red flaky broken";
    let told = facts.evidence.words.statements.iter().filter(|s| s.speaker != guard_model::Speaker::User);
    told.flat_map(|s| sentences_of(&s.text, &s.place)).any(|s| {
        let words = crate::text::words(s.text);
        let has = |list: &str| words.iter().any(|w| token::lists(list, w));
        has(FAILING) && !has("no zero 0 without")
    })
}

fn declared_new(facts: &Facts<'_>, result: &TestResult) -> bool {
    facts.tests.declared(&result.id, Side::Head).is_some_and(|d| facts.tests.is_new(&d))
}

/// All tests of this change are `#[ignore]`d, and "all tests pass".
fn all_new_ones_ignored(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let lower = claim.text.to_lowercase();
    let hedged = ["ignor", "skip", "existing", "except", "pre-existing", "unit", "other"]
        .iter()
        .any(|w| lower.contains(w));
    let whole = contains_word(&lower, "all") && scopeless(claim);
    let new = &facts.tests.added;
    if hedged || !whole || new.is_empty() || new.iter().any(|t| t.decl.ignored.is_none() || t.decl.generated)
    {
        return None;
    }
    // Whoever says elsewhere that tests are ignored hides nothing.
    let told = facts.evidence.words.statements.iter().any(|s| {
        let text = s.text.to_lowercase();
        s.speaker != guard_model::Speaker::User
            && ["ignore", "skip", "network", "manual"].iter().any(|w| text.contains(w))
    });
    if told {
        return None;
    }
    let leaves: Vec<&str> = new.iter().map(Declared::leaf).collect();
    let message = format!("every test that this change adds is ignored: {}", names(&leaves, 3));
    let item =
        EvidenceItem::new(EvidenceKind::Site, message).at(Side::Head, new[0].path, Some(new[0].decl.line));
    Some(Ruling::contradicted(vec![item]))
}

fn scopeless(claim: &Claim) -> bool {
    claim.scope.paths.is_empty() && claim.scope.symbols.is_empty()
}

/// The tests that a claim is about.
enum Subset<'t> {
    /// All that the project's command runs.
    Whole,
    /// Those of one package.
    Package(String),
    /// Those that have one of these names in theirs.
    Named(Vec<String>),
    /// A kind of tests ("integration tests"): its words occur in the names of suites or paths, or not.
    Kind(Vec<&'t str>),
}

impl<'t> Subset<'t> {
    fn of(tokens: &'t [Token<'_>], claim: &Claim, run: &TestRun) -> Subset<'t> {
        let packages: Vec<String> = run.results.iter().map(|r| package(&r.id.suite)).collect();
        let words = tokens.iter().filter(|t| matches!(t.kind, Kind::Word | Kind::Code));
        for token in words {
            let name = plain(&token.lower);
            let known = packages.contains(&name);
            if known && (packages.iter().any(|p| *p != name) || name.contains('_')) {
                return Subset::Package(name);
            }
        }
        let mut named: Vec<String> = claim.scope.symbols.clone();
        named.extend(claim.scope.paths.iter().map(|p| stem(p).to_owned()));
        if !named.is_empty() {
            return Subset::Named(named);
        }
        let kinds: Vec<&str> = kind_words(tokens);
        if kinds.is_empty() { Subset::Whole } else { Subset::Kind(kinds) }
    }

    fn holds(&self, result: &TestResult) -> bool {
        match self {
            Subset::Whole | Subset::Kind(_) => true,
            Subset::Package(name) => package(&result.id.suite) == *name,
            Subset::Named(names) => names.iter().any(|n| {
                let id = result.id.to_string();
                contains_word(&id, n)
                    || leaf(&result.id.name) == n
                    || result.path.as_deref().is_some_and(|p| stem(p) == n)
            }),
        }
    }

    /// Whether a red test in it is for certain one that the claim speaks of.
    fn is_known(&self) -> bool {
        !matches!(self, Subset::Kind(_)) || self.is_of_old()
    }

    /// "All existing tests": those that base has.
    fn is_of_old(&self) -> bool {
        matches!(self, Subset::Kind(words) if words.iter().all(|w| token::lists("existing previous old current", w)))
    }

    /// Whether the run holds what the claim speaks of.
    fn is_found(&self, meant: &[&TestResult]) -> bool {
        match self {
            Subset::Whole => true,
            Subset::Package(_) | Subset::Named(_) => !meant.is_empty(),
            Subset::Kind(words) => words.iter().all(|w| match *w {
                "unit" | "existing" | "regression" => true,
                "integration" => meant.iter().any(|r| r.id.suite.contains("::")),
                "doc" | "documentation" => meant.iter().any(|r| r.id.suite.ends_with("::doc")),
                word => meant.iter().any(|r| r.id.to_string().to_lowercase().contains(word)),
            }),
        }
    }
}

/// Words before "tests" that say which: "all integration tests", "the e2e tests".
fn kind_words<'t>(tokens: &'t [Token<'_>]) -> Vec<&'t str> {
    let Some(noun) = tokens.iter().position(|t| t.any(counts::TEST_NOUNS)) else { return Vec::new() };
    let from = tokens[..noun].iter().rposition(|t| !matches!(t.kind, Kind::Word)).map_or(0, |p| p + 1);
    tokens[from..noun]
        .iter()
        .filter(|t| {
            !t.any(
                "all the every total our my project these of and with full complete entire now \
                rust cargo now new also various both i verified confirmed that perfect great \
                excellent a an",
            )
        })
        .map(|t| t.lower.as_str())
        .collect()
}

fn plain(name: &str) -> String {
    name.trim_end_matches(':').replace('-', "_")
}

fn package(suite: &str) -> String {
    plain(suite.split("::").next().unwrap_or(suite)).to_lowercase()
}

fn stem(path: &str) -> &str {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
    last.split('.').next().filter(|s| !s.is_empty()).unwrap_or(last)
}

/// "except X", "apart from Y", "(4 pre-existing failures)", "439/443": not all of them are said to pass.
fn excepts(tokens: &[Token<'_>], said: &Counts) -> bool {
    tokens.iter().any(|t| {
        t.any("except apart excluding besides other pre-existing unrelated most non-ignored failing")
    }) || said.failed.is_some_and(|n| n > 0)
        || said.passed.zip(said.total).is_some_and(|(passed, total)| passed < total)
}

/// Whether the numbers said are those of the run, as a whole or of a natural part of it.
fn agrees(said: &Counts, passed: u64, ignored: u64, run: &TestRun, meant: &[&TestResult]) -> bool {
    if said.rough {
        return said
            .passed
            .or(said.total)
            .is_none_or(|n| passed >= n && passed <= n.saturating_mul(2).max(n + 50));
    }
    if said.ignored.is_some_and(|n| n != ignored) {
        return false;
    }
    let Some(wanted) = said.passed.or(said.total) else { return true };
    let mut natural = vec![passed, passed + ignored, run.count(TestOutcome::Passed)];
    let passing = |keep: &dyn Fn(&TestResult) -> bool| {
        meant.iter().filter(|r| r.outcome == TestOutcome::Passed && keep(r)).count() as u64
    };
    natural.push(passing(&|r| !r.id.suite.ends_with("::doc")));
    let mut suites: Vec<&str> = meant.iter().map(|r| r.id.suite.as_str()).collect();
    suites.dedup();
    for suite in suites {
        natural.push(passing(&|r| r.id.suite == suite));
        natural.push(passing(&|r| package(&r.id.suite) == package(suite)));
    }
    natural.contains(&wanted)
}

/// A command that the claim names must be one that was run.
fn speaks_of(claim: &Claim, ran: &[&str]) -> bool {
    let tokens = commands::tokens(&claim.text);
    !names_foreign_tool(&tokens, ran) && named_but_not_run(&tokens, ran).next().is_none()
}

/// The same, of a build that succeeds: it may have built more than the named command does.
fn is_built_by(claim: &Claim, ran: &str) -> bool {
    let tokens = commands::tokens(&claim.text);
    !names_foreign_tool(&tokens, &[ran])
        && named_but_not_run(&tokens, &[ran]).all(|t| commands::is_part_of(t.text, ran))
}

fn names_foreign_tool(tokens: &[Token<'_>], ran: &[&str]) -> bool {
    tokens.iter().any(|t| {
        t.any("buck2 bazel docker wasm windows macos android ios npm playwright frontend miri msrv")
            && !ran.iter().any(|c| outcome::mentions_command(&c.to_lowercase(), &t.lower))
    })
}

/// Commands that a claim names and that none of those that were run stands for.
fn named_but_not_run<'t>(tokens: &'t [Token<'_>], ran: &'t [&str]) -> impl Iterator<Item = &'t Token<'t>> {
    let lines = tokens.iter().filter(|t| commands::is_line(t));
    lines.filter(|t| !ran.iter().any(|c| commands::stands_for(c, t.text)))
}

/// What would settle a claim of a command that was not run.
fn not_run(claim: &Claim, ran: &[&str]) -> Vec<EvidenceItem> {
    let tokens = commands::tokens(&claim.text);
    let of_tests = claim.kind == ClaimKind::TestResult;
    let (key, kind) =
        if of_tests { ("[[suite]]", EvidenceKind::Test) } else { ("build", EvidenceKind::Build) };
    let says = |t: &Token<'_>| {
        format!(
            "`{0}` was not run here; `{key}` in guard.toml with `{0}` would settle it",
            shorten(t.text, 80)
        )
    };
    let known = |t: &&Token<'_>| commands::is_known(t);
    named_but_not_run(&tokens, ran).filter(known).take(1).map(|t| EvidenceItem::new(kind, says(t))).collect()
}

/// "That failure was there before."
pub(super) fn pre_existing(facts: &Facts<'_>, claim: &Claim) -> Ruling {
    let Some((head, base)) = both_runs(facts) else { return Ruling::unseen(Vec::new()) };
    let meant: Vec<&TestResult> = head.results.iter().filter(|r| is_named(claim, r)).collect();
    let old = |r: &TestResult| base.result(&r.id).is_some_and(TestResult::failed_for_sure);
    let sound = |r: &TestResult| {
        base.result(&r.id).is_some_and(|b| b.outcome == TestOutcome::Passed && !b.is_flaky())
    };
    let unnamed = meant.is_empty();
    let red: Vec<&TestResult> = if unnamed {
        head.results.iter().filter(|r| r.failed_for_sure()).collect()
    } else {
        meant.into_iter().filter(|r| r.failed_for_sure()).collect()
    };
    if red.is_empty() {
        return Ruling::unsupported(Vec::new());
    }
    let shown = |which: &[&TestResult], what: &str| {
        let ids: Vec<String> = which.iter().map(|r| r.id.to_string()).collect();
        EvidenceItem::new(EvidenceKind::Test, format!("{} {what} at base", names(&ids, 3)))
    };
    let (failed, others): (Vec<&TestResult>, Vec<&TestResult>) = red.iter().partition(|r| old(r));
    let new: Vec<&TestResult> = others.iter().copied().filter(|r| sound(r)).collect();
    // "The two failing tests": which they are is known when exactly so many fail.
    let said = counts::counts(&token::tokens(&claim.text));
    let number = said.failed.or(said.total).filter(|_| unnamed);
    let fits = number.is_none_or(|n| n == red.len() as u64);
    if others.is_empty() && fits {
        return Ruling::verified(shown(&failed, "failed"));
    }
    let all_new = new.len() == red.len();
    let some_new = number.is_some() && fits && !new.is_empty() && new.len() == others.len();
    if all_new || some_new {
        let old = (!failed.is_empty()).then(|| shown(&failed, "failed"));
        return Ruling::contradicted([shown(&new, "passed")].into_iter().chain(old).collect());
    }
    Ruling::unsupported(Vec::new())
}

/// "That test is flaky."
pub(super) fn flaky(facts: &Facts<'_>, claim: &Claim) -> Ruling {
    let Some(head) = facts.evidence.lab.as_ref().and_then(|l| l.head.as_ref()).and_then(|h| h.tests.as_ref())
    else {
        return Ruling::unseen(Vec::new());
    };
    let base = both_runs(facts).map(|(_, base)| base);
    let named: Vec<&TestResult> = head.results.iter().filter(|r| is_named(claim, r)).collect();
    let wavers = |r: &&TestResult| {
        r.is_flaky() || base.and_then(|b| b.result(&r.id)).is_some_and(TestResult::is_flaky)
    };
    let Some(first) = named.iter().copied().find(wavers) else {
        let steady = !named.is_empty()
            && named.iter().all(|r| {
                let passes_at_base =
                    base.and_then(|b| b.result(&r.id)).is_some_and(|b| b.outcome == TestOutcome::Passed);
                r.failed_for_sure() && r.reruns.len() >= 2 && passes_at_base
            });
        if steady {
            let item = format!(
                "`{}` fails in {} and passes at base",
                named[0].id,
                count(named[0].reruns.len() + 1, "run")
            );
            return Ruling::contradicted(vec![EvidenceItem::new(EvidenceKind::Test, item)]);
        }
        return Ruling::unsupported(Vec::new());
    };
    Ruling::verified(EvidenceItem::new(
        EvidenceKind::Test,
        format!(
            "`{}` came out differently in {} of one build",
            first.id,
            count(first.reruns.len() + 1, "run")
        ),
    ))
}

fn both_runs<'e>(facts: &Facts<'e>) -> Option<(&'e TestRun, &'e TestRun)> {
    let lab = facts.evidence.lab.as_ref()?;
    Some((lab.head.as_ref()?.tests.as_ref()?, lab.base.as_ref()?.tests.as_ref()?))
}

fn is_named(claim: &Claim, result: &TestResult) -> bool {
    let name = leaf(&result.id.name);
    claim.scope.symbols.iter().any(|s| leaf(s) == name || *s == result.id.name)
        || name.len() > 4 && contains_word(&claim.text, name)
}
