//! Transcripts compared by hand, record by record. The expected lines were written down from the
//! records themselves; `fixtures/SOURCES.md` says where these come from.

mod odd;

use std::path::Path;

use guard_model::words::{
    Event, EventKind, OutputReading, Purpose, Speaker, StatementKind, TaskStatus, Words,
};

use super::{final_message, read_file, summarise};

fn fixture(name: &str) -> Words {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/transcripts").join(name);
    read_file(&path, "--session").unwrap()
}

/// A name as the JSON has it.
fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

fn reading(reading: &OutputReading) -> String {
    let number = |n: Option<u64>| n.map_or("?".to_owned(), |n| n.to_string());
    format!(
        " says {}+{}{}",
        number(reading.passed),
        number(reading.failed),
        if reading.says_failed { " failed" } else { "" }
    )
}

fn event(event: &Event) -> String {
    let subagent = if event.subagent { "sub " } else { "" };
    let dead = if event.live { "" } else { "dead " };
    let what = match &event.kind {
        EventKind::Edit(edit) => {
            let files = edit.paths.iter().map(|path| path.rsplit('/').next().unwrap());
            format!("{} {} {}", edit.tool, word(edit.outcome), files.collect::<Vec<_>>().join(" "))
        }
        EventKind::Command(command) => {
            let code = command.exit_code.map_or(String::new(), |code| format!(" {code}"));
            let purposes: Vec<String> = command.purposes.iter().map(word).collect();
            let said = command.reading.as_ref().map(reading).unwrap_or_default();
            let line: String =
                command.line.chars().take(22).map(|c| if c == '\n' { '/' } else { c }).collect();
            format!(
                "$ {line} | {}{code} {} [{}]{said}",
                word(command.outcome),
                word(command.exit_trust),
                purposes.join(" ")
            )
        }
        EventKind::TaskCall { tool, ok } => format!("{tool}{}", if *ok { "" } else { " refused" }),
        EventKind::Compaction => "compaction".to_owned(),
        EventKind::Interrupted => "interrupted".to_owned(),
    };
    format!("{subagent}{dead}{what}")
}

/// What was read, a line each: the number of the record and what was made of it.
fn lines(words: &Words) -> Vec<String> {
    let number = |place: &str| place.rsplit(':').next().unwrap().to_owned();
    let mut all: Vec<(u32, String)> = Vec::new();
    for statement in &words.statements {
        let who = match (statement.kind, statement.speaker) {
            (StatementKind::FinalMessage, _) => "FINAL",
            (StatementKind::Plan, _) => "PLAN",
            (_, Speaker::User) => "user",
            (_, Speaker::Agent) => "agent",
            (_, Speaker::Subagent) => "sub agent",
        };
        let text: String = statement.text.chars().take(24).map(|c| if c == '\n' { '/' } else { c }).collect();
        all.push((statement.order, format!("{} {who}: {}", number(&statement.place), text.trim_end())));
    }
    all.extend(words.events.iter().map(|e| (e.order, format!("{} {}", number(&e.place), event(e)))));
    all.sort();
    let mut lines: Vec<String> = all.into_iter().map(|(_, line)| line).collect();
    for task in &words.tasks {
        let history: Vec<String> = task
            .history
            .iter()
            .map(|step| format!("{}@{}", word(step.status), number(&step.place)))
            .collect();
        let subject: String = task.subject.chars().take(24).collect();
        lines.push(format!("#{} {}: {}", task.id, subject.trim_end(), history.join(" ")));
    }
    lines
}

fn check(name: &str, expected: &str) -> Words {
    let words = fixture(name);
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let found = lines(&words);
    let found: Vec<&str> = found.iter().map(|line| line.trim()).collect();
    assert_eq!(found.join("\n"), expected.join("\n"), "{name}");
    words
}

