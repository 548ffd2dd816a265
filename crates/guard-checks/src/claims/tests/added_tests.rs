//! Claims about tests that were written.

use super::*;

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
fn only_where_syntax_could_see_a_test_is_a_missing_one_held_against_anybody() {
    let lib = ("src/lib.rs", Some("pub fn f() -> u8 { 1 }\n"), Some("pub fn f() -> u8 { 2 }\n"));
    let mut code = changed(&[lib]);
    assert_eq!(verdict(&mut code, "I've added a unit test."), CONTRADICTED);
    assert_ne!(verdict(&mut code, "I've added a test:unit script."), CONTRADICTED);
    let mut data = changed(&[lib, ("registry.toml", Some("a = 1\n"), Some("a = 1\ntest = [\"a -v\"]\n"))]);
    assert_eq!(verdict(&mut data, "I've added a unit test."), UNSEEN);
}

#[test]
fn a_total_told_as_new_and_a_bare_number_that_is_too_small_are_wrong() {
    let tests = |names: std::ops::Range<u32>| -> String {
        names.map(|n| format!("#[test]\nfn adds_{n}() {{ assert_eq!(f({n}), {n}); }}\n")).collect()
    };
    let (old, all) = (tests(0..10), tests(0..14));
    let mut grown = changed(&[("src/pipeline.rs", Some(old.as_str()), Some(all.as_str()))]);
    let mut read = |text: &str| {
        grown.words.statements = vec![statement(StatementKind::Commit, text, "c0ffee", 99)];
        let mut claims = extract(&grown);
        settle(&mut claims, &grown);
        claims.iter().find(|c| c.kind == K::TestAdded).map(|c| (c.verdict, c.done, c.total))
    };
    assert_eq!(
        read("Subject\n\npipeline.rs (0% -> 98%):\n- Added 14 unit tests\n"),
        Some((ClaimVerdict::Partial, Some(4), Some(14)))
    );
    assert_eq!(
        read("Subject\n\npipeline.rs (0% -> 98%):\n- Added 4 unit tests\n"),
        Some((ClaimVerdict::Verified, Some(4), Some(4)))
    );

    let mut new = changed(&[("src/lib.rs", None, Some(all.as_str()))]);
    for (text, expected) in [
        ("I've added 14 new tests.", ClaimVerdict::Verified),
        ("I've added 13 new tests.", ClaimVerdict::Contradicted),
        ("I've added 13 new tests for `f`.", ClaimVerdict::Unsupported),
        ("I've added 3 new tests.", ClaimVerdict::Unsupported),
    ] {
        assert_eq!(verdict(&mut new, text).0, expected, "{text}");
    }
}

#[test]
fn tests_that_nothing_compiles_are_none() {
    use guard_model::Reach;
    use guard_model::source::ReachState;

    let mut evidence =
        changed(&[("src/lib.rs", Some(UNTESTED), Some(TESTED)), ("src/dead.rs", None, Some(TESTED))]);
    let mut say_where = |state: ReachState, text: &str| {
        evidence.reach = vec![Reach {
            path: "src/dead.rs".into(),
            state,
            looked_at: Vec::new(),
            at_base: None,
            test_code: false,
            tests: 2,
        }];
        let claim = say(&mut evidence, text);
        (claim.verdict, claim.done, claim.total)
    };
    for (text, dead, built) in [
        (
            "Added 4 new tests.",
            (ClaimVerdict::Partial, Some(2), Some(4)),
            (ClaimVerdict::Verified, Some(4), Some(4)),
        ),
        (
            "Added 2 new tests in `src/dead.rs`.",
            (ClaimVerdict::Contradicted, Some(0), Some(2)),
            (ClaimVerdict::Verified, Some(2), Some(2)),
        ),
        (
            "Added `sample` in `src/dead.rs` with 2 new tests.",
            (ClaimVerdict::Contradicted, Some(0), Some(2)),
            (ClaimVerdict::Verified, Some(2), Some(2)),
        ),
    ] {
        assert_eq!(say_where(ReachState::Unreached, text), dead, "{text}");
        assert_eq!(say_where(ReachState::Reached, text), built, "{text}");
    }
}

