//! `guard completions` and `guard man`: what shells and `man` know of guard, made from the command line's own description.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use clap::CommandFactory;

use super::print;
use crate::cli::Cli;

/// Prints the completions of a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "guard", &mut text);
    print(&String::from_utf8_lossy(&text))
}

/// Prints the manual page, or writes one a command.
pub(super) fn man(dir: Option<&Path>) -> Result<u8> {
    let Some(dir) = dir else {
        let mut text = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut text)?;
        return print(&String::from_utf8_lossy(&text));
    };
    fs::create_dir_all(dir)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), dir))
        .with_context(|| format!("cannot write manual pages into {}", dir.display()))?;
    Ok(0)
}
