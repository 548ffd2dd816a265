//! Which unit and which token of the reference is which of the implementation.
//!
//! Lists are matched from the root down with a queue. What two matched units hold in lists of their own is matched
//! in turn, so a difference stays inside the unit that it is in.

use super::infer::{Mapping, Votes};
use super::names::Stems;
use super::prints::{self, Prints};
use super::shape::{Class, ListSort, Shape, Sort, Symbols};
use super::{lists, rows};

/// Votes of the place that binds a name: uses follow it.
const BINDING: u32 = 3;
/// Votes of a place in a unit that is otherwise the same; the more the unit differs, the fewer.
const MOST: usize = 8;

/// Everything that is known while aligning.
pub(super) struct Sides<'a> {
    pub(super) a: &'a Shape,
    pub(super) b: &'a Shape,
    pub(super) symbols: &'a Symbols,
    pub(super) mapping: &'a Mapping,
    pub(super) prints_a: Prints,
    pub(super) prints_b: &'a Prints,
}

/// What became of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Both sides have it.
    Both(u32, u32),
    /// Only the reference.
    Left(u32),
    /// Only the implementation.
    Right(u32),
}

/// What became of a unit of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    Both(u32, u32),
    /// Both sides have it, in another order.
    Moved(u32, u32),
    Left(u32),
    Right(u32),
}

/// Two units that are one, with their tokens.
pub(super) struct Matched {
    pub(super) units: (u32, u32),
    pub(super) steps: Vec<Step>,
}

/// Two lists that are one, with their units.
pub(super) struct Rows {
    pub(super) lists: (u32, u32),
    pub(super) rows: Vec<Row>,
}

/// The whole.
#[derive(Default)]
pub(super) struct Alignment {
    pub(super) units: Vec<Matched>,
    pub(super) lists: Vec<Rows>,
}

impl Alignment {
    /// Aligns two shapes.
    pub(super) fn of(sides: &Sides<'_>, stems: &mut Stems) -> Alignment {
        let mut alignment = Alignment::default();
        let mut open = vec![(sides.a.root, sides.b.root)];
        while let Some(pair) = open.pop() {
            let rows = lists::align(sides, pair, stems);
            for row in &rows {
                let &(Row::Both(u, v) | Row::Moved(u, v)) = row else { continue };
                let steps = rows::align(sides, (u, v), stems);
                let (own, other) = (sides.a.unit(u), sides.b.unit(v));
                for step in &steps {
                    let &Step::Both(i, j) = step else { continue };
                    let (s, t) = (own.tokens[i as usize], other.tokens[j as usize]);
                    if s.class == Class::Nested && t.class == Class::Nested {
                        open.push((s.list, t.list));
                    }
                }
                alignment.units.push(Matched { units: (u, v), steps });
            }
            alignment.lists.push(Rows { lists: pair, rows });
        }
        alignment
    }

    /// What stands beside what.
    pub(super) fn votes(&self, sides: &Sides<'_>) -> Votes {
        let mut votes = Votes::default();
        for matched in &self.units {
            let (own, other) = (sides.a.unit(matched.units.0), sides.b.unit(matched.units.1));
            let both = matched.steps.iter().filter(|step| matches!(step, Step::Both(..))).count();
            let sure = (MOST * both / matched.steps.len().max(1)).max(1) as u32;
            for step in &matched.steps {
                let &Step::Both(i, j) = step else { continue };
                let (s, t) = (&own.tokens[i as usize], &other.tokens[j as usize]);
                if s.is_like(t) && !matches!(s.class, Class::Word | Class::Nested) {
                    let weight = if s.binds && t.binds { BINDING * sure } else { sure };
                    let class = if s.is_name() { Class::Name } else { s.class };
                    votes.add((sides.a.binder(s), s.text), (sides.b.binder(t), t.text), class, weight);
                }
            }
        }
        votes
    }

    /// Tokens that both sides have, of both.
    pub(super) fn common(&self) -> u32 {
        let both =
            |it: &Matched| it.steps.iter().filter(|step| matches!(step, Step::Both(..))).count() as u32;
        self.units.iter().map(both).sum()
    }
}

impl<'a> Sides<'a> {
    pub(super) fn new(
        (a, b): (&'a Shape, &'a Shape),
        symbols: &'a Symbols,
        mapping: &'a Mapping,
        prints_b: &'a Prints,
    ) -> Sides<'a> {
        Sides { a, b, symbols, mapping, prints_a: prints::of(a, mapping), prints_b }
    }

    pub(super) fn sort(&self, lists: (u32, u32)) -> ListSort {
        self.a.list(lists.0).sort
    }

    /// The same text once names are mapped.
    pub(super) fn same(&self, u: u32, v: u32) -> bool {
        self.prints_a.units[u as usize].exact == self.prints_b.units[v as usize].exact
    }

    /// How alike two units are, from 0 to 1.
    pub(super) fn likeness(&self, u: u32, v: u32) -> f32 {
        let likeness = self.prints_a.units[u as usize].likeness(&self.prints_b.units[v as usize]);
        let (u, v) = (self.a.unit(u), self.b.unit(v));
        if u.sort != v.sort && (u.sort == Sort::Import || v.sort == Sort::Import) {
            0.0
        } else if u.kind != v.kind {
            likeness * 0.7
        } else {
            likeness
        }
    }
}
