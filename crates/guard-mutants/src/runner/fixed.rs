//! A mutant without a switch: it is in the programs, and all their tests are asked.

use std::time::{Duration, Instant};

use guard_exec::{Exit, Output};

use super::{Runner, SHORTEST, WHOLE, caught, millis};
use crate::libtest;
use crate::work::{Before, End, Fixed, Program, TestName, Tried};

impl Runner<'_> {
    /// Runs the quickest programs first, until a test fails that passes without the mutant.
    pub(super) fn attempt_fixed(&self, fixed: &Fixed) -> Tried {
        let began = Instant::now();
        let mut tried = Tried {
            id: fixed.id,
            end: End::Missed,
            reached_by: Vec::new(),
            more: 0,
            tests: 0,
            processes: 0,
            ms: 0,
            kept: false,
        };
        let mut order: Vec<(&Program, Option<&Before>)> = self
            .work
            .programs
            .iter()
            .map(|p| (p, fixed.before.iter().find(|b| b.suite == p.suite && b.is_known)))
            .collect();
        order.sort_by_key(|(_, before)| before.map_or(u64::MAX, |b| b.ms));
        let mut silent = None;
        for (program, before) in order {
            let end = match before {
                None => Err(format!("the tests of `{}` could not be asked", program.suite)),
                Some(_) if self.is_over() => Err("the time was over before all tests had run".to_owned()),
                Some(before) => self.ask_all(program, before, &mut tried),
            };
            match end {
                Ok(None) => {}
                Ok(Some(end)) => {
                    silent = None;
                    tried.end = end;
                    break;
                }
                Err(why) => silent = Some(why),
            }
        }
        if let Some(why) = silent {
            tried.end = End::NotRun { why };
        }
        tried.ms = millis(began.elapsed());
        tried
    }

    /// Runs all tests of a program; `None` when no other test fails than without the mutant. What fails must fail
    /// twice.
    fn ask_all(&self, program: &Program, before: &Before, tried: &mut Tried) -> Result<Option<End>, String> {
        let limit = Duration::from_millis(before.ms).saturating_mul(4).max(SHORTEST);
        let mut run = |tests: &[&str]| {
            tried.processes += 1;
            let output = self.start(program, tests, &[("GUARD_MUTANT", "0".into())], limit)?;
            Ok::<_, String>((self.newly_failed(program, before, &output), output))
        };
        let (failed, output) = run(&[])?;
        tried.tests += libtest::outcomes(&output.text()).0.len() + failed.len();
        let is_whole =
            matches!(output.exit, Exit::Code(_)) && (!program.libtest || libtest::is_whole(&output.text()));
        if failed.is_empty() && is_whole {
            return Ok(None);
        }
        let first = failed.first().map(String::as_str);
        let again: Vec<&str> = first.filter(|_| program.libtest && is_whole).into_iter().collect();
        let (failed_again, second) = run(&again)?;
        let by = |name: Option<&str>| TestName {
            suite: program.suite.clone(),
            name: name.unwrap_or(WHOLE).to_owned(),
        };
        if output.exit == Exit::TimedOut && second.exit == Exit::TimedOut {
            return Ok(Some(End::Timeout { by: by(None) }));
        }
        let same = failed_again.iter().any(|f| Some(f.as_str()) == first);
        let both_die = !is_whole && output.exit == second.exit;
        if same || both_die {
            return Ok(Some(caught(by(first), &second)));
        }
        Err(format!("the tests of `{}` come out differently each time", program.suite))
    }

    fn newly_failed(&self, program: &Program, before: &Before, output: &Output) -> Vec<String> {
        let (_, failed) = self.outcomes(program, output);
        failed.into_iter().filter(|f| !before.failed.contains(f)).collect()
    }
}
