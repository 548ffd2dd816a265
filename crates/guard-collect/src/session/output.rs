//! What the text of an output says of a run of tests, a build or a linter, so that a failing run
//! is known as failed although a pipe or `|| true` hid its exit code.

use std::sync::LazyLock;

use guard_model::words::{OutputReading, Purpose};
use memchr::memmem::Finder;
use memchr::{memchr, memrchr};

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// A summary with counts of what passed and what failed.
    Counts { passed: Option<u64>, failed: Option<u64> },
    /// One test that passed or failed; counts only where no summary does.
    One { failed: bool },
    /// Something failed, whatever else is said.
    Failure,
    /// Looks like an error; counts only where no summary says that all is well.
    Error,
    /// The tool says that all is well.
    Success,
}

/// Reads an output of a command with these purposes. Nothing when the text says nothing.
pub(crate) fn read_output(text: &str, purposes: &[Purpose]) -> Option<OutputReading> {
    let judged = [Purpose::Test, Purpose::Build, Purpose::Lint, Purpose::Format, Purpose::Bench];
    if !purposes.iter().any(|purpose| judged.contains(purpose)) {
        return None;
    }
    let mut sum: Option<(u64, Option<u64>)> = None;
    let mut passed_known = false;
    let mut single = (0_u64, 0_u64);
    let (mut bad, mut failure, mut error, mut good) = (None, None, None, None);
    for line in lines_with_words(text) {
        let words = words_in(line);
        let line = plain(line);
        let line = line.trim();
        if line.is_empty() || line.len() > 2000 {
            continue;
        }
        match sign(line, words, purposes) {
            Some(Sign::Counts { passed, failed }) => {
                let total = sum.get_or_insert((0, None));
                total.0 += passed.unwrap_or(0);
                passed_known |= passed.is_some();
                total.1 = match (total.1, failed) {
                    (None, new) => new,
                    (old, None) => old,
                    (Some(old), Some(new)) => Some(old + new),
                };
                if failed.unwrap_or(0) > 0 {
                    bad.get_or_insert_with(|| line.to_owned());
                } else {
                    good = Some(line.to_owned());
                }
            }
            Some(Sign::One { failed }) => {
                if failed {
                    single.1 += 1;
                    failure.get_or_insert_with(|| line.to_owned());
                } else {
                    single.0 += 1;
                }
            }
            Some(Sign::Failure) => {
                failure.get_or_insert_with(|| line.to_owned());
            }
            Some(Sign::Error) => {
                error.get_or_insert_with(|| line.to_owned());
            }
            Some(Sign::Success) => good = Some(line.to_owned()),
            None => {}
        }
    }
    let counted = sum.is_some();
    let (mut passed, mut failed) = match sum {
        Some((passed, failed)) => (passed_known.then_some(passed), failed),
        None => (None, None),
    };
    if !counted && single != (0, 0) {
        passed = Some(single.0).filter(|&n| n > 0);
        failed = Some(single.1).filter(|&n| n > 0 || single.0 > 0);
    }
    let error = error.filter(|_| good.is_none() && !(counted && bad.is_none()));
    let says_failed = bad.is_some() || failure.is_some() || error.is_some();
    let line = bad.or(failure).or(error).or(good);
    let says_something = line.is_some() || passed.is_some() || failed.is_some();
    says_something.then(|| OutputReading {
        passed,
        failed,
        says_failed,
        line: line.map(|line| super::json::floor(&line, 300).to_owned()),
    })
}

/// Words of which every sign contains one, in lower case. The first ones are those of failures.
const WORDS: [&[u8; 4]; 21] = [
    b"fail", b"rror", b"err!", b"exit", b"life", b"pani", b"ninj", b"abor", b"pass", b"test", b"issu",
    b"foun", b"prob", b"runs", b"run,", b"exam", b"exec", b"ok  ", b"ok (", b"done", b"succ",
];

/// The words without which no line tells of a failure, as [`words_in`] gives them.
const OF_FAILURE: u32 = (1 << 8) - 1;
/// The word without which no line tells of an error.
const ERROR: u32 = 1 << 1;

