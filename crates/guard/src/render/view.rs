//! What the formats have in common: counting, grouping and naming what a report holds.
//!
//! Strings made here may hold foreign text; each format still passes them through `untrusted`.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use guard_model::claim::ClaimVerdict;
use guard_model::evidence::Snippet;
use guard_model::lab::CellOutcome;
use guard_model::report::{BuildWord, CellEntry, SiteGroup, SkipKind, TaskLeft, TestCounts};
use guard_model::words::{WordsFormat, WordsInput};
use guard_model::{
    Claim, ClaimKind, EvidenceItem, EvidenceKind, Finding, Level, Mode, Report, Side, Verdict,
};

use super::untrusted;

/// Tasks that are named where not everything is to be shown.
const MAX_TASKS: usize = 4;

/// Findings that are reported, suppressed ones included.
pub(super) fn reported(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|f| f.level > Level::Allow)
}

/// Findings that count.
pub(super) fn open(report: &Report) -> impl Iterator<Item = &Finding> {
    reported(report).filter(|f| f.suppressed.is_none())
}

/// Open findings; those that say the same of other places stand with the first of them.
pub(super) fn alike(report: &Report) -> Vec<(&Finding, Vec<&Finding>)> {
    let mut groups: Vec<(&Finding, Vec<&Finding>)> = Vec::new();
    let mut at: HashMap<(&str, Level, &str), usize> = HashMap::new();
    for finding in open(report) {
        match at.entry((&finding.check, finding.level, &finding.message)) {
            Entry::Occupied(known) => groups[*known.get()].1.push(finding),
            Entry::Vacant(new) => {
                new.insert(groups.len());
                groups.push((finding, Vec::new()));
            }
        }
    }
    groups
}

