//! Words that are no transcripts: a message, a task list, commit messages, a pull request.

use guard_model::words::{Speaker, Statement, StatementKind, Task, TaskStep, Words, WordsFormat, WordsInput};
use guard_model::{Commit, TaskStatus};
use serde::Deserialize;

use super::tasks::checklist;

fn input(format: WordsFormat, place: &str, reason: &str, records: u64) -> WordsInput {
    WordsInput {
        format,
        place: place.to_owned(),
        reason: reason.to_owned(),
        agent: None,
        session: None,
        records,
        unknown_records: 0,
        broken_records: 0,
        remarks: Vec::new(),
    }
}

fn statement(
    kind: StatementKind,
    speaker: Speaker,
    text: &str,
    place: &str,
    order: u32,
) -> Option<Statement> {
    let text = text.trim();
    let place = place.to_owned();
    (!text.is_empty()).then(|| Statement { kind, speaker, text: text.to_owned(), place, order, time: None })
}

/// Takes a plain text for the agent's final message.
pub fn read_message(text: &str, place: &str, reason: &str) -> Words {
    Words {
        inputs: vec![input(WordsFormat::Message, place, reason, 1)],
        statements: statement(StatementKind::FinalMessage, Speaker::Agent, text, place, 0)
            .into_iter()
            .collect(),
        ..Words::default()
    }
}

/// Takes a plain text for what the user asked.
pub fn read_request(text: &str, place: &str, reason: &str) -> Words {
    Words {
        inputs: vec![input(WordsFormat::Message, place, reason, 1)],
        statements: statement(StatementKind::UserRequest, Speaker::User, text, place, 0)
            .into_iter()
            .collect(),
        ..Words::default()
    }
}

/// Reads the items of a Markdown task list (`- [ ]`, `- [x]`).
pub fn read_task_list(text: &str, place: &str, reason: &str) -> Words {
    let tasks = list(text, place);
    Words {
        inputs: vec![input(WordsFormat::TaskList, place, reason, tasks.len() as u64)],
        tasks,
        ..Words::default()
    }
}

/// Takes the one task that is said to be completed.
pub fn read_completed_task(subject: &str, description: &str, place: &str, reason: &str) -> Words {
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let step = TaskStep { status: TaskStatus::Completed, place: place.to_owned(), order: 0 };
    let task = Task {
        id: "1".to_owned(),
        subject: one_line(&format!("{subject} {description}")),
        description: None,
        status: step.status,
        history: vec![step],
    };
    Words {
        inputs: vec![input(WordsFormat::TaskList, place, reason, 1)],
        tasks: vec![task],
        ..Words::default()
    }
}

fn list(text: &str, place: &str) -> Vec<Task> {
    let items = checklist(text).into_iter().zip(0..);
    items
        .map(|((line, item), order)| Task {
            id: (order + 1).to_string(),
            subject: item.subject,
            description: None,
            status: item.status,
            history: vec![TaskStep { status: item.status, place: format!("{place}:{line}"), order }],
        })
        .collect()
}

/// Takes title and body of a pull request; the items of task lists in the body become tasks.
pub fn read_pull_request(title: &str, body: &str, place: &str, reason: &str) -> Words {
    let statements = [
        statement(StatementKind::PrTitle, Speaker::Agent, title, place, 0),
        statement(StatementKind::PrBody, Speaker::Agent, body, place, 1),
    ];
    Words {
        inputs: vec![input(WordsFormat::PullRequest, place, reason, 1)],
        statements: statements.into_iter().flatten().collect(),
        tasks: list(body, place),
        ..Words::default()
    }
}

