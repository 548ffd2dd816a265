//! Which mutants a change calls for, and in what order.

use std::collections::{BTreeMap, BTreeSet};

use guard_model::Language;

use crate::find::{Body, bodies};
use crate::mutant::{Edit, Function, Mutant, Operator};
use crate::others;

/// The lines of one file that a change touched, as the new version counts them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// Lines that were added or are different.
    pub added: BTreeSet<u32>,
    /// Lines before which something was taken out; one more than the file has where that was its end.
    pub deleted_before: BTreeSet<u32>,
}

/// cargo-mutants' `--in-diff`: a mutant stays when a line of its span is added or beside a deletion. The span
/// of a function's value is the body, so one touched line brings every value of its function.
pub fn in_diff(mutants: Vec<Mutant>, touched: &Touched) -> Vec<Mutant> {
    let mut lines = touched.added.clone();
    for &line in &touched.deleted_before {
        lines.insert(line);
        if line > 1 {
            lines.insert(line - 1);
        }
    }
    let is_in = |m: &Mutant| lines.range(m.start.line..=m.end.line).next().is_some();
    mutants.into_iter().filter(is_in).collect()
}

/// Every mutant of the functions that were touched, and those outside of functions on touched lines. `text` is
/// the file's.
pub fn in_touched_functions(mutants: Vec<Mutant>, touched: &Touched, text: &str) -> Vec<Mutant> {
    let lines = Lines::of(text);
    let is_in = |m: &Mutant| match &m.function {
        Some(function) => lines.are_touched(&function.span, touched),
        None => touched.added.range(m.start.line..=m.end.line).next().is_some(),
    };
    mutants.into_iter().filter(is_in).collect()
}

/// guard's rule: mutants on added lines. The value of a whole function is among them only where the function is
/// new or at least half of its statements are; comments, layout and log lines are no change. `text` is the
/// file's at head, `base` the same file's at base, if it was there.
pub fn on_changed_lines(
    mutants: Vec<Mutant>,
    touched: &Touched,
    path: &str,
    text: &str,
    base: Option<&str>,
) -> Vec<Mutant> {
    let lines = Lines::of(text);
    let mut rewritten = Rewritten::new(path, text, base, touched);
    let is_in = |m: &Mutant| {
        let last = match (&m.edit, &m.function) {
            (Edit::Value { .. }, Some(function)) => {
                return lines.are_touched(&function.span, touched) && rewritten.is(function, &lines);
            }
            // What an arm does has mutants of its own.
            (Edit::Arm { pattern_end, .. }, _) => lines.of_byte(*pattern_end),
            _ => m.end.line,
        };
        touched.added.range(m.start.line..=last.max(m.start.line)).next().is_some()
    };
    mutants.into_iter().filter(is_in).collect()
}

/// Which functions a change has made anew.
struct Rewritten<'a> {
    touched: &'a Touched,
    /// None where a version cannot be read: then lines decide.
    versions: Option<(Vec<Body>, Vec<Body>)>,
    known: BTreeMap<usize, bool>,
}

impl<'a> Rewritten<'a> {
    fn new(path: &str, text: &str, base: Option<&str>, touched: &'a Touched) -> Rewritten<'a> {
        let base = base.map_or(Some(Vec::new()), |base| bodies_of(path, base));
        let versions = base.and_then(|base| Some((base, bodies_of(path, text)?)));
        Rewritten { touched, versions, known: BTreeMap::new() }
    }

    fn is(&mut self, function: &Function, lines: &Lines) -> bool {
        if let Some(&known) = self.known.get(&function.span.start) {
            return known;
        }
        let answer = match &self.versions {
            Some((base, head)) => match head.iter().find(|body| body.function.span == function.span) {
                Some(body) => is_made_anew(body, base),
                None => false,
            },
            None => {
                let all = lines.of_byte(function.body.start)..=lines.of_byte(function.body.end);
                self.touched.added.range(all.clone()).count() * 2 >= all.count()
            }
        };
        self.known.insert(function.span.start, answer);
        answer
    }
}

fn bodies_of(path: &str, text: &str) -> Option<Vec<Body>> {
    match Language::of_path(path).filter(|language| others::speaks(*language)) {
        Some(language) => others::bodies(path, language, text),
        None => bodies(path, text).ok(),
    }
}

fn is_made_anew(body: &Body, base: &[Body]) -> bool {
    // The same code under another name has only been moved.
    if base.iter().any(|old| old.pieces == body.pieces) {
        return false;
    }
    let mut same_name = base.iter().filter(|old| old.function.name == body.function.name).peekable();
    if same_name.peek().is_none() {
        return true;
    }
    same_name.all(|old| {
        let common = common(&old.pieces, &body.pieces);
        let is_half_new = common * 2 <= body.pieces.len();
        let is_half_gone = common * 2 <= old.pieces.len();
        is_half_new || is_half_gone
    })
}

/// How many entries two sorted lists share.
fn common(a: &[String], b: &[String]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                count += 1;
                i += 1;
                j += 1;
            }
        }
    }
    count
}

struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Lines {
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1);
        Lines(std::iter::once(0).chain(breaks).collect())
    }

    fn of_byte(&self, byte: usize) -> u32 {
        u32::try_from(self.0.partition_point(|&start| start <= byte)).unwrap_or(u32::MAX)
    }

    fn are_touched(&self, at: &std::ops::Range<usize>, touched: &Touched) -> bool {
        let (first, last) = (self.of_byte(at.start), self.of_byte(at.end));
        // A deletion before the first line lies outside.
        touched.added.range(first..=last).next().is_some()
            || (first < last && touched.deleted_before.range(first + 1..=last).next().is_some())
    }
}

/// Puts mutants into the order in which they are tried: one of every line, then a second of every line, and so
/// on. In each round the most telling kind comes first, the one whose survival says most about what no test
/// looks at; of one kind, by file and place. The order depends on the mutants alone.
pub fn order(mutants: &mut Vec<Mutant>) {
    mutants.sort_by(|a, b| place(a).cmp(&place(b)));
    let mut lines: BTreeMap<(String, u32), Vec<Mutant>> = BTreeMap::new();
    for mutant in mutants.drain(..) {
        lines.entry((mutant.path.clone(), mutant.start.line)).or_default().push(mutant);
    }
    let mut all: Vec<(usize, Mutant)> = lines.into_values().flat_map(by_turns).collect();
    all.sort_by(|(round, a), (other, b)| {
        (round, rank(a.operator), place(a)).cmp(&(other, rank(b.operator), place(b)))
    });
    mutants.extend(all.into_iter().map(|(_, mutant)| mutant));
}

/// The mutants of a line, each with its round: first one of every place and kind, then the second ones.
fn by_turns(mutants: Vec<Mutant>) -> impl Iterator<Item = (usize, Mutant)> {
    let mut turns: BTreeMap<(u8, usize), usize> = BTreeMap::new();
    let mut all: Vec<((usize, u8, usize), Mutant)> = Vec::new();
    for mutant in mutants {
        let rank = rank(mutant.operator);
        let turn = turns.entry((rank, mutant.span.start)).or_default();
        all.push(((*turn, rank, mutant.span.start), mutant));
        *turn += 1;
    }
    all.sort_by_key(|(key, _)| *key);
    all.into_iter().enumerate().map(|(round, (_, mutant))| (round, mutant))
}

fn place(m: &Mutant) -> (&str, usize, usize, &str, &str) {
    (&m.path, m.span.start, m.span.end, &m.description, &m.replacement)
}

/// The wider the gap that a survivor shows, the sooner it is tried: nothing looks at what a function gives, at
/// what a call does, at a whole branch, at a condition's direction, at its boundary, at a number.
fn rank(operator: Operator) -> u8 {
    match operator {
        Operator::FunctionValue => 0,
        Operator::StatementDeletion => 1,
        Operator::Condition => 2,
        Operator::MatchArm => 3,
        Operator::MatchArmGuard => 4,
        Operator::EarlyReturn => 5,
        Operator::UnaryOperator => 6,
        Operator::BinaryOperator => 7,
        Operator::ArgumentSwap => 8,
        Operator::RangeEnd => 9,
        Operator::StructField => 10,
        Operator::Literal => 11,
    }
}

/// The `k`th of `n` parts, counted from 0: every `n`th mutant, so that each part has first and later ones.
/// Together the parts are all, and none is in two.
pub fn shard(mutants: Vec<Mutant>, k: usize, n: usize) -> Vec<Mutant> {
    mutants.into_iter().enumerate().filter(|(i, _)| i % n.max(1) == k).map(|(_, mutant)| mutant).collect()
}
