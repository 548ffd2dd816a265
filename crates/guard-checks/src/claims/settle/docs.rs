//! "Documented `x`", "updated the guide to explain Y": comments of the item, and words of the documents.

use std::collections::BTreeSet;

use guard_model::{Claim, EvidenceItem, EvidenceKind, ItemKind, Side};

use super::terms::{Term, Terms, is_named};
use super::trace::{FileTrace, Place, has, occurrences, stems, tells_of_work};
use super::{Facts, Ruling};
use crate::claims::token::{self, Kind, lists};
use crate::text::{count, names};

/// Words for documents themselves.
const IDLE: &str = "document documentation docs doc guide readme rustdoc comment comments docstring docstrings reflect describe \
    describing explain explaining section page api expand write explicit";

/// What a type has.
const MEMBERS: &str = "fields members properties variants attributes";

/// The ruling where new comments or new words of documents show the claim.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    commented(facts, claim)
        .or_else(|| all_members(facts, claim))
        .or_else(|| worded(facts, claim))
        .or_else(|| told_in_code(facts, claim))
}

/// "Document `Options` and all its fields": each line of the type that is none of the comments has one above it.
fn all_members(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let terms = Terms::of(&claim.text);
    let tokens = token::tokens(&claim.text);
    let members = tokens
        .windows(3)
        .any(|w| w[0].is("all") && (w[1].any("its of the") && w[2].any(MEMBERS) || w[1].any(MEMBERS)));
    let [name] = terms.names.as_slice() else { return None };
    if !members || !terms.paths.is_empty() || claim.scope.count.is_some() {
        return None;
    }
    facts.trace.code().find_map(|f| {
        let heads = facts.evidence.sources.iter().filter(|s| s.side == Side::Head && s.path == f.path());
        let item = heads.flat_map(|s| &s.items).find(|i| i.kind == ItemKind::Type && i.name == name.text)?;
        let comments: Vec<u32> =
            f.lines.added.iter().filter(|l| l.text.trim_start().starts_with("///")).map(|l| l.line).collect();
        // The closing brace is no member.
        let rest = (item.line + 1..item.end_line).filter(|l| !comments.contains(l));
        let members: Vec<u32> = rest.collect();
        let each = members.iter().all(|l| comments.contains(&(l - 1)));
        let own = comments.iter().any(|l| *l < item.line && item.line - l <= 4);
        (each && own && members.len() >= 2).then(|| {
            let message =
                format!("`{}` and its {} have new comments", name.text, count(members.len(), "member"));
            let item =
                EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, f.path(), Some(item.line));
            Ruling::verified(item)
        })
    })
}

/// "Document that IDs can dangle", "explain the aliases in the help text": new comments of one item, or the text
/// that its lines print, speak of nearly all of it.
fn told_in_code(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    const FEWEST: usize = 3;
    let terms = Terms::with_purpose(&claim.text);
    let tokens = token::tokens(&claim.text);
    let printed = tokens.windows(2).any(|w| w[0].any("help usage") && w[1].any("text message output"));
    let telling: Vec<&str> = terms
        .words
        .iter()
        .filter(|w| !lists(IDLE, &w.word) && !lists("fact help text usage output", &w.word))
        .map(|w| w.stem.as_str())
        .collect();
    let says_all = tokens.iter().any(|t| t.any("all every each"));
    if says_all
        || terms.extent
        || !terms.names.is_empty()
        || telling.len() < FEWEST
        || claim.scope.count.is_some()
    {
        return None;
    }
    let in_scope =
        |f: &&FileTrace<'_>| terms.paths.is_empty() || terms.paths.iter().any(|(p, _)| is_named(f, p));
    let code = facts.trace.code().filter(|f| f.change.language.is_some()).filter(in_scope);
    let (file, line, found) =
        code.flat_map(|f| f.places.iter().map(move |p| (f, p))).find_map(|(f, p)| {
            let comments: Vec<&str> = p.comments.iter().map(|(_, c)| *c).collect();
            let told: BTreeSet<String> = match printed {
                true => quoted(&p.code).flat_map(|t| stems(t).collect::<Vec<_>>()).collect(),
                false => comments.iter().flat_map(|c| stems(c)).collect(),
            };
            let found: Vec<&str> = telling.iter().copied().filter(|s| has(&told, s)).collect();
            let line = if printed { p.line } else { p.comments.first()?.0 };
            (found.len() * 5 >= telling.len() * 4).then_some((f, line, found))
        })?;
    let words: Vec<&str> =
        terms.words.iter().filter(|w| found.contains(&w.stem.as_str())).map(|w| w.word.as_str()).collect();
    let what = if printed { "a new text" } else { "a new comment" };
    let message = format!("{what} speaks of {}", names(&words, 4));
    let item = EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, file.path(), Some(line));
    Some(Ruling::verified(item))
}

