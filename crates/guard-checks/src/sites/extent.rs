//! How far an edit goes by the words: to how many places, to which files, and to which not.

use std::collections::BTreeSet;

use guard_model::{EditPattern, Language, Site};

use super::covered::ALL;
use crate::said::{Said, Sentence, contains_word, telling_stems};
use crate::text::{number, words};

/// What stands before a place that is left out.
const EXCEPT: [&str; 8] = ["except", "excepting", "excluding", "but", "besides", "apart", "aside", "outside"];
/// What is said of a place that is left as it is, in the same clause.
const STAYS: [&str; 18] = [
    "keep",
    "keeps",
    "kept",
    "keeping",
    "stay",
    "stays",
    "leave",
    "leaves",
    "left",
    "leaving",
    "remain",
    "remains",
    "follow",
    "follows",
    "unchanged",
    "untouched",
    "later",
    "still",
];
/// What is counted when places of an edit are.
const COUNTED: [&str; 30] = [
    "call",
    "calls",
    "usage",
    "usages",
    "use",
    "uses",
    "place",
    "places",
    "site",
    "sites",
    "occurrence",
    "occurrences",
    "instance",
    "instances",
    "line",
    "lines",
    "module",
    "modules",
    "file",
    "files",
    "function",
    "functions",
    "statement",
    "statements",
    "component",
    "components",
    "crate",
    "crates",
    "package",
    "packages",
];

/// What the words say of how far one edit goes.
#[derive(Debug)]
pub(super) struct Extent<'s, 'a> {
    said: &'s Said<'a>,
    /// As many places were changed as are said to be.
    is_counted: bool,
    /// The changed files are named, all of them.
    is_listed: bool,
    /// Names of other things to which the words tie the edit, and in which some of it was made.
    named: Vec<Vec<&'a str>>,
    /// Functions and types, of which each changed place has one.
    items: Vec<&'a str>,
    /// The words leave something as it is.
    leaves: bool,
}

impl<'s, 'a> Extent<'s, 'a> {
    pub(super) fn of(said: &'s Said<'a>, pattern: &'a EditPattern) -> Extent<'s, 'a> {
        let done = || pattern.done.iter().filter(|s| !s.already);
        let files: BTreeSet<&str> = done().map(|s| s.path.as_str()).collect();
        let lines: BTreeSet<(&str, u32)> = done().map(|s| (s.path.as_str(), s.line)).collect();
        let in_code = done().filter(|s| s.in_code).count();
        let numbers = [done().count(), in_code, lines.len(), files.len()];
        let names = || own_names(pattern);
        let sides = [pattern.before.as_str(), pattern.after.as_str()];
        let stems = telling_stems(names().chain(sides)).into_iter().collect();
        let about = |s: &Sentence<'a>| names().any(|n| s.names(n)) || s.shares(&stems);
        let is_counted = |s: &Sentence<'a>| about(s) && counts(s.text, &numbers);
        let is_listed = |s: &Sentence<'a>| about(s) && lists(s.text, &files);
        Extent {
            said,
            is_counted: said.find(is_counted).is_some(),
            is_listed: said.find(is_listed).is_some(),
            leaves: said.spoken().any(|s| leaves(s.text)),
            named: named(said, pattern),
            items: said
                .spoken()
                .filter(|s| about(s))
                .find_map(|s| items(s.text, pattern))
                .unwrap_or_default(),
        }
    }

    /// Whether the words leave something out, and none of `spared` is it: it may be any place then.
    pub(super) fn is_open<'p>(&self, mut spared: impl Iterator<Item = &'p Site>) -> bool {
        self.leaves && !spared.any(|site| self.excepts(site))
    }

    fn excepts(&self, site: &Site) -> bool {
        self.said.find(|s| excepts(s.text, &site.path, site.item.as_deref())).is_some()
    }

    /// Whether the words leave a place out.
    pub(super) fn spares(&self, site: &Site, edited: &[Site]) -> bool {
        let is_elsewhere = || !edited.iter().any(|s| s.path == site.path);
        self.is_counted
            || self.is_listed && is_elsewhere()
            || !self.named.is_empty() && !self.named.iter().any(|name| is_of(site, name))
            || !self.items.is_empty() && !parts(site).any(|part| self.items.contains(&part))
            || self.excepts(site)
    }
}

fn own_names(pattern: &EditPattern) -> impl Iterator<Item = &str> {
    pattern.old_names.iter().chain(&pattern.new_names).map(String::as_str)
}

