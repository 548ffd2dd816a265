//! `guard mutants`: small changes of the changed code, and whether a test noticed.

use std::fmt::Write as _;

use anyhow::Result;
use guard_collect::lab::mutants::{Until, Wanted};
use guard_model::mutants::{MutantOutcome, MutantRecord};
use guard_model::report::MutantSummary;
use guard_mutants::find::OperatorSet;

use super::{print, print_report};
use crate::cli::{MutantsArgs, Operators};
use crate::pipeline::{self, Place};
use crate::render::{self, Format};
use crate::terminal;

/// Tests and prints mutants.
pub(super) fn mutants(args: &MutantsArgs, place: &Place<'_>) -> Result<u8> {
    let wanted = Wanted {
        operators: match args.operators {
            Operators::Guard => OperatorSet::Guard,
            Operators::CargoMutants => OperatorSet::CargoMutants,
        },
        whole_functions: args.whole_functions,
        files: args.file.clone(),
        functions: args.function.clone(),
        shard: args.shard,
        doctests: args.doctests,
        list_only: args.list,
        until: Until::Done,
        alone: None,
        cargo_args: args.cargo_args.clone(),
    };
    let checked = pipeline::mutants(&args.check, wanted, args.no_budget || args.list, place)?;
    if args.check.output.format != Format::Text {
        return print_report(&checked.report, &checked.evidence, &args.check.output);
    }
    let width = terminal::width();
    let Some(summary) = &checked.report.mutants else {
        return print_report(&checked.report, &checked.evidence, &args.check.output);
    };
    if args.list {
        let mut text = String::new();
        for mutant in &summary.list {
            let _ =
                writeln!(text, "{}:{}:{}: {}", mutant.path, mutant.line, mutant.column, mutant.replacement);
        }
        print(&text)?;
        return Ok(0);
    }
    let mut text = String::new();
    for mutant in &summary.list {
        write_mutant(&mut text, mutant, width, args.check.output.verbose);
    }
    for gap in &checked.evidence.gaps {
        let _ = writeln!(text, "not observed: {}", render::one_line(&gap.reason, usize::MAX));
    }
    let _ = writeln!(text, "{}", in_words(summary));
    let _ = writeln!(text, "{}", checked.report.headline);
    print(&text)?;
    Ok(checked.report.verdict.exit_code())
}

fn write_mutant(text: &mut String, mutant: &MutantRecord, width: usize, verbose: bool) {
    let word = match mutant.outcome {
        MutantOutcome::Missed => "MISSED",
        MutantOutcome::Uncovered => "UNCOVERED",
        MutantOutcome::Timeout => "timeout",
        MutantOutcome::NotRun => "not run",
        MutantOutcome::Caught if verbose => "caught",
        MutantOutcome::Unviable if verbose => "unviable",
        MutantOutcome::NotCompiled if verbose => "not compiled",
        MutantOutcome::Caught | MutantOutcome::Unviable | MutantOutcome::NotCompiled => return,
    };
    let place = format!("{}:{}:{}", mutant.path, mutant.line, mutant.column);
    let line = format!("{word:12} {place}: {}", mutant.replacement);
    let _ = writeln!(text, "{}", render::one_line(&line, width));
    if let Some(reason) =
        mutant.reason.as_ref().filter(|_| mutant.outcome == MutantOutcome::NotRun || verbose)
    {
        let _ = writeln!(text, "{:13}{}", "", render::one_line(reason, width.saturating_sub(13)));
    }
    if let Some(by) = mutant.caught_by.as_ref().filter(|_| verbose) {
        let how = match mutant.caught_how {
            Some(how) => format!(" ({})", how.as_str()),
            None if mutant.outcome == MutantOutcome::Timeout => " (no end)".to_owned(),
            None => String::new(),
        };
        let said = mutant.said.as_deref().map(|s| format!(": {s}")).unwrap_or_default();
        let line = format!("by {by}{how}{said}");
        let _ = writeln!(text, "{:13}{}", "", render::one_line(&line, width.saturating_sub(13)));
    }
    if matches!(mutant.outcome, MutantOutcome::Missed | MutantOutcome::Uncovered) {
        for line in mutant.diff.lines() {
            let _ = writeln!(text, "{:4}{}", "", render::one_line(line, width.saturating_sub(4)));
        }
    }
    if mutant.outcome == MutantOutcome::Missed {
        let line = format!("passed with it: {}", passed(mutant));
        let _ = writeln!(text, "{:4}{}", "", render::one_line(&line, width.saturating_sub(4)));
    }
}

/// The tests that did not notice a mutant.
fn passed(mutant: &MutantRecord) -> String {
    let named: Vec<&str> = mutant.reached_by.iter().take(3).map(|t| t.name.as_str()).collect();
    let more = mutant.reached_by.len() as u64 + mutant.more_reach - named.len() as u64;
    match (named.is_empty(), more) {
        (true, _) if mutant.tests_run == 0 => "all that were asked".to_owned(),
        (true, _) => format!("all that were asked, {}", mutant.tests_run),
        (false, 0) => named.join(", "),
        (false, more) => format!("{} and {more} more", named.join(", ")),
    }
}

/// The counts as one line.
fn in_words(summary: &MutantSummary) -> String {
    let mut said = format!("tested {} of {} mutants", summary.tested(), summary.total);
    let counts = [
        (summary.caught, "caught"),
        (summary.missed, "missed"),
        (summary.timeout, "timed out"),
        (summary.uncovered, "reached by no test"),
        (summary.unviable, "do not compile"),
        (summary.not_compiled, "not compiled here"),
        (summary.not_run, "not run"),
    ];
    let told: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    if !told.is_empty() {
        said.push_str(": ");
        said.push_str(&told.join(", "));
    }
    if summary.kept > 0 {
        let _ = write!(said, " ({} of them by an earlier run of the same test programs)", summary.kept);
    }
    said
}
