//! `go test -json`: the event stream of test2json (`go doc test2json`), one JSON object a line.

use std::collections::{BTreeMap, HashMap};

use guard_model::lab::{SuiteOutcome, SuiteTrouble, TestId, TestOutcome, TestResult};
use serde::Deserialize;

use super::{TestRunPart, text};

/// Output kept of one test or package while reading, in bytes.
const OUTPUT: usize = 16 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    action: String,
    package: Option<String>,
    /// Build events carry this instead of a package.
    import_path: Option<String>,
    test: Option<String>,
    elapsed: Option<f64>,
    output: Option<String>,
    failed_build: Option<String>,
}

#[derive(Default)]
struct Package {
    tests: Vec<Test>,
    by_name: HashMap<String, usize>,
    output: String,
    ended: Option<&'static str>,
    failed_build: Option<String>,
    ms: u64,
}

struct Test {
    name: String,
    outcome: Option<TestOutcome>,
    paused: bool,
    output: String,
    ms: Option<u64>,
}

/// Reads the events; lines that are none (compiler messages on the same stream) are kept for messages.
pub(super) fn read(bytes: &[u8]) -> Result<TestRunPart, String> {
    let text = text::clean(bytes);
    let mut packages: BTreeMap<String, Package> = BTreeMap::new();
    let mut builds: HashMap<String, String> = HashMap::new();
    let mut loose = String::new();
    let mut events = 0_u64;
    for line in text.lines() {
        let event = line.starts_with('{').then(|| serde_json::from_str::<Event>(line).ok()).flatten();
        let Some(event) = event else {
            push(&mut loose, line);
            push(&mut loose, "\n");
            continue;
        };
        events += 1;
        if let Some(path) = &event.import_path {
            if let Some(output) = &event.output {
                push(builds.entry(path.clone()).or_default(), output);
            }
        } else if let Some(name) = event.package.clone() {
            packages.entry(name).or_default().take(event);
        }
    }
    if events == 0 {
        let said = text::clip(loose.trim(), 300);
        let said = if said.is_empty() { "it is empty".to_owned() } else { format!("it says: {said}") };
        return Err(format!("there is no event in it; {said}"));
    }
    let mut part = TestRunPart::default();
    for (name, package) in packages {
        package.finish(name, &builds, &loose, &mut part);
    }
    Ok(part)
}

fn push(output: &mut String, more: &str) {
    if output.len() < OUTPUT {
        output.push_str(more);
    }
}

impl Package {
    fn take(&mut self, event: Event) {
        let ms = event.elapsed.and_then(text::ms_f64);
        let Some(name) = event.test else {
            match event.action.as_str() {
                "output" => push(&mut self.output, &event.output.unwrap_or_default()),
                "pass" => self.ended = Some("pass"),
                "fail" => self.ended = Some("fail"),
                "skip" => self.ended = Some("skip"),
                _ => {}
            }
            self.failed_build = event.failed_build.or(self.failed_build.take());
            self.ms = ms.unwrap_or(self.ms);
            return;
        };
        let at = *self.by_name.entry(name.clone()).or_insert_with(|| {
            self.tests.push(Test { name, outcome: None, paused: false, output: String::new(), ms: None });
            self.tests.len() - 1
        });
        let test = &mut self.tests[at];
        match event.action.as_str() {
            "output" => push(&mut test.output, &event.output.unwrap_or_default()),
            "pass" | "bench" => test.outcome = Some(TestOutcome::Passed),
            "fail" => test.outcome = Some(TestOutcome::Failed),
            "skip" => test.outcome = Some(TestOutcome::Ignored),
            "pause" => test.paused = true,
            "cont" => test.paused = false,
            _ => {}
        }
        test.ms = ms.or(test.ms);
    }

