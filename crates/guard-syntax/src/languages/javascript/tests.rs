//! Tests of jest, vitest, mocha, jasmine, node:test, playwright and Deno: calls with a name and a function.

use std::collections::HashMap;

use guard_model::TestDecl;
use tree_sitter::Node;

use crate::bounds;
use crate::languages::common;
use crate::tokens::Tokens;
use crate::tree::{self, Source, Step, text};

/// The tests of a file, named `suite > case`.
pub(super) fn read(source: &Source<'_>, tokens: &Tokens<'_>) -> Vec<TestDecl> {
    let aliases = aliases(source);
    let mut reader = Reader { source: &source.text, tokens, aliases, tests: Vec::new(), only: None };
    reader.calls(source.tree.root_node(), &Suite::default());
    if let Some((line, only)) = reader.only {
        let hidden = reader.tests.iter_mut().filter(|(_, only)| !only);
        for (test, _) in hidden {
            test.ignored.get_or_insert_with(|| format!("{only} on line {line}"));
        }
    }
    reader.tests.into_iter().map(|(test, _)| test).collect()
}

#[derive(Debug, Clone, Default)]
struct Suite {
    names: Vec<String>,
    ignored: Option<String>,
    conditions: Vec<String>,
    generated: bool,
    only: bool,
}

struct Reader<'t> {
    source: &'t str,
    tokens: &'t Tokens<'t>,
    /// Names that the file gives to a runner's functions: `t` for `test`.
    aliases: HashMap<&'t str, &'t str>,
    /// With whether `.only` chooses it.
    tests: Vec<(TestDecl, bool)>,
    /// The first `.only`.
    only: Option<(u32, String)>,
}

/// What a callee such as `test.concurrent.skip` or `describe.each(table)` says.
struct Callee {
    is_suite: bool,
    /// As written, tables left out.
    written: String,
    skip: bool,
    only: bool,
    generated: bool,
    condition: Option<String>,
}

impl Reader<'_> {
    fn calls(&mut self, root: Node<'_>, suite: &Suite) {
        if suite.names.len() > bounds::MAX_CONTAINERS {
            return;
        }
        let mut calls = Vec::new();
        tree::walk(root, |node| match node.kind() {
            "call_expression" => {
                let is_test = callee(node, self.source, &self.aliases).is_some() && title(node).is_some();
                if is_test {
                    calls.push(node);
                }
                // Other calls may hold tests in a callback: `for (…) forEach(x => it(…))`.
                if is_test { Step::Over } else { Step::Into }
            }
            "class_body" | "jsx_element" => Step::Over,
            _ => Step::Into,
        });
        for call in calls {
            self.call(call, suite);
        }
    }

    fn call(&mut self, call: Node<'_>, suite: &Suite) {
        let (Some(callee), Some(title)) = (callee(call, self.source, &self.aliases), title(call)) else {
            return;
        };
        let arguments = call.child_by_field_name("arguments").map(tree::children).unwrap_or_default();
        let function = arguments
            .iter()
            .rev()
            .find(|it| matches!(it.kind(), "arrow_function" | "function_expression" | "identifier"));
        // `test(name)` without a function is a call of something else, unless it says `todo`.
        if function.is_none() && !callee.skip {
            return;
        }
        if callee.only {
            self.only.get_or_insert((tree::line(call), callee.written.clone()));
        }
        let name = match title.kind() {
            "string" | "template_string" => common::unquote(text(title, self.source)).to_owned(),
            _ => tree::one_line(text(title, self.source), 80),
        };
        let has_holes = title.kind() == "template_string" && text(title, self.source).contains("${")
            || !matches!(title.kind(), "string" | "template_string");
        let mut inner = suite.clone();
        inner.names.push(name);
        inner.generated |= callee.generated || has_holes;
        inner.only |= callee.only;
        inner.conditions.extend(callee.condition.clone());
        let options = arguments.iter().find(|it| it.kind() == "object").map(|it| text(*it, self.source));
        let (option, reason) = options.map_or((None, None), options_of);
        if callee.skip {
            inner.ignored.get_or_insert(callee.written.clone());
        } else if let Some(option) = option {
            inner.ignored.get_or_insert(option);
        }
        if callee.is_suite {
            if let Some(body) = function.and_then(|it| it.child_by_field_name("body")) {
                self.calls(body, &inner);
            }
            return;
        }
        let body = function.and_then(|it| it.child_by_field_name("body")).unwrap_or(title);
        let mut test = common::test(inner.names.join(" > "), call, self.tokens.below(body), |token, next| {
            matches!(token, "expect" | "assert" | "expectTypeOf" | "assertType") && matches!(next, "(" | ".")
                || token.starts_with("assert") && token.len() > 6 && next == "("
                || token == "should" && matches!(next, "." | "(")
        });
        test.generated = inner.generated;
        test.ignored = inner.ignored.clone();
        test.ignore_reason = reason;
        for condition in &inner.conditions {
            common::add_condition(&mut test, condition);
        }
        if let Some(first) = body.named_child(0).filter(|first| first.kind() == "expression_statement") {
            let written = text(first, self.source).trim_end_matches(';');
            if ["this.skip()", "t.skip(", "ctx.skip(", "context.skip(", "test.skip()"]
                .iter()
                .any(|start| written.starts_with(start))
            {
                test.ignored.get_or_insert_with(|| written.to_owned());
            }
        }
        self.tests.push((test, inner.only));
    }
}

