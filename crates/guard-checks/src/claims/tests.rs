//! Sentences to claims, and claims with evidence to verdicts: tables of what was said and what follows.

use std::collections::BTreeMap;

use guard_model::evidence::{ChangedLines, NumberedLine};
use guard_model::policy::{Budget, CargoPolicy, HookReaction, Limits, PathPolicy, SandboxPolicy, UseNextest};
use guard_model::words::{
    CommandOutcome, EditOutcome, ExitTrust, FileEdit, OutputReading, Purpose, TaskStep,
};
use guard_model::{
    Change, ChangeKind, Claim, ClaimKind, ClaimVerdict, Command, Commit, Event, EventKind, Evidence,
    FileChange, FileKind, Hunk, Language, Level, Mode, Policy, Quantifier, Side, Snapshot, SnapshotKind,
    SourceKind, Speaker, Statement, StatementKind, Task, TaskStatus, Timings, Words,
};

use super::extract::read_text;
use super::{extract, settle};

use ClaimKind as K;

mod lines;
mod runs;

/// What is read of `text`, as kind and text.
fn read(text: &str, source: SourceKind, subject: bool) -> Vec<(ClaimKind, String)> {
    read_text(text, source, subject).into_iter().map(|f| (f.kind, f.text)).collect()
}

fn expect(text: &str, source: SourceKind, subject: bool, expected: &[(ClaimKind, &str)]) {
    let expected: Vec<(ClaimKind, String)> = expected.iter().map(|(k, t)| (*k, (*t).to_owned())).collect();
    assert_eq!(read(text, source, subject), expected, "{text}");
}

#[test]
fn what_a_commit_asserts_is_a_claim_of_its_kind() {
    for (text, expected) in [
        ("Add retry policy to the client", vec![(K::Add, "Add retry policy to the client")]),
        ("feat(net)!: drop the old codec (#12)", vec![(K::Remove, "drop the old codec")]),
        ("parser: rename `Tok` to `Token`", vec![(K::Rename, "rename `Tok` to `Token`")]),
        ("[ABC-12] Fix overflow in `len()`", vec![(K::Fix, "Fix overflow in `len()`")]),
        (
            "Replace `log` with `tracing` throughout",
            vec![(K::Replace, "Replace `log` with `tracing` throughout")],
        ),
        ("docs: document the cache format", vec![(K::Docs, "document the cache format")]),
        ("Bump serde to 1.0.200", vec![(K::Dependency, "Bump serde to 1.0.200")]),
        ("make clippy happy", vec![(K::LintResult, "make clippy happy")]),
        ("Simplify the scheduler loop", vec![(K::Update, "Simplify the scheduler loop")]),
        (
            "Add regression test for empty frames",
            vec![(K::TestAdded, "Add regression test for empty frames")],
        ),
        ("Speed up decoding by 40%", vec![(K::Performance, "Speed up decoding by 40%")]),
        ("wip", vec![]),
        ("Merge branch 'main' into topic", vec![]),
        ("Revert \"Add retry policy\"", vec![]),
    ] {
        expect(text, SourceKind::Commit, true, &expected);
    }
}

#[test]
fn a_list_of_changes_is_read_item_by_item() {
    let text = "\
feat: retries

This commit adds a retry policy. Before, requests failed at once.

## Changes
- `src/client.rs`: Added `RetryPolicy`, removed `Once` and updated all callers
- Support for jittered delays
- Fixed a leak (found by Ann), because it was there
- [ ] Remove the shim
- ❌ Windows support

## Next steps
- Add metrics

## Testing
- All 12 tests pass
- `cargo test -p client` (12 tests)
- clippy is clean

Co-Authored-By: Someone <s@example.com>
";
    expect(
        text,
        SourceKind::Commit,
        true,
        &[
            (K::Add, "This commit adds a retry policy"),
            (K::Add, "Added `RetryPolicy`"),
            (K::Remove, "removed `Once`"),
            (K::Update, "updated all callers"),
            (K::Add, "Support for jittered delays"),
            (K::Fix, "Fixed a leak (found by Ann)"),
            (K::TestResult, "All 12 tests pass"),
            (K::TestResult, "`cargo test -p client` (12 tests)"),
            (K::LintResult, "clippy is clean"),
        ],
    );
}

