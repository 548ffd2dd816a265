//! `rewritten-expectation`: a test of base that is red on head's code and was changed until it passed.

use guard_model::lab::{CellOutcome, CellResult, TestOutcome};
use guard_model::{
    ChangeKind, ClaimKind, EvidenceItem, EvidenceKind, FileChange, Item, Level, Mode, Side, SourceFacts,
};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::identities::{Declared, leaf};
use crate::text::{count, first_line, shorten};

pub(super) const CHECK: Check = Check {
    name: "rewritten-expectation",
    group: Group::Tests,
    summary: "a test changed to what the code now yields",
    default_level: Level::Deny,
    needs: &[Need::Syntax, Need::OldOnNew],
    first_mode: Mode::Commit,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let Some(cell) = cx.lab().and_then(|l| l.old_tests_on_new_code.as_ref()) else { return Vec::new() };
    cell.results.iter().filter(|r| r.outcome == CellOutcome::Failed).filter_map(|r| judge(cx, r)).collect()
}

fn judge(cx: &Context<'_>, red: &CellResult) -> Option<Draft> {
    let Some((base, head)) = pair(cx, red) else {
        return if is_registration(&red.path) { by_registration(cx, red) } else { by_data(cx, red) };
    };
    match head_outcome(cx, head) {
        Some(TestOutcome::Passed) => {}
        None | Some(TestOutcome::Ignored) => return kept_from_running(cx, red, base, head),
        // Red either way: `failing-test` speaks.
        Some(_) => return None,
    }
    let edited = base.decl.written != head.decl.written;
    let was_red = cx.tests.results(&base, Side::Base).iter().any(|r| r.outcome.is_failure());
    let unchanged = cx.claims_of(ClaimKind::NoBehaviourChange).next();
    let explanation = explanation(cx, base);
    let updating = cx.said.find(|s| s.has_near(UPDATING, EXPECTATIONS)).map(|s| (s.text, s.place));
    // Words on the same topic explain nothing when they promise that behaviour stays as it is.
    let explanation = explanation.filter(|e| e.names_it || unchanged.is_none());
    let asserts_less = head.decl.assertions < base.decl.assertions;
    // A test that was wrong before, or whose data alone changed, says nothing of the code's behaviour.
    let contradicts = unchanged.filter(|_| explanation.is_none() && !was_red && edited);
    let (level, message) = match (&explanation, contradicts) {
        (None, Some(_)) => (
            Level::Deny,
            format!(
                "test `{}` was rewritten to agree, though behaviour is said to be unchanged",
                head.decl.name
            ),
        ),
        (Some(e), _) if !e.names_it && e.is_quiet => (
            Level::Warn,
            format!(
                "test `{}` was rewritten to agree with the new code, of which nothing says that it behaves otherwise",
                head.decl.name
            ),
        ),
        (Some(e), _) if !e.names_it && asserts_less => (
            Level::Warn,
            format!(
                "test `{}` was rewritten to agree with the new code, and asserts less than before",
                head.decl.name
            ),
        ),
        (Some(_), _) => {
            (Level::Note, format!("test `{}` expects something new; the message says so", head.decl.name))
        }
        (None, None) if updating.is_some() => (
            Level::Warn,
            format!(
                "test `{}` was rewritten to agree; tests are said to be updated, not why",
                head.decl.name
            ),
        ),
        (None, None) if was_red => (
            Level::Warn,
            format!("test `{}` was red at base and was rewritten until it passed", head.decl.name),
        ),
        (None, None) if !edited => match undone(cx, base, head) {
            Some(how) => (Level::Deny, format!("test `{}` passes only because {how}", head.decl.name)),
            None => (
                Level::Warn,
                format!("test `{}` passes only with what this change rewrote around it", head.decl.name),
            ),
        },
        (None, None) if !cx.said.anything => {
            (Level::Warn, format!("test `{}` was rewritten to agree with the new code", head.decl.name))
        }
        (None, None) => (
            Level::Deny,
            format!(
                "test `{}` was rewritten to agree with the new code, and nothing said explains it",
                head.decl.name
            ),
        ),
    };
    let why = red.message.as_deref().map(|m| format!(": {}", first_line(m, 160))).unwrap_or_default();
    let ran = EvidenceItem::new(
        EvidenceKind::Test,
        format!("base's version of the test fails on head's code{why}"),
    )
    .at(Side::Base, base.path, Some(base.decl.line));
    let passes = EvidenceItem::new(EvidenceKind::Test, "head's version passes").at(
        Side::Head,
        head.path,
        Some(head.decl.line),
    );
    let counted = asserts_less.then(|| {
        let (was, is) = (base.decl.assertions, head.decl.assertions);
        EvidenceItem::new(EvidenceKind::Diff, format!("{was} assertions at base, {is} at head"))
    });
    let said = explanation.map(|e| (e.text, e.place)).or(updating).map(|(text, place)| {
        EvidenceItem::new(EvidenceKind::Session, format!("said at {place}: \"{}\"", shorten(text, 120)))
    });
    let denied = contradicts.map(|c| {
        EvidenceItem::new(
            EvidenceKind::Session,
            format!("said at {}: \"{}\"", c.source.place, shorten(&c.text, 120)),
        )
    });
    Some(
        Draft::new(level, message, ran)
            .because(passes)
            .because_all(counted)
            .because_all(said)
            .because_all(denied)
            .at(Side::Head, head.path, (head.decl.line, head.decl.end_line))
            .answers(contradicts)
            .identity(head.decl.name.clone())
            .about(Fact::Test(head.path.to_owned(), head.decl.name.clone()))
            .help("if the new behaviour is wanted, say what changed and why; else fix the code and restore the test"),
    )
}

