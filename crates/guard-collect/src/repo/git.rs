//! How guard calls git: same language, no locks, nothing of the user's configuration that would
//! start programs or hide changes, and never a write into the checked repository.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use guard_exec::{Cmd, Control, Exit, Limits, Output};

use super::RepoError;

/// Settings that every call has, stronger than any configuration file.
const CONFIG: &[&str] = &[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.splitIndex=false",
    "index.sparse=false",
    "core.quotePath=true",
    "core.warnAmbiguousRefs=true",
    "core.commitGraph=true",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
    "submodule.recurse=false",
];

/// A way to call git: where, and with which variables.
#[derive(Debug, Clone)]
pub(super) struct Git {
    cwd: PathBuf,
    env: Vec<(OsString, OsString)>,
    config: Vec<OsString>,
    ctl: Control,
}

impl Git {
    /// Calls in `cwd`, with `settings` of the caller's environment.
    pub(super) fn new(cwd: &Path, settings: &[(OsString, OsString)], ctl: &Control) -> Git {
        let mut git =
            Git { cwd: cwd.to_owned(), env: settings.to_vec(), config: Vec::new(), ctl: ctl.clone() };
        // A replacement or a graft shows another history than the one that is pushed.
        for (name, value) in [("GIT_NO_REPLACE_OBJECTS", "1"), ("GIT_GRAFT_FILE", "/dev/null")] {
            git = git.env(name, value);
        }
        git
    }

    #[must_use]
    pub(super) fn env(mut self, name: &str, value: impl Into<OsString>) -> Git {
        self.env.push((name.into(), value.into()));
        self
    }

    /// The same calls with a setting of their own.
    #[must_use]
    pub(super) fn config(mut self, setting: impl Into<OsString>) -> Git {
        self.config.push(setting.into());
        self
    }

    /// The same calls in another directory.
    #[must_use]
    pub(super) fn within(mut self, cwd: &Path) -> Git {
        cwd.clone_into(&mut self.cwd);
        self
    }

    pub(super) fn control(&self) -> &Control {
        &self.ctl
    }

    /// The command, ready to be run.
    pub(super) fn cmd(&self, args: &[OsString]) -> Cmd {
        let mut cmd = Cmd::git(&self.cwd).limits(Limits::whole_answer());
        for (name, value) in &self.env {
            cmd = cmd.env(name, value);
        }
        for setting in CONFIG {
            cmd = cmd.arg("-c").arg(setting);
        }
        for setting in &self.config {
            cmd = cmd.arg("-c").arg(setting);
        }
        cmd.args(args)
    }

    /// Runs a command and returns what it printed.
    pub(super) fn run<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Vec<u8>, RepoError> {
        let args = owned(args);
        let output = self.cmd(&args).run(&self.ctl)?;
        if output.success() { Ok(output.stdout) } else { Err(failure(&args, &output)) }
    }

    /// Runs a command that reads `input`.
    pub(super) fn feed<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        input: Vec<u8>,
    ) -> Result<Vec<u8>, RepoError> {
        let args = owned(args);
        let output = self.cmd(&args).stdin_bytes(input).run(&self.ctl)?;
        if output.success() { Ok(output.stdout) } else { Err(failure(&args, &output)) }
    }

    /// Runs a command whose exit code is an answer.
    pub(super) fn ask<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
    ) -> Result<Output, RepoError> {
        let args = owned(args);
        let output = self.cmd(&args).run(&self.ctl)?;
        match output.exit {
            Exit::Code(_) => Ok(output),
            _ => Err(failure(&args, &output)),
        }
    }
}

/// Arguments of any kind as one list.
pub(super) fn owned<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Vec<OsString> {
    args.into_iter().map(|arg| arg.as_ref().to_owned()).collect()
}

/// The error of a command that ended badly. guard's own settings are left out of its text.
pub(super) fn failure(args: &[OsString], output: &Output) -> RepoError {
    if output.exit == Exit::Interrupted {
        return RepoError::Interrupted;
    }
    let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
    RepoError::Git { command: format!("git {}", args.join(" ")), exit: output.exit, stderr: output.tail(5) }
}
