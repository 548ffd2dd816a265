//! What the agent's own transcript shows of a test run: evidence beside a claim, never its verdict.

use guard_model::words::{CommandOutcome, ExitTrust};
use guard_model::{Claim, Command, Event, EventKind, Evidence, EvidenceItem, EvidenceKind, Task, TaskStatus};

use crate::text::{count, shorten};
use crate::transcript::{SaidAt, input_of, is_applied_edit, test_command};

/// The last test command of the session before the claim was made, and how it stands to the last edit.
pub(super) fn last_test_run(evidence: &Evidence, claim: &Claim) -> Option<EvidenceItem> {
    let words = &evidence.words;
    let said = SaidAt::of(evidence, claim);
    let earlier = |e: &&Event| said.is_after(e);
    let live = || words.events.iter().filter(|e| e.live).filter(earlier);
    let edit = live().filter(|e| is_applied_edit(e)).max_by_key(|e| e.order);
    let Some((event, command)) =
        live().filter_map(|e| Some((e, test_command(e)?))).max_by_key(|(e, _)| e.order)
    else {
        edit?;
        return Some(EvidenceItem::new(EvidenceKind::Session, "the session shows no test command"));
    };
    let line = shorten(&command.line, 80);
    let place = &event.place;
    let message = match (edit.filter(|e| e.order > event.order), how_it_ended(command)) {
        (Some(edit), ended) => {
            format!(
                "the session's last test command, `{line}` ({place}), {ended}, and files were edited after it ({})",
                edit.place
            )
        }
        (None, ended) => format!("the session's last test command, `{line}` ({place}), {ended}"),
    };
    Some(EvidenceItem::new(EvidenceKind::Session, message))
}

/// How a task came to be ticked, where the transcript shows that nothing was done for it.
pub(super) fn how_it_was_ticked(evidence: &Evidence, claim: &Claim) -> Option<EvidenceItem> {
    let words = &evidence.words;
    let done = |t: &&Task| t.status == TaskStatus::Completed;
    let last = |t: &Task| t.history.iter().rev().find(|s| s.status == TaskStatus::Completed).cloned();
    let (task, ticked) = words
        .tasks
        .iter()
        .filter(done)
        .filter_map(|t| Some((t, last(t)?)))
        .find(|(t, step)| step.place == claim.source.place && claim.text == one_line(&t.subject))?;
    let same_input = |place: &str| input_of(place) == input_of(&ticked.place);
    // A list that was read without a session has no order to speak of.
    if !words.events.iter().any(|e| e.live && same_input(&e.place)) {
        return None;
    }
    let begun =
        task.history.iter().rev().find(|s| s.status == TaskStatus::InProgress && s.order < ticked.order);
    let message = match begun {
        Some(begun) => {
            let acted = words.events.iter().filter(|e| e.live && same_input(&e.place)).any(|e| {
                e.order > begun.order
                    && e.order < ticked.order
                    && matches!(e.kind, EventKind::Edit(_) | EventKind::Command(_))
            });
            if acted {
                return None;
            }
            format!(
                "ticked at {}; no file was edited and no command run while it was in progress",
                ticked.place
            )
        }
        None => {
            let together =
                words.tasks.iter().filter(done).filter_map(last).filter(|s| s.place == ticked.place);
            match together.count() {
                0 | 1 => return None,
                n => format!(
                    "ticked at {} with {} in one call, and never in progress",
                    ticked.place,
                    count(n - 1, "other task")
                ),
            }
        }
    };
    Some(EvidenceItem::new(EvidenceKind::Session, message))
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
