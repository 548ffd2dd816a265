//! GitHub Actions: workflow commands that become annotations, and the job summary.

use guard_model::{Finding, Level, Report, Side, Verdict};

use super::untrusted::write_to;
use super::{markdown, own_anchor, untrusted, view};

/// Annotations of one level that GitHub keeps of one step.
const MAX_OF_ONE_LEVEL: usize = 10;
/// Characters of one annotation's message; GitHub shows about this many before it folds them.
const MAX_MESSAGE: usize = 4_000;

/// One line a finding, worst first; what exceeds GitHub's limits is counted on a last, plain line.
pub(super) fn annotations(report: &Report) -> String {
    let mut out = String::new();
    let mut used = [0_usize; 3];
    let mut left = 0;
    let headline = untrusted::defuse(&untrusted::line(&view::headline(report)));
    if report.verdict == Verdict::Inconclusive {
        used[1] = 1;
        write_to(&mut out, format_args!("::warning title=guard::{}\n", data(&headline)));
    }
    for finding in view::open(report) {
        let (command, slot) = match finding.level {
            Level::Deny => ("error", 0),
            Level::Warn => ("warning", 1),
            Level::Note | Level::Allow => ("notice", 2),
        };
        if used[slot] == MAX_OF_ONE_LEVEL {
            left += 1;
            continue;
        }
        used[slot] += 1;
        annotation(&mut out, command, finding);
    }
    write_to(&mut out, format_args!("guard: {}\n", untrusted::at_most(&headline, 500)));
    if left > 0 {
        let more = view::plural(left, "more finding");
        write_to(&mut out, format_args!("guard: {more} in the job summary and in the report\n"));
    }
    out
}

/// GitHub shows an annotation without a file beside the job. On a file that it does not speak of it would accuse
/// the wrong code.
fn annotation(out: &mut String, command: &str, finding: &Finding) {
    write_to(out, format_args!("::{command} "));
    if let Some(place) = own_anchor(finding) {
        write_to(out, format_args!("file={},", file(place.path)));
        if let Some(line) = place.line {
            write_to(out, format_args!("line={line},"));
        }
        if let Some(end) = place.end_line {
            write_to(out, format_args!("endLine={end},"));
        }
    }
    let title = format!("guard: {}", finding.check);
    let mut message = untrusted::line(&finding.message).into_owned();
    if let (Side::Base, Some(line)) = (finding.side, finding.line) {
        write_to(&mut message, format_args!(" (line {line} before the change)"));
    }
    for detail in view::details(finding) {
        message.push('\n');
        message.push_str(&untrusted::line(&detail));
    }
    let message = untrusted::at_most(&message, MAX_MESSAGE);
    write_to(out, format_args!("title={}::{}\n", property(&untrusted::line(&title)), data(&message)));
}

/// The job summary, inside GitHub's limit of 1024 KiB a step.
pub(super) fn summary(report: &Report) -> String {
    markdown::summary(report)
}

/// Escapes the message of a workflow command.
fn data(text: &str) -> String {
    untrusted::defuse(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a path: the runner takes it literally, so a line end stays one.
fn file(path: &str) -> String {
    path.split('\n').map(|part| property(&untrusted::path(part))).collect::<Vec<_>>().join("%0A")
}

/// Escapes a property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_escaped_as_the_runner_reads_them() {
        assert_eq!(data("50%\r\n::error::x"), "50%25%0D%0A\\::error::x");
        assert_eq!(property("a,b:c\nd%0A"), "a%2Cb%3Ac%0Ad%250A");
    }
}
