//! First stage: makes the namespaces, starts the second stage, ends everything.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{
    DumpableBehavior, Pid, PidfdFlags, Signal, WaitOptions, getpid, getppid, kill_process, pidfd_open,
    set_child_subreaper, set_dumpable_behavior, set_parent_process_death_signal, setsid, wait,
};
use rustix::thread::{UnshareFlags, unshare_unsafe};

use super::{BROKEN, hidden, ids, loopback, mounts, writes};
use crate::confine::plan::{Inner, Plan, Stage};
use crate::confine::said::Say;
use crate::confine::{Network, Piece};
use crate::{pump, spawn, tree};

/// Without a kernel that watches for it, the death of guard is noticed within this time.
const TICK: Duration = Duration::from_millis(100);

pub(super) fn run(mut plan: Plan, status: OwnedFd) -> i32 {
    let guard = i32::try_from(plan.parent).ok().and_then(Pid::from_raw);
    let stop = Arc::new(AtomicBool::new(false));
    let prepared = signal_hook::flag::register(signal_hook::consts::SIGTERM, stop.clone())
        .map(drop)
        // A terminal cannot stop or signal what has no terminal.
        .and_then(|()| setsid().map(drop).map_err(io::Error::from))
        .and_then(|()| set_parent_process_death_signal(Some(Signal::KILL)).map_err(io::Error::from));
    if prepared.is_err() || getppid() != guard {
        return BROKEN;
    }
    let Ok(handle) = status.try_clone() else { return BROKEN };
    let mut say = Say::new(File::from(handle));
    let mut inner = match make(&plan, &mut say) {
        Ok(inner) => inner,
        Err(Unmade::Retry(piece, why)) => {
            say.retry_without(piece, &why);
            return BROKEN;
        }
    };
    // As in the second stage: nobody below may speak for this process.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let own_tree = inner.made.contains(&Piece::Pids);
    if !own_tree {
        // Orphans come to this process instead of the machine's init, and it must outlive guard for
        // the moment that it takes to end them.
        let _ = set_child_subreaper(Some(getpid()));
        let _ = set_parent_process_death_signal(None);
    }
    let started = pipe_with(PipeFlags::CLOEXEC).map_err(io::Error::from).and_then(|(lifeline, held)| {
        fcntl_setfd(&lifeline, FdFlags::empty())?;
        inner.lifeline = lifeline.as_raw_fd();
        plan.stage = Stage::Inner(inner);
        plan.parent = std::process::id();
        let mut command = spawn::command(Path::new("/proc/self/exe"));
        command.args(plan.to_args());
        command.spawn().map(|child| (child, held))
    });
    let (mut child, _held) = match started {
        Ok(started) => started,
        Err(error) => {
            say.failed(&format!("the second stage of the sandbox did not start: {error}"));
            return BROKEN;
        }
    };
    drop(status);
    let ended = watch(&child, &stop, || getppid() == guard);
    if !ended {
        let _ = child.kill();
    }
    // In a namespace of its own, this returns when the last process of it is gone.
    let code = child
        .wait()
        .map_or(BROKEN, |status| status.code().or(status.signal().map(|s| 128 + s)).unwrap_or(BROKEN));
    if !own_tree {
        end_orphans();
    }
    code
}

enum Unmade {
    /// The process is spoilt; another one may do better without this.
    Retry(Piece, String),
}

