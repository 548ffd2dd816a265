//! Edits that agree → one pattern: what is constant stays, what varies becomes a slot.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::align::Word;
use super::edits::{CONTEXT, Edit, Part, Zone};
use super::rewrite::Layout;
use super::scan::{Family, Kind};

/// A piece of a pattern's before side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Elem {
    /// This very token.
    Exact(Kind, String),
    /// Any token of a kind; the same one wherever the same variable stands.
    Slot {
        kind: Kind,
        variable: Option<usize>,
        /// What stood there, with how often.
        seen: BTreeMap<String, u32>,
        /// Only what stood there fits: a few values, each often.
        closed: bool,
    },
    /// Anything with balanced brackets.
    Hole(usize),
}

/// A piece of a pattern's after side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum After {
    Exact(String),
    /// The token of the before side with this variable.
    Variable(usize),
    /// A token that no pattern tells, of a kind.
    Free(Kind),
    Hole(usize),
}

/// An edit that repeats.
#[derive(Debug, Clone)]
pub struct Pattern {
    pub(crate) family: Family,
    /// Where it was seen; code comes first.
    pub(crate) zones: BTreeSet<Zone>,
    pub(crate) before: Vec<Elem>,
    /// What of `before` changed; the rest is context. Empty for a pure insertion.
    pub(crate) core: Range<usize>,
    /// What stands for the core afterwards.
    pub(crate) after: Vec<After>,
    /// The edits that it was learned from: file and edit.
    pub(crate) members: Vec<(usize, usize)>,
    /// Keywords and signs as they are written without space at every place: `try!(`, `[:]`.
    pub(crate) written: Option<String>,
    /// How the after side is laid out.
    pub(crate) layout: Option<Layout>,
}

/// Patterns of one change at most: what a person would call several edits at once.
const MAX_PATTERNS: usize = 12;
/// Distinct values of a closed slot at most.
const MAX_VALUES: usize = 12;

