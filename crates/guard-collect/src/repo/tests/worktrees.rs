//! The work tree and the index as head.

use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, SystemTime};

use guard_model::{FileKind, SnapshotKind};

use super::*;

#[test]
fn before_the_first_commit_everything_is_new() {
    let fixture = Fixture::empty();
    fixture.write_all(&[("src/lib.rs", "fn a() {}\n"), ("README", "hi\n")]);
    let change = fixture.worktree();
    assert_eq!(change.base.kind, SnapshotKind::Empty);
    assert_eq!(change.base_reason, "the empty tree: there is no commit yet");
    assert_eq!(files(&change), ["A README +1 -0", "A src/lib.rs +1 -0"]);
    assert!(fixture.change(&Spec::staged()).files.is_empty());
    fixture.git(&["add", "README"]);
    assert_eq!(files(&fixture.change(&Spec::staged())), ["A README +1 -0"]);
}

#[test]
fn an_empty_repository_without_files_has_no_change() {
    let change = Fixture::empty().worktree();
    assert!(change.files.is_empty() && change.commits.is_empty());
}

#[test]
fn a_clean_work_tree_has_no_change() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    let change = fixture.worktree();
    assert!(change.files.is_empty());
    assert_eq!((change.head.kind, change.head.name.as_str()), (SnapshotKind::Worktree, "work tree"));
    assert_eq!((change.base_reason.as_str(), change.base.kind), ("HEAD", SnapshotKind::Commit));
}

#[test]
fn edits_moves_removals_and_new_files_are_told_apart() {
    let long: String = (0..40).map(|i| format!("line {i}\n")).collect();
    let fixture = Fixture::of(&[
        ("gone.rs", "fn g() {}\n"),
        ("dir/old.rs", &long),
        ("edit.rs", "a\nb\nc\n"),
        ("same", "s\n"),
    ]);
    fixture.remove("gone.rs");
    fs::rename(fixture.at("dir/old.rs"), fixture.at("new.rs")).expect("rename");
    fixture.write("new.rs", long.replace("line 7\n", "line seven\n"));
    fixture.write("edit.rs", "a\nB\nc\nd\n");
    fixture.write("dir/fresh.py", "x = 1\n");
    let change = fixture.worktree();
    assert_eq!(
        files(&change),
        ["A dir/fresh.py +1 -0", "M edit.rs +2 -1", "D gone.rs +0 -1", "R dir/old.rs -> new.rs +1 -1"]
    );
    let hunks: Vec<_> =
        change.files[1].hunks.iter().map(|h| (h.old_start, h.old_lines, h.new_start, h.new_lines)).collect();
    assert_eq!(hunks, [(2, 1, 2, 1), (3, 0, 4, 1)]);
    assert_eq!(change.files[2].new_oid, None);
    assert_eq!(change.files[0].language.map(guard_model::Language::name), Some("Python"));
}

#[test]
fn only_what_is_staged_counts_when_that_is_asked_for() {
    let fixture = Fixture::of(&[("a", "1\n2\n3\n"), ("b", "b\n")]);
    fixture.write("a", "one\n2\n3\n");
    fixture.git(&["add", "a"]);
    fixture.write("a", "one\n2\nthree\n");
    fixture.write("b", "B\n");
    fixture.write("untracked.rs", "mod x;\n");
    fixture.git(&["add", "-N", "untracked.rs"]);
    let staged = fixture.change(&Spec::staged());
    assert_eq!(files(&staged), ["M a +1 -1"]);
    assert_eq!((staged.head.kind, staged.base_reason.as_str()), (SnapshotKind::Index, "HEAD"));
    assert_eq!(files(&fixture.worktree()), ["M a +2 -2", "M b +1 -1", "A untracked.rs +1 -0"]);
}

