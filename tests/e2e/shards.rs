//! A run in parts: all of them together say what one run says, and some of them say nothing.

use serde_json::Value;

use crate::mutation_reports::{counts, fixture, text};
use crate::project::{Project, Ran};

/// A library with a dozen tests, an integration test and an example in its documentation.
fn project() -> Project {
    let tests: String = (1..=12)
        .map(|i| format!("    #[test]\n    fn adds_{i}() {{\n        assert_eq!(super::add({i}, 1), {i} + 1);\n    }}\n"))
        .collect();
    let project = Project::crate_with(&format!(
        "/// Adds.\n///\n/// ```\n/// assert_eq!(probe::add(2, 2), 4);\n/// ```\npub fn add(a: u32, b: u32) -> u32 {{\n    a + b\n}}\n\n#[cfg(test)]\nmod tests {{\n{tests}}}\n"
    ));
    project.write("tests/outside.rs", "#[test]\nfn sums() {\n    assert_eq!(probe::add(20, 22), 42);\n}\n");
    project.commit("Tests");
    project
}

fn part(project: &Project, which: &str, more: &[&str]) -> (String, Ran) {
    let out = project.beside(&format!("part-{}", which.replace('/', "-"))).display().to_string();
    let message = project.beside("message.txt");
    std::fs::write(&message, "All 14 tests pass.").unwrap();
    let mut args = vec!["check", "--offline", "--shard", which, "--out", &out, "--format", "json"];
    args.extend(["--message", message.to_str().unwrap(), "--no-session"]);
    args.extend(more);
    // Each part has a machine of its own.
    let cache = project.beside(&format!("cache-{}", which.replace('/', "-"))).display().to_string();
    let ran = project.guard_with(&args, &[("GUARD_CACHE_DIR", &cache)]);
    (out, ran)
}

fn merge(project: &Project, dirs: &[&str]) -> Ran {
    project.guard(&[&["merge"], dirs, &["--format", "json"]].concat())
}

/// What a report says, but for times and places.
fn said(report: &Value) -> Value {
    let findings: Vec<&Value> = report["findings"].as_array().unwrap().iter().collect();
    serde_json::json!({
        "verdict": report["verdict"],
        "headline": report["headline"],
        "findings": findings,
        "claims": report["claims"],
        "tests": report["tests"],
        "build": { "head": report["build"]["head"], "base": report["build"]["base"] },
        "mutants": report["mutants"]["list"].as_array().map(|l| {
            l.iter().map(|m| format!("{} {} {} {}", m["path"], m["line"], m["replacement"], m["outcome"])).collect::<Vec<_>>()
        }),
    })
}

#[test]
fn all_parts_together_say_what_one_run_says() {
    for (edit, code) in [("a + b + 0", 0), ("if a == 7 { a } else { a + b }", 1)] {
        let project = project();
        project.edit("src/lib.rs", "    a + b\n", &format!("    {edit}\n"));
        let message = project.beside("message.txt");
        std::fs::write(&message, "All 14 tests pass.").unwrap();
        let (one_code, one) =
            project.check(&["--mode", "ci", "--no-session", "--message", message.to_str().unwrap()]);
        assert_eq!(one_code, code, "{one:#}");

        let mut dirs = Vec::new();
        let mut seen = 0;
        for which in ["1/3", "2/3", "3/3"] {
            let (dir, ran) = part(&project, which, &[]);
            let report = ran.json();
            assert_eq!(
                (ran.code, report["findings"].as_array().unwrap().len()),
                (3, 0),
                "{which}: {report:#}"
            );
            assert!(
                report["headline"]
                    .as_str()
                    .unwrap()
                    .contains(&format!("part {} of 3 was measured", &which[..1]))
            );
            let evidence: Value =
                serde_json::from_slice(&std::fs::read(format!("{dir}/evidence.json")).unwrap()).unwrap();
            seen += evidence["lab"]["head"]["tests"]["results"].as_array().unwrap().len();
            // Printed or judged again, a part is still a part.
            assert_eq!(project.guard(&["report", &dir]).code, 3);
            assert_eq!(project.guard(&["judge", &dir]).code, 3);
            dirs.push(dir);
        }
        assert_eq!(seen, 14, "each test ran in one part");
        let dirs: Vec<&str> = dirs.iter().map(String::as_str).collect();
        let whole = merge(&project, &dirs);
        assert_eq!(whole.code, code, "{whole:?}");
        assert_eq!(said(&whole.json()), said(&one));
    }
}

#[test]
fn a_part_that_is_missing_is_inconclusive_and_never_a_pass() {
    let project = project();
    project.edit("src/lib.rs", "    a + b\n", "    a + b + 0\n");
    let (one, _) = part(&project, "1/3", &[]);
    let (three, _) = part(&project, "3/3", &[]);
    let ran = merge(&project, &[&one, &three]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.json()["headline"].as_str().unwrap().contains("part 2 is missing"), "{ran:?}");

    // A part that could run nothing is as good as missing.
    let (two, _) = part(&project, "2/3", &[]);
    let path = std::path::Path::new(&two).join("evidence.json");
    let mut evidence: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    evidence["lab"]["head"]["tests"] = Value::Null;
    std::fs::write(&path, evidence.to_string()).unwrap();
    let ran = merge(&project, &[&one, &two, &three]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.json()["headline"].as_str().unwrap().contains("could not build or run"), "{ran:?}");
}

#[test]
fn what_are_no_parts_of_one_run_is_refused() {
    let project = project();
    project.edit("src/lib.rs", "    a + b\n", "    a + b + 0\n");
    let (one, _) = part(&project, "1/2", &[]);
    let whole = project.beside("whole").display().to_string();
    project.check(&["--mode", "quick", "--out", &whole]);
    project.edit("src/lib.rs", "    a + b + 0\n", "    b + a\n");
    let (two, _) = part(&project, "2/2", &[]);
    for (dirs, expected) in [
        (vec![one.as_str(), &one], "part 1 of 2 is there twice"),
        (vec![&one, &two], "is a part of another run"),
        (vec![&one, &whole], "is no part of a run"),
        (vec!["/does/not/exist"], "cannot read"),
    ] {
        let ran = merge(&project, &dirs);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{expected}: {ran:?}");
        assert!(ran.stderr.contains(expected), "{expected}: {ran:?}");
    }
    for which in ["0/3", "4/3", "x", "1/0"] {
        assert_eq!(project.guard(&["check", "--shard", which]).code, 2, "{which}");
    }
    assert_eq!(project.guard(&["check", "--shard", "1/2", "--mode", "quick"]).code, 2);
}

#[test]
fn a_report_of_mutants_is_counted_once_whatever_the_number_of_parts() {
    let project = Project::crate_with("pub fn old() {}\n");
    project.write("src/lib.rs", text("cargo-mutants/lib.rs.txt"));
    let report = fixture("cargo-mutants/mutants.out");
    let (_, one) = project.check(&["--mode", "ci", "--no-session", "--mutants-report", &report]);
    assert_eq!(counts(&one), [3, 6, 0, 0], "{one:#}");

    let more = ["--mode", "ci", "--mutants-report", &report];
    let dirs = ["1/2", "2/2"].map(|which| part(&project, which, &more).0);
    let merged = merge(&project, &[&dirs[0], &dirs[1]]).json();
    assert_eq!(counts(&merged), [3, 6, 0, 0], "{merged:#}");
    assert_eq!(said(&merged)["mutants"], said(&one)["mutants"]);
    let only_second = merge(&project, &[&dirs[1]]);
    assert_ne!(only_second.code, 0, "{}", only_second.stdout);
}
