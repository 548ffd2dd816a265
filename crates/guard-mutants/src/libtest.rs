//! The little that the runner must know of libtest's words.

use std::collections::BTreeSet;

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

/// What the first failing test said: its panic's message, in one line.
pub(crate) fn said(stdout: &str, stderr: &str) -> Option<String> {
    for text in [stdout, stderr] {
        let mut lines =
            text.lines().skip_while(|l| !l.contains("' panicked at ") && !l.contains(") panicked at "));
        let Some(at) = lines.next() else { continue };
        let place = at.rsplit_once(" panicked at ").map_or("", |(_, place)| place).trim_end_matches(':');
        let message = lines.next().unwrap_or_default().trim();
        return Some(format!("{message} ({place})"));
    }
    None
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
        assert_eq!(said(RUN, "").as_deref(), Some("assertion `left == right` failed (src/lib.rs:9:5)"));
    }
}
