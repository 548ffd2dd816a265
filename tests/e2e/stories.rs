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

/// "Updated the README", and it stands as it did; what `.gitignore` keeps out may be there all the same.
#[test]
fn files_that_are_said_to_be_written_are_looked_for() {
    let project = Project::crate_with(PARSER);
    project.write("README.md", "# Demo\n");
    project.write(".gitignore", "/target\n/dist/\n");
    project.commit("more");
    project.edit("src/lib.rs", "key.is_empty()", "key.trim().is_empty()");
    let said = "Fixed keys of spaces in src/lib.rs.\nUpdated README.md with the rule.\n\
        Created checksums.json for verification.\nCreated dist/index.html for the site.\n\
        Created notes/plan.md for me.\nCreated settings.local.json for the server.\n";
    // What the repository and the user keep out of commits is kept out as by `.gitignore`.
    project.write(".git/info/exclude", "/notes/\n");
    std::fs::write(project.beside("excludes"), "*.local.json\n").unwrap();
    project.git(&["config", "core.excludesFile", project.beside("excludes").to_str().unwrap()]);

    let (code, report) = project.check_saying(said, &["--mode", "quick"]);

    assert_eq!(code, 0, "{report:#}");
    let claims = report["claims"].as_array().unwrap();
    let of = |path: &str| {
        let found = claims.iter().find(|c| c["text"].as_str().unwrap().contains(path)).unwrap();
        (found["verdict"].as_str().unwrap(), found["evidence"][0]["message"].as_str().unwrap_or_default())
    };
    assert_eq!(of("README.md"), ("partial", "`README.md` is at head what it was at base"));
    assert_eq!(of("checksums.json"), ("partial", "there is no `checksums.json` at head"));
    assert_eq!(of("dist/index.html"), ("unsupported", "there is no `dist/index.html` at head"));
    assert_eq!(of("notes/plan.md"), ("unsupported", "there is no `notes/plan.md` at head"));
    assert_eq!(of("settings.local.json"), ("unsupported", "there is no `settings.local.json` at head"));
    assert_ne!(of("src/lib.rs").0, "contradicted");
}

