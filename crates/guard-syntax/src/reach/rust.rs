//! Rust's module tree, from a file up to a target.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use guard_model::source::ReachState;

use super::cargo::{self, Owner, Package, Target, join};
use super::declarations::{self, Declaration, Declarations};
use super::{Place, Tree, paths};
use crate::bounds;
use crate::lex::{self, Kind};

/// Modules inside one another; a longer chain is a circle or a trap.
const MAX_CHAIN: usize = 64;

/// Whether some cargo target compiles the Rust file at `path`.
pub fn rust_reach(tree: &dyn Tree, path: &str) -> Place {
    let package = match cargo::owner(tree, path) {
        Owner::Package(package) => package,
        Owner::Nobody(why) => return Place::unknown(why),
    };
    let mut walk = Walk { tree, package, files: HashMap::new(), known: HashMap::new() };
    walk.place(path, 0)
}

struct Walk<'t> {
    tree: &'t dyn Tree,
    package: Package,
    files: HashMap<String, Option<Rc<Declarations>>>,
    known: HashMap<String, Place>,
}

/// How a file names its submodules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `mod.rs`, a target's root, or loaded by `#[path]`: submodules lie beside it.
    Beside,
    /// `name.rs`: submodules lie in `name/`.
    Below,
}

impl Walk<'_> {
    fn place(&mut self, path: &str, depth: usize) -> Place {
        if let Some(place) = self.known.get(path) {
            return place.clone();
        }
        if depth > MAX_CHAIN {
            return Place::unknown("modules declare each other without end");
        }
        // A circle of declarations reaches nothing by itself.
        let circle = Place {
            state: ReachState::Unreached,
            looked_at: vec![format!("{path} is only declared in a circle")],
        };
        self.known.insert(path.to_owned(), circle);
        let place = self.find(path, depth);
        self.known.insert(path.to_owned(), place.clone());
        place
    }

    fn find(&mut self, path: &str, depth: usize) -> Place {
        match self.package.target(path) {
            Target::Root(what) => return Place::reached(what),
            Target::Unsure(why) => return Place::unknown(why),
            Target::No => {}
        }
        let mut looked_at =
            vec![format!("{}: no target has this path", join(&self.package.dir, "Cargo.toml"))];
        let mut unknown = None;
        let mut macro_word = None;
        let mut silent = Vec::new();
        let name = module_name(path);
        for (parent, style) in self.parents(path) {
            let Some(speaks) = self.speaks_of(&parent, name) else { continue };
            if !speaks {
                silent.push(parent);
                continue;
            }
            let Some(declarations) = self.declarations(&parent) else { continue };
            let mut declared = false;
            for module in declarations
                .modules
                .iter()
                .filter(|module| resolve(&parent, style, module).iter().any(|to| to == path))
            {
                declared = true;
                if let Some(place) = self.through(&parent, module, depth, &mut looked_at) {
                    match place.state {
                        ReachState::Reached => return place,
                        _ => unknown = Some(place),
                    }
                }
            }
            if declared {
                continue;
            }
            if let Some(line) = self.automod(&declarations, path) {
                match self.place(&parent, depth + 1) {
                    Place { state: ReachState::Unreached, .. } => {}
                    Place { state, looked_at: mut chain } => {
                        chain.push(format!("{parent}:{line}: automod takes every file of the directory"));
                        return Place { state, looked_at: chain };
                    }
                }
            }
            let comment = declarations.commented.iter().find(|(commented, _)| commented == name);
            match comment {
                Some((_, line)) => looked_at.push(format!("{parent}:{line}: `mod {name};` is commented out")),
                None => silent.push(parent.clone()),
            }
            if let Some((by, line)) = declarations.macro_words.get(name) {
                macro_word
                    .get_or_insert_with(|| format!("{parent}:{line}: `{by}!` is given the name {name}"));
            }
        }
        looked_at.extend(without(&silent, name));
        if let Some(place) = unknown {
            return place;
        }
        if let Some(why) = macro_word {
            return Place::unknown(why);
        }
        match self.another_way(path, depth, &mut looked_at) {
            Some(place) => place,
            None => Place { state: ReachState::Unreached, looked_at },
        }
    }

    /// Where a declaration leads: `None` when it leads nowhere, which `looked_at` then says.
    fn through(
        &mut self,
        parent: &str,
        module: &Declaration,
        depth: usize,
        looked_at: &mut Vec<String>,
    ) -> Option<Place> {
        let written = format!("{parent}:{}: `mod {};`", module.line, module.name);
        if let Some(never) = &module.never {
            looked_at.push(format!("{written} under {never}, which holds in no build"));
            return None;
        }
        let above = self.place(parent, depth + 1);
        match above.state {
            ReachState::Unreached => {
                looked_at.push(format!("{written}, but nothing compiles {parent}"));
                looked_at.extend(
                    above.looked_at.into_iter().filter(|line| !line.ends_with("no target has this path")),
                );
                None
            }
            state => {
                let mut chain = above.looked_at;
                let conditions: String = module.conditions.iter().map(|it| format!(" {it}")).collect();
                chain.push(format!("{written}{conditions}"));
                Some(Place { state, looked_at: chain })
            }
        }
    }

    /// Files that could declare the module at `path` without naming its path, nearest first.
    fn parents(&self, path: &str) -> Vec<(String, Style)> {
        let mut base = paths::dir(path);
        if paths::name(path) == "mod.rs" {
            if base == self.package.dir {
                return Vec::new();
            }
            base = paths::dir(base);
        }
        let mut parents = Vec::new();
        for dir in paths::ancestors(base, &self.package.dir) {
            let mut beside = self.package.roots_in(self.tree, dir);
            beside.push(join(dir, "mod.rs"));
            parents.extend(
                beside.into_iter().filter(|parent| parent != path).map(|parent| (parent, Style::Beside)),
            );
            if dir != self.package.dir {
                parents.push((format!("{dir}.rs"), Style::Below));
            }
        }
        parents
    }

    /// Whether a file could declare this name at all; `None` when there is no such file.
    fn speaks_of(&self, path: &str, name: &str) -> Option<bool> {
        let bytes = self.tree.read(path)?;
        let text = String::from_utf8_lossy(&bytes);
        Some(text.contains(name) || text.contains("dir!"))
    }

    fn declarations(&mut self, path: &str) -> Option<Rc<Declarations>> {
        if let Some(known) = self.files.get(path) {
            return known.clone();
        }
        let read = self.tree.read(path).filter(|bytes| bytes.len() <= bounds::MAX_BYTES);
        let read = read.map(|bytes| Rc::new(declarations::read(&String::from_utf8_lossy(&bytes))));
        self.files.insert(path.to_owned(), read.clone());
        read
    }

    /// Everything else that could bring a file into a build, dearest last.
    fn another_way(&mut self, path: &str, depth: usize, looked_at: &mut Vec<String>) -> Option<Place> {
        if let Some(why) = data_directory(path) {
            return Some(Place::unknown(why));
        }
        let relative = self.package.relative(path).to_owned();
        let top = relative.split('/').next().unwrap_or_default();
        if !matches!(top, "src" | "tests" | "benches" | "examples") || !relative.contains('/') {
            return Some(Place::unknown(format!(
                "{relative} lies outside src/, tests/, benches/ and examples/ of its package"
            )));
        }
        if let Some(why) = self.build_script(path) {
            return Some(Place::unknown(why));
        }
        if let Some(place) = self.named(path, depth, looked_at) {
            return Some(place);
        }
        if let Some(place) = self.declared_elsewhere(path) {
            return Some(place);
        }
        self.directory_named(path, looked_at)
    }

    /// A build script that lists directories and writes modules.
    fn build_script(&self, path: &str) -> Option<String> {
        let script = self.package.build.as_deref()?;
        let bytes = self.tree.read(script)?;
        let text = String::from_utf8_lossy(&bytes);
        let strings: Vec<&str> = lex::code(&text)
            .iter()
            .filter(|token| token.kind == Kind::Str)
            .map(|token| lex::string_value(token.text))
            .collect();
        let lists = ["read_dir", "WalkDir", "glob", "walkdir"].iter().any(|word| text.contains(word));
        let writes =
            strings.iter().any(|it| it.contains("mod ") || it.contains("include") || it.contains("#[path"));
        if lists && writes {
            return Some(format!("{script} lists directories and writes module declarations"));
        }
        let stem = paths::stem(path);
        strings
            .iter()
            .any(|it| it.split(['/', '.', '\\']).any(|part| part == stem))
            .then(|| format!("{script} names {stem}"))
    }

    /// `automod::dir!("tests/all")`, with a path from the package's root.
    fn automod(&self, declarations: &Declarations, path: &str) -> Option<u32> {
        let takes = |value: &str| paths::join(&self.package.dir, value).as_deref() == Some(paths::dir(path));
        let call = declarations.macro_strings.iter().find(|call| call.name == "dir" && takes(&call.value))?;
        Some(call.line)
    }

    /// The declaration elsewhere: in a macro's definition, or in a file that `#[path]` loads.
    fn declared_elsewhere(&mut self, path: &str) -> Option<Place> {
        let name = module_name(path);
        let mut hits = self.tree.grep(&format!("mod {name};"));
        hits.extend(self.tree.grep(&format!("mod r#{name};")));
        let files: BTreeSet<String> =
            hits.into_iter().map(|(file, ..)| file).filter(|file| file.ends_with(".rs")).collect();
        let parents = self.parents(path);
        for file in files {
            // Another package's declarations are about its own files.
            if paths::below(&file, &self.package.dir).is_none() {
                continue;
            }
            let Some(declarations) = self.declarations(&file) else { continue };
            for module in declarations.modules.iter().filter(|it| it.name == name && it.never.is_none()) {
                // Those with a path of their own were found by the file's name.
                if !module.paths.is_empty() && !module.path_conditional {
                    continue;
                }
                // Already followed, and it led nowhere.
                let followed = |(parent, style): &(String, Style)| {
                    *parent == file && resolve(&file, *style, module).iter().any(|to| to == path)
                };
                if parents.iter().any(followed) {
                    continue;
                }
                let means: Vec<String> = [Style::Beside, Style::Below]
                    .into_iter()
                    .flat_map(|style| resolve(&file, style, module))
                    .collect();
                if means.iter().any(|to| to == path) || !means.iter().any(|to| self.tree.read(to).is_some()) {
                    let line = module.line;
                    return Some(Place::unknown(format!(
                        "{file}:{line}: `mod {name};` could mean this file if it stands in a macro or the file is loaded by #[path]"
                    )));
                }
            }
        }
        None
    }

    /// Lines anywhere that name the file.
    fn named(&mut self, path: &str, depth: usize, looked_at: &mut Vec<String>) -> Option<Place> {
        let needle = match paths::name(path) {
            "mod.rs" | "lib.rs" | "main.rs" => join(paths::name(paths::dir(path)), paths::name(path)),
            name => name.to_owned(),
        };
        let mut unknown = None;
        for (file, line, text) in self.tree.grep(&needle) {
            if file == path {
                continue;
            }
            let Some(mention) = mention(&file, &text, &needle) else { continue };
            let at = format!("{file}:{line}: {}", crate::tree::one_line(&text, 100));
            if !self.could_mean(&file, &mention, path) {
                continue;
            }
            let is_path_attribute = file.ends_with(".rs") && text.contains("path");
            if is_path_attribute && let Some(declarations) = self.declarations(&file) {
                let loads = |module: &&Declaration| {
                    !module.paths.is_empty()
                        && [Style::Beside, Style::Below]
                            .iter()
                            .any(|style| resolve(&file, *style, module).iter().any(|to| to == path))
                };
                let modules: Vec<&Declaration> = declarations.modules.iter().filter(loads).collect();
                let mut led = None;
                for module in &modules {
                    // The declaring file may belong to another package.
                    let place = match paths::below(&file, &self.package.dir) {
                        Some(_) => self.through(&file, module, depth, looked_at),
                        None if module.never.is_none() => Some(Place::unknown(at.clone())),
                        None => None,
                    };
                    led = led.or(place);
                }
                match led {
                    Some(place) if place.state == ReachState::Reached => return Some(place),
                    Some(place) => unknown = Some(place),
                    None if !modules.is_empty() => continue,
                    None => {}
                }
            }
            unknown.get_or_insert_with(|| Place::unknown(at));
        }
        if unknown.is_none() {
            looked_at
                .push(format!("nothing else in the repository names {needle} where it could be included"));
        }
        unknown
    }

    /// True when a path written in `file` can mean `path`: it leads there, or it ends like it and leads to
    /// no other file.
    fn could_mean(&self, file: &str, written: &str, path: &str) -> bool {
        let bases = [paths::dir(file), &self.package.dir, ""];
        let leads: Vec<String> = bases.iter().filter_map(|base| paths::join(base, written)).collect();
        if leads.iter().any(|to| to == path) {
            return true;
        }
        let tail = written.trim_start_matches(['.', '/', '\\']);
        if !paths::ends_with(path, tail) || leads.iter().any(|to| self.tree.read(to).is_some()) {
            return false;
        }
        // A bare name in another place's data is no sign.
        tail.contains('/') || paths::below(file, &self.package.dir).is_some()
    }

    /// Lines anywhere that name the file's directory, as lists of a directory's files do.
    fn directory_named(&self, path: &str, looked_at: &mut Vec<String>) -> Option<Place> {
        let dir = paths::dir(path);
        let relative = paths::below(dir, &self.package.dir).filter(|relative| relative.contains('/'))?;
        let last = paths::name(dir);
        let two = join(paths::name(paths::dir(dir)), last);
        let mut hits = self.tree.grep(&two);
        hits.extend(self.tree.grep(&format!("\"{last}")));
        for (file, line, text) in hits {
            let Some(written) = mention(&file, &text, last) else { continue };
            let clean = written.split(['*', '{', '?', '[']).next().unwrap_or_default().trim_end_matches('/');
            let tail = clean.trim_start_matches(['.', '/', '\\']);
            let leads = clean.contains('/')
                && [paths::dir(&file), &self.package.dir, ""]
                    .iter()
                    .any(|base| paths::join(base, clean).as_deref() == Some(dir));
            let lists = ["dir", "glob", "walk", "pass", "fail", "ui", "Runner", "cases", "include", "path"]
                .iter()
                .any(|word| text.contains(word));
            if leads || (lists && !tail.is_empty() && paths::ends_with(dir, tail)) {
                return Some(Place::unknown(format!("{file}:{line}: {}", crate::tree::one_line(&text, 100))));
            }
        }
        looked_at.push(format!("nothing lists the directory {relative}"));
        None
    }
}

