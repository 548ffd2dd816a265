//! Readers of test results: what a runner printed or wrote becomes identities and outcomes.
//!
//! Everything here is pure. Three rules hold for every format: a run without results is an error and
//! never an empty pass; a suite that announced more than it reported is in trouble whatever its exit
//! code; broken or cut-off input gives what could be read, and says that it is not everything.

mod go;
mod junit;
pub mod libtest;
mod nextest;
mod tap;
mod text;
pub mod times;

use std::collections::HashMap;

use guard_model::lab::{SuiteOutcome, SuiteTrouble, TestId, TestOutcome, TestResult};
use guard_model::policy::ResultFormat;

/// How the process of a suite ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SuiteEnd {
    /// Exit code, when it exited by itself.
    pub exit_code: Option<i32>,
    /// Signal that ended it, when one did and guard did not send it.
    pub signal: Option<i32>,
    /// The limit at which guard ended it.
    pub stopped: Option<Stopped>,
    /// Wall time in milliseconds.
    pub ms: u64,
}

/// The limit at which guard ended a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// Wall time.
    TimedOut,
    /// Memory.
    OverMemory,
    /// Output.
    OverOutput,
}

impl SuiteEnd {
    /// A process that exited by itself with `code`.
    pub fn exited(code: i32) -> SuiteEnd {
        SuiteEnd { exit_code: Some(code), ..SuiteEnd::default() }
    }

    /// The signal that ended it, also where a shell reports it as exit code 128 + n.
    fn any_signal(&self) -> Option<i32> {
        self.signal.or_else(|| self.exit_code.filter(|c| (129..=159).contains(c)).map(|c| c - 128))
    }

    /// True when it ended with anything but exit code 0, as far as is known.
    fn is_bad(&self) -> bool {
        self.stopped.is_some() || self.signal.is_some() || self.exit_code.is_some_and(|c| c != 0)
    }

    /// "exit code 3", "signal 6", "ended at the time limit", for sentences.
    fn words(&self) -> String {
        match (self.stopped, self.any_signal(), self.exit_code) {
            (Some(Stopped::TimedOut), _, _) => "ended at the time limit".to_owned(),
            (Some(Stopped::OverMemory), _, _) => "ended at its memory limit (`limits.memory`)".to_owned(),
            (Some(Stopped::OverOutput), _, _) => "ended at its output limit (`limits.output`)".to_owned(),
            (None, Some(signal), _) => format!("signal {signal}"),
            (None, None, Some(code)) => format!("exit code {code}"),
            (None, None, None) => "unknown exit code".to_owned(),
        }
    }

    /// What such an end means for a suite that had more to say.
    fn trouble(&self) -> SuiteTrouble {
        match (self.stopped, self.any_signal()) {
            (Some(Stopped::TimedOut), _) => SuiteTrouble::Hung,
            (Some(Stopped::OverMemory), _) => SuiteTrouble::OverMemory,
            (Some(Stopped::OverOutput), _) => SuiteTrouble::OverOutput,
            (None, Some(_)) => SuiteTrouble::Crashed,
            (None, None) => SuiteTrouble::EndedEarly,
        }
    }
}

/// What one command or report file said: a piece of a `TestRun`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TestRunPart {
    /// Results in the order of the input.
    pub results: Vec<TestResult>,
    /// Suites in the order of the input.
    pub suites: Vec<SuiteOutcome>,
    /// Why this may not be everything there is to know ("the report is cut off"), as a phrase.
    pub incomplete: Option<String>,
}

/// Results that could not be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no results in {what}: {reason}")]
pub struct NoResults {
    /// What was read ("JUnit XML of `web`").
    pub what: String,
    /// Why there is nothing in it, with what to do where that is known.
    pub reason: String,
}

