//! `placeholder-comment`: a comment admits that the code beside it only stands for code.

use guard_model::source::{Beside, Comment};
use guard_model::{EvidenceItem, EvidenceKind, Item, Level, Mode, Side, SourceFacts, is_aside_path};

use crate::check::{Check, Draft, Fact, Group, Need};
use crate::context::Context;
use crate::placeholders::{Debt, UNDONE, debt, debt_of, function_at, stands_beside_constant};
use crate::text::{count, shorten, stem, words};

pub(super) const CHECK: Check = Check {
    name: "placeholder-comment",
    group: Group::Code,
    summary: "a comment admits that the code beside it only stands for code",
    default_level: Level::Note,
    needs: &[Need::Syntax],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &["stubbed-body"],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let heads = cx.evidence.sources.iter().filter(|s| s.side == Side::Head && !is_aside_path(&s.path));
    heads
        .flat_map(|file| file.comments.iter().enumerate().map(move |(at, c)| (file, at, c)))
        .filter(|(file, at, c)| !stands_with_another(&file.comments[..*at], c))
        .map(|(file, _, comment)| (file, comment))
        .filter(|(_, comment)| !comment.in_test && !comment.doc && !was_at_base(cx, comment))
        .filter_map(|(file, comment)| elision(cx, file, comment).or_else(|| placeholder(cx, file, comment)))
        .collect()
}

/// Whether a comment above speaks of the same statement: one statement, one finding.
fn stands_with_another(above: &[Comment], comment: &Comment) -> bool {
    let line = |c: &Comment| c.beside.as_ref().map(|b| b.line);
    above
        .iter()
        .rev()
        .take(2)
        .any(|c| line(c).is_some() && line(c) == line(comment) && debt(&c.text).is_some())
}

/// "... rest of the function unchanged", where the rest of the function is gone.
fn elision(cx: &Context<'_>, file: &SourceFacts, comment: &Comment) -> Option<Draft> {
    let lost = comment.elided.filter(|lost| *lost > 0)?;
    let base = cx.change_of(&file.path).map_or(file.path.as_str(), |f| f.base_path());
    let hunk = cx.change_of(&file.path)?.hunks.iter().find(|h| {
        h.new_lines > 0 && h.new_start <= comment.end_line && h.new_start + h.new_lines > comment.line
    })?;
    let lines = count(lost as usize, "line");
    let removed = EvidenceItem::new(
        EvidenceKind::Diff,
        format!("{lines} of code went where the comment came"),
    )
    .at(Side::Base, base, Some(hunk.old_start));
    let message =
        format!("code was replaced by a comment that says it is there: `{}`", shorten(&comment.text, 60));
    Some(
        Draft::new(Level::Deny, message, removed)
            .at(Side::Head, file.path.clone(), (comment.line, comment.end_line))
            .identity(format!("elided {}", shorten(&comment.text, 60)))
            .help("put the code back; the comment stands for what an answer left out"),
    )
}

fn placeholder(cx: &Context<'_>, file: &SourceFacts, comment: &Comment) -> Option<Draft> {
    let debt = debt_of(comment, file)?;
    if had_debt_at_base(cx, file, comment) {
        return None;
    }
    let function = function_at(file, comment.line);
    let constant = comment.beside.as_ref().filter(|_| stands_beside_constant(comment, debt));
    let told = constant.is_some() && is_told(cx, function, comment);
    let (level, message) = judge(debt, constant, function, told);
    let says = EvidenceItem::new(
        EvidenceKind::Site,
        format!("the comment says \"{}\"", shorten(&comment.text, 120)),
    )
    .at(Side::Head, &file.path, Some(comment.line));
    let beside = constant.map(|b| {
        EvidenceItem::new(EvidenceKind::Site, format!("beside it stands `{}`", shorten(&b.text, 100))).at(
            Side::Head,
            &file.path,
            Some(b.line),
        )
    });
    let draft = Draft::new(level, message, says)
        .because_all(beside)
        .at(Side::Head, file.path.clone(), (comment.line, comment.end_line))
        .identity(format!("{} {}", function.map_or("", |f| &f.qualified), shorten(&comment.text, 60)))
        .help("write the code, or say in the report what is missing");
    Some(match function {
        Some(f) => draft.about(Fact::Item(file.path.clone(), f.qualified.clone())),
        None => draft,
    })
}

fn judge(debt: Debt, constant: Option<&Beside>, function: Option<&Item>, told: bool) -> (Level, String) {
    let within = function.map_or(String::new(), |f| format!(" in `{}`", f.qualified));
    match constant {
        Some(b) if !told => (
            Level::Warn,
            format!(
                "a comment{within} says that {}, beside the constant `{}`",
                debt.phrase(),
                shorten(&b.text, 60)
            ),
        ),
        Some(_) => {
            (Level::Note, format!("a comment{within} says that {}, as the message does", debt.phrase()))
        }
        None => (Level::Note, format!("a comment{within} says that {}", debt.phrase())),
    }
}

/// Whether base had the same comment, here or elsewhere: it only moved.
fn was_at_base(cx: &Context<'_>, comment: &Comment) -> bool {
    let same = |a: &str, b: &str| words(a) == words(b);
    let bases = cx.evidence.sources.iter().filter(|s| s.side == Side::Base);
    bases.flat_map(|s| &s.comments).any(|c| same(&c.text, &comment.text))
}

/// Whether the place had a comment of that kind at base: the debt is old, only its words are new.
fn had_debt_at_base(cx: &Context<'_>, file: &SourceFacts, comment: &Comment) -> bool {
    let Some(change) = cx.change_of(&file.path) else { return false };
    let Some(base) = cx.source(Side::Base, change.base_path()) else { return false };
    let hunks = change.hunks.iter().filter(|h| {
        h.new_lines > 0 && h.new_start <= comment.end_line && h.new_start + h.new_lines > comment.line
    });
    hunks.into_iter().any(|h| {
        let inside = |c: &&Comment| c.line < h.old_start + h.old_lines && c.end_line >= h.old_start;
        base.comments.iter().filter(inside).any(|c| debt(&c.text).is_some())
    })
}

/// Whether the message says the same about the same thing.
fn is_told(cx: &Context<'_>, function: Option<&Item>, comment: &Comment) -> bool {
    const MAKESHIFT: &[&str] = &["simplified", "mock", "dummy", "hardcoded", "temporary"];
    let mut topic = crate::said::telling_stems([comment.text.as_str()]);
    topic.extend(function.iter().flat_map(|f| crate::said::telling_stems([f.name.as_str()])));
    topic.retain(|t| !UNDONE.iter().chain(MAKESHIFT).any(|u| stem(u) == t));
    let topic = topic.into_iter().collect();
    cx.said.find(|s| (s.has_any(UNDONE) || s.has_any(MAKESHIFT)) && s.shares(&topic)).is_some()
}
