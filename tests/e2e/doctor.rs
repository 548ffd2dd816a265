//! `guard doctor`: what it sees of an installation, well and broken.

use std::path::Path;

use serde_json::Value;

use crate::project::Project;

const LIBRARY: &str = "pub fn one() -> u32 {\n    1\n}\n";

/// Runs the doctor with guard on the PATH; the exit code, and what is said of `part`, as `state: message → next`.
fn said(project: &Project, part: &str) -> (i32, String) {
    let dir = Path::new(env!("CARGO_BIN_EXE_guard")).parent().unwrap().display().to_string();
    let path = format!("{dir}:{}", std::env::var("PATH").unwrap());
    with_path(project, part, &path)
}

fn with_path(project: &Project, part: &str, path: &str) -> (i32, String) {
    let ran = project.guard_with(&["doctor", "--format", "json"], &[("PATH", path)]);
    let report = ran.json();
    assert_eq!(report["schema_version"], 1);
    let worst = report["lines"].as_array().unwrap().iter().any(|l| l["state"] == "broken");
    assert_eq!((ran.code == 1, report["state"] == "broken"), (worst, worst), "{ran:?}");
    let lines = report["lines"].as_array().unwrap().iter().filter(|l| l["part"] == part);
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let lines: Vec<String> = lines
        .map(|l| format!("{}: {} → {}", text(&l["state"]), text(&l["message"]), text(&l["next"])))
        .collect();
    (ran.code, lines.join("\n"))
}

#[test]
fn what_init_wrote_is_well() {
    let project = Project::crate_with(LIBRARY);
    let (_, runs) = said(&project, "runs");
    assert!(runs.starts_with("ok: none of this repository yet"), "{runs}");
    let (code, claude) = said(&project, "claude");
    assert_eq!(code, 0);
    assert!(
        claude.starts_with("warn: no hooks of Claude Code call guard here → `guard init` writes them"),
        "{claude}"
    );
    project.guard(&["init", "--git", "--yes", "--agent", "claude", "--agent", "codex"]);
    assert!(said(&project, "policy").1.contains("not committed"));
    project.commit("Add guard");
    let (_, codex) = said(&project, "codex");
    assert!(codex.starts_with("warn: Codex takes no hooks from a project that it does not trust"), "{codex}");
    let trusted = format!("[projects.{:?}]\ntrust_level = \"trusted\"\n", project.root());
    std::fs::create_dir_all(project.home().join(".codex")).unwrap();
    std::fs::write(project.home().join(".codex/config.toml"), trusted).unwrap();
    for (part, expected) in [
        (
            "claude",
            "ok: SessionStart, UserPromptSubmit, PreToolUse, TaskCompleted, SubagentStop, Stop call guard",
        ),
        ("codex", "ok: SessionStart, UserPromptSubmit, PreToolUse, SubagentStop, Stop call guard"),
        ("git hooks", "ok: .git/hooks/pre-commit, .git/hooks/commit-msg call guard"),
        ("policy", "ok: guard.toml is readable, and committed"),
        ("toolchain", "ok: cargo, rustc for: cargo test"),
        ("guard", "ok: guard "),
        ("git", "ok: git version"),
    ] {
        let (code, line) = said(&project, part);
        assert_eq!(code, 0, "{part}: {line}");
        assert!(line.starts_with(expected), "{part}: {line}");
    }
    project.write("notes.md", "Notes.\n");
    project.check(&["--mode", "quick"]);
    let (_, runs) = said(&project, "runs");
    assert!(runs.contains("UTC: pass (static checks"), "{runs}");
}

#[test]
fn what_is_broken_is_named_with_the_way_out() {
    let installed = || {
        let project = Project::crate_with(LIBRARY);
        project.guard(&["init", "--git", "--yes"]);
        project
    };
    type Breaks = fn(&Project);
    let cases: [(&str, Breaks, &str); 8] = [
        (
            "claude",
            |p| p.write(".claude/settings.local.json", "{\"disableAllHooks\": true}"),
            "broken: all hooks are switched off",
        ),
        ("claude", |p| p.write(".claude/settings.json", "{"), "is not readable"),
        (
            "claude",
            |p| p.edit(".claude/settings.json", "\"Stop\"", "\"Start\""),
            "warn: no hook calls guard at Stop",
        ),
        (
            "claude",
            |p| {
                let text = p.read(".claude/settings.json");
                p.write(
                    ".claude/settings.json",
                    text.replace("\"stop\", \"--limit\", \"240\"", "\"stop\", \"--limit\", \"400\""),
                );
            },
            "warn: Stop is cut off after 300 s, before guard gives up at 400 s",
        ),
        (
            "claude",
            |p| p.edit(".claude/settings.json", "\"guard\"", "\"/gone/guard\""),
            "broken: SessionStart calls `/gone/guard`, which is not found",
        ),
        (
            "git hooks",
            |p| drop(p.git(&["config", "core.hooksPath", "elsewhere"])),
            "but core.hooksPath sends git to elsewhere",
        ),
        ("policy", |p| p.write("guard.toml", "mode = \"loud\"\n"), "guard.toml:1:8: `mode` is `loud`"),
        (
            "git hooks",
            |p| {
                std::fs::remove_file(p.root().join(".git/hooks/pre-commit")).unwrap();
                p.write(
                    "lefthook.yml",
                    "pre-commit:\n  commands:\n    guard:\n      run: guard hook pre-commit\n",
                );
            },
            "broken: lefthook.yml calls guard, but lefthook is not installed in this clone",
        ),
    ];
    for (part, breaks, expected) in cases {
        let project = installed();
        breaks(&project);
        let (_, lines) = said(&project, part);
        assert!(lines.contains(expected), "{expected}:\n{lines}");
    }
}

#[cfg(unix)]
#[test]
fn a_hook_that_git_would_pass_over_is_broken() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::crate_with(LIBRARY);
    project.guard(&["init", "--git", "--yes"]);
    let hook = project.root().join(".git/hooks/pre-commit");
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (code, line) = said(&project, "git hooks");
    assert_eq!(code, 1, "{line}");
    assert!(
        line.contains(".git/hooks/pre-commit is not executable")
            && line.contains("chmod +x .git/hooks/pre-commit"),
        "{line}"
    );
}

#[test]
fn a_guard_that_hooks_cannot_find_is_broken() {
    let project = Project::crate_with(LIBRARY);
    let git =
        std::env::split_paths(&std::env::var_os("PATH").unwrap()).find(|d| d.join("git").is_file()).unwrap();
    let (code, line) = with_path(&project, "guard", git.to_str().unwrap());
    assert_eq!(code, 1, "{line}");
    assert!(line.contains("`guard` is not on the PATH"), "{line}");
}

#[test]
fn outside_of_a_repository_the_machine_is_looked_at_all_the_same() {
    let project = Project::crate_with(LIBRARY);
    let elsewhere = project.beside("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let ran = project.guard(&["doctor", "--repo", elsewhere.to_str().unwrap()]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("broken  repository"), "{ran:?}");
    assert!(ran.stdout.contains("ok      git"), "{ran:?}");
    assert!(ran.stdout.lines().all(|l| l.chars().count() <= 80), "{}", ran.stdout);
}
