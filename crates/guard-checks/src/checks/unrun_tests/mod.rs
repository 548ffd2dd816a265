//! `unrun-tests`: "tests pass" without a run that shows it.

use guard_model::words::{CommandOutcome, EditOutcome, ExitTrust, Purpose, WordsFormat};
use guard_model::{
    Claim, ClaimKind, Command, Event, EventKind, EvidenceItem, EvidenceKind, Language, Level, Mode,
};

use crate::check::{Check, Draft, Group, Need};
use crate::context::Context;
use crate::head_build::HeadBuild;
use crate::text::{count, names, shorten};

pub(super) const CHECK: Check = Check {
    name: "unrun-tests",
    group: Group::Claims,
    summary: "\"tests pass\" without a run after the last edit, or with a masked failure",
    default_level: Level::Warn,
    needs: &[Need::Words],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let Some(state) = state(cx) else { return Vec::new() };
    cx.claim_groups(ClaimKind::TestResult).into_iter().filter_map(|claim| judge(cx, claim, &state)).collect()
}

/// How the session's last test run stands to its last edit.
enum State<'a> {
    /// No test command at all.
    Never { edit: &'a Event },
    /// Code was edited after the last run.
    Stale { edit: &'a Event, run: &'a Event, command: &'a Command },
    /// The exit code belongs to something else, and the output does not say.
    Masked { run: &'a Event, command: &'a Command },
    /// The run failed, by its exit code or by what it printed.
    Failed { run: &'a Event, command: &'a Command },
    /// Nobody saw it end.
    Unseen { run: &'a Event, command: &'a Command },
}

fn state<'a>(cx: &Context<'a>) -> Option<State<'a>> {
    let words = &cx.evidence.words;
    let has_session = words.inputs.iter().any(|i| {
        matches!(
            i.format,
            WordsFormat::ClaudeTranscript
                | WordsFormat::ClaudeStream
                | WordsFormat::CodexRollout
                | WordsFormat::CompactTranscript
                | WordsFormat::MarkdownExport
                | WordsFormat::ClineTask
        )
    });
    if !has_session {
        return None;
    }
    let live = || words.events.iter().filter(|e| e.live);
    // Without an edit the session is about something else, or only a part of it is there.
    let edit = live().filter(|e| is_code_edit(e)).max_by_key(|e| e.order)?;
    let compacted = live().any(|e| matches!(e.kind, EventKind::Compaction));
    let tests = live().filter_map(|e| Some((e, test_command(e)?)));
    let Some((run, command)) = tests.max_by_key(|(e, _)| e.order) else {
        return (!compacted).then_some(State::Never { edit });
    };
    if run.order < edit.order {
        return Some(State::Stale { edit, run, command });
    }
    let reading = command.reading.as_ref();
    let shows_failure = reading.is_some_and(|r| r.says_failed || r.failed.is_some_and(|n| n > 0));
    let shows_success = reading.is_some_and(|r| !r.says_failed && r.passed.is_some_and(|n| n > 0));
    match (command.outcome, command.exit_trust) {
        _ if shows_failure => Some(State::Failed { run, command }),
        _ if shows_success => None,
        (CommandOutcome::Failed, _) => Some(State::Failed { run, command }),
        (CommandOutcome::Rejected | CommandOutcome::Interrupted | CommandOutcome::Background, _) => {
            Some(State::Unseen { run, command })
        }
        (CommandOutcome::Succeeded, ExitTrust::Masked) => Some(State::Masked { run, command }),
        (CommandOutcome::Succeeded | CommandOutcome::Unknown, _) => None,
    }
}

/// Edits of prose do not make a test run stale.
fn is_code_edit(event: &Event) -> bool {
    let EventKind::Edit(edit) = &event.kind else { return false };
    let is_code = |p: &String| {
        Language::of_path(p).is_some()
            || [".toml", ".json", ".sql", ".proto", ".html"].iter().any(|e| p.ends_with(e))
    };
    edit.outcome == EditOutcome::Applied && edit.paths.iter().any(is_code)
}

fn test_command(event: &Event) -> Option<&Command> {
    match &event.kind {
        EventKind::Command(c)
            if c.purposes.contains(&Purpose::Test) && c.outcome != CommandOutcome::Rejected =>
        {
            Some(c)
        }
        _ => None,
    }
}

