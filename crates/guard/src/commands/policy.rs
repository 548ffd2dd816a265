//! `guard policy show` and `guard policy check`.

use std::path::Path;

use anyhow::{Context, Result};
use guard_model::Policy;

use super::print;
use crate::cli::PolicyCommand;
use crate::pipeline::{self, POLICY_FILE, Place};
use crate::presets::presets;

/// Prints or checks a policy.
pub(super) fn policy(command: &PolicyCommand, place: &Place<'_>) -> Result<u8> {
    match command {
        PolicyCommand::Show { preset: Some(name), .. } => {
            let text = presets().text(name).with_context(|| {
                format!(
                    "there is no preset `{name}`; there are default, pre-commit, stop-hook, ci and strict"
                )
            })?;
            print(text)
        }
        PolicyCommand::Show { repo, preset: None } => {
            let dir = repo.as_deref().unwrap_or(Path::new("."));
            let (repo, _) = pipeline::open(Some(dir), place)?;
            let file = repo.top().map(|top| top.join(POLICY_FILE)).filter(|p| p.is_file());
            let policy = match &file {
                Some(path) => pipeline::parse_policy_file(path)?,
                None => pipeline::default_policy()?,
            };
            let source = file.map_or_else(|| "built-in default".to_owned(), |p| p.display().to_string());
            print(&format!("# {source}, every value resolved\n{}", as_json(&policy)?))
        }
        PolicyCommand::Check { file } => {
            let path = file.as_deref().unwrap_or(Path::new(POLICY_FILE));
            pipeline::parse_policy_file(path)?;
            print(&format!("{} is fine\n", path.display()))
        }
    }
}

fn as_json(policy: &Policy) -> Result<String> {
    Ok(format!("{}\n", serde_json::to_string_pretty(policy)?))
}
