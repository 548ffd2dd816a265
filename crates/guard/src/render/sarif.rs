//! SARIF 2.1.0, inside the limits of GitHub's code scanning.

use std::collections::BTreeMap;

use guard_model::{Finding, Level, Report, Side, Verdict};
use serde_json::{Value, json};

use super::untrusted::{self, at_most};
use super::{CheckDoc, Options, anchor, json::compact, view};

/// GitHub takes at most 25,000 results of a run and keeps the 5,000 most severe ones.
const MAX_RESULTS: usize = 5_000;
/// GitHub keeps 100 locations of a result.
const MAX_LOCATIONS: usize = 100;
/// GitHub takes at most 25,000 rules of a run.
const MAX_RULES: usize = 25_000;
/// GitHub takes 10 MB after gzip; text that is not longer than this before cannot exceed it.
const MAX_BYTES: usize = 9_000_000;
/// Characters of one message.
const MAX_MESSAGE: usize = 4_000;
/// Characters of one notification.
const MAX_NOTE: usize = 500;
/// Notifications about checks that did not speak.
const MAX_SKIPS: usize = 200;

pub(super) fn render(report: &Report, options: &Options<'_>) -> String {
    let rules = Rules::new(report, options);
    let mut findings: Vec<&Finding> = view::reported(report).collect();
    // Stable: inside a level the report keeps its order. Accepted findings come last.
    findings.sort_by_key(|f| (f.suppressed.is_some(), std::cmp::Reverse(f.level)));

    let suppressions = findings.iter().any(|f| f.suppressed.is_some());
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let mut results: Vec<Value> = Vec::new();
    let mut bytes = 0;
    for finding in findings.iter().take(MAX_RESULTS) {
        let times = seen.entry(&finding.fingerprint).and_modify(|n| *n += 1).or_insert(1);
        let result = result(finding, *times, suppressions, report, options, &rules);
        bytes += compact(&result).len();
        if bytes > MAX_BYTES - rules.bytes {
            break;
        }
        results.push(result);
    }

    let mut notes: Vec<Value> = Vec::new();
    if results.len() < findings.len() {
        let text = format!(
            "{} of {} findings are written here, worst first; the JSON report has all of them",
            results.len(),
            findings.len()
        );
        notes.push(notification("guard/cut", "warning", &text, None));
    }
    notes.extend(skips(report, &rules));
    compact(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "guard",
                "semanticVersion": report.guard,
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.values,
            } },
            "automationDetails": { "id": format!("guard/{}", report.mode.as_str()) },
            "invocations": [{
                "executionSuccessful": report.verdict != Verdict::Inconclusive,
                "exitCode": report.verdict.exit_code(),
                "toolExecutionNotifications": notes,
            }],
            "results": results,
            "properties": { "verdict": report.verdict, "headline": at_most(&untrusted::line(&view::headline(report)), MAX_MESSAGE) },
        }],
    }))
}

/// The rules of a run: every check that took part, and every one that has a finding.
struct Rules<'a> {
    values: Vec<Value>,
    index: BTreeMap<&'a str, usize>,
    bytes: usize,
}

impl<'a> Rules<'a> {
    fn new(report: &'a Report, options: &Options<'a>) -> Self {
        let mut rules = Rules { values: Vec::new(), index: BTreeMap::new(), bytes: 0 };
        for doc in options.docs {
            rules.add(doc.name, Some(doc));
        }
        for finding in view::reported(report) {
            rules.add(&finding.check, None);
        }
        rules.bytes = rules.values.iter().map(|v| compact(v).len()).sum::<usize>().min(MAX_BYTES);
        rules
    }

    fn add(&mut self, name: &'a str, doc: Option<&CheckDoc<'_>>) {
        if self.values.len() == MAX_RULES || self.index.contains_key(name) {
            return;
        }
        self.index.insert(name, self.values.len());
        let mut rule = json!({
            "id": untrusted::line(name),
            "properties": { "tags": ["agent-change"] },
        });
        if let Some(doc) = doc {
            rule["shortDescription"] = json!({ "text": doc.summary });
            rule["fullDescription"] = json!({ "text": doc.summary });
            rule["help"] = json!({ "text": doc.help, "markdown": doc.help });
            rule["defaultConfiguration"] = json!({ "level": level(doc.level) });
        } else {
            rule["shortDescription"] = json!({ "text": untrusted::line(name) });
        }
        self.values.push(rule);
    }
}

