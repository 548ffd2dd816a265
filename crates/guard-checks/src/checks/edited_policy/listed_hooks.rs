//! Files that list hooks with the version of each (pre-commit, prek): which edits of them make hooks weaker.

use guard_model::FileChange;
use guard_model::evidence::NumberedLine;

use crate::context::Context;

/// What an edit of such a file does.
pub(super) enum Edit<'e> {
    /// Other versions of the same hooks, and nothing else.
    Versions,
    /// A key that keeps a hook from files, or from running by itself, with the line that adds it.
    Narrowed(&'e NumberedLine),
}

/// What is said of an edit besides that it was one; `None` where nothing is.
pub(super) fn edit<'e>(cx: &Context<'e>, file: &FileChange) -> Option<Edit<'e>> {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    if !matches!(name, ".pre-commit-config.yaml" | ".pre-commit-config.yml" | "prek.toml") {
        return None;
    }
    let lines = cx.evidence.lines.iter().find(|l| l.path == file.path)?;
    let was_there = |line: &NumberedLine| lines.removed.iter().any(|r| r.text.trim() == line.text.trim());
    let is_of_new_hook = |line: &NumberedLine| head_of(line, &lines.added).is_some_and(|id| !was_there(id));
    let is_weaker = |l: &&NumberedLine| narrows(&l.text) && !was_there(l) && !is_of_new_hook(l);
    if let Some(line) = lines.added.iter().find(is_weaker) {
        return Some(Edit::Narrowed(line));
    }
    let mut all = lines.added.iter().chain(&lines.removed);
    let is_known = !lines.cut && lines.added.len() == lines.removed.len() && !lines.added.is_empty();
    (is_known && all.all(|l| key(&l.text).is_some_and(|(key, _)| key == "rev"))).then_some(Edit::Versions)
}

/// The line that names the hook which a line is of, if all that stands between them was added with both.
fn head_of<'e>(line: &NumberedLine, added: &'e [NumberedLine]) -> Option<&'e NumberedLine> {
    let above = |number: u32| added.iter().find(|l| l.line == number);
    let run = (1..line.line).rev().map_while(above);
    run.into_iter().find(|l| key(&l.text).is_some_and(|(key, _)| key == "id"))
}

/// Whether nothing but comments was edited in a file of hooks.
pub(super) fn is_in_comments(cx: &Context<'_>, file: &FileChange) -> bool {
    let Some(lines) = cx.evidence.lines.iter().find(|l| l.path == file.path && !l.cut) else { return false };
    let is_comment = |text: &str| text.is_empty() || text.starts_with('#') && !text.starts_with("#!");
    let mut all = lines.added.iter().chain(&lines.removed).peekable();
    all.peek().is_some() && !file.path.ends_with(".json") && all.all(|l| is_comment(l.text.trim()))
}

/// The key and the value of a line of YAML or TOML.
fn key(line: &str) -> Option<(&str, &str)> {
    let line = line.trim().trim_start_matches("- ").trim_start();
    let (key, value) = line.split_once([':', '='])?;
    Some((key.trim(), value.trim()))
}

/// Whether a line keeps hooks from files, or from running by themselves.
/// Source: the documentation of pre-commit, "Creating a `.pre-commit-config.yaml`"; pre-commit.ci, `skip`.
fn narrows(line: &str) -> bool {
    line.trim() == "- manual"
        || key(line).is_some_and(|(key, value)| match key {
            "exclude" | "exclude_types" => !matches!(value, "^$" | "'^$'" | "\"^$\"" | "[]"),
            "skip" => value != "[]",
            "stages" | "default_stages" => value.contains("manual"),
            _ => false,
        })
}
