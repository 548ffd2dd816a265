//! What the supervisor says to guard: one line a fact, on a pipe that the command never gets.

use std::fs::File;
use std::io::Write;

use guard_model::lab::SandboxReport;

use crate::Exit;
use crate::confine::Piece;

/// The writing side.
#[derive(Debug)]
pub(crate) struct Say(File);

impl Say {
    pub(crate) fn new(pipe: File) -> Say {
        Say(pipe)
    }

    pub(crate) fn remark(&mut self, text: &str) {
        self.line("remark", text);
    }

    /// Writes are confined, or the network is closed, or the tree dies as one.
    pub(crate) fn holds(&mut self, what: Holds) {
        self.line("holds", what.word());
    }

    /// A required sandbox cannot be had.
    pub(crate) fn missing(&mut self, text: &str) {
        self.line("missing", text);
    }

    /// This piece spoilt the supervisor's process; a new one may do without it.
    pub(crate) fn retry_without(&mut self, piece: Piece, why: &str) {
        self.remark(&format!("no {piece}: {why}"));
        self.line("retry-without", piece.name());
    }

    /// The command could not be started.
    pub(crate) fn failed(&mut self, text: &str) {
        self.line("failed", text);
    }

    pub(crate) fn exit(&mut self, exit: Exit) {
        match exit {
            Exit::Signal(signal) => self.line("signal", &signal.to_string()),
            other => self.line("exit", &other.code().unwrap_or(-1).to_string()),
        }
    }

    fn line(&mut self, word: &str, text: &str) {
        // When guard is gone, nobody is left to be told.
        let _ = self.0.write_all(format!("{word} {}\n", text.replace('\n', " ")).as_bytes());
    }
}

/// What a sandbox can achieve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    Writes,
    Network,
    Tree,
}

impl Holds {
    fn word(self) -> &'static str {
        match self {
            Holds::Writes => "writes",
            Holds::Network => "network",
            Holds::Tree => "tree",
        }
    }
}

/// The reading side: everything that was said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) report: SandboxReport,
    pub(crate) missing: Option<String>,
    pub(crate) failed: Option<String>,
    pub(crate) retry_without: Option<Piece>,
    pub(crate) exit: Option<Exit>,
}

impl Said {
    /// Not a word about how it went.
    pub(crate) fn is_silent(&self) -> bool {
        self.exit.is_none() && self.missing.is_none() && self.failed.is_none() && self.retry_without.is_none()
    }

    pub(crate) fn parse(bytes: &[u8]) -> Said {
        let mut said = Said::default();
        for line in String::from_utf8_lossy(bytes).lines() {
            let Some((word, text)) = line.split_once(' ') else { continue };
            match word {
                "remark" => said.report.remarks.push(text.to_owned()),
                "holds" => {
                    said.report.writes_confined |= text == Holds::Writes.word();
                    said.report.network_closed |= text == Holds::Network.word();
                    said.report.tree_killed |= text == Holds::Tree.word();
                }
                "missing" => said.missing = Some(text.to_owned()),
                "retry-without" => {
                    said.retry_without = Piece::ALL.into_iter().find(|piece| piece.name() == text);
                }
                "failed" => said.failed = Some(text.to_owned()),
                "exit" => said.exit = text.parse().ok().map(Exit::Code),
                "signal" => said.exit = text.parse().ok().map(Exit::Signal),
                _ => {}
            }
        }
        said
    }
}
