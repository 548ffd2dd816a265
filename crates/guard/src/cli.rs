//! The command line: what can be asked for. Doc comments here are the help texts.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use guard_collect::lab::parts::Shard;
use guard_model::Mode;

use crate::render::Format;

/// Checks what a coding agent says against reality.
///
/// `guard check` takes the change in this repository, the agent's own words (its newest session here,
/// commit messages, a pull request's text) and the repository's policy. It builds and tests exactly
/// what would be committed, compares it with base, and answers with a verdict and its evidence.
///
/// Exit codes of `check`: 0 pass, 1 fail, 2 usage or policy error or guard itself broke,
/// 3 inconclusive, 130 interrupted.
#[derive(Debug, Parser)]
#[command(
    name = "guard",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "Begin with:
  guard check          what is in the work tree, against its base and the agent's words
  guard init --git     the same before each commit, and at the end of each of the agent's turns
  guard doctor         whether that would work"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: CliCommand,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Check a change: the work tree, the index, or any two revisions
    Check(CheckCommand),
    /// Show what was claimed and what the evidence says, one line each
    Claims(CheckArgs),
    /// Show edits that the change repeats, with the places that it left out
    Sites(SitesArgs),
    /// Show how an implementation differs from its reference
    Drift(DriftArgs),
    /// Show test results: head, base, and tests of one side on the code of the other
    Tests(CheckArgs),
    /// Test mutants of the changed code: small changes that a test should notice
    Mutants(MutantsArgs),
    /// List the existing tests, helpers and implementations nearest to what is about to be written
    Examples(ExamplesArgs),
    /// Print one page for an agent's context: commands that count, pairs, checks, and what exists near the files in play
    Brief(BriefArgs),
    /// Look at an agent's session
    Session {
        /// What to do with it.
        #[command(subcommand)]
        command: SessionCommand,
    },
    /// Put the parts of a run together (`check --shard`), and judge them as one
    Merge(MergeArgs),
    /// Judge a run's evidence again, perhaps under another policy; nothing is run
    Judge(JudgeArgs),
    /// Print a run's report again, perhaps in another format; nothing is run
    Report(ReportArgs),
    /// Explain a check: what it names, what counts as evidence, what to do
    Explain {
        /// Name of the check; without one, all are listed.
        check: Option<String>,
    },
    /// Look at the policy
    Policy {
        /// What to do with it.
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// Put guard into this repository: policy, hooks, CI; shows first what it writes
    Init(InitArgs),
    /// Look whether guard would be asked, and could answer
    Doctor(DoctorArgs),
    /// Run as a hook of git or of an agent
    Hook {
        /// Which hook.
        #[command(subcommand)]
        command: HookCommand,
    },
    /// Print the completions of a shell
    Completions {
        /// Whose.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one a command into a directory
    Man {
        /// Where to write guard.1, guard-check.1 and so on.
        dir: Option<PathBuf>,
    },
    /// Print a JSON Schema
    Schema {
        /// Of what.
        #[arg(value_enum)]
        of: SchemaOf,
    },
}

/// What to write.
///
/// Without options: `guard.toml`, and hooks for Claude Code (for Codex too where `.codex` is there). On a terminal
/// each part is asked for; what would be written is shown as a diff first, and written as a whole or not at all.
#[derive(Debug, Clone, Default, Args)]
pub struct InitArgs {
    /// The repository [default: .]
    #[arg(long, value_name = "DIR")]
    pub repo: Option<PathBuf>,
    /// What guard.toml starts from: default, pre-commit, stop-hook, ci or strict
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// Write no guard.toml
    #[arg(long, conflicts_with = "preset")]
    pub no_policy: bool,
    /// Write the hooks of this agent; may be given again
    #[arg(long, value_enum)]
    pub agent: Vec<crate::commands::Agent>,
    /// Write no agent's hooks
    #[arg(long, conflicts_with = "agent")]
    pub no_agent: bool,
    /// Write git's hooks pre-commit and commit-msg, or lines for what manages them (pre-commit, lefthook, husky)
    #[arg(long)]
    pub git: bool,
    /// Write the workflow of this CI
    #[arg(long, value_enum)]
    pub ci: Option<crate::commands::Ci>,
    /// Ask nothing
    #[arg(long, short)]
    pub yes: bool,
    /// Take back what init wrote in this clone, but for what was changed since
    #[arg(long, conflicts_with_all = ["preset", "no_policy", "agent", "no_agent", "git", "ci"])]
    pub undo: bool,
}

/// What to look at.
///
/// Each line is `ok`, `warn` (works in part, or is not there) or `broken` (is there and does not work), with what to do
/// next. Exit code: 0 when nothing is broken, 1 when something is, 2 on a usage error.
#[derive(Debug, Clone, Default, Args)]
pub struct DoctorArgs {
    /// The repository [default: .]
    #[arg(long, value_name = "DIR")]
    pub repo: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: TextOrJson,
    /// When to use colour
    #[arg(long, value_enum, default_value_t)]
    pub color: Color,
}

/// What to look for.
///
/// WHAT is a path (`src/upload.rs`, also one that is to be), a name (`upload_file`, `Client::send`), an existing test
/// (`tests/upload.rs::rejects_large_files`), a path of the web (`/files/{id}`) or a sentence; several are one question.
/// Every example says why it is near: what it calls, which fixture, trait, route or words it shares.
///
/// The first text that names nothing that exists is taken for what a new test will be called: tests whose names begin
/// alike come first, above all in a file that is named beside it.
///
/// The index that is searched lies in guard's cache and is brought up to date with the work tree.
#[derive(Debug, Clone, Default, Args)]
pub struct ExamplesArgs {
    /// What is about to be written or tested
    #[arg(required = true)]
    pub what: Vec<String>,
    /// Repository: a work tree, a directory inside one, or a bare repository [default: .]
    #[arg(long, value_name = "DIR")]
    pub repo: Option<PathBuf>,
    /// Search this revision instead of the work tree
    #[arg(long, value_name = "REV")]
    pub head: Option<String>,
    /// Examples of each kind at most
    #[arg(long, short = 'n', value_name = "N", default_value_t = 5)]
    pub limit: usize,
    /// Read every file anew, and keep nothing
    #[arg(long)]
    pub fresh: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: TextOrJson,
    /// When to use colour
    #[arg(long, value_enum, default_value_t)]
    pub color: Color,
}

/// What the page is about.
///
/// The hooks of `guard init` put the page into an agent's context when a session begins, and what exists near the names in
/// a prompt when one is sent.
#[derive(Debug, Clone, Default, Args)]
pub struct BriefArgs {
    /// Files, names or sentences in play, as for `examples` [default: files that differ from the base]
    pub what: Vec<String>,
    /// Repository [default: .]
    #[arg(long, value_name = "DIR")]
    pub repo: Option<PathBuf>,
}

/// How to print what is no report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// What to look at, and whether to complete it.
#[derive(Debug, Clone, Default, Args)]
pub struct SitesArgs {
    /// Print the edits that were left out as a patch for `git apply`, instead of the list
    #[arg(long)]
    pub suggest: bool,
    /// Print each edit as a rule for ast-grep, where it can be said there
    #[arg(long, conflicts_with = "suggest")]
    pub rules: bool,
    /// What to check.
    #[command(flatten)]
    pub check: CheckArgs,
}

/// What to compare.
#[derive(Debug, Clone, Default, Args)]
pub struct DriftArgs {
    /// What is to be followed, such as `src/login.tsx` or `src/login.tsx:10-80` [default: the pairs that the change touches]
    #[arg(long, value_name = "FILE[:A-B]", value_parser = parse_region, requires = "implementation")]
    pub reference: Option<Region>,
    /// What should follow it
    #[arg(long, value_name = "FILE[:A-B]", value_parser = parse_region, requires = "reference")]
    pub implementation: Option<Region>,
    /// A name of the reference and what stands for it; stems count, so `login=signup` covers `LoginForm`
    #[arg(long, value_name = "A=B", value_parser = parse_rename, requires = "reference")]
    pub rename: Vec<(String, String)>,
    /// A difference that is meant
    #[arg(long, value_enum, requires = "reference")]
    pub allow: Vec<AllowedDifference>,
    /// One column, as a patch has it, instead of two side by side
    #[arg(long)]
    pub unified: bool,
    /// Write what differs into guard.toml as accepted: all points, or those of these fingerprints
    #[arg(long, value_name = "FINGERPRINT", num_args = 0.., conflicts_with = "reference", requires = "reason")]
    pub accept: Option<Vec<String>>,
    /// Why it is accepted, for the next reader
    #[arg(long, value_name = "TEXT", requires = "accept")]
    pub reason: Option<String>,
    /// What to check.
    #[command(flatten)]
    pub check: CheckArgs,
}

/// A file, or some lines of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The file.
    pub file: PathBuf,
    /// First and last line, 1-based.
    pub lines: Option<(u32, u32)>,
}

