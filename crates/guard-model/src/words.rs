//! The agent's words and what its transcript shows: statements, tasks, edits, commands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything that was said about the change, from every source that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Words {
    /// The inputs that were read, in reading order.
    pub inputs: Vec<WordsInput>,
    /// What was said, in reading order.
    pub statements: Vec<Statement>,
    /// Task-list items of every generation, with their history.
    pub tasks: Vec<Task>,
    /// What the transcript shows was done, in order.
    pub events: Vec<Event>,
    /// Why no agent session was taken, when one was looked for in vain.
    pub no_session: Option<String>,
}

/// One input that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WordsInput {
    /// What format it has.
    pub format: WordsFormat,
    /// File name or object id.
    pub place: String,
    /// Why it was taken ("--session", "newest session of this repository", "commit of the range").
    pub reason: String,
    /// Agent that wrote it, such as `Claude Code 2.1.17`.
    pub agent: Option<String>,
    /// Session id, where the format has one.
    pub session: Option<String>,
    /// Records (lines, messages) seen.
    pub records: u64,
    /// Records of a type that this version does not know; counted, not fatal.
    pub unknown_records: u64,
    /// Records that could not be parsed.
    pub broken_records: u64,
    /// What a person should know about the reading ("the last line is cut off").
    pub remarks: Vec<String>,
}

/// Formats of the field that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WordsFormat {
    /// Claude Code session transcript (JSON lines, a tree by `parentUuid`).
    ClaudeTranscript,
    /// `claude -p --output-format stream-json`.
    ClaudeStream,
    /// Codex rollout (JSON lines).
    CodexRollout,
    /// Session of Oh My Pi or pi (JSON lines, version 3).
    PiSession,
    /// Compact transcript of a checkpoint (`{v:1,…}`).
    CompactTranscript,
    /// Markdown export of a session.
    MarkdownExport,
    /// Cline's task folder.
    ClineTask,
    /// A task list in Markdown.
    TaskList,
    /// A final message or task in plain text.
    Message,
    /// A commit message of the range.
    CommitMessage,
    /// Title and body of a pull request.
    PullRequest,
}

/// Who spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The person.
    User,
    /// The main agent.
    Agent,
    /// An agent that the main agent started.
    Subagent,
}

/// One coherent piece of text somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    /// What kind of text it is.
    pub kind: StatementKind,
    /// Who wrote it.
    pub speaker: Speaker,
    /// The text, verbatim.
    pub text: String,
    /// `session.jsonl:412`, a commit id, a file name with line.
    pub place: String,
    /// Position among statements and events of the same input; larger is later.
    pub order: u32,
    /// RFC 3339 time, where the input has one.
    pub time: Option<String>,
}

/// Kinds of statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StatementKind {
    /// The last message of a turn, when the turn ended there.
    FinalMessage,
    /// A message on the way.
    Message,
    /// What the user asked.
    UserRequest,
    /// A plan that the user approved.
    Plan,
    /// A commit message.
    Commit,
    /// The title of a pull request.
    PrTitle,
    /// The body of a pull request.
    PrBody,
}

/// One item of a task list over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Task {
    /// Id inside its list, where the format has one; else its position.
    pub id: String,
    /// What was to be done.
    pub subject: String,
    /// Longer text, where the format has one.
    pub description: Option<String>,
    /// Last known state.
    pub status: TaskStatus,
    /// Every state it was in, oldest first.
    pub history: Vec<TaskStep>,
}

/// One change of a task's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskStep {
    /// The new state.
    pub status: TaskStatus,
    /// Where it was written.
    pub place: String,
    /// Position among statements and events of the same input.
    pub order: u32,
}

/// State of a task-list item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaskStatus {
    /// Not begun.
    Pending,
    /// Being worked on.
    InProgress,
    /// Ticked.
    Completed,
    /// Removed by an explicit call.
    Deleted,
    /// No longer in a list that was written anew.
    Vanished,
}

/// One thing that the transcript shows the agent did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// What was done.
    #[serde(flatten)]
    pub kind: EventKind,
    /// `session.jsonl:412`.
    pub place: String,
    /// Position among statements and events of the same input; larger is later.
    pub order: u32,
    /// RFC 3339 time, where the input has one.
    pub time: Option<String>,
    /// True when a subagent did it.
    pub subagent: bool,
    /// False for records on a branch that was rewound or abandoned.
    pub live: bool,
}

/// Kinds of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum EventKind {
    /// A file was edited, or an edit was tried.
    Edit(FileEdit),
    /// A command was run, or tried.
    Command(Command),
    /// A call of a task tool (`TodoWrite`, `TaskCreate`, `TaskUpdate`, `update_plan`, …).
    TaskCall {
        /// Tool name.
        tool: String,
        /// Whether the tool accepted it.
        ok: bool,
    },
    /// The context was compacted here; what came before is known to the agent only as a summary.
    Compaction,
    /// The user interrupted the turn.
    Interrupted,
}

/// One edit call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileEdit {
    /// Tool name (`Edit`, `Write`, `apply_patch`, …).
    pub tool: String,
    /// Paths that the call names, as written.
    pub paths: Vec<String>,
    /// What became of it.
    pub outcome: EditOutcome,
    /// Why it failed or was rejected, shortened.
    pub error: Option<String>,
}

/// What became of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EditOutcome {
    /// Written to disk.
    Applied,
    /// The tool refused it.
    Failed,
    /// The user refused it.
    Rejected,
    /// Proposed, not written.
    Staged,
    /// The transcript does not say.
    Unknown,
}

/// One shell command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Command {
    /// The command line as written.
    pub line: String,
    /// Working directory, where the format tells.
    pub cwd: Option<String>,
    /// What became of it.
    pub outcome: CommandOutcome,
    /// Exit code, where the transcript has or implies one.
    pub exit_code: Option<i32>,
    /// Whether the exit code says what it seems to say.
    pub exit_trust: ExitTrust,
    /// Why the exit code cannot be trusted ("piped into `tail`", "`|| true`").
    pub masked_by: Option<String>,
    /// What the command is for; several for a compound line.
    pub purposes: Vec<Purpose>,
    /// What the output says of tests, where it says something.
    pub reading: Option<OutputReading>,
    /// Head and tail of the output, at most 4 KiB.
    pub output: String,
}

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CommandOutcome {
    /// Ended, and reported success.
    Succeeded,
    /// Ended, and reported failure.
    Failed,
    /// Refused by the user or a permission rule.
    Rejected,
    /// Stopped before its end.
    Interrupted,
    /// Started in the background and never seen to end.
    Background,
    /// The transcript does not say.
    Unknown,
}

/// Whether an exit code can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExitTrust {
    /// The exit code is the command's own.
    Trusted,
    /// A pipe, `|| true`, `;` or the like hides the command's own exit code.
    Masked,
    /// The format does not carry one.
    Unknown,
}

/// What a command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Runs tests of the project.
    Test,
    /// Builds or type-checks.
    Build,
    /// Lints.
    Lint,
    /// Formats.
    Format,
    /// Measures time.
    Bench,
    /// Records a commit.
    Commit,
    /// Publishes (push, pull request).
    Publish,
}

/// What the text of an output says of a test run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutputReading {
    /// Tests said to have passed.
    pub passed: Option<u64>,
    /// Tests said to have failed.
    pub failed: Option<u64>,
    /// True when the text says that something failed, whatever the exit code.
    pub says_failed: bool,
    /// The line that says so.
    pub line: Option<String>,
}
