//! What every check sees: the evidence, the policy, the settled claims, and what is derived from them once.

use std::collections::HashMap;

use guard_model::lab::{
    CodeRun, FeatureBuild, LabEvidence, SuiteOutcome, SuiteTrouble, TestId, TestOutcome, TestResult, TestRun,
};
use guard_model::{Claim, ClaimKind, Evidence, FileChange, Item, Policy, Side, SourceFacts};

use crate::head_build::HeadBuild;
use crate::identities::{Identities, is_part_of};
use crate::said::Said;
use crate::sites::{self, Repeated};

/// Red tests of a suite at base from which the suite may be what is broken.
const MANY: usize = 3;

/// What a check sees.
#[derive(Debug)]
pub struct Context<'a> {
    /// What was collected.
    pub evidence: &'a Evidence,
    /// The policy in force.
    pub policy: &'a Policy,
    /// What the agent's words assert, with verdicts.
    pub claims: &'a [Claim],
    /// Tests over the range.
    pub(crate) tests: Identities<'a>,
    at_base: HashMap<&'a TestId, &'a TestResult>,
    /// How head's build stands.
    pub(crate) build: HeadBuild<'a>,
    /// What was said, for questions like "is this change mentioned?".
    pub(crate) said: Said<'a>,
    /// Repeated edits and what they left, most telling first.
    pub(crate) sites: Option<Vec<Repeated<'a>>>,
}

impl<'a> Context<'a> {
    /// Derives what checks share.
    pub(crate) fn new(evidence: &'a Evidence, policy: &'a Policy, claims: &'a [Claim]) -> Context<'a> {
        let said = Said::of(evidence);
        let base = evidence.lab.as_ref().and_then(|lab| tests_of(lab.base.as_ref()));
        Context {
            at_base: base.into_iter().flat_map(|run| &run.results).map(|r| (&r.id, r)).collect(),
            evidence,
            policy,
            claims,
            tests: Identities::of(evidence),
            build: HeadBuild::of(evidence),
            sites: sites::judge(evidence, &said),
            said,
        }
    }

    /// What was run.
    pub(crate) fn lab(&self) -> Option<&'a LabEvidence> {
        self.evidence.lab.as_ref()
    }

