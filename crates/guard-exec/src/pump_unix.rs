//! Following one child to its end: moving its bytes, minding its limits, ending it when it must be.
//!
//! One thread, one `poll` loop. A short quiet child costs one or two turns of it.

use std::io::{self, ErrorKind, PipeReader, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::output::{Sink, Stream};
use crate::spawn::Started;
use crate::{Cmd, Control, ExecError, Exit, tree};

/// Interrupts are noticed within this time.
const TICK: Duration = Duration::from_millis(100);
/// First look at memory and processes, and the least time between two.
const MEASURE: Duration = Duration::from_millis(100);
/// How long a child's pipes may stay open after its end before what holds them is ended too.
const LINGER: Duration = Duration::from_millis(100);
/// How long anything may take to die before guard stops waiting for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// A started child and everything that belongs to following it.
pub(crate) struct Job<'a, 'b> {
    pub(crate) started: Started,
    pub(crate) cmd: &'a Cmd,
    pub(crate) ctl: &'a Control,
    pub(crate) sink: &'a mut Sink<'b>,
    /// What the supervisor says about itself.
    pub(crate) status: Option<PipeReader>,
    pub(crate) stop: Stop,
}

/// How the child is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It leads a process group of its own.
    Group,
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux has a supervisor"))]
    /// It is a supervisor: asked to stop, it ends everything below it first.
    Supervisor,
}

/// How it went.
pub(crate) struct Ended {
    pub(crate) exit: Exit,
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux has a supervisor"))]
    /// guard ended it; it did not end by itself.
    pub(crate) by_guard: bool,
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux has a supervisor"))]
    /// Everything that came over the status pipe.
    pub(crate) status: Vec<u8>,
}

/// Follows the child to its end. When this returns, the child is reaped.
pub(crate) fn run(job: Job<'_, '_>) -> Result<Ended, ExecError> {
    let Job { started: Started { mut child, stdout, stderr }, cmd, ctl, sink, status, stop } = job;
    let stdin = child.stdin.take().map(|pipe| Feed { pipe, bytes: cmd.input().unwrap_or_default() });
    let mut ends = Ends { stdin, stdout: Some(stdout), stderr, status, said: Vec::new() };
    let followed = ends.unblock().and_then(|()| follow(&mut child, &mut ends, cmd, ctl, sink, stop));
    let verdict = match followed {
        Ok(verdict) => verdict,
        Err(error) => {
            end(&mut child, stop);
            let _ = child.wait();
            return Err(ExecError::io(format!("lost track of `{}`", cmd.program_name()), error));
        }
    };
    let status =
        child.wait().map_err(|e| ExecError::io(format!("cannot wait for `{}`", cmd.program_name()), e))?;
    let own =
        || status.code().map(Exit::Code).or(status.signal().map(Exit::Signal)).unwrap_or(Exit::Code(-1));
    Ok(Ended { exit: verdict.unwrap_or_else(own), by_guard: verdict.is_some(), status: ends.said })
}

/// guard's ends of the child's pipes; `None` once closed.
struct Ends<'a> {
    stdin: Option<Feed<'a>>,
    stdout: Option<PipeReader>,
    stderr: Option<PipeReader>,
    status: Option<PipeReader>,
    said: Vec<u8>,
}

struct Feed<'a> {
    pipe: ChildStdin,
    bytes: &'a [u8],
}

