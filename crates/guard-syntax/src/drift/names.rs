//! Names as words, and what the names of a pair tell of all others: `login → signup` explains
//! `LoginForm → SignupForm`, `LOGIN_URL → SIGNUP_URL` and `"/api/login" → "/api/signup"`.

use std::collections::{HashMap, HashSet};

use super::shape::{Sym, Symbols};

/// Words of a text that are compared at most.
const MAX_WORDS: usize = 200;
/// Letters that an ending may have: `create → creates`.
const MAX_ENDING: usize = 4;
/// Shorter stems explain whole words only.
const MIN_INSIDE: usize = 3;

/// The sub-words of a text in lower case: `HTTPServer_v2` is `http server v 2`.
pub(super) fn words(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (at, &it) in chars.iter().enumerate() {
        if !it.is_alphanumeric() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        if let Some(&before) = at.checked_sub(1).and_then(|at| chars.get(at)) {
            let next_is_lower = chars.get(at + 1).is_some_and(|it| it.is_lowercase());
            let starts = (it.is_uppercase()
                && (before.is_lowercase() || (before.is_uppercase() && next_is_lower)))
                || it.is_numeric() != before.is_numeric();
            if starts && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
        }
        word.extend(it.to_lowercase());
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// One run of words that stands for another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Stem {
    pub(super) from: Vec<String>,
    pub(super) to: Vec<String>,
}

/// The runs in which two names differ.
pub(super) fn stems_of(from: &str, to: &str) -> Vec<Stem> {
    let (a, b) = (words(from), words(to));
    if a == b || a.is_empty() || b.is_empty() {
        return Vec::new();
    }
    if a.len() == b.len() && a.iter().zip(&b).any(|(x, y)| x == y) {
        let mut stems = Vec::new();
        let mut at = 0;
        while at < a.len() {
            let end = (at..a.len()).find(|&end| a[end] == b[end]).unwrap_or(a.len());
            if end > at {
                stems.push(Stem { from: a[at..end].to_vec(), to: b[at..end].to_vec() });
            }
            at = end + 1;
        }
        return stems;
    }
    let before = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let most = a.len().min(b.len()) - before;
    let behind = a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(x, y)| x == y).count();
    let (mut start, mut end) = (before, behind);
    // An insertion is told by the word it stands beside.
    if a.len() == start + end || b.len() == start + end {
        if start > 0 {
            start -= 1;
        } else {
            end -= 1;
        }
    }
    vec![Stem { from: a[start..a.len() - end].to_vec(), to: b[start..b.len() - end].to_vec() }]
}

/// What explains that one text stands for another.
#[derive(Default)]
pub(super) struct Stems {
    stems: Vec<Stem>,
    /// Whole texts that were declared.
    declared: HashSet<(String, String)>,
    known: HashMap<(Sym, Sym), bool>,
}

impl Stems {
    /// `from` is declared to become `to`.
    pub(super) fn declare(&mut self, from: &str, to: &str) {
        self.declared.insert((from.to_owned(), to.to_owned()));
        self.learn(from, to);
    }

    /// `from` is the same thing as `to`.
    pub(super) fn alias(&mut self, from: &str, to: &str) {
        self.declared.insert((from.to_owned(), to.to_owned()));
    }

    /// Two names that belong together by their place: those of the items, of their files.
    pub(super) fn learn(&mut self, from: &str, to: &str) {
        for stem in stems_of(from, to) {
            // Twins mention each other: undo takes from the redo stack what redo takes from the undo stack.
            let back = Stem { from: stem.to.clone(), to: stem.from.clone() };
            self.add(stem);
            self.add(back);
        }
    }

    pub(super) fn add(&mut self, stem: Stem) {
        if !self.stems.contains(&stem) {
            self.stems.push(stem);
            self.known.clear();
        }
    }

    /// Whether the stems make `to` of `from`.
    pub(super) fn explain(&mut self, from: Sym, to: Sym, symbols: &Symbols) -> bool {
        if self.stems.is_empty() && self.declared.is_empty() {
            return false;
        }
        if let Some(&known) = self.known.get(&(from, to)) {
            return known;
        }
        let answer = self.explain_texts(symbols.text(from), symbols.text(to));
        self.known.insert((from, to), answer);
        answer
    }

