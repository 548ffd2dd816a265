//! Codex: rollout files, with tools called one by one and with tools called from scripts
//! ("code mode").

mod script;

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

use guard_model::words::{
    CommandOutcome, EditOutcome, EventKind, FileEdit, Speaker, StatementKind, Words, WordsFormat,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{
    List, Number, OUTPUT_LIMIT, TEXT_LIMIT, Text, excerpt, read, text_of, text_within,
    without_half_surrogates,
};
use super::lines::Lines;
use super::tape::{At, Ending, EntryId, Now, Tape};
use super::tasks::{Item, Op, status};
use script::Js;

/// Output that is kept of a command that goes on over several calls.
const OUTPUT_KEPT: usize = 256 << 10;

#[derive(Debug, Default, Deserialize)]
struct Record<'a> {
    #[serde(rename = "type", default, borrow)]
    kind: Text<'a>,
    #[serde(default, borrow)]
    timestamp: Text<'a>,
    #[serde(default, borrow)]
    payload: Payload<'a>,
}

/// All fields of all payloads that are looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Payload<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    cwd: Text<'a>,
    #[serde(borrow)]
    cli_version: Text<'a>,
    #[serde(borrow)]
    role: Text<'a>,
    #[serde(borrow)]
    phase: Text<'a>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    call_id: Text<'a>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    output: Option<&'a RawValue>,
    #[serde(borrow)]
    action: Option<&'a RawValue>,
    #[serde(borrow)]
    success: Option<&'a RawValue>,
    #[serde(borrow)]
    stderr: Option<&'a RawValue>,
    #[serde(borrow)]
    aggregated_output: Option<&'a RawValue>,
    #[serde(borrow)]
    changes: Option<&'a RawValue>,
    #[serde(borrow)]
    last_agent_message: Option<&'a RawValue>,
    exit_code: Number,
    num_turns: Number,
}

/// Arguments of the tools that are called one by one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Arguments<'a> {
    #[serde(borrow)]
    cmd: Option<&'a RawValue>,
    #[serde(borrow)]
    command: Option<&'a RawValue>,
    #[serde(borrow)]
    workdir: Text<'a>,
    session_id: Number,
    #[serde(borrow)]
    cell_id: Text<'a>,
    plan: List<Step>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Step {
    step: Option<String>,
    status: Option<String>,
}

/// A result that a script printed as JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Printed<'a> {
    exit_code: Number,
    session_id: Number,
    #[serde(borrow)]
    output: Option<&'a RawValue>,
    #[serde(borrow)]
    chunk_id: Text<'a>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
}

/// A call that waits for its output.
#[derive(Debug, Clone)]
enum Call {
    /// A command was started.
    Command(EntryId),
    /// More is read of a running command.
    Continue(i64),
    Edit(EntryId),
    Task(EntryId, Vec<Op>),
    /// A script with the commands and patches in it, in order.
    Script {
        runs: Vec<Run>,
        edits: Vec<EntryId>,
    },
}

/// A part of a script that has a result.
#[derive(Debug, Clone, Copy)]
enum Run {
    Start(EntryId),
    Continue(i64),
}

struct Reader {
    tape: Tape,
    calls: HashMap<String, Call>,
    /// Running commands by session, with what they printed so far.
    running: HashMap<i64, (EntryId, String)>,
    /// Scripts that go on, by cell.
    cells: HashMap<String, Call>,
    /// Patches of scripts that no event has confirmed yet.
    open_patches: Vec<EntryId>,
    /// What stands in the user's role, in case no event tells the user's messages.
    asked: Vec<(Now, String)>,
    user_events: bool,
    last_said: String,
    last_compaction: u64,
    cwd: Option<String>,
    turn: u32,
    rolled_back: HashSet<u32>,
    last_broken: bool,
    bad_utf8: u64,
}

