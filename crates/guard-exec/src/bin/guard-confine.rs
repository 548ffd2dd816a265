//! For the tests of this crate: the supervisor on its own (the `guard` binary has it built in), and a
//! few roles that a shell cannot play.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let role = args.next().unwrap_or_default();
    if role == guard_exec::SUPERVISOR_ARG {
        return ExitCode::from(u8::try_from(guard_exec::supervisor_main(args)).unwrap_or(125));
    }
    let done = match role.to_str() {
        Some("loopback") => loopback(),
        Some("connect") => args.next().and_then(|to| connect(to.to_str()?).ok()).ok_or(()),
        Some("guard") => {
            args.next().and_then(|line| guard(line.to_str()?, args.next().is_none()).ok()).ok_or(())
        }
        _ => Err(()),
    };
    if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(125) }
}

/// Talks to itself over loopback.
fn loopback() -> Result<(), ()> {
    let talk = || {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let mut client = TcpStream::connect(listener.local_addr()?)?;
        let (mut server, _) = listener.accept()?;
        client.write_all(b"x")?;
        server.read_exact(&mut [0])
    };
    talk().map_err(drop)
}

/// Connects to an address, or to a Unix socket by its path.
fn connect(to: &str) -> std::io::Result<()> {
    #[cfg(unix)]
    if to.starts_with('/') {
        return std::os::unix::net::UnixStream::connect(to).map(drop);
    }
    TcpStream::connect(to).map(drop)
}

/// A guard that runs one confined shell command, interruptible by signals; `full` with all pieces of
/// the sandbox that there are, else with none of them.
fn guard(line: &str, full: bool) -> Result<(), guard_exec::ExecError> {
    let ctl = guard_exec::Control::new();
    ctl.interrupt_on_signals()
        .map_err(|source| guard_exec::ExecError::Io { what: "signals".to_owned(), source })?;
    let mut confinement = guard_exec::Confinement::closed([std::env::temp_dir()]);
    if !full {
        confinement.without = guard_exec::Piece::ALL.to_vec();
    }
    guard_exec::Cmd::shell(line, std::env::temp_dir()).confine(confinement).run(&ctl).map(drop)
}
