//! "The port is complete", "X is wired in": the new functions that it means, and who calls them.

use std::collections::HashSet;

use guard_model::evidence::Place;
use guard_model::reality::FunctionUse;
use guard_model::{
    Claim, ClaimKind, ClaimVerdict, EvidenceItem, EvidenceKind, Item, ItemKind, Side, SourceFacts,
    is_aside_path,
};

use super::super::code::is_path;
use super::super::trace::{is_test_path, stems};
use super::super::{Facts, Ruling};
use crate::claims::token::{self, Token};
use crate::identities::leaf;
use crate::said::telling_stems;
use crate::text::{count, names};

/// Functions of one claim that are looked at.
const MAX_MEANT: usize = 200;

/// Functions that are pointed at.
const SHOWN: usize = 8;

/// Words that say that code is in use.
const IN_USE: &str = "wired wires hooked integrated integrates plumbed connected";

/// Words that say that nothing is missing.
const DONE: &str =
    "complete completed completes fully finished done 100% end-to-end entire entirely everything";

/// Kinds of work of which the words above say that it is over.
const WORK: &str = "port ported porting migration migrated rewrite rewritten rewrote implementation implemented integration \
    translation translated conversion converted reimplementation reimplemented";

/// Whether a claim says that new code is in use, or that a piece of work is complete.
pub(super) fn is_about_use(claim: &Claim) -> bool {
    let kind =
        matches!(claim.kind, ClaimKind::Add | ClaimKind::Replace | ClaimKind::Update | ClaimKind::Other);
    kind && measure(&token::tokens(&claim.text)).is_some()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    /// "wired in": each function that is meant is called.
    InUse,
    /// "complete": a share that nobody calls shows that it is not.
    Done,
}

fn measure(tokens: &[Token<'_>]) -> Option<Measure> {
    // What is announced as a part of more to come is not held to the whole; what is for others to call is not
    // called here.
    const PART: &str = "partial partially first initial phase step part stage basic stub stubs skeleton scaffold foundation groundwork \
        wip draft preparation prepare ready library api apis public sdk crate interface types tests test docs \
        documentation";
    let has = |words: &str| tokens.iter().any(|t| t.any(words));
    if has(PART) {
        return None;
    }
    if has(IN_USE) {
        return Some(Measure::InUse);
    }
    let whole = has("all every") && has("methods functions features operations commands");
    let done = has(DONE) || whole || tokens.iter().any(|t| t.text == "100%");
    (done && has(WORK)).then_some(Measure::Done)
}

/// The new functions that a claim means, with their files.
pub(super) fn meant<'f>(facts: &'f Facts<'_>, claim: &Claim) -> Vec<(&'f SourceFacts, &'f Item)> {
    let sources = &facts.evidence.sources;
    let callable = |i: &Item| matches!(i.kind, ItemKind::Function | ItemKind::Method) && i.body.is_some();
    let known: HashSet<&str> = sources
        .iter()
        .filter(|s| s.side == Side::Base)
        .flat_map(|s| &s.items)
        .map(|i| i.name.as_str())
        .collect();
    let is_code = |s: &SourceFacts| {
        s.side == Side::Head && !s.test_file && !is_test_path(&s.path) && !is_aside_path(&s.path)
    };
    let new = sources.iter().filter(|s| is_code(s)).flat_map(|s| s.items.iter().map(move |i| (s, i))).filter(
        |(_, i)| {
            callable(i)
                && !i.in_test
                && i.stub.is_none()
                && i.name.len() > 3
                && !known.contains(i.name.as_str())
        },
    );
    let scope = &claim.scope;
    let topic = topic(&claim.text);
    let is_meant = |(file, item): &(&SourceFacts, &Item)| {
        if !scope.symbols.is_empty() {
            let parts: Vec<&str> = item.qualified.split([':', '.']).collect();
            return scope.symbols.iter().any(|s| parts.contains(&leaf(s)));
        }
        if !scope.paths.is_empty() {
            let below = |p: &String| {
                is_path(&file.path, p) || file.path.contains(&format!("{}/", p.trim_matches('/')))
            };
            return scope.paths.iter().any(below);
        }
        let own: Vec<String> = stems(&file.path).chain(stems(&item.qualified)).collect();
        topic.is_empty() || topic.iter().any(|t| own.contains(t))
    };
    new.filter(is_meant).take(MAX_MEANT).collect()
}

/// Stems of what is said to be complete.
fn topic(text: &str) -> Vec<String> {
    const IDLE: &str = "rust python typescript javascript java go golang c++ port new now all methods now-complete from into code the \
        successfully implementation module";
    let tokens = token::tokens(text);
    let telling = |t: &&Token<'_>| !t.any(IN_USE) && !t.any(DONE) && !t.any(WORK) && !t.any(IDLE);
    telling_stems(tokens.iter().filter(telling).map(|t| t.text))
}

