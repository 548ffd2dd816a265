//! The fields of records that are looked at. Everything else is skipped unread.

use std::fmt;
use std::marker::PhantomData;

use guard_model::words::Command;
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::session::json::{Flag, List, Number, Text, ignore_others, read, text_of};
use crate::session::tasks::{Item, status};

/// One line. `C` is how the content of its message is read.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "C: Deserialize<'de> + Default, 'de: 'a"))]
pub(super) struct Record<'a, C> {
    #[serde(rename = "type", default, borrow)]
    pub(super) kind: Text<'a>,
    #[serde(default, borrow)]
    pub(super) uuid: Text<'a>,
    #[serde(rename = "parentUuid", default, borrow)]
    pub(super) parent_uuid: Text<'a>,
    #[serde(rename = "logicalParentUuid", default, borrow)]
    pub(super) logical_parent_uuid: Text<'a>,
    #[serde(rename = "leafUuid", default, borrow)]
    pub(super) leaf_uuid: Text<'a>,
    #[serde(rename = "isSidechain", default)]
    pub(super) is_sidechain: Flag,
    #[serde(rename = "isMeta", default)]
    pub(super) is_meta: Flag,
    #[serde(rename = "isCompactSummary", default)]
    pub(super) is_compact_summary: Flag,
    #[serde(rename = "isVisibleInTranscriptOnly", default)]
    pub(super) is_visible_in_transcript_only: Flag,
    #[serde(rename = "isApiErrorMessage", default)]
    pub(super) is_api_error_message: Flag,
    #[serde(default, borrow)]
    pub(super) timestamp: Text<'a>,
    #[serde(default, borrow)]
    pub(super) cwd: Text<'a>,
    #[serde(rename = "sessionId", default, borrow)]
    pub(super) session_id: Text<'a>,
    #[serde(rename = "session_id", default, borrow)]
    pub(super) stream_session_id: Text<'a>,
    #[serde(default, borrow)]
    pub(super) version: Text<'a>,
    #[serde(default, borrow)]
    pub(super) claude_code_version: Text<'a>,
    #[serde(default, borrow)]
    pub(super) subtype: Text<'a>,
    #[serde(rename = "agentId", default, borrow)]
    pub(super) agent_id: Text<'a>,
    #[serde(default, borrow)]
    pub(super) parent_tool_use_id: Text<'a>,
    #[serde(rename = "parentToolUseID", default, borrow)]
    pub(super) tool_use_id: Text<'a>,
    #[serde(default = "none")]
    pub(super) message: Option<Message<'a, C>>,
    #[serde(rename = "toolUseResult", default, borrow)]
    pub(super) tool_use_result: Option<&'a RawValue>,
    #[serde(rename = "tool_use_result", default, borrow)]
    pub(super) stream_tool_use_result: Option<&'a RawValue>,
    #[serde(rename = "toolDenialKind", default, borrow)]
    pub(super) tool_denial_kind: Text<'a>,
    #[serde(default, borrow)]
    pub(super) data: Option<&'a RawValue>,
    #[serde(default, borrow)]
    pub(super) attachment: Option<&'a RawValue>,
    #[serde(default, borrow)]
    pub(super) operation: Text<'a>,
    #[serde(default, borrow)]
    pub(super) content: Option<&'a RawValue>,
    #[serde(rename = "planContent", default, borrow)]
    pub(super) plan_content: Option<&'a RawValue>,
    #[serde(default, borrow)]
    pub(super) origin: Option<&'a RawValue>,
    #[serde(rename = "promptSource", default, borrow)]
    pub(super) prompt_source: Text<'a>,
    #[serde(default, borrow)]
    pub(super) result: Option<&'a RawValue>,
    #[serde(default)]
    pub(super) is_error: Flag,
}

fn none<T>() -> Option<T> {
    None
}

