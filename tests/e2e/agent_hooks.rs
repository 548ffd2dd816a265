//! Hooks of agents: what they are sent, and what they answer. The events have the shape that Claude Code and Codex send.

use serde_json::{Value, json};

use crate::project::{Project, Ran};

const LIBRARY: &str = "pub fn one() -> u32 {\n    1\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn is_one() {\n        assert_eq!(super::one(), 1);\n    }\n}\n";

/// An event of Claude Code in this project; `more` fields are added.
fn event(project: &Project, name: &str, more: &Value) -> String {
    let mut event = json!({
        "session_id": "3f1c2b7e-1d7a-4f0a-9a53-3a1f0e8a7b11",
        "transcript_path": project.beside("no-transcript.jsonl"),
        "cwd": project.root(),
        "permission_mode": "default",
        "prompt_id": "p1",
        "hook_event_name": name,
    });
    for (key, value) in more.as_object().unwrap() {
        event[key] = value.clone();
    }
    event.to_string()
}

fn stop(project: &Project, prompt: &str, said: &str) -> Ran {
    let more = json!({
        "prompt_id": prompt, "stop_hook_active": false, "last_assistant_message": said,
        "background_tasks": [], "session_crons": [],
    });
    project.hook("stop", &event(project, "Stop", &more))
}

fn started() -> Project {
    let project = Project::crate_with(LIBRARY);
    let ran =
        project.hook("session-start", &event(&project, "SessionStart", &json!({ "source": "startup" })));
    let told = &ran.json()["hookSpecificOutput"];
    assert_eq!((ran.code, told["hookEventName"].as_str()), (0, Some("SessionStart")), "{ran:?}");
    let told = told["additionalContext"].as_str().unwrap();
    assert!(told.contains("- `cargo test --workspace`") && told.contains("failing-test"), "{told}");
    project
}

fn prompt(project: &Project, text: &str) -> Ran {
    project.hook("user-prompt-submit", &event(project, "UserPromptSubmit", &json!({ "prompt": text })))
}

#[test]
fn a_prompt_that_names_code_brings_what_exists_near_it() {
    let project = started();
    let told = prompt(&project, "Please test `one` with more numbers").json();
    let told = told["hookSpecificOutput"]["additionalContext"].as_str().unwrap();
    assert!(told.contains("- test src/lib.rs:7 `tests::is_one`: same file; calls `one`"), "{told}");
    for silent in ["Please go on", "", "What is this one about?"] {
        let ran = prompt(&project, silent);
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""), "{silent}");
    }
    // What was told before is still there when a session is resumed.
    let resumed =
        project.hook("session-start", &event(&project, "SessionStart", &json!({ "source": "resume" })));
    assert_eq!((resumed.code, resumed.stdout.as_str()), (0, ""), "{resumed:?}");
}

#[test]
fn a_turn_that_changed_nothing_ends_in_silence() {
    let project = started();
    let ran = stop(&project, "p1", "All tests pass, everything is enterprise ready.");
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""), "{ran:?}");
}

#[test]
fn a_broken_promise_blocks_once_with_facts_and_is_then_the_users() {
    let project = started();
    project.edit("src/lib.rs", "    1\n", "    2\n");

    let ran = stop(&project, "p1", "Done, all tests pass.");
    let answer = ran.json();
    assert_eq!((ran.code, answer["decision"].as_str()), (0, Some("block")), "{ran:?}");
    let reason = answer["reason"].as_str().unwrap();
    assert!(reason.contains("[failing-test]") && reason.contains("at src/lib.rs:9"), "{reason}");

    let again = stop(&project, "p1", "Done, all tests pass.").json();
    assert_eq!(again.get("decision"), None, "{again}");
    assert!(again["systemMessage"].as_str().unwrap().contains("nothing was edited since"), "{again}");

    project.edit("src/lib.rs", "    2\n", "    3\n");
    let edited = stop(&project, "p1", "Fixed, all tests pass.").json();
    assert!(edited["systemMessage"].as_str().unwrap().contains("still open"), "{edited}");

    project.edit("src/lib.rs", "    3\n", "    1 + 0\n");
    let good = stop(&project, "p1", "All tests pass.");
    assert_eq!((good.code, good.stdout.as_str()), (0, ""), "{good:?}");
}

#[test]
fn what_the_user_left_uncommitted_is_not_the_agents() {
    let project = Project::crate_with(LIBRARY);
    project.edit("src/lib.rs", "    1\n", "    2\n");
    project.hook("session-start", &event(&project, "SessionStart", &json!({ "source": "startup" })));
    project.write("src/notes.md", "Notes.\n");
    let ran = stop(&project, "p1", "Added notes.");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!ran.stdout.contains("\"decision\""), "{ran:?}");
}

