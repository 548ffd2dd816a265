//! Whether a session that was found is of the change under judgement. What an agent said of other work,
//! held against this change, would accuse it of what it never claimed.
//!
//! The rule. A change was made between the commit that it started from and its head ([`Span`]). A session
//! is of it
//!
//! - when it edited a changed file in that time; or before, as long as no commit of base holds that edit
//!   (an edit of another day that nobody has committed);
//! - else, when its agent ran commands in that time, which may have edited anything, and edited no
//!   other file of the repository; or spoke in that time, in a session that shows no work at all;
//! - or when what it ran in that time printed the id of a commit of the range.
//!
//! Dates of commits stand for when they were made, authors' dates after a rebase. An edit in the second
//! of base's commit counts as after it. There is no allowance for clocks that differ: a session that was
//! over minutes before base was committed is usually what base holds. Who knows better names the session.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use guard_model::words::{EditOutcome, Event, EventKind, Speaker, Words};
use guard_model::{Change, FileChange};

use crate::repo::Span;

/// The change that a session may be of.
pub struct Work<'a> {
    /// Tops of the repository's work trees.
    pub tops: &'a [PathBuf],
    /// The change.
    pub change: &'a Change,
    /// When it was made.
    pub span: Span,
    /// Whether base's history changed a path at a time or later.
    pub changed_since: &'a dyn Fn(&str, i64) -> bool,
}

impl Work<'_> {
    /// Why a session that was started in `cwd` and last written at `modified` is of other work.
    pub fn refuses(&self, words: &Words, cwd: Option<&Path>, modified: SystemTime) -> Option<String> {
        let times = words.events.iter().map(|e| &e.time).chain(words.statements.iter().map(|s| &s.time));
        let times = times.filter_map(|time| seconds(time.as_deref()?));
        let span = times.fold(None, |span: Option<(i64, i64)>, time| {
            Some(span.map_or((time, time), |(first, last)| (first.min(time), last.max(time))))
        });
        let written = modified.duration_since(UNIX_EPOCH).ok().and_then(|d| i64::try_from(d.as_secs()).ok());
        let last = span.map(|(_, last)| last).or(written);

        let (mut edits_here, mut ran, mut works) = (false, false, false);
        let mut older: BTreeMap<&str, i64> = BTreeMap::new();
        for event in &words.events {
            let time = event.time.as_deref().and_then(seconds).or(last);
            let inside = self.is_inside(time);
            match &event.kind {
                EventKind::Edit(edit) => {
                    works = true;
                    if matches!(edit.outcome, EditOutcome::Failed | EditOutcome::Rejected) {
                        continue;
                    }
                    for path in edit.paths.iter().filter_map(|path| self.inside(path, cwd)) {
                        edits_here |= inside;
                        match (self.changed(&path), time, self.span.began) {
                            (None, ..) => {}
                            (Some(_), ..) if inside => return None,
                            (Some(file), Some(time), Some(began)) if time < began => {
                                let latest = older.entry(file.base_path()).or_default();
                                *latest = time.max(*latest);
                            }
                            (Some(_), ..) => {}
                        }
                    }
                }
                EventKind::Command(_) => {
                    works = true;
                    ran |= inside;
                    if inside && self.names_commit(event) {
                        return None;
                    }
                }
                _ => {}
            }
        }
        // What base's history did not touch since is still uncommitted there.
        if older.iter().any(|(path, time)| !(self.changed_since)(path, *time)) {
            return None;
        }
        let spoke = words.statements.iter().any(|s| {
            s.speaker != Speaker::User && self.is_inside(s.time.as_deref().and_then(seconds).or(last))
        });
        if !edits_here && (ran || !works && spoke) {
            return None;
        }
        Some(self.reason(span.map(|(first, _)| first), last))
    }

    fn reason(&self, first: Option<i64>, last: Option<i64>) -> String {
        let Span { began, ended } = self.span;
        let when = match (first, last, began, ended) {
            (_, Some(last), Some(began), _) if last < began => {
                format!(" and ended {}, before base was committed ({})", shown(last), shown(began))
            }
            (Some(first), _, _, Some(ended)) if first > ended => {
                format!(" and began {}, after head was committed ({})", shown(first), shown(ended))
            }
            _ => String::new(),
        };
        format!("edited none of the changed files{when}")
    }

    /// Whether the change was being made at `time`; what has no time is given the benefit.
    fn is_inside(&self, time: Option<i64>) -> bool {
        let Some(time) = time else { return true };
        self.span.began.is_none_or(|began| time >= began) && self.span.ended.is_none_or(|ended| time <= ended)
    }

    fn changed(&self, path: &str) -> Option<&FileChange> {
        // `.worktrees/fix/src/lib.rs` is `src/lib.rs` of a linked work tree, which may be gone by now.
        let linked = path.split_once("worktrees/").and_then(|(_, rest)| rest.split_once('/'));
        self.change.file(path).or_else(|| self.change.file(linked?.1))
    }

    /// A path of the session as one of the repository.
    fn inside(&self, path: &str, cwd: Option<&Path>) -> Option<String> {
        let top = self.tops.first()?;
        let mut full = PathBuf::new();
        for part in cwd.unwrap_or(top).join(path).components() {
            match part {
                Component::ParentDir => drop(full.pop()),
                part => full.push(part),
            }
        }
        let inside = self.tops.iter().find_map(|top| full.strip_prefix(top).ok())?;
        let parts: Option<Vec<&str>> = inside.components().map(|part| part.as_os_str().to_str()).collect();
        Some(parts?.join("/"))
    }

    fn names_commit(&self, event: &Event) -> bool {
        const SHORT: usize = 7;
        let EventKind::Command(command) = &event.kind else { return false };
        let mut words = command.output.split(|c: char| !c.is_ascii_hexdigit());
        words.any(|word| {
            word.len() >= SHORT && self.change.commits.iter().any(|commit| commit.id.starts_with(word))
        })
    }
}

