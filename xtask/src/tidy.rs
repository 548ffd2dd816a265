//! What the compiler cannot see.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};
use walkdir::WalkDir;

use crate::shell::root;
use crate::{docs, schema};

/// A source file with more lines than this wants to be two.
const MAX_LINES: usize = 700;

/// Checks the repository against its own rules.
pub(crate) fn tidy() -> Result<()> {
    let root = root();
    let mut wrong = Vec::new();
    for entry in WalkDir::new(&root).into_iter().filter_entry(|e| !skipped(e.path(), &root)) {
        let entry = entry?;
        let path = entry.path().strip_prefix(&root)?.display().to_string();
        if !entry.file_type().is_file() || path.starts_with("fixtures/") {
            continue;
        }
        let Ok(text) = fs::read_to_string(entry.path()) else { continue };
        check_text(&path, &text, &mut wrong);
    }
    check_links(&root, &mut wrong);
    for current in [schema::schema(true), docs::docs(true)] {
        wrong.extend(current.err().map(|error| error.to_string()));
    }
    if !wrong.is_empty() {
        bail!("{} things are untidy:\n  {}", wrong.len(), wrong.join("\n  "));
    }
    println!("tidy");
    Ok(())
}

fn skipped(path: &Path, root: &Path) -> bool {
    path.strip_prefix(root).is_ok_and(|p| p == Path::new("target") || p == Path::new(".git"))
}

fn check_text(path: &str, text: &str, wrong: &mut Vec<String>) {
    let is_rust = path.ends_with(".rs");
    // Tables of cases are long by nature.
    if is_rust && text.lines().count() > MAX_LINES && !path.ends_with("/tests.rs") {
        wrong.push(format!("{path}: {} lines; one noun a file reads better", text.lines().count()));
    }
    for (i, line) in text.lines().enumerate() {
        let mut say = |what: &str| wrong.push(format!("{path}:{}: {what}", i + 1));
        if line.ends_with([' ', '\t']) && !path.ends_with(".md") {
            say("trailing space");
        }
        // Assembled here, so that this file does not hold what it looks for.
        if is_rust && path.starts_with("tests/") && line.trim_start().starts_with(concat!("#[", "ignore")) {
            say("an ignored test");
        }
        if line.contains(concat!("/wo", "rk/")) || line.contains(concat!("/tmp/", "bash_jobs")) {
            say("a path of one machine");
        }
    }
    if !text.is_empty()
        && !text.ends_with('\n')
        && (is_rust || path.ends_with(".md") || path.ends_with(".toml"))
    {
        wrong.push(format!("{path}: no line end at the end"));
    }
}

/// Relative links in Markdown must lead somewhere.
fn check_links(root: &Path, wrong: &mut Vec<String>) {
    let files = WalkDir::new(root).into_iter().filter_entry(|e| !skipped(e.path(), root)).flatten();
    for entry in files.filter(|e| e.path().extension().is_some_and(|x| x == "md")) {
        let Ok(text) = fs::read_to_string(entry.path()) else { continue };
        if entry.path().starts_with(root.join("fixtures")) {
            continue;
        }
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            let outside = target.is_empty() || target.contains("://") || target.contains(' ');
            let dir = entry.path().parent().unwrap_or(root);
            if !outside && !dir.join(target).exists() {
                let file = entry.path().strip_prefix(root).unwrap_or(entry.path());
                wrong.push(format!("{}: link to `{target}` leads nowhere", file.display()));
            }
        }
    }
}