fn result(
    finding: &Finding,
    times: u32,
    suppressions: bool,
    report: &Report,
    options: &Options<'_>,
    rules: &Rules<'_>,
) -> Value {
    let place = anchor(finding, report, options);
    // Code scanning wants a line; the first one stands for the whole file.
    let mut region = json!({ "startLine": place.line.unwrap_or(1) });
    if let Some(end) = place.end_line {
        region["endLine"] = end.into();
    }
    let mut result = json!({
        "ruleId": untrusted::line(&finding.check),
        "level": level(finding.level),
        "message": { "text": message(finding) },
        "locations": [{ "physicalLocation": { "artifactLocation": artifact(place.path), "region": region } }],
        "partialFingerprints": {
            "guardFinding/v1": finding.fingerprint,
            "primaryLocationLineHash": format!("{}:{times}", finding.fingerprint),
        },
    });
    if let Some(index) = rules.index.get(finding.check.as_str()) {
        result["ruleIndex"] = (*index).into();
    }
    let related = related(finding);
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    if suppressions {
        // Once one result has the property, the others need it too: empty means "counts".
        let list = finding.suppressed.iter().map(|why| {
            json!({
                "kind": "external",
                "status": "accepted",
                "justification": at_most(&untrusted::line(&why.reason), MAX_MESSAGE),
            })
        });
        result["suppressions"] = list.collect();
    }
    result
}

/// The finding and what it stands on, as plain text.
fn message(finding: &Finding) -> String {
    let mut text = untrusted::line(&finding.message).into_owned();
    if let (Side::Base, Some(line)) = (finding.side, finding.line) {
        untrusted::write_to(&mut text, format_args!(" (line {line} before the change)"));
    }
    for detail in view::details(finding) {
        text.push('\n');
        text.push_str(&untrusted::line(&detail));
    }
    // `[text](target)` would be a link.
    at_most(&text, MAX_MESSAGE).replace("](", "] (")
}

/// Places of the evidence that exist at head.
fn related(finding: &Finding) -> Vec<Value> {
    let mut places: Vec<(&str, u32)> = Vec::new();
    let mut related = Vec::new();
    for item in finding.evidence.iter().filter(|item| item.side == Side::Head) {
        let (Some(path), Some(line)) = (item.path.as_deref(), item.line.filter(|n| *n > 0)) else { continue };
        if places.len() == MAX_LOCATIONS || places.contains(&(path, line)) {
            continue;
        }
        places.push((path, line));
        let text = at_most(&untrusted::line(&item.message), 500).replace("](", "] (");
        related.push(json!({
            "id": places.len(),
            "message": { "text": text },
            "physicalLocation": { "artifactLocation": artifact(path), "region": { "startLine": line } },
        }));
    }
    related
}

fn skips(report: &Report, rules: &Rules<'_>) -> Vec<Value> {
    let skips = report.skipped_checks.iter().take(MAX_SKIPS);
    skips
        .map(|skip| {
            let text = format!("{} did not speak: {}", skip.check, skip.reason);
            let index = rules.index.get(skip.check.as_str());
            let rule = index.map(|index| json!({ "id": untrusted::line(&skip.check), "index": index }));
            notification("guard/skipped", "note", &text, rule)
        })
        .collect()
}

fn notification(id: &str, level: &str, text: &str, rule: Option<Value>) -> Value {
    let text = untrusted::line(text);
    let mut note = json!({
        "descriptor": { "id": id },
        "level": level,
        "message": { "text": at_most(&text, MAX_NOTE) },
    });
    if let Some(rule) = rule {
        note["associatedRule"] = rule;
    }
    note
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Deny => "error",
        Level::Warn => "warning",
        Level::Note => "note",
        Level::Allow => "none",
    }
}

fn artifact(path: &str) -> Value {
    json!({ "uri": uri(path), "uriBaseId": "%SRCROOT%" })
}

/// A path as a relative URI. Bytes that are not UTF-8 stand in paths as `\xNN`.
fn uri(path: &str) -> String {
    let path = path.trim_start_matches('/').as_bytes();
    let mut out = String::with_capacity(path.len() + 8);
    let mut at = 0;
    while at < path.len() {
        let rest = &path[at..];
        match rest {
            [b'\\', b'x', high @ (b'8'..=b'9' | b'a'..=b'f'), low, ..] if low.is_ascii_hexdigit() => {
                out.push('%');
                out.push(char::from(high.to_ascii_uppercase()));
                out.push(char::from(low.to_ascii_uppercase()));
                at += 4;
                continue;
            }
            [b, ..] if b.is_ascii_alphanumeric() || b"-._~/".contains(b) => out.push(char::from(*b)),
            [b, ..] => untrusted::write_to(&mut out, format_args!("%{b:02X}")),
            [] => {}
        }
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        for (path, expected) in [
            ("src/a.rs", "src/a.rs"),
            ("a b/c#d?e%f.rs", "a%20b/c%23d%3Fe%25f.rs"),
            ("x:y\n.rs", "x%3Ay%0A.rs"),
            ("ä.rs", "%C3%A4.rs"),
            ("\\xff.rs", "%FF.rs"),
            ("\\x41.rs", "%5Cx41.rs"),
            ("/etc/passwd", "etc/passwd"),
        ] {
            assert_eq!(uri(path), expected);
        }
    }
}
