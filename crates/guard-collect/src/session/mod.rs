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
mod cline;
mod codex;
mod commands;
mod detect;
mod export;
mod find;
mod generic;
mod json;
mod kin;
mod lines;
mod output;
mod pi;
#[cfg(test)]
mod readings;
mod relay;
mod scan;
mod summary;
mod tape;
mod tasks;
mod texts;
mod tree;

pub use find::{Candidate, Found, HomeDirs, find_newest, work_dir};
pub use kin::Work;
pub use summary::{Summary, final_message, summarise};
pub use texts::{
    merge, read_commit_messages, read_completed_task, read_github_event, read_message, read_pull_request,
    read_request, read_task_list,
};

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use guard_model::evidence::{Gap, GapKind};
use guard_model::words::{Purpose, Words, WordsFormat, WordsInput};

use detect::Found as Shape;

/// What a command line of an agent is for, sorted, each once.
pub fn purposes(line: &str) -> Vec<Purpose> {
    commands::analyse(line).purposes
}

/// The message of the commit that a command line makes, when the line says it.
pub fn commit_message(line: &str) -> Option<String> {
    commands::analyse(line).commit_messages.into_iter().next()
}

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
/// taken for a task folder of Cline. A pipe is read once, as a whole.
pub fn read_file(path: &Path, reason: &str) -> Result<Words, SessionError> {
    let unreadable = |source| SessionError::Unreadable { path: path.to_owned(), source };
    let place = path
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let kind = std::fs::metadata(path).map_err(unreadable)?.file_type();
    if kind.is_file() || kind.is_dir() {
        return read_at(path, path, &place, reason);
    }
    let mut copy = tempfile::NamedTempFile::new().map_err(unreadable)?;
    io::copy(&mut open(path).map_err(unreadable)?, &mut copy).map_err(unreadable)?;
    read_at(copy.path(), path, &place, reason)
}

/// The content of a file, or of a pipe that somebody writes to.
///
/// # Errors
///
/// It cannot be read, or nobody opened the pipe for writing within [`WRITER_COMES`].
pub fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How long a pipe may be without a writer.
const WRITER_COMES: Duration = Duration::from_secs(10);

/// Opens a file. Opening a named pipe waits until somebody writes to it, which may be for ever.
fn open(path: &Path) -> io::Result<File> {
    if std::fs::metadata(path)?.is_file() {
        return File::open(path);
    }
    let (send, opened) = mpsc::channel();
    let owned = path.to_owned();
    // A thread that still waits ends with the process.
    std::thread::spawn(move || send.send(File::open(owned)));
    let nobody = |_| io::Error::new(io::ErrorKind::TimedOut, "nobody writes to this pipe");
    opened.recv_timeout(WRITER_COMES).map_err(nobody)?
}

/// What could not be read of sessions, for the report's list of what was not seen.
pub fn gaps(words: &Words) -> Vec<Gap> {
    let missing = |input: &WordsInput| {
        let cut = input.remarks.iter().find(|remark| remark.ends_with("is cut off")).cloned();
        let broken = match input.broken_records {
            0 => None,
            1 => Some("1 record could not be read".to_owned()),
            n => Some(format!("{n} records could not be read")),
        };
        let what = cut.or(broken)?;
        let reason = format!("{}: {what}, so what it says is not judged", input.place);
        Some(Gap::new(GapKind::Mode, reason))
    };
    words.inputs.iter().filter_map(missing).collect()
}

/// Reads what lies at `path` and was named as `named`.
fn read_at(path: &Path, named: &Path, place: &str, reason: &str) -> Result<Words, SessionError> {
    let unreadable = |source| SessionError::Unreadable { path: named.to_owned(), source };
    let no_transcript = |why| SessionError::NotATranscript { path: named.to_owned(), why };
    if path.is_dir() {
        let words = cline::read_folder(path, place, reason).map_err(unreadable)?;
        return words.ok_or_else(|| no_transcript("a directory without a conversation of Cline"));
    }
    let read = match detect::detect(path).map_err(unreadable)? {
        Shape::Lines(format) => match format {
            WordsFormat::CodexRollout => codex::read_rollout(path, place, reason),
            WordsFormat::PiSession | WordsFormat::CompactTranscript => {
                pi::read_session(path, place, reason, format)
            }
            _ => claude::read_transcript(path, place, reason, format),
        },
        Shape::StreamList => claude::read_stream_list(path, place, reason),
        Shape::MessageList => match cline::read_folder(path, place, reason) {
            Ok(Some(words)) => Ok(words),
            Ok(None) => return Err(no_transcript("no message in it")),
            Err(error) => Err(error),
        },
        Shape::Text(WordsFormat::TaskList) => {
            std::fs::read(path).map(|bytes| read_task_list(&String::from_utf8_lossy(&bytes), place, reason))
        }
        Shape::Text(_) => export::read_export(path, place, reason),
        Shape::PlainText => return Err(no_transcript("a plain text without a task list")),
        Shape::OtherJson => return Err(no_transcript("JSON of another kind")),
        Shape::TooLong => return Err(no_transcript("its lines are too long to be read")),
        Shape::Empty => return Err(no_transcript("it is empty")),
        Shape::Binary => return Err(no_transcript("it is not a text")),
    };
    read.map_err(unreadable)
}