    fn finish(self, name: String, builds: &HashMap<String, String>, loose: &str, part: &mut TestRunPart) {
        // "no test files" is a package that has no tests, not a suite that ran none.
        if self.ended == Some("skip") && self.tests.is_empty() {
            return;
        }
        let failing = self.tests.iter().any(|t| t.outcome == Some(TestOutcome::Failed));
        let open: Vec<&Test> = self.tests.iter().filter(|t| t.outcome.is_none()).collect();
        let running: Vec<&str> = open.iter().filter(|t| !t.paused).map(|t| t.name.as_str()).collect();
        let timed_out = self.output.contains("panic: test timed out after")
            || self.tests.iter().any(|t| t.output.contains("panic: test timed out after"));
        let (trouble, detail) = if let Some(build) = self.build_error(builds, loose) {
            (Some(SuiteTrouble::FailedOutsideTests), Some(build))
        } else if timed_out {
            (Some(SuiteTrouble::Hung), Some("go ended it at its own time limit (-timeout)".to_owned()))
        } else if !open.is_empty() {
            (Some(SuiteTrouble::EndedEarly), Some(format!("{} tests began and never ended", open.len())))
        } else if self.ended.is_none() {
            (Some(SuiteTrouble::EndedEarly), Some("the package never ended".to_owned()))
        } else if self.ended == Some("fail") && !failing {
            (Some(SuiteTrouble::FailedOutsideTests), Some(text::tail(self.output.as_bytes())))
        } else {
            (None, None)
        };
        // A test that began and has no end is the one that was running, when it is alone and none failed.
        let culprit = (running.len() == 1 && !failing).then(|| running[0].to_owned());
        let all: Vec<(String, Option<TestOutcome>)> =
            self.tests.iter().map(|t| (t.name.clone(), t.outcome)).collect();
        for test in self.tests {
            let outcome = test.outcome.unwrap_or(match trouble {
                Some(SuiteTrouble::Hung) if culprit.as_deref() == Some(&test.name) => TestOutcome::TimedOut,
                _ if culprit.as_deref() == Some(&test.name) => TestOutcome::Failed,
                _ => TestOutcome::NotRun,
            });
            part.results.push(test.into_result(&name, outcome, timed_out, &all));
        }
        part.suites.push(SuiteOutcome {
            suite: name,
            announced: None,
            filtered: 0,
            exit_code: None,
            trouble,
            detail,
            ms: self.ms,
        });
    }

    /// The compiler's words, when the package did not build.
    fn build_error(&self, builds: &HashMap<String, String>, loose: &str) -> Option<String> {
        let marked = self.output.contains("[build failed]") || self.output.contains("[setup failed]");
        if self.failed_build.is_none() && !marked {
            return None;
        }
        let said = self.failed_build.as_ref().and_then(|b| builds.get(b)).map_or(loose, String::as_str);
        Some(format!("the package does not build\n{}", text::clip(said.trim(), 1024)))
    }
}

impl Test {
    fn into_result(
        self,
        package: &str,
        outcome: TestOutcome,
        timed_out: bool,
        all: &[(String, Option<TestOutcome>)],
    ) -> TestResult {
        let mut result = TestResult::new(TestId { suite: package.to_owned(), name: self.name }, outcome);
        result.ms = self.ms;
        if timed_out && outcome == TestOutcome::Failed && self.output.contains("panic: test timed out after")
        {
            result.outcome = TestOutcome::TimedOut;
        }
        if !matches!(outcome, TestOutcome::Passed | TestOutcome::NotRun) {
            let frame = ["=== RUN", "=== PAUSE", "=== CONT", "=== NAME"];
            let said: Vec<&str> =
                self.output.lines().filter(|l| !frame.iter().any(|f| l.starts_with(f))).collect();
            result.message = text::message(&said.join("\n"));
        }
        if result.outcome == TestOutcome::Failed {
            let below = format!("{}/", result.id.name);
            let failed: Vec<&str> = all
                .iter()
                .filter(|(n, o)| n.starts_with(&below) && *o == Some(TestOutcome::Failed))
                .map(|(n, _)| n.as_str())
                .collect();
            if !failed.is_empty() {
                result.message = text::message(&format!("subtests failed: {}", failed.join(", ")));
            }
        }
        result
    }
}
