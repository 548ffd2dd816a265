//! Whether one function is another one again, names of its own aside; and a sieve that finds the few files in which that
//! could be. `honest` knows which functions are written twice in good faith.

mod honest;
mod sieve;

use std::collections::HashMap;

use guard_model::source::Language;

use crate::drift::Piece;
use crate::drift::read;
use crate::drift::shape::{Class, ListSort, Place, Shape, Sym, Symbols, Token, UNBOUND};
use crate::{bounds, tree};

pub use honest::{Function, bodies_that_left, candidates, methods, package_of, repeats, repeats_beside};
pub use sieve::Sieve;

/// What two functions that are the same have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Same {
    /// Names that stand for the same name on the other side are not bound in them: what they mean is decided around
    /// each of them.
    pub free: Vec<String>,
    /// Names of their own differ.
    pub renamed: bool,
}

/// Compares two functions, each given by its lines. They are the same when every token is, but for their own names, names
/// that are bound in them (renamed one to one) and what can be seen from outside. `None` when they are not, or when either
/// hangs on a condition of the build, or on what it is a method of, unless that is `one_object` for both.
pub fn same(one: &Piece<'_>, other: &Piece<'_>, one_object: bool) -> Option<Same> {
    let (first, second) = (Language::of_path(one.path)?, Language::of_path(other.path)?);
    if first != second {
        return None;
    }
    let mut symbols = Symbols::default();
    let (a, b) = (shape(one, first, &mut symbols)?, shape(other, second, &mut symbols)?);
    let (own_a, own_b) = (symbols_of_own(&a)?, symbols_of_own(&b)?);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    flatten(&a, a.root, &mut left);
    flatten(&b, b.root, &mut right);
    if left.len() != right.len() {
        return None;
    }
    let mut forth: HashMap<(u32, Sym), (u32, Sym)> = HashMap::new();
    let mut back: HashMap<(u32, Sym), (u32, Sym)> = HashMap::new();
    let mut same = Same::default();
    let mut is_declared = false;
    for (at, (x, y)) in left.iter().zip(&right).enumerate() {
        let (Step::Token(x), Step::Token(y)) = (x, y) else {
            if x == y {
                continue;
            }
            return None;
        };
        if x.class != y.class {
            return None;
        }
        if x.class != Class::Name {
            if x.text != y.text {
                return None;
            }
            if !one_object && is_object(symbols.text(x.text)) {
                return None;
            }
            continue;
        }
        if (x.text, y.text) == (own_a, own_b) {
            // What is called by it on something else, as a delegation does, is another function.
            if own_a != own_b && is_declared && (x.scope == UNBOUND || follows_path(&left, at, &symbols)) {
                return None;
            }
            is_declared = true;
            continue;
        }
        let (from, to) = (a.binder(x), b.binder(y));
        if from == UNBOUND || to == UNBOUND {
            let name = symbols.text(x.text);
            if x.text != y.text || from != to || name == "cfg" || (!one_object && is_object(name)) {
                return None;
            }
            // A member means what its value is of; a variable or a type, what stands around.
            if x.scope != UNBOUND && !same.free.iter().any(|known| known == name) {
                same.free.push(name.to_owned());
            }
            continue;
        }
        if !one_object && is_object(symbols.text(x.text)) {
            return None;
        }
        let (from, to) = ((from, x.text), (to, y.text));
        if *forth.entry(from).or_insert(to) != to || *back.entry(to).or_insert(from) != from {
            return None;
        }
        same.renamed |= x.text != y.text;
    }
    Some(same)
}

/// Whether a name is the last one of a path.
fn follows_path(row: &[Step<'_>], at: usize, symbols: &Symbols) -> bool {
    let before = at.checked_sub(1).and_then(|before| row.get(before));
    matches!(before, Some(Step::Token(token)) if matches!(symbols.text(token.text), "::" | "." | "?." | "->"))
}

/// Names of what a method is called on: it hangs on the type that it stands in.
fn is_object(name: &str) -> bool {
    matches!(name, "self" | "this" | "super" | "cls" | "Self")
}

fn shape(piece: &Piece<'_>, language: Language, symbols: &mut Symbols) -> Option<Shape> {
    let text = bounds::readable(piece.text).ok()?;
    let source = tree::Source::parse(piece.path, language, text).ok()?;
    let shape = read::read(source.tree.root_node(), &source.text, language, piece.lines, false, symbols)?;
    // Lines that hold more than one item are not compared.
    (shape.list(shape.root).units.len() == 1).then_some(shape)
}

/// The name of the function itself.
fn symbols_of_own(shape: &Shape) -> Option<Sym> {
    let unit = shape.list(shape.root).units.first()?;
    shape.unit(*unit).name.or(Some(Sym::MAX))
}

/// A shape as a row.
#[derive(Debug, Clone, Copy)]
enum Step<'s> {
    Token(&'s Token),
    /// A list of so many units begins.
    List(usize),
    /// A unit of this kind begins.
    Unit(Sym),
}

impl PartialEq for Step<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Step::List(a), Step::List(b)) => a == b,
            (Step::Unit(a), Step::Unit(b)) => a == b,
            _ => false,
        }
    }
}

fn flatten<'s>(shape: &'s Shape, list: u32, row: &mut Vec<Step<'s>>) {
    let mut open: Vec<(u32, usize, usize)> = vec![(list, 0, 0)];
    row.push(Step::List(shape.list(list).units.len()));
    while let Some((list, unit, token)) = open.pop() {
        let Some(&number) = shape.list(list).units.get(unit) else { continue };
        let it = shape.unit(number);
        if token == 0 {
            row.push(Step::Unit(it.kind));
        }
        let Some(next) = it.tokens.get(token) else {
            open.push((list, unit + 1, 0));
            continue;
        };
        open.push((list, unit, token + 1));
        match next.class {
            // Attributes that matter were looked at by whoever asks.
            Class::Nested if shape.list(next.list).sort == ListSort::Attributes => {}
            Class::Nested => {
                row.push(Step::List(shape.list(next.list).units.len()));
                open.push((next.list, 0, 0));
            }
            _ if next.place == Place::Visibility => {}
            _ => row.push(Step::Token(next)),
        }
    }
}

#[cfg(test)]
mod tests;
