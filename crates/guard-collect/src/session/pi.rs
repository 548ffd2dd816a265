//! Oh My Pi and pi: sessions of version 3; and the compact transcripts of checkpoints
//! (`{"v":1,…}`), which hold the same messages of any agent without their results.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use guard_model::words::{EventKind, Words, WordsFormat};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::generic::{self, Made};
use super::json::{Flag, List, Text, read, text_of, without_half_surrogates};
use super::lines::{Line, Lines};
use super::tape::{At, Tape};
use super::tree::{Link, NodeKind, Tree};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Record<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(rename = "parentId", borrow)]
    parent: Text<'a>,
    #[serde(borrow)]
    timestamp: Text<'a>,
    #[serde(borrow)]
    ts: Text<'a>,
    #[serde(borrow)]
    cwd: Text<'a>,
    #[serde(borrow)]
    agent: Text<'a>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Message<'a> {
    #[serde(borrow)]
    role: Text<'a>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(rename = "stopReason", borrow)]
    stop_reason: Text<'a>,
    #[serde(rename = "toolCallId", borrow)]
    tool_call: Text<'a>,
    #[serde(rename = "isError")]
    is_error: Flag,
    #[serde(borrow)]
    details: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Block<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
}

/// The result that some compact transcripts keep with a call.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ShortResult<'a> {
    #[serde(borrow)]
    output: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Text<'a>,
}

struct Reader {
    tape: Tape,
    tree: Tree,
    calls: HashMap<String, Made>,
    cwd: Option<String>,
    last_broken: bool,
    bad_utf8: u64,
}

/// Reads a session or a compact transcript.
pub(crate) fn read_session(path: &Path, place: &str, reason: &str, format: WordsFormat) -> io::Result<Words> {
    let mut reader = Reader {
        tape: Tape::new(format, place, reason),
        tree: Tree::default(),
        calls: HashMap::new(),
        cwd: None,
        last_broken: false,
        bad_utf8: 0,
    };
    let mut lines = Lines::open(path)?;
    while let Some((number, line)) = lines.next()? {
        if line.is_blank() {
            continue;
        }
        reader.tape.input.records += 1;
        reader.bad_utf8 += u64::from(!line.valid);
        reader.last_broken = !reader.line(&line, number);
        reader.tape.input.broken_records += u64::from(reader.last_broken);
    }
    Ok(reader.finish(lines.ended))
}

impl Reader {
    fn line(&mut self, line: &Line<'_>, number: u64) -> bool {
        if line.too_long {
            self.tape.too_long();
            return false;
        }
        let text = line.text.as_ref();
        let fixed = without_half_surrogates(text);
        let Ok(record) = serde_json::from_str::<Record<'_>>(fixed.as_deref().unwrap_or(text)) else {
            let json = text.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
            self.tape.input.unknown_records += u64::from(json);
            return json;
        };
        let time = record.timestamp.some().or_else(|| record.ts.some());
        self.tape.begin(At { line: number, ..At::default() }, time, None, false);
        if self.tape.input.format == WordsFormat::CompactTranscript {
            self.compact(&record);
        } else {
            self.entry(&record);
        }
        true
    }

    fn compact(&mut self, record: &Record<'_>) {
        if self.tape.input.agent.is_none() {
            self.tape.input.agent = record.agent.owned();
        }
        match record.kind.as_str() {
            "user" => self.user(record.content),
            "assistant" => self.assistant(record.content, ""),
            _ => self.tape.input.unknown_records += 1,
        }
    }

    fn entry(&mut self, record: &Record<'_>) {
        let message: Message<'_> = read(record.message).unwrap_or_default();
        if let Some(id) = record.id.some().filter(|_| record.kind.as_str() != "session") {
            let kind = match message.role.as_str() {
                "user" => NodeKind::Prompt,
                "assistant" => NodeKind::Assistant,
                _ => NodeKind::Other,
            };
            let link = Link {
                id,
                parent: record.parent.some(),
                logical_parent: None,
                kind,
                message: id,
                session: "",
            };
            self.tape.now.node = self.tree.add(link);
            if self.tape.now.node.is_none() {
                self.tape.remark("some records stand twice and are read once");
                return;
            }
        }
        match record.kind.as_str() {
            "session" => {
                self.tape.input.session = record.id.owned();
                self.cwd = record.cwd.owned();
            }
            "message" => match message.role.as_str() {
                "user" => self.user(message.content),
                "assistant" => self.assistant(message.content, message.stop_reason.as_str()),
                "toolResult" => {
                    if let Some(made) = self.calls.remove(message.tool_call.as_str()) {
                        let text = text_of(message.content);
                        generic::tool_result(
                            &mut self.tape,
                            made,
                            message.is_error.0,
                            &text,
                            message.details,
                        );
                    }
                }
                _ => {}
            },
            "compaction" => {
                self.tape.event(EventKind::Compaction);
            }
            "title"
            | "thinking_level_change"
            | "model_change"
            | "service_tier_change"
            | "branch_summary"
            | "reset_boundary"
            | "custom"
            | "custom_message"
            | "label"
            | "title_change"
            | "ttsr_injection"
            | "credential_pin"
            | "session_init"
            | "mode_change"
            | "session_info" => {}
            _ => self.tape.input.unknown_records += 1,
        }
    }

    fn user(&mut self, content: Option<&RawValue>) {
        let text = text_of(content);
        self.tape.user_asks(&text);
    }

    fn assistant(&mut self, content: Option<&RawValue>, stop: &str) {
        let blocks: List<Block<'_>> = read(content).unwrap_or_default();
        let mut said = None;
        for block in &blocks.0 {
            match block.kind.as_str() {
                "text" | "" => {
                    let text = text_of(block.text);
                    match said.filter(|_| !text.trim().is_empty()) {
                        Some(entry) => self.tape.append(entry, &text),
                        None => said = self.tape.agent_says(&text),
                    }
                }
                "toolCall" | "tool_use" => {
                    said = None;
                    self.call(block);
                }
                _ => {}
            }
        }
        if let Some(entry) = said
            && matches!(stop, "toolUse" | "aborted" | "error" | "length")
        {
            self.tape.unfinished(entry);
        }
        if stop == "aborted" {
            self.tape.event(EventKind::Interrupted);
        }
    }

    fn call(&mut self, block: &Block<'_>) {
        let arguments = block.arguments.or(block.input);
        let made = generic::tool_call(&mut self.tape, block.name.as_str(), arguments, self.cwd.as_deref());
        if let Some(result) = read::<ShortResult<'_>>(block.result) {
            let error = matches!(result.status.as_str(), "error" | "failed" | "failure");
            generic::tool_result(&mut self.tape, made, error, &text_of(result.output), None);
        } else if made != Made::Nothing {
            self.calls.insert(block.id.as_str().to_owned(), made);
        }
    }

    fn finish(mut self, ended: bool) -> Words {
        if self.last_broken && !ended {
            self.tape.cut_off = true;
            self.tape.remark("the last line is cut off");
        }
        if self.bad_utf8 > 0 {
            self.tape.remark(format!("{} lines are not valid UTF-8", self.bad_utf8));
        }
        if self.tape.input.format == WordsFormat::PiSession {
            self.tape.input.agent.get_or_insert_with(|| "Oh My Pi".to_owned());
        }
        let live = self.tree.live();
        self.tape.finish(|node| live.contains(node))
    }
}
