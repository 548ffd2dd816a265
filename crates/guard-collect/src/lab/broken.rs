//! Tests of one side that do not compile on the code of the other: taken out, so that the rest can be run.

use std::collections::BTreeMap;

use guard_model::TestDecl;
use guard_model::lab::{BuildOutcome, Diagnostic};

use super::cells::{Overlay, OverlayFile, Subject};
use super::text::clip;
use super::tree::{remove_inside, write_inside};
use super::workbench::Workbench;

/// What of an overlay does not compile on the other side's code, and why.
#[derive(Debug, Default)]
pub(crate) struct Broken {
    /// Whole files, by path.
    files: BTreeMap<String, String>,
    /// Single tests, by path and name.
    tests: BTreeMap<(String, String), String>,
}

impl Broken {
    pub(super) fn why(&self, subject: &Subject) -> Option<&String> {
        let test = || self.tests.get(&(subject.path.clone(), subject.decl.name.clone()));
        self.files.get(&subject.path).or_else(test)
    }
}

/// Takes out the foreign tests that do not compile; where an error lies outside of them, or they cannot be
/// told apart, the code's own text is put back for the whole file. True when something changed, so that
/// another build is worth it.
pub(crate) fn undo_broken(
    bench: &Workbench<'_>,
    overlay: &mut Overlay,
    build: &BuildOutcome,
    broken: &mut Broken,
) -> bool {
    let tree = bench.lab.tree();
    let mut undone = false;
    for file in &mut overlay.files {
        let errors: Vec<&Diagnostic> =
            build.errors.iter().filter(|e| e.path.as_deref() == Some(&file.path)).collect();
        if errors.is_empty() || broken.files.contains_key(&file.path) {
            continue;
        }
        let laid = match without(file, &errors) {
            Some((content, gone)) => {
                let named = gone.into_iter().map(|(name, why)| ((file.path.clone(), name), why));
                broken.tests.extend(named);
                file.content = content;
                write_inside(&tree, &file.path, &file.content)
            }
            None => {
                broken.files.insert(file.path.clone(), clip(&errors[0].message, 400));
                match &file.own {
                    Some(own) => write_inside(&tree, &file.path, own),
                    None => remove_inside(&tree, &file.path),
                }
            }
        };
        undone |= laid.is_ok();
    }
    undone
}

/// A file with the lines of those tests blanked in which the errors lie, and why each of them went; `None`
/// when an error lies in none, or a test shares lines with something else.
fn without(file: &OverlayFile, errors: &[&Diagnostic]) -> Option<(Vec<u8>, BTreeMap<String, String>)> {
    let text = std::str::from_utf8(&file.content).ok()?;
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut gone = BTreeMap::new();
    for error in errors {
        let line = error.line?;
        let mut holders = file.tests.iter().filter(|t| t.line <= line && line <= t.end_line);
        let test = match (holders.next(), holders.next()) {
            (Some(only), None) => only,
            _ => return None,
        };
        let shares = |t: &TestDecl| t.name != test.name && t.line <= test.end_line && test.line <= t.end_line;
        if file.tests.iter().any(shares) {
            return None;
        }
        let (from, to) = ((test.line as usize).checked_sub(1)?, test.end_line as usize);
        let own = lines.get_mut(from..to)?;
        // A test that was taken out before does not compile for another reason.
        if own.iter().all(|l| l.trim().is_empty()) || !stands_alone(own) {
            return None;
        }
        own.fill("\n");
        gone.insert(test.name.clone(), clip(&error.message, 400));
    }
    Some((lines.concat().into_bytes(), gone))
}

/// Whether the lines of a test begin with it and end with it.
fn stands_alone(lines: &[&str]) -> bool {
    let begins = lines.first().is_some_and(|l| {
        let l = l.trim_start();
        ["#[", "fn ", "pub ", "async ", "unsafe ", "//"].iter().any(|start| l.starts_with(start))
    });
    begins && lines.last().is_some_and(|l| l.trim_end().ends_with('}'))
}