/// The qualified names (`Request.headers`) of other things that every sentence has which names the edit, where half of it
/// was made at things of the name, and some of that in this very one. Empty where one sentence has none.
fn named<'a>(said: &Said<'a>, pattern: &EditPattern) -> Vec<Vec<&'a str>> {
    let made = |parts: &[&str]| pattern.done.iter().filter(|site| is_of(site, parts)).count();
    let is_within = |item: &str| pattern.done.iter().any(|site| parts(site).any(|part| part == item));
    let ties = |name: &Vec<&'a str>| {
        let Some((last, items)) = name.split_last() else { return false };
        items.iter().all(|item| is_within(item)) && made(name) > 0 && made(&[*last]) * 2 >= pattern.done.len()
    };
    let mut all = Vec::new();
    for sentence in said.spoken().filter(|s| own_names(pattern).any(|n| s.names(n))) {
        let of_others =
            qualified(sentence.text).filter(|parts| !own_names(pattern).any(|n| parts.contains(&n)));
        let known = all.len();
        all.extend(of_others.filter(&ties));
        if all.len() == known {
            return Vec::new();
        }
    }
    all
}

/// Qualified names in a text, part by part; files and addresses are none.
fn qualified(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let is_part = |part: &&str| {
        part.len() > 1
            && part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    let names = text.split(|c: char| c.is_whitespace() || "`\"'(),;".contains(c));
    let names = names.map(|name| name.trim_matches(['.', ':', '#', '!', '?']));
    let names = names.filter(|name| Language::of_path(name).is_none());
    let names = names.map(|name| name.split("::").flat_map(|n| n.split(['.', '#'])).collect::<Vec<_>>());
    names.filter(move |parts| parts.len() > 1 && parts.iter().all(is_part))
}

/// Whether the words of a name stand in or around a place.
fn is_of(site: &Site, parts: &[&str]) -> bool {
    let around = site.before.iter().chain(&site.behind).chain(&site.owner).chain(&site.item);
    let around: BTreeSet<String> = around.flat_map(|text| words(text)).collect();
    parts.iter().flat_map(|part| words(part)).all(|word| around.contains(&word))
}

/// The functions and types that a text names as code, where each changed place stands in one of them.
fn items<'a>(text: &str, pattern: &'a EditPattern) -> Option<Vec<&'a str>> {
    let is_code = |name: &str| {
        let is_marked = name.contains(|c: char| c == '_' || c.is_ascii_digit() || c.is_uppercase());
        is_marked && contains_word(text, name) || text.contains(&format!("`{name}`"))
    };
    let mut all = Vec::new();
    for site in pattern.done.iter().filter(|s| !s.already) {
        let own: Vec<&str> =
            parts(site).filter(|part| is_code(part) && !own_names(pattern).any(|n| n == *part)).collect();
        if own.is_empty() {
            return None;
        }
        all.extend(own);
    }
    Some(all)
}

/// The names of the item around a place and of its containers.
fn parts(site: &Site) -> impl Iterator<Item = &str> {
    site.item.iter().flat_map(|item| item.split(['.', ':'])).filter(|part| !part.is_empty())
}

/// Whether a text says that something stays as it is: "leaving transactions on their existing paths".
fn leaves(text: &str) -> bool {
    const LEAVE: [&str; 8] = ["leave", "leaves", "leaving", "left", "keep", "keeps", "keeping", "kept"];
    const AS_IS: [&str; 7] =
        ["as-is", "unchanged", "untouched", "alone", "intact", "existing", "as they are"];
    let is_end = |c: char| matches!(c, ';' | ',' | '(' | ')');
    text.to_lowercase().replace("as is", "as-is").split(is_end).any(|clause| {
        let verb = LEAVE.iter().filter_map(|verb| clause.find(&format!("{verb} "))).min();
        verb.is_some_and(|at| AS_IS.iter().any(|end| contains_word(&clause[at..], end)))
    })
}

/// Whether a text says that one of `numbers` of places was edited, and not that these are all.
pub(crate) fn counts(text: &str, numbers: &[usize]) -> bool {
    let words: Vec<&str> = text.split_whitespace().map(trimmed).collect();
    let lower: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
    let at = |i: usize| lower.get(i).map_or("", String::as_str);
    (0..words.len()).any(|i| {
        let is_part = at(i + 1) == "of" && number(at(i + 2)).is_some();
        let is_all = (i.saturating_sub(2)..i).any(|j| ALL.contains(&at(j)));
        let counted = (i + 1..i + 5).any(|j| COUNTED.contains(&at(j)));
        number(at(i)).is_some_and(|n| n >= 2 && numbers.iter().any(|m| *m as u64 == n))
            && (is_part || counted && !is_all)
    })
}

