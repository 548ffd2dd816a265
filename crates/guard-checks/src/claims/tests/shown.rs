//! What lists, signs, data, names and comments show of a claim.

use super::*;

#[test]
fn assertions_of_old_tests_that_changed_are_counted() {
    let test =
        |name: &str, expected: u8| format!("#[test]\nfn {name}() {{\n    assert_eq!(f(), {expected});\n}}\n");
    let base = [test("a", 1), test("b", 2), test("c", 3)].concat();
    let head = [test("a", 4), test("b", 5), test("c", 3)].concat();
    let mut evidence = changed(&[("tests/all.rs", Some(base.as_str()), Some(head.as_str()))]);
    for (text, expected) in [
        ("I've fixed 2 stale test assertions.", VERIFIED),
        ("I've updated the test expectations to match the parser.", VERIFIED),
        ("I've fixed assertions on related tests.", VERIFIED),
        ("I've updated all test expectations to match the parser.", UNSEEN),
        ("I've updated the test expectations for `Unknown`.", UNSEEN),
        ("I've fixed assertions in the parser.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
    assert_ne!(verdict(&mut evidence, "I've fixed 3 stale test assertions.").0, ClaimVerdict::Verified);
}

#[test]
fn what_is_listed_is_found_in_new_tests() {
    let test = |name: &str| format!("#[test]\nfn {name}() {{ let x = run(1); assert_eq!(x, 2); }}\n");
    let tests =
        ["binary_search_works", "fibonacci_of_ten", "matrix_transpose", "set_literal"].map(test).concat();
    let mut evidence = changed(&[("tests/algorithms.rs", None, Some(tests.as_str()))]);
    for (text, expected) in [
        ("Algorithms: fibonacci, binary search, matrix transpose", ClaimVerdict::Verified),
        ("Fibonacci, set literals, matrix transpose (small, large)", ClaimVerdict::Verified),
        ("Known algorithms (fibonacci/binary/matrix)", ClaimVerdict::Verified),
        ("Known algorithms (fibonacci/binary/quick)", ClaimVerdict::Unsupported),
        ("Algorithms: fibonacci, binary search, quick sort", ClaimVerdict::Unsupported),
        ("Fibonacci, quick sort, matrix transpose (small, large)", ClaimVerdict::Unsupported),
    ] {
        assert_eq!(listed(&mut evidence, text), expected, "{text}");
    }
    // Without a word for all of it, only tests are what is listed.
    let code = "pub fn run(n: u8) -> u8 { let m = n + 1; m + 1 }\n";
    let mut mixed =
        changed(&[("tests/algorithms.rs", None, Some(tests.as_str())), ("src/lib.rs", None, Some(code))]);
    let text = "Fibonacci, set literals, matrix transpose (small, large)";
    assert_eq!(listed(&mut mixed, text), ClaimVerdict::Unsupported);
}

#[test]
fn entries_of_data_are_counted() {
    let data = "server:\n  name: demo\ntools:\n  - type: cli\n    name: a\n  - type: cli\n    name: b\n    \
        params:\n      - x\n  - type: native\n    name: c\n";
    let mut evidence = changed(&[("examples/demo.yaml", None, Some(data))]);
    for (text, expected) in [
        ("3 tools total (2 CLI wrappers + 1 native aggregator)", ClaimVerdict::Verified),
        ("3 tools total (1 CLI wrapper + 2 native aggregators)", ClaimVerdict::Unsupported),
        ("Created demo server with 3 tools", ClaimVerdict::Verified),
        ("Created demo server with 3 analysis tools", ClaimVerdict::Unsupported),
        ("4 tools total (3 CLI wrappers + 1 native aggregator)", ClaimVerdict::Unsupported),
        ("3 stages total (2 CLI wrappers + 1 native aggregator)", ClaimVerdict::Unsupported),
    ] {
        assert_eq!(listed(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn what_code_writes_with_signs_is_seen() {
    let base = "fn get(&self) -> Entry {\n    self.time > limit\n}\n";
    let head = "#[cfg(not(windows))]\nfn get(&mut self) -> Entry<'_> {\n    self.time >= limit\n}\n";
    let mut evidence =
        changed(&[("src/memory.rs", Some(base), Some(head)), ("src/disk.rs", Some(base), Some(head))]);
    for (text, expected) in [
        ("I've added explicit lifetime annotations in memory.rs.", VERIFIED),
        ("I've used conditional compilation for Windows.", VERIFIED),
        ("I've changed comparison operators in both memory and disk implementations.", VERIFIED),
        ("I've changed comparison operators in both memory and network implementations.", UNSEEN),
        ("I've added explicit lifetime annotations everywhere.", UNSEEN),
        ("I've added lifetime tracking of sessions.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
    let mut other = changed(&[("src/memory.rs", Some(base), Some(base))]);
    assert_eq!(verdict(&mut other, "I've used conditional compilation for Windows."), UNSEEN);
}

#[test]
fn licences_come_as_files_or_in_a_manifest() {
    let mut evidence = changed(&[
        ("LICENSE-MIT", None, Some("Permission is hereby granted\n")),
        ("LICENSE-APACHE", None, Some("Apache License\nVersion 2.0\n")),
        ("Cargo.toml", Some("[package]\n"), Some("[package]\nlicense = \"MPL-2.0\"\n")),
    ]);
    for (text, expected) in [
        ("MIT/Apache 2.0 dual licensing", ClaimVerdict::Verified),
        ("MPL licensing", ClaimVerdict::Verified),
        ("MIT/BSD dual licensing", ClaimVerdict::Unsupported),
    ] {
        assert_eq!(listed(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn a_new_function_or_test_may_have_the_sentence_for_its_name() {
    let head = "pub fn convert_rel_path_to_main_sep(path: &str) -> String {\n    let all = path.split('/');\n    \
        all.collect::<Vec<_>>().join(SEP)\n}\n";
    let test = "#[test]\nfn options_take_precedence_over_environment_variables() { assert_eq!(f(), 1); }\n";
    let mut evidence = changed(&[("src/lib.rs", Some("\n"), Some(head)), ("tests/o.rs", None, Some(test))]);
    for (text, expected) in [
        ("Convert relative paths to the main separator", ClaimVerdict::Verified),
        ("Options always take precedence over environment variables", ClaimVerdict::Verified),
        ("Convert absolute paths to the main separator", ClaimVerdict::Unsupported),
        (
            "Convert relative paths to main separator (convert_rel_path_to_main_sep/x)",
            ClaimVerdict::Unsupported,
        ),
        // That it is there does not show that anything is mended.
        ("Fix how relative paths convert to the main separator", ClaimVerdict::Unsupported),
        ("Options always take precedence over configuration files", ClaimVerdict::Unsupported),
    ] {
        assert_eq!(listed(&mut evidence, text), expected, "{text}");
    }
    let both = "impl Map {\n    pub fn swap_remove(&mut self) {\n        a(b, c);\n    }\n    pub fn shift_remove(&mut self) {\n        d(e, f);\n    }\n}\n";
    let mut evidence = changed(&[("src/map.rs", Some("impl Map {}\n"), Some(both))]);
    assert_eq!(listed(&mut evidence, "Add `swap_`/`shift_remove` choices"), ClaimVerdict::Verified);
    assert_eq!(listed(&mut evidence, "Add `swap_`/`shift_insert` choices"), ClaimVerdict::Unsupported);
}

#[test]
fn comments_show_what_was_documented() {
    let base = "pub struct Options {\n    pub name: String,\n    pub size: u8,\n}\npub struct Id(u8);\n";
    let head = "/// What to make.\npub struct Options {\n    /// Its name.\n    pub name: String,\n    /// Its size.\n    \
        pub size: u8,\n}\n/// Stream identifiers dangle after both halves were dropped.\npub struct Id(u8);\n";
    let mut evidence = changed(&[("src/lib.rs", Some(base), Some(head))]);
    for (text, expected) in [
        ("I've documented `Options` and all its fields.", VERIFIED),
        ("I've documented that stream identifiers dangle.", VERIFIED),
        ("I've documented that stream identifiers leak memory.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
    let half = head.replace("    /// Its size.\n", "");
    let mut evidence = changed(&[("src/lib.rs", Some(base), Some(half.as_str()))]);
    assert_ne!(verdict(&mut evidence, "I've documented `Options` and all its fields."), VERIFIED);
}

#[test]
fn what_went_from_both_is_looked_for_in_two_files() {
    let base = "import fs\nasync function start() {\n  await fs.mkdir(dir)\n  run()\n}\n";
    let head = "async function start() {\n  run()\n}\n";
    let mut evidence = changed(&[("src/a.ts", Some(base), Some(head)), ("src/b.ts", Some(base), Some(head))]);
    let text = "I've removed the redundant directory creation logic from both loggers.";
    assert_eq!(verdict(&mut evidence, text), VERIFIED);
    let mut one = changed(&[("src/a.ts", Some(base), Some(head)), ("src/b.ts", Some(head), Some(head))]);
    assert_eq!(verdict(&mut one, text), UNSEEN);
}

#[test]
fn a_new_file_called_after_the_thing_speaks_of_all_of_it() {
    let code = "pub fn resolve(name: &str) -> Dns {\n    query_discovery(name, Record::Service)\n}\n\
        pub fn report(dns: &Dns) -> String {\n    agents(dns).join(SEPARATOR)\n}\n";
    let mut evidence = changed(&[("src/probe.rs", None, Some(code))]);
    for (text, expected) in [
        ("Add DNS discovery probe of agents", ClaimVerdict::Verified),
        ("Add DNS discovery cache of agents", ClaimVerdict::Unsupported),
        ("Add DNS discovery parser of agents", ClaimVerdict::Unsupported),
    ] {
        assert_eq!(listed(&mut evidence, text), expected, "{text}");
    }
    let todo = code
        .replace("    agents", "    // TODO: sort them\n    agents")
        .replace("    query", "    // TODO: ask\n    query");
    let mut open = changed(&[("src/probe.rs", None, Some(todo.as_str()))]);
    assert_eq!(listed(&mut open, "Add DNS discovery probe of agents"), ClaimVerdict::Unsupported);
}
