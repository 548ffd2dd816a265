//! Source text in, facts out: items, tests, stubs, the place of a file in the build.
//!
//! Everything here is pure: no file, clock-dependent answer, environment or process. Parsing never
//! fails: broken input gives the facts that could be read plus a count of errors, and hostile input
//! (huge, binary, nested without end) is bounded and says why it was not read.
//!
//! - [`facts`]: one file's items, tests and comments, in nine languages (`languages/`, one folder each).
//! - [`is_test_path`]: where each language's own conventions keep test code.
//! - [`reach`]: whether a file is part of anything that is built.
//! - [`splice`]: one side's code with the other side's inline tests.
//! - [`cmake`]: one side's build with the other side's way to run CTest's tests.
//! - [`gates`]: Rust code that a build leaves out.
//! - [`rename`]: which removed test is which added one.
//! - [`drift`]: how an implementation differs from its reference.
//! - [`copies`]: whether one function is another one again.
//! - [`outline`]: what an index keeps of a file.
//! - [`sites`]: edits that repeat, and the places where they could be made as well.
//! - [`trees`]: the syntax trees themselves, for what goes beyond facts.

pub mod cmake;
pub mod copies;
pub mod drift;
pub mod gates;
pub mod outline;
pub mod reach;
pub mod reality;
pub mod rename;
pub mod sites;
pub mod splice;
pub mod trees;

mod bounds;
mod cfg;
mod comments;
mod conflict;
mod forks;
mod frame;
mod generated;
mod languages;
mod lex;
mod test_path;
mod tokens;
mod tree;

pub use comments::{keep_changed_comments, mark_elisions};
pub use generated::is_generated;
pub use test_path::is_test_path;

use std::rc::Rc;

use guard_model::source::{Language, SourceFacts};
use guard_model::{Item, Side, TestDecl};

use tokens::Tokens;

/// What a language's reader finds in one file.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) items: Vec<Item>,
    pub(crate) tests: Vec<TestDecl>,
}

/// Reads one file. `None` when the path belongs to no language that is read.
///
/// `unread` says why a file was not read; the other facts are then empty.
pub fn facts(path: &str, side: Side, text: &[u8]) -> Option<SourceFacts> {
    let language = Language::of_path(path)?;
    let mut facts = SourceFacts {
        path: path.to_owned(),
        side,
        language,
        errors: 0,
        conflict: None,
        unread: None,
        test_file: is_test_path(path, Some(language)),
        code: None,
        items: Vec::new(),
        tests: Vec::new(),
        frame: None,
        forks: Vec::new(),
        comments: Vec::new(),
    };
    let source = match bounds::readable(text).and_then(|text| tree::Source::parse(path, language, text)) {
        Ok(source) => source,
        Err(reason) => {
            facts.unread = Some(reason);
            return Some(facts);
        }
    };
    let (tokens, comments) = Tokens::of(source.tree.root_node(), &source.text);
    let tokens = Rc::new(tokens);
    let mut found = languages::read(&source, &tokens);
    facts.errors = source.errors();
    facts.conflict = conflict::first(&source);
    facts.code = Some(tokens::body(tokens.all()).hash);
    facts.frame = frame::of(tokens.all(), &mut found, facts.test_file);
    if !facts.test_file {
        facts.forks = forks::of(tokens.all(), &source.text, &found, language);
    }
    let tests = found.items.iter().filter(|i| i.in_test).map(|i| (i.line, i.end_line));
    let tests: Vec<(u32, u32)> = tests.chain(found.tests.iter().map(|t| (t.line, t.end_line))).collect();
    facts.comments = comments::of(&comments, (&source.text, &tokens), &tests, facts.test_file);
    facts.items = found.items;
    facts.tests = found.tests;
    Some(facts)
}
