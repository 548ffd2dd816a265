//! Second stage: the first process inside. Finishes the sandbox, starts the command, reaps.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::mount::{MountFlags, mount};
use rustix::process::{
    DumpableBehavior, Pid, Resource, Rlimit, Signal, WaitOptions, set_dumpable_behavior,
    set_parent_process_death_signal, setrlimit, wait,
};
use rustix::thread::{
    CapabilitySet, UnshareFlags, remove_capability_from_bounding_set, set_no_new_privs, unshare_unsafe,
};

use super::{BROKEN, ids, mounts, selfcheck, writes};
use crate::confine::plan::{Inner, Plan};
use crate::confine::said::{Holds, Say};
use crate::confine::{Network, Piece};
use crate::{Exit, pump, spawn};

/// What an administrator inside the sandbox may still do: what file permissions are tested with.
const KEPT_CAPABILITIES: [CapabilitySet; 9] = [
    CapabilitySet::CHOWN,
    CapabilitySet::DAC_OVERRIDE,
    CapabilitySet::FOWNER,
    CapabilitySet::FSETID,
    CapabilitySet::KILL,
    CapabilitySet::SETGID,
    CapabilitySet::SETUID,
    CapabilitySet::SETPCAP,
    CapabilitySet::NET_BIND_SERVICE,
];

pub(super) fn run(plan: &Plan, inner: &Inner, lifeline: &OwnedFd, say: &mut Say) -> i32 {
    if set_parent_process_death_signal(Some(Signal::KILL)).is_err() || parent_is_gone(lifeline) {
        return BROKEN;
    }
    let mut holds = match confine(plan, inner, say) {
        Ok(holds) => holds,
        Err(error) => {
            say.failed(&error);
            return BROKEN;
        }
    };
    if plan.program().is_none() {
        holds = selfcheck::keep_true(holds, say);
    }
    holds.iter().for_each(|what| say.holds(*what));
    let missing = missing(plan, &holds);
    if plan.confinement.required && !missing.is_empty() {
        say.missing(&missing.join(", "));
        return BROKEN;
    }
    let exit = match start(plan, inner) {
        Ok(None) => Exit::Code(0),
        Ok(Some(child)) => reap_until(child),
        Err(error) => {
            say.failed(&error.to_string());
            return BROKEN;
        }
    };
    say.exit(exit);
    match exit {
        Exit::Signal(signal) => 128 + signal,
        other => other.code().unwrap_or(BROKEN),
    }
}

/// The death signal does not tell of a parent that died before it was asked for.
fn parent_is_gone(lifeline: &OwnedFd) -> bool {
    let mut fds = [PollFd::new(lifeline, PollFlags::IN)];
    pump::poll_for(&mut fds, std::time::Duration::ZERO).is_err() || !fds[0].revents().is_empty()
}

/// From here on nothing can be undone, by this process or any below it.
fn confine(plan: &Plan, inner: &Inner, say: &mut Say) -> Result<Vec<Holds>, String> {
    // When the machine runs out of memory, the child goes before guard and the user's programs.
    let _ = std::fs::write("/proc/self/oom_score_adj", "800");
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let own_tree = inner.made.contains(&Piece::Pids);
    let own_proc = own_tree && inner.made.contains(&Piece::Mounts) && mount_proc(say);
    let safe_proc = own_proc && (!inner.real_root || mounts::seal_proc().is_ok());
    let ids = become_user(inner, say)?;
    if ids.0 == 0 {
        drop_capabilities();
    }
    if inner.become_ids.is_some() {
        // Counted for this user in this namespace; outside one it would count all of the user's own.
        let most = Some(u64::from(plan.processes));
        let _ = setrlimit(Resource::Nproc, Rlimit { current: most, maximum: most });
    }
    set_no_new_privs(true).map_err(|e| format!("privileges cannot be given up: {e}"))?;
    let writes = writes::confine(plan, inner, safe_proc, say);
    let network = plan.confinement.network == Network::Closed && inner.made.contains(&Piece::Net);
    let all = [(Holds::Writes, writes), (Holds::Network, network), (Holds::Tree, own_tree)];
    Ok(all.into_iter().filter(|(_, holds)| *holds).map(|(what, _)| what).collect())
}

