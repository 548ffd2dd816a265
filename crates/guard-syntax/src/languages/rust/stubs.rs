//! Rust functions whose body only stands for one, as a careful reviewer would say.
//!
//! A function that says itself that it is not implemented is a stub wherever it stands. One that does
//! nothing, or answers a constant whatever it is given, is one only when nothing excuses it: no trait
//! (defaults and implementations may well do nothing), no `cfg`, no attribute macro, no comment that
//! says so, no name or place that means "does nothing".

use guard_model::source::{Stub, StubKind};
use tree_sitter::Node;

use super::attributes::Attribute;
use super::{Container, Scope, statements};
use crate::languages::common;
use crate::lex::{self, Kind};
use crate::tree::{self, text};

/// Longest constant expression looked at, in tokens.
const MAX_CONSTANT: usize = 24;

/// A function with everything that may excuse it.
pub(super) struct Site<'a, 't> {
    pub(super) path: &'a str,
    pub(super) node: Node<'a>,
    pub(super) body: Node<'a>,
    pub(super) name: &'a str,
    pub(super) attributes: &'a [Attribute<'t>],
    pub(super) comment: &'a str,
    pub(super) scope: &'a Scope,
    pub(super) outer: &'a Scope,
}

/// The stub that this function is, if it is one.
pub(super) fn find(site: &Site<'_, '_>, source: &str) -> Option<Stub> {
    let statements = statements(site.body);
    if site.outer.kind == Container::Trait || common::is_double(&site.outer.names.join("::")) {
        return None;
    }
    // One configuration's refusal: `#[cfg(target_arch = "wasm32")] fn load(_: &str) { unimplemented!() }`.
    let refuses =
        |last: &Node<'_>| !site.scope.conditions.is_empty() && !text(*last, source).contains("todo!");
    if let Some(last) = statements.last().filter(|last| !refuses(last))
        && let Some(kind) = says_so(*last, source)
    {
        return Some(common::stub(kind, *last, source));
    }
    if !matches!(site.outer.kind, Container::Module | Container::Impl) || excused(site, source) {
        return None;
    }
    let parameters = parameters(site.node, source);
    match *common::without_discards(&statements, source) {
        [] => empty(site, &parameters, source),
        [only] => constant(site, only, &parameters, source),
        _ => None,
    }
}

/// `todo!()`, `unimplemented!()` and `panic!("not implemented")` as an unconditional last statement.
fn says_so(statement: Node<'_>, source: &str) -> Option<StubKind> {
    let node = match statement.kind() {
        "expression_statement" => statement.named_child(0).unwrap_or(statement),
        "return_expression" => statement.named_child(0).unwrap_or(statement),
        _ => statement,
    };
    let node = if node.kind() == "return_expression" { node.named_child(0).unwrap_or(node) } else { node };
    if node.kind() != "macro_invocation" {
        return None;
    }
    let name = node.child_by_field_name("macro").map_or("", |name| text(name, source));
    let arguments = tree::child_of_kind(node, &["token_tree"]).map_or("", |it| text(it, source));
    let message = lex::code(arguments)
        .iter()
        .find(|token| token.kind == Kind::Str)
        .map(|token| lex::string_value(token.text).to_owned());
    match name.rsplit("::").next().unwrap_or(name) {
        "todo" => Some(StubKind::Declared),
        "unimplemented" => match message {
            Some(message) if common::is_decided(&message) => None,
            Some(message) if !common::says_not_implemented(&message) => Some(StubKind::Refusal),
            _ => Some(StubKind::Declared),
        },
        "panic" => message
            .is_some_and(|message| common::says_not_implemented(&message))
            .then_some(StubKind::Declared),
        _ => None,
    }
}

/// True when something about the place says that a body without effect is meant.
fn excused(site: &Site<'_, '_>, source: &str) -> bool {
    const INERT: [&str; 16] = [
        "inline",
        "must_use",
        "doc",
        "allow",
        "expect",
        "warn",
        "deny",
        "cold",
        "track_caller",
        "instrument",
        "rustfmt::skip",
        "tracing::instrument",
        "async_recursion",
        "target_feature",
        "stable",
        "unstable",
    ];
    site.attributes.iter().any(|it| !INERT.contains(&it.path.as_str()))
        || !site.scope.conditions.is_empty()
        || site.scope.never.is_some()
        || common::is_platform_path(site.path)
        || guard_model::is_aside_path(site.path)
        || site.path.ends_with("build.rs")
        || common::is_double(site.name)
        || site.name.starts_with('_')
        || matches!(site.name, "main" | "none")
        || common::says_deliberate(site.comment)
        || common::says_deliberate(&common::comments(site.body, source))
        || is_exported(site.node, source)
        || tree::child_of_kind(site.body, &["attribute_item"]).is_some()
}

/// `extern "C"` functions keep a foreign interface whole.
fn is_exported(node: Node<'_>, source: &str) -> bool {
    tree::child_of_kind(node, &["function_modifiers"]).is_some_and(|it| {
        let modifiers = text(it, source);
        modifiers.contains("extern") || modifiers.split_whitespace().any(|word| word == "const")
    })
}

