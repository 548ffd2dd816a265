//! Hunks of one file → small before→after edits.

use guard_model::Hunk;

use super::align::{Word, align};
use super::scan::{Kind, Scanned, Token, inside};

/// Where an edit was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Zone {
    Code,
    Comment,
    /// Inside a string.
    Text,
}

/// One edit.
#[derive(Debug, Clone)]
pub(crate) struct Edit<'t> {
    pub(crate) zone: Zone,
    /// Changed pieces with what stayed between them; begins and ends with a change.
    pub(crate) parts: Vec<Part<'t>>,
    /// What stands before it at base, nearest last.
    pub(crate) left: Vec<Word<'t>>,
    /// What stands behind it at base, nearest first.
    pub(crate) right: Vec<Word<'t>>,
    pub(crate) base: Place,
    pub(crate) head: Place,
}

/// A place in a text: bytes and the line of the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) line: u32,
}

/// A piece of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part<'t> {
    Change { before: Vec<Word<'t>>, after: Vec<Word<'t>> },
    Same(Vec<Word<'t>>),
}

/// Tokens of context that an edit carries on each side.
pub(crate) const CONTEXT: usize = 6;
/// Hunks with no more lines than this between them are read as one.
const NEAR: u32 = 2;
/// Tokens of one side of an edit at most: more is a rewrite, not an edit that repeats.
const MAX_TOKENS: usize = 60;

/// The edits of a file, in order.
pub(crate) fn edits<'t>(base: &Scanned<'t>, head: &Scanned<'t>, hunks: &[Hunk]) -> Vec<Edit<'t>> {
    let mut edits = Vec::new();
    for hunk in joined(hunks) {
        let old = Lines::of(hunk.old_start, hunk.old_lines);
        let new = Lines::of(hunk.new_start, hunk.new_lines);
        read_code(base, head, old, new, &mut edits);
        read_comments(base, head, old, new, &mut edits);
    }
    edits
}

/// First and last line, inclusive; empty when last is before first.
#[derive(Debug, Clone, Copy)]
struct Lines {
    first: u32,
    last: u32,
}

impl Lines {
    fn of(start: u32, lines: u32) -> Lines {
        if lines == 0 {
            Lines { first: start + 1, last: start }
        } else {
            Lines { first: start, last: start + lines - 1 }
        }
    }

    /// The tokens that begin on these lines.
    fn range(self, tokens: &[Token]) -> std::ops::Range<usize> {
        let start = tokens.partition_point(|t| t.line < self.first);
        let end = tokens.partition_point(|t| t.line <= self.last);
        start..end.max(start)
    }
}

fn joined(hunks: &[Hunk]) -> Vec<Hunk> {
    let mut all: Vec<Hunk> = Vec::new();
    for &hunk in hunks {
        let from = |start: u32, lines: u32| if lines == 0 { start + 1 } else { start };
        if let Some(last) = all.last_mut() {
            let old_end = from(last.old_start, last.old_lines) + last.old_lines;
            let new_end = from(last.new_start, last.new_lines) + last.new_lines;
            let (old, new) = (from(hunk.old_start, hunk.old_lines), from(hunk.new_start, hunk.new_lines));
            if old >= old_end && old - old_end <= NEAR && new >= new_end {
                *last = Hunk {
                    old_start: from(last.old_start, last.old_lines),
                    old_lines: old + hunk.old_lines - from(last.old_start, last.old_lines),
                    new_start: from(last.new_start, last.new_lines),
                    new_lines: new + hunk.new_lines - from(last.new_start, last.new_lines),
                };
                continue;
            }
        }
        all.push(hunk);
    }
    all
}

