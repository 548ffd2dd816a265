//! Why a test may have gone, from the strongest excuse to none.

use std::collections::{BTreeMap, HashMap, HashSet};

use guard_model::lab::{CellOutcome, CellResult};
use guard_model::{
    ChangeKind, EvidenceItem, EvidenceKind, FileChange, Item, ItemKind, Level, Side, SourceFacts,
};

use super::mention::Mentions;
use super::subjects::{Definition, Subjects, calls, package};
use crate::context::Context;
use crate::identities::{Declared, leaf};
use crate::said::telling_stems;
use crate::text::shorten;

/// A test that is gone, and how that is to be seen.
pub(super) struct Gone<'a> {
    pub(super) test: Declared<'a>,
    pub(super) level: Level,
    /// The reason, as a phrase.
    pub(super) why: &'static str,
    pub(super) evidence: Vec<EvidenceItem>,
}

/// An excuse for a test that went.
struct Excuse {
    level: Level,
    why: &'static str,
    shown_by: EvidenceItem,
    /// Whether it holds even when base's test is red on head's code.
    strong: bool,
}

/// What excuses are looked up in, derived once for all tests that went.
pub(super) struct Reasons<'c, 'a> {
    cx: &'c Context<'a>,
    subjects: Subjects<'a>,
    mentions: Mentions<'c, 'a>,
    /// Changed files by their path at base.
    files: HashMap<&'a str, &'a FileChange>,
    /// Lost tests by file, and with each the call behind which nothing is left.
    lost: HashMap<&'a str, Vec<(Declared<'a>, Option<&'a str>)>>,
    /// New tests by file.
    added: HashMap<&'a str, Vec<Declared<'a>>>,
    /// Head's tests by body: the first of each.
    bodies: HashMap<&'a str, Declared<'a>>,
    /// New and moved tests by their own name: the first of each.
    leaves: HashMap<&'a str, Declared<'a>>,
    /// Tests that were added or grew and can fail, and which of them call what.
    heirs: Vec<Declared<'a>>,
    callers: HashMap<&'a str, Vec<usize>>,
    /// New or changed tests that make several cases, by file: the first of each.
    tables: HashMap<&'a str, Declared<'a>>,
    /// Definitions that are gone, by the words of their names.
    gone: ByWords<Definition<'a>>,
    /// New tests, by the words of their names.
    new: ByWords<Declared<'a>>,
    /// Folders whose manifest the change deletes.
    gone_packages: Vec<(&'a str, &'a str)>,
}

impl<'c, 'a> Reasons<'c, 'a> {
    pub(super) fn of(cx: &'c Context<'a>) -> Reasons<'c, 'a> {
        let subjects = Subjects::of(cx);
        let change = &cx.evidence.change;
        let (mut lost, mut added): (HashMap<_, Vec<_>>, HashMap<_, Vec<_>>) = Default::default();
        for test in &cx.tests.removed {
            lost.entry(test.path).or_default().push((*test, subjects.removed(*test)));
        }
        for test in &cx.tests.added {
            added.entry(test.path).or_default().push(*test);
        }
        let pairs = || cx.tests.kept.iter().chain(&cx.tests.renamed);
        let grew = |b: &Declared<'_>, h: &Declared<'_>| {
            h.decl.assertions > b.decl.assertions || h.decl.body_tokens >= b.decl.body_tokens + 8
        };
        let grown = pairs().filter(|(b, h)| grew(b, h)).map(|(_, h)| h);
        let heirs: Vec<Declared<'a>> =
            cx.tests.added.iter().chain(grown).filter(|h| can_fail(h)).copied().collect();
        let mut callers: HashMap<_, Vec<_>> = HashMap::new();
        for (i, heir) in heirs.iter().enumerate() {
            calls(*heir).for_each(|call| callers.entry(call).or_default().push(i));
        }
        let changed =
            pairs().filter(|(b, h)| b.decl.body != h.decl.body || !b.decl.generated).map(|(_, h)| h);
        let tables = cx.tests.added.iter().chain(changed).filter(|h| h.decl.generated);
        let moved = cx.tests.renamed.iter().map(|(_, h)| h);
        let mut gone: Vec<Definition<'a>> =
            subjects.all_gone().filter(|d| d.item.kind != ItemKind::Module).collect();
        gone.sort_by_key(|d| (d.path, d.item.line));
        Reasons {
            mentions: Mentions::of(&cx.said),
            files: change.files.iter().map(|f| (f.base_path(), f)).collect(),
            bodies: first_of_each(cx.tests.head.iter().map(|h| (h.decl.body.as_str(), *h))),
            leaves: first_of_each(cx.tests.added.iter().chain(moved).map(|h| (h.leaf(), *h))),
            tables: first_of_each(tables.map(|h| (h.path, *h))),
            gone_packages: change
                .files
                .iter()
                .filter_map(|f| Some((gone_package(f)?, f.path.as_str())))
                .collect(),
            gone: ByWords::of(gone.into_iter().map(|d| (d.item.name.as_str(), d))),
            new: ByWords::of(cx.tests.added.iter().filter(|t| can_fail(t)).map(|t| (t.leaf(), *t))),
            cx,
            subjects,
            lost,
            added,
            heirs,
            callers,
        }
    }

