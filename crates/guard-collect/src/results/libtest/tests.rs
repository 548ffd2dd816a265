//! One test binary's output, with everything that can happen to it.

use super::*;
use crate::results::Stopped;
use crate::results::tests::shown;

fn show(out: &str, err: &str, end: SuiteEnd, listed: &[&str]) -> String {
    let listed: Vec<String> = listed.iter().map(|n| (*n).to_owned()).collect();
    let listed = (!listed.is_empty()).then_some(listed.as_slice());
    let (results, outcome) = read(out.as_bytes(), err.as_bytes(), end, "demo", listed);
    shown(&results, &[outcome])
}

const HUNG: SuiteEnd = SuiteEnd { exit_code: None, signal: None, stopped: Some(Stopped::TimedOut), ms: 0 };
const ABORTED: SuiteEnd = SuiteEnd { exit_code: None, signal: Some(6), stopped: None, ms: 0 };

/// Closing line of a run of `passed` tests.
fn result(passed: u32, failed: u32) -> String {
    let word = if failed == 0 { "ok" } else { "FAILED" };
    format!(
        "\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 2 filtered out; finished in 0.01s\n\n"
    )
}

#[test]
fn a_binary_that_exits_0_before_its_result_line_has_ended_early() {
    let out = "\nrunning 3 tests\ntest a_first ... ok\n";
    assert_eq!(
        show(out, "", SuiteEnd::exited(0), &["a_first", "b_exits", "c_sleeps"]),
        "Passed demo a_first\nNotRun demo b_exits\nNotRun demo c_sleeps\n\
         [demo] 3 announced, 0 filtered, EndedEarly | ended with exit code 0 after reporting 1 of 3 tests, without its closing result line"
    );
    // One thread: the test that was running is known.
    let out = "\nrunning 3 tests\ntest a_first ... ok\ntest b_exits ... ";
    assert_eq!(
        show(out, "", SuiteEnd::exited(0), &["a_first", "b_exits", "c_sleeps"]),
        "Passed demo a_first\nFailed demo b_exits | its process ended while it ran (exit code 0)\nNotRun demo c_sleeps\n\
         [demo] 3 announced, 0 filtered, EndedEarly | ended with exit code 0 after reporting 1 of 3 tests, without its closing result line"
    );
}

#[test]
fn a_forged_result_line_before_an_early_exit_is_not_believed() {
    let out = format!("\nrunning 3 tests\ntest a ... ok\n{}", result(3, 0));
    assert_eq!(
        show(&out, "", SuiteEnd::exited(0), &["a", "b", "c"]),
        "Passed demo a\nNotRun demo b\nNotRun demo c\n\
         [demo] 3 announced, 2 filtered, EndedEarly | ended with exit code 0 after reporting 1 of 3 tests, without its closing result line"
    );
    let out = format!("\nrunning 3 tests\ntest a ... ok\n{}", result(99, 0));
    assert!(show(&out, "", SuiteEnd::exited(0), &[]).contains("EndedEarly"));
}

#[test]
fn look_alikes_inside_output_are_no_results() {
    let out = format!(
        "\nrunning 2 tests\ntest result: ok. 99 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
         test tests/ui/a.rs ... ok\ntest tests::real ... ok\ntest tests::other ... FAILED\n\nfailures:\n\n\
         ---- tests::other stdout ----\ntest tests::fake ... ok\nfailures:\n    tests::fake\n\n\
         thread 'tests::other' (12) panicked at src/lib.rs:3:5:\nno\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n\n\n\
         failures:\n    tests::other\n{}",
        result(1, 1)
    );
    let expected = "Failed demo tests::other at src/lib.rs:3 | no\nPassed demo tests::real\n\
                    [demo] 2 announced, 2 filtered, fine";
    assert_eq!(show(&out, "", SuiteEnd::exited(101), &["tests::real", "tests::other"]), expected);
    assert_eq!(show(&out, "", SuiteEnd::exited(101), &[]), expected);
}

#[test]
fn a_failure_list_outweighs_an_ok_line() {
    let out = format!(
        "\nrunning 1 test\ntest a ... ok\ntest a ... FAILED\n\nfailures:\n\nfailures:\n    a\n{}",
        result(0, 1)
    );
    assert_eq!(
        show(&out, "", SuiteEnd::exited(101), &[]),
        "Failed demo a\n[demo] 1 announced, 2 filtered, fine"
    );
}

