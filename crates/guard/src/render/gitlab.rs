//! GitLab code quality: an array of findings, each with a fingerprint of its own.

use std::collections::BTreeMap;

use guard_model::{Level, Report};
use serde_json::{Value, json};

use super::{Options, anchor, json::pretty, untrusted, view};

pub(super) fn render(report: &Report, options: &Options<'_>) -> String {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let issues: Vec<Value> = view::open(report)
        .map(|finding| {
            let place = anchor(finding, report, options);
            // GitLab drops all but one of several entries with the same fingerprint.
            let times = seen.entry(&finding.fingerprint).and_modify(|n| *n += 1).or_insert(1);
            let fingerprint = match *times {
                1 => finding.fingerprint.clone(),
                n => format!("{}-{n}", finding.fingerprint),
            };
            let severity = match finding.level {
                Level::Deny => "critical",
                Level::Warn => "minor",
                Level::Note | Level::Allow => "info",
            };
            json!({
                "description": untrusted::line(&finding.message),
                "check_name": finding.check,
                "fingerprint": fingerprint,
                "severity": severity,
                "location": {
                    "path": place.path.trim_start_matches("./"),
                    "lines": { "begin": place.line.unwrap_or(1) },
                },
            })
        })
        .collect();
    pretty(&issues)
}
