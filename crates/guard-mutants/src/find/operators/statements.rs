//! Statements left out: calls, assignments, `?` and `return`.

use std::collections::BTreeSet;

use syn::spanned::Spanned;
use syn::{BinOp, Block, Expr, Pat, Stmt};

use super::bare;
use crate::find::arid;
use crate::find::pretty::short;
use crate::find::source::range;
use crate::find::visit::{Around, Draft, Finder};
use crate::mutant::{Edit, Operator};

pub(crate) fn of_block(finder: &mut Finder, block: &Block, around: Around) {
    let unset = names_without_value(block);
    for (i, statement) in block.stmts.iter().enumerate() {
        let Stmt::Expr(expr, Some(_)) = statement else { continue };
        let at = bare(range(statement.span()), attributes(expr), &finder.source);
        let text = short(&finder.source.flat(at.clone()));
        if let Expr::Return(expr) = expr {
            // What a condition lets through is left out by forcing the condition.
            let is_last = i + 1 == block.stmts.len();
            if expr.expr.is_none() && is_last && around == Around::Elsewhere && finder.something_follows() {
                add(finder, at, Operator::EarlyReturn, String::new(), "delete return".to_owned());
            }
            continue;
        }
        if let Expr::Try(tried) = expr
            && !is_arid(&tried.expr)
        {
            let call = finder.source.flat(range(tried.expr.span()));
            let description = format!("ignore the error of {}", short(&call));
            add(finder, at.clone(), Operator::EarlyReturn, format!("let _ = {call};"), description);
        }
        // The function's value, or the condition, leaves out the only statement as well.
        let is_only = block.stmts.len() == 1 && matches!(around, Around::Function | Around::If);
        if !is_only && is_effect(expr, &unset) && !assigned(expr).is_some_and(|name| finder.awaits(name)) {
            add(finder, at, Operator::StatementDeletion, String::new(), format!("delete {text}"));
        }
    }
}

fn add(
    finder: &mut Finder,
    at: std::ops::Range<usize>,
    operator: Operator,
    text: String,
    description: String,
) {
    finder.add(Draft {
        operator,
        span: at.clone(),
        replacement: text.clone(),
        description,
        edit: Edit::Statement { at, text },
        never: None,
    });
}

fn is_effect(expr: &Expr, unset: &BTreeSet<String>) -> bool {
    match expr {
        Expr::Assign(assign) => {
            !matches!(&*assign.left, Expr::Infer(_))
                && !assigned(expr).is_some_and(|name| unset.contains(&name.to_string()))
        }
        Expr::Binary(binary) => is_assignment(&binary.op),
        Expr::Call(_) | Expr::MethodCall(_) => !is_arid(expr),
        Expr::Await(awaited) => is_effect(&awaited.base, unset),
        Expr::Try(tried) => is_effect(&tried.expr, unset),
        _ => false,
    }
}

/// The variable that a statement gives a new value.
fn assigned(expr: &Expr) -> Option<&syn::Ident> {
    let left = match expr {
        Expr::Assign(assign) => &assign.left,
        Expr::Binary(binary) if is_assignment(&binary.op) => &binary.left,
        _ => return None,
    };
    match &**left {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    }
}

fn is_assignment(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::AddAssign(_)
            | BinOp::SubAssign(_)
            | BinOp::MulAssign(_)
            | BinOp::DivAssign(_)
            | BinOp::RemAssign(_)
            | BinOp::BitXorAssign(_)
            | BinOp::BitAndAssign(_)
            | BinOp::BitOrAssign(_)
            | BinOp::ShlAssign(_)
            | BinOp::ShrAssign(_)
    )
}

fn is_arid(expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => arid::is_arid_call(&call.func),
        Expr::MethodCall(call) => arid::is_arid_name(&call.method.to_string()),
        // Writing into a text or a formatter never fails in a test.
        Expr::Macro(call) => call.mac.path.is_ident("write") || call.mac.path.is_ident("writeln"),
        Expr::Await(awaited) => is_arid(&awaited.base),
        Expr::Try(tried) => is_arid(&tried.expr),
        _ => false,
    }
}

/// Names declared with `let x;`: the assignment is what gives them a value.
fn names_without_value(block: &Block) -> BTreeSet<String> {
    let name = |statement: &Stmt| match statement {
        Stmt::Local(local) if local.init.is_none() => match &local.pat {
            Pat::Ident(name) => Some(name.ident.to_string()),
            Pat::Type(typed) => match &*typed.pat {
                Pat::Ident(name) => Some(name.ident.to_string()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    block.stmts.iter().filter_map(name).collect()
}

fn attributes(expr: &Expr) -> &[syn::Attribute] {
    match expr {
        Expr::Assign(e) => &e.attrs,
        Expr::Await(e) => &e.attrs,
        Expr::Binary(e) => &e.attrs,
        Expr::Call(e) => &e.attrs,
        Expr::MethodCall(e) => &e.attrs,
        Expr::Return(e) => &e.attrs,
        Expr::Try(e) => &e.attrs,
        _ => &[],
    }
}
