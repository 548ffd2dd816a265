//! From texts to evidence: what was done, and what stands unchanged.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;

use guard_model::{EditExample, EditPattern, Hunk, Language, Site, SourceFacts};

use super::beside;
use super::edits;
use super::edits::{Edit, Place};
use super::find::Hit;
use super::names::Names;
use super::pattern::{self, Pattern};
use super::rewrite::Layout;
use super::scan::{Family, Scanned};
use crate::bounds;

/// A file on both sides of the change.
#[derive(Debug, Clone, Copy)]
pub struct Changed<'t> {
    /// Path at base.
    pub base_path: &'t str,
    /// Path at head.
    pub path: &'t str,
    /// Its text at base.
    pub base: &'t [u8],
    /// Its text at head.
    pub head: &'t [u8],
    /// Where the two differ.
    pub hunks: &'t [Hunk],
    /// What syntax says of it at base.
    pub base_facts: Option<&'t SourceFacts>,
    /// What syntax says of it at head.
    pub head_facts: Option<&'t SourceFacts>,
}

impl Changed<'_> {
    fn touches(&self, line: u32) -> bool {
        self.hunks.iter().any(|h| h.new_lines > 0 && line >= h.new_start && line < h.new_start + h.new_lines)
    }
}

/// A pattern with the edits that it was learned from.
#[derive(Debug, Clone)]
pub struct Learned {
    /// The pattern.
    pub pattern: Pattern,
    members: Vec<Member>,
    names: Names,
    /// Of the files that it was learned from.
    languages: BTreeSet<Language>,
    /// How many of the edits had nothing on their line but what repeats.
    whole: usize,
    example: Option<EditExample>,
}

/// One edit that a pattern was learned from: the file and the bytes at base.
#[derive(Debug, Clone, Copy)]
struct Member {
    file: usize,
    start: usize,
    end: usize,
}

