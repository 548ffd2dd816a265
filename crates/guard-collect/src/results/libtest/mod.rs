//! The text that Rust test binaries print (libtest, and libtest-mimic which imitates it).
//!
//! The text is written by the very process that runs the change's code, so nothing in it is believed
//! by itself: the number announced, the lines of single tests, the failure list and the last summary
//! must agree. Where they do not, the suite is in trouble or its missing tests count as not run.

mod cargo;
mod failures;
mod lines;

use std::collections::{BTreeMap, HashMap, HashSet};

use guard_model::lab::{SuiteOutcome, SuiteTrouble, TestId, TestOutcome, TestResult};

use super::{SuiteEnd, text};
use lines::{Scan, Summary};

pub(super) use cargo::read as read_cargo;
pub(super) use failures::explain_alone as explain_failure;

/// Reads what one test binary printed.
///
/// Standard output and standard error may also come merged as `stdout`. `listed` are the names that
/// [`read_list`] gave for the same binary and filter; with it, tests that were never reported are
/// known by name, and lines that only look like results are told apart.
///
/// Names of documentation tests lose their line number (suites that end in `::doc`), so that a test
/// keeps its identity when text above it grows: `src/lib.rs - add`, the next one `src/lib.rs - add #2`.
pub fn read(
    stdout: &[u8],
    stderr: &[u8],
    end: SuiteEnd,
    suite: &str,
    listed: Option<&[String]>,
) -> (Vec<TestResult>, SuiteOutcome) {
    let out = text::clean(stdout);
    let err = text::clean(stderr);
    let listed: Option<HashSet<&str>> =
        listed.map(|names| names.iter().map(|n| lines::bare_name(n)).collect());
    let scan = lines::scan(&out, listed.as_ref());
    let mut reading = Reading { suite, end, scan: &scan, out: &out, err: &err, listed: listed.as_ref() };
    let (mut results, mut outcome) = reading.judge();
    if suite.ends_with("::doc") {
        stable_doc_names(&mut results);
    }
    results.sort_by(|a, b| a.id.cmp(&b.id));
    outcome.ms = end.ms;
    (results, outcome)
}

/// Names in the output of `--list --format terse`; benchmarks are left out.
pub fn read_list(stdout: &[u8]) -> Vec<String> {
    text::clean(stdout).lines().filter_map(|l| l.strip_suffix(": test")).map(str::to_owned).collect()
}

/// Everything that one binary's verdict is made of.
struct Reading<'a> {
    suite: &'a str,
    end: SuiteEnd,
    scan: &'a Scan<'a>,
    out: &'a str,
    err: &'a str,
    listed: Option<&'a HashSet<&'a str>>,
}

impl<'a> Reading<'a> {
    fn judge(&mut self) -> (Vec<TestResult>, SuiteOutcome) {
        let mut found = self.reported();
        let announced = self.scan.announced;
        let summary = self.scan.summary;
        let reported = found.len() as u64;
        let quiet = reported == 0 && announced.is_some_and(|n| n > 0) && self.scan.quiet;
        // A summary that agrees with the announcement, and result lines that bear it out.
        let ended = match (announced, summary) {
            (Some(n), Some(_)) => reported >= n || quiet || self.scan.mentions >= n,
            _ => false,
        };
        let mut notes = Vec::new();
        let trouble = match announced {
            None => self.trouble_without_announcement(),
            Some(_) if ended => {
                self.apply_failure_list(&mut found, summary);
                self.trouble_after_the_end(&found, summary)
            }
            Some(_) => Some(self.end.trouble()),
        };
        if !ended {
            self.add_unreported(&mut found, trouble);
        } else if let (Some(n), true) = (announced, (found.len() as u64) < announced.unwrap_or(0)) {
            if quiet {
                self.add_quiet(&mut found, summary);
            } else {
                self.add_missing(&mut found, TestOutcome::NotRun);
            }
            if (found.len() as u64) < n || found.values().any(|r| r.outcome == TestOutcome::NotRun) {
                notes.push(format!("only {} of {n} announced tests could be read by name", found.len()));
            }
        }
        if let Some(n) = announced.filter(|n| reported > *n) {
            // Tests that run test binaries themselves let their lines through; a list tells them apart.
            notes.push(format!(
                "{reported} tests have result lines, {n} were announced: some are no tests of this binary"
            ));
        }
        if let Some(trouble) = trouble {
            notes.insert(0, self.sentence(trouble, reported));
        }
        if found.values().any(|r| r.outcome.is_failure()) {
            let said = failures::said(self.out, self.err, self.scan);
            for (name, result) in found.iter_mut().filter(|(_, r)| r.outcome.is_failure()) {
                failures::explain(result, name, &said);
            }
        }
        let outcome = SuiteOutcome {
            suite: self.suite.to_owned(),
            announced,
            filtered: summary.map_or(0, |s| s.filtered),
            exit_code: self.end.exit_code,
            trouble,
            detail: (!notes.is_empty()).then(|| notes.join("\n")),
            ms: 0,
        };
        (found.into_values().collect(), outcome)
    }

