use std::cell::RefCell;
use std::collections::BTreeMap;

use super::update::{Update, update};
use super::*;

const UPLOAD: &str = "pub fn upload(a: &str) -> usize { store(a) }\nfn store(a: &str) -> usize { a.len() }\n";
const TESTS: &str = "#[test]\nfn uploads() { assert_eq!(upload(\"/files/1\"), 8); }\n";

/// A tree of texts, whose ids are the texts themselves; `read` notes what is read.
struct Tree {
    files: BTreeMap<String, String>,
    read: RefCell<Vec<String>>,
}

impl Tree {
    fn of(files: &[(&str, &str)]) -> Tree {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Tree { files, read: RefCell::default() }
    }

    fn update(&self, known: Index, until: Option<std::time::Instant>) -> Update {
        let wanted: Vec<(String, String)> = self.files.clone().into_iter().collect();
        let read = |oids: &[&str]| {
            self.read.borrow_mut().extend(oids.iter().map(|oid| (*oid).to_owned()));
            Ok(oids.iter().map(|oid| Ok(oid.as_bytes().to_vec())).collect())
        };
        update(known, &wanted, until, &read).unwrap()
    }
}

/// The index of these files.
pub(crate) fn index_of(files: &[(&str, &str)]) -> Index {
    Tree::of(files).update(Index::default(), None).index
}

/// `path name: calls`, one entry a line.
fn shown(index: &Index) -> Vec<String> {
    let line = |entry: &Entry| {
        let calls: Vec<&str> = index.list(entry, List::Calls).iter().map(|id| index.text(*id)).collect();
        format!("{} {}: {}", index.file_of(entry).path, index.text(entry.qualified), calls.join(" "))
    };
    index.entries().iter().map(line).collect()
}

#[test]
fn only_what_is_new_is_read() {
    let first = Tree::of(&[("src/a.rs", UPLOAD), ("tests/t.rs", TESTS)]);
    let made = first.update(Index::default(), None);
    assert_eq!((made.read, made.unread, made.is_new), (2, 0, true));
    assert_eq!(
        shown(&made.index),
        ["src/a.rs upload: store", "src/a.rs store: len", "tests/t.rs uploads: assert_eq upload"]
    );
    // Moved, and a new one beside it.
    let second =
        Tree::of(&[("src/b.rs", UPLOAD), ("src/c.rs", "fn c() { upload(\"\") }"), ("tests/t.rs", TESTS)]);
    let updated = second.update(made.index.clone(), None);
    assert_eq!(updated.read, 1);
    assert_eq!(*second.read.borrow(), ["fn c() { upload(\"\") }"]);
    assert_eq!(shown(&updated.index), shown(&second.update(Index::default(), None).index));
    // What is test code by its path is not what it was elsewhere.
    let third = Tree::of(&[("tests/a.rs", UPLOAD)]);
    let moved = third.update(made.index.clone(), None);
    assert_eq!(moved.read, 1);
    assert_eq!(moved.index.entries()[0].sort, Sort::Helper);
    let same = first.update(made.index.clone(), None);
    assert_eq!((same.read, same.is_new), (0, false));
}

#[test]
fn what_there_was_no_time_for_is_read_by_the_next_run() {
    let tree = Tree::of(&[("src/a.rs", UPLOAD), ("tests/t.rs", TESTS)]);
    let none = tree.update(Index::default(), Some(std::time::Instant::now()));
    assert_eq!((none.read, none.unread, none.index.files().len()), (0, 2, 0));
    let all = tree.update(none.index, None);
    assert_eq!((all.read, all.unread), (2, 0));
}

#[test]
fn bytes_are_the_index_again_or_none_at_all() {
    let index = Tree::of(&[("src/a.rs", UPLOAD), ("tests/t.rs", TESTS)]).update(Index::default(), None).index;
    let bytes = index.encode("this guard");
    assert_eq!(Index::decode(&bytes, "this guard"), Some(index));
    assert_eq!(Index::decode(&bytes, "another guard"), None);
    for at in 0..bytes.len() {
        let mut broken = bytes.clone();
        broken[at] ^= 0x41;
        assert_eq!(Index::decode(&broken, "this guard"), None, "{at}");
        assert_eq!(Index::decode(&bytes[..at], "this guard"), None, "{at}");
    }
}
