//! Running programs for a developer: visible, unbounded, failing loudly.
#![expect(
    clippy::disallowed_methods,
    reason = "developer commands run trusted programs in the developer's own terminal"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Root of guard's own repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

/// Runs a program in `dir` and shows what it prints; says its exit code.
pub(crate) fn run(dir: &Path, program: &str, args: &[&str]) -> Result<i32> {
    run_with_env(dir, program, args, &[])
}

/// The same with further environment variables.
pub(crate) fn run_with_env(dir: &Path, program: &str, args: &[&str], env: &[(&str, &str)]) -> Result<i32> {
    let status = Command::new(program)
        .args(args)
        .envs(env.iter().copied())
        .current_dir(dir)
        .status()
        .with_context(|| format!("cannot run {program}"))?;
    Ok(status.code().unwrap_or(-1))
}

/// Runs a program in `dir` that must succeed; gives what it printed.
pub(crate) fn output(dir: &Path, program: &str, args: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(args)
        .current_dir(dir)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run {program}"))?;
    if !output.status.success() {
        bail!("`{program} {}` failed in {}", args.join(" "), dir.display());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What a run of a program cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// Wall time in seconds.
    pub(crate) wall: f64,
    /// Time of all processors in seconds, waited-for children included.
    pub(crate) cpu: f64,
    /// Largest resident memory of the process or one of its waited-for children, in MiB.
    pub(crate) peak_mib: f64,
}

/// Runs a program quietly and says what it cost; any exit code is fine.
pub(crate) fn cost(dir: &Path, program: &str, args: &[String], env: &[(&str, &str)]) -> Result<Cost> {
    let begun = std::time::Instant::now();
    // GNU time reports the peak of the process itself, which nothing in std does.
    let has_time = Path::new("/usr/bin/time").exists();
    let mut command = if has_time {
        let mut c = Command::new("/usr/bin/time");
        c.args(["-f", "%M %U %S", program]);
        c
    } else {
        Command::new(program)
    };
    let output = command
        .args(args)
        .envs(env.iter().copied())
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {program}"))?;
    let wall = begun.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&output.stderr);
    let [peak, user, system] = text.lines().rev().find_map(three_numbers).unwrap_or_default();
    Ok(Cost { wall, cpu: user + system, peak_mib: peak / 1024.0 })
}

fn three_numbers(line: &str) -> Option<[f64; 3]> {
    let numbers: Option<Vec<f64>> = line.split(' ').map(|n| n.parse().ok()).collect();
    numbers?.try_into().ok()
}
