//! "Rename `A` to `B`", "Extract `X`", "Moved the test from `a/` to `b/`": what left one place and came to another.

use guard_model::{ChangeKind, Claim, EvidenceItem, EvidenceKind, Quantifier, Side};

use super::code::{Fate, all_are, fate, fates, is_path, items, object, owners};
use super::terms::Terms;
use super::trace::{FileTrace, stems};
use super::{Facts, Ruling};
use crate::claims::lexicon;
use crate::claims::subject::{self, Name};
use crate::claims::token;
use crate::text::{count, names};

/// "Rename `A` to `B`", "a.rs → b.rs", "Extract `X`", "Moved `X` to b.rs".
pub(super) fn renamed(facts: &Facts<'_>, claim: &Claim) -> Ruling {
    let tokens = token::tokens(&claim.text);
    let all: Vec<(usize, Name)> =
        tokens.iter().enumerate().filter_map(|(i, t)| Some((i, subject::name(t)?))).collect();
    if let [(i, from), (k, to), ..] = all.as_slice() {
        let towards = tokens[*i..*k].iter().any(|t| t.any("to into ->") || t.punct('→'));
        if towards && let Some(ruling) = moved(facts, from, to) {
            return ruling;
        }
    }
    if let Some(ruling) = renamed_files(facts, claim)
        .or_else(|| between_folders(facts, &claim.text))
        .or_else(|| to_place(facts, claim))
    {
        return ruling;
    }
    let extracts = tokens.iter().any(|t| lexicon::verb(&t.lower).is_some() && t.lower.starts_with("extract"));
    let named = object(&claim.text);
    if extracts
        && !named.is_empty()
        && claim.scope.count.is_none()
        && claim.scope.quantifier != Quantifier::All
    {
        let fates = fates(facts, &named, &owners(&claim.text, "to into in"));
        return all_are(&named, &fates, "new at head", |f| matches!(f, Fate::New(..) | Fate::NewFile(_)));
    }
    Ruling::unseen(Vec::new())
}

fn moved(facts: &Facts<'_>, from: &Name, to: &Name) -> Option<Ruling> {
    let message = match (from, to) {
        (Name::Path(old), Name::Path(new)) => {
            let files = &facts.evidence.change.files;
            let file = files.iter().find(|f| {
                f.kind == ChangeKind::Renamed
                    && is_path(&f.path, new)
                    && f.old_path.as_deref().is_some_and(|o| is_path(o, old))
            })?;
            EvidenceItem::new(EvidenceKind::Diff, format!("`{}` is now `{}`", file.base_path(), file.path))
        }
        (Name::Symbol(old), Name::Symbol(new)) => {
            let (Fate::Gone(..), Fate::New(file, item)) = (fate(facts, from, None), fate(facts, to, None))
            else {
                return None;
            };
            let message = format!("`{old}` is gone and `{new}` is new");
            EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, &file.path, Some(item.line))
        }
        (Name::Symbol(what), Name::Path(place)) => {
            let here = |side| {
                items(facts, side, what)
                    .into_iter()
                    .filter(|(f, _)| is_path(&f.path, place))
                    .collect::<Vec<_>>()
            };
            let (file, item) = *here(Side::Head).first().filter(|_| here(Side::Base).is_empty())?;
            EvidenceItem::new(EvidenceKind::Diff, format!("`{what}` is new in `{}`", file.path)).at(
                Side::Head,
                &file.path,
                Some(item.line),
            )
        }
        (Name::Path(_), Name::Symbol(_)) => return None,
    };
    Some(Ruling::verified(message))
}

