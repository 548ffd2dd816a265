//! Benchmarks of the policy, run on base's and on head's code by turns until the ratio of their times is known well
//! enough.
//!
//! Each side has a tree and a target directory of its own, kept between runs, so that neither side is built anew for
//! each turn. The first run of each side builds and warms up; it does not count.

use std::path::{Path, PathBuf};
use std::time::Instant;

use guard_exec::{Exit, Output};
use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::{BenchCase, BenchComparison, Ratio};
use guard_model::policy::BenchPolicy;

use super::text::{clip, last_lines};
use super::workbench::Workbench;
use super::{KEPT, Session, suite};
use crate::results::times::{self, Time};

/// Turns of each side at least and at most.
const ROUNDS: std::ops::RangeInclusive<usize> = 4..=15;

/// The interval is narrow enough when its ends lie within this share of the middle.
const NARROW: f64 = 0.05;

/// 97.5 % points of Student's t, for 3 and more degrees of freedom.
const STUDENT: [f64; 12] =
    [3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145];

impl Session<'_> {
    /// The policy's benchmarks, on both sides.
    pub(super) fn benches(&mut self) -> Vec<BenchComparison> {
        let policy = self.request.policy;
        if policy.benches.is_empty() || self.request.ctl.is_interrupted() {
            return Vec::new();
        }
        let change = self.request.change;
        let key = self.key("benches", &[&change.base.tree, &change.head.tree], &[]);
        if let Some(known) = self.recall(&key) {
            return known;
        }
        let gaps_before = self.gaps.len();
        let mut found = Vec::new();
        for (side, tree) in [("base", &change.base.tree), ("head", &change.head.tree)] {
            let (into, index) = (self.lab.bench_tree(side), self.lab.bench_index(side));
            if let Err(e) = self.request.repo.checkout(tree, &into, &index, &[KEPT]) {
                let reason = format!("cannot lay out {side} for benchmarks: {e}");
                self.gaps.push(Gap::new(GapKind::Input, reason).silences(&["unmeasured-speedup"]));
                return found;
            }
        }
        let trees = ["base", "head"].map(|side| self.lab.bench_tree(side));
        // All of it before any of the code runs, which could steer what is fetched.
        if let Err(e) = self.lab.clear() {
            self.gaps.push(Gap::new(GapKind::Input, e.to_string()).silences(&["unmeasured-speedup"]));
            return found;
        }
        let lacks: Vec<Option<Gap>> =
            policy.benches.iter().map(|bench| prepare(&self.bench(), bench, &trees)).collect();
        for (bench, lacks) in policy.benches.iter().zip(lacks) {
            let deadline = self.deadline;
            let compared = self.timed(&format!("benchmark {}", bench.name), |s| {
                compare(&s.bench(), bench, lacks, [&trees[0], &trees[1]], deadline)
            });
            if let Some(gap) = compared.gap.clone() {
                self.gaps.push(gap.silences(&["unmeasured-speedup"]));
            }
            found.push(compared);
        }
        if found.iter().all(|b| b.gap.is_none()) && !self.request.ctl.is_interrupted() {
            self.remember(&key, &found, gaps_before);
        }
        found
    }
}

/// Brings what a benchmark needs on both sides.
fn prepare(bench: &Workbench<'_>, policy: &BenchPolicy, trees: &[PathBuf; 2]) -> Option<Gap> {
    ["base", "head"].iter().zip(trees).find_map(|(side, tree)| {
        let dir = policy.dir.as_ref().map_or_else(|| tree.clone(), |d| tree.join(d));
        let log = format!("prepare-bench-{}-{side}", policy.name);
        suite::prepare(bench, policy.prepare.as_deref(), &dir, &log)
    })
}

/// Compares base and head, which lie in `trees`, by one benchmark, unless it lacks something.
fn compare(
    bench: &Workbench<'_>,
    policy: &BenchPolicy,
    lacks: Option<Gap>,
    trees: [&Path; 2],
    deadline: Option<Instant>,
) -> BenchComparison {
    let log = format!("bench-{}", policy.name);
    let mut found = BenchComparison {
        name: policy.name.clone(),
        command: policy.run.clone(),
        cases: Vec::new(),
        gap: lacks,
        log: Some(bench.log_name(&log)),
    };
    if found.gap.is_some() {
        return found;
    }
    let mut turns: [Vec<Vec<Time>>; 2] = [Vec::new(), Vec::new()];
    for (side, tree) in ["base", "head"].into_iter().zip(trees) {
        let dir = policy.dir.as_ref().map_or_else(|| tree.to_owned(), |d| tree.join(d));
        found.gap = once(bench, policy, &dir, side, bench.policy.limits.build_s).err();
        if found.gap.is_some() {
            return found;
        }
    }
    let limit = policy.timeout_s.unwrap_or(bench.policy.limits.test_s);
    for round in 0..*ROUNDS.end() {
        // Each side goes first every other time: what warms up or heats up then falls on both.
        let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        for at in order {
            let dir = policy.dir.as_ref().map_or_else(|| trees[at].to_owned(), |d| trees[at].join(d));
            match once(bench, policy, &dir, ["base", "head"][at], limit) {
                Ok(times) => turns[at].push(times),
                Err(gap) => {
                    found.gap = Some(gap);
                    return found;
                }
            }
        }
        found.cases = cases(&turns);
        let done = round + 1 >= *ROUNDS.start();
        if done && found.cases.iter().all(is_narrow) || bench.ctl.is_interrupted() {
            break;
        }
        if deadline.is_some_and(|d| Instant::now() > d) {
            break;
        }
    }
    if turns[0].len() < *ROUNDS.start() {
        found.cases.clear();
        let reason =
            format!("the budget ended before benchmark `{}` had run {} times", policy.name, ROUNDS.start());
        found.gap = Some(Gap::new(GapKind::Budget, reason));
    } else if found.cases.is_empty() {
        let reason = format!("benchmark `{}` prints no time that base and head share", policy.name);
        found.gap = Some(Gap::new(GapKind::Input, reason));
    }
    found
}