/// Runs until the child is dead (not yet reaped) and its pipes are dry; says why guard ended it, if
/// it did.
fn follow(
    child: &mut Child,
    ends: &mut Ends<'_>,
    cmd: &Cmd,
    ctl: &Control,
    sink: &mut Sink<'_>,
    stop: Stop,
) -> io::Result<Option<Exit>> {
    let limits = cmd.bounds();
    let started = Instant::now();
    let deadline = started.checked_add(limits.wall);
    let watch = Watch::new(child);
    let mut verdict: Option<Exit> = None;
    let mut ended_at: Option<Instant> = None;
    let mut dead_at: Option<Instant> = None;
    let mut measure_at = started + MEASURE;
    let mut buffer = vec![0; 64 << 10];

    loop {
        let now = Instant::now();
        if dead_at.is_some() && ends.dry() {
            return Ok(verdict);
        }
        let mut until = now + TICK;
        if let Some(deadline) = deadline.filter(|_| verdict.is_none()) {
            until = until.min(deadline);
        }
        if verdict.is_none() && dead_at.is_none() {
            until = until.min(measure_at);
        }
        if let Some(dead_at) = dead_at {
            until = until.min(dead_at + LINGER);
        }
        watch.wait(ends, dead_at.is_none(), until.saturating_duration_since(now))?;
        let mut over = ends.turn(&mut buffer, sink)?;

        if dead_at.is_none() && watch.is_dead(child)? {
            dead_at = Some(Instant::now());
            over |= ends.turn(&mut buffer, sink)?;
        }
        let now = Instant::now();
        if let Some(dead_at) = dead_at {
            // Something it left behind holds its pipes, or is merely still in its group.
            if ends.dry() || now >= dead_at + LINGER {
                if stop == Stop::Group {
                    end(child, stop);
                }
                drain(ends, &mut buffer, sink)?;
                return Ok(verdict.or(over.then_some(Exit::OverOutput)));
            }
            continue;
        }
        if let Some(ended_at) = ended_at {
            if now >= ended_at + PATIENCE {
                child.kill()?;
            }
            continue;
        }
        if over {
            verdict = Some(Exit::OverOutput);
        } else if ctl.is_interrupted() {
            verdict = Some(Exit::Interrupted);
        } else if deadline.is_some_and(|deadline| now >= deadline) {
            verdict = Some(Exit::TimedOut);
        } else if now >= measure_at {
            let usage = tree::usage(child.id(), limits);
            if usage.is_over(limits) {
                verdict = Some(Exit::OverMemory);
            }
            // Measuring never takes more than a fiftieth of the time.
            measure_at = Instant::now() + MEASURE.max(now.elapsed() * 50);
        }
        if verdict.is_some() {
            end(child, stop);
            ended_at = Some(Instant::now());
        }
    }
}

/// Reads what is left after everything that could write is dead.
fn drain(ends: &mut Ends<'_>, buffer: &mut [u8], sink: &mut Sink<'_>) -> io::Result<()> {
    let give_up = Instant::now() + Duration::from_secs(1);
    ends.stdin = None;
    while !ends.dry() && Instant::now() < give_up {
        ends.turn(buffer, sink)?;
        if !ends.dry() {
            let mut fds: Vec<PollFd<'_>> = Vec::new();
            let open = [&ends.stdout, &ends.stderr, &ends.status];
            fds.extend(open.into_iter().flatten().map(|end| PollFd::new(end, PollFlags::IN)));
            poll_for(&mut fds, Duration::from_millis(50))?;
        }
    }
    Ok(())
}

/// Ends the child and what belongs to it.
fn end(child: &mut Child, stop: Stop) {
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
    match stop {
        Stop::Supervisor => {
            let _ = kill_process(pid, Signal::TERM);
        }
        Stop::Group => {
            // Those that left the group are found through their parents, while these still live.
            let strays = tree::descendants(child.id());
            let _ = kill_process_group(pid, Signal::KILL);
            for stray in strays.into_iter().filter_map(|pid| Pid::from_raw(i32::try_from(pid).ok()?)) {
                let _ = kill_process(stray, Signal::KILL);
            }
            let _ = child.kill();
        }
    }
}

