//! A long-lived child that answers requests, such as `git cat-file --batch`.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Instant;

use crate::{Cmd, Control, ExecError, Exit, program, spawn};

/// A child that is asked on its standard input and answers on its standard output; killed on drop.
///
/// For trusted programs only: it has no time, output or memory limit of its own (the reader decides
/// how much it reads), and what it says on standard error is lost. When guard dies, its input ends.
#[derive(Debug)]
pub struct Piped {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    cmd: Cmd,
    ctl: Control,
    started: Instant,
}

impl Piped {
    /// Starts `cmd`. Its limits, confinement, input and log file are not used.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(cmd: &Cmd, ctl: &Control) -> Result<Piped, ExecError> {
        if ctl.is_interrupted() {
            return Err(ExecError::Interrupted { program: cmd.program_name() });
        }
        let environment = cmd.environment();
        let file = program::find(cmd, &environment)?;
        let mut command = spawn::command(&file);
        command.args(cmd.arguments()).env_clear().envs(environment).current_dir(cmd.cwd());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        spawn::own_group(&mut command);
        let failed = |reason: String| ExecError::Spawn { program: cmd.program_name(), reason };
        let mut child = {
            let _side_by_side = spawn::STARTS.read();
            command.spawn().map_err(|e| failed(e.to_string()))?
        };
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed("no pipes".to_owned()));
        };
        let stdout = BufReader::with_capacity(64 << 10, stdout);
        Ok(Piped {
            child,
            stdin: Some(stdin),
            stdout,
            cmd: cmd.clone(),
            ctl: ctl.clone(),
            started: Instant::now(),
        })
    }

    /// Sends a request. A long one must not be sent before earlier answers are read: both pipes would
    /// fill up.
    ///
    /// # Errors
    /// When the child is gone.
    pub fn send(&mut self, request: &[u8]) -> Result<(), ExecError> {
        let gone = || std::io::ErrorKind::BrokenPipe.into();
        let sent = match &mut self.stdin {
            Some(stdin) => stdin.write_all(request).and_then(|()| stdin.flush()),
            None => Err(gone()),
        };
        sent.map_err(|e| self.lost(e))
    }

    /// Reads one line of the answer, without its line end; `None` at the end.
    ///
    /// # Errors
    /// When reading fails.
    pub fn line(&mut self) -> Result<Option<Vec<u8>>, ExecError> {
        let mut line = Vec::new();
        match self.stdout.read_until(b'\n', &mut line) {
            Ok(0) => Ok(None),
            Ok(_) => {
                if line.last() == Some(&b'\n') {
                    line.pop();
                }
                Ok(Some(line))
            }
            Err(e) => Err(self.lost(e)),
        }
    }

    /// Reads exactly `len` bytes of the answer.
    ///
    /// # Errors
    /// When the answer ends before.
    pub fn bytes(&mut self, len: usize) -> Result<Vec<u8>, ExecError> {
        // A reply that announces more than it gives must not make guard reserve it all.
        let mut bytes = Vec::with_capacity(len.min(1 << 20));
        match (&mut self.stdout).take(len as u64).read_to_end(&mut bytes) {
            Ok(n) if n == len => Ok(bytes),
            Ok(_) => Err(self.lost(std::io::ErrorKind::UnexpectedEof.into())),
            Err(e) => Err(self.lost(e)),
        }
    }

    /// The answer as a reader, for anything else.
    pub fn reader(&mut self) -> &mut impl BufRead {
        &mut self.stdout
    }

    /// Ends the input and returns what is still to come.
    ///
    /// # Errors
    /// When reading fails.
    pub fn finish(mut self) -> Result<Vec<u8>, ExecError> {
        self.stdin = None;
        let mut rest = Vec::new();
        self.stdout.read_to_end(&mut rest).map_err(|e| self.lost(e))?;
        Ok(rest)
    }

    fn lost(&self, error: std::io::Error) -> ExecError {
        ExecError::io(format!("`{}` stopped answering", self.cmd.display()), error)
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        self.stdin = None;
        let _ = self.child.kill();
        let code = self.child.wait().ok().and_then(|status| status.code());
        self.ctl.note(&self.cmd, Ok(Exit::Code(code.unwrap_or(0))), self.started.elapsed());
    }
}
