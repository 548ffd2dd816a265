//! Calls of tools.

use guard_model::words::{Command, EditOutcome, EventKind, FileEdit};

use super::Reader;
use super::record::{self, Block, Content, Message, ToolInput};
use crate::session::json::{Text, read, text_of};
use crate::session::tape::{EntryId, command_of};
use crate::session::tasks::{Item, Op, status};

/// A tool call that waits for its result.
#[derive(Debug, Clone)]
pub(super) enum Call {
    Command(EntryId),
    Edit(EntryId),
    Task {
        entry: EntryId,
        ops: Vec<Op>,
        create: Option<Item>,
        list: String,
        prints: bool,
    },
    Plan {
        plan: Option<String>,
    },
    Question,
    /// Asks for the outcome of a background command.
    Outcome {
        task: String,
    },
    Stop {
        task: String,
    },
    Other,
}

/// Reads the command lines of a message, which nothing before it has a say in.
pub(super) fn read_commands(message: &mut Message<'_, Content<'_>>) {
    let Content::Blocks(blocks) = &mut message.content else { return };
    for block in blocks.iter_mut().filter(|block| runs_commands(plain_name(block.name.as_str()))) {
        block.command = Some(Box::new(command_in(block)));
    }
}

fn command_in(block: &Block<'_>) -> Command {
    let input: ToolInput<'_> = read(block.input).unwrap_or_default();
    command_of(&text_of(input.command), None)
}

fn runs_commands(tool: &str) -> bool {
    matches!(tool, "Bash" | "PowerShell")
}

fn plain_name(tool: &str) -> &str {
    tool.strip_prefix("mcp__acp__").unwrap_or(tool)
}

impl Reader {
    pub(super) fn tool_use(&mut self, block: &mut Block<'_>, agent: &str, cwd: Option<&str>) {
        let id = block.id.as_str().to_owned();
        if !id.is_empty() && self.calls.contains_key(&id) {
            return; // told twice: in a progress record and in the subagent's own file
        }
        let command = block.command.take();
        let name = block.name.as_str();
        let plain = plain_name(name);
        let input = || read::<ToolInput<'_>>(block.input).unwrap_or_default();
        let call = match plain {
            tool if runs_commands(tool) => {
                let command = command.map_or_else(|| command_in(block), |command| *command);
                let cwd = cwd.map(str::to_owned);
                Call::Command(self.tape.event(EventKind::Command(Command { cwd, ..command })))
            }
            "Edit" | "Write" | "MultiEdit" | "NotebookEdit" => {
                let input = input();
                let path =
                    [&input.file_path, &input.notebook_path, &input.path].into_iter().find_map(Text::owned);
                Call::Edit(self.tape.edit(FileEdit {
                    tool: name.to_owned(),
                    paths: path.into_iter().collect(),
                    outcome: EditOutcome::Unknown,
                    error: None,
                }))
            }
            "TodoWrite" => {
                let items = input().todos.0.iter().filter_map(record::Todo::item).collect();
                let ops = vec![Op::Replace { list: agent.to_owned(), items }];
                self.task_call(name, ops, None, agent, false)
            }
            "TaskCreate" => {
                let input = input();
                let item = input.subject.owned().map(|subject| Item {
                    id: None,
                    subject,
                    description: input.description.owned(),
                    status: status("pending"),
                });
                self.task_call(name, Vec::new(), item, agent, false)
            }
            "TaskUpdate" => {
                let input = input();
                let id =
                    [&input.task_id, &input.task_id_raw, &input.id].into_iter().find_map(record::Id::owned);
                let ops = id.map(|id| Op::Update {
                    list: agent.to_owned(),
                    id,
                    subject: input.subject.owned(),
                    description: input.description.owned(),
                    status: input.status.some().map(status),
                });
                self.task_call(name, ops.into_iter().collect(), None, agent, false)
            }
            "TaskGet" | "TaskList" | "TodoRead" => self.task_call(name, Vec::new(), None, agent, true),
            "ExitPlanMode" | "exit_plan_mode" => {
                self.tape.tool();
                Call::Plan { plan: Some(text_of(input().plan)).filter(|plan| !plan.is_empty()) }
            }
            "AskUserQuestion" => {
                self.tape.tool();
                Call::Question
            }
            "TaskOutput" | "BashOutput" | "AgentOutputTool" => {
                self.tape.tool();
                Call::Outcome { task: input().background_task() }
            }
            "KillShell" | "KillBash" | "TaskStop" => {
                self.tape.tool();
                Call::Stop { task: input().background_task() }
            }
            _ => {
                self.tape.tool();
                Call::Other
            }
        };
        // A result is of interest only where the call is.
        if !id.is_empty() && !matches!(call, Call::Other) {
            self.calls.insert(id, call);
        }
    }

    fn task_call(
        &mut self,
        tool: &str,
        ops: Vec<Op>,
        create: Option<Item>,
        list: &str,
        prints: bool,
    ) -> Call {
        // Until a result says otherwise a call counts as accepted, except that an item has no id
        // before its result.
        let entry = self.tape.task_call(tool, true, ops.clone());
        Call::Task { entry, ops, create, list: list.to_owned(), prints }
    }
}
