//! "Added tests for large uploads": the largest input that the tests make, and the limit of what they call.

use guard_model::reality::{SizeLimit, TestExtent};
use guard_model::{Claim, ClaimKind, ClaimVerdict, EvidenceItem, EvidenceKind, Side};

use super::super::trace::stems;
use super::super::{Facts, Ruling};
use crate::claims::token::{self, Token, lists};
use crate::identities::{Declared, leaf};
use crate::said::telling_stems;

/// Words that name the limit itself, or what lies beyond it.
const AT_LIMIT: &str =
    "limit limits maximum oversized oversize exceed exceeds exceeding exceeded too-large over-limit overlong";

/// Words for much, without a measure.
const MUCH: &str = "large larger big bigger huge massive gigantic enormous long";

/// A test this many times below the limit is not large by any measure that the code knows.
const FAR_BELOW: u64 = 10;

/// How the words of a claim measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    /// By the limit: "over the limit", "too large".
    AtLimit,
    /// By no number: "large".
    Much,
}

/// Whether a claim says that something of a certain size was tested.
pub(super) fn is_sized(claim: &Claim) -> bool {
    claim.kind == ClaimKind::TestAdded && measure(&token::tokens(&claim.text)).is_some()
}

fn measure(tokens: &[Token<'_>]) -> Option<Measure> {
    // A timeout, a rate and a depth are no sizes of inputs.
    const OTHER: &str = "timeout timeouts time rate retry retries connection connections concurrent parallel depth nesting \
        recursion recursive integer integers number numbers stack running-time";
    let has = |words: &str| tokens.iter().any(|t| t.any(words));
    if has(OTHER) {
        return None;
    }
    let too = tokens.windows(2).any(|w| w[0].is("too") && w[1].any("large big long"));
    let beyond = has("oversized oversize exceed exceeds exceeding exceeded too-large over-limit overlong");
    // "over the upload limit", "size limits": a bare "limit" may be a parameter.
    let limit = tokens.iter().position(|t| t.any("limit limits maximum"));
    let placed = limit.is_some_and(|at| {
        let before = &tokens[at.saturating_sub(4)..at];
        before.iter().any(|t| t.any("over above beyond past at near"))
            || before.last().is_some_and(|t| t.any("size length"))
    });
    if too || beyond || placed {
        return Some(Measure::AtLimit);
    }
    has(MUCH).then_some(Measure::Much)
}

/// New tests, and those whose body changed.
pub(super) fn tests<'f>(facts: &'f Facts<'_>) -> impl Iterator<Item = &'f Declared<'f>> {
    let kept = facts.tests.kept.iter().chain(&facts.tests.renamed);
    let changed = kept.filter(|(b, h)| b.decl.body != h.decl.body).map(|(_, h)| h);
    facts.tests.added.iter().chain(changed)
}

/// The ruling where both the largest input and the limit are known for certain.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    if claim.kind != ClaimKind::TestAdded {
        return None;
    }
    let measure = measure(&token::tokens(&claim.text))?;
    let topic = topic(&claim.text);
    let all: Vec<(&Declared<'_>, &TestExtent)> =
        tests(facts).filter_map(|t| Some((t, extent_of(facts, t)?))).collect();
    if all.is_empty() || all.len() < tests(facts).count() {
        return None;
    }
    let meant: Vec<(&Declared<'_>, &TestExtent, Vec<&SizeLimit>)> = all
        .iter()
        .map(|(t, e)| (*t, *e, about(e, &topic)))
        .filter(|(_, _, limits): &(_, _, Vec<&SizeLimit>)| !limits.is_empty())
        .collect();
    let limits: Vec<&SizeLimit> = meant.iter().flat_map(|(_, _, limits)| limits.iter().copied()).collect();
    // A limit that is no constant may be anything in a test.
    let least = limits.iter().map(|l| l.refused).collect::<Option<Vec<u64>>>()?.into_iter().min()?;
    let reaching = meant.iter().find_map(|(test, extent, limits)| {
        let size = extent.largest.as_ref().filter(|s| s.made)?;
        let can_fail = test.decl.assertions > 0 && test.decl.ignored.is_none();
        let limit = limits.iter().find(|l| l.refused.is_some_and(|r| size.value >= r))?;
        // What only lies in a file of that name may limit something else.
        let own = stems(&limit.text).chain(stems(&limit.function)).any(|s| topic.contains(&s));
        (can_fail && own && limits.len() == 1).then_some((test, size, limit))
    });
    if let Some((test, size, limit)) = reaching {
        let message =
            format!("`{}` makes {}, and `{}` refuses that", test.leaf(), sized(size.value), limit.text);
        return Some(Ruling::verified(EvidenceItem::new(EvidenceKind::Site, message).at(
            Side::Head,
            &size.path,
            Some(size.line),
        )));
    }
    let margin = if measure == Measure::AtLimit { 2 } else { FAR_BELOW };
    let below = |e: &TestExtent| e.most.is_some_and(|m| m.saturating_mul(margin) <= least);
    // Tests of other things may do what they like, as long as they are not about this.
    let aside = |t: &Declared<'_>, e: &TestExtent| e.limits.is_empty() && !speaks_of(t, &topic);
    if !all.iter().all(|(t, e)| below(e) || aside(t, e)) {
        return None;
    }
    let (test, extent, limits) = meant.iter().max_by_key(|(_, e, _)| e.most)?;
    let limit = limits.iter().min_by_key(|l| l.refused)?;
    let largest = match &extent.largest {
        Some(size) => sized(size.value),
        None => sized(extent.most?),
    };
    let message = format!(
        "no new test comes near the limit: the largest, `{}`, makes {largest}, and `{}` refuses from {}",
        test.leaf(),
        leaf(&limit.function),
        sized(limit.refused?),
    );
    let (path, line) = extent.largest.as_ref().map_or((&extent.path, extent.line), |s| (&s.path, s.line));
    let here = EvidenceItem::new(EvidenceKind::Site, message).at(Side::Head, path, Some(line));
    let there = EvidenceItem::new(EvidenceKind::Site, format!("the limit: `{}`", limit.text)).at(
        Side::Head,
        &limit.path,
        Some(limit.line),
    );
    let ruling = Ruling::contradicted(vec![here, there]);
    // "Large" is a matter of degree: said with less weight than a limit that is named.
    Some(match measure {
        Measure::AtLimit => ruling,
        Measure::Much => Ruling { verdict: ClaimVerdict::Partial, ..ruling },
    })
}

fn extent_of<'f>(facts: &'f Facts<'_>, test: &Declared<'_>) -> Option<&'f TestExtent> {
    facts.evidence.reality.extents.iter().find(|e| e.path == test.path && e.line == test.decl.line)
}

