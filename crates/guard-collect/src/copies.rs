//! New functions that repeat what exists, looked for in the whole of head.
//!
//! Files that the index knows are asked by the hash of their functions' forms. The others go through a sieve that knows no
//! grammar, and only those in which the same row of tokens stands are parsed; so nothing has to be indexed before a check.

use std::cell::LazyCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use guard_model::evidence::{Gap, GapKind};
use guard_model::{Change, CopiedFunction, FileKind, Item, Language, Policy, Side, SourceFacts};
use guard_syntax::copies::{self, Function, Sieve};
use guard_syntax::is_test_path;
use guard_syntax::outline::{Outline, outline};
use rayon::prelude::*;

use crate::index::{Index, written_elsewhere};
use crate::recall::Recall;
use crate::repo::{Repo, RepoError};
use crate::sources::{ByPath, by_path, facts_of};
use crate::texts::Texts;

/// Larger files are data.
const MAX_FILE: u64 = 1 << 20;
/// Files whose texts are in memory at once.
const ROUND: usize = 128;
/// New functions that are looked for; a change with more brings in code from elsewhere.
const MAX_NEW: usize = 400;
/// Files that are compared token by token.
const MAX_COMPARED: usize = 400;

/// Looks for what the change's new functions repeat. `index` may know any part of head, or nothing; it is asked for only
/// where there is something to look for.
pub fn read_copies(
    repo: &Repo,
    texts: &Texts,
    change: &Change,
    facts: &[SourceFacts],
    policy: &Policy,
    index: impl FnOnce() -> Index,
    recall: &Recall,
) -> (Vec<CopiedFunction>, Vec<Gap>) {
    let left = copies::bodies_that_left(&facts.iter().collect::<Vec<_>>());
    let look = Look { repo, texts, change, all: facts, left, facts: by_path(facts), policy, recall };
    let beside = look.beside();
    let new = look.new_functions(copies::candidates);
    if new.is_empty() {
        return (beside, Vec::new());
    }
    let gap = |kind, reason| vec![Gap::new(kind, reason).silences(&["duplicated-helper"])];
    if new.len() > MAX_NEW {
        let reason = format!("{} new functions are too many to be looked for in the rest", new.len());
        return (beside, gap(GapKind::Budget, reason));
    }
    let and_beside = |found: Vec<CopiedFunction>| {
        let has = |copy: &&CopiedFunction| !found.iter().any(|it| it.new == copy.new);
        let more: Vec<CopiedFunction> = beside.iter().filter(has).cloned().collect();
        [found, more].concat()
    };
    match look.find(&new, &index()) {
        Ok((found, 0)) => (and_beside(found), Vec::new()),
        Ok((found, unread)) => {
            let reason = format!("{unread} files that may hold what new code repeats were not compared");
            (and_beside(found), gap(GapKind::Budget, reason))
        }
        Err(error) => {
            let reason = format!("head could not be searched for what new code repeats: {error}");
            (and_beside(Vec::new()), gap(GapKind::Input, reason))
        }
    }
}

struct Look<'a> {
    repo: &'a Repo,
    texts: &'a Texts,
    change: &'a Change,
    all: &'a [SourceFacts],
    /// Bodies that left another name or place in the changed files.
    left: HashSet<&'a str>,
    facts: ByPath<'a>,
    policy: &'a Policy,
    recall: &'a Recall,
}

