//! Functions that something may call without naming them: a trait's, an overriding method, a handler that an
//! attribute registers.

use std::collections::HashMap;

use guard_model::{Item, ItemKind, Language, SourceFacts};
use tree_sitter::Node;

use crate::tree::{self, Source, Step};

/// For each function of a file, by its line, why something that does not name it may call it. Functions that
/// only what names them can call are left out; `None` when the file cannot be read.
pub fn open(facts: &SourceFacts, text: &str) -> Option<HashMap<u32, String>> {
    let source = Source::parse(&facts.path, facts.language, text.into()).ok()?;
    let mut found = HashMap::new();
    if let Some(way) = by_computed_name(facts.language, text) {
        found.extend(
            functions(facts).map(|i| (i.line, format!("the file calls by computed names (`{way}`)"))),
        );
        return Some(found);
    }
    let mut nodes: HashMap<u32, Vec<Node<'_>>> = HashMap::new();
    tree::walk(source.tree.root_node(), |node| {
        if is_function(node.kind()) {
            nodes.entry(tree::line(node)).or_default().push(node);
        }
        Step::Into
    });
    for item in functions(facts) {
        let here = nodes.get(&item.line).map_or(&[][..], Vec::as_slice);
        let reason = match here {
            [] => Some("its declaration is of a form that is not read".to_owned()),
            _ => here.iter().find_map(|node| by_place(*node, facts.language, &source.text)),
        };
        if let Some(reason) = reason.or_else(|| by_name(item, facts.language)) {
            found.insert(item.line, reason);
        }
    }
    Some(found)
}

fn functions(facts: &SourceFacts) -> impl Iterator<Item = &Item> {
    facts.items.iter().filter(|i| matches!(i.kind, ItemKind::Function | ItemKind::Method))
}

fn is_function(kind: &str) -> bool {
    matches!(
        kind,
        "function_item"
            | "function_signature_item"
            | "function_declaration"
            | "function_definition"
            | "generator_function_declaration"
            | "method_definition"
            | "method_declaration"
            | "constructor_declaration"
            | "lexical_declaration"
            | "variable_declaration"
            | "public_field_definition"
            | "field_definition"
    )
}

/// Names put together at run time or by a macro.
fn by_computed_name(language: Language, text: &str) -> Option<&'static str> {
    let ways: &[&str] = match language {
        Language::Rust => &["paste!", "concat_idents!"],
        Language::Python => &["getattr(", "globals()", "locals()", "__getattr__", "inspect."],
        Language::TypeScript | Language::Tsx | Language::JavaScript => &["this[", "Reflect.", "eval("],
        Language::Go => &["reflect."],
        Language::Java => &["getMethod(", "getDeclaredMethod"],
        Language::C | Language::Cpp => &["##", "Q_OBJECT", "Q_INVOKABLE"],
    };
    ways.iter().copied().find(|w| text.contains(w))
}

/// What stands around a function.
fn by_place(node: Node<'_>, language: Language, text: &str) -> Option<String> {
    match language {
        Language::Rust => rust(node, text),
        Language::Python => python(node, text),
        Language::TypeScript | Language::Tsx | Language::JavaScript => javascript(node),
        Language::Java => java(node, text),
        Language::Go => None,
        Language::C | Language::Cpp => {
            let start = tree::text(node, text);
            let own = start.starts_with("static ") && !inside(node, &["class_specifier", "struct_specifier"]);
            (!own).then(|| "other files may declare it".to_owned())
        }
    }
}

