//! The report for people: verdict first, then what is wrong, then what was measured.

use std::collections::BTreeMap;

use anstyle::{AnsiColor, Style};
use guard_model::claim::ClaimVerdict;
use guard_model::{EvidenceItem, Finding, Level, Report, Verdict};

use super::layout::{cut, short_path, width, wrap};
use super::{Options, untrusted, view};

/// Findings shown in full before the rest is counted.
const MAX_FINDINGS: usize = 20;
/// Findings of one check shown in full, when there are more than [`MAX_FINDINGS`] in all.
const MAX_OF_ONE_CHECK: usize = 8;
/// Pieces of evidence shown of one finding.
const MAX_EVIDENCE: usize = 4;
/// Lines quoted for one finding.
const MAX_QUOTE: u32 = 6;
/// Lines shown of one side of a mutant's diff.
const MAX_DIFF: usize = 4;
/// Lines that one message or one piece of evidence may take.
const MAX_LINES: usize = 4;
/// Places shown of one repeated edit.
const MAX_SITES: usize = 8;
/// Findings shown that the policy accepts.
const MAX_ACCEPTED: usize = 8;
/// Claims shown of each verdict; the facts count all of them.
const MAX_CLAIMS: usize = 8;
/// Claims shown that were verified.
const MAX_VERIFIED: usize = 4;

const RED: Style = AnsiColor::Red.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const PLAIN: Style = Style::new();

pub(super) fn render(report: &Report, options: &Options<'_>) -> String {
    let mut page = Page {
        out: String::new(),
        color: options.color,
        width: options.width.clamp(40, 120),
        verbose: options.verbose,
    };
    headline(&mut page, report);
    findings(&mut page, report);
    unmeasured(&mut page, report);
    sites(&mut page, report);
    claims(&mut page, report);
    facts(&mut page, report);
    untrusted::defuse(&page.out)
}

fn headline(page: &mut Page, report: &Report) {
    let style = match report.verdict {
        Verdict::Pass => GREEN,
        Verdict::Fail => RED,
        Verdict::Inconclusive => YELLOW,
    };
    let text = view::headline(report);
    let word = report.verdict.as_str();
    page.item(0, (word, style), &text[word.len()..], (BOLD, 2, MAX_LINES));
}

fn findings(page: &mut Page, report: &Report) {
    let all = view::alike(report);
    let crowded = all.len() > MAX_FINDINGS && !page.verbose;
    let mut shown = 0;
    let mut of_check: BTreeMap<&str, usize> = BTreeMap::new();
    let mut left: Vec<(&str, usize)> = Vec::new();
    for (finding, others) in all {
        let seen = of_check.entry(&finding.check).or_default();
        *seen += 1;
        if crowded && (shown == MAX_FINDINGS || *seen > MAX_OF_ONE_CHECK) {
            match left.iter_mut().find(|(check, _)| *check == finding.check) {
                Some((_, n)) => *n += 1 + others.len(),
                None => left.push((&finding.check, 1 + others.len())),
            }
            continue;
        }
        shown += 1;
        page.gap();
        finding_block(page, report, finding);
        if !others.is_empty() {
            let most = if page.verbose { usize::MAX } else { MAX_SITES };
            let places = format!(" {}", view::places(&others, most));
            page.item(2, ("also at:", BOLD), &places, (PLAIN, 4, MAX_SITES));
        }
    }
    if !left.is_empty() {
        let counts: Vec<String> = left.iter().map(|(check, n)| format!("{n} {check}")).collect();
        page.gap();
        page.item(0, ("and more:", BOLD), &format!(" {}", counts.join(", ")), (PLAIN, 2, usize::MAX));
        page.item(2, ("see all:", CYAN), " guard report --verbose", (PLAIN, 4, MAX_LINES));
    }
    suppressed(page, report);
}

fn finding_block(page: &mut Page, report: &Report, finding: &Finding) {
    let style = match finding.level {
        Level::Deny => RED,
        Level::Warn => YELLOW,
        Level::Note | Level::Allow => CYAN,
    };
    let label = format!("{}[{}]", finding.level.as_str(), untrusted::line(&finding.check));
    page.item(0, (&label, style), &format!(" {}", finding.message), (BOLD, 4, MAX_LINES));
    if let Some(place) = view::finding_place(finding) {
        page.path(2, &place);
    }
    if finding.level <= Level::Note && !page.verbose {
        return;
    }
    quote(page, report, finding);
    let most = if page.verbose { usize::MAX } else { MAX_EVIDENCE };
    // What the headline says in full already, of the place that stands below it, is not said again.
    let is_said = |item: &EvidenceItem| {
        finding.message.contains(item.message.trim()) && view::evidence_place(item, Some(finding)).is_none()
    };
    let evidence: Vec<&EvidenceItem> =
        finding.evidence.iter().filter(|item| page.verbose || !is_said(item)).collect();
    for item in evidence.iter().take(most) {
        let place = view::evidence_place(item, Some(finding)).map(|p| format!(" ({p})")).unwrap_or_default();
        let parts = view::parts(item);
        let text = format!(" {}{place}", parts.said);
        page.item(2, (&format!("{}:", view::evidence_kind(item)), DIM), &text, (PLAIN, 4, MAX_LINES));
        diff(page, &parts.diff);
        if !parts.after.is_empty() {
            page.item(4, ("", PLAIN), &parts.after, (PLAIN, 4, MAX_LINES));
        }
    }
    if evidence.len() > most {
        let rest = evidence.len() - most;
        let pieces = if rest == 1 { "piece" } else { "pieces" };
        page.line(2, (&format!("and {rest} more {pieces} of evidence"), DIM));
    }
    if let Some(help) = &finding.help {
        page.item(2, ("help:", CYAN), &format!(" {}", help.trim()), (PLAIN, 4, MAX_LINES));
    }
}