/// What guard's own run says.
enum Ours {
    NotRun,
    Agrees,
    Disagrees(String),
}

fn ours(cx: &Context<'_>) -> Ours {
    if let HeadBuild::Broken { .. } = cx.build {
        return Ours::Disagrees("head does not even build".to_owned());
    }
    let Some(run) = cx.head_tests() else { return Ours::NotRun };
    let red: Vec<String> = run
        .results
        .iter()
        .filter(|r| r.failed_for_sure())
        .filter(|r| cx.result_at_base(r).is_none_or(|b| !b.outcome.is_failure()))
        .map(|r| r.id.to_string())
        .collect();
    if !red.is_empty() {
        return Ours::Disagrees(format!(
            "guard's run has {} red: {}",
            count(red.len(), "test"),
            names(&red, 3)
        ));
    }
    let complete =
        run.gap.is_none() && run.suites.iter().all(|s| s.trouble.is_none()) && !run.results.is_empty();
    if complete { Ours::Agrees } else { Ours::NotRun }
}

fn judge(cx: &Context<'_>, claim: &Claim, state: &State<'_>) -> Option<Draft> {
    let ours = ours(cx);
    let (what, evidence) = describe(state);
    let (level, ours_says) = match ours {
        Ours::Disagrees(says) => (Level::Deny, Some(says)),
        Ours::NotRun => (Level::Warn, None),
        // What was said is true, by luck or not. Only a failure that the session itself saw is worth a word.
        Ours::Agrees if matches!(state, State::Failed { .. }) => {
            (Level::Note, Some("guard's own run passes".to_owned()))
        }
        Ours::Agrees => return None,
    };
    let said = EvidenceItem::new(
        EvidenceKind::Session,
        format!("said at {}: \"{}\"", claim.source.place, shorten(&claim.text, 120)),
    );
    let message = match &ours_says {
        Some(says) => format!("\"{}\", but {what}; {says}", shorten(&claim.text, 80)),
        None => format!("\"{}\", but {what}", shorten(&claim.text, 80)),
    };
    Some(
        Draft::new(level, message, said)
            .because_all(evidence)
            .because_all(ours_says.map(|s| EvidenceItem::new(EvidenceKind::Test, s)))
            .answers(Some(claim))
            .identity("test run")
            .help("run the tests after the last edit, without a pipe that hides their exit code"),
    )
}

fn describe(state: &State<'_>) -> (String, Vec<EvidenceItem>) {
    let session = |text: String| EvidenceItem::new(EvidenceKind::Session, text);
    let ran = |run: &Event, c: &Command| {
        session(format!("last test run, {}: `{}`", run.place, shorten(&c.line, 100)))
    };
    let edited = |edit: &Event| {
        let path = match &edit.kind {
            EventKind::Edit(e) => e.paths.first().map(String::as_str).unwrap_or_default(),
            _ => "",
        };
        session(format!("last edit, {}: `{path}`", edit.place))
    };
    match state {
        State::Never { edit } => ("the session shows no test run".to_owned(), vec![edited(edit)]),
        State::Stale { edit, run, command } => {
            ("the code was edited after the last test run".to_owned(), vec![ran(run, command), edited(edit)])
        }
        State::Masked { run, command } => {
            let by = command.masked_by.as_deref().unwrap_or("the command line");
            (format!("the last test run's outcome is hidden ({by})"), vec![ran(run, command)])
        }
        State::Failed { run, command } => {
            let line = command.reading.as_ref().and_then(|r| r.line.as_deref());
            let masked = command.exit_trust == ExitTrust::Masked;
            let what = match (line, masked) {
                (Some(l), true) => {
                    format!("the last test run failed behind a masked exit code: `{}`", shorten(l, 100))
                }
                (Some(l), false) => format!("the last test run failed: `{}`", shorten(l, 100)),
                (None, _) => "the last test run failed".to_owned(),
            };
            (what, vec![ran(run, command)])
        }
        State::Unseen { run, command } => {
            ("nobody saw the last test run end".to_owned(), vec![ran(run, command)])
        }
    }
}
