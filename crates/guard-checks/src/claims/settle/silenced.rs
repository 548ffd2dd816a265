//! "Resolved all 19 clippy warnings", and lines that the change wrote keep the linter from speaking: those warnings
//! are silenced, not resolved.

use guard_model::evidence::NumberedLine;
use guard_model::{
    Claim, ClaimKind, ClaimVerdict, EvidenceItem, EvidenceKind, ItemKind, Language, Side, Speaker,
};

use super::trace::{FileTrace, has, stems};
use super::{Facts, Ruling, code, terms};
use crate::claims::counts;
use crate::claims::lexicon::{self, Act};
use crate::claims::token::{self, Token};
use crate::text::{count, shorten, words};

/// What tools complain with.
const COMPLAINTS: &str = "warning warnings lint lints complaints violations clippy";

/// What says that silence was the plan.
const SILENCES: &str = "silence silences silenced silencing suppress suppresses suppressed suppressing allow allows allowed \
    allowing ignore ignores ignored ignoring disable disables disabled disabling noqa nolint expect";

/// The ruling where new lines silence what the claim says was resolved.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    let resolves = matches!(claim.kind, ClaimKind::Fix | ClaimKind::Remove | ClaimKind::Update)
        && code::first_verb(&tokens).is_some_and(|v| {
            let act = lexicon::verb(&tokens[v].lower).map(|v| v.act);
            matches!(act, Some(Act::Fix | Act::Remove)) || tokens[v].any("address addresses addressed")
        });
    let complaint = tokens.iter().position(|t| t.any(COMPLAINTS)).filter(|_| resolves)?;
    // Who says so hides nothing; a path that has the word in it says nothing.
    let told = facts.sentence(claim).is_some_and(|s| words(s).iter().any(|w| token::lists(SILENCES, w)));
    if told
        || tokens.iter().any(|t| t.any(SILENCES))
        || claim.scope.symbols.iter().any(|s| s.contains("allow"))
    {
        return None;
    }
    let found = silencing(facts, claim);
    let (file, line) = *found.first()?;
    let counted = tokens[..complaint].iter().any(|t| counts::number(t).is_some_and(|n| n > 1));
    // Who tells of it counts the silenced ones wrongly, and no more.
    let all = counted || tokens[..complaint].iter().any(|t| t.any("all every")) && !is_told(facts);
    let item = |what: &str| {
        let message = format!("{what}: `{}`", shorten(line.text.trim(), 80));
        EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, file.path(), Some(line.line))
    };
    if all {
        let rest = found.len() - 1;
        let what = match rest {
            0 => "one is silenced, not resolved".to_owned(),
            _ => format!("{} silence what is said to be resolved", count(found.len(), "new line")),
        };
        return Some(Ruling { verdict: ClaimVerdict::Partial, ..Ruling::contradicted(vec![item(&what)]) });
    }
    // "Fixed the precision loss warning": silenced by name, and nothing else of the file's code changed with it.
    let named = names_it(&tokens[..complaint], &found)?;
    let (file, line) = named;
    let message = format!("it is silenced, not resolved: `{}`", shorten(line.text.trim(), 80));
    let item = EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, file.path(), Some(line.line));
    Some(Ruling::contradicted(vec![item]))
}

/// Whether anybody but the user says that something was silenced.
fn is_told(facts: &Facts<'_>) -> bool {
    let marks = ["allow(", "noqa", "nolint", "eslint-disable", "ts-ignore", "silenc", "suppress"];
    let told = facts.evidence.words.statements.iter().filter(|s| s.speaker != Speaker::User);
    told.map(|s| s.text.to_lowercase()).any(|text| marks.iter().any(|m| text.contains(m)))
}

type Silenced<'f> = (&'f FileTrace<'f>, &'f NumberedLine);

/// The new lines that silence a tool, in the claim's files, in code that stood at base; lines that only moved are
/// none.
fn silencing<'f>(facts: &'f Facts<'_>, claim: &Claim) -> Vec<Silenced<'f>> {
    let paths = &claim.scope.paths;
    let in_scope = |f: &FileTrace<'_>| paths.is_empty() || paths.iter().any(|p| terms::is_named(f, p));
    let mut found = Vec::new();
    for file in facts.trace.code().filter(|f| !f.is_new() && in_scope(f)) {
        let silent = |l: &&NumberedLine| silences(file.change.language, &l.text);
        let mut gone: Vec<&str> = file.lines.removed.iter().filter(silent).map(|l| l.text.trim()).collect();
        for line in file.lines.added.iter().filter(silent) {
            if let Some(at) = gone.iter().position(|g| *g == line.text.trim()) {
                gone.swap_remove(at);
            } else if !is_in_new_item(facts, file, line.line) {
                found.push((file, line));
            }
        }
    }
    found
}

/// Whether a line lies in, or right above, an item that the change brought: what is new had no warning.
fn is_in_new_item(facts: &Facts<'_>, file: &FileTrace<'_>, line: u32) -> bool {
    let heads = facts.evidence.sources.iter().filter(|s| s.side == Side::Head && s.path == file.path());
    let items = heads.flat_map(|s| &s.items).filter(|i| !matches!(i.kind, ItemKind::Impl | ItemKind::Module));
    items
        .filter(|i| i.line.saturating_sub(3) <= line && line <= i.end_line)
        .any(|i| code::items(facts, Side::Base, &i.qualified).is_empty())
}

/// Whether a line tells a compiler or linter to be silent.
pub(super) fn silences(language: Option<Language>, line: &str) -> bool {
    let text = line.trim();
    let has = |marks: &[&str]| marks.iter().any(|m| text.contains(m));
    match language {
        Some(Language::Rust) => {
            (text.starts_with("#[") || text.starts_with("#![")) && has(&["allow(", "expect("])
        }
        Some(Language::Python) => {
            has(&["# noqa", "# type: ignore", "# pylint: disable", "# pyright: ignore", "# mypy: ignore"])
        }
        Some(Language::TypeScript | Language::Tsx | Language::JavaScript) => {
            has(&["eslint-disable", "@ts-ignore", "@ts-expect-error", "@ts-nocheck", "biome-ignore"])
        }
        Some(Language::Go) => has(&["//nolint", "// nolint"]),
        Some(Language::Java) => has(&["@SuppressWarnings"]),
        Some(Language::C | Language::Cpp) => {
            has(&["NOLINT", "diagnostic ignored", "#pragma warning(disable"])
        }
        // `[lints.clippy]` of a manifest.
        None => text.ends_with("= \"allow\"") || text.contains("level = \"allow\""),
    }
}

/// The silenced lint whose name has the words with which the claim calls the warning.
fn names_it<'f>(before: &[Token<'_>], found: &[Silenced<'f>]) -> Option<Silenced<'f>> {
    let said: Vec<String> = before
        .iter()
        .filter(|t| !t.any(lexicon::FILLERS) && lexicon::verb(&t.lower).is_none())
        .flat_map(|t| stems(t.text).collect::<Vec<_>>())
        .filter(|s| {
            s.len() > 2 && !matches!(s.as_str(), "the" | "new" | "clippy" | "exist" | "compiler" | "lint")
        })
        .collect();
    let named = |line: &str| {
        let words = stems(line).collect();
        said.len() >= 2 && said.iter().all(|s| has(&words, s))
    };
    found.iter().find(|(_, l)| named(&l.text)).copied()
}
