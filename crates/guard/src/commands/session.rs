//! `guard session show`: what was read of an agent's session.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, bail};
use guard_collect::session;
use guard_model::words::{CommandOutcome, EditOutcome, ExitTrust};
use guard_model::{Command, Event, EventKind, Speaker, Statement, StatementKind, Task, TaskStatus, Words};

use super::print;
use crate::cli::SessionCommand;
use crate::pipeline::{self, Place};
use crate::render::one_line;
use crate::terminal;

/// Prints a session.
pub(super) fn session(command: &SessionCommand, place: &Place<'_>) -> Result<u8> {
    let SessionCommand::Show { file, repo, json, summary } = command;
    let words = match file {
        Some(path) => session::read_file(path, "named")?,
        None => newest(repo.as_deref(), place)?,
    };
    if *json {
        return print(&format!("{}\n", serde_json::to_string_pretty(&words)?));
    }
    let mut text = String::new();
    write_inputs(&mut text, &words);
    if !summary {
        let width = terminal::width();
        write_timeline(&mut text, &words, width);
        write_tasks(&mut text, &words.tasks, width);
    }
    write_counts(&mut text, &words);
    print(&text)
}

fn newest(repo: Option<&Path>, place: &Place<'_>) -> Result<Words> {
    let (repo, _) = pipeline::open(repo, place)?;
    let words = pipeline::newest_session(&repo, place)?;
    match &words.no_session {
        Some(why) => bail!("{why}; name a file"),
        None => Ok(words),
    }
}

fn write_inputs(text: &mut String, words: &Words) {
    for input in &words.inputs {
        let agent = input.agent.as_deref().unwrap_or("unknown agent");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} ({agent}; {})", input.place, input.reason);
        let _ = writeln!(
            text,
            "{} records, {} of unknown type, {} broken",
            input.records, input.unknown_records, input.broken_records
        );
        for remark in &input.remarks {
            let _ = writeln!(text, "note: {remark}");
        }
    }
}

/// Statements and events in the order in which they happened.
fn write_timeline(text: &mut String, words: &Words, width: usize) {
    let statements = words.statements.iter().map(|s| (s.order, 0, statement_line(s)));
    let events = words.events.iter().map(|e| (e.order, 1, event_line(e)));
    let mut all: Vec<_> = statements.chain(events).collect();
    all.sort_by_key(|(order, kind, _)| (*order, *kind));
    text.push('\n');
    for (_, _, (place, what, said)) in all {
        let line = place.rsplit_once(':').map_or(place.as_str(), |(_, n)| n);
        let _ = writeln!(text, "{line:>6}  {what:14} {}", one_line(&said, width.saturating_sub(23)));
    }
}

fn statement_line(statement: &Statement) -> (String, String, String) {
    let what = match (statement.kind, statement.speaker) {
        (StatementKind::FinalMessage, _) => "final message",
        (StatementKind::UserRequest, _) => "user",
        (StatementKind::Plan, _) => "plan",
        (_, Speaker::Subagent) => "subagent",
        _ => "agent",
    };
    (statement.place.clone(), what.to_owned(), statement.text.clone())
}

fn event_line(event: &Event) -> (String, String, String) {
    let (what, said) = match &event.kind {
        EventKind::Edit(edit) => {
            let outcome = match edit.outcome {
                EditOutcome::Applied => "edit",
                EditOutcome::Failed => "edit FAILED",
                EditOutcome::Rejected => "edit REJECTED",
                EditOutcome::Staged => "edit staged",
                EditOutcome::Unknown => "edit ?",
            };
            (outcome.to_owned(), format!("{} ({})", edit.paths.join(", "), edit.tool))
        }
        EventKind::Command(command) => (command_word(command).to_owned(), command_text(command)),
        EventKind::TaskCall { tool, ok } => {
            ("task".to_owned(), format!("{tool}{}", if *ok { "" } else { " (refused)" }))
        }
        EventKind::Compaction => {
            ("compaction".to_owned(), "what came before is known as a summary".to_owned())
        }
        EventKind::Interrupted => ("interrupted".to_owned(), "by the user".to_owned()),
    };
    let said = if event.live { said } else { format!("{said} [abandoned branch]") };
    (event.place.clone(), what, said)
}

fn command_word(command: &Command) -> &'static str {
    match command.outcome {
        CommandOutcome::Succeeded => "ran",
        CommandOutcome::Failed => "ran, FAILED",
        CommandOutcome::Rejected => "run REJECTED",
        CommandOutcome::Interrupted => "run stopped",
        CommandOutcome::Background => "background",
        CommandOutcome::Unknown => "ran ?",
    }
}

fn command_text(command: &Command) -> String {
    let trust = match (&command.masked_by, command.exit_trust) {
        (Some(mask), _) => format!(" [exit code hidden: {mask}]"),
        (None, ExitTrust::Unknown) => " [no exit code]".to_owned(),
        (None, _) => String::new(),
    };
    let reading = match &command.reading {
        Some(reading) if reading.says_failed => " [output says: FAILED]",
        Some(_) => " [output says: passed]",
        None => "",
    };
    // What guard adds stands first: a long command line would push it out of sight.
    format!(
        "{}{}{}",
        trust.trim_start(),
        reading,
        if trust.is_empty() && reading.is_empty() { "" } else { " " }
    ) + &command.line
}

fn write_tasks(text: &mut String, tasks: &[Task], width: usize) {
    if tasks.is_empty() {
        return;
    }
    text.push_str("\ntasks\n");
    for task in tasks {
        let mark = match task.status {
            TaskStatus::Completed => "[x]",
            TaskStatus::InProgress => "[~]",
            TaskStatus::Pending => "[ ]",
            TaskStatus::Deleted => "[deleted]",
            TaskStatus::Vanished => "[vanished]",
        };
        let _ = writeln!(text, "  {mark} {}", one_line(&task.subject, width.saturating_sub(14)));
    }
}

fn write_counts(text: &mut String, words: &Words) {
    let count = |f: fn(&EventKind) -> bool| words.events.iter().filter(|e| f(&e.kind)).count();
    let _ = writeln!(
        text,
        "\n{} statements, {} tasks, {} edits, {} commands, {} task calls",
        words.statements.len(),
        words.tasks.len(),
        count(|k| matches!(k, EventKind::Edit(_))),
        count(|k| matches!(k, EventKind::Command(_))),
        count(|k| matches!(k, EventKind::TaskCall { .. })),
    );
}
