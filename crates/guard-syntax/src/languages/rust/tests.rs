//! Which Rust functions are tests, and what keeps them from running.

use std::collections::HashSet;

use guard_model::TestDecl;
use tree_sitter::Node;

use super::attributes::Attribute;
use super::{Container, Reader, Scope};
use crate::languages::common;
use crate::lex::{self, Kind};
use crate::tokens::Token;
use crate::tree::text;

/// Attribute macros that make a test and do not end in `test`.
const TEST_MACROS: [&str; 8] = [
    "test_case",
    "test_matrix",
    "parameterized",
    "quickcheck",
    "proptest",
    "property_test",
    "test_resources",
    "dir_test",
];

/// True when the attributes make a function a test.
pub(crate) fn is_test(attributes: &[Attribute<'_>]) -> bool {
    // rstest_reuse's `#[template]` is the table, not a test.
    if attributes.iter().any(|attribute| attribute.name() == "template") {
        return false;
    }
    flat(attributes).any(|attribute| makes_test(attribute))
}

fn makes_test(attribute: &Attribute<'_>) -> bool {
    let name = attribute.name();
    let ends = matches!(name, "test" | "rstest" | "gtest" | "googletest") || name.ends_with("_test");
    ends && !matches!(attribute.path.as_str(), "cfg_test" | "doc_test") || TEST_MACROS.contains(&name)
        // rstest_reuse: `#[apply(template)]` with `#[case]` parameters.
        || (name == "apply" && attribute.arguments.len() == 1)
}

/// The attributes with those that a `cfg_attr` may bring.
fn flat<'a, 't>(attributes: &'a [Attribute<'t>]) -> impl Iterator<Item = &'a Attribute<'t>> {
    attributes.iter().flat_map(|attribute| std::iter::once(attribute).chain(&attribute.brought))
}

