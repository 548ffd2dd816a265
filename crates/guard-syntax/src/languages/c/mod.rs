//! C and C++: items, tests of GoogleTest, Catch2, doctest and Boost, stubs.

use std::rc::Rc;

use guard_model::TestDecl;
use guard_model::source::{ItemKind, Stub, StubKind};
use tree_sitter::Node;

use super::common::{self, Parts};
use crate::tokens::Tokens;
use crate::tree::{self, Source, text};
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
    reader.found
}

#[derive(Debug, Clone, Default)]
struct Scope {
    names: Vec<String>,
    in_class: bool,
    depth: usize,
    /// `#if` and `#ifdef` around it.
    conditions: Vec<String>,
    /// `#if 0`.
    never: Option<String>,
}

struct Reader<'t> {
    source: &'t str,
    tokens: Rc<Tokens<'t>>,
    path: &'t str,
    in_test: bool,
    found: Found,
}

/// Macros that make a test of two names, of a name, and of a string.
const OF_TWO: [&str; 8] = [
    "TEST",
    "TEST_F",
    "TEST_P",
    "TYPED_TEST",
    "TYPED_TEST_P",
    "BOOST_FIXTURE_TEST_CASE",
    "CPPUNIT_TEST",
    "FUZZ_TEST",
];
const OF_ONE: [&str; 3] = ["BOOST_AUTO_TEST_CASE", "BOOST_DATA_TEST_CASE", "TEST_CASE_METHOD"];
const OF_STRING: [&str; 5] =
    ["TEST_CASE", "SCENARIO", "TEMPLATE_TEST_CASE", "TEST_CASE_TEMPLATE", "DOCTEST_TEST_CASE"];

