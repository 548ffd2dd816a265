//! Rust: items, tests as libtest names them, stubs.
//!
//! `attributes` reads what stands above an item, `tests` decides what is a test, `stubs` what only
//! stands for a body. Macros that pass items through (`cfg_if!`, `proptest!`, `cfg_rt!`) are looked
//! into; what a `quote!` or a `macro_rules!` holds is somebody else's code.

pub(crate) mod attributes;
mod stubs;
mod tests;

pub(crate) use tests::is_test;

use std::collections::HashSet;
use std::rc::Rc;

use guard_model::source::ItemKind;
use tree_sitter::Node;

use self::attributes::Attribute;
use super::common::{self, Parts};
use crate::tokens::Tokens;
use crate::tree::{self, Source, Step, text};
use crate::{Found, bounds};

/// Reads one Rust file.
pub(crate) fn read<'t>(source: &'t Source<'_>, tokens: &Rc<Tokens<'t>>) -> Found {
    let makers = tests::makers(&source.text);
    let mut reader = Reader {
        source: &source.text,
        tokens: Rc::clone(tokens),
        path: source.path,
        makers,
        found: Found::default(),
    };
    let scope = Scope { in_test: crate::is_test_path(source.path, None), ..Scope::default() };
    reader.children(source.tree.root_node(), &scope);
    // Macro contents are parsed after what stands around them.
    reader.found.items.sort_by_key(|item| (item.line, std::cmp::Reverse(item.end_line)));
    reader.found.tests.sort_by_key(|test| test.line);
    reader.found
}

/// Where a declaration stands.
#[derive(Debug, Clone, Default)]
struct Scope {
    /// Names of all containers.
    names: Vec<String>,
    kind: Container,
    in_test: bool,
    /// `cfg` attributes of the containers, as written.
    conditions: Vec<String>,
    /// The attribute that keeps the container out of every build.
    never: Option<String>,
    depth: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Container {
    /// The file or a module.
    #[default]
    Module,
    Trait,
    /// An inherent `impl`.
    Impl,
    TraitImpl,
    /// A function body.
    Function,
    /// A macro that passes its items through.
    Macro,
}

struct Reader<'t> {
    source: &'t str,
    tokens: Rc<Tokens<'t>>,
    path: &'t str,
    /// Macros of this file that make a test of the name they are given.
    makers: HashSet<&'t str>,
    found: Found,
}

impl<'t> Reader<'t> {
    /// Reads the declarations directly inside `node`.
    fn children(&mut self, node: Node<'_>, outer: &Scope) {
        if outer.depth > bounds::MAX_CONTAINERS {
            return;
        }
        let mut scope = outer.clone();
        let mut attributes: Vec<Attribute<'t>> = Vec::new();
        let mut cursor = node.walk();
        let mut nodes: Vec<Node<'_>> = Vec::new();
        nodes.extend(node.children(&mut cursor));
        for (at, child) in nodes.iter().enumerate() {
            match child.kind() {
                "inner_attribute_item" => scope.enter(&Attribute::read(*child, self.source)),
                "attribute_item" => attributes.push(Attribute::read(*child, self.source)),
                "line_comment" | "block_comment" => {}
                _ => {
                    let comment = self.comment_above(&nodes[..at]);
                    self.item(*child, &attributes, comment, &scope);
                    attributes.clear();
                }
            }
        }
    }