/// The patterns of a change, most telling first. Files that cannot be read teach nothing.
pub fn learn(files: &[Changed<'_>]) -> Vec<Learned> {
    let texts: Vec<_> = files
        .iter()
        .map(|f| Some((bounds::readable(f.base).ok()?, bounds::readable(f.head).ok()?)))
        .collect();
    let edits: Vec<(Family, Vec<Edit<'_>>)> = files
        .iter()
        .zip(&texts)
        .filter_map(|(file, texts)| Some((file, texts, Family::of(Language::of_path(file.path)?))))
        .map(|(file, texts, family)| {
            let Some((base, head)) = texts else { return (family, Vec::new()) };
            let (base, head) = (Scanned::of(family, base), Scanned::of(family, head));
            (family, edits::edits(&base, &head, file.hunks))
        })
        .collect();
    let patterns = pattern::learn(&edits);
    let repeated: BTreeSet<(usize, usize)> = patterns.iter().flat_map(|p| &p.members).copied().collect();
    // What else was edited on a line, once and not again, is missing from every pattern.
    let mut lonely: BTreeSet<(usize, u32)> = BTreeSet::new();
    for (file, (_, edits)) in edits.iter().enumerate() {
        let once = edits.iter().enumerate().filter(|(edit, _)| !repeated.contains(&(file, *edit)));
        lonely.extend(once.map(|(_, edit)| (file, edit.base.line)));
    }
    let with_members = |mut pattern: Pattern| {
        let layout = |&(file, edit): &(usize, usize)| {
            let (family, edits) = &edits[file];
            Layout::of(*family, &edits[edit], &pattern, &texts[file].as_ref()?.1)
        };
        pattern.layout = pattern.members.iter().find_map(layout);
        let place = |&(file, edit): &(usize, usize)| {
            let place = edits[file].1[edit].base;
            Member { file, start: place.start, end: place.end }
        };
        let members = pattern.members.iter().map(place).collect();
        let whole =
            |&&(file, edit): &&(usize, usize)| !lonely.contains(&(file, edits[file].1[edit].base.line));
        let whole = pattern.members.iter().filter(whole).count();
        let names = Names::of(&described(&pattern));
        let languages = pattern.members.iter().filter_map(|m| Language::of_path(files[m.0].path)).collect();
        let example = |&(file, edit): &(usize, usize)| {
            let (base, head) = texts[file].as_ref()?;
            let edit = &edits[file].1[edit];
            let (before, mut after) = (lines_of(base, edit.base)?, lines_of(head, edit.head)?);
            // What was put on lines of its own stands before the one that it was put at.
            if pattern.is_insertion() && !after.contains(&before) {
                after = format!("{after} {before}");
            }
            Some(EditExample { before, after })
        };
        let examples: Vec<EditExample> = if pattern.is_readable() {
            Vec::new()
        } else {
            pattern.members.iter().filter_map(example).collect()
        };
        // One whose lines close their brackets says most.
        let is_whole = |e: &&EditExample| is_closed(&e.before) && is_closed(&e.after);
        let example = examples.iter().find(is_whole).or(examples.first()).cloned();
        Learned { members, pattern, names, languages, whole, example }
    };
    patterns.into_iter().map(with_members).collect()
}

impl Pattern {
    /// Whether files of a language can hold it.
    pub fn fits_language(&self, language: Language) -> bool {
        Family::of(language) == self.family
    }
}

impl Learned {
    /// Whether the after side says what places of the before side become: nine in ten of those that were
    /// changed became that, and seldom with something else on the same line.
    pub fn tells(&self, done: usize) -> bool {
        self.members.len() * 10 >= done * 9 && self.whole * 10 >= self.members.len() * 7
    }

    /// What the evidence says of it before any place is known.
    pub fn described(&self) -> EditPattern {
        let rules = self.languages.iter().filter_map(|&language| self.pattern.rule(language));
        let rules = rules.collect::<Vec<_>>().join("---\n");
        let rule = (!rules.is_empty()).then_some(rules);
        EditPattern { rule, example: self.example.clone(), ..described(&self.pattern) }
    }
}

fn is_closed(text: &str) -> bool {
    [('(', ')'), ('[', ']'), ('{', '}')]
        .into_iter()
        .all(|(open, close)| text.matches(open).count() == text.matches(close).count())
}

/// The lines that a place stands on, as one.
fn lines_of(text: &str, place: Place) -> Option<String> {
    let start = text.get(..place.start)?.rfind('\n').map_or(0, |at| at + 1);
    let end = text.get(place.end..)?.find('\n').map_or(text.len(), |at| place.end + at);
    let words: Vec<&str> = text.get(start..end)?.split_whitespace().collect();
    Some(words.join(" "))
}

fn described(pattern: &Pattern) -> EditPattern {
    EditPattern {
        before: pattern.before_text(),
        after: pattern.after_text(),
        named: pattern.is_named(),
        insertion: pattern.is_insertion(),
        removal: pattern.is_removal(),
        old_names: pattern.old_names(),
        new_names: pattern.new_names(),
        example: None,
        rule: None,
        done: Vec::new(),
        left: Vec::new(),
        unsearched: None,
    }
}

/// What was done and what is left in one changed file, pattern by pattern. `index` is the file's place
/// in the list that was learned from.
pub fn in_changed(learned: &[Learned], index: usize, file: &Changed<'_>) -> Vec<(Vec<Site>, Vec<Site>)> {
    let before = Source::of(file.base_path, file.base, file.base_facts);
    let now = Source::of(file.path, file.head, file.head_facts);
    let (base, head) = (hits(learned, &before), hits(learned, &now));
    let touched = |site: Site| Site { touched: true, ..site };
    let pairs = learned.iter().zip(base.iter().zip(&head));
    pairs
        .map(|(learned, (base, head))| {
            let done = done(base, head, learned, index, file);
            let left: Vec<&Hit> = head.iter().filter(|h| !file.touches(h.line)).collect();
            let was_elsewhere = before.elsewhere(learned, done.len() + left.len());
            let is_elsewhere = now.elsewhere(learned, left.len());
            let mut left: Vec<Site> =
                left.into_iter().map(|h| touched(now.left(learned, h, is_elsewhere))).collect();
            if let Some(text) = &now.readable {
                beside::mark(&mut left, &learned.pattern.new_names(), text, file.hunks);
            }
            (done.into_iter().map(|h| touched(before.site(h, was_elsewhere))).collect(), left)
        })
        .collect()
}

/// Where the patterns' before sides stand in a file, pattern by pattern.
pub struct Found(Vec<Vec<Hit>>);

impl Found {
    /// The places, with what syntax says of what stands around them.
    pub fn sites(
        &self,
        learned: &[Learned],
        path: &str,
        text: &[u8],
        facts: Option<&SourceFacts>,
    ) -> Vec<Vec<Site>> {
        let source = Source::of(path, text, facts);
        let sites = |(learned, hits): (&Learned, &Vec<Hit>)| {
            if hits.is_empty() {
                return Vec::new();
            }
            let elsewhere = source.elsewhere(learned, hits.len());
            hits.iter().map(|h| source.left(learned, h, elsewhere)).collect()
        };
        learned.iter().zip(&self.0).map(sites).collect()
    }
}

/// The places in a file that the change does not touch; `None` when it holds none.
pub fn in_unchanged(learned: &[Learned], path: &str, text: &[u8]) -> Option<Found> {
    let hits = hits(learned, &Source::of(path, text, None));
    hits.iter().any(|h| !h.is_empty()).then_some(Found(hits))
}

fn hits(learned: &[Learned], source: &Source<'_>) -> Vec<Vec<Hit>> {
    let nothing = || vec![Vec::new(); learned.len()];
    let Some(family) = Language::of_path(source.path).map(Family::of) else { return nothing() };
    let Some(text) = &source.readable else { return nothing() };
    let scanned = Scanned::of(family, text);
    let find = |l: &Learned| if l.pattern.family == family { l.pattern.find(&scanned) } else { Vec::new() };
    learned.iter().map(find).collect()
}

/// Places at base that are gone at head: those that the pattern was learned from, and those in changed
/// lines of which head has fewer.
fn done<'h>(
    base: &'h [Hit],
    head: &[Hit],
    learned: &Learned,
    index: usize,
    file: &Changed<'_>,
) -> Vec<&'h Hit> {
    let own: Vec<&Member> = learned.members.iter().filter(|m| m.file == index).collect();
    let learned_from = |h: &Hit| own.iter().any(|m| h.start <= m.end && m.start <= h.end);
    let mut done: Vec<&Hit> = base.iter().filter(|h| learned_from(h)).collect();
    for hunk in file.hunks {
        let Hunk { old_start, old_lines, new_start, new_lines } = *hunk;
        let in_old = |h: &&Hit| h.line >= old_start && h.line < old_start + old_lines;
        let in_new = |h: &&Hit| h.line >= new_start && h.line < new_start + new_lines;
        let before: Vec<&Hit> = base.iter().filter(in_old).collect();
        let kept = head.iter().filter(in_new).filter(|h| !h.already).count();
        let known = before.iter().filter(|h| learned_from(h)).count();
        let gone = before.len().saturating_sub(kept).saturating_sub(known);
        done.extend(before.into_iter().filter(|h| !learned_from(h)).take(gone));
    }
    done.sort_by_key(|h| h.start);
    done
}

