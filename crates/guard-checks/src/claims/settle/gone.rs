//! "Removed X", "Dropped X from Y": shown where the change took lines with X away and wrote none.

use std::collections::BTreeSet;

use guard_model::evidence::NumberedLine;
use guard_model::{ChangeKind, Claim, EvidenceItem, EvidenceKind, Side};

use super::code::{is_document, is_path};
use super::terms::{self, Term, Terms};
use super::trace::{self, FileTrace, occurrences};
use super::{Facts, Ruling};
use crate::claims::counts;
use crate::claims::subject;
use crate::claims::token::{self, Kind};
use crate::text::{count, names, shorten};

/// The ruling where the removed lines show the claim; `None` where they do not.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    if let Some(ruling) = tests(facts, claim).or_else(|| section(facts, claim)) {
        return Some(ruling);
    }
    let terms = Terms::in_change(&claim.text, &facts.trace.files);
    // A remark in parentheses is none of it.
    let outside = claim.text.split(" (").next().unwrap_or(&claim.text);
    let plain = Terms::in_change(outside, &facts.trace.files);
    if plain.extent || claim.scope.count.is_some() {
        return None;
    }
    let objects: Vec<&Term> = terms.names.iter().filter(|n| n.object).collect();
    if objects.is_empty() {
        return joined(facts, outside, &plain)
            .or_else(|| by_words(facts, &plain))
            .or_else(|| from_both(facts, outside));
    }
    // Each file that is named must have lost it; without a name, the whole change.
    let scopes: Vec<Vec<&FileTrace<'_>>> = if terms.paths.is_empty() {
        vec![facts.trace.code().collect()]
    } else {
        terms.paths.iter().map(|(p, _)| terms::named(&facts.trace.files, p)).collect()
    };
    let owners: Vec<&Term> = terms.names.iter().filter(|n| !n.object && !n.aside).collect();
    let mut place = None;
    for files in &scopes {
        for object in &objects {
            let lost = files.iter().find(|f| {
                let added: usize = f.places.iter().map(|p| occurrences(&p.code, &object.text)).sum();
                let gone = occurrences(&f.gone, &object.text);
                gone > added && (added == 0 || !owners.is_empty()) && owners.iter().all(|o| belongs(f, o))
            })?;
            place.get_or_insert(*lost);
        }
    }
    // With neither a file nor an owner, it is gone only when it stands nowhere else.
    if terms.paths.is_empty() && owners.is_empty() {
        let nowhere = |name: &Term| {
            let found = facts.evidence.lookups.iter().find(|l| l.text == name.text);
            found.is_some_and(|l| {
                // What documents tell of it may stay.
                l.lines == Some(l.places.len() as u64) && l.places.iter().all(|p| is_document(&p.path))
            })
        };
        if !objects.iter().all(|o| nowhere(o)) {
            return None;
        }
    }
    let shown: Vec<&str> = objects.iter().map(|n| n.text.as_str()).collect();
    let file = place?;
    let line = file.lines.removed.iter().find(|l| occurrences(&l.text, shown[0]) > 0).map(|l| l.line);
    let message = format!("{} stood on lines that the change removed", names(&shown, 3));
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    Some(Ruling::verified(item.at(Side::Base, file.change.base_path(), line)))
}

/// "Both integration tests from `tests/main.rs`": as many tests of the file are gone.
fn tests(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    let at = tokens.iter().position(|t| t.is("tests"))?;
    let said = tokens[..at]
        .iter()
        .find_map(|t| if t.is("both") { Some(2) } else { counts::number(t) })
        .filter(|n| *n > 1)?;
    let [path] = claim.scope.paths.as_slice() else { return None };
    let gone: Vec<_> = facts.tests.removed.iter().filter(|t| is_path(t.path, path)).collect();
    let first = gone.first().filter(|_| gone.len() as u64 == said && at <= 3)?;
    let item = EvidenceItem::new(EvidenceKind::Diff, format!("{} went", count(gone.len(), "test")));
    Some(Ruling::verified(item.at(Side::Base, first.path, Some(first.decl.line))).counted(said, said))
}

/// "The tests section in `AGENTS.md`": its heading is among the lines that went.
fn section(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    let at = tokens.iter().position(|t| t.any("section chapter"))?;
    let words = Terms::of_tokens(&tokens[..at], None).words;
    let [path] = claim.scope.paths.as_slice() else { return None };
    let is_heading = |l: &&NumberedLine| {
        let own: BTreeSet<String> = trace::stems(&l.text).collect();
        l.text.starts_with('#') && words.iter().all(|w| trace::has(&own, &w.stem))
    };
    let mut files = facts.trace.files.iter().filter(|f| f.document && terms::is_named(f, path));
    let file = files.next().filter(|_| words.len() >= 2)?;
    let line = file.lines.removed.iter().find(is_heading)?;
    if file.lines.added.iter().any(|l| is_heading(&l)) {
        return None;
    }
    let item = EvidenceItem::new(EvidenceKind::Diff, format!("`{}` is gone", shorten(&line.text, 60)));
    Some(Ruling::verified(item.at(Side::Base, file.change.base_path(), Some(line.line))))
}

