//! The other commands, from the evidence on disk.

use std::path::Path;

use crate::project::Project;

fn red() -> Project {
    let project = Project::crate_with(
        "pub fn one() -> u32 {\n    1\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn a() {\n        assert_eq!(super::one(), 1);\n    }\n    #[test]\n    fn b() {\n        assert!(super::one() > 0);\n    }\n}\n",
    );
    project.edit("src/lib.rs", "    1\n}", "    2\n}");
    project
}

#[test]
fn a_run_can_be_judged_and_printed_again_without_running_anything() {
    let project = red();
    let out = project.beside("run");
    let out = out.to_str().unwrap();
    let (code, first) = project.check(&["--out", out]);
    assert_eq!(code, 1);

    let again = project.guard(&["judge", out, "--format", "json"]);
    assert_eq!(again.code, 1);
    assert_eq!(again.json()["findings"], first["findings"]);

    let policy = project.beside("policy.toml");
    std::fs::write(&policy, "[checks]\nfailing-test = \"warn\"\n").unwrap();
    let milder = project.guard(&["judge", out, "--policy", policy.to_str().unwrap(), "--format", "json"]);
    assert_eq!(milder.code, 0, "{milder:?}");

    for format in ["text", "sarif", "junit", "github", "github-summary", "markdown", "gitlab", "rdjson"] {
        let ran = project.guard(&["report", out, "--format", format]);
        assert_eq!(ran.code, 1, "{format}");
        assert!(ran.stdout.contains("failing-test"), "{format}: {}", ran.stdout);
    }
}

#[test]
fn the_newest_run_is_found_by_itself() {
    let project = red();
    project.check(&[]);
    let ran = project.guard(&["report"]);
    assert_eq!(ran.code, 1, "{ran:?}");
}

#[test]
fn text_fits_eighty_columns_and_needs_no_colour() {
    let ran = red().guard(&["check", "--offline"]);
    assert_eq!(ran.code, 1);
    assert!(!ran.stdout.contains('\u{1b}'));
    // A path that is cut cannot be copied.
    let long: Vec<&str> =
        ran.stdout.lines().filter(|l| l.chars().count() > 80 && !l.starts_with("run ")).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn every_check_explains_itself() {
    let project = red();
    let list = project.guard(&["explain"]).stdout;
    let names: Vec<&str> = list.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert!(names.len() >= 14, "{list}");
    for name in names {
        let text = project.guard(&["explain", name]).stdout;
        assert!(text.contains(name) && !text.contains("## Cases"), "{text}");
    }
}

#[test]
fn the_newest_session_of_this_repository_is_found_and_no_other() {
    let project = red();
    let root = project.root();
    let now = jiff::Timestamp::now().to_string();
    let put = |cwd: &str, text: &str, stamp: &str, time: &str| {
        let folder: String = cwd.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let dir = project.home().join(".claude/projects").join(folder);
        std::fs::create_dir_all(&dir).unwrap();
        let record = |role: &str, uuid: &str, parent: &str, content: &str| {
            format!(
                "{{\"type\":\"{role}\",\"uuid\":\"{uuid}\",\"parentUuid\":{parent},\"isSidechain\":false,\"userType\":\"external\",\"sessionId\":\"{stamp}\",\"cwd\":\"{cwd}\",\"version\":\"2.1.37\",\"gitBranch\":\"main\",\"timestamp\":\"{time}\",\"message\":{content}}}\n"
            )
        };
        let user = record("user", "a", "null", "{\"role\":\"user\",\"content\":\"do it\"}");
        let said = format!(
            "{{\"id\":\"m\",\"role\":\"assistant\",\"type\":\"message\",\"content\":[{{\"type\":\"text\",\"text\":\"{text}\"}}]}}"
        );
        std::fs::write(dir.join(format!("{stamp}.jsonl")), user + &record("assistant", "b", "\"a\"", &said))
            .unwrap();
    };
    put(root.to_str().unwrap(), "All tests pass.", "11111111-0000-4000-8000-000000000000", &now);
    put(
        &format!("{}-other", root.display()),
        "Nothing was done.",
        "22222222-0000-4000-8000-000000000000",
        &now,
    );

    let (_, report) = project.check(&["--mode", "quick"]);
    let words = report["words"].to_string();
    assert!(words.contains("11111111") && !words.contains("22222222"), "{words}");

    let shown = project.guard(&["session", "show"]);
    assert!(shown.stdout.contains("All tests pass."), "{shown:?}");
    let none = project.check(&["--mode", "quick", "--no-session"]).1;
    assert!(!none["words"].to_string().contains("11111111"), "{none:#}");

    // One that was over before base was committed is of what base holds.
    put(root.to_str().unwrap(), "Done.", "33333333-0000-4000-8000-000000000000", "2026-01-01T00:00:00Z");
    let (_, report) = project.check(&["--mode", "quick"]);
    assert!(report["words"].to_string().contains("11111111"), "{:#}", report["words"]);
    put(root.to_str().unwrap(), "Done.", "11111111-0000-4000-8000-000000000000", "2026-01-01T00:00:00Z");
    let (_, report) = project.check(&["--mode", "quick"]);
    assert_eq!(report["words"].as_array().map(Vec::len), Some(0), "{:#}", report["words"]);
    let why = report["no_session"].as_str().unwrap();
    assert!(why.starts_with("the newest session is of other work: "), "{why}");
    assert!(why.contains("ended 2026-01-01 00:00 UTC, before base was committed"), "{why}");
}

#[test]
fn a_session_is_shown_with_what_matters_and_nothing_cut_in_a_pipe() {
    let show = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/transcripts").join(name);
        Project::empty().guard(&["session", "show", path.to_str().unwrap()]).stdout
    };
    let ticked = show("claude-ticked-without-work.jsonl");
    let line = |number: &str| {
        let found =
            ticked.lines().find(|line| line.trim_start().starts_with(number) && line.contains("Task"));
        found.unwrap_or_else(|| panic!("no line {number} in:\n{ticked}")).trim()
    };
    assert!(!line("43 ").contains("since"), "{ticked}");
    assert!(
        line("45 ").starts_with(
            "45  task           TaskUpdate [no edit or command since the tick at 43] [x] Task 6:"
        ),
        "{ticked}"
    );
    assert!(line("39 ").ends_with("; [ ] Task 13: Final verification"), "{ticked}");

    let refused = show("claude-refused-run.jsonl");
    assert!(refused.contains("run REJECTED   mise run test:ci"), "{refused}");
    assert!(refused.contains("; 1 of the edits and commands rejected"), "{refused}");

    // A hidden exit code is told of where it would judge the work.
    let masked = show("claude-masked-lint.jsonl");
    assert!(
        masked.contains("[exit code hidden: piped into `tail`] [output says: FAILED] mise run lint"),
        "{masked}"
    );
}

