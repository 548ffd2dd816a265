//! The walk through a file's syntax tree: which function we are in, and which operators look at what.

use std::collections::BTreeSet;
use std::ops::Range;

use guard_syntax::trees::{self, Node};

use super::{Family, arid, expressions, statements, values};
use crate::mutant::{Edit, Function, LineColumn, Mutant, Operator, Switch};

/// Of one file. Several times what the largest file of a large project has.
const MOST_MUTANTS: usize = 50_000;

/// Functions, each inside of the one before.
struct Entered<'t> {
    node: Node<'t>,
    /// Itself, or the nearest one around that has a name.
    named: Option<Function>,
}

pub(crate) struct Finder<'t> {
    pub(crate) family: Family,
    pub(crate) text: &'t str,
    path: &'t str,
    /// Where lines begin.
    lines: Vec<usize>,
    /// The nodes around the one at hand, outermost first.
    pub(crate) above: Vec<Node<'t>>,
    functions: Vec<Entered<'t>>,
    found: Vec<Mutant>,
    /// What each mutant makes of the file, so that none is made twice.
    made: BTreeSet<(usize, usize, String)>,
}

/// A mutant before it knows where it is.
pub(crate) struct Draft {
    pub(crate) operator: Operator,
    /// What is replaced, as people are shown it.
    pub(crate) span: Range<usize>,
    pub(crate) replacement: String,
    /// Without the function's name.
    pub(crate) description: String,
    /// What is written.
    pub(crate) edit: Edit,
}

