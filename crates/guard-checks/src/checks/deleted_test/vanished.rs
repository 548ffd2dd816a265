//! Tests that ran at base and are unknown at head, though no changed file declares them.

use std::collections::{BTreeMap, HashSet};

use guard_model::lab::TestOutcome;
use guard_model::{EvidenceItem, EvidenceKind, Level, Side};

use super::mention::REMOVING;
use crate::check::Draft;
use crate::context::Context;
use crate::identities::{leaf, module_path};
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
        format!("head no longer knows {number} of `{suite}` that ran at base: {}", names(gone, 5))
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
