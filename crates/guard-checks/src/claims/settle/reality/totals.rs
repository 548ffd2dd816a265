//! "344 tests", "integration tests from 32 to 54": how many tests there are in all, counted over head's tree.

use std::collections::BTreeSet;

use guard_model::reality::FileTests;
use guard_model::{Claim, ClaimKind, ClaimVerdict, EvidenceItem, EvidenceKind, Side};

use super::super::trace::is_test_path;
use super::super::{Facts, Ruling};
use crate::claims::counts::{self, TEST_NOUNS};
use crate::claims::token::{self, Token};
use crate::text::count;

/// Smaller numbers are right by chance.
const FEWEST: u64 = 10;

/// Folders whose tests are counted besides all: more of them make any number right.
const MOST_FOLDERS: usize = 12;

/// Whether a claim tells how many tests there are.
pub(super) fn is_about_all(claim: &Claim) -> bool {
    said(claim, &token::tokens(&claim.text)).is_some()
}

/// The ruling where as many tests stand at head, in all or below a folder that the change is in.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let files = facts.evidence.reality.census.as_ref()?;
    let tokens = token::tokens(&claim.text);
    let said = said(claim, &tokens)?;
    let is = |word: &str| tokens.iter().any(|t| t.is(word));
    let of_kind = |f: &&FileTests| match (is("integration"), is("unit")) {
        (true, false) => is_test_path(&f.path) || f.path.contains("integration"),
        (false, true) => !is_test_path(&f.path),
        _ => true,
    };
    let found = folders(facts).into_iter().find(|folder| {
        let inside = files.iter().filter(of_kind).filter(|f| f.path.starts_with(folder.as_str()));
        let (all, ignored) = inside.fold((0, 0), |(all, ignored), f| (all + f.tests, ignored + f.ignored));
        all == said || all - ignored == said
    })?;
    let place =
        if found.is_empty() { String::new() } else { format!(" below `{}`", found.trim_end_matches('/')) };
    let message = format!("{} declared at head{place}", count(said as usize, "test"));
    let mut item = EvidenceItem::new(EvidenceKind::Site, message);
    if let Some(first) = files.iter().find(|f| f.path.starts_with(found.as_str())) {
        item = item.at(Side::Head, &first.path, None);
    }
    Some(Ruling::new(ClaimVerdict::Verified, vec![item]).counted(said, said))
}

/// The number of all tests that a claim tells; not of those that are new, that passed, or that a file has.
fn said(claim: &Claim, tokens: &[Token<'_>]) -> Option<u64> {
    let fits =
        matches!(claim.kind, ClaimKind::TestAdded | ClaimKind::Other | ClaimKind::Add | ClaimKind::Update)
            && claim.scope.paths.is_empty()
            && claim.scope.symbols.is_empty();
    let other = tokens.iter().any(|t| {
        t.any("new added add adds additional more extra for covering about around over")
            || t.any(counts::PASS_WORDS)
    });
    if !fits || other || !tokens.iter().any(|t| t.any(TEST_NOUNS)) {
        return None;
    }
    let counted = counts::counts(tokens);
    let number = risen(tokens).or_else(|| counted.tests().filter(|_| !counted.rough))?;
    (number >= FEWEST).then_some(number)
}

/// "from 32 to 54", "32 → 54": the second.
pub(in crate::claims) fn risen(tokens: &[Token<'_>]) -> Option<u64> {
    tokens.windows(3).find_map(|w| {
        let joined = w[1].is("to") || w[1].punct('→') || w[1].is("->");
        let (from, to) = (counts::number(&w[0])?, counts::number(&w[2])?);
        (joined && from != to).then_some(to)
    })
}

/// All of the tree, and the folders that changed code lies in.
fn folders(facts: &Facts<'_>) -> BTreeSet<String> {
    let mut all = BTreeSet::from([String::new()]);
    for file in facts.trace.code().filter(|f| f.change.language.is_some()) {
        let path = file.path();
        all.extend(path.match_indices('/').map(|(at, _)| path[..=at].to_owned()));
    }
    if all.len() > MOST_FOLDERS { BTreeSet::from([String::new()]) } else { all }
}
