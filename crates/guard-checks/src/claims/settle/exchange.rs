//! "Replace A with B", "use B instead of A", "from A to B": one file lost A and gained B.

use std::collections::BTreeSet;

use guard_model::{EvidenceItem, EvidenceKind, Side};

use super::Ruling;
use super::terms::{Telling, Term, Terms};
use super::trace::{self, FileTrace, has, occurrences};
use crate::text::names;

/// One thing stands where another stood.
pub(super) fn exchanged(files: &[&FileTrace<'_>], was: &Terms, is: &Terms) -> Option<Ruling> {
    let definite = |t: &Terms| !(t.names.is_empty() && t.numbers.is_empty());
    if !definite(was) && !definite(is) {
        return None;
    }
    let in_file = |file: &&&FileTrace<'_>| {
        let added = |text: &str| -> usize { file.places.iter().map(|p| occurrences(&p.code, text)).sum() };
        let gone = |text: &str| occurrences(&file.gone, text);
        let lost = |text: &str| gone(text) > added(text);
        let won = |text: &str| added(text) > gone(text);
        let touched = |n: &Term| file.places.iter().any(|p| n.touches(p, file.path()));
        let old_words: BTreeSet<String> = trace::stems(&file.gone).collect();
        let half = |words: &[Telling], has: &dyn Fn(&str) -> bool| {
            words.iter().filter(|w| has(&w.stem)).count() * 2 >= words.len()
        };
        was.names.iter().all(|n| lost(&n.text))
            && was.numbers.iter().all(|n| lost(n))
            // "make `f` return `A` instead of `B`": `f` is where it happens.
            && is.names.iter().all(|n| won(&n.text) || n.object && !was.names.is_empty() && touched(n))
            && (is.names.is_empty() || is.names.iter().any(|n| won(&n.text)))
            && is.numbers.iter().all(|n| won(n))
            && half(&was.words, &|s| has(&old_words, s))
            && half(&is.words, &|s| has(&file.words, s))
            && (definite(was) || !file.gone.trim().is_empty() && (!was.words.is_empty() || is.names.iter().all(Term::is_definite)))
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
    let line = file.places.first().map(|p| p.line);
    Some(Ruling::verified(EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, file.path(), line)))
}
