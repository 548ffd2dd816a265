//! Where git looks for hooks.

use std::path::PathBuf;

use super::{Repo, RepoError, path};

/// Where git looks for the hooks of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hooks {
    /// The directory; it need not exist.
    pub dir: PathBuf,
    /// `core.hooksPath`, where it is set, with `~` expanded.
    pub configured: Option<String>,
}

impl Repo {
    /// Where git looks for hooks.
    ///
    /// # Errors
    /// When git fails.
    pub fn hooks(&self) -> Result<Hooks, RepoError> {
        // guard's own calls switch hooks off; what they say of themselves has the scope `command`.
        let output = self.git.ask([
            "config",
            "--null",
            "--show-scope",
            "--type=path",
            "--get-all",
            "core.hooksPath",
        ])?;
        let mut fields = output.stdout.split(|&b| b == 0);
        let mut configured = None;
        while let (Some(scope), Some(value)) = (fields.next(), fields.next()) {
            if scope != b"command" && !value.is_empty() {
                configured = Some(path::os(value).to_string_lossy().into_owned());
            }
        }
        let top = self.top.as_ref().unwrap_or(&self.git_dir);
        let dir = match &configured {
            Some(named) => top.join(named),
            None => self.common_dir.join("hooks"),
        };
        Ok(Hooks { dir, configured })
    }

    /// Whether a file is in the commit at `HEAD`.
    ///
    /// # Errors
    /// When git fails.
    pub fn committed(&self, path: &str) -> Result<bool, RepoError> {
        Ok(self.git.ask(["cat-file", "-e", &format!("HEAD:{path}")])?.success())
    }
}
