//! The reports that the tests render.

use guard_model::claim::{ClaimScope, ClaimSource, ClaimVerdict};
use guard_model::evidence::{Phase, Snippet};
use guard_model::finding::Suppressed;
use guard_model::lab::{CellOutcome, SandboxReport, TestId};
use guard_model::report::{
    BuildSummary, BuildWord, CellEntry, ChangeSummary, SkipKind, SkippedCheck, TaskLeft, TaskSummary,
    TestCounts, TestSummary,
};
use guard_model::words::{WordsFormat, WordsInput};
use guard_model::{
    Claim, ClaimKind, EvidenceItem, EvidenceKind, Finding, Level, Mode, MutantOutcome, MutantRecord,
    MutantRun, Report, Side, SourceKind, Timings, Verdict,
};

pub(crate) fn passed() -> Report {
    Report {
        schema_version: 1,
        guard: "0.1.0".to_owned(),
        verdict: Verdict::Pass,
        headline: "pass: head builds, 43 tests pass, and nothing was weakened".to_owned(),
        mode: Mode::Commit,
        repository: "parser".to_owned(),
        change: Some(ChangeSummary {
            base: "4b825dc642cb6eb9a060e54bf8d69288fbee4904".to_owned(),
            head: "worktree".to_owned(),
            merge_base: None,
            base_reason: "merge base with origin/main".to_owned(),
            files: 3,
            added: 40,
            removed: 12,
        }),
        policy: "built-in default".to_owned(),
        fail_on: Level::Deny,
        no_session: None,
        words: vec![
            WordsInput {
                format: WordsFormat::ClaudeTranscript,
                place: "7c1f9a52.jsonl".to_owned(),
                reason: "newest session of this repository".to_owned(),
                agent: Some("Claude Code 2.1.17".to_owned()),
                session: Some("7c1f9a52".to_owned()),
                records: 812,
                unknown_records: 0,
                broken_records: 0,
                remarks: Vec::new(),
            },
            commit_message("9f2c1d00"),
            commit_message("9f2c1d01"),
        ],
        findings: Vec::new(),
        sites: None,
        pairs: None,
        tasks: None,
        claims: Some(vec![
            claim(1, "All 43 tests pass", ClaimVerdict::Verified),
            claim(2, "Added a test for empty input", ClaimVerdict::Verified),
            claim(3, "The parser is now production-ready", ClaimVerdict::NotCheckable),
        ]),
        build: Some(BuildSummary { base: BuildWord::NotRun, head: BuildWord::Ok, known_before: Vec::new() }),
        tests: Some(TestSummary {
            head: Some(TestCounts { passed: 43, failed: 0, ignored: 0, filtered: 0 }),
            added: Some(vec!["parser tests::empty".to_owned()]),
            ..TestSummary::default()
        }),
        mutants: None,
        sandbox: Some(SandboxReport {
            writes_confined: true,
            network_closed: true,
            tree_killed: true,
            remarks: Vec::new(),
        }),
        skipped_checks: Vec::new(),
        snippets: Vec::new(),
        timings: Timings {
            collect_ms: 12_345,
            check_ms: 8,
            phases: vec![
                Phase { name: "build head".to_owned(), ms: 8_120 },
                Phase { name: "test head".to_owned(), ms: 3_400 },
            ],
        },
        out: Some("/home/ada/.cache/guard/parser-1a2b3c4d/runs/2026-02-11T02-13-07".to_owned()),
    }
}

