//! Which of the near tests is the example for one that is to be written.
//!
//! What a new test has in common with one that exists shows before it is written in its name, above all in how that begins:
//! those of one subject are called alike, and words that one name has and the other lacks count against it. Tests of one
//! file are one another's examples, so a file counts by its nearest ones. Of a family, the member that does most of what the
//! others do is the model.

use std::collections::{HashMap, HashSet};

use guard_syntax::outline::{stem, words_of};

use super::query::Query;
use crate::index::{Entry, Index, List, TextId};

/// What the rest weighs beside features, as shares of the best score by them.
const ALIKE: f32 = 2.0;
const BEGINS: f32 = 1.6;
const SAME_FILE: f32 = 2.0;

/// What the nearest tests of a file, as many as [`TELLING`], tell of all in it.
const FILE: f32 = 1.0;
const TELLING: usize = 5;

/// The nearest tests, of which the typical ones come first, and what being typical weighs, as a share of the best score.
const FAMILY: usize = 48;
const TYPICAL: f32 = 0.2;

/// Weighs tests that were scored by features, best first, against one another.
pub(super) fn order(index: &Index, query: &Query, tests: &mut [(usize, f32)], every: &[usize]) {
    let Some(&(_, best)) = tests.first() else { return };
    if let Some(title) = &query.title {
        let names = Names::new(index, title, every);
        for (at, score) in tests.iter_mut() {
            *score += best * names.likeness(index, &index.entries()[*at]);
        }
        sort(tests);
        by_file(index, tests);
    }
    for (at, score) in tests.iter_mut() {
        if query.into.contains(&index.entries()[*at].file) {
            *score += best * SAME_FILE;
        }
    }
    sort(tests);
    typical_first(index, tests);
}

fn sort(tests: &mut [(usize, f32)]) {
    tests.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
}

/// The name that a test is to have, beside those which there are.
struct Names {
    title: Vec<String>,
    /// How rare a word is in names of tests.
    rarity: HashMap<String, f32>,
    unknown: f32,
}

impl Names {
    fn new(index: &Index, title: &str, tests: &[usize]) -> Names {
        let mut counts: HashMap<String, u32> = HashMap::new();
        for at in tests {
            let mut words = stems(index.text(index.entries()[*at].qualified));
            words.sort_unstable();
            words.dedup();
            for word in words {
                *counts.entry(word).or_insert(0) += 1;
            }
        }
        let total = tests.len() as f32 + 1.0;
        let rarity = |count: f32| (total / (count + 0.5)).ln().max(0.1);
        let known = counts.into_iter().map(|(word, count)| (word, rarity(count as f32))).collect();
        Names { title: stems(title), rarity: known, unknown: rarity(0.0) }
    }

    fn weight<'w>(&self, words: impl IntoIterator<Item = &'w String>) -> f32 {
        words.into_iter().map(|word| self.rarity.get(word).copied().unwrap_or(self.unknown)).sum()
    }

    /// The share of words that both have, and of those in front.
    fn likeness(&self, index: &Index, test: &Entry) -> f32 {
        let own = stems(index.text(test.name));
        let same = self.title.iter().zip(&own).take_while(|(a, b)| a == b).count();
        let begins =
            self.weight(&self.title[..same]) / (self.weight(&self.title) + self.weight(&own)).max(0.1);
        let (one, other): (HashSet<String>, HashSet<String>) =
            (self.title.iter().cloned().collect(), stems(index.text(test.qualified)).into_iter().collect());
        let alike =
            self.weight(one.intersection(&other)) / (self.weight(&one) + self.weight(&other)).max(0.1);
        2.0 * (ALIKE * alike + BEGINS * begins)
    }
}

/// The words of a test's name as stems, without the one that says that it is a test.
fn stems(name: &str) -> Vec<String> {
    let mut stems = Vec::new();
    words_of(name, |word| {
        let stem = stem(word);
        if stem != "test" {
            stems.push(stem.to_owned());
        }
    });
    stems
}

/// Raises the tests of a file by its nearest ones.
fn by_file(index: &Index, tests: &mut [(usize, f32)]) {
    let mut files: HashMap<u32, (usize, f32)> = HashMap::new();
    for (at, score) in tests.iter() {
        let (count, sum) = files.entry(index.entries()[*at].file).or_default();
        if *count < TELLING {
            *count += 1;
            *sum += score / TELLING as f32;
        }
    }
    for (at, score) in tests.iter_mut() {
        *score += FILE * files.get(&index.entries()[*at].file).map_or(0.0, |it| it.1);
    }
}

/// Raises tests that do what the nearest ones do.
fn typical_first(index: &Index, tests: &mut [(usize, f32)]) {
    let many = tests.len().min(FAMILY);
    let Some(&(_, best)) = tests.first() else { return };
    let doing: Vec<HashSet<TextId>> = tests[..many]
        .iter()
        .map(|(at, _)| {
            let entry = &index.entries()[*at];
            [List::Calls, List::Given, List::Names]
                .iter()
                .flat_map(|l| index.list(entry, *l))
                .copied()
                .collect()
        })
        .collect();
    let alike = |one: &HashSet<TextId>, other: &HashSet<TextId>| {
        let both = one.intersection(other).count() as f32;
        both / (one.len() + other.len()).max(1) as f32 * 2.0
    };
    let weights: Vec<f32> = tests[..many].iter().map(|(_, score)| score / best).collect();
    for one in 0..many {
        let others = || (0..many).filter(|other| *other != one);
        let sum: f32 = others().map(|other| weights[other] * alike(&doing[one], &doing[other])).sum();
        let whole: f32 = others().map(|other| weights[other]).sum();
        tests[one].1 += TYPICAL * best * sum / whole.max(1.0);
    }
    sort(&mut tests[..many]);
}
