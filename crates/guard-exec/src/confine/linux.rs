//! guard's side of a confined start on Linux.

use std::ffi::OsString;
use std::io::{self, PipeReader, PipeWriter, pipe};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use guard_model::lab::SandboxReport;
use rustix::io::{FdFlags, fcntl_setfd};

use super::plan::{Plan, Stage};
use super::said::Said;
use super::{Confinement, Network};
use crate::output::Sink;
use crate::pump::{self, Job, Stop};
use crate::{Cmd, Control, ExecError, Exit, Limits, program, spawn};

/// How a person lets an ordinary user make namespaces.
const HELP: &str = "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, \
    kernel.apparmor_restrict_unprivileged_userns=0, user.max_user_namespaces>0; in a container a seccomp profile \
    that permits unshare and mount) and a kernel with Landlock, or set `sandbox.required = false`";

/// Runs `cmd` under a supervisor.
pub(crate) fn run(
    cmd: &Cmd,
    confinement: &Confinement,
    ctl: &Control,
    sink: &mut Sink<'_>,
) -> Result<(Exit, SandboxReport), ExecError> {
    let environment = cmd.environment();
    let file = program::find(cmd, &environment)?;
    let mut command = vec![file.into_os_string()];
    command.extend(cmd.arguments().iter().cloned());
    let said = supervise(cmd, confinement, command, environment, ctl, sink)?;
    let program = cmd.program_name();
    if let Some(mut missing) = said.missing {
        for remark in &said.report.remarks {
            missing.push_str("; ");
            missing.push_str(remark);
        }
        return Err(ExecError::NoSandbox { program, missing, help: HELP.to_owned() });
    }
    if let Some(reason) = said.failed {
        return Err(ExecError::Spawn { program, reason });
    }
    // Without a word about its end, the supervisor was killed, and the child with it.
    Ok((said.exit.unwrap_or(Exit::Signal(9)), said.report))
}

/// Makes a sandbox that starts nothing and tries itself.
pub(super) fn probe(ctl: &Control) -> Result<SandboxReport, ExecError> {
    let limits = Limits { wall: std::time::Duration::from_secs(20), ..Limits::default() };
    let cmd = Cmd::new("guard", std::env::temp_dir()).limits(limits);
    let mut sink = Sink::new(1 << 16, 1 << 20, None);
    let confinement = Confinement::closed(Vec::<PathBuf>::new());
    let mut said = supervise(&cmd, &confinement, Vec::new(), cmd.environment(), ctl, &mut sink)?;
    if said.exit != Some(Exit::Code(0)) {
        let why = said.failed.unwrap_or_else(|| "it did not come to its end".to_owned());
        said.report = SandboxReport { remarks: said.report.remarks, ..SandboxReport::default() };
        said.report.remarks.push(format!("no sandbox: {why}"));
    }
    Ok(said.report)
}

/// Starts a supervisor, and another one where the first found that it can only do with less.
fn supervise(
    cmd: &Cmd,
    confinement: &Confinement,
    command: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    ctl: &Control,
    sink: &mut Sink<'_>,
) -> Result<Said, ExecError> {
    let said = supervise_once(cmd, confinement, command.clone(), environment.clone(), ctl, sink)?;
    let Some(piece) = said.retry_without else { return Ok(said) };
    let mut less = confinement.clone();
    less.without.push(piece);
    let mut again = supervise_once(cmd, &less, command, environment, ctl, sink)?;
    again.report.remarks.retain(|remark| *remark != format!("no {piece}: not wanted"));
    again.report.remarks.splice(0..0, said.report.remarks);
    Ok(again)
}

fn supervise_once(
    cmd: &Cmd,
    confinement: &Confinement,
    command: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    ctl: &Control,
    sink: &mut Sink<'_>,
) -> Result<Said, ExecError> {
    let (status, status_end) = pipe().map_err(|e| ExecError::io("cannot make a pipe", e))?;
    let limits = cmd.bounds();
    let plan = Plan {
        stage: Stage::Outer,
        status: status_end.as_raw_fd(),
        parent: std::process::id(),
        cwd: cmd.cwd().to_owned(),
        confinement: resolved(confinement),
        known_sockets: known_sockets(confinement),
        processes: limits.processes,
        shm: limits.memory.unwrap_or(1 << 30),
        command,
    };
    let executable = executable(ctl).map_err(|e| ExecError::io("cannot find guard's own executable", e))?;
    let mut supervisor = spawn::command(&executable);
    supervisor.args(plan.to_args()).env_clear().envs(environment).current_dir(cmd.cwd());
    let started = start(cmd, supervisor, &status_end, status)?;
    drop(status_end);
    let (started, status) = started;
    let ended = pump::run(Job { started, cmd, ctl, sink, status: Some(status), stop: Stop::Supervisor })?;
    let mut said = Said::parse(&ended.status);
    if ended.by_guard {
        said.exit = Some(ended.exit);
        (said.missing, said.failed) = (None, None);
    } else if said.is_silent() && ended.exit != Exit::Signal(9) {
        said.failed = Some(format!("the supervisor {} ended with {}", executable.display(), ended.exit));
    }
    Ok(said)
}

/// Starts the supervisor with the status pipe in its hands, and in nobody else's.
fn start(
    cmd: &Cmd,
    supervisor: std::process::Command,
    end: &PipeWriter,
    status: PipeReader,
) -> Result<(spawn::Started, PipeReader), ExecError> {
    let alone = spawn::STARTS.write();
    let handed =
        fcntl_setfd(end, FdFlags::empty()).map_err(|e| ExecError::io("cannot hand down a pipe", e.into()));
    let started = handed.and_then(|()| spawn::start(cmd, supervisor));
    let _ = fcntl_setfd(end, FdFlags::CLOEXEC);
    drop(alone);
    Ok((started?, status))
}

fn executable(ctl: &Control) -> io::Result<PathBuf> {
    let path = ctl.own_program()?;
    // An executable that was replaced while it runs is still there under this name.
    Ok(if path.exists() { path } else { PathBuf::from("/proc/self/exe") })
}

/// The same with absolute paths free of symbolic links; what does not exist is left out.
fn resolved(confinement: &Confinement) -> Confinement {
    let all = |paths: &[PathBuf]| -> Vec<PathBuf> {
        paths.iter().filter_map(|path| std::fs::canonicalize(path).ok()).collect()
    };
    Confinement {
        write: all(&confinement.write),
        read: all(&confinement.read),
        sockets: all(&confinement.sockets),
        private_tmp: confinement.private_tmp.as_ref().and_then(|path| std::fs::canonicalize(path).ok()),
        ..confinement.clone()
    }
}

/// Sockets named by guard's own environment: an agent for keys, a container engine. A step that
/// fetches with the user's credentials keeps the former.
fn known_sockets(confinement: &Confinement) -> Vec<PathBuf> {
    let agent = if confinement.network == Network::Open && !confinement.hide_secrets {
        None
    } else {
        Some("SSH_AUTH_SOCK")
    };
    let names = [agent, Some("DOCKER_HOST"), Some("CONTAINER_HOST"), Some("PODMAN_HOST")];
    let values = names.into_iter().flatten().filter_map(std::env::var_os);
    values
        .filter_map(|value| {
            let path = value
                .to_str()
                .map_or(Path::new(&value), |text| Path::new(text.strip_prefix("unix://").unwrap_or(text)));
            path.is_absolute().then(|| path.to_owned())
        })
        .collect()
}
