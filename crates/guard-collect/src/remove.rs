//! Removing what agent-written code made, which may have taken the rights from its own directories.

use std::fs;
use std::io;
use std::path::Path;

/// Removes a file, a link (never followed), or a directory with all that is in it, if it is there.
pub(crate) fn all(path: &Path) -> io::Result<()> {
    let gone = match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path).or_else(|_| {
            open_all(path);
            fs::remove_dir_all(path)
        }),
        Ok(_) => fs::remove_file(path),
        Err(e) => Err(e),
    };
    match gone {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Gives a directory its owner's rights back. Links are not followed.
#[cfg(unix)]
pub(crate) fn open(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    const OWNERS: u32 = 0o700;
    let Ok(meta) = fs::symlink_metadata(path) else { return };
    let mode = meta.permissions().mode();
    if meta.is_dir() && mode & OWNERS != OWNERS {
        // Whoever needs it says what it could not do.
        let _ = fs::set_permissions(path, fs::Permissions::from_mode((mode | OWNERS) & 0o7777));
    }
}

#[cfg(not(unix))]
pub(crate) fn open(_path: &Path) {}

/// The same for all directories at and below `path`.
fn open_all(path: &Path) {
    if !fs::symlink_metadata(path).is_ok_and(|m| m.is_dir()) {
        return;
    }
    open(path);
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        open_all(&entry.path());
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_directory_without_rights_is_removed_with_all_that_is_in_it() {
        let top = tempfile::tempdir().unwrap();
        let dir = top.path().join("a");
        fs::create_dir_all(dir.join("b/c")).unwrap();
        fs::write(dir.join("b/file"), "x").unwrap();
        for (path, mode) in [("b/c", 0o000), ("b", 0o000), ("", 0o555)] {
            fs::set_permissions(dir.join(path), fs::Permissions::from_mode(mode)).unwrap();
        }
        all(&dir).unwrap();
        assert!(!dir.exists());
        all(&dir).unwrap();
    }
}
