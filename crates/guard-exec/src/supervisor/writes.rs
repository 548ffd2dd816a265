//! Confining writes with Landlock: the kernel refuses to change anything outside the listed paths, to
//! this process and to whatever it starts, for good. See landlock(7).

use std::path::{Path, PathBuf};

use landlock::{
    ABI, AccessFs, BitFlags, CompatLevel, Compatible, LandlockStatus, PathBeneath, PathFd, RestrictionStatus,
    Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use crate::confine::plan::{Inner, Plan};
use crate::confine::said::Say;
use crate::confine::{Network, Piece};

/// Devices that programs write to, and the directory of pseudo-terminals.
const DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/pts",
];

/// True when this kernel has Landlock and lets it be used.
pub(super) fn landlock_is_there() -> bool {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::WriteFile)
        .and_then(Ruleset::create)
        .is_ok()
}

/// Confines this process; true when writes are confined, by whatever means.
pub(super) fn confine(plan: &Plan, inner: &Inner, may_write_proc: bool, say: &mut Say) -> bool {
    if !plan.wants(Piece::Landlock) {
        say.remark(&format!("no {}: not wanted", Piece::Landlock));
        return inner.read_only_mounts;
    }
    if !inner.private_shm {
        say.remark("/dev/shm is the machine's own");
    }
    match restrict(plan, inner, may_write_proc) {
        Ok(status) => {
            if let LandlockStatus::Available { effective_abi, .. } = status.landlock
                && effective_abi < ABI::V3
            {
                say.remark("this kernel's Landlock does not keep files outside the scratch area from being truncated");
            }
            let enforced = status.ruleset != RulesetStatus::NotEnforced;
            if !enforced && inner.read_only_mounts {
                say.remark("no Landlock in this kernel: writes are confined by read-only mounts");
            } else if !enforced {
                say.remark("no Landlock in this kernel: writes are not confined");
            }
            enforced || inner.read_only_mounts
        }
        Err(error) => {
            say.remark(&format!("no {}: {error}", Piece::Landlock));
            inner.read_only_mounts
        }
    }
}

fn restrict(plan: &Plan, inner: &Inner, may_write_proc: bool) -> Result<RestrictionStatus, RulesetError> {
    let closed = plan.confinement.network == Network::Closed;
    // Everything that changes a file system; of the later rights, the use of sockets by path.
    let mut rights = AccessFs::from_write(ABI::V4);
    let mut scope: BitFlags<Scope> = Scope::Signal.into();
    if closed {
        rights |= AccessFs::ResolveUnix;
        scope |= Scope::AbstractUnixSocket;
    }
    let mut rules = Ruleset::default().handle_access(rights)?.scope(scope)?.create()?;
    let confinement = &plan.confinement;
    // Shared memory of the machine's other programs is not the child's to write, but where it cannot
    // have its own, most programs that use it would break.
    let shm = Path::new("/dev/shm");
    let tmp =
        confinement.private_tmp.as_deref().map(|dir| if inner.private_tmp { Path::new("/tmp") } else { dir });
    for path in confinement.write.iter().map(PathBuf::as_path).chain(tmp).chain([shm]) {
        rules = allow(rules, path, rights)?;
    }
    for path in &confinement.sockets {
        rules = allow(rules, path, AccessFs::ResolveUnix | AccessFs::WriteFile)?;
    }
    for path in DEVICES {
        rules = allow(rules, path.as_ref(), AccessFs::WriteFile.into())?;
    }
    if may_write_proc {
        rules = allow(rules, "/proc".as_ref(), AccessFs::WriteFile.into())?;
    }
    rules.restrict_self()
}

/// Adds a path; one that is not there needs no rule.
fn allow(
    rules: landlock::RulesetCreated,
    path: &Path,
    rights: BitFlags<AccessFs>,
) -> Result<landlock::RulesetCreated, RulesetError> {
    let Ok(held) = PathFd::new(path) else { return Ok(rules) };
    let rights = if path.is_dir() { rights } else { rights & AccessFs::from_file(ABI::V9) };
    rules.add_rule(PathBeneath::new(held, rights))
}
