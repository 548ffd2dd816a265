//! Python: items, tests as pytest and unittest collect them, stubs.

use std::rc::Rc;

use guard_model::TestDecl;
use guard_model::source::{ItemKind, Stub, StubKind};
use tree_sitter::Node;

use super::common::{self, Parts};
use crate::tokens::Tokens;
use crate::tree::{self, Source, text};
use crate::{Found, bounds};

/// Reads one Python file.
pub(crate) fn read<'t>(source: &'t Source<'_>, tokens: &Rc<Tokens<'t>>) -> Found {
    let name = source.path.rsplit('/').next().unwrap_or(source.path);
    let mut reader = Reader {
        source: &source.text,
        tokens: Rc::clone(tokens),
        path: source.path,
        collected: name.starts_with("test") || name.ends_with("_test.py"),
        in_test: crate::is_test_path(source.path, None),
        module_marks: Vec::new(),
        found: Found::default(),
    };
    reader.block(source.tree.root_node(), &Scope::default());
    reader.found
}

/// Where a definition stands.
#[derive(Debug, Clone, Default)]
struct Scope {
    names: Vec<String>,
    depth: usize,
    kind: Container,
    /// The class is one whose methods may be without body: abstract, a protocol, typing only.
    is_abstract: bool,
    /// Its `test*` methods are tests.
    collects: bool,
    marks: Vec<String>,
    in_test: bool,
    /// Under an `if` or `try`: one version of several.
    conditional: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Container {
    #[default]
    Module,
    Class,
    Function,
}

struct Reader<'t> {
    source: &'t str,
    tokens: Rc<Tokens<'t>>,
    path: &'t str,
    collected: bool,
    in_test: bool,
    module_marks: Vec<String>,
    found: Found,
}

