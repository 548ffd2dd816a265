//! Why a test may have gone, from the strongest excuse to none.

use std::collections::HashSet;

use guard_model::lab::{CellOutcome, CellResult};
use guard_model::{EvidenceItem, EvidenceKind, ItemKind, Level, Side};

use crate::context::Context;
use crate::identities::{Declared, leaf};
use crate::text::shorten;

/// A test that is gone, and how that is to be seen.
pub(super) struct Gone<'a> {
    pub(super) test: Declared<'a>,
    pub(super) level: Level,
    /// The reason, as a phrase.
    pub(super) why: &'static str,
    pub(super) evidence: Vec<EvidenceItem>,
}

/// An excuse for a test that went.
struct Excuse {
    level: Level,
    why: &'static str,
    shown_by: EvidenceItem,
    /// Whether it holds even when base's test is red on head's code.
    strong: bool,
}

/// Judges one test that is gone.
pub(super) fn judge<'a>(cx: &Context<'a>, test: Declared<'a>) -> Gone<'a> {
    let gone = format!("`{}` is declared at base and not at head", test.decl.name);
    let mut evidence =
        vec![EvidenceItem::new(EvidenceKind::Diff, gone).at(Side::Base, test.path, Some(test.decl.line))];
    // The strongest reason to want it gone.
    let red = in_old_on_new(cx, test, CellOutcome::Failed);
    evidence.extend(red.map(|r| {
        let says = format!("base's `{}` fails on head's code", r.id);
        EvidenceItem::new(EvidenceKind::Test, says).at(Side::Base, &r.path, r.line)
    }));
    let excuse = excuse(cx, test).filter(|e| e.strong || red.is_none());
    let (level, why) = match excuse {
        Some(excuse) => {
            evidence.push(excuse.shown_by);
            (excuse.level, excuse.why)
        }
        None => {
            evidence.extend(living_subject(cx, test));
            (Level::Deny, "nothing replaces it")
        }
    };
    Gone { test, level, why, evidence }
}

/// The strongest excuse.
fn excuse(cx: &Context<'_>, test: Declared<'_>) -> Option<Excuse> {
    subject_is_gone(cx, test)
        .or_else(|| file_went_with_its_code(cx, test))
        .or_else(|| has_twin(cx, test))
        .or_else(|| is_superseded(cx, test))
        .or_else(|| is_mentioned(cx, test))
        .or_else(|| has_namesake(cx, test))
        .or_else(|| has_heir(cx, test))
        .or_else(|| became_a_case(cx, test))
        .or_else(|| method_is_gone(cx, test))
        .or_else(|| sibling_lost_its_subject(cx, test))
        .or_else(|| file_was_reworked(cx, test))
        .or_else(|| has_no_subject(test))
}

/// Something that it calls is removed by the change, under every type.
fn subject_is_gone(cx: &Context<'_>, test: Declared<'_>) -> Option<Excuse> {
    let subject = removed_subject(cx, test)?;
    Some(Excuse {
        level: Level::Note,
        why: "what it tested is gone too",
        shown_by: EvidenceItem::new(EvidenceKind::Diff, format!("`{subject}`, which it calls, is gone too")),
        strong: true,
    })
}

fn removed_subject<'a>(cx: &Context<'a>, test: Declared<'a>) -> Option<&'a str> {
    let names_of = |side| code(cx, side).map(|(_, i)| i.name.as_str()).collect::<HashSet<_>>();
    let (base, head) = (names_of(Side::Base), names_of(Side::Head));
    let gone = |name: &str| base.contains(name) && !head.contains(name);
    subjects(test).find(|call| call.split("::").flat_map(|p| p.split('.')).any(gone))
}

/// The file that held it is deleted with code of its own, and none of that code is anywhere else.
fn file_went_with_its_code(cx: &Context<'_>, test: Declared<'_>) -> Option<Excuse> {
    let deleted =
        |f: &guard_model::FileChange| f.kind == guard_model::ChangeKind::Deleted && f.path == test.path;
    cx.evidence.change.files.iter().find(|f| deleted(f))?;
    let at_head: HashSet<&str> = code(cx, Side::Head).map(|(_, i)| i.name.as_str()).collect();
    let own =
        || code(cx, Side::Base).filter(|(f, i)| f.path == test.path && is_definition(i.kind)).map(|(_, i)| i);
    let first = own().next().filter(|_| own().all(|i| !at_head.contains(i.name.as_str())))?;
    let says = format!("`{}`, defined in the same file, is gone too", first.name);
    Some(Excuse {
        level: Level::Note,
        why: "what it tested is gone too",
        shown_by: EvidenceItem::new(EvidenceKind::Diff, says).at(Side::Base, test.path, Some(first.line)),
        strong: true,
    })
}

