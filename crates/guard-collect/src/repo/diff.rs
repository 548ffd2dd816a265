//! The change itself: base, head, and what differs.

use std::collections::HashMap;
use std::ffi::OsString;
use std::thread;

use guard_exec::{Exit, Limits};
use guard_model::evidence::GapKind;
use guard_model::{Change, ChangeKind, FileChange, FileKind, Gap, Hunk, Language, SnapshotKind};

use super::base::Base;
use super::git::{self, Git};
use super::patch::{Reader, Record};
use super::path::shown;
use super::revision::Point;
use super::snapshot::Snapshot;
use super::{Observed, Repo, RepoError, Spec, What};

/// More patch text than this is not read; the files are known all the same.
const PATCH_LIMIT: u64 = 50 << 20;

/// Removed and added files are compared for renames up to this many on each side.
const RENAME_LIMIT: usize = 1_000;

/// Moved files whose content is looked at to tell text from bytes.
const LOOKED_AT: usize = 2_000;

/// Files of more bytes than this are not compared by line.
const BIG: u64 = 64 << 20;

/// Mode of a submodule, whose commit is not in the repository.
const SUBMODULE: u32 = 0o160000;

/// With more files missing than this there is too little left to speak of.
const ABSENT_LIMIT: usize = 2_000;

/// git looks this far for a NUL.
const SNIFF: u64 = 8_000;

impl Repo {
    /// The change that `spec` asks for.
    ///
    /// # Errors
    /// When a side does not exist, cannot be reached in a shallow clone, or cannot be committed.
    pub fn change(&self, spec: &Spec) -> Result<Observed, RepoError> {
        let tip = match (&spec.head, spec.what) {
            (Some(rev), What::Range) => self.resolve(rev)?,
            _ => self.head()?.map_or(Point::Empty, Point::Commit),
        };
        if spec.what == What::Range && tip == Point::Empty {
            return Err(RepoError::NoSuchRevision { rev: "HEAD".to_owned(), nearest: None, fetch: None });
        }
        if spec.what != What::Range {
            self.work_tree()?;
        }
        let tip_tree = self.tree_of(&tip).to_owned();
        let (base, snapshot) = thread::scope(|scope| {
            let snapshot = scope.spawn(|| match spec.what {
                What::Worktree => self.worktree(&tip_tree),
                What::Staged => self.staged(&tip_tree),
                What::Range => Ok(Snapshot { tree: tip_tree.clone(), gaps: Vec::new() }),
            });
            (self.base(spec, &tip), joined(snapshot))
        });
        let (Base { point: base, reason, merge_base }, Snapshot { tree, mut gaps }) = (base?, snapshot?);
        let base_tree = self.tree_of(&base).to_owned();
        let head = if spec.what == What::Range { tip.commit() } else { tip.commit().filter(|_| !spec.amend) };
        let (commits, files) = thread::scope(|scope| {
            let commits = scope.spawn(|| self.commits(&base, head));
            (joined(commits), self.files(&base_tree, &tree))
        });
        let (files, more) = files?;
        gaps.extend(more);
        let commits = commits?;
        let head = match spec.what {
            What::Range => described(&tip, &tree),
            What::Staged => uncommitted(SnapshotKind::Index, "index", tree),
            What::Worktree => uncommitted(SnapshotKind::Worktree, "work tree", tree),
        };
        let base = described(&base, &base_tree);
        let change = Change { base, head, base_reason: reason, merge_base, files, commits };
        Ok(Observed { change, gaps })
    }

    /// The tree of a revision; without one, what `git add -A` would record of the work tree, or in a bare repository the
    /// tree of `HEAD`.
    ///
    /// # Errors
    /// When there is no such revision, or objects are missing.
    pub fn tree_at(&self, rev: Option<&str>) -> Result<String, RepoError> {
        if let Some(rev) = rev {
            return Ok(self.tree_of(&self.resolve(rev)?).to_owned());
        }
        let tip = self.head()?.map_or(Point::Empty, Point::Commit);
        let tree = self.tree_of(&tip).to_owned();
        if self.top().is_none() { Ok(tree) } else { Ok(self.worktree(&tree)?.tree) }
    }

    fn tree_of<'a>(&'a self, point: &'a Point) -> &'a str {
        match point {
            Point::Commit(tip) => &tip.tree,
            Point::Tree(tree) => tree,
            Point::Empty => self.empty_tree(),
        }
    }

