//! `guard tests`: what ran, on which side, and how it came out.

use std::fmt::Write as _;

use anyhow::Result;
use guard_model::lab::{Cell, CellOutcome, CodeRun, TestOutcome};

use super::{print, print_report};
use crate::cli::CheckArgs;
use crate::pipeline::{self, Place};
use crate::render::{self, Format};
use crate::terminal;

/// Prints test results by side.
pub(super) fn tests(args: &CheckArgs, place: &Place<'_>) -> Result<u8> {
    let checked = pipeline::check(args, place)?;
    if args.output.format != Format::Text {
        return print_report(&checked.report, &checked.evidence, &args.output);
    }
    let mut text = String::new();
    let (width, verbose) = (terminal::width(), args.output.verbose);
    match &checked.evidence.lab {
        None => text.push_str("nothing was run\n"),
        Some(lab) => {
            write_run(&mut text, "head", lab.head.as_ref(), width, verbose);
            write_run(&mut text, "base", lab.base.as_ref(), width, verbose);
            write_cell(&mut text, "base's tests on head's code", lab.old_tests_on_new_code.as_ref(), width);
            write_cell(&mut text, "head's tests on base's code", lab.new_tests_on_old_code.as_ref(), width);
        }
    }
    for gap in &checked.evidence.gaps {
        let _ = writeln!(text, "not observed: {}", render::one_line(&gap.reason, usize::MAX));
    }
    print(&text)?;
    Ok(checked.report.verdict.exit_code())
}

fn write_run(text: &mut String, side: &str, run: Option<&CodeRun>, width: usize, verbose: bool) {
    let Some(run) = run else {
        let _ = writeln!(text, "{side}: not run");
        return;
    };
    let Some(tests) = &run.tests else {
        let _ = writeln!(text, "{side}: not built, so no test ran");
        return;
    };
    let why = tests.gap.as_ref().map(|gap| render::one_line(&gap.reason, usize::MAX));
    if let (Some(why), false) = (&why, tests.was_run()) {
        let _ = writeln!(text, "{side}: not run: {why}");
        return;
    }
    let count = |o| tests.count(o);
    let kept = if run.cached { " (known from an earlier run of the same tree)" } else { "" };
    let _ = writeln!(
        text,
        "{side}: {} passed, {} failed, {} ignored in {:.1} s{kept}",
        count(TestOutcome::Passed),
        count(TestOutcome::Failed) + count(TestOutcome::TimedOut),
        count(TestOutcome::Ignored),
        tests.ms as f64 / 1000.0,
    );
    if let Some(why) = why {
        let _ = writeln!(text, "  not whole: {why}");
    }
    for result in &tests.results {
        let word = match result.outcome {
            TestOutcome::Passed if verbose => "ok",
            TestOutcome::Ignored if verbose => "ignored",
            TestOutcome::Failed => "FAILED",
            TestOutcome::TimedOut => "TIMED OUT",
            TestOutcome::NotRun => "NOT RUN",
            TestOutcome::Passed | TestOutcome::Ignored => continue,
        };
        let flaky = if result.is_flaky() { " (flaky)" } else { "" };
        let id = render::one_line(&result.id.to_string(), width.saturating_sub(14));
        let _ = writeln!(text, "  {word:9} {id}{flaky}");
    }
}

fn write_cell(text: &mut String, title: &str, cell: Option<&Cell>, width: usize) {
    let Some(cell) = cell else {
        let _ = writeln!(text, "{title}: not run");
        return;
    };
    let count = |o| cell.results.iter().filter(|r| r.outcome == o).count();
    let _ = writeln!(
        text,
        "{title}: {} passed, {} failed, {} could not be compared",
        count(CellOutcome::Passed),
        count(CellOutcome::Failed),
        count(CellOutcome::NotComparable),
    );
    for result in cell.results.iter().filter(|r| r.outcome == CellOutcome::Failed) {
        let _ = writeln!(
            text,
            "  FAILED    {}",
            render::one_line(&result.id.to_string(), width.saturating_sub(14))
        );
    }
}
