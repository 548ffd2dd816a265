//! A function gives a fixed value: by its return type where one is written, else by what its own `return`s give.

use std::ops::Range;

use guard_syntax::trees::{self, Node};

use super::expressions::flat;
use super::finder::{Draft, Finder, declared, is_function};
use super::{Family, arid, statements};
use crate::mutant::{Edit, Operator};

/// The first ones are the plainest; each costs a run of the tests.
const MOST_VALUES: usize = 3;

/// The return type as it is written, with an arrow; empty where none is.
pub(crate) fn written_type(finder: &Finder<'_>, node: Node<'_>) -> String {
    let text = match finder.family {
        Family::Python | Family::Script => node.child_by_field_name("return_type"),
        Family::Go => node.child_by_field_name("result"),
        Family::C => node.child_by_field_name("type"),
    };
    let text = text.map(|t| flat(finder.text_of(t).trim_start_matches(':'))).unwrap_or_default();
    if text.is_empty() { text } else { format!("-> {text}") }
}

pub(crate) fn of_function<'t>(finder: &mut Finder<'t>, node: Node<'t>) {
    let Some(function) = finder.named().filter(|f| f.span == node.byte_range()).cloned() else { return };
    let Some(body) = node.child_by_field_name("body") else { return };
    if is_maker(finder, node, &function.name) || is_generator(finder, node) {
        return;
    }
    let is_block = matches!(body.kind(), "block" | "statement_block" | "compound_statement");
    let mut statements = if is_block { statements::of_block(body) } else { vec![body] };
    if statements.first().is_some_and(|s| finder.family == Family::Python && statements::is_docstring(*s)) {
        statements.remove(0);
    }
    let (Some(first), Some(last)) = (statements.first(), statements.last()) else { return };
    if statements.len() == 1 && does_nothing(finder, *first) {
        return;
    }
    if arid::only_logs(finder, body) {
        return;
    }
    let gives = given(finder, &statements);
    let span: Range<usize> = first.start_byte()..last.end_byte();
    let own = returned(finder, node, body);
    let what = if function.return_type.is_empty() {
        function.name.clone()
    } else {
        format!("{} {}", function.name, function.return_type)
    };
    let body_text = flat(finder.text.get(span.clone()).unwrap_or_default());
    let body_text = body_text.trim_end_matches(';');
    for value in values(finder, node, &own).into_iter().take(MOST_VALUES) {
        let statement = if value.is_empty() { "return".to_owned() } else { format!("return {value}") };
        // The body as it is would be no mutant.
        if body_text == statement || body_text == value || gives.as_ref() == Some(&statement) {
            continue;
        }
        let description = if value.is_empty() {
            format!("leave out the body of {}", function.name)
        } else {
            format!("replace {what} with {value}")
        };
        let (text, replacement) = if is_block {
            let end = if finder.text_of(*last).ends_with(';') { ";" } else { "" };
            (first_statement(finder, *first, &statement), statement + end)
        } else {
            // `x => expression`: the value stands before it and is the result.
            (format!("true ? ({value}) : "), value)
        };
        finder.add(Draft {
            operator: Operator::FunctionValue,
            span: span.clone(),
            replacement,
            description,
            edit: Edit::Value { text },
        });
    }
}

/// The only statement of a body that does something: `return true` of `_ = line; return true`.
fn given(finder: &Finder<'_>, statements: &[Node<'_>]) -> Option<String> {
    let text = |s: &Node<'_>| flat(finder.text_of(*s)).trim_end_matches(';').to_owned();
    let mut rest = statements.iter().map(text).filter(|s| !only_looks(s));
    rest.next().filter(|_| rest.next().is_none())
}

/// `_ = line`, `void line`, `(void)line`: as it is written against a warning.
fn only_looks(statement: &str) -> bool {
    let looked_at = ["_ = ", "void ", "(void)", "(void) ", "static_cast<void>("];
    let name = looked_at.iter().rev().find_map(|start| statement.strip_prefix(start));
    name.is_some_and(|name| name.trim_end_matches(')').chars().all(|c| c.is_alphanumeric() || c == '_'))
}

/// A statement written before the first one.
fn first_statement(finder: &Finder<'_>, first: Node<'_>, statement: &str) -> String {
    if finder.family != Family::Python {
        return format!(" {statement};");
    }
    let begin = finder.text[..first.start_byte()].rfind('\n').map_or(0, |at| at + 1);
    let indent = &finder.text[begin..first.start_byte()];
    if indent.chars().all(char::is_whitespace) {
        format!("{statement}\n{indent}")
    } else {
        format!("{statement}; ")
    }
}

/// Constructors and destructors: everything that uses the thing depends on them.
fn is_maker(finder: &Finder<'_>, node: Node<'_>, name: &str) -> bool {
    let leaf = name.rsplit(['.', ':']).next().unwrap_or(name);
    match finder.family {
        Family::Python => matches!(leaf, "__init__" | "__new__" | "__post_init__" | "__init_subclass__"),
        Family::Script => leaf == "constructor",
        Family::Go => matches!(leaf, "init" | "main"),
        // Without a type it makes or ends something.
        Family::C => leaf == "main" || node.child_by_field_name("type").is_none(),
    }
}

