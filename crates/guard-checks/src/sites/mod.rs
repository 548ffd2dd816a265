//! Which places of a repeated edit were left out, and which were left alone for a reason.
//!
//! The evidence lists every place where the before side still stands. Most of them are no leftovers: the
//! name belongs to something else there, or the edit was never meant for that corner. Three questions
//! decide, from the sites that *were* changed:
//!
//! - `legitimate`: does the place itself say why it stays (a definition, the new helper's own body, a
//!   name that the file declares for itself)?
//! - `context`: does it look like the changed ones (what stands around it, whose argument it is)?
//! - `scope`: does it lie where the edit was made (file, directory, test code or not)?
//!
//! What a place says itself is final. The other two are hard cuts, right on the whole and wrong at the
//! edges, so what they say is one of the `features` from which `certainty` is made; that alone decides.

mod certainty;
mod claimed;
mod context;
mod covered;
mod extent;
mod features;
mod hedge;
mod legitimate;
mod scope;
mod stated;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use covered::{Cover, Covered};
use guard_model::report::{Certainty, ClearedSite, ResidualSite, SiteGroup};
use guard_model::sites::FEWEST_LINES;
use guard_model::{EditPattern, Evidence, Site};
pub(crate) use hedge::names as names_file;

use crate::said::Said;
use claimed::Claimed;
use extent::Extent;
pub(crate) use extent::{counts, excepts, lists};
use features::{Answers, Asked, Measured, Standing};

/// Share of what was changed from which the rest counts as left out.
const ENOUGH: f64 = 0.4;
/// Places of an edit that stay when a change names or ends it nearly everywhere: no corner is then out
/// of scope.
const NEARLY_ALL: f64 = 0.7;
/// The same where the change took away what the places need.
const ENOUGH_OF_AN_END: f64 = 0.3;
/// Certainty from which a place is listed.
const LIKELY: Certainty = Certainty::percent(62);
/// Certainty of a place of which the words say that it is left.
const ADMITTED: Certainty = Certainty::percent(95);
/// Cleared places that a report lists of one edit.
const MOST_CLEARED: usize = 100;

/// A repeated edit, judged.
#[derive(Debug)]
pub(crate) struct Repeated<'a> {
    pub(crate) pattern: &'a EditPattern,
    /// Places that were changed.
    pub(crate) done: usize,
    /// Places that were left out, surest first.
    pub(crate) residual: Vec<Residual<'a>>,
    cleared: Vec<(&'a Site, &'static str)>,
    /// The words that say that there is a rest.
    hedged: Option<Hedged<'a>>,
    /// The words leave something out, and no place is known to be it.
    pub(crate) is_open: bool,
}

impl Repeated<'_> {
    /// Whether the words say that there is a rest.
    pub(crate) fn is_hedged(&self) -> bool {
        self.hedged.is_some()
    }

    /// Whether it is this piece of what was said that says so.
    pub(crate) fn is_hedged_by(&self, place: &str, text: &str) -> bool {
        self.hedged.is_some_and(|h| h.place == place && h.text.contains(text))
    }
}

/// A sentence that hands over a part as the whole.
#[derive(Debug, Clone, Copy)]
struct Hedged<'a> {
    text: &'a str,
    place: &'a str,
}

/// A place that was left out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Residual<'a> {
    pub(crate) site: &'a Site,
    pub(crate) certainty: Certainty,
}

/// Judges all repeated edits; `None` when there are none.
pub(crate) fn judge<'a>(evidence: &'a Evidence, said: &Said<'a>) -> Option<Vec<Repeated<'a>>> {
    let patterns = &evidence.sites.as_ref()?.patterns;
    let shown = Shown::of(patterns);
    let judged = shown.edits.iter().enumerate().map(|(rank, pattern)| {
        let standing = Standing::of(rank, shown.most, &shown.edits);
        judged(pattern, evidence, said, &standing, &shown.edits_at)
    });
    let judged: Vec<Repeated<'_>> = judged.collect();
    (!judged.is_empty()).then_some(judged)
}

/// The edits that a report shows.
struct Shown<'a> {
    edits: Vec<&'a EditPattern>,
    /// Changed lines of the largest edit.
    most: usize,
    /// Which of the edits could be made on a line.
    edits_at: EditsAt<'a>,
}

type EditsAt<'a> = BTreeMap<(&'a str, u32), BTreeSet<usize>>;

