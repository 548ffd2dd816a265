//! Another operator in the place of one, or none; conditions that are always true or false; numbers one beside what
//! they are.

use std::ops::Range;

use guard_syntax::trees::{self, Node};

use super::finder::{Draft, Finder};
use super::{Family, arid, statements};
use crate::find::short;
use crate::mutant::{Edit, Operator};

pub(crate) fn look<'t>(finder: &mut Finder<'t>, node: Node<'t>) {
    match node.kind() {
        "binary_operator" | "boolean_operator" | "binary_expression" => binary(finder, node),
        "comparison_operator" => comparisons(finder, node),
        "augmented_assignment" | "augmented_assignment_expression" => assigning(finder, node),
        "assignment_expression" | "assignment_statement"
            if node.child_by_field_name("operator").is_some() =>
        {
            assigning(finder, node);
        }
        "not_operator" | "unary_operator" | "unary_expression" => unary(finder, node),
        "if_statement" | "elif_clause" | "conditional_expression" | "ternary_expression" => {
            of_if(finder, node);
        }
        "while_statement" => of_while(finder, node),
        "subscript" | "subscript_expression" | "index_expression" => index(finder, node),
        "slice" | "slice_expression" => slice(finder, node),
        _ => {}
    }
}

/// What stands for an operator: first the neighbour at the boundary, then the opposite.
fn others(family: Family, operator: &str) -> &'static [&'static str] {
    match operator {
        "==" => &["!="],
        "!=" | "<>" => &["=="],
        "===" => &["!=="],
        "!==" => &["==="],
        "<" => &["<=", ">="],
        ">" => &[">=", "<="],
        "<=" => &["<", ">"],
        ">=" => &[">", "<"],
        "is" => &["is not"],
        "is not" => &["is"],
        "in" if family == Family::Python => &["not in"],
        "not in" => &["in"],
        "&&" => &["||"],
        "||" => &["&&"],
        "and" => &["or"],
        "or" => &["and"],
        "+" => &["-"],
        "-" => &["+"],
        "*" => &["/"],
        "/" | "//" | "%" | "**" => &["*"],
        "<<" => &[">>"],
        ">>" => &["<<"],
        "&" => &["|"],
        "|" | "^" | "&^" => &["&"],
        "+=" => &["-="],
        "-=" => &["+="],
        "*=" => &["/="],
        "/=" | "//=" | "%=" | "**=" => &["*="],
        "<<=" => &[">>="],
        ">>=" => &["<<="],
        "&=" => &["|="],
        "|=" | "^=" | "&^=" => &["&="],
        _ => &[],
    }
}

fn binary<'t>(finder: &mut Finder<'t>, node: Node<'t>) {
    let sides = (node.child_by_field_name("left"), node.child_by_field_name("right"));
    let ((Some(left), Some(right)), Some(operator)) = (sides, node.child_by_field_name("operator")) else {
        return;
    };
    let word = finder.text_of(operator);
    if !is_arithmetic_on_words(finder, word, left, right) {
        for other in others(finder.family, word) {
            if means_the_same(finder, node, word, other, left, right) {
                continue;
            }
            replace_operator(finder, node, operator, other, left, right);
        }
    }
    literals(finder, word, left, right);
}

/// What binds otherwise than the original gets parentheses.
fn replace_operator<'t>(
    finder: &mut Finder<'t>,
    node: Node<'t>,
    operator: Node<'t>,
    other: &str,
    left: Node<'t>,
    right: Node<'t>,
) {
    let word = finder.text_of(operator);
    let rebinds = ["and", "or", "&&", "||", "&", "|", "^", "&^"].contains(&word);
    let edit = if rebinds {
        let text = format!("(({}) {other} ({}))", finder.text_of(left), finder.text_of(right));
        Edit::Expression { at: node.byte_range(), text }
    } else {
        Edit::Expression { at: operator.byte_range(), text: other.to_owned() }
    };
    finder.add(Draft {
        operator: Operator::BinaryOperator,
        span: operator.byte_range(),
        replacement: other.to_owned(),
        description: format!("replace {word} with {other}"),
        edit,
    });
}

