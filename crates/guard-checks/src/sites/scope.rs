//! Does a place lie where the edit was made?

use std::collections::{BTreeMap, BTreeSet};

use guard_model::Site;

use super::{Among, ENOUGH, NEARLY_ALL};

/// Changed places from which staying in one file, or in test code, is no chance.
const MANY: usize = 5;

/// Clears what lies in corners that the edit did not enter, unless it was made nearly everywhere.
pub(super) fn clear(among: &mut Among<'_>) {
    if among.share() < NEARLY_ALL {
        by_place(among);
    }
}

/// An edit that was made in test code alone, or in other code alone, was meant for that.
pub(super) fn clear_tests(among: &mut Among<'_>) {
    let in_test: BTreeSet<bool> = among.done.iter().map(|s| s.in_test).collect();
    if in_test.len() == 1 && among.done.len() + 1 >= MANY {
        among.keep("the edit kept to the other side of tests and code", |s| in_test.contains(&s.in_test));
    }
}

fn by_place(among: &mut Among<'_>) {
    let files: BTreeSet<&str> = among.done.iter().map(|s| s.path.as_str()).collect();
    if files.len() == 1 && among.done.len() >= MANY {
        among.keep("the edit kept to one file", |s| files.contains(s.path.as_str()));
        let items: BTreeSet<(&str, Option<&str>)> = among.done.iter().map(|s| item(s)).collect();
        if items.len() <= 2 {
            among.keep("the edit kept to one function", |s| items.contains(&item(s)));
        }
        return;
    }
    let spread = Spread::of(&files);
    among.keep("the edit did not come near", |s| files.contains(s.path.as_str()) || spread.reaches(&s.path));
}

/// When too little was changed of what is in question: only the directories, then only the files that
/// the edit was made in.
pub(super) fn narrow(among: &mut Among<'_>) {
    if among.share() >= ENOUGH {
        return;
    }
    let dirs: BTreeSet<&str> = among.done.iter().map(|s| dir(&s.path)).collect();
    among.keep("most places outside of the edited directories were left", |s| dirs.contains(dir(&s.path)));
    if among.share() < ENOUGH {
        among.keep("most places outside of the edited files were left", |s| s.touched);
    }
}

fn item(site: &Site) -> (&str, Option<&str>) {
    (&site.path, site.item.as_deref())
}

fn dir(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// How widely the edited files lie: below each directory, the entries that hold some.
struct Spread<'a> {
    below: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Spread<'a> {
    fn of(files: &BTreeSet<&'a str>) -> Spread<'a> {
        let mut below: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for path in files {
            let mut at = *path;
            while let Some((up, entry)) = at.rsplit_once('/') {
                below.entry(up).or_default().insert(entry);
                at = up;
            }
            below.entry("").or_default().insert(at);
        }
        Spread { below }
    }

    /// Whether the nearest directory above `path` that the edit entered at all was edited in more than
    /// one of its entries.
    fn reaches(&self, path: &str) -> bool {
        let mut at = dir(path);
        loop {
            if let Some(entries) = self.below.get(at) {
                return entries.len() >= 2;
            }
            if at.is_empty() {
                return false;
            }
            at = dir(at);
        }
    }
}
