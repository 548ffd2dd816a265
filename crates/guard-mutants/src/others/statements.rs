//! Statements left out: calls, assignments, `return`.

use std::ops::Range;

use guard_syntax::trees::{self, Node};

use super::expressions::{flat, number};
use super::finder::{Draft, Finder, is_function};
use super::{Family, arid};
use crate::find::short;
use crate::mutant::{Edit, Operator};

/// The statements of a block; one that stands without a block is a block of its own.
pub(crate) fn of_block(block: Node<'_>) -> Vec<Node<'_>> {
    let children = trees::children(block);
    match (block.kind(), children.as_slice()) {
        ("block", [list]) if list.kind() == "statement_list" => trees::children(*list),
        ("block" | "statement_block" | "compound_statement" | "statement_list", _) => children,
        _ => vec![block],
    }
}

/// The first statement of a Python body behind its docstring; none when there is no other.
pub(crate) fn behind_docstring(body: Node<'_>) -> Option<Node<'_>> {
    let mut statements = of_block(body).into_iter();
    let first = statements.next()?;
    if is_docstring(first) { statements.next() } else { Some(first) }
}

pub(crate) fn is_docstring(statement: Node<'_>) -> bool {
    statement.kind() == "expression_statement"
        && trees::children(statement)
            .first()
            .is_some_and(|s| matches!(s.kind(), "string" | "concatenated_string"))
}

pub(crate) fn look<'t>(finder: &mut Finder<'t>, node: Node<'t>) {
    match node.kind() {
        "expression_statement" | "assignment_statement" | "inc_statement" | "dec_statement" => {
            delete(finder, node);
        }
        "return_statement" => early_return(finder, node),
        _ => {}
    }
}

fn delete<'t>(finder: &mut Finder<'t>, node: Node<'t>) {
    let Some(parent) = finder.parent() else { return };
    if !is_block(parent) || is_only(finder, parent) || is_docstring(node) {
        return;
    }
    let mut inner = match node.kind() {
        "expression_statement" => match trees::children(node).first() {
            Some(inner) => *inner,
            None => return,
        },
        _ => node,
    };
    while matches!(inner.kind(), "await" | "await_expression" | "parenthesized_expression") {
        match trees::children(inner).first() {
            Some(next) => inner = *next,
            None => return,
        }
    }
    let is_effect = match inner.kind() {
        "call" | "call_expression" => arid::callee(inner).is_some_and(|c| {
            let callee = finder.text_of(c);
            let ends_here = ["super().__init__", "super", "panic", "os.Exit", "exit", "sys.exit", "abort"];
            !arid::is_closed(finder, inner) && !arid::is_arid_call(callee) && !ends_here.contains(&callee)
        }),
        "assignment" => changes_something(finder, inner),
        "augmented_assignment"
        | "augmented_assignment_expression"
        | "assignment_expression"
        | "assignment_statement" => inner
            .child_by_field_name("left")
            .is_some_and(|left| !is_awaited(finder, finder.text_of(left)) && !is_discarded(finder, left)),
        "update_expression" => {
            inner.child_by_field_name("argument").is_some_and(|a| !is_awaited(finder, finder.text_of(a)))
        }
        "inc_statement" | "dec_statement" => {
            let name = finder.text_of(inner).trim_end_matches(['+', '-']);
            !is_awaited(finder, name)
        }
        _ => false,
    };
    if !is_effect || adds_nothing(finder, inner) {
        return;
    }
    let text = finder.text_of(node);
    // What the statement names stays in use, or Go's compiler would refuse it.
    let written = match finder.family {
        Family::Python => "pass".to_owned(),
        Family::Script => ";".to_owned(),
        Family::Go => format!("if false {{ {text} }}"),
        Family::C => format!("if (0) {{ {text} }}"),
    };
    let shown = if finder.family == Family::Python { "pass" } else { "" };
    add(
        finder,
        node.byte_range(),
        Operator::StatementDeletion,
        written,
        shown,
        format!("delete {}", shorted(text)),
    );
}

/// `x += 0`.
fn adds_nothing(finder: &Finder<'_>, node: Node<'_>) -> bool {
    node.child_by_field_name("operator").is_some_and(|o| matches!(finder.text_of(o), "+=" | "-="))
        && node.child_by_field_name("right").is_some_and(|r| number(finder, r) == Some(0))
}

fn shorted(text: &str) -> String {
    short(flat(text).trim_end_matches(';'))
}

fn add<'t>(
    finder: &mut Finder<'t>,
    at: Range<usize>,
    operator: Operator,
    written: String,
    shown: &str,
    description: String,
) {
    finder.add(Draft {
        operator,
        span: at.clone(),
        replacement: shown.to_owned(),
        description,
        edit: Edit::Statement { at, text: written },
    });
}