/// A test that would be red at head, had the change not seen to it that nothing runs it.
fn kept_from_running(
    cx: &Context<'_>,
    red: &CellResult,
    base: Declared<'_>,
    head: Declared<'_>,
) -> Option<Draft> {
    let tests = cx.head_tests()?;
    let has_trouble = tests.gap.is_some() || tests.suites.iter().any(|s| s.trouble.is_some());
    let was_red = cx.tests.results(&base, Side::Base).iter().any(|r| r.outcome.is_failure());
    let ran = tests.result(&red.id).is_some_and(|r| r.outcome != TestOutcome::Ignored);
    let marked = |test: Declared<'_>| test.decl.ignored.clone().or_else(|| test.decl.condition.clone());
    let mark = marked(head).filter(|_| marked(head) != marked(base));
    // A machine on which it cannot run did not keep it from running here.
    if has_trouble
        || was_red
        || ran
        || (mark.is_none() && base.decl.written == head.decl.written && !moved(cx, base, head))
    {
        return None;
    }
    let explanation = explanation(cx, base).filter(|e| e.names_it && !e.is_quiet);
    let level = if explanation.is_some() { Level::Warn } else { Level::Deny };
    let message =
        format!("test `{}` fails on the new code, and this change keeps it from running", head.decl.name);
    let why = red.message.as_deref().map(|m| format!(": {}", first_line(m, 160))).unwrap_or_default();
    let ran = format!("base's version of the test fails on head's code{why}");
    let ran = EvidenceItem::new(EvidenceKind::Test, ran).at(Side::Base, base.path, Some(base.decl.line));
    let kept = match mark {
        Some(mark) => format!("`{}` at head", shorten(&mark, 100)),
        None => "head's run has no result of it".to_owned(),
    };
    let kept = EvidenceItem::new(EvidenceKind::Diff, kept).at(Side::Head, head.path, Some(head.decl.line));
    let said = explanation.map(|e| {
        EvidenceItem::new(EvidenceKind::Session, format!("said at {}: \"{}\"", e.place, shorten(e.text, 120)))
    });
    Some(
        Draft::new(level, message, ran)
            .because(kept)
            .because_all(said)
            .at(Side::Head, head.path, (head.decl.line, head.decl.end_line))
            .identity(head.decl.name.clone())
            .about(Fact::Test(head.path.to_owned(), head.decl.name.clone()))
            .help("fix the code, and let the test run again"),
    )
}

/// Whether the test code around a test changed.
fn moved(cx: &Context<'_>, base: Declared<'_>, head: Declared<'_>) -> bool {
    let frame = |side, path| cx.source(side, path).and_then(|facts| facts.frame.as_ref());
    frame(Side::Base, base.path) != frame(Side::Head, head.path)
}

