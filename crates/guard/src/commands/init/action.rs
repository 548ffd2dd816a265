//! What is done to files: shown first, then done as a whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::render;

/// Lines of context around what differs.
const CONTEXT: usize = 2;

/// One thing that is done to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// Gives a file this text; it is made when it is not there.
    Write {
        /// The file.
        path: PathBuf,
        /// What stood there.
        before: Option<String>,
        /// What will.
        after: String,
        /// Whether it is a program.
        program: bool,
    },
    /// Removes a file, and then those of the directories that are empty.
    Remove {
        /// The file.
        path: PathBuf,
        /// What stood there.
        before: String,
        /// The directories, the innermost first.
        dirs: Vec<PathBuf>,
    },
    /// Renames a file.
    Move {
        /// Its old name.
        from: PathBuf,
        /// Its new one.
        to: PathBuf,
    },
}

impl Action {
    /// What it does, as a diff. Paths are given below `top` where they lie there.
    pub(super) fn shown(&self, top: &Path) -> String {
        let (path, before, after) = match self {
            Action::Write { path, before, after, .. } => (path, before.as_deref(), Some(after.as_str())),
            Action::Remove { path, before, .. } => (path, Some(before.as_str()), None),
            Action::Move { from, to } => {
                return format!("rename {} to {}\n", shown_path(from, top), shown_path(to, top));
            }
        };
        let name = shown_path(path, top);
        let side = |text: Option<&str>, mark: &str| match text {
            Some(_) => format!("{mark}/{name}"),
            None => "/dev/null".to_owned(),
        };
        let diff = similar::TextDiff::from_lines(before.unwrap_or_default(), after.unwrap_or_default());
        let text = diff
            .unified_diff()
            .context_radius(CONTEXT)
            .header(&side(before, "a"), &side(after, "b"))
            .to_string();
        text.lines().map(|line| format!("{}\n", render::code_line(line))).collect()
    }

    fn act(&self) -> io::Result<()> {
        match self {
            Action::Write { path, after, program, .. } => write(path, after, *program),
            Action::Remove { path, dirs, .. } => {
                fs::remove_file(path)?;
                // One that holds something else stays.
                let _ = dirs.iter().try_for_each(fs::remove_dir);
                Ok(())
            }
            Action::Move { from, to } => fs::rename(from, to),
        }
    }

    /// Takes it back.
    fn revert(&self) {
        let _ = match self {
            Action::Write { path, before: Some(before), .. } => write(path, before, false),
            Action::Write { path, before: None, .. } => fs::remove_file(path),
            Action::Remove { path, before, .. } => write(path, before, false),
            Action::Move { from, to } => fs::rename(to, from),
        };
    }

    fn path(&self) -> &Path {
        match self {
            Action::Write { path, .. } | Action::Remove { path, .. } => path,
            Action::Move { from, .. } => from,
        }
    }
}

/// A path as people name it.
pub(super) fn shown_path(path: &Path, top: &Path) -> String {
    let path = path.strip_prefix(top).unwrap_or(path);
    render::one_path(&path.display().to_string(), usize::MAX)
}

/// Does everything, or nothing: what was done is taken back when something fails.
pub(super) fn perform(actions: &[Action], top: &Path) -> Result<()> {
    for (done, action) in actions.iter().enumerate() {
        if let Err(error) = action.act() {
            actions[..done].iter().rev().for_each(Action::revert);
            let path = shown_path(action.path(), top);
            return Err(error).with_context(|| format!("cannot write {path}, so nothing was changed"));
        }
    }
    Ok(())
}

/// The directories above `path` that are not there yet, the innermost first.
pub(super) fn missing_dirs(path: &Path) -> Vec<PathBuf> {
    let above = path.ancestors().skip(1);
    above.take_while(|dir| !dir.as_os_str().is_empty() && !dir.exists()).map(Path::to_owned).collect()
}

/// The text of a file; `None` when it is not there.
pub(super) fn read(path: &Path, top: &Path) -> Result<Option<String>> {
    /// Bytes of a file that guard would edit.
    const LONGEST: u64 = 4 << 20;
    let name = || shown_path(path, top);
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e).with_context(|| format!("cannot read {}", name())),
    };
    if !meta.is_file() {
        bail!("{} is no file", name());
    }
    if meta.len() > LONGEST {
        bail!("{} is larger than the {} MiB that guard would edit", name(), LONGEST >> 20);
    }
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", name()))?;
    Ok(Some(String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", name()))?))
}

/// The file that a path means, which must lie in one of the `roots`: a link that leads elsewhere is not written through.
pub(super) fn within(path: &Path, roots: &[&Path], top: &Path) -> Result<PathBuf> {
    let nearest = path.ancestors().find(|a| fs::symlink_metadata(a).is_ok()).unwrap_or(path);
    let real = fs::canonicalize(nearest)
        .with_context(|| format!("{} is a link that leads nowhere", shown_path(nearest, top)))?;
    let is_below = |root: &&Path| fs::canonicalize(root).is_ok_and(|root| real.starts_with(root));
    if !roots.iter().any(is_below) {
        bail!("{} leads out of the repository, to {}", shown_path(path, top), real.display());
    }
    let rest = path.strip_prefix(nearest).unwrap_or(Path::new(""));
    Ok(if rest.as_os_str().is_empty() { real } else { real.join(rest) })
}

/// Writes a file as a whole: whoever reads it sees the old text or the new one.
fn write(path: &Path, text: &str, program: bool) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    set_mode(file.path(), path, program)?;
    file.persist(path).map(drop).map_err(|e| e.error)
}

/// Gives the new file the mode of the old one, or what a new file has.
#[cfg(unix)]
fn set_mode(new: &Path, old: &Path, program: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let known = fs::metadata(old).ok().map(|m| m.permissions().mode() & 0o7777);
    let mode = known.unwrap_or(0o644) | if program { 0o111 } else { 0 };
    fs::set_permissions(new, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_new: &Path, _old: &Path, _program: bool) -> io::Result<()> {
    Ok(())
}
