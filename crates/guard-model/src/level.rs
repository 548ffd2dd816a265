//! Levels, verdicts, modes and sides: the small enums that all other types use.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a finding weighs. Ordered: `Allow < Note < Warn < Deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not reported at all.
    Allow,
    /// Worth knowing; never changes the verdict by itself.
    Note,
    /// A reviewer should look.
    Warn,
    /// The change must not go in like this.
    Deny,
}

impl Level {
    /// The level's name as policies and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Allow => "allow",
            Level::Note => "note",
            Level::Warn => "warn",
            Level::Deny => "deny",
        }
    }
}

/// What a whole run comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything that this mode and policy require was measured, and nothing reached `fail-on`.
    Pass,
    /// At least one unsuppressed finding reached `fail-on`.
    Fail,
    /// Nothing failed, but something required could not be measured.
    Inconclusive,
}

impl Verdict {
    /// The verdict's name as reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Inconclusive => "inconclusive",
        }
    }

    /// The exit code of `guard check` for this verdict: 0, 1 or 3.
    pub fn exit_code(self) -> u8 {
        match self {
            Verdict::Pass => 0,
            Verdict::Fail => 1,
            Verdict::Inconclusive => 3,
        }
    }
}

/// How much a run may cost.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Default,
)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Static checks only; nothing is built or run.
    Quick,
    /// Build and test head, then the reality matrix while the budget lasts.
    #[default]
    Commit,
    /// Everything; no budget unless the policy sets one.
    Ci,
}

impl Mode {
    /// The mode's name as the command line writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Quick => "quick",
            Mode::Commit => "commit",
            Mode::Ci => "ci",
        }
    }
}

/// Which side of the change a place is on.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, Default,
)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Before the change.
    Base,
    /// After the change.
    #[default]
    Head,
}