/// How the code around a test, not the test, was made to let it pass.
fn undone(cx: &Context<'_>, base: Declared<'_>, head: Declared<'_>) -> Option<String> {
    let (was, is) = (cx.source(Side::Base, base.path)?, cx.source(Side::Head, head.path)?);
    let file = head.path.rsplit('/').next().unwrap_or(head.path);
    // Its own `assert!`, or a copy of the function that it is to test.
    let is_test_code = |item: &&Item| item.in_test || is.test_file;
    let is_new =
        |item: &&Item| !was.items.iter().any(|old| old.name == item.name && (old.in_test || was.test_file));
    let is_used = |item: &&Item| {
        let asserts = ["assert", "expect", "should"].iter().any(|word| item.name.starts_with(word));
        let called = |call: &String| call.trim_end_matches('!').rsplit("::").next() == Some(&item.name);
        (asserts && was.frame.as_ref().is_some_and(|_| base.decl.assertions > 0))
            || base.decl.calls.iter().any(called)
    };
    if let Some(item) = is.items.iter().filter(is_test_code).filter(is_new).find(is_used) {
        return Some(format!("{file} has a `{}` of its own now (line {})", item.name, item.line));
    }
    fewer_assertions(&[(was, is)]).map(|(was, is)| {
        format!("code beside it in {file} asserts less: {}, {is} now", count(was as usize, "assertion"))
    })
}

/// The assertions in test code around tests, where head has fewer than base: of both sides.
fn fewer_assertions(files: &[(&SourceFacts, &SourceFacts)]) -> Option<(u32, u32)> {
    let of = |facts: &SourceFacts| facts.frame.as_ref().map_or(0, |frame| frame.assertions);
    let was = files.iter().map(|(base, _)| of(base)).sum();
    let is = files.iter().map(|(_, head)| of(head)).sum();
    (is < was).then_some((was, is))
}

/// Whether a path is one where CTest's tests are registered.
fn is_registration(path: &str) -> bool {
    path.ends_with("CMakeLists.txt") || path.ends_with(".cmake")
}

/// A test that CTest runs otherwise since this change, and that fails as it ran before.
fn by_registration(cx: &Context<'_>, red: &CellResult) -> Option<Draft> {
    let passes = cx.head_tests()?.result(&red.id)?.outcome == TestOutcome::Passed;
    let was_red = cx.named_at_base(&red.id).is_some_and(|b| b.outcome.is_failure());
    if !passes || was_red {
        return None;
    }
    let name = leaf(&red.id.name);
    let said = cx.said.find(|s| s.names(name) || s.has_near(UPDATING, &["test", "ctest"]));
    let level = if said.is_some() { Level::Warn } else { Level::Deny };
    let why = red.message.as_deref().map(|m| format!(": {}", first_line(m, 160))).unwrap_or_default();
    let ran = format!("run as base's {} says, it fails on head's code{why}", red.path);
    let said = said.map(|s| {
        EvidenceItem::new(EvidenceKind::Session, format!("said at {}: \"{}\"", s.place, shorten(s.text, 120)))
    });
    let message = format!("test `{name}` passes only because this change runs it otherwise");
    let ran = EvidenceItem::new(EvidenceKind::Test, ran).at(Side::Base, red.path.clone(), red.line);
    let head = cx.evidence.change.files.iter().find(|f| f.base_path() == red.path)?;
    Some(
        Draft::new(level, message, ran)
            .because_all(said)
            .at(Side::Head, head.path.clone(), head.hunks.first().map(|h| h.new_start.max(1)))
            .identity(name.to_owned())
            .about(Fact::Test(red.path.clone(), red.id.name.clone()))
            .help("fix the code, and run the test as before"),
    )
}

