//! Hooks of agents, merged into the settings that are there.

use serde_json::Value;

use super::json_text::{self, Kind, Node};

/// What the plugin for Claude Code calls is what `guard init` writes.
const CLAUDE: &str = include_str!("../../../../../plugins/guard/hooks/hooks.json");

/// The same for Codex, whose handlers are lines for a shell.
const CODEX: &str = include_str!("../../../../../plugins/codex/hooks.json");

/// An agent whose hooks guard can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Agent {
    /// Claude Code: .claude/settings.json
    Claude,
    /// Codex: .codex/hooks.json
    Codex,
}

impl Agent {
    /// All of them.
    pub(crate) const ALL: [Agent; 2] = [Agent::Claude, Agent::Codex];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Agent::Claude => "Claude Code",
            Agent::Codex => "Codex",
        }
    }

    /// The file that names its hooks, below the repository's root.
    pub(crate) fn file(self) -> &'static str {
        match self {
            Agent::Claude => ".claude/settings.json",
            Agent::Codex => ".codex/hooks.json",
        }
    }

    fn template(self) -> &'static str {
        match self {
            Agent::Claude => CLAUDE,
            Agent::Codex => CODEX,
        }
    }

    /// The events and what is called at them, as text indented by two columns a level.
    pub(crate) fn groups(self) -> Vec<(String, String)> {
        let text = self.template();
        let Ok(root) = json_text::parse(text) else { return Vec::new() };
        let Some(Node { kind: Kind::Object(events), .. }) = root.get("hooks") else { return Vec::new() };
        let group = |node: &Node| outdented(text, node.span.start, &text[node.span.clone()]);
        events.iter().flat_map(|e| e.value.elements().iter().map(|g| (e.key.clone(), group(g)))).collect()
    }
}

/// A value's text as it would stand at the left margin.
fn outdented(text: &str, start: usize, value: &str) -> String {
    let line = &text[text[..start].rfind('\n').map_or(0, |n| n + 1)..];
    let indent = line.len() - line.trim_start_matches(' ').len();
    let strip = |line: &str| line.get(indent..).unwrap_or_default().to_owned();
    let mut lines = value.lines();
    let first = lines.next().unwrap_or_default().to_owned();
    std::iter::once(first).chain(lines.map(strip)).collect::<Vec<_>>().join("\n")
}

/// What was added to a file of settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Added {
    /// Groups of hooks, by event.
    pub(super) groups: Vec<(String, Value)>,
    /// Lists that were made for them: `hooks`, or the name of an event.
    pub(super) made: Vec<String>,
}

/// The text with the agent's groups that it does not have yet; what is wrong with it, when it is no settings file.
pub(super) fn merged(text: &str, agent: Agent) -> Result<(String, Added), String> {
    let mut added = Added::default();
    let mut out = if text.trim_start_matches('\u{feff}').trim().is_empty() {
        "{}\n".to_owned()
    } else {
        text.to_owned()
    };
    for (event, group) in agent.groups() {
        let root = object(&out)?;
        if calls(&out, &root, &event).any(|(line, _)| is_same_call(&line, &group)) {
            continue;
        }
        if root.get("hooks").is_none() {
            out = json_text::append(&out, &root, "\"hooks\": {}");
            added.made.push("hooks".to_owned());
        }
        let root = object(&out)?;
        let hooks = root.get("hooks").ok_or("`hooks` went missing")?;
        match hooks.get(&event) {
            None => {
                out = json_text::append(&out, hooks, &format!("\"{event}\": []"));
                added.made.push(event.clone());
            }
            Some(Node { kind: Kind::Array(_), .. }) => {}
            Some(_) => return Err(format!("`hooks.{event}` is no list")),
        }
        let root = object(&out)?;
        let list = root.get("hooks").and_then(|h| h.get(&event)).ok_or("a list went missing")?;
        out = json_text::append(&out, list, &group);
        added.groups.push((event, serde_json::from_str(&group).map_err(|e| e.to_string())?));
    }
    Ok((out, added))
}

/// The text without what was added; `None` when some of it is not there any more as it was.
pub(super) fn without(text: &str, added: &Added) -> Option<String> {
    let mut out = text.to_owned();
    for (event, group) in &added.groups {
        let root = object(&out).ok()?;
        let list = root.get("hooks")?.get(event)?;
        let at = list.elements().iter().position(|e| json_text::value(&out, e) == *group)?;
        out = json_text::remove(&out, list, at);
    }
    // Events first: `hooks` was made before them.
    for name in added.made.iter().rev() {
        let root = object(&out).ok()?;
        let container = if name == "hooks" { &root } else { root.get("hooks")? };
        let Kind::Object(members) = &container.kind else { return None };
        let Some(at) = members.iter().position(|m| m.key == *name) else { continue };
        let is_empty = match &members[at].value.kind {
            Kind::Object(members) => members.is_empty(),
            Kind::Array(elements) => elements.is_empty(),
            Kind::Scalar => false,
        };
        if is_empty {
            out = json_text::remove(&out, container, at);
        }
    }
    object(&out).ok().map(|_| out)
}

