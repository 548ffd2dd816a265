//! How an implementation differs from its reference.
//!
//! Two files, or lines of them, become units in lists (`read` makes a [`shape`] of a tree). Units are aligned: the
//! same ones first, then those of the same form, then the most alike (`lists`), and inside of two units their tokens
//! (`rows`). What stands side by side votes for what a name became (`infer`): one to one, by majority, each name in
//! the scope that binds it, with the stems that the names of the pair and of each other tell (`names`). With that
//! the alignment is made anew, and what no renaming explains is a point (`points`, named by `kinds`).
//!
//! `links` finds the pairs that comments name, `ratchet` compares a pair at head with what it was at base.
//!
//! Comments, layout, quotes, trailing commas and the order of items say nothing; imports show where they are used.

use guard_model::source::Language;
use guard_model::{Pair, PairSide};

use crate::bounds;
use crate::tree::Source;

pub mod links;

mod align;
mod grammar;
mod infer;
mod kinds;
mod lists;
mod names;
mod points;
mod prints;
mod ratchet;
pub(crate) mod read;
mod rows;
pub(crate) mod shape;
mod spelling;
#[cfg(test)]
mod tests;

pub use ratchet::{Read, Wanted, over_change};

/// Rounds of aligning and inferring.
const ROUNDS: usize = 3;
/// Share of the smaller side's tokens that both must have, in percent; below it the two have nothing to do with each other.
const COMPARABLE: u32 = 25;
/// Tokens of one side at most.
const MAX_TOKENS: u32 = 400_000;

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'t> {
    /// Path; its names count when renamings are inferred.
    pub path: &'t str,
    /// The whole file.
    pub text: &'t [u8],
    /// The lines to compare, 1-based and inclusive; all of them when absent.
    pub lines: Option<(u32, u32)>,
}

/// What is known to differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Declared renamings.
    pub renames: Vec<(String, String)>,
    /// `async` and `await` may differ.
    pub asynchronous: bool,
}

/// Compares an implementation with its reference.
pub fn compare(reference: &Piece<'_>, implementation: &Piece<'_>, allowed: &Allowed) -> Pair {
    let side = |piece: &Piece<'_>| PairSide {
        path: piece.path.to_owned(),
        item: None,
        line: piece.lines.map_or(1, |lines| lines.0),
        end_line: piece.lines.map_or(1, |lines| lines.1),
    };
    let mut pair =
        Pair { reference: side(reference), implementation: side(implementation), ..Pair::default() };
    if let Err(reason) = compare_into(&mut pair, reference, implementation, allowed) {
        pair.not_comparable = Some(reason);
        pair.points.clear();
        pair.substitutions.clear();
    }
    pair.same = pair.not_comparable.is_none() && pair.points.is_empty();
    pair
}

