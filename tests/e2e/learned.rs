//! Learned from real agents' commits: each of these fooled somebody.

use std::fmt::Write as _;

use crate::project::{Project, findings, the};

fn with_tests(tests: &str) -> String {
    format!("pub fn one() -> u32 {{\n    1\n}}\n\n#[cfg(test)]\nmod tests {{\n{tests}}}\n")
}

fn test(name: &str, body: &str) -> String {
    format!("    #[test]\n    fn {name}() {{\n        {body}\n    }}\n")
}

#[test]
fn a_test_binary_that_exits_before_its_result_line_is_a_failure() {
    let project = Project::crate_with(&with_tests(&test("fine", "assert_eq!(super::one(), 1);")));
    project.write(
        "src/lib.rs",
        with_tests(
            &(test("fine", "assert_eq!(super::one(), 2);") + &test("a_quick_one", "std::process::exit(0);")),
        ),
    );

    let (code, report) = project.check_saying("All tests pass.", &[]);

    assert_eq!(code, 1);
    let found = report["findings"].as_array().unwrap().iter().find(|f| f["check"] == "failing-test").unwrap();
    assert_eq!(found["level"], "deny", "{found:#}");
}

#[test]
fn results_that_a_test_prints_itself_before_it_ends_the_process_are_not_believed() {
    let project = Project::crate_with(&with_tests(&test("fine", "assert_eq!(super::one(), 1);")));
    let forged = "test only ... ok\\n\\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\\n\\n";
    project.write(
        "tests/only.rs",
        format!(
            "use std::io::Write;\n\n#[test]\nfn only() {{\n    let mut out = std::fs::OpenOptions::new().write(true).open(\"/dev/stdout\").unwrap();\n    \
             write!(out, \"{forged}\").unwrap();\n    std::process::exit(0);\n}}\n"
        ),
    );
    let (code, report) = project.check(&[]);
    assert_eq!(code, 1, "{report:#}");
    assert!(report["findings"].to_string().contains("1 test never reported: `only`"), "{report:#}");

    // A call of that name is no offence.
    project.write("tests/only.rs", "#[test]\nfn only() {\n    if std::env::args().count() > 9 {\n        std::process::exit(0);\n    }\n}\n");
    let (code, report) = project.check(&[]);
    assert_eq!(code, 0, "{report:#}");
}

#[test]
fn a_documentation_test_that_ends_before_its_last_statements_is_no_pass() {
    let project = Project::crate_with("pub fn one() -> u32 {\n    1\n}\n");
    let example = "/// ```\n/// std::process::exit(0);\n/// assert_eq!(probe::one(), 2);\n/// ```\n";
    project.edit("src/lib.rs", "pub fn one", &format!("{example}pub fn one"));
    let (code, report) = project.check(&[]);
    assert_eq!(code, 3, "{report:#}");
    assert!(report["headline"].as_str().unwrap().contains("`src/lib.rs:2`"), "{report:#}");
}

#[test]
fn a_suite_that_hangs_is_a_failure_with_the_name_of_the_test_that_hung() {
    let project = Project::crate_with(&with_tests(&test("fine", "assert_eq!(super::one(), 1);")));
    project.write("guard.toml", "[limits]\ntest = \"5s\"\n");
    project.commit("Bound the tests");
    project.write(
        "src/lib.rs",
        with_tests(
            &(test("fine", "assert_eq!(super::one(), 1);")
                + &test("waits_for_ever", "loop { std::thread::sleep(std::time::Duration::from_secs(1)); }")),
        ),
    );

    let (code, report) = project.check_saying("All tests pass.", &[]);

    assert_eq!(code, 1);
    assert!(report["findings"].to_string().contains("waits_for_ever"), "{:#}", report["findings"]);
    assert!(report["findings"][0]["path"] == "src/lib.rs", "{:#}", report["findings"]);
    assert!(!report["findings"].to_string().contains("`tests::fine`"), "{:#}", report["findings"]);
}

