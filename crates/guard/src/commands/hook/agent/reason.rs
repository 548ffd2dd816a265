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

/// Findings that are told as one.
struct Thing {
    /// What they say but for names and numbers.
    like: String,
    /// The first one's words.
    told: Vec<String>,
    /// Where exactly these words hold.
    places: Vec<String>,
    /// What the others are about, and where.
    more: Vec<String>,
}

/// What was found, for the agent. Findings that differ by nothing but their place are one thing with many places; of
/// those that differ by names and numbers too, the first is told in full and the others by their names.
pub(super) fn for_agent(report: &Report) -> String {
    told(&denies(report).collect::<Vec<_>>())
}

fn told(findings: &[&Finding]) -> String {
    let mut things: Vec<Thing> = Vec::new();
    for finding in findings {
        let place = place(finding.path.as_deref(), finding.line);
        let told = thing(finding);
        let like = likeness(finding);
        match things.iter_mut().find(|other| other.like == like) {
            Some(same) if same.told == told => same.places.extend(place),
            Some(near) => near.more.push(brief(finding, place)),
            None => things.push(Thing { like, told, places: place.into_iter().collect(), more: Vec::new() }),
        }
    }
    let many = findings.len();
    let number = if many == 1 { "1 finding".to_owned() } else { format!("{many} findings") };
    let mut lines = vec![format!("guard checked what changed in this session: {number}.")];
    for (nth, Thing { told, places, more, .. }) in things.iter().take(MAX_THINGS).enumerate() {
        lines.push(String::new());
        let mut told = told.iter();
        lines.extend(told.next().map(|first| format!("{}. {first}", nth + 1)));
        for chunk in places[..places.len().min(MAX_PLACES)].chunks(6) {
            lines.push(format!("   at {}", chunk.join(", ")));
        }
        if places.len() > MAX_PLACES {
            lines.push(format!("   and at {} more places", places.len() - MAX_PLACES));
        }
        lines.extend(told.cloned());
        if !more.is_empty() {
            let named = more[..more.len().min(MAX_PLACES)].join(", ");
            let dots = if more.len() > MAX_PLACES { ", …" } else { "" };
            lines.push(format!("   And {} more like it: {named}{dots}", more.len()));
        }
    }
    if things.len() > MAX_THINGS {
        lines.push(format!("\nAnd {} more.", things.len() - MAX_THINGS));
    }
    lines.push(
        "\n`guard check` shows all of it; `guard explain NAME` says what counts as evidence.".to_owned(),
    );
    shorten(&lines.join("\n"))
}

/// What a finding says with its names and numbers left out.
fn likeness(finding: &Finding) -> String {
    let mut out = format!("[{}] ", finding.check);
    for (nth, part) in finding.message.split('`').enumerate() {
        match nth % 2 {
            0 => out.extend(part.chars().filter(|c| !c.is_ascii_digit())),
            _ => out.push('`'),
        }
    }
    out
}

/// What a finding is about: the first name in its message, and the place.
fn brief(finding: &Finding, place: Option<String>) -> String {
    let name = finding.message.split('`').nth(1).filter(|name| !name.is_empty());
    match (name, place) {
        (Some(name), Some(place)) if place.starts_with(name) => place,
        (Some(name), Some(place)) => format!("`{name}` ({place})"),
        (Some(name), None) => format!("`{name}`"),
        (None, Some(place)) => place,
        (None, None) => finding.message.clone(),
    }
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

#[cfg(test)]
mod tests {
    use guard_model::{Level, Side};

    use super::*;

    fn reason(messages: &[String]) -> String {
        let finding = |(line, message): (u32, &String)| Finding {
            check: "failing-test".to_owned(),
            level: Level::Deny,
            message: message.clone(),
            path: Some("tests/a.rs".to_owned()),
            side: Side::Head,
            line: Some(line),
            end_line: None,
            claim: None,
            evidence: Vec::new(),
            help: None,
            fingerprint: String::new(),
            suppressed: None,
        };
        let findings: Vec<Finding> = (1..).zip(messages).map(finding).collect();
        told(&findings.iter().collect::<Vec<_>>())
    }

    #[test]
    fn findings_that_are_alike_are_told_once_and_named() {
        let alike: Vec<String> = (0..20).map(|i| format!("`case_{i}` fails, and passed at base")).collect();
        let told = reason(&alike);
        assert_eq!(told.matches("passed at base").count(), 1, "{told}");
        assert!(
            told.contains("And 19 more like it: `case_1` (tests/a.rs:2), `case_2` (tests/a.rs:3)"),
            "{told}"
        );
        let other = reason(&["`a` fails".to_owned(), "`a` is gone".to_owned()]);
        assert!(other.contains("1. ") && other.contains("2. ") && !other.contains("more like it"), "{other}");
    }
}
