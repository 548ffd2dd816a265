//! Patterns for people, and for other tools.

use super::pattern::{After, Elem, Pattern};
use super::scan::Kind;

const LETTERS: [&str; 8] = ["A", "B", "C", "D", "E", "F", "G", "H"];

impl Pattern {
    /// The before side, with its context: `info!($A)`.
    pub fn before_text(&self) -> String {
        let parts: Vec<String> = self.before.iter().enumerate().map(|(i, e)| self.elem_text(i, e)).collect();
        joined(&parts)
    }

    /// The after side, with the same context.
    pub fn after_text(&self) -> String {
        let text = |range: std::ops::Range<usize>| -> Vec<String> {
            range.map(|i| self.elem_text(i, &self.before[i])).collect()
        };
        let mut parts = text(0..self.core.start);
        parts.extend(self.after.iter().map(|after| match after {
            After::Exact(text) => text.clone(),
            After::Variable(variable) => format!("$V{variable}"),
            After::Free(Kind::Text) => "\"…\"".to_owned(),
            After::Free(_) => "…".to_owned(),
            After::Hole(hole) => hole_name(*hole),
        }));
        parts.extend(text(self.core.end..self.before.len()));
        joined(&parts)
    }

    fn elem_text(&self, _index: usize, elem: &Elem) -> String {
        match elem {
            Elem::Exact(_, text) => text.clone(),
            Elem::Hole(hole) => hole_name(*hole),
            Elem::Slot { variable: Some(variable), .. } => format!("$V{variable}"),
            Elem::Slot { closed: true, seen, .. } => {
                let values: Vec<&str> = seen.keys().map(String::as_str).collect();
                format!("({})", values.join("|"))
            }
            Elem::Slot { kind: Kind::Text, .. } => "\"…\"".to_owned(),
            Elem::Slot { .. } => "$_".to_owned(),
        }
    }

    /// Whether the before side is more than keywords and signs.
    pub fn is_named(&self) -> bool {
        !self.anchors().is_empty()
    }

    /// Whether the two sides tell a reader what was edited: brackets that one of them leaves open do not, with a side
    /// that has no word.
    pub fn is_readable(&self) -> bool {
        let before = self.before.iter().filter_map(|e| match e {
            Elem::Exact(_, text) => Some(text.as_str()),
            _ => None,
        });
        let context = (0..self.core.start).chain(self.core.end..self.before.len());
        let around = context.filter_map(|i| match &self.before[i] {
            Elem::Exact(_, text) => Some(text.as_str()),
            _ => None,
        });
        let sides: [Vec<&str>; 2] = [before.collect(), self.new_words().into_iter().chain(around).collect()];
        let is_whole = |side: &Vec<&str>| {
            ["()", "[]", "{}"].iter().all(|pair| {
                let many = |sign: &str| side.iter().filter(|w| **w == sign).count();
                many(&pair[..1]) == many(&pair[1..])
            })
        };
        let has_word = |side: &Vec<&str>| side.iter().any(|w| w.contains(char::is_alphabetic));
        sides.iter().all(is_whole) || sides.iter().all(has_word) || self.is_removal()
    }

    /// Whether the edit only adds.
    pub fn is_insertion(&self) -> bool {
        self.core.is_empty()
    }

    /// Whether the edit only removes.
    pub fn is_removal(&self) -> bool {
        self.after.is_empty()
    }

    /// The names and strings that the edit took away.
    pub fn old_names(&self) -> Vec<String> {
        let after: Vec<&str> = self.new_words();
        self.before[self.core.clone()]
            .iter()
            .filter_map(|e| match e {
                Elem::Exact(Kind::Name, name) if !self.family.is_keyword(name) => Some(name.clone()),
                _ => None,
            })
            .filter(|name| !after.contains(&name.as_str()))
            .collect()
    }

    /// The names that the edit brought in.
    pub fn new_names(&self) -> Vec<String> {
        let is_name = |w: &&str| w.starts_with(|c: char| c.is_alphabetic() || c == '_');
        let old: Vec<&str> = self
            .before
            .iter()
            .filter_map(|e| if let Elem::Exact(_, text) = e { Some(text.as_str()) } else { None })
            .collect();
        let new = self.new_words().into_iter().filter(is_name);
        new.filter(|w| !self.family.is_keyword(w) && !old.contains(w)).map(str::to_owned).collect()
    }

    fn new_words(&self) -> Vec<&str> {
        self.after
            .iter()
            .filter_map(|a| if let After::Exact(text) = a { Some(text.as_str()) } else { None })
            .collect()
    }
}

fn hole_name(hole: usize) -> String {
    format!("${}", LETTERS.get(hole).copied().unwrap_or("Z"))
}

/// Tokens as people would space them.
pub(crate) fn joined(parts: &[String]) -> String {
    let mut text = String::new();
    for part in parts {
        let last = text.chars().next_back();
        let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '"' | '\'');
        let first = part.chars().next();
        let spaced = match (last, first) {
            (Some(a), Some(b)) => {
                word(a) && word(b)
                    || matches!(a, ',' | '=' | '{' | ';')
                    || a == '>' && word(b)
                    || matches!(b, '=' | '{' | '}') && a != '(' && a != '['
                    || a == ')' && word(b)
            }
            _ => false,
        };
        if spaced {
            text.push(' ');
        }
        text.push_str(part);
    }
    text
}
