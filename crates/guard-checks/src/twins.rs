//! What both checks of pairs say alike.

use guard_model::{EvidenceItem, EvidenceKind, PairEvidence, PairOrigin, PairSide};

/// `submit` in src/login.tsx, or the path of a whole file.
pub(crate) fn name(side: &PairSide) -> String {
    match &side.item {
        Some(item) => format!("`{item}` in {}", side.path),
        None => side.path.clone(),
    }
}

/// Who says that the two belong together.
pub(crate) fn said(pair: &PairEvidence) -> EvidenceItem {
    let (reference, implementation) = (name(&pair.pair.reference), name(&pair.pair.implementation));
    let message = match pair.origin {
        PairOrigin::Declared => format!("{} declares that {implementation} follows {reference}", pair.said),
        PairOrigin::Comment => format!("{} says that {implementation} follows {reference}", pair.said),
        PairOrigin::Request => format!("{} asks that {implementation} be like {reference}", pair.said),
        PairOrigin::Together => format!("{}: who edits {reference} edits {implementation}", pair.said),
    };
    EvidenceItem::new(EvidenceKind::Pair, message)
}

/// The two are only edited together, and need not be alike.
pub(crate) fn is_together(pair: &PairEvidence) -> bool {
    pair.origin == PairOrigin::Together
}
