//! Conditions that are always true or false.

use std::collections::BTreeSet;

use syn::visit::Visit;
use syn::{Expr, ExprIf, ExprWhile, Lit};

use super::binds;
use crate::find::arid;
use crate::find::pretty::short;
use crate::find::visit::{Draft, Finder};
use crate::mutant::{Edit, Operator};

pub(crate) fn of_if(finder: &mut Finder, expr: &ExprIf) {
    if arid::is_unreachable(&expr.then_branch) {
        // `true` would run it at once; `false` is what the code says is always so.
        force(finder, "if", &expr.cond, &["true"]);
    } else {
        force(finder, "if", &expr.cond, &["true", "false"]);
    }
}

/// `while true` would only run into the time limit.
pub(crate) fn of_while(finder: &mut Finder, expr: &ExprWhile) {
    force(finder, "while", &expr.cond, &["false"]);
}

/// The names of variables in a condition.
pub(crate) fn names(condition: &Expr) -> BTreeSet<String> {
    struct Names(BTreeSet<String>);
    impl<'ast> Visit<'ast> for Names {
        fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
            self.0.extend(path.path.get_ident().map(ToString::to_string));
        }
    }
    let mut names = Names(BTreeSet::new());
    names.visit_expr(condition);
    names.0
}

fn force(finder: &mut Finder, word: &str, condition: &Expr, values: &[&str]) {
    let is_fixed = match condition {
        Expr::Lit(lit) => matches!(lit.lit, Lit::Bool(_)),
        Expr::Macro(_) => true,
        _ => false,
    };
    if is_fixed || binds(condition) || !finder.runs() {
        return;
    }
    let span = finder.whole(condition);
    let original = short(&finder.source.flat(span.clone()));
    for value in values {
        finder.add(Draft {
            operator: Operator::Condition,
            span: span.clone(),
            replacement: (*value).to_owned(),
            description: format!("replace {word} condition {original} with {value}"),
            edit: Edit::Expression { at: span.clone(), text: (*value).to_owned() },
            never: None,
        });
    }
}
