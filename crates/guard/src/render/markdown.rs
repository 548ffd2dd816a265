//! Markdown for a pull request's comment and for GitHub's job summary.
//!
//! Foreign text is written with numeric character references, which Markdown never takes for markup,
//! in HTML elements or in fences longer than any run of backticks inside. Mentions, references and
//! links are broken by a zero-width space.

use std::path::Path;

use guard_model::claim::ClaimVerdict;
use guard_model::{Finding, Level, Report, Verdict};

use super::untrusted::write_to;
use super::{untrusted, view};

/// A comment may have 65,536 characters; bytes are never fewer.
const MAX_COMMENT: usize = 65_536;
/// A step's summary may have 1024 KiB; some is left to other writers of the same step.
const MAX_SUMMARY: usize = 1_000_000;
/// What is kept for the parts after the findings and for the note that says what was cut.
const RESERVE: usize = 16_384;
/// Characters of one message.
const MAX_MESSAGE: usize = 600;
/// Repeated edits that left places out.
const MAX_EDITS: usize = 4;
/// Places of one of them.
const MAX_SITES: usize = 25;
/// Claims in the table.
const MAX_CLAIMS: usize = 25;

/// First line of a comment: by it a workflow finds and updates its own comment.
const MARKER: &str = "<!-- guard:report -->\n";

pub(super) fn comment(report: &Report) -> String {
    page(report, MARKER, MAX_COMMENT)
}

pub(super) fn summary(report: &Report) -> String {
    page(report, "", MAX_SUMMARY)
}

fn page(report: &Report, start: &str, limit: usize) -> String {
    let mut out = start.to_owned();
    let sign = match report.verdict {
        Verdict::Pass => "✅",
        Verdict::Fail => "❌",
        Verdict::Inconclusive => "⚠️",
    };
    write_to(&mut out, format_args!("### {sign} guard: {}\n", inline(&view::headline(report))));
    for line in view::change_lines(report) {
        write_to(&mut out, format_args!("\n{}\n", inline(&line)));
    }
    findings(&mut out, report, limit.saturating_sub(2 * RESERVE));
    let mut tail = String::new();
    unmeasured(&mut tail, report);
    sites(&mut tail, report);
    claims(&mut tail, report);
    let mut last = String::new();
    facts(&mut last, report);
    for part in [tail, last] {
        if out.len() + part.len() + 200 <= limit {
            out.push_str(&part);
        } else {
            out.push_str(
                "\n*One part is left out here: it exceeds the size that is allowed. The report has it.*\n",
            );
        }
    }
    untrusted::defuse(&out)
}

fn findings(out: &mut String, report: &Report, limit: usize) {
    let all = view::alike(report);
    let few = all.len() <= 3;
    let mut left = 0;
    for (finding, others) in &all {
        // What does not fit in full is named in one line, as long as that fits.
        let full = block(report, finding, others, few);
        let brief = || format!("\n{}\n", title(finding));
        match [full].into_iter().chain(std::iter::once_with(brief)).find(|b| out.len() + b.len() <= limit) {
            Some(block) => out.push_str(&block),
            None => left += 1 + others.len() as u64,
        }
    }
    if left > 0 {
        let rest = view::plural(left, "more finding");
        write_to(out, format_args!("\n**{rest}** in the report: this page is full.\n"));
    }
    let accepted = view::reported(report).filter(|f| f.suppressed.is_some()).count() as u64;
    if accepted > 0 {
        write_to(out, format_args!("\n{} accepted by the policy.\n", view::plural(accepted, "finding")));
    }
}

fn block(report: &Report, finding: &Finding, others: &[&Finding], open: bool) -> String {
    let mut out = String::new();
    let open = if open { " open" } else { "" };
    write_to(&mut out, format_args!("\n<details{open}><summary>{}</summary>\n", title(finding)));
    if let Some(place) = view::finding_place(finding) {
        let place = untrusted::path(&place);
        let place = escape(&untrusted::at_most(&place, MAX_MESSAGE), true);
        write_to(&mut out, format_args!("\nat <code>{place}</code>\n"));
    }
    if let Some(quote) = view::quote(report, finding, 12) {
        let lines: Vec<String> = quote.lines.into_iter().map(|line| line.2).collect();
        fence(&mut out, finding.path.as_deref().unwrap_or(""), &lines);
    }
    out.push('\n');
    let details = view::details(finding);
    for detail in details.iter().take(12) {
        write_to(&mut out, format_args!("- {}\n", inline(detail)));
    }
    if details.len() > 12 {
        write_to(&mut out, format_args!("- and {} more in the report\n", details.len() - 12));
    }
    if !others.is_empty() {
        write_to(&mut out, format_args!("- also at {}\n", inline(&view::places(others, 12))));
    }
    out.push_str("\n</details>\n");
    out
}

/// Level, check and message of a finding, for an HTML element or a paragraph of its own.
fn title(finding: &Finding) -> String {
    let sign = match finding.level {
        Level::Deny => "🔴",
        Level::Warn => "🟡",
        Level::Note | Level::Allow => "🔵",
    };
    let (level, check) = (finding.level.as_str(), inline(&finding.check));
    format!("{sign} <b>{level}</b> <code>{check}</code> {}", inline(&finding.message))
}

fn fence(out: &mut String, path: &str, lines: &[String]) {
    let longest = lines.iter().map(|l| longest_run(l, '`')).max().unwrap_or(0);
    let marks = "`".repeat(longest.max(2) + 1);
    let extension = Path::new(path).extension().and_then(|e| e.to_str()).unwrap_or("");
    let language = if extension.len() <= 5 && extension.bytes().all(|b| b.is_ascii_alphanumeric()) {
        extension
    } else {
        ""
    };
    write_to(out, format_args!("\n{marks}{language}\n{}\n{marks}\n", lines.join("\n")));
}

