//! Features of cargo that were given another name.

use guard_model::evidence::ChangedLines;

/// Whether two conditions are the same but for the name of a feature, which a manifest of the change renames:
/// every line that had the old name has the new one now, so that nothing turns it on or off that did not before.
pub(super) fn is_renamed(lines: &[ChangedLines], base: &str, head: &str) -> bool {
    let is_manifest = |file: &&ChangedLines| file.path.ends_with("Cargo.toml") && !file.cut;
    let mut renamed = lines.iter().filter(is_manifest).flat_map(renamed);
    renamed.any(|(old, new)| plain(base).replace(&quoted(old), &quoted(new)) == plain(head))
}

/// The old and the new name of each feature that a manifest renames.
fn renamed(file: &ChangedLines) -> Vec<(&str, &str)> {
    let removed: Vec<&str> = file.removed.iter().map(|l| l.text.as_str()).collect();
    let added: Vec<&str> = file.added.iter().map(|l| l.text.as_str()).collect();
    let gone = removed.iter().filter_map(|l| defined(l));
    let came: Vec<&str> = added.iter().filter_map(|l| defined(l)).collect();
    let pairs = gone.flat_map(|old| came.iter().map(move |new| (old, *new)));
    pairs.filter(|(old, new)| old != new && same_but_for(&removed, &added, old, new)).collect()
}

/// Whether the lines that have the old name are, with the new one, those that have the new one.
fn same_but_for(removed: &[&str], added: &[&str], old: &str, new: &str) -> bool {
    let of = |lines: &[&str], name: &str| -> Vec<String> {
        let mut with_new: Vec<String> =
            lines.iter().filter(|l| has(l, name)).map(|l| with_name(l, name, new)).collect();
        with_new.sort();
        with_new
    };
    of(removed, old) == of(added, new)
        && !removed.iter().any(|l| has(l, new))
        && !added.iter().any(|l| has(l, old))
}

/// `json` of `json = ["dep:serde_json"]`.
fn defined(line: &str) -> Option<&str> {
    let (name, list) = line.split_once('=')?;
    list.trim_start().starts_with('[').then(|| name.trim().trim_matches('"'))
}

fn has(line: &str, name: &str) -> bool {
    defined(line) == Some(name) || line.contains(&quoted(name))
}

fn with_name(line: &str, old: &str, new: &str) -> String {
    let line = match line.split_once('=') {
        Some((_, list)) if defined(line) == Some(old) => format!("{new}={list}"),
        _ => line.to_owned(),
    };
    plain(&line.replace(&quoted(old), &quoted(new)))
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// Without white space, and without the comma that only the place in a list decides.
fn plain(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    text.trim_end_matches(',').to_owned()
}

#[cfg(test)]
mod tests {
    use guard_model::evidence::NumberedLine;

    use super::*;

    #[test]
    fn a_feature_is_renamed_where_every_line_that_names_it_is() {
        let condition = |name: &str| format!("#[cfg(feature = \"{name}\")]");
        let rows: [(&[&str], &[&str], bool); 6] = [
            (&["json=[]"], &["serde-json = []"], true),
            (
                &["default = [\"json\"]", "json = []"],
                &["default = [\"serde-json\"]", "serde-json = []"],
                true,
            ),
            (&["    \"json\",", "json = []"], &["    \"serde-json\"", "serde-json = []"], true),
            // It is no longer on by default.
            (&["default = [\"json\"]", "json = []"], &["default = []", "serde-json = []"], false),
            (&["json = [\"dep:serde_json\"]"], &["serde-json = []"], false),
            (&["version = \"1\""], &["version = \"2\"", "serde-json = []"], false),
        ];
        for (removed, added, expected) in rows {
            let numbered = |lines: &[&str]| -> Vec<NumberedLine> {
                (1..).zip(lines).map(|(line, text)| NumberedLine { line, text: (*text).to_owned() }).collect()
            };
            let file = ChangedLines {
                path: "Cargo.toml".to_owned(),
                removed: numbered(removed),
                added: numbered(added),
                cut: false,
            };
            let found = is_renamed(&[file], &condition("json"), &condition("serde-json"));
            assert_eq!(found, expected, "{removed:?} {added:?}");
        }
    }
}
