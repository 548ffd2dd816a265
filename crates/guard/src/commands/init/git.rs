//! git's hooks: as scripts of their own, or as lines in the file of whatever manages them here.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use guard_collect::repo::Repo;

use super::action::{missing_dirs, read, shown_path, within};
use super::record::{Entry, Part};

/// The hooks and the arguments that they pass on.
const HOOKS: [(&str, &str); 2] = [("pre-commit", ""), ("commit-msg", " \"$1\"")];

/// What an earlier hook is called from then on.
const EARLIER: &str = "before-guard";

/// What marks the lines that guard writes.
const MARK: &str = "guard hook";

/// What to write, and what to tell.
#[derive(Debug, Default)]
pub(super) struct Hooked {
    /// Files.
    pub(super) entries: Vec<Entry>,
    /// For people: what is there already, or what they must do themselves.
    pub(super) notes: Vec<String>,
}

/// Plans the hooks.
pub(super) fn hooks(repo: &Repo, top: &Path) -> Result<Hooked> {
    let hooks = repo.hooks()?;
    let configured = hooks.configured.as_deref().unwrap_or_default().trim_end_matches(['/', '_']);
    let is_husky = configured.trim_end_matches('/').ends_with(".husky") || top.join(".husky").is_dir();
    if is_husky {
        return husky(top);
    }
    if top.join(".pre-commit-config.yaml").exists() {
        return pre_commit_framework(top);
    }
    if let Some(file) = LEFTHOOK.iter().find(|f| top.join(f).exists()) {
        return lefthook(top, file);
    }
    if let Some(file) = LEFTHOOK_OTHERS.iter().find(|f| top.join(f).exists()) {
        let notes = vec![format!("{file} manages the hooks here; add guard to it:\n{}", lefthook_block(""))];
        return Ok(Hooked { notes, ..Hooked::default() });
    }
    let roots = [top, repo.common_dir(), repo.git_dir()];
    if within(&hooks.dir, &roots, top).is_err() {
        let lines: String =
            HOOKS.iter().map(|(hook, arg)| format!("  {hook}: guard hook {hook}{arg}\n")).collect();
        let notes = vec![format!(
            "core.hooksPath is {}, outside of this repository, and serves others too; nothing is written there. Call in its hooks:\n{lines}",
            hooks.dir.display()
        )];
        return Ok(Hooked { notes, ..Hooked::default() });
    }
    scripts(&hooks.dir, &roots, top)
}

/// One script a hook, in git's own directory of hooks or in the repository's.
fn scripts(dir: &Path, roots: &[&Path], top: &Path) -> Result<Hooked> {
    let mut hooked = Hooked::default();
    for (hook, _) in HOOKS {
        let path = dir.join(hook);
        if std::fs::symlink_metadata(&path).is_err() {
            let path = within(&path, roots, top)?;
            hooked.entries.push(entry(&path, None, script(hook, false), Part::Whole, top, true));
            continue;
        }
        // It may be a program of any kind; only guard's own lines matter in it.
        let text = std::fs::read(&path).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default();
        if text.contains(&format!("{MARK} {hook}")) {
            hooked.notes.push(format!("{} calls guard already", shown_path(&path, top)));
            continue;
        }
        let earlier = dir.join(format!("{hook}.{EARLIER}"));
        if std::fs::symlink_metadata(&earlier).is_ok() {
            bail!(
                "{} is there already, so the hook that is there now cannot be kept under that name",
                shown_path(&earlier, top)
            );
        }
        let mut new = entry(&path, None, script(hook, true), Part::Whole, top, true);
        new.moved = Some(below(&earlier, top));
        hooked.entries.push(new);
    }
    Ok(hooked)
}

/// The text of a hook, which asks an earlier one first.
fn script(hook: &str, chained: bool) -> String {
    let earlier = if chained {
        format!(
            "# The hook that was here before is asked first.\nearlier=\"$(dirname \"$0\")/{hook}.{EARLIER}\"\n\
             if [ -x \"$earlier\" ]; then\n  \"$earlier\" \"$@\" || exit $?\nfi\n"
        )
    } else {
        String::new()
    };
    format!(
        "#!/bin/sh\n# Written by `guard init --git`; `guard init --undo` takes it back.\n{earlier}\
         if ! command -v guard >/dev/null 2>&1; then\n  \
         echo \"guard: not on the PATH, so nothing was checked; see \\`guard doctor\\`\" >&2\n  exit 0\nfi\n\
         exec guard hook {hook} \"$@\"\n"
    )
}

/// Lines for a shell that a missing guard does not break.
fn husky_line(hook: &str, arg: &str) -> String {
    format!(
        "if command -v guard >/dev/null 2>&1; then guard hook {hook}{arg}; else echo \"guard: not on the PATH, so nothing was checked\" >&2; fi\n"
    )
}

fn husky(top: &Path) -> Result<Hooked> {
    let mut hooked = Hooked::default();
    for (hook, arg) in HOOKS {
        let path = within(&top.join(".husky").join(hook), &[top], top)?;
        let before = read(&path, top)?;
        let text = before.clone().unwrap_or_default();
        if text.contains(&format!("{MARK} {hook}")) {
            hooked.notes.push(format!(".husky/{hook} calls guard already"));
            continue;
        }
        let last = text.lines().rev().map(str::trim).find(|l| !l.is_empty()).unwrap_or_default();
        if ["exit", "exec"].iter().any(|word| last.split_whitespace().next() == Some(word)) {
            let line = husky_line(hook, arg);
            hooked.notes.push(format!(".husky/{hook} ends with `{last}`; add before that line:\n  {line}"));
            continue;
        }
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let block = format!("{gap}{}", husky_line(hook, arg));
        let part = if before.is_some() { Part::Block(block.clone()) } else { Part::Whole };
        hooked.entries.push(entry(&path, before, format!("{text}{block}"), part, top, true));
    }
    Ok(hooked)
}

