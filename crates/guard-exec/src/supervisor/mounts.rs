//! The child's own view of the file system: secrets and sockets hidden, `/tmp` and `/dev/shm` private,
//! and, where the kernel has no Landlock, everything read-only but the scratch area.

use std::collections::BTreeSet;
use std::env::{split_paths, var_os};
use std::ffi::{CString, OsStr, OsString};
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, StatVfsMountFlags, statvfs};
use rustix::mount::{
    MountFlags, MountPropagationFlags, mount, mount_bind, mount_bind_recursive, mount_change, mount_remount,
};

use super::hidden;
use crate::confine::plan::Plan;

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) read_only: bool,
    pub(super) private_shm: bool,
    pub(super) private_tmp: bool,
    pub(super) remarks: Vec<String>,
}

/// Changes the mounts of the namespace that was just made.
pub(super) fn make(plan: &Plan, sockets: &[PathBuf], real_root: bool, read_only: bool) -> Made {
    let mut made = Made::default();
    // What is mounted here must not appear on the machine.
    if let Err(e) = mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::DOWNSTREAM) {
        made.remarks.push(format!("the file system cannot be changed for the child: {e}"));
        return made;
    }
    let writable = |path: &Path| plan.confinement.write.iter().any(|write| path.starts_with(write));

    // Before /tmp is covered: a secret or a socket may lie there, and is covered on its own.
    let secrets = if plan.confinement.hide_secrets { hidden::secrets() } else { Vec::new() };
    for path in secrets.iter().filter(|path| !writable(path)).chain(sockets) {
        if let Err(e) = cover(path) {
            made.remarks.push(format!("{} stays visible: {e}", path.display()));
        }
    }
    if let Some(tmp) = &plan.confinement.private_tmp {
        match private_tmp(plan, tmp) {
            Ok(()) => made.private_tmp = true,
            Err(e) => made.remarks.push(format!("/tmp is not private and not writable: {e}")),
        }
    }
    let size = CString::new(format!("size={},mode=1777", plan.shm)).unwrap_or_default();
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    made.private_shm =
        Path::new("/dev/shm").is_dir() && mount("tmpfs", "/dev/shm", "tmpfs", flags, size.as_c_str()).is_ok();
    if real_root && let Err(e) = seal_proc() {
        made.remarks.push(format!("settings of the kernel below /proc stay writable for root: {e}"));
    }
    if read_only {
        match everything_read_only(plan) {
            Ok(()) => made.read_only = true,
            Err(e) => made.remarks.push(format!("the file system cannot be made read-only: {e}")),
        }
    }
    made
}

/// Puts something empty over a file, a socket or a directory.
fn cover(path: &Path) -> io::Result<()> {
    // What guard cannot look at, the child cannot either.
    let Ok(about) = fs::metadata(path) else { return Ok(()) };
    if about.is_dir() {
        let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC | MountFlags::RDONLY;
        return Ok(mount("tmpfs", path, "tmpfs", flags, c"size=4k,mode=0555")?);
    }
    Ok(mount_bind("/dev/null", path)?)
}

/// Mounts `tmp` on `/tmp`, and on top of it again what the child must still find there: read-only,
/// except what it may write.
fn private_tmp(plan: &Plan, tmp: &Path) -> io::Result<()> {
    let root = fs::canonicalize("/tmp")?;
    let below =
        |path: &Path| path.strip_prefix(&root).ok().and_then(|rest| rest.components().next()).is_some();
    let tops: BTreeSet<PathBuf> = needed(plan)
        .into_iter()
        .filter_map(|path| fs::canonicalize(path).ok())
        .filter(|path| below(path))
        .filter_map(|path| Some(root.join(path.strip_prefix(&root).ok()?.components().next()?)))
        .collect();
    let writes: Vec<PathBuf> = plan.confinement.write.iter().filter(|path| below(path)).cloned().collect();
    // Held open, because their names lead elsewhere once /tmp is covered.
    let tops = hold(tops)?;
    let writes = hold(writes)?;
    mount_bind(tmp, &root)?;
    for (path, held) in tops {
        make_target(&path, &held)?;
        mount_bind_recursive(by_descriptor(&held), &path)?;
        make_read_only(&path)?;
    }
    for (path, held) in writes {
        mount_bind_recursive(by_descriptor(&held), &path)?;
    }
    Ok(())
}