/// The sets of three letters that the words have, a bit each: one look at every second place of a text
/// meets a set of each word in it.
const THREES: [u32; 1024] = {
    let mut threes = [0; 1024];
    let mut word = 0;
    while word < WORDS.len() {
        let [a, b, c, d] = *WORDS[word];
        let (first, second) = (three([a, b, c, d]), three([b, c, d, 0]));
        threes[first / 32] |= 1 << (first % 32);
        threes[second / 32] |= 1 << (second % 32);
        word += 1;
    }
    threes
};

/// The first three bytes, without the bits that tell small letters from large ones.
const fn three(bytes: [u8; 4]) -> usize {
    let bytes = u32::from_le_bytes(bytes);
    (bytes & 0x1f | bytes >> 3 & 0x3e0 | bytes >> 6 & 0x7c00) as usize
}

/// The next word at `from` or behind it: where it stands, and which it is.
fn next_word(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let word_at = |at: usize| {
        let window = text.get(at..at + 4)?;
        Some((at, WORDS.iter().position(|word| word.eq_ignore_ascii_case(window))?))
    };
    let mut at = from + 1;
    while let Some([a, b, c, d]) = text.get(at..at + 4) {
        let three = three([*a, *b, *c, *d]);
        if THREES[three / 32] >> (three % 32) & 1 == 1
            && let Some(found) = word_at(at - 1).or_else(|| word_at(at))
        {
            return Some(found);
        }
        at += 2;
    }
    word_at(at - 1)
}

/// The lines that have a word. Most lines of an output have none and are not looked at further.
fn lines_with_words(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let mut from = 0;
    std::iter::from_fn(move || {
        let (at, _) = next_word(bytes, from)?;
        let start = memrchr(b'\n', &bytes[from..at]).map_or(from, |before| from + before + 1);
        let end = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
        from = bytes.len().min(end + 1);
        Some(&text[start..end])
    })
}

/// Which of the words are in the line, a bit each.
fn words_in(line: &str) -> u32 {
    let (mut found, mut from) = (0, 0);
    while let Some((at, word)) = next_word(line.as_bytes(), from) {
        found |= 1 << word;
        from = at + 1;
    }
    found
}

/// A line without colour codes and without the part that a progress display overwrote.
fn plain(line: &str) -> std::borrow::Cow<'_, str> {
    let line = line.trim_end_matches('\r');
    let line = line.rsplit('\r').next().unwrap_or(line);
    if !line.contains('\u{1b}') {
        return line.into();
    }
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('\u{1b}') {
        text.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let Some(tail) = tail.strip_prefix('[') else {
            rest = tail;
            continue;
        };
        let end = tail.find(|c: char| c.is_ascii_alphabetic()).map_or(tail.len(), |at| at + 1);
        rest = &tail[end..];
    }
    text.push_str(rest);
    text.into()
}

fn sign(line: &str, words: u32, purposes: &[Purpose]) -> Option<Sign> {
    let testing = purposes.contains(&Purpose::Test) || purposes.contains(&Purpose::Bench);
    if testing && let Some(found) = counts(line).or_else(|| single(line)) {
        return Some(found);
    }
    failure(line, words).or_else(|| lint(line, purposes))
}

/// The number right before `word` in a line, as in `3 failed`.
fn before(line: &str, word: &str) -> Option<u64> {
    let mut from = 0;
    while let Some(at) = line[from..].find(word).map(|at| from + at) {
        let after = line[at + word.len()..].chars().next();
        let left = line[..at].trim_end();
        let digits = left.len() - left.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 && !after.is_some_and(char::is_alphanumeric) && left.len() < at {
            return left[left.len() - digits..].parse().ok();
        }
        from = at + word.len();
    }
    None
}

/// The number right behind `word`, as in `Failures: 3`.
fn after(line: &str, word: &str) -> Option<u64> {
    let at = line.find(word)? + word.len();
    let rest = line[at..].trim_start_matches([' ', ':', '=', '\t']);
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    rest[..digits].parse().ok()
}

