//! Starting one child, without a sandbox.

use std::io::{PipeReader, pipe};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::RwLock;

use crate::output::Sink;
use crate::pump::{self, Job};
use crate::{Cmd, Control, ExecError, Exit, program};

/// Starts may run side by side, except those that hand a descriptor down: between clearing its
/// close-on-exec flag and the start, no other child may come to life and inherit it too.
pub(crate) static STARTS: RwLock<()> = RwLock::new(());

/// A started child with the reading ends of its output.
pub(crate) struct Started {
    pub(crate) child: Child,
    pub(crate) stdout: PipeReader,
    pub(crate) stderr: Option<PipeReader>,
}

/// Runs `cmd` unconfined: own process group, dies with guard, ended as a group.
pub(crate) fn run(cmd: &Cmd, ctl: &Control, sink: &mut Sink<'_>) -> Result<Exit, ExecError> {
    let environment = cmd.environment();
    let file = program::find(cmd, &environment)?;
    let mut command = command(&file);
    command.args(cmd.arguments()).env_clear().envs(environment).current_dir(cmd.cwd());
    if cmd.is_cheap() {
        own_group(&mut command);
    } else {
        own_session(&mut command);
    }
    let started = {
        let _side_by_side = STARTS.read();
        start(cmd, command)?
    };
    #[cfg(unix)]
    return Ok(pump::run(Job { started, cmd, ctl, sink, status: None, stop: pump::Stop::Group })?.exit);
    #[cfg(not(unix))]
    pump::run(Job { started, cmd, ctl, sink })
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that starts processes")]
pub(crate) fn command(file: &Path) -> Command {
    Command::new(file)
}

/// Starts `command` with pipes for what `cmd` wants to know.
pub(crate) fn start(cmd: &Cmd, mut command: Command) -> Result<Started, ExecError> {
    let pipes = |e| ExecError::io("cannot make a pipe", e);
    let (stdout, stdout_end) = pipe().map_err(pipes)?;
    let stderr = if cmd.merges_stderr() {
        command.stderr(stdout_end.try_clone().map_err(pipes)?);
        None
    } else {
        let (stderr, stderr_end) = pipe().map_err(pipes)?;
        command.stderr(stderr_end);
        Some(stderr)
    };
    command.stdout(stdout_end);
    command.stdin(if cmd.input().is_some() { Stdio::piped() } else { Stdio::null() });
    let child = command
        .spawn()
        .map_err(|e| ExecError::Spawn { program: cmd.program_name(), reason: e.to_string() })?;
    // `command` still holds the writing ends: it must go before anybody waits for end of file.
    drop(command);
    Ok(Started { child, stdout, stderr })
}

/// A process group of its own: cheap, and enough for a trusted program that ends by itself.
#[cfg(unix)]
pub(crate) fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
pub(crate) fn own_group(_: &mut Command) {}

/// A session of its own, so that no terminal can stop it, and death together with guard.
#[cfg(target_os = "linux")]
fn own_session(command: &mut Command) {
    use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal, setsid};
    use std::os::unix::process::CommandExt;

    let guard = getpid();
    let before_exec = move || {
        setsid()?;
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // guard may have died before the line above.
        if getppid() == Some(guard) { Ok(()) } else { Err(std::io::ErrorKind::Interrupted.into()) }
    };
    #[expect(unsafe_code, reason = "no safe interface sets a death signal between fork and exec")]
    // SAFETY: the closure only makes system calls that are safe in a forked child (setsid, prctl,
    // getppid), through rustix, which issues them directly; it neither allocates nor locks.
    unsafe {
        command.pre_exec(before_exec);
    }
}

#[cfg(not(target_os = "linux"))]
fn own_session(command: &mut Command) {
    own_group(command);
}
