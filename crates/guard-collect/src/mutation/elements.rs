//! The mutation testing report schema (mutation-testing-elements): StrykerJS, Stryker.NET, Stryker4s, Infection, pitest's
//! plugin, and guard itself.

use std::collections::HashMap;

use guard_model::lab::TestId;
use guard_model::mutants::MutantOutcome;
use serde_json::Value;

use super::{Place, Reading, Reported, ReportedFile, State};

pub(super) fn read(report: &Value) -> Result<Reported, String> {
    let files = report.get("files").and_then(Value::as_object).ok_or("it has no `files`")?;
    if report.get("schemaVersion").is_none() {
        return Err("it has no `schemaVersion`".to_owned());
    }
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let framework = report.get("framework");
    let tool = framework.and_then(|f| text(f, "name")).unwrap_or_else(|| "a tool without a name".to_owned());
    let version = framework.and_then(|f| text(f, "version")).map(|v| format!(" {v}")).unwrap_or_default();
    let tests = tests(report);
    let mut read = Vec::new();
    for (path, file) in files {
        let source = text(file, "source").ok_or_else(|| format!("`{path}` has no `source`"))?;
        let mutants = file.get("mutants").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mutants = mutants.iter().filter_map(|it| reading(it, &tests)).collect();
        read.push(ReportedFile { path: path.clone(), state: State::Text(source), mutants });
    }
    Ok(Reported { tool: tool + &version, files: read, tests: tests.len() as u64 })
}

/// Tests by their id.
fn tests(report: &Value) -> HashMap<String, TestId> {
    let files = report.get("testFiles").and_then(Value::as_object);
    let of_file = |(path, file): (&String, &Value)| {
        let tests = file.get("tests").and_then(Value::as_array).cloned().unwrap_or_default();
        let one = |test: Value| {
            let id = test.get("id")?.as_str()?.to_owned();
            let name = test.get("name")?.as_str()?.to_owned();
            Some((id, TestId { suite: path.clone(), name }))
        };
        tests.into_iter().filter_map(one).collect::<Vec<_>>()
    };
    files.into_iter().flatten().flat_map(of_file).collect()
}

fn reading(mutant: &Value, tests: &HashMap<String, TestId>) -> Option<Reading> {
    let text = |key: &str| mutant.get(key).and_then(Value::as_str);
    let at = |end: &str| {
        let place = mutant.get("location")?.get(end)?;
        let number = |key: &str| u32::try_from(place.get(key)?.as_u64()?).ok().filter(|n| *n > 0);
        Some((number("line")?, number("column")?))
    };
    let ids = |key: &str| -> Vec<TestId> {
        let list = mutant.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        list.iter().filter_map(|id| tests.get(id.as_str()?)).cloned().collect()
    };
    let outcome = match text("status")? {
        "Killed" => MutantOutcome::Caught,
        "Survived" => MutantOutcome::Missed,
        "NoCoverage" => MutantOutcome::Uncovered,
        "Timeout" => MutantOutcome::Timeout,
        "CompileError" => MutantOutcome::Unviable,
        // An error of the runner, a mutant that was left out, one that is still to come, or a word of tomorrow.
        _ => MutantOutcome::NotRun,
    };
    let reason = (outcome == MutantOutcome::NotRun).then(|| {
        text("statusReason").filter(|it| !it.is_empty()).or_else(|| text("status")).map(str::to_owned)
    });
    let millis = |value: &Value| value.as_f64().map(|ms| ms as u64);
    Some(Reading {
        place: Place { start: at("start")?, end: at("end")?, function: None },
        operator: text("mutatorName")?.to_owned(),
        description: text("description").map(str::to_owned),
        inserted: text("replacement").unwrap_or_default().to_owned(),
        outcome,
        reason: reason.flatten(),
        tests_run: mutant.get("testsCompleted").and_then(Value::as_u64).unwrap_or_default(),
        reached_by: ids("coveredBy"),
        caught_by: ids("killedBy").into_iter().next(),
        ms: mutant.get("duration").and_then(millis).unwrap_or_default(),
    })
}