impl Reader<'_> {
    fn block(&mut self, block: Node<'_>, scope: &Scope) {
        if scope.depth > bounds::MAX_CONTAINERS {
            return;
        }
        let nodes: Vec<Node<'_>> = block.children(&mut block.walk()).collect();
        for (at, node) in nodes.iter().enumerate() {
            let comment = common::comment_above(&nodes[..at], self.source);
            // `TEST_CASE("name") { … }` is a call and a block to the grammar.
            if node.kind() == "expression_statement"
                && let Some(body) = nodes.get(at + 1).filter(|next| next.kind() == "compound_statement")
            {
                self.found.tests.extend(self.string_test(*node, *body, scope));
            }
            self.declaration(*node, comment, scope);
        }
    }

    fn declaration(&mut self, node: Node<'_>, comment: &str, scope: &Scope) {
        let deeper = || Scope { depth: scope.depth + 1, ..scope.clone() };
        match node.kind() {
            "namespace_definition" => {
                let name = node.child_by_field_name("name").map_or("", |it| text(it, self.source)).to_owned();
                let mut inner = deeper();
                if !name.is_empty() {
                    self.push(ItemKind::Module, &name, node, None, None, scope);
                    inner.names.push(name);
                }
                if let Some(body) = node.child_by_field_name("body") {
                    self.block(body, &inner);
                }
            }
            "linkage_specification" => {
                if let Some(body) = node.child_by_field_name("body") {
                    if body.kind() == "declaration_list" {
                        self.block(body, &deeper());
                    } else {
                        self.declaration(body, comment, &deeper());
                    }
                }
            }
            "template_declaration" | "declaration_list" | "ERROR" => self.block(node, &deeper()),
            "preproc_if" | "preproc_ifdef" | "preproc_else" | "preproc_elif" | "preproc_elifdef" => {
                self.conditional(node, scope);
            }
            "function_definition" => self.function(node, comment, scope),
            "class_specifier" | "struct_specifier" | "union_specifier" | "enum_specifier" => {
                self.of_type(node, scope);
            }
            "type_definition" | "alias_declaration" => {
                if let Some(inner) = node.child_by_field_name("type") {
                    self.of_type(inner, scope);
                }
                let name =
                    node.child_by_field_name("declarator").or_else(|| node.child_by_field_name("name"));
                if let Some(name) = name.map(|it| text(it, self.source).to_owned()) {
                    self.push(ItemKind::Type, &name, node, node.child_by_field_name("type"), None, scope);
                }
            }
            "preproc_def" | "preproc_function_def" => {
                if let Some(name) = node.child_by_field_name("name") {
                    let name = text(name, self.source).to_owned();
                    self.push(ItemKind::Macro, &name, node, node.child_by_field_name("value"), None, scope);
                }
            }
            "declaration" | "field_declaration" => {
                if let Some(inner) = node.child_by_field_name("type") {
                    self.of_type(inner, scope);
                }
                let declarator = node.child_by_field_name("declarator");
                if let Some(value) = declarator.filter(|it| it.kind() == "init_declarator" && !scope.in_class)
                    && let Some(name) =
                        value.child_by_field_name("declarator").and_then(|it| declared(it, self.source))
                {
                    self.push(
                        ItemKind::Constant,
                        &name,
                        node,
                        value.child_by_field_name("value"),
                        None,
                        scope,
                    );
                }
            }
            _ => {}
        }
    }

    fn conditional(&mut self, node: Node<'_>, scope: &Scope) {
        let mut inner = Scope { depth: scope.depth + 1, ..scope.clone() };
        let written =
            self.source.get(node.byte_range()).unwrap_or_default().lines().next().unwrap_or_default().trim();
        let written = tree::one_line(written, 120);
        let is_guard = node.kind() == "preproc_ifdef"
            && written.contains("ifndef")
            && (written.contains("_H") || written.contains("_INCLUDED"));
        match node.child_by_field_name("condition").map(|it| text(it, self.source)) {
            Some("0") => inner.never = Some(written),
            _ if is_guard => {}
            _ => inner.conditions.push(written),
        }
        self.block(node, &inner);
    }

    fn of_type(&mut self, node: Node<'_>, scope: &Scope) {
        let (Some(name), Some(body)) = (node.child_by_field_name("name"), node.child_by_field_name("body"))
        else {
            return;
        };
        let name = text(name, self.source).to_owned();
        self.push(ItemKind::Type, &name, node, Some(body), None, scope);
        if body.kind() == "field_declaration_list" {
            let mut inner = Scope { in_class: true, depth: scope.depth + 1, ..scope.clone() };
            inner.names.push(name);
            self.block(body, &inner);
        }
    }

    fn function(&mut self, node: Node<'_>, comment: &str, scope: &Scope) {
        let (Some(declarator), Some(body)) =
            (node.child_by_field_name("declarator"), node.child_by_field_name("body"))
        else {
            return;
        };
        let Some(name) = declared(declarator, self.source) else { return };
        if OF_TWO.contains(&name.as_str()) || OF_ONE.contains(&name.as_str()) {
            let parameters = parameters(declarator).map(|it| text(it, self.source)).unwrap_or_default();
            self.found.tests.extend(self.test(&name, parameters, node, body, scope));
            return;
        }
        let stub = if self.in_test { None } else { self.stub(node, declarator, body, &name, comment, scope) };
        let kind = if scope.in_class || name.contains("::") { ItemKind::Method } else { ItemKind::Function };
        self.push(kind, &name, node, Some(body), stub, scope);
    }

    fn push(
        &mut self,
        kind: ItemKind,
        name: &str,
        node: Node<'_>,
        body: Option<Node<'_>>,
        stub: Option<Stub>,
        scope: &Scope,
    ) {
        let start = text(node, self.source);
        let parts = Parts {
            kind,
            name: name.rsplit("::").next().unwrap_or(name).to_owned(),
            qualified: common::qualify(&scope.names, "::", name),
            node,
            body,
            public: !start.starts_with("static ") || scope.in_class,
            in_test: self.in_test,
            stub,
        };
        self.found.items.push(common::item(parts, self.source, &self.tokens));
    }

    fn test(
        &self,
        by: &str,
        parameters: &str,
        node: Node<'_>,
        body: Node<'_>,
        scope: &Scope,
    ) -> Option<TestDecl> {
        let inner = parameters.trim_start_matches('(').trim_end_matches(')');
        let mut names = inner.split(',').map(str::trim);
        let first = names.next().filter(|it| !it.is_empty())?;
        let name = match names.next() {
            Some(second) if OF_TWO.contains(&by) && !by.starts_with("BOOST") => format!("{first}.{second}"),
            _ => first.to_owned(),
        };
        let mut test = self.declare(name, node, body, scope);
        test.generated = matches!(by, "TEST_P" | "TYPED_TEST" | "TYPED_TEST_P" | "BOOST_DATA_TEST_CASE");
        if test.name.split('.').any(|part| part.starts_with("DISABLED_")) {
            test.ignored.get_or_insert_with(|| format!("{by}({inner})"));
        }
        Some(test)
    }

    fn string_test(&self, call: Node<'_>, body: Node<'_>, scope: &Scope) -> Option<TestDecl> {
        let call = call.named_child(0).filter(|it| it.kind() == "call_expression")?;
        let by = text(call.child_by_field_name("function")?, self.source);
        if !OF_STRING.contains(&by) {
            return None;
        }
        let arguments = call.child_by_field_name("arguments")?;
        let name = common::first_string(arguments, self.source)?;
        let mut test = self.declare(name, call, body, scope);
        test.end_line = tree::end_line(body);
        test.generated = by.contains("TEMPLATE");
        let tags = text(arguments, self.source);
        if ["[.]", "[!hide]", "[.", "doctest::skip"].iter().any(|tag| tags.contains(tag)) {
            test.ignored.get_or_insert_with(|| tree::one_line(text(call, self.source), 120));
        }
        Some(test)
    }

    fn declare(&self, name: String, node: Node<'_>, body: Node<'_>, scope: &Scope) -> TestDecl {
        let mut test = common::test(name, node, self.tokens.below(body), |token, next| {
            let starts =
                ["EXPECT_", "ASSERT_", "REQUIRE", "CHECK", "BOOST_CHECK", "BOOST_REQUIRE", "BOOST_TEST"];
            next == "("
                && (starts.iter().any(|start| token.starts_with(start))
                    || matches!(token, "assert" | "FAIL" | "ADD_FAILURE"))
        });
        test.ignored = scope.never.clone();
        for condition in &scope.conditions {
            common::add_condition(&mut test, condition);
        }
        if let Some(first) = tree::children(body).first() {
            let written = text(*first, self.source);
            if ["GTEST_SKIP()", "SKIP("].iter().any(|start| written.starts_with(start)) {
                test.ignored.get_or_insert_with(|| tree::one_line(written, 120));
                test.ignore_reason = common::first_string(*first, self.source);
            }
        }
        test
    }

    fn stub(
        &self,
        node: Node<'_>,
        declarator: Node<'_>,
        body: Node<'_>,
        name: &str,
        comment: &str,
        scope: &Scope,
    ) -> Option<Stub> {
        if common::is_double(name) || scope.names.iter().any(|it| common::is_double(it)) {
            return None;
        }
        let statements = tree::children(body);
        if let Some(last) = statements.last().copied() {
            let written = text(last, self.source);
            let refuses = last.kind() == "throw_statement"
                || ["assert(false", "assert(0", "abort(", "LOG(FATAL)", "std::abort("]
                    .iter()
                    .any(|start| written.starts_with(start));
            if refuses
                && common::first_string(last, self.source)
                    .is_some_and(|message| common::says_not_implemented(&message))
            {
                return Some(common::stub(StubKind::Declared, last, self.source));
            }
        }
        // A method may override, which its definition outside the class does not say; C has callbacks.
        let is_static = text(node, self.source).starts_with("static ");
        let comments = format!("{comment}\n{}", common::comments(body, self.source));
        let may_be_called_back =
            scope.in_class || name.contains("::") || is_static || self.path.ends_with(".h");
        if may_be_called_back
            || !scope.conditions.is_empty()
            || name == "main"
            || common::excused(self.path, name, &scope.names, &comments)
        {
            return None;
        }
        let named = parameters(declarator).map(tree::children).unwrap_or_default();
        let takes = named.iter().any(|it| it.child_by_field_name("declarator").is_some());
        match *common::without_discards(&statements, self.source) {
            _ if !takes => None,
            [] => Some(Stub { kind: StubKind::Empty, text: "{}".to_owned(), line: tree::line(node) }),
            [only]
                if matches!(
                    text(only, self.source),
                    "return 0;"
                        | "return NULL;"
                        | "return nullptr;"
                        | "return false;"
                        | "return true;"
                        | "return {};"
                ) =>
            {
                Some(common::stub(StubKind::Constant, only, self.source))
            }
            _ => None,
        }
    }
}

/// The name that a declarator declares, with its `::` scopes.
fn declared(mut node: Node<'_>, source: &str) -> Option<String> {
    for _ in 0..16 {
        match node.kind() {
            "identifier"
            | "field_identifier"
            | "type_identifier"
            | "qualified_identifier"
            | "operator_name"
            | "destructor_name"
            | "operator_cast"
            | "template_function" => return Some(tree::one_line(text(node, source), 120)),
            _ => node = node.child_by_field_name("declarator").or_else(|| node.named_child(0))?,
        }
    }
    None
}

fn parameters(mut declarator: Node<'_>) -> Option<Node<'_>> {
    for _ in 0..16 {
        if let Some(parameters) = declarator.child_by_field_name("parameters") {
            return Some(parameters);
        }
        declarator = declarator.child_by_field_name("declarator").or_else(|| declarator.named_child(0))?;
    }
    None
}
