//! `deleted-test`: a test of base that is gone at head while its subject lives.

use std::collections::{BTreeMap, HashSet};

use guard_model::lab::{CellOutcome, TestOutcome};
use guard_model::{ChangeKind, EvidenceItem, EvidenceKind, Level, Mode, Side};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::identities::{Declared, leaf, module_path};
use crate::text::{count, names, shorten};

pub(super) const CHECK: Check = Check {
    name: "deleted-test",
    group: Group::Tests,
    summary: "a test of base that is gone at head while its subject lives",
    default_level: Level::Deny,
    needs: &[Need::Syntax],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &["ignored-test", "unwired-test"],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let mut judged: Vec<Gone<'_>> = cx.tests.removed.iter().map(|t| judge(cx, *t)).collect();
    judged.sort_by(|a, b| (a.test.path, a.test.decl.line).cmp(&(b.test.path, b.test.decl.line)));
    let mut drafts = Vec::new();
    let mut whole_files: BTreeMap<&str, Vec<Gone<'_>>> = BTreeMap::new();
    for gone in judged {
        let file_went = cx
            .evidence
            .change
            .files
            .iter()
            .any(|f| f.kind == ChangeKind::Deleted && f.path == gone.test.path);
        if file_went {
            whole_files.entry(gone.test.path).or_default().push(gone);
        } else {
            drafts.push(one(gone));
        }
    }
    drafts.extend(whole_files.into_iter().filter_map(|(path, gone)| whole_file(path, gone)));
    drafts.extend(vanished(cx));
    drafts
}

/// A test that is gone, and how that is to be seen.
struct Gone<'a> {
    test: Declared<'a>,
    level: Level,
    why: &'static str,
    evidence: Vec<EvidenceItem>,
}

fn judge<'a>(cx: &Context<'a>, test: Declared<'a>) -> Gone<'a> {
    let mut evidence = vec![
        EvidenceItem::new(
            EvidenceKind::Diff,
            format!("`{}` is declared at base and not at head", test.decl.name),
        )
        .at(Side::Base, test.path, Some(test.decl.line)),
    ];
    if let Some(red) = red_on_head(cx, test) {
        evidence.push(EvidenceItem::new(EvidenceKind::Test, red));
    }
    let (level, why) = if let Some(subject) = removed_subject(cx, test) {
        evidence
            .push(EvidenceItem::new(EvidenceKind::Diff, format!("`{subject}`, which it calls, is gone too")));
        (Level::Note, "what it tested is gone too")
    } else if let Some(twin) = twin(cx, test) {
        evidence.push(
            EvidenceItem::new(EvidenceKind::Site, format!("`{}` has the same body", twin.decl.name)).at(
                Side::Head,
                twin.path,
                Some(twin.decl.line),
            ),
        );
        (Level::Note, "a test with the same body is left")
    } else if let Some(sentence) = mention(cx, test) {
        evidence.push(EvidenceItem::new(
            EvidenceKind::Session,
            format!("said at {}: \"{}\"", sentence.1, sentence.0),
        ));
        (Level::Warn, "the removal is mentioned")
    } else if let Some(heir) = heir(cx, test) {
        evidence.push(
            EvidenceItem::new(
                EvidenceKind::Site,
                format!("`{}` was added or extended and calls the same code", heir.decl.name),
            )
            .at(Side::Head, heir.path, Some(heir.decl.line)),
        );
        (Level::Warn, "another test may have taken it over")
    } else {
        if let Some(subject) = living_subject(cx, test) {
            evidence.push(EvidenceItem::new(
                EvidenceKind::Site,
                format!("`{subject}`, which it calls, is not removed by this change"),
            ));
        }
        (Level::Deny, "nothing replaces it")
    };
    Gone { test, level, why, evidence }
}

fn one(gone: Gone<'_>) -> Draft {
    let Declared { path, decl } = gone.test;
    let message = match gone.level {
        Level::Deny => format!("test `{}` is gone while the code it tests is still there", decl.name),
        _ => format!("test `{}` is gone; {}", decl.name, gone.why),
    };
    finish(gone.level, message, gone.evidence)
        .at(Side::Base, path, (decl.line, decl.end_line))
        .identity(decl.name.clone())
        .about(Fact::Test(path.to_owned(), decl.name.clone()))
}

