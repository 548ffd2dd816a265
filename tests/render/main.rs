//! Every format of a report: how it reads, that it is valid, that it keeps its limits, and that
//! hostile text stays text.

mod browser;
mod reports;
mod text;

use guard::render::{CheckDoc, Format, Options, SCHEMA_PATH, render, schema};
use guard_model::claim::ClaimVerdict;
use guard_model::report::MutantSummary;
use guard_model::{Level, MutatedFile, Report};
use reports::{claim, failed, hostile, inconclusive, many, mutants, passed, site};
use serde_json::Value;

const FORMATS: [Format; 11] = [
    Format::Text,
    Format::Json,
    Format::Sarif,
    Format::Junit,
    Format::Github,
    Format::GithubSummary,
    Format::Markdown,
    Format::Gitlab,
    Format::Rdjson,
    Format::Elements,
    Format::Html,
];

const DOCS: [CheckDoc<'static>; 4] = [
    CheckDoc {
        name: "broken-build",
        summary: "The change does not build",
        level: Level::Deny,
        help: "Build it.",
    },
    CheckDoc {
        name: "deleted-test",
        summary: "A test is gone",
        level: Level::Deny,
        help: "# deleted-test\n\nText.",
    },
    CheckDoc {
        name: "flaky-test",
        summary: "A test changes its mind",
        level: Level::Warn,
        help: "Rerun it.",
    },
    CheckDoc { name: "stubbed-body", summary: "A body does nothing", level: Level::Deny, help: "Write it." },
];

// ---- every format --------------------------------------------------------------------------------

#[test]
fn no_format_lets_control_characters_or_runner_commands_through() {
    for report in [hostile(), failed()] {
        for format in FORMATS {
            let out = render(&report, format, &options());
            let bad =
                out.chars().find(|c| c.is_control() && *c != '\n' || matches!(c, '\u{202a}'..='\u{202e}'));
            assert_eq!(bad, None, "{format:?}");
            assert!(!out.contains("##[") && !out.contains("##vso["), "{format:?}: {out}");
            let commands: Vec<&str> = out.lines().filter(|l| l.trim_start().starts_with("::")).collect();
            let allowed = |l: &&str| {
                let said = ["::error ", "::warning ", "::notice "].iter().find_map(|p| l.strip_prefix(p));
                said.is_some_and(|of| of.starts_with("file=") || of.starts_with("title="))
            };
            assert!(
                format == Format::Github && commands.iter().all(allowed) || commands.is_empty(),
                "{commands:?}"
            );
            assert!(out.ends_with('\n'), "{format:?}");
        }
    }
}

#[test]
fn rendering_is_deterministic_and_copes_with_an_empty_report() {
    let empty = Report { headline: String::new(), policy: String::new(), out: None, ..passed() };
    let empty = Report { change: None, claims: None, build: None, tests: None, words: Vec::new(), ..empty };
    for format in FORMATS {
        assert_eq!(render(&empty, format, &Options::default()), render(&empty, format, &Options::default()));
    }
}

// ---- json ----------------------------------------------------------------------------------------

#[test]
fn json_is_the_report_and_agrees_with_its_schema() {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for report in [passed(), failed(), inconclusive(), hostile(), many(100)] {
        let out = render(&report, Format::Json, &Options::default());
        let value: Value = serde_json::from_str(&out).unwrap();
        assert_valid(&validator, &value);
        assert_eq!(serde_json::from_value::<Report>(value).unwrap(), report, "reads back as the same report");
    }
    let mut wrong: Value = serde_json::from_str(&render(&failed(), Format::Json, &options())).unwrap();
    wrong["findings"][0]["level"] = "fatal".into();
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn json_has_the_names_that_scripts_rely_on() {
    let value: Value = serde_json::from_str(&render(&failed(), Format::Json, &options())).unwrap();
    for pointer in [
        "/schema_version",
        "/guard",
        "/verdict",
        "/change/base",
        "/change/head",
        "/change/merge_base",
        "/change/files",
        "/findings/0/check",
        "/findings/0/level",
        "/findings/0/side",
        "/findings/0/end_line",
        "/findings/0/fingerprint",
        "/findings/0/suppressed",
        "/findings/0/evidence/0/kind",
        "/claims/0/source/where",
        "/claims/0/scope/quantifier",
        "/claims/0/looked",
        "/build/base",
        "/tests/head/ignored",
        "/tests/newly_failing",
        "/tests/old_tests_on_new_code/0/outcome",
        "/skipped_checks/0/reason_kind",
        "/timings/phases/0/ms",
    ] {
        assert!(value.pointer(pointer).is_some(), "{pointer} is missing");
    }
    for absent in ["sites", "pairs", "mutants"] {
        assert!(value.get(absent).is_none_or(Value::is_null), "{absent} was not collected");
    }
    assert_eq!(value["verdict"], "fail");
    assert_eq!(value["build"]["base"], "not-run");
}

#[test]
fn the_committed_schema_is_the_generated_one() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(SCHEMA_PATH);
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == schema(), "{SCHEMA_PATH} is out of date: run `cargo xtask schema`");
}