fn rust(node: Node<'_>, text: &str) -> Option<String> {
    if let Some(attribute) = foreign_attribute(node, text) {
        return Some(format!("it has the attribute `{attribute}`"));
    }
    if tree::child_of_kind(node, &["function_modifiers"])
        .is_some_and(|m| tree::text(m, text).contains("extern"))
    {
        return Some("it is for callers of another language".to_owned());
    }
    let mut around = node.parent();
    while let Some(outer) = around {
        let reason = match outer.kind() {
            "impl_item" if outer.child_by_field_name("trait").is_some() => {
                Some("it implements a trait".to_owned())
            }
            "impl_item" => {
                foreign_attribute(outer, text).map(|a| format!("its block has the attribute `{a}`"))
            }
            "trait_item" => Some("it belongs to a trait".to_owned()),
            "foreign_mod_item" => Some("it is another language's".to_owned()),
            "macro_invocation" | "macro_definition" => Some("a macro makes it".to_owned()),
            _ => None,
        };
        if reason.is_some() {
            return reason;
        }
        around = outer.parent();
    }
    None
}

/// The first attribute that may bring a caller with it.
fn foreign_attribute(node: Node<'_>, text: &str) -> Option<String> {
    const PLAIN: [&str; 16] = [
        "inline",
        "must_use",
        "allow",
        "expect",
        "warn",
        "deny",
        "doc",
        "cfg",
        "instrument",
        "tracing::instrument",
        "track_caller",
        "cold",
        "deprecated",
        "rustfmt::skip",
        "non_exhaustive",
        "derive",
    ];
    let mut before = node.prev_sibling();
    while let Some(sibling) = before.filter(|s| s.kind() == "attribute_item" || tree::is_comment(*s)) {
        if sibling.kind() == "attribute_item" {
            let attribute = tree::one_line(tree::text(sibling, text), 60);
            let inner = attribute.trim_start_matches("#[").trim_start();
            let name: String =
                inner.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect();
            if !PLAIN.contains(&name.as_str()) {
                return Some(attribute);
            }
        }
        before = sibling.prev_sibling();
    }
    None
}

fn python(node: Node<'_>, text: &str) -> Option<String> {
    if node.parent().is_some_and(|p| p.kind() == "decorated_definition") {
        return Some("it is decorated".to_owned());
    }
    let class = around(node, "class_definition")?;
    let bases = class.child_by_field_name("superclasses").map_or("", |b| tree::text(b, text));
    let plain = matches!(bases.trim(), "" | "()" | "(object)");
    let decorated = class.parent().is_some_and(|p| p.kind() == "decorated_definition");
    (!plain || decorated).then(|| "its class has a base that may call it".to_owned())
}

fn javascript(node: Node<'_>) -> Option<String> {
    let decorated = |n: Node<'_>| {
        tree::child_of_kind(n, &["decorator"]).is_some()
            || n.prev_sibling().is_some_and(|s| s.kind() == "decorator")
    };
    if decorated(node) {
        return Some("it is decorated".to_owned());
    }
    if inside(node, &["object", "object_type"]) {
        return Some("the object that holds it is handed on".to_owned());
    }
    let exported = node.parent().filter(|p| p.kind() == "export_statement");
    if exported.is_some_and(|p| tree::child_of_kind(p, &["default"]).is_some()) {
        return Some("it is the file's default export".to_owned());
    }
    let class =
        ["class_declaration", "class", "abstract_class_declaration"].iter().find_map(|k| around(node, k))?;
    let heir = tree::child_of_kind(class, &["class_heritage"]).is_some();
    let marked = decorated(class)
        || class.parent().is_some_and(|p| {
            p.kind() == "export_statement" && tree::child_of_kind(p, &["decorator"]).is_some()
        });
    (heir || marked).then(|| "its class has a base that may call it".to_owned())
}

fn java(node: Node<'_>, text: &str) -> Option<String> {
    let modifiers = tree::child_of_kind(node, &["modifiers"]).map_or("", |m| tree::text(m, text));
    if modifiers.contains('@') {
        return Some("it is annotated".to_owned());
    }
    (!modifiers.contains("private")).then(|| "other classes may call it".to_owned())
}

fn around<'n>(node: Node<'n>, kind: &str) -> Option<Node<'n>> {
    let mut outer = node.parent();
    while let Some(here) = outer {
        if here.kind() == kind {
            return Some(here);
        }
        outer = here.parent();
    }
    None
}

