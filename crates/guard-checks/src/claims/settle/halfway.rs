//! Claims of an edit that stops half-way: its own words say so, or places still stand as they were.

use guard_model::report::Certainty;
use guard_model::{Claim, ClaimKind, ClaimVerdict, EvidenceItem, EvidenceKind, Side};

use super::{Facts, Ruling};
use crate::said::contains_word;
use crate::sites::{Repeated, Residual};

/// Certainty from which a place that was left keeps a claim from being verified.
const SURE: Certainty = Certainty::percent(87);

/// The ruling where a claim is of an edit of which places are left.
pub(super) fn counted(facts: &Facts<'_>, claim: &Claim, ruling: &Ruling) -> Option<Ruling> {
    let hedge = claim.kind == ClaimKind::Hedge;
    let edits = matches!(
        claim.kind,
        ClaimKind::Update | ClaimKind::Replace | ClaimKind::Rename | ClaimKind::Remove | ClaimKind::Other
    );
    let verified = edits && ruling.verdict == ClaimVerdict::Verified;
    if !(hedge || verified) || facts.evidence.sites.is_none() {
        return None;
    }
    facts.repeated().iter().find_map(|repeated| {
        let first = repeated.residual.first()?;
        if hedge && repeated.is_hedged_by(&claim.source.place, &claim.text)
            || verified && repeated.is_hedged() && names_a_file(repeated, &claim.text)
        {
            return Some(partial(repeated, first));
        }
        let old = &repeated.pattern.old_names;
        let named = verified && old.iter().any(|name| contains_word(&claim.text, name));
        (named && first.certainty >= SURE && first.site.in_code).then(|| {
            let ruling = partial(repeated, first);
            Ruling { verdict: ClaimVerdict::Unsupported, ..ruling }
        })
    })
}

/// Whether a text names a file in which the edit was made, with or without its extension.
fn names_a_file(repeated: &Repeated<'_>, text: &str) -> bool {
    repeated.pattern.done.iter().any(|site| crate::sites::names_file(text, &site.path))
}

fn partial(repeated: &Repeated<'_>, first: &Residual<'_>) -> Ruling {
    let (done, total) = (repeated.done, repeated.done + repeated.residual.len());
    let pattern = repeated.pattern;
    let [before, after] = pattern.shown();
    let became = match after {
        "" => "was removed".to_owned(),
        after => format!("became `{after}`"),
    };
    let message = format!("`{before}` {became} in {done} of {total} places, and still stands here");
    let item = EvidenceItem::new(EvidenceKind::Site, message);
    let item = item.at(Side::Head, &first.site.path, Some(first.site.line));
    Ruling::new(ClaimVerdict::Partial, vec![item]).counted(done as u64, total as u64)
}