    /// What differs between two trees, in path order.
    fn files(&self, base: &str, head: &str) -> Result<(Vec<FileChange>, Vec<Gap>), RepoError> {
        if base == head {
            return Ok((Vec::new(), Vec::new()));
        }
        // Attributes can call a source file binary, and so hide it: content alone decides.
        let git = self
            .git
            .clone()
            .env("GIT_ATTR_SOURCE", self.empty_tree())
            .config("core.attributesFile=/dev/null")
            .config(format!("core.bigFileThreshold={BIG}"));
        let mut gaps = Vec::new();
        let mut absent = Vec::new();
        let (mut records, whole) = match self.compared(&git, base, head, &[], &[]) {
            Err(missing @ RepoError::MissingObject { .. }) => {
                absent = self.unfetched(&git, base, head)?;
                if absent.is_empty() || absent.len() > ABSENT_LIMIT {
                    return Err(missing);
                }
                gaps.push(gap(format!("{} of the changed files could not be read: {missing}", absent.len())));
                self.compared(&git, base, head, &[], &absent)?
            }
            other => other?,
        };
        let mut counts = HashMap::new();
        if !whole {
            counts = numstat(&git, base, head)?;
            let left_out = records.iter().filter(|r| !r.patch.seen).count();
            gaps.push(gap(format!(
                "the change is larger than {} MiB of patch text; which lines changed is not known for {left_out} of its {} files",
                PATCH_LIMIT >> 20,
                records.len()
            )));
        }
        let ends = |status| records.iter().filter(|r| r.status == status).count();
        if ends(b'A').saturating_mul(ends(b'D')) > RENAME_LIMIT * RENAME_LIMIT {
            gaps.push(gap(format!(
                "{} files were removed and {} added: too many to compare each with each, so a file that was moved and edited may stand as removed and added",
                ends(b'D'),
                ends(b'A')
            )));
        }
        if self.hides_text(&records)? {
            let (shown, _) = self.compared(&git, base, head, &["--text"], &absent)?;
            for (record, shown) in records.iter_mut().zip(shown).filter(|(r, _)| r.patch.binary) {
                record.patch = shown.patch;
            }
        }
        records.extend(absent);
        records.sort_by(|a, b| a.new_path.cmp(&b.new_path));
        let kinds = self.contents(&records)?;
        let files =
            records.iter().zip(kinds).map(|(r, kind)| file(r, kind, counts.get(&r.new_path))).collect();
        Ok((files, gaps))
    }

    /// The files of which a side is not in this clone, as they stand without looking at any content.
    fn unfetched(&self, git: &Git, base: &str, head: &str) -> Result<Vec<Record>, RepoError> {
        let format = ["--raw", "--full-index", "--no-abbrev", "--no-renames"];
        let mut reader = Reader::default();
        reader.feed(&git.run(diff_args(base, head, &format, &[]))?);
        let records = reader.finish(false).map_err(|what| RepoError::unexpected("git diff-tree", what))?;
        let is_blob = |mode: u32| mode != 0 && mode != SUBMODULE;
        let sides: Vec<(usize, &str)> = records
            .iter()
            .enumerate()
            .flat_map(|(i, r)| [(i, r.old_mode, &r.old_oid), (i, r.new_mode, &r.new_oid)])
            .filter(|(_, mode, _)| is_blob(*mode))
            .map(|(i, _, oid)| (i, oid.as_str()))
            .collect();
        let names: Vec<&str> = sides.iter().map(|(_, oid)| *oid).collect();
        let mut is_absent = vec![false; records.len()];
        self.objects.each(&names, 0, |n, object| {
            is_absent[sides[n].0] |= object.is_none();
            Ok(())
        })?;
        Ok(records.into_iter().zip(is_absent).filter_map(|(r, absent)| absent.then_some(r)).collect())
    }

    /// Compares two trees without the files `but`; the flag is false when the patch was cut.
    fn compared(
        &self,
        git: &Git,
        base: &str,
        head: &str,
        more: &[&str],
        but: &[Record],
    ) -> Result<(Vec<Record>, bool), RepoError> {
        let format = [&["--raw", "-p", "-U1", "--full-index", "--no-abbrev"], more].concat();
        let args = diff_args(base, head, &format, but);
        let mut reader = Reader::default();
        let limits = Limits { output: PATCH_LIMIT, ..Limits::whole_answer() };
        let output = git.cmd(&args).limits(limits).stream(git.control(), &mut |chunk| reader.feed(chunk))?;
        let whole = output.exit != Exit::OverOutput;
        if whole && !output.success() {
            return Err(self.unreadable(git::failure(&args, &output)));
        }
        let records = reader.finish(whole).map_err(|what| RepoError::unexpected("git diff-tree", what))?;
        Ok((records, whole))
    }

