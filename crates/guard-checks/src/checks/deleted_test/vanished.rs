//! Tests that ran at base and are unknown at head, though no changed file declares them, or though the file
//! that declares them still does.

use std::collections::{BTreeMap, HashSet};

use guard_model::lab::{SuiteOutcome, TestOutcome, TestRun};
use guard_model::{ChangeKind, ClaimKind, EvidenceItem, EvidenceKind, FileChange, Language, Level, Side};

use super::mention::REMOVING;
use crate::check::Draft;
use crate::context::Context;
use crate::identities::{Declared, is_part_of, leaf, module_path};
use crate::text::{count, names};

/// One finding for each suite that lost tests: the module that holds them, a target or a feature went.
pub(super) fn vanished(cx: &Context<'_>) -> Vec<Draft> {
    let (Some(base), Some(head)) = (cx.base_tests(), cx.head_tests()) else { return Vec::new() };
    if head.gap.is_some() || base.gap.is_some() || head.results.is_empty() {
        return Vec::new();
    }
    let at_head: HashSet<_> = head.results.iter().map(|r| &r.id).collect();
    let at_base: HashSet<_> = base.results.iter().map(|r| &r.id).collect();
    let new_leaves: HashSet<&str> =
        head.results.iter().filter(|r| !at_base.contains(&r.id)).map(|r| leaf(&r.id.name)).collect();
    let mut by_suite: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for result in base.results.iter().filter(|r| r.outcome == TestOutcome::Passed && !at_head.contains(&r.id))
    {
        let id = &result.id;
        let known = cx.tests.declared(id, Side::Base).is_some()
            || cx.tests.base.iter().any(|d| d.leaf() == leaf(&id.name));
        let is_doctest = id.suite.ends_with("::doc");
        let of_it = |s: &&SuiteOutcome| is_part_of(&id.suite, &s.suite);
        let suite_in_trouble =
            head.suites.iter().filter(of_it).any(|s| s.trouble.is_some() || s.filtered > 0);
        if !known && !is_doctest && !suite_in_trouble && !new_leaves.contains(leaf(&id.name)) {
            by_suite.entry(&id.suite).or_default().push(&id.name);
        }
    }
    let is_left = |suite: &str| head.results.iter().any(|r| r.id.suite == suite);
    let mut drafts: Vec<Draft> =
        by_suite.into_iter().map(|(suite, gone)| vanished_from(cx, suite, &gone, is_left(suite))).collect();
    drafts.extend(uncollected(cx, head));
    drafts
}

fn vanished_from(cx: &Context<'_>, suite: &str, gone: &[&str], suite_is_left: bool) -> Draft {
    let number = count(gone.len(), "test");
    let message = if suite_is_left {
        format!("head no longer knows {number} of `{suite}` that ran at base: {}", names(gone, 5))
    } else {
        format!("suite `{suite}` ran at base and is gone at head with {number}: {}", names(gone, 5))
    };
    let module = gone.iter().find_map(|name| unhooked_module(cx, suite, name));
    let is_plain = !suite_is_left || is_python(suite) && !gone.iter().any(|name| name.contains('['));
    let path = if is_python(suite) { format!("{}.py", suite.replace('.', "/")) } else { suite.to_owned() };
    let chooser = chooser(cx, &path);
    let chooser =
        chooser.filter(|_| is_plain && !holds_changed_file(cx, suite) && !is_said_to_leave(cx, suite));
    let (level, why) = match (&module, chooser) {
        (Some(module), _) => (
            Level::Deny,
            format!("nothing of module `{module}` runs any more, and no file that holds it changed"),
        ),
        (None, Some(chooser)) => (
            Level::Deny,
            format!(
                "`{}`, which decides what is collected, is edited, and what holds them is not",
                chooser.path
            ),
        ),
        (None, None) => (
            Level::Warn,
            "no changed file declares them: a target, a feature or a table of cases changed".to_owned(),
        ),
    };
    let ran = format!("base's run has {} that head's run does not know", count(gone.len(), "identity"));
    let draft = Draft::new(level, message, EvidenceItem::new(EvidenceKind::Test, ran))
        .because(EvidenceItem::new(EvidenceKind::Diff, why))
        .identity(format!("vanished {suite}"));
    match chooser {
        Some(file) => at(draft, file).help("let them be collected again, or say in the message why not"),
        None => draft.help("look for a removed `mod` line, target or feature, and put it back"),
    }
}

