//! What `guard mutants` costs beside the project's own builds and tests: cold, per mutant, per caught one, in
//! memory and on disk. Against another mutation tool it is measured elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{Range, median, release, word};
use crate::shell::{Cost, cost, output};

#[derive(Debug, clap::Args)]
pub(crate) struct MutantsBench {
    #[command(flatten)]
    range: Range,
    /// Counted rounds of the test suites.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// One project, with a clone of head and scratch areas.
struct Bench {
    guard: String,
    repo: PathBuf,
    clone: PathBuf,
    own_target: PathBuf,
    cache: PathBuf,
    out: PathBuf,
    range: [String; 2],
}

pub(crate) fn bench(args: &MutantsBench) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let at = |name: &str| scratch.path().join(name);
    let repo = fs::canonicalize(&args.range.repo).context("no such repository")?;
    output(scratch.path(), "git", &["clone", "--quiet", &repo.display().to_string(), "clone"])?;
    let bench = Bench {
        guard: release("guard")?,
        repo,
        clone: at("clone"),
        own_target: at("target"),
        cache: at("cache"),
        out: at("run"),
        range: [args.range.base.clone(), args.range.head.clone()],
    };
    output(&bench.clone, "git", &["checkout", "--quiet", &args.range.head])?;
    output(&bench.clone, "cargo", &["fetch", "--quiet"])?;

    let cold_build = bench.build(&[])?;
    let cold = bench.mutants(&[])?;
    let list = bench.list()?;
    bench.clear()?;
    bench.check_base()?;
    let warm = bench.mutants(&[])?;
    let bound = 1.15 * cold_build.cpu + warm.cpu;
    let disk = (size(&bench.cache)?, size(&bench.own_target)?);
    println!("{} {}..{}: {} mutants", bench.repo.display(), args.range.base, args.range.head, list.len());
    row("cold, CPU s", cold.cpu, "1.15 x own cold build + warm", bound, bound);
    row("memory, MiB", cold.peak_mib, "own test build", cold_build.peak_mib, 1.3 * cold_build.peak_mib);
    row("disk, MiB", disk.0, "own target directory", disk.1, 1.3 * disk.1);

    let caught = list.iter().filter(|m| m["outcome"] == "caught");
    let ms = median(caught.filter_map(|m| m["ms"].as_f64()));
    row("caught mutant, median ms", ms, "bound", 10.0, 10.0);

    let viable = list.iter().filter(|m| m["outcome"] != "unviable").count();
    if viable > 1 {
        let one = bench.mutants(&["--shard", &format!("1/{}", list.len())])?;
        let all = bench.mutants(&[])?;
        let more = (all.cpu - one.cpu) / (viable - 1) as f64;
        let incremental = bench.incremental_build()?;
        let bound = 0.02 * incremental.cpu;
        row("one mutant more, CPU s", more, "own incremental build", incremental.cpu, bound);
    }
    suites(&bench, args.rounds)
}

impl Bench {
    /// The project's own build of its tests.
    fn build(&self, more: &[&str]) -> Result<Cost> {
        let mut args = strings(&["test", "--no-run", "--workspace", "--offline"]);
        args.extend(strings(more));
        let target = self.own_target.display().to_string();
        cost(&self.clone, "cargo", &args, &[("CARGO_TARGET_DIR", &target)])
    }

    /// The same once a changed file is another.
    fn incremental_build(&self) -> Result<Cost> {
        let [base, head] = &self.range;
        let changed = output(&self.clone, "git", &["diff", "--name-only", "--diff-filter=AM", base, head])?;
        let file = changed.lines().find(|l| l.ends_with(".rs")).context("no Rust file changed")?;
        let path = self.clone.join(file);
        fs::write(&path, format!("{}\n// Another.\n", fs::read_to_string(&path)?))?;
        self.build(&[])
    }

    fn mutants(&self, more: &[&str]) -> Result<Cost> {
        let _ = fs::remove_dir_all(&self.out);
        let out = self.out.display().to_string();
        let repo = self.repo.display().to_string();
        let [base, head] = &self.range;
        let mut args = strings(&["mutants", "--repo", &repo, "--base", base, "--head", head, "--out", &out]);
        args.extend(strings(&["--no-budget", "--fresh", "--no-session", "--format", "json"]));
        args.extend(strings(more));
        self.guard(&args)
    }

    /// An earlier check of the same repository.
    fn check_base(&self) -> Result<Cost> {
        let repo = self.repo.display().to_string();
        let base = &self.range[0];
        let before = format!("{base}~1");
        let args = ["check", "--repo", &repo, "--base", &before, "--head", base, "--no-session"];
        self.guard(&strings(&args))
    }

    fn guard(&self, args: &[String]) -> Result<Cost> {
        let cache = self.cache.display().to_string();
        cost(&self.repo, &self.guard, args, &[("GUARD_CACHE_DIR", &cache)])
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
}

/// The test programs without mutants and with all of them, none switched on.
fn suites(bench: &Bench, rounds: usize) -> Result<()> {
    let own = own_programs(bench)?;
    let mut totals = (0.0, 0.0);
    for (name, program) in woven_programs(bench)? {
        let Some(plain) = own.get(&name) else { continue };
        let cwd = program["cwd"].as_str().unwrap_or(".");
        let path = program["path"].as_str().unwrap_or_default();
        let pairs = program["env"].as_array().cloned().unwrap_or_default();
        let mut env: Vec<(&str, &str)> =
            pairs.iter().filter_map(|p| Some((p[0].as_str()?, p[1].as_str()?))).collect();
        env.push(("GUARD_MUTANT", "0"));
        let mut costs = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            costs.0.push(cost(Path::new(cwd), plain, &[], &env)?.cpu);
            costs.1.push(cost(Path::new(cwd), path, &[], &env)?.cpu);
        }
        totals.0 += median(costs.0.into_iter());
        totals.1 += median(costs.1.into_iter());
    }
    row("suite with switches, CPU s", totals.1, "plain suite", totals.0, 1.3 * totals.0);
    Ok(())
}

/// The project's own test programs, by name.
fn own_programs(bench: &Bench) -> Result<BTreeMap<String, String>> {
    output(&bench.clone, "git", &["checkout", "--quiet", "--force", &bench.range[1]])?;
    let target = bench.own_target.display().to_string();
    let args =
        ["test", "--no-run", "--workspace", "--offline", "--message-format=json", "--target-dir", &target];
    let said = output(&bench.clone, "cargo", &args)?;
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

/// MiB below a directory.
fn size(dir: &Path) -> Result<f64> {
    let mut bytes = 0;
    for entry in walkdir::WalkDir::new(dir) {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes as f64 / (1 << 20) as f64)
}

fn row(what: &str, ours: f64, against: &str, theirs: f64, bound: f64) {
    println!(
        "  {what:26} {ours:9.2}   {against:28} {theirs:9.2}   ratio {:6.3}   {}",
        ours / theirs,
        word(ours <= bound)
    );
}