/// A process list of its own.
fn mount_proc(say: &mut Say) -> bool {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    let mounted = mount("proc", "/proc", "proc", flags, None);
    if let Err(e) = mounted {
        say.remark(&format!("the machine's process list stays visible: {e}"));
    }
    mounted.is_ok()
}

/// A user namespace inside the first: in it the user has the wanted id, and no power over the mounts,
/// the network and the processes that belong to the first.
fn become_user(inner: &Inner, say: &mut Say) -> Result<(u32, u32), String> {
    let Some(wanted) = inner.become_ids else {
        if inner.real_root {
            say.remark("children run as root: tests of file permissions may fail for that");
        }
        return Ok(ids::current());
    };
    #[expect(unsafe_code, reason = "rustix marks all of unshare unsafe for one flag that is not used here")]
    // SAFETY: only UnshareFlags::FILES has a condition, and it is not passed.
    let unshared = unsafe { unshare_unsafe(UnshareFlags::NEWUSER) };
    if let Err(e) = unshared {
        say.remark(&format!("children run as administrator of their own namespace: {e}"));
        return Ok((0, 0));
    }
    ids::map(wanted, (0, 0)).map_err(|e| format!("the user cannot be changed: {e}"))?;
    Ok(wanted)
}

/// Takes the powers of an administrator from everything that is started from here on.
fn drop_capabilities() {
    for capability in CapabilitySet::all().iter() {
        if !KEPT_CAPABILITIES.contains(&capability) {
            let _ = remove_capability_from_bounding_set(capability);
        }
    }
}

/// What the sandbox was asked to do and does not.
fn missing(plan: &Plan, holds: &[Holds]) -> Vec<&'static str> {
    let closed = plan.confinement.network == Network::Closed;
    let wanted = [
        (Holds::Writes, true, "writes cannot be confined"),
        (Holds::Network, closed, "the network cannot be closed"),
        (Holds::Tree, true, "daemons may outlive their parent"),
    ];
    wanted
        .into_iter()
        .filter(|(what, asked, _)| *asked && !holds.contains(what))
        .map(|(_, _, text)| text)
        .collect()
}

/// Starts the command, if there is one.
fn start(plan: &Plan, inner: &Inner) -> io::Result<Option<Pid>> {
    let Some(program) = plan.program() else { return Ok(None) };
    let mut command = spawn::command(program);
    // A group of its own: `kill 0` in a script must not mean this process.
    command.args(&plan.command[1..]).current_dir(&plan.cwd).process_group(0);
    close_on_exec()?;
    // Nobody below may look into this process, and write to guard through its descriptors.
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    if let Some(tmp) = temporary(plan, inner) {
        command.env("TMPDIR", tmp);
    }
    let child = command.spawn()?;
    Ok(i32::try_from(child.id()).ok().and_then(Pid::from_raw))
}

/// What guard itself was given by whoever started it (a log, a socket) is not for the command.
fn close_on_exec() -> io::Result<()> {
    let open: Vec<i32> = std::fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|number| *number > 2)
        .collect();
    for number in open {
        #[expect(unsafe_code, reason = "descriptors of unknown origin have numbers only")]
        // SAFETY: it is borrowed for one call, in a process with one thread. It was open a moment ago;
        // the one that read the list no longer is, and for that the call fails without effect.
        let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
        let _ = fcntl_setfd(descriptor, FdFlags::CLOEXEC);
    }
    Ok(())
}

/// Where temporary files go, when guard gave a place for them and the child's TMPDIR is not one that
/// it may write.
fn temporary<'a>(plan: &'a Plan, inner: &Inner) -> Option<&'a Path> {
    let given = plan.confinement.private_tmp.as_deref()?;
    let set = std::env::var_os("TMPDIR").map(PathBuf::from);
    let usable =
        set.as_deref().is_some_and(|dir| plan.confinement.write.iter().any(|write| dir.starts_with(write)));
    match (usable, inner.private_tmp, set) {
        (true, ..) | (false, true, None) => None,
        (false, true, Some(_)) => Some(Path::new("/tmp")),
        (false, false, _) => Some(given),
    }
}

/// Reaps whatever dies, until `child` does.
fn reap_until(child: Pid) -> Exit {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == child => {
                let code = status.exit_status().map(Exit::Code);
                return code.or(status.terminating_signal().map(Exit::Signal)).unwrap_or(Exit::Code(BROKEN));
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return Exit::Code(BROKEN),
        }
    }
}
