//! JavaScript and TypeScript, with and without JSX: items, tests of the `describe`/`it`/`test` family, stubs.

mod tests;

use std::rc::Rc;

use guard_model::source::{ItemKind, Stub, StubKind};
use tree_sitter::Node;

use super::common::{self, Parts};
use crate::tokens::Tokens;
use crate::tree::{self, Source, Step, text};
use crate::{Found, bounds};

/// Reads one file.
pub(crate) fn read<'t>(source: &'t Source<'_>, tokens: &Rc<Tokens<'t>>) -> Found {
    let mut reader = Reader {
        source: &source.text,
        tokens: Rc::clone(tokens),
        path: source.path,
        in_test: crate::is_test_path(source.path, None),
        found: Found::default(),
    };
    reader.block(source.tree.root_node(), &Scope::default());
    reader.found.tests = tests::read(source, tokens);
    reader.found
}

#[derive(Debug, Clone, Default)]
struct Scope {
    names: Vec<String>,
    depth: usize,
    /// Inside a function's body.
    local: bool,
    /// Inside a class that is abstract or derives from another.
    derives: bool,
    exported: bool,
}

struct Reader<'t> {
    source: &'t str,
    tokens: Rc<Tokens<'t>>,
    path: &'t str,
    in_test: bool,
    found: Found,
}

const FUNCTIONS: [&str; 4] = ["arrow_function", "function_expression", "generator_function", "function"];

