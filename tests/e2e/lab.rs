//! What is run, on which files, with what in reach, and which outcomes may be used again.

use crate::project::{Project, findings, the};

const ONE: &str = "pub fn one() -> u32 {\n    1\n}\n";

/// A library at the root, and another one in `tool/` whose test expects `expected`.
fn with_tool(expected: u32) -> Project {
    let project = Project::crate_with(ONE);
    project.write(
        "tool/Cargo.toml",
        "[package]\nname = \"tool\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[workspace]\n",
    );
    project.write("tool/Cargo.lock", "version = 4\n\n[[package]]\nname = \"tool\"\nversion = \"0.1.0\"\n");
    project.write("tool/src/lib.rs", tool(expected));
    project.write(".gitignore", "target\n");
    project.commit("A tool");
    project
}

fn tool(expected: u32) -> String {
    format!(
        "pub fn two() -> u32 {{\n    2\n}}\n\n#[test]\nfn is_two() {{\n    assert_eq!(two(), {expected});\n}}\n"
    )
}

/// A suite of the policy that prints TAP.
fn suite(name: &str, run: &str, more: &str) -> String {
    format!("[[suite]]\nname = \"{name}\"\nrun = '''{run}'''\nresults = \"tap\"\n{more}\n")
}

#[test]
fn code_that_a_suite_compiles_is_held_against_base() {
    // A program that speaks as a compiler does, called as the real one is.
    const GO: &str = r#"#!/bin/sh
if grep -q 'return x' a.go; then
    printf '# ex.org/p\n./a.go:3:33: undefined: x\n' >&2
    printf 'FAIL\tex.org/p [build failed]\n'
    exit 2
fi
printf '{"Action":"%s","Package":"ex.org/p","Test":"TestAdd"}\n' run pass
printf '{"Action":"pass","Package":"ex.org/p"}\n'
"#;
    let project = Project::empty();
    project.write("tools/go", GO);
    project.write("a.go", "package p\n\nfunc Add(a, b int) int { return a }\n");
    let run = "PATH=\"$PWD/tools:$PATH\"; chmod +x tools/go; go test -json ./...";
    let policy = format!("[[suite]]\nname = \"go\"\nrun = {run:?}\nresults = \"go-json\"\n");
    project.write("guard.toml", policy);
    project.commit("Begin");
    project.edit("a.go", "return a", "return x");

    let (code, report) = project.check(&[]);

    assert_eq!((code, findings(&report)), (1, vec!["deny broken-build a.go:3".to_owned()]), "{report:#}");
    let evidence = the(&report, "broken-build")["evidence"].to_string();
    assert!(evidence.contains("succeeds at base"), "{evidence}");
}

#[test]
fn an_outcome_is_not_used_again_for_a_change_that_asks_for_more() {
    let project = with_tool(2);
    project.write("tool/src/lib.rs", tool(3));
    project.commit("Change the tool");
    project.write("README.md", "A probe.\n");
    project.commit("Say what it is");

    let (code, report) = project.check(&["--base", "HEAD~1"]);
    assert_eq!(code, 0, "{report:#}");
    let (code, report) = project.check(&["--base", "HEAD~2"]);
    assert_eq!(code, 1, "{report:#}");
    assert!(the(&report, "failing-test").to_string().contains("is_two"), "{report:#}");
}

#[test]
fn what_base_does_not_know_of_a_test_is_not_held_against_the_change() {
    let project = with_tool(3);
    project.write("README.md", "A probe.\n");
    project.commit("Say what it is");
    let (code, report) = project.check(&["--base", "HEAD~1"]);
    assert_eq!(code, 0, "{report:#}");

    project.edit("tool/src/lib.rs", "pub fn two", "/// Two.\npub fn two");
    let (_, report) = project.check(&[]);
    let found = the(&report, "failing-test");
    assert_ne!(found["level"], "deny", "{found:#}");
}

#[test]
fn what_was_head_is_known_as_base() {
    let project = with_tool(2);
    project.edit("src/lib.rs", "    1", "    1 + 0");
    let (code, report) = project.check(&["--mode", "ci"]);
    assert_eq!(code, 0, "{report:#}");
    project.commit("The same, differently");
    project.edit("src/lib.rs", "    1 + 0", "    0 + 1");
    let (code, report) = project.check(&["--mode", "ci"]);
    assert_eq!(code, 0, "{report:#}");
    let phases = report["timings"]["phases"].to_string();
    assert!(phases.contains("build and test head") && !phases.contains("build and test base"), "{phases}");
}

