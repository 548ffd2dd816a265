//! What a child may touch, and starting it so that it can touch nothing else.

use std::fmt;
use std::path::PathBuf;

use guard_model::lab::SandboxReport;

use crate::{Control, ExecError};

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) mod plan;
#[cfg(target_os = "linux")]
pub(crate) mod said;

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::run;
#[cfg(target_os = "linux")]
pub(crate) use linux::run;

/// First argument that makes an executable the supervisor.
pub const SUPERVISOR_ARG: &str = "__confine";

/// What a child and everything it starts may touch, beside reading the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confinement {
    /// Directories and files that may be written, with everything below them. What does not exist is
    /// left out.
    pub write: Vec<PathBuf>,
    /// Paths that must stay visible when [`Confinement::private_tmp`] covers them. The program, its
    /// directory, `write`, PATH, HOME and the toolchains' homes always do.
    pub read: Vec<PathBuf>,
    /// The network.
    pub network: Network,
    /// Without this confinement the child does not start.
    pub required: bool,
    /// Unix sockets outside `write` that may be used.
    pub sockets: Vec<PathBuf>,
    /// When guard runs as root, the child runs as an ordinary user (in a user namespace), to whom
    /// root's files belong: file permissions are then enforced, as its tests expect.
    pub drop_root: bool,
    /// Keys and tokens in the home directory cannot be read.
    pub hide_secrets: bool,
    /// A directory that stands in for `/tmp`, so that programs that insist on `/tmp` (linkers do) can
    /// run and still write nothing outside the scratch area. Where mounts cannot be made, `TMPDIR`
    /// names it instead.
    pub private_tmp: Option<PathBuf>,
    /// Pieces of the sandbox to do without, for a project that one of them breaks. Named in the
    /// report.
    pub without: Vec<Piece>,
}

/// The network as a child sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Network {
    /// Loopback of its own, and nothing else.
    Closed,
    /// guard's own.
    Open,
}

/// A kernel facility that the sandbox is built from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Piece {
    /// User namespace: what lets an ordinary user make the others.
    User,
    /// Process-id namespace: the tree dies as one.
    Pids,
    /// Network namespace.
    Net,
    /// Mount namespace: secrets and sockets hidden, `/tmp` and `/dev/shm` private.
    Mounts,
    /// Landlock: writes confined.
    Landlock,
}

impl Piece {
    /// All of them.
    pub const ALL: [Piece; 5] = [Piece::User, Piece::Pids, Piece::Net, Piece::Mounts, Piece::Landlock];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Piece::User => "user namespace",
            Piece::Pids => "process-id namespace",
            Piece::Net => "network namespace",
            Piece::Mounts => "mount namespace",
            Piece::Landlock => "Landlock",
        }
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Confinement {
    /// No network, writes only below `write`, secrets hidden, an ordinary user, as far as the machine
    /// allows.
    pub fn closed<P: Into<PathBuf>>(write: impl IntoIterator<Item = P>) -> Confinement {
        Confinement {
            write: write.into_iter().map(Into::into).collect(),
            read: Vec::new(),
            network: Network::Closed,
            required: false,
            sockets: Vec::new(),
            drop_root: true,
            hide_secrets: true,
            private_tmp: None,
            without: Vec::new(),
        }
    }

    /// As [`Confinement::closed`], with guard's own network and the user's credentials: for a step
    /// that fetches dependencies and runs nothing that the change wrote.
    pub fn fetching<P: Into<PathBuf>>(write: impl IntoIterator<Item = P>) -> Confinement {
        Confinement { network: Network::Open, hide_secrets: false, ..Confinement::closed(write) }
    }

    pub(crate) fn network_open(&self) -> bool {
        self.network == Network::Open
    }
}

/// What a confined child would get on this machine, found by really making the sandbox and trying to
/// break it: a write outside, a route to the network, a connection over loopback. Measured once for
/// each `ctl`; a few milliseconds.
///
/// # Errors
/// When the supervisor cannot be started at all.
pub fn probe(ctl: &Control) -> Result<SandboxReport, ExecError> {
    ctl.probed(|| {
        #[cfg(target_os = "linux")]
        return linux::probe(ctl);
        #[cfg(not(target_os = "linux"))]
        Ok(elsewhere::report())
    })
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::{Confinement, SandboxReport};
    use crate::output::Sink;
    use crate::{Cmd, Control, ExecError, Exit, spawn};

    const MISSING: &str = "guard has no sandbox for this platform: children can write and reach the network";

    pub(super) fn report() -> SandboxReport {
        SandboxReport { remarks: vec![MISSING.to_owned()], ..SandboxReport::default() }
    }

    pub(crate) fn run(
        cmd: &Cmd,
        confinement: &Confinement,
        ctl: &Control,
        sink: &mut Sink<'_>,
    ) -> Result<(Exit, SandboxReport), ExecError> {
        if confinement.required {
            return Err(ExecError::NoSandbox {
                program: cmd.program_name(),
                missing: MISSING.to_owned(),
                help: "run guard on Linux or in a container, or set `sandbox.required = false`".to_owned(),
            });
        }
        Ok((spawn::run(cmd, ctl, sink)?, report()))
    }
}
