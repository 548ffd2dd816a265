//! Tools as most agents name them, for formats that hold the calls of several agents.

use guard_model::words::{CommandOutcome, EditOutcome, FileEdit};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::codex::paths_of_patch;
use super::json::{List, Number, Text, read, text_of};
use super::tape::{Ending, EntryId, Tape};
use super::tasks::{Item, Op, status};

/// What a tool call became on the tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    Command(EntryId),
    Edit(EntryId),
    Task(EntryId),
    Nothing,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Arguments<'a> {
    #[serde(borrow)]
    command: Option<&'a RawValue>,
    #[serde(borrow)]
    cmd: Option<&'a RawValue>,
    #[serde(borrow)]
    cwd: Text<'a>,
    #[serde(borrow)]
    workdir: Text<'a>,
    #[serde(borrow)]
    path: Text<'a>,
    #[serde(borrow)]
    file_path: Text<'a>,
    #[serde(rename = "filePath", borrow)]
    file_path_camel: Text<'a>,
    #[serde(borrow)]
    notebook_path: Text<'a>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    patch: Option<&'a RawValue>,
    #[serde(rename = "patchText", borrow)]
    patch_text: Option<&'a RawValue>,
    todos: List<Todo>,
    #[serde(borrow)]
    op: Text<'a>,
    list: List<Phase>,
    items: List<String>,
    #[serde(borrow)]
    task: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Todo {
    id: Option<String>,
    content: Option<String>,
    description: Option<String>,
    status: Option<String>,
}

/// A phase of a list of Oh My Pi: as it is asked for (`items`) and as it is told (`tasks`).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Phase {
    items: Vec<String>,
    tasks: Vec<Todo>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TodoDetails {
    phases: List<Phase>,
}

/// Puts a tool call on the tape.
pub(crate) fn tool_call(
    tape: &mut Tape,
    name: &str,
    arguments: Option<&RawValue>,
    cwd: Option<&str>,
) -> Made {
    let input: Arguments<'_> = read(arguments).unwrap_or_default();
    match name.to_ascii_lowercase().as_str() {
        "bash" | "shell" | "exec" | "exec_command" | "run_shell_command" | "run_terminal_cmd"
        | "execute_command" => {
            let line = text_of(input.command.or(input.cmd));
            let dir = input.cwd.owned().or_else(|| input.workdir.owned()).or_else(|| cwd.map(str::to_owned));
            Made::Command(tape.command(&line, dir))
        }
        "edit" | "write" | "multiedit" | "notebookedit" | "apply_patch" | "replace" | "write_file"
        | "str_replace" | "strreplace" | "write_to_file" | "replace_in_file" | "create_file"
        | "edit_file" | "ast_edit" | "delete_file" => {
            let path = [&input.path, &input.file_path, &input.file_path_camel, &input.notebook_path];
            let path = path.into_iter().find_map(Text::owned);
            let patch = text_of(input.input.or(input.patch).or(input.patch_text));
            let paths = match path {
                Some(path) => vec![path],
                None => paths_of_patch(&patch),
            };
            let edit = FileEdit { tool: name.to_owned(), paths, outcome: EditOutcome::Unknown, error: None };
            Made::Edit(tape.edit(edit))
        }
        "todowrite" | "todo_write" | "write_todos" => {
            let items = input.todos.0.into_iter().filter_map(Todo::into_item).collect();
            Made::Task(tape.task_call(name, true, vec![Op::Replace { list: String::new(), items }]))
        }
        "todo" => Made::Task(tape.task_call(name, true, todo_ops(input))),
        _ => {
            tape.tool();
            Made::Nothing
        }
    }
}

impl Todo {
    fn into_item(self) -> Option<Item> {
        let subject = self.content.or(self.description).filter(|text| !text.trim().is_empty())?;
        let status = status(self.status.as_deref().unwrap_or_default());
        Some(Item { id: self.id.filter(|id| !id.is_empty()), subject, description: None, status })
    }
}

