//! `uncovered-change`: no test runs the changed code at all.

use guard_model::mutants::{MutantOutcome, MutantRecord};
use guard_model::{EvidenceItem, EvidenceKind, Level, Mode, Side};

use super::missed_mutant::{by_function, name_of, reported_by, without_doctests};
use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::text::count;

pub(super) const CHECK: Check = Check {
    name: "uncovered-change",
    group: Group::Tests,
    summary: "changed code that no test runs",
    default_level: Level::Warn,
    needs: &[Need::Mutants],
    first_mode: Mode::Commit,
    readme: include_str!("README.md"),
    yields_to: &["stubbed-body"],
    run,
};

/// Functions that are worth a warning each; the rest is noted.
const TELLING: usize = 5;

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let functions = by_function(cx, |m| m.outcome == MutantOutcome::Uncovered);
    let run = cx.lab().and_then(|l| l.mutants.as_ref());
    let (tests, apart) = run.map_or((0, 0), |m| (m.tests, m.apart));
    let reported_by = reported_by(cx);
    let drafts = functions.iter().enumerate().map(|(rank, (all, uncovered))| {
        let level = if rank < TELLING { Level::Warn } else { Level::Note };
        draft(level, (tests, apart), reported_by, all, uncovered)
    });
    drafts.collect()
}

fn draft(
    level: Level,
    (tests, apart): (u64, u64),
    reported_by: Option<&str>,
    all: &[&MutantRecord],
    uncovered: &[&MutantRecord],
) -> Draft {
    let (first, last) = (uncovered[0], uncovered[uncovered.len() - 1]);
    let name = name_of(first);
    let mut lines: Vec<u32> = uncovered.iter().map(|m| m.line).collect();
    lines.dedup();
    // Only a mutant of the whole body tells that the function is not entered: other lines of it may be reached.
    let is_entered = !uncovered.iter().any(|m| m.operator == "function-value");
    let message = if uncovered.len() == all.len() && !is_entered {
        format!("no test reaches {name}, which this change touches")
    } else {
        let which: Vec<String> = lines.iter().map(u32::to_string).collect();
        let word = if which.len() == 1 { "line" } else { "lines" };
        format!("no test reaches the changed {word} {} of {name}", which.join(", "))
    };
    let ran = count(usize::try_from(tests).unwrap_or(usize::MAX), "test");
    let not_asked = without_doctests(first);
    let shown = match (reported_by, apart) {
        (Some(tool), _) => format!("no test covers it, says the report of {tool}"),
        (None, 0) => format!("a trace stood here while {ran} ran, and none came by{not_asked}"),
        (None, n) => {
            let more = count(usize::try_from(n).unwrap_or(usize::MAX), "further test program");
            format!("a trace stood here while {ran} ran, and none came by; it is not in {more}{not_asked}")
        }
    };
    let evidence =
        EvidenceItem::new(EvidenceKind::Mutant, shown).at(Side::Head, first.path.clone(), Some(first.line));
    Draft::new(level, message, evidence)
        .at(Side::Head, first.path.clone(), (first.line, last.end_line))
        .about(Fact::Item(first.path.clone(), first.function.clone().unwrap_or_default()))
        .help("write a test that calls it, or say why none can")
}
