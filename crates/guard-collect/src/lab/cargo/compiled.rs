//! Which source files a build really read, from the dependency files that rustc leaves beside what it
//! makes.
//!
//! A file can be part of the crate and still not be compiled: behind a feature that is off, for another
//! platform, in a workspace of its own. Then a build that passes says nothing of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::Here;
use cargo_metadata::Artifact;
use guard_model::{Change, FileChange, FileKind, Language};
use guard_syntax::reach::is_data;

/// Files that a remark names.
const NAMED: usize = 3;

/// The source files that were compiled into the artifacts of this build, relative to `tree`. `dir` is the
/// directory that rustc ran in.
pub(crate) fn sources(tree: &Path, dir: &Path, artifacts: &[Artifact]) -> BTreeSet<String> {
    let files = artifacts.iter().filter(|a| a.target.src_path.as_std_path().starts_with(tree));
    let outputs = files.flat_map(|a| a.filenames.iter().chain(&a.executable));
    let notes: BTreeSet<PathBuf> = outputs.flat_map(|path| notes_beside(path.as_std_path())).collect();
    let mut sources = BTreeSet::new();
    for note in notes {
        let Ok(text) = fs::read_to_string(note) else { continue };
        for path in prerequisites(&text) {
            if let Ok(inside) = dir.join(path).strip_prefix(tree) {
                sources.insert(inside.to_string_lossy().into_owned());
            }
        }
    }
    sources
}

/// Whether a source file has a call that may end the process in its middle (`process::exit`, `libc::_exit`,
/// `exec`). Other calls of such a name count too; who asks must look closer.
pub(crate) fn may_end_process(path: &Path) -> bool {
    let bytes = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    ["exit(", "exit_group", "exec("].iter().any(|call| text.contains(call))
}

/// Where a test is declared, by its full name: in the only one of `sources` with a function of its last part.
pub(crate) fn declaration(tree: &Path, sources: &BTreeSet<String>, test: &str) -> Option<(String, u32)> {
    let leaf = test.rsplit("::").next()?;
    let is_it = |line: &str| {
        let rest = line.split_once("fn ").and_then(|(_, rest)| rest.strip_prefix(leaf));
        rest.is_some_and(|rest| rest.starts_with(['(', '<']))
    };
    let mut found = sources.iter().flat_map(|path| {
        let bytes = fs::read(tree.join(path)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let lines: Vec<u32> = (1..).zip(text.lines()).filter(|(_, l)| is_it(l)).map(|(n, _)| n).collect();
        lines.into_iter().map(|line| (path.clone(), line))
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Where the dependency file of an output may lie.
fn notes_beside(output: &Path) -> Vec<PathBuf> {
    let (Some(dir), Some(stem)) = (output.parent(), output.file_stem().and_then(|s| s.to_str())) else {
        return Vec::new();
    };
    // A build script is renamed after it was built; its directory holds nothing else.
    if stem.starts_with("build-script") {
        let entries = fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path());
        return entries.filter(|p| p.extension().is_some_and(|e| e == "d")).collect();
    }
    let plain = stem.strip_prefix("lib").unwrap_or(stem);
    [stem, plain].map(|name| dir.join(format!("{name}.d"))).to_vec()
}

/// The prerequisites of the rules in a dependency file. Source: the makefile syntax that
/// `rustc --emit=dep-info` writes, where a space in a path is escaped.
fn prerequisites(text: &str) -> impl Iterator<Item = PathBuf> + '_ {
    let rules = text.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once(": "));
    rules.flat_map(|(_, paths)| {
        let joined = paths.replace("\\ ", "\0");
        joined.split_whitespace().map(|p| PathBuf::from(p.replace('\0', " "))).collect::<Vec<_>>()
    })
}

/// What a build that passes does not say of the change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// For people: which files, and why.
    pub(crate) reason: String,
    /// Whether the build read any other file of the change: then it says something of the change all the same.
    pub(crate) is_part: bool,
}

/// The Rust files of the change in this workspace that were not compiled, if any.
pub(crate) fn left_out(change: &Change, here: &Here<'_>, sources: &BTreeSet<String>) -> Option<LeftOut> {
    let own = || change.files.iter().filter(|f| f.new_oid.is_some() && here.holds(&f.path));
    let missing: Vec<&str> = own()
        .filter(|f| f.content == FileKind::Text && f.language == Some(Language::Rust))
        .filter(|f| !is_data(&f.path) && !sources.contains(&f.path))
        .map(|f| f.path.as_str())
        .collect();
    let (dead, other): (Vec<&str>, Vec<&str>) =
        missing.iter().partition(|path| here.unreached.contains(path));
    let reasons = [
        (dead, "declared in no target"),
        (
            other,
            "a feature, a platform, a target or a workspace of its own; see `[cargo]` (features, all-targets) and \
             `[[suite]]` in guard.toml",
        ),
    ];
    let said: Vec<String> = reasons.iter().filter_map(|(paths, why)| not_compiled(paths, why)).collect();
    (!said.is_empty()).then(|| LeftOut { reason: said.join("; "), is_part: reads_any(own(), sources) })
}

/// Whether a build with these sources reads one of the files: as code or data, or as a manifest.
pub(crate) fn reads_any<'f>(
    mut files: impl Iterator<Item = &'f FileChange>,
    sources: &BTreeSet<String>,
) -> bool {
    files.any(|f| sources.contains(&f.path) || f.path.rsplit('/').next() == Some("Cargo.toml"))
}

/// That files were not compiled, and why.
fn not_compiled(paths: &[&str], why: &str) -> Option<String> {
    let more = paths.len().saturating_sub(NAMED);
    let named = paths.iter().take(NAMED).map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
    let named = if more > 0 { format!("{named} and {more} more") } else { named };
    let (verb, it) = if paths.len() == 1 { ("was", "it") } else { ("were", "them") };
    (!paths.is_empty())
        .then(|| format!("{named} {verb} not compiled by this build, so it says nothing of {it}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prerequisites_are_read_with_their_spaces() {
        let text = "/t/deps/a-1.d: src/lib.rs src/with\\ space.rs\n\nsrc/lib.rs:\nsrc/with\\ space.rs:\n\n# env-dep:X=1\n";
        let paths: Vec<PathBuf> = prerequisites(text).collect();
        assert_eq!(paths, [PathBuf::from("src/lib.rs"), PathBuf::from("src/with space.rs")]);
    }

    #[test]
    fn outputs_lead_to_their_dependency_files() {
        for (output, expected) in [
            ("/t/debug/deps/libdemo-1a.rmeta", "/t/debug/deps/demo-1a.d"),
            ("/t/debug/deps/demo-1a", "/t/debug/deps/demo-1a.d"),
            ("/t/debug/deps/libdemo-1a.so", "/t/debug/deps/demo-1a.d"),
            ("/t/debug/demo", "/t/debug/demo.d"),
            ("/t/debug/deps/library-1a", "/t/debug/deps/library-1a.d"),
        ] {
            assert!(notes_beside(Path::new(output)).contains(&PathBuf::from(expected)), "{output}");
        }
    }
}