/// `{ skip: true }`, `{ skip: "why" }`, `{ todo: true }` of node:test and vitest.
fn options_of(options: &str) -> (Option<String>, Option<String>) {
    let compact: String = options.split_whitespace().collect::<Vec<_>>().join(" ");
    for key in ["skip", "todo"] {
        let Some(value) = compact.split(&format!("{key}:")).nth(1).map(str::trim_start) else { continue };
        if value.starts_with("true") {
            return (Some(format!("{{ {key}: true }}")), None);
        }
        if let Some(quote) = value.chars().next().filter(|it| matches!(it, '"' | '\'' | '`')) {
            let reason = value[1..].split(quote).next().unwrap_or_default();
            return (Some(format!("{{ {key}: {quote}{reason}{quote} }}")), Some(reason.to_owned()));
        }
    }
    (None, None)
}

/// The first argument, if it can be a test's name.
fn title(call: Node<'_>) -> Option<Node<'_>> {
    let arguments = call.child_by_field_name("arguments").filter(|it| it.kind() == "arguments")?;
    let first = tree::children(arguments).into_iter().next()?;
    let named = matches!(first.kind(), "string" | "template_string" | "binary_expression");
    // A class or a name as title: `describe(Parser, () => …)`.
    let by_name =
        matches!(first.kind(), "identifier" | "member_expression") && tree::children(arguments).len() > 1;
    (named || by_name).then_some(first)
}

/// `const t = require("node:test")`, `import { test as check } from "vitest"`: local names of what a runner calls
/// otherwise.
fn aliases<'t>(source: &'t Source<'_>) -> HashMap<&'t str, &'t str> {
    const RUNNERS: [&str; 6] =
        ["node:test", "vitest", "@jest/globals", "bun:test", "mocha", "@playwright/test"];
    let written = |node: Node<'_>| -> &'t str { text(node, &source.text) };
    let runner = |node: Node<'_>| Some(common::unquote(written(node))).filter(|name| RUNNERS.contains(name));
    let mut found = HashMap::new();
    tree::walk(source.tree.root_node(), |node| {
        let (names, from) = match node.kind() {
            "import_statement" => {
                let clause = tree::child_of_kind(node, &["import_clause"]);
                (clause, node.child_by_field_name("source").and_then(runner))
            }
            "variable_declarator" => {
                let call = node.child_by_field_name("value").filter(|it| it.kind() == "call_expression");
                let function = call.and_then(|it| it.child_by_field_name("function"));
                let argument = call
                    .filter(|_| function.is_some_and(|it| written(it) == "require"))
                    .and_then(|it| it.child_by_field_name("arguments"))
                    .and_then(|it| it.named_child(0));
                (node.child_by_field_name("name"), argument.and_then(runner))
            }
            "program" | "lexical_declaration" | "variable_declaration" => return Step::Into,
            _ => return Step::Over,
        };
        let (Some(names), Some(from)) = (names, from) else { return Step::Over };
        tree::walk(names, |name| {
            match name.kind() {
                // What `node:test` exports as a whole is `test`.
                "identifier" if from == "node:test" => {
                    found.insert(written(name), "test");
                }
                "import_specifier" => {
                    let pair = (name.child_by_field_name("name"), name.child_by_field_name("alias"));
                    if let (Some(name), Some(alias)) = pair {
                        found.insert(written(alias), written(name));
                    }
                    return Step::Over;
                }
                "pair_pattern" => {
                    let pair = (name.child_by_field_name("key"), name.child_by_field_name("value"));
                    if let (Some(name), Some(alias)) = pair {
                        found.insert(written(alias), written(name));
                    }
                    return Step::Over;
                }
                "namespace_import" => return Step::Over,
                _ => {}
            }
            Step::Into
        });
        Step::Over
    });
    found
}

