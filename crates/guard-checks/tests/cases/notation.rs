//! The compact notations of a case: sessions, lab results, reach. One fact a line.
//!
//! ```text
//! session   edit src/lib.rs
//!           run cargo test => ok | failed | background | interrupted [masked "by `tail`"] [12 passed] [1 failed] ["line"]
//!           say All tests pass.
//!           user Please run the tests.
//! lab       head build ok | not-run         (not-run: nothing had to be built)
//!           head build failed E0425 src/lib.rs:3 "cannot find function `f`"
//!           head build without extra failed E0425 src/lib.rs:3 "…"   (it builds, and not with that feature)
//!           head test demo tests::adds passed
//!           head test demo tests::adds failed failed passed at src/lib.rs:9 "left: 1, right: 2"
//!           head test demo tests::adds failed when "no network"    (by its own words; or `shown "..."`, by a
//!                                                  rerun; or `lacking "..."`, on this machine)
//!           head suite demo announced 3 exit 0 seconds 9 ended-early "tail of the output"
//!           head gap budget "reason"          (tests of that side)
//!           old-on-new tests/a.rs demo::a adds failed "message"
//!           new-on-old gap budget "reason"
//!           mutant missed src/lib.rs:3 f replace < with <= in f [tests::a] [tests::b]
//!           bench parse 10000 9800 0.97 0.99  (name, nanoseconds at base and head, interval of the ratio)
//! reach     src/a.rs unreached [was reached] [test] [tests 3] "no `mod a`"
//! ```
//!
//! A side that has tests and no build line was built.

use guard_model::evidence::Gap;
use guard_model::lab::{
    BenchCase, BenchComparison, BuildOutcome, BuildState, Cell, CellOutcome, CellResult, CodeRun, Condition,
    Diagnostic, FeatureBuild, LabEvidence, Proof, Ratio, SuiteOutcome, SuiteTrouble, TestId, TestOutcome,
    TestResult, TestRun,
};
use guard_model::mutants::MutantRecord;
use guard_model::source::ReachState;
use guard_model::words::{
    CommandOutcome, EditOutcome, ExitTrust, FileEdit, OutputReading, Purpose, WordsFormat,
};
use guard_model::{Command, Event, EventKind, GapKind, Reach, Speaker, Statement, StatementKind, Words};

use crate::evidence::input;

/// Reads a session.
pub(crate) fn session(words: &mut Words, text: &str) -> Result<(), String> {
    words.inputs.push(input(WordsFormat::ClaudeTranscript, "session.jsonl"));
    for (order, line) in (1u32..).zip(lines(text)) {
        let place = format!("session.jsonl:{order}");
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let kind = match verb {
            "edit" => EventKind::Edit(FileEdit {
                tool: "Edit".into(),
                paths: vec![rest.to_owned()],
                outcome: EditOutcome::Applied,
                error: None,
            }),
            "run" => EventKind::Command(command(rest)?),
            "compaction" => EventKind::Compaction,
            "say" | "user" => {
                let (kind, speaker) = match verb {
                    "say" => (StatementKind::FinalMessage, Speaker::Agent),
                    _ => (StatementKind::UserRequest, Speaker::User),
                };
                words.statements.push(Statement {
                    kind,
                    speaker,
                    text: rest.to_owned(),
                    place,
                    order,
                    time: None,
                });
                continue;
            }
            other => return Err(format!("session: `{other}` is none of edit, run, say, user, compaction")),
        };
        words.events.push(Event { kind, place, order, time: None, subagent: false, live: true });
    }
    Ok(())
}

fn command(text: &str) -> Result<Command, String> {
    let (line, end) = text.split_once(" => ").ok_or("session: a run needs ` => outcome`")?;
    let mut parts = Parts::of(end);
    let word = parts.word().ok_or("session: a run needs an outcome")?;
    let (outcome, exit_code) = match word.as_str() {
        "ok" => (CommandOutcome::Succeeded, Some(0)),
        "failed" => (CommandOutcome::Failed, Some(101)),
        "background" => (CommandOutcome::Background, None),
        "interrupted" => (CommandOutcome::Interrupted, None),
        other => return Err(format!("session: `{other}` is no outcome")),
    };
    let masked_by = parts.after("masked");
    let failed = parts.number_before("failed");
    let passed = parts.number_before("passed");
    let quoted = parts.quoted();
    let reading = (passed.is_some() || failed.is_some() || quoted.is_some()).then(|| OutputReading {
        passed,
        failed,
        says_failed: failed.is_some_and(|n| n > 0),
        line: quoted,
    });
    let purposes = [("test", Purpose::Test), ("git commit", Purpose::Commit), ("gh pr", Purpose::Publish)]
        .into_iter()
        .filter_map(|(sign, purpose)| line.contains(sign).then_some(purpose))
        .collect();
    Ok(Command {
        line: line.to_owned(),
        cwd: None,
        outcome,
        exit_code,
        exit_trust: if masked_by.is_some() { ExitTrust::Masked } else { ExitTrust::Trusted },
        masked_by,
        purposes,
        reading,
        output: String::new(),
    })
}

