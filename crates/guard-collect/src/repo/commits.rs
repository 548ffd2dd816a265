//! The commits of a range.

use guard_model::Commit;

use super::revision::{Point, Tip};
use super::{Repo, RepoError};

/// More commits than this are not read; the newest are.
const MOST: usize = 5_000;

impl Repo {
    /// Commits that `head` has and `base` has not, oldest first.
    pub(super) fn commits(&self, base: &Point, head: Option<&Tip>) -> Result<Vec<Commit>, RepoError> {
        let (Some(head), Point::Commit(_) | Point::Empty) = (head, base) else { return Ok(Vec::new()) };
        let mut revs = vec![head.oid.clone()];
        if let Some(base) = base.commit() {
            if base.oid == head.oid {
                return Ok(Vec::new());
            }
            revs.push(format!("^{}", base.oid));
        }
        let most = format!("--max-count={MOST}");
        let fixed = [
            "log",
            "-z",
            "--reverse",
            "--topo-order",
            "--no-color",
            "--no-decorate",
            "--no-mailmap",
            "--no-notes",
            "--no-patch",
            "--no-show-signature",
            "--encoding=UTF-8",
            "--format=tformat:%H%n%P%n%an <%ae>%n%B",
            most.as_str(),
        ];
        let revs: Vec<&str> = revs.iter().map(String::as_str).chain(["--"]).collect();
        let text = self.git.run(fixed.iter().chain(&revs))?;
        let text = String::from_utf8_lossy(&text);
        Ok(text.split('\0').filter(|record| !record.is_empty()).filter_map(commit).collect())
    }
}

fn commit(record: &str) -> Option<Commit> {
    let mut parts = record.splitn(4, '\n');
    Some(Commit {
        id: parts.next()?.to_owned(),
        parents: parts.next()?.split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect(),
        author: parts.next()?.to_owned(),
        message: parts.next().unwrap_or_default().trim_end_matches('\n').to_owned(),
    })
}
