//! The operators, one file a group.

pub(crate) mod arguments;
pub(crate) mod arms;
pub(crate) mod binary;
pub(crate) mod conditions;
pub(crate) mod fields;
pub(crate) mod function;
pub(crate) mod literals;
pub(crate) mod statements;

use std::ops::Range;

use syn::spanned::Spanned;
use syn::{Attribute, Expr};

use super::source::{Source, range};

/// An expression without its attributes, which stay where they are.
pub(crate) fn bare(whole: Range<usize>, attributes: &[Attribute], source: &Source) -> Range<usize> {
    let outer = attributes.iter().filter(|a| matches!(a.style, syn::AttrStyle::Outer));
    let Some(end) = outer.map(|a| range(a.span()).end).filter(|end| whole.contains(end)).max() else {
        return whole;
    };
    let start = source.words(end..whole.end).next().map_or(whole.start, |(at, _)| at.start);
    start..whole.end
}

/// An operand as text, in parentheses unless nothing around it can tear it apart.
pub(crate) fn operand(expr: &Expr, source: &Source) -> String {
    let text = source.flat(range(expr.span()));
    if is_closed(expr) { text } else { format!("({text})") }
}

/// Whether an expression stays together whatever stands beside it.
fn is_closed(expr: &Expr) -> bool {
    match expr {
        Expr::Array(_) | Expr::Lit(_) | Expr::Paren(_) | Expr::Path(_) | Expr::Repeat(_) | Expr::Tuple(_) => {
            true
        }
        Expr::Await(e) => is_closed(&e.base),
        Expr::Call(e) => is_closed(&e.func),
        Expr::Field(e) => is_closed(&e.base),
        Expr::Index(e) => is_closed(&e.expr),
        Expr::Macro(e) => !matches!(e.mac.delimiter, syn::MacroDelimiter::Brace(_)),
        Expr::MethodCall(e) => is_closed(&e.receiver),
        Expr::Try(e) => is_closed(&e.expr),
        _ => false,
    }
}

/// Whether an expression is a `let` condition or joins one with `&&`: such names reach beyond it.
pub(crate) fn binds(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(e) => matches!(e.op, syn::BinOp::And(_)) && (binds(&e.left) || binds(&e.right)),
        _ => false,
    }
}