/// `a + "text"` is no sum, `"%d" % n` no remainder, `[0] * n` no product, `out << x` no shift: another operator would
/// only fail to run.
fn is_arithmetic_on_words(finder: &Finder<'_>, word: &str, left: Node<'_>, right: Node<'_>) -> bool {
    let sides = [left, right];
    match word {
        "+" | "%" | "*" | "+=" | "-" | "|" | "&" => sides.iter().any(|side| is_words(finder, *side)),
        "<<" | ">>" => !sides.iter().any(|s| number(finder, *s).is_some()),
        "/" => is_words(finder, right),
        _ => false,
    }
}

/// Texts, lists and tables written on the spot, also at the end of a chain of `+`.
fn is_words(finder: &Finder<'_>, node: Node<'_>) -> bool {
    let mut at = node;
    loop {
        match at.kind() {
            "string"
            | "concatenated_string"
            | "template_string"
            | "string_literal"
            | "interpreted_string_literal"
            | "raw_string_literal"
            | "raw_string"
            | "list"
            | "tuple"
            | "dictionary"
            | "set"
            | "array"
            | "char_literal"
            | "rune_literal"
            | "list_comprehension" => return true,
            "parenthesized_expression" => match trees::children(at).first() {
                Some(inner) => at = *inner,
                None => return false,
            },
            "binary_operator" | "binary_expression"
                if at.child_by_field_name("operator").is_some_and(|o| finder.text_of(o) == "+") =>
            {
                if at.child_by_field_name("right").is_some_and(|right| is_words(finder, right)) {
                    return true;
                }
                match at.child_by_field_name("left") {
                    Some(left) => at = left,
                    None => return false,
                }
            }
            _ => return false,
        }
    }
}

/// `x * 1` for `x / 1`, `x + 0` for `x - 0`; `if a > b: b = a` with `>=` for `>`.
fn means_the_same(
    finder: &Finder<'_>,
    node: Node<'_>,
    word: &str,
    other: &str,
    left: Node<'_>,
    right: Node<'_>,
) -> bool {
    let right_is = |n: u128| number(finder, right) == Some(n);
    match (word, other) {
        ("*", "/") | ("/" | "//", "*") => right_is(1),
        ("+", "-") | ("-", "+") => right_is(0),
        // A count is never below nothing, which is the condition taken for true.
        (">", ">=") if right_is(0) && arid::is_count(finder.text_of(left)) => true,
        ("<", "<=") | ("<=", "<") | (">", ">=") | (">=", ">") => chooses_between(finder, node, left, right),
        _ => false,
    }
}

/// Whether a comparison only decides which of its two sides is taken: where they are equal, both are right.
fn chooses_between(finder: &Finder<'_>, node: Node<'_>, left: Node<'_>, right: Node<'_>) -> bool {
    let (left, right) = (finder.text_of(left), finder.text_of(right));
    let mut around = finder.above.iter().rev().copied();
    let Some(holder) = around.find(|n| !matches!(n.kind(), "parenthesized_expression" | "condition_clause"))
    else {
        return false;
    };
    let is_condition = arid::condition(holder).is_some_and(|c| c.byte_range() == node.byte_range());
    if !is_condition {
        return false;
    }
    let flat = |n: Node<'_>| finder.text_of(n).split_whitespace().collect::<String>();
    match holder.kind() {
        "conditional_expression" | "ternary_expression" => {
            let parts: Vec<&str> = trees::children(holder).into_iter().map(|n| finder.text_of(n)).collect();
            parts.contains(&left) && parts.contains(&right)
        }
        "if_statement" => {
            let block =
                holder.child_by_field_name("consequence").map(statements::of_block).unwrap_or_default();
            let [only] = block.as_slice() else { return false };
            let text = flat(*only);
            let text = text.trim_end_matches(';');
            let sides = [format!("{left}={right}"), format!("{right}={left}")];
            sides.iter().any(|side| side.split_whitespace().collect::<String>() == text)
        }
        _ => false,
    }
}