    /// Whether the file that held `test` is gone as a whole.
    pub(super) fn file_is_gone(&self, test: Declared<'_>) -> bool {
        self.files.get(test.path).is_some_and(|f| f.kind == ChangeKind::Deleted)
    }

    /// Judges one test that is gone.
    pub(super) fn judge(&self, test: Declared<'a>) -> Gone<'a> {
        let gone = format!("`{}` is declared at base and not at head", test.decl.name);
        let mut evidence =
            vec![EvidenceItem::new(EvidenceKind::Diff, gone).at(Side::Base, test.path, Some(test.decl.line))];
        // The strongest reason to want it gone.
        let red = self.in_old_on_new(test, CellOutcome::Failed);
        evidence.extend(red.map(|r| {
            let says = format!("base's `{}` fails on head's code", r.id);
            EvidenceItem::new(EvidenceKind::Test, says).at(Side::Base, &r.path, r.line)
        }));
        let excuse = self.excuse(test).filter(|e| e.strong || red.is_none());
        let (level, why) = match excuse {
            Some(excuse) => {
                evidence.push(excuse.shown_by);
                (excuse.level, excuse.why)
            }
            None => {
                let (level, why, shown_by) = self.without_excuse(test, red.is_some());
                evidence.extend(shown_by);
                (level, why)
            }
        };
        Gone { test, level, why, evidence }
    }

    /// The strongest excuse.
    fn excuse(&self, test: Declared<'a>) -> Option<Excuse> {
        self.subject_is_gone(test)
            .or_else(|| self.file_went_with_its_code(test))
            .or_else(|| self.has_twin(test))
            .or_else(|| was_ignored(test))
            .or_else(|| self.is_superseded(test))
            .or_else(|| self.is_mentioned(test))
            .or_else(|| self.is_reverted())
            .or_else(|| self.package_is_gone(test))
            .or_else(|| self.namesake_file_is_gone(test))
            .or_else(|| self.has_namesake(test))
            .or_else(|| self.is_named_alike(test))
            .or_else(|| self.became_a_file(test))
            .or_else(|| self.has_heir(test))
            .or_else(|| self.became_a_case(test))
            .or_else(|| self.method_is_gone(test))
            .or_else(|| self.namesake_code_is_gone(test))
            .or_else(|| self.sibling_lost_its_subject(test))
            .or_else(|| self.file_was_reworked(test))
            .or_else(|| self.folder_was_reworked(test))
            .or_else(|| has_no_subject(test))
    }

    /// Something that it calls is removed by the change.
    fn subject_is_gone(&self, test: Declared<'a>) -> Option<Excuse> {
        let subject = self.removed_subject(test)?;
        Some(Excuse {
            level: Level::Note,
            why: "what it tested is gone too",
            shown_by: EvidenceItem::new(
                EvidenceKind::Diff,
                format!("`{subject}`, which it calls, is gone too"),
            ),
            strong: true,
        })
    }

    fn removed_subject(&self, test: Declared<'a>) -> Option<&'a str> {
        let known = self.lost.get(test.path)?;
        known.iter().find(|(t, _)| *t == test).and_then(|(_, subject)| *subject)
    }

    /// The file that held it is deleted with code of its own, and none of that code is anywhere else.
    fn file_went_with_its_code(&self, test: Declared<'a>) -> Option<Excuse> {
        if !self.file_is_gone(test) || self.changed_code().is_some() {
            return None;
        }
        let source = self.cx.source(Side::Base, test.path)?;
        let own = || source.items.iter().filter(|i| !i.in_test && is_definition(i.kind));
        let first = own().next().filter(|_| own().all(|i| !self.subjects.has_at_head(&i.name)))?;
        let says = format!("`{}`, defined in the same file, is gone too", first.name);
        Some(Excuse {
            level: Level::Note,
            why: "what it tested is gone too",
            shown_by: EvidenceItem::new(EvidenceKind::Diff, says).at(Side::Base, test.path, Some(first.line)),
            strong: true,
        })
    }

    /// A test at head has the same body.
    fn has_twin(&self, test: Declared<'a>) -> Option<Excuse> {
        let twin = self.bodies.get(test.decl.body.as_str()).filter(|_| test.decl.body_tokens >= 8)?;
        let says = format!("`{}` has the same body", twin.decl.name);
        Some(Excuse {
            level: Level::Note,
            why: "a test with the same body is left",
            shown_by: shown_at(twin, says),
            strong: true,
        })
    }

    /// Base's version still passes on head's code, and a new test of the same file stands for it: it has most
    /// of its name, or its place.
    fn is_superseded(&self, test: Declared<'a>) -> Option<Excuse> {
        self.in_old_on_new(test, CellOutcome::Passed)?;
        let new: Vec<Declared<'_>> =
            self.added_to_its_file(test).iter().filter(|h| can_fail(h)).copied().collect();
        let lost: Vec<Declared<'_>> = self.lost_with(test).iter().map(|(t, _)| *t).collect();
        let heir = namesake(&new, &lost, test).or_else(|| self.at_its_place(&new, &lost, test))?;
        let says =
            format!("base's version still passes on head's code, and `{}` stands for it", heir.decl.name);
        Some(Excuse {
            level: Level::Note,
            why: "its base version still passes, and a new test stands for it",
            shown_by: shown_at(&heir, says),
            strong: false,
        })
    }

    /// The new test in the hunk that took `test` away, when as many came there as went.
    fn at_its_place(
        &self,
        new: &[Declared<'a>],
        lost: &[Declared<'a>],
        test: Declared<'a>,
    ) -> Option<Declared<'a>> {
        let file = self.files.get(test.path)?;
        let overlaps = |start: u32, lines: u32, t: &Declared<'_>| {
            lines > 0 && start <= t.decl.end_line && t.decl.line < start + lines
        };
        let hunk = file.hunks.iter().find(|h| overlaps(h.old_start, h.old_lines, &test))?;
        let went: Vec<_> = lost.iter().filter(|t| overlaps(hunk.old_start, hunk.old_lines, t)).collect();
        let came: Vec<_> = new.iter().filter(|t| overlaps(hunk.new_start, hunk.new_lines, t)).collect();
        let at = went.iter().position(|t| **t == test).filter(|_| went.len() == came.len())?;
        came.get(at).copied().copied()
    }

    /// A sentence says that tests went, or that something went which this test is about.
    fn is_mentioned(&self, test: Declared<'a>) -> Option<Excuse> {
        let (sentence, why) = self.mentions.of_its_removal(test)?;
        let says = format!("said at {}: \"{}\"", sentence.place, shorten(sentence.text, 120));
        Some(Excuse {
            level: Level::Warn,
            why,
            shown_by: EvidenceItem::new(EvidenceKind::Session, says),
            strong: true,
        })
    }

    /// The change takes an earlier commit back, and with it what it tested.
    fn is_reverted(&self) -> Option<Excuse> {
        let sentence = self.mentions.revert?;
        let says = format!("said at {}: \"{}\"", sentence.place, shorten(sentence.text, 120));
        Some(Excuse {
            level: Level::Warn,
            why: "the change takes an earlier one back",
            shown_by: EvidenceItem::new(EvidenceKind::Session, says),
            strong: true,
        })
    }

    /// A new test has most of the words of its name.
    fn is_named_alike(&self, test: Declared<'a>) -> Option<Excuse> {
        let alike =
            self.new.find(test.leaf(), |shared, own, other| shared >= 3 && shared * 4 >= (own + other))?;
        Some(Excuse {
            level: Level::Warn,
            why: "a new test has most of its name",
            shown_by: shown_at(alike, format!("`{}` is new there", alike.decl.name)),
            strong: false,
        })
    }

    /// A new file has its name: cases that are to fail, snapshots and scripts are files of their own.
    fn became_a_file(&self, test: Declared<'a>) -> Option<Excuse> {
        let plain = |name: &str| name.replace('-', "_").to_lowercase();
        let own = plain(test.leaf());
        let short = plain(test.leaf().strip_prefix("test_").unwrap_or(test.leaf()));
        let is_it = |f: &&FileChange| {
            let stem = plain(file_stem(&f.path));
            f.kind == ChangeKind::Added && short.contains('_') && (stem == own || stem == short)
        };
        let file = self.cx.evidence.change.files.iter().find(is_it)?;
        let says = format!("`{}` is new and has its name", file.path);
        Some(Excuse {
            level: Level::Warn,
            why: "a new file has its name",
            shown_by: EvidenceItem::new(EvidenceKind::Diff, says).at(Side::Head, &file.path, None),
            strong: false,
        })
    }

    /// Code is gone that has words of its name, though it does not call it.
    fn namesake_code_is_gone(&self, test: Declared<'a>) -> Option<Excuse> {
        let gone = self.gone.find(&test.decl.name, |shared, _, other| shared * 2 >= other)?;
        let says = format!("`{}`, which has words of its name, is gone", gone.item.qualified);
        Some(Excuse {
            level: Level::Warn,
            why: "code that has words of its name is gone",
            shown_by: EvidenceItem::new(EvidenceKind::Diff, says).at(
                Side::Base,
                gone.path,
                Some(gone.item.line),
            ),
            strong: false,
        })
    }

    /// The change deletes the package that held it.
    fn package_is_gone(&self, test: Declared<'a>) -> Option<Excuse> {
        let below = |folder: &str| test.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let (_, manifest) = self.gone_packages.iter().find(|(f, _)| below(f) && self.file_is_gone(test))?;
        let says = format!("`{manifest}` is deleted: the package that held it is gone");
        Some(Excuse {
            level: Level::Warn,
            why: "its package is gone",
            shown_by: EvidenceItem::new(EvidenceKind::Diff, says).at(Side::Base, *manifest, None),
            strong: true,
        })
    }

    /// The source file that its own file is named for is deleted with it: `x.test.ts` and `x.ts`.
    fn namesake_file_is_gone(&self, test: Declared<'a>) -> Option<Excuse> {
        let own = subject_of_file(test.path).filter(|_| self.file_is_gone(test))?;
        let is_it = |path: &str| {
            let stem = file_stem(path);
            stem == own && package(path) == package(test.path) && subject_of_file(path) != Some(own)
        };
        let files = || self.cx.evidence.change.files.iter().filter(|f| f.language.is_some());
        let source = files().find(|f| f.kind == ChangeKind::Deleted && is_it(&f.path))?;
        let stays = files().any(|f| f.kind != ChangeKind::Deleted && file_stem(&f.path) == own);
        let says = format!("`{}`, for which its file is named, is deleted too", source.path);
        (!stays).then(|| Excuse {
            level: Level::Warn,
            why: "the file that it tested is gone too",
            shown_by: EvidenceItem::new(EvidenceKind::Diff, says).at(Side::Base, &source.path, None),
            strong: true,
        })
    }

    /// A test was added or grew that calls what this one called: tests are merged into tables.
    fn has_heir(&self, test: Declared<'a>) -> Option<Excuse> {
        let wanted: HashSet<&str> = calls(test).collect();
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for heir in wanted.iter().filter_map(|call| self.callers.get(call)).flatten() {
            *shared.entry(*heir).or_default() += 1;
        }
        let covering = shared.into_iter().filter(|(_, n)| n * 2 >= wanted.len());
        let heir = &self.heirs[covering.map(|(heir, _)| heir).min()?];
        let says = format!("`{}` was added or extended and calls the same code", heir.decl.name);
        Some(Excuse {
            level: Level::Warn,
            why: "another test may have taken it over",
            shown_by: shown_at(heir, says),
            strong: false,
        })
    }

    /// A new test of the same name stands elsewhere, where another test moved to: twins were merged.
    fn has_namesake(&self, test: Declared<'a>) -> Option<Excuse> {
        let namesake = self.leaves.get(test.leaf())?;
        Some(Excuse {
            level: Level::Warn,
            why: "a new test has its name",
            shown_by: shown_at(namesake, format!("`{}` is new there", namesake.decl.name)),
            strong: false,
        })
    }

    /// A test of its file makes several cases now, whose names syntax does not know.
    fn became_a_case(&self, test: Declared<'a>) -> Option<Excuse> {
        let table = self.tables.get(self.file_at_head(test)?)?;
        Some(Excuse {
            level: Level::Warn,
            why: "it may be a case of a table now",
            shown_by: shown_at(table, format!("`{}` makes several cases", table.decl.name)),
            strong: false,
        })
    }

    fn file_at_head(&self, test: Declared<'_>) -> Option<&'a str> {
        self.files.get(test.path).map(|f| f.path.as_str())
    }

    /// A method that it may call is gone from one type, and another type still has one of that name.
    fn method_is_gone(&self, test: Declared<'a>) -> Option<Excuse> {
        let method = self.subjects.lost_method(test)?;
        let says = format!("`{}` is gone", method.item.qualified);
        Some(Excuse {
            level: Level::Warn,
            why: "a method of a name that it calls is gone too",
            shown_by: EvidenceItem::new(EvidenceKind::Diff, says).at(
                Side::Base,
                method.path,
                Some(method.item.line),
            ),
            strong: false,
        })
    }

    /// Of the tests that the file lost, a good part went together with what it tested: a feature went.
    fn sibling_lost_its_subject(&self, test: Declared<'a>) -> Option<Excuse> {
        let lost = self.lost_with(test);
        let mut with_subject = lost.iter().filter_map(|(t, subject)| Some((t, (*subject)?)));
        let enough = with_subject.clone().count() * 3 >= lost.len();
        let (sibling, subject) = with_subject.next().filter(|_| enough)?;
        let says = format!("`{}`, beside it, went with `{subject}`", sibling.decl.name);
        Some(Excuse {
            level: Level::Warn,
            why: "tests beside it went with what they tested",
            shown_by: EvidenceItem::new(EvidenceKind::Diff, says).at(
                Side::Base,
                test.path,
                Some(sibling.decl.line),
            ),
            strong: false,
        })
    }

    /// The file has at least as many new tests as lost ones: its tests were written anew.
    fn file_was_reworked(&self, test: Declared<'a>) -> Option<Excuse> {
        let lost = self.lost_with(test).len();
        let added = || self.added_to_its_file(test).iter().filter(|t| t.decl.ignored.is_none());
        let first = added().next().filter(|_| added().count() >= lost)?;
        let says = format!("{} were added to the file, and {lost} went", added().count());
        Some(Excuse {
            level: Level::Warn,
            why: "the file has other new tests",
            shown_by: EvidenceItem::new(EvidenceKind::Diff, says).at(
                Side::Head,
                first.path,
                Some(first.decl.line),
            ),
            strong: false,
        })
    }

    /// Nothing but tests changed, its file is gone, and files beside it got at least as many new tests as all lost.
    fn folder_was_reworked(&self, test: Declared<'a>) -> Option<Excuse> {
        if !self.file_is_gone(test) {
            return None;
        }
        let folder = |path: &'a str| path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let here = folder(test.path);
        let lost: usize =
            self.lost.iter().filter(|(path, _)| folder(path) == here).map(|(_, l)| l.len()).sum();
        let beside = || {
            let files = self.added.iter().filter(|(path, _)| folder(path) == here);
            files.flat_map(|(_, added)| added).filter(|t| t.decl.ignored.is_none())
        };
        let first = beside().min_by_key(|t| (t.path, t.decl.line)).filter(|_| beside().count() >= lost)?;
        let says = format!("{} were added to files beside it, and {lost} went from there", beside().count());
        Some(Excuse {
            level: Level::Warn,
            why: "its file is gone, and files beside it have new tests",
            shown_by: EvidenceItem::new(EvidenceKind::Diff, says).at(
                Side::Head,
                first.path,
                Some(first.decl.line),
            ),
            strong: false,
        })
    }

    /// The tests that its file lost, itself among them.
    fn lost_with(&self, test: Declared<'_>) -> &[(Declared<'a>, Option<&'a str>)] {
        self.lost.get(test.path).map_or(&[], Vec::as_slice)
    }

    fn added_to_its_file(&self, test: Declared<'_>) -> &[Declared<'a>] {
        self.file_at_head(test).and_then(|p| self.added.get(p)).map_or(&[], Vec::as_slice)
    }

    /// Nothing excuses it. It is an accusation where something shows that what it tested stands as it was,
    /// or that it would object; where the code changed with it, only a run can tell.
    fn without_excuse(
        &self,
        test: Declared<'a>,
        is_red: bool,
    ) -> (Level, &'static str, Option<EvidenceItem>) {
        const NOTHING: &str = "nothing replaces it";
        let site = |living: &Definition<'a>, how: &str| {
            let says = format!("`{}`, which it calls, {how}", living.item.qualified);
            EvidenceItem::new(EvidenceKind::Site, says).at(Side::Head, living.path, Some(living.item.line))
        };
        let living = self.subjects.living(test);
        if let Some(living) = living.filter(|l| is_red || self.subjects.stands_as_it_was(l)) {
            return (Level::Deny, NOTHING, Some(site(&living, "is still there")));
        }
        if let Some(green) = self.in_old_on_new(test, CellOutcome::Passed) {
            let says = format!("base's `{}` still passes on head's code", green.id);
            let shown = EvidenceItem::new(EvidenceKind::Test, says).at(Side::Base, &green.path, green.line);
            return (Level::Deny, NOTHING, Some(shown));
        }
        if is_red {
            return (Level::Deny, NOTHING, None);
        }
        match (living, self.changed_code()) {
            (Some(living), _) => (
                Level::Warn,
                "what it calls changed too, and only a run can tell whether it would object",
                Some(site(&living, "changed in the same change")),
            ),
            (None, Some((file, item))) => {
                let says = format!("`{}` changed in the same change", item.qualified);
                (
                    Level::Warn,
                    "other code changed too, and only a run can tell whether it would object",
                    Some(EvidenceItem::new(EvidenceKind::Diff, says).at(
                        file.side,
                        &file.path,
                        Some(item.line),
                    )),
                )
            }
            (None, None) => {
                let says = "the change touches no code but tests".to_owned();
                (Level::Deny, NOTHING, Some(EvidenceItem::new(EvidenceKind::Diff, says)))
            }
        }
    }

    /// Something that the change touches and that is no test.
    fn changed_code(&self) -> Option<(&'a SourceFacts, &'a Item)> {
        let mut items = self.cx.items(Side::Head).chain(self.cx.items(Side::Base));
        items.find(|(file, item)| !item.in_test && !self.is_untouched(file, item))
    }

    /// Whether an item of a changed file is the same on both sides.
    fn is_untouched(&self, file: &SourceFacts, item: &Item) -> bool {
        let (other, path) = match file.side {
            Side::Base => (Side::Head, self.files.get(file.path.as_str()).map(|f| f.path.as_str())),
            Side::Head => (Side::Base, self.cx.change_of(&file.path).map(FileChange::base_path)),
        };
        let twin = path.and_then(|p| self.cx.source(other, p));
        twin.is_some_and(|f| f.items.iter().any(|i| i.qualified == item.qualified && i.body == item.body))
    }

    /// Base's version of the test on head's code, when it came out so there.
    fn in_old_on_new(&self, test: Declared<'_>, outcome: CellOutcome) -> Option<&'a CellResult> {
        let cell = self.cx.lab()?.old_tests_on_new_code.as_ref()?;
        let is_it = |r: &&CellResult| r.path == test.path && leaf(&r.id.name) == test.leaf();
        cell.results.iter().filter(|r| r.outcome == outcome).find(is_it)
    }
}

/// Things with names, found by the telling words of other names.
struct ByWords<T> {
    /// Each with the number of its telling words.
    all: Vec<(T, usize)>,
    by_word: HashMap<String, Vec<usize>>,
}

impl<T> ByWords<T> {
    fn of<'n>(named: impl Iterator<Item = (&'n str, T)>) -> ByWords<T> {
        let mut found = ByWords { all: Vec::new(), by_word: HashMap::new() };
        for (name, thing) in named {
            let words: HashSet<String> = telling_stems([name]).into_iter().collect();
            let at = found.all.len();
            found.all.push((thing, words.len()));
            words.into_iter().for_each(|w| found.by_word.entry(w).or_default().push(at));
        }
        found
    }

    /// The first thing that fits by the number of words that its name shares with `name`, that `name` has,
    /// and that its own name has.
    fn find(&self, name: &str, fits: impl Fn(usize, usize, usize) -> bool) -> Option<&T> {
        let words: HashSet<String> = telling_stems([name]).into_iter().collect();
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for at in words.iter().filter_map(|w| self.by_word.get(w)).flatten() {
            *shared.entry(*at).or_default() += 1;
        }
        let (at, _) = shared.into_iter().find(|(at, n)| fits(*n, words.len(), self.all[*at].1))?;
        Some(&self.all[at].0)
    }
}

/// It did not run at base either.
fn was_ignored(test: Declared<'_>) -> Option<Excuse> {
    let mark = test.decl.ignored.as_deref()?;
    let says = format!("it carries `{}` at base", shorten(mark, 80));
    Some(Excuse {
        level: Level::Note,
        why: "it was ignored at base",
        shown_by: EvidenceItem::new(EvidenceKind::Diff, says).at(Side::Base, test.path, Some(test.decl.line)),
        strong: true,
    })
}

fn first_of_each<'a>(all: impl Iterator<Item = (&'a str, Declared<'a>)>) -> HashMap<&'a str, Declared<'a>> {
    let mut first = HashMap::new();
    for (key, test) in all {
        first.entry(key).or_insert(test);
    }
    first
}

