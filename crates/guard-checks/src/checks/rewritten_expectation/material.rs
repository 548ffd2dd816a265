//! Tests in files that the change leaves alone: what they read, what their runner loads and how it runs them may
//! have been rewritten.

use guard_model::lab::{CellResult, TestOutcome};
use guard_model::{
    ChangeKind, ClaimKind, EvidenceItem, EvidenceKind, FileChange, Item, Level, Side, SourceFacts,
};

use super::around::fewer_assertions;
use super::words::{EXPECTATIONS, UPDATING};
use crate::check::{Draft, Fact};
use crate::context::Context;
use crate::identities::leaf;
use crate::text::{count, first_line, shorten};

/// A test in a file that the change leaves alone, and which passes only with data or helpers that it rewrites.
pub(super) fn by_data(cx: &Context<'_>, red: &CellResult) -> Option<Draft> {
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

/// Whether a path is one where CTest's tests are registered.
pub(super) fn is_registration(path: &str) -> bool {
    path.ends_with("CMakeLists.txt") || path.ends_with(".cmake")
}

/// A test that CTest runs otherwise since this change, and that fails as it ran before.
pub(super) fn by_registration(cx: &Context<'_>, red: &CellResult) -> Option<Draft> {
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
