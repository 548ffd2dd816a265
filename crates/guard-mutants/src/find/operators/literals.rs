//! Numbers one beside what they are, and ranges that end one later or sooner.

use syn::spanned::Spanned;
use syn::{BinOp, Expr, ExprBinary, ExprIndex, ExprRange, Lit, LitInt, RangeLimits};

use super::{bare, operand};
use crate::find::source::range;
use crate::find::visit::{Draft, Finder};
use crate::mutant::{Edit, Operator};

/// Which neighbours of a number say something that no other mutant of the place says.
#[derive(Clone, Copy)]
struct Beside {
    up: bool,
    down: bool,
}

const UP: Beside = Beside { up: true, down: false };
const DOWN: Beside = Beside { up: false, down: true };
const BOTH: Beside = Beside { up: true, down: true };

/// Numbers on either side of a comparison or in a sum. `x < 10` already becomes `x <= 10`, which is `x < 11`.
pub(crate) fn of_binary(finder: &mut Finder, expr: &ExprBinary) {
    let (on_left, on_right) = match expr.op {
        BinOp::Lt(_) => (UP, DOWN),
        BinOp::Gt(_) => (DOWN, UP),
        BinOp::Le(_) | BinOp::Ge(_) => (BOTH, BOTH),
        BinOp::Eq(_)
        | BinOp::Ne(_)
        | BinOp::Add(_)
        | BinOp::Sub(_)
        | BinOp::Mul(_)
        | BinOp::Div(_)
        | BinOp::Rem(_)
        | BinOp::AddAssign(_)
        | BinOp::SubAssign(_)
        | BinOp::MulAssign(_)
        | BinOp::DivAssign(_)
        | BinOp::RemAssign(_)
        | BinOp::Shl(_)
        | BinOp::Shr(_) => (UP, UP),
        _ => return,
    };
    literal(finder, &expr.left, on_left);
    literal(finder, &expr.right, on_right);
}

/// `a[2]` becomes `a[1]`, which is more likely to be there than `a[3]`.
pub(crate) fn of_index(finder: &mut Finder, expr: &ExprIndex) {
    match number(&expr.index) {
        Some((_, 0)) => literal(finder, &expr.index, UP),
        _ => literal(finder, &expr.index, DOWN),
    }
}

pub(crate) fn of_range(finder: &mut Finder, expr: &ExprRange) {
    if let Some(start) = &expr.start {
        literal(finder, start, UP);
    }
    let Some(end) = &expr.end else { return };
    // One later for `..`, one sooner for `..=`, is what the other end means.
    let is_inclusive = matches!(expr.limits, RangeLimits::Closed(_));
    literal(finder, end, if is_inclusive { UP } else { DOWN });
    if !finder.runs() {
        return;
    }
    let span = range(expr.limits.span());
    let (other, step) = if is_inclusive { ("..", "-") } else { ("..=", "+") };
    let original = finder.source.original(span.clone());
    let start = expr.start.as_ref().map_or(String::new(), |start| operand(start, &finder.source));
    // The same kind of range, so that both fit the same place.
    let text = format!("{start}{original}({} {step} 1)", operand(end, &finder.source));
    let at = bare(finder.whole(expr), &expr.attrs, &finder.source);
    finder.add(Draft {
        operator: Operator::RangeEnd,
        span,
        replacement: other.to_owned(),
        description: format!("replace {original} with {other}"),
        edit: Edit::Expression { at, text },
        never: None,
    });
}

fn literal(finder: &mut Finder, expr: &Expr, beside: Beside) {
    let Some((literal, value)) = number(expr).filter(|_| finder.runs()) else { return };
    let span = finder.whole(expr);
    let original = finder.source.original(span.clone());
    let up = value.checked_add(1).filter(|_| beside.up);
    let down = value.checked_sub(1).filter(|_| beside.down);
    for other in [up, down].into_iter().flatten().filter(|value| fits(*value, literal.suffix())) {
        let text = written(other, &original, literal.suffix());
        finder.add(Draft {
            operator: Operator::Literal,
            span: span.clone(),
            replacement: text.clone(),
            description: format!("replace {original} with {text}"),
            edit: Edit::Expression { at: span.clone(), text },
            never: None,
        });
    }
}

fn number(expr: &Expr) -> Option<(&LitInt, u128)> {
    match expr {
        Expr::Lit(expr) if expr.attrs.is_empty() => match &expr.lit {
            Lit::Int(literal) => Some((literal, literal.base10_parse().ok()?)),
            _ => None,
        },
        _ => None,
    }
}

fn fits(value: u128, suffix: &str) -> bool {
    let bits = match suffix {
        "u8" => 8,
        "i8" => 7,
        "u16" => 16,
        "i16" => 15,
        "u32" => 32,
        "i32" => 31,
        "u64" | "usize" => 64,
        "i64" | "isize" => 63,
        // Without a suffix a number that fits its type is seldom that type's last.
        "" => {
            return ![0x80, 0x100, 0x8000, 0x1_0000, 0x8000_0000, 0x1_0000_0000, 1 << 63, 1 << 64]
                .contains(&value);
        }
        _ => return false,
    };
    value < 1 << bits
}

/// In the base of the original.
fn written(value: u128, original: &str, suffix: &str) -> String {
    let digits = match original.get(..2) {
        Some("0x") => format!("{value:#x}"),
        Some("0o") => format!("{value:#o}"),
        Some("0b") => format!("{value:#b}"),
        _ => value.to_string(),
    };
    digits + suffix
}
