//! Whether `guard examples` finds the test that a reviewer would have pointed at.
//!
//! The set is made of history, by rules that know nothing of how guard ranks:
//!
//! - A commit counts that adds exactly one test, to a file that had two or more, and takes none away or renames one.
//! - The sibling that a reviewer would name is the test of that file, as it was before, that the *finished* new test is
//!   most like: the Dice coefficient of the pairs of neighbouring tokens of both. Siblings that come to [`TIE`] of the most
//!   alike one's figure are as good. One of at least [`ALIKE`] must be there: else nothing of the same kind stood beside it.
//! - Frame and boilerplate alone make tests of one file alike (`assert`, the opening of a server), and then whichever is as
//!   short as the new one comes out, which nobody would name. So a second line counts the commits where one of those
//!   siblings is [`AKIN`] when pairs weigh by their rarity in the file: where there is a test of the same kind.
//! - The question holds what is known before the test is written: its name, what the work is called (the first line of the
//!   commit's message), and the functions that the commit changes outside of tests; with `--file` also the file that it is
//!   to go into. Its text and what it calls are not given.
//! - Newest commits first, and as many of each repository at most, so that none decides the figure.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use guard_model::{Language, Side, SourceFacts, TestDecl};
use serde_json::Value;

use super::release;
use crate::shell::output;

/// The share of the most alike sibling's figure at which another one is as good.
const TIE: f64 = 0.9;

/// What the most alike sibling must come to.
const ALIKE: f64 = 0.6;

/// What one of them must come to when what every test of the file has counts for little.
const AKIN: f64 = 0.4;

/// Tokens of a test below which likeness says nothing.
const MIN_TOKENS: u32 = 20;

/// Functions of the change that the question names at most.
const FUNCTIONS: usize = 3;

#[derive(Debug, Args)]
pub(crate) struct ExamplesBench {
    /// Repositories, bare or not, with their history.
    #[arg(required = true)]
    repos: Vec<PathBuf>,
    /// Commits of each repository at most.
    #[arg(long, default_value_t = 6)]
    most: usize,
    /// Commits of each repository that are looked at, newest first.
    #[arg(long, default_value_t = 1500)]
    scan: usize,
    /// The guard to ask [default: this workspace's, built in release].
    #[arg(long)]
    guard: Option<PathBuf>,
    /// Ask by the new test's name alone.
    #[arg(long, conflicts_with = "file")]
    name_only: bool,
    /// Name the file that the new test is to go into as well.
    #[arg(long)]
    file: bool,
    /// Show every case: what was asked, found and wanted.
    #[arg(long)]
    verbose: bool,
}

/// One commit that adds a test beside others.
struct Case {
    commit: String,
    path: String,
    name: String,
    functions: Vec<String>,
    subject: String,
    /// How alike each sibling is.
    alike: HashMap<String, f64>,
    /// Names of the siblings that would have been right.
    right: HashSet<String>,
    /// Whether one of them shares more than what all of the file have.
    akin: bool,
}

pub(crate) fn bench(args: &ExamplesBench) -> Result<()> {
    let guard = match &args.guard {
        Some(guard) => fs::canonicalize(guard)?.display().to_string(),
        None => release("guard")?,
    };
    let cache = tempfile::tempdir()?;
    let (mut all, mut akin) = (Found::default(), Found::default());
    for repo in &args.repos {
        let repo =
            fs::canonicalize(repo).with_context(|| format!("{}: no such repository", repo.display()))?;
        let name = repo.iter().rev().nth(1).unwrap_or_default().display().to_string();
        let (mut of_repo, mut found) = (0, 0);
        for case in cases(&repo, args)? {
            let top = ask(&guard, &repo, &case, args, cache.path())?;
            let rank = top.iter().position(|(path, test)| *path == case.path && case.right.contains(test));
            of_repo += 1;
            found += usize::from(rank.is_some_and(|rank| rank < 3));
            all.add(rank);
            if case.akin {
                akin.add(rank);
            }
            if args.verbose {
                let rank = rank.map_or("-".to_owned(), |rank| (rank + 1).to_string());
                println!(
                    "{rank}  {name} {} {} `{}` {:?}",
                    &case.commit[..10],
                    case.path,
                    case.name,
                    case.functions
                );
                println!("     {}", case.subject);
                let best = case.alike.values().copied().fold(0.0, f64::max);
                let right: Vec<&String> = case.right.iter().take(4).collect();
                println!("     right ({best:.2}, {} of {}): {right:?}", case.right.len(), case.alike.len());
                for (path, test) in top.iter().take(3) {
                    let alike =
                        case.alike.get(test).filter(|_| *path == case.path).copied().unwrap_or_default();
                    println!("     found ({alike:.2}): {path} {test}");
                }
            }
        }
        println!("{name}: {found} of {of_repo}");
    }
    println!("{}", all.told("commits"));
    println!("{}", akin.told("of them beside a test of the same kind"));
    Ok(())
}

