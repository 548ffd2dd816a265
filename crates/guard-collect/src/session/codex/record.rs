//! The fields of records that are looked at. Everything else is skipped unread.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::calls::{self, Asked};
use super::outputs::Output;
use crate::session::json::{Number, Text};

#[derive(Debug, Default, Deserialize)]
pub(super) struct Record<'a> {
    #[serde(rename = "type", default, borrow)]
    pub(super) kind: Text<'a>,
    #[serde(default, borrow)]
    pub(super) timestamp: Text<'a>,
    #[serde(default, borrow)]
    pub(super) payload: Box<Payload<'a>>,
    /// What follows from the record alone.
    #[serde(skip)]
    pub(super) part: Part<'a>,
}

/// What a tool call or its output says, whatever the records before it said.
#[derive(Debug, Default)]
pub(super) enum Part<'a> {
    #[default]
    None,
    Call(Asked),
    Output(Output<'a>),
}

/// All fields of all payloads that are looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Payload<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) kind: Text<'a>,
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) cwd: Text<'a>,
    #[serde(borrow)]
    pub(super) cli_version: Text<'a>,
    #[serde(borrow)]
    pub(super) role: Text<'a>,
    #[serde(borrow)]
    pub(super) phase: Text<'a>,
    #[serde(borrow)]
    pub(super) message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) call_id: Text<'a>,
    #[serde(borrow)]
    pub(super) arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) input: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) output: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) action: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) success: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) stderr: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) aggregated_output: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) changes: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) last_agent_message: Option<&'a RawValue>,
    pub(super) exit_code: Number,
    pub(super) num_turns: Number,
}

impl<'a> Record<'a> {
    /// Parses a line; nothing when it is no record.
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        let mut record: Self = serde_json::from_str(line).ok()?;
        if record.kind.as_str() == "response_item" {
            let payload = &record.payload;
            record.part = match payload.kind.as_str() {
                "function_call" => Part::Call(calls::of_function(payload)),
                "custom_tool_call" => Part::Call(calls::of_custom(payload)),
                "local_shell_call" => Part::Call(calls::of_shell(payload)),
                "function_call_output" | "custom_tool_call_output" | "local_shell_call_output" => {
                    Part::Output(Output::of(payload.output))
                }
                _ => Part::None,
            };
        }
        Some(record)
    }
}
