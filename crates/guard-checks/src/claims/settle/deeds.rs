//! Whether a verb that tells of something definite ("cache `x`", "encrypt `y`", "`f` now validates") stands on the new
//! lines: that its object does is the case of every other verb, too.

use guard_model::{Claim, ClaimKind};

use super::terms::{Term, Terms};
use super::trace::{FileTrace, Place, has, stems};
use super::{Facts, code, demands, present};
use crate::claims::lexicon::{self, Act};
use crate::claims::token::{self, Kind, Token};

/// Verbs that any change of a thing bears out, in every form that people write.
const PLAIN: &str = "updat chang modif improv refactor adjust rework extend enhanc mak us configur expand refin polish align \
    standardiz standardis unif harden strengthen adapt set let appl bring keep put tweak pass handl giv call introduc includ creat \
    implement add return";

/// Verbs for what is let in, which no object shows that stood there before.
const LETS: &str =
    "allow allows allowed accept accepts accepted permit permits permitted tolerate tolerates tolerated";

/// Whether the verb is plain, or stands itself among the new words where the names are.
pub(super) fn are_written(
    facts: &Facts<'_>,
    claim: &Claim,
    objects: &[&Term],
    anchors: &[&(&FileTrace<'_>, &Place<'_>)],
) -> bool {
    let tokens = token::tokens(&claim.text);
    let Some(verb) = deed(&tokens) else { return true };
    let act = lexicon::verb(&verb.lower).map(|v| v.act);
    // "Share code by adding `x`": what was added shows it; so do several things that are new.
    let gained = |n: &&Term| n.is_definite() && present::is_gained(facts, n);
    let by_adding = tokens.windows(2).any(|w| w[0].is("by") && w[1].any("adding using introducing calling"));
    let new = objects.iter().filter(|n| gained(n)).count();
    if new >= 2 && new == objects.len() || by_adding && anchors.len() > 1 {
        return true;
    }
    if demands::turns(facts, &tokens, &Terms::of(&claim.text)) == Some(true) {
        return true;
    }
    let brought = || !objects.is_empty() && objects.iter().all(|n| present::is_gained(facts, n));
    let plain = match (claim.kind, act) {
        _ if verb.any(LETS) => brought(),
        (ClaimKind::Add | ClaimKind::Fix, _) => true,
        (_, Some(Act::Add | Act::Fix)) => true,
        (ClaimKind::Rename, _) => !verb.any("inline inlines inlined"),
        _ => token::lists(PLAIN, &root(&verb.lower)),
    };
    plain || stems(&verb.lower).any(|s| anchors.iter().any(|(_, p)| has(&p.words, &s)))
}

/// A verb without its ending: "uses", "used", "using" are one.
fn root(verb: &str) -> String {
    let cut = ["ying", "ied", "ies", "ing", "ed", "es", "s", "e", "y"];
    cut.iter().find_map(|e| verb.strip_suffix(e)).filter(|r| r.len() > 1).unwrap_or(verb).to_owned()
}

/// The verb that says what was done: the first one, or the one behind a name ("`f` now caches").
fn deed<'t>(tokens: &'t [Token<'_>]) -> Option<&'t Token<'t>> {
    let is_verb = |t: &&Token<'_>| {
        t.kind == Kind::Word && lexicon::verb(&t.lower).is_some()
            || t.any("panics raises fails blocks waits exits crashes")
    };
    code::first_verb(tokens).map(|v| &tokens[v]).or_else(|| tokens.iter().take(6).find(is_verb))
}
