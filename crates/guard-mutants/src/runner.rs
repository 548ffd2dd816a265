//! Runs mutants against the tests that reach them, inside the sandbox: quickest and most promising first,
//! until one fails.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use guard_exec::{Cmd, Control, Exit, Limits, Output};

use crate::libtest;
use crate::reach::{self, Reached};
use crate::weave::Id;
use crate::work::{End, Program, TestName, Told, Tried, Work};

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

/// A program and what is known of it.
struct Subject<'w> {
    program: &'w Program,
    /// Tests that pass with no mutant on.
    tests: BTreeSet<String>,
    /// Who reaches each place.
    reached: BTreeMap<Id, Reached>,
    /// Time of all its tests together.
    whole: Duration,
}

/// A process's worth of tests.
struct Batch<'s> {
    subject: &'s Subject<'s>,
    /// `None` for all of them.
    tests: Vec<&'s str>,
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
    let mut subjects = Vec::new();
    for (number, program) in work.programs.iter().enumerate() {
        let (subject, failed, trouble) = runner.observe(number, program)?;
        told(&Told::Baseline {
            program: number,
            passed: subject.tests.len(),
            failed,
            trouble,
            ms: millis(subject.whole),
        });
        subjects.push(subject);
    }
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..work.workers.max(1) {
            scope.spawn(|| {
                while let Some((id, group)) = work.mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    told(&Told::Tried(runner.attempt(*id, *group, &subjects)));
                }
            });
        }
    });
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
    /// Runs a program's tests with no mutant on, and reads who reached what.
    fn observe(
        &self,
        number: usize,
        program: &'w Program,
    ) -> io::Result<(Subject<'w>, Vec<String>, Option<String>)> {
        let notes = self.work.notes.join(number.to_string());
        fresh_dir(&notes)?;
        let trace = |tests: &[&str], notes: &Path| {
            let env = [("GUARD_MUTANT", OsString::from("trace")), ("GUARD_MUTANT_NOTES", notes.into())];
            self.start(program, tests, &env, Duration::from_millis(self.work.limit_ms))
        };
        let output = match trace(&[], &notes) {
            Ok(output) => output,
            Err(trouble) => return Ok((Subject::silent(program), Vec::new(), Some(trouble))),
        };
        let stdout = output.text();
        let (tests, failed) = match program.libtest {
            true => libtest::outcomes(&stdout),
            false if output.success() => ([WHOLE.to_owned()].into(), BTreeSet::new()),
            false => (BTreeSet::new(), [WHOLE.to_owned()].into()),
        };
        let trouble = match output.exit {
            Exit::Code(_) if !program.libtest || libtest::is_whole(&stdout) => None,
            exit => Some(format!("with no mutant on it ended before its last test: {exit}")),
        };
        let known = tests.union(&failed).cloned().collect();
        let mut reached = reach::read(&notes, &program.path, &known)?;
        if !program.libtest {
            for place in reached.values_mut() {
                *place = Reached { tests: tests.clone(), times: place.times, ..Reached::default() };
            }
        }
        // A program that a test started does not know which one it was.
        if reached.values().any(|r| r.other_program) && tests.len() > 1 {
            reached.retain(|_, r| {
                r.other_program = false;
                !r.tests.is_empty() || r.unknown
            });
            for test in &tests {
                fresh_dir(&notes)?;
                if trace(&[test], &notes).is_err() {
                    continue;
                }
                for (place, _) in reach::read(&notes, &program.path, &known)? {
                    reached.entry(place).or_default().tests.insert(test.clone());
                }
            }
        }
        let whole = Duration::from_millis(output.ms);
        let tests = if trouble.is_some() { BTreeSet::new() } else { tests };
        for place in reached.values_mut() {
            place.tests.retain(|t| tests.contains(t));
        }
        Ok((Subject { program, tests, reached, whole }, failed.into_iter().collect(), trouble))
    }

    /// Runs one mutant until a test fails or all that reach it have passed.
    fn attempt(&self, id: Id, group: u32, subjects: &[Subject<'_>]) -> Tried {
        let began = Instant::now();
        let mut tried =
            Tried { id, end: End::NotRun, reached_by: Vec::new(), more: 0, tests: 0, processes: 0, ms: 0 };
        let candidates = self.candidates(id, group, subjects);
        tried.more = candidates.len().saturating_sub(NAMED);
        tried.reached_by = candidates.iter().take(NAMED).map(|(_, name)| name.clone()).collect();
        tried.end = if candidates.is_empty() { End::Uncovered } else { End::Missed };
        for batch in batches(&candidates) {
            if self.is_over() {
                tried.end = End::NotRun;
                break;
            }
            let end = self.ask(id, &batch, &mut tried).unwrap_or(Some(End::NotRun));
            if let Some(end) = end {
                if let End::Caught { by, .. } | End::Timeout { by } = &end
                    && let Ok(mut killers) = self.killers.lock()
                {
                    *killers.entry((group, by.clone())).or_default() += 1;
                }
                tried.end = end;
                break;
            }
        }
        tried.ms = millis(began.elapsed());
        tried
    }

    /// The place of a mutant: the number of its first one.
    fn place_of(&self, id: Id) -> Option<Id> {
        self.work.places.range(..=id).rev().find(|(_, ids)| ids.contains(&id)).map(|(place, _)| *place)
    }

    /// The tests that may meet a mutant: those that caught others of its group first, then those that reach
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
                let kills = killers.get(&(group, name.clone())).copied().unwrap_or(0);
                let named = reached.tests.contains(test);
                let breadth = subject.reached.values().filter(|r| r.tests.contains(test)).count();
                found.push((std::cmp::Reverse(kills), !named, breadth, subject.whole, subject, name));
            }
        }
        found.sort_by(|a, b| (a.0, a.1, a.2, a.3, &a.5).cmp(&(b.0, b.1, b.2, b.3, &b.5)));
        found.into_iter().map(|(.., subject, name)| (subject, name)).collect()
    }

    /// Runs a batch with a mutant on; `None` when all passed.
    ///
    /// # Errors
    /// A test could not be started.
    fn ask(&self, id: Id, batch: &Batch<'_>, tried: &mut Tried) -> Result<Option<End>, String> {
        let subject = batch.subject;
        let name = |test: &str| TestName { suite: subject.program.suite.clone(), name: test.to_owned() };
        let single = match batch.tests[..] {
            [test] => Some(test),
            _ => None,
        };
        let limit = match single {
            // Its own time, and proof that it passes on its own.
            Some(test) => match self.alone(subject, test, tried)? {
                Some(own) => own.saturating_mul(20).max(SHORTEST),
                // Alone it fails without the mutant, too: it is asked together with others.
                None => return Ok(None),
            },
            None => subject.whole.saturating_mul(4).max(SHORTEST),
        };
        let Some((output, failed)) = self.with_mutant(id, subject, &batch.tests, limit, tried)? else {
            return Ok(None);
        };
        let by = failed
            .first()
            .cloned()
            .unwrap_or_else(|| batch.tests.first().map_or_else(String::new, |t| (*t).to_owned()));
        if matches!(output.exit, Exit::TimedOut | Exit::Code(EXIT_ENDLESS)) {
            return Ok(Some(End::Timeout { by: name(&by) }));
        }
        if single.is_none() && !failed.is_empty() {
            // Tests disturb one another, too: the mutant must be what makes the difference.
            let again = match self.alone(subject, &by, tried)? {
                Some(own) => {
                    let limit = own.saturating_mul(20).max(SHORTEST);
                    self.with_mutant(id, subject, &[&by], limit, tried)?
                }
                None => None,
            };
            if again.is_none() && !self.without_mutant(subject, &batch.tests, limit, tried)?.success() {
                return Ok(None);
            }
        }
        let said = libtest::said(&output.text(), &String::from_utf8_lossy(&output.stderr));
        Ok(Some(End::Caught { by: name(&by), said: said.unwrap_or_else(|| output.exit.to_string()) }))
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
        let mut cmd = Cmd::new(&program.path, &program.cwd).env_clear_all();
        for (name, value) in self.variables {
            cmd = cmd.env(name, value);
        }
        for (name, value) in &program.env {
            cmd = cmd.env(name, value);
        }
        // Reading debug information for a backtrace takes longer than the test.
        cmd = cmd.env("RUST_BACKTRACE", "0");
        for (name, value) in env {
            cmd = cmd.env(name, value);
        }
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

    fn is_over(&self) -> bool {
        let budget = self.work.budget_ms.map(Duration::from_millis);
        self.ctl.is_interrupted() || budget.is_some_and(|b| self.began.elapsed() > b)
    }
}

impl<'w> Subject<'w> {
    /// A program that could not be started.
    fn silent(program: &'w Program) -> Subject<'w> {
        Subject { program, tests: BTreeSet::new(), reached: BTreeMap::new(), whole: Duration::ZERO }
    }
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