/// One line for the files that do not declare a module, a folder full of targets shortened.
fn without(files: &[String], name: &str) -> Option<String> {
    const SHOWN: usize = 6;
    let more = files.len().saturating_sub(SHOWN);
    let shown = files[..files.len() - more].join(", ");
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!files.is_empty()).then(|| format!("no `mod {name};` in {shown}{more}"))
}

/// The name by which a module file is declared.
fn module_name(path: &str) -> &str {
    if paths::name(path) == "mod.rs" { paths::name(paths::dir(path)) } else { paths::stem(path) }
}

/// The files that a declaration can mean.
fn resolve(parent: &str, style: Style, module: &Declaration) -> Vec<String> {
    let dir = paths::dir(parent);
    let base = match style {
        Style::Beside => dir.to_owned(),
        Style::Below => join(dir, paths::stem(parent)),
    };
    let mut here = Some(base);
    for (name, path) in &module.inline {
        here = here.and_then(|here| paths::join(&here, path.as_deref().unwrap_or(name)));
    }
    let mut files = Vec::new();
    for path in &module.paths {
        let from = if module.inline.is_empty() { Some(dir.to_owned()) } else { here.clone() };
        files.extend(from.and_then(|from| paths::join(&from, path)));
    }
    if let Some(here) = here.filter(|_| module.paths.is_empty() || module.path_conditional) {
        files.push(join(&here, &format!("{}.rs", module.name)));
        files.push(join(&here, &format!("{}/mod.rs", module.name)));
    }
    files
}

