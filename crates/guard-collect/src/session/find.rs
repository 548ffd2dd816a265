//! Finds the newest session of a repository by itself. A session counts only when the directory
//! that it was started in lies in this repository: none is better than a wrong one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use guard_model::words::WordsFormat;
use serde::Deserialize;

use super::json::Text;
use super::lines::Lines;
use crate::Surroundings;

/// Files that are opened per agent before giving up.
const OPENED: usize = 300;
/// Files that are listed per agent before giving up.
const LISTED: usize = 20_000;
/// Candidates that are told of.
const TOLD: usize = 20;
/// Sessions of the repository that are told of per agent.
const FITTING: usize = 8;
/// Records that are looked at for the directory of a session.
const RECORDS: usize = 200;
/// Longest part of a project folder's name that is the plain directory name.
const PLAIN_NAME: usize = 200;

/// Where agents keep their sessions. Folders that are not there are passed over.
#[derive(Debug, Clone, Default)]
pub struct HomeDirs {
    /// Claude Code's folder (`~/.claude`, or what `CLAUDE_CONFIG_DIR` says).
    pub claude: Option<PathBuf>,
    /// Name of the project folder, where `CLAUDE_CODE_PROJECT_DIR_NAME` gives one.
    pub claude_project: Option<String>,
    /// Codex's folder (`~/.codex`, or what `CODEX_HOME` says).
    pub codex: Option<PathBuf>,
    /// Oh My Pi's and pi's folders with sessions.
    pub pi: Vec<PathBuf>,
    /// Folders with Cline's task folders.
    pub cline: Vec<PathBuf>,
}

impl HomeDirs {
    /// The folders of this user.
    pub fn of(surroundings: &Surroundings) -> Self {
        let var = |name: &str| surroundings.var(name).map(PathBuf::from);
        let home = surroundings.home();
        let below = |path: &str| home.as_ref().map(|home| home.join(path));
        let config = var("CLAUDE_CONFIG_DIR");
        let project =
            config.as_ref().and_then(|_| surroundings.var("CLAUDE_CODE_PROJECT_DIR_NAME")?.to_str());
        let settings = [
            below(".config"),
            below("Library/Application Support"),
            var("APPDATA"),
            below(".vscode-server/data"),
            below(".cursor-server/data"),
        ];
        let editors = ["Code", "Code - Insiders", "Cursor", "VSCodium", "Windsurf", ""];
        let cline = settings.into_iter().flatten().flat_map(|base| {
            editors.map(|editor| base.join(editor).join("User/globalStorage/saoudrizwan.claude-dev/tasks"))
        });
        Self {
            claude_project: project.map(str::to_owned),
            claude: config.or_else(|| below(".claude")),
            codex: var("CODEX_HOME").or_else(|| below(".codex")),
            pi: [below(".omp/agent/sessions"), below(".pi/agent/sessions")].into_iter().flatten().collect(),
            cline: cline.chain(below(".cline/data/tasks")).collect(),
        }
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Sessions that were started in the repository, newest first.
    pub sessions: Vec<Candidate>,
    /// Why these, or why none, as a phrase for people.
    pub why: String,
    /// The newest sessions that were looked at, newest first.
    pub candidates: Vec<Candidate>,
}

/// A session that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its file or folder.
    pub path: PathBuf,
    /// Its format.
    pub format: WordsFormat,
    /// The directory it was started in, where it says one.
    pub cwd: Option<PathBuf>,
    /// When it was last written.
    pub modified: SystemTime,
    /// Why it was passed over; nothing for the one that fits.
    pub refused: Option<String>,
}

/// Finds the newest sessions that were started in the repository whose work trees have these tops.
pub fn find_newest(repo_roots: &[PathBuf], home: &HomeDirs) -> Found {
    let roots = Roots::new(repo_roots);
    let mut candidates = Vec::new();
    for files in [claude_files(&roots, home), codex_files(home), pi_files(home), cline_folders(home)] {
        look_at(files, &roots, &mut candidates);
    }
    candidates.sort_by(|a, b| b.modified.cmp(&a.modified).then_with(|| a.path.cmp(&b.path)));
    let fitting = candidates.iter().filter(|candidate| candidate.refused.is_none());
    let sessions: Vec<_> = fitting.cloned().collect();
    let why = match (sessions.len(), candidates.len()) {
        (0, 0) => "no agent session was found for this repository".to_owned(),
        (0, seen) => format!("none of {seen} agent sessions belongs to this repository"),
        _ => "newest session of this repository".to_owned(),
    };
    candidates.truncate(TOLD);
    Found { sessions, why, candidates }
}

