//! One side's code with the other side's inline tests: what makes "base tests on head code" possible in
//! a language whose unit tests live in the file they test.
//!
//! Test code is what `#[cfg(test)]` or a test attribute marks, at the top, in inline modules and in
//! `impl` blocks. It is exchanged piece by piece: a piece that both sides have is replaced where it
//! stands, a piece that only `tests` has goes to the end of its container, one that only `code` has goes.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use guard_model::{Language, TestDecl};
use tree_sitter::Node;

use crate::languages::rust;
use crate::languages::rust::attributes::Attribute;
use crate::tokens::Tokens;
use crate::tree::{self, Source};
use crate::{bounds, tokens};

/// A file made of one side's code and the other side's tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spliced {
    /// The whole file.
    pub text: String,
    /// Its tests, with lines of `text`.
    pub tests: Vec<TestDecl>,
}

/// `code` with its inline tests and test-only helpers replaced by those of `tests`. `None` when neither
/// has any, when they do not differ, or when a side cannot be read.
pub fn splice_rust_tests(code: &str, tests: &str) -> Option<Spliced> {
    let code = Pieces::read(code)?;
    let tests = Pieces::read(tests)?;
    let same = |one: &Pieces<'_>, other: &Pieces<'_>| {
        one.pieces.len() == other.pieces.len()
            && one
                .pieces
                .iter()
                .zip(&other.pieces)
                .all(|(one, other)| one.place == other.place && one.hash == other.hash)
    };
    if same(&code, &tests) {
        return None;
    }
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut placed: HashSet<&Place> = HashSet::new();
    for piece in &code.pieces {
        let counterpart = tests.pieces.iter().find(|other| other.place == piece.place);
        let text = counterpart.map_or("", |other| &tests.text[other.range.clone()]);
        placed.insert(&piece.place);
        edits.push((piece.range.clone(), text.to_owned()));
    }
    for piece in tests.pieces.iter().filter(|piece| !placed.contains(&piece.place)) {
        // A container that this side's code does not have cannot hold the piece.
        let Some(&end) = code.containers.get(&piece.place.container) else { continue };
        edits.push((end..end, format!("\n{}\n", tests.text[piece.range.clone()].trim_end())));
    }
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut text = String::with_capacity(code.text.len() + tests.text.len() / 2);
    let mut from = 0;
    for (range, replacement) in edits {
        text.push_str(&code.text[from..range.start]);
        text.push_str(&replacement);
        from = range.end;
    }
    text.push_str(&code.text[from..]);
    if text == code.text {
        return None;
    }
    let tests = Source::parse("spliced.rs", Language::Rust, text.as_str().into()).map(|source| {
        rust::read(&source, &Rc::new(Tokens::of(source.tree.root_node(), &source.text).0)).tests
    });
    Some(Spliced { tests: tests.ok()?, text })
}

/// Where a piece of test code stands: its containers' headers, what it is, and which of several.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    container: Vec<String>,
    what: String,
    nth: usize,
}

struct Piece {
    place: Place,
    /// Attributes and doc comments included, from the start of the line.
    range: Range<usize>,
    hash: String,
}

struct Pieces<'t> {
    text: &'t str,
    pieces: Vec<Piece>,
    /// Where each container's contents end.
    containers: BTreeMap<Vec<String>, usize>,
}

impl<'t> Pieces<'t> {
    fn read(text: &'t str) -> Option<Pieces<'t>> {
        let text_read = bounds::readable(text.as_bytes()).ok()?;
        let source = Source::parse("code.rs", Language::Rust, text_read).ok()?;
        let mut pieces = Pieces { text, pieces: Vec::new(), containers: BTreeMap::new() };
        pieces.collect(source.tree.root_node(), &mut Vec::new());
        Some(pieces)
    }

    fn collect(&mut self, node: Node<'_>, container: &mut Vec<String>) {
        let end = if container.is_empty() {
            self.text.len()
        } else {
            self.line_start(node.end_byte().saturating_sub(1))
        };
        self.containers.entry(container.clone()).or_insert(end);
        if container.len() > bounds::MAX_CONTAINERS {
            return;
        }
        let mut start = None;
        let mut attributes: Vec<Attribute<'_>> = Vec::new();
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            match child.kind() {
                "attribute_item" => {
                    start.get_or_insert(child.start_byte());
                    attributes.push(Attribute::read(child, self.text));
                    continue;
                }
                "line_comment" | "block_comment" => {
                    if ["///", "/**"].iter().any(|doc| tree::text(child, self.text).starts_with(doc)) {
                        start.get_or_insert(child.start_byte());
                    }
                    continue;
                }
                _ => {}
            }
            let only_in_tests = attributes.iter().filter_map(Attribute::cfg).any(|cfg| cfg.test_only)
                || (child.kind() == "function_item" && rust::is_test(&attributes));
            let header = self.header(child);
            if only_in_tests && child.is_named() {
                let from = self.line_start(start.unwrap_or(child.start_byte()));
                self.add(container, header, from..child.end_byte(), child);
            } else if let ("mod_item" | "impl_item", Some(body)) =
                (child.kind(), child.child_by_field_name("body"))
            {
                container.push(header);
                self.collect(body, container);
                container.pop();
            }
            start = None;
            attributes.clear();
        }
    }

