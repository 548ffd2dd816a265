//! "The second return value of `f()`", "the unused parameter of `g`": what a function takes and gives, on both sides.

use guard_model::{Claim, EvidenceItem, EvidenceKind, Item, Side};

use super::terms::Terms;
use super::{Facts, Ruling, code};
use crate::claims::token;
use crate::text::shorten;

/// The part of a signature that a claim speaks of.
#[derive(Clone, Copy)]
enum Part {
    Parameters,
    Result,
}

/// Something of the named function's signature is gone, as the claim says: the ruling where that part of it is
/// shorter than it was.
pub(super) fn changed(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    let part = tokens.windows(2).find_map(|w| {
        let value = w[0].is("return") && w[1].any("value values type types");
        let taken = w.iter().any(|t| t.any("parameter parameters argument arguments param"));
        value.then_some(Part::Result).or(taken.then_some(Part::Parameters))
    })?;
    let terms = Terms::of(&claim.text);
    let [name] = terms.names.as_slice() else { return None };
    let of = |side| -> Vec<(&str, &Item)> {
        code::items(facts, side, &name.written).into_iter().map(|(f, i)| (f.path.as_str(), i)).collect()
    };
    let (base, head) = (of(Side::Base), of(Side::Head));
    let ([(_, old)], [(path, new)]) = (base.as_slice(), head.as_slice()) else { return None };
    let (was, is) = (split(&old.signature, part)?, split(&new.signature, part)?);
    if was == is || is.len() >= was.len() {
        return None;
    }
    let message = format!("`{}` became `{}`", shorten(&old.signature, 90), shorten(&new.signature, 90));
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    Some(Ruling::verified(item.at(Side::Head, *path, Some(new.line))))
}

/// One part of a signature, as written.
fn split(signature: &str, part: Part) -> Option<&str> {
    let open = signature.find('(')?;
    let mut depth = 0usize;
    let close = signature[open..].char_indices().find_map(|(i, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(open + i)
    })?;
    Some(match part {
        Part::Parameters => &signature[open + 1..close],
        Part::Result => signature[close + 1..].trim(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_has_two_parts() {
        let text = "pub fn f(a: (u8, u8), b: &str) -> Result<(A, B), E>";
        assert_eq!(split(text, Part::Parameters), Some("a: (u8, u8), b: &str"));
        assert_eq!(split(text, Part::Result), Some("-> Result<(A, B), E>"));
        assert_eq!(split("const A: u8", Part::Result), None);
    }
}
