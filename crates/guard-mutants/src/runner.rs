//! Runs mutants against the tests that reach them, inside the sandbox: quickest and most promising first,
//! until one fails.

mod fixed;
mod subject;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use guard_exec::{Cmd, Control, Exit, Limits, Output};
use guard_model::Kill;

use crate::libtest;
use crate::reach::{self, Reached};
use crate::weave::Id;
use crate::work::{End, Kept, Program, Seen, TestName, Told, Tried, Work};
use subject::Subject;

/// Exit code of a process that met its mutant far more often than all tests together do without it.
const EXIT_ENDLESS: i32 = 94;

/// Tests that are run together once the most promising one has passed; more each time.
const BATCHES: [usize; 3] = [1, 4, 24];

/// Tests of one process at most: names are arguments.
const MAX_BATCH: usize = 2_000;

/// The shortest time limit: a machine may be busy.
const SHORTEST: Duration = Duration::from_secs(2);

/// A process that meets its mutant this many times as often as all tests together reach the place without it,
/// and then some, does not end: what StrykerJS calls the hit limit.
const ENDLESS: u64 = 100;
const AND_THEN_SOME: u64 = 100_000;

/// Tests that are named for a mutant.
const NAMED: usize = 12;

/// The one test of a program without libtest.
const WHOLE: &str = "main";

/// Bytes of output that are kept of a test process.
const KEEP: usize = 1 << 20;

/// A process's worth of tests.
struct Batch<'s> {
    subject: &'s Subject<'s>,
    tests: Vec<&'s str>,
}

/// What keeps a program from saying anything.
struct Silence {
    trouble: String,
    ms: u64,
    failed: BTreeSet<String>,
}

/// What a batch says of a mutant.
enum Answer {
    /// All passed.
    Passed,
    /// The mutant is found out.
    Ended(End),
    /// The same tests do not pass without it: they say nothing.
    Silent,
}

/// Does `work`; `told` hears of everything as it comes. `variables` are the environment of every test.
///
/// # Errors
/// When the notes cannot be read or written.
pub fn run(
    work: &Work,
    variables: &[(OsString, OsString)],
    ctl: &Control,
    told: &(dyn Fn(&Told) + Sync),
) -> io::Result<()> {
    let runner = Runner {
        work,
        variables,
        ctl,
        began: Instant::now(),
        killers: Mutex::default(),
        alone: Mutex::default(),
    };
    if let Some(fixed) = &work.fixed {
        told(&Told::Tried(runner.attempt_fixed(fixed)));
        return Ok(());
    }
    let mut subjects = Vec::new();
    for (number, program) in work.programs.iter().enumerate() {
        let (subject, failed) = match work.kept.get(&number) {
            Some(kept) if !kept.has_more => {
                (Subject::of(program, &kept.seen, Some(kept)), kept.seen.failed.clone())
            }
            None if program.is_apart => {
                subjects.push(Subject::of(program, &Seen::default(), None));
                continue;
            }
            kept => runner.subject(number, program, kept)?,
        };
        told(&Told::Baseline {
            program: number,
            passed: subject.tests.len(),
            failed: failed.iter().cloned().collect(),
            trouble: subject.trouble.clone(),
            ms: millis(subject.whole),
            seen: subject.seen(failed),
        });
        subjects.push(subject);
    }
    let next = AtomicUsize::new(0);
    let unsettled = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..work.workers.max(1) {
            scope.spawn(|| {
                while let Some((id, group)) = work.mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let tried = runner.attempt(*id, *group, &subjects);
                    match unsettled.lock() {
                        Ok(mut list) if runner.may_be_disturbed(&tried) => list.push((*id, *group)),
                        _ => told(&Told::Tried(tried)),
                    }
                }
            });
        }
    });
    // Tests that share a file or a port disturb one another in two processes, and not when only one runs.
    runner.forget_failures();
    for (id, group) in unsettled.into_inner().unwrap_or_default() {
        told(&Told::Tried(runner.attempt(id, group, &subjects)));
    }
    Ok(())
}

struct Runner<'w> {
    work: &'w Work,
    variables: &'w [(OsString, OsString)],
    ctl: &'w Control,
    began: Instant,
    /// Which tests caught mutants of a group, and how often.
    killers: Mutex<BTreeMap<(u32, TestName), usize>>,
    /// What a test takes on its own with no mutant on; `None` when it does not pass then.
    alone: Mutex<BTreeMap<TestName, Option<Duration>>>,
}

