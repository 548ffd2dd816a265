//! Sentences to claims: what is asserted, of what kind, about what.

use super::*;

#[test]
fn histories_tell_of_moves_and_of_files() {
    for (text, kind, claim) in [
        ("Watch\n\nThe `ver` is moved into the `Inner`.\n", K::Rename, "The `ver` is moved into the `Inner`"),
        ("Runs\n\n- Warn about `--plan` consistently\n", K::Update, "Warn about `--plan` consistently"),
        ("Runs\n\nIntegration: tests/all.rs \u{2014} one scenario\n", K::Add, "Integration: tests/all.rs"),
    ] {
        let found = read(text, SourceKind::Commit, true);
        assert!(found.contains(&(kind, claim.to_owned())), "{text}: {found:?}");
    }
    for text in ["Watch\n\nThe lock is removed when it drops.\n", "Runs\n\nSee: docs/all.md\n"] {
        let found = read(text, SourceKind::Commit, true);
        assert!(found.iter().all(|(_, t)| !t.contains("lock") && !t.contains("See")), "{text}: {found:?}");
    }
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
fn where_a_list_belongs_does_not_say_what_it_is() {
    let text = "Subject\n\nDocumentation (examples/server/README.md):\n- 600+ lines comprehensive guide\n\n\
        Examples:\n- a session with two users\n";
    let read = read(text, SourceKind::Commit, false);
    assert!(read.iter().any(|(k, t)| *k == K::Docs && t.contains("600+ lines")), "{read:?}");
    assert!(!read.iter().any(|(_, t)| t.contains("two users")), "{read:?}");
}

#[test]
fn declarations_names_and_new_parts_are_additions() {
    for (text, expected) in [
        ("- `pub fn peek(&self) -> Option<&T>`", vec![(K::Add, "`pub fn peek(&self) -> Option<&T>`")]),
        ("- Helper macros: `a_b!`, `c_d!`", vec![(K::Add, "Helper macros: `a_b!`, `c_d!`")]),
        ("`Parser<T>` has a new method `peek`.", vec![(K::Add, "`Parser<T>` has a new method `peek`")]),
        ("- Implement the operator set: <, <=", vec![(K::Add, "Implement the operator set: <, <=")]),
        (
            "This moves the steps so that we reap the benefits\n- use `Tree` for diagnostics",
            vec![(K::Rename, "This moves the steps so that we reap the benefits")],
        ),
        ("Close this PR and you won't be reminded about this update again.", vec![]),
        ("- accept 403 by @someone in https://x.y/pull/3", vec![]),
    ] {
        expect(text, SourceKind::Commit, false, &expected);
    }
}

#[test]
fn release_notes_of_dependencies_claim_nothing_of_this_change() {
    let renovate = "chore(deps): Update compatible\n\nThis PR contains the following updates:\n\n---\n\n### Release Notes\n\n<details>\n\
        ###\n[`v1.0.135`](https://x)\n\n- Add serde_json::Map::into_values method\n\n</details>\n\n---\n\n### Configuration\n\n- Add x\n";
    let dependabot = "Bump serde_json\n\n<details>\n<summary>Changelog</summary>\n\n- Add `Map::into_values`\n\n</details>\n\n- Add x\n";
    for text in [renovate, dependabot] {
        let read = read(text, SourceKind::Commit, true);
        assert!(read.iter().all(|(_, said)| !said.contains("into_values")), "{read:?}");
        assert!(read.iter().any(|(_, said)| said.contains("Add x")), "{read:?}");
    }
}