/// Stems of what the tests are said to be about.
fn topic(text: &str) -> Vec<String> {
    const IDLE: &str = "unit integration regression edge edges suite coverage handling size sizes sized too over input inputs beyond write \
        wrote written covering cover covers near very";
    let tokens = token::tokens(text);
    let telling = |t: &&Token<'_>| !t.any(AT_LIMIT) && !t.any(MUCH) && !t.any(IDLE);
    telling_stems(tokens.iter().filter(telling).map(|t| t.text))
}

/// The limits of what the claim speaks of: by their own words, else by those of their file.
fn about<'e>(extent: &'e TestExtent, topic: &[String]) -> Vec<&'e SizeLimit> {
    let plain = topic.iter().all(|t| lists("data value content", t));
    let by = |own: &dyn Fn(&SizeLimit) -> String| -> Vec<&SizeLimit> {
        let is = |l: &&SizeLimit| plain || stems(&own(l)).any(|s| topic.contains(&s));
        extent.limits.iter().filter(is).collect()
    };
    let own = by(&|l| format!("{} {}", l.text, l.function));
    if own.is_empty() { by(&|l| l.path.clone()) } else { own }
}

/// Whether a test's name, file or calls have a word of the topic or of size.
fn speaks_of(test: &Declared<'_>, topic: &[String]) -> bool {
    let sized = |w: &String| lists(MUCH, w) || lists(AT_LIMIT, w);
    let name = test.leaf();
    crate::text::words(name).iter().any(sized)
        || stems(name).chain(test.decl.calls.iter().flat_map(|c| stems(c))).any(|s| topic.contains(&s))
}

/// A number, with its binary multiple where it has one: "10,485,760 (10 MiB)".
fn sized(value: u64) -> String {
    let digits = value.to_string();
    let mut shown = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(c);
    }
    let even = [(1u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
        .into_iter()
        .find(|(unit, _)| value >= *unit && (value % unit <= 1));
    match even {
        Some((unit, name)) => format!("{shown} ({} {name})", value / unit),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_measure_by_the_limit_or_by_nothing() {
        for (text, expected) in [
            ("Added tests for large uploads", Some(Measure::Much)),
            ("Added a test for uploads over the limit", Some(Measure::AtLimit)),
            ("Tests for too large bodies", Some(Measure::AtLimit)),
            ("Tests for upload size limits", Some(Measure::AtLimit)),
            ("Added tests for the limit parameter", None),
            ("Added tests for long timeouts", None),
            ("Added tests for uploads", None),
        ] {
            assert_eq!(measure(&token::tokens(text)), expected, "{text}");
        }
    }

    #[test]
    fn sizes_are_written_for_people() {
        assert_eq!(sized(1024), "1,024 (1 KiB)");
        assert_eq!(sized((10 << 20) + 1), "10,485,761 (10 MiB)");
        assert_eq!(sized(999), "999");
    }
}
