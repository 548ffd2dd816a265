//! Developer commands: `cargo xtask <command>`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a developer tool that talks to its developer"
)]

mod bench;
mod demo;
mod docs;
mod fit;
mod new_check;
mod schema;
mod shell;
mod tidy;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Developer commands of guard.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the shipped example: a small crate, an agent's edit of it, and the agent's session
    Demo,
    /// Make the folder of a new check
    NewCheck {
        /// Its name, in kebab-case; reads well after "allow".
        name: String,
    },
    /// Write the JSON schemas anew
    Schema {
        /// Only say whether they are current.
        #[arg(long)]
        check: bool,
    },
    /// Write docs/checks.md anew, from the checks' READMEs
    Docs {
        /// Only say whether it is current.
        #[arg(long)]
        check: bool,
    },
    /// Rewrite the expected findings in all checks' READMEs from what the checks say; review the diff
    Bless,
    /// See what the compiler cannot: file sizes, registry and disk, schemas, links, forbidden words
    Tidy,
    /// Measure against a named command, side by side
    Bench(bench::BenchArgs),
    /// Fit how sure it is that a place of a repeated edit was left out
    #[command(subcommand)]
    Fit(fit::FitCommand),
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<()> {
    match &cli.command {
        Command::Demo => demo::demo(),
        Command::NewCheck { name } => new_check::new_check(name),
        Command::Schema { check } => schema::schema(*check),
        Command::Docs { check } => docs::docs(*check),
        Command::Bless => new_check::bless(),
        Command::Tidy => tidy::tidy(),
        Command::Bench(args) => bench::bench(args),
        Command::Fit(command) => fit::fit(command),
    }
}
