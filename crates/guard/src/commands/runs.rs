//! `guard judge` and `guard report`: from evidence on disk, without running anything.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use guard_collect::repo::RepoError;
use guard_model::{Evidence, SCHEMA_VERSION};

use super::{note, print_report};
use crate::cli::{JudgeArgs, MergeArgs, ReportArgs};
use crate::pipeline::{self, Place};
use crate::render::Format;

/// Judges a run again.
pub(super) fn judge(args: &JudgeArgs, place: &Place<'_>) -> Result<u8> {
    let dir = run_dir(args.dir.as_deref(), place)?;
    let mut evidence = read_evidence(&dir)?;
    if let Some(path) = &args.policy {
        evidence.policy = pipeline::parse_policy_file(path)?;
        evidence.policy_source = path.display().to_string();
    }
    let mut report = guard_checks::judge(&evidence, &evidence.policy);
    report.out = Some(dir.display().to_string());
    print_report(&report, &evidence, &args.output)
}

/// Puts the parts of a run together and judges them.
pub(super) fn merge(args: &MergeArgs, place: &Place<'_>) -> Result<u8> {
    let read = |dir: &PathBuf| Ok((dir.display().to_string(), read_evidence(dir)?));
    let parts = args.dirs.iter().map(read).collect::<Result<Vec<_>>>()?;
    let whole = guard_collect::lab::parts::merge(parts)?;
    let checked = pipeline::conclude_merged(whole, args.repo.as_deref(), args.out.as_deref(), place)?;
    if args.output.format != Format::Text {
        note(&format!("evidence and report are in {}", checked.run.path().display()));
    }
    print_report(&checked.report, &checked.evidence, &args.output)
}

/// Prints a run again.
pub(super) fn report(args: &ReportArgs, place: &Place<'_>) -> Result<u8> {
    let dir = run_dir(args.dir.as_deref(), place)?;
    let evidence = read_evidence(&dir)?;
    let mut report = guard_checks::judge(&evidence, &evidence.policy);
    report.out = Some(dir.display().to_string());
    print_report(&report, &evidence, &args.output)
}

fn run_dir(named: Option<&Path>, place: &Place<'_>) -> Result<PathBuf> {
    if let Some(dir) = named {
        return Ok(dir.to_owned());
    }
    let (_, scratch) = pipeline::open(None, place).map_err(|error| match error.downcast_ref() {
        Some(RepoError::NotARepository { dir }) => {
            anyhow!(
                "{} is not inside a git repository; name a run directory, as `guard check` prints it",
                dir.display()
            )
        }
        _ => error,
    })?;
    scratch.newest_run().context("there is no earlier run of this repository; run `guard check` first")
}

fn read_evidence(dir: &Path) -> Result<Evidence> {
    let path = dir.join("evidence.json");
    let bytes = fs::read(&path).with_context(|| {
        format!("cannot read {}; give a run directory, as `guard check` prints it", path.display())
    })?;
    let version: serde_json::Value =
        serde_json::from_slice(&bytes).with_context(|| format!("{} is not readable JSON", path.display()))?;
    match version.get("schema_version").and_then(serde_json::Value::as_u64) {
        Some(v) if v == u64::from(SCHEMA_VERSION) => {}
        Some(v) => bail!(
            "{} has schema version {v}; this guard reads version {SCHEMA_VERSION}: run `guard check` again",
            path.display()
        ),
        None => bail!("{} is no evidence of guard", path.display()),
    }
    serde_json::from_value(version).with_context(|| {
        format!("{} was written by another version of guard: run `guard check` again", path.display())
    })
}
