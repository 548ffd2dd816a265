//! Benchmarks: guard against a named command, side by side in one run. Machines are shared and noisy,
//! so only ratios of medians taken in turn mean something.

mod copies;
mod examples;
mod mutants;

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use guard_checks::Need;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::shell::{Cost, cost, output, root, run};

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    what: What,
}

/// What a benchmark is taken on.
#[derive(Debug, Args)]
struct Range {
    /// Repository, bare or not; a cargo project's, where something is built.
    #[arg(long)]
    repo: PathBuf,
    /// Base of the range.
    #[arg(long)]
    base: String,
    /// Head of the range.
    #[arg(long)]
    head: String,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Quick mode without session against `git diff --stat` of the same range
    Quick {
        #[command(flatten)]
        range: Range,
        /// Counted rounds.
        #[arg(long, default_value_t = 7)]
        rounds: usize,
    },
    /// Commit mode without the matrix against the project's own `cargo test`, both warm
    Commit {
        #[command(flatten)]
        range: Range,
        /// Counted rounds.
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
    /// The Stop hook of a turn that changed nothing against `git status --porcelain`
    Hooks {
        /// A repository with a work tree.
        #[arg(long)]
        repo: PathBuf,
        /// Counted rounds.
        #[arg(long, default_value_t = 15)]
        rounds: usize,
    },
    /// The search for what new code repeats against jscpd over the same tree
    Copies(copies::CopiesBench),
    /// Whether `guard examples` finds the test that a reviewer would point at, on commits that added one
    Examples(examples::ExamplesBench),
    /// What mutants cost beside the project's own builds and tests
    Mutants(mutants::MutantsBench),
    /// The search for repeated edits against `git grep` for their longest words over the same tree
    Sites {
        #[command(flatten)]
        range: Range,
        /// Counted rounds.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
    },
    /// Reading a transcript of 100 MB against a bare serde_json pass over the same lines
    Transcript {
        /// Transcripts that are repeated until there are 100 MB.
        #[arg(required = true)]
        samples: Vec<PathBuf>,
        /// Counted rounds.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// Give the records of every copy ids of their own: else all copies but the first are seen to
        /// repeat it, and only counted.
        #[arg(long)]
        unique_ids: bool,
    },
    /// The bare pass itself: parse every line, keep nothing
    #[command(hide = true)]
    BarePass {
        /// A file of JSON lines.
        file: PathBuf,
    },
}

pub(crate) fn bench(args: &BenchArgs) -> Result<()> {
    match &args.what {
        What::Quick { range, rounds } => quick(range, *rounds),
        What::Commit { range, rounds } => commit(range, *rounds),
        What::Hooks { repo, rounds } => hooks(repo, *rounds),
        What::Copies(args) => copies::bench(args),
        What::Examples(args) => examples::bench(args),
        What::Mutants(args) => mutants::bench(args),
        What::Sites { range, rounds } => sites(range, *rounds),
        What::Transcript { samples, rounds, unique_ids } => transcript(samples, *rounds, *unique_ids),
        What::BarePass { file } => bare_pass(file),
    }
}

fn quick(range: &Range, rounds: usize) -> Result<()> {
    let Range { repo, base, head } = range;
    let guard = release("guard")?;
    let repo = fs::canonicalize(repo).context("no such repository")?;
    let repo_arg = repo.display().to_string();
    let git: Vec<String> = ["diff", "--stat", base, head].map(str::to_owned).to_vec();
    let scratch = tempfile::tempdir()?;
    let cache = scratch.path().display().to_string();
    let env = [("GUARD_CACHE_DIR", cache.as_str())];
    let policy = scratch.path().join("policy.toml");
    fs::write(&policy, "[checks]\nskipped-section = \"allow\"\ncontradicted-claim = \"allow\"\n")?;
    let policy = policy.display().to_string();
    let whole = check_args(&repo_arg, base, head, "quick");
    let mut ours = whole.clone();
    ours.extend(["--policy".to_owned(), policy]);
    let mut first = ours.clone();
    first.push("--fresh".to_owned());
    let stat = output(&repo, "git", &["diff", "--shortstat", base, head])?;
    println!("{repo_arg} {base}..{head}:{stat}");
    for (name, args) in [
        ("guard quick, without the search for repeated edits", &ours),
        ("the same where nothing is known of earlier runs", &first),
        ("guard quick, with the search", &whole),
    ] {
        let pairs = in_turn(rounds, || cost(&repo, "git", &git, &[]), || cost(&repo, &guard, args, &env))?;
        println!("{name}:");
        print_pair("git diff --stat", "guard", &pairs);
        print_allowed(3, 150, &pairs);
    }
    Ok(())
}

fn hooks(repo: &Path, rounds: usize) -> Result<()> {
    let guard = release("guard")?;
    let repo = fs::canonicalize(repo).context("no such repository")?;
    let scratch = tempfile::tempdir()?;
    let event = scratch.path().join("event.json");
    let sent = serde_json::json!({
        "session_id": "bench", "cwd": repo, "hook_event_name": "Stop", "prompt_id": "1", "stop_hook_active": false,
        "last_assistant_message": "Nothing to do.",
    });
    fs::write(&event, sent.to_string())?;
    let cache = scratch.path().display().to_string();
    let env = [("GUARD_CACHE_DIR", cache.as_str())];
    let hook = |name: &str| ["-c".to_owned(), format!("exec '{guard}' hook {name} < '{}'", event.display())];
    cost(&repo, "sh", &hook("session-start"), &env)?;
    let status: Vec<String> = ["status", "--porcelain"].map(str::to_owned).to_vec();
    let stop = hook("stop");
    let pairs = in_turn(rounds, || cost(&repo, "git", &status, &[]), || cost(&repo, "sh", &stop, &env))?;
    print_pair("git status --porcelain", "guard hook stop", &pairs);
    print_allowed(2, 15, &pairs);
    Ok(())
}

fn commit(range: &Range, rounds: usize) -> Result<()> {
    let Range { repo, base, head } = range;
    let guard = release("guard")?;
    let repo = fs::canonicalize(repo).context("no such repository")?;
    let scratch = tempfile::tempdir()?;
    let cache = scratch.path().join("cache").display().to_string();
    let clone = scratch.path().join("clone");
    output(scratch.path(), "git", &["clone", "--quiet", &repo.display().to_string(), "clone"])?;
    // What matrix and mutants would add is measured apart; here they are switched off by policy.
    let policy = scratch.path().join("policy.toml");
    let costs = |need: &Need| matches!(need, Need::OldOnNew | Need::NewOnOld | Need::Mutants);
    let off = guard_checks::registry().iter().filter(|check| check.needs.iter().any(costs));
    let off: String = off.map(|check| format!("{} = \"allow\"\n", check.name)).collect();
    fs::write(&policy, format!("[checks]\n{off}"))?;
    let policy = policy.display().to_string();
    let repo_arg = repo.display().to_string();
    let mut ours = check_args(&repo_arg, base, head, "commit");
    ours.extend(["--fresh".to_owned(), "--policy".to_owned(), policy]);
    let warm_up = check_args(&repo_arg, &format!("{base}~1"), base, "commit");
    let quick = check_args(&repo_arg, base, head, "quick");
    let env = [("GUARD_CACHE_DIR", cache.as_str())];
    let test: Vec<String> =
        ["test", "--workspace", "--no-fail-fast", "--offline"].map(str::to_owned).to_vec();

    // The project's own place, wherever this bench's is.
    let target = clone.join("target").display().to_string();
    let own = [("CARGO_TARGET_DIR", target.as_str())];
    let mut pairs = Vec::new();
    for round in 0..=rounds {
        // The same warm state for both: base is built, head's files come anew.
        output(&clone, "git", &["checkout", "--quiet", base])?;
        cost(&clone, "cargo", &test, &own)?;
        output(&clone, "git", &["checkout", "--quiet", head])?;
        let theirs = cost(&clone, "cargo", &test, &own)?;
        cost(&repo, &guard, &warm_up, &env)?;
        let mine = cost(&repo, &guard, &ours, &env)?;
        if round > 0 {
            pairs.push((theirs, mine));
        }
    }
    let quick_pairs = in_turn(3, || cost(&repo, &guard, &quick, &env), || cost(&repo, &guard, &quick, &env))?;
    let (theirs, mine) = medians(&pairs);
    let (quick, _) = medians(&quick_pairs);
    print_pair("cargo test", "guard commit", &pairs);
    let allowed = 1.15 * theirs + quick;
    println!(
        "allowed 1.15 x cargo test + quick = {allowed:.2} s; guard took {mine:.2} s: {}",
        word(mine <= allowed)
    );
    // The matrix apart: one more run with it, from the same warm state.
    let out = scratch.path().join("run").display().to_string();
    let mut whole = check_args(&repo_arg, base, head, "commit");
    whole.extend(["--fresh", "--out", &out].map(str::to_owned));
    cost(&repo, &guard, &warm_up, &env)?;
    cost(&repo, &guard, &whole, &env)?;
    let report: Value = serde_json::from_slice(&fs::read(scratch.path().join("run/report.json"))?)?;
    println!("phases of a run with the matrix:");
    for phase in report["timings"]["phases"].as_array().into_iter().flatten() {
        let seconds = phase["ms"].as_f64().unwrap_or_default() / 1000.0;
        println!("  {:28} {seconds:8.2} s", phase["name"].as_str().unwrap_or_default());
    }
    Ok(())
}

fn sites(range: &Range, rounds: usize) -> Result<()> {
    let Range { repo, base, head } = range;
    let guard = release("guard")?;
    let repo = fs::canonicalize(repo).context("no such repository")?;
    let scratch = tempfile::tempdir()?;
    let out = scratch.path().join("run").display().to_string();
    let mut ours = check_args(&repo.display().to_string(), base, head, "quick");
    ours.extend(["--exact-base", "--out", &out].map(str::to_owned));
    let kept = |name: &str| -> Result<Value> {
        Ok(serde_json::from_slice(&fs::read(scratch.path().join("run").join(name))?)?)
    };
    cost(&repo, &guard, &ours, &[])?;
    let evidence = kept("evidence.json")?;
    let patterns = evidence["sites"]["patterns"].as_array().context("the change repeats no edit")?;
    let words: Vec<&str> = patterns.iter().filter_map(|p| longest_word(p["before"].as_str()?)).collect();
    let mut grep: Vec<String> = ["grep", "-n", "-I", "-F"].map(str::to_owned).to_vec();
    grep.extend(words.iter().flat_map(|word| ["-e".to_owned(), (*word).to_owned()]));
    grep.extend([head.to_owned(), "--".to_owned()]);
    // The same kinds of files, or the comparison would flatter.
    let changed = output(&repo, "git", &["diff", "--name-only", base, head])?;
    let kinds: BTreeSet<&str> =
        changed.lines().filter_map(|path| Path::new(path).extension()?.to_str()).collect();
    grep.extend(kinds.into_iter().map(|kind| format!("*.{kind}")));
    let stat = output(&repo, "git", &["diff", "--shortstat", base, head])?;
    println!("{} {base}..{head}:{}", repo.display(), stat.trim_end());
    println!("{} edits, looked for: {}", patterns.len(), words.join(" "));
    let mut searches = Vec::new();
    let pairs = in_turn(
        rounds,
        || cost(&repo, "git", &grep, &[]),
        || {
            let cost = cost(&repo, &guard, &ours, &[])?;
            let report = kept("report.json")?;
            let phases = report["timings"]["phases"].as_array().context("a report without phases")?;
            let search = phases.iter().find(|p| p["name"] == "look for repeated edits");
            searches.push(search.and_then(|p| p["ms"].as_f64()).unwrap_or_default() / 1e3);
            Ok(cost)
        },
    )?;
    print_pair("git grep", "guard quick", &pairs);
    let cpu = median(pairs.iter().map(|p| p.1.cpu));
    println!(
        "guard quick: {cpu:.2} s of CPU (allowed 1 for 50 files in 500,000 lines): {}",
        word(cpu <= 1.0)
    );
    let grep = medians(&pairs).0;
    let search = median(searches.into_iter().skip(1));
    println!(
        "the search alone {search:.3} s, git grep {grep:.3} s: ratio {:.2} (allowed 2): {}",
        search / grep,
        word(search <= 2.0 * grep)
    );
    Ok(())
}

fn longest_word(text: &str) -> Option<&str> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.max_by_key(|w| w.len()).filter(|w| !w.is_empty())
}