impl<'w> Runner<'w> {
    /// A program as it is seen with no mutant on, with the tests that failed. Of what is `kept`, only the tests that were
    /// added since are run.
    fn subject(
        &self,
        number: usize,
        program: &'w Program,
        kept: Option<&'w Kept>,
    ) -> io::Result<(Subject<'w>, BTreeSet<String>)> {
        let more = kept.and_then(|kept| Some((kept, self.added(program, &kept.seen)?)));
        let (kept, observed) = match &more {
            Some((kept, added)) if added.is_empty() => (Some(*kept), Ok(kept.seen.clone())),
            Some((kept, added)) => {
                let names: Vec<&str> = added.iter().map(String::as_str).collect();
                let of_added = self.observe(number, program, &names)?;
                (Some(*kept), of_added.map(|added| kept.seen.clone().and(added)))
            }
            None => (None, self.observe(number, program, &[])?),
        };
        Ok(match observed {
            Ok(seen) => (Subject::of(program, &seen, kept), seen.failed),
            Err(silence) => {
                let whole = Duration::from_millis(silence.ms);
                (Subject::silent(program, silence.trouble, whole), silence.failed)
            }
        })
    }

    /// The tests of a program besides those that were seen; `None` where it does not list these, too.
    fn added(&self, program: &Program, seen: &Seen) -> Option<BTreeSet<String>> {
        let known: BTreeSet<String> = seen.tests.union(&seen.failed).cloned().collect();
        let (all, ignored) = (self.list(program, &[])?, self.list(program, &["--ignored"])?);
        let is_all = known.is_subset(&all);
        is_all.then(|| all.into_iter().filter(|t| !known.contains(t) && !ignored.contains(t)).collect())
    }

    fn list(&self, program: &Program, more: &[&str]) -> Option<BTreeSet<String>> {
        let cmd = self.command(program, &[]).args(["--list", "--format", "terse"]).args(more);
        let output = cmd.run(self.ctl).ok().filter(Output::success)?;
        Some(libtest::listed(&output.text()))
    }

    /// Runs a program's tests, or `only` these, with no mutant on, and reads who reached what.
    fn observe(&self, number: usize, program: &Program, only: &[&str]) -> io::Result<Result<Seen, Silence>> {
        let notes = self.work.notes.join(number.to_string());
        fresh_dir(&notes)?;
        let output = match self.trace(program, only, &notes) {
            Ok(output) => output,
            Err(trouble) => return Ok(Err(Silence { trouble, ms: 0, failed: BTreeSet::new() })),
        };
        let (mut tests, failed) = self.outcomes(program, &output);
        tests.retain(|test| only.is_empty() || only.contains(&test.as_str()));
        let is_whole =
            matches!(output.exit, Exit::Code(_)) && (!program.libtest || libtest::is_whole(&output.text()));
        if !is_whole {
            let trouble = format!("with no mutant on it ended before its last test: {}", output.exit);
            return Ok(Err(Silence { trouble, ms: output.ms, failed }));
        }
        let known = tests.union(&failed).cloned().collect();
        let mut reached = reach::read(&notes, &program.path, &known)?;
        if !program.libtest {
            for place in reached.values_mut() {
                *place = Reached { tests: tests.clone(), times: place.times, ..Reached::default() };
            }
        } else if reached.values().any(|r| r.other_program) {
            self.trace_alone(program, &tests, &known, &notes, &mut reached)?;
        }
        Ok(Ok(Seen { tests, failed, reached, ms: output.ms }))
    }

    /// A program that a test started does not know which one it was, so each test is traced alone. What no
    /// test reaches alone, or was not asked in time, may be any test's.
    fn trace_alone(
        &self,
        program: &Program,
        tests: &BTreeSet<String>,
        known: &BTreeSet<String>,
        notes: &Path,
        reached: &mut BTreeMap<Id, Reached>,
    ) -> io::Result<()> {
        let mut found: BTreeMap<Id, BTreeSet<String>> = BTreeMap::new();
        let mut all_asked = true;
        for test in tests {
            fresh_dir(notes)?;
            if self.is_over() || self.trace(program, &[test], notes).is_err() {
                all_asked = false;
                break;
            }
            for place in reach::read(notes, &program.path, known)?.into_keys() {
                found.entry(place).or_default().insert(test.clone());
            }
        }
        for (place, who) in reached.iter_mut().filter(|(_, who)| who.other_program) {
            who.unknown |= !all_asked || !found.contains_key(place);
        }
        for (place, tests) in found {
            reached.entry(place).or_default().tests.extend(tests);
        }
        Ok(())
    }

