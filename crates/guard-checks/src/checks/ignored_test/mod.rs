//! `ignored-test`: a test that is kept from running.

mod features;

use std::collections::BTreeMap;

use guard_model::lab::TestOutcome;
use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, Level, Mode, Quantifier, Side, TestDecl};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::claims;
use crate::context::Context;
use crate::identities::{Declared, PutAway};
use crate::said::Sentence;
use crate::text::{count, names, number, shorten, words};

pub(super) const CHECK: Check = Check {
    name: "ignored-test",
    group: Group::Tests,
    summary: "a test newly ignored, skipped, configured out or renamed out of the run",
    default_level: Level::Warn,
    needs: &[Need::Syntax],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &["rewritten-expectation"],
    run,
};

/// More tests than this ignored at once are a sweep: tidy reasons on each do not make it harmless.
const FEW: usize = 3;
/// What stands between a mark that keeps other tests from running and its line: `test.only on line 3`.
const ON_LINE: &str = " on line ";

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let pairs: Vec<_> = cx.tests.kept.iter().chain(&cx.tests.renamed).copied().collect();
    let newly: Vec<_> =
        pairs.iter().filter(|(b, h)| b.decl.ignored.is_none() && h.decl.ignored.is_some()).collect();
    let is_conditioned = |(b, h): &&(Declared<'_>, Declared<'_>)| {
        b.decl.condition != h.decl.condition && h.decl.condition.is_some() && h.decl.ignored.is_none()
    };
    let conditioned: Vec<_> = pairs.iter().filter(is_conditioned).collect();
    let new: Vec<&Declared<'_>> = cx.tests.added.iter().collect();
    let all_new_ignored = !new.is_empty() && new.iter().all(|d| d.decl.ignored.is_some());

    let mut drafts: Vec<Draft> = Vec::new();
    // What one `.only` keeps from running is one thing that was done.
    let mut focused: BTreeMap<(&str, &str), Vec<Draft>> = BTreeMap::new();
    for (base, head) in &newly {
        let draft = existing(cx, base, head, newly.len() > FEW);
        let mark = head.decl.ignored.as_deref().unwrap_or_default();
        match mark.rsplit_once(ON_LINE) {
            Some(_) => focused.entry((head.path, mark)).or_default().push(draft),
            None => drafts.push(draft),
        }
    }
    drafts.extend(focused.into_iter().flat_map(|((path, mark), one)| together(path, mark, one)));
    drafts.extend(conditioned.iter().filter_map(|(b, h)| condition(cx, b, h, conditioned.len() > FEW)));
    let mut born_ignored: BTreeMap<&str, Vec<&Declared<'_>>> = BTreeMap::new();
    for test in new.iter().filter(|d| d.decl.ignored.is_some()) {
        born_ignored.entry(test.path).or_default().push(test);
    }
    drafts.extend(born_ignored.values().flat_map(|tests| added(cx, tests, all_new_ignored)));
    drafts.extend(cx.tests.put_away.iter().map(put_away));
    drafts.extend(ignored_by_run(cx));
    drafts
}

