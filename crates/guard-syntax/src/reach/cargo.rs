//! Which files of a package are targets: cargo's own rules of discovery.

use toml::{Table, Value};

use super::{Tree, paths};

/// The owner of a file.
#[derive(Debug)]
pub(super) enum Owner {
    /// A package.
    Package(Package),
    /// No `Cargo.toml` above the file, or none that can be read; why.
    Nobody(String),
}

/// A package's targets.
#[derive(Debug, Default)]
pub(super) struct Package {
    /// Directory of its `Cargo.toml`.
    pub(super) dir: String,
    /// Files that the manifest names, or must find for a target without path.
    named: Vec<(String, String)>,
    /// Directories searched for targets: with their kind and whether that is certain.
    discovered: Vec<(&'static str, &'static str, Discovery)>,
    /// The library's own path, when it is not `src/lib.rs`.
    library_elsewhere: bool,
    /// The build script.
    pub(super) build: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Discovery {
    On,
    /// Edition 2015 with listed targets: cargo's answer has changed over time.
    Unsure,
    Off,
}

/// What a path is to its package.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A target's root file; which.
    Root(String),
    /// Perhaps.
    Unsure(String),
    /// No root.
    No,
}

/// The package whose files include `path`.
pub(super) fn owner(tree: &dyn Tree, path: &str) -> Owner {
    for dir in paths::ancestors(paths::dir(path), "") {
        let manifest = join(dir, "Cargo.toml");
        let Some(bytes) = tree.read(&manifest) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        let Ok(table) = text.parse::<Table>() else {
            return Owner::Nobody(format!("{manifest} cannot be read"));
        };
        if !table.contains_key("package") && !table.contains_key("project") {
            return Owner::Nobody(format!("{manifest}, the nearest above it, has no [package]"));
        }
        return Owner::Package(read(tree, dir, &table));
    }
    Owner::Nobody("no Cargo.toml above it".to_owned())
}

fn read(tree: &dyn Tree, dir: &str, table: &Table) -> Package {
    let about = table.get("package").or_else(|| table.get("project"));
    let about = about.and_then(Value::as_table).cloned().unwrap_or_default();
    let name = about.get("name").and_then(Value::as_str).unwrap_or_default();
    let oldest = about.get("edition").is_none_or(|edition| edition.as_str() == Some("2015"));
    let mut package = Package { dir: dir.to_owned(), ..Package::default() };
    let mut add = |relative: &str, what: &str| {
        if let Some(path) = paths::join(dir, relative) {
            package.named.push((path, what.to_owned()));
        }
    };
    let library = table.get("lib").and_then(|lib| lib.get("path")).and_then(Value::as_str);
    if let Some(path) = library {
        add(path, "the library ([lib] path)");
    }
    let kinds = [
        ("bin", "src/bin", "autobins"),
        ("test", "tests", "autotests"),
        ("bench", "benches", "autobenches"),
        ("example", "examples", "autoexamples"),
    ];
    let mut discovered = Vec::new();
    for (kind, folder, switch) in kinds {
        let listed = table.get(kind).and_then(Value::as_array).cloned().unwrap_or_default();
        for target in &listed {
            let own = target.get("name").and_then(Value::as_str).unwrap_or(name);
            let what = format!("[[{kind}]] {own}");
            if let Some(path) = target.get("path").and_then(Value::as_str) {
                add(path, &what);
                continue;
            }
            add(&format!("{folder}/{own}.rs"), &what);
            add(&format!("{folder}/{own}/main.rs"), &what);
            if kind == "bin" {
                add("src/main.rs", &what);
            }
        }
        let state = match about.get(switch).and_then(Value::as_bool) {
            Some(true) => Discovery::On,
            Some(false) => Discovery::Off,
            None if oldest && !listed.is_empty() => Discovery::Unsure,
            None => Discovery::On,
        };
        discovered.push((kind, folder, state));
    }
    match about.get("build") {
        Some(Value::String(path)) => add(path, "the build script"),
        Some(Value::Array(scripts)) => {
            scripts.iter().filter_map(Value::as_str).for_each(|path| add(path, "a build script"));
        }
        Some(Value::Boolean(false)) => {}
        _ => add("build.rs", "the build script"),
    }
    let build =
        package.named.iter().find(|(_, what)| what.ends_with("build script")).map(|(path, _)| path.clone());
    package.build = build.filter(|path| tree.read(path).is_some());
    package.library_elsewhere = library.is_some_and(|path| path != "src/lib.rs");
    package.discovered = discovered;
    package
}

impl Package {
    /// What a file is to the package.
    pub(super) fn target(&self, path: &str) -> Target {
        let manifest = join(&self.dir, "Cargo.toml");
        if let Some((_, what)) = self.named.iter().find(|(named, _)| named == path) {
            return Target::Root(format!("{path} is {what} of {manifest}"));
        }
        let Some(relative) = paths::below(path, &self.dir) else { return Target::No };
        if relative == "src/lib.rs" && !self.library_elsewhere {
            return Target::Root(format!("{path} is the library of {manifest}"));
        }
        for &(kind, folder, state) in &self.discovered {
            let found = if kind == "bin" && relative == "src/main.rs" {
                true
            } else {
                let inside = paths::below(relative, folder).unwrap_or_default();
                (!inside.contains('/') && inside.ends_with(".rs"))
                    || inside
                        .strip_suffix("/main.rs")
                        .is_some_and(|dir| !dir.is_empty() && !dir.contains('/'))
            };
            match state {
                _ if !found => {}
                Discovery::On => return Target::Root(format!("{path} is a {kind} target of {manifest}")),
                Discovery::Unsure => {
                    return Target::Unsure(format!(
                        "{manifest} lists [[{kind}]] targets in edition 2015, where discovery depends on cargo's version"
                    ));
                }
                Discovery::Off => {}
            }
        }
        Target::No
    }

    /// Target roots that lie directly in `dir`.
    pub(super) fn roots_in(&self, tree: &dyn Tree, dir: &str) -> Vec<String> {
        let mut roots: Vec<String> = self
            .named
            .iter()
            .filter(|(path, _)| paths::dir(path) == dir)
            .map(|(path, _)| path.clone())
            .collect();
        let folders = self.discovered.iter().filter(|(_, _, state)| *state != Discovery::Off);
        for (_, folder, _) in folders {
            if join(&self.dir, folder) == dir {
                let names = tree.list(dir).into_iter().filter(|name| name.ends_with(".rs"));
                roots.extend(names.map(|name| join(dir, &name)));
            }
        }
        for name in ["lib.rs", "main.rs"] {
            let path = join(dir, name);
            if self.target(&path) != Target::No {
                roots.push(path);
            }
        }
        roots.sort();
        roots.dedup();
        roots
    }

    /// The file's path inside the package.
    pub(super) fn relative<'p>(&self, path: &'p str) -> &'p str {
        paths::below(path, &self.dir).unwrap_or(path)
    }
}

pub(super) fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}
