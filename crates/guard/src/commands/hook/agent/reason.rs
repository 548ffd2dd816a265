//! The words that an agent is given: facts with their places, nothing that reads like an order from elsewhere.

use guard_model::{Finding, Report};

/// Agents cut longer strings off.
const MAX_REASON: usize = 8_000;

/// Findings told at most; the rest is counted.
const MAX_FINDINGS: usize = 10;

/// The findings that make the verdict fail.
pub(super) fn denies(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|f| f.level >= report.fail_on && f.suppressed.is_none())
}

/// What was found, for the agent.
pub(super) fn for_agent(report: &Report) -> String {
    let all: Vec<&Finding> = denies(report).collect();
    let number = if all.len() == 1 { "1 finding".to_owned() } else { format!("{} findings", all.len()) };
    let mut lines = vec![format!("guard checked what changed in this session: {number}.")];
    for (nth, finding) in all.iter().take(MAX_FINDINGS).enumerate() {
        lines.push(String::new());
        lines.push(format!("{}. [{}] {}", nth + 1, finding.check, finding.message));
        lines.extend(place(finding.path.as_deref(), finding.line).map(|place| format!("   at {place}")));
        for item in finding.evidence.iter().take(6) {
            let said: Vec<&str> = item.message.lines().take(4).collect();
            let at = place(item.path.as_deref(), item.line).map(|p| format!(" ({p})")).unwrap_or_default();
            lines.push(format!("   - {}{at}", said.join("\n     ")));
        }
        lines.extend(finding.help.iter().map(|help| format!("   What settles it: {help}.")));
    }
    if all.len() > MAX_FINDINGS {
        lines.push(format!("\nAnd {} more.", all.len() - MAX_FINDINGS));
    }
    lines.push(
        "\n`guard check` shows all of it; `guard explain NAME` says what counts as evidence.".to_owned(),
    );
    shorten(&lines.join("\n"))
}

/// What was found, for the user, in one line.
pub(super) fn for_user(report: &Report) -> String {
    let named: Vec<String> = denies(report)
        .take(3)
        .map(|f| {
            let at = place(f.path.as_deref(), f.line).map(|p| format!(" ({p})")).unwrap_or_default();
            format!("{}: {}{at}", f.check, f.message)
        })
        .collect();
    let more = denies(report).count().saturating_sub(named.len());
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    shorten(&format!("guard: still open after the agent was told: {}{more}", named.join("; ")))
}

fn place(path: Option<&str>, line: Option<u32>) -> Option<String> {
    let path = path?;
    Some(line.map_or_else(|| path.to_owned(), |line| format!("{path}:{line}")))
}

fn shorten(text: &str) -> String {
    if text.len() <= MAX_REASON {
        return text.to_owned();
    }
    let mut end = MAX_REASON;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}