/// Tests that both sides declare in the same place, and that ran at base only: head does not collect them.
fn uncollected(cx: &Context<'_>, head: &TestRun) -> Option<Draft> {
    if head.suites.iter().any(|s| s.trouble.is_some()) {
        return None;
    }
    let at_base = |test: &Declared<'_>| cx.tests.results(test, Side::Base).first().map(|r| r.outcome);
    let at_head: HashSet<&str> = head.results.iter().map(|r| leaf(&r.id.name)).collect();
    let suite_went = |b: &Declared<'_>, h: &Declared<'_>| {
        let mut at_base = cx.tests.results(b, Side::Base).iter();
        let went = at_base.all(|r| !head.results.iter().any(|o| o.id.suite == r.id.suite));
        went && manifest(cx, h.path).is_some()
    };
    // A suite that is a program of its own now, `harness = false`, tells no tests.
    let harness_went = |b: &Declared<'_>, h: &Declared<'_>| {
        let suites: HashSet<&str> =
            cx.tests.results(b, Side::Base).iter().map(|r| r.id.suite.as_str()).collect();
        let mut now = head.results.iter().filter(|r| suites.contains(r.id.suite.as_str()));
        now.all(|r| cx.tests.declared(&r.id, Side::Head).is_none()) && manifest(cx, h.path).is_some()
    };
    let lost: Vec<Declared<'_>> = cx
        .tests
        .kept
        .iter()
        .filter(|(b, h)| {
            // What rust's own conditions leave out is told by syntax; a whole suite goes by its manifest.
            Language::of_path(h.path)
                .is_some_and(|l| l != Language::Rust || suite_went(b, h) || harness_went(b, h))
                && h.decl.ignored.is_none()
                && h.decl.condition == b.decl.condition
                && !b.decl.generated
                && !h.decl.generated
                && !at_head.contains(h.leaf())
                && at_base(b) == Some(TestOutcome::Passed)
        })
        .map(|(_, h)| *h)
        .collect();
    let first = lost.first()?;
    let all: Vec<&str> = lost.iter().map(|t| t.decl.name.as_str()).collect();
    let message = format!(
        "{} declared at base and at head ran at base and {} no longer collected: {}",
        count(lost.len(), "test"),
        if lost.len() == 1 { "is" } else { "are" },
        names(&all, 5)
    );
    let chooser = chooser(cx, first.path).filter(|_| !lost.iter().any(|t| is_said_to_leave(cx, t.path)));
    let ran = EvidenceItem::new(EvidenceKind::Test, "base's run has results of them, head's run has none");
    let manifest = manifest(cx, first.path).filter(|_| chooser.is_none());
    // Whoever says that the tests pass speaks of those that there were.
    let claim = cx.claims_of(ClaimKind::TestResult).next().filter(|_| manifest.is_some());
    let claim = claim.filter(|_| !lost.iter().any(|t| is_said_to_leave(cx, t.path)));
    let level = if chooser.is_some() || claim.is_some() { Level::Deny } else { Level::Warn };
    let draft = Draft::new(level, message, ran)
        .identity(format!("uncollected {}", all.join(" ")))
        .answers(claim)
        .help("let them be collected again, or say in the message why not");
    let draft = draft.because_all(manifest.map(|file| {
        EvidenceItem::new(EvidenceKind::Diff, "the manifest, which decides what is tested, is edited").at(
            Side::Head,
            &file.path,
            file.hunks.first().map(|h| h.new_start.max(1)),
        )
    }));
    Some(match chooser {
        Some(file) => at(draft, file).because(EvidenceItem::new(
            EvidenceKind::Diff,
            format!("`{}`, which decides what is collected, is edited", file.path),
        )),
        None => draft.at(Side::Head, first.path, (first.decl.line, first.decl.end_line)),
    })
}

/// Points at the first edit of a file.
fn at(draft: Draft, file: &FileChange) -> Draft {
    let line = file.hunks.first().map_or(1, |h| h.new_start.max(1));
    match file.kind {
        ChangeKind::Deleted => draft.at(Side::Base, &file.path, 1),
        _ => draft.at(Side::Head, &file.path, line),
    }
}

/// An edited file by which the runner of a test file decides what it collects: one for the file's language,
/// in a folder above it.
fn chooser<'a>(cx: &Context<'a>, path: &str) -> Option<&'a FileChange> {
    let language = Language::of_path(path)?;
    let is_above = |file: &FileChange| {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    };
    cx.evidence.change.files.iter().find(|f| chooses_for(&f.path, language) && is_above(f))
}

