//! How head's build stands, and whose fault it is when it fails.
//!
//! "Does not build" is an accusation only when the change did it. A checkout that needs a directory
//! beside it, a missing system library or an unreachable registry fails for reasons outside the code.

use guard_model::Evidence;
use guard_model::FileChange;
use guard_model::lab::{BuildOutcome, BuildState, CodeRun, Diagnostic};

/// State of head's build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeadBuild<'a> {
    /// Nothing was built.
    NotRun,
    /// It builds.
    Ok,
    /// Nothing had to be built: neither a success nor a gap.
    Needless,
    /// The collector could not tell.
    Inconclusive(&'a BuildOutcome),
    /// It fails, and base builds or is not known to fail.
    Broken {
        /// Head's build.
        build: &'a BuildOutcome,
        /// Whether base was built, and builds.
        base_builds: bool,
    },
    /// It fails, and base fails too.
    Old {
        /// Head's build.
        build: &'a BuildOutcome,
        /// Base's build.
        base: &'a BuildOutcome,
    },
    /// It fails for a reason that lies outside the code.
    Outside {
        /// Head's build.
        build: &'a BuildOutcome,
        /// The reason, for people.
        reason: &'static str,
    },
}

impl<'a> HeadBuild<'a> {
    /// Reads the lab's builds.
    pub(crate) fn of(evidence: &'a Evidence) -> HeadBuild<'a> {
        let Some(lab) = &evidence.lab else { return HeadBuild::NotRun };
        let Some(head) = &lab.head else { return HeadBuild::NotRun };
        let build = &head.build;
        match build.state {
            BuildState::Ok => return HeadBuild::Ok,
            BuildState::NotRun => return HeadBuild::Needless,
            BuildState::Inconclusive => return HeadBuild::Inconclusive(build),
            BuildState::Failed => {}
        }
        if let Some(reason) = unreachable(build) {
            return HeadBuild::Outside { build, reason };
        }
        match lab.base.as_ref().map(|b| (&b.build, b.build.state)) {
            Some((_, BuildState::Ok)) => HeadBuild::Broken { build, base_builds: true },
            // The command that builds head's tests ran base's.
            Some((_, BuildState::NotRun)) if ran_tests(lab.base.as_ref()) => {
                HeadBuild::Broken { build, base_builds: true }
            }
            Some((base, BuildState::Failed)) if breaks_anew(evidence, base, build) => {
                HeadBuild::Broken { build, base_builds: false }
            }
            Some((base, BuildState::Failed)) => HeadBuild::Old { build, base },
            _ => match missing_outside(build) {
                Some(reason) => HeadBuild::Outside { build, reason },
                None => HeadBuild::Broken { build, base_builds: false },
            },
        }
    }
}

/// Whether tests were run, all that there are.
fn ran_tests(run: Option<&CodeRun>) -> bool {
    run.and_then(|run| run.tests.as_ref()).is_some_and(|t| t.gap.is_none() && !t.results.is_empty())
}

/// Whether head fails with an error that base lacks, on a line that the change touched.
fn breaks_anew(evidence: &Evidence, base: &BuildOutcome, head: &BuildOutcome) -> bool {
    let on_touched_line = |e: &Diagnostic| {
        let file: Option<&FileChange> =
            e.path.as_deref().and_then(|p| evidence.change.files.iter().find(|f| f.path == p));
        file.zip(e.line).is_some_and(|(f, line)| f.touches_head_line(line))
    };
    let is_old = |e: &Diagnostic| base.errors.iter().any(|b| b.message == e.message && b.code == e.code);
    head.errors.iter().any(|e| !is_old(e) && on_touched_line(e))
}

/// Reasons that no code can have: they excuse the change even where base still built from a cache.
fn unreachable(build: &BuildOutcome) -> Option<&'static str> {
    const REASONS: &[(&str, &str)] = &[
        ("could not resolve host", "the network could not be reached"),
        ("failed to download", "a dependency could not be downloaded"),
        ("network is unreachable", "the network could not be reached"),
        ("temporary failure in name resolution", "the network could not be reached"),
        ("no space left on device", "the disk is full"),
        (
            "attempting to make an http request, but --offline was specified",
            "a dependency is not in the local cache",
        ),
    ];
    find(build, REASONS)
}

/// Reasons that usually lie in the machine: they excuse a change whose base was not built.
fn missing_outside(build: &BuildOutcome) -> Option<&'static str> {
    const REASONS: &[(&str, &str)] = &[
        ("failed to load source for dependency", "a dependency that lies outside the checkout is missing"),
        ("failed to get `", "a dependency could not be loaded"),
        ("no matching package named", "a dependency is not in the local cache"),
        ("linker `", "the linker is missing"),
        ("unable to find library -l", "a system library is missing"),
        ("could not find native static library", "a system library is missing"),
        ("pkg-config", "a system library is missing"),
        ("cannot be built because it requires rustc", "the toolchain is too old for a dependency"),
        ("command not found", "a tool is missing"),
    ];
    find(build, REASONS)
}

fn find(build: &BuildOutcome, reasons: &[(&str, &'static str)]) -> Option<&'static str> {
    // An error with a place in the tree is never the machine's: its text quotes the code.
    let said: Vec<String> = build
        .errors
        .iter()
        .filter(|e| e.path.is_none())
        .take(5)
        .map(|e| format!("{}\n{}", e.message, e.rendered).to_lowercase())
        .collect();
    reasons.iter().find(|(sign, _)| said.iter().any(|s| s.contains(sign))).map(|(_, reason)| *reason)
}

/// The path that the build could not read, when its errors name one.
pub(crate) fn missing_path(build: &BuildOutcome) -> Option<String> {
    build.errors.iter().find_map(|e| {
        let text = if e.rendered.is_empty() { &e.message } else { &e.rendered };
        let lower = text.to_lowercase();
        if !lower.contains("no such file or directory") && !lower.contains("does not exist") {
            return None;
        }
        let quoted = text.split(['`', '"', '\'']).skip(1).step_by(2);
        quoted.filter(|q| q.contains('/') && !q.contains(char::is_whitespace)).last().map(str::to_owned)
    })
}

/// An error as one line: `error[E0425]: cannot find …`.
pub(crate) fn error_line(error: &Diagnostic) -> String {
    let message = crate::text::first_line(&error.message, 160);
    match &error.code {
        Some(code) if !message.contains(code.as_str()) => format!("{code}: {message}"),
        _ => message,
    }
}
