//! Does a place look like the changed ones?
//!
//! A context that no changed place has says something only when changed places seldom have contexts of
//! their own: the share of contexts seen once estimates how often the next one is new (Good and Turing).

use std::collections::BTreeMap;

use guard_model::Site;

use super::Among;

/// Estimated share of new contexts up to which a new one speaks against several places at once.
const SELDOM: f64 = 0.2;
/// And against a single place.
const RARE: f64 = 0.08;
/// How many make several.
const SEVERAL: usize = 3;

/// What of a place's surroundings is compared, in this order.
const VIEWS: [View; 10] = [
    View::Behind(1),
    View::Before(1),
    View::Behind(2),
    View::Before(2),
    View::Owner,
    View::Behind(3),
    View::Before(3),
    View::Behind(4),
    View::Before(4),
    View::Values,
];

#[derive(Debug, Clone, Copy)]
pub(super) enum View {
    Before(usize),
    Behind(usize),
    Owner,
    Values,
}

impl View {
    pub(super) fn of(self, site: &Site) -> String {
        let classes = |words: &[String]| words.iter().map(|w| class(w)).collect::<Vec<_>>().join(" ");
        match self {
            View::Before(n) => classes(&site.before[site.before.len().saturating_sub(n)..]),
            View::Behind(n) => classes(&site.behind[..n.min(site.behind.len())]),
            View::Owner => site.owner.clone().unwrap_or_default(),
            View::Values => site.values.join(" "),
        }
    }
}

pub(super) fn clear(among: &mut Among<'_>) {
    for view in VIEWS {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for site in &among.done {
            *seen.entry(view.of(site)).or_default() += 1;
        }
        let once = seen.values().filter(|&&n| n == 1).count();
        let new = (once + 1) as f64 / (among.done.len() + 1) as f64;
        let strange = among.left.iter().filter(|s| !seen.contains_key(&view.of(s))).count();
        if new <= RARE || new <= SELDOM && strange >= SEVERAL {
            among.keep("no changed place stands in such surroundings", |s| seen.contains_key(&view.of(s)));
        }
    }
}

/// Literals count by kind: which string stands there is chance. A regular expression keeps its flags.
fn class(word: &str) -> &str {
    let first = word.chars().next().unwrap_or(' ');
    match first {
        '/' if word.len() > 2 => word.rfind('/').map_or("regex", |at| &word[at..]),
        '"' | '\'' | '`' => "text",
        _ if word.ends_with('"') => "text",
        _ if first.is_ascii_digit() && word.len() > 1 => "number",
        _ => word,
    }
}
