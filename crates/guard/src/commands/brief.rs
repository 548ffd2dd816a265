//! `guard brief`: what an agent should know before it begins, on one page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::Result;
use guard_collect::examples::{self, Query, Wanted};
use guard_collect::index::{Index, Limits};
use guard_collect::lab::proof_commands;
use guard_collect::repo::{Observed, Repo, Spec};
use guard_model::examples::{Example, Examples, TakenAs};
use guard_model::policy::Policy;
use guard_model::{Change, Language, Level};

use super::print;
use crate::cli::{BriefArgs, CheckArgs};
use crate::pipeline::{self, Place};
use crate::render;

/// Columns of a line; the page goes into a prompt, not onto a terminal.
const WIDTH: usize = 160;
/// Pairs, examples of each kind and files in play that are told.
const PAIRS: usize = 12;
const EXAMPLES: usize = 3;
const FILES: usize = 8;

/// Prints the page.
pub(super) fn brief(args: &BriefArgs, place: &Place<'_>) -> Result<u8> {
    let about = About { repo: args.repo.clone(), what: args.what.clone(), limit: None };
    let page = Page::of(&about, place)?;
    print(&[page.rules(), page.near()].join(""))
}

/// What a page is about.
#[derive(Debug, Clone, Default)]
pub(super) struct About {
    /// The repository.
    pub(super) repo: Option<std::path::PathBuf>,
    /// Files, names or sentences in play; without any, the files that differ from the base.
    pub(super) what: Vec<String>,
    /// Time for the index; what is not read by then is left to the next run.
    pub(super) limit: Option<Duration>,
}

/// What stands on the page.
pub(super) struct Page {
    repo: Repo,
    change: Change,
    policy: Policy,
    /// What is near, where everything was searched.
    examples: Option<Examples>,
}

impl Page {
    /// Collects it.
    pub(super) fn of(about: &About, place: &Place<'_>) -> Result<Page> {
        let (repo, scratch) = pipeline::open(about.repo.as_deref(), place)?;
        let spec = if repo.top().is_some() { Spec::worktree() } else { Spec::range("HEAD", "HEAD") };
        let Observed { change, .. } = repo.change(&spec)?;
        let args = CheckArgs { repo: about.repo.clone(), ..CheckArgs::default() };
        let policy = pipeline::policy_of(&args, &repo, &change)?;
        let mut what = about.what.clone();
        if what.is_empty() {
            let in_play =
                change.files.iter().filter(|f| f.new_oid.is_some() && Language::of_path(&f.path).is_some());
            what.extend(in_play.take(FILES).map(|file| file.path.clone()));
        }
        let mut examples = None;
        if !what.is_empty() {
            let limits = Limits { until: about.limit.map(|limit| Instant::now() + limit), fresh: false };
            let updated = Index::of_tree(
                &repo,
                &change.head.tree,
                &policy.paths,
                &scratch.index(),
                &limits,
                place.ctl,
            )?;
            let query = Query::of(&what, &updated.index);
            let found = examples::nearest(&updated.index, query, Wanted { limit: EXAMPLES });
            examples = Some(found).filter(|_| updated.unread == 0);
        }
        Ok(Page { repo, change, policy, examples })
    }

    /// Commands, pairs and checks: what holds whatever is edited.
    pub(super) fn rules(&self) -> String {
        let mut text =
            String::from("guard holds what is said about a change in this repository against evidence.\n");
        // Writing to a string cannot fail.
        let commands = proof_commands(&self.repo, &self.change, &self.policy);
        if !commands.is_empty() {
            text.push_str(
                "\nCommands that count as proof, run after the last edit and not piped into anything:\n",
            );
            for command in &commands {
                let line = render::one_line(&command.line, WIDTH);
                let dir = if command.dir.is_empty() {
                    String::new()
                } else {
                    format!(" in {}", render::one_path(&command.dir, WIDTH))
                };
                let _ = writeln!(text, "- `{line}`{dir}");
            }
        }
        if !self.policy.pairs.is_empty() {
            text.push_str("\nPairs that stay alike (`guard drift` shows where they differ):\n");
            for pair in self.policy.pairs.iter().take(PAIRS) {
                let followers: Vec<String> =
                    pair.implementations.iter().map(|it| render::one_path(it, WIDTH)).collect();
                let _ = writeln!(
                    text,
                    "- {} follows {}",
                    followers.join(", "),
                    render::one_path(&pair.reference, WIDTH)
                );
            }
        }
        let mut levels: BTreeMap<Level, Vec<&str>> = BTreeMap::new();
        for check in guard_checks::registry().iter().filter(|check| check.first_mode <= self.policy.mode) {
            let level = self.policy.levels.get(check.name).copied().unwrap_or(check.default_level);
            if level >= Level::Warn {
                levels.entry(level).or_default().push(check.name);
            }
        }
        let _ = writeln!(
            text,
            "\nChecks that run in the mode {} (`guard explain NAME` says what counts):",
            self.policy.mode.as_str()
        );
        for (level, names) in levels.iter().rev() {
            for row in render::wrapped(&format!("- {}: {}", level.as_str(), names.join(", ")), WIDTH) {
                let _ = writeln!(text, "{row}");
            }
        }
        text
    }

    /// Tests, helpers and implementations near what is in play; empty when there are none.
    pub(super) fn near(&self) -> String {
        let mut text = String::new();
        let Some(found) = &self.examples else { return text };
        let lists = [("test", &found.tests), ("helper", &found.helpers), ("code", &found.implementations)];
        if lists.iter().all(|(_, list)| list.is_empty()) {
            return text;
        }
        let named = found.asked.iter().filter(|asked| asked.taken_as != TakenAs::Words);
        let named: Vec<String> = named.take(FILES).map(|asked| render::one_line(&asked.text, 60)).collect();
        let asked = if named.is_empty() { vec!["what was asked".to_owned()] } else { named };
        let _ = writeln!(text, "\nWhat exists near {} (`guard examples WHAT` finds more):", asked.join(", "));
        for (kind, list) in lists {
            list.iter().for_each(|example| write_example(&mut text, kind, example));
        }
        text
    }

    /// Whether something that exists was named, and not only words.
    pub(super) fn names_something(&self) -> bool {
        let asked = self.examples.iter().flat_map(|found| &found.asked);
        asked.into_iter().any(|it| it.taken_as != TakenAs::Words)
    }
}

fn write_example(text: &mut String, kind: &str, example: &Example) {
    let why: Vec<&str> = example.reasons.iter().take(2).map(|reason| reason.message.as_str()).collect();
    let why = render::one_line(&why.join("; "), 100);
    let (path, name) = (render::one_path(&example.path, 100), render::one_line(&example.name, 80));
    // Writing to a string cannot fail.
    let _ = writeln!(text, "- {kind} {path}:{} `{name}`: {why}", example.line);
}
