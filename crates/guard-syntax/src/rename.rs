//! Which removed test is which added one: a test that moved or got a new name is not a deleted test.

use std::collections::{HashMap, HashSet};

use guard_model::TestDecl;

/// Shorter bodies are alike by chance.
const MIN_TOKENS: u32 = 6;
/// Least likeness of two bodies under different names.
const ALIKE: f64 = 0.75;
/// Least likeness of two bodies under the same name in different places.
const ALIKE_BY_NAME: f64 = 0.4;
/// More pairs than this are only compared where names or sizes fit.
const MAX_PAIRS: usize = 200_000;

/// A test on one side.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its file.
    pub path: &'a str,
    /// Its declaration.
    pub test: &'a TestDecl,
    /// Its source text, as [`lines`] cuts it out; without it only what the declaration holds is compared.
    pub text: Option<&'a str>,
}

/// A removed test and the added one that it became.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Index among the removed.
    pub removed: usize,
    /// Index among the added.
    pub added: usize,
    /// 1 for the same body; otherwise the share of tokens in common, from 0 to 1.
    pub similarity: f64,
}

/// The lines of a test, first and last included, both 1-based.
pub fn lines(text: &str, line: u32, end_line: u32) -> &str {
    let start_of = |wanted: u32| {
        if wanted <= 1 {
            return 0;
        }
        text.match_indices('\n').nth(wanted as usize - 2).map_or(text.len(), |(at, _)| at + 1)
    };
    &text[start_of(line)..start_of(end_line.saturating_add(1)).max(start_of(line))]
}

/// Pairs removed tests with added ones, each at most once: equal bodies first, then equal names with
/// bodies that are somewhat alike, then bodies that are much alike.
pub fn match_tests(removed: &[Candidate<'_>], added: &[Candidate<'_>]) -> Vec<Pair> {
    let mut pairs = Matching { pairs: Vec::new(), removed: HashSet::new(), added: HashSet::new() };
    equal_bodies(removed, added, &mut pairs);

    let removed_shapes: Vec<Shape> = removed.iter().map(Shape::of).collect();
    let added_shapes: Vec<Shape> = added.iter().map(Shape::of).collect();
    let many = removed.len().saturating_mul(added.len()) > MAX_PAIRS;
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, candidate) in added.iter().enumerate() {
        by_name.entry(short(&candidate.test.name)).or_default().push(index);
    }
    let mut scored = Vec::new();
    for (from, one) in removed.iter().enumerate().filter(|(from, _)| !pairs.removed.contains(from)) {
        let namesakes = by_name.get(short(&one.test.name)).map_or(&[][..], Vec::as_slice);
        for (to, other) in added.iter().enumerate().filter(|(to, _)| !pairs.added.contains(to)) {
            let same_name = short(&one.test.name) == short(&other.test.name);
            if many && !same_name && (!namesakes.is_empty() || !sizes_fit(one.test, other.test, 0.9)) {
                continue;
            }
            let long = one.test.body_tokens.min(other.test.body_tokens) >= MIN_TOKENS;
            let least = if same_name { ALIKE_BY_NAME } else { ALIKE };
            if !(long || same_name) || !sizes_fit(one.test, other.test, least * 0.5) {
                continue;
            }
            let similarity = removed_shapes[from].likeness(&added_shapes[to]);
            if similarity >= least {
                let bonus =
                    if same_name { 1.0 } else { 0.0 } + if one.path == other.path { 0.05 } else { 0.0 };
                scored.push((similarity + bonus, Pair { removed: from, added: to, similarity }));
            }
        }
    }
    scored.sort_by(|(one, a), (other, b)| {
        other.total_cmp(one).then(a.removed.cmp(&b.removed)).then(a.added.cmp(&b.added))
    });
    for (_, pair) in scored {
        pairs.take(pair);
    }
    pairs.pairs.sort_by_key(|pair| pair.removed);
    pairs.pairs
}

struct Matching {
    pairs: Vec<Pair>,
    removed: HashSet<usize>,
    added: HashSet<usize>,
}

impl Matching {
    fn take(&mut self, pair: Pair) {
        if self.removed.contains(&pair.removed) || self.added.contains(&pair.added) {
            return;
        }
        self.removed.insert(pair.removed);
        self.added.insert(pair.added);
        self.pairs.push(pair);
    }
}

/// The same tokens: with the same name and file, the same name, then any name.
fn equal_bodies(removed: &[Candidate<'_>], added: &[Candidate<'_>], pairs: &mut Matching) {
    let mut by_body: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, candidate) in added.iter().enumerate() {
        by_body.entry(&candidate.test.body).or_default().push(index);
    }
    for round in 0..3 {
        for (from, one) in removed.iter().enumerate() {
            for &to in by_body.get(one.test.body.as_str()).map_or(&[][..], Vec::as_slice) {
                let other = &added[to];
                let same_name = short(&one.test.name) == short(&other.test.name);
                let fits = match round {
                    0 => same_name && one.path == other.path,
                    1 => same_name,
                    _ => one.test.body_tokens >= MIN_TOKENS,
                };
                if fits {
                    pairs.take(Pair { removed: from, added: to, similarity: 1.0 });
                }
            }
        }
    }
}

