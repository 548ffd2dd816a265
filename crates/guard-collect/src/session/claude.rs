//! Claude Code: session transcripts of every generation, subagents' transcripts, and the stream of
//! `claude -p --output-format stream-json`, which has the same messages under other names.

mod record;
mod results;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use guard_model::words::{EditOutcome, EventKind, FileEdit, Speaker, StatementKind, Words, WordsFormat};
use serde_json::value::RawValue;

use super::json::{Text, read, text_of, without_half_surrogates};
use super::lines::{Line, Lines};
use super::tape::{At, EntryId, Now, Tape};
use super::tasks::{Item, Op, status};
use super::tree::{Link, NodeKind, Tree};
use record::{AgentProgress, Attachment, Block, Content, Message, Probe, RawContent, Record, ToolInput};

/// Lines longer than this are read without decoding the text of their message first.
const LONG_LINE: usize = 8 << 20;

/// Reads a transcript and the transcripts of its subagents.
pub(crate) fn read_transcript(
    path: &Path,
    place: &str,
    reason: &str,
    format: WordsFormat,
) -> io::Result<Words> {
    let subagents = subagent_files(path);
    let mut reader = Reader::new(Tape::new(format, place, reason), !subagents.is_empty());
    let mut lines = Lines::open(path)?;
    while let Some(line) = lines.next()? {
        reader.line(&line, 0);
    }
    reader.end_of_file(lines.ended);
    for file in subagents {
        reader.subagent_file(&file, place);
    }
    Ok(reader.finish())
}

/// Reads the output of `claude -p --output-format json --verbose`: the lines of a stream in a list.
pub(crate) fn read_stream_list(path: &Path, place: &str, reason: &str) -> io::Result<Words> {
    let mut reader = Reader::new(Tape::new(WordsFormat::ClaudeStream, place, reason), false);
    let bytes = std::fs::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut rest = text.trim_start().trim_start_matches('[');
    for number in 1.. {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        let Some(Ok(value)) = values.next() else { break };
        let line = Line { number, text: Cow::Borrowed(value.get()), valid: true, too_long: false };
        reader.line(&line, 0);
        rest = rest[values.byte_offset()..].trim_start().trim_start_matches(',');
    }
    if !rest.trim_start().starts_with(']') {
        reader.tape.cut_off = true;
        reader.tape.input.broken_records += 1;
        reader.tape.remark("the list is cut off");
    }
    Ok(reader.finish())
}

/// The person's words in a text of the user's role; nothing when the program wrote it.
pub(crate) fn words_of_user(text: &str) -> Option<String> {
    match record::words_of_user(text, false) {
        record::UserText::Words(words) => Some(words),
        record::UserText::Notification | record::UserText::Nothing { .. } => None,
    }
}

/// Files of subagents: in the session's own folder, and (older) beside the transcript.
fn subagent_files(path: &Path) -> Vec<PathBuf> {
    let is_agent = |path: &Path| {
        path.extension().is_some_and(|e| e == "jsonl")
            && path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("agent-"))
    };
    if is_agent(path) {
        return Vec::new();
    }
    let Some(session) = path.file_stem().and_then(|stem| stem.to_str()) else { return Vec::new() };
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| is_agent(path)).collect()
    };
    let parent = path.parent().unwrap_or(Path::new("."));
    let own = parent.join(session).join("subagents");
    let mut files = list(&own);
    let workflows = std::fs::read_dir(own.join("workflows")).into_iter().flatten().flatten();
    files.extend(workflows.flat_map(|run| list(&run.path())));
    files.extend(list(parent).into_iter().filter(|file| belongs_to(file, session)));
    files.sort();
    files
}

/// Whether the first records of a subagent's file name this session.
fn belongs_to(file: &Path, session: &str) -> bool {
    let Ok(mut lines) = Lines::open(file) else { return false };
    for _ in 0..5 {
        let Ok(Some(line)) = lines.next() else { return false };
        if let Ok(probe) = serde_json::from_str::<Probe<'_>>(&line.text)
            && let Some(found) = probe.session_id.some()
        {
            return found == session;
        }
    }
    false
}

