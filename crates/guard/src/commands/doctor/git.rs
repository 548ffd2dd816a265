//! git's hooks: whether git would start them.

use std::fs;
use std::path::Path;

use guard_collect::repo::Repo;

use super::Line;
use crate::commands::on_path;
use crate::pipeline::Place;

const PART: &str = "git hooks";

/// Files in which managers of hooks are told what to call.
const MANAGERS: [(&str, &str, &str); 6] = [
    (
        ".pre-commit-config.yaml",
        "pre-commit",
        "pre-commit install --hook-type pre-commit --hook-type commit-msg",
    ),
    ("lefthook.yml", "lefthook", "lefthook install"),
    ("lefthook.yaml", "lefthook", "lefthook install"),
    (".lefthook.yml", "lefthook", "lefthook install"),
    (".lefthook.yaml", "lefthook", "lefthook install"),
    (".husky/pre-commit", "husky", "npx husky"),
];

pub(super) fn hooks(repo: &Repo, place: &Place<'_>) -> Vec<Line> {
    let Some(top) = repo.top() else { return Vec::new() };
    let hooks = match repo.hooks() {
        Ok(hooks) => hooks,
        Err(error) => return vec![Line::broken(PART, error.to_string(), "mend git's configuration")],
    };
    let shown = |path: &Path| path.strip_prefix(top).unwrap_or(path).display().to_string();
    let text =
        |path: &Path| fs::read(path).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default();
    for (file, manager, install) in MANAGERS {
        let told = text(&top.join(file));
        // The framework knows guard's own hooks by their names.
        if !told.contains("guard hook") && !told.contains("id: guard") {
            continue;
        }
        let is_started =
            hooks.dir.join("pre-commit").is_file() && is_program(&hooks.dir.join("pre-commit"), place);
        return vec![if is_started {
            Line::ok(PART, format!("{manager} calls guard ({file})"))
        } else {
            Line::broken(
                PART,
                format!(
                    "{file} calls guard, but {manager} is not installed in this clone: git starts nothing"
                ),
                format!("run `{install}`"),
            )
        }];
    }
    let mut lines = Vec::new();
    let mut there = Vec::new();
    for hook in ["pre-commit", "commit-msg"] {
        let path = hooks.dir.join(hook);
        if !text(&path).contains("guard hook") {
            continue;
        }
        if is_program(&path, place) {
            there.push(shown(&path));
        } else {
            let next = format!("chmod +x {}", shown(&path));
            lines.push(Line::broken(
                PART,
                format!("{} is not executable, so git passes it over", shown(&path)),
                next,
            ));
        }
    }
    let usual = repo.common_dir().join("hooks");
    if let Some(configured) = hooks.configured.as_deref()
        && hooks.dir != usual
        && text(&usual.join("pre-commit")).contains("guard hook")
    {
        lines.push(Line::broken(
            PART,
            format!("guard's hook lies in {}, but core.hooksPath sends git to {configured}", shown(&usual)),
            "call guard there, or take core.hooksPath out; `guard init --git` knows how",
        ));
    }
    if there.is_empty() && lines.is_empty() {
        lines.push(Line::warn(PART, "no hook of git calls guard here", "`guard init --git` writes them"));
    } else if !there.is_empty() {
        lines.push(Line::ok(PART, format!("{} call guard", there.join(", "))));
    }
    lines
}

fn is_program(path: &Path, place: &Place<'_>) -> bool {
    let (Some(dir), Some(name)) = (path.parent(), path.to_str()) else { return false };
    on_path(place, name, dir).is_some()
}
