//! What builds and test runs settle.

use guard_model::lab::{
    BuildOutcome, BuildState, CodeRun, Diagnostic, LabEvidence, TestId, TestOutcome, TestResult, TestRun,
};

use super::*;

const ONE_TEST: &str =
    "#[cfg(test)]\nmod tests {\n    #[test]\n    fn a() { assert_eq!(super::f(1), 2); }\n}\n";

fn result(name: &str, outcome: TestOutcome, reruns: &[TestOutcome]) -> TestResult {
    let (suite, name) = name.split_once(' ').unwrap_or(("demo", name));
    TestResult {
        reruns: reruns.to_vec(),
        ..TestResult::new(TestId { suite: suite.into(), name: name.into() }, outcome)
    }
}

fn run(state: BuildState, results: Vec<TestResult>) -> CodeRun {
    let error = Diagnostic {
        message: "cannot find value `x` in this scope".into(),
        code: Some("E0425".into()),
        path: Some("src/lib.rs".into()),
        line: Some(3),
        rendered: String::new(),
    };
    CodeRun {
        tree: "t".into(),
        build: BuildOutcome {
            errors: if state == BuildState::Failed { vec![error] } else { Vec::new() },
            ..BuildOutcome::new(state, "cargo build")
        },
        tests: matches!(state, BuildState::Ok | BuildState::NotRun).then(|| TestRun {
            commands: vec!["cargo test".into()],
            results,
            ..TestRun::default()
        }),
        cached: false,
    }
}

fn lab(head: CodeRun, base: Option<CodeRun>) -> Evidence {
    let mut evidence = changed(&[("src/lib.rs", Some(UNTESTED), Some(ONE_TEST))]);
    evidence.lab = Some(LabEvidence { head: Some(head), base, ..LabEvidence::default() });
    evidence
}

#[test]
fn the_build_settles_build_claims() {
    use BuildState::{Failed, Inconclusive, NotRun, Ok};
    for (head, base, text, expected) in [
        (Ok, None, "The project builds successfully.", VERIFIED),
        (Ok, None, "The docker build succeeds.", OPEN),
        (Ok, None, "It builds with zero warnings.", OPEN),
        (Failed, Some(Ok), "The project compiles without errors.", CONTRADICTED),
        (Failed, Some(Failed), "The project compiles without errors.", OPEN),
        (Inconclusive, None, "The project builds successfully.", UNSEEN),
        (NotRun, None, "The project builds successfully.", UNSEEN),
        (NotRun, None, "All tests pass.", VERIFIED),
        (Ok, None, "cargo build succeeds.", VERIFIED),
        (Ok, None, "npm run build succeeds.", OPEN),
        (Failed, Some(Ok), "npm run build succeeds.", OPEN),
        (Failed, Some(Ok), "All tests pass.", CONTRADICTED),
    ] {
        let one = || vec![result("tests::a", TestOutcome::Passed, &[])];
        let mut evidence = lab(run(head, one()), base.map(|b| run(b, one())));
        assert_eq!(verdict(&mut evidence, text), expected, "{head:?} {base:?} {text}");
    }
    assert_eq!(verdict(&mut empty(), "The project builds successfully."), UNSEEN);
}

