//! The checked repository, through the `git` program.
//!
//! A [`Repo`] answers what is compared ([`Repo::change`]), what stands in either side
//! ([`Repo::tree`], [`Repo::read`]), and puts a side on disk outside of the repository
//! ([`Repo::checkout`]). The repository itself is only ever read: new objects (of files that nobody
//! has committed) go to a store of guard's own, the index is copied before git may touch it, and
//! calls that write objects do not see the repository's, because git renews the time stamp of an
//! object that it finds there.
//!
//! Needs git 2.31 or later. Lines that an older git than 2.43 takes for bytes because `.gitattributes`
//! says so are shown by a second call.

mod base;
mod checkout;
mod commits;
mod diff;
mod env;
mod error;
mod git;
mod hooks;
mod lfs;
mod objects;
mod patch;
mod path;
mod revision;
mod snapshot;
mod span;
mod spec;
mod splice;
mod standing;
mod tree;

#[cfg(all(test, unix))]
mod tests;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use guard_exec::Control;
use guard_model::{Change, Gap};

pub use checkout::Checkout;
pub use env::GitEnv;
pub use error::RepoError;
pub use hooks::Hooks;
pub use lfs::Unfilled;
pub use objects::Entry;
pub use path::shown;
pub use span::Span;
pub use spec::{Spec, What};
pub use standing::Standing;
pub use tree::{Hit, TreeView};

use git::Git;
use objects::Objects;

/// A change, and what could not be seen of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The change.
    pub change: Change,
    /// What is missing from it, for people.
    pub gaps: Vec<Gap>,
}

/// An open repository.
#[derive(Debug)]
pub struct Repo {
    git_dir: PathBuf,
    common_dir: PathBuf,
    top: Option<PathBuf>,
    index: PathBuf,
    objects_dir: PathBuf,
    alternates: Option<OsString>,
    format: Format,
    shallow: bool,
    store: PathBuf,
    git: Git,
    objects: Objects,
}

/// How objects are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Sha1,
    Sha256,
}

impl Format {
    /// The tree without entries; git knows it without having it.
    fn empty_tree(self) -> &'static str {
        match self {
            Format::Sha1 => "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
            Format::Sha256 => "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
        }
    }

    fn id_bytes(self) -> usize {
        match self {
            Format::Sha1 => 20,
            Format::Sha256 => 32,
        }
    }
}

impl Repo {
    /// Opens the repository that `dir` lies in, or that `env` names.
    ///
    /// `store` is a directory of guard's own for this repository, made when missing; it holds objects
    /// of states that were never committed. Two runs may share it.
    ///
    /// # Errors
    /// When there is no repository, git does not trust it, or the store cannot be made.
    pub fn open(dir: &Path, env: &GitEnv, store: &Path, ctl: &Control) -> Result<Repo, RepoError> {
        Repo::open_with(dir, env, |_| store.to_owned(), ctl)
    }

    /// The same, with a store that is chosen by the repository's [`Repo::id`].
    ///
    /// # Errors
    /// As [`Repo::open`].
    pub fn open_with(
        dir: &Path,
        env: &GitEnv,
        store_of: impl FnOnce(&str) -> PathBuf,
        ctl: &Control,
    ) -> Result<Repo, RepoError> {
        if !dir.is_dir() {
            return Err(RepoError::NoDirectory { dir: dir.to_owned() });
        }
        let dir = std::path::absolute(dir).map_err(RepoError::io(dir))?;
        let place = discover(&dir, env, ctl)?;
        let store = &store_of(&id_of(&place.common_dir));
        let objects = store.join("objects");
        for needed in [objects.join("info"), objects.join("pack"), store.join("tmp")] {
            fs::create_dir_all(&needed).map_err(RepoError::io(&needed))?;
        }
        let store = fs::canonicalize(store).map_err(RepoError::io(store))?;
        snapshot::tidy(&store);
        let objects_dir = env.object_directory.as_ref().map_or(place.objects, |named| dir.join(named));
        let index = match &env.index_file {
            // git starts hooks in the top directory and means the path from there.
            Some(file) => place.top.as_ref().unwrap_or(&dir).join(file),
            None => place.git_dir.join("index"),
        };
        let mut git = Git::new(place.top.as_ref().unwrap_or(&place.git_dir), &env.settings, ctl)
            .env("GIT_DIR", &place.git_dir)
            // Only calls that say so see an index: others would read it for nothing.
            .env("GIT_INDEX_FILE", store.join("tmp").join("no-index"))
            .env("GIT_OBJECT_DIRECTORY", store.join("objects"))
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", object_path(&objects_dir, env.alternates.as_ref()))
            // Its filter keeps a copy of every large file that is new; not in the git directory.
            .config(setting("lfs.storage", &store.join("lfs")));
        if let Some(top) = &place.top {
            git = git.env("GIT_WORK_TREE", top);
        }
        let objects = Objects::new(git.clone(), place.format.id_bytes(), &objects_dir);
        Ok(Repo {
            git_dir: place.git_dir,
            common_dir: place.common_dir,
            top: place.top,
            index,
            objects_dir,
            alternates: env.alternates.clone(),
            format: place.format,
            shallow: place.shallow,
            store,
            git,
            objects,
        })
    }

