//! Cline's task folder: `ui_messages.json` (what was shown) or `api_conversation_history.json`
//! (what was sent), and the checklist of the focus chain. Commands carry no exit code.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use guard_model::words::{CommandOutcome, EditOutcome, EventKind, FileEdit, Words, WordsFormat};
use serde::Deserialize;

use super::tape::{At, Ending, EntryId, Now, Tape};
use super::tasks::{Item, Op, checklist};

/// A message as it was shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Shown {
    ts: Option<i64>,
    #[serde(rename = "type")]
    kind: Option<String>,
    ask: Option<String>,
    say: Option<String>,
    text: Option<String>,
    partial: Option<bool>,
}

/// A message as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sent {
    role: Option<String>,
    content: serde_json::Value,
}

/// Reads a task folder, or the one file of it that is named.
pub(crate) fn read_folder(path: &Path, place: &str, reason: &str) -> io::Result<Option<Words>> {
    let mut tape = Tape::new(WordsFormat::ClineTask, place, reason);
    tape.input.agent = Some("Cline".to_owned());
    let (folder, named) =
        if path.is_dir() { (path, None) } else { (path.parent().unwrap_or(path), Some(path)) };
    tape.input.session = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let shown = folder.join("ui_messages.json");
    let sent = folder.join("api_conversation_history.json");
    let only = |file: &Path| named.is_none_or(|named| named == file);
    if only(&shown) && shown.is_file() {
        match from_file::<Vec<Shown>>(&shown) {
            Ok(messages) => {
                tape = Tape::new(WordsFormat::ClineTask, "ui_messages.json", reason).with(tape.input);
                read_shown(&mut tape, messages);
                return Ok(Some(tape.finish(|_| true)));
            }
            Err(error) => tape.remark(format!("ui_messages.json cannot be read: {error}")),
        }
    }
    let sent = named.unwrap_or(&sent);
    if !sent.is_file() {
        return Ok(None);
    }
    let messages: Vec<Sent> = from_file(sent)?;
    let file = sent.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    tape = Tape::new(WordsFormat::ClineTask, &file, reason).with(tape.input);
    read_sent(&mut tape, messages);
    Ok(Some(tape.finish(|_| true)))
}

fn from_file<T: serde::de::DeserializeOwned>(path: &Path) -> io::Result<T> {
    Ok(serde_json::from_reader(BufReader::new(File::open(path)?))?)
}

fn plan(tape: &mut Tape, last: &mut Vec<Item>, text: &str) {
    let items: Vec<Item> = checklist(text).into_iter().map(|(_, item)| item).collect();
    if !items.is_empty() && items != *last {
        last.clone_from(&items);
        tape.task_call("task_progress", true, vec![Op::Replace { list: String::new(), items }]);
    }
}

fn read_shown(tape: &mut Tape, messages: Vec<Shown>) {
    let mut command: Option<(EntryId, String)> = None;
    let mut last_plan = Vec::new();
    for (number, message) in (1..).zip(messages) {
        tape.input.records += 1;
        let time =
            message.ts.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()).map(|time| time.to_string());
        tape.now = Now { at: At { line: number, ..At::default() }, time, node: None, subagent: false };
        if message.partial == Some(true) {
            continue;
        }
        let text = message.text.unwrap_or_default();
        let kind = message.say.or(message.ask).unwrap_or_default();
        // A command is asked for first and told again once it runs.
        let line = text.trim_end_matches("REQ_APP");
        let again = kind == "command" && is_open(tape, line, command.as_ref());
        if kind != "command_output"
            && !again
            && let Some((entry, output)) = command.take()
        {
            ended(tape, entry, &output);
        }
        match kind.as_str() {
            "task" | "user_feedback" => tape.user_asks(&text),
            "text" | "plan_mode_respond" | "followup" => {
                if tape.input.records == 1 {
                    tape.user_asks(&text); // the first message is the task
                } else {
                    tape.agent_says(&shown_text(&text));
                }
            }
            "completion_result" => {
                let text = text.trim_end_matches("HAS_CHANGES");
                if !text.trim().is_empty() && tape.last_message() != Some(text.trim()) {
                    tape.agent_says(text);
                }
                tape.turn_ends();
            }
            "command" if again => {}
            "command" => command = Some((tape.command(line, None), String::new())),
            "command_output" => {
                if let Some((_, output)) = &mut command {
                    output.push_str(&text);
                    output.push('\n');
                }
            }
            "tool" => tool(tape, &text, message.kind.as_deref() == Some("ask")),
            "task_progress" => plan(tape, &mut last_plan, &text),
            "error"
            | "diff_error"
            | "api_req_started"
            | "api_req_finished"
            | "reasoning"
            | "checkpoint_created"
            | "api_req_retried"
            | "resume_task"
            | "resume_completed_task"
            | "mistake_limit_reached"
            | "api_req_failed"
            | "browser_action"
            | "browser_action_result"
            | "browser_action_launch"
            | "mcp_server_request_started"
            | "mcp_server_response"
            | "use_mcp_server"
            | "shell_integration_warning"
            | "deleted_api_reqs"
            | "info"
            | "load_mcp_documentation"
            | "condense"
            | "new_task"
            | "clineignore_error"
            | "command_permission_denied" => {}
            _ => tape.input.unknown_records += 1,
        }
    }
    if let Some((entry, output)) = command {
        ended(tape, entry, &output);
    }
}