fn both(passed: Option<u64>, failed: Option<u64>) -> Option<Sign> {
    (passed.is_some() || failed.is_some()).then_some(Sign::Counts { passed, failed })
}

/// A part of ctest's summary.
static TESTS_PASSED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("% tests passed,"));
/// A part of Maven's.
static TESTS_RUN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Tests run:"));

/// Summaries of test runners.
fn counts(line: &str) -> Option<Sign> {
    let add = |a: Option<u64>, b: Option<u64>| match (a, b) {
        (None, None) => None,
        (a, b) => Some(a.unwrap_or(0) + b.unwrap_or(0)),
    };
    if !line.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // libtest
    if let Some(rest) = line.strip_prefix("test result: ") {
        return both(before(rest, "passed"), before(rest, "failed"));
    }
    // cargo nextest
    if line.starts_with("Summary [") && line.contains(" run:") {
        let failed = add(before(line, "failed"), before(line, "timed out"));
        return both(before(line, "passed"), Some(failed.unwrap_or(0)));
    }
    // pytest, with and without its rulers
    let bare = line.trim_matches(['=', ' ']);
    if bare.ends_with(['s', ')'])
        && !bare.starts_with("Ran ")
        && let Some((counted, _)) = bare.rsplit_once(" in ")
    {
        let known = |part: &str| {
            let Some((n, what)) = part.trim().split_once(' ') else { return false };
            let words = [
                "passed",
                "failed",
                "error",
                "errors",
                "skipped",
                "xfailed",
                "xpassed",
                "warning",
                "warnings",
                "deselected",
                "rerun",
                "subtests passed",
            ];
            n.bytes().all(|b| b.is_ascii_digit()) && words.contains(&what)
        };
        if counted == "no tests ran" {
            return Some(Sign::Counts { passed: Some(0), failed: Some(0) });
        }
        if counted.split(',').all(known) {
            let failed =
                add(before(counted, "failed"), add(before(counted, "error"), before(counted, "errors")));
            return Some(Sign::Counts {
                passed: Some(before(counted, "passed").unwrap_or(0)),
                failed: Some(failed.unwrap_or(0)),
            });
        }
    }
    // jest: `Tests:  1 failed, 9 passed, 10 total`; PHPUnit: `Tests: 5, Assertions: 8, Failures: 1.`
    if let Some(rest) = line.strip_prefix("Tests:") {
        if rest.contains("total") {
            return both(before(rest, "passed").or(Some(0)), before(rest, "failed").or(Some(0)));
        }
        if rest.contains("Assertions:") {
            let failed = add(after(rest, "Failures"), after(rest, "Errors")).unwrap_or(0);
            let total = after(line, "Tests");
            return both(total.map(|n| n.saturating_sub(failed)), Some(failed));
        }
    }
    // vitest: `Tests  1 failed | 9 passed (10)`
    if let Some(rest) = line.strip_prefix("Tests ")
        && (rest.contains(" passed") || rest.contains(" failed"))
        && rest.trim_end().ends_with(')')
    {
        return both(before(rest, "passed").or(Some(0)), before(rest, "failed").or(Some(0)));
    }
    // mocha: `9 passing (1s)` and `1 failing` on lines of their own; Playwright: `9 passed (5s)`
    let number = line.split_once([' ', '\t']).and_then(|(n, rest)| Some((n.parse::<u64>().ok()?, rest)));
    if let Some((n, rest)) = number {
        let mut rest = rest.split_whitespace();
        let what = rest.next().unwrap_or_default();
        let next = rest.next();
        let timed = next.is_some_and(|word| word.starts_with('('));
        match what {
            "passing" if timed => return both(Some(n), None),
            "failing" if next.is_none() => return both(None, Some(n)),
            "passed" if timed => return both(Some(n), None),
            "failed" if next.is_none() => return both(None, Some(n)),
            // bun
            "pass" if next.is_none() => return both(Some(n), None),
            "fail" if next.is_none() => return both(None, Some(n)),
            // RSpec, ExUnit, bats: `10 examples, 1 failure`, `3 tests, 1 failure`
            "examples," | "example," | "tests," | "test," => {
                if let Some(failed) = before(line, "failures").or_else(|| before(line, "failure")) {
                    return both(Some(n.saturating_sub(failed)), Some(failed));
                }
            }
            // minitest: `5 runs, 10 assertions, 1 failures, 0 errors, 0 skips`
            "runs," | "run," if line.contains("assertions") => {
                let failed = add(before(line, "failures"), before(line, "errors")).unwrap_or(0);
                return both(Some(n.saturating_sub(failed)), Some(failed));
            }
            // Gradle: `5 tests completed, 1 failed`
            "tests" | "test" if line.contains("completed,") => {
                let failed = before(line, "failed")?;
                return both(Some(n.saturating_sub(failed)), Some(failed));
            }
            _ => {}
        }
    }
    // ctest: `90% tests passed, 1 tests failed out of 10`
    if TESTS_PASSED.find(line.as_bytes()).is_some() {
        let failed = before(line, "tests failed")?;
        let total = after(line, "out of");
        return both(total.map(|n| n.saturating_sub(failed)), Some(failed));
    }
    // TAP producers: `# pass 3`; node: `ℹ fail 1`
    let bare = line.trim_start_matches(['#', 'ℹ', ' ']);
    if bare.len() < line.len() {
        if let Some(n) = bare.strip_prefix("pass ").and_then(|n| n.trim().parse().ok()) {
            return both(Some(n), None);
        }
        if let Some(n) = bare.strip_prefix("fail ").and_then(|n| n.trim().parse().ok()) {
            return both(None, Some(n));
        }
    }
    // unittest
    if let Some(rest) = line.strip_prefix("FAILED (")
        && (rest.contains("failures=") || rest.contains("errors="))
    {
        return both(None, add(after(rest, "failures"), after(rest, "errors")));
    }
    if line.starts_with("Ran ") && line.contains(" test") && line.contains(" in ") {
        return both(after(line, "Ran"), None);
    }
    // Maven: the totals, not the lines of each class
    if let Some(at) = TESTS_RUN.find(line.as_bytes())
        && !line.contains("Time elapsed")
    {
        let rest = &line[at..];
        let failed = add(after(rest, "Failures"), after(rest, "Errors")).unwrap_or(0);
        return both(after(rest, "Tests run").map(|n| n.saturating_sub(failed)), Some(failed));
    }
    // .NET: `Failed!  - Failed: 1, Passed: 9, Skipped: 0, Total: 10`
    if line.starts_with("Failed!") || line.starts_with("Passed!") {
        return both(after(line, "Passed:"), after(line, "Failed:"));
    }
    // Deno: `ok | 9 passed | 0 failed`
    if line.starts_with("ok | ") || line.starts_with("FAILED | ") {
        return both(before(line, "passed"), before(line, "failed"));
    }
    // gotestsum: `DONE 12 tests, 1 failure in 3s`
    if let Some(rest) = line.strip_prefix("DONE ")
        && rest.contains(" tests")
    {
        let failed = before(rest, "failures").or_else(|| before(rest, "failure")).unwrap_or(0);
        return both(before(rest, "tests").map(|n| n.saturating_sub(failed)), Some(failed));
    }
    // GoogleTest
    if let Some(rest) = line.strip_prefix("[  PASSED  ]") {
        return both(before(rest, "tests").or_else(|| before(rest, "test")), None);
    }
    if let Some(rest) = line.strip_prefix("[  FAILED  ]")
        && rest.contains("listed below")
    {
        return both(None, before(rest, "tests").or_else(|| before(rest, "test")));
    }
    // XCTest
    if line.starts_with("Executed ") && line.contains(" test") {
        let failed = before(line, "failures").or_else(|| before(line, "failure"))?;
        return both(after(line, "Executed").map(|n| n.saturating_sub(failed)), Some(failed));
    }
    // PHPUnit
    if let Some(rest) = line.strip_prefix("OK (") {
        return both(before(rest, "tests").or_else(|| before(rest, "test")), Some(0));
    }
    None
}