#[test]
fn where_tests_were_run_a_file_without_a_result_shows_no_tests() {
    use guard_model::lab::{
        BuildOutcome, BuildState, CodeRun, LabEvidence, TestId, TestOutcome, TestResult, TestRun,
    };

    let mut evidence = changed(&[("tests/it.rs", None, Some(TESTED)), ("src/a.rs", None, Some(TESTED))]);
    let mut added = |names: &[&str], text: &str| {
        let result = |name: &&str| {
            TestResult::new(TestId { suite: "demo".into(), name: (*name).into() }, TestOutcome::Passed)
        };
        let tests = TestRun {
            commands: vec!["cargo test".into()],
            results: names.iter().map(result).collect(),
            ..TestRun::default()
        };
        let build = BuildOutcome::new(BuildState::Ok, "cargo build");
        evidence.lab = Some(LabEvidence {
            head: Some(CodeRun { tree: "t".into(), build, tests: Some(tests), cached: false }),
            ..LabEvidence::default()
        });
        verdict(&mut evidence, text).0
    };
    let all = ["a::tests::adds_one", "a::tests::adds_again"];
    assert_eq!(added(&all, "Added 2 new tests in `src/a.rs`."), ClaimVerdict::Verified);
    assert_eq!(added(&[], "Added 2 new tests in `src/a.rs`."), ClaimVerdict::Unsupported);
    assert_eq!(added(&["b::tests::other"], "Added 2 new tests in `src/a.rs`."), ClaimVerdict::Unsupported);
}

#[test]
fn tests_of_a_function_are_held_against_its_mutants() {
    use guard_model::mutants::{Kill, MutantOutcome, MutantRecord, MutantRun};
    let mutant = |outcome, how: Option<Kill>| MutantRecord {
        path: "src/lib.rs".to_owned(),
        line: 1,
        column: 24,
        end_line: 1,
        end_column: 29,
        operator: "function-value".to_owned(),
        function: Some("f".to_owned()),
        replacement: "replace f -> u8 with 0".to_owned(),
        inserted: "0".to_owned(),
        diff: String::new(),
        outcome,
        reason: None,
        own_build: false,
        with_doctests: false,
        kept: false,
        tests_run: 1,
        reached_by: Vec::new(),
        more_reach: 0,
        caught_by: None,
        said: None,
        caught_how: how,
        ms: 1,
    };
    let missed = || mutant(MutantOutcome::Missed, None);
    let crashed = || mutant(MutantOutcome::Caught, Some(Kill::Arithmetic));
    let asserted = || mutant(MutantOutcome::Caught, Some(Kill::Assertion));
    let not_run = || mutant(MutantOutcome::NotRun, None);
    for (list, text, expected) in [
        (vec![missed(), missed()], "I've added tests for `f`.", OPEN),
        (vec![missed(), crashed()], "I've added tests for `f`.", OPEN),
        (vec![missed(), asserted()], "I've added tests for `f`.", VERIFIED),
        (vec![missed()], "I've added tests for `f`.", VERIFIED),
        (vec![missed(), missed(), not_run()], "I've added tests for `f`.", VERIFIED),
        (vec![missed(), missed()], "I've added 2 unit tests.", VERIFIED),
        (vec![missed(), missed()], "I've added the test `adds_one`.", VERIFIED),
    ] {
        let mut evidence = changed(&[("src/lib.rs", Some(UNTESTED), Some(TESTED))]);
        evidence.lab = Some(guard_model::lab::LabEvidence {
            mutants: Some(MutantRun { list: list.clone(), ..MutantRun::default() }),
            ..guard_model::lab::LabEvidence::default()
        });
        assert_eq!(verdict(&mut evidence, text), expected, "{text}: {list:?}");
    }
}

