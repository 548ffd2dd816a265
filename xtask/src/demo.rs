//! The shipped example, checked as a user would.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use walkdir::WalkDir;

use crate::shell::{output, root, run};

/// Builds guard, lays out the example as a repository with an uncommitted agent edit, and checks it.
pub(crate) fn demo() -> Result<()> {
    let root = root();
    if run(&root, "cargo", &["build", "--quiet", "--bin", "guard"])? != 0 {
        bail!("guard does not build");
    }
    let target = output(&root, "cargo", &["metadata", "--no-deps", "--format-version=1"])?;
    let target: serde_json::Value = serde_json::from_str(&target)?;
    let target = target["target_directory"].as_str().context("cargo names no target directory")?;
    let guard = Path::new(target).join("debug").join("guard");

    let scratch = tempfile::tempdir()?;
    let repo = scratch.path().join("watcher");
    let demo = root.join("fixtures/demo");
    copy(&demo.join("base"), &repo)?;
    for args in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["add", "--all"],
        &[
            "-c",
            "user.name=dev",
            "-c",
            "user.email=dev@example.org",
            "commit",
            "--quiet",
            "--message=Watch a file of decisions",
        ],
    ] {
        output(&repo, "git", args)?;
    }
    copy(&demo.join("head"), &repo)?;

    println!("$ cd watcher        # a small crate; an agent has just edited it");
    println!("$ git status --short\n{}", output(&repo, "git", &["status", "--short"])?);
    println!("$ guard check --session session.jsonl\n");
    let session = demo.join("session.jsonl").display().to_string();
    let code = run(&repo, &guard.display().to_string(), &["check", "--session", &session])?;
    println!("\nexit code {code}");
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in WalkDir::new(from) {
        let entry = entry?;
        let target = to.join(entry.path().strip_prefix(from)?);
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
