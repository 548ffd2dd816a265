//! Rust code that a build leaves out: what stands behind a `cfg` that does not hold in it.

use std::collections::BTreeSet;

use tree_sitter::Node;

use crate::bounds;
use crate::cfg;
use crate::languages::rust::attributes::Attribute;
use crate::lex::{self, Kind, Token};
use crate::tree::{self, Source};
use guard_model::Language;

/// Deeper predicates are taken as unknown.
const MAX_DEPTH: usize = 32;

/// What is known of a package's build.
#[derive(Debug, Clone, Copy)]
pub struct Build<'a> {
    /// Features that are on.
    pub on: &'a BTreeSet<String>,
    /// Features that the package has.
    pub declared: &'a BTreeSet<String>,
    /// `target_os`, as `std::env::consts::OS` names it.
    pub os: &'a str,
    /// `target_family`.
    pub family: &'a str,
    /// `target_arch`.
    pub arch: &'a str,
}

/// Code that a build leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Off {
    /// First and last line, attributes included.
    pub lines: (u32, u32),
    /// The attribute that says so, as written.
    pub cfg: String,
    /// Features that would bring it; empty when no feature does.
    pub needs: Vec<String>,
    /// The module's name where it is one in a file of its own.
    pub module: Option<String>,
}

/// What of a file the build leaves out, outermost pieces only. Empty for a file that cannot be read.
pub fn off(text: &str, build: &Build<'_>) -> Vec<Off> {
    let readable = bounds::readable(text.as_bytes());
    let source = readable.and_then(|read| Source::parse("gated.rs", Language::Rust, read));
    let Ok(source) = source else { return Vec::new() };
    let mut found = Vec::new();
    let mut open = vec![source.tree.root_node()];
    while let Some(node) = open.pop() {
        let mut before: Vec<Node<'_>> = Vec::new();
        let mut inner = Vec::new();
        let mut whole = None;
        for child in node.children(&mut node.walk()) {
            match child.kind() {
                "attribute_item" => before.push(child),
                "inner_attribute_item" => {
                    whole = whole.or_else(|| gate(&[child], node, &source.text, build));
                }
                _ if tree::is_comment(child) => {}
                _ => {
                    match gate(&before, child, &source.text, build) {
                        Some(off) => inner.push(off),
                        None if child.child_count() > 0 => open.push(child),
                        None => {}
                    }
                    before.clear();
                }
            }
        }
        match whole {
            Some(off) => {
                open.retain(|other| {
                    other.start_byte() < node.start_byte() || other.end_byte() > node.end_byte()
                });
                found.push(off);
            }
            None => found.extend(inner),
        }
    }
    found.sort_by_key(|off| off.lines);
    found
}