fn callee(call: Node<'_>, source: &str, aliases: &HashMap<&str, &str>) -> Option<Callee> {
    let mut node = call.child_by_field_name("function")?;
    let mut read = Callee {
        is_suite: false,
        written: String::new(),
        skip: false,
        only: false,
        generated: false,
        condition: None,
    };
    let mut parts: Vec<&str> = Vec::new();
    for _ in 0..8 {
        match node.kind() {
            "identifier" => {
                parts.push(text(node, source));
                break;
            }
            "member_expression" => {
                parts.push(text(node.child_by_field_name("property")?, source));
                node = node.child_by_field_name("object")?;
            }
            // `it.each(table)(…)`, `it.skipIf(condition)(…)`, `` it.each`table`(…) ``
            "call_expression" => {
                let function = node.child_by_field_name("function")?;
                let property = function.child_by_field_name("property").map_or("", |it| text(it, source));
                match property {
                    "each" | "for" => read.generated = true,
                    "skipIf" | "runIf" => {
                        let arguments =
                            node.child_by_field_name("arguments").map_or("", |it| text(it, source));
                        read.condition = Some(tree::one_line(&format!("{property}{arguments}"), 120));
                    }
                    _ => return None,
                }
                node = function;
            }
            _ => return None,
        }
    }
    parts.reverse();
    let base = *parts.first()?;
    let base = aliases.get(base).copied().unwrap_or(base);
    let base_of = |names: &[&str]| names.contains(&base);
    read.is_suite = base_of(&["describe", "suite", "context", "fdescribe", "xdescribe"])
        || (base == "test" && parts.get(1) == Some(&"describe"));
    let is_test = base_of(&["it", "test", "specify", "fit", "xit", "xtest", "xspecify"])
        || (base == "Deno" && parts.get(1) == Some(&"test"));
    if !read.is_suite && !is_test {
        return None;
    }
    const MODIFIERS: [&str; 20] = [
        "skip",
        "only",
        "todo",
        "each",
        "for",
        "concurrent",
        "sequential",
        "fails",
        "failing",
        "skipIf",
        "runIf",
        "describe",
        "test",
        "parallel",
        "serial",
        "shuffle",
        "fixme",
        "extend",
        "slow",
        "ignore",
    ];
    if parts[1..].iter().any(|part| !MODIFIERS.contains(part)) {
        return None;
    }
    read.skip = base_of(&["xit", "xtest", "xdescribe", "xspecify"])
        || parts[1..].iter().any(|part| matches!(*part, "skip" | "todo" | "fixme" | "ignore"));
    read.only = base_of(&["fit", "fdescribe"]) || parts[1..].contains(&"only");
    read.written = parts.join(".");
    Some(read)
}