fn read_code<'t>(base: &Scanned<'t>, head: &Scanned<'t>, old: Lines, new: Lines, edits: &mut Vec<Edit<'t>>) {
    let (a, b) = (old.range(&base.code), new.range(&head.code));
    if a.is_empty() && b.is_empty() {
        return;
    }
    let stream = Stream {
        base: &base.code,
        head: &head.code,
        base_text: base.text,
        head_text: head.text,
        zone: Zone::Code,
    };
    for mut edit in stream.edits(a, b) {
        match inner(base, head, &edit) {
            Some(inner) => edits.extend(inner),
            None => {
                edit.zone = Zone::Code;
                edits.push(edit);
            }
        }
    }
}

/// An edit of strings into strings of much the same words is one inside of them.
fn inner<'t>(base: &Scanned<'t>, head: &Scanned<'t>, edit: &Edit<'t>) -> Option<Vec<Edit<'t>>> {
    let [Part::Change { before, after }] = edit.parts.as_slice() else { return None };
    let ([old], [new]) = (before.as_slice(), after.as_slice()) else { return None };
    if old.kind != Kind::Text || new.kind != Kind::Text {
        return None;
    }
    let whole = |place: Place| Token {
        start: place.start as u32,
        end: place.end as u32,
        line: place.line,
        kind: Kind::Text,
    };
    within(base, head, whole(edit.base), whole(edit.head), Zone::Text)
}

fn read_comments<'t>(
    base: &Scanned<'t>,
    head: &Scanned<'t>,
    old: Lines,
    new: Lines,
    edits: &mut Vec<Edit<'t>>,
) {
    let (a, b) = (old.range(&base.comments), new.range(&head.comments));
    if a.len() != b.len() {
        return;
    }
    for (old, new) in base.comments[a].iter().zip(&head.comments[b]) {
        edits.extend(within(base, head, *old, *new, Zone::Comment).unwrap_or_default());
    }
}

/// The edits between two comments or strings; `None` when they have little in common.
fn within<'t>(
    base: &Scanned<'t>,
    head: &Scanned<'t>,
    old: Token,
    new: Token,
    zone: Zone,
) -> Option<Vec<Edit<'t>>> {
    if base.word(old) == head.word(new) {
        return Some(Vec::new());
    }
    let (a, b) = (inside(base.text, old), inside(head.text, new));
    let stream = Stream { base: &a, head: &b, base_text: base.text, head_text: head.text, zone };
    let found = stream.edits(0..a.len(), 0..b.len());
    let changed: usize = found.iter().flat_map(|e| &e.parts).map(changed).sum();
    (changed * 2 <= a.len() + b.len()).then_some(found)
}

fn changed(part: &Part<'_>) -> usize {
    match part {
        Part::Change { before, after } => before.len() + after.len(),
        Part::Same(_) => 0,
    }
}

/// Two token lists and the texts that they index.
struct Stream<'s, 't> {
    base: &'s [Token],
    head: &'s [Token],
    base_text: &'t str,
    head_text: &'t str,
    zone: Zone,
}

/// A run of changed tokens.
#[derive(Debug, Clone)]
struct Run {
    old: std::ops::Range<usize>,
    new: std::ops::Range<usize>,
}

