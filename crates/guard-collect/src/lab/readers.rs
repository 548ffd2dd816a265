//! Tests that read what the change rewrites beside them: fixtures, snapshots, shared helpers. Their own files may
//! be untouched, and what they expect moved all the same.

use std::collections::BTreeSet;

use guard_model::{Change, FileChange, FileKind, Language, Side, SourceFacts};
use guard_syntax::is_test_path;

use super::cells::{Subject, sides, subject};
use crate::repo::TreeView;

/// Bytes of a file that is read for its tests.
const MAX_FILE: u64 = 1 << 20;

/// Files that are read for their tests at most.
const MAX_READERS: usize = 200;

/// Helpers that use helpers are followed this far.
const MAX_DEPTH: usize = 3;

/// Folders that hold tests, and what is beside them.
const TEST_FOLDERS: [&str; 7] = ["tests", "test", "__tests__", "spec", "specs", "e2e", "testing"];

/// Folders of data beside the code whose tests read it.
const DATA_FOLDERS: [&str; 4] = ["snapshots", "__snapshots__", "testdata", "fixtures"];

/// Tests of one side that read rewritten material; `None` when the change rewrites none, or nothing but test
/// material, which the plain runs of both sides have answered.
pub(super) fn of(
    change: &Change,
    sources: &[SourceFacts],
    tests: Side,
    tree: &TreeView<'_>,
) -> Option<Vec<Subject>> {
    let is_code = |f: &FileChange| {
        f.language.is_some() && f.content == FileKind::Text && !is_test_path(&f.path, f.language)
    };
    if !change.files.iter().any(is_code) {
        return None;
    }
    let material: Vec<&str> = change.files.iter().filter_map(|file| material(file, sources, tests)).collect();
    if material.is_empty() {
        return None;
    }
    let mut readers = Readers { change, sources, tests, tree, found: Vec::new(), seen: BTreeSet::new() };
    for path in material {
        readers.follow(path, MAX_DEPTH);
    }
    Some(readers.found)
}

/// Whether a changed file is one that the runner loads without being asked for it: pytest's `conftest.py`, a Go file
/// with a `TestMain`. It may decide how the tests beside it come out, also where one side does not have it.
pub(super) fn loads_itself(file: &FileChange, sources: &[SourceFacts]) -> bool {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    let has_main =
        |s: &SourceFacts| s.path == file.path && s.items.iter().any(|item| item.name == "TestMain");
    name == "conftest.py" || (name.ends_with("_test.go") && sources.iter().any(has_main))
}

/// The path of a changed file on the tests' side, when it is test material and declares no tests of its own.
fn material<'a>(file: &'a FileChange, sources: &[SourceFacts], tests: Side) -> Option<&'a str> {
    if (file.old_oid.is_none() || file.new_oid.is_none()) && loads_itself(file, sources) {
        return Some(&file.path);
    }
    let (Some(old), Some(new)) = (&file.old_oid, &file.new_oid) else { return None };
    let path = *sides(tests, &file.base_path(), &file.path.as_str()).0;
    let declares =
        |f: &SourceFacts| (f.path == file.path || f.path == file.base_path()) && !f.tests.is_empty();
    (old != new && is_test_path(path, file.language) && !sources.iter().any(declares)).then_some(path)
}

struct Readers<'a> {
    change: &'a Change,
    sources: &'a [SourceFacts],
    tests: Side,
    tree: &'a TreeView<'a>,
    found: Vec<Subject>,
    seen: BTreeSet<String>,
}

