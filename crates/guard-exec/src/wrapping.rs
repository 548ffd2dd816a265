//! For a program that stands in front of another one, as cargo starts it in place of the compiler: it is
//! confined and bounded already, and what it starts shares all it has.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader};
use std::process::{Command, ExitStatus, Stdio};

/// Runs `program` in this process's place, as far as the platform can: otherwise as a child, to its end; the
/// exit code.
///
/// # Errors
/// When it cannot be started.
pub fn replace(program: &OsStr, arguments: &[OsString]) -> io::Result<i32> {
    let mut command = command(program, arguments);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        Err(command.exec())
    }
    #[cfg(not(unix))]
    {
        command.status().map(code)
    }
}

/// Runs `program` to its end, handing over its standard error line by line, line ends included; the exit code.
///
/// # Errors
/// When it cannot be started or read.
pub fn relay(program: &OsStr, arguments: &[OsString], on_line: &mut dyn FnMut(&[u8])) -> io::Result<i32> {
    let mut child = command(program, arguments).stderr(Stdio::piped()).spawn()?;
    if let Some(stderr) = child.stderr.take() {
        let mut stderr = BufReader::new(stderr);
        let mut line = Vec::new();
        while stderr.read_until(b'\n', &mut line)? > 0 {
            on_line(&line);
            line.clear();
        }
    }
    child.wait().map(code)
}

/// Runs `program` to its end and keeps what it prints on both streams; with its exit code.
///
/// # Errors
/// When it cannot be started or read.
pub fn ask(program: &OsStr, arguments: &[OsString]) -> io::Result<(i32, Vec<u8>)> {
    let output = command(program, arguments).stdin(Stdio::null()).output()?;
    Ok((code(output.status), [output.stdout, output.stderr].concat()))
}

#[expect(clippy::disallowed_methods, reason = "the caller is confined and bounded, and its children with it")]
fn command(program: &OsStr, arguments: &[OsString]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(101)
}
