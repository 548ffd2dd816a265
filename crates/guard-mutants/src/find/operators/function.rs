//! A function gives a fixed value.

use quote::quote;
use syn::spanned::Spanned;
use syn::{Block, Signature};

use crate::find::pretty::pretty;
use crate::find::source::range;
use crate::find::value;
use crate::find::visit::{Draft, Finder};
use crate::mutant::{Edit, Operator};

/// The first ones are the plainest; what they do not show, the hundredth seldom does.
const MOST_VALUES: usize = 16;

pub(crate) fn values(finder: &mut Finder, signature: &Signature, block: &Block) {
    let Some(function) = finder.function() else { return };
    let (Some(first), Some(last)) = (block.stmts.first(), block.stmts.last()) else { return };
    let span = range(first.span()).start..range(last.span()).end;
    let what = match function.return_type.as_str() {
        "" => function.name.clone(),
        output => format!("{} {output}", function.name),
    };
    let body = pretty(block);
    let most = if finder.is_guard() { MOST_VALUES } else { usize::MAX };
    for value in value::values(&signature.output).into_iter().take(most) {
        // The body as it is would be no mutant.
        if pretty(&quote! { { #value } }) == body {
            continue;
        }
        let text = pretty(&value);
        finder.add(Draft {
            operator: Operator::FunctionValue,
            span: span.clone(),
            description: format!("replace {what} with {text}"),
            replacement: text.clone(),
            edit: Edit::Value { text },
            never: None,
        });
    }
}
