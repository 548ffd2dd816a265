//! Finding a program before it is started.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::{Cmd, ExecError, env};

/// The file that `cmd` would start. Looking it up here gives a message for people, and lets the
/// start take the quick road (`posix_spawn`), which needs an absolute path.
pub(crate) fn find(
    cmd: &Cmd,
    environment: &[(std::ffi::OsString, std::ffi::OsString)],
) -> Result<PathBuf, ExecError> {
    if !cmd.cwd().is_dir() {
        return Err(ExecError::NoDirectory { program: cmd.program_name(), cwd: cmd.cwd().to_owned() });
    }
    let path = env::lookup(environment, "PATH").unwrap_or(OsStr::new("/usr/local/bin:/usr/bin:/bin"));
    look_up(cmd.program(), cmd.cwd(), path).ok_or_else(|| ExecError::NotFound { program: cmd.program_name() })
}

/// The file that starting `program` in `cwd` would run, with this `PATH`.
pub fn find_program(program: &OsStr, cwd: &Path, path: &OsStr) -> Option<PathBuf> {
    look_up(program, cwd, path).filter(|file| is_program(file))
}

fn look_up(program: &OsStr, cwd: &Path, path: &OsStr) -> Option<PathBuf> {
    if Path::new(program).components().count() > 1 {
        let file = cwd.join(program);
        return file.exists().then_some(file);
    }
    std::env::split_paths(path)
        .map(|dir| cwd.join(dir).join(program))
        .flat_map(|file| if cfg!(windows) { vec![file.with_extension("exe"), file] } else { vec![file] })
        .find(|file| is_program(file))
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    file.is_file() && rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}
