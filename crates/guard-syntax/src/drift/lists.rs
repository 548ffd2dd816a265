//! Units of two lists: equal ones first as anchors, then the best rows in the gaps between them.
//!
//! A gap is aligned by dynamic programming while it has at most [`MAX_CELLS`] pairs; a larger one keeps only what is
//! the same or has the same form. So the whole is linear in the length of the lists.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::align::{Row, Sides};
use super::names::Stems;
use super::shape::{ListSort, Shape, Sort, UNBOUND};

/// Pairs of units that are compared in one gap.
const MAX_CELLS: usize = 40_000;
/// Units that are less alike are not the same one.
const ALIKE: f32 = 0.3;
/// Items without a common name that are less alike are different ones.
const ITEMS_ALIKE: f32 = 0.55;
/// Smaller units are no anchors.
const MIN_ANCHOR: u32 = 4;
/// Weight above which a unit counts no more.
const MAX_WEIGHT: u32 = 40;

/// Aligns two lists.
pub(super) fn align(sides: &Sides<'_>, lists: (u32, u32), stems: &mut Stems) -> Vec<Row> {
    let (a, b) = (&sides.a.list(lists.0).units, &sides.b.list(lists.1).units);
    if let (&[u], &[v]) = (&a[..], &b[..])
        && sides.a.unit(u).sort == sides.b.unit(v).sort
        && (lists == (sides.a.root, sides.b.root) || sides.likeness(u, v) >= ALIKE)
    {
        return vec![Row::Both(u, v)];
    }
    let sort = sides.sort(lists);
    let mut free = Free { a: a.clone(), b: b.clone(), rows: Vec::new() };
    if matches!(sort, ListSort::Items | ListSort::Block) {
        free.imports(sides);
    }
    if sort == ListSort::Items {
        free.items(sides, stems);
    }
    if matches!(sort, ListSort::Markup | ListSort::Properties) {
        free.named(sides, stems, sort == ListSort::Markup);
    }
    let Free { a, b, mut rows } = free;
    let start = rows.len();
    ordered(sides, &a, &b, &mut rows);
    moved(sides, &mut rows[start..]);
    rows.retain(|row| !matches!(row, Row::Left(u32::MAX)));
    let line = |row: &Row| match row {
        Row::Both(_, v) | Row::Moved(_, v) | Row::Right(v) => (sides.b.unit(*v).line, 1),
        Row::Left(_) => (0, 0),
    };
    if start > 0 {
        // What has no place of its own stands behind what came before it in the reference.
        let (mut placed, left): (Vec<Row>, Vec<Row>) =
            rows.into_iter().partition(|row| !matches!(row, Row::Left(_)));
        placed.sort_by_key(line);
        placed.extend(left);
        return placed;
    }
    rows
}

/// Units that are not matched yet.
struct Free {
    a: Vec<u32>,
    b: Vec<u32>,
    rows: Vec<Row>,
}

impl Free {
    fn take(&mut self, i: usize, j: usize) {
        let (u, v) = (self.a.remove(i), self.b.remove(j));
        self.rows.push(Row::Both(u, v));
    }

    /// Imports are a set, matched for the names in them; what only one side imports shows where it is used.
    fn imports(&mut self, sides: &Sides<'_>) {
        let imports = |shape: &Shape, units: &mut Vec<u32>| -> Vec<u32> {
            let (imports, rest) = units.iter().partition(|&&it| shape.unit(it).sort == Sort::Import);
            *units = rest;
            imports
        };
        let (a, b) = (imports(sides.a, &mut self.a), imports(sides.b, &mut self.b));
        if a.len() * b.len() > MAX_CELLS {
            return;
        }
        let mut pairs: Vec<(f32, u32, u32)> = Vec::new();
        for &u in &a {
            pairs.extend(b.iter().map(|&v| (sides.likeness(u, v), u, v)).filter(|it| it.0 >= ITEMS_ALIKE));
        }
        self.rows.extend(best(pairs).into_iter().map(|(u, v)| Row::Both(u, v)));
    }