/// The operations of the `todo` tool of Oh My Pi.
fn todo_ops(input: Arguments<'_>) -> Vec<Op> {
    let list = String::new;
    let open = |subject: String| Item { id: None, subject, description: None, status: status("pending") };
    let op = input.op.some().unwrap_or(if input.list.0.is_empty() { "append" } else { "init" });
    let state = match op {
        "init" => {
            let phases = input.list.0.into_iter().flat_map(|phase| phase.items);
            let items = phases.chain(input.items.0).map(open).collect();
            return vec![Op::Replace { list: list(), items }];
        }
        "append" => {
            return input
                .items
                .0
                .into_iter()
                .map(|subject| Op::Create { list: list(), item: open(subject) })
                .collect();
        }
        "done" => "completed",
        "start" => "in_progress",
        "rm" | "drop" => "deleted",
        "block" | "unblock" => "pending",
        _ => return Vec::new(),
    };
    let subject = input.task.owned();
    subject.map(|subject| Op::Mark { list: list(), subject, status: status(state) }).into_iter().collect()
}

/// The whole list as the result of the `todo` tool tells it.
pub(crate) fn told_list(details: Option<&RawValue>) -> Option<Vec<Op>> {
    let details: TodoDetails = read(details)?;
    let items: Vec<Item> =
        details.phases.0.into_iter().flat_map(|phase| phase.tasks).filter_map(Todo::into_item).collect();
    (!items.is_empty()).then(|| vec![Op::Replace { list: String::new(), items }])
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Details<'a> {
    #[serde(rename = "exitCode")]
    exit_code: Number,
    #[serde(rename = "async", borrow)]
    background: Option<&'a RawValue>,
}

/// Sets how a call ended that has a result.
pub(crate) fn tool_result(tape: &mut Tape, made: Made, error: bool, text: &str, details: Option<&RawValue>) {
    const REFUSED: [&str; 6] =
        ["rejected", "denied", "declined", "The user doesn't want", "Blocked:", "not allowed"];
    let refused = error && REFUSED.iter().any(|word| super::json::floor(text, 300).contains(word));
    match made {
        Made::Command(entry) => {
            let told: Details<'_> = read(details).unwrap_or_default();
            let (body, code) = match text.rsplit_once("Command exited with code ") {
                Some((body, rest)) => {
                    (body.trim_end(), rest.split_whitespace().next().and_then(|n| n.parse().ok()))
                }
                None => (text, None),
            };
            let code = code.or_else(|| told.exit_code.0.and_then(|code| i32::try_from(code).ok()));
            let stopped = text.contains("Command timed out") || text.contains("Command aborted");
            let outcome = match (error, code) {
                _ if told.background.is_some_and(|raw| raw.get() != "null") => CommandOutcome::Background,
                (true, _) if stopped => CommandOutcome::Interrupted,
                (true, None) if refused => CommandOutcome::Rejected,
                (true, _) => CommandOutcome::Failed,
                (false, Some(code)) if code != 0 => CommandOutcome::Failed,
                (false, _) => CommandOutcome::Succeeded,
            };
            let exit_code = match outcome {
                CommandOutcome::Succeeded => Some(0),
                CommandOutcome::Failed => code,
                _ => None,
            };
            tape.command_ended(
                entry,
                Ending { outcome, exit_code, tells_exit: exit_code.is_some(), output: body },
            );
        }
        Made::Edit(entry) => {
            let outcome = match (error, refused) {
                (false, _) => EditOutcome::Applied,
                (true, true) => EditOutcome::Rejected,
                (true, false) => EditOutcome::Failed,
            };
            tape.edit_ended(entry, outcome, error.then_some(text));
        }
        Made::Task(entry) => {
            if error {
                tape.set_ops(entry, false, Vec::new());
            } else if let Some(ops) = told_list(details) {
                tape.set_ops(entry, true, ops);
            }
        }
        Made::Nothing => {}
    }
}