/// A tool call that waits for its result.
#[derive(Debug, Clone)]
pub(super) enum Call {
    Command(EntryId),
    Edit(EntryId),
    Task {
        entry: EntryId,
        ops: Vec<Op>,
        create: Option<Item>,
        list: String,
        prints: bool,
    },
    Plan {
        plan: Option<String>,
    },
    Question,
    /// Asks for the outcome of a background command.
    Outcome {
        task: String,
    },
    Stop {
        task: String,
    },
    Other,
}

pub(super) struct Reader {
    tape: Tape,
    tree: Tree,
    calls: HashMap<String, Call>,
    /// Background commands by the id of their task.
    background: HashMap<String, EntryId>,
    /// What the user typed while the agent was working, until it is known what became of it.
    queue: Vec<(String, Now)>,
    /// Queued texts that stand in a record of their own.
    queued_seen: HashSet<String>,
    /// Statements from the queue that a record of their own may repeat.
    from_queue: Vec<(String, Now)>,
    /// The last text of each agent, while the same message goes on.
    last_text: HashMap<String, (String, EntryId)>,
    /// Time and line of the main file's records, when subagents' files are to be put between them.
    clock: Option<Vec<(String, u64)>>,
    last_compaction: u64,
    latest: String,
    went_back: bool,
    duplicates: u64,
    bad_utf8: u64,
    version: Option<String>,
    last_broken: bool,
}

impl Reader {
    fn new(tape: Tape, clock: bool) -> Self {
        Self {
            tape,
            tree: Tree::default(),
            calls: HashMap::new(),
            background: HashMap::new(),
            queue: Vec::new(),
            queued_seen: HashSet::new(),
            from_queue: Vec::new(),
            last_text: HashMap::new(),
            clock: clock.then(Vec::new),
            last_compaction: 0,
            latest: String::new(),
            went_back: false,
            duplicates: 0,
            bad_utf8: 0,
            version: None,
            last_broken: false,
        }
    }

    /// Reads one line of the file of `lane` (0 is the main one).
    fn line(&mut self, line: &Line<'_>, lane: u32) {
        if line.text.is_empty() && !line.too_long {
            return;
        }
        self.tape.input.records += 1;
        self.bad_utf8 += u64::from(!line.valid);
        self.last_broken = false;
        if line.too_long || !self.parse(&line.text, line.number, lane) {
            self.tape.input.broken_records += 1;
            self.last_broken = true;
        }
    }

    /// Whether the line is a record at all.
    fn parse(&mut self, text: &str, number: u64, lane: u32) -> bool {
        if text.len() > LONG_LINE {
            if let Ok(record) = serde_json::from_str::<Record<'_, RawContent<'_>>>(text) {
                self.record(&record.decoded(), number, lane);
                return true;
            }
        } else if let Ok(record) = serde_json::from_str::<Record<'_, Content<'_>>>(text) {
            self.record(&record, number, lane);
            return true;
        }
        if let Some(fixed) = without_half_surrogates(text)
            && let Ok(record) = serde_json::from_str::<Record<'_, Content<'_>>>(&fixed)
        {
            self.record(&record, number, lane);
            return true;
        }
        let json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() && text.starts_with('{');
        self.tape.input.unknown_records += u64::from(json);
        json
    }