#[test]
fn a_stream_that_finished() {
    let words = check(
        "claude-stream-finished.jsonl",
        "2 user: Fix the parser and run t
         3 agent: I will fix it.
         4 Edit staged parse.rs
         7 sub $ cargo test 2>&1 | tail | succeeded 0 masked [test] says 3+1 failed
         9 compaction
         11 FINAL: Fixed; all tests pass.",
    );
    let input = &words.inputs[0];
    assert_eq!((input.records, input.unknown_records, input.broken_records), (12, 1, 0));
    assert_eq!(input.agent.as_deref(), Some("Claude Code 2.1.330"));
}

#[test]
fn a_stream_that_was_stopped_has_no_final_message() {
    let words = check(
        "claude-stream-stopped.jsonl",
        "2 agent: Running the suite now.
         2 $ npm test | failed 1 trusted [test] says 4+1 failed
         4 Write rejected hosts
         6 agent: One test is red; I look",
    );
    assert_eq!(words.inputs[0].remarks, ["the run ended with error_max_turns"]);
}

#[test]
fn a_session_of_oh_my_pi_with_an_abandoned_answer() {
    let words = check(
        "pi-branches.jsonl",
        "4 user: Rename the flag everywhe
         5 agent: First the list.
         5 todo
         8 user: Only in src, please.
         9 edit applied main.rs
         9 $ cargo test -q | failed 101 trusted [test] says 1+2 failed
         12 FINAL: Renamed in src; two test
         #1 Rename in src: in-progress@5
         #2 Rename in docs: pending@5",
    );
    assert_eq!(words.inputs[0].remarks, ["statements on branches that were abandoned are left out"]);
}

#[test]
fn a_session_of_oh_my_pi_that_is_cut_off() {
    let words = check(
        "pi-cut-off.jsonl",
        "2 user: Format and lint.
         3 $ cargo fmt && cargo cli | succeeded 0 masked [lint format] says ?+? failed
         3 $ sleep 900 | interrupted unknown []
         6 compaction
         7 agent: Clean.",
    );
    assert_eq!(words.inputs[0].broken_records, 1);
    assert_eq!(words.inputs[0].remarks, ["the last line is cut off"]);
}

#[test]
fn a_compact_transcript_with_results() {
    check(
        "compact-with-results.jsonl",
        "1 user: Add a test.
         2 agent: Adding it.
         2 Write applied a.rs
         3 $ cargo test | failed unknown [test] says 0+1 failed
         3 TodoWrite
         4 FINAL: The test is there and sh
         #1 Add a test: completed@3",
    );
}

#[test]
fn an_export_with_a_task_list_a_sidechain_and_a_heading_inside_an_output() {
    let words = check(
        "export-todo.md",
        "9 user: Add the flag `--dry-run`
         20 TodoWrite
         29 sub agent: The flag is parsed in on
         33 $ npx vitest run | unknown unknown [test] says 3+0
         46 FINAL: The flag works; the docu
         #1 Parse the flag: completed@20
         #2 Document it: pending@20",
    );
    assert_eq!(words.inputs[0].agent.as_deref(), Some("Codex CLI"));
}

#[test]
fn a_task_folder_of_cline_as_it_was_shown() {
    check(
        "cline-shown",
        "1 user: Make the button red.
         3 agent: I will change the style.
         4 task_progress
         5 editedExistingFile applied button.css
         6 newFileCreated staged extra.css
         7 $ npx vitest run | tail  | unknown unknown [test] says 2+1 failed
         10 task_progress
         11 FINAL: The button is red, tests
         13 user: They do not.
         #1 Change style: pending@4 completed@10
         #2 Run tests: pending@4 completed@10",
    );
}

#[test]
fn a_task_folder_of_cline_as_it_was_sent() {
    check(
        "cline-sent",
        "1 user: Add a helper.
         2 agent: I write the helper.
         2 task_progress
         2 write_to_file applied helper.ts
         4 $ npm run lint | rejected unknown [lint]
         5 user: No lint, please.
         6 FINAL: The helper is there.
         #1 Write helper: completed@2
         #2 Test it: pending@2",
    );
}

