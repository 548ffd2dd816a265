//! How much the labs of all repositories take together: beyond a bound those that were not used for longest are removed.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::policy::mebibytes;
use crate::remove;
use crate::surroundings::Surroundings;

/// What all labs may take together where nothing else is set, in MiB.
const USUAL_MIB: u64 = 20 << 10;
/// How long a measured size holds: a lab grows in its first runs, and counting its files costs time.
const MEASURED_FOR: Duration = Duration::from_secs(3600);

/// The bound in MiB that `GUARD_CACHE_MAX` sets (`50GiB`), or the usual one; `None` where it is `none`. The error says
/// why it cannot be read.
pub fn bound_mib(surroundings: &Surroundings) -> Result<Option<u64>, String> {
    let Some(said) = surroundings.var("GUARD_CACHE_MAX") else { return Ok(Some(USUAL_MIB)) };
    match said.to_str() {
        Some("none") => Ok(None),
        Some(text) => mebibytes(text).map(Some),
        None => Err("it is no text".to_owned()),
    }
}

/// One repository's lab.
struct Lab {
    /// The directory of the repository in the scratch area.
    root: PathBuf,
    used: SystemTime,
    bytes: u64,
}

/// Removes the labs beside `own` that were used longest ago, until all take at most `most` bytes.
pub(super) fn keep(own: &Path, most: u64) {
    let labs = labs(own);
    let mut total: u64 = labs.iter().map(|l| l.bytes).sum::<u64>() + measured(own);
    for lab in &labs {
        if total <= most {
            break;
        }
        if remove(&lab.root) {
            total = total.saturating_sub(lab.bytes);
        }
    }
}

/// Removes the labs beside `own` that were used longest ago, until `enough` is so.
pub(super) fn make_room(own: &Path, enough: impl Fn() -> bool) {
    for lab in labs(own) {
        if enough() {
            break;
        }
        remove(&lab.root);
    }
}

/// The labs beside `own`, the one used longest ago first.
fn labs(own: &Path) -> Vec<Lab> {
    let beside = own.parent().into_iter().flat_map(fs::read_dir).flatten().flatten().map(|e| e.path());
    let mut found: Vec<Lab> = beside
        .filter(|root| root != own && root.join("lab").is_dir())
        .map(|root| Lab { used: used(&root), bytes: measured(&root), root })
        .collect();
    found.sort_by(|a, b| (a.used, &a.root).cmp(&(b.used, &b.root)));
    found
}

/// When a run last took the lab.
fn used(root: &Path) -> SystemTime {
    let when = |name: &str| fs::metadata(root.join(name)).and_then(|m| m.modified()).ok();
    when("lab.lock").max(when("lab/index")).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Bytes that a lab takes, counted anew when that was long ago or the lab was used since.
fn measured(root: &Path) -> u64 {
    let note = root.join("lab.size");
    let is_fresh = |m: Metadata| {
        let at = m.modified().ok()?;
        Some(at >= used(root) || at.elapsed().is_ok_and(|age| age < MEASURED_FOR))
    };
    let noted = || fs::read_to_string(&note).ok()?.trim().parse::<u64>().ok();
    if let (Some(true), Some(bytes)) = (fs::symlink_metadata(&note).ok().and_then(is_fresh), noted()) {
        return bytes;
    }
    let bytes = size(&root.join("lab"));
    // Without the note it is counted again.
    let _ = fs::write(&note, bytes.to_string());
    bytes
}

/// Bytes that a directory takes on the disk. Links are not followed; a file with several names counts once in all.
fn size(dir: &Path) -> u64 {
    let mut open = vec![dir.to_owned()];
    let mut total = 0_u64;
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let Ok(meta) = entry.metadata() else { continue };
            if meta.is_dir() {
                open.push(entry.path());
            }
            total = total.saturating_add(taken(&meta));
        }
    }
    total
}

