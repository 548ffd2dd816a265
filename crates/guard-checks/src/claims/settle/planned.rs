//! What a message claims and, under another heading, plans: "Performance benchmarks" among the changes and among the
//! next steps, "handlers in Python, Go or Node.js" above "Next steps: Node.js bridge".

use guard_model::{Claim, ClaimKind, ClaimVerdict, EvidenceItem, EvidenceKind, SourceKind, Statement};

use super::terms::Terms;
use super::{Facts, Ruling, says};
use crate::claims::lexicon::{self, Form};
use crate::claims::markdown::{self, Piece, PieceKind};
use crate::claims::section;
use crate::claims::token::{self, Kind, Token};
use crate::text::{shorten, words};

/// The ruling where the same message lists the same thing, or one of those that it lists, as still to do.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let history = matches!(claim.source.kind, SourceKind::Commit | SourceKind::Pr | SourceKind::FinalMessage);
    let words = &facts.evidence.words;
    let statement = words.statements.iter().find(|s| history && s.place == claim.source.place)?;
    if !says(statement, claim) {
        return None;
    }
    let planned = plans(statement);
    same(claim, &planned).or_else(|| one_of(claim, &planned))
}

/// The items under headings that plan.
fn plans(statement: &Statement) -> Vec<Piece> {
    let mut pieces = markdown::pieces(&statement.text, false);
    pieces.retain(|p| {
        matches!(p.kind, PieceKind::Item { ticked: None | Some(false), .. })
            && p.under.last().is_some_and(|h| section::is_plan(h))
    });
    pieces
}

/// The same words, but for what stands in parentheses.
fn same(claim: &Claim, planned: &[Piece]) -> Option<Ruling> {
    let key = |text: &str| -> Vec<String> {
        let outside = text.split('(').next().unwrap_or(text);
        let terms = Terms::of(outside);
        let names = terms.names.into_iter().map(|n| n.text);
        let mut all: Vec<String> = terms.words.into_iter().map(|w| w.stem).chain(names).collect();
        all.sort_unstable();
        all
    };
    if !matches!(claim.kind, ClaimKind::Add | ClaimKind::Performance) {
        return None;
    }
    // "Binary releases (workflow ready)", and "Build binary releases": the way is there, the thing is planned.
    let tokens = token::tokens(&claim.text);
    if tokens.iter().any(|t| t.any("ready prepared setup groundwork foundation infrastructure")) {
        return None;
    }
    let other_deed = |p: &Piece| {
        let first = token::tokens(&p.text);
        let verb = first.first().filter(|t| lexicon::verb(&t.lower).is_some_and(|v| v.form == Form::Base));
        verb.is_some_and(|v| {
            !v.any("add implement write create complete finish") && !tokens.iter().any(|t| t.is(&v.lower))
        })
    };
    let wanted = key(&claim.text);
    // "API client (users)" is there, "API client (orders)" is planned.
    let aside = |text: &str| text.split_once('(').map(|(_, rest)| words(rest));
    let other_part = |p: &Piece| aside(&claim.text).zip(aside(&p.text)).is_some_and(|(a, b)| a != b);
    let is_it = |p: &Piece| key(&p.text) == wanted && !other_deed(p) && !other_part(p);
    let piece = planned.iter().find(|p| wanted.len() >= 2 && is_it(p))?;
    Some(partly(piece))
}

/// Of the names that the claim lists, one is planned: "Node.js bridge".
fn one_of(claim: &Claim, planned: &[Piece]) -> Option<Ruling> {
    const BRINGS: &str = "support bridge bridges binding bindings backend backends integration implementation adapter adapters \
        client driver provider port";
    let asserts = matches!(claim.kind, ClaimKind::Add | ClaimKind::Update | ClaimKind::Other);
    let tokens = token::tokens(&claim.text);
    let listed = listed(&tokens);
    // "Examples in Python, Go and Rust" are no "Rust bindings".
    const ABOUT: &str = "example examples sample samples snippet snippets docs documentation guide tutorial tests test parsing highlighting";
    if tokens.iter().any(|t| t.any(ABOUT)) {
        return None;
    }
    if !asserts || listed.len() < 2 || tokens.iter().any(|t| t.any("next planned later future eventually")) {
        return None;
    }
    let piece = planned.iter().find(|p| {
        let words = token::tokens(&p.text);
        let [first, second, ..] = words.as_slice() else { return false };
        let (name, thing) = match first.any("add implement write create") {
            true => (second, words.get(2)),
            false => (first, Some(second)),
        };
        listed.contains(&name.lower.as_str()) && thing.is_some_and(|t| t.any(BRINGS))
    })?;
    Some(partly(piece))
}

/// Names with capitals that a comma, "and" or "or" joins: "Python, Go, or Node.js".
fn listed<'t>(tokens: &'t [Token<'_>]) -> Vec<&'t str> {
    let joins = |t: Option<&Token<'_>>| t.is_some_and(|t| t.punct(',') || t.any("and or"));
    let proper = |t: &Token<'_>| {
        matches!(t.kind, Kind::Word | Kind::Code)
            && t.text.starts_with(|c: char| c.is_ascii_uppercase())
            && t.text.len() > 1
    };
    let beside = |i: usize| joins(i.checked_sub(1).and_then(|b| tokens.get(b))) || joins(tokens.get(i + 1));
    (0..tokens.len())
        .filter(|i| proper(&tokens[*i]) && beside(*i))
        .map(|i| tokens[i].lower.as_str())
        .collect()
}

/// A first step may be there, and the same words stand for the rest.
fn partly(piece: &Piece) -> Ruling {
    let heading = piece.under.last().map_or("", String::as_str).trim_matches(['*', ':', ' ', '#']);
    let message = format!(
        "the same message lists it under \"{}\": \"{}\"",
        shorten(heading, 40),
        shorten(&piece.text, 80)
    );
    let item = EvidenceItem::new(EvidenceKind::Session, message);
    Ruling { verdict: ClaimVerdict::Partial, ..Ruling::contradicted(vec![item]) }
}