#[test]
fn a_test_that_was_already_red_at_base_is_said_to_be_old() {
    let tests =
        test("fine", "assert_eq!(super::one(), 1);") + &test("old_trouble", "assert_eq!(super::one(), 2);");
    let project = Project::crate_with(&with_tests(&tests));
    project.write("src/more.rs", "pub fn two() -> u32 {\n    2\n}\n");
    project.edit("src/lib.rs", "pub fn one", "pub mod more;\n\npub fn one");

    let (_, report) = project.check_saying("Added `two`. The failure of `old_trouble` is pre-existing.", &[]);

    let found = the(&report, "failing-test");
    assert_ne!(found["level"], "deny", "{found:#}");
    assert!(found.to_string().contains("base"), "{found:#}");
    let claim = report["claims"].as_array().unwrap().iter().find(|c| c["kind"] == "pre-existing").unwrap();
    assert_eq!(claim["verdict"], "verified");
}

#[test]
fn all_new_tests_ignored_under_all_tests_passing_is_contradicted() {
    let project = Project::crate_with(&with_tests(&test("fine", "assert_eq!(super::one(), 1);")));
    let tests = test("fine", "assert_eq!(super::one(), 1);")
        + "    #[test]\n    #[ignore]\n    fn new_one() {\n        assert_eq!(super::one(), 2);\n    }\n    #[test]\n    #[ignore]\n    fn new_two() {\n        assert_eq!(super::one(), 3);\n    }\n";
    project.write("src/lib.rs", with_tests(&tests));

    let (code, report) = project.check_saying("Added 2 tests for `one`. All tests passing.", &[]);

    assert_eq!(code, 1);
    assert!(findings(&report).iter().any(|f| f.starts_with("deny ignored-test")), "{:?}", findings(&report));
}

#[test]
fn counts_come_from_runs_not_from_attributes_in_the_diff() {
    let project = Project::crate_with("pub fn one() -> u32 {\n    1\n}\n");
    // The module was there all the time, with its tests; the change only declares it.
    project.write("src/old.rs", test("a", "assert!(true);") + &test("b", "assert!(true);") + "#[cfg(test)]\nconst TEXT: &str = \"#[test]\\nfn c() {}\";\n#[test]\nfn text_is_kept() {\n    assert!(TEXT.contains(\"#[test]\"));\n}\n");
    project.commit("A module that nobody declares");
    project.edit("src/lib.rs", "pub fn one", "#[cfg(test)]\nmod old;\n\npub fn one");

    let (_, report) = project.check_saying("Wired up `old`: 3 tests pass.", &[]);

    assert_eq!(report["tests"]["head"]["passed"], 3);
    assert!(findings(&report).iter().all(|f| !f.contains("miscounted")), "{:?}", findings(&report));

    let (_, report) = project.check_saying("Wired up `old`. Added 3 tests.", &[]);
    assert!(findings(&report).iter().all(|f| !f.contains("miscounted")), "{:?}", findings(&report));
    let claims = report["claims"].as_array().unwrap();
    let claim = claims.iter().find(|c| c["kind"] == "test-added").unwrap();
    assert_eq!(claim["verdict"], "verified", "{claim:#}");

    let (_, report) = project.check_saying("Wired up `old`. Added 5 tests.", &[]);
    assert!(findings(&report).iter().any(|f| f.contains("miscounted")), "{:?}", findings(&report));
}

#[test]
fn tests_that_look_for_target_debug_find_their_binary() {
    let project = Project::crate_with("pub fn one() -> u32 {\n    1\n}\n");
    project.write("src/main.rs", "fn main() {\n    println!(\"{}\", probe::one());\n}\n");
    project.write(
        "tests/cli.rs",
        "#[test]\nfn the_binary_prints_one() {\n    let out = std::process::Command::new(\"target/debug/probe\").output().unwrap();\n    assert_eq!(out.stdout, b\"1\\n\");\n}\n",
    );

    let (code, report) = project.check_saying("Added a binary and a test that runs it. All tests pass.", &[]);

    assert_eq!(report["tests"]["head"]["failed"], 0, "{:#}", report["findings"]);
    assert_eq!(code, 0, "{:#}", report["findings"]);
}

#[test]
fn a_missing_sibling_directory_is_named_and_is_not_the_codes_fault() {
    let project = Project::crate_with("pub fn one() -> u32 {\n    1\n}\n");
    let manifest = project.read("Cargo.toml");
    project.write("Cargo.toml", format!("{manifest}\n[dependencies]\nengine = {{ path = \"../engine\" }}\n"));
    project.commit("Use the engine beside us");
    project.edit("src/lib.rs", "    1", "    2");

    let (code, report) = project.check_saying("`one` is two now. All tests pass.", &[]);

    assert_eq!(code, 3, "{report:#}");
    assert_eq!(report["verdict"], "inconclusive");
    let mut said = String::new();
    write!(said, "{} {}", report["headline"], report["skipped_checks"]).unwrap();
    assert!(said.contains("../engine"), "{said}");
}

