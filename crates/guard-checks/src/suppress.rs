//! Levels and suppressions of the policy, applied to drafts.

use globset::{GlobBuilder, GlobMatcher};
use guard_model::policy::{PathPolicy, Suppression};
use guard_model::{EvidenceItem, EvidenceKind, Finding, Level, Suppressed};

/// The level of a finding under a policy that gives its check the level `set`.
///
/// What stands at the check's default or above takes exactly the level that the policy gives. What the
/// evidence moved below the default stays there, or goes lower still.
pub(crate) fn level(found: Level, default: Level, set: Option<Level>) -> Level {
    match set {
        Some(set) if found >= default => set,
        Some(set) => found.min(set),
        None => found,
    }
}

/// Marks a finding that the policy accepts. A suppression that has run out no longer holds, and the finding says so.
pub(crate) fn apply(finding: &mut Finding, suppressions: &[Suppression], today: &str) {
    let fitting: Vec<&Suppression> = suppressions.iter().filter(|s| covers(s, finding)).collect();
    for suppression in fitting {
        match &suppression.until {
            // ISO dates sort as text.
            Some(until) if until.as_str() < today => finding.evidence.push(EvidenceItem::new(
                EvidenceKind::Site,
                format!("a suppression of this ran out on {until}: {}", suppression.reason),
            )),
            _ => {
                finding.suppressed =
                    Some(Suppressed { reason: suppression.reason.clone(), until: suppression.until.clone() });
                return;
            }
        }
    }
}

fn covers(suppression: &Suppression, finding: &Finding) -> bool {
    let path = finding.path.as_deref();
    suppression.check == finding.check
        && suppression.fingerprint.as_ref().is_none_or(|f| *f == finding.fingerprint)
        && suppression.path.as_ref().is_none_or(|glob| path.is_some_and(|p| matches(glob, p)))
}

/// Whether the policy leaves findings about `path` out: ignored for every check, generated and vendored
/// for checks of how code is written.
pub(crate) fn leaves_out(paths: &PathPolicy, path: &str, about_writing: bool) -> bool {
    let any = |globs: &[String]| globs.iter().any(|g| matches(g, path));
    any(&paths.ignore) || about_writing && (any(&paths.generated) || any(&paths.vendored))
}

/// Whether a glob of the policy matches a path. Policies with broken globs are refused when they are read;
/// one that comes in by another way matches nothing, which suppresses nothing.
pub(crate) fn matches(glob: &str, path: &str) -> bool {
    matcher(glob).is_some_and(|m| m.is_match(path))
}

fn matcher(glob: &str) -> Option<GlobMatcher> {
    let glob = glob.strip_suffix('/').map_or_else(|| glob.to_owned(), |dir| format!("{dir}/**"));
    GlobBuilder::new(&glob).literal_separator(true).build().ok().map(|g| g.compile_matcher())
}

#[cfg(test)]
mod tests {
    use super::*;
    use guard_model::Side;

    fn finding() -> Finding {
        Finding {
            check: "ignored-test".into(),
            level: Level::Warn,
            message: "m".into(),
            path: Some("tests/gpu/a.rs".into()),
            side: Side::Head,
            line: Some(3),
            end_line: Some(3),
            claim: None,
            evidence: vec![EvidenceItem::new(EvidenceKind::Diff, "e")],
            help: None,
            fingerprint: "0123".into(),
            suppressed: None,
        }
    }

    fn suppression(path: Option<&str>, until: Option<&str>) -> Suppression {
        Suppression {
            check: "ignored-test".into(),
            path: path.map(Into::into),
            fingerprint: None,
            reason: "needs a GPU".into(),
            until: until.map(Into::into),
        }
    }

    #[test]
    fn a_suppression_holds_through_its_last_day() {
        for (until, holds) in [(None, true), (Some("2026-01-31"), true), (Some("2026-01-30"), false)] {
            let mut f = finding();
            apply(&mut f, &[suppression(Some("tests/gpu/**"), until)], "2026-01-31");
            assert_eq!(f.suppressed.is_some(), holds, "{until:?}");
            assert_eq!(f.evidence.len(), if holds { 1 } else { 2 }, "an expired one is mentioned");
        }
    }

    #[test]
    fn a_glob_suppresses_only_what_it_matches() {
        for (glob, holds) in
            [("tests/gpu/*.rs", true), ("tests/*.rs", false), ("tests/gpu/", true), ("[", false)]
        {
            let mut f = finding();
            apply(&mut f, &[suppression(Some(glob), None)], "2026-01-31");
            assert_eq!(f.suppressed.is_some(), holds, "{glob}");
        }
    }

    #[test]
    fn a_policy_level_replaces_the_default_and_keeps_what_is_below() {
        use Level::{Deny, Note, Warn};
        for (found, default, set, expected) in [
            (Deny, Deny, None, Deny),
            (Deny, Deny, Some(Warn), Warn),
            (Note, Deny, Some(Warn), Note),
            (Warn, Warn, Some(Deny), Deny),
            (Note, Warn, Some(Deny), Note),
            (Deny, Warn, Some(Warn), Warn),
            (Warn, Deny, Some(Note), Note),
        ] {
            assert_eq!(level(found, default, set), expected, "{found:?} {default:?} {set:?}");
        }
    }
}
