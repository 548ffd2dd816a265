//! One state of the repository, for reading, listing and searching.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use guard_exec::{Exit, Limits};
use guard_syntax::reach;

use super::path::shown;
use super::{Entry, Repo, RepoError, git};

/// A tree of the repository, or one that only guard has.
#[derive(Debug, Clone)]
pub struct TreeView<'a> {
    repo: &'a Repo,
    oid: String,
    /// The first thing that could not be read through [`reach::Tree`], whose answers have no errors.
    trouble: Arc<Mutex<Option<String>>>,
}

/// A line that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Path as the model writes it.
    pub path: String,
    /// Line, 1-based.
    pub line: u32,
    /// The line, without its end; broken UTF-8 replaced.
    pub text: String,
}

/// A file of more bytes than this is no source that anything is looked up in.
const SOURCE_LIMIT: u64 = 16 << 20;

/// Links in links are followed this far.
const HOPS: u32 = 16;

/// A search that finds more than this is cut.
const SEARCH_LIMIT: u64 = 16 << 20;

impl<'a> TreeView<'a> {
    pub(super) fn new(repo: &'a Repo, oid: &str) -> TreeView<'a> {
        TreeView { repo, oid: oid.to_owned(), trouble: Arc::default() }
    }

    /// Id of the tree.
    pub fn oid(&self) -> &str {
        &self.oid
    }

    /// What stands at `path`, written as the model writes it; `None` when nothing does.
    ///
    /// # Errors
    /// When a tree on the way is missing.
    pub fn entry(&self, path: &str) -> Result<Option<Entry>, RepoError> {
        let mut tree = Some(self.oid.clone());
        let mut found = None;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let Some(oid) = tree.take() else { return Ok(None) };
            let entries = self.entries(&oid)?;
            let Some(entry) = entries.iter().find(|entry| entry.name == name) else { return Ok(None) };
            tree = entry.is_dir().then(|| entry.oid.clone());
            found = Some(entry.clone());
        }
        Ok(found)
    }

    /// The content of the file at `path`, of at most `limit` bytes; `None` when there is no file (a
    /// link is not followed).
    ///
    /// # Errors
    /// When objects are missing or the file is longer.
    pub fn read(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, RepoError> {
        match self.entry(path)? {
            Some(entry) if entry.is_file() => self.repo.read(&entry.oid, limit).map(Some),
            _ => Ok(None),
        }
    }

    /// The entries of the directory `path`, in git's order; none when it is no directory. The empty
    /// path is the top.
    ///
    /// # Errors
    /// When a tree is missing.
    pub fn list(&self, path: &str) -> Result<Arc<Vec<Entry>>, RepoError> {
        if path.is_empty() {
            return self.entries(&self.oid);
        }
        match self.entry(path)? {
            Some(entry) if entry.is_dir() => self.entries(&entry.oid),
            _ => Ok(Arc::default()),
        }
    }

    /// Lines that contain `fixed`, in path order, below `pathspecs` (git's, with `/` from the top;
    /// none means everywhere). The flag is true when there is more than was kept.
    ///
    /// # Errors
    /// When git cannot search.
    pub fn grep(&self, fixed: &str, pathspecs: &[&str]) -> Result<(Vec<Hit>, bool), RepoError> {
        self.grep_any(&[fixed], pathspecs)
    }

    /// Lines that contain any of `fixed`, as [`TreeView::grep`].
    ///
    /// # Errors
    /// When git cannot search.
    pub fn grep_any(&self, fixed: &[&str], pathspecs: &[&str]) -> Result<(Vec<Hit>, bool), RepoError> {
        let fixed: Vec<&str> =
            fixed.iter().copied().filter(|f| !f.is_empty() && !f.contains(['\0', '\n'])).collect();
        if fixed.is_empty() {
            return Ok((Vec::new(), false));
        }
        let git = self.repo.git.clone().env("GIT_ATTR_SOURCE", self.repo.empty_tree());
        let options = [
            "grep",
            "-z",
            "-n",
            "-I",
            "-F",
            "--no-color",
            "--no-column",
            "--no-heading",
            "--no-break",
            "--no-textconv",
            "--no-recurse-submodules",
            "--full-name",
        ];
        let patterns = fixed.iter().flat_map(|f| ["-e", *f]);
        let rest = [self.oid.as_str(), "--"].into_iter().chain(pathspecs.iter().copied());
        let args = git::owned(options.into_iter().chain(patterns).chain(rest));
        let limits = Limits { output: SEARCH_LIMIT, ..Limits::whole_answer() };
        let output = git.cmd(&args).limits(limits).run(git.control())?;
        match output.exit {
            Exit::Code(0 | 1) | Exit::OverOutput => {}
            _ => return Err(git::failure(&args, &output)),
        }
        let mut hits = hits(&output.stdout, self.oid.len() + 1);
        let cut = output.exit == Exit::OverOutput;
        if cut {
            hits.pop();
        }
        Ok((hits, cut))
    }

    /// Files with a line that contains any of `fixed`, below `pathspecs`. `None` when there are more than
    /// are read.
    ///
    /// # Errors
    /// When git cannot search.
    pub fn files_with(&self, fixed: &[&str], pathspecs: &[&str]) -> Result<Option<Vec<String>>, RepoError> {
        let fixed: Vec<&&str> = fixed.iter().filter(|f| !f.is_empty() && !f.contains(['\0', '\n'])).collect();
        if fixed.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let git = self.repo.git.clone().env("GIT_ATTR_SOURCE", self.repo.empty_tree());
        let mut args =
            vec!["grep", "-z", "-l", "-I", "-F", "--no-textconv", "--no-recurse-submodules", "--full-name"];
        for fixed in fixed {
            args.extend(["-e", fixed]);
        }
        args.extend([self.oid.as_str(), "--"]);
        args.extend(pathspecs);
        let args = git::owned(args);
        let limits = Limits { output: SEARCH_LIMIT, ..Limits::whole_answer() };
        let output = git.cmd(&args).limits(limits).run(git.control())?;
        match output.exit {
            Exit::Code(0 | 1) => {}
            Exit::OverOutput => return Ok(None),
            _ => return Err(git::failure(&args, &output)),
        }
        let paths = output.stdout.split(|&b| b == 0).filter_map(|path| path.get(self.oid.len() + 1..));
        Ok(Some(paths.map(shown).collect()))
    }

    /// Paths of files that are not as the tree `other` has them, those that are not here among them.
    ///
    /// # Errors
    /// When either tree is missing.
    pub fn unlike(&self, other: &str) -> Result<Vec<String>, RepoError> {
        let args = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", other, &self.oid];
        let output = self.repo.git.ask(args)?;
        Ok(output.stdout.split(|&b| b == 0).filter(|path| !path.is_empty()).map(shown).collect())
    }

    /// Every file with the id of its content; links and submodules are none.
    ///
    /// # Errors
    /// When a tree is missing.
    pub fn files(&self) -> Result<Vec<(String, String)>, RepoError> {
        if self.oid == self.repo.empty_tree() {
            return Ok(Vec::new());
        }
        let listed = self.repo.git.run(["ls-tree", "-r", "-z", "--full-tree", &self.oid])?;
        // `<mode> blob <id>\t<path>`
        let file = |line: &[u8]| {
            let tab = line.iter().position(|&byte| byte == b'\t')?;
            let mut words = line[..tab].split(|&byte| byte == b' ');
            let is_file = words.next()?.starts_with(b"100");
            let oid = words.nth(1)?;
            is_file.then(|| (shown(&line[tab + 1..]), String::from_utf8_lossy(oid).into_owned()))
        };
        Ok(listed.split(|&byte| byte == 0).filter_map(file).collect())
    }

    /// What could not be read through [`reach::Tree`], if anything: its answers are then no ground for
    /// saying that something is not there.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The entry at `path` with links followed, as long as they stay inside; `None` when nothing
    /// stands there. The top has no entry of its own and stands as a directory.
    fn followed(&self, path: &str) -> Result<Option<Entry>, RepoError> {
        let mut open: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let top = Entry { mode: 0o40000, raw_name: Vec::new(), name: String::new(), oid: self.oid.clone() };
        let mut way = vec![top];
        let mut hops = 0;
        while let Some(name) = open.pop() {
            match name.as_str() {
                "" | "." => continue,
                ".." if way.len() == 1 => return Ok(None),
                ".." => {
                    way.pop();
                    continue;
                }
                _ => {}
            }
            let Some(here) = way.last().filter(|entry| entry.is_dir()) else { return Ok(None) };
            let entries = self.entries(&here.oid)?;
            let Some(entry) = entries.iter().find(|entry| entry.name == name) else { return Ok(None) };
            if !entry.is_link() {
                way.push(entry.clone());
                continue;
            }
            let target = shown(&self.repo.read(&entry.oid, 4096)?);
            hops += 1;
            if target.starts_with('/') || hops > HOPS {
                return Ok(None);
            }
            open.extend(target.split('/').rev().map(str::to_owned));
        }
        Ok(way.pop())
    }

    /// The answer, or `None` with the error noted.
    fn noted<T>(&self, answer: Result<T, RepoError>) -> Option<T> {
        match answer {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.note(error.to_string());
                None
            }
        }
    }

