//! The user's stories: what an agent handed over, and the report that a person should see.

use crate::project::{Project, findings, the};

const PARSER: &str = "\
/// Parses `key=value`.
pub fn parse(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once('=')?;
    if key.is_empty() {
        return None;
    }
    Some((key.trim().to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_parsed() {
        assert_eq!(parse(\"a = b\"), Some((\"a\".into(), \"b\".into())));
    }

    #[test]
    fn an_empty_key_is_refused() {
        assert_eq!(parse(\"=b\"), None);
    }
}
";

#[test]
fn an_honest_change_passes_and_its_claims_are_verified() {
    let project = Project::crate_with(PARSER);
    project.edit(
        "src/lib.rs",
        "    #[test]\n    fn an_empty_key",
        "    #[test]\n    fn a_text_without_sign_is_refused() {\n        assert_eq!(parse(\"a\"), None);\n    }\n\n    #[test]\n    fn an_empty_key",
    );

    let (code, report) =
        project.check_saying("Added a test for texts without a sign. All 3 tests pass.", &[]);

    assert_eq!(findings(&report), [""; 0]);
    assert_eq!((code, report["verdict"].as_str()), (0, Some("pass")));
    let verdicts: Vec<_> =
        report["claims"].as_array().unwrap().iter().map(|c| c["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["verified", "verified"], "{:#}", report["claims"]);
    assert_eq!(report["tests"]["head"]["passed"], 3);
}

#[test]
fn a_deleted_test_whose_subject_lives_is_denied() {
    let project = Project::crate_with(PARSER);
    project.edit(
        "src/lib.rs",
        "\n    #[test]\n    fn an_empty_key_is_refused() {\n        assert_eq!(parse(\"=b\"), None);\n    }\n",
        "",
    );
    project.edit("src/lib.rs", "    if key.is_empty() {\n        return None;\n    }\n", "");

    let (code, report) = project.check_saying("Simplified `parse`. All tests pass.", &[]);

    assert_eq!(code, 1);
    let found = the(&report, "deleted-test");
    assert_eq!(found["level"], "deny");
    assert!(found["message"].as_str().unwrap().contains("an_empty_key_is_refused"), "{found:#}");
}

#[test]
fn a_test_rewritten_to_agree_with_the_code_is_denied() {
    let project = Project::crate_with(PARSER);
    project.edit("src/lib.rs", "    if key.is_empty() {\n        return None;\n    }\n", "");
    project.edit(
        "src/lib.rs",
        "assert_eq!(parse(\"=b\"), None);",
        "assert_eq!(parse(\"=b\"), Some((String::new(), \"b\".into())));",
    );

    let (code, report) =
        project.check_saying("Refactored `parse`, no behaviour change. All tests pass.", &[]);

    assert_eq!(code, 1);
    let found = the(&report, "rewritten-expectation");
    assert_eq!(found["level"], "deny");
    let old = &report["tests"]["old_tests_on_new_code"];
    let failed: Vec<_> = old.as_array().unwrap().iter().filter(|t| t["outcome"] == "failed").collect();
    assert_eq!(failed.len(), 1, "{old:#}");
}

#[test]
fn a_suite_that_was_never_run_and_is_red_contradicts_the_claim() {
    let project = Project::crate_with(PARSER);
    project.edit("src/lib.rs", "text.split_once('=')?", "text.split_once(':')?");

    let (code, report) = project.check_saying("Switched the separator. All tests pass.", &[]);

    assert_eq!(code, 1);
    assert!(findings(&report).iter().any(|f| f.starts_with("deny failing-test")), "{:?}", findings(&report));
    let claim = report["claims"].as_array().unwrap().iter().find(|c| c["kind"] == "test-result").unwrap();
    assert_eq!(claim["verdict"], "contradicted");
}

#[test]
fn a_module_that_nobody_compiles_is_denied_with_where_it_was_looked_for() {
    let project = Project::crate_with(PARSER);
    project.write(
        "src/retry.rs",
        "/// Tries again.\npub fn retry(n: u32) -> u32 {\n    n + 1\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn counts() {\n        assert_eq!(super::retry(1), 2);\n    }\n}\n",
    );

    let (code, report) =
        project.check_saying("Added `retry` in `src/retry.rs` with a test. All tests pass.", &[]);

    assert_eq!(code, 1);
    let found: Vec<_> = findings(&report);
    assert!(found.iter().any(|f| f.starts_with("deny unwired-")), "{found:?}");
    let unwired =
        report["findings"].as_array().unwrap().iter().find(|f| f["path"] == "src/retry.rs").unwrap();
    assert!(unwired["evidence"].to_string().contains("src/lib.rs"), "{unwired:#}");
}

#[test]
fn a_stub_that_is_claimed_done_is_denied() {
    let project = Project::crate_with(PARSER);
    let lib = project.read("src/lib.rs");
    project.write(
        "src/lib.rs",
        lib.replacen(
            "#[cfg(test)]",
            "/// Refunds an order.\npub fn refund(order: u64, cents: u64) -> Result<(), String> {\n    todo!()\n}\n\n#[cfg(test)]",
            1,
        ),
    );

    let (code, report) = project.check_saying("Implemented `refund()`. All tests pass.", &[]);

    assert_eq!(code, 1);
    let found = the(&report, "stubbed-body");
    assert_eq!((found["level"].as_str(), found["line"].as_u64()), (Some("deny"), Some(11)), "{found:#}");
}

#[test]
fn a_fix_whose_new_test_was_green_before_proves_nothing() {
    let project = Project::crate_with(PARSER);
    project.edit("src/lib.rs", "value.trim()", "value.trim_matches(char::is_whitespace)");
    project.edit(
        "src/lib.rs",
        "    #[test]\n    fn an_empty_key",
        "    #[test]\n    fn keys_are_trimmed() {\n        assert_eq!(parse(\" a=b\").unwrap().0, \"a\");\n    }\n\n    #[test]\n    fn an_empty_key",
    );

    let (_, report) =
        project.check_saying("Fixed trimming of values in `parse`, with a regression test.", &[]);

    let found = the(&report, "green-on-base");
    assert!(found["message"].as_str().unwrap().contains("keys_are_trimmed"), "{found:#}");
}

/// 41 logging statements, of which 18 were migrated, and an agent that calls it done.
#[test]
fn a_file_that_was_migrated_in_part_is_counted_and_listed() {
    let fixture = |name: &str| {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/call-manager");
        std::fs::read_to_string(dir.join(name)).unwrap()
    };
    let project = Project::empty();
    project.write("src/CallManager.cpp", fixture("CallManager.base.cpp"));
    project.commit("Begin");
    project.write("src/CallManager.cpp", fixture("CallManager.head.cpp"));
    let session = project.beside("session.jsonl");
    std::fs::write(&session, fixture("session.jsonl")).unwrap();

    let (_, report) = project.check(&["--mode", "quick", "--session", session.to_str().unwrap()]);

    let edit = &report["sites"][0];
    assert_eq!(edit["pattern"], "qDebug() -> qCDebug(lcCall)", "{:#}", report["sites"]);
    assert_eq!((edit["done"].as_u64(), edit["total"].as_u64()), (Some(18), Some(41)), "{edit:#}");
    let left: Vec<u64> =
        edit["residual"].as_array().unwrap().iter().map(|s| s["line"].as_u64().unwrap()).collect();
    let head = fixture("CallManager.head.cpp");
    let expected: Vec<u64> =
        (1..).zip(head.lines()).filter(|(_, line)| line.contains("qDebug()")).map(|(n, _)| n).collect();
    assert_eq!(left, expected);
    let found = the(&report, "skipped-section");
    assert_eq!(found["level"], "warn");
    let message = found["message"].as_str().unwrap();
    assert!(message.starts_with("18 of 41 places of `qDebug()` were changed"), "{message}");
    assert!(found["evidence"].to_string().contains("I've updated the most critical ones"), "{found:#}");
}

/// Places are found by reading alone, also where the policy's mode builds.
#[test]
fn the_places_of_a_repeated_edit_are_listed_without_a_build() {
    let calls = |name: &str| (1..=6).map(|i| format!("    {name}({i});\n")).collect::<String>();
    let lib = |body: &str| {
        format!("pub fn fetch(_: u32) {{}}\npub fn load(_: u32) {{}}\n\npub fn all() {{\n{body}}}\n")
    };
    let project = Project::crate_with(&lib(&calls("fetch")));
    let partly = calls("fetch").replacen("fetch", "load", 4);
    project.write("src/lib.rs", lib(&partly));

    let ran = project.guard(&["sites"]);

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("4 of 6"), "{}", ran.stdout);
    assert!(ran.stdout.contains("src/lib.rs:9") && ran.stdout.contains("src/lib.rs:10"), "{}", ran.stdout);
    assert!(!ran.stderr.contains("build"), "{}", ran.stderr);
}
