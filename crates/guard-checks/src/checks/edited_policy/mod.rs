//! `edited-policy`: guard's own policy, a hook or the agent's instructions changed in the same range.

use guard_model::evidence::PolicyEdit;
use guard_model::{ChangeKind, EvidenceItem, EvidenceKind, FileChange, Level, Mode, Policy, Side};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
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
    own.and_then(|edit| policy(cx, edit)).into_iter().chain(others.filter_map(gate)).collect()
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
            let loosened = loosenings(&cx.evidence.policy, head);
            let mut items = loosened.iter().map(|l| seen(l.clone()));
            match items.next() {
                Some(first) => {
                    let with = if together { " together with the code it governs" } else { "" };
                    let what = count(loosened.len(), "way");
                    let message = format!("`{}` is loosened in {what}{with}: {}", edit.path, loosened[0]);
                    Draft::new(weight, message, first).because_all(items)
                }
                None => {
                    let same = seen("no level, command, limit, path or suppression became weaker".to_owned());
                    Draft::new(
                        Level::Note,
                        format!("`{}` changed, and nothing in it became weaker", edit.path),
                        same,
                    )
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

/// What became weaker, one phrase each.
fn loosenings(base: &Policy, head: &Policy) -> Vec<String> {
    let mut out = Vec::new();
    if head.fail_on > base.fail_on {
        out.push(format!("`fail-on` went from {} to {}", base.fail_on.as_str(), head.fail_on.as_str()));
    }
    out
}

/// Files that stand guard besides guard's policy, by what they are.
fn gate(file: &FileChange) -> Option<Draft> {
    let (what, is_hook) = kind_of(file.base_path()).or_else(|| kind_of(&file.path))?;
    let gone = file.kind == ChangeKind::Deleted || kind_of(&file.path).is_none();
    let (level, verb) = match (gone, is_hook) {
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