/// The name without its modules, classes and suites.
fn short(name: &str) -> &str {
    let name = name.rsplit(" > ").next().unwrap_or(name);
    let name = name.rsplit("::").next().unwrap_or(name);
    if name.contains(' ') { name } else { name.rsplit('.').next().unwrap_or(name) }
}

fn sizes_fit(one: &TestDecl, other: &TestDecl, least: f64) -> bool {
    let (small, large) = (one.body_tokens.min(other.body_tokens), one.body_tokens.max(other.body_tokens));
    f64::from(small) >= f64::from(large) * least
}

/// What two bodies are compared by: runs of three tokens, or the calls when there is no text.
struct Shape {
    parts: HashMap<String, u32>,
    total: u32,
}

impl Shape {
    fn of(candidate: &Candidate<'_>) -> Shape {
        let mut parts: HashMap<String, u32> = HashMap::new();
        let name = short(&candidate.test.name);
        match candidate.text {
            Some(text) => {
                let words: Vec<&str> = words(text).into_iter().filter(|word| *word != name).collect();
                for run in words.windows(3) {
                    *parts.entry(run.join(" ")).or_default() += 1;
                }
            }
            None => {
                for call in &candidate.test.calls {
                    *parts.entry(call.clone()).or_default() += 1;
                }
            }
        }
        let total = parts.values().sum();
        Shape { parts, total }
    }

    /// Dice's coefficient over the parts.
    fn likeness(&self, other: &Shape) -> f64 {
        if self.total == 0 || other.total == 0 {
            return 0.0;
        }
        let common: u32 = self
            .parts
            .iter()
            .map(|(part, count)| other.parts.get(part).map_or(0, |there| *there.min(count)))
            .sum();
        2.0 * f64::from(common) / f64::from(self.total + other.total)
    }
}

/// Names and numbers as words, everything else by character; comments of any language are few enough.
fn words(text: &str) -> Vec<&str> {
    let part = |it: char| it.is_alphanumeric() || it == '_';
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end =
            if part(first) { rest.find(|it| !part(it)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, after) = rest.split_at(end);
        if !first.is_whitespace() {
            words.push(word);
        }
        rest = after;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use guard_model::Side;

    fn tests_of(text: &str) -> Vec<TestDecl> {
        crate::facts("src/lib.rs", Side::Head, text.as_bytes()).unwrap().tests
    }

    fn pairs(base: &str, head: &str) -> Vec<(String, String, f64)> {
        let (before, after) = (tests_of(base), tests_of(head));
        let side = |path: &'static str, text: &'static str, tests: &'static [TestDecl]| {
            tests.iter().map(move |test| Candidate {
                path,
                test,
                text: Some(lines(text, test.line, test.end_line)),
            })
        };
        let leak =
            |text: &str, tests: Vec<TestDecl>| (text.to_owned().leak() as &str, tests.leak() as &[TestDecl]);
        let (base, before) = leak(base, before);
        let (head, after) = leak(head, after);
        let removed: Vec<_> = side("src/old.rs", base, before).collect();
        let added: Vec<_> = side("src/new.rs", head, after).collect();
        let name = |pair: &Pair| {
            let rounded = (pair.similarity * 100.0).round() / 100.0;
            (removed[pair.removed].test.name.clone(), added[pair.added].test.name.clone(), rounded)
        };
        match_tests(&removed, &added).iter().map(name).collect()
    }

    #[test]
    fn a_test_that_moved_is_found_by_its_body() {
        let body = "let value = parse(\"1 + 2\"); assert_eq!(value, 3);";
        let base = format!("#[test] fn adds() {{ {body} }}");
        let head = format!("mod tests {{ #[test] fn sums_up() {{ {body} // moved\n }} }}");
        assert_eq!(pairs(&base, &head), [("adds".to_owned(), "tests::sums_up".to_owned(), 1.0)]);
    }

    #[test]
    fn a_test_that_was_renamed_and_touched_is_found_by_likeness() {
        let base = "#[test] fn adds() { let value = parse(\"1 + 2\"); assert_eq!(value, 3); assert!(value.is_odd()); }";
        let head = "#[test] fn sums() { let value = parse(\"1 + 2\"); assert_eq!(value, 3); assert!(value.is_positive()); }";
        let found = pairs(base, head);
        assert_eq!(found.len(), 1);
        assert!(found[0].2 > 0.75 && found[0].2 < 1.0, "{found:?}");
    }

    #[test]
    fn tests_with_nothing_in_common_stay_apart() {
        let base = "#[test] fn a() {} #[test] fn b() { assert_eq!(parse(\"x\"), Err(Error::Unknown)); }";
        let head =
            "#[test] fn c() {} #[test] fn d() { let server = start(); assert!(server.ping().is_ok()); }";
        assert_eq!(pairs(base, head), []);
    }

    #[test]
    fn lines_are_cut_out_as_counted() {
        let text = "one\ntwo\nthree";
        assert_eq!(lines(text, 2, 2), "two\n");
        assert_eq!(lines(text, 2, 9), "two\nthree");
        assert_eq!(lines(text, 7, 9), "");
    }
}
