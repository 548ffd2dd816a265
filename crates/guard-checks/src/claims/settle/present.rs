//! "Added X to Y", "X now returns Y", "Support for Z": shown where what the claim names stands together on
//! lines of code that the change wrote.

use std::collections::HashSet;

use guard_model::source::ReachState;
use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, Quantifier, Side};

use super::terms::{self, Term, Terms};
use super::trace::{FileTrace, Place};
use super::{Facts, Ruling};
use crate::text::{names, shorten};

/// The ruling where the new lines show the claim; `None` where they do not.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let terms = Terms::of(&claim.text);
    let vague = terms.extent
        || claim.scope.quantifier == Quantifier::All
        || claim.scope.count.is_some()
        || terms::is_process(&claim.text);
    if vague || terms.is_empty() {
        return None;
    }
    let files = scope(facts, &terms)?;
    if let Some((was, is)) = terms::exchange(&claim.text) {
        return exchanged(facts, &files, &was, &is);
    }
    let about_tests = says_tests(&claim.text);
    let places: Vec<(&FileTrace<'_>, &Place<'_>)> = files
        .iter()
        .flat_map(|f| f.places.iter().map(move |p| (*f, p)))
        .filter(|(_, p)| about_tests || !p.in_test)
        .collect();
    if terms.names.is_empty() {
        return by_words(facts, claim, &terms, &places);
    }
    by_names(facts, claim, &terms, &places)
}

/// The files that the claim speaks of: those it names, or all code. `None` when a file that it names did
/// not change as it says.
fn scope<'f, 'e>(facts: &'f Facts<'e>, terms: &Terms) -> Option<Vec<&'f FileTrace<'e>>> {
    let trace = &facts.trace;
    let mut files: Vec<&FileTrace<'_>> = Vec::new();
    for (path, _) in &terms.paths {
        let named = terms::named(&trace.files, path);
        let present: Vec<&FileTrace<'_>> = named.into_iter().filter(|f| !f.lines.added.is_empty()).collect();
        if present.is_empty() {
            return None;
        }
        files.extend(present);
    }
    if terms.paths.is_empty() {
        files.extend(trace.code());
    }
    let built = |f: &&FileTrace<'_>| {
        !facts.evidence.reach.iter().any(|r| r.path == f.path() && r.state == ReachState::Unreached)
    };
    files.retain(built);
    (!files.is_empty()).then_some(files)
}

/// Names decide: each stands on new lines or is what they lie in, and most of the words stand beside them.
fn by_names(
    facts: &Facts<'_>,
    claim: &Claim,
    terms: &Terms,
    places: &[(&FileTrace<'_>, &Place<'_>)],
) -> Option<Ruling> {
    let touched = |name: &Term| places.iter().any(|(f, p)| name.touches(p, f.path()));
    if !terms.names.iter().all(touched) {
        return None;
    }
    let objects: Vec<&Term> = terms.names.iter().filter(|n| n.object).collect();
    if matches!(claim.kind, ClaimKind::Add | ClaimKind::Rename) {
        let is_new = |name: &Term| is_gained(facts, name);
        let brought = match objects.as_slice() {
            [] => terms.names.iter().any(is_new),
            objects => objects.iter().all(|n| is_new(n)),
        };
        if !brought {
            return None;
        }
    }
    let anchors: Vec<&(&FileTrace<'_>, &Place<'_>)> =
        places.iter().filter(|(f, p)| terms.names.iter().any(|n| n.touches(p, f.path()))).collect();
    let beside: HashSet<&str> = anchors
        .iter()
        .flat_map(|(f, _)| f.places.iter().flat_map(|p| &p.words))
        .map(String::as_str)
        .collect();
    let found = terms.stems.iter().filter(|s| beside.contains(s.as_str())).count();
    let enough = if claim.kind == ClaimKind::Fix { 3 } else { 2 };
    if found * 5 < terms.stems.len() * enough || !numbers_stand(terms, &anchors) {
        return None;
    }
    if claim.kind == ClaimKind::Fix && anchors.iter().all(|(f, _)| f.gone.trim().is_empty()) {
        return None;
    }
    let best = anchors
        .iter()
        .max_by_key(|(f, p)| {
            let here = terms.names.iter().filter(|n| n.touches(p, f.path())).count();
            (here, terms.stems.iter().filter(|s| p.words.contains(*s)).count())
        })
        .copied()?;
    if admits(best.1) {
        return None;
    }
    let shown: Vec<&str> = terms.names.iter().map(|n| n.text.as_str()).collect();
    let stand = if shown.len() == 1 { "stands" } else { "stand" };
    Some(Ruling::verified(item(
        best,
        &format!("{} {stand} on lines that the change wrote", names(&shown, 3)),
    )))
}