/// The piece that `attributes` leave out, if one of them does.
fn gate(attributes: &[Node<'_>], node: Node<'_>, source: &str, build: &Build<'_>) -> Option<Off> {
    let first = attributes.first()?;
    let read = attributes.iter().map(|it| Attribute::read(*it, source));
    let gate =
        read.filter(|it| it.is("cfg")).find(|it| holds(&it.arguments, build.on, build, 0) == Some(false))?;
    let is_file = node.kind() == "mod_item" && node.child_by_field_name("body").is_none();
    let module = node.child_by_field_name("name").filter(|_| is_file);
    Some(Off {
        lines: (tree::line(*first).min(tree::line(node)), tree::end_line(node)),
        needs: needs(&gate.arguments, build),
        cfg: gate.text,
        module: module.map(|name| tree::text(name, source).to_owned()),
    })
}

/// Features that would make a predicate hold, as few as one if one does.
fn needs(predicate: &[Token<'_>], build: &Build<'_>) -> Vec<String> {
    let named =
        predicate.iter().filter(|token| token.kind == Kind::Str).map(|token| lex::string_value(token.text));
    let wanted: BTreeSet<&str> = named.filter(|name| build.declared.contains(*name)).collect();
    let brings = |names: &[&str]| {
        let on: BTreeSet<String> =
            build.on.iter().cloned().chain(names.iter().map(|n| (*n).to_owned())).collect();
        holds(predicate, &on, build, 0) != Some(false)
    };
    let all: Vec<&str> = wanted.into_iter().collect();
    let one = all.iter().find(|name| brings(&[name])).map(|name| vec![(*name).to_owned()]);
    one.or_else(|| brings(&all).then(|| all.iter().map(|n| (*n).to_owned()).collect())).unwrap_or_default()
}

/// Whether a predicate holds; `None` when that is not known.
fn holds(tokens: &[Token<'_>], on: &BTreeSet<String>, build: &Build<'_>, depth: usize) -> Option<bool> {
    let first = tokens.first().filter(|token| token.kind == Kind::Ident && depth < MAX_DEPTH)?;
    if let [_, equals, value] = tokens
        && equals.is('=')
        && value.kind == Kind::Str
    {
        let value = lex::string_value(value.text);
        return match first.text {
            "feature" => Some(on.contains(value)),
            "target_os" => Some(build.os == value),
            "target_family" => Some(build.family == value),
            "target_arch" => Some(build.arch == value),
            _ => None,
        };
    }
    match (first.text, tokens.len()) {
        ("unix" | "windows", 1) => return Some(build.family == first.text),
        ("true", 1) => return Some(true),
        ("false", 1) => return Some(false),
        _ => {}
    }
    tokens.get(1).filter(|token| token.is('('))?;
    let end = lex::closing(tokens, 1).min(tokens.len());

    let inner: Vec<Option<bool>> = cfg::parts(&tokens[2.min(end)..end])
        .into_iter()
        .map(|part| holds(part, on, build, depth + 1))
        .collect();
    match first.text {
        "all" if inner.contains(&Some(false)) => Some(false),
        "all" => inner.iter().all(|it| *it == Some(true)).then_some(true),
        "any" if inner.contains(&Some(true)) => Some(true),
        "any" => inner.iter().all(|it| *it == Some(false)).then_some(false),
        "not" => inner.first().copied().flatten().map(|it| !it),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Piece = (u32, u32, Vec<String>);

    fn of(text: &str, on: &[&str]) -> Vec<Piece> {
        let set = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        let (on, declared) = (set(on), set(&["a", "b", "std"]));
        let build = Build { on: &on, declared: &declared, os: "linux", family: "unix", arch: "x86_64" };
        off(text, &build).into_iter().map(|it| (it.lines.0, it.lines.1, it.needs)).collect()
    }

    #[test]
    fn what_is_left_out_is_told_with_the_features_that_bring_it() {
        let a = || vec!["a".to_owned()];
        let table: [(&str, &[&str], Vec<Piece>); 11] = [
            (
                "/// Doc.\n#[cfg(feature = \"a\")]\n#[inline]\nfn f() {\n}\nfn g() {}\n",
                &[],
                vec![(2, 5, a())],
            ),
            ("#[cfg(feature = \"a\")]\nfn f() {}\n", &["a"], vec![]),
            ("#[cfg(not(feature = \"a\"))]\nfn f() {}\n", &["a"], vec![(1, 2, vec![])]),
            ("#[cfg(all(feature = \"a\", feature = \"b\"))]\nfn f() {}\n", &["b"], vec![(1, 2, a())]),
            ("#[cfg(any(feature = \"a\", windows))]\nfn f() {}\n", &[], vec![(1, 2, a())]),
            ("#[cfg(windows)]\nmod f;\n", &[], vec![(1, 2, vec![])]),
            ("#[cfg(target_os = \"linux\")]\nmod f;\n#[cfg(tokio_unstable)]\nfn g() {}\n", &[], vec![]),
            (
                "#[cfg(test)]\nmod tests {\n    #[cfg(feature = \"a\")]\n    use x;\n}\n",
                &[],
                vec![(3, 4, a())],
            ),
            (
                "fn f() {\n    #[cfg(feature = \"a\")]\n    g();\n    match x {\n        #[cfg(feature = \"a\")]\n        1 => {}\n        _ => {}\n    }\n}\n",
                &[],
                vec![(2, 3, a()), (5, 6, a())],
            ),
            (
                "#![cfg(feature = \"a\")]\nfn f() {\n    #[cfg(windows)]\n    g();\n}\n",
                &[],
                vec![(1, 5, a())],
            ),
            ("#[cfg(feature = \"gone\")]\nfn f() {}\n", &[], vec![(1, 2, vec![])]),
        ];
        for (text, on, expected) in table {
            assert_eq!(of(text, on), expected, "{text}");
        }
    }
}
