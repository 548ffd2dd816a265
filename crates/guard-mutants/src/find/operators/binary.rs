//! Another operator in the place of one, or none.

use syn::spanned::Spanned;
use syn::{BinOp, Expr, ExprBinary, ExprLit, ExprUnary, Lit, UnOp};

use super::{bare, binds, operand};
use crate::find::source::range;
use crate::find::visit::{Draft, Finder};
use crate::mutant::{Edit, Operator};

pub(crate) fn binary(finder: &mut Finder, expr: &ExprBinary) {
    let others = others(&expr.op);
    if others.is_empty() {
        return;
    }
    let span = range(expr.op.span());
    let original = finder.source.original(span.clone());
    let binds = matches!(expr.op, BinOp::And(_)) && (binds(&expr.left) || binds(&expr.right));
    let at = bare(finder.whole(expr), &expr.attrs, &finder.source);
    let (left, right) = (operand(&expr.left, &finder.source), operand(&expr.right, &finder.source));
    for other in others {
        if finder.is_guard() && means_the_same(expr, other) {
            continue;
        }
        let (edit, never) = if binds {
            let edit = Edit::Expression { at: span.clone(), text: (*other).to_owned() };
            (edit, Some("conditions with `let` are joined by `&&` only"))
        } else {
            (Edit::Expression { at: at.clone(), text: format!("{left} {other} {right}") }, None)
        };
        finder.add(Draft {
            operator: Operator::BinaryOperator,
            span: span.clone(),
            replacement: (*other).to_owned(),
            description: format!("replace {original} with {other}"),
            edit,
            never,
        });
    }
}

/// `x * 1` for `x / 1`, `x + 0` for `x - 0`, `A ^ B` for `A | B` where both are flags, which share no bit.
fn means_the_same(expr: &ExprBinary, other: &str) -> bool {
    match (&expr.op, other) {
        (BinOp::Mul(_) | BinOp::MulAssign(_), "/" | "/=")
        | (BinOp::Div(_) | BinOp::DivAssign(_), "*" | "*=") => is_number(&expr.right, "1"),
        (BinOp::Add(_) | BinOp::AddAssign(_), "-" | "-=")
        | (BinOp::Sub(_) | BinOp::SubAssign(_), "+" | "+=") => is_number(&expr.right, "0"),
        (BinOp::BitOr(_), "^") => is_flag(&expr.left) && is_flag(&expr.right),
        _ => false,
    }
}

fn is_number(expr: &Expr, number: &str) -> bool {
    matches!(expr, Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) if literal.base10_digits() == number)
}

fn is_flag(expr: &Expr) -> bool {
    match expr {
        Expr::Path(path) => path.path.segments.last().is_some_and(|last| {
            let name = last.ident.to_string();
            name.chars().any(char::is_uppercase) && !name.chars().any(char::is_lowercase)
        }),
        Expr::Binary(e) => match e.op {
            BinOp::Shl(_) => true,
            BinOp::BitOr(_) => is_flag(&e.left) && is_flag(&e.right),
            _ => false,
        },
        Expr::Paren(e) => is_flag(&e.expr),
        Expr::MethodCall(e) => e.method == "bits" && is_flag(&e.receiver),
        _ => false,
    }
}

/// cargo-mutants' table. `==` does not become `<=`: with an unsigned number and 0 that says the same.
fn others(op: &BinOp) -> &'static [&'static str] {
    match op {
        BinOp::Eq(_) => &["!="],
        BinOp::Ne(_) => &["=="],
        BinOp::And(_) => &["||"],
        BinOp::Or(_) => &["&&"],
        BinOp::Lt(_) => &["==", ">", "<="],
        BinOp::Gt(_) => &["==", "<", ">="],
        BinOp::Le(_) => &[">"],
        BinOp::Ge(_) => &["<"],
        BinOp::Add(_) => &["-", "*"],
        BinOp::AddAssign(_) => &["-=", "*="],
        BinOp::Sub(_) | BinOp::Mul(_) => &["+", "/"],
        BinOp::SubAssign(_) | BinOp::MulAssign(_) => &["+=", "/="],
        BinOp::Div(_) => &["%", "*"],
        BinOp::DivAssign(_) => &["%=", "*="],
        BinOp::Rem(_) => &["/", "+"],
        BinOp::RemAssign(_) => &["/=", "+="],
        BinOp::Shl(_) => &[">>"],
        BinOp::ShlAssign(_) => &[">>="],
        BinOp::Shr(_) => &["<<"],
        BinOp::ShrAssign(_) => &["<<="],
        BinOp::BitAnd(_) => &["|", "^"],
        BinOp::BitAndAssign(_) => &["|="],
        BinOp::BitOr(_) => &["&", "^"],
        BinOp::BitOrAssign(_) => &["&="],
        BinOp::BitXor(_) => &["|", "&"],
        BinOp::BitXorAssign(_) => &["|=", "&="],
        _ => &[],
    }
}

pub(crate) fn unary(finder: &mut Finder, expr: &ExprUnary) {
    if !matches!(expr.op, UnOp::Not(_) | UnOp::Neg(_)) {
        return;
    }
    let span = range(expr.op.span());
    let at = bare(finder.whole(expr), &expr.attrs, &finder.source);
    finder.add(Draft {
        operator: Operator::UnaryOperator,
        description: format!("delete {}", finder.source.original(span.clone())),
        span,
        replacement: String::new(),
        edit: Edit::Expression { at, text: operand(&expr.expr, &finder.source) },
        never: None,
    });
}
