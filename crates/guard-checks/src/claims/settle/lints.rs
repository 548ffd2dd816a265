//! "Clippy is clean", "formatted with rustfmt": what the linters said of head, where they were asked.

use guard_model::lab::{Complaint, LintRun, Linter};
use guard_model::{Claim, ClaimKind, EvidenceItem, EvidenceKind, Side, SnapshotKind};

use super::{Facts, Ruling};
use crate::claims::token::{self, Token};
use crate::text::count;

/// Whether a claim is of a linter that guard can ask.
pub(crate) fn is_of_known_linter(claim: &Claim) -> bool {
    claim.kind == ClaimKind::LintResult && !linters(&token::tokens(&claim.text)).is_empty()
}

/// The linters that a sentence speaks of; none where it speaks of one that guard does not ask, or that is told
/// more than its defaults.
fn linters(tokens: &[Token<'_>]) -> Vec<Linter> {
    const OTHERS: &str = "eslint prettier ruff mypy pylint biome golangci-lint typecheck type-check type-checking tsc pre-commit flake8 \
        black isort stylelint shellcheck swiftlint ktlint checkstyle python typescript javascript frontend npm pnpm yarn";
    const MORE: &str = "pedantic nursery restriction nightly wasm windows macos all-features";
    let says = |words: &str| tokens.iter().any(|t| t.any(words));
    let quotes = |part: &str| tokens.iter().any(|t| t.lower.contains(part));
    let mut found = Vec::new();
    if says(OTHERS) || says(MORE) || ["pedantic", "features", "npm ", "eslint"].iter().any(|w| quotes(w)) {
        return found;
    }
    let formats = quotes("rustfmt") || quotes("cargo fmt") || says("fmt formatting formatted");
    if formats {
        found.push(Linter::Rustfmt);
    }
    if quotes("clippy") || says("lint lints linter linters linting warnings") {
        found.push(Linter::Clippy);
    }
    found
}

/// The ruling by what the linters said.
pub(super) fn ruled(facts: &Facts<'_>, claim: &Claim) -> Ruling {
    let asked = linters(&token::tokens(&claim.text));
    let lints = facts.evidence.lab.as_ref().map_or(&[][..], |l| &l.lints);
    let rulings: Vec<Ruling> = asked
        .iter()
        .map(|linter| {
            let runs: Vec<&LintRun> = lints.iter().filter(|r| r.linter == *linter).collect();
            of_linter(facts, claim, &runs)
        })
        .collect();
    if let Some(against) = rulings.iter().find(|r| r.accuses()) {
        return against.clone();
    }
    let verified = |r: &Ruling| r.verdict == guard_model::ClaimVerdict::Verified;
    match rulings.iter().find(|r| !verified(r)) {
        Some(open) => open.clone(),
        None if rulings.is_empty() => Ruling::unseen(Vec::new()),
        None => {
            let evidence = rulings.into_iter().flat_map(|r| r.evidence).collect();
            Ruling::new(guard_model::ClaimVerdict::Verified, evidence)
        }
    }
}

fn of_linter(facts: &Facts<'_>, claim: &Claim, runs: &[&LintRun]) -> Ruling {
    if let Some(gap) = runs.iter().find_map(|r| r.gap.as_ref()) {
        return Ruling::unseen(vec![EvidenceItem::new(EvidenceKind::Build, gap.reason.clone())]);
    }
    let Some(last) = runs.last() else { return Ruling::unseen(Vec::new()) };
    let Some(noisy) = runs.iter().find(|r| r.total > 0) else {
        let is_whole = last.whole;
        let says = format!("`{}` has no complaint", last.command);
        let item = EvidenceItem::new(EvidenceKind::Build, says);
        return if is_whole { Ruling::verified(item) } else { Ruling::unsupported(vec![item]) };
    };
    let change = &facts.evidence.change;
    let is_changed = |c: &&Complaint| {
        let file = c.path.as_deref().and_then(|p| change.file(p));
        file.zip(c.line).is_some_and(|(f, line)| f.touches_head_line(line))
    };
    let own = noisy.complaints.iter().find(is_changed);
    let shown = own.or(noisy.complaints.first());
    let number = count(noisy.total as usize, "complaint");
    let message = match shown {
        Some(c) => format!("`{}` has {number}: {}", noisy.command, said(c)),
        None => format!("`{}` has {number}", noisy.command),
    };
    let mut item = EvidenceItem::new(EvidenceKind::Build, message);
    if let Some((path, line)) = shown.and_then(|c| Some((c.path.clone()?, c.line))) {
        item = item.at(Side::Head, path, line);
    }
    // A commit may be older than the linter here. Whoever has just worked has used this one.
    let is_fresh = matches!(change.head.kind, SnapshotKind::Worktree | SnapshotKind::Index);
    let is_plain = claim.scope.paths.is_empty() && claim.scope.symbols.is_empty();
    let excepts = token::tokens(&claim.text)
        .iter()
        .any(|t| t.any("except apart excluding besides other remaining pre-existing unrelated most aside"));
    if is_fresh && is_plain && !excepts && !noisy.whole && own.is_some() {
        Ruling::contradicted(vec![item])
    } else {
        Ruling::unsupported(vec![item])
    }
}

fn said(complaint: &Complaint) -> String {
    match &complaint.lint {
        Some(lint) => format!("{} ({lint})", complaint.message),
        None => complaint.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_tell_which_linter_is_meant() {
        use Linter::{Clippy, Rustfmt};
        for (text, expected) in [
            ("clippy is clean", vec![Clippy]),
            ("`cargo clippy -- -D warnings` passes", vec![Clippy]),
            ("`cargo fmt` and clippy pass", vec![Rustfmt, Clippy]),
            ("Code passes clippy and rustfmt checks", vec![Rustfmt, Clippy]),
            ("clippy pedantic is clean", vec![]),
            ("`cargo clippy --all-features` is clean", vec![]),
            ("eslint and clippy pass", vec![]),
            ("the linter is happy", vec![Clippy]),
        ] {
            assert_eq!(linters(&token::tokens(text)), expected, "{text}");
        }
    }
}
