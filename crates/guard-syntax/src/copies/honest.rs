//! Which functions are written twice in good faith: for a platform, a build, a version, an interface, a demonstration.

use std::collections::HashSet;

use guard_model::copies::CopySide;
use guard_model::source::{Item, ItemKind, Language, SourceFacts};
use guard_model::{CopiedFunction, Side, is_aside_path};

use super::same;
use crate::drift::Piece;
use crate::generated::is_generated;
use crate::languages::is_platform_path;
use crate::outline::MIN_TOKENS;

/// Words of directories whose files are frozen, or one of several versions, on purpose.
const FROZEN: [&str; 16] = [
    "migrations",
    "migration",
    "versions",
    "legacy",
    "deprecated",
    "compat",
    "codemods",
    "codemod",
    "registry",
    "generated",
    "gen",
    "dist",
    "build",
    "scripts",
    "scaffold",
    "boilerplate",
];

/// Manifests: a package can call its own functions.
const MANIFESTS: [&str; 10] = [
    "Cargo.toml",
    "package.json",
    "pyproject.toml",
    "setup.py",
    "go.mod",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "deno.json",
    "CMakeLists.txt",
];

/// A function of a file.
#[derive(Debug, Clone, Copy)]
pub struct Function<'f> {
    /// The file, as it is read.
    pub facts: &'f SourceFacts,
    /// Its text.
    pub text: &'f [u8],
    /// The function.
    pub item: &'f Item,
}

/// Functions of a file that could be said to repeat another one, or to be repeated.
pub fn candidates<'f>(facts: &'f SourceFacts, text: &'f [u8]) -> Vec<Function<'f>> {
    functions(facts, text, stands_alone)
}

/// Methods that are called on an object, which could be said to repeat another one of their type.
pub fn methods<'f>(facts: &'f SourceFacts, text: &'f [u8]) -> Vec<Function<'f>> {
    if matches!(facts.language, Language::C | Language::Cpp) {
        return Vec::new();
    }
    functions(facts, text, |facts, item, lines| {
        item.kind == ItemKind::Method && is_plain(facts, item, lines) && !implements(facts, item)
    })
}

fn functions<'f>(
    facts: &'f SourceFacts,
    text: &'f [u8],
    is_wanted: impl Fn(&SourceFacts, &Item, &[&str]) -> bool,
) -> Vec<Function<'f>> {
    let path = facts.path.as_str();
    let apart = facts.test_file
        || facts.unread.is_some()
        || is_aside_path(path)
        || is_platform_path(path)
        || is_frozen(path)
        || path.contains(".d.")
        || has_build_tags(text)
        || is_generated(text);
    if apart {
        return Vec::new();
    }
    let Ok(lines) = std::str::from_utf8(text) else { return Vec::new() };
    let lines: Vec<&str> = lines.lines().collect();
    let is_candidate = |item: &&Item| {
        matches!(item.kind, ItemKind::Function | ItemKind::Method)
            && item.body.is_some()
            && item.body_tokens >= MIN_TOKENS
            && !item.in_test
            && item.stub.is_none()
            && item.name != "main"
            && is_wanted(facts, item, &lines)
    };
    facts.items.iter().filter(is_candidate).map(|item| Function { facts, text, item }).collect()
}

/// Whether `new` is `old` again. Both are [`candidates`].
pub fn repeats(new: &Function<'_>, old: &Function<'_>) -> Option<CopiedFunction> {
    let is_one = new.facts.path == old.facts.path;
    if is_one && new.item.line == old.item.line {
        return None;
    }
    // A part of the other one, or beside it as one of two versions.
    let inside = |a: &Item, b: &Item| a.line >= b.line && a.end_line <= b.end_line;
    if is_one && (inside(new.item, old.item) || inside(old.item, new.item)) {
        return None;
    }
    // What one file of C keeps to itself, a file of another program cannot call.
    let in_c = matches!(new.facts.language, Language::C | Language::Cpp);
    if in_c && directory(&new.facts.path) != directory(&old.facts.path) {
        return None;
    }
    let same = same(&piece(new), &piece(old), false)?;
    if !is_one && same.free.iter().any(|name| means_another(name, new, old)) {
        return None;
    }
    Some(copied(new, old, same.renamed))
}