#[test]
fn ignored_files_are_out_and_tracked_ones_are_in_although_ignored() {
    let fixture = Fixture::of(&[(".gitignore", "*.log\n/target\n"), ("a", "a\n")]);
    fixture.write("kept.log", "1\n");
    fixture.git(&["add", "-f", "kept.log"]);
    fixture.git(&["commit", "-qm", "second"]);
    fixture.write("kept.log", "2\n");
    fixture.write("other.log", "x\n");
    fixture.write("target/debug/a", "x\n");
    fixture.write(".git/info/exclude", "local\n");
    fixture.write("local", "x\n");
    assert_eq!(files(&fixture.worktree()), ["M kept.log +1 -1"]);
}

#[test]
fn a_mode_alone_is_a_change() {
    let fixture = Fixture::of(&[("run.sh", "#!/bin/sh\n"), ("both.sh", "a\n")]);
    for name in ["run.sh", "both.sh"] {
        fs::set_permissions(fixture.at(name), fs::Permissions::from_mode(0o755)).expect("mode");
    }
    fixture.write("both.sh", "b\n");
    let change = fixture.worktree();
    assert_eq!(files(&change), ["M both.sh +1 -1", "X run.sh +0 -0"]);
    assert_eq!(
        (change.files[1].old_mode.as_deref(), change.files[1].new_mode.as_deref()),
        (Some("100644"), Some("100755"))
    );
}

#[test]
fn links_are_links_wherever_they_point() {
    let fixture = Fixture::of(&[("file.rs", "fn f() {}\n"), ("stays", "x\n")]);
    symlink("nowhere", fixture.at("dangling.rs")).expect("link");
    symlink("/etc/hostname", fixture.at("outside.rs")).expect("link");
    fixture.remove("file.rs");
    symlink("stays", fixture.at("file.rs")).expect("link");
    let change = fixture.worktree();
    assert_eq!(files(&change), ["A dangling.rs +1 -0", "T file.rs +1 -1", "A outside.rs +1 -0"]);
    assert!(change.files.iter().all(|f| f.content == FileKind::Symlink && f.language.is_none()));
    assert!(change.files[1].hunks.is_empty());
}

#[test]
fn a_directory_may_take_the_place_of_a_file_and_a_file_that_of_a_directory() {
    let fixture = Fixture::of(&[("a", "a\n"), ("d/x", "x\n"), ("d/e/y", "y\n"), ("z", "z\n")]);
    fixture.remove("a");
    fixture.write("a/inner", "new\n");
    fs::remove_dir_all(fixture.at("d")).expect("remove");
    fixture.write("d", "file\n");
    let change = fixture.worktree();
    assert_eq!(files(&change), ["D a +0 -1", "A a/inner +1 -0", "A d +1 -0", "D d/e/y +0 -1", "D d/x +0 -1"]);
    fixture.git(&["add", "-A"]);
    assert_eq!(fixture.change(&Spec::staged()).head.tree, change.head.tree);
}

