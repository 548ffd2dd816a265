//! What a change is compared with, and why.

use super::revision::{Point, Tip};
use super::{Repo, RepoError, Spec, What};

/// A base and the reason for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) point: Point,
    pub(super) reason: String,
    /// Set when base was moved to the merge base of what was named.
    pub(super) merge_base: Option<String>,
}

impl Base {
    fn plain(point: Point, reason: impl Into<String>) -> Base {
        Base { point, reason: reason.into(), merge_base: None }
    }
}

/// Branches that are the default one where no remote says which it is.
const DEFAULT_BRANCHES: &[&str] = &["main", "master", "trunk"];

impl Repo {
    /// The base of `spec`, whose head stands on the commit `head`.
    pub(super) fn base(&self, spec: &Spec, head: &Point) -> Result<Base, RepoError> {
        if let Some(named) = &spec.base {
            return self.named_base(named, spec, head);
        }
        if let Some(snapshot) = &spec.snapshot {
            return Ok(Base::plain(self.resolve(snapshot)?, "the hook's snapshot"));
        }
        let Some(tip) = head.commit() else {
            let reason = if spec.what == What::Range {
                "the empty tree"
            } else {
                "the empty tree: there is no commit yet"
            };
            return Ok(Base::plain(Point::Empty, reason));
        };
        if spec.amend {
            return self.amended(tip);
        }
        if spec.what != What::Range && self.git_dir.join("MERGE_HEAD").exists() {
            return Ok(Base::plain(head.clone(), "HEAD (a merge is in progress)"));
        }
        match spec.what {
            What::Staged => Ok(Base::plain(head.clone(), "HEAD")),
            What::Worktree | What::Range => self.default_base(tip, spec.what),
        }
    }

    fn named_base(&self, named: &str, spec: &Spec, head: &Point) -> Result<Base, RepoError> {
        let point = self.resolve(named)?;
        let plain = format!("--base {named}");
        let (Some(tip), Some(head), true) = (point.commit(), head.commit(), spec.merge_base) else {
            return Ok(Base::plain(point, plain));
        };
        let other = match (&spec.head, spec.what) {
            (Some(rev), What::Range) => rev.as_str(),
            _ => "HEAD",
        };
        match self.merge_base(tip, head)? {
            Some(common) if common == *tip => Ok(Base::plain(point, plain)),
            Some(common) => Ok(Base {
                merge_base: Some(common.oid.clone()),
                point: Point::Commit(common),
                reason: format!("merge base of {named} and {other}"),
            }),
            None if self.shallow => {
                Err(RepoError::Shallow { what: format!("the merge base of `{named}` and `{other}`") })
            }
            None => Ok(Base::plain(point, format!("{plain} (no common history with {other})"))),
        }
    }

    /// What stands before a commit that is going to be replaced.
    fn amended(&self, tip: &Tip) -> Result<Base, RepoError> {
        let Some(parent) = tip.parents.first() else {
            return Ok(Base::plain(Point::Empty, "the empty tree: the first commit is amended"));
        };
        match self.lookup(parent)? {
            Some(parent) => Ok(Base::plain(Point::Commit(parent), "HEAD^1 (HEAD is amended)")),
            None if self.shallow => Err(RepoError::Shallow { what: "the parent of HEAD".to_owned() }),
            None => Err(self.objects.missing(parent)),
        }
    }

    /// The merge base with the upstream or default branch when `tip` is not on it, else `tip` itself.
    fn default_base(&self, tip: &Tip, what: What) -> Result<Base, RepoError> {
        let own = || Point::Commit(tip.clone());
        // The parent is what one commit by itself changes; nothing better is known of it.
        let alone = |reason: &str| match what {
            What::Range => self
                .amended(tip)
                .map(|base| Base { reason: format!("the parent of the head ({reason})"), ..base }),
            _ if reason.is_empty() => Ok(Base::plain(own(), "HEAD")),
            _ => Ok(Base::plain(own(), format!("HEAD ({reason})"))),
        };
        let Some((name, target)) = self.mainline(what)? else { return alone("") };
        match self.merge_base(&target, tip)? {
            Some(common) if common == *tip => alone(&format!("it is on {name}")),
            Some(common) => Ok(Base {
                merge_base: Some(common.oid.clone()),
                point: Point::Commit(common),
                reason: format!("merge base with {name}"),
            }),
            None if self.shallow => Err(RepoError::Shallow { what: format!("the merge base with {name}") }),
            None => alone(&format!("no common history with {name}")),
        }
    }

