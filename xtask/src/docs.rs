//! `docs/checks.md`, from the checks' READMEs.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Result, bail};

use crate::shell::root;

const PATH: &str = "docs/checks.md";

const HEAD: &str = "# The checks

Made by `cargo xtask docs` from the README of each check, which `guard explain NAME` prints. The level is the one that
holds where the policy says nothing; *needs a run* means that the mode `quick` leaves the check out.

";

/// Writes the page, or only checks that it is current.
pub(crate) fn docs(check: bool) -> Result<()> {
    let (file, text) = (root().join(PATH), page());
    if fs::read_to_string(&file).is_ok_and(|old| old == text) {
        return Ok(());
    }
    if check {
        bail!("not current: {PATH}; run `cargo xtask docs`");
    }
    fs::write(&file, text)?;
    println!("wrote {PATH}");
    Ok(())
}

fn page() -> String {
    let mut text = HEAD.to_owned();
    text.push_str("| check | level | needs a run | finds |\n|---|---|---|---|\n");
    let registry = guard_checks::registry();
    for check in registry {
        let run = if check.first_mode == guard_model::Mode::Quick { "" } else { "yes" };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| [{0}](#{0}) | {1} | {run} | {2} |",
            check.name,
            check.default_level.as_str(),
            check.summary
        );
    }
    for check in registry {
        text.push('\n');
        let readme = demoted(check.readme.split("\n## Cases").next().unwrap_or(check.readme));
        text.push_str(&moved(
            &readme,
            &format!("crates/guard-checks/src/checks/{}", check.name.replace('-', "_")),
        ));
    }
    text
}

/// A README as a chapter: each heading one level lower, but for those in code.
fn demoted(readme: &str) -> String {
    let mut in_code = false;
    let mut out = String::new();
    for line in readme.trim_end().lines() {
        in_code ^= line.trim_start().starts_with("```");
        if line.starts_with('#') && !in_code {
            out.push('#');
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// The text with links that were meant from `dir` meant from `docs`.
fn moved(text: &str, dir: &str) -> String {
    let mut pieces = text.split("](");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str("](");
        let target = piece.split(')').next().unwrap_or_default();
        if target.contains("://") || target.starts_with('#') {
            out.push_str(piece);
            continue;
        }
        let mut parts: Vec<&str> = dir.split('/').collect();
        for part in target.split('/') {
            if part == ".." {
                parts.pop();
            } else {
                parts.push(part);
            }
        }
        out.push_str("../");
        out.push_str(&parts.join("/"));
        out.push_str(&piece[target.len()..]);
    }
    out
}