/// "a.rs:3, b.rs:9 and 12 more": where others of a group stand.
pub(super) fn places(others: &[&Finding], most: usize) -> String {
    let named: Vec<String> = others.iter().filter_map(|f| finding_place(f)).take(most).collect();
    match others.len() - named.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// "2 deny, 1 warn": findings that count, by level; empty when there is none.
fn tally(report: &Report) -> String {
    let levels = [Level::Deny, Level::Warn, Level::Note];
    let parts = levels.iter().filter_map(|level| {
        let n = open(report).filter(|f| f.level == *level).count();
        (n > 0).then(|| format!("{n} {}", level.as_str()))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// The lowest level that failed this run, as far as the report tells: a failed run without `deny`
/// was failed by the worst level that it has.
pub(super) fn failing_level(report: &Report) -> Level {
    match open(report).map(|f| f.level).max() {
        Some(worst) if report.verdict == Verdict::Fail => worst.min(Level::Deny),
        _ => Level::Deny,
    }
}

/// The headline, beginning with the verdict.
pub(super) fn headline(report: &Report) -> String {
    let (word, line) = (report.verdict.as_str(), report.headline.trim());
    match line.strip_prefix(word) {
        Some(rest) if !rest.starts_with(|c: char| c.is_alphanumeric()) => line.to_owned(),
        _ if line.is_empty() => word.to_owned(),
        _ => format!("{word}: {line}"),
    }
}

/// "7 checks", "1 check".
pub(super) fn plural(n: u64, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// `path:line`, with `(base)` for a place before the change.
pub(super) fn place(path: &str, side: Side, line: Option<u32>) -> String {
    let line = line.map(|n| format!(":{n}")).unwrap_or_default();
    format!("{path}{line}{}", if side == Side::Base { " (base)" } else { "" })
}

/// The place of a finding, when it has one.
pub(super) fn finding_place(finding: &Finding) -> Option<String> {
    finding.path.as_deref().map(|path| place(path, finding.side, finding.line))
}

/// The place of a piece of evidence, unless it is the finding's own.
pub(super) fn evidence_place(item: &EvidenceItem, finding: Option<&Finding>) -> Option<String> {
    let path = item.path.as_deref()?;
    let same = finding.is_some_and(|f| {
        f.path.as_deref() == Some(path) && f.side == item.side && (item.line.is_none() || f.line == item.line)
    });
    (!same).then(|| place(path, item.side, item.line))
}

/// The name of a kind of evidence.
pub(super) fn evidence_kind(item: &EvidenceItem) -> &'static str {
    use guard_model::EvidenceKind as K;
    match item.kind {
        K::Site => "site",
        K::Test => "test",
        K::Build => "build",
        K::Mutant => "mutant",
        K::Diff => "diff",
        // Of a commit or a message as well as of a session.
        K::Session if item.message.starts_with("said at ") => "words",
        K::Session => "session",
        K::Bench => "bench",
        K::Pair => "pair",
    }
}

/// What a finding stands on and what to do next, one line each, as plain text.
pub(super) fn details(finding: &Finding) -> Vec<String> {
    let mut lines: Vec<String> = finding
        .evidence
        .iter()
        .map(|item| {
            let place = evidence_place(item, Some(finding)).map(|p| format!(" ({p})")).unwrap_or_default();
            format!("{}: {}{place}", evidence_kind(item), item.message.trim())
        })
        .collect();
    lines.extend(finding.help.iter().map(|help| format!("help: {}", help.trim())));
    lines
}

/// A piece of evidence, its diff apart.
pub(super) struct Parts<'a> {
    pub said: &'a str,
    pub diff: Vec<&'a str>,
    pub after: String,
}

/// A mutant says what it changes, how, and what came of it; all other evidence only says.
pub(super) fn parts(item: &EvidenceItem) -> Parts<'_> {
    let message = item.message.trim();
    let plain = Parts { said: message, diff: Vec::new(), after: String::new() };
    if item.kind != EvidenceKind::Mutant {
        return plain;
    }
    let Some((said, rest)) = message.split_once('\n') else { return plain };
    let (diff, after): (Vec<&str>, Vec<&str>) = rest.lines().partition(|l| l.starts_with(['-', '+']));
    Parts { said, diff, after: after.join(" ") }
}

/// Lines that a finding quotes, each with its number and whether the finding is about it.
pub(super) struct Quote {
    /// The lines, harmless, without the indentation that they share.
    pub lines: Vec<(u32, bool, String)>,
    /// Lines of the finding that are left out at the end.
    pub more: u32,
}

/// The snippet of a finding: its own lines, at most `max`, and for a single line its neighbours.
pub(super) fn quote(report: &Report, finding: &Finding, max: u32) -> Option<Quote> {
    let (path, first) = (finding.path.as_deref()?, finding.line?);
    let last = finding.end_line.unwrap_or(first).max(first);
    let holds = |s: &Snippet| first >= s.first_line && u64::from(first) < end_of(s);
    let around = u32::from(last == first);
    // Another finding's snippet may end in the middle of this one's lines.
    let covered = |s: &&Snippet| {
        let (from, to) =
            (u64::from(first.saturating_sub(around)), u64::from(last.saturating_add(around)) + 1);
        end_of(s).min(to).saturating_sub(u64::from(s.first_line).max(from))
    };
    let own = report.snippets.iter().filter(|s| s.path == path && s.side == finding.side && holds(s));
    let snippet = own.max_by_key(covered)?;
    let from = first.saturating_sub(around).max(snippet.first_line);
    let to =
        (last.saturating_add(around)).min(first.saturating_add(max - 1).max(first.saturating_add(around)));
    let mut lines: Vec<_> = (from..=to)
        .filter_map(|n| {
            let text = snippet.lines.get((n - snippet.first_line) as usize)?;
            Some((n, (first..=last).contains(&n), untrusted::code(text)))
        })
        .collect();
    let indent = |text: &String| text.len() - text.trim_start_matches(' ').len();
    let shared = lines.iter().filter(|l| !l.2.is_empty()).map(|l| indent(&l.2)).min().unwrap_or(0);
    for line in lines.iter_mut().filter(|l| !l.2.is_empty()) {
        line.2.drain(..shared);
    }
    let shown = lines.last().map_or(first, |l| l.0);
    Some(Quote { more: last.saturating_sub(shown), lines })
}

fn end_of(snippet: &Snippet) -> u64 {
    u64::from(snippet.first_line) + snippet.lines.len() as u64
}

/// Skipped checks that share a reason.
pub(super) struct SkipGroup<'a> {
    /// Kind of reason.
    pub kind: SkipKind,
    /// The reason.
    pub reason: &'a str,
    /// The checks, in report order.
    pub checks: Vec<&'a str>,
    /// Path of the log that tells more.
    pub log: Option<&'a str>,
}

impl SkipGroup<'_> {
    /// Whether it concerns the run as a whole, and no single check.
    pub(super) fn is_of_run(&self) -> bool {
        self.checks == ["*"]
    }

    /// Whether it is only a fact about the mode, and nothing that was left unmeasured.
    pub(super) fn is_by_mode(&self) -> bool {
        self.kind == SkipKind::Mode && !self.is_of_run()
    }

    /// The checks by name when they are few, else the first ones and a count.
    pub(super) fn names(&self, few: usize) -> String {
        let n = self.checks.len();
        if n <= few {
            return self.checks.join(", ");
        }
        format!("{} and {} more", self.checks[..few.saturating_sub(1)].join(", "), n + 1 - few)
    }
}

