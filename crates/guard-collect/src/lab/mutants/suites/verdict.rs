//! What a run with a mutant in the code says of it.

use std::collections::BTreeSet;

use guard_exec::Exit;
use guard_model::lab::{SuiteTrouble, TestId, TestOutcome, TestRun};
use guard_model::mutants::Kill;

use super::ask::Asked;
use crate::lab::suite::Ran;
use crate::lab::text::clip;

/// What a run says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Caught {
        by: TestId,
        said: String,
        how: Kill,
    },
    /// All that were asked passed, so many.
    Passed(u64),
    Timeout,
    /// The code is none any more; why.
    Unviable(String),
    /// It cannot be told; why.
    Unclear(String),
}

/// Reads a run; `failing` are tests that fail without the mutant, too.
pub(super) fn of(ran: &Ran, failing: &BTreeSet<TestId>, asked: &Asked) -> Verdict {
    if let Some(error) = ran.errors.first() {
        return Verdict::Unviable(error.message.clone());
    }
    let tests = &ran.tests;
    if let Some(said) = unbuilt(tests) {
        return Verdict::Unviable(said);
    }
    if ran.exit == Some(Exit::TimedOut) {
        return Verdict::Timeout;
    }
    if ran.exit == Some(Exit::Interrupted) {
        return Verdict::Unclear("it was interrupted".to_owned());
    }
    let red = tests.results.iter().find(|r| r.outcome.is_failure() && !failing.contains(&r.id));
    if let Some(red) = red {
        let message = red.message.clone().unwrap_or_default();
        if red.outcome == TestOutcome::TimedOut {
            return Verdict::Timeout;
        }
        if let Some(said) = no_code(&message) {
            return Verdict::Unviable(said);
        }
        let (by, said) = (red.id.clone(), telling(&message));
        return Verdict::Caught { by, said, how: kind(&message) };
    }
    if let Some(gap) = &tests.gap {
        return Verdict::Unclear(gap.reason.clone());
    }
    if let Some(suite) = tests.suites.iter().find(|s| s.trouble.is_some()) {
        let said = suite.detail.clone().unwrap_or_default();
        let by = TestId { suite: suite.suite.clone(), name: "(outside of its tests)".to_owned() };
        return match suite.trouble {
            Some(SuiteTrouble::Hung) => Verdict::Timeout,
            Some(SuiteTrouble::Crashed | SuiteTrouble::OverMemory) => {
                Verdict::Caught { by, said: telling(&said), how: Kill::Crash }
            }
            _ => Verdict::Unclear(telling(&said)),
        };
    }
    let passed: Vec<&TestId> =
        tests.results.iter().filter(|r| r.outcome == TestOutcome::Passed).map(|r| &r.id).collect();
    if let Asked::Some { ids, .. } = asked {
        // A test that is not there any more has not passed.
        let ran = |id: &TestId| {
            tests.results.iter().any(|r| r.id == *id || r.id.name.starts_with(&format!("{}/", id.name)))
        };
        if let Some(lost) = ids.iter().find(|id| !failing.contains(id) && !ran(id)) {
            return Verdict::Unclear(format!("{lost} was asked for and did not run"));
        }
    }
    match passed.len() {
        0 => Verdict::Unclear("no test ran".to_owned()),
        n => Verdict::Passed(n as u64),
    }
}

/// What the compiler says where a suite's own trouble is that it does not build.
fn unbuilt(tests: &TestRun) -> Option<String> {
    let mut details = tests.suites.iter().filter_map(|s| s.detail.as_deref());
    let said = details.find(|d| d.starts_with("the package does not build"))?;
    Some(telling(said.split_once('\n').map_or(said, |(_, rest)| rest)))
}

/// What a runner says of a file that is no code of its language, or has no types that fit.
fn no_code(message: &str) -> Option<String> {
    let words = [
        "SyntaxError:",
        "IndentationError:",
        "error TS",
        "Transform failed with",
        "Unexpected token",
        ": error: ",
        ": fatal error: ",
        "error[E",
    ];
    let line = message.lines().find(|l| words.iter().any(|w| l.contains(w)))?;
    let is_test_of_it = message.contains("AssertionError");
    (!is_test_of_it).then(|| clip(line.trim(), 200))
}

/// The line of a failure that says what was wrong.
fn telling(message: &str) -> String {
    let lines = || message.lines().map(str::trim).filter(|l| !l.is_empty());
    let named = lines().find(|l| {
        l.starts_with("E ")
            || l.contains("Error")
            || l.contains("panic:")
            || l.contains("expected")
            || l.contains("want")
    });
    let line = named.or_else(|| lines().next()).unwrap_or("it said nothing");
    clip(line.trim_start_matches("E ").trim(), 200)
}

/// An exception of the code itself shows less than an assertion: nobody looked at what it gives. The first word that
/// tells decides; a test that says something of its own has looked.
fn kind(message: &str) -> Kill {
    if message.contains("signal") && message.lines().count() < 3 {
        return Kill::Crash;
    }
    const ARITHMETIC: [&str; 5] =
        ["ZeroDivisionError", "IndexError", "OverflowError", "index out of range", "divide by zero"];
    let words = message.split(|c: char| !c.is_alphanumeric() && c != '_');
    let error = words.into_iter().find(|w| w.ends_with("Error") || w.ends_with("Exception"));
    let has = |words: &[&str]| words.iter().any(|w| message.contains(w));
    match error {
        Some("AssertionError" | "JestAssertionError") => Kill::Assertion,
        _ if has(&["DID NOT RAISE", "DID NOT WARN", "expect(", "Failure"]) => Kill::Assertion,
        _ if has(&ARITHMETIC) => Kill::Arithmetic,
        Some(_) => Kill::Panic,
        None if has(&["panic:"]) => Kill::Panic,
        None => Kill::Assertion,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_of_the_code_is_no_assertion() {
        let table = [
            ("assert 0 == 5", Kill::Assertion),
            ("AssertionError: assert 1 == 2", Kill::Assertion),
            ("Failed: DID NOT RAISE <class 'ValueError'>", Kill::Assertion),
            ("AttributeError: 'Cart' object has no attribute 'items'", Kill::Panic),
            ("ZeroDivisionError: division by zero", Kill::Arithmetic),
            ("Error: seven", Kill::Panic),
            ("AssertionError: expected 1 to be 2", Kill::Assertion),
            ("cart_test.go:20: got 0", Kill::Assertion),
            ("panic: runtime error: index out of range [3] with length 3", Kill::Arithmetic),
            ("panic: runtime error: invalid memory address", Kill::Panic),
        ];
        for (message, expected) in table {
            assert_eq!(kind(message), expected, "{message}");
        }
    }
}