fn is_generator(finder: &Finder<'_>, node: Node<'_>) -> bool {
    match finder.family {
        Family::Script => {
            node.kind().starts_with("generator")
                || trees::children(node).is_empty()
                || node.children(&mut node.walk()).any(|c| c.kind() == "*")
        }
        Family::Python => {
            let Some(body) = node.child_by_field_name("body") else { return true };
            own_nodes(finder, body).iter().any(|n| n.kind() == "yield")
        }
        _ => false,
    }
}

/// A body that is only there to be replaced.
fn does_nothing(finder: &Finder<'_>, statement: Node<'_>) -> bool {
    let text = finder.text_of(statement).trim();
    matches!(statement.kind(), "pass_statement" | "raise_statement" | "throw_statement")
        || matches!(text, "..." | "return" | "return;" | ";" | "{}")
        || text.starts_with("panic(")
}

/// The nodes of a body that no function within it has for itself, in the order of the text.
fn own_nodes<'t>(finder: &Finder<'t>, body: Node<'t>) -> Vec<Node<'t>> {
    let mut found = Vec::new();
    let mut open = vec![body];
    while let Some(node) = open.pop() {
        found.push(node);
        let is_other = |n: &Node<'_>| is_function(finder.family, *n) || n.kind() == "class_definition";
        let mut inner = trees::children(node);
        inner.retain(|n| !is_other(n));
        inner.reverse();
        open.extend(inner);
    }
    found
}

/// What a function's own `return`s give; `None` for one without a value.
fn returned<'t>(finder: &Finder<'t>, node: Node<'t>, body: Node<'t>) -> Vec<Option<Node<'t>>> {
    if node.kind() == "arrow_function" && body.kind() != "statement_block" {
        return vec![Some(body)];
    }
    let of = |n: &Node<'t>| trees::children(*n).first().copied();
    own_nodes(finder, body).iter().filter(|n| n.kind() == "return_statement").map(of).collect()
}

fn values(finder: &Finder<'_>, node: Node<'_>, own: &[Option<Node<'_>>]) -> Vec<String> {
    let written = written_type(finder, node);
    let written = written.trim_start_matches("->").trim();
    match finder.family {
        Family::Go => of_go(finder, node),
        Family::C => of_c(finder, node, written),
        Family::Python | Family::Script => {
            if !own.iter().any(Option::is_some) {
                return vec![String::new()];
            }
            let by_type =
                if finder.family == Family::Python { of_python(written) } else { of_script(written) };
            by_type.unwrap_or_else(|| by_returns(finder, own))
        }
    }
}

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(|v| (*v).to_owned()).collect()
}

/// By Python's annotation; none where it says nothing plain.
fn of_python(ty: &str) -> Option<Vec<String>> {
    let ty = ty.trim_matches(['"', '\'']).trim_start_matches("typing.").trim_start_matches("t.");
    let head = ty.split('[').next().unwrap_or(ty);
    if head == "Optional" || ty.split('|').any(|part| part.trim() == "None") {
        return (ty != "None").then(|| strings(&["None"]));
    }
    let values: &[&str] = match head {
        "bool" | "TypeGuard" | "TypeIs" => &["True", "False"],
        "int" => &["0", "1"],
        "float" => &["0.0", "1.0"],
        "str" => &["\"\"", "\"xyzzy\""],
        "bytes" => &["b\"\"", "b\"xyzzy\""],
        "list" | "List" | "Sequence" | "Iterable" | "Collection" => &["[]"],
        "dict" | "Dict" | "Mapping" | "MutableMapping" => &["{}"],
        "set" | "Set" => &["set()"],
        "frozenset" | "FrozenSet" => &["frozenset()"],
        "None" => &[""],
        _ => return None,
    };
    Some(strings(values))
}

/// By TypeScript's annotation; none where it says nothing plain.
fn of_script(ty: &str) -> Option<Vec<String>> {
    let ty = ty.strip_prefix("Promise<").and_then(|t| t.strip_suffix('>')).unwrap_or(ty).trim();
    let parts: Vec<&str> = ty.split('|').map(str::trim).collect();
    for nothing in ["undefined", "null"] {
        if parts.len() > 1 && parts.contains(&nothing) {
            return Some(strings(&[nothing]));
        }
    }
    if ty.contains(" is ") {
        return Some(strings(&["true", "false"]));
    }
    let values: &[&str] = match ty.split('<').next().unwrap_or(ty) {
        "boolean" => &["true", "false"],
        "number" => &["0", "1"],
        "string" => &["\"\"", "\"xyzzy\""],
        "void" | "undefined" => &[""],
        "Map" => &["new Map()"],
        "Set" => &["new Set()"],
        "Array" | "ReadonlyArray" => &["[]"],
        _ if ty.ends_with("[]") => &["[]"],
        _ => return None,
    };
    Some(strings(values))
}

