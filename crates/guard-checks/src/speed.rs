//! What is said of speed: "60% faster", "2x", "halves the latency", as ratios of time.

use guard_model::lab::{BenchCase, BenchComparison, Ratio};
use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind};

use crate::said::Said;
use crate::text::{shorten, stem, words};

/// Share of a ratio by which a claim may be rounded.
const ROUNDING: f64 = 0.1;

/// A figure of speed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Speed {
    /// The figure as written, such as `60%`.
    pub(crate) figure: String,
    /// The words that say so.
    pub(crate) said: String,
    /// What it can mean, as time at head over time at base: "60% faster" is 0.4 of the time, or 1.6 of the
    /// throughput.
    pub(crate) readings: Vec<f64>,
}

impl Speed {
    /// The most time that a reading allows, rounding included.
    pub(crate) fn most(&self) -> f64 {
        self.readings.iter().copied().fold(0.0, f64::max) * (1.0 + ROUNDING)
    }
}

/// The claims that give a figure of speed, each figure once: a subject, a body and a message say the same.
pub(crate) fn claims<'c>(claims: &'c [Claim], said: &Said<'_>) -> Vec<(&'c Claim, Speed)> {
    let mut found: Vec<(&Claim, Speed)> = Vec::new();
    for claim in claims.iter().filter(|c| is_deed(c.kind)) {
        if let Some(speed) = of(claim, said)
            && !found.iter().any(|(_, s)| s.figure == speed.figure)
        {
            found.push((claim, speed));
        }
    }
    found
}

/// The speed that a claim asserts of this change; `None` where it gives no figure, or speaks of something else. What
/// the claim's own words leave out may stand in its sentence: "Replaced the map, which makes lookups 60% faster".
pub(crate) fn of(claim: &Claim, said: &Said<'_>) -> Option<Speed> {
    if let Some(speed) = read(&claim.text) {
        return Some(speed);
    }
    let sentence = said.find(|s| s.place == claim.source.place && s.text.contains(&claim.text))?;
    read(sentence.text)
}

fn is_deed(kind: ClaimKind) -> bool {
    use ClaimKind::{Add, Fix, Other, Performance, Remove, Replace, Update};
    matches!(kind, Performance | Add | Fix | Other | Remove | Replace | Update)
}

/// The benchmarks that can settle a claim: those that share a word with it, else all.
pub(crate) fn about<'b>(claim: &Claim, benches: &'b [BenchComparison]) -> Vec<&'b BenchComparison> {
    let said: Vec<String> = words(&claim.text).iter().map(|w| stem(w).to_owned()).collect();
    let measured: Vec<&BenchComparison> = benches.iter().filter(|b| !b.cases.is_empty()).collect();
    let named = |b: &&&BenchComparison| {
        words(&b.name).iter().any(|w| w.len() > 2 && said.contains(&stem(w).to_owned()))
    };
    let near: Vec<&BenchComparison> = measured.iter().filter(named).copied().collect();
    if near.is_empty() { measured } else { near }
}

/// The case of a benchmark that speaks for or against a figure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured<'b> {
    /// The benchmark.
    pub(crate) bench: &'b BenchComparison,
    /// Its case with the least time at head.
    pub(crate) case: &'b BenchCase,
    /// False where every reading of the figure lies below the whole interval, in every case.
    pub(crate) holds: bool,
}

/// What benchmarks say of a figure. One case that is as fast as said is enough: the words need not be about all.
pub(crate) fn measured<'b>(speed: &Speed, benches: &[&'b BenchComparison]) -> Option<Measured<'b>> {
    let cases = benches.iter().flat_map(|b| b.cases.iter().map(move |c| (*b, c)));
    let (bench, case) = cases.min_by_key(|(_, case)| case.ratio.low)?;
    Some(Measured { bench, case, holds: case.ratio.low() <= speed.most() })
}

