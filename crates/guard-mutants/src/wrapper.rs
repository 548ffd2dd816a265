//! guard as the compiler's wrapper: compiles woven code, and takes out what the compiler refuses.
//!
//! Cargo starts this instead of `rustc` for the crates of the workspace (`RUSTC_WORKSPACE_WRAPPER`), so that
//! no manifest and no source is touched for it, packages from elsewhere are built once for both, and lints that
//! the project denies do not stop the build. The compiler names all refused mutants of a crate in one go.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan};
use guard_exec::wrapping;

use crate::plan::{Plan, Unit};
use crate::weave::{Id, SWITCH_CRATE, seen_variable};

/// The switch crate's source.
const SWITCH_SOURCE: &str = concat!(include_str!("runtime/switch.rs"), include_str!("runtime/iterator.rs"));

/// Bytes of the compiler's memory of a crate below which it is written for more than it saves: a test of a page or two, a
/// library of some thousand lines. Source: measured on fd, indexmap, textwrap, semver and bytes.
const WORTH_KEEPING: u64 = 3_000_000;

/// The file, among the units, of what all of them found in the present build.
const FOUND: &str = "found.json";

/// How often one crate is tried. The first round finds all but a few: a refused mutant can hide another.
const MAX_ROUNDS: u32 = 6;

/// Compiles as `arguments` (the compiler, then its arguments) say; the exit code.
///
/// # Errors
/// What keeps it from compiling at all.
pub fn main(plan: &Path, arguments: Vec<OsString>) -> io::Result<i32> {
    let mut arguments = arguments.into_iter();
    let compiler =
        arguments.next().ok_or_else(|| io::Error::other("the wrapper was called without a compiler"))?;
    let arguments: Vec<OsString> = arguments.collect();
    let Some(output) = OutputName::of(&arguments) else {
        // A question about the compiler.
        return wrapping::replace(&compiler, &arguments);
    };
    let plan: Plan = serde_json::from_slice(&fs::read(plan)?)?;
    let library = switch_library(&plan, &compiler, &arguments)?;
    let mut woven = cheaper(&arguments, &is_worth_keeping);
    woven.push("--cap-lints=allow".into());
    let mut external = OsString::from(format!("--extern={SWITCH_CRATE}="));
    external.push(&library);
    woven.push(external);
    // Crates that use woven ones look for it along the search path.
    if let Some(dir) = library.parent() {
        let mut search = OsString::from("-Ldependency=");
        search.push(dir);
        woven.push(search);
    }
    let unit = Unit { switch: Some(library), ..Unit::default() };
    compile(&plan, &compiler, &woven, &output, unit)
}

/// The arguments without what only costs time here: debug information beyond the lines of backtraces, the compiler's
/// memory of what `is_kept` does not want, and the many small parts that it makes of a crate that it is to remember, each
/// of which costs at the first build and saves little at the next.
fn cheaper(arguments: &[OsString], is_kept: &dyn Fn(&Path, &OsStr) -> bool) -> Vec<OsString> {
    let is_more =
        |text: &str| ["debuginfo=1", "debuginfo=2", "debuginfo=full", "debuginfo=limited"].contains(&text);
    let has = |name: &str| arguments.iter().any(|a| a.to_str().is_some_and(|text| text.starts_with(name)));
    let name = value_of(arguments, "--crate-name").unwrap_or_default();
    let is_unwanted = |text: &str| {
        text.strip_prefix("incremental=").is_some_and(|memory| !is_kept(Path::new(memory), name))
    };
    let mut kept: Vec<OsString> = Vec::with_capacity(arguments.len());
    let mut remembers = false;
    for argument in arguments {
        let text = argument.to_str().filter(|_| kept.last().is_some_and(|k| k == "-C")).unwrap_or_default();
        if is_unwanted(text) {
            kept.pop();
        } else if is_more(text) {
            kept.push("debuginfo=line-tables-only".into());
        } else {
            remembers |= text.starts_with("incremental=");
            kept.push(argument.clone());
        }
    }
    if remembers && !has("codegen-units=") {
        kept.push("-Ccodegen-units=16".into());
    }
    kept
}

