//! What a reader has found so far, and the end of every reading: order, live branch, turns, tasks.

use std::cmp::Ordering;

use guard_model::words::{
    Command, CommandOutcome, Event, EventKind, ExitTrust, FileEdit, Speaker, Statement, StatementKind, Words,
    WordsFormat, WordsInput,
};

use super::commands;
use super::json::{self, excerpt, floor};
use super::output;
use super::tasks::{Board, Op};

/// Longest command line that is kept.
const LINE_LIMIT: usize = 32 << 10;
/// Longest output that is kept, as the model says.
const OUTPUT_LIMIT: usize = 4 << 10;
/// Longest output that is kept of a command that builds, tests and hands over nothing.
const PLAIN_OUTPUT_LIMIT: usize = 1 << 10;
/// Longest error of a tool that is kept.
const ERROR_LIMIT: usize = 300;

/// Which entry of the tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct EntryId(usize);

/// Where an entry stands in time: by line of the main input, then by lane (a subagent's file), then
/// by line inside it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At {
    pub(crate) line: u64,
    pub(crate) lane: u32,
    pub(crate) sub: u64,
}

/// What a record says, before order and branches are known.
#[derive(Debug)]
enum Body {
    Said {
        kind: StatementKind,
        speaker: Speaker,
        text: String,
    },
    Did {
        kind: EventKind,
        subagent: bool,
        ops: Vec<Op>,
    },
    /// A tool was used that leaves no event; the message before it ended no turn.
    Tool,
    /// The turn ended here.
    TurnEnds,
}

#[derive(Debug)]
struct Entry {
    at: At,
    time: Option<String>,
    /// Record of the tree that decides whether this is on the live branch.
    node: Option<u32>,
    /// The message cannot have ended its turn (it was cut off, or a tool was to follow).
    unfinished: bool,
    body: Body,
}

/// The tape of one input.
#[derive(Debug)]
pub(crate) struct Tape {
    entries: Vec<Entry>,
    /// Names of the files that were read: the main one, then one a lane.
    files: Vec<String>,
    pub(crate) input: WordsInput,
    /// Whether the end of the input is missing, so that the last message may not be the last.
    pub(crate) cut_off: bool,
    /// Where and when the record is that is being read.
    pub(crate) now: Now,
}

/// The record that is being read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Now {
    pub(crate) at: At,
    pub(crate) time: Option<String>,
    pub(crate) node: Option<u32>,
    pub(crate) subagent: bool,
}

/// How a command ended, as the format tells it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending<'a> {
    pub(crate) outcome: CommandOutcome,
    pub(crate) exit_code: Option<i32>,
    /// False when the format carries no exit code.
    pub(crate) tells_exit: bool,
    pub(crate) output: &'a str,
}

impl Tape {
    pub(crate) fn new(format: WordsFormat, file: &str, reason: &str) -> Self {
        let input = WordsInput {
            format,
            place: file.to_owned(),
            reason: reason.to_owned(),
            agent: None,
            session: None,
            records: 0,
            unknown_records: 0,
            broken_records: 0,
            remarks: Vec::new(),
        };
        Self { entries: Vec::new(), files: vec![file.to_owned()], input, cut_off: false, now: Now::default() }
    }

    /// The tape with another description of its input, in its own format and place.
    pub(crate) fn with(mut self, input: WordsInput) -> Self {
        let (format, place) = (self.input.format, std::mem::take(&mut self.input.place));
        self.input = WordsInput { format, place, ..input };
        self
    }

    /// Says where and when the record is that is read next.
    pub(crate) fn begin(&mut self, at: At, time: Option<&str>, node: Option<u32>, subagent: bool) {
        let now = &mut self.now;
        (now.at, now.node, now.subagent) = (at, node, subagent);
        match (&mut now.time, time) {
            (Some(known), Some(time)) => time.clone_into(known),
            (known, time) => *known = time.map(str::to_owned),
        }
    }

    /// Tells of a line that is too long to be read.
    pub(crate) fn too_long(&mut self) {
        let limit = super::lines::LINE_LIMIT >> 20;
        self.remark(format!("lines of more than {limit} MiB are left out"));
    }

    /// Adds a file that belongs to the input and returns its lane.
    pub(crate) fn lane(&mut self, file: String) -> u32 {
        self.files.push(file);
        u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn remark(&mut self, text: impl Into<String>) {
        let text = text.into();
        if !self.input.remarks.contains(&text) {
            self.input.remarks.push(text);
        }
    }

    fn push(&mut self, body: Body) -> EntryId {
        let Now { at, time, node, .. } = self.now.clone();
        self.entries.push(Entry { at, time, node, unfinished: false, body });
        EntryId(self.entries.len() - 1)
    }

    /// Adds a statement; nothing for an empty text.
    pub(crate) fn say(&mut self, kind: StatementKind, speaker: Speaker, text: &str) -> Option<EntryId> {
        let text = text.trim();
        (!text.is_empty()).then(|| self.push(Body::Said { kind, speaker, text: text.to_owned() }))
    }

    /// What the agent wrote.
    pub(crate) fn agent_says(&mut self, text: &str) -> Option<EntryId> {
        let speaker = if self.now.subagent { Speaker::Subagent } else { Speaker::Agent };
        self.say(StatementKind::Message, speaker, text)
    }

    /// What the user asked, which ends the turn before.
    pub(crate) fn user_asks(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.turn_ends();
            self.say(StatementKind::UserRequest, Speaker::User, text);
        }
    }