/// Reads lab results.
pub(crate) fn lab(text: &str) -> Result<LabEvidence, String> {
    let mut lab = LabEvidence::default();
    for line in lines(text) {
        let (what, rest) = line.split_once(' ').ok_or_else(|| format!("lab: `{line}` is too short"))?;
        match what {
            "head" => code(lab.head.get_or_insert_with(|| built("head")), rest)?,
            "base" => code(lab.base.get_or_insert_with(|| built("base")), rest)?,
            "old-on-new" => cell(lab.old_tests_on_new_code.get_or_insert_with(Cell::default), rest)?,
            "new-on-old" => cell(lab.new_tests_on_old_code.get_or_insert_with(Cell::default), rest)?,
            "bench" => lab.benches.push(bench(rest)?),
            "mutant" => lab.mutants.get_or_insert_default().list.push(mutant(rest)?),
            other => {
                return Err(format!(
                    "lab: `{other}` is none of head, base, old-on-new, new-on-old, bench, mutant"
                ));
            }
        }
    }
    Ok(lab)
}

fn bench(line: &str) -> Result<BenchComparison, String> {
    let bad = || format!("lab: `bench {line}` is not `NAME BASE-NS HEAD-NS LOW HIGH`");
    let [name, base, head, low, high] = line.split_whitespace().collect::<Vec<_>>()[..] else {
        return Err(bad());
    };
    let number = |text: &str| text.parse::<f64>().map_err(|_| bad());
    let (base, head) = (number(base)?, number(head)?);
    let case = BenchCase {
        name: String::new(),
        base_ps: (base * 1000.0) as u64,
        head_ps: (head * 1000.0) as u64,
        ratio: Ratio::new(head / base, number(low)?, number(high)?),
        runs: 12,
    };
    Ok(BenchComparison {
        name: name.to_owned(),
        command: format!("cargo bench --bench {name}"),
        cases: vec![case],
        gap: None,
        log: None,
    })
}

/// `OUTCOME PATH:LINE FUNCTION REPLACEMENT`, with `[TEST]` behind it for each test that reaches it.
fn mutant(line: &str) -> Result<MutantRecord, String> {
    let bad =
        || format!("lab: `mutant {line}` is not `OUTCOME PATH:LINE FUNCTION REPLACEMENT [TEST] \"REASON\"`");
    let mut words = line.splitn(4, ' ');
    let mut word = || words.next().ok_or_else(bad);
    let outcome = serde_json::from_value(word()?.into()).map_err(|_| bad())?;
    let (path, at) = word()?.split_once(':').ok_or_else(bad)?;
    let at: u32 = at.parse().map_err(|_| bad())?;
    let function = word()?.to_owned();
    let rest = word()?;
    let (rest, reason) = match rest.strip_suffix('"').and_then(|r| r.rsplit_once(" \"")) {
        Some((rest, reason)) => (rest, Some(reason.to_owned())),
        None => (rest, None),
    };
    let (replacement, tests) = rest.split_once(" [").unwrap_or((rest, ""));
    let reached_by: Vec<TestId> = tests
        .split(['[', ']'])
        .map(str::trim)
        .filter(|t| !t.is_empty())
        .map(|name| TestId { suite: "demo".to_owned(), name: name.to_owned() })
        .collect();
    Ok(MutantRecord {
        path: path.to_owned(),
        line: at,
        column: 1,
        end_line: at,
        end_column: 1,
        operator: if replacement.contains(" -> ") { "function-value" } else { "binary-operator" }.to_owned(),
        function: Some(function),
        replacement: replacement.to_owned(),
        inserted: String::new(),
        diff: String::new(),
        outcome,
        reason,
        own_build: false,
        with_doctests: false,
        kept: false,
        tests_run: reached_by.len() as u64,
        reached_by,
        more_reach: 0,
        caught_by: None,
        said: None,
        caught_how: None,
        ms: 0,
    })
}

fn built(tree: &str) -> CodeRun {
    CodeRun {
        tree: tree.to_owned(),
        build: BuildOutcome::new(BuildState::Ok, "cargo test --no-run"),
        tests: None,
        cached: false,
    }
}

