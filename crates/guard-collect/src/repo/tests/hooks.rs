//! Inside of git's own pre-commit hook: what is checked is what is then committed.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use super::*;

/// Runs `git commit` with `args` in `dir`, asks for the staged change while the hook waits, lets the
/// hook go, and returns the change and the tree that was committed.
fn during_commit(fixture: &Fixture, dir: &Path, args: &[&str], spec: &Spec) -> (Change, String, GitEnv) {
    let hooks = fixture.beside("hooks");
    fs::create_dir_all(&hooks).expect("dir");
    let (begun, go) = (fixture.beside("begun"), fixture.beside("go"));
    for old in [&begun, &go] {
        let _ = fs::remove_file(old);
    }
    let script = format!(
        "#!/bin/sh\nenv -0 > '{0}.new' && pwd > '{0}.pwd' && mv '{0}.new' '{0}'\nwhile [ ! -e '{1}' ]; do sleep 0.02; done\n",
        begun.display(),
        go.display()
    );
    let hook = hooks.join("pre-commit");
    fs::write(&hook, script).expect("write");
    run(Cmd::new("chmod", fixture.root.path()).arg("+x").arg(&hook));
    let hooks_path = format!("core.hooksPath={}", hooks.display());
    let all = [&["-c", hooks_path.as_str(), "commit", "-q", "-m", "message"], args].concat();
    let change = thread::scope(|scope| {
        let commit = scope.spawn(|| git_in(dir, &all));
        let patience = Instant::now();
        while !begun.exists() {
            assert!(
                patience.elapsed() < Duration::from_secs(60) && !commit.is_finished(),
                "the hook never ran"
            );
            thread::sleep(Duration::from_millis(10));
        }
        // Whatever happens, the hook must not wait for ever.
        let asked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let vars = fs::read(&begun).expect("environment");
            let vars = vars.split(|&b| b == 0).filter_map(|var| {
                let text = String::from_utf8_lossy(var).into_owned();
                text.split_once('=').map(|(name, value)| (name.into(), value.into()))
            });
            let env = GitEnv::from_vars(vars);
            let cwd = fs::read_to_string(fixture.beside("begun.pwd")).expect("directory");
            let change = fixture.untouched(|| {
                let repo =
                    Repo::open(Path::new(cwd.trim_end()), &env, &fixture.beside("store"), &Control::new())?;
                repo.change(spec)
            });
            (change.expect("change").change, env)
        }));
        fs::write(&go, "").expect("write");
        commit.join().expect("committed");
        asked.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    (change.0, git_in(dir, &["rev-parse", "HEAD^{tree}"]), change.1)
}

fn partly_staged() -> Fixture {
    let fixture = Fixture::of(&[("a", "a\n"), ("b", "b\n"), ("d/c", "c\n")]);
    fixture.write("a", "staged\n");
    fixture.git(&["add", "a"]);
    fixture.write("a", "later\n");
    fixture.write("b", "B\n");
    fixture.write("d/c", "C\n");
    fixture
}

#[test]
fn every_form_of_commit_is_checked_as_it_will_be() {
    let cases: [(&[&str], &str, &[&str], &str); 6] = [
        (&[], "", &["M a +1 -1"], "index"),
        (&["-a"], "", &["M a +1 -1", "M b +1 -1", "M d/c +1 -1"], "index.lock"),
        (&["--", "b"], "", &["M b +1 -1"], "next-index-"),
        (&["--include", "b"], "", &["M a +1 -1", "M b +1 -1"], "index.lock"),
        (&["--", "c"], "d", &["M d/c +1 -1"], "next-index-"),
        (&[], "d", &["M a +1 -1"], "index"),
    ];
    for (args, dir, expected, index) in cases {
        let fixture = partly_staged();
        let (change, tree, env) = during_commit(&fixture, &fixture.at(dir), args, &Spec::staged());
        assert_eq!(files(&change), expected, "{args:?}");
        assert_eq!(change.head.tree, tree, "{args:?}");
        let named = env.index_file.expect("named").to_string_lossy().into_owned();
        assert!(named.contains(index), "{named}");
    }
}

#[test]
fn an_amended_commit_is_compared_with_its_parent() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    fixture.write("b", "b\n");
    fixture.commit("second");
    fixture.write("a", "A\n");
    let spec = Spec { amend: true, ..Spec::staged() };
    let (change, tree, _) = during_commit(&fixture, &fixture.top, &["--amend", "-a"], &spec);
    assert_eq!(files(&change), ["M a +1 -1", "A b +1 -0"]);
    assert_eq!((change.base_reason.as_str(), change.head.tree), ("HEAD^1 (HEAD is amended)", tree));
    let first = Fixture::of(&[("a", "a\n")]);
    let change = first.change(&spec);
    assert_eq!(change.base_reason, "the empty tree: the first commit is amended");
    assert_eq!(files(&change), ["A a +1 -0"]);
}

#[test]
fn the_first_commit_and_a_linked_work_tree_have_hooks_too() {
    let fixture = Fixture::empty();
    fixture.write("a", "a\n");
    fixture.git(&["add", "a"]);
    fixture.write("untracked", "x\n");
    let (change, tree, _) = during_commit(&fixture, &fixture.top, &[], &Spec::staged());
    assert_eq!((files(&change), change.head.tree), (vec!["A a +1 -0".to_owned()], tree));

    let linked = fixture.beside("linked");
    fixture.git(&["worktree", "add", "-q", "-b", "side", &linked.to_string_lossy()]);
    for (args, edit) in [(&[][..], "one\n"), (&["-a"][..], "two\n"), (&["--", "a"][..], "three\n")] {
        fs::write(linked.join("a"), edit).expect("write");
        git_in(&linked, &["add", "a"]);
        let (change, tree, env) = during_commit(&fixture, &linked, args, &Spec::staged());
        assert!(env.git_dir.is_some());
        assert_eq!((files(&change), change.head.tree), (vec!["M a +1 -1".to_owned()], tree));
    }
}

#[test]
fn the_object_store_of_a_push_in_progress_is_seen() {
    let fixture = Fixture::of(&[("a", "a\n")]);
    let quarantine = fixture.beside("quarantine");
    fs::create_dir(&quarantine).expect("dir");
    fixture.write("a", "A\n");
    let objects = fixture.at(".git/objects");
    let cmd = |args: &[&str]| {
        let cmd =
            SETTINGS.iter().fold(Cmd::new("git", &fixture.top), |cmd, (name, value)| cmd.env(*name, *value));
        let cmd =
            cmd.env("GIT_OBJECT_DIRECTORY", &quarantine).env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &objects);
        run(cmd.args(args.iter().copied()))
    };
    cmd(&["add", "a"]);
    let tree = cmd(&["write-tree"]);
    let commit = cmd(&["commit-tree", "-p", "HEAD", "-m", "pushed", &tree]);
    let env = GitEnv {
        object_directory: Some(quarantine.clone()),
        alternates: Some(objects.into()),
        ..fixture.env.clone()
    };
    let change = fixture.untouched(|| {
        let repo = Repo::open(&fixture.top, &env, &fixture.beside("store"), &Control::new())?;
        repo.change(&Spec::range("main", &commit))
    });
    let change = change.expect("change").change;
    assert_eq!(files(&change), ["M a +1 -1"]);
    assert_eq!(change.commits[0].message, "pushed");
}
