//! What the supervisor is told, as its argument list: paths keep their bytes, whatever they are.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::{Confinement, Network, Piece, SUPERVISOR_ARG};

/// One confined start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) stage: Stage,
    /// Descriptor that [`said`](super::said) lines go to.
    pub(crate) status: i32,
    /// The process that must be alive.
    pub(crate) parent: u32,
    pub(crate) cwd: PathBuf,
    pub(crate) confinement: Confinement,
    /// Sockets that guard knows of by its own environment, to be hidden.
    pub(crate) known_sockets: Vec<PathBuf>,
    /// Most processes, for the kernel's own limit.
    pub(crate) processes: u32,
    /// Size of a private `/dev/shm`.
    pub(crate) shm: u64,
    /// Program and arguments; empty to try the sandbox only.
    pub(crate) command: Vec<OsString>,
}

/// The two lives of the supervisor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Makes the namespaces, waits, ends everything.
    Outer,
    /// First process inside: finishes the sandbox, starts the command, reaps.
    Inner(Inner),
}

/// What the outer stage tells the inner one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Inner {
    /// Reading end of a pipe that the outer stage holds open while it lives.
    pub(crate) lifeline: i32,
    /// What has been made so far.
    pub(crate) made: Vec<Piece>,
    /// User and group to become, as seen inside.
    pub(crate) become_ids: Option<(u32, u32)>,
    /// Writes are confined by read-only mounts already.
    pub(crate) read_only_mounts: bool,
    /// `/dev/shm` is private.
    pub(crate) private_shm: bool,
    /// `/tmp` is private.
    pub(crate) private_tmp: bool,
    /// guard runs as the machine's root.
    pub(crate) real_root: bool,
}

impl Plan {
    /// The argument list, [`SUPERVISOR_ARG`] included.
    pub(crate) fn to_args(&self) -> Vec<OsString> {
        let mut args: Vec<OsString> = vec![SUPERVISOR_ARG.into()];
        let mut put = |key: &str, value: &OsStr| {
            let mut arg = OsString::from(key);
            arg.push("=");
            arg.push(value);
            args.push(arg);
        };
        let number = |n: u64| OsString::from(n.to_string());
        put("status", &number(self.status.unsigned_abs().into()));
        put("parent", &number(self.parent.into()));
        put("cwd", self.cwd.as_os_str());
        put("processes", &number(self.processes.into()));
        put("shm", &number(self.shm));
        let Confinement {
            write,
            read,
            network,
            required,
            sockets,
            drop_root,
            hide_secrets,
            private_tmp,
            without,
        } = &self.confinement;
        let mut paths =
            |key: &str, paths: &[PathBuf]| paths.iter().for_each(|path| put(key, path.as_os_str()));
        paths("write", write);
        paths("read", read);
        paths("socket", sockets);
        paths("known-socket", &self.known_sockets);
        paths("tmp", private_tmp.as_slice());
        let mut flag = |key: &str, on: bool| put(key, OsStr::new(if on { "1" } else { "0" }));
        flag("open", *network == Network::Open);
        flag("required", *required);
        flag("drop-root", *drop_root);
        flag("hide-secrets", *hide_secrets);
        without.iter().for_each(|piece| put("without", OsStr::new(piece.name())));
        if let Stage::Inner(inner) = &self.stage {
            put("lifeline", &number(inner.lifeline.unsigned_abs().into()));
            inner.made.iter().for_each(|piece| put("made", OsStr::new(piece.name())));
            if let Some((uid, gid)) = inner.become_ids {
                put("uid", &number(uid.into()));
                put("gid", &number(gid.into()));
            }
            let mut flag = |key: &str, on: bool| put(key, OsStr::new(if on { "1" } else { "0" }));
            flag("read-only-mounts", inner.read_only_mounts);
            flag("private-shm", inner.private_shm);
            flag("private-tmp", inner.private_tmp);
            flag("real-root", inner.real_root);
        }
        args.push("--".into());
        args.extend(self.command.iter().cloned());
        args
    }

