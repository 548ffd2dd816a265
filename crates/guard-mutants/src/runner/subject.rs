//! A test program, and what is known of it before mutants are run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::millis;
use crate::reach::Reached;
use crate::weave::Id;
use crate::work::{Kept, Program, Seen};

/// A program and what is known of it.
pub(super) struct Subject<'w> {
    pub(super) program: &'w Program,
    /// Tests that pass with no mutant on.
    pub(super) tests: BTreeSet<String>,
    /// Who reaches each place.
    pub(super) reached: BTreeMap<Id, Reached>,
    /// How many places each test reaches.
    pub(super) breadth: BTreeMap<String, usize>,
    /// Time of all its tests together.
    pub(super) whole: Duration,
    /// Why it says nothing at all.
    pub(super) trouble: Option<String>,
    /// What is known of it from an earlier run.
    pub(super) kept: Option<&'w Kept>,
}

impl<'w> Subject<'w> {
    pub(super) fn of(program: &'w Program, seen: &Seen, kept: Option<&'w Kept>) -> Subject<'w> {
        let mut breadth: BTreeMap<String, usize> = BTreeMap::new();
        for test in seen.reached.values().flat_map(|r| &r.tests) {
            *breadth.entry(test.clone()).or_default() += 1;
        }
        Subject {
            program,
            tests: seen.tests.clone(),
            reached: seen.reached.clone(),
            breadth,
            whole: Duration::from_millis(seen.ms),
            trouble: None,
            kept,
        }
    }

    /// What was seen of it, where that is new.
    pub(super) fn seen(&self, failed: BTreeSet<String>) -> Option<Seen> {
        (self.trouble.is_none() && self.kept.is_none_or(|kept| kept.has_more)).then(|| Seen {
            tests: self.tests.clone(),
            failed,
            reached: self.reached.clone(),
            ms: millis(self.whole),
        })
    }

    /// A program that says nothing.
    pub(super) fn silent(program: &'w Program, trouble: String, whole: Duration) -> Subject<'w> {
        let trouble = Some(trouble);
        Subject {
            program,
            tests: BTreeSet::new(),
            reached: BTreeMap::new(),
            breadth: BTreeMap::new(),
            whole,
            trouble,
            kept: None,
        }
    }
}