/// A message of either side.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "C: Deserialize<'de> + Default, 'de: 'a"))]
pub(super) struct Message<'a, C> {
    #[serde(default, borrow)]
    pub(super) id: Text<'a>,
    #[serde(default, borrow)]
    pub(super) model: Text<'a>,
    #[serde(default, borrow)]
    pub(super) stop_reason: Text<'a>,
    #[serde(default)]
    pub(super) content: C,
}

/// The content of a message.
#[derive(Debug, Default)]
pub(super) enum Content<'a> {
    #[default]
    None,
    Text(String),
    Blocks(Vec<Block<'a>>),
}

/// One block of a message.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Block<'a> {
    #[serde(rename = "type", default, borrow)]
    pub(super) kind: Text<'a>,
    #[serde(default, borrow)]
    pub(super) text: Option<&'a RawValue>,
    #[serde(default, borrow)]
    pub(super) id: Text<'a>,
    #[serde(default, borrow)]
    pub(super) name: Text<'a>,
    #[serde(default, borrow)]
    pub(super) input: Option<&'a RawValue>,
    #[serde(default, borrow)]
    pub(super) tool_use_id: Text<'a>,
    #[serde(default, borrow)]
    pub(super) content: Option<&'a RawValue>,
    #[serde(default)]
    pub(super) is_error: Flag,
    /// The command that the call runs, read already.
    #[serde(skip)]
    pub(super) command: Option<Box<Command>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<'a>(PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for V<'a> {
            type Value = Content<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or blocks")
            }
            fn visit_str<E>(self, text: &str) -> Result<Content<'a>, E> {
                Ok(Content::Text(text.to_owned()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Content<'a>, A::Error> {
                let mut blocks = Vec::new();
                while let Some(block) = seq.next_element()? {
                    blocks.push(block);
                }
                Ok(Content::Blocks(blocks))
            }
            ignore_others!(booleans);
            ignore_others!(numbers);
            ignore_others!(rest);
        }
        deserializer.deserialize_any(V(PhantomData))
    }
}

/// The content of a message, not looked into: for lines so long that a copy would hurt.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct RawContent<'a>(#[serde(borrow)] Option<&'a RawValue>);

impl<'a> RawContent<'a> {
    fn decoded(self) -> Content<'a> {
        match self.0 {
            Some(raw) if raw.get().starts_with('"') => Content::Text(text_of(Some(raw))),
            raw => read(raw).map_or(Content::None, Content::Blocks),
        }
    }
}

impl<'a> Record<'a, RawContent<'a>> {
    /// The same record with its content read as far as it is kept.
    pub(super) fn decoded(self) -> Record<'a, Content<'a>> {
        let message = self.message.map(|message| Message {
            id: message.id,
            model: message.model,
            stop_reason: message.stop_reason,
            content: message.content.decoded(),
        });
        Record {
            kind: self.kind,
            uuid: self.uuid,
            parent_uuid: self.parent_uuid,
            logical_parent_uuid: self.logical_parent_uuid,
            leaf_uuid: self.leaf_uuid,
            is_sidechain: self.is_sidechain,
            is_meta: self.is_meta,
            is_compact_summary: self.is_compact_summary,
            is_visible_in_transcript_only: self.is_visible_in_transcript_only,
            is_api_error_message: self.is_api_error_message,
            timestamp: self.timestamp,
            cwd: self.cwd,
            session_id: self.session_id,
            stream_session_id: self.stream_session_id,
            version: self.version,
            claude_code_version: self.claude_code_version,
            subtype: self.subtype,
            agent_id: self.agent_id,
            parent_tool_use_id: self.parent_tool_use_id,
            tool_use_id: self.tool_use_id,
            message,
            tool_use_result: self.tool_use_result,
            stream_tool_use_result: self.stream_tool_use_result,
            tool_denial_kind: self.tool_denial_kind,
            data: self.data,
            attachment: self.attachment,
            operation: self.operation,
            content: self.content,
            plan_content: self.plan_content,
            origin: self.origin,
            prompt_source: self.prompt_source,
            result: self.result,
            is_error: self.is_error,
        }
    }
}

