//! `guard init`: what it writes, that it writes it once, and that it takes back what it wrote.

use std::path::Path;

use serde_json::Value;

use crate::project::Project;

const LIBRARY: &str = "pub fn one() -> u32 {\n    1\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn is_one() {\n        assert_eq!(super::one(), 1);\n    }\n}\n";

/// Where the binary under test lies, before the PATH.
fn path() -> String {
    let dir = Path::new(env!("CARGO_BIN_EXE_guard")).parent().unwrap().display().to_string();
    format!("{dir}:{}", std::env::var("PATH").unwrap())
}

/// All files of the work tree and the git directory's hooks, but for samples.
fn files(project: &Project) -> Vec<(String, Vec<u8>)> {
    let keep = |path: &str| {
        !path.starts_with(".git/")
            || (path.starts_with(".git/hooks/") && !path.ends_with(".sample"))
            || path.starts_with(".git/guard")
    };
    walkdir::WalkDir::new(project.root())
        .sort_by_file_name()
        .into_iter()
        .flatten()
        .filter(|e| e.file_type().is_file())
        .map(|e| (e.path().strip_prefix(project.root()).unwrap().display().to_string(), e.path().to_owned()))
        .filter(|(name, _)| keep(name))
        .map(|(name, path)| (name, std::fs::read(path).unwrap()))
        .collect()
}

