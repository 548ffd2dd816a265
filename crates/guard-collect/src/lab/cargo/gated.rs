//! Changed code that the build left out because a feature is off or the platform another one: built once more with the
//! features that bring it, or said not to be measured.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::Package;
use guard_model::lab::{BuildState, Diagnostic, FeatureBuild, TestResult, TestRun};
use guard_model::{Change, FileChange, FileKind, Language};
use guard_syntax::gates::{self, Build, Off};

use super::build::{self, Built, Order, TestBinary};
use super::metadata::Workspace;
use super::{Fetched, Here, log_part, run};
use crate::lab::workbench::Workbench;

/// Pieces that a remark names.
const NAMED: usize = 3;

/// Errors that say that features do not go together, or that the toolchain is another one: unstable features and
/// library, duplicates. Source: the compiler's error index.
const NOT_THE_CODE: [&str; 7] = ["E0554", "E0658", "E0635", "E0557", "E0428", "E0119", "E0592"];

/// Changed code that a build left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gated {
    path: String,
    /// First and last line of the piece; `None` for a whole file.
    lines: Option<(u32, u32)>,
    /// The attribute.
    cfg: String,
    /// `package/feature`s that would bring it; empty when none does.
    needs: Vec<String>,
}

/// The changed Rust code in this workspace that `built` left out.
pub(crate) fn find(
    tree: &Path,
    workspace: &Workspace,
    change: &Change,
    here: &Here<'_>,
    built: &Built,
) -> Vec<Gated> {
    let mut found = built.unbuilt.iter().flat_map(|target| target.gated(change)).collect::<Vec<Gated>>();
    for file in change.files.iter().filter(|f| f.new_oid.is_some() && here.holds(&f.path)) {
        if file.language != Some(Language::Rust) || file.content != FileKind::Text {
            continue;
        }
        let Some(package) = package_of(workspace, tree, &file.path) else { continue };
        let Some(on) = built.features.get(package.name.as_str()) else { continue };
        let qualified = |off: &Off| off.needs.iter().map(|f| format!("{}/{f}", package.name)).collect();
        let off = |path: &str| off(tree, path, package, on);
        if built.sources.contains(&file.path) {
            let is_touched = |off: &Off| {
                file.hunks.iter().any(|h| h.new_lines > 0 && touches(h.new_start, h.new_lines, off))
            };
            found.extend(off(&file.path).into_iter().filter(is_touched).map(|off| Gated {
                path: file.path.clone(),
                lines: Some(off.lines),
                needs: qualified(&off),
                cfg: off.cfg,
            }));
        } else if let Some(off) = declared_in(&file.path).iter().find_map(|(parent, name)| {
            off(parent).into_iter().find(|off| off.module.as_deref() == Some(*name))
        }) {
            found.push(Gated { path: file.path.clone(), lines: None, needs: qualified(&off), cfg: off.cfg });
        }
    }
    found
}

impl Gated {
    /// A whole file, for want of features that its target needs.
    pub(super) fn file(path: &str, package: &str, features: &[String]) -> Gated {
        let named: Vec<String> = features.iter().map(|f| format!("\"{f}\"")).collect();
        Gated {
            path: path.to_owned(),
            lines: None,
            cfg: format!("required-features = [{}]", named.join(", ")),
            needs: features.iter().map(|f| format!("{package}/{f}")).collect(),
        }
    }
}

fn touches(start: u32, lines: u32, off: &Off) -> bool {
    start <= off.lines.1 && off.lines.0 < start.saturating_add(lines)
}

/// The package whose directory holds a file, the nearest one.
fn package_of<'w>(workspace: &'w Workspace, tree: &Path, path: &str) -> Option<&'w Package> {
    let full = tree.join(path);
    let holds = |p: &&Package| p.manifest_path.parent().is_some_and(|dir| full.starts_with(dir));
    workspace.metadata.packages.iter().filter(holds).max_by_key(|p| p.manifest_path.as_str().len())
}

fn off(tree: &Path, path: &str, package: &Package, on: &BTreeSet<String>) -> Vec<Off> {
    let text = std::fs::read_to_string(tree.join(path)).unwrap_or_default();
    if !text.contains("cfg") {
        return Vec::new();
    }
    let declared: BTreeSet<String> = package.features.keys().cloned().collect();
    let build = Build {
        on,
        declared: &declared,
        os: std::env::consts::OS,
        family: std::env::consts::FAMILY,
        arch: std::env::consts::ARCH,
    };
    gates::off(&text, &build)
}

