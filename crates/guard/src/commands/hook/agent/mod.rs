//! `guard hook stop` and the like: hooks that coding agents start. They obey the agents' protocols: an answer is one JSON
//! object on standard output, or none; exit code 2 is used only where an agent knows no other way to be refused.
//! guard's own failure is told to the user and never reads as bad code, unless the policy says otherwise.
//!
//! Source: the hooks reference of Claude Code; the schemas of Codex's hooks.

mod event;
mod reason;
mod state;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;
use guard_collect::repo::{Repo, RepoError, Spec, Standing};
use guard_collect::session::{SessionError, commit_message, purposes, work_dir};
use guard_model::policy::HookReaction;
use guard_model::words::Purpose;
use guard_model::{Mode, Verdict};
use serde_json::{Value, json};

use super::super::brief::{About, Page};
use super::super::{in_words, note, print};
use crate::cli::{AgentHook, AgentHookArgs, CheckArgs, Heard, WordsArgs};
use crate::pipeline::{self, Checked, Place};
use event::Event;
use state::{Answer, State, States, When};

/// Exit code by which an agent is refused where no JSON says so.
const EXIT_REFUSE: u8 = 2;

/// The preset where base has no policy of its own.
const PRESET: &str = "stop-hook";

/// Characters of a prompt that are looked at, and of a brief that is told.
const MAX_PROMPT: usize = 4_000;
const MAX_BRIEF: usize = 6_000;

/// Time for reading what the index does not know yet; the next prompt goes on with it.
const INDEXING: Duration = Duration::from_secs(4);

/// Answers one event; the exit code is the agent's to read.
pub(super) fn hook(which: AgentHook, args: &AgentHookArgs, place: &Place<'_>) -> u8 {
    let event = match Event::read(std::io::stdin().lock()) {
        Ok(event) => event,
        Err(error) => {
            return tell(&format!("guard: could not check, so nothing is stopped: {}", in_words(&error)));
        }
    };
    let Some(cwd) = event.cwd.clone() else {
        return tell("guard: could not check, so nothing is stopped: the event names no directory (`cwd`)");
    };
    let (repo, scratch) = match pipeline::open(Some(&cwd), place) {
        Ok(opened) => opened,
        // An agent may work anywhere; only in a repository there is something to check.
        Err(error) if is_no_work_tree(&error) => return 0,
        Err(error) => return broken(&error, HookReaction::Allow),
    };
    let states = States::new(scratch.hooks());
    let hook = Hook { event: &event, repo: &repo, states: &states, cwd: &cwd, place, args };
    let answered = match which {
        AgentHook::SessionStart => hook.session_start(),
        AgentHook::UserPromptSubmit => hook.prompt(),
        AgentHook::Stop => hook.stop(None),
        // A subagent has done a part: what it says is held against the change, and nothing is built.
        AgentHook::SubagentStop => hook.stop(Some(Mode::Quick)),
        AgentHook::TaskCompleted => hook.task(),
        AgentHook::PreToolUse => hook.before_tool(),
    };
    answered.unwrap_or_else(|error| {
        let args = CheckArgs { repo: Some(cwd.clone()), ..CheckArgs::default() };
        broken(&error, pipeline::reaction_to_errors(&args, place))
    })
}

fn is_no_work_tree(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(RepoError::NotARepository { .. } | RepoError::Bare { .. } | RepoError::NoDirectory { .. })
    )
}

/// One event of one session in one repository.
struct Hook<'a> {
    event: &'a Event,
    repo: &'a Repo,
    states: &'a States,
    cwd: &'a Path,
    place: &'a Place<'a>,
    args: &'a AgentHookArgs,
}

