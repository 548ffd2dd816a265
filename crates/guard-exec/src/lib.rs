#![doc = include_str!("../README.md")]

mod cmd;
mod confine;
mod control;
mod env;
mod error;
mod limits;
mod output;
mod piped;
mod program;
#[cfg(unix)]
#[path = "pump_unix.rs"]
mod pump;
#[cfg(not(unix))]
#[path = "pump_threads.rs"]
mod pump;
mod spawn;
#[cfg(target_os = "linux")]
mod supervisor;
#[cfg(not(target_os = "linux"))]
#[path = "supervisor_elsewhere.rs"]
mod supervisor;
#[cfg(unix)]
mod tree;
pub mod wrapping;

pub use cmd::Cmd;
pub use confine::{Confinement, Network, Piece, SUPERVISOR_ARG, probe};
pub use control::Control;
pub use env::{is_secret, kept_by_default};
pub use error::ExecError;
pub use limits::Limits;
pub use output::{Exit, Output};
pub use piped::Piped;
pub use program::find_program;
pub use supervisor::supervisor_main;
