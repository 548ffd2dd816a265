//! `guard session show`: what was read of an agent's session.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, bail};
use guard_collect::session;
use guard_model::words::{CommandOutcome, EditOutcome, ExitTrust, FileEdit, Purpose};
use guard_model::{Command, Event, EventKind, Speaker, Statement, StatementKind, TaskStatus, Words};

use super::print;
use crate::cli::SessionCommand;
use crate::pipeline::{self, Place};
use crate::render::{one_line, one_path};
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
        // A pipe or a file takes lines of any length.
        let width = terminal::columns().unwrap_or(usize::MAX);
        write_timeline(&mut text, &words, width);
        write_tasks(&mut text, &words, width);
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

/// Columns before what was said or done.
const MARGIN: usize = 23;

/// Statements and events in the order in which they happened.
fn write_timeline(text: &mut String, words: &Words, width: usize) {
    let mut all: Vec<_> = words.statements.iter().map(|s| (s.order, 0, statement_line(s))).collect();
    let mut shown = Shown::new(words, width.saturating_sub(MARGIN));
    all.extend(words.events.iter().map(|event| (event.order, 1, shown.event(event))));
    all.sort_by_key(|(order, kind, _)| (*order, *kind));
    text.push('\n');
    for (_, _, (place, what, said)) in all {
        let said = one_line(&said, width.saturating_sub(MARGIN));
        let _ = writeln!(text, "{:>6}  {what:14} {said}", line_of(place));
    }
}

/// The line in a place such as `session.jsonl:12`.
fn line_of(place: &str) -> &str {
    place.rsplit_once(':').map_or(place, |(_, line)| line)
}

fn statement_line(statement: &Statement) -> (&str, &'static str, String) {
    let what = match (statement.kind, statement.speaker) {
        (StatementKind::FinalMessage, Speaker::Subagent) => "subagent ends",
        (StatementKind::FinalMessage, _) => "final message",
        (StatementKind::UserRequest, _) => "user",
        (StatementKind::Plan, _) => "plan",
        (_, Speaker::Subagent) => "subagent",
        _ => "agent",
    };
    (&statement.place, what, statement.text.clone())
}

/// Events as they are shown, which depends on those before.
struct Shown<'a> {
    width: usize,
    /// The session's own file; subagents may have theirs.
    file: Option<&'a str>,
    /// The directory that the session began in.
    directory: Option<&'a str>,
    /// What became of tasks, by the position of the event that did it.
    steps: BTreeMap<u32, Vec<(TaskStatus, &'a str)>>,
    /// Where a task was ticked last, as long as nothing was edited or run since.
    ticked: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn new(words: &'a Words, width: usize) -> Self {
        let mut steps: BTreeMap<u32, Vec<_>> = BTreeMap::new();
        for task in &words.tasks {
            for step in &task.history {
                steps.entry(step.order).or_default().push((step.status, task.subject.as_str()));
            }
        }
        let directory = words.events.iter().find_map(|event| match &event.kind {
            EventKind::Command(command) if !event.subagent => command.cwd.as_deref(),
            _ => None,
        });
        let file = words.inputs.first().map(|input| input.place.as_str());
        Shown { width, file, directory, steps, ticked: None }
    }

    fn event(&mut self, event: &'a Event) -> (&'a str, &'static str, String) {
        let (what, said) = match &event.kind {
            EventKind::Edit(edit) => {
                if !matches!(edit.outcome, EditOutcome::Rejected | EditOutcome::Failed) {
                    self.ticked = None;
                }
                (edit_word(edit), self.edit(edit))
            }
            EventKind::Command(command) => {
                if command.outcome != CommandOutcome::Rejected {
                    self.ticked = None;
                }
                (command_word(command), command_text(command))
            }
            EventKind::TaskCall { tool, ok } => {
                let steps = self.steps.get(&event.order).map(Vec::as_slice).unwrap_or_default();
                let lists = matches!(tool.as_str(), "TaskList" | "TaskGet" | "TodoRead");
                let ticks = !lists && steps.iter().any(|(status, _)| *status == TaskStatus::Completed);
                let before = self.ticked.filter(|_| ticks);
                if ticks {
                    self.ticked = Some(line_of(&event.place));
                }
                ("task", task_text(tool, *ok, steps, before))
            }
            EventKind::Compaction => ("compaction", "what came before is known as a summary".to_owned()),
            EventKind::Interrupted => ("interrupted", "by the user".to_owned()),
        };
        let said = if event.live { said } else { format!("[abandoned branch] {said}") };
        let said = match self.file_of(event) {
            _ if !event.subagent => said,
            Some(file) => format!("[subagent, {file}] {said}"),
            None => format!("[subagent] {said}"),
        };
        (&event.place, what, said)
    }

    /// The file of an event's record, where it is not the session's first.
    fn file_of(&self, event: &'a Event) -> Option<&'a str> {
        let (file, _) = event.place.rsplit_once(':')?;
        (Some(file) != self.file).then_some(file)
    }

    /// The files of an edit, in the session's directory where they lie in it.
    fn edit(&self, edit: &'a FileEdit) -> String {
        let inside = |path: &'a str| {
            let inside = self.directory.and_then(|directory| path.strip_prefix(directory)?.strip_prefix('/'));
            inside.unwrap_or(path)
        };
        let tool = format!(" ({})", edit.tool);
        let share = self.width.saturating_sub(tool.len()) / edit.paths.len().max(1);
        let paths: Vec<String> =
            edit.paths.iter().map(|path| one_path(inside(path), share.saturating_sub(2).max(20))).collect();
        paths.join(", ") + &tool
    }
}

