//! What can go wrong before a child has an exit code of its own.

use std::io;
use std::path::PathBuf;

/// A child could not be started, or could not be followed to its end.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// The program does not exist.
    #[error("`{program}` is not installed or not on PATH")]
    NotFound {
        /// As it was asked for.
        program: String,
    },
    /// The directory to start in does not exist.
    #[error("`{program}` cannot start in {}: no such directory", cwd.display())]
    NoDirectory {
        /// Program.
        program: String,
        /// Directory.
        cwd: PathBuf,
    },
    /// The program exists and the system refused to start it.
    #[error("`{program}` could not be started: {reason}")]
    Spawn {
        /// Program.
        program: String,
        /// The system's words.
        reason: String,
    },
    /// A sandbox is required and this machine does not give one.
    #[error("no sandbox for `{program}`: {missing}; {help}")]
    NoSandbox {
        /// Program.
        program: String,
        /// What is missing, and why.
        missing: String,
        /// How it can be allowed.
        help: String,
    },
    /// The run was interrupted before the child was started.
    #[error("interrupted before `{program}` was started")]
    Interrupted {
        /// Program.
        program: String,
    },
    /// Input or output of guard itself failed.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// The system's words.
        source: io::Error,
    },
}

impl ExecError {
    pub(crate) fn io(what: impl Into<String>, source: io::Error) -> ExecError {
        ExecError::Io { what: what.into(), source }
    }
}