/// Takes the pull request, or else the pushed commits, of a GitHub event. Nothing when the event
/// has neither, or is no JSON.
pub fn read_github_event(json: &str, place: &str, reason: &str) -> Option<Words> {
    #[derive(Deserialize)]
    struct Event {
        pull_request: Option<PullRequest>,
        commits: Option<Vec<Pushed>>,
    }
    #[derive(Deserialize)]
    struct PullRequest {
        number: Option<u64>,
        title: Option<String>,
        body: Option<String>,
    }
    #[derive(Deserialize)]
    struct Pushed {
        id: String,
        message: String,
    }
    let event: Event = serde_json::from_str(json.trim_start_matches('\u{feff}')).ok()?;
    if let Some(request) = event.pull_request {
        let place = request.number.map_or_else(|| place.to_owned(), |number| format!("#{number}"));
        let title = request.title.unwrap_or_default();
        return Some(read_pull_request(&title, &request.body.unwrap_or_default(), &place, reason));
    }
    let commits: Vec<Commit> = event
        .commits?
        .into_iter()
        .map(|commit| Commit {
            id: commit.id,
            parents: Vec::new(),
            author: String::new(),
            message: commit.message,
        })
        .collect();
    (!commits.is_empty()).then(|| read_commit_messages(&commits))
}

/// Takes the messages of commits, in the order given.
pub fn read_commit_messages(commits: &[Commit]) -> Words {
    let (Some(first), Some(last)) = (commits.first(), commits.last()) else { return Words::default() };
    let place = if commits.len() == 1 { first.id.clone() } else { format!("{}..{}", first.id, last.id) };
    let statements = commits.iter().zip(0..).filter_map(|(commit, order)| {
        statement(StatementKind::Commit, Speaker::Agent, &commit.message, &commit.id, order)
    });
    Words {
        inputs: vec![input(WordsFormat::CommitMessage, &place, "commits of the range", commits.len() as u64)],
        statements: statements.collect(),
        ..Words::default()
    }
}

/// Joins the words of several inputs, in the order given. Orders stay those of each input.
pub fn merge(words: Vec<Words>) -> Words {
    let mut all = Words::default();
    for one in words {
        all.inputs.extend(one.inputs);
        all.statements.extend(one.statements);
        all.tasks.extend(one.tasks);
        all.events.extend(one.events);
        all.no_session = all.no_session.or(one.no_session);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_final_and_an_empty_one_says_nothing() {
        let words = read_message("  All tests pass.\n", "message.txt", "--message");
        assert_eq!(words.statements[0].text, "All tests pass.");
        assert_eq!(words.statements[0].kind, StatementKind::FinalMessage);
        assert_eq!(read_message("\n", "message.txt", "--message").statements, []);
        assert_eq!(read_request("Do it", "task.txt", "--task").statements[0].speaker, Speaker::User);
    }

    #[test]
    fn a_pull_request_is_read_from_a_github_event() {
        let event = r###"{"action":"opened","pull_request":{"number":7,"title":"Fix it","body":"## Tests\r\n- [x] unit\r\n- [ ] e2e"}}"###;
        let words = read_github_event(event, "event.json", "GITHUB_EVENT_PATH").unwrap();
        let kinds: Vec<_> = words.statements.iter().map(|s| (s.kind, s.place.as_str())).collect();
        assert_eq!(kinds, [(StatementKind::PrTitle, "#7"), (StatementKind::PrBody, "#7")]);
        let tasks: Vec<_> =
            words.tasks.iter().map(|t| (t.subject.as_str(), t.status, t.history[0].place.as_str())).collect();
        assert_eq!(tasks, [("unit", TaskStatus::Completed, "#7:2"), ("e2e", TaskStatus::Pending, "#7:3")]);

        let push =
            r#"{"commits":[{"id":"a1","message":"one"},{"id":"b2","message":"two"}],"head_commit":{}}"#;
        let words = read_github_event(push, "event.json", "GITHUB_EVENT_PATH").unwrap();
        assert_eq!(words.inputs[0].place, "a1..b2");
        assert_eq!(words.statements[1].place, "b2");
        for other in [r#"{"action":"created"}"#, "no json", r#"{"pull_request":null}"#, r#"{"commits":[]}"#] {
            assert_eq!(read_github_event(other, "event.json", ""), None, "{other}");
        }
    }

    #[test]
    fn words_of_several_inputs_are_joined_in_order() {
        let words = merge(vec![
            read_message("a", "m", "r"),
            Words::default(),
            read_task_list("- [ ] b", "t.md", "r"),
        ]);
        assert_eq!((words.inputs.len(), words.statements.len(), words.tasks.len()), (2, 1, 1));
        assert_eq!(words.tasks[0].history[0].place, "t.md:1");
    }
}
