//! A function gives a fixed value.

use std::ops::Range;

use quote::quote;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, Expr, Local, Pat, ReturnType, Signature, Stmt, Type};

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
    let gives = finder.is_guard().then(|| given(block));
    let most = if finder.is_guard() { MOST_VALUES } else { usize::MAX };
    for value in value::values(&signature.output).into_iter().take(most) {
        // The body as it is would be no mutant.
        let alone = pretty(&quote! { { #value } });
        if alone == body || gives.as_ref() == Some(&alone) {
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

/// The expressions that give the iterator of a function whose type is `impl Iterator`; none of any other, and of a
/// `const fn`, which cannot put it into another type.
pub(crate) fn given_iterators(signature: &Signature, block: &Block) -> Vec<Range<usize>> {
    let is_iterator = match &signature.output {
        ReturnType::Type(_, ty) => {
            matches!(&**ty, Type::ImplTrait(of) if of.bounds.iter().any(value::is_iterator))
        }
        ReturnType::Default => false,
    };
    if !is_iterator || signature.constness.is_some() {
        return Vec::new();
    }
    let mut returns = Returns(Vec::new());
    returns.visit_block(block);
    let last = match block.stmts.last() {
        Some(Stmt::Expr(Expr::Return(_), _)) => None,
        Some(Stmt::Expr(last, None)) => Some(range(last.span())),
        Some(Stmt::Macro(last)) if last.semi_token.is_none() => Some(range(last.span())),
        _ => None,
    };
    returns.0.into_iter().chain(last).collect()
}

/// What the function at hand returns, not what others within it do.
struct Returns(Vec<Range<usize>>);

impl<'ast> Visit<'ast> for Returns {
    fn visit_expr_return(&mut self, give: &'ast syn::ExprReturn) {
        self.0.extend(give.expr.iter().map(|e| range(e.span())));
        visit::visit_expr_return(self, give);
    }

    fn visit_item(&mut self, _: &'ast syn::Item) {}

    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}

    fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
}

/// What a body comes to without the statements that do nothing: `{ true }` of `{ let _ = line; return true; }`.
fn given(block: &Block) -> String {
    let mut rest = block.stmts.iter().filter(|s| !does_nothing(s));
    match (rest.next(), rest.next()) {
        (None, None) => pretty(&quote! { { () } }),
        (Some(Stmt::Expr(Expr::Return(give), _)), None) => match &give.expr {
            Some(value) => pretty(&quote! { { #value } }),
            None => pretty(&quote! { { () } }),
        },
        (Some(only), None) => pretty(&quote! { { #only } }),
        _ => pretty(block),
    }
}

/// `let _ = line;` and `drop(line);`, as they are written against a warning.
fn does_nothing(statement: &Stmt) -> bool {
    match statement {
        Stmt::Local(Local { pat: Pat::Wild(_), init: Some(init), .. }) => is_place(&init.expr),
        Stmt::Expr(Expr::Call(call), Some(_)) => {
            matches!(&*call.func, Expr::Path(callee) if callee.path.is_ident("drop"))
                && call.args.iter().all(is_place)
        }
        _ => false,
    }
}

/// A name, a field, or several of them: to look at them does nothing.
fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) | Expr::Lit(_) => true,
        Expr::Field(field) => is_place(&field.base),
        Expr::Reference(reference) => is_place(&reference.expr),
        Expr::Paren(inner) => is_place(&inner.expr),
        Expr::Tuple(tuple) => tuple.elems.iter().all(is_place),
        _ => false,
    }
}