impl<'a> Shown<'a> {
    fn of(patterns: &'a [EditPattern]) -> Shown<'a> {
        let most = patterns.iter().map(EditPattern::changed_lines).max().unwrap_or(0);
        let edits: Vec<&EditPattern> =
            guard_model::sites::judged(patterns).into_iter().map(|rank| &patterns[rank]).collect();
        let mut edits_at = EditsAt::new();
        for (rank, pattern) in edits.iter().enumerate() {
            for site in pattern.left.iter().filter(|s| s.excluded.is_none() && !s.already) {
                edits_at.entry((&site.path, site.line)).or_default().insert(rank);
            }
        }
        Shown { edits, most, edits_at }
    }
}

/// A place of a repeated edit with all that the certainty is made of: what `cargo xtask fit` learns from.
#[derive(Debug, Clone)]
pub struct Weighed {
    /// Where.
    pub path: String,
    /// 1-based, at head.
    pub line: u32,
    /// Answers to [`questions`], in their order.
    pub answers: Vec<f64>,
}

/// The names of what is asked of each place.
pub fn questions() -> &'static [&'static str] {
    &features::NAMES
}

/// All places that are in question, edit by edit.
pub fn weigh(evidence: &Evidence) -> Vec<Vec<Weighed>> {
    let said = Said::of(evidence);
    let Some(sites) = &evidence.sites else { return Vec::new() };
    let shown = Shown::of(&sites.patterns);
    let of_edit = |(rank, pattern): (usize, &&EditPattern)| {
        let claimed = Claimed::of(&said, pattern);
        let standing = Standing::of(rank, shown.most, &shown.edits);
        let of_zone = |in_code| {
            let mut among = Among::of(pattern, in_code, false);
            among.weigh(evidence, &claimed, &standing, &shown.edits_at)
        };
        let weighed = [true, false].into_iter().flat_map(of_zone).map(|(site, _, answers)| Weighed {
            path: site.path.clone(),
            line: site.line,
            answers: answers.to_vec(),
        });
        weighed.collect()
    };
    shown.edits.iter().enumerate().map(of_edit).collect()
}

fn judged<'a>(
    pattern: &'a EditPattern,
    evidence: &'a Evidence,
    said: &Said<'a>,
    standing: &Standing<'_>,
    edits_at: &EditsAt<'_>,
) -> Repeated<'a> {
    let changed: Vec<&str> = evidence.change.files.iter().map(|f| f.path.as_str()).collect();
    let hedged = pattern.done.iter().find_map(|s| {
        let sentence = hedge::about(said, &s.path, &changed)?;
        Some(Hedged { text: sentence.text, place: sentence.place })
    });
    let claimed = Claimed::of(said, pattern);
    let mut repeated =
        Repeated { pattern, done: 0, residual: Vec::new(), cleared: Vec::new(), hedged, is_open: false };
    // Words of comments and strings are another matter than code: each is judged among its like.
    for in_code in [true, false] {
        let mut among = Among::of(pattern, in_code, repeated.hedged.is_some());
        repeated.done += among.done.len();
        repeated.residual.extend(among.judge(evidence, &claimed, standing, edits_at));
        repeated.cleared.extend(among.cleared);
    }
    if repeated.hedged.is_none() && !repeated.residual.is_empty() {
        let extent = Extent::of(said, pattern);
        let is_spared = |r: &Residual<'_>| extent.spares(r.site, &pattern.done);
        let (spared, left): (Vec<_>, Vec<_>) =
            std::mem::take(&mut repeated.residual).into_iter().partition(is_spared);
        repeated.residual = left;
        repeated.is_open = extent.is_open(spared.iter().map(|r| r.site));
        repeated.cleared.extend(spared.into_iter().map(|r| (r.site, "the words leave it out")));
    }
    repeated.residual.sort_by_key(|r| (std::cmp::Reverse(r.certainty), &r.site.path, r.site.line));
    repeated
}

/// Places of one kind, on their way through the questions.
struct Among<'a> {
    pattern: &'a EditPattern,
    done: Vec<&'a Site>,
    /// Not cleared so far.
    left: Vec<&'a Site>,
    cleared: Vec<(&'a Site, &'static str)>,
    /// The words say that there is a rest.
    hedged: bool,
}

impl<'a> Among<'a> {
    fn of(pattern: &'a EditPattern, in_code: bool, hedged: bool) -> Among<'a> {
        let like = |s: &&Site| s.in_code == in_code;
        let done = pattern.done.iter().filter(like).filter(|s| !s.already).collect();
        let left = pattern.left.iter().filter(like).collect();
        Among { pattern, done, left, cleared: Vec::new(), hedged }
    }

    /// How much of what is still in question was changed.
    fn share(&self) -> f64 {
        if self.done.is_empty() {
            return 0.0;
        }
        self.done.len() as f64 / (self.done.len() + self.left.len()) as f64
    }

    /// Clears what does not stay.
    fn keep(&mut self, reason: &'static str, stays: impl Fn(&Site) -> bool) {
        let (left, cleared): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.left).into_iter().partition(|s| stays(s));
        self.left = left;
        self.cleared.extend(cleared.into_iter().map(|s| (s, reason)));
    }

