//! `guard.toml`: presets, overrides, and messages about mistakes.
//!
//! The file format ([`mod@file`], and [`schema`] for editors) is for people; what comes out is the
//! resolved [`guard_model::Policy`], every value present. All mistakes of a file are reported at once,
//! each with line, column and the nearest right key.

mod errors;
pub mod file;
mod read;
mod units;
mod walk;

use guard_model::Policy;
use guard_model::policy::{Budget, CargoPolicy, HookReaction, Limits, PathPolicy, SandboxPolicy};
use guard_model::{Level, Mode};

pub use errors::{PolicyError, PolicyErrors};
pub(crate) use units::mebibytes;

/// Longest policy file that is read, in bytes.
const LONGEST: usize = 1024 * 1024;
/// Presets may start from presets, this deep.
const DEEPEST: u32 = 4;

/// Texts of the presets in the top-level `policies/`; whoever builds the binary embeds them.
#[derive(Debug, Clone, Copy)]
pub struct Presets {
    /// `policies/default.toml`.
    pub default: &'static str,
    /// `policies/pre-commit.toml`.
    pub pre_commit: &'static str,
    /// `policies/stop-hook.toml`.
    pub stop_hook: &'static str,
    /// `policies/ci.toml`.
    pub ci: &'static str,
    /// `policies/strict.toml`.
    pub strict: &'static str,
}

impl Presets {
    /// Names of the presets.
    pub const NAMES: [&'static str; 5] = ["default", "pre-commit", "stop-hook", "ci", "strict"];

    /// The text of a preset.
    pub fn text(&self, name: &str) -> Option<&'static str> {
        Some(match name {
            "default" => self.default,
            "pre-commit" => self.pre_commit,
            "stop-hook" => self.stop_hook,
            "ci" => self.ci,
            "strict" => self.strict,
            _ => return None,
        })
    }
}

/// Reads a policy file and resolves it against its preset (`default` when it names none). The empty
/// text is the default policy.
///
/// `path` names the file in messages; `checks` are the names that `[checks]`, `require` and `[[allow]]`
/// may use.
///
/// # Errors
/// Every mistake of the file, in line order.
pub fn parse(text: &str, path: &str, presets: &Presets, checks: &[&str]) -> Result<Policy, PolicyErrors> {
    parse_at(text, path, presets, checks, 0)
}

/// A preset as a policy.
///
/// # Errors
/// When there is no such preset, or its text has mistakes.
pub fn preset(name: &str, presets: &Presets, checks: &[&str]) -> Result<Policy, PolicyErrors> {
    preset_at(name, presets, checks, 0)
}

/// JSON Schema of `guard.toml`, for editors.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(file::PolicyFile).to_value();
    if let Some(object) = schema.as_object_mut() {
        object.insert("title".to_owned(), "guard.toml".into());
    }
    schema
}

fn parse_at(
    text: &str,
    path: &str,
    presets: &Presets,
    checks: &[&str],
    depth: u32,
) -> Result<Policy, PolicyErrors> {
    if text.len() > LONGEST {
        let message = format!("the file has {} bytes; a policy has at most {LONGEST}", text.len());
        return Err(PolicyErrors::one(path, message));
    }
    read::read(text, path, checks, |name| match name {
        // `default` starts from the values that are written nowhere.
        None if depth > 0 => Ok(bare()),
        name => preset_at(name.unwrap_or("default"), presets, checks, depth),
    })
}

fn preset_at(name: &str, presets: &Presets, checks: &[&str], depth: u32) -> Result<Policy, PolicyErrors> {
    let path = format!("preset {name}");
    let Some(text) = presets.text(name) else {
        return Err(PolicyErrors::one(
            &path,
            format!("there is none; there are {}", Presets::NAMES.join(", ")),
        ));
    };
    if depth >= DEEPEST {
        return Err(PolicyErrors::one(&path, "it starts from itself".to_owned()));
    }
    let mut policy = parse_at(text, &path, presets, checks, depth + 1)?;
    name.clone_into(&mut policy.preset);
    Ok(policy)
}

/// What the default preset is written over; it sets every value, so that none of these is ever seen.
fn bare() -> Policy {
    Policy {
        preset: "default".to_owned(),
        fail_on: Level::Deny,
        mode: Mode::Commit,
        on_inconclusive: HookReaction::Allow,
        on_error: HookReaction::Allow,
        levels: std::collections::BTreeMap::new(),
        require: Vec::new(),
        budget: Budget::default(),
        limits: Limits { build_s: 1, test_s: 1, memory_mib: 1, output_mib: 1, reruns: 0 },
        sandbox: SandboxPolicy::default(),
        cargo: CargoPolicy {
            workspace: false,
            all_targets: false,
            features: Vec::new(),
            all_features: false,
            no_default_features: false,
            doctests: false,
            nextest: guard_model::policy::UseNextest::Auto,
            args: Vec::new(),
        },
        build: None,
        suites: Vec::new(),
        benches: Vec::new(),
        pairs: Vec::new(),
        paths: PathPolicy::default(),
        suppressions: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