fn transcript(samples: &[PathBuf], rounds: usize, unique_ids: bool) -> Result<()> {
    let guard = release("guard")?;
    let xtask = release("xtask")?;
    let scratch = tempfile::tempdir()?;
    for sample in samples {
        let file = scratch.path().join("session.jsonl");
        repeat(sample, &file, 100 << 20, unique_ids)?;
        let path = file.display().to_string();
        let bare: Vec<String> = ["bench", "bare-pass", &path].map(str::to_owned).to_vec();
        let ours: Vec<String> = ["session", "show", "--summary", &path].map(str::to_owned).to_vec();
        let pairs = in_turn(
            rounds,
            || cost(scratch.path(), &xtask, &bare, &[]),
            || cost(scratch.path(), &guard, &ours, &[]),
        )?;
        println!("{}", sample.display());
        print_pair("bare serde_json pass", "guard session show", &pairs);
        let (theirs, mine) = medians(&pairs);
        let peak = pairs.iter().map(|p| p.1.peak_mib).fold(0.0, f64::max);
        println!(
            "ratio {:.2} (allowed 2), peak {peak:.0} MiB (allowed 200): {}",
            mine / theirs,
            word(mine <= 2.0 * theirs && peak < 200.0)
        );
    }
    Ok(())
}

fn bare_pass(file: &Path) -> Result<()> {
    let mut reader = BufReader::with_capacity(1 << 20, fs::File::open(file)?);
    let mut line = Vec::new();
    let mut lines = 0u64;
    while reader.read_until(b'\n', &mut line)? > 0 {
        // A broken line costs what it costs; nothing is kept either way.
        let _ = serde_json::from_slice::<IgnoredAny>(&line);
        lines += 1;
        line.clear();
    }
    println!("{lines}");
    Ok(())
}

