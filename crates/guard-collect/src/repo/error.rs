//! What can be wrong with the repository or with what was asked of it.

use std::io;
use std::path::PathBuf;

use guard_exec::{ExecError, Exit};

/// The repository could not answer.
#[derive(Debug, thiserror::Error)]
pub enum RepoError {
    /// No repository here or above.
    #[error("{} is not inside a git repository; name one with --repo DIR", dir.display())]
    NotARepository {
        /// Where it was looked for.
        dir: PathBuf,
    },
    /// The directory that was named does not exist.
    #[error("{} does not exist or is not a directory", dir.display())]
    NoDirectory {
        /// The directory.
        dir: PathBuf,
    },
    /// git refuses a repository that belongs to somebody else.
    #[error(
        "git does not trust {}: it belongs to another user; if you do trust it, run `git config --global --add safe.directory {}`",
        dir.display(), dir.display()
    )]
    Untrusted {
        /// The repository.
        dir: PathBuf,
    },
    /// A work tree or an index was asked for where there is none.
    #[error("{} is a bare repository without work tree or index; name two revisions with --base A --head B", dir.display())]
    Bare {
        /// The git directory.
        dir: PathBuf,
    },
    /// A revision that does not exist.
    #[error("no revision `{rev}` in this repository{}", hint(nearest, fetch))]
    NoSuchRevision {
        /// As it was asked for.
        rev: String,
        /// The existing ref with the most similar name.
        nearest: Option<String>,
        /// What may bring it, as a phrase.
        fetch: Option<String>,
    },
    /// A revision of a repository without a commit.
    #[error(
        "there is no commit in this repository yet, so `{rev}` names nothing; leave --base and --head out to check the work tree"
    )]
    NoCommit {
        /// As it was asked for.
        rev: String,
    },
    /// A name that means more than one thing.
    #[error("`{rev}` is ambiguous: {candidates}; write the full name of the one that is meant")]
    AmbiguousRevision {
        /// As it was asked for.
        rev: String,
        /// What it may mean.
        candidates: String,
    },
    /// The history that is needed was not cloned.
    #[error(
        "{what} is beyond the boundary of this shallow clone; run `git fetch --unshallow`, or in CI check out with full history (`fetch-depth: 0`)"
    )]
    Shallow {
        /// What was looked for.
        what: String,
    },
    /// Conflicts in the index.
    #[error(
        "the index has unresolved conflicts in {}; resolve them and `git add` the files, nothing can be committed before",
        listed(paths)
    )]
    Unmerged {
        /// The paths.
        paths: Vec<String>,
    },
    /// An object that is not here.
    #[error("object {oid} is missing{}", if *partial { " and this is a partial clone: guard never fetches by itself, run `git fetch --refetch --no-filter` or `git checkout` what is to be checked" } else { "; run `git fsck`" })]
    MissingObject {
        /// Its id, or the name it was asked for by.
        oid: String,
        /// True in a clone that leaves objects on the server.
        partial: bool,
    },
    /// An object that is larger than the reader wants.
    #[error("object {oid} has {size} bytes, more than the {limit} that are read")]
    TooLarge {
        /// Its id.
        oid: String,
        /// Its size in bytes.
        size: u64,
        /// What the caller wanted at most.
        limit: u64,
    },
    /// A file was written while it was being read.
    #[error("`{path}` changed while it was being read; run guard again when nothing writes to the work tree")]
    Moving {
        /// The file.
        path: String,
    },
    /// A directory that guard must not write to.
    #[error("{} is inside the checked repository; the scratch area must lie outside of it", dir.display())]
    InsideRepository {
        /// The directory.
        dir: PathBuf,
    },
    /// git said no.
    #[error("`{command}` failed ({exit}): {stderr}")]
    Git {
        /// The command, as a person would type it.
        command: String,
        /// How it ended.
        exit: Exit,
        /// What it said.
        stderr: String,
    },
    /// git said something that guard does not understand.
    #[error("`{command}` answered something unexpected: {what}")]
    Unexpected {
        /// The command.
        command: String,
        /// What was odd.
        what: String,
    },
    /// guard was interrupted.
    #[error("interrupted")]
    Interrupted,
    /// git could not be run.
    #[error(transparent)]
    Exec(ExecError),
    /// A file of guard's own scratch area or of the git directory could not be used.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
}

impl From<ExecError> for RepoError {
    fn from(error: ExecError) -> Self {
        match error {
            ExecError::Interrupted { .. } => RepoError::Interrupted,
            other => RepoError::Exec(other),
        }
    }
}

impl RepoError {
    pub(super) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> RepoError {
        let path = path.into();
        move |source| RepoError::Io { path, source }
    }

    pub(super) fn unexpected(command: &str, what: impl Into<String>) -> RepoError {
        RepoError::Unexpected { command: command.to_owned(), what: what.into() }
    }
}

fn hint(nearest: &Option<String>, fetch: &Option<String>) -> String {
    let near = nearest.iter().map(|name| format!("; the nearest name is `{name}`"));
    let fetch = fetch.iter().map(|command| format!("; if the server has it, {command}"));
    near.chain(fetch).collect()
}

fn listed(paths: &[String]) -> String {
    let mut text = paths.iter().take(5).map(|p| format!("`{p}`")).collect::<Vec<_>>().join(", ");
    if paths.len() > 5 {
        text = format!("{text} and {} more", paths.len() - 5);
    }
    text
}
