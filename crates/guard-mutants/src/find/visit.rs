//! The walk through a file's syntax tree: where we are, what is left alone, and which operators look at what.

use std::ops::Range;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Expr, Signature};

use super::OperatorSet;
use super::attributes::are_excluded;
use super::operators::{arms, binary, fields, function};
use super::pretty::pretty;
use super::source::{Source, range};
use crate::mutant::{Edit, Function, Mutant, Operator, Switch};

pub(crate) fn mutants(
    path: &str,
    text: &str,
    _set: OperatorSet,
    file: &syn::File,
    tokens: &TokenStream,
) -> Vec<Mutant> {
    let mut finder = Finder {
        path,
        source: Source::new(text, tokens),
        place: Place::Fixed("outside of any function"),
        namespaces: Vec::new(),
        functions: Vec::new(),
        mutants: Vec::new(),
    };
    finder.visit_file(file);
    finder.mutants
}

/// When the code at hand runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Runtime,
    ConstFn,
    /// While compiling, so that no switch can be asked; what it is.
    Fixed(&'static str),
}

pub(crate) struct Finder<'t> {
    path: &'t str,
    pub(crate) source: Source<'t>,
    place: Place,
    namespaces: Vec<String>,
    functions: Vec<Function>,
    mutants: Vec<Mutant>,
}

/// A mutant before it knows where it is.
pub(crate) struct Draft {
    pub(crate) operator: Operator,
    pub(crate) span: Range<usize>,
    pub(crate) replacement: String,
    /// Without the function's name.
    pub(crate) description: String,
    pub(crate) edit: Edit,
    /// Why no switch can hold it, where that is so whatever the place.
    pub(crate) never: Option<&'static str>,
}