fn can_fail(test: &Declared<'_>) -> bool {
    test.decl.ignored.is_none() && test.decl.assertions > 0
}

fn shown_at(test: &Declared<'_>, says: String) -> EvidenceItem {
    EvidenceItem::new(EvidenceKind::Site, says).at(Side::Head, test.path, Some(test.decl.line))
}

fn is_definition(kind: ItemKind) -> bool {
    matches!(kind, ItemKind::Function | ItemKind::Type | ItemKind::Trait | ItemKind::Macro)
}

/// The folder of a package whose manifest is deleted.
fn gone_package(file: &FileChange) -> Option<&str> {
    const MANIFESTS: [&str; 7] = [
        "Cargo.toml",
        "package.json",
        "pyproject.toml",
        "go.mod",
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
    ];
    let (folder, name) = file.path.rsplit_once('/')?;
    (file.kind == ChangeKind::Deleted && MANIFESTS.contains(&name)).then_some(folder)
}

/// The name of a file without its last ending.
fn file_stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The name of the source file that a file of tests is named for, where names tell: `x.test.ts`,
/// `test_x.py`, `x_test.go`, `XTest.java`.
fn subject_of_file(path: &str) -> Option<&str> {
    let stem = file_stem(path);
    let ends = [".test", ".spec", "_test", "_tests", "_spec", "Test", "Tests", "Spec"];
    let subject =
        ends.iter().find_map(|end| stem.strip_suffix(end)).or_else(|| stem.strip_prefix("test_"))?;
    (!subject.is_empty()).then_some(subject)
}

