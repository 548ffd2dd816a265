//! True statements beside changes that do not show them on the first look, none of which is accused, and false ones
//! beside them, which are.

use guard_model::evidence::NamedFile;

use super::*;

/// What is said of one change, by a commit's body.
fn verdicts(
    files: &[(&str, Option<&str>, Option<&str>)],
    lookups: &[Lookup],
    text: &str,
) -> Vec<(String, ClaimVerdict)> {
    let mut evidence = changed(files);
    evidence.lookups = lookups.to_vec();
    evidence.words.statements = vec![statement(StatementKind::Commit, text, "abc", 1)];
    let mut claims = extract(&evidence);
    settle(&mut claims, &evidence);
    claims.into_iter().map(|c| (c.text, c.verdict)).collect()
}

fn is_accused(all: &[(String, ClaimVerdict)]) -> bool {
    all.iter().any(|(_, v)| matches!(v, ClaimVerdict::Contradicted | ClaimVerdict::Partial))
}

#[test]
fn what_a_change_shows_in_another_way_is_not_accused() {
    const CALL: (&str, &str) = (
        "fn f() {\n    connect_db(\n        url,\n    );\n}\n",
        "fn f() {\n    connect_db(\n        url,\n        5,\n    );\n}\n",
    );
    let stands = |name: &str| vec![Lookup { in_change: 0, ..lookup(name, 2) }];
    let nowhere = |name: &str| vec![lookup(name, 0)];
    type Case<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Vec<Lookup>, &'a str, &'a str);
    let cases: Vec<Case<'_>> = vec![
        // The name goes from a place, with a line that does not have it.
        (
            "src/index.ts",
            Some("export * from \"./old\";\nexport * from \"./new\";\n"),
            Some("export * from \"./new\";\n"),
            stands("legacyParseAll"),
            "Remove `legacyParseAll` from the public exports",
            "Remove `legacyParseAll` from the codebase",
        ),
        // What the code does with files.
        (
            "src/a.py",
            Some("def f():\n    run()\n"),
            Some("def f():\n    run()\n    os.remove(p)\n"),
            vec![],
            "Remove temporary files after each run",
            "",
        ),
        (
            "src/a.py",
            Some("def f():\n    run()\n"),
            Some("def f():\n    run()\n    stop()\n"),
            vec![],
            "Remove temporary files on exit",
            "Remove temporary files",
        ),
        (".npmignore", Some("a\nb\n"), Some("a\n"), vec![], "Removed unused files from .npmignore", ""),
        // An argument of a call, on a line of its own.
        (
            "src/a.rs",
            Some(CALL.0),
            Some(CALL.1),
            vec![],
            "Fix `connect_db()` calls that lacked a timeout",
            "Fix `.unwrap()` calls in the client",
        ),
        // A tool is used by what is no source.
        (
            "package.json",
            Some("{\n}\n"),
            Some("{\n  \"husky\": \"^9.0.0\",\n}\n"),
            vec![Lookup { in_source: 0, ..lookup("husky", 1) }],
            "Add husky integration",
            "",
        ),
        // Examples in comments are tests.
        (
            "src/a.rs",
            Some("pub fn g() {}\n"),
            Some("/// ```\n/// x::g();\n/// ```\npub fn g() {}\n"),
            vec![],
            "Add a test for `g`",
            "",
        ),
        (
            "src/a.rs",
            Some("pub fn g() {}\n"),
            Some("/// Does nothing.\npub fn g() {}\n"),
            vec![],
            "",
            "Add a test for `g`",
        ),
        // A number of lines that is no size.
        (
            "docs/limits.md",
            None,
            Some("# Limits\n\nNo more.\n"),
            vec![],
            "Document the limit of 2000 lines",
            "Add docs/limits.md of 2000 lines",
        ),
        // Names that a tool makes out of others.
        (
            "src/api.ts",
            Some("const a = 1;\n"),
            Some("const a = createApi({ getUsers: query() });\n"),
            nowhere("useGetUsersQuery"),
            "Add `useGetUsersQuery` hook",
            "Add `useFetchOrders` hook",
        ),
        (
            "src/a.py",
            Some("x = 1\n"),
            Some("x = globals()[n + \"_state\"]\n"),
            nowhere("load_state"),
            "Add `load_state` function",
            "",
        ),
    ];
    for (path, base, head, mut lookups, honest, false_) in cases {
        lookups.extend(nowhere("useFetchOrders"));
        let all = verdicts(&[(path, base, head)], &lookups, &format!("Change\n\n- {honest}\n"));
        assert!(!is_accused(&all), "{honest}: {all:?}");
        let all = verdicts(&[(path, base, head)], &lookups, &format!("Change\n\n- {false_}\n"));
        assert!(false_.is_empty() || is_accused(&all), "{false_}: {all:?}");
    }
}