/// The session that a record names.
#[derive(Debug, Deserialize)]
pub(super) struct Probe<'a> {
    #[serde(rename = "sessionId", default, borrow)]
    pub(super) session_id: Text<'a>,
}

/// Inputs of all tools that are looked at.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ToolInput<'a> {
    #[serde(default, borrow)]
    pub(super) command: Option<&'a RawValue>,
    #[serde(default, borrow)]
    pub(super) file_path: Text<'a>,
    #[serde(default, borrow)]
    pub(super) notebook_path: Text<'a>,
    #[serde(default, borrow)]
    pub(super) path: Text<'a>,
    #[serde(default)]
    pub(super) todos: List<Todo>,
    #[serde(default, borrow)]
    pub(super) subject: Text<'a>,
    #[serde(default, borrow)]
    pub(super) description: Text<'a>,
    #[serde(rename = "taskId", default, borrow)]
    pub(super) task_id: Id<'a>,
    #[serde(rename = "task_id", default, borrow)]
    pub(super) task_id_raw: Id<'a>,
    #[serde(default, borrow)]
    pub(super) id: Id<'a>,
    #[serde(default, borrow)]
    pub(super) bash_id: Text<'a>,
    #[serde(default, borrow)]
    pub(super) shell_id: Text<'a>,
    #[serde(default, borrow)]
    pub(super) status: Text<'a>,
    #[serde(default, borrow)]
    pub(super) plan: Option<&'a RawValue>,
}

impl ToolInput<'_> {
    /// The id of a background task, under the name of any generation.
    pub(super) fn background_task(&self) -> String {
        let ids =
            [self.task_id_raw.owned(), self.task_id.owned(), self.bash_id.owned(), self.shell_id.owned()];
        ids.into_iter().flatten().next().unwrap_or_default()
    }
}

/// An id that may be written as a string or a number.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Id<'a>(#[serde(borrow)] Option<&'a RawValue>);

impl Id<'_> {
    pub(super) fn owned(&self) -> Option<String> {
        let raw = self.0?.get();
        match raw.as_bytes().first()? {
            b'"' => serde_json::from_str(raw).ok().filter(|id: &String| !id.is_empty()),
            b'0'..=b'9' => Some(raw.to_owned()),
            _ => None,
        }
    }
}

/// An item of `TodoWrite`, old (with id and priority) and new.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Todo {
    #[serde(default)]
    id: Option<serde_json::Value>,
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    status: Option<String>,
}

impl Todo {
    pub(super) fn item(&self) -> Option<Item> {
        let id = match &self.id {
            Some(serde_json::Value::String(id)) if !id.is_empty() => Some(id.clone()),
            Some(serde_json::Value::Number(id)) => Some(id.to_string()),
            _ => None,
        };
        Some(Item {
            id,
            subject: self.content.clone().filter(|text| !text.is_empty())?,
            description: None,
            status: status(self.status.as_deref().unwrap_or_default()),
        })
    }
}

/// An attachment that holds what the user typed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Attachment<'a> {
    #[serde(rename = "type", default, borrow)]
    pub(super) kind: Text<'a>,
    #[serde(default, borrow)]
    pub(super) prompt: Option<&'a RawValue>,
    #[serde(default, borrow)]
    pub(super) origin: Option<&'a RawValue>,
}

/// A subagent's record inside a progress record.
#[derive(Debug, Deserialize)]
pub(super) struct AgentProgress<'a> {
    #[serde(rename = "type", default, borrow)]
    pub(super) kind: Text<'a>,
    #[serde(rename = "agentId", default, borrow)]
    pub(super) agent_id: Text<'a>,
    #[serde(default, borrow)]
    pub(super) message: Option<InnerRecord<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct InnerRecord<'a> {
    #[serde(rename = "type", default, borrow)]
    pub(super) kind: Text<'a>,
    #[serde(default, borrow)]
    pub(super) timestamp: Text<'a>,
    #[serde(default, borrow)]
    pub(super) message: Option<Message<'a, Content<'a>>>,
    #[serde(rename = "toolUseResult", default, borrow)]
    pub(super) tool_use_result: Option<&'a RawValue>,
}