/// Lines that tell of one test. Go prints no other count; subtests are indented and trimmed here,
/// so their names with `/` tell them apart.
fn single(line: &str) -> Option<Sign> {
    let line = line.strip_prefix("[test] ").unwrap_or(line);
    for (mark, failed) in [("--- PASS: ", false), ("--- FAIL: ", true)] {
        if let Some(rest) = line.strip_prefix(mark) {
            let subtest = rest.split_whitespace().next().is_some_and(|name| name.contains('/'));
            return if subtest { failed.then_some(Sign::Failure) } else { Some(Sign::One { failed }) };
        }
    }
    None
}

/// Parts of lines that say that something failed.
static PARTS: LazyLock<[Finder<'static>; 10]> = LazyLock::new(|| {
    [
        "ERROR task failed",
        "] Error 1",
        "] Error 2",
        "ELIFECYCLE",
        "[build failed]",
        "[setup failed]",
        "Command failed with exit code",
        "Process completed with exit code 1",
        "error: process didn't exit successfully",
        "exited with code 1",
    ]
    .map(Finder::new)
});

/// Where a Go compiler puts the place of an error.
static GO_FILE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(".go:"));

/// Lines that say that something failed, whoever prints them.
fn failure(line: &str, words: u32) -> Option<Sign> {
    // Task runners put the name of the task before the line.
    let bare = line.strip_prefix('[').and_then(|rest| rest.split_once("] ")).map_or(line, |(_, rest)| rest);
    const STARTS: [&str; 23] = [
        "FAIL\t",
        "FAIL ",
        "--- FAIL",
        "panic: ",
        "error: could not compile",
        "error: aborting due to",
        "error: test failed",
        "error: test run failed",
        "error: build failed",
        "error: Recipe `",
        "error: recipe `",
        "npm ERR! ",
        "npm error ",
        "BUILD FAILED",
        "Build FAILED",
        "BUILD FAILURE",
        "[ERROR] BUILD FAILURE",
        "ninja: build stopped",
        "ERROR task failed",
        "ELIFECYCLE",
        "Task failed",
        "Test run aborted",
        "error Command failed with exit code",
    ];
    if words & OF_FAILURE != 0
        && (bare == "FAIL"
            || bare == "FAILED"
            || STARTS.iter().any(|start| bare.starts_with(start))
            || PARTS.iter().any(|part| part.find(line.as_bytes()).is_some()))
    {
        return Some(Sign::Failure);
    }
    // Go: `./pkg/file.go:12:5: undefined: x` under a heading `# pkg`.
    let go = GO_FILE.find(bare.as_bytes()).map(|at| &bare[at + ".go:".len()..]);
    let numbers = |rest: &str| rest.splitn(3, ':').take(2).all(|n| n.parse::<u32>().is_ok());
    if go.is_some_and(numbers) && bare.contains(": ") {
        return Some(Sign::Error);
    }
    if words & ERROR != 0
        && let Some(found) = error(bare)
    {
        return Some(found);
    }
    if bare == "PASS" || bare.starts_with("ok  \t") {
        return Some(Sign::Success);
    }
    None
}