/// Whether a text names each of `files`, as what an edit is made in: "in a, b and c".
pub(crate) fn lists(text: &str, files: &BTreeSet<&str>) -> bool {
    const IN: [&str; 6] = ["in", "of", "from", "for", "across", "within"];
    let text = &spelled_out(text);
    let before = |name: &str| {
        let at = text.find(name)?;
        text[..at]
            .split_whitespace()
            .map(trimmed)
            .rfind(|w| !w.is_empty() && *w != "the")
            .map(str::to_lowercase)
    };
    let mut names: Vec<&str> = Vec::new();
    for path in files {
        let Some(name) = file_names(path).into_iter().find(|n| is_named(text, n)) else { return false };
        names.push(name);
    }
    names.iter().any(|name| before(name).is_some_and(|word| IN.contains(&word.as_str())))
}

/// Whether a text leaves the place out: "except in m5", "m5 keeps it on purpose", "m5 will follow".
pub(crate) fn excepts(text: &str, path: &str, item: Option<&str>) -> bool {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders).split('/');
    let files = file_names(path);
    let items = item.into_iter().flat_map(|item| item.split(['.', ':'])).filter(|part| !part.is_empty());
    let near: Vec<&str> = files.into_iter().chain(items).collect();
    let all: Vec<&str> = near.iter().copied().chain(folders).collect();
    let text = &spelled_out(text);
    let brackets = || text.split('(').skip(1).filter_map(|rest| rest.split(')').next());
    if brackets().any(|inside| near.iter().any(|name| is_explained(inside, name))) {
        return true;
    }
    let clauses = text.split([';', ',', '(', ')']).flat_map(|c| c.split(". "));
    let mut is_excepting = false;
    for clause in clauses {
        let clause = &clause.replace("other than", "except");
        let mut words = clause.split_whitespace().map(trimmed);
        // What an exception begins goes on behind commas: "except in a, b and c".
        let behind = match words.by_ref().find(|w| EXCEPT.contains(&w.to_lowercase().as_str())) {
            Some(_) => words.collect::<Vec<_>>().join(" "),
            None if is_excepting => clause.clone(),
            None => String::new(),
        };
        is_excepting |= !behind.is_empty();
        let stays = || clause.split_whitespace().any(|w| STAYS.contains(&trimmed(w).to_lowercase().as_str()));
        if all.iter().any(|n| is_named(&behind, n)) || near.iter().any(|n| is_named(clause, n)) && stays() {
            return true;
        }
    }
    false
}

/// Whether words in brackets say what is with `name`: "m5 is a tool and prints".
fn is_explained(inside: &str, name: &str) -> bool {
    const IS: [&str; 16] = [
        "is", "are", "isn't", "aren't", "has", "have", "needs", "need", "must", "should", "can", "cannot",
        "does", "doesn't", "do", "don't",
    ];
    const TOO: [&str; 5] = ["too", "also", "included", "including", "well"];
    let words: Vec<String> = inside.split_whitespace().map(|w| trimmed(w).to_lowercase()).collect();
    let Some(at) = words.iter().position(|w| is_named(w, &name.to_lowercase())) else { return false };
    let does = |w: &String| w.len() > 3 && w.ends_with('s') && !w.ends_with("ss");
    let is = words.iter().take(at + 6).skip(at + 1).any(|w| IS.contains(&w.as_str()));
    at < 3 && (is || words.get(at + 1).is_some_and(does)) && !words.iter().any(|w| TOO.contains(&w.as_str()))
}

/// The text with each range of numbered names spelled out: "m0 to m3" → "m0 m1 m2 m3".
fn spelled_out(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let joined = ["..=", "..", "–", "-"].iter().find_map(|sign| word.split_once(sign));
        let apart = || match words.get(at + 1..at + 3) {
            Some(["to" | "through" | "until" | "–" | "-", last]) => Some((*word, *last)),
            _ => None,
        };
        let names = joined.and_then(range).map(|names| (names, 1));
        match names.or_else(|| apart().and_then(range).map(|names| (names, 3))) {
            Some((names, many)) => {
                let last = words[at + many - 1];
                let end = &last[last.trim_end_matches([',', ';', ')', '.', ':']).len()..];
                let begin = if word.starts_with('(') { "(" } else { "" };
                out.push(format!("{begin}{}{end}", names.join(" ")));
                at += many;
            }
            None => {
                out.push((*word).to_owned());
                at += 1;
            }
        }
    }
    out.join(" ")
}

