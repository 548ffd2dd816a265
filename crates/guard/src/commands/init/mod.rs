//! `guard init`: puts guard into a repository, and takes it out again. What would be written is shown first, and is
//! written as a whole or not at all; what was written is remembered in the git directory for `--undo`.

mod action;
mod ci;
mod git;
pub(crate) mod json_text;
mod policy;
mod record;
pub(crate) mod settings;

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use guard_collect::repo::RepoError;

use super::{note, print};
use crate::cli::InitArgs;
use crate::pipeline::{self, POLICY_FILE, Place};
use crate::presets::presets;
use action::{Action, perform, read, shown_path, within};
use record::{Entry, Part, Record, Undoing};
use settings::Agent;

pub use ci::Ci;

/// Writes, or takes back.
pub(super) fn init(args: &InitArgs, place: &Place<'_>) -> Result<u8> {
    let (repo, _) = pipeline::open(args.repo.as_deref(), place)?;
    let Some(top) = repo.top().map(|top| std::fs::canonicalize(top).unwrap_or_else(|_| top.to_owned()))
    else {
        return Err(RepoError::Bare { dir: repo.git_dir().to_owned() }.into());
    };
    let git_dir = std::fs::canonicalize(repo.common_dir()).unwrap_or_else(|_| repo.common_dir().to_owned());
    let mut asker = Asker::new(args.yes);
    if args.undo {
        return undo(&top, &git_dir, &mut asker);
    }
    let wanted = Wanted::of(args, &top, &mut asker)?;
    let mut plan = Plan { top: &top, entries: Vec::new(), notes: Vec::new() };
    if let Some(preset) = &wanted.policy {
        plan.policy(preset)?;
    }
    for agent in &wanted.agents {
        plan.agent(*agent)?;
    }
    if wanted.git {
        let hooked = git::hooks(&repo, &top)?;
        plan.entries.extend(hooked.entries);
        plan.notes.extend(hooked.notes);
    }
    if let Some(ci) = args.ci {
        let workflow = ci::workflow(ci, &top)?;
        plan.entries.extend(workflow.entries);
        plan.notes.extend(workflow.notes);
    }
    plan.carry_out(&git_dir, place, &mut asker)
}

/// Which parts are wanted.
struct Wanted {
    policy: Option<String>,
    agents: Vec<Agent>,
    git: bool,
}

impl Wanted {
    /// What the arguments say; on a terminal, what they leave open is asked.
    fn of(args: &InitArgs, top: &Path, asker: &mut Asker) -> Result<Wanted> {
        let preset = args.preset.as_deref().unwrap_or("default");
        if presets().text(preset).is_none() {
            bail!("there is no preset `{preset}`; there are default, pre-commit, stop-hook, ci and strict");
        }
        let mut wanted = Wanted {
            policy: (!args.no_policy).then(|| preset.to_owned()),
            agents: args.agent.clone(),
            git: args.git,
        };
        let is_open = args.agent.is_empty() && !args.no_agent;
        if is_open {
            let used = |agent: &Agent| top.join(agent.file()).parent().is_some_and(Path::is_dir);
            wanted.agents = Agent::ALL.into_iter().filter(|a| *a == Agent::Claude || used(a)).collect();
        }
        if asker.can_ask() {
            let is_there = std::fs::symlink_metadata(top.join(POLICY_FILE)).is_ok();
            if !args.no_policy
                && args.preset.is_none()
                && !is_there
                && !asker.ask("Policy (guard.toml)?", true)?
            {
                wanted.policy = None;
            }
            if is_open {
                let mut agents = Vec::new();
                for agent in Agent::ALL {
                    let question = format!("Hooks for {} ({})?", agent.name(), agent.file());
                    if asker.ask(&question, wanted.agents.contains(&agent))? {
                        agents.push(agent);
                    }
                }
                wanted.agents = agents;
            }
            wanted.git = args.git || asker.ask("Hooks for git (pre-commit and commit-msg)?", true)?;
        }
        Ok(wanted)
    }
}

/// What will be written.
struct Plan<'a> {
    top: &'a Path,
    entries: Vec<Entry>,
    notes: Vec<String>,
}