fn code(run: &mut CodeRun, line: &str) -> Result<(), String> {
    let (what, rest) = line.split_once(' ').ok_or_else(|| format!("lab: `{line}` is too short"))?;
    match what {
        "build" => build(&mut run.build, rest),
        "unadded" => {
            run.build.unadded.push(rest.to_owned());
            Ok(())
        }
        "test" => {
            tests(run).results.push(result(rest)?);
            Ok(())
        }
        "suite" => {
            tests(run).suites.push(suite(rest)?);
            Ok(())
        }
        "gap" => {
            tests(run).gap = Some(gap(rest)?);
            Ok(())
        }
        other => Err(format!("lab: `{other}` is none of build, test, suite, gap")),
    }
}

fn tests(run: &mut CodeRun) -> &mut TestRun {
    run.tests.get_or_insert_with(|| TestRun { commands: vec!["cargo test".into()], ..TestRun::default() })
}

fn build(build: &mut BuildOutcome, line: &str) -> Result<(), String> {
    let mut parts = Parts::of(line);
    match parts.word().as_deref() {
        Some("ok") => build.state = BuildState::Ok,
        Some("not-run") => build.state = BuildState::NotRun,
        Some("failed") => {
            build.state = BuildState::Failed;
            let message = parts.quoted().unwrap_or_default();
            let code = parts
                .rest
                .iter()
                .find(|w| w.starts_with('E') && w[1..].chars().all(|c| c.is_ascii_digit()))
                .cloned();
            let place = parts.rest.iter().find(|w| w.contains('.')).cloned();
            let (path, line) = place.as_deref().map(path_line).unzip();
            let rendered = message.clone();
            build.errors.push(Diagnostic { message, code, path, line: line.flatten(), rendered });
        }
        Some("inconclusive") => {
            build.state = BuildState::Inconclusive;
            build.gap = Some(gap(&line["inconclusive ".len()..])?);
        }
        Some("without") => {
            let features = vec![parts.word().ok_or("lab: without which feature?")?];
            let mut more = BuildOutcome::new(BuildState::Ok, "");
            let (_, rest) = line.split_once(&features[0]).unwrap_or_default();
            self::build(&mut more, rest.trim())?;
            let command = format!("cargo test --no-run --features={}", features[0]);
            build.broken_features = Some(FeatureBuild { features, command, errors: more.errors, log: None });
        }
        other => return Err(format!("lab: a build is ok, not-run, failed or inconclusive, not {other:?}")),
    }
    Ok(())
}

fn result(line: &str) -> Result<TestResult, String> {
    let mut parts = Parts::of(line);
    let (suite, name) = (parts.word().unwrap_or_default(), parts.word().unwrap_or_default());
    let id = TestId { suite, name: name.trim_start_matches('"').to_owned() };
    let proofs = [("when", Proof::Words), ("shown", Proof::Rerun), ("lacking", Proof::Machine)];
    let condition =
        proofs.into_iter().find_map(|(word, proof)| parts.after(word).map(|says| Condition { says, proof }));
    let place = parts.after("at");
    let message = parts.quoted();
    let outcomes: Vec<TestOutcome> = parts.rest.iter().map(|w| outcome(w)).collect::<Result<_, _>>()?;
    let (first, reruns) = outcomes.split_first().ok_or_else(|| format!("lab: `{line}` has no outcome"))?;
    let (path, line) = place.as_deref().map(path_line).unzip();
    Ok(TestResult {
        id,
        outcome: *first,
        reruns: reruns.to_vec(),
        message,
        path,
        line: line.flatten(),
        ms: None,
        condition,
    })
}

fn outcome(word: &str) -> Result<TestOutcome, String> {
    Ok(match word {
        "passed" => TestOutcome::Passed,
        "failed" => TestOutcome::Failed,
        "timed-out" => TestOutcome::TimedOut,
        "ignored" => TestOutcome::Ignored,
        "not-run" => TestOutcome::NotRun,
        other => return Err(format!("lab: `{other}` is no outcome of a test")),
    })
}

fn suite(line: &str) -> Result<SuiteOutcome, String> {
    let mut parts = Parts::of(line);
    let suite = parts.word().unwrap_or_default();
    let announced = parts.after("announced").and_then(|n| n.parse().ok());
    let exit_code = parts.after("exit").and_then(|n| n.parse().ok());
    let filtered = parts.after("filtered").and_then(|n| n.parse().ok()).unwrap_or(0);
    let seconds: u64 = parts.after("seconds").and_then(|n| n.parse().ok()).unwrap_or(0);
    let detail = parts.quoted();
    let trouble = match parts.word().as_deref() {
        None | Some("ok") => None,
        Some("ended-early") => Some(SuiteTrouble::EndedEarly),
        Some("hung") => Some(SuiteTrouble::Hung),
        Some("crashed") => Some(SuiteTrouble::Crashed),
        Some("failed-outside-tests") => Some(SuiteTrouble::FailedOutsideTests),
        Some("over-memory") => Some(SuiteTrouble::OverMemory),
        Some("over-output") => Some(SuiteTrouble::OverOutput),
        Some(other) => return Err(format!("lab: `{other}` is no trouble of a suite")),
    };
    Ok(SuiteOutcome { suite, announced, filtered, exit_code, trouble, detail, ms: seconds * 1000 })
}

