//! What `guard mutants` costs beside the project's own builds and tests: cold, per mutant, per caught one, in
//! memory and on disk; and after a test was added, beside cargo-mutants, where that is installed.

mod added;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use super::{median, release, word};
use crate::shell::{Cost, cost, output};

/// Real changes of public repositories: of each the newest one, when this was written, of which cargo-mutants made
/// eight mutants or more, and no more than forty.
const CASES: &str = include_str!("mutants/cases.json");

#[derive(Debug, clap::Args)]
pub(crate) struct MutantsBench {
    /// Repository of a cargo project, bare or not.
    #[arg(long, requires_all = ["base", "head"], conflicts_with = "mirror")]
    repo: Option<PathBuf>,
    /// Base of the range.
    #[arg(long, requires = "repo")]
    base: Option<String>,
    /// Head of the range.
    #[arg(long, requires = "repo")]
    head: Option<String>,
    /// Clones of the cases' repositories, as `OWNER+NAME/repo`: measures each case that is there.
    #[arg(long, required_unless_present = "repo")]
    mirror: Option<PathBuf>,
    /// A file of cases instead of the built-in ones.
    #[arg(long, requires = "mirror")]
    manifest: Option<PathBuf>,
    /// Only cases with this in their ids.
    #[arg(long, requires = "mirror")]
    only: Option<String>,
    /// The guard that is measured, instead of a release build of this tree.
    #[arg(long)]
    guard: Option<String>,
    /// Counted rounds of what is too quick to be measured once.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// A change that is measured.
#[derive(Debug, Deserialize)]
struct Case {
    id: String,
    repo: PathBuf,
    base: String,
    head: String,
    /// What its tests need to be told, as features.
    #[serde(default)]
    extra_cargo_args: Vec<String>,
}

/// One project, with a clone of head and scratch areas.
struct Bench {
    guard: String,
    clone: PathBuf,
    own_target: PathBuf,
    cache: PathBuf,
    out: PathBuf,
    base: String,
    head: String,
    extra: Vec<String>,
    rounds: usize,
}

pub(crate) fn bench(args: &MutantsBench) -> Result<()> {
    let mut all: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let guard = match &args.guard {
        Some(path) => fs::canonicalize(path).with_context(|| path.clone())?.display().to_string(),
        None => release("guard")?,
    };
    for case in cases(args)? {
        let rows = one(&case, &guard, args.rounds).with_context(|| case.id.clone())?;
        for row in rows {
            all.entry(row.what).or_default().push(row.ours / row.theirs);
        }
    }
    println!("medians of the ratios:");
    for (what, ratios) in all {
        println!("  {what:34} {:7.3} over {}", median(ratios.iter().copied()), ratios.len());
    }
    Ok(())
}

fn cases(args: &MutantsBench) -> Result<Vec<Case>> {
    if let (Some(repo), Some(base), Some(head)) = (&args.repo, &args.base, &args.head) {
        let id = format!("{} {base}..{head}", repo.display());
        let (repo, base, head) = (repo.clone(), base.clone(), head.clone());
        return Ok(vec![Case { id, repo, base, head, extra_cargo_args: Vec::new() }]);
    }
    let mirror = args.mirror.as_deref().context("neither a repository nor clones of the cases' are named")?;
    let text = match &args.manifest {
        Some(path) => fs::read_to_string(path).with_context(|| path.display().to_string())?,
        None => CASES.to_owned(),
    };
    let mut cases: Vec<Case> = serde_json::from_str(&text)?;
    for case in &mut cases {
        case.repo = mirror.join(case.repo.display().to_string().replace('/', "+")).join("repo");
    }
    cases.retain(|c| c.repo.is_dir() && args.only.as_ref().is_none_or(|only| c.id.contains(only.as_str())));
    if cases.is_empty() {
        bail!("no repository of these cases is in {}", mirror.display());
    }
    Ok(cases)
}

fn one(case: &Case, guard: &str, rounds: usize) -> Result<Vec<Row>> {
    let scratch = tempfile::tempdir()?;
    let at = |name: &str| scratch.path().join(name);
    let repo = fs::canonicalize(&case.repo).context("no such repository")?;
    output(
        scratch.path(),
        "git",
        &["clone", "--quiet", "--no-checkout", &repo.display().to_string(), "clone"],
    )?;
    let bench = Bench {
        guard: guard.to_owned(),
        clone: at("clone"),
        own_target: at("target"),
        cache: at("cache"),
        out: at("run"),
        base: case.base.clone(),
        head: case.head.clone(),
        extra: case.extra_cargo_args.clone(),
        rounds,
    };
    output(&bench.clone, "git", &["checkout", "--quiet", &case.head])?;
    output(&bench.clone, "cargo", &["fetch", "--quiet"])?;

    let cold_build = bench.build()?;
    let cold = bench.mutants(&bench.head, &["--fresh"])?;
    let list = bench.list()?;
    println!("{}: {} mutants", case.id, list.len());
    let guard = Path::new(guard);
    let disk = (size(&bench.cache, guard)?, size(&bench.own_target, guard)?);
    bench.clear()?;
    bench.check_base()?;
    let warm = bench.mutants(&bench.head, &["--fresh"])?;
    // Other mutants of the same crate in between, as of another change.
    bench.mutants_of("guard", &bench.head, &["--fresh"])?;
    let again = bench.mutants(&bench.head, &["--fresh"])?;
    let mut rows = vec![
        row("woven before, CPU s", again.cpu, "warm, first woven build", warm.cpu, 1.0),
        row("cold, CPU s", cold.cpu, "1.15 x own cold build + warm", 1.15 * cold_build.cpu + warm.cpu, 1.0),
        row("memory, MiB", cold.peak_mib, "own test build", cold_build.peak_mib, 1.3),
        row("disk, MiB", disk.0, "own target directory", disk.1, 1.3),
    ];
    let caught = list.iter().filter(|m| m["outcome"] == "caught").filter_map(|m| m["ms"].as_f64());
    rows.push(row("caught mutant, median ms", median(caught), "bound", 10.0, 1.0));
    rows.extend(bench.one_more(&list)?);
    rows.push(bench.suites()?);
    rows.extend(bench.rerun()?);
    Ok(rows)
}

impl Bench {
    /// The project's own build of its tests.
    fn build(&self) -> Result<Cost> {
        let mut args = strings(&["test", "--no-run", "--workspace", "--offline"]);
        args.extend(self.extra.iter().cloned());
        let target = self.own_target.display().to_string();
        cost(&self.clone, "cargo", &args, &[("CARGO_TARGET_DIR", &target)])
    }

