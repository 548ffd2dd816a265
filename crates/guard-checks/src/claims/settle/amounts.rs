//! "`a.rs` with three builders", "nine handlers: `on_{open,close}`", "about 30 lines": numbers of things that the
//! change wrote, counted.

use guard_model::{Claim, EvidenceItem, EvidenceKind, Item, ItemKind, Side};

use super::terms::{self, Terms};
use super::trace::{FileTrace, is_test_path, occurrences, stems};
use super::{Facts, Ruling, code};
use crate::claims::counts;
use crate::claims::token::{self, Kind, Token};
use crate::text::{count, names, stem};

/// The ruling where exactly as many are new as the claim says.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    expanded(facts, &claim.text)
        .or_else(|| lines(facts, &claim.text))
        .or_else(|| across(facts, &claim.text))
        .or_else(|| things(facts, claim))
}

/// "three builders", "two macros": new items of that kind, or of that name, where the claim says they are.
fn things(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    let (at, said) =
        tokens.iter().enumerate().find_map(|(i, t)| Some((i, counts::number(t).filter(|n| *n > 1)?)))?;
    let noun = tokens[at + 1..].iter().take(4).find(|t| t.kind == Kind::Word && t.lower.ends_with('s'))?;
    let former = tokens[..at].last().is_some_and(|t| t.any("from to of than"));
    if noun.any("tests lines files commits issues tools assertions cases crates packages") || former {
        return None;
    }
    let terms = Terms::in_change(&claim.text, &facts.trace.files);
    let files: Vec<&FileTrace<'_>> = facts
        .trace
        .code()
        .filter(|f| terms.paths.is_empty() || terms.paths.iter().any(|(p, _)| terms::is_named(f, p)))
        .collect();
    let wanted = kinds(noun);
    let own = stem(&noun.lower).to_owned();
    let owner = |i: &Item| terms.names.iter().any(|n| i.qualified.split(['.', ':']).any(|q| q == n.text));
    // "four functions from `main()`": new beside it.
    let beside = |f: &FileTrace<'_>| {
        terms.names.len() == 1
            && f.places.iter().any(|p| p.item.is_some_and(|i| i.name == terms.names[0].text))
    };
    let fits = |f: &FileTrace<'_>, i: &Item| {
        let named = stems(&i.name).any(|s| s == own);
        let placed = !terms.paths.is_empty() || owner(i) || beside(f);
        let counted = match wanted {
            Some(kinds) => kinds.contains(&i.kind) && placed,
            None => {
                named
                    && matches!(
                        i.kind,
                        ItemKind::Type | ItemKind::Trait | ItemKind::Function | ItemKind::Method
                    )
            }
        };
        counted && !i.in_test && f.change.touches_head_line(i.line)
    };
    let old = |i: &Item| !code::items(facts, Side::Base, &i.qualified).is_empty();
    let found: Vec<(&FileTrace<'_>, &Item)> = files
        .iter()
        .flat_map(|f| {
            let heads = facts.evidence.sources.iter().filter(|s| s.side == Side::Head && s.path == f.path());
            heads.flat_map(|s| &s.items).map(move |i| (*f, i))
        })
        .filter(|(f, i)| fits(f, i) && !old(i))
        .collect();
    // Types and functions of one name are two ways to count.
    let types =
        found.iter().filter(|(_, i)| matches!(i.kind, ItemKind::Type | ItemKind::Trait)).count() as u64;
    let exact = found.len() as u64 == said || wanted.is_none() && types == said;
    let (file, first) = found.first().filter(|_| exact)?;
    let shown: Vec<&str> = found.iter().map(|(_, i)| i.name.as_str()).collect();
    let item = EvidenceItem::new(EvidenceKind::Site, format!("new: {}", names(&shown, 4)));
    Some(Ruling::verified(item.at(Side::Head, file.path(), Some(first.line))).counted(said, said))
}