/// Differences that can be allowed as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AllowedDifference {
    /// `async` and `await`
    Async,
}

fn parse_region(text: &str) -> Result<Region, String> {
    let lines = text.rsplit_once(':').and_then(|(file, lines)| {
        let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
        Some((file, (first.parse().ok()?, last.parse().ok()?)))
    });
    match lines {
        Some((_, (first, last))) if first == 0 || last < first => {
            Err(format!("the lines of `{text}` do not count upwards from 1"))
        }
        Some((file, lines)) => Ok(Region { file: PathBuf::from(file), lines: Some(lines) }),
        None => Ok(Region { file: PathBuf::from(text), lines: None }),
    }
}

fn parse_rename(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((from, to)) if !from.is_empty() && !to.is_empty() => Ok((from.to_owned(), to.to_owned())),
        _ => Err(format!("`{text}` is no renaming such as login=signup")),
    }
}

/// Which mutants to test, and of what.
#[derive(Debug, Clone, Default, Args)]
pub struct MutantsArgs {
    /// Name the mutants without testing them
    #[arg(long, conflicts_with = "mutants_report")]
    pub list: bool,
    /// All mutants of functions that were changed, not only those on changed lines
    #[arg(long, conflicts_with = "mutants_report")]
    pub whole_functions: bool,
    /// Only in this file; may be given again
    #[arg(long, value_name = "PATH", conflicts_with = "mutants_report")]
    pub file: Vec<String>,
    /// Only in functions whose name holds this; may be given again
    #[arg(long, value_name = "NAME", conflicts_with = "mutants_report")]
    pub function: Vec<String>,
    /// All of them, however long it takes [default: while the policy's budget lasts]
    #[arg(long)]
    pub no_budget: bool,
    /// Ask documentation tests, too, about what no other test notices; cargo compiles them anew for each such mutant
    #[arg(long, conflicts_with = "mutants_report")]
    pub doctests: bool,
    /// Whose mutants
    #[arg(long, value_enum, default_value_t, conflicts_with = "mutants_report")]
    pub operators: Operators,
    /// The k-th of n equal parts
    #[arg(long, value_name = "K/N", value_parser = parse_shard, conflicts_with = "mutants_report")]
    pub shard: Option<(usize, usize)>,
    /// What to check.
    #[command(flatten)]
    pub check: CheckArgs,
    /// More arguments for cargo, such as --features
    #[arg(last = true, value_name = "CARGO ARGS")]
    pub cargo_args: Vec<String>,
}