pub(crate) fn failed() -> Report {
    let mut deleted = finding(
        "deleted-test",
        Level::Deny,
        "`tests::rejects_empty` is gone, and no other test has its body",
    );
    deleted.path = Some("src/parser.rs".to_owned());
    deleted.side = Side::Base;
    deleted.line = Some(212);
    deleted.end_line = Some(216);
    deleted.claim = Some("c2".to_owned());
    deleted.evidence = vec![
        EvidenceItem::new(EvidenceKind::Test, "it ran and passed at base; head's run does not list it"),
        EvidenceItem::new(EvidenceKind::Session, "“Cleaned up obsolete tests” (7c1f9a52.jsonl:412)"),
    ];
    deleted.help = Some("Bring the test back, or say in the commit message why it went.".to_owned());

    let mut rewritten = finding(
        "rewritten-expectation",
        Level::Deny,
        "`tests::sums` was changed to agree with the new code: base's version of it fails on head",
    );
    rewritten.path =
        Some("crates/accounting-engine/src/ledger/reconciliation/statements/tests/sums.rs".to_owned());
    rewritten.line = Some(31);
    rewritten.evidence = vec![
        EvidenceItem::new(
            EvidenceKind::Test,
            "base's test on head's code: assertion `left == right` failed: left: 41, right: 42",
        ),
        site(
            "head expects 41",
            "crates/accounting-engine/src/ledger/reconciliation/statements/tests/sums.rs",
            31,
        ),
        site("the code that it calls changed here", "src/ledger.rs", 88),
    ];
    rewritten.help = Some("Decide which of the two is right; if it is the new one, say so.".to_owned());

    let mut count =
        finding("miscounted-tests", Level::Deny, "the agent says that all 43 tests pass; 2 of 43 fail");
    count.claim = Some("c1".to_owned());
    count.evidence =
        vec![EvidenceItem::new(EvidenceKind::Test, "guard's run: 40 passed, 2 failed, 1 ignored")];

    let mut stub = finding("stubbed-body", Level::Warn, "`Ledger::close` does nothing but return a constant");
    stub.path = Some("src/ledger.rs".to_owned());
    stub.line = Some(140);
    stub.end_line = Some(140);
    stub.evidence = vec![site("`Ok(())`", "src/ledger.rs", 140)];

    let mut accepted = finding("ignored-test", Level::Deny, "`tests::usb` does not run any more");
    accepted.path = Some("src/usb.rs".to_owned());
    accepted.line = Some(9);
    accepted.evidence = vec![site("`#[ignore]`", "src/usb.rs", 9)];
    accepted.suppressed = Some(Suppressed {
        reason: "needs hardware, see ticket 12".to_owned(),
        until: Some("2026-12-31".to_owned()),
    });

    let mut note =
        finding("edited-policy", Level::Note, "this change edits `guard.toml`; base's version was used");
    note.path = Some("guard.toml".to_owned());
    note.line = Some(3);
    note.evidence = vec![EvidenceItem::new(EvidenceKind::Diff, "`fail-on` goes from `deny` to `allow`")];

    let mut said = claim(1, "All 43 tests pass", ClaimVerdict::Contradicted);
    said.group = Some("g1".to_owned());
    said.evidence =
        vec![EvidenceItem::new(EvidenceKind::Test, "guard's run: 40 passed, 2 failed, 1 ignored")];
    let mut again = claim(4, "tests: all green", ClaimVerdict::Contradicted);
    again.group = Some("g1".to_owned());
    let mut part =
        claim(3, "Update all `CallManager` logging statements to the new macros", ClaimVerdict::Partial);
    (part.done, part.total) = (Some(18), Some(41));
    part.evidence =
        vec![site("`info!` is still used here and in 22 other places", "src/CallManager.cpp", 212)];
    let mut unlooked = claim(5, "Parsing is 40% faster", ClaimVerdict::Unsupported);
    unlooked.looked = false;
    let missing = claim(6, "Added a regression test for the overflow", ClaimVerdict::Unsupported);

    Report {
        verdict: Verdict::Fail,
        headline: "fail: 2 of 43 tests fail, 1 test is gone, 1 was rewritten to agree".to_owned(),
        findings: vec![deleted, rewritten, count, stub, note, accepted],
        sites: None,
        pairs: None,
        tasks: None,
        claims: Some(vec![
            said,
            claim(2, "Cleaned up obsolete tests", ClaimVerdict::Verified),
            part,
            again,
            unlooked,
            missing,
        ]),
        tests: Some(TestSummary {
            base: Some(TestCounts { passed: 42, failed: 0, ignored: 0, filtered: 0 }),
            head: Some(TestCounts { passed: 40, failed: 2, ignored: 1, filtered: 0 }),
            added: Some(vec!["parser tests::a".to_owned(), "parser tests::b".to_owned()]),
            removed: Some(vec!["parser tests::rejects_empty".to_owned()]),
            renamed: Some(Vec::new()),
            newly_ignored: Some(vec!["parser tests::usb".to_owned()]),
            newly_failing: Some(vec!["parser tests::x".to_owned(), "parser tests::y".to_owned()]),
            flaky: None,
            old_tests_on_new_code: Some(vec![
                CellEntry { id: "parser tests::sums".to_owned(), outcome: CellOutcome::Failed },
                CellEntry { id: "parser tests::other".to_owned(), outcome: CellOutcome::Passed },
            ]),
            new_tests_on_old_code: None,
        }),
        skipped_checks: skipped(
            &["missed-mutant", "skipped-section", "drifted-copy", "slower-code"],
            SkipKind::Mode,
            "not part of mode commit",
        ),
        snippets: vec![
            Snippet {
                path: "src/parser.rs".to_owned(),
                side: Side::Base,
                first_line: 211,
                lines: [
                    "",
                    "    #[test]",
                    "    fn rejects_empty() {",
                    "        let error = parse(\"\").unwrap_err();",
                    "        assert_eq!(error.kind(), ErrorKind::Empty, \"an empty input is an error and not an empty list\");",
                    "    }",
                    "",
                    "    #[test]",
                ]
                .map(str::to_owned)
                .to_vec(),
            },
            Snippet {
                path: "src/ledger.rs".to_owned(),
                side: Side::Head,
                first_line: 138,
                lines: ["impl Ledger {", "\tfn close(&mut self) -> Result<()> {", "\t\tOk(())", "\t}", "}"]
                    .map(str::to_owned)
                    .to_vec(),
            },
        ],
        ..passed()
    }
}