/// A whole file of tests: one finding, at the level of its weightiest test.
fn whole_file(path: &str, mut gone: Vec<Gone<'_>>) -> Option<Draft> {
    if gone.len() == 1 {
        return gone.pop().map(one);
    }
    let level = gone.iter().map(|g| g.level).max()?;
    let (why, last) =
        (gone.iter().find(|g| g.level == level)?.why, gone.iter().map(|g| g.test.decl.end_line).max()?);
    let all: Vec<&str> = gone.iter().map(|g| g.test.decl.name.as_str()).collect();
    let tail = if level == Level::Deny {
        "while the code they test is still there".to_owned()
    } else {
        format!("({why})")
    };
    let message = format!("`{path}` is gone with {} {tail}: {}", count(all.len(), "test"), names(&all, 5));
    let facts: Vec<Fact> =
        gone.iter().map(|g| Fact::Test(path.to_owned(), g.test.decl.name.clone())).collect();
    let evidence: Vec<EvidenceItem> = gone.into_iter().flat_map(|g| g.evidence).take(20).collect();
    let draft = finish(level, message, evidence).at(Side::Base, path, (1, last)).identity("file");
    Some(facts.into_iter().fold(draft, Draft::about))
}

fn finish(level: Level, message: String, evidence: Vec<EvidenceItem>) -> Draft {
    let mut evidence = evidence.into_iter();
    let first = evidence.next().unwrap_or_else(|| EvidenceItem::new(EvidenceKind::Diff, message.clone()));
    let draft = Draft::new(level, message, first).because_all(evidence);
    match level {
        Level::Deny => draft.help("bring the test back, or say in the message why it has to go"),
        _ => draft.help("make sure that what it checked is still checked"),
    }
}

/// Whether base's version of the test fails on head's code: the strongest reason to want it gone.
fn red_on_head(cx: &Context<'_>, test: Declared<'_>) -> Option<String> {
    let cell = cx.lab()?.old_tests_on_new_code.as_ref()?;
    let fits = |r: &&guard_model::lab::CellResult| {
        r.path == test.path && leaf(&r.id.name) == test.leaf() && r.outcome == CellOutcome::Failed
    };
    cell.results.iter().find(fits).map(|r| format!("`{}` fails on head's code", r.id))
}

/// Names that the test calls and that could be what it tests.
fn subjects<'a>(test: Declared<'a>) -> impl Iterator<Item = &'a str> {
    test.decl.calls.iter().map(String::as_str).filter(|c| !is_plumbing(last_segment(c)))
}

/// A called item that this change removes.
fn removed_subject<'a>(cx: &Context<'a>, test: Declared<'a>) -> Option<&'a str> {
    let names_of = |side| {
        cx.items(side).filter(|(_, i)| !i.in_test).map(|(_, i)| i.name.as_str()).collect::<HashSet<_>>()
    };
    let (base, head) = (names_of(Side::Base), names_of(Side::Head));
    let gone = |name: &str| base.contains(name) && !head.contains(name);
    subjects(test).find(|call| call.split("::").flat_map(|p| p.split('.')).any(gone))
}

/// A called item that the change leaves standing.
fn living_subject<'a>(cx: &Context<'a>, test: Declared<'a>) -> Option<&'a str> {
    subjects(test).find(|call| cx.items(Side::Head).any(|(_, i)| !i.in_test && i.name == last_segment(call)))
}

/// A test at head with the same body.
fn twin<'a>(cx: &Context<'a>, test: Declared<'a>) -> Option<Declared<'a>> {
    let same = |h: &&Declared<'_>| h.decl.body == test.decl.body && test.decl.body_tokens >= 8;
    cx.tests.head.iter().find(same).copied()
}

/// A test that was added or grew, and calls what the deleted one called: tests are merged into tables.
fn heir<'a>(cx: &Context<'a>, test: Declared<'a>) -> Option<Declared<'a>> {
    let wanted: HashSet<&str> = subjects(test).collect();
    if wanted.is_empty() {
        return None;
    }
    let covers = |h: &Declared<'a>| {
        let shared = subjects(*h).filter(|c| wanted.contains(c)).count();
        h.decl.ignored.is_none() && shared * 2 >= wanted.len() && h.decl.assertions > 0
    };
    let grown = cx.tests.kept.iter().chain(&cx.tests.renamed);
    let grown = grown.filter(|(b, h)| {
        h.decl.assertions > b.decl.assertions || h.decl.body_tokens >= b.decl.body_tokens + 8
    });
    cx.tests.added.iter().copied().chain(grown.map(|(_, h)| *h)).find(covers)
}