/// `return` in a branch, behind which the function goes on.
fn early_return<'t>(finder: &mut Finder<'t>, node: Node<'t>) {
    let Some(parent) = finder.parent() else { return };
    let is_bare = trees::children(node).is_empty();
    // What a condition lets through is left out by forcing the condition.
    let is_last = of_block(parent).last().is_some_and(|last| last.id() == node.id());
    if !is_bare || !is_last || !is_block(parent) || is_only(finder, parent) || is_body(finder, parent) {
        return;
    }
    let written = if finder.family == Family::Python { "pass" } else { ";" };
    let shown = if finder.family == Family::Python { "pass" } else { "" };
    let written = if finder.family == Family::Go { String::new() } else { written.to_owned() };
    add(finder, node.byte_range(), Operator::EarlyReturn, written, shown, "delete return".to_owned());
}

fn is_block(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "block"
            | "statement_block"
            | "compound_statement"
            | "statement_list"
            | "switch_case"
            | "switch_default"
            | "case_statement"
            | "expression_case"
            | "default_case"
            | "type_case"
    )
}

/// Whether a block is a function's whole body.
fn is_body(finder: &Finder<'_>, block: Node<'_>) -> bool {
    finder.around().and_then(|f| f.child_by_field_name("body")).is_some_and(|body| {
        body.byte_range().start <= block.start_byte() && of_block(body) == of_block(block)
    })
}

/// The only statement of a function, or of an `if`: the function's value, or the condition, leaves it out already.
fn is_only(finder: &Finder<'_>, block: Node<'_>) -> bool {
    let statements = of_block(block);
    let count = statements.iter().filter(|s| !is_docstring(**s)).count();
    if count != 1 {
        return false;
    }
    if is_body(finder, block) {
        return true;
    }
    let mut around = finder.above.iter().rev().skip(1);
    let holder = around.find(|n| n.kind() != "block" && n.kind() != "compound_statement");
    holder.is_some_and(|n| {
        n.kind() == "elif_clause"
            || (n.kind() == "if_statement" && n.child_by_field_name("alternative").is_none())
    })
}

/// `_ = x`.
fn is_discarded(finder: &Finder<'_>, left: Node<'_>) -> bool {
    finder.text_of(left).split(',').all(|name| name.trim() == "_")
}

/// Whether the loop at hand waits for a variable: left alone it would only run into the time limit.
pub(crate) fn is_awaited(finder: &Finder<'_>, name: &str) -> bool {
    let name = name.trim();
    let is_asked = |condition: Node<'_>| {
        let text = finder.text_of(condition);
        let names = text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.');
        names.into_iter().any(|word| word == name)
    };
    let mut around = finder.above.iter().rev();
    around.by_ref().take_while(|n| !is_function(finder.family, **n)).any(|n| match n.kind() {
        "while_statement" | "do_statement" => n.child_by_field_name("condition").is_some_and(is_asked),
        "for_statement" if finder.family != Family::Python => {
            let clause = trees::children(*n).into_iter().next();
            let condition = n.child_by_field_name("condition").or_else(|| {
                let clause = clause?;
                match clause.kind() {
                    "for_clause" => clause.child_by_field_name("condition"),
                    "range_clause" | "block" => None,
                    _ => Some(clause),
                }
            });
            condition.is_some_and(is_asked)
        }
        _ => false,
    })
}

/// Whether an assignment of Python's changes what was there: an attribute, an entry, a name that has a value already.
fn changes_something(finder: &Finder<'_>, node: Node<'_>) -> bool {
    let (Some(left), Some(_)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
        return false;
    };
    let name = finder.text_of(left);
    match left.kind() {
        "attribute" | "subscript" => !is_awaited(finder, name),
        "identifier" => !is_awaited(finder, name) && name != "_" && is_bound_before(finder, name, node),
        _ => false,
    }
}

fn is_bound_before(finder: &Finder<'_>, name: &str, node: Node<'_>) -> bool {
    let Some(function) = finder.around() else { return false };
    let is_name = |n: Node<'_>| n.kind() == "identifier" && finder.text_of(n) == name;
    let parameters = function.child_by_field_name("parameters").map(trees::children).unwrap_or_default();
    let is_parameter = parameters.iter().any(|p| {
        is_name(*p)
            || p.child_by_field_name("name").is_some_and(is_name)
            || trees::children(*p).first().is_some_and(|n| is_name(*n))
    });
    is_parameter
        || function
            .child_by_field_name("body")
            .map(of_block)
            .unwrap_or_default()
            .iter()
            .take_while(|s| s.end_byte() <= node.start_byte())
            .filter_map(|s| trees::children(*s).first().copied())
            .filter(|a| a.kind() == "assignment")
            .filter_map(|a| a.child_by_field_name("left"))
            .any(is_name)
}
