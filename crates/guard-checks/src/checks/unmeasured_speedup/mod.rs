//! `unmeasured-speedup`: faster, without a measurement; or measured, and not so.

use guard_model::lab::BenchComparison;
use guard_model::words::Purpose;
use guard_model::{
    Claim, Command, EventKind, EvidenceItem, EvidenceKind, Level, Mode, Speaker, StatementKind,
};

use super::docs_only_change::touches_code;
use crate::check::{Check, Draft, Group, Need};
use crate::context::Context;
use crate::speed::{self, Measured, Speed};
use crate::text::shorten;

pub(super) const CHECK: Check = Check {
    name: "unmeasured-speedup",
    group: Group::Claims,
    summary: "said to be faster, and nothing measured it or a measurement says otherwise",
    default_level: Level::Warn,
    needs: &[Need::Words],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    // Documents and release notes of dependencies tell of speeds that this change did not make.
    if !touches_code(cx) {
        return Vec::new();
    }
    let speeds = speed::claims(cx.claims, &cx.said);
    speeds.into_iter().filter_map(|(claim, speed)| judge(cx, claim, &speed)).collect()
}

fn judge(cx: &Context<'_>, claim: &Claim, speed: &Speed) -> Option<Draft> {
    let measured: Vec<&BenchComparison> =
        cx.lab().map(|l| speed::about(claim, &l.benches)).unwrap_or_default();
    if !measured.is_empty() {
        return by_measurement(claim, speed, &measured);
    }
    if let Some(command) = says_otherwise(cx) {
        let shown = EvidenceItem::new(
            EvidenceKind::Session,
            format!(
                "the session's last measurement, `{}`, says \"{}\"",
                shorten(&command.0.line, 80),
                command.1
            ),
        );
        let message =
            format!("\"{}\" is said, and the last measurement shows no gain", shorten(&speed.said, 80));
        return Some(draft(Level::Warn, message, shown, claim, speed));
    }
    if is_measured(cx, claim, speed) {
        return None;
    }
    let searched = if has_commands(cx) {
        "no command of the session measures time, and no output shows this figure"
    } else {
        "neither the message nor the change holds a measurement"
    };
    let message = format!("\"{}\" is said, and nothing measured it", shorten(&speed.said, 80));
    let nothing = EvidenceItem::new(EvidenceKind::Session, searched);
    Some(draft(Level::Warn, message, nothing, claim, speed).help(settling(cx)))
}

/// What guard's own runs say.
fn by_measurement(claim: &Claim, speed: &Speed, measured: &[&BenchComparison]) -> Option<Draft> {
    let Measured { bench, case, holds: false } = speed::measured(speed, measured)? else { return None };
    let name = if case.name.is_empty() { &bench.name } else { &case.name };
    let message = format!(
        "\"{}\" is said, and `{name}` measured {}",
        shorten(&speed.said, 80),
        speed::in_words(&case.ratio)
    );
    let wanted = EvidenceItem::new(
        EvidenceKind::Session,
        format!("\"{}\" would be at most {:.2} of base's time", speed.figure, speed.most()),
    );
    let shown = speed::evidence(bench, case);
    Some(
        draft(Level::Deny, message, shown, claim, speed)
            .because(wanted)
            .help("say what was measured, or make it so"),
    )
}

fn draft(level: Level, message: String, evidence: EvidenceItem, claim: &Claim, speed: &Speed) -> Draft {
    let said = EvidenceItem::new(
        EvidenceKind::Session,
        format!("said at {}: \"{}\"", claim.source.place, shorten(&speed.said, 120)),
    );
    Draft::new(level, message, evidence).because(said).answers(Some(claim)).identity(shorten(&speed.said, 60))
}

/// The session's last benchmark, when its output says that nothing was won.
fn says_otherwise<'a>(cx: &Context<'a>) -> Option<(&'a Command, String)> {
    let last =
        commands(cx).filter(|c| c.purposes.contains(&Purpose::Bench) && !c.output.is_empty()).last()?;
    let lower = last.output.to_lowercase();
    let gained = ["performance has improved", "times faster"].iter().any(|s| lower.contains(s));
    let lost = ["no change in performance detected", "performance has regressed"];
    let line = last.output.lines().find(|l| lost.iter().any(|s| l.to_lowercase().contains(s)))?;
    (!gained).then(|| (last, shorten(line, 80)))
}

