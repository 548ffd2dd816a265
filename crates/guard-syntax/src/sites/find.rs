//! Where the before side of a pattern stands in a text.

use std::collections::HashSet;

use memchr::memmem;

use super::align::Word;
use super::edits::{Zone, words};
use super::pattern::{After, Elem, Pattern};
use super::scan::{Kind, Scanned, Token, inside};

/// One place where a pattern's before side stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    /// First byte of what would change (where it would be inserted).
    pub(crate) start: usize,
    /// Past the last byte of what would change.
    pub(crate) end: usize,
    /// Line of `start`, 1-based.
    pub(crate) line: u32,
    /// Where it stands.
    pub(crate) in_code: bool,
    /// Tokens before it, nearest last.
    pub(crate) left: Vec<String>,
    /// Tokens behind it, nearest first.
    pub(crate) right: Vec<String>,
    /// What stands in the slots, in order.
    pub(crate) values: Vec<String>,
    /// The name before the bracket that it stands in.
    pub(crate) owner: Option<String>,
    /// The new form stands there already, around the old one.
    pub(crate) already: bool,
    /// What fills the slots with variables and the holes: byte ranges, for rewriting.
    pub(crate) bound: Bound,
}

/// What variables and holes stand for at one place: byte ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) variables: Vec<Option<(usize, usize)>>,
    pub(crate) holes: Vec<Option<(usize, usize)>>,
}

/// Where a pattern is looked for, and what is known of it there: several holes one behind the other would else be
/// tried in every way against every place.
struct Search<'t> {
    tokens: &'t [Token],
    text: &'t str,
    /// Elements from which on nothing fits from a token on, whatever stands before: all tokens of the first element,
    /// then those of the next.
    failed: Vec<bool>,
    /// What fits depends on what stands before, so that nothing is known for another place.
    bound_twice: bool,
    /// Ends of holes that were tried for the place at hand.
    steps: usize,
}

impl Search<'_> {
    fn may_fit(&mut self, elem: usize, at: usize) -> bool {
        self.steps += 1;
        let known = self.failed.get(elem * self.tokens.len() + at);
        self.steps <= MAX_STEPS && !known.copied().unwrap_or(false)
    }

    fn failed(&mut self, elem: usize, at: usize) {
        // A search that was cut short has seen nothing of the rest.
        if !self.bound_twice && self.steps <= MAX_STEPS {
            let index = elem * self.tokens.len() + at;
            if self.failed.len() <= index {
                self.failed.resize((elem + 1) * self.tokens.len(), false);
            }
            self.failed[index] = true;
        }
    }
}

/// Ends of holes that are tried for one place, over all holes; what needs more fits nothing there.
const MAX_STEPS: usize = 20_000;
/// Tokens of context that a hit carries on each side.
const AROUND: usize = 4;
/// Tokens that a hole spans at most.
const MAX_HOLE: usize = 400;
/// Tokens looked back for the bracket around a place.
const MAX_BACK: usize = 400;

impl Pattern {
    /// All places in a text, in order.
    pub(crate) fn find(&self, file: &Scanned<'_>) -> Vec<Hit> {
        let mut hits = Vec::new();
        let anchors = self.anchors();
        let worth = |piece: &str| anchors.is_empty() || anchors.iter().any(|a| piece.contains(a.as_str()));
        if !worth(file.text) {
            return hits;
        }
        if self.zones.contains(&Zone::Code) {
            match self.key() {
                Some((offset, word)) => {
                    let places = memmem::find_iter(file.text.as_bytes(), word).filter_map(|byte| {
                        let at = file.code.binary_search_by_key(&byte, |token| token.start as usize).ok()?;
                        at.checked_sub(offset)
                    });
                    self.find_in(&file.code, file.text, true, places, &mut hits);
                }
                None => self.find_in(&file.code, file.text, true, 0..file.code.len(), &mut hits),
            }
        }
        if self.zones.contains(&Zone::Comment) {
            for comment in file.comments.iter().filter(|&&c| worth(file.word(c))) {
                let inside = inside(file.text, *comment);
                self.find_in(&inside, file.text, false, 0..inside.len(), &mut hits);
            }
        }
        if self.zones.contains(&Zone::Text) {
            for text in file.code.iter().filter(|t| t.kind == Kind::Text && worth(file.word(**t))) {
                let inside = inside(file.text, *text);
                self.find_in(&inside, file.text, false, 0..inside.len(), &mut hits);
            }
        }
        hits.sort_by_key(|h| (h.start, h.end));
        hits
    }

    /// A word that stands at a fixed distance behind the beginning of every place, with that distance in tokens:
    /// where it does not stand, nothing fits.
    fn key(&self) -> Option<(usize, &[u8])> {
        let fixed = self.before.iter().take_while(|elem| !matches!(elem, Elem::Hole(_))).enumerate();
        let words = fixed.filter_map(|(offset, elem)| match elem {
            // No two places of a name overlap, as those of `","` may.
            Elem::Exact(Kind::Name, word) if !word.is_empty() => Some((offset, word.as_bytes())),
            _ => None,
        });
        words.max_by_key(|(_, word)| word.len())
    }

