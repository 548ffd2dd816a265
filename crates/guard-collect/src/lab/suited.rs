//! What can be tested in a repository without being told how.

use std::path::Path;

use super::conventions::CONVENTIONS;
use super::project::{Files, Project, below, holds_data};
use super::suite::InTree;

/// A project in a directory that guard can test without being told how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suited {
    /// The directory below the top; empty for the top itself.
    pub dir: String,
    /// The command that tests it.
    pub command: String,
}

/// What can be tested in the top directory and in those directly below it, for people who begin with a repository.
pub fn suited(top: &Path) -> Vec<Suited> {
    let tree = InTree(top.to_owned());
    let mut dirs: Vec<String> = tree
        .list("")
        .into_iter()
        .filter(|name| {
            !name.starts_with('.') && name != "target" && !holds_data(name) && top.join(name).is_dir()
        })
        .collect();
    dirs.sort();
    dirs.insert(0, String::new());
    let members = tree.read("Cargo.toml").is_some_and(|text| text.contains("[workspace]"));
    let mut all = Vec::new();
    for dir in dirs {
        if tree.has(&below(&dir, "Cargo.toml")) && (dir.is_empty() || !members) {
            all.push(Suited { dir: dir.clone(), command: "cargo test".to_owned() });
        }
        let found = CONVENTIONS.iter().filter_map(|c| (c.suite)(&tree, &dir));
        all.extend(found.filter_map(|project| match project {
            Project::Suite { policy, .. } => Some(Suited { dir: dir.clone(), command: policy.run }),
            Project::Cargo { .. } => None,
        }));
    }
    all
}