impl Plan<'_> {
    fn policy(&mut self, preset: &str) -> Result<()> {
        let path = self.top.join(POLICY_FILE);
        if std::fs::symlink_metadata(&path).is_ok() {
            self.notes.push(format!("{POLICY_FILE} is there already and stays as it is"));
            return Ok(());
        }
        self.new_file(&path, policy::text(self.top, preset))
    }

    fn agent(&mut self, agent: Agent) -> Result<()> {
        let file = agent.file();
        let path = within(&self.top.join(file), &[self.top], self.top)?;
        let before = read(&path, self.top)?;
        let (after, added) = settings::merged(before.as_deref().unwrap_or_default(), agent)
            .map_err(|wrong| anyhow::anyhow!("{file} cannot be added to: {wrong}"))?;
        if added.groups.is_empty() {
            self.notes.push(format!("{file} calls guard already"));
            return Ok(());
        }
        if agent == Agent::Codex {
            self.notes.push(
                "Codex runs these hooks once you trust the project (it asks; `codex exec --trust`) and them (`/hooks`)"
                    .to_owned(),
            );
        }
        self.entries.push(git::entry(&path, before, after, Part::Hooks(added), self.top, false));
        Ok(())
    }

    fn new_file(&mut self, path: &Path, text: String) -> Result<()> {
        let path = within(path, &[self.top], self.top)?;
        self.entries.push(git::entry(&path, None, text, Part::Whole, self.top, false));
        Ok(())
    }

    /// Shows the plan, asks, writes, and says what comes next.
    fn carry_out(self, git_dir: &Path, place: &Place<'_>, asker: &mut Asker) -> Result<u8> {
        let Plan { top, entries, notes } = self;
        let mut actions = Vec::new();
        for entry in &entries {
            let path = top.join(&entry.path);
            if let Some(moved) = &entry.moved {
                actions.push(Action::Move { from: path.clone(), to: top.join(moved) });
            }
            actions.push(Action::Write {
                path,
                before: entry.before.clone(),
                after: entry.after.clone(),
                program: entry.program,
            });
        }
        show(&actions, top)?;
        for line in &notes {
            note(line.trim_end());
        }
        if entries.is_empty() {
            return print("nothing to write\n");
        }
        if !asker.confirm("Write this?")? {
            return print("nothing was written\n");
        }
        let mut record = Record::load(git_dir, top)?;
        record.entries.extend(entries);
        // First what takes it back, then what would be taken back.
        actions.insert(0, record_action(git_dir, top, &record)?);
        perform(&actions, top)?;
        warn_of_path(place, top);
        print("written; `guard init --undo` takes it back, `guard doctor` says whether all of it works\n")
    }
}

/// A hook that cannot find guard checks nothing, and says so to nobody.
fn warn_of_path(place: &Place<'_>, top: &Path) {
    if super::on_path(place, "guard", top).is_none() {
        note(
            "warning: `guard` is not on the PATH, and hooks call it by that name; until it is, they check nothing",
        );
    }
}

fn undo(top: &Path, git_dir: &Path, asker: &mut Asker) -> Result<u8> {
    let record = Record::load(git_dir, top)?;
    if record.entries.is_empty() {
        return print("nothing to take back: `guard init` wrote nothing in this clone\n");
    }
    let mut actions: Vec<Action> = Vec::new();
    let mut left = Record::default();
    // Later entries stand on earlier ones; `now` is what files hold once the actions so far are done.
    let mut now: std::collections::BTreeMap<PathBuf, Option<String>> = std::collections::BTreeMap::new();
    for entry in record.entries.iter().rev() {
        let path = top.join(&entry.path);
        if !now.contains_key(&path) {
            now.insert(path.clone(), read(&path, top)?);
        }
        let name = shown_path(&path, top);
        match entry.undo(now[&path].as_deref(), top) {
            Undoing::Actions(more) => {
                let holds = more.iter().find_map(|a| match a {
                    Action::Write { after, .. } => Some(after.clone()),
                    _ => None,
                });
                now.insert(path, holds);
                actions.extend(more);
            }
            Undoing::Gone => note(&format!("{name} is gone already")),
            Undoing::Changed => {
                note(&format!("{name} was changed since and stays as it is; take guard's lines out by hand"));
                left.entries.insert(0, entry.clone());
            }
        }
    }
    show(&actions, top)?;
    if !actions.is_empty() && !asker.confirm("Take this back?")? {
        return print("nothing was changed\n");
    }
    actions.push(record_action(git_dir, top, &left)?);
    perform(&actions, top)?;
    print(if left.entries.is_empty() {
        "taken back\n"
    } else {
        "taken back, but for what was changed since\n"
    })
}

/// What keeps the record, or removes one that holds nothing.
fn record_action(git_dir: &Path, top: &Path, record: &Record) -> Result<Action> {
    let path = Record::path(git_dir);
    let before = read(&path, top)?;
    Ok(match before {
        Some(before) if record.entries.is_empty() => {
            Action::Remove { dirs: path.parent().map(Path::to_owned).into_iter().collect(), path, before }
        }
        before => Action::Write { path, before, after: record.text()?, program: false },
    })
}

fn show(actions: &[Action], top: &Path) -> Result<()> {
    print(&actions.iter().map(|a| format!("{}\n", a.shown(top))).collect::<String>()).map(drop)
}

/// Asks the user, where there is one.
struct Asker {
    yes: bool,
    is_terminal: bool,
}

impl Asker {
    fn new(yes: bool) -> Asker {
        Asker { yes, is_terminal: std::io::stdin().is_terminal() && std::io::stderr().is_terminal() }
    }

    fn can_ask(&self) -> bool {
        self.is_terminal && !self.yes
    }

    /// A question with a default.
    fn ask(&mut self, question: &str, default: bool) -> Result<bool> {
        let choices = if default { "[Y/n]" } else { "[y/N]" };
        let mut err = std::io::stderr();
        write!(err, "{question} {choices} ").and_then(|()| err.flush()).context("cannot ask")?;
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).context("cannot read the answer")?;
        Ok(match line.trim().to_ascii_lowercase().as_str() {
            "" if line.is_empty() => false,
            "" => default,
            answer => matches!(answer, "y" | "yes"),
        })
    }

    /// The last question before something is written.
    fn confirm(&mut self, question: &str) -> Result<bool> {
        if self.yes {
            return Ok(true);
        }
        if !self.is_terminal {
            bail!("nothing was written: there is no terminal to ask on; `--yes` does what is shown above");
        }
        self.ask(question, false)
    }
}
