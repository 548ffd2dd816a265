//! What a session's transcript shows of test runs: which commands ran tests, and what came before a claim.

use guard_model::words::{EditOutcome, OutputReading, Purpose};
use guard_model::{Claim, Command, Event, EventKind, Evidence, Statement};

/// The input that a place belongs to: `session.jsonl` of `session.jsonl:412`.
pub(crate) fn input_of(place: &str) -> &str {
    place
        .rsplit_once(':')
        .filter(|(_, line)| line.bytes().all(|b| b.is_ascii_digit()))
        .map_or(place, |(input, _)| input)
}

/// Where a claim stands among the events of its input.
pub(crate) struct SaidAt<'a> {
    statement: Option<&'a Statement>,
}

impl<'a> SaidAt<'a> {
    pub(crate) fn of(evidence: &'a Evidence, claim: &Claim) -> SaidAt<'a> {
        SaidAt { statement: evidence.words.statements.iter().find(|s| s.place == claim.source.place) }
    }

    /// Whether an event came before the claim. All do that are of another input: commit messages and pull
    /// requests are written after the session.
    pub(crate) fn is_after(&self, event: &Event) -> bool {
        let same_input = |s: &&&Statement| input_of(&s.place) == input_of(&event.place);
        self.statement.as_ref().filter(same_input).is_none_or(|said| event.order < said.order)
    }
}

/// Whether an event is an edit that was made.
pub(crate) fn is_applied_edit(event: &Event) -> bool {
    matches!(&event.kind, EventKind::Edit(edit) if edit.outcome == EditOutcome::Applied)
}

/// The command of an event, when it ran tests.
pub(crate) fn test_command(event: &Event) -> Option<&Command> {
    match &event.kind {
        EventKind::Command(c) if c.purposes.contains(&Purpose::Test) && !is_only_quoted(c) => Some(c),
        _ => None,
    }
}

/// Whether the output of a test command shows to its end that packages passed, although it counts no tests: Go's.
pub(crate) fn prints_green(command: &Command) -> bool {
    let fails = |r: &OutputReading| r.says_failed || r.failed.is_some_and(|n| n > 0);
    command.reading.as_ref().is_some_and(|r| !fails(r) && tells_green(r)) && shows_its_end(command)
}

/// Whether the line that tells how it went is Go's of a package whose tests passed: it counts no tests.
fn tells_green(reading: &OutputReading) -> bool {
    let Some(line) = reading.line.as_deref() else { return false };
    // Task runners put the name of the task before the line.
    let bare = line.strip_prefix('[').and_then(|rest| rest.split_once("] ")).map_or(line, |(_, rest)| rest);
    bare == "PASS" || bare.starts_with("ok  \t") && !bare.ends_with("[no tests to run]")
}

/// Whether the output reaches to the end of the run, where failures are summed up. `head` may cut that off.
fn shows_its_end(command: &Command) -> bool {
    if command.masked_by.as_deref() != Some("piped into `head`") {
        return true;
    }
    let asked = command.line.rsplit_once("head").map_or("", |(_, rest)| rest);
    let digits = asked.trim_start_matches([' ', '-', 'n', '=']);
    let digits = &digits[..digits.bytes().take_while(u8::is_ascii_digit).count()];
    let most = digits.parse().unwrap_or(10);
    let shown = command.output.lines().count();
    (1..most).contains(&shown)
}

/// Whether the only test that a commit or a pull request names stands in its message:
/// `gh pr create --body "cargo test passes"`.
fn is_only_quoted(command: &Command) -> bool {
    let publishes = command.purposes.iter().any(|p| matches!(p, Purpose::Commit | Purpose::Publish));
    let names_test = |line: &str| line.to_lowercase().contains("test");
    publishes && names_test(&command.line) && !names_test(&unquoted(&command.line))
}

/// A command line without here-documents and without what stands in quotes.
fn unquoted(line: &str) -> String {
    let mut out = String::new();
    let (mut open, mut escaped) = (None, false);
    for c in without_documents(line).chars() {
        match open {
            _ if escaped => escaped = false,
            Some('\'') if c != '\'' => {}
            _ if c == '\\' => escaped = true,
            Some(quote) if c == quote => open = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => open = Some(c),
            None => out.push(c),
        }
    }
    out
}

fn without_documents(script: &str) -> String {
    let mut out = String::new();
    let mut mark: Option<&str> = None;
    for line in script.lines() {
        match mark {
            Some(end) if line.trim() == end => mark = None,
            Some(_) => {}
            None => {
                mark = line.split_once("<<").and_then(|(_, rest)| mark_of(rest));
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out
}

/// The mark that ends a here-document: `EOF` of `<<-'EOF'`.
fn mark_of(after: &str) -> Option<&str> {
    let word = after.trim_start_matches('-').trim_start().trim_start_matches(['\'', '"', '\\']);
    let end = word.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(word.len());
    (end > 0).then(|| &word[..end])
}

#[cfg(test)]
mod tests {
    use guard_model::words::{CommandOutcome, ExitTrust};

    use super::*;

    #[test]
    fn an_output_that_may_be_cut_short_shows_no_end() {
        let printed = |line: &str, by: &str, lines: usize| {
            let command = Command {
                line: line.to_owned(),
                cwd: None,
                outcome: CommandOutcome::Succeeded,
                exit_code: Some(0),
                exit_trust: ExitTrust::Masked,
                masked_by: Some(format!("piped into `{by}`")),
                purposes: vec![Purpose::Test],
                reading: Some(OutputReading {
                    passed: None,
                    failed: None,
                    says_failed: false,
                    line: Some("ok  \tdemo/pkg\t0.1s".to_owned()),
                }),
                output: "ok  \tdemo/pkg\t0.1s\n".repeat(lines),
            };
            prints_green(&command)
        };
        assert!(printed("go test ./... 2>&1 | tail -3", "tail", 3));
        assert!(printed("go test ./... 2>&1 | head -50", "head", 12));
        assert!(printed("go test ./... | head", "head", 9));
        assert!(!printed("go test ./... | head", "head", 10));
        assert!(!printed("go test ./... | head -n 5", "head", 5));
    }

    #[test]
    fn what_stands_in_quotes_is_no_command() {
        for (line, expected) in [
            ("cargo test && git commit -m \"test\"", "cargo test && git commit -m "),
            ("gh pr create --body 'it\"s cargo test'", "gh pr create --body "),
            ("gh pr create --body \"a \\\"cargo test\\\" b\" -t x", "gh pr create --body  -t x"),
            ("git commit -F - <<EOF\ncargo test\nEOF\ngit push", "git commit -F - <<EOF\ngit push"),
            ("git commit -m \"$(cat <<'EOF'\nmake \"cargo test\" pass\nEOF\n)\" -s", "git commit -m  -s"),
        ] {
            assert_eq!(unquoted(line).trim_end_matches('\n'), expected, "{line}");
        }
    }
}
