//! "Comprehensive tests", "a test that demonstrates full functionality": held against the mutants of the change, where
//! they were run.

use guard_model::lab::LabEvidence;
use guard_model::mutants::{MutantOutcome, MutantRecord};
use guard_model::{Claim, ClaimKind, ClaimVerdict, EvidenceItem, EvidenceKind, Side};

use super::trace::stems;
use super::{Facts, Ruling};
use crate::claims::counts::TEST_NOUNS;
use crate::claims::lexicon::{self, Form};
use crate::claims::token::{self, Kind, Token};
use crate::said::telling_stems;
use crate::text::count;

/// Mutants that must have been measured: of fewer, a handful that nobody could notice would decide.
const FEWEST: usize = 20;

/// Of a hundred mutants, those that thorough tests notice at least: what Stryker's reports mark as danger is below it
/// (its `thresholds.low`).
const LOW: usize = 60;

/// Words for tests that leave nothing out.
const MUCH: &str = "comprehensive comprehensively extensive extensively thorough thoroughly exhaustive exhaustively full fully \
    complete completely";

/// The ruling where tests that are called thorough notice too little.
pub(super) fn ruled(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    if !matches!(claim.kind, ClaimKind::TestAdded | ClaimKind::Add | ClaimKind::Update | ClaimKind::Other) {
        return None;
    }
    let lab = facts.evidence.lab.as_ref()?;
    let measured = match extent(&tokens)? {
        Extent::Everything => measured(lab)?,
        Extent::Subject => of_subject(measured(lab)?, claim, &tokens),
    };
    let is_noticed = |m: &&&MutantRecord| matches!(m.outcome, MutantOutcome::Caught | MutantOutcome::Timeout);
    let noticed = measured.iter().filter(is_noticed).count();
    if measured.len() < FEWEST || noticed * 100 >= measured.len() * LOW {
        return None;
    }
    let unreached = measured.iter().filter(|m| m.outcome == MutantOutcome::Uncovered).count();
    let first = measured.iter().find(|m| !is_noticed(m))?;
    let reached = match unreached {
        0 => String::new(),
        n => format!("; no test reaches {n} of them"),
    };
    let message =
        format!("tests notice {noticed} of {} of the changed code{reached}", count(measured.len(), "mutant"));
    let item = EvidenceItem::new(EvidenceKind::Mutant, message);
    let one = EvidenceItem::new(EvidenceKind::Mutant, format!("unnoticed: {}", first.replacement));
    let at = |item: EvidenceItem| item.at(Side::Head, first.path.clone(), Some(first.line));
    let ruling = Ruling::contradicted(vec![item, at(one)]);
    Some(Ruling { verdict: ClaimVerdict::Partial, ..ruling })
}

/// How much thorough tests are said to be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// What the sentence names, or the change.
    Subject,
    /// "Full functionality", "across all modules".
    Everything,
}

fn extent(tokens: &[Token<'_>]) -> Option<Extent> {
    const WHOLE: &str = "functionality functionalities behavior behaviour correctness pipeline workflow";
    // Tests that were there before, or of which a part is said to be the whole suite.
    const OTHER: &str = "existing run ran running pass passes passed passing green manual manually";
    if tokens.iter().any(|t| t.any(OTHER)) {
        return None;
    }
    let is_much = |i: usize| tokens[i].any(MUCH);
    let much = |range: std::ops::Range<usize>| range.clone().find(|i| is_much(*i));
    for test in (0..tokens.len()).filter(|i| tokens[*i].any(TEST_NOUNS) || tokens[*i].is("coverage")) {
        // "The full suite" is the one that is there.
        let is_suite = tokens.get(test + 1).is_some_and(|t| t.any("suite suites"));
        if let Some(at) = much(test.saturating_sub(3)..test)
            && !(is_suite && tokens[at].any("full complete"))
            // "Comprehensive documentation and tests".
            && !tokens[at..test].iter().any(|t| t.any("and or") || matches!(t.kind, Kind::Punct(_)))
        {
            let rest = tokens[test + 1..].iter().take(3);
            let across = rest.clone().any(|t| t.is("across"))
                && rest.clone().any(|t| t.any("all the entire whole every"));
            return Some(if across { Extent::Everything } else { Extent::Subject });
        }
        let shows = |t: &Token<'_>| {
            t.any("demonstrating demonstrates proving proves showing shows")
                || lexicon::verb(&t.lower).is_some_and(|v| v.form == Form::Gerund)
                || t.any("validating validates verifying verifies ensuring ensures exercising exercises")
        };
        let said = tokens[test + 1..].iter().take(3).position(shows).map(|p| test + 1 + p);
        if let Some(verb) = said
            && let Some(at) = much(verb + 1..tokens.len().min(verb + 3))
            && tokens[at + 1..].iter().take(2).any(|t| t.any(WHOLE))
        {
            return Some(Extent::Everything);
        }
    }
    None
}

