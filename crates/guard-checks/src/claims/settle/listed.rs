//! "All tag modes (external, internal, adjacent)", "Algorithms: fibonacci, binary search": what is listed is what is
//! meant, and each of it can be found.

use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, Item, Side};

use super::present::writes_only_tests;
use super::terms::Terms;
use super::trace::{FileTrace, Place, has, stems};
use super::{Facts, Ruling};
use crate::claims::token::lists;
use crate::text::names;

/// Things that a list must have to be one.
const FEWEST: usize = 3;
/// Words of kinds, which a name leaves out.
const KINDS: &str = "operator operators statement statements expression expressions literal literals method methods function \
    functions pattern patterns type types case cases handling operation operations support syntax and or the a";

/// The ruling where a new item is called after each thing of the list, and after what the list is of.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    if matches!(claim.kind, ClaimKind::Remove | ClaimKind::Fix | ClaimKind::Rename) {
        return None;
    }
    let (outside, listed) = list(&claim.text)?;
    let told = |thing: &str| -> Vec<String> {
        let kinds =
            |s: &String| lists(KINDS, s) || KINDS.split_whitespace().any(|k| crate::text::stem(k) == s);
        let all: Vec<String> = stems(thing).filter(|s| s.len() > 2).collect();
        let own: Vec<String> = all.iter().filter(|s| !kinds(s)).cloned().collect();
        if own.is_empty() { all } else { own }
    };
    let listed: Vec<Vec<String>> = listed.iter().map(|thing| told(thing)).collect();
    let plain = listed.len() >= FEWEST && listed.iter().all(|l| (1..=2).contains(&l.len()));
    let terms = Terms::of(outside);
    if !plain || !terms.names.is_empty() || !terms.numbers.is_empty() {
        return None;
    }
    // Things without a word for all of them are what tests are for.
    if terms.words.is_empty() && !writes_only_tests(facts) {
        return None;
    }
    let new = written(facts);
    let head: Vec<&str> = terms.words.iter().map(|w| w.stem.as_str()).filter(|s| s.len() > 2).collect();
    let of_head = |i: &Item, f: &FileTrace<'_>| {
        let own: Vec<String> = stems(&i.name).chain(stems(f.path())).collect();
        head.iter().any(|h| own.iter().any(|s| s.contains(h)))
    };
    // By its name, or in the code of what is called after the list as a whole.
    let found = |thing: &Vec<String>| {
        let named = new.iter().find(|(_, _, i)| thing.iter().all(|s| is_called(&i.name, s)));
        named.or_else(|| {
            let whole = |i: &Item| !head.is_empty() && head.iter().all(|s| is_called(&i.name, s));
            new.iter().find(|(_, p, i)| whole(i) && thing.iter().all(|s| has(&p.words, s)))
        })
    };
    let each: Vec<&(&FileTrace<'_>, &Place<'_>, &Item)> = listed.iter().map(found).collect::<Option<_>>()?;
    // What the list is of stands in their names as well, or in the file's; tests below a title are for what is listed.
    let titled = claim.text.starts_with(&format!("{outside}:")) || outside.is_empty();
    let known = each.iter().all(|(f, _, i)| of_head(i, f)) || titled && writes_only_tests(facts);
    let mut shown: Vec<&str> = each.iter().map(|(_, _, i)| i.name.as_str()).collect();
    shown.dedup();
    if !known || shown.len() < FEWEST {
        return None;
    }
    let (file, _, item) = each[0];
    let message = format!("new, one for each: {}", names(&shown, 4));
    let total = listed.len() as u64;
    let evidence =
        EvidenceItem::new(EvidenceKind::Site, message).at(Side::Head, file.path(), Some(item.line));
    Some(Ruling::verified(evidence).counted(total, total))
}

/// What a list is of, and its things: "Modes (a, b, c)", "Modes: a, b, c", "a, b, c (with remarks)".
fn list(text: &str) -> Option<(&str, Vec<&str>)> {
    fn things(text: &str) -> Vec<&str> {
        // "(pop/insert/remove)".
        let slashes = !text.contains([',', ' ']);
        let parts = text.split(|c| c == ',' || slashes && c == '/');
        parts.map(str::trim).filter(|t| !t.is_empty()).collect()
    }
    if let Some((outside, rest)) = text.split_once(" (") {
        let (inside, after) = rest.split_once(')')?;
        if outside.contains(',') && !outside.contains(':') {
            return after.trim().is_empty().then(|| ("", things(outside)));
        }
        return (after.trim().is_empty() && !outside.contains(',')).then(|| (outside, things(inside)));
    }
    match text.split_once(": ") {
        Some((outside, inside)) => Some((outside, things(inside))),
        None => Some(("", things(text))),
    }
}

/// Whether one of the words of `name` is `stem` or a longer form of it.
fn is_called(name: &str, stem: &str) -> bool {
    stems(name).any(|s| s == stem || stem.len() > 4 && s.starts_with(stem))
}

/// New items with a body; of tests those that can fail.
fn written<'f, 'e>(facts: &'f Facts<'e>) -> Vec<(&'f FileTrace<'e>, &'f Place<'e>, &'e Item)> {
    let fails = |path: &str, i: &Item| {
        let mut tests = facts
            .tests
            .live
            .iter()
            .filter(|t| t.path == path && t.decl.line <= i.line && i.line <= t.decl.end_line);
        tests.any(|t| t.decl.assertions > 0 && t.decl.ignored.is_none())
    };
    facts
        .trace
        .code()
        .flat_map(|f| f.places.iter().filter_map(move |p| Some((f, p, p.item?))))
        .filter(|(f, _, i)| f.change.touches_head_line(i.line) && i.body_tokens >= 5 && i.stub.is_none())
        .filter(|(f, _, i)| !i.in_test || fails(f.path(), i))
        .collect()
}