/// A test in a file that the change leaves alone, and which passes only with data or helpers that it rewrites.
fn by_data(cx: &Context<'_>, red: &CellResult) -> Option<Draft> {
    let files = &cx.evidence.change.files;
    let is_touched = files.iter().any(|f| f.base_path() == red.path || f.path == red.path);
    let passes = cx.head_tests()?.result(&red.id)?.outcome == TestOutcome::Passed;
    let was_red = cx.named_at_base(&red.id).is_some_and(|b| b.outcome.is_failure());
    if is_touched || !passes || was_red {
        return None;
    }
    let declares = |path: &str| cx.evidence.sources.iter().any(|s| s.path == path && !s.tests.is_empty());
    let is_material = |f: &&FileChange| {
        let both = matches!(f.kind, ChangeKind::Modified | ChangeKind::Renamed);
        (both || hook(cx, f).is_some())
            && is_test_material(cx, f)
            && !declares(&f.path)
            && !declares(f.base_path())
    };
    let data: Vec<&FileChange> = files.iter().filter(is_material).collect();
    let name = leaf(&red.id.name);
    let file = |path: &'_ str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let stem = |path: &'_ str| file(path).split('.').next().unwrap_or_default().to_owned();
    let names_it = cx
        .said
        .find(|s| s.names(name) || s.names(&file(&red.path)) || data.iter().any(|f| s.names(&file(&f.path))));
    let unchanged = cx.claims_of(ClaimKind::NoBehaviourChange).next();
    let stems: Vec<String> =
        std::iter::once(stem(&red.path)).chain(data.iter().map(|f| stem(&f.path))).collect();
    let about = || cx.said.about(std::iter::once(name).chain(stems.iter().map(String::as_str)));
    let explained = names_it.or_else(|| about().filter(|_| unchanged.is_none()));
    let updating = cx.said.find(|s| s.has_near(UPDATING, EXPECTATIONS));
    // Only of a file that can hold nothing but what is expected is it known that the expectation moved.
    let contradicts = unchanged
        .filter(|_| explained.is_none() && updating.is_none())
        .filter(|_| !data.is_empty() && data.iter().all(|f| is_recorded(&f.path)));
    let sources =
        |f: &&FileChange| Some((cx.source(Side::Base, f.base_path())?, cx.source(Side::Head, &f.path)?));
    let helpers: Vec<(&SourceFacts, &SourceFacts)> = data.iter().filter_map(sources).collect();
    let (level, message) = match (explained, contradicts) {
        (None, None) if fewer_assertions(&helpers).is_some() && updating.is_none() => {
            let (was, is) = fewer_assertions(&helpers).unwrap_or_default();
            let asserts = format!("asserts less: {}, {is} now", count(was as usize, "assertion"));
            (Level::Deny, format!("test `{name}` passes only because code that it uses {asserts}"))
        }
        (None, _) if data.iter().any(|f| hook(cx, f).is_some()) => {
            let hook = data.iter().find_map(|f| hook(cx, f)).unwrap_or_default();
            (
                Level::Deny,
                format!("test `{name}` passes only because of a new hook into its runner, `{hook}`"),
            )
        }
        (Some(_), _) => (Level::Note, format!("test `{name}` expects something new; the message says so")),
        (None, Some(_)) => (
            Level::Deny,
            format!(
                "test `{name}` passes only with a rewritten record, though behaviour is said to be unchanged"
            ),
        ),
        (None, None) => {
            (Level::Warn, format!("test `{name}` passes only with data that this change rewrote"))
        }
    };
    let why = red.message.as_deref().map(|m| format!(": {}", first_line(m, 160))).unwrap_or_default();
    let ran = format!("with base's data the test fails on head's code{why}");
    let ran = EvidenceItem::new(EvidenceKind::Test, ran).at(Side::Base, red.path.clone(), red.line);
    let rewritten = data.iter().take(5).map(|f| {
        let says = EvidenceItem::new(EvidenceKind::Diff, "rewritten in this change");
        says.at(Side::Head, f.path.clone(), f.hunks.first().map(|h| h.new_start.max(1)))
    });
    let said = explained.or(updating).map(|s| (s.text, s.place));
    let said = said.or(contradicts.map(|c| (c.text.as_str(), c.source.place.as_str())));
    let said = said.map(|(text, place)| {
        EvidenceItem::new(EvidenceKind::Session, format!("said at {place}: \"{}\"", shorten(text, 120)))
    });
    Some(
        Draft::new(level, message, ran)
            .because_all(rewritten)
            .because_all(said)
            .at(Side::Head, red.path.clone(), red.line)
            .answers(contradicts)
            .identity(name.to_owned())
            .about(Fact::Test(red.path.clone(), red.id.name.clone()))
            .help("if the new behaviour is wanted, say what changed and why; else fix the code and restore the data"),
    )
}

/// A function of a `conftest.py` that pytest calls around every test, and that base does not have.
fn hook<'a>(cx: &Context<'a>, file: &FileChange) -> Option<&'a str> {
    const HOOKS: [&str; 4] =
        ["pytest_runtest", "pytest_pyfunc_call", "pytest_assertion", "pytest_collection"];
    let head = cx.source(Side::Head, &file.path).filter(|_| file.path.ends_with("conftest.py"))?;
    let base = cx.source(Side::Base, file.base_path());
    let is_new = |item: &Item| base.is_none_or(|base| !base.items.iter().any(|old| old.name == item.name));
    let is_hook = |item: &&Item| HOOKS.iter().any(|h| item.name.starts_with(h)) && is_new(item);
    head.items.iter().find(is_hook).map(|item| item.name.as_str())
}

/// Whether a file is test code, or data in a folder of tests.
fn is_test_material(cx: &Context<'_>, file: &FileChange) -> bool {
    const FOLDERS: [&str; 7] = ["tests", "test", "__tests__", "spec", "specs", "testdata", "fixtures"];
    let folders = file.path.rsplit_once('/').map_or("", |(folders, _)| folders);
    match cx.source(Side::Head, &file.path) {
        Some(facts) => facts.test_file,
        None => folders.split('/').any(|f| FOLDERS.contains(&f)) || is_recorded(&file.path),
    }
}