/// The mutants that were measured, when all were and by all tests there are.
fn measured(lab: &LabEvidence) -> Option<Vec<&MutantRecord>> {
    use MutantOutcome::{Caught, Missed, NotRun, Timeout, Uncovered};
    let run = lab.mutants.as_ref()?;
    let tests = lab.head.as_ref().and_then(|h| h.tests.as_ref());
    let has_doctests = tests.is_some_and(|t| t.suites.iter().any(|s| s.suite.ends_with("::doc")));
    let is_open =
        |m: &&MutantRecord| matches!(m.outcome, Missed | Uncovered) && has_doctests && !m.with_doctests;
    let not_run = run.list.iter().any(|m| m.outcome == NotRun);
    if not_run || !run.failing.is_empty() || run.list.iter().any(|m| is_open(&m)) {
        return None;
    }
    Some(run.list.iter().filter(|m| matches!(m.outcome, Caught | Missed | Timeout | Uncovered)).collect())
}

/// Those of what the sentence is about: of files or functions that have a word of it; all, where it says only that
/// there are tests.
fn of_subject<'m>(all: Vec<&'m MutantRecord>, claim: &Claim, tokens: &[Token<'_>]) -> Vec<&'m MutantRecord> {
    const IDLE: &str = "unit integration end-to-end e2e regression edge coverage suite suites functionality feature features new";
    let named = tokens
        .iter()
        // What follows is an example.
        .take_while(|t| !t.any("including includes incl such"))
        .filter(|t| matches!(t.kind, Kind::Word | Kind::Code) && !t.any(MUCH) && !t.any(IDLE))
        .filter(|t| lexicon::verb(&t.lower).is_none());
    let mut topic: Vec<String> = telling_stems(named.map(|t| t.text));
    topic.retain(|s| s.len() > 2);
    topic.extend(claim.scope.paths.iter().flat_map(|p| stems(p)));
    let is_meant = |m: &&MutantRecord| {
        let own = stems(&m.path).chain(stems(m.function.as_deref().unwrap_or_default()));
        topic.is_empty() || own.into_iter().any(|s| topic.contains(&s))
    };
    all.into_iter().filter(is_meant).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_tell_how_much_is_tested() {
        for (text, expected) in [
            ("Added comprehensive unit tests", Some(Extent::Subject)),
            ("Comprehensive test coverage including parsing", Some(Extent::Subject)),
            ("Add the queue with full test coverage", Some(Extent::Subject)),
            ("The queue is thoroughly tested", None),
            ("Full test suite with 3 tests", None),
            ("End-to-end test demonstrating full functionality", Some(Extent::Everything)),
            ("Tests verifying the complete workflow", Some(Extent::Everything)),
            ("Comprehensive tests across all modules", Some(Extent::Everything)),
            ("Ran the full tests", None),
            ("Added tests for the queue", None),
            ("Comprehensive documentation and tests", None),
        ] {
            assert_eq!(extent(&token::tokens(text)), expected, "{text}");
        }
    }
}