fn cell(cell: &mut Cell, line: &str) -> Result<(), String> {
    if let Some(rest) = line.strip_prefix("gap ") {
        cell.gap = Some(gap(rest)?);
        return Ok(());
    }
    let mut parts = Parts::of(line);
    let path = parts.word().unwrap_or_default();
    let id = TestId { suite: parts.word().unwrap_or_default(), name: parts.word().unwrap_or_default() };
    let message = parts.quoted();
    let outcome = match parts.word().as_deref() {
        Some("passed") => CellOutcome::Passed,
        Some("failed") => CellOutcome::Failed,
        Some("not-comparable") => CellOutcome::NotComparable,
        other => return Err(format!("lab: {other:?} is no outcome of a cell")),
    };
    let (path, line) = path_line(&path);
    cell.results.push(CellResult { id, path, line, outcome, message });
    Ok(())
}

fn gap(line: &str) -> Result<Gap, String> {
    let mut parts = Parts::of(line);
    let reason = parts.quoted().unwrap_or_default();
    let kind = match parts.word().as_deref() {
        Some("mode") => GapKind::Mode,
        Some("budget") => GapKind::Budget,
        Some("missing-tool") => GapKind::MissingTool,
        Some("sandbox") => GapKind::Sandbox,
        Some("input") => GapKind::Input,
        other => return Err(format!("{other:?} is no kind of gap")),
    };
    Ok(Gap::new(kind, reason))
}

/// Reads what is known of files' places in the build.
pub(crate) fn reach(text: &str) -> Result<Vec<Reach>, String> {
    lines(text).map(reach_of).collect()
}

fn reach_of(line: &str) -> Result<Reach, String> {
    let state = |word: &str| {
        Ok(match word {
            "reached" => ReachState::Reached,
            "unreached" => ReachState::Unreached,
            "unknown" => ReachState::Unknown,
            other => return Err(format!("reach: `{other}` is no state")),
        })
    };
    let mut parts = Parts::of(line);
    let path = parts.word().unwrap_or_default();
    let now = state(&parts.word().unwrap_or_default())?;
    let at_base = parts.after("was").map(|w| state(&w)).transpose()?;
    let tests = parts.after("tests").and_then(|n| n.parse().ok()).unwrap_or(0);
    let looked_at = parts.quoted().into_iter().collect();
    let test_code = parts.word().as_deref() == Some("test");
    Ok(Reach { path, state: now, looked_at, at_base, test_code, tests })
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|l| !l.is_empty())
}

fn path_line(place: &str) -> (String, Option<u32>) {
    match place.rsplit_once(':').and_then(|(p, l)| Some((p, l.parse().ok()?))) {
        Some((path, line)) => (path.to_owned(), Some(line)),
        None => (place.to_owned(), None),
    }
}

/// The words of a line, taken out one by one; a quoted part is one word that keeps its quotes.
struct Parts {
    rest: Vec<String>,
}

impl Parts {
    fn of(line: &str) -> Parts {
        let mut rest = Vec::new();
        for (i, piece) in line.split('"').enumerate() {
            if i % 2 == 1 {
                rest.push(format!("\"{piece}"));
            } else {
                rest.extend(piece.split_whitespace().map(str::to_owned));
            }
        }
        Parts { rest }
    }

    fn word(&mut self) -> Option<String> {
        (!self.rest.is_empty()).then(|| self.rest.remove(0))
    }

    /// The word after `key`, both taken out.
    fn after(&mut self, key: &str) -> Option<String> {
        let at = self.rest.iter().position(|w| w == key)?;
        self.rest.remove(at);
        (at < self.rest.len()).then(|| self.rest.remove(at).trim_start_matches('"').to_owned())
    }

    /// The number before `key`, both taken out.
    fn number_before(&mut self, key: &str) -> Option<u64> {
        let at = self.rest.iter().position(|w| w == key)?;
        let number = self.rest.get(at.checked_sub(1)?)?.parse().ok()?;
        self.rest.drain(at - 1..=at);
        Some(number)
    }

    fn quoted(&mut self) -> Option<String> {
        let at = self.rest.iter().position(|w| w.starts_with('"'))?;
        Some(self.rest.remove(at).trim_start_matches('"').to_owned())
    }
}