/// By what the function gives now, where that is of one kind.
fn by_returns(finder: &Finder<'_>, own: &[Option<Node<'_>>]) -> Vec<String> {
    let nothing = if finder.family == Family::Python { "None" } else { "undefined" };
    let mut kinds: Vec<&[&str]> =
        own.iter().map(|value| value.map_or(&[][..], |v| of_expression(finder, v))).collect();
    kinds.dedup();
    match kinds.as_slice() {
        [values] if !values.is_empty() => strings(values),
        _ => strings(&[nothing]),
    }
}

fn of_expression(finder: &Finder<'_>, node: Node<'_>) -> &'static [&'static str] {
    let is_python = finder.family == Family::Python;
    let mut at = node;
    while at.kind() == "parenthesized_expression" {
        match trees::children(at).first() {
            Some(inner) => at = *inner,
            None => return &[],
        }
    }
    match at.kind() {
        "true" | "false" | "comparison_operator" | "not_operator" if is_python => &["True", "False"],
        "true" | "false" => &["true", "false"],
        "unary_expression" if finder.text_of(at).starts_with('!') => &["true", "false"],
        "binary_expression" => {
            let operator = at.child_by_field_name("operator").map(|o| finder.text_of(o)).unwrap_or_default();
            let compares = ["==", "!=", "===", "!==", "<", ">", "<=", ">="].contains(&operator);
            if compares { &["true", "false"] } else { &[] }
        }
        "integer" | "number" => &["0", "1"],
        "string" | "concatenated_string" | "template_string" => &["\"\"", "\"xyzzy\""],
        "list" | "list_comprehension" | "array" => &["[]"],
        "dictionary" | "dictionary_comprehension" => &["{}"],
        "object" => &["({})"],
        "set" | "set_comprehension" => &["set()"],
        "jsx_element" | "jsx_self_closing_element" | "jsx_fragment" => &["null"],
        _ => &[],
    }
}

/// By Go's result list: all plainest values, then each with its other one.
fn of_go(finder: &Finder<'_>, node: Node<'_>) -> Vec<String> {
    let Some(result) = node.child_by_field_name("result") else { return vec![String::new()] };
    let types: Vec<String> = if result.kind() == "parameter_list" {
        let of = |p: Node<'_>| {
            let Some(ty) = p.child_by_field_name("type") else { return Vec::new() };
            let names = p.children_by_field_name("name", &mut p.walk()).count().max(1);
            vec![flat(finder.text_of(ty)); names]
        };
        trees::children(result).into_iter().flat_map(of).collect()
    } else {
        vec![flat(finder.text_of(result))]
    };
    let each: Vec<Vec<String>> = types.iter().map(|ty| of_go_type(ty)).collect();
    if each.is_empty() {
        return vec![String::new()];
    }
    let plain: Vec<String> = each.iter().map(|v| v[0].clone()).collect();
    let mut all = vec![plain.join(", ")];
    for (i, others) in each.iter().enumerate() {
        for other in &others[1..] {
            let mut one = plain.clone();
            one[i].clone_from(other);
            all.push(one.join(", "));
        }
    }
    all
}

fn of_go_type(ty: &str) -> Vec<String> {
    let values: &[&str] = match ty {
        "bool" => &["true", "false"],
        "string" => &["\"\"", "\"xyzzy\""],
        "error" | "any" => &["nil"],
        "int" | "int8" | "int16" | "int32" | "int64" | "uint" | "uint8" | "uint16" | "uint32" | "uint64"
        | "byte" | "rune" | "uintptr" | "float32" | "float64" => &["0", "1"],
        _ if ["*", "[]", "map[", "chan ", "<-chan", "func(", "interface{"]
            .iter()
            .any(|p| ty.starts_with(p)) =>
        {
            &["nil"]
        }
        _ => return vec![format!("*new({ty})")],
    };
    strings(values)
}

/// By C's type and what the declarator makes of it.
fn of_c(finder: &Finder<'_>, node: Node<'_>, ty: &str) -> Vec<String> {
    let Some(declarator) = node.child_by_field_name("declarator") else { return Vec::new() };
    if declared(node).is_none() {
        return Vec::new();
    }
    match declarator.kind() {
        "pointer_declarator" => return strings(&["0"]),
        "reference_declarator" => return Vec::new(),
        _ => {}
    }
    let is_cpp_only = ty.contains("::") || ty.contains('<');
    let words: Vec<&str> =
        ty.split_whitespace().filter(|w| !["const", "static", "inline"].contains(w)).collect();
    let is_number = |w: &&str| {
        ["int", "long", "short", "unsigned", "signed", "char", "float", "double", "size_t", "ssize_t"]
            .contains(w)
            || (w.trim_start_matches("std::").trim_start_matches('u').starts_with("int") && w.ends_with("_t"))
    };
    match words.as_slice() {
        ["void"] => vec![String::new()],
        ["bool"] => strings(&["true", "false"]),
        ["std::string"] => strings(&["{}", "\"xyzzy\""]),
        ["auto" | "decltype(auto)"] => Vec::new(),
        words if !words.is_empty() && words.iter().all(is_number) => strings(&["0", "1"]),
        _ if is_cpp_only || finder.text.contains("class ") || finder.text.contains("namespace ") => {
            strings(&["{}"])
        }
        _ => Vec::new(),
    }
}
