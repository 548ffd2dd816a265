//! What the changed lines show of a claim, and what speaks against it.

use guard_model::ClaimVerdict;
use guard_model::evidence::{Lookup, Place};

use super::{UNSEEN, VERIFIED, changed, verdict};

const CONTRADICTED: (ClaimVerdict, bool) = (ClaimVerdict::Contradicted, true);
const PARTIAL: (ClaimVerdict, bool) = (ClaimVerdict::Partial, true);

const BASE: &str = "\
use once_cell::sync::Lazy;
const LIMIT: u32 = 10;
pub fn fetch(url: &str) -> String {
    client().get(url).unwrap()
}
";

const HEAD: &str = "\
use std::sync::LazyLock;
const LIMIT: u32 = 30;
#[must_use]
pub fn fetch(url: &str) -> Result<String, FetchError> {
    let retries = RetryPolicy::default();
    retries.run(|| client().get(url))
}
/// Writes the metrics as JSON.
/// One object a line.
pub fn export_json(metrics: &Metrics) -> String {
    // counters come first
    metrics.iter().map(|m| m.to_json()).collect()
}
pub fn execute_handler(name: &str) -> String {
    // TODO: actually dispatch to the handler registry
    format!(\"{name}: ok\")
}
";

fn lookup(text: &str, lines: u64) -> Lookup {
    let places = vec![Place { path: "src/old.rs".into(), line: 3 }];
    Lookup { text: text.into(), lines: Some(lines), in_source: lines, places }
}

#[test]
fn claims_are_held_against_the_lines_that_changed() {
    let mut evidence = changed(&[
        ("src/client.rs", Some(BASE), Some(HEAD)),
        ("docs/guide.md", None, Some("# Guide\n\nAuthentication through `afterEach` and turbines.\n")),
        (
            "Cargo.toml",
            Some("[dependencies]\nonce_cell = \"1\"\n"),
            Some("[dependencies]\nsalsa = \"0.22\"\n"),
        ),
    ]);
    evidence.lookups =
        vec![lookup("afterEach", 1), lookup("beforeEach", 2), lookup("once_cell", 0), lookup("salsa", 0)];
    for (text, expected) in [
        // Names that stand on new lines, with the words beside them.
        ("I've added `RetryPolicy` retries to `fetch`.", VERIFIED),
        ("I've added `#[must_use]` to `fetch`.", VERIFIED),
        ("I've updated `fetch` to return `FetchError`.", VERIFIED),
        ("I've added JSON export.", VERIFIED),
        ("I've added a JSON export for metrics.", VERIFIED),
        // Documents and comments are words, not code.
        ("I've added turbine authentication guidance.", UNSEEN),
        ("I've added sorted counters output.", UNSEEN),
        // One thing for another.
        ("I've replaced `once_cell` with `LazyLock`.", VERIFIED),
        ("I've replaced `LazyLock` with `once_cell`.", UNSEEN),
        ("I've changed `LIMIT` from 10 to 30.", VERIFIED),
        ("I've changed `LIMIT` from 10 to 40.", UNSEEN),
        ("I've removed the `once_cell` dependency.", VERIFIED),
        ("I've documented `export_json()`.", VERIFIED),
        ("I've documented `fetch()`.", UNSEEN),
        // How much and how well is on no line.
        ("I've added comprehensive `RetryPolicy` retries to `fetch`.", UNSEEN),
        // What speaks against a claim.
        ("I've implemented `execute_handler()` to dispatch to handlers.", PARTIAL),
        ("I've implemented a stub of `execute_handler()`.", VERIFIED),
        ("I've added a beforeEach hook to the client.", CONTRADICTED),
        ("I've added an afterEach hook to the client.", UNSEEN),
        ("I've integrated salsa for incremental runs.", CONTRADICTED),
        ("I've removed leftover binary files.", CONTRADICTED),
        ("I've fixed `.expect()` calls in the client.", CONTRADICTED),
        ("I've fixed `.unwrap()` calls in the client.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn nothing_speaks_against_a_claim_when_lines_are_missing() {
    let mut evidence = changed(&[("src/client.rs", Some(BASE), Some(HEAD))]);
    evidence.lines[0].cut = true;
    evidence.lookups = vec![lookup("beforeEach", 2)];
    for text in [
        "I've added a beforeEach hook to the client.",
        "I've removed leftover binary files.",
        "I've fixed `.expect()` calls in the client.",
    ] {
        assert_eq!(verdict(&mut evidence, text), UNSEEN, "{text}");
    }
}

#[test]
fn a_document_is_as_long_as_is_said() {
    let guide = "line\n".repeat(40);
    let mut evidence = changed(&[("README.md", None, Some(guide.as_str()))]);
    for (text, expected) in [
        ("I've written a 30+ line README.", VERIFIED),
        ("I've written a 60+ line README.", CONTRADICTED),
        ("I've written a README of 200 lines.", CONTRADICTED),
        ("I've written a README of 42 lines.", VERIFIED),
        ("I've written a README of 50 lines.", (ClaimVerdict::Unsupported, true)),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn what_the_same_message_plans_was_not_done() {
    let mut evidence = changed(&[("src/client.rs", Some(BASE), Some(HEAD))]);
    let text = "## Changes\n- Added retries\n- Performance benchmarks (~80ns)\n\n## Next steps\n- Performance benchmarks\n";
    evidence.words.statements =
        vec![super::statement(guard_model::StatementKind::Commit, text, "c0ffee", 99)];
    let mut claims = super::extract(&evidence);
    super::settle(&mut claims, &evidence);
    let claim = claims.iter().find(|c| c.text.contains("benchmarks")).expect("it is a claim");
    assert_eq!(claim.verdict, ClaimVerdict::Contradicted, "{claim:?}");
}

#[test]
fn an_extent_is_held_against_what_the_change_leaves_open() {
    let parser = "\
pub fn parse(text: &str) -> Tree {
    // TODO: handle parameters
    Tree::of(text)
}
";
    let long: String = (0..80).map(|i| format!("pub fn rule_{i}(x: u8) -> u8 {{ x + {i} }}\n")).collect();
    let tests = "#[test]\nfn rules_hold() { assert_eq!(rule_1(1), 2); }\n";
    let grammar = format!("{long}{tests}");
    let mut evidence = changed(&[
        ("crates/x-parser/src/lib.rs", None, Some(parser)),
        ("crates/x-grammar/src/lib.rs", None, Some(grammar.as_str())),
    ]);
    for (text, expected) in [
        ("I've implemented a complete parser for all rules.", PARTIAL),
        ("I've implemented a parser.", UNSEEN),
        ("I've implemented a complete grammar for all rules.", UNSEEN),
        ("I've added comprehensive tests for the grammar.", PARTIAL),
        ("I've added tests for the grammar.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn numbers_of_new_things_are_counted() {
    let head = "\
pub struct FlagBuilder { a: u8 }
pub struct ArgBuilder { a: u8 }
pub fn on_open(x: u8) -> u8 { x + 1 }
pub fn on_close(x: u8) -> u8 { x + 2 }
";
    let mut evidence = changed(&[("src/build.rs", None, Some(head))]);
    for (text, expected) in [
        ("I've added `src/build.rs` with two builders.", VERIFIED),
        ("I've added `src/build.rs` with three builders.", UNSEEN),
        ("I've extracted the handlers on_{open,close}.", VERIFIED),
        ("I've extracted the handlers on_{open,abort}.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn a_shorter_signature_shows_what_was_removed() {
    let mut evidence = changed(&[(
        "src/read.rs",
        Some("pub fn parse_file(path: &str, strict: bool) -> (Tree, String) { read(path, strict) }\n"),
        Some("pub fn parse_file(path: &str, strict: bool) -> Tree { read(path, strict).0 }\n"),
    )]);
    for (text, expected) in [
        ("I've removed the second return value from `parse_file()`.", VERIFIED),
        ("I've removed the strict parameter from `parse_file()`.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}
