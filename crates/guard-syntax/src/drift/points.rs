//! What no renaming explains, as points.

use std::collections::{BTreeMap, HashMap, HashSet};

use guard_model::{DriftKind, DriftPoint, Grade, Substitution};

use super::align::{Alignment, Matched, Row, Rows, Step};
use super::infer::{Mapping, Why};
use super::kinds::{self, Piece};
use super::names::Stems;
use super::shape::{Class, Shape, Sort, Symbols, Token, Unit};
use super::spelling::is_misspelt;

/// Lines between two differences of one unit that are told as one.
const NEAR: u32 = 1;

/// Style classes that make a look.
const SEVERAL: usize = 2;

/// Decides which differences count.
pub(super) struct Judge<'a> {
    pub(super) a: &'a Shape,
    pub(super) b: &'a Shape,
    pub(super) symbols: &'a Symbols,
    pub(super) mapping: &'a Mapping,
    pub(super) stems: &'a mut Stems,
    /// The two have different names: twins, not one thing twice.
    pub(super) renamed: bool,
    /// Texts that kept a word which all others lost, with what they would have become.
    pub(super) left_behind: HashMap<u32, String>,
    /// Every name of the reference.
    pub(super) names_of_a: HashSet<u32>,
    /// Misspelt names that were told.
    pub(super) misspelt: HashSet<u32>,
}

/// The first and the last of some tokens of a unit.
type Span = Option<(u32, u32)>;

/// Differences that stand together.
struct Hunk<'a> {
    piece: Piece<'a>,
    grade: Grade,
    /// Lines of the implementation and of the reference.
    lines: (u32, u32),
    ref_lines: (u32, u32),
    /// The tokens from the first to the last that differs.
    spans: (Span, Span),
    /// What one name should have become.
    odd: Option<String>,
}

impl<'a> Judge<'a> {
    /// All points, in the order of the implementation.
    pub(super) fn points(&mut self, alignment: &Alignment) -> Vec<DriftPoint> {
        let mut points = Vec::new();
        for rows in &alignment.lists {
            self.of_list(rows, &mut points);
        }
        for matched in &alignment.units {
            self.of_unit(matched, &mut points);
        }
        points.sort_by_key(|point| (point.line, point.ref_line, point.kind));
        points.dedup();
        points
    }