fn is_definition(kind: ItemKind) -> bool {
    matches!(kind, ItemKind::Function | ItemKind::Type | ItemKind::Trait | ItemKind::Macro)
}

/// A test at head has the same body.
fn has_twin(cx: &Context<'_>, test: Declared<'_>) -> Option<Excuse> {
    let same = |h: &&Declared<'_>| h.decl.body == test.decl.body && test.decl.body_tokens >= 8;
    let twin = cx.tests.head.iter().find(same)?;
    let says = format!("`{}` has the same body", twin.decl.name);
    Some(Excuse {
        level: Level::Note,
        why: "a test with the same body is left",
        shown_by: EvidenceItem::new(EvidenceKind::Site, says).at(Side::Head, twin.path, Some(twin.decl.line)),
        strong: true,
    })
}

/// Base's version still passes on head's code, and a new test of the same file stands for it: it has most
/// of its name, or its place.
fn is_superseded(cx: &Context<'_>, test: Declared<'_>) -> Option<Excuse> {
    in_old_on_new(cx, test, CellOutcome::Passed)?;
    let head_path = file_at_head(cx, test)?;
    let can_fail = |h: &&Declared<'_>| h.decl.ignored.is_none() && h.decl.assertions > 0;
    let new: Vec<Declared<'_>> =
        cx.tests.added.iter().filter(|h| h.path == head_path).filter(can_fail).copied().collect();
    let lost: Vec<Declared<'_>> = cx.tests.removed.iter().filter(|t| t.path == test.path).copied().collect();
    let heir = namesake(&new, &lost, test).or_else(|| at_its_place(cx, &new, &lost, test))?;
    let says = format!("base's version still passes on head's code, and `{}` stands for it", heir.decl.name);
    Some(Excuse {
        level: Level::Note,
        why: "its base version still passes, and a new test stands for it",
        shown_by: EvidenceItem::new(EvidenceKind::Site, says).at(Side::Head, heir.path, Some(heir.decl.line)),
        strong: false,
    })
}

/// The new test that shares the beginning of the name with `test`, and with no other lost test more of it.
fn namesake<'a>(new: &[Declared<'a>], lost: &[Declared<'a>], test: Declared<'a>) -> Option<Declared<'a>> {
    let close = |h: &&Declared<'_>| {
        let shared = shared_start(test.leaf(), h.leaf());
        shared >= 10 && shared * 3 >= test.leaf().len().max(h.leaf().len()) * 2
    };
    let best = new.iter().filter(close).max_by_key(|h| shared_start(test.leaf(), h.leaf()))?;
    // Each new test stands for one: the closest, the first of equals.
    let first = lost.iter().rev().max_by_key(|t| shared_start(t.leaf(), best.leaf()))?;
    (*first == test).then_some(*best)
}

/// The new test in the hunk that took `test` away, when as many came there as went.
fn at_its_place<'a>(
    cx: &Context<'a>,
    new: &[Declared<'a>],
    lost: &[Declared<'a>],
    test: Declared<'a>,
) -> Option<Declared<'a>> {
    let file = cx.evidence.change.files.iter().find(|f| f.base_path() == test.path)?;
    let overlaps = |start: u32, lines: u32, t: &Declared<'_>| {
        lines > 0 && start <= t.decl.end_line && t.decl.line < start + lines
    };
    let hunk = file.hunks.iter().find(|h| overlaps(h.old_start, h.old_lines, &test))?;
    let went: Vec<_> = lost.iter().filter(|t| overlaps(hunk.old_start, hunk.old_lines, t)).collect();
    let came: Vec<_> = new.iter().filter(|t| overlaps(hunk.new_start, hunk.new_lines, t)).collect();
    let at = went.iter().position(|t| **t == test).filter(|_| went.len() == came.len())?;
    came.get(at).copied().copied()
}

