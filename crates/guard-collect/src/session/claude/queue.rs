//! What reaches the agent in the middle of its turn: words that the user typed meanwhile, and news of
//! background tasks.

use guard_model::words::{Speaker, StatementKind};
use serde_json::value::RawValue;

use super::calls::Call;
use super::record::{self, Attachment, Content, Record};
use super::{Reader, results};
use crate::session::json::{mentions, read, text_of};
use crate::session::tape::Now;

impl Reader {
    pub(super) fn attachment(&mut self, attachment: Option<&RawValue>) {
        // Attachments are many and large; only this one holds words.
        let Some(raw) = attachment.filter(|raw| mentions(raw, "\"queued_command\"")) else { return };
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

    pub(super) fn queue_operation(&mut self, record: &Record<'_, Content<'_>>) {
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

    /// Outcomes of background commands that the agent was told.
    pub(super) fn notification(&mut self, text: &str) {
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
}
