//! Attributes as tokens: `#[path::name(arguments)]`, with `cfg_attr` looked into.

use tree_sitter::Node;

use crate::cfg::{self, Cfg};
use crate::lex::{self, Token, closing};
use crate::tree;

/// One attribute.
#[derive(Debug, Clone)]
pub(crate) struct Attribute<'t> {
    /// As written, on one line.
    pub(crate) text: String,
    /// `tokio::test`.
    pub(crate) path: String,
    /// What follows the path: `(…)` without its parentheses, or the value after `=`.
    pub(crate) arguments: Vec<Token<'t>>,
    /// 1-based.
    pub(crate) line: u32,
    /// Attributes that a `cfg_attr` brings in.
    pub(crate) brought: Vec<Attribute<'t>>,
}

impl<'t> Attribute<'t> {
    /// Reads an `attribute_item` or `inner_attribute_item`.
    pub(crate) fn read(node: Node<'_>, source: &'t str) -> Attribute<'t> {
        let whole = tree::text(node, source);
        let tokens = lex::code(whole);
        let open = tokens.iter().position(|token| token.is('['));
        let inner = match open {
            Some(open) => &tokens[open + 1..closing(&tokens, open).max(open + 1).min(tokens.len())],
            None => &tokens[..],
        };
        let mut attribute = Attribute::of_tokens(inner, tree::one_line(whole, 200), tree::line(node));
        if attribute.path == "cfg_attr" {
            let parts = cfg::parts(&attribute.arguments);
            let brought = parts.iter().skip(1).map(|part| {
                let text: String = part.iter().map(|token| token.text).collect();
                Attribute::of_tokens(part, text, attribute.line)
            });
            attribute.brought = brought.collect();
        }
        attribute
    }

    fn of_tokens(tokens: &[Token<'t>], text: String, line: u32) -> Attribute<'t> {
        // `unsafe(no_mangle)` is `no_mangle`.
        let tokens = match tokens {
            [first, open, ..] if first.is_ident("unsafe") && open.is('(') => {
                &tokens[2..closing(tokens, 1).max(2).min(tokens.len())]
            }
            _ => tokens,
        };
        let end = tokens.iter().position(|token| !(token.kind == lex::Kind::Ident || token.is(':')));
        let end = end.unwrap_or(tokens.len());
        let path = tokens[..end].iter().map(|token| token.text).collect();
        let arguments = match tokens.get(end) {
            Some(token) if token.is('=') => tokens[end + 1..].to_vec(),
            Some(_) => tokens[end + 1..closing(tokens, end).max(end + 1).min(tokens.len())].to_vec(),
            None => Vec::new(),
        };
        Attribute { text, path, arguments, line, brought: Vec::new() }
    }

    /// True for this path.
    pub(crate) fn is(&self, path: &str) -> bool {
        self.path == path
    }

    /// The last name of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit(':').next().unwrap_or_default()
    }

    /// The predicate of a `cfg`.
    pub(crate) fn cfg(&self) -> Option<Cfg> {
        self.is("cfg").then(|| cfg::predicate(&self.arguments))
    }

    /// The predicate of a `cfg_attr`.
    pub(crate) fn cfg_attr(&self) -> Option<Cfg> {
        if !self.is("cfg_attr") {
            return None;
        }
        cfg::parts(&self.arguments).first().map(|part| cfg::predicate(part))
    }

    /// The first string among the arguments.
    pub(crate) fn string(&self) -> Option<&'t str> {
        self.arguments
            .iter()
            .find(|token| token.kind == lex::Kind::Str)
            .map(|token| lex::string_value(token.text))
    }
}
