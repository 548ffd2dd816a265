//! Fingerprints of units: one that renamings that are already known do not change, one that no renaming changes,
//! and small samples of both by which likeness is estimated.

use super::infer::Mapping;
use super::shape::{Class, Shape, Sym, Token};

/// Features kept of a unit.
const SAMPLE: usize = 96;

/// Fingerprints of every unit and list of one side.
pub(super) struct Prints {
    pub(super) units: Vec<Print>,
    pub(super) lists: Vec<Print>,
}

/// One unit or list.
#[derive(Default)]
pub(super) struct Print {
    /// Of the text as the implementation should have it.
    pub(super) exact: u64,
    /// With names and literals left blank.
    pub(super) blind: u64,
    names: Vec<u32>,
    forms: Vec<u32>,
}

impl Print {
    /// How alike two are, from 0 to 1.
    pub(super) fn likeness(&self, other: &Print) -> f32 {
        if self.exact == other.exact {
            return 1.0;
        }
        let form = dice(&self.forms, &other.forms);
        if self.names.is_empty() && other.names.is_empty() {
            return form;
        }
        0.6 * dice(&self.names, &other.names) + 0.4 * form
    }
}

/// Fingerprints under a mapping; the implementation has an empty one.
pub(super) fn of(shape: &Shape, mapping: &Mapping) -> Prints {
    let mut prints = Prints { units: Vec::with_capacity(shape.units.len()), lists: Vec::new() };
    let mut lists: Vec<Option<Print>> = shape.lists.iter().map(|_| None).collect();
    for unit in &shape.units {
        let mut print = Print { exact: hash(1, u64::from(unit.kind)), blind: hash(2, 0), ..Print::default() };
        for token in &unit.tokens {
            if token.class == Class::Nested {
                let list = lists[token.list as usize]
                    .get_or_insert_with(|| of_list(shape, token.list, &prints.units));
                print.add(list);
                continue;
            }
            let text = image(shape, token, mapping);
            let form = match token.class {
                Class::Word | Class::Builtin => hash(3, u64::from(token.text)),
                class => hash(4, class as u64),
            };
            print.exact = hash(print.exact, u64::from(text));
            print.blind = hash(print.blind, form);
            print.forms.push(form as u32);
            if matches!(token.class, Class::Name | Class::Text | Class::Number | Class::Builtin) {
                print.names.push(hash(5, u64::from(text)) as u32);
            }
        }
        print.settle();
        prints.units.push(print);
    }
    for (at, list) in lists.into_iter().enumerate() {
        prints.lists.push(list.unwrap_or_else(|| of_list(shape, at as u32, &prints.units)));
    }
    prints
}

/// What the implementation should have for a token.
pub(super) fn image(shape: &Shape, token: &Token, mapping: &Mapping) -> Sym {
    if mapping.by_key.is_empty() || matches!(token.class, Class::Word | Class::Nested) {
        return token.text;
    }
    mapping.image((shape.binder(token), token.text))
}

fn of_list(shape: &Shape, list: u32, units: &[Print]) -> Print {
    let mut print = Print { exact: hash(6, 0), blind: hash(7, 0), ..Print::default() };
    for &unit in &shape.list(list).units {
        if let Some(unit) = units.get(unit as usize) {
            print.add(unit);
        }
    }
    print.settle();
    print
}

impl Print {
    fn add(&mut self, inner: &Print) {
        self.exact = hash(self.exact, inner.exact);
        self.blind = hash(self.blind, inner.blind);
        self.names.extend(&inner.names);
        self.forms.extend(&inner.forms);
    }

    /// Keeps the smallest features: the same ones on both sides.
    fn settle(&mut self) {
        for features in [&mut self.names, &mut self.forms] {
            features.sort_unstable();
            features.truncate(SAMPLE);
        }
    }
}

fn dice(a: &[u32], b: &[u32]) -> f32 {
    let all = a.len() + b.len();
    if all == 0 {
        return 1.0;
    }
    let (mut i, mut j, mut common) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                common += 1;
                i += 1;
                j += 1;
            }
        }
    }
    // Of two long samples only the part below the smaller end can be compared.
    let all = if a.len() == SAMPLE && b.len() == SAMPLE { i + j } else { all };
    2.0 * common as f32 / all.max(1) as f32
}

/// Mixes a value into a hash (splitmix64).
pub(super) fn hash(seed: u64, value: u64) -> u64 {
    let mut mixed = (seed.rotate_left(5) ^ value).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
