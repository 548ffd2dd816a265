//! Mutants that another tool has tested, read from its report.

use std::path::Path;

use serde_json::Value;

use crate::project::{Project, findings};

pub(crate) fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mutation-reports").join(name).display().to_string()
}

pub(crate) fn text(name: &str) -> String {
    std::fs::read_to_string(fixture(name)).unwrap()
}

fn read(project: &Project, report: &str) -> (i32, Value) {
    let ran = project.guard(&["mutants", "--format", "json", "--mutants-report", report]);
    (ran.code, ran.json())
}

pub(crate) fn counts(report: &Value) -> [u64; 4] {
    ["caught", "missed", "uncovered", "not_run"].map(|key| report["mutants"][key].as_u64().unwrap())
}

/// The report, the place of its file, and the file as it was then where the report has it not.
const TOOLS: [(&str, &str, &str); 3] = [
    ("stryker/mutation.json", "src/size.js", ""),
    ("cargo-mutants/mutants.out", "src/lib.rs", "cargo-mutants/lib.rs.txt"),
    ("mutmut/mutants", "src/limits/size.py", "mutmut/size.py.txt"),
];

/// The file of a tool's report as it was when the report was made.
fn mutated(report: &str, path: &str, kept: &str) -> String {
    if !kept.is_empty() {
        return text(kept);
    }
    let report: Value = serde_json::from_str(&text(report)).unwrap();
    report["files"][path]["source"].as_str().unwrap().to_owned()
}

#[test]
fn the_reports_of_three_tools_are_read() {
    let expected = [[6, 7, 0, 0], [3, 6, 0, 0], [1, 6, 6, 0]];
    for ((report, path, kept), expected) in TOOLS.into_iter().zip(expected) {
        let project = Project::empty();
        project.write("README.md", "limits\n");
        project.commit("begin");
        project.write(path, mutated(report, path, kept));
        let (code, found) = read(&project, &fixture(report));
        assert_eq!(counts(&found), expected, "{report}");
        assert_eq!(code, 0, "{report}");
        assert!(found["sandbox"].is_null(), "nothing was run: {report}");
        let shown = findings(&found);
        assert!(shown.iter().any(|f| f.contains("missed-mutant")), "{shown:?}");
        assert!(found.to_string().contains("says the report of"), "{report}");
    }
}

#[test]
fn only_changed_lines_count() {
    let (report, path, kept) = TOOLS[2];
    let project = Project::empty();
    let now = mutated(report, path, kept);
    project.write(path, now.replace("return size <= limit", "return size < limit + 1"));
    project.commit("begin");
    project.write(path, now);
    let (_, found) = read(&project, &fixture(report));
    assert_eq!(counts(&found), [0, 1, 0, 0]);
    let list = found["mutants"]["list"].as_array().unwrap();
    assert_eq!(list[0]["replacement"], "replace `<=` with `<`");
    assert_eq!(list[0]["function"], "allowed");
}

#[test]
fn a_report_of_another_state_says_nothing() {
    for (report, path, kept) in TOOLS {
        let project = Project::empty();
        project.write("README.md", "limits\n");
        project.commit("begin");
        let now = mutated(report, path, kept);
        project.write(
            path,
            now.replacen("size <= limit", "size <= limit + 0", 1).replacen("limit\n", "limit + 0\n", 1),
        );
        let (code, found) = read(&project, &fixture(report));
        assert_eq!(counts(&found), [0, 0, 0, 0], "{report}");
        assert_eq!(code, 3, "{report}");
        assert!(found.to_string().contains("was made of another state"), "{report}");
    }
}

#[test]
fn a_check_takes_them_instead_of_running_any_and_says_what_is_stale() {
    let project = Project::crate_with("pub fn old() {}\n");
    let report = fixture("cargo-mutants/mutants.out");
    let check = || project.check(&["--mode", "commit", "--no-session", "--mutants-report", &report]).1;
    project.write("src/lib.rs", text("cargo-mutants/lib.rs.txt"));
    let found = check();
    assert_eq!(counts(&found), [3, 6, 0, 0]);
    assert_eq!(found["build"]["head"], "ok", "the rest is measured all the same");
    project.edit("src/lib.rs", "self.used * 2", "self.used * 4");
    let found = check();
    assert_eq!(counts(&found), [0, 0, 0, 0]);
    assert!(found["skipped_checks"].to_string().contains("was made of another state"), "{found:#}");
}

#[test]
fn what_a_report_cannot_be_told_is_a_usage_error() {
    let project = Project::empty();
    project.write("a.py", "def f():\n    return 1\n");
    let report = fixture("mutmut/mutants");
    for more in
        [&["--list"][..], &["--function", "f"], &["--shard", "1/2"], &["--operators", "cargo-mutants"]]
    {
        let ran = project.guard(&[&["mutants", "--mutants-report", &report][..], more].concat());
        assert_eq!(ran.code, 2, "{more:?}");
        assert!(ran.stderr.contains("cannot be used with"), "{}", ran.stderr);
    }
}

#[test]
fn what_is_no_report_is_said_to_be_none() {
    let project = Project::empty();
    project.write("a.py", "def f():\n    return 1\n");
    let broken = project.beside("broken.json");
    std::fs::write(&broken, "{ not json").unwrap();
    let place = broken.display().to_string();
    for (report, word) in [
        (place.as_str(), "no JSON"),
        ("nowhere.json", "cannot be read"),
        (".", "neither `outcomes.json` nor a file of mutmut's"),
    ] {
        let ran = project.guard(&["mutants", "--mutants-report", report]);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains(word), "{}", ran.stderr);
    }
    let ran = project.guard(&["check", "--mode", "commit", "--mutants-report", "nowhere.json"]);
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    let ran = project.guard(&["check", "--mode", "quick", "--mutants-report", &place]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("use --mode commit or ci"), "{}", ran.stderr);
}
