//! `missed-mutant`: the changed code can be broken and no test notices.

use guard_model::mutants::{MutantOutcome, MutantRecord};
use guard_model::{EvidenceItem, EvidenceKind, Level, Mode, Side};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::text::count;

pub(super) const CHECK: Check = Check {
    name: "missed-mutant",
    group: Group::Tests,
    summary: "changed code that can be broken without any of the tests that run it failing",
    default_level: Level::Warn,
    needs: &[Need::Mutants],
    first_mode: Mode::Commit,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

/// Mutants that are shown of one function.
const SHOWN: usize = 3;

/// Functions that are worth a warning each; the rest is noted.
const TELLING: usize = 5;

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let functions = by_function(cx, |m| m.outcome == MutantOutcome::Missed);
    let drafts = functions.iter().enumerate().map(|(rank, (all, missed))| {
        let level = if rank < TELLING { Level::Warn } else { Level::Note };
        draft(level, all, missed, reported_by(cx))
    });
    drafts.collect()
}

/// The mutants of one function: those that were measured, and those that are wanted.
pub(super) type OfFunction<'a> = (Vec<&'a MutantRecord>, Vec<&'a MutantRecord>);

/// The functions with mutants of a kind, the one with the greatest share first.
pub(super) fn by_function<'a>(
    cx: &Context<'a>,
    wanted: impl Fn(&MutantRecord) -> bool,
) -> Vec<OfFunction<'a>> {
    use MutantOutcome::{Caught, Missed, Timeout, Uncovered};
    let list = cx.lab().and_then(|l| l.mutants.as_ref()).map_or(&[][..], |m| &m.list);
    let measured = |m: &&MutantRecord| matches!(m.outcome, Caught | Missed | Timeout | Uncovered);
    let mut functions: Vec<OfFunction<'a>> = Vec::new();
    for mutant in list.iter().filter(measured) {
        let same = |f: &&mut OfFunction<'a>| {
            f.0.first().is_some_and(|m| m.path == mutant.path && m.function == mutant.function)
        };
        match functions.iter_mut().find(same) {
            Some((all, _)) => all.push(mutant),
            None => functions.push((vec![mutant], Vec::new())),
        }
    }
    for (all, some) in &mut functions {
        some.extend(all.iter().copied().filter(|m| wanted(m)));
    }
    functions.retain(|(_, some)| !some.is_empty());
    // Stable: of equal shares the first in the file stays first.
    functions.sort_by(|a, b| (b.1.len() * a.0.len()).cmp(&(a.1.len() * b.0.len())));
    functions
}

/// The name of a mutant's function, for people.
pub(super) fn name_of(mutant: &MutantRecord) -> String {
    mutant.function.as_ref().map_or_else(|| "this code".to_owned(), |f| format!("`{f}`"))
}

/// The tool that tested the mutants, where guard did not.
pub(super) fn reported_by<'a>(cx: &Context<'a>) -> Option<&'a str> {
    cx.lab()?.mutants.as_ref()?.reported_by.as_deref()
}

/// Tests in documentation are Rust's.
pub(super) fn without_doctests(mutant: &MutantRecord) -> &'static str {
    let is_apart = mutant.path.ends_with(".rs") && !mutant.with_doctests;
    if is_apart { " (doctests were not asked)" } else { "" }
}

fn draft(level: Level, all: &[&MutantRecord], missed: &[&MutantRecord], reported_by: Option<&str>) -> Draft {
    let first = missed[0];
    let name = name_of(first);
    let message = if missed.len() == 1 && all.len() == 1 {
        format!("no test notices a change of {name}: {}", first.replacement)
    } else {
        let what = count(all.len(), "mutant");
        format!(
            "{} of {what} of {name} go unnoticed: its tests pass with {}",
            missed.len(),
            first.replacement
        )
    };
    let evidence = |m: &MutantRecord| {
        let tests: Vec<String> = m.reached_by.iter().take(3).map(|t| format!("`{t}`")).collect();
        let more = m.reached_by.len() as u64 + m.more_reach - tests.len() as u64;
        let and = if more > 0 { format!(" and {more} more") } else { String::new() };
        // In a build of its own nobody notes who reaches what.
        let who = if m.reached_by.is_empty() && m.tests_run == 0 {
            "all tests that its tool asked".to_owned()
        } else if m.reached_by.is_empty() {
            let all = count(usize::try_from(m.tests_run).unwrap_or(usize::MAX), "test");
            format!("all {all} that were asked; which of them reach it is not known")
        } else {
            format!("{}{and}", tests.join(", "))
        };
        let not_asked = match reported_by {
            Some(tool) => format!(", says the report of {tool}"),
            None => without_doctests(m).to_owned(),
        };
        let said = format!("{}\n{}passed with it: {who}{not_asked}", m.replacement, m.diff);
        EvidenceItem::new(EvidenceKind::Mutant, said).at(Side::Head, m.path.clone(), Some(m.line))
    };
    let mut draft = Draft::new(level, message, evidence(first))
        .at(Side::Head, first.path.clone(), first.line)
        .about(Fact::Item(first.path.clone(), first.function.clone().unwrap_or_default()))
        .help("assert what the changed line decides, at the boundary that the mutant moves");
    for mutant in missed.iter().skip(1).take(SHOWN - 1) {
        draft = draft.because(evidence(mutant));
    }
    if missed.len() > SHOWN {
        let rest = format!("and {} more: `guard mutants` lists them", missed.len() - SHOWN);
        draft = draft.because(EvidenceItem::new(EvidenceKind::Mutant, rest));
    }
    draft
}