    fn trace(&self, program: &Program, tests: &[&str], notes: &Path) -> Result<Output, String> {
        let env = [("GUARD_MUTANT", OsString::from("trace")), ("GUARD_MUTANT_NOTES", notes.into())];
        self.start(program, tests, &env, Duration::from_millis(self.work.limit_ms))
    }

    /// Which tests passed and which failed, also where a test's own output tears the lines apart.
    fn outcomes(&self, program: &Program, output: &Output) -> (BTreeSet<String>, BTreeSet<String>) {
        if !program.libtest {
            let whole = BTreeSet::from([WHOLE.to_owned()]);
            return if output.success() { (whole, BTreeSet::new()) } else { (BTreeSet::new(), whole) };
        }
        let stdout = output.text();
        let (passed, failed) = libtest::outcomes(&stdout);
        if libtest::passed(&stdout).is_none_or(|n| n == passed.len()) {
            return (passed, failed);
        }
        match (self.list(program, &[]), self.list(program, &["--ignored"])) {
            (Some(all), Some(ignored)) => {
                let ran = all.difference(&ignored).filter(|t| !failed.contains(*t)).cloned().collect();
                (ran, failed)
            }
            _ => (passed, failed),
        }
    }

    /// Runs one mutant until a test fails or all that reach it have passed, this time or before.
    fn attempt(&self, id: Id, group: u32, subjects: &[Subject<'_>]) -> Tried {
        let began = Instant::now();
        let candidates = self.candidates(id, group, subjects);
        // They run quickest first; what is told of them does not hang on how quick they were today.
        let mut reached_by: Vec<&TestName> = candidates.iter().map(|(_, name)| name).collect();
        reached_by.sort_unstable();
        let mut tried = Tried {
            id,
            end: End::Missed,
            reached_by: reached_by.into_iter().take(NAMED).cloned().collect(),
            more: candidates.len().saturating_sub(NAMED),
            tests: 0,
            processes: 0,
            ms: 0,
            kept: false,
        };
        if let Some(end) = subjects.iter().find_map(|s| s.kept?.caught.get(&id)) {
            return Tried { end: end.clone(), kept: true, ..tried };
        }
        let open: Vec<(&Subject<'_>, TestName)> = candidates
            .iter()
            .filter(|(s, test)| {
                s.kept.is_none_or(|k| !k.passed.contains(&id) || !k.seen.tests.contains(&test.name))
            })
            .cloned()
            .collect();
        tried.kept = open.is_empty() && !candidates.is_empty();
        tried.end = self.settle(id, group, &open, subjects, &mut tried);
        tried.ms = millis(began.elapsed());
        tried
    }

    fn settle(
        &self,
        id: Id,
        group: u32,
        open: &[(&Subject<'_>, TestName)],
        subjects: &[Subject<'_>],
        tried: &mut Tried,
    ) -> End {
        let mut silent = None;
        for batch in batches(open) {
            if self.is_over() {
                return End::NotRun { why: "the time was over before all its tests had run".to_owned() };
            }
            match self.ask(id, &batch, tried) {
                Ok(Answer::Passed) => {}
                Ok(Answer::Silent) => {
                    let test = batch.tests.first().copied().unwrap_or_default();
                    silent =
                        Some(format!("`{test}` reaches it and does not pass by itself without it either"));
                }
                Ok(Answer::Ended(end)) => {
                    if let End::Caught { by, .. } | End::Timeout { by } = &end
                        && let Ok(mut killers) = self.killers.lock()
                    {
                        *killers.entry((group, by.clone())).or_default() += 1;
                    }
                    return end;
                }
                Err(error) => return End::NotRun { why: format!("a test could not be started: {error}") },
            }
        }
        // Nobody found it out. That says something only when everybody could be asked.
        let place = self.place_of(id);
        let red = |s: &&Subject<'_>| place.is_some_and(|p| s.reached.contains_key(&p));
        if let Some(why) = silent {
            End::NotRun { why }
        } else if let Some(subject) = subjects.iter().find(|s| s.trouble.is_some()) {
            End::NotRun { why: format!("the tests of `{}` could not be asked", subject.program.suite) }
        } else if !tried.reached_by.is_empty() {
            End::Missed
        } else if subjects.iter().any(|s| red(&s)) {
            End::NotRun { why: "only tests that fail without it reach it".to_owned() }
        } else {
            End::Uncovered
        }
    }

    /// The place of a mutant: the number of its first one.
    fn place_of(&self, id: Id) -> Option<Id> {
        self.work.places.range(..=id).rev().find(|(_, ids)| ids.contains(&id)).map(|(place, _)| *place)
    }

    /// The tests that may meet a mutant: the one that caught it the last time first, those that caught others of its group, then those that reach
    /// the fewest places.
    fn candidates<'s>(
        &self,
        id: Id,
        group: u32,
        subjects: &'s [Subject<'s>],
    ) -> Vec<(&'s Subject<'s>, TestName)> {
        let Some(place) = self.place_of(id) else { return Vec::new() };
        let killers = self.killers.lock().map(|k| k.clone()).unwrap_or_default();
        let mut found = Vec::new();
        for subject in subjects {
            let Some(reached) = subject.reached.get(&place) else { continue };
            let tests = if reached.unknown { &subject.tests } else { &reached.tests };
            for test in tests {
                let name = TestName { suite: subject.program.suite.clone(), name: test.clone() };
                let last = if self.work.killers.get(&id) == Some(&name) { usize::MAX } else { 0 };
                let kills = killers.get(&(group, name.clone())).copied().unwrap_or(0).max(last);
                let named = reached.tests.contains(test);
                let breadth = subject.breadth.get(test).copied().unwrap_or(0);
                found.push((std::cmp::Reverse(kills), !named, breadth, subject.whole, subject, name));
            }
        }
        found.sort_by(|a, b| (a.0, a.1, a.2, a.3, &a.5).cmp(&(b.0, b.1, b.2, b.3, &b.5)));
        found.into_iter().map(|(.., subject, name)| (subject, name)).collect()
    }

    /// Runs a batch with a mutant on.
    ///
    /// # Errors
    /// A test could not be started.
    fn ask(&self, id: Id, batch: &Batch<'_>, tried: &mut Tried) -> Result<Answer, String> {
        let subject = batch.subject;
        let name = |test: &str| TestName { suite: subject.program.suite.clone(), name: test.to_owned() };
        let is_single = batch.tests.len() == 1;
        let limit = match batch.tests[..] {
            // Its own time, and proof that it passes on its own.
            [test] => match self.alone(subject, test, tried)? {
                Some(own) => limit_of(own),
                None => return Ok(Answer::Silent),
            },
            _ => subject.whole.saturating_mul(4).max(SHORTEST),
        };
        let Some((output, failed)) = self.with_mutant(id, subject, &batch.tests, limit, tried)? else {
            return Ok(Answer::Passed);
        };
        let first = batch.tests.first().copied().unwrap_or_default();
        let by = failed.first().cloned().unwrap_or_else(|| first.to_owned());
        if output.exit == Exit::Code(EXIT_ENDLESS) {
            return Ok(Answer::Ended(End::Timeout { by: name(&by) }));
        }
        // Tests disturb one another, and a machine may be busy: the mutant must be what makes the difference.
        let timed_out = output.exit == Exit::TimedOut;
        if timed_out || !is_single {
            let again = match self.alone(subject, &by, tried)? {
                Some(own) if !timed_out => self.with_mutant(id, subject, &[&by], limit_of(own), tried)?,
                _ => None,
            };
            if again.is_none() && !self.without_mutant(subject, &batch.tests, limit, tried)?.success() {
                return Ok(Answer::Silent);
            }
        }
        if timed_out {
            return Ok(Answer::Ended(End::Timeout { by: name(&by) }));
        }
        Ok(Answer::Ended(caught(name(&by), &output)))
    }

    /// Runs tests with a mutant on; what failed, and `None` when all passed.
    fn with_mutant(
        &self,
        id: Id,
        subject: &Subject<'_>,
        tests: &[&str],
        limit: Duration,
        tried: &mut Tried,
    ) -> Result<Option<(Output, Vec<String>)>, String> {
        tried.processes += 1;
        tried.tests += tests.len();
        let mut env = vec![("GUARD_MUTANT", OsString::from(id.to_string()))];
        let times = self.place_of(id).and_then(|place| subject.reached.get(&place)?.times);
        if let Some(times) = times {
            let limit = times.saturating_mul(ENDLESS).saturating_add(AND_THEN_SOME);
            env.push(("GUARD_MUTANT_LIMIT", limit.to_string().into()));
        }
        let output = self.start(subject.program, tests, &env, limit)?;
        if output.success() && (!subject.program.libtest || libtest::is_whole(&output.text())) {
            return Ok(None);
        }
        let failed = libtest::outcomes(&output.text()).1.into_iter().collect();
        Ok(Some((output, failed)))
    }

    fn without_mutant(
        &self,
        subject: &Subject<'_>,
        tests: &[&str],
        limit: Duration,
        tried: &mut Tried,
    ) -> Result<Output, String> {
        tried.processes += 1;
        self.start(subject.program, tests, &[("GUARD_MUTANT", OsString::from("0"))], limit)
    }

    /// What a test takes on its own with no mutant on; `None` when it does not pass.
    fn alone(
        &self,
        subject: &Subject<'_>,
        test: &str,
        tried: &mut Tried,
    ) -> Result<Option<Duration>, String> {
        let name = TestName { suite: subject.program.suite.clone(), name: test.to_owned() };
        let known = self.alone.lock().ok().and_then(|a| a.get(&name).copied());
        if let Some(known) = known {
            return Ok(known);
        }
        let limit = subject.whole.saturating_mul(4).max(SHORTEST);
        let output = self.without_mutant(subject, &[test], limit, tried)?;
        let took = output.success().then(|| Duration::from_millis(output.ms));
        if let Ok(mut alone) = self.alone.lock() {
            alone.insert(name, took);
        }
        Ok(took)
    }

    fn start(
        &self,
        program: &Program,
        tests: &[&str],
        env: &[(&str, OsString)],
        limit: Duration,
    ) -> Result<Output, String> {
        let mut cmd = self.command(program, env);
        if program.libtest && !tests.is_empty() {
            cmd = cmd.arg("--exact").args(tests);
        }
        let limits = Limits {
            wall: limit,
            memory: Some(self.work.memory),
            keep: KEEP,
            output: 64 << 20,
            ..Limits::default()
        };
        cmd.limits(limits).run(self.ctl).map_err(|e| e.to_string())
    }

    fn command(&self, program: &Program, env: &[(&str, OsString)]) -> Cmd {
        let mut cmd = Cmd::new(&program.path, &program.cwd).env_clear_all();
        for (name, value) in self.variables {
            cmd = cmd.env(name, value);
        }
        for (name, value) in &program.env {
            cmd = cmd.env(name, value);
        }
        // Reading debug information for a backtrace takes longer than the test.
        cmd = cmd.env("RUST_BACKTRACE", "0");
        env.iter().fold(cmd, |cmd, (name, value)| cmd.env(name, value))
    }

    /// Whether a mutant may come to more when nothing else runs.
    fn may_be_disturbed(&self, tried: &Tried) -> bool {
        self.work.workers > 1
            && tried.processes > 0
            && matches!(tried.end, End::NotRun { .. })
            && !self.is_over()
    }

    /// Asks tests anew that did not pass alone while others ran.
    fn forget_failures(&self) {
        if let Ok(mut alone) = self.alone.lock() {
            alone.retain(|_, took| took.is_some());
        }
    }

    fn is_over(&self) -> bool {
        let budget = self.work.budget_ms.map(Duration::from_millis);
        self.ctl.is_interrupted() || budget.is_some_and(|b| self.began.elapsed() > b)
    }
}

/// The end that a failing test puts to a mutant.
fn caught(by: TestName, output: &Output) -> End {
    let (said, how) = libtest::said(&output.text(), &String::from_utf8_lossy(&output.stderr))
        .unwrap_or_else(|| (output.exit.to_string(), Kill::Crash));
    End::Caught { by, said, how }
}

/// How long a test may take that takes `own` without a mutant.
fn limit_of(own: Duration) -> Duration {
    own.saturating_mul(20).max(SHORTEST)
}

/// The most promising test alone, then more and more of them together, a program at a time.
fn batches<'s>(candidates: &'s [(&'s Subject<'s>, TestName)]) -> Vec<Batch<'s>> {
    let mut found: Vec<Batch<'s>> = Vec::new();
    let mut rest = candidates;
    for size in BATCHES.into_iter().chain(std::iter::repeat(MAX_BATCH)) {
        if rest.is_empty() {
            break;
        }
        let (now, later) = rest.split_at(size.min(rest.len()));
        rest = later;
        let mut of_program: Vec<Batch<'s>> = Vec::new();
        for (subject, name) in now {
            match of_program.iter_mut().find(|b| std::ptr::eq(b.subject, *subject)) {
                Some(batch) => batch.tests.push(&name.name),
                None => of_program.push(Batch { subject, tests: vec![&name.name] }),
            }
        }
        found.extend(of_program);
    }
    found
}

fn fresh_dir(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    fs::create_dir_all(dir)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
