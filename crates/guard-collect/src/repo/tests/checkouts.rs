//! A state on disk, outside of the repository.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, SystemTime};

use super::super::Checkout;
use super::*;

impl Fixture {
    /// Puts a tree into `out`.
    fn check_out(&self, tree: &str, keep: &[&str]) -> Checkout {
        let (into, index) = (self.beside("out"), self.beside("store").join("out.index"));
        self.untouched(|| self.open()?.checkout(tree, &into, &index, keep)).expect("checkout")
    }
}

/// Paths of files and links below `dir`, with their content.
fn listing(dir: &Path) -> Vec<String> {
    let mut all: Vec<String> = fingerprint(dir)
        .into_keys()
        .filter(|path| path.is_symlink() || path.is_file())
        .map(|path| {
            let content = if path.is_symlink() {
                format!("-> {}", fs::read_link(&path).expect("link").display())
            } else {
                String::from_utf8_lossy(&fs::read(&path).expect("read")).trim_end().to_owned()
            };
            format!("{}: {content}", path.strip_prefix(dir).expect("below").display())
        })
        .collect();
    all.sort();
    all
}

#[test]
fn directories_without_rights_are_no_hindrance() {
    let fixture = Fixture::of(&[("a", "a\n"), ("d/b", "b\n")]);
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    let out = fixture.beside("out");
    fixture.check_out(&tree, &[]);
    // What tests of the rights of files may leave behind; root is not kept out by it.
    fs::create_dir_all(out.join("left/behind")).expect("dirs");
    for (path, mode) in [("left/behind", 0o000), ("left", 0o555), ("d", 0o000)] {
        fs::set_permissions(out.join(path), fs::Permissions::from_mode(mode)).expect("mode");
    }
    fixture.check_out(&tree, &[]);
    assert_eq!(listing(&out), ["a: a", "d/b: b"]);
    assert!(!out.join("left").exists());
}

#[test]
fn only_what_differs_is_rewritten_and_leftovers_go() {
    let fixture = Fixture::of(&[("a", "a\n"), ("d/b", "b\n"), ("d/run", "#!\n"), ("z", "z\n")]);
    let first = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    fixture.write("a", "A\n");
    fixture.write("untracked", "u\n");
    fixture.remove("z");
    symlink("/etc/hostname", fixture.at("link")).expect("link");
    fs::set_permissions(fixture.at("d/run"), fs::Permissions::from_mode(0o755)).expect("mode");
    let second = fixture.worktree().head.tree;
    let out = fixture.beside("out");

    let done = fixture.check_out(&first, &["target"]);
    assert_eq!((done.removed, done.missing.len()), (0, 0));
    assert_eq!(listing(&out), ["a: a", "d/b: b", "d/run: #!", "z: z"]);
    let old = SystemTime::now() - Duration::from_secs(1000);
    let stamp = |path: &str| fs::metadata(out.join(path)).and_then(|m| m.modified()).expect("stamp");
    let before = stamp("d/b");

    // What a build and its tests leave behind.
    fs::create_dir_all(out.join("target/debug")).expect("dirs");
    fs::write(out.join("target/debug/a"), "built").expect("write");
    fs::write(out.join("d/left.tmp"), "x").expect("write");
    fs::write(out.join("a"), "scribbled").expect("write");
    fs::remove_file(out.join("z")).expect("remove");
    fs::create_dir_all(out.join("z/inner")).expect("dirs");
    let done = fixture.check_out(&second, &["target"]);
    assert_eq!(done.removed, 2);
    assert_eq!(
        listing(&out),
        ["a: A", "d/b: b", "d/run: #!", "link: -> /etc/hostname", "target/debug/a: built", "untracked: u"]
    );
    assert_eq!(stamp("d/b"), before);
    assert_eq!(fs::metadata(out.join("d/run")).expect("metadata").permissions().mode() & 0o111, 0o111);

    // A file that was edited behind the index's back, with the old size, is put right.
    fs::write(out.join("untracked"), "U\n").expect("write");
    fs::File::options()
        .append(true)
        .open(out.join("untracked"))
        .and_then(|f| f.set_modified(old))
        .expect("stamp");
    fixture.check_out(&second, &["target"]);
    assert_eq!(fs::read_to_string(out.join("untracked")).expect("read"), "u\n");
    fixture.check_out(&first, &[]);
    assert_eq!(listing(&out), ["a: a", "d/b: b", "d/run: #!", "z: z"]);
    fixture.check_out(fixture.open().expect("opens").empty_tree(), &[]);
    assert_eq!(listing(&out), Vec::<String>::new());
}

