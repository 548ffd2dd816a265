//! reviewdog's diagnostic format (`proto/rdf`), as one JSON object.

use guard_model::{Finding, Level, Report};
use serde_json::{Value, json};

use super::{Options, anchor, json::pretty, untrusted, view};

pub(super) fn render(report: &Report, options: &Options<'_>) -> String {
    let worst = view::open(report).map(|f| f.level).max().unwrap_or(Level::Note);
    let diagnostics: Vec<Value> = view::open(report).map(|f| diagnostic(f, report, options)).collect();
    pretty(&json!({
        "source": { "name": "guard", "url": env!("CARGO_PKG_REPOSITORY") },
        "severity": severity(worst),
        "diagnostics": diagnostics,
    }))
}

fn diagnostic(finding: &Finding, report: &Report, options: &Options<'_>) -> Value {
    let place = anchor(finding, report, options);
    let mut location = json!({ "path": place.path });
    if let Some(line) = place.line {
        location["range"] = json!({ "start": { "line": line } });
        if let Some(end) = place.end_line {
            location["range"]["end"] = json!({ "line": end });
        }
    }
    let mut message = untrusted::line(&finding.message).into_owned();
    for detail in view::details(finding) {
        message.push('\n');
        message.push_str(&untrusted::line(&detail));
    }
    json!({
        "message": message,
        "location": location,
        "severity": severity(finding.level),
        "code": { "value": finding.check },
    })
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::Deny => "ERROR",
        Level::Warn => "WARNING",
        Level::Note | Level::Allow => "INFO",
    }
}