    /// Whether git took text for bytes: `.git/info/attributes` can say so, and an old git believes
    /// `.gitattributes` here.
    fn hides_text(&self, records: &[Record]) -> Result<bool, RepoError> {
        let sides = |r: &Record| [(r.old_mode, r.old_oid.clone()), (r.new_mode, r.new_oid.clone())];
        let binary: Vec<&Record> = records.iter().filter(|r| r.patch.binary).take(LOOKED_AT).collect();
        let oids: Vec<(usize, String)> = binary
            .iter()
            .enumerate()
            .flat_map(|(i, r)| {
                sides(r).into_iter().filter(|(mode, _)| *mode != 0).map(move |(_, oid)| (i, oid))
            })
            .collect();
        let names: Vec<&str> = oids.iter().map(|(_, oid)| oid.as_str()).collect();
        let mut is_binary = vec![false; binary.len()];
        self.objects.each(&names, SNIFF, |n, object| {
            let bytes = object.is_none_or(|o| o.data.contains(&0) || o.size > BIG);
            is_binary[oids[n].0] |= bytes;
            Ok(())
        })?;
        Ok(is_binary.contains(&false))
    }

    /// What the files hold, as far as modes and the patch leave it open.
    fn contents(&self, records: &[Record]) -> Result<Vec<FileKind>, RepoError> {
        let mut kinds: Vec<FileKind> = records.iter().map(kind_by_patch).collect();
        let open: Vec<usize> = records
            .iter()
            .enumerate()
            .filter(|(i, r)| kinds[*i] == FileKind::Text && (r.patch.pointer || r.patch.hunks.is_empty()))
            .map(|(i, _)| i)
            .take(LOOKED_AT)
            .collect();
        let oids: Vec<&str> = open.iter().map(|&i| side(&records[i]).1).collect();
        self.objects.each(&oids, SNIFF, |n, object| {
            if let Some(object) = object {
                kinds[open[n]] = kind_by_content(&object.data);
            }
            Ok(())
        })?;
        Ok(kinds)
    }

    /// The error behind a diff that failed: most often an object that a partial clone lacks.
    fn unreadable(&self, failed: RepoError) -> RepoError {
        let RepoError::Git { stderr, .. } = &failed else { return failed };
        let mut words = stderr.split(|c: char| !c.is_ascii_hexdigit());
        match words.rfind(|word| word.len() >= 40) {
            Some(oid) if stderr.contains("unable to read") || stderr.contains("could not fetch") => {
                self.objects.missing(oid)
            }
            _ => failed,
        }
    }
}