/// A test that ran at base and carries an ignore mark at head.
fn existing(cx: &Context<'_>, base: &Declared<'_>, head: &Declared<'_>, sweep: bool) -> Draft {
    let claim = all_pass_claim(cx);
    let openly = owned_up(cx).or_else(|| counted(cx)).map(|o| o.item);
    let mark = head.decl.ignored.as_deref().unwrap_or_default();
    let level = if never_compiled(mark) {
        Level::Deny
    } else {
        match (has_reason(head.decl) && !sweep, claim.is_some()) {
            (true, false) => Level::Note,
            (false, true) if openly.is_none() => Level::Deny,
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
    let draft = Draft::new(level, message, ran)
        .because_all(reason(head.decl))
        .because_all(openly)
        .because_all(claim.map(said));
    finish(draft, head, claim).about(Fact::Test(base.path.to_owned(), base.decl.name.clone()))
}

/// One finding for the tests of a file that one mark elsewhere in it keeps from running.
fn together(path: &str, mark: &str, tests: Vec<Draft>) -> Vec<Draft> {
    let line = mark.rsplit_once(ON_LINE).and_then(|(_, line)| line.parse::<u32>().ok());
    let (Some(line), true) = (line, tests.len() > 1) else { return tests };
    let others = tests.len() - 1;
    let level = tests.iter().map(|t| t.level).max();
    let facts: Vec<Fact> = tests.iter().flat_map(|t| t.facts.clone()).collect();
    let Some(mut draft) = tests.into_iter().next() else { return Vec::new() };
    let verb = if others == 1 { "is" } else { "are" };
    draft.message = format!("{}, as {verb} {} of its file", draft.message, count(others, "other test"));
    draft.level = level.unwrap_or(draft.level);
    draft.facts = facts;
    vec![draft.at(Side::Head, path, line).identity("focused")]
}

/// New tests of one file that are born ignored: one finding each, or one for all when they are many.
fn added(cx: &Context<'_>, tests: &[&Declared<'_>], all_new_ignored: bool) -> Vec<Draft> {
    let one = |test: &&Declared<'_>| {
        let name = format!("new test `{}` is", test.decl.name);
        Some(born_ignored(cx, &name, &[*test], all_new_ignored)?.identity(test.decl.name.clone()))
    };
    if tests.len() <= FEW {
        return tests.iter().filter_map(one).collect();
    }
    let all: Vec<&str> = tests.iter().map(|t| t.decl.name.as_str()).collect();
    let subject = format!("{} ({}) are", count(all.len(), "new test"), names(&all, 3));
    let together = born_ignored(cx, &subject, tests, all_new_ignored);
    together.map(|d| d.identity("new tests together")).into_iter().collect()
}

fn born_ignored(
    cx: &Context<'_>,
    subject: &str,
    tests: &[&Declared<'_>],
    all_new_ignored: bool,
) -> Option<Draft> {
    let first = tests.first()?;
    let all_have_reasons = tests.iter().all(|t| has_reason(t.decl));
    let openly = owned_up(cx).filter(|o| all_have_reasons || o.gives_reason).or_else(|| counted(cx));
    let openly = openly.map(|o| o.item);
    let partly = || cx.claims_of(ClaimKind::TestResult).chain(cx.claims_of(ClaimKind::TestAdded)).next();
    let all_pass = all_pass_claim(cx);
    let claim = all_pass.or_else(|| partly().filter(|_| all_new_ignored)).filter(|_| openly.is_none());
    let (level, under) = match claim {
        Some(_) if all_pass.is_some() && all_new_ignored => {
            (Level::Deny, ", as is every new test, under a claim that tests pass")
        }
        Some(_) if all_pass.is_some() => (Level::Warn, " under a claim that tests pass"),
        Some(_) => (Level::Warn, ""),
        None => (Level::Note, ""),
    };
    let mark = first.decl.ignored.as_deref().unwrap_or_default();
    let what = format!("`{}` on a test that base does not have", shorten(mark, 100));
    let seen = EvidenceItem::new(EvidenceKind::Diff, what).at(Side::Head, first.path, Some(first.decl.line));
    let draft = Draft::new(level, format!("{subject} ignored{under}"), seen)
        .because_all(reason(first.decl))
        .because_all(openly)
        .because_all(claim.map(said));
    let draft = finish(draft, first, claim);
    Some(tests.iter().skip(1).fold(draft, |d, t| d.about(fact(t))))
}

/// A sentence that says openly that tests are ignored.
struct OwnedUp {
    item: EvidenceItem,
    /// It says why.
    gives_reason: bool,
}

/// The sentence that says openly that tests are ignored; rather one that says why.
fn owned_up(cx: &Context<'_>) -> Option<OwnedUp> {
    const REASONS: &[&str] =
        &["because", "since", "until", "need", "require", "due", "depend", "lack", "unless"];
    const IGNORING: &[&str] = &["ignore", "skip", "skipped", "disable", "xfail", "quarantine"];
    const DENIALS: &[&str] = &["no", "not", "zero", "without", "never", "un", "remove", "none"];
    let says_so = |s: &Sentence<'_>| s.has_any(&["test", "spec", "case"]) && s.asserts(IGNORING, DENIALS);
    let with_reason = cx.said.find(|s| says_so(s) && s.has_any(REASONS));
    let sentence = with_reason.or_else(|| cx.said.find(says_so))?;
    let says = format!("said at {}: \"{}\"", sentence.place, shorten(sentence.text, 120));
    let item = EvidenceItem::new(EvidenceKind::Session, says);
    Some(OwnedUp { item, gives_reason: with_reason.is_some() })
}

/// The sentence that counts the tests that do not run, or names each of them as one that does not: "5 passed, 1
/// skipped", "all pass except `test_remote`, which is skipped".
fn counted(cx: &Context<'_>) -> Option<OwnedUp> {
    let newly = cx.tests.kept.iter().chain(&cx.tests.renamed).filter(|(b, _)| b.decl.ignored.is_none());
    let ignored = newly.map(|(_, h)| h).chain(&cx.tests.added).filter(|t| t.decl.ignored.is_some());
    let names: Vec<&str> = ignored.map(Declared::leaf).collect();
    let all_named = |s: &Sentence<'_>| {
        names.iter().all(|n| s.names(n)) && s.has_any(&["ignore", "skip", "skipped", "todo"])
    };
    // "2 todos are left" is about something else.
    let of_tests =
        |s: &Sentence<'_>| s.has_any(&["test", "spec", "case", "pass", "passed", "fail", "failed"]);
    let counts = |s: &Sentence<'_>| of_tests(s) && not_run(s.text) >= names.len() as u64;
    let sentence = cx.said.find(|s| counts(s) || all_named(s)).filter(|_| !names.is_empty())?;
    let says = format!("said at {}: \"{}\"", sentence.place, shorten(sentence.text, 120));
    Some(OwnedUp { item: EvidenceItem::new(EvidenceKind::Session, says), gives_reason: false })
}

