//! The report as one page for a browser: no network, nothing beside it. The data stand in it as JSON, and a script puts
//! them into the page as text; what is foreign is never markup.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use guard_model::evidence::Snippet;
use guard_model::lab::CellOutcome;
use guard_model::report::CellEntry;
use guard_model::{MutantRecord, Report, Verdict};
use serde_json::{Map, Value, json};

use super::{Options, json, untrusted};

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Names of tests in one list at most; the counts are those of all.
const MAX_NAMES: usize = 2000;

/// Bytes of quoted lines.
const MAX_QUOTED: usize = 700_000;

/// Characters of what a test said of a mutant.
const MAX_SAID: usize = 400;

pub(super) fn render(report: &Report, options: &Options<'_>) -> String {
    let mut page = String::with_capacity(SCRIPT.len() + STYLE.len() + 4096 + report.findings.len() * 400);
    let verdict = match report.verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "inconclusive",
    };
    // What carries its reason in itself: nothing is loaded, nothing is sent.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
    let facts: String = facts(report).iter().map(|fact| format!("<li>{}</li>\n", text(fact))).collect();
    // Writing to a string cannot fail.
    let _ = write!(
        page,
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="generator" content="guard {version}">
<title>guard: {verdict}, {repository}</title>
<style>
{STYLE}</style>
</head>
<body>
<header><div class="in">
<div class="right"><button id="theme" title="light or dark (t)">light / dark</button> <button id="help" title="keys (?)">keys</button></div>
<span class="badge {verdict}">{verdict}</span>
<h1>{headline}</h1>
<ul class="meta">
{facts}</ul>
</div></header>
<nav><div class="in" id="tabs" role="tablist" aria-label="Parts of the report"></div></nav>
<main>
<noscript><p>The findings below the headline are shown by a script in this page, which your browser does not run.
<code>guard report --format text</code> prints them.</p></noscript>
</main>
<dialog id="keys">
<h2>Keys</h2>
<dl>
<dt><kbd>/</kbd></dt><dd>filter</dd>
<dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next and previous entry</dd>
<dt><kbd>Enter</kbd></dt><dd>open or close it</dd>
<dt><kbd>1</kbd> … <kbd>8</kbd></dt><dd>parts of the report</dd>
<dt><kbd>t</kbd></dt><dd>light or dark</dd>
</dl>
<form method="dialog"><button autofocus>Close</button></form>
</dialog>
<footer><div class="in">guard {version}, policy {policy_name}{out}</div></footer>
<script type="application/json" id="data">{data}</script>
<script>
{SCRIPT}</script>
</body>
</html>
"#,
        version = text(&report.guard),
        repository = text(&report.repository),
        headline = text(after_verdict(&report.headline, verdict)),
        policy_name = text(&report.policy),
        out = report.out.as_ref().map(|out| format!(", {}", text(out))).unwrap_or_default(),
        data = data(report, options),
    );
    page
}

/// The headline without the verdict that the badge says.
fn after_verdict<'a>(headline: &'a str, verdict: &str) -> &'a str {
    let Some(rest) = headline.strip_prefix(verdict) else { return headline };
    rest.strip_prefix(": ")
        .or_else(|| rest.strip_prefix(" (")?.strip_suffix(')'))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(headline)
}