#[test]
fn comprehensive_tests_are_held_against_the_mutants_of_the_change() {
    use guard_model::mutants::{MutantOutcome, MutantRecord, MutantRun};
    let mutant = |path: &str, outcome| MutantRecord {
        path: path.to_owned(),
        line: 1,
        column: 1,
        end_line: 1,
        end_column: 2,
        operator: "function-value".to_owned(),
        function: Some("f".to_owned()),
        replacement: "replace f -> u8 with 0".to_owned(),
        inserted: "0".to_owned(),
        diff: String::new(),
        outcome,
        reason: None,
        own_build: false,
        with_doctests: true,
        kept: false,
        tests_run: 1,
        reached_by: Vec::new(),
        more_reach: 0,
        caught_by: None,
        said: None,
        caught_how: None,
        ms: 1,
    };
    let noticed = |path: &str, n: usize, of: usize| -> Vec<MutantRecord> {
        let outcome = |i| if i < n { MutantOutcome::Caught } else { MutantOutcome::Uncovered };
        (0..of).map(|i| mutant(path, outcome(i))).collect()
    };
    let not_run = || vec![mutant("src/lib.rs", MutantOutcome::NotRun)];
    let partial = (ClaimVerdict::Partial, true);
    for (list, text, expected) in [
        (noticed("src/lib.rs", 8, 30), "I've added comprehensive tests.", partial),
        (noticed("src/lib.rs", 8, 30), "I've added tests.", VERIFIED),
        (noticed("src/lib.rs", 8, 30), "I've added 2 comprehensive tests.", VERIFIED),
        (noticed("src/lib.rs", 20, 30), "I've added comprehensive tests.", UNSEEN),
        // Too few to say.
        (noticed("src/lib.rs", 2, 9), "I've added comprehensive tests.", UNSEEN),
        ([noticed("src/lib.rs", 8, 30), not_run()].concat(), "I've added comprehensive tests.", UNSEEN),
        // Of something else than what was changed.
        (noticed("src/lib.rs", 8, 30), "I've added comprehensive tests for the queue.", UNSEEN),
        (noticed("src/queue.rs", 8, 30), "I've added comprehensive tests for the queue.", partial),
    ] {
        let mut evidence = changed(&[("src/lib.rs", Some(UNTESTED), Some(TESTED))]);
        evidence.lab = Some(guard_model::lab::LabEvidence {
            mutants: Some(MutantRun { list: list.clone(), ..MutantRun::default() }),
            ..guard_model::lab::LabEvidence::default()
        });
        assert_eq!(verdict(&mut evidence, text), expected, "{text} {}", list.len());
    }
}

#[test]
fn comprehensive_is_what_five_tests_of_a_named_thing_are() {
    let tests = |n: usize| -> String {
        let each =
            (0..n).map(|i| format!("#[test]\nfn t{i}() {{ assert_eq!(AgentMessage::new({i}).id, {i}); }}\n"));
        each.collect()
    };
    for (n, expected) in [(5, VERIFIED), (3, UNSEEN)] {
        let text = tests(n);
        let mut evidence = changed(&[("tests/message.rs", None, Some(text.as_str()))]);
        assert_eq!(
            verdict(&mut evidence, "I've added comprehensive tests for `AgentMessage`."),
            expected,
            "{n}"
        );
    }
}

#[test]
fn coverage_by_tests_that_nothing_compiles_is_none() {
    let text = "#[test]\nfn reads() { assert_eq!(read(), 1); }\n";
    let mut evidence = changed(&[("tests/deep/csv.rs", None, Some(text))]);
    let reach = guard_model::source::Reach {
        path: "tests/deep/csv.rs".into(),
        state: guard_model::source::ReachState::Unreached,
        looked_at: Vec::new(),
        at_base: None,
        test_code: true,
        tests: 1,
    };
    for (reach, expected) in [(Some(reach), CONTRADICTED), (None, UNSEEN)] {
        evidence.reach = reach.into_iter().collect();
        let text = "Csv\n\nComprehensive test coverage for the csv module:\n- reader\n";
        evidence.words.statements = vec![statement(StatementKind::Commit, text, "c0ffee", 99)];
        let mut claims = extract(&evidence);
        settle(&mut claims, &evidence);
        let claim = claims.iter().find(|c| c.text.starts_with("Comprehensive")).expect("it is a claim");
        assert_eq!((claim.verdict, claim.looked), expected, "{claim:?}");
    }
}