/// One run: the times that it printed.
fn once(
    bench: &Workbench<'_>,
    policy: &BenchPolicy,
    dir: &Path,
    side: &str,
    limit_s: u64,
) -> Result<Vec<Time>, Gap> {
    let log = format!("bench-{}-{side}", policy.name);
    let name = bench.log_name(&log);
    let gap = |kind, reason: String| Gap::new(kind, reason).logged(name.clone());
    let command = suite::shell(bench, &policy.run, dir, limit_s).env("CARGO_NET_OFFLINE", "true");
    let output = command
        .log_to(bench.run.log(&log))
        .run(bench.ctl)
        .map_err(|e| gap(GapKind::MissingTool, e.to_string()))?;
    if output.exit != Exit::Code(0) {
        return Err(gap(
            GapKind::Input,
            format!("benchmark `{}` failed at {side}: {}", policy.name, said(&output)),
        ));
    }
    let times = times::read(&output.stdout);
    if times.is_empty() {
        return Err(gap(GapKind::Input, format!("benchmark `{}` printed no time at {side}", policy.name)));
    }
    Ok(times)
}

fn said(output: &Output) -> String {
    match output.exit {
        Exit::TimedOut => "it took longer than its limit".to_owned(),
        _ => clip(&last_lines(&String::from_utf8_lossy(&output.stderr), 1), 200),
    }
}

/// The cases that every turn of both sides has.
fn cases([base, head]: &[Vec<Vec<Time>>; 2]) -> Vec<BenchCase> {
    let Some(first) = base.first() else { return Vec::new() };
    let series = |turns: &[Vec<Time>], name: &str| -> Option<Vec<u64>> {
        turns.iter().map(|t| t.iter().find(|c| c.name == name).map(|c| c.ps)).collect()
    };
    first
        .iter()
        .filter_map(|case| {
            let (base, head) = (series(base, &case.name)?, series(head, &case.name)?);
            let ratio = ratio(&base, &head)?;
            Some(BenchCase {
                name: case.name.clone(),
                base_ps: middle(&base),
                head_ps: middle(&head),
                ratio,
                runs: u32::try_from(base.len().min(head.len())).unwrap_or(u32::MAX),
            })
        })
        .collect()
}

/// Time at head over time at base, turn by turn, with its 95 % interval: the geometric mean, because a ratio and its
/// inverse weigh the same.
fn ratio(base: &[u64], head: &[u64]) -> Option<Ratio> {
    let logs: Vec<f64> = base.iter().zip(head).map(|(b, h)| (*h as f64 / *b as f64).ln()).collect();
    let n = logs.len() as f64;
    if logs.is_empty() || logs.iter().any(|l| !l.is_finite()) {
        return None;
    }
    let mean = logs.iter().sum::<f64>() / n;
    let variance = logs.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    let student = STUDENT[logs.len().saturating_sub(4).min(STUDENT.len() - 1)];
    let half = student * (variance / n).sqrt();
    Some(Ratio::new(mean.exp(), (mean - half).exp(), (mean + half).exp()))
}

fn is_narrow(case: &BenchCase) -> bool {
    case.ratio.high() - case.ratio.low() <= 2.0 * NARROW * case.ratio.middle()
}

fn middle(values: &[u64]) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_ratio_has_a_narrow_interval_and_a_shaky_one_a_wide_one() {
        let steady = ratio(&[100, 102, 98, 100], &[50, 51, 49, 50]).unwrap();
        assert_eq!((steady.middle, steady.high - steady.low < 200), (5000, true), "{steady:?}");
        let shaky = ratio(&[100, 300, 80, 100], &[50, 51, 149, 50]).unwrap();
        assert!(shaky.high() / shaky.low() > 3.0, "{shaky:?}");
        assert_eq!(ratio(&[0, 1], &[1, 1]), None);
    }

    #[test]
    fn only_cases_that_every_turn_has_are_compared() {
        let turn =
            |names: &[&str]| names.iter().map(|n| Time { name: (*n).to_owned(), ps: 10 }).collect::<Vec<_>>();
        let turns = [vec![turn(&["a", "b"]), turn(&["a", "b"])], vec![turn(&["a"]), turn(&["a", "b"])]];
        let found: Vec<String> = cases(&turns).into_iter().map(|c| c.name).collect();
        assert_eq!(found, ["a"]);
    }
}
