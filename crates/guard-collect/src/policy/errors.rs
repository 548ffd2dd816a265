//! Mistakes in a policy file.

use std::collections::HashSet;
use std::fmt;

/// Most mistakes that are told one by one.
const TOLD: usize = 50;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// Line, 1-based.
    pub line: u32,
    /// Column in characters, 1-based.
    pub column: u32,
    /// What is wrong and what would be right.
    pub message: String,
}

/// All mistakes of a policy file, in line order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyErrors {
    /// The file, as it was named to the reader.
    pub path: String,
    /// The mistakes.
    pub errors: Vec<PolicyError>,
    /// Number of further mistakes.
    pub more: usize,
}

impl PolicyErrors {
    /// A mistake of the file as a whole.
    pub(super) fn one(path: &str, message: String) -> PolicyErrors {
        PolicyErrors {
            path: path.to_owned(),
            errors: vec![PolicyError { line: 1, column: 1, message }],
            more: 0,
        }
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}:{}:{}: {}", self.path, error.line, error.column, error.message)?;
        }
        if self.more > 0 {
            write!(f, "\n{}: {} more mistakes", self.path, self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyErrors {}

/// Collects mistakes by byte offset.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    text: &'a str,
    /// Byte offsets at which lines start.
    starts: Vec<usize>,
    found: Vec<(usize, String)>,
    more: usize,
}

impl<'a> Collector<'a> {
    pub(super) fn new(text: &'a str) -> Collector<'a> {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Collector { text, starts, found: Vec::new(), more: 0 }
    }

    /// Notes a mistake at a byte offset.
    pub(super) fn add(&mut self, offset: usize, message: String) {
        if self.found.len() < 10 * TOLD {
            self.found.push((offset, message));
        } else {
            self.more += 1;
        }
    }

    /// Moves what does not stand on one of `lines` over to `other`, leaving out what is said to be missing.
    pub(super) fn drain_into(self, other: &mut Collector<'_>, lines: &HashSet<u32>) {
        for (offset, message) in &self.found {
            if !lines.contains(&self.line(*offset)) && !message.contains(" needs `") {
                other.add(*offset, message.clone());
            }
        }
    }

    /// Number of the line at a byte offset, 1-based.
    pub(super) fn line(&self, offset: usize) -> u32 {
        let line = self.starts.partition_point(|start| *start <= offset);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// All mistakes in order, or nothing.
    pub(super) fn finish(mut self, path: &str) -> Option<PolicyErrors> {
        if self.found.is_empty() {
            return None;
        }
        self.found.sort();
        self.found.dedup();
        let more = self.more + self.found.len().saturating_sub(TOLD);
        let found = std::mem::take(&mut self.found);
        let errors = found.into_iter().take(TOLD).map(|(offset, message)| {
            let line = self.line(offset);
            let start = self.starts[line as usize - 1];
            let before = &self.text[start..self.text.floor_char_boundary(offset).max(start)];
            let column = u32::try_from(before.chars().count()).unwrap_or(u32::MAX).saturating_add(1);
            PolicyError { line, column, message }
        });
        Some(PolicyErrors { path: path.to_owned(), errors: errors.collect(), more })
    }
}

/// Text of the file inside a message: one line, printable, short, in back quotes.
pub(super) fn shown(text: &str) -> String {
    let short: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    let short = short.replace("\\'", "'").replace("\\\"", "\"");
    if text.chars().count() > 40 { format!("`{short}…`") } else { format!("`{short}`") }
}

/// "; did you mean `x`?" for the nearest of `names`, or nothing when none is near.
pub(super) fn did_you_mean<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    nearest(word, names).map(|near| format!("; did you mean `{near}`?"))
}

fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    if word.len() > 64 {
        return None;
    }
    let word = word.to_lowercase().replace('_', "-");
    let scored = names.into_iter().map(|name| (strsim::damerau_levenshtein(&word, name), name));
    let (distance, name) = scored.min_by_key(|(distance, _)| *distance)?;
    // A third of the letters may be wrong; and a singular or plural is always near.
    (distance <= (word.chars().count().max(3)) / 3).then_some(name)
}