#[test]
fn nothing_is_fetched_once_the_changes_code_has_run() {
    let project = Project::crate_with(ONE);
    let seen = project.beside("seen");
    std::fs::create_dir_all(&seen).unwrap();
    let prepare = format!(
        "prepare = '''echo $0 >> \"{0}/prepared\"; test ! -e planted || touch \"{0}/planted\"; test ! -e \"$HOME/.npmrc\" || touch \"{0}/home\"'''",
        seen.display()
    );
    let run = "touch planted \"$HOME/.npmrc\"; echo 1..1; echo not ok 1 - a";
    let policy = format!("[sandbox]\nwrite = [{seen:?}]\n\n")
        + &suite("first", run, &prepare)
        + &suite("second", run, &prepare);
    project.write("guard.toml", policy);
    project.commit("Policy");
    project.edit("src/lib.rs", "    1", "    1 + 0");

    let ran = project.guard(&["check", "--format", "json"]);

    assert!(findings(&ran.json()).iter().any(|f| f.contains("failing-test")), "{ran:?}");
    assert!(seen.join("prepared").exists(), "{ran:?}");
    assert!(!seen.join("planted").exists(), "a suite had run when another one, or its rerun, was prepared");
    assert!(!seen.join("home").exists(), "what head's tests left in HOME was there when base was prepared");
}

#[test]
fn what_heads_tests_leave_in_tmp_does_not_decide_about_base() {
    let project = Project::crate_with(ONE);
    let run =
        "touch \"$TMPDIR/left\"; echo 1..1; if [ -e fixed ]; then echo ok 1 - a; else echo not ok 1 - a; fi";
    let other = "echo 1..1; if [ -e broken ] || [ -e \"$TMPDIR/left\" ]; then echo not ok 1 - b; else echo ok 1 - b; fi";
    // The second suite runs first, so that only what the other side leaves could reach it.
    project.write("guard.toml", suite("second", other, "") + &suite("first", run, ""));
    project.commit("Policy");
    project.write("broken", "");

    let (code, report) = project.check(&[]);

    assert_eq!(code, 1, "{report:#}");
    let denied: Vec<String> = findings(&report).into_iter().filter(|f| f.starts_with("deny")).collect();
    assert_eq!(denied, ["deny failing-test"], "{report:#}");
    assert!(report["findings"].to_string().contains("second"), "{report:#}");
}

#[test]
fn packages_of_one_side_do_not_serve_the_other() {
    let project = Project::empty();
    project.write(".gitignore", "node_modules\n");
    project.write("package.json", "{}\n");
    project.write("package-lock.json", "{\"lockfileVersion\": 1}\n");
    let run = "echo 1..1; if grep -q 2 node_modules/dep/v; then echo not ok 1 - a; else echo ok 1 - a; fi";
    project.write("guard.toml", suite("s", run, ""));
    project.commit("Begin");
    project.write("node_modules/dep/v", "2\n");
    project.write("package-lock.json", "{\"lockfileVersion\": 2}\n");

    let (code, report) = project.check(&[]);

    assert_eq!(code, 1, "{report:#}");
    assert_eq!(the(&report, "failing-test")["level"], "deny", "{report:#}");
}

#[test]
fn a_dependency_that_this_machine_lacks_is_not_the_changes_fault() {
    let project = Project::crate_with(ONE);
    project.git(&["rm", "--quiet", "Cargo.lock"]);
    project.write(".gitignore", "/target\nCargo.lock\n");
    project.commit("A library needs no lock file");
    project.edit(
        "Cargo.toml",
        "edition",
        "[dependencies]\nguard-probe-lacks-this = \"1\"\n\n[package.metadata]\nedition",
    );
    let text = project.read("Cargo.toml").replace("[package]\n", "[package]\nedition = \"2021\"\n");
    project.write("Cargo.toml", text);

    let (code, report) = project.check(&[]);

    assert_eq!(code, 3, "{report:#}");
    assert!(report["headline"].as_str().unwrap().contains("dependency"), "{report:#}");
}

