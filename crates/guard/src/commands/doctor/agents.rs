//! Hooks of agents: whether they are written down, reachable, in time, and not switched off.

use std::fs;
use std::path::{Path, PathBuf};

use guard_collect::repo::Repo;
use guard_collect::session::HomeDirs;
use serde_json::Value;

use super::Line;
use crate::commands::init::json_text::{self, Node};
use crate::commands::init::settings::{Agent, calls, hook_of};
use crate::commands::on_path;
use crate::pipeline::Place;

/// Where an administrator decides for Claude Code.
const MANAGED: [&str; 2] = [
    "/etc/claude-code/managed-settings.json",
    "/Library/Application Support/ClaudeCode/managed-settings.json",
];

/// A file of settings that could be read.
struct Settings {
    path: PathBuf,
    text: String,
    root: Node,
}

impl Settings {
    fn flag(&self, name: &str) -> bool {
        self.root.get(name).is_some_and(|n| json_text::value(&self.text, n) == Value::Bool(true))
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}

pub(super) fn agents(repo: &Repo, place: &Place<'_>) -> Vec<Line> {
    let Some(top) = repo.top() else { return Vec::new() };
    let home = HomeDirs::of(place.surroundings);
    let mut lines = claude(top, home.claude.as_deref(), place);
    lines.extend(codex(top, home.codex.as_deref(), place));
    lines
}

fn claude(top: &Path, home: Option<&Path>, place: &Place<'_>) -> Vec<Line> {
    const PART: &str = "claude";
    let mut paths = vec![top.join(".claude/settings.json"), top.join(".claude/settings.local.json")];
    paths.extend(home.map(|home| home.join("settings.json")));
    paths.extend(MANAGED.map(PathBuf::from));
    let (files, mut lines) = read(&paths, PART);
    let is_managed = |s: &&Settings| MANAGED.iter().any(|m| s.path == Path::new(m));
    if let Some(off) = files.iter().find(|s| s.flag("disableAllHooks")) {
        lines.push(Line::broken(
            PART,
            format!("all hooks are switched off: `disableAllHooks` in {}", off.name()),
            "take that setting out",
        ));
    }
    if let Some(off) = files.iter().filter(is_managed).find(|s| s.flag("allowManagedHooksOnly")) {
        lines.push(Line::broken(
            PART,
            format!("only an administrator's hooks run: `allowManagedHooksOnly` in {}", off.name()),
            "ask for guard's hooks there",
        ));
    }
    let plugin = files.iter().find(|s| {
        let enabled = s.root.get("enabledPlugins").map(|n| json_text::value(&s.text, n)).unwrap_or_default();
        enabled
            .as_object()
            .is_some_and(|all| all.iter().any(|(k, v)| k.starts_with("guard@") && *v == Value::Bool(true)))
    });
    if let Some(file) = plugin {
        lines.push(Line::ok(PART, format!("the plugin is enabled in {}", file.name())));
        return lines;
    }
    lines.extend(installed(Agent::Claude, PART, &files, top, place));
    lines
}

fn codex(top: &Path, home: Option<&Path>, place: &Place<'_>) -> Vec<Line> {
    const PART: &str = "codex";
    let mut paths = vec![top.join(".codex/hooks.json")];
    paths.extend(home.map(|home| home.join("hooks.json")));
    let (files, mut lines) = read(&paths, PART);
    // Whoever does not use it does not want to hear of it.
    if files.is_empty() && lines.is_empty() && !top.join(".codex").is_dir() {
        return Vec::new();
    }
    for dir in [Some(top.join(".codex")), home.map(Path::to_owned)].into_iter().flatten() {
        let path = dir.join("config.toml");
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let table: toml::Table = text.parse().unwrap_or_default();
        if table.get("features").and_then(|f| f.get("hooks")).and_then(toml::Value::as_bool) == Some(false) {
            lines.push(Line::broken(
                PART,
                format!("hooks are switched off: `features.hooks = false` in {}", path.display()),
                "take that setting out",
            ));
        }
    }
    if files.iter().any(|f| f.path.starts_with(top)) && !home.is_some_and(|home| trusts(home, top)) {
        lines.push(Line::warn(
            PART,
            format!("Codex takes no hooks from a project that it does not trust, and nothing in its config.toml trusts {}", top.display()),
            "start `codex` here and answer that you trust it, or `codex exec --trust` once",
        ));
    }
    lines.extend(installed(Agent::Codex, PART, &files, top, place));
    lines
}

/// Whether Codex's own settings trust the project. Source: `projects` in Codex's configuration reference; seen with
/// Codex 0.169, which takes a project's `.codex` only then.
fn trusts(home: &Path, top: &Path) -> bool {
    let text = fs::read_to_string(home.join("config.toml")).unwrap_or_default();
    let table: toml::Table = text.parse().unwrap_or_default();
    let Some(projects) = table.get("projects").and_then(toml::Value::as_table) else { return false };
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let is_trusted =
        |settings: &toml::Value| settings.get("trust_level").and_then(toml::Value::as_str) == Some("trusted");
    projects.iter().any(|(path, settings)| is_trusted(settings) && real(Path::new(path)) == real(top))
}

/// Reads what is there; a line for each file that cannot be read.
fn read(paths: &[PathBuf], part: &'static str) -> (Vec<Settings>, Vec<Line>) {
    let (mut files, mut lines) = (Vec::new(), Vec::new());
    for path in paths {
        let Ok(text) = fs::read_to_string(path) else { continue };
        match json_text::parse(&text) {
            Ok(root) => files.push(Settings { path: path.clone(), text, root }),
            Err(wrong) => lines.push(Line::broken(
                part,
                format!("{} is not readable: {wrong}", path.display()),
                "mend it; until then the agent takes none of its settings",
            )),
        }
    }
    (files, lines)
}

/// Whether the events that guard wants call it, and whether that would work.
fn installed(
    agent: Agent,
    part: &'static str,
    files: &[Settings],
    top: &Path,
    place: &Place<'_>,
) -> Vec<Line> {
    let mut lines = Vec::new();
    let (mut there, mut missing, mut named) = (Vec::new(), Vec::new(), Vec::new());
    let mut events: Vec<String> = agent.groups().into_iter().map(|(event, _)| event).collect();
    events.dedup();
    for event in &events {
        let mut is_there = false;
        for file in files {
            for (line, timeout) in calls(&file.text, &file.root, event) {
                if hook_of(&line).is_none() {
                    continue;
                }
                is_there = true;
                if !named.contains(&file.name()) {
                    named.push(file.name());
                }
                lines.extend(call(part, event, &line, timeout, top, place));
            }
        }
        if is_there { there.push(event.as_str()) } else { missing.push(event.as_str()) }
    }
    let next = match agent {
        Agent::Claude => "`guard init` writes them",
        Agent::Codex => "`guard init --agent codex` writes them",
    };
    if there.is_empty() {
        lines.push(Line::warn(part, format!("no hooks of {} call guard here", agent.name()), next));
        return lines;
    }
    if !missing.is_empty() {
        lines.push(Line::warn(part, format!("no hook calls guard at {}", missing.join(", ")), next));
    }
    let message = format!("{} call guard ({})", there.join(", "), named.join(", "));
    lines.push(match agent {
        Agent::Claude => Line::ok(part, message),
        Agent::Codex => Line {
            next: Some("whether they are trusted only Codex knows: `/hooks`".to_owned()),
            ..Line::ok(part, message)
        },
    });
    lines
}

/// What is wrong with one call.
fn call(
    part: &'static str,
    event: &str,
    line: &str,
    timeout: Option<u64>,
    top: &Path,
    place: &Place<'_>,
) -> Option<Line> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let program = words.first()?.trim_matches(['"', '\'']);
    // What a shell would have to expand is not guessed.
    let is_plain =
        program.rsplit('/').next() == Some("guard") && !program.contains('$') && !program.starts_with('~');
    if is_plain && on_path(place, program, top).is_none() {
        return Some(Line::broken(
            part,
            format!("{event} calls `{program}`, which is not found: the agent goes on unchecked"),
            "put guard on the PATH that the agent is started with",
        ));
    }
    let at = words.iter().position(|w| *w == "--limit")?;
    let limit: u64 = words.get(at + 1)?.parse().ok()?;
    // Without a limit of its own a handler has ten minutes.
    let timeout = timeout.unwrap_or(600);
    (limit >= timeout).then(|| {
        Line::warn(
            part,
            format!("{event} is cut off after {timeout} s, before guard gives up at {limit} s: no answer is no refusal"),
            "give `--limit` about four fifths of the hook's timeout",
        )
    })
}
