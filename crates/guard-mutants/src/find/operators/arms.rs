//! Match arms left out, and their conditions forced.

use syn::spanned::Spanned;
use syn::{Arm, Expr, ExprMatch, Pat};

use super::binds;
use crate::find::arid;
use crate::find::pretty::{pretty, squash_lines};
use crate::find::source::range;
use crate::find::visit::{Draft, Finder};
use crate::mutant::{Edit, Operator};

/// An arm's pattern without its condition.
pub(crate) fn pattern(arm: &Arm) -> &Pat {
    match &arm.pat {
        Pat::Guard(guarded) => &guarded.pat,
        pattern => pattern,
    }
}

/// The condition behind a pattern's `if`.
pub(crate) fn guard(arm: &Arm) -> Option<&Expr> {
    match &arm.pat {
        Pat::Guard(guarded) => Some(&guarded.guard),
        _ => None,
    }
}

/// Each arm left out, where `_` takes what it took. One with a condition is left to `guards`.
pub(crate) fn deleted(finder: &mut Finder, expr: &ExprMatch) {
    if !expr.arms.iter().any(|arm| matches!(pattern(arm), Pat::Wild(_))) {
        return;
    }
    for arm in expr.arms.iter().filter(|arm| !matches!(pattern(arm), Pat::Wild(_)) && guard(arm).is_none()) {
        if finder.is_guard() && arid::never_runs(&arm.body) {
            continue;
        }
        finder.add(Draft {
            operator: Operator::MatchArm,
            span: finder.whole(arm),
            replacement: String::new(),
            description: format!("delete match arm {}", squash_lines(&pretty(&arm.pat))),
            edit: Edit::Arm { pattern_end: range(arm.pat.span()).end, guard: None },
            never: None,
        });
    }
}

pub(crate) fn guards(finder: &mut Finder, expr: &ExprMatch) {
    for arm in &expr.arms {
        let Some(guard) = guard(arm).filter(|_| !(finder.is_guard() && arid::never_runs(&arm.body))) else {
            continue;
        };
        let span = finder.whole(guard);
        let original = squash_lines(&finder.source.original(span.clone()));
        let never = binds(guard).then_some("a `let` condition gives the arm names");
        for value in ["true", "false"] {
            finder.add(Draft {
                operator: Operator::MatchArmGuard,
                span: span.clone(),
                replacement: value.to_owned(),
                description: format!("replace match guard {original} with {value}"),
                edit: Edit::Expression { at: span.clone(), text: value.to_owned() },
                never,
            });
        }
    }
}
