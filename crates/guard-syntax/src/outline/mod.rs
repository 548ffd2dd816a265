//! What an index keeps of a file: its tests, helpers, functions and types, each with what it calls, what it is given,
//! what it implements, the words in it, and a fingerprint of its form.
//!
//! Texts stand once a file, and entries name them by number, because an index holds hundreds of thousands of them.

use std::collections::HashMap;

use guard_model::source::{Item, ItemKind, Language};

use crate::tokens::{self, Token, Tokens};
use crate::{bounds, is_test_path, languages, tree};

mod given;
mod words;

pub use words::{is_telling, route, stem, words_of};

/// Names, and words of texts, that are kept of one entry.
const MAX_NAMES: usize = 240;
/// Tokens of a body from which a function that is written twice is worth telling: shorter ones are the way in which a
/// language says something (a delegation, a constructor, an accessor), and are written anew each time.
pub const MIN_TOKENS: u32 = 40;

/// One file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// Every text that entries name.
    pub texts: Vec<String>,
    /// What stands in the file, in source order.
    pub entries: Vec<Entry>,
}

/// A text of the outline, by number.
pub type Text = u32;

/// One test, function or type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub sort: Sort,
    /// Its own name.
    pub name: Text,
    /// The name with its containers.
    pub qualified: Text,
    /// First line, 1-based.
    pub line: u32,
    /// Last line, inclusive.
    pub end_line: u32,
    /// Tokens in it.
    pub tokens: u32,
    /// What it calls, by last name.
    pub calls: Vec<Text>,
    /// Further names in it.
    pub names: Vec<Text>,
    /// Words of its strings and comments, as stems.
    pub words: Vec<Text>,
    /// What a test is given: fixtures by parameter, attributes and decorators.
    pub given: Vec<Text>,
    /// Traits, interfaces and classes that it, or what it stands in, implements or extends.
    pub like: Vec<Text>,
    /// Paths in its strings, with what varies left blank.
    pub routes: Vec<Text>,
    /// Hash of its parameters and body with all names left blank; of functions with [`MIN_TOKENS`] only.
    pub form: Option<u64>,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// A test.
    Test,
    /// Test code that is no test.
    Helper,
    /// A function or method.
    Code,
    /// A type, trait or class.
    Type,
}

/// Reads one file. `None` when its language is not read, or the text cannot be.
pub fn outline(path: &str, text: &[u8]) -> Option<Outline> {
    let language = Language::of_path(path)?;
    let text = bounds::readable(text).ok()?;
    let source = tree::Source::parse(path, language, text).ok()?;
    let (all, comments) = Tokens::of(source.tree.root_node(), &source.text);
    let all = std::rc::Rc::new(all);
    let found = languages::read(&source, &all);
    let comments: Vec<Remark<'_>> = comments
        .into_iter()
        .map(|node| Remark {
            line: tree::line(node),
            end_line: tree::end_line(node),
            text: tree::text(node, &source.text),
        })
        .collect();
    let mut file = File {
        language,
        tokens: all.all(),
        comments,
        containers: found
            .items
            .iter()
            .filter(|item| matches!(item.kind, ItemKind::Impl | ItemKind::Type | ItemKind::Trait))
            .collect(),
        ids: HashMap::new(),
        out: Outline::default(),
    };
    let test_file = is_test_path(path, Some(language));
    let mut tests: Vec<(u32, u32)> = Vec::new();
    for test in &found.tests {
        tests.push((test.line, test.end_line));
        let name = test.name.rsplit([':', '>', '.']).next().unwrap_or(&test.name).trim();
        let name = if name.is_empty() { test.name.trim() } else { name };
        file.entry(Sort::Test, name, &test.name, (test.line, test.end_line), None);
    }
    tests.sort_unstable();
    for item in &found.items {
        let sort = match item.kind {
            ItemKind::Function | ItemKind::Method if item.in_test || test_file => Sort::Helper,
            ItemKind::Function | ItemKind::Method => Sort::Code,
            ItemKind::Type | ItemKind::Trait => Sort::Type,
            ItemKind::Macro => Sort::Helper,
            ItemKind::Impl | ItemKind::Module | ItemKind::Constant => continue,
        };
        // The function that a test is.
        let is_test =
            tests.iter().any(|(line, end)| *line <= item.line && item.line <= *end && item.end_line == *end);
        if is_test || (item.body.is_none() && matches!(sort, Sort::Code | Sort::Helper)) {
            continue;
        }
        let sort =
            if item.kind == ItemKind::Macro && !item.in_test && !test_file { Sort::Code } else { sort };
        file.entry(sort, &item.name, &item.qualified, (item.line, item.end_line), Some(item));
    }
    file.out.entries.sort_by_key(|entry| (entry.line, entry.end_line));
    Some(file.out)
}

