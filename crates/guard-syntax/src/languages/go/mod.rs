//! Go: items, the tests of `_test.go` files, stubs.

mod constraint;

use std::rc::Rc;

use guard_model::TestDecl;
use guard_model::source::{ItemKind, Stub, StubKind};
use tree_sitter::Node;

use super::common::{self, Parts};
use crate::Found;
use crate::tokens::Tokens;
use crate::tree::{self, Source, text};

/// Reads one Go file.
pub(crate) fn read<'t>(source: &'t Source<'_>, tokens: &Rc<Tokens<'t>>) -> Found {
    let mut reader = Reader {
        source: &source.text,
        tokens: Rc::clone(tokens),
        path: source.path,
        is_test_file: source.path.ends_with("_test.go"),
        in_test: crate::is_test_path(source.path, None),
        found: Found::default(),
    };
    let mut condition = None;
    let nodes: Vec<Node<'_>> = source.tree.root_node().children(&mut source.tree.walk()).collect();
    for (at, node) in nodes.iter().enumerate() {
        if node.kind() == "comment" && reader.found.items.is_empty() {
            let line = text(*node, reader.source).trim();
            if line.starts_with("//go:build ") || line.starts_with("// +build ") {
                condition.get_or_insert_with(|| line.to_owned());
            }
        }
        reader.declaration(*node, common::comment_above(&nodes[..at], reader.source));
    }
    for condition in condition.into_iter().chain(constraint::of_name(source.path)) {
        reader.found.tests.iter_mut().for_each(|test| common::add_condition(test, &condition));
    }
    reader.found
}

struct Reader<'t> {
    source: &'t str,
    tokens: Rc<Tokens<'t>>,
    path: &'t str,
    is_test_file: bool,
    in_test: bool,
    found: Found,
}