/// Makes what can be made; each piece for itself.
fn make(plan: &Plan, say: &mut Say) -> Result<Inner, Unmade> {
    let closed = plan.confinement.network == Network::Closed;
    // Both are seen from where guard stands, so they are read before anything is unshared.
    let sockets = hidden::sockets(plan);
    let owner = ids::current();
    let mut inner = Inner { real_root: owner.0 == 0, ..Inner::default() };

    if plan.wants(Piece::User) {
        match unshare(UnshareFlags::NEWUSER) {
            Ok(()) => {
                if let Err(e) = ids::map((0, 0), owner) {
                    return Err(Unmade::Retry(
                        Piece::User,
                        format!("the kernel lets no users be mapped in it ({e})"),
                    ));
                }
                inner.made.push(Piece::User);
                inner.become_ids =
                    Some(if owner.0 == 0 && plan.confinement.drop_root { (1000, 1000) } else { owner });
            }
            Err(e) => lacks(say, Piece::User, &e),
        }
    } else {
        without(say, Piece::User);
    }
    let mut try_for = |piece: Piece, flag: UnshareFlags, say: &mut Say| {
        if !plan.wants(piece) {
            without(say, piece);
            return false;
        }
        match unshare(flag) {
            Ok(()) => inner.made.push(piece),
            Err(e) => lacks(say, piece, &e),
        }
        inner.made.contains(&piece)
    };
    try_for(Piece::Pids, UnshareFlags::NEWPID, say);
    if !closed {
        say.remark("the network is open, as asked for");
    } else if try_for(Piece::Net, UnshareFlags::NEWNET, say)
        && let Err(e) = loopback::up()
    {
        say.remark(&format!("loopback is down: {e}"));
    }
    if try_for(Piece::Mounts, UnshareFlags::NEWNS, say) {
        let read_only = !(plan.wants(Piece::Landlock) && writes::landlock_is_there());
        let made = mounts::make(plan, &sockets, owner.0 == 0, read_only);
        made.remarks.iter().for_each(|remark| say.remark(remark));
        inner.read_only_mounts = made.read_only;
        inner.private_shm = made.private_shm;
        inner.private_tmp = made.private_tmp;
    } else {
        say.remark("sockets of the machine's services and secrets in the home directory can be reached");
    }
    if closed {
        let _ = unshare(UnshareFlags::NEWIPC);
    }
    Ok(inner)
}

fn unshare(flags: UnshareFlags) -> io::Result<()> {
    #[expect(unsafe_code, reason = "rustix marks all of unshare unsafe for one flag that is not used here")]
    // SAFETY: only UnshareFlags::FILES has a condition, and it is never passed.
    Ok(unsafe { unshare_unsafe(flags) }?)
}

fn lacks(say: &mut Say, piece: Piece, error: &io::Error) {
    say.remark(&format!("no {piece}: {error}"));
}

fn without(say: &mut Say, piece: Piece) {
    say.remark(&format!("no {piece}: not wanted"));
}

/// Waits for the child's end (true), or for a request to stop or guard's death (false).
fn watch(child: &Child, stop: &AtomicBool, guard_lives: impl Fn() -> bool) -> bool {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let pidfd = pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
    loop {
        if stop.load(Ordering::SeqCst) || !guard_lives() {
            return false;
        }
        match &pidfd {
            Some(pidfd) => {
                let mut fds = [PollFd::new(pidfd, PollFlags::IN)];
                if pump::poll_for(&mut fds, TICK).is_err() || !fds[0].revents().is_empty() {
                    return true;
                }
            }
            // Old kernel: the wait after this one ends it all, so only the end must be noticed here.
            None => {
                use rustix::process::{WaitId, WaitIdOptions, waitid};
                let Some(pid) = pid else { return true };
                let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
                if !matches!(waitid(WaitId::Pid(pid), look), Ok(None)) {
                    return true;
                }
                sleep(Duration::from_millis(5));
            }
        }
    }
}

/// Ends everything that is still below this process, as often as it takes, for a while.
fn end_orphans() {
    let give_up = Instant::now() + Duration::from_secs(2);
    loop {
        let below = tree::descendants(std::process::id());
        for pid in below.iter().filter_map(|pid| Pid::from_raw(i32::try_from(*pid).ok()?)) {
            let _ = kill_process(pid, Signal::KILL);
        }
        while matches!(wait(WaitOptions::NOHANG), Ok(Some(_))) {}
        if below.is_empty() || Instant::now() > give_up {
            return;
        }
        sleep(Duration::from_millis(1));
    }
}
