//! Broken input, and sessions of several files.

use std::path::Path;

use guard_model::words::{StatementKind, TaskStatus, Words};

use super::event;
use crate::session::{SessionError, read_file};

/// Reads bytes as a file.
fn read(bytes: impl AsRef<[u8]>) -> Result<Words, SessionError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("session.jsonl");
    std::fs::write(&path, bytes).unwrap();
    read_file(&path, "--session")
}

const PROMPT: &str = r#"{"type":"user","uuid":"u1","parentUuid":null,"sessionId":"s","timestamp":"2026-01-01T10:00:00.000Z","message":{"role":"user","content":"Go"}}"#;
const ANSWER: &str = r#"{"type":"assistant","uuid":"a1","parentUuid":"u1","sessionId":"s","timestamp":"2026-01-01T08:00:00.000Z","message":{"id":"m","role":"assistant","content":[{"type":"text","text":"Done"}]}}"#;

#[test]
fn broken_input_is_counted_and_the_rest_is_read() {
    let half = r#"{"type":"assistant","uuid":"a2","message":{"role":"assi"#;
    let five_megabytes = format!(
        r#"{{"type":"user","uuid":"u9","parentUuid":"a1","sessionId":"s","message":{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"x","content":"{}"}}]}}}}"#,
        "x".repeat(5 << 20)
    );
    // Name, bytes, records with unknown and broken ones, statements, a remark.
    type Case<'a> = (&'a str, Vec<u8>, (u64, u64, u64), usize, &'a str);
    let cases: Vec<Case<'_>> = vec![
        ("cut off", format!("{PROMPT}\n{ANSWER}\n{half}").into(), (3, 0, 1), 2, "the last line is cut off"),
        (
            "broken inside",
            format!("{PROMPT}\n{half}\n{ANSWER}\n").into(),
            (3, 0, 1),
            2,
            "the clock went back",
        ),
        (
            "junk",
            [PROMPT.as_bytes(), b"\n\xff\xfe\x00\x01junk\n", ANSWER.as_bytes()].concat(),
            (3, 0, 1),
            2,
            "not valid UTF-8",
        ),
        ("NUL bytes", format!("{PROMPT}\n\0\0\0\0\n{ANSWER}\n").into(), (3, 0, 1), 2, "the clock went back"),
        (
            "twice",
            format!("{PROMPT}\n{PROMPT}\n{ANSWER}\n{ANSWER}\n").into(),
            (4, 0, 0),
            2,
            "2 records stand twice",
        ),
        (
            "unknown",
            format!("{PROMPT}\n{{\"type\":\"new\"}}\n{{\"type\":7,\"message\":\"odd\"}}\n{ANSWER}\n").into(),
            (4, 2, 0),
            2,
            "clock",
        ),
        ("blank lines", format!("\n\n{PROMPT}\r\n\n{ANSWER}\r\n\n").into(), (2, 0, 0), 2, "clock"),
        (
            "half a surrogate pair",
            format!("{PROMPT}\n{}\n", ANSWER.replace("Done", "Done \\ud83d")).into(),
            (2, 0, 0),
            2,
            "clock",
        ),
        ("long lines", format!("{PROMPT}\n{five_megabytes}\n{ANSWER}\n").into(), (3, 0, 0), 2, "clock"),
    ];
    for (name, bytes, counts, statements, remark) in cases {
        let words = read(bytes).unwrap();
        let input = &words.inputs[0];
        assert_eq!((input.records, input.unknown_records, input.broken_records), counts, "{name}");
        assert_eq!(words.statements.len(), statements, "{name}");
        assert!(input.remarks.iter().any(|r| r.contains(remark)), "{name}: {:?}", input.remarks);
    }
}

#[test]
fn the_last_message_before_a_cut_is_not_called_final() {
    let cut = read(format!("{PROMPT}\n{ANSWER}\n{{\"type\":\"assi")).unwrap();
    assert_eq!(cut.statements[1].kind, StatementKind::Message);
    let whole = read(format!("{PROMPT}\n{ANSWER}\n")).unwrap();
    assert_eq!(whole.statements[1].kind, StatementKind::FinalMessage);
}

#[test]
fn what_is_no_transcript_is_one_clear_error() {
    for (bytes, why) in [
        (&b""[..], "it is empty"),
        (b"Just a letter.\n", "a plain text"),
        (b"{\"name\":\"x\"}\n", "JSON of another kind"),
        (b"[1,2,3]", "JSON of another kind"),
        (b"\x7fELF\x00\x01\xff\xfe\x80\x81\n\x00\xff", "not a text"),
    ] {
        let error = read(bytes).unwrap_err().to_string();
        assert!(error.contains(why) && error.contains("session.jsonl") && !error.contains('\n'), "{error}");
    }
    let missing = read_file(Path::new("/nowhere/at/all.jsonl"), "--session").unwrap_err();
    assert!(matches!(missing, SessionError::Unreadable { .. }), "{missing}");
    let list = read("# Plan\n- [x] one\n- [ ] two\n").unwrap();
    assert_eq!(
        list.tasks.iter().map(|t| t.status).collect::<Vec<_>>(),
        [TaskStatus::Completed, TaskStatus::Pending]
    );
}

#[test]
fn work_of_subagents_stands_between_that_of_the_main_agent() {
    let dir = tempfile::tempdir().unwrap();
    let agent = |time: &str, id: &str, line: &str| {
        format!(
            r#"{{"type":"assistant","uuid":"{id}","parentUuid":null,"sessionId":"main","isSidechain":true,"agentId":"1","timestamp":"{time}","message":{{"id":"{id}","role":"assistant","content":[{{"type":"tool_use","id":"t{id}","name":"Bash","input":{{"command":"{line}"}}}}]}}}}"#
        ) + "\n"
    };
    let main = |time: &str, id: &str, line: &str| {
        agent(time, id, line).replace(r#""isSidechain":true,"agentId":"1","#, "")
    };
    let session = dir.path().join("main.jsonl");
    let text = main("2026-01-01T10:00:00Z", "a", "first") + &main("2026-01-01T10:09:00Z", "b", "last");
    std::fs::write(&session, text).unwrap();
    let own = dir.path().join("main/subagents");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("agent-1.jsonl"), agent("2026-01-01T10:05:00Z", "c", "inner")).unwrap();
    std::fs::write(dir.path().join("agent-2.jsonl"), agent("2026-01-01T10:06:00Z", "d", "beside")).unwrap();
    let other = agent("2026-01-01T10:06:00Z", "e", "other").replace("\"main\"", "\"other\"");
    std::fs::write(dir.path().join("agent-3.jsonl"), other).unwrap();
    let words = read_file(&session, "--session").unwrap();
    let seen: Vec<(String, bool, &str)> =
        words.events.iter().map(|e| (event(e), e.subagent, e.place.as_str())).collect();
    let named: Vec<_> = seen
        .iter()
        .map(|(what, sub, place)| (what.split('|').next().unwrap().trim(), *sub, *place))
        .collect();
    assert_eq!(
        named,
        [
            ("$ first", false, "main.jsonl:1"),
            ("sub $ inner", true, "agent-1.jsonl:1"),
            ("sub $ beside", true, "agent-2.jsonl:1"),
            ("$ last", false, "main.jsonl:2"),
        ]
    );
}
