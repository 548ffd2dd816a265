//! The lines that a change added and removed, and where names and files stand in the rest of the tree: what claims
//! are held against besides syntax.

use guard_model::evidence::{ChangedLines, Lookup, NamedFile, NumberedLine, Place};
use guard_model::{Change, FileChange, FileKind, Hunk, Language};
use ignore::gitignore::GitignoreBuilder;

use crate::repo::{Repo, TreeView};
use crate::texts::{Texts, is_named};

/// Bytes of lines that are kept of one change.
const MAX_LINES: usize = 3 << 20;

/// Bytes of one line that are kept: paragraphs are, what a program wrote on one line is not.
const MAX_LINE: usize = 1024;

/// Places that are named for one text.
const MAX_PLACES: usize = 12;

/// Texts that one search looks for.
const MAX_TOGETHER: usize = 64;

/// Searches of the tree for one change.
const MAX_SEARCHES: usize = 4;

/// The changed lines of every text file of the change, in its order.
pub fn read_lines(texts: &Texts, change: &Change) -> Vec<ChangedLines> {
    let mut room = MAX_LINES;
    let files = change.files.iter().filter(|f| f.content == FileKind::Text);
    files.map(|file| lines_of(texts, file, &mut room)).collect()
}

/// The changed lines of the files of one name.
pub fn read_lines_of(texts: &Texts, change: &Change, name: &str) -> Vec<ChangedLines> {
    let mut room = MAX_LINES;
    let files = change.files.iter().filter(|f| f.content == FileKind::Text && is_named(&f.path, name));
    files.map(|file| lines_of(texts, file, &mut room)).collect()
}

fn lines_of(texts: &Texts, file: &FileChange, room: &mut usize) -> ChangedLines {
    let mut cut = file.hunks.is_empty() && file.added + file.removed > 0;
    let mut side = |oid: Option<&str>, range: fn(&Hunk) -> (u32, u32)| {
        let Some(oid) = oid else { return Vec::new() };
        let Ok(text) = texts.get(oid) else {
            cut = true;
            return Vec::new();
        };
        let (lines, is_cut) = within(&String::from_utf8_lossy(text), file.hunks.iter().map(range), room);
        cut |= is_cut;
        lines
    };
    let removed = side(file.old_oid.as_deref().filter(|_| file.removed > 0), |h| (h.old_start, h.old_lines));
    let added = side(file.new_oid.as_deref().filter(|_| file.added > 0), |h| (h.new_start, h.new_lines));
    ChangedLines { path: file.path.clone(), added, removed, cut }
}

/// The lines of `text` in `ranges` (first line and number of lines, in order), while there is `room`.
fn within(
    text: &str,
    ranges: impl Iterator<Item = (u32, u32)>,
    room: &mut usize,
) -> (Vec<NumberedLine>, bool) {
    let mut all = text.lines().zip(1u32..);
    let mut lines = Vec::new();
    let mut cut = false;
    for (start, count) in ranges.filter(|(_, count)| *count > 0) {
        let end = start.saturating_add(count);
        for (text, line) in all.by_ref() {
            if line >= start {
                let (text, is_clipped) = clipped(text);
                cut |= is_clipped;
                let Some(rest) = room.checked_sub(text.len() + 1) else { return (lines, true) };
                *room = rest;
                lines.push(NumberedLine { line, text: text.to_owned() });
            }
            if line + 1 >= end {
                break;
            }
        }
    }
    (lines, cut)
}

/// The line as it is kept, and whether there is more of it.
fn clipped(line: &str) -> (&str, bool) {
    let mut end = line.len().min(MAX_LINE);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    (line[..end].trim_end(), end < line.len())
}

/// Where each of `texts` stands at head; one search for many of them. A text that begins or ends inside a
/// word is no match.
pub fn look_up(repo: &Repo, change: &Change, texts: &[String]) -> Vec<Lookup> {
    let searched = texts.chunks(MAX_TOGETHER).take(MAX_SEARCHES).flat_map(|some| search(repo, change, some));
    searched.chain(texts.iter().skip(MAX_TOGETHER * MAX_SEARCHES).map(|t| unknown(t))).collect()
}

fn search(repo: &Repo, change: &Change, texts: &[String]) -> Vec<Lookup> {
    let wanted: Vec<&str> = texts.iter().map(String::as_str).collect();
    let Ok((hits, false)) = repo.tree(&change.head.tree).grep_any(&wanted, &[]) else {
        return texts.iter().map(|t| unknown(t)).collect();
    };
    let look_up = |text: &String| {
        let found = hits.iter().filter(|h| has_word(&h.text, text));
        let places = found.clone().take(MAX_PLACES);
        let source = found.clone().filter(|h| Language::of_path(&h.path).is_some());
        let touched = found.clone().filter(|h| change.file(&h.path).is_some());
        Lookup {
            text: text.clone(),
            lines: Some(found.count() as u64),
            in_source: source.count() as u64,
            in_change: touched.count() as u64,
            places: places.map(|h| Place { path: h.path.clone(), line: h.line }).collect(),
        }
    };
    texts.iter().map(look_up).collect()
}

