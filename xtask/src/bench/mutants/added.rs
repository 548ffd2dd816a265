//! A test added to a project, as a person would who saw that a mutant was missed.

use std::fs;
use std::path::{Path, PathBuf};

/// Writes one more test below `root`, near the `changed` file: a copy of the last one under another name. The file it
/// stands in; `None` where no test was found.
pub(super) fn add(root: &Path, changed: &str) -> Option<PathBuf> {
    let changed = root.join(changed);
    let package = changed.ancestors().skip(1).find(|dir| dir.join("Cargo.toml").is_file())?;
    let mut files: Vec<PathBuf> = fs::read_dir(package.join("tests"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .collect();
    files.sort();
    files.push(changed.clone());
    files.into_iter().find(|path| {
        let more = fs::read_to_string(path).ok().and_then(|text| with_copy(&text));
        more.is_some_and(|text| fs::write(path, text).is_ok())
    })
}

/// The text with its last plain test twice.
fn with_copy(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    (0..lines.len()).rev().find_map(|at| {
        let indent = lines[at].strip_suffix("#[test]\n")?;
        if !indent.trim().is_empty() {
            return None;
        }
        let name = lines.get(at + 1)?.trim_start().strip_prefix("fn ")?.strip_suffix("() {\n")?;
        let end = at + 2 + lines[at + 2..].iter().position(|l| *l == format!("{indent}}}\n"))?;
        let copy =
            lines[at..=end].concat().replacen(&format!("fn {name}()"), &format!("fn {name}_again()"), 1);
        Some(format!("{}\n{copy}{}", lines[..=end].concat(), lines[end + 1..].concat()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_plain_test_stands_twice() {
        let text = "#[test]\nfn a() {\n    one();\n}\n\n#[test]\nfn b() -> R {\n}\n";
        let wanted = "#[test]\nfn a() {\n    one();\n}\n\n#[test]\nfn a_again() {\n    one();\n}\n\n#[test]\nfn b() -> R {\n}\n";
        assert_eq!(with_copy(text).unwrap(), wanted);
        assert_eq!(with_copy("fn main() {}\n"), None);
    }
}
