//! Which functions are written twice in good faith: for a platform, a build, a version, an interface, a demonstration.

use guard_model::copies::CopySide;
use guard_model::source::{Item, ItemKind, Language, SourceFacts};
use guard_model::{CopiedFunction, is_aside_path};

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
            && stands_alone(facts, item, &lines)
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
    fn piece<'f>(function: &Function<'f>) -> Piece<'f> {
        let lines = (function.item.line, function.item.end_line);
        Piece { path: &function.facts.path, text: function.text, lines: Some(lines) }
    }
    let same = same(&piece(new), &piece(old))?;
    if !is_one && same.free.iter().any(|name| means_another(name, new, old)) {
        return None;
    }
    let side = |function: &Function<'_>| CopySide {
        path: function.facts.path.clone(),
        name: function.item.qualified.clone(),
        line: function.item.line,
        end_line: function.item.end_line,
        public: function.item.public,
    };
    Some(CopiedFunction {
        new: side(new),
        original: side(old),
        tokens: new.item.body_tokens,
        renamed: same.renamed,
    })
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

/// Nothing that stands around it decides what it is: no condition of the build, no interface, no object.
fn stands_alone(facts: &SourceFacts, item: &Item, lines: &[&str]) -> bool {
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
    if own.lines().any(|line| !plain.iter().any(|start| line.trim_start().starts_with(start))) {
        return false;
    }
    if item.kind != ItemKind::Method {
        return true;
    }
    let trait_impl = facts.items.iter().any(|it| {
        it.kind == ItemKind::Impl
            && it.line <= item.line
            && item.end_line <= it.end_line
            && it.signature.contains(" for ")
    });
    match facts.language {
        // Whether it is called on an object is seen when it is compared.
        Language::Rust => !trait_impl,
        Language::Go | Language::C | Language::Cpp => false,
        Language::Python => own.contains("@staticmethod"),
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