    fn record(&mut self, record: &Record<'_, Content<'_>>, number: u64, lane: u32) {
        if lane == 0 {
            self.notice(record);
        }
        let subagent = lane > 0 || record.is_sidechain.0 || record.parent_tool_use_id.some().is_some();
        let at = match lane {
            0 => At { line: number, lane: 0, sub: 0 },
            lane => At { line: self.line_at(record.timestamp.as_str()), lane, sub: number },
        };
        if lane == 0
            && let (Some(clock), Some(time)) = (&mut self.clock, record.timestamp.some())
            && clock.last().is_none_or(|(last, _)| last.as_str() <= time)
        {
            clock.push((time.to_owned(), number));
        }
        let mut node = None;
        if let Some(id) = record.uuid.some()
            && !subagent
        {
            let kind = kind_of(record);
            let message = record.message.as_ref().map(|m| m.id.as_str()).unwrap_or_default();
            node = self.tree.add(Link {
                id,
                parent: record.parent_uuid.some(),
                logical_parent: record.logical_parent_uuid.some(),
                kind,
                message,
                session: record.session_id.as_str(),
            });
            if node.is_none() {
                self.duplicates += 1;
                return;
            }
        }
        // A stream has no links between its records.
        let node = node.filter(|_| self.tape.input.format == WordsFormat::ClaudeTranscript);
        self.tape.now = Now { at, time: record.timestamp.owned(), node, subagent };
        self.dispatch(record, lane);
    }

    fn dispatch(&mut self, record: &Record<'_, Content<'_>>, lane: u32) {
        match record.kind.as_str() {
            "assistant" => self.assistant(record, lane),
            "user" => self.user(record, lane),
            "system" => self.system(record),
            "attachment" => self.attachment(record.attachment),
            "queue-operation" => self.queue_operation(record),
            "progress" => self.progress(record.data, record.tool_use_id.as_str()),
            "result" => self.result_record(record),
            "last-prompt" => {
                if let Some(leaf) = record.leaf_uuid.some() {
                    self.tree.set_leaf(leaf);
                }
            }
            "summary"
            | "file-history-snapshot"
            | "file-history-delta"
            | "mode"
            | "permission-mode"
            | "ai-title"
            | "custom-title"
            | "agent-name"
            | "agent-color"
            | "agent-setting"
            | "pr-link"
            | "frame-link"
            | "atis-latch"
            | "tag"
            | "stream_event"
            | "hook"
            | "rate_limit_event"
            | "tool_progress"
            | "auth_status"
            | "keep_alive"
            | "control_request"
            | "control_response"
            | "prompt_suggestion"
            | "tool_use_summary"
            | "worktree-state"
            | "content-replacement"
            | "task-summary"
            | "marble-origami-commit"
            | "marble-origami-snapshot"
            | "speculation-accept" => {}
            _ => self.tape.input.unknown_records += 1,
        }
    }

    /// Version, session and clock.
    fn notice(&mut self, record: &Record<'_, Content<'_>>) {
        let version = record.version.some().or_else(|| record.claude_code_version.some());
        if let Some(version) = version
            && self.version.as_deref() != Some(version)
        {
            self.version = Some(version.to_owned());
        }
        if self.tape.input.session.is_none() {
            self.tape.input.session = record.session_id.owned().or_else(|| record.stream_session_id.owned());
        }
        if let Some(time) = record.timestamp.some() {
            // Parallel results are milliseconds apart; a clock that went back is hours.
            if time < self.latest.as_str() {
                self.went_back = self.went_back || hours_before(time, &self.latest);
            } else {
                self.latest.clear();
                self.latest.push_str(time);
            }
        }
    }

    /// The line of the main file that a time falls behind.
    fn line_at(&self, time: &str) -> u64 {
        let clock = self.clock.as_deref().unwrap_or_default();
        let after = clock.partition_point(|(known, _)| known.as_str() <= time);
        match clock.get(after.wrapping_sub(1)) {
            Some((_, line)) => *line,
            None => clock.first().map_or(u64::MAX, |(_, line)| line.saturating_sub(1)),
        }
    }

    fn assistant(&mut self, record: &Record<'_, Content<'_>>, lane: u32) {
        let Some(message) = &record.message else { return };
        // Errors of the service and "No response requested." are not the agent's words.
        if record.is_api_error_message.0 || message.model.as_str() == "<synthetic>" {
            return;
        }
        let agent = self.agent_name(record, lane);
        self.message(message, &agent, record.cwd.some());
    }