    fn add(&mut self, container: &[String], what: String, range: Range<usize>, node: Node<'_>) {
        let nth = self
            .pieces
            .iter()
            .filter(|piece| piece.place.container == container && piece.place.what == what)
            .count();
        let place = Place { container: container.to_vec(), what, nth };
        // Attributes count: `#[ignore]` is a difference.
        let attributes: String = self.text[range.start..node.start_byte()].split_whitespace().collect();
        let hash = tokens::body(&tokens::of(node, self.text)).hash + &attributes;
        self.pieces.push(Piece { place, range, hash });
    }

    /// What a piece is called: kind and name, or for the nameless all of its head.
    fn header(&self, node: Node<'_>) -> String {
        match node.child_by_field_name("name") {
            Some(name) => format!("{} {}", node.kind(), tree::text(name, self.text)),
            None => {
                let end = node.child_by_field_name("body").map_or(node.end_byte(), |body| body.start_byte());
                tree::one_line(self.text.get(node.start_byte()..end).unwrap_or_default(), 400)
            }
        }
    }

    /// The start of the line, if only blanks stand between it and `at`.
    fn line_start(&self, at: usize) -> usize {
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        if self.text[start..at].trim().is_empty() { start } else { at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "\
fn one() -> u32 { 1 }

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn is_one() { assert_eq!(one(), 1); }
}

fn after() {}
";

    #[test]
    fn tests_of_the_other_side_take_the_place_of_those_that_were_there() {
        let other = "fn one() -> u32 { 2 }\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn is_two() { assert_eq!(super::one(), 2); }\n}\n";
        let spliced = splice_rust_tests(CODE, other).unwrap();
        insta::assert_snapshot!(spliced.text, @r"
        fn one() -> u32 { 1 }

        #[cfg(test)]
        mod tests {
            #[test]
            fn is_two() { assert_eq!(super::one(), 2); }
        }

        fn after() {}
        ");
        let names: Vec<&str> = spliced.tests.iter().map(|test| test.name.as_str()).collect();
        assert_eq!(names, ["tests::is_two"]);
    }

    #[test]
    fn helpers_free_tests_and_nested_modules_go_along() {
        let code = "struct A;\nimpl A {\n    fn a() {}\n}\nmod inner {\n    pub fn b() {}\n}\n#[test]\nfn old() {}\n";
        let tests = "struct A;\nimpl A {\n    #[cfg(test)]\n    fn probe() {}\n}\nmod inner {\n    #[cfg(test)]\n    mod tests {\n        #[test]\n        fn b() {}\n    }\n}\n/// Says something.\n#[test]\n#[ignore]\nfn free() {}\n";
        let spliced = splice_rust_tests(code, tests).unwrap();
        insta::assert_snapshot!(spliced.text, @r"
        struct A;
        impl A {
            fn a() {}

            #[cfg(test)]
            fn probe() {}
        }
        mod inner {
            pub fn b() {}

            #[cfg(test)]
            mod tests {
                #[test]
                fn b() {}
            }
        }


        /// Says something.
        #[test]
        #[ignore]
        fn free() {}
        ");
        let names: Vec<&str> = spliced.tests.iter().map(|test| test.name.as_str()).collect();
        assert_eq!(names, ["inner::tests::b", "free"]);
    }

    #[test]
    fn sides_without_a_difference_in_tests_are_left_alone() {
        let reformatted = CODE.replace("fn is_one() {", "fn is_one() {\n        // Why not.\n");
        assert_eq!(splice_rust_tests(CODE, CODE), None);
        assert_eq!(splice_rust_tests(CODE, &reformatted), None);
        assert_eq!(splice_rust_tests("fn a() {}", "fn b() { let text = \"#[test] fn c() {}\"; }"), None);
        assert!(splice_rust_tests(CODE, &CODE.replace("#[test]", "#[test]\n    #[ignore]")).is_some());
    }

    #[test]
    fn tests_are_taken_away_when_the_other_side_has_none() {
        let spliced = splice_rust_tests(CODE, "fn one() {}").unwrap();
        assert!(!spliced.text.contains("cfg(test)") && spliced.text.contains("fn after"));
        assert!(spliced.tests.is_empty());
    }
}
