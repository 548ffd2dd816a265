//! The policies that come with guard, from `policies/`.

use guard_collect::policy::Presets;

/// The texts of the presets.
pub fn presets() -> Presets {
    Presets {
        default: include_str!("../../../policies/default.toml"),
        pre_commit: include_str!("../../../policies/pre-commit.toml"),
        stop_hook: include_str!("../../../policies/stop-hook.toml"),
        ci: include_str!("../../../policies/ci.toml"),
        strict: include_str!("../../../policies/strict.toml"),
    }
}
