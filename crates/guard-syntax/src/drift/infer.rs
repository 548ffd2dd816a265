//! Which name of the reference became which of the implementation, from what the alignment puts side by side.

use std::collections::{HashMap, HashSet};

use super::names::{self, Stem, Stems};
use super::shape::{Class, Sym, Symbols, UNBOUND};

/// Names that must agree on a stem which nothing else tells.
const AGREE: usize = 2;
/// Names that must have lost a word before one that kept it is odd.
const THROUGHOUT: usize = 3;
/// Letters of such a stem.
const MIN_STEM: usize = 3;

/// A name: the scope that binds it, and its text.
pub(super) type Key = (u32, Sym);

/// What the alignment says of one name.
#[derive(Default)]
pub(super) struct Votes {
    by_key: HashMap<Key, Vec<Vote>>,
    classes: HashMap<Key, Class>,
}

#[derive(Clone, Copy)]
struct Vote {
    to: Key,
    count: u32,
    weight: u32,
}

impl Votes {
    pub(super) fn add(&mut self, from: Key, to: Key, class: Class, weight: u32) {
        let votes = self.by_key.entry(from).or_default();
        match votes.iter_mut().find(|vote| vote.to == to) {
            Some(vote) => {
                vote.count += 1;
                vote.weight += weight;
            }
            None => votes.push(Vote { to, count: 1, weight }),
        }
        self.classes.insert(from, class);
    }
}

/// Why a name stands for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// It is the same.
    Same,
    /// Declared, or made of the same words by the stems.
    Explained,
    /// Bound inside on both sides, and renamed throughout.
    Bound,
    /// Throughout, in more than one place.
    Repeated,
    /// In the only place there is.
    Single,
    /// Something else has that name already.
    Taken,
}

/// What stands for a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decision {
    pub(super) to: Sym,
    pub(super) why: Why,
    /// Places that say so.
    pub(super) count: u32,
    pub(super) class: Class,
}

/// What stands for every name of the reference.
#[derive(Default)]
pub(super) struct Mapping {
    pub(super) by_key: HashMap<Key, Decision>,
}

impl Mapping {
    pub(super) fn get(&self, key: Key) -> Option<&Decision> {
        self.by_key.get(&key)
    }

    /// Whether two rounds came to the same.
    pub(super) fn same_as(&self, other: &Mapping) -> bool {
        self.by_key.len() == other.by_key.len()
            && self.by_key.iter().all(|(key, it)| {
                other.by_key.get(key).is_some_and(|before| before.to == it.to && before.why == it.why)
            })
    }

    /// The text that is expected in the implementation.
    pub(super) fn image(&self, key: Key) -> Sym {
        self.by_key.get(&key).filter(|it| it.why != Why::Taken).map_or(key.1, |it| it.to)
    }
}

/// Decides by majority, one to one.
pub(super) fn decide(votes: &Votes, stems: &mut Stems, symbols: &Symbols) -> Mapping {
    let mut firsts: Vec<(Key, Vote, Class)> = Vec::with_capacity(votes.by_key.len());
    for (&key, list) in &votes.by_key {
        let best = list.iter().copied().max_by_key(|vote| {
            let same = vote.to.1 == key.1;
            let explained = !same && stems.explain(key.1, vote.to.1, symbols);
            // What is the same somewhere was hardly renamed elsewhere, unless it is bound inside.
            let weight = if same && key.0 == UNBOUND { vote.weight * 2 } else { vote.weight };
            (weight, same, explained, std::cmp::Reverse(vote.to))
        });
        if let Some(best) = best {
            firsts.push((key, best, votes.classes[&key]));
        }
    }
    // Maps have no order, and answers must.
    firsts.sort_by_key(|(key, ..)| *key);
    learn(&firsts, stems, symbols);
    let claims = claims(&firsts, stems, symbols);
    let mut mapping = Mapping::default();
    for &(key, vote, class) in &firsts {
        let total: u32 = votes.by_key[&key].iter().map(|vote| vote.count).sum();
        let owner = claims.get(&(vote.to, class)).copied();
        let why = if vote.to.1 == key.1 {
            Why::Same
        } else if stems.explain(key.1, vote.to.1, symbols) {
            Why::Explained
        } else if owner.is_some_and(|owner| owner.1 != key.1) {
            Why::Taken
        } else if key.0 != UNBOUND && vote.to.0 != UNBOUND {
            Why::Bound
        } else if total > 1 {
            Why::Repeated
        } else {
            Why::Single
        };
        mapping.by_key.insert(key, Decision { to: vote.to.1, why, count: vote.count, class });
    }
    echo(&mut mapping, symbols);
    mapping
}

