//! Systematic commits → cases of which is known what was left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use guard::cli::{CheckArgs, WordsArgs};
use guard::pipeline::{self, Place};
use guard_collect::{Quiet, Surroundings};
use guard_exec::Control;
use guard_model::{Evidence, Hunk};
use serde::{Deserialize, Serialize};

use crate::shell::output;

/// Lines that a commit replaces at least to be looked at, and touches at most.
const LINES: std::ops::RangeInclusive<u64> = 8..=4000;
/// Places of the main edit from which a commit is systematic.
const PLACES: usize = 6;
/// Share of the replaced lines that its main edit explains then.
const EXPLAINS: f64 = 0.25;
/// Share below which a commit is an ordinary one.
const ORDINARY: f64 = 0.1;
/// Ordinary commits to a systematic one.
const ORDINARY_TO_ONE: f64 = 0.4;

/// A place that was put back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Dropped {
    pub(super) file: String,
    pub(super) line_from: u32,
    pub(super) line_to: u32,
}

/// A change that is looked at.
#[derive(Debug, Clone)]
pub(super) struct Range<'a> {
    pub(super) repo: &'a Path,
    pub(super) base: &'a str,
    pub(super) head: &'a str,
    pub(super) message: Option<PathBuf>,
}

/// What guard collects of a change's repeated edits.
pub(super) fn collected(range: &Range<'_>) -> Result<Evidence> {
    let surroundings = Surroundings::new(std::env::vars_os());
    let place = Place { surroundings: &surroundings, ctl: &Control::new(), progress: &Quiet };
    let args = CheckArgs {
        repo: Some(range.repo.to_owned()),
        base: Some(range.base.to_owned()),
        head: Some(range.head.to_owned()),
        exact_base: true,
        words: WordsArgs { no_session: true, message: range.message.clone(), ..WordsArgs::default() },
        ..CheckArgs::default()
    };
    pipeline::repeated_edits(&args, &place)
}

/// Makes the cases of all repositories.
pub(super) fn make(repos: &[PathBuf], out: &Path, most: usize, looked_at: usize) -> Result<()> {
    fs::create_dir_all(out)?;
    for repo in repos {
        let repo = fs::canonicalize(repo).with_context(|| format!("no repository {}", repo.display()))?;
        let made = of_repo(&repo, out, most, looked_at);
        match made {
            Ok((systematic, ordinary)) => {
                println!("{}: {systematic} systematic, {ordinary} ordinary", repo.display());
            }
            Err(error) => println!("{}: {error:#}", repo.display()),
        }
    }
    Ok(())
}

/// A commit that replaces enough lines.
#[derive(Debug)]
struct Candidate {
    id: String,
    subject: String,
}

fn of_repo(repo: &Path, out: &Path, most: usize, looked_at: usize) -> Result<(usize, usize)> {
    let name = name_of(repo);
    let (mut systematic, mut ordinary) = (0, 0);
    for commit in &candidates(repo, looked_at)? {
        if systematic >= most {
            break;
        }
        let parent = format!("{}^", commit.id);
        let range = Range { repo, base: &parent, head: &commit.id, message: None };
        let Ok(evidence) = collected(&range) else { continue };
        let (explains, units) = main_edit(&evidence);
        let id = format!("{name}-{}", commit.id.get(..8).unwrap_or_default());
        if units.len() >= PLACES && explains >= EXPLAINS {
            systematic += 1;
            for (variant, units) in variants(&units, &commit.id) {
                put_back(repo, commit, &evidence, &units, &out.join(format!("{id}-{variant}")))?;
            }
        } else if explains < ORDINARY && (ordinary as f64) < ORDINARY_TO_ONE * (systematic as f64 + 1.0) {
            ordinary += 1;
            put_back(repo, commit, &evidence, &[], &out.join(format!("{id}-ordinary")))?;
        }
    }
    Ok((systematic, ordinary))
}

/// `…/owner+name/repo` → `owner+name`; else the directory's own name.
fn name_of(repo: &Path) -> String {
    let mut names = repo.iter().rev().map(|n| n.to_string_lossy().into_owned());
    let generic = |n: &String| matches!(n.as_str(), "repo" | ".git");
    names.find(|n| !generic(n)).unwrap_or_default().trim_end_matches(".git").to_owned()
}