/// Words alone: nearly all of them stand in one place.
fn by_words(
    facts: &Facts<'_>,
    claim: &Claim,
    terms: &Terms,
    places: &[(&FileTrace<'_>, &Place<'_>)],
) -> Option<Ruling> {
    let _ = facts;
    let n = terms.stems.len();
    let best =
        places.iter().max_by_key(|(_, p)| terms.stems.iter().filter(|s| p.words.contains(*s)).count())?;
    let found: Vec<&str> =
        terms.stems.iter().map(String::as_str).filter(|s| best.1.words.contains(*s)).collect();
    let named_new_file = terms
        .paths
        .iter()
        .any(|(path, object)| *object && terms::named(&facts.trace.files, path).iter().any(|f| f.is_new()));
    let enough = match (claim.kind, n) {
        (_, 0) => named_new_file,
        _ if named_new_file => found.len() * 2 >= n,
        (ClaimKind::Fix, _) => n >= 4 && found.len() * 5 >= n * 4 && !best.0.gone.trim().is_empty(),
        (_, 1 | 2) => false,
        (_, 3) => found.len() == n,
        _ => found.len() * 4 >= n * 3,
    };
    if !enough || !numbers_stand(terms, &[best]) || admits(best.1) {
        return None;
    }
    let told = if found.is_empty() {
        "it is new".to_owned()
    } else {
        format!("the new code speaks of {}", names(&found, 5))
    };
    Some(Ruling::verified(item(best, &told)))
}

/// One thing stands where another stood.
fn exchanged(facts: &Facts<'_>, files: &[&FileTrace<'_>], was: &Terms, is: &Terms) -> Option<Ruling> {
    let definite = |t: &Terms| !(t.names.is_empty() && t.numbers.is_empty());
    if !definite(was) && !definite(is) {
        return None;
    }
    let in_file = |file: &&&FileTrace<'_>| {
        let added = |text: &str| -> usize {
            file.places.iter().map(|p| super::trace::occurrences(&p.code, text)).sum()
        };
        let gone = |text: &str| super::trace::occurrences(&file.gone, text);
        let lost = |text: &str| gone(text) > added(text);
        let won = |text: &str| added(text) > gone(text);
        let old_words: HashSet<String> = super::trace::stems(&file.gone).collect();
        let half = |stems: &[String], has: &dyn Fn(&str) -> bool| {
            stems.iter().filter(|s| has(s)).count() * 2 >= stems.len()
        };
        was.names.iter().all(|n| lost(&n.text))
            && was.numbers.iter().all(|n| lost(n))
            && is.names.iter().all(|n| won(&n.text))
            && is.numbers.iter().all(|n| won(n))
            && half(&was.stems, &|s| old_words.contains(s))
            && half(&is.stems, &|s| file.words.contains(s))
            && (definite(was) || !was.stems.is_empty() && !file.gone.is_empty())
    };
    let file = files.iter().find(in_file)?;
    let texts = |t: &Terms| -> Vec<String> {
        let names = t.names.iter().map(|n| n.text.clone());
        names.chain(t.numbers.iter().cloned()).collect()
    };
    let (old, new) = (texts(was), texts(is));
    let message = match (old.is_empty(), new.is_empty()) {
        (false, false) => format!("{} gave way to {} in `{}`", names(&old, 3), names(&new, 3), file.path()),
        (false, true) => format!("{} is gone from `{}`", names(&old, 3), file.path()),
        _ => format!("{} is new in `{}`", names(&new, 3), file.path()),
    };
    let _ = facts;
    let line = file.places.first().map(|p| p.line);
    Some(Ruling::verified(EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, file.path(), line)))
}

/// Whether the change brings a name: more of it is added than taken away.
pub(super) fn is_gained(facts: &Facts<'_>, name: &Term) -> bool {
    let (added, removed) = facts.trace.balance(&name.text);
    added > removed
}

fn numbers_stand(terms: &Terms, anchors: &[&(&FileTrace<'_>, &Place<'_>)]) -> bool {
    terms.numbers.iter().all(|n| anchors.iter().any(|(_, p)| super::trace::occurrences(&p.code, n) > 0))
}

/// Whether the new code says of itself that it is not done, or does nothing.
pub(super) fn admits(place: &Place<'_>) -> bool {
    place.item.is_some_and(|i| i.stub.is_some()) || place.comments.iter().any(|(_, c)| is_confession(c))
}

/// A comment that says that something is still to do.
pub(super) fn is_confession(comment: &str) -> bool {
    let lower = comment.to_lowercase();
    let marks = ["todo", "fixme", "xxx:", "hack:"];
    let says = [
        "not implemented",
        "not yet",
        "unimplemented",
        "placeholder",
        "for now",
        "simplified",
        "in a real ",
        "in production",
        "would be implemented",
        "to be implemented",
        "dummy",
        "hardcoded for",
        "stub",
    ];
    let word = |m: &&str| crate::text::words(&lower).iter().any(|w| w == m.trim_end_matches(':'));
    marks.iter().any(|m| word(m)) || says.iter().any(|s| lower.contains(s))
}

fn says_tests(text: &str) -> bool {
    let about = [
        "test",
        "tests",
        "spec",
        "specs",
        "fixture",
        "fixtures",
        "assertion",
        "assertions",
        "mock",
        "mocks",
        "e2e",
        "testing",
        "coverage",
    ];
    crate::text::words(text).iter().any(|w| about.contains(&w.as_str()))
}

fn item((file, place): &(&FileTrace<'_>, &Place<'_>), message: &str) -> EvidenceItem {
    let here = place.item.map_or_else(String::new, |i| format!(" (`{}`)", i.qualified));
    EvidenceItem::new(EvidenceKind::Diff, format!("{}{here}", shorten(message, 160))).at(
        Side::Head,
        file.path(),
        Some(place.line),
    )
}
