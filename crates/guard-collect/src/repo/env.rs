//! What git itself told guard about the repository, as data.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// The git variables of guard's caller. A hook has some of them; an ordinary call has none.
///
/// This module never reads the process's environment: the binary hands over what it wants to count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GitEnv {
    /// `GIT_DIR`: set in hooks of linked work trees, and by people.
    pub git_dir: Option<PathBuf>,
    /// `GIT_WORK_TREE`.
    pub work_tree: Option<PathBuf>,
    /// `GIT_INDEX_FILE`: the index that is about to be committed, relative to the top of the work tree
    /// or absolute. `git commit -- a` and `git commit -a` put it beside the usual one.
    pub index_file: Option<PathBuf>,
    /// `GIT_OBJECT_DIRECTORY`: where new objects wait during a push.
    pub object_directory: Option<PathBuf>,
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES`, as it was.
    pub alternates: Option<OsString>,
    /// Settings that decide what git would record: `GIT_CONFIG_*`, where git looks for repositories.
    pub settings: Vec<(OsString, OsString)>,
}

/// Variables of `settings`.
const SETTINGS: &[&str] = &[
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
];

impl GitEnv {
    /// Picks the git variables out of an environment.
    pub fn from_vars(vars: impl IntoIterator<Item = (OsString, OsString)>) -> GitEnv {
        let mut env = GitEnv::default();
        for (name, value) in vars {
            match name.to_str() {
                Some("GIT_DIR") => env.git_dir = path(&value),
                Some("GIT_WORK_TREE") => env.work_tree = path(&value),
                Some("GIT_INDEX_FILE") => env.index_file = path(&value),
                Some("GIT_OBJECT_DIRECTORY") => env.object_directory = path(&value),
                Some("GIT_ALTERNATE_OBJECT_DIRECTORIES") if !value.is_empty() => env.alternates = Some(value),
                Some(known)
                    if SETTINGS.contains(&known)
                        || known.starts_with("GIT_CONFIG_KEY_")
                        || known.starts_with("GIT_CONFIG_VALUE_") =>
                {
                    env.settings.push((name, value));
                }
                _ => {}
            }
        }
        env
    }
}

fn path(value: &OsStr) -> Option<PathBuf> {
    (!value.is_empty()).then(|| value.into())
}