#[cfg(unix)]
fn taken(meta: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let bytes = meta.blocks().saturating_mul(512);
    if meta.is_dir() { bytes } else { bytes / meta.nlink().max(1) }
}

#[cfg(not(unix))]
fn taken(meta: &Metadata) -> u64 {
    if meta.is_dir() { 0 } else { meta.len() }
}

/// Removes a lab that no run holds.
fn remove(root: &Path) -> bool {
    let Ok(lock) = File::options().create(true).append(true).open(root.join("lab.lock")) else {
        return false;
    };
    if lock.try_lock().is_err() {
        return false;
    }
    // What is half removed must not be taken for a lab whose index is true. A removal that was ended is gone on with.
    let gone = root.join("lab.gone");
    let left = remove::all(&gone);
    if left.is_err() || fs::rename(root.join("lab"), &gone).is_err() {
        return false;
    }
    let _ = fs::remove_file(root.join("lab.size"));
    remove::all(&gone).is_ok()
}

/// Says that a lab is in use from now on.
pub(super) fn note_use(lock: &File) {
    // Where the time cannot be set, that of the lab's index tells.
    let _ = lock.set_modified(SystemTime::now());
}

/// Goes on with a removal that was ended.
pub(super) fn clean(root: &Path) {
    let gone = root.join("lab.gone");
    if gone.exists() {
        let _ = remove::all(&gone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    /// A lab of `mib` that was used so many hours ago.
    fn lab(cache: &Path, name: &str, mib: usize, hours: u64) -> PathBuf {
        let root = cache.join(name);
        fs::create_dir_all(root.join("lab/tree/target")).unwrap();
        fs::create_dir_all(root.join("known")).unwrap();
        fs::write(root.join("lab/tree/target/a"), vec![1_u8; mib * MIB]).unwrap();
        let lock = File::create(root.join("lab.lock")).unwrap();
        lock.set_modified(SystemTime::now() - Duration::from_secs(hours * 3600)).unwrap();
        root
    }

    fn left(cache: &Path) -> Vec<String> {
        let all = fs::read_dir(cache).unwrap().flatten();
        let mut names: Vec<String> = all
            .filter(|e| e.path().join("lab").exists())
            .map(|e| e.file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first_and_nothing_that_is_in_use() {
        let dir = tempfile::tempdir().unwrap();
        let cache = dir.path();
        let own = lab(cache, "own", 4, 90);
        let busy = lab(cache, "busy", 4, 80);
        lab(cache, "old", 4, 70);
        lab(cache, "older", 4, 75);
        lab(cache, "new", 4, 1);
        let held = File::options().append(true).open(busy.join("lab.lock")).unwrap();
        held.lock().unwrap();

        keep(&own, 100 * MIB as u64);
        assert_eq!(left(cache), ["busy", "new", "old", "older", "own"]);
        keep(&own, 17 * MIB as u64);
        assert_eq!(left(cache), ["busy", "new", "old", "own"]);
        keep(&own, 1);
        assert_eq!(left(cache), ["busy", "own"]);
        // Outcomes are kept; they are small.
        assert!(cache.join("old/known").exists() && !cache.join("old/lab.gone").exists());
    }

    #[test]
    fn room_is_made_only_as_far_as_it_is_needed() {
        let dir = tempfile::tempdir().unwrap();
        let own = lab(dir.path(), "own", 1, 1);
        lab(dir.path(), "a", 1, 9);
        lab(dir.path(), "b", 1, 5);
        make_room(&own, || !dir.path().join("a/lab").exists());
        assert_eq!(left(dir.path()), ["b", "own"]);
    }

    #[test]
    fn the_bound_is_what_the_environment_says() {
        let of = |value: &str| bound_mib(&Surroundings::new([("GUARD_CACHE_MAX".into(), value.into())]));
        assert_eq!([of("5GiB"), of("none"), of("")], [Ok(Some(5120)), Ok(None), Ok(Some(USUAL_MIB))]);
        assert!(of("much").is_err());
    }
}