/// Whose mutants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Operators {
    /// guard's own
    #[default]
    Guard,
    /// Those of cargo-mutants, for comparison
    CargoMutants,
}

fn parse_shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('/').and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
    match parts {
        Some((k, n)) if (1..=n).contains(&k) => Ok((k, n)),
        _ => Err(format!("`{text}` is not a part such as 1/4")),
    }
}

/// What to check, and which part of it.
#[derive(Debug, Clone, Default, Args)]
pub struct CheckCommand {
    /// What to check.
    #[command(flatten)]
    pub check: CheckArgs,
    /// Run only the k-th of n parts of the tests and mutants, in the mode ci; `guard merge` judges them together
    #[arg(long, value_name = "K/N", value_parser = parse_part)]
    pub shard: Option<Shard>,
}

fn parse_part(text: &str) -> Result<Shard, String> {
    let (part, of) = parse_shard(text)?;
    match (u32::try_from(part), u32::try_from(of)) {
        (Ok(part), Ok(of)) if of <= 1000 => Ok(Shard { part, of }),
        _ => Err(format!("`{text}` is more than a thousand parts")),
    }
}

/// Which runs, and how to print.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// The run directories of the parts, as `--out` of `check --shard` named them
    #[arg(required = true)]
    pub dirs: Vec<PathBuf>,
    /// The repository, for the lines that the report quotes [default: .]
    #[arg(long, value_name = "DIR")]
    pub repo: Option<PathBuf>,
    /// Keep evidence and report of the whole in this directory [default: the user's cache]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How to print.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What to check and how.