#[test]
fn what_the_words_around_a_claim_say_is_heard() {
    const OPEN: &str = "/// Parses a range.\npub fn parse_range(s: &str) -> u8 {\n    // TODO: support negative ranges\n    s.len() as u8\n}\n";
    type Case<'a> = (&'a str, Option<&'a str>, &'a str, &'a str, &'a str);
    let cases: [Case<'_>; 9] = [
        // What it says itself is not hidden.
        ("src/a.rs", None, OPEN, "- Add `parse_range` (no negative ranges yet)", "- Add `parse_range`"),
        // A later sentence takes it back.
        (
            "src/a.rs",
            Some("fn a() {}\n"),
            "fn a() { b() }\n",
            "First I removed `legacy_parse`, but then I undid that.",
            "- Removed `legacy_parse`",
        ),
        (
            "src/a.rs",
            Some("fn a(x: u8) {}\n"),
            "#[allow(unused)]\nfn a(x: u8) {}\n",
            "- Fix 3 clippy warnings, allow one",
            "- Fix 3 clippy warnings",
        ),
        // One part is there, another is planned.
        (
            "src/client.rs",
            None,
            "pub fn client() { users() }\n",
            "- Add API client (users)\n\nNext steps:\n- API client (orders)",
            "- Add API client\n\nNext steps:\n- API client",
        ),
        (
            "examples/a.py",
            None,
            "run()\n",
            "- Add examples in Python, Go and Rust\n\nNext steps:\n- Rust bindings",
            "- Add handlers in Python, Go and Rust\n\nNext steps:\n- Rust bridge",
        ),
        // A name that a derive makes out of the other.
        (
            "src/a.rs",
            None,
            "#[derive(Builder)]\npub struct QueryOptions { n: u8 }\n",
            "- Add `QueryOptions` and `QueryOptionsBuilder`",
            "",
        ),
        (
            "src/a.rs",
            None,
            "pub struct QueryOptions { n: u8 }\n",
            "",
            "- Add `QueryOptions` and `LegacyHandler`",
        ),
        // Names of libraries, files that routes make.
        ("package.json", Some("{}\n"), "{ \"chart.js\": \"4\" }\n", "- Add Chart.js", ""),
        ("app/robots.ts", None, "export default () => 1;\n", "- Add robots.txt", "- Add checksums.json"),
    ];
    let absent = |said: &str| NamedFile { said: said.to_owned(), at_head: Some(Vec::new()), ignored: false };
    let accused = |(path, base, head, ..): Case<'_>, said: &str| {
        let mut evidence = changed(&[(path, base, Some(head))]);
        evidence.lookups = ["LegacyHandler", "QueryOptionsBuilder"].map(|n| lookup(n, 0)).to_vec();
        evidence.lookups.push(Lookup { in_change: 0, ..lookup("legacy_parse", 2) });
        evidence.named_files = ["Chart.js", "robots.txt", "checksums.json"].map(absent).to_vec();
        evidence.words.statements =
            vec![statement(StatementKind::Commit, &format!("Change `a`\n\n{said}\n"), "abc", 1)];
        let mut claims = extract(&evidence);
        settle(&mut claims, &evidence);
        let all: Vec<_> = claims.into_iter().map(|c| (c.text, c.verdict)).collect();
        (is_accused(&all), all)
    };
    for case in cases {
        let (honest, false_) = (case.3, case.4);
        let (is, all) = accused(case, honest);
        assert!(!is, "{honest}: {all:?}");
        let (is, all) = accused(case, false_);
        assert!(is || false_.is_empty(), "{false_}: {all:?}");
    }
}

#[test]
fn the_opposite_of_what_is_said_is_accused() {
    let old = "pub fn parse_line() { a() }\n";
    let cases = [
        // Brought, not removed; moved is neither.
        (None, "pub fn parse_line() { a() }\n", "- Removed `parse_line`", true),
        (
            Some("pub fn other() { parse_line() }\n"),
            "pub fn parse_line() { a() }\n",
            "- Removed `parse_line`",
            false,
        ),
        (Some(old), "pub fn parse_line() { a(); b() }\n", "- Renamed `parse_line` to `read_record`", true),
        (Some(old), "pub fn read_record() { a() }\n", "- Renamed `parse_line` to `read_record`", false),
        (Some(old), "paste! { pub fn parse_line() {} }\n", "- Renamed `parse_line` to `read_record`", false),
    ];
    for (base, head, text, expected) in cases {
        let all = verdicts(
            &[("src/a.rs", base, Some(head))],
            &[lookup("read_record", 0)],
            &format!("Change\n\n{text}\n"),
        );
        assert_eq!(is_accused(&all), expected, "{head} {text}: {all:?}");
    }
}

#[test]
fn what_a_line_says_of_its_state_is_not_claimed() {
    let stands = [Lookup { in_change: 0, ..lookup("legacy_parse", 2) }];
    let files = [("src/a.rs", Some("fn a() {}\n"), Some("fn a() { b() }\n"))];
    for (line, expected) in [
        ("- Remove `legacy_parse`", true),
        ("- Remove `legacy_parse` ✅", true),
        ("- Remove `legacy_parse` (deferred)", false),
        ("- Remove `legacy_parse` ⏳", false),
        ("- Remove `legacy_parse` (unused)", true),
        ("- Remove `legacy_parse` (see #44)", false),
        ("- Remove `legacy_parse` (needs approval)", false),
        ("- Skipped: remove `legacy_parse`", false),
        ("- **Later** — remove `legacy_parse`", false),
        ("Changes:\n- Remove `legacy_parse`", true),
        ("Manual steps:\n- Remove `legacy_parse`", false),
        ("TODOs:\n- Remove `legacy_parse`", false),
        ("Possible improvements:\n- Remove `legacy_parse`", false),
    ] {
        let all = verdicts(&files, &stands, &format!("Change `a`\n\n{line}\n"));
        assert_eq!(is_accused(&all), expected, "{line}: {all:?}");
    }
}
