//! `unrun-tests`: "tests pass" without a run that shows it.

use guard_model::words::{CommandOutcome, EditOutcome, ExitTrust, WordsFormat};
use guard_model::{
    Claim, ClaimKind, Command, Event, EventKind, EvidenceItem, EvidenceKind, Language, Level, Mode,
};

use crate::check::{Check, Draft, Group, Need};
use crate::claims;
use crate::context::Context;
use crate::head_build::HeadBuild;
use crate::text::{count, names, shorten};
use crate::transcript::{SaidAt, prints_green, test_command};

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
    if !has_session(cx) {
        return Vec::new();
    }
    // What is said twice raises one finding, and each saying is held against what came before it.
    let mut told: Vec<&str> = Vec::new();
    let mut drafts = Vec::new();
    for claim in cx.claims_of(ClaimKind::TestResult) {
        let group = claim.group.as_deref();
        if group.is_some_and(|g| told.contains(&g)) {
            continue;
        }
        if let Some(draft) = state(cx, claim).and_then(|state| judge(cx, claim, &state)) {
            told.extend(group);
            drafts.push(draft);
        }
    }
    drafts
}

fn has_session(cx: &Context<'_>) -> bool {
    cx.evidence.words.inputs.iter().any(|i| {
        matches!(
            i.format,
            WordsFormat::ClaudeTranscript
                | WordsFormat::ClaudeStream
                | WordsFormat::CodexRollout
                | WordsFormat::CompactTranscript
                | WordsFormat::MarkdownExport
                | WordsFormat::ClineTask
        )
    })
}

/// How the session's test runs stand to the last edit before the claim.
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

fn state<'a>(cx: &Context<'a>, claim: &Claim) -> Option<State<'a>> {
    let live = || cx.evidence.words.events.iter().filter(|e| e.live);
    let said = SaidAt::of(cx.evidence, claim);
    let is_earlier = |e: &&Event| said.is_after(e);
    // Without an edit the session is about something else, or only a part of it is there.
    let edit = live().filter(is_earlier).filter(|e| is_code_edit(e)).max_by_key(|e| e.order)?;
    let later = run_of_same_code(live().filter(|e| !is_earlier(e)));
    if let Some((run, command, End::Red)) = later
        && command.reading.is_some()
    {
        return Some(State::Failed { run, command });
    }
    let shown_later = matches!(later, Some((.., End::Green)));
    let compacted = live().any(|e| matches!(e.kind, EventKind::Compaction));
    before(live().filter(is_earlier), edit, compacted)
        .filter(|state| matches!(state, State::Failed { .. }) || !shown_later)
}

/// How the runs before a statement stand to the last edit before it.
fn before<'a>(
    earlier: impl Iterator<Item = &'a Event>,
    edit: &'a Event,
    compacted: bool,
) -> Option<State<'a>> {
    let run = |e| test_command(e).filter(|c| c.outcome != CommandOutcome::Rejected).map(|c| (e, c));
    let mut runs: Vec<(&Event, &Command)> = earlier.filter_map(run).collect();
    runs.sort_by_key(|(e, _)| e.order);
    let Some(&(run, command)) = runs.last() else {
        return (!compacted).then_some(State::Never { edit });
    };
    if run.order < edit.order {
        return Some(State::Stale { edit, run, command });
    }
    let telling = runs.iter().rfind(|(e, c)| e.order > edit.order && says_something(c));
    let (run, command) = telling.copied().unwrap_or((run, command));
    match (how_it_ended(command), command.outcome) {
        (Some(End::Red), _) => Some(State::Failed { run, command }),
        (Some(End::Green), _) => None,
        (None, CommandOutcome::Interrupted | CommandOutcome::Background) => {
            Some(State::Unseen { run, command })
        }
        (None, _) => Some(State::Masked { run, command }),
    }
}

/// The last run after a statement that says something of the code that the statement was about.
fn run_of_same_code<'a>(later: impl Iterator<Item = &'a Event>) -> Option<(&'a Event, &'a Command, End)> {
    let mut later: Vec<&Event> = later.collect();
    later.sort_by_key(|e| e.order);
    let same_code = later.into_iter().take_while(|e| !is_code_edit(e));
    same_code
        .filter_map(|e| {
            let command = test_command(e)?;
            Some((e, command, how_it_ended(command)?))
        })
        .last()
}

/// What a run of tests came to.
enum End {
    Green,
    Red,
}

fn says_something(command: &Command) -> bool {
    how_it_ended(command).is_some()
}

/// What a run came to; `None` when neither its output nor its exit code tells. A format that carries no
/// exit code gets the benefit of the doubt.
fn how_it_ended(command: &Command) -> Option<End> {
    let reading = command.reading.as_ref();
    if reading.is_some_and(|r| r.says_failed || r.failed.is_some_and(|n| n > 0)) {
        return Some(End::Red);
    }
    if reading.is_some_and(|r| r.passed.is_some_and(|n| n > 0)) {
        return Some(End::Green);
    }
    match (command.outcome, command.exit_trust) {
        (CommandOutcome::Succeeded | CommandOutcome::Failed, ExitTrust::Masked) => {
            prints_green(command).then_some(End::Green)
        }
        (CommandOutcome::Succeeded | CommandOutcome::Unknown, _) => Some(End::Green),
        (CommandOutcome::Failed, _) => Some(End::Red),
        (CommandOutcome::Rejected | CommandOutcome::Interrupted | CommandOutcome::Background, _) => None,
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
    let red: Vec<String> =
        run.results.iter().filter(|r| cx.is_new_failure(r)).map(|r| r.id.to_string()).collect();
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
        // The tests do pass, and nobody ran them who says so.
        Ours::Agrees
            if matches!(state, State::Never { .. }) && claims::tells_of_unseen_run(cx.evidence, claim) =>
        {
            (Level::Warn, Some("guard's own run passes".to_owned()))
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