#[derive(Default)]
struct Found {
    all: usize,
    first: usize,
    three: usize,
}

impl Found {
    fn add(&mut self, rank: Option<usize>) {
        self.all += 1;
        self.first += usize::from(rank == Some(0));
        self.three += usize::from(rank.is_some_and(|rank| rank < 3));
    }

    fn told(&self, what: &str) -> String {
        let Found { all, first, three } = self;
        let share = |count: &usize| 100.0 * *count as f64 / (*all).max(1) as f64;
        format!(
            "{all} {what}: first {first} ({:.0} %), among the first three {three} ({:.0} %)",
            share(first),
            share(three)
        )
    }
}

fn ask(
    guard: &str,
    repo: &Path,
    case: &Case,
    bench: &ExamplesBench,
    cache: &Path,
) -> Result<Vec<(String, String)>> {
    let (dir, parent) = (repo.display().to_string(), format!("{}^", case.commit));
    let mut args = vec!["examples", "--repo", &dir, "--head", &parent, "--format", "json", "-n", "10", "--"];
    args.push(&case.name);
    if !bench.name_only {
        args.push(&case.subject);
        args.extend(case.functions.iter().map(String::as_str));
    }
    if bench.file {
        args.push(&case.path);
    }
    let env = format!("GUARD_CACHE_DIR={}", cache.display());
    let found = output(repo, "env", &[&[env.as_str(), guard], &args[..]].concat())?;
    let found: Value = serde_json::from_str(&found)?;
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let tests = found["tests"].as_array().into_iter().flatten();
    Ok(tests.map(|test| (text(test, "path"), text(test, "name"))).collect())
}

fn cases(repo: &Path, args: &ExamplesBench) -> Result<Vec<Case>> {
    let scan = format!("-n{}", args.scan);
    let log = output(repo, "git", &["log", "--no-merges", "--format=%H", &scan, "HEAD"])?;
    let mut found = Vec::new();
    for commit in log.lines() {
        if found.len() >= args.most {
            break;
        }
        found.extend(case(repo, commit)?);
    }
    Ok(found)
}