impl Ends<'_> {
    fn unblock(&mut self) -> io::Result<()> {
        for end in [&self.stdout, &self.stderr, &self.status].into_iter().flatten() {
            rustix::io::ioctl_fionbio(end, true)?;
        }
        if let Some(feed) = &self.stdin {
            rustix::io::ioctl_fionbio(&feed.pipe, true)?;
        }
        Ok(())
    }

    /// Nothing more can come.
    fn dry(&self) -> bool {
        self.stdout.is_none() && self.stderr.is_none() && self.status.is_none()
    }

    /// Moves whatever can be moved without waiting; true when the output limit is passed.
    fn turn(&mut self, buffer: &mut [u8], sink: &mut Sink<'_>) -> io::Result<bool> {
        if let Some(feed) = &mut self.stdin {
            let done = match feed.pipe.write(feed.bytes) {
                Ok(n) => {
                    feed.bytes = &feed.bytes[n..];
                    feed.bytes.is_empty()
                }
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => false,
                Err(_) => true, // a child need not read its input
            };
            if done {
                self.stdin = None;
            }
        }
        let mut over = false;
        over |= suck(&mut self.stdout, buffer, &mut |chunk| sink.take(Stream::Stdout, chunk))?;
        over |= suck(&mut self.stderr, buffer, &mut |chunk| sink.take(Stream::Stderr, chunk))?;
        let said = &mut self.said;
        suck(&mut self.status, buffer, &mut |chunk| {
            said.extend_from_slice(&chunk[..chunk.len().min((1_usize << 20).saturating_sub(said.len()))]);
            true
        })?;
        Ok(over)
    }
}

/// Reads a pipe empty, but no more than a few buffers at a time, so that a child that never stops
/// printing cannot keep guard from looking at the clock. True when `take` said stop.
fn suck(
    end: &mut Option<PipeReader>,
    buffer: &mut [u8],
    take: &mut dyn FnMut(&[u8]) -> bool,
) -> io::Result<bool> {
    for _ in 0..16 {
        let Some(pipe) = end else { return Ok(false) };
        match pipe.read(buffer) {
            Ok(0) => *end = None,
            Ok(n) => {
                if !take(&buffer[..n]) {
                    return Ok(true);
                }
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(false)
}

/// Tells when the child is dead, without reaping it: its id stays taken until its group is ended.
struct Watch {
    pidfd: Option<OwnedFd>,
}

impl Watch {
    fn new(child: &Child) -> Watch {
        #[cfg(target_os = "linux")]
        {
            use rustix::process::{PidfdFlags, pidfd_open};
            let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            Watch { pidfd: pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()) }
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = child;
            Watch { pidfd: None }
        }
    }

    /// Waits until something can be done, at most `time`.
    fn wait(&self, ends: &Ends<'_>, alive: bool, time: Duration) -> io::Result<()> {
        let mut fds: Vec<PollFd<'_>> = Vec::with_capacity(5);
        let open = [&ends.stdout, &ends.stderr, &ends.status];
        fds.extend(open.into_iter().flatten().map(|end| PollFd::new(end, PollFlags::IN)));
        fds.extend(ends.stdin.iter().map(|feed| PollFd::from_borrowed_fd(feed.pipe.as_fd(), PollFlags::OUT)));
        match &self.pidfd {
            Some(pidfd) if alive => fds.push(PollFd::new(pidfd, PollFlags::IN)),
            Some(_) => {}
            // No way to be woken by its death: look often.
            None => return poll_for(&mut fds, time.min(Duration::from_millis(5))),
        }
        poll_for(&mut fds, time)
    }

    fn is_dead(&self, child: &Child) -> io::Result<bool> {
        if let Some(pidfd) = &self.pidfd {
            let mut fds = [PollFd::new(pidfd, PollFlags::IN)];
            poll_for(&mut fds, Duration::ZERO)?;
            return Ok(!fds[0].revents().is_empty());
        }
        use rustix::process::{WaitId, WaitIdOptions, waitid};
        let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return Ok(true) };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(pid), options)?.is_some())
    }
}

pub(crate) fn poll_for(fds: &mut [PollFd<'_>], time: Duration) -> io::Result<()> {
    let time = Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(time.subsec_nanos()),
    };
    match poll(fds, Some(&time)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
