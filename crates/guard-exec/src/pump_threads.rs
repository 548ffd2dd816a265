//! Following one child to its end where there is no `poll`: one thread for each stream.

use std::io::{PipeReader, Read, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::output::{Sink, Stream};
use crate::spawn::Started;
use crate::{Cmd, Control, ExecError, Exit};

/// Time between two looks at the child and the clock.
const TICK: Duration = Duration::from_millis(10);
/// How long a child's pipes may stay open after its end.
const LINGER: Duration = Duration::from_millis(200);

/// A started child and everything that belongs to following it.
pub(crate) struct Job<'a, 'b> {
    pub(crate) started: Started,
    pub(crate) cmd: &'a Cmd,
    pub(crate) ctl: &'a Control,
    pub(crate) sink: &'a mut Sink<'b>,
}

/// Follows the child to its end. Its own children are not found on this platform.
pub(crate) fn run(job: Job<'_, '_>) -> Result<Exit, ExecError> {
    let Job { started: Started { mut child, stdout, stderr }, cmd, ctl, sink } = job;
    let lost = |e| ExecError::io(format!("lost track of `{}`", cmd.program_name()), e);
    if let (Some(mut stdin), Some(bytes)) = (child.stdin.take(), cmd.input().map(<[u8]>::to_vec)) {
        thread::spawn(move || stdin.write_all(&bytes));
    }
    let (send, chunks) = channel();
    read_all(stdout, Stream::Stdout, send.clone());
    if let Some(stderr) = stderr {
        read_all(stderr, Stream::Stderr, send.clone());
    }
    drop(send);

    let started = Instant::now();
    let mut verdict = None;
    let mut dead: Option<(Exit, Instant)> = None;
    let mut dry = false;
    loop {
        match chunks.recv_timeout(TICK) {
            Ok((stream, chunk)) => {
                if !sink.take(stream, &chunk) && verdict.is_none() {
                    verdict = Some(Exit::OverOutput);
                    let _ = child.kill();
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                dry = true;
                thread::sleep(TICK);
            }
        }
        if dead.is_none()
            && let Some(status) = child.try_wait().map_err(lost)?
        {
            dead = Some((Exit::Code(status.code().unwrap_or(-1)), Instant::now()));
        }
        if let Some((exit, at)) = dead {
            if dry || at.elapsed() >= LINGER {
                return Ok(verdict.unwrap_or(exit));
            }
            continue;
        }
        if verdict.is_none() {
            if ctl.is_interrupted() {
                verdict = Some(Exit::Interrupted);
            } else if started.elapsed() >= cmd.bounds().wall {
                verdict = Some(Exit::TimedOut);
            }
            if verdict.is_some() {
                let _ = child.kill();
            }
        }
    }
}

fn read_all(mut end: PipeReader, stream: Stream, send: Sender<(Stream, Vec<u8>)>) {
    thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(n) = end.read(&mut buffer) {
            if n == 0 || send.send((stream, buffer[..n].to_vec())).is_err() {
                return;
            }
        }
    });
}
