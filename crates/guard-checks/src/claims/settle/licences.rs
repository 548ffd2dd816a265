//! "MIT/Apache 2.0 dual licensing": files of licences, and what manifests say.

use guard_model::{Claim, EvidenceItem, EvidenceKind, Side};

use super::code::last_part;
use super::trace::FileTrace;
use super::{Facts, Ruling};
use crate::text::{names, words};

/// Licences by the word that tells them apart.
const LICENCES: [&str; 9] = ["mit", "apache", "bsd", "mpl", "gpl", "lgpl", "agpl", "isc", "unlicense"];

/// The ruling where each licence that is named came with the change.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let said = words(&claim.text);
    let about = said.iter().any(|w| w.starts_with("licens") || w.starts_with("licenc"));
    let named: Vec<&str> = LICENCES.into_iter().filter(|l| said.iter().any(|w| w == l)).collect();
    if !about || named.is_empty() || said.len() > named.len() + 6 {
        return None;
    }
    let of = |licence: &str| facts.trace.files.iter().find(|f| brings(f, licence));
    let files: Vec<&FileTrace<'_>> = named.iter().map(|l| of(l)).collect::<Option<_>>()?;
    let paths: Vec<&str> = files.iter().map(|f| f.path()).collect();
    let message = format!("new in {}", names(&paths, 3));
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    Some(Ruling::verified(item.at(Side::Head, files[0].path(), None)))
}

/// Whether a file is the licence's text, or a manifest that names it now.
fn brings(file: &FileTrace<'_>, licence: &str) -> bool {
    let name = last_part(file.path()).to_lowercase();
    let has = |text: &str| words(text).iter().any(|w| w == licence);
    let is_text = name.starts_with("licens") || name.starts_with("licenc") || name.starts_with("copying");
    let title = || file.lines.added.iter().take(5).any(|l| has(&l.text));
    let says = |text: &str| text.trim_start().trim_matches('"').starts_with("license") && has(text);
    let declares = || {
        file.lines.added.iter().any(|l| says(&l.text)) && !file.lines.removed.iter().any(|l| says(&l.text))
    };
    is_text && file.is_new() && (has(&name) || title()) || !file.document && declares()
}