    /// What stands for what.
    pub(super) fn substitutions(&self) -> Vec<Substitution> {
        let mut found: BTreeMap<(&str, &str), (Grade, u32)> = BTreeMap::new();
        for (key, decision) in &self.mapping.by_key {
            let grade = match decision.why {
                Why::Explained | Why::Bound => Grade::Silent,
                Why::Repeated | Why::Single => Grade::Confirm,
                Why::Same | Why::Taken => continue,
            };
            let names = (self.symbols.text(key.1), self.symbols.text(decision.to));
            let entry = found.entry(names).or_insert((grade, 0));
            *entry = (entry.0.max(grade), entry.1 + decision.count);
        }
        let mut list: Vec<Substitution> = found
            .into_iter()
            .map(|((from, to), (grade, count))| Substitution {
                from: from.to_owned(),
                to: to.to_owned(),
                grade,
                count,
            })
            .collect();
        list.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.from.cmp(&b.from)));
        list
    }

    fn of_list(&self, rows: &Rows, points: &mut Vec<DriftPoint>) {
        let (list_a, list_b) = (self.a.list(rows.lists.0), self.b.list(rows.lists.1));
        let mut at = 0;
        while at < rows.rows.len() {
            match rows.rows[at] {
                Row::Both(..) => at += 1,
                Row::Moved(u, v) => {
                    let (unit, other) = (self.a.unit(u), self.b.unit(v));
                    let attribute = unit.sort == Sort::Attribute;
                    let quoted = kinds::quote_unit(other, self.b, self.symbols);
                    let harmless = matches!(unit.sort, Sort::Property | Sort::Item);
                    points.push(DriftPoint {
                        grade: if harmless { Grade::Confirm } else { Grade::Drift },
                        kind: if attribute { DriftKind::AttributeOrder } else { DriftKind::Reordered },
                        line: Some(other.line),
                        end_line: Some(other.end_line),
                        ref_line: Some(unit.line),
                        ref_end_line: Some(unit.end_line),
                        message: format!("`{quoted}` stands in another place"),
                        new: true,
                    });
                    at += 1;
                }
                Row::Left(_) | Row::Right(_) => {
                    let alone = |row: &Row| matches!(row, Row::Left(_) | Row::Right(_));
                    let item = |row: &Row| match row {
                        Row::Left(u) => self.a.unit(*u).sort == Sort::Item,
                        Row::Right(v) => self.b.unit(*v).sort == Sort::Item,
                        _ => false,
                    };
                    let mut end = at + 1;
                    while !item(&rows.rows[at])
                        && rows.rows.get(end).is_some_and(|row| alone(row) && !item(row))
                    {
                        end += 1;
                    }
                    let lines = (list_b.line, list_b.end_line);
                    let ref_lines = (list_a.line, list_a.end_line);
                    points.push(self.of_run(&rows.rows, (at, end), lines, ref_lines));
                    at = end;
                }
            }
        }
    }

    /// One point for a run of units without counterpart.
    fn of_run(
        &self,
        rows: &[Row],
        (at, end): (usize, usize),
        list_b: (u32, u32),
        list_a: (u32, u32),
    ) -> DriftPoint {
        let left: Vec<u32> = rows[at..end]
            .iter()
            .filter_map(|row| if let Row::Left(u) = row { Some(*u) } else { None })
            .collect();
        let right: Vec<u32> = rows[at..end]
            .iter()
            .filter_map(|row| if let Row::Right(v) = row { Some(*v) } else { None })
            .collect();
        let span = |shape: &Shape, units: &[u32]| {
            let first = units.iter().map(|&unit| shape.unit(unit).line).min();
            first.zip(units.iter().map(|&unit| shape.unit(unit).end_line).max())
        };
        let both = |row: &Row| match row {
            Row::Both(u, v) | Row::Moved(u, v) => Some((*u, *v)),
            _ => None,
        };
        let next = rows[end..].iter().find_map(both);
        let before = rows[..at].iter().rev().find_map(both);
        // Where something is missing, what stands there instead.
        let lines = span(self.b, &right).unwrap_or_else(|| {
            let line = next.map(|it| self.b.unit(it.1).line);
            let line = line.or(before.map(|it| self.b.unit(it.1).end_line)).unwrap_or(list_b.0);
            (line, line)
        });
        let ref_lines = span(self.a, &left).unwrap_or_else(|| {
            let line = next.map(|it| self.a.unit(it.0).line);
            let line = line.or(before.map(|it| self.a.unit(it.0).end_line)).unwrap_or(list_a.0);
            (line, line)
        });
        let named = |shape: &Shape, units: &[u32]| {
            let quoted = units.first().map(|&unit| {
                let unit = shape.unit(unit);
                match (unit.sort, unit.name) {
                    (Sort::Item, Some(name)) => self.symbols.text(name).to_owned(),
                    _ => kinds::quote_unit(unit, shape, self.symbols),
                }
            });
            let more = units.len().saturating_sub(1);
            let quoted = quoted.unwrap_or_default();
            if more > 0 { format!("`{quoted}` and {more} more") } else { format!("`{quoted}`") }
        };
        let first = |shape: &Shape, units: &[u32], missing| {
            units.first().map(|&unit| kinds::of_unit(shape.unit(unit), shape, missing, self.symbols))
        };
        let (kind, message) = match (first(self.a, &left, true), first(self.b, &right, false)) {
            (Some(kind), None) => (kind, format!("{} is missing", named(self.a, &left))),
            (None, Some(kind)) => {
                (kind, format!("{} has no counterpart in the reference", named(self.b, &right)))
            }
            _ => {
                (DriftKind::Changed, format!("{} stands for {}", named(self.b, &right), named(self.a, &left)))
            }
        };
        DriftPoint {
            grade: Grade::Drift,
            kind,
            line: Some(lines.0),
            end_line: Some(lines.1),
            ref_line: Some(ref_lines.0),
            ref_end_line: Some(ref_lines.1),
            message,
            new: true,
        }
    }

    fn of_unit(&mut self, matched: &Matched, points: &mut Vec<DriftPoint>) {
        let (unit, other) = (self.a.unit(matched.units.0), self.b.unit(matched.units.1));
        if unit.sort == Sort::Import {
            return;
        }
        let mut hunks: Vec<Hunk<'a>> = Vec::new();
        // Where the last token of each side stood.
        let (mut line, mut ref_line) = (other.line, unit.line);
        let mut open = false;
        for (index, step) in matched.steps.iter().enumerate() {
            let (i, j) = match *step {
                Step::Both(i, j) => (Some(i), Some(j)),
                Step::Left(i) => (Some(i), None),
                Step::Right(j) => (None, Some(j)),
            };
            let (s, t) = (i.map(|i| &unit.tokens[i as usize]), j.map(|j| &other.tokens[j as usize]));
            let weighed = match (s, t) {
                (Some(s), Some(t)) => self.weigh(s, t),
                (Some(s), None) if self.is_empty(self.a, s) => None,
                (None, Some(t)) if self.is_empty(self.b, t) => None,
                _ => Some((Grade::Drift, None)),
            };
            if let Some((grade, odd)) = weighed {
                // Something missing stands where the implementation goes on.
                let ahead = matched.steps[index..].iter().find_map(|step| match step {
                    Step::Both(_, j) | Step::Right(j) => Some(other.tokens[*j as usize].line),
                    Step::Left(_) => None,
                });
                let ref_ahead = matched.steps[index..].iter().find_map(|step| match step {
                    Step::Both(i, _) | Step::Left(i) => Some(unit.tokens[*i as usize].line),
                    Step::Right(_) => None,
                });
                let span = |token: Option<&Token>, ahead: Option<u32>, last: u32| match token {
                    Some(token) => (token.line, token.end_line),
                    None => (ahead.unwrap_or(last), ahead.unwrap_or(last)),
                };
                let hunk = Hunk {
                    piece: Piece {
                        left: s.into_iter().collect(),
                        right: t.into_iter().collect(),
                        in_pairs: s.is_some() && t.is_some(),
                    },
                    grade,
                    lines: span(t, ahead, line),
                    ref_lines: span(s, ref_ahead, ref_line),
                    spans: (i.map(|i| (i, i)), j.map(|j| (j, j))),
                    odd,
                };
                match hunks.last_mut() {
                    Some(last) if (open && !last.ends_block()) || last.is_near(&hunk) => last.join(hunk),
                    _ => hunks.push(hunk),
                }
                open = true;
            } else {
                open = false;
            }
            line = t.map_or(line, |token| token.end_line);
            ref_line = s.map_or(ref_line, |token| token.end_line);
        }
        self.join_swapped(&mut hunks);
        points.extend(hunks.iter().map(|hunk| self.tell(hunk, unit, other)));
    }

    /// A list without units on one side only: `<a></a>` is `<a/>`.
    fn is_empty(&self, shape: &Shape, token: &Token) -> bool {
        token.class == Class::Nested
            && shape.list(token.list).units.is_empty()
            && shape.list(token.list).sort != super::shape::ListSort::Block
    }

    /// Arguments that changed places over several lines are one difference.
    fn join_swapped(&self, hunks: &mut Vec<Hunk<'a>>) {
        let mut at = 0;
        while at + 1 < hunks.len() {
            let (x, y) = (&hunks[at].piece, &hunks[at + 1].piece);
            let texts = |tokens: &[&Token]| tokens.iter().map(|token| token.text).collect::<Vec<_>>();
            let images = |tokens: &[&Token]| {
                tokens.iter().map(|it| super::prints::image(self.a, it, self.mapping)).collect::<Vec<_>>()
            };
            let group = |tokens: &[&Token]| tokens.first().map(|token| token.group);
            let there = images(&x.left) == texts(&y.right) && !x.left.is_empty();
            let back = images(&y.left) == texts(&x.right);
            let here = group(&x.left).or(group(&x.right)).is_some_and(|group| group > 0);
            if there && back && here {
                let second = hunks.remove(at + 1);
                hunks[at].join(second);
            } else {
                at += 1;
            }
        }
    }

    /// Whether a pair of tokens is a difference, and what was expected.
    fn weigh(&mut self, s: &Token, t: &Token) -> Option<(Grade, Option<String>)> {
        if s.class == Class::Word || s.class == Class::Nested {
            return None;
        }
        let key = (self.a.binder(s), s.text);
        let decision = self.mapping.get(key).copied();
        if s.text == t.text {
            let decision = decision?;
            if let Some(expected) = self.left_behind.get(&s.text)
                && s.class != Class::Builtin
            {
                return Some((Grade::Confirm, Some(expected.clone())));
            }
            let odd = decision.to != s.text
                && matches!(s.class, Class::Name | Class::Text)
                && matches!(decision.why, Why::Bound | Why::Repeated | Why::Explained);
            return odd.then(|| (Grade::Drift, Some(self.symbols.text(decision.to).to_owned())));
        }
        if self.stems.explain(s.text, t.text, self.symbols) {
            return None;
        }
        let decision = decision?;
        if decision.to != t.text {
            return Some((Grade::Drift, Some(self.symbols.text(decision.to).to_owned())));
        }
        let grade = match (decision.why, s.class) {
            (Why::Bound, Class::Name) if self.is_first_misspelling(s, t) => Grade::Confirm,
            (Why::Same | Why::Explained | Why::Bound, _) => return None,
            (Why::Taken, _) => Grade::Drift,
            (Why::Single, Class::Builtin) if !self.renamed => Grade::Drift,
            (Why::Single, Class::Builtin) => Grade::Confirm,
            (Why::Repeated, Class::Builtin) if t.class == Class::Builtin && !self.renamed => Grade::Drift,
            (Why::Repeated, Class::Builtin) if t.class == Class::Builtin => Grade::Confirm,
            (Why::Repeated, Class::Builtin) => return None,
            (Why::Single, Class::Number) if !self.renamed => Grade::Drift,
            (Why::Single, Class::Number) => Grade::Confirm,
            (Why::Repeated, Class::Number) if !self.renamed => Grade::Confirm,
            (_, Class::Text) if self.classes_differ(s, t) => Grade::Confirm,
            // Something else that the reference knows by that name.
            (Why::Single, Class::Name) if !self.renamed && self.names_of_a.contains(&t.text) => Grade::Drift,
            (Why::Single, _) if !self.renamed => Grade::Confirm,
            (Why::Single | Why::Repeated, _) => return None,
        };
        Some((grade, None))
    }

    /// Whether a name of the function's own is misspelt here for the first time.
    fn is_first_misspelling(&mut self, s: &Token, t: &Token) -> bool {
        let (from, to) = (self.symbols.text(s.text), self.symbols.text(t.text));
        is_misspelt(from, to, self.b, self.symbols) && self.misspelt.insert(t.text)
    }

    /// Two lists of style classes that have nothing in common: another look.
    fn classes_differ(&self, s: &Token, t: &Token) -> bool {
        let texts = (self.symbols.text(s.text), self.symbols.text(t.text));
        let (Some(a), Some(b)) = (classes(texts.0), classes(texts.1)) else { return false };
        let mut come: Vec<&str> = b.iter().filter(|word| !a.contains(word)).copied().collect();
        let mut gone: Vec<&str> = a.iter().filter(|word| !b.contains(word)).copied().collect();
        gone.retain(|word| match come.iter().position(|other| self.stems.explain_texts(word, other)) {
            Some(at) => {
                come.remove(at);
                false
            }
            None => true,
        });
        gone.len() == a.len() && gone.len().max(come.len()) >= SEVERAL
    }

    fn tell(&self, hunk: &Hunk<'_>, unit: &Unit, other: &Unit) -> DriftPoint {
        let Piece { left, right, .. } = &hunk.piece;
        let mut kind = kinds::of_tokens(&hunk.piece, self.a, self.mapping, self.symbols);
        let quote = |unit: &Unit, span: Span, shape: &Shape| {
            let tokens = span.and_then(|(first, last)| unit.tokens.get(first as usize..=last as usize));
            kinds::quote(tokens.unwrap_or_default(), shape, self.symbols)
        };
        let (gone, come) = (quote(unit, hunk.spans.0, self.a), quote(other, hunk.spans.1, self.b));
        if hunk.piece.in_pairs
            && left.iter().all(|token| token.class == Class::Name)
            && kind != DriftKind::ArgumentOrder
        {
            let from_here: HashSet<u32> = left.iter().map(|token| token.text).collect();
            let odd = hunk.odd.is_some() && from_here.len() == 1;
            kind = match (odd, kind) {
                (_, DriftKind::Reordered) => kind,
                (true, _) => DriftKind::InconsistentRename,
                (false, DriftKind::ChangedType) => DriftKind::ChangedType,
                _ => DriftKind::ChangedName,
            };
        }
        if hunk.odd.is_some() && gone == come && kind != DriftKind::ArgumentOrder {
            kind = DriftKind::InconsistentRename;
        }
        let message = match (&hunk.odd, left.is_empty(), right.is_empty()) {
            (Some(odd), false, false) if gone == come => {
                format!("`{come}` kept its name; `{odd}` was to be expected")
            }
            (Some(odd), false, false) if kind == DriftKind::InconsistentRename => {
                format!("`{come}` stands for `{gone}` here, and everywhere else `{odd}` does")
            }
            _ if kind == DriftKind::ArgumentOrder => {
                let group = right.iter().chain(left).map(|token| token.group).find(|group| *group > 0);
                let of_group =
                    other.tokens.iter().enumerate().filter(|(_, token)| Some(token.group) == group);
                let places: Vec<u32> = of_group.map(|(at, _)| at as u32).collect();
                let span = places.first().copied().zip(places.last().copied());
                format!("the arguments stand in another order: `{}`", quote(other, span, self.b))
            }
            _ if gone.is_empty() && come.is_empty() => {
                "only one of them is the value of its block".to_owned()
            }
            (_, false, true) => format!("`{gone}` is missing"),
            (_, true, false) => format!("`{come}` has no counterpart in the reference"),
            _ => format!("`{come}` stands for `{gone}`"),
        };
        // Twins may be seen by others than each other; elements of a list stand in no order that must be.
        let mild = (kind == DriftKind::Visibility && self.renamed)
            || (kind == DriftKind::Reordered && hunk.piece.in_pairs);
        let grade = if mild { Grade::Confirm } else { hunk.grade };
        DriftPoint {
            grade,
            kind,
            line: Some(hunk.lines.0),
            end_line: Some(hunk.lines.1),
            ref_line: Some(hunk.ref_lines.0),
            ref_end_line: Some(hunk.ref_lines.1),
            message,
            new: true,
        }
    }
}

