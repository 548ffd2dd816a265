//! What is checked is exactly what would be committed.

use crate::project::{Project, findings, the};

fn library() -> Project {
    Project::crate_with("pub fn one() -> u32 {\n    1\n}\n")
}

#[test]
fn an_untracked_file_that_makes_the_build_pass_is_found_out() {
    let project = library();
    project.edit("src/lib.rs", "pub fn one", "mod two;\n\npub fn one");
    project.git(&["add", "src/lib.rs"]);
    project.write("src/two.rs", "pub(crate) fn _two() -> u32 {\n    2\n}\n");

    let (code, report) = project.check(&["--staged"]);

    assert_eq!(code, 1, "{report:#}");
    let found = the(&report, "broken-build");
    assert_eq!((found["level"].as_str(), found["path"].as_str()), (Some("deny"), Some("src/lib.rs")));
    assert_eq!(project.check(&[]).0, 0, "the work tree has the file");
}

#[test]
fn an_ignored_file_that_makes_the_build_pass_is_found_out() {
    let project = library();
    project.write(".gitignore", "/target\n/src/secret.rs\n");
    project.commit("Ignore a file");
    project.edit("src/lib.rs", "pub fn one", "mod secret;\n\npub fn one");
    project.write("src/secret.rs", "pub(crate) fn _two() -> u32 {\n    2\n}\n");

    let (code, report) = project.check(&[]);

    assert_eq!(code, 1, "{:#}", report["findings"]);
    let found = the(&report, "broken-build").to_string();
    assert!(found.contains("`src/secret.rs` exists in the work tree"), "{found}");
}

#[test]
fn partly_staged_files_are_checked_as_staged() {
    let project = library();
    project.edit("src/lib.rs", "    1", "    not_there()");
    project.git(&["add", "src/lib.rs"]);
    project.edit("src/lib.rs", "    not_there()", "    3");

    assert_eq!(project.check(&["--staged"]).0, 1);
    assert_eq!(project.check(&[]).0, 0);
}

#[test]
fn a_build_that_was_already_broken_is_not_this_changes_fault() {
    let project = library();
    project.edit("src/lib.rs", "    1", "    not_there()");
    project.commit("Break it");
    project.write("README.md", "# Probe\n");

    let (_, report) = project.check(&[]);

    assert!(
        findings(&report).iter().all(|f| !f.starts_with("deny broken-build")),
        "{:#}",
        report["findings"]
    );
    assert_ne!(report["verdict"], "pass");
}

#[test]
fn two_revisions_of_a_bare_repository_are_checked() {
    let project = library();
    project.edit("src/lib.rs", "    1", "    2");
    let head = project.commit("Two");
    let bare = project.beside("bare.git");
    project.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);

    let (code, report) =
        project.check(&["--repo", bare.to_str().unwrap(), "--base", "HEAD~1", "--head", "HEAD"]);

    assert_eq!(code, 0, "{report:#}");
    assert_eq!(report["change"]["head"], head.as_str());
    assert_eq!(report["build"]["head"], "ok");
}

#[test]
fn git_hooks_see_the_index_that_is_being_committed() {
    let project = library();
    let guard = env!("CARGO_BIN_EXE_guard");
    let hook = project.root().join(".git/hooks/pre-commit");
    std::fs::write(&hook, format!("#!/bin/sh\nexec '{guard}' hook pre-commit\n")).unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    project.write("a.txt", "a\n");
    project.commit("Add a file");

    // `commit -- path` and `commit -a` use an index of their own.
    project.edit("src/lib.rs", "    1", "    not_there()");
    project.write("a.txt", "b\n");
    project.git(&["commit", "--quiet", "--message", "Only a.txt", "--", "a.txt"]);
    let stopped =
        project.command("git", &["commit", "--quiet", "--all", "--message", "Broken"]).output().unwrap();
    assert!(!stopped.status.success());
    let said =
        String::from_utf8_lossy(&stopped.stdout).into_owned() + &String::from_utf8_lossy(&stopped.stderr);
    assert!(said.contains("broken-build"), "{said}");
    let stopped =
        project.command("git", &["commit", "--quiet", "--amend", "--all", "--no-edit"]).output().unwrap();
    assert!(!stopped.status.success());

    // What is amended is held against what stands before it: nothing is staged here.
    #[cfg(target_os = "linux")]
    {
        project.git(&["commit", "--quiet", "--no-verify", "--all", "--message", "Broken"]);
        let amend = ["commit", "--quiet", "--amend", "--no-edit"];
        assert!(!project.command("git", &amend).output().unwrap().status.success());
    }

    project.edit("src/lib.rs", "    not_there()", "    3");
    project.git(&["commit", "--quiet", "--all", "--message", "Fixed"]);

    // A linked work tree has its index elsewhere and GIT_DIR set.
    let linked = project.beside("linked");
    project.git(&["worktree", "add", "--quiet", linked.to_str().unwrap()]);
    std::fs::write(linked.join("src/lib.rs"), "pub fn one() -> u32 { not_there() }\n").unwrap();
    let mut command = project.command("git", &["commit", "--quiet", "--all", "--message", "Broken"]);
    assert!(!command.current_dir(&linked).output().unwrap().status.success());
}