/// The [form](Entry::form) of the function that stands in these lines of a file.
pub(crate) fn form(tokens: &[Token<'_>], name: &str) -> Option<u64> {
    let from = tokens.iter().position(|token| token.text == name)? + 1;
    let tokens = &tokens[from..];
    // FNV-1a: what is equal by it is compared again.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |text: &str| {
        for byte in text.bytes().filter(|byte| *byte != b'\r').chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for (at, token) in tokens.iter().enumerate() {
        let closes = tokens.get(at + 1).is_some_and(|next| matches!(next.text, ")" | "]" | "}"));
        if token.name {
            add("i");
        } else if !(token.text == "," && closes) && token.text != ";" {
            add(token.text);
        }
    }
    Some(hash)
}

struct Remark<'t> {
    line: u32,
    end_line: u32,
    text: &'t str,
}

struct File<'t, 'f> {
    language: Language,
    tokens: &'f [Token<'t>],
    comments: Vec<Remark<'t>>,
    containers: Vec<&'f Item>,
    ids: HashMap<String, Text>,
    out: Outline,
}

impl<'t, 'f> File<'t, 'f> {
    fn text(&mut self, text: &str) -> Text {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = self.out.texts.len() as Text;
        self.ids.insert(text.to_owned(), id);
        self.out.texts.push(text.to_owned());
        id
    }

    fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a str>) -> Vec<Text> {
        let mut ids: Vec<Text> = texts.into_iter().map(|text| self.text(text)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn entry(&mut self, sort: Sort, name: &str, qualified: &str, lines: (u32, u32), item: Option<&Item>) {
        let (line, end_line) = lines;
        let from = self.tokens.partition_point(|token| token.line < line);
        let to = self.tokens.partition_point(|token| token.line <= end_line).max(from);
        let own: &'f [Token<'t>] = &self.tokens[from..to];
        // A type is its name, its bases and its fields; its methods are entries of their own.
        let own = if sort == Sort::Type { &own[..own.len().min(MAX_NAMES)] } else { own };
        let called = if sort == Sort::Type { Vec::new() } else { tokens::calls(own) };
        let calls = self.texts(called.iter().map(|call| last_name(call)));
        let mut names =
            self.texts(own.iter().filter(|token| token.name && token.text.len() > 1).map(|token| token.text));
        names.retain(|name| calls.binary_search(name).is_err());
        names.truncate(MAX_NAMES);
        let mut said: Vec<String> = Vec::new();
        let mut routes: Vec<String> = Vec::new();
        for token in own.iter().filter(|token| !token.name && words::is_text(token.text)) {
            routes.extend(words::route(token.text));
            words::stems_into(token.text, &mut said);
        }
        for remark in self.remarks(lines) {
            words::stems_into(remark, &mut said);
        }
        said.truncate(MAX_NAMES);
        let words = self.texts(said.iter().map(String::as_str));
        let routes = self.texts(routes.iter().map(String::as_str));
        let given = match sort {
            Sort::Test => given::of(self.language, own, name),
            _ => Vec::new(),
        };
        let given = self.texts(given.iter().map(String::as_str));
        let like = self.bases(lines, item);
        let like = self.texts(like.iter().map(String::as_str));
        let has_form = item.is_some_and(|item| item.body_tokens >= MIN_TOKENS)
            && matches!(sort, Sort::Code | Sort::Helper);
        let form = if has_form { form(own, name) } else { None };
        let (name, qualified) = (self.text(name), self.text(qualified));
        self.out.entries.push(Entry {
            sort,
            name,
            qualified,
            line,
            end_line,
            tokens: own.len() as u32,
            calls,
            names,
            words,
            given,
            like,
            routes,
            form,
        });
    }

    /// Comments in these lines, and those directly above.
    fn remarks(&self, (line, end_line): (u32, u32)) -> Vec<&'t str> {
        let inside = self.comments.partition_point(|remark| remark.line < line);
        let mut first = inside;
        let mut edge = line;
        while let Some(before) = first.checked_sub(1).map(|at| &self.comments[at])
            && before.end_line + 1 >= edge
        {
            edge = before.line;
            first -= 1;
        }
        let behind = self.comments.partition_point(|remark| remark.line <= end_line).max(first);
        self.comments[first..behind].iter().map(|remark| remark.text).collect()
    }

    /// What the innermost type or implementation around these lines says that it is.
    fn bases(&self, (line, end_line): (u32, u32), item: Option<&Item>) -> Vec<String> {
        let around = self
            .containers
            .iter()
            .filter(|it| it.line <= line && end_line <= it.end_line)
            .max_by_key(|it| it.line);
        let own = item.filter(|item| matches!(item.kind, ItemKind::Type | ItemKind::Trait));
        own.or(around.copied()).map(|item| given::bases(&item.signature)).unwrap_or_default()
    }
}

/// `b` of `a::b`, without the mark of a macro.
fn last_name(call: &str) -> &str {
    let call = call.trim_end_matches('!');
    call.rsplit("::").next().unwrap_or(call)
}

#[cfg(test)]
mod tests;