/// The ruling where functions that the claim means are mentioned by nobody.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    if facts.evidence.reality.uses.is_empty() || !is_about_use(claim) {
        return None;
    }
    let measure = measure(&token::tokens(&claim.text))?;
    let unused = Unused::of(facts);
    let meant = meant(facts, claim);
    let found: Vec<&FunctionUse> = meant
        .iter()
        .filter_map(|(file, item)| {
            facts.evidence.reality.uses.iter().find(|u| u.path == file.path && u.line == item.line)
        })
        .collect();
    let dead: Vec<&FunctionUse> = found.iter().copied().filter(|u| unused.is_dead(u)).collect();
    let enough = match measure {
        Measure::InUse => dead.len() * 2 >= found.len(),
        Measure::Done => dead.len() >= 2 && dead.len() * 4 >= found.len(),
    };
    let first = dead.first().filter(|_| enough)?;
    let shown: Vec<&str> = dead.iter().map(|u| u.name.as_str()).collect();
    let message = format!(
        "{} of {} {} never called: {}",
        dead.len(),
        count(found.len(), "new function"),
        if dead.len() == 1 { "is" } else { "are" },
        names(&shown, 4)
    );
    let lead = EvidenceItem::new(EvidenceKind::Site, message).at(Side::Head, &first.path, Some(first.line));
    let each = dead.iter().take(SHOWN).map(|u| unused.told(u));
    let ruling = Ruling::contradicted(std::iter::once(lead).chain(each).collect());
    let done = (found.len() - dead.len()) as u64;
    Some(Ruling { verdict: ClaimVerdict::Partial, ..ruling }.counted(done, found.len() as u64))
}

/// What the compiler says is never used, with the lines of it.
struct Unused<'e> {
    named: HashSet<(&'e str, u32)>,
    bodies: Vec<(&'e str, u32, u32)>,
}

impl<'e> Unused<'e> {
    fn of(facts: &'e Facts<'_>) -> Unused<'e> {
        let head = facts.evidence.lab.as_ref().and_then(|l| l.head.as_ref());
        let places: &[Place] = head.map_or(&[], |h| &h.build.unused);
        let named: HashSet<(&str, u32)> = places.iter().map(|p| (p.path.as_str(), p.line)).collect();
        let bodies = facts
            .evidence
            .sources
            .iter()
            .filter(|s| s.side == Side::Head)
            .flat_map(|s| s.items.iter().map(move |i| (s, i)))
            .filter(|(s, i)| (i.line..=i.line + 4).any(|l| named.contains(&(s.path.as_str(), l))))
            .filter(|(_, i)| matches!(i.kind, ItemKind::Function | ItemKind::Method))
            .map(|(s, i)| (s.path.as_str(), i.line, i.end_line))
            .collect();
        Unused { named, bodies }
    }

    fn is_named(&self, function: &FunctionUse) -> bool {
        self.named.contains(&(function.path.as_str(), function.line))
    }

    /// Nobody mentions it; or the compiler says that it is never used, and who mentions it is not used either.
    fn is_dead(&self, function: &FunctionUse) -> bool {
        if function.open.is_none() && function.in_code == Some(0) {
            return true;
        }
        let inside = |p: &Place| {
            self.bodies.iter().any(|(path, from, to)| *path == p.path && *from <= p.line && p.line <= *to)
        };
        self.is_named(function)
            && function.in_code == Some(function.mentions.len() as u64)
            && function.mentions.iter().all(inside)
    }

    fn told(&self, function: &FunctionUse) -> EvidenceItem {
        let tests = match function.in_tests {
            0 => "",
            _ => ", tests apart",
        };
        let message = if self.is_named(function) {
            format!("the compiler says that `{}` is never used", function.qualified)
        } else {
            format!("no code at head mentions `{}`{tests}", function.qualified)
        };
        let kind = if self.is_named(function) { EvidenceKind::Build } else { EvidenceKind::Site };
        EvidenceItem::new(kind, message).at(Side::Head, &function.path, Some(function.line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completeness_of_work_is_told_from_other_words() {
        for (text, expected) in [
            ("The port of the billing client is complete", Some(Measure::Done)),
            ("Fully ported the parser to Rust", Some(Measure::Done)),
            ("The retry queue is now wired into the server", Some(Measure::InUse)),
            ("Completed the first phase of the migration", None),
            ("Added complete documentation", None),
            ("All methods are implemented", Some(Measure::Done)),
            ("Implemented `retry`", None),
        ] {
            assert_eq!(measure(&token::tokens(text)), expected, "{text}");
        }
    }
}
