//! From what a person writes to a commit or a tree.

use super::objects::{Kind, Object};
use super::{Repo, RepoError};

/// A commit, as far as comparing needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tip {
    pub(super) oid: String,
    pub(super) tree: String,
    pub(super) parents: Vec<String>,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Point {
    Commit(Tip),
    Tree(String),
    Empty,
}

impl Point {
    pub(super) fn commit(&self) -> Option<&Tip> {
        match self {
            Point::Commit(tip) => Some(tip),
            _ => None,
        }
    }
}

/// Headers of a commit are far shorter than this.
const COMMIT_LIMIT: u64 = 64 << 10;

impl Repo {
    /// What `HEAD` is; `None` before the first commit.
    pub(super) fn head(&self) -> Result<Option<Tip>, RepoError> {
        if let Some(tip) = self.lookup("HEAD^{commit}")? {
            return Ok(Some(tip));
        }
        // A name without its object is no new repository.
        let named = self.git.ask(["rev-parse", "--quiet", "--verify", "HEAD"])?;
        if named.success() {
            return Err(self.objects.missing(String::from_utf8_lossy(&named.stdout).trim_end()));
        }
        let head = std::fs::read_to_string(self.git_dir.join("HEAD")).unwrap_or_default();
        if let Some(branch) = head.strip_prefix("ref: ").map(str::trim_end)
            && self.common_dir.join(branch).is_file()
        {
            let what = format!("`{branch}` holds no commit id; run `git fsck`");
            return Err(RepoError::unexpected("git rev-parse HEAD", what));
        }
        Ok(None)
    }

    /// The commit of a name that needs no interpretation.
    pub(super) fn lookup(&self, name: &str) -> Result<Option<Tip>, RepoError> {
        self.objects.find(name, COMMIT_LIMIT)?.map(|object| tip(&object)).transpose()
    }

    /// The commit or tree that a person or a hook named.
    pub(super) fn resolve(&self, rev: &str) -> Result<Point, RepoError> {
        if rev.is_empty() || rev.contains(['\n', '\0']) {
            return Err(RepoError::NoSuchRevision {
                rev: rev.escape_debug().to_string(),
                nearest: None,
                fetch: None,
            });
        }
        for (peel, is_commit) in [("^{commit}", true), ("^{tree}", false)] {
            let wanted = format!("{rev}{peel}");
            let output = self.git.ask(["rev-parse", "--verify", "--end-of-options", &wanted])?;
            if String::from_utf8_lossy(&output.stderr).contains("is ambiguous") {
                return Err(self.ambiguous(rev, &output.stderr));
            }
            if !output.success() {
                continue;
            }
            let text = String::from_utf8_lossy(&output.stdout);
            let oid = text.lines().last().unwrap_or_default();
            return Ok(if is_commit {
                Point::Commit(self.lookup(oid)?.ok_or_else(|| self.objects.missing(oid))?)
            } else {
                Point::Tree(oid.to_owned())
            });
        }
        Err(self.absent(rev))
    }

    /// Why a revision is not there.
    fn absent(&self, rev: &str) -> RepoError {
        let name = rev.split(['~', '^', ':']).next().unwrap_or(rev);
        let name = name.split("@{").next().unwrap_or(name);
        let is_id = name.len() >= 7 && name.bytes().all(|b| b.is_ascii_hexdigit());
        let exists = |name: &str| {
            self.git
                .ask(["rev-parse", "--verify", "--quiet", "--end-of-options", name])
                .is_ok_and(|o| o.success())
        };
        let known = name != rev && (name.is_empty() || exists(name));
        let is_ancestor = rev[name.len()..].starts_with(['~', '^']) && !rev.contains(':');
        if self.shallow && known && is_ancestor {
            return RepoError::Shallow { what: format!("`{rev}`") };
        }
        let nearest = match known && !name.is_empty() {
            true => Some(name.to_owned()),
            false => self.nearest(name).filter(|nearest| nearest != rev),
        };
        if nearest.is_none() && self.has_no_commit() {
            return RepoError::NoCommit { rev: rev.to_owned() };
        }
        let fetch = match self.shallow && is_id {
            true => Some("run `git fetch --unshallow`".to_owned()),
            false => self.fetch_of(name, self.shallow && !known),
        };
        RepoError::NoSuchRevision { rev: rev.to_owned(), nearest, fetch }
    }

    /// Whether nothing was ever committed here.
    fn has_no_commit(&self) -> bool {
        let any = self.git.run(["for-each-ref", "--count=1"]);
        any.is_ok_and(|refs| refs.is_empty()) && matches!(self.head(), Ok(None))
    }

