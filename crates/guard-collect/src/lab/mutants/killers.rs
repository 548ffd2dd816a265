//! Which test caught which mutant the last time: it is asked first. Only the order hangs on it, so nothing has to be
//! the same but the names.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use guard_mutants::Mutant;
use guard_mutants::weave::Id;
use guard_mutants::work::{End, TestName, Tried};

/// Mutants that are remembered; a repository has more than a change.
const MOST: usize = 20_000;

/// What is remembered, by mutant.
pub(super) struct Killers {
    file: PathBuf,
    known: BTreeMap<String, TestName>,
}

impl Killers {
    /// What `file` holds; nothing where it cannot be read.
    pub(super) fn read(file: PathBuf) -> Killers {
        let known = fs::read(&file).ok().and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default();
        Killers { file, known }
    }

    /// The tests that are to be asked first.
    pub(super) fn hints(&self, numbered: &[(Id, &Mutant)]) -> BTreeMap<Id, TestName> {
        let known = names(numbered).filter_map(|(id, name)| Some((id, self.known.get(&name)?.clone())));
        known.collect()
    }

    /// Remembers what was found. What cannot be written is only slower the next time.
    pub(super) fn learn(mut self, numbered: &[(Id, &Mutant)], tried: &[Tried]) {
        let names: BTreeMap<Id, String> = names(numbered).collect();
        for one in tried {
            let Some(name) = names.get(&one.id) else { continue };
            match &one.end {
                End::Caught { by, .. } | End::Timeout { by } => self.known.insert(name.clone(), by.clone()),
                _ => self.known.remove(name),
            };
        }
        if self.known.len() > MOST {
            self.known.clear();
        }
        let _ = fs::write(&self.file, serde_json::to_vec(&self.known).unwrap_or_default());
    }
}

/// A name for each mutant that stays when lines move: what it changes in which function, and which one of those.
fn names(numbered: &[(Id, &Mutant)]) -> impl Iterator<Item = (Id, String)> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    numbered.iter().map(move |(id, mutant)| {
        let name = format!("{}: {}", mutant.path, mutant.description);
        let nth = seen.entry(name.clone()).or_default();
        *nth += 1;
        (*id, format!("{name} #{nth}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use guard_model::Kill;
    use guard_mutants::find::{OperatorSet, find};
    use guard_mutants::weave::number;

    #[test]
    fn a_killer_is_known_again_when_lines_move() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("killers.json");
        let text = "fn f(a: u32) -> bool {\n    a > 1 && a > 2\n}\n";
        let moved = format!("// A line.\n{text}");
        let before = find("src/lib.rs", text, OperatorSet::CargoMutants).unwrap();
        let after = find("src/lib.rs", &moved, OperatorSet::CargoMutants).unwrap();
        let (before, after) = (number(&before), number(&after));
        let (second, _) =
            before.iter().filter(|(_, m)| m.description == "replace > with == in f").nth(1).unwrap();
        let test = TestName { suite: "s".to_owned(), name: "t".to_owned() };
        let caught = |end| Tried {
            id: *second,
            end,
            reached_by: vec![],
            more: 0,
            tests: 1,
            processes: 1,
            ms: 1,
            kept: false,
        };
        let by = test.clone();
        let end = End::Caught { by, said: String::new(), how: Kill::Assertion };
        Killers::read(file.clone()).learn(&before, &[caught(end)]);
        assert_eq!(Killers::read(file.clone()).hints(&after), BTreeMap::from([(*second, test)]));

        Killers::read(file.clone()).learn(&after, &[caught(End::Missed)]);
        assert!(Killers::read(file).hints(&after).is_empty());
    }
}