fn inside(node: Node<'_>, kinds: &[&str]) -> bool {
    kinds.iter().any(|k| around(node, k).is_some())
}

/// Names that languages and frameworks call.
fn by_name(item: &Item, language: Language) -> Option<String> {
    let name = item.name.as_str();
    let called = match language {
        Language::Rust => name == "main" || name.starts_with('_'),
        Language::Python => {
            name.starts_with("__") || matches!(name, "main" | "setup" | "teardown" | "handler")
        }
        Language::Go => {
            matches!(name, "main" | "init")
                || item.kind == ItemKind::Method && name.starts_with(|c: char| c.is_uppercase())
        }
        Language::TypeScript | Language::Tsx | Language::JavaScript => {
            // Components are called by their elements, hooks and handlers by frameworks.
            matches!(
                name,
                "constructor"
                    | "render"
                    | "toString"
                    | "toJSON"
                    | "valueOf"
                    | "then"
                    | "next"
                    | "main"
                    | "handler"
                    | "setup"
                    | "loader"
                    | "action"
                    | "middleware"
                    | "load"
                    | "activate"
                    | "deactivate"
                    | "register"
                    | "dispose"
                    | "GET"
                    | "POST"
                    | "PUT"
                    | "PATCH"
                    | "DELETE"
                    | "HEAD"
                    | "OPTIONS"
            ) || name.starts_with("get") && name.ends_with("Props")
                || name.starts_with("ng") && name.len() > 4
                || name.starts_with("generate") && (name.ends_with("Metadata") || name.ends_with("Params"))
        }
        _ => name == "main",
    };
    called.then(|| "its name is one that others call".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use guard_model::Side;

    #[test]
    fn what_others_call_is_told_from_what_only_its_name_reaches() {
        for (path, text, expected) in [
            ("a.rs", "fn plain() {}", vec![]),
            ("a.rs", "/// Says.\n#[inline]\nfn plain() {}", vec![]),
            ("a.rs", "#[get(\"/\")]\nfn index() {}", vec!["index"]),
            (
                "a.rs",
                "struct A;\nimpl A { fn own(&self) {} }\nimpl Clone for A { fn clone(&self) -> A { A } }",
                vec!["clone"],
            ),
            ("a.rs", "#[pymethods]\nimpl A { fn own(&self) {} }", vec!["own"]),
            ("a.rs", "#[no_mangle]\nextern \"C\" fn f() {}", vec!["f"]),
            ("a.rs", "trait T { fn given(&self) { work() } }", vec!["given"]),
            ("a.ts", "export class A { send() { return 1; } }", vec![]),
            ("a.ts", "export class A extends B { send() { return 1; } }", vec!["send"]),
            ("a.ts", "class A implements B { send() { return 1; } }", vec!["send"]),
            ("a.ts", "class A { @Get() send() { return 1; } }", vec!["send"]),
            ("a.ts", "export const send = () => { return 1; };", vec![]),
            ("a.ts", "class A { send() { return this['x']; } }", vec!["send"]),
            ("a.py", "class A:\n    def send(self):\n        return 1\n", vec![]),
            ("a.py", "class A(View):\n    def send(self):\n        return 1\n", vec!["send"]),
            ("a.py", "@app.get('/')\ndef send():\n    return 1\n", vec!["send"]),
            ("a.go", "package a\nfunc send() {}\nfunc (a A) Send() {}\n", vec!["Send"]),
            ("A.java", "class A {\n    private void own() {}\n    public void send() {}\n}", vec!["send"]),
            ("a.c", "static void own(void) {}\nvoid shared(void) {}\n", vec!["shared"]),
        ] {
            let facts = crate::facts(path, Side::Head, text.as_bytes()).unwrap();
            let found = open(&facts, text).unwrap();
            let names: Vec<&str> =
                functions(&facts).filter(|i| found.contains_key(&i.line)).map(|i| i.name.as_str()).collect();
            assert_eq!(names, expected, "{text}");
        }
    }
}