pub(crate) fn inconclusive() -> Report {
    let mut skips = skipped(
        &["broken-build", "failing-test", "deleted-test", "green-on-base", "flaky-test", "unrun-tests"],
        SkipKind::MissingTool,
        "`cmake` is not installed, and the build script of `libz-sys` needs it: install cmake and run again",
    );
    skips.extend(skipped(
        &["rewritten-expectation"],
        SkipKind::Budget,
        "budget of 60 s used up after 20 of 31 tests",
    ));
    skips.extend(skipped(&["missed-mutant"], SkipKind::Mode, "not part of mode commit"));
    Report {
        verdict: Verdict::Inconclusive,
        headline: "inconclusive: head could not be built, so nothing is known about its tests".to_owned(),
        words: vec![WordsInput { records: 6, ..commit_message("9f2c1d00") }],
        sites: None,
        pairs: None,
        tasks: None,
        claims: Some(vec![{
            let mut claim = claim(1, "All tests pass", ClaimVerdict::Unsupported);
            claim.looked = false;
            claim
        }]),
        build: Some(BuildSummary {
            base: BuildWord::NotRun,
            head: BuildWord::NotRun,
            known_before: Vec::new(),
        }),
        tests: None,
        sandbox: Some(SandboxReport {
            writes_confined: false,
            network_closed: true,
            tree_killed: true,
            remarks: vec!["this kernel has no Landlock (5.13 or newer)".to_owned()],
        }),
        skipped_checks: skips,
        ..passed()
    }
}

pub(crate) fn hostile() -> Report {
    let nasty = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m``` </details><script>alert(1)</script> <!-- x --> @octocat #1 \
                 [click](https://evil.example) **bold** | cell ]]> \u{202e}drawkcab\u{0}\u{ffff} %0A,:\n::error::gotcha\n##[add-mask]x\n##vso[task.x]";
    let mut bad = finding("stubbed-body", Level::Deny, nasty);
    bad.path = Some(
        "src/a\nb\u{1b}[1m,:%@`日本語日本語日本語日本語日本語日本語日本語/日本語日本語日本語日本語日本語.rs"
            .to_owned(),
    );
    bad.line = Some(1);
    bad.evidence = vec![
        EvidenceItem::new(EvidenceKind::Session, nasty),
        EvidenceItem::new(EvidenceKind::Build, "x".repeat(500)),
    ];
    bad.help = Some(nasty.to_owned());
    let mut wordy = finding("x\u{1b}[m]\n::stop-commands::", Level::Warn, "::add-path::/tmp");
    wordy.evidence = vec![EvidenceItem::new(EvidenceKind::Diff, "::set-env name=PATH::/tmp")];
    let mut said = claim(1, nasty, ClaimVerdict::Contradicted);
    said.evidence = vec![EvidenceItem::new(EvidenceKind::Test, nasty)];
    let left = TaskLeft { subject: nasty.to_owned(), place: nasty.to_owned() };
    let mut report = Report {
        verdict: Verdict::Fail,
        headline: format!("fail: {nasty}"),
        findings: vec![bad.clone(), wordy],
        sites: None,
        pairs: None,
        tasks: Some(TaskSummary { open: vec![left.clone()], dropped: vec![left], done: 0 }),
        claims: Some(vec![said]),
        skipped_checks: skipped(&[nasty], SkipKind::Input, nasty),
        snippets: vec![Snippet {
            path: bad.path.clone().expect("set above"),
            side: Side::Head,
            first_line: 1,
            lines: vec![nasty.replace('\n', " "), "```````` ##[endgroup]".to_owned(), "::group::".to_owned()],
        }],
        repository: nasty.to_owned(),
        policy: nasty.to_owned(),
        out: Some(nasty.to_owned()),
        ..passed()
    };
    report.words[0].place = nasty.to_owned();
    report.words[0].remarks = vec![nasty.to_owned()];
    report
}