/// Python's comparisons, which may be chains.
fn comparisons<'t>(finder: &mut Finder<'t>, node: Node<'t>) {
    let operands = trees::children(node);
    let operators: Vec<Node<'t>> = node.children_by_field_name("operators", &mut node.walk()).collect();
    if operators.len() + 1 != operands.len() {
        return;
    }
    for (i, operator) in operators.iter().enumerate() {
        let (left, right) = (operands[i], operands[i + 1]);
        let word: String = finder.text_of(*operator).split_whitespace().collect::<Vec<_>>().join(" ");
        for other in others(finder.family, &word) {
            if operators.len() == 1 && means_the_same(finder, node, &word, other, left, right) {
                continue;
            }
            finder.add(Draft {
                operator: Operator::BinaryOperator,
                span: operator.byte_range(),
                replacement: (*other).to_owned(),
                description: format!("replace {word} with {other}"),
                edit: Edit::Expression { at: operator.byte_range(), text: (*other).to_owned() },
            });
        }
        literals(finder, &word, left, right);
    }
}

fn assigning<'t>(finder: &mut Finder<'t>, node: Node<'t>) {
    let sides = (node.child_by_field_name("left"), node.child_by_field_name("right"));
    let ((Some(left), Some(right)), Some(operator)) = (sides, node.child_by_field_name("operator")) else {
        return;
    };
    let word = finder.text_of(operator);
    // A loop that waits for it would only run into the time limit.
    if word == "=" || is_words(finder, right) || statements::is_awaited(finder, finder.text_of(left)) {
        return;
    }
    for other in others(finder.family, word) {
        finder.add(Draft {
            operator: Operator::BinaryOperator,
            span: operator.byte_range(),
            replacement: (*other).to_owned(),
            description: format!("replace {word} with {other}"),
            edit: Edit::Expression { at: operator.byte_range(), text: (*other).to_owned() },
        });
    }
    literal(finder, right, true, false);
}

fn unary<'t>(finder: &mut Finder<'t>, node: Node<'t>) {
    let argument = node.child_by_field_name("argument").or_else(|| node.child_by_field_name("operand"));
    let Some(argument) = argument else { return };
    let word = finder.text.get(node.start_byte()..argument.start_byte()).unwrap_or_default().trim();
    if !["!", "-", "not"].contains(&word) {
        return;
    }
    let parent = finder.parent();
    // `!!x` says that it is a truth value.
    let is_double =
        |n: Node<'_>| matches!(n.kind(), "unary_expression") && finder.text_of(n).starts_with('!');
    if word == "!" && (parent.is_some_and(is_double) || is_double(argument)) {
        return;
    }
    finder.add(Draft {
        operator: Operator::UnaryOperator,
        span: node.start_byte()..argument.start_byte(),
        replacement: String::new(),
        description: format!("delete {word}"),
        edit: Edit::Expression { at: node.byte_range(), text: format!("({})", finder.text_of(argument)) },
    });
}

fn of_if<'t>(finder: &mut Finder<'t>, node: Node<'t>) {
    let Some(condition) = arid::condition(node) else { return };
    let consequence = node.child_by_field_name("consequence");
    let asks = finder.text_of(condition);
    if consequence.is_some_and(|block| arid::only_logs(finder, block)) || arid::asks_cache(asks) {
        return;
    }
    let is_statement = node.kind() == "if_statement" || node.kind() == "elif_clause";
    let keeps_false = arid::hands_error_on(finder, node, condition)
        || (is_statement && arid::leaves_for_emptiness(finder, node, condition));
    if !arid::only_loops_when_there_is_some(finder, node, condition) {
        force(finder, "if", condition, true);
    }
    if !keeps_false {
        force(finder, "if", condition, false);
    }
}

/// `while true` would only run into the time limit.
fn of_while<'t>(finder: &mut Finder<'t>, node: Node<'t>) {
    if let Some(condition) = arid::condition(node) {
        force(finder, "while", condition, false);
    }
}

fn force<'t>(finder: &mut Finder<'t>, word: &str, condition: Node<'t>, value: bool) {
    let original = finder.text_of(condition);
    let binds = contains_kind(condition, &["named_expression", "assignment_expression", "declaration"]);
    let is_fixed = matches!(original, "true" | "false" | "True" | "False" | "1" | "0");
    if is_fixed || binds {
        return;
    }
    let shown = match (finder.family, value) {
        (Family::Python, true) => "True",
        (Family::Python, false) => "False",
        (_, true) => "true",
        (_, false) => "false",
    };
    // What the condition names stays in use, or Go's compiler, and others when told to, would refuse it.
    let text = match (finder.family, value) {
        (Family::Python | Family::Script, _) => shown.to_owned(),
        (Family::Go, true) => format!("true || ({original})"),
        (Family::Go, false) => format!("false && ({original})"),
        (Family::C, true) => format!("1 || ({original})"),
        (Family::C, false) => format!("0 && ({original})"),
    };
    finder.add(Draft {
        operator: Operator::Condition,
        span: condition.byte_range(),
        replacement: shown.to_owned(),
        description: format!("replace {word} condition {} with {shown}", short(&flat(original))),
        edit: Edit::Expression { at: condition.byte_range(), text },
    });
}

