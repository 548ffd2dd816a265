//! The words of the claim, as far as they say where an edit was meant to be made.

use std::collections::BTreeSet;

use guard_model::{EditPattern, Site};

use super::covered::{ALL, SOME};
use crate::said::Said;
use crate::text::{stem, words};

/// Longer reports speak of many things; only what they say of the edit itself counts then.
const MANY: usize = 60;

/// Stems of the claim's words.
#[derive(Debug, Default)]
pub(super) struct Claimed {
    stems: BTreeSet<String>,
    /// Those that the edit itself does not have.
    beside: BTreeSet<String>,
    /// A sentence says "all" or the like.
    pub(super) all: bool,
    /// A sentence leaves something out on purpose.
    pub(super) some: bool,
}

impl Claimed {
    pub(super) fn of(said: &Said<'_>, pattern: &EditPattern) -> Claimed {
        let mut claim: BTreeSet<String> = said.all().flat_map(|s| stems(s.text)).collect();
        if claim.len() > MANY {
            let names = || pattern.old_names.iter().chain(&pattern.new_names);
            let about = said.all().filter(|s| names().any(|n| s.names(n)));
            claim = about.flat_map(|s| stems(s.text)).collect();
        }
        let edit = stems(&format!("{} {}", pattern.before, pattern.after));
        Claimed {
            beside: claim.difference(&edit).cloned().collect(),
            stems: claim,
            all: said.spoken().any(|s| s.has_any(&ALL)),
            some: said.find(|s| s.has_any(&SOME)).is_some(),
        }
    }

    /// Words that nine in ten of the edited files have in their paths.
    pub(super) fn scope(&self, edited: &[&str]) -> Vec<String> {
        let paths: Vec<BTreeSet<String>> = edited.iter().map(|p| path_words(p)).collect();
        let common =
            |word: &&String| paths.iter().filter(|p| p.contains(*word)).count() * 10 >= paths.len() * 9;
        self.stems.iter().filter(common).cloned().collect()
    }

    /// How many of them a path has not.
    pub(super) fn missed(&self, scope: &[String], path: &str) -> usize {
        if scope.is_empty() {
            return 0;
        }
        let own = path_words(path);
        scope.iter().filter(|w| !own.contains(*w)).count()
    }

    /// How many words stand around a place that the claim has as well; the edit's own words do not count.
    pub(super) fn shared(&self, site: &Site) -> usize {
        if self.beside.is_empty() {
            return 0;
        }
        let around = site.before.iter().chain(&site.behind).chain(&site.values).chain(&site.owner);
        let around: BTreeSet<String> = around.chain(&site.item).flat_map(|text| stems(text)).collect();
        around.intersection(&self.beside).count()
    }
}

fn stems(text: &str) -> BTreeSet<String> {
    words(text).iter().filter(|w| w.len() > 1).map(|w| stem(w).to_owned()).collect()
}

fn path_words(path: &str) -> BTreeSet<String> {
    let words = path.split(|c: char| !c.is_alphabetic()).filter(|w| w.len() > 2);
    words.map(|w| stem(&w.to_lowercase()).to_owned()).collect()
}