    /// The same once a changed file is another.
    fn incremental_build(&self) -> Result<Cost> {
        let path = self.clone.join(self.changed_file()?);
        fs::write(&path, format!("{}\n// Another.\n", fs::read_to_string(&path)?))?;
        self.build()
    }

    fn changed_file(&self) -> Result<String> {
        let names = ["diff", "--name-only", "--diff-filter=AM", &self.base, &self.head];
        let changed = output(&self.clone, "git", &names)?;
        let rust = changed.lines().find(|l| l.ends_with(".rs") && !l.contains("tests/"));
        Ok(rust.context("no Rust file changed")?.to_owned())
    }

    fn mutants(&self, head: &str, more: &[&str]) -> Result<Cost> {
        self.mutants_of("cargo-mutants", head, more)
    }

    fn mutants_of(&self, operators: &str, head: &str, more: &[&str]) -> Result<Cost> {
        let _ = fs::remove_dir_all(&self.out);
        let out = self.out.display().to_string();
        let repo = self.clone.display().to_string();
        let mut args =
            strings(&["mutants", "--repo", &repo, "--base", &self.base, "--head", head, "--out", &out]);
        args.extend(strings(&["--operators", operators, "--no-budget", "--no-session", "--format", "json"]));
        args.extend(strings(more));
        if !self.extra.is_empty() {
            args.push("--".to_owned());
            args.extend(self.extra.iter().cloned());
        }
        self.guard(&args)
    }

