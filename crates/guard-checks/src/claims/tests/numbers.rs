//! Numbers of things, versions and places that claims give.

use guard_model::{EditPattern, Site, SitesEvidence};

use super::*;

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

#[test]
fn files_that_gained_a_name_are_counted() {
    let mut evidence = changed(&[
        ("src/a.rs", Some("fn a() {}\n"), Some("#![allow(deprecated)]\nfn a() {}\n")),
        ("src/b.rs", Some("fn b() {}\n"), Some("#![allow(deprecated)]\nfn b() {}\n")),
    ]);
    for (text, expected) in [
        ("I've added #![allow(deprecated)] to 2 files.", VERIFIED),
        ("I've added #![allow(deprecated)] to 3 files.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn a_version_is_where_the_name_is() {
    let mut evidence = changed(&[
        (".github/workflows/ci.yml", Some("- uses: a/setup-x@v3\n"), Some("- uses: a/setup-x@v4\n")),
        (
            "Cargo.lock",
            Some("name = \"serde\"\nversion = \"1.0.1\"\n"),
            Some("name = \"serde\"\nversion = \"1.0.2\"\n"),
        ),
    ]);
    for (text, expected) in [
        ("I've bumped a/setup-x from 3 to 4.", VERIFIED),
        ("I've bumped a/setup-x from 3 to 5.", UNSEEN),
        ("I've bumped serde from 1.0.1 to 1.0.2.", VERIFIED),
        ("I've bumped serde from 1.0.0 to 1.0.2.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn an_exchange_is_counted_over_the_tree() {
    let base = "fn a() { log_info(1); log_info(2); log_info(3); }\n";
    let head = "fn a() { trace_info(1); trace_info(2); trace_info(3); }\n";
    let mut evidence = changed(&[("src/a.rs", Some(base), Some(head))]);
    let site = |line| Site { path: "src/a.rs".into(), line, in_code: true, ..Site::default() };
    evidence.sites = Some(SitesEvidence {
        patterns: vec![EditPattern {
            before: "log_info".into(),
            after: "trace_info".into(),
            named: true,
            old_names: vec!["log_info".into()],
            new_names: vec!["trace_info".into()],
            done: vec![site(1), site(2), site(3)],
            ..EditPattern::default()
        }],
    });
    assert_eq!(verdict(&mut evidence, "I've replaced all `log_info` with `trace_info`."), VERIFIED);
    assert_eq!(verdict(&mut evidence, "I've replaced all `log_warn` with `trace_warn`."), OPEN);
    if let Some(sites) = &mut evidence.sites {
        sites.patterns[0].unsearched = Some("too many files".into());
    }
    assert_ne!(
        verdict(&mut evidence, "I've replaced all `log_info` with `trace_info`.").0,
        ClaimVerdict::Verified
    );
}

#[test]
fn each_thing_of_a_list_has_an_item_of_its_own() {
    let tests = |names: &[&str]| -> String {
        names.iter().map(|n| format!("#[test]\nfn {n}() {{ assert_eq!(read(1), 2); }}\n")).collect()
    };
    let text = tests(&["enum_external_tag", "enum_internal_tag", "enum_adjacent_tag"]);
    let mut evidence = changed(&[("tests/tags.rs", None, Some(text.as_str()))]);
    for (text, expected) in [
        ("I've added all tag modes (external, internal, adjacent).", VERIFIED),
        ("I've added all tag modes (external, internal, none).", UNSEEN),
        ("I've added all sort orders (external, internal, adjacent).", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn a_number_of_all_tests_is_counted_over_the_tree() {
    let file =
        |path: &str, tests, ignored| guard_model::reality::FileTests { path: path.into(), tests, ignored };
    let mut evidence =
        changed(&[("core/src/lib.rs", Some(UNTESTED), Some("pub fn f(x: u8) -> u8 { x + 2 }\n"))]);
    evidence.reality.census = Some(vec![
        file("core/src/lib.rs", 30, 2),
        file("core/tests/all.rs", 12, 0),
        file("cli/src/main.rs", 8, 0),
    ]);
    for (text, expected) in [
        ("Core\n\nWhole coverage 95.2%; 50 tests.\n", Some(ClaimVerdict::Verified)),
        ("Core\n\nRefactored it, bringing total tests from 40 to 42.\n", Some(ClaimVerdict::Verified)),
        (
            "Core\n\nRefactored it, bringing total integration tests from 10 to 12.\n",
            Some(ClaimVerdict::Verified),
        ),
        ("Core\n\nTest coverage increased from 30 to 48 tests, all passing.\n", Some(ClaimVerdict::Verified)),
        ("Core\n\nTest coverage increased from 30 to 51 tests.\n", Some(ClaimVerdict::Unsupported)),
        ("Core\n\nTest coverage will be increased from 30 to 50 tests.\n", None),
    ] {
        evidence.words.statements = vec![statement(StatementKind::Commit, text, "c0ffee", 99)];
        let mut claims = extract(&evidence);
        settle(&mut claims, &evidence);
        let told = claims.iter().find(|c| c.text.contains("tests") && c.kind != K::TestResult);
        assert_eq!(told.map(|c| c.verdict), expected, "{text}: {claims:?}");
    }
}