#[test]
fn a_lock_file_of_an_earlier_run_does_not_bind_the_change() {
    let project = Project::crate_with(ONE);
    project.git(&["rm", "--quiet", "Cargo.lock"]);
    project.write(".gitignore", "/target\nCargo.lock\n");
    project.write("part/Cargo.toml", "[package]\nname = \"part\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    project.write("part/src/lib.rs", "");
    project.commit("A library needs no lock file");
    project.write("src/lib.rs", "pub fn two() -> u32 {\n    2\n}\n");
    // Not offline, so that what was resolved is kept; there is nothing to be fetched.
    assert_eq!(project.guard(&["check"]).code, 0);

    let manifest = project.read("Cargo.toml") + "\n[dependencies]\npart = { path = \"part\" }\n";
    project.write("Cargo.toml", manifest);
    let ran = project.guard(&["check", "--format", "json"]);

    assert_eq!(ran.code, 0, "{:#}", ran.json());
}

#[test]
fn a_suite_of_one_directory_leaves_the_other_projects_as_they_are() {
    let project = Project::crate_with(ONE);
    project.write("guard.toml", suite("web", "echo 1..1; echo ok 1 - a", "dir = \"web\""));
    project.write("web/README.md", "Pages.\n");
    project.commit("Pages");
    project.write("src/lib.rs", format!("{ONE}\n#[test]\nfn is_one() {{\n    assert_eq!(one(), 2);\n}}\n"));

    let (code, report) = project.check(&[]);

    assert_eq!(code, 1, "{report:#}");
    assert!(the(&report, "failing-test").to_string().contains("is_one"), "{report:#}");
}

#[test]
fn a_manifest_belongs_to_the_code_that_it_builds() {
    let project =
        Project::crate_with(&format!("{ONE}\n#[test]\nfn is_one() {{\n    assert_eq!(one(), 1);\n}}\n"));
    let manifest = |more: &str| format!(r#"{{"scripts":{{"test":"vitest run"}},"dependencies":{{{more}}}}}"#);
    project.write("package.json", manifest(""));
    project.write("package-lock.json", "{}");
    project.commit("Pages");

    // The suite cannot run here; the crate's tests say nothing of what it is built from.
    for (path, text) in
        [("package.json", manifest("\"left-pad\": \"1.3.0\"")), ("package-lock.json", "{ }".into())]
    {
        let before = project.read(path);
        project.write(path, text);
        let (code, report) = project.check(&[]);
        assert_eq!(code, 3, "{path}: {report:#}");
        project.write(path, before);
    }

    project.write("notes.txt", "Pages.\n");
    let (code, report) = project.check(&[]);
    assert_eq!(code, 0, "{report:#}");
}

#[test]
fn a_slow_suite_with_a_test_that_hangs_accuses_no_other_test() {
    let project = Project::crate_with(ONE);
    project.write("guard.toml", "[limits]\ntest = \"2s\"\n");
    project.commit("Bound the tests");
    let slow: String = (0..8)
        .map(|i| format!("    #[test]\n    fn slow_{i}() {{\n        let _turn = TURN.lock();\n        sleep(Duration::from_millis(700));\n    }}\n"))
        .collect();
    let tests = format!(
        "\n#[cfg(test)]\nmod tests {{\n    use std::{{sync::Mutex, thread::sleep, time::Duration}};\n    static TURN: Mutex<()> = Mutex::new(());\n{slow}    #[test]\n    fn waits() {{\n        loop {{\n            sleep(Duration::from_secs(1));\n        }}\n    }}\n}}\n"
    );
    project.write("src/lib.rs", format!("{ONE}{tests}"));

    let (code, report) = project.check(&[]);

    assert_eq!(code, 1, "{report:#}");
    let found = report["findings"].to_string();
    assert!(found.contains("tests::waits") && !found.contains("tests::slow"), "{report:#}");
}

#[test]
fn a_module_that_the_change_deletes_is_no_package_that_this_machine_lacks() {
    let project = Project::empty();
    project.write("helpers.py", "ONE = 1\n");
    let run = "echo 1..1; if [ -e helpers.py ]; then echo ok 1 - a; else echo not ok 1 - a; \
               printf \"  ---\\n  message: ModuleNotFoundError: No module named helpers\\n  ...\\n\"; fi";
    project.write("guard.toml", suite("s", run, ""));
    project.commit("Begin");
    project.git(&["rm", "--quiet", "helpers.py"]);

    let (code, report) = project.check(&[]);

    assert_eq!(code, 1, "{report:#}");
    assert_eq!(the(&report, "failing-test")["level"], "deny", "{report:#}");
}

#[test]
fn a_test_that_needs_the_network_is_not_broken_whoever_runs_it() {
    let connect = "std::net::TcpStream::connect(\"192.0.2.1:80\").unwrap();";
    for reruns in ["0", "2"] {
        let project = Project::crate_with(ONE);
        project.write("guard.toml", format!("[limits]\nreruns = {reruns}\n"));
        project.commit("Policy");
        let text =
            format!("/// ```\n/// {connect}\n/// ```\n{ONE}\n#[test]\nfn connects() {{\n    {connect}\n}}\n");
        project.write("src/lib.rs", text);

        let (_, report) = project.check(&[]);

        let found = findings(&report);
        assert!(!found.is_empty() && found.iter().all(|f| !f.starts_with("deny")), "{report:#}");
        assert!(report["findings"].to_string().contains("needs the network"), "{report:#}");
    }
}

#[test]
fn an_outcome_hangs_on_the_values_of_the_variables_that_tests_see() {
    let project = Project::crate_with(ONE);
    let run = "echo 1..1; if [ \"$PROBE\" = a ]; then echo ok 1 - a; else echo not ok 1 - a; fi";
    project.write("guard.toml", format!("[sandbox]\nenv = [\"PROBE\"]\n\n{}", suite("s", run, "")));
    project.commit("Policy");
    project.edit("src/lib.rs", "    1", "    1 + 0");
    let args = ["check", "--format", "json", "--offline"];

    let first = project.guard_with(&args, &[("PROBE", "a")]).json();
    let again = project.guard_with(&args, &[("PROBE", "a")]).json();
    let other = project.guard_with(&args, &[("PROBE", "b")]).json();

    for (report, passed, phases) in [(&first, 1, true), (&again, 1, false), (&other, 0, true)] {
        assert_eq!(report["tests"]["head"]["passed"], passed, "{report:#}");
        let ran = report["timings"]["phases"].to_string().contains("build and test head");
        assert_eq!(ran, phases, "{report:#}");
    }
}

#[test]
fn under_nextest_too_a_test_that_ends_its_process_is_a_failure() {
    let lib = |more: &str| {
        format!(
            "pub fn one() -> u32 {{\n    1\n}}\n\n#[test]\nfn fine() {{\n    assert_eq!(one(), 1);\n}}\n{more}"
        )
    };
    let project = Project::crate_with(&lib(""));
    project.write(".config/nextest.toml", "[profile.default]\nretries = 0\n");
    project.commit("Use nextest");
    project.write(
        "src/lib.rs",
        lib("\n#[test]\nfn quick() {\n    if one() == 1 {\n        std::process::exit(0);\n    }\n    assert_eq!(one(), 2);\n}\n"),
    );

    let (code, report) = project.check_saying("Added a test. All tests pass.", &[]);

    // Without nextest the binary is run as a whole, and ends early.
    assert_eq!(code, 1, "{report:#}");
    assert_eq!(the(&report, "failing-test")["level"], "deny", "{report:#}");
    let claims = report["claims"].as_array().unwrap();
    assert!(!claims.iter().any(|c| c["kind"] == "test-result" && c["verdict"] == "verified"), "{claims:#?}");
}

#[test]
fn under_nextest_too_a_test_that_needs_root_is_not_broken() {
    let project = Project::crate_with(ONE);
    project.write(".config/nextest.toml", "[profile.default]\nretries = 0\n");
    project.commit("Use nextest");
    let is_root = "std::process::Command::new(\"id\").arg(\"-u\").output().unwrap().stdout == b\"0\\n\"";
    let text = format!("{ONE}\n#[test]\nfn mounts() {{\n    assert!({is_root});\n}}\n");
    project.write("src/lib.rs", text);

    let (_, report) = project.check(&[]);

    // Where guard is no root itself nobody can know.
    let id = project.command("id", &["-u"]).output().unwrap();
    let denied = findings(&report).iter().any(|f| f.starts_with("deny"));
    assert_eq!(denied, id.stdout != b"0\n" || report["sandbox"]["tree_killed"] != true, "{report:#}");
}

#[test]
fn what_linters_say_settles_what_is_said_of_them() {
    let project = Project::crate_with(ONE);
    let verdicts = |report: &serde_json::Value| -> Vec<String> {
        let claims = report["claims"].as_array().unwrap();
        claims.iter().map(|c| format!("{} {}", c["verdict"].as_str().unwrap(), c["text"])).collect()
    };
    const SAID: &str = "I've added `is_some`.\n\nClippy is clean. `cargo fmt --check` passes.\n";
    project.write("src/lib.rs", "pub fn is_some(x: &str) -> bool {\n    !x.is_empty()\n}\n");
    let (code, report) = project.check_saying(SAID, &[]);
    let found = verdicts(&report);
    assert!(found.iter().any(|v| v == "verified \"Clippy is clean\""), "{code} {found:?} {report:#}");
    assert!(found.iter().any(|v| v.starts_with("verified \"`cargo fmt")), "{found:?}");

    project.write("src/lib.rs", "pub fn is_some(x: &str) -> bool {\n     x.len() > 0\n}\n");
    let (_, report) = project.check_saying(SAID, &[]);
    let found = verdicts(&report);
    assert!(found.iter().any(|v| v == "contradicted \"Clippy is clean\""), "{found:?} {report:#}");
    let accused = findings(&report);
    assert!(accused.contains(&"warn contradicted-claim src/lib.rs:2".to_owned()), "{accused:?} {report:#}");

    // A commit may have been made with another linter.
    project.commit(SAID);
    let (_, report) = project.check(&["--base", "HEAD~1", "--head", "HEAD"]);
    let found = verdicts(&report);
    assert!(found.iter().any(|v| v == "unsupported \"Clippy is clean\""), "{found:?}");
}
