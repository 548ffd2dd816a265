//! The workflow of a CI.

use std::path::Path;

use anyhow::Result;

use super::action::{read, within};
use super::git::{Hooked, entry};
use super::record::Part;

const GITHUB: &str = include_str!("../../../templates/github.yml");
const GITLAB: &str = include_str!("../../../templates/gitlab.yml");

/// What GitLab reads first.
const GITLAB_ROOT: &str = ".gitlab-ci.yml";

/// Lines that make it read guard's file.
const GITLAB_INCLUDE: &str = "include:\n  - local: .gitlab/guard.yml\n";

/// Whose CI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Ci {
    /// GitHub Actions: .github/workflows/guard.yml
    Github,
    /// GitLab: .gitlab/guard.yml, included by .gitlab-ci.yml
    Gitlab,
}

/// Plans the workflow.
pub(super) fn workflow(ci: Ci, top: &Path) -> Result<Hooked> {
    let mut hooked = Hooked::default();
    let (file, text) = match ci {
        Ci::Github => (".github/workflows/guard.yml", GITHUB),
        Ci::Gitlab => (".gitlab/guard.yml", GITLAB),
    };
    let path = within(&top.join(file), &[top], top)?;
    if read(&path, top)?.is_some() {
        hooked.notes.push(format!("{file} is there already and stays as it is"));
        return Ok(hooked);
    }
    let text = text.replace("{VERSION}", env!("CARGO_PKG_VERSION"));
    hooked.entries.push(entry(&path, None, text, Part::Whole, top, false));
    if ci == Ci::Gitlab {
        let path = within(&top.join(GITLAB_ROOT), &[top], top)?;
        match read(&path, top)? {
            None => {
                let text = GITLAB_INCLUDE.to_owned();
                hooked.entries.push(entry(&path, None, text, Part::Whole, top, false));
            }
            Some(text) if text.lines().any(|l| l.starts_with("include:")) => {
                hooked
                    .notes
                    .push(format!("{GITLAB_ROOT} includes files already; add to them: `- local: {file}`"));
            }
            Some(text) => {
                let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
                let block = format!("{gap}{GITLAB_INCLUDE}");
                let after = format!("{text}{block}");
                hooked.entries.push(entry(&path, Some(text), after, Part::Block(block), top, false));
            }
        }
    }
    Ok(hooked)
}