/// Whether this line is the command that is open already.
fn is_open(tape: &mut Tape, line: &str, open: Option<&(EntryId, String)>) -> bool {
    open.is_some_and(|(entry, _)| tape.command_mut(*entry).is_some_and(|command| command.line == line))
}

fn ended(tape: &mut Tape, entry: EntryId, output: &str) {
    let ending = Ending { outcome: CommandOutcome::Unknown, exit_code: None, tells_exit: false, output };
    tape.command_ended(entry, ending);
}

/// Answers and questions are wrapped in JSON.
fn shown_text(text: &str) -> String {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Wrapped {
        response: Option<String>,
        question: Option<String>,
    }
    let wrapped: Option<Wrapped> = text.starts_with('{').then(|| serde_json::from_str(text).ok()).flatten();
    wrapped.and_then(|wrapped| wrapped.response.or(wrapped.question)).unwrap_or_else(|| text.to_owned())
}

fn tool(tape: &mut Tape, text: &str, asked: bool) {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Tool {
        tool: String,
        path: Option<String>,
    }
    let tool: Tool = serde_json::from_str(text).unwrap_or_default();
    match tool.tool.as_str() {
        "editedExistingFile" | "newFileCreated" | "fileDeleted" => {
            // A question that was not answered with yes stays a question.
            let outcome = if asked { EditOutcome::Staged } else { EditOutcome::Applied };
            let paths = tool.path.into_iter().collect();
            tape.edit(FileEdit { tool: tool.tool, paths, outcome, error: None });
        }
        "summarizeTask" => {
            tape.event(EventKind::Compaction);
        }
        _ => tape.tool(),
    }
}

fn read_sent(tape: &mut Tape, messages: Vec<Sent>) {
    let mut last_plan = Vec::new();
    let mut calls: Vec<(String, Option<EntryId>)> = Vec::new();
    for (number, message) in (1..).zip(messages) {
        tape.input.records += 1;
        tape.now = Now { at: At { line: number, ..At::default() }, time: None, node: None, subagent: false };
        let blocks = match message.content {
            serde_json::Value::String(text) => vec![serde_json::json!({"type": "text", "text": text})],
            serde_json::Value::Array(blocks) => blocks,
            _ => continue,
        };
        for block in blocks {
            let field = |name: &str| block.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
            match (message.role.as_deref(), field("type")) {
                (Some("user"), "text") => from_user(tape, field("text"), &mut calls),
                (Some("assistant"), "text") => from_agent(tape, field("text"), &mut calls, &mut last_plan),
                (Some("assistant"), "tool_use") => {
                    let input = |name: &str| {
                        block
                            .get("input")
                            .and_then(|input| input.get(name))
                            .and_then(serde_json::Value::as_str)
                    };
                    let made = call(tape, field("name"), &input, &mut last_plan);
                    calls.push((field("id").to_owned(), made));
                }
                (Some("user"), "tool_result") => {
                    let text = match block.get("content") {
                        Some(serde_json::Value::String(text)) => text.clone(),
                        Some(serde_json::Value::Array(parts)) => parts
                            .iter()
                            .filter_map(|part| part.get("text")?.as_str())
                            .collect::<Vec<_>>()
                            .join("\n"),
                        _ => String::new(),
                    };
                    let id = field("tool_use_id");
                    if let Some(at) = calls.iter().position(|(call, _)| call == id) {
                        let (_, made) = calls.remove(at);
                        result(tape, made, &text);
                    }
                }
                _ => {}
            }
        }
    }
}

