//! Paths as text: always relative to the tree's root, always with `/`.

/// The directory of a path, `""` for the root.
pub(super) fn dir(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// The last component.
pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The file name without its extension.
pub(super) fn stem(path: &str) -> &str {
    name(path).rsplit_once('.').map_or(name(path), |(stem, _)| stem)
}

/// Joins and tidies: `.` goes, `..` takes a component. `None` above the root.
pub(super) fn join(dir: &str, rest: &str) -> Option<String> {
    let mut parts: Vec<&str> = dir.split('/').filter(|part| !part.is_empty()).collect();
    for part in rest.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The path below `dir`, if it is below it.
pub(super) fn below<'p>(path: &'p str, dir: &str) -> Option<&'p str> {
    if dir.is_empty() {
        return Some(path);
    }
    path.strip_prefix(dir)?.strip_prefix('/')
}

/// True when `path` ends with all components of `tail`.
pub(super) fn ends_with(path: &str, tail: &str) -> bool {
    path == tail || path.strip_suffix(tail).is_some_and(|rest| rest.ends_with('/'))
}

/// The directory itself and those above it, innermost first, down to and with `last`.
pub(super) fn ancestors<'p>(dir: &'p str, last: &str) -> Vec<&'p str> {
    let mut dirs = vec![dir];
    let mut here = dir;
    while here != last && !here.is_empty() {
        here = self::dir(here);
        dirs.push(here);
    }
    dirs
}