#[test]
fn directories_that_became_links_are_not_followed() {
    let fixture = Fixture::of(&[("src/a", "a\n"), ("b", "b\n")]);
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    fixture.check_out(&tree, &[]);
    let out = fixture.beside("out");
    fs::remove_dir_all(out.join("src")).expect("remove");
    symlink(&fixture.top, out.join("src")).expect("link");
    symlink(&fixture.top, out.join("stray")).expect("link");
    fixture.check_out(&tree, &[]);
    assert_eq!(listing(&out), ["b: b", "src/a: a"]);
    assert!(fs::symlink_metadata(out.join("src")).expect("metadata").is_dir());
}

#[test]
fn a_killed_run_leaves_a_place_that_works() {
    let fixture = Fixture::of(&[("a", "a\n"), ("b", "b\n")]);
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    fixture.check_out(&tree, &[]);
    let index = fixture.beside("store").join("out.index");
    fs::write(fixture.beside("store").join("out.index.lock"), "").expect("write");
    fs::write(&index, "cut off").expect("write");
    fs::write(fixture.beside("out").join("a"), "half").expect("write");
    fixture.check_out(&tree, &[]);
    assert_eq!(listing(&fixture.beside("out")), ["a: a", "b: b"]);
}

#[test]
fn the_users_line_ends_and_filters_apply_and_large_files_stay_pointers() {
    let fixture = Fixture::of(&[
        (".gitattributes", "*.txt text eol=crlf\n*.up filter=up\n*.big filter=lfs\n"),
        ("a.txt", "a\nb\n"),
        ("b.big", "version https://git-lfs.github.com/spec/v1\n"),
        ("c.up", "quiet\n"),
    ]);
    fixture.git(&["config", "filter.up.smudge", "tr a-z A-Z"]);
    fixture.git(&["config", "filter.lfs.smudge", "false"]);
    fixture.git(&["config", "filter.lfs.process", "false"]);
    fixture.git(&["config", "filter.lfs.required", "true"]);
    fixture.git(&["config", "core.sparseCheckout", "true"]);
    fixture.write(".git/info/sparse-checkout", "/a.txt\n");
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    fixture.check_out(&tree, &[]);
    let read = |path: &str| fs::read_to_string(fixture.beside("out").join(path)).expect("read");
    assert_eq!((read("a.txt").as_str(), read("c.up").as_str()), ("a\r\nb\r\n", "QUIET\n"));
    assert!(read("b.big").starts_with("version https://git-lfs"));
}

#[test]
fn contents_that_lfs_keeps_on_this_machine_are_filled_in() {
    let oid = "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5";
    let pointer =
        |oid: &str| format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 5\n");
    let (known, lost) = (pointer(oid), pointer(&"0".repeat(64)));
    let fixture = Fixture::of(&[
        (".gitattributes", "*.bin filter=lfs -text\n"),
        ("a.bin", &known),
        ("d/lost.bin", &lost),
        ("plain.txt", &known),
    ]);
    fixture.git(&["config", "filter.lfs.smudge", "touch started; cat"]);
    let object = format!(".git/lfs/objects/{}/{}/{oid}", &oid[..2], &oid[2..4]);
    fixture.write(&object, "12345");
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    let out = fixture.beside("out");
    let read = |path: &str| fs::read_to_string(out.join(path)).expect("read");
    let stamp = || fs::metadata(out.join("a.bin")).and_then(|m| m.modified()).expect("stamp");

    let done = fixture.check_out(&tree, &[]);
    let unfilled: Vec<&str> = done.unfilled.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(unfilled, ["d/lost.bin"]);
    assert_eq!((read("a.bin").as_str(), read("d/lost.bin").as_str()), ("12345", lost.as_str()));
    assert_eq!(read("plain.txt"), known);
    assert!(!out.join("started").exists() && !fixture.at("started").exists());

    // The next time it is left as it is, and what was written over it is put right.
    let before = stamp();
    assert_eq!(fixture.check_out(&tree, &[]).unfilled.len(), 1);
    assert_eq!((read("a.bin").as_str(), stamp()), ("12345", before));
    fs::write(out.join("a.bin"), "scribbled").expect("write");
    fixture.check_out(&tree, &[]);
    assert_eq!(read("a.bin"), "12345");

    // What is there under the name is not what the pointer means.
    fixture.write(&object, "54321");
    fs::write(out.join("a.bin"), "scribbled").expect("write");
    assert_eq!(fixture.check_out(&tree, &[]).unfilled.len(), 2);
    assert_eq!(read("a.bin"), known);
}