/// A text in the user's role: the task, feedback, or the result of the tool before.
fn from_user(tape: &mut Tape, text: &str, calls: &mut Vec<(String, Option<EntryId>)>) {
    let tagged = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(inner, _)| inner.trim())
    };
    for tag in ["task", "feedback", "answer", "user_message"] {
        if let Some(words) = tagged(tag) {
            tape.user_asks(words);
        }
    }
    if let Some(rest) = text.strip_prefix('[')
        && rest.contains("] Result:")
        && let Some((_, made)) = calls.pop()
    {
        result(tape, made, text);
    }
}

/// A text of the agent, which may hold its call in XML.
fn from_agent(
    tape: &mut Tape,
    text: &str,
    calls: &mut Vec<(String, Option<EntryId>)>,
    last_plan: &mut Vec<Item>,
) {
    const TOOLS: [&str; 6] = [
        "execute_command",
        "write_to_file",
        "replace_in_file",
        "attempt_completion",
        "plan_mode_respond",
        "new_rule",
    ];
    let found = TOOLS.into_iter().filter_map(|tool| Some((text.find(&format!("<{tool}>"))?, tool))).min();
    let said = found.map_or(text, |(at, _)| &text[..at]);
    let said = said.split("<thinking>").next().unwrap_or_default();
    let after = text.split_once("</thinking>").map(|(_, rest)| rest).filter(|_| said.trim().is_empty());
    let after = after.map(|rest| rest.split('<').next().unwrap_or_default());
    tape.agent_says(after.unwrap_or(said));
    let Some((at, tool)) = found else { return };
    let inner = &text[at..];
    let field = |name: &str| {
        let (_, rest) = inner.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>")).map_or(rest, |(value, _)| value).trim())
    };
    let made = call(tape, tool, &field, last_plan);
    calls.push((String::new(), made));
}

fn call<'a>(
    tape: &mut Tape,
    name: &str,
    input: &dyn Fn(&str) -> Option<&'a str>,
    last_plan: &mut Vec<Item>,
) -> Option<EntryId> {
    if let Some(progress) = input("task_progress") {
        plan(tape, last_plan, progress);
    }
    match name {
        "execute_command" => Some(tape.command(input("command").unwrap_or_default(), None)),
        "write_to_file" | "replace_in_file" => {
            let paths =
                input("path").or_else(|| input("absolutePath")).map(str::to_owned).into_iter().collect();
            let edit = FileEdit { tool: name.to_owned(), paths, outcome: EditOutcome::Unknown, error: None };
            Some(tape.edit(edit))
        }
        "attempt_completion" => {
            tape.agent_says(input("result").unwrap_or_default());
            tape.turn_ends();
            None
        }
        "plan_mode_respond" => {
            tape.agent_says(input("response").unwrap_or_default());
            None
        }
        _ => {
            tape.tool();
            None
        }
    }
}

fn result(tape: &mut Tape, made: Option<EntryId>, text: &str) {
    let Some(entry) = made else { return };
    let refused = text.contains("The user denied this operation");
    if tape.command_mut(entry).is_some() {
        let outcome = if refused { CommandOutcome::Rejected } else { CommandOutcome::Unknown };
        let output = text.split_once("Output:\n").map_or(text, |(_, output)| output);
        tape.command_ended(entry, Ending { outcome, exit_code: None, tells_exit: false, output });
        return;
    }
    let failed = text.contains("<error>") || text.contains("The tool execution failed");
    let outcome = match (refused, failed) {
        (true, _) => EditOutcome::Rejected,
        (_, true) => EditOutcome::Failed,
        _ if text.contains("successfully saved") || text.contains("successfully applied") => {
            EditOutcome::Applied
        }
        _ => EditOutcome::Unknown,
    };
    tape.edit_ended(entry, outcome, (refused || failed).then_some(text));
}
