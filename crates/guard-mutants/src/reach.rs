//! Which tests reach which mutants, from the notes of woven programs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::weave::Id;

/// Who reached a place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Tests, by the threads that are named after them.
    pub tests: BTreeSet<String>,
    /// Also something that cannot be told to one test: a thread that a test started, code that runs before.
    pub unknown: bool,
    /// Also another program, which some test started.
    pub other_program: bool,
    /// How often it was reached in one process at most, where that process came to its end.
    pub times: Option<u64>,
}

/// The places that anything reached, by the notes in `dir`.
///
/// # Errors
/// When the notes cannot be read.
pub fn places(dir: &Path) -> io::Result<BTreeSet<Id>> {
    Ok(read(dir, Path::new(""), &BTreeSet::new())?.into_keys().collect())
}

/// Reads the notes in `dir` of a run of `program`, whose tests are `known`: who reached each place.
pub(crate) fn read(
    dir: &Path,
    program: &Path,
    known: &BTreeSet<String>,
) -> io::Result<BTreeMap<Id, Reached>> {
    let mut found: BTreeMap<Id, Reached> = BTreeMap::new();
    for entry in fs::read_dir(dir)? {
        let text = String::from_utf8_lossy(&fs::read(entry?.path())?).into_owned();
        let mut lines = text.lines();
        let own =
            lines.next().and_then(|l| l.strip_prefix("program\t")).is_some_and(|p| Path::new(p) == program);
        for line in lines {
            let Some((place, thread)) = line.split_once('\t') else { continue };
            if place == "count" {
                let Some((place, count)) = thread.split_once('\t') else { continue };
                if let (Ok(place), Ok(count)) = (place.parse::<Id>(), count.parse::<u64>()) {
                    let times = &mut found.entry(place).or_default().times;
                    *times = (*times).max(Some(count));
                }
                continue;
            }
            let Ok(place) = place.parse::<Id>() else { continue };
            let reached = found.entry(place).or_default();
            if !own {
                reached.other_program = true;
            } else if known.contains(thread) {
                reached.tests.insert(thread.to_owned());
            } else {
                reached.unknown = true;
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_told_to_tests_and_children_to_none() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(
            dir.path().join("1"),
            "program\t/t/unit\n3\ta::one\n3\ttokio-runtime-worker\n5\ta::two\ncount\t3\t70\n",
        )
        .unwrap();
        fs::write(dir.path().join("2"), "program\t/t/tool\n5\tmain\nbroken\n").unwrap();
        let known = ["a::one", "a::two"].map(str::to_owned).into();
        let found = read(dir.path(), Path::new("/t/unit"), &known).unwrap();
        let tests = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        let one = Reached { tests: tests(&["a::one"]), unknown: true, times: Some(70), ..Reached::default() };
        assert_eq!(found[&3], one);
        let two = Reached { tests: tests(&["a::two"]), other_program: true, ..Reached::default() };
        assert_eq!(found[&5], two);
    }
}
