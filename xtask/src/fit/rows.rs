//! Cases → a table of answers.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::cases::{Dropped, Range, beside, collected};

/// Places of one edit in one case that are kept, besides those that were put back.
const MOST_PLACES: usize = 1000;

/// Writes the table: one line a case, then one a place.
pub(super) fn write(dirs: &[PathBuf], out: &Path) -> Result<()> {
    let mut cases = BTreeSet::new();
    for dir in dirs {
        for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
            let path = entry?.path();
            if path.join(".git").is_dir() && path.extension().is_none() {
                cases.insert(path);
            }
        }
    }
    let mut file = fs::File::create(out).with_context(|| format!("cannot write {}", out.display()))?;
    writeln!(file, "{}", guard_checks::questions().join("\t"))?;
    for (index, case) in cases.iter().enumerate() {
        match of_case(case) {
            Ok(text) => file.write_all(text.as_bytes())?,
            Err(error) => println!("{}: {error:#}", case.display()),
        }
        if (index + 1) % 100 == 0 {
            println!("{} of {}", index + 1, cases.len());
        }
    }
    Ok(())
}

fn of_case(case: &Path) -> Result<String> {
    let id = case.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let truth = fs::read_to_string(beside(case, "truth.json"))?;
    let dropped: Vec<Dropped> = serde_json::from_str(&truth)?;
    let message = Some(beside(case, "claim.txt")).filter(|p| p.exists());
    let evidence = collected(&Range { repo: case, base: "base", head: "partial", message })?;
    let Some((rest, variant)) = id.rsplit_once('-') else { bail!("a name without a variant") };
    let repo = rest.rsplit_once('-').map_or(rest, |(repo, _)| repo);
    let mut text = String::new();
    writeln!(text, "case\t{id}\t{repo}\t{variant}\t{}", dropped.len())?;
    for (rank, places) in guard_checks::weigh(&evidence).into_iter().enumerate() {
        let every = places.len().div_ceil(MOST_PLACES).max(1);
        for (index, place) in places.into_iter().enumerate() {
            let unit = dropped
                .iter()
                .position(|d| d.file == place.path && (d.line_from..=d.line_to).contains(&place.line));
            // Of very many places some stand for all.
            let stands_for = if unit.is_none() { every } else { 1 };
            if index % stands_for > 0 {
                continue;
            }
            let unit = unit.map_or(-1, |u| u as i64);
            write!(text, "place\t{rank}\t{unit}\t{stands_for}\t{}:{}", place.path, place.line)?;
            for answer in place.answers {
                write!(text, "\t{answer:.5}")?;
            }
            text.push('\n');
        }
    }
    Ok(text)
}