/// Reads a rollout.
pub(crate) fn read_rollout(path: &Path, place: &str, reason: &str) -> io::Result<Words> {
    let mut reader = Reader::new(Tape::new(WordsFormat::CodexRollout, place, reason));
    let mut lines = Lines::open(path)?;
    while let Some(line) = lines.next()? {
        if line.text.is_empty() && !line.too_long {
            continue;
        }
        reader.tape.input.records += 1;
        reader.bad_utf8 += u64::from(!line.valid);
        reader.last_broken = line.too_long || !reader.line(&line.text, line.number);
        reader.tape.input.broken_records += u64::from(reader.last_broken);
    }
    Ok(reader.finish(lines.ended))
}

impl Reader {
    fn new(tape: Tape) -> Self {
        Self {
            tape,
            calls: HashMap::new(),
            running: HashMap::new(),
            cells: HashMap::new(),
            open_patches: Vec::new(),
            asked: Vec::new(),
            user_events: false,
            last_said: String::new(),
            last_compaction: 0,
            cwd: None,
            turn: 0,
            rolled_back: HashSet::new(),
            last_broken: false,
            bad_utf8: 0,
        }
    }

    fn line(&mut self, text: &str, number: u64) -> bool {
        let fixed;
        let record = match serde_json::from_str::<Record<'_>>(text) {
            Ok(record) => record,
            Err(_) => {
                fixed = without_half_surrogates(text);
                match fixed.as_deref().map(serde_json::from_str::<Record<'_>>) {
                    Some(Ok(record)) => record,
                    _ => {
                        let json = text.starts_with('{')
                            && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
                        self.tape.input.unknown_records += u64::from(json);
                        return json;
                    }
                }
            }
        };
        self.tape.now = Now {
            at: At { line: number, ..At::default() },
            time: record.timestamp.owned(),
            node: Some(self.turn),
            subagent: false,
        };
        let payload = record.payload;
        match record.kind.as_str() {
            "session_meta" => self.meta(&payload),
            "turn_context" => self.cwd = payload.cwd.owned().or(self.cwd.take()),
            "event_msg" => self.event(&payload),
            "response_item" => self.item(&payload),
            "compacted" => self.compaction(),
            "world_state" | "session_state" | "inter_agent_communication_metadata" | "ghost_snapshot" => {}
            _ => self.tape.input.unknown_records += 1,
        }
        true
    }

    fn meta(&mut self, payload: &Payload<'_>) {
        if self.tape.input.session.is_none() {
            self.tape.input.session = payload.id.owned();
        }
        if let Some(version) = payload.cli_version.some() {
            self.tape.input.agent = Some(format!("Codex {version}"));
        }
        self.cwd = payload.cwd.owned().or(self.cwd.take());
    }

    fn compaction(&mut self) {
        let line = self.tape.now.at.line;
        if self.last_compaction == 0 || line - self.last_compaction > 10 {
            self.tape.event(EventKind::Compaction);
        }
        self.last_compaction = line;
    }

    fn event(&mut self, payload: &Payload<'_>) {
        match payload.kind.as_str() {
            "user_message" => {
                self.user_events = true;
                self.asked.clear();
                self.turn += 1;
                self.tape.now.node = Some(self.turn);
                self.last_said.clear();
                self.tape.user_asks(request(&text_of(payload.message)));
            }
            "agent_message" => self.agent_says(&text_of(payload.message), payload.phase.as_str()),
            "task_complete" | "turn_complete" => {
                let last = text_of(payload.last_agent_message);
                self.agent_says(&last, "final_answer");
                self.tape.turn_ends();
            }
            "turn_aborted" => {
                self.tape.event(EventKind::Interrupted);
            }
            "context_compacted" => self.compaction(),
            "patch_apply_end" => self.patch_applied(payload),
            "exec_command_end" => {
                if let Some(Call::Command(entry)) = self.calls.get(payload.call_id.as_str()).cloned() {
                    self.calls.remove(payload.call_id.as_str());
                    let output = text_of(payload.aggregated_output);
                    self.ended(entry, payload.exit_code.0, &output);
                }
            }
            "thread_rolled_back" => {
                let mut count = payload.num_turns.0.unwrap_or(0);
                for turn in (1..=self.turn).rev() {
                    if count == 0 {
                        break;
                    }
                    if self.rolled_back.insert(turn) {
                        count -= 1;
                    }
                }
                // What follows belongs to a turn of its own.
                self.turn += 1;
            }
            "task_started"
            | "turn_started"
            | "token_count"
            | "agent_reasoning"
            | "agent_reasoning_raw_content"
            | "agent_reasoning_section_break"
            | "web_search_begin"
            | "web_search_end"
            | "mcp_tool_call_begin"
            | "mcp_tool_call_end"
            | "thread_settings_applied"
            | "thread_name_updated"
            | "thread_goal_updated"
            | "item_started"
            | "item_completed"
            | "entered_review_mode"
            | "exited_review_mode"
            | "plan_update"
            | "plan_delta"
            | "turn_diff"
            | "error"
            | "stream_error"
            | "warning"
            | "background_event"
            | "view_image_tool_call"
            | "patch_apply_begin"
            | "exec_command_begin"
            | "exec_command_output_delta"
            | "image_generation_begin"
            | "image_generation_end"
            | "dynamic_tool_call_request"
            | "dynamic_tool_call_response"
            | "undo_started"
            | "undo_completed"
            | "sub_agent_activity" => {}
            _ => self.tape.input.unknown_records += 1,
        }
    }

    /// The same message stands in an event and in an item.
    fn agent_says(&mut self, text: &str, phase: &str) {
        let text = text.trim();
        if text.is_empty() || text == self.last_said {
            return;
        }
        self.last_said = text.to_owned();
        if let Some(entry) = self.tape.agent_says(text)
            && phase == "commentary"
        {
            self.tape.unfinished(entry);
        }
    }

    fn item(&mut self, payload: &Payload<'_>) {
        match payload.kind.as_str() {
            "message" => {
                let text = text_of(payload.content);
                match payload.role.as_str() {
                    "assistant" => self.agent_says(&text, payload.phase.as_str()),
                    "user" if !self.user_events && !is_context(&text) && self.asked.len() < 1000 => {
                        self.asked.push((self.tape.now.clone(), text));
                    }
                    _ => {}
                }
            }
            "function_call" => self.function_call(payload),
            "custom_tool_call" => self.custom_call(payload),
            "local_shell_call" => {
                let action: Arguments<'_> = read(payload.action).unwrap_or_default();
                let line = command_line(action.command);
                let cwd = action.workdir.owned().or_else(|| self.cwd.clone());
                let entry = self.tape.command(&line, cwd);
                self.calls.insert(payload.call_id.as_str().to_owned(), Call::Command(entry));
            }
            "function_call_output" | "custom_tool_call_output" | "local_shell_call_output" => {
                self.output(payload);
            }
            "reasoning"
            | "web_search_call"
            | "image_generation_call"
            | "ghost_snapshot"
            | "compaction"
            | "compaction_summary"
            | "tool_search_call"
            | "tool_search_output"
            | "other" => {}
            _ => self.tape.input.unknown_records += 1,
        }
    }

    fn function_call(&mut self, payload: &Payload<'_>) {
        let text = text_of(payload.arguments);
        let arguments: Arguments<'_> = serde_json::from_str(&text).unwrap_or_default();
        let call = match payload.name.as_str() {
            "exec_command" | "shell" | "shell_command" | "container.exec" | "local_shell" => {
                let line = command_line(arguments.cmd.or(arguments.command));
                let cwd = arguments.workdir.owned().or_else(|| self.cwd.clone());
                Call::Command(self.tape.command(&line, cwd))
            }
            "write_stdin" => {
                self.tape.tool();
                Call::Continue(arguments.session_id.0.unwrap_or(-1))
            }
            "wait" => {
                self.tape.tool();
                let Some(call) = self.cells.remove(arguments.cell_id.as_str()) else { return };
                call
            }
            "update_plan" => {
                let items = arguments
                    .plan
                    .0
                    .into_iter()
                    .filter_map(|step| plan_item(step.step, step.status.as_deref()));
                let ops = vec![Op::Replace { list: String::new(), items: items.collect() }];
                Call::Task(self.tape.task_call("update_plan", true, ops.clone()), ops)
            }
            "apply_patch" => Call::Edit(self.patch(&text_of(arguments.input))),
            _ => {
                self.tape.tool();
                return;
            }
        };
        self.calls.insert(payload.call_id.as_str().to_owned(), call);
    }

    fn custom_call(&mut self, payload: &Payload<'_>) {
        let input = text_of(payload.input);
        let call = match payload.name.as_str() {
            "apply_patch" => Call::Edit(self.patch(&input)),
            "exec" => self.script(&input),
            _ => {
                self.tape.tool();
                return;
            }
        };
        self.calls.insert(payload.call_id.as_str().to_owned(), call);
    }

    fn patch(&mut self, patch: &str) -> EntryId {
        self.tape.edit(FileEdit {
            tool: "apply_patch".to_owned(),
            paths: paths_of_patch(patch),
            outcome: EditOutcome::Unknown,
            error: None,
        })
    }

    fn script(&mut self, source: &str) -> Call {
        let (mut runs, mut edits) = (Vec::new(), Vec::new());
        self.tape.tool();
        for call in script::calls(source) {
            match call.tool.as_str() {
                "exec_command" => {
                    let line = call.argument.get("cmd").and_then(Js::text).unwrap_or_default().to_owned();
                    let cwd = match call.argument.get("workdir") {
                        Some(Js::Text(cwd)) => Some(cwd.clone()),
                        _ => self.cwd.clone(),
                    };
                    runs.push(Run::Start(self.tape.command(&line, cwd)));
                }
                "write_stdin" => {
                    let session = match call.argument.get("session_id") {
                        Some(Js::Number(n)) => *n as i64,
                        _ => -1,
                    };
                    runs.push(Run::Continue(session));
                }
                "apply_patch" => {
                    let patch =
                        call.argument.text().or_else(|| call.argument.get("input").and_then(Js::text));
                    let entry = self.patch(patch.unwrap_or_default());
                    edits.push(entry);
                    self.open_patches.push(entry);
                }
                "update_plan" => {
                    let steps = match call.argument.get("plan") {
                        Some(Js::List(steps)) => steps.as_slice(),
                        _ => &[],
                    };
                    let field = |step: &Js, name: &str| step.get(name).and_then(Js::text).map(str::to_owned);
                    let items = steps
                        .iter()
                        .filter_map(|step| plan_item(field(step, "step"), field(step, "status").as_deref()))
                        .collect();
                    self.tape.task_call(
                        "update_plan",
                        true,
                        vec![Op::Replace { list: String::new(), items }],
                    );
                }
                _ => {}
            }
        }
        Call::Script { runs, edits }
    }

    /// The event that says what a patch did; the only sure word on edits.
    fn patch_applied(&mut self, payload: &Payload<'_>) {
        let own = match self.calls.get(payload.call_id.as_str()) {
            Some(Call::Edit(entry)) => Some(*entry),
            _ => None,
        };
        let entry = own.or_else(|| (!self.open_patches.is_empty()).then(|| self.open_patches.remove(0)));
        let entry = entry.unwrap_or_else(|| self.patch(""));
        let changes: serde_json::Map<String, serde_json::Value> = read(payload.changes).unwrap_or_default();
        if let Some(edit) = self.tape.edit_mut(entry)
            && !changes.is_empty()
        {
            let moved = changes.values().filter_map(|change| change.get("move_path")?.as_str());
            edit.paths = changes.keys().map(String::as_str).chain(moved).map(str::to_owned).collect();
        }
        let good = payload.success.is_some_and(|raw| raw.get() == "true");
        let error = text_of(payload.stderr);
        let outcome = if good { EditOutcome::Applied } else { EditOutcome::Failed };
        self.tape.edit_ended(entry, outcome, (!good).then_some(error.as_str()));
    }

    /// How much of an output is worth decoding. JSON that a script printed is read whole.
    fn output_limit(&mut self, call: &Call, output: Option<&RawValue>) -> usize {
        let entry_of = |reader: &Self, run: Run| match run {
            Run::Start(entry) => Some(entry),
            Run::Continue(session) => reader.running.get(&session).map(|(entry, _)| *entry),
        };
        let entries: Vec<EntryId> = match call {
            Call::Command(entry) => vec![*entry],
            Call::Continue(session) => entry_of(self, Run::Continue(*session)).into_iter().collect(),
            Call::Script { runs, .. } if !output.is_some_and(|raw| raw.get().contains("chunk_id")) => {
                runs.iter().filter_map(|run| entry_of(self, *run)).collect()
            }
            _ => return TEXT_LIMIT,
        };
        entries.into_iter().map(|entry| self.tape.output_limit(entry)).max().unwrap_or(OUTPUT_LIMIT)
    }

    fn output(&mut self, payload: &Payload<'_>) {
        let Some(call) = self.calls.remove(payload.call_id.as_str()) else { return };
        let limit = self.output_limit(&call, payload.output);
        let parts = parts_of(payload.output, limit);
        let text = parts.join("\n");
        match call {
            Call::Command(entry) => self.command_output(entry, None, &text),
            Call::Continue(session) => {
                if let Some((entry, before)) = self.running.remove(&session) {
                    self.command_output(entry, Some(before), &text);
                }
            }
            Call::Edit(entry) => {
                let known = self.tape.edit_mut(entry).map(|edit| edit.outcome);
                if known == Some(EditOutcome::Unknown) {
                    let good = text.contains("Success. Updated") || text.starts_with("Exit code: 0");
                    let refused = text.contains("rejected by user") || text.contains("denied");
                    let outcome = match (good, refused) {
                        (true, _) => EditOutcome::Applied,
                        (_, true) => EditOutcome::Rejected,
                        _ => EditOutcome::Failed,
                    };
                    self.tape.edit_ended(entry, outcome, (!good).then_some(text.as_str()));
                }
            }
            Call::Task(entry, ops) => {
                let ok = !text.contains("failed to parse") && !text.starts_with("Error");
                self.tape.set_ops(entry, ok, ops);
            }
            Call::Script { runs, edits } => self.script_output(runs, edits, &parts),
        }
    }

    /// The output of one command: `Process exited with code N … Output:\n…`, or JSON (older).
    fn command_output(&mut self, entry: EntryId, before: Option<String>, text: &str) {
        if let Ok(printed) = serde_json::from_str::<Printed<'_>>(text)
            && printed.output.is_some()
        {
            self.printed(entry, before, &printed);
            return;
        }
        let (head, output) = text.split_once("Output:\n").unwrap_or((text, ""));
        let number = |mark: &str| -> Option<i64> {
            let (_, rest) = head.split_once(mark)?;
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').len();
            rest[..digits].parse().ok()
        };
        let code = number("Process exited with code ").or_else(|| number("Exit code: "));
        let session = number("Process running with session ID ");
        let known = code.is_some() || session.is_some();
        let before = before.unwrap_or_default();
        let output = before + if known { output } else { text };
        if let Some(session) = session.filter(|_| code.is_none()) {
            self.goes_on(entry, session, output);
        } else if !known && (text.contains("rejected by user") || text.contains("rejected: ")) {
            let ending = Ending {
                outcome: CommandOutcome::Rejected,
                exit_code: None,
                tells_exit: false,
                output: &output,
            };
            self.tape.command_ended(entry, ending);
        } else {
            self.ended(entry, code, &output);
        }
    }

    fn printed(&mut self, entry: EntryId, before: Option<String>, printed: &Printed<'_>) {
        let inner: Printed<'_> = read(printed.metadata).unwrap_or_default();
        let code = printed.exit_code.0.or(inner.exit_code.0);
        let output = before.unwrap_or_default() + &text_of(printed.output);
        match printed.session_id.0.filter(|_| code.is_none()) {
            Some(session) => self.goes_on(entry, session, output),
            None => self.ended(entry, code, &output),
        }
    }

    fn goes_on(&mut self, entry: EntryId, session: i64, output: String) {
        if let Some(command) = self.tape.command_mut(entry) {
            command.outcome = CommandOutcome::Background;
        }
        let output = if output.len() > OUTPUT_KEPT { excerpt(&output, OUTPUT_KEPT) } else { output };
        self.running.insert(session, (entry, output));
    }

    fn ended(&mut self, entry: EntryId, code: Option<i64>, output: &str) {
        let code = code.and_then(|code| i32::try_from(code).ok());
        let outcome = match code {
            Some(0) => CommandOutcome::Succeeded,
            Some(_) => CommandOutcome::Failed,
            None => CommandOutcome::Unknown,
        };
        self.tape
            .command_ended(entry, Ending { outcome, exit_code: code, tells_exit: code.is_some(), output });
    }

    /// What a script printed. It tells of a command only what the script chose to print; with
    /// several commands only results printed as JSON can be told apart.
    fn script_output(&mut self, runs: Vec<Run>, edits: Vec<EntryId>, parts: &[String]) {
        let (head, body) = match parts {
            [only] => match only.split_once("Output:\n") {
                Some((head, body)) => (head.to_owned(), body.to_owned()),
                None => (only.clone(), String::new()),
            },
            [head, body @ ..] => (head.clone(), body.join("\n")),
            [] => return,
        };
        if let Some((_, cell)) = head.split_once("Script running with cell ID ") {
            let cell: String = cell.chars().take_while(char::is_ascii_alphanumeric).collect();
            self.cells.insert(cell, Call::Script { runs, edits });
            return;
        }
        let failed = head.starts_with("Script failed");
        for entry in edits {
            let open = self.tape.edit_mut(entry).is_some_and(|edit| edit.outcome == EditOutcome::Unknown);
            self.open_patches.retain(|open| *open != entry);
            if open && failed {
                let error = body.strip_prefix("Script error:\n").unwrap_or(&body);
                self.tape.edit_ended(entry, EditOutcome::Failed, Some(error));
            }
        }
        let printed = results_in(&body);
        if printed.len() == runs.len() {
            for (run, printed) in runs.into_iter().zip(&printed) {
                match run {
                    Run::Start(entry) => self.printed(entry, None, printed),
                    Run::Continue(session) => {
                        if let Some((entry, before)) = self.running.remove(&session) {
                            self.printed(entry, Some(before), printed);
                        }
                    }
                }
            }
        } else if let [run] = runs.as_slice() {
            match run {
                Run::Start(entry) => self.ended(*entry, None, &body),
                // Whether it ended is not said; what it printed is.
                Run::Continue(session) => {
                    if let Some((entry, before)) = self.running.remove(session) {
                        self.goes_on(entry, *session, before + &body);
                    }
                }
            }
        }
    }

    fn finish(mut self, ended: bool) -> Words {
        if !self.user_events {
            for (now, text) in std::mem::take(&mut self.asked) {
                self.tape.now = now;
                self.tape.say(StatementKind::UserRequest, Speaker::User, request(&text));
            }
        }
        for (entry, output) in std::mem::take(&mut self.running).into_values() {
            let outcome = CommandOutcome::Background;
            self.tape.command_ended(
                entry,
                Ending { outcome, exit_code: None, tells_exit: false, output: &output },
            );
        }
        if self.last_broken && !ended {
            self.tape.cut_off = true;
            self.tape.remark("the last line is cut off");
        }
        if self.bad_utf8 > 0 {
            self.tape.remark(format!("{} lines are not valid UTF-8", self.bad_utf8));
        }
        if self.tape.input.agent.is_none() {
            self.tape.input.agent = Some("Codex".to_owned());
        }
        let gone = self.rolled_back;
        self.tape.finish(|turn| !gone.contains(&turn))
    }
}

