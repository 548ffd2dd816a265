//! "Removed `x`", and the change brings `x`; "renamed `a` to `b`", and there is an `a` and no `b`.

use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, Item, Side, SourceKind};

use super::nowhere::{is_composed, makes_names};
use super::terms::{Term, Terms};
use super::trace::occurrences;
use super::{Facts, Ruling, code, untouched};
use crate::claims::token::{Kind, Token};

/// The ruling where the change did the opposite, or nothing of it.
pub(super) fn ruled(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Ruling> {
    if claim.source.kind == SourceKind::Todo {
        return None;
    }
    match claim.kind {
        ClaimKind::Remove => brought(facts, tokens),
        ClaimKind::Rename => unmade(facts, tokens),
        _ => None,
    }
}

/// Names whose place at head decides.
pub(super) fn open_names(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Vec<String> {
    let new = (claim.kind == ClaimKind::Rename).then(|| renamed(facts, tokens)).flatten();
    new.map(|(_, new)| new.text).into_iter().collect()
}

/// What is said to be gone is declared at head and was nowhere in the changed files at base.
fn brought(facts: &Facts<'_>, tokens: &[Token<'_>]) -> Option<Ruling> {
    let term = untouched::object(tokens)?;
    let went =
        facts.trace.files.iter().flat_map(|f| &f.lines.removed).any(|l| occurrences(&l.text, &term.text) > 0);
    if went || !code::items(facts, Side::Base, &term.text).is_empty() {
        return None;
    }
    let items = code::items(facts, Side::Head, &term.text);
    let is_new = |path: &str, item: &Item| {
        facts.evidence.change.file(path).is_some_and(|f| f.touches_head_line(item.line))
    };
    let (source, item) =
        items.first().filter(|_| items.iter().all(|(source, item)| is_new(&source.path, item)))?;
    let message = format!("`{}` is new here", item.qualified);
    Some(Ruling::contradicted(vec![EvidenceItem::new(EvidenceKind::Diff, message).at(
        Side::Head,
        &source.path,
        Some(item.line),
    )]))
}

/// The new name stands nowhere, and the old one is declared as before.
fn unmade(facts: &Facts<'_>, tokens: &[Token<'_>]) -> Option<Ruling> {
    let (old, new) = renamed(facts, tokens)?;
    let found = facts.evidence.lookups.iter().find(|l| l.text == new.text)?;
    let items = code::items(facts, Side::Head, &old.text);
    let (source, item) = items.first().filter(|_| found.lines == Some(0))?;
    let message = format!("`{}` is nowhere at head, and `{}` is declared here", new.written, item.qualified);
    Some(Ruling::contradicted(vec![EvidenceItem::new(EvidenceKind::Diff, message).at(
        Side::Head,
        &source.path,
        Some(item.line),
    )]))
}

/// "Rename `a` to `b`", where nothing of the change has `b`.
fn renamed(facts: &Facts<'_>, tokens: &[Token<'_>]) -> Option<(Term, Term)> {
    let unknown = !facts.trace.whole || facts.trace.files.is_empty() || makes_names(facts);
    let at = tokens.iter().position(|t| t.any("to into as") || t.punct('→')).filter(|_| !unknown)?;
    let name = |t: &Token<'_>| -> Option<Term> {
        let terms = Terms::of_tokens(std::slice::from_ref(t), None);
        (t.kind == Kind::Code && terms.names.len() == 1).then(|| terms.names.into_iter().next()).flatten()
    };
    let old = untouched::object(&tokens[..at])?;
    let new = name(tokens.get(at + 1)?)?;
    let told = tokens
        .get(at + 2)
        .is_none_or(|t| matches!(t.kind, Kind::Punct(_)) || t.any("in for and to everywhere throughout"));
    let sure = new.is_definite()
        && new.text.len() > 5
        && !untouched::is_mentioned(facts, &new.text)
        && !is_composed(facts, &new.text);
    (told && sure).then_some((old, new))
}