/// An edited cargo manifest in a folder above a Rust file.
fn manifest<'a>(cx: &Context<'a>, path: &str) -> Option<&'a FileChange> {
    let is_above = |file: &FileChange| {
        file.path.strip_suffix("Cargo.toml").is_some_and(|folder| path.starts_with(folder))
    };
    let is_rust = Language::of_path(path) == Some(Language::Rust);
    cx.evidence.change.files.iter().find(|f| is_rust && is_above(f))
}

fn is_chooser(path: &str) -> bool {
    chooses_for(path, Language::Python) || chooses_for(path, Language::JavaScript)
}

fn chooses_for(path: &str, language: Language) -> bool {
    const PYTHON: [&str; 5] = ["conftest.py", "pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini"];
    const SCRIPT: [&str; 5] = ["package.json", "vitest.config", "vite.config", "jest.config", ".mocharc"];
    let name = path.rsplit('/').next().unwrap_or(path);
    match language {
        Language::Python => PYTHON.contains(&name),
        Language::TypeScript | Language::Tsx | Language::JavaScript => {
            SCRIPT.iter().any(|s| name.starts_with(s))
        }
        _ => false,
    }
}

/// Whether a changed file may be the one that holds a suite: its name stands in the suite's.
fn holds_changed_file(cx: &Context<'_>, suite: &str) -> bool {
    let parts: HashSet<&str> = suite.split(['/', '.', ' ', ':']).collect();
    let stem = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        parts.contains(name.split('.').next().unwrap_or(name))
    };
    let files = cx.evidence.change.files.iter().filter(|f| !is_chooser(&f.path));
    files.into_iter().any(|f| stem(&f.path) || stem(f.base_path()))
}

/// Whether a sentence says that tests were taken out of the run.
pub(in crate::checks) fn is_said_to_leave(cx: &Context<'_>, suite: &str) -> bool {
    const LEAVING_OUT: &[&str] = &[
        "exclude", "deselect", "skip", "ignore", "disable", "filter", "omit", "separate", "split", "limit",
        "restrict", "mark", "opt",
    ];
    const TESTS: &[&str] = &["test", "tests", "suite"];
    /// "The tests are disabled".
    const LEFT_OUT: &[&str] = &["disabled", "excluded", "deselected", "commented", "omitted", "removed"];
    let stem = suite.rsplit('/').next().unwrap_or(suite);
    let stem = [".py", ".rs"]
        .iter()
        .find_map(|end| stem.strip_suffix(end))
        .unwrap_or(stem)
        .rsplit('.')
        .next()
        .unwrap_or(stem);
    let said = cx.said.find(|s| {
        s.has_near(REMOVING, TESTS)
            || s.has_near(LEAVING_OUT, TESTS)
            || s.has_near(TESTS, LEFT_OUT)
            || s.names(stem)
    });
    said.is_some()
}

/// Whether a suite has the dotted name of a module, as pytest prints it.
fn is_python(suite: &str) -> bool {
    let name = suite.rsplit('/').next().unwrap_or(suite);
    !name.contains([' ', ':']) && name.split('.').any(|p| p.starts_with("test_") || p.ends_with("_test"))
}

/// The module of a vanished test, when all of it vanished while its own files were left as they are: its
/// `mod` line went. Features, targets and macros leave other traces.
fn unhooked_module<'n>(cx: &Context<'_>, suite: &str, name: &'n str) -> Option<&'n str> {
    let (module, _) = name.rsplit_once("::")?;
    let inside = format!("{module}::");
    let runs_on =
        cx.head_tests()?.results.iter().any(|r| r.id.suite == suite && r.id.name.starts_with(&inside));
    let parts: Vec<&str> = module.split("::").collect();
    let may_explain = |path: &str| {
        let own = module_path(path);
        let holds_it = if own.is_empty() { parts.len() <= 1 } else { parts.starts_with(&own) };
        path.ends_with("Cargo.toml") || path.ends_with(".rs") && holds_it
    };
    let explained =
        cx.evidence.change.files.iter().any(|f| may_explain(&f.path) || may_explain(f.base_path()));
    let said = cx.said.find(|s| s.has_near(REMOVING, &["test", "tests"]) || parts.iter().any(|p| s.names(p)));
    (!runs_on && !explained && said.is_none()).then_some(module)
}
