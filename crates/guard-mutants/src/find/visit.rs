//! The walk through a file's syntax tree: where we are, what is left alone, and which operators look at what.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Expr, Signature};

use super::OperatorSet;
use super::arid;
use super::attributes::are_excluded;
use super::operators::arguments::{self, Signatures};
use super::operators::{arms, binary, conditions, fields, function, literals, statements};
use super::pretty::pretty;
use super::source::{Source, range};
use crate::mutant::{Edit, Function, Mutant, Operator, Switch};

/// Of one file. Several times what the largest file of a large project has.
const MOST_MUTANTS: usize = 50_000;

pub(crate) fn mutants(
    path: &str,
    text: &str,
    set: OperatorSet,
    file: &syn::File,
    tokens: &TokenStream,
) -> Vec<Mutant> {
    let mut finder = Finder::new(path, Source::new(text, tokens), set);
    if set == OperatorSet::Guard {
        finder.signatures = Signatures::of(file);
    }
    finder.visit_file(file);
    finder.mutants
}

/// The functions that mutants may be in, each with its body.
pub(crate) fn functions(source: Source, file: &syn::File, seen: &mut dyn FnMut(Function, &Block)) {
    let mut finder = Finder::new("", source, OperatorSet::CargoMutants);
    finder.watch = Some(seen);
    finder.visit_file(file);
}

/// When the code at hand runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Runtime,
    ConstFn,
    /// While compiling, so that no switch can be asked; what it is.
    Fixed(&'static str),
}

/// What a block belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    /// A function that gives nothing.
    Function,
    /// An `if` without `else`.
    If,
    /// Either side of an `if` with `else`.
    Else,
    Elsewhere,
}

/// Is told every function that is entered.
type Watch<'t> = &'t mut dyn FnMut(Function, &Block);

pub(crate) struct Finder<'t> {
    path: &'t str,
    pub(crate) source: Source<'t>,
    set: OperatorSet,
    watch: Option<Watch<'t>>,
    signatures: Signatures,
    place: Place,
    /// What the next block belongs to.
    around: Around,
    /// Whether the function goes on behind the statement at hand.
    follows: bool,
    /// The names that the condition of the loop at hand waits for.
    awaited: BTreeSet<String>,
    namespaces: Vec<String>,
    functions: Vec<Function>,
    parameters: Vec<BTreeMap<String, String>>,
    mutants: Vec<Mutant>,
    /// What each mutant makes of the file, so that none is made twice.
    made: BTreeSet<(usize, usize, String)>,
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

