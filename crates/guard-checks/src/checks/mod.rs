//! The checks, one folder each: `mod.rs` is the check, `README.md` its documentation and its test cases.

use crate::check::Check;

mod broken_build;
mod contradicted_claim;
mod deleted_test;
mod docs_only_change;
mod drifted_implementation;
mod duplicated_helper;
mod edited_policy;
mod failing_test;
mod flaky_test;
mod green_on_base;
mod hedged_completion;
mod ignored_test;
mod laundered_placeholder;
mod merge_conflict;
mod miscounted_tests;
mod missed_mutant;
mod not_preexisting;
mod placeholder_comment;
mod rewritten_expectation;
mod skipped_section;
mod stale_twin;
mod stubbed_body;
mod test_environment_branch;
mod test_without_oracle;
mod uncovered_change;
mod unmeasured_speedup;
mod unrun_tests;
mod unsupported_claim;
mod unwired_code;
mod unwired_test;

/// All checks, sorted by name. A test asserts that this list and the folders agree.
pub(crate) const REGISTRY: &[Check] = &[
    broken_build::CHECK,
    contradicted_claim::CHECK,
    deleted_test::CHECK,
    docs_only_change::CHECK,
    drifted_implementation::CHECK,
    duplicated_helper::CHECK,
    edited_policy::CHECK,
    failing_test::CHECK,
    flaky_test::CHECK,
    green_on_base::CHECK,
    hedged_completion::CHECK,
    ignored_test::CHECK,
    laundered_placeholder::CHECK,
    merge_conflict::CHECK,
    miscounted_tests::CHECK,
    missed_mutant::CHECK,
    not_preexisting::CHECK,
    placeholder_comment::CHECK,
    rewritten_expectation::CHECK,
    skipped_section::CHECK,
    stale_twin::CHECK,
    stubbed_body::CHECK,
    test_environment_branch::CHECK,
    test_without_oracle::CHECK,
    uncovered_change::CHECK,
    unmeasured_speedup::CHECK,
    unrun_tests::CHECK,
    unsupported_claim::CHECK,
    unwired_code::CHECK,
    unwired_test::CHECK,
];
