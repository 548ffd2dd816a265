//! The `[env]` table of cargo's configuration, which cargo applies to the tests that it runs.
//! Source: the cargo book, "Configuration", `[env]` and "Hierarchical structure".

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes read of one configuration file at most.
const MAX_CONFIG: u64 = 1 << 20;

/// Variables that cargo, run in `dir`, sets for a test. One that `is_set` for the child already is
/// left alone, unless the table forces it.
pub(crate) fn read(
    dir: &Path,
    cargo_home: Option<&Path>,
    is_set: &dyn Fn(&str) -> bool,
) -> Vec<(String, String)> {
    let mut all: BTreeMap<String, (String, bool)> = BTreeMap::new();
    let around = dir.ancestors().map(|d| d.join(".cargo"));
    for place in around.chain(cargo_home.map(Path::to_owned)) {
        for (key, value) in table(&place) {
            // The nearest file speaks first.
            if let (false, Some(entry)) = (all.contains_key(&key), entry(&value, &place)) {
                all.insert(key, entry);
            }
        }
    }
    all.into_iter()
        .filter(|(key, (_, force))| *force || !is_set(key))
        .map(|(key, (value, _))| (key, value))
        .collect()
}

/// Whether cargo, run in `dir`, is told by its configuration to run programs through another one.
pub(crate) fn has_runner(dir: &Path, cargo_home: Option<&Path>) -> bool {
    let around = dir.ancestors().map(|d| d.join(".cargo"));
    around.chain(cargo_home.map(Path::to_owned)).any(|place| {
        let targets = section(&place, "target");
        targets.values().any(|target| target.get("runner").is_some())
    })
}

/// The table of the configuration in `place`, a `.cargo` directory or cargo's home.
fn table(place: &Path) -> toml::Table {
    section(place, "env")
}

fn section(place: &Path, name: &str) -> toml::Table {
    // Where both exist cargo takes the older name.
    let text = ["config", "config.toml"].iter().find_map(|name| text(place.join(name)));
    match text.and_then(|t| t.parse::<toml::Table>().ok()?.remove(name)) {
        Some(toml::Value::Table(table)) => table,
        _ => toml::Table::new(),
    }
}

/// A regular file's text: the change's own code may have put something else in its place.
fn text(path: PathBuf) -> Option<String> {
    if !path.metadata().is_ok_and(|m| m.is_file()) {
        return None;
    }
    let mut text = String::new();
    File::open(path).ok()?.take(MAX_CONFIG).read_to_string(&mut text).ok()?;
    Some(text)
}

/// `"value"` or `{ value, force, relative }`; a relative value starts at the directory above `place`.
fn entry(entry: &toml::Value, place: &Path) -> Option<(String, bool)> {
    if let Some(value) = entry.as_str() {
        return Some((value.to_owned(), false));
    }
    let value = entry.get("value")?.as_str()?;
    let flag = |name: &str| entry.get(name).and_then(toml::Value::as_bool).unwrap_or(false);
    let value = match place.parent() {
        Some(above) if flag("relative") => above.join(value).to_string_lossy().into_owned(),
        _ => value.to_owned(),
    };
    Some((value, flag("force")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_nearest_configuration_wins_and_only_force_overrides_what_is_set() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("crates/inner");
        for (place, text) in [
            (
                dir.path().join(".cargo"),
                "[env]\nCOLUMNS = \"80\"\nDATA = { value = \"data\", relative = true }\nLANG = \"C\"\nTZ = { value = \"UTC\", force = true }\n",
            ),
            (inner.join(".cargo"), "[env]\nCOLUMNS = \"120\"\nBROKEN = 7\n"),
            (dir.path().join("home"), "[env]\nCOLUMNS = \"1\"\nFROM_HOME = \"yes\"\n"),
        ] {
            fs::create_dir_all(&place).unwrap();
            fs::write(place.join("config.toml"), text).unwrap();
        }
        let is_set = |key: &str| key == "LANG" || key == "TZ";
        let found = read(&inner, Some(&dir.path().join("home")), &is_set);
        let data = dir.path().join("data").to_string_lossy().into_owned();
        let expected = [("COLUMNS", "120"), ("DATA", &data), ("FROM_HOME", "yes"), ("TZ", "UTC")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(found, expected);
    }
}
