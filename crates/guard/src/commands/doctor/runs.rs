//! How the last runs ended.

use std::fs;

use guard_collect::lab::Scratch;
use serde::Deserialize;

use super::Line;
use crate::render;

/// Runs that are told of.
const SHOWN: usize = 3;

/// Columns of a headline at most.
const HEADLINE: usize = 70;

/// The part of a report that is read here.
#[derive(Deserialize)]
struct Ended {
    headline: String,
}

pub(super) fn runs(scratch: &Scratch) -> Line {
    const PART: &str = "runs";
    let runs = scratch.runs();
    if runs.is_empty() {
        return Line::ok(PART, "none of this repository yet; `guard check` makes one");
    }
    let told: Vec<(String, bool)> = runs
        .iter()
        .take(SHOWN)
        .map(|dir| {
            let name = dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let when = when(&name);
            let report = fs::read(dir.join("report.json")).ok();
            match report.and_then(|bytes| serde_json::from_slice::<Ended>(&bytes).ok()) {
                Some(ended) => (format!("{when}: {}", render::one_line(&ended.headline, HEADLINE)), true),
                None => (format!("{when}: ended without a report"), false),
            }
        })
        .collect();
    let text = told.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("; ");
    if told[0].1 {
        Line::ok(PART, text)
    } else {
        Line::warn(
            PART,
            text,
            format!("the newest was interrupted, or still runs; its logs are in {}", runs[0].display()),
        )
    }
}

/// `2026-11-23 04:05 UTC` of a run's name.
fn when(name: &str) -> String {
    match (name.get(..4), name.get(4..6), name.get(6..8), name.get(9..11), name.get(11..13)) {
        (Some(year), Some(month), Some(day), Some(hour), Some(minute)) => {
            format!("{year}-{month}-{day} {hour}:{minute} UTC")
        }
        _ => name.to_owned(),
    }
}
