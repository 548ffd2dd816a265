//! Where a claim comes from: turns, tasks, sessions, several sources that say the same.

use super::*;

#[test]
fn only_the_last_turn_and_late_results_of_the_way_are_claims() {
    let mut evidence = empty();
    evidence.words.statements = vec![
        statement(StatementKind::UserRequest, "Added tests? All tests pass?", "s.jsonl:1", 1),
        statement(StatementKind::Plan, "1. Add tests", "s.jsonl:2", 2),
        statement(StatementKind::Message, "All tests pass.", "s.jsonl:3", 3),
        statement(StatementKind::FinalMessage, "I've added a cache.", "s.jsonl:4", 4),
        statement(StatementKind::Message, "I've added the flag. 12 tests pass.", "s.jsonl:6", 6),
        statement(StatementKind::FinalMessage, "I've removed the cache.", "s.jsonl:7", 7),
    ];
    evidence.words.events = vec![edit(5)];
    let claims = extract(&evidence);
    let said: Vec<(&str, &str, &str)> =
        claims.iter().map(|c| (c.id.as_str(), c.text.as_str(), c.source.place.as_str())).collect();
    assert_eq!(said, [("c1", "12 tests pass", "s.jsonl:6"), ("c2", "I've removed the cache", "s.jsonl:7")]);
}

#[test]
fn a_ticked_task_is_one_claim_and_an_open_one_is_none() {
    let task = |subject: &str, status: TaskStatus| Task {
        id: "1".into(),
        subject: subject.into(),
        description: None,
        status,
        history: vec![TaskStep { status, place: "s.jsonl:9".into(), order: 9 }],
    };
    let mut evidence = empty();
    evidence.words.tasks = vec![
        task("Update CallManager logging statements", TaskStatus::Completed),
        task("Run fmt, lint, and tests", TaskStatus::Completed),
        task("Add docs", TaskStatus::InProgress),
        task("Add a bench", TaskStatus::Vanished),
    ];
    let claims: Vec<(ClaimKind, String)> = extract(&evidence).into_iter().map(|c| (c.kind, c.text)).collect();
    assert_eq!(
        claims,
        [
            (K::Update, "Update CallManager logging statements".to_owned()),
            (K::Other, "Run fmt, lint, and tests".to_owned())
        ]
    );
}

#[test]
fn a_task_that_was_ticked_without_an_action_is_shown_as_such() {
    let step = |status, order: u32| TaskStep { status, place: format!("s.jsonl:{order}"), order };
    let task = |subject: &str, history: Vec<TaskStep>| Task {
        id: subject.into(),
        subject: subject.into(),
        description: None,
        status: TaskStatus::Completed,
        history,
    };
    use TaskStatus::{Completed, InProgress};
    let mut evidence = empty();
    evidence.words.tasks = vec![
        task("Update the client", vec![step(InProgress, 1), step(Completed, 3)]),
        task("Update the server", vec![step(InProgress, 4), step(Completed, 5)]),
        task("Update the docs", vec![step(Completed, 7)]),
        task("Update the schema", vec![step(Completed, 7)]),
        task("Update the server's tests", vec![step(Completed, 11)]),
        task("Update the client's tests", vec![step(Completed, 12)]),
        task("Update the fixtures", vec![step(Completed, 14)]),
    ];
    evidence.words.events = vec![edit(2), edit(6), edit(10), edit(13)];
    let mut claims = extract(&evidence);
    settle(&mut claims, &evidence);
    let shown: Vec<Option<&str>> =
        claims.iter().map(|c| c.evidence.first().map(|e| e.message.as_str())).collect();
    assert_eq!(
        shown,
        [
            None,
            Some("no file was edited and no command run while it was in progress; ticked at s.jsonl:5"),
            Some("never in progress, and ticked with 1 other task in one call: s.jsonl:7"),
            Some("never in progress, and ticked with 1 other task in one call: s.jsonl:7"),
            Some(
                "never in progress, and ticked with 1 other task without an edit or a command between them: s.jsonl:11"
            ),
            Some(
                "never in progress, and ticked with 1 other task without an edit or a command between them: s.jsonl:12"
            ),
            None,
        ]
    );
}

// ------------------------------------------------------------------ claims to verdicts