#[test]
fn everything_may_go() {
    let fixture = Fixture::of(&[("a", "a\n"), ("d/x", "x\n")]);
    fixture.remove("a");
    fs::remove_dir_all(fixture.at("d")).expect("remove");
    let change = fixture.worktree();
    assert_eq!(files(&change), ["D a +0 -1", "D d/x +0 -1"]);
    assert_eq!(change.head.tree, "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
}

#[test]
fn bytes_and_lfs_pointers_are_not_text() {
    let pointer = |n: char| {
        format!(
            "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12\n",
            n.to_string().repeat(64)
        )
    };
    let fixture = Fixture::of(&[
        ("model.bin", &pointer('a')),
        ("moved.bin", &pointer('b')),
        ("picture.png", "\0\u{1}\u{2}aaaaaaa"),
    ]);
    fixture.write("model.bin", pointer('c'));
    fixture.write("new.bin", pointer('d'));
    fixture.write("about.md", "the line is\noid sha256:abc\n");
    fixture.write("data.rs", b"fn a() {}\0\xff");
    fs::rename(fixture.at("moved.bin"), fixture.at("there.bin")).expect("rename");
    fs::rename(fixture.at("picture.png"), fixture.at("photo.png")).expect("rename");
    let change = fixture.worktree();
    let kinds: Vec<_> =
        change.files.iter().map(|f| (f.path.as_str(), f.content, f.hunks.is_empty())).collect();
    assert_eq!(
        kinds,
        [
            ("about.md", FileKind::Text, false),
            ("data.rs", FileKind::Binary, true),
            ("model.bin", FileKind::LfsPointer, true),
            ("new.bin", FileKind::LfsPointer, true),
            ("photo.png", FileKind::Binary, true),
            ("there.bin", FileKind::LfsPointer, true),
        ]
    );
}

#[test]
fn attributes_cannot_hide_text() {
    for place in [".gitattributes", ".git/info/attributes"] {
        let fixture = Fixture::of(&[("a.rs", "fn a() {}\n")]);
        fixture.write(place, "*.rs binary -diff\n");
        fixture.write("a.rs", "fn a() { panic!() }\n");
        let change = fixture.worktree();
        let file = change.file("a.rs").expect("changed");
        assert_eq!((file.content, file.hunks.len(), file.added), (FileKind::Text, 1, 1), "{place}");
    }
}

#[test]
fn line_ends_are_what_git_would_record() {
    for (setting, attributes) in [
        ("false", ""),
        ("true", ""),
        ("input", ""),
        ("false", "* text=auto\n"),
        ("true", "*.bat text eol=crlf\n"),
    ] {
        let fixture = Fixture::of(&[("crlf.txt", "a\r\nb\r\n"), ("lf.txt", "a\nb\n"), ("run.bat", "a\n")]);
        fixture.git(&["config", "core.autocrlf", setting]);
        if !attributes.is_empty() {
            fixture.write(".gitattributes", attributes);
        }
        fixture.write("crlf.txt", "a\r\nb\r\nc\r\n");
        fixture.write("lf.txt", "a\r\nb\r\nc\r\n");
        fixture.write("run.bat", "a\r\nb\r\n");
        fixture.write("new.txt", "x\r\ny\r\n");
        fixture.worktree();
    }
}

#[test]
fn any_byte_may_stand_in_a_path() {
    let fixture = Fixture::of(&[("plain", "x\n")]);
    let names: [&[u8]; 6] =
        [b"new\nline.rs", b"\xff\xfe.rs", b"tab\t\"quote\".rs", b" lead and trail ", b"-dash", b":(glob)*"];
    for name in names {
        fs::write(fixture.top.join(std::ffi::OsStr::from_bytes(name)), "one\n").expect("write");
    }
    let change = fixture.worktree();
    let paths: Vec<&str> = change.files.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(
        paths,
        [" lead and trail ", "-dash", ":(glob)*", "new\nline.rs", "tab\t\"quote\".rs", "\\xff\\xfe.rs"]
    );
    assert!(change.files.iter().all(|f| f.hunks.len() == 1 && f.added == 1));
    let repo = fixture.open().expect("opens");
    assert_eq!(
        repo.tree(&change.head.tree).read("\\xff\\xfe.rs", 100).expect("read"),
        Some(b"one\n".to_vec())
    );
}

#[test]
fn a_conflict_stops_a_staged_check_and_the_work_tree_counts_as_it_is() {
    let fixture = Fixture::of(&[("a", "base\n"), ("b", "b\n")]);
    fixture.git(&["switch", "-qc", "side"]);
    fixture.write("a", "side\n");
    fixture.write("from-side", "s\n");
    fixture.commit("side");
    fixture.git(&["switch", "-q", "main"]);
    fixture.write("a", "main\n");
    fixture.commit("main");
    let merge = Cmd::new("git", &fixture.top).args(["merge", "-q", "side"]);
    let merge = SETTINGS.iter().fold(merge, |cmd, (name, value)| cmd.env(*name, *value));
    assert!(!merge.run(&Control::new()).expect("runs").success());
    let error = fixture.error(&Spec::staged());
    assert!(error.contains("conflicts in `a`"), "{error}");
    let observed = fixture.observe(&Spec::worktree()).expect("observed");
    assert!(
        observed.gaps[0].reason.contains("still hold the conflicts of a merge, a rebase or the like: `a`"),
        "{:?}",
        observed.gaps
    );
    let change = fixture.worktree();
    assert_eq!(change.base_reason, "HEAD (a merge is in progress)");
    assert_eq!(files(&change), ["M a +4 -0", "A from-side +1 -0"]);
    fixture.write("a", "both\n");
    assert_eq!(fixture.observe(&Spec::worktree()).expect("observed").gaps, []);
    fixture.git(&["add", "a"]);
    let staged = fixture.change(&Spec::staged());
    assert_eq!(files(&staged), ["M a +1 -1", "A from-side +1 -0"]);
    assert_eq!(staged.base_reason, "HEAD (a merge is in progress)");
    fixture.git(&["commit", "-qm", "merged"]);
    assert_eq!(fixture.git(&["rev-parse", "HEAD^{tree}"]), staged.head.tree);
}

#[test]
fn content_that_git_already_has_is_not_touched() {
    let fixture = Fixture::of(&[("a", "one\n"), ("d/b", "one of them\n")]);
    fixture.write_all(&[("a", "two\n"), ("d/b", "two of them\n")]);
    fixture.commit("second");
    fixture.git(&["gc", "-q"]);
    fixture.write_all(&[("a", "three\n")]);
    fixture.commit("third");
    // Old stamps: a renewed one shows.
    let long_ago = SystemTime::now() - Duration::from_secs(1_000_000);
    for path in fingerprint(&fixture.at(".git/objects")).into_keys() {
        if path.is_file() {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("mode");
            File::options().append(true).open(&path).and_then(|f| f.set_modified(long_ago)).expect("stamp");
        }
    }
    fixture.write_all(&[("a", "one\n"), ("d/b", "one of them\n")]);
    assert_eq!(files(&fixture.worktree()), ["M a +1 -1", "M d/b +1 -1"]);
    fixture.git(&["add", "-A"]);
    assert_eq!(files(&fixture.change(&Spec::staged())), ["M a +1 -1", "M d/b +1 -1"]);
}

#[test]
fn an_edit_within_the_same_tick_as_the_index_is_seen() {
    // Same size, same time stamp as the index: only the content tells.
    for _ in 0..5 {
        let fixture = Fixture::of(&[("a", "one\n"), ("b", "b\n")]);
        let stamp = fs::metadata(fixture.at("a")).and_then(|m| m.modified()).expect("stamp");
        fixture.write("a", "two\n");
        File::options()
            .append(true)
            .open(fixture.at("a"))
            .and_then(|f| f.set_modified(stamp))
            .expect("stamp");
        File::options()
            .append(true)
            .open(fixture.at(".git/index"))
            .and_then(|f| f.set_modified(stamp))
            .expect("stamp");
        fixture.write("c", "c\n");
        assert_eq!(files(&fixture.change(&Spec::worktree())), ["M a +1 -1", "A c +1 -0"]);
    }
}

#[test]
fn submodules_are_pointers_and_repositories_without_a_commit_are_left_out() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    let library = fixture.beside("library");
    fs::create_dir(&library).expect("dir");
    git_in(&library, &["init", "-q", "-b", "main"]);
    git_in(&library, &["commit", "-q", "--allow-empty", "-m", "one"]);
    fixture.git(&["submodule", "--quiet", "add", &library.to_string_lossy(), "vendor/library"]);
    fixture.commit("with library");
    git_in(&fixture.at("vendor/library"), &["commit", "-q", "--allow-empty", "-m", "two"]);
    let change = fixture.worktree();
    assert_eq!(files(&change), ["M vendor/library +1 -1"]);
    assert_eq!(change.files[0].content, FileKind::Submodule);
    fs::create_dir_all(fixture.at("nested")).expect("dir");
    git_in(&fixture.at("nested"), &["init", "-q"]);
    let observed = fixture.observe(&Spec::worktree()).expect("observed");
    assert_eq!(files(&observed.change), ["M vendor/library +1 -1"]);
    assert!(observed.gaps[0].reason.starts_with("`nested` is a git repository without a commit"));
    git_in(&fixture.at("nested"), &["commit", "-q", "--allow-empty", "-m", "one"]);
    assert_eq!(files(&fixture.worktree()), ["A nested +1 -0", "M vendor/library +1 -1"]);
}