fn edit_word(edit: &FileEdit) -> &'static str {
    match edit.outcome {
        EditOutcome::Applied => "edit",
        EditOutcome::Failed => "edit FAILED",
        EditOutcome::Rejected => "edit REJECTED",
        EditOutcome::Staged => "edit staged",
        EditOutcome::Unknown => "edit ?",
    }
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

/// What guard adds stands first: a long command line would push it out of sight. Of a command that
/// judges nothing it does not matter how it ended.
fn command_text(command: &Command) -> String {
    let mut text = String::new();
    let judges = command.purposes.iter().any(|p| !matches!(p, Purpose::Commit | Purpose::Publish));
    let ended = matches!(
        command.outcome,
        CommandOutcome::Succeeded | CommandOutcome::Failed | CommandOutcome::Unknown
    );
    match (&command.masked_by, command.exit_trust) {
        _ if !judges || !ended => {}
        (Some(mask), _) => text.extend(["[exit code hidden: ", mask, "] "]),
        (None, ExitTrust::Unknown) => text.push_str("[no exit code] "),
        (None, _) => {}
    }
    match &command.reading {
        Some(reading) if reading.says_failed => text.push_str("[output says: FAILED] "),
        Some(_) => text.push_str("[output says: passed] "),
        None => {}
    }
    text + &command.line
}

/// A call of a task tool with what it did. `before` is the line of a tick that nothing was edited or
/// run since.
fn task_text(tool: &str, ok: bool, steps: &[(TaskStatus, &str)], before: Option<&str>) -> String {
    let mut text = tool.to_owned();
    if !ok {
        text.push_str(" (refused)");
    }
    if let Some(line) = before {
        let _ = write!(text, " [no edit or command since the tick at {line}]");
    }
    for (index, (status, subject)) in steps.iter().enumerate() {
        let _ = write!(text, "{} {} {subject}", if index == 0 { "" } else { ";" }, mark(*status));
    }
    text
}

fn write_tasks(text: &mut String, words: &Words, width: usize) {
    if words.tasks.is_empty() {
        return;
    }
    let by_subagents: BTreeSet<u32> =
        words.events.iter().filter(|event| event.subagent).map(|event| event.order).collect();
    text.push_str("\ntasks\n");
    for task in &words.tasks {
        let last = task.history.last().map_or("", |step| line_of(&step.place));
        let is_subagents = task.history.iter().all(|step| by_subagents.contains(&step.order));
        let of_whom = if is_subagents && !task.history.is_empty() { "[subagent] " } else { "" };
        let subject = one_line(&format!("{of_whom}{}", task.subject), width.saturating_sub(MARGIN));
        let _ = writeln!(text, "{last:>6}  {:14} {subject}", mark(task.status));
    }
}

fn mark(status: TaskStatus) -> &'static str {
    match status {
        TaskStatus::Completed => "[x]",
        TaskStatus::InProgress => "[~]",
        TaskStatus::Pending => "[ ]",
        TaskStatus::Deleted => "[deleted]",
        TaskStatus::Vanished => "[vanished]",
    }
}

fn write_counts(text: &mut String, words: &Words) {
    let count = |f: fn(&EventKind) -> bool| words.events.iter().filter(|e| f(&e.kind)).count();
    let rejected = count(|kind| match kind {
        EventKind::Edit(edit) => edit.outcome == EditOutcome::Rejected,
        EventKind::Command(command) => command.outcome == CommandOutcome::Rejected,
        _ => false,
    });
    let all = [
        (words.statements.len(), "statement"),
        (words.tasks.len(), "task"),
        (count(|k| matches!(k, EventKind::Edit(_))), "edit"),
        (count(|k| matches!(k, EventKind::Command(_))), "command"),
        (count(|k| matches!(k, EventKind::TaskCall { .. })), "task call"),
    ];
    let all = all.map(|(n, noun)| format!("{n} {noun}{}", if n == 1 { "" } else { "s" }));
    let _ = write!(text, "\n{}", all.join(", "));
    let worked = |kind: &EventKind| matches!(kind, EventKind::Edit(_) | EventKind::Command(_));
    let by_subagents = words.events.iter().filter(|e| e.subagent && worked(&e.kind)).count();
    if by_subagents > 0 {
        let _ = write!(text, "; {by_subagents} of the edits and commands by subagents");
    }
    if rejected > 0 {
        let _ = write!(text, "; {rejected} of the edits and commands rejected");
    }
    text.push('\n');
}