/// A thread that panicked panics here as well.
fn joined<T>(handle: thread::ScopedJoinHandle<'_, T>) -> T {
    handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Arguments that leave nothing to the user's configuration, nor to files `but`.
fn diff_args(base: &str, head: &str, format: &[&str], but: &[Record]) -> Vec<OsString> {
    let renames = format!("-l{RENAME_LIMIT}");
    let fixed = [
        "diff-tree",
        "-r",
        "-z",
        "-M",
        &renames,
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
        "--no-relative",
        "--submodule=short",
        "--ignore-submodules=none",
        "--diff-algorithm=myers",
        "--indent-heuristic",
        "--inter-hunk-context=0",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        "-O/dev/null",
    ];
    let mut args = git::owned(fixed.iter().chain(format).chain(&[base, head, "--"]));
    // A path that is not UTF-8 is not left out; git then says what is missing.
    let paths = but.iter().map(|r| String::from_utf8_lossy(&r.new_path));
    args.extend(paths.map(|path| format!(":(top,exclude,literal){path}").into()));
    args
}

/// Lines added and removed by path at head; `None` for bytes.
type Counts = HashMap<Vec<u8>, Option<(u32, u32)>>;

/// Line counts alone, for changes whose patch is too long.
fn numstat(git: &Git, base: &str, head: &str) -> Result<Counts, RepoError> {
    let text = git.run(diff_args(base, head, &["--numstat"], &[]))?;
    let mut counts = HashMap::new();
    let mut fields = text.split(|&b| b == 0);
    while let Some(field) = fields.next().filter(|f| !f.is_empty()) {
        let mut parts = field.splitn(3, |&b| b == b'\t');
        let mut number = || String::from_utf8_lossy(parts.next().unwrap_or_default()).parse::<u32>().ok();
        let count = match (number(), number()) {
            (Some(added), Some(removed)) => Some((added, removed)),
            _ => None,
        };
        let mut path = parts.next().unwrap_or_default();
        if path.is_empty() {
            // A rename has both paths in fields of their own.
            fields.next();
            path = fields.next().unwrap_or_default();
        }
        counts.insert(path.to_vec(), count);
    }
    Ok(counts)
}

fn gap(reason: String) -> Gap {
    Gap::new(GapKind::Input, reason)
}

fn described(point: &Point, tree: &str) -> guard_model::Snapshot {
    let (kind, commit, name) = match point {
        Point::Commit(tip) => (SnapshotKind::Commit, Some(tip.oid.clone()), short(&tip.oid)),
        Point::Tree(tree) => (SnapshotKind::Commit, None, format!("tree {}", short(tree))),
        Point::Empty => (SnapshotKind::Empty, None, "empty tree".to_owned()),
    };
    guard_model::Snapshot { kind, commit, tree: tree.to_owned(), name }
}

fn uncommitted(kind: SnapshotKind, name: &str, tree: String) -> guard_model::Snapshot {
    guard_model::Snapshot { kind, commit: None, tree, name: name.to_owned() }
}

fn short(oid: &str) -> String {
    oid.chars().take(10).collect()
}

/// Mode and id of the side that is there: head, or base for a removed file.
fn side(record: &Record) -> (u32, &str) {
    if record.new_mode == 0 { (record.old_mode, &record.old_oid) } else { (record.new_mode, &record.new_oid) }
}

fn kind_by_patch(record: &Record) -> FileKind {
    match side(record).0 {
        0o120000 => FileKind::Symlink,
        SUBMODULE => FileKind::Submodule,
        _ if record.patch.binary => FileKind::Binary,
        _ => FileKind::Text,
    }
}

fn kind_by_content(start: &[u8]) -> FileKind {
    if start.contains(&0) {
        FileKind::Binary
    } else if start.starts_with(b"version https://git-lfs.github.com/spec/")
        && start.len() < 1024
        && start.windows(12).any(|w| w == b"\noid sha256:")
    {
        FileKind::LfsPointer
    } else {
        FileKind::Text
    }
}

fn file(record: &Record, content: FileKind, counts: Option<&Option<(u32, u32)>>) -> FileChange {
    let path = shown(&record.new_path);
    let old_path = (record.old_path != record.new_path).then(|| shown(&record.old_path));
    let mode = |mode: u32| (mode != 0).then(|| format!("{mode:06o}"));
    let oid = |mode: u32, oid: &str| (mode != 0).then(|| oid.to_owned());
    let kind = match record.status {
        b'A' => ChangeKind::Added,
        b'D' => ChangeKind::Deleted,
        b'R' => ChangeKind::Renamed,
        b'C' => ChangeKind::Copied,
        b'T' => ChangeKind::TypeChanged,
        _ if record.old_oid == record.new_oid => ChangeKind::ModeChanged,
        _ => ChangeKind::Modified,
    };
    let counted = |lines: fn(&Hunk) -> u32| record.patch.hunks.iter().map(lines).fold(0, u32::saturating_add);
    let (added, removed) = match counts {
        Some(counts) => counts.unwrap_or_default(),
        None => (counted(|h| h.new_lines), counted(|h| h.old_lines)),
    };
    // What is a link on either side has no lines to point at.
    let is_text = content == FileKind::Text && kind != ChangeKind::TypeChanged;
    let content = if counts == Some(&None) && content == FileKind::Text { FileKind::Binary } else { content };
    FileChange {
        kind,
        language: if matches!(content, FileKind::Text) { Language::of_path(&path) } else { None },
        path,
        old_path,
        old_mode: mode(record.old_mode),
        new_mode: mode(record.new_mode),
        old_oid: oid(record.old_mode, &record.old_oid),
        new_oid: oid(record.new_mode, &record.new_oid),
        content,
        added,
        removed,
        hunks: if is_text { record.patch.hunks.clone() } else { Vec::new() },
    }
}
