//! What the changed lines show of a claim, and what speaks against it.

use guard_model::ClaimVerdict;

use super::{OPEN, UNSEEN, VERIFIED, changed, lookup, verdict};

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
        ("I've replaced `assert!(x.holds(...))` chains with snapshots.", UNSEEN),
        ("I've fixed `expect(x)` calls in the client.", UNSEEN),
        // Retold, not quoted.
        ("I've dropped the `if (client().get('url'))` block.", UNSEEN),
        ("I've dropped the `if (server.head('url'))` block.", CONTRADICTED),
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
fn what_the_same_message_plans_was_done_in_part_at_most() {
    let mut evidence = changed(&[("src/client.rs", Some(BASE), Some(HEAD))]);
    let text = "## Changes\n- Added retries\n- Performance benchmarks (~80ns)\n\n## Next steps\n- Performance benchmarks\n";
    evidence.words.statements =
        vec![super::statement(guard_model::StatementKind::Commit, text, "c0ffee", 99)];
    let mut claims = super::extract(&evidence);
    super::settle(&mut claims, &evidence);
    let claim = claims.iter().find(|c| c.text.contains("benchmarks")).expect("it is a claim");
    assert_eq!(claim.verdict, ClaimVerdict::Partial, "{claim:?}");
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
fn a_name_that_no_changed_line_has_was_not_taken_away() {
    let mut evidence = changed(&[("src/client.rs", Some(BASE), Some(HEAD))]);
    evidence.lookups = vec![lookup("retry_budget", 2), lookup("lost_name", 0)];
    for (text, expected) in [
        ("I've removed `retry_budget`.", CONTRADICTED),
        ("I've renamed `retry_budget` to `budget`.", CONTRADICTED),
        ("I've removed `retry_budget` support.", OPEN),
        ("I've removed a comment on retry_budget.", OPEN),
        // What stands nowhere may be a slip of the pen.
        ("I've removed `lost_name`.", OPEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn one_or_two_places_that_stay_of_many_were_left_out() {
    let base = "fn a() { b.file_name().unwrap(); }\nfn c() { b.file_name().unwrap(); }\n";
    let head = "fn a() { b.file_name()?; }\nfn c() { b.file_name()?; }\n";
    let mut evidence = changed(&[("src/a.rs", Some(base), Some(head))]);
    for (lines, text, expected) in [
        (1, "I've replaced `.file_name().unwrap()` calls with errors.", PARTIAL),
        (1, "I've replaced the fallible `.file_name().unwrap()` calls with errors.", UNSEEN),
        (1, "I've replaced `.file_name().unwrap()` calls in the walker with errors.", UNSEEN),
        (1, "I've replaced `.file_name().unwrap()` calls with errors. `src/old.rs` keeps it.", UNSEEN),
        (1, "I've replaced a `.file_name().unwrap()` with an error.", UNSEEN),
        (9, "I've replaced `.file_name().unwrap()` calls with errors.", UNSEEN),
    ] {
        evidence.lookups = vec![lookup(".file_name().unwrap()", lines)];
        assert_eq!(verdict(&mut evidence, text), expected, "{lines} {text}");
    }
}

#[test]
fn accuracy_is_held_against_guesses() {
    let head = "\
pub fn instruction_size(op: &Op) -> usize {
    match op {
        Op::Call => 5,
        // assume the worst case
        _ => 10,
    }
}
";
    let mut evidence = changed(&[("src/code.rs", None, Some(head))]);
    for (text, expected) in [
        ("I've added accurate instruction size calculation.", PARTIAL),
        ("I've added accurate frame size calculation.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn names_are_known_in_the_ways_in_which_code_writes_them() {
    let head = "\
pub struct Cli {
    /// Keeps the model.
    pub save_model: Option<PathBuf>,
}
impl Store {
    pub fn pipe_into(self, next: Sink) -> Store {
        next.take(self.queued);
        self
    }
}
";
    let mut evidence = changed(&[("src/cli.rs", None, Some(head))]);
    for (text, expected) in [
        ("I've added `--save-model` to persist trained models.", VERIFIED),
        ("I've added `--load-model` to load trained models.", OPEN),
        ("I've added `Store::pipe_into(self, next)`.", VERIFIED),
        ("I've added `Store::pipe_from(self, next)`.", UNSEEN),
        ("I've fixed `pipe_into()`.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn documents_answer_where_nothing_else_was_written() {
    let guide = "# Guide\n\n## Limits\n\n| metric | value |\n|---|---|\n| retries | 3 |\n\nTroubleshooting stripped binaries.\n";
    let mut evidence = changed(&[("docs/guide.md", None, Some(guide))]);
    for (text, expected) in [
        ("I've added a troubleshooting section for stripped binaries.", VERIFIED),
        ("I've added a troubleshooting section for signed images.", UNSEEN),
        ("I've implemented troubleshooting of stripped binaries.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn a_comment_that_muses_leaves_nothing_open() {
    for (comment, expected) in
        [("TODO: dispatch by the lint's name", PARTIAL), ("TODO: consider a lint index instead", VERIFIED)]
    {
        let head =
            format!("pub fn unresolved_lint(x: u8) -> u8 {{\n    // {comment}\n    lint(x, x + 1)\n}}\n");
        let mut evidence = changed(&[("src/lint.rs", Some("pub fn g() {}\n"), Some(&head))]);
        assert_eq!(verdict(&mut evidence, "I've added `unresolved_lint`."), expected, "{comment}");
    }
}

#[test]
fn the_name_of_an_old_file_shows_nothing() {
    let (base, head) = ("pub fn a() {}\n", "pub fn a() { limit(b) }\n");
    let mut evidence = changed(&[("src/upload_retry_queue.rs", Some(base), Some(head))]);
    assert_eq!(verdict(&mut evidence, "I've reworked the upload retry queue."), UNSEEN);
    let mut evidence =
        changed(&[("src/upload_retry_queue.rs", Some(base), Some("fn a() { upload(retry, queue) }\n"))]);
    assert_eq!(verdict(&mut evidence, "I've reworked the upload retry queue."), VERIFIED);
    // What is planned is no evidence.
    let plan = "items:\n  - upload retry queue with backoff\n";
    let mut evidence = changed(&[("roadmap.yaml", None, Some(plan)), ("src/a.rs", Some(base), Some(head))]);
    assert_eq!(verdict(&mut evidence, "I've added an upload retry queue with backoff."), UNSEEN);
}

#[test]
fn a_claim_that_says_what_the_code_admits_is_shown() {
    let base = "fn push(size: usize) {\n    send();\n}\n";
    let head = "fn push(size: usize) {\n    // Not yet used for remote copies\n    if size > 0 {\n        \
        eprintln!(\"Warning: size is ignored for remote copies\");\n    }\n    send();\n}\n";
    let mut evidence = changed(&[("src/push.rs", Some(base), Some(head))]);
    for (text, expected) in [
        ("`push()`: warn that `size` is not yet used for remote copies", ClaimVerdict::Verified),
        ("`push()`: warn that `size` is used for remote copies", ClaimVerdict::Unsupported),
        ("`push()`: warn that `size` is not yet used for deletions by cron", ClaimVerdict::Unsupported),
    ] {
        assert_eq!(super::listed(&mut evidence, text), expected, "{text}");
    }
}
