//! Weighs what entries share with a query.

use std::collections::{BTreeMap, HashMap, HashSet};

use guard_model::examples::{Example, Reason, ReasonKind};
use guard_syntax::outline::{stem, words_of};
use rayon::prelude::*;

use super::place::nearness;
use super::query::{MAX_WORDS, Query};
use super::{Wanted, precedent};
use crate::index::{Entry, Index, List, Sort, TextId};

/// What a word weighs, by where it stands.
const IN_NAME: f32 = 1.0;
const IN_CONTAINER: f32 = 0.7;
const IN_CALL: f32 = 0.6;
const IN_PATH: f32 = 0.45;
const IN_BODY: f32 = 0.35;

/// What other features weigh beside a word in a name.
const CALL: f32 = 1.6;
const MENTION: f32 = 0.8;
const GIVEN: f32 = 1.0;
const LIKE: f32 = 1.2;
const ROUTE: f32 = 2.0;
const PLACE: f32 = 5.0;
const USED: f32 = 2.5;

/// A share of the best score below which nothing is told.
const WORTH: f32 = 0.2;

/// Reasons told of one example.
const REASONS: usize = 3;

/// Tests of which the helpers and implementations that they use count as near.
const TELLING_TESTS: usize = 8;

pub(super) struct Found {
    pub(super) tests: Vec<Example>,
    pub(super) helpers: Vec<Example>,
    pub(super) implementations: Vec<Example>,
}