impl<'t> Finder<'t> {
    fn new(path: &'t str, source: Source<'t>, set: OperatorSet) -> Finder<'t> {
        Finder {
            path,
            source,
            set,
            watch: None,
            signatures: Signatures::default(),
            place: Place::Fixed("outside of any function"),
            around: Around::Elsewhere,
            follows: false,
            awaited: BTreeSet::new(),
            namespaces: Vec::new(),
            functions: Vec::new(),
            parameters: Vec::new(),
            mutants: Vec::new(),
            made: BTreeSet::new(),
        }
    }

    pub(crate) fn add(&mut self, draft: Draft) {
        if self.mutants.len() >= MOST_MUTANTS {
            return;
        }
        if self.is_guard() && (draft.never.is_some() || !self.is_new(&draft.edit)) {
            return;
        }
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

    /// Whether no mutant before leaves the same text.
    fn is_new(&mut self, edit: &Edit) -> bool {
        let (Edit::Expression { at, text } | Edit::Statement { at, text }) = edit else { return true };
        let old = self.source.text[at.clone()].as_bytes();
        let new = text.as_bytes();
        let before = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        let most = old.len().min(new.len()) - before;
        let behind = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
        let kept = String::from_utf8_lossy(&new[before..new.len() - behind]).into_owned();
        self.made.insert((at.start + before, at.end - behind, kept))
    }

    pub(crate) fn function(&self) -> Option<&Function> {
        self.functions.last()
    }

    pub(crate) fn is_guard(&self) -> bool {
        self.set == OperatorSet::Guard
    }

    /// Whether the code at hand runs in the program, not in the compiler.
    pub(crate) fn runs(&self) -> bool {
        !matches!(self.place, Place::Fixed(_))
    }

    pub(crate) fn something_follows(&self) -> bool {
        self.follows
    }

    /// Whether the loop at hand would never end without a change of this name.
    pub(crate) fn awaits(&self, name: &syn::Ident) -> bool {
        self.awaited.contains(&name.to_string())
    }

    pub(crate) fn signatures(&self) -> &Signatures {
        &self.signatures
    }

    /// The parameters of the function at hand with their types.
    pub(crate) fn parameters(&self) -> Option<&BTreeMap<String, String>> {
        self.parameters.last()
    }

    /// The bytes of a node with its attributes.
    pub(crate) fn whole(&self, node: &impl ToTokens) -> Range<usize> {
        range(node.span())
    }

    /// Attributes that take code out of the search.
    fn are_out(&self, attributes: &[Attribute]) -> bool {
        are_excluded(attributes) || (self.is_guard() && arid::is_for_tests_only(attributes))
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

    /// Code that may run again, or by itself, so that what follows it is another matter.
    fn following(&mut self, follows: bool, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.follows, follows);
        visit(self);
        self.follows = before;
    }

    fn enter(
        &mut self,
        item: &impl ToTokens,
        attributes: &[Attribute],
        signature: &Signature,
        block: &Block,
        is_constructor: bool,
        visit: impl FnOnce(&mut Self),
    ) {
        if matches!(signature.safety, syn::Safety::Unsafe(_))
            || self.are_out(attributes)
            || block.stmts.is_empty()
        {
            return;
        }
        if self.is_guard() && arid::is_arid_function(&signature.ident, attributes) {
            return;
        }
        self.namespaces.push(signature.ident.to_string());
        let body = range(block.brace_token.span.join());
        let function = Function {
            name: self.namespaces.join("::"),
            return_type: pretty(&signature.output),
            span: self.whole(item),
            inside: self.behind_inner_attributes(attributes, body.start + 1),
            body,
            is_const: signature.constness.is_some(),
            gives: function::given_iterators(signature, block),
        };
        let gives_nothing = function.return_type.is_empty();
        if let Some(watch) = &mut self.watch {
            watch(function.clone(), block);
        }
        self.functions.push(function);
        self.parameters.push(arguments::parameters(signature));
        let place = if signature.constness.is_some() { Place::ConstFn } else { Place::Runtime };
        self.at(place, |finder| {
            finder.following(false, |finder| {
                // A constructor seldom has another good value.
                let has_values = finder.watch.is_none() && !is_constructor;
                if has_values {
                    function::values(finder, signature, block);
                }
                finder.around =
                    if gives_nothing && has_values { Around::Function } else { Around::Elsewhere };
                visit(finder);
            });
        });
        self.parameters.pop();
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
        if !self.are_out(&file.attrs) {
            visit::visit_file(self, file);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.enter(item, &item.attrs, &item.sig, &item.block, false, |f| visit::visit_item_fn(f, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        // cargo-mutants leaves constructors out; guard does so with their value.
        let is_constructor = item.sig.ident == "new";
        if !is_constructor || self.is_guard() {
            self.enter(item, &item.attrs, &item.sig, &item.block, is_constructor, |f| {
                visit::visit_impl_item_fn(f, item);
            });
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        let is_constructor = item.sig.ident == "new";
        if let Some(block) = &item.default
            && (!is_constructor || self.is_guard())
        {
            self.enter(item, &item.attrs, &item.sig, block, is_constructor, |f| {
                visit::visit_trait_item_fn(f, item);
            });
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if self.are_out(&item.attrs) {
            return;
        }
        let ty = pretty(&item.self_ty);
        let name = match &item.trait_ {
            Some((path, _)) if path.segments.last().is_some_and(|last| last.ident == "Default") => return,
            Some((path, _)) if self.is_guard() && arid::is_arid_trait(path) => return,
            Some((path, _)) => format!("<impl {} for {ty}>", pretty(path)),
            None => ty,
        };
        self.within(name, |f| visit::visit_item_impl(f, item));
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        if !self.are_out(&item.attrs) {
            self.within(item.ident.to_string(), |f| visit::visit_item_trait(f, item));
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // A path that starts at the root of the file system is followed by nobody.
        let is_absolute = super::attributes::path_attribute(&item.attrs).is_some_and(|p| p.starts_with('/'));
        if !self.are_out(&item.attrs) && !is_absolute {
            self.within(item.ident.unraw().to_string(), |f| visit::visit_item_mod(f, item));
        }
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        if self.is_guard() && (self.are_out(&item.attrs) || arid::is_timing_constant(&item.ident, &item.ty)) {
            return;
        }
        self.at(Place::Fixed("a constant's value"), |f| visit::visit_item_const(f, item));
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        if self.is_guard() && (self.are_out(&item.attrs) || arid::is_timing_constant(&item.ident, &item.ty)) {
            return;
        }
        self.at(Place::Fixed("a constant's value"), |f| visit::visit_impl_item_const(f, item));
    }

    fn visit_trait_item_const(&mut self, item: &'ast syn::TraitItemConst) {
        self.at(Place::Fixed("a constant's value"), |f| visit::visit_trait_item_const(f, item));
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        if self.is_guard() && (self.are_out(&item.attrs) || arid::is_timing_constant(&item.ident, &item.ty)) {
            return;
        }
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
        if self.is_guard() && self.are_out(&arm.attrs) {
            return;
        }
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
        self.at(place, |f| f.following(false, |f| visit::visit_expr_closure(f, closure)));
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let is_hint = match &*call.func {
            Expr::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "with_capacity"),
            _ => false,
        };
        if self.are_out(&call.attrs) || is_hint || (self.is_guard() && arid::is_arid_call(&call.func)) {
            return;
        }
        if self.is_guard() {
            arguments::of_call(self, call);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if self.are_out(&call.attrs) || call.method == "with_capacity" {
            return;
        }
        if self.is_guard() {
            if arid::is_arid_name(&call.method.to_string()) {
                // What it is called on is a matter of its own.
                return self.visit_expr(&call.receiver);
            }
            arguments::of_method(self, call);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_if(&mut self, expr: &'ast syn::ExprIf) {
        if !self.is_guard() {
            return visit::visit_expr_if(self, expr);
        }
        if self.are_out(&expr.attrs) {
            return;
        }
        // Whether something is logged is nothing to test.
        if expr.else_branch.is_some() || !arid::only_logs(&expr.then_branch) {
            conditions::of_if(self, expr);
            self.visit_expr(&expr.cond);
        }
        let (then, other) = match &expr.else_branch {
            Some((_, other)) => (Around::Else, Some(other)),
            None => (Around::If, None),
        };
        self.around = then;
        self.visit_block(&expr.then_branch);
        if let Some(other) = other {
            self.around = Around::Else;
            self.visit_expr(other);
        }
    }

    fn visit_expr_while(&mut self, expr: &'ast syn::ExprWhile) {
        if self.is_guard() && !self.are_out(&expr.attrs) {
            conditions::of_while(self, expr);
        }
        self.around = Around::Elsewhere;
        self.following(true, |f| {
            f.visit_expr(&expr.cond);
            let outer = std::mem::replace(&mut f.awaited, conditions::names(&expr.cond));
            f.visit_block(&expr.body);
            f.awaited = outer;
        });
    }

    fn visit_expr_for_loop(&mut self, expr: &'ast syn::ExprForLoop) {
        self.following(true, |f| visit::visit_expr_for_loop(f, expr));
    }

    fn visit_expr_loop(&mut self, expr: &'ast syn::ExprLoop) {
        self.following(true, |f| visit::visit_expr_loop(f, expr));
    }

    fn visit_expr_async(&mut self, expr: &'ast syn::ExprAsync) {
        self.following(false, |f| visit::visit_expr_async(f, expr));
    }

    fn visit_expr_unsafe(&mut self, expr: &'ast syn::ExprUnsafe) {
        // A mutant there may be undefined behaviour, which shows nothing.
        if !self.is_guard() {
            visit::visit_expr_unsafe(self, expr);
        }
    }

    fn visit_expr_range(&mut self, expr: &'ast syn::ExprRange) {
        if self.is_guard() && !self.are_out(&expr.attrs) {
            literals::of_range(self, expr);
        }
        visit::visit_expr_range(self, expr);
    }

    fn visit_expr_index(&mut self, expr: &'ast syn::ExprIndex) {
        if self.is_guard() && !self.are_out(&expr.attrs) {
            literals::of_index(self, expr);
        }
        visit::visit_expr_index(self, expr);
    }

    fn visit_block(&mut self, block: &'ast Block) {
        let around = std::mem::replace(&mut self.around, Around::Elsewhere);
        if self.is_guard() && self.runs() {
            statements::of_block(self, block, around);
        }
        for (i, statement) in block.stmts.iter().enumerate() {
            let follows = self.follows || i + 1 < block.stmts.len();
            self.following(follows, |f| f.visit_stmt(statement));
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if !(self.is_guard() && self.are_out(&local.attrs)) {
            visit::visit_local(self, local);
        }
    }

    fn visit_expr_binary(&mut self, expr: &'ast syn::ExprBinary) {
        if !self.are_out(&expr.attrs) {
            binary::binary(self, expr);
            if self.is_guard() {
                literals::of_binary(self, expr);
            }
            visit::visit_expr_binary(self, expr);
        }
    }

    fn visit_expr_unary(&mut self, expr: &'ast syn::ExprUnary) {
        if !self.are_out(&expr.attrs) {
            binary::unary(self, expr);
            visit::visit_expr_unary(self, expr);
        }
    }

    fn visit_expr_match(&mut self, expr: &'ast syn::ExprMatch) {
        if !self.are_out(&expr.attrs) {
            arms::deleted(self, expr);
            arms::guards(self, expr);
            visit::visit_expr_match(self, expr);
        }
    }

    fn visit_expr_struct(&mut self, expr: &'ast syn::ExprStruct) {
        if !self.are_out(&expr.attrs) {
            fields::deleted(self, expr);
            visit::visit_expr_struct(self, expr);
        }
    }
}