#[derive(Debug, Clone, Default, Args)]
pub struct CheckArgs {
    /// Repository to check: a work tree, a directory inside one, or a bare repository [default: .]
    #[arg(long, value_name = "DIR")]
    pub repo: Option<PathBuf>,
    /// Compare with this revision [default: the merge base with the default branch, or HEAD]
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Check this revision instead of the work tree
    #[arg(long, value_name = "REV", conflicts_with = "staged")]
    pub head: Option<String>,
    /// Check the index: exactly what `git commit` would record
    #[arg(long)]
    pub staged: bool,
    /// With --staged: the commit will replace HEAD (`git commit --amend`)
    #[arg(long, requires = "staged")]
    pub amend: bool,
    /// Compare with --base itself, not with the merge base
    #[arg(long)]
    pub exact_base: bool,
    /// The state that an agent's hook remembered.
    #[arg(skip)]
    pub snapshot: Option<String>,
    /// The preset where base has no policy.
    #[arg(skip)]
    pub preset: Option<&'static str>,
    /// The part of the tests that is run.
    #[arg(skip)]
    pub shard: Option<Shard>,
    /// How much to do: `quick` builds and runs nothing [default: the policy's, `commit`]
    #[arg(long, value_parser = parse_mode, value_name = "quick|commit|ci")]
    pub mode: Option<Mode>,
    /// What the agent said.
    #[command(flatten)]
    pub words: WordsArgs,
    /// Use this policy instead of base's guard.toml
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Read what became of mutants from a report instead of running any: the JSON of StrykerJS and its family,
    /// `mutants.out` of cargo-mutants, `mutants` of mutmut 3; may be given again
    #[arg(long, value_name = "PATH")]
    pub mutants_report: Vec<PathBuf>,
    /// Never fetch dependencies
    #[arg(long)]
    pub offline: bool,
    /// Do not use what earlier runs found or read
    #[arg(long)]
    pub fresh: bool,
    /// Keep evidence, report and logs in this directory [default: the user's cache]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How to print.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Where the agent's words come from.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What was said")]
pub struct WordsArgs {
    /// An agent's session: transcript, rollout, stream, export or task folder [default: the newest of this change]
    #[arg(long, value_name = "FILE", conflicts_with = "no_session")]
    pub session: Option<PathBuf>,
    /// Read no agent session; commit messages of the range are still read
    #[arg(long)]
    pub no_session: bool,
    /// The agent's final message or task, as text
    #[arg(long, value_name = "FILE")]
    pub message: Option<PathBuf>,
    /// Body of the pull request, as text
    #[arg(long, value_name = "FILE")]
    pub pr_body: Option<PathBuf>,
    /// Title of the pull request
    #[arg(long, value_name = "TEXT")]
    pub pr_title: Option<String>,
    /// A GitHub `pull_request` event, for title and body
    #[arg(long, value_name = "FILE")]
    pub github_event: Option<PathBuf>,
    /// A task list in Markdown
    #[arg(long, value_name = "FILE")]
    pub tasks: Option<PathBuf>,
    /// The message of the commit that is being made, as git hands it to its commit-msg hook
    #[arg(long, value_name = "FILE", hide = true)]
    pub commit_message: Option<PathBuf>,
    /// What a hook heard itself.
    #[arg(skip)]
    pub heard: Heard,
}

/// Words that come to a hook without a file.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// The agent's final message.
    pub message: Option<String>,
    /// Subject and description of a task that is said to be done.
    pub task: Option<(String, String)>,
    /// The message of the commit that the agent is about to make.
    pub commit_message: Option<String>,
}

