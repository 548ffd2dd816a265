//! What the functions of a file do, statement by statement, so that two versions can be compared without
//! their comments, layout and log lines.

use proc_macro2::TokenStream;
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{Arm, Block, Stmt};

use super::arid;
use super::source::{Source, range};
use super::visit;
use super::{FindError, with_parsed};
use crate::mutant::Function;

/// A function and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The function.
    pub function: Function,
    /// Its statements and match arms as one line each, sorted. What stands in blocks within one is left out of
    /// it and has an entry of its own.
    pub pieces: Vec<String>,
}

/// The functions of a file that have mutants, by the order of their text.
pub fn bodies(path: &str, text: &str) -> Result<Vec<Body>, FindError> {
    with_parsed(path, text, |file, tokens| of_file(text, file, tokens))
}

fn of_file(text: &str, file: &syn::File, tokens: &TokenStream) -> Vec<Body> {
    let source = Source::new(text, tokens);
    let mut found = Vec::new();
    visit::functions(Source::new(text, tokens), file, &mut |function, block| {
        let mut pieces = Pieces { source: &source, holes: Vec::new(), found: Vec::new() };
        pieces.visit_block(block);
        let mut pieces = pieces.found;
        pieces.sort();
        found.push(Body { function, pieces });
    });
    found
}

struct Pieces<'a> {
    source: &'a Source<'a>,
    /// The pieces within the one at hand.
    holes: Vec<std::ops::Range<usize>>,
    found: Vec<String>,
}

impl Pieces<'_> {
    fn piece(&mut self, at: std::ops::Range<usize>, visit: impl FnOnce(&mut Self)) {
        let outer = std::mem::take(&mut self.holes);
        visit(self);
        let holes = std::mem::replace(&mut self.holes, outer);
        self.found.push(self.source.flat_without(at.clone(), &holes));
        self.holes.push(at);
    }
}

impl<'ast> Visit<'ast> for Pieces<'_> {
    fn visit_block(&mut self, block: &'ast Block) {
        for statement in &block.stmts {
            let at = range(statement.span());
            match statement {
                // A function within has a body of its own.
                Stmt::Item(_) => self.holes.push(at),
                _ if arid::is_log_statement(statement) => self.holes.push(at),
                _ => self.piece(at, |pieces| syn::visit::visit_stmt(pieces, statement)),
            }
        }
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        self.piece(range(arm.span()), |pieces| syn::visit::visit_arm(pieces, arm));
    }
}