#[test]
fn old_todos_with_ids() {
    check(
        "claude-old-todos.jsonl",
        "1 user: Can you help me implemen
         2 agent: I'll help you implement
         3 TodoWrite
         5 agent: Great! Now let me start
         6 TodoWrite
         8 user: Can you add a task for s
         9 agent: Absolutely! Security rev
         10 TodoWrite
         #1 Design the feature archi: pending@3 completed@6
         #2 Implement core functiona: pending@3 in-progress@6 completed@10
         #3 Add comprehensive tests: pending@3 in-progress@10
         #4 Write user documentation: pending@3
         #5 Perform code review: pending@3
         #6 Conduct security review: pending@10",
    );
}

#[test]
fn a_failing_linter_behind_a_pipe_is_known_as_failed() {
    let words = check(
        "claude-masked-lint.jsonl",
        r#"1 user: Can you tell me again ho
         3 Edit applied concurrent_session_warning_test.go
         7 $ go test -v -tags=integ | succeeded 0 trusted [test] says 1+0
         10 agent: Tests pass. Let me run t
         11 $ go test ./... 2>&1 | t | succeeded 0 masked [test] says ?+?
         14 $ mise run lint 2>&1 | t | succeeded 0 masked [lint] says ?+? failed
         17 agent: Let me fix the linter er
         18 Edit applied manual_commit_rewind.go
         21 $ mise run lint 2>&1 | succeeded 0 trusted [lint] says ?+?
         24 TodoWrite
         27 FINAL: All tests pass and the l
         31 user: can we change /"Both ses
         #1 Remove shouldSkipHooksFo: completed@24
         #2 Update warning message t: completed@24
         #3 Update rewind display to: completed@24
         #4 Update integration tests: completed@24
         #5 Run tests to verify chan: completed@24"#,
    );
    // The claim "the linter is clean" came before this run was known to be red.
    assert_eq!(summarise(&words).hidden_failures, 1);
    let EventKind::Command(lint) = &words.events[3].kind else { panic!("{:?}", words.events[3]) };
    assert_eq!(lint.masked_by.as_deref(), Some("piped into `tail`"));
    // No test ran between the edit and "All tests pass".
    let edit = words.events.iter().rposition(|e| matches!(e.kind, EventKind::Edit(_))).unwrap();
    let test = words
        .events
        .iter()
        .rposition(|e| matches!(&e.kind, EventKind::Command(c) if c.purposes.contains(&Purpose::Test)));
    assert!(test.unwrap() < edit);
}

#[test]
fn a_task_is_ticked_although_its_command_was_refused() {
    let words = check(
        "claude-refused-run.jsonl",
        r#"1 PLAN: # Plan: Versioned Stanza
         2 TaskCreate
         4 TaskCreate
         6 TaskCreate
         8 TaskUpdate
         10 Write applied stanza.go
         12 TaskUpdate
         14 TaskUpdate
         16 agent: Now let me re-run lint.
         17 $ mise run lint 2>&1 | succeeded 0 trusted [lint] says ?+?
         19 agent: Lint passes with 0 issue
         20 $ mise run test 2>&1 | succeeded 0 trusted [test] says ?+?
         22 agent: All tests pass. Now let
         23 $ mise run test:ci 2>&1 | rejected unknown [test]
         25 interrupted
         26 user: commit
         27 interrupted
         28 user: commit
         29 interrupted
         30 user: commit
         33 agent: Let me commit the change
         34 $ git status | succeeded 0 trusted []
         36 $ git diff --stat | succeeded 0 trusted []
         38 $ git log --oneline -5 | succeeded 0 trusted []
         40 $ git add cmd/entire/cli | succeeded 0 trusted []
         42 $ git commit -m "$(cat < | succeeded 0 trusted [commit]
         44 $ git status | succeeded 0 trusted []
         46 TaskUpdate
         48 FINAL: Committed as `74284c9`.
         #3 Update setup.go to use s: pending@2
         #4 Update setup_test.go wit: pending@4
         #5 Run fmt, lint, and tests: pending@6 completed@46"#,
    );
    assert_eq!(
        final_message(&words).map(|message| message.place.as_str()),
        Some("claude-refused-run.jsonl:48")
    );
}