/// How many tests do not run by a sentence: 2 of "5 passed, 2 skipped" and of "2 tests are ignored".
fn not_run(text: &str) -> u64 {
    const NOT_RUN: [&str; 5] = ["skipped", "ignored", "todo", "todos", "pending"];
    let words = words(text);
    let before = |i: usize| {
        let near =
            words[..i].iter().rev().take(4).take_while(|w| !["passed", "failed"].contains(&w.as_str()));
        near.filter_map(|w| number(w)).next()
    };
    let said = words.iter().enumerate().filter(|(_, w)| NOT_RUN.contains(&w.as_str()));
    said.filter_map(|(i, _)| before(i)).max().unwrap_or(0)
}

/// A test that is compiled or collected on a new condition.
fn condition(cx: &Context<'_>, base: &Declared<'_>, head: &Declared<'_>, sweep: bool) -> Option<Draft> {
    let condition = head.decl.condition.as_deref()?;
    if base.decl.condition.as_deref().is_some_and(|old| {
        is_part_of(condition, old) || features::is_renamed(&cx.evidence.lines, old, condition)
    }) {
        return None;
    }
    let is_the_same_reason = has_reason(head.decl) && base.decl.ignore_reason == head.decl.ignore_reason;
    let is_explained = is_about_platform(condition) || has_reason(head.decl) && !sweep || is_the_same_reason;
    let level = if is_explained { Level::Note } else { Level::Warn };
    let message = format!("test `{}` now runs only under `{}`", head.decl.name, shorten(condition, 80));
    let before = match &base.decl.condition {
        Some(old) => format!("base runs it under `{}`", shorten(old, 80)),
        None => "base runs it unconditionally".to_owned(),
    };
    let seen = EvidenceItem::new(EvidenceKind::Diff, before).at(Side::Base, base.path, Some(base.decl.line));
    Some(
        finish(Draft::new(level, message, seen).because_all(reason(head.decl)), head, None)
            .about(Fact::Test(base.path.to_owned(), base.decl.name.clone())),
    )
}

/// Whether a condition asks no more than another one: each of its parts stood there before.
fn is_part_of(condition: &str, old: &str) -> bool {
    let old = parts(old);
    parts(condition).iter().all(|part| old.contains(part))
}

/// What has to hold for a condition: its attributes, and what an `all(…)` of `cfg` joins, without spaces.
fn parts(condition: &str) -> Vec<String> {
    let mut attributes: Vec<String> = Vec::new();
    for word in condition.split_whitespace() {
        match attributes.last_mut() {
            Some(last) if !word.starts_with(['#', '@']) => last.push_str(word),
            _ => attributes.push(word.to_owned()),
        }
    }
    let of_cfg = |text: &str| text.strip_prefix("#[cfg(")?.strip_suffix(")]").map(str::to_owned);
    attributes
        .into_iter()
        .flat_map(|text| of_cfg(&text).map_or(vec![text], |inside| joined(&inside)))
        .collect()
}

