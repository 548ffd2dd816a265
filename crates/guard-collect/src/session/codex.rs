//! Codex: rollout files, with tools called one by one and with tools called from scripts
//! ("code mode").

mod calls;
mod outputs;
mod record;
mod script;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;
use std::sync::LazyLock;

use guard_model::words::{
    Command, CommandOutcome, EditOutcome, EventKind, FileEdit, Speaker, StatementKind, Words, WordsFormat,
};
use memchr::memmem::Finder;

use super::json::{OUTPUT_LIMIT, TEXT_LIMIT, excerpt, read, text_of, text_within, without_half_surrogates};
use super::lines::{Line, Lines};
use super::relay::{self, Reading};
use super::tape::{At, Ending, EntryId, Now, Tape};
use super::tasks::Op;
use calls::Asked;
pub(crate) use calls::paths_of_patch;
use outputs::{Output, Printed, joined, results_in};
use record::{Part, Payload, Record};

/// Output that is kept of a command that goes on over several calls.
const OUTPUT_KEPT: usize = 256 << 10;

/// What stands before the output of a command.
static OUTPUT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Output:\n"));
/// What stands before its exit code.
static EXITED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Process exited with code "));
/// The same in the results of the older shell tools.
static EXIT_CODE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Exit code: "));
/// What stands before the session of a command that goes on.
static RUNNING: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Process running with session ID "));
/// What stands before the cell of a script that goes on.
static CELL: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Script running with cell ID "));

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
    let reader = Reader::new(Tape::new(WordsFormat::CodexRollout, place, reason));
    let (reader, ended) = relay::read(Lines::open(path)?, reader);
    Ok(reader.finish(ended?))
}

impl Reading for Reader {
    type Record<'a> = Option<Record<'a>>;

    fn parse<'a>(line: &'a Line<'_>) -> Self::Record<'a> {
        Record::parse(&line.text)
    }

    fn take(&mut self, number: u64, line: &Line<'_>, record: Self::Record<'_>) {
        self.tape.input.records += 1;
        self.bad_utf8 += u64::from(!line.valid);
        self.last_broken = match record {
            Some(record) => {
                self.record(record, number);
                false
            }
            None => !self.odd_line(line, number),
        };
        self.tape.input.broken_records += u64::from(self.last_broken);
    }
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

    /// Reads a line that is no record as it stands. False when it is no JSON either.
    fn odd_line(&mut self, line: &Line<'_>, number: u64) -> bool {
        if line.too_long {
            self.tape.too_long();
            return false;
        }
        let text = line.text.as_ref();
        if let Some(fixed) = without_half_surrogates(text)
            && let Some(record) = Record::parse(&fixed)
        {
            self.record(record, number);
            return true;
        }
        let json = text.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        self.tape.input.unknown_records += u64::from(json);
        json
    }