#[test]
fn what_is_written_is_shown_is_written_once_and_taken_back_whole() {
    let project = Project::crate_with(LIBRARY);
    let settings =
        "{\n    // mine\n    \"model\": \"opus\",\n    \"permissions\": { \"allow\": [\"Bash(ls)\"] }\n}\n";
    project.write(".claude/settings.json", settings);
    project.commit("Settings");
    let before = files(&project);

    let refused = project.guard(&["init", "--git"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("`--yes` does what is shown above"), "{refused:?}");
    assert!(refused.stdout.contains("+preset = \"default\""), "{refused:?}");
    assert_eq!(files(&project), before, "nothing is written unasked");

    let ran = project.guard(&["init", "--git", "--yes", "--agent", "claude", "--agent", "codex"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let written = project.read(".claude/settings.json");
    assert!(written.starts_with(&settings[..settings.len() - 3].replace("] }", "] },")), "{written}");
    assert!(written.contains("\"stop\", \"--limit\""), "{written}");
    let codex: Value = serde_json::from_str(&project.read(".codex/hooks.json")).unwrap();
    assert_eq!(codex["hooks"]["Stop"][0]["hooks"][0]["command"], "guard hook stop --limit 240");
    assert!(project.read("guard.toml").contains("#   cargo test"), "{}", project.read("guard.toml"));
    assert_eq!(project.guard(&["policy", "check"]).code, 0);
    let after = files(&project);

    let again = project.guard(&["init", "--git", "--yes", "--agent", "claude", "--agent", "codex"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, "nothing to write\n"), "{again:?}");
    assert_eq!(files(&project), after);

    let undone = project.guard(&["init", "--undo", "--yes"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert_eq!(files(&project), before);
    let twice = project.guard(&["init", "--undo", "--yes"]);
    assert!(twice.stdout.contains("nothing to take back"), "{twice:?}");
}

#[test]
fn what_the_user_changed_since_is_left_and_said() {
    let project = Project::crate_with(LIBRARY);
    project.guard(&["init", "--git", "--yes"]);
    project.edit("guard.toml", "preset = \"default\"", "preset = \"strict\"");
    project.edit(".claude/settings.json", "{\n", "{\n  \"model\": \"opus\",\n");
    let undone = project.guard(&["init", "--undo", "--yes"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert!(undone.stderr.contains("guard.toml was changed since and stays"), "{undone:?}");
    assert!(project.read("guard.toml").contains("strict"));
    let settings: Value = serde_json::from_str(&project.read(".claude/settings.json")).unwrap();
    assert_eq!(settings, serde_json::json!({ "model": "opus" }));
    assert!(!project.root().join(".git/hooks/pre-commit").exists());
}

#[cfg(unix)]
#[test]
fn a_hook_that_is_there_is_asked_first_and_comes_back() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::crate_with(LIBRARY);
    let own = "#!/bin/sh\ntest ! -e forbidden || { echo 'own hook says no'; exit 7; }\n";
    project.write(".git/hooks/pre-commit", own);
    let hook = project.root().join(".git/hooks/pre-commit");
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    project.guard(&["init", "--git", "--yes", "--no-agent", "--no-policy"]);

    let commit = |message: &str| {
        let output = project
            .command("git", &["commit", "--quiet", "-am", message])
            .env("PATH", path())
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        )
    };
    project.edit("src/lib.rs", "    1\n", "    2\n");
    let (ok, said) = commit("Make it two");
    assert!(!ok && said.contains("[failing-test]"), "guard blocks: {said}");
    project.edit("src/lib.rs", "    2\n", "    1 + 0\n");
    project.write("forbidden", "");
    let (ok, said) = commit("Sum");
    assert!(!ok && said.contains("own hook says no"), "the earlier hook blocks: {said}");
    std::fs::remove_file(project.root().join("forbidden")).unwrap();
    let (ok, said) = commit("Sum");
    assert!(ok, "{said}");

    project.guard(&["init", "--undo", "--yes"]);
    assert_eq!(project.read(".git/hooks/pre-commit"), own);
    assert!(!project.root().join(".git/hooks/pre-commit.before-guard").exists());
    assert!(!project.root().join(".git/hooks/commit-msg").exists());
}

#[test]
fn managers_of_hooks_keep_theirs() {
    let framework = "# ours\nrepos:\n  - repo: local\n    hooks:\n      - id: fmt\n        name: fmt\n        entry: cargo fmt\n        language: system\n\nci:\n  skip: [fmt]\n";
    let cases = [
        (".pre-commit-config.yaml", framework, "        entry: guard hook commit-msg\n", "  skip: [fmt]\n"),
        (
            "lefthook.yml",
            "pre-push:\n  commands: {}\n",
            "      run: guard hook commit-msg {1}\n",
            "pre-push:\n",
        ),
        (".husky/pre-commit", "npm test\n", "then guard hook pre-commit;", "npm test\n"),
    ];
    for (file, text, added, kept) in cases {
        let project = Project::crate_with(LIBRARY);
        project.write(file, text);
        let ran = project.guard(&["init", "--git", "--yes", "--no-agent", "--no-policy"]);
        assert_eq!(ran.code, 0, "{file}: {ran:?}");
        let now = project.read(file);
        assert!(now.contains(added) && now.contains(kept), "{file}:\n{now}");
        assert!(!project.root().join(".git/hooks/pre-commit").exists(), "{file}");
        let again = project.guard(&["init", "--git", "--yes", "--no-agent", "--no-policy"]);
        assert_eq!(again.stdout, "nothing to write\n", "{file}: {again:?}");
        // Lines that came later stay.
        project.write(file, format!("{now}# later\n"));
        project.guard(&["init", "--undo", "--yes"]);
        assert_eq!(project.read(file), format!("{text}# later\n"), "{file}");
    }
}

#[test]
fn hooks_that_serve_other_repositories_too_are_not_touched() {
    let project = Project::crate_with(LIBRARY);
    let shared = project.beside("shared-hooks");
    std::fs::create_dir(&shared).unwrap();
    project.git(&["config", "core.hooksPath", shared.to_str().unwrap()]);
    let ran = project.guard(&["init", "--git", "--yes", "--no-agent", "--no-policy"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "nothing to write\n"), "{ran:?}");
    assert!(ran.stderr.contains("outside of this repository"), "{ran:?}");
    assert_eq!(std::fs::read_dir(&shared).unwrap().count(), 0);

    // A directory of the repository's own is the place.
    project.git(&["config", "core.hooksPath", ".githooks"]);
    project.guard(&["init", "--git", "--yes", "--no-agent", "--no-policy"]);
    assert!(project.read(".githooks/pre-commit").contains("guard hook pre-commit"));
}

#[test]
fn broken_input_is_one_message_and_nothing_half_written() {
    let outside = Project::empty();
    let elsewhere = outside.beside("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let cases: [(&str, &str, &str); 5] = [
        (
            ".claude/settings.json",
            "{ \"hooks\": \n",
            ".claude/settings.json cannot be added to: no JSON value in line 2",
        ),
        (".claude/settings.json", "[]", ".claude/settings.json cannot be added to: it holds no JSON object"),
        (".claude/settings.json", "{\"hooks\": []}", "cannot be added to: `hooks` is no object"),
        (
            ".claude/settings.json",
            "{\"hooks\": {\"Stop\": {}}}",
            "cannot be added to: `hooks.Stop` is no list",
        ),
        (".claude", "a file where a directory would be", "cannot read .claude/settings.json"),
    ];
    for (file, text, expected) in cases {
        let project = Project::crate_with(LIBRARY);
        project.write(file, text);
        let before = files(&project);
        let ran = project.guard(&["init", "--git", "--yes"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{file}: {ran:?}");
        assert!(ran.stderr.contains(expected), "{expected}: {ran:?}");
        assert_eq!(files(&project), before, "{expected}");
    }
    let ran = outside.guard(&["init", "--yes", "--repo", elsewhere.to_str().unwrap()]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr.contains("not inside a git repository") || ran.stderr.contains("no git repository"),
        "{ran:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_of_the_repository_is_not_written_through() {
    let project = Project::crate_with(LIBRARY);
    let target = project.beside("target.json");
    std::fs::write(&target, "{}").unwrap();
    std::fs::create_dir(project.root().join(".claude")).unwrap();
    std::os::unix::fs::symlink(&target, project.root().join(".claude/settings.json")).unwrap();
    let ran = project.guard(&["init", "--yes"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("leads out of the repository"), "{ran:?}");
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "{}");
    assert!(!project.root().join("guard.toml").exists());
}

#[cfg(unix)]
#[test]
fn what_fails_half_way_is_taken_back() {
    let project = Project::crate_with(LIBRARY);
    // The hooks come last, and their directory is a file.
    std::fs::remove_dir_all(project.root().join(".git/hooks")).unwrap();
    project.write(".git/hooks", "no directory");
    let before = files(&project);
    let ran = project.guard(&["init", "--git", "--yes"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("nothing was changed"), "{ran:?}");
    assert_eq!(files(&project), before);
}

#[test]
fn the_frameworks_hooks_are_ones_that_guard_has() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml"))
        .unwrap();
    let value = |line: &str, key: &str| line.trim().strip_prefix(key).map(|v| v.trim().to_owned());
    let entries: Vec<String> = text.lines().filter_map(|l| value(l, "entry:")).collect();
    let stages: Vec<String> = text.lines().filter_map(|l| value(l, "stages:")).collect();
    assert_eq!((entries.len(), stages.len()), (4, 4));
    let project = Project::crate_with(LIBRARY);
    project.write("message", "Say nothing\n");
    for (entry, stage) in entries.iter().zip(stages) {
        let words: Vec<&str> = entry.split(' ').collect();
        assert_eq!((words[0], words[1], format!("[{}]", words[2])), ("guard", "hook", stage));
        // The framework passes the message's file to commit-msg.
        let args: Vec<&str> =
            words[1..].iter().copied().chain((words[2] == "commit-msg").then_some("message")).collect();
        let ran = project.guard(&args);
        assert_eq!(ran.code, 0, "{entry}: {ran:?}");
        assert!(!ran.stderr.contains("Usage"), "{entry}: {ran:?}");
    }
}
