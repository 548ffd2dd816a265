//! Targets that cargo leaves out without a word, because a feature that they need is off.

use std::collections::BTreeSet;
use std::path::Path;

use cargo_metadata::{Artifact, PackageId, TargetKind};
use guard_model::Change;
use guard_model::lab::{Condition, Proof, TestOutcome, TestResult};

use super::compiled::{LeftOut, reads_any};
use super::gated::Gated;
use super::metadata::Workspace;

/// A target that was not built for want of features.
#[derive(Debug, Clone)]
pub(crate) struct Unbuilt {
    package: PackageId,
    package_name: String,
    name: String,
    is_program: bool,
    features: Vec<String>,
    /// The root source file, relative to the lab's tree.
    root: String,
    /// Whether its directory is its own, as that of `src/bin/name/main.rs` is.
    owns_dir: bool,
}

/// The programs, tests and examples of built packages for which there is no artifact.
pub(crate) fn find(workspace: &Workspace, tree: &Path, artifacts: &[Artifact]) -> Vec<Unbuilt> {
    let is_built = |id: &PackageId, name: &str, kind: &TargetKind| {
        artifacts.iter().any(|a| a.package_id == *id && a.target.name == name && a.target.kind.contains(kind))
    };
    let mut found = Vec::new();
    for package in workspace.metadata.workspace_packages() {
        if !artifacts.iter().any(|a| a.package_id == package.id) {
            continue;
        }
        for target in package.targets.iter().filter(|t| !t.required_features.is_empty()) {
            let Some(kind) = target.kind.first() else { continue };
            let wanted = matches!(kind, TargetKind::Bin | TargetKind::Test | TargetKind::Example);
            if !wanted || is_built(&package.id, &target.name, kind) {
                continue;
            }
            let Ok(root) = target.src_path.as_std_path().strip_prefix(tree) else { continue };
            let dir = target.src_path.parent();
            let shares = package.targets.iter().filter(|t| t.src_path.parent() == dir).count() > 1;
            found.push(Unbuilt {
                package: package.id.clone(),
                package_name: package.name.to_string(),
                name: target.name.clone(),
                is_program: *kind == TargetKind::Bin,
                features: target.required_features.clone(),
                root: root.to_string_lossy().into_owned(),
                owns_dir: !shares && root.ends_with("main.rs"),
            });
        }
    }
    found
}

impl Unbuilt {
    /// Whether it is a program of the package, which cargo would build for its integration tests.
    pub(crate) fn is_program_of(&self, package: &PackageId) -> bool {
        self.is_program && self.package == *package
    }

    /// Whether the source file `path` is part of the target, by the layout of the files.
    fn holds(&self, path: &str) -> bool {
        let below = |dir: &str| path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
        let dir = self.root.rsplit_once('/').map_or("", |(dir, _)| dir);
        path == self.root
            || self.root.strip_suffix(".rs").is_some_and(below)
            || (self.owns_dir && path.ends_with(".rs") && below(dir))
    }

    /// The files of the change that it holds.
    pub(super) fn gated(&self, change: &Change) -> Vec<Gated> {
        let held = change.files.iter().filter(|f| f.new_oid.is_some() && self.holds(&f.path));
        held.map(|f| Gated::file(&f.path, &self.package_name, &self.features)).collect()
    }

    /// Why it is missing, and what would bring it.
    fn reason(&self) -> String {
        let features: Vec<String> = self.features.iter().map(|f| format!("\"{f}\"")).collect();
        let features = features.join(", ");
        format!(
            "target `{}` was left out of the build, because features that it needs are off; turn them on in \
             guard.toml: `[cargo] features = [{features}]`",
            self.name
        )
    }

    /// What explains the failure of a test that starts it.
    fn condition(&self) -> Condition {
        let says =
            format!("it starts the program `{}`, which the build left out for want of features", self.name);
        Condition { says, proof: Proof::Machine }
    }
}

/// What a build that passes does not say of `change`: one of its files is part of a target that was left out.
pub(crate) fn left_out(unbuilt: &[Unbuilt], change: &Change, sources: &BTreeSet<String>) -> Option<LeftOut> {
    let (file, target) =
        unbuilt.iter().find_map(|u| Some((change.files.iter().find(|f| u.holds(&f.path))?, u)))?;
    let reason = format!("`{}` was not compiled: {}", file.path, target.reason());
    Some(LeftOut { reason, is_part: reads_any(change.files.iter(), sources) })
}

