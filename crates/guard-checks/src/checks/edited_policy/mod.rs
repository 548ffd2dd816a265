//! `edited-policy`: guard's own policy, a hook or the agent's instructions changed in the same range.

mod listed_hooks;

use guard_model::evidence::PolicyEdit;
use guard_model::policy::compare::Comparison;
use guard_model::{ChangeKind, EvidenceItem, EvidenceKind, FileChange, Level, Mode, Policy, Side};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::registry;
use crate::text::count;

pub(super) const CHECK: Check = Check {
    name: "edited-policy",
    group: Group::Gates,
    summary: "guard's own policy, a hook or the agent's instructions changed in the same range",
    default_level: Level::Warn,
    needs: &[Need::Policy],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let own = cx.evidence.head_policy.as_ref();
    let own_path = own.map(|e| e.path.as_str());
    let others = cx.evidence.change.files.iter().filter(|f| Some(f.path.as_str()) != own_path);
    own.and_then(|edit| policy(cx, edit)).into_iter().chain(others.filter_map(|f| gate(cx, f))).collect()
}

/// Guard's own policy.
fn policy(cx: &Context<'_>, edit: &PolicyEdit) -> Option<Draft> {
    let file = cx.change_of(&edit.path);
    let seen = |text: String| EvidenceItem::new(EvidenceKind::Diff, text).at(Side::Head, &edit.path, None);
    let side = if edit.policy.is_none() && edit.error.is_none() { Side::Base } else { Side::Head };
    let together = governed(cx, &edit.path);
    let weight = if together { Level::Deny } else { Level::Warn };
    let draft = match &edit.policy {
        _ if file.is_some_and(|f| f.kind == ChangeKind::Added) => {
            let first = seen("base has no policy file".to_owned());
            Draft::new(
                Level::Note,
                format!("`{}` is guard's first policy here; it does not judge its own change", edit.path),
                first,
            )
        }
        Some(head) => {
            let Comparison { looser, tighter } = compare(&cx.evidence.policy, head);
            match looser.as_slice() {
                [first, ..] => {
                    let with = if together { " together with the code it governs" } else { "" };
                    let more = match looser.len() {
                        1 => String::new(),
                        n => format!(" (and {})", count(n - 1, "more loosening")),
                    };
                    let message = format!("`{}` is loosened{with}: {first}{more}", edit.path);
                    Draft::new(weight, message, seen(first.to_string()))
                        .because_all(looser.iter().skip(1).map(|l| seen(l.to_string())))
                }
                [] => {
                    let what =
                        if tighter.is_empty() { "nothing in it became weaker" } else { "it became stricter" };
                    let same = seen("no level, command, limit, path or suppression became weaker".to_owned());
                    Draft::new(Level::Note, format!("`{}` changed, and {what}", edit.path), same)
                        .because_all(tighter.iter().map(|t| seen(t.to_string())))
                }
            }
        }
        None => {
            let message = match &edit.error {
                Some(_) => format!("`{}` can no longer be read at head", edit.path),
                None => format!("`{}` is gone at head", edit.path),
            };
            Draft::new(weight, message, seen(edit.error.clone().unwrap_or_else(|| "base has it".to_owned())))
        }
    };
    Some(
        draft
            .at(side, edit.path.clone(), None)
            .identity("policy")
            .about(Fact::File(edit.path.clone()))
            .help("change the policy in a change of its own; this run was judged by base's policy"),
    )
}

/// Whether the change also has code, which the policy governs.
fn governed(cx: &Context<'_>, policy_path: &str) -> bool {
    cx.evidence.change.files.iter().any(|f| f.path != policy_path && f.language.is_some())
}

/// What base's policy and head's differ in.
fn compare(base: &Policy, head: &Policy) -> Comparison {
    let default_level = |name: &str| registry().iter().find(|c| c.name == name).map(|c| c.default_level);
    guard_model::policy::compare::compare(base, head, default_level)
}

/// Files that stand guard besides guard's policy, by what they are.
fn gate(cx: &Context<'_>, file: &FileChange) -> Option<Draft> {
    let (what, is_hook) = kind_of(file.base_path()).or_else(|| kind_of(&file.path))?;
    let gone = file.kind == ChangeKind::Deleted || kind_of(&file.path).is_none();
    let listed = if gone { None } else { listed_hooks::edit(cx, file) };
    if let Some(listed_hooks::Edit::Narrowed(line)) = listed {
        let message = format!("`{}` ({what}) leaves out more than before: `{}`", file.path, line.text.trim());
        let says = format!("this change added `{}`", line.text.trim());
        let seen = EvidenceItem::new(EvidenceKind::Diff, says).at(Side::Head, &file.path, Some(line.line));
        return Some(
            Draft::new(Level::Warn, message, seen)
                .at(Side::Head, &file.path, Some(line.line))
                .identity("gate")
                .about(Fact::File(file.path.clone()))
                .help("a person should have asked for this edit"),
        );
    }
    let (level, verb) = match (gone, is_hook) {
        _ if matches!(listed, Some(listed_hooks::Edit::Versions)) => {
            (Level::Note, "names other versions of hooks")
        }
        _ if !gone && file.kind == ChangeKind::Modified && listed_hooks::is_in_comments(cx, file) => {
            (Level::Note, "was edited in its comments")
        }
        (true, true) => (Level::Warn, "is gone"),
        (true, false) => (Level::Note, "is gone"),
        (false, _) if file.kind == ChangeKind::Added => (Level::Note, "is new"),
        (false, true) if file.removed > 0 => (Level::Warn, "was edited, with lines taken out,"),
        (false, _) => (Level::Note, "was edited"),
    };
    let path = if gone { file.base_path() } else { &file.path };
    let side = if gone { Side::Base } else { Side::Head };
    let seen = EvidenceItem::new(
        EvidenceKind::Diff,
        format!(
            "{} added, {} removed",
            count(file.added as usize, "line"),
            count(file.removed as usize, "line")
        ),
    );
    let line = file.hunks.first().map(|h| if gone { h.old_start } else { h.new_start }.max(1));
    let message = format!("`{path}` ({what}) {verb} in the same change");
    Some(
        Draft::new(level, message, seen.at(side, path, line))
            .at(side, path, line)
            .identity("gate")
            .about(Fact::File(path.to_owned()))
            .help("a person should have asked for this edit"),
    )
}

/// What a path is, when it is a gate; and whether it runs something (a hook) or only instructs.
fn kind_of(path: &str) -> Option<(&'static str, bool)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let within = |dir: &str| path.starts_with(&format!("{dir}/")) || path.contains(&format!("/{dir}/"));
    match name {
        "CLAUDE.md" | "AGENTS.md" | "GEMINI.md" | ".cursorrules" | "copilot-instructions.md" => {
            Some(("instructions of the agent", false))
        }
        ".pre-commit-config.yaml"
        | ".pre-commit-config.yml"
        | "lefthook.yml"
        | "lefthook.yaml"
        | ".lefthook.yml"
        | ".huskyrc"
        | ".lintstagedrc"
        | ".overcommit.yml"
        | "prek.toml" => Some(("git hooks", true)),
        "settings.json" | "settings.local.json" if within(".claude") => {
            Some(("settings and hooks of the agent", true))
        }
        "hooks.json" if within(".codex") || within(".cursor") => Some(("hooks of the agent", true)),
        _ if within(".husky") || within(".githooks") => Some(("a git hook", true)),
        _ if within(".claude/hooks") => Some(("a hook of the agent", true)),
        _ => None,
    }
}