// ---- sarif ---------------------------------------------------------------------------------------

#[test]
fn sarif_is_valid() {
    let validator = jsonschema::validator_for(&sarif_schema()).unwrap();
    for report in [passed(), failed(), inconclusive(), hostile(), many(100)] {
        assert_valid(&validator, &sarif(&report));
    }
}

#[test]
fn sarif_gives_every_result_a_rule_a_place_and_an_identity() {
    let log = sarif(&failed());
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), failed().findings.len());
    let mut identities = std::collections::BTreeSet::new();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["artifactLocation"]["uri"].as_str().is_some_and(|uri| !uri.is_empty()));
        assert!(place["region"]["startLine"].as_u64().is_some_and(|line| line > 0));
        assert!(identities.insert(result["partialFingerprints"].to_string()));
    }
    let of = |check: &str| results.iter().find(|r| r["ruleId"] == check).unwrap();
    assert_eq!(
        of("miscounted-tests")["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "src/lib.rs"
    );
    assert_eq!(
        of("deleted-test")["locations"][0]["physicalLocation"]["region"]["startLine"],
        1,
        "a line of base"
    );
    assert_eq!(of("ignored-test")["suppressions"][0]["justification"], "needs hardware, see ticket 12");
    assert_eq!(of("deleted-test")["suppressions"], serde_json::json!([]));
}

#[test]
fn sarif_keeps_the_limits_and_says_what_was_cut() {
    let mut report = many(10_000);
    report.findings[0].evidence = vec![site("x", "src/a.rs", 1); 3_000];
    report.findings[1].evidence = (1..3_000).map(|n| site("x", "src/a.rs", n)).collect();
    let log = sarif(&report);
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 5_000);
    assert!(run["results"].as_array().unwrap().iter().all(|r| r["level"] == "error"), "the worst are kept");
    assert_eq!(run["results"][0]["relatedLocations"].as_array().unwrap().len(), 1);
    assert_eq!(run["results"][1]["relatedLocations"].as_array().unwrap().len(), 100);
    let note = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(note.starts_with("5000 of 10000 findings"), "{note}");

    report.findings.truncate(3_000);
    for finding in &mut report.findings {
        finding.message = "é".repeat(5_000);
    }
    let out = render(&report, Format::Sarif, &options());
    assert!(out.len() < 10_000_000, "{} bytes", out.len());
    assert_valid(&jsonschema::validator_for(&sarif_schema()).unwrap(), &serde_json::from_str(&out).unwrap());
}

// ---- junit ---------------------------------------------------------------------------------------