    fn record(&mut self, record: Record<'_>, number: u64) {
        let at = At { line: number, ..At::default() };
        self.tape.begin(at, record.timestamp.some(), Some(self.turn), false);
        let payload = record.payload;
        match record.kind.as_str() {
            "session_meta" => self.meta(&payload),
            "turn_context" => self.cwd = payload.cwd.owned().or(self.cwd.take()),
            "event_msg" => self.event(&payload),
            "response_item" => self.item(&payload, record.part),
            "compacted" => self.compaction(),
            "world_state" | "session_state" | "inter_agent_communication_metadata" | "ghost_snapshot" => {}
            _ => self.tape.input.unknown_records += 1,
        }
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

    fn item(&mut self, payload: &Payload<'_>, part: Part<'_>) {
        match part {
            Part::Call(asked) => return self.call(payload.call_id.as_str(), asked),
            Part::Output(output) => return self.output(payload.call_id.as_str(), output),
            Part::None => {}
        }
        match payload.kind.as_str() {
            "message" => match payload.role.as_str() {
                "assistant" => self.agent_says(&text_of(payload.content), payload.phase.as_str()),
                "user" if !self.user_events && self.asked.len() < 1000 => {
                    let text = text_of(payload.content);
                    if !is_context(&text) {
                        self.asked.push((self.tape.now.clone(), text));
                    }
                }
                _ => {}
            },
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

    /// A tool was called.
    fn call(&mut self, id: &str, asked: Asked) {
        let call = match asked {
            Asked::Command(command) => Call::Command(self.command(*command)),
            Asked::Continue(session) => {
                self.tape.tool();
                Call::Continue(session)
            }
            Asked::Wait(cell) => {
                self.tape.tool();
                let Some(call) = self.cells.remove(&cell) else { return };
                call
            }
            Asked::Plan(op) => Call::Task(self.plan(op.clone()), vec![op]),
            Asked::Patch(paths) => Call::Edit(self.patch(paths)),
            Asked::Script(parts) => self.script(parts),
            Asked::Other => {
                self.tape.tool();
                return;
            }
        };
        self.calls.insert(id.to_owned(), call);
    }

    fn command(&mut self, command: Command) -> EntryId {
        let cwd = command.cwd.or_else(|| self.cwd.clone());
        self.tape.event(EventKind::Command(Command { cwd, ..command }))
    }

    fn plan(&mut self, op: Op) -> EntryId {
        self.tape.task_call("update_plan", true, vec![op])
    }

    fn patch(&mut self, paths: Vec<String>) -> EntryId {
        self.tape.edit(FileEdit {
            tool: "apply_patch".to_owned(),
            paths,
            outcome: EditOutcome::Unknown,
            error: None,
        })
    }

    fn script(&mut self, parts: Vec<Asked>) -> Call {
        let (mut runs, mut edits) = (Vec::new(), Vec::new());
        self.tape.tool();
        for part in parts {
            match part {
                Asked::Command(command) => runs.push(Run::Start(self.command(*command))),
                Asked::Continue(session) => runs.push(Run::Continue(session)),
                Asked::Patch(paths) => {
                    let entry = self.patch(paths);
                    edits.push(entry);
                    self.open_patches.push(entry);
                }
                Asked::Plan(op) => {
                    self.plan(op);
                }
                Asked::Wait(_) | Asked::Script(_) | Asked::Other => {}
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
        let entry = entry.unwrap_or_else(|| self.patch(Vec::new()));
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
    fn output_limit(&self, call: &Call, has_results: bool) -> usize {
        let limit = |run: Run| {
            let entry = match run {
                Run::Start(entry) => Some(entry),
                Run::Continue(session) => self.running.get(&session).map(|(entry, _)| *entry),
            };
            entry.map(|entry| self.tape.output_limit(entry))
        };
        match call {
            Call::Command(entry) => limit(Run::Start(*entry)),
            Call::Continue(session) => limit(Run::Continue(*session)),
            Call::Script { runs, .. } if !has_results => runs.iter().copied().filter_map(limit).max(),
            _ => Some(TEXT_LIMIT),
        }
        .unwrap_or(OUTPUT_LIMIT)
    }

    fn output(&mut self, call: &str, output: Output<'_>) {
        let Some(call) = self.calls.remove(call) else { return };
        let limit = self.output_limit(&call, output.has_results);
        let parts = output.texts(limit);
        let text = joined(&parts);
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
                    self.tape.edit_ended(entry, outcome, (!good).then_some(&*text));
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
        if text.trim_start().starts_with('{')
            && let Ok(printed) = serde_json::from_str::<Printed<'_>>(text)
            && printed.output.is_some()
        {
            self.printed(entry, before, &printed);
            return;
        }
        let (head, output) = split(text, &OUTPUT).unwrap_or((text, ""));
        let number = |mark: &Finder<'_>| -> Option<i64> {
            let (_, rest) = split(head, mark)?;
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').len();
            rest[..digits].parse().ok()
        };
        let code = number(&EXITED).or_else(|| number(&EXIT_CODE));
        let session = number(&RUNNING);
        let known = code.is_some() || session.is_some();
        let output = if known { output } else { text };
        let output = before.map_or(Cow::Borrowed(output), |before| Cow::Owned(before + output));
        if let Some(session) = session.filter(|_| code.is_none()) {
            self.goes_on(entry, session, output.into_owned());
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
        let output = text_within(printed.output, self.tape.output_limit(entry));
        let output = before.map_or_else(|| output.clone(), |before| Cow::Owned(before + &output));
        match printed.session_id.0.filter(|_| code.is_none()) {
            Some(session) => self.goes_on(entry, session, output.into_owned()),
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
    fn script_output(&mut self, runs: Vec<Run>, edits: Vec<EntryId>, parts: &[Cow<'_, str>]) {
        let (head, body) = match parts {
            [only] => match split(only, &OUTPUT) {
                Some((head, body)) => (head, Cow::Borrowed(body)),
                None => (&**only, Cow::Borrowed("")),
            },
            [head, body @ ..] => (&**head, joined(body)),
            [] => return,
        };
        if let Some((_, cell)) = split(head, &CELL) {
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

/// What stands before and behind the mark.
fn split<'a>(text: &'a str, mark: &Finder<'_>) -> Option<(&'a str, &'a str)> {
    let at = mark.find(text.as_bytes())?;
    Some((&text[..at], &text[at + mark.needle().len()..]))
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
