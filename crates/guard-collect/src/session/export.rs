//! Markdown exports of sessions as SpecStory writes them. They keep what was said and which
//! commands ran, but neither exit codes nor what edits changed.

use std::io;
use std::path::Path;

use guard_model::words::{CommandOutcome, EditOutcome, EventKind, FileEdit, Words, WordsFormat};

use super::json::floor;
use super::lines::Lines;
use super::tape::{At, Ending, Now, Tape};
use super::tasks::{Op, checklist};

/// Longest part of one turn that is kept.
const PART_LIMIT: usize = 1 << 20;

/// Who speaks, by the heading of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    User,
    Agent,
    Sidechain,
}

/// Reads an export.
pub(crate) fn read_export(path: &Path, place: &str, reason: &str) -> io::Result<Words> {
    let mut lines = Lines::open(path)?;
    let mut tape = Tape::new(WordsFormat::MarkdownExport, place, reason);
    tape.remark("a Markdown export: exit codes and the content of edits are not in it");
    let mut turn = None;
    let mut part = Part::default();
    let mut command_at = None;
    while let Some((number, line)) = lines.next()? {
        let text = line.text.as_ref();
        if let Some((next, time)) = heading(text).filter(|_| !part.in_tool()) {
            // What a slash command expands to stands in a turn of the same moment.
            let was_command = part.text.contains("<command-name>");
            let expanded = turn == Some(Turn::User) && command_at.is_some() && command_at == tape.now.time;
            part.flush(&mut tape, turn.filter(|_| !expanded));
            command_at = if was_command { tape.now.time.clone() } else { None };
            tape.input.records += 1;
            turn = Some(next);
            let at = At { line: number, ..At::default() };
            tape.now = Now { at, time, node: None, subagent: next == Turn::Sidechain };
            continue;
        }
        if let Some(session) = text.strip_prefix("<!-- ").and_then(|rest| rest.split_once(" Session ")) {
            tape.input.agent = Some(session.0.to_owned());
            tape.input.session = session.1.split_whitespace().next().map(str::to_owned);
            continue;
        }
        part.line(text, number, &mut tape, turn);
    }
    part.flush(&mut tape, turn);
    Ok(tape.finish(|_| true))
}

/// `_**User (2026-01-23T20:42:06Z)**_`, `_**Agent (model 2026-… - sidechain)**_`
fn heading(line: &str) -> Option<(Turn, Option<String>)> {
    let inner = line.trim().strip_prefix("_**")?.strip_suffix("**_")?;
    let (who, rest) = match inner.split_once(" (") {
        Some((who, rest)) => (who, rest.trim_end_matches(')')),
        None => (inner, ""),
    };
    let turn = match who {
        "User" => Turn::User,
        "Agent" | "Assistant" if rest.contains("sidechain") => Turn::Sidechain,
        "Agent" | "Assistant" => Turn::Agent,
        _ => return None,
    };
    let turn = if turn == Turn::User && rest.contains("sidechain") { Turn::Sidechain } else { turn };
    let time = rest.split_whitespace().find(|word| word.contains('T') && word.contains(':'));
    Some((turn, time.map(str::to_owned)))
}

/// What a turn holds up to now.
#[derive(Default)]
struct Part {
    text: String,
    /// The first line of the text.
    first: u64,
    tool: Option<Tool>,
    thinking: bool,
}

/// A tool block that is being read.
struct Tool {
    kind: String,
    name: String,
    at: u64,
    body: String,
    /// The fence that is open, so that what an output prints ends no block.
    fence: Option<String>,
}

impl Part {
    fn in_tool(&self) -> bool {
        // An output can print a heading; but a block that never closes must not swallow the rest.
        self.tool.as_ref().is_some_and(|tool| tool.fence.is_some())
    }