/// Verbs of taking away.
const REMOVING: &[&str] = &[
    "remove",
    "removed",
    "delete",
    "deleted",
    "drop",
    "dropped",
    "obsolete",
    "redundant",
    "duplicate",
    "merge",
    "merged",
    "consolidate",
    "consolidated",
    "prune",
    "superseded",
    "replace",
    "replaced",
    "revert",
    "move",
    "moved",
];

/// A sentence that says that tests went, and means this one.
fn mention(cx: &Context<'_>, test: Declared<'_>) -> Option<(String, String)> {
    let file = test.path.rsplit('/').next().unwrap_or(test.path);
    let stem = file.split('.').next().unwrap_or(file);
    let sentence = cx.said.find(|s| {
        let means_it = s.names(test.leaf()) || s.names(file) || s.names(stem);
        means_it && s.has_any(REMOVING) || s.has_near(REMOVING, &["test", "tests"])
    })?;
    Some((shorten(sentence.text, 120), sentence.place.to_owned()))
}

/// Tests that ran at base and are unknown at head, though no changed file declares them: the module that
/// holds them, a target or a feature went.
fn vanished(cx: &Context<'_>) -> Vec<Draft> {
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
        let suite = head.suites.iter().find(|s| s.suite == id.suite);
        let suite_in_trouble = suite.is_some_and(|s| s.trouble.is_some() || s.filtered > 0);
        if !known && !is_doctest && !suite_in_trouble && !new_leaves.contains(leaf(&id.name)) {
            by_suite.entry(&id.suite).or_default().push(&id.name);
        }
    }
    let is_left = |suite: &str| head.results.iter().any(|r| r.id.suite == suite);
    by_suite.into_iter().map(|(suite, gone)| vanished_from(cx, suite, &gone, is_left(suite))).collect()
}

fn vanished_from(cx: &Context<'_>, suite: &str, gone: &[&str], suite_is_left: bool) -> Draft {
    let number = count(gone.len(), "test");
    let message = if suite_is_left {
        format!("{number} of `{suite}` ran at base and no longer exist at head: {}", names(gone, 5))
    } else {
        format!("suite `{suite}` ran at base and is gone at head with {number}: {}", names(gone, 5))
    };
    let module = gone.iter().find_map(|name| unhooked_module(cx, suite, name));
    let (level, why) = match &module {
        Some(module) => (
            Level::Deny,
            format!("nothing of module `{module}` runs any more, and no file that holds it changed"),
        ),
        None => (
            Level::Warn,
            "no changed file declares them: a target, a feature or a table of cases changed".to_owned(),
        ),
    };
    let ran = format!("base's run has {} that head's run does not know", count(gone.len(), "identity"));
    Draft::new(level, message, EvidenceItem::new(EvidenceKind::Test, ran))
        .because(EvidenceItem::new(EvidenceKind::Diff, why))
        .identity(format!("vanished {suite}"))
        .help("look for a removed `mod` line, target or feature, and put it back")
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

fn last_segment(call: &str) -> &str {
    let call = call.rsplit("::").next().unwrap_or(call);
    call.rsplit('.').next().unwrap_or(call)
}

/// Names that tests call without testing them.
fn is_plumbing(name: &str) -> bool {
    const PLUMBING: &[&str] = &[
        "new",
        "default",
        "from",
        "into",
        "unwrap",
        "unwrap_err",
        "expect",
        "clone",
        "to_string",
        "to_owned",
        "to_vec",
        "iter",
        "into_iter",
        "collect",
        "map",
        "filter",
        "len",
        "is_empty",
        "is_some",
        "is_none",
        "is_ok",
        "is_err",
        "Ok",
        "Err",
        "Some",
        "vec",
        "format",
        "println",
        "print",
        "push",
        "insert",
        "get",
        "as_str",
        "as_ref",
        "await",
        "toBe",
        "toEqual",
        "toHaveLength",
        "not",
        "describe",
        "it",
        "test",
        "beforeEach",
        "assert",
        "assert_eq",
        "assert_ne",
        "assertEqual",
        "assertTrue",
        "assertFalse",
        "str",
        "list",
        "dict",
        "range",
        "Errorf",
        "Fatalf",
        "Fatal",
        "Error",
        "Run",
    ];
    PLUMBING.contains(&name)
}
