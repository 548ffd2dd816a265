//! The other parts that guard's executable plays: what it starts itself inside the sandbox, so that nothing
//! else must be installed.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use guard_exec::Control;
use guard_mutants::plan::PLAN_VARIABLE;
use guard_mutants::work::{RUNNER_ARG, Told, Work};
use guard_mutants::{runner, wrapper};

use crate::commands::EXIT_ERROR;

/// Plays the part that the arguments and variables ask for; the exit code, and `None` when they ask for none.
pub fn play(args: &[OsString], variables: &dyn Fn() -> Vec<(OsString, OsString)>) -> Option<u8> {
    let first = args.get(1)?;
    let code = |code: i32| u8::try_from(code).unwrap_or(u8::MAX);
    if first == guard_exec::SUPERVISOR_ARG {
        return Some(code(guard_exec::supervisor_main(args.iter().skip(2).cloned())));
    }
    let variables = variables();
    let done = if first == RUNNER_ARG {
        run_mutants(Path::new(args.get(2)?), &variables)
    } else {
        let (_, plan) = variables.iter().find(|(name, _)| name == PLAN_VARIABLE)?;
        wrapper::main(Path::new(plan), args.iter().skip(1).cloned().collect())
    };
    Some(match done {
        Ok(done) => code(done),
        Err(error) => {
            // Nobody is there to read it when stderr is gone.
            let _ = writeln!(std::io::stderr(), "guard: mutants: {error}");
            EXIT_ERROR
        }
    })
}

fn run_mutants(work: &Path, variables: &[(OsString, OsString)]) -> std::io::Result<i32> {
    let work: Work = serde_json::from_slice(&fs::read(work)?)?;
    let out = Mutex::new(std::io::stdout());
    let told = |told: &Told| {
        let (Ok(line), Ok(mut out)) = (serde_json::to_string(told), out.lock()) else { return };
        // Without a reader the run ends with its parent.
        let _ = writeln!(out, "{line}");
    };
    runner::run(&work, variables, &Control::new(), &told)?;
    Ok(0)
}