/// The texts of an output: one string, or a list of texts.
fn parts_of(output: Option<&RawValue>, limit: usize) -> Vec<String> {
    #[derive(Default, Deserialize)]
    struct Part<'a> {
        #[serde(default, borrow)]
        text: Option<&'a RawValue>,
    }
    #[derive(Default, Deserialize)]
    struct Wrapped<'a> {
        #[serde(default, borrow)]
        content: Option<&'a RawValue>,
    }
    match output.map(|raw| raw.get().as_bytes()[0]) {
        Some(b'[') => {
            let parts: List<Part<'_>> = read(output).unwrap_or_default();
            parts.0.iter().map(|part| text_within(part.text, limit)).collect()
        }
        Some(b'{') => {
            let wrapped: Wrapped<'_> = read(output).unwrap_or_default();
            vec![text_within(wrapped.content, limit)]
        }
        _ => vec![text_within(output, limit)],
    }
}

/// Results that were printed as JSON, one after the other or in a list.
fn results_in(body: &str) -> Vec<Printed<'_>> {
    let is_result = |printed: &Printed<'_>| {
        printed.output.is_some()
            && (printed.exit_code.0.is_some()
                || printed.session_id.0.is_some()
                || printed.chunk_id.some().is_some())
    };
    let trimmed = body.trim();
    if trimmed.starts_with('[') {
        let list: Vec<Printed<'_>> = serde_json::from_str(trimmed).unwrap_or_default();
        return if list.iter().all(is_result) { list } else { Vec::new() };
    }
    let values: Result<Vec<Printed<'_>>, _> =
        serde_json::Deserializer::from_str(trimmed).into_iter().collect();
    values.ok().filter(|list| list.iter().all(is_result)).unwrap_or_default()
}