#[test]
fn what_is_not_asserted_as_done_is_no_claim() {
    for text in [
        "I will add tests for the parser next.",
        "Next, I'll update the callers.",
        "We could remove the old module.",
        "I did not change the public API.",
        "I haven't added tests yet.",
        "If you want, I can add a benchmark.",
        "Should I also remove `foo`?",
        "You should run `cargo test` before merging.",
        "Please add the key to your config.",
        "Run `cargo test` to see it.",
        "I considered replacing the lock with a channel.",
        "I tried to remove the cache.",
        "Previously I added the cache.",
        "The parser uses a hand-written lexer.",
        "The old code returned an error when the file was missing.",
        "> I added tests for everything.",
        "```\nAdded tests\n```",
        "- [ ] Add tests",
        "## Next steps\n- Add tests for the parser\n- Removed code comes back",
        "**Problem**: Removed files stay in the index.",
        "TODO: update the docs",
        "Let me add the tests now.",
        "To fix this, remove the flag.",
        "The tests should pass now.",
        "Would you like me to add tests?",
        "Combined metadata at root includes the session count.",
        "- Required only for mailboxes",
        "### Files changed",
        "Here's what was implemented:",
    ] {
        let found = read(text, SourceKind::FinalMessage, false);
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}

#[test]
fn what_a_final_message_asserts_is_a_claim() {
    for (text, expected) in [
        (
            "I've added a retry policy and removed the old one.",
            vec![(K::Add, "I've added a retry policy"), (K::Remove, "removed the old one")],
        ),
        (
            "All tests pass and linting is clean.",
            vec![(K::TestResult, "All tests pass"), (K::LintResult, "linting is clean")],
        ),
        ("The project builds successfully.", vec![(K::BuildResult, "The project builds successfully")]),
        (
            "The strategy-specific logic has been moved into the strategies.",
            vec![(K::Rename, "The strategy-specific logic has been moved into the strategies")],
        ),
        ("All five files updated.", vec![(K::Update, "All five files updated")]),
        (
            "`LatestVersion` now considers pre-releases.",
            vec![(K::Update, "`LatestVersion` now considers pre-releases")],
        ),
        (
            "## Changes\n- Update the `scan` function to skip links",
            vec![(K::Update, "Update the `scan` function to skip links")],
        ),
        (
            "The two failing tests are pre-existing and unrelated.",
            vec![(K::PreExisting, "The two failing tests are pre-existing and unrelated")],
        ),
        (
            "`slow_start` is flaky: the failure is intermittent.",
            vec![(K::Flaky, "`slow_start` is flaky: the failure is intermittent")],
        ),
        (
            "**Production ready** with robust error handling",
            vec![(K::Superlative, "**Production ready** with robust error handling")],
        ),
        ("No behavior changes.", vec![(K::NoBehaviourChange, "No behavior changes")]),
        (
            "Due to the size of the file, I've updated the most critical ones.",
            vec![(K::Hedge, "I've updated the most critical ones")],
        ),
    ] {
        expect(text, SourceKind::FinalMessage, false, &expected);
    }
}

#[test]
fn scope_names_paths_symbols_quantifier_and_count() {
    type Row =
        (&'static str, ClaimKind, &'static [&'static str], &'static [&'static str], Quantifier, Option<u64>);
    let rows: &[Row] = &[
        (
            "Updated all callers of `Foo::bar()` in src/a.rs",
            K::Update,
            &["src/a.rs"],
            &["Foo::bar"],
            Quantifier::All,
            None,
        ),
        (
            "Added 6 unit tests to tests/cli.rs",
            K::TestAdded,
            &["tests/cli.rs"],
            &[],
            Quantifier::Count,
            Some(6),
        ),
        ("Added two tests", K::TestAdded, &[], &[], Quantifier::Count, Some(2)),
        ("All 1,234 tests pass", K::TestResult, &[], &[], Quantifier::All, Some(1234)),
        ("439/443 tests passing", K::TestResult, &[], &[], Quantifier::Count, Some(439)),
        ("130+ tests passing", K::TestResult, &[], &[], Quantifier::None, None),
        ("5 additional tests now pass", K::TestResult, &[], &[], Quantifier::None, None),
        ("Updated some handlers", K::Update, &[], &[], Quantifier::Some, None),
        ("Added `--force` flag to GitHub login", K::Add, &[], &[], Quantifier::None, None),
        (
            "Moved parse_args and MainLoop into `src/cli/`",
            K::Rename,
            &["src/cli/"],
            &["parse_args", "MainLoop"],
            Quantifier::None,
            None,
        ),
        ("Replaced 14 repetitive checks with a macro", K::Replace, &[], &[], Quantifier::Count, Some(14)),
    ];
    for (text, kind, paths, symbols, quantifier, count) in rows {
        let found = read_text(text, SourceKind::Commit, false);
        let [found] = found.as_slice() else { panic!("{text}: {found:?}") };
        assert_eq!(found.kind, *kind, "{text}");
        assert_eq!(found.scope.paths, *paths, "{text}");
        assert_eq!(found.scope.symbols, *symbols, "{text}");
        assert_eq!((found.scope.quantifier, found.scope.count), (*quantifier, *count), "{text}");
    }
}

#[test]
fn hostile_text_is_read_in_good_time_and_without_panic() {
    let deep = "- ".repeat(5_000);
    let ticks = "`` ` ".repeat(5_000);
    let commas = "added x, ".repeat(5_000);
    let brackets = "(".repeat(20_000);
    for text in [
        deep.as_str(),
        &ticks,
        &commas,
        &brackets,
        "\u{0}\u{202e}İ: ẞ",
        "|||\n|-|",
        "**",
        "- [x]",
        "1.",
        "#",
        "ADDED É: `",
    ] {
        read(text, SourceKind::Commit, true);
        read(text, SourceKind::FinalMessage, false);
    }
}

// ------------------------------------------------------------------ words to claims

fn statement(kind: StatementKind, text: &str, place: &str, order: u32) -> Statement {
    Statement { kind, speaker: Speaker::Agent, text: text.into(), place: place.into(), order, time: None }
}

fn event(kind: EventKind, order: u32) -> Event {
    Event { kind, place: format!("s.jsonl:{order}"), order, time: None, subagent: false, live: true }
}

fn edit(order: u32) -> Event {
    let edit = FileEdit {
        tool: "Edit".into(),
        paths: vec!["src/lib.rs".into()],
        outcome: EditOutcome::Applied,
        error: None,
    };
    event(EventKind::Edit(edit), order)
}

fn ran_tests(order: u32, passed: u64, failed: u64) -> Event {
    event(
        EventKind::Command(Command {
            line: "cargo test".into(),
            cwd: None,
            outcome: CommandOutcome::Succeeded,
            exit_code: Some(0),
            exit_trust: ExitTrust::Trusted,
            masked_by: None,
            purposes: vec![Purpose::Test],
            reading: Some(OutputReading {
                passed: Some(passed),
                failed: Some(failed),
                says_failed: failed > 0,
                line: None,
            }),
            output: String::new(),
        }),
        order,
    )
}

#[test]
fn only_the_last_turn_and_late_results_of_the_way_are_claims() {
    let mut evidence = empty();
    evidence.words.statements = vec![
        statement(StatementKind::UserRequest, "Added tests? All tests pass?", "s.jsonl:1", 1),
        statement(StatementKind::Plan, "1. Add tests", "s.jsonl:2", 2),
        statement(StatementKind::Message, "All tests pass.", "s.jsonl:3", 3),
        statement(StatementKind::FinalMessage, "I've added a cache.", "s.jsonl:4", 4),
        statement(StatementKind::Message, "I've added the flag. 12 tests pass.", "s.jsonl:6", 6),
        statement(StatementKind::FinalMessage, "I've removed the cache.", "s.jsonl:7", 7),
    ];
    evidence.words.events = vec![edit(5)];
    let claims = extract(&evidence);
    let said: Vec<(&str, &str, &str)> =
        claims.iter().map(|c| (c.id.as_str(), c.text.as_str(), c.source.place.as_str())).collect();
    assert_eq!(said, [("c1", "12 tests pass", "s.jsonl:6"), ("c2", "I've removed the cache", "s.jsonl:7")]);
}

#[test]
fn a_ticked_task_is_one_claim_and_an_open_one_is_none() {
    let task = |subject: &str, status: TaskStatus| Task {
        id: "1".into(),
        subject: subject.into(),
        description: None,
        status,
        history: vec![TaskStep { status, place: "s.jsonl:9".into(), order: 9 }],
    };
    let mut evidence = empty();
    evidence.words.tasks = vec![
        task("Update CallManager logging statements", TaskStatus::Completed),
        task("Run fmt, lint, and tests", TaskStatus::Completed),
        task("Add docs", TaskStatus::InProgress),
        task("Add a bench", TaskStatus::Vanished),
    ];
    let claims: Vec<(ClaimKind, String)> = extract(&evidence).into_iter().map(|c| (c.kind, c.text)).collect();
    assert_eq!(
        claims,
        [
            (K::Update, "Update CallManager logging statements".to_owned()),
            (K::Other, "Run fmt, lint, and tests".to_owned())
        ]
    );
}

#[test]
fn a_task_that_was_ticked_without_an_action_is_shown_as_such() {
    let step = |status, order: u32| TaskStep { status, place: format!("s.jsonl:{order}"), order };
    let task = |subject: &str, history: Vec<TaskStep>| Task {
        id: subject.into(),
        subject: subject.into(),
        description: None,
        status: TaskStatus::Completed,
        history,
    };
    use TaskStatus::{Completed, InProgress};
    let mut evidence = empty();
    evidence.words.tasks = vec![
        task("Update the client", vec![step(InProgress, 1), step(Completed, 3)]),
        task("Update the server", vec![step(InProgress, 4), step(Completed, 5)]),
        task("Update the docs", vec![step(Completed, 7)]),
        task("Update the schema", vec![step(Completed, 7)]),
    ];
    evidence.words.events = vec![edit(2)];
    let mut claims = extract(&evidence);
    settle(&mut claims, &evidence);
    let shown: Vec<Option<&str>> =
        claims.iter().map(|c| c.evidence.first().map(|e| e.message.as_str())).collect();
    assert_eq!(
        shown,
        [
            None,
            Some("ticked at s.jsonl:5; no file was edited and no command run while it was in progress"),
            Some("ticked at s.jsonl:7 with 1 other task in one call, and never in progress"),
            Some("ticked at s.jsonl:7 with 1 other task in one call, and never in progress"),
        ]
    );
}

// ------------------------------------------------------------------ claims to verdicts

fn empty() -> Evidence {
    let snapshot = |name: &str| Snapshot {
        kind: SnapshotKind::Commit,
        commit: None,
        tree: name.into(),
        name: name.into(),
    };
    Evidence {
        schema_version: 1,
        guard: "0".into(),
        mode: Mode::Quick,
        today: "2026-01-01".into(),
        repository: "demo".into(),
        policy: Policy {
            preset: "default".into(),
            fail_on: Level::Deny,
            mode: Mode::Commit,
            on_inconclusive: HookReaction::Allow,
            on_error: HookReaction::Allow,
            levels: BTreeMap::new(),
            require: Vec::new(),
            budget: Budget::default(),
            limits: Limits { build_s: 1, test_s: 1, memory_mib: 1, output_mib: 1, reruns: 2 },
            sandbox: SandboxPolicy::default(),
            cargo: CargoPolicy {
                workspace: true,
                all_targets: false,
                features: Vec::new(),
                all_features: false,
                no_default_features: false,
                doctests: true,
                nextest: UseNextest::Auto,
                args: Vec::new(),
            },
            build: None,
            suites: Vec::new(),
            benches: Vec::new(),
            paths: PathPolicy::default(),
            suppressions: Vec::new(),
        },
        policy_source: "built-in".into(),
        head_policy: None,
        change: Change {
            base: snapshot("base"),
            head: snapshot("head"),
            base_reason: "test".into(),
            merge_base: None,
            files: Vec::new(),
            commits: Vec::new(),
        },
        words: Words::default(),
        sources: Vec::new(),
        lines: Vec::new(),
        lookups: Vec::new(),
        reach: Vec::new(),
        sites: None,
        lab: None,
        snippets: Vec::new(),
        gaps: Vec::new(),
        timings: Timings::default(),
    }
}

/// A change of files: path, text at base, text at head.
fn changed(files: &[(&str, Option<&str>, Option<&str>)]) -> Evidence {
    let mut evidence = empty();
    for (path, base, head) in files {
        let kind = match (base, head) {
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Deleted,
            _ => ChangeKind::Modified,
        };
        let lines = |text: &Option<&str>| text.map_or(0, |t| t.lines().count() as u32);
        evidence.change.files.push(FileChange {
            kind,
            path: (*path).into(),
            old_path: None,
            old_mode: None,
            new_mode: None,
            old_oid: base.map(|_| "1".into()),
            new_oid: head.map(|_| "2".into()),
            content: FileKind::Text,
            language: Language::of_path(path),
            added: lines(head),
            removed: lines(base),
            hunks: vec![Hunk { old_start: 1, old_lines: lines(base), new_start: 1, new_lines: lines(head) }],
        });
        let numbered = |text: &Option<&str>| {
            let lines = text.unwrap_or_default().lines().zip(1u32..);
            lines.map(|(text, line)| NumberedLine { line, text: text.to_owned() }).collect()
        };
        evidence.lines.push(ChangedLines {
            path: (*path).into(),
            removed: numbered(base),
            added: numbered(head),
            cut: false,
        });
        for (side, text) in [(Side::Base, base), (Side::Head, head)] {
            evidence.sources.extend(text.and_then(|t| guard_syntax::facts(path, side, t.as_bytes())));
        }
    }
    evidence
}

fn say(evidence: &mut Evidence, text: &str) -> Claim {
    evidence.words.statements = vec![statement(StatementKind::FinalMessage, text, "s.jsonl:99", 99)];
    let mut claims = extract(evidence);
    settle(&mut claims, evidence);
    assert_eq!(claims.len(), 1, "{text}: {claims:?}");
    claims.remove(0)
}

fn verdict(evidence: &mut Evidence, text: &str) -> (ClaimVerdict, bool) {
    let claim = say(evidence, text);
    (claim.verdict, claim.looked)
}

const VERIFIED: (ClaimVerdict, bool) = (ClaimVerdict::Verified, true);
const CONTRADICTED: (ClaimVerdict, bool) = (ClaimVerdict::Contradicted, true);
const OPEN: (ClaimVerdict, bool) = (ClaimVerdict::Unsupported, true);
const UNSEEN: (ClaimVerdict, bool) = (ClaimVerdict::Unsupported, false);

#[test]
fn what_syntax_shows_settles_additions_removals_and_renames() {
    let base = "pub fn old_name(x: u8) -> u8 { x + 1 }\npub fn gone(x: u8) -> u8 { x }\n";
    let head = "pub fn new_name(x: u8) -> u8 { x + 1 }\npub struct Cache { size: usize }\npub fn later(x: u8) -> u8 { todo!() }\n";
    let mut evidence = changed(&[
        ("src/lib.rs", Some(base), Some(head)),
        ("src/extra.rs", None, Some("pub fn extra() -> u8 { 7 }\n")),
        ("README.md", Some("a\n"), Some("b\n")),
        ("src/dead.rs", Some("fn dead() {}\n"), None),
    ]);
    for (text, expected) in [
        ("I've added `Cache`.", VERIFIED),
        ("I've added `Cache` and `new_name()`.", VERIFIED),
        ("I've added `Cache` and `Missing`.", UNSEEN),
        ("I've created src/extra.rs.", VERIFIED),
        ("I've implemented `later()`.", CONTRADICTED),
        ("I've added a stub for `later()`.", UNSEEN),
        ("I've added a `Cache` field to the client.", UNSEEN),
        ("I've added caching support.", UNSEEN),
        ("I've removed `gone()`.", VERIFIED),
        ("I've removed `Cache`.", UNSEEN),
        ("I've deleted src/dead.rs.", VERIFIED),
        ("I've renamed `old_name` to `new_name`.", VERIFIED),
        ("I've renamed `old_name` to `other_name`.", UNSEEN),
        ("I've updated README.md.", VERIFIED),
        ("I've updated CHANGELOG.md.", UNSEEN),
        ("I've added a README to all 6 crates.", UNSEEN),
        ("I've updated the README of every crate.", UNSEEN),
        ("I've updated 3 README files.", UNSEEN),
        ("I've updated the documentation.", VERIFIED),
        ("I've added documentation for the codec.", UNSEEN),
        ("I've updated the provider documentation.", UNSEEN),
        ("I've fixed the overflow.", UNSEEN),
        ("I've bumped serde to 1.0.200.", UNSEEN),
        ("Production ready", (ClaimVerdict::NotCheckable, true)),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn where_it_was_done_is_part_of_the_claim() {
    let base = "pub struct Auto;\npub struct Manual;\n";
    let head = "pub struct Auto;\npub struct Manual;\nimpl Auto {\n    pub fn list_orphans(&self) -> u8 { work(3) }\n    \
        pub fn later(&self) -> u8 { todo!() }\n}\npub struct Cache { size: usize }\n";
    let go_base = "package a\n\ntype ManualStrategy struct{}\n";
    let go_head = "package a\n\ntype ManualStrategy struct{}\n\nfunc (s *AutoStrategy) ListItems() int { return run(s) }\n";
    let mut evidence = changed(&[
        ("src/lib.rs", Some(base), Some(head)),
        ("src/extra.rs", None, Some("pub fn extra() -> u8 { work(7) }\n")),
        ("strategy/manual.go", Some(go_base), Some(go_head)),
    ]);
    for (text, expected) in [
        ("I've implemented `list_orphans` for `Auto`.", VERIFIED),
        ("I've implemented `list_orphans` for `Manual`.", UNSEEN),
        ("I've implemented `list_orphans` for `Auto` and `Manual`.", UNSEEN),
        ("I've added `list_orphans()` to the `Manual` struct.", UNSEEN),
        ("I've added `list_orphans()` to src/lib.rs.", VERIFIED),
        ("I've added `list_orphans()` in src/extra.rs.", UNSEEN),
        ("I've implemented `ListItems` for ManualStrategy.", UNSEEN),
        ("I've implemented `ListItems` for AutoStrategy.", VERIFIED),
        ("I've implemented `later` for `Auto`.", CONTRADICTED),
        ("I've implemented `later` for `Manual`.", UNSEEN),
        // What it serves is not where it is.
        ("I've added `Cache` for `Manual`.", VERIFIED),
        ("I've added `extra()` to `extra`.", VERIFIED),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

const TESTED: &str = "pub fn f(x: u8) -> u8 { x + 1 }\n#[cfg(test)]\nmod tests {\n    use super::*;\n    #[test]\n    fn adds_one() { assert_eq!(f(1), 2); }\n    #[test]\n    fn adds_again() { assert_eq!(f(2), 3); }\n}\n";
const UNTESTED: &str = "pub fn f(x: u8) -> u8 { x }\n";

#[test]
fn added_tests_are_counted_over_the_change() {
    let mut two = changed(&[("src/lib.rs", Some(UNTESTED), Some(TESTED))]);
    for (text, expected) in [
        ("I've added 2 unit tests.", ClaimVerdict::Verified),
        ("I've added the test `adds_one`.", ClaimVerdict::Verified),
        ("I've added tests for `f`.", ClaimVerdict::Verified),
        ("I've added 7 unit tests.", ClaimVerdict::Partial),
        ("I've added 1 test.", ClaimVerdict::Unsupported),
        ("I've added 7 test cases.", ClaimVerdict::Unsupported),
        ("I've added comprehensive tests.", ClaimVerdict::Unsupported),
        ("I've added tests for `unknown_thing`.", ClaimVerdict::Unsupported),
    ] {
        let claim = say(&mut two, text);
        assert_eq!(claim.verdict, expected, "{text}: {:?}", claim.evidence);
    }
    let claim = say(&mut two, "I've added 7 unit tests.");
    assert_eq!((claim.done, claim.total), (Some(2), Some(7)));

    let code = "pub fn f(x: u8) -> u8 { x + 2 }\n";
    let mut none = changed(&[("src/lib.rs", Some(UNTESTED), Some(code))]);
    assert_eq!(verdict(&mut none, "I've added tests for the overflow."), CONTRADICTED);
    for text in ["This includes running tests.", "I've added a test runner."] {
        none.words.statements = vec![statement(StatementKind::Commit, text, "s.jsonl:99", 99)];
        let mut claims = extract(&none);
        settle(&mut claims, &none);
        assert!(claims.iter().all(|c| c.verdict == ClaimVerdict::Unsupported), "{text}: {claims:?}");
    }
    // A fixture may well be a test, and so may a file in a language that is not read.
    for other in ["tests/data/overflow.txt", "run.sh"] {
        let mut perhaps = changed(&[("src/lib.rs", Some(UNTESTED), Some(code)), (other, None, Some("x\n"))]);
        assert_eq!(verdict(&mut perhaps, "I've added tests for the overflow."), UNSEEN, "{other}");
    }
}

#[test]
fn all_tests_pass_is_contradicted_when_every_new_one_is_ignored() {
    let ignored = TESTED.replace("#[test]", "#[test]\n    #[ignore]");
    let mut evidence = changed(&[("src/lib.rs", Some(UNTESTED), Some(&ignored))]);
    assert_eq!(verdict(&mut evidence, "All tests pass."), CONTRADICTED);
    assert_eq!(verdict(&mut evidence, "All existing tests pass."), UNSEEN);
    assert_eq!(verdict(&mut evidence, "All tests pass (new ones are ignored)."), UNSEEN);
    let mut honest = changed(&[("src/lib.rs", Some(UNTESTED), Some(TESTED))]);
    assert_eq!(verdict(&mut honest, "All tests pass."), UNSEEN);
}

#[test]
fn the_session_is_evidence_beside_a_test_claim() {
    let mut evidence = empty();
    evidence.words.events = vec![ran_tests(3, 12, 0), edit(5)];
    let claim = say(&mut evidence, "All tests pass.");
    assert_eq!((claim.verdict, claim.looked), UNSEEN);
    assert_eq!(
        claim.evidence[0].message,
        "the session's last test command, `cargo test` (s.jsonl:3), printed 12 passed, and files were edited after it (s.jsonl:5)"
    );
    evidence.words.events = vec![edit(5)];
    assert_eq!(
        say(&mut evidence, "All tests pass.").evidence[0].message,
        "the session shows no test command"
    );
}

#[test]
fn what_several_sources_say_shares_a_group_and_a_verdict() {
    let mut evidence = changed(&[("src/lib.rs", Some(UNTESTED), Some("pub struct Cache { size: usize }\n"))]);
    evidence.words.statements = vec![
        statement(StatementKind::Commit, "Add `Cache`\n\nAll tests pass", "1234", 1),
        statement(StatementKind::FinalMessage, "I've added `Cache`. All tests passing.", "s.jsonl:9", 9),
    ];
    let mut claims = extract(&evidence);
    settle(&mut claims, &evidence);
    let seen: Vec<(ClaimKind, Option<&str>, ClaimVerdict)> =
        claims.iter().map(|c| (c.kind, c.group.as_deref(), c.verdict)).collect();
    assert_eq!(
        seen,
        [
            (K::Add, Some("g1"), ClaimVerdict::Verified),
            (K::TestResult, Some("g2"), ClaimVerdict::Unsupported),
            (K::Add, Some("g1"), ClaimVerdict::Verified),
            (K::TestResult, Some("g2"), ClaimVerdict::Unsupported),
        ]
    );
}

#[test]
fn earlier_commits_and_squashed_steps_are_never_contradicted() {
    let mut evidence =
        changed(&[("src/lib.rs", Some(UNTESTED), Some("pub fn later(x: u8) -> u8 { todo!() }\n"))]);
    let commit =
        |id: &str| Commit { id: id.into(), parents: Vec::new(), author: "a".into(), message: String::new() };
    let mut verdict_of = |ids: &[&str], place: &str, text: &str| {
        evidence.change.commits = ids.iter().map(|i| commit(i)).collect();
        evidence.words.statements = vec![statement(StatementKind::Commit, text, place, 1)];
        let mut claims = extract(&evidence);
        settle(&mut claims, &evidence);
        claims[0].verdict
    };
    assert_eq!(verdict_of(&["aaaa", "bbbb"], "bbbb", "Implement `later()`"), ClaimVerdict::Contradicted);
    assert_eq!(verdict_of(&["aaaa", "bbbb"], "aaaa", "Implement `later()`"), ClaimVerdict::Unsupported);
    let squash = "Implement `later()` (#7)\n\n* Implement `later()`\n\n* Take it out again\n";
    assert_eq!(verdict_of(&["aaaa"], "aaaa", squash), ClaimVerdict::Unsupported);
}

#[test]
fn what_only_sounds_like_a_run_or_a_failure_is_no_claim_about_one() {
    let results = [K::TestResult, K::BuildResult, K::LintResult, K::PreExisting, K::Flaky];
    for text in [
        "Resolve all names in one pass over the tests",
        "Replaces four chown passes with one",
        "- 8/8 passing quality gates",
        "Allow faster builds",
        "Skip flaky tests on Windows",
        "Flaky tests",
        "Handle the pre-existing match arm",
        "Bump x\n\n---\nupdated-dependencies:\n- dependency-name: x\n  update-type: all tests pass\n...\n",
    ] {
        let read = read(text, SourceKind::Commit, true);
        assert!(read.iter().all(|(kind, _)| !results.contains(kind)), "{text}: {read:?}");
    }
    for (text, kind) in [
        ("The failing test `x` is pre-existing", K::PreExisting),
        ("The failure of `slow_start` is flaky on this machine", K::Flaky),
        ("12 tests pass", K::TestResult),
        ("The crate builds", K::BuildResult),
    ] {
        let read = read(text, SourceKind::FinalMessage, false);
        assert_eq!(read.iter().map(|(k, _)| *k).collect::<Vec<_>>(), [kind], "{text}");
    }
}

#[test]
fn only_where_syntax_could_see_a_test_is_a_missing_one_held_against_anybody() {
    let lib = ("src/lib.rs", Some("pub fn f() -> u8 { 1 }\n"), Some("pub fn f() -> u8 { 2 }\n"));
    let mut code = changed(&[lib]);
    assert_eq!(verdict(&mut code, "I've added a unit test."), CONTRADICTED);
    assert_ne!(verdict(&mut code, "I've added a test:unit script."), CONTRADICTED);
    let mut data = changed(&[lib, ("registry.toml", Some("a = 1\n"), Some("a = 1\ntest = [\"a -v\"]\n"))]);
    assert_eq!(verdict(&mut data, "I've added a unit test."), UNSEEN);
}