/// rustc, tsc, gcc and clang, mypy: an error with its place.
fn error(line: &str) -> Option<Sign> {
    let with_code = |rest: &str| rest.split_once("]: ").is_some_and(|(code, _)| code.len() < 12);
    let numbered = |place: &str| place.rsplit(':').next().is_some_and(|n| n.parse::<u32>().is_ok());
    let found = !line.starts_with("warning")
        && (line.starts_with("error: ")
            || line.strip_prefix("error[").is_some_and(with_code)
            || line.contains(": error TS")
            || line.contains(": fatal error: ")
            || line.split_once(": error: ").is_some_and(|(place, _)| numbered(place)));
    found.then_some(Sign::Error)
}

/// Summaries of linters and type checkers.
fn lint(line: &str, purposes: &[Purpose]) -> Option<Sign> {
    if !purposes.iter().any(|p| matches!(p, Purpose::Lint | Purpose::Build | Purpose::Format)) {
        return None;
    }
    let verdict = |n: u64| Some(if n > 0 { Sign::Failure } else { Sign::Success });
    // ruff, mypy, tsc: `Found 3 errors.`, `Found 2 errors in 1 file`
    if let Some(rest) = line.strip_prefix("Found ")
        && let Some(n) = before(line, "errors").or_else(|| before(line, "error"))
        && !rest.is_empty()
    {
        return verdict(n);
    }
    // golangci-lint: `3 issues:`, `0 issues.`
    if let Some(n) = line.strip_suffix(" issues:").or_else(|| line.strip_suffix(" issues.")) {
        return n.parse().ok().and_then(verdict);
    }
    // eslint: `✖ 3 problems (2 errors, 1 warning)`
    if line.starts_with('✖') && line.contains("problem") {
        return verdict(before(line, "errors").or_else(|| before(line, "error")).unwrap_or(0));
    }
    // pyright: `0 errors, 1 warning, 0 informations`
    if line.contains(" errors, ") && line.contains("informations") {
        return before(line, "errors").and_then(verdict);
    }
    const GOOD: [&str; 3] =
        ["All checks passed!", "Success: no issues found", "No ESLint warnings or errors"];
    GOOD.iter().any(|good| line.contains(good)).then_some(Sign::Success)
}