#[test]
fn the_session_is_evidence_beside_a_test_claim() {
    let mut evidence = empty();
    evidence.words.events = vec![ran_tests(3, 12, 0), edit(5)];
    let claim = say(&mut evidence, "All tests pass.");
    assert_eq!((claim.verdict, claim.looked), UNSEEN);
    assert_eq!(
        claim.evidence[0].message,
        "files were edited after the session's last test command, which printed 12 passed: `cargo test` (s.jsonl:3), \
         s.jsonl:5"
    );
    evidence.words.events = vec![edit(5)];
    assert_eq!(
        say(&mut evidence, "All tests pass.").evidence[0].message,
        "the session shows no test command"
    );
    let mut refused = ran_tests(7, 0, 0);
    if let EventKind::Command(command) = &mut refused.kind {
        (command.line, command.outcome) = ("cargo test --all".into(), CommandOutcome::Rejected);
        command.reading = None;
    }
    evidence.words.events = vec![edit(2), ran_tests(3, 12, 0), refused];
    let shown = "the session's last test command that ran printed 12 passed: `cargo test` (s.jsonl:3); \
        then one was refused: `cargo test --all` (s.jsonl:7)";
    assert_eq!(say(&mut evidence, "All tests pass.").evidence[0].message, shown);
    evidence.words.statements.clear();
    let ticked = TaskStep { status: TaskStatus::Completed, place: "s.jsonl:9".into(), order: 9 };
    let task = |subject: &str| Task {
        id: subject.into(),
        subject: subject.into(),
        description: None,
        status: TaskStatus::Completed,
        history: vec![ticked.clone()],
    };
    evidence.words.tasks = vec![task("Run fmt, lint, and tests")];
    let mut claims = extract(&evidence);
    settle(&mut claims, &evidence);
    assert_eq!(claims[0].evidence.first().map(|e| e.message.as_str()), Some(shown));
}

#[test]
fn what_several_sources_say_shares_a_group_and_a_verdict() {
    let mut evidence = changed(&[("src/lib.rs", Some(UNTESTED), Some("pub struct Cache { size: usize }\n"))]);
    evidence.words.statements = vec![
        statement(StatementKind::Commit, "Add `Cache`\n\nAll tests pass", "1234", 1),
        statement(StatementKind::FinalMessage, "I've added `Cache`. All tests passing.", "s.jsonl:9", 9),
    ];
    let mut claims = extract(&evidence);
    settle(&mut claims, &evidence);
    let seen: Vec<(ClaimKind, Option<&str>, ClaimVerdict)> =
        claims.iter().map(|c| (c.kind, c.group.as_deref(), c.verdict)).collect();
    assert_eq!(
        seen,
        [
            (K::Add, Some("g1"), ClaimVerdict::Verified),
            (K::TestResult, Some("g2"), ClaimVerdict::Unsupported),
            (K::Add, Some("g1"), ClaimVerdict::Verified),
            (K::TestResult, Some("g2"), ClaimVerdict::Unsupported),
        ]
    );
}

#[test]
fn earlier_commits_and_squashed_steps_are_never_contradicted() {
    let mut evidence =
        changed(&[("src/lib.rs", Some(UNTESTED), Some("pub fn later(x: u8) -> u8 { todo!() }\n"))]);
    let commit =
        |id: &str| Commit { id: id.into(), parents: Vec::new(), author: "a".into(), message: String::new() };
    let mut verdict_of = |ids: &[&str], place: &str, text: &str| {
        evidence.change.commits = ids.iter().map(|i| commit(i)).collect();
        evidence.words.statements = vec![statement(StatementKind::Commit, text, place, 1)];
        let mut claims = extract(&evidence);
        settle(&mut claims, &evidence);
        claims[0].verdict
    };
    assert_eq!(verdict_of(&["aaaa", "bbbb"], "bbbb", "Implement `later()`"), ClaimVerdict::Contradicted);
    assert_eq!(verdict_of(&["aaaa", "bbbb"], "aaaa", "Implement `later()`"), ClaimVerdict::Unsupported);
    let squash = "Implement `later()` (#7)\n\n* Implement `later()`\n\n* Take it out again\n";
    assert_eq!(verdict_of(&["aaaa"], "aaaa", squash), ClaimVerdict::Unsupported);
}