impl Reader<'_> {
    fn block(&mut self, block: Node<'_>, scope: &Scope) {
        if scope.depth > bounds::MAX_CONTAINERS {
            return;
        }
        let nodes: Vec<Node<'_>> = block.children(&mut block.walk()).collect();
        for (at, node) in nodes.iter().enumerate() {
            let comment = common::comment_above(&nodes[..at], self.source);
            self.statement(*node, &[], comment, scope);
        }
    }

    fn statement(&mut self, node: Node<'_>, decorators: &[Node<'_>], comment: &str, scope: &Scope) {
        if scope.depth > bounds::MAX_CONTAINERS {
            return;
        }
        let scope = &Scope { depth: scope.depth + 1, ..scope.clone() };
        match node.kind() {
            "decorated_definition" => {
                let decorators: Vec<Node<'_>> =
                    tree::children(node).into_iter().filter(|it| it.kind() == "decorator").collect();
                if let Some(definition) = node.child_by_field_name("definition") {
                    self.statement(definition, &decorators, comment, scope);
                }
            }
            "function_definition" => self.function(node, decorators, comment, scope),
            "class_definition" => self.class(node, decorators, scope),
            "expression_statement" if scope.kind == Container::Module => self.assignment(node, scope),
            // Definitions under `if TYPE_CHECKING:`, `try: import …`.
            "if_statement" | "try_statement" | "with_statement" | "else_clause" | "elif_clause"
            | "except_clause" | "finally_clause" | "ERROR" => {
                let scope = &Scope { conditional: node.kind() != "ERROR", ..scope.clone() };
                for child in tree::children(node) {
                    match child.kind() {
                        "block" => self.block(child, scope),
                        "else_clause"
                        | "elif_clause"
                        | "except_clause"
                        | "finally_clause"
                        | "function_definition"
                        | "class_definition"
                        | "decorated_definition" => self.statement(child, &[], "", scope),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn assignment(&mut self, node: Node<'_>, scope: &Scope) {
        let Some(assignment) = node.named_child(0) else { return };
        if assignment.kind() == "call" && text(assignment, self.source).starts_with("pytest.skip(") {
            self.module_marks.push(tree::one_line(text(assignment, self.source), 120));
        }
        if assignment.kind() != "assignment" {
            return;
        }
        let (Some(left), Some(right)) =
            (assignment.child_by_field_name("left"), assignment.child_by_field_name("right"))
        else {
            return;
        };
        let name = text(left, self.source).to_owned();
        if name == "pytestmark" {
            let marks = if right.kind() == "list" { tree::children(right) } else { vec![right] };
            self.module_marks.extend(marks.iter().map(|mark| tree::one_line(text(*mark, self.source), 200)));
        }
        if left.kind() != "identifier" {
            return;
        }
        let parts = Parts {
            kind: ItemKind::Constant,
            qualified: common::qualify(&scope.names, ".", &name),
            public: !name.starts_with('_'),
            name,
            node: assignment,
            body: Some(right),
            in_test: self.in_test,
            stub: None,
        };
        self.found.items.push(common::item(parts, self.source, &self.tokens));
    }

    fn class(&mut self, node: Node<'_>, decorators: &[Node<'_>], scope: &Scope) {
        let (Some(name), Some(body)) = (node.child_by_field_name("name"), node.child_by_field_name("body"))
        else {
            return;
        };
        let name = text(name, self.source).to_owned();
        let bases = node.child_by_field_name("superclasses").map_or("", |it| text(it, self.source));
        let is_unittest = bases.contains("TestCase");
        let has_init = tree::children(body).iter().any(|it| {
            it.child_by_field_name("name").is_some_and(|name| text(name, self.source) == "__init__")
        });
        let mut inner = Scope {
            kind: Container::Class,
            is_abstract: ["ABC", "Protocol", "TypedDict", "Interface", "Abstract", "Base"]
                .iter()
                .any(|it| bases.contains(it))
                || ["Base", "Abstract", "Interface", "Protocol", "Mixin"].iter().any(|it| name.contains(it)),
            collects: is_unittest || (self.collected && name.starts_with("Test") && !has_init),
            in_test: scope.in_test || is_unittest,
            ..scope.clone()
        };
        inner.names.push(name.clone());
        inner.marks.extend(decorators.iter().map(|it| decorator(*it, self.source)));
        let parts = Parts {
            kind: ItemKind::Type,
            qualified: common::qualify(&scope.names, ".", &name),
            public: !name.starts_with('_'),
            name,
            node,
            body: Some(body),
            in_test: self.in_test || inner.in_test,
            stub: None,
        };
        self.found.items.push(common::item(parts, self.source, &self.tokens));
        self.block(body, &inner);
    }

    fn function(&mut self, node: Node<'_>, decorators: &[Node<'_>], comment: &str, scope: &Scope) {
        let (Some(name), Some(body)) = (node.child_by_field_name("name"), node.child_by_field_name("body"))
        else {
            return;
        };
        let name = text(name, self.source).to_owned();
        let marks: Vec<String> = decorators.iter().map(|it| decorator(*it, self.source)).collect();
        let collected = match scope.kind {
            Container::Module => self.collected,
            Container::Class => scope.collects,
            Container::Function => false,
        };
        let is_test = collected && name.starts_with("test") && !marks.iter().any(|it| it.contains("fixture"));
        if is_test {
            let test = self.test(node, body, &name, decorators, &marks, scope);
            self.found.tests.push(test);
        }
        let in_test = self.in_test || scope.in_test || is_test;
        let stub = if in_test { None } else { self.stub(node, body, &name, &marks, comment, scope) };
        let parts = Parts {
            kind: if scope.kind == Container::Class { ItemKind::Method } else { ItemKind::Function },
            qualified: common::qualify(&scope.names, ".", &name),
            public: !name.starts_with('_') || name.starts_with("__"),
            name: name.clone(),
            node,
            body: Some(body),
            in_test,
            stub,
        };
        self.found.items.push(common::item(parts, self.source, &self.tokens));
        let mut inner = Scope { kind: Container::Function, in_test, ..scope.clone() };
        inner.names.push(name);
        self.block(body, &inner);
    }

    fn test(
        &self,
        node: Node<'_>,
        body: Node<'_>,
        name: &str,
        decorators: &[Node<'_>],
        marks: &[String],
        scope: &Scope,
    ) -> TestDecl {
        let name = common::qualify(&scope.names, ".", name);
        let mut test = common::test(name, node, self.tokens.below(body), |token, next| {
            token == "assert"
                || token.starts_with("assert") && token.len() > 6 && next == "("
                || token == "raises" && next == "("
                || token == "fail" && next == "("
        });
        test.line = decorators.first().map_or(test.line, |first| tree::line(*first));
        for mark in self.module_marks.iter().chain(&scope.marks).chain(marks) {
            apply(mark, &mut test);
        }
        for statement in tree::children(body).into_iter().take(3) {
            let written = text(statement, self.source);
            let skips = [
                "pytest.skip(",
                "self.skipTest(",
                "raise unittest.SkipTest",
                "raise SkipTest",
                "pytest.xfail(",
            ]
            .iter()
            .any(|start| written.starts_with(start));
            if skips {
                test.ignored.get_or_insert_with(|| tree::one_line(written, 120));
                test.ignore_reason =
                    test.ignore_reason.take().or(common::first_string(statement, self.source));
            }
        }
        test
    }

    fn stub(
        &self,
        node: Node<'_>,
        body: Node<'_>,
        name: &str,
        marks: &[String],
        comment: &str,
        scope: &Scope,
    ) -> Option<Stub> {
        let interface = self.path.ends_with(".pyi")
            || scope.is_abstract
            || scope.conditional
            || marks
                .iter()
                .any(|it| ["abstract", "overload", "hookspec"].iter().any(|word| it.contains(word)));
        if interface || scope.names.iter().any(|it| common::is_double(it)) {
            return None;
        }
        let mut docs = comment.to_owned();
        let mut statements = tree::children(body);
        if let Some(first) = statements.first().copied()
            && is_docstring(first)
        {
            docs.push_str(text(first, self.source));
            statements.remove(0);
        }
        let last = statements.last().copied();
        if let Some(last) = last
            && self.says_so(last)
        {
            // In a class the message may be for those who derive from it.
            let raises_bare =
                scope.kind == Container::Class && statements.len() == 1 && self.is_overridden(scope, name);
            return (!raises_bare).then(|| common::stub(StubKind::Declared, last, self.source));
        }
        docs.push_str(&common::comments(body, self.source));
        // Methods may fulfil an interface, which Python need not say; decorators may do the work.
        let is_dunder = name.starts_with("__");
        if scope.kind != Container::Module
            || is_dunder
            || !marks.is_empty()
            || common::excused(self.path, name, &scope.names, &docs)
        {
            return None;
        }
        let parameters = node.child_by_field_name("parameters").map(tree::children).unwrap_or_default();
        let takes =
            parameters.iter().any(|it| !matches!(it.kind(), "keyword_separator" | "positional_separator"));
        if !takes || parameters.iter().all(|it| text(*it, self.source).starts_with(['_', '*'])) {
            return None;
        }
        match *common::without_discards(&statements, self.source) {
            [] => Some(Stub {
                kind: StubKind::Empty,
                text: "docstring only".to_owned(),
                line: tree::line(node),
            }),
            [only] => {
                let written = text(only, self.source);
                let kind = match written {
                    "pass" | "..." => StubKind::Empty,
                    "return" | "return None" | "return []" | "return {}" | "return \"\"" | "return ''"
                    | "return 0" | "return ()" | "return True" | "return False" | "return 0.0"
                    | "return set()" | "return dict()" | "return list()" => StubKind::Constant,
                    _ => return None,
                };
                Some(common::stub(kind, only, self.source))
            }
            _ => None,
        }
    }

    /// `raise NotImplementedError`, with a message of that kind if any.
    fn says_so(&self, statement: Node<'_>) -> bool {
        if statement.kind() != "raise_statement" {
            return false;
        }
        let written = text(statement, self.source);
        let what = written.trim_start_matches("raise").trim();
        let message = common::first_string(statement, self.source);
        match what.strip_prefix("NotImplementedError") {
            Some(_) => message.is_none_or(|message| common::says_not_implemented(&message)),
            None => {
                what.starts_with("Exception(") && message.is_some_and(|it| common::says_not_implemented(&it))
            }
        }
    }

    /// True when another class of the file defines the same method: the bare one is the interface's.
    fn is_overridden(&self, scope: &Scope, name: &str) -> bool {
        let class = scope.names.last().map_or("", String::as_str);
        let derives = |line: &str| {
            line.trim_start().starts_with("class ")
                && line.split_once('(').is_some_and(|(_, bases)| bases.contains(class))
        };
        self.source.lines().any(derives) && self.source.matches(&format!("def {name}(")).count() > 1
    }
}

/// What a mark on a test means.
fn apply(mark: &str, test: &mut TestDecl) {
    let bare = mark.trim_start_matches('@');
    let reason = || {
        let from = mark.find("reason").map_or(mark, |at| &mark[at..]);
        let start = from.find(['"', '\''])?;
        let quote = from[start..].chars().next()?;
        let inner = &from[start + 1..];
        inner.find(quote).map(|end| inner[..end].to_owned())
    };
    let last = bare.split('(').next().unwrap_or(bare).rsplit('.').next().unwrap_or(bare);
    match last {
        "skip" => {
            test.ignored.get_or_insert_with(|| mark.to_owned());
            test.ignore_reason = test.ignore_reason.take().or_else(reason);
        }
        // With a condition it depends; without one a failure no longer counts.
        "xfail" => {
            let arguments = bare.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(')').trim());
            let conditional = !arguments.is_empty()
                && !["reason", "raises", "strict", "run"].iter().any(|key| arguments.starts_with(key));
            if conditional {
                common::add_condition(test, mark);
            } else {
                test.ignored.get_or_insert_with(|| mark.to_owned());
            }
            test.ignore_reason = test.ignore_reason.take().or_else(reason);
        }
        "skipif" | "skipIf" | "skipUnless" | "expectedFailureIf" => {
            common::add_condition(test, mark);
            test.ignore_reason = test.ignore_reason.take().or_else(reason);
        }
        "expectedFailure" => {
            test.ignored.get_or_insert_with(|| mark.to_owned());
        }
        "parametrize" | "expand" | "data" => test.generated = true,
        _ => {}
    }
}

fn decorator(node: Node<'_>, source: &str) -> String {
    tree::one_line(text(node, source), 200)
}

fn is_docstring(node: Node<'_>) -> bool {
    node.kind() == "expression_statement" && node.named_child(0).is_some_and(|child| child.kind() == "string")
}
