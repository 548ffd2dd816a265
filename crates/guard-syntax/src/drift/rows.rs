//! Tokens of two units: the best alignment with affine gaps (Gotoh 1982), between anchors where units are large.

use super::align::{Sides, Step};
use super::names::Stems;
use super::prints;
use super::shape::{Class, Place, Sym, Token, UNBOUND};

/// Cells of one table.
const MAX_CELLS: usize = 1 << 20;
/// Opening a gap, and each of its tokens.
const OPEN: f32 = -0.8;
const MORE: f32 = -0.15;

/// Aligns the own tokens of two units.
pub(super) fn align(sides: &Sides<'_>, units: (u32, u32), stems: &mut Stems) -> Vec<Step> {
    let (a, b) = (&sides.a.unit(units.0).tokens, &sides.b.unit(units.1).tokens);
    let images: Vec<Sym> = a.iter().map(|token| prints::image(sides.a, token, sides.mapping)).collect();
    let equal =
        |i: usize, j: usize| a[i].is_like(&b[j]) && images[i] == b[j].text && a[i].class != Class::Nested;
    let mut steps = Vec::with_capacity(a.len().max(b.len()));
    let before = (0..a.len().min(b.len())).take_while(|&at| equal(at, at)).count();
    steps.extend((0..before as u32).map(|at| Step::Both(at, at)));
    let most = a.len().min(b.len()) - before;
    let behind = (0..most).take_while(|&at| equal(a.len() - 1 - at, b.len() - 1 - at)).count();
    let (end_a, end_b) = (a.len() - behind, b.len() - behind);
    if (end_a - before) * (end_b - before) > MAX_CELLS {
        plain(&mut steps, (before, end_a), (before, end_b), &equal);
    } else {
        let mut table = Table { sides, a, b, images: &images, stems };
        table.align((before, end_a), (before, end_b), &mut steps);
    }
    steps.extend((0..behind).map(|at| Step::Both((end_a + at) as u32, (end_b + at) as u32)));
    steps
}

/// For rows that are too long for a table: runs that are equal, in order.
fn plain(steps: &mut Vec<Step>, a: (usize, usize), b: (usize, usize), equal: &dyn Fn(usize, usize) -> bool) {
    const REACH: usize = 64;
    let (mut i, mut j) = (a.0, b.0);
    while i < a.1 && j < b.1 {
        if equal(i, j) {
            steps.push(Step::Both(i as u32, j as u32));
            (i, j) = (i + 1, j + 1);
            continue;
        }
        // The nearest place where three tokens agree again.
        let agrees = |i: usize, j: usize| (0..3).all(|k| i + k < a.1 && j + k < b.1 && equal(i + k, j + k));
        let found =
            (1..REACH).find_map(|sum| (0..=sum).map(|x| (i + x, j + sum - x)).find(|&(x, y)| agrees(x, y)));
        let (x, y) = found.unwrap_or((i + 1, j + 1));
        steps.extend((i..x.min(a.1)).map(|at| Step::Left(at as u32)));
        steps.extend((j..y.min(b.1)).map(|at| Step::Right(at as u32)));
        (i, j) = (x.min(a.1), y.min(b.1));
    }
    steps.extend((i..a.1).map(|at| Step::Left(at as u32)));
    steps.extend((j..b.1).map(|at| Step::Right(at as u32)));
}

struct Table<'t> {
    sides: &'t Sides<'t>,
    a: &'t [Token],
    b: &'t [Token],
    images: &'t [Sym],
    stems: &'t mut Stems,
}

const DIAGONAL: u8 = 0;
const UP: u8 = 1;
const LEFT: u8 = 2;

impl Table<'_> {
    fn align(&mut self, a: (usize, usize), b: (usize, usize), steps: &mut Vec<Step>) {
        let (n, m) = (a.1 - a.0, b.1 - b.0);
        let width = m + 1;
        // Best of the rest from a cell on, when the step into it was diagonal, up or left; and where each goes next.
        let mut best =
            [vec![0.0_f32; (n + 1) * width], vec![0.0; (n + 1) * width], vec![0.0; (n + 1) * width]];
        let mut next = vec![[0_u8; 3]; (n + 1) * width];
        for i in (0..=n).rev() {
            for j in (0..=m).rev() {
                if i == n && j == m {
                    continue;
                }
                let at = i * width + j;
                let both = if i < n && j < m {
                    self.score(a.0 + i, b.0 + j).map(|score| score + best[DIAGONAL as usize][at + width + 1])
                } else {
                    None
                };
                let up = (i < n).then(|| MORE + best[UP as usize][at + width]);
                let left = (j < m).then(|| MORE + best[LEFT as usize][at + 1]);
                for state in [DIAGONAL, UP, LEFT] {
                    let open = |way: u8| if way == state { 0.0 } else { OPEN };
                    let ways = [
                        both.map(|it| (it, DIAGONAL)),
                        up.map(|it| (it + open(UP), UP)),
                        left.map(|it| (it + open(LEFT), LEFT)),
                    ];
                    let mut chosen = (f32::NEG_INFINITY, DIAGONAL);
                    for way in ways.into_iter().flatten() {
                        if way.0 > chosen.0 {
                            chosen = way;
                        }
                    }
                    best[state as usize][at] = chosen.0;
                    next[at][state as usize] = chosen.1;
                }
            }
        }
        let (mut i, mut j, mut state) = (0, 0, DIAGONAL);
        while i < n || j < m {
            state = next[i * width + j][state as usize];
            match state {
                DIAGONAL => {
                    steps.push(Step::Both((a.0 + i) as u32, (b.0 + j) as u32));
                    (i, j) = (i + 1, j + 1);
                }
                UP => {
                    steps.push(Step::Left((a.0 + i) as u32));
                    i += 1;
                }
                _ => {
                    steps.push(Step::Right((b.0 + j) as u32));
                    j += 1;
                }
            }
        }
    }

    /// What it is worth to take two tokens for one; `None` where that cannot be.
    fn score(&mut self, i: usize, j: usize) -> Option<f32> {
        let (s, t) = (&self.a[i], &self.b[j]);
        if !s.is_like(t) {
            return None;
        }
        match s.class {
            Class::Nested => {
                let (x, y) = (self.sides.a.list(s.list), self.sides.b.list(t.list));
                if x.sort != y.sort {
                    return None;
                }
                let prints = (
                    &self.sides.prints_a.lists[s.list as usize],
                    &self.sides.prints_b.lists[t.list as usize],
                );
                Some(1.0 + 4.0 * prints.0.likeness(prints.1))
            }
            Class::Word => {
                if s.text != t.text {
                    return None;
                }
                let text = self.sides.symbols.text(s.text);
                Some(if text.len() == 1 && !"=!?<>+-*/%&|^".contains(text) { 1.0 } else { 1.8 })
            }
            class => {
                if self.images[i] == t.text {
                    return Some(if class == Class::Number { 2.5 } else { 3.0 });
                }
                let text = self.sides.symbols.text(t.text);
                let kept = s.text == t.text && !text.is_empty();
                if self.stems.explain(s.text, t.text, self.sides.symbols) {
                    return Some(2.8);
                }
                if kept {
                    return Some(1.2);
                }
                let settled = self.images[i] != s.text;
                let alike = s.place == t.place || s.place == Place::Code || t.place == Place::Code;
                let same_kind = (s.scope == UNBOUND) == (t.scope == UNBOUND);
                let mut score = if settled { 0.1 } else { 0.7 };
                if s.class != t.class {
                    score -= 0.2;
                }
                if !alike || !same_kind {
                    score -= 0.3;
                }
                Some(score)
            }
        }
    }
}