/// Skipped checks by reason: what is missing first, what the mode leaves out last.
pub(super) fn skips(report: &Report) -> Vec<SkipGroup<'_>> {
    let mut groups: Vec<SkipGroup<'_>> = Vec::new();
    let mut at: BTreeMap<(SkipKind, &str), usize> = BTreeMap::new();
    for skip in &report.skipped_checks {
        let index = *at.entry((skip.reason_kind, skip.reason.as_str())).or_insert_with(|| {
            let log = skip.log.as_deref();
            groups.push(SkipGroup { kind: skip.reason_kind, reason: &skip.reason, checks: Vec::new(), log });
            groups.len() - 1
        });
        if !groups[index].checks.contains(&skip.check.as_str()) {
            groups[index].checks.push(&skip.check);
        }
    }
    groups.sort_by_key(SkipGroup::is_by_mode);
    groups
}

/// One claim, or several of one group, to be shown as one.
pub(super) struct ClaimGroup<'a> {
    /// The first claim of the group.
    pub claim: &'a Claim,
    /// How often the same was said again.
    pub again: usize,
}

/// Claims worth a line each, worst verdict first: those that evidence could settle and that somebody
/// looked at. Empty when claims were not judged.
///
/// Claims that nothing was held against are left out, unless `all` are wanted.
pub(super) fn claims(report: &Report, all: bool) -> Vec<ClaimGroup<'_>> {
    let mut shown: Vec<ClaimGroup<'_>> = Vec::new();
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    for claim in report.claims.iter().flatten() {
        if !all && (claim.verdict == ClaimVerdict::NotCheckable || is_unlooked(claim)) {
            continue;
        }
        if let Some(first) = claim.group.as_deref().and_then(|g| groups.get(g)) {
            shown[*first].again += 1;
            continue;
        }
        if let Some(group) = claim.group.as_deref() {
            groups.insert(group, shown.len());
        }
        shown.push(ClaimGroup { claim, again: 0 });
    }
    shown.sort_by_key(|g| match g.claim.verdict {
        ClaimVerdict::Contradicted => 0,
        ClaimVerdict::Partial => 1,
        ClaimVerdict::Unsupported => 2,
        ClaimVerdict::Verified => 3,
        ClaimVerdict::NotCheckable => 4,
    });
    shown
}