/// Whether the compiler's `memory` of a crate of this name, woven or not, is worth what it costs to write; true where it
/// has none yet.
fn is_worth_keeping(memory: &Path, name: &OsStr) -> bool {
    let children = |dir: &Path| fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_of_crate = |dir: &PathBuf| {
        let stem = dir.file_name().and_then(OsStr::to_str).and_then(|dir| dir.rsplit_once('-'));
        stem.is_some_and(|(of, _)| OsStr::new(of) == name)
    };
    let sessions = children(memory).filter(is_of_crate).flat_map(|dir| children(&dir).collect::<Vec<_>>());
    let sizes = sessions.filter_map(|session| Some(fs::metadata(session.join("dep-graph.bin")).ok()?.len()));
    sizes.max().is_none_or(|largest| largest >= WORTH_KEEPING)
}

/// The name that the compiler gives to what it makes.
#[derive(Debug)]
struct OutputName {
    dir: PathBuf,
    stem: String,
}

impl OutputName {
    fn of(arguments: &[OsString]) -> Option<OutputName> {
        let crate_name = value_of(arguments, "--crate-name")?;
        let dir = PathBuf::from(value_of(arguments, "--out-dir")?);
        let extra = arguments.iter().find_map(|a| a.to_str()?.strip_prefix("extra-filename=")).unwrap_or("");
        Some(OutputName { dir, stem: format!("{}{extra}", crate_name.to_str()?) })
    }
}

fn value_of<'a>(arguments: &'a [OsString], name: &str) -> Option<&'a OsStr> {
    let at = arguments.iter().position(|a| a == name)?;
    arguments.get(at + 1).map(OsString::as_os_str)
}

fn compile(
    plan: &Plan,
    compiler: &OsStr,
    arguments: &[OsString],
    output: &OutputName,
    mut unit: Unit,
) -> io::Result<i32> {
    let mut stderr = io::stderr();
    let mut turn = Turn::take(plan, arguments)?;
    loop {
        unit.rounds += 1;
        let mut errors: Vec<Diagnostic> = Vec::new();
        let mut held: Vec<Vec<u8>> = Vec::new();
        let code = wrapping::relay(compiler, arguments, &mut |line| match error_in(line) {
            Some(error) => {
                errors.push(error);
                held.push(line.to_vec());
            }
            None => {
                if is_interface(line) {
                    turn = None;
                }
                // Cargo goes on as soon as it is told that the crate's interface is ready.
                drop(stderr.write_all(line));
            }
        })?;
        if code == 0 {
            // What others took out of the text was not there to be refused here.
            unit.join(found_in(plan));
            unit.seen = seen(plan, output);
            write_unit(plan, output, &unit)?;
            return Ok(0);
        }
        let more = unit.rounds < MAX_ROUNDS && blame(plan, &errors, &mut unit);
        if !more {
            for line in held {
                stderr.write_all(&line)?;
            }
            return Ok(code);
        }
        cut(plan, &mut unit)?;
        turn = None;
    }
}

/// A library's turn before its tests, which are compiled from the same files at the same time: what the compiler
/// refuses in the one is out of the other then. It lasts until the library is known to be sound.
struct Turn {
    _lock: File,
}

impl Turn {
    /// Takes the turn of a library; for anything else, waits until it is over.
    fn take(plan: &Plan, arguments: &[OsString]) -> io::Result<Option<Turn>> {
        let (Some(package), Some(name)) =
            (std::env::var_os("CARGO_MANIFEST_DIR"), value_of(arguments, "--crate-name"))
        else {
            return Ok(None);
        };
        if !plan.files.keys().any(|file| file.starts_with(&package)) {
            return Ok(None);
        }
        let key =
            blake3::hash([package.as_encoded_bytes(), b"\0", name.as_encoded_bytes()].concat().as_slice());
        let lock = lock(plan, &key.to_hex()[..16])?;
        let emits = arguments.iter().filter_map(|a| a.to_str()?.strip_prefix("--emit="));
        let is_library = emits.flat_map(|e| e.split(',')).any(|kind| kind == "metadata");
        Ok(is_library.then_some(Turn { _lock: lock }))
    }
}

