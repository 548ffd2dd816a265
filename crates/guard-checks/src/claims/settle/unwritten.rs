//! "Added the `retry_count` field", "a `--dry-run` flag", "Extracted `build_query`", and no line that the change wrote has
//! the name.

use guard_model::{Claim, ClaimKind, ClaimVerdict, EvidenceItem, EvidenceKind, Side, SourceKind};

use super::code::first_verb;
use super::nowhere::{is_composed, makes_names, may_be_made};
use super::terms::is_form;
use super::untouched::{definite, is_of_code, squeezed};
use super::{Facts, Ruling};
use crate::claims::subject::{self, Name};
use crate::claims::token::{Kind, Token};

/// Verbs after which there is something of that name.
const BRINGS: &str = "add added adds implement implemented implements introduce introduced create created define defined write wrote \
    extract extracted";

/// What a name can be the name of.
const THINGS: &str = "hook hooks helper function method class type struct flag option macro decorator attribute trait interface \
    enum variant field property parameter param argument constant variable endpoint command subcommand module component \
    event test fixture setting fn utility wrapper handler";

/// Of those, what no tool makes out of something else: a field may be a builder's, a flag the negation of another.
const SURE: &str =
    "hook hooks helper function method class type struct macro decorator trait interface enum variant";

/// What may stand before it.
const BEFORE: &str = "a an the new missing public private async optional simple dedicated shared generic internal single separate proper";

/// What a claim says that there is now.
struct Brought {
    /// As written.
    written: String,
    /// What must stand in the code, compared without case and punctuation.
    name: String,
    /// Whether the claim says what it is, and that is nothing that a tool makes: "a `x` hook".
    thing: bool,
    /// Whether it is written as a call.
    call: bool,
}

/// The ruling where nothing of that name was written, and the claim says what it is.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Ruling> {
    held(facts, claim, tokens).filter(Ruling::accuses)
}

