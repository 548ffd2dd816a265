//! The little that the runner must know of libtest's words.

use std::collections::BTreeSet;

use guard_model::Kill;

/// Tests that passed and tests that failed, from a run's lines `test NAME ... ok`. A test that prints may
/// tear its line apart: it is in neither then.
pub(crate) fn outcomes(stdout: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut passed, mut failed) = (BTreeSet::new(), BTreeSet::new());
    for line in stdout.lines() {
        let Some((name, outcome)) = line.strip_prefix("test ").and_then(|l| l.rsplit_once(" ... ")) else {
            continue;
        };
        let name = name.strip_suffix(" - should panic").unwrap_or(name).to_owned();
        match outcome.trim_end() {
            "ok" => passed.insert(name),
            "FAILED" => failed.insert(name),
            _ => continue,
        };
    }
    failed.extend(failures(stdout).map(str::to_owned));
    passed.retain(|p| !failed.contains(p));
    (passed, failed)
}

/// The list of failures at a run's end.
fn failures(stdout: &str) -> impl Iterator<Item = &str> {
    let list = stdout.rsplit_once("\nfailures:\n").map_or("", |(_, list)| list);
    list.lines().take_while(|l| l.starts_with("    ")).map(str::trim)
}

/// Whether the run printed its last line: a program that ends before has not run all its tests.
pub(crate) fn is_whole(stdout: &str) -> bool {
    stdout.contains("\ntest result: ")
}

/// How many tests passed, by the run's last line.
pub(crate) fn passed(stdout: &str) -> Option<usize> {
    let line = stdout.rsplit_once("\ntest result: ")?.1.lines().next()?;
    line.split_once(". ")?.1.split_once(" passed")?.0.parse().ok()
}

/// The names in an answer to `--list --format terse`.
pub(crate) fn listed(stdout: &str) -> BTreeSet<String> {
    stdout.lines().filter_map(|l| l.strip_suffix(": test")).map(str::to_owned).collect()
}

/// What the first failing test said: its panic's message in one line, and what kind of failure that is.
pub fn said(stdout: &str, stderr: &str) -> Option<(String, Kill)> {
    for text in [stdout, stderr] {
        let mut lines =
            text.lines().skip_while(|l| !l.contains("' panicked at ") && !l.contains(") panicked at "));
        let Some(at) = lines.next() else { continue };
        let place = at.rsplit_once(" panicked at ").map_or("", |(_, place)| place).trim_end_matches(':');
        let message = lines.next().unwrap_or_default().trim();
        return Some((format!("{message} ({place})"), kind_of(message)));
    }
    if stdout.contains("\nnote: test did not panic as expected") {
        return Some(("it did not panic as expected".to_owned(), Kill::Assertion));
    }
    let error = stdout.lines().find(|l| l.starts_with("Error: "))?;
    Some((error.to_owned(), Kill::Panic))
}

/// What the checks of the language say when they fail.
const ARITHMETIC: [&str; 6] = [
    "attempt to ",
    "index out of bounds",
    "range end index ",
    "range start index ",
    "slice index ",
    "byte index ",
];

/// What kind of failure a panic's message tells of.
pub fn kind_of(message: &str) -> Kill {
    if message.to_ascii_lowercase().contains("assertion") {
        Kill::Assertion
    } else if ARITHMETIC.iter().any(|start| message.starts_with(start)) {
        Kill::Arithmetic
    } else {
        Kill::Panic
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "
running 3 tests
test a::one ... ok
test a::two - should panic ... ok
noise test a::three ... FAILED

failures:

---- a::three stdout ----

thread 'a::three' (77) panicked at src/lib.rs:9:5:
assertion `left == right` failed
  left: 1
 right: 2

failures:
    a::three

test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";

    #[test]
    fn a_run_is_read() {
        let (passed, failed) = outcomes(RUN);
        assert_eq!(passed.into_iter().collect::<Vec<_>>(), ["a::one", "a::two"]);
        assert_eq!(failed.into_iter().collect::<Vec<_>>(), ["a::three"]);
        assert!(is_whole(RUN));
        assert_eq!(super::passed(RUN), Some(2));
        let wanted = ("assertion `left == right` failed (src/lib.rs:9:5)".to_owned(), Kill::Assertion);
        assert_eq!(said(RUN, ""), Some(wanted));
    }

    #[test]
    fn failures_are_told_apart() {
        let panic = |message: &str| format!("\nthread 'a' (7) panicked at src/lib.rs:9:5:\n{message}\n");
        for (stdout, kind) in [
            (panic("attempt to subtract with overflow"), Kill::Arithmetic),
            (panic("index out of bounds: the len is 3 but the index is 3"), Kill::Arithmetic),
            (panic("called `Option::unwrap()` on a `None` value"), Kill::Panic),
            (panic("snapshot assertion for 'shown' failed in line 4"), Kill::Assertion),
            (
                "---- a stdout ----\nnote: test did not panic as expected at src/lib.rs:1:2\n".to_owned(),
                Kill::Assertion,
            ),
            ("---- a stdout ----\nError: ParseIntError { kind: Empty }\n".to_owned(), Kill::Panic),
        ] {
            assert_eq!(said(&stdout, "").map(|s| s.1), Some(kind), "{stdout}");
        }
        assert_eq!(said("running 1 test\n", ""), None);
    }
}