impl<'t> Stream<'_, 't> {
    fn edits(&self, old: std::ops::Range<usize>, new: std::ops::Range<usize>) -> Vec<Edit<'t>> {
        let words = |range, tokens: &[Token], text| -> Vec<Word<'t>> { words(&tokens[range], text) };
        let a = words(old.clone(), self.base, self.base_text);
        let b = words(new.clone(), self.head, self.head_text);
        let Some(pairs) = align(&a, &b) else { return Vec::new() };
        let mut runs = Vec::new();
        let (mut i, mut j) = (0, 0);
        for (x, y) in pairs.into_iter().chain([(a.len(), b.len())]) {
            if x > i || y > j {
                runs.push(Run { old: old.start + i..old.start + x, new: new.start + j..new.start + y });
            }
            (i, j) = (x + 1, y + 1);
        }
        let mut edits = Vec::new();
        let mut at = 0;
        while at < runs.len() {
            let end = self.belonging(&runs, at);
            edits.extend(self.edit(&runs[at..end]));
            at = end;
        }
        edits
    }

    /// The end of the runs that make one edit with the run at `first`: brackets that one opens and
    /// another closes hold them together, as does a single sign between them that joins names.
    fn belonging(&self, runs: &[Run], first: usize) -> usize {
        let mut end = first + 1;
        let mut balance = [0; 2];
        let mut sound = first;
        for (index, run) in runs.iter().enumerate().skip(first) {
            let sides = [(self.base, self.base_text, &run.old), (self.head, self.head_text, &run.new)];
            for (side, (tokens, text, range)) in sides.into_iter().enumerate() {
                balance[side] += depth(&words(&tokens[range.clone()], text));
            }
            let span = run.old.end - runs[first].old.start;
            if self.zone != Zone::Code || span > 4 * MAX_TOKENS {
                break;
            }
            let Some(next) = runs.get(index + 1) else {
                if balance == [0, 0] {
                    sound = index + 1;
                }
                break;
            };
            let between = words(&self.base[run.old.end..next.old.start], self.base_text);
            // A call that got another name and a new first argument.
            let argument = next.old.is_empty() && matches!(between.as_slice(), [one] if one.text == "(");
            let joins = matches!(between.as_slice(), [one] if matches!(one.text, "." | "::" | "->"));
            if joins || argument && balance == [0, 0] {
                sound = sound.max(first + 1);
                continue;
            }
            if balance == [0, 0] {
                sound = index + 1;
                break;
            }
        }
        if sound > first {
            end = sound;
        }
        end
    }

    fn edit(&self, runs: &[Run]) -> Option<Edit<'t>> {
        let (first, last) = (runs.first()?, runs.last()?);
        let mut parts = Vec::new();
        for (index, run) in runs.iter().enumerate() {
            if index > 0 {
                let same = runs[index - 1].old.end..run.old.start;
                parts.push(Part::Same(words(&self.base[same], self.base_text)));
            }
            parts.push(Part::Change {
                before: words(&self.base[run.old.clone()], self.base_text),
                after: words(&self.head[run.new.clone()], self.head_text),
            });
        }
        let sizes = parts.iter().fold((0, 0), |(b, a), part| match part {
            Part::Change { before, after } => (b + before.len(), a + after.len()),
            Part::Same(_) => (b, a),
        });
        if sizes.0 > MAX_TOKENS || sizes.1 > MAX_TOKENS {
            return None;
        }
        let from = first.old.start.saturating_sub(CONTEXT);
        let to = (last.old.end + CONTEXT).min(self.base.len());
        Some(Edit {
            zone: self.zone,
            parts,
            left: words(&self.base[from..first.old.start], self.base_text),
            right: words(&self.base[last.old.end..to], self.base_text),
            base: place(self.base, first.old.start, last.old.end)?,
            head: place(self.head, first.new.start, last.new.end)?,
        })
    }
}

/// Where tokens stand; an empty range stands at the token behind it.
fn place(tokens: &[Token], first: usize, end: usize) -> Option<Place> {
    if first < end {
        let (first, last) = (tokens[first], tokens[end - 1]);
        return Some(Place { start: first.start as usize, end: last.end as usize, line: first.line });
    }
    match tokens.get(first) {
        Some(next) => Some(Place { start: next.start as usize, end: next.start as usize, line: next.line }),
        None => tokens.last().map(|t| Place { start: t.end as usize, end: t.end as usize, line: t.line }),
    }
}

pub(crate) fn words<'t>(tokens: &[Token], text: &'t str) -> Vec<Word<'t>> {
    tokens
        .iter()
        .map(|t| Word { kind: t.kind, text: text.get(t.start as usize..t.end as usize).unwrap_or_default() })
        .collect()
}

/// Brackets opened less brackets closed.
fn depth(words: &[Word<'_>]) -> i32 {
    words.iter().filter(|w| w.kind == Kind::Punct).fold(0, |depth, w| match w.text {
        "(" | "[" | "{" => depth + 1,
        ")" | "]" | "}" => depth - 1,
        _ => depth,
    })
}
