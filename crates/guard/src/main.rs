//! The binary: reads the command line, runs the command, ends with a documented exit code.

use std::io::Write;
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use clap::Parser;
use guard::cli::{Cli, CliCommand};
use guard::commands::{self, EXIT_ERROR, EXIT_INTERRUPTED};
use guard::pipeline::{Interrupted, Place};
use guard::progress::Phases;
use guard_collect::Surroundings;
use guard_exec::Control;

/// How long an interrupted run may take to end its children and itself.
const GRACE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    if let Some(code) = guard::roles::play(&args, &|| std::env::vars_os().collect()) {
        return ExitCode::from(code);
    }
    // A bug of guard must read as one, and never as a verdict: a panic's own exit code is 101.
    let ctl = Control::new();
    // To git and to agents, 2 is a refusal.
    let broke = if args.get(1).is_some_and(|a| a == "hook") { 0 } else { EXIT_ERROR };
    let (send, ended) = mpsc::channel();
    let work = {
        let ctl = ctl.clone();
        move || {
            // Nobody listens any more once the grace time of an interruption is over.
            let _ = send.send(run(&ctl));
        }
    };
    if let Err(error) = std::thread::Builder::new().stack_size(64 << 20).spawn(work) {
        say(&format!("guard cannot start a thread: {error}"));
        return ExitCode::from(broke);
    }
    let mut interrupted: Option<Instant> = None;
    loop {
        match ended.recv_timeout(Duration::from_millis(250)) {
            Ok(code) => return ExitCode::from(code),
            Err(RecvTimeoutError::Disconnected) => {
                say("guard itself broke (see above); please report it with the command you ran");
                return ExitCode::from(broke);
            }
            Err(RecvTimeoutError::Timeout) if ctl.is_interrupted() => {
                if interrupted.get_or_insert_with(Instant::now).elapsed() > GRACE {
                    say("interrupted; nothing was judged");
                    return ExitCode::from(EXIT_INTERRUPTED);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

fn run(ctl: &Control) -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers; anything else is a usage error.
            let code = if error.use_stderr() { EXIT_ERROR } else { 0 };
            let _ = error.print();
            // A git hook that is called wrongly must not read as bad code.
            let in_hook = std::env::args().nth(1).is_some_and(|a| a == "hook");
            return if in_hook { 0 } else { code };
        }
    };
    let surroundings = Surroundings::new(std::env::vars_os());
    if let Err(error) = ctl.interrupt_on_signals() {
        say(&format!("interrupting will not clean up: {error}"));
    }
    // Hooks speak to programs, and a question stands still.
    let quiet = matches!(cli.command, CliCommand::Hook { .. } | CliCommand::Init(_) | CliCommand::Doctor(_));
    let progress = Phases::new(quiet);
    let place = Place { surroundings: &surroundings, ctl, progress: &progress };
    let result = commands::run(&cli, &place);
    progress.done();
    match result {
        Ok(code) => code,
        Err(error) if error.is::<Interrupted>() || ctl.is_interrupted() => {
            say("interrupted; nothing was judged");
            EXIT_INTERRUPTED
        }
        Err(error) => {
            say(&commands::in_words(&error));
            EXIT_ERROR
        }
    }
}

fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "guard: {text}");
}
