//! "Fix 5 stale test assertions", "Updated test expectations to match …": what tests of base expect now.

use guard_model::{Claim, EvidenceItem, EvidenceKind, Side, TestDecl};

use super::code::first_verb;
use super::terms::{Term, Terms};
use super::trace::FileTrace;
use super::{Facts, Ruling};
use crate::claims::counts::{self, TEST_NOUNS};
use crate::claims::lexicon::{self, Act};
use crate::claims::subject;
use crate::claims::token;
use crate::identities::Declared;
use crate::text::{count, names};

/// The ruling where assertions of old tests changed: as many tests as are said, or some.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    const NOUNS: &str = "assertions assertion expectations expectation";
    let tokens = token::tokens(&claim.text);
    let verb = first_verb(&tokens)?;
    let act = lexicon::verb(&tokens[verb].lower)?.act;
    let object = &tokens[verb + 1..];
    let head = subject::head(object);
    // "Assertions on related tests" are tests', too.
    let of_tests = object.iter().take(head.len() + 4).any(|t| t.any(TEST_NOUNS));
    let fits = matches!(act, Act::Fix | Act::Update)
        && head.last().is_some_and(|t| t.any(NOUNS))
        && of_tests
        && !object.iter().any(|t| t.any("all every each"));
    let terms = Terms::of(&claim.text);
    if !fits || !terms.paths.is_empty() {
        return None;
    }
    let changed: Vec<&Declared<'_>> =
        facts.tests.kept.iter().filter(|(b, h)| expects_other(facts, b, h)).map(|(_, h)| h).collect();
    let mentioned = |n: &Term| {
        let places = facts.trace.code().flat_map(|f| f.places.iter().map(move |p| (f, p)));
        places.filter(|(_, p)| p.in_test).any(|(f, p)| n.touches(p, f.path()))
    };
    let said = head.iter().find_map(counts::number);
    let first = changed.first().filter(|_| terms.names.iter().all(mentioned))?;
    if said.is_some_and(|n| n != changed.len() as u64) {
        return None;
    }
    let shown: Vec<&str> = changed.iter().map(|t| t.leaf()).collect();
    let expect = if shown.len() == 1 { "expects" } else { "expect" };
    let tests = count(changed.len(), "test");
    let message = format!("{tests} {expect} something else now: {}", names(&shown, 3));
    let item =
        EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, first.path, Some(first.decl.line));
    let ruling = Ruling::verified(item);
    Some(said.map_or(ruling.clone(), |n| ruling.counted(n, n)))
}

/// Whether lines of a test that tell what it expects gave way to others.
fn expects_other(facts: &Facts<'_>, base: &Declared<'_>, head: &Declared<'_>) -> bool {
    if base.decl.body == head.decl.body || head.decl.assertions == 0 || head.decl.ignored.is_some() {
        return false;
    }
    let Some(file) = facts.trace.files.iter().find(|f| f.path() == head.path) else { return false };
    let inside = |decl: &TestDecl, line: u32| decl.line <= line && line <= decl.end_line;
    let went: Vec<&str> = lines(file, &file.lines.removed, |line| inside(base.decl, line));
    let came: Vec<&str> = lines(file, &file.lines.added, |line| inside(head.decl, line));
    // What a long text expects has no call on its lines.
    let is_text = |l: &&str| !l.contains(['(', ';', '{']);
    came.iter().any(|l| is_expectation(l)) && went.iter().any(|l| is_expectation(l))
        || !went.is_empty() && !came.is_empty() && went.iter().chain(&came).all(is_text)
}

fn lines<'f>(
    file: &'f FileTrace<'_>,
    lines: &'f [guard_model::evidence::NumberedLine],
    fits: impl Fn(u32) -> bool,
) -> Vec<&'f str> {
    let code = lines.iter().filter(|l| fits(l.line)).map(|l| file.code_of(&l.text).trim());
    code.filter(|l| !l.is_empty()).collect()
}

fn is_expectation(line: &str) -> bool {
    let lower = line.to_lowercase();
    ["assert", "expect", "should", ".with_std", ".to_be", ".tobe", "require."]
        .iter()
        .any(|w| lower.contains(w))
}