/// What settled a claim, as one line: "18 of 41: …".
pub(super) fn claim_evidence(claim: &Claim) -> Option<String> {
    let count = match (claim.done, claim.total) {
        (Some(done), Some(total)) => Some(format!("{done} of {total}")),
        _ => None,
    };
    let first = claim.evidence.first().map(|item| {
        let place = evidence_place(item, None).map(|p| format!(" ({p})")).unwrap_or_default();
        format!("{}{place}", item.message.trim())
    });
    match (count, first) {
        // What counts what is missing counts the whole as well.
        (Some(count), Some(first)) if !counts_of(&first, claim.total) => Some(format!("{count}: {first}")),
        (count, first) => first.or(count),
    }
}

/// Whether a message counts so many: "4 of 6 functions are never called".
fn counts_of(message: &str, total: Option<u64>) -> bool {
    total.is_some_and(|n| message.contains(&format!(" of {n} ")))
}

/// The facts of a run: label and lines.
pub(super) fn facts(report: &Report, verbose: bool) -> Vec<(&'static str, Vec<String>)> {
    let mut facts = vec![
        ("found", vec![tally(report)]),
        ("claims", claim_lines(report)),
        ("tasks", task_lines(report, verbose)),
        ("edits", site_lines(report)),
        ("build", build_lines(report)),
        ("tests", test_lines(report, verbose)),
        ("mutants", mutant_lines(report)),
        ("sandbox", sandbox_lines(report, verbose)),
        ("change", change_lines(report)),
        ("words", words_lines(report, verbose)),
        ("policy", vec![report.policy.clone()]),
        ("skipped", mode_skip_lines(report)),
    ];
    if verbose {
        facts.push(("time", vec![time_line(report)]));
    }
    facts.push(("run", report.out.iter().cloned().collect()));
    facts.retain(|(_, lines)| lines.iter().any(|l| !l.is_empty()));
    facts
}

/// Repeated edits that left places out, those with most first.
pub(super) fn unfinished(report: &Report) -> Vec<&SiteGroup> {
    let mut groups: Vec<&SiteGroup> =
        report.sites.iter().flatten().filter(|g| !g.residual.is_empty()).collect();
    groups.sort_by_key(|g| Reverse(g.residual.len()));
    groups
}

/// "`a` -> `b`: 18 of 41 places done".
pub(super) fn sites_done(group: &SiteGroup) -> String {
    format!("{} of {} done", group.done, plural(group.total, "place"))
}

/// "2 repeat, 1 left places out".
fn site_lines(report: &Report) -> Vec<String> {
    let Some(sites) = report.sites.as_ref().filter(|s| !s.is_empty()) else { return Vec::new() };
    let left: usize = unfinished(report).iter().map(|g| g.residual.len()).sum();
    let rest = if left == 0 {
        "no place left out".to_owned()
    } else {
        format!("{} left out", plural(left as u64, "place"))
    };
    vec![format!("{} that repeat: {rest}", sites.len())]
}

/// "6 read: 2 contradicted, 3 verified, 1 that only a run settles".
fn claim_lines(report: &Report) -> Vec<String> {
    let Some(claims) = report.claims.as_ref().filter(|c| !c.is_empty()) else { return Vec::new() };
    let verdicts = [
        ClaimVerdict::Contradicted,
        ClaimVerdict::Partial,
        ClaimVerdict::Unsupported,
        ClaimVerdict::Verified,
        ClaimVerdict::NotCheckable,
    ];
    let count = |verdict| claims.iter().filter(|c| c.verdict == verdict && !is_unlooked(c)).count();
    let mut parts: Vec<(usize, &str)> = verdicts.map(|v| (count(v), v.as_str())).to_vec();
    for says in [UNRUN, UNLOOKED, UNSETTLED] {
        let of_it = |c: &&Claim| is_unlooked(c) && unlooked(c.kind, report.mode) == says;
        parts.push((claims.iter().filter(of_it).count(), says));
    }
    let parts: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    vec![format!("{} read: {}", claims.len(), parts.join(", "))]
}