/// Stems on which several names agree.
fn learn(firsts: &[(Key, Vote, Class)], stems: &mut Stems, symbols: &Symbols) {
    let mut agreeing: HashMap<Stem, Vec<Sym>> = HashMap::new();
    for (key, vote, class) in firsts {
        if !matches!(class, Class::Name | Class::Text) || key.1 == vote.to.1 {
            continue;
        }
        for stem in names::stems_of(symbols.text(key.1), symbols.text(vote.to.1)) {
            // Of a sentence, only one word for another.
            let in_sentence = *class == Class::Text && symbols.text(key.1).contains(' ');
            if in_sentence && (stem.from.len(), stem.to.len()) != (1, 1) {
                continue;
            }
            if stem.from.len() <= 2 && stem.to.len() <= 3 && stem.from.concat().len() >= MIN_STEM {
                let names = agreeing.entry(stem).or_default();
                if !names.contains(&key.1) {
                    names.push(key.1);
                }
            }
        }
    }
    // `task → ember` is also told by `task → ember_one`.
    let support = |stem: &Stem| -> usize {
        let alike =
            agreeing.iter().filter(|(other, _)| other.from == stem.from && other.to.starts_with(&stem.to));
        alike.map(|(_, names)| names.len()).sum()
    };
    let mut agreed: Vec<(Stem, usize)> = agreeing
        .keys()
        .map(|stem| (stem.clone(), support(stem)))
        .filter(|(_, names)| *names >= AGREE)
        .collect();
    agreed.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| (&a.0.from, &a.0.to).cmp(&(&b.0.from, &b.0.to))));
    for (stem, _) in agreed {
        stems.add(stem);
    }
}

/// Who has each name of the implementation: what kept it, else what is explained, else what needs it most.
fn claims(firsts: &[(Key, Vote, Class)], stems: &mut Stems, symbols: &Symbols) -> HashMap<(Key, Class), Key> {
    type Weight = (bool, bool, u32);
    let mut claims: HashMap<(Key, Class), (Key, Weight)> = HashMap::new();
    for &(key, vote, class) in firsts {
        let same = vote.to.1 == key.1;
        let weight = (same, !same && stems.explain(key.1, vote.to.1, symbols), vote.weight);
        let entry = claims.entry((vote.to, class)).or_insert((key, weight));
        if weight > entry.1 {
            *entry = (key, weight);
        }
    }
    // Two unexplained names that changed places have taken each other's.
    let to: HashMap<Key, (Key, Class)> =
        firsts.iter().map(|(key, vote, class)| (*key, (vote.to, *class))).collect();
    for &(key, vote, class) in firsts {
        let other = (key.0, vote.to.1);
        let swapped = key.1 != vote.to.1 && to.get(&other).is_some_and(|(back, _)| back.1 == key.1);
        if swapped && class == Class::Name && !stems.explain(key.1, vote.to.1, symbols) {
            claims.insert((vote.to, class), (other, (true, true, u32::MAX)));
        }
    }
    claims.into_iter().map(|(image, (owner, _))| (image, owner)).collect()
}

/// A pair of texts that is settled in one scope is settled everywhere; texts and names that consist of such
/// pairs follow them.
fn echo(mapping: &mut Mapping, symbols: &Symbols) {
    let settled: HashMap<Sym, Sym> = mapping
        .by_key
        .iter()
        .filter(|(key, it)| it.to != key.1 && matches!(it.why, Why::Bound | Why::Explained | Why::Repeated))
        .map(|(key, it)| (key.1, it.to))
        .collect();
    let words: HashMap<&str, &str> =
        settled.iter().map(|(&a, &b)| (symbols.text(a), symbols.text(b))).collect();
    for (key, decision) in &mut mapping.by_key {
        if !matches!(decision.why, Why::Single | Why::Repeated) {
            continue;
        }
        let pair = settled.get(&key.1) == Some(&decision.to) && decision.why == Why::Single;
        if pair
            || (decision.class == Class::Text
                && reworded(symbols.text(key.1), symbols.text(decision.to), &words))
        {
            decision.why = Why::Explained;
        }
    }
}

/// Whether a text becomes the other when names in it are replaced: `"no {user}"`.
fn reworded(from: &str, to: &str, words: &HashMap<&str, &str>) -> bool {
    let mut text = String::with_capacity(to.len());
    let mut rest = from;
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    while let Some(start) = rest.find(is_word) {
        text.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|it| !is_word(it)).unwrap_or(rest.len());
        text.push_str(words.get(&rest[..end]).unwrap_or(&&rest[..end]));
        rest = &rest[end..];
    }
    text.push_str(rest);
    text == to
}

/// Texts that kept the only word which was replaced in all others: `"users.delete"` where users became invoices.
pub(super) fn left_behind(mapping: &Mapping, symbols: &Symbols) -> HashMap<Sym, String> {
    let mut replaced: HashMap<String, (String, HashSet<Sym>)> = HashMap::new();
    for (key, it) in &mapping.by_key {
        if it.to == key.1 || !matches!(it.why, Why::Explained | Why::Bound | Why::Repeated) {
            continue;
        }
        for stem in names::stems_of(symbols.text(key.1), symbols.text(it.to)) {
            if let ([from], [to]) = (&stem.from[..], &stem.to[..])
                && from.len() >= MIN_STEM
            {
                let entry = replaced.entry(from.clone()).or_insert_with(|| (to.clone(), HashSet::new()));
                entry.1.insert(key.1);
            }
        }
    }
    replaced.retain(|_, it| it.1.len() >= THROUGHOUT);
    let mut kept: HashMap<&str, HashSet<Sym>> = HashMap::new();
    let same = mapping.by_key.iter().filter(|(key, it)| it.to == key.1 && it.why == Why::Same);
    for (key, _) in same {
        for word in names::words(symbols.text(key.1)) {
            if let Some((from, _)) = replaced.get_key_value(&word) {
                kept.entry(from).or_default().insert(key.1);
            }
        }
    }
    let alone = kept.into_iter().filter(|(_, texts)| texts.len() == 1);
    let expected = alone.flat_map(|(word, texts)| texts.into_iter().map(move |text| (word, text)));
    expected.map(|(word, text)| (text, symbols.text(text).replace(word, &replaced[word].0))).collect()
}