#[test]
fn a_project_that_configures_nextest_is_tested_with_it_where_it_is_installed() {
    let project = red();
    project.write(".config/nextest.toml", "[profile.default]\nretries = 0\n");
    project.commit("Use nextest, and break it");
    project.edit("src/lib.rs", "    2\n}", "    1\n}");

    let (code, report) = project.check_saying("Fixed `one`. All tests pass.", &[]);

    assert_eq!(code, 0, "{:#}", report["findings"]);
    let installed = project.command("cargo", &["nextest", "--version"]).output().unwrap().status.success();
    let runner = if installed { "cargo nextest run" } else { "cargo test" };
    assert!(report["claims"].to_string().contains(runner), "{:#}", report["claims"]);
    assert_eq!(report["tests"]["head"]["passed"], 2);
}

#[test]
fn what_subagents_did_is_told_from_what_the_agent_did() {
    let edit = |id: &str, path: &str| {
        format!(r#"{{"type":"tool_use","id":"{id}","name":"Edit","input":{{"file_path":"{path}"}}}}"#)
    };
    let run = r#"{"type":"tool_use","id":"r","name":"Bash","input":{"command":"cargo test"}}"#.to_owned();
    let done = |id: &str| format!(r#"{{"type":"tool_result","tool_use_id":"{id}","content":"ok"}}"#);
    let records = [
        (false, "user", "null", "a", r#"{"type":"text","text":"do it"}"#.to_owned()),
        (false, "assistant", "\"a\"", "b", edit("e", "/w/src/main.rs")),
        (false, "user", "\"b\"", "c", done("e")),
        (true, "user", "null", "s", r#"{"type":"text","text":"help"}"#.to_owned()),
        (true, "assistant", "\"s\"", "t", edit("f", "/w/src/side.rs")),
        (true, "user", "\"t\"", "u", done("f")),
        (true, "assistant", "\"u\"", "v", run),
        (true, "user", "\"v\"", "w", done("r")),
        (false, "assistant", "\"c\"", "d", r#"{"type":"text","text":"Done."}"#.to_owned()),
    ];
    let text: String = records
        .iter()
        .map(|(side, kind, parent, uuid, content)| {
            format!(
                "{{\"type\":\"{kind}\",\"uuid\":\"{uuid}\",\"parentUuid\":{parent},\"isSidechain\":{side},\"sessionId\":\"s\",\"cwd\":\"/w\",\"version\":\"2.1.37\",\"message\":{{\"role\":\"{kind}\",\"content\":[{content}]}}}}\n"
            )
        })
        .collect();
    let project = Project::empty();
    let file = project.beside("session.jsonl");
    std::fs::write(&file, text).unwrap();
    let shown = project.guard(&["session", "show", file.to_str().unwrap()]).stdout;
    let line = |name: &str| shown.lines().find(|line| line.contains(name)).unwrap_or_default();
    assert!(line("main.rs").contains("edit") && !line("main.rs").contains("subagent"), "{shown}");
    assert!(line("side.rs").contains("[subagent] "), "{shown}");
    assert!(line("cargo test").contains("[subagent] "), "{shown}");
    assert!(
        shown.ends_with("2 edits, 1 command, 0 task calls; 2 of the edits and commands by subagents\n"),
        "{shown}"
    );
}

#[cfg(unix)]
#[test]
fn a_session_may_come_from_a_pipe() {
    let project = red();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo/session.jsonl");
    let show = |pipe: &str| {
        let script = format!("'{}' session show {pipe}", env!("CARGO_BIN_EXE_guard"));
        let output = project.command("bash", &["-c", &script]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let (plain, piped) =
        (show(&format!("'{}'", fixture.display())), show(&format!("<(cat '{}')", fixture.display())));
    let below = |text: &str| text.split_once('\n').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
    assert!(plain.contains("15 records"), "{plain}");
    assert_eq!(below(&plain), below(&piped));
}