#[test]
fn a_commit_is_refused_before_it_is_made() {
    let project = started();
    project.edit("src/lib.rs", "    1\n", "    2\n");
    let before = |command: &str| {
        let more = json!({ "tool_name": "Bash", "tool_use_id": "t", "tool_input": { "command": command } });
        project.hook("pre-tool-use", &event(&project, "PreToolUse", &more))
    };
    let other = before("cargo test");
    assert_eq!((other.code, other.stdout.as_str()), (0, ""), "{other:?}");
    let answer = before("git add -A && git commit -m 'Make it two'").json();
    assert_eq!(answer["hookSpecificOutput"]["hookEventName"], "PreToolUse");
    assert_eq!(answer["hookSpecificOutput"]["permissionDecision"], "deny");
    let again = before("git commit -am 'Make it two'").json();
    assert_eq!(again.get("hookSpecificOutput"), None, "the same reason is not given twice: {again}");
}

#[test]
fn codex_is_refused_by_its_own_rules() {
    let project = started();
    project.edit("src/lib.rs", "    1\n", "    2\n");
    let codex = |more: &Value| {
        let mut event = json!({
            "session_id": "c", "transcript_path": null, "cwd": project.root(), "model": "m",
            "permission_mode": "default", "turn_id": "1",
        });
        for (key, value) in more.as_object().unwrap() {
            event[key] = value.clone();
        }
        event.to_string()
    };
    let command = json!({ "hook_event_name": "PreToolUse", "tool_input": { "command": ["bash", "-lc", "git commit -am x"] } });
    let ran = project.hook("pre-tool-use", &codex(&command));
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    assert!(ran.stderr.contains("[failing-test]"), "{ran:?}");
    let end = json!({ "hook_event_name": "Stop", "stop_hook_active": false, "last_assistant_message": "All tests pass." });
    let answer = project.hook("stop", &codex(&end)).json();
    assert_eq!(answer["decision"], "block");
    let known = ["continue", "decision", "reason", "stopReason", "suppressOutput", "systemMessage"];
    assert!(answer.as_object().unwrap().keys().all(|k| known.contains(&k.as_str())), "{answer}");
}

#[test]
fn what_still_runs_in_the_background_is_waited_for() {
    let project = started();
    project.edit("src/lib.rs", "    1\n", "    2\n");
    let task = json!({ "id": "b1", "type": "shell", "status": "running", "description": "cargo test" });
    let more = json!({ "stop_hook_active": false, "last_assistant_message": "Tests are running.", "background_tasks": [task] });
    let answer = project.hook("stop", &event(&project, "Stop", &more)).json();
    assert!(answer["systemMessage"].as_str().unwrap().contains("`cargo test` still runs"), "{answer}");
}

