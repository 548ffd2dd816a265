//! Fits `certainty.trees`: how sure it is that a place of a repeated edit was left out.
//!
//! Nobody has to label anything. [`cases`] takes systematic commits of public repositories and puts one,
//! three or half of their edits back, so what was left out is known; commits as their authors made them,
//! systematic or not, are the other half of the truth. [`rows`] asks guard's own questions about every
//! place of every case, and [`boost`] makes a sum of small decision trees of the answers. What it comes
//! to is told for repositories that had no part in the fit.

mod boost;
mod cases;
mod rows;
mod score;

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;

/// The steps of a fit, in order.
#[derive(Debug, Subcommand)]
pub(crate) enum FitCommand {
    /// Make cases of the commits of repositories: small repositories that borrow their objects
    Cases {
        /// Repositories, bare or not.
        #[arg(required = true)]
        repos: Vec<PathBuf>,
        /// Where the cases are made.
        #[arg(long)]
        out: PathBuf,
        /// Systematic commits of one repository at most.
        #[arg(long, default_value_t = 24)]
        most: usize,
        /// Commits of one repository that are looked at.
        #[arg(long, default_value_t = 240)]
        looked_at: usize,
    },
    /// Write the answers for every place of all cases
    Rows {
        /// Directories that `fit cases` made.
        #[arg(required = true)]
        cases: Vec<PathBuf>,
        /// The table.
        #[arg(long)]
        out: PathBuf,
    },
    /// Fit the trees, and say what they come to on repositories that had no part in the fit
    Trees {
        /// Tables that `fit rows` wrote.
        #[arg(required = true)]
        rows: Vec<PathBuf>,
        /// A table of other repositories, only to be measured.
        #[arg(long)]
        apart: Option<PathBuf>,
        /// Parts that the repositories are divided into: each is judged by trees that the others made.
        #[arg(long, default_value_t = 5)]
        folds: usize,
        /// Keep the present trees and add some: what they were fitted on is kept in them.
        #[arg(long)]
        further: bool,
        /// Questions that new trees may ask, with commas between [default: all]
        #[arg(long, value_delimiter = ',')]
        questions: Vec<String>,
        /// Write the trees where guard reads them.
        #[arg(long)]
        write: bool,
    },
}

/// Takes one step.
pub(crate) fn fit(command: &FitCommand) -> Result<()> {
    match command {
        FitCommand::Cases { repos, out, most, looked_at } => cases::make(repos, out, *most, *looked_at),
        FitCommand::Rows { cases, out } => rows::write(cases, out),
        FitCommand::Trees { rows, apart, folds, further, questions, write } => {
            let fit =
                score::Fit { folds: *folds, further: *further, questions: questions.clone(), write: *write };
            score::trees(rows, apart.as_deref(), &fit)
        }
    }
}