impl<'a> Look<'a> {
    /// What is repeated, and how many files were not compared.
    fn find(&self, new: &[Function<'_>], index: &Index) -> Result<(Vec<CopiedFunction>, usize), RepoError> {
        let forms = self.forms(new);
        let listed = self.repo.tree(&self.change.head.tree).files()?;
        let paths: HashSet<&str> = listed.iter().map(|(path, _)| path.as_str()).collect();
        let languages: HashSet<Language> = new.iter().map(|it| it.facts.language).collect();
        let skipped = written_elsewhere(&self.policy.paths);
        let is_wanted = |path: &str| {
            Language::of_path(path).is_some_and(|language| languages.contains(&language))
                && !is_test_path(path, None)
                && !skipped.is_match(path)
        };
        let wanted: Vec<&(String, String)> = listed.iter().filter(|(path, _)| is_wanted(path)).collect();
        let held = self.holding(&wanted, new, &forms, index)?;
        let is_there = |path: &str| paths.contains(path);
        let mut found: BTreeMap<(String, u32), CopiedFunction> = BTreeMap::new();
        for (path, oid, text) in held.iter().take(MAX_COMPARED) {
            let Some(facts) = facts_of(path, Side::Head, oid, text, self.recall) else { continue };
            let Some(outline) = outline(path, text) else { continue };
            for old in copies::candidates(&facts, text) {
                if !form_of(&outline, old.item).is_some_and(|form| forms.values().any(|it| *it == form))
                    || !self.existed(&old)
                {
                    continue;
                }
                for it in new {
                    let place = (it.facts.path.clone(), it.item.line);
                    let package = |path: &str| copies::package_of(path, &is_there);
                    if found.contains_key(&place) || package(&place.0) != package(path) {
                        continue;
                    }
                    if let Some(copy) = copies::repeats(it, &old) {
                        found.insert(place, copy);
                    }
                }
            }
        }
        Ok((found.into_values().collect(), held.len().saturating_sub(MAX_COMPARED)))
    }

    /// New methods that repeat one of their own type, which no other file can hold.
    fn beside(&self) -> Vec<CopiedFunction> {
        let mut files: HashMap<&str, (Vec<Function<'_>>, LazyCell<Option<Outline>, _>)> = HashMap::new();
        let mut found = Vec::new();
        for new in self.new_functions(copies::methods) {
            let (path, text) = (&new.facts.path, new.text);
            let (all, outline) = files
                .entry(path)
                .or_insert_with(|| (copies::methods(new.facts, text), LazyCell::new(|| outline(path, text))));
            let may_be = |old: &&Function<'_>| {
                let is_other = old.item.line != new.item.line;
                is_other && old.item.body_tokens == new.item.body_tokens && self.existed(old)
            };
            // Their file is parsed for their forms, and for each comparison: few come so far.
            let form = |it: &Function<'_>| outline.as_ref().and_then(|outline| form_of(outline, it.item));
            let copy = |old: &Function<'_>| {
                if form(&new).is_some_and(|own| form(old) == Some(own)) {
                    copies::repeats_beside(&new, old)
                } else {
                    None
                }
            };
            found.extend(all.iter().filter(may_be).find_map(copy));
        }
        found
    }

