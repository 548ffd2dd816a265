//! What cargo says of a workspace, without building anything.

use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, Package, TargetKind};
use guard_exec::Exit;
use guard_model::evidence::{Gap, GapKind};

use super::build::{needs_outside, of_tree};
use crate::lab::workbench::Workbench;

/// A cargo workspace in the lab's tree.
pub(crate) struct Workspace {
    /// Directory that cargo is run in.
    pub(crate) dir: PathBuf,
    /// Cargo's own description.
    pub(crate) metadata: Metadata,
    /// True when the repository holds a lock file, which then must not change.
    pub(crate) locked: bool,
}

impl Workspace {
    /// Asks cargo about the workspace in `dir`; `locked` when the repository holds its lock file.
    pub(crate) fn read(bench: &Workbench<'_>, dir: &Path, locked: bool) -> Result<Workspace, Gap> {
        let cmd = bench
            .child("cargo", dir, 120)
            .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
            .log_to(bench.run.log("cargo-metadata"));
        let output = cmd.run(bench.ctl).map_err(|e| exec_gap(&e))?;
        if output.exit != Exit::Code(0) {
            let text = String::from_utf8_lossy(&output.stderr);
            let tree = bench.lab.tree();
            let reason = needs_outside(&text, &tree).unwrap_or_else(|| {
                format!("cargo cannot read the workspace: {}", of_tree(&first_error(&text), &tree))
            });
            return Err(Gap::of_runs(GapKind::Input, reason).logged(bench.log_name("cargo-metadata")));
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout).map_err(|e| {
            let reason = format!("cargo metadata printed something unexpected: {e}");
            Gap::of_runs(GapKind::MissingTool, reason).logged(bench.log_name("cargo-metadata"))
        })?;
        Ok(Workspace { dir: dir.to_owned(), metadata, locked })
    }

    /// The package that a message of cargo names.
    pub(crate) fn package(&self, id: &cargo_metadata::PackageId) -> Option<&Package> {
        self.metadata.packages.iter().find(|p| p.id == *id)
    }

    /// `CARGO_TARGET_DIR` that must be set so that the target directory lies inside the lab's tree;
    /// `None` when it does by itself, which keeps tests that look for `target/debug/<bin>` working.
    pub(crate) fn target_dir_override(&self, tree: &Path) -> Option<PathBuf> {
        let target = self.metadata.target_directory.as_std_path();
        (!target.starts_with(tree)).then(|| tree.join("target"))
    }
}

/// nextest's binary id: the suite part of a test's identity.
/// Source: nextest `RustBinaryId::from_parts` (nextest-metadata).
pub(crate) fn suite_name(package: &str, kind: &TargetKind, target: &str) -> String {
    match kind {
        TargetKind::Test => format!("{package}::{target}"),
        TargetKind::Bin => format!("{package}::bin/{target}"),
        TargetKind::Example => format!("{package}::example/{target}"),
        TargetKind::Bench => format!("{package}::bench/{target}"),
        _ => package.to_owned(),
    }
}

/// Whether the manifest of `package` sets `harness = false` for the target.
pub(crate) fn has_libtest_harness(package: &Package, kind: &TargetKind, target: &str) -> bool {
    let table = match kind {
        TargetKind::Test => "test",
        TargetKind::Bin => "bin",
        TargetKind::Example => "example",
        TargetKind::Bench => "bench",
        _ => "lib",
    };
    let Ok(text) = std::fs::read_to_string(&package.manifest_path) else { return true };
    let Ok(manifest) = text.parse::<toml::Table>() else { return true };
    let said = |entry: &toml::Value| entry.get("harness").and_then(toml::Value::as_bool);
    match manifest.get(table) {
        Some(toml::Value::Array(targets)) => targets
            .iter()
            .find(|t| t.get("name").and_then(toml::Value::as_str) == Some(target))
            .and_then(said)
            .unwrap_or(true),
        Some(lib) => said(lib).unwrap_or(true),
        None => true,
    }
}

/// The first error of cargo's stderr with its causes, on one line.
pub(crate) fn first_error(stderr: &str) -> String {
    let mut lines = stderr.lines().skip_while(|l| !l.starts_with("error"));
    let Some(first) = lines.next() else {
        return stderr.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("no message").trim().to_owned();
    };
    let causes = lines
        .take_while(|l| l.is_empty() || l.starts_with("  ") || l.starts_with("Caused by"))
        .map(str::trim)
        .filter(|l| !l.is_empty() && *l != "Caused by:")
        .take(6);
    let mut text = first.trim_start_matches("error:").trim().to_owned();
    for cause in causes {
        text.push_str(": ");
        text.push_str(cause);
    }
    match missing_toolchain(&text) {
        Some(name) => format!("{text}; guard installs none: run `rustup toolchain install {name}`"),
        None => text,
    }
}

/// The toolchain that rustup says is not installed.
pub(crate) fn missing_toolchain(error: &str) -> Option<&str> {
    let (name, rest) = error.split_once("toolchain '")?.1.split_once('\'')?;
    rest.starts_with(" is not installed").then_some(name)
}

/// A child that could not be started, as a gap.
pub(crate) fn exec_gap(error: &guard_exec::ExecError) -> Gap {
    let kind = match error {
        guard_exec::ExecError::NoSandbox { .. } => GapKind::Sandbox,
        _ => GapKind::MissingTool,
    };
    Gap::of_runs(kind, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_toolchain_comes_with_the_command_that_installs_it() {
        let said = first_error("error: toolchain '1.92.0-x86_64-unknown-linux-gnu' is not installed\n");
        assert!(said.ends_with("run `rustup toolchain install 1.92.0-x86_64-unknown-linux-gnu`"), "{said}");
        assert_eq!(first_error("error: no such thing\n"), "no such thing");
    }
}
