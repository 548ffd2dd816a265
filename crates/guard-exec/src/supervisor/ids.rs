//! Users and groups inside a user namespace.

use std::fs;
use std::io;

/// Effective user and group.
pub(super) fn current() -> (u32, u32) {
    (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw())
}

/// In the user namespace that was just made, the user `outside` is called `inside`; nobody else
/// exists. See user_namespaces(7).
pub(super) fn map(inside: (u32, u32), outside: (u32, u32)) -> io::Result<()> {
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{} {} 1", inside.0, outside.0))?;
    fs::write("/proc/self/gid_map", format!("{} {} 1", inside.1, outside.1))
}