/// Whether anything that was read shows that time was measured.
fn is_measured(cx: &Context<'_>, claim: &Claim, speed: &Speed) -> bool {
    let by_command = commands(cx).any(|c| measures(c) || c.output.contains(&speed.figure));
    let by_file = cx.evidence.change.files.iter().any(|f| is_artefact(&f.path));
    let told = cx.evidence.words.statements.iter().any(|s| {
        // Where no commands were read, the figures that the words give have to be taken as they are.
        let here = s.place == claim.source.place && !has_commands(cx);
        let by_user = s.speaker == Speaker::User && s.kind != StatementKind::Commit;
        by_user && s.text.contains(&speed.figure) || here && tells_how(&s.text)
    });
    by_command || by_file || told
}

fn commands<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a Command> + use<'a> {
    cx.evidence.words.events.iter().filter_map(|e| match &e.kind {
        EventKind::Command(c) => Some(c),
        _ => None,
    })
}

fn has_commands(cx: &Context<'_>) -> bool {
    commands(cx).next().is_some()
}

fn measures(command: &Command) -> bool {
    const SIGNS: &[&str] = &[
        "bench",
        "hyperfine",
        "criterion",
        "timeit",
        "perf stat",
        "perf record",
        "flamegraph",
        "profil",
        "time.time",
        "perf_counter",
        "performance.now",
        "divan",
        "latency",
        "speed",
        "samply",
        "cprofile",
    ];
    let line = command.line.to_lowercase();
    let words: Vec<&str> =
        line.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(')).collect();
    command.purposes.contains(&Purpose::Bench)
        || SIGNS.iter().any(|s| line.contains(s))
        || words.contains(&"time")
        || words.contains(&"/usr/bin/time")
}

fn is_artefact(path: &str) -> bool {
    let lower = path.to_lowercase();
    lower.split(['/', '.', '_', '-']).any(|part| {
        matches!(
            part,
            "bench"
                | "benches"
                | "benchmark"
                | "benchmarks"
                | "perf"
                | "profiling"
                | "criterion"
                | "performance"
        )
    })
}

/// Whether a text names a tool that measures, or gives times of its own.
fn tells_how(text: &str) -> bool {
    let lower = text.to_lowercase();
    let tools = [
        "bench",
        "hyperfine",
        "criterion",
        "divan",
        "flamegraph",
        "profil",
        "perf stat",
        "measured",
        "measurement",
        "pprof",
        "timeit",
        "ops/s",
        "req/s",
        "mb/s",
        "gb/s",
        "elem/s",
    ];
    tools.iter().any(|t| lower.contains(t)) || figures(&lower) >= 2
}

/// Number of times with a unit, such as `12.5 ms`.
fn figures(text: &str) -> usize {
    const UNITS: &[&str] =
        &["ns", "µs", "μs", "us", "ms", "s", "sec", "secs", "seconds", "second", "minutes", "min", "m"];
    let words: Vec<&str> = text
        .split(|c: char| {
            c.is_whitespace()
                || matches!(c, '(' | ')' | ',' | '~' | '→' | '>' | '|' | ':' | '*' | '`' | '/' | '=')
        })
        .filter(|w| !w.is_empty())
        .collect();
    let is_number = |w: &str| w.parse::<f64>().is_ok();
    words
        .iter()
        .enumerate()
        .filter(|(i, w)| {
            let w = w.trim_end_matches(['.', ';']);
            let digits = w.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(w.len());
            let unit = &w[digits..];
            let next = words.get(i + 1).map_or("", |n| n.trim_end_matches(['.', ';']));
            digits > 0 && UNITS.contains(&unit) || is_number(w) && UNITS.contains(&next)
        })
        .count()
}

/// What would settle it.
fn settling(cx: &Context<'_>) -> String {
    // The mode `commit` measures while its budget lasts.
    let mode = if cx.evidence.mode == Mode::Quick { Mode::Commit } else { Mode::Ci }.as_str();
    match cx.policy.benches.first() {
        Some(bench) => {
            format!("`{}` on both sides would settle it: `guard check --mode {mode}` runs it", bench.run)
        }
        None => format!(
            "name a command that prints a time as `[[bench]]` in guard.toml, and `guard check --mode {mode}` runs it \
             on both sides"
        ),
    }
}
