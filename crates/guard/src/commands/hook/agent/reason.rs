//! The words that an agent is given: facts with their places, nothing that reads like an order from elsewhere.

use guard_model::{Finding, Report};

/// Agents cut longer strings off.
const MAX_REASON: usize = 8_000;

/// Things told at most; the rest is counted.
const MAX_THINGS: usize = 10;

/// Places of one thing that are told at most.
const MAX_PLACES: usize = 30;

/// The findings that make the verdict fail.
pub(super) fn denies(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|f| f.level >= report.fail_on && f.suppressed.is_none())
}

/// What was found, for the agent: findings that differ by nothing but their place are one thing with many places.
pub(super) fn for_agent(report: &Report) -> String {
    let mut things: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for finding in denies(report) {
        let place = place(finding.path.as_deref(), finding.line);
        let thing = thing(finding);
        match things.iter_mut().find(|(other, _)| *other == thing) {
            Some((_, places)) => places.extend(place),
            None => things.push((thing, place.into_iter().collect())),
        }
    }
    let many = denies(report).count();
    let number = if many == 1 { "1 finding".to_owned() } else { format!("{many} findings") };
    let mut lines = vec![format!("guard checked what changed in this session: {number}.")];
    for (nth, (thing, places)) in things.iter().take(MAX_THINGS).enumerate() {
        lines.push(String::new());
        let mut told = thing.iter();
        lines.extend(told.next().map(|first| format!("{}. {first}", nth + 1)));
        for chunk in places[..places.len().min(MAX_PLACES)].chunks(6) {
            lines.push(format!("   at {}", chunk.join(", ")));
        }
        if places.len() > MAX_PLACES {
            lines.push(format!("   and at {} more places", places.len() - MAX_PLACES));
        }
        lines.extend(told.cloned());
    }
    if things.len() > MAX_THINGS {
        lines.push(format!("\nAnd {} more.", things.len() - MAX_THINGS));
    }
    lines.push(
        "\n`guard check` shows all of it; `guard explain NAME` says what counts as evidence.".to_owned(),
    );
    shorten(&lines.join("\n"))
}

/// What a finding says besides its place: the message first.
fn thing(finding: &Finding) -> Vec<String> {
    let mut lines = vec![format!("[{}] {}", finding.check, finding.message)];
    for item in finding.evidence.iter().take(6) {
        let said: Vec<&str> = item.message.lines().take(4).collect();
        let at = place(item.path.as_deref(), item.line).map(|p| format!(" ({p})")).unwrap_or_default();
        lines.push(format!("   - {}{at}", said.join("\n     ")));
    }
    lines.extend(finding.help.iter().map(|help| format!("   What settles it: {help}.")));
    lines
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
