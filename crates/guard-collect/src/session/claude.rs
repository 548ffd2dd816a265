//! Claude Code: session transcripts of every generation, subagents' transcripts, and the stream of
//! `claude -p --output-format stream-json`, which has the same messages under other names.

mod calls;
mod files;
mod queue;
mod record;
mod results;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

use guard_model::words::{EventKind, Speaker, StatementKind, Words, WordsFormat};
use serde_json::value::RawValue;

use super::json::{mentions, read, text_of, without_half_surrogates};
use super::lines::{Line, Lines};
use super::relay::{self, Reading};
use super::tape::{At, EntryId, Now, Tape};
use super::tree::{Link, NodeKind, Tree};
use calls::Call;
use files::subagent_files;
use record::{AgentProgress, Content, Message, RawContent, Record};

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
    let reader = Reader::new(Tape::new(format, place, reason), !subagents.is_empty());
    let lines = Lines::open(path)?;
    let (mut reader, ended) = relay::read(lines, reader);
    reader.end_of_file(ended?);
    for file in subagents {
        reader = reader.subagent_file(&file, place);
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
        let line = Line { text: Cow::Borrowed(value.get()), valid: true, too_long: false };
        reader.take(number, &line, Reader::parse(&line));
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

struct Reader {
    tape: Tape,
    /// The file that is being read: 0 is the main one.
    lane: u32,
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

impl Reading for Reader {
    type Record<'a> = Option<Box<Record<'a, Content<'a>>>>;

    fn parse<'a>(line: &'a Line<'_>) -> Self::Record<'a> {
        let text = line.text.as_ref();
        let mut record: Box<Record<'_, Content<'_>>> = if text.len() > LONG_LINE {
            Box::new(serde_json::from_str::<Record<'_, RawContent<'_>>>(text).ok()?.decoded())
        } else {
            serde_json::from_str(text).ok()?
        };
        record.message.as_mut().into_iter().for_each(calls::read_commands);
        Some(record)
    }

    fn take(&mut self, number: u64, line: &Line<'_>, record: Self::Record<'_>) {
        self.tape.input.records += 1;
        self.bad_utf8 += u64::from(!line.valid);
        self.last_broken = match record {
            Some(mut record) => {
                self.record(&mut record, number);
                false
            }
            None => !self.odd_line(line, number),
        };
        self.tape.input.broken_records += u64::from(self.last_broken);
    }
}

impl Reader {
    fn new(tape: Tape, clock: bool) -> Self {
        Self {
            tape,
            lane: 0,
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

    /// Reads a line that is no record as it stands. False when it is no JSON either.
    fn odd_line(&mut self, line: &Line<'_>, number: u64) -> bool {
        if line.too_long {
            self.tape.too_long();
            return false;
        }
        let text = line.text.as_ref();
        if let Some(fixed) = without_half_surrogates(text)
            && let Ok(mut record) = serde_json::from_str::<Record<'_, Content<'_>>>(&fixed)
        {
            self.record(&mut record, number);
            return true;
        }
        let json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() && text.starts_with('{');
        self.tape.input.unknown_records += u64::from(json);
        json
    }

    fn record(&mut self, record: &mut Record<'_, Content<'_>>, number: u64) {
        let lane = self.lane;
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
        self.tape.begin(at, record.timestamp.some(), node, subagent);
        self.dispatch(record, lane);
    }

    fn dispatch(&mut self, record: &mut Record<'_, Content<'_>>, lane: u32) {
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

    fn assistant(&mut self, record: &mut Record<'_, Content<'_>>, lane: u32) {
        let agent = self.agent_name(record, lane);
        let Some(message) = &mut record.message else { return };
        // Errors of the service and "No response requested." are not the agent's words.
        if record.is_api_error_message.0 || message.model.as_str() == "<synthetic>" {
            return;
        }
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

    fn message(&mut self, message: &mut Message<'_, Content<'_>>, agent: &str, cwd: Option<&str>) {
        let stop = message.stop_reason.as_str();
        let unfinished = matches!(stop, "tool_use" | "pause_turn" | "max_tokens");
        match &mut message.content {
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

    /// Older versions tell of a subagent's work in progress records of the main file.
    fn progress(&mut self, data: Option<&RawValue>, call: &str) {
        let Some(raw) = data.filter(|raw| mentions(raw, "\"agent_progress\"")) else { return };
        let Some(progress) = read::<AgentProgress<'_>>(Some(raw)) else { return };
        if progress.kind.as_str() != "agent_progress" {
            return;
        }
        let Some(inner) = progress.message else { return };
        let Some(mut message) = inner.message else { return };
        let agent = progress.agent_id.owned().unwrap_or_else(|| call.to_owned());
        self.tape.now.subagent = true;
        if let Some(time) = inner.timestamp.owned() {
            self.tape.now.time = Some(time);
        }
        match inner.kind.as_str() {
            "assistant" => self.message(&mut message, &agent, None),
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

    fn subagent_file(mut self, file: &Path, main: &str) -> Self {
        let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or(Cow::Borrowed("subagent"));
        let folder = Path::new(main).parent().filter(|folder| !folder.as_os_str().is_empty());
        let place = folder.map_or_else(|| name.to_string(), |folder| format!("{}/{name}", folder.display()));
        let (mut reader, end) = match Lines::open(file) {
            Ok(lines) => {
                self.lane = self.tape.lane(place.clone());
                relay::read(lines, self)
            }
            Err(error) => (self, Err(error)),
        };
        if let Err(error) = end {
            reader.tape.remark(format!("{place} could not be read: {error}"));
        }
        reader
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
