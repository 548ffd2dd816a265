//! "Renamed `X`", "removed `Y`", "replaced `A` with `B`", and no changed line, path or item has the name: the change
//! did not do it.

use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, FileKind, Side, SourceKind};

use super::code::{self, first_verb};
use super::terms::Terms;
use super::{Facts, Ruling};
use crate::claims::subject::{self, Name};
use crate::claims::token::{self, Kind, Token};

/// The ruling where the named thing is nowhere in the change and stands at head as it did.
pub(super) fn ruled(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Ruling> {
    let name = sought(facts, claim, tokens)?;
    let found = facts.evidence.lookups.iter().find(|l| l.text == name)?;
    // A name that stands nowhere may be a slip of the pen; one that stands there was not touched.
    found.lines.filter(|n| *n > 0 && found.in_source > 0)?;
    let place = found.places.first()?;
    let message = format!("`{name}` stands here, and no changed line has it");
    let item = EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, &place.path, Some(place.line));
    Some(Ruling::contradicted(vec![item]))
}

/// The name that the claim says was taken away or exchanged, where no byte of the change has it.
fn sought(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<String> {
    const THINGS: &str = "function method class struct type trait enum variant field constant const macro module fn \
        interface helper struct's variable parameter argument flag option attribute call calls";
    let ends = matches!(claim.kind, ClaimKind::Remove | ClaimKind::Rename | ClaimKind::Replace);
    if !ends || claim.source.kind == SourceKind::Todo || !facts.trace.whole || facts.trace.files.is_empty() {
        return None;
    }
    let verb = first_verb(tokens)?;
    let plain = tokens[verb].any(
        "remove removed removes delete deleted deletes drop dropped drops rename renamed renames replace replaced replaces",
    );
    let at = verb
        + 1
        + tokens[verb + 1..]
            .iter()
            .take_while(|t| t.any("the a an unused old now-unused obsolete dead legacy"))
            .count();
    let token = tokens.get(at).filter(|t| plain && t.kind == Kind::Code)?;
    let next = tokens.get(at + 1);
    // "Remove `x` support" speaks of more than x.
    let ends_there = next.is_none_or(|n| {
        n.any(THINGS)
            || n.any("from in with by to and as since because")
            || matches!(n.kind, Kind::Punct(_))
            || n.punct('→')
    });
    if !matches!(subject::name(token), Some(Name::Symbol(_))) {
        return None;
    }
    let terms = Terms::of_tokens(&tokens[at..=at], None);
    let term = terms.names.first().filter(|n| n.is_definite() && n.text.len() > 5 && ends_there)?;
    (!is_mentioned(facts, &term.text)).then(|| term.text.clone())
}

/// Whether anything of the change has the name, in whatever case and with whatever signs in it.
pub(super) fn is_mentioned(facts: &Facts<'_>, name: &str) -> bool {
    let squeezed = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
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

/// Names whose place at head decides.
pub(super) fn open_names(facts: &Facts<'_>, claim: &Claim) -> Vec<String> {
    sought(facts, claim, &token::tokens(&claim.text)).into_iter().collect()
}
