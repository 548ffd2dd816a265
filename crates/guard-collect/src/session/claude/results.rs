//! What the results of tools say.

use guard_model::words::{CommandOutcome, EditOutcome, ExitTrust, Speaker, StatementKind};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Reader;
use super::calls::Call;
use super::record::{Block, ExitCode};
use crate::session::json::{Flag, List, Text, mentions, read, text_of, text_within};
use crate::session::tape::{Ending, EntryId, Tape};
use crate::session::tasks::{Item, Op, status};

/// The fields of `toolUseResult` that are looked at, of all tools.
#[derive(Debug, Default, Deserialize)]
struct Details<'a> {
    #[serde(default, borrow)]
    stdout: Option<&'a RawValue>,
    #[serde(default, borrow)]
    stderr: Option<&'a RawValue>,
    #[serde(default)]
    interrupted: Flag,
    #[serde(rename = "returnCodeInterpretation", default, borrow)]
    reinterpreted: Text<'a>,
    #[serde(rename = "backgroundTaskId", default, borrow)]
    background: Text<'a>,
    #[serde(default)]
    staged: Flag,
    #[serde(default, borrow)]
    plan: Option<&'a RawValue>,
    #[serde(default, borrow)]
    answers: Option<&'a RawValue>,
    #[serde(default, borrow)]
    task: Option<&'a RawValue>,
    #[serde(default, borrow)]
    tasks: Option<&'a RawValue>,
    #[serde(default, borrow)]
    success: Option<&'a RawValue>,
    #[serde(default, borrow)]
    status: Text<'a>,
    #[serde(default, borrow)]
    output: Option<&'a RawValue>,
}

/// A task as results show it.
#[derive(Debug, Default, Deserialize)]
struct ShownTask<'a> {
    #[serde(default, borrow)]
    id: Text<'a>,
    #[serde(default, borrow)]
    subject: Text<'a>,
    #[serde(default, borrow)]
    description: Text<'a>,
    #[serde(default, borrow)]
    status: Text<'a>,
}

impl ShownTask<'_> {
    fn item(&self) -> Option<Item> {
        Some(Item {
            id: Some(self.id.owned()?),
            subject: self.subject.owned()?,
            description: self.description.owned(),
            status: status(self.status.as_str()),
        })
    }
}

impl Reader {
    pub(super) fn tool_result(&mut self, block: &Block<'_>, details: Option<&RawValue>, denied: bool) {
        let Some(call) = self.calls.get(block.tool_use_id.as_str()).cloned() else {
            self.user_in_rejection(block);
            return;
        };
        let error = block.is_error.0;
        // The results of edits hold whole files and those of commands whole outputs, which stand in
        // the block as well; rare fields of them matter.
        let matters = |raw: &&RawValue| match call {
            Call::Edit(_) => mentions(raw, "\"staged\""),
            Call::Command(_) => {
                is_empty(block.content)
                    || mentions(raw, "\"interrupted\"") && !mentions(raw, "\"interrupted\":false")
                    || mentions(raw, "\"backgroundTaskId\"")
                    || mentions(raw, "\"returnCodeInterpretation\"")
            }
            _ => true,
        };
        let details = details.filter(|raw| raw.get().starts_with('{')).filter(matters);
        let details: Details<'_> = read(details).unwrap_or_default();
        match call {
            Call::Command(entry) => self.command_result(entry, block, &details, denied),
            Call::Edit(entry) => {
                let text = if error { text_of(block.content) } else { String::new() };
                let outcome = match (error, denied || is_rejection(&text)) {
                    (true, true) => EditOutcome::Rejected,
                    (true, false) => EditOutcome::Failed,
                    (false, _) if details.staged.0 => EditOutcome::Staged,
                    (false, _) => EditOutcome::Applied,
                };
                self.tape.edit_ended(entry, outcome, error.then(|| bare_error(&text)));
            }
            Call::Task { entry, mut ops, create, list, prints } => {
                let failed = error || details.success.is_some_and(|raw| raw.get() == "false");
                if let Some(mut item) = create {
                    let shown: ShownTask<'_> = read(details.task).unwrap_or_default();
                    item.id = shown.id.owned().or_else(|| created_id(&text_of(block.content)));
                    ops.push(Op::Create { list, item });
                } else if prints {
                    let tasks: List<ShownTask<'_>> = read(details.tasks).unwrap_or_default();
                    let items: Vec<Item> = tasks.0.iter().filter_map(ShownTask::item).collect();
                    if !items.is_empty() {
                        ops.push(Op::Sync { list, items });
                    }
                }
                self.tape.set_ops(entry, !failed, ops);
            }
            Call::Plan { plan } => {
                let text = text_of(block.content);
                let approved =
                    details.plan.map(|raw| text_of(Some(raw))).filter(|plan| !plan.trim().is_empty());
                let quoted = text
                    .split_once("## Approved Plan:")
                    .or_else(|| text.split_once("## Approved Plan (edited by user):"));
                let approved = approved.or_else(|| quoted.map(|(_, plan)| plan.to_owned())).or(plan);
                if !error && let Some(plan) = approved {
                    self.tape.say(StatementKind::Plan, Speaker::Agent, &plan);
                }
            }
            Call::Question => {
                if !error {
                    self.answers(details.answers);
                }
            }
            Call::Outcome { task } => self.background_outcome(&task, block, &details),
            Call::Stop { task } => {
                if let Some(entry) = self.background.get(&task).copied()
                    && let Some(command) = self.tape.command_mut(entry)
                    && command.outcome == CommandOutcome::Background
                {
                    command.outcome = CommandOutcome::Interrupted;
                }
            }
            Call::Other => {}
        }
        self.user_in_rejection(block);
    }