/// The new test that shares the beginning of the name with `test`, and with no other lost test more of it.
fn namesake<'a>(new: &[Declared<'a>], lost: &[Declared<'a>], test: Declared<'a>) -> Option<Declared<'a>> {
    let close = |h: &&Declared<'_>| {
        let shared = shared_start(test.leaf(), h.leaf());
        shared >= 10 && shared * 3 >= test.leaf().len().max(h.leaf().len()) * 2
    };
    let best = new.iter().filter(close).max_by_key(|h| shared_start(test.leaf(), h.leaf()))?;
    // Each new test stands for one: the closest, the first of equals.
    let first = lost.iter().rev().max_by_key(|t| shared_start(t.leaf(), best.leaf()))?;
    (*first == test).then_some(*best)
}

/// Length of the common beginning of two names, in bytes.
fn shared_start(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

/// It calls nothing that could be what it tests (it compares values, or only builds them).
fn has_no_subject(test: Declared<'_>) -> Option<Excuse> {
    let says = "it calls nothing by which its subject could be told".to_owned();
    calls(test).next().is_none().then(|| Excuse {
        level: Level::Warn,
        why: "what it tested cannot be told",
        shown_by: EvidenceItem::new(EvidenceKind::Diff, says).at(Side::Base, test.path, Some(test.decl.line)),
        strong: false,
    })
}