/// Lines of code that are texts, or have one.
fn quoted(code: &str) -> impl Iterator<Item = &str> {
    code.lines().filter(|l| l.contains(['"', '\'', '`']) || !l.contains(['(', ';', '{', '=']))
}

/// Comments were written at everything that the claim names.
fn commented(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let terms = Terms::of(&claim.text);
    let says_all =
        claim.text.to_lowercase().split_whitespace().any(|w| matches!(w, "all" | "every" | "each"));
    if terms.names.is_empty() || says_all || claim.scope.count.is_some() {
        return None;
    }
    let in_scope =
        |f: &&FileTrace<'_>| terms.paths.is_empty() || terms.paths.iter().any(|(p, _)| is_named(f, p));
    let of_name = |name: &str| -> Option<(&FileTrace<'_>, &Place<'_>)> {
        let files = facts.trace.code().filter(in_scope);
        files
            .flat_map(|f| f.places.iter().map(move |p| (f, p)))
            .find(|(_, p)| p.item.is_some_and(|i| i.name == name) && p.comments.len() >= 2)
    };
    // What stands there besides the item, an attribute for instance, must have been written too.
    let found: Vec<(&FileTrace<'_>, &Place<'_>)> = terms
        .names
        .iter()
        .filter(|n| !n.text.starts_with('#'))
        .map(|n| of_name(&n.text))
        .collect::<Option<_>>()?;
    let attributes = terms.names.iter().filter(|n| n.text.starts_with('#'));
    for attribute in attributes {
        if !found.iter().all(|(_, p)| p.code.contains(&attribute.text)) {
            return None;
        }
    }
    let (file, place) = *found.first()?;
    let shown: Vec<&str> = found.iter().filter_map(|(_, p)| p.item).map(|i| i.name.as_str()).collect();
    let lines = place.comments.len();
    let message = format!("{} has {} of comment", names(&shown, 3), count(lines, "new line"));
    Some(Ruling::verified(EvidenceItem::new(EvidenceKind::Diff, message).at(
        Side::Head,
        file.path(),
        place.comments.first().map(|(line, _)| *line),
    )))
}

/// What the documents are said to tell of stands on their new lines.
fn worded(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let terms = Terms::with_purpose(&claim.text);
    let telling: Vec<&str> =
        terms.words.iter().filter(|w| !lists(IDLE, &w.word)).map(|w| w.stem.as_str()).collect();
    let named = terms.names.iter().filter(|n| n.is_definite() || n.written.len() > 3).count();
    let each = token::tokens(&claim.text).iter().any(|t| t.any("all every each"));
    if each
        || terms.extent
        || !terms.paths.is_empty()
        || telling.len() + 2 * named < 2
        || named < terms.names.len()
    {
        return None;
    }
    let tells = |f: &&FileTrace<'_>| f.document && !tells_of_work(f.path());
    let file = facts.trace.files.iter().filter(tells).find(|f| {
        let found = telling.iter().filter(|s| has(&f.words, s)).count();
        let stands = |n: &Term| {
            f.lines.added.iter().any(|l| occurrences(&l.text, &n.text) > 0)
                && !f.lines.removed.iter().any(|l| occurrences(&l.text, &n.text) > 0)
        };
        found * 4 >= telling.len() * 3 && terms.names.iter().all(stands)
    })?;
    let words: Vec<&str> =
        terms.words.iter().filter(|w| has(&file.words, &w.stem)).map(|w| w.word.as_str()).collect();
    let words =
        if words.is_empty() { terms.names.iter().map(|n| n.written.as_str()).collect() } else { words };
    let message = format!("new lines of `{}` speak of {}", file.path(), names(&words, 4));
    Some(Ruling::verified(EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, file.path(), None)))
}