/// "Remove windows-latest from the matrix": a word with a sign in it, on lines that files lost and nowhere on new ones.
fn joined(facts: &Facts<'_>, text: &str, terms: &Terms) -> Option<Ruling> {
    let tokens = token::tokens(text);
    let verb = super::code::first_verb(&tokens)?;
    let said: Vec<&str> = subject::head(&tokens[verb + 1..])
        .iter()
        .filter(|t| t.kind == Kind::Word && t.text.len() > 5 && t.text.contains(['-', '_']))
        .map(|t| t.text)
        .collect();
    let fits = |f: &&FileTrace<'_>| {
        let written = |word: &str| f.places.iter().any(|p| occurrences(&p.code, word) > 0);
        let in_scope = terms.paths.is_empty() || terms.paths.iter().any(|(p, _)| terms::is_named(f, p));
        in_scope && said.iter().all(|w| occurrences(&f.gone, w) > 0 && !written(w))
    };
    let file = facts.trace.code().filter(|_| !said.is_empty()).find(fits)?;
    let line = file.lines.removed.iter().find(|l| occurrences(&l.text, said[0]) > 0).map(|l| l.line);
    let message = format!("{} stood on lines that the change removed", names(&said, 3));
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    Some(Ruling::verified(item.at(Side::Base, file.change.base_path(), line)))
}

/// "Removed the directory creation from the logger": nearly all of it stood on the lines that one file lost.
fn by_words(facts: &Facts<'_>, terms: &Terms) -> Option<Ruling> {
    let n = terms.words.len();
    if n < 3 || !terms.numbers.is_empty() {
        return None;
    }
    let (file, words) = facts
        .trace
        .code()
        .filter(|f| terms.paths.is_empty() || terms.paths.iter().any(|(p, _)| terms::is_named(f, p)))
        .filter(|f| f.change.removed > f.change.added)
        .map(|f| {
            let mut gone: BTreeSet<String> = trace::stems(&f.gone).collect();
            if f.change.kind == ChangeKind::Deleted {
                gone.extend(trace::stems(f.path()));
            }
            let words: Vec<&str> =
                terms.words.iter().filter(|w| trace::has(&gone, &w.stem)).map(|w| w.word.as_str()).collect();
            (f, words)
        })
        .max_by_key(|(_, words)| words.len())?;
    // Lines that a named function lost need fewer words to be known.
    let enough = if terms.names.is_empty() { (4, 3) } else { (2, 1) };
    if words.len() < 2
        || words.len() * enough.0 < n * enough.1
        || terms.names.iter().any(|o| !belongs(file, o))
    {
        return None;
    }
    let message = format!("the lines that `{}` lost speak of {}", file.path(), names(&words, 4));
    let line = file.lines.removed.first().map(|l| l.line);
    Some(Ruling::verified(EvidenceItem::new(EvidenceKind::Diff, message).at(
        Side::Base,
        file.change.base_path(),
        line,
    )))
}

/// "Removed the directory creation from both loggers": two files lost it, and wrote none of it.
fn from_both(facts: &Facts<'_>, text: &str) -> Option<Ruling> {
    const WORTH: &str =
        "redundant unnecessary unused obsolete dead stale needless superfluous duplicate duplicated leftover";
    let (what, place) = text.split_once(" from both ")?;
    let terms = Terms::in_change(what, &facts.trace.files);
    let words: Vec<&str> =
        terms.words.iter().filter(|w| !token::lists(WORTH, &w.word)).map(|w| w.stem.as_str()).collect();
    let plain = place.split_whitespace().count() <= 2 && terms.names.is_empty() && terms.numbers.is_empty();
    if !plain || terms.extent || words.len() < 2 {
        return None;
    }
    let lost = |f: &&FileTrace<'_>| {
        let gone: BTreeSet<String> = trace::stems(&f.gone).collect();
        let written: BTreeSet<String> = f.places.iter().flat_map(|p| trace::stems(&p.code)).collect();
        words.iter().all(|w| trace::has(&gone, w)) && !words.iter().all(|w| trace::has(&written, w))
    };
    let files: Vec<&FileTrace<'_>> = facts.trace.code().filter(lost).collect();
    let [first, second] = files.as_slice() else { return None };
    let paths = [first.path(), second.path()];
    let message = format!("{} lost lines that speak of {}", names(&paths, 2), names(&words, 4));
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    let line = first.lines.removed.first().map(|l| l.line);
    Some(Ruling::verified(item.at(Side::Base, first.change.base_path(), line)))
}

/// Whether a file's removed or written lines lie in what `owner` names.
fn belongs(file: &FileTrace<'_>, owner: &Term) -> bool {
    occurrences(&file.gone, &owner.text) > 0 || file.places.iter().any(|p| owner.touches(p, file.path()))
}

/// Names that must be nowhere at head for the claim to be shown.
pub(super) fn open_names(facts: &Facts<'_>, claim: &Claim) -> Vec<String> {
    let terms = Terms::of(&claim.text);
    let bare = terms.paths.is_empty() && terms.names.iter().all(|n| n.object);
    if !bare {
        return Vec::new();
    }
    // Only what some file lost is worth a search, and not where new lines still have it.
    let is_lost = |text: &str| {
        facts.trace.code().any(|f| occurrences(&f.gone, text) > 0)
            && !facts.trace.code().any(|f| f.places.iter().any(|p| occurrences(&p.code, text) > 0))
    };
    terms.names.into_iter().map(|n| n.text).filter(|t| t.len() > 2 && is_lost(t)).collect()
}
