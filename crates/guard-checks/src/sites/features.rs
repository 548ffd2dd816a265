//! What is known of a place, as numbers: how its surroundings, its corner of the tree and the words of the
//! claim compare with those of the places that were changed.
//!
//! Most are shares ("how much of what stands before the same three words was changed?"), each drawn towards
//! the share of the next wider view as long as little was seen, and taken as log-odds against the share of
//! all places.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use guard_model::{EditPattern, Evidence, FileChange, Side, Site};

use super::claimed::Claimed;
use super::context::View;
use super::legitimate;

/// The questions of the model, in its order.
pub(super) const NAMES: [&str; 65] = [
    "rule",
    "rule_share",
    "rule_cert",
    "done",
    "left",
    "share",
    "ends",
    "has_old",
    "insertion",
    "rank",
    "support",
    "files",
    "files_share",
    "touched_share",
    "length",
    "explains",
    "of_hunks",
    "behind_end",
    "share_before_end",
    "dir",
    "file",
    "item",
    "dir_files",
    "touched",
    "steps",
    "test",
    "before1",
    "before3",
    "behind1",
    "behind2",
    "behind3",
    "sum",
    "new_before",
    "new_behind",
    "nearest",
    "stranger",
    "after_end",
    "after_end_share",
    "before_begin",
    "scope_missed",
    "elsewhere",
    "claim_rank",
    "hunk_distance",
    "edits_here",
    "claims_all",
    "claims_some",
    "file_done",
    "file_left",
    "dir_done",
    "file_tail",
    "file_tail_share",
    "other_edits_done",
    "other_edits_left",
    "values",
    "hunks_in_file",
    "rename",
    "name_words",
    "name_length",
    "calls",
    "wildcards",
    "grows",
    "old_defined",
    "new_defined",
    "left_declares",
    "in_code",
];

/// Answers, in the order of [`NAMES`].
pub(super) type Answers = [f64; NAMES.len()];

/// What is compared of surroundings, and what it is worth that a place shares it with a changed one.
const VIEWS: [(View, f64); 10] = [
    (View::Before(1), 2.0),
    (View::Before(2), 1.5),
    (View::Before(3), 1.0),
    (View::Before(4), 0.7),
    (View::Behind(1), 2.0),
    (View::Behind(2), 1.5),
    (View::Behind(3), 1.0),
    (View::Behind(4), 0.7),
    (View::Owner, 1.0),
    (View::Values, 0.8),
];
/// Changed places that a place is compared with one by one.
const MODELS: usize = 150;

/// Where an edit stands among those of the change.
#[derive(Debug)]
pub(super) struct Standing<'a> {
    /// How many come before it.
    pub(super) rank: usize,
    /// Changed lines of the largest.
    pub(super) most: usize,
    /// Places of the others, by file.
    pub(super) others: Tally<&'a str>,
}

impl<'a> Standing<'a> {
    /// Of the edit at `rank` among those that are shown.
    pub(super) fn of(rank: usize, most: usize, shown: &[&'a EditPattern]) -> Standing<'a> {
        let others = || shown.iter().enumerate().filter(|(other, _)| *other != rank).map(|(_, p)| *p);
        let open = |s: &&Site| s.excluded.is_none() && !s.already;
        let done = others().flat_map(|p| &p.done).map(|s| s.path.as_str());
        let left = others().flat_map(|p| &p.left).filter(open).map(|s| s.path.as_str());
        Standing { rank, most, others: Tally::of(done, left) }
    }
}

/// What the questions of scope, context and legitimacy said of all places together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// Share of what was changed among what they left.
    pub(super) share: f64,
    pub(super) done: usize,
}

/// Counts of what was changed and what was left, by some key.
#[derive(Debug, Default)]
pub(super) struct Tally<K> {
    counts: BTreeMap<K, (usize, usize)>,
}

impl<K: Ord> Tally<K> {
    fn of(done: impl Iterator<Item = K>, left: impl Iterator<Item = K>) -> Tally<K> {
        let mut counts: BTreeMap<K, (usize, usize)> = BTreeMap::new();
        done.for_each(|key| counts.entry(key).or_default().0 += 1);
        left.for_each(|key| counts.entry(key).or_default().1 += 1);
        Tally { counts }
    }

