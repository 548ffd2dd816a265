//! What a child left behind.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use guard_model::lab::SandboxReport;

use crate::ExecError;

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// Ended by guard: over the wall time.
    TimedOut,
    /// Ended by guard: printed too much.
    OverOutput,
    /// Ended by guard: used too much memory, or started too many processes.
    OverMemory,
    /// Ended by guard: guard itself was interrupted.
    Interrupted,
}

impl Exit {
    /// Exit code 0.
    pub fn success(self) -> bool {
        self == Exit::Code(0)
    }

    /// The exit code, if it ended by itself.
    pub fn code(self) -> Option<i32> {
        match self {
            Exit::Code(code) => Some(code),
            _ => None,
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "exit code {code}"),
            Exit::Signal(signal) => match signal_name(*signal) {
                Some(name) => write!(f, "signal {signal} ({name})"),
                None => write!(f, "signal {signal}"),
            },
            Exit::TimedOut => f.write_str("ended by guard: over the time limit"),
            Exit::OverOutput => f.write_str("ended by guard: over the output limit"),
            Exit::OverMemory => f.write_str("ended by guard: over the memory or process limit"),
            Exit::Interrupted => f.write_str("ended by guard: interrupted"),
        }
    }
}

fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        _ => return None,
    })
}

/// What a child left behind.
#[derive(Debug, Clone)]
pub struct Output {
    /// How it ended.
    pub exit: Exit,
    /// Standard output: all of it, or when it was longer than [`Limits::keep`](crate::Limits::keep)
    /// its beginning and its end with a line between that says how much is left out. Empty after
    /// [`Cmd::stream`](crate::Cmd::stream), which handed it over in chunks.
    pub stdout: Vec<u8>,
    /// Standard error, likewise; empty when it was merged into standard output.
    pub stderr: Vec<u8>,
    /// Bytes left out of `stdout` and `stderr`; the log file, if there is one, has them.
    pub dropped: u64,
    /// Wall time in milliseconds.
    pub ms: u64,
    /// How it was confined; `None` when that was not asked for.
    pub sandbox: Option<SandboxReport>,
    /// Why the log file is not complete, if it is not (a full disk, say).
    pub log_error: Option<String>,
}

impl Output {
    /// True when it ended by itself with exit code 0.
    pub fn success(&self) -> bool {
        self.exit.success()
    }

    /// True when `stdout` or `stderr` is not all that was printed.
    pub fn truncated(&self) -> bool {
        self.dropped > 0
    }

    /// Standard output as text, broken UTF-8 replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The last `lines` lines of standard error, or of standard output when the former is empty:
    /// what a message about a failure wants to show.
    pub fn tail(&self, lines: usize) -> String {
        let bytes = if self.stderr.trim_ascii().is_empty() { &self.stdout } else { &self.stderr };
        let text = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(64 << 10)..]);
        let all: Vec<&str> = text.trim_end().lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }
}

/// Keeps the beginning and the end of a stream, in bounded memory.
#[derive(Debug)]
pub(crate) struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    half: usize,
    dropped: u64,
}

impl Kept {
    pub(crate) fn new(keep: usize) -> Kept {
        Kept { head: Vec::new(), tail: VecDeque::new(), half: keep / 2, dropped: 0 }
    }

    pub(crate) fn push(&mut self, mut chunk: &[u8]) {
        let room = self.half.saturating_sub(self.head.len());
        let (first, rest) = chunk.split_at(room.min(chunk.len()));
        self.head.extend_from_slice(first);
        chunk = rest;
        if chunk.len() > self.half {
            let over = chunk.len() - self.half;
            self.dropped += over as u64;
            chunk = &chunk[over..];
        }
        let over = (self.tail.len() + chunk.len()).saturating_sub(self.half);
        self.tail.drain(..over);
        self.dropped += over as u64;
        self.tail.extend(chunk);
    }

    /// The text, and how many bytes were left out of it.
    pub(crate) fn finish(self) -> (Vec<u8>, u64) {
        let Kept { mut head, tail, dropped, .. } = self;
        if dropped > 0 {
            head.extend_from_slice(format!("\n[guard: {dropped} bytes left out]\n").as_bytes());
        }
        let (a, b) = tail.as_slices();
        head.extend_from_slice(a);
        head.extend_from_slice(b);
        (head, dropped)
    }
}

/// Takes chunks of standard output as they come.
pub(crate) type OnChunk<'a> = &'a mut dyn FnMut(&[u8]);

/// Where the bytes of one child go.
pub(crate) struct Sink<'a> {
    pub(crate) stdout: Kept,
    pub(crate) stderr: Kept,
    pub(crate) log_error: Option<String>,
    on_stdout: Option<OnChunk<'a>>,
    log: Option<File>,
    left: u64,
}

/// One of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(keep: usize, limit: u64, on_stdout: Option<OnChunk<'a>>) -> Sink<'a> {
        Sink {
            stdout: Kept::new(keep),
            stderr: Kept::new(keep),
            log_error: None,
            on_stdout,
            log: None,
            left: limit,
        }
    }

    pub(crate) fn log_to(&mut self, path: &Path) -> Result<(), ExecError> {
        let file = File::create(path)
            .map_err(|e| ExecError::io(format!("cannot create the log {}", path.display()), e))?;
        self.log = Some(file);
        Ok(())
    }

    /// Takes what was printed, up to the limit; false when the limit is passed.
    pub(crate) fn take(&mut self, stream: Stream, chunk: &[u8]) -> bool {
        let room = usize::try_from(self.left).unwrap_or(usize::MAX);
        let (chunk, within) = if chunk.len() > room { (&chunk[..room], false) } else { (chunk, true) };
        self.left -= chunk.len() as u64;
        if let Some(log) = &mut self.log
            && let Err(error) = log.write_all(chunk)
        {
            self.log_error = Some(error.to_string());
            self.log = None;
        }
        match (stream, &mut self.on_stdout) {
            (Stream::Stdout, Some(on_stdout)) => on_stdout(chunk),
            (Stream::Stdout, None) => self.stdout.push(chunk),
            (Stream::Stderr, _) => self.stderr.push(chunk),
        }
        within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_stream_is_kept_whole() {
        let mut kept = Kept::new(8);
        for chunk in [&b"abc"[..], b"de", b"fgh"] {
            kept.push(chunk);
        }
        assert_eq!(kept.finish(), (b"abcdefgh".to_vec(), 0));
    }

    #[test]
    fn a_long_stream_keeps_its_beginning_and_its_end() {
        for chunk in [1, 3, 100] {
            let mut kept = Kept::new(8);
            let text: Vec<u8> = (b'a'..=b'z').collect();
            text.chunks(chunk).for_each(|c| kept.push(c));
            let (text, dropped) = kept.finish();
            assert_eq!(String::from_utf8_lossy(&text), "abcd\n[guard: 18 bytes left out]\nwxyz");
            assert_eq!(dropped, 18);
        }
    }

    #[test]
    fn an_exit_reads_like_a_sentence() {
        assert_eq!(Exit::Code(2).to_string(), "exit code 2");
        assert_eq!(Exit::Signal(11).to_string(), "signal 11 (SIGSEGV)");
    }
}
