//! How much a child may take.

use std::time::Duration;

/// Limits of one child and everything it starts. Going over one ends the whole tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Wall time.
    pub wall: Duration,
    /// Memory of the whole tree in bytes: pages of its own, shared ones counted once. Measured a few
    /// times a second, so a child may be over it for a fraction of a second. `None`: not measured.
    pub memory: Option<u64>,
    /// Processes alive at once in the whole tree.
    pub processes: u32,
    /// Bytes printed on standard output and standard error together.
    pub output: u64,
    /// Bytes of each stream kept in memory: the first half and the last half of it.
    pub keep: usize,
}

impl Default for Limits {
    /// Ten minutes, 8 GiB, 4096 processes, 256 MiB printed, 64 MiB of each stream kept.
    fn default() -> Self {
        Limits {
            wall: Duration::from_secs(600),
            memory: Some(8 << 30),
            processes: 4096,
            output: 256 << 20,
            keep: 64 << 20,
        }
    }
}

impl Limits {
    /// Limits for a trusted program whose whole answer is needed, such as git: five minutes, up to
    /// 1 GiB printed, all of it kept.
    pub fn whole_answer() -> Self {
        Limits { wall: Duration::from_secs(300), output: 1 << 30, keep: 1 << 30, ..Limits::default() }
    }

    /// The same limits with another wall time.
    #[must_use]
    pub fn wall(mut self, wall: Duration) -> Self {
        self.wall = wall;
        self
    }
}