/// Types of the parameters besides `self`.
struct Parameters {
    types: Vec<String>,
    mutable_self: bool,
}

fn parameters(node: Node<'_>, source: &str) -> Parameters {
    let mut parameters = Parameters { types: Vec::new(), mutable_self: false };
    let Some(list) = node.child_by_field_name("parameters") else { return parameters };
    for child in tree::children(list) {
        match child.kind() {
            "self_parameter" => parameters.mutable_self = text(child, source).contains("mut"),
            "parameter" => {
                let of = child.child_by_field_name("type").map_or("", |it| text(it, source));
                parameters.types.push(of.to_owned());
            }
            _ => {}
        }
    }
    // Markers, tokens and the unit carry nothing that could be used.
    parameters.types.retain(|of| !of.contains("PhantomData") && of != "()" && of != "!");
    parameters
}

/// No statement, though there is something to do it to.
fn empty(site: &Site<'_, '_>, parameters: &Parameters, source: &str) -> Option<Stub> {
    let returns = site.node.child_by_field_name("return_type").map(|it| text(it, source));
    if returns.is_some_and(|of| of != "()") {
        return None;
    }
    // Hooks that a caller offers need not be used.
    let is_hook = ["on_", "visit", "before_", "after_", "pre_", "post_", "did_", "will_"];
    if is_hook.iter().any(|start| site.name.starts_with(start)) {
        return None;
    }
    // `fn assert_send<T: Send>(_: T) {}` does its work in the types.
    let checks_types = [
        "assert",
        "check",
        "is_",
        "require",
        "ensure",
        "needs",
        "force",
        "drop",
        "consume",
        "forget",
        "use_",
        "touch",
        "black_box",
        "static_",
        "expect",
        "accept",
        "takes",
        "constrain",
    ]
    .iter()
    .any(|start| site.name.starts_with(start));
    let generic = site.node.child_by_field_name("type_parameters").is_some();
    if checks_types || generic || (parameters.types.is_empty() && !parameters.mutable_self) {
        return None;
    }
    Some(common::stub(StubKind::Empty, site.node, source)).map(|stub| Stub { text: "{}".to_owned(), ..stub })
}

/// One statement that answers a constant.
fn constant(site: &Site<'_, '_>, only: Node<'_>, parameters: &Parameters, source: &str) -> Option<Stub> {
    if parameters.types.is_empty() {
        return None;
    }
    let expression = match only.kind() {
        "expression_statement" => only.named_child(0).filter(|it| it.kind() == "return_expression")?,
        _ => only,
    };
    let written = text(expression, source);
    let written = written.strip_prefix("return").unwrap_or(written);
    if written.len() > 400 || !is_constant(written) {
        return None;
    }
    // Types without information need no parameter to be answered.
    let returns = site.node.child_by_field_name("return_type").map_or("", |it| text(it, source));
    if returns.contains('!') || returns == "()" {
        return None;
    }
    Some(common::stub(StubKind::Constant, only, source))
}

/// `Ok(())`, `None`, `Default::default()`, `""`, `0`, `vec![]`, `String::new()`, `Ok(Vec::new())`, …
fn is_constant(expression: &str) -> bool {
    let tokens = lex::code(expression);
    if tokens.is_empty() || tokens.len() > MAX_CONSTANT {
        return false;
    }
    let joined: String = tokens.iter().map(|token| token.text).collect();
    let mut inner = joined.as_str();
    loop {
        let wrapped = ["Ok(", "Some(", "Err(", "Box::new(", "Arc::new(", "Rc::new("]
            .iter()
            .find_map(|wrapper| inner.strip_prefix(wrapper)?.strip_suffix(')'));
        match wrapped {
            // An error by default refuses; a constant success pretends.
            Some(_) if inner.starts_with("Err(") => return false,
            Some(rest) => inner = rest,
            None => break,
        }
    }
    const PLAIN: [&str; 14] = [
        "()",
        "None",
        "Default::default()",
        "String::new()",
        "vec![]",
        "[]",
        "&[]",
        "\"\"",
        "true",
        "false",
        "\"\".to_string()",
        "\"\".to_owned()",
        "\"\".into()",
        "self.clone()",
    ];
    if PLAIN.contains(&inner) {
        return true;
    }
    if let Some(start) = inner.strip_suffix("::new()").or_else(|| inner.strip_suffix("::default()")) {
        let start = start.split('<').next().unwrap_or(start).trim_end_matches("::");
        let name = start.rsplit("::").next().unwrap_or(start);
        let containers = [
            "Vec", "VecDeque", "HashMap", "HashSet", "BTreeMap", "BTreeSet", "String", "PathBuf", "IndexMap",
        ];
        return containers.contains(&name);
    }
    is_number(inner)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let end =
        digits.find(|it: char| !(it.is_ascii_digit() || it == '.' || it == '_')).unwrap_or(digits.len());
    const SUFFIXES: [&str; 15] = [
        "", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
        "f64",
    ];
    end > 0 && SUFFIXES.contains(&digits[end..].trim_start_matches('_'))
}