/// "Added `x` to 11 test files": as many files gained it.
fn across(facts: &Facts<'_>, text: &str) -> Option<Ruling> {
    let tokens = token::tokens(text);
    let at = tokens.iter().position(|t| t.any("files modules"))?;
    let number = (1..=2).find_map(|back| counts::number(tokens.get(at.checked_sub(back)?)?))?;
    let preposition = tokens[..at].iter().rev().take(4).any(|t| t.any("to in across from"));
    let terms = Terms::in_change(text, &facts.trace.files);
    let objects: Vec<_> = terms.names.iter().filter(|n| n.object).collect();
    let [object] = objects.as_slice() else { return None };
    let added =
        |f: &FileTrace<'_>| f.lines.added.iter().filter(|l| occurrences(&l.text, &object.text) > 0).count();
    let gone =
        |f: &FileTrace<'_>| f.lines.removed.iter().filter(|l| occurrences(&l.text, &object.text) > 0).count();
    let (gained, lost): (Vec<_>, Vec<_>) =
        facts.trace.code().filter(|f| added(f) != gone(f)).partition(|f| added(f) > gone(f));
    let files = if gained.len() as u64 == number { gained } else { lost };
    let first = files.first().filter(|_| preposition && files.len() as u64 == number && number > 1)?;
    let message = format!("`{}` in the changed lines of {}", object.written, count(files.len(), "file"));
    let item = EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, first.path(), None);
    Some(Ruling::verified(item).counted(number, number))
}

fn kinds(noun: &Token<'_>) -> Option<&'static [ItemKind]> {
    Some(match noun.lower.as_str() {
        "functions" | "methods" | "helpers" => &[ItemKind::Function, ItemKind::Method],
        "macros" => &[ItemKind::Macro],
        "structs" | "types" | "classes" | "enums" | "interfaces" => &[ItemKind::Type, ItemKind::Trait],
        "traits" => &[ItemKind::Trait],
        "constants" => &[ItemKind::Constant],
        _ => return None,
    })
}

/// `try_{a,b}_c`, `swap_`/`shift_remove`: each of the names is a new item.
fn expanded(facts: &Facts<'_>, text: &str) -> Option<Ruling> {
    let all = braced(text).or_else(|| short(text))?;
    let is_new = |name: &String| {
        code::items(facts, Side::Base, name).is_empty() && !code::items(facts, Side::Head, name).is_empty()
    };
    if all.len() < 2 || !all.iter().all(is_new) {
        return None;
    }
    let (file, item) = *code::items(facts, Side::Head, &all[0]).first()?;
    let evidence = EvidenceItem::new(EvidenceKind::Site, format!("new: {}", names(&all, 4)));
    let total = all.len() as u64;
    Some(Ruling::verified(evidence.at(Side::Head, &file.path, Some(item.line))).counted(total, total))
}

/// What `a_`/`b_c` stands for: `a_c` and `b_c`.
fn short(text: &str) -> Option<Vec<String>> {
    let (before, after) = text.split_once("_`/`")?;
    let first = before.rsplit('`').next()?;
    let second = after.split('`').next()?;
    let (_, rest) = second.split_once('_')?;
    let plain = |n: &str| !n.is_empty() && n.chars().all(|c| c.is_alphanumeric() || c == '_');
    (plain(first) && plain(second)).then(|| vec![format!("{first}_{rest}"), second.to_owned()])
}

fn braced(text: &str) -> Option<Vec<String>> {
    let open = text.find('{')?;
    let close = open + text[open..].find('}')?;
    let part = |c: char| !(c.is_alphanumeric() || c == '_');
    let before = text[..open].rsplit(part).next().filter(|b| !b.is_empty())?;
    let after = text[close + 1..].split(part).next().unwrap_or_default();
    Some(text[open + 1..close].split(',').map(|m| format!("{before}{}{after}", m.trim())).collect())
}

/// "~30 lines of implementation code": the lines of code that were added outside of tests.
fn lines(facts: &Facts<'_>, text: &str) -> Option<Ruling> {
    let tokens = token::tokens(text);
    let at = tokens.iter().position(|t| t.any("lines loc"))?;
    let number = tokens.get(at.checked_sub(1)?).filter(|t| t.kind == Kind::Number)?;
    let of_code = tokens[at + 1..].iter().take(4).any(|t| t.any("code implementation"));
    let about = number.text.starts_with('~')
        || tokens.get(at.wrapping_sub(2)).is_some_and(|t| t.any("about around roughly"));
    let said: usize = number.text.trim_start_matches(['~', '+']).parse().ok().filter(|n| *n >= 10)?;
    if !of_code || !about || !facts.trace.whole {
        return None;
    }
    let written = |f: &FileTrace<'_>| -> usize {
        let places = f.places.iter().filter(|p| !p.in_test);
        places.map(|p| p.code.lines().count() + p.comments.len()).sum()
    };
    let code = facts.trace.code().filter(|f| f.change.language.is_some() && !is_test_path(f.path()));
    let found: usize = code.map(written).sum();
    (found.abs_diff(said) * 5 <= said).then(|| {
        let message = format!("{} of code outside of tests", count(found, "new line"));
        Ruling::verified(EvidenceItem::new(EvidenceKind::Diff, message))
    })
}
