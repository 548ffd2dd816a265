//! "Renamed `X`", "removed `Y`", "replaced `A` with `B`", "made `X` async", "added logging to `X`", and no changed line,
//! path or item has the name: the change did not do it.

use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, FileKind, Side, SourceKind};

use super::code::{self, first_verb};
use super::nowhere::makes_names;
use super::terms::{self, Term, Terms};
use super::{Facts, Ruling};
use crate::claims::lexicon;
use crate::claims::subject::{self, Name};
use crate::claims::token::{self, Kind, Token};
use crate::text::names;

/// Things that names are the names of.
const THINGS: &str = "function method class struct type trait enum variant field constant const macro module fn \
    interface helper struct's variable parameter argument flag option attribute call calls component hook handler";

/// The ruling where the named thing is nowhere in the change and stands at head as it did.
pub(super) fn ruled(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Ruling> {
    if let Some(ruling) = exchanged(facts, claim) {
        return Some(ruling);
    }
    let ended = ended(facts, claim, tokens);
    let name = ended.clone().or_else(|| worked_on(facts, claim, tokens))?;
    let found = facts.evidence.lookups.iter().find(|l| l.text == name)?;
    // A name that stands nowhere may be a slip of the pen; one that stands there was not touched.
    found.lines.filter(|n| *n > 0 && found.in_source > 0)?;
    // What was worked on may be a larger thing than the line that has its name.
    if ended.is_none() && found.in_change > 0 {
        return None;
    }
    let place = found.places.first()?;
    let message = format!("`{name}` stands here, and no changed line has it");
    let item = EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, &place.path, Some(place.line));
    Some(Ruling::contradicted(vec![item]))
}

/// Names whose place at head decides.
pub(super) fn open_names(facts: &Facts<'_>, claim: &Claim) -> Vec<String> {
    let tokens = token::tokens(&claim.text);
    ended(facts, claim, &tokens).or_else(|| worked_on(facts, claim, &tokens)).into_iter().collect()
}

