//! A command: what to start, where, with what, and how far it may go.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use crate::output::{Kept, OnChunk, Sink};
use crate::{Confinement, Control, ExecError, Exit, Limits, Output, confine, env, spawn};

/// One command, as plain data: build it, look at it, run it as often as you like.
#[derive(Debug, Clone)]
pub struct Cmd {
    program: OsString,
    args: Vec<OsString>,
    cwd: PathBuf,
    env: Vec<(OsString, Option<OsString>)>,
    env_pass: Vec<OsString>,
    env_clear: bool,
    profile: Profile,
    stdin: Option<Vec<u8>>,
    limits: Limits,
    confine: Option<Confinement>,
    merge_stderr: bool,
    log: Option<PathBuf>,
}

/// Where the environment starts from, and how much ceremony a start is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Profile {
    Tool,
    Git,
}

impl Cmd {
    /// `program`, looked up on the child's PATH unless it has a slash, started in `cwd`.
    pub fn new(program: impl Into<OsString>, cwd: impl Into<PathBuf>) -> Cmd {
        Cmd {
            program: program.into(),
            args: Vec::new(),
            cwd: cwd.into(),
            env: Vec::new(),
            env_pass: Vec::new(),
            env_clear: false,
            profile: Profile::Tool,
            stdin: None,
            limits: Limits::default(),
            confine: None,
            merge_stderr: false,
            log: None,
        }
    }

    /// `git` in `cwd` for guard's own questions: read-only by environment (no optional locks, hooks,
    /// monitors, maintenance or lazy fetches), in the C locale, and the cheapest start there is. Its
    /// whole answer is kept. For git commands of the change's own choice use [`Cmd::new`].
    pub fn git(cwd: impl Into<PathBuf>) -> Cmd {
        Cmd { profile: Profile::Git, limits: Limits::whole_answer(), ..Cmd::new("git", cwd) }
    }