/// A measurement in one line.
pub(crate) fn evidence(bench: &BenchComparison, case: &BenchCase) -> EvidenceItem {
    let text = format!(
        "`{}`, {} times on each side: {} at base, {} at head, {:.2} of the time (between {:.2} and {:.2})",
        shorten(&bench.command, 80),
        case.runs,
        time(case.base_ps),
        time(case.head_ps),
        case.ratio.middle(),
        case.ratio.low(),
        case.ratio.high()
    );
    EvidenceItem::new(EvidenceKind::Bench, text)
}

/// A ratio of times as people say it.
pub(crate) fn in_words(ratio: &Ratio) -> String {
    let percent = |r: f64| ((1.0 - r) * 100.0).round() + 0.0;
    match percent(ratio.middle()) {
        p if p > 0.0 => format!("{p}% less time"),
        p if p < 0.0 => format!("{}% more time", -p),
        _ => "the same time".to_owned(),
    }
}

/// Picoseconds as people write them.
fn time(ps: u64) -> String {
    let ps = ps as f64;
    let (value, unit) = match ps {
        p if p >= 1e12 => (p / 1e12, "s"),
        p if p >= 1e9 => (p / 1e9, "ms"),
        p if p >= 1e6 => (p / 1e6, "µs"),
        p => (p / 1e3, "ns"),
    };
    format!("{value:.2} {unit}")
}

/// Reads a sentence.
fn read(text: &str) -> Option<Speed> {
    let lower = text.to_lowercase().replace('×', "x").replace("**", "").replace('`', "");
    let words: Vec<&str> = lower
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';' | ':' | '"' | '~' | '≈'))
        .map(|w| w.trim_matches(|c: char| matches!(c, '.' | '!' | '+' | '-' | '–' | '—' | '*' | '_')))
        .filter(|w| !w.is_empty())
        .collect();
    let speed = |figure: &str, readings: Vec<f64>| Speed {
        figure: figure.to_owned(),
        said: text.to_owned(),
        readings: readings.into_iter().filter(|r| *r > 0.0 && *r < 1.0).collect(),
    };
    if words.iter().any(|w| ASIDE.contains(w)) || compares_with_another(&words) {
        return None;
    }
    let has = |any: &[&str]| words.iter().any(|w| any.contains(w));
    let at = |i: usize| words.get(i).copied().unwrap_or("");
    for (i, word) in words.iter().enumerate() {
        let near =
            |any: &[&str]| words[i.saturating_sub(6)..words.len().min(i + 5)].iter().any(|w| any.contains(w));
        if let Some(percent) = word.strip_suffix('%').and_then(number).filter(|p| *p > 0.0) {
            let less = 1.0 - percent / 100.0;
            let more = 1.0 / (1.0 + percent / 100.0);
            let readings = if near(&["faster", "quicker", "speedup", "speed-up", "speed"]) {
                vec![less, more]
            } else if near(&["throughput", "ops/sec", "ops/s", "req/s"])
                && !near(&["reduce", "reduces", "reduced", "reduction", "lower", "drop", "drops"])
            {
                vec![more]
            } else if near(TIME) && near(LESS) {
                vec![less]
            } else {
                continue;
            };
            return Some(speed(word, readings));
        }
        let (factor, counted) =
            match word.strip_suffix('x').or_else(|| word.strip_suffix("-fold")).and_then(number) {
                Some(factor) => (Some(factor), true),
                None => (number(word).filter(|_| at(i + 1) == "times"), false),
            };
        let about_speed = if counted {
            near(&["faster", "quicker", "speedup", "speed-up", "throughput", "speedups"])
        } else {
            matches!(at(i + 2), "faster" | "quicker") || at(i + 2) == "as" && at(i + 3) == "fast"
        };
        if let Some(factor) = factor.filter(|f| *f > 1.0 && about_speed) {
            return Some(speed(word, vec![1.0 / factor]));
        }
        let halves = matches!(*word, "halves" | "halved" | "halve" | "halving") && has(TIME);
        let doubles = matches!(*word, "doubles" | "doubled" | "doubling") && has(&["throughput", "speed"]);
        if halves || doubles || *word == "twice" && at(i + 1) == "as" && at(i + 2) == "fast" {
            return Some(speed(word, vec![0.5]));
        }
    }
    None
}

