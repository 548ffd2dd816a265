//! Switching on the loopback interface of a new network namespace.

use std::io;

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with};

/// `RTM_NEWLINK`, rtnetlink(7).
const NEW_LINK: u16 = 16;
/// `NLM_F_REQUEST | NLM_F_ACK`, netlink(7).
const REQUEST_ACK: u16 = 5;
/// `NLMSG_ERROR`: the answer, with error number 0 for success.
const ANSWER: u16 = 2;
/// `IFF_UP`, netdevice(7).
const UP: u32 = 1;
/// Loopback is the first interface of every network namespace.
const LOOPBACK: i32 = 1;

/// Sets loopback up.
pub(super) fn up() -> io::Result<()> {
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    sendto(&socket, &request(), SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut answer = [0; 512];
    let (_, len) = recv(&socket, &mut answer[..], RecvFlags::empty())?;
    match (answer.get(4..6), answer.get(16..20)) {
        (Some(kind), Some(code)) if len >= 20 && kind == ANSWER.to_ne_bytes() => {
            match i32::from_ne_bytes([code[0], code[1], code[2], code[3]]) {
                0 => Ok(()),
                errno => Err(io::Error::from_raw_os_error(-errno)),
            }
        }
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// `struct nlmsghdr`, then `struct ifinfomsg`.
fn request() -> Vec<u8> {
    let mut message = Vec::with_capacity(32);
    message.extend(32_u32.to_ne_bytes());
    message.extend(NEW_LINK.to_ne_bytes());
    message.extend(REQUEST_ACK.to_ne_bytes());
    message.extend(1_u32.to_ne_bytes()); // sequence number
    message.extend(0_u32.to_ne_bytes()); // sender: the kernel fills it in
    message.extend([0; 4]); // family, padding, device type
    message.extend(LOOPBACK.to_ne_bytes());
    message.extend(UP.to_ne_bytes());
    message.extend(UP.to_ne_bytes()); // which flags change
    message
}