fn case(repo: &Path, commit: &str) -> Result<Option<Case>> {
    let names = output(
        repo,
        "git",
        &["diff-tree", "-r", "--no-commit-id", "--name-status", "-z", "--no-renames", commit],
    )?;
    let mut words = names.split('\0').filter(|word| !word.is_empty());
    let mut files = Vec::new();
    while let (Some(status), Some(path)) = (words.next(), words.next()) {
        if Language::of_path(path).is_some() {
            files.push((status, path));
        }
    }
    if files.is_empty() || files.len() > 40 {
        return Ok(None);
    }
    let mut functions = Vec::new();
    let mut new: Vec<(String, TestDecl, Vec<TestDecl>, [String; 2])> = Vec::new();
    for (status, path) in files {
        let show = |rev: String| output(repo, "git", &["show", &format!("{rev}:{path}")]);
        let before = if status == "A" { String::new() } else { show(format!("{commit}^"))? };
        let after = if status == "D" { String::new() } else { show(commit.to_owned())? };
        let facts = |side, text: &String| guard_syntax::facts(path, side, text.as_bytes());
        let (Some(base), Some(head)) = (facts(Side::Base, &before), facts(Side::Head, &after)) else {
            continue;
        };
        functions.extend(changed(&base, &head));
        let known: HashSet<&str> = base.tests.iter().map(|test| test.name.as_str()).collect();
        let added: Vec<&TestDecl> =
            head.tests.iter().filter(|test| !known.contains(test.name.as_str())).collect();
        if head.tests.len() != base.tests.len() + added.len() {
            return Ok(None);
        }
        for test in added {
            new.push((path.to_owned(), test.clone(), base.tests.clone(), [before.clone(), after.clone()]));
        }
    }
    let [(path, test, siblings, [before, after])] = &new[..] else { return Ok(None) };
    if siblings.len() < 2 || test.body_tokens < MIN_TOKENS || test.generated {
        return Ok(None);
    }
    let own = pairs(after, test);
    let theirs: Vec<(Pairs<'_>, &TestDecl)> =
        siblings.iter().map(|sibling| (pairs(before, sibling), sibling)).collect();
    let alike: Vec<(f64, &TestDecl)> =
        theirs.iter().map(|(pairs, sibling)| (dice(&own, pairs, |_| 1.0), *sibling)).collect();
    let best = alike.iter().map(|it| it.0).fold(0.0, f64::max);
    if best < ALIKE {
        return Ok(None);
    }
    let right: HashSet<String> =
        alike.iter().filter(|it| it.0 >= best * TIE).map(|it| it.1.name.clone()).collect();
    let rarity = |pair: &Pair<'_>| {
        let have = theirs.iter().filter(|(pairs, _)| pairs.contains_key(pair)).count();
        ((theirs.len() as f64 + 1.0) / (have as f64 + 0.5)).ln().max(0.05)
    };
    let is_akin = |(pairs, sibling): &(Pairs<'_>, &TestDecl)| {
        right.contains(&sibling.name) && dice(&own, pairs, rarity) >= AKIN
    };
    let akin = theirs.iter().any(is_akin);
    let last = test.name.rsplit("::").next().unwrap_or(&test.name);
    let name = last.rsplit(" > ").next().unwrap_or(last);
    let name = if name.contains(' ') { name } else { name.rsplit('.').next().unwrap_or(name) };
    functions.truncate(FUNCTIONS);
    let subject = output(repo, "git", &["log", "-1", "--format=%s", commit])?.trim().to_owned();
    let alike = alike.iter().map(|(alike, test)| (test.name.clone(), *alike)).collect();
    Ok(Some(Case {
        commit: commit.to_owned(),
        path: path.clone(),
        name: name.to_owned(),
        functions,
        subject,
        alike,
        right,
        akin,
    }))
}

/// Functions outside of tests that are new or have another body.
fn changed(base: &SourceFacts, head: &SourceFacts) -> Vec<String> {
    let before: HashMap<&str, &Option<String>> =
        base.items.iter().map(|item| (item.qualified.as_str(), &item.body)).collect();
    let is_code = |item: &&guard_model::Item| {
        matches!(item.kind, guard_model::ItemKind::Function | guard_model::ItemKind::Method) && !item.in_test
    };
    let differs = |item: &&guard_model::Item| {
        item.body.is_some() && before.get(item.qualified.as_str()).is_none_or(|body| **body != item.body)
    };
    head.items.iter().filter(is_code).filter(differs).map(|item| item.name.clone()).collect()
}

type Pair<'t> = (&'t str, &'t str);

/// Pairs of neighbouring words and signs, with how often each stands there.
type Pairs<'t> = HashMap<Pair<'t>, u32>;

/// Those in the lines of a test.
fn pairs<'t>(text: &'t str, test: &TestDecl) -> Pairs<'t> {
    let lines = text.lines().skip(test.line.saturating_sub(1) as usize);
    let tokens: Vec<&str> =
        lines.take((test.end_line + 1 - test.line.min(test.end_line)) as usize).flat_map(words).collect();
    let mut pairs = HashMap::new();
    for pair in tokens.windows(2) {
        *pairs.entry((pair[0], pair[1])).or_insert(0) += 1;
    }
    pairs
}

fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut begin = 0;
    for (at, it) in line.char_indices() {
        if !(it.is_alphanumeric() || it == '_') {
            words.push(&line[begin..at]);
            begin = at + it.len_utf8();
            words.push(&line[at..begin]);
        }
    }
    words.push(&line[begin..]);
    words.retain(|word| !word.trim().is_empty());
    words
}

fn dice(a: &Pairs<'_>, b: &Pairs<'_>, weight: impl Fn(&Pair<'_>) -> f64) -> f64 {
    let sum = |all: &Pairs<'_>| all.iter().map(|(pair, n)| weight(pair) * f64::from(*n)).sum::<f64>();
    let both =
        |(pair, n): (&Pair<'_>, &u32)| weight(pair) * f64::from(b.get(pair).copied().unwrap_or(0).min(*n));
    2.0 * a.iter().map(both).sum::<f64>() / (sum(a) + sum(b)).max(f64::MIN_POSITIVE)
}