    /// Each place that was left out, with how sure that is.
    fn judge(
        &mut self,
        evidence: &'a Evidence,
        claimed: &Claimed,
        standing: &Standing<'_>,
        edits_at: &EditsAt<'_>,
    ) -> Vec<Residual<'a>> {
        let mut residual = Vec::new();
        for (site, stays, answers) in self.weigh(evidence, claimed, standing, edits_at) {
            let certainty = match certainty::certainty(&answers) {
                certainty if self.hedged && stays => certainty.max(ADMITTED),
                certainty => certainty,
            };
            if certainty >= LIKELY {
                residual.push(Residual { site, certainty });
            } else if stays {
                self.cleared.push((site, "too little speaks for it"));
            }
        }
        // What the hard cuts cleared and everything together speaks for is not cleared.
        let listed: BTreeSet<*const Site> = residual.iter().map(|r| std::ptr::from_ref(r.site)).collect();
        self.cleared.retain(|(s, _)| !listed.contains(&std::ptr::from_ref(*s)));
        residual
    }

    /// All that is known of each place that does not say itself why it stays, and whether it passed the
    /// questions of context and scope.
    fn weigh(
        &mut self,
        evidence: &'a Evidence,
        claimed: &Claimed,
        standing: &Standing<'_>,
        edits_at: &EditsAt<'_>,
    ) -> Vec<(&'a Site, bool, Answers)> {
        legitimate::clear_marked(self);
        let lines: BTreeSet<_> = self.done.iter().map(|s| (&s.path, s.line)).collect();
        if lines.len() < FEWEST_LINES {
            self.keep("the edit was made too seldom to speak of a pattern", |_| false);
            return Vec::new();
        }
        let all = self.left.clone();
        legitimate::clear(self, evidence);
        let open = self.left.clone();
        self.ask(evidence);
        let stay: BTreeSet<*const Site> = self.left.iter().map(|s| std::ptr::from_ref(*s)).collect();
        let asked = Asked { share: self.share(), done: self.done.len() };
        let measured = Measured::of(self.pattern, &self.done, &all, evidence, claimed, standing, asked);
        let Some(measured) = measured else { return Vec::new() };
        let weighed = open.into_iter().map(|site| {
            let stays = stay.contains(&std::ptr::from_ref(site));
            let here = edits_at.get(&(site.path.as_str(), site.line)).map_or(1, BTreeSet::len);
            (site, stays, measured.answers(site, stays, here))
        });
        weighed.collect()
    }

    /// The questions of context and scope: clears what looks or lies otherwise than the changed places.
    fn ask(&mut self, evidence: &Evidence) {
        let ends = legitimate::ends(self.pattern, &self.done, &self.left, evidence)
            && self.share() >= ENOUGH_OF_AN_END;
        if self.hedged {
            let files: BTreeSet<&str> = self.done.iter().map(|s| s.path.as_str()).collect();
            self.keep("not in a file that the words speak of", |s| files.contains(s.path.as_str()));
            context::clear(self);
        } else if !ends {
            scope::clear_tests(self);
            context::clear(self);
            scope::clear(self);
            scope::narrow(self);
            if self.share() < ENOUGH {
                self.keep("most places of this form were left as they are", |_| false);
            }
        }
    }
}

/// The report's part. Edits that left nothing and cleared nothing are still said: they were looked at.
pub(crate) fn report(all: &[Repeated<'_>]) -> Vec<SiteGroup> {
    all.iter()
        .map(|repeated| {
            let pattern = repeated.pattern;
            let mut lines = BTreeSet::new();
            let residual: Vec<ResidualSite> = repeated
                .residual
                .iter()
                .filter(|r| lines.insert((&r.site.path, r.site.line)))
                .map(|r| ResidualSite {
                    path: r.site.path.clone(),
                    line: r.site.line,
                    certainty: r.certainty,
                })
                .collect();
            let cleared = repeated.cleared.iter().take(MOST_CLEARED).map(|(site, reason)| ClearedSite {
                path: site.path.clone(),
                line: site.line,
                reason: site.excluded.clone().unwrap_or_else(|| (*reason).to_owned()),
            });
            SiteGroup {
                pattern: pattern.shown().join(" -> ").trim_end().to_owned(),
                done: repeated.done as u64,
                total: (repeated.done + repeated.residual.len()) as u64,
                residual,
                cleared: cleared.collect(),
                cleared_total: repeated.cleared.len() as u64,
                unsearched: pattern.unsearched.clone(),
            }
        })
        .collect()
}