    /// Key of the agent that wrote a record: empty for the main one.
    fn agent_name(&self, record: &Record<'_, Content<'_>>, lane: u32) -> String {
        if !self.tape.now.subagent {
            return String::new();
        }
        match record.agent_id.some().or_else(|| record.parent_tool_use_id.some()) {
            Some(id) => id.to_owned(),
            None => format!("lane {lane}"),
        }
    }

    fn message(&mut self, message: &Message<'_, Content<'_>>, agent: &str, cwd: Option<&str>) {
        let stop = message.stop_reason.as_str();
        let unfinished = matches!(stop, "tool_use" | "pause_turn" | "max_tokens");
        match &message.content {
            Content::Text(text) => self.agent_text(text, message.id.as_str(), agent, unfinished),
            Content::Blocks(blocks) => {
                for block in blocks {
                    match block.kind.as_str() {
                        "text" => {
                            self.agent_text(&text_of(block.text), message.id.as_str(), agent, unfinished);
                        }
                        "tool_use" | "server_tool_use" | "mcp_tool_use" => {
                            self.last_text.remove(agent);
                            self.tool_use(block, agent, cwd);
                        }
                        _ => {}
                    }
                }
            }
            Content::None => {}
        }
    }

    fn agent_text(&mut self, text: &str, message: &str, agent: &str, unfinished: bool) {
        let text = text.trim();
        if text.is_empty() || text == "(no content)" {
            return;
        }
        let known = self.last_text.get(agent).filter(|(id, _)| !message.is_empty() && id == message);
        let entry = match known {
            Some((_, entry)) => {
                let entry = *entry;
                self.tape.append(entry, text);
                Some(entry)
            }
            None => self.tape.agent_says(text),
        };
        let Some(entry) = entry else { return };
        self.last_text.insert(agent.to_owned(), (message.to_owned(), entry));
        if unfinished {
            self.tape.unfinished(entry);
        }
    }

    fn tool_use(&mut self, block: &Block<'_>, agent: &str, cwd: Option<&str>) {
        let id = block.id.as_str().to_owned();
        if !id.is_empty() && self.calls.contains_key(&id) {
            return; // told twice: in a progress record and in the subagent's own file
        }
        let input: ToolInput<'_> = read(block.input).unwrap_or_default();
        let name = block.name.as_str();
        let plain = name.strip_prefix("mcp__acp__").unwrap_or(name);
        let call = match plain {
            "Bash" | "PowerShell" => {
                Call::Command(self.tape.command(&text_of(input.command), cwd.map(str::to_owned)))
            }
            "Edit" | "Write" | "MultiEdit" | "NotebookEdit" => {
                let path =
                    [&input.file_path, &input.notebook_path, &input.path].into_iter().find_map(Text::owned);
                Call::Edit(self.tape.edit(FileEdit {
                    tool: name.to_owned(),
                    paths: path.into_iter().collect(),
                    outcome: EditOutcome::Unknown,
                    error: None,
                }))
            }
            "TodoWrite" => {
                let items = input.todos.0.iter().filter_map(record::Todo::item).collect();
                let ops = vec![Op::Replace { list: agent.to_owned(), items }];
                self.task_call(name, ops, None, agent, false)
            }
            "TaskCreate" => {
                let item = input.subject.owned().map(|subject| Item {
                    id: None,
                    subject,
                    description: input.description.owned(),
                    status: status("pending"),
                });
                self.task_call(name, Vec::new(), item, agent, false)
            }
            "TaskUpdate" => {
                let id =
                    [&input.task_id, &input.task_id_raw, &input.id].into_iter().find_map(record::Id::owned);
                let ops = id.map(|id| Op::Update {
                    list: agent.to_owned(),
                    id,
                    subject: input.subject.owned(),
                    description: input.description.owned(),
                    status: input.status.some().map(status),
                });
                self.task_call(name, ops.into_iter().collect(), None, agent, false)
            }
            "TaskGet" | "TaskList" | "TodoRead" => self.task_call(name, Vec::new(), None, agent, true),
            "ExitPlanMode" | "exit_plan_mode" => {
                self.tape.tool();
                Call::Plan { plan: Some(text_of(input.plan)).filter(|plan| !plan.is_empty()) }
            }
            "AskUserQuestion" => {
                self.tape.tool();
                Call::Question
            }
            "TaskOutput" | "BashOutput" | "AgentOutputTool" => {
                self.tape.tool();
                Call::Outcome { task: input.background_task() }
            }
            "KillShell" | "KillBash" | "TaskStop" => {
                self.tape.tool();
                Call::Stop { task: input.background_task() }
            }
            _ => {
                self.tape.tool();
                Call::Other
            }
        };
        // A result is of interest only where the call is.
        if !id.is_empty() && !matches!(call, Call::Other) {
            self.calls.insert(id, call);
        }
    }