    /// Continues a statement.
    pub(crate) fn append(&mut self, entry: EntryId, more: &str) {
        if let Body::Said { text, .. } = &mut self.entries[entry.0].body {
            text.push_str("\n\n");
            text.push_str(more.trim());
        }
    }

    /// Says that the turn did not end with this message.
    pub(crate) fn unfinished(&mut self, entry: EntryId) {
        self.entries[entry.0].unfinished = true;
    }

    pub(crate) fn event(&mut self, kind: EventKind) -> EntryId {
        let subagent = self.now.subagent;
        self.push(Body::Did { kind, subagent, ops: Vec::new() })
    }

    /// A tool that leaves no event was used.
    pub(crate) fn tool(&mut self) {
        if !self.now.subagent {
            self.push(Body::Tool);
        }
    }

    pub(crate) fn turn_ends(&mut self) {
        if !self.now.subagent {
            self.push(Body::TurnEnds);
        }
    }

    pub(crate) fn edit(&mut self, edit: FileEdit) -> EntryId {
        let error = edit.error.map(|error| floor(error.trim(), ERROR_LIMIT).to_owned());
        self.event(EventKind::Edit(FileEdit { error, ..edit }))
    }

    /// A command whose end is not known yet.
    pub(crate) fn command(&mut self, line: &str, cwd: Option<String>) -> EntryId {
        self.event(EventKind::Command(command_of(line, cwd)))
    }

    /// A call of a task tool that did `ops`, unless it turns out to have failed.
    pub(crate) fn task_call(&mut self, tool: &str, ok: bool, ops: Vec<Op>) -> EntryId {
        let id = self.event(EventKind::TaskCall { tool: tool.to_owned(), ok });
        self.set_ops(id, ok, ops);
        id
    }

    pub(crate) fn set_ops(&mut self, entry: EntryId, accepted: bool, new: Vec<Op>) {
        if let Body::Did { kind: EventKind::TaskCall { ok, .. }, ops, .. } = &mut self.entries[entry.0].body {
            *ok = accepted;
            *ops = new;
        }
    }

    pub(crate) fn edit_mut(&mut self, entry: EntryId) -> Option<&mut FileEdit> {
        match &mut self.entries[entry.0].body {
            Body::Did { kind: EventKind::Edit(edit), .. } => Some(edit),
            _ => None,
        }
    }

    /// Sets how an edit ended.
    pub(crate) fn edit_ended(
        &mut self,
        entry: EntryId,
        outcome: guard_model::words::EditOutcome,
        error: Option<&str>,
    ) {
        if let Some(edit) = self.edit_mut(entry) {
            edit.outcome = outcome;
            edit.error = error.map(|error| floor(error.trim(), ERROR_LIMIT).to_owned());
        }
    }

    /// How much of a command's output is worth decoding.
    pub(crate) fn output_limit(&self, entry: EntryId) -> usize {
        match &self.entries[entry.0].body {
            Body::Did { kind: EventKind::Command(command), .. } if command.purposes.is_empty() => {
                json::OUTPUT_LIMIT
            }
            _ => json::TEXT_LIMIT,
        }
    }

    pub(crate) fn command_mut(&mut self, entry: EntryId) -> Option<&mut Command> {
        match &mut self.entries[entry.0].body {
            Body::Did { kind: EventKind::Command(command), .. } => Some(command),
            _ => None,
        }
    }