/// `a` and `b` of `all(a,b)`.
fn joined(predicate: &str) -> Vec<String> {
    let Some(inside) = predicate.strip_prefix("all(").and_then(|rest| rest.strip_suffix(')')) else {
        return vec![predicate.to_owned()];
    };
    let mut depth = 0;
    let pieces = inside.split(|c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    });
    pieces.filter(|piece| !piece.is_empty()).flat_map(joined).collect()
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
    let head = cx.head_tests()?;
    let has_mark = |id| cx.tests.declared(id, Side::Head).is_some_and(|d| d.decl.ignored.is_some());
    let ran = |id| {
        cx.named_at_base(id).is_some_and(|b| matches!(b.outcome, TestOutcome::Passed | TestOutcome::Failed))
    };
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

/// What to do about a test that says so already, or that is none yet.
fn help(test: &TestDecl) -> &'static str {
    let is_unwritten = test.assertions == 0 && test.calls.is_empty();
    if is_unwritten && test.ignored.as_deref().is_some_and(|mark| words(mark).iter().any(|w| w == "todo")) {
        return "write it, and do not count it among the tests that pass";
    }
    if has_reason(test) { "let it run as soon as its reason is gone" } else { HELP }
}

fn finish(draft: Draft, test: &Declared<'_>, claim: Option<&Claim>) -> Draft {
    draft
        .at(Side::Head, test.path, (test.decl.line, test.decl.end_line))
        .answers(claim)
        .identity(test.decl.name.clone())
        .about(fact(test))
        .help(help(test.decl))
}

fn fact(test: &Declared<'_>) -> Fact {
    Fact::Test(test.path.to_owned(), test.decl.name.clone())
}

/// A claim that all tests, or simply "tests", pass; not "all other tests".
fn all_pass_claim<'a>(cx: &Context<'a>) -> Option<&'a Claim> {
    if counted(cx).is_some() {
        return None;
    }
    const OTHERS: [&str; 5] = ["other", "others", "remaining", "rest", "existing"];
    let some_fail = |c: &Claim| c.scope.quantifier == Quantifier::Some || claims::says_some_fail(&c.text);
    let of_others = |c: &Claim| words(&c.text).iter().any(|w| OTHERS.contains(&w.as_str()));
    cx.claims_of(ClaimKind::TestResult).find(|c| !some_fail(c) && !of_others(c))
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
    const WORDS: &[&str] = &[
        "unix", "windows", "win32", "target", "linux", "macos", "darwin", "miri", "loom", "sanitize", "asan",
        "tsan", "msan", "wasm", "wasm32", "platform", "version", "panic", "gpu", "cuda", "docker", "which",
        "goos", "goarch",
    ];
    words(condition).iter().any(|w| WORDS.contains(&w.as_str())) || condition.contains("debug_assertions")
}

#[cfg(test)]
mod tests {
    use super::{is_part_of, not_run};

    #[test]
    fn a_condition_that_lost_a_part_asks_no_more() {
        let both = "#[cfg(feature = \"map\")] #[cfg(unstable)]";
        assert!(is_part_of("#[cfg(feature = \"map\")]", both));
        assert!(is_part_of(both, both));
        assert!(!is_part_of(both, "#[cfg(feature = \"map\")]"));
        assert!(!is_part_of("#[cfg(all(unstable, other))]", both));
        assert!(is_part_of("#[cfg(unstable)]", "#[cfg(all(not(any(a, b)), unstable))]"));
        assert!(!is_part_of("#[cfg(unstable)]", "#[cfg(any(a, unstable))]"));
    }

    #[test]
    fn tests_that_do_not_run_are_counted() {
        for (text, expected) in [
            ("5 passed, 1 skipped", 1),
            ("All tests pass (1 skipped)", 1),
            ("All 5 tests pass, 1 todo", 1),
            ("Two new tests are ignored", 2),
            ("12 passed; 0 failed; 3 ignored", 3),
            ("5 passed, skipped", 0),
            ("All 5 tests pass", 0),
        ] {
            assert_eq!(not_run(text), expected, "{text}");
        }
    }
}
