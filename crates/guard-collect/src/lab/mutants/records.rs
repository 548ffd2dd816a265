//! What was learned of each mutant, as records of the evidence.

use std::ops::Range;

use guard_model::lab::TestId;
use guard_model::mutants::{MutantOutcome, MutantRecord};
use guard_mutants::Mutant;
use guard_mutants::work::{End, TestName, Tried};

/// What is known of one mutant.
pub(super) struct Known<'m> {
    mutant: &'m Mutant,
    outcome: MutantOutcome,
    reason: Option<String>,
    tried: Option<Tried>,
    own_build: bool,
    with_doctests: bool,
}

impl<'m> Known<'m> {
    /// An outcome that needed no test.
    pub(super) fn plain(mutant: &'m Mutant, outcome: MutantOutcome, reason: &str) -> Known<'m> {
        Known {
            mutant,
            outcome,
            reason: Some(reason.to_owned()),
            tried: None,
            own_build: false,
            with_doctests: false,
        }
    }

    pub(super) fn not_run(mutant: &'m Mutant, why: &str) -> Known<'m> {
        Known::plain(mutant, MutantOutcome::NotRun, why)
    }

    pub(super) fn not_compiled(mutant: &'m Mutant) -> Known<'m> {
        let why = "not compiled with these features, on this platform";
        Known::plain(mutant, MutantOutcome::NotCompiled, why)
    }

    /// What the runner found.
    pub(super) fn tried(mutant: &'m Mutant, tried: Tried) -> Known<'m> {
        let (outcome, reason) = match &tried.end {
            End::Caught { .. } => (MutantOutcome::Caught, None),
            End::Timeout { .. } => (MutantOutcome::Timeout, None),
            End::Missed => (MutantOutcome::Missed, None),
            End::Uncovered => (MutantOutcome::Uncovered, None),
            End::NotRun { why } => (MutantOutcome::NotRun, Some(why.clone())),
        };
        Known { mutant, outcome, reason, tried: Some(tried), own_build: false, with_doctests: false }
    }

    /// The test that caught it.
    pub(super) fn killer(&self) -> Option<&TestName> {
        match &self.tried.as_ref()?.end {
            End::Caught { by, .. } => Some(by),
            _ => None,
        }
    }

    pub(super) fn path(&self) -> &str {
        &self.mutant.path
    }

    pub(super) fn is_missed(&self) -> bool {
        self.outcome == MutantOutcome::Missed
    }

    /// What was seen does not settle it.
    pub(super) fn doubt(&mut self, why: &str) {
        self.outcome = MutantOutcome::NotRun;
        self.reason = Some(why.to_owned());
    }

    /// The same, from a build of its own.
    pub(super) fn built_alone(self) -> Known<'m> {
        Known { own_build: true, ..self }
    }

    /// The same, and documentation tests were asked.
    pub(super) fn with_doctests(self) -> Known<'m> {
        Known { with_doctests: true, ..self }
    }
}

/// What two suites together say of a mutant: one that catches it is enough, and both must have been asked before
/// it is missed.
pub(super) fn stronger<'m>(a: Known<'m>, b: Known<'m>) -> Known<'m> {
    let rank = |known: &Known<'_>| match known.outcome {
        MutantOutcome::Caught => 0,
        MutantOutcome::Timeout => 1,
        MutantOutcome::Unviable => 2,
        MutantOutcome::NotRun => 3,
        MutantOutcome::Missed => 4,
        MutantOutcome::Uncovered => 5,
        MutantOutcome::NotCompiled => 6,
    };
    if rank(&b) < rank(&a) { b } else { a }
}

/// The record of one mutant; `text` is its file's.
pub(super) fn record(known: &Known<'_>, text: &str) -> MutantRecord {
    let mutant = known.mutant;
    let mut record = MutantRecord {
        path: mutant.path.clone(),
        line: mutant.start.line,
        column: mutant.start.column,
        end_line: mutant.end.line,
        end_column: mutant.end.column,
        inserted: mutant.replacement.clone(),
        operator: mutant.operator.name().to_owned(),
        function: mutant.function.as_ref().map(|f| f.name.clone()),
        replacement: mutant.description.clone(),
        diff: diff(text, mutant.span.clone(), &mutant.replacement),
        outcome: known.outcome,
        reason: known.reason.clone(),
        own_build: known.own_build,
        with_doctests: known.with_doctests,
        kept: known.tried.as_ref().is_some_and(|t| t.kept),
        tests_run: 0,
        reached_by: Vec::new(),
        more_reach: 0,
        caught_by: None,
        said: None,
        caught_how: None,
        ms: 0,
    };
    if let Some(tried) = &known.tried {
        record.tests_run = tried.tests as u64;
        record.reached_by = tried.reached_by.iter().map(test_id).collect();
        record.more_reach = tried.more as u64;
        record.ms = tried.ms;
        match &tried.end {
            End::Caught { by, said, how } => {
                record.caught_how = Some(*how);
                record.caught_by = Some(test_id(by));
                record.said = Some(said.clone());
            }
            End::Timeout { by } => record.caught_by = Some(test_id(by)),
            End::NotRun { .. } | End::Missed | End::Uncovered => {}
        }
    }
    record
}

fn test_id(name: &TestName) -> TestId {
    TestId { suite: name.suite.clone(), name: name.name.clone() }
}

/// The lines of `text` before and after `inserted` came in place of a span, as a diff without a head.
pub(crate) fn diff(text: &str, span: Range<usize>, inserted: &str) -> String {
    let from = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let to = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at);
    let mut out = String::new();
    let after = format!("{}{inserted}{}", &text[from..span.start], &text[span.end..to]);
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
