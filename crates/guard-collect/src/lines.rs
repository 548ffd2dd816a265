//! The lines that a change added and removed, and where names stand in the rest of the tree: what claims
//! are held against besides syntax.

use guard_model::evidence::{ChangedLines, Lookup, NumberedLine, Place};
use guard_model::{Change, FileChange, FileKind, Hunk, Language};

use crate::repo::Repo;

/// Changed files larger than this are not read.
const MAX_FILE: u64 = 4 << 20;

/// Bytes of lines that are kept of one change.
const MAX_TEXT: usize = 3 << 20;

/// Bytes of one line that are kept.
const MAX_LINE: usize = 400;

/// Places that are named for one text.
const MAX_PLACES: usize = 12;

/// Texts that are looked up for one change.
const MAX_LOOKUPS: usize = 64;

/// The changed lines of every text file of the change, in its order.
pub fn read_lines(repo: &Repo, change: &Change) -> Vec<ChangedLines> {
    let files: Vec<&FileChange> = change.files.iter().filter(|f| f.content == FileKind::Text).collect();
    let wanted: Vec<(usize, bool, &str)> = files
        .iter()
        .enumerate()
        .flat_map(|(i, f)| {
            let base = f.old_oid.as_deref().filter(|_| f.removed > 0).map(|oid| (i, false, oid));
            let head = f.new_oid.as_deref().filter(|_| f.added > 0).map(|oid| (i, true, oid));
            [base, head].into_iter().flatten()
        })
        .collect();
    let mut out: Vec<ChangedLines> = files
        .iter()
        .map(|f| ChangedLines {
            path: f.path.clone(),
            cut: f.hunks.is_empty() && f.added + f.removed > 0,
            ..ChangedLines::default()
        })
        .collect();
    let oids: Vec<&str> = wanted.iter().map(|(.., oid)| *oid).collect();
    let Ok(texts) = repo.read_all(&oids, MAX_FILE) else {
        out.iter_mut().for_each(|lines| lines.cut = true);
        return out;
    };
    let mut room = MAX_TEXT;
    for ((i, at_head, _), text) in wanted.into_iter().zip(texts) {
        let Ok(bytes) = text else {
            out[i].cut = true;
            continue;
        };
        let range = |h: &Hunk| if at_head { (h.new_start, h.new_lines) } else { (h.old_start, h.old_lines) };
        let (lines, cut) =
            within(&String::from_utf8_lossy(&bytes), files[i].hunks.iter().map(range), &mut room);
        out[i].cut |= cut;
        *(if at_head { &mut out[i].added } else { &mut out[i].removed }) = lines;
    }
    out
}

/// The lines of `text` in `ranges` (first line and number of lines, in order), while there is `room`.
fn within(
    text: &str,
    ranges: impl Iterator<Item = (u32, u32)>,
    room: &mut usize,
) -> (Vec<NumberedLine>, bool) {
    let mut all = text.lines().zip(1u32..);
    let mut lines = Vec::new();
    for (start, count) in ranges.filter(|(_, count)| *count > 0) {
        let end = start.saturating_add(count);
        for (text, line) in all.by_ref() {
            if line >= start {
                let text = clipped(text);
                let Some(rest) = room.checked_sub(text.len() + 1) else { return (lines, true) };
                *room = rest;
                lines.push(NumberedLine { line, text: text.to_owned() });
            }
            if line + 1 >= end {
                break;
            }
        }
    }
    (lines, false)
}

fn clipped(line: &str) -> &str {
    let mut end = line.len().min(MAX_LINE);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line[..end].trim_end()
}

/// Where each of `texts` stands at head; one search for all of them. A text that begins or ends inside a
/// word is no match.
pub fn look_up(repo: &Repo, change: &Change, texts: &[String]) -> Vec<Lookup> {
    let unknown =
        |text: &String| Lookup { text: text.clone(), lines: None, in_source: 0, places: Vec::new() };
    if texts.is_empty() {
        return Vec::new();
    }
    let wanted: Vec<&str> = texts.iter().take(MAX_LOOKUPS).map(String::as_str).collect();
    match repo.tree(&change.head.tree).grep_any(&wanted, &[]) {
        Ok((hits, false)) => texts
            .iter()
            .enumerate()
            .map(|(i, text)| {
                if i >= MAX_LOOKUPS {
                    return unknown(text);
                }
                let found = hits.iter().filter(|h| has_word(&h.text, text));
                let places = found.clone().take(MAX_PLACES);
                let source = found.clone().filter(|h| Language::of_path(&h.path).is_some());
                Lookup {
                    text: text.clone(),
                    lines: Some(found.count() as u64),
                    in_source: source.count() as u64,
                    places: places.map(|h| Place { path: h.path.clone(), line: h.line }).collect(),
                }
            })
            .collect(),
        _ => texts.iter().map(unknown).collect(),
    }
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
