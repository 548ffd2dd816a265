//! Conditions of the lab that explain a failure: the code may be fine.

use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{Condition, Proof, TestId, TestOutcome, TestResult, TestRun};
use guard_model::{Change, Policy, Side, SourceFacts, TestDecl, template};

use super::scratch::is_full;
use super::workbench::Workbench;

/// What the system says when there is no network but loopback.
const NO_NETWORK: [&str; 9] = [
    "Network is unreachable",
    "network unreachable",
    "Temporary failure in name resolution",
    "failed to lookup address information",
    "Name or service not known",
    "Could not resolve host",
    "gaierror",
    "EAI_AGAIN",
    "ENETUNREACH",
];

/// Whether a message is the system's, that something may not be written or opened. The words alone are also
/// those of programs that decide about rights: beside them stands a number of the system or a path.
fn is_denied_access(message: &str) -> bool {
    const NUMBERS: [&str; 8] = [
        "(os error 13)",
        "(os error 30)",
        "code: 13, kind: PermissionDenied",
        "code: 30, kind: ReadOnlyFilesystem",
        "[Errno 13]",
        "[Errno 30]",
        "EACCES:",
        "EROFS:",
    ];
    const WORDS: [&str; 2] = ["permission denied", "read-only file system"];
    let names_path = |line: &str| {
        line.split([' ', '\'', '"', '`', ':', '(']).any(|word| word.len() > 1 && word.starts_with('/'))
    };
    message.lines().any(|line| {
        let lower = line.to_lowercase();
        NUMBERS.iter().any(|n| line.contains(n))
            || WORDS.iter().any(|w| lower.contains(w)) && names_path(line)
    })
}

/// Notes what explains each test that is red, and not flaky, by its own words.
pub(crate) fn note(policy: &Policy, results: &mut [TestResult]) {
    note_at(policy.sandbox.network, results);
}

fn note_at(network_is_open: bool, results: &mut [TestResult]) {
    let red = results.iter_mut().filter(|r| r.outcome.is_failure() && !r.is_flaky() && r.condition.is_none());
    for result in red {
        let said = result.message.as_deref().unwrap_or_default();
        result.condition =
            condition_said(network_is_open, said).or_else(|| time_measured(&result.id.name, said));
    }
}

/// What is red on a full disk is the machine's: it says so itself, or nothing can be said of it.
pub(crate) fn note_full_disk(bench: &Workbench<'_>, tests: &mut TestRun) {
    if is_full(&bench.lab.tree()) {
        set_aside_full_disk(tests);
    }
}

fn set_aside_full_disk(tests: &mut TestRun) {
    let red = tests.results.iter_mut().filter(|r| r.outcome.is_failure() && !r.is_flaky());
    let mut any = false;
    for result in red {
        any = true;
        let says = "the disk that holds the scratch area is full".to_owned();
        result.condition = Some(Condition { says, proof: Proof::Machine });
    }
    for suite in tests.suites.iter_mut().filter(|s| s.trouble.is_some()) {
        any = true;
        suite.trouble = None;
    }
    if any {
        let reason = "the tests ran out of disk space in the scratch area; free some or set GUARD_CACHE_DIR";
        tests.gap.get_or_insert_with(|| Gap::of_tests(GapKind::Input, reason));
    }
}

/// That a test passes as root only.
pub(crate) fn needs_root() -> Condition {
    let says = "passes as root; fails as the ordinary user that guard runs tests as".to_owned();
    Condition { says, proof: Proof::Rerun }
}

/// Takes back what only a failure's own words say, where base passes under the same condition: the same test
/// is green there, so the condition does not explain why it is red at head.
pub(crate) fn hold_against_base(
    head: &mut TestRun,
    base: &TestRun,
    change: &Change,
    sources: &[SourceFacts],
) {
    let is_green =
        |id: &TestId| base.result(id).is_some_and(|b| b.outcome == TestOutcome::Passed && !b.is_flaky());
    for result in &mut head.results {
        let is_said = result.condition.as_ref().is_some_and(|c| c.proof == Proof::Words);
        if is_said && is_green(&result.id) && !is_rewritten(&result.id, change, sources) {
            result.condition = None;
        }
    }
}

/// Whether the change rewrites the test that a runner calls `id`, or may do so.
fn is_rewritten(id: &TestId, change: &Change, sources: &[SourceFacts]) -> bool {
    let at_head =
        sources.iter().filter(|s| s.side == Side::Head).flat_map(|s| s.tests.iter().map(move |t| (s, t)));
    let mut meant = at_head.filter(|(s, t)| template::names(t, s.language, id));
    meant.any(|(facts, test)| {
        let base_path = change.file(&facts.path).map_or(facts.path.as_str(), |f| f.base_path());
        let same = |b: &TestDecl| b.name == test.name && b.body == test.body;
        !sources.iter().any(|b| b.side == Side::Base && b.path == base_path && b.tests.iter().any(same))
    })
}

/// A condition of this run that a failure's own words name.
fn condition_said(network_is_open: bool, message: &str) -> Option<Condition> {
    let network = !network_is_open && NO_NETWORK.iter().any(|n| message.contains(n));
    let says = if network {
        "needs the network, which is closed to tests; open it with `sandbox.network = true`"
    } else if is_denied_access(message) {
        "is denied access to a file, and may write in the scratch area only; open the place with `sandbox.write`"
    } else {
        return None;
    };
    Some(Condition { says: says.to_owned(), proof: Proof::Words })
}

