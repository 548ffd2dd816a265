//! What claims of tested sizes and of finished work need of the tree: the code that tests call, and the lines
//! that mention a new function.

use std::collections::BTreeSet;

use guard_model::reality::{FunctionUse, Reality};
use guard_model::{Change, Item, ItemKind, Language, Side, SourceFacts, is_aside_path};
use guard_syntax::reality::extents::{self, At, File};
use guard_syntax::reality::mentions;

use crate::repo::{Hit, Repo, TreeView};
use crate::texts::Texts;

mod census;

/// Tests that are measured.
const MAX_TESTS: usize = 200;
/// Names that are looked for at once.
const MAX_NAMES: usize = 48;
/// Files with definitions that are read.
const MAX_FILES: usize = 16;
/// Files larger than this are not read.
const MAX_FILE: u64 = 256 << 10;
/// Largest manifest that is read.
const MAX_MANIFEST: u64 = 1 << 20;

/// The code at hand.
#[derive(Clone, Copy)]
pub struct Code<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// The changed files.
    pub texts: &'a Texts,
    /// The change.
    pub change: &'a Change,
}

/// A file that the change left alone.
struct Other {
    facts: SourceFacts,
    text: String,
}

impl<'a> Code<'a> {
    /// Measures the wanted tests and functions, each by path and line.
    pub fn read(
        &self,
        sources: &[SourceFacts],
        tests: &[(String, u32)],
        functions: &[(String, u32)],
    ) -> Reality {
        let texts: Vec<(&SourceFacts, &str)> = sources
            .iter()
            .filter(|s| s.side == Side::Head && s.unread.is_none())
            .filter_map(|s| Some((s, self.text_of(&s.path)?)))
            .collect();
        let changed: Vec<File<'_>> = texts.iter().map(|(facts, text)| File { facts, text }).collect();
        Reality { extents: self.extents(&changed, tests), uses: self.uses(&changed, functions), census: None }
    }