/// A text on one line.
pub(crate) fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn contains_kind(node: Node<'_>, kinds: &[&str]) -> bool {
    let mut cursor = node.walk();
    let mut depth = 0_usize;
    loop {
        if kinds.contains(&cursor.node().kind()) {
            return true;
        }
        if cursor.goto_first_child() {
            depth += 1;
            continue;
        }
        while !cursor.goto_next_sibling() {
            if depth == 0 {
                return false;
            }
            cursor.goto_parent();
            depth -= 1;
        }
        if depth == 0 {
            return false;
        }
    }
}

/// Numbers on either side of a comparison or in a sum. `x < 10` already becomes `x <= 10`, which is `x < 11`.
fn literals<'t>(finder: &mut Finder<'t>, word: &str, left: Node<'t>, right: Node<'t>) {
    let (on_left, on_right) = match word {
        "<" => ((true, false), (false, true)),
        ">" => ((false, true), (true, false)),
        "<=" | ">=" => ((true, true), (true, true)),
        "==" | "!=" | "===" | "!==" | "+" | "-" | "*" | "/" | "//" | "%" | "<<" | ">>" => {
            ((true, false), (true, false))
        }
        _ => return,
    };
    literal(finder, left, on_left.0, on_left.1);
    literal(finder, right, on_right.0, on_right.1);
}

/// `a[2]` becomes `a[1]`, which is more likely to be there than `a[3]`.
fn index<'t>(finder: &mut Finder<'t>, node: Node<'t>) {
    let field = node.child_by_field_name("subscript").or_else(|| node.child_by_field_name("index"));
    let field = field.or_else(|| trees::children(node.child_by_field_name("indices")?).first().copied());
    let Some(at) = field else { return };
    match number(finder, at) {
        Some(0) => literal(finder, at, true, false),
        _ => literal(finder, at, false, true),
    }
}

fn slice<'t>(finder: &mut Finder<'t>, node: Node<'t>) {
    let ends: Vec<Node<'t>> = match finder.family {
        Family::Go => ["start", "end"].iter().filter_map(|f| node.child_by_field_name(f)).collect(),
        _ => trees::children(node),
    };
    for end in ends {
        literal(finder, end, true, false);
    }
}

fn literal<'t>(finder: &mut Finder<'t>, node: Node<'t>, up: bool, down: bool) {
    let Some(value) = number(finder, node) else { return };
    let original = finder.text_of(node);
    let others = [value.checked_add(1).filter(|_| up), value.checked_sub(1).filter(|_| down)];
    let span: Range<usize> = node.byte_range();
    for other in others.into_iter().flatten() {
        let text = match original.get(..2) {
            Some("0x" | "0X") => format!("{other:#x}"),
            Some("0b" | "0B") => format!("{other:#b}"),
            _ => other.to_string(),
        };
        finder.add(Draft {
            operator: Operator::Literal,
            span: span.clone(),
            replacement: text.clone(),
            description: format!("replace {original} with {text}"),
            edit: Edit::Expression { at: span.clone(), text },
        });
    }
}

/// The value of a whole number without a suffix.
pub(crate) fn number(finder: &Finder<'_>, node: Node<'_>) -> Option<u128> {
    if !matches!(node.kind(), "integer" | "number" | "int_literal" | "number_literal") {
        return None;
    }
    let text = finder.text_of(node).replace('_', "");
    let (digits, base) = match text.get(..2) {
        Some("0x" | "0X") => (&text[2..], 16),
        Some("0b" | "0B") => (&text[2..], 2),
        _ if text.len() > 1 && text.starts_with('0') => return None,
        _ => (text.as_str(), 10),
    };
    u128::from_str_radix(digits, base).ok().filter(|n| *n < 1 << 53)
}