fn longest_run(text: &str, wanted: char) -> usize {
    let (longest, _) = text.chars().fold((0, 0), |(longest, run), c| {
        let run = if c == wanted { run + 1 } else { 0 };
        (longest.max(run), run)
    });
    longest
}

fn unmeasured(out: &mut String, report: &Report) {
    let groups: Vec<_> = view::skips(report).into_iter().filter(|g| !g.is_by_mode()).collect();
    if groups.is_empty() {
        return;
    }
    out.push_str("\n#### Not measured\n\n");
    for group in groups.iter().take(10) {
        let named = format!(" (checks: {})", inline(&group.names(8)));
        let more = if group.is_of_run() { "" } else { named.as_str() };
        write_to(out, format_args!("- {}{more}\n", inline(group.reason)));
    }
}

fn sites(out: &mut String, report: &Report) {
    for group in view::unfinished(report).iter().take(MAX_EDITS) {
        let done = view::sites_done(group);
        let pattern = inline(&untrusted::at_most(&group.pattern, MAX_MESSAGE));
        write_to(out, format_args!("\n<details><summary>{done}: {pattern}</summary>\n\n"));
        for site in group.residual.iter().take(MAX_SITES) {
            write_to(out, format_args!("- {}\n", inline(&format!("{}:{}", site.path, site.line))));
        }
        if group.residual.len() > MAX_SITES {
            write_to(out, format_args!("- and {} more in the report\n", group.residual.len() - MAX_SITES));
        }
        out.push_str("\n</details>\n");
    }
}

fn claims(out: &mut String, report: &Report) {
    let claims = view::claims(report, false);
    if claims.is_empty() {
        return;
    }
    out.push_str("\n#### What the agent said\n\n| verdict | claim | evidence |\n|---|---|---|\n");
    let start = out.len();
    let mut shown = 0;
    for group in claims.iter().take(MAX_CLAIMS) {
        let bold = if group.claim.verdict == ClaimVerdict::Contradicted { "**" } else { "" };
        let evidence = view::claim_evidence(group.claim).unwrap_or_default();
        let (text, evidence) =
            (untrusted::at_most(&group.claim.text, 200), untrusted::at_most(&evidence, 300));
        let row = format!(
            "| {bold}{}{bold} | {} | {} |\n",
            group.claim.verdict.as_str(),
            inline(&text),
            inline(&evidence)
        );
        if out.len() - start + row.len() > RESERVE {
            break;
        }
        out.push_str(&row);
        shown += 1;
    }
    if shown < claims.len() {
        let more = view::plural((claims.len() - shown) as u64, "more claim");
        write_to(out, format_args!("\n{more} in the report.\n"));
    }
}

fn facts(out: &mut String, report: &Report) {
    out.push_str("\n<details><summary>What was measured and read</summary>\n\n");
    for (label, lines) in view::facts(report, false) {
        // The run directory is on another machine.
        if label != "run" {
            let lines: Vec<String> = lines.iter().map(|l| inline(l)).collect();
            write_to(out, format_args!("- {label}: {}\n", lines.join("; ")));
        }
    }
    write_to(
        out,
        format_args!("\nguard {}, mode {}\n</details>\n", inline(&report.guard), report.mode.as_str()),
    );
}

/// Foreign text for a place inside a line: pieces in backticks become code, nothing else is markup.
fn inline(text: &str) -> String {
    let text = untrusted::line(text);
    let text = untrusted::at_most(&text, MAX_MESSAGE);
    let mut out = String::with_capacity(text.len() + 32);
    for (code, piece) in untrusted::code_spans(&text) {
        if code {
            write_to(&mut out, format_args!("<code>{}</code>", escape(piece, true)));
        } else {
            out.push_str(&escape(piece, false));
        }
    }
    out
}

/// Text that neither Markdown nor HTML nor the forges' reference filters take for anything else. Those
/// filters leave code alone, where a zero-width space would be copied along.
fn escape(text: &str, in_code: bool) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let harmless = c.is_alphanumeric()
            || !c.is_ascii()
            || " .,;()/-+='".contains(c)
            || c == ':' && (next == ' ' || next.is_ascii_digit());
        if harmless {
            out.push(c);
        } else {
            write_to(&mut out, format_args!("&#{};", u32::from(c)));
        }
        let refers = !in_code && ("@#!~%$&".contains(c) && next != ' ' || c == ':' && next == '/');
        if refers || out.ends_with("www.") {
            out.push_str("&#8203;");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_foreign_is_markup() {
        assert_eq!(
            inline("`a|b` by @user, see #12 <!-- **x** [y](https://z)"),
            "<code>a&#124;b</code> by &#64;&#8203;user, see &#35;&#8203;12 &#60;&#33;&#8203;-- \
             &#42;&#42;x&#42;&#42; &#91;y&#93;(https&#58;&#8203;//z)"
        );
        assert_eq!(inline("</details>\n\n# x"), "&#60;/details&#62; &#35; x");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        let mut out = String::new();
        fence(&mut out, "a.rs", &["````".to_owned(), "@x".to_owned()]);
        assert_eq!(out, "\n`````rs\n````\n@x\n`````\n");
        out.clear();
        fence(&mut out, "a.`x\n", &[]);
        assert_eq!(out, "\n```\n\n```\n");
    }
}
