//! Two neighbouring arguments of the same type, swapped.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    BinOp, Block, Expr, ExprCall, ExprMethodCall, FnArg, ImplItemFn, ItemFn, Lit, Pat, Signature, Stmt,
    Token, Type,
};

use super::bare;
use crate::find::arid;
use crate::find::pretty::{pretty, short};
use crate::find::source::range;
use crate::find::visit::{Draft, Finder};
use crate::mutant::{Edit, Operator};

/// The parameter types of the functions of a file by name; none where one name has several meanings.
#[derive(Debug, Default)]
pub(crate) struct Signatures {
    types: BTreeMap<String, Option<Vec<String>>>,
    /// Functions of two parameters that give the same whichever comes first.
    symmetric: BTreeSet<String>,
}

impl Signatures {
    pub(crate) fn of(file: &syn::File) -> Signatures {
        let mut signatures = Signatures::default();
        signatures.visit_file(file);
        signatures
    }

    fn note_symmetric(&mut self, signature: &Signature, body: &Block) {
        let names: Vec<&syn::Ident> = typed(signature)
            .filter_map(|(pattern, _)| if let Pat::Ident(name) = pattern { Some(&name.ident) } else { None })
            .collect();
        let ([first, second], [Stmt::Expr(only, None)]) = (&names[..], &body.stmts[..]) else { return };
        let is =
            |expr: &Expr, name: &syn::Ident| matches!(expr, Expr::Path(path) if path.path.is_ident(name));
        let both = |a: &Expr, b: &Expr| is(a, first) && is(b, second) || is(a, second) && is(b, first);
        let holds = match only {
            Expr::Binary(binary) => commutes(&binary.op) && both(&binary.left, &binary.right),
            Expr::MethodCall(call) => {
                let name = call.method.to_string();
                arid::is_symmetric(&name) && call.args.len() == 1 && both(&call.receiver, &call.args[0])
            }
            _ => false,
        };
        if holds {
            self.symmetric.insert(signature.ident.to_string());
        }
    }
}

fn commutes(op: &BinOp) -> bool {
    use BinOp::{Add, And, BitAnd, BitOr, BitXor, Eq, Mul, Ne, Or};
    matches!(op, Add(_) | Mul(_) | Eq(_) | Ne(_) | And(_) | Or(_) | BitAnd(_) | BitOr(_) | BitXor(_))
}

impl<'ast> Visit<'ast> for Signatures {
    fn visit_signature(&mut self, signature: &'ast Signature) {
        let types: Vec<String> = typed(signature).map(|(_, ty)| pretty(ty)).collect();
        self.types
            .entry(signature.ident.to_string())
            .and_modify(|known| {
                if known.as_ref() != Some(&types) {
                    *known = None;
                }
            })
            .or_insert(Some(types));
        visit::visit_signature(self, signature);
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.note_symmetric(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.note_symmetric(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }
}

/// The names of a function's parameters with their types.
pub(crate) fn parameters(signature: &Signature) -> BTreeMap<String, String> {
    let named = |(pattern, ty): (&Pat, &Type)| match pattern {
        Pat::Ident(name) => Some((name.ident.to_string(), pretty(ty))),
        _ => None,
    };
    typed(signature).filter_map(named).collect()
}

fn typed(signature: &Signature) -> impl Iterator<Item = (&Pat, &Type)> {
    signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(input) => Some((&*input.pat, &*input.ty)),
        FnArg::Receiver(_) => None,
    })
}

pub(crate) fn of_call(finder: &mut Finder, call: &ExprCall) {
    let Expr::Path(callee) = &*call.func else { return };
    let Some(last) = callee.path.segments.last() else { return };
    // `Type::name` may be a method of a type in another file.
    let is_here = callee.path.segments.len() == 1
        || callee
            .path
            .segments
            .first()
            .is_some_and(|first| ["Self", "self", "crate", "super"].iter().any(|w| first.ident == w));
    let at = bare(finder.whole(call), &call.attrs, &finder.source);
    swap(finder, &last.ident.to_string(), is_here, &call.args, at);
}

pub(crate) fn of_method(finder: &mut Finder, call: &ExprMethodCall) {
    let is_here = matches!(&*call.receiver, Expr::Path(path) if path.path.is_ident("self"));
    let at = bare(finder.whole(call), &call.attrs, &finder.source);
    swap(finder, &call.method.to_string(), is_here, &call.args, at);
}

fn swap(
    finder: &mut Finder,
    name: &str,
    is_here: bool,
    arguments: &Punctuated<Expr, Token![,]>,
    at: Range<usize>,
) {
    if arguments.len() < 2 || !finder.runs() || arid::is_symmetric(name) || name == "self" {
        return;
    }
    if is_here && finder.signatures().symmetric.contains(name) {
        return;
    }
    let declared = if is_here { finder.signatures().types.get(name).cloned().flatten() } else { None };
    let declared = declared.filter(|types| types.len() == arguments.len());
    let found: Vec<(Range<usize>, Range<usize>)> = arguments
        .iter()
        .zip(arguments.iter().skip(1))
        .enumerate()
        .filter(|(i, (a, b))| {
            let same_declared = declared.as_ref().is_some_and(|types| {
                // Two `impl Trait` are two types.
                types[*i] == types[i + 1] && !types[*i].contains("impl ")
            });
            same_declared || evident(finder, a).is_some_and(|ty| Some(ty) == evident(finder, b))
        })
        .map(|(_, (a, b))| (range(a.span()), range(b.span())))
        .collect();
    for (a, b) in found {
        let (first, second) = (finder.source.flat(a.clone()), finder.source.flat(b.clone()));
        if first == second {
            continue;
        }
        let before = finder.source.flat(at.start..a.start);
        let space = if before.ends_with(',') { " " } else { "" };
        let after = finder.source.flat(b.end..at.end);
        let replacement = format!("{second}, {first}");
        finder.add(Draft {
            operator: Operator::ArgumentSwap,
            span: a.start..b.end,
            description: format!("swap arguments {} and {} of {name}", short(&first), short(&second)),
            edit: Edit::Expression { at: at.clone(), text: format!("{before}{space}{replacement}{after}") },
            replacement,
            never: None,
        });
    }
}

/// The type of an argument where the code beside it tells it.
fn evident(finder: &Finder, expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(expr) => match &expr.lit {
            Lit::Str(_) => Some("&'static str".to_owned()),
            Lit::Int(literal) => Some(format!("int {}", literal.suffix())),
            Lit::Bool(_) => Some("bool".to_owned()),
            _ => None,
        },
        Expr::Path(path) => finder.parameters()?.get(&path.path.get_ident()?.to_string()).cloned(),
        _ => None,
    }
}