fn compare_into(
    pair: &mut Pair,
    reference: &Piece<'_>,
    implementation: &Piece<'_>,
    allowed: &Allowed,
) -> Result<(), String> {
    let (first, second) = (parse(reference)?, parse(implementation)?);
    if family(first.language) != family(second.language) {
        return Err(format!("{} and {} are not compared", first.language.name(), second.language.name()));
    }
    let mut symbols = shape::Symbols::default();
    let mut shape = |piece: &Piece<'_>, source: &Source<'_>| {
        read::read(
            source.tree.root_node(),
            &source.text,
            source.language,
            piece.lines,
            allowed.asynchronous,
            &mut symbols,
        )
        .filter(|shape| shape.weight() > 0)
        .ok_or_else(|| format!("no code stands in these lines of {}", piece.path))
    };
    let (a, b) = (shape(reference, &first)?, shape(implementation, &second)?);
    for (side, shape) in [(&mut pair.reference, &a), (&mut pair.implementation, &b)] {
        let names = shape.around.iter().chain(&shape.item);
        side.item = shape.item.as_ref().map(|_| names.cloned().collect::<Vec<_>>().join("::"));
        (side.line, side.end_line) = (shape.line, shape.end_line);
    }
    if a.weight().max(b.weight()) > MAX_TOKENS {
        return Err(format!("more than {MAX_TOKENS} tokens"));
    }
    let mut stems = names::Stems::default();
    for (from, to) in &allowed.renames {
        stems.declare(from, to);
    }
    // A name that is imported under another one is still the same thing.
    for (name, alias) in read::aliases(second.tree.root_node(), &second.text) {
        stems.alias(&name, &alias);
    }
    for (name, alias) in read::aliases(first.tree.root_node(), &first.text) {
        stems.alias(&alias, &name);
    }
    let renamed = learn_names((&a, reference.path), (&b, implementation.path), &mut stems);
    let prints_b = prints::of(&b, &infer::Mapping::default());
    let mut mapping = infer::Mapping::default();
    let mut alignment = align::Alignment::default();
    for round in 0..ROUNDS {
        let sides = align::Sides::new((&a, &b), &symbols, &mapping, &prints_b);
        alignment = align::Alignment::of(&sides, &mut stems);
        let votes = alignment.votes(&sides);
        let decided = infer::decide(&votes, &mut stems, &symbols);
        let settled = round > 0 && decided.same_as(&mapping);
        mapping = decided;
        if settled {
            break;
        }
    }
    if alignment.common() * 100 < a.weight().min(b.weight()) * COMPARABLE {
        return Err("the two have too little in common to be compared".to_owned());
    }
    let names =
        a.units.iter().flat_map(|unit| &unit.tokens).filter(|token| token.class == shape::Class::Name);
    let mut judge = points::Judge {
        a: &a,
        b: &b,
        symbols: &symbols,
        mapping: &mapping,
        stems: &mut stems,
        renamed,
        left_behind: infer::left_behind(&mapping, &symbols),
        names_of_a: names.map(|token| token.text).collect(),
        misspelt: std::collections::HashSet::new(),
    };
    pair.points = judge.points(&alignment);
    pair.substitutions = judge.substitutions();
    Ok(())
}

fn parse<'t>(piece: &Piece<'t>) -> Result<Source<'t>, String> {
    let language = Language::of_path(piece.path)
        .ok_or_else(|| format!("{} is in no language that is read", piece.path))?;
    bounds::readable(piece.text)
        .and_then(|text| Source::parse(piece.path, language, text))
        .map_err(|reason| format!("{}: {reason}", piece.path))
}

/// Languages that are compared with each other.
fn family(language: Language) -> Language {
    match language {
        Language::Tsx | Language::JavaScript => Language::TypeScript,
        Language::C => Language::Cpp,
        other => other,
    }
}

/// Learns from the names of the two items, of what is around them and of their files. Whether the items have
/// different names: then they are twins, and not one thing twice.
fn learn_names(a: (&shape::Shape, &str), b: (&shape::Shape, &str), stems: &mut names::Stems) -> bool {
    let mut renamed = false;
    if let (Some(from), Some(to)) = (&a.0.item, &b.0.item)
        && from != to
    {
        renamed = true;
        stems.learn(from, to);
    }
    for (from, to) in a.0.around.iter().rev().zip(b.0.around.iter().rev()) {
        if from != to {
            renamed = true;
            stems.learn(from, to);
        }
    }
    let parts = |path: &str| -> Vec<String> {
        path.rsplit('/').map(|part| part.split('.').next().unwrap_or(part).to_owned()).collect()
    };
    for (from, to) in
        parts(a.1).iter().zip(&parts(b.1)).take_while(|(from, to)| !from.is_empty() && !to.is_empty())
    {
        stems.learn(from, to);
    }
    renamed
}

/// Whether a path becomes the other by declared renamings: for directories whose files belong together.
pub fn path_follows(from: &str, to: &str, renames: &[(String, String)]) -> bool {
    if from == to {
        return true;
    }
    let mut stems = names::Stems::default();
    for (from, to) in renames {
        stems.declare(from, to);
    }
    stems.explain_texts(from, to)
}