/// A text that was not looked for.
fn unknown(text: &str) -> Lookup {
    Lookup { text: text.to_owned(), lines: None, in_source: 0, in_change: 0, places: Vec::new() }
}

/// Where the files are that claims name by `said`, in one listing of head. A short path means every file that ends
/// in it.
pub fn find_files(repo: &Repo, change: &Change, said: &[String]) -> Vec<NamedFile> {
    if said.is_empty() {
        return Vec::new();
    }
    let tree = repo.tree(&change.head.tree);
    let listed = tree.files().ok();
    let find = |said: &String| {
        let is_meant = |path: &&str| path.strip_suffix(said.as_str()).is_some_and(ends_folder);
        let paths = |all: &Vec<(String, String)>| {
            let found = all.iter().map(|(path, _)| path.as_str()).filter(is_meant);
            found.take(MAX_PLACES).map(str::to_owned).collect()
        };
        NamedFile {
            said: said.clone(),
            at_head: listed.as_ref().map(paths),
            ignored: is_ignored(&tree, said),
        }
    };
    let mut found: Vec<NamedFile> = said.iter().take(MAX_TOGETHER * MAX_SEARCHES).map(find).collect();
    let is_open = |file: &&NamedFile| !file.ignored && file.at_head.as_ref().is_none_or(Vec::is_empty);
    let open: Vec<&str> = found.iter().filter(is_open).map(|f| f.said.as_str()).collect();
    let excluded = repo.excluded(&open);
    for file in &mut found {
        file.ignored |= excluded.contains(&file.said);
    }
    found
}

/// Whether what stands before a file's name is a folder or nothing.
fn ends_folder(front: &str) -> bool {
    front.is_empty() || front.ends_with('/')
}

/// Whether a `.gitignore` of the tree, from the top down to the path's folder, excludes `path`. What cannot be read
/// may exclude anything.
fn is_ignored(tree: &TreeView<'_>, path: &str) -> bool {
    const MAX_RULES: u64 = 1 << 20;
    let ends = path.match_indices('/').map(|(at, _)| at);
    let folders = std::iter::once("").chain(ends.map(|at| &path[..at]));
    let excluded = |folder: &str| -> Option<bool> {
        let text = tree.read(format!("{folder}/.gitignore").trim_start_matches('/'), MAX_RULES).ok()?;
        let mut rules = GitignoreBuilder::new(folder);
        for line in String::from_utf8_lossy(&text.unwrap_or_default()).lines() {
            rules.add_line(None, line).ok()?;
        }
        Some(rules.build().ok()?.matched_path_or_any_parents(path, false).is_ignore())
    };
    folders.into_iter().any(|folder| excluded(folder).unwrap_or(true))
}

/// Whether `text` stands in `line` with no word going on at its ends.
fn has_word(line: &str, text: &str) -> bool {
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let (first, last) = (inside(text.chars().next()), inside(text.chars().next_back()));
    line.match_indices(text).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + text.len()..].chars().next();
        !(first && inside(before) || last && inside(after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_ranges_are_kept_while_there_is_room() {
        let text = "one\ntwo\nthree\nfour\n";
        let kept = |ranges: &[(u32, u32)], mut room: usize| {
            let (lines, cut) = within(text, ranges.iter().copied(), &mut room);
            (lines.into_iter().map(|l| (l.line, l.text)).collect::<Vec<_>>(), cut)
        };
        assert_eq!(kept(&[(2, 1), (4, 1)], 100), (vec![(2, "two".into()), (4, "four".into())], false));
        assert_eq!(kept(&[(1, 0), (1, 4)], 8), (vec![(1, "one".into()), (2, "two".into())], true));
        assert_eq!(kept(&[], 8), (vec![], false));
    }

    #[test]
    fn a_name_inside_another_is_not_found() {
        for (line, text, expected) in [
            ("let a = parse(x);", "parse", true),
            ("let a = reparse(x);", "parse", false),
            ("let a = parse_all(x);", "parse", false),
            ("a.unwrap().b", ".unwrap()", true),
            ("use once_cell::sync;", "once_cell", true),
        ] {
            assert_eq!(has_word(line, text), expected, "{line} {text}");
        }
    }
}