#[test]
fn a_message_that_contradicts_the_staged_change_is_stopped_at_commit_msg() {
    let project = Project::crate_with(
        "pub fn one() -> u32 {\n    1\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn a() {\n        assert_eq!(super::one(), 1);\n    }\n}\n",
    );
    project.edit("src/lib.rs", "    #[test]\n", "    #[test]\n    #[ignore]\n");
    project.git(&["add", "--all"]);
    let message = project.beside("COMMIT_EDITMSG");
    std::fs::write(&message, "Fix `one`, all tests pass\n").unwrap();

    let ran = project.guard(&["hook", "commit-msg", message.to_str().unwrap()]);

    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("ignored-test"), "{ran:?}");
}

#[test]
fn a_hook_that_cannot_check_lets_the_commit_through_with_one_line() {
    let project = library();
    project.write("guard.toml", "nonsense = 1\n");
    project.commit("Policy");
    let ran = project.guard(&["hook", "pre-commit"]);
    assert_eq!((ran.code, ran.stderr.lines().count()), (0, 1), "{ran:?}");
}

#[test]
fn code_that_the_build_never_compiled_is_no_pass() {
    let project = library();
    project.edit("src/lib.rs", "pub fn one", "#[cfg(feature = \"extra\")]\nmod extra;\n\npub fn one");
    project.write("Cargo.toml", "[package]\nname = \"probe\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[features]\nextra = []\n\n[workspace]\nexclude = [\"examples\"]\n");
    project.write("src/extra.rs", "pub fn two() -> u32 {\n    2\n}\n");
    project.write(
        "examples/tool/Cargo.toml",
        "[package]\nname = \"tool\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    );
    project.write("examples/tool/src/main.rs", "fn main() {}\n");
    project.commit("Add an optional module and a tool");

    // Behind a feature that is off: built with it once more, and the tests that only then are there run.
    project.write("src/extra.rs", "pub fn two() -> u32 {\n    not_there()\n}\n");
    let (code, report) = project.check_saying("Everything builds, all tests pass.", &[]);
    assert_eq!(code, 1, "{report:#}");
    assert_eq!(findings(&report), ["deny broken-build src/extra.rs:2"]);
    let verdicts: Vec<&str> =
        report["claims"].as_array().unwrap().iter().map(|c| c["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["contradicted", "unsupported"], "{report:#}");
    project.write(
        "src/extra.rs",
        "pub fn two() -> u32 {\n    2\n}\n\n#[test]\nfn is_two() {\n    assert_eq!(two(), 3);\n}\n",
    );
    let (code, report) = project.check(&[]);
    assert_eq!(code, 1, "{report:#}");
    assert_eq!(findings(&report), ["deny failing-test src/extra.rs:7"]);

    // In a workspace of its own.
    project.write("src/extra.rs", "pub fn two() -> u32 {\n    2\n}\n");
    project.write("examples/tool/src/main.rs", "fn main() { not_there() }\n");
    let (code, report) = project.check(&[]);
    assert_eq!(code, 3, "{report:#}");
    assert!(report["headline"].as_str().unwrap().contains("`examples/tool/src/main.rs`"), "{report:#}");
}

#[test]
fn what_this_configuration_leaves_out_limits_a_run_that_measured_the_rest() {
    let unsaid = |report: &serde_json::Value, path: &str| {
        let skips = report["skipped_checks"].as_array().unwrap();
        let limit = skips.iter().find(|s| s["reason"].as_str().unwrap().contains(path)).cloned();
        limit.unwrap_or_else(|| panic!("`{path}` is not mentioned: {report:#}"))
    };
    // A module of another platform.
    let project = library();
    project.edit("src/lib.rs", "pub fn one", "#[cfg(target_os = \"none\")]\nmod bare;\n\npub fn one");
    project.write("src/bare.rs", "pub fn two() -> u32 {\n    2\n}\n");
    for _ in 0..2 {
        let (code, report) = project.check(&[]);
        assert_eq!(code, 0, "{report:#}");
        assert_eq!(unsaid(&report, "`src/bare.rs` was not compiled")["check"], "*");
    }
    project.commit("Another platform");

    // A bench, beside code that is built; and one alone.
    project.write("benches/speed.rs", "fn main() {}\n");
    project.edit("src/lib.rs", "    1", "    1 + 0");
    let (code, report) = project.check(&[]);
    assert_eq!(code, 0, "{report:#}");
    unsaid(&report, "`benches/speed.rs` was not compiled");
    project.git(&["checkout", "src/lib.rs"]);
    let (code, report) = project.check(&[]);
    assert_eq!(code, 3, "{report:#}");
}

#[test]
fn workspaces_below_the_root_are_built_where_the_change_touches_them_and_stay_built() {
    let project = Project::empty();
    let package =
        |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    project.write(".gitignore", "target\n");
    project.write("backend/Cargo.toml", package("backend") + "\n[workspace]\nexclude = [\"fuzz\"]\n");
    project.write(
        "backend/src/lib.rs",
        "pub fn one() -> u32 {\n    1\n}\n\n#[test]\nfn is_one() {\n    assert_eq!(one(), 1);\n}\n",
    );
    project.write("backend/fuzz/Cargo.toml", package("fuzz"));
    project.write(
        "backend/fuzz/Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"fuzz\"\nversion = \"0.1.0\"\n",
    );
    project.write("backend/fuzz/src/main.rs", "fn main() {}\n");
    project.commit("Begin");

    project.edit("backend/src/lib.rs", "    1", "    1 + 0");
    let (code, report) = project.check(&[]);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(report["tests"]["head"]["passed"], 1, "{report:#}");
    let repository =
        std::fs::read_dir(project.cache().join("guard")).unwrap().flatten().find(|e| e.path().is_dir());
    let target = repository.unwrap().path().join("lab/tree/backend/target");
    let built = std::fs::metadata(target.join("debug/.fingerprint")).unwrap().created().unwrap();

    project.edit("backend/fuzz/src/main.rs", "fn main() {}", "fn main() {\n    not_there()\n}");
    let (code, report) = project.check(&["--fresh"]);
    assert_eq!(code, 1, "{report:#}");
    assert_eq!(findings(&report), ["deny broken-build backend/fuzz/src/main.rs:2"]);
    assert_eq!(std::fs::metadata(target.join("debug/.fingerprint")).unwrap().created().unwrap(), built);
}

#[test]
fn a_file_whose_declaration_is_commented_out_has_lost_its_place() {
    let project = Project::crate_with("mod price;\n\npub fn one() -> u32 {\n    1\n}\n");
    project.write("src/price.rs", "#[test]\nfn adds() {\n    assert_eq!(1 + 1, 2);\n}\n");
    project.commit("Price");
    project.edit("src/lib.rs", "mod price;", "// mod price;");

    let (code, report) = project.check_saying("Tidied up.", &["--mode", "quick"]);

    assert_eq!(code, 1, "{report:#}");
    let found = the(&report, "unwired-test");
    assert_eq!((found["path"].as_str(), found["level"].as_str()), (Some("src/price.rs"), Some("deny")));
}

#[test]
fn a_feature_that_is_a_part_of_others_and_a_test_that_needs_a_service_are_no_fault() {
    let project = library();
    let manifest = "[package]\nname = \"probe\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[features]\ntls = [\"_tls\", \"_rt\"]\n_tls = []\n_rt = []\nservice = []\n";
    project.write("Cargo.toml", manifest);
    let text = project.read("src/lib.rs") + "\n#[test]\nfn is_one() {\n    assert_eq!(one(), 1);\n}\n";
    project.write("src/lib.rs", &text);
    project.commit("Features");
    let new = "\n#[cfg(feature = \"_rt\")]\npub fn rt() -> u32 {\n    3\n}\n\n#[cfg(feature = \"_tls\")]\npub fn tls() -> u32 {\n    rt()\n}\n\n#[cfg(feature = \"service\")]\n#[test]\nfn connects() {\n    std::net::TcpStream::connect(\"127.0.0.1:1\").unwrap();\n}\n";
    project.write("src/lib.rs", text + new);

    let (code, report) = project.check_saying("Added tls.", &[]);

    assert_eq!(code, 0, "{report:#}");
    assert!(report.to_string().contains("off by default; it failed, maybe for want of"), "{report:#}");
}

#[test]
fn a_feature_that_is_on_by_default_keeps_no_test_from_running() {
    const TESTS: &str = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn is_one() {\n        assert_eq!(super::one(), 1);\n    }\n}\n";
    let project = Project::crate_with(&format!("pub fn one() -> u32 {{\n    1\n}}\n\n{TESTS}"));
    let manifest = project.read("Cargo.toml");
    let features = |default: &str| {
        project.write(
            "Cargo.toml",
            format!("{manifest}\n[features]\ndefault = [{default}]\nfull = [\"cli\"]\ncli = []\n"),
        );
    };
    features("\"full\"");
    project.edit("src/lib.rs", "#[cfg(test)]", "#[cfg(all(test, feature = \"cli\"))]");
    let (_, report) = project.check(&["--mode", "quick"]);
    assert!(!findings(&report).iter().any(|f| f.contains("ignored-test")), "{report:#}");

    features("");
    let (_, report) = project.check(&["--mode", "quick"]);
    assert!(findings(&report).iter().any(|f| f.starts_with("warn ignored-test")), "{report:#}");
}