    /// Fits the pattern at `places`, which ascend.
    fn find_in(
        &self,
        tokens: &[Token],
        text: &str,
        in_code: bool,
        places: impl Iterator<Item = usize>,
        hits: &mut Vec<Hit>,
    ) {
        let (mut bound, mut spans) = (Bound::default(), Vec::with_capacity(self.before.len()));
        let bound_twice = self.binds_twice();
        let mut search = Search { tokens, text, failed: Vec::new(), bound_twice, steps: 0 };
        let mut free = 0;
        for at in places {
            if at < free {
                continue;
            }
            search.steps = 0;
            if self.fits(&mut search, at, 0, &mut bound, &mut spans) {
                free = spans.last().map_or(at + 1, |s| s.1.max(at + 1));
                hits.push(self.hit(tokens, text, &spans, std::mem::take(&mut bound), in_code));
            }
            bound.variables.clear();
            bound.holes.clear();
            spans.clear();
        }
    }

    /// Whether a variable stands in more than one place, so that what fits depends on what was bound before.
    fn binds_twice(&self) -> bool {
        let mut known = HashSet::new();
        let variables = self.before.iter().filter_map(|elem| match elem {
            Elem::Slot { variable, .. } => *variable,
            _ => None,
        });
        variables.into_iter().any(|variable| !known.insert(variable))
    }