    /// Runs `line` with the platform's shell.
    pub fn shell(line: impl Into<OsString>, cwd: impl Into<PathBuf>) -> Cmd {
        if cfg!(windows) {
            Cmd::new("cmd", cwd).arg("/C").arg(line)
        } else {
            Cmd::new("sh", cwd).arg("-c").arg(line)
        }
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Cmd {
        self.args.push(arg.into());
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Cmd {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable, on top of the cleaned environment.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Cmd {
        self.env.push((name.into(), Some(value.into())));
        self
    }

    /// Takes a variable away.
    #[must_use]
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Cmd {
        self.env.push((name.into(), None));
        self
    }

    /// Passes a variable of guard's own environment through, if it is set, whatever its name says:
    /// the policy asked for it.
    #[must_use]
    pub fn env_pass(mut self, name: impl Into<OsString>) -> Cmd {
        self.env_pass.push(name.into());
        self
    }

    /// Starts from an empty environment instead of the cleaned one.
    #[must_use]
    pub fn env_clear_all(mut self) -> Cmd {
        self.env_clear = true;
        self
    }

    /// What the child reads on standard input; without this call it is empty.
    #[must_use]
    pub fn stdin_bytes(mut self, bytes: impl Into<Vec<u8>>) -> Cmd {
        self.stdin = Some(bytes.into());
        self
    }

    /// Limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Cmd {
        self.limits = limits;
        self
    }

    /// Confines the child: everything that the change wrote, or that runs what it wrote.
    #[must_use]
    pub fn confine(mut self, confinement: Confinement) -> Cmd {
        self.confine = Some(confinement);
        self
    }

    /// Standard error goes where standard output goes, in the order of writing.
    #[must_use]
    pub fn merge_stderr(mut self) -> Cmd {
        self.merge_stderr = true;
        self
    }

    /// Writes everything that the child prints into this file as well, as it comes, up to
    /// [`Limits::output`]. The file is replaced.
    #[must_use]
    pub fn log_to(mut self, path: impl Into<PathBuf>) -> Cmd {
        self.log = Some(path.into());
        self
    }

    /// The directory it starts in.
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// The command as a person would type it.
    pub fn display(&self) -> String {
        let mut line = quoted(&self.program);
        for arg in &self.args {
            line.push(' ');
            line.push_str(&quoted(arg));
        }
        line
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// When it cannot be started, or a required sandbox cannot be had. A child that fails, crashes or
    /// is ended by guard is not an error: see [`Output::exit`].
    pub fn run(&self, ctl: &Control) -> Result<Output, ExecError> {
        self.go(ctl, None)
    }

    /// Runs it to its end, handing over chunks of standard output as they come instead of keeping
    /// them. Chunks end anywhere, not at line ends.
    ///
    /// # Errors
    /// As [`Cmd::run`].
    pub fn stream(&self, ctl: &Control, on_stdout: &mut dyn FnMut(&[u8])) -> Result<Output, ExecError> {
        self.go(ctl, Some(on_stdout))
    }

    fn go(&self, ctl: &Control, on_stdout: Option<OnChunk<'_>>) -> Result<Output, ExecError> {
        let started = Instant::now();
        let result = self.go_unlogged(ctl, on_stdout, started);
        let exit = result.as_ref().map(|output| output.exit);
        ctl.note(self, exit, started.elapsed());
        result
    }

    fn go_unlogged(
        &self,
        ctl: &Control,
        on_stdout: Option<OnChunk<'_>>,
        started: Instant,
    ) -> Result<Output, ExecError> {
        if ctl.is_interrupted() {
            return Err(ExecError::Interrupted { program: self.program_name() });
        }
        let mut sink = Sink::new(self.limits.keep, self.limits.output, on_stdout);
        if let Some(path) = &self.log {
            sink.log_to(path)?;
        }
        let (exit, sandbox) = match &self.confine {
            Some(confinement) => {
                let (exit, report) = confine::run(self, confinement, ctl, &mut sink)?;
                (exit, Some(report))
            }
            None => (spawn::run(self, ctl, &mut sink)?, None),
        };
        Ok(self.output(exit, sandbox, sink, started))
    }

    fn output(
        &self,
        exit: Exit,
        sandbox: Option<guard_model::lab::SandboxReport>,
        sink: Sink<'_>,
        started: Instant,
    ) -> Output {
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Sink { stdout, stderr, log_error, .. } = sink;
        let ((stdout, a), (stderr, b)) = (Kept::finish(stdout), Kept::finish(stderr));
        Output { exit, stdout, stderr, dropped: a + b, ms, sandbox, log_error }
    }

    pub(crate) fn program(&self) -> &OsStr {
        &self.program
    }

    pub(crate) fn program_name(&self) -> String {
        self.program.to_string_lossy().into_owned()
    }

    pub(crate) fn arguments(&self) -> &[OsString] {
        &self.args
    }

    pub(crate) fn input(&self) -> Option<&[u8]> {
        self.stdin.as_deref()
    }

    pub(crate) fn bounds(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn merges_stderr(&self) -> bool {
        self.merge_stderr
    }

    /// True for guard's own git calls, whose start must cost nothing.
    pub(crate) fn is_cheap(&self) -> bool {
        self.profile == Profile::Git
    }

    /// The whole environment of the child.
    pub(crate) fn environment(&self) -> Vec<(OsString, OsString)> {
        static OPEN: OnceLock<Vec<(OsString, OsString)>> = OnceLock::new();
        static CLOSED: OnceLock<Vec<(OsString, OsString)>> = OnceLock::new();
        let open = self.confine.as_ref().is_none_or(Confinement::network_open);
        let cell = if open { &OPEN } else { &CLOSED };
        let mut all =
            if self.env_clear { Vec::new() } else { cell.get_or_init(|| env::cleaned(open)).clone() };
        if self.profile == Profile::Git {
            all.extend(env::GIT.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        }
        for name in &self.env_pass {
            all.extend(std::env::var_os(name).map(|value| (name.clone(), value)));
        }
        for (name, value) in &self.env {
            all.retain(|(known, _)| known != name);
            all.extend(value.clone().map(|value| (name.clone(), value)));
        }
        all
    }
}

/// One word, quoted for a POSIX shell when it must be.
fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,^~".contains(c);
    if !word.is_empty() && !word.starts_with('~') && word.chars().all(plain) {
        return word.into_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_reads_as_a_person_would_type_it() {
        let cmd = Cmd::new("git", "/").args(["log", "-1", "--format=%H %s", "it's", ""]);
        assert_eq!(cmd.display(), r"git log -1 '--format=%H %s' 'it'\''s' ''");
    }

    #[test]
    fn what_the_caller_sets_wins_over_everything() {
        let cmd = Cmd::git("/").env("LC_ALL", "de").env_remove("PATH").env("A", "1").env("A", "2");
        let env = cmd.environment();
        assert_eq!(env::lookup(&env, "LC_ALL"), Some("de".as_ref()));
        assert_eq!(env::lookup(&env, "PATH"), None);
        assert_eq!(env.iter().filter(|(name, _)| name == "A").count(), 1);
        assert_eq!(env::lookup(&env, "GIT_OPTIONAL_LOCKS"), Some("0".as_ref()));
    }
}