#[test]
fn tasks_are_ticked_with_nothing_done_in_between() {
    let words = check(
        "claude-ticked-without-work.jsonl",
        "1 user: we are getting this warn
         2 TaskCreate
         4 TaskCreate
         6 TaskCreate
         8 TaskCreate
         10 TaskCreate
         12 TaskCreate
         14 TaskCreate
         16 TaskCreate
         18 TaskCreate
         25 TaskUpdate
         27 compaction
         29 $ mise run test 2>&1 | succeeded 0 trusted [test] says ?+?
         37 user: what is remaining?
         39 TaskList
         42 agent: Let me update the task s
         43 TaskUpdate
         45 TaskUpdate
         47 TaskUpdate
         49 TaskUpdate
         51 TaskUpdate
         #1 Task 1: Add GetWorktreeI: pending@2 completed@39
         #2 Task 2: Add HashWorktree: pending@4 completed@39
         #3 Task 3: Update ShadowBra: pending@6 in-progress@25 completed@43
         #4 Task 4: Add WorktreeID t: pending@8
         #5 Task 5: Update WriteTemp: pending@10
         #6 Task 6: Update strategy: pending@12 completed@45
         #7 Task 7: Add WorktreeID t: pending@14 completed@47
         #8 Task 8: Update initializ: pending@16 completed@49
         #9 Task 9: Update all getSh: pending@18 completed@51
         #10 Task 10: Remove cross-wo: pending@39
         #11 Task 11: Update integrat: pending@39
         #12 Task 12: Update CLAUDE.m: pending@39
         #13 Task 13: Final verificat: pending@39",
    );
    let first = words.tasks[2].history.last().unwrap().order;
    let last = words.tasks[8].history.last().unwrap().order;
    let between = words.events.iter().filter(|e| e.order > first && e.order < last);
    assert!(between.into_iter().all(|e| matches!(e.kind, EventKind::TaskCall { .. })));
}

#[test]
fn an_open_item_disappears_from_a_list() {
    let words = check(
        "claude-vanished-todo.jsonl",
        "1 user: I think we have a bug wi
         4 agent: Now I understand the iss
         5 TodoWrite
         8 Edit rejected resume.go
         9 user: It should also check if
         11 agent: I understand - you want
         12 Edit rejected resume.go
         13 user: We could offer an option
         14 $ mise run test 2>&1 | h | succeeded 0 masked [test] says ?+? failed
         17 $ mise run test 2>&1 | h | succeeded 0 masked [test] says ?+?
         20 agent: Tests pass. Now let me a
         21 TodoWrite
         24 $ mise run test 2>&1 | succeeded 0 trusted [test] says ?+?
         27 $ mise run lint 2>&1 | h | unknown unknown [lint]
         30 TodoWrite
         33 agent: I've fixed the bug. Here
         35 $ mise run lint && mise  | succeeded 0 trusted [test lint] says ?+?
         38 $ mise run test:integrat | succeeded 0 masked [test] says ?+?
         41 FINAL: All tests pass. Here's t
         #1 Implement findBranchChec: in-progress@5 completed@21
         #2 Update resumeFromCurrent: pending@5 completed@21
         #3 Add integration test for: pending@5 in-progress@21 completed@30
         #4 Run tests to verify the: pending@5 vanished@21
         #3 Add promptResumeFromOlde: completed@21
         #5 Run tests and lint to ve: pending@21 completed@30",
    );
    let vanished = &words.tasks[3];
    assert_eq!(
        (vanished.subject.as_str(), vanished.status),
        ("Run tests to verify the fix", TaskStatus::Vanished)
    );
}