/// The files that declarations of the Rust file at `path` could mean at base, and at head no longer can.
pub fn undeclared(path: &str, base: &str, head: &str) -> Vec<String> {
    let means = |text: &str| -> Vec<String> {
        let modules = declarations::read(text).modules;
        let styles = [Style::Beside, Style::Below].into_iter();
        styles
            .flat_map(|style| modules.iter().flat_map(move |m| resolve(path, style, m)).collect::<Vec<_>>())
            .collect()
    };
    if !base.contains("mod ") {
        return Vec::new();
    }
    let kept = means(head);
    means(base).into_iter().filter(|file| !kept.contains(file)).collect()
}

/// Whether Rust files of that directory are read as data, not compiled as modules.
pub fn is_data(path: &str) -> bool {
    data_directory(path).is_some()
}

/// Directories whose Rust files are read as data, not compiled as modules.
fn data_directory(path: &str) -> Option<String> {
    const ANYWHERE: [&str; 26] = [
        "fixtures",
        "fixture",
        "testdata",
        "test_data",
        "test-data",
        "compile-fail",
        "compile_fail",
        "compile-pass",
        "compile_pass",
        "trybuild",
        "snapshots",
        "template",
        "templates",
        "golden",
        "corpus",
        "vendor",
        "third_party",
        "third-party",
        "target",
        "node_modules",
        "test_cases",
        "test-cases",
        "testcases",
        "testing-data",
        "generated",
        "skeleton",
    ];
    const UNDER_TESTS: [&str; 22] = [
        "ui",
        "fail",
        "pass",
        "data",
        "cases",
        "input",
        "inputs",
        "output",
        "outputs",
        "expected",
        "expand",
        "resources",
        "assets",
        "samples",
        "examples",
        "run-pass",
        "run-fail",
        "rejected",
        "accepted",
        "invalid",
        "valid",
        "macros",
    ];
    let mut under_tests = false;
    for dir in paths::dir(path).split('/') {
        let is_data = ANYWHERE.contains(&dir)
            || dir.contains("fixture")
            || dir.ends_with(".in")
            || dir.ends_with(".out")
            || (under_tests
                && (UNDER_TESTS.contains(&dir)
                    || dir.ends_with("-fail")
                    || dir.ends_with("-pass")
                    || dir.starts_with("ui-")
                    || dir.starts_with("ui_")
                    || dir.ends_with("_ui")
                    || dir.ends_with("-ui")));
        if is_data {
            return Some(format!("{dir}/ is where test data and templates are kept"));
        }
        under_tests |= matches!(dir, "tests" | "test");
    }
    None
}