    fn note(&self, trouble: String) {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(trouble);
    }

    fn entries(&self, oid: &str) -> Result<Arc<Vec<Entry>>, RepoError> {
        if oid == self.repo.empty_tree() {
            return Ok(Arc::default());
        }
        self.repo.objects.tree(oid)
    }
}

impl reach::Tree for TreeView<'_> {
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        let entry = self.noted(self.followed(path))?.filter(Entry::is_file)?;
        self.noted(self.repo.read(&entry.oid, SOURCE_LIMIT)).map(Cow::Owned)
    }

    fn list(&self, dir: &str) -> Vec<String> {
        let entry = self.noted(self.followed(dir)).flatten().filter(Entry::is_dir);
        let entries = entry.and_then(|entry| self.noted(self.entries(&entry.oid))).unwrap_or_default();
        entries.iter().map(|e| if e.is_dir() { format!("{}/", e.name) } else { e.name.clone() }).collect()
    }

    fn grep(&self, needle: &str) -> Vec<(String, u32, String)> {
        let (hits, cut) = self.noted(TreeView::grep(self, needle, &[])).unwrap_or_default();
        if cut {
            self.note(format!("`{needle}` stands in more lines than are read"));
        }
        hits.into_iter().map(|hit| (hit.path, hit.line, hit.text)).collect()
    }
}

/// `<tree>:<path>\0<line>\0<text>\n`; the path may hold line ends, the text may not.
fn hits(mut text: &[u8], prefix: usize) -> Vec<Hit> {
    let mut hits = Vec::new();
    let until = |text: &mut &[u8], end: u8| -> Option<Vec<u8>> {
        let at = text.iter().position(|&b| b == end)?;
        let piece = text[..at].to_vec();
        *text = &text[at + 1..];
        Some(piece)
    };
    while let (Some(path), Some(line), Some(content)) =
        (until(&mut text, 0), until(&mut text, 0), until(&mut text, b'\n'))
    {
        let Ok(line) = shown(&line).parse() else { break };
        let path = shown(path.get(prefix..).unwrap_or_default());
        hits.push(Hit { path, line, text: String::from_utf8_lossy(&content).into_owned() });
    }
    hits
}