    /// The ref with the most similar name.
    fn nearest(&self, name: &str) -> Option<String> {
        let refs = self.git.run(["for-each-ref", "--count=20000", "--format=%(refname:short)"]).ok()?;
        let refs = String::from_utf8_lossy(&refs);
        let own = name.trim_start_matches("refs/heads/").trim_start_matches("refs/tags/");
        let rate = |candidate: &str| {
            let last = candidate.rsplit('/').next().unwrap_or(candidate);
            strsim::normalized_damerau_levenshtein(own, candidate)
                .max(strsim::normalized_damerau_levenshtein(own, last) - 0.01)
        };
        refs.lines()
            .chain(["HEAD"])
            .map(|candidate| (rate(candidate), candidate))
            .filter(|(rate, _)| *rate >= 0.5)
            .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
            .map(|(_, candidate)| candidate.to_owned())
    }

    /// What may bring a branch of a remote that was not fetched; where `bare`, also one that was
    /// named without its remote, or a tag.
    fn fetch_of(&self, name: &str, bare: bool) -> Option<String> {
        let remotes = self.git.run(["remote"]).ok()?;
        let remotes = String::from_utf8_lossy(&remotes);
        let name = name.trim_start_matches("refs/remotes/");
        let plain = |branch: &str| {
            !branch.is_empty() && branch.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
        };
        let of_remote = |remote: &str| {
            let branch = name.strip_prefix(remote)?.strip_prefix('/').filter(|branch| plain(branch))?;
            Some(format!("run `git fetch {remote} {branch}:refs/remotes/{remote}/{branch}`"))
        };
        if let Some(command) = remotes.lines().find_map(of_remote) {
            return Some(command);
        }
        let own = name.trim_start_matches("refs/heads/").trim_start_matches("refs/tags/");
        let remote = remotes.lines().next().filter(|_| bare && plain(own) && own != "HEAD")?;
        let is_version = own.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
        Some(match name.starts_with("refs/tags/") || is_version {
            true => format!("run `git fetch {remote} refs/tags/{own}:refs/tags/{own}`"),
            false => {
                format!(
                    "run `git fetch {remote} {own}:refs/remotes/{remote}/{own}` and name `{remote}/{own}`"
                )
            }
        })
    }

    fn ambiguous(&self, rev: &str, said: &[u8]) -> RepoError {
        let listed = self.git.run(["for-each-ref", "--format=%(refname)"]).unwrap_or_default();
        let listed = String::from_utf8_lossy(&listed);
        let suffix = format!("/{rev}");
        let mut candidates: Vec<&str> = listed
            .lines()
            .filter(|name| name.starts_with("refs/") && name.ends_with(&suffix))
            .take(5)
            .collect();
        let said = String::from_utf8_lossy(said);
        if candidates.is_empty() {
            // git lists the objects that a short id may mean.
            candidates =
                said.lines().filter_map(|line| line.trim().strip_prefix("hint:")).map(str::trim).collect();
            candidates.retain(|line| line.starts_with(rev));
        }
        let candidates =
            if candidates.is_empty() { "git knows several".to_owned() } else { candidates.join(", ") };
        RepoError::AmbiguousRevision { rev: rev.to_owned(), candidates }
    }

    /// The best common ancestor of two commits.
    pub(super) fn merge_base(&self, a: &Tip, b: &Tip) -> Result<Option<Tip>, RepoError> {
        if a.oid == b.oid {
            return Ok(Some(a.clone()));
        }
        let output = self.git.ask(["merge-base", &a.oid, &b.oid])?;
        let text = String::from_utf8_lossy(&output.stdout);
        match (output.exit.code(), text.lines().next()) {
            (Some(0), Some(oid)) => self.lookup(oid),
            (Some(1), _) => Ok(None),
            _ => Err(super::git::failure(&["merge-base".into()], &output)),
        }
    }
}

/// Reads the headers of a commit.
fn tip(object: &Object) -> Result<Tip, RepoError> {
    let odd = || RepoError::unexpected("git cat-file", format!("{} is not a commit", object.oid));
    if object.kind != Kind::Commit {
        return Err(odd());
    }
    let mut tree = None;
    let mut parents = Vec::new();
    for line in object.data.split(|&b| b == b'\n').take_while(|line| !line.is_empty()) {
        let line = String::from_utf8_lossy(line);
        match line.split_once(' ') {
            Some(("tree", id)) => tree = Some(id.to_owned()),
            Some(("parent", id)) => parents.push(id.to_owned()),
            // Headers after these two may hold anything.
            _ => break,
        }
    }
    Ok(Tip { oid: object.oid.clone(), tree: tree.ok_or_else(odd)?, parents })
}
