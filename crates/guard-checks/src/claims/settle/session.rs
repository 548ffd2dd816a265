//! What the agent's own transcript shows of a test run: evidence beside a claim, never its verdict.

use guard_model::words::{CommandOutcome, EditOutcome, ExitTrust};
use guard_model::{Claim, Command, Event, EventKind, Evidence, EvidenceItem, EvidenceKind};

use crate::text::shorten;
use crate::transcript::{said_at, test_command};

/// The last test command of the session before the claim was made, and how it stands to the last edit.
pub(super) fn last_test_run(evidence: &Evidence, claim: &Claim) -> Option<EvidenceItem> {
    let words = &evidence.words;
    let earlier = |e: &&Event| said_at(evidence, claim, e).is_none_or(|said| e.order < said);
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

fn is_applied_edit(event: &Event) -> bool {
    matches!(&event.kind, EventKind::Edit(edit) if edit.outcome == EditOutcome::Applied)
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
