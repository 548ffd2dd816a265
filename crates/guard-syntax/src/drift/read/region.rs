//! Which part of a file is compared, and what stands around it.

use tree_sitter::Node;

use super::MAX_DEPTH;
use crate::tree;

/// The largest nodes that lie in the lines.
pub(super) fn within<'n>(node: Node<'n>, lines: (u32, u32), depth: u32, found: &mut Vec<Node<'n>>) {
    for child in node.named_children(&mut node.walk()) {
        let (first, last) = (tree::line(child), tree::end_line(child));
        if first >= lines.0 && last <= lines.1 {
            found.push(child);
        } else if first <= lines.1 && last >= lines.0 && depth < MAX_DEPTH {
            within(child, lines, depth + 1, found);
        }
    }
}

/// Names of the containers of a node, outermost first.
pub(super) fn around(node: Node<'_>, text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut at = node.parent();
    while let Some(node) = at {
        let parts = ["trait", "type", "name"].map(|field| node.child_by_field_name(field));
        let named = match node.kind() {
            "impl_item" => &parts[..2],
            kind if kind.contains("class") || kind.contains("mod") || kind.contains("struct") => &parts[2..],
            "namespace_definition" | "trait_item" | "interface_declaration" | "function_item" => &parts[2..],
            _ => &[],
        };
        // Type parameters are no part of the name: `Wheel<T>` is `Wheel`, but `From<Row>` is not `From<Cell>`.
        let bare = |part: &Node<'_>| {
            let text = tree::text(*part, text);
            let (name, arguments) = text.split_once('<').unwrap_or((text, ""));
            let is_parameter = |it: &str| it.len() < 3 || it.starts_with('\'');
            let only = arguments.trim_end_matches('>').split(',').all(|it| is_parameter(it.trim()));
            tree::one_line(if only { name } else { text }, 80)
        };
        names.extend(named.iter().rev().flatten().map(bare));
        at = node.parent();
    }
    names.reverse();
    names
}

/// Names that a file imports under another name: what it is, and what it is called here.
pub(in crate::drift) fn aliases(root: Node<'_>, text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    tree::walk(root, |node| {
        let (name, alias) = match node.kind() {
            "import_specifier" | "aliased_import" => ("name", "alias"),
            "use_as_clause" => ("path", "alias"),
            "function_item"
            | "function_declaration"
            | "class_declaration"
            | "function_definition"
            | "class_definition"
            | "impl_item"
            | "lexical_declaration"
            | "expression_statement" => return tree::Step::Over,
            _ => return tree::Step::Into,
        };
        if let (Some(name), Some(alias)) = (node.child_by_field_name(name), node.child_by_field_name(alias)) {
            let name = tree::text(name, text);
            let last = name.rsplit([':', '.']).next().unwrap_or(name);
            found.push((last.to_owned(), tree::text(alias, text).to_owned()));
        }
        tree::Step::Over
    });
    found
}