/// Half deny, a third warn, the rest notes; worst first.
pub(crate) fn many(n: usize) -> Report {
    let findings = (0..n).map(|i| {
        let (check, level) = match i * 6 / n {
            0..3 => ("deleted-test", Level::Deny),
            3..5 => ("flaky-test", Level::Warn),
            _ => ("unrun-tests", Level::Note),
        };
        let mut finding = finding(check, level, &format!("finding number {i}"));
        finding.path = Some(format!("src/file_{}.rs", i % 100));
        finding.line = Some(u32::try_from(i + 1).expect("few"));
        finding.evidence = vec![EvidenceItem::new(EvidenceKind::Diff, "shown by the change")];
        finding
    });
    Report {
        verdict: Verdict::Fail,
        headline: format!("fail: {n} findings"),
        findings: findings.collect(),
        ..passed()
    }
}

pub(crate) fn finding(check: &str, level: Level, message: &str) -> Finding {
    Finding {
        check: check.to_owned(),
        level,
        message: message.to_owned(),
        path: None,
        side: Side::Head,
        line: None,
        end_line: None,
        claim: None,
        evidence: Vec::new(),
        help: None,
        fingerprint: format!(
            "{check}-{:x}",
            message.len() * 31 + message.bytes().map(usize::from).sum::<usize>()
        ),
        suppressed: None,
    }
}

pub(crate) fn claim(id: usize, text: &str, verdict: ClaimVerdict) -> Claim {
    Claim {
        id: format!("c{id}"),
        text: text.to_owned(),
        source: ClaimSource { kind: SourceKind::FinalMessage, place: format!("7c1f9a52.jsonl:{}", 800 + id) },
        kind: ClaimKind::TestResult,
        scope: ClaimScope::default(),
        verdict,
        looked: true,
        group: None,
        done: None,
        total: None,
        evidence: Vec::new(),
    }
}

pub(crate) fn site(message: &str, path: &str, line: u32) -> EvidenceItem {
    EvidenceItem::new(EvidenceKind::Site, message).at(Side::Head, path, Some(line))
}

pub(crate) fn commit_message(id: &str) -> WordsInput {
    WordsInput {
        format: WordsFormat::CommitMessage,
        place: id.to_owned(),
        reason: "commit of the range".to_owned(),
        agent: None,
        session: None,
        records: 1,
        unknown_records: 0,
        broken_records: 0,
        remarks: Vec::new(),
    }
}

pub(crate) fn skipped(checks: &[&str], reason_kind: SkipKind, reason: &str) -> Vec<SkippedCheck> {
    let one = |check: &&str| SkippedCheck {
        check: (*check).to_owned(),
        reason_kind,
        reason: reason.to_owned(),
        log: None,
    };
    checks.iter().map(one).collect()
}

/// A mutant of each outcome.
pub(crate) fn mutants() -> MutantRun {
    use MutantOutcome::{Caught, Missed, NotCompiled, NotRun, Timeout, Uncovered, Unviable};
    let test = || TestId { suite: "unit".to_owned(), name: "tests::halves".to_owned() };
    let list =
        [Caught, Missed, Timeout, Unviable, Uncovered, NotCompiled, NotRun].map(|outcome| MutantRecord {
            path: "src/lib.rs".to_owned(),
            line: 2,
            column: 7,
            end_line: 2,
            end_column: 8,
            operator: "binary-operator".to_owned(),
            function: Some("half".to_owned()),
            replacement: "replace / with * in half".to_owned(),
            inserted: "*".to_owned(),
            diff: "-    n / 2\n+    n * 2\n".to_owned(),
            outcome,
            reason: None,
            own_build: false,
            with_doctests: false,
            kept: false,
            tests_run: 1,
            reached_by: vec![test()],
            more_reach: 0,
            caught_by: (outcome == Caught).then(test),
            said: None,
            caught_how: None,
            ms: 3,
        });
    MutantRun { list: list.to_vec(), ..MutantRun::default() }
}