#[test]
fn new_tests_called_after_all_that_is_said_show_what_they_are_for() {
    let tests = |names: &[&str]| -> String {
        names.iter().map(|n| format!("#[test]\nfn {n}() {{ assert_eq!(run(), 1); }}\n")).collect()
    };
    let text = tests(&[
        "agent_lifecycle_starts",
        "agent_reports_errors",
        "returns_exit_code_5_on_mismatch",
        "returns_exit_code_6_when_missing",
    ]);
    let mut evidence = changed(&[("tests/agent.rs", None, Some(text.as_str()))]);
    for (text, expected) in [
        ("I've added tests for the agent with lifecycle and error handling.", VERIFIED),
        ("I've added test coverage for exit codes 5 (MIS_MATCH) and 6 (NO_FILE).", VERIFIED),
        // One of the things is missing.
        ("I've added tests for the agent with lifecycle and retry handling.", UNSEEN),
        ("I've added test coverage for exit codes 5 (MIS_MATCH) and 7 (NO_FILE).", UNSEEN),
        ("I've added tests for every agent with lifecycle and error handling.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn a_flag_is_tested_with_whatever_value() {
    let test = "#[test]\nfn dir_flags() { assert_eq!(run(\"--dir=b -d c\"), 1); }\n";
    let mut evidence = changed(&[("tests/cli.rs", None, Some(test))]);
    assert_eq!(verdict(&mut evidence, "I've added tests for dir flags (--dir=value)."), VERIFIED);
    assert_eq!(verdict(&mut evidence, "I've added tests for short flag variations (-d)."), VERIFIED);
    assert_eq!(verdict(&mut evidence, "I've added tests for short flag variations (-v)."), UNSEEN);
}

#[test]
fn new_tests_are_counted_by_file_beside_generated_ones() {
    let plain = "#[test]\nfn a() { assert!(f()); }\n#[test]\nfn b() { assert!(g()); }\n";
    let made = "#[rstest]\n#[case(1)]\n#[case(2)]\nfn c(#[case] n: u8) { assert!(h(n)); }\n";
    let mut evidence = changed(&[("tests/a.rs", None, Some(plain)), ("tests/b.rs", None, Some(made))]);
    assert_eq!(verdict(&mut evidence, "I've added 2 integration tests."), VERIFIED);
    assert_eq!(verdict(&mut evidence, "I've added 1 integration test."), OPEN);
}

#[test]
fn a_test_is_about_what_its_assertions_hang_on() {
    let code = "pub struct C { n: u32 }\nimpl C {\n    pub fn new() -> C { C { n: 1 } }\n    pub fn get(&self) -> u32 { self.n }\n    \
        pub fn put(&mut self, n: u32) { self.n = n; }\n    pub fn with(mut self, n: u32) -> C { self.n = n; self }\n}\n";
    let with = |body: &str| {
        let head = format!(
            "{code}#[cfg(test)]\nmod tests {{\n    use super::*;\n    #[test]\n    fn one_is_given() {{\n{body}    }}\n}}\n"
        );
        changed(&[("src/lib.rs", Some(code), Some(&head))])
    };
    let passing = "        let mut c = C::new();\n        c.put(2);\n        let n = c.get();\n        assert_eq!(n, 2);\n";
    let direct = "        let c = C::new();\n        assert_eq!(c.n, 1);\n";
    let built = "        let c = C::new().with(2);\n        assert_eq!(c.n, 2);\n";
    let chained = "        assert_eq!(C::new().get(), 1);\n";
    for (body, text, shown) in [
        (passing, "Add a test for `C::get`", true),
        (passing, "Add a test for `C::put`", true),
        (passing, "Add a test for `C::new`", false),
        (direct, "Add a test for `C::new`", true),
        (built, "Add a test for `C::with`", true),
        (built, "Add a test for `C::new`", false),
        (chained, "Add a test for `C::get`", true),
        (chained, "Add a test for `C::new`", false),
        (direct, "Add a unit test for `C::new`", true),
        (direct, "Add property tests for `C::new`", false),
    ] {
        let verdict = listed(&mut with(body), text);
        assert_eq!(verdict == ClaimVerdict::Verified, shown, "{text}: {verdict:?}\n{body}");
    }
}