    fn result(&self, name: &str, outcome: TestOutcome) -> TestResult {
        TestResult::new(TestId { suite: self.suite.to_owned(), name: name.to_owned() }, outcome)
    }

    /// Tests with a result line of their own. Of two lines for one name the worse one counts.
    fn reported(&self) -> BTreeMap<&'a str, TestResult> {
        let mut found: BTreeMap<&str, TestResult> = BTreeMap::new();
        for line in &self.scan.reported {
            let mut result = self.result(line.name, line.outcome);
            result.ms = line.ms;
            result.message = line.reason.and_then(text::message);
            match found.get(line.name) {
                Some(old) if old.outcome == TestOutcome::Failed || result.outcome != TestOutcome::Failed => {}
                _ => drop(found.insert(line.name, result)),
            }
        }
        found
    }

    /// The closing list of failures outweighs single lines: it is the runner's own, written after all tests,
    /// while a line may come from a test that runs other tests.
    fn apply_failure_list(&self, found: &mut BTreeMap<&'a str, TestResult>, summary: Option<Summary>) {
        let list: HashSet<&str> = self.scan.failure_list.iter().copied().collect();
        for name in list.iter().copied() {
            found.entry(name).or_insert_with(|| self.result(name, TestOutcome::Failed)).outcome =
                TestOutcome::Failed;
        }
        if summary.is_none_or(|s| s.failed != list.len() as u64) {
            return;
        }
        let not_failed = self.scan.reported.iter().filter(|l| l.outcome != TestOutcome::Failed);
        let better: HashMap<&str, TestOutcome> = not_failed.map(|l| (l.name, l.outcome)).collect();
        let crowded = self.scan.announced.is_some_and(|n| found.len() as u64 > n);
        found.retain(|name, result| {
            if result.outcome != TestOutcome::Failed || list.contains(name) {
                return true;
            }
            if let Some(outcome) = better.get(name) {
                result.outcome = *outcome;
            }
            better.contains_key(name) || !crowded
        });
    }

    fn trouble_without_announcement(&self) -> Option<SuiteTrouble> {
        let expected = self.listed.is_some_and(|l| !l.is_empty());
        match self.end.trouble() {
            SuiteTrouble::EndedEarly if expected => Some(SuiteTrouble::EndedEarly),
            SuiteTrouble::EndedEarly if self.end.is_bad() => Some(SuiteTrouble::FailedOutsideTests),
            SuiteTrouble::EndedEarly => None,
            other => Some(other),
        }
    }

    fn trouble_after_the_end(
        &self,
        found: &BTreeMap<&str, TestResult>,
        summary: Option<Summary>,
    ) -> Option<SuiteTrouble> {
        let failed = found.values().any(|r| r.outcome == TestOutcome::Failed)
            || summary.is_some_and(|s| s.failed > 0 || !s.ok);
        match self.end.trouble() {
            SuiteTrouble::EndedEarly if self.end.is_bad() && !failed => {
                Some(SuiteTrouble::FailedOutsideTests)
            }
            SuiteTrouble::EndedEarly => None,
            other => Some(other),
        }
    }

    /// Names the tests that an early end left without a result, and the one that ran when it came.
    fn add_unreported(&self, found: &mut BTreeMap<&'a str, TestResult>, trouble: Option<SuiteTrouble>) {
        let mut running: HashSet<&str> = HashSet::new();
        running.extend(self.scan.unfinished.iter().filter(|n| !found.contains_key(*n)));
        let knows = |name: &str| self.listed.is_none_or(|l| l.contains(name)) && !found.contains_key(name);
        running.extend(failures::overflowed(self.err).into_iter().filter(|n| knows(n)));
        running.extend(failures::overflowed(self.out).into_iter().filter(|n| knows(n)));
        if trouble == Some(SuiteTrouble::Hung) {
            running.extend(lines::long_running(self.out).into_iter().filter(|n| knows(n)));
        }
        self.add_missing(found, TestOutcome::NotRun);
        if running.is_empty() {
            // One test without a result is the one that was running.
            let mut missing = found.values().filter(|r| r.outcome == TestOutcome::NotRun).map(|r| &r.id.name);
            if let (Some(only), None) = (missing.next(), missing.next())
                && found.len() as u64 == self.scan.announced.unwrap_or(u64::MAX)
            {
                running.extend(self.listed.and_then(|l| l.get(only.as_str())));
            }
        }
        let (outcome, message) = match trouble {
            Some(SuiteTrouble::Hung) => (TestOutcome::TimedOut, "still running at the time limit".to_owned()),
            _ => (TestOutcome::Failed, format!("its process ended while it ran ({})", self.end.words())),
        };
        for name in running {
            let result = found.entry(name).or_insert_with(|| self.result(name, outcome));
            result.outcome = outcome;
            result.message = Some(message.clone());
        }
    }

    /// Adds listed tests that have no result, where the announcement says that all of them ran.
    fn add_missing(&self, found: &mut BTreeMap<&'a str, TestResult>, outcome: TestOutcome) {
        let Some(listed) = self.listed else { return };
        if self.scan.announced.is_some_and(|n| n != listed.len() as u64) {
            return;
        }
        for name in listed.iter().copied() {
            found.entry(name).or_insert_with(|| self.result(name, outcome));
        }
    }

    /// Quiet output names failed tests only; the others are known when none was ignored.
    fn add_quiet(&self, found: &mut BTreeMap<&'a str, TestResult>, summary: Option<Summary>) {
        let outcome = match summary {
            Some(s) if s.ignored == 0 && s.failed == found.len() as u64 => TestOutcome::Passed,
            Some(s) if s.passed == 0 && s.failed == found.len() as u64 => TestOutcome::Ignored,
            _ => return,
        };
        self.add_missing(found, outcome);
    }

    fn sentence(&self, trouble: SuiteTrouble, reported: u64) -> String {
        let of = self.scan.announced.map_or_else(String::new, |n| format!(" of {n}"));
        let end = self.end.words();
        let what = match trouble {
            SuiteTrouble::EndedEarly => {
                format!(
                    "ended with {end} after reporting {reported}{of} tests, without its closing result line"
                )
            }
            SuiteTrouble::Hung => format!("{end} after reporting {reported}{of} tests"),
            SuiteTrouble::Crashed => format!("died of {end} after reporting {reported}{of} tests"),
            SuiteTrouble::FailedOutsideTests => format!("ended with {end}, and no test accounts for it"),
            SuiteTrouble::OverMemory | SuiteTrouble::OverOutput => {
                format!("{end} after reporting {reported}{of} tests")
            }
        };
        let tail = text::tail(if self.err.trim().is_empty() { self.out } else { self.err }.as_bytes());
        if tail.is_empty() { what } else { format!("{what}\n{tail}") }
    }
}

/// Takes the line number out of names such as `src/lib.rs - add (line 12)`, numbering those of one item,
/// and notes the line of failed ones.
fn stable_doc_names(results: &mut [TestResult]) {
    results.sort_by_cached_key(|r| doc_name(&r.id.name).map(|(name, line)| (name.to_owned(), line)));
    let mut counts: HashMap<String, u32> = HashMap::new();
    for result in results {
        let Some((name, line)) = doc_name(&result.id.name) else { continue };
        let name = name.to_owned();
        if result.outcome.is_failure() {
            result.path = name.split(" - ").next().map(str::to_owned);
            result.line = Some(line);
        }
        let count = counts.entry(name.clone()).or_insert(0);
        *count += 1;
        result.id.name = if *count == 1 { name } else { format!("{name} #{count}") };
    }
}

/// `src/lib.rs - add (line 12)` as name and line.
fn doc_name(name: &str) -> Option<(&str, u32)> {
    let (start, rest) = name.rsplit_once(" (line ")?;
    // Crate-level text has no item: `src/lib.rs - (line 1)`.
    let start = start.strip_suffix(" -").unwrap_or(start);
    Some((start, rest.strip_suffix(')')?.parse().ok()?))
}

#[cfg(test)]
mod tests;