    fn text_of(&self, path: &str) -> Option<&'a str> {
        let oid = self.change.file(path)?.new_oid.as_deref()?;
        std::str::from_utf8(self.texts.get(oid).ok()?).ok()
    }

    fn tree(&self) -> TreeView<'a> {
        self.repo.tree(&self.change.head.tree)
    }

    fn extents(
        &self,
        changed: &[File<'_>],
        tests: &[(String, u32)],
    ) -> Vec<guard_model::reality::TestExtent> {
        if tests.is_empty() || tests.len() > MAX_TESTS {
            return Vec::new();
        }
        let tests: Vec<At<'_>> = tests.iter().map(|(path, line)| (path.as_str(), *line)).collect();
        let languages: BTreeSet<Language> = changed
            .iter()
            .filter(|f| tests.iter().any(|t| t.0 == f.facts.path))
            .map(|f| f.facts.language)
            .collect();
        // Code of other languages is not called by name.
        let changed: Vec<File<'_>> =
            changed.iter().filter(|f| languages.contains(&f.facts.language)).copied().collect();
        let changed = changed.as_slice();
        let mut others: Vec<Other> = Vec::new();
        let mut searched: BTreeSet<String> = BTreeSet::new();
        // What the tests call, and then what that depends on.
        for _ in 0..2 {
            let files = all(changed, &others);
            let names: Vec<String> = extents::open_names(&files, &tests)
                .into_iter()
                .filter(|n| searched.insert(n.clone()))
                .take(MAX_NAMES)
                .collect();
            let known: BTreeSet<String> = files.iter().map(|f| f.facts.path.clone()).collect();
            others.extend(self.defining(&names, &languages, &known));
        }
        extents::extents(&all(changed, &others), &tests)
    }

    /// Unchanged files that define one of `names`.
    fn defining(
        &self,
        names: &[String],
        languages: &BTreeSet<Language>,
        known: &BTreeSet<String>,
    ) -> Vec<Other> {
        let patterns: Vec<String> =
            names.iter().flat_map(|n| languages.iter().flat_map(|l| definitions(*l, n))).collect();
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let pathspecs: Vec<String> =
            languages.iter().flat_map(|l| l.extensions()).map(|e| format!("*.{e}")).collect();
        let pathspecs: Vec<&str> = pathspecs.iter().map(String::as_str).collect();
        let Ok(Some(paths)) = self.tree().files_with(&patterns, &pathspecs) else { return Vec::new() };
        // More than are read: a name of many meanings. What is not read stays unknown.
        let paths = paths.into_iter().filter(|p| !known.contains(p) && !is_aside_path(p)).take(MAX_FILES);
        paths.filter_map(|path| self.other(&path)).collect()
    }

    fn other(&self, path: &str) -> Option<Other> {
        let text = String::from_utf8(self.tree().read(path, MAX_FILE).ok()??).ok()?;
        let facts = guard_syntax::facts(path, Side::Head, text.as_bytes()).filter(|f| f.unread.is_none())?;
        Some(Other { facts, text })
    }

    fn uses(&self, changed: &[File<'_>], functions: &[(String, u32)]) -> Vec<FunctionUse> {
        let wanted: Vec<At<'_>> = functions.iter().map(|(path, line)| (path.as_str(), *line)).collect();
        let mut uses = mentions::uses(changed, &wanted);
        for function in uses.iter_mut().filter(|u| u.open.is_none()) {
            let file = changed.iter().find(|f| f.facts.path == function.path);
            let item = file.and_then(|f| {
                f.facts.items.iter().find(|i| i.line == function.line && i.name == function.name)
            });
            if let (Some(file), Some(item)) = (file, item) {
                function.open = self.exported(file.facts, item);
            }
        }
        // What is mentioned in the change needs no search.
        let mut names: Vec<String> =
            uses.iter().filter(|u| u.in_code == Some(0)).map(|u| u.name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let unsearched = names.split_off(names.len().min(MAX_NAMES));
        let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
        let found = self.tree().grep_any(&wanted, &[]).ok().filter(|(_, cut)| !cut).map(|(hits, _)| hits);
        for function in uses.iter_mut().filter(|u| u.in_code == Some(0)) {
            match &found {
                Some(hits) if !unsearched.contains(&function.name) => Self::count(function, hits, changed),
                _ => function.in_code = None,
            }
        }
        uses
    }

    /// Adds what files besides the read ones say.
    fn count(function: &mut FunctionUse, hits: &[Hit], changed: &[File<'_>]) {
        let known = |path: &str| changed.iter().any(|f| f.facts.path == path);
        for hit in hits.iter().filter(|h| !known(&h.path)) {
            let in_test = guard_syntax::is_test_path(&hit.path, Language::of_path(&hit.path));
            mentions::add(function, &hit.path, hit.line, &hit.text, in_test);
        }
    }

    /// Why code outside of the repository may call a function, if it may.
    fn exported(&self, facts: &SourceFacts, item: &Item) -> Option<String> {
        match facts.language {
            Language::Rust if item.public && item.signature.starts_with("pub ") => {
                self.in_library(&facts.path)
            }
            Language::Rust => None,
            Language::TypeScript | Language::Tsx | Language::JavaScript if item.public => {
                self.in_package(&facts.path, item)
            }
            Language::Python if item.public => {
                let packaged = self.above(&facts.path, &["pyproject.toml", "setup.py", "setup.cfg"]);
                packaged.map(|_| "its package may export it".to_owned())
            }
            Language::Go if item.public => {
                let internal = format!("/{}", facts.path).contains("/internal/");
                let command =
                    self.text_of(&facts.path).is_some_and(|t| t.lines().any(|l| l.trim() == "package main"));
                (!internal && !command).then(|| "its package exports it".to_owned())
            }
            Language::Java | Language::C | Language::Cpp if item.public => {
                Some("others may call it".to_owned())
            }
            _ => None,
        }
    }

    /// A public function of a package with a library.
    fn in_library(&self, path: &str) -> Option<String> {
        let unknown = || Some("its crate is not known".to_owned());
        let Some((dir, manifest)) = self.above(path, &["Cargo.toml"]) else { return unknown() };
        let Ok(manifest) = manifest.parse::<toml::Table>() else { return unknown() };
        if !manifest.contains_key("package") {
            return unknown();
        }
        let root = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let library = manifest.contains_key("lib")
            || self.tree().entry(&format!("{root}src/lib.rs")).ok().flatten().is_some();
        let of_binary =
            path.strip_prefix(&root).is_some_and(|p| p.starts_with("src/bin/") || p == "src/main.rs");
        (library && !of_binary).then(|| "its library exports it".to_owned())
    }

    /// An exported function of a package that others can depend on, or of a file that a framework reads.
    fn in_package(&self, path: &str, item: &Item) -> Option<String> {
        const READ: [&str; 14] = [
            "pages",
            "app",
            "routes",
            "api",
            "functions",
            "handlers",
            "middleware",
            "plugins",
            "stories",
            "migrations",
            "commands",
            "hooks",
            "scripts",
            "lambdas",
        ];
        if item.kind == ItemKind::Function && path.split('/').any(|part| READ.contains(&part)) {
            return Some("a framework may read its file".to_owned());
        }
        let Some((_, manifest)) = self.above(path, &["package.json"]) else {
            return Some("its package is not known".to_owned());
        };
        let Ok(manifest) = serde_json::from_str::<serde_json::Value>(&manifest) else {
            return Some("its package cannot be read".to_owned());
        };
        let private = manifest["private"].as_bool() == Some(true);
        let entry = ["main", "module", "exports", "types"].iter().any(|k| !manifest[*k].is_null());
        (!private || entry).then(|| "its package exports it".to_owned())
    }

    /// The nearest of these files above a path: its directory and its text.
    fn above(&self, path: &str, names: &[&str]) -> Option<(String, String)> {
        let mut dir = path;
        while !dir.is_empty() {
            dir = dir.rsplit_once('/').map_or("", |(front, _)| front);
            for name in names {
                let at = if dir.is_empty() { (*name).to_owned() } else { format!("{dir}/{name}") };
                if let Ok(Some(bytes)) = self.tree().read(&at, MAX_MANIFEST) {
                    return Some((dir.to_owned(), String::from_utf8_lossy(&bytes).into_owned()));
                }
            }
        }
        None
    }
}

fn all<'f>(changed: &[File<'f>], others: &'f [Other]) -> Vec<File<'f>> {
    let others = others.iter().map(|o| File { facts: &o.facts, text: &o.text });
    changed.iter().copied().chain(others).collect()
}

/// How a language begins the definition of a function or constant.
fn definitions(language: Language, name: &str) -> Vec<String> {
    match language {
        Language::Rust => vec![format!("fn {name}"), format!("const {name}"), format!("static {name}")],
        Language::Python => vec![format!("def {name}("), format!("{name} =")],
        Language::Go => vec![format!("func {name}("), format!(") {name}("), format!("{name} =")],
        Language::TypeScript | Language::Tsx | Language::JavaScript => {
            vec![format!("function {name}"), format!("const {name}"), format!("async {name}(")]
        }
        Language::C | Language::Cpp | Language::Java => {
            vec![format!(" {name}("), format!("::{name}("), format!("{name} ="), format!("define {name}")]
        }
    }
}
