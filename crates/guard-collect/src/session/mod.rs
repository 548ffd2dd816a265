//! Reads what agents and people said and what transcripts show was done: one reader per format,
//! all of them filling [`guard_model::words::Words`].
//!
//! Reading never fails as a whole: broken, unknown and cut-off records are counted and told of in
//! [`guard_model::words::WordsInput`]. An error means that there is nothing to read: the file
//! cannot be opened, or it is no transcript at all.
//!
//! What a [`guard_model::words::Command`] says of its exit code comes from [`commands`], which reads
//! the command line as a shell would, and from the text of the output.

mod claude;
pub mod commands;
mod detect;
mod json;
mod lines;
mod output;
mod tape;
mod tasks;
mod tree;

use std::io;
use std::path::{Path, PathBuf};

use guard_model::words::{Words, WordsFormat};

use detect::Found as Shape;

/// Why an input could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The file cannot be opened or read.
    #[error("cannot read session {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is none of the known formats.
    #[error("{} is no transcript that guard knows ({why}); give a session of Claude Code, Codex, Cline or Oh My Pi, a stream-json output, a SpecStory export or a task list, or pass a plain text with --message", path.display())]
    NotATranscript {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        why: &'static str,
    },
}

/// Reads a transcript, an export or a task list; the format is found by content. A directory is
/// taken for a task folder of Cline.
pub fn read_file(path: &Path, reason: &str) -> Result<Words, SessionError> {
    let unreadable = |source| SessionError::Unreadable { path: path.to_owned(), source };
    let no_transcript = |why| SessionError::NotATranscript { path: path.to_owned(), why };
    let place = path
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let place = place.as_str();
    match detect::detect(path).map_err(unreadable)? {
        Shape::Lines(format @ (WordsFormat::ClaudeTranscript | WordsFormat::ClaudeStream)) => {
            claude::read_transcript(path, place, reason, format).map_err(unreadable)
        }
        _ => Err(no_transcript("todo")),
    }
}