/// "Add a table of metrics", where the change writes nothing but documents: held against what they say.
pub(super) fn of_documents(facts: &Facts<'_>, text: &str, terms: &Terms) -> Option<Ruling> {
    const PARTS: &str = "section sections table tables instructions guide guides documentation docs badge badges steps \
        requirements chapter chapters example examples notes note link links readme changelog overview reference description \
        diagram page pages explanation tutorial entry heading faq troubleshooting";
    let written = facts.trace.files.iter().any(|f| !f.lines.added.is_empty());
    let only = facts.trace.files.iter().all(|f| f.document)
        && facts.trace.files.len() == facts.evidence.change.files.len();
    const CODE: &str =
        "implement implemented implements fix fixed fixes support supports refactor refactored";
    let tokens = token::tokens(text);
    let part = tokens.iter().any(|t| t.any(PARTS)) && !tokens.iter().take(3).any(|t| t.any(CODE));
    let telling: Vec<&str> = terms.words.iter().map(|w| w.stem.as_str()).collect();
    if !(written && only && part) || terms.extent || telling.len() < 3 {
        return None;
    }
    let (file, line) = facts.trace.files.iter().filter(|f| !tells_of_work(f.path())).find_map(|f| {
        let place = f.places.iter().find(|p| {
            let found = telling.iter().filter(|s| has(&p.words, s)).count();
            let names = terms.names.iter().all(|n| occurrences(&p.code, &n.text) > 0);
            let numbers = terms.numbers.iter().all(|n| occurrences(&p.code, n) > 0);
            found * 4 >= telling.len() * 3 && names && numbers
        })?;
        Some((f, place.line))
    })?;
    let words: Vec<&str> =
        terms.words.iter().filter(|w| has(&file.words, &w.stem)).map(|w| w.word.as_str()).collect();
    let message = format!("new lines of `{}` speak of {}", file.path(), names(&words, 4));
    Some(Ruling::verified(EvidenceItem::new(EvidenceKind::Diff, message).at(
        Side::Head,
        file.path(),
        Some(line),
    )))
}

/// "A 500+ line README": counted, for documents that are new.
pub(super) fn sized(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    let at = tokens.iter().position(|t| t.any("line lines loc"))?;
    let number = tokens.get(at.checked_sub(1)?).filter(|t| t.kind == Kind::Number)?;
    // "The limit of 2000 lines" is what the document tells of.
    const TOLD: &str = "limit limits limited limiting max maximum min minimum most per exceed exceeds exceeding longer why whether";
    if tokens[..at].iter().chain(tokens.get(at + 1)).any(|t| t.any(TOLD)) {
        return None;
    }
    let after = &claim.text[number.end..tokens[at].start];
    let open = number.text.ends_with('+') || after.trim_start().starts_with('+');
    let said: u32 = number.text.trim_end_matches('+').replace(',', "").parse().ok()?;
    let terms = Terms::of(&claim.text);
    let fits = |f: &&FileTrace<'_>| {
        let path = f.path().to_lowercase();
        f.document
            && f.is_new()
            && (terms.paths.iter().map(|(p, _)| p).chain(&claim.scope.paths).any(|p| is_named(f, p))
                || terms.paths.is_empty()
                    && claim.scope.paths.is_empty()
                    && (!claim.text.to_lowercase().contains("readme") || path.contains("readme")))
    };
    let new: Vec<&FileTrace<'_>> = facts.trace.files.iter().filter(fits).collect();
    // "A 500-line guide" may be one of another day, unless a new document is called so.
    let words: Vec<&str> = tokens
        .iter()
        .filter(|t| t.kind == Kind::Word && t.lower.len() > 3)
        .map(|t| crate::text::stem(&t.lower))
        .collect();
    let called = |f: &FileTrace<'_>| stems(f.path()).any(|s| words.contains(&s.as_str()));
    let largest = *new.iter().max_by_key(|f| (called(f), f.change.added))?;
    let meant = !terms.paths.is_empty() || !claim.scope.paths.is_empty() || called(largest);
    // "8 files (2,000+ lines)" tells of all of them together.
    let several = tokens.iter().any(|t| t.any("files documents guides docs pages total"));
    if several && claim.scope.count.is_some_and(|n| n != new.len() as u64) {
        return None;
    }
    let lines = if several { new.iter().map(|f| f.change.added).sum() } else { largest.change.added };
    let what = if several { count(new.len(), "new document") } else { format!("`{}`", largest.path()) };
    let has = if several && new.len() > 1 { "have" } else { "has" };
    let item = EvidenceItem::new(
        EvidenceKind::Diff,
        format!("{what} {has} {}", count(lines as usize, "line")),
    )
    .at(Side::Head, largest.path(), None);
    let near = lines.abs_diff(said) * 10 <= said;
    match (open, lines >= said) {
        (true, true) => Some(Ruling::verified(item)),
        // The largest new document falls short of what is said of one.
        (true, false) if meant && !several => Some(Ruling::contradicted(vec![item])),
        (false, _) if near => Some(Ruling::verified(item)),
        (false, _) if meant && !several && lines * 3 < said * 2 => Some(Ruling::contradicted(vec![item])),
        _ => Some(Ruling::unsupported(vec![item])),
    }
}
