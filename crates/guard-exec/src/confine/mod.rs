//! What a child may touch.

use std::path::PathBuf;

use guard_model::lab::SandboxReport;

use crate::output::Sink;
use crate::{Cmd, Control, ExecError, Exit, spawn};

/// What a child and everything it starts may touch, beside reading the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confinement {
    /// Directories and files that may be written, with everything below them.
    pub write: Vec<PathBuf>,
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
    /// A directory that stands in for `/tmp`, so that programs that insist on `/tmp` can run and
    /// still write nothing outside the scratch area.
    pub private_tmp: Option<PathBuf>,
}

/// The network as a child sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Network {
    /// Loopback of its own, and nothing else.
    Closed,
    /// guard's own.
    Open,
}

impl Confinement {
    /// No network, writes only below `write`, secrets hidden, an ordinary user, as far as the machine
    /// allows.
    pub fn closed(write: impl IntoIterator<Item = PathBuf>) -> Confinement {
        Confinement {
            write: write.into_iter().collect(),
            network: Network::Closed,
            required: false,
            sockets: Vec::new(),
            drop_root: true,
            hide_secrets: true,
            private_tmp: None,
        }
    }

    pub(crate) fn network_open(&self) -> bool {
        self.network == Network::Open
    }
}

pub(crate) fn run(
    cmd: &Cmd,
    confinement: &Confinement,
    ctl: &Control,
    sink: &mut Sink<'_>,
) -> Result<(Exit, SandboxReport), ExecError> {
    let missing = "the supervisor is not built into this version";
    if confinement.required {
        return Err(ExecError::NoSandbox {
            program: cmd.program_name(),
            missing: missing.to_owned(),
            help: "set `sandbox.required = false`".to_owned(),
        });
    }
    let exit = spawn::run(cmd, ctl, sink)?;
    Ok((exit, SandboxReport { remarks: vec![missing.to_owned()], ..SandboxReport::default() }))
}