/// Learns from the edits of all files, most telling patterns first.
pub(crate) fn learn(files: &[(Family, Vec<Edit<'_>>)]) -> Vec<Pattern> {
    let mut groups: BTreeMap<(Family, Key), Vec<(usize, usize)>> = BTreeMap::new();
    for (file, (family, edits)) in files.iter().enumerate() {
        for (index, edit) in edits.iter().enumerate() {
            if let Some(key) = Key::of(*family, edit) {
                groups.entry((*family, key)).or_default().push((file, index));
            }
        }
    }
    let mut candidates: Vec<Candidate> = groups
        .into_iter()
        .filter(|(_, members)| members.len() >= 2)
        .filter_map(|((family, key), members)| {
            let edits: Vec<&Edit<'_>> = members.iter().map(|&(f, e)| &files[f].1[e]).collect();
            let lines = members.iter().zip(&edits).map(|(&(f, _), e)| (f, e.base.line)).collect();
            let (pattern, weight) = build(family, &key, &edits, members)?;
            Some(Candidate { pattern, lines, weight })
        })
        .collect();
    // The one that explains most of what is not yet explained comes next.
    let mut explained: BTreeSet<(usize, u32)> = BTreeSet::new();
    let mut chosen: Vec<Pattern> = Vec::new();
    while chosen.len() < MAX_PATTERNS && !candidates.is_empty() {
        let score = |c: &Candidate| c.lines.difference(&explained).count() as u32 * c.weight;
        let best = (0..candidates.len()).max_by_key(|&i| (score(&candidates[i]), std::cmp::Reverse(i)));
        let Some(best) = best else { break };
        let candidate = candidates.swap_remove(best);
        let fresh = candidate.lines.difference(&explained).count();
        if fresh < 2 || fresh * 4 < candidate.lines.len() {
            if score(&candidate) == 0 {
                break;
            }
            continue;
        }
        explained.extend(candidate.lines.iter().copied());
        chosen.push(candidate.pattern);
    }
    chosen
}

struct Candidate {
    pattern: Pattern,
    lines: BTreeSet<(usize, u32)>,
    /// How much its before side says by itself, from 1 to 5.
    weight: u32,
}

/// What edits must have in common to be the same edit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    before: Vec<Part_>,
    after: Vec<Part_>,
    /// What stands beside a pure insertion.
    beside: Option<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part_ {
    Exact(Kind, String),
    Variable(usize),
    Any(Kind),
    Hole(usize),
}

impl Key {
    fn of(family: Family, edit: &Edit<'_>) -> Option<Key> {
        let (mut old, mut new): (Vec<Word<'_>>, Vec<Word<'_>>) = (Vec::new(), Vec::new());
        for part in &edit.parts {
            if let Part::Change { before, after } = part {
                old.extend(before);
                new.extend(after);
            }
        }
        let mut variables: Vec<&str> = Vec::new();
        for word in &old {
            let shared = word.kind == Kind::Name && new.contains(word) && !family.is_keyword(word.text);
            if shared && !variables.contains(&word.text) {
                variables.push(word.text);
            }
        }
        let part = |word: &Word<'_>| match word.kind {
            Kind::Name => match variables.iter().position(|v| *v == word.text) {
                Some(variable) => Part_::Variable(variable),
                None => Part_::Exact(Kind::Name, word.text.to_owned()),
            },
            Kind::Text | Kind::Number | Kind::Comment => Part_::Any(word.kind),
            Kind::Punct => Part_::Exact(Kind::Punct, word.text.to_owned()),
        };
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut holes = 0;
        for piece in &edit.parts {
            match piece {
                Part::Change { before: b, after: a } => {
                    before.extend(b.iter().map(part));
                    after.extend(a.iter().map(part));
                }
                Part::Same(same) if is_joint(same) => {
                    let exact = Part_::Exact(Kind::Punct, same[0].text.to_owned());
                    before.push(exact.clone());
                    after.push(exact);
                }
                Part::Same(_) => {
                    before.push(Part_::Hole(holes));
                    after.push(Part_::Hole(holes));
                    holes += 1;
                }
            }
        }
        if before.is_empty() && edit.zone != Zone::Code {
            return None;
        }
        let beside = before.is_empty().then(|| (class(edit.left.last()), class(edit.right.first())));
        Some(Key { before, after, beside })
    }
}

/// A single sign between changes: it stands in the pattern as it is.
fn is_joint(same: &[Word<'_>]) -> bool {
    matches!(same, [one] if one.kind == Kind::Punct)
}

fn class(word: Option<&Word<'_>>) -> String {
    match word {
        None => String::new(),
        Some(word) => match word.kind {
            Kind::Name => "name".to_owned(),
            Kind::Punct => word.text.to_owned(),
            Kind::Text => "text".to_owned(),
            Kind::Number => "number".to_owned(),
            Kind::Comment => "comment".to_owned(),
        },
    }
}

fn build(
    family: Family,
    key: &Key,
    edits: &[&Edit<'_>],
    members: Vec<(usize, usize)>,
) -> Option<(Pattern, u32)> {
    // Every edit of the group has the same shape, so its words can be read side by side.
    let columns = Columns::of(edits);
    let mut core = Vec::new();
    let mut column = 0;
    for part in &key.before {
        let elem = match part {
            Part_::Hole(hole) => {
                core.extend(columns.opening(*hole));
                Elem::Hole(*hole)
            }
            Part_::Exact(kind, text) => {
                column += 1;
                Elem::Exact(*kind, text.clone())
            }
            Part_::Variable(variable) => {
                column += 1;
                unified(&columns.before(column - 1), Some(*variable))?
            }
            Part_::Any(_) => {
                column += 1;
                unified(&columns.before(column - 1), None)?
            }
        };
        core.push(elem);
    }
    let mut column = 0;
    let mut after = Vec::new();
    for part in &key.after {
        let mut next = || {
            column += 1;
            columns.after(column - 1)
        };
        let piece = match part {
            Part_::Hole(hole) => {
                after.extend(columns.opening(*hole).into_iter().map(|elem| match elem {
                    Elem::Exact(_, text) => After::Exact(text),
                    _ => After::Free(Kind::Name),
                }));
                After::Hole(*hole)
            }
            Part_::Exact(_, text) => {
                next();
                After::Exact(text.clone())
            }
            Part_::Variable(variable) => {
                next();
                After::Variable(*variable)
            }
            Part_::Any(kind) => {
                let words = next();
                match words.first() {
                    Some(first) if words.iter().all(|w| w == first) => After::Exact(first.text.to_owned()),
                    _ => After::Free(*kind),
                }
            }
        };
        after.push(piece);
    }
    let mut pattern = Pattern {
        family,
        zones: edits.iter().map(|e| e.zone).collect(),
        core: 0..core.len(),
        before: core,
        after,
        members,
        written: None,
        layout: None,
    };
    let weight = widen(&mut pattern, edits)?;
    // Something that is only moved about, or whose two sides are the same, is no edit to repeat.
    if pattern.plain_before() == pattern.plain_after() {
        return None;
    }
    pattern.written = written(&pattern);
    Some((pattern, weight))
}

/// A run of keywords and signs that people write without space between them, when it is telling enough
/// to be searched for.
fn written(pattern: &Pattern) -> Option<String> {
    let mut runs = vec![String::new()];
    for elem in &pattern.before {
        let open = runs.last_mut()?;
        match elem {
            Elem::Exact(Kind::Name, text) => {
                let wordy = open.ends_with(|c: char| c.is_alphanumeric() || c == '_');
                if wordy { runs.push(text.clone()) } else { open.push_str(text) }
            }
            Elem::Exact(Kind::Punct, text)
                if matches!(text.as_str(), "!" | "(" | "[" | "]" | ":" | "::" | "." | "#") =>
            {
                open.push_str(text);
            }
            _ => runs.push(String::new()),
        }
    }
    let signs = |run: &&String| {
        let name = run.chars().filter(|c| c.is_alphanumeric()).count();
        let sign = run.len() - name;
        sign >= 3 || name >= 3 && sign >= 1 && !run.starts_with(':') && !run.ends_with(':')
    };
    runs.iter().filter(signs).max_by_key(|r| r.len()).cloned()
}

/// Adds context until the before side says by itself what it is; returns how much it says, or `None`
/// when it never does.
fn widen(pattern: &mut Pattern, edits: &[&Edit<'_>]) -> Option<u32> {
    let (mut left, mut right) = (0, 0);
    // What the edit leaves open is closed, as far as every place closes it at once.
    while pattern.open() > 0
        && edits.iter().all(|e| e.right.get(right).is_some_and(|w| matches!(w.text, ")" | "]" | "}")))
    {
        pattern.before.push(unified(&edits.iter().map(|e| e.right[right]).collect::<Vec<_>>(), None)?);
        right += 1;
    }
    loop {
        let told = telling(pattern);
        let insertion = pattern.core.is_empty();
        // An insertion needs a place: something exact beside it.
        let enough = match told {
            Telling::Name => !insertion || pattern.before.len() >= 2,
            _ => false,
        };
        if enough {
            return Some(if pattern.core.len() == pattern.before.len() { 5 } else { 4 });
        }
        let more =
            |n: usize, of: for<'e, 't> fn(&'e Edit<'t>, usize) -> Option<Word<'t>>| -> Option<(Elem, u32)> {
                if n >= CONTEXT {
                    return None;
                }
                let words: Option<Vec<Word<'_>>> = edits.iter().map(|e| of(e, n)).collect();
                let elem = unified(&words?, None)?;
                let rank = match &elem {
                    Elem::Exact(Kind::Name, name) if is_telling(pattern.family, name) => 3,
                    Elem::Exact(..) | Elem::Slot { closed: true, .. } => 2,
                    _ => 1,
                };
                Some((elem, rank))
            };
        let l = more(left, |e, n| e.left.iter().rev().nth(n).copied());
        let r = more(right, |e, n| e.right.get(n).copied());
        let rank = |side: &Option<(Elem, u32)>| side.as_ref().map_or(0, |s| s.1);
        if left + right >= CONTEXT || (rank(&l) == 0 && rank(&r) == 0) {
            break;
        }
        if rank(&r) >= rank(&l) {
            pattern.before.push(r?.0);
            right += 1;
        } else {
            pattern.before.insert(0, l?.0);
            pattern.core = pattern.core.start + 1..pattern.core.end + 1;
            left += 1;
        }
    }
    match telling(pattern) {
        Telling::Name if pattern.before.len() >= 2 => Some(3),
        // Keywords and signs, but several of them.
        Telling::Keyword if !pattern.core.is_empty() && pattern.exact() >= 2 => Some(2),
        Telling::Signs if pattern.core.len() >= 3 && pattern.exact() >= 3 => Some(1),
        _ => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Telling {
    Name,
    Keyword,
    Signs,
}

fn telling(pattern: &Pattern) -> Telling {
    let mut best = Telling::Signs;
    for elem in &pattern.before {
        match elem {
            Elem::Exact(Kind::Text, text) if text.len() > 3 => return Telling::Name,
            Elem::Exact(Kind::Name, name) if is_telling(pattern.family, name) => return Telling::Name,
            Elem::Slot { kind: Kind::Name | Kind::Text, closed: true, .. } => return Telling::Name,
            Elem::Exact(Kind::Name, _) => best = Telling::Keyword,
            _ => {}
        }
    }
    best
}

fn is_telling(family: Family, name: &str) -> bool {
    name.len() > 1 && !family.is_keyword(name)
}

impl Pattern {
    /// Brackets that the before side opens and does not close.
    fn open(&self) -> i32 {
        self.before.iter().fold(0, |depth, elem| match elem {
            Elem::Exact(Kind::Punct, sign) if matches!(sign.as_str(), "(" | "[" | "{") => depth + 1,
            Elem::Exact(Kind::Punct, sign) if matches!(sign.as_str(), ")" | "]" | "}") => depth - 1,
            _ => depth,
        })
    }

    fn exact(&self) -> usize {
        self.before.iter().filter(|e| matches!(e, Elem::Exact(..))).count()
    }

    fn plain_before(&self) -> Vec<String> {
        self.before[self.core.clone()]
            .iter()
            .map(|e| match e {
                Elem::Exact(_, text) => text.clone(),
                Elem::Slot { variable, .. } => format!("${variable:?}"),
                Elem::Hole(hole) => format!("$${hole}"),
            })
            .collect()
    }

    fn plain_after(&self) -> Vec<String> {
        self.after
            .iter()
            .map(|e| match e {
                After::Exact(text) => text.clone(),
                After::Variable(variable) => format!("${:?}", Some(variable)),
                After::Free(kind) => format!("{kind:?}"),
                After::Hole(hole) => format!("$${hole}"),
            })
            .collect()
    }

    /// Words of which every site holds at least one: what to look for before reading a file. Empty when
    /// there is none that is not everywhere.
    pub fn anchors(&self) -> Vec<String> {
        let exact = self.before.iter().filter_map(|e| match e {
            Elem::Exact(Kind::Name, name) if is_telling(self.family, name) => Some(name.clone()),
            Elem::Exact(Kind::Text, text) if text.len() > 3 => Some(text.clone()),
            _ => None,
        });
        if let Some(longest) = exact.max_by_key(|a| (a.len(), a.clone())) {
            return vec![longest];
        }
        let closed = self.before.iter().find_map(|e| match e {
            Elem::Slot { kind: Kind::Name | Kind::Text, closed: true, seen, .. } => Some(seen),
            _ => None,
        });
        match (closed, &self.written) {
            (Some(seen), _) => seen.keys().cloned().collect(),
            (None, Some(written)) => vec![written.clone()],
            (None, None) => Vec::new(),
        }
    }
}

/// The words of a group's edits, position by position.
struct Columns<'t> {
    /// What stayed the same between changes, edit by edit.
    same: Vec<Vec<Vec<Word<'t>>>>,
    before: Vec<Vec<Word<'t>>>,
    after: Vec<Vec<Word<'t>>>,
}

impl<'t> Columns<'t> {
    fn of(edits: &[&Edit<'t>]) -> Columns<'t> {
        let side = |new: bool| {
            edits
                .iter()
                .map(|edit| {
                    let mut words = Vec::new();
                    for part in &edit.parts {
                        match part {
                            Part::Change { before, after } => words.extend(if new { after } else { before }),
                            Part::Same(same) if is_joint(same) => words.push(same[0]),
                            Part::Same(_) => {}
                        }
                    }
                    words
                })
                .collect::<Vec<Vec<Word<'t>>>>()
        };
        let same = edits.iter().map(|edit| {
            let pieces = edit.parts.iter().filter_map(|part| match part {
                Part::Same(same) if !is_joint(same) => Some(same.clone()),
                _ => None,
            });
            pieces.collect()
        });
        Columns { same: same.collect(), before: side(false), after: side(true) }
    }

    /// The names with which a hole begins in every edit; something is always left for the hole itself.
    fn opening(&self, hole: usize) -> Vec<Elem> {
        let pieces: Vec<&Vec<Word<'t>>> = self.same.iter().filter_map(|edit| edit.get(hole)).collect();
        let Some(first) = pieces.first() else { return Vec::new() };
        let shared = |at: usize| {
            let word = first[at];
            let plain = word.kind == Kind::Name || matches!(word.text, "." | "::" | "!");
            plain && pieces.iter().all(|p| p.len() > at + 1 && p[at] == word)
        };
        let long = (0..first.len().saturating_sub(1).min(4)).take_while(|&at| shared(at)).count();
        first[..long].iter().map(|w| Elem::Exact(w.kind, w.text.to_owned())).collect()
    }

    fn before(&self, column: usize) -> Vec<Word<'t>> {
        self.before.iter().filter_map(|row| row.get(column).copied()).collect()
    }

    fn after(&self, column: usize) -> Vec<Word<'t>> {
        self.after.iter().filter_map(|row| row.get(column).copied()).collect()
    }
}

/// What words at the same place have in common.
fn unified(words: &[Word<'_>], variable: Option<usize>) -> Option<Elem> {
    let first = *words.first()?;
    if words.iter().any(|w| w.kind != first.kind) {
        return None;
    }
    if words.iter().all(|w| w.text == first.text) {
        return Some(Elem::Exact(first.kind, first.text.to_owned()));
    }
    if first.kind == Kind::Punct {
        return None;
    }
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for word in words {
        *seen.entry(word.text.to_owned()).or_default() += 1;
    }
    let often = seen.values().filter(|&&n| n >= 2).count() * 2 >= seen.len();
    let closed = variable.is_none()
        && often
        && seen.len() <= MAX_VALUES
        && seen.len() * 2 <= words.len()
        && seen.keys().all(|v| v.len() > 2);
    Some(Elem::Slot { kind: first.kind, variable, seen, closed })
}