impl Hook<'_> {
    /// Remembers what the agent begins with, and tells it what counts here.
    fn session_start(&self) -> Result<u8> {
        self.states.tidy();
        let source = self.event.source.as_deref();
        let goes_on = matches!(source, Some("resume" | "compact" | "fork"));
        if !goes_on || self.states.load(self.session()).is_none() {
            self.begin()?;
        }
        // What was told is still in the context, but for what was compacted.
        if matches!(source, Some("resume" | "fork")) {
            return Ok(0);
        }
        Ok(self.tell_agent("SessionStart", Vec::new(), |page| page.rules() + &page.near()))
    }

    /// As a start, where the session began before the hook was there; and what exists near the names in the prompt.
    fn prompt(&self) -> Result<u8> {
        if self.states.load(self.session()).is_none() {
            self.begin()?;
        }
        let Some(prompt) = self.event.prompt.as_deref().filter(|prompt| !prompt.trim().is_empty()) else {
            return Ok(0);
        };
        let prompt = prompt.chars().take(MAX_PROMPT).collect();
        let near = |page: &Page| if page.names_something() { page.near() } else { String::new() };
        Ok(self.tell_agent("UserPromptSubmit", vec![prompt], near))
    }

    /// Puts a part of the brief into the agent's context. One that cannot be made is missed by nobody.
    fn tell_agent(&self, event: &str, what: Vec<String>, part: impl Fn(&Page) -> String) -> u8 {
        let about = About { repo: Some(self.cwd.to_owned()), what, limit: Some(INDEXING) };
        let text = Page::of(&about, self.place).map(|page| part(&page)).unwrap_or_default();
        let text: String = text.trim().chars().take(MAX_BRIEF).collect();
        if text.is_empty() {
            return 0;
        }
        say(&json!({ "hookSpecificOutput": { "hookEventName": event, "additionalContext": text } }))
    }

    fn begin(&self) -> Result<()> {
        let standing = self.repo.standing()?;
        let base = match (&standing.head, standing.is_clean) {
            (Some(head), true) => head.clone(),
            (None, true) => self.repo.empty_tree().to_owned(),
            // What the user left there is not the agent's.
            (head, false) => {
                let base = head.clone().unwrap_or_else(|| self.repo.empty_tree().to_owned());
                let spec = Spec { merge_base: false, ..Spec::worktree().base(base) };
                self.repo.change(&spec)?.change.head.tree
            }
        };
        self.states.save(self.session(), &State::begin(base, standing.print))
    }

    /// The end of a turn.
    fn stop(&self, mode: Option<Mode>) -> Result<u8> {
        let Some((mut state, standing)) = self.what_changed()? else { return Ok(0) };
        if let Some(task) = self.event.still_runs() {
            let what = if task.description.is_empty() { &task.kind } else { &task.description };
            return Ok(tell(&format!("guard: not checked yet, `{what}` still runs in the background")));
        }
        if state.checked == standing.print && !state.open.is_empty() && state.were_told(When::End) {
            // Nothing was edited since the findings were told.
            let open = state.open.clone();
            state.answer(When::End, self.event.turn(), &standing.print, &open);
            self.states.save(self.session(), &state)?;
            return Ok(tell(&format!(
                "guard: {} still open, and nothing was edited since; see `guard report`",
                if open.len() == 1 {
                    "1 finding is".to_owned()
                } else {
                    format!("{} findings are", open.len())
                }
            )));
        }
        let message = self.event.last_assistant_message.clone().filter(|m| !m.trim().is_empty());
        let words = self.words(Heard { message, ..Heard::default() });
        let Some(checked) = self.check(&CheckArgs { words, mode, ..self.since(&state) })? else {
            return Ok(0);
        };
        let answer = state.answer(When::End, self.event.turn(), &standing.print, &ids(&checked));
        self.states.save(self.session(), &state)?;
        Ok(match (checked.report.verdict, answer) {
            (Verdict::Fail, Answer::Block) => {
                say(&json!({ "decision": "block", "reason": reason::for_agent(&checked.report) }))
            }
            (Verdict::Fail, _) => tell(&reason::for_user(&checked.report)),
            (Verdict::Inconclusive, _) if checked.evidence.policy.on_inconclusive == HookReaction::Block => {
                say(&json!({ "decision": "block", "reason": format!("guard: {}", checked.report.headline) }))
            }
            (Verdict::Inconclusive, _) => tell(&format!("guard: {}", checked.report.headline)),
            (Verdict::Pass, _) => 0,
        })
    }

    /// A task that is said to be done.
    fn task(&self) -> Result<u8> {
        let Some((state, _)) = self.what_changed()? else { return Ok(0) };
        let said = |text: &Option<String>| text.clone().unwrap_or_default();
        let task = Some((said(&self.event.task_subject), said(&self.event.task_description)));
        let words = self.words(Heard { task, ..Heard::default() });
        let asked = CheckArgs { words, mode: Some(Mode::Quick), ..self.since(&state) };
        let Some(checked) = self.check(&asked)? else { return Ok(0) };
        if checked.report.verdict != Verdict::Fail {
            return Ok(0);
        }
        // The only way in which this event can be refused. Another task may end with the same findings, which the
        // end of the turn will tell; so nothing is remembered here.
        let _ =
            std::io::Write::write_all(&mut std::io::stderr(), reason::for_agent(&checked.report).as_bytes());
        Ok(EXIT_REFUSE)
    }

    /// A command that is about to run: commits and what is handed on are checked first.
    fn before_tool(&self) -> Result<u8> {
        let line = self.event.tool_input.command.as_ref().map(event::Line::text).unwrap_or_default();
        let purposes = purposes(&line);
        if !purposes.iter().any(|p| matches!(p, Purpose::Commit | Purpose::Publish)) {
            return Ok(0);
        }
        let Some((mut state, standing)) = self.what_changed()? else { return Ok(0) };
        if state.checked == standing.print && state.open.is_empty() {
            return Ok(0);
        }
        let words = self.words(Heard { commit_message: commit_message(&line), ..Heard::default() });
        let Some(checked) = self.check(&CheckArgs { words, ..self.since(&state) })? else { return Ok(0) };
        let answer = state.answer(When::Commit, self.event.turn(), &standing.print, &ids(&checked));
        self.states.save(self.session(), &state)?;
        let refused = checked.report.verdict == Verdict::Fail && answer == Answer::Block;
        if !refused {
            return Ok(if checked.report.verdict == Verdict::Fail {
                tell(&reason::for_user(&checked.report))
            } else {
                0
            });
        }
        let reason = reason::for_agent(&checked.report);
        if self.event.is_codex() {
            let _ = std::io::Write::write_all(&mut std::io::stderr(), reason.as_bytes());
            return Ok(EXIT_REFUSE);
        }
        Ok(say(&json!({ "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": "deny",
            "permissionDecisionReason": reason,
        } })))
    }

    /// The session's state and how the work tree stands, when anything differs from what was there at its beginning and
    /// from what was last found good.
    fn what_changed(&self) -> Result<Option<(State, Standing)>> {
        let standing = self.repo.standing()?;
        let known = self.states.load(self.session());
        let is_new = known.is_none();
        let state = known.unwrap_or_default();
        let is_as_it_began = if is_new { standing.is_clean } else { state.began == standing.print };
        let is_known_good = state.checked == standing.print && state.open.is_empty();
        if is_as_it_began || is_known_good {
            return Ok(None);
        }
        if let Some(elsewhere) = self.works_elsewhere() {
            let elsewhere = elsewhere.display();
            tell(&format!(
                "guard: nothing is checked here: the session works in another repository, {elsewhere}"
            ));
            return Ok(None);
        }
        Ok(Some((state, standing)))
    }

    /// The repository that the session began in, where that is another one: neither this one, nor a work tree of it, nor
    /// one that holds it.
    fn works_elsewhere(&self) -> Option<PathBuf> {
        let began_in = work_dir(&self.transcript()?)?;
        let (other, _) = pipeline::open(Some(&began_in), self.place).ok()?;
        let holds_it = self.repo.top()?.starts_with(other.top()?);
        (other.common_dir() != self.repo.common_dir() && !holds_it).then_some(began_in)
    }

    /// Everything since the session began; without its beginning, since the commit.
    fn since(&self, state: &State) -> CheckArgs {
        CheckArgs {
            repo: Some(self.cwd.to_owned()),
            snapshot: state.base.clone(),
            preset: Some(PRESET),
            exact_base: state.base.is_some(),
            ..CheckArgs::default()
        }
    }

    /// What was said: what the event brings, which may come before the transcript has it, and the transcript; never the
    /// session of somebody else.
    fn words(&self, heard: Heard) -> WordsArgs {
        let session = self.transcript();
        WordsArgs { no_session: session.is_none(), session, heard, ..WordsArgs::default() }
    }

    fn transcript(&self) -> Option<PathBuf> {
        let path = self.event.agent_transcript_path.as_ref().or(self.event.transcript_path.as_ref())?;
        path.is_file().then(|| path.clone())
    }

    fn session(&self) -> &str {
        // A subagent has a state of its own only for what it is told.
        self.event.agent_id.as_deref().unwrap_or(&self.event.session_id)
    }

    /// Checks within the time that the hook has; `None` when it was over, which the user is told.
    fn check(&self, args: &CheckArgs) -> Result<Option<Checked>> {
        let is_over = Arc::new(AtomicBool::new(false));
        let (limit, ctl, flag) =
            (Duration::from_secs(self.args.limit), self.place.ctl.clone(), is_over.clone());
        std::thread::spawn(move || {
            std::thread::sleep(limit);
            flag.store(true, Ordering::SeqCst);
            ctl.interrupt();
        });
        let checked = match pipeline::check(args, self.place) {
            // A transcript of a kind that is not known yet, or one that is being written: the event's own words are left.
            Err(error) if args.words.session.is_some() && error.is::<SessionError>() => {
                let words = WordsArgs { session: None, no_session: true, ..args.words.clone() };
                pipeline::check(&CheckArgs { words, ..args.clone() }, self.place)
            }
            checked => checked,
        };
        match checked {
            Ok(checked) => Ok(Some(checked)),
            Err(_) if is_over.load(Ordering::SeqCst) => {
                let seconds = self.args.limit;
                tell(&format!(
                    "guard: not checked to the end within {seconds} s, so nothing is stopped (`--limit`)"
                ));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

fn ids(checked: &Checked) -> BTreeSet<String> {
    reason::denies(&checked.report).map(|f| f.fingerprint.clone()).collect()
}

/// One line for the user; the agent goes on.
fn tell(text: &str) -> u8 {
    say(&json!({ "systemMessage": text }))
}

fn say(answer: &Value) -> u8 {
    match print(&format!("{answer}\n")) {
        Ok(_) => 0,
        Err(error) => {
            note(&in_words(&error));
            0
        }
    }
}

fn broken(error: &anyhow::Error, reaction: HookReaction) -> u8 {
    match reaction {
        HookReaction::Allow => {
            tell(&format!("guard: could not check, so nothing is stopped: {}", in_words(error)))
        }
        HookReaction::Block => {
            note(&format!(
                "could not check, and the policy says `on-error = \"block\"`: {}",
                in_words(error)
            ));
            EXIT_REFUSE
        }
    }
}
