//! Trying the sandbox from inside: what the kernel said is one thing, what it does another.

use std::fs::{File, remove_file};
use std::net::{TcpListener, TcpStream, UdpSocket};

use crate::confine::said::{Holds, Say};

/// What of `holds` is true.
pub(super) fn keep_true(holds: Vec<Holds>, say: &mut Say) -> Vec<Holds> {
    if let Err(e) = loopback() {
        say.remark(&format!("loopback does not work inside: {e}"));
    }
    holds.into_iter().filter(|what| check(*what, say)).collect()
}

fn check(what: Holds, say: &mut Say) -> bool {
    let (broken, text) = match what {
        Holds::Writes => {
            (can_write_outside(), "writes outside are not refused although the kernel promised it")
        }
        Holds::Network => (has_route(), "there is a route to the network although the kernel promised none"),
        Holds::Tree => (std::process::id() != 1, "the child is not the first of its own processes"),
    };
    if broken {
        say.remark(text);
    }
    !broken
}

fn can_write_outside() -> bool {
    let path =
        std::env::temp_dir().join(format!(".guard-probe-{}-{}", std::process::id(), std::process::id()));
    let written = File::create_new(&path).is_ok();
    if written {
        let _ = remove_file(&path);
    }
    written
}

/// Connecting a datagram socket sends nothing; it only looks for a route. The address is reserved for
/// documentation (RFC 5737).
fn has_route() -> bool {
    UdpSocket::bind("0.0.0.0:0").and_then(|socket| socket.connect("192.0.2.1:9")).is_ok()
}

fn loopback() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    TcpStream::connect(listener.local_addr()?).map(drop)
}
