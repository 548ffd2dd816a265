//! Writing into the lab's tree without following links that its content may hold.
//!
//! The tree is agent-written, and agent code has run in it: any part of a path may be a symbolic
//! link that leads out of the scratch area.

use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// After 1970: a modification time older than any build.
const OLD: Duration = Duration::from_secs(1_000_000_000);

/// Writes `bytes` to `relative` below `tree`. A link in the way is an error, except at the file
/// itself, which is replaced.
pub(crate) fn write_inside(tree: &Path, relative: &str, bytes: &[u8]) -> io::Result<()> {
    let path = resolve(tree, relative)?;
    let parent = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(parent)?;
    remove_file(&path)?;
    fs::write(path, bytes)
}

/// As [`write_inside`], with a modification time that stays the same: a build script that watches the
/// file does not run again because of it.
pub(crate) fn write_old(tree: &Path, relative: &str, bytes: &[u8]) -> io::Result<()> {
    write_dated(tree, relative, bytes, UNIX_EPOCH + OLD)
}

/// As [`write_inside`], with this modification time.
pub(crate) fn write_dated(tree: &Path, relative: &str, bytes: &[u8], modified: SystemTime) -> io::Result<()> {
    write_inside(tree, relative, bytes)?;
    let file = File::options().write(true).open(resolve(tree, relative)?)?;
    file.set_modified(modified)
}

/// A file's content and modification time; a link is an error.
pub(crate) fn read_inside(tree: &Path, relative: &str) -> io::Result<(Vec<u8>, SystemTime)> {
    let path = resolve(tree, relative)?;
    let meta = fs::symlink_metadata(&path)?;
    if !meta.is_file() {
        return Err(io::Error::other(format!("{relative} is no plain file")));
    }
    Ok((fs::read(path)?, meta.modified()?))
}

/// As [`write_inside`], for a file that its readers may run.
pub(crate) fn write_program(tree: &Path, relative: &str, bytes: &[u8]) -> io::Result<()> {
    write_inside(tree, relative, bytes)?;
    make_program(&resolve(tree, relative)?)
}

#[cfg(unix)]
fn make_program(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path)?.permissions().mode();
    fs::set_permissions(path, fs::Permissions::from_mode(mode | 0o111))
}

#[cfg(not(unix))]
fn make_program(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Puts a symbolic link to `target` at `relative`. It may lead anywhere: as those of a checkout, it is for the
/// tests to follow and never for guard.
#[cfg(unix)]
pub(crate) fn link_inside(tree: &Path, relative: &str, target: &[u8]) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    write_inside(tree, relative, b"")?;
    let path = resolve(tree, relative)?;
    fs::remove_file(&path)?;
    std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(target), path)
}

#[cfg(not(unix))]
pub(crate) fn link_inside(_tree: &Path, _relative: &str, _target: &[u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Removes the file `relative` below `tree`, if it is there.
pub(crate) fn remove_inside(tree: &Path, relative: &str) -> io::Result<()> {
    remove_file(&resolve(tree, relative)?)
}

fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// The path of `relative`, once every directory on the way is known to be none or a real one.
fn resolve(tree: &Path, relative: &str) -> io::Result<PathBuf> {
    let mut path = tree.to_owned();
    let parts: Vec<Component<'_>> = Path::new(relative).components().collect();
    for (i, part) in parts.iter().enumerate() {
        let Component::Normal(name) = part else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("`{relative}` is no path inside the tree"),
            ));
        };
        path.push(name);
        let is_link = || fs::symlink_metadata(&path).is_ok_and(|m| m.file_type().is_symlink());
        if i + 1 < parts.len() && is_link() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("`{relative}` leads through a symbolic link"),
            ));
        }
    }
    Ok(path)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_in_the_tree_do_not_lead_writes_out_of_it() {
        let outside = tempfile::tempdir().unwrap();
        let tree = tempfile::tempdir().unwrap();
        symlink(outside.path(), tree.path().join("dir")).unwrap();
        symlink(outside.path().join("file"), tree.path().join("link")).unwrap();

        assert!(write_inside(tree.path(), "dir/x", b"x").is_err());
        assert!(write_inside(tree.path(), "../x", b"x").is_err());
        write_inside(tree.path(), "link", b"x").unwrap();
        write_inside(tree.path(), "new/x", b"x").unwrap();

        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
        assert_eq!(fs::read(tree.path().join("link")).unwrap(), b"x");
    }
}
