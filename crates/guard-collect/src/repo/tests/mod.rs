//! The checked repository in all its forms, built by git itself.
//!
//! Every question that a test asks goes through [`Fixture::untouched`]: it compares content, mode and
//! time stamp of everything in and around the repository before and after.

mod bases;
mod checkouts;
mod hooks;
mod trees;
mod worktrees;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use guard_exec::{Cmd, Control};
use guard_model::{Change, ChangeKind};
use tempfile::TempDir;

use super::{GitEnv, Observed, Repo, RepoError, Spec};

/// Settings that make git the same on every machine.
const SETTINGS: &[(&str, &str)] = &[
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_AUTHOR_NAME", "Ada"),
    ("GIT_AUTHOR_EMAIL", "ada@example.org"),
    ("GIT_AUTHOR_DATE", "2024-01-02T03:04:05Z"),
    ("GIT_COMMITTER_NAME", "Ada"),
    ("GIT_COMMITTER_EMAIL", "ada@example.org"),
    ("GIT_COMMITTER_DATE", "2024-01-02T03:04:05Z"),
];

/// A directory with a repository in `repo` and a store beside it.
struct Fixture {
    root: TempDir,
    top: PathBuf,
    env: GitEnv,
}

impl Fixture {
    /// A repository without commits.
    fn empty() -> Fixture {
        Fixture::with(&[])
    }

    fn with(init: &[&str]) -> Fixture {
        let root = TempDir::new().expect("temp dir");
        let top = fs::canonicalize(root.path()).expect("path").join("repo");
        fs::create_dir(&top).expect("dir");
        let env = GitEnv::from_vars(SETTINGS.iter().map(|(name, value)| (name.into(), value.into())));
        let fixture = Fixture { root, top, env };
        fixture.git(&[&["init", "-q", "-b", "main"], init].concat());
        fixture
    }

    /// A repository with one commit of `files`.
    fn of(files: &[(&str, &str)]) -> Fixture {
        let fixture = Fixture::empty();
        fixture.write_all(files);
        fixture.commit("first");
        fixture
    }

    fn at(&self, path: &str) -> PathBuf {
        self.top.join(path)
    }

    /// A directory beside the repository.
    fn beside(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.root.path()).expect("path").join(name)
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let file = self.at(path);
        fs::create_dir_all(file.parent().expect("parent")).expect("dirs");
        fs::write(file, content).expect("write");
    }

    fn write_all(&self, files: &[(&str, &str)]) {
        for (path, content) in files {
            self.write(path, content);
        }
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.at(path)).expect("remove");
    }

    fn git(&self, args: &[&str]) -> String {
        git_in(&self.top, args)
    }

    fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn open(&self) -> Result<Repo, RepoError> {
        self.open_at(&self.top)
    }

    fn open_at(&self, dir: &Path) -> Result<Repo, RepoError> {
        Repo::open(dir, &self.env, &self.beside("store"), &Control::new())
    }

    /// Runs `ask` and fails when it changes anything but guard's own store.
    fn untouched<T>(&self, ask: impl FnOnce() -> T) -> T {
        let before = fingerprint(self.root.path());
        let answer = ask();
        let after = fingerprint(self.root.path());
        let changed: Vec<_> = after
            .iter()
            .filter(|(path, state)| before.get(*path) != Some(state))
            .map(|(path, _)| path)
            .chain(before.keys().filter(|path| !after.contains_key(*path)))
            .collect();
        assert!(changed.is_empty(), "written to: {changed:?}");
        answer
    }

    fn observe(&self, spec: &Spec) -> Result<Observed, RepoError> {
        self.untouched(|| self.open()?.change(spec))
    }

    fn change(&self, spec: &Spec) -> Change {
        self.observe(spec).expect("change").change
    }

    fn error(&self, spec: &Spec) -> String {
        self.observe(spec).expect_err("no such change").to_string()
    }

    /// What git itself would record of the work tree, found out in a copy.
    fn added(&self) -> String {
        let copy = self.beside("copy");
        let _ = fs::remove_dir_all(&copy);
        run(Cmd::new("cp", self.root.path()).arg("-a").arg(&self.top).arg(&copy));
        git_in(&copy, &["add", "-A"]);
        let tree = git_in(&copy, &["write-tree"]);
        fs::remove_dir_all(&copy).expect("remove");
        tree
    }

    /// Checks the work tree: the head is what `git add -A` records.
    fn worktree(&self) -> Change {
        let change = self.change(&Spec::worktree());
        assert_eq!(change.head.tree, self.added());
        change
    }
}

/// Runs git the way a person does.
fn git_in(dir: &Path, args: &[&str]) -> String {
    let cmd = SETTINGS.iter().fold(Cmd::new("git", dir), |cmd, (name, value)| cmd.env(*name, *value));
    run(cmd.args(["-c", "protocol.file.allow=always"]).args(args.iter().copied()))
}

#[expect(clippy::needless_pass_by_value, reason = "reads as one expression at every call")]
fn run(cmd: Cmd) -> String {
    let output = cmd.run(&Control::new()).expect("starts");
    assert!(output.success(), "{}: {}", cmd.display(), output.tail(5));
    output.text().trim_end().to_owned()
}

/// Everything about a path that a write could change.
#[derive(Debug, PartialEq, Eq)]
enum State {
    Dir(SystemTime),
    File(blake3::Hash, u32, SystemTime),
    Link(PathBuf, SystemTime),
}

fn fingerprint(root: &Path) -> BTreeMap<PathBuf, State> {
    let mut all = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).expect("dir").map(|entry| entry.expect("entry")) {
            let path = entry.path();
            if dir == root && ["store", "out", "copy"].iter().any(|own| entry.file_name() == *own) {
                continue;
            }
            let meta = fs::symlink_metadata(&path).expect("metadata");
            let stamp = meta.modified().expect("time");
            let state = if meta.is_dir() {
                open.push(path.clone());
                State::Dir(stamp)
            } else if meta.is_symlink() {
                State::Link(fs::read_link(&path).expect("link"), stamp)
            } else {
                use std::os::unix::fs::PermissionsExt;
                let content = if meta.is_file() { fs::read(&path).expect("read") } else { Vec::new() };
                State::File(blake3::hash(&content), meta.permissions().mode(), stamp)
            };
            all.insert(path, state);
        }
    }
    all
}

/// One line a file: kind, path, old path, lines added and removed.
fn files(change: &Change) -> Vec<String> {
    let line = |f: &guard_model::FileChange| {
        let kind = match f.kind {
            ChangeKind::Added => 'A',
            ChangeKind::Modified => 'M',
            ChangeKind::Deleted => 'D',
            ChangeKind::Renamed => 'R',
            ChangeKind::Copied => 'C',
            ChangeKind::TypeChanged => 'T',
            ChangeKind::ModeChanged => 'X',
        };
        let from = f.old_path.as_ref().map(|old| format!("{old} -> ")).unwrap_or_default();
        format!("{kind} {from}{} +{} -{}", f.path, f.added, f.removed)
    };
    change.files.iter().map(line).collect()
}
