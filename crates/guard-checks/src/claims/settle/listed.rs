//! "All tag modes (external, internal, adjacent)": what is listed is what "all" means, and each of it can be found.

use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, Item, Side};

use super::terms::Terms;
use super::trace::{FileTrace, stems};
use super::{Facts, Ruling};
use crate::text::names;

/// Things that a list must have to be one.
const FEWEST: usize = 3;

/// The ruling where a new item is called after each thing of the list, and after what the list is of.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    if matches!(claim.kind, ClaimKind::Remove | ClaimKind::Fix | ClaimKind::Rename) {
        return None;
    }
    let (outside, rest) = claim.text.split_once(" (")?;
    let (inside, after) = rest.split_once(')')?;
    let listed: Vec<Vec<String>> =
        inside.split(',').map(|thing| stems(thing).filter(|s| s.len() > 2).collect()).collect();
    let plain = listed.len() >= FEWEST
        && listed.iter().all(|l| (1..=2).contains(&l.len()))
        && after.trim().is_empty();
    let terms = Terms::of(outside);
    if !plain || !terms.names.is_empty() || !terms.numbers.is_empty() || terms.words.is_empty() {
        return None;
    }
    let new = written(facts);
    let each: Vec<&(&FileTrace<'_>, &Item)> = listed
        .iter()
        .map(|thing| new.iter().find(|i| thing.iter().all(|s| is_called(&i.1.name, s))))
        .collect::<Option<_>>()?;
    // What the list is of stands in their names as well, or in the file's.
    let known = terms.words.iter().any(|w| {
        each.iter().all(|(f, i)| {
            stems(&i.name).chain(stems(f.path())).any(|s| w.stem.len() > 2 && s.contains(&w.stem))
        })
    });
    let mut shown: Vec<&str> = each.iter().map(|(_, i)| i.name.as_str()).collect();
    shown.dedup();
    if !known || shown.len() < FEWEST {
        return None;
    }
    let (file, item) = each[0];
    let message = format!("new, one for each: {}", names(&shown, 4));
    let total = listed.len() as u64;
    let evidence =
        EvidenceItem::new(EvidenceKind::Site, message).at(Side::Head, file.path(), Some(item.line));
    Some(Ruling::verified(evidence).counted(total, total))
}

/// Whether one of the words of `name` is `stem` or a longer form of it.
fn is_called(name: &str, stem: &str) -> bool {
    stems(name).any(|s| s == stem || stem.len() > 4 && s.starts_with(stem))
}

/// New items with a body; of tests those that can fail.
fn written<'f, 'e>(facts: &'f Facts<'e>) -> Vec<(&'f FileTrace<'e>, &'e Item)> {
    let fails = |path: &str, i: &Item| {
        let mut tests = facts
            .tests
            .added
            .iter()
            .filter(|t| t.path == path && t.decl.line <= i.line && i.line <= t.decl.end_line);
        tests.any(|t| t.decl.assertions > 0 && t.decl.ignored.is_none())
    };
    facts
        .trace
        .code()
        .flat_map(|f| f.places.iter().filter_map(move |p| Some((f, p.item?))))
        .filter(|(f, i)| f.change.touches_head_line(i.line) && i.body_tokens >= 5 && i.stub.is_none())
        .filter(|(f, i)| !i.in_test || fails(f.path(), i))
        .collect()
}