    /// Those functions of head, of the ones that `of` picks in a file, that base does not have, and that did not leave
    /// another name or place in the changed files.
    fn new_functions(
        &self,
        of: for<'f> fn(&'f SourceFacts, &'f [u8]) -> Vec<Function<'f>>,
    ) -> Vec<Function<'a>> {
        let facts = self.all;
        let skipped = written_elsewhere(&self.policy.paths);
        let files = self
            .change
            .files
            .iter()
            .filter(|file| file.content == FileKind::Text && !skipped.is_match(&file.path));
        let mut new = Vec::new();
        for file in files {
            let Some(facts) = facts.iter().find(|it| it.side == Side::Head && it.path == file.path) else {
                continue;
            };
            let Some(text) = file.new_oid.as_deref().and_then(|oid| self.texts.get(oid).ok()) else {
                continue;
            };
            let before: HashSet<&str> = self
                .facts
                .get(&(Side::Base, file.base_path()))
                .map(|it| it.items.iter().map(|item| item.qualified.as_str()).collect())
                .unwrap_or_default();
            let all = of(facts, text);
            new.extend(all.into_iter().filter(|it| {
                !before.contains(it.item.qualified.as_str())
                    && it.item.body.as_deref().is_some_and(|body| !self.left.contains(body))
            }));
        }
        new
    }

    /// The forms of functions, by place.
    fn forms(&self, new: &[Function<'_>]) -> HashMap<(String, u32), u64> {
        let mut outlines: HashMap<&str, Option<Outline>> = HashMap::new();
        let mut forms = HashMap::new();
        for it in new {
            let path = it.facts.path.as_str();
            let outline = outlines.entry(path).or_insert_with(|| outline(path, it.text));
            if let Some(form) = outline.as_ref().and_then(|outline| form_of(outline, it.item)) {
                forms.insert((path.to_owned(), it.item.line), form);
            }
        }
        forms
    }

    /// Files in which one of the functions may stand, with their texts.
    fn holding(
        &self,
        wanted: &[&(String, String)],
        new: &[Function<'_>],
        forms: &HashMap<(String, u32), u64>,
        index: &Index,
    ) -> Result<Vec<(String, String, Vec<u8>)>, RepoError> {
        let forms: HashSet<u64> = forms.values().copied().collect();
        let (mut named, mut unknown) = (Vec::new(), Vec::new());
        for it in wanted {
            match index.file(&it.0).filter(|file| *file.oid == *it.1 && file.is_read) {
                Some(file) => {
                    let (_, entries) = index.entries_of(file);
                    if entries.iter().any(|entry| entry.form.is_some_and(|form| forms.contains(&form))) {
                        named.push(*it);
                    }
                }
                None => unknown.push(*it),
            }
        }
        let sieve = Sieve::new(new.iter().filter_map(|it| {
            let text = std::str::from_utf8(it.text).ok()?;
            Some((it.facts.language, lines_of(text, it.item.line, it.item.end_line), it.item.name.as_str()))
        }));
        let mut held = self.texts_of(&named)?;
        let Some(sieve) = sieve else { return Ok(held) };
        for round in unknown.chunks(ROUND) {
            let texts = self.texts_of(round)?;
            let may_hold = |(path, oid, text): (String, String, Vec<u8>)| {
                let language = Language::of_path(&path)?;
                sieve.may_hold(language, &text, &mut Vec::new()).then_some((path, oid, text))
            };
            held.extend(texts.into_par_iter().filter_map(may_hold).collect::<Vec<_>>());
        }
        Ok(held)
    }

    fn texts_of(&self, files: &[&(String, String)]) -> Result<Vec<(String, String, Vec<u8>)>, RepoError> {
        let oids: Vec<&str> = files.iter().map(|(_, oid)| oid.as_str()).collect();
        let texts = self.repo.read_all(&oids, MAX_FILE)?;
        let read = files.iter().zip(texts);
        Ok(read.filter_map(|((path, oid), text)| Some((path.clone(), oid.clone(), text.ok()?))).collect())
    }

    /// Whether a function of head was there at base, as it is.
    fn existed(&self, old: &Function<'_>) -> bool {
        let Some(file) = self.change.files.iter().find(|file| file.path == old.facts.path) else {
            return true;
        };
        let base = self.facts.get(&(Side::Base, file.base_path()));
        base.is_some_and(|facts| {
            facts.items.iter().any(|it| it.qualified == old.item.qualified && it.body == old.item.body)
        })
    }
}

fn form_of(outline: &Outline, item: &Item) -> Option<u64> {
    outline.entries.iter().find(|entry| entry.line == item.line && entry.end_line == item.end_line)?.form
}

/// Some lines of a text, 1-based and inclusive.
fn lines_of(text: &str, first: u32, last: u32) -> &str {
    let mut ends = text.match_indices('\n').map(|(at, _)| at + 1);
    let start = if first <= 1 { 0 } else { ends.nth(first as usize - 2).unwrap_or(text.len()) };
    let end = text[start..]
        .match_indices('\n')
        .nth((last - first) as usize)
        .map_or(text.len(), |(at, _)| start + at);
    &text[start..end]
}