/// That a test holds a measured time against a limit: how fast this machine is, and what else runs on it,
/// decides too.
fn time_measured(name: &str, message: &str) -> Option<Condition> {
    const LIMITS: [&str; 17] = [
        "allowed",
        "at least",
        "at most",
        "budget",
        "exceed",
        "less than",
        "limit",
        "longer than",
        "max",
        "more than",
        "over",
        "slower",
        "target",
        "threshold",
        "too slow",
        "under",
        "within",
    ];
    const WORDS: [&str; 12] = [
        "performance",
        "benchmark",
        "latency",
        "p50",
        "p90",
        "p95",
        "p99",
        "elapsed",
        "took",
        "throughput",
        "speedup",
        "slower",
    ];
    let first = message.lines().next().unwrap_or_default().to_lowercase();
    let mut words = first.split(|c: char| c.is_whitespace() || "=<>≥≤:,()".contains(c));
    let is_time = |word: &str| {
        let number = word.trim_end_matches(['m', 's', 'u', 'µ', 'n']);
        number.len() < word.len() && word.ends_with('s') && number.parse::<f64>().is_ok()
    };
    let named = format!("{} {first}", name.to_lowercase());
    let holds_against = first.contains(['<', '>', '≤', '≥']) || LIMITS.iter().any(|l| first.contains(l));
    let is_measured = words.any(is_time) && holds_against && WORDS.iter().any(|w| named.contains(w));
    is_measured.then(|| Condition {
        says: "holds a measured time against a limit, which the machine's speed and load decide too"
            .to_owned(),
        proof: Proof::Machine,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_red_each_time_is_explained_whichever_runner_said_so() {
        let red = |message: &str, reruns: &[TestOutcome], condition: Option<&str>| TestResult {
            id: TestId { suite: "doc".to_owned(), name: "src/lib.rs - one (line 1)".to_owned() },
            outcome: TestOutcome::Failed,
            reruns: reruns.to_vec(),
            message: Some(message.to_owned()),
            path: None,
            line: None,
            ms: None,
            condition: condition.map(|says| Condition { says: says.to_owned(), proof: Proof::Rerun }),
        };
        let lost = "Os { code: 101, kind: NetworkUnreachable, message: \"Network is unreachable\" }";
        for (result, expected) in [
            (red(lost, &[], None), Some("needs the network")),
            (red(lost, &[TestOutcome::Failed], None), Some("needs the network")),
            (red(lost, &[TestOutcome::Passed], None), None),
            (red(lost, &[], Some("known")), Some("known")),
            (red("took 12.5s, allowed are 5s", &[], None), Some("holds a measured time")),
            (
                red("Os { code: 13, kind: PermissionDenied, message: \"Permission denied\" }", &[], None),
                Some("is denied access"),
            ),
            (
                red("OSError: [Errno 30] Read-only file system: '/var/tmp/x'", &[], None),
                Some("is denied access"),
            ),
            (red("touch: cannot touch '/var/tmp/x': Permission denied", &[], None), Some("is denied access")),
            (red("open /var/tmp/x: permission denied", &[], None), Some("is denied access")),
            (red("left: \"permission denied\", right: \"welcome\"", &[], None), None),
            (red("assertion failed", &[], None), None),
        ] {
            let mut results = [result];
            note_at(false, &mut results);
            let noted = results[0].condition.as_ref().map(|c| c.says.as_str());
            assert_eq!(noted.is_some(), expected.is_some(), "{noted:?}");
            assert!(noted.unwrap_or_default().starts_with(expected.unwrap_or_default()), "{noted:?}");
        }
    }

    #[test]
    fn on_a_full_disk_nothing_that_is_red_is_held_against_the_code() {
        use guard_model::lab::{SuiteOutcome, SuiteTrouble};
        let result = |name: &str, outcome| {
            TestResult::new(TestId { suite: "a".to_owned(), name: name.to_owned() }, outcome)
        };
        let suite = SuiteOutcome {
            suite: "a::doc".to_owned(),
            announced: None,
            filtered: 0,
            exit_code: Some(101),
            trouble: Some(SuiteTrouble::FailedOutsideTests),
            detail: None,
            ms: 0,
        };
        let results = vec![result("fine", TestOutcome::Passed), result("big", TestOutcome::Failed)];
        let mut tests = TestRun { results, suites: vec![suite], ..TestRun::default() };
        set_aside_full_disk(&mut tests);
        assert!(tests.results[0].condition.is_none() && !tests.results[1].failed_for_sure(), "{tests:?}");
        assert!(tests.suites[0].trouble.is_none() && tests.gap.is_some(), "{tests:?}");

        let mut green = TestRun { results: vec![result("fine", TestOutcome::Passed)], ..TestRun::default() };
        set_aside_full_disk(&mut green);
        assert_eq!(green.gap, None);
    }

    #[test]
    fn a_limit_on_a_measured_time_is_told_from_other_expectations() {
        let table = [
            ("test_p95", "AssertionError: p95@1000=693.6ms ≥ 300ms — too slow", true),
            ("test_import", "took 12.5s, allowed are 5s", true),
            ("test_format", "assert '3s' == '4s'", false),
            ("label", "elapsed label is wrong for 3s: took 4s", false),
            ("test_performance_report", "assert 3 == 4", false),
        ];
        for (name, message, expected) in table {
            assert_eq!(time_measured(name, message).is_some(), expected, "{message}");
        }
    }
}