    /// Items by name, then by what they are.
    fn items(&mut self, sides: &Sides<'_>, stems: &mut Stems) {
        let mut by_name: HashMap<(u32, u32), Vec<u32>> = HashMap::new();
        for &v in &self.b {
            let unit = sides.b.unit(v);
            if let (Sort::Item, Some(name)) = (unit.sort, unit.name) {
                by_name.entry((name, unit.kind)).or_default().push(v);
            }
        }
        let mut taken: BTreeMap<u32, u32> = BTreeMap::new();
        let mut used: HashSet<u32> = HashSet::new();
        for pass in 0..2 {
            for &u in &self.a {
                let unit = sides.a.unit(u);
                let (Sort::Item, Some(name), false) = (unit.sort, unit.name, taken.contains_key(&u)) else {
                    continue;
                };
                let name = if pass == 0 { sides.mapping.image((UNBOUND, name)) } else { name };
                let Some(named) = by_name.get_mut(&(name, unit.kind)) else { continue };
                // Overloads: the one that is most alike.
                let best = named
                    .iter()
                    .filter(|v| !used.contains(v))
                    .copied()
                    .max_by(|v, w| sides.likeness(u, *v).total_cmp(&sides.likeness(u, *w)));
                if let Some(v) = best {
                    used.insert(v);
                    taken.insert(u, v);
                }
            }
        }
        self.settle(&taken);
        // Names that the stems explain, then likeness.
        let mut pairs: Vec<(f32, u32, u32)> = Vec::new();
        let items = |shape: &Shape, units: &[u32]| -> Vec<u32> {
            units.iter().copied().filter(|&it| shape.unit(it).sort == Sort::Item).collect()
        };
        let (a, b) = (items(sides.a, &self.a), items(sides.b, &self.b));
        if a.len() * b.len() > MAX_CELLS {
            return;
        }
        for &u in &a {
            for &v in &b {
                let (s, t) = (sides.a.unit(u), sides.b.unit(v));
                if s.kind != t.kind {
                    continue;
                }
                let named =
                    s.name.zip(t.name).is_some_and(|(from, to)| stems.explain(from, to, sides.symbols));
                let likeness = sides.likeness(u, v);
                if named || likeness >= ITEMS_ALIKE {
                    pairs.push((likeness + f32::from(u8::from(named)), u, v));
                }
            }
        }
        self.settle(&best(pairs));
    }

    /// Attributes of elements and named properties, where order means nothing.
    fn named(&mut self, sides: &Sides<'_>, stems: &mut Stems, unordered: bool) {
        let spread = |shape: &Shape, units: &[u32]| units.iter().any(|&it| shape.unit(it).name.is_none());
        if !unordered || spread(sides.a, &self.a) || spread(sides.b, &self.b) {
            return;
        }
        let mut i = 0;
        while i < self.a.len() {
            let name = sides.a.unit(self.a[i]).name;
            let same = self.b.iter().position(|&v| sides.b.unit(v).name == name);
            let found = same.or_else(|| {
                self.b.iter().position(|&v| {
                    name.zip(sides.b.unit(v).name)
                        .is_some_and(|(from, to)| stems.explain(from, to, sides.symbols))
                })
            });
            match found {
                Some(j) => self.take(i, j),
                None => i += 1,
            }
        }
    }

    fn settle(&mut self, taken: &BTreeMap<u32, u32>) {
        self.rows.extend(self.a.iter().filter_map(|u| taken.get(u).map(|&v| Row::Both(*u, v))));
        self.a.retain(|u| !taken.contains_key(u));
        let used: HashSet<u32> = taken.values().copied().collect();
        self.b.retain(|v| !used.contains(v));
    }
}

/// The most alike first, each unit once.
fn best(mut pairs: Vec<(f32, u32, u32)>) -> BTreeMap<u32, u32> {
    pairs.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let mut taken = BTreeMap::new();
    let mut used = HashSet::new();
    for (_, u, v) in pairs {
        if !taken.contains_key(&u) && used.insert(v) {
            taken.insert(u, v);
        }
    }
    taken
}

/// Aligns what has an order.
fn ordered(sides: &Sides<'_>, a: &[u32], b: &[u32], rows: &mut Vec<Row>) {
    let before = a.iter().zip(b).take_while(|(u, v)| sides.same(**u, **v)).count();
    rows.extend(a.iter().zip(b).take(before).map(|(&u, &v)| Row::Both(u, v)));
    let (a, b) = (&a[before..], &b[before..]);
    let behind = a.iter().rev().zip(b.iter().rev()).take_while(|(u, v)| sides.same(**u, **v)).count();
    let (a, last_a) = a.split_at(a.len() - behind);
    let (b, last_b) = b.split_at(b.len() - behind);
    let (mut i, mut j) = (0, 0);
    for (x, y) in anchors(sides, a, b) {
        gap(sides, &a[i..x], &b[j..y], rows);
        rows.push(Row::Both(a[x], b[y]));
        (i, j) = (x + 1, y + 1);
    }
    gap(sides, &a[i..], &b[j..], rows);
    rows.extend(last_a.iter().zip(last_b).map(|(&u, &v)| Row::Both(u, v)));
}

