//! What is asked for, as features that entries can share.

use std::collections::{BTreeMap, HashSet};

use guard_model::Language;
use guard_model::examples::{Asked, TakenAs};
use guard_syntax::outline::{is_telling, route, stem, words_of};

use crate::index::{Entry, File, Index, List, Sort, TextId};

/// Words that are looked for at most: as many as a mask has bits.
pub(super) const MAX_WORDS: usize = 64;

/// Definitions of one name that are taken for what is meant.
const MAX_DEFINITIONS: usize = 12;

/// Functions of a file whose callers are looked for.
const MAX_FUNCTIONS: usize = 60;

/// Features with their weights; 1 for what was asked for itself.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// What was asked for, and how it was understood.
    pub asked: Vec<Asked>,
    /// Stems of words.
    pub(super) words: BTreeMap<String, f32>,
    /// How the question spells them, for people.
    pub(super) spelled: BTreeMap<String, String>,
    /// Names that are called or named.
    pub(super) names: BTreeMap<TextId, f32>,
    pub(super) given: BTreeMap<TextId, f32>,
    pub(super) like: BTreeMap<TextId, f32>,
    pub(super) routes: BTreeMap<TextId, f32>,
    /// What a new thing is to be called, or to do: the first of what was asked for that names nothing that exists.
    pub(super) title: Option<String>,
    /// The files that it is to go into.
    pub(super) into: HashSet<u32>,
    /// Files and directories to be near to.
    pub(super) near: Vec<(String, f32)>,
    /// Entries that are what was asked for.
    pub(super) itself: HashSet<usize>,
    /// A place alone makes an entry worth telling.
    pub(super) by_place: bool,
    /// It is the only thing that was asked for.
    alone: bool,
}

impl Query {
    /// Understands what is asked for: paths, names, or sentences.
    pub fn of(texts: &[String], index: &Index) -> Query {
        let mut query = Query { alone: texts.len() == 1, ..Query::default() };
        for text in texts {
            let mut named = Vec::new();
            let (taken_as, meaning) = query.take(text.trim(), index, &mut named);
            if taken_as == TakenAs::Words && query.title.is_none() {
                query.title = Some(text.clone());
            }
            query.asked.push(Asked { text: text.clone(), taken_as, meaning });
            query.asked.extend(named);
        }
        query
    }

    fn take(&mut self, text: &str, index: &Index, named: &mut Vec<Asked>) -> (TakenAs, String) {
        if !text.contains(char::is_whitespace)
            && let Some(taken) = self.path(text, index).or_else(|| self.symbol(text, 1.0, index))
        {
            return taken;
        }
        let before: HashSet<String> = self.words.keys().cloned().collect();
        self.sentence(text, 1.0);
        if let Some(shape) = route(text).and_then(|shape| id_of(index, &shape)) {
            add(&mut self.routes, shape, 1.0);
        }
        if text.contains(char::is_whitespace) {
            self.names_in(text, index, named);
        }
        let new: Vec<&str> =
            self.words.keys().filter(|word| !before.contains(*word)).map(String::as_str).collect();
        (TakenAs::Words, new.join(" "))
    }

    /// Names of code in a sentence: what is written as code, or could be nothing else.
    fn names_in(&mut self, text: &str, index: &Index, named: &mut Vec<Asked>) {
        for (at, piece) in text.split('`').enumerate() {
            let is_code = at % 2 == 1;
            for word in piece.split(|it: char| it.is_whitespace() || matches!(it, ',' | ';' | '"' | '\'')) {
                let word = word.trim_matches(|it: char| matches!(it, '.' | ':' | '?' | '!' | '(' | ')'));
                let is_name = is_code || word.contains('_') || word.contains("::") || has_hump(word);
                let is_path = word.contains('/') || Language::of_path(word).is_some();
                let taken = if is_path { self.path(word, index) } else { None };
                let taken = taken.or_else(|| if is_name { self.symbol(word, 1.0, index) } else { None });
                if let Some((taken_as, meaning)) = taken {
                    named.push(Asked { text: word.to_owned(), taken_as, meaning });
                } else if let Some(shape) = route(word).and_then(|shape| id_of(index, &shape)) {
                    add(&mut self.routes, shape, 1.0);
                }
            }
        }
    }