/// Words that make a figure one of effort, of a wish, of a test, or of another matter than time.
const ASIDE: &[&str] = &[
    "estimated",
    "estimate",
    "estimates",
    "expected",
    "expect",
    "target",
    "targets",
    "goal",
    "goals",
    "potential",
    "potentially",
    "theoretical",
    "theoretically",
    "projected",
    "should",
    "could",
    "would",
    "may",
    "might",
    "planned",
    "plan",
    "remove",
    "removed",
    "removes",
    "revert",
    "claim",
    "claims",
    "claimed",
    "schedule",
    "scheduled",
    "hours",
    "development",
    "effort",
    "accuracy",
    "coverage",
    "slower",
    "regression",
    "retract",
    "unverified",
    "unless",
    "users",
    "playback",
    "animation",
    "require",
    "requires",
    "anticipated",
    "hope",
    "memory",
    "allocations",
    "size",
    "tokens",
    "token",
    "smaller",
    "cost",
    "costs",
    "cheaper",
    "budget",
    "threshold",
    "multiplier",
];
const TIME: &[&str] = &[
    "time",
    "times",
    "latency",
    "runtime",
    "duration",
    "wall",
    "wall-clock",
    "startup",
    "overhead",
    "p50",
    "p95",
    "p99",
];
const LESS: &[&str] = &[
    "reduce",
    "reduces",
    "reduced",
    "reducing",
    "reduction",
    "less",
    "lower",
    "cut",
    "cuts",
    "cutting",
    "shorter",
    "decrease",
    "decreases",
    "decreased",
    "drop",
    "drops",
    "dropped",
    "down",
    "improved",
    "improves",
    "improvement",
];

/// "10x faster than grep": a word about another program, not about this change.
fn compares_with_another(words: &[&str]) -> bool {
    const EARLIER: &[&str] = &[
        "before",
        "previously",
        "previous",
        "old",
        "original",
        "main",
        "master",
        "base",
        "baseline",
        "prior",
        "earlier",
        "last",
        "existing",
        "current",
        "former",
    ];
    let Some(than) = words.iter().position(|w| matches!(*w, "than" | "vs" | "versus")) else { return false };
    !words[than + 1..].iter().take(4).any(|w| EARLIER.contains(w))
}

/// `60`, `2.5`; of a range (`2-3`, `40–60`) the smaller one.
fn number(word: &str) -> Option<f64> {
    let word = word.trim_start_matches(['>', '<', '~', '+', '-', '−']);
    let first = word.split(['-', '–', '—']).next()?;
    first.trim_end_matches(['x', '%', '+']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_speed_are_read_with_all_their_meanings() {
        for (text, expected) in [
            ("Parsing is 60% faster", Some(vec![0.4, 0.625])),
            ("made lookups 4x faster than before", Some(vec![0.25])),
            ("2.5× speedup on large inputs", Some(vec![0.4])),
            ("Reduced latency by 25%", Some(vec![0.75])),
            ("improves throughput by 100%", Some(vec![0.5])),
            ("halves the startup time", Some(vec![0.5])),
            ("twice as fast", Some(vec![0.5])),
            ("runs 5 times faster", Some(vec![0.2])),
            ("10x faster than grep", None),
            ("Completed 94% faster than estimated", None),
            ("expected 20-30% faster", None),
            ("Remove the 800x speedup claim", None),
            ("reduces memory by 20%", None),
            ("turns O(n^2) into O(n)", None),
            ("faster parsing", None),
            ("coverage went to 95%", None),
        ] {
            assert_eq!(read(text).map(|s| s.readings), expected, "{text}");
        }
    }
}
