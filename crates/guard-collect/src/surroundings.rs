//! What the binary knows of the machine: environment, home, its own path. Read once in `main` and
//! passed down, so that nothing below looks at the process environment by itself.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The environment that guard was started in, as data.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    vars: BTreeMap<String, OsString>,
}

impl Surroundings {
    /// Takes the variables of an environment; names that are not UTF-8 are left out.
    pub fn new(vars: impl IntoIterator<Item = (OsString, OsString)>) -> Surroundings {
        let vars = vars.into_iter().filter_map(|(k, v)| Some((k.into_string().ok()?, v))).collect();
        Surroundings { vars }
    }

    /// A variable's value; an empty one counts as unset.
    pub fn var(&self, name: &str) -> Option<&OsString> {
        self.vars.get(name).filter(|v| !v.is_empty())
    }

    /// All variables.
    pub fn all(&self) -> impl Iterator<Item = (OsString, OsString)> {
        self.vars.iter().map(|(k, v)| (OsString::from(k), v.clone()))
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.var(name).map(PathBuf::from)
    }

    /// The user's home directory.
    pub fn home(&self) -> Option<PathBuf> {
        self.path("HOME").or_else(|| self.path("USERPROFILE"))
    }

    /// The directory for caches: `GUARD_CACHE_DIR`, else the platform's.
    pub fn cache_dir(&self) -> Option<PathBuf> {
        if let Some(dir) = self.path("GUARD_CACHE_DIR").or_else(|| self.path("XDG_CACHE_HOME")) {
            return Some(dir);
        }
        if cfg!(windows) {
            return self.path("LOCALAPPDATA");
        }
        let home = self.home()?;
        Some(if cfg!(target_os = "macos") { home.join("Library/Caches") } else { home.join(".cache") })
    }

    /// Cargo's home.
    pub fn cargo_home(&self) -> Option<PathBuf> {
        self.path("CARGO_HOME").or_else(|| Some(self.home()?.join(".cargo")))
    }

    /// Where tools keep what they need besides `HOME`: children get another `HOME`, and must find
    /// their toolchains and (read-only) package caches all the same.
    pub fn tool_homes(&self) -> Vec<(&'static str, PathBuf)> {
        const BELOW_HOME: [(&str, &str); 8] = [
            ("CARGO_HOME", ".cargo"),
            ("RUSTUP_HOME", ".rustup"),
            ("PYENV_ROOT", ".pyenv"),
            ("PYTHONUSERBASE", ".local"),
            ("NVM_DIR", ".nvm"),
            ("VOLTA_HOME", ".volta"),
            ("GOMODCACHE", "go/pkg/mod"),
            ("npm_config_cache", ".npm"),
        ];
        let home = self.home();
        BELOW_HOME
            .iter()
            .filter_map(|(name, below)| {
                let path = self.path(name).or_else(|| Some(home.as_ref()?.join(below)))?;
                path.is_dir().then_some((*name, path))
            })
            .collect()
    }

    /// `~/x` with the home directory in place of `~`.
    pub fn expand(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), self.home()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => Path::new(path).to_owned(),
        }
    }
}