/// Paths that the command cannot do without.
fn needed(plan: &Plan) -> Vec<PathBuf> {
    let confinement = &plan.confinement;
    let mut all = confinement.write.clone();
    all.extend(confinement.read.iter().chain(&confinement.sockets).cloned());
    all.push(plan.cwd.clone());
    all.extend(plan.program().map(Path::to_owned));
    for name in [
        "HOME",
        "CARGO_HOME",
        "RUSTUP_HOME",
        "NVM_DIR",
        "PYENV_ROOT",
        "VIRTUAL_ENV",
        "GOPATH",
        "GOROOT",
        "JAVA_HOME",
    ] {
        all.extend(var_os(name).map(PathBuf::from));
    }
    all.extend(var_os("PATH").iter().flat_map(split_paths));
    all.extend(var_os("LD_LIBRARY_PATH").iter().flat_map(split_paths));
    // An empty or relative one would name the current directory, which is in.
    all.retain(|path| path.is_absolute());
    all
}

fn hold(paths: impl IntoIterator<Item = PathBuf>) -> io::Result<Vec<(PathBuf, OwnedFd)>> {
    let open = |path: PathBuf| {
        let held = rustix::fs::open(&path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
        Ok((path, held))
    };
    paths.into_iter().map(open).collect()
}

fn by_descriptor(held: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", held.as_raw_fd()))
}

/// Something to mount on, of the same kind.
fn make_target(path: &Path, held: &OwnedFd) -> io::Result<()> {
    if fs::metadata(by_descriptor(held))?.is_dir() {
        fs::create_dir_all(path)
    } else {
        fs::File::options().create(true).append(true).open(path).map(drop)
    }
}

/// Makes those parts of `/proc` read-only that change the machine. Their files belong to the machine's
/// root, and what guard starts when it runs as root is root to them, whatever it is called inside.
pub(super) fn seal_proc() -> io::Result<()> {
    for entry in fs::read_dir("/proc")?.flatten() {
        let name = entry.file_name();
        let a_process = name.as_bytes().iter().all(u8::is_ascii_digit);
        let Ok(about) = entry.metadata() else { continue };
        if a_process || about.is_symlink() || (about.is_file() && about.mode() & 0o222 == 0) {
            continue;
        }
        let path = entry.path();
        mount_bind(&path, &path)?;
        make_read_only(&path)?;
    }
    Ok(())
}

/// Without Landlock: all mounts read-only, except those that are the child's to write. Devices can
/// still be written to: that is not a change of their file system.
fn everything_read_only(plan: &Plan) -> io::Result<()> {
    for path in &plan.confinement.write {
        mount_bind_recursive(path, path)?;
    }
    let stay = ["/proc", "/dev/shm", "/dev/pts", "/dev/mqueue"].map(PathBuf::from);
    let tmp = plan.confinement.private_tmp.is_some().then(|| fs::canonicalize("/tmp")).transpose()?;
    let writable = |path: &Path| {
        plan.confinement.write.iter().chain(&stay).any(|write| path.starts_with(write))
            || tmp.as_deref() == Some(path)
    };
    let table = fs::read("/proc/self/mountinfo")?;
    for path in mount_points(&table).iter().filter(|path| !writable(path)) {
        match make_read_only(path) {
            // Hidden under another mount, or below a directory that cannot be entered.
            Err(e)
                if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
                    && path != Path::new("/") => {}
            other => other?,
        }
    }
    Ok(())
}

/// A mount in a user namespace keeps the restrictions that it had outside, so they are named again.
fn make_read_only(path: &Path) -> io::Result<()> {
    let had = statvfs(path)?.f_flag;
    let pairs = [
        (StatVfsMountFlags::NOSUID, MountFlags::NOSUID),
        (StatVfsMountFlags::NODEV, MountFlags::NODEV),
        (StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
        (StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
        (StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
        (StatVfsMountFlags::RELATIME, MountFlags::RELATIME),
    ];
    let kept = pairs.into_iter().filter(|(had_flag, _)| had.contains(*had_flag)).map(|(_, flag)| flag);
    let flags = kept.fold(MountFlags::BIND | MountFlags::RDONLY, |all, flag| all | flag);
    Ok(mount_remount(path, flags, c"")?)
}

/// Mount points from `/proc/self/mountinfo` (proc(5)): the fifth field, odd bytes in octal.
fn mount_points(table: &[u8]) -> Vec<PathBuf> {
    let field = |line: &[u8]| line.split(|b| *b == b' ').nth(4).map(unescaped);
    table.split(|b| *b == b'\n').filter_map(field).collect()
}

fn unescaped(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        let octal = after.get(..3).filter(|_| *first == b'\\');
        let value = octal.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(value.unwrap_or(*first));
        rest = if value.is_some() { &after[3..] } else { after };
    }
    PathBuf::from(if bytes.is_empty() {
        OsStr::from_bytes(b"/").to_owned()
    } else {
        OsString::from_vec(bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_points_are_read_with_their_odd_bytes() {
        let table = b"22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n\
            30 22 0:26 / /mnt/a\\040b\\134c rw - tmpfs tmpfs rw\n";
        assert_eq!(mount_points(table), [PathBuf::from("/"), PathBuf::from("/mnt/a b\\c")]);
    }
}
