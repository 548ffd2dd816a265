//! `mutants.out` of cargo-mutants: `outcomes.json`, and the diff of each mutant, which shows the lines around it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};

use guard_model::mutants::MutantOutcome;
use serde_json::Value;

use super::{Piece, Place, Reading, Reported, ReportedFile, State};

/// Diffs larger than this are not read.
const MAX_DIFF: u64 = 1 << 20;

pub(super) fn read(report: &Value, dir: &Path) -> Result<Reported, String> {
    let outcomes = report.get("outcomes").and_then(Value::as_array).ok_or("its `outcomes` are no list")?;
    let version = report.get("cargo_mutants_version").and_then(Value::as_str).unwrap_or_default();
    let mut files: BTreeMap<String, (Vec<Piece>, Vec<Reading>)> = BTreeMap::new();
    for outcome in outcomes {
        let Some(mutant) = outcome.get("scenario").and_then(|s| s.get("Mutant")) else { continue };
        let path = mutant.get("file").and_then(Value::as_str).ok_or("a mutant has no `file`")?;
        let (pieces, mutants) = files.entry(path.to_owned()).or_default();
        let diff = outcome.get("diff_path").and_then(Value::as_str);
        pieces.extend(diff.and_then(|diff| piece(dir, diff)));
        mutants.extend(reading(mutant, outcome));
    }
    let files = files.into_iter().map(|(path, (pieces, mutants))| {
        let state = if pieces.is_empty() { State::Hidden } else { State::Pieces(pieces) };
        ReportedFile { path, state, mutants }
    });
    let tool = format!("cargo-mutants {version}");
    Ok(Reported { tool: tool.trim_end().to_owned(), files: files.collect(), tests: 0 })
}

/// The old side of a mutant's diff, with the line that it begins on.
fn piece(dir: &Path, diff: &str) -> Option<Piece> {
    let path = Path::new(diff);
    // The report names a file of its own directory, or none that is read.
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let path = dir.join(path);
    let meta = fs::symlink_metadata(&path).ok()?;
    let text = (meta.is_file() && meta.len() <= MAX_DIFF).then(|| fs::read_to_string(&path).ok())??;
    let mut lines = text.lines().skip_while(|line| !line.starts_with("@@ "));
    let first = lines.next()?.strip_prefix("@@ -")?.split([',', ' ']).next()?.parse().ok()?;
    let old = lines.take_while(|line| !line.starts_with("@@ "));
    let old = old.filter(|line| !line.starts_with('+') && !line.starts_with('\\'));
    Some((first, old.map(|line| line.get(1..).unwrap_or_default().to_owned()).collect()))
}

fn reading(mutant: &Value, outcome: &Value) -> Option<Reading> {
    let at = |end: &str| {
        let place = mutant.get("span")?.get(end)?;
        let number = |key: &str| u32::try_from(place.get(key)?.as_u64()?).ok().filter(|n| *n > 0);
        Some((number("line")?, number("column")?))
    };
    let text = |key: &str| mutant.get(key).and_then(Value::as_str);
    let (outcome_of, reason) = match outcome.get("summary")?.as_str()? {
        "CaughtMutant" => (MutantOutcome::Caught, None),
        "MissedMutant" => (MutantOutcome::Missed, None),
        "Timeout" => (MutantOutcome::Timeout, None),
        "Unviable" => (MutantOutcome::Unviable, None),
        other => (MutantOutcome::NotRun, Some(format!("cargo-mutants says {other}"))),
    };
    let seconds = |phase: &Value| phase.get("duration").and_then(Value::as_f64);
    let phases = outcome.get("phase_results").and_then(Value::as_array);
    let time: f64 = phases.into_iter().flatten().filter_map(seconds).sum();
    // `src/lib.rs:2:5: replace allowed -> bool with true`
    let named = text("name").and_then(|name| Some(name.split_once(": ")?.1));
    Some(Reading {
        place: Place { start: at("start")?, end: at("end")?, function: None },
        operator: text("genre").unwrap_or("mutant").to_owned(),
        description: named.map(str::to_owned),
        inserted: text("replacement").unwrap_or_default().to_owned(),
        outcome: outcome_of,
        reason,
        tests_run: 0,
        reached_by: Vec::new(),
        caught_by: None,
        ms: (time * 1000.0) as u64,
    })
}