    pub(super) fn explain_texts(&self, from: &str, to: &str) -> bool {
        if self.declared.contains(&(from.to_owned(), to.to_owned())) {
            return true;
        }
        if skeleton(from) != skeleton(to) {
            return false;
        }
        let (a, b) = (words(from), words(to));
        if a.is_empty() || b.is_empty() || a.len() > MAX_WORDS || b.len() > MAX_WORDS || a == b {
            return false;
        }
        self.leads(&a, &b) || self.leads_inside(&a.concat(), &b.concat())
    }

    /// Whether replacing stems leads from one row of words to the other.
    fn leads(&self, a: &[String], b: &[String]) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![(0, 0)];
        while let Some((i, j)) = open.pop() {
            if (i, j) == (a.len(), b.len()) {
                return true;
            }
            if !seen.insert((i, j)) || i > a.len() || j > b.len() {
                continue;
            }
            if i < a.len() && j < b.len() && (a[i] == b[j] || self.inflected(&a[i], &b[j])) {
                open.push((i + 1, j + 1));
            }
            for stem in &self.stems {
                if a[i..].starts_with(&stem.from) && b[j..].starts_with(&stem.to) {
                    open.push((i + stem.from.len(), j + stem.to.len()));
                }
            }
        }
        false
    }

    /// `creates → deletes`, `entities → roles`.
    fn inflected(&self, a: &str, b: &str) -> bool {
        self.stems.iter().any(|stem| {
            let ([from], [to]) = (&stem.from[..], &stem.to[..]) else { return false };
            let endings = |word: &str, stem: &str| -> Vec<String> {
                let bare =
                    [stem, stem.strip_suffix('e').unwrap_or(stem), stem.strip_suffix('y').unwrap_or(stem)];
                let rest = bare
                    .iter()
                    .filter_map(|bare| word.strip_prefix(bare))
                    .filter(|rest| rest.len() <= MAX_ENDING);
                rest.map(|rest| if rest == "ies" || rest == "es" { "s".to_owned() } else { rest.to_owned() })
                    .collect()
            };
            if from.len() < MIN_INSIDE || to.len() < MIN_INSIDE {
                return false;
            }
            let behind = endings(b, to);
            endings(a, from).iter().any(|ending| behind.contains(ending))
        })
    }

    /// Without regard for where words begin: `unixstream → tcpstream`.
    fn leads_inside(&self, a: &str, b: &str) -> bool {
        self.stems.iter().any(|stem| {
            let (from, to) = (stem.from.concat(), stem.to.concat());
            from.len() >= MIN_INSIDE && a.contains(&from) && a.replace(&from, &to) == b
        })
    }
}

/// What is left of a text without its words and their joints.
fn skeleton(text: &str) -> String {
    text.chars().filter(|it| !it.is_alphanumeric() && !matches!(it, '_' | '-' | ' ')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stem_explains_names_in_every_style_and_texts() {
        let mut stems = Stems::default();
        stems.learn("loginFlow", "signupFlow");
        for (from, to, expected) in [
            ("LoginForm", "SignupForm", true),
            ("LOGIN_URL", "SIGNUP_URL", true),
            ("\"/api/login\"", "\"/api/signup\"", true),
            ("logins", "signups", true),
            ("mylogin", "mysignup", true),
            ("LoginForm", "SignupPage", false),
            ("\"/api/login\"", "\"/api/v2/signup\"", false),
            ("logout", "signup", false),
        ] {
            assert_eq!(stems.explain_texts(from, to), expected, "{from} -> {to}");
        }
    }

    #[test]
    fn names_differ_in_runs_of_words() {
        let stem = |from: &[&str], to: &[&str]| Stem {
            from: from.iter().map(|&it| it.to_owned()).collect(),
            to: to.iter().map(|&it| it.to_owned()).collect(),
        };
        assert_eq!(stems_of("poll_read", "poll_write"), [stem(&["read"], &["write"])]);
        assert_eq!(stems_of("create_dir", "create_dir_all"), [stem(&["dir"], &["dir", "all"])]);
        assert_eq!(stems_of("HTTPServer2", "HTTPClient2"), [stem(&["server"], &["client"])]);
        assert_eq!(stems_of("same", "same"), []);
    }
}