/// Whether a prompt came from a person; files without these fields hold only such.
pub(super) fn is_human(origin: Option<&RawValue>, source: &str) -> bool {
    #[derive(Default, Deserialize)]
    struct Origin<'a> {
        #[serde(default, borrow)]
        kind: Text<'a>,
    }
    let origin: Origin<'_> = read(origin).unwrap_or_default();
    source != "system" && origin.kind.some().is_none_or(|kind| kind == "human")
}

/// What a text in the user's role is.
pub(super) enum UserText {
    /// What a person said.
    Words(String),
    /// News of background tasks.
    Notification,
    /// Something that the program put there.
    Nothing { ends_turn: bool },
}

/// Commands of the program itself, whose arguments ask nothing of the agent.
const BUILT_IN: [&str; 33] = [
    "/add-dir",
    "/agents",
    "/bashes",
    "/clear",
    "/compact",
    "/config",
    "/context",
    "/cost",
    "/doctor",
    "/effort",
    "/exit",
    "/export",
    "/fast",
    "/help",
    "/hooks",
    "/ide",
    "/login",
    "/logout",
    "/mcp",
    "/memory",
    "/model",
    "/output-style",
    "/permissions",
    "/plugin",
    "/quit",
    "/rename",
    "/resume",
    "/rewind",
    "/status",
    "/statusline",
    "/theme",
    "/usage",
    "/vim",
];

/// Tells a person's words from what the program writes in the user's role.
pub(super) fn words_of_user(text: &str, not_human: bool) -> UserText {
    let text = text.trim();
    if text.starts_with("<task-notification>") {
        return UserText::Notification;
    }
    // Inside a turn: reminders and feedback of hooks; the agent goes on.
    const INSIDE: [&str; 4] =
        ["Stop hook feedback:", "<user-prompt-submit-hook>", "<new-diagnostics>", "<system-notification>"];
    // Between turns.
    const BETWEEN: [&str; 10] = [
        "<local-command-",
        "<bash-input>",
        "<bash-stdout>",
        "<bash-stderr>",
        "<agent-message",
        "<teammate-message",
        "Another Claude session sent a message",
        "Operation stopped by hook",
        "Caveat: The messages below were generated",
        "<cross-session-message",
    ];
    if INSIDE.iter().any(|start| text.starts_with(start)) {
        return UserText::Nothing { ends_turn: false };
    }
    if BETWEEN.iter().any(|start| text.starts_with(start)) {
        return UserText::Nothing { ends_turn: true };
    }
    if not_human {
        return UserText::Nothing { ends_turn: false };
    }
    if text.starts_with("<command-name>") || text.starts_with("<command-message>") {
        let field = |name: &str| {
            let (_, rest) = text.split_once(&format!("<{name}>"))?;
            rest.split_once(&format!("</{name}>")).map(|(value, _)| value.trim())
        };
        let name = field("command-name").unwrap_or_default();
        return match field("command-args").filter(|args| !args.is_empty()) {
            Some(args) if !BUILT_IN.contains(&name) => UserText::Words(args.to_owned()),
            _ => UserText::Nothing { ends_turn: true },
        };
    }
    let mut words = text.to_owned();
    for tag in ["system-reminder", "ide_opened_file", "ide_selection", "ide_diagnostics", "user-memory-input"]
    {
        words = without_tag(&words, tag);
    }
    if words.trim().is_empty() {
        UserText::Nothing { ends_turn: false }
    } else {
        UserText::Words(words.trim().to_owned())
    }
}

/// The text without `<tag>…</tag>` blocks.
fn without_tag(text: &str, tag: &str) -> String {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once(&open) {
        let Some((_, after)) = inside.split_once(&close) else { break };
        kept.push_str(before);
        rest = after;
    }
    kept + rest
}

/// Kept for the shape of numbers in results.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ExitCode {
    #[serde(rename = "exitCode", default)]
    pub(super) camel: Number,
    #[serde(rename = "exit_code", default)]
    pub(super) snake: Number,
}