/// How to print.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Format of the report
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Show everything, not the most telling findings only
    #[arg(long, short)]
    pub verbose: bool,
    /// When to use colour
    #[arg(long, value_enum, default_value_t)]
    pub color: Color,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal that wants it.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do with a session.
#[derive(Debug, Subcommand)]
pub enum SessionCommand {
    /// Print what was read: statements, tasks, edits, commands and whether exit codes can be trusted
    Show {
        /// The session [default: the newest of this repository].
        file: Option<PathBuf>,
        /// Repository whose newest session is wanted [default: .]
        #[arg(long, value_name = "DIR")]
        repo: Option<PathBuf>,
        /// Print everything as JSON
        #[arg(long, conflicts_with = "summary")]
        json: bool,
        /// Print counts only
        #[arg(long)]
        summary: bool,
    },
}

/// Which run, and how to judge it.
#[derive(Debug, Args)]
pub struct JudgeArgs {
    /// The run directory [default: the newest of this repository]
    pub dir: Option<PathBuf>,
    /// Judge under this policy instead of the run's own
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// How to print.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Which run, and how to print it.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The run directory [default: the newest of this repository]
    pub dir: Option<PathBuf>,
    /// How to print.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What to do with the policy.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Print the policy in force, every value resolved
    Show {
        /// Repository [default: .]
        #[arg(long, value_name = "DIR")]
        repo: Option<PathBuf>,
        /// Print a preset instead: default, pre-commit, stop-hook, ci, strict
        #[arg(long, value_name = "NAME")]
        preset: Option<String>,
    },
    /// Check a policy file for mistakes
    Check {
        /// The file [default: guard.toml]
        file: Option<PathBuf>,
    },
}

/// Which hook.
#[derive(Debug, Subcommand)]
pub enum HookCommand {
    /// Check the index that git is about to commit
    PreCommit,
    /// Check the message in FILE against the index that git is about to commit
    CommitMsg {
        /// The file that git passes.
        file: PathBuf,
    },
    /// Check what git is about to push
    PrePush {
        /// What git passes: the remote's name and URL.
        #[arg(num_args = 0..)]
        remote: Vec<String>,
    },
    /// An agent ends its turn: check what it changed and said (Claude Code, Codex)
    Stop(AgentHookArgs),
    /// A subagent ends: check what it said, building nothing
    SubagentStop(AgentHookArgs),
    /// An agent calls a task completed
    TaskCompleted(AgentHookArgs),
    /// An agent is about to run a command: check before commits, pushes and pull requests
    PreToolUse(AgentHookArgs),
    /// A session begins: remember what the agent begins with, and tell it the page of `guard brief`
    SessionStart(AgentHookArgs),
    /// A prompt begins: tell the agent what exists near the names in it
    UserPromptSubmit(AgentHookArgs),
}

/// What an agent's hook may be told.
#[derive(Debug, Clone, Args)]
pub struct AgentHookArgs {
    /// Give up after this time, and let the agent go on; shorter than the agent's own limit for the hook
    #[arg(long, value_name = "SECONDS", default_value_t = 240)]
    pub limit: u64,
}

/// Which event of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentHook {
    /// The end of a turn.
    Stop,
    /// The end of a subagent.
    SubagentStop,
    /// A task is called completed.
    TaskCompleted,
    /// A tool is about to be used.
    PreToolUse,
    /// A session begins.
    SessionStart,
    /// A prompt begins.
    UserPromptSubmit,
}

/// Whose schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// `guard check --format json`.
    Report,
    /// `guard.toml`.
    Policy,
    /// `guard examples --format json`.
    Examples,
}

fn parse_mode(text: &str) -> Result<Mode, String> {
    match text {
        "quick" => Ok(Mode::Quick),
        "commit" => Ok(Mode::Commit),
        "ci" => Ok(Mode::Ci),
        _ => Err("the modes are quick, commit and ci".to_owned()),
    }
}