    /// The branch that the current one goes to: its upstream, unless that is only its copy on the
    /// server; else the default branch.
    fn mainline(&self, what: What) -> Result<Option<(String, Tip)>, RepoError> {
        let current = self.git.ask(["symbolic-ref", "--quiet", "HEAD"])?;
        let current = String::from_utf8_lossy(&current.stdout).trim_end().to_owned();
        let current = if what == What::Range { "" } else { current.as_str() };
        let short = current.strip_prefix("refs/heads/").unwrap_or(current);
        let mut args =
            vec!["for-each-ref".to_owned(), "--format=%(refname)%00%(symref)%00%(upstream)".to_owned()];
        args.extend((!current.is_empty()).then(|| current.to_owned()));
        args.push("refs/remotes/*/HEAD".to_owned());
        for name in DEFAULT_BRANCHES {
            args.extend([format!("refs/remotes/*/{name}"), format!("refs/heads/{name}")]);
        }
        let listed = self.git.run(&args)?;
        let listed = String::from_utf8_lossy(&listed);
        let refs: Vec<[&str; 3]> = listed
            .lines()
            .filter_map(|line| {
                let mut parts = line.split('\0');
                Some([parts.next()?, parts.next()?, parts.next()?])
            })
            .collect();
        for name in candidates(&refs, current, short) {
            if let Some(tip) = self.lookup(&format!("{name}^{{commit}}"))? {
                let shown =
                    name.strip_prefix("refs/remotes/").or(name.strip_prefix("refs/heads/")).unwrap_or(&name);
                return Ok(Some((shown.to_owned(), tip)));
            }
        }
        Ok(None)
    }
}

/// Full ref names to try, best first. `refs` holds name, target of a symbolic ref, upstream.
fn candidates(refs: &[[&str; 3]], current: &str, short: &str) -> Vec<String> {
    let upstream = refs.iter().find(|r| r[0] == current && !current.is_empty()).map_or("", |r| r[2]);
    let is_own_copy = upstream.ends_with(&format!("/{short}"));
    let mut remotes: Vec<&str> = refs
        .iter()
        .filter_map(|r| r[0].strip_prefix("refs/remotes/")?.rsplit_once('/').map(|(remote, _)| remote))
        .collect();
    remotes.sort_by_key(|remote| (*remote != "origin", *remote != "upstream", *remote));
    remotes.dedup();

    let mut wanted: Vec<String> = Vec::new();
    if !is_own_copy {
        wanted.push(upstream.to_owned());
    }
    for remote in &remotes {
        let head = format!("refs/remotes/{remote}/HEAD");
        wanted.extend(refs.iter().filter(|r| r[0] == head).map(|r| r[1].to_owned()));
    }
    let exists = |name: &String| refs.iter().any(|r| r[0] == name);
    for remote in &remotes {
        let names = DEFAULT_BRANCHES.iter().map(|name| format!("refs/remotes/{remote}/{name}"));
        wanted.extend(names.filter(exists));
    }
    // From the default branch itself another branch of that kind is no place to go to.
    if !DEFAULT_BRANCHES.contains(&short) {
        wanted.extend(DEFAULT_BRANCHES.iter().map(|name| format!("refs/heads/{name}")).filter(exists));
    }
    wanted.push(upstream.to_owned());
    wanted.retain(|name| !name.is_empty() && name != current);
    wanted
}

#[cfg(test)]
mod tests {
    use super::candidates;

    #[test]
    fn a_branch_goes_to_its_upstream_or_else_to_the_default_branch() {
        let main = ["refs/heads/main", "", "refs/remotes/origin/main"];
        let origin = ["refs/remotes/origin/main", "", ""];
        let head = ["refs/remotes/origin/HEAD", "refs/remotes/origin/main", ""];
        let develop = ["refs/remotes/origin/HEAD", "refs/remotes/origin/develop", ""];
        let copy = ["refs/heads/f", "", "refs/remotes/origin/f"];
        let stacked = ["refs/heads/f", "", "refs/remotes/origin/release"];
        let local = ["refs/heads/f", "", "refs/heads/main"];
        let lonely = ["refs/heads/f", "", ""];
        for (refs, current, first) in [
            (vec![main, origin, head], "refs/heads/main", Some("refs/remotes/origin/main")),
            (vec![main, origin, head, copy], "refs/heads/f", Some("refs/remotes/origin/main")),
            (vec![main, origin, develop, copy], "refs/heads/f", Some("refs/remotes/origin/develop")),
            (vec![main, origin, head, stacked], "refs/heads/f", Some("refs/remotes/origin/release")),
            (vec![main, origin, local], "refs/heads/f", Some("refs/heads/main")),
            (vec![["refs/heads/main", "", ""], lonely], "refs/heads/f", Some("refs/heads/main")),
            (vec![["refs/heads/main", "", ""], ["refs/heads/master", "", ""]], "refs/heads/main", None),
            (vec![copy], "refs/heads/f", Some("refs/remotes/origin/f")),
            (vec![main, origin], "", Some("refs/remotes/origin/main")),
            (vec![lonely], "refs/heads/f", None),
        ] {
            let short = current.strip_prefix("refs/heads/").unwrap_or_default();
            assert_eq!(candidates(&refs, current, short).first().map(String::as_str), first, "{refs:?}");
        }
    }
}