/// Commits that may be worth a look, in the order in which they are looked at.
fn candidates(repo: &Path, many: usize) -> Result<Vec<Candidate>> {
    let log = output(repo, "git", &["log", "--no-merges", "--min-parents=1", "--format=%H %s"])?;
    let mut all: Vec<Candidate> = log
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(id, subject)| Candidate { id: id.to_owned(), subject: subject.to_owned() })
        .collect();
    // Object ids are as good as dice, and the same for everybody. Who says so is looked at first, with
    // one in sixteen of the rest.
    all.sort_by_key(|c| (!says_so(&c.subject) && !c.id.starts_with('0'), c.id.clone()));
    all.truncate(many * 4);
    // A snapshot may lack objects: what cannot be shown is left out.
    let shown = |c: &Candidate| output(repo, "git", &["show", "--numstat", "--format=", &c.id]);
    Ok(all.into_iter().filter(|c| shown(c).is_ok_and(|s| is_large_enough(&s))).take(many).collect())
}

/// Whether a commit replaces enough lines, but not too many.
fn is_large_enough(numstat: &str) -> bool {
    let (mut replaced, mut touched) = (0, 0);
    for line in numstat.lines() {
        let mut columns = line.split('\t');
        let (Some(added), Some(deleted)) = (columns.next(), columns.next()) else { continue };
        let (Ok(added), Ok(deleted)) = (added.parse::<u64>(), deleted.parse::<u64>()) else { continue };
        replaced += added.min(deleted);
        touched += added + deleted;
    }
    replaced >= *LINES.start() && touched <= *LINES.end()
}

/// Whether a subject sounds like one edit in many places.
fn says_so(subject: &str) -> bool {
    const VERBS: [&str; 18] = [
        "rename",
        "replace",
        "use",
        "convert",
        "migrate",
        "switch",
        "prefer",
        "remove",
        "drop",
        "move",
        "change",
        "moderni",
        "instead",
        "port",
        "unify",
        "consistent",
        "deprecate",
        "refactor",
    ];
    let subject = subject.to_lowercase();
    let mut words = subject.split(|c: char| !c.is_alphabetic());
    words.any(|w| VERBS.iter().any(|v| w.starts_with(v)))
}

/// A hunk that holds a place of the main edit.
#[derive(Debug, Clone)]
struct Unit {
    path: String,
    hunk: Hunk,
}

/// How much of the replaced lines the largest edit explains, and the hunks that it was made in.
fn main_edit(evidence: &Evidence) -> (f64, Vec<Unit>) {
    let patterns = evidence.sites.iter().flat_map(|s| &s.patterns);
    let lines = |p: &guard_model::EditPattern| {
        p.done.iter().map(|s| (s.path.clone(), s.line)).collect::<BTreeSet<_>>()
    };
    let Some(main) = patterns.map(lines).max_by_key(BTreeSet::len) else { return (0.0, Vec::new()) };
    let replaced: u32 = evidence.change.files.iter().flat_map(|f| &f.hunks).map(|h| h.old_lines).sum();
    let explains = main.len() as f64 / f64::from(replaced.max(1));
    let mut units = Vec::new();
    for file in evidence.change.files.iter().filter(|f| f.old_oid.is_some() && f.new_oid.is_some()) {
        for hunk in &file.hunks {
            let end = hunk.old_start + hunk.old_lines.max(1);
            if (hunk.old_start..end).any(|line| main.contains(&(file.base_path().to_owned(), line))) {
                units.push(Unit { path: file.path.clone(), hunk: *hunk });
            }
        }
    }
    (explains, units)
}

/// What is put back, by name: nothing, one, three, and half (mostly the end of the list, because who stops
/// early stops somewhere).
fn variants(units: &[Unit], seed: &str) -> Vec<(&'static str, Vec<Unit>)> {
    let mut dice = u64::from_str_radix(seed.get(..15).unwrap_or("1"), 16).unwrap_or(1);
    let mut roll = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % sides.max(1)
    };
    let mut some = |many: usize| -> Vec<Unit> {
        let mut left: Vec<Unit> = units.to_vec();
        let mut picked = Vec::new();
        while picked.len() < many && !left.is_empty() {
            let at = roll(left.len());
            picked.push(left.swap_remove(at));
        }
        picked
    };
    let tail = |many: usize| units[units.len() - many..].to_vec();
    let one = some(1);
    let (three, half) = (some(3), some(units.len() / 2));
    let by_tail = roll(10);
    vec![
        ("full", Vec::new()),
        ("k1", one),
        ("k3", if by_tail < 5 { tail(3) } else { three }),
        ("half", if by_tail < 7 { tail(units.len() / 2) } else { half }),
    ]
}