    fn task_call(
        &mut self,
        tool: &str,
        ops: Vec<Op>,
        create: Option<Item>,
        list: &str,
        prints: bool,
    ) -> Call {
        // Until a result says otherwise a call counts as accepted, except that an item has no id
        // before its result.
        let entry = self.tape.task_call(tool, true, ops.clone());
        Call::Task { entry, ops, create, list: list.to_owned(), prints }
    }

    fn user(&mut self, record: &Record<'_, Content<'_>>, lane: u32) {
        if let Some(plan) =
            record.plan_content.map(|raw| text_of(Some(raw))).filter(|plan| !plan.trim().is_empty())
        {
            self.tape.turn_ends();
            self.tape.say(StatementKind::Plan, Speaker::Agent, &plan);
            if let Some(Message { content: Content::Text(text), .. }) = &record.message
                && text.trim_start().starts_with("Implement the following plan:")
            {
                return; // the plan again, in words of the program
            }
        }
        let Some(message) = &record.message else { return };
        let meta = Meta {
            skip: record.is_meta.0 || record.is_visible_in_transcript_only.0,
            summary: record.is_compact_summary.0,
            human: record::is_human(record.origin, record.prompt_source.as_str()),
            subagent: lane > 0 || self.tape.now.subagent,
        };
        match &message.content {
            Content::Text(text) => self.user_text(text, &meta),
            Content::Blocks(blocks) => {
                let results = blocks.iter().filter(|block| block.kind.as_str() == "tool_result").count();
                let details =
                    record.tool_use_result.or(record.stream_tool_use_result).filter(|_| results == 1);
                for block in blocks {
                    match block.kind.as_str() {
                        "tool_result" => {
                            self.tool_result(block, details, record.tool_denial_kind.some().is_some());
                        }
                        "text" => self.user_text(&text_of(block.text), &meta),
                        _ => {}
                    }
                }
            }
            Content::None => {}
        }
    }

    fn user_text(&mut self, text: &str, meta: &Meta) {
        let text = text.trim();
        if meta.subagent {
            return; // what the main agent asked of a subagent
        }
        if text.starts_with("[Request interrupted by user") {
            self.tape.event(EventKind::Interrupted);
            return;
        }
        if meta.summary {
            if self.tape.now.at.line.saturating_sub(self.last_compaction) > 5 || self.last_compaction == 0 {
                self.tape.event(EventKind::Compaction);
                self.last_compaction = self.tape.now.at.line;
            }
            return;
        }
        match record::words_of_user(text, meta.skip || !meta.human) {
            record::UserText::Words(words) => {
                self.from_queue.retain(|(queued, _)| queued.trim() != words.trim());
                self.tape.user_asks(&words);
            }
            record::UserText::Notification => {
                self.notification(text);
                self.tape.turn_ends();
            }
            record::UserText::Nothing { ends_turn } => {
                if ends_turn {
                    self.tape.turn_ends();
                }
            }
        }
    }