    /// A refusal can carry what the user said instead.
    fn user_in_rejection(&mut self, block: &Block<'_>) {
        if !block.is_error.0 || self.tape.now.subagent {
            return;
        }
        let text = text_of(block.content);
        if let Some((before, said)) = text.split_once("the user said:\n")
            && is_rejection(before)
        {
            self.tape.say(StatementKind::UserRequest, Speaker::User, said);
        }
    }

    /// The user's answers, each behind the question it answers.
    fn answers(&mut self, answers: Option<&RawValue>) {
        let answers: serde_json::Map<String, serde_json::Value> = read(answers).unwrap_or_default();
        let mut text = String::new();
        for (question, answer) in answers {
            let answer = match answer {
                serde_json::Value::String(answer) => answer,
                serde_json::Value::Array(list) => {
                    list.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join(", ")
                }
                _ => continue,
            };
            if !answer.trim().is_empty() {
                text.extend([question.trim(), "\n→ ", answer.trim(), "\n"]);
            }
        }
        self.tape.say(StatementKind::UserRequest, Speaker::User, &text);
    }

    fn command_result(&mut self, entry: EntryId, block: &Block<'_>, details: &Details<'_>, denied: bool) {
        let text = text_within(block.content, self.tape.output_limit(entry));
        if !block.is_error.0 {
            if let Some(task) = details.background.owned().or_else(|| background_id(&text)) {
                self.background.insert(task, entry);
                if let Some(command) = self.tape.command_mut(entry) {
                    command.outcome = CommandOutcome::Background;
                }
                return;
            }
            // The content holds what was printed to both; it is empty in some versions.
            let output = match text.is_empty() {
                false => text,
                true => [text_of(details.stdout), text_of(details.stderr)].join("\n").into(),
            };
            let outcome =
                if details.interrupted.0 { CommandOutcome::Interrupted } else { CommandOutcome::Succeeded };
            // The format has no field for the code: no error means 0, or a code that the program
            // took for success.
            let reinterpreted = details.reinterpreted.some();
            let exit_code = (outcome == CommandOutcome::Succeeded && reinterpreted.is_none()).then_some(0);
            self.tape.command_ended(entry, Ending { outcome, exit_code, tells_exit: true, output: &output });
            if let Some(how) = reinterpreted
                && let Some(command) = self.tape.command_mut(entry)
            {
                command.exit_trust = ExitTrust::Masked;
                command.masked_by.get_or_insert_with(|| format!("failure taken for success: {how}"));
            }
            return;
        }
        let bare = bare_error(&text);
        let code = bare.strip_prefix("Exit code ").and_then(|rest| {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            rest[..digits].parse::<i32>().ok()
        });
        let timed_out = bare.contains("Command timed out after") || bare.starts_with("Command was aborted");
        let outcome = if denied || is_rejection(bare) {
            CommandOutcome::Rejected
        } else if timed_out
            || bare.contains("[Request interrupted by user")
            || bare.starts_with("Sibling tool call errored")
        {
            CommandOutcome::Interrupted
        } else if code.is_none() && text.trim_start().starts_with("<tool_use_error>") {
            CommandOutcome::Rejected
        } else {
            CommandOutcome::Failed
        };
        let output = match code {
            Some(_) => bare.split_once('\n').map_or("", |(_, output)| output),
            None => bare,
        };
        let exit_code = code.filter(|_| outcome == CommandOutcome::Failed);
        self.tape
            .command_ended(entry, Ending { outcome, exit_code, tells_exit: exit_code.is_some(), output });
    }

