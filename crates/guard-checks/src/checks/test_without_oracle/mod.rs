//! `test-without-oracle`: a new test runs code and looks at nothing that the code gives.

use std::collections::BTreeSet;

use guard_model::mutants::{Kill, MutantOutcome, MutantRecord};
use guard_model::{EvidenceItem, EvidenceKind, Level, Mode, Side};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::identities::{Declared, leaf};
use crate::text::{count, shorten};

pub(super) const CHECK: Check = Check {
    name: "test-without-oracle",
    group: Group::Tests,
    summary: "a new test that runs code and checks nothing of what it gives",
    default_level: Level::Warn,
    needs: &[Need::Mutants],
    first_mode: Mode::Commit,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

/// Values of a function that a test must let pass before it is named: one alone may be what the function
/// gives anyway.
const FEWEST: usize = 2;

/// Mutants that are shown.
const SHOWN: usize = 3;

/// Calls that look at nothing: of the standard library, and what makes values.
const BLIND: &[&str] = &[
    "new",
    "default",
    "clone",
    "into",
    "from",
    "to_string",
    "to_owned",
    "to_vec",
    "as_ref",
    "as_str",
    "as_bytes",
    "iter",
    "into_iter",
    "collect",
    "drop",
    "black_box",
    "println",
    "print",
    "eprintln",
    "eprint",
    "dbg",
    "format",
    "vec",
    "push",
    "insert",
    "Some",
    "Ok",
    "Err",
    "Box",
    "String",
    "Vec",
    "len",
    "ok",
    "is_ok",
    "is_err",
    "is_some",
    "is_none",
    "is_empty",
];

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let list = cx.lab().and_then(|l| l.mutants.as_ref()).map_or(&[][..], |m| &m.list);
    let new = cx.tests.added.iter().filter(|t| t.decl.assertions == 0 && t.decl.ignored.is_none());
    new.filter(|t| !t.decl.generated).filter_map(|t| draft(cx, *t, list)).collect()
}

fn draft(cx: &Context<'_>, test: Declared<'_>, list: &[MutantRecord]) -> Option<Draft> {
    let is_it = |id: &guard_model::lab::TestId| {
        cx.tests
            .declared(id, Side::Head)
            .is_some_and(|d| d.path == test.path && d.decl.line == test.decl.line)
    };
    // A crash of the code itself is no look at what it gives.
    let asserts = |m: &MutantRecord| m.caught_how == Some(Kill::Assertion);
    if list.iter().any(|m| asserts(m) && m.caught_by.as_ref().is_some_and(is_it)) {
        return None;
    }
    let values: Vec<&MutantRecord> = list
        .iter()
        .filter(|m| m.operator == "function-value" && m.outcome == MutantOutcome::Missed)
        .filter(|m| m.reached_by.iter().any(is_it))
        .collect();
    let ran: BTreeSet<&str> = values.iter().filter_map(|m| Some(leaf(m.function.as_deref()?))).collect();
    // A function of the project that nobody mutated may be a helper that asserts.
    let is_blind = |call: &String| ran.contains(leaf(call)) || BLIND.contains(&leaf(call));
    if values.len() < FEWEST || !test.decl.calls.iter().all(is_blind) {
        return None;
    }
    let first = values.first()?;
    let name = &test.decl.name;
    let message = format!(
        "new test `{name}` asserts nothing: it passes with {} that break what it runs",
        count(values.len(), "mutant")
    );
    let shown = values.iter().take(SHOWN).map(|m| {
        let said = format!("{}\n{}passed with it: `{name}`", shorten(&m.replacement, 120), m.diff);
        EvidenceItem::new(EvidenceKind::Mutant, said).at(Side::Head, m.path.clone(), Some(m.line))
    });
    let of = first.function.as_deref().unwrap_or("the code");
    let draft = Draft::new(
        Level::Warn,
        message,
        EvidenceItem::new(
            EvidenceKind::Test,
            "syntax shows no assertion in it, and no call that could hold one",
        )
        .at(Side::Head, test.path, Some(test.decl.line)),
    );
    Some(
        draft
            .because_all(shown)
            .at(Side::Head, test.path, test.decl.line)
            .about(Fact::Test(test.path.to_owned(), name.clone()))
            .help(format!("assert what `{of}` gives")),
    )
}