    /// The comments and attributes directly above a node, as one text.
    fn comment_above(&self, before: &[Node<'_>]) -> &'t str {
        let above = before
            .iter()
            .rev()
            .take_while(|node| matches!(node.kind(), "line_comment" | "block_comment" | "attribute_item"));
        match (above.last(), before.last()) {
            (Some(first), Some(last)) => {
                self.source.get(first.start_byte()..last.end_byte()).unwrap_or_default()
            }
            _ => "",
        }
    }

    fn item(&mut self, node: Node<'_>, attributes: &[Attribute<'t>], comment: &str, outer: &Scope) {
        let mut scope = outer.inside();
        for attribute in attributes {
            scope.enter(attribute);
        }
        let (kind, container) = match node.kind() {
            "function_item" | "function_signature_item" => {
                return self.function(node, attributes, comment, &scope, outer);
            }
            "mod_item" => (ItemKind::Module, Some(Container::Module)),
            "trait_item" => (ItemKind::Trait, Some(Container::Trait)),
            "impl_item" if node.child_by_field_name("trait").is_some() => {
                (ItemKind::Impl, Some(Container::TraitImpl))
            }
            "impl_item" => (ItemKind::Impl, Some(Container::Impl)),
            "struct_item" | "enum_item" | "union_item" | "type_item" | "associated_type" => {
                (ItemKind::Type, None)
            }
            "const_item" | "static_item" if outer.kind != Container::Function => (ItemKind::Constant, None),
            "macro_definition" => (ItemKind::Macro, None),
            "macro_invocation" => return self.invocation(node, attributes, &scope),
            "expression_statement" => {
                if let Some(call) = tree::child_of_kind(node, &["macro_invocation"]) {
                    self.invocation(call, attributes, &scope);
                }
                return;
            }
            "foreign_mod_item" => {
                if let Some(body) = node.child_by_field_name("body") {
                    self.children(body, &scope);
                }
                return;
            }
            "ERROR" => return self.children(node, &scope),
            _ => return,
        };
        let name = self.name(node);
        let body = match node.kind() {
            "const_item" | "static_item" => node.child_by_field_name("value"),
            "type_item" => node.child_by_field_name("type"),
            "macro_definition" => node.child_by_field_name("name").and_then(|name| name.next_sibling()),
            _ => node.child_by_field_name("body"),
        };
        let hashed = if container.is_some() && kind != ItemKind::Trait { None } else { body };
        let item = common::item(
            Parts {
                kind,
                qualified: common::qualify(&outer.names, "::", &name),
                name: name.clone(),
                node,
                body: hashed,
                public: is_public(node, outer.kind, self.source)
                    || attributes.iter().any(|it| it.is("macro_export")),
                in_test: scope.in_test,
                stub: None,
            },
            self.source,
            &self.tokens,
        );
        self.found.items.push(item);
        if let (Some(container), Some(body)) = (container, body) {
            let inner = match kind {
                ItemKind::Impl => self.implementing(node),
                _ => name,
            };
            scope.names.push(inner);
            scope.kind = container;
            self.children(body, &scope);
        }
    }

    fn function(
        &mut self,
        node: Node<'_>,
        attributes: &[Attribute<'t>],
        comment: &str,
        scope: &Scope,
        outer: &Scope,
    ) {
        let name = self.name(node);
        let method = matches!(outer.kind, Container::Trait | Container::Impl | Container::TraitImpl);
        let body = node.child_by_field_name("body");
        let is_test =
            matches!(outer.kind, Container::Module | Container::Macro) && tests::is_test(attributes);
        if let (true, Some(body)) = (is_test, body) {
            let test =
                tests::declare(node, self.tokens.below(body), &name, attributes, scope, outer, self.source);
            self.found.tests.push(test);
        }
        let in_test = scope.in_test || is_test;
        let stub = body.filter(|_| !in_test).and_then(|body| {
            let site =
                stubs::Site { path: self.path, node, body, name: &name, attributes, comment, scope, outer };
            stubs::find(&site, self.source)
        });
        let item = common::item(
            Parts {
                kind: if method { ItemKind::Method } else { ItemKind::Function },
                qualified: common::qualify(&outer.names, "::", &name),
                name: name.clone(),
                node,
                body,
                public: is_public(node, outer.kind, self.source),
                in_test,
                stub,
            },
            self.source,
            &self.tokens,
        );
        self.found.items.push(item);
        if let Some(body) = body {
            let mut scope = Scope { in_test, kind: Container::Function, ..scope.clone() };
            scope.names.push(name);
            self.nested(body, &scope);
        }
    }

    /// Items inside a function's blocks.
    fn nested(&mut self, body: Node<'_>, scope: &Scope) {
        let mut blocks = Vec::new();
        tree::walk(body, |node| match node.kind() {
            "function_item" | "impl_item" | "trait_item" | "mod_item" | "macro_definition" | "token_tree" => {
                Step::Over
            }
            "block" => {
                blocks.push(node);
                Step::Into
            }
            _ => Step::Into,
        });
        for block in blocks {
            let mut cursor = block.walk();
            let holds_items = block.children(&mut cursor).any(|child| {
                child.kind().ends_with("_item")
                    && !matches!(child.kind(), "const_item" | "static_item" | "attribute_item")
            });
            if holds_items {
                self.children(block, scope);
            }
        }
    }

    /// A macro call where an item could stand.
    fn invocation(&mut self, node: Node<'_>, attributes: &[Attribute<'t>], scope: &Scope) {
        if !matches!(scope.kind, Container::Module | Container::Macro) {
            return;
        }
        let Some(name) = node.child_by_field_name("macro").map(|name| text(name, self.source)) else {
            return;
        };
        let Some(tokens) = tree::child_of_kind(node, &["token_tree"]) else { return };
        let last = name.rsplit("::").next().unwrap_or(name);
        if is_quoting(last) {
            return;
        }
        if let Some(test) = tests::of_macro(node, tokens, last, attributes, scope, self) {
            self.found.tests.push(test);
            return;
        }
        for (braces, condition) in self.item_lists(tokens, last) {
            let mut inner = Scope { kind: Container::Macro, ..scope.clone() };
            inner.conditions.extend(condition);
            if last.starts_with("cfg_") && last != "cfg_if" {
                inner.conditions.push(format!("{last}!"));
            }
            self.contents(braces, last, &inner);
        }
    }

    /// The brackets of a macro call that hold items: the outer ones, or for `cfg_if!` one a branch.
    fn item_lists<'n>(&self, tokens: Node<'n>, name: &str) -> Vec<(Node<'n>, Option<String>)> {
        if name != "cfg_if" {
            return vec![(tokens, None)];
        }
        let mut lists = Vec::new();
        let mut condition = None;
        let mut cursor = tokens.walk();
        for child in tokens.named_children(&mut cursor).filter(|child| child.kind() == "token_tree") {
            let inner = text(child, self.source);
            if inner.starts_with('[') {
                condition = Some(format!("#{}", tree::one_line(inner, 200)));
            } else if inner.starts_with('{') {
                let branch = condition.take().unwrap_or_else(|| "cfg_if! { else }".to_owned());
                lists.push((child, Some(branch)));
            }
        }
        lists
    }

