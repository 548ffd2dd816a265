//! The files of a session's subagents.

use std::path::{Path, PathBuf};

use super::record::Probe;
use crate::session::lines::Lines;

/// Files of subagents: in the session's own folder, and (older) beside the transcript.
pub(super) fn subagent_files(path: &Path) -> Vec<PathBuf> {
    let is_agent = |path: &Path| {
        path.extension().is_some_and(|e| e == "jsonl")
            && path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("agent-"))
    };
    if is_agent(path) {
        return Vec::new();
    }
    let Some(session) = path.file_stem().and_then(|stem| stem.to_str()) else { return Vec::new() };
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| is_agent(path)).collect()
    };
    let parent = path.parent().unwrap_or(Path::new("."));
    let own = parent.join(session).join("subagents");
    let mut files = list(&own);
    let workflows = std::fs::read_dir(own.join("workflows")).into_iter().flatten().flatten();
    files.extend(workflows.flat_map(|run| list(&run.path())));
    files.extend(list(parent).into_iter().filter(|file| belongs_to(file, session)));
    files.sort();
    files
}

/// Whether the first records of a subagent's file name this session.
fn belongs_to(file: &Path, session: &str) -> bool {
    let Ok(mut lines) = Lines::open(file) else { return false };
    for _ in 0..5 {
        let Ok(Some((_, line))) = lines.next() else { return false };
        if let Ok(probe) = serde_json::from_str::<Probe<'_>>(&line.text)
            && let Some(found) = probe.session_id.some()
        {
            return found == session;
        }
    }
    false
}