    /// Reads what [`Plan::to_args`] wrote, without the leading [`SUPERVISOR_ARG`].
    pub(crate) fn from_args(args: impl IntoIterator<Item = OsString>) -> Result<Plan, String> {
        let mut args = args.into_iter();
        let mut plan = Plan {
            stage: Stage::Outer,
            status: -1,
            parent: 0,
            cwd: PathBuf::new(),
            confinement: Confinement::closed(Vec::<PathBuf>::new()),
            known_sockets: Vec::new(),
            processes: u32::MAX,
            shm: 0,
            command: Vec::new(),
        };
        let mut inner: Option<Inner> = None;
        let mut ids: (Option<u32>, Option<u32>) = (None, None);
        for arg in args.by_ref() {
            if arg == "--" {
                break;
            }
            let bytes = arg.into_vec();
            let Some(at) = bytes.iter().position(|b| *b == b'=') else {
                return Err("an argument without a value".into());
            };
            let key = String::from_utf8_lossy(&bytes[..at]).into_owned();
            let value = OsStr::from_bytes(&bytes[at + 1..]);
            let path = || PathBuf::from(value);
            let on = value == "1";
            let c = &mut plan.confinement;
            match key.as_str() {
                "status" => plan.status = number(&key, value)?,
                "parent" => plan.parent = number(&key, value)?,
                "cwd" => plan.cwd = path(),
                "processes" => plan.processes = number(&key, value)?,
                "shm" => plan.shm = number(&key, value)?,
                "write" => c.write.push(path()),
                "read" => c.read.push(path()),
                "socket" => c.sockets.push(path()),
                "known-socket" => plan.known_sockets.push(path()),
                "tmp" => c.private_tmp = Some(path()),
                "open" => c.network = if on { Network::Open } else { Network::Closed },
                "required" => c.required = on,
                "drop-root" => c.drop_root = on,
                "hide-secrets" => c.hide_secrets = on,
                "without" => c.without.push(piece(value)?),
                "lifeline" => inner.get_or_insert_default().lifeline = number(&key, value)?,
                "made" => inner.get_or_insert_default().made.push(piece(value)?),
                "uid" => ids.0 = Some(number(&key, value)?),
                "gid" => ids.1 = Some(number(&key, value)?),
                "read-only-mounts" => inner.get_or_insert_default().read_only_mounts = on,
                "private-shm" => inner.get_or_insert_default().private_shm = on,
                "private-tmp" => inner.get_or_insert_default().private_tmp = on,
                "real-root" => inner.get_or_insert_default().real_root = on,
                _ => return Err(format!("unknown argument `{key}`")),
            }
        }
        plan.command = args.collect();
        if let Some(mut inner) = inner {
            inner.become_ids = ids.0.zip(ids.1);
            plan.stage = Stage::Inner(inner);
        }
        if plan.status < 3 || plan.parent == 0 {
            return Err("not started by guard".into());
        }
        Ok(plan)
    }

    pub(crate) fn wants(&self, piece: Piece) -> bool {
        !self.confinement.without.contains(&piece)
    }

    pub(crate) fn program(&self) -> Option<&Path> {
        self.command.first().map(Path::new)
    }
}

fn number<N: std::str::FromStr>(key: &str, value: &OsStr) -> Result<N, String> {
    value.to_str().and_then(|value| value.parse().ok()).ok_or_else(|| format!("`{key}` is not a number"))
}

fn piece(value: &OsStr) -> Result<Piece, String> {
    let known = Piece::ALL.into_iter().find(|piece| value == piece.name());
    known.ok_or_else(|| format!("unknown piece {}", value.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_survives_the_argument_list_with_any_bytes_in_its_paths() {
        let odd = PathBuf::from(OsString::from_vec(b"/a=b\n\xff --".to_vec()));
        let confinement = Confinement {
            write: vec![odd.clone(), "/b".into()],
            read: vec!["/r".into()],
            network: Network::Open,
            required: true,
            sockets: vec![odd.clone()],
            drop_root: false,
            hide_secrets: false,
            private_tmp: Some(odd.clone()),
            without: vec![Piece::Net, Piece::Landlock],
        };
        let outer = Plan {
            stage: Stage::Outer,
            status: 7,
            parent: 12,
            cwd: odd.clone(),
            confinement,
            known_sockets: vec!["/s".into()],
            processes: 3,
            shm: 1 << 40,
            command: vec!["--".into(), odd.into(), "x=y".into()],
        };
        let inner = Inner {
            lifeline: 9,
            made: vec![Piece::User, Piece::Pids],
            become_ids: Some((1000, 0)),
            read_only_mounts: true,
            private_shm: false,
            private_tmp: true,
            real_root: true,
        };
        for plan in [Plan { stage: Stage::Inner(inner), ..outer.clone() }, outer] {
            assert_eq!(Plan::from_args(plan.to_args().into_iter().skip(1)), Ok(plan));
        }
    }

    #[test]
    fn a_person_who_types_it_is_refused() {
        assert_eq!(Plan::from_args([]), Err("not started by guard".to_owned()));
        assert!(Plan::from_args(["--help".into()]).is_err());
    }
}