fn seconds(time: &str) -> Option<i64> {
    Some(time.parse::<jiff::Timestamp>().ok()?.as_second())
}

fn shown(time: i64) -> String {
    jiff::Timestamp::from_second(time)
        .map_or_else(|_| time.to_string(), |t| t.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use guard_model::words::{Command, CommandOutcome, ExitTrust, FileEdit, Statement, StatementKind};
    use guard_model::{ChangeKind, Commit, FileKind, Snapshot, SnapshotKind};

    use super::*;

    fn change() -> Change {
        let snapshot = |kind| Snapshot { kind, commit: None, tree: String::new(), name: String::new() };
        let file = |path: &str| FileChange {
            kind: ChangeKind::Modified,
            path: path.to_owned(),
            old_path: None,
            old_mode: None,
            new_mode: None,
            old_oid: None,
            new_oid: None,
            content: FileKind::Text,
            language: None,
            added: 1,
            removed: 0,
            hunks: Vec::new(),
        };
        Change {
            base: snapshot(SnapshotKind::Commit),
            head: snapshot(SnapshotKind::Worktree),
            base_reason: String::new(),
            merge_base: None,
            files: vec![file("src/lib.rs"), file("tests/it.rs")],
            commits: vec![Commit {
                id: "abcdef0123456789".to_owned(),
                parents: Vec::new(),
                author: String::new(),
                message: String::new(),
            }],
        }
    }

    /// `edit PATH`, `failed PATH`, `run OUTPUT` or `say TEXT`, at an hour of the day.
    fn words(all: &[(u32, &str)]) -> Words {
        let mut words = Words::default();
        for (hour, what) in all {
            let time = Some(format!("2026-03-01T{hour:02}:00:00Z"));
            let (kind, rest) = what.split_once(' ').unwrap();
            let edit = |outcome| {
                let paths = vec![rest.to_owned()];
                EventKind::Edit(FileEdit { tool: "Edit".to_owned(), paths, outcome, error: None })
            };
            let kind = match kind {
                "edit" => edit(EditOutcome::Applied),
                "failed" => edit(EditOutcome::Failed),
                "run" => EventKind::Command(Command {
                    line: "x".to_owned(),
                    cwd: None,
                    outcome: CommandOutcome::Succeeded,
                    exit_code: None,
                    exit_trust: ExitTrust::Unknown,
                    masked_by: None,
                    purposes: Vec::new(),
                    reading: None,
                    output: rest.to_owned(),
                }),
                _ => {
                    words.statements.push(Statement {
                        kind: StatementKind::Message,
                        speaker: Speaker::Agent,
                        text: rest.to_owned(),
                        place: String::new(),
                        order: 0,
                        time,
                    });
                    continue;
                }
            };
            let place = String::new();
            words.events.push(Event { kind, place, order: 0, time, subagent: false, live: true });
        }
        words
    }

    /// What it is, what was done at which hour, the hour of head's commit, whether the session is taken.
    type Row = (&'static str, &'static [(u32, &'static str)], Option<u32>, bool);

    #[test]
    fn a_session_is_of_the_change_that_it_made() {
        // Base was committed at 10; `src/lib.rs` was touched by base's history at 8 last, the test at 10.
        let touched = |path: &str, time: i64| time <= hour(if path == "src/lib.rs" { 8 } else { 10 });
        let tops = [PathBuf::from("/w/app")];
        let table: &[Row] = &[
            ("its edit is in the change", &[(11, "edit /w/app/src/lib.rs"), (11, "say done")], None, true),
            ("from a folder below", &[(11, "edit ../src/lib.rs")], None, true),
            ("in a linked work tree", &[(11, "edit /w/app/.worktrees/fix/src/lib.rs")], None, true),
            ("committed before", &[(9, "edit /w/app/tests/it.rs"), (9, "run ok")], None, false),
            (
                "committed, and thanked for later",
                &[(9, "edit /w/app/tests/it.rs"), (11, "say bye")],
                None,
                false,
            ),
            ("of another day, still uncommitted", &[(9, "edit /w/app/src/lib.rs")], None, true),
            ("of another day, committed since", &[(7, "edit /w/app/src/lib.rs")], None, false),
            ("goes on over several commits", &[(9, "edit /w/app/tests/it.rs"), (11, "run sed")], None, true),
            ("edited by commands alone", &[(11, "run sed -i"), (11, "say done")], None, true),
            ("other files at the same time", &[(11, "edit /w/app/README.md"), (11, "run ok")], None, false),
            (
                "and committed the change by itself",
                &[(11, "edit /w/app/README.md"), (11, "run [main abcdef01] say it")],
                None,
                true,
            ),
            ("an edit that failed", &[(9, "failed /w/app/src/lib.rs"), (9, "say done")], None, false),
            ("only talked", &[(11, "say all tests pass")], None, true),
            ("only talked, before", &[(9, "say all tests pass")], None, false),
            ("edits elsewhere are no work here", &[(11, "edit /w/plans/a.md"), (11, "run ok")], None, true),
            ("began after head", &[(15, "edit /w/app/src/lib.rs"), (15, "run ok")], Some(14), false),
            ("goes on after head", &[(13, "edit /w/app/src/lib.rs"), (15, "run ok")], Some(14), true),
        ];
        for (what, all, ended, expected) in table {
            let change = change();
            let span = Span { began: Some(hour(10)), ended: ended.map(hour) };
            let work = Work { tops: &tops, change: &change, span, changed_since: &touched };
            let cwd = Path::new("/w/app/crates");
            let refused = work.refuses(&words(all), Some(cwd), UNIX_EPOCH);
            assert_eq!(refused.is_none(), *expected, "{what}: {refused:?}");
        }
    }

    #[test]
    fn a_refusal_says_when_the_session_was() {
        let (change, tops) = (change(), [PathBuf::from("/w/app")]);
        let span = Span { began: Some(hour(10)), ended: Some(hour(12)) };
        let work = Work { tops: &tops, change: &change, span, changed_since: &|_, _| true };
        let told = |at| work.refuses(&words(&[(at, "edit /w/app/a.rs")]), None, UNIX_EPOCH).unwrap();
        assert_eq!(
            told(9),
            "edited none of the changed files and ended 2026-03-01 09:00 UTC, before base was committed (2026-03-01 10:00 UTC)"
        );
        assert_eq!(told(11), "edited none of the changed files");
        assert_eq!(
            told(13),
            "edited none of the changed files and began 2026-03-01 13:00 UTC, after head was committed (2026-03-01 12:00 UTC)"
        );
    }

    fn hour(hour: u32) -> i64 {
        seconds(&format!("2026-03-01T{hour:02}:00:00Z")).unwrap()
    }
}
