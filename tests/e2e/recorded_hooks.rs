//! Hooks answer what Claude Code and Codex really sent: `fixtures/hooks` was recorded in sessions of the two programs.

use crate::project::{Project, Ran};

/// The session's repository: eight calls of which the agent changes five.
fn calls() -> Project {
    let steps: String =
        (0..8).map(|i| format!("pub fn step{i}() -> u32 {{ log_info(\"step {i}\"); {i} }}\n")).collect();
    let tests =
        "\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn one() { assert_eq!(super::step1(), 1); }\n}\n";
    Project::crate_with(&format!(
        "pub fn log_info(_: &str) {{}}\npub fn log_at(_: &str, _: &str) {{}}\n{steps}{tests}"
    ))
}

/// What `agent` sent at the event `name`, as if it had worked in this project.
fn recorded(project: &Project, agent: &str, name: &str) -> String {
    let path = format!("{}/fixtures/hooks/{agent}/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.replace("{cwd}", project.root().to_str().unwrap())
        .replace("{home}", project.home().to_str().unwrap())
}

fn answered(project: &Project, agent: &str, name: &str) -> Ran {
    project.hook(name, &recorded(project, agent, name))
}

fn migrate(project: &Project, steps: std::ops::Range<u32>) {
    for step in steps {
        project.edit(
            "src/lib.rs",
            &format!("log_info(\"step {step}\")"),
            &format!("log_at(\"info\", \"step {step}\")"),
        );
    }
}

const PLACES: &str = "at src/lib.rs:8, src/lib.rs:9, src/lib.rs:10\n";

#[test]
fn claude_code_is_told_what_it_left_at_the_task_and_at_the_end() {
    let project = calls();
    for name in ["session-start", "user-prompt-submit"] {
        assert_eq!(answered(&project, "claude-code", name).code, 0, "{name}");
    }
    migrate(&project, 0..5);

    let task = answered(&project, "claude-code", "task-completed");
    assert_eq!((task.code, task.stdout.as_str()), (2, ""), "{task:?}");
    assert!(task.stderr.contains(PLACES), "{task:?}");
    assert!(
        task.stderr.contains("- the completed task: \"Migrate calls Replace all log_info calls by log_at\"")
    );

    // A subagent's "all done" names nothing, and a commit of a part is the agent's to make.
    for name in ["subagent-stop", "pre-tool-use"] {
        let ran = answered(&project, "claude-code", name);
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""), "{name}");
    }

    let stop = answered(&project, "claude-code", "stop");
    let answer = stop.json();
    assert_eq!((stop.code, answer["decision"].as_str()), (0, Some("block")), "{stop:?}");
    let reason = answer["reason"].as_str().unwrap();
    assert!(reason.contains(PLACES), "{reason}");
    assert!(
        reason.contains("- the final message: \"Done: I replaced all log_info calls by log_at.\""),
        "{reason}"
    );

    migrate(&project, 5..8);
    let done = answered(&project, "claude-code", "stop");
    assert_eq!((done.code, done.stdout.as_str(), done.stderr.as_str()), (0, "", ""), "{done:?}");
}

#[test]
fn codex_is_told_what_it_left_at_the_end() {
    let project = calls();
    for name in ["session-start", "user-prompt-submit"] {
        assert_eq!(answered(&project, "codex", name).code, 0, "{name}");
    }
    migrate(&project, 0..5);
    let commit = answered(&project, "codex", "pre-tool-use");
    assert_eq!((commit.code, commit.stdout.as_str(), commit.stderr.as_str()), (0, "", ""), "{commit:?}");
    let answer = answered(&project, "codex", "stop").json();
    assert_eq!(answer["decision"], "block", "{answer}");
    assert!(answer["reason"].as_str().unwrap().contains(PLACES), "{answer}");
    // Codex takes no other keys.
    assert_eq!(answer.as_object().unwrap().len(), 2, "{answer}");
}

#[test]
fn a_broken_promise_in_the_message_of_a_commit_is_told_before_it_is_made() {
    let project = calls();
    answered(&project, "claude-code", "session-start");
    project.edit("src/lib.rs", "step1() -> u32 { log_info(\"step 1\"); 1 }", "step1() -> u32 { todo!() }");
    let event = recorded(&project, "claude-code", "pre-tool-use");
    let event = event.replace("Replace all log_info calls by log_at", "Implement `step1` in src/lib.rs");
    let answer = project.hook("pre-tool-use", &event).json();
    let told = &answer["hookSpecificOutput"];
    assert_eq!(told["permissionDecision"], "deny", "{answer}");
    let reason = told["permissionDecisionReason"].as_str().unwrap();
    assert!(reason.contains("[stubbed-body]") && reason.contains("the commit message"), "{reason}");
}
