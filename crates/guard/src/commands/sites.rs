//! `guard sites`: edits that repeat, what was done of each, and what was left.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::Result;
use guard_model::report::SiteGroup;
use guard_model::{Mode, Rewrite};

use super::{note, print, print_report};
use crate::cli::{CheckArgs, SitesArgs};
use crate::pipeline::{self, Checked, Place};
use crate::render::{self, Format, patch};
use crate::terminal;

/// Cleared places shown of one edit unless asked for more.
const FEW: usize = 5;

/// Bytes of a file that a patch is made for at most.
const MAX_FILE: u64 = 4 << 20;

/// Prints repeated edits with their places.
pub(super) fn sites(args: &SitesArgs, place: &Place<'_>) -> Result<u8> {
    // Places are found by reading; nothing has to be built for them.
    let check = &CheckArgs { mode: args.check.mode.or(Some(Mode::Quick)), ..args.check.clone() };
    let checked = pipeline::check(check, place)?;
    if args.suggest {
        return suggest(&checked, check, place);
    }
    if args.rules {
        let sites = || checked.evidence.sites.iter().flat_map(|s| &s.patterns);
        if sites().next().is_none() {
            note("the change repeats no edit");
        }
        for pattern in sites().filter(|p| p.rule.is_none()) {
            let edit = render::one_line(&pattern.shown().join(" -> "), 160);
            note(&format!("no rule says this edit: {edit}"));
        }
        let rules: Vec<&str> = sites().filter_map(|p| p.rule.as_deref()).collect();
        return print(&rules.join("---\n"));
    }
    if check.output.format != Format::Text {
        return print_report(&checked.report, &checked.evidence, &check.output);
    }
    let groups = checked.report.sites.as_deref().unwrap_or_default();
    if groups.is_empty() {
        print("the change repeats no edit\n")?;
    }
    let mut text = String::new();
    for group in groups {
        write_group(&mut text, group, terminal::width(), check.output.verbose);
    }
    print(&text)?;
    Ok(checked.report.verdict.exit_code())
}

/// Prints what was left out as a patch for head.
fn suggest(checked: &Checked, args: &CheckArgs, place: &Place<'_>) -> Result<u8> {
    let patterns = checked.evidence.sites.iter().flat_map(|s| &s.patterns);
    let groups = checked.report.sites.as_deref().unwrap_or_default();
    let mut rewrites: BTreeMap<&str, Vec<&Rewrite>> = BTreeMap::new();
    let mut told = BTreeSet::new();
    for pattern in patterns {
        let name = pattern.shown().join(" -> ");
        // In two languages it is two edits of one name.
        let groups = groups.iter().filter(|g| g.pattern == name.trim_end());
        let left: BTreeSet<(&str, u32)> =
            groups.flat_map(|g| &g.residual).map(|r| (r.path.as_str(), r.line)).collect();
        for site in pattern.left.iter().filter(|s| left.contains(&(s.path.as_str(), s.line)) && !s.already) {
            if let Some(rewrite) = &site.rewrite {
                rewrites.entry(&site.path).or_default().push(rewrite);
                told.insert((site.path.as_str(), site.line));
            }
        }
    }
    let (repo, _) = pipeline::open(args.repo.as_deref(), place)?;
    let head = repo.tree(&checked.evidence.change.head.tree);
    let mut text = String::new();
    for (path, rewrites) in rewrites {
        let Some(bytes) = head.read(path, MAX_FILE)? else { continue };
        if let Ok(before) = std::str::from_utf8(&bytes) {
            text.push_str(&patch::of_file(path, before, &rewrites));
        }
    }
    print(&text)?;
    let all: BTreeSet<(&str, u32)> =
        groups.iter().flat_map(|g| &g.residual).map(|r| (r.path.as_str(), r.line)).collect();
    let untold = all.difference(&told).count();
    if untold > 0 {
        note(&format!(
            "{untold} more, listed by `guard sites`: the edit does not tell what they would become"
        ));
    }
    Ok(0)
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
