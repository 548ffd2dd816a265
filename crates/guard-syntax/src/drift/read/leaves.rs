//! Single tokens: names, literals, words, and lists as one token.

use tree_sitter::Node;

use super::{Cx, Reader};
use crate::drift::grammar;
use crate::drift::shape::{Class, ListSort, Place, Sym, Token, UNBOUND};
use crate::tree;

impl Reader<'_> {
    /// `{ a }` is `{ a: a }`: a member and a variable.
    pub(super) fn shorthand(&mut self, node: Node<'_>, cx: Cx, out: &mut Vec<Token>) {
        let text = self.symbols.of(tree::text(node, self.text));
        let member = self.token(text, Class::Name, node, Cx { scope: UNBOUND, ..cx });
        out.push(member);
        self.word(":", node, cx, out);
        if cx.binding {
            self.bind(text, cx.scope);
        }
        out.push(Token { binds: cx.binding, ..self.token(text, Class::Name, node, cx) });
    }

    fn bind(&mut self, text: Sym, scope: u32) {
        if let Some(scope) = self.shape.scopes.get_mut(scope as usize) {
            scope.bound.insert(text);
        }
    }

    pub(super) fn leaf(&mut self, node: Node<'_>, parent: &str, field: &str, cx: Cx, out: &mut Vec<Token>) {
        let (kind, text) = (node.kind(), tree::text(node, self.text));
        let quoted;
        let mut text = text.trim();
        if matches!(kind, "string_start" | "string_end") {
            quoted = text.replace('\'', "\"");
            text = &quoted;
        }
        if text.is_empty() || (self.allow_async && text == "async") {
            return;
        }
        let name = kind == "lifetime" || (node.is_named() && kind.ends_with("identifier"));
        let class = if grammar::is_builtin(kind, text, cx.place == Place::Type, self.language) {
            Class::Builtin
        } else if grammar::is_number(kind) {
            Class::Number
        } else if name {
            Class::Name
        } else {
            Class::Word
        };
        let variable = class == Class::Name && kind == "identifier" && !grammar::is_member(parent, field);
        let sym = self.symbols.of(text);
        let mut cx = cx;
        if class == Class::Word && matches!(text, "pub" | "public" | "private" | "protected" | "export") {
            cx.place = Place::Visibility;
        }
        let types = matches!(kind, "type_identifier" | "lifetime") && cx.binding;
        let binds = types || (variable && cx.binding && !text.starts_with(|it: char| it.is_uppercase()));
        if binds {
            self.bind(sym, cx.scope);
        }
        if !variable && !matches!(kind, "type_identifier" | "lifetime") {
            cx.scope = UNBOUND;
        }
        out.push(Token { binds, ..self.token(sym, class, node, cx) });
    }

    pub(super) fn literal(&mut self, node: Node<'_>, cx: Cx, out: &mut Vec<Token>) {
        let text = tree::text(node, self.text);
        let text = match node.kind() {
            "jsx_text" => tree::one_line(text, text.len()),
            // Quotes are formatting where both kinds mean the same.
            "string" | "template_string" => requoted(text),
            _ => text.replace("\r\n", "\n"),
        };
        let sym = self.symbols.of(&text);
        out.push(self.token(sym, Class::Text, node, Cx { scope: UNBOUND, ..cx }));
    }

    pub(super) fn word(&mut self, text: &str, node: Node<'_>, cx: Cx, out: &mut Vec<Token>) {
        let sym = self.symbols.of(text);
        let token = self.token(sym, Class::Word, node, Cx { scope: UNBOUND, ..cx });
        out.push(token);
    }

    pub(super) fn nested(&mut self, list: u32, lines: (u32, u32), out: &mut Vec<Token>) {
        let sort = self.shape.list(list).sort;
        let text = self.symbols.of(match sort {
            ListSort::Attributes => "⟨attributes⟩",
            ListSort::Markup => "⟨markup⟩",
            _ => "⟨list⟩",
        });
        let place = if sort == ListSort::Attributes { Place::Attribute } else { Place::Code };
        out.push(Token {
            text,
            class: Class::Nested,
            place,
            group: 0,
            line: lines.0,
            end_line: lines.1,
            scope: UNBOUND,
            after_comma: false,
            binds: false,
            list,
        });
    }

    fn token(&self, text: Sym, class: Class, node: Node<'_>, cx: Cx) -> Token {
        Token {
            text,
            class,
            place: cx.place,
            group: cx.group,
            line: tree::line(node),
            end_line: tree::end_line(node),
            scope: cx.scope,
            after_comma: false,
            binds: false,
            list: 0,
        }
    }

    /// The leaves of a node in a row, however deep it is.
    pub(super) fn flat(&mut self, node: Node<'_>, cx: Cx, out: &mut Vec<Token>) {
        let mut leaves = Vec::new();
        tree::walk(node, |node| {
            if tree::is_comment(node) {
                return tree::Step::Over;
            }
            if node.child_count() == 0 || grammar::is_text(node.kind()) {
                leaves.push(node);
                return tree::Step::Over;
            }
            tree::Step::Into
        });
        for leaf in leaves {
            if grammar::is_text(leaf.kind()) {
                self.literal(leaf, cx, out);
            } else if leaf.kind() != "," {
                self.leaf(leaf, "", "", cx, out);
            }
        }
    }
}

/// With the same quotes and escapes for the same text.
fn requoted(text: &str) -> String {
    let start = text.find(['"', '\'', '`']).unwrap_or(0);
    let (prefix, quoted) = text.split_at(start);
    let triple = quoted.starts_with("'''") || quoted.starts_with("\"\"\"");
    let width = if triple { 3 } else { 1 };
    match quoted.len().checked_sub(width).and_then(|end| quoted.get(width..end)) {
        Some(inner) => format!("{prefix}\"{}\"", inner.replace("\\'", "'").replace("\\\"", "\"")),
        None => text.to_owned(),
    }
}
