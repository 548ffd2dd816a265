//! A tree, or some lines of it, as a [`Shape`].

use std::collections::HashSet;

use guard_model::source::Language;
use tree_sitter::Node;

use super::grammar;
use super::shape::{
    Class, List, ListSort, Place, Scope, Shape, Sort, Sym, Symbols, Token, UNBOUND, Unit, VALUE,
};
use crate::tree;

mod leaves;
mod region;

pub(super) use region::aliases;

/// Deeper code is taken as a row of tokens.
const MAX_DEPTH: u32 = 160;

/// Reads `lines` (1-based, inclusive) of a parsed file, or all of it. `None` when no whole node lies there.
pub(crate) fn read(
    root: Node<'_>,
    text: &str,
    language: Language,
    lines: Option<(u32, u32)>,
    allow_async: bool,
    symbols: &mut Symbols,
) -> Option<Shape> {
    let mut nodes = Vec::new();
    match lines {
        Some(lines) if !(lines.0 <= tree::line(root) && tree::end_line(root) <= lines.1) => {
            region::within(root, lines, 0, &mut nodes);
        }
        _ => nodes.push(root),
    }
    let first = *nodes.first()?;
    let last = *nodes.last()?;
    let mut reader = Reader { text, language, allow_async, symbols, shape: Shape::default(), groups: 0 };
    reader.shape.around = region::around(first, text);
    reader.shape.line = lines.map_or(1, |lines| lines.0);
    reader.shape.end_line = lines.map_or_else(|| tree::end_line(last), |lines| lines.1);
    reader.shape.scopes.push(Scope { parent: UNBOUND, bound: HashSet::new() });
    let cx = Cx { place: Place::Code, group: 0, scope: 0, depth: 0, binding: false };
    let whole = nodes.len() == 1 && first.parent().is_none();
    reader.shape.root = if whole {
        reader.list(first, ListSort::Items, cx)
    } else {
        let parent = first.parent().map_or("", |node| node.kind());
        let sort = grammar::list_of(parent, "").unwrap_or(ListSort::Block);
        reader.list_of(&nodes, sort, (tree::line(first), tree::end_line(last)), cx)
    };
    let shape = &mut reader.shape;
    let units = &shape.lists[shape.root as usize].units;
    let names: Vec<&str> = units
        .iter()
        .filter_map(|&unit| shape.units[unit as usize].name)
        .map(|name| reader.symbols.text(name))
        .collect();
    if let (false, [name]) = (whole, &names[..]) {
        shape.item = Some((*name).to_owned());
    }
    Some(reader.shape)
}

/// What is known on the way down.
#[derive(Clone, Copy)]
struct Cx {
    place: Place,
    group: u32,
    scope: u32,
    depth: u32,
    /// Names here are bound, not used.
    binding: bool,
}

struct Reader<'a> {
    text: &'a str,
    language: Language,
    allow_async: bool,
    symbols: &'a mut Symbols,
    shape: Shape,
    groups: u32,
}