    /// What each mutant beyond the first costs, beside an incremental build: running it, and by the difference between
    /// all and one, which has its share of the build and of what refused mutants cost.
    fn one_more(&self, list: &[Value]) -> Result<Vec<Row>> {
        let viable: Vec<&Value> = list.iter().filter(|m| m["outcome"] != "unviable").collect();
        if viable.len() < 2 {
            return Ok(Vec::new());
        }
        let first = format!("1/{}", list.len());
        let (mut more, mut builds) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            let one = self.mutants(&self.head, &["--fresh", "--shard", &first])?;
            let all = self.mutants(&self.head, &["--fresh"])?;
            more.push((all.cpu - one.cpu) / (viable.len() - 1) as f64);
            builds.push(self.incremental_build()?);
        }
        let run = median(viable.iter().filter_map(|m| m["ms"].as_f64())) / 1e3;
        let wall = median(builds.iter().map(|b| b.wall));
        let (more, cpu) = (median(more.into_iter()), median(builds.iter().map(|b| b.cpu)));
        Ok(vec![
            row("one mutant more, median s", run, "own incremental build", wall, 0.02),
            row("by difference, CPU s", more, "own incremental build", cpu, 0.02),
        ])
    }

    /// A run after a test was added, with what is known of the run before, beside all of cargo-mutants.
    fn rerun(&self) -> Result<Option<Row>> {
        output(&self.clone, "git", &["checkout", "--quiet", "--force", &self.head])?;
        self.mutants(&self.head, &[])?;
        let Some(file) = added::add(&self.clone, &self.changed_file()?) else { return Ok(None) };
        println!("  a test more in {}", file.strip_prefix(&self.clone).unwrap_or(&file).display());
        let author = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"];
        output(
            &self.clone,
            "git",
            &[&author[..], &["commit", "--quiet", "--all", "--message=A test"]].concat(),
        )?;
        let head = output(&self.clone, "git", &["rev-parse", "HEAD"])?;
        let ours = self.mutants(head.trim(), &[])?;
        if output(&self.clone, "cargo", &["mutants", "--version"]).is_err() {
            println!("  cargo-mutants is not installed: a rerun takes {:.2} CPU s", ours.cpu);
            return Ok(None);
        }
        let diff = output(&self.clone, "git", &["diff", &self.base, head.trim(), "--", "*.rs"])?;
        let path = self.out.with_extension("diff");
        fs::write(&path, diff)?;
        let (path, out) =
            (path.display().to_string(), self.out.with_extension("theirs").display().to_string());
        let mut args =
            strings(&["mutants", "--workspace", "--in-diff", &path, "-j1", "-o", &out, "--no-shuffle"]);
        args.extend(self.extra.iter().map(|arg| format!("--cargo-arg={arg}")));
        let theirs = cost(&self.clone, "cargo", &args, &[])?;
        Ok(Some(row("rerun with a test more, CPU s", ours.cpu, "cargo-mutants", theirs.cpu, 1.0 / 30.0)))
    }

    /// An earlier check of the same repository.
    fn check_base(&self) -> Result<Cost> {
        let repo = self.clone.display().to_string();
        let base = &self.base;
        let before = format!("{base}~1");
        let args = ["check", "--repo", &repo, "--base", &before, "--head", base, "--no-session"];
        self.guard(&strings(&args))
    }

    fn guard(&self, args: &[String]) -> Result<Cost> {
        let cache = self.cache.display().to_string();
        cost(&self.clone, &self.guard, args, &[("GUARD_CACHE_DIR", &cache)])
    }

    fn clear(&self) -> Result<()> {
        fs::remove_dir_all(&self.cache).context("guard left no scratch area")
    }

    /// The mutants of the last run.
    fn list(&self) -> Result<Vec<Value>> {
        let report = fs::read(self.out.join("report.json")).context("guard made no report")?;
        let report: Value = serde_json::from_slice(&report)?;
        match report["mutants"]["list"].as_array() {
            Some(list) if !list.is_empty() => Ok(list.clone()),
            _ => bail!("no mutants: {}", report["headline"]),
        }
    }