/// Extensions of files that say something about code and build none.
const PROSE: [&str; 15] = [
    "md", "txt", "rst", "adoc", "html", "lock", "diff", "patch", "stderr", "stdout", "snap", "svg", "csv",
    "log", "jsonl",
];

/// The path-like word of a line in which `needle` stands as whole components, in a place that can matter.
fn mention(file: &str, line: &str, needle: &str) -> Option<String> {
    let name = paths::name(file);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let trimmed = line.trim_start();
    let comment_start = match extension {
        "rs" | "js" | "ts" | "go" | "cc" | "c" | "cpp" | "h" => ["//", "*", "/*"].as_slice(),
        _ => ["#"].as_slice(),
    };
    // Also under a further name, as `notes.md.old`.
    if name != "CMakeLists.txt" && name.split('.').skip(1).any(|part| PROSE.contains(&part)) {
        return None;
    }
    // Doc tests include files too.
    let comment = !trimmed.contains("include")
        && comment_start.iter().any(|start| trimmed.starts_with(start))
        && !trimmed.starts_with("#[")
        && !trimmed.starts_with("#![");
    if comment {
        return None;
    }
    if matches!(name, "CODEOWNERS" | "CHANGELOG" | ".gitattributes" | ".gitignore") {
        return None;
    }
    if extension != "rs" {
        return path_word(line, needle);
    }
    // A doc test's line: what stands behind the slashes.
    let line = if trimmed.starts_with("//") { trimmed.trim_start_matches(['/', '!', ' ']) } else { line };
    let tokens = lex::all(line);
    let strings = tokens.iter().filter(|token| token.kind == Kind::Str);
    let written =
        strings.map(|token| lex::string_value(token.text)).find_map(|value| path_word(value, needle));
    if let Some(written) = written {
        // A bare file name is common in test data; it counts where something reads or includes it.
        let does = [
            "path", "include", "join", "file", "read", "open", "compile", "pass", "fail", "mod", "fs", "run",
            "glob", "dir",
        ];
        return (written.contains('/') || does.iter().any(|word| line.contains(word))).then_some(written);
    }
    // Inside a string over several lines, perhaps.
    let in_comment = !line.contains("include")
        && tokens.iter().any(|token| token.kind == Kind::Comment && token.text.contains(needle));
    if in_comment { None } else { path_word(line, needle).filter(|word| word.contains('/')) }
}

/// The word around `needle` that could be a path.
fn path_word(text: &str, needle: &str) -> Option<String> {
    let part = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | '/' | '\\' | '*');
    let mut from = 0;
    while let Some(at) = text[from..].find(needle).map(|at| from + at) {
        let before = text[..at].chars().next_back();
        let after = text[at + needle.len()..].chars().next();
        let whole = before.is_none_or(|it| !part(it) || matches!(it, '/' | '\\'))
            && after.is_none_or(|it| !part(it) || matches!(it, '/' | '\\' | '.') && !needle.ends_with(".rs"));
        if whole {
            let start = text[..at]
                .rfind(|it| !part(it))
                .map_or(0, |it| it + text[it..].chars().next().map_or(1, char::len_utf8));
            let end = text[at..].find(|it| !part(it)).map_or(text.len(), |it| at + it);
            return Some(text[start..end].to_owned());
        }
        from = at + needle.len();
    }
    None
}