    /// Outcomes of background commands that the agent was told.
    fn notification(&mut self, text: &str) {
        for part in text.split("<task-notification>").skip(1) {
            let field = |name: &str| {
                let (_, rest) = part.split_once(&format!("<{name}>"))?;
                rest.split_once(&format!("</{name}>")).map(|(value, _)| value.trim())
            };
            let call = field("tool-use-id").and_then(|id| match self.calls.get(id) {
                Some(Call::Command(entry)) => Some(*entry),
                _ => None,
            });
            let entry = call.or_else(|| self.background.get(field("task-id")?).copied());
            if let Some(entry) = entry {
                results::background_ended(&mut self.tape, entry, field("status"), field("summary"), None);
            }
        }
    }

    fn system(&mut self, record: &Record<'_, Content<'_>>) {
        match record.subtype.as_str() {
            "compact_boundary" => {
                self.tape.event(EventKind::Compaction);
                self.last_compaction = self.tape.now.at.line;
            }
            "turn_duration" => self.tape.turn_ends(),
            _ => {}
        }
    }

    fn attachment(&mut self, attachment: Option<&RawValue>) {
        // Attachments are many and large; only this one holds words.
        let Some(raw) = attachment.filter(|raw| raw.get().contains("\"queued_command\"")) else { return };
        let Some(attachment) = read::<Attachment<'_>>(Some(raw)) else { return };
        if attachment.kind.as_str() != "queued_command" {
            return;
        }
        let text = text_of(attachment.prompt);
        if text.contains("<task-notification>") {
            self.notification(&text);
            return;
        }
        self.queued_seen.insert(text.trim().to_owned());
        self.from_queue.retain(|(queued, _)| queued.trim() != text.trim());
        let human = record::is_human(attachment.origin, "");
        if let record::UserText::Words(words) = record::words_of_user(&text, !human) {
            // Said while the turn went on, so the turn does not end here.
            self.tape.say(StatementKind::UserRequest, Speaker::User, &words);
        }
    }

    fn queue_operation(&mut self, record: &Record<'_, Content<'_>>) {
        let text = text_of(record.content);
        let known = |(queued, _): &(String, Now)| text.is_empty() || *queued == text;
        match record.operation.as_str() {
            "enqueue" => {
                if text.contains("<task-notification>") {
                    self.notification(&text);
                } else if !text.trim().is_empty() {
                    self.queue.push((text, self.tape.now.clone()));
                }
            }
            // Sent as a prompt, which has a record of its own.
            "dequeue" => {
                if let Some(at) = self.queue.iter().position(known) {
                    self.queue.remove(at);
                }
            }
            // Given to the agent in the middle of its turn. Older versions keep no other record.
            "remove" => {
                if let Some(at) = self.queue.iter().position(known) {
                    let (text, now) = self.queue.remove(at);
                    if !self.queued_seen.contains(text.trim()) {
                        self.from_queue.push((text, now));
                    }
                }
            }
            // Taken back into the input line: not said.
            "popAll" => self.queue.clear(),
            _ => {}
        }
    }

    /// Older versions tell of a subagent's work in progress records of the main file.
    fn progress(&mut self, data: Option<&RawValue>, call: &str) {
        let Some(raw) = data.filter(|raw| raw.get().contains("\"agent_progress\"")) else { return };
        let Some(progress) = read::<AgentProgress<'_>>(Some(raw)) else { return };
        if progress.kind.as_str() != "agent_progress" {
            return;
        }
        let Some(inner) = progress.message else { return };
        let Some(message) = inner.message else { return };
        let agent = progress.agent_id.owned().unwrap_or_else(|| call.to_owned());
        self.tape.now.subagent = true;
        if let Some(time) = inner.timestamp.owned() {
            self.tape.now.time = Some(time);
        }
        match inner.kind.as_str() {
            "assistant" => self.message(&message, &agent, None),
            "user" => {
                if let Content::Blocks(blocks) = &message.content {
                    for block in blocks.iter().filter(|block| block.kind.as_str() == "tool_result") {
                        self.tool_result(block, inner.tool_use_result, false);
                    }
                }
            }
            _ => {}
        }
    }

