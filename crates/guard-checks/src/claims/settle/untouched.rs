//! "Renamed `X`", "removed `Y`", "replaced `A` with `B`", and no changed line, path or item has the name: the
//! change did not do it; and other statements of whose names the change has none.

use guard_model::evidence::Place;
use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, FileKind, Language, Side, SourceKind};

use super::code::{self, first_verb};
use super::nowhere::makes_names;
use super::terms::{Term, Terms};
use super::{Facts, Ruling};
use crate::claims::subject::{self, Name};
use crate::claims::token::{self, Kind, Token};
use crate::text::names;

/// Things that names are the names of.
const THINGS: &str = "function method class struct type trait enum variant field constant const macro module fn \
    interface helper struct's variable parameter argument flag option attribute call calls component hook handler";

/// The ruling where the named thing is nowhere in the change and stands at head as it did.
pub(super) fn ruled(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Ruling> {
    let name = ended(facts, claim, tokens)?;
    let found = facts.evidence.lookups.iter().find(|l| l.text == name)?;
    // A name that stands nowhere may be a slip of the pen; one that stands there was not touched. In a file that
    // changed, a part of it may be what went.
    found.lines.filter(|n| *n > 0 && found.in_source > 0 && found.in_change == 0)?;
    let is_code = |p: &&Place| Language::of_path(&p.path).is_some();
    let place = found.places.iter().find(is_code).or(found.places.first())?;
    let message = format!("`{name}` stands here, and no changed line has it");
    let item = EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, &place.path, Some(place.line));
    Some(Ruling::contradicted(vec![item]))
}

/// Names whose place at head decides.
pub(super) fn open_names(facts: &Facts<'_>, claim: &Claim) -> Vec<String> {
    ended(facts, claim, &token::tokens(&claim.text)).into_iter().collect()
}

/// The definite name that the claim says was taken away or exchanged, where no byte of the change has it.
fn ended(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<String> {
    let ends = matches!(claim.kind, ClaimKind::Remove | ClaimKind::Rename | ClaimKind::Replace);
    if !ends || claim.source.kind == SourceKind::Todo || !facts.trace.whole || facts.trace.files.is_empty() {
        return None;
    }
    let term = object(tokens)?;
    (!is_mentioned(facts, &term.text)).then_some(term.text)
}

/// The definite name that a verb of taking away or exchanging has for its object, and nothing more.
pub(super) fn object(tokens: &[Token<'_>]) -> Option<Term> {
    let verb = first_verb(tokens)?;
    let plain = tokens[verb].any(
        "remove removed removes delete deleted deletes drop dropped drops rename renamed renames replace replaced replaces",
    );
    let at = verb + 1 + tokens[verb + 1..].iter().take_while(|t| t.any(IDLE)).count();
    let token = tokens.get(at).filter(|t| plain && t.kind == Kind::Code)?;
    // "Remove `x` support" and "`x`'s field" speak of more than x; from "the public exports" it goes without a line of it.
    let ends_there = |n: &Token<'_>| {
        n.any(THINGS)
            || n.any("in with by to and as since because")
            || n.is("from") && tokens.last().is_some_and(|t| t.any(EVERYWHERE))
            || matches!(n.kind, Kind::Punct(c) if !matches!(c, '\'' | '’'))
    };
    if !tokens.get(at + 1).is_none_or(ends_there) || !matches!(subject::name(token), Some(Name::Symbol(_))) {
        return None;
    }
    let terms = Terms::of_tokens(&tokens[at..=at], None);
    terms.names.into_iter().next().filter(|n| n.is_definite() && n.text.len() > 5)
}

/// The whole of the code.
const EVERYWHERE: &str = "codebase code repository repo project tree everywhere sources";

const IDLE: &str = "the a an unused old now-unused obsolete dead legacy existing";

/// Whether a name is written as prose never is: "GitHub" is a word, and "PostgreSQL" may be `pg` in the code.
pub(super) fn is_of_code(name: &str) -> bool {
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

/// Letters and digits, in lower case: `retry-count`, `RETRY_COUNT` and `retryCount` are one.
pub(super) fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether anything of the change has the name, in whatever case and with whatever signs in it.
pub(super) fn is_mentioned(facts: &Facts<'_>, name: &str) -> bool {
    facts.evidence.change.files.iter().any(|f| f.content != FileKind::Text)
        || facts.mentions(name)
        || !code::items(facts, Side::Base, name).is_empty() && code::items(facts, Side::Head, name).is_empty()
}
