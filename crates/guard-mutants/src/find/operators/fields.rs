//! A field of a literal left to the literal's base.

use syn::spanned::Spanned;
use syn::{ExprStruct, Member};

use super::bare;
use crate::find::pretty::pretty;
use crate::find::source::range;
use crate::find::visit::{Draft, Finder};
use crate::mutant::{Edit, Operator};

pub(crate) fn deleted(finder: &mut Finder, expr: &ExprStruct) {
    if expr.rest.is_none() {
        return;
    }
    let name = pretty(&expr.path);
    let at = bare(finder.whole(expr), &expr.attrs, &finder.source);
    for pair in expr.fields.pairs() {
        let Member::Named(field) = &pair.value().member else { continue };
        let mut span = finder.whole(pair.value());
        if let Some(comma) = pair.punct() {
            span.end = range(comma.span()).end;
        }
        finder.add(Draft {
            operator: Operator::StructField,
            replacement: String::new(),
            description: format!("delete field {field} from struct {name} expression"),
            edit: Edit::Expression {
                at: at.clone(),
                text: finder.source.flat_without(at.clone(), std::slice::from_ref(&span)),
            },
            span,
            never: None,
        });
    }
}