    /// The last line of a stream.
    fn result_record(&mut self, record: &Record<'_, Content<'_>>) {
        let text = text_of(record.result);
        let good = record.subtype.as_str() == "success" && !record.is_error.0;
        if !good {
            let why = record.subtype.some().unwrap_or("error").to_owned();
            self.tape.remark(format!("the run ended with {why}"));
        }
        let said = self.tape.last_message().map(str::trim);
        if good && !text.trim().is_empty() && said.is_none_or(|said| !said.ends_with(text.trim())) {
            self.tape.agent_says(&text);
        }
        if good {
            self.tape.turn_ends();
        } else {
            self.tape.tool(); // what was said last did not end the turn
        }
    }

    fn end_of_file(&mut self, ended: bool) {
        if self.last_broken && !ended {
            self.tape.cut_off = true;
            self.tape.remark("the last line is cut off");
        }
        for (text, now) in std::mem::take(&mut self.from_queue) {
            if !self.queued_seen.contains(text.trim())
                && let record::UserText::Words(words) = record::words_of_user(&text, false)
            {
                let before = std::mem::replace(&mut self.tape.now, now);
                self.tape.say(StatementKind::UserRequest, Speaker::User, &words);
                self.tape.now = before;
            }
        }
    }

    fn subagent_file(&mut self, file: &Path, main: &str) {
        let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or(Cow::Borrowed("subagent"));
        let folder = Path::new(main).parent().filter(|folder| !folder.as_os_str().is_empty());
        let place = folder.map_or_else(|| name.to_string(), |folder| format!("{}/{name}", folder.display()));
        let read = Lines::open(file).and_then(|mut lines| {
            let lane = self.tape.lane(place.clone());
            while let Some(line) = lines.next()? {
                self.line(&line, lane);
            }
            Ok(())
        });
        if let Err(error) = read {
            self.tape.remark(format!("{place} could not be read: {error}"));
        }
    }

    fn finish(mut self) -> Words {
        self.tape.input.agent = self.version.take().map(|version| format!("Claude Code {version}"));
        if self.tape.input.agent.is_none() {
            self.tape.input.agent = Some("Claude Code".to_owned());
        }
        let live = self.tree.live();
        if live.cycle {
            self.tape.remark("parents of records form a cycle; read in file order there");
        }
        if self.went_back {
            self.tape.remark("the clock went back; records are kept in file order");
        }
        if self.duplicates > 0 {
            self.tape.remark(format!("{} records stand twice and are read once", self.duplicates));
        }
        if self.bad_utf8 > 0 {
            self.tape.remark(format!("{} lines are not valid UTF-8", self.bad_utf8));
        }
        self.tape.finish(|node| live.contains(node))
    }
}

/// What the fields around a user's text say.
struct Meta {
    skip: bool,
    summary: bool,
    human: bool,
    subagent: bool,
}

fn kind_of(record: &Record<'_, Content<'_>>) -> NodeKind {
    match (record.kind.as_str(), &record.message) {
        ("assistant", _) => NodeKind::Assistant,
        ("user", Some(message)) if !record.is_meta.0 && !record.is_compact_summary.0 => {
            match &message.content {
                Content::Text(text) if text.starts_with("[Request interrupted") => NodeKind::Other,
                Content::Text(_) => NodeKind::Prompt,
                Content::Blocks(blocks) => {
                    let result = blocks.iter().any(|block| block.kind.as_str() == "tool_result");
                    let interrupted = blocks.iter().any(|block| {
                        block.text.is_some_and(|raw| raw.get().starts_with("\"[Request interrupted"))
                    });
                    if result || interrupted { NodeKind::Other } else { NodeKind::Prompt }
                }
                Content::None => NodeKind::Other,
            }
        }
        _ => NodeKind::Other,
    }
}

/// Whether `time` is an hour or more before `latest`; both RFC 3339 in the same zone.
fn hours_before(time: &str, latest: &str) -> bool {
    let parse = |text: &str| text.parse::<jiff::Timestamp>().ok();
    match (parse(time), parse(latest)) {
        (Some(time), Some(latest)) => latest.as_second() - time.as_second() >= 3600,
        _ => false,
    }
}