    /// The build with more features that the change breaks.
    pub(crate) fn broken_features(&self) -> Option<&'a FeatureBuild> {
        self.lab()?.head.as_ref()?.build.broken_features.as_ref()
    }

    /// Head's test run.
    pub(crate) fn head_tests(&self) -> Option<&'a TestRun> {
        tests_of(self.lab()?.head.as_ref())
    }

    /// Base's test run.
    pub(crate) fn base_tests(&self) -> Option<&'a TestRun> {
        tests_of(self.lab()?.base.as_ref())
    }

    /// Base's tests, when they were run as a whole: only then does a test without a result say anything.
    pub(crate) fn all_base_tests(&self) -> Option<&'a TestRun> {
        self.base_tests().filter(|run| run.gap.is_none())
    }

    /// The result that a test of this name had at base.
    pub(crate) fn named_at_base(&self, id: &TestId) -> Option<&'a TestResult> {
        self.at_base.get(id).copied()
    }

    /// The result that `head`'s test had at base, when base was run and knows it.
    pub(crate) fn result_at_base(&self, head: &TestResult) -> Option<&'a TestResult> {
        if let Some(same) = self.named_at_base(&head.id) {
            return Some(same);
        }
        // Renamed or moved: ask under the name that it had at base.
        let at_head = self.tests.declared(&head.id, Side::Head)?;
        let (at_base, _) = self.tests.renamed.iter().find(|(_, h)| *h == at_head)?;
        self.tests.results(at_base, Side::Base).first().copied()
    }

    /// Whether a test is red at head for sure, and nothing shows that it was or had to be red before.
    pub(crate) fn is_new_failure(&self, head: &TestResult) -> bool {
        head.failed_for_sure()
            && match self.result_at_base(head) {
                Some(base) => !base.failed_for_sure() && !self.is_unreported_at_base(head),
                None => self.broken_at_base(&head.id.suite).is_none(),
            }
    }

    /// Whether base announced the test and never reported it, because its suite had trouble: it may have been
    /// red then.
    pub(crate) fn is_unreported_at_base(&self, head: &TestResult) -> bool {
        let Some(base) = self.result_at_base(head).filter(|b| b.outcome == TestOutcome::NotRun) else {
            return false;
        };
        let mut suites = self.base_tests().into_iter().flat_map(|run| &run.suites);
        suites.any(|s| s.trouble.is_some() && is_part_of(&base.id.suite, &s.suite))
    }

    /// Red and all tests that a suite ran at base, when so many were red that a new one that fails there
    /// shows nothing of the change.
    pub(crate) fn broken_at_base(&self, suite: &str) -> Option<(usize, usize)> {
        let ran = |run: &'a TestRun| {
            let of_suite = run.results.iter().filter(move |r| r.id.suite == suite);
            of_suite.filter(|r| r.outcome == TestOutcome::Passed || r.outcome.is_failure())
        };
        let (red, all) = ran(self.base_tests()?)
            .fold((0, 0), |(red, all), r| (red + usize::from(r.outcome.is_failure()), all + 1));
        // Base may have been asked about red tests alone.
        let asked = all.max(self.head_tests().map_or(0, |head| ran(head).count()));
        (red >= MANY && red * 2 >= asked).then_some((red, all))
    }

    /// Number of tests of a suite that passed at base and that head's run announced and never reported.
    pub(crate) fn lost_results(&self, head: &TestRun, suite: &str) -> usize {
        let unreported = head.results.iter().filter(|r| r.outcome == TestOutcome::NotRun);
        let passed =
            |r: &TestResult| self.result_at_base(r).is_some_and(|b| b.outcome == TestOutcome::Passed);
        unreported.filter(|r| is_part_of(&r.id.suite, suite) && passed(r)).count()
    }

    /// Whether a suite that was ended at its time limit came near to it at base already.
    pub(crate) fn is_slow(&self, head: &SuiteOutcome) -> bool {
        let base = self.base_tests().and_then(|b| b.suites.iter().find(|s| s.suite == head.suite));
        head.trouble == Some(SuiteTrouble::Hung) && base.is_some_and(|b| b.ms.saturating_mul(2) > head.ms)
    }

    /// Claims of a kind.
    pub(crate) fn claims_of(&self, kind: ClaimKind) -> impl Iterator<Item = &'a Claim> + use<'a> {
        self.claims.iter().filter(move |c| c.kind == kind)
    }

    /// The first of each group of claims of a kind: statements about the same thing raise one finding.
    pub(crate) fn claim_groups(&self, kind: ClaimKind) -> Vec<&'a Claim> {
        let mut seen: Vec<&str> = Vec::new();
        self.claims_of(kind)
            .filter(|c| match c.group.as_deref() {
                None => true,
                Some(g) if seen.contains(&g) => false,
                Some(g) => {
                    seen.push(g);
                    true
                }
            })
            .collect()
    }

    /// Syntax of a changed file.
    pub(crate) fn source(&self, side: Side, path: &str) -> Option<&'a SourceFacts> {
        self.evidence.sources.iter().find(|s| s.side == side && s.path == path)
    }

    /// Items of all changed files on one side.
    pub(crate) fn items(&self, side: Side) -> impl Iterator<Item = (&'a SourceFacts, &'a Item)> + use<'a> {
        let sources = self.evidence.sources.iter().filter(move |s| s.side == side);
        sources.flat_map(|s| s.items.iter().map(move |i| (s, i)))
    }

    /// What happened to the file that has `path` at head.
    pub(crate) fn change_of(&self, path: &str) -> Option<&'a FileChange> {
        self.evidence.change.files.iter().find(|f| f.path == path)
    }
}

fn tests_of(run: Option<&CodeRun>) -> Option<&TestRun> {
    run.and_then(|r| r.tests.as_ref())
}