/// Length of the common beginning of two names, in bytes.
fn shared_start(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

/// Verbs of taking away.
pub(super) const REMOVING: &[&str] = &[
    "remove",
    "delete",
    "drop",
    "obsolete",
    "redundant",
    "duplicate",
    "merge",
    "consolidate",
    "prune",
    "superseded",
    "replace",
    "revert",
    "move",
    "stop",
    "longer",
    "rewrite",
    "refactor",
    "simplify",
    "reorganize",
    "restructure",
    "convert",
    "unify",
    "tidy",
];

/// Verbs whose object is gone afterwards, or no longer does what it did.
const ENDING: &[&str] = &[
    "remove",
    "delete",
    "drop",
    "replace",
    "disallow",
    "forbid",
    "disable",
    "retire",
    "deprecate",
    "stop",
    "longer",
];

/// A sentence says that tests went, or that something went which this test is about.
fn is_mentioned(cx: &Context<'_>, test: Declared<'_>) -> Option<Excuse> {
    let file = test.path.rsplit('/').next().unwrap_or(test.path);
    let topic = [test.leaf(), test.path].into_iter().chain(subjects(test));
    let topic = crate::said::telling_stems(topic);
    let sentence = cx.said.find(|s| {
        let named = s.names(test.leaf()) || s.names(file);
        s.has_near(REMOVING, &["test", "tests"])
            || s.has_any(REMOVING) && named
            || s.has_any(ENDING) && s.shares(&topic)
    })?;
    let says = format!("said at {}: \"{}\"", sentence.place, shorten(sentence.text, 120));
    Some(Excuse {
        level: Level::Warn,
        why: "the removal is mentioned",
        shown_by: EvidenceItem::new(EvidenceKind::Session, says),
        strong: true,
    })
}

/// A test was added or grew that calls what this one called: tests are merged into tables.
fn has_heir(cx: &Context<'_>, test: Declared<'_>) -> Option<Excuse> {
    let wanted: HashSet<&str> = subjects(test).collect();
    if wanted.is_empty() {
        return None;
    }
    let covers = |h: &Declared<'_>| {
        let shared = subjects(*h).filter(|c| wanted.contains(c)).count();
        h.decl.ignored.is_none() && shared * 2 >= wanted.len() && h.decl.assertions > 0
    };
    let grew = |b: &Declared<'_>, h: &Declared<'_>| {
        h.decl.assertions > b.decl.assertions || h.decl.body_tokens >= b.decl.body_tokens + 8
    };
    let pairs = cx.tests.kept.iter().chain(&cx.tests.renamed);
    let grown = pairs.filter(|(b, h)| grew(b, h)).map(|(_, h)| *h);
    let heir = cx.tests.added.iter().copied().chain(grown).find(covers)?;
    let says = format!("`{}` was added or extended and calls the same code", heir.decl.name);
    Some(Excuse {
        level: Level::Warn,
        why: "another test may have taken it over",
        shown_by: EvidenceItem::new(EvidenceKind::Site, says).at(Side::Head, heir.path, Some(heir.decl.line)),
        strong: false,
    })
}

/// A new test of the same name stands elsewhere, where another test moved to: twins were merged.
fn has_namesake(cx: &Context<'_>, test: Declared<'_>) -> Option<Excuse> {
    let moved = cx.tests.renamed.iter().map(|(_, h)| h);
    let namesake = cx.tests.added.iter().chain(moved).find(|h| h.leaf() == test.leaf())?;
    let says = format!("`{}` is new there", namesake.decl.name);
    Some(Excuse {
        level: Level::Warn,
        why: "a new test has its name",
        shown_by: EvidenceItem::new(EvidenceKind::Site, says).at(
            Side::Head,
            namesake.path,
            Some(namesake.decl.line),
        ),
        strong: false,
    })
}

/// A test of its file makes several cases now, whose names syntax does not know.
fn became_a_case(cx: &Context<'_>, test: Declared<'_>) -> Option<Excuse> {
    let head_path = file_at_head(cx, test)?;
    let pairs = cx.tests.kept.iter().chain(&cx.tests.renamed);
    let changed = pairs.filter(|(b, h)| b.decl.body != h.decl.body || !b.decl.generated).map(|(_, h)| h);
    let table = cx.tests.added.iter().chain(changed).find(|h| h.path == head_path && h.decl.generated)?;
    let says = format!("`{}` makes several cases", table.decl.name);
    Some(Excuse {
        level: Level::Warn,
        why: "it may be a case of a table now",
        shown_by: EvidenceItem::new(EvidenceKind::Site, says).at(
            Side::Head,
            table.path,
            Some(table.decl.line),
        ),
        strong: false,
    })
}

fn file_at_head<'a>(cx: &Context<'a>, test: Declared<'_>) -> Option<&'a str> {
    cx.evidence.change.files.iter().find(|f| f.base_path() == test.path).map(|f| f.path.as_str())
}