/// Looks at files, newest first, until enough fit.
fn look_at(
    mut files: Vec<(SystemTime, PathBuf, WordsFormat)>,
    roots: &Roots,
    candidates: &mut Vec<Candidate>,
) {
    files.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let mut fitting = 0;
    for (modified, path, format) in files.into_iter().take(OPENED) {
        let Looked { cwd, agent_spoke, part_of_another } = look_into(&path, format);
        let refused = match &cwd {
            _ if part_of_another => Some("a subagent's session".to_owned()),
            None => Some("it does not say where it was started".to_owned()),
            Some(cwd) => roots
                .refuses(cwd)
                .or_else(|| (!agent_spoke).then(|| "the agent said nothing in it".to_owned())),
        };
        fitting += usize::from(refused.is_none());
        candidates.push(Candidate { path, format, cwd, modified, refused });
        if fitting == FITTING {
            return;
        }
    }
}

/// The tops of the repository's work trees, resolved where they exist.
struct Roots(Vec<PathBuf>);

impl Roots {
    fn new(tops: &[PathBuf]) -> Self {
        let mut all = Vec::new();
        for top in tops {
            let resolved = fs::canonicalize(top).unwrap_or_else(|_| top.clone());
            for path in [top.clone(), resolved] {
                if !all.contains(&path) {
                    all.push(path);
                }
            }
        }
        Self(all)
    }

    /// Why a session that was started in `cwd` is not of this repository.
    fn refuses(&self, cwd: &Path) -> Option<String> {
        let cwd = fs::canonicalize(cwd).unwrap_or_else(|_| cwd.to_owned());
        if !cwd.is_absolute() || cwd.components().any(|part| part == std::path::Component::ParentDir) {
            return Some(format!("it was started in {}", cwd.display()));
        }
        // The innermost work tree decides: another repository may lie inside this one.
        let top = cwd.ancestors().find(|dir| self.0.iter().any(|root| root == dir));
        let Some(top) = top else { return Some(format!("it was started in {}", cwd.display())) };
        let inner = cwd.ancestors().take_while(|dir| *dir != top).find(|dir| dir.join(".git").exists());
        inner.map(|inner| format!("it was started in {}, a repository of its own", inner.display()))
    }
}

