//! `laundered-placeholder`: the comment's words changed, the stub that it stands beside did not.

use guard_model::source::Comment;
use guard_model::{EvidenceItem, EvidenceKind, FileChange, Level, Mode, Side, SourceFacts, is_aside_path};

use crate::check::{Check, Draft, Group, Need};
use crate::context::Context;
use crate::placeholders::{Debt, debt, debt_of, function_at};
use crate::said::Sentence;
use crate::text::{shorten, words};

pub(super) const CHECK: Check = Check {
    name: "laundered-placeholder",
    group: Group::Code,
    summary: "a comment no longer says that code is missing, and the code is still missing",
    default_level: Level::Warn,
    needs: &[Need::Syntax],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for file in cx.evidence.change.files.iter().filter(|f| !is_aside_path(&f.path)) {
        let (Some(base), Some(head)) =
            (cx.source(Side::Base, file.base_path()), cx.source(Side::Head, &file.path))
        else {
            continue;
        };
        for old in base.comments.iter().filter(|c| !c.in_test && !c.doc) {
            let owes = debt_of(old, base).filter(|d| *d >= Debt::Undone);
            let heirs = owes.and_then(|_| heir(file, old, head));
            if let Some(new) = heirs.filter(|new| debt(&new.text).is_none() && is_reworded(old, new)) {
                drafts.extend(judge(cx, file, base, head, old, new));
            }
        }
    }
    drafts
}

/// The comment that stands at head in the place of `old`, beside the same statement.
fn heir<'h>(file: &FileChange, old: &Comment, head: &'h SourceFacts) -> Option<&'h Comment> {
    let was = old.beside.as_ref()?;
    let hunk = file.hunks.iter().find(|h| covers(h.old_start, h.old_lines, old))?;
    let near = head.comments.iter().filter(|c| covers(hunk.new_start, hunk.new_lines, c));
    near.into_iter()
        .find(|c| c.beside.as_ref().is_some_and(|b| b.text == was.text && b.constant == was.constant))
}

fn covers(start: u32, lines: u32, comment: &Comment) -> bool {
    comment.line < start + lines && comment.end_line >= start
}

/// Whether the two differ in what they say, not only in layout.
fn is_reworded(old: &Comment, new: &Comment) -> bool {
    words(&old.text) != words(&new.text)
}

fn judge(
    cx: &Context<'_>,
    file: &FileChange,
    base: &SourceFacts,
    head: &SourceFacts,
    old: &Comment,
    new: &Comment,
) -> Option<Draft> {
    let beside = new.beside.as_ref()?;
    let (before, after) = (function_at(base, old.line), function_at(head, new.line));
    // The rest of the function may have become what the comment asked for.
    let unchanged = before.zip(after).is_none_or(|(b, a)| b.body == a.body);
    let stub = beside.constant.is_some() || after.is_some_and(|f| f.stub.is_some());
    if !unchanged || !stub {
        return None;
    }
    let claim = cx.said.find(says_gone);
    let level = if claim.is_some() { Level::Warn } else { Level::Note };
    let within = after.map_or(String::new(), |f| format!(" in `{}`", f.qualified));
    let message = format!("only the comment{within} changed: `{}` is what it was", shorten(&beside.text, 60));
    let was = EvidenceItem::new(EvidenceKind::Site, format!("base said \"{}\"", shorten(&old.text, 100))).at(
        Side::Base,
        &base.path,
        Some(old.line),
    );
    let now = EvidenceItem::new(EvidenceKind::Site, format!("head says \"{}\"", shorten(&new.text, 100))).at(
        Side::Head,
        &head.path,
        Some(new.line),
    );
    let said = claim.map(|s| {
        EvidenceItem::new(EvidenceKind::Session, format!("said at {}: \"{}\"", s.place, shorten(s.text, 120)))
    });
    Some(
        Draft::new(level, message, was)
            .because(now)
            .because_all(said)
            .at(Side::Head, file.path.clone(), (new.line, new.end_line))
            .identity(format!("{} {}", after.map_or("", |f| &f.qualified), shorten(&beside.text, 60)))
            .help("write the code, or leave the comment that says it is missing"),
    )
}

/// "Removed all TODOs", "no placeholders left", "fully implemented".
fn says_gone(sentence: &Sentence<'_>) -> bool {
    const DEBTS: &[&str] = &["todo", "todos", "fixme", "placeholder", "stub", "stubs", "satd", "debt"];
    const GONE: &[&str] = &[
        "remove",
        "eliminate",
        "resolve",
        "complete",
        "address",
        "replace",
        "zero",
        "no",
        "clear",
        "finish",
        "implement",
    ];
    sentence.has_near(GONE, DEBTS)
        || sentence.has_near(&["fully", "completely"], &["implement", "functional"])
}