/// The names from one numbered name to another with the same beginning.
fn range((first, last): (&str, &str)) -> Option<Vec<String>> {
    const MOST: u32 = 100;
    let split = |name| {
        let name: &str = trimmed(name).trim_matches('`');
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        Some((stem, name[stem.len()..].parse::<u32>().ok()?))
    };
    let ((stem, from), (other, to)) = (split(first)?, split(last)?);
    let is_range = !stem.is_empty() && (stem == other || other.is_empty()) && from < to && to - from < MOST;
    is_range.then(|| (from..=to).map(|n| format!("{stem}{n}")).collect())
}

/// A file's name, and that without its extension.
fn file_names(path: &str) -> Vec<&str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    vec![name, name.split('.').next().unwrap_or(name)]
}

/// Whether `text` has `name`; a short one, which may be any word, only with a digit or as code.
fn is_named(text: &str, name: &str) -> bool {
    let is_telling = name.len() > 3 || name.contains(|c: char| c.is_ascii_digit() || c == '_');
    !name.is_empty() && (is_telling && contains_word(text, name) || text.contains(&format!("`{name}`")))
}

fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| !(c.is_alphanumeric() || c == '`' || c == '_' || c == '%' || c == '#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_the_words_leave_out() {
        for (text, expected) in [
            ("Replace println! with log::info! except in m5", true),
            ("Replace println! with log::info! (all but m5)", true),
            ("Use log::info! outside of m5", true),
            ("Use log::info! everywhere, except in m4, m5 and m6", true),
            ("Replace println! in five modules; m5 keeps it on purpose", true),
            ("m5 will follow.", true),
            ("Replace println! except in `Store::load`", true),
            ("Replace println! in m0 to m4 (m5 is a tool and prints)", true),
            ("Replace println! in m0 to m4 (`m5` prints for people)", true),
            ("Replace println! except in m4 to m6", true),
            ("Replace println! in all modules (m5 is done as well)", false),
            ("Replace println! in all modules (they are slow in m5)", false),
            ("Replace println! except in m1 to m4", false),
            ("Replace println! in m5 except in m4", false),
            ("Replace println! in m5, which was slow; the rest stays", false),
            ("Replace println! with log::info! in all modules", false),
        ] {
            assert_eq!(excepts(text, "src/m5.rs", Some("Store::load")), expected, "{text}");
        }
    }

    #[test]
    fn numbers_of_places_are_an_extent_unless_they_are_all() {
        for (text, expected) in [
            ("Replace five `read().unwrap()` calls", true),
            ("Replace 5 of 6 `x()`", true),
            ("Replace println! in five modules", true),
            ("Replaced all 5 calls", false),
            ("Replace 4 calls", false),
            ("Allow 5 retries, and replace x", false),
            ("Fix #5 calls", false),
        ] {
            assert_eq!(counts(text, &[5]), expected, "{text}");
        }
    }

    #[test]
    fn files_that_are_named_are_an_extent() {
        let files = BTreeSet::from(["src/m0.rs", "src/m1.rs"]);
        assert!(lists("Replace println! in m0 and m1", &files));
        assert!(lists("Replace println! in m0 to m1", &files));
        assert!(lists("Replace println! in (m0-m3), which print", &files));
        assert!(lists("Replace println! in `m0`..`m1`", &files));
        assert!(!lists("Replace println! in m1 to m4", &files));
        assert!(!lists("Replace println! in 0-1", &files));
        assert!(!lists("Replace println! in m0", &files));
        assert!(!lists("Use the logger", &BTreeSet::from(["src/logger.rs"])));
    }

    #[test]
    fn qualified_names_are_told_from_files_and_prose() {
        let found = |text: &str| qualified(text).map(|parts| parts.join("/")).collect::<Vec<_>>();
        assert_eq!(found("Move Request.headers, and `a_b::c_d()`."), ["Request/headers", "a_b/c_d"]);
        assert_eq!(found("See models.py, e.g. v1.2.3, and etc.").len(), 0);
    }

    #[test]
    fn something_is_left_as_it_is() {
        assert!(leaves(
            "Use them for reads while leaving transaction and entity APIs on their existing paths."
        ));
        assert!(leaves("Keep the old client as is, and rename the rest"));
        assert!(!leaves("Replace the existing calls; nothing is left"));
        assert!(!leaves("Keep a copy, and rename what is unchanged"));
    }
}