    /// The answer to a call that asks for the outcome of a background command.
    fn background_outcome(&mut self, task: &str, block: &Block<'_>, details: &Details<'_>) {
        let Some(entry) = self.background.get(task).copied() else { return };
        let inner: Details<'_> = read(details.task).unwrap_or_default();
        let text = text_of(block.content);
        let tagged = |name: &str| {
            let (_, rest) = text.split_once(&format!("<{name}>"))?;
            rest.split_once(&format!("</{name}>")).map(|(value, _)| value.trim().to_owned())
        };
        let state = inner.status.owned().or_else(|| details.status.owned()).or_else(|| tagged("status"));
        let code: ExitCode = read(details.task).unwrap_or_default();
        let told = code.camel.0.or(code.snake.0).map(|code| code.to_string());
        let summary = told.or_else(|| tagged("exit_code")).map(|code| format!("exit code {code}"));
        let printed = [inner.output, inner.stdout, details.stdout, details.output].into_iter().map(text_of);
        let printed = printed
            .into_iter()
            .find(|text| !text.is_empty())
            .or_else(|| tagged("stdout"))
            .or_else(|| tagged("output"));
        background_ended(&mut self.tape, entry, state.as_deref(), summary.as_deref(), printed.as_deref());
    }
}

/// Sets how a background command ended, when that is told.
pub(super) fn background_ended(
    tape: &mut Tape,
    entry: EntryId,
    state: Option<&str>,
    summary: Option<&str>,
    output: Option<&str>,
) {
    let code = summary.and_then(|summary| {
        let (_, rest) = summary.rsplit_once("exit code ")?;
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        rest[..digits].parse::<i32>().ok()
    });
    let outcome = match (state, code) {
        (Some("running" | "pending"), _) => return,
        (Some("killed" | "stopped"), _) => CommandOutcome::Interrupted,
        (_, Some(0)) => CommandOutcome::Succeeded,
        (_, Some(_)) | (Some("failed"), None) => CommandOutcome::Failed,
        (Some("completed"), None) => CommandOutcome::Succeeded,
        _ => return,
    };
    let known = tape.command_mut(entry).map(|command| command.output.clone()).unwrap_or_default();
    let output = output.unwrap_or(&known).to_owned();
    tape.command_ended(
        entry,
        Ending { outcome, exit_code: code, tells_exit: code.is_some(), output: &output },
    );
}

/// Whether no text can be in the content of a result; lists hold an empty one at times.
fn is_empty(content: Option<&RawValue>) -> bool {
    content.is_none_or(|raw| {
        raw.get().len() <= "\"\"".len() || raw.get().starts_with('[') && text_of(content).is_empty()
    })
}

/// The id of a background command in the text of a result.
fn background_id(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("running in background with ID: ")?;
    let id: String =
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
    (!id.is_empty()).then_some(id)
}

/// The id in `Task #1 created successfully: …`.
fn created_id(text: &str) -> Option<String> {
    let rest = text.trim_start().strip_prefix("Task #")?;
    rest.split_once(' ').map(|(id, _)| id.to_owned())
}

/// An error without its wrapping.
fn bare_error(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix("<tool_use_error>").unwrap_or(text);
    let text = text.strip_suffix("</tool_use_error>").unwrap_or(text);
    text.strip_prefix("Error: ").unwrap_or(text)
}

/// Whether an error says that a person or a rule refused the call.
fn is_rejection(text: &str) -> bool {
    const STARTS: [&str; 11] = [
        "The user doesn't want to",
        "User rejected",
        "The user rejected",
        "Permission for this",
        "Permission to use",
        "Blocked:",
        "Permission denied by",
        "This command requires approval",
        "Claude requested permissions",
        "The agent proposed",
        "Request denied",
    ];
    let text = bare_error(text);
    STARTS.iter().any(|start| text.starts_with(start))
        || text.contains("has been denied")
        || text.contains("hook blocking error")
        || text.contains("was blocked. For security")
}