/// A small diff; of many lines of one sign the first ones.
fn diff(page: &mut Page, lines: &[&str]) {
    for side in lines.chunk_by(|a, b| a.starts_with('-') == b.starts_with('-')) {
        let shown = if page.verbose || side.len() <= MAX_DIFF { side.len() } else { MAX_DIFF - 1 };
        for line in &side[..shown] {
            let style = if line.starts_with('-') { RED } else { GREEN };
            let line = untrusted::code(line);
            page.line(4, (&cut(&line, page.width.saturating_sub(4)), style));
        }
        if shown < side.len() {
            page.line(4, (&format!("… {} more lines", side.len() - shown), DIM));
        }
    }
}

fn quote(page: &mut Page, report: &Report, finding: &Finding) {
    let most = if page.verbose { 40 } else { MAX_QUOTE };
    let Some(quote) = view::quote(report, finding, most) else { return };
    let lines = &quote.lines;
    let digits = lines.last().map_or(1, |l| l.0.to_string().len());
    let context = lines.iter().any(|l| !l.1);
    for (n, own, text) in lines {
        let mark = if *own && context { ">" } else { " " };
        let text = cut(text, page.width.saturating_sub(digits + 7)).into_owned();
        let style = if *own { PLAIN } else { DIM };
        page.quoted(&format!("  {mark} {n:>digits$} │"), &text, style);
    }
    if quote.more > 0 {
        let more = format!("{:digits$} … {}", "", view::plural(u64::from(quote.more), "more line"));
        page.line(4, (&more, DIM));
    }
}

fn suppressed(page: &mut Page, report: &Report) {
    let all: Vec<&Finding> = view::reported(report).filter(|f| f.suppressed.is_some()).collect();
    if all.is_empty() {
        return;
    }
    page.gap();
    let most = if page.verbose { usize::MAX } else { MAX_ACCEPTED };
    let left = all.len().saturating_sub(most);
    for finding in all.into_iter().take(most) {
        let Some(why) = &finding.suppressed else { continue };
        let until = why.until.as_ref().map(|day| format!(", until {day}")).unwrap_or_default();
        let label = format!("accepted[{}]", untrusted::line(&finding.check));
        page.item(0, (&label, DIM), &format!(" {}", finding.message), (PLAIN, 4, MAX_LINES));
        if let Some(place) = view::finding_place(finding) {
            page.path(2, &place);
        }
        page.item(2, ("reason:", DIM), &format!(" {}{until}", why.reason), (PLAIN, 4, MAX_LINES));
    }
    if left > 0 {
        let text = format!("and {} more accepted by the policy", view::plural(left as u64, "finding"));
        page.line(0, (&text, DIM));
    }
}

/// What should have been measured and was not; what the mode leaves out is only a fact.
fn unmeasured(page: &mut Page, report: &Report) {
    let groups: Vec<_> = view::skips(report).into_iter().filter(|g| !g.is_by_mode()).collect();
    if groups.is_empty() {
        return;
    }
    page.gap();
    page.line(0, ("not measured", YELLOW));
    let few = if page.verbose { usize::MAX } else { 4 };
    for group in &groups {
        page.item(2, ("", PLAIN), group.reason, (PLAIN, 2, 2 * MAX_LINES));
        if !group.is_of_run() {
            page.item(4, ("checks:", DIM), &format!(" {}", group.names(few)), (PLAIN, 6, MAX_LINES));
        }
        if let Some(log) = group.log {
            // Never wrapped: it is there to be copied.
            page.push("    log: ", DIM);
            page.push(&untrusted::path(log), CYAN);
            page.end_line();
        }
    }
}