/// A method that it may call is gone from one type, and another type still has one of that name.
fn method_is_gone(cx: &Context<'_>, test: Declared<'_>) -> Option<Excuse> {
    let at_head: HashSet<&str> = code(cx, Side::Head).map(|(_, i)| i.qualified.as_str()).collect();
    let calls: HashSet<&str> = subjects(test).map(last_segment).collect();
    let is_method = |q: &str| q.contains("::") || q.contains('.');
    let gone = |q: &str| is_method(q) && calls.contains(last_segment(q)) && !at_head.contains(q);
    let (file, item) = code(cx, Side::Base).find(|(_, i)| gone(&i.qualified))?;
    let says = format!("`{}` is gone", item.qualified);
    Some(Excuse {
        level: Level::Warn,
        why: "a method of a name that it calls is gone too",
        shown_by: EvidenceItem::new(EvidenceKind::Diff, says).at(Side::Base, &file.path, Some(item.line)),
        strong: false,
    })
}

/// Of the tests that the file lost, a good part went together with what it tested: a feature went.
fn sibling_lost_its_subject(cx: &Context<'_>, test: Declared<'_>) -> Option<Excuse> {
    let lost: Vec<Declared<'_>> = cx.tests.removed.iter().filter(|t| t.path == test.path).copied().collect();
    let with_subject: Vec<(Declared<'_>, &str)> =
        lost.iter().filter_map(|t| Some((*t, removed_subject(cx, *t)?))).collect();
    let (sibling, subject) = with_subject.first().filter(|_| with_subject.len() * 3 >= lost.len())?;
    let says = format!("`{}`, beside it, went with `{subject}`", sibling.decl.name);
    Some(Excuse {
        level: Level::Warn,
        why: "tests beside it went with what they tested",
        shown_by: EvidenceItem::new(EvidenceKind::Diff, says).at(
            Side::Base,
            test.path,
            Some(sibling.decl.line),
        ),
        strong: false,
    })
}

/// The file has at least as many new tests as lost ones: its tests were written anew.
fn file_was_reworked(cx: &Context<'_>, test: Declared<'_>) -> Option<Excuse> {
    let lost = cx.tests.removed.iter().filter(|t| t.path == test.path).count();
    let head_path = file_at_head(cx, test)?;
    let added = || cx.tests.added.iter().filter(|t| t.path == head_path && t.decl.ignored.is_none());
    let first = added().next().filter(|_| added().count() >= lost)?;
    let says = format!("{} were added to the file, and {lost} went", added().count());
    Some(Excuse {
        level: Level::Warn,
        why: "the file has other new tests",
        shown_by: EvidenceItem::new(EvidenceKind::Diff, says).at(
            Side::Head,
            first.path,
            Some(first.decl.line),
        ),
        strong: false,
    })
}

/// It calls nothing that could be what it tests (it compares values, or only builds them).
fn has_no_subject(test: Declared<'_>) -> Option<Excuse> {
    let says = "it calls nothing by which its subject could be told".to_owned();
    subjects(test).next().is_none().then(|| Excuse {
        level: Level::Warn,
        why: "what it tested cannot be told",
        shown_by: EvidenceItem::new(EvidenceKind::Diff, says).at(Side::Base, test.path, Some(test.decl.line)),
        strong: false,
    })
}

/// A called item that the change leaves standing.
fn living_subject(cx: &Context<'_>, test: Declared<'_>) -> Option<EvidenceItem> {
    let stands = |call: &str| code(cx, Side::Head).find(|(_, i)| i.name == last_segment(call));
    let (file, item) = subjects(test).find_map(stands)?;
    let says = format!("`{}`, which it calls, is still there", item.qualified);
    Some(EvidenceItem::new(EvidenceKind::Site, says).at(Side::Head, &file.path, Some(item.line)))
}

/// Base's version of the test on head's code, when it came out so there.
fn in_old_on_new<'a>(cx: &Context<'a>, test: Declared<'_>, outcome: CellOutcome) -> Option<&'a CellResult> {
    let cell = cx.lab()?.old_tests_on_new_code.as_ref()?;
    let is_it = |r: &&CellResult| r.path == test.path && leaf(&r.id.name) == test.leaf();
    cell.results.iter().filter(|r| r.outcome == outcome).find(is_it)
}

/// Items that are not test code.
fn code<'a>(
    cx: &Context<'a>,
    side: Side,
) -> impl Iterator<Item = (&'a guard_model::SourceFacts, &'a guard_model::Item)> + use<'a> {
    cx.items(side).filter(|(_, i)| !i.in_test)
}

/// Names that the test calls and that could be what it tests.
fn subjects<'a>(test: Declared<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    test.decl.calls.iter().map(String::as_str).filter(|c| !is_plumbing(last_segment(c)))
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