/// One side of a file.
struct Source<'t> {
    path: &'t str,
    text: &'t [u8],
    /// The text, where it can be read.
    readable: Option<Cow<'t, str>>,
    facts: Option<&'t SourceFacts>,
}

impl<'t> Source<'t> {
    fn of(path: &'t str, text: &'t [u8], facts: Option<&'t SourceFacts>) -> Source<'t> {
        Source { path, text, readable: bounds::readable(text).ok(), facts }
    }

    fn elsewhere(&self, learned: &Learned, places: usize) -> bool {
        self.readable.as_ref().is_some_and(|text| learned.names.stand_elsewhere(text, places))
    }

    /// A place that stands unchanged, with what it would become.
    fn left(&self, learned: &Learned, hit: &Hit, elsewhere: bool) -> Site {
        // What was replaced when it was read cannot be written back.
        let text = self.readable.as_deref().filter(|text| text.len() == self.text.len());
        Site {
            rewrite: text.and_then(|text| learned.pattern.rewrite(text, hit)),
            ..self.site(hit, elsewhere)
        }
    }

    /// A hit as the evidence keeps it.
    fn site(&self, hit: &Hit, elsewhere: bool) -> Site {
        let before = &self.text[..hit.start.min(self.text.len())];
        let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let around = self.facts.and_then(|f| {
            let items = f.items.iter().filter(|i| i.line <= hit.line && hit.line <= i.end_line);
            items.max_by_key(|i| (i.line, Reverse(i.end_line)))
        });
        let by_path = || crate::is_test_path(self.path, Language::of_path(self.path));
        let in_test = self.facts.map_or_else(by_path, |f| f.test_file)
            || around.is_some_and(|i| i.in_test)
            || self
                .facts
                .is_some_and(|f| f.tests.iter().any(|t| t.line <= hit.line && hit.line <= t.end_line));
        Site {
            path: self.path.to_owned(),
            line: hit.line,
            column: u32::try_from(before.len() - line_start + 1).unwrap_or(u32::MAX),
            in_code: hit.in_code,
            in_test,
            item: around.map(|i| i.qualified.clone()),
            before: hit.left.clone(),
            behind: hit.right.clone(),
            values: hit.values.clone(),
            owner: hit.owner.clone(),
            already: hit.already,
            touched: false,
            excluded: None,
            elsewhere,
            rewrite: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The edits between two texts, all of whose lines differ.
    fn edits(path: &str, base: &str, head: &str) -> Vec<EditPattern> {
        let lines = |text: &str| text.lines().count() as u32;
        let hunks = [Hunk { old_start: 1, old_lines: lines(base), new_start: 1, new_lines: lines(head) }];
        let changed = Changed {
            base_path: path,
            path,
            base: base.as_bytes(),
            head: head.as_bytes(),
            hunks: &hunks,
            base_facts: None,
            head_facts: None,
        };
        learn(&[changed]).iter().map(Learned::described).collect()
    }

    #[test]
    fn an_edit_that_nobody_can_read_is_told_by_an_example() {
        let base = "a.push_str(\n  x);\nb.push_str(y);\nc.push_str(z);\n";
        let head = "write!(a,\n  x);\nwrite!(b, y);\nwrite!(c, z);\n";
        let told = edits("a.rs", base, head);
        let of_signs = told.iter().find(|e| e.before == ".push_str(").expect("an edit");
        assert_eq!(of_signs.after, ",");
        assert_eq!(of_signs.shown(), ["b.push_str(y);", "write!(b, y);"]);
        // Brackets that stay open tell enough where both sides have a word.
        let told = edits("a.rs", base, &base.replace("push_str(", "extend(&"));
        assert!(!told.is_empty() && told.iter().all(|e| e.example.is_none()), "{told:#?}");
    }

    #[test]
    fn a_place_is_on_the_line_of_the_words_of_its_edit() {
        let base = "s = a->Get(1);\nt = b.c->Get(2);\nu = d->Get(3);\n";
        let head = "s = Fetch(a.get(), 1);\nt = Fetch(b.c.get(), 2);\nu = Fetch(d.get(), 3);\n";
        let lines = |text: &str| text.lines().count() as u32;
        let hunks = [Hunk { old_start: 1, old_lines: lines(base), new_start: 1, new_lines: lines(head) }];
        let changed = Changed {
            base_path: "a.cc",
            path: "a.cc",
            base: base.as_bytes(),
            head: head.as_bytes(),
            hunks: &hunks,
            base_facts: None,
            head_facts: None,
        };
        let learned = learn(&[changed]);
        let text = b"void f() {\n  if (is_slow) {\n    wait();\n  }\n  v = e->Get(4);\n}\n";
        let found = in_unchanged(&learned, "b.cc", text).expect("a place");
        let sites = found.sites(&learned, "b.cc", text, None);
        assert!(sites.iter().flatten().all(|site| site.line == 5), "{sites:#?}");
    }
}