/// Whether the compiler tells that it has written what other crates need to know of this one.
fn is_interface(line: &[u8]) -> bool {
    memchr::memmem::find(line, br#""emit":"metadata""#).is_some()
}

/// Waits for a lock of this name among the units of a build.
fn lock(plan: &Plan, name: &str) -> io::Result<File> {
    fs::create_dir_all(&plan.units)?;
    let lock = File::create(plan.units.join(format!("{name}.lock")))?;
    lock.lock()?;
    Ok(lock)
}

/// What units of this build have found so far.
fn found_in(plan: &Plan) -> Unit {
    let found = fs::read(plan.units.join(FOUND)).ok();
    let found = found.and_then(|bytes| serde_json::from_slice::<(String, Unit)>(&bytes).ok());
    found.filter(|(build, _)| *build == plan.build).map(|(_, unit)| unit).unwrap_or_default()
}

/// Takes out of the woven files what was found, here and by others. Their dates stay: nothing is out of date by it.
fn cut(plan: &Plan, unit: &mut Unit) -> io::Result<()> {
    let _one_at_a_time = lock(plan, "cut")?;
    unit.join(found_in(plan));
    write_whole(plan, FOUND, &serde_json::to_vec(&(&plan.build, &*unit))?, None)?;
    for (path, map) in &plan.files {
        let mut text = fs::read(path)?;
        if !map.cut(&mut text, |owner| unit.is_out(owner)) {
            continue;
        }
        let dated = fs::metadata(path)?.modified()?;
        write_whole(plan, path, &text, Some(dated))?;
    }
    Ok(())
}

/// Writes a file, named from the units' directory: who reads it meanwhile gets the one text or the other as a whole.
fn write_whole(
    plan: &Plan,
    path: impl AsRef<Path>,
    bytes: &[u8],
    dated: Option<SystemTime>,
) -> io::Result<()> {
    let new = plan.units.join("unfinished");
    fs::write(&new, bytes)?;
    if let Some(dated) = dated {
        File::options().write(true).open(&new)?.set_modified(dated)?;
    }
    fs::rename(&new, plan.units.join(path))
}

fn error_in(line: &[u8]) -> Option<Diagnostic> {
    if !line.starts_with(b"{") {
        return None;
    }
    let found: Diagnostic = serde_json::from_slice(line).ok()?;
    matches!(found.level, DiagnosticLevel::Error | DiagnosticLevel::Ice).then_some(found)
}

/// Takes out what the errors are about; false when they are about nothing that was woven.
fn blame(plan: &Plan, errors: &[Diagnostic], unit: &mut Unit) -> bool {
    let known: BTreeSet<Id> = unit.unviable.keys().chain(unit.unwoven.keys()).copied().collect();
    let mut unexplained: Vec<&Diagnostic> = Vec::new();
    for error in errors {
        let primary: Vec<&DiagnosticSpan> = error.spans.iter().filter(|s| s.is_primary).collect();
        let mut ids = mutants_at(plan, &primary);
        if ids.is_empty() {
            ids = mutants_at(plan, &all_spans(error));
        }
        // What an earlier round took out cannot be to blame; what this one does may have more than one error.
        ids.retain(|id| !known.contains(id));
        if ids.is_empty() && !error.message.starts_with("aborting due to") {
            unexplained.push(error);
        }
        for id in ids {
            unit.unviable.entry(id).or_insert_with(|| said(error));
        }
    }
    let mut found = unit.unviable.len() + unit.unwoven.len() > known.len();
    for error in unexplained {
        // The compiler runs a function, or a switch changes what it makes of the code around: without
        // switches in it, it may do.
        let evaluated = error.code.as_ref().is_some_and(|c| c.code == "E0080");
        for function in functions_at(plan, &all_spans(error)) {
            // A refused mutant confuses what is around it. If it was not that, the next round tells.
            let lost_one =
                function.mutants.iter().any(|id| unit.unviable.contains_key(id) && !known.contains(id));
            if (lost_one && !evaluated) || !unit.off.insert(function.number) {
                continue;
            }
            found = true;
            let reason = if evaluated {
                "the compiler evaluates the function while it compiles".to_owned()
            } else {
                format!("the code around it does not compile with it: {}", said(error))
            };
            let open = function.mutants.iter().filter(|id| !unit.unviable.contains_key(id));
            unit.unwoven.extend(open.map(|id| (*id, reason.clone())));
        }
    }
    found
}

/// An error in one line.
fn said(error: &Diagnostic) -> String {
    let message = error.message.lines().next().unwrap_or_default();
    match &error.code {
        Some(code) => format!("{message} [{}]", code.code),
        None => message.to_owned(),
    }
}

/// Spans of an error and of its notes, with the places where macros were called.
fn all_spans(error: &Diagnostic) -> Vec<&DiagnosticSpan> {
    error.spans.iter().chain(error.children.iter().flat_map(|c| &c.spans)).collect()
}

/// The places of a span: itself, and where the macros that made it were called.
fn places<'s>(spans: &[&'s DiagnosticSpan]) -> impl Iterator<Item = &'s DiagnosticSpan> {
    spans
        .iter()
        .flat_map(|span| std::iter::successors(Some(*span), |s| s.expansion.as_ref().map(|e| &e.span)))
}