impl Reader<'_> {
    /// The list that a node is.
    fn list(&mut self, node: Node<'_>, sort: ListSort, cx: Cx) -> u32 {
        let mut nodes = Vec::new();
        self.gather(node, &mut nodes);
        self.list_of(&nodes, sort, (tree::line(node), tree::end_line(node)), cx)
    }

    fn gather<'n>(&self, node: Node<'n>, nodes: &mut Vec<Node<'n>>) {
        for child in node.named_children(&mut node.walk()) {
            if grammar::is_transparent(child.kind()) {
                self.gather(child, nodes);
            } else {
                nodes.push(child);
            }
        }
    }

    fn list_of(&mut self, nodes: &[Node<'_>], sort: ListSort, lines: (u32, u32), cx: Cx) -> u32 {
        let cx = Cx { group: 0, place: Place::Code, binding: false, depth: cx.depth + 1, ..cx };
        let mut units = Vec::new();
        let mut lead: Vec<Node<'_>> = Vec::new();
        for (at, &node) in nodes.iter().enumerate() {
            if tree::is_comment(node) || self.says_nothing(node, at == 0) {
                continue;
            }
            if matches!(node.kind(), "attribute_item" | "decorator") {
                lead.push(node);
                continue;
            }
            let last = nodes[at + 1..].iter().all(|node| tree::is_comment(*node));
            units.push(self.unit(&std::mem::take(&mut lead), node, sort, last, cx));
        }
        for node in lead {
            units.push(self.unit(&[], node, sort, false, cx));
        }
        self.shape.lists.push(List { sort, units, line: lines.0, end_line: lines.1 });
        self.shape.lists.len() as u32 - 1
    }

    /// A docstring, white space between elements, an empty statement.
    fn says_nothing(&self, node: Node<'_>, first: bool) -> bool {
        match node.kind() {
            "jsx_text" => tree::text(node, self.text).trim().is_empty(),
            "empty_statement" => true,
            "expression_statement" if first && self.language == Language::Python => {
                node.named_child_count() == 1
                    && node.named_child(0).is_some_and(|child| child.kind() == "string")
            }
            _ => false,
        }
    }

    fn unit(&mut self, lead: &[Node<'_>], node: Node<'_>, list: ListSort, last: bool, cx: Cx) -> u32 {
        let mut tokens = Vec::new();
        let mut lead = lead.to_vec();
        let mut inner = node;
        // The item itself stands inside of what exports or decorates it.
        while matches!(inner.kind(), "export_statement" | "decorated_definition" | "template_declaration") {
            lead.extend(inner.children(&mut inner.walk()).filter(|child| child.kind() == "decorator"));
            let fields = ["declaration", "definition", "value"];
            let found = fields.iter().find_map(|field| inner.child_by_field_name(field));
            let Some(found) =
                found.or_else(|| inner.named_child(inner.named_child_count().saturating_sub(1) as u32))
            else {
                break;
            };
            inner = found;
        }
        let decorated: Vec<Node<'_>> =
            inner.children(&mut inner.walk()).filter(|child| child.kind() == "decorator").collect();
        lead.extend(decorated);
        if !lead.is_empty() {
            let lines = (tree::line(lead[0]), tree::end_line(lead[lead.len() - 1]));
            let mut units = Vec::new();
            for attribute in &lead {
                let mut own = Vec::new();
                self.children(*attribute, Cx { place: Place::Attribute, ..cx }, &mut own);
                units.push(self.add(Sort::Attribute, *attribute, own, None));
            }
            self.shape.lists.push(List {
                sort: ListSort::Attributes,
                units,
                line: lines.0,
                end_line: lines.1,
            });
            let list = self.shape.lists.len() as u32 - 1;
            self.nested(list, lines, &mut tokens);
        }
        let sort = grammar::sort_of(inner.kind(), list);
        if list == ListSort::Items
            && inner.kind().ends_with("definition")
            && inner.kind().starts_with("preproc")
        {
            self.flat(node, cx, &mut tokens);
        } else {
            self.emit(node, "", "", cx, &mut tokens);
        }
        if last && list == ListSort::Block && self.language == Language::Rust && is_value(inner) {
            self.word(VALUE, inner, cx, &mut tokens);
        }
        let name = match sort {
            Sort::Item => self.name_of(inner),
            Sort::Property | Sort::Attribute => self.key_of(inner),
            _ => None,
        };
        let unit = self.add(sort, inner, tokens, name);
        // Its lines begin with its attributes and end with what exports it.
        let span = &mut self.shape.units[unit as usize];
        span.line = span.line.min(tree::line(lead.first().copied().unwrap_or(node))).min(tree::line(node));
        span.end_line = span.end_line.max(tree::end_line(node));
        unit
    }

    fn add(&mut self, sort: Sort, node: Node<'_>, tokens: Vec<Token>, name: Option<Sym>) -> u32 {
        let weight = tokens.iter().map(|token| match token.class {
            Class::Nested => {
                let list = self.shape.list(token.list);
                1 + list.units.iter().map(|&unit| self.shape.unit(unit).weight).sum::<u32>()
            }
            _ => 1,
        });
        let weight = weight.sum();
        let (line, end_line) = (tree::line(node), tree::end_line(node));
        let kind = self.symbols.of(node.kind());
        self.shape.units.push(Unit { sort, kind, name, tokens, line, end_line, weight });
        self.shape.units.len() as u32 - 1
    }

    fn name_of(&mut self, node: Node<'_>) -> Option<Sym> {
        let source = self.text;
        let field = |name| node.child_by_field_name(name).map(|child| tree::text(child, source));
        let name = match node.kind() {
            "impl_item" => match (field("trait"), field("type")) {
                (Some(implemented), Some(of)) => format!("{implemented} for {of}"),
                (_, of) => of?.to_owned(),
            },
            _ => match field("name") {
                Some(name) => name.to_owned(),
                None => tree::text(declared(node)?, self.text).to_owned(),
            },
        };
        Some(self.symbols.of(&tree::one_line(&name, 120)))
    }

    fn key_of(&mut self, node: Node<'_>) -> Option<Sym> {
        let key = ["key", "name", "field"].iter().find_map(|field| node.child_by_field_name(field));
        let key = key.or_else(|| node.named_child(0).filter(|_| node.kind() == "jsx_attribute"))?;
        Some(self.symbols.of(tree::text(key, self.text)))
    }

    fn emit(&mut self, node: Node<'_>, parent: &str, field: &str, cx: Cx, out: &mut Vec<Token>) {
        let kind = node.kind();
        if tree::is_comment(node) {
            return;
        }
        if cx.depth > MAX_DEPTH {
            return self.flat(node, cx, out);
        }
        let mut cx = Cx { depth: cx.depth + 1, ..cx };
        if grammar::opens_scope(kind, self.language) {
            self.shape.scopes.push(Scope { parent: cx.scope, bound: HashSet::new() });
            cx.scope = self.shape.scopes.len() as u32 - 1;
        }
        if let Some(sort) = grammar::list_of(kind, parent) {
            let list = self.list(node, sort, cx);
            return self.nested(list, (tree::line(node), tree::end_line(node)), out);
        }
        if grammar::takes_body(parent, field)
            && node.is_named()
            && !matches!(kind, "if_statement" | "else_clause")
        {
            let lines = (tree::line(node), tree::end_line(node));
            let list = self.list_of(&[node], ListSort::Block, lines, cx);
            return self.nested(list, lines, out);
        }
        // `=> x` is `=> { return x }`, and `|a| x` is `|a| { x }`.
        let body = match (parent, field) {
            ("arrow_function", "body") => Some(true),
            ("closure_expression", "body") | ("match_arm", "value") => Some(false),
            _ => None,
        };
        if let Some(returns) = body {
            let lines = (tree::line(node), tree::end_line(node));
            let list = self.list_of(&[node], ListSort::Block, lines, cx);
            if returns && let Some(unit) = self.shape.list(list).units.first().copied() {
                let mut first = Vec::new();
                self.word("return", node, cx, &mut first);
                let unit = &mut self.shape.units[unit as usize];
                unit.tokens.splice(0..0, first);
                unit.kind = self.symbols.of("return_statement");
            }
            return self.nested(list, lines, out);
        }
        match kind {
            "jsx_element" | "jsx_self_closing_element" | "jsx_fragment" => {
                return self.element(node, cx, out);
            }
            "parenthesized_expression"
                if node.named_child(0).is_some_and(|it| it.kind().starts_with("jsx_")) =>
            {
                if let Some(inner) = node.named_child(0) {
                    self.emit(inner, kind, "", cx, out);
                }
                return;
            }
            "decorator"
                if matches!(parent, "decorated_definition" | "export_statement")
                    || parent.contains("class") =>
            {
                return;
            }
            "await_expression" | "await" if self.allow_async => {
                if let Some(inner) = node.named_child(0) {
                    self.emit(inner, kind, "", cx, out);
                }
                return;
            }
            "shorthand_property_identifier"
            | "shorthand_property_identifier_pattern"
            | "shorthand_field_identifier" => {
                return self.shorthand(node, cx, out);
            }
            "shorthand_field_initializer" => {
                return self.shorthand(node.named_child(0).unwrap_or(node), cx, out);
            }
            "lifetime" => return self.leaf(node, parent, field, cx, out),
            _ => {}
        }
        if grammar::is_text(kind) && !holds_code(node) {
            return self.literal(node, cx, out);
        }
        if parent == "arrow_function" && field == "parameter" {
            self.word("(", node, cx, out);
            self.leaf(node, parent, field, cx, out);
            return self.word(")", node, cx, out);
        }
        if node.child_count() == 0 || kind == "primitive_type" || kind == "predefined_type" {
            return self.leaf(node, parent, field, cx, out);
        }
        if grammar::is_case(kind) {
            return self.case(node, cx, out);
        }
        if grammar::is_guard(kind) {
            return self.guarded(node, cx, out);
        }
        self.children(node, cx, out);
    }

    fn children(&mut self, node: Node<'_>, cx: Cx, out: &mut Vec<Token>) {
        let kind = node.kind();
        let mut cx = cx;
        if matches!(kind, "arguments" | "argument_list" | "token_tree") {
            self.groups += 1;
            cx.group = self.groups;
            if !matches!(cx.place, Place::Attribute | Place::Condition) {
                cx.place = Place::Argument;
            }
        }
        if matches!(kind, "array" | "list" | "array_expression" | "tuple" | "tuple_expression") {
            cx.group = 0;
        }
        let mut cursor = node.walk();
        let mut more = cursor.goto_first_child();
        let mut comma = false;
        while more {
            let child = cursor.node();
            let field = cursor.field_name().unwrap_or_default();
            more = cursor.goto_next_sibling();
            if child.kind() == "," {
                comma = true;
            }
            if child.is_named() || !dropped(child.kind(), kind) {
                let cx = self.below(kind, field, child.kind(), cx);
                let start = out.len();
                self.emit(child, kind, field, cx, out);
                if let Some(first) = out.get_mut(start) {
                    first.after_comma = comma;
                    comma = false;
                }
            }
        }
    }

    /// What is known below a child.
    fn below(&self, parent: &str, field: &str, kind: &str, cx: Cx) -> Cx {
        let mut cx = cx;
        if let Some(binding) = grammar::binds(parent, field, kind, self.language) {
            cx.binding = binding;
        }
        cx.place = match (field, kind) {
            _ if cx.place == Place::Attribute => Place::Attribute,
            (_, "visibility_modifier" | "accessibility_modifier") => Place::Visibility,
            (_, "annotation" | "marker_annotation" | "attribute_declaration") => Place::Attribute,
            ("condition", _) => Place::Condition,
            ("type" | "return_type" | "bounds" | "result", _)
            | (_, "type_annotation" | "type_arguments" | "template_argument_list" | "type") => Place::Type,
            ("body" | "consequence" | "alternative", _) => Place::Code,
            _ => cx.place,
        };
        cx
    }

    /// `case x:` with its statements as a block.
    fn case(&mut self, node: Node<'_>, cx: Cx, out: &mut Vec<Token>) {
        let mut body = Vec::new();
        let mut cursor = node.walk();
        let mut more = cursor.goto_first_child();
        let mut behind = false;
        while more {
            let child = cursor.node();
            let field = cursor.field_name().unwrap_or_default();
            more = cursor.goto_next_sibling();
            if behind && child.is_named() {
                body.push(child);
            } else if child.kind() == ":" || child.kind() == "->" {
                behind = true;
            } else if child.kind() == "switch_label" {
                self.children(child, cx, out);
                behind = true;
            } else {
                let cx = self.below(node.kind(), field, child.kind(), cx);
                self.emit(child, node.kind(), field, cx, out);
            }
        }
        let mut nodes = Vec::new();
        for child in body {
            if grammar::is_transparent(child.kind())
                || child.kind() == "statement_block"
                || child.kind() == "block"
            {
                self.gather(child, &mut nodes);
            } else {
                nodes.push(child);
            }
        }
        let lines = (tree::line(node), tree::end_line(node));
        let list = self.list_of(&nodes, ListSort::Block, lines, cx);
        self.nested(list, lines, out);
    }

    /// `#ifdef X` with what it guards as a list.
    fn guarded(&mut self, node: Node<'_>, cx: Cx, out: &mut Vec<Token>) {
        let mut body = Vec::new();
        let mut last = None;
        let mut cursor = node.walk();
        let mut more = cursor.goto_first_child();
        while more {
            let child = cursor.node();
            let field = cursor.field_name().unwrap_or_default();
            more = cursor.goto_next_sibling();
            match field {
                "alternative" => last = Some(child),
                "" if child.is_named() => body.push(child),
                "" if child.kind().trim().is_empty() || child.kind() == "#endif" => {}
                _ => self.emit(child, node.kind(), field, cx, out),
            }
        }
        let lines = (tree::line(node), tree::end_line(node));
        let list = self.list_of(&body, ListSort::Items, lines, cx);
        self.nested(list, lines, out);
        if let Some(alternative) = last {
            self.emit(alternative, node.kind(), "alternative", cx, out);
        }
    }

    fn element(&mut self, node: Node<'_>, cx: Cx, out: &mut Vec<Token>) {
        let open = match node.kind() {
            "jsx_element" => node.child_by_field_name("open_tag"),
            "jsx_self_closing_element" => Some(node),
            _ => None,
        };
        self.word("<", node, cx, out);
        if let Some(open) = open {
            let name = open.child_by_field_name("name");
            if let Some(name) = name {
                self.tag(name, open.kind(), cx, out);
            }
            let attributes: Vec<Node<'_>> =
                open.named_children(&mut open.walk()).filter(|child| Some(*child) != name).collect();
            let lines = (tree::line(open), tree::end_line(open));
            let list = self.list_of(&attributes, ListSort::Markup, lines, cx);
            self.nested(list, lines, out);
        }
        let inside: Vec<Node<'_>> = node
            .named_children(&mut node.walk())
            .filter(|child| {
                node.kind() != "jsx_self_closing_element"
                    && !matches!(child.kind(), "jsx_opening_element" | "jsx_closing_element")
            })
            .collect();
        let lines = (open.map_or(tree::line(node), tree::end_line), tree::end_line(node));
        let list = self.list_of(&inside, ListSort::Elements, lines, cx);
        self.nested(list, lines, out);
        let close = node.child_by_field_name("close_tag").and_then(|close| close.child_by_field_name("name"));
        if let Some(name) = close {
            self.tag(name, "jsx_closing_element", cx, out);
        }
    }

    fn tag(&mut self, name: Node<'_>, parent: &str, cx: Cx, out: &mut Vec<Token>) {
        let start = out.len();
        self.emit(name, parent, "name", cx, out);
        for token in &mut out[start..] {
            if grammar::is_html(self.symbols.text(token.text)) {
                token.class = Class::Builtin;
            }
        }
    }
}

/// What a node declares, for nodes whose name is not a field.
fn declared(node: Node<'_>) -> Option<Node<'_>> {
    let mut at = node.child_by_field_name("declarator");
    at = at.or_else(|| {
        tree::child_of_kind(node, &["variable_declarator", "type_spec", "var_spec", "const_spec"])
    });
    while let Some(inner) = at {
        match inner.child_by_field_name("declarator").or_else(|| inner.child_by_field_name("name")) {
            Some(deeper) if !inner.kind().ends_with("identifier") => at = Some(deeper),
            _ => break,
        }
    }
    at
}

/// Rust: a last expression without a semicolon is the block's value.
fn is_value(node: Node<'_>) -> bool {
    (node.kind().ends_with("_expression")
        || node.kind().ends_with("identifier")
        || node.kind() == "macro_invocation")
        && !matches!(
            node.kind(),
            "return_expression"
                | "break_expression"
                | "continue_expression"
                | "if_expression"
                | "match_expression"
                | "for_expression"
                | "while_expression"
                | "loop_expression"
        )
}

/// Separators, which the structure says already.
fn dropped(kind: &str, parent: &str) -> bool {
    match kind {
        "," => true,
        ";" => !matches!(parent, "for_statement" | "token_tree" | "array_expression" | "for_clause"),
        _ => false,
    }
}

/// A string with something interpolated.
fn holds_code(node: Node<'_>) -> bool {
    node.children(&mut node.walk())
        .any(|child| matches!(child.kind(), "template_substitution" | "interpolation"))
}
