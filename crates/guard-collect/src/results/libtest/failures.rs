//! What failed tests said: captured output, panics and their places.

use std::collections::HashMap;

use guard_model::lab::TestResult;

use super::lines::{self, Scan};
use crate::results::text;

/// Captured output of failed tests, by name.
pub(super) fn blocks<'a>(out: &'a str, scan: &Scan<'_>) -> HashMap<&'a str, &'a str> {
    let mut blocks = HashMap::new();
    let section = &out[scan.failures.clone()];
    let mut open: Option<(&str, usize)> = None;
    let mut offset = 0;
    for line in section.split_inclusive('\n') {
        let known = |name: &&str| scan.failure_list.is_empty() || scan.failure_list.contains(name);
        if let Some(name) = lines::block_name(line.trim_end_matches('\n')).filter(known) {
            if let Some((name, start)) = open.take() {
                blocks.entry(name).or_insert(&section[start..offset]);
            }
            open = Some((name, offset + line.len()));
        }
        offset += line.len();
    }
    if let Some((name, start)) = open {
        blocks.entry(name).or_insert(&section[start..]);
    }
    blocks
}

/// Gives a failed test its message and place.
pub(super) fn explain(
    result: &mut TestResult,
    name: &str,
    blocks: &HashMap<&str, &str>,
    out: &str,
    err: &str,
) {
    let block = blocks.get(name).copied();
    let panic = match block {
        Some(block) => panic_of(block, Some(name)).or_else(|| panic_of(block, None)),
        // Not captured: the panic stands somewhere in the output under the test's own thread.
        None => panic_of(err, Some(name)).or_else(|| panic_of(out, Some(name))),
    };
    if let Some(panic) = panic {
        let said = match block
            .and_then(|b| b.rfind("note: panic did not contain expected string").map(|at| &b[at..]))
        {
            Some(note) => note,
            None => panic.message,
        };
        result.message = text::message(said).or(result.message.take());
        if let Some((path, line)) = panic.place {
            (result.path, result.line) = (Some(path), Some(line));
        }
        return;
    }
    let Some(block) = block else { return };
    let did_not_panic = "note: test did not panic as expected";
    let note = block.lines().find(|l| l.starts_with(did_not_panic));
    result.message = text::message(note.unwrap_or(block)).or(result.message.take());
    let place = note.and_then(|n| n.split_once(" at ")).and_then(|(_, place)| text::place_in_word(place));
    if let Some((path, line)) = place {
        (result.path, result.line) = (Some(path), Some(line));
    }
}

/// One panic message.
struct Panic<'a> {
    message: &'a str,
    place: Option<(String, u32)>,
}

/// The last panic of thread `name` (of any thread for `None`) in `text`.
fn panic_of<'a>(text: &'a str, name: Option<&str>) -> Option<Panic<'a>> {
    let mut found = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        offset += line.len();
        let Some(at) = line.find("thread '") else { continue };
        let Some((thread, rest)) = line[at + "thread '".len()..].split_once('\'') else { continue };
        if name.is_some_and(|n| n != thread) {
            continue;
        }
        let Some((_, place)) = rest.split_once("panicked at ") else { continue };
        let place = place.trim_end();
        // Before Rust 1.73: panicked at 'message', src/lib.rs:10:5
        let old = place.strip_prefix('\'').and_then(|p| p.rsplit_once("', "));
        found = Some(match old {
            Some((message, place)) => Panic { message, place: text::place_in_word(place) },
            None => Panic {
                message: until_backtrace(&text[offset..]),
                place: text::place_in_word(place.trim_end_matches(':')),
            },
        });
    }
    found
}

/// The text of a panic without backtrace and notes.
fn until_backtrace(text: &str) -> &str {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        let stops = [
            "stack backtrace:",
            "note: run with `RUST_BACKTRACE",
            "note: Some details are omitted",
            "thread '",
        ];
        if stops.iter().any(|s| line.starts_with(s)) {
            break;
        }
        end += line.len();
    }
    text[..end].trim_end()
}

/// Threads of which the runtime says that they overflowed their stack.
pub(super) fn overflowed(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|l| l.ends_with("has overflowed its stack"))
        .filter_map(|l| l[l.find("thread '")? + "thread '".len()..].split_once('\'').map(|(name, _)| name))
        .filter(|name| *name != "main")
        .collect()
}

/// Gives a failed test message and place from output that is its own alone.
pub(crate) fn explain_alone(result: &mut TestResult, said: &str) {
    let name = result.id.name.clone();
    let blocks = HashMap::from([(name.as_str(), said)]);
    explain(result, &name, &blocks, "", "");
}
