//! What an agent writes to a hook's standard input. Every field is optional: agents differ, and their versions too.
//! Source: the hooks reference of Claude Code and the schemas of Codex's hooks.

use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// Bytes of an event that are read at most; a final message of a megabyte is no message.
const MAX_EVENT: u64 = 16 << 20;

/// One event.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Event {
    /// The session's id.
    pub(super) session_id: String,
    /// The session's transcript; it may lag behind, and be missing.
    pub(super) transcript_path: Option<PathBuf>,
    /// Where the agent works.
    pub(super) cwd: Option<PathBuf>,
    /// The prompt that the turn answers (Claude Code).
    pub(super) prompt_id: Option<String>,
    /// What the user asks for.
    pub(super) prompt: Option<String>,
    /// The turn (Codex, which always sends it).
    pub(super) turn_id: Option<String>,
    /// What the agent said last.
    pub(super) last_assistant_message: Option<String>,
    /// What still runs in the background.
    pub(super) background_tasks: Vec<BackgroundTask>,
    /// The transcript of a subagent.
    pub(super) agent_transcript_path: Option<PathBuf>,
    /// Which subagent.
    pub(super) agent_id: Option<String>,
    /// The task that was completed.
    pub(super) task_subject: Option<String>,
    /// More of it.
    pub(super) task_description: Option<String>,
    /// What a tool is about to be given.
    pub(super) tool_input: ToolInput,
    /// Why a session starts: `startup`, `resume`, `clear`, `compact`, `fork`.
    pub(super) source: Option<String>,
}

/// Work that goes on after the turn.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct BackgroundTask {
    /// `shell`, `subagent`, …
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// `running`, `completed`, …
    pub(super) status: String,
    /// For people.
    pub(super) description: String,
}

/// What a tool is given; only commands matter here.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ToolInput {
    /// The command line of a shell tool.
    pub(super) command: Option<Line>,
}

/// A command line: text, or words (Codex).
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Line {
    /// As typed.
    Text(String),
    /// As given to the system.
    Words(Vec<String>),
}

impl Line {
    /// The line as a shell would read it.
    pub(super) fn text(&self) -> String {
        match self {
            Line::Text(text) => text.clone(),
            // `["bash", "-lc", "git commit"]`
            Line::Words(words) => {
                words.last().filter(|_| words.len() == 3).cloned().unwrap_or_else(|| words.join(" "))
            }
        }
    }
}

impl Event {
    /// Reads one event.
    ///
    /// # Errors
    /// When it is too large, or no JSON object.
    pub(super) fn read(input: impl Read) -> Result<Event> {
        let mut bytes = Vec::new();
        input.take(MAX_EVENT + 1).read_to_end(&mut bytes).context("the event cannot be read")?;
        ensure!(bytes.len() as u64 <= MAX_EVENT, "the event has more than {} MiB", MAX_EVENT >> 20);
        ensure!(
            !bytes.trim_ascii().is_empty(),
            "no event came on standard input; agents start this hook, people run `guard check`"
        );
        serde_json::from_slice(&bytes).context("the event is no JSON object that agents write")
    }

    /// Whether Codex sent it.
    pub(super) fn is_codex(&self) -> bool {
        self.turn_id.is_some()
    }

    /// The prompt or turn.
    pub(super) fn turn(&self) -> &str {
        self.prompt_id.as_deref().or(self.turn_id.as_deref()).unwrap_or_default()
    }

    /// Background work that is not done yet.
    pub(super) fn still_runs(&self) -> Option<&BackgroundTask> {
        let is_work =
            |t: &&BackgroundTask| t.status == "running" && matches!(t.kind.as_str(), "shell" | "subagent");
        self.background_tasks.iter().find(is_work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_both_agents_are_read_and_unknown_fields_are_none_of_our_business() {
        let claude = br#"{"session_id":"s","transcript_path":"/t.jsonl","cwd":"/r","hook_event_name":"Stop","prompt_id":"p",
            "permission_mode":"default","effort":{"level":"high"},"stop_hook_active":false,"last_assistant_message":"Done.",
            "background_tasks":[{"id":"1","type":"shell","status":"running","description":"npm run dev","command":"npm run dev"}]}"#;
        let event = Event::read(&claude[..]).unwrap();
        assert_eq!((event.turn(), event.is_codex()), ("p", false));
        assert_eq!(event.still_runs().map(|t| t.description.as_str()), Some("npm run dev"));
        let codex = br#"{"cwd":"/r","hook_event_name":"Stop","last_assistant_message":null,"model":"m","permission_mode":"default",
            "session_id":"s","stop_hook_active":false,"transcript_path":null,"turn_id":"7","tool_input":{"command":["bash","-lc","git commit -m x"]}}"#;
        let event = Event::read(&codex[..]).unwrap();
        assert_eq!((event.turn(), event.is_codex()), ("7", true));
        assert_eq!(event.tool_input.command.unwrap().text(), "git commit -m x");
    }

    #[test]
    fn what_is_no_event_says_so() {
        for (bytes, expected) in [
            ("", "no event"),
            ("  \n", "no event"),
            ("[1]", "no JSON object"),
            ("{\"cwd\":", "no JSON object"),
        ] {
            let error = Event::read(bytes.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{bytes}: {error}");
        }
        assert!(Event::read(std::io::repeat(b' ')).unwrap_err().to_string().contains("16 MiB"));
    }
}
