//! Java: items, JUnit and TestNG tests, stubs.

use std::rc::Rc;

use guard_model::TestDecl;
use guard_model::source::{ItemKind, Stub, StubKind};
use tree_sitter::Node;

use super::common::{self, Parts};
use crate::tokens::Tokens;
use crate::tree::{self, Source, text};
use crate::{Found, bounds};

/// Reads one Java file.
pub(crate) fn read<'t>(source: &'t Source<'_>, tokens: &Rc<Tokens<'t>>) -> Found {
    let mut reader = Reader {
        source: &source.text,
        tokens: Rc::clone(tokens),
        path: source.path,
        in_test: crate::is_test_path(source.path, None),
        found: Found::default(),
    };
    reader.members(source.tree.root_node(), &Scope::default());
    reader.found
}

#[derive(Debug, Clone, Default)]
struct Scope {
    /// Enclosing types, outermost first.
    types: Vec<String>,
    depth: usize,
    is_interface: bool,
    /// JUnit 3: `test*` methods are tests.
    is_test_case: bool,
    annotations: Vec<String>,
}

struct Reader<'t> {
    source: &'t str,
    tokens: Rc<Tokens<'t>>,
    path: &'t str,
    in_test: bool,
    found: Found,
}

impl Reader<'_> {
    fn members(&mut self, node: Node<'_>, scope: &Scope) {
        if scope.depth > bounds::MAX_CONTAINERS {
            return;
        }
        let scope = &Scope { depth: scope.depth + 1, ..scope.clone() };
        let nodes: Vec<Node<'_>> = node.children(&mut node.walk()).collect();
        for (at, child) in nodes.iter().enumerate() {
            match child.kind() {
                "class_declaration"
                | "interface_declaration"
                | "enum_declaration"
                | "record_declaration"
                | "annotation_type_declaration" => self.of_type(*child, scope),
                "method_declaration" | "constructor_declaration" => {
                    self.method(*child, common::comment_above(&nodes[..at], self.source), scope);
                }
                "field_declaration" | "constant_declaration" => self.field(*child, scope),
                "enum_body_declarations" | "ERROR" => self.members(*child, scope),
                _ => {}
            }
        }
    }

    fn of_type(&mut self, node: Node<'_>, scope: &Scope) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let name = text(name, self.source).to_owned();
        let body = node.child_by_field_name("body");
        let is_interface = matches!(node.kind(), "interface_declaration" | "annotation_type_declaration");
        self.push(
            if is_interface { ItemKind::Trait } else { ItemKind::Type },
            node,
            &name,
            body,
            scope,
            None,
        );
        let superclass = node.child_by_field_name("superclass").map_or("", |it| text(it, self.source));
        let mut inner = Scope {
            is_interface,
            is_test_case: superclass.ends_with("TestCase"),
            annotations: scope.annotations.clone(),
            types: scope.types.clone(),
            depth: scope.depth,
        };
        inner.types.push(name);
        inner.annotations.extend(annotations(node, self.source));
        if let Some(body) = body {
            self.members(body, &inner);
        }
    }

    fn field(&mut self, node: Node<'_>, scope: &Scope) {
        let modifiers = modifiers(node, self.source);
        if !scope.is_interface && !modifiers.contains("static") {
            return;
        }
        for declarator in tree::children(node).into_iter().filter(|it| it.kind() == "variable_declarator") {
            if let Some(name) = declarator.child_by_field_name("name") {
                let name = text(name, self.source).to_owned();
                self.push(
                    ItemKind::Constant,
                    node,
                    &name,
                    declarator.child_by_field_name("value"),
                    scope,
                    None,
                );
            }
        }
    }

    fn method(&mut self, node: Node<'_>, comment: &str, scope: &Scope) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let name = text(name, self.source).to_owned();
        let body = node.child_by_field_name("body");
        let own = annotations(node, self.source);
        if let Some(body) = body {
            self.found.tests.extend(self.test(node, body, &name, &own, scope));
        }
        let stub = body
            .filter(|_| !self.in_test && !scope.is_interface)
            .and_then(|body| self.stub(node, body, &name, &own, comment, scope));
        self.push(ItemKind::Method, node, &name, body, scope, stub);
    }

    fn push(
        &mut self,
        kind: ItemKind,
        node: Node<'_>,
        name: &str,
        body: Option<Node<'_>>,
        scope: &Scope,
        stub: Option<Stub>,
    ) {
        let parts = Parts {
            kind,
            name: name.to_owned(),
            qualified: common::qualify(&scope.types, ".", name),
            node,
            body,
            public: scope.is_interface || !modifiers(node, self.source).contains("private"),
            in_test: self.in_test,
            stub,
        };
        let mut item = common::item(parts, self.source, &self.tokens);
        // Annotations are no part of a signature, nor of an item's lines.
        if let Some(modifiers) = tree::child_of_kind(node, &["modifiers"]) {
            let mut cursor = modifiers.walk();
            let keyword = modifiers.children(&mut cursor).find(|it| !it.kind().ends_with("annotation"));
            let start = keyword.or(modifiers.next_sibling()).unwrap_or(node);
            item.line = tree::line(start);
            let end = body.map_or(node.end_byte(), |body| body.start_byte());
            let written = self.source.get(start.start_byte()..end).unwrap_or_default();
            item.signature = tree::one_line(written, 300).trim_end_matches(['=', ';', ' ']).to_owned();
        }
        self.found.items.push(item);
    }

    fn test(
        &self,
        node: Node<'_>,
        body: Node<'_>,
        name: &str,
        own: &[String],
        scope: &Scope,
    ) -> Option<TestDecl> {
        let names: Vec<&str> = own.iter().map(|it| annotation_name(it)).collect();
        let many = ["ParameterizedTest", "RepeatedTest", "TestFactory", "TestTemplate", "Theory", "Property"];
        let generated = names.iter().any(|it| many.contains(it));
        let by_name = scope.is_test_case
            && name.starts_with("test")
            && node.child_by_field_name("parameters").is_some_and(|it| it.named_child_count() == 0);
        if !generated && !names.contains(&"Test") && !by_name {
            return None;
        }
        let qualified = format!("{}.{name}", scope.types.join("$"));
        let mut test = common::test(qualified, node, self.tokens.below(body), |token, next| {
            (token.starts_with("assert") || matches!(token, "fail" | "verify" | "expect" | "expectError"))
                && next == "("
        });
        test.generated = generated;
        test.assertions +=
            u32::from(own.iter().any(|it| annotation_name(it) == "Test" && it.contains("expected")));
        for annotation in scope.annotations.iter().chain(own) {
            match annotation_name(annotation) {
                "Disabled" | "Ignore" => {
                    test.ignored.get_or_insert_with(|| annotation.clone());
                    let reason = annotation.split('"').nth(1).map(str::to_owned);
                    test.ignore_reason = test.ignore_reason.take().or(reason);
                }
                "Test" if annotation.contains("enabled = false") => {
                    test.ignored.get_or_insert_with(|| annotation.clone());
                }
                it if it.starts_with("DisabledOn")
                    || it.starts_with("DisabledIf")
                    || it.starts_with("EnabledOn")
                    || it.starts_with("EnabledIf") =>
                {
                    common::add_condition(&mut test, annotation);
                }
                _ => {}
            }
        }
        Some(test)
    }

    fn stub(
        &self,
        node: Node<'_>,
        body: Node<'_>,
        name: &str,
        own: &[String],
        comment: &str,
        scope: &Scope,
    ) -> Option<Stub> {
        if node.kind() == "constructor_declaration" || scope.types.iter().any(|it| common::is_double(it)) {
            return None;
        }
        let statements = tree::children(body);
        if let Some(last) = statements.last().copied()
            && last.kind() == "throw_statement"
        {
            let message = common::first_string(last, self.source);
            let written = text(last, self.source);
            let says = match message {
                Some(message) => common::says_not_implemented(&message),
                None => {
                    written.contains("NotImplementedException") || written.contains("NotImplementedError")
                }
            };
            return says.then(|| common::stub(StubKind::Declared, last, self.source));
        }
        let comments = format!("{comment}\n{}", common::comments(body, self.source));
        let static_or_private =
            ["static", "private"].iter().any(|it| modifiers(node, self.source).contains(it));
        let may_be_inherited = !static_or_private;
        if may_be_inherited
            || !own.is_empty()
            || name == "main"
            || common::excused(self.path, name, &scope.types, &comments)
        {
            return None;
        }
        if node.child_by_field_name("parameters").is_none_or(|it| it.named_child_count() == 0) {
            return None;
        }
        match statements[..] {
            [] => Some(Stub { kind: StubKind::Empty, text: "{}".to_owned(), line: tree::line(node) }),
            [only] => {
                let written = text(only, self.source);
                let constant = [
                    "return null;",
                    "return true;",
                    "return false;",
                    "return 0;",
                    "return \"\";",
                    "return Optional.empty();",
                    "return Collections.emptyList();",
                    "return List.of();",
                    "return Map.of();",
                ];
                constant.contains(&written).then(|| common::stub(StubKind::Constant, only, self.source))
            }
            _ => None,
        }
    }
}

fn modifiers<'t>(node: Node<'_>, source: &'t str) -> &'t str {
    tree::child_of_kind(node, &["modifiers"]).map_or("", |it| text(it, source))
}

fn annotations(node: Node<'_>, source: &str) -> Vec<String> {
    let Some(modifiers) = tree::child_of_kind(node, &["modifiers"]) else { return Vec::new() };
    let mut cursor = modifiers.walk();
    let annotations = modifiers.children(&mut cursor).filter(|it| it.kind().ends_with("annotation"));
    annotations.map(|it| tree::one_line(text(it, source), 200)).collect()
}

fn annotation_name(annotation: &str) -> &str {
    let path = annotation.trim_start_matches('@').split('(').next().unwrap_or_default();
    path.rsplit('.').next().unwrap_or(path)
}
