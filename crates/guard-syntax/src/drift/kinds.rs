//! Names for differences, and the words in which they are told.

use guard_model::DriftKind;

use super::infer::Mapping;
use super::prints;
use super::shape::{Class, ListSort, Place, Shape, Sort, Symbols, Token, Unit, VALUE};

/// Characters of code that a message quotes.
const QUOTED: usize = 60;

/// Tokens that differ, of both sides.
pub(super) struct Piece<'a> {
    pub(super) left: Vec<&'a Token>,
    pub(super) right: Vec<&'a Token>,
    /// Each token of one side stands for one of the other.
    pub(super) in_pairs: bool,
}

/// Names what differs inside of two units.
pub(super) fn of_tokens(piece: &Piece<'_>, a: &Shape, mapping: &Mapping, symbols: &Symbols) -> DriftKind {
    let all = || piece.left.iter().chain(&piece.right).copied();
    let text = |token: &Token| symbols.text(token.text);
    let side = |missing, extra, changed| match (piece.left.is_empty(), piece.right.is_empty()) {
        (false, true) => missing,
        (true, false) => extra,
        _ => changed,
    };
    if all().all(|token| token.place == Place::Visibility) {
        return DriftKind::Visibility;
    }
    if all().all(|token| token.place == Place::Attribute) {
        return side(DriftKind::MissingAttribute, DriftKind::ExtraAttribute, DriftKind::Changed);
    }
    let images: Vec<u32> = piece.left.iter().map(|token| prints::image(a, token, mapping)).collect();
    let plain: Vec<u32> = piece.left.iter().map(|token| token.text).collect();
    let right: Vec<u32> = piece.right.iter().map(|token| token.text).collect();
    let sorted = |texts: &[u32]| {
        let mut texts = texts.to_vec();
        texts.sort_unstable();
        texts
    };
    // The same texts in another order, or in another place of the unit.
    let permuted = |left: &[u32]| left != right && sorted(left) == sorted(&right);
    let moved = !piece.in_pairs && images == right;
    if !right.is_empty() && (permuted(&images) || permuted(&plain) || moved) {
        let in_call = all().any(|token| token.group > 0);
        return if in_call { DriftKind::ArgumentOrder } else { DriftKind::Reordered };
    }
    let ternary = all().any(|token| text(token) == ":");
    let errors = |token: &Token| match text(token) {
        "try" | "catch" | "except" | "finally" | "throw" | "raise" | "await" | "rescue" => true,
        "?" => !ternary,
        _ => false,
    };
    if all().any(|token| token.class == Class::Word && errors(token)) {
        return DriftKind::ErrorHandling;
    }
    if all().any(|token| {
        token.class == Class::Word && matches!(text(token), "else" | "elif" | "case" | "default")
    }) {
        return side(DriftKind::MissingBranch, DriftKind::ExtraBranch, DriftKind::Changed);
    }
    if all().all(|token| token.place == Place::Type || token.class == Class::Builtin) {
        return DriftKind::ChangedType;
    }
    let literal = |token: &Token| {
        matches!(token.class, Class::Number | Class::Text)
            || matches!(
                text(token),
                "true" | "false" | "True" | "False" | "null" | "None" | "nullptr" | "nil"
            )
    };
    if all().all(literal) {
        return DriftKind::ChangedLiteral;
    }
    let decides = |token: &Token| {
        matches!(
            text(token),
            "==" | "!="
                | "==="
                | "!=="
                | "<"
                | ">"
                | "<="
                | ">="
                | "&&"
                | "||"
                | "!"
                | "and"
                | "or"
                | "not"
                | "is"
                | "in"
        )
    };
    if all().any(|token| token.place == Place::Condition || (token.class == Class::Word && decides(token))) {
        return DriftKind::ChangedCondition;
    }
    let calls = |tokens: &[&Token]| {
        tokens.windows(2).any(|pair| pair[0].class == Class::Name && text(pair[1]) == "(")
    };
    if calls(&piece.left) || calls(&piece.right) {
        return side(DriftKind::MissingCall, DriftKind::ExtraCall, DriftKind::Changed);
    }
    side(DriftKind::Missing, DriftKind::Extra, DriftKind::Changed)
}

