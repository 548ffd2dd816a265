//! `guard doctor`: whether guard would be asked, and whether it could answer. Every line is what was seen, and what to do
//! next where something is wrong. Nothing is changed, and nothing of the repository is run.

mod agents;
mod git;
mod machine;
mod runs;

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use guard_collect::repo::Repo;
use serde::Serialize;

use super::{in_words, print};
use crate::cli::{DoctorArgs, TextOrJson};
use crate::pipeline::{self, Place};
use crate::render;
use crate::terminal;

/// Exit code when something is broken.
const EXIT_BROKEN: u8 = 1;

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// It works.
    Ok,
    /// It works in part, or is not there.
    Warn,
    /// It is there and does not work.
    Broken,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Warn => "warn",
            State::Broken => "broken",
        }
    }

    fn style(self) -> Style {
        let color = match self {
            State::Ok => AnsiColor::Green,
            State::Warn => AnsiColor::Yellow,
            State::Broken => AnsiColor::Red,
        };
        Style::new().bold().fg_color(Some(color.into()))
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Line {
    part: &'static str,
    state: State,
    message: String,
    /// What to do next.
    next: Option<String>,
}

impl Line {
    fn ok(part: &'static str, message: impl Into<String>) -> Line {
        Line { part, state: State::Ok, message: message.into(), next: None }
    }

    fn warn(part: &'static str, message: impl Into<String>, next: impl Into<String>) -> Line {
        Line { part, state: State::Warn, message: message.into(), next: Some(next.into()) }
    }

    fn broken(part: &'static str, message: impl Into<String>, next: impl Into<String>) -> Line {
        Line { part, state: State::Broken, message: message.into(), next: Some(next.into()) }
    }
}

/// Everything, for programs.
#[derive(Serialize)]
struct Findings<'a> {
    schema_version: u32,
    guard: &'static str,
    state: State,
    lines: &'a [Line],
}

/// Looks at everything and prints it.
pub(super) fn doctor(args: &DoctorArgs, place: &Place<'_>) -> Result<u8> {
    let mut lines = Vec::new();
    let opened = pipeline::open(args.repo.as_deref(), place);
    lines.push(machine::git(place));
    lines.push(machine::on_path(place));
    match &opened {
        Ok((repo, scratch)) => {
            lines.extend(agents::agents(repo, place));
            lines.extend(git::hooks(repo, place));
            lines.push(policy(repo));
            lines.extend(machine::toolchain(repo, place));
            lines.push(machine::sandbox(repo, place));
            lines.push(machine::disk(scratch, place));
            lines.push(runs::runs(scratch));
        }
        Err(error) => {
            let next = "run `guard doctor` in a repository, or name one with --repo DIR";
            lines.push(Line::broken("repository", in_words(error), next));
        }
    }
    let state = lines.iter().map(|l| l.state).max().unwrap_or(State::Ok);
    match args.format {
        TextOrJson::Json => {
            let all = Findings { schema_version: 1, guard: env!("CARGO_PKG_VERSION"), state, lines: &lines };
            print(&format!("{}\n", serde_json::to_string_pretty(&all)?))?;
        }
        TextOrJson::Text => {
            print(&text(&lines, terminal::wants_color(args.color), terminal::width()))?;
        }
    }
    Ok(if state == State::Broken { EXIT_BROKEN } else { 0 })
}

/// One line a part; what is said of it wraps below itself.
fn text(lines: &[Line], color: bool, width: usize) -> String {
    const STATE: usize = 8;
    const PART: usize = 12;
    let mut text = String::new();
    let indent = STATE + PART;
    for line in lines {
        let (on, off) = if color {
            let style = line.state.style();
            (style.render().to_string(), style.render_reset().to_string())
        } else {
            (String::new(), String::new())
        };
        let state = line.state.as_str();
        let room = width.saturating_sub(indent);
        let next = line.next.iter().flat_map(|next| render::wrapped(&format!("→ {next}"), room));
        let rows = render::wrapped(&line.message, room).into_iter().chain(next);
        for (i, row) in rows.enumerate() {
            // Writing to a string cannot fail.
            let _ = if i == 0 {
                writeln!(text, "{on}{state:STATE$}{off}{:PART$}{row}", line.part)
            } else {
                writeln!(text, "{:indent$}{row}", "")
            };
        }
    }
    text
}

/// The policy in the work tree, and whether it is in force.
fn policy(repo: &Repo) -> Line {
    const PART: &str = "policy";
    let Some(top) = repo.top() else {
        return Line::ok(PART, "a bare repository: each check reads base's guard.toml");
    };
    let path = top.join(pipeline::POLICY_FILE);
    if !path.exists() {
        return Line::ok(PART, "no guard.toml: the built-in default is in force");
    }
    match pipeline::parse_policy_file(&path) {
        Err(error) => {
            Line::broken(PART, in_words(&error), "mend guard.toml; `guard policy check` says whether it is")
        }
        Ok(_) => match repo.committed(pipeline::POLICY_FILE) {
            Ok(true) => Line::ok(PART, "guard.toml is readable, and committed"),
            _ => Line::warn(
                PART,
                "guard.toml is readable but not committed, and a policy is read from the base of a change",
                "commit it",
            ),
        },
    }
}
