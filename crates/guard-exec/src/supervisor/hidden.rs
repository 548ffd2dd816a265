//! What a confined child must not reach: secrets in the home directory, sockets of other programs.

use std::collections::BTreeSet;
use std::env::var_os;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::confine::Network;
use crate::confine::plan::Plan;

/// Keys, tokens and passwords, below the home directory.
const SECRETS: &[&str] = &[
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".password-store",
    ".local/share/keyrings",
    ".config/gh",
    ".config/glab-cli",
    ".config/hub",
    ".config/gcloud",
    ".config/op",
    ".config/git/credentials",
    ".git-credentials",
    ".netrc",
    "_netrc",
    ".pypirc",
    ".docker/config.json",
    ".cargo/credentials.toml",
    ".cargo/credentials",
    ".gem/credentials",
    ".vault-token",
    ".terraform.d/credentials.tfrc.json",
    ".claude/.credentials.json",
    ".codex/auth.json",
    ".mozilla",
    ".config/google-chrome",
    ".config/chromium",
];

/// Sockets through which a container engine, a service manager or a session does what it is told.
/// They may come from another network namespace, whose sockets are not listed in this one.
const SERVICES: &[&str] = &[
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/podman/podman.sock",
    "/run/crio/crio.sock",
    "/run/buildkit/buildkitd.sock",
    "/run/snapd.socket",
    "/run/libvirt/libvirt-sock",
];

/// The same, below the home directory.
const HOME_SERVICES: &[&str] = &[
    ".docker/run/docker.sock",
    ".docker/desktop/docker.sock",
    ".colima/default/docker.sock",
    ".rd/docker.sock",
];

/// Secrets that are there.
pub(super) fn secrets() -> Vec<PathBuf> {
    let home = var_os("HOME").map(PathBuf::from);
    let cargo = var_os("CARGO_HOME").map(PathBuf::from);
    let below_home = home.iter().flat_map(|home| SECRETS.iter().map(move |name| home.join(name)));
    let below_cargo = cargo
        .iter()
        .flat_map(|cargo| ["credentials.toml", "credentials"].iter().map(move |name| cargo.join(name)));
    existing(below_home.chain(below_cargo))
}

/// Sockets that are there and must not be reached. With the network open, only those of the engines:
/// names are looked up over some of the others.
pub(super) fn sockets(plan: &Plan) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = SERVICES.iter().map(PathBuf::from).collect();
    if let Some(home) = var_os("HOME") {
        all.extend(HOME_SERVICES.iter().map(|name| Path::new(&home).join(name)));
    }
    let session = PathBuf::from(format!("/run/user/{}", rustix::process::geteuid().as_raw()));
    all.push(session.join("docker.sock"));
    all.push(session.join("podman/podman.sock"));
    all.extend(plan.known_sockets.iter().cloned());
    if plan.confinement.network == Network::Closed {
        all.push(session.join("bus"));
        all.extend(bound(&fs::read("/proc/net/unix").unwrap_or_default()));
    }
    let confinement = &plan.confinement;
    let stays = |path: &Path| {
        confinement.sockets.iter().any(|open| path.starts_with(open))
            || confinement.write.iter().any(|write| path.starts_with(write))
    };
    existing(all.into_iter()).into_iter().filter(|path| !stays(path)).collect()
}

/// Absolute paths of bound sockets, from `/proc/net/unix` (unix(7)): the eighth field, in which a
/// space stands for itself.
fn bound(table: &[u8]) -> Vec<PathBuf> {
    let path = |line: &[u8]| {
        let at = line.windows(2).position(|pair| pair == b" /")?;
        Some(PathBuf::from(OsStr::from_bytes(&line[at + 1..])))
    };
    table.split(|b| *b == b'\n').filter_map(path).collect()
}

fn existing(paths: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    let found: BTreeSet<PathBuf> = paths.filter_map(|path| fs::canonicalize(path).ok()).collect();
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bound_sockets_are_read_from_the_kernels_table() {
        let table = b"Num       RefCount Protocol Flags    Type St Inode Path\n\
            0000000000000000: 00000002 00000000 00010000 0001 01 14411 /run/a b.sock\n\
            0000000000000000: 00000002 00000000 00010000 0001 01 14412 @abstract/name\n\
            0000000000000000: 00000003 00000000 00000000 0001 03 14413\n\
            0000000000000000: 00000002 00000000 00000000 0002 01 14414 /dev/log\n";
        assert_eq!(bound(table), [PathBuf::from("/run/a b.sock"), PathBuf::from("/dev/log")]);
    }
}
