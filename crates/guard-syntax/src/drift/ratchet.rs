//! A pair before and after a change: only what the change brought in is new.

use std::collections::HashMap;

use guard_model::{DriftKind, Pair, PairEvidence, PairOrigin, Side};

use super::links::Target;
use super::{Allowed, Piece, compare};

/// A pair that somebody wants to be alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What is to be followed.
    pub reference: Target,
    /// What should follow it.
    pub implementation: Target,
    /// What may differ.
    pub allowed: Allowed,
    /// Who wants it.
    pub origin: PairOrigin,
    /// Where that is said.
    pub said: String,
}

/// Gives the text of a path on a side.
pub type Read<'r> = &'r dyn Fn(Side, &str) -> Option<Vec<u8>>;

/// Compares a pair at head, and with what it was at base.
///
/// # Errors
/// What is missing of it, in words.
pub fn over_change(wanted: &Wanted, read: Read<'_>) -> Result<PairEvidence, String> {
    let (a, b) = (
        Part::read(Side::Head, &wanted.reference, read)?,
        Part::read(Side::Head, &wanted.implementation, read)?,
    );
    let old = (
        Part::read(Side::Base, &wanted.reference, read),
        Part::read(Side::Base, &wanted.implementation, read),
    );
    let changed =
        |old: &Result<Part, String>, new: &Part| old.as_ref().map_or(true, |old| old.code() != new.code());
    let (reference_changed, implementation_changed) = (changed(&old.0, &a), changed(&old.1, &b));
    let mut pair = Pair::default();
    if wanted.origin != PairOrigin::Together && (reference_changed || implementation_changed) {
        pair = compare(&a.piece(&wanted.reference), &b.piece(&wanted.implementation), &wanted.allowed);
        if let (Ok(a), Ok(b)) = (&old.0, &old.1) {
            let before =
                compare(&a.piece(&wanted.reference), &b.piece(&wanted.implementation), &wanted.allowed);
            forgive(&mut pair, &before);
        }
    } else {
        pair.reference.path.clone_from(&wanted.reference.path);
        pair.implementation.path.clone_from(&wanted.implementation.path);
        (pair.reference.line, pair.reference.end_line) = a.lines.unwrap_or((1, 1));
        (pair.implementation.line, pair.implementation.end_line) = b.lines.unwrap_or((1, 1));
    }
    for (side, target) in
        [(&mut pair.reference, &wanted.reference), (&mut pair.implementation, &wanted.implementation)]
    {
        side.item = target.item.clone().or_else(|| side.item.take());
    }
    Ok(PairEvidence {
        pair,
        origin: wanted.origin,
        said: wanted.said.clone(),
        reference_changed,
        implementation_changed,
        implementation_added: old.1.is_err(),
    })
}

/// Points that were there before are old, as often as they were there.
fn forgive(pair: &mut Pair, before: &Pair) {
    let mut known: HashMap<(DriftKind, &str), usize> = HashMap::new();
    for point in &before.points {
        *known.entry((point.kind, point.message.as_str())).or_default() += 1;
    }
    for point in &mut pair.points {
        if let Some(left) = known.get_mut(&(point.kind, point.message.as_str()))
            && *left > 0
        {
            *left -= 1;
            point.new = false;
        }
    }
}

/// A part of a file.
struct Part {
    text: Vec<u8>,
    lines: Option<(u32, u32)>,
}

impl Part {
    fn read(side: Side, target: &Target, read: Read<'_>) -> Result<Part, String> {
        let text = read(side, &target.path).ok_or_else(|| format!("there is no {}", target.path))?;
        let lines = match &target.item {
            None => target.lines,
            Some(item) => Some(
                lines_of(&target.path, &text, item)
                    .ok_or_else(|| format!("{} has no `{item}`", target.path))?,
            ),
        };
        Ok(Part { text, lines })
    }

    /// What is compared, to tell whether it changed.
    fn code(&self) -> String {
        let text = String::from_utf8_lossy(&self.text);
        match self.lines {
            None => text.into_owned(),
            Some((first, last)) => {
                let lines =
                    text.lines().skip(first as usize - 1).take((last + 1).saturating_sub(first) as usize);
                lines.collect::<Vec<_>>().join("\n")
            }
        }
    }

    fn piece<'p>(&'p self, target: &'p Target) -> Piece<'p> {
        Piece { path: &target.path, text: &self.text, lines: self.lines }
    }
}

/// The lines of an item by its name, or of a region between `region NAME` and `endregion`.
fn lines_of(path: &str, text: &[u8], name: &str) -> Option<(u32, u32)> {
    let items = crate::facts(path, Side::Head, text)?.items;
    let joined = |name: &str| name.replace('.', "::");
    let wanted = joined(name);
    let is_whole = |item: &&guard_model::Item| joined(&item.qualified) == wanted;
    let is_tail = |item: &&guard_model::Item| joined(&item.qualified).ends_with(&format!("::{wanted}"));
    if let Some(item) = items.iter().find(is_whole).or_else(|| items.iter().find(is_tail)) {
        return Some((item.line, item.end_line));
    }
    let text = String::from_utf8_lossy(text);
    let mut start = None;
    for (line, number) in text.lines().zip(1u32..) {
        let words: Vec<&str> =
            line.split_whitespace().map(|word| word.trim_start_matches(['/', '#', '*', '-'])).collect();
        if words.windows(2).any(|pair| pair == ["region", name]) {
            start = Some(number + 1);
        } else if let Some(start) = start
            && words.contains(&"endregion")
        {
            return Some((start, number.saturating_sub(1).max(start)));
        }
    }
    None
}