/// 41 logging statements, of which 18 were migrated, and an agent that calls it done.
#[test]
fn a_file_that_was_migrated_in_part_is_counted_and_listed() {
    let fixture = |name: &str| fixture(&format!("call-manager/{name}"));
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
    let said = |text: &str| {
        let claims = report["claims"].as_array().unwrap();
        let claim = claims.iter().rev().find(|c| c["text"] == text).unwrap_or_else(|| panic!("{claims:#?}"));
        (claim["verdict"].as_str(), claim["done"].as_u64(), claim["total"].as_u64())
    };
    let in_part = (Some("partial"), Some(18), Some(41));
    assert_eq!(said("I've updated the most critical ones"), in_part);
    assert_eq!(said("Update CallManager logging statements"), in_part);
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

fn fixture(path: &str) -> String {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    std::fs::read_to_string(dir.join(path)).unwrap()
}

/// A handler that refuses more than 10 MiB, and a "large upload" of 1 KiB.
#[test]
fn tests_for_large_uploads_that_never_reach_the_limit_are_held_against_it() {
    let project = Project::crate_with(&fixture("uploads/src/lib.rs"));
    for file in ["src/upload.rs", "src/store.rs"] {
        project.write(file, fixture(&format!("uploads/{file}")));
    }
    project.commit("Take uploads");
    project.write("tests/upload.rs", fixture("uploads/tests/upload.rs"));

    let (code, report) = project.check_saying("I've added tests for large uploads.", &["--mode", "quick"]);

    assert_eq!(code, 0);
    let found = the(&report, "contradicted-claim");
    assert_eq!((found["level"].as_str(), found["path"].as_str()), (Some("warn"), Some("tests/upload.rs")));
    let limit = found["evidence"].as_array().unwrap().iter().find(|e| e["path"] == "src/upload.rs").unwrap();
    let line = fixture("uploads/src/upload.rs").lines().position(|l| l.contains("> MAX_UPLOAD")).unwrap() + 1;
    assert_eq!(limit["line"].as_u64(), Some(line as u64), "{found:#}");
    assert_eq!(report["claims"][0]["verdict"], "partial");

    // Words that name the limit weigh more.
    let said = "Added a test for uploads over the size limit.";
    let (code, report) = project.check_saying(said, &["--mode", "quick"]);
    assert_eq!((code, the(&report, "contradicted-claim")["level"].as_str()), (1, Some("deny")));

    // And a test that does go there makes them true.
    project.edit("tests/upload.rs", "vec![7; 1024]", "vec![7; probe::upload::MAX_UPLOAD + 1]");
    let (code, report) = project.check_saying(said, &["--mode", "quick"]);
    assert_eq!((code, report["claims"][0]["verdict"].as_str()), (0, Some("verified")), "{report:#}");
}

/// A client of six methods, of which the service calls two and one test two more.
#[test]
fn a_port_reported_complete_whose_methods_nobody_calls_is_counted() {
    let project = Project::crate_with("");
    std::fs::remove_file(project.root().join("src/lib.rs")).unwrap();
    project.write("src/main.rs", "fn main() {}\n");
    project.commit("Begin anew");
    for file in ["main.rs", "billing.rs"] {
        project.write(&format!("src/{file}"), fixture(&format!("billing-port/{file}")));
    }
    let said = "The port of the billing client is complete.";

    let (code, report) = project.check_saying(said, &["--mode", "quick"]);

    assert_eq!(code, 0);
    let found = the(&report, "contradicted-claim");
    assert_eq!((found["level"].as_str(), found["path"].as_str()), (Some("warn"), Some("src/billing.rs")));
    let message = found["message"].as_str().unwrap();
    assert!(
        message.ends_with(
            "4 of 6 new functions are never called: `refund`, `refund_part`, `balance` and `invoice_url`"
        ),
        "{message}"
    );
    let claim = &report["claims"][0];
    assert_eq!((claim["done"].as_u64(), claim["total"].as_u64()), (Some(2), Some(6)), "{claim:#}");

    // A build adds the compiler's word for what not even tests call.
    let (_, report) = project.check_saying(said, &["--mode", "commit"]);
    let told = the(&report, "contradicted-claim")["evidence"].to_string();
    assert!(told.contains("the compiler says that `Client::invoice_url` is never used"), "{told}");

    // Called from the service, they are part of it.
    project.edit(
        "src/main.rs",
        "    println!",
        "    let part = client.refund_part(order, 200);\n    println!(\"{part:?} {:?}\", client.refund(order));\n    println!(\"{} {}\", client.balance(), client.invoice_url(order));\n    println!",
    );
    let (_, report) = project.check_saying(said, &["--mode", "quick"]);
    assert_eq!(findings(&report), [""; 0]);
}

/// What was left out can be made by applying what guard suggests.
#[test]
fn the_places_that_were_left_out_are_suggested_as_a_patch() {
    let calls = |name: &str| (1..=9).map(|i| format!("    {name}({i});\n")).collect::<String>();
    let lib = |body: &str| {
        format!("pub fn fetch(_: u32) {{}}\npub fn load(_: u32) {{}}\n\npub fn all() {{\n{body}}}\n")
    };
    let project = Project::crate_with(&lib(&calls("fetch")));
    let partly = calls("fetch").replacen("fetch", "load", 7);
    project.write("src/lib.rs", lib(&partly));

    let ran = project.guard(&["sites", "--suggest"]);

    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let patch = project.beside("rest.patch");
    std::fs::write(&patch, &ran.stdout).unwrap();
    project.git(&["apply", patch.to_str().unwrap()]);
    assert_eq!(project.read("src/lib.rs"), lib(&calls("load")), "{}", ran.stdout);
    let rules = project.guard(&["sites", "--rules"]).stdout;
    assert!(rules.contains("regex: '^fetch$'") && rules.contains("fix: 'load'"), "{rules}");
}

#[test]
fn an_edit_that_no_rule_says_is_named() {
    let calls = |new: usize| {
        let call = |i: usize| format!("Cow::{}(\"{i}\")", if i < new { "Borrowed" } else { "from" });
        let body: String = (0..9).map(|i| format!("    drop({});\n", call(i))).collect();
        format!("use std::borrow::Cow;\n\npub fn all() {{\n{body}}}\n")
    };
    let project = Project::crate_with(&calls(0));
    project.write("src/lib.rs", calls(7));

    let ran = project.guard(&["sites", "--rules"]);

    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    assert!(ran.stderr.contains("no rule says this edit: Cow::from( -> Cow::Borrowed("), "{}", ran.stderr);
}