#[test]
fn junit_has_a_case_for_every_check_and_claim() {
    insta::assert_snapshot!(render(&failed(), Format::Junit, &options()), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="guard" tests="19" skipped="6" failures="7" errors="0">
        <testsuite name="guard" tests="13" skipped="4" errors="0" failures="4" time="12.353">
            <testcase name="verdict" classname="guard">
                <failure message="fail: 2 of 43 tests fail, 1 test is gone, 1 was rewritten to agree" type="fail"/>
            </testcase>
            <testcase name="broken-build" classname="guard.checks"/>
            <testcase name="deleted-test" classname="guard.checks">
                <failure message="`tests::rejects_empty` is gone, and no other test has its body" type="deny">src/parser.rs:212 (base): deny: `tests::rejects_empty` is gone, and no other test has its body
      test: it ran and passed at base; head&apos;s run does not list it
      session: “Cleaned up obsolete tests” (7c1f9a52.jsonl:412)
      help: Bring the test back, or say in the commit message why it went.
    </failure>
            </testcase>
            <testcase name="drifted-copy" classname="guard.checks">
                <skipped message="not part of mode commit"/>
            </testcase>
            <testcase name="edited-policy" classname="guard.checks">
                <system-out>guard.toml:3: note: this change edits `guard.toml`; base&apos;s version was used
      diff: `fail-on` goes from `deny` to `allow`
    </system-out>
            </testcase>
            <testcase name="flaky-test" classname="guard.checks"/>
            <testcase name="ignored-test" classname="guard.checks">
                <system-out>src/usb.rs:9: deny: `tests::usb` does not run any more
      accepted by the policy: needs hardware, see ticket 12
      site: `#[ignore]`
    </system-out>
            </testcase>
            <testcase name="miscounted-tests" classname="guard.checks">
                <failure message="the agent says that all 43 tests pass; 2 of 43 fail" type="deny">deny: the agent says that all 43 tests pass; 2 of 43 fail
      test: guard&apos;s run: 40 passed, 2 failed, 1 ignored
    </failure>
            </testcase>
            <testcase name="missed-mutant" classname="guard.checks">
                <skipped message="not part of mode commit"/>
            </testcase>
            <testcase name="rewritten-expectation" classname="guard.checks">
                <failure message="`tests::sums` was changed to agree with the new code: base&apos;s version of it fails on head" type="deny">crates/accounting-engine/src/ledger/reconciliation/statements/tests/sums.rs:31: deny: `tests::sums` was changed to agree with the new code: base&apos;s version of it fails on head
      test: base&apos;s test on head&apos;s code: assertion `left == right` failed: left: 41, right: 42
      site: head expects 41
      site: the code that it calls changed here (src/ledger.rs:88)
      help: Decide which of the two is right; if it is the new one, say so.
    </failure>
            </testcase>
            <testcase name="skipped-section" classname="guard.checks">
                <skipped message="not part of mode commit"/>
            </testcase>
            <testcase name="slower-code" classname="guard.checks">
                <skipped message="not part of mode commit"/>
            </testcase>
            <testcase name="stubbed-body" classname="guard.checks">
                <system-out>src/ledger.rs:140: warn: `Ledger::close` does nothing but return a constant
      site: `Ok(())`
    </system-out>
            </testcase>
        </testsuite>
        <testsuite name="guard claims" tests="6" skipped="2" errors="0" failures="3">
            <testcase name="c1 All 43 tests pass" classname="guard.claims">
                <failure message="contradicted: guard&apos;s run: 40 passed, 2 failed, 1 ignored" type="contradicted">test: guard&apos;s run: 40 passed, 2 failed, 1 ignored
    said in: 7c1f9a52.jsonl:801</failure>
            </testcase>
            <testcase name="c2 Cleaned up obsolete tests" classname="guard.claims"/>
            <testcase name="c3 Update all `CallManager` logging statements to the new macros" classname="guard.claims">
                <failure message="partial: 18 of 41: `info!` is still used here and in 22 other places (src/CallManager.cpp:212)" type="partial">site: `info!` is still used here and in 22 other places (src/CallManager.cpp:212)
    said in: 7c1f9a52.jsonl:803</failure>
            </testcase>
            <testcase name="c4 tests: all green" classname="guard.claims">
                <failure message="contradicted" type="contradicted">said in: 7c1f9a52.jsonl:804</failure>
            </testcase>
            <testcase name="c5 Parsing is 40% faster" classname="guard.claims">
                <skipped message="unsupported (not looked at)" type="unsupported">said in: 7c1f9a52.jsonl:805</skipped>
            </testcase>
            <testcase name="c6 Added a regression test for the overflow" classname="guard.claims">
                <skipped message="unsupported" type="unsupported">said in: 7c1f9a52.jsonl:806</skipped>
            </testcase>
        </testsuite>
    </testsuites>
    "#);
}

#[test]
fn junit_of_an_inconclusive_run_is_not_green() {
    let out = render(&inconclusive(), Format::Junit, &options());
    let report = quick_junit::Report::deserialize_from_str(&out).unwrap();
    assert_eq!((report.errors, report.failures), (1, 0));
}

#[test]
fn junit_reads_back() {
    for report in [passed(), failed(), hostile(), many(500)] {
        let out = render(&report, Format::Junit, &options());
        quick_junit::Report::deserialize_from_str(&out).unwrap();
    }
}

// ---- github --------------------------------------------------------------------------------------

#[test]
fn annotations_are_one_line_each() {
    insta::assert_snapshot!(render(&failed(), Format::Github, &options()), @"
    ::error file=src/parser.rs,title=guard%3A deleted-test::`tests::rejects_empty` is gone, and no other test has its body (line 212 before the change)%0Atest: it ran and passed at base; head's run does not list it%0Asession: “Cleaned up obsolete tests” (7c1f9a52.jsonl:412)%0Ahelp: Bring the test back, or say in the commit message why it went.
    ::error file=crates/accounting-engine/src/ledger/reconciliation/statements/tests/sums.rs,line=31,title=guard%3A rewritten-expectation::`tests::sums` was changed to agree with the new code: base's version of it fails on head%0Atest: base's test on head's code: assertion `left == right` failed: left: 41, right: 42%0Asite: head expects 41%0Asite: the code that it calls changed here (src/ledger.rs:88)%0Ahelp: Decide which of the two is right; if it is the new one, say so.
    ::error title=guard%3A miscounted-tests::the agent says that all 43 tests pass; 2 of 43 fail%0Atest: guard's run: 40 passed, 2 failed, 1 ignored
    ::warning file=src/ledger.rs,line=140,endLine=140,title=guard%3A stubbed-body::`Ledger::close` does nothing but return a constant%0Asite: `Ok(())`
    ::notice file=guard.toml,line=3,title=guard%3A edited-policy::this change edits `guard.toml`; base's version was used%0Adiff: `fail-on` goes from `deny` to `allow`
    guard: fail: 2 of 43 tests fail, 1 test is gone, 1 was rewritten to agree
    ");
}

#[test]
fn annotations_keep_ten_of_each_level() {
    let out = render(&many(1_000), Format::Github, &options());
    for command in ["::error ", "::warning ", "::notice "] {
        assert_eq!(out.lines().filter(|l| l.starts_with(command)).count(), 10, "{command}");
    }
    assert!(out.ends_with("guard: 970 more findings in the job summary and in the report\n"), "{out}");
    let out = render(&inconclusive(), Format::Github, &options());
    assert!(out.starts_with("::warning title=guard::inconclusive"), "{out}");
}

// ---- markdown ------------------------------------------------------------------------------------

#[test]
fn a_comment_folds_its_details() {
    insta::assert_snapshot!(render(&failed(), Format::Markdown, &options()), @r#"
    <!-- guard:report -->
    ### ❌ guard: fail: 2 of 43 tests fail, 1 test is gone, 1 was rewritten to agree

    3 files, +40 -12; work tree against 4b825dc6 (merge base with origin/main)

    <details><summary>🔴 <b>deny</b> <code>deleted-test</code> <code>tests&#58;&#58;rejects&#95;empty</code> is gone, and no other test has its body</summary>

    at <code>src/parser.rs:212 (base)</code>

    ```rs
    #[test]
    fn rejects_empty() {
        let error = parse("").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Empty, "an empty input is an error and not an empty list");
    }
    ```

    - test: it ran and passed at base; head's run does not list it
    - session: “Cleaned up obsolete tests” (7c1f9a52.jsonl:412)
    - help: Bring the test back, or say in the commit message why it went.

    </details>

    <details><summary>🔴 <b>deny</b> <code>rewritten-expectation</code> <code>tests&#58;&#58;sums</code> was changed to agree with the new code: base's version of it fails on head</summary>

    at <code>crates/accounting-engine/src/ledger/reconciliation/statements/tests/sums.rs:31</code>

    - test: base's test on head's code: assertion <code>left == right</code> failed: left: 41, right: 42
    - site: head expects 41
    - site: the code that it calls changed here (src/ledger.rs:88)
    - help: Decide which of the two is right; if it is the new one, say so.

    </details>

    <details><summary>🔴 <b>deny</b> <code>miscounted-tests</code> the agent says that all 43 tests pass; 2 of 43 fail</summary>

    - test: guard's run: 40 passed, 2 failed, 1 ignored

    </details>

    <details><summary>🟡 <b>warn</b> <code>stubbed-body</code> <code>Ledger&#58;&#58;close</code> does nothing but return a constant</summary>

    at <code>src/ledger.rs:140</code>

    ```rs
    fn close(&mut self) -> Result<()> {
        Ok(())
    }
    ```

    - site: <code>Ok(())</code>

    </details>

    <details><summary>🔵 <b>note</b> <code>edited-policy</code> this change edits <code>guard.toml</code>; base's version was used</summary>

    at <code>guard.toml:3</code>

    - diff: <code>fail-on</code> goes from <code>deny</code> to <code>allow</code>

    </details>

    1 finding accepted by the policy.

    #### What the agent said

    | verdict | claim | evidence |
    |---|---|---|
    | **contradicted** | All 43 tests pass | guard's run: 40 passed, 2 failed, 1 ignored |
    | partial | Update all <code>CallManager</code> logging statements to the new macros | 18 of 41: <code>info&#33;</code> is still used here and in 22 other places (src/CallManager.cpp:212) |
    | unsupported | Added a regression test for the overflow |  |
    | verified | Cleaned up obsolete tests |  |

    <details><summary>What was measured and read</summary>

    - found: 3 deny, 1 warn, 1 note
    - claims: 6 read: 2 contradicted, 1 partial, 1 unsupported, 1 verified, 1 not looked at
    - build: head ok
    - tests: 40 passed, 2 failed, 1 ignored (base: 42 passed); 2 newly failing, 1 removed, 1 newly ignored, 2 added; base's tests on head's code: 1 passed, 1 failed
    - change: 3 files, +40 -12; work tree against 4b825dc6 (merge base with origin/main)
    - words: 7c1f9a52.jsonl (newest session of this repository, Claude Code 2.1.17); 2 commit messages
    - policy: built-in default
    - skipped: not part of mode commit: missed-mutant, skipped-section and 2 more

    guard 0.1.0, mode commit
    </details>
    "#);
}

#[test]
fn hostile_text_cannot_leave_its_place_in_a_comment() {
    let out = render(&hostile(), Format::Markdown, &options());
    for markup in ["<script", "<!-- x", "@octocat", "](http", "**bold**", "https://evil"] {
        assert!(!outside_fences(&out).contains(markup), "{markup}: {out}");
    }
    let count = |what: &str| outside_fences(&out).matches(what).count();
    assert_eq!(count("<details"), count("</details>"));
    assert_eq!(count("<!--"), 1, "only the marker");
}

#[test]
fn comments_and_summaries_keep_their_size() {
    let mut report = many(10_000);
    report.claims =
        Some((0..2_000).map(|n| claim(n, &"@x ".repeat(500), ClaimVerdict::Contradicted)).collect());
    report.headline = "fail: ".to_owned() + &"x".repeat(100_000);
    let comment = render(&report, Format::Markdown, &options());
    assert!(comment.len() <= 65_536 && comment.len() > 30_000, "{}", comment.len());
    assert!(comment.contains("more findings** in the report"), "{comment}");
    let summary = render(&report, Format::GithubSummary, &options());
    assert!(summary.len() <= 1024 * 1024 && summary.len() > 900_000, "{}", summary.len());
    assert!(summary.contains("more findings** in the report"));
}

// ---- gitlab, rdjson ------------------------------------------------------------------------------

#[test]
fn gitlab_fingerprints_are_unique() {
    let mut report = failed();
    report.findings.push(report.findings[0].clone());
    let value: Value = serde_json::from_str(&render(&report, Format::Gitlab, &options())).unwrap();
    let issues = value.as_array().unwrap();
    let prints: std::collections::BTreeSet<&str> =
        issues.iter().map(|i| i["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), issues.len());
    assert_eq!(issues.len(), 6, "accepted findings are left out");
    for issue in issues {
        assert!(
            ["info", "minor", "major", "critical", "blocker"].contains(&issue["severity"].as_str().unwrap())
        );
        assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() > 0);
        assert!(!issue["location"]["path"].as_str().unwrap().starts_with("./"));
    }
    assert_eq!(
        issues[0],
        serde_json::json!({
          "check_name": "deleted-test",
          "description": "`tests::rejects_empty` is gone, and no other test has its body",
          "fingerprint": "deleted-test-1e64",
          "location": {
            "lines": {
              "begin": 1
            },
            "path": "src/parser.rs"
          },
          "severity": "critical"
        })
    );
}

#[test]
fn rdjson_has_a_diagnostic_for_every_finding_that_counts() {
    let value: Value = serde_json::from_str(&render(&failed(), Format::Rdjson, &options())).unwrap();
    assert_eq!(value["severity"], "ERROR");
    assert_eq!(value["diagnostics"].as_array().unwrap().len(), 5);
    assert_eq!(
        value["diagnostics"][1],
        serde_json::json!({
          "code": {
            "value": "rewritten-expectation"
          },
          "location": {
            "path": "crates/accounting-engine/src/ledger/reconciliation/statements/tests/sums.rs",
            "range": {
              "start": {
                "line": 31
              }
            }
          },
          "message": "`tests::sums` was changed to agree with the new code: base's version of it fails on head\ntest: base's test on head's code: assertion `left == right` failed: left: 41, right: 42\nsite: head expects 41\nsite: the code that it calls changed here (src/ledger.rs:88)\nhelp: Decide which of the two is right; if it is the new one, say so.",
          "severity": "ERROR"
        })
    );
}

// ---- helpers -------------------------------------------------------------------------------------

#[test]
fn mutants_are_what_the_fields_viewers_read() {
    let text = "pub fn half(n: u32) -> u32 {\n    n / 2\n}\n";
    let files = [MutatedFile { path: "src/lib.rs".to_owned(), text: text.to_owned() }];
    let mut report = passed();
    report.mutants = Some(MutantSummary::from(&mutants()));
    let options = Options { mutated: &files, ..options() };
    let value: Value = serde_json::from_str(&render(&report, Format::Elements, &options)).unwrap();
    let schema = serde_json::from_str(include_str!("../schemas/mutation-testing-2-as-written.json"))
        .expect("valid JSON");
    assert_valid(&jsonschema::validator_for(&schema).unwrap(), &value);
    let file = &value["files"]["src/lib.rs"];
    assert_eq!(file["source"], text);
    let statuses: Vec<&str> =
        file["mutants"].as_array().unwrap().iter().map(|m| m["status"].as_str().unwrap()).collect();
    assert_eq!(
        statuses,
        ["Killed", "Survived", "Timeout", "CompileError", "NoCoverage", "Ignored", "Ignored"]
    );
    assert_eq!(value["testFiles"]["unit"]["tests"][0]["id"], file["mutants"][0]["killedBy"][0]);
}

fn options() -> Options<'static> {
    Options { docs: &DOCS, anchor: Some("src/lib.rs"), ..Options::default() }
}

fn sarif(report: &Report) -> Value {
    serde_json::from_str(&render(report, Format::Sarif, &options())).expect("valid JSON")
}

fn assert_valid(validator: &jsonschema::Validator, value: &Value) {
    let errors: Vec<String> =
        validator.iter_errors(value).take(5).map(|e| format!("{} at {}", e, e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// The part of SARIF 2.1.0 that guard writes, stricter than the standard's own schema: every object is
/// closed, and what code scanning needs is required.
fn sarif_schema() -> Value {
    serde_json::from_str(include_str!("../schemas/sarif-2.1.0-as-written.json")).expect("valid JSON")
}

/// Markdown without fenced code, where everything is literal.
fn outside_fences(text: &str) -> String {
    let mut fence: Option<&str> = None;
    let mut out = String::new();
    for line in text.lines() {
        let marks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if marks.len() >= 3 => fence = Some(marks),
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    assert_eq!(fence, None, "a fence is never closed");
    out
}