/// The words of a text that lists style classes.
fn classes(text: &str) -> Option<Vec<&str>> {
    let words: Vec<&str> = text.trim_matches('"').split_whitespace().collect();
    let is_class = |word: &&str| {
        word.starts_with(|it: char| it.is_ascii_lowercase() || matches!(it, '-' | '!' | '[' | '*' | '@'))
            && (word.contains('[') || !word.contains([',', ';', '{', '}']))
    };
    let joined = words.iter().filter(|word| word.contains(['-', ':', '/'])).count();
    (!words.is_empty() && words.iter().all(is_class) && joined * 3 >= words.len()).then_some(words)
}

impl<'a> Hunk<'a> {
    fn is_near(&self, next: &Hunk<'a>) -> bool {
        next.lines.0 <= self.lines.1 + NEAR
            && next.ref_lines.0 <= self.ref_lines.1 + NEAR
            && !self.ends_block()
    }

    /// It ends with a block of several lines: what follows is another branch.
    fn ends_block(&self) -> bool {
        let last = self.piece.right.last().or(self.piece.left.last());
        last.is_some_and(|token| token.class == Class::Nested && token.end_line > token.line)
    }

    fn join(&mut self, next: Hunk<'a>) {
        self.piece.in_pairs &= next.piece.in_pairs;
        self.piece.left.extend(next.piece.left);
        self.piece.right.extend(next.piece.right);
        self.grade = self.grade.max(next.grade);
        self.lines = (self.lines.0.min(next.lines.0), self.lines.1.max(next.lines.1));
        self.ref_lines = (self.ref_lines.0.min(next.ref_lines.0), self.ref_lines.1.max(next.ref_lines.1));
        let wider = |a: Span, b: Span| match (a, b) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        self.spans = (wider(self.spans.0, next.spans.0), wider(self.spans.1, next.spans.1));
        self.odd = self.odd.take().or(next.odd);
    }
}