fn mutants_at(plan: &Plan, spans: &[&DiagnosticSpan]) -> BTreeSet<Id> {
    let mut found = BTreeSet::new();
    for place in places(spans) {
        let Some(map) = map_of(plan, place) else { continue };
        let (start, end) = (place.byte_start as usize, place.byte_end as usize);
        let inside = map.mutants.iter().filter(|(_, at)| at.start <= start && end <= at.end);
        found.extend(inside.map(|(id, _)| *id));
    }
    found
}

fn functions_at<'p>(plan: &'p Plan, spans: &[&DiagnosticSpan]) -> Vec<&'p crate::weave::WovenFunction> {
    let mut found: BTreeMap<u32, &crate::weave::WovenFunction> = BTreeMap::new();
    for place in places(spans) {
        let Some(map) = map_of(plan, place) else { continue };
        let start = place.byte_start as usize;
        let around = map.functions.iter().filter(|f| f.span.contains(&start));
        found.extend(around.map(|f| (f.number, f)));
    }
    found.into_values().collect()
}

fn map_of<'p>(plan: &'p Plan, place: &DiagnosticSpan) -> Option<&'p crate::weave::FileMap> {
    let here = std::env::current_dir().ok()?;
    plan.files.get(&here.join(&place.file_name))
}

/// The functions that the compiler noted to have seen: it writes down each variable that the code asks for.
fn seen(plan: &Plan, output: &OutputName) -> BTreeSet<u32> {
    let text = fs::read_to_string(output.dir.join(format!("{}.d", output.stem))).unwrap_or_default();
    let noted: BTreeSet<&str> = text
        .lines()
        .filter_map(|l| l.strip_prefix("# env-dep:"))
        .map(|l| l.split('=').next().unwrap_or(l))
        .collect();
    let functions = plan.files.values().flat_map(|f| &f.functions).map(|f| f.number);
    functions.filter(|f| noted.contains(seen_variable(*f).as_str())).collect()
}

fn write_unit(plan: &Plan, output: &OutputName, unit: &Unit) -> io::Result<()> {
    fs::create_dir_all(&plan.units)?;
    fs::write(plan.units.join(format!("{}.json", output.stem)), serde_json::to_vec(unit)?)
}

/// The switch crate, compiled by this compiler for this platform; kept.
fn switch_library(plan: &Plan, compiler: &OsStr, arguments: &[OsString]) -> io::Result<PathBuf> {
    let target = value_of(arguments, "--target")
        .map(OsStr::to_owned)
        .or_else(|| arguments.iter().find_map(|a| a.to_str()?.strip_prefix("--target=").map(OsString::from)));
    let digest = blake3::hash(&compiler_key(compiler, target.as_deref()));
    let dir = plan.switches.join(&digest.to_hex()[..16]);
    let name = format!("lib{SWITCH_CRATE}.rlib");
    let library = dir.join(&name);
    if library.is_file() {
        return Ok(library);
    }
    fs::create_dir_all(&plan.switches)?;
    // Cargo compiles several crates at once: the first makes it, the others wait for that.
    let _one_at_a_time = lock(plan, "switch")?;
    if library.is_file() {
        return Ok(library);
    }
    // Under another name until it is whole; the directory's name must not get into what is made.
    let own = plan.switches.join("unfinished");
    fs::create_dir_all(&own)?;
    let source = own.join("switch.rs");
    fs::write(&source, SWITCH_SOURCE)?;
    let mut build: Vec<OsString> = ["--edition=2021", "--crate-type=rlib", "--crate-name", SWITCH_CRATE]
        .into_iter()
        .chain(["-Copt-level=3", "-Ccodegen-units=1", "-Cdebuginfo=0", "--cap-lints=allow", "--out-dir"])
        .map(OsString::from)
        .collect();
    build.push(own.clone().into());
    let mut remap = OsString::from("--remap-path-prefix=");
    remap.push(&own);
    remap.push("=guard");
    build.push(remap);
    if let Some(target) = target {
        build.push("--target".into());
        build.push(target);
    }
    build.push(source.into());
    let (code, said) = wrapping::ask(compiler, &build)?;
    if code != 0 {
        let said = String::from_utf8_lossy(&said).into_owned();
        return Err(io::Error::other(format!("the switch crate does not compile: {said}")));
    }
    fs::rename(&own, &dir)?;
    Ok(library)
}