/// Reads the results of one suite command.
///
/// `bytes` is the report file, or the command's output (for [`ResultFormat::Libtest`] standard output
/// and standard error in the order in which they were printed). `suite` names the suite in its
/// [`SuiteOutcome`] and in test ids that have no suite of their own. A report file must be known to
/// come from this very run: remove an old one before starting the command.
///
/// # Errors
/// [`NoResults`] when nothing that could be judged was found.
pub fn read(
    format: ResultFormat,
    bytes: &[u8],
    end: SuiteEnd,
    suite: &str,
) -> Result<TestRunPart, NoResults> {
    let (name, read) = match format {
        ResultFormat::Libtest => ("output of `cargo test`", libtest::read_cargo(bytes, end, suite)),
        ResultFormat::NextestJson => ("nextest JSON", nextest::read(bytes)),
        ResultFormat::Junit => ("JUnit XML", junit::read(bytes, suite)),
        ResultFormat::GoJson => ("`go test -json`", go::read(bytes)),
        ResultFormat::Tap => ("TAP", tap::read(bytes, suite)),
        ResultFormat::ExitCode => return Ok(exit_code_only(bytes, end, suite)),
    };
    let no_results = |reason: String| NoResults { what: format!("{name} of `{suite}`"), reason };
    let mut part = read.map_err(|reason| no_results(format!("{reason} ({})", end.words())))?;
    number_duplicates(&mut part.results);
    if format != ResultFormat::Libtest {
        add_end(&mut part, bytes, end, suite);
    }
    if part.results.is_empty() && part.suites.iter().all(|s| s.trouble.is_none()) {
        return Err(no_results(format!("it names no test ({})", end.words())));
    }
    Ok(part)
}

/// Joins how the process ended with what its report says.
fn add_end(part: &mut TestRunPart, bytes: &[u8], end: SuiteEnd, suite: &str) {
    let explained = part.results.iter().any(|r| r.outcome.is_failure())
        || part.suites.iter().any(|s| s.trouble.is_some());
    let trouble = if end.stopped.is_some() || end.any_signal().is_some() {
        Some(end.trouble())
    } else if end.is_bad() && !explained {
        Some(SuiteTrouble::FailedOutsideTests)
    } else {
        None
    };
    let detail = trouble.map(|t| match t {
        SuiteTrouble::FailedOutsideTests => {
            format!("{}, and no test accounts for it\n{}", end.words(), text::tail(bytes))
        }
        _ => end.words(),
    });
    if end.stopped.is_some() && part.incomplete.is_none() {
        part.incomplete = Some(format!("the command {}", end.words()));
    }
    match part.suites.iter_mut().find(|s| s.suite == suite) {
        Some(own) => {
            own.exit_code = end.exit_code;
            own.ms = end.ms;
            if own.trouble.is_none() {
                (own.trouble, own.detail) = (trouble, detail);
            }
        }
        None => part.suites.insert(
            0,
            SuiteOutcome {
                suite: suite.to_owned(),
                announced: None,
                filtered: 0,
                exit_code: end.exit_code,
                trouble,
                detail,
                ms: end.ms,
            },
        ),
    }
}

/// One test that is the command itself.
fn exit_code_only(bytes: &[u8], end: SuiteEnd, suite: &str) -> TestRunPart {
    let outcome = match (end.stopped, end.exit_code) {
        (Some(Stopped::TimedOut), _) => TestOutcome::TimedOut,
        (None, Some(0)) => TestOutcome::Passed,
        _ => TestOutcome::Failed,
    };
    let mut result =
        TestResult::new(TestId { suite: suite.to_owned(), name: "exit code".to_owned() }, outcome);
    result.ms = Some(end.ms);
    if outcome != TestOutcome::Passed {
        // Up to a limit anything may have been printed.
        let tail = if end.stopped.is_some() { String::new() } else { text::tail(bytes) };
        result.message = text::message(&format!("{}\n{tail}", end.words()));
    }
    let trouble = match end.trouble() {
        SuiteTrouble::EndedEarly => None,
        other => Some(other),
    };
    TestRunPart {
        results: vec![result],
        suites: vec![SuiteOutcome {
            suite: suite.to_owned(),
            announced: Some(1),
            filtered: 0,
            exit_code: end.exit_code,
            trouble,
            detail: trouble.map(|_| end.words()),
            ms: end.ms,
        }],
        incomplete: None,
    }
}

/// Tests of one report that share a name are told apart by position: `adds`, `adds #2`. A second
/// report of a name may be another test or another try; kept apart, a failure never hides.
fn number_duplicates(results: &mut [TestResult]) {
    let mut seen: HashMap<TestId, u32> = HashMap::with_capacity(results.len());
    for result in results {
        let count = seen.entry(result.id.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            result.id.name = format!("{} #{count}", result.id.name);
        }
    }
}

#[cfg(test)]
mod tests;
