//! What a place would become if the edit were made there too.
//!
//! A pattern knows the tokens of its after side; how they are laid out is taken from the first edit that
//! it was learned from. Layout that spans lines is moved to the indentation of the place.

use guard_model::Rewrite;

use super::edits::{Edit, Part, Zone};
use super::find::Hit;
use super::pattern::{After, Pattern};
use super::scan::{Family, Kind, Scanned, Token, inside};

/// Space before each piece of a pattern's after side, as an example has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Between the pieces; one less than there are.
    gaps: Vec<String>,
    /// Before the first and behind the last one.
    edges: [String; 2],
    /// Indentation of the line on which the example begins.
    indent: String,
}

impl Layout {
    /// The layout of an edit at head; `None` when its text is not what the edit says.
    pub(crate) fn of(family: Family, edit: &Edit<'_>, pattern: &Pattern, head: &str) -> Option<Layout> {
        let (start, end) = (edit.head.start, edit.head.end);
        let text = head.get(start..end)?;
        let tokens = match edit.zone {
            Zone::Code => Scanned::of(family, text).code,
            Zone::Comment | Zone::Text => {
                inside(text, Token { start: 0, end: text.len() as u32, line: 1, kind: Kind::Comment })
            }
        };
        let pieces = pieces(edit, pattern, tokens.len())?;
        let bounds = |piece: &std::ops::Range<usize>| {
            Some((
                tokens.get(piece.start)?.start as usize,
                tokens.get(piece.end.checked_sub(1)?)?.end as usize,
            ))
        };
        let bounds: Vec<(usize, usize)> = pieces.iter().map(bounds).collect::<Option<_>>()?;
        let gaps = bounds.windows(2).map(|w| text.get(w[0].1..w[1].0).map(str::to_owned));
        Some(Layout {
            gaps: gaps.collect::<Option<_>>()?,
            edges: [
                head[spaces_before(head, start)..start].to_owned(),
                head[end..spaces_behind(head, end)].to_owned(),
            ],
            indent: indent(head, start).to_owned(),
        })
    }
}

/// The tokens of the example that each piece of the after side covers.
fn pieces(edit: &Edit<'_>, pattern: &Pattern, tokens: usize) -> Option<Vec<std::ops::Range<usize>>> {
    // Names with which every hole begins stand in the after side by themselves.
    let mut at = 0;
    let mut after = pattern.after.iter().peekable();
    let mut pieces = Vec::new();
    for part in &edit.parts {
        let same = match part {
            Part::Change { after: words, .. } => {
                for _ in words {
                    after.next()?;
                    pieces.push(at..at + 1);
                    at += 1;
                }
                continue;
            }
            Part::Same(same) => same,
        };
        let mut left = same.len();
        while left > 0 {
            let long = if matches!(after.next()?, After::Hole(_)) { left } else { 1 };
            pieces.push(at..at + long);
            at += long;
            left -= long;
        }
    }
    (after.next().is_none() && at == tokens).then_some(pieces)
}

impl Pattern {
    /// What the place would become; `None` where the pattern does not tell.
    pub(crate) fn rewrite(&self, text: &str, hit: &Hit) -> Option<Rewrite> {
        let layout = self.layout.as_ref()?;
        let bound = |range: Option<&Option<(usize, usize)>>| -> Option<&str> {
            let (start, end) = (*range?)?;
            text.get(start..end)
        };
        let mut new = String::new();
        for (index, piece) in self.after.iter().enumerate() {
            if index > 0 {
                new.push_str(&placed(layout.gaps.get(index - 1)?, &layout.indent, indent(text, hit.start))?);
            }
            new.push_str(match piece {
                After::Exact(text) => text,
                After::Variable(variable) => bound(hit.bound.variables.get(*variable))?,
                After::Hole(hole) => bound(hit.bound.holes.get(*hole))?,
                After::Free(_) => return None,
            });
        }
        let (mut start, mut end) = (hit.start, hit.end);
        if self.core.is_empty() || self.after.is_empty() {
            // What is put between two tokens, or taken from between them, moves the space around it.
            let (from, to) = (spaces_before(text, start), spaces_behind(text, end));
            let own = [text.get(from..start)?, text.get(end..to)?];
            new = if self.after.is_empty() { closed(layout, own) } else { opened(layout, own, &new)? };
            (start, end) = (from, to);
        }
        let offset = |at: usize| u32::try_from(at).ok();
        Some(Rewrite { start: offset(start)?, end: offset(end)?, text: new })
    }
}

/// The space that is left where something between `own` went.
fn closed(layout: &Layout, own: [&str; 2]) -> String {
    let [before, behind] = own;
    match (before.rfind('\n'), behind.rfind('\n')) {
        // It had lines of its own: what is above stays above, what is below keeps its indentation.
        (Some(above), Some(below)) => format!("{}{}", &before[..above], &behind[below..]),
        (Some(_), None) => before.to_owned(),
        (None, Some(_)) => behind.to_owned(),
        (None, None) => {
            // An edit that took nothing has both edges at one point.
            let left = layout.edges.concat();
            if left.contains('\n') { String::new() } else { left }
        }
    }
}

/// What comes to stand between two tokens, with space as in the example; the place's own where lines break.
fn opened(layout: &Layout, own: [&str; 2], new: &str) -> Option<String> {
    let whole = own.concat();
    let edge = |edge: &'_ str| -> Option<String> {
        if edge.contains('\n') { whole.contains('\n').then(|| whole.clone()) } else { Some(edge.to_owned()) }
    };
    Some(format!("{}{new}{}", edge(&layout.edges[0])?, edge(&layout.edges[1])?))
}

/// A gap of the example, moved to another indentation.
fn placed(gap: &str, from: &str, to: &str) -> Option<String> {
    let Some(line) = gap.rfind('\n') else { return Some(gap.to_owned()) };
    let (lines, deep) = gap.split_at(line + 1);
    Some(format!("{lines}{to}{}", deep.strip_prefix(from)?))
}

/// The white space with which the line of a byte begins.
fn indent(text: &str, at: usize) -> &str {
    let line = text.get(..at).and_then(|t| t.rfind('\n')).map_or(0, |nl| nl + 1);
    let rest = text.get(line..).unwrap_or_default();
    &rest[..rest.len() - rest.trim_start_matches([' ', '\t']).len()]
}

fn spaces_before(text: &str, at: usize) -> usize {
    text.get(..at).map_or(at, |t| t.trim_end_matches([' ', '\t', '\r', '\n']).len())
}

fn spaces_behind(text: &str, at: usize) -> usize {
    text.get(at..).map_or(at, |t| text.len() - t.trim_start_matches([' ', '\t', '\r', '\n']).len())
}
