//! How deep a parser that recurses would go, told from the tokens without recursion.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The deepest nesting that is read. Hand-written code stays far below; the parser's stack is made for it.
pub(crate) const LIMIT: usize = 1_000;

/// Words that stand before an expression or a type which the parser reads by recursion.
const PREFIXES: [&str; 22] = [
    "as", "async", "await", "break", "const", "dyn", "else", "for", "if", "impl", "in", "let", "loop",
    "match", "move", "mut", "ref", "return", "static", "unsafe", "while", "yield",
];

/// An upper bound of the nesting: groups, and in each stretch of code between `;`, `,`, `=>` and blocks, the
/// operators and words by which one expression holds the next. Arguments of macros are not parsed.
pub(crate) fn is_too_deep(tokens: TokenStream) -> bool {
    let mut open = vec![Level::new(tokens, 0, false)];
    while let Some(level) = open.last_mut() {
        match level.next() {
            Step::Over => {}
            Step::Group(tokens, depth, is_macro) => {
                if open.len() > LIMIT {
                    return true;
                }
                open.push(Level::new(tokens, depth, is_macro));
            }
            Step::TooDeep => return true,
            Step::End => {
                open.pop();
            }
        }
    }
    false
}

enum Step {
    Over,
    Group(TokenStream, usize, bool),
    TooDeep,
    End,
}

struct Level {
    tokens: std::iter::Peekable<proc_macro2::token_stream::IntoIter>,
    /// The nesting around this group.
    base: usize,
    is_macro: bool,
    /// What has nested since the last end of an expression.
    run: usize,
    /// Angle brackets that may still be open: a comma inside ends no type.
    angles: usize,
    /// Within the parameters of a closure, where a comma ends no expression.
    parameters: bool,
    before: Before,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing that an operator could follow.
    Start,
    /// The end of an expression, or a name.
    Operand,
    Literal,
    /// A name and `!`: a macro's arguments follow.
    Bang,
    Minus,
    Less,
    /// A number and `<`, which opens no type.
    LiteralLess,
}

impl Level {
    fn new(tokens: TokenStream, base: usize, is_macro: bool) -> Level {
        Level {
            tokens: tokens.into_iter().peekable(),
            base: base + 1,
            is_macro,
            run: 0,
            angles: 0,
            parameters: false,
            before: Before::Start,
        }
    }

    fn next(&mut self) -> Step {
        let Some(tree) = self.tokens.next() else { return Step::End };
        match tree {
            TokenTree::Group(group) => {
                let is_macro = self.is_macro || self.before == Before::Bang;
                let depth = self.base + self.run + self.angles;
                if self.before == Before::Operand {
                    self.run += 1;
                }
                self.before = Before::Operand;
                if group.delimiter() == Delimiter::Brace && !self.goes_on() {
                    self.end();
                    self.angles = 0;
                }
                if self.base + self.run > LIMIT {
                    return Step::TooDeep;
                }
                return Step::Group(group.stream(), depth, is_macro);
            }
            _ if self.is_macro => {}
            TokenTree::Literal(_) => self.before = Before::Literal,
            TokenTree::Ident(ident) => {
                let word = ident.to_string();
                if PREFIXES.contains(&word.as_str()) {
                    self.run += 1;
                    self.before = Before::Start;
                } else if self.before != Before::Bang {
                    self.before = Before::Operand;
                }
            }
            TokenTree::Punct(punct) => self.punct(punct.as_char()),
        }
        if self.base + self.run + self.angles > LIMIT { Step::TooDeep } else { Step::Over }
    }

    fn punct(&mut self, c: char) {
        let before = std::mem::replace(&mut self.before, Before::Start);
        match c {
            ';' => {
                self.end();
                self.angles = 0;
            }
            ',' if !self.parameters => self.end(),
            ',' | ':' | '#' | '\'' => {}
            '!' if before == Before::Operand => {
                self.before = Before::Bang;
                self.run += 1;
            }
            '|' if self.parameters => {
                self.parameters = false;
                self.run += 1;
            }
            '|' if matches!(before, Before::Start) => {
                self.parameters = true;
                self.run += 1;
            }
            // A shift nests as other operators do; `<<` of types counts as brackets.
            '<' if before == Before::Less && self.next_is_literal() => {
                self.angles = self.angles.saturating_sub(1);
                self.run += 1;
            }
            '<' if before == Before::Literal => {
                self.run += 1;
                self.before = Before::LiteralLess;
            }
            '<' if before == Before::LiteralLess => {}
            '<' => {
                self.angles += 1;
                self.before = Before::Less;
            }
            '>' if before == Before::Minus => self.run += 1,
            '>' => {
                if self.angles > 0 {
                    self.angles -= 1;
                    self.before = Before::Operand;
                } else {
                    self.run += 1;
                }
            }
            '-' => {
                self.run += 1;
                self.before = Before::Minus;
            }
            '=' if matches!(self.tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '>') => {
                // What follows an arm's pattern is new.
                self.tokens.next();
                self.end();
                self.angles = 0;
            }
            '?' => {
                self.run += 1;
                self.before = Before::Operand;
            }
            // `..` has two ends at most.
            '.' if matches!(self.tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '.') => {}
            _ => self.run += 1,
        }
    }

    fn end(&mut self) {
        self.run = 0;
        self.parameters = false;
        self.before = Before::Start;
    }

    /// Whether the expression that a block ended goes on behind it.
    fn goes_on(&mut self) -> bool {
        match self.tokens.peek() {
            Some(TokenTree::Ident(word)) => *word == "else" || *word == "as",
            Some(TokenTree::Punct(punct)) => punct.as_char() != '#',
            Some(TokenTree::Group(_)) => true,
            _ => false,
        }
    }

    fn next_is_literal(&mut self) -> bool {
        matches!(self.tokens.peek(), Some(TokenTree::Literal(_)))
    }
}
