//! The process between guard and a confined child: guard's own executable in another role.
//!
//! ```text
//! guard ── outer ── inner ── command ── …
//!          │        └ first process of its process-id namespace: finishes the sandbox, reaps;
//!          │          its death is the death of everything below it
//!          └ makes the namespaces, waits; killed by the kernel when guard dies
//! ```
//!
//! A namespace for processes only holds for children of the one that made it, hence two stages; the
//! second is started by exec, not by fork, so that all of this stays safe code.

mod hidden;
mod ids;
mod inner;
mod loopback;
mod mounts;
mod outer;
mod selfcheck;
mod writes;

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use rustix::io::{FdFlags, fcntl_setfd};

use crate::confine::plan::{Plan, Stage};
use crate::confine::said::Say;

/// Exit code of a supervisor that was not started by guard, or could not do its work.
const BROKEN: i32 = 125;

/// What an executable does when its first argument is [`SUPERVISOR_ARG`](crate::SUPERVISOR_ARG);
/// `args` are those after it. Returns the code to exit with. Must be called first thing, while the
/// process has one thread.
pub fn supervisor_main(args: impl IntoIterator<Item = OsString>) -> i32 {
    let Ok(plan) = Plan::from_args(args) else { return BROKEN };
    let Some(status) = inherited_pipe(plan.status) else { return BROKEN };
    match plan.stage.clone() {
        Stage::Outer => outer::run(plan, status),
        Stage::Inner(inner) => {
            let Some(lifeline) = inherited_pipe(inner.lifeline) else { return BROKEN };
            let closed = fcntl_setfd(&status, FdFlags::CLOEXEC)
                .and_then(|()| fcntl_setfd(&lifeline, FdFlags::CLOEXEC));
            if closed.is_err() {
                return BROKEN;
            }
            inner::run(&plan, &inner, &lifeline, &mut Say::new(File::from(status)))
        }
    }
}

/// A pipe that the parent left open at this number.
fn inherited_pipe(number: RawFd) -> Option<OwnedFd> {
    let target = std::fs::read_link(format!("/proc/self/fd/{number}")).ok()?;
    if !target.to_str()?.starts_with("pipe:") {
        return None;
    }
    #[expect(unsafe_code, reason = "a descriptor that arrives over exec has no safe way in")]
    // SAFETY: the number is open (just seen), it is a pipe, it was handed down for this purpose, and
    // this is the only place that takes it, once, at the start of a process with one thread.
    Some(unsafe { OwnedFd::from_raw_fd(number) })
}
