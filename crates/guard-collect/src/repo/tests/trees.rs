//! Reading, listing and searching one side.

use std::os::unix::fs::symlink;

use super::*;

#[test]
fn both_sides_can_be_read_listed_and_searched() {
    let fixture = Fixture::of(&[
        ("src/lib.rs", "mod a;\nmod b;\n"),
        ("src/a.rs", "fn needle() {}\n"),
        ("deep/er/x.py", "needle = 1\n"),
        ("blob.bin", "\0needle"),
    ]);
    symlink("src/a.rs", fixture.at("link.rs")).expect("link");
    fixture.write("src/b.rs", "// the needle\n\nfn b() { needle() }\n");
    fixture.remove("src/a.rs");
    let repo = fixture.open().expect("opens");
    let change = fixture.untouched(|| repo.change(&Spec::worktree())).expect("change").change;
    let (base, head) = (repo.tree(&change.base.tree), repo.tree(&change.head.tree));
    fixture.untouched(|| {
        assert_eq!(base.read("src/a.rs", 100).expect("read"), Some(b"fn needle() {}\n".to_vec()));
        assert_eq!(head.read("src/a.rs", 100).expect("read"), None);
        assert_eq!(head.read("src/b.rs", 100).expect("read").map(|b| b.len()), Some(35));
        for nothing in ["src", "link.rs", "src/lib.rs/x", "missing/x", "/", ""] {
            assert_eq!(head.read(nothing, 100).expect("read"), None, "{nothing}");
        }
        let error = head.read("src/b.rs", 10).expect_err("too large").to_string();
        assert!(error.contains("has 35 bytes, more than the 10"), "{error}");
        let names =
            |path: &str| head.list(path).expect("list").iter().map(|e| e.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(""), ["blob.bin", "deep", "link.rs", "src"]);
        assert_eq!(names("src/"), ["b.rs", "lib.rs"]);
        assert_eq!(names("src/lib.rs"), Vec::<String>::new());
        assert!(head.entry("deep/er").expect("entry").is_some_and(|e| e.is_dir()));
        assert!(head.entry("link.rs").expect("entry").is_some_and(|e| e.is_link()));

        let found = |fixed: &str, specs: &[&str]| {
            let (hits, cut) = head.grep(fixed, specs).expect("grep");
            assert!(!cut);
            hits.into_iter().map(|h| format!("{}:{}:{}", h.path, h.line, h.text)).collect::<Vec<_>>()
        };
        assert_eq!(
            found("needle", &[]),
            ["deep/er/x.py:1:needle = 1", "src/b.rs:1:// the needle", "src/b.rs:3:fn b() { needle() }"]
        );
        assert_eq!(found("needle()", &["*.rs"]), ["src/b.rs:3:fn b() { needle() }"]);
        assert_eq!(found("needle", &["deep"]), ["deep/er/x.py:1:needle = 1"]);
        for nothing in ["", "--all", "nee.le", "a\0b"] {
            assert_eq!(found(nothing, &[]), Vec::<String>::new());
        }
    });
}

#[test]
fn a_search_names_paths_of_any_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let fixture = Fixture::of(&[("a", "x\n")]);
    std::fs::write(fixture.top.join(std::ffi::OsStr::from_bytes(b"b\n\xff:9")), b"one\nhit\xff\n")
        .expect("write");
    let repo = fixture.open().expect("opens");
    let change = repo.change(&Spec::worktree()).expect("change").change;
    let (hits, _) = repo.tree(&change.head.tree).grep("hit", &[]).expect("grep");
    assert_eq!(hits, [super::super::Hit { path: "b\n\\xff:9".into(), line: 2, text: "hit\u{fffd}".into() }]);
}

#[test]
fn many_objects_are_read_at_once_and_a_missing_one_fails_alone() {
    let names: Vec<String> = (0..700).map(|i| format!("f/{i}")).collect();
    let fixture = Fixture::empty();
    for name in &names {
        fixture.write(name, name.repeat(100));
    }
    fixture.commit("many");
    let repo = fixture.open().expect("opens");
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    let view = repo.tree(&tree);
    let entries = view.list("f").expect("list");
    let absent = "1".repeat(40);
    let mut oids: Vec<&str> = entries.iter().map(|e| e.oid.as_str()).collect();
    oids.insert(300, &absent);
    let all = repo.read_all(&oids, 10_000).expect("reads");
    assert_eq!(all.len(), 701);
    assert!(matches!(&all[300], Err(RepoError::MissingObject { oid, partial: false }) if *oid == absent));
    assert_eq!(all[301].as_deref().expect("read"), format!("f/{}", entries[300].name).repeat(100).as_bytes());
    assert!(matches!(repo.read(&tree, 100), Err(RepoError::Unexpected { .. })));
    // A reader that stopped early leaves the next one a working child.
    assert!(repo.read(oids[0], 1).is_err());
    assert!(repo.read(oids[0], 10_000).is_ok());
}

#[test]
fn what_reaches_a_file_is_found_through_links_that_stay_inside() {
    use guard_syntax::reach::{self, Tree};
    let fixture = Fixture::of(&[
        ("Cargo.toml", "[package]\nname = \"x\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
        ("shared/lib.rs", "mod a;\n"),
        ("src/a.rs", "pub fn a() {}\n"),
        ("src/b.rs", "pub fn b() {}\n"),
    ]);
    symlink("../shared/lib.rs", fixture.at("src/lib.rs")).expect("link");
    symlink("../src", fixture.at("shared/loop")).expect("link");
    symlink("round", fixture.at("round")).expect("link");
    symlink("/etc/hostname", fixture.at("absolute")).expect("link");
    symlink("../../../etc/hostname", fixture.at("src/outside")).expect("link");
    fixture.commit("links");
    let repo = fixture.open().expect("opens");
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    let view = repo.tree(&tree);
    assert_eq!(Tree::read(&view, "shared/loop/lib.rs").as_deref(), Some(&b"mod a;\n"[..]));
    assert_eq!(Tree::list(&view, "shared/loop"), ["a.rs", "b.rs", "lib.rs", "outside"]);
    assert_eq!(Tree::list(&view, ""), ["Cargo.toml", "absolute", "round", "shared/", "src/"]);
    for nothing in ["round", "absolute", "src/outside", "missing", "../Cargo.toml", "src"] {
        assert_eq!(Tree::read(&view, nothing), None, "{nothing}");
    }
    assert_eq!(Tree::grep(&view, "pub fn a"), [("src/a.rs".to_owned(), 1, "pub fn a() {}".to_owned())]);
    assert_eq!(reach::reach(&view, "src/a.rs").state, guard_model::source::ReachState::Reached);
    assert_eq!(reach::reach(&view, "src/b.rs").state, guard_model::source::ReachState::Unreached);
    assert_eq!(view.trouble(), None);
}

#[test]
fn a_file_that_cannot_be_read_is_remembered_as_trouble() {
    use guard_syntax::reach::Tree;
    let fixture = Fixture::of(&[("a", "some content\n")]);
    let repo = fixture.open().expect("opens");
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    let oid = fixture.git(&["rev-parse", "HEAD:a"]);
    std::fs::remove_file(fixture.at(".git/objects").join(&oid[..2]).join(&oid[2..])).expect("remove");
    let view = repo.tree(&tree);
    assert_eq!(Tree::read(&view, "a"), None);
    assert_eq!(view.trouble(), Some(format!("object {oid} is missing; run `git fsck`")));
}
