//! Broken input gives one clear message and the right exit code, and never a panic.

use std::fs;

use crate::project::{Project, Ran};

fn one_message(ran: &Ran, code: i32, says: &str) {
    assert_eq!(ran.code, code, "{ran:?}");
    assert!(ran.stderr.contains(says), "`{says}` is not in:\n{}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
}

fn library() -> Project {
    Project::crate_with("pub fn one() -> u32 {\n    1\n}\n")
}

#[test]
fn a_base_that_does_not_exist() {
    let ran = library().guard(&["check", "--base", "mian", "--mode", "quick"]);
    one_message(&ran, 2, "mian");
    assert!(ran.stderr.contains("main"), "the nearest name is missing: {}", ran.stderr);
}

#[test]
fn no_repository() {
    let dir = tempfile::tempdir().unwrap();
    let ran = library().guard(&["check", "--repo", dir.path().to_str().unwrap()]);
    one_message(&ran, 2, "not inside a git repository");
}

#[test]
fn a_repository_without_commits_is_checked_against_nothing() {
    let project = Project::empty();
    project.write("README.md", "# New\n");
    let (code, report) = project.check(&["--mode", "quick"]);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(report["change"]["files"], 1);
}

#[test]
fn a_directory_without_a_project_is_inconclusive() {
    let project = Project::empty();
    project.write("notes.txt", "one\n");
    project.commit("Begin");
    project.write("notes.txt", "two\n");
    let (code, report) = project.check(&[]);
    assert_eq!(code, 3, "{report:#}");
    assert!(report["skipped_checks"].to_string().contains("guard.toml"), "{report:#}");
}

#[test]
fn transcripts_that_are_missing_empty_cut_or_no_transcript() {
    let project = library();
    project.edit("src/lib.rs", "1", "2");
    let file = project.beside("session.jsonl");
    let path = file.to_str().unwrap().to_owned();
    let args = ["check", "--mode", "quick", "--session", path.as_str()];

    one_message(&project.guard(&args), 2, "session.jsonl");
    fs::write(&file, "").unwrap();
    one_message(&project.guard(&args), 2, "session.jsonl");
    fs::write(&file, [0u8, 159, 146, 150]).unwrap();
    one_message(&project.guard(&args), 2, "session.jsonl");

    let record = r#"{"type":"user","uuid":"a","parentUuid":null,"sessionId":"s","cwd":"/x","version":"2.1.37","timestamp":"2026-01-01T00:00:00Z","message":{"role":"user","content":"do it"}}"#;
    fs::write(&file, format!("{record}\n{}", &record[..60])).unwrap();
    let ran = project.guard(&["check", "--mode", "quick", "--session", &path, "--format", "json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.json()["words"][0]["broken_records"], 1, "{ran:?}");
}

#[test]
fn a_policy_with_unknown_keys_names_the_line_and_the_nearest_key() {
    let project = library();
    project.write(
        "guard.toml",
        "preset = \"default\"\nfail-onn = \"deny\"\n[checks]\ndeleted-tset = \"warn\"\n",
    );
    project.commit("Policy");
    let ran = project.guard(&["check", "--mode", "quick"]);
    one_message(&ran, 2, "guard.toml");
    for said in [":2", "fail-on", ":4", "deleted-test"] {
        assert!(ran.stderr.contains(said), "`{said}` is not in:\n{}", ran.stderr);
    }
}

#[test]
fn a_test_command_that_does_not_exist_is_inconclusive() {
    let project = library();
    project.write(
        "guard.toml",
        "[[suite]]\nname = \"web\"\nrun = \"no-such-runner --all\"\nresults = \"junit\"\n",
    );
    project.commit("Policy");
    project.edit("src/lib.rs", "1", "2");
    let (code, report) = project.check(&[]);
    assert_eq!(code, 3, "{report:#}");
    let skipped = report["skipped_checks"].as_array().unwrap();
    let skip = skipped.iter().find(|s| s["reason"].as_str().unwrap().contains("no-such-runner")).unwrap();
    let log = skip["log"].as_str().unwrap();
    assert!(std::path::Path::new(log).is_file(), "{report:#}");
    let ran = project.guard(&["report", report["out"].as_str().unwrap(), "--format", "text"]);
    assert!(ran.stdout.lines().any(|l| l.trim() == format!("log: {log}")), "{ran:?}");
}

#[test]
fn prose_alone_is_no_pass_either_where_the_only_test_command_does_not_exist() {
    let project = Project::empty();
    project.write("package.json", r#"{ "name": "demo", "scripts": { "test": "no-such-runner --all" } }"#);
    project.write("index.js", "export const one = 1;\n");
    project.write("README.md", "# Demo\n");
    project.commit("Begin");
    project.write("README.md", "# Demo\n\nIt is one.\n");
    let (code, report) = project.check(&[]);
    assert_eq!(code, 3, "{report:#}");
    let (headline, tests) = (report["headline"].as_str().unwrap(), &report["tests"]);
    assert!(headline.starts_with("inconclusive: the command cannot be run"), "{headline}");
    assert!(tests["head"].is_null(), "{tests:#}");
    let ran = project.guard(&["report", report["out"].as_str().unwrap(), "--format", "text"]);
    assert!(ran.stdout.lines().any(|l| l == "build   head not run"), "{ran:?}");
    let ran = project.guard(&["tests"]);
    assert!(ran.stdout.starts_with("head: not run: the command cannot be run"), "{ran:?}");
}

#[test]
fn a_suite_that_cannot_run_is_set_aside_where_others_speak_for_prose() {
    let project = library();
    project.write("package.json", r#"{ "name": "demo", "scripts": { "test": "no-such-runner --all" } }"#);
    project.commit("A second language");
    project.write("README.md", "# New\n");
    let (code, report) = project.check(&[]);
    assert_eq!(code, 0, "{report:#}");
    assert!(report["skipped_checks"].to_string().contains("cannot be run"), "{report:#}");
}

#[test]
fn a_change_of_no_file_is_inconclusive_in_every_mode() {
    let project = library();
    for mode in ["quick", "commit"] {
        let (code, report) = project.check(&["--mode", mode]);
        assert_eq!(code, 3, "{mode}: {report:#}");
        assert_eq!(report["headline"], "inconclusive: nothing to check: base and head have the same files");
    }
}

#[test]
fn a_test_command_that_gives_no_results_is_never_a_pass() {
    let project = library();
    project.write(
        "guard.toml",
        "[[suite]]\nname = \"web\"\nrun = \"true\"\nresults = \"junit\"\nfile = \"junit.xml\"\n",
    );
    project.commit("Policy");
    project.edit("src/lib.rs", "1", "2");
    let (code, report) = project.check(&[]);
    assert_eq!(code, 3, "{report:#}");
}

#[test]
fn a_source_nested_a_hundred_thousand_deep() {
    let project = library();
    let deep = format!("pub fn deep() -> u32 {{ {}1{} }}\n", "(".repeat(100_000), ")".repeat(100_000));
    project.write("src/deep.rs", deep);
    project.write("deep.py", format!("x = {}{}\n", "[".repeat(100_000), "]".repeat(100_000)));
    project.write("deep.ts", format!("const x = {}{};\n", "{a:".repeat(100_000), "}".repeat(100_000)));
    let (code, report) = project.check(&["--mode", "quick"]);
    assert!([0, 1, 3].contains(&code), "{report:#}");
}

#[test]
fn usage_errors_are_two_and_help_is_zero() {
    let project = library();
    assert_eq!(project.guard(&["check", "--no-such-flag"]).code, 2);
    assert_eq!(project.guard(&["check", "--mode", "fast"]).code, 2);
    assert_eq!(project.guard(&["--help"]).code, 0);
    one_message(&project.guard(&["judge", "/nonexistent"]), 2, "evidence.json");
    one_message(&project.guard(&["explain", "deleted-tset"]), 2, "deleted-test");
}

#[test]
fn a_scratch_area_that_cannot_be_written() {
    let project = library();
    let file = project.beside("file");
    fs::write(&file, "").unwrap();
    let ran =
        project.guard_with(&["check", "--mode", "quick"], &[("GUARD_CACHE_DIR", file.to_str().unwrap())]);
    one_message(&ran, 2, "GUARD_CACHE_DIR");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_in_the_scratch_area_is_inconclusive() {
    let project = library();
    project.edit("src/lib.rs", "1", "2");
    fs::create_dir(project.cache()).unwrap();
    // A small disk that only this run sees.
    let script = format!(
        "mount -t tmpfs -o size=64m none '{}' && exec '{}' check --offline --format json",
        project.cache().display(),
        env!("CARGO_BIN_EXE_guard")
    );
    let output =
        project.command("unshare", &["--map-root-user", "--mount", "sh", "-c", &script]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(said.contains("no disk space in the scratch area"), "{said}");
    assert!(said.contains("GUARD_CACHE_DIR"), "{said}");
}