#[test]
fn the_run_settles_test_claims() {
    use TestOutcome::{Failed, Ignored, Passed};
    let green = || {
        vec![
            result("tests::a", Passed, &[]),
            result("demo::cli b", Passed, &[]),
            result("demo::cli c", Ignored, &[]),
        ]
    };
    let red = || vec![result("tests::a", Passed, &[]), result("demo::cli b", Failed, &[Failed, Failed])];
    let wavering = || vec![result("tests::a", Passed, &[]), result("demo::cli b", Failed, &[Passed])];
    let unequal = || {
        let message = Some("assertion `left == right` failed\n  left: 3\n right: 4".to_owned());
        vec![TestResult { message, ..result("demo::cli b", Failed, &[Failed, Failed]) }]
    };
    for (head, base, text, expected) in [
        (green(), None, "All tests pass.", VERIFIED),
        (green(), None, "All 2 tests pass.", VERIFIED),
        (green(), None, "2 passed, 0 failed, 1 ignored", VERIFIED),
        (green(), None, "All 40 tests pass.", CONTRADICTED),
        (green(), Some(wavering()), "All 3 tests pass.", VERIFIED),
        (green(), None, "All 40 tests pass with `--all-features`.", OPEN),
        (green(), None, "1 of 2 tests pass.", OPEN),
        (green(), None, "2 of 2 tests pass.", VERIFIED),
        (green(), None, "All integration tests pass.", VERIFIED),
        (green(), None, "All browser tests pass.", OPEN),
        (green(), None, "`npm test` passes.", UNSEEN),
        (green(), None, "`cargo test` passes.", VERIFIED),
        (green(), None, "cargo test --workspace passes.", VERIFIED),
        (green(), None, "go test ./... passes.", UNSEEN),
        (green(), None, "make check passes with 0 failures.", UNSEEN),
        (green(), None, "pytest is green.", UNSEEN),
        (green(), None, "`pytest` passes.", UNSEEN),
        (red(), Some(green()), "cargo test passes.", CONTRADICTED),
        (red(), Some(green()), "make check passes.", UNSEEN),
        (red(), Some(green()), "cargo test -p other passes.", OPEN),
        (red(), Some(green()), "All tests pass.", CONTRADICTED),
        (red(), Some(green()), "All unit tests pass.", OPEN),
        (red(), Some(green()), "All tests pass except two pre-existing failures.", OPEN),
        (red(), Some(red()), "All tests pass.", OPEN),
        (unequal(), Some(unequal()), "All tests pass.", CONTRADICTED),
        (unequal(), Some(unequal()), "All existing tests still pass.", OPEN),
        // What base has and what fails since is one of them, and no other is.
        (red(), Some(green()), "All existing tests still pass.", CONTRADICTED),
        (red(), Some(Vec::new()), "All existing tests still pass.", OPEN),
        (red(), None, "All existing tests still pass.", OPEN),
        (unequal(), Some(unequal()), "All tests pass. One test was red before and still fails.", OPEN),
        (unequal(), None, "All tests pass.", OPEN),
        (red(), None, "All tests pass.", OPEN),
        (wavering(), Some(green()), "All tests pass.", OPEN),
    ] {
        let base = base.map(|b| run(BuildState::Ok, b));
        let mut evidence = lab(run(BuildState::Ok, head), base);
        let claims = {
            evidence.words.statements = vec![statement(StatementKind::FinalMessage, text, "s.jsonl:99", 99)];
            let mut claims = extract(&evidence);
            settle(&mut claims, &evidence);
            claims
        };
        let [claim, ..] = claims.as_slice() else { panic!("{text}: nothing was read") };
        if claim.kind == K::TestResult {
            assert_eq!((claim.verdict, claim.looked), expected, "{text}: {:?}", claim.evidence);
        } else {
            assert_eq!(claim.kind, K::PreExisting, "{text}");
        }
    }
}

#[test]
fn a_claim_of_tests_that_the_run_does_not_hold_shows_the_counts_of_the_run() {
    let green = ["tests::a", "tests::b"].map(|name| result(name, TestOutcome::Passed, &[]));
    let mut evidence = lab(run(BuildState::Ok, green.to_vec()), None);
    let claim = say(&mut evidence, "All tests in `src/absent.rs` pass.");
    assert_eq!((claim.verdict, claim.looked), OPEN);
    assert_eq!(claim.evidence[0].message, "`cargo test`: 2 passed, 0 failed, 0 ignored");
}

#[test]
fn an_exit_code_verifies_no_tests() {
    let only = vec![result("npm-test exit code", TestOutcome::Passed, &[])];
    let mut evidence = lab(run(BuildState::NotRun, only), None);
    for text in ["All tests pass.", "1 test passes.", "All 40 tests pass.", "Tests are green."] {
        let claim = say(&mut evidence, text);
        assert_eq!((claim.verdict, claim.looked), OPEN, "{text}: {:?}", claim.evidence);
        assert_eq!(
            claim.evidence[0].message,
            "the command ended with exit code 0; it does not say which tests ran"
        );
    }
}