/// That tests could not be judged, because the programs that they start were left out.
pub(crate) fn remark(unbuilt: &[Unbuilt], results: &[TestResult]) -> Option<String> {
    let program = unbuilt.iter().find(|u| u.is_program)?;
    let blamed = results.iter().any(|r| r.condition.as_ref() == Some(&program.condition()));
    blamed.then(|| format!("tests that start it could not be judged: {}", program.reason()))
}

/// Tells failures of tests that could not start one of `programs`, which their package left out: something
/// was not found, and the message or the tests' `source` names the program.
pub(crate) fn explain<'a>(
    programs: &[Unbuilt],
    results: impl Iterator<Item = &'a mut TestResult>,
    source: impl FnOnce() -> String,
) {
    const NOT_THERE: [&str; 3] = ["NotFound", "No such file or directory", "os error 2"];
    if programs.is_empty() {
        return;
    }
    let not_there = |r: &&mut TestResult| {
        let said = r.message.as_deref().unwrap_or_default();
        r.outcome == TestOutcome::Failed
            && r.condition.is_none()
            && NOT_THERE.iter().any(|n| said.contains(n))
    };
    let mut red = results.filter(not_there).peekable();
    if red.peek().is_none() {
        return;
    }
    let source = source();
    for result in red {
        let said = result.message.as_deref().unwrap_or_default();
        let program = programs.iter().find(|p| names(said, &p.name));
        if let Some(program) = program.or_else(|| programs.iter().find(|p| names(&source, &p.name))) {
            result.condition = Some(program.condition());
        }
    }
}

/// Whether `text` names the program: as the end of a path, in quotes, or in cargo's variable for it.
fn names(text: &str, program: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || "-_.".contains(c));
    text.match_indices(program).any(|(at, _)| {
        let before = &text[..at];
        let begins = before.ends_with(['/', '\\', '"', '`', '\'']) || before.ends_with("CARGO_BIN_EXE_");
        begins && ends(&text[at + program.len()..])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unbuilt(root: &str, owns_dir: bool) -> Unbuilt {
        Unbuilt {
            package: PackageId { repr: "path+file:///demo#0.1.0".to_owned() },
            package_name: "demo".to_owned(),
            name: "demo".to_owned(),
            is_program: true,
            features: vec!["cli".to_owned()],
            root: root.to_owned(),
            owns_dir,
        }
    }

    #[test]
    fn a_target_holds_its_root_and_what_lies_in_its_own_directory() {
        for (root, owns_dir, path, expected) in [
            ("src/bin/demo/main.rs", true, "src/bin/demo/hub.rs", true),
            ("src/bin/demo/main.rs", true, "src/bin/demo2/hub.rs", false),
            ("src/bin/demo.rs", false, "src/bin/demo.rs", true),
            ("src/bin/demo.rs", false, "src/bin/demo/hub.rs", true),
            ("src/bin/demo.rs", false, "src/bin/other.rs", false),
            ("src/main.rs", false, "src/lib.rs", false),
            ("src/main.rs", true, "src/hub.rs", true),
        ] {
            assert_eq!(unbuilt(root, owns_dir).holds(path), expected, "{root} {path}");
        }
    }

    #[test]
    fn a_test_that_cannot_start_a_program_left_out_is_not_called_broken() {
        let failed = |message: &str| TestResult {
            message: Some(message.to_owned()),
            ..TestResult::new(
                guard_model::lab::TestId { suite: "demo::cli".to_owned(), name: "starts".to_owned() },
                TestOutcome::Failed,
            )
        };
        let left_out = [unbuilt("src/bin/demo.rs", false)];
        let not_found = "Os { code: 2, kind: NotFound }";
        for (message, source, expected) in [
            (not_found, r#"Command::cargo_bin("demo")"#, true),
            (not_found, r#"Command::new("target/debug/demo")"#, true),
            (not_found, r#"read("demo.toml")"#, false),
            (r#"NotFoundError { path: "target/debug/demo" }"#, "", true),
            ("assertion failed: 1 == 2", r#"Command::cargo_bin("demo")"#, false),
        ] {
            let mut results = [failed(message)];
            explain(&left_out, results.iter_mut(), || source.to_owned());
            assert_eq!(results[0].condition.is_some(), expected, "{message} {source}");
        }
    }
}