/// "Moved the test from `test/bugs` to `src/storage`": a file of the one folder is gone or came to the other, where
/// lines are new.
fn between_folders(facts: &Facts<'_>, text: &str) -> Option<Ruling> {
    let tokens = token::tokens(text);
    let from = tokens.iter().position(|t| t.is("from"))?;
    let to = from + tokens[from..].iter().position(|t| t.any("to into"))?;
    let terms = Terms::in_change(text, &facts.trace.files);
    let said = |range: std::ops::Range<usize>| {
        let words: Vec<&str> = tokens[range].iter().map(|t| t.text).collect();
        terms.paths.iter().map(|(p, _)| p.as_str()).find(|p| words.contains(p))
    };
    let (old, new) = (said(from..to)?, said(to..tokens.len())?);
    // Of several things each would have to be looked for.
    if tokens[..from].iter().any(|t| t.is("and") || t.punct(',')) {
        return None;
    }
    let lies_in = |path: &str, place: &str| {
        is_path(path, place) || format!("/{path}").contains(&format!("/{}/", place.trim_matches('/')))
    };
    let left = facts.evidence.change.files.iter().find(|f| {
        lies_in(f.base_path(), old)
            && (f.kind == ChangeKind::Deleted || f.kind == ChangeKind::Renamed && !lies_in(&f.path, old))
    })?;
    let came = |f: &&FileTrace<'_>| {
        lies_in(f.path(), new)
            && (left.path == f.path()
                || f.change.language == left.language && f.change.added * 4 >= left.removed)
    };
    let file = facts.trace.files.iter().find(came)?;
    let message =
        format!("`{}` is gone, and `{}` has {} new lines", left.base_path(), file.path(), file.change.added);
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    Some(Ruling::verified(item.at(Side::Head, file.path(), None)))
}

/// "Move config and storage from packages/ to src/": files with these names were renamed from the one folder to the
/// other.
fn renamed_files(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    const IDLE: &str = "the a an and directory directories folder folders file files code its";
    let tokens = token::tokens(&claim.text);
    let verb = super::code::first_verb(&tokens)?;
    let from = verb + tokens[verb..].iter().position(|t| t.is("from"))?;
    let to = from + tokens[from..].iter().position(|t| t.any("to into"))?;
    let folder = |at: usize| tokens.get(at).map(|t| t.text.trim_matches(['/', '`']).to_owned());
    let (old, new) = (folder(from + 1)?, folder(to + 1)?);
    let lies_in = |path: &str, place: &str| format!("/{path}").contains(&format!("/{place}/"));
    let says_all = tokens.iter().any(|t| t.any("all every everything"));
    let moved: Vec<_> = facts
        .evidence
        .change
        .files
        .iter()
        .filter(|f| f.kind == ChangeKind::Renamed && to == from + 2 && old != new && old.len() > 2)
        .filter(|f| lies_in(f.base_path(), &old) && lies_in(&f.path, &new) && !lies_in(&f.path, &old))
        .collect();
    let object: Vec<&str> = tokens[verb + 1..from]
        .iter()
        .filter(|t| matches!(t.kind, token::Kind::Word | token::Kind::Code) && !t.any(IDLE))
        .map(|t| t.text)
        .collect();
    let stands = |word: &&str| {
        let mut said = stems(word);
        let own: Vec<String> = moved.iter().flat_map(|f| stems(&f.path)).collect();
        said.all(|s| own.contains(&s))
    };
    let first =
        moved.first().filter(|_| !says_all && claim.scope.count.is_none() && object.iter().all(stands))?;
    let files = count(moved.len(), "file");
    let message =
        format!("{files} renamed from `{old}` to `{new}`: `{}` is now `{}`", first.base_path(), first.path);
    Some(Ruling::verified(EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, &first.path, None)))
}

/// "Extract `A`, `B` to `x/`": each is in the file or folder now, and was not.
fn to_place(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    let verb = super::code::first_verb(&tokens)?;
    let to = verb + tokens[verb..].iter().position(|t| t.any("to into"))?;
    let place = tokens[to + 1..].iter().take(3).find_map(|t| match subject::name(t)? {
        Name::Path(path) => Some(path),
        Name::Symbol(_) => None,
    })?;
    let named: Vec<String> = tokens[verb + 1..to]
        .iter()
        .take_while(|t| !t.is("from"))
        .filter_map(|t| match subject::name(t)? {
            Name::Symbol(symbol) => Some(symbol),
            Name::Path(_) => None,
        })
        .collect();
    let says_all = tokens.iter().any(|t| t.any("all every everything each"));
    let folder = place.trim_matches('/');
    let lies_in = |path: &str| is_path(path, &place) || format!("/{path}").contains(&format!("/{folder}/"));
    let inside = |side, name: &str| items(facts, side, name).into_iter().find(|(f, _)| lies_in(&f.path));
    let came = |name: &String| inside(Side::Head, name).filter(|_| inside(Side::Base, name).is_none());
    let found: Vec<_> = named.iter().map(came).collect::<Option<_>>()?;
    let (file, item) = found.first().filter(|_| !says_all && claim.scope.count.is_none())?;
    let message = format!("{} new in `{place}`", names(&named, 4));
    let item = EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, &file.path, Some(item.line));
    Some(Ruling::verified(item))
}
