//! What the machine has: git, guard itself, toolchains, the sandbox, space.

use std::collections::BTreeSet;
use std::path::Path;

use guard_collect::lab::{self, Scratch};
use guard_collect::repo::Repo;
use guard_exec::Cmd;

use super::Line;
use crate::commands::on_path as found;
use crate::pipeline::{self, Place};

/// The oldest git that guard knows how to ask.
const OLDEST_GIT: (u32, u32) = (2, 31);

/// Free space in MiB below which a build of some size fails.
const TIGHT_MIB: u64 = 2048;

/// What tests the projects with these files.
const TOOLS: [(&str, &[&str]); 9] = [
    ("Cargo.toml", &["cargo", "rustc"]),
    ("package.json", &["node", "npm"]),
    ("go.mod", &["go"]),
    ("pyproject.toml", &["python3"]),
    ("setup.cfg", &["python3"]),
    ("pytest.ini", &["python3"]),
    ("tox.ini", &["python3"]),
    ("setup.py", &["python3"]),
    ("CMakeLists.txt", &["cmake"]),
];

pub(super) fn git(place: &Place<'_>) -> Line {
    const PART: &str = "git";
    let said = match Cmd::git(".").arg("--version").run(place.ctl) {
        Ok(output) if output.success() => output.text().trim().to_owned(),
        Ok(output) => {
            return Line::broken(PART, format!("`git --version` failed: {}", output.tail(1)), "mend git");
        }
        Err(error) => return Line::broken(PART, error.to_string(), "install git"),
    };
    let version = said.split_whitespace().nth(2).unwrap_or_default();
    let mut numbers = version.split('.').map_while(|n| n.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) if (major, minor) < OLDEST_GIT => Line::broken(
            PART,
            format!("git {version} is older than {}.{}", OLDEST_GIT.0, OLDEST_GIT.1),
            "install a newer git",
        ),
        _ => Line::ok(PART, said),
    }
}

/// Hooks call guard by its name.
pub(super) fn on_path(place: &Place<'_>) -> Line {
    const PART: &str = "guard";
    let mine = env!("CARGO_PKG_VERSION");
    let Some(file) = found(place, "guard", Path::new(".")) else {
        return Line::broken(
            PART,
            format!("this is guard {mine}, but `guard` is not on the PATH, and hooks call it by that name"),
            "put the directory that holds it on the PATH of your login shell",
        );
    };
    let said = Cmd::new(file.as_os_str(), ".").arg("--version").run(place.ctl);
    let said = said.map(|o| o.text().trim().to_owned()).unwrap_or_default();
    let file = file.display();
    if said == format!("guard {mine}") {
        return Line::ok(PART, format!("{said}, {file} on the PATH"));
    }
    Line::warn(
        PART,
        format!("hooks find {file}, which says `{said}`; this is guard {mine}"),
        "install one version, or put the newer one first on the PATH",
    )
}

pub(super) fn toolchain(repo: &Repo, place: &Place<'_>) -> Vec<Line> {
    const PART: &str = "toolchain";
    let Some(top) = repo.top() else { return Vec::new() };
    let suited = lab::suited(top);
    if suited.is_empty() {
        return vec![Line::warn(
            PART,
            "no tests were found here that guard knows how to run, so a verdict stays inconclusive",
            "name them in guard.toml as a [[suite]]",
        )];
    }
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    for one in &suited {
        let here = TOOLS.iter().filter(|(file, _)| top.join(&one.dir).join(file).exists());
        wanted.extend(here.flat_map(|(_, tools)| tools.iter()));
    }
    let (there, missing): (Vec<&str>, Vec<&str>) =
        wanted.into_iter().partition(|tool| found(place, tool, top).is_some());
    let commands: Vec<String> = suited
        .iter()
        .map(|s| if s.dir.is_empty() { s.command.clone() } else { format!("{} in {}", s.command, s.dir) })
        .collect();
    let mut lines = Vec::new();
    if !missing.is_empty() {
        lines.push(Line::warn(
            PART,
            format!("not on the PATH: {}; tests that need them are not run", missing.join(", ")),
            "install them, or name other commands in guard.toml",
        ));
    }
    if !there.is_empty() {
        lines.push(Line::ok(PART, format!("{} for: {}", there.join(", "), commands.join("; "))));
    }
    lines
}

pub(super) fn sandbox(repo: &Repo, place: &Place<'_>) -> Line {
    const PART: &str = "sandbox";
    let policy = repo.top().map(|top| top.join(pipeline::POLICY_FILE)).filter(|p| p.is_file());
    let required =
        policy.and_then(|p| pipeline::parse_policy_file(&p).ok()).is_some_and(|p| p.sandbox.required);
    let report = match guard_exec::probe(place.ctl) {
        Ok(report) => report,
        Err(error) => {
            return Line::broken(PART, format!("cannot be tried: {error}"), "see the README of guard-exec");
        }
    };
    let pieces = [
        (report.writes_confined, "writes only in the scratch area"),
        (report.network_closed, "no network"),
        (report.tree_killed, "no process outlives its test"),
    ];
    let (has, lacks): (Vec<_>, Vec<_>) = pieces.iter().partition(|(has, _)| *has);
    let words = |list: &[&(bool, &str)]| list.iter().map(|(_, w)| *w).collect::<Vec<_>>().join(", ");
    if lacks.is_empty() {
        return Line::ok(PART, words(&has));
    }
    let why = report.remarks.join("; ");
    let message = format!("the kernel does not give: {} ({why})", words(&lacks));
    let next = "allow user namespaces and Landlock, or run guard in a container";
    if required {
        Line::broken(PART, format!("{message}; and the policy requires a sandbox, so nothing will run"), next)
    } else {
        Line::warn(PART, message, next)
    }
}

pub(super) fn disk(scratch: &Scratch, place: &Place<'_>) -> Line {
    const PART: &str = "disk";
    let dir = scratch.root().display();
    let next = "free some, or set GUARD_CACHE_DIR to another disk";
    let bound = match lab::bound_mib(place.surroundings) {
        Ok(Some(most)) => format!("builds there are kept up to {} GiB in all", most >> 10),
        Ok(None) => "builds there are kept without a bound".to_owned(),
        Err(why) => {
            let message =
                format!("GUARD_CACHE_MAX cannot be read, so that builds are kept without a bound: {why}");
            return Line::warn(PART, message, "set it to a size such as `50GiB`, or to `none`");
        }
    };
    match scratch.free_mib() {
        Some(free) if free < lab::MIN_FREE_MIB => {
            Line::broken(PART, format!("{free} MiB free in the scratch area {dir}: nothing is built"), next)
        }
        Some(free) if free < TIGHT_MIB => Line::warn(
            PART,
            format!("{free} MiB free in the scratch area {dir}: large builds may fail"),
            next,
        ),
        Some(free) => Line::ok(PART, format!("{} GiB free in the scratch area {dir}; {bound}", free >> 10)),
        None => Line::ok(PART, format!("the scratch area is {dir}; {bound}")),
    }
}
