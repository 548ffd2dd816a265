//! Counts over what was read, for people.

use guard_model::words::{
    CommandOutcome, EditOutcome, EventKind, ExitTrust, Purpose, Speaker, Statement, StatementKind,
    TaskStatus, Words,
};

/// How much of what was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Statements of the agent and its subagents.
    pub agent_statements: usize,
    /// Turns that ended with a message.
    pub final_messages: usize,
    /// Requests of the user.
    pub requests: usize,
    /// Approved plans.
    pub plans: usize,
    /// Edits of the main agent, whatever became of them.
    pub edits: usize,
    /// Edits of all agents that were written.
    pub edits_applied: usize,
    /// Edits of all agents that failed or were refused.
    pub edits_refused: usize,
    /// Commands of the main agent, whatever became of them.
    pub commands: usize,
    /// Commands of all agents that run tests.
    pub test_commands: usize,
    /// Commands with a purpose whose exit code is masked.
    pub masked: usize,
    /// Commands that reported success while their output says that something failed.
    pub hidden_failures: usize,
    /// Calls of task tools by the main agent.
    pub task_calls: usize,
    /// Events by subagents.
    pub subagent_events: usize,
    /// Events on abandoned branches.
    pub abandoned_events: usize,
    /// Task items.
    pub tasks: usize,
    /// Task items that are ticked.
    pub tasks_completed: usize,
    /// Task items that disappeared unfinished.
    pub tasks_vanished: usize,
}

/// Counts what was read.
pub fn summarise(words: &Words) -> Summary {
    let mut summary = Summary::default();
    for statement in &words.statements {
        summary.agent_statements += usize::from(statement.speaker != Speaker::User);
        summary.final_messages += usize::from(statement.kind == StatementKind::FinalMessage);
        summary.requests += usize::from(statement.kind == StatementKind::UserRequest);
        summary.plans += usize::from(statement.kind == StatementKind::Plan);
    }
    for event in &words.events {
        let main = usize::from(!event.subagent);
        summary.subagent_events += 1 - main;
        summary.abandoned_events += usize::from(!event.live);
        match &event.kind {
            EventKind::Edit(edit) => {
                summary.edits += main;
                summary.edits_applied += usize::from(edit.outcome == EditOutcome::Applied);
                summary.edits_refused +=
                    usize::from(matches!(edit.outcome, EditOutcome::Failed | EditOutcome::Rejected));
            }
            EventKind::Command(command) => {
                summary.commands += main;
                summary.test_commands += usize::from(command.purposes.contains(&Purpose::Test));
                summary.masked +=
                    usize::from(command.exit_trust == ExitTrust::Masked && !command.purposes.is_empty());
                let says_failed = command.reading.as_ref().is_some_and(|reading| reading.says_failed);
                summary.hidden_failures +=
                    usize::from(says_failed && command.outcome == CommandOutcome::Succeeded);
            }
            EventKind::TaskCall { .. } => summary.task_calls += main,
            EventKind::Compaction | EventKind::Interrupted => {}
        }
    }
    let with = |status| words.tasks.iter().filter(|task| task.status == status).count();
    summary.tasks = words.tasks.len();
    summary.tasks_completed = with(TaskStatus::Completed);
    summary.tasks_vanished = with(TaskStatus::Vanished);
    summary
}

/// The final message of the last turn: what the agent hands over with.
pub fn final_message(words: &Words) -> Option<&Statement> {
    let agent = words.statements.iter().filter(|statement| statement.speaker == Speaker::Agent);
    agent.rev().find(|statement| statement.kind == StatementKind::FinalMessage)
}
