//! Tests behind features that are on by default: a plain `cargo test` runs them as if nothing stood before them.

use std::collections::BTreeSet;

use guard_model::{Change, Language, Policy, Side, SourceFacts};
use guard_syntax::gates::{self, Build};

use crate::repo::{Repo, TreeView};
use crate::texts::Texts;

/// A manifest in bytes at most.
const MAX_MANIFEST: u64 = 1 << 20;

/// Takes the condition off tests that the default features of their package bring.
pub fn lift(repo: &Repo, texts: &Texts, change: &Change, policy: &Policy, facts: &mut [SourceFacts]) {
    if policy.cargo.no_default_features {
        return;
    }
    let is_gated = |f: &&mut SourceFacts| {
        f.language == Language::Rust
            && f.tests.iter().any(|t| t.condition.as_deref().is_some_and(is_of_features))
    };
    for file in facts.iter_mut().filter(is_gated) {
        let (tree, changed) = match file.side {
            Side::Base => (&change.base.tree, change.files.iter().find(|f| f.base_path() == file.path)),
            Side::Head => (&change.head.tree, change.files.iter().find(|f| f.path == file.path)),
        };
        let oid = changed.and_then(|f| match file.side {
            Side::Base => f.old_oid.as_deref(),
            Side::Head => f.new_oid.as_deref(),
        });
        let Some(text) = oid.and_then(|oid| texts.get(oid).ok()) else { continue };
        let Some((on, declared)) = features(&repo.tree(tree), &file.path) else { continue };
        let build = Build {
            on: &on,
            declared: &declared,
            os: std::env::consts::OS,
            family: std::env::consts::FAMILY,
            arch: std::env::consts::ARCH,
        };
        let off = gates::off(&String::from_utf8_lossy(text), &build);
        for test in &mut file.tests {
            let is_off = off.iter().any(|o| o.lines.0 <= test.line && test.line <= o.lines.1);
            if !is_off && test.condition.as_deref().is_some_and(is_of_features) {
                test.condition = None;
            }
        }
    }
}

/// Whether a condition asks for features, and for nothing else.
fn is_of_features(condition: &str) -> bool {
    let mut outside = String::new();
    for (i, part) in condition.split('"').enumerate() {
        if i % 2 == 0 {
            outside.push_str(part);
        }
    }
    let mut words = outside.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty());
    condition.contains("feature")
        && words.all(|w| matches!(w, "cfg" | "all" | "any" | "not" | "test" | "feature"))
}

/// The features that are on by default in the package that a file belongs to, and all that it has.
fn features(tree: &TreeView<'_>, path: &str) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
    let mut dir = path;
    while !dir.is_empty() {
        dir = dir.rsplit_once('/').map_or("", |(above, _)| above);
        let at = if dir.is_empty() { "Cargo.toml".to_owned() } else { format!("{dir}/Cargo.toml") };
        if let Ok(Some(bytes)) = tree.read(&at, MAX_MANIFEST) {
            let manifest = String::from_utf8_lossy(&bytes).parse::<toml::Table>().ok()?;
            return manifest.contains_key("package").then(|| by_default(&manifest));
        }
    }
    None
}

fn by_default(manifest: &toml::Table) -> (BTreeSet<String>, BTreeSet<String>) {
    let empty = toml::Table::new();
    let table = manifest.get("features").and_then(toml::Value::as_table).unwrap_or(&empty);
    let mut on = BTreeSet::new();
    let mut open = vec!["default"];
    while let Some(name) = open.pop() {
        if on.insert(name.to_owned()) {
            let brings = table.get(name).and_then(toml::Value::as_array);
            open.extend(brings.into_iter().flatten().filter_map(toml::Value::as_str));
        }
    }
    (on, table.keys().cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_features_bring_others() {
        let manifest = "[features]\ndefault = [\"cli\"]\ncli = [\"dep:x\", \"term\"]\nterm = []\nslow = []\n";
        let (on, declared) = by_default(&manifest.parse().unwrap());
        assert!(on.contains("cli") && on.contains("term") && !on.contains("slow"), "{on:?}");
        assert!(declared.contains("slow"));
        assert_eq!(by_default(&toml::Table::new()).1, BTreeSet::new());
    }

    #[test]
    fn only_what_asks_for_nothing_but_features_is_lifted() {
        for (condition, expected) in [
            ("#[cfg(feature = \"cli\")]", true),
            ("#[cfg(all(test, not(feature = \"slow\")))]", true),
            ("#[cfg(all(unix, feature = \"cli\"))]", false),
            ("#[cfg(unix)]", false),
            ("#[cfg(test)]", false),
        ] {
            assert_eq!(is_of_features(condition), expected, "{condition}");
        }
    }
}