/// Names what a unit is that only one side has.
pub(super) fn of_unit(unit: &Unit, shape: &Shape, missing: bool, symbols: &Symbols) -> DriftKind {
    let either = |gone, come| if missing { gone } else { come };
    match unit.sort {
        Sort::Item => either(DriftKind::MissingItem, DriftKind::ExtraItem),
        Sort::Attribute | Sort::Property => either(DriftKind::MissingAttribute, DriftKind::ExtraAttribute),
        Sort::Arm => either(DriftKind::MissingBranch, DriftKind::ExtraBranch),
        Sort::Import | Sort::Element => either(DriftKind::Missing, DriftKind::Extra),
        Sort::Statement => {
            let first = unit.tokens.first().map_or("", |token| symbols.text(token.text));
            let words = flow(unit, shape, symbols);
            if matches!(first, "throw" | "raise" | "try" | "assert") || words.throws {
                DriftKind::ErrorHandling
            } else if first == "if" {
                if words.leaves && !missing {
                    DriftKind::EarlyReturn
                } else {
                    either(DriftKind::MissingBranch, DriftKind::ExtraBranch)
                }
            } else if calls(unit, symbols) {
                either(DriftKind::MissingCall, DriftKind::ExtraCall)
            } else if first == "return" && !missing {
                DriftKind::EarlyReturn
            } else {
                either(DriftKind::Missing, DriftKind::Extra)
            }
        }
    }
}

struct Flow {
    throws: bool,
    leaves: bool,
}

/// What the blocks of a statement do to the flow.
fn flow(unit: &Unit, shape: &Shape, symbols: &Symbols) -> Flow {
    let mut flow = Flow { throws: false, leaves: false };
    for token in unit.tokens.iter().filter(|token| token.class == Class::Nested) {
        let list = shape.list(token.list);
        if list.sort != ListSort::Block {
            continue;
        }
        for &inner in &list.units {
            let first = shape.unit(inner).tokens.first().map_or("", |token| symbols.text(token.text));
            flow.throws |= matches!(first, "throw" | "raise");
            flow.leaves |= matches!(first, "return" | "break" | "continue");
        }
    }
    flow
}

/// A statement that is a call, perhaps awaited.
fn calls(unit: &Unit, symbols: &Symbols) -> bool {
    let mut tokens = unit.tokens.iter().map(|token| (token.class, symbols.text(token.text)));
    let mut last_is_name = false;
    loop {
        match tokens.next() {
            Some((Class::Word, "(")) if last_is_name => return true,
            Some((Class::Name, _)) => last_is_name = true,
            Some((Class::Word, "." | "::" | "->" | "?." | "await" | "self" | "this" | "!" | "super")) => {}
            Some((Class::Word, "<" | ">")) | Some((Class::Builtin, _)) => {}
            _ => return false,
        }
    }
}

/// Tokens as people read them, on one line.
pub(super) fn quote(tokens: &[Token], shape: &Shape, symbols: &Symbols) -> String {
    let mut line = String::new();
    write(tokens.iter(), shape, symbols, 0, &mut line);
    crate::tree::one_line(&line, QUOTED)
}

/// A unit as people read it, on one line.
pub(super) fn quote_unit(unit: &Unit, shape: &Shape, symbols: &Symbols) -> String {
    quote(&unit.tokens, shape, symbols)
}

fn write<'t>(
    tokens: impl Iterator<Item = &'t Token>,
    shape: &Shape,
    symbols: &Symbols,
    depth: usize,
    line: &mut String,
) {
    let joins = |it: char| it.is_alphanumeric() || matches!(it, '_' | '"' | '\'' | '$');
    for token in tokens {
        if line.len() > QUOTED * 4 {
            return;
        }
        if token.class == Class::Nested {
            let list = shape.list(token.list);
            let (open, close) = match list.sort {
                ListSort::Attributes | ListSort::Markup => (" ", " "),
                ListSort::Elements => (">", "</>"),
                _ => (" { ", " }"),
            };
            line.push_str(open);
            for (at, &unit) in list.units.iter().enumerate() {
                if depth > 2 {
                    line.push('…');
                    break;
                }
                if at > 0 {
                    line.push_str(if list.sort == ListSort::Block { "; " } else { " " });
                }
                write(shape.unit(unit).tokens.iter(), shape, symbols, depth + 1, line);
            }
            line.push_str(close);
            continue;
        }
        let text = symbols.text(token.text);
        if text == VALUE {
            continue;
        }
        let last = line.chars().last().unwrap_or(' ');
        let first = text.chars().next().unwrap_or(' ');
        let apart = (joins(last) && joins(first))
            || is_operator(text)
            || (is_operator(line.rsplit(' ').next().unwrap_or_default()) && !line.is_empty());
        if token.after_comma && !line.is_empty() {
            line.push_str(", ");
        } else if apart && !line.is_empty() && last != ' ' {
            line.push(' ');
        }
        line.push_str(text);
    }
}

fn is_operator(text: &str) -> bool {
    matches!(
        text,
        "=" | "=="
            | "!="
            | "==="
            | "!=="
            | "<="
            | ">="
            | "&&"
            | "||"
            | "+"
            | "-"
            | "*"
            | "/"
            | "%"
            | "=>"
            | "->"
            | "+="
            | "-="
            | "|"
            | "^"
            | "<<"
            | ">>"
            | "and"
            | "or"
            | "in"
            | "is"
            | "not"
            | "if"
            | "else"
    )
}