/// What makes one compiler's crates unusable for another's: asking it for its version takes longer than
/// compiling a small test.
fn compiler_key(compiler: &OsStr, target: Option<&OsStr>) -> Vec<u8> {
    let path = fs::canonicalize(compiler).unwrap_or_else(|_| compiler.into());
    let meta = fs::metadata(&path).ok();
    let modified = meta.as_ref().and_then(|m| m.modified().ok());
    // A proxy is the same program for all toolchains.
    let toolchain = std::env::var_os("RUSTUP_TOOLCHAIN");
    format!("{path:?} {:?} {modified:?} {toolchain:?} {target:?} {SWITCH_SOURCE}", meta.map(|m| m.len()))
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weave::{Cut, FileMap, Owner};

    #[test]
    fn only_what_costs_time_is_left_out() {
        let arguments = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        let given =
            arguments("--crate-name a -C debuginfo=2 -C opt-level=1 -C incremental=/t/i -C linker=cc");
        let kept = arguments(
            "--crate-name a -C debuginfo=line-tables-only -C opt-level=1 -C incremental=/t/i -C linker=cc -Ccodegen-units=16",
        );
        assert_eq!(cheaper(&given, &|memory, name| memory == "/t/i" && name == "a"), kept);
        let forgetful = arguments("--crate-name a -C debuginfo=line-tables-only -C opt-level=1 -C linker=cc");
        assert_eq!(cheaper(&given, &|_, _| false), forgetful);
        assert_eq!(cheaper(&arguments("-C debuginfo=0"), &|_, _| true), arguments("-C debuginfo=0"));
    }

    #[test]
    fn what_one_unit_finds_all_of_its_build_know() {
        let dir = tempfile::tempdir().unwrap();
        let (file, units) = (dir.path().join("main.rs"), dir.path().join("units"));
        fs::create_dir(&units).unwrap();
        fs::write(&file, "match at() { 1 => a, 2 => b, _ => c }").unwrap();
        let cut = |id, at| Cut { of: Owner::Mutant(id), at, instead: String::new() };
        let map = FileMap { cuts: vec![cut(1, 13..21), cut(2, 21..29)], ..FileMap::default() };
        let plan = Plan {
            build: "one".to_owned(),
            units,
            switches: dir.path().to_owned(),
            files: BTreeMap::from([(file.clone(), map)]),
        };
        let refusing = |id| Unit { unviable: [(id, "no".to_owned())].into(), ..Unit::default() };
        let dated = fs::metadata(&file).unwrap().modified().unwrap();
        super::cut(&plan, &mut refusing(1)).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "match at() {         2 => b, _ => c }");
        let mut second = refusing(2);
        super::cut(&plan, &mut second).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "match at() {                 _ => c }");
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), dated);
        assert!(second.unviable.contains_key(&1));
        // A program that was compiled from the text without both.
        assert_eq!(found_in(&plan).unviable.len(), 2);
        assert_eq!(found_in(&Plan { build: "two".to_owned(), ..plan }), Unit::default());
    }

    #[test]
    fn a_small_crate_is_not_remembered() {
        let memory = tempfile::tempdir().unwrap();
        let graph = |dir: &str, bytes: u64| {
            let session = memory.path().join(dir);
            fs::create_dir_all(&session).unwrap();
            File::create(session.join("dep-graph.bin")).unwrap().set_len(bytes).unwrap();
        };
        graph("small-1a/s-1", 10_000);
        graph("large-1b/s-1", 10_000);
        graph("large-1b/s-2", WORTH_KEEPING);
        graph("large_test-1c/s-1", 10_000);
        for (name, expected) in [("small", false), ("large", true), ("large_test", false), ("new", true)] {
            assert_eq!(is_worth_keeping(memory.path(), OsStr::new(name)), expected, "{name}");
        }
    }
}