/// The declaration of a test function.
pub(super) fn declare(
    node: Node<'_>,
    body: &[Token<'_>],
    name: &str,
    attributes: &[Attribute<'_>],
    scope: &Scope,
    outer: &Scope,
    source: &str,
) -> TestDecl {
    let parameters = node.child_by_field_name("parameters").map_or("", |it| text(it, source));
    let tables =
        ["case", "test_case", "test_matrix", "parameterized", "files", "dir_test", "test_resources", "apply"];
    let generated = attributes.iter().any(|it| tables.contains(&it.name()))
        || ["#[case", "#[values", "#[files"].iter().any(|mark| parameters.contains(mark));
    let name = common::qualify(&outer.names, "::", name);
    let mut test = test(name, node, body, attributes);
    test.generated = generated;
    test.assertions += u32::from(attributes.iter().any(|it| it.is("should_panic")));
    restrain(&mut test, attributes, scope);
    test
}

/// Fills in what keeps a test from running.
fn restrain(test: &mut TestDecl, attributes: &[Attribute<'_>], scope: &Scope) {
    let mut conditions = scope.conditions.clone();
    for attribute in attributes {
        if attribute.is("ignore") {
            test.ignored.get_or_insert_with(|| attribute.text.clone());
            test.ignore_reason = attribute.string().map(str::to_owned);
        }
        let Some(cfg) = attribute.cfg_attr() else { continue };
        let ignores = attribute.brought.iter().find(|brought| brought.is("ignore"));
        match ignores {
            Some(ignore) if cfg.always => {
                test.ignored.get_or_insert_with(|| attribute.text.clone());
                test.ignore_reason = ignore.string().map(str::to_owned);
            }
            Some(ignore) if !cfg.never => {
                test.ignore_reason = ignore.string().map(str::to_owned);
                conditions.push(attribute.text.clone());
            }
            // A test only where the predicate holds, unless another attribute makes it one anyway.
            None if attribute.brought.iter().any(makes_test) && !attributes.iter().any(makes_test) => {
                conditions.push(attribute.text.clone());
            }
            _ => {}
        }
    }
    if test.ignored.is_none() {
        test.ignored.clone_from(&scope.never);
    }
    // A module's condition that its items repeat is one condition.
    let mut said = HashSet::new();
    conditions.retain(|it| said.insert(it.clone()));
    if !conditions.is_empty() {
        test.condition = Some(conditions.join(" "));
    }
}

/// The `macro_rules!` of a file that expand to `#[test] fn $name`.
pub(super) fn makers(source: &str) -> HashSet<&str> {
    let mut makers = HashSet::new();
    if !source.contains("macro_rules!") || !source.contains("test") {
        return makers;
    }
    let tokens = lex::code(source);
    let mut others = Vec::new();
    for at in 0..tokens.len().saturating_sub(3) {
        if !(tokens[at].is_ident("macro_rules")
            && tokens[at + 1].is('!')
            && tokens[at + 2].kind == Kind::Ident)
        {
            continue;
        }
        let body = &tokens[at + 3..lex::closing(&tokens, at + 3).min(tokens.len())];
        let marks = body.windows(2).any(|two| two[0].is_ident("test") && two[1].is(']'));
        let names = body.windows(2).any(|two| two[0].is_ident("fn") && two[1].is('$'));
        if marks && names {
            makers.insert(tokens[at + 2].text);
        } else {
            others.push((tokens[at + 2].text, body));
        }
    }
    // Tables may be written in terms of each other.
    let calls_maker = |body: &[lex::Token<'_>], makers: &HashSet<&str>| {
        body.windows(2).any(|two| two[1].is('!') && makers.contains(two[0].text))
    };
    for (name, body) in others {
        if calls_maker(body, &makers) {
            makers.insert(name);
        }
    }
    makers
}

/// A test made by a macro of the project's own, `rgtest!(name, |dir| { … })`: the macro is one of this
/// file's makers or its name says test, and its first argument is a plain name.
pub(super) fn of_macro(
    node: Node<'_>,
    arguments: Node<'_>,
    macro_name: &str,
    attributes: &[Attribute<'_>],
    scope: &Scope,
    reader: &Reader<'_>,
) -> Option<TestDecl> {
    let source = reader.source;
    let makes =
        reader.makers.contains(macro_name) || macro_name.ends_with("test") || macro_name.starts_with("test");
    if scope.kind != Container::Module || !makes {
        return None;
    }
    let first = arguments.named_child(0).filter(|first| first.kind() == "identifier")?;
    let separator = first.next_sibling().map_or("", |next| text(next, source));
    if !matches!(separator, "," | "=>" | ":" | ";" | ")" | "}" | "=") && !separator.starts_with(['{', '(']) {
        return None;
    }
    let name = common::qualify(&scope.names, "::", text(first, source));
    let mut test = test(name, node, reader.tokens.below(arguments), attributes);
    test.generated = true;
    restrain(&mut test, attributes, scope);
    Some(test)
}

fn test(name: String, node: Node<'_>, body: &[Token<'_>], attributes: &[Attribute<'_>]) -> TestDecl {
    const PLUMBING: [&str; 9] =
        ["Ok", "Err", "Some", "None", "vec!", "format!", "println!", "panic!", "matches!"];
    let mut test = common::test(name, node, body, is_assertion);
    test.line = attributes.iter().map(|it| it.line).min().unwrap_or(test.line).min(test.line);
    test.calls.retain(|call| {
        let asserts = call.ends_with('!') && call.contains("assert");
        !asserts && !PLUMBING.contains(&call.as_str())
    });
    test
}

/// Assertion macros, assertion functions, and the panics of a test that matches by hand.
fn is_assertion(token: &str, next: &str) -> bool {
    let macros = ["assert", "prop_assert", "debug_assert", "expect_", "verify_"];
    match next {
        "!" => {
            macros.iter().any(|start| token.starts_with(start))
                || matches!(token, "panic" | "unreachable" | "expect" | "ensure" | "bail")
        }
        "(" => token.starts_with("assert"),
        _ => false,
    }
}
