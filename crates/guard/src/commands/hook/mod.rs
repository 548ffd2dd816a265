//! `guard hook`: hooks of git, and of agents in `agent`. git's They obey git's protocol: exit code 1 stops the commit and is used only
//! for the verdict fail; guard's own failure and an inconclusive verdict print one line and let it
//! through, unless the policy says otherwise.

mod agent;
mod amend;

use std::io::Read;

use anyhow::{Result, bail};
use guard_model::policy::HookReaction;
use guard_model::{Mode, Verdict};

use super::{in_words, note, print_report};
use crate::cli::{AgentHook, CheckArgs, HookCommand, WordsArgs};
use crate::pipeline::{self, Checked, Place};

/// Bytes that git writes to a pre-push hook at most before they are taken for something else.
const MAX_STDIN: u64 = 1 << 20;

/// Runs a hook; the exit code is git's to read.
pub(super) fn hook(command: &HookCommand, place: &Place<'_>) -> u8 {
    let asked = match command {
        HookCommand::PreCommit => Ok(vec![staged(WordsArgs::default(), None)]),
        HookCommand::CommitMsg { file } => {
            // The pre-commit hook has built and tested; here the words are held against the change.
            let words =
                WordsArgs { commit_message: Some(file.clone()), no_session: true, ..WordsArgs::default() };
            Ok(vec![staged(words, Some(Mode::Quick))])
        }
        HookCommand::PrePush { .. } => pushed(),
        HookCommand::Stop(args) => return agent::hook(AgentHook::Stop, args, place),
        HookCommand::SubagentStop(args) => return agent::hook(AgentHook::SubagentStop, args, place),
        HookCommand::TaskCompleted(args) => return agent::hook(AgentHook::TaskCompleted, args, place),
        HookCommand::PreToolUse(args) => return agent::hook(AgentHook::PreToolUse, args, place),
        HookCommand::SessionStart(args) => return agent::hook(AgentHook::SessionStart, args, place),
        HookCommand::UserPromptSubmit(args) => return agent::hook(AgentHook::UserPromptSubmit, args, place),
    };
    let runs = match asked {
        Ok(runs) => runs,
        Err(error) => return broken(&error, HookReaction::Allow),
    };
    runs.iter().map(|args| run(args, place)).max().unwrap_or(0)
}

fn run(args: &CheckArgs, place: &Place<'_>) -> u8 {
    match pipeline::check(args, place) {
        Ok(checked) => react(&checked, args),
        Err(error) if error.is::<pipeline::Interrupted>() => super::EXIT_INTERRUPTED,
        Err(error) => broken(&error, pipeline::reaction_to_errors(args, place)),
    }
}

fn react(checked: &Checked, args: &CheckArgs) -> u8 {
    match checked.report.verdict {
        Verdict::Pass => 0,
        Verdict::Fail => match print_report(&checked.report, &checked.evidence, &args.output) {
            Ok(_) => 1,
            Err(error) => broken(&error, checked.evidence.policy.on_error),
        },
        Verdict::Inconclusive => {
            note(&checked.report.headline);
            // A commit that changes no file has nothing that a policy could want measured.
            let empty = checked.evidence.change.files.is_empty() && checked.evidence.gaps.is_empty();
            u8::from(!empty && checked.evidence.policy.on_inconclusive == HookReaction::Block)
        }
    }
}

fn broken(error: &anyhow::Error, reaction: HookReaction) -> u8 {
    match reaction {
        HookReaction::Allow => {
            note(&format!("could not check, so nothing is stopped: {}", in_words(error)));
            0
        }
        HookReaction::Block => {
            let said = in_words(error);
            note(&format!("could not check, and the policy says `on-error = \"block\"`: {said}"));
            1
        }
    }
}

fn staged(words: WordsArgs, mode: Option<Mode>) -> CheckArgs {
    CheckArgs { staged: true, amend: amend::is_under_way(), mode, words, ..CheckArgs::default() }
}

/// The ranges that git is about to push, from its lines `<local ref> <local id> <remote ref> <remote id>`.
fn pushed() -> Result<Vec<CheckArgs>> {
    let mut text = String::new();
    std::io::stdin().take(MAX_STDIN).read_to_string(&mut text)?;
    let mut runs = Vec::new();
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        let words: Vec<&str> = line.split(' ').collect();
        let [_, local, _, remote] = words[..] else { bail!("unexpected line from git: `{line}`") };
        let is_zero = |id: &str| id.bytes().all(|b| b == b'0');
        // Deleting a remote branch hands nothing over.
        if is_zero(local) {
            continue;
        }
        let base = (!is_zero(remote)).then(|| remote.to_owned());
        runs.push(CheckArgs { head: Some(local.to_owned()), base, ..CheckArgs::default() });
    }
    Ok(runs)
}
