//! `guard check` and `guard claims`.

use std::fmt::Write as _;

use anyhow::Result;
use guard_model::{Claim, ClaimVerdict, Mode};

use super::{note, print, print_report};
use crate::cli::CheckArgs;
use crate::pipeline::{self, Place};
use crate::render::{self, Format};
use crate::terminal;

/// Checks a change and prints the report.
pub(super) fn check(args: &CheckArgs, place: &Place<'_>) -> Result<u8> {
    let checked = pipeline::check(args, place)?;
    if args.output.format != Format::Text {
        note(&format!("evidence, report and logs are in {}", checked.run.path().display()));
    }
    print_report(&checked.report, &checked.evidence, &args.output)
}

/// Prints the claims and what the evidence says, one line each.
pub(super) fn claims(args: &CheckArgs, place: &Place<'_>) -> Result<u8> {
    let checked = pipeline::check(args, place)?;
    if args.output.format != Format::Text {
        return print_report(&checked.report, &checked.evidence, &args.output);
    }
    let claims = checked.report.claims.as_deref().unwrap_or_default();
    if claims.is_empty() {
        print("no claim about this change was found\n")?;
    }
    let mut text = String::new();
    for claim in claims {
        write_claim(&mut text, claim, checked.report.mode, (terminal::width(), args.output.verbose));
    }
    for (at, line) in render::tasks(&checked.report, args.output.verbose).iter().enumerate() {
        let (gap, label) = if at == 0 { ("\n", "tasks") } else { ("", "") };
        text.push_str(gap);
        let _ = writeln!(text, "{label:20}{}", render::one_line(line, terminal::width().saturating_sub(20)));
    }
    print(&text)?;
    Ok(checked.report.verdict.exit_code())
}

fn write_claim(text: &mut String, claim: &Claim, mode: Mode, (width, verbose): (usize, bool)) {
    let verdict = match claim.verdict {
        ClaimVerdict::Unsupported if !claim.looked && render::is_settled_by_run(claim.kind, mode) => {
            "not looked at"
        }
        ClaimVerdict::Unsupported if !claim.looked => "unsettled",
        other => other.as_str(),
    };
    let said = render::one_line(&claim.text, width.saturating_sub(20));
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{verdict:14} {:4} {said}", claim.id);
    for item in claim.evidence.iter().take(if verbose { usize::MAX } else { 1 }) {
        let _ = writeln!(text, "{:20}{}", "", render::one_line(&item.message, width.saturating_sub(20)));
    }
}