/// An exit code that the output itself tells, when the line printed it (`echo "exit: $?"`).
pub(crate) fn printed_status(text: &str) -> Option<i32> {
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
    let lower = line.to_ascii_lowercase();
    let trimmed = lower.trim();
    if let Ok(code) = trimmed.parse::<u8>() {
        return Some(i32::from(code));
    }
    let named = ["exit", "status", "rc", "code"].iter().any(|word| lower.contains(word));
    let digits = trimmed.trim_end_matches(|c: char| !c.is_ascii_digit());
    let count = digits.len() - digits.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let code = digits[digits.len() - count..].parse::<u8>().ok()?;
    named.then_some(i32::from(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(text: &str, purposes: &[Purpose]) -> (Option<u64>, Option<u64>, bool) {
        let reading = read_output(text, purposes).unwrap_or_else(|| panic!("nothing read from {text:?}"));
        (reading.passed, reading.failed, reading.says_failed)
    }

    #[test]
    fn summaries_of_the_usual_runners_are_read() {
        type Said = (Option<u64>, Option<u64>, bool);
        let cases: &[(&str, Said)] = &[
            (
                "test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.02s",
                (Some(3), Some(1), true),
            ),
            (
                "test result: ok. 3 passed; 0 failed; 0 ignored\n\ntest result: ok. 4 passed; 0 failed; 0 ignored\n",
                (Some(7), Some(0), false),
            ),
            (
                "     Summary [   0.512s] 10 tests run: 9 passed, 1 failed, 2 skipped",
                (Some(9), Some(1), true),
            ),
            ("===== 3 failed, 10 passed, 1 warning in 0.12s =====", (Some(10), Some(3), true)),
            ("2297 passed, 4 skipped in 61.02s (0:01:01)", (Some(2297), Some(0), false)),
            ("==== 2 passed, 1 error in 0.3s ====", (Some(2), Some(1), true)),
            ("no tests ran in 0.01s", (Some(0), Some(0), false)),
            (
                "Test Suites: 1 failed, 2 passed, 3 total\nTests:       1 failed, 9 passed, 10 total",
                (Some(9), Some(1), true),
            ),
            (
                " Test Files  1 failed | 2 passed (3)\n      Tests  1 failed | 9 passed (10)",
                (Some(9), Some(1), true),
            ),
            ("  9 passing (1s)\n  1 failing\n", (Some(9), Some(1), true)),
            (
                "--- FAIL: TestA (0.00s)\n--- PASS: TestB (0.00s)\n    --- PASS: TestB/x (0.00s)\nFAIL\nFAIL\tpkg\t0.1s",
                (Some(1), Some(1), true),
            ),
            ("ok  \tpkg/a\t0.1s\nok  \tpkg/b\t(cached)", (None, None, false)),
            ("ok  \tpkg/a\t0.1s\nFAIL\tpkg/b [build failed]\nFAIL", (None, None, true)),
            ("90% tests passed, 1 tests failed out of 10", (Some(9), Some(1), true)),
            ("Ran 5 tests in 0.1s\n\nFAILED (failures=1, errors=1)", (Some(5), Some(2), true)),
            ("Ran 5 tests in 0.1s\n\nOK", (Some(5), None, false)),
            ("10 examples, 1 failure", (Some(9), Some(1), true)),
            (
                "[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.1 s - in A\n[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0",
                (Some(3), Some(0), false),
            ),
            (
                "Failed!  - Failed:     1, Passed:     9, Skipped:     0, Total:    10",
                (Some(9), Some(1), true),
            ),
            ("\u{1b}[31mFAILED\u{1b}[0m | 2 passed | 1 failed (3s)", (Some(2), Some(1), true)),
            ("ℹ tests 4\nℹ pass 3\nℹ fail 1", (Some(3), Some(1), true)),
            (
                "error[E0433]: failed to resolve\nerror: could not compile `x` (lib test) due to 1 previous error",
                (None, None, true),
            ),
            ("[test] ERROR task failed", (None, None, true)),
            ("error: test failed, to rerun pass `--lib`", (None, None, true)),
        ];
        for (text, expected) in cases {
            assert_eq!(&reading(text, &[Purpose::Test]), expected, "{text}");
        }
    }

    #[test]
    fn linters_and_builds_are_read() {
        for (text, failed) in [
            ("[lint] $ golangci-lint run ./...\n1 issues:\n* errcheck: 1\n[lint] ERROR task failed", true),
            ("0 issues.\n[lint] $ golangci-lint run ./...", false),
            ("Found 3 errors.", true),
            ("All checks passed!", false),
            ("✖ 3 problems (0 errors, 3 warnings)", false),
            ("src/a.ts(3,1): error TS2304: Cannot find name 'x'.", true),
            ("main.c:3:5: error: expected ';'", true),
            ("make: *** [Makefile:3: all] Error 2", true),
        ] {
            assert_eq!(reading(text, &[Purpose::Lint, Purpose::Build]).2, failed, "{text}");
        }
    }

    #[test]
    fn prose_and_other_commands_say_nothing() {
        assert_eq!(read_output("All tests passed!\n3 failed attempts were logged", &[Purpose::Test]), None);
        assert_eq!(read_output("test result: FAILED. 0 passed; 1 failed", &[]), None);
        assert_eq!(read_output("0 errors were found by the 3 passed arguments", &[Purpose::Test]), None);
    }

    #[test]
    fn an_error_that_a_passing_test_prints_is_no_failure() {
        let text =
            "error: this is what the test wants to see\ntest result: ok. 1 passed; 0 failed; 0 ignored";
        assert_eq!(reading(text, &[Purpose::Test]), (Some(1), Some(0), false));
    }

    #[test]
    fn lines_with_one_of_the_words_are_looked_at() {
        let fillers = ["", "x", "é", "fai", "ok", "tes te", "abababa", " - "];
        for (before, after) in fillers.iter().flat_map(|b| fillers.iter().map(move |a| (b, a))) {
            for word in WORDS.map(|word| str::from_utf8(word).unwrap()) {
                assert_ne!(words_in(&format!("{before}{word}{after}")), 0, "{before}{word}{after}");
                assert_ne!(words_in(&format!("{before}{}{after}", word.to_uppercase())), 0);
            }
            assert_eq!(words_in(&format!("{before}{after}")), 0, "{before}{after}");
        }
    }

    #[test]
    fn a_printed_exit_code_is_read() {
        assert_eq!(printed_status("…\nEXIT:101\n"), Some(101));
        assert_eq!(printed_status("exit code = 0"), Some(0));
        assert_eq!(printed_status("0"), Some(0));
        assert_eq!(printed_status("done in 3"), None);
        assert_eq!(printed_status("exit code 4000"), None);
    }
}