impl<'t> Finder<'t> {
    pub(crate) fn new(path: &'t str, family: Family, text: &'t str) -> Finder<'t> {
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1);
        Finder {
            family,
            text,
            path,
            lines: std::iter::once(0).chain(breaks).collect(),
            above: Vec::new(),
            functions: Vec::new(),
            found: Vec::new(),
            made: BTreeSet::new(),
        }
    }

    /// All mutants, by place.
    pub(crate) fn mutants(mut self, root: Node<'t>) -> Vec<Mutant> {
        self.walk(root, &mut |finder, node| finder.look(node));
        let mut found = self.found;
        found.sort_by_key(|m| (m.span.start, m.span.end));
        found
    }

    /// Every named function, with its node, in the order of the text.
    pub(crate) fn functions(mut self, root: Node<'t>) -> Vec<(Function, Node<'t>)> {
        let mut found = Vec::new();
        self.walk(root, &mut |finder, node| {
            if let Some(Entered { node: of, named: Some(function) }) = finder.functions.last()
                && of.id() == node.id()
                && function.span == node.byte_range()
            {
                found.push((function.clone(), node));
            }
        });
        found
    }

    /// Visits what may hold mutants; never recurses, so that depth cannot hurt.
    fn walk(&mut self, root: Node<'t>, visit: &mut dyn FnMut(&mut Self, Node<'t>)) {
        let mut cursor = root.walk();
        loop {
            let node = cursor.node();
            if self.enter(node, visit) && cursor.goto_first_child() {
                self.above.push(node);
                continue;
            }
            self.leave(node);
            while !cursor.goto_next_sibling() {
                let Some(parent) = self.above.pop() else { return };
                cursor.goto_parent();
                self.leave(parent);
            }
        }
    }

    fn enter(&mut self, node: Node<'t>, visit: &mut dyn FnMut(&mut Self, Node<'t>)) -> bool {
        if !node.is_named() || node.is_error() || trees::is_comment(node) || arid::is_closed(self, node) {
            return false;
        }
        if is_function(self.family, node) {
            if arid::is_arid_function(self, node) {
                return false;
            }
            let named = self.function(node).or_else(|| self.functions.last()?.named.clone());
            self.functions.push(Entered { node, named });
        }
        if !self.functions.is_empty() {
            visit(self, node);
        }
        true
    }

    fn leave(&mut self, node: Node<'t>) {
        if self.functions.last().is_some_and(|f| f.node.id() == node.id()) {
            self.functions.pop();
        }
    }

    fn look(&mut self, node: Node<'t>) {
        if self.functions.last().is_some_and(|f| f.node.id() == node.id()) {
            values::of_function(self, node);
        }
        expressions::look(self, node);
        statements::look(self, node);
    }

    /// The innermost function around the node at hand.
    pub(crate) fn around(&self) -> Option<Node<'t>> {
        self.functions.last().map(|f| f.node)
    }

    pub(crate) fn named(&self) -> Option<&Function> {
        self.functions.last()?.named.as_ref()
    }

    pub(crate) fn parent(&self) -> Option<Node<'t>> {
        self.above.last().copied()
    }

    pub(crate) fn text_of(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    pub(crate) fn add(&mut self, draft: Draft) {
        let at = match &draft.edit {
            Edit::Expression { at, text } | Edit::Statement { at, text } => (at.start, at.end, text.clone()),
            Edit::Value { text } => (draft.span.start, draft.span.start, text.clone()),
            Edit::Arm { .. } => return,
        };
        if self.found.len() >= MOST_MUTANTS || !self.made.insert(at) {
            return;
        }
        let function = self.named().cloned();
        let description = match &function {
            Some(function) if draft.operator != Operator::FunctionValue => {
                format!("{} in {}", draft.description, function.name)
            }
            _ => draft.description,
        };
        self.found.push(Mutant {
            path: self.path.to_owned(),
            operator: draft.operator,
            function,
            start: self.position(draft.span.start),
            end: self.position(draft.span.end),
            span: draft.span,
            replacement: draft.replacement,
            description,
            edit: draft.edit,
            switch: Switch::Never("it is written into the file".to_owned()),
        });
    }

    fn position(&self, byte: usize) -> LineColumn {
        let line = self.lines.partition_point(|&start| start <= byte);
        let start = self.lines[line - 1];
        let column = self.text.get(start..byte).map_or(0, |t| t.chars().count());
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        LineColumn { line: count(line), column: count(column + 1) }
    }

    /// A function with a name and a body.
    fn function(&self, node: Node<'t>) -> Option<Function> {
        let body = node.child_by_field_name("body")?;
        let name = self.name_of(node)?;
        Some(Function {
            name,
            return_type: values::written_type(self, node),
            span: node.byte_range(),
            body: body.byte_range(),
            inside: inside(self.family, body, self.text),
            is_const: false,
            gives: Vec::new(),
        })
    }

    fn name_of(&self, node: Node<'t>) -> Option<String> {
        let own = match self.family {
            Family::C => return self.name_in_c(node),
            Family::Script => self.name_in_script(node)?,
            Family::Python | Family::Go => self.text_of(node.child_by_field_name("name")?).to_owned(),
        };
        let mut names: Vec<&str> = Vec::new();
        if self.family == Family::Go {
            names.extend(node.child_by_field_name("receiver").and_then(|list| self.receiver(list)));
        } else {
            // A function within a function is known by its own name.
            let inner = self.above.iter().rposition(|n| is_function(self.family, *n)).map_or(0, |at| at + 1);
            let classes = self.above[inner..].iter().filter(|n| is_class(**n));
            names.extend(classes.filter_map(|n| n.child_by_field_name("name")).map(|n| self.text_of(n)));
        }
        names.push(&own);
        Some(names.join("."))
    }

    fn name_in_script(&self, node: Node<'t>) -> Option<String> {
        if let Some(name) = node.child_by_field_name("name") {
            return Some(self.text_of(name).to_owned());
        }
        let parent = self.parent()?;
        let name = match parent.kind() {
            "variable_declarator" => parent.child_by_field_name("name"),
            "pair" => parent.child_by_field_name("key"),
            "assignment_expression" => {
                let left = parent.child_by_field_name("left")?;
                left.child_by_field_name("property").or(Some(left))
            }
            "public_field_definition" | "field_definition" => {
                parent.child_by_field_name("name").or_else(|| parent.child_by_field_name("property"))
            }
            _ => None,
        };
        let name = self.text_of(name?);
        name.chars().all(|c| c.is_alphanumeric() || "_$#".contains(c)).then(|| name.to_owned())
    }

    fn receiver(&self, list: Node<'t>) -> Option<&'t str> {
        let of = trees::children(list).first()?.child_by_field_name("type")?;
        let name = self.text_of(of).trim_start_matches('*');
        Some(name.split('[').next().unwrap_or(name).trim())
    }

    fn name_in_c(&self, node: Node<'t>) -> Option<String> {
        let name = declared(node)?;
        let own = self.text_of(name);
        let classes = self.above.iter().filter(|n| is_class(**n));
        let mut names: Vec<&str> =
            classes.filter_map(|n| n.child_by_field_name("name")).map(|n| self.text_of(n)).collect();
        names.push(own);
        Some(names.join("::"))
    }
}

/// The name in a C function's declarator, below pointers, references and parameters.
pub(crate) fn declared(node: Node<'_>) -> Option<Node<'_>> {
    let mut at = node.child_by_field_name("declarator")?;
    for _ in 0..16 {
        match at.kind() {
            "identifier" | "field_identifier" | "qualified_identifier" => return Some(at),
            "reference_declarator" => at = trees::children(at).pop()?,
            _ => at = at.child_by_field_name("declarator")?,
        }
    }
    None
}

fn is_class(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "class_definition"
            | "class_declaration"
            | "abstract_class_declaration"
            | "class"
            | "class_specifier"
            | "struct_specifier"
    )
}

/// A function, with a name or without.
pub(crate) fn is_function(family: Family, node: Node<'_>) -> bool {
    let kinds: &[&str] = match family {
        Family::Python => &["function_definition", "lambda"],
        Family::Script => &[
            "function_declaration",
            "generator_function_declaration",
            "function_expression",
            "generator_function",
            "method_definition",
            "arrow_function",
        ],
        Family::Go => &["function_declaration", "method_declaration", "func_literal"],
        Family::C => &["function_definition", "lambda_expression"],
    };
    kinds.contains(&node.kind())
}

/// Where the first statement of a body may stand.
fn inside(family: Family, body: Node<'_>, text: &str) -> usize {
    let is_braced = text.as_bytes().get(body.start_byte()) == Some(&b'{');
    match family {
        Family::Python => statements::behind_docstring(body).map_or(body.start_byte(), |s| s.start_byte()),
        _ if is_braced => body.start_byte() + 1,
        _ => body.start_byte(),
    }
}