    /// Reads what stands between a macro call's brackets as items, if it looks like items.
    fn contents(&mut self, tokens: Node<'_>, name: &str, scope: &Scope) {
        if scope.depth > bounds::MAX_CONTAINERS || !holds_items(tokens, self.source) {
            return;
        }
        let mut range = tokens.range();
        range.start_byte += 1;
        range.start_point.column += 1;
        range.end_byte = range.end_byte.saturating_sub(1).max(range.start_byte);
        range.end_point.column = range.end_point.column.saturating_sub(1);
        let Ok(inner) = tree::parse(guard_model::Language::Rust, self.source, &[range]) else { return };
        let before = self.found.tests.len();
        let (inner_tokens, _) = Tokens::of(inner.root_node(), self.source);
        let outer_tokens = std::mem::replace(&mut self.tokens, Rc::new(inner_tokens));
        self.children(inner.root_node(), scope);
        self.tokens = outer_tokens;
        let known = matches!(name, "cfg_if" | "proptest" | "quickcheck") || name.starts_with("cfg_");
        if !known {
            // An unknown macro may rename or multiply what it is given.
            self.found.tests[before..].iter_mut().for_each(|test| test.generated = true);
        }
    }

    fn name(&self, node: Node<'_>) -> String {
        if node.kind() == "impl_item" {
            let target = self.implementing(node);
            return match node.child_by_field_name("trait") {
                Some(of) => format!("{} for {target}", tree::one_line(text(of, self.source), 120)),
                None => target,
            };
        }
        let name = node.child_by_field_name("name").map_or("", |name| text(name, self.source));
        name.strip_prefix("r#").unwrap_or(name).to_owned()
    }

    /// The type that an `impl` is for, without its generics.
    fn implementing(&self, node: Node<'_>) -> String {
        let Some(mut target) = node.child_by_field_name("type") else { return String::new() };
        while let Some(inner) =
            (target.kind() == "generic_type").then(|| target.child_by_field_name("type")).flatten()
        {
            target = inner;
        }
        tree::one_line(text(target, self.source), 120)
    }
}

impl Scope {
    /// The same place, one container deeper; its attributes are still to be entered.
    fn inside(&self) -> Scope {
        Scope { depth: self.depth + 1, ..self.clone() }
    }

    /// Takes in an attribute of the container or item.
    fn enter(&mut self, attribute: &Attribute<'_>) {
        let Some(cfg) = attribute.cfg() else { return };
        self.in_test |= cfg.test_only;
        if cfg.never {
            self.never.get_or_insert_with(|| attribute.text.clone());
        } else if !cfg.just_test && !cfg.always {
            self.conditions.push(attribute.text.replacen("#![", "#[", 1));
        }
    }
}

/// Macros whose contents are code that is made, not code that is there.
fn is_quoting(name: &str) -> bool {
    name.starts_with("quote")
        || name.starts_with("parse_quote")
        || matches!(name, "macro_rules" | "stringify" | "concat")
}

/// True when a token tree contains `fn name`, `mod name` or the like at its own level.
fn holds_items(tokens: Node<'_>, source: &str) -> bool {
    let mut cursor = tokens.walk();
    if !cursor.goto_first_child() {
        return false;
    }
    let mut before = "";
    loop {
        let node = cursor.node();
        let here = text(node, source);
        if matches!(before, "fn" | "mod" | "struct" | "enum" | "trait" | "impl")
            && node.kind() == "identifier"
        {
            return true;
        }
        before = if node.child_count() == 0 { here } else { "" };
        if !cursor.goto_next_sibling() {
            return false;
        }
    }
}

fn is_public(node: Node<'_>, container: Container, source: &str) -> bool {
    if matches!(container, Container::Trait | Container::TraitImpl) {
        return true;
    }
    tree::child_of_kind(node, &["visibility_modifier"]).is_some_and(|it| {
        let it: String = text(it, source).split_whitespace().collect();
        !matches!(it.as_str(), "pub(self)" | "pub(inself)")
    })
}

/// The statements of a block, comments, inner attributes and imports left out.
fn statements(block: Node<'_>) -> Vec<Node<'_>> {
    const SKIPPED: [&str; 4] = ["inner_attribute_item", "empty_statement", "label", "use_declaration"];
    let mut nodes = tree::children(block);
    nodes.retain(|node| !SKIPPED.contains(&node.kind()));
    nodes
}
