//! `cargo nextest run --message-format libtest-json` (and `libtest-json-plus`): one JSON object a line.
//!
//! Nextest runs each test in its own process and believes the exit code, so a test that calls
//! `process::exit(0)` is a pass for it. Nothing in this format could tell; guard's own runs of nextest look at
//! each process (`lab/cargo/nextest.rs`).

use std::collections::HashMap;

use guard_model::lab::{SuiteOutcome, SuiteTrouble, TestId, TestOutcome, TestResult};
use serde::Deserialize;

use super::{TestRunPart, libtest, text};

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "type")]
    kind: Option<String>,
    event: Option<String>,
    name: Option<String>,
    test_count: Option<u64>,
    filtered_out: Option<u64>,
    exec_time: Option<f64>,
    stdout: Option<String>,
    message: Option<String>,
    reason: Option<String>,
    nextest: Option<Binary>,
}

#[derive(Deserialize)]
struct Binary {
    #[serde(rename = "crate")]
    package: String,
    test_binary: String,
    kind: String,
}

/// Reads the lines; others (build messages) are skipped.
pub(super) fn read(bytes: &[u8]) -> Result<TestRunPart, String> {
    let text = text::clean(bytes);
    let mut run = Run::default();
    let mut records = 0_u64;
    for line in text.lines().filter(|l| l.starts_with('{')) {
        let Ok(record) = serde_json::from_str::<Record>(line) else {
            run.broken += 1;
            continue;
        };
        records += 1;
        match record.kind.as_deref() {
            Some("suite") => run.suite(&record),
            Some("test") => run.test(&record),
            _ => {}
        }
    }
    if records == 0 {
        return Err("there is no JSON line in it; run with `--message-format libtest-json` and \
                    NEXTEST_EXPERIMENTAL_LIBTEST_JSON=1"
            .to_owned());
    }
    Ok(run.finish())
}

#[derive(Default)]
struct Run {
    /// Suite ids by the part of test names before `$`.
    ids: HashMap<String, String>,
    suites: Vec<SuiteOutcome>,
    /// Index of a suite, by its id.
    at: HashMap<String, usize>,
    results: Vec<TestResult>,
    /// Tests that were started, by their raw name: index of the result, and whether it is settled.
    tests: HashMap<String, (usize, bool)>,
    broken: u64,
    /// Fewest tests said to be filtered out, by index of the suite.
    filtered: HashMap<usize, u64>,
}

impl Run {
    fn suite(&mut self, record: &Record) {
        let Some(binary) = &record.nextest else { return };
        let id = match binary.kind.as_str() {
            "lib" | "proc-macro" => binary.package.clone(),
            "test" => format!("{}::{}", binary.package, binary.test_binary),
            kind => format!("{}::{kind}/{}", binary.package, binary.test_binary),
        };
        self.ids.insert(format!("{}::{}", binary.package, binary.test_binary), id.clone());
        let at = *self.at.entry(id.clone()).or_insert_with(|| {
            self.suites.push(SuiteOutcome {
                suite: id,
                announced: None,
                filtered: 0,
                exit_code: None,
                trouble: None,
                detail: None,
                ms: 0,
            });
            self.suites.len() - 1
        });
        let suite = &mut self.suites[at];
        // A suite may be started twice when its tests are interleaved with another's; the larger wins.
        suite.announced = suite.announced.max(record.test_count);
        if let Some(ms) = record.exec_time.and_then(text::ms_f64) {
            suite.ms += ms;
        }
        // The parts of an interleaved suite count each other's tests as filtered out.
        if let Some(filtered) = record.filtered_out {
            let least = self.filtered.entry(at).or_insert(filtered);
            *least = filtered.min(*least);
            suite.filtered = *least;
        }
    }

    fn test(&mut self, record: &Record) {
        let (Some(raw), Some(event)) = (&record.name, record.event.as_deref()) else { return };
        // `crate::binary$path::test#2`: the number is the try that settled it.
        let (name, attempt) = match raw.rsplit_once('#') {
            Some((name, n)) => n.parse::<u32>().map_or((raw.as_str(), 1), |n| (name, n)),
            None => (raw.as_str(), 1),
        };
        let outcome = match event {
            "started" => TestOutcome::NotRun,
            "ok" => TestOutcome::Passed,
            "ignored" => TestOutcome::Ignored,
            "timeout" => TestOutcome::TimedOut,
            "failed" if record.reason.as_deref().is_some_and(|r| r.contains("time")) => TestOutcome::TimedOut,
            _ => TestOutcome::Failed,
        };
        let (at, settled) = match self.tests.get(name) {
            Some(known) => *known,
            None => {
                let (binary, test) = name.split_once('$').unwrap_or(("", name));
                let suite = self.ids.get(binary).cloned().unwrap_or_else(|| binary.to_owned());
                let id = TestId { suite, name: test.to_owned() };
                self.results.push(TestResult::new(id, TestOutcome::NotRun));
                (self.results.len() - 1, false)
            }
        };
        let result = &mut self.results[at];
        match (event, settled) {
            ("started", _) => {}
            (_, false) => {
                // Earlier tries of a retried test are not reported; it was retried because they failed.
                result.outcome = if attempt > 1 { TestOutcome::Failed } else { outcome };
                result.reruns.extend((attempt > 1).then_some(outcome));
            }
            (_, true) => result.reruns.push(outcome),
        }
        self.tests.insert(name.to_owned(), (at, settled || event != "started"));
        result.ms = record.exec_time.and_then(text::ms_f64).or(result.ms);
        if outcome.is_failure() {
            let said = record.stdout.as_deref().or(record.message.as_deref()).unwrap_or("");
            libtest::explain_failure(result, said);
        }
    }

    fn finish(mut self) -> TestRunPart {
        let mut open: HashMap<&str, u64> = HashMap::new();
        for result in self.results.iter().filter(|r| r.outcome == TestOutcome::NotRun) {
            *open.entry(&result.id.suite).or_insert(0) += 1;
        }
        for suite in &mut self.suites {
            let unsettled = open.get(suite.suite.as_str()).copied().unwrap_or(0);
            if unsettled > 0 {
                suite.trouble = Some(SuiteTrouble::EndedEarly);
                suite.detail = Some(match unsettled {
                    1 => "1 test was started and never reported".to_owned(),
                    n => format!("{n} tests were started and never reported"),
                });
            }
        }
        let incomplete = (self.broken > 0).then(|| format!("{} lines are not readable JSON", self.broken));
        TestRunPart { results: self.results, suites: self.suites, incomplete }
    }
}