#[test]
fn indexes_of_every_make_are_read_and_left_alone() {
    let makes: [&[&[&str]]; 4] = [
        &[&["update-index", "--split-index"]],
        &[&["update-index", "--untracked-cache"]],
        &[&["update-index", "--index-version", "4"]],
        &[&["config", "core.fsmonitor", "touch ../pwned; false"], &["config", "index.threads", "2"]],
    ];
    for make in makes {
        let fixture = Fixture::of(&[("a", "a\n"), ("b/c", "c\n"), ("b/d", "d\n")]);
        make.iter().for_each(|args| drop(fixture.git(args)));
        fixture.write("a", "A\n");
        fixture.git(&["add", "a"]);
        fixture.write("b/c", "C\n");
        fixture.write("b/new", "n\n");
        for file in fs::read_dir(fixture.at(".git")).expect("dir").flatten() {
            if file.file_name().to_string_lossy().starts_with("sharedindex") {
                let long_ago = SystemTime::now() - Duration::from_secs(1_000_000);
                File::options()
                    .append(true)
                    .open(file.path())
                    .and_then(|f| f.set_modified(long_ago))
                    .expect("stamp");
            }
        }
        assert_eq!(files(&fixture.worktree()), ["M a +1 -1", "M b/c +1 -1", "A b/new +1 -0"], "{make:?}");
        assert_eq!(files(&fixture.change(&Spec::staged())), ["M a +1 -1"], "{make:?}");
    }
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_not_removed() {
    for index in ["false", "true"] {
        let fixture = Fixture::of(&[("in/a", "a\n"), ("out/b", "b\n"), ("out/deep/c", "c\n")]);
        fixture.git(&["config", "index.sparse", index]);
        fixture.git(&["sparse-checkout", "set", "--cone", "in"]);
        assert!(!fixture.at("out").exists());
        fixture.write("in/a", "A\n");
        assert_eq!(files(&fixture.worktree()), ["M in/a +1 -1"]);
        assert_eq!(files(&fixture.change(&Spec::staged())), Vec::<String>::new());
    }
}

#[test]
fn linked_work_trees_have_their_own_index_and_head() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    let linked = fixture.beside("linked");
    fixture.git(&["worktree", "add", "-q", "-b", "side", &linked.to_string_lossy()]);
    fs::write(linked.join("a"), "linked\n").expect("write");
    git_in(&linked, &["add", "a"]);
    fixture.write("a", "main\nmain\n");
    let (main, side) = fixture.untouched(|| {
        let open = |dir: &Path| fixture.open_at(dir).expect("opens");
        (open(&fixture.top), open(&linked))
    });
    assert_eq!(main.id(), side.id());
    assert_eq!(side.top(), Some(linked.as_path()));
    let side = fixture.untouched(|| side.change(&Spec::staged())).expect("change").change;
    assert_eq!(files(&side), ["M a +1 -1"]);
    assert!(fixture.change(&Spec::staged()).files.is_empty());
    assert_eq!(files(&fixture.worktree()), ["M a +2 -1"]);
}

