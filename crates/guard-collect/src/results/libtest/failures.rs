//! What failed tests said: captured output, panics and their places.

use std::collections::{HashMap, HashSet};

use guard_model::lab::TestResult;

use super::lines::{self, Scan};
use crate::results::text;

/// Everything that failed tests said.
#[derive(Debug, Default)]
pub(super) struct Said<'a> {
    /// Captured output, by test.
    blocks: HashMap<&'a str, &'a str>,
    /// The last panic in output that was not captured, by thread.
    loose: HashMap<&'a str, Panic<'a>>,
}

/// Collects what failed tests said in the output of one binary.
pub(super) fn said<'a>(out: &'a str, err: &'a str, scan: &Scan<'_>) -> Said<'a> {
    let loose = panics(err).chain(panics(out)).map(|panic| (panic.thread, panic)).collect();
    Said { blocks: blocks(out, scan), loose }
}

fn blocks<'a>(out: &'a str, scan: &Scan<'_>) -> HashMap<&'a str, &'a str> {
    let mut blocks = HashMap::new();
    let listed: HashSet<&str> = scan.failure_list.iter().copied().collect();
    let section = &out[scan.failures.clone()];
    let mut open: Option<(&str, usize)> = None;
    let mut offset = 0;
    for line in section.split_inclusive('\n') {
        let known = |name: &&str| listed.is_empty() || listed.contains(name);
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
pub(super) fn explain(result: &mut TestResult, name: &str, said: &Said<'_>) {
    let block = said.blocks.get(name).copied();
    let panic = match block {
        // A panic of the test's own thread, else the last of any thread.
        Some(block) => panics(block).filter(|p| p.thread == name).last().or_else(|| panics(block).last()),
        None => said.loose.get(name).copied(),
    };
    if let Some(panic) = panic {
        let unexpected = "note: panic did not contain expected string";
        let note = block.and_then(|b| b.rfind(unexpected).map(|at| &b[at..]));
        result.message = text::message(note.unwrap_or_else(|| panic.message())).or(result.message.take());
        if let Some((path, line)) = panic.place() {
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
#[derive(Debug, Clone, Copy)]
struct Panic<'a> {
    thread: &'a str,
    /// What follows `panicked at`.
    head: &'a str,
    /// The lines below it.
    below: &'a str,
}

impl<'a> Panic<'a> {
    /// Before Rust 1.73: `panicked at 'message', src/lib.rs:10:5`.
    fn old_form(&self) -> Option<(&'a str, &'a str)> {
        self.head.strip_prefix('\'').and_then(|h| h.rsplit_once("', "))
    }

    fn message(&self) -> &'a str {
        self.old_form().map_or_else(|| until_backtrace(self.below), |(message, _)| message)
    }

    fn place(&self) -> Option<(String, u32)> {
        let place = self.old_form().map_or(self.head, |(_, place)| place);
        text::place_in_word(place.trim_end_matches(':'))
    }
}

/// Panic messages in `text`, in order.
fn panics(text: &str) -> impl Iterator<Item = Panic<'_>> {
    let mut offset = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        offset += line.len();
        let at = line.find("thread '")?;
        let (thread, rest) = line[at + "thread '".len()..].split_once('\'')?;
        let (_, head) = rest.split_once("panicked at ")?;
        Some(Panic { thread, head: head.trim_end(), below: &text[offset..] })
    })
}

/// The text of a panic without backtrace and notes.
fn until_backtrace(text: &str) -> &str {
    let mut end = 0;
    // More is cut off anyway.
    for line in text.split_inclusive('\n').take(200) {
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
    let said = Said { blocks: HashMap::from([(name.as_str(), said)]), ..Said::default() };
    explain(result, &name, &said);
}