/// A bare name that was not written: no accusation, but no silence either.
pub(super) fn left_open(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Ruling> {
    held(facts, claim, tokens).filter(|r| !r.accuses())
}

fn held(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Ruling> {
    let brought = sought(facts, claim, tokens)?;
    let found = facts.evidence.lookups.iter().find(|l| l.text == brought.name)?;
    let is_gone = found.lines? == 0;
    let message = match is_gone {
        true => format!("`{}` is nowhere at head", brought.written),
        false => format!("`{}` stands only on lines that the change did not touch", brought.written),
    };
    // What is not written as code may be called otherwise there.
    let kind = if brought.call { EvidenceKind::Diff } else { EvidenceKind::Site };
    let mut item = EvidenceItem::new(if brought.thing { EvidenceKind::Diff } else { kind }, message);
    if let Some(place) = found.places.first() {
        item = item.at(Side::Head, &place.path, Some(place.line));
    }
    if !brought.thing || claim.kind != ClaimKind::Add || may_be_made(facts, &brought.name) {
        return Some(Ruling::unsupported(vec![item]));
    }
    let ruling = Ruling::contradicted(vec![item]);
    // Of two things that it names, the other is there.
    let others = definite(claim).into_iter().filter(|n| squeezed(&n.text) != squeezed(&brought.name));
    let in_part = others.into_iter().any(|n| is_written(facts, &n.text));
    Some(if in_part { Ruling { verdict: ClaimVerdict::Partial, ..ruling } } else { ruling })
}

/// Names whose place at head decides.
pub(super) fn open_names(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Vec<String> {
    sought(facts, claim, tokens).map(|b| b.name).into_iter().collect()
}

/// What the claim says was brought and no byte of the change has.
fn sought(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Brought> {
    let asserts = matches!(
        claim.kind,
        ClaimKind::Add | ClaimKind::TestAdded | ClaimKind::Rename | ClaimKind::Update | ClaimKind::Other
    );
    if !asserts || claim.source.kind == SourceKind::Todo || !facts.trace.whole || makes_names(facts) {
        return None;
    }
    brought(tokens).filter(|b| !is_written(facts, &b.name) && !is_composed(facts, &b.name))
}

/// The one name that the object of a verb of bringing is, with nothing beside it that would make it part of something else:
/// "`x` support" speaks of more than x.
fn brought(tokens: &[Token<'_>]) -> Option<Brought> {
    let verb = first_verb(tokens).filter(|v| tokens[*v].any(BRINGS))?;
    object(tokens, verb).or_else(|| means(tokens, verb))
}

/// "Added cleanup with an afterEach hook": by what it was done.
fn means(tokens: &[Token<'_>], verb: usize) -> Option<Brought> {
    let called = |at: usize| tokens.get(at + 1).is_some_and(|t| t.any(THINGS));
    let by = |at: usize| tokens[at - 1].any("with a an the new using proper");
    let at = (verb + 2..tokens.len()).find(|at| called(*at) && by(*at) && name(&tokens[*at]).is_some())?;
    let name = name(&tokens[at]).filter(|n| n.len() > 3)?;
    let thing = tokens[at + 1].any(SURE);
    Some(Brought { written: tokens[at].text.trim_end_matches("()").to_owned(), name, thing, call: false })
}

fn object(tokens: &[Token<'_>], verb: usize) -> Option<Brought> {
    let head = subject::head(&tokens[verb + 1..]);
    let front = head.iter().take_while(|t| t.any(BEFORE)).count();
    let called = usize::from(head.get(front)?.any(THINGS));
    let (token, rest) = head[front + called..].split_first()?;
    let extracts = tokens[verb].any("extract extracted");
    let thing =
        !extracts && (called == 1 && head[front].any(SURE) || rest.first().is_some_and(|t| t.any(SURE)));
    let call = token.kind == Kind::Code && token.text.ends_with("()");
    let ends = tokens.get(verb + 1 + head.len());
    let plain = rest.iter().all(|t| t.any(THINGS)) && ends.is_none_or(|t| !t.punct('→'));
    let name = name(token).filter(|n| plain && n.len() > 3)?;
    Some(Brought { written: token.text.trim_end_matches("()").to_owned(), name, thing, call })
}

/// The identifier, flag or attribute that a token is: no word of prose.
fn name(token: &Token<'_>) -> Option<String> {
    let text = token.text.trim();
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let cut = |text: &str| text[..text.find(|c| !is_part(c)).unwrap_or(text.len())].to_owned();
    if let Some(flag) = text.strip_prefix("--") {
        return (matches!(token.kind, Kind::Code | Kind::Word)
            && flag.chars().all(|c| is_part(c) || c == '='))
        .then(|| cut(flag));
    }
    if let Some(attribute) = text.strip_prefix("#[").or_else(|| text.strip_prefix('@')) {
        return (token.kind == Kind::Code && !attribute.contains('/')).then(|| cut(attribute));
    }
    let Name::Symbol(symbol) = subject::name(token)? else { return None };
    let leaf = symbol.trim_end_matches("()").trim_end_matches('!');
    let leaf = leaf.rsplit([':', '.']).next().unwrap_or(leaf);
    let humps = leaf.chars().zip(leaf.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase());
    let in_code = token.kind == Kind::Code && (humps || text.ends_with("()"));
    let definite = is_of_code(leaf) || in_code;
    (definite && !is_form(text) && leaf.chars().all(is_part)).then(|| leaf.to_owned())
}

/// Whether a name is on some new line, in a path, or around a change; compared without case and punctuation.
/// Changed bytes may hold anything.
fn is_written(facts: &Facts<'_>, name: &str) -> bool {
    let written = facts.wrote(name);
    let binary = facts.evidence.change.files.iter().any(|f| f.content != guard_model::FileKind::Text);
    written || binary
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::token;

    #[test]
    fn one_name_is_brought_or_none() {
        let read = |text: &str| brought(&token::tokens(text)).map(|b| (b.name, b.thing));
        for (text, expected) in [
            ("Added the `retry_count` field to `Options`", Some(("retry_count", false))),
            ("Added `retry_count`", Some(("retry_count", false))),
            ("Add --dry-run option", Some(("dry-run", false))),
            ("Added a `--verbose` flag", Some(("verbose", false))),
            ("Added `#[must_use]` to `f`", Some(("must_use", false))),
            ("Extracted `build_query` helper", Some(("build_query", false))),
            ("Created function parse_all", Some(("parse_all", true))),
            ("Implemented `render()`", Some(("render", false))),
            ("Added a beforeEach hook to the client", Some(("beforeEach", true))),
            ("Added cleanup with an afterEach hook", Some(("afterEach", true))),
            ("Added `retry_count` support", None),
            ("Added serde", None),
            ("Added a PostgreSQL fixture", None),
            ("Added a `PoolFixture` fixture", Some(("PoolFixture", false))),
            ("Added `serde` integration", None),
            ("Added `a_one` and `b_two`", None),
            ("Added validation for `retry_count`", None),
            ("Fixed `retry_count`", None),
        ] {
            assert_eq!(read(text), expected.map(|(n, t)| (n.to_owned(), t)), "{text}");
        }
    }
}