#[test]
fn a_test_that_only_fails_as_root_is_named_as_such() {
    let project = Project::crate_with(&with_tests(&test("fine", "assert_eq!(super::one(), 1);")));
    let body = "let dir = std::env::temp_dir().join(\"locked\");\n        std::fs::create_dir_all(&dir).unwrap();\n        let file = dir.join(\"f\");\n        std::fs::write(&file, \"\").unwrap();\n        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();\n        let read = std::fs::read(&file);\n        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();\n        assert!(read.is_err(), \"a locked file was read\");";
    project.write(
        "src/lib.rs",
        with_tests(&(test("fine", "assert_eq!(super::one(), 1);") + &test("locked_files_are_refused", body))),
    );

    let (_, report) = project.check_saying("Added a test for locked files.", &[]);

    // As an ordinary user it passes; as root it fails, and only where the sandbox can drop root is that known.
    let denied: Vec<_> =
        findings(&report).into_iter().filter(|f| f.starts_with("deny failing-test")).collect();
    let can_drop = report["sandbox"]["tree_killed"] == true;
    assert!(denied.is_empty() || !can_drop, "{:#}", report["findings"]);
}

#[test]
fn a_test_that_needs_root_is_named_as_such() {
    let project = Project::crate_with(&with_tests(&test("fine", "assert_eq!(super::one(), 1);")));
    let body = "let own = std::fs::metadata(\"/proc/self\").unwrap();\n        assert_eq!(std::os::unix::fs::MetadataExt::uid(&own), 0, \"not root\");";
    let tests = test("fine", "assert_eq!(super::one(), 1);") + &test("is_root", body);
    project.write("src/lib.rs", with_tests(&tests));

    let (_, report) = project.check_saying("Added a test that needs root.", &[]);

    let found = the(&report, "failing-test");
    let user = assert_cmd::Command::new("id").arg("-u").output().unwrap().stdout;
    if user == b"0\n" && report["sandbox"]["tree_killed"] == true {
        assert_eq!(found["level"], "note", "{found:#}");
        assert!(found["message"].as_str().unwrap().contains("passes as root"), "{found:#}");
    } else {
        assert_eq!(found["level"], "deny", "{found:#}");
    }
}

#[test]
fn squashed_steps_promises_and_rejected_alternatives_are_no_false_claims() {
    let project = Project::crate_with(&with_tests(&test("fine", "assert_eq!(super::one(), 1);")));
    project.edit("src/lib.rs", "    1\n}", "    let one = 1;\n    one\n}");
    let message = "\
Refactor `one`

* Added `helper()` to compute it
* Removed `helper()` again, it is not needed
* Considered caching in `cache.rs`, but it is not worth it

- [ ] Add a benchmark in `benches/one.rs`
- [x] Refactor `one`
";

    let (code, report) = project.check_saying(message, &[]);

    assert_eq!(code, 0, "{:#}", report["findings"]);
    let accused: Vec<_> = report["claims"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| c["verdict"] == "contradicted" || c["verdict"] == "partial")
        .collect();
    assert!(accused.is_empty(), "{accused:#?}");
}

#[test]
fn words_of_a_failure_excuse_nothing_that_base_passes() {
    let lib = |code: &str| {
        format!(
            "pub fn name(code: u32) -> &'static str {{\n    match code {{\n        {code} => \"ENETUNREACH\",\n        _ => \"?\",\n    }}\n}}\n\n#[cfg(test)]\nmod tests {{\n{}{}}}\n",
            test("fine", "assert_eq!(super::name(7), \"?\");"),
            test("names", "assert_eq!(super::name(101), \"ENETUNREACH\");"),
        )
    };
    let project = Project::crate_with(&lib("101"));
    project.write("src/lib.rs", lib("102"));

    let (code, report) = project.check_saying("Refactored `name`. All tests pass.", &[]);

    assert_eq!(code, 1, "{report:#}");
    let found = the(&report, "failing-test");
    assert_eq!(found["level"], "deny", "{found:#}");
    let claims = report["claims"].as_array().unwrap();
    let claim = claims.iter().find(|c| c["kind"] == "test-result").unwrap();
    assert_eq!(claim["verdict"], "contradicted", "{claim:#}");
}