impl Reader<'_> {
    fn declaration(&mut self, node: Node<'_>, comment: &str) {
        match node.kind() {
            "function_declaration" => self.function(node, None, comment),
            "method_declaration" => {
                let receiver =
                    node.child_by_field_name("receiver").and_then(|list| receiver(list, self.source));
                self.function(node, receiver.as_deref(), comment);
            }
            "type_declaration" => {
                for spec in tree::children(node) {
                    let kind = match spec.child_by_field_name("type").map(|of| of.kind()) {
                        Some("interface_type") => ItemKind::Trait,
                        _ => ItemKind::Type,
                    };
                    self.item(kind, spec, spec.child_by_field_name("type"));
                }
            }
            "const_declaration" | "var_declaration" => {
                tree::walk(node, |child| match child.kind() {
                    "const_spec" | "var_spec" => {
                        self.item(ItemKind::Constant, child, child.child_by_field_name("value"));
                        tree::Step::Over
                    }
                    _ => tree::Step::Into,
                });
            }
            _ => {}
        }
    }

    fn item(&mut self, kind: ItemKind, node: Node<'_>, body: Option<Node<'_>>) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let name = text(name, self.source).to_owned();
        let public = is_exported(&name);
        let parts = Parts {
            kind,
            qualified: name.clone(),
            name,
            node,
            body,
            public,
            in_test: self.in_test,
            stub: None,
        };
        self.found.items.push(common::item(parts, self.source, &self.tokens));
    }

    fn function(&mut self, node: Node<'_>, receiver: Option<&str>, comment: &str) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let name = text(name, self.source).to_owned();
        let body = node.child_by_field_name("body");
        if let (true, Some(body)) = (self.is_test_file, body) {
            self.found.tests.extend(self.test(node, body, &name, receiver));
        }
        let container: Vec<String> = receiver.iter().map(|it| (*it).to_owned()).collect();
        let stub =
            body.filter(|_| !self.in_test).and_then(|body| self.stub(node, body, &name, &container, comment));
        let parts = Parts {
            kind: if receiver.is_some() { ItemKind::Method } else { ItemKind::Function },
            qualified: common::qualify(&container, ".", &name),
            public: is_exported(&name),
            name,
            node,
            body,
            in_test: self.in_test,
            stub,
        };
        self.found.items.push(common::item(parts, self.source, &self.tokens));
    }

    fn test(&self, node: Node<'_>, body: Node<'_>, name: &str, receiver: Option<&str>) -> Option<TestDecl> {
        let parameters = node.child_by_field_name("parameters").map_or("", |it| text(it, self.source));
        let runs = |prefix: &str| {
            name.strip_prefix(prefix)
                .is_some_and(|rest| !rest.starts_with(|first: char| first.is_lowercase()))
        };
        let (qualified, generated) = match receiver {
            // A method of a testify suite; the runner's name starts with the function that runs the suite.
            Some(suite) if runs("Test") && parameters == "()" => (format!("{suite}/{name}"), true),
            None if runs("Test") && parameters.contains("testing.T") => (name.to_owned(), false),
            None if runs("Fuzz") && parameters.contains("testing.F") => (name.to_owned(), false),
            None if runs("Example") && parameters == "()" => (name.to_owned(), false),
            _ => return None,
        };
        if name == "TestMain" && parameters.contains("testing.M") {
            return None;
        }
        let mut test = common::test(qualified, node, self.tokens.below(body), |token, next| {
            matches!(token, "Error" | "Errorf" | "Fatal" | "Fatalf" | "Fail" | "FailNow") && next == "("
                || matches!(token, "assert" | "require") && matches!(next, "." | "(")
                || token.starts_with("assert") && token != "assert" && next == "("
        });
        test.generated = generated;
        self.restrain(&mut test, body);
        Some(test)
    }

    /// `t.Skip` among the first statements, alone or under a condition.
    fn restrain(&self, test: &mut TestDecl, body: Node<'_>) {
        for statement in statements(body).into_iter().take(4) {
            let written = text(statement, self.source);
            let skips =
                |text: &str| ["t.Skip(", "t.Skipf(", "t.SkipNow("].iter().any(|call| text.contains(call));
            match statement.kind() {
                "expression_statement" if skips(written) => {
                    test.ignored = Some(tree::one_line(written, 120));
                    test.ignore_reason = common::first_string(statement, self.source);
                    return;
                }
                "if_statement" if skips(written) => {
                    let condition =
                        statement.child_by_field_name("condition").map_or("", |it| text(it, self.source));
                    common::add_condition(test, &format!("if {condition} {{ t.Skip }}"));
                }
                _ => {}
            }
        }
    }

    fn stub(
        &self,
        node: Node<'_>,
        body: Node<'_>,
        name: &str,
        container: &[String],
        comment: &str,
    ) -> Option<Stub> {
        if container.iter().any(|it| common::is_double(it)) {
            return None;
        }
        let statements = statements(body);
        let last = statements.last().copied();
        if let Some(last) = last
            && self.says_so(last)
        {
            return Some(common::stub(StubKind::Declared, last, self.source));
        }
        let comments = format!("{comment}\n{}", common::comments(body, self.source));
        // A method may be there for an interface, which Go does not say.
        if !container.is_empty()
            || name == "init"
            || name == "main"
            || common::excused(self.path, name, container, &comments)
        {
            return None;
        }
        let parameters = node.child_by_field_name("parameters")?;
        let named = tree::children(parameters).iter().any(|it| {
            let of = it.child_by_field_name("type").map_or("", |of| text(of, self.source));
            it.child_by_field_name("name").is_some_and(|name| text(name, self.source) != "_")
                && of != "context.Context"
        });
        if !named {
            return None;
        }
        match *common::without_discards(&statements, self.source) {
            [] if node.child_by_field_name("result").is_none() => {
                Some(Stub { kind: StubKind::Empty, text: "{}".to_owned(), line: tree::line(node) })
            }
            [only] if only.kind() == "return_statement" => {
                let written = text(only, self.source).trim_start_matches("return").trim();
                let constant = |part: &str| {
                    matches!(part.trim(), "nil" | "\"\"" | "0" | "true" | "false")
                        || part.trim().ends_with("{}")
                };
                let is_constant =
                    !written.is_empty() && written.len() < 100 && written.split(',').all(constant);
                is_constant.then(|| common::stub(StubKind::Constant, only, self.source))
            }
            _ => None,
        }
    }

    /// `panic("not implemented")`, `return errors.New("not implemented")`.
    fn says_so(&self, statement: Node<'_>) -> bool {
        let written = text(statement, self.source);
        let makes_error = match statement.kind() {
            "expression_statement" => written.starts_with("panic("),
            "return_statement" => ["errors.New(", "fmt.Errorf("].iter().any(|call| written.contains(call)),
            _ => false,
        };
        makes_error
            && common::first_string(statement, self.source)
                .is_some_and(|message| common::says_not_implemented(&message))
    }
}

fn statements(body: Node<'_>) -> Vec<Node<'_>> {
    match tree::child_of_kind(body, &["statement_list"]) {
        Some(list) => tree::children(list),
        None => tree::children(body),
    }
}

/// The receiver's type without pointer and type parameters.
fn receiver(list: Node<'_>, source: &str) -> Option<String> {
    let of = list.named_child(0)?.child_by_field_name("type")?;
    let name = text(of, source).trim_start_matches(['*', '(', ' ']);
    Some(name.split(['[', ')', ' ']).next().unwrap_or(name).to_owned())
}

fn is_exported(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}