    /// A name for cache paths: the repository's own, and a hash of where its git directory is. All
    /// linked work trees of a repository share it.
    pub fn id(&self) -> String {
        id_of(&self.common_dir)
    }

    /// The repository's name for people: that of its directory.
    pub fn name(&self) -> String {
        name_of(&self.common_dir)
    }

    /// The git directory: of the linked work tree, when it is one.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The git directory that all linked work trees share.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// Where objects are: guard's own store and the repository's.
    pub fn object_dirs(&self) -> [PathBuf; 2] {
        [self.store.join("objects"), self.objects_dir.clone()]
    }

    /// The top of the work tree; `None` in a bare repository.
    pub fn top(&self) -> Option<&Path> {
        self.top.as_deref()
    }

    /// The tree without entries.
    pub fn empty_tree(&self) -> &'static str {
        self.format.empty_tree()
    }

    /// The content of a blob of at most `limit` bytes.
    ///
    /// # Errors
    /// When the object is missing, longer, or not a blob.
    pub fn read(&self, oid: &str, limit: u64) -> Result<Vec<u8>, RepoError> {
        let object = self.objects.get(oid, limit)?;
        blob(object, limit)
    }

    /// The contents of many blobs, in order; each one may fail by itself.
    ///
    /// # Errors
    /// When git stops answering.
    pub fn read_all(&self, oids: &[&str], limit: u64) -> Result<Vec<Result<Vec<u8>, RepoError>>, RepoError> {
        let mut all = Vec::with_capacity(oids.len());
        self.objects.each(oids, limit, |i, object| {
            all.push(match object {
                Some(object) => blob(object, limit),
                None => Err(self.objects.missing(oids[i])),
            });
            Ok(())
        })?;
        Ok(all)
    }

    /// A state by the id of its tree, for reading, listing and searching.
    pub fn tree<'a>(&'a self, tree: &str) -> TreeView<'a> {
        TreeView::new(self, tree)
    }

    /// Those of `paths` that git keeps out of what it records of the work tree: by `.gitignore` files, by the
    /// repository's own `info/exclude` or by the user's `core.excludesFile`. None without a work tree.
    pub fn excluded(&self, paths: &[&str]) -> Vec<String> {
        // One path outside of the repository would end the answer for all.
        let is_below = |path: &str| {
            let parts = Path::new(path).components();
            parts.into_iter().all(|c| matches!(c, std::path::Component::Normal(_)))
        };
        let asked: Vec<&str> = paths.iter().copied().filter(|p| !p.is_empty() && is_below(p)).collect();
        let Some(top) = self.top().filter(|_| !asked.is_empty()) else { return Vec::new() };
        let git = self.git.clone().within(top).config("core.quotePath=false");
        let args = ["check-ignore", "--no-index", "--"].into_iter().chain(asked);
        // What git cannot say is left to the tree's own files.
        let said = git.ask(args).map(|output| output.stdout).unwrap_or_default();
        String::from_utf8_lossy(&said).lines().map(str::to_owned).collect()
    }

    fn work_tree(&self) -> Result<&Path, RepoError> {
        self.top.as_deref().ok_or_else(|| RepoError::Bare { dir: self.git_dir.clone() })
    }
}

fn blob(object: objects::Object, limit: u64) -> Result<Vec<u8>, RepoError> {
    let objects::Object { oid, kind, size, data } = object;
    if kind != objects::Kind::Blob {
        return Err(RepoError::unexpected("git cat-file", format!("{oid} is a {kind:?}, not a blob")));
    }
    if size > limit {
        return Err(RepoError::TooLarge { oid, size, limit });
    }
    Ok(data)
}