    fn get(&self, key: &K) -> (usize, usize) {
        self.counts.get(key).copied().unwrap_or_default()
    }

    fn done(&self, key: &K) -> usize {
        self.get(key).0
    }

    /// The share changed, drawn towards `wider` as if that had been seen `weight` times.
    fn share(&self, key: &K, weight: f64, wider: f64) -> f64 {
        let (done, left) = self.get(key);
        shrunk(done, left, weight, wider)
    }

    fn keys_done(&self) -> usize {
        self.counts.values().filter(|(done, _)| *done > 0).count()
    }

    fn keys_left_only(&self) -> usize {
        self.counts.values().filter(|(done, _)| *done == 0).count()
    }
}

/// What stands around a place, view by view; hashed, because it is only compared.
type Surroundings = [u64; VIEWS.len()];

/// All that the places of one edit have in common, counted once.
pub(super) struct Measured<'a> {
    common: Vec<(&'static str, f64)>,
    share: f64,
    files_share: f64,
    asked: Asked,
    touched: BTreeMap<&'a str, Vec<(u32, u32)>>,
    files: Tally<&'a str>,
    dirs: Tally<&'a str>,
    dirs_by_files: Tally<&'a str>,
    items: Tally<(&'a str, Option<&'a str>)>,
    tests: Tally<bool>,
    views: Vec<Tally<u64>>,
    new: [f64; VIEWS.len()],
    models: Vec<Surroundings>,
    distances: Vec<f64>,
    first: (&'a str, u32),
    last: (&'a str, u32),
    share_before_end: f64,
    elsewhere: Tally<bool>,
    claimed: &'a Claimed,
    scope: Vec<String>,
    claim_words: Vec<usize>,
    /// In each file: the last changed place, and the share changed up to there.
    ends: BTreeMap<&'a str, (u32, f64)>,
    /// Places of the other edits of the change, by file.
    others: &'a Tally<&'a str>,
}

impl<'a> Measured<'a> {
    pub(super) fn of(
        pattern: &'a EditPattern,
        done: &[&'a Site],
        left: &[&'a Site],
        evidence: &'a Evidence,
        claimed: &'a Claimed,
        standing: &'a Standing<'a>,
        asked: Asked,
    ) -> Option<Measured<'a>> {
        let place = |s: &&'a Site| (s.path.as_str(), s.line);
        let (first, last) = (done.iter().map(place).min()?, done.iter().map(place).max()?);
        let path = |s: &&'a Site| s.path.as_str();
        let files = Tally::of(done.iter().map(path), left.iter().map(path));
        let (edited, unedited): (Vec<_>, Vec<_>) = files.counts.iter().partition(|(_, (done, _))| *done > 0);
        let above = |files: Vec<(&&'a str, &(usize, usize))>| -> Vec<&'a str> {
            files.into_iter().flat_map(|(path, _)| dirs(path)).collect()
        };
        let dirs_by_files = Tally::of(above(edited).into_iter(), above(unedited).into_iter());
        let share = (done.len() as f64 + 0.5) / ((done.len() + left.len()) as f64 + 1.0);
        let files_share =
            (files.keys_done() as f64 + 0.5) / ((files.keys_done() + files.keys_left_only()) as f64 + 1.0);
        let until_end = left.iter().filter(|s| place(s) <= last).count();
        let share_before_end = (done.len() as f64 + 0.5) / ((done.len() + until_end) as f64 + 1.0);
        let models: Vec<Surroundings> = {
            let many = done.len().min(MODELS);
            (0..many).map(|i| surroundings(done[i * done.len() / many])).collect()
        };
        let mut distances: Vec<f64> = (0..models.len())
            .map(|i| {
                let others = models.iter().enumerate().filter(|(j, _)| *j != i);
                others.map(|(_, other)| alike(&models[i], other)).fold(0.0, f64::max)
            })
            .collect();
        distances.sort_by(f64::total_cmp);
        let (seen, unseen): (Vec<Surroundings>, Vec<Surroundings>) =
            (done.iter().map(|s| surroundings(s)).collect(), left.iter().map(|s| surroundings(s)).collect());
        let views: Vec<Tally<u64>> = (0..VIEWS.len())
            .map(|v| Tally::of(seen.iter().map(|s| s[v]), unseen.iter().map(|s| s[v])))
            .collect();
        let mut new = [0.0; VIEWS.len()];
        for (new, tally) in new.iter_mut().zip(&views) {
            let once = tally.counts.values().filter(|(done, _)| *done == 1).count();
            *new = (-((once + 1) as f64 / (done.len() + 1) as f64).ln()).min(5.0);
        }
        let elsewhere: BTreeMap<&str, bool> = done.iter().map(|s| (s.path.as_str(), s.elsewhere)).collect();
        let scope =
            claimed.scope(&files.counts.iter().filter(|(_, n)| n.0 > 0).map(|(p, _)| *p).collect::<Vec<_>>());
        let mut ends: BTreeMap<&str, (u32, f64)> = BTreeMap::new();
        for site in done {
            let end = ends.entry(&site.path).or_insert((site.line, 0.0));
            end.0 = end.0.max(site.line);
        }
        for (path, end) in &mut ends {
            let until = left.iter().filter(|s| s.path == **path && s.line <= end.0).count();
            end.1 = shrunk(files.done(path), until, 1.0, share);
        }
        let claim_words = done.iter().map(|s| claimed.shared(s)).collect();
        let touched_left = left.iter().filter(|s| s.touched).count();
        let lines = done.iter().map(place).collect::<BTreeSet<_>>().len() as f64;
        let all_hunks = || evidence.change.files.iter().flat_map(|f| &f.hunks);
        let hunks = all_hunks().count() as f64;
        let old_lines = all_hunks().map(|h| f64::from(h.old_lines)).sum::<f64>();
        let mut common = vec![
            ("done", (done.len() as f64).ln().min(6.0)),
            ("left", (left.len() as f64).ln().min(7.0)),
            ("share", odds(share)),
            ("ends", yes(legitimate::ends(pattern, done, left, evidence))),
            ("has_old", yes(!pattern.old_names.is_empty())),
            ("insertion", yes(pattern.insertion)),
            ("rank", standing.rank as f64),
            ("support", lines / standing.most.max(1) as f64),
            ("files", (files.keys_done() as f64).ln()),
            ("files_share", odds(files_share)),
            ("touched_share", odds(shrunk(done.len(), touched_left, 1.0, 0.5))),
            ("length", pattern.before.chars().count().min(60) as f64),
            ("explains", (lines / old_lines.max(1.0)).min(1.0)),
            ("of_hunks", (lines / hunks.max(1.0)).min(2.0)),
            ("behind_end", (left.len() - until_end) as f64 / left.len().max(1) as f64),
            ("share_before_end", odds(share_before_end)),
            ("claims_all", yes(claimed.all)),
            ("claims_some", yes(claimed.some)),
            ("left_declares", yes(left.iter().any(|s| legitimate::declares(s)))),
            ("in_code", yes(done.iter().any(|s| s.in_code))),
        ];
        common.extend(of_form(pattern));
        common.extend(of_names(pattern, evidence));
        Some(Measured {
            common,
            share,
            files_share,
            asked,
            touched: hunks_of(evidence),
            dirs: Tally::of(done.iter().flat_map(|s| dirs(&s.path)), left.iter().flat_map(|s| dirs(&s.path))),
            dirs_by_files,
            files,
            items: Tally::of(done.iter().map(|s| item(s)), left.iter().map(|s| item(s))),
            tests: Tally::of(done.iter().map(|s| s.in_test), left.iter().map(|s| s.in_test)),
            views,
            new,
            models,
            distances,
            first,
            last,
            share_before_end,
            elsewhere: Tally::of(elsewhere.into_values(), std::iter::empty()),
            claimed,
            scope,
            claim_words,
            ends,
            others: &standing.others,
        })
    }

    /// The answers for one place that was left. `stays`: it passed the questions of scope, context and
    /// legitimacy. `edits_here`: edits whose form stands on its line.
    pub(super) fn answers(&self, site: &'a Site, stays: bool, edits_here: usize) -> Answers {
        let root = odds(self.share);
        let path = site.path.as_str();
        let above: Vec<&str> = dirs(path).collect();
        let down = |tally: &Tally<&'a str>, from: f64| {
            above.iter().rev().fold(from, |share, dir| {
                let (done, left) = tally.counts.get(dir).copied().unwrap_or_default();
                shrunk(done, left, 2.0, share)
            })
        };
        let in_dir = down(&self.dirs, self.share);
        let in_file = self.files.share(&path, 2.0, in_dir);
        let in_item = self.items.share(&item(site), 2.0, in_file);
        let around = surroundings(site);
        let chain = |from: usize| -> Vec<f64> {
            let mut share = self.share;
            (from..from + 4)
                .map(|view| {
                    share = self.views[view].share(&around[view], 1.5, share);
                    odds(share) - root
                })
                .collect()
        };
        let (before, behind) = (chain(0), chain(4));
        let owner = odds(self.views[8].share(&around[8], 2.0, self.share)) - root;
        let strange = |from: usize| {
            let views = from..from + 4;
            let new = views.filter(|&v| self.views[v].done(&around[v]) == 0).map(|v| self.new[v]);
            new.fold(0.0, f64::max)
        };
        let nearest = self.models.iter().map(|m| alike(&around, m)).fold(0.0, f64::max);
        let nearer = self.distances.partition_point(|&d| d <= nearest + 1e-9);
        let here = (path, site.line);
        let after_end = here > self.last;
        let shared = self.claimed.shared(site);
        let below = self.claim_words.iter().filter(|&&n| n <= shared).count();
        let others = self.elsewhere.done(&site.elsewhere);
        let unlike = self.elsewhere.done(&!site.elsewhere);
        let rule_share = if stays { self.asked.share } else { 0.0 };
        let many = self.asked.done as f64;
        let known = if site.touched { 1.0 } else { 0.9 };
        let in_this_file = self.files.get(&path);
        let (end_of_file, share_of_file) = self.ends.get(path).copied().unwrap_or_default();
        let file_tail = end_of_file > 0 && site.line > end_of_file;
        let other_edits = self.others.get(&path);
        let own = [
            ("file_done", log(in_this_file.0)),
            ("file_left", log(in_this_file.1)),
            ("dir_done", log(above.first().map_or(0, |d| self.dirs.done(d)))),
            ("file_tail", yes(file_tail)),
            ("file_tail_share", if file_tail { odds(share_of_file) } else { 0.0 }),
            ("other_edits_done", log(other_edits.0)),
            ("other_edits_left", log(other_edits.1)),
            ("values", odds(self.views[9].share(&around[9], 2.0, self.share)) - root),
            ("hunks_in_file", log(self.touched.get(path).map_or(0, Vec::len))),
            ("rule", yes(stays)),
            ("rule_share", rule_share),
            ("rule_cert", if stays { rule_share.sqrt() * many / (many + 2.0) * known } else { 0.0 }),
            ("dir", odds(in_dir) - root),
            ("file", odds(in_file) - root),
            ("item", odds(in_item) - root),
            ("dir_files", odds(down(&self.dirs_by_files, self.files_share))),
            ("touched", yes(site.touched)),
            ("steps", above.iter().position(|d| self.dirs.done(d) > 0).unwrap_or(9) as f64),
            ("test", odds(self.tests.share(&site.in_test, 2.0, self.share)) - root),
            ("before1", before[0]),
            ("before3", before[2]),
            ("behind1", behind[0]),
            ("behind2", behind[1]),
            ("behind3", behind[2]),
            ("sum", before[3] + behind[3] + owner + odds(in_item) - root),
            ("new_before", strange(0)),
            ("new_behind", strange(4)),
            ("nearest", nearest),
            ("stranger", ((nearer + 1) as f64 / (self.distances.len() + 1) as f64).ln()),
            ("after_end", yes(after_end)),
            ("after_end_share", if after_end { odds(self.share_before_end) } else { 0.0 }),
            ("before_begin", yes(here < self.first)),
            ("scope_missed", self.claimed.missed(&self.scope, path) as f64),
            ("elsewhere", odds(shrunk(others, unlike, 1.0, 0.5))),
            ("claim_rank", (below + 1) as f64 / (self.claim_words.len() + 1) as f64),
            ("hunk_distance", self.hunk_distance(site)),
            ("edits_here", edits_here as f64),
        ];
        let mut answers = [0.0; NAMES.len()];
        for (name, value) in self.common.iter().chain(&own) {
            if let Some(index) = NAMES.iter().position(|n| n == name) {
                answers[index] = *value;
            }
        }
        answers
    }

    /// Lines to the nearest changed ones, as a logarithm.
    fn hunk_distance(&self, site: &Site) -> f64 {
        let hunks = self.touched.get(site.path.as_str()).map(Vec::as_slice).unwrap_or_default();
        let distance = |&(start, lines): &(u32, u32)| {
            let end = start + lines.max(1) - 1;
            start.saturating_sub(site.line).max(site.line.saturating_sub(end))
        };
        let nearest = hunks.iter().map(distance).min();
        nearest.map_or(8.0, |n| (1.0 + f64::from(n)).ln().min(8.0))
    }
}

/// What the two sides of an edit look like by themselves.
fn of_form(pattern: &EditPattern) -> [(&'static str, f64); 6] {
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let name = pattern.old_names.iter().max_by_key(|n| n.len()).map_or("", String::as_str);
    let grows = pattern.new_names.iter().any(|n| n != name && !name.is_empty() && n.contains(name));
    [
        ("rename", yes(is_name(&pattern.before) && is_name(&pattern.after))),
        ("name_words", parts(name) as f64),
        ("name_length", name.chars().count().min(40) as f64),
        ("calls", yes(pattern.before.contains('('))),
        ("wildcards", pattern.before.matches('$').count().min(6) as f64),
        ("grows", yes(grows)),
    ]
}

/// How many words a name is made of: `HttpServer` and `http_server` of two.
fn parts(name: &str) -> usize {
    let mut many = 0;
    let mut last = '_';
    for c in name.chars() {
        let begins =
            c.is_alphanumeric() && (!last.is_alphanumeric() || c.is_uppercase() && last.is_lowercase());
        many += usize::from(begins);
        last = c;
    }
    many
}

/// Where the names of an edit are defined: 1 at base, 2 at head, 3 on both sides of the changed files.
fn of_names(pattern: &EditPattern, evidence: &Evidence) -> [(&'static str, f64); 2] {
    let defined = |names: &[String]| {
        let on = |side: Side| {
            let sources = evidence.sources.iter().filter(|s| s.side == side);
            sources.flat_map(|s| &s.items).any(|i| names.contains(&i.name))
        };
        yes(on(Side::Base)) + 2.0 * yes(on(Side::Head))
    };
    [("old_defined", defined(&pattern.old_names)), ("new_defined", defined(&pattern.new_names))]
}

fn hunks_of(evidence: &Evidence) -> BTreeMap<&str, Vec<(u32, u32)>> {
    let hunks = |f: &FileChange| f.hunks.iter().map(|h| (h.new_start, h.new_lines)).collect();
    evidence.change.files.iter().map(|f| (f.path.as_str(), hunks(f))).collect()
}

fn surroundings(site: &Site) -> Surroundings {
    VIEWS.map(|(view, _)| {
        // Its keys are fixed: the same place gives the same number always.
        let mut hasher = DefaultHasher::new();
        view.of(site).hash(&mut hasher);
        hasher.finish()
    })
}

fn alike(a: &Surroundings, b: &Surroundings) -> f64 {
    VIEWS.iter().zip(a.iter().zip(b)).filter(|(_, (a, b))| a == b).map(|((_, worth), _)| worth).sum()
}

fn item(site: &Site) -> (&str, Option<&str>) {
    (&site.path, site.item.as_deref())
}

/// The directories above a path, nearest first, down to the root.
fn dirs(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(dir(path)), |at| (!at.is_empty()).then(|| dir(at)))
}

fn dir(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

fn shrunk(done: usize, left: usize, weight: f64, wider: f64) -> f64 {
    (done as f64 + weight * wider) / ((done + left) as f64 + weight)
}

fn odds(share: f64) -> f64 {
    (share / (1.0 - share)).ln()
}

fn log(many: usize) -> f64 {
    (1.0 + many as f64).ln().min(6.0)
}

fn yes(is: bool) -> f64 {
    f64::from(u8::from(is))
}