impl Readers<'_> {
    /// Collects the tests of the files that use what stands at `path`, through helpers too.
    fn follow(&mut self, path: &str, depth: usize) {
        for reader in self.users_of(path) {
            if self.seen.len() >= MAX_READERS || reader == path || !self.seen.insert(reader.clone()) {
                continue;
            }
            let Some(facts) = self.facts(&reader) else { continue };
            if !facts.tests.is_empty() {
                let code_path = self.path_in_code(&reader);
                self.found.extend(facts.tests.iter().map(|t| subject(&code_path, &reader, t, Some(&facts))));
            } else if depth > 1 && is_test_path(&reader, Some(facts.language)) {
                self.follow(&reader, depth - 1);
            }
        }
    }

    /// Files that use what stands at `path`: by its name, else by that of its folder, else all tests around it.
    fn users_of(&self, path: &str) -> Vec<String> {
        let place = Place::of(path);
        let beside = self.beside(path);
        if !beside.is_empty() {
            return beside;
        }
        let terms: Vec<&str> = place.terms.iter().map(String::as_str).collect();
        let folder: Vec<&str> = place.folder.into_iter().collect();
        let rounds = [(terms, &place.wide), (folder, &place.near), (vec!["test", "Test"], &place.near)];
        for (terms, scope) in rounds {
            let scope = if scope.is_empty() { ":/".to_owned() } else { format!(":(top,literal){scope}") };
            let files = self.tree.files_with(&terms, &[&scope]).ok().flatten().unwrap_or_default();
            let code: Vec<String> =
                files.into_iter().filter(|f| f != path && Language::of_path(f).is_some()).collect();
            if !code.is_empty() {
                return code;
            }
        }
        Vec::new()
    }

    /// `a.test.ts` of `__snapshots__/a.test.ts.snap`: the file above that a snapshot is named for.
    fn beside(&self, path: &str) -> Vec<String> {
        let Some((folder, file)) = path.rsplit_once('/') else { return Vec::new() };
        let (above, last) = folder.rsplit_once('/').unwrap_or(("", folder));
        if !matches!(last, "snapshots" | "__snapshots__") {
            return Vec::new();
        }
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let entries = self.tree.list(above).map(|entries| entries.to_vec()).unwrap_or_default();
        let named_for = |name: &str| {
            Language::of_path(name).is_some()
                && (name == stem || name.rsplit_once('.').is_some_and(|(own, _)| own == stem))
        };
        let names = entries.iter().filter(|e| e.is_file() && named_for(&e.name));
        names.map(|e| if above.is_empty() { e.name.clone() } else { format!("{above}/{}", e.name) }).collect()
    }

    fn facts(&self, path: &str) -> Option<SourceFacts> {
        if let Some(known) = self.sources.iter().find(|s| s.side == self.tests && s.path == path) {
            return Some(known.clone());
        }
        let text = self.tree.read(path, MAX_FILE).ok().flatten()?;
        guard_syntax::facts(path, self.tests, &text)
    }

    /// Where a file of the tests' side stands on the code's.
    fn path_in_code(&self, path: &str) -> String {
        let is_it = |f: &&FileChange| *sides(self.tests, &f.base_path(), &f.path.as_str()).0 == path;
        let renamed = self.change.files.iter().find(is_it);
        // A changed test file is laid at its own path.
        let code = renamed.filter(|f| !is_test_path(path, f.language));
        code.map_or(path, |f| sides(self.tests, &f.base_path(), &f.path.as_str()).1).to_owned()
    }
}

/// What material is called, and where its users are looked for.
#[derive(Debug, PartialEq, Eq)]
struct Place<'a> {
    /// Words by which a test names it.
    terms: Vec<String>,
    /// The folder that it lies in, by which a test may walk.
    folder: Option<&'a str>,
    /// The folder with the tests around it.
    near: String,
    /// The folder with the code that those tests test.
    wide: String,
}

impl Place<'_> {
    fn of(path: &str) -> Place<'_> {
        let parts: Vec<&str> = path.split('/').collect();
        let (file, folders) = parts.split_last().map_or(("", &parts[..]), |(file, folders)| (*file, folders));
        let is_in = |names: &[&str], folder: &&str| names.contains(folder);
        let (near, wide) = match folders.iter().position(|f| is_in(&TEST_FOLDERS, f)) {
            Some(at) => (&folders[..=at], &folders[..at]),
            None => {
                let at = folders.iter().position(|f| is_in(&DATA_FOLDERS, f)).unwrap_or(folders.len());
                (&folders[..at], &folders[..at])
            }
        };
        let stem = file.split('.').next().unwrap_or(file);
        let module = match stem {
            "mod" | "index" | "__init__" => folders.last().copied().unwrap_or(stem),
            _ => stem,
        };
        let mut terms = Vec::new();
        if Language::of_path(path).is_some() {
            terms.push(module.to_owned());
        } else {
            terms.push(file.to_owned());
            // insta names a snapshot `<module>__<name>.snap`, and only the name stands in the test.
            let name = stem.rsplit("__").next().unwrap_or(stem);
            if file.ends_with(".snap") && name != stem && name.len() > 2 {
                terms.push(name.to_owned());
            }
        }
        let folder = folders.last().copied().filter(|f| !is_in(&TEST_FOLDERS, f));
        Place { terms, folder, near: near.join("/"), wide: wide.join("/") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn material_is_looked_for_by_the_words_that_name_it_where_its_tests_lie() {
        for (path, terms, folder, near, wide) in [
            ("tests/data/x.txt", "x.txt", Some("data"), "tests", ""),
            ("crates/a/tests/common/mod.rs", "common", Some("common"), "crates/a/tests", "crates/a"),
            ("tests/helpers.py", "helpers", None, "tests", ""),
            (
                "src/snapshots/a__tests__adds.snap",
                "a__tests__adds.snap adds",
                Some("snapshots"),
                "src",
                "src",
            ),
            ("pkg/testdata/in.json", "in.json", Some("testdata"), "pkg", "pkg"),
            ("fixtures/in.json", "in.json", Some("fixtures"), "", ""),
        ] {
            let terms = terms.split(' ').map(str::to_owned).collect();
            let expected = Place { terms, folder, near: near.to_owned(), wide: wide.to_owned() };
            assert_eq!(Place::of(path), expected, "{path}");
        }
    }
}