#[test]
fn all_forms_of_a_result_are_read() {
    let out = "running 9 tests\ntest a ... ok <0.012s>\ntest b - should panic ... ok (0.01s)\ntest c ... ignored, needs gpu, really\n\
               test d ... ignored\ntest e ... FAILED (time limit exceeded)\ntest f ... bench:   12 ns/iter (+/- 1)\n\
               \u{1b}[32mtest g ... \u{1b}[0m\u{1b}[32mok\u{1b}[0m\r\nraw text test h ... ok\ntest [kind] i       ... ok\n\nfailures:\n\nfailures:\n    e\n\n\
               test result: FAILED. 5 passed; 1 failed; 2 ignored; 1 measured; 0 filtered out; finished in 0.01s\n";
    assert_eq!(
        show(out, "", SuiteEnd::exited(101), &[]),
        "Passed demo [kind] i\nPassed demo a\nPassed demo b\nIgnored demo c | needs gpu, really\nIgnored demo d\nFailed demo e\n\
         Passed demo f\nPassed demo g\nPassed demo h\n[demo] 9 announced, 0 filtered, fine"
    );
    let (results, _) = read(out.as_bytes(), b"", SuiteEnd::exited(101), "demo", None);
    assert_eq!(results.iter().find(|r| r.id.name == "a").unwrap().ms, Some(12));
}

#[test]
fn results_come_after_output_that_was_let_through() {
    let out = format!(
        "running 3 tests\ntest a ... noise\nmore noise, all ok\nok\ntest b ... err before raw before ok\ntest c ... \nthread 'c' panicked at 'old form', src/x.rs:7:1\nFAILED\n\nfailures:\n\nfailures:\n    c\n{}",
        result(2, 1)
    );
    assert_eq!(
        show(&out, "", SuiteEnd::exited(101), &[]),
        "Passed demo a\nPassed demo b\nFailed demo c at src/x.rs:7 | old form\n[demo] 3 announced, 2 filtered, fine"
    );
}

#[test]
fn a_hang_names_the_test_that_hung() {
    let out =
        "\nrunning 3 tests\ntest a ... ok\ntest z ... ok\ntest hangs has been running for over 60 seconds\n";
    let expected = "Passed demo a\nTimedOut demo hangs | still running at the time limit\nPassed demo z\n\
                    [demo] 3 announced, 0 filtered, Hung | ended at the time limit after reporting 2 of 3 tests";
    assert_eq!(show(out, "", HUNG, &["a", "hangs", "z"]), expected);
    assert_eq!(show(out, "", HUNG, &[]), expected);
    // Too early for libtest's remark: the only test that is left is the one.
    let out = "\nrunning 3 tests\ntest a ... ok\ntest z ... ok\n";
    assert_eq!(show(out, "", HUNG, &["a", "hangs", "z"]), expected);
    assert_eq!(
        show(out, "", HUNG, &[]),
        "Passed demo a\nPassed demo z\n[demo] 3 announced, 0 filtered, Hung | ended at the time limit after reporting 2 of 3 tests"
    );
    let done = format!("{out}test hangs ... ok\n{}", result(3, 0));
    assert!(
        show(&done, "", HUNG, &[]).contains("Hung | ended at the time limit after reporting 3 of 3 tests")
    );
}

#[test]
fn a_crash_names_the_test_where_it_can() {
    let out = "\nrunning 3 tests\ntest a ... ok\n";
    let err =
        "\nthread 'deep' (22454) has overflowed its stack\nfatal runtime error: stack overflow, aborting\n";
    assert_eq!(
        show(out, err, ABORTED, &["a", "deep", "z"]),
        "Passed demo a\nFailed demo deep | its process ended while it ran (signal 6)\nNotRun demo z\n\
         [demo] 3 announced, 0 filtered, Crashed | died of signal 6 after reporting 1 of 3 tests"
    );
    assert_eq!(
        show(out, "", ABORTED, &["a", "deep", "z"]),
        "Passed demo a\nNotRun demo deep\nNotRun demo z\n\
         [demo] 3 announced, 0 filtered, Crashed | died of signal 6 after reporting 1 of 3 tests"
    );
}

#[test]
fn an_end_that_contradicts_the_results_is_trouble() {
    let fine = format!("\nrunning 1 test\ntest a ... ok\n{}", result(1, 0));
    let outside = "Passed demo a\n[demo] 1 announced, 2 filtered, FailedOutsideTests | ended with exit code 1, and no test accounts for it";
    assert_eq!(show(&fine, "", SuiteEnd::exited(1), &[]), outside);
    assert!(show(&fine, "", ABORTED, &[]).contains("Crashed"));
    assert_eq!(
        show(&fine, "", SuiteEnd::exited(0), &[]),
        "Passed demo a\n[demo] 1 announced, 2 filtered, fine"
    );
}

#[test]
fn a_binary_that_says_nothing_of_tests_is_no_pass_for_listed_ones() {
    assert_eq!(
        show("hello\n", "", SuiteEnd::exited(0), &["a"]),
        "NotRun demo a\n[demo] ? announced, 0 filtered, EndedEarly | ended with exit code 0 after reporting 0 tests, without its closing result line"
    );
    assert_eq!(show("hello\n", "", SuiteEnd::exited(0), &[]), "[demo] ? announced, 0 filtered, fine");
    assert!(show("hello\n", "", SuiteEnd::exited(2), &[]).contains("FailedOutsideTests"));
}