/// A command line, or the words of one; `bash -lc '…'` is what it runs.
fn command_line(raw: Option<&RawValue>) -> String {
    let words: Option<Vec<String>> = read(raw);
    match words.as_deref() {
        Some([shell, flag, script])
            if shell.ends_with("sh") && flag.starts_with('-') && flag.ends_with('c') =>
        {
            script.clone()
        }
        Some(words) => {
            let plain = |word: &String| {
                !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./=:,@%+".contains(c))
            };
            let quote = |word: &String| {
                if plain(word) { word.clone() } else { format!("'{}'", word.replace('\'', r"'\''")) }
            };
            words.iter().map(quote).collect::<Vec<_>>().join(" ")
        }
        None => text_of(raw),
    }
}

fn plan_item(step: Option<String>, state: Option<&str>) -> Option<Item> {
    let subject = step.filter(|step| !step.trim().is_empty())?;
    Some(Item { id: None, subject, description: None, status: status(state.unwrap_or_default()) })
}

/// The files that a patch names.
pub(crate) fn paths_of_patch(patch: &str) -> Vec<String> {
    const MARKS: [&str; 4] = ["*** Update File: ", "*** Add File: ", "*** Delete File: ", "*** Move to: "];
    let mut paths: Vec<String> = Vec::new();
    for line in patch.lines() {
        if let Some(path) = MARKS.iter().find_map(|mark| line.strip_prefix(mark)) {
            let path = path.trim();
            if !path.is_empty() && !paths.iter().any(|known| known == path) {
                paths.push(path.to_owned());
            }
        }
    }
    paths
}

/// Texts that the program puts into the user's role.
fn is_context(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with('<') || text.starts_with("# AGENTS.md instructions") || text.is_empty()
}

/// What the user asked, without what the editor added around it.
fn request(text: &str) -> &str {
    text.rsplit_once("## My request for Codex:").map_or(text, |(_, request)| request).trim()
}