#[test]
fn hooks_of_the_repository_do_not_run() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    for hook in ["post-checkout", "post-index-change", "reference-transaction"] {
        let file = fixture.at(".git/hooks").join(hook);
        fs::create_dir_all(fixture.at(".git/hooks")).expect("dir");
        fs::write(&file, "#!/bin/sh\ntouch \"$(dirname \"$0\")/../pwned\"\n").expect("write");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("mode");
    }
    fixture.write("a", "A\n");
    let tree = fixture.worktree().head.tree;
    fixture.check_out(&tree, &[]);
    assert!(!fixture.at(".git/pwned").exists());
}

#[test]
fn submodules_are_filled_in_from_what_is_on_this_machine() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    let make = |name: &str| {
        let dir = fixture.beside(name);
        fs::create_dir(&dir).expect("dir");
        git_in(&dir, &["init", "-q", "-b", "main"]);
        fs::write(dir.join("file"), name).expect("write");
        git_in(&dir, &["add", "-A"]);
        git_in(&dir, &["commit", "-q", "-m", "one"]);
        dir
    };
    let (inner, outer, gone) = (make("inner"), make("outer"), make("gone"));
    git_in(&outer, &["submodule", "--quiet", "add", &inner.to_string_lossy(), "deps/inner"]);
    git_in(&outer, &["commit", "-q", "-m", "two"]);
    fixture.git(&[
        "submodule",
        "--quiet",
        "add",
        "--name",
        "named",
        &outer.to_string_lossy(),
        "vendor/outer",
    ]);
    fixture.git(&["submodule", "--quiet", "add", &gone.to_string_lossy(), "vendor/gone"]);
    fixture.git(&["submodule", "--quiet", "update", "--init", "--recursive"]);
    fixture.commit("submodules");
    fixture.git(&["submodule", "--quiet", "deinit", "-f", "vendor/gone"]);
    fs::remove_dir_all(fixture.at(".git/modules/vendor/gone")).expect("remove");
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    let out = fixture.beside("out");
    for _ in 0..2 {
        let done = fixture.check_out(&tree, &[]);
        assert_eq!(done.submodules, ["vendor/outer", "vendor/outer/deps/inner"]);
        assert_eq!(done.missing.len(), 1);
        assert_eq!(done.missing[0].0, "vendor/gone");
        assert!(done.missing[0].1.contains("git submodule update --init --recursive"));
        let all = listing(&out);
        assert!(all.contains(&"vendor/outer/file: outer".to_owned()), "{all:?}");
        assert!(all.contains(&"vendor/outer/deps/inner/file: inner".to_owned()), "{all:?}");
        // The second round starts from scribbles.
        fs::write(out.join("vendor/outer/file"), "scribble").expect("write");
        fs::write(out.join("vendor/outer/stray"), "x").expect("write");
        fs::write(out.join("vendor/gone/stray"), "x").expect("write");
    }
    let first = fixture.git(&["rev-parse", "HEAD~1^{tree}"]);
    fixture.check_out(&first, &[]);
    assert_eq!(listing(&out), ["a: a"]);
}

#[test]
fn the_work_tree_and_the_git_directory_are_no_place_for_a_checkout() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    let tree = fixture.git(&["rev-parse", "HEAD^{tree}"]);
    let repo = fixture.open().expect("opens");
    for place in [fixture.top.clone(), fixture.at(".git"), fixture.at(".git/objects"), fixture.beside(".")] {
        let answer =
            fixture.untouched(|| repo.checkout(&tree, &place, &fixture.beside("store").join("i"), &[]));
        assert!(matches!(answer, Err(RepoError::InsideRepository { .. })), "{}", place.display());
    }
    let link = fixture.beside("link");
    symlink(&fixture.top, &link).expect("link");
    assert!(repo.checkout(&tree, &link, &fixture.beside("store").join("i"), &[]).is_err());
}

#[test]
fn a_checked_out_work_tree_equals_what_is_there() {
    use std::os::unix::ffi::OsStrExt;
    let fixture = Fixture::of(&[("a", "a\n"), ("d/b", "b\n"), ("d/c", "c\n")]);
    fixture.write("d/b", "edited\n");
    fixture.write("new\nline", "n\n");
    fs::write(fixture.top.join(std::ffi::OsStr::from_bytes(b"\xff")), "bytes\n").expect("write");
    symlink("nowhere", fixture.at("dangling")).expect("link");
    let tree = fixture.worktree().head.tree;
    fixture.check_out(&tree, &[]);
    let (mut there, here) = (listing(&fixture.top), listing(&fixture.beside("out")));
    there.retain(|line| !line.starts_with(".git/"));
    assert_eq!(there, here);
}
