//! "An example with 5 tools", "5 tools total (4 CLI wrappers + 1 native)": entries of new data files, counted.

use guard_model::{Claim, EvidenceItem, EvidenceKind, Side};

use super::trace::{FileTrace, has, stems};
use super::{Facts, Ruling};
use crate::claims::counts;
use crate::claims::token::{self, Kind, Token};
use crate::text::count;

/// A list in a data file.
struct List<'f> {
    key: &'f str,
    line: u32,
    /// What stands under each entry, in lower case.
    entries: Vec<String>,
}

/// The ruling where a new data file lists as many as are said, and of each kind as many as are said of it.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    let at = tokens.iter().position(|t| counts::number(t).is_some_and(|n| n > 1))?;
    let said = counts::number(&tokens[at])?;
    let former = at > 0 && tokens[at - 1].any("from to of than v version");
    let plural = |t: &&Token<'_>| t.kind == Kind::Word && t.lower.len() > 3 && t.lower.ends_with('s');
    let near = || tokens[at + 1..].iter().take(3).take_while(|t| t.kind == Kind::Word);
    let noun = near().find(plural)?;
    // What kind of tools they are stands in each of them.
    let kind: Vec<String> =
        near().take_while(|t| t.start < noun.start).flat_map(|t| stems(t.text).collect::<Vec<_>>()).collect();
    let parts = parts(&tokens[at + 1..])?;
    let vague = tokens.iter().any(|t| t.any("all every production-ready new more additional"));
    if former || vague || !parts.is_empty() && parts.iter().map(|(n, _)| n).sum::<u64>() != said {
        return None;
    }
    let (file, list) = facts.trace.files.iter().filter(|f| f.is_new()).find_map(|f| {
        let fits = |l: &List<'_>| {
            l.key.to_lowercase() == noun.lower
                && l.entries.len() as u64 == said
                && kind.iter().all(|k| l.entries.iter().all(|e| has(&stems(e).collect(), k)))
                && parts
                    .iter()
                    .all(|(n, word)| l.entries.iter().filter(|e| has_value(e, word)).count() as u64 == *n)
        };
        lists(f).into_iter().find(fits).map(|l| (f, l))
    })?;
    let of = parts.iter().map(|(n, word)| format!("{n} `{word}`")).collect::<Vec<_>>().join(" and ");
    let of = if of.is_empty() { of } else { format!(", {of}") };
    let message =
        format!("`{}` of `{}` lists {}{of}", list.key, file.path(), count(list.entries.len(), "entry"));
    let item = EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, file.path(), Some(list.line));
    Some(Ruling::verified(item).counted(said, said))
}

/// "(4 CLI wrappers + 1 native aggregator)": numbers, and the word that each is of. `None` for parentheses that say
/// something else.
fn parts(tokens: &[Token<'_>]) -> Option<Vec<(u64, String)>> {
    let Some(open) = tokens.iter().position(|t| t.punct('(')) else { return Some(Vec::new()) };
    let close = open + tokens[open..].iter().position(|t| t.punct(')'))?;
    let inside = &tokens[open + 1..close];
    let parts = inside.split(|t| t.punct('+') || t.punct(',') || t.is("and") || t.text == "+");
    parts
        .map(|part| {
            let (number, rest) = part.split_first()?;
            let word = rest.first().filter(|t| t.kind == Kind::Word)?;
            Some((counts::number(number)?, word.lower.clone()))
        })
        .collect()
}

/// Whether an entry has the word as a value: `type: cli`.
fn has_value(entry: &str, word: &str) -> bool {
    entry.lines().any(|l| {
        let value = l.split_once(':').map_or("", |(_, v)| v);
        value.trim().trim_matches(['"', '\'']) == word
    })
}

/// The lists of a YAML file.
fn lists<'f>(file: &'f FileTrace<'_>) -> Vec<List<'f>> {
    if ![".yaml", ".yml"].iter().any(|e| file.path().ends_with(e)) {
        return Vec::new();
    }
    let indent = |text: &str| text.len() - text.trim_start().len();
    let mut out: Vec<(usize, Option<usize>, List<'f>)> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for line in &file.lines.added {
        let code = file.code_of(&line.text);
        let text = code.trim();
        if text.is_empty() {
            continue;
        }
        let depth = indent(code);
        let is_entry = text == "-" || text.starts_with("- ");
        open.retain(|i| depth > out[*i].0 || is_entry && depth == out[*i].0);
        for i in &open {
            let (_, at, list) = &mut out[*i];
            if is_entry && at.is_none_or(|at| at == depth) {
                *at = Some(depth);
                list.entries.push(text.trim_start_matches("- ").to_lowercase());
            } else if let Some(entry) = list.entries.last_mut() {
                entry.push('\n');
                entry.push_str(&text.to_lowercase());
            }
        }
        let key = text.trim_start_matches("- ").strip_suffix(':').filter(|k| !k.contains([' ', '"', ':']));
        if let Some(key) = key {
            open.push(out.len());
            out.push((depth, None, List { key, line: line.line, entries: Vec::new() }));
        }
    }
    out.into_iter().map(|(_, _, list)| list).filter(|l| !l.entries.is_empty()).collect()
}
