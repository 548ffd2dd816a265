//! What tool calls ask for, as far as they tell by themselves.

use guard_model::words::Command;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::record::Payload;
use super::script::{self, Js};
use crate::session::json::{List, Number, TEXT_LIMIT, Text, read, text_of, text_within};
use crate::session::tape::command_of;
use crate::session::tasks::{Item, Op, status};

/// What a call asks for.
#[derive(Debug)]
pub(super) enum Asked {
    /// A command; its directory is that of the session unless it says another.
    Command(Box<Command>),
    /// More of a running command.
    Continue(i64),
    /// More of a running script.
    Wait(String),
    /// A plan.
    Plan(Op),
    /// A patch of these files.
    Patch(Vec<String>),
    /// A script that asks for all these.
    Script(Vec<Asked>),
    Other,
}

/// Arguments of the tools that are called one by one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Arguments<'a> {
    #[serde(borrow)]
    cmd: Option<&'a RawValue>,
    #[serde(borrow)]
    command: Option<&'a RawValue>,
    #[serde(borrow)]
    workdir: Text<'a>,
    session_id: Number,
    #[serde(borrow)]
    cell_id: Text<'a>,
    plan: List<Step>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Step {
    step: Option<String>,
    status: Option<String>,
}

/// Asked by a call with arguments in JSON.
pub(super) fn of_function(payload: &Payload<'_>) -> Asked {
    let text = text_within(payload.arguments, TEXT_LIMIT);
    let arguments: Arguments<'_> = serde_json::from_str(&text).unwrap_or_default();
    match payload.name.as_str() {
        "exec_command" | "shell" | "shell_command" | "container.exec" | "local_shell" => {
            command(&command_line(arguments.cmd.or(arguments.command)), arguments.workdir.owned())
        }
        "write_stdin" => Asked::Continue(arguments.session_id.0.unwrap_or(-1)),
        "wait" => Asked::Wait(arguments.cell_id.as_str().to_owned()),
        "update_plan" => {
            let steps = arguments.plan.0.into_iter();
            plan(steps.filter_map(|step| plan_item(step.step, step.status.as_deref())).collect())
        }
        "apply_patch" => Asked::Patch(paths_of_patch(&text_of(arguments.input))),
        _ => Asked::Other,
    }
}

/// Asked by a call with a text of its own kind.
pub(super) fn of_custom(payload: &Payload<'_>) -> Asked {
    match payload.name.as_str() {
        "apply_patch" => Asked::Patch(paths_of_patch(&text_within(payload.input, TEXT_LIMIT))),
        "exec" => of_script(&text_within(payload.input, TEXT_LIMIT)),
        _ => Asked::Other,
    }
}

/// Asked by a call of the oldest kind.
pub(super) fn of_shell(payload: &Payload<'_>) -> Asked {
    let action: Arguments<'_> = read(payload.action).unwrap_or_default();
    command(&command_line(action.command), action.workdir.owned())
}

fn of_script(source: &str) -> Asked {
    let asked = |call: &script::Call| match call.tool.as_str() {
        "exec_command" => {
            let line = call.argument.get("cmd").and_then(Js::text).unwrap_or_default();
            let directory = match call.argument.get("workdir") {
                Some(Js::Text(directory)) => Some(directory.clone()),
                _ => None,
            };
            command(line, directory)
        }
        "write_stdin" => match call.argument.get("session_id") {
            Some(Js::Number(session)) => Asked::Continue(*session as i64),
            _ => Asked::Continue(-1),
        },
        "apply_patch" => {
            let patch = call.argument.text().or_else(|| call.argument.get("input").and_then(Js::text));
            Asked::Patch(paths_of_patch(patch.unwrap_or_default()))
        }
        "update_plan" => {
            let steps = match call.argument.get("plan") {
                Some(Js::List(steps)) => steps.as_slice(),
                _ => &[],
            };
            let field = |step: &Js, name: &str| step.get(name).and_then(Js::text).map(str::to_owned);
            let item = |step| plan_item(field(step, "step"), field(step, "status").as_deref());
            plan(steps.iter().filter_map(item).collect())
        }
        _ => Asked::Other,
    };
    Asked::Script(script::calls(source).iter().map(asked).collect())
}

fn command(line: &str, directory: Option<String>) -> Asked {
    Asked::Command(Box::new(command_of(line, directory)))
}

fn plan(items: Vec<Item>) -> Asked {
    Asked::Plan(Op::Replace { list: String::new(), items })
}

/// A command line, or the words of one; `bash -lc '…'` is what it runs.
fn command_line(raw: Option<&RawValue>) -> String {
    let words: Option<Vec<String>> = read(raw.filter(|raw| raw.get().starts_with('[')));
    match words.as_deref() {
        Some([shell, flag, script])
            if shell.ends_with("sh") && flag.starts_with('-') && flag.ends_with('c') =>
        {
            script.clone()
        }
        Some(words) => {
            let plain = |word: &String| {
                !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./=:,@%+".contains(c))
            };
            let quote = |word: &String| {
                if plain(word) { word.clone() } else { format!("'{}'", word.replace('\'', r"'\''")) }
            };
            words.iter().map(quote).collect::<Vec<_>>().join(" ")
        }
        None => text_of(raw),
    }
}

fn plan_item(step: Option<String>, state: Option<&str>) -> Option<Item> {
    let subject = step.filter(|step| !step.trim().is_empty())?;
    Some(Item { id: None, subject, description: None, status: status(state.unwrap_or_default()) })
}

/// The files that a patch names.
pub(crate) fn paths_of_patch(patch: &str) -> Vec<String> {
    const MARKS: [&str; 4] = ["*** Update File: ", "*** Add File: ", "*** Delete File: ", "*** Move to: "];
    let mut paths: Vec<String> = Vec::new();
    for line in patch.lines() {
        if let Some(path) = MARKS.iter().find_map(|mark| line.strip_prefix(mark)) {
            let path = path.trim();
            if !path.is_empty() && !paths.iter().any(|known| known == path) {
                paths.push(path.to_owned());
            }
        }
    }
    paths
}
