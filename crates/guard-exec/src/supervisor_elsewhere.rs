//! There is no sandbox on this platform, and so nothing to supervise.

use std::ffi::OsString;

/// Does nothing on this platform; returns the exit code that says so.
pub fn supervisor_main(_: impl IntoIterator<Item = OsString>) -> i32 {
    125
}
