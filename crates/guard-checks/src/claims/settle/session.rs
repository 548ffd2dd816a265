//! What the agent's own transcript shows of a test run: evidence beside a claim, never its verdict.

use guard_model::words::{CommandOutcome, ExitTrust, TaskStep};
use guard_model::{Claim, Command, Event, EventKind, Evidence, EvidenceItem, EvidenceKind, Task, TaskStatus};

use crate::claims::token;
use crate::text::{count, shorten, words};
use crate::transcript::{SaidAt, input_of, is_applied_edit, prints_green, test_command};

/// The last test command of the session before the claim was made, and how it stands to the last edit.
pub(super) fn last_test_run(evidence: &Evidence, claim: &Claim) -> Option<EvidenceItem> {
    let said = SaidAt::of(evidence, claim);
    let live = evidence.words.events.iter().filter(|e| e.live);
    last_run_among(live.filter(|e| said.is_after(e)))
}

/// The last test command before a task was ticked that says that the tests were run.
pub(super) fn last_test_run_of_task(evidence: &Evidence, claim: &Claim) -> Option<EvidenceItem> {
    let (_, ticked) = ticked(evidence, claim).filter(|_| asks_for_tests(&claim.text))?;
    let live = evidence.words.events.iter().filter(|e| e.live && is_of_input(e, &ticked.place));
    last_run_among(live.filter(|e| e.order < ticked.order))
}

/// "Run fmt, lint, and tests", "Verify that the tests pass".
fn asks_for_tests(subject: &str) -> bool {
    let words = words(subject);
    let runs = words.first().is_some_and(|w| token::lists("run rerun re execute verify check ensure", w));
    runs && words.iter().any(|w| token::lists("test tests suite", w))
}

fn last_run_among<'e>(events: impl Iterator<Item = &'e Event>) -> Option<EvidenceItem> {
    let mut events: Vec<&Event> = events.collect();
    events.sort_by_key(|e| e.order);
    let edit = events.iter().rfind(|e| is_applied_edit(e));
    let runs = || events.iter().filter_map(|e| Some((*e, test_command(e)?)));
    let named = |e: &Event, c: &Command| format!("`{}` ({})", shorten(&c.line, 80), e.place);
    let is_refused = |c: &Command| c.outcome == CommandOutcome::Rejected;
    let last = runs().rfind(|(_, c)| !is_refused(c));
    let after = last.map_or(0, |(e, _)| e.order);
    let refused = runs().rfind(|(e, c)| is_refused(c) && e.order >= after);
    let ended = |event: &Event, command: &Command, of: &str| {
        let ended = how_it_ended(command);
        let named = named(event, command);
        // What matters stands first: lines are cut at their end.
        match edit.filter(|e| e.order > event.order) {
            Some(edit) => format!("files were edited after the {of}, which {ended}: {named}, {}", edit.place),
            None => format!("the {of} {ended}: {named}"),
        }
    };
    let message = match (last, refused) {
        (None, None) => {
            edit?;
            "the session shows no test command".to_owned()
        }
        (None, Some((event, command))) => {
            format!("the only test command was refused: {}", named(event, command))
        }
        (Some((event, command)), None) => ended(event, command, "session's last test command"),
        (Some((event, command)), Some((late, not_run))) => {
            let ran = ended(event, command, "session's last test command that ran");
            format!("{ran}; then one was refused: {}", named(late, not_run))
        }
    };
    Some(EvidenceItem::new(EvidenceKind::Session, message))
}

/// How a task came to be ticked, where the transcript shows that nothing was done for it.
pub(super) fn how_it_was_ticked(evidence: &Evidence, claim: &Claim) -> Option<EvidenceItem> {
    let words = &evidence.words;
    let (task, ticked) = ticked(evidence, claim)?;
    // A list that was read without a session has no order to speak of.
    let acts: Vec<u32> = words
        .events
        .iter()
        .filter(|e| e.live && is_of_input(e, &ticked.place))
        .filter(|e| matches!(e.kind, EventKind::Edit(_) | EventKind::Command(_)))
        .map(|e| e.order)
        .collect();
    if !words.events.iter().any(|e| e.live && is_of_input(e, &ticked.place)) {
        return None;
    }
    let begun =
        task.history.iter().rev().find(|s| s.status == TaskStatus::InProgress && s.order < ticked.order);
    let message = match begun {
        Some(begun) => {
            if acts.iter().any(|order| (begun.order + 1..ticked.order).contains(order)) {
                return None;
            }
            format!(
                "no file was edited and no command run while it was in progress; ticked at {}",
                ticked.place
            )
        }
        None => {
            // Ticks with nothing done between them are one stroke of the pen.
            let between = |a: u32, b: u32| acts.iter().any(|order| (a.min(b)..a.max(b)).contains(order));
            let others: Vec<&TaskStep> = words
                .tasks
                .iter()
                .filter(|t| !std::ptr::eq(*t, task) && t.status == TaskStatus::Completed)
                .filter_map(last_tick)
                .filter(|s| input_of(&s.place) == input_of(&ticked.place))
                .filter(|s| !between(s.order, ticked.order))
                .collect();
            if others.is_empty() {
                return None;
            }
            let how = match others.iter().all(|s| s.place == ticked.place) {
                true => "in one call",
                false => "without an edit or a command between them",
            };
            let others = count(others.len(), "other task");
            format!("never in progress, and ticked with {others} {how}: {}", ticked.place)
        }
    };
    Some(EvidenceItem::new(EvidenceKind::Session, message))
}

/// The task that a claim is, and when it was ticked.
fn ticked<'e>(evidence: &'e Evidence, claim: &Claim) -> Option<(&'e Task, &'e TaskStep)> {
    let done = evidence.words.tasks.iter().filter(|t| t.status == TaskStatus::Completed);
    done.filter_map(|t| Some((t, last_tick(t)?)))
        .find(|(t, step)| step.place == claim.source.place && claim.text == one_line(&t.subject))
}

fn last_tick(task: &Task) -> Option<&TaskStep> {
    task.history.iter().rev().find(|s| s.status == TaskStatus::Completed)
}

fn is_of_input(event: &Event, place: &str) -> bool {
    input_of(&event.place) == input_of(place)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn how_it_ended(command: &Command) -> String {
    if let Some(reading) = &command.reading {
        let failed = reading.failed.filter(|n| *n > 0);
        match (reading.passed, failed) {
            (Some(passed), Some(failed)) => return format!("printed {passed} passed and {failed} failed"),
            (None, Some(failed)) => return format!("printed {failed} failed"),
            _ if reading.says_failed => return "printed a failure".to_owned(),
            (Some(passed), None) => return format!("printed {passed} passed"),
            (None, None) => {}
        }
    }
    match (command.outcome, command.exit_trust) {
        (CommandOutcome::Succeeded, ExitTrust::Masked) if prints_green(command) => {
            "printed that its packages passed".to_owned()
        }
        (CommandOutcome::Succeeded, ExitTrust::Masked) => {
            let by = command.masked_by.as_deref().unwrap_or("the command line");
            format!("has an exit code that is hidden ({by})")
        }
        (CommandOutcome::Succeeded, _) => "succeeded".to_owned(),
        (CommandOutcome::Failed, _) => "failed".to_owned(),
        (CommandOutcome::Rejected, _) => "was refused".to_owned(),
        (CommandOutcome::Interrupted, _) => "was stopped".to_owned(),
        (CommandOutcome::Background, _) => "was never seen to end".to_owned(),
        (CommandOutcome::Unknown, _) => "has no known outcome".to_owned(),
    }
}
