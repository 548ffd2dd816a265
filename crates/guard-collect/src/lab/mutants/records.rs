//! What was learned of each mutant, as records of the evidence.

use std::collections::BTreeMap;

use guard_model::lab::TestId;
use guard_model::mutants::{MutantOutcome, MutantRecord};
use guard_mutants::Mutant;
use guard_mutants::weave::Id;
use guard_mutants::work::{End, TestName, Tried};

/// What is known of one mutant.
pub(super) struct Known<'a> {
    pub(super) mutant: &'a Mutant,
    pub(super) outcome: MutantOutcome,
    pub(super) reason: Option<String>,
    pub(super) tried: Option<&'a Tried>,
}

/// The record of one mutant; `text` is its file's.
pub(super) fn record(known: &Known<'_>, text: &str) -> MutantRecord {
    let mutant = known.mutant;
    let mut record = MutantRecord {
        path: mutant.path.clone(),
        line: mutant.start.line,
        column: mutant.start.column,
        end_line: mutant.end.line,
        operator: mutant.operator.name().to_owned(),
        function: mutant.function.as_ref().map(|f| f.name.clone()),
        replacement: mutant.description.clone(),
        diff: diff(mutant, text),
        outcome: known.outcome,
        reason: known.reason.clone(),
        own_build: false,
        tests_run: 0,
        reached_by: Vec::new(),
        more_reach: 0,
        caught_by: None,
        said: None,
        ms: 0,
    };
    if let Some(tried) = known.tried {
        record.tests_run = tried.tests as u64;
        record.reached_by = tried.reached_by.iter().map(test_id).collect();
        record.more_reach = tried.more as u64;
        record.ms = tried.ms;
        match &tried.end {
            End::Caught { by, said } => {
                record.caught_by = Some(test_id(by));
                record.said = Some(said.clone());
            }
            End::Timeout { by } => record.caught_by = Some(test_id(by)),
            End::NotRun { why } => record.reason = Some(why.clone()),
            End::Missed | End::Uncovered => {}
        }
    }
    record
}

/// The outcome of a run, in the words of the evidence.
pub(super) fn outcome(end: &End) -> MutantOutcome {
    match end {
        End::Caught { .. } => MutantOutcome::Caught,
        End::Timeout { .. } => MutantOutcome::Timeout,
        End::Missed => MutantOutcome::Missed,
        End::Uncovered => MutantOutcome::Uncovered,
        End::NotRun { .. } => MutantOutcome::NotRun,
    }
}

fn test_id(name: &TestName) -> TestId {
    TestId { suite: name.suite.clone(), name: name.name.clone() }
}

/// The lines of a mutant before and after, as a diff without a head.
fn diff(mutant: &Mutant, text: &str) -> String {
    let from = text[..mutant.span.start].rfind('\n').map_or(0, |at| at + 1);
    let to = text[mutant.span.end..].find('\n').map_or(text.len(), |at| mutant.span.end + at);
    let mut out = String::new();
    let after =
        format!("{}{}{}", &text[from..mutant.span.start], mutant.replacement, &text[mutant.span.end..to]);
    let sides = [('-', &text[from..to]), ('+', after.as_str())];
    for (sign, side) in sides {
        for line in side.lines().filter(|l| sign == '-' || !l.trim().is_empty()) {
            out.push(sign);
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// What was tried, by mutant.
pub(super) fn by_id(tried: &[Tried]) -> BTreeMap<Id, &Tried> {
    tried.iter().map(|t| (t.id, t)).collect()
}