#[test]
fn a_new_test_that_says_it_lacks_the_network_is_neither_passed_nor_denied() {
    let fine = test("fine", "assert_eq!(super::one(), 1);");
    let project = Project::crate_with(&with_tests(&fine));
    let tests = fine + &test("fetches", "assert_eq!(super::one(), 2, \"Network is unreachable\");");
    project.write("src/lib.rs", with_tests(&tests));

    let (code, report) = project.check_saying("Added a test. All tests pass.", &[]);

    assert_eq!(code, 3, "{report:#}");
    let found = the(&report, "failing-test");
    assert_eq!(found["level"], "note", "{found:#}");
}

#[test]
fn a_rewritten_expectation_does_not_hide_behind_a_test_that_no_longer_compiles() {
    let lib = |add: &str, sub: &str, tests: &str| {
        format!(
            "pub fn add(a: i32, b: i32) -> i32 {{\n    {add}\n}}\n\npub fn sub({sub}\n}}\n\n#[cfg(test)]\nmod tests {{\n    use super::*;\n{tests}}}\n"
        )
    };
    let tests = |sum: &str, difference: &str| {
        test("adds", &format!("assert_eq!(add(1, 2), {sum});")) + &test("subtracts", difference)
    };
    let before =
        lib("a + b", "a: i32, b: i32) -> i32 {\n    a - b", &tests("3", "assert_eq!(sub(3, 2), 1);"));
    let project = Project::crate_with(&before);
    let after = lib(
        "a + b + 1",
        "a: i32, b: i32, c: i32) -> i32 {\n    a - b - c",
        &tests("4", "assert_eq!(sub(3, 2, 0), 1);"),
    );
    project.write("src/lib.rs", after);

    let (code, report) = project.check_saying("`sub` takes a third number. All tests pass.", &[]);

    assert_eq!(code, 1, "{report:#}");
    let found = the(&report, "rewritten-expectation");
    assert!(found["message"].as_str().unwrap().contains("adds"), "{found:#}");
    let open = report["skipped_checks"].to_string();
    assert!(open.contains("subtracts"), "{open}");
}

#[test]
fn the_flag_for_an_offline_run_is_no_edit_of_the_policy() {
    let project = Project::crate_with(&with_tests(&test("fine", "assert_eq!(super::one(), 1);")));
    project.write("guard.toml", "[checks]\nignored-test = \"warn\"\n");
    project.commit("A policy");
    project.edit("src/lib.rs", "    1\n", "    2 - 1\n");
    project.write("guard.toml", "[checks]\nignored-test = \"deny\"\n");

    let (code, report) = project.check(&["--mode", "quick"]);

    assert_eq!(code, 0, "{report:#}");
    let found = the(&report, "edited-policy");
    assert_eq!(found["level"], "note", "{found:#}");
}

#[test]
fn an_expectation_that_moved_beside_its_test_is_found() {
    let reads = [
        ("data/x.txt", "3\n", "4\n", "include_str!(\"data/x.txt\").trim()"),
        (
            "common/mod.rs",
            "pub const WANT: &str = \"3\";\n",
            "pub const WANT: &str = \"4\";\n",
            "common::WANT",
        ),
    ];
    for (file, before, after, expected) in reads {
        let path = format!("tests/{file}");
        let project = Project::crate_with("pub fn add(a: u32, b: u32) -> u32 {\n    a + b\n}\n");
        project.write(&path, before);
        let module = if file.starts_with("common") { "mod common;\n\n" } else { "" };
        let test = format!(
            "{module}#[test]\nfn adds() {{\n    assert_eq!(probe::add(1, 2).to_string(), {expected});\n}}\n"
        );
        project.write("tests/sums.rs", test);
        project.commit("A test");
        project.edit("src/lib.rs", "a + b", "a + b + 1");
        project.write(&path, after);

        let (_, report) = project.check_saying("Tidied up. All tests pass.", &[]);

        let found = the(&report, "rewritten-expectation");
        assert_eq!(found["level"], "warn", "{found:#}");
        assert_eq!(found["path"], "tests/sums.rs", "{found:#}");
        assert!(found["evidence"].to_string().contains(&path), "{found:#}");
    }
}
