//! Real outputs of the runners, and hostile ones.

use super::*;

/// Reads a recorded output.
fn recorded(name: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/results/").to_owned() + name;
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// One line a test and one a suite, for comparison with what a person would read off the output.
pub(super) fn shown(results: &[TestResult], suites: &[SuiteOutcome]) -> String {
    let mut lines = Vec::new();
    for r in results {
        let reruns: String = r.reruns.iter().map(|o| format!(" then {o:?}")).collect();
        let place = r.path.as_ref().map_or(String::new(), |p| format!(" at {p}:{}", r.line.unwrap_or(0)));
        let said =
            r.message.as_deref().map_or(String::new(), |m| format!(" | {}", m.lines().next().unwrap_or("")));
        lines.push(format!("{:?}{reruns} {}{place}{said}", r.outcome, r.id));
    }
    for s in suites {
        let announced = s.announced.map_or("?".to_owned(), |n| n.to_string());
        let trouble = s.trouble.map_or("fine".to_owned(), |t| format!("{t:?}"));
        let detail =
            s.detail.as_deref().map_or(String::new(), |d| format!(" | {}", d.lines().next().unwrap_or("")));
        lines
            .push(format!("[{}] {announced} announced, {} filtered, {trouble}{detail}", s.suite, s.filtered));
    }
    lines.join("\n")
}

fn show(format: ResultFormat, bytes: &[u8], end: SuiteEnd) -> String {
    match read(format, bytes, end, "web") {
        Ok(part) => {
            let incomplete = part.incomplete.map_or(String::new(), |i| format!("\nincomplete: {i}"));
            shown(&part.results, &part.suites) + &incomplete
        }
        Err(error) => error.to_string(),
    }
}

/// Every recorded output is read as its `.expected` file says, checked line by line against the output.
#[test]
fn recorded_outputs_are_read_as_their_runner_meant_them() {
    let cases = [
        (ResultFormat::Libtest, "cargo-test.txt", 101),
        (ResultFormat::Libtest, "cargo-test-single-thread.txt", 101),
        (ResultFormat::Libtest, "cargo-test-fail-fast.txt", 101),
        (ResultFormat::Libtest, "cargo-test-overflow.txt", 101),
        (ResultFormat::NextestJson, "nextest.jsonl", 100),
        (ResultFormat::Junit, "junit-nextest.xml", 100),
        (ResultFormat::Junit, "junit-pytest.xml", 1),
        (ResultFormat::Junit, "junit-pytest-collection-error.xml", 2),
        (ResultFormat::Junit, "junit-vitest.xml", 1),
        (ResultFormat::Junit, "junit-jest.xml", 1),
        (ResultFormat::Junit, "junit-node.xml", 1),
        (ResultFormat::GoJson, "go-test.jsonl", 1),
        (ResultFormat::Tap, "tap-node.tap", 1),
        (ResultFormat::Tap, "tap-vitest.tap", 1),
        (ResultFormat::Tap, "tap-vitest-flat.tap", 1),
        (ResultFormat::Tap, "tap-mocha.tap", 1),
    ];
    for (format, name, code) in cases {
        let expected = String::from_utf8(recorded(&format!("{name}.expected"))).unwrap();
        assert_eq!(show(format, &recorded(name), SuiteEnd::exited(code)), expected.trim_end(), "{name}");
    }
}

#[test]
fn nothing_read_is_an_error_with_a_reason() {
    let empty = "\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
    let cases = [
        (ResultFormat::Junit, "", "JUnit XML of `web`: the report is empty"),
        (ResultFormat::Junit, " \n", "JUnit XML of `web`: the report is empty"),
        (
            ResultFormat::Junit,
            "<html><body/></html>",
            "JUnit XML of `web`: it has no <testsuites>, <testsuite> or <testcase>",
        ),
        (
            ResultFormat::Junit,
            "<testsuites name='pytest tests'><testsuite name='pytest' tests='0'/></testsuites>",
            "JUnit XML of `web`: it names no test",
        ),
        (
            ResultFormat::GoJson,
            "go: cannot find main module\n",
            "`go test -json` of `web`: there is no event in it; it says: go: cannot find main module",
        ),
        (
            ResultFormat::GoJson,
            "{\"Action\":\"skip\",\"Package\":\"m\",\"Elapsed\":0}\n",
            "`go test -json` of `web`: it names no test",
        ),
        (
            ResultFormat::Tap,
            "TAP version 13\n1..0 # SKIP no browser\n",
            "TAP of `web`: its plan skips everything (SKIP no browser)",
        ),
        (ResultFormat::Tap, "hello\n", "TAP of `web`: there is no test point (`ok …`, `not ok …`) in it"),
        (
            ResultFormat::Libtest,
            "error[E0425]: cannot find value `x`\nerror: could not compile `demo` (lib test)\n",
            "output of `cargo test` of `web`: no test binary ran; error: could not compile `demo` (lib test)",
        ),
        (
            ResultFormat::Libtest,
            "",
            "output of `cargo test` of `web`: it has neither `Running …` nor `running N tests`",
        ),
        (ResultFormat::Libtest, empty, "output of `cargo test` of `web`: it names no test"),
        (
            ResultFormat::NextestJson,
            "Compiling\n",
            "nextest JSON of `web`: there is no JSON line in it; run with `--message-format libtest-json` \
             and NEXTEST_EXPERIMENTAL_LIBTEST_JSON=1",
        ),
        (ResultFormat::NextestJson, "{}\n", "nextest JSON of `web`: it names no test"),
    ];
    for (format, input, expected) in cases {
        assert_eq!(
            show(format, input.as_bytes(), SuiteEnd::exited(0)),
            format!("no results in {expected} (exit code 0)")
        );
    }
}

#[test]
fn an_exit_code_that_no_test_accounts_for_is_trouble() {
    let report = b"<testsuite name='s'><testcase classname='c' name='a'/></testsuite>";
    assert_eq!(
        show(ResultFormat::Junit, report, SuiteEnd::exited(1)),
        "Passed c a\n[web] ? announced, 0 filtered, FailedOutsideTests | exit code 1, and no test accounts for it"
    );
    assert_eq!(
        show(ResultFormat::Junit, report, SuiteEnd::exited(137)),
        "Passed c a\n[web] ? announced, 0 filtered, Crashed | signal 9"
    );
    let hung = SuiteEnd { stopped: Some(Stopped::TimedOut), ..SuiteEnd::default() };
    assert_eq!(
        show(ResultFormat::Junit, report, hung),
        "Passed c a\n[web] ? announced, 0 filtered, Hung | ended at the time limit\n\
         incomplete: the command ended at the time limit"
    );
}

#[test]
fn an_exit_code_can_be_the_whole_result() {
    let show = |end| show(ResultFormat::ExitCode, b"some output\n", end);
    assert_eq!(show(SuiteEnd::exited(0)), "Passed web exit code\n[web] 1 announced, 0 filtered, fine");
    assert_eq!(
        show(SuiteEnd::exited(3)),
        "Failed web exit code | exit code 3\n[web] 1 announced, 0 filtered, fine"
    );
    assert_eq!(
        show(SuiteEnd { stopped: Some(Stopped::TimedOut), ..SuiteEnd::default() }),
        "TimedOut web exit code | ended at the time limit\n\
         [web] 1 announced, 0 filtered, Hung | ended at the time limit"
    );
    assert_eq!(
        show(SuiteEnd { signal: Some(11), ..SuiteEnd::default() }),
        "Failed web exit code | signal 11\n[web] 1 announced, 0 filtered, Crashed | signal 11"
    );
}

#[test]
fn reports_of_other_writers() {
    let fine = "[web] ? announced, 0 filtered, fine";
    let cases = [
        // ctest --output-junit
        (
            ResultFormat::Junit,
            r#"<testsuite name="(empty)" tests="3"><testcase name="t1" classname="t1" time="1.25" status="run"/>
               <testcase name="t2" classname="t2" time="0" status="fail"><failure message="Failed"/><system-out>boom</system-out></testcase>
               <testcase name="t3" classname="t3" time="0" status="notrun"><skipped message="Disabled"/></testcase>
               <testcase name="t4" classname="t4" time="0" status="notrun"><skipped message="Unable to find executable: t4"/></testcase></testsuite>"#,
            format!(
                "Passed web t1\nFailed web t2 | Failed\nIgnored web t3 | Disabled\n\
                 NotRun web t4 | Unable to find executable: t4\n{fine}"
            ),
        ),
        // surefire with reruns
        (
            ResultFormat::Junit,
            r#"<testsuite name="com.x.FooTest"><testcase name="recovers" classname="com.x.FooTest"><flakyFailure message="first" type="E"><stackTrace>trace</stackTrace><system-out>x</system-out></flakyFailure><flakyError message="second"/></testcase>
               <testcase name="stays" classname="com.x.FooTest"><failure message="boom" type="E">at FooTest.java:7</failure><rerunFailure message="again"><stackTrace>t</stackTrace></rerunFailure></testcase></testsuite>"#,
            format!(
                "Failed then Failed then Passed com.x.FooTest recovers | first\n\
                 Failed then Failed com.x.FooTest stays at FooTest.java:7 | boom\n{fine}"
            ),
        ),
        // Nested suites, no classes, a name twice, an unknown entity, CDATA.
        (
            ResultFormat::Junit,
            r#"<testsuites><testsuite name="outer"><testsuite name="inner"><testcase name="a"/><testcase name="a"><failure>&nope; &lt;&#65;<![CDATA[ <b>]]></failure></testcase></testsuite><testcase name="b"/></testsuite></testsuites>"#,
            format!("Passed outer > inner a\nFailed outer > inner a #2 | &nope; <A <b>\nPassed outer b\n{fine}"),
        ),
        // A suite that failed outside its tests, and a teardown error beside a skip mark.
        (
            ResultFormat::Junit,
            r#"<testsuite name="s"><error message="could not start"/><testcase classname="c" name="a"><skipped/><error message="teardown"/></testcase></testsuite>"#,
            format!(
                "Failed c a | teardown\n{fine}\n[s] ? announced, 0 filtered, FailedOutsideTests | could not start"
            ),
        ),
        // Cut off in the middle of a case.
        (
            ResultFormat::Junit,
            r#"<testsuite name="s"><testcase classname="c" name="z"><failure/></testcase><testcase name="b"><failure mess"#,
            format!(
                "Failed c z\n{fine}\nincomplete: the report is broken at byte 93: \
                 syntax error: tag not closed: `>` not found before end of input"
            ),
        ),
        (
            ResultFormat::Tap,
            "1..3\nok 1 - a\nnot ok 2\n",
            "Passed web a\nFailed web test 2\n\
             [web] 3 announced, 0 filtered, EndedEarly | reported 2 of 3 planned tests"
                .to_owned(),
        ),
        (
            ResultFormat::Tap,
            "TAP version 14\n1..2\nok 1 - a # skip not today\nBail out! no database\n",
            "Ignored web a | not today\n\
             [web] 2 announced, 0 filtered, FailedOutsideTests | bailed out: no database"
                .to_owned(),
        ),
        (
            ResultFormat::Tap,
            "# Subtest: outer\n    # Subtest: mid\n        ok 1 - x\n        not ok 2 - y\n        1..2\n    \
             not ok 1 - mid\n    ok 2 - z\n    1..2\nnot ok 1 - outer\nok 2 - okay, done\n1..2\n",
            "Passed web outer > mid > x\nFailed web outer > mid > y\nPassed web outer > z\nPassed web okay, done\n\
             [web] 4 announced, 0 filtered, fine"
                .to_owned(),
        ),
    ];
    for (format, input, expected) in cases {
        assert_eq!(show(format, input.as_bytes(), SuiteEnd::exited(1)), expected, "{input}");
    }
}

#[test]
fn hostile_reports_end_soon_and_in_bounds() {
    let bomb = format!(
        "<!DOCTYPE x [<!ENTITY a \"{}\"><!ENTITY b \"&a;&a;&a;&a;\">]>\
         <testsuite name='&b;'><testcase name='&b;'><failure>&b;&b;</failure></testcase></testsuite>",
        "ha".repeat(10_000)
    );
    let part = read(ResultFormat::Junit, bomb.as_bytes(), SuiteEnd::exited(1), "web").unwrap();
    assert_eq!(part.results[0].message.as_deref(), Some("&b;&b;"));

    let deep = "<testsuite name='s'>".repeat(100_000) + "<testcase name='a'/>";
    let part = read(ResultFormat::Junit, deep.as_bytes(), SuiteEnd::exited(0), "web").unwrap();
    assert_eq!(part.results.len(), 1);
    assert!(part.results[0].id.suite.len() <= 1024);
    assert_eq!(part.incomplete.as_deref(), Some("the report is cut off"));

    let name = "é".repeat(1_000_000);
    let long = format!("<testsuite><testcase name='{name}'><failure>{name}</failure></testcase></testsuite>");
    let part = read(ResultFormat::Junit, long.as_bytes(), SuiteEnd::exited(1), "web").unwrap();
    assert!(part.results[0].id.name.len() <= 1024);
    assert!(part.results[0].message.as_ref().unwrap().len() <= 2048);

    let mut tap = String::from("1..999999999999\n");
    for depth in 0..2000 {
        tap += &(" ".repeat(depth * 4) + "not ok 1 - x {\n");
    }
    let part = read(ResultFormat::Tap, tap.as_bytes(), SuiteEnd::exited(1), "web").unwrap();
    assert_eq!(part.suites[0].trouble, Some(SuiteTrouble::EndedEarly));
}

#[test]
fn any_input_can_be_read_as_any_format() {
    let formats = [
        ResultFormat::Libtest,
        ResultFormat::NextestJson,
        ResultFormat::Junit,
        ResultFormat::GoJson,
        ResultFormat::Tap,
    ];
    for name in ["cargo-test.txt", "nextest.jsonl", "junit-pytest.xml", "go-test.jsonl", "tap-vitest.tap"] {
        let whole = recorded(name);
        for cut in (0..whole.len()).step_by(97) {
            let mut broken = whole.clone();
            broken[cut] = 0xff;
            for format in formats {
                for bytes in [&whole[..cut], &broken] {
                    // What is read names tests or trouble; else it is an error.
                    if let Ok(part) = read(format, bytes, SuiteEnd::exited(0), "web") {
                        let said =
                            !part.results.is_empty() || part.suites.iter().any(|s| s.trouble.is_some());
                        assert!(said, "{name} cut at {cut}");
                    }
                }
            }
        }
    }
}
