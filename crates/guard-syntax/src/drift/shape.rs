//! What is compared: units (items, statements, arms, elements, properties, attributes) in lists, each with its
//! own tokens. A block, a class body or the children of an element is one `Nested` token of its unit.

use std::collections::{HashMap, HashSet};

/// A text of either side, by number.
pub(crate) type Sym = u32;

/// No scope: the name is not bound in what is compared.
pub(crate) const UNBOUND: u32 = u32::MAX;

/// Stands behind the expression that is a block's value.
pub(crate) const VALUE: &str = "⟨value⟩";

/// The texts of both sides.
#[derive(Default)]
pub(crate) struct Symbols {
    ids: HashMap<String, Sym>,
    texts: Vec<String>,
}

impl Symbols {
    pub(crate) fn of(&mut self, text: &str) -> Sym {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = self.texts.len() as Sym;
        self.ids.insert(text.to_owned(), id);
        self.texts.push(text.to_owned());
        id
    }

    pub(crate) fn text(&self, sym: Sym) -> &str {
        &self.texts[sym as usize]
    }
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Keyword, bracket, operator, `true`, `null`: never renamed.
    Word,
    /// A type of the language: renamed only where the names of the pair say so.
    Builtin,
    Name,
    Number,
    Text,
    /// A list of units.
    Nested,
}

/// Where a token stands, for the name of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Code,
    Condition,
    Argument,
    Type,
    Attribute,
    Visibility,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) text: Sym,
    pub(crate) class: Class,
    pub(crate) place: Place,
    /// The argument list around it; 0 outside of any.
    pub(crate) group: u32,
    pub(crate) line: u32,
    pub(crate) end_line: u32,
    /// Where lookup of the name begins; [`UNBOUND`] for members, types and whatever is no variable.
    pub(crate) scope: u32,
    /// A comma stood before it.
    pub(crate) after_comma: bool,
    /// It binds the name.
    pub(crate) binds: bool,
    /// The list of a `Nested` token.
    pub(crate) list: u32,
}

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Item,
    Import,
    Statement,
    Attribute,
    Arm,
    Element,
    Property,
}

pub(crate) struct Unit {
    pub(crate) sort: Sort,
    /// The grammar's name for its node.
    pub(crate) kind: Sym,
    pub(crate) name: Option<Sym>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) line: u32,
    pub(crate) end_line: u32,
    /// Tokens in it and below it.
    pub(crate) weight: u32,
}

/// What a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListSort {
    /// Of a module or class: order means nothing.
    Items,
    Block,
    Arms,
    Elements,
    /// Of an object, a literal, a type.
    Properties,
    /// Before an item.
    Attributes,
    /// Of an element.
    Markup,
}

pub(crate) struct List {
    pub(crate) sort: ListSort,
    pub(crate) units: Vec<u32>,
    /// Where it opens.
    pub(crate) line: u32,
    /// Where it closes.
    pub(crate) end_line: u32,
}

/// Names bound in a region of code.
pub(crate) struct Scope {
    pub(crate) parent: u32,
    pub(crate) bound: HashSet<Sym>,
}

/// One side, read.
#[derive(Default)]
pub(crate) struct Shape {
    /// Children come before their parents.
    pub(crate) units: Vec<Unit>,
    pub(crate) lists: Vec<List>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) root: u32,
    /// Names of what is around the region and of the region's own item, outermost first.
    pub(crate) around: Vec<String>,
    pub(crate) item: Option<String>,
    pub(crate) line: u32,
    pub(crate) end_line: u32,
}

impl Token {
    /// A name, or a type of the language that a name may stand for.
    pub(crate) fn is_name(&self) -> bool {
        matches!(self.class, Class::Name | Class::Builtin)
    }

    /// Whether the other may stand for it.
    pub(crate) fn is_like(&self, other: &Token) -> bool {
        self.class == other.class || (self.is_name() && other.is_name())
    }
}

impl Shape {
    /// The scope that binds the name of a token.
    pub(crate) fn binder(&self, token: &Token) -> u32 {
        let mut at = token.scope;
        while let Some(scope) = self.scopes.get(at as usize) {
            if scope.bound.contains(&token.text) {
                return at;
            }
            at = scope.parent;
        }
        UNBOUND
    }

    pub(crate) fn list(&self, list: u32) -> &List {
        &self.lists[list as usize]
    }

    pub(crate) fn unit(&self, unit: u32) -> &Unit {
        &self.units[unit as usize]
    }

    /// Tokens in all.
    pub(crate) fn weight(&self) -> u32 {
        self.list(self.root).units.iter().map(|&unit| self.unit(unit).weight).sum()
    }
}