    /// Sets how a command ended: outcome, trust, and what its output says.
    pub(crate) fn command_ended(&mut self, entry: EntryId, ending: Ending<'_>) {
        let Some(command) = self.command_mut(entry) else { return };
        command.outcome = ending.outcome;
        command.exit_code = ending.exit_code;
        let ran = matches!(
            ending.outcome,
            CommandOutcome::Succeeded | CommandOutcome::Failed | CommandOutcome::Unknown
        );
        command.exit_trust = match (&command.masked_by, ending.tells_exit && ran) {
            (_, false) => ExitTrust::Unknown,
            (Some(_), true) => ExitTrust::Masked,
            (None, true) => ExitTrust::Trusted,
        };
        if !ending.output.is_empty() {
            let limit = if command.purposes.is_empty() { PLAIN_OUTPUT_LIMIT } else { OUTPUT_LIMIT };
            command.output = excerpt(ending.output, limit);
        }
        if ending.outcome == CommandOutcome::Rejected {
            return;
        }
        command.reading = output::read_output(ending.output, &command.purposes);
        let told = command.masked_by.is_some() && !command.purposes.is_empty();
        if told
            && commands::prints_status(&command.line)
            && let Some(code) = output::printed_status(ending.output).filter(|code| *code != 0)
        {
            let line = ending.output.lines().rev().find(|line| !line.trim().is_empty());
            let reading = command.reading.get_or_insert(guard_model::words::OutputReading {
                passed: None,
                failed: None,
                says_failed: false,
                line: None,
            });
            if !reading.says_failed {
                reading.says_failed = true;
                reading.line = line.map(str::to_owned).or_else(|| Some(format!("exit code {code}")));
            }
        }
    }

    /// Text of the last statement of the main agent.
    pub(crate) fn last_message(&self) -> Option<&str> {
        self.entries.iter().rev().find_map(|entry| match &entry.body {
            Body::Said { speaker: Speaker::Agent, text, .. } => Some(text.as_str()),
            _ => None,
        })
    }

    /// Puts everything into order. `live` tells whether a record is on the live branch: statements
    /// that are not were taken back and are left out, events are marked.
    pub(crate) fn finish(mut self, live: impl Fn(u32) -> bool) -> Words {
        let alive = |entry: &Entry| entry.node.is_none_or(&live);
        let mut taken_back = false;
        self.entries.retain(|entry| {
            let keep = alive(entry) || matches!(entry.body, Body::Did { .. });
            taken_back |= !keep && matches!(entry.body, Body::Said { .. });
            keep
        });
        if taken_back {
            self.remark("statements on branches that were abandoned are left out");
        }
        // Subagents work side by side: between two lines of the main input time decides.
        self.entries.sort_by(|a, b| {
            let key = |entry: &Entry| (entry.at.line, entry.at.lane > 0);
            let by_time = if a.at.lane > 0 && b.at.lane > 0 { a.time.cmp(&b.time) } else { Ordering::Equal };
            key(a).cmp(&key(b)).then(by_time).then_with(|| a.at.cmp(&b.at))
        });
        self.mark_finals(&alive);

        let mut words = Words::default();
        let mut board = Board::default();
        let mut order = 0;
        for entry in self.entries {
            let live = entry.node.is_none_or(&live);
            let place = match entry.at {
                At { line, lane: 0, .. } => format!("{}:{line}", self.files[0]),
                At { lane, sub, .. } => format!("{}:{sub}", self.files[lane as usize]),
            };
            match entry.body {
                Body::Said { kind, speaker, text } => {
                    words.statements.push(Statement { kind, speaker, text, place, order, time: entry.time });
                }
                Body::Did { kind, subagent, ops } => {
                    let ok = !matches!(kind, EventKind::TaskCall { ok: false, .. });
                    if live && ok {
                        ops.into_iter().for_each(|op| board.apply(op, &place, order));
                    }
                    words.events.push(Event { kind, place, order, time: entry.time, subagent, live });
                }
                Body::Tool | Body::TurnEnds => continue,
            }
            order += 1;
        }
        words.tasks = board.into_tasks();
        words.inputs.push(self.input);
        words
    }

    /// A message is final when nothing but the end of the turn follows it.
    fn mark_finals(&mut self, alive: &impl Fn(&Entry) -> bool) {
        let mut candidate = None;
        let mut finals = Vec::new();
        for (index, entry) in self.entries.iter().enumerate().filter(|(_, entry)| alive(entry)) {
            match &entry.body {
                Body::Said { kind: StatementKind::Message, speaker: Speaker::Agent, .. } => {
                    candidate = (!entry.unfinished).then_some(index);
                }
                Body::Said { .. } => {}
                Body::TurnEnds => finals.extend(candidate.take()),
                Body::Did { kind: EventKind::Compaction, .. } | Body::Did { subagent: true, .. } => {}
                Body::Did { .. } | Body::Tool => candidate = None,
            }
        }
        if !self.cut_off {
            finals.extend(candidate);
        }
        for index in finals {
            if let Body::Said { kind, .. } = &mut self.entries[index].body {
                *kind = StatementKind::FinalMessage;
            }
        }
    }
}

/// A command whose end is not known yet, with what its line says.
pub(crate) fn command_of(line: &str, cwd: Option<String>) -> Command {
    let shape = commands::analyse(line);
    Command {
        line: excerpt(line, LINE_LIMIT),
        cwd,
        outcome: CommandOutcome::Unknown,
        exit_code: None,
        exit_trust: ExitTrust::Unknown,
        masked_by: shape.masked_by,
        purposes: shape.purposes,
        reading: None,
        output: String::new(),
    }
}