/// The name that the claim says was taken away or exchanged, where no byte of the change has it.
fn ended(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<String> {
    let ends = matches!(claim.kind, ClaimKind::Remove | ClaimKind::Rename | ClaimKind::Replace);
    let verb = first_verb(tokens).filter(|_| ends)?;
    let plain = tokens[verb].any(
        "remove removed removes delete deleted deletes drop dropped drops rename renamed renames replace replaced replaces",
    );
    let at = verb + 1 + tokens[verb + 1..].iter().take_while(|t| t.any(IDLE)).count();
    tokens.get(at).filter(|t| plain && t.kind == Kind::Code)?;
    let ends_there = |n: &Token<'_>| n.any("from in with by to and as since because") || n.punct('→');
    untouched(facts, claim, tokens, at, &ends_there)
}

/// The name of what the claim says was changed, or had something added to it, where no byte of the change has it.
/// A defect may lie elsewhere than where it shows, so repairs are not held to this.
fn worked_on(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<String> {
    const CHANGES: &str = "change changed make made refactor refactored simplify simplified rewrite rewrote rewritten rework reworked \
        restructure restructured convert converted rename renamed split";
    const BRINGS: &str = "add added";
    let asserts = matches!(
        claim.kind,
        ClaimKind::Add | ClaimKind::Update | ClaimKind::Replace | ClaimKind::Rename | ClaimKind::Other
    );
    let verb = first_verb(tokens).filter(|v| asserts && lexicon::verb(&tokens[*v].lower).is_some())?;
    let from = if tokens[verb].any(CHANGES) {
        verb
    } else if tokens[verb].any(BRINGS) {
        verb + 1 + tokens[verb + 1..].iter().position(|t| t.any("to"))?
    } else {
        return None;
    };
    let at = from + 1 + tokens[from + 1..].iter().take_while(|t| t.any(IDLE)).count();
    let ends_there = |n: &Token<'_>| {
        n.any("to with in by from into and as so for async const public private generic return returns returning take accept")
            || n.punct('→')
    };
    untouched(facts, claim, tokens, at, &ends_there)
}

const IDLE: &str = "the a an unused old now-unused obsolete dead legacy existing";

/// The definite name at `at`, where it is the whole of what is meant and no byte of the change has it.
fn untouched(
    facts: &Facts<'_>,
    claim: &Claim,
    tokens: &[Token<'_>],
    at: usize,
    ends_there: &dyn Fn(&Token<'_>) -> bool,
) -> Option<String> {
    if claim.source.kind == SourceKind::Todo || !facts.trace.whole || facts.trace.files.is_empty() {
        return None;
    }
    let token = tokens.get(at)?;
    let next = tokens.get(at + 1);
    // "Remove `x` support" speaks of more than x.
    let ends = next.is_none_or(|n| n.any(THINGS) || matches!(n.kind, Kind::Punct(_)) || ends_there(n));
    let of_code = token.kind == Kind::Code || is_of_code(token.text);
    if !ends || !of_code || !matches!(subject::name(token), Some(Name::Symbol(_))) {
        return None;
    }
    let terms = Terms::of_tokens(&tokens[at..=at], None);
    let term = terms.names.first().filter(|n| n.is_definite() && n.text.len() > 5)?;
    (!is_mentioned(facts, &term.text)).then(|| term.text.clone())
}

/// Whether a name is written as prose never is: "GitHub" is a word, and "PostgreSQL" may be `pg` in the code.
pub(crate) fn is_of_code(name: &str) -> bool {
    let humps = name.chars().zip(name.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase());
    name.contains(['_', '(', ':']) || humps && name.starts_with(|c: char| c.is_lowercase())
}

/// The definite names of a deed, where no byte of the change has any of them. A defect may lie elsewhere than where it
/// shows, so repairs say nothing.
pub(super) fn traceless(facts: &Facts<'_>, claim: &Claim) -> Option<Vec<String>> {
    let deed = matches!(
        claim.kind,
        ClaimKind::Add
            | ClaimKind::Update
            | ClaimKind::Remove
            | ClaimKind::Rename
            | ClaimKind::Replace
            | ClaimKind::Docs
            | ClaimKind::TestAdded
    );
    let names = definite(claim);
    let all =
        !names.is_empty() && names.len() == Terms::of_tokens(&token::tokens(&claim.text), None).names.len();
    (deed && all).then(|| absent(facts, claim)).flatten()
}

/// The names of a claim that can hardly be ordinary words.
pub(super) fn definite(claim: &Claim) -> Vec<Term> {
    let told = matches!(claim.source.kind, SourceKind::Commit | SourceKind::Pr | SourceKind::FinalMessage);
    let names = Terms::of_tokens(&token::tokens(&claim.text), None).names;
    names.into_iter().filter(|n| told && n.is_definite() && n.text.len() > 5).collect()
}

/// The definite names of a claim as it writes them, where no byte of the change has any.
pub(super) fn absent(facts: &Facts<'_>, claim: &Claim) -> Option<Vec<String>> {
    let here = |n: &Term| n.around.iter().chain([&n.text]).any(|part| is_mentioned(facts, part));
    let unknown = !facts.trace.whole || facts.trace.files.is_empty() || makes_names(facts);
    let names = definite(claim);
    (!unknown && !names.iter().any(here)).then(|| names.into_iter().map(|n| n.written).collect())
}

/// Nothing of the change has the names of the claim: no accusation, but no silence either.
pub(super) fn left_open(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let written = traceless(facts, claim)?;
    let shown: Vec<&str> = written.iter().map(String::as_str).collect();
    let any = if shown.len() == 1 { "" } else { "any of " };
    let message = format!("no changed line has {any}{}", names(&shown, 4));
    Some(Ruling::unsupported(vec![EvidenceItem::new(EvidenceKind::Site, message)]))
}

/// "Replaced `A` with `B`", and no changed line has either.
fn exchanged(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let here = matches!(claim.kind, ClaimKind::Replace | ClaimKind::Rename | ClaimKind::Update);
    if !here || claim.source.kind == SourceKind::Todo || !facts.trace.whole || facts.trace.files.is_empty() {
        return None;
    }
    let (was, is) = terms::exchange(&claim.text)?;
    let all: Vec<&Term> = was.names.iter().chain(&is.names).collect();
    let of_code = |n: &Term| is_of_code(&n.written) || claim.text.contains(&format!("`{}`", n.written));
    let sure = |n: &&Term| n.is_definite() && n.text.len() > 5 && of_code(n) && !is_mentioned(facts, &n.text);
    if was.names.is_empty() || is.names.is_empty() || !all.iter().all(sure) {
        return None;
    }
    let shown: Vec<&str> = all.iter().map(|n| n.written.as_str()).collect();
    let message = format!("no changed line has any of {}", names(&shown, 4));
    Some(Ruling::contradicted(vec![EvidenceItem::new(EvidenceKind::Diff, message)]))
}

/// Letters and digits, in lower case: `retry-count`, `RETRY_COUNT` and `retryCount` are one.
pub(super) fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether anything of the change has the name, in whatever case and with whatever signs in it.
pub(super) fn is_mentioned(facts: &Facts<'_>, name: &str) -> bool {
    let wanted = squeezed(name);
    let has = |text: &str| squeezed(text).contains(&wanted);
    let change = &facts.evidence.change;
    change.files.iter().any(|f| f.content != FileKind::Text || has(&f.path) || has(f.base_path()))
        || facts.trace.files.iter().any(|f| {
            f.lines.added.iter().chain(&f.lines.removed).any(|l| has(&l.text))
                || f.places.iter().any(|p| p.item.is_some_and(|i| has(&i.qualified)))
        })
        || !code::items(facts, Side::Base, name).is_empty() && code::items(facts, Side::Head, name).is_empty()
}