fn repeat(sample: &Path, target: &Path, bytes: usize, unique_ids: bool) -> Result<()> {
    let mut text = fs::read(sample).with_context(|| format!("cannot read {}", sample.display()))?;
    if text.is_empty() {
        bail!("{} is empty", sample.display());
    }
    if text.last() != Some(&b'\n') {
        text.push(b'\n');
    }
    let marks = if unique_ids { id_ends(&text)? } else { Vec::new() };
    let mut out = fs::File::create(target)?;
    let mut written = 0;
    for copy in 0_u16.. {
        if written >= bytes {
            break;
        }
        let mark = format!("{copy:04x}");
        for end in &marks {
            text[end - mark.len()..*end].copy_from_slice(mark.as_bytes());
        }
        out.write_all(&text)?;
        written += text.len();
    }
    Ok(())
}

/// Where the ids of records, messages and calls end, wherever they stand.
fn id_ends(text: &[u8]) -> Result<Vec<usize>> {
    let mut ids = HashSet::new();
    for line in text.split(|byte| *byte == b'\n') {
        if let Ok(record) = serde_json::from_slice(line) {
            collect_ids(&record, &mut ids);
        }
    }
    // The last four characters are written over; ids must differ before them.
    let stems: HashSet<&str> = ids.iter().map(|id| &id[..id.len() - 4]).collect();
    if stems.len() < ids.len() {
        bail!("ids of the sample differ in their last four characters only");
    }
    let mut ends = Vec::new();
    let mut begin = 0;
    for (at, byte) in text.iter().enumerate() {
        if !is_id_byte(*byte) {
            let word = std::str::from_utf8(&text[begin..at]).unwrap_or_default();
            if ids.contains(word) {
                ends.push(at);
            }
            begin = at + 1;
        }
    }
    Ok(ends)
}