/// Where a file may be declared as a module, and under which name, by the layout of files.
fn declared_in(path: &str) -> Vec<(String, &str)> {
    let (dir, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    let (dir, name) = match (stem, dir.rsplit_once('/')) {
        ("mod", Some((above, name))) => (above, name),
        _ => (dir, stem),
    };
    ["lib.rs", "main.rs", "mod.rs"]
        .iter()
        .map(|parent| (format!("{dir}/{parent}"), name))
        .chain([(format!("{dir}.rs"), name)])
        .collect()
}

/// Builds once more with the features that bring what was left out, and runs the tests that only then are there.
/// Gives what is still not measured, for people.
pub(crate) fn measure(
    bench: &Workbench<'_>,
    workspace: &Workspace,
    fetched: &Fetched,
    change: &Change,
    (built, tests): (&mut Built, &mut TestRun),
    gated: &[Gated],
    name: &str,
) -> Option<String> {
    let features: BTreeSet<&str> = gated.iter().flat_map(|g| &g.needs).map(String::as_str).collect();
    let mut open: Vec<&Gated> = gated.iter().collect();
    let (mut why, mut unjudged) = (None, Vec::new());
    if !features.is_empty() && !bench.ctl.is_interrupted() {
        let listed = features.iter().copied().collect::<Vec<_>>().join(",");
        let name = format!("{name}-features");
        let build = |selected: String, name: &str| {
            let mut order = Order::of_policy(&bench.policy.cargo, name);
            order.selection.push(selected);
            build::build(bench, workspace, fetched.lacks.as_ref(), &order)
        };
        let mut more = build(format!("--features={listed}"), &name);
        let mut listed = listed;
        built.outcome.ms += more.outcome.ms;
        // A feature may be a part of others, and never be meant to stand alone.
        for (selected, shown) in wider(workspace, &features) {
            if more.outcome.state != BuildState::Failed || bench.ctl.is_interrupted() {
                break;
            }
            let wide = build(selected, &format!("{name}-wider"));
            built.outcome.ms += wide.outcome.ms;
            if wide.outcome.state == BuildState::Ok || !is_of_change(&wide.outcome.errors, change) {
                more = wide;
                listed = shown;
            }
        }
        match more.outcome.state {
            BuildState::Ok => {
                open.retain(|g| g.needs.is_empty());
                built.outcome.command = format!("{}, and with --features {listed}", built.outcome.command);
                unjudged = run_new(bench, &more, gated, tests, &name);
                built.sources.extend(more.sources);
                built.unbuilt = more.unbuilt;
            }
            BuildState::Failed if is_of_change(&more.outcome.errors, change) => {
                open.retain(|g| g.needs.is_empty());
                built.outcome.broken_features = Some(FeatureBuild {
                    features: features.iter().map(|f| (*f).to_owned()).collect(),
                    command: more.outcome.command,
                    errors: more.outcome.errors,
                    log: more.outcome.log,
                });
            }
            _ => {
                let error = more.outcome.errors.first().map(|e| e.message.clone());
                let error =
                    error.or(more.outcome.gap.map(|g| g.reason)).unwrap_or_else(|| "see the log".to_owned());
                why = Some(format!("with {listed} the build does not succeed: {error}"));
            }
        }
    }
    remark(&open, why).or_else(|| unjudged_remark(&unjudged, &features))
}

/// Tests of features that are off, and that failed for what may not be the code.
fn unjudged_remark(tests: &[String], features: &BTreeSet<&str>) -> Option<String> {
    let named = tests.iter().take(NAMED).map(|t| format!("`{t}`")).collect::<Vec<_>>().join(", ");
    let features = features.iter().copied().collect::<Vec<_>>().join(", ");
    let (verb, they) = if tests.len() == 1 { ("runs", "it") } else { ("run", "they") };
    (!tests.is_empty()).then(|| {
        format!("{named} {verb} only with {features}, off by default; {they} failed, maybe for want of what is not here")
    })
}

/// Wider choices of features, as arguments and for people: those that bring the given ones, then all.
fn wider(workspace: &Workspace, features: &BTreeSet<&str>) -> Vec<(String, String)> {
    let mut bring: BTreeSet<String> = BTreeSet::new();
    for package in workspace.metadata.workspace_packages() {
        let brings = |list: &Vec<String>| {
            list.iter().any(|f| features.contains(format!("{}/{f}", package.name).as_str()))
        };
        let found = package.features.iter().filter(|(_, list)| brings(list));
        bring.extend(found.map(|(name, _)| format!("{}/{name}", package.name)));
    }
    let mut wider = Vec::new();
    if !bring.is_empty() {
        let listed = bring.into_iter().collect::<Vec<_>>().join(",");
        wider.push((format!("--features={listed}"), listed));
    }
    wider.push(("--all-features".to_owned(), "all features".to_owned()));
    wider
}

/// Whether every error lies in lines of the change, and says something of them.
fn is_of_change(errors: &[Diagnostic], change: &Change) -> bool {
    let is_changed = |file: &FileChange, line: u32| {
        file.hunks.iter().any(|h| h.new_start <= line && line < h.new_start.saturating_add(h.new_lines))
    };
    let is_own = |error: &Diagnostic| {
        let (Some(path), Some(line)) = (&error.path, error.line) else { return false };
        let is_other = error.code.as_deref().is_none_or(|code| NOT_THE_CODE.contains(&code));
        !is_other && change.files.iter().any(|f| f.path == *path && is_changed(f, line))
    };
    !errors.is_empty() && errors.iter().all(is_own)
}

/// Runs the tests that are only there with more features.
///
/// What such a test needs besides, a service or a device, is often why its feature is off: only values that differ
/// speak against the code. Gives the tests that failed in another way, and of which nothing is known.
fn run_new(
    bench: &Workbench<'_>,
    more: &Built,
    gated: &[Gated],
    tests: &mut TestRun,
    name: &str,
) -> Vec<String> {
    let mut unjudged = Vec::new();
    let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for result in &tests.results {
        known.entry(&result.id.suite).or_default().insert(&result.id.name);
    }
    let holds = |b: &&TestBinary| gated.iter().any(|g| b.sources.contains(&g.path));
    let mut results = Vec::new();
    for binary in more.binaries.iter().filter(holds) {
        let known = known.get(binary.suite.as_str());
        let mut new = run::list(bench, binary);
        new.retain(|test| known.is_none_or(|known| !known.contains(test.as_str())));
        if new.is_empty() || bench.ctl.is_interrupted() {
            continue;
        }
        let log = format!("test-{name}-{}", log_part(&binary.suite));
        match run::run(bench, binary, Some(&new), &log) {
            Ok(mut suite) => {
                run::rerun_failures(bench, binary, &mut suite, &log);
                tests.ms += suite.outcome.ms;
                tests.logs.push(bench.log_name(&log));
                let compares =
                    |r: &TestResult| r.message.as_ref().is_some_and(|m| m.contains("assertion `left"));
                let (told, open): (Vec<_>, Vec<_>) =
                    suite.results.into_iter().partition(|r| !r.outcome.is_failure() || compares(r));
                suite.results = told;
                unjudged.extend(open.into_iter().map(|r| r.id.to_string()));
                results.extend(suite.results);
                if known.is_none() || suite.outcome.trouble.is_some() {
                    tests.suites.push(suite.outcome);
                }
            }
            Err(gap) => tests.gap = tests.gap.take().or(Some(gap)),
        }
    }
    tests.results.extend(results);
    tests.results.sort_by(|a, b| a.id.cmp(&b.id));
    unjudged
}

/// What no build read, and what would be needed.
fn remark(open: &[&Gated], why: Option<String>) -> Option<String> {
    // Whole files are told by others, together with those that no attribute leaves out.
    let pieces: Vec<String> = open
        .iter()
        .filter_map(|g| {
            let (from, to) = g.lines?;
            Some(format!("`{}` lines {from}-{to} (`{}`)", g.path, g.cfg))
        })
        .collect();
    let first = pieces.first()?;
    let named = if pieces.len() > 1 { pieces[..pieces.len().min(NAMED)].join(", ") } else { first.clone() };
    let more = pieces.len().saturating_sub(NAMED);
    let named = if more > 0 { format!("{named} and {more} more") } else { named };
    let why = why.map(|why| format!("; {why}")).unwrap_or_default();
    let verb = if pieces.len() == 1 { "was" } else { "were" };
    Some(format!("{named} {verb} not compiled by this build, so it says nothing of that code{why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_declared_where_the_layout_puts_it() {
        let parents =
            |path| declared_in(path).into_iter().map(|(p, n)| format!("{p} {n}")).collect::<Vec<_>>();
        assert!(parents("src/a/b.rs").contains(&"src/a/mod.rs b".to_owned()));
        assert!(parents("src/a/b.rs").contains(&"src/a.rs b".to_owned()));
        assert!(parents("src/a/mod.rs").contains(&"src/lib.rs a".to_owned()));
    }

    #[test]
    fn what_is_still_left_out_is_named() {
        let gated = Gated {
            path: "src/lib.rs".to_owned(),
            lines: Some((3, 5)),
            cfg: "#[cfg(windows)]".to_owned(),
            needs: Vec::new(),
        };
        let said = remark(&[&gated], None).unwrap();
        assert_eq!(
            said,
            "`src/lib.rs` lines 3-5 (`#[cfg(windows)]`) was not compiled by this build, so it says nothing of that code"
        );
        assert_eq!(remark(&[&Gated { lines: None, ..gated.clone() }], None), None);
    }
}