/// Whether a file holds what the code gave when somebody recorded it, and nothing that it is given.
fn is_recorded(path: &str) -> bool {
    const FOLDERS: [&str; 6] = ["snapshots", "__snapshots__", "golden", "goldens", "expected", "approved"];
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    path.ends_with(".snap")
        || path.ends_with(".golden")
        || path.ends_with(".expected")
        || folders.split('/').any(|f| FOLDERS.contains(&f))
}

/// Verbs and nouns of "updated the snapshots": it owns up to the edit and leaves out the reason.
const UPDATING: &[&str] =
    &["update", "adjust", "change", "adapt", "correct", "fix", "align", "refresh", "regenerate", "bless"];
const EXPECTATIONS: &[&str] =
    &["test", "expectation", "expected", "snapshot", "assertion", "golden", "baseline", "fixture"];

/// The test on both sides.
fn pair<'a>(cx: &Context<'a>, red: &CellResult) -> Option<(Declared<'a>, Declared<'a>)> {
    let pairs = || cx.tests.kept.iter().chain(&cx.tests.renamed);
    let in_file = || pairs().filter(|(b, _)| b.path == red.path && b.leaf() == leaf(&red.id.name));
    let by_line = in_file().find(|(b, _)| red.line.is_some_and(|l| b.decl.line <= l && l <= b.decl.end_line));
    // Cases of one declaration have names of their own (`test_adds[1-2]`).
    let here = |(b, _): &&(Declared<'a>, Declared<'a>)| b.path == red.path && red.line == Some(b.decl.line);
    let alone = || pairs().find(here).filter(|_| pairs().filter(here).count() == 1);
    by_line.or_else(|| in_file().next()).or_else(alone).copied()
}

/// Outcome of a declared test at head.
fn head_outcome(cx: &Context<'_>, test: Declared<'_>) -> Option<TestOutcome> {
    let mut results = cx.tests.results(&test, Side::Head).iter();
    let first = results.next()?;
    // A generated test counts as passed when all its cases do.
    let worst =
        results.fold(first.outcome, |o, r| if r.outcome == TestOutcome::Passed { o } else { r.outcome });
    Some(worst)
}

/// What was said about a test's subject.
struct Explanation<'a> {
    text: &'a str,
    place: &'a str,
    /// The test or its file is named, not only what it is about.
    names_it: bool,
    /// It speaks of work that changes no behaviour.
    is_quiet: bool,
}

/// "Added docs for leap years", "Cleaned up `leap`": work after which the code does what it did. A word for changed
/// behaviour beside it makes it something else.
fn speaks_of_quiet_work(text: &str) -> bool {
    const QUIET: [&str; 22] = [
        "doc",
        "docs",
        "document",
        "documented",
        "documentation",
        "comment",
        "comments",
        "clean",
        "cleaned",
        "cleanup",
        "refactor",
        "refactored",
        "refactoring",
        "simplify",
        "simplified",
        "tidy",
        "tidied",
        "format",
        "formatted",
        "reorganize",
        "reorganized",
        "style",
    ];
    const LOUD: [&str; 20] = [
        "now",
        "instead",
        "change",
        "fix",
        "correct",
        "return",
        "reject",
        "accept",
        "allow",
        "support",
        "handle",
        "behaviour",
        "behavior",
        "treat",
        "different",
        "longer",
        "breaking",
        "expect",
        "require",
        "output",
    ];
    let words = crate::text::words(text);
    let has = |list: &[&str]| {
        words.iter().any(|w| list.contains(&w.as_str()) || list.contains(&crate::text::stem(w)))
    };
    has(&QUIET) && !has(&LOUD)
}

/// A sentence that is about what this test checks: its name, its file, or what it calls.
fn explanation<'a>(cx: &Context<'a>, test: Declared<'a>) -> Option<Explanation<'a>> {
    let file = test.path.rsplit('/').next().unwrap_or(test.path);
    let stem = file.split('.').next().unwrap_or(file);
    let named = cx.said.find(|s| s.names(test.leaf()) || s.names(file));
    let topic = || {
        std::iter::once(test.leaf())
            .chain(std::iter::once(stem))
            .chain(test.decl.calls.iter().map(String::as_str))
    };
    let found = named.or_else(|| cx.said.about(topic()))?;
    let is_quiet = speaks_of_quiet_work(found.text);
    Some(Explanation { text: found.text, place: found.place, names_it: named.is_some(), is_quiet })
}
