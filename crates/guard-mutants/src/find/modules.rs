//! Which files are mutated: those that the `mod` statements of the build targets' own files lead to,
//! without the ones that only tests see.

use std::collections::{BTreeSet, VecDeque};

use syn::ext::IdentExt;
use syn::visit::{self, Visit};

use super::attributes::{are_excluded, path_attribute};
use super::{FindError, with_parsed};

/// The files of a package that are mutated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// Relative to the root that the first ones were given for, each once, in the order they were reached.
    pub files: Vec<String>,
    /// Files that could not be read as Rust; what they lead to is not known.
    pub unread: Vec<FindError>,
}

/// A `mod` statement that names a file of its own.
struct ModuleFile {
    /// The modules around it in its file and itself; each with the value of its `#[path]`.
    parts: Vec<(String, Option<String>)>,
}

/// All files that are mutated, from the root files of a package's library, binary and procedural macro
/// targets (not its tests, benches, examples and build script). `read` gives a file's text if it is there.
///
/// A file that is reached only through `#[cfg(test)] mod …` is not among them; nor is one that `include!`
/// takes in.
pub fn visited(roots: &[String], mut read: impl FnMut(&str) -> Option<String>) -> Tree {
    let mut tree = Tree::default();
    let mut seen = BTreeSet::new();
    let mut listed = BTreeSet::new();
    let roots = roots.iter().filter_map(|root| Some((root.clone(), read(root)?, true)));
    let mut queue: VecDeque<(String, String, bool)> = roots.collect();
    while let Some((path, text, is_root)) = queue.pop_front() {
        if !seen.insert((path.clone(), is_root)) {
            continue;
        }
        match modules(&path, &text) {
            Ok(modules) => {
                for module in modules {
                    let there = candidates(&path, is_root, &module).into_iter().find_map(|file| {
                        let text = read(&file)?;
                        Some((file, text, false))
                    });
                    queue.extend(there);
                }
            }
            Err(error) => tree.unread.push(error),
        }
        if listed.insert(path.clone()) {
            tree.files.push(path);
        }
    }
    tree
}

/// The `mod` statements of a file that lead to further files that are mutated.
fn modules(path: &str, text: &str) -> Result<Vec<ModuleFile>, FindError> {
    if !may_name_files(text) {
        return Ok(Vec::new());
    }
    with_parsed(path, text, |file, _| {
        let mut modules = Modules { around: Vec::new(), found: Vec::new() };
        if !are_excluded(&file.attrs) {
            modules.visit_file(file);
        }
        modules.found
    })
}

/// Whether `mod name;` may stand anywhere: parsing costs a hundred times more than looking.
fn may_name_files(text: &str) -> bool {
    text.match_indices("mod").any(|(at, word)| {
        let name = text[at + word.len()..].trim_start();
        let behind =
            name.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '#')).trim_start();
        behind.starts_with([';', '/'])
    })
}

/// The files that a `mod` statement of the file at `path` may mean.
fn candidates(path: &str, is_root: bool, module: &ModuleFile) -> Vec<String> {
    let Some(((name, file), around)) = module.parts.split_last() else { return Vec::new() };
    let (directory, own) = path.rsplit_once('/').unwrap_or(("", path));
    let beside = is_root || own == "mod.rs" || (file.is_some() && around.is_empty());
    let mut at = vec![directory.to_owned()];
    if !beside {
        at.push(own.rsplit_once('.').map_or(own, |(stem, _)| stem).to_owned());
    }
    at.extend(around.iter().map(|(name, path)| path.clone().unwrap_or_else(|| name.clone())));
    let names = match file {
        Some(file) => vec![file.clone()],
        None => vec![format!("{name}.rs"), format!("{name}/mod.rs")],
    };
    names.iter().filter_map(|name| normal(&format!("{}/{name}", at.join("/")))).collect()
}

/// A path without `.` and `..`; none if it leaves the root.
fn normal(path: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.split(['/', '\\']) {
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

struct Modules {
    around: Vec<(String, Option<String>)>,
    found: Vec<ModuleFile>,
}

impl<'ast> Visit<'ast> for Modules {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let path = path_attribute(&item.attrs);
        if are_excluded(&item.attrs) || path.as_ref().is_some_and(|p| p.starts_with('/')) {
            return;
        }
        self.around.push((item.ident.unraw().to_string(), path));
        if item.content.is_none() {
            self.found.push(ModuleFile { parts: self.around.clone() });
        }
        visit::visit_item_mod(self, item);
        self.around.pop();
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        // Modules inside of functions are followed only where functions are visited.
        if !are_excluded(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !are_excluded(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }
}