impl Reader<'_> {
    fn block(&mut self, block: Node<'_>, scope: &Scope) {
        if scope.depth > bounds::MAX_CONTAINERS {
            return;
        }
        let scope = &Scope { depth: scope.depth + 1, ..scope.clone() };
        let nodes: Vec<Node<'_>> = block.children(&mut block.walk()).collect();
        for (at, node) in nodes.iter().enumerate() {
            let comment = common::comment_above(&nodes[..at], self.source);
            self.statement(*node, comment, scope);
        }
    }

    fn statement(&mut self, node: Node<'_>, comment: &str, scope: &Scope) {
        match node.kind() {
            "export_statement" => {
                let exported = Scope { exported: true, ..scope.clone() };
                let inner =
                    node.child_by_field_name("declaration").or_else(|| node.child_by_field_name("value"));
                if let Some(inner) = inner {
                    self.statement(inner, comment, &exported);
                }
            }
            "ambient_declaration" | "ERROR" => self.block(node, scope),
            "expression_statement" => {
                if let Some(inner) = node.named_child(0) {
                    self.expression(inner, comment, scope);
                }
            }
            "function_declaration" | "generator_function_declaration" | "function_signature" => {
                self.function(ItemKind::Function, node, node, comment, scope);
            }
            "class_declaration" | "abstract_class_declaration" | "class" => self.class(node, scope),
            "interface_declaration" => {
                self.named(ItemKind::Trait, node, node.child_by_field_name("body"), scope);
            }
            "type_alias_declaration" => {
                self.named(ItemKind::Type, node, node.child_by_field_name("value"), scope);
            }
            "enum_declaration" => self.named(ItemKind::Type, node, node.child_by_field_name("body"), scope),
            "internal_module" | "module" => self.namespace(node, scope),
            "lexical_declaration" | "variable_declaration" => {
                for declarator in
                    tree::children(node).into_iter().filter(|it| it.kind() == "variable_declarator")
                {
                    self.declarator(declarator, comment, scope);
                }
            }
            "statement_block" | "if_statement" | "try_statement" | "else_clause" if scope.local => {
                self.block(node, scope);
            }
            _ => {}
        }
    }

    fn expression(&mut self, node: Node<'_>, comment: &str, scope: &Scope) {
        match node.kind() {
            "internal_module" => self.namespace(node, scope),
            // `exports.name = function …`, `Type.prototype.name = …`
            "assignment_expression" => {
                let (Some(left), Some(right)) =
                    (node.child_by_field_name("left"), node.child_by_field_name("right"))
                else {
                    return;
                };
                let path = text(left, self.source);
                let name = path.rsplit('.').next().unwrap_or(path).to_owned();
                if left.kind() == "member_expression" && FUNCTIONS.contains(&right.kind()) {
                    let exported = Scope {
                        exported: path.starts_with("exports.")
                            || path.starts_with("module.exports")
                            || scope.exported,
                        ..scope.clone()
                    };
                    self.valued(ItemKind::Function, name, node, right, comment, &exported);
                }
            }
            _ => {}
        }
    }

    fn declarator(&mut self, node: Node<'_>, comment: &str, scope: &Scope) {
        let (Some(name), Some(value)) = (node.child_by_field_name("name"), node.child_by_field_name("value"))
        else {
            return;
        };
        if name.kind() != "identifier" {
            return;
        }
        let name = text(name, self.source).to_owned();
        match function_in(value) {
            Some(function) => self.valued(ItemKind::Function, name, node, function, comment, scope),
            None if value.kind() == "class" => self.class_named(name, node, value, scope),
            None if !scope.local => self.valued(ItemKind::Constant, name, node, value, comment, scope),
            None => {}
        }
    }

    fn namespace(&mut self, node: Node<'_>, scope: &Scope) {
        self.named(ItemKind::Module, node, None, scope);
        if let (Some(name), Some(body)) = (node.child_by_field_name("name"), node.child_by_field_name("body"))
        {
            let mut inner = Scope { exported: false, ..scope.clone() };
            inner.names.push(common::unquote(text(name, self.source)).to_owned());
            self.block(body, &inner);
        }
    }

    fn class(&mut self, node: Node<'_>, scope: &Scope) {
        let name =
            node.child_by_field_name("name").map_or("default", |name| text(name, self.source)).to_owned();
        self.class_named(name, node, node, scope);
    }

    fn class_named(&mut self, name: String, node: Node<'_>, class: Node<'_>, scope: &Scope) {
        let body = class.child_by_field_name("body");
        self.push(ItemKind::Type, name.clone(), node, body, scope, None);
        let Some(body) = body else { return };
        let mut inner = Scope {
            derives: class.kind() == "abstract_class_declaration"
                || tree::child_of_kind(class, &["class_heritage"]).is_some(),
            exported: true,
            ..scope.clone()
        };
        inner.names.push(name);
        let nodes: Vec<Node<'_>> = body.children(&mut body.walk()).collect();
        for (at, member) in nodes.iter().enumerate() {
            let comment = common::comment_above(&nodes[..at], self.source);
            match member.kind() {
                "method_definition" | "abstract_method_signature" | "method_signature" => {
                    self.function(ItemKind::Method, *member, *member, comment, &inner);
                }
                "public_field_definition" | "field_definition" => {
                    let name =
                        member.child_by_field_name("name").or_else(|| member.child_by_field_name("property"));
                    let function = member.child_by_field_name("value").and_then(function_in);
                    if let (Some(name), Some(function)) = (name, function) {
                        let name = text(name, self.source).to_owned();
                        self.valued(ItemKind::Method, name, *member, function, comment, &inner);
                    }
                }
                _ => {}
            }
        }
    }

    fn named(&mut self, kind: ItemKind, node: Node<'_>, body: Option<Node<'_>>, scope: &Scope) {
        if let Some(name) = node.child_by_field_name("name") {
            let name = common::unquote(text(name, self.source)).to_owned();
            self.push(kind, name, node, body, scope, None);
        }
    }

    fn function(&mut self, kind: ItemKind, node: Node<'_>, function: Node<'_>, comment: &str, scope: &Scope) {
        let name =
            node.child_by_field_name("name").map_or("default", |name| text(name, self.source)).to_owned();
        self.valued(kind, name, node, function, comment, scope);
    }

    /// An item whose value is `value`: a function, or anything else for a constant.
    fn valued(
        &mut self,
        kind: ItemKind,
        name: String,
        node: Node<'_>,
        value: Node<'_>,
        comment: &str,
        scope: &Scope,
    ) {
        let body = if kind == ItemKind::Constant { Some(value) } else { value.child_by_field_name("body") };
        let stub = match (kind, body) {
            (ItemKind::Function | ItemKind::Method, Some(body)) if !self.in_test => {
                self.stub(kind, value, body, &name, comment, scope)
            }
            _ => None,
        };
        self.push(kind, name.clone(), node, body, scope, stub);
        if let (ItemKind::Function | ItemKind::Method, Some(body)) = (kind, body)
            && body.kind() == "statement_block"
        {
            let mut inner = Scope { local: true, exported: false, derives: false, ..scope.clone() };
            inner.names.push(name);
            self.block(body, &inner);
        }
    }

    fn push(
        &mut self,
        kind: ItemKind,
        name: String,
        node: Node<'_>,
        body: Option<Node<'_>>,
        scope: &Scope,
        stub: Option<Stub>,
    ) {
        let parts = Parts {
            kind,
            qualified: common::qualify(&scope.names, ".", &name),
            public: scope.exported
                && !name.starts_with('#')
                && !text(node, self.source).starts_with("private "),
            name,
            node,
            body,
            in_test: self.in_test,
            stub,
        };
        self.found.items.push(common::item(parts, self.source, &self.tokens));
    }

    fn stub(
        &self,
        kind: ItemKind,
        function: Node<'_>,
        body: Node<'_>,
        name: &str,
        comment: &str,
        scope: &Scope,
    ) -> Option<Stub> {
        if body.kind() != "statement_block"
            || scope.names.iter().any(|it| common::is_double(it))
            || self.path.ends_with(".d.ts")
        {
            return None;
        }
        let statements = tree::children(body);
        if let Some(last) = statements.last().copied()
            && last.kind() == "throw_statement"
        {
            let says = common::first_string(last, self.source)
                .is_some_and(|message| common::says_not_implemented(&message));
            return says.then(|| common::stub(StubKind::Declared, last, self.source));
        }
        let comments = format!("{comment}\n{}", common::comments(body, self.source));
        // Local functions and arrows are mostly callbacks, and a derived class may have to spell a method out.
        let counts = matches!(
            function.kind(),
            "function_declaration" | "generator_function_declaration" | "method_definition"
        ) || (function.kind() == "arrow_function" && scope.exported);
        let accessor = ["get", "set"].iter().any(|word| tree::child_of_kind(function, &[*word]).is_some());
        if !counts
            || scope.local
            || scope.derives
            || accessor
            || name == "constructor"
            || (kind == ItemKind::Method && statements.is_empty())
        {
            return None;
        }
        if common::excused(self.path, name, &scope.names, &comments) {
            return None;
        }
        let takes = function.child_by_field_name("parameters").map(tree::children).unwrap_or_default();
        if takes.is_empty() || takes.iter().all(|it| text(*it, self.source).starts_with('_')) {
            return None;
        }
        match *common::without_discards(&statements, self.source) {
            [] => Some(Stub { kind: StubKind::Empty, text: "{}".to_owned(), line: tree::line(body) }),
            [only] if only.kind() == "return_statement" => {
                let written =
                    text(only, self.source).trim_start_matches("return").trim().trim_end_matches(';');
                let constants = [
                    "null",
                    "undefined",
                    "[]",
                    "{}",
                    "''",
                    "\"\"",
                    "0",
                    "true",
                    "false",
                    "Promise.resolve()",
                    "",
                ];
                constants.contains(&written).then(|| common::stub(StubKind::Constant, only, self.source))
            }
            _ => None,
        }
    }
}

/// The function that a value is, also inside wrappers such as `useCallback(() => …)` or `memo(…)`.
fn function_in(value: Node<'_>) -> Option<Node<'_>> {
    if FUNCTIONS.contains(&value.kind()) {
        return Some(value);
    }
    let arguments =
        (value.kind() == "call_expression").then(|| value.child_by_field_name("arguments")).flatten()?;
    let mut found = None;
    tree::walk(arguments, |node| {
        if node.id() == arguments.id() {
            return Step::Into;
        }
        if found.is_none() && FUNCTIONS.contains(&node.kind()) {
            found = Some(node);
        }
        Step::Over
    });
    let name = value.child_by_field_name("function").map(|it| it.kind());
    found.filter(|_| name == Some("identifier"))
}