/// Whether nothing was held against the claim.
pub(super) fn is_unlooked(claim: &Claim) -> bool {
    claim.verdict == ClaimVerdict::Unsupported && !claim.looked
}

/// A run would settle it, and this mode makes none.
const UNRUN: &str = "not looked at in this mode";
/// What a run would have settled, and did not.
const UNLOOKED: &str = "not looked at";
/// No mode of guard looks for it.
const UNSETTLED: &str = "settled by nothing that guard looks at";

/// What is said of such a claim.
pub(super) fn unlooked(kind: ClaimKind, mode: Mode) -> &'static str {
    match (is_settled_by_run(kind, mode), mode) {
        (true, Mode::Quick) => UNRUN,
        (true, _) => UNLOOKED,
        (false, _) => UNSETTLED,
    }
}

/// Whether builds, tests, linters and benchmarks speak to a kind of claim that this mode leaves open.
pub(crate) fn is_settled_by_run(kind: ClaimKind, mode: Mode) -> bool {
    match kind {
        ClaimKind::BuildResult
        | ClaimKind::TestResult
        | ClaimKind::LintResult
        | ClaimKind::PreExisting
        | ClaimKind::Flaky
        | ClaimKind::Performance => true,
        // A new test that is red without the fix; what was not fixed has none in any mode.
        ClaimKind::Fix => mode == Mode::Quick,
        _ => false,
    }
}

fn build_lines(report: &Report) -> Vec<String> {
    let Some(build) = &report.build else { return Vec::new() };
    let word = |w| match w {
        BuildWord::Ok => "ok",
        BuildWord::Failed => "failed",
        BuildWord::NotRun if report.tests.as_ref().is_some_and(|t| t.head.is_some()) => "by the test command",
        BuildWord::NotRun => "not run",
    };
    let mut line = format!("head {}", word(build.head));
    if build.base != BuildWord::NotRun {
        line = format!("{line}, base {}", word(build.base));
    }
    let known: Vec<&str> = build
        .known_before
        .iter()
        .map(|side| match side {
            Side::Base => "base",
            Side::Head => "head",
        })
        .collect();
    if !known.is_empty() {
        line = format!("{line} ({} known from an earlier run of the same files)", known.join(" and "));
    }
    vec![line]
}