/// Foreign text between tags or in an attribute.
fn text(text: &str) -> String {
    let line = untrusted::defuse(&untrusted::line(text));
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// What stands below the headline.
fn facts(report: &Report) -> Vec<String> {
    let mut facts = vec![report.repository.clone()];
    if let Some(change) = &report.change {
        let short =
            |id: &str| if id.len() == 40 || id.len() == 64 { id[..10].to_owned() } else { id.to_owned() };
        facts.push(format!("{} → {} ({})", short(&change.base), short(&change.head), change.base_reason));
        let files = if change.files == 1 { "file" } else { "files" };
        facts.push(format!("{} {files}, +{} −{}", change.files, change.added, change.removed));
    }
    facts.push(format!("mode {}", report.mode.as_str()));
    facts.extend(report.words.iter().map(|w| format!("words of {} ({})", w.place, w.reason)).take(4));
    facts.extend(report.no_session.iter().map(|why| format!("no session: {why}")));
    facts
}

/// What the script reads: the report without what says nothing, what is said often said once.
fn data(report: &Report, options: &Options<'_>) -> String {
    let mut helps: Vec<&str> = Vec::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let findings: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            let mut value = slim(serde_json::to_value(finding).unwrap_or_default());
            if let Some(map) = value.as_object_mut() {
                map.remove("fingerprint");
                if let Some(help) = &finding.help {
                    let at = *known.entry(help).or_insert_with(|| {
                        helps.push(help);
                        helps.len() - 1
                    });
                    map.insert("help".to_owned(), at.into());
                }
            }
            value
        })
        .collect();
    let checks: Map<String, Value> =
        options.docs.iter().map(|doc| (doc.name.to_owned(), doc.summary.into())).collect();
    let plain = |value: serde_json::Result<Value>| slim(value.unwrap_or_default());
    let mut all = json!({
        "findings": findings,
        "helps": helps,
        "checks": checks,
        "skipped_checks": plain(serde_json::to_value(&report.skipped_checks)),
        "snippets": plain(serde_json::to_value(snippets(report))),
        "timings": plain(serde_json::to_value(&report.timings)),
    });
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            all[name] = slim(value);
        }
    };
    put("claims", report.claims.as_ref().and_then(|c| serde_json::to_value(c).ok()));
    put("sites", report.sites.as_ref().and_then(|s| serde_json::to_value(s).ok()));
    put("pairs", report.pairs.as_ref().and_then(|p| serde_json::to_value(p).ok()));
    put("build", report.build.as_ref().and_then(|b| serde_json::to_value(b).ok()));
    put("sandbox", report.sandbox.as_ref().and_then(|s| serde_json::to_value(s).ok()));
    put("no_session", report.no_session.as_ref().map(|why| why.as_str().into()));
    put("tests", report.tests.as_ref().map(tests));
    put(
        "mutants",
        report
            .mutants
            .as_ref()
            .map(|m| json!({ "total": m.total, "list": m.list.iter().map(mutant).collect::<Vec<_>>() })),
    );
    // Neither `</script>` nor `<!--` can stand in it.
    json::compact(&all).trim_end().replace('<', "\\u003c")
}

/// The lines that are quoted, as far as the page stays small; with thousands of findings nobody opens them all.
fn snippets(report: &Report) -> Vec<&Snippet> {
    let mut room = MAX_QUOTED;
    let size = |s: &Snippet| s.path.len() + 60 + s.lines.iter().map(|l| l.len() + 4).sum::<usize>();
    report
        .snippets
        .iter()
        .take_while(|snippet| {
            let fits = size(snippet) <= room;
            room = room.saturating_sub(size(snippet));
            fits
        })
        .collect()
}

fn tests(tests: &guard_model::report::TestSummary) -> Value {
    let mut value = serde_json::to_value(tests).unwrap_or_default();
    if let Some(map) = value.as_object_mut() {
        for list in map.values_mut().filter_map(Value::as_array_mut) {
            list.truncate(MAX_NAMES);
        }
        for (name, cell) in [
            ("old_tests_on_new_code", &tests.old_tests_on_new_code),
            ("new_tests_on_old_code", &tests.new_tests_on_old_code),
        ] {
            map.insert(name.to_owned(), cell.as_deref().map_or(Value::Null, self::cell));
        }
    }
    value
}

/// A cell of the matrix: how many came to what, and the names of those that did not pass.
fn cell(entries: &[CellEntry]) -> Value {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let word = |entry: &CellEntry| {
        serde_json::to_value(entry.outcome)
            .ok()
            .and_then(|v| v.as_str().map(str::to_owned))
            .unwrap_or_default()
    };
    for entry in entries {
        *counts.entry(word(entry)).or_default() += 1;
    }
    let others = entries.iter().filter(|e| e.outcome != CellOutcome::Passed);
    let list: Vec<String> = others.take(MAX_NAMES).map(|e| format!("{} ({})", e.id, word(e))).collect();
    json!({ "counts": counts, "list": list })
}

fn mutant(mutant: &MutantRecord) -> Value {
    json!({
        "path": mutant.path,
        "line": mutant.line,
        "replacement": mutant.replacement,
        "outcome": mutant.outcome,
        "diff": mutant.diff,
        "reason": mutant.reason.as_deref().map(|r| untrusted::at_most(r, MAX_SAID)),
        "caught_by": mutant.caught_by.as_ref().map(ToString::to_string),
        "tests_run": mutant.tests_run,
        "reached_by": (!mutant.reached_by.is_empty() && mutant.caught_by.is_none())
            .then(|| mutant.reached_by.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "ms": mutant.ms,
    })
}

/// The value without members that are null, and without `side` where it is head: the script takes both as given.
fn slim(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .filter(|(key, value)| !(value.is_null() || key == "side" && value == "head"))
                .map(|(key, value)| (key, slim(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(slim).collect()),
        other => other,
    }
}