impl Finder<'_> {
    pub(crate) fn add(&mut self, draft: Draft) {
        let function = self.functions.last().cloned();
        let description = match &function {
            Some(function) if draft.operator != Operator::FunctionValue => {
                format!("{} in {}", draft.description, function.name)
            }
            _ => draft.description,
        };
        let switch = match (draft.never, self.place) {
            (Some(reason), _) | (None, Place::Fixed(reason)) => Switch::Never(reason.to_owned()),
            (None, Place::Runtime) => Switch::Runtime,
            (None, Place::ConstFn) => Switch::ConstFn,
        };
        self.mutants.push(Mutant {
            path: self.path.to_owned(),
            operator: draft.operator,
            function,
            start: self.source.position(draft.span.start),
            end: self.source.position(draft.span.end),
            span: draft.span,
            replacement: draft.replacement,
            description,
            edit: draft.edit,
            switch,
        });
    }

    pub(crate) fn function(&self) -> Option<&Function> {
        self.functions.last()
    }

    /// The bytes of a node with its attributes.
    pub(crate) fn whole(&self, node: &impl ToTokens) -> Range<usize> {
        range(node.span())
    }

    fn at(&mut self, place: Place, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.place, place);
        visit(self);
        self.place = before;
    }

    fn within(&mut self, namespace: String, visit: impl FnOnce(&mut Self)) {
        self.namespaces.push(namespace);
        visit(self);
        self.namespaces.pop();
    }

    fn enter(
        &mut self,
        item: &impl ToTokens,
        attributes: &[Attribute],
        signature: &Signature,
        block: &Block,
        visit: impl FnOnce(&mut Self),
    ) {
        if matches!(signature.safety, syn::Safety::Unsafe(_))
            || are_excluded(attributes)
            || block.stmts.is_empty()
        {
            return;
        }
        self.namespaces.push(signature.ident.to_string());
        let body = range(block.brace_token.span.join());
        self.functions.push(Function {
            name: self.namespaces.join("::"),
            return_type: pretty(&signature.output),
            span: self.whole(item),
            inside: self.behind_inner_attributes(attributes, body.start + 1),
            body,
            is_const: signature.constness.is_some(),
        });
        let place = if signature.constness.is_some() { Place::ConstFn } else { Place::Runtime };
        self.at(place, |finder| {
            function::values(finder, signature, block);
            visit(finder);
        });
        self.functions.pop();
        self.namespaces.pop();
    }

    fn behind_inner_attributes(&self, attributes: &[Attribute], brace_end: usize) -> usize {
        let inner =
            attributes.iter().filter(|a| matches!(a.style, syn::AttrStyle::Inner(_))).map(|a| self.whole(a));
        let Some(last) = inner.max_by_key(|at| at.end) else { return brace_end };
        let text = self.source.text;
        if text.get(last.clone()).is_some_and(|t| t.starts_with("//")) {
            // A line comment goes on to the end of its line, and what is put in has to stand behind it.
            return text[last.end..].find('\n').map_or(last.end, |newline| last.end + newline + 1);
        }
        last.end
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_file(&mut self, file: &'ast syn::File) {
        if !are_excluded(&file.attrs) {
            visit::visit_file(self, file);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.enter(item, &item.attrs, &item.sig, &item.block, |f| visit::visit_item_fn(f, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        // A constructor seldom has another good value.
        if item.sig.ident != "new" {
            self.enter(item, &item.attrs, &item.sig, &item.block, |f| visit::visit_impl_item_fn(f, item));
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default
            && item.sig.ident != "new"
        {
            self.enter(item, &item.attrs, &item.sig, block, |f| visit::visit_trait_item_fn(f, item));
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if are_excluded(&item.attrs) {
            return;
        }
        let ty = pretty(&item.self_ty);
        let name = match &item.trait_ {
            Some((path, _)) if path.segments.last().is_some_and(|last| last.ident == "Default") => return,
            Some((path, _)) => format!("<impl {} for {ty}>", pretty(path)),
            None => ty,
        };
        self.within(name, |f| visit::visit_item_impl(f, item));
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        if !are_excluded(&item.attrs) {
            self.within(item.ident.to_string(), |f| visit::visit_item_trait(f, item));
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // A path that starts at the root of the file system is followed by nobody.
        let is_absolute = super::attributes::path_attribute(&item.attrs).is_some_and(|p| p.starts_with('/'));
        if !are_excluded(&item.attrs) && !is_absolute {
            self.within(item.ident.unraw().to_string(), |f| visit::visit_item_mod(f, item));
        }
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.at(Place::Fixed("a constant's value"), |f| visit::visit_item_const(f, item));
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.at(Place::Fixed("a constant's value"), |f| visit::visit_impl_item_const(f, item));
    }

    fn visit_trait_item_const(&mut self, item: &'ast syn::TraitItemConst) {
        self.at(Place::Fixed("a constant's value"), |f| visit::visit_trait_item_const(f, item));
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.at(Place::Fixed("a static's first value"), |f| visit::visit_item_static(f, item));
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.at(Place::Fixed("an enum's discriminant"), |f| visit::visit_variant(f, variant));
    }

    fn visit_type(&mut self, ty: &'ast syn::Type) {
        self.at(Place::Fixed("part of a type"), |f| visit::visit_type(f, ty));
    }

    fn visit_generic_argument(&mut self, argument: &'ast syn::GenericArgument) {
        self.at(Place::Fixed("part of a type"), |f| visit::visit_generic_argument(f, argument));
    }

    fn visit_generics(&mut self, generics: &'ast syn::Generics) {
        self.at(Place::Fixed("part of a type"), |f| visit::visit_generics(f, generics));
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        self.at(Place::Fixed("part of an attribute"), |f| visit::visit_attribute(f, attribute));
    }

    fn visit_expr_const(&mut self, block: &'ast syn::ExprConst) {
        self.at(Place::Fixed("an inline constant"), |f| visit::visit_expr_const(f, block));
    }

    fn visit_expr_repeat(&mut self, repeat: &'ast syn::ExprRepeat) {
        for attribute in &repeat.attrs {
            self.visit_attribute(attribute);
        }
        self.visit_expr(&repeat.expr);
        self.at(Place::Fixed("an array's length"), |f| f.visit_expr(&repeat.len));
    }

    fn visit_pat(&mut self, pattern: &'ast syn::Pat) {
        self.at(Place::Fixed("part of a pattern"), |f| visit::visit_pat(f, pattern));
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        for attribute in &arm.attrs {
            self.visit_attribute(attribute);
        }
        self.visit_pat(arms::pattern(arm));
        if let Some(guard) = arms::guard(arm) {
            self.visit_expr(guard);
        }
        self.visit_expr(&arm.body);
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        // What a closure does is done when it is called, even where the closure itself is a constant.
        let place = match self.place {
            Place::Fixed(_) if closure.constness.is_none() => Place::Runtime,
            place => place,
        };
        self.at(place, |f| visit::visit_expr_closure(f, closure));
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let is_hint = match &*call.func {
            Expr::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "with_capacity"),
            _ => false,
        };
        if !are_excluded(&call.attrs) && !is_hint {
            visit::visit_expr_call(self, call);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if !are_excluded(&call.attrs) && call.method != "with_capacity" {
            visit::visit_expr_method_call(self, call);
        }
    }

    fn visit_expr_binary(&mut self, expr: &'ast syn::ExprBinary) {
        if !are_excluded(&expr.attrs) {
            binary::binary(self, expr);
            visit::visit_expr_binary(self, expr);
        }
    }

    fn visit_expr_unary(&mut self, expr: &'ast syn::ExprUnary) {
        if !are_excluded(&expr.attrs) {
            binary::unary(self, expr);
            visit::visit_expr_unary(self, expr);
        }
    }

    fn visit_expr_match(&mut self, expr: &'ast syn::ExprMatch) {
        if !are_excluded(&expr.attrs) {
            arms::deleted(self, expr);
            arms::guards(self, expr);
            visit::visit_expr_match(self, expr);
        }
    }

    fn visit_expr_struct(&mut self, expr: &'ast syn::ExprStruct) {
        if !are_excluded(&expr.attrs) {
            fields::deleted(self, expr);
            visit::visit_expr_struct(self, expr);
        }
    }
}
