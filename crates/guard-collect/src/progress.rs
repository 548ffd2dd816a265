//! Telling a person what is going on, without knowing how it is shown.

/// Is told when a new phase of work begins.
pub trait Progress: Sync {
    /// `name` is what is being done now, such as `build and test head`.
    fn phase(&self, name: &str);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn phase(&self, _name: &str) {}
}