fn pre_commit_framework(top: &Path) -> Result<Hooked> {
    const FILE: &str = ".pre-commit-config.yaml";
    let path = within(&top.join(FILE), &[top], top)?;
    let text = read(&path, top)?.unwrap_or_default();
    let mut hooked = Hooked::default();
    if text.contains(&format!("{MARK} pre-commit")) || text.contains("id: guard") {
        hooked.notes.push(format!("{FILE} calls guard already"));
        return Ok(hooked);
    }
    let install = "run `pre-commit install --hook-type pre-commit --hook-type commit-msg` once in each clone"
        .to_owned();
    match yaml_list_end(&text, "repos") {
        Some((at, indent)) => {
            let gap = if text[..at].ends_with('\n') || at == 0 { "" } else { "\n" };
            let block = format!("{gap}{}", indented(FRAMEWORK, &indent));
            let after = format!("{}{block}{}", &text[..at], &text[at..]);
            hooked.entries.push(entry(&path, Some(text), after, Part::Block(block), top, false));
            hooked.notes.push(install);
        }
        None => hooked.notes.push(format!(
            "{FILE} is not laid out as guard knows it; add to its `repos`:\n{}and {install}",
            indented(FRAMEWORK, "  ")
        )),
    }
    Ok(hooked)
}

/// An entry of `repos`: the guard that is on the PATH.
const FRAMEWORK: &str = "- repo: local
  hooks:
    - id: guard
      name: guard (what is committed)
      entry: guard hook pre-commit
      language: system
      pass_filenames: false
      always_run: true
      stages: [pre-commit]
    - id: guard-commit-msg
      name: guard (what the message says)
      entry: guard hook commit-msg
      language: system
      always_run: true
      stages: [commit-msg]
";

const LEFTHOOK: [&str; 4] = ["lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml"];
const LEFTHOOK_OTHERS: [&str; 4] = ["lefthook.toml", "lefthook.json", ".lefthook.toml", ".lefthook.json"];

fn lefthook_block(only: &str) -> String {
    let all = [("pre-commit", ""), ("commit-msg", " {1}")];
    all.iter()
        .filter(|(hook, _)| only.is_empty() || *hook == only)
        .map(|(hook, arg)| format!("{hook}:\n  commands:\n    guard:\n      run: guard hook {hook}{arg}\n"))
        .collect()
}

fn lefthook(top: &Path, file: &str) -> Result<Hooked> {
    let path = within(&top.join(file), &[top], top)?;
    let text = read(&path, top)?.unwrap_or_default();
    let mut hooked = Hooked::default();
    let mut block = String::new();
    for (hook, _) in HOOKS {
        if text.contains(&format!("{MARK} {hook}")) {
            hooked.notes.push(format!("{file} calls guard at {hook} already"));
        } else if text.lines().any(|l| l.trim_end() == format!("{hook}:")) {
            let lines = indented(&lefthook_block(hook), "  ");
            hooked.notes.push(format!("{file} has commands at {hook}; add guard to them:\n{lines}"));
        } else {
            block.push_str(&lefthook_block(hook));
        }
    }
    if !block.is_empty() {
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let block = format!("{gap}{block}");
        let after = format!("{text}{block}");
        hooked.entries.push(entry(&path, Some(text), after, Part::Block(block), top, false));
        hooked.notes.push("run `lefthook install` once in each clone".to_owned());
    }
    Ok(hooked)
}

/// Where the block list of a top-level key ends, and how its items are indented.
fn yaml_list_end(text: &str, key: &str) -> Option<(usize, String)> {
    let mut at = 0;
    let mut found: Option<(usize, String)> = None;
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        let code = line.trim();
        let is_item = code.starts_with("- ") || code == "-";
        let at_margin = !line.starts_with([' ', '\t']) && !code.is_empty() && !code.starts_with('#');
        at += line.len();
        if at_margin && code == format!("{key}:") {
            inside = true;
        } else if at_margin && !is_item {
            inside = false;
        } else if inside && !code.is_empty() && !code.starts_with('#') {
            let indent = match &found {
                Some((_, indent)) => indent.clone(),
                None if is_item => line[..line.len() - line.trim_start().len()].to_owned(),
                None => return None,
            };
            found = Some((at, indent));
        }
    }
    found
}

fn indented(text: &str, indent: &str) -> String {
    text.lines().map(|line| format!("{indent}{line}\n")).collect()
}

pub(super) fn entry(
    path: &Path,
    before: Option<String>,
    after: String,
    part: Part,
    top: &Path,
    program: bool,
) -> Entry {
    let dirs = missing_dirs(path).iter().map(|d| below(d, top)).collect();
    Entry { path: below(path, top), before, after, part, moved: None, dirs, program }
}

fn below(path: &Path, top: &Path) -> PathBuf {
    path.strip_prefix(top).unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_ends_where_the_next_key_begins() {
        let cases = [
            ("repos:\n- repo: a\n  hooks:\n  - id: x\n", Some(("", ""))),
            (
                "repos:\n  - repo: a\n    hooks: []\n\n# about ci\nci:\n  skip: []\n",
                Some(("\n# about ci\nci:\n  skip: []\n", "  ")),
            ),
            ("ci: {}\nrepos: []\n", None),
            ("repos:\n  [a]\n", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let found = yaml_list_end(text, "repos");
            let found = found.as_ref().map(|(at, indent)| (&text[*at..], indent.as_str()));
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