    fn sentence(&mut self, text: &str, weight: f32) {
        words_of(text, |word| {
            let stem = stem(word);
            if is_telling(stem) && (self.words.len() < MAX_WORDS || self.words.contains_key(stem)) {
                self.spelled.entry(stem.to_owned()).or_insert_with(|| word.to_owned());
                let known = self.words.entry(stem.to_owned()).or_insert(0.0);
                *known = known.max(weight);
            }
        });
    }

    /// A file or directory of the tree, or a file that is to be.
    fn path(&mut self, text: &str, index: &Index) -> Option<(TakenAs, String)> {
        let bare = text.strip_prefix("./").unwrap_or(text);
        // `file:12`, `file#item` and pytest's `file::test`.
        let (path, item) = match bare.split_once("::").or_else(|| bare.split_once('#')) {
            Some((path, item)) if Language::of_path(path).is_some() => (path, Some(item)),
            _ => (bare, None),
        };
        let (path, line) = match path.rsplit_once(':') {
            Some((path, line)) => (path, line.parse::<u32>().ok()),
            None => (path, None),
        };
        if let Some(file) = index.file(path) {
            let (first, entries) = index.entries_of(file);
            let inner = |(at, entry): (usize, &Entry)| {
                let named = item.is_some_and(|item| is_named(index, entry, item));
                let stands = line.is_some_and(|line| entry.line <= line && line <= entry.end_line);
                (named || stands).then_some(first + at)
            };
            if let Some(entry) = entries.iter().enumerate().filter_map(inner).next_back() {
                return Some(self.entry(entry, 1.0, index));
            }
            self.file(file, index);
            return Some((TakenAs::Path, path.to_owned()));
        }
        let dir = path.trim_end_matches('/');
        if !dir.is_empty()
            && index
                .files()
                .iter()
                .any(|file| file.path.strip_prefix(dir).is_some_and(|it| it.starts_with('/')))
        {
            self.near.push((format!("{dir}/"), 1.0));
            self.sentence(dir.rsplit('/').next().unwrap_or(dir), 0.5);
            self.by_place = true;
            return Some((TakenAs::Path, format!("{dir}/")));
        }
        if path.contains('/') && Language::of_path(path).is_some() {
            let stem =
                path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(stem, _)| stem);
            self.sentence(stem, 0.8);
            self.near.push((path.to_owned(), 1.0));
            self.by_place = true;
            return Some((TakenAs::NewPath, path.to_owned()));
        }
        None
    }

    /// Everything in a file: who calls it, and what is like it.
    fn file(&mut self, file: &File, index: &Index) {
        let (first, entries) = index.entries_of(file);
        self.near.push((file.path.to_string(), 1.0));
        // Beside other things it says where, not what.
        if !self.alone {
            self.into.extend(index.entries_of(file).1.first().map(|entry| entry.file));
            return;
        }
        self.by_place = true;
        let stem = file.path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
        self.sentence(stem, 0.6);
        let named: Vec<&Entry> = entries
            .iter()
            .filter(|entry| matches!(entry.sort, Sort::Code | Sort::Type))
            .take(MAX_FUNCTIONS)
            .collect();
        for entry in &named {
            add(&mut self.names, entry.name, 0.6);
            for id in index.list(entry, List::Like) {
                add(&mut self.like, *id, 0.3);
            }
            for id in index.list(entry, List::Routes) {
                add(&mut self.routes, *id, 0.5);
            }
        }
        // The code is what is asked for; tests that stand beside it are answers.
        let own =
            entries.iter().enumerate().filter(|(_, entry)| matches!(entry.sort, Sort::Code | Sort::Type));
        self.itself.extend(own.map(|(at, _)| first + at));
    }

    /// A name that something has, or that is called.
    fn symbol(&mut self, text: &str, weight: f32, index: &Index) -> Option<(TakenAs, String)> {
        let bare = text.trim_end_matches("()").trim_end_matches('!');
        let name = bare.rsplit("::").next()?.rsplit(['.', '#']).next()?;
        let is_name =
            !name.is_empty() && name.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '$'));
        let id = if is_name { id_of(index, name) } else { None };
        let Some(id) = id else { return self.titled(text, weight, index) };
        let defined: Vec<usize> = index
            .entries()
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.name == id && is_named(index, entry, bare))
            .map(|(at, _)| at)
            .collect();
        match defined[..] {
            [] => {
                let is_used = index.entries().iter().any(|entry| {
                    index.list(entry, List::Calls).contains(&id)
                        || index.list(entry, List::Names).contains(&id)
                });
                if !is_used {
                    return None;
                }
                add(&mut self.names, id, weight);
                self.sentence(name, 0.4 * weight);
                Some((TakenAs::Symbol, name.to_owned()))
            }
            [one] => Some(self.entry(one, weight, index)),
            // Many things have this name.
            _ => {
                add(&mut self.names, id, weight);
                self.sentence(name, 0.5 * weight);
                self.itself.extend(defined.iter().take(MAX_DEFINITIONS));
                Some((TakenAs::Symbol, name.to_owned()))
            }
        }
    }

    /// A test by its title.
    fn titled(&mut self, text: &str, weight: f32, index: &Index) -> Option<(TakenAs, String)> {
        let at = index.entries().iter().position(|entry| {
            entry.sort == Sort::Test && [entry.qualified, entry.name].iter().any(|id| index.text(*id) == text)
        })?;
        Some(self.entry(at, weight, index))
    }

    /// One entry: who calls it, and what is like it.
    fn entry(&mut self, at: usize, weight: f32, index: &Index) -> (TakenAs, String) {
        let entry = &index.entries()[at];
        self.itself.insert(at);
        self.sentence(index.text(entry.name), 0.5 * weight);
        self.near.push((index.file_of(entry).path.to_string(), 0.8 * weight));
        let is_test = entry.sort == Sort::Test;
        if !is_test {
            add(&mut self.names, entry.name, weight);
        }
        let share = if is_test { 0.6 } else { 0.2 };
        for id in index.list(entry, List::Calls) {
            add(&mut self.names, *id, share * weight);
        }
        for (list, into) in
            [(List::Given, &mut self.given), (List::Like, &mut self.like), (List::Routes, &mut self.routes)]
        {
            for id in index.list(entry, list) {
                add(into, *id, 0.6 * weight);
            }
        }
        let taken_as = if is_test { TakenAs::Test } else { TakenAs::Symbol };
        (taken_as, index.text(entry.qualified).to_owned())
    }
}

/// Whether an entry is what `name`, with as many of its containers as were written, says.
fn is_named(index: &Index, entry: &Entry, name: &str) -> bool {
    let plain = |text: &str| text.replace("::", ".").replace('#', ".");
    let (full, name) = (plain(index.text(entry.qualified)), plain(name));
    full == name
        || full.strip_suffix(&name).is_some_and(|before| before.ends_with('.'))
        || index.text(entry.name) == name
}

fn id_of(index: &Index, text: &str) -> Option<TextId> {
    index.texts().iter().position(|known| **known == *text).map(|at| at as TextId)
}

fn add(features: &mut BTreeMap<TextId, f32>, id: TextId, weight: f32) {
    let known = features.entry(id).or_insert(0.0);
    *known = known.max(weight);
}

/// `uploadFile`, but not `Upload`.
fn has_hump(word: &str) -> bool {
    word.as_bytes().windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}
