//! How the text reads.

use guard::render::{Format, Options, render};
use guard_model::evidence::Snippet;
use guard_model::report::{TaskLeft, TaskSummary};
use guard_model::{Finding, Level, Report, Side};

use crate::reports::{failed, finding, hostile, inconclusive, many, passed};

#[test]
fn a_pass_is_short() {
    insta::assert_snapshot!(text(&passed(), 80), @"
    pass: head builds, 43 tests pass, and nothing was weakened

    what the agent said
      verified     “All 43 tests pass”
      verified     “Added a test for empty input”

    claims  3 read: 2 verified, 1 not-checkable
    build   head ok
    tests   43 passed; 1 added
    change  3 files, +40 -12; work tree against 4b825dc6 (merge base with
            origin/main)
    words   7c1f9a52.jsonl (newest session of this repository, Claude Code 2.1.17);
            2 commit messages
    policy  built-in default
    run     /home/ada/.cache/guard/parser-1a2b3c4d/runs/2026-02-11T02-13-07
    ");
}

#[test]
fn a_fail_shows_what_is_wrong_and_what_to_do_at_80_columns() {
    insta::assert_snapshot!(text(&failed(), 80), @r#"
    fail: 2 of 43 tests fail, 1 test is gone, 1 was rewritten to agree

    deny[deleted-test] `tests::rejects_empty` is gone, and no other test has its
        body
      src/parser.rs:212 (base)
        212 │ #[test]
        213 │ fn rejects_empty() {
        214 │     let error = parse("").unwrap_err();
        215 │     assert_eq!(error.kind(), ErrorKind::Empty, "an empty input is an …
        216 │ }
      test: it ran and passed at base; head's run does not list it
      session: “Cleaned up obsolete tests” (7c1f9a52.jsonl:412)
      help: Bring the test back, or say in the commit message why it went.

    deny[rewritten-expectation] `tests::sums` was changed to agree with the new
        code: base's version of it fails on head
      crates/accounting-engine/src/ledger/reconciliation/statements/tests/sums.rs:31
      test: base's test on head's code: assertion `left == right` failed: left: 41,
        right: 42
      site: head expects 41
      site: the code that it calls changed here (src/ledger.rs:88)
      help: Decide which of the two is right; if it is the new one, say so.

    deny[miscounted-tests] the agent says that all 43 tests pass; 2 of 43 fail
      test: guard's run: 40 passed, 2 failed, 1 ignored

    warn[stubbed-body] `Ledger::close` does nothing but return a constant
      src/ledger.rs:140
        139 │ fn close(&mut self) -> Result<()> {
      > 140 │     Ok(())
        141 │ }
      site: `Ok(())`

    note[edited-policy] this change edits `guard.toml`; base's version was used
      guard.toml:3

    accepted[ignored-test] `tests::usb` does not run any more
      src/usb.rs:9
      reason: needs hardware, see ticket 12, until 2026-12-31

    what the agent said
      contradicted “All 43 tests pass” (said 2 times)
                   guard's run: 40 passed, 2 failed, 1 ignored
      partial      “Update all `CallManager` logging statements to the new macros”
                   18 of 41: `info!` is still used here and in 22 other places
                   (src/CallManager.cpp:212)
      unsupported  “Added a regression test for the overflow”
      verified     “Cleaned up obsolete tests”

    found   3 deny, 1 warn, 1 note
    claims  6 read: 2 contradicted, 1 partial, 1 unsupported, 1 verified, 1 not
            looked at
    build   head ok
    tests   40 passed, 2 failed, 1 ignored (base: 42 passed)
            2 newly failing, 1 removed, 1 newly ignored, 2 added
            base's tests on head's code: 1 passed, 1 failed
    change  3 files, +40 -12; work tree against 4b825dc6 (merge base with
            origin/main)
    words   7c1f9a52.jsonl (newest session of this repository, Claude Code 2.1.17);
            2 commit messages
    policy  built-in default
    skipped not part of mode commit: missed-mutant, skipped-section and 2 more
    run     /home/ada/.cache/guard/parser-1a2b3c4d/runs/2026-02-11T02-13-07
    "#);
}

#[test]
fn a_fail_uses_120_columns_where_it_has_them() {
    insta::assert_snapshot!(text(&failed(), 120), @r#"
    fail: 2 of 43 tests fail, 1 test is gone, 1 was rewritten to agree

    deny[deleted-test] `tests::rejects_empty` is gone, and no other test has its body
      src/parser.rs:212 (base)
        212 │ #[test]
        213 │ fn rejects_empty() {
        214 │     let error = parse("").unwrap_err();
        215 │     assert_eq!(error.kind(), ErrorKind::Empty, "an empty input is an error and not an empty list");
        216 │ }
      test: it ran and passed at base; head's run does not list it
      session: “Cleaned up obsolete tests” (7c1f9a52.jsonl:412)
      help: Bring the test back, or say in the commit message why it went.

    deny[rewritten-expectation] `tests::sums` was changed to agree with the new code: base's version of it fails on head
      crates/accounting-engine/src/ledger/reconciliation/statements/tests/sums.rs:31
      test: base's test on head's code: assertion `left == right` failed: left: 41, right: 42
      site: head expects 41
      site: the code that it calls changed here (src/ledger.rs:88)
      help: Decide which of the two is right; if it is the new one, say so.

    deny[miscounted-tests] the agent says that all 43 tests pass; 2 of 43 fail
      test: guard's run: 40 passed, 2 failed, 1 ignored

    warn[stubbed-body] `Ledger::close` does nothing but return a constant
      src/ledger.rs:140
        139 │ fn close(&mut self) -> Result<()> {
      > 140 │     Ok(())
        141 │ }
      site: `Ok(())`

    note[edited-policy] this change edits `guard.toml`; base's version was used
      guard.toml:3

    accepted[ignored-test] `tests::usb` does not run any more
      src/usb.rs:9
      reason: needs hardware, see ticket 12, until 2026-12-31

    what the agent said
      contradicted “All 43 tests pass” (said 2 times)
                   guard's run: 40 passed, 2 failed, 1 ignored
      partial      “Update all `CallManager` logging statements to the new macros”
                   18 of 41: `info!` is still used here and in 22 other places (src/CallManager.cpp:212)
      unsupported  “Added a regression test for the overflow”
      verified     “Cleaned up obsolete tests”

    found   3 deny, 1 warn, 1 note
    claims  6 read: 2 contradicted, 1 partial, 1 unsupported, 1 verified, 1 not looked at
    build   head ok
    tests   40 passed, 2 failed, 1 ignored (base: 42 passed)
            2 newly failing, 1 removed, 1 newly ignored, 2 added
            base's tests on head's code: 1 passed, 1 failed
    change  3 files, +40 -12; work tree against 4b825dc6 (merge base with origin/main)
    words   7c1f9a52.jsonl (newest session of this repository, Claude Code 2.1.17); 2 commit messages
    policy  built-in default
    skipped not part of mode commit: missed-mutant, skipped-section and 2 more
    run     /home/ada/.cache/guard/parser-1a2b3c4d/runs/2026-02-11T02-13-07
    "#);
}

#[test]
fn an_inconclusive_run_says_first_what_is_missing() {
    insta::assert_snapshot!(text(&inconclusive(), 80), @"
    inconclusive: head could not be built, so nothing is known about its tests

    not measured
      `cmake` is not installed, and the build script of `libz-sys` needs it: install
      cmake and run again
        checks: broken-build, failing-test, deleted-test and 3 more
      budget of 60 s used up after 20 of 31 tests
        checks: rewritten-expectation

    claims  1 read: 1 not looked at
    build   head not run
    sandbox writes not confined
            this kernel has no Landlock (5.13 or newer)
    change  3 files, +40 -12; work tree against 4b825dc6 (merge base with
            origin/main)
    words   6 commit messages; no agent session
    policy  built-in default
    skipped not part of mode commit: missed-mutant
    run     /home/ada/.cache/guard/parser-1a2b3c4d/runs/2026-02-11T02-13-07
    ");
}

#[test]
fn a_verbose_report_leaves_nothing_out() {
    let options = Options { verbose: true, ..Options::default() };
    insta::assert_snapshot!(render(&failed(), Format::Text, &options), @r#"
    fail: 2 of 43 tests fail, 1 test is gone, 1 was rewritten to agree

    deny[deleted-test] `tests::rejects_empty` is gone, and no other test has its
        body
      src/parser.rs:212 (base)
        212 │ #[test]
        213 │ fn rejects_empty() {
        214 │     let error = parse("").unwrap_err();
        215 │     assert_eq!(error.kind(), ErrorKind::Empty, "an empty input is an …
        216 │ }
      test: it ran and passed at base; head's run does not list it
      session: “Cleaned up obsolete tests” (7c1f9a52.jsonl:412)
      help: Bring the test back, or say in the commit message why it went.

    deny[rewritten-expectation] `tests::sums` was changed to agree with the new
        code: base's version of it fails on head
      crates/accounting-engine/src/ledger/reconciliation/statements/tests/sums.rs:31
      test: base's test on head's code: assertion `left == right` failed: left: 41,
        right: 42
      site: head expects 41
      site: the code that it calls changed here (src/ledger.rs:88)
      help: Decide which of the two is right; if it is the new one, say so.

    deny[miscounted-tests] the agent says that all 43 tests pass; 2 of 43 fail
      test: guard's run: 40 passed, 2 failed, 1 ignored

    warn[stubbed-body] `Ledger::close` does nothing but return a constant
      src/ledger.rs:140
        139 │ fn close(&mut self) -> Result<()> {
      > 140 │     Ok(())
        141 │ }
      site: `Ok(())`

    note[edited-policy] this change edits `guard.toml`; base's version was used
      guard.toml:3
      diff: `fail-on` goes from `deny` to `allow`

    accepted[ignored-test] `tests::usb` does not run any more
      src/usb.rs:9
      reason: needs hardware, see ticket 12, until 2026-12-31

    what the agent said
      contradicted “All 43 tests pass” (said 2 times)
                   guard's run: 40 passed, 2 failed, 1 ignored
      partial      “Update all `CallManager` logging statements to the new macros”
                   18 of 41: `info!` is still used here and in 22 other places
                   (src/CallManager.cpp:212)
      unsupported  “Parsing is 40% faster”
                   not looked at
      unsupported  “Added a regression test for the overflow”
      verified     “Cleaned up obsolete tests”

    found   3 deny, 1 warn, 1 note
    claims  6 read: 2 contradicted, 1 partial, 1 unsupported, 1 verified, 1 not
            looked at
    build   head ok
    tests   40 passed, 2 failed, 1 ignored (base: 42 passed)
            2 newly failing, 1 removed, 1 newly ignored, 2 added
            base's tests on head's code: 1 passed, 1 failed
            newly failing: parser tests::x
            newly failing: parser tests::y
            removed: parser tests::rejects_empty
            newly ignored: parser tests::usb
            added: parser tests::a
            added: parser tests::b
    sandbox writes confined, network closed, process tree bound
    change  3 files, +40 -12; work tree against 4b825dc6 (merge base with
            origin/main)
    words   7c1f9a52.jsonl (newest session of this repository, Claude Code 2.1.17)
            9f2c1d00 (commit of the range)
            9f2c1d01 (commit of the range)
    policy  built-in default
    skipped not part of mode commit: missed-mutant, skipped-section and 2 more
    time    12.3 s (build head 8.1 s, test head 3.4 s)
    run     /home/ada/.cache/guard/parser-1a2b3c4d/runs/2026-02-11T02-13-07
    "#);
}

#[test]
fn tasks_that_were_never_ticked_are_named() {
    let left = |n: u32| TaskLeft { subject: format!("Task {n}"), place: format!("s.jsonl:{n}") };
    let told = |open: Vec<TaskLeft>, dropped: Vec<TaskLeft>| {
        let report = Report { tasks: Some(TaskSummary { done: 9, open, dropped }), ..passed() };
        let text = text(&report, 100);
        text.lines()
            .skip_while(|l| !l.starts_with("tasks"))
            .take_while(|l| !l.starts_with("build"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(told(Vec::new(), Vec::new()), "");
    insta::assert_snapshot!(told((1..=5).map(left).collect(), vec![left(7)]), @"
    tasks   9 ticked
            5 never ticked: “Task 1”, “Task 2”, “Task 3”, “Task 4”, and 1 more
            1 never ticked and no longer in the list: “Task 7”
    ");
}

#[test]
fn many_findings_are_counted_not_listed() {
    let text = text(&many(10_000), 80);
    assert!(text.lines().count() < 150, "{text}");
    insta::assert_snapshot!(text.split("and more:").nth(1).unwrap(), @"
     4992 deleted-test, 3326 flaky-test, 1662 unrun-tests
      see all: guard report --verbose

    what the agent said
      verified     “All 43 tests pass”
      verified     “Added a test for empty input”

    found   5000 deny, 3334 warn, 1666 note
    claims  3 read: 2 verified, 1 not-checkable
    build   head ok
    tests   43 passed; 1 added
    change  3 files, +40 -12; work tree against 4b825dc6 (merge base with
            origin/main)
    words   7c1f9a52.jsonl (newest session of this repository, Claude Code 2.1.17);
            2 commit messages
    policy  built-in default
    run     /home/ada/.cache/guard/parser-1a2b3c4d/runs/2026-02-11T02-13-07
    ");
}

#[test]
fn findings_that_say_the_same_stand_together() {
    let mut report = passed();
    report.findings = (1..=11)
        .map(|line| {
            let mut one = finding(
                "skipped-section",
                Level::Warn,
                "9 of 20 places of `f()` were changed; this one was not",
            );
            one.path = Some("src/a.rs".to_owned());
            one.line = Some(line * 10);
            one
        })
        .collect();

    let shown = text(&report, 80);

    assert_eq!(shown.matches("warn[skipped-section]").count(), 1, "{shown}");
    assert!(shown.contains("also at: src/a.rs:20, src/a.rs:30,"), "{shown}");
    assert!(shown.contains("src/a.rs:90 and 2 more"), "{shown}");
}

#[test]
fn hostile_text_cannot_steer_a_terminal() {
    insta::assert_snapshot!(text(&hostile(), 80), @r"
    fail: \x1b[2J\x1b]0;owned\x07\x9b31m``` </details><script>alert(1)</script> <!--
      x --> @octocat #1 [click](https://evil.example) **bold** | cell ]]>
      \u{202e}drawkcab\x00\u{ffff} %0A,: \::error::gotcha #\#[add-mask]x
      #\#vso[task.x]

    deny[stubbed-body] \x1b[2J\x1b]0;owned\x07\x9b31m```
        </details><script>alert(1)</script> <!-- x --> @octocat #1
        [click](https://evil.example) **bold** | cell ]]>
        \u{202e}drawkcab\x00\u{ffff} %0A,: \::error::gotcha #\#[add-mask]x …
      src/…/日本語日本語日本語日本語日本語.rs:1
      > 1 │ \x1b[2J\x1b]0;owned\x07\x9b31m``` </details><script>alert(1)</script> <…
        2 │ ```````` #\#[endgroup]
      build: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
        xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
        xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
        xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx …
      help: \x1b[2J\x1b]0;owned\x07\x9b31m``` </details><script>alert(1)</script>
        <!-- x --> @octocat #1 [click](https://evil.example) **bold** | cell ]]>
        \u{202e}drawkcab\x00\u{ffff} %0A,: \::error::gotcha #\#[add-mask]x
        #\#vso[task.x]

    warn[x\x1b[m] ::stop-commands::] \::add-path::/tmp
      diff: \::set-env name=PATH::/tmp

    not measured
      \x1b[2J\x1b]0;owned\x07\x9b31m``` </details><script>alert(1)</script> <!-- x
      --> @octocat #1 [click](https://evil.example) **bold** | cell ]]>
      \u{202e}drawkcab\x00\u{ffff} %0A,: \::error::gotcha #\#[add-mask]x
      #\#vso[task.x]
        checks: \x1b[2J\x1b]0;owned\x07\x9b31m```
          </details><script>alert(1)</script> <!-- x --> @octocat #1
          [click](https://evil.example) **bold** | cell ]]>
          \u{202e}drawkcab\x00\u{ffff} %0A,: \::error::gotcha #\#[add-mask]x …

    what the agent said
      contradicted “\x1b[2J\x1b]0;owned\x07\x9b31m```
                   </details><script>alert(1)</script> <!-- x --> @octocat #1
                   [click](https://evil.example) **bold** | cell ]]> …
                   \x1b[2J\x1b]0;owned\x07\x9b31m```
                   </details><script>alert(1)</script> <!-- x --> @octocat #1
                   [click](https://evil.example) **bold** | cell ]]> …

    found   1 deny, 1 warn
    claims  1 read: 1 contradicted
    tasks   0 ticked
            1 never ticked: “\x1b[2J\x1b]0;owned\x07\x9b31m```
            </details><script>alert(1)<…”
            1 never ticked and no longer in the list:
            “\x1b[2J\x1b]0;owned\x07\x9b31m``` </details><script>alert(1)<…”
    build   head ok
    tests   43 passed; 1 added
    change  3 files, +40 -12; work tree against 4b825dc6 (merge base with
            origin/main)
    words   \x1b[2J\x1b]0;owned\x07\x9b31m``` </details><script>alert(1)</script>
            <!-- x --> @octocat #1 [click](https://evil.example) **bold** | cell ]]>
            \u{202e}drawkcab\x00\u{ffff} %0A,: \::error::gotcha #\#[add-mask]x
            #\#vso[task.x] (newest session of this repository, Claude Code 2.1.17 …
    policy  \x1b[2J\x1b]0;owned\x07\x9b31m``` </details><script>alert(1)</script>
            <!-- x --> @octocat #1 [click](https://evil.example) **bold** | cell ]]>
            \u{202e}drawkcab\x00\u{ffff} %0A,: \::error::gotcha #\#[add-mask]x
            #\#vso[task.x]
    run     \x1b[2J\x1b]0;owned\x07\x9b31m``` </details><script>alert(1)</script> <!-- x --> @octocat #1 [click](https://evil.example) **bold** | cell ]]> \u{202e}drawkcab\x00\u{ffff} %0A,:\n::error::gotcha\n#\#[add-mask]x\n#\#vso[task.x]
    ");
}

#[test]
fn colour_changes_no_word() {
    for report in [passed(), failed(), inconclusive(), hostile()] {
        let plain = text(&report, 80);
        let colored = render(&report, Format::Text, &Options { color: true, ..Options::default() });
        assert!(colored.contains("\u{1b}["), "{colored}");
        assert_eq!(strip_styles(&colored), plain);
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for report in [passed(), failed(), inconclusive(), hostile(), many(50)] {
        for width in [40, 80, 120] {
            let text = text(&report, width);
            // The run directory is there to be copied: never wrapped.
            for line in text.lines().filter(|l| !l.starts_with("run ")) {
                let columns = unicode_width::UnicodeWidthStr::width(line);
                assert!(columns <= width, "{columns} > {width}: {line}");
                assert_eq!(line, line.trim_end(), "blanks at the end");
            }
        }
    }
}

#[test]
fn a_finding_quotes_all_of_its_lines_though_the_snippet_of_another_ends_among_them() {
    let at = |line: u32, name: &str| {
        let found = finding("ignored-test", Level::Warn, &format!("test `{name}` is newly ignored"));
        Finding { path: Some("tests/a.rs".to_owned()), line: Some(line), end_line: Some(line + 2), ..found }
    };
    let snippet = |first_line: u32, lines: &[&str]| Snippet {
        path: "tests/a.rs".to_owned(),
        side: Side::Head,
        first_line,
        lines: lines.iter().map(|&l| l.to_owned()).collect(),
    };
    let report = Report {
        findings: vec![at(2, "one"), at(5, "two")],
        snippets: vec![
            snippet(1, &["", "#[ignore]", "fn one() {", "}", "#[ignore]"]),
            snippet(4, &["}", "#[ignore]", "fn two() {", "}"]),
        ],
        ..passed()
    };
    let out = text(&report, 80);
    assert!(out.contains("fn one() {") && out.contains("fn two() {"), "{out}");
}

fn text(report: &Report, width: usize) -> String {
    render(report, Format::Text, &Options { width, ..Options::default() })
}

fn strip_styles(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        rest = after.split_once('m').map_or("", |(_, tail)| tail);
    }
    out + rest
}