    fn line(&mut self, line: &str, number: u64, tape: &mut Tape, turn: Option<Turn>) {
        if let Some(tool) = &mut self.tool {
            let fence = line.trim_start();
            match &tool.fence {
                None if fence.starts_with("```") => {
                    tool.fence = Some(fence.chars().take_while(|c| *c == '`').collect());
                }
                Some(open) if fence.trim_end() == open => tool.fence = None,
                None if line.trim_end().ends_with("</tool-use>") => {
                    if let Some(tool) = self.tool.take() {
                        tool.finish(tape);
                    }
                    return;
                }
                _ => {}
            }
            if tool.body.len() < PART_LIMIT {
                tool.body.push_str(line);
                tool.body.push('\n');
            }
            return;
        }
        if let Some(rest) = line.strip_prefix("<tool-use ") {
            self.flush(tape, turn);
            let attribute = |name: &str| {
                let (_, value) = rest.split_once(&format!("{name}=\""))?;
                value.split_once('"').map(|(value, _)| value.to_owned())
            };
            self.tool = Some(Tool {
                kind: attribute("data-tool-type").unwrap_or_default(),
                name: attribute("data-tool-name").unwrap_or_default(),
                at: number,
                body: String::new(),
                fence: None,
            });
            return;
        }
        if line.starts_with("<think>") {
            self.thinking = true;
        }
        if self.thinking {
            self.thinking = !line.contains("</think>");
            return;
        }
        if line.trim() == "---" && self.text.is_empty() {
            return;
        }
        if self.text.is_empty() {
            if line.trim().is_empty() {
                return;
            }
            self.first = number;
        }
        if self.text.len() < PART_LIMIT {
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    fn flush(&mut self, tape: &mut Tape, turn: Option<Turn>) {
        if let Some(tool) = self.tool.take() {
            tool.finish(tape);
        }
        self.thinking = false;
        let text = std::mem::take(&mut self.text);
        let text = text.trim().trim_end_matches("---").trim();
        if text.is_empty() {
            return;
        }
        tape.now.at.line = self.first;
        match turn {
            Some(Turn::User) if text.starts_with("[Request interrupted by user") => {
                tape.event(EventKind::Interrupted);
            }
            Some(Turn::User) => match super::claude::words_of_user(text) {
                Some(words) => tape.user_asks(&words),
                None => tape.turn_ends(),
            },
            Some(Turn::Agent | Turn::Sidechain) => {
                tape.agent_says(text);
            }
            None => {}
        }
    }
}

impl Tool {
    fn finish(self, tape: &mut Tape) {
        tape.now.at.line = self.at;
        // The summary line, a description, the command in backticks, the output in a fence.
        let output = self.output();
        let error = output.trim_start().strip_prefix("<tool_use_error>");
        match self.kind.as_str() {
            "shell" => {
                let line = self.command();
                let entry = tape.command(&line, None);
                let (code, body) =
                    match output.strip_prefix("Exit code ").and_then(|rest| rest.split_once('\n')) {
                        Some((code, body)) => (code.trim().parse().ok(), body),
                        None => (None, output.as_str()),
                    };
                let rejected = output.starts_with("The user doesn't want to");
                let outcome = match code {
                    _ if rejected => CommandOutcome::Rejected,
                    Some(_) => CommandOutcome::Failed,
                    None => CommandOutcome::Unknown,
                };
                let tells_exit = code.is_some();
                tape.command_ended(entry, Ending { outcome, exit_code: code, tells_exit, output: body });
            }
            "write" => {
                let rejected = output.starts_with("The user doesn't want to");
                let outcome = match (rejected, error) {
                    (true, _) => EditOutcome::Rejected,
                    (_, Some(_)) => EditOutcome::Failed,
                    _ if output.contains("successfully") || output.contains("has been updated") => {
                        EditOutcome::Applied
                    }
                    _ => EditOutcome::Unknown,
                };
                let error = error.map(|error| error.replace("</tool_use_error>", ""));
                let paths = self.paths(&output);
                tape.edit(FileEdit { tool: self.name, paths, outcome, error });
            }
            "task" if !checklist(&self.body).is_empty() => {
                let items = checklist(&self.body).into_iter().map(|(_, item)| item).collect();
                tape.task_call(&self.name, true, vec![Op::Replace { list: String::new(), items }]);
            }
            _ => tape.tool(),
        }
    }

    /// The command in backticks between the summary and the output; long ones stand in a fence.
    fn command(&self) -> String {
        let head = self.body.split("\n```").next().unwrap_or_default();
        let start = head.lines().find(|line| line.starts_with('`') && !line.starts_with("```"));
        if let Some(first) = start
            && let Some(at) = head.find(first)
        {
            let rest = head[at..].trim();
            return rest.trim_start_matches('`').trim_end_matches('`').trim().to_owned();
        }
        let fenced = self.body.split_once("```bash\n").or_else(|| self.body.split_once("```sh\n"));
        fenced
            .and_then(|(_, rest)| rest.split_once("\n```"))
            .map(|(line, _)| line.to_owned())
            .unwrap_or_default()
    }

    /// What the last fence holds.
    fn output(&self) -> String {
        let body = self.body.trim_end().trim_end_matches("</details>").trim_end();
        let Some(body) = body.strip_suffix("```") else { return String::new() };
        match body.find("\n```").map(|at| (at, &body[at + 1..])) {
            Some((_, fenced)) => {
                fenced.split_once('\n').map_or("", |(_, output)| output).trim_end().to_owned()
            }
            None => String::new(),
        }
    }

    fn paths(&self, output: &str) -> Vec<String> {
        let sentence = floor(output, 2000);
        let between = |start: &str, end: &str| {
            let (_, rest) = sentence.split_once(start)?;
            rest.split_once(end).map(|(path, _)| path.trim().to_owned())
        };
        let found = between("The file ", " has been")
            .or_else(|| between("File created successfully at: ", "\n"))
            .or_else(|| {
                sentence.strip_prefix("File created successfully at: ").map(|path| path.trim().to_owned())
            });
        let named =
            self.body.lines().find_map(|line| line.strip_prefix('`')?.strip_suffix('`').map(str::to_owned));
        let named = named.filter(|path| !path.contains('`'));
        found.or(named).into_iter().collect()
    }
}