fn claims(page: &mut Page, report: &Report) {
    let mut of_verdict: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, group) in view::claims(report, page.verbose).iter().enumerate() {
        let claim = group.claim;
        let (style, most) = match claim.verdict {
            ClaimVerdict::Verified => (GREEN, MAX_VERIFIED),
            ClaimVerdict::Contradicted => (RED, MAX_CLAIMS),
            ClaimVerdict::Partial | ClaimVerdict::Unsupported => (YELLOW, MAX_CLAIMS),
            ClaimVerdict::NotCheckable => (DIM, MAX_CLAIMS),
        };
        let seen = of_verdict.entry(claim.verdict.as_str()).or_default();
        *seen += 1;
        if *seen > most && !page.verbose {
            continue;
        }
        if at == 0 {
            page.gap();
            page.line(0, ("what the agent said", BOLD));
        }
        let text = format!(" “{}”{}", untrusted::at_most(claim.text.trim(), 200), said_again(group.again));
        page.item(2, (&format!("{:<12}", claim.verdict.as_str()), style), &text, (PLAIN, 15, 3));
        if let Some(evidence) = view::claim_evidence(claim) {
            page.item(15, ("", PLAIN), &evidence, (DIM, 15, 3));
        } else if view::is_unlooked(claim) {
            page.item(15, ("", PLAIN), view::unlooked(claim.kind, report.mode), (DIM, 15, 3));
        }
    }
}

fn sites(page: &mut Page, report: &Report) {
    let groups = view::unfinished(report);
    for (at, group) in groups.iter().enumerate() {
        if at == 0 {
            page.gap();
            page.line(0, ("edits that repeat", BOLD));
        }
        let done = view::sites_done(group);
        page.item(
            2,
            (&done, YELLOW),
            &format!("  {}", harmless(&untrusted::at_most(&group.pattern, 200))),
            (PLAIN, 4, 3),
        );
        let most = if page.verbose { usize::MAX } else { MAX_SITES };
        for site in group.residual.iter().take(most) {
            page.path(4, &format!("{}:{}", site.path, site.line));
        }
        if group.residual.len() > most {
            page.line(4, (&format!("and {} more", group.residual.len() - most), DIM));
        }
    }
}

fn said_again(times: usize) -> String {
    if times == 0 { String::new() } else { format!(" (said {} times)", times + 1) }
}

fn facts(page: &mut Page, report: &Report) {
    page.gap();
    for (label, lines) in view::facts(report, page.verbose) {
        for (i, line) in lines.iter().enumerate() {
            let head = format!("{:<8}", if i == 0 { label } else { "" });
            if label == "run" {
                // Never wrapped: it is there to be copied.
                page.push(&head, DIM);
                page.push(&untrusted::path(line), CYAN);
                page.end_line();
            } else {
                page.item(0, (&head, DIM), line, (PLAIN, 8, MAX_LINES));
            }
        }
    }
}

/// Foreign text as one line in which no word can begin a command of a CI runner, wherever it wraps.
fn harmless(text: &str) -> String {
    let mut text = untrusted::defuse(&untrusted::line(text));
    if text.contains(" ::") {
        text = text.replace(" ::", " \\::");
    }
    text
}

/// Text under construction.
struct Page {
    out: String,
    color: bool,
    width: usize,
    verbose: bool,
}

impl Page {
    /// An empty line between blocks.
    fn gap(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn push(&mut self, text: &str, style: Style) {
        if self.color && style != PLAIN && !text.trim().is_empty() {
            untrusted::write_to(&mut self.out, format_args!("{style}{text}{style:#}"));
        } else {
            self.out.push_str(text);
        }
    }

    /// One line that is known to be short and harmless.
    fn line(&mut self, indent: usize, (text, style): (&str, Style)) {
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.push(text, style);
        self.out.push('\n');
    }

    /// A label and foreign text, wrapped; further lines are indented by `hang`, and after `most` lines
    /// the text is cut, unless everything is to be shown.
    fn item(&mut self, indent: usize, label: (&str, Style), text: &str, body: (Style, usize, usize)) {
        let (style, hang, most) = body;
        let lead = text.len() - text.trim_start_matches(' ').len();
        let used = indent + width(label.0) + lead;
        let text = harmless(text);
        let mut lines = wrap(&text, self.width.saturating_sub(used), self.width.saturating_sub(hang));
        if lines.len() > most && !self.verbose {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                *last = format!("{} …", cut(last, self.width.saturating_sub(hang + 2)).trim_end_matches('…'));
            }
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.push(label.0, label.1);
        self.out.extend(std::iter::repeat_n(' ', lead));
        for (i, line) in lines.iter().enumerate() {
            if i > 0 {
                self.out.extend(std::iter::repeat_n(' ', hang));
            }
            self.push(line, style);
            self.end_line();
        }
    }

    /// A place, shortened to one line unless everything is to be shown.
    fn path(&mut self, indent: usize, place: &str) {
        let place = untrusted::path(place);
        let room = if self.verbose { usize::MAX } else { self.width.saturating_sub(indent) };
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.push(&short_path(&place, room), CYAN);
        self.out.push('\n');
    }

    fn quoted(&mut self, gutter: &str, text: &str, style: Style) {
        self.push(gutter, DIM);
        if !text.is_empty() {
            self.out.push(' ');
            self.push(text, style);
        }
        self.end_line();
    }

    /// Ends a line without leaving blanks at its end.
    fn end_line(&mut self) {
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.out.push('\n');
    }
}