/// Makes a repository with the tags `base` and `partial`: the commit with some of its hunks put back.
fn put_back(repo: &Path, commit: &Candidate, evidence: &Evidence, units: &[Unit], dir: &Path) -> Result<()> {
    if dir.exists() {
        return Ok(());
    }
    let part = dir.with_extension("part");
    let _ = fs::remove_dir_all(&part);
    fs::create_dir_all(&part)?;
    let git = |args: &[&str]| output(&part, "git", args).map(|text| text.trim().to_owned());
    git(&["init", "--quiet", "--initial-branch=main"])?;
    let objects =
        PathBuf::from(output(repo, "git", &["rev-parse", "--absolute-git-dir"])?.trim()).join("objects");
    fs::write(part.join(".git/objects/info/alternates"), format!("{}\n", objects.display()))?;
    git(&["read-tree", &commit.id])?;
    let mut by_file: BTreeMap<&str, Vec<Hunk>> = BTreeMap::new();
    for unit in units {
        by_file.entry(&unit.path).or_default().push(unit.hunk);
    }
    let mut dropped = Vec::new();
    for (path, mut hunks) in by_file {
        hunks.sort_by_key(|h| h.new_start);
        let Some(file) = evidence.change.files.iter().find(|f| f.path == path) else { continue };
        let (Some(old), Some(new)) = (&file.old_oid, &file.new_oid) else { continue };
        let base = output(repo, "git", &["cat-file", "blob", old])?;
        let head = output(repo, "git", &["cat-file", "blob", new])?;
        let text = mixed(&base, &head, &hunks, path, &mut dropped);
        fs::write(part.join("blob"), text)?;
        let oid = git(&["hash-object", "-w", "blob"])?;
        fs::remove_file(part.join("blob"))?;
        git(&["update-index", "--cacheinfo", &format!("100644,{oid},{path}")])?;
    }
    let tree = git(&["write-tree"])?;
    let who = ["-c", "user.name=case", "-c", "user.email=case@example.invalid"];
    let commit_tree = |more: &[&str]| git(&[&who[..], &["commit-tree"], more].concat());
    let base = commit_tree(&["-m", "base", &format!("{}^^{{tree}}", commit.id)])?;
    let head = commit_tree(&["-m", &commit.subject, "-p", &base, &tree])?;
    git(&["tag", "base", &base])?;
    git(&["tag", "partial", &head])?;
    fs::write(beside(dir, "truth.json"), serde_json::to_string(&dropped)?)?;
    fs::rename(&part, dir)?;
    Ok(())
}

/// `case` → `case.truth.json`.
pub(super) fn beside(dir: &Path, what: &str) -> PathBuf {
    let name = dir.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    dir.with_file_name(format!("{name}.{what}"))
}

/// Head with some hunks as at base.
fn mixed(base: &str, head: &str, hunks: &[Hunk], path: &str, dropped: &mut Vec<Dropped>) -> String {
    let (base, head): (Vec<&str>, Vec<&str>) =
        (base.split_inclusive('\n').collect(), head.split_inclusive('\n').collect());
    let range = |start: u32, lines: u32| {
        let from = if lines == 0 { start } else { start - 1 } as usize;
        from..from + lines as usize
    };
    let mut text: Vec<&str> = Vec::new();
    let mut at = 0;
    for hunk in hunks {
        let new = range(hunk.new_start, hunk.new_lines);
        let old = range(hunk.old_start, hunk.old_lines);
        text.extend(&head[at..new.start]);
        let line_from = text.len() as u32 + 1;
        text.extend(&base[old.clone()]);
        let line_to = line_from + (old.len() as u32).max(1) - 1;
        dropped.push(Dropped { file: path.to_owned(), line_from, line_to });
        at = new.end;
    }
    text.extend(&head[at..]);
    text.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hunk_that_is_put_back_is_known_by_its_lines() {
        let hunk =
            |old_start, old_lines, new_start, new_lines| Hunk { old_start, old_lines, new_start, new_lines };
        let mut dropped = Vec::new();
        let text = mixed("a\nb\nc\nd\n", "a\nB\nc\nD\n", &[hunk(4, 1, 4, 1)], "f", &mut dropped);
        assert_eq!(text, "a\nB\nc\nd\n");
        assert_eq!((dropped[0].line_from, dropped[0].line_to), (4, 4));
        let text = mixed("a\nb\nc\n", "a\nc\n", &[hunk(2, 1, 1, 0)], "f", &mut dropped);
        assert_eq!(text, "a\nb\nc\n");
        assert_eq!((dropped[1].line_from, dropped[1].line_to), (2, 2));
    }
}
