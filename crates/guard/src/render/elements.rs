//! Mutants as JSON of the mutation testing report schema, version 2 (mutation-testing-elements by the Stryker team):
//! what the field's own viewers show. It holds mutants and nothing else of the report.

use std::collections::{BTreeMap, BTreeSet};

use guard_model::lab::TestId;
use guard_model::{Language, MutantOutcome, MutantRecord, Report};
use serde_json::{Map, Value, json};

use super::Options;
use super::json::pretty;

const SCHEMA: &str = "https://git.io/mutation-testing-schema";

/// Shares in percent below which viewers colour a score as low and as middling; the schema demands them.
const THRESHOLDS: (u32, u32) = (60, 80);

pub(super) fn render(report: &Report, options: &Options<'_>) -> String {
    let list = report.mutants.as_ref().map_or(&[][..], |m| &m.list);
    let mut files: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    let mut tests: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (number, mutant) in (1..).zip(list) {
        files.entry(&mutant.path).or_default().push(one(number, mutant));
        for test in mutant.reached_by.iter().chain(&mutant.caught_by) {
            tests.entry(&test.suite).or_default().insert(&test.name);
        }
    }
    let files: Map<String, Value> = files
        .into_iter()
        .map(|(path, mutants)| {
            let text = options.mutated.iter().find(|f| f.path == path).map_or("", |f| f.text.as_str());
            let language = language(path);
            (path.to_owned(), json!({ "language": language, "source": text, "mutants": mutants }))
        })
        .collect();
    let tests: Map<String, Value> = tests
        .into_iter()
        .map(|(suite, names)| {
            let of = |name: &&str| json!({ "id": id(suite, name), "name": name });
            (suite.to_owned(), json!({ "tests": names.iter().map(of).collect::<Vec<_>>() }))
        })
        .collect();
    pretty(&json!({
        "$schema": SCHEMA,
        "schemaVersion": "2",
        "framework": { "name": "guard", "version": env!("CARGO_PKG_VERSION") },
        "thresholds": { "low": THRESHOLDS.0, "high": THRESHOLDS.1 },
        "files": files,
        "testFiles": tests,
    }))
}

/// The language of a file, as viewers colour it.
fn language(path: &str) -> &'static str {
    match Language::of_path(path) {
        Some(Language::TypeScript | Language::Tsx) => "typescript",
        Some(Language::JavaScript) => "javascript",
        Some(Language::Python) => "python",
        Some(Language::Go) => "go",
        Some(Language::C) => "c",
        Some(Language::Cpp) => "cpp",
        Some(Language::Java) => "java",
        Some(Language::Rust) | None => "rust",
    }
}

fn one(number: u32, mutant: &MutantRecord) -> Value {
    let status = match mutant.outcome {
        MutantOutcome::Caught => "Killed",
        MutantOutcome::Missed => "Survived",
        MutantOutcome::Timeout => "Timeout",
        MutantOutcome::Unviable => "CompileError",
        MutantOutcome::Uncovered => "NoCoverage",
        // What was not measured must not count as anything else.
        MutantOutcome::NotCompiled | MutantOutcome::NotRun => "Ignored",
    };
    let ids = |tests: &mut dyn Iterator<Item = &TestId>| -> Vec<String> {
        tests.map(|t| id(&t.suite, &t.name)).collect()
    };
    let mut value = json!({
        "id": number.to_string(),
        "mutatorName": mutant.operator,
        "description": mutant.replacement,
        "replacement": mutant.inserted,
        "location": {
            "start": { "line": mutant.line, "column": mutant.column },
            "end": { "line": mutant.end_line, "column": mutant.end_column.max(1) },
        },
        "status": status,
        "coveredBy": ids(&mut mutant.reached_by.iter()),
        "killedBy": ids(&mut mutant.caught_by.iter()),
        "testsCompleted": mutant.tests_run,
        "duration": mutant.ms,
    });
    if let Some(reason) = mutant.said.as_ref().or(mutant.reason.as_ref()) {
        value["statusReason"] = json!(reason);
    }
    value
}

fn id(suite: &str, test: &str) -> String {
    format!("{suite}::{test}")
}
