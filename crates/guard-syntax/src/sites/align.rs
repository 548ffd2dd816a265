//! Which tokens of two pieces of code are the same ones.

use super::scan::Kind;

/// A token with its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Word<'t> {
    pub(crate) kind: Kind,
    pub(crate) text: &'t str,
}

/// Cells of the table at most; larger pieces are no small edits.
const MAX_CELLS: usize = 1_500_000;

/// What it is worth that a pair follows the pair before it: keeps runs together.
const RUN: i32 = 2;

/// Pairs of indices of the same tokens, rising on both sides; `None` when the pieces are too large.
///
/// Names, strings and numbers weigh more than signs, and unbroken runs more than scattered pairs, so
/// that an alignment follows what a person would call unchanged.
pub(crate) fn align(old: &[Word<'_>], new: &[Word<'_>]) -> Option<Vec<(usize, usize)>> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let end = old[start..].iter().rev().zip(new[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old[start..old.len() - end], &new[start..new.len() - end]);
    let (rows, columns) = (a.len() + 1, b.len() + 1);
    if rows * columns > MAX_CELLS {
        return None;
    }
    let at = |row: usize, column: usize| row * columns + column;
    // `best`: of everything up to here. `paired`: of alignments that end with this very pair.
    let mut best = vec![0_i32; rows * columns];
    let mut paired = vec![i32::MIN / 2; rows * columns];
    for row in 1..rows {
        for column in 1..columns {
            let mut value = best[at(row - 1, column)].max(best[at(row, column - 1)]);
            if a[row - 1] == b[column - 1] {
                let before = at(row - 1, column - 1);
                // The pieces continue what is the same before and after them.
                let edge = (row == 1 && column == 1 && start > 0)
                    || (row == rows - 1 && column == columns - 1 && end > 0);
                let run = if edge { best[before] + RUN } else { paired[before] + RUN };
                let pair = weight(a[row - 1]) + best[before].max(run);
                paired[at(row, column)] = pair;
                value = value.max(pair);
            }
            best[at(row, column)] = value;
        }
    }
    let mut middle = Vec::new();
    let (mut row, mut column) = (rows - 1, columns - 1);
    let mut in_run = false;
    while row > 0 && column > 0 {
        let here = at(row, column);
        if in_run || paired[here] == best[here] {
            middle.push((start + row - 1, start + column - 1));
            let before = at(row - 1, column - 1);
            in_run = paired[before] + RUN >= best[before] && paired[before] > 0;
            (row, column) = (row - 1, column - 1);
        } else if best[at(row - 1, column)] == best[here] {
            row -= 1;
        } else {
            column -= 1;
        }
    }
    let mut pairs: Vec<(usize, usize)> = (0..start).map(|i| (i, i)).collect();
    pairs.extend(middle.into_iter().rev());
    pairs.extend((0..end).rev().map(|i| (old.len() - 1 - i, new.len() - 1 - i)));
    Some(pairs)
}

fn weight(word: Word<'_>) -> i32 {
    match word.kind {
        Kind::Punct => 1,
        _ if word.text.len() < 3 => 3,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sites::scan::{Family, Scanned};

    /// The two sides with what is not common in braces.
    fn differing(old: &str, new: &str) -> [String; 2] {
        let (a, b) = (Scanned::of(Family::Rust, old), Scanned::of(Family::Rust, new));
        fn words<'t>(s: &Scanned<'t>) -> Vec<Word<'t>> {
            s.code.iter().map(|&t| Word { kind: t.kind, text: s.word(t) }).collect()
        }
        let (a, b) = (words(&a), words(&b));
        let pairs = align(&a, &b).expect("small");
        let show = |words: &[Word<'_>], common: Vec<usize>| {
            let shown = words.iter().enumerate().filter(|(i, _)| !common.contains(i)).map(|(_, w)| w.text);
            shown.collect::<Vec<_>>().join(" ")
        };
        [show(&a, pairs.iter().map(|p| p.0).collect()), show(&b, pairs.iter().map(|p| p.1).collect())]
    }

    #[test]
    fn what_a_person_calls_unchanged_is_aligned() {
        for (old, new, gone, come) in [
            ("info!(\"x\", y);", "tracing::info!(\"x\", y);", "", "tracing ::"),
            ("let x = try!(f(a, b));", "let x = f(a, b)?;", "try ! ( )", "?"),
            ("f(a);\nf(b);", "g(a);\ng(b);", "f f", "g g"),
            ("x.as_ref().map(|v| v.a())", "x.as_deref()", "as_ref ( ) . map ( | v | v . a )", "as_deref"),
            ("same(1)", "same(1)", "", ""),
        ] {
            assert_eq!(differing(old, new), [gone, come], "{old}");
        }
    }
}
