//! The search for what new code repeats against jscpd over the same tree.
//!
//! jscpd looks for every row of tokens that stands twice; guard, in a whole quick check, for functions of the tree that the
//! change's new ones repeat. Both read the same files of the same languages, and neither knows anything of an earlier run.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;

use super::{Range, check_args, in_turn, median, release, word};
use crate::shell::{Cost, cost, output};

#[derive(Debug, Args)]
pub(crate) struct CopiesBench {
    #[command(flatten)]
    range: Range,
    /// jscpd 5's own program, not the script that starts it.
    #[arg(long)]
    jscpd: PathBuf,
    /// What jscpd calls the languages, such as `rust` or `typescript,tsx`.
    #[arg(long)]
    formats: String,
    /// The guard to measure [default: this workspace's, built in release].
    #[arg(long)]
    guard: Option<PathBuf>,
    /// Counted rounds.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

pub(crate) fn bench(args: &CopiesBench) -> Result<()> {
    let Range { repo, base, head } = &args.range;
    let guard = match &args.guard {
        Some(guard) => fs::canonicalize(guard)?.display().to_string(),
        None => release("guard")?,
    };
    let repo = fs::canonicalize(repo).context("no such repository")?;
    let jscpd = fs::canonicalize(&args.jscpd).context("no such jscpd")?.display().to_string();
    let scratch = tempfile::tempdir()?;
    // The files of head, for who reads directories only.
    let tree = scratch.path().join("tree");
    fs::create_dir(&tree)?;
    let (git_dir, work_tree) =
        (format!("--git-dir={}", repo.display()), format!("--work-tree={}", tree.display()));
    let index = format!("GIT_INDEX_FILE={}", scratch.path().join("index").display());
    output(&tree, "env", &[&index, "git", &git_dir, &work_tree, "read-tree", "-u", "--reset", head])?;
    let theirs: Vec<String> = [".", "--silent", "--format", &args.formats].map(str::to_owned).to_vec();
    let mut ours = check_args(&repo.display().to_string(), base, head, "quick");
    ours.extend(["--exact-base".to_owned(), "--fresh".to_owned()]);
    let cache = scratch.path().join("cache").display().to_string();
    let env = [("GUARD_CACHE_DIR", cache.as_str())];
    let report = output(
        &repo,
        "env",
        &[
            &[&format!("GUARD_CACHE_DIR={cache}"), guard.as_str()],
            &ours.iter().map(String::as_str).collect::<Vec<_>>()[..],
        ]
        .concat(),
    );
    let report = report.ok().and_then(|text| serde_json::from_str::<Value>(&text).ok()).unwrap_or_default();
    let Some(found) = report["findings"].as_array() else {
        bail!("guard gave no report; the range must pass")
    };
    let phases = report["timings"]["phases"].as_array().into_iter().flatten();
    let search =
        phases.filter(|phase| phase["name"] == "look for what exists").find_map(|p| p["ms"].as_u64());
    let copies = found.iter().filter(|finding| finding["check"] == "duplicated-helper").count();
    println!("{} {base}..{head}: {copies} new functions repeat what exists", repo.display());
    let pairs =
        in_turn(args.rounds, || cost(&tree, &jscpd, &theirs, &[]), || cost(&repo, &guard, &ours, &env))?;
    let row = |name: &str, pick: fn(&(Cost, Cost)) -> Cost| {
        let cpu = median(pairs.iter().map(|pair| pick(pair).cpu));
        let wall = median(pairs.iter().map(|pair| pick(pair).wall));
        let peak = pairs.iter().map(|pair| pick(pair).peak_mib).fold(0.0, f64::max);
        println!(
            "  {name:22} median {cpu:6.2} s of processors, {wall:6.2} s on the wall, peak {peak:4.0} MiB"
        );
        (cpu, peak)
    };
    let (theirs, ours) = (row("jscpd", |pair| pair.0), row("guard check", |pair| pair.1));
    println!("  of guard's the search  {:5} ms on the wall, the first time", search.unwrap_or_default());
    println!("  faster with no more memory: {}", word(ours.0 < theirs.0 && ours.1 <= theirs.1));
    Ok(())
}
