//! A run of which only some parts are here: nothing of it is judged. A test that is missing from one part is in another,
//! so what such evidence lacks speaks against nobody, and what it shows is not enough for a pass.

use guard_model::evidence::Parts;
use guard_model::report::{SkipKind, SkippedCheck};
use guard_model::{Evidence, Report, Verdict};

use crate::{registry, summary};

/// The report without findings and claims: every check waits for the other parts.
pub(crate) fn report(evidence: &Evidence, parts: &Parts, whole: Report) -> Report {
    let which = named(parts);
    // Why parts that were put together do not do is the last gap.
    let why = match evidence.gaps.last().filter(|_| parts.measured.len() > 1) {
        Some(gap) => gap.reason.clone(),
        None => "only all of them together can be judged, by `guard merge`".to_owned(),
    };
    let reason = format!("{which} measured: {why}");
    let skipped = registry().iter().filter(|c| c.first_mode <= evidence.mode).map(|check| SkippedCheck {
        check: check.name.to_owned(),
        reason_kind: SkipKind::Input,
        reason: reason.clone(),
        log: None,
    });
    Report {
        verdict: Verdict::Inconclusive,
        headline: format!("inconclusive: {reason}"),
        findings: Vec::new(),
        claims: None,
        sites: None,
        pairs: None,
        tests: None,
        mutants: None,
        build: evidence.lab.as_ref().map(summary::build),
        skipped_checks: skipped.collect(),
        snippets: Vec::new(),
        ..whole
    }
}

/// `part 2 of 8 was`, `parts 1, 2 of 8 were`.
fn named(parts: &Parts) -> String {
    let numbers: Vec<String> = parts.measured.iter().map(ToString::to_string).collect();
    let (word, verb) = if numbers.len() == 1 { ("part", "was") } else { ("parts", "were") };
    format!("{word} {} of {} {verb}", numbers.join(", "), parts.of)
}