    /// The test programs without mutants and with all of them, none switched on.
    fn suites(&self) -> Result<Row> {
        let own = own_programs(self)?;
        let mut totals = (0.0, 0.0);
        for (name, program) in woven_programs(self)? {
            let Some(plain) = own.get(&name) else { continue };
            let cwd = program["cwd"].as_str().unwrap_or(".");
            let path = program["path"].as_str().unwrap_or_default();
            let pairs = program["env"].as_array().cloned().unwrap_or_default();
            let mut env: Vec<(&str, &str)> =
                pairs.iter().filter_map(|p| Some((p[0].as_str()?, p[1].as_str()?))).collect();
            env.push(("GUARD_MUTANT", "0"));
            let mut costs = (Vec::new(), Vec::new());
            for _ in 0..self.rounds {
                costs.0.push(cost(Path::new(cwd), plain, &[], &env)?.cpu);
                costs.1.push(cost(Path::new(cwd), path, &[], &env)?.cpu);
            }
            totals.0 += median(costs.0.into_iter());
            totals.1 += median(costs.1.into_iter());
        }
        Ok(row("suite with switches, CPU s", totals.1, "plain suite", totals.0, 1.3))
    }
}

/// The project's own test programs, by name.
fn own_programs(bench: &Bench) -> Result<BTreeMap<String, String>> {
    output(&bench.clone, "git", &["checkout", "--quiet", "--force", &bench.head])?;
    let target = bench.own_target.display().to_string();
    let args =
        ["test", "--no-run", "--workspace", "--offline", "--message-format=json", "--target-dir", &target];
    let extra: Vec<&str> = bench.extra.iter().map(String::as_str).collect();
    let said = output(&bench.clone, "cargo", &[&args[..], &extra].concat())?;
    let built = said.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
    let tests = built.filter(|m| m["profile"]["test"] == true);
    Ok(tests
        .filter_map(|m| Some((stem(m["executable"].as_str()?)?, m["executable"].as_str()?.to_owned())))
        .collect())
}

/// The woven test programs of the last run, by name.
fn woven_programs(bench: &Bench) -> Result<Vec<(String, Value)>> {
    let found = walkdir::WalkDir::new(&bench.cache).max_depth(6).into_iter().flatten();
    let work = found
        .filter(|e| e.file_name() == "mutants-work.json")
        .map(walkdir::DirEntry::into_path)
        .next()
        .context("guard ran no mutants")?;
    let work: Value = serde_json::from_slice(&fs::read(work)?)?;
    let programs = work["programs"].as_array().cloned().unwrap_or_default();
    Ok(programs.into_iter().filter_map(|p| Some((stem(p["path"].as_str()?)?, p))).collect())
}

/// A program's name without the hash.
fn stem(path: &str) -> Option<String> {
    let name = Path::new(path).file_stem()?.to_str()?;
    Some(name.rsplit_once('-').map_or(name, |(stem, _)| stem).to_owned())
}

fn strings(args: &[&str]) -> Vec<String> {
    args.iter().map(|a| (*a).to_owned()).collect()
}

/// MiB below a directory. A file with two names takes its place once, and none when one of them is `elsewhere`.
fn size(dir: &Path, elsewhere: &Path) -> Result<f64> {
    let mut counted = HashSet::from([identity(&fs::metadata(elsewhere)?)]);
    let mut bytes = 0;
    for entry in walkdir::WalkDir::new(dir) {
        let metadata = entry?.metadata()?;
        let identity = identity(&metadata);
        if counted.insert(identity) || identity.is_none() {
            bytes += metadata.len();
        }
    }
    Ok(bytes as f64 / (1 << 20) as f64)
}

/// What all names of a file have in common.
#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> Option<(u64, u64)> {
    None
}

/// One figure beside what it is measured against.
struct Row {
    what: &'static str,
    ours: f64,
    theirs: f64,
}

/// Prints a figure, and whether it is at most `times` the other.
fn row(what: &'static str, ours: f64, against: &str, theirs: f64, times: f64) -> Row {
    println!(
        "  {what:30} {ours:9.3}   {against:28} {theirs:9.3}   ratio {:6.3}   {}",
        ours / theirs,
        word(ours <= times * theirs)
    );
    Row { what, ours, theirs }
}