#[test]
fn words_typed_while_the_agent_works_are_the_users() {
    check(
        "claude-queued-words.jsonl",
        r#"3 user: check pr 2. pypi is read
         8 agent: I have the full picture.
         10 user: also deploy latest image
         12 agent: The `pypi` GitHub enviro
         13 $ echo "=== README deplo | unknown unknown []
         14 agent: I have everything except
         16 user: The live site still serv
         17 user: deployment logic is in f
         20 user: @"/Users/svidyuk/me/flop
         22 PLAN: # Ship 0.3.0: deploy, pu
         26 agent: Starting execution. Let
         30 TaskCreate
         32 TaskCreate
         34 $ git tag v0.3.0 && git  | succeeded 0 masked [publish]
         37 FINAL: **PR 2** ([#2](https://g
         41 user: ready to submit?  can yo
         42 $ gh pr create --title " | failed 1 masked [publish]
         46 user: prowl.world feedback htt
         48 agent: Heredoc quoting issue —
         49 Write unknown pr-body.md
         50 $ sleep 45; gh run list  | rejected unknown []
         53 Edit failed manifest.py
         55 $ git status -s && grep  | unknown unknown []
         #1 Tag and release v0.3.0: pending@30"#,
    );
}

#[test]
fn the_outcome_of_a_background_command_arrives_later() {
    check(
        "claude-background.jsonl",
        "1 user: PR #221, #222 확인하고 머지해주세
         2 agent: 두 PR의 상태를 확인하겠습니다.
         3 $ gh pr view 221 --json  | unknown unknown []
         6 user: PR #222 (mcp 2.0.0) 처리 방
         9 FINAL: PR #222는 보류합니다.//- **PR
         14 FINAL: 설계 리뷰 에이전트가 작업 중입니다. 결과를
         22 $ sleep 90 && gh pr chec | succeeded 0 trusted []
         27 FINAL: CI 완료를 기다리고 있습니다. type-c
         32 FINAL: impl-review 에이전트가 idle 전
         40 $ gh pr checks 233 --jso | succeeded 0 trusted []
         43 $ sleep 120 && gh pr che | background unknown []
         48 agent: worktree도 정리하겠습니다.
         52 FINAL: PR #234 CI 완료 대기 중. 통과하면",
    );
}

#[test]
fn codex_with_direct_calls_and_a_command_that_goes_on() {
    let words = check(
        "codex-direct.jsonl",
        "4 user: why is [https://github.c
         5 agent: I’ll check the job logs
         7 $ gh run view 2855721203 | failed 1 trusted []
         9 FINAL: The [GitHub job](https:/
         11 user: make a pr
         12 agent: I’ll make the smallest f
         14 $ git status --short --b | succeeded 0 trusted []
         15 $ git rev-parse --abbrev | succeeded 0 trusted []
         16 $ gh pr status --json cu | failed 1 trusted []
         20 agent: The worktree is clean bu
         22 update_plan
         24 $ git switch -c codex/ta | succeeded 0 trusted []
         26 agent: Branch is in place. I’m
         28 update_plan
         30 apply_patch applied test_task_include_trust
         33 agent: The assertion is patched
         34 update_plan
         36 $ mise run test:e2e task | succeeded 0 trusted [test]
         38 agent: The targeted task kicked
         42 agent: Build is still moving, n
         46 agent: Targeted e2e passed, inc
         48 update_plan
         50 FINAL: Opened PR: [#10708 test(
         #1 Create a working branch: in-progress@22 completed@28
         #2 Patch trust assertion: pending@22 in-progress@28 completed@34
         #3 Run targeted e2e: pending@22 in-progress@34 completed@48
         #4 Commit and push: pending@22 completed@48
         #5 Open PR: pending@22 completed@48",
    );
    let EventKind::Command(e2e) = &words.events.iter().find(|e| e.place.ends_with(":36")).unwrap().kind
    else {
        panic!()
    };
    assert!(
        e2e.output.contains("Compiling proc-macro2") && e2e.output.contains("Finished `dev` profile"),
        "{}",
        e2e.output
    );
}

#[test]
fn codex_in_code_mode() {
    check(
        "codex-code-mode.jsonl",
        r#"4 user: could we support dynamic
         5 agent: I’ll trace how the bundl
         7 update_plan
         9 $ rg -n "aqua.*registry| | unknown unknown []
         11 apply_patch failed build.rs
         13 $ sed -n '316,338p' buil | unknown unknown []
         15 apply_patch applied build.rs
         18 $ cargo test registry::t | failed 1 trusted [test] says ?+? failed
         20 $ cargo test floating_re | failed 101 trusted [test] says ?+? failed
         22 $ cargo test floating_re | background unknown [test]
         24 agent: The first full compile i
         29 $ cargo test floating_re | background unknown [test]
         33 $ rg -n "unavailable_flo | succeeded 0 trusted [test] says 1+0
         35 $ cargo test unavailable | succeeded 0 trusted [test] says 1+0
         37 FINAL: Implemented opt-in float
         41 interrupted
         44 compaction
         #1 Inspect registry loading: in-progress@7
         #2 Implement opt-in dynamic: pending@7
         #3 Add focused tests and do: pending@7
         #4 Run formatting and targe: pending@7"#,
    );
}

#[test]
fn a_compact_transcript_without_results() {
    check(
        "compact-oh-my-pi.jsonl",
        "1 user: pullfrog not bullfrog. h
         2 $ gh repo clone pullfrog | unknown unknown []
         5 todo
         6 todo
         7 edit unknown github.ts
         8 $ apply_patch() {/cat >  | unknown unknown []
         9 $ cat > /tmp/patch2.py < | unknown unknown []
         10 todo
         11 todo
         12 write unknown pullfrog.yml
         13 todo
         14 todo
         15 $ gh api repos/Bnjoroge1 | unknown unknown [test]
         16 todo
         17 FINAL: Yes — **GHES** is exactl
         #1 Fork pullfrog to Bnjorog: pending@5 completed@6
         #2 Patch utils/github.ts gi: pending@5 completed@10
         #3 Patch commands/init.ts g: pending@5
         #4 Patch utils/apiCommit.ts: pending@5 completed@11
         #5 Patch utils/install.ts r: pending@5
         #6 Patch utils/setup.ts and: pending@5
         #7 Patch utils/gitAuthServe: pending@5
         #8 Verify OPENAI_COMPATIBLE: pending@5
         #9 Create example pullfrog: pending@5 completed@13
         #10 Test via preloop run loc: pending@5 completed@14
         #11 Push fork and verify Git: pending@5 completed@16",
    );
}

#[test]
fn an_export_of_specstory() {
    check(
        "export-specstory.md",
        r#"9 user: 151
         24 user: 151
         30 agent: I'll examine pull reques
         34 $ gh pr view 151 --json  | unknown unknown []
         46 user: Let's address 2. Confusi
         61 agent: Let me look at that code
         108 agent: The comment says "count
         112 Edit applied main.go
         127 agent: Now let me run the linte
         131 $ golangci-lint run | unknown unknown [lint] says ?+?
         149 FINAL: Linter passes. The fix i
         160 user: [01/23/26 16:01  ~/sourc
         189 agent: I see the issue. The clo
         193 Edit failed
         242 Edit failed
         260 $ sed -n '1907,1910p' /U | failed 1 masked []
         280 $ sed -n '1907,1910p' /U | unknown unknown []
         308 agent: I see the pattern. The `
         312 Edit applied main_test.go
         327 agent: Now let me run the tests
         337 agent: All tests pass. Now let
         341 Edit applied main_test.go
         356 $ go test -v -run TestVa | unknown unknown [test] says ?+1 failed
         397 agent: All 4 test cases failed
         401 Edit applied main_test.go
         416 agent: Now let me verify the te
         426 agent: Let me also run the full
         430 $ go test ./... | unknown unknown [test] says ?+?
         460 FINAL: All tests pass.//**Summa"#,
    );
}