/// "12 made: 10 caught, 2 missed".
fn mutant_lines(report: &Report) -> Vec<String> {
    let Some(mutants) = report.mutants.as_ref().filter(|m| m.total > 0) else { return Vec::new() };
    let parts = [
        (mutants.caught, "caught"),
        (mutants.timeout, "timed out"),
        (mutants.missed, "missed"),
        (mutants.uncovered, "uncovered"),
        (mutants.unviable, "unviable"),
        (mutants.not_compiled, "not compiled"),
        (mutants.not_run, "not run"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    vec![format!("{} made: {}", mutants.total, parts.join(", "))]
}

fn test_lines(report: &Report, verbose: bool) -> Vec<String> {
    let Some(tests) = &report.tests else { return Vec::new() };
    let mut lines = Vec::new();
    match (&tests.head, &tests.base) {
        (Some(head), Some(base)) => lines.push(format!("{} (base: {})", counts(head), counts(base))),
        (Some(head), None) => lines.push(counts(head)),
        (None, Some(base)) => lines.push(format!("head not run (base: {})", counts(base))),
        (None, None) => {}
    }
    let lists = [
        ("newly failing", &tests.newly_failing),
        ("removed", &tests.removed),
        ("newly ignored", &tests.newly_ignored),
        ("flaky", &tests.flaky),
        ("added", &tests.added),
    ];
    let mut parts: Vec<String> = lists
        .iter()
        .filter_map(|(label, list)| {
            list.as_ref().filter(|l| !l.is_empty()).map(|l| format!("{} {label}", l.len()))
        })
        .collect();
    parts.extend(tests.renamed.as_ref().filter(|r| !r.is_empty()).map(|r| format!("{} renamed", r.len())));
    if !parts.is_empty() {
        match lines.last_mut().filter(|_| tests.base.is_none()) {
            Some(line) => *line = format!("{line}; {}", parts.join(", ")),
            None => lines.push(parts.join(", ")),
        }
    }
    for (label, cell) in [
        ("base's tests on head's code", &tests.old_tests_on_new_code),
        ("head's tests on base's code", &tests.new_tests_on_old_code),
    ] {
        lines.extend(cell.as_ref().filter(|c| !c.is_empty()).map(|c| format!("{label}: {}", cell_counts(c))));
    }
    if verbose {
        for (label, list) in lists {
            lines.extend(list.iter().flatten().map(|id| format!("{label}: {id}")));
        }
        lines.extend(tests.renamed.iter().flatten().map(|[old, new]| format!("renamed: {old} -> {new}")));
    }
    lines
}

/// "40 passed, 2 failed, 1 ignored".
fn counts(counts: &TestCounts) -> String {
    let mut parts = vec![format!("{} passed", counts.passed)];
    for (n, word) in
        [(counts.failed, "failed"), (counts.ignored, "ignored"), (counts.filtered, "filtered out")]
    {
        if n > 0 {
            parts.push(format!("{n} {word}"));
        }
    }
    parts.join(", ")
}

fn cell_counts(cell: &[CellEntry]) -> String {
    let words = [
        (CellOutcome::Passed, "passed"),
        (CellOutcome::Failed, "failed"),
        (CellOutcome::NotComparable, "not comparable"),
    ];
    let parts = words.iter().filter_map(|(outcome, word)| {
        let n = cell.iter().filter(|e| e.outcome == *outcome).count();
        (n > 0).then(|| format!("{n} {word}"))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// Says nothing when all went as it should, unless asked.
fn sandbox_lines(report: &Report, verbose: bool) -> Vec<String> {
    let Some(sandbox) = &report.sandbox else { return Vec::new() };
    let words = [
        (sandbox.writes_confined, "writes confined", "writes not confined"),
        (sandbox.network_closed, "network closed", "network open"),
        (sandbox.tree_killed, "process tree bound", "process tree not bound"),
    ];
    let parts: Vec<&str> = words
        .iter()
        .filter(|(had, ..)| verbose || !had)
        .map(|(had, yes, no)| if *had { *yes } else { *no })
        .collect();
    let mut lines = Vec::new();
    if !parts.is_empty() {
        lines.push(parts.join(", "));
    }
    if verbose || !lines.is_empty() {
        lines.extend(sandbox.remarks.iter().cloned());
    }
    lines
}

/// The change in one or two lines.
pub(super) fn change_lines(report: &Report) -> Vec<String> {
    let Some(change) = &report.change else { return Vec::new() };
    let size = format!("{}, +{} -{}", plural(change.files, "file"), change.added, change.removed);
    let reason =
        if change.base_reason.is_empty() { String::new() } else { format!(" ({})", change.base_reason) };
    vec![format!("{size}; {} against {}{reason}", short_id(&change.head), short_id(&change.base))]
}

/// A short name for an object id; names stay.
pub(super) fn short_id(id: &str) -> String {
    match id {
        "worktree" => "work tree".to_owned(),
        id if id.len() >= 40 && id.bytes().all(|b| b.is_ascii_hexdigit()) => id[..8].to_owned(),
        id => id.to_owned(),
    }
}

/// What was read of the agent's words: an input a line, commit messages counted.
pub(super) fn words_lines(report: &Report, verbose: bool) -> Vec<String> {
    let is_commit = |w: &&WordsInput| w.format == WordsFormat::CommitMessage;
    let mut lines: Vec<String> = report
        .words
        .iter()
        .filter(|w| verbose || !is_commit(w))
        .map(|input| {
            let agent = input.agent.as_ref().map(|a| format!(", {a}")).unwrap_or_default();
            let reason =
                if input.reason.is_empty() { String::new() } else { format!(" ({}{agent})", input.reason) };
            let broken = match input.broken_records {
                0 => String::new(),
                n => format!("; {} could not be read", plural(n, "record")),
            };
            let remarks: String = input.remarks.iter().map(|r| format!("; {r}")).collect();
            format!("{}{reason}{broken}{remarks}", input.place)
        })
        .collect();
    let commits: Vec<&WordsInput> = report.words.iter().filter(is_commit).collect();
    if !commits.is_empty() && !verbose {
        // A range is one input with a record for each of its commits.
        lines.push(plural(commits.iter().map(|w| w.records).sum(), "commit message"));
    }
    let no_session = report.no_session.as_deref();
    if lines.is_empty() {
        let why = no_session.map(|why| format!("; {why}")).unwrap_or_default();
        lines.push(format!("none: no session, message or commit message was read{why}"));
    } else if commits.len() == report.words.len() {
        lines.push(no_session.unwrap_or("no agent session").to_owned());
    }
    if verbose { lines } else { vec![lines.join("; ")] }
}

/// Tasks that the agent never ticked. A list of which all is ticked says no more than its claims.
pub(super) fn task_lines(report: &Report, verbose: bool) -> Vec<String> {
    let Some(tasks) = &report.tasks else { return Vec::new() };
    let most = if verbose { usize::MAX } else { MAX_TASKS };
    let listed = |left: &[TaskLeft], what: &str| {
        let named = |t: &TaskLeft| match verbose {
            true => format!("“{}” ({})", t.subject, t.place),
            false => format!("“{}”", untrusted::at_most(&t.subject, 50)),
        };
        let mut shown: Vec<String> = left.iter().take(most).map(named).collect();
        if left.len() > most {
            shown.push(format!("and {} more", left.len() - most));
        }
        (!left.is_empty()).then(|| format!("{} {what}: {}", left.len(), shown.join(", ")))
    };
    let left = [
        listed(&tasks.open, "never ticked"),
        listed(&tasks.dropped, "never ticked and no longer in the list"),
    ];
    let left: Vec<String> = left.into_iter().flatten().collect();
    if left.is_empty() { left } else { [vec![format!("{} ticked", tasks.done)], left].concat() }
}

fn mode_skip_lines(report: &Report) -> Vec<String> {
    let groups = skips(report);
    let by_mode = groups.iter().filter(|g| g.is_by_mode());
    by_mode.map(|g| format!("{}: {}", g.reason, g.names(3))).collect()
}

fn time_line(report: &Report) -> String {
    let total = report.timings.collect_ms.saturating_add(report.timings.check_ms);
    let phases: Vec<String> =
        report.timings.phases.iter().map(|p| format!("{} {}", p.name, duration(p.ms))).collect();
    if phases.is_empty() {
        return duration(total);
    }
    format!("{} ({})", duration(total), phases.join(", "))
}

fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_commit_says_is_not_called_a_sessions() {
        for (message, kind) in [("said at 1f2e3d4c: \"It works\"", "words"), ("ran `make` at 3", "session")] {
            assert_eq!(evidence_kind(&EvidenceItem::new(EvidenceKind::Session, message)), kind, "{message}");
        }
    }

    #[test]
    fn a_mode_is_blamed_only_where_another_one_looks() {
        use ClaimKind::{Fix, Other, TestResult, Update};
        for (kind, mode, expected) in [
            (TestResult, Mode::Quick, UNRUN),
            (TestResult, Mode::Commit, UNLOOKED),
            (Fix, Mode::Quick, UNRUN),
            (Fix, Mode::Ci, UNSETTLED),
            (Update, Mode::Quick, UNSETTLED),
            (Other, Mode::Ci, UNSETTLED),
        ] {
            assert_eq!(unlooked(kind, mode), expected, "{kind:?} {mode:?}");
        }
    }
}