#[test]
fn a_hook_that_cannot_check_never_reads_as_bad_code() {
    let project = started();
    project.edit("src/lib.rs", "    1\n", "    2\n");
    let limited = project.hook_with(&["stop", "--limit", "0"], &event(&project, "Stop", &json!({})));
    assert!(
        limited.json()["systemMessage"].as_str().unwrap().contains("not checked to the end"),
        "{limited:?}"
    );
    let elsewhere = project.beside("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let outside = event(&project, "Stop", &json!({ "cwd": elsewhere }));
    let nowhere = event(&project, "Stop", &json!({ "cwd": "/does/not/exist" }));
    for (input, expected) in [
        (String::new(), "no event"),
        ("{\"cwd\":".to_owned(), "no JSON object"),
        ("{}".to_owned(), "names no directory"),
        ("x".repeat(17 << 20), "more than 16 MiB"),
        (outside, ""),
        (nowhere, ""),
    ] {
        let ran = project.hook("stop", &input);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stdout.contains(expected), "{expected}: {ran:?}");
        assert!(!ran.stdout.contains("decision"), "{ran:?}");
    }
    let ran = project.hook_with(&["no-such-event"], "{}");
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn a_session_of_another_repository_is_held_against_nothing_here() {
    let (project, other) = (Project::crate_with(LIBRARY), Project::crate_with(LIBRARY));
    project.edit("src/lib.rs", "    1\n", "    2\n");
    let transcript = project.beside("session.jsonl");
    let stop_of = |works_in: &Project| {
        let line = json!({
            "type": "user", "uuid": "u1", "parentUuid": null, "sessionId": "s", "version": "2.1.197",
            "timestamp": "2026-11-23T08:05:10.776Z", "cwd": works_in.root(),
            "message": { "role": "user", "content": "Go on" },
        });
        std::fs::write(&transcript, format!("{line}\n")).unwrap();
        let more = json!({ "transcript_path": transcript, "last_assistant_message": "All tests pass." });
        project.hook("stop", &event(&project, "Stop", &more)).json()
    };
    let answer = stop_of(&other);
    assert!(answer["systemMessage"].as_str().unwrap().contains("works in another repository"), "{answer}");
    assert_eq!(answer.get("decision"), None, "{answer}");
    let answer = stop_of(&project);
    assert_eq!(answer["decision"], "block", "{answer}");
}

#[test]
fn a_transcript_that_cannot_be_read_leaves_the_events_own_words() {
    let project = started();
    project.edit("src/lib.rs", "    1\n", "    2\n");
    let transcript = project.beside("session.jsonl");
    std::fs::write(&transcript, "{\"kind\":\"of another agent\"}\n{\"cut\":").unwrap();
    let more = json!({ "transcript_path": transcript, "last_assistant_message": "All tests pass." });
    let answer = project.hook("stop", &event(&project, "Stop", &more)).json();
    assert_eq!(answer["decision"], "block", "{answer}");
}

#[test]
fn a_home_that_cannot_be_written_stops_nothing() {
    let project = Project::crate_with(LIBRARY);
    project.edit("src/lib.rs", "    1\n", "    2\n");
    let file = project.beside("file");
    std::fs::write(&file, "").unwrap();
    for name in ["session-start", "stop", "pre-tool-use"] {
        let more = json!({ "tool_input": { "command": "git commit -am x" }, "last_assistant_message": "All tests pass." });
        let mut command = project.command(env!("CARGO_BIN_EXE_guard"), &["hook", name]);
        let ran =
            command.env("GUARD_CACHE_DIR", &file).write_stdin(event(&project, name, &more)).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        assert_eq!(ran.status.code(), Some(0), "{name}: {said}");
        assert!(
            said.contains("could not check, so nothing is stopped") && !said.contains("decision"),
            "{name}: {said}"
        );
    }
}

#[test]
fn two_hooks_at_once_both_answer_and_what_is_remembered_can_be_read() {
    let project = started();
    project.edit("src/lib.rs", "    1\n", "    2\n");
    let answers: Vec<Ran> = std::thread::scope(|scope| {
        let both = [0, 1].map(|_| scope.spawn(|| stop(&project, "p1", "Done, all tests pass.")));
        both.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for ran in &answers {
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.json().is_object(), "{ran:?}");
    }
    assert!(answers.iter().any(|ran| ran.json()["decision"] == "block"), "{answers:?}");
    let after = stop(&project, "p1", "Done, all tests pass.").json();
    assert!(after["systemMessage"].as_str().unwrap().contains("still open"), "{after}");
}

#[test]
fn a_clock_that_goes_backwards_forgets_nothing() {
    let project = started();
    project.edit("src/lib.rs", "    1\n", "    2\n");
    let ahead = std::time::SystemTime::now() + std::time::Duration::from_secs(90 * 24 * 3600);
    let mut pending = vec![project.cache()];
    while let Some(dir) = pending.pop() {
        for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                pending.push(path);
            } else {
                std::fs::File::options().append(true).open(path).unwrap().set_modified(ahead).unwrap();
            }
        }
    }
    let other = event(&project, "SessionStart", &json!({ "source": "startup", "session_id": "other" }));
    assert_eq!(project.hook("session-start", &other).code, 0);
    // What this session began with is still known, so what it changed is its own.
    assert_eq!(stop(&project, "p1", "Done, all tests pass.").json()["decision"], "block");
}

#[test]
fn a_task_that_names_what_is_not_there_is_refused_only_on_evidence() {
    let project = started();
    project.edit("src/lib.rs", "    1\n", "    todo!()\n");
    let task = |subject: &str| {
        let more = json!({ "task_id": "1", "task_subject": subject });
        project.hook("task-completed", &event(&project, "TaskCompleted", &more))
    };
    let ran = task("Implement `one` in src/lib.rs");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("[stubbed-body]"), "{ran:?}");
    assert_eq!(task("Think about it").code, 0);
}

#[test]
fn the_plugin_calls_hooks_that_exist_and_give_up_before_they_are_cut_off() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read =
        |path: &str| -> Value { serde_json::from_slice(&std::fs::read(root.join(path)).unwrap()).unwrap() };
    let market = read(".claude-plugin/marketplace.json");
    let plugin = market["plugins"][0]["source"].as_str().unwrap();
    assert_eq!(read(&format!("{plugin}/.claude-plugin/plugin.json"))["name"], market["plugins"][0]["name"]);
    let hooks = read(&format!("{plugin}/hooks/hooks.json"));
    let project = Project::crate_with(LIBRARY);
    let events = hooks["hooks"].as_object().unwrap();
    assert_eq!(events.len(), 6);
    for (name, groups) in events {
        let handler = &groups[0]["hooks"][0];
        let args: Vec<&str> =
            handler["args"].as_array().unwrap().iter().map(|a| a.as_str().unwrap()).collect();
        let ran = project.hook_with(&args[1..], &event(&project, name, &json!({})));
        assert_eq!((args[0], ran.code, ran.stderr.as_str()), ("hook", 0, ""), "{name}: {ran:?}");
        let limit = args.iter().position(|a| *a == "--limit").map_or(0, |at| args[at + 1].parse().unwrap());
        assert!(limit * 5 <= handler["timeout"].as_u64().unwrap() * 4, "{name}");
    }
}