/// The root of a settings file, whose `hooks`, if any, is an object.
fn object(text: &str) -> Result<Node, String> {
    let root = json_text::parse(text)?;
    if !matches!(root.kind, Kind::Object(_)) {
        return Err("it holds no JSON object".to_owned());
    }
    match root.get("hooks") {
        Some(hooks) if !matches!(hooks.kind, Kind::Object(_)) => Err("`hooks` is no object".to_owned()),
        _ => Ok(root),
    }
}

/// The command lines that are called at an event, with their time limits in seconds.
pub(crate) fn calls<'a>(
    text: &'a str,
    root: &'a Node,
    event: &str,
) -> impl Iterator<Item = (String, Option<u64>)> + use<'a> {
    let groups = root.get("hooks").and_then(|h| h.get(event)).map(Node::elements).unwrap_or_default();
    groups.iter().filter_map(|g| g.get("hooks")).flat_map(Node::elements).map(move |handler| {
        let handler = json_text::value(text, handler);
        let args = handler["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let words: Vec<&str> = handler["command"].as_str().into_iter().chain(args).collect();
        (words.join(" "), handler["timeout"].as_u64())
    })
}

/// The hook that a command line makes guard be: `stop` of `/opt/bin/guard hook stop --limit 9`.
pub(crate) fn hook_of(line: &str) -> Option<&str> {
    let words: Vec<&str> = line.split_whitespace().map(|w| w.trim_matches(['"', '\''])).collect();
    words.windows(3).find_map(|three| {
        let program = three[0].rsplit(['/', '\\']).next()?;
        (matches!(program, "guard" | "guard.exe") && three[1] == "hook").then_some(three[2])
    })
}

fn is_same_call(line: &str, group: &str) -> bool {
    let Ok(group) = serde_json::from_str::<Value>(group) else { return false };
    let handler = &group["hooks"][0];
    let args = handler["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let ours: Vec<&str> = handler["command"].as_str().into_iter().chain(args).collect();
    hook_of(line).is_some_and(|hook| hook_of(&ours.join(" ")) == Some(hook))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_user_has_stays_as_it_is_and_goes_back_to_it() {
        let texts = [
            "{}\n",
            "{\n  // mine\n  \"model\": \"opus\",\n  \"hooks\": {\n    \"Stop\": [\n      { \"hooks\": [{ \"type\": \"command\", \"command\": \"./x.sh\" }] }\n    ]\n  },\n  \"zeta\": [1, 2]\n}\n",
            "{\n\t\"permissions\": {\n\t\t\"allow\": []\n\t}\n}",
            "{\"hooks\":{}}",
        ];
        for text in texts {
            for agent in Agent::ALL {
                let (out, added) = merged(text, agent).unwrap();
                assert_eq!(added.groups.len(), agent.groups().len());
                // Every line of the user's is there, in order.
                let mut rest = out.as_str();
                for line in text.lines().filter(|l| l.trim().len() > 2) {
                    let line = line.trim().trim_end_matches(['}', ']', ',']);
                    let at = rest.find(line).unwrap_or_else(|| panic!("{line}\n{out}"));
                    rest = &rest[at + line.len()..];
                }
                let values = |t: &str| json_text::value(t, &json_text::parse(t).unwrap());
                assert_eq!(values(&without(&out, &added).unwrap()), {
                    let mut before = values(text);
                    // An object that was there and empty may stay; one that guard made is gone.
                    if added.made.contains(&"hooks".to_owned()) {
                        before.as_object_mut().unwrap().remove("hooks");
                    }
                    before
                });
                assert_eq!(merged(&out, agent).unwrap(), (out.clone(), Added::default()), "twice is once");
            }
        }
    }

    #[test]
    fn a_hook_that_is_there_in_other_words_is_not_added_again() {
        let text = r#"{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"$HOME/bin/guard hook stop --limit 100"}]}]}}"#;
        let (_, added) = merged(text, Agent::Claude).unwrap();
        assert!(added.groups.iter().all(|(event, _)| event != "Stop"));
    }

    #[test]
    fn what_the_user_changed_in_a_group_is_not_taken_out() {
        let (out, added) = merged("{}", Agent::Codex).unwrap();
        assert_eq!(without(&out.replace("--limit 240", "--limit 100"), &added), None);
        let more = out.replacen('{', "{\n  \"mine\": true,", 1);
        assert_eq!(without(&more, &added).unwrap().trim(), "{\n  \"mine\": true\n}");
    }
}