#[test]
fn quiet_output_names_what_it_can() {
    let quiet = "\nrunning 3 tests\n.. 2/3\nb --- FAILED\n\nfailures:\n\n---- b stdout ----\n\nthread 'b' panicked at src/lib.rs:3:5:\nno\n\n\nfailures:\n    b\n\n\
                 test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
    assert_eq!(
        show(quiet, "", SuiteEnd::exited(101), &["a", "b", "c"]),
        "Passed demo a\nFailed demo b at src/lib.rs:3 | no\nPassed demo c\n[demo] 3 announced, 0 filtered, fine"
    );
    assert_eq!(
        show(quiet, "", SuiteEnd::exited(101), &[]),
        "Failed demo b at src/lib.rs:3 | no\n[demo] 3 announced, 0 filtered, fine | only 1 of 3 announced tests could be read by name"
    );
}

#[test]
fn documentation_tests_keep_their_identity_when_lines_move() {
    let out = "\nrunning 3 tests\ntest src/lib.rs - add (line 22) - compile ... ok\ntest src/lib.rs - add (line 8) - compile fail ... ok\ntest src/lib.rs - (line 1) ... FAILED\n\nfailures:\n\nfailures:\n    src/lib.rs - (line 1)\n\n\
               test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
    let (results, outcome) = read(out.as_bytes(), b"", SuiteEnd::exited(101), "demo::doc", None);
    assert_eq!(
        shown(&results, &[outcome]),
        "Failed demo::doc src/lib.rs at src/lib.rs:1\nPassed demo::doc src/lib.rs - add\nPassed demo::doc src/lib.rs - add #2\n[demo::doc] 3 announced, 0 filtered, fine"
    );
}

#[test]
fn a_list_of_names_is_read() {
    assert_eq!(
        read_list(b"tests::a: test\nb: benchmark\nsrc/lib.rs - add (line 2): test\n\n2 tests, 1 benchmark\n"),
        ["tests::a", "src/lib.rs - add (line 2)"]
    );
}

#[test]
fn headers_inside_a_failed_tests_output_do_not_cut_its_section() {
    let out = format!(
        "     Running tests/a.rs (target/debug/deps/a-0123)\n\nrunning 1 test\ntest runs_cargo ... FAILED\n\nfailures:\n\n---- runs_cargo stdout ----\n     Running tests/inner.rs (target/debug/deps/inner-0123)\n\nrunning 5 tests\ntest x ... ok\n\n\nfailures:\n    runs_cargo\n{}error: test failed, to rerun pass `--test a`\n     Running tests/b.rs (target/debug/deps/b-0123)\n\nrunning 1 test\ntest b ... ok\n{}error: 1 target failed:\n    `--test a`\n",
        result(0, 1),
        result(1, 0)
    );
    let part = read_cargo(out.as_bytes(), SuiteEnd::exited(101), "demo").unwrap();
    assert_eq!(
        shown(&part.results, &part.suites)
            .lines()
            .filter(|l| !l.contains('|'))
            .collect::<Vec<_>>()
            .join("\n"),
        "Passed b b\n[a] 1 announced, 2 filtered, fine\n[b] 1 announced, 2 filtered, fine"
    );
    assert_eq!(part.incomplete, None);
}

#[test]
fn tests_that_run_tests_do_not_pass_on_their_failures() {
    // The shape of libtest-mimic's own tests: inner runs print through the outer one.
    let inner = "\nrunning 2 tests\ntest a ... FAILED\ntest outer_one ... FAILED\n\nfailures:\n\n---- a ----\nno\n\n\nfailures:\n    a\n    outer_one\n\n\
                 test result: FAILED. 0 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\n";
    let out =
        format!("\nrunning 2 tests\n{inner}test outer_one ... ok\ntest outer_two ... ok\n{}", result(2, 0));
    assert_eq!(
        show(&out, "", SuiteEnd::exited(0), &["outer_one", "outer_two"]),
        "Passed demo outer_one\nPassed demo outer_two\n[demo] 2 announced, 2 filtered, fine"
    );
    assert_eq!(
        show(&out, "", SuiteEnd::exited(0), &[]),
        "Passed demo outer_one\nPassed demo outer_two\n\
         [demo] 2 announced, 2 filtered, fine | 3 tests have result lines, 2 were announced: some are no tests of this binary"
    );
    let whole = format!("     Running tests/a.rs (target/debug/deps/a-0123)\n{out}");
    let part = read_cargo(whole.as_bytes(), SuiteEnd::exited(0), "demo").unwrap();
    assert!(part.results.iter().all(|r| r.outcome == TestOutcome::Passed));
}