/// Units that are the same and stand once on both sides, as long as they stand in the same order.
fn anchors(sides: &Sides<'_>, a: &[u32], b: &[u32]) -> Vec<(usize, usize)> {
    let mut places: HashMap<u64, (usize, usize, usize, usize)> = HashMap::new();
    for (at, &u) in a.iter().enumerate() {
        let place = places.entry(sides.prints_a.units[u as usize].exact).or_default();
        (place.0, place.1) = (place.0 + 1, at);
    }
    for (at, &v) in b.iter().enumerate() {
        let place = places.entry(sides.prints_b.units[v as usize].exact).or_default();
        (place.2, place.3) = (place.2 + 1, at);
    }
    let unique =
        places.values().filter(|it| it.0 == 1 && it.2 == 1 && sides.a.unit(a[it.1]).weight >= MIN_ANCHOR);
    let mut pairs: Vec<(usize, usize)> = unique.map(|it| (it.1, it.3)).collect();
    pairs.sort_unstable();
    rising(&pairs)
}

/// The longest run of pairs in which both sides rise.
fn rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; pairs.len()];
    for (at, pair) in pairs.iter().enumerate() {
        let place = ends.partition_point(|&end| pairs[end].1 < pair.1);
        before[at] = place.checked_sub(1).map(|place| ends[place]);
        if place == ends.len() {
            ends.push(at);
        } else {
            ends[place] = at;
        }
    }
    let mut run = Vec::new();
    let mut at = ends.last().copied();
    while let Some(index) = at {
        run.push(pairs[index]);
        at = before[index];
    }
    run.reverse();
    run
}

/// The best rows of what stands between two anchors.
fn gap(sides: &Sides<'_>, a: &[u32], b: &[u32], rows: &mut Vec<Row>) {
    if a.is_empty() || b.is_empty() || a.len() * b.len() > MAX_CELLS {
        rows.extend(a.iter().map(|&u| Row::Left(u)));
        rows.extend(b.iter().map(|&v| Row::Right(v)));
        return;
    }
    let width = b.len() + 1;
    let mut best = vec![0.0_f32; (a.len() + 1) * width];
    let mut gains = vec![0.0_f32; a.len() * b.len()];
    for (i, &u) in a.iter().enumerate() {
        for (j, &v) in b.iter().enumerate() {
            gains[i * b.len() + j] = gain(sides, u, v);
        }
    }
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            let both = gains[i * b.len() + j] + best[(i + 1) * width + j + 1];
            best[i * width + j] = both.max(best[(i + 1) * width + j]).max(best[i * width + j + 1]);
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let here = best[i * width + j];
        let gained = gains[i * b.len() + j];
        if gained > 0.0 && here <= gained + best[(i + 1) * width + j + 1] {
            rows.push(Row::Both(a[i], b[j]));
            (i, j) = (i + 1, j + 1);
        } else if here <= best[(i + 1) * width + j] {
            rows.push(Row::Left(a[i]));
            i += 1;
        } else {
            rows.push(Row::Right(b[j]));
            j += 1;
        }
    }
    rows.extend(a[i..].iter().map(|&u| Row::Left(u)));
    rows.extend(b[j..].iter().map(|&v| Row::Right(v)));
}

/// What it is worth to take two units for one.
fn gain(sides: &Sides<'_>, u: u32, v: u32) -> f32 {
    let likeness = sides.likeness(u, v);
    let weight = sides.a.unit(u).weight.min(sides.b.unit(v).weight).min(MAX_WEIGHT);
    let name = |name: Option<u32>| name.is_some();
    let (s, t) = (sides.a.unit(u), sides.b.unit(v));
    let named = name(s.name) && s.name.map(|it| sides.mapping.image((UNBOUND, it))) == t.name;
    let likeness = if named { likeness.max(0.6) } else { likeness };
    (likeness - ALIKE) * (2.0 + weight as f32)
}

/// What is gone here and the same there has moved.
fn moved(sides: &Sides<'_>, rows: &mut [Row]) {
    for at in 0..rows.len() {
        let Row::Left(u) = rows[at] else { continue };
        let found = rows.iter().position(|row| matches!(row, Row::Right(v) if sides.same(u, *v)));
        if let Some(there) = found
            && let Row::Right(v) = rows[there]
        {
            rows[there] = Row::Moved(u, v);
            rows[at] = Row::Left(u32::MAX);
        }
    }
}
