//! One file a command; [`run`] chooses.

mod brief;
mod check;
mod doctor;
mod drift;
mod examples;
mod explain;
mod hook;
mod init;
mod manual;
mod mutants;
mod policy;
mod runs;
mod session;
mod sites;
mod tests;

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use guard_checks::Need;
use guard_model::{Evidence, Level, Report};

use crate::cli::{CheckArgs, Cli, CliCommand, OutputArgs, SchemaOf};
use crate::pipeline::Place;
use crate::render::{self, CheckDoc, Format, Options};
use crate::terminal;

pub use init::Ci;
pub use init::settings::Agent;

/// Exit code of a usage or policy error, or when guard itself broke.
pub const EXIT_ERROR: u8 = 2;

/// Exit code of a run that the user interrupted.
pub const EXIT_INTERRUPTED: u8 = 130;

/// Does what was asked and says the exit code.
pub fn run(cli: &Cli, place: &Place<'_>) -> Result<u8> {
    match &cli.command {
        CliCommand::Check(args) => {
            check::check(&CheckArgs { shard: args.shard, ..args.check.clone() }, place)
        }
        CliCommand::Claims(args) => check::claims(args, place),
        CliCommand::Sites(args) => sites::sites(args, place),
        CliCommand::Drift(args) => drift::drift(args, place),
        CliCommand::Tests(args) => tests::tests(args, place),
        CliCommand::Mutants(args) => mutants::mutants(args, place),
        CliCommand::Brief(args) => brief::brief(args, place),
        CliCommand::Examples(args) => examples::examples(args, place),
        CliCommand::Session { command } => session::session(command, place),
        CliCommand::Merge(args) => runs::merge(args, place),
        CliCommand::Judge(args) => runs::judge(args, place),
        CliCommand::Report(args) => runs::report(args, place),
        CliCommand::Explain { check } => explain::explain(check.as_deref()),
        CliCommand::Policy { command } => policy::policy(command, place),
        CliCommand::Init(args) => init::init(args, place),
        CliCommand::Doctor(args) => doctor::doctor(args, place),
        CliCommand::Hook { command } => Ok(hook::hook(command, place)),
        CliCommand::Completions { shell } => manual::completions(*shell),
        CliCommand::Man { dir } => manual::man(dir.as_deref()),
        CliCommand::Schema { of } => schema(*of),
    }
}

fn schema(of: SchemaOf) -> Result<u8> {
    print(&match of {
        SchemaOf::Report => render::schema(),
        SchemaOf::Examples => render::examples::schema(),
        SchemaOf::Policy => format!("{}\n", serde_json::to_string_pretty(&guard_collect::policy::schema())?),
    })
}

/// Prints data on standard output. A reader that went away is no error.
fn print(text: &str) -> Result<u8> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(0),
    }
}

/// The program that `name` would start in `dir`; nothing when the PATH has none.
fn on_path(place: &Place<'_>, name: &str, dir: &Path) -> Option<PathBuf> {
    guard_exec::find_program(OsStr::new(name), dir, place.surroundings.var("PATH")?)
}

/// One line for people on standard error.
fn note(text: &str) {
    // Nobody is there to read it when stderr is gone.
    let _ = writeln!(std::io::stderr(), "guard: {text}");
}

/// Prints a report as asked.
fn print_report(report: &Report, evidence: &Evidence, output: &OutputArgs) -> Result<u8> {
    let docs = docs(report, evidence);
    let anchor = evidence.change.files.iter().find(|f| f.new_oid.is_some()).map(|f| f.path.as_str());
    let options = Options {
        color: output.format == Format::Text && terminal::wants_color(output.color),
        width: terminal::width(),
        verbose: output.verbose,
        docs: &docs,
        mutated: evidence.lab.iter().flat_map(|l| &l.mutants).next().map_or(&[][..], |m| &m.files),
        anchor,
    };
    print(&render::render(report, output.format, &options))?;
    Ok(report.verdict.exit_code())
}

/// The checks that took part in a run.
fn docs(report: &Report, evidence: &Evidence) -> Vec<CheckDoc<'static>> {
    guard_checks::registry()
        .iter()
        .filter(|c| c.first_mode <= report.mode)
        .map(|c| {
            let level = evidence.policy.levels.get(c.name).copied().unwrap_or(c.default_level);
            CheckDoc { name: c.name, summary: c.summary, level, help: documentation(c.readme) }
        })
        .filter(|d| d.level != Level::Allow)
        .collect()
}

/// A check's README without its cases, which are its test suite.
fn documentation(readme: &'static str) -> &'static str {
    readme.split("\n## Cases").next().unwrap_or(readme)
}

/// Whether a check needs something to be run.
fn needs_a_run(needs: &[Need]) -> bool {
    needs.iter().any(|n| !matches!(n, Need::Syntax | Need::Words | Need::Policy))
}

/// The error with its causes, each said once: some messages hold their cause already.
pub fn in_words(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| {
        if said.contains(&cause) {
            said
        } else if said.is_empty() {
            cause
        } else {
            format!("{said}: {cause}")
        }
    })
}