#[test]
fn a_repository_with_long_ids_works_the_same() {
    let fixture = Fixture::with(&["--object-format=sha256"]);
    fixture.write_all(&[("a", "a\n"), ("d/b", "b\n")]);
    assert_eq!(files(&fixture.worktree()), ["A a +1 -0", "A d/b +1 -0"]);
    fixture.commit("first");
    fixture.write("d/b", "B\n");
    let change = fixture.worktree();
    assert_eq!(files(&change), ["M d/b +1 -1"]);
    assert_eq!(change.head.tree.len(), 64);
}

#[test]
fn from_inside_of_a_directory_the_whole_repository_is_checked() {
    let fixture = Fixture::of(&[("a", "a\n"), ("d/b", "b\n")]);
    fixture.write_all(&[("a", "A\n"), ("d/b", "B\n")]);
    let repo = fixture.open_at(&fixture.at("d")).expect("opens");
    let change = fixture.untouched(|| repo.change(&Spec::worktree())).expect("change").change;
    assert_eq!(files(&change), ["M a +1 -1", "M d/b +1 -1"]);
    assert!(repo.id().starts_with("repo-"), "{}", repo.id());
}

#[test]
fn a_change_too_large_to_show_still_names_its_files() {
    let fixture = Fixture::of(&[("a.txt", "a\n")]);
    let line = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n";
    fixture.write("b.txt", line.repeat(500_000));
    fixture.write("c.txt", line.repeat(500_000));
    fixture.write("a.txt", "A\n");
    let observed = fixture.observe(&Spec::worktree()).expect("observed");
    assert_eq!(files(&observed.change), ["M a.txt +1 -1", "A b.txt +500000 -0", "A c.txt +500000 -0"]);
    assert_eq!(observed.change.files[0].hunks.len(), 1);
    assert!(observed.gaps[0].reason.contains("larger than 50 MiB"), "{:?}", observed.gaps);
}