#[test]
fn all_tests_pass_needs_a_result_of_every_test_that_the_change_declares() {
    const DEAD: &str = "#[test]\nfn never() { assert_eq!(1, 1); }\n";
    for (path, declared, text, expected) in [
        ("src/dead.rs", DEAD, "All tests pass.", OPEN),
        ("src/dead.rs", DEAD, "The tests pass.", OPEN),
        ("src/dead.rs", DEAD, "`cargo test` passes.", VERIFIED),
        ("src/dead.rs", DEAD, "1 passed, 0 failed", VERIFIED),
        // Another test of the same name is not this one.
        ("src/dead.rs", "mod tests {\n#[test]\nfn a() {}\n}\n", "All tests pass.", OPEN),
        ("src/dead.rs", "#[test]\n#[ignore]\nfn never() {}\n", "All tests pass.", VERIFIED),
        ("src/dead.rs", "#[cfg(windows)]\n#[test]\nfn never() {}\n", "All tests pass.", VERIFIED),
        // No command of the run runs Python.
        ("tests/test_a.py", "def test_never():\n    assert True\n", "All tests pass.", VERIFIED),
    ] {
        let results = vec![result("tests::a", TestOutcome::Passed, &[])];
        let mut evidence = lab(run(BuildState::Ok, results), None);
        evidence.sources.extend(guard_syntax::facts(path, Side::Head, declared.as_bytes()));
        let claim = say(&mut evidence, text);
        assert_eq!((claim.verdict, claim.looked), expected, "{text} {declared}: {:?}", claim.evidence);
    }
}

#[test]
fn base_and_reruns_settle_old_and_flaky_failures() {
    use TestOutcome::{Failed, Passed};
    let red = || vec![result("tests::slow_start", Failed, &[Failed, Failed])];
    let green = || vec![result("tests::slow_start", Passed, &[])];
    let wavering = || vec![result("tests::slow_start", Failed, &[Passed, Failed])];
    let two = || red().into_iter().chain([result("tests::stop", Failed, &[Failed, Failed])]).collect();
    let red_and_green = || red().into_iter().chain([result("tests::stop", Passed, &[])]).collect();
    for (head, base, text, expected) in [
        (red(), Some(red()), "The `slow_start` failure is pre-existing.", VERIFIED),
        (red(), Some(green()), "The `slow_start` failure is pre-existing.", CONTRADICTED),
        (red(), Some(green()), "The failing test is pre-existing.", CONTRADICTED),
        (red(), None, "The `slow_start` failure is pre-existing.", UNSEEN),
        (green(), Some(green()), "The `slow_start` failure is pre-existing.", OPEN),
        (wavering(), Some(green()), "`slow_start` is a flaky test.", VERIFIED),
        (red(), Some(green()), "`slow_start` is a flaky test.", CONTRADICTED),
        (red(), None, "`slow_start` is a flaky test.", OPEN),
        (red(), Some(green()), "`slow_start` is flaky.", CONTRADICTED),
        (red(), Some(green()), "`slow_start` fails as before.", CONTRADICTED),
        (red(), Some(red()), "One test fails, as before.", VERIFIED),
        (two(), Some(red_and_green()), "Two tests fail, as they did before.", CONTRADICTED),
        (two(), Some(red_and_green()), "The two failing tests are pre-existing.", CONTRADICTED),
        (two(), Some(red_and_green()), "The failing tests are pre-existing.", OPEN),
        (two(), Some(red_and_green()), "One failing test is pre-existing.", OPEN),
    ] {
        let mut evidence = lab(run(BuildState::Ok, head), base.map(|b| run(BuildState::Ok, b)));
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn a_test_that_the_change_switches_off_does_not_pass() {
    let ignored = ONE_TEST.replace("#[test]", "#[test]\n    #[ignore]");
    for (base, text, expected) in [
        (ONE_TEST, "All tests pass.", OPEN),
        (ONE_TEST, "2 tests pass.", OPEN),
        (ONE_TEST, "1 test passes, 1 is ignored.", VERIFIED),
        (ignored.as_str(), "All tests pass.", VERIFIED),
    ] {
        let results = vec![
            result("tests::a", TestOutcome::Ignored, &[]),
            result("demo::cli b", TestOutcome::Passed, &[]),
        ];
        let mut evidence = lab(run(BuildState::Ok, results), None);
        let changed = changed(&[("src/lib.rs", Some(base), Some(&ignored))]);
        (evidence.change, evidence.sources) = (changed.change, changed.sources);
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn warnings_count_where_the_change_causes_them() {
    let place = |line| guard_model::evidence::Place { path: "src/lib.rs".into(), line };
    for (unused, text, expected) in [
        (vec![place(2)], "It builds without warnings.", CONTRADICTED),
        (vec![place(2)], "The project builds.", VERIFIED),
        (vec![place(2)], "It builds without new warnings.", OPEN),
        (vec![place(90)], "It builds without warnings.", OPEN),
        (vec![], "It builds without warnings.", OPEN),
    ] {
        let mut head = run(BuildState::Ok, vec![result("tests::a", TestOutcome::Passed, &[])]);
        head.build.unused = unused;
        let mut evidence = lab(head, None);
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}