/// Whether `new` is `old` again, on the same object. Both are [`methods`] of one file.
pub fn repeats_beside(new: &Function<'_>, old: &Function<'_>) -> Option<CopiedFunction> {
    let of_one = new.item.line != old.item.line && owner(new)? == owner(old)?;
    let same = if of_one { same(&piece(new), &piece(old), true)? } else { return None };
    Some(copied(new, old, same.renamed))
}

/// The type that a method is of, with what it is given: `impl Cache<u8>` and `impl Cache<u16>` are two.
fn owner<'f>(function: &Function<'f>) -> Option<(&'f str, &'f str)> {
    let Function { facts, item, .. } = function;
    let container = item.qualified.strip_suffix(item.name.as_str())?;
    if facts.language == Language::Go {
        return Some((container, ""));
    }
    let around = facts.items.iter().filter(|it| {
        matches!(it.kind, ItemKind::Impl | ItemKind::Type | ItemKind::Trait)
            && it.line <= item.line
            && item.end_line <= it.end_line
    });
    around.max_by_key(|it| it.line).map(|it| (container, it.signature.as_str()))
}

fn piece<'f>(function: &Function<'f>) -> Piece<'f> {
    let lines = (function.item.line, function.item.end_line);
    Piece { path: &function.facts.path, text: function.text, lines: Some(lines) }
}

fn copied(new: &Function<'_>, old: &Function<'_>, renamed: bool) -> CopiedFunction {
    let side = |function: &Function<'_>| CopySide {
        path: function.facts.path.clone(),
        name: function.item.qualified.clone(),
        line: function.item.line,
        end_line: function.item.end_line,
        public: function.item.public,
    };
    CopiedFunction { new: side(new), original: side(old), tokens: new.item.body_tokens, renamed }
}

/// Bodies that some function of a change's base had and no longer has: one of head with such a body was moved or renamed.
pub fn bodies_that_left<'f>(change: &[&'f SourceFacts]) -> HashSet<&'f str> {
    let of_side = |side| change.iter().filter(move |it| it.side == side).flat_map(|it| &it.items);
    let named = |it: &'f Item| Some((it.qualified.as_str(), it.body.as_deref()?));
    let stays: HashSet<(&str, &str)> = of_side(Side::Head).filter_map(named).collect();
    of_side(Side::Base).filter_map(named).filter(|it| !stays.contains(it)).map(|(_, body)| body).collect()
}

/// The directory of the nearest manifest above a path. `is_there` tells whether a file is.
pub fn package_of(path: &str, is_there: &dyn Fn(&str) -> bool) -> String {
    let mut dir = directory(path);
    loop {
        let at = |name: &str| if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") };
        if dir.is_empty() || MANIFESTS.iter().any(|name| is_there(&at(name))) {
            return dir.to_owned();
        }
        dir = directory(dir);
    }
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

fn is_frozen(path: &str) -> bool {
    let is_version = |dir: &str| {
        let digits = dir.strip_prefix('v').unwrap_or(dir);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b'.'))
    };
    directory(path).split('/').any(|dir| FROZEN.contains(&dir) || is_version(dir))
}

/// Whether the file is one of several for as many builds of Go.
fn has_build_tags(text: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&text[..text.len().min(600)]);
    head.contains("//go:build") || head.contains("// +build")
}