    /// Whether elements from `elem` on fit the tokens from `at` on; `spans` gets their token ranges.
    fn fits(
        &self,
        search: &mut Search<'_>,
        mut at: usize,
        elem: usize,
        bound: &mut Bound,
        spans: &mut Vec<(usize, usize)>,
    ) -> bool {
        let (tokens, text) = (search.tokens, search.text);
        let word = |at: usize| -> Option<Word<'_>> {
            let t = tokens.get(at)?;
            Some(Word { kind: t.kind, text: text.get(t.start as usize..t.end as usize)? })
        };
        for index in elem..self.before.len() {
            match &self.before[index] {
                Elem::Exact(kind, expected) => {
                    let Some(found) = word(at) else { return false };
                    let same_kind =
                        found.kind == *kind || *kind == Kind::Text && !matches!(found.kind, Kind::Comment);
                    if !same_kind || found.text != expected {
                        return false;
                    }
                }
                Elem::Slot { kind, variable, seen, closed } => {
                    let Some(found) = word(at) else { return false };
                    if found.kind != *kind || *closed && !seen.contains_key(found.text) {
                        return false;
                    }
                    if *kind == Kind::Name
                        && self.family.is_keyword(found.text)
                        && !seen.contains_key(found.text)
                    {
                        return false;
                    }
                    if let Some(variable) = *variable {
                        if bound.variables.len() <= variable {
                            bound.variables.resize(variable + 1, None);
                        }
                        let here = (tokens[at].start as usize, tokens[at].end as usize);
                        match bound.variables[variable] {
                            Some((start, end)) if text.get(start..end) != Some(found.text) => return false,
                            Some(_) => {}
                            None => bound.variables[variable] = Some(here),
                        }
                    }
                }
                Elem::Hole(hole) => return self.fits_hole(search, at, index, *hole, bound, spans),
            }
            spans.push((at, at + 1));
            at += 1;
        }
        true
    }

    fn fits_hole(
        &self,
        search: &mut Search<'_>,
        from: usize,
        index: usize,
        hole: usize,
        bound: &mut Bound,
        spans: &mut Vec<(usize, usize)>,
    ) -> bool {
        let (tokens, text) = (search.tokens, search.text);
        let next = match self.before.get(index + 1) {
            Some(Elem::Exact(_, word)) => Some(word.as_str()),
            _ => None,
        };
        let stands_at = |end: usize| {
            next.is_none_or(|word| {
                text.get(tokens[end].start as usize..tokens[end].end as usize) == Some(word)
            })
        };
        let mut depth = 0_usize;
        for end in from..tokens.len().min(from + MAX_HOLE) {
            if depth == 0 && end > from && stands_at(end) && search.may_fit(index + 1, end) {
                let (kept, known) = (spans.len(), bound.clone());
                spans.push((from, end));
                if bound.holes.len() <= hole {
                    bound.holes.resize(hole + 1, None);
                }
                bound.holes[hole] = Some((tokens[from].start as usize, tokens[end - 1].end as usize));
                if self.fits(search, end, index + 1, bound, spans) {
                    return true;
                }
                search.failed(index + 1, end);
                spans.truncate(kept);
                *bound = known;
            }
            match text.get(tokens[end].start as usize..tokens[end].end as usize) {
                Some("(" | "[" | "{") => depth += 1,
                Some(")" | "]" | "}") if depth == 0 => return false,
                Some(")" | "]" | "}") => depth -= 1,
                Some(";") if depth == 0 => return false,
                _ => {}
            }
        }
        false
    }

    fn hit(
        &self,
        tokens: &[Token],
        text: &str,
        spans: &[(usize, usize)],
        bound: Bound,
        in_code: bool,
    ) -> Hit {
        let first = spans.get(self.core.start).map_or_else(|| spans.last().map_or(0, |s| s.1), |s| s.0);
        let last = if self.core.is_empty() { first } else { spans[self.core.end - 1].1 };
        let (start, end) = if first < last {
            (tokens[first].start as usize, tokens[last - 1].end as usize)
        } else {
            // An insertion: at the token behind it when that is part of the pattern.
            match tokens.get(first).filter(|_| self.core.start < spans.len()) {
                Some(next) => (next.start as usize, next.start as usize),
                None => {
                    tokens.get(first.saturating_sub(1)).map_or((0, 0), |t| (t.end as usize, t.end as usize))
                }
            }
        };
        // What fills a hole may begin lines above the pattern's own words.
        let own = self.before.iter().zip(spans).take(self.core.end).skip(self.core.start);
        let own = own.into_iter().find(|(elem, _)| !matches!(elem, Elem::Hole(_))).map(|(_, span)| span.0);
        let line_of = match own {
            Some(own) => own,
            None if first < last || self.core.start < spans.len() => first,
            None => first.saturating_sub(1),
        };
        let line = tokens.get(line_of).map_or(1, |t| t.line);
        let shown = |range: std::ops::Range<usize>| -> Vec<String> {
            words(&tokens[range], text).iter().map(|w| clipped(w.text)).collect()
        };
        let values = self
            .before
            .iter()
            .zip(spans)
            .filter(|(elem, _)| matches!(elem, Elem::Slot { .. }))
            .map(|(_, span)| shown(span.0..span.1).concat())
            .collect();
        Hit {
            start,
            end,
            line,
            in_code,
            left: shown(first.saturating_sub(AROUND)..first),
            right: shown(last..(last + AROUND).min(tokens.len())),
            values,
            owner: owner(tokens, text, first),
            already: self.already(tokens, text, first, last),
            bound,
        }
    }

    /// Whether the after side stands around what was found: `log::info!` where `info!` was searched.
    fn already(&self, tokens: &[Token], text: &str, first: usize, last: usize) -> bool {
        let before: Option<Vec<&str>> = self.before[self.core.clone()]
            .iter()
            .map(|e| match e {
                Elem::Exact(_, text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let after: Option<Vec<&str>> = self
            .after
            .iter()
            .map(|e| match e {
                After::Exact(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let (Some(before), Some(after)) = (before, after) else { return false };
        if after.len() <= before.len() {
            return false;
        }
        let word = |at: usize| tokens.get(at).and_then(|t| text.get(t.start as usize..t.end as usize));
        let around = |from: usize| {
            (0..after.len()).all(|i| {
                (from..from + before.len()).contains(&i)
                    || if i < from {
                        first.checked_sub(from - i).and_then(word) == Some(after[i])
                    } else {
                        word(last + i - from - before.len()) == Some(after[i])
                    }
            })
        };
        if before.is_empty() {
            // An insertion stands before or behind its place.
            let behind = (0..after.len()).all(|i| word(first + i) == Some(after[i]));
            let ahead = (0..after.len())
                .all(|i| (first + i).checked_sub(after.len()).and_then(word) == Some(after[i]));
            return behind || ahead;
        }
        (0..=after.len() - before.len()).any(|from| after[from..].starts_with(&before) && around(from))
    }
}

/// The name before the bracket around a token.
fn owner(tokens: &[Token], text: &str, at: usize) -> Option<String> {
    let mut depth = 0_usize;
    for index in (at.saturating_sub(MAX_BACK)..at).rev() {
        let token = tokens[index];
        if token.kind != Kind::Punct {
            continue;
        }
        match text.get(token.start as usize..token.end as usize)? {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" if depth > 0 => depth -= 1,
            "{" | ";" if depth == 0 => return None,
            "(" | "[" => {
                let mut before = index.checked_sub(1)?;
                if text.get(tokens[before].start as usize..tokens[before].end as usize)? == "!" {
                    before = before.checked_sub(1)?;
                }
                let name = tokens[before];
                return (name.kind == Kind::Name)
                    .then(|| clipped(text.get(name.start as usize..name.end as usize).unwrap_or_default()));
            }
            _ => {}
        }
    }
    None
}

/// Long strings say no more for being whole.
fn clipped(text: &str) -> String {
    if text.len() <= 40 { text.to_owned() } else { text.chars().take(40).collect() }
}
