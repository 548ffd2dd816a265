//! What the functions of a file do, statement by statement, so that two versions can be compared without
//! their comments, layout and log lines.

use guard_syntax::trees::{self, Node};

use super::finder::Finder;
use super::{Family, arid, statements};
use crate::find::Body;

/// The functions of a file, in the order of its text.
pub(crate) fn of_file(path: &str, family: Family, text: &str, root: Node<'_>) -> Vec<Body> {
    let functions = Finder::new(path, family, text).functions(root);
    let finder = Finder::new(path, family, text);
    let of = |(function, node): (crate::Function, Node<'_>)| {
        let mut pieces = Vec::new();
        if let Some(body) = node.child_by_field_name("body") {
            pieces_of(&finder, body, &mut pieces);
        }
        pieces.sort();
        Body { function, pieces }
    };
    functions.into_iter().map(of).collect()
}

/// Every statement as one line, without the blocks in it, whose statements are pieces of their own.
fn pieces_of(finder: &Finder<'_>, body: Node<'_>, found: &mut Vec<String>) {
    let mut open = vec![body];
    while let Some(block) = open.pop() {
        for statement in statements::of_block(block) {
            let is_said = arid::only_logs(finder, statement);
            if trees::is_comment(statement) || statements::is_docstring(statement) || is_said {
                continue;
            }
            let mut line = String::new();
            let mut from = statement.start_byte();
            let mut inner = vec![statement];
            let mut holes: Vec<Node<'_>> = Vec::new();
            while let Some(node) = inner.pop() {
                let is_hole = is_block(node) && node.id() != body.id();
                if is_hole || trees::is_comment(node) {
                    holes.push(node);
                } else {
                    inner.extend(node.children(&mut node.walk()));
                }
            }
            holes.sort_by_key(Node::start_byte);
            for hole in holes {
                line.push_str(finder.text.get(from..hole.start_byte()).unwrap_or_default());
                line.push(' ');
                from = hole.end_byte();
                if is_block(hole) {
                    open.push(hole);
                }
            }
            line.push_str(finder.text.get(from..statement.end_byte()).unwrap_or_default());
            found.push(super::expressions::flat(&line));
        }
    }
}

fn is_block(node: Node<'_>) -> bool {
    matches!(node.kind(), "block" | "statement_block" | "compound_statement")
}