pub(super) fn rank(index: &Index, query: &Query, wanted: Wanted) -> Found {
    let scorer = Scorer::new(index, query);
    let entries = index.entries();
    let mut scored: Vec<(usize, f32)> = (0..entries.len())
        .into_par_iter()
        .filter_map(|at| {
            let score = scorer.score(&entries[at], at);
            (score > 0.0).then_some((at, score))
        })
        .collect();
    let by_score = |a: &(usize, f32), b: &(usize, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    scored.sort_unstable_by(by_score);
    let of = |sorts: &[Sort]| -> Vec<(usize, f32)> {
        scored.iter().filter(|(at, _)| sorts.contains(&entries[*at].sort)).copied().collect()
    };
    let mut tests = of(&[Sort::Test]);
    let every: Vec<usize> = (0..entries.len()).filter(|at| entries[*at].sort == Sort::Test).collect();
    precedent::order(index, query, &mut tests, &every);
    let used = used_by(index, &tests);
    let with_use = |mut list: Vec<(usize, f32)>| {
        for (at, score) in &mut list {
            if let Some(count) = used.get(&entries[*at].name) {
                *score += USED * (1.0 + *count as f32).ln();
            }
        }
        list.sort_unstable_by(by_score);
        list
    };
    let (helpers, implementations) = (with_use(of(&[Sort::Helper])), with_use(of(&[Sort::Code, Sort::Type])));
    let told = |list: &[(usize, f32)]| {
        let best = list.first().map_or(0.0, |it| it.1);
        let near = list.iter().take_while(|(_, score)| *score >= best * WORTH).take(wanted.limit);
        near.map(|&(at, score)| scorer.example(at, score, used.get(&entries[at].name).copied())).collect()
    };
    Found { tests: told(&tests), helpers: told(&helpers), implementations: told(&implementations) }
}

/// How many of the nearest tests call a name.
fn used_by(index: &Index, tests: &[(usize, f32)]) -> HashMap<TextId, usize> {
    let mut used = HashMap::new();
    for (at, _) in tests.iter().take(TELLING_TESTS) {
        for id in index.list(&index.entries()[*at], List::Calls) {
            *used.entry(*id).or_insert(0) += 1;
        }
    }
    used
}

struct Scorer<'a> {
    index: &'a Index,
    query: &'a Query,
    /// Words of the query by their bits, with what each weighs.
    words: Vec<(&'a str, f32)>,
    /// Which words a text holds as a name, and which it is as a stem.
    in_names: Vec<u64>,
    in_paths: Vec<u64>,
    names: BTreeMap<TextId, f32>,
    given: BTreeMap<TextId, f32>,
    like: BTreeMap<TextId, f32>,
    routes: BTreeMap<TextId, f32>,
    near: Vec<f32>,
    /// Helpers that call what is asked for.
    through: HashSet<TextId>,
}

impl<'a> Scorer<'a> {
    fn new(index: &'a Index, query: &'a Query) -> Scorer<'a> {
        let words: Vec<(&str, f32)> =
            query.words.iter().take(MAX_WORDS).map(|(word, weight)| (word.as_str(), *weight)).collect();
        let bits: HashMap<&str, u64> =
            words.iter().enumerate().map(|(at, (word, _))| (*word, 1 << at)).collect();
        let mask = |text: &str| {
            let mut mask = 0;
            if !bits.is_empty() {
                words_of(text, |word| mask |= bits.get(stem(word)).copied().unwrap_or_default());
                mask |= bits.get(text).copied().unwrap_or_default();
            }
            mask
        };
        let in_names: Vec<u64> = index.texts().par_iter().map(|text| mask(text)).collect();
        let in_paths: Vec<u64> = index.files().par_iter().map(|file| mask(&file.path)).collect();
        let near = index.files().par_iter().map(|file| place(&file.path, &query.near)).collect();
        let mut scorer = Scorer {
            index,
            query,
            words,
            in_names,
            in_paths,
            names: BTreeMap::new(),
            given: BTreeMap::new(),
            like: BTreeMap::new(),
            routes: BTreeMap::new(),
            near,
            through: HashSet::new(),
        };
        scorer.weigh();
        scorer
    }

    /// What is rare tells more.
    fn weigh(&mut self) {
        let entries = self.index.entries();
        let total = entries.len() as f32;
        let rarity = |count: u32| ((total + 1.0) / (count as f32 + 0.5)).ln().max(0.1);
        let mut counts = vec![0_u32; self.words.len()];
        let mut lists = [(); 4].map(|()| HashMap::<TextId, u32>::new());
        let wanted = [&self.query.names, &self.query.given, &self.query.like, &self.query.routes];
        for entry in entries {
            let mut mask = self.mask(entry).iter().fold(0, |all, (mask, _)| all | mask);
            while mask != 0 {
                counts[mask.trailing_zeros() as usize] += 1;
                mask &= mask - 1;
            }
            let parts: [&[List]; 4] =
                [&[List::Calls, List::Names], &[List::Given], &[List::Like], &[List::Routes]];
            for ((counts, wanted), parts) in lists.iter_mut().zip(wanted).zip(parts) {
                if wanted.is_empty() {
                    continue;
                }
                for id in parts.iter().flat_map(|part| self.index.list(entry, *part)) {
                    if wanted.contains_key(id) {
                        *counts.entry(*id).or_insert(0) += 1;
                    }
                }
            }
        }
        for ((_, weight), count) in self.words.iter_mut().zip(counts) {
            *weight *= rarity(count);
        }
        let weighed = |wanted: &BTreeMap<TextId, f32>, counts: &HashMap<TextId, u32>| {
            wanted
                .iter()
                .map(|(id, weight)| (*id, weight * rarity(counts.get(id).copied().unwrap_or(0))))
                .collect()
        };
        let [names, given, like, routes] = &lists;
        self.names = weighed(&self.query.names, names);
        self.given = weighed(&self.query.given, given);
        self.like = weighed(&self.query.like, like);
        self.routes = weighed(&self.query.routes, routes);
        let asked: HashSet<TextId> =
            self.query.names.iter().filter(|(_, weight)| **weight >= 0.6).map(|(id, _)| *id).collect();
        let calls_it = |entry: &&Entry| {
            entry.sort == Sort::Helper
                && self.index.list(entry, List::Calls).iter().any(|id| asked.contains(id))
        };
        self.through = entries
            .iter()
            .filter(calls_it)
            .map(|entry| entry.name)
            .filter(|id| !asked.contains(id))
            .collect();
    }

    /// The words of the query in an entry, by where they stand; the heaviest place first.
    fn mask(&self, entry: &Entry) -> [(u64, f32); 5] {
        let all = |list: List| {
            self.index.list(entry, list).iter().fold(0, |mask, id| mask | self.in_names[*id as usize])
        };
        [
            (self.in_names[entry.name as usize], IN_NAME),
            (self.in_names[entry.qualified as usize], IN_CONTAINER),
            (all(List::Calls), IN_CALL),
            (self.in_paths[entry.file as usize], IN_PATH),
            (all(List::Names) | all(List::Words), IN_BODY),
        ]
    }

    fn score(&self, entry: &Entry, at: usize) -> f32 {
        let mut score = 0.0;
        let mut seen = 0;
        for (mask, place) in self.mask(entry) {
            let mut new = mask & !seen;
            seen |= mask;
            while new != 0 {
                score += self.words[new.trailing_zeros() as usize].1 * place;
                new &= new - 1;
            }
        }
        let sum = |list: List, weights: &BTreeMap<TextId, f32>| -> f32 {
            if weights.is_empty() {
                return 0.0;
            }
            self.index.list(entry, list).iter().filter_map(|id| weights.get(id)).sum()
        };
        score += CALL * sum(List::Calls, &self.names) + MENTION * sum(List::Names, &self.names);
        score += GIVEN * sum(List::Given, &self.given);
        score += LIKE * sum(List::Like, &self.like);
        score += ROUTE * sum(List::Routes, &self.routes);
        if !self.through.is_empty()
            && self.index.list(entry, List::Calls).iter().any(|id| self.through.contains(id))
        {
            score += CALL;
        }
        if self.query.itself.contains(&at) {
            // A test that was asked for is not its own example.
            return if entry.sort == Sort::Test { 0.0 } else { score + 100.0 };
        }
        if score > 0.0 || self.query.by_place {
            score += PLACE * self.near[entry.file as usize];
        }
        score
    }

    fn example(&self, at: usize, score: f32, used: Option<usize>) -> Example {
        let entry = &self.index.entries()[at];
        Example {
            name: self.index.text(entry.qualified).to_owned(),
            path: self.index.file_of(entry).path.to_string(),
            line: entry.line,
            end_line: entry.end_line,
            score: (score * 100.0).round() / 100.0,
            reasons: self.reasons(entry, at, used),
        }
    }

    fn reasons(&self, entry: &Entry, at: usize, used: Option<usize>) -> Vec<Reason> {
        let mut all: Vec<(f32, ReasonKind, String)> = Vec::new();
        if self.query.itself.contains(&at) {
            return vec![Reason { kind: ReasonKind::Itself, message: "is what was asked for".to_owned() }];
        }
        let mut named =
            |list: List, weights: &BTreeMap<TextId, f32>, factor: f32, kind: ReasonKind, words: &str| {
                let mut shared: Vec<(f32, &str)> = self
                    .index
                    .list(entry, list)
                    .iter()
                    .filter_map(|id| Some((*weights.get(id)?, self.index.text(*id))))
                    .collect();
                shared.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
                let weight: f32 = shared.iter().map(|it| it.0).sum();
                let shown: Vec<String> = shared.iter().take(3).map(|(_, name)| format!("`{name}`")).collect();
                if !shown.is_empty() {
                    all.push((weight * factor, kind, format!("{words} {}", shown.join(", "))));
                }
            };
        named(List::Calls, &self.names, CALL, ReasonKind::Callee, "calls");
        named(List::Names, &self.names, MENTION, ReasonKind::Mention, "names");
        named(List::Given, &self.given, GIVEN, ReasonKind::Fixture, "same fixture");
        named(List::Like, &self.like, LIKE, ReasonKind::Trait, "same trait or base");
        named(List::Routes, &self.routes, ROUTE, ReasonKind::Route, "same route");
        let through = self.index.list(entry, List::Calls).iter().find(|id| self.through.contains(id));
        if let Some(helper) = through.filter(|_| entry.sort == Sort::Test) {
            all.push((CALL, ReasonKind::Callee, format!("goes through `{}`", self.index.text(*helper))));
        }
        let mut words: Vec<(f32, &str)> = Vec::new();
        let mut seen = 0;
        for (mask, place) in self.mask(entry) {
            let mut new = mask & !seen;
            seen |= mask;
            while new != 0 {
                let (word, weight) = self.words[new.trailing_zeros() as usize];
                words.push((weight * place, word));
                new &= new - 1;
            }
        }
        words.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        if !words.is_empty() {
            let weight = words.iter().map(|it| it.0).sum();
            let shown: Vec<String> =
                words.iter().take(4).map(|(_, stem)| self.whole_word(entry, stem)).collect();
            let same = if shown.len() == 1 { "same word" } else { "same words" };
            all.push((weight, ReasonKind::Words, format!("{same}: {}", shown.join(", "))));
        }
        let near = self.near[entry.file as usize];
        if near > 0.0 {
            let path = &*self.index.file_of(entry).path;
            let words = if self.query.near.iter().any(|(other, _)| other == path) {
                "same file"
            } else if near > 0.45 {
                "the file of that name"
            } else {
                "near it in the tree"
            };
            // Where it stands says less to a reader than what it does.
            all.push((near, ReasonKind::Place, words.to_owned()));
        }
        if let Some(count) = used.filter(|_| entry.sort != Sort::Test) {
            let tests = if count == 1 {
                "one of the nearest tests".to_owned()
            } else {
                format!("{count} of the nearest tests")
            };
            all.push((USED * (1.0 + count as f32).ln(), ReasonKind::UsedBy, format!("used by {tests}")));
        }
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        all.into_iter().take(REASONS).map(|(_, kind, message)| Reason { kind, message }).collect()
    }

    /// A word as the entry has it, for people: stems are no words.
    fn whole_word(&self, entry: &Entry, wanted: &str) -> String {
        let file = self.index.file_of(entry);
        let own = [self.index.text(entry.name), self.index.text(entry.qualified)];
        let lists = [List::Calls, List::Names];
        let more = lists.iter().flat_map(|list| self.index.list(entry, *list)).map(|id| self.index.text(*id));
        let mut found = None;
        for text in own.into_iter().chain(more).chain([&*file.path]) {
            words_of(text, |word| {
                if found.is_none() && stem(word) == wanted {
                    found = Some(word.to_owned());
                }
            });
            if found.is_some() {
                break;
            }
        }
        found.or_else(|| self.query.spelled.get(wanted).cloned()).unwrap_or_else(|| wanted.to_owned())
    }
}

/// How near a file is to any of the places.
fn place(path: &str, near: &[(String, f32)]) -> f32 {
    let one = |(other, weight): &(String, f32)| {
        let near = match other.strip_suffix('/') {
            Some(_) if path.starts_with(other.as_str()) => 1.0,
            Some(_) => 0.0,
            None => nearness(path, other),
        };
        near * weight
    };
    near.iter().map(one).fold(0.0, f32::max)
}