fn collect_ids(value: &Value, ids: &mut HashSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let named = matches!(name.as_str(), "uuid" | "id" | "call_id" | "tool_use_id");
                if let Some(id) = value.as_str().filter(|id| named && id.len() >= 16)
                    && id.bytes().all(is_id_byte)
                {
                    ids.insert(id.to_owned());
                }
                collect_ids(value, ids);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_ids(item, ids)),
        _ => {}
    }
}

fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn check_args(repo: &str, base: &str, head: &str, mode: &str) -> Vec<String> {
    [
        "check",
        "--repo",
        repo,
        "--base",
        base,
        "--head",
        head,
        "--mode",
        mode,
        "--no-session",
        "--format",
        "json",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Builds a binary of this workspace in release and names it.
fn release(bin: &str) -> Result<String> {
    let root = root();
    let package = if bin == "guard" { "guard-check" } else { bin };
    if run(&root, "cargo", &["build", "--quiet", "--release", "--package", package, "--bin", bin])? != 0 {
        bail!("{bin} does not build");
    }
    let target = output(&root, "cargo", &["metadata", "--no-deps", "--format-version=1"])?;
    let target: Value = serde_json::from_str(&target)?;
    let target = target["target_directory"].as_str().context("cargo names no target directory")?;
    Ok(Path::new(target).join("release").join(bin).display().to_string())
}

/// One uncounted round, then `rounds` counted ones, the two in turn.
fn in_turn(
    rounds: usize,
    mut theirs: impl FnMut() -> Result<Cost>,
    mut ours: impl FnMut() -> Result<Cost>,
) -> Result<Vec<(Cost, Cost)>> {
    theirs()?;
    ours()?;
    (0..rounds).map(|_| Ok((theirs()?, ours()?))).collect()
}

fn medians(pairs: &[(Cost, Cost)]) -> (f64, f64) {
    (median(pairs.iter().map(|p| p.0.wall)), median(pairs.iter().map(|p| p.1.wall)))
}

/// Whether guard stayed within so many times git's time and so many milliseconds.
fn print_allowed(times: u32, millis: u32, pairs: &[(Cost, Cost)]) {
    let (theirs, ours) = medians(pairs);
    let allowed = f64::from(times) * theirs + f64::from(millis) / 1e3;
    println!(
        "  allowed {times} x git + {millis} ms = {:.0} ms; guard took {:.0} ms: {}",
        allowed * 1e3,
        ours * 1e3,
        word(ours <= allowed)
    );
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = values.collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

fn print_pair(theirs: &str, ours: &str, pairs: &[(Cost, Cost)]) {
    let row = |name: &str, pick: fn(&(Cost, Cost)) -> Cost| {
        let walls: Vec<f64> = pairs.iter().map(|p| pick(p).wall).collect();
        let min = walls.iter().copied().fold(f64::INFINITY, f64::min);
        let max = walls.iter().copied().fold(0.0, f64::max);
        let peak = pairs.iter().map(|p| pick(p).peak_mib).fold(0.0, f64::max);
        println!(
            "  {name:22} min {min:7.3} s  median {:7.3} s  max {max:7.3} s  peak {peak:5.0} MiB",
            median(walls.into_iter())
        );
    };
    row(theirs, |p| p.0);
    row(ours, |p| p.1);
    let (theirs, mine) = medians(pairs);
    println!("  ratio of medians {:.2} over {} rounds", mine / theirs, pairs.len());
}

fn word(reached: bool) -> &'static str {
    if reached { "reached" } else { "NOT reached" }
}
