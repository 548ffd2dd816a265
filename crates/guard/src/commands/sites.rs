//! `guard sites`: edits that repeat, what was done of each, and what was left.

use std::fmt::Write as _;

use anyhow::Result;
use guard_model::Mode;
use guard_model::report::SiteGroup;

use super::{print, print_report};
use crate::cli::CheckArgs;
use crate::pipeline::{self, Place};
use crate::render::{self, Format};
use crate::terminal;

/// Cleared places shown of one edit unless asked for more.
const FEW: usize = 5;

/// Prints repeated edits with their places.
pub(super) fn sites(args: &CheckArgs, place: &Place<'_>) -> Result<u8> {
    // Places are found by reading; nothing has to be built for them.
    let args = &CheckArgs { mode: args.mode.or(Some(Mode::Quick)), ..args.clone() };
    let checked = pipeline::check(args, place)?;
    if args.output.format != Format::Text {
        return print_report(&checked.report, &checked.evidence, &args.output);
    }
    let groups = checked.report.sites.as_deref().unwrap_or_default();
    if groups.is_empty() {
        print("the change repeats no edit\n")?;
    }
    let mut text = String::new();
    for group in groups {
        write_group(&mut text, group, terminal::width(), args.output.verbose);
    }
    print(&text)?;
    Ok(checked.report.verdict.exit_code())
}

fn write_group(text: &mut String, group: &SiteGroup, width: usize, verbose: bool) {
    let SiteGroup { pattern, done, total, residual, cleared, cleared_total, unsearched } = group;
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{done} of {total} done  {}", render::one_line(pattern, width.saturating_sub(18)));
    for site in residual {
        let line = render::one_line(&format!("{}:{}", site.path, site.line), width.saturating_sub(12));
        let _ = writeln!(text, "  left {:3}%  {line}", site.certainty.as_percent());
    }
    let shown = if verbose { cleared.len() } else { FEW.min(cleared.len()) };
    for site in cleared.iter().take(shown) {
        let line = format!("{}:{}  ({})", site.path, site.line, site.reason);
        let _ = writeln!(text, "  stays      {}", render::one_line(&line, width.saturating_sub(13)));
    }
    let more = cleared_total.saturating_sub(shown as u64);
    if more > 0 {
        let _ = writeln!(text, "  stays      and {more} more");
    }
    if let Some(reason) = unsearched {
        let _ = writeln!(
            text,
            "  not searched everywhere: {}",
            render::one_line(reason, width.saturating_sub(27))
        );
    }
}