/// `GIT_ALTERNATE_OBJECT_DIRECTORIES`: where objects are read from besides the store.
fn object_path(objects: &Path, more: Option<&OsString>) -> OsString {
    let mut list = path::quoted(&path::bytes(objects.as_os_str()));
    if let Some(more) = more {
        list.push(if cfg!(windows) { b';' } else { b':' });
        list.extend(path::bytes(more));
    }
    path::os(&list)
}

/// `-c name=value` of a path.
fn setting(name: &str, value: &Path) -> OsString {
    let mut text = OsString::from(name);
    text.push("=");
    text.push(value);
    text
}

fn id_of(common_dir: &Path) -> String {
    let hash = blake3::hash(&path::bytes(common_dir.as_os_str())).to_hex();
    let name: String = name_of(common_dir)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' })
        .take(40)
        .collect();
    format!("{}-{}", name.trim_start_matches('.'), &hash[..12])
}

fn name_of(common_dir: &Path) -> String {
    let is_dot_git = common_dir.file_name().is_some_and(|name| name == ".git");
    let named = if is_dot_git { common_dir.parent() } else { Some(common_dir) };
    let name = named.and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    name.strip_suffix(".git").unwrap_or(&name).to_owned()
}

/// Where things are.
struct Place {
    git_dir: PathBuf,
    common_dir: PathBuf,
    objects: PathBuf,
    top: Option<PathBuf>,
    format: Format,
    shallow: bool,
}

fn discover(dir: &Path, env: &GitEnv, ctl: &Control) -> Result<Place, RepoError> {
    let mut git = Git::new(dir, &env.settings, ctl);
    for (name, value) in [("GIT_DIR", &env.git_dir), ("GIT_WORK_TREE", &env.work_tree)] {
        if let Some(value) = value {
            git = git.env(name, value);
        }
    }
    let args = [
        "rev-parse",
        "--show-object-format=storage",
        "--is-shallow-repository",
        "--is-bare-repository",
        "--absolute-git-dir",
        "--git-common-dir",
        "--git-path",
        "objects",
        "--show-toplevel",
    ];
    let output = git.ask(args)?;
    let mut answers: Vec<&[u8]> = output.stdout.split(|&b| b == b'\n').collect();
    // A path may hold line ends itself; then each question is asked alone.
    const LINES: usize = 8;
    let mut alone = Vec::new();
    if answers.len() > LINES || path::bytes(dir.as_os_str()).contains(&b'\n') {
        let paths = [
            &["--absolute-git-dir"][..],
            &["--git-common-dir"],
            &["--git-path", "objects"],
            &["--show-toplevel"],
        ];
        for question in paths {
            let answer = git.ask(["rev-parse"].iter().chain(question))?.stdout;
            alone.push(answer.strip_suffix(b"\n").unwrap_or(&answer).to_vec());
        }
        answers.truncate(3);
        answers.extend(alone.iter().map(Vec::as_slice));
    }
    let mut answers = answers.into_iter().map(path::os);
    let mut next = || answers.next().filter(|answer| !answer.is_empty());
    let (Some(format), Some(shallow), Some(bare), Some(git_dir), Some(common), Some(objects)) =
        (next(), next(), next(), next(), next(), next())
    else {
        return Err(not_opened(dir, &args.map(OsString::from), &output));
    };
    let git_dir = PathBuf::from(git_dir);
    // The last question fails in a bare repository, and inside of a git directory.
    let top = next().map(PathBuf::from).or_else(|| {
        let beside = git_dir.file_name().is_some_and(|name| name == ".git");
        git_dir.parent().filter(|_| beside && bare != "true").map(Path::to_owned)
    });
    Ok(Place {
        common_dir: real(dir.join(common)),
        objects: real(dir.join(objects)),
        git_dir,
        top,
        format: if format == "sha256" { Format::Sha256 } else { Format::Sha1 },
        shallow: shallow == "true",
    })
}

fn real(path: PathBuf) -> PathBuf {
    fs::canonicalize(&path).unwrap_or(path)
}

fn not_opened(dir: &Path, args: &[OsString], output: &guard_exec::Output) -> RepoError {
    let said = String::from_utf8_lossy(&output.stderr);
    if let Some((_, rest)) = said.split_once("dubious ownership in repository at '") {
        let named = rest.split('\'').next().unwrap_or_default();
        return RepoError::Untrusted { dir: named.into() };
    }
    if said.contains("not a git repository") {
        return RepoError::NotARepository { dir: dir.to_owned() };
    }
    git::failure(args, output)
}
