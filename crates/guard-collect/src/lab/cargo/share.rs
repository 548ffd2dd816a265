//! Which tests of a binary a part of a run has.

use guard_model::evidence::{Gap, GapKind};
use guard_model::lab::SuiteOutcome;

use super::TestBinary;
use super::run;
use crate::lab::workbench::Workbench;

/// Bytes of names of tests that a command line can hold; a binary with more is not shared out.
const MOST_NAMES: usize = 1 << 20;

/// What of a binary a part runs.
pub(super) enum Share {
    /// All of it.
    All,
    /// These tests.
    Some(Vec<String>),
    /// None; how many there are, where they are shared out.
    Nothing(Option<SuiteOutcome>),
}

/// The tests of a binary that this part of the run has. A binary that is no libtest belongs to one part as a whole.
///
/// # Errors
/// When the binary does not say what its tests are: then no part knows which ones are its own.
pub(super) fn of(bench: &Workbench<'_>, binary: &TestBinary) -> Result<Share, Gap> {
    let Some(shard) = bench.shard else { return Ok(Share::All) };
    let as_a_whole = || if shard.has(&binary.suite) { Share::All } else { Share::Nothing(None) };
    if !binary.libtest {
        return Ok(as_a_whole());
    }
    let names = run::try_list(bench, binary).ok_or_else(|| {
        let suite = &binary.suite;
        Gap::of_tests(
            GapKind::Input,
            format!("suite `{suite}` does not list its tests, so that they cannot be shared out"),
        )
    })?;
    if names.is_empty() || names.iter().map(|n| n.len() + 1).sum::<usize>() > MOST_NAMES {
        return Ok(as_a_whole());
    }
    let all = names.len() as u64;
    let own: Vec<String> =
        names.into_iter().filter(|name| shard.has(&format!("{} {name}", binary.suite))).collect();
    if own.is_empty() {
        // Said all the same, so that each part can be held to what the others counted.
        return Ok(Share::Nothing(Some(SuiteOutcome {
            suite: binary.suite.clone(),
            announced: Some(0),
            filtered: all,
            exit_code: None,
            trouble: None,
            detail: None,
            ms: 0,
        })));
    }
    Ok(Share::Some(own))
}