#[test]
fn filters_of_the_user_apply_and_their_copies_stay_out_of_the_repository() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    // Like the one of Git LFS, which keeps what it was given where its setting says.
    let filter =
        "d=$(git config lfs.storage || echo .git/lfs); mkdir -p \"$d\"; tee \"$d/kept\" | tr a-z A-Z";
    fixture.git(&["config", "filter.lfs.clean", filter]);
    fixture.write(".gitattributes", "*.big filter=lfs\n");
    fixture.write("x.big", "loud\n");
    let change = fixture.worktree();
    assert_eq!(files(&change), ["A .gitattributes +1 -0", "A x.big +1 -0"]);
    let repo = fixture.open().expect("opens");
    assert_eq!(repo.tree(&change.head.tree).read("x.big", 10).expect("read"), Some(b"LOUD\n".to_vec()));
    assert_eq!(fs::read(fixture.beside("store").join("lfs/kept")).expect("kept"), b"loud\n");
}

#[test]
fn what_killed_runs_left_in_the_store_is_removed_in_time() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    fixture.write("b", "b\n");
    let tree = fixture.worktree().head.tree;
    let store = fixture.beside("store");
    let object = store.join("objects").join(&tree[..2]).join(&tree[2..]);
    let (stale, fresh) = (store.join("tmp/snap-old"), store.join("tmp/snap-new"));
    for dir in [&stale, &fresh] {
        fs::create_dir_all(dir).expect("dir");
    }
    let days = |n: u64| SystemTime::now() - Duration::from_secs(n * 24 * 3600);
    let age = |path: &Path, n: u64| File::open(path).and_then(|f| f.set_modified(days(n))).expect("stamp");
    age(&stale, 2);
    age(&object, 40);
    fixture.open().expect("opens");
    assert!(!stale.exists() && fresh.exists() && object.exists());
    age(&store.join("tidied"), 2);
    fixture.open().expect("opens");
    assert!(!object.exists());
    assert_eq!(fixture.worktree().head.tree, tree);
    assert!(object.exists());
}

#[test]
fn several_runs_at_once_agree_and_an_interrupted_one_says_so() {
    let fixture = Fixture::of(&[("a", "a\n"), ("d/b", "b\n")]);
    for i in 0..30 {
        fixture.write(&format!("new/{i}"), format!("{i}\n"));
    }
    let expected = fixture.added();
    let trees: Vec<String> = fixture.untouched(|| {
        std::thread::scope(|scope| {
            let runs: Vec<_> = (0..6)
                .map(|_| scope.spawn(|| fixture.open().and_then(|repo| repo.change(&Spec::worktree()))))
                .collect();
            runs.into_iter().map(|run| run.join().expect("runs").expect("change").change.head.tree).collect()
        })
    });
    assert_eq!(trees, vec![expected; 6]);
    let ctl = Control::new();
    let repo = Repo::open(&fixture.top, &fixture.env, &fixture.beside("store"), &ctl).expect("opens");
    ctl.interrupt();
    assert!(matches!(fixture.untouched(|| repo.change(&Spec::worktree())), Err(RepoError::Interrupted)));
}