/// No condition of the build and no decorator decides what it is.
fn is_plain(facts: &SourceFacts, item: &Item, lines: &[&str]) -> bool {
    let around = facts.items.iter().filter(|it| it.line <= item.line && item.end_line <= it.end_line);
    let mut around = around.map(|it| above(lines, it.line).to_lowercase());
    if around.any(|text| text.contains("cfg") || text.contains("#if") || text.contains("@override")) {
        return false;
    }
    if matches!(facts.language, Language::C | Language::Cpp) && is_conditional(lines, item.line) {
        return false;
    }
    // Decorators and annotations make something of a function that its text does not show.
    let own = above(lines, item.line);
    let plain =
        ["#[inline", "#[must_use", "#[allow", "#[expect", "#[doc", "@staticmethod", "@Nullable", "@NotNull"];
    own.lines().all(|line| plain.iter().any(|start| line.trim_start().starts_with(start)))
}

/// Whether a trait asks for a method.
fn implements(facts: &SourceFacts, item: &Item) -> bool {
    facts.items.iter().any(|it| {
        it.kind == ItemKind::Impl
            && it.line <= item.line
            && item.end_line <= it.end_line
            && it.signature.contains(" for ")
    })
}

/// Nothing that stands around it decides what it is: no condition of the build, no interface, no object.
fn stands_alone(facts: &SourceFacts, item: &Item, lines: &[&str]) -> bool {
    if !is_plain(facts, item, lines) {
        return false;
    }
    if item.kind != ItemKind::Method {
        return true;
    }
    match facts.language {
        // Whether it is called on an object is seen when it is compared.
        Language::Rust => !implements(facts, item),
        Language::Go | Language::C | Language::Cpp => false,
        Language::Python => above(lines, item.line).contains("@staticmethod"),
        _ => item.signature.split_whitespace().any(|word| word == "static"),
    }
}

/// Attributes and decorators directly above a line.
fn above(lines: &[&str], line: u32) -> String {
    let end = (line.saturating_sub(1) as usize).min(lines.len());
    let is_attribute = |line: &&&str| {
        let line = line.trim_start();
        (line.starts_with("#[") || line.starts_with('@') || line.starts_with("#if"))
            && !line.starts_with("@param")
    };
    let own: Vec<&str> = lines[..end].iter().rev().take_while(is_attribute).copied().collect();
    own.join("\n")
}

/// Whether a line lies between `#if` and `#endif`.
fn is_conditional(lines: &[&str], line: u32) -> bool {
    let mut depth = 0_u32;
    for it in lines.iter().take(line as usize) {
        let it = it.trim_start();
        if it.starts_with("#if") {
            depth += 1;
        } else if it.starts_with("#endif") {
            depth = depth.saturating_sub(1);
        }
    }
    depth > 0
}

/// Whether a name is something else, or may be, in the files of the two.
fn means_another(name: &str, new: &Function<'_>, old: &Function<'_>) -> bool {
    let is_own = |function: &Function<'_>| function.facts.items.iter().any(|it| it.name == name);
    if is_own(new) || is_own(old) {
        return true;
    }
    let (here, there) = (origin(new.text, name), origin(old.text, name));
    matches!((here, there), (Some(here), Some(there)) if here != there)
}

/// The last part of the module that a line of imports takes a name from.
fn origin(text: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let is_part = |it: char| it.is_alphanumeric() || it == '_';
    let lines = text.lines().filter(|line| {
        let line = line.trim_start();
        line.starts_with("import ")
            || line.starts_with("from ")
            || line.starts_with("use ")
            || line.contains("} from ")
    });
    for line in lines.take(400) {
        if !line.split(|it| !is_part(it)).any(|word| word == name) {
            continue;
        }
        if let Some((_, module)) = line.rsplit_once(" from ") {
            let module = module.trim().trim_end_matches(';').trim_matches(['"', '\'']);
            return module.rsplit('/').next().map(|last| last.split('.').next().unwrap_or(last).to_owned());
        }
        let module = line.trim_start().strip_prefix("from ").and_then(|rest| rest.split(" import ").next());
        let module = module.or_else(|| line.split(['{', ';']).next())?;
        return module.trim_end_matches([':', ' ']).rsplit(['.', ':', ' ']).next().map(str::to_owned);
    }
    None
}