/// How Claude Code names the folder of a directory.
fn project_name(dir: &Path) -> String {
    dir.to_string_lossy().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

fn entries(dir: &Path) -> impl Iterator<Item = fs::DirEntry> {
    fs::read_dir(dir).into_iter().flatten().flatten().take(LISTED)
}

fn modified(entry: &fs::DirEntry) -> SystemTime {
    entry.metadata().and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

fn sessions_in(dir: &Path, format: WordsFormat) -> impl Iterator<Item = (SystemTime, PathBuf, WordsFormat)> {
    entries(dir).filter_map(move |entry| {
        let path = entry.path();
        let name = path.file_name()?.to_str()?;
        let session = name.ends_with(".jsonl") && !name.starts_with("agent-");
        session.then(|| (modified(&entry), path.clone(), format))
    })
}

fn claude_files(roots: &Roots, home: &HomeDirs) -> Vec<(SystemTime, PathBuf, WordsFormat)> {
    let Some(projects) = home.claude.as_ref().map(|claude| claude.join("projects")) else {
        return Vec::new();
    };
    // Names are ambiguous (`a-b` is `/a/b`, `/a-b` and `/a.b`), so they only narrow the search down.
    let names: Vec<String> = roots.0.iter().map(|root| project_name(root)).collect();
    let may_be = |name: &str| match &home.claude_project {
        Some(project) => name == project,
        None => names.iter().any(|root| {
            let plain: &str = super::json::floor(root, PLAIN_NAME);
            name.starts_with(plain)
                && (root.len() > PLAIN_NAME
                    || name[plain.len()..].is_empty()
                    || name[plain.len()..].starts_with('-'))
        }),
    };
    let folders = entries(&projects).filter(|entry| entry.file_name().to_str().is_some_and(may_be));
    folders
        .flat_map(|folder| sessions_in(&folder.path(), WordsFormat::ClaudeTranscript).collect::<Vec<_>>())
        .collect()
}

fn codex_files(home: &HomeDirs) -> Vec<(SystemTime, PathBuf, WordsFormat)> {
    let Some(codex) = &home.codex else { return Vec::new() };
    // sessions/2026/07/13/rollout-….jsonl; a resumed session is written to its old place.
    let mut folders = vec![codex.join("sessions")];
    for _ in 0..3 {
        folders = folders.iter().flat_map(|folder| entries(folder).map(|entry| entry.path())).collect();
        folders.truncate(LISTED);
    }
    folders.iter().flat_map(|folder| sessions_in(folder, WordsFormat::CodexRollout)).take(LISTED).collect()
}

fn pi_files(home: &HomeDirs) -> Vec<(SystemTime, PathBuf, WordsFormat)> {
    let folders = home.pi.iter().flat_map(|sessions| entries(sessions).map(|entry| entry.path()));
    folders
        .flat_map(|folder| sessions_in(&folder, WordsFormat::PiSession).collect::<Vec<_>>())
        .take(LISTED)
        .collect()
}

fn cline_folders(home: &HomeDirs) -> Vec<(SystemTime, PathBuf, WordsFormat)> {
    let tasks = home.cline.iter().flat_map(|tasks| entries(tasks));
    tasks
        .filter_map(|task| {
            let history = task.path().join("api_conversation_history.json");
            let time = fs::metadata(&history).and_then(|data| data.modified()).ok()?;
            Some((time, task.path(), WordsFormat::ClineTask))
        })
        .collect()
}

#[derive(Debug, Default)]
struct Looked {
    cwd: Option<PathBuf>,
    agent_spoke: bool,
    part_of_another: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Probe<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    cwd: Text<'a>,
    #[serde(borrow)]
    payload: Option<Meta<'a>>,
    #[serde(borrow)]
    message: Option<Role<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Meta<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    cwd: Text<'a>,
    #[serde(borrow)]
    source: Option<&'a serde_json::value::RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Role<'a> {
    #[serde(borrow)]
    role: Text<'a>,
}

/// Where a session says that it works: the first directory that its transcript names.
pub fn work_dir(transcript: &Path) -> Option<PathBuf> {
    look_into(transcript, WordsFormat::ClaudeTranscript).cwd
}

/// Reads the beginning of a session.
fn look_into(path: &Path, format: WordsFormat) -> Looked {
    let mut looked = Looked::default();
    if format == WordsFormat::ClineTask {
        let mut start = String::new();
        let file = fs::File::open(path.join("api_conversation_history.json"));
        let read = file
            .map(|file| std::io::Read::read_to_string(&mut std::io::Read::take(file, 1 << 20), &mut start));
        // A text that is cut inside a character is read up to there.
        drop(read);
        looked.agent_spoke = start.contains("\"assistant\"");
        looked.cwd = start
            .split_once("Current Working Directory (")
            .and_then(|(_, rest)| rest.split_once(')'))
            .map(|(cwd, _)| PathBuf::from(cwd.replace("\\\\", "\\")));
        return looked;
    }
    let Ok(mut lines) = Lines::open(path) else { return looked };
    for _ in 0..RECORDS {
        let Ok(Some((_, line))) = lines.next() else { break };
        let Ok(probe) = serde_json::from_str::<Probe<'_>>(&line.text) else { continue };
        let payload = probe.payload.unwrap_or_default();
        let cwd = probe.cwd.owned().or_else(|| payload.cwd.owned());
        if looked.cwd.is_none() {
            looked.cwd = cwd.map(PathBuf::from);
        }
        looked.part_of_another |=
            payload.source.is_some_and(|source| source.get().starts_with("{\"subagent\""));
        let role = probe.message.unwrap_or_default();
        looked.agent_spoke |= probe.kind.as_str() == "assistant"
            || role.role.as_str() == "assistant"
            || matches!(payload.kind.as_str(), "agent_message" | "function_call" | "custom_tool_call");
        if looked.cwd.is_some() && looked.agent_spoke {
            break;
        }
    }
    looked
}

#[cfg(test)]
mod tests {
    use super::*;

    struct World {
        dir: tempfile::TempDir,
        clock: u64,
    }

    impl World {
        fn new() -> Self {
            Self { dir: tempfile::tempdir().unwrap(), clock: 1_700_000_000 }
        }

        fn path(&self, path: &str) -> PathBuf {
            fs::canonicalize(self.dir.path()).unwrap().join(path)
        }

        fn repository(&self, path: &str) -> PathBuf {
            let top = self.path(path);
            fs::create_dir_all(top.join(".git")).unwrap();
            top
        }

        /// Writes a file that is newer than all before it.
        fn write(&mut self, path: &Path, text: &str) -> PathBuf {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
            self.clock += 60;
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(self.clock);
            fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
            path.to_owned()
        }

        fn claude(&mut self, cwd: &Path, name: &str) -> PathBuf {
            let folder = self.path("home/.claude/projects").join(project_name(cwd));
            let user = serde_json::json!({"type":"user","cwd":cwd,"sessionId":name,"message":{"role":"user","content":"x"}});
            let agent =
                serde_json::json!({"type":"assistant","cwd":cwd,"message":{"role":"assistant","content":[]}});
            let text = format!("{{\"type\":\"summary\",\"leafUuid\":\"l\"}}\n{user}\n{agent}\n");
            self.write(&folder.join(format!("{name}.jsonl")), &text)
        }

        fn codex(&mut self, cwd: &Path, name: &str) -> PathBuf {
            let file = self.path("home/.codex/sessions/2026/07/13").join(format!("rollout-{name}.jsonl"));
            let meta =
                serde_json::json!({"type":"session_meta","payload":{"id":name,"cwd":cwd,"source":"cli"}});
            let agent =
                serde_json::json!({"type":"event_msg","payload":{"type":"agent_message","message":"x"}});
            self.write(&file, &format!("{meta}\n{agent}\n"))
        }

        fn find(&self, tops: &[PathBuf]) -> Found {
            let home = ("HOME".into(), self.path("home").into_os_string());
            find_newest(tops, &HomeDirs::of(&Surroundings::new([home])))
        }
    }

    fn paths(found: &Found) -> Vec<PathBuf> {
        found.sessions.iter().map(|session| session.path.clone()).collect()
    }

    #[test]
    fn the_newest_session_of_this_repository_is_taken_whatever_the_agent() {
        let mut world = World::new();
        let repo = world.repository("work/app");
        let old = world.claude(&repo, "old");
        let codex = world.codex(&repo.join("crates"), "middle");
        assert_eq!(paths(&world.find(std::slice::from_ref(&repo))), [codex.clone(), old.clone()]);
        let newest = world.claude(&repo.join("crates/a"), "new");
        let found = world.find(&[repo]);
        assert_eq!(paths(&found), [newest, codex, old]);
        assert_eq!(found.why, "newest session of this repository");
    }

    #[test]
    fn a_session_of_another_repository_is_not_taken() {
        let mut world = World::new();
        let repo = world.repository("work/app");
        let twin = world.repository("work/app-old");
        let inner = world.repository("work/app/vendor/lib");
        world.claude(&twin, "shares only a prefix");
        world.claude(&inner, "inside but its own");
        world.codex(&world.path("work"), "above");
        // The folder has the right name, the records name another directory (`app/x` and `app-x`).
        let other =
            serde_json::json!({"type":"user","cwd":world.path("work-app"),"message":{"role":"assistant"}});
        let folder = world.path("home/.claude/projects").join(project_name(&repo));
        world.write(&folder.join("ambiguous.jsonl"), &other.to_string());
        let found = world.find(&[repo]);
        assert_eq!(found.sessions, []);
        assert_eq!(found.why, "none of 4 agent sessions belongs to this repository");
        assert!(found.candidates.iter().all(|candidate| candidate.refused.is_some()));
    }

    #[test]
    fn linked_work_trees_are_of_the_repository_and_silent_sessions_are_passed_over() {
        let mut world = World::new();
        let repo = world.repository("work/app");
        let linked = world.repository("work/app/.worktrees/fix");
        let session = world.claude(&linked, "linked");
        let folder = world.path("home/.claude/projects").join(project_name(&repo));
        let user = serde_json::json!({"type":"user","cwd":repo,"message":{"role":"user","content":"/exit"}});
        world.write(&folder.join("silent.jsonl"), &user.to_string());
        world.write(&folder.join("agent-1.jsonl"), &user.to_string());
        assert_eq!(paths(&world.find(&[repo.clone(), linked])), [session]);
        assert_eq!(world.find(&[repo]).sessions, []);
    }

    #[test]
    fn an_empty_home_finds_nothing() {
        let world = World::new();
        let found = world.find(&[world.path("nowhere")]);
        assert_eq!((found.sessions.len(), found.candidates.len()), (0, 0));
        assert_eq!(
            find_newest(&[], &HomeDirs::default()).why,
            "no agent session was found for this repository"
        );
    }
}
