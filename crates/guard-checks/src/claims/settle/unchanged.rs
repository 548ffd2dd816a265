//! "No behaviour changes", "the change is non-breaking": shown where no product code changed, and spoken against by
//! what others build on.

use guard_model::{Claim, EvidenceItem, EvidenceKind, Item, ItemKind, Language, Side, SourceFacts};

use super::layout;
use super::trace::{FileTrace, is_test_path};
use super::{Facts, Ruling};
use crate::claims::clause::PREPOSITIONS;
use crate::claims::token::{self, Token};
use crate::said::sentences_of;
use crate::text::shorten;

/// The ruling where the change tells.
pub(super) fn ruled(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    match promise(&tokens)? {
        Promise::Behaviour => no_code(facts),
        Promise::Api => broken(facts, claim, &tokens),
    }
}

enum Promise {
    /// What the program does.
    Behaviour,
    /// What others build on.
    Api,
}

fn promise(tokens: &[Token<'_>]) -> Option<Promise> {
    let has = |words: &str| tokens.iter().any(|t| t.any(words));
    if has("breaking non-breaking nonbreaking api apis") {
        return Some(Promise::Api);
    }
    let nothing = has("no without unchanged mechanical");
    let behaviour = has("behavior behaviour behavioral behavioural functional logic semantic mechanical");
    (nothing && behaviour).then_some(Promise::Behaviour)
}

/// All code outside of tests is what it was, but for comments, layout and what silences linters.
fn no_code(facts: &Facts<'_>) -> Option<Ruling> {
    if !facts.trace.whole || facts.trace.files.is_empty() {
        return None;
    }
    // What a manifest or a workflow changes is not seen here.
    let known = |f: &&FileTrace<'_>| f.change.language.is_some() || is_of_tests(f.path());
    let text = |f: &guard_model::FileChange| f.content == guard_model::FileKind::Text;
    let all = facts.trace.code().all(|f| known(&f)) && facts.evidence.change.files.iter().all(text);
    if !all || !facts.trace.code().all(|f| is_of_tests(f.path()) || layout::is_same(facts, f)) {
        return None;
    }
    let message = "outside of tests, no code changed but comments, layout and what silences linters";
    Some(Ruling::verified(EvidenceItem::new(EvidenceKind::Diff, message)))
}

/// Whether a file is a test or lies among tests: `testing/` and `fixtures/` may hold what is shipped.
fn is_of_tests(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let among = folders.split('/').any(|f| matches!(f, "test" | "tests" | "__tests__" | "testdata" | "e2e"));
    among || guard_model::Language::of_path(path).is_some() && is_test_path(name)
}

/// Whether the promise is of a part: "no behaviour change for callers", "no functional changes to the parser".
fn is_restricted(tokens: &[Token<'_>]) -> bool {
    let reason = tokens.iter().position(|t| t.any("as because since")).unwrap_or(tokens.len());
    tokens[..reason].iter().any(|t| t.any(PREPOSITIONS) || t.any("when unless except if"))
}

/// A public field of a type that others can name has another type, or is gone.
fn broken(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Ruling> {
    if !facts.trace.whole || is_restricted(tokens) || tells_of_breaks(facts, claim) {
        return None;
    }
    let (file, name, was, is) = fields(facts).find(|(file, ..)| is_open(facts, file.path()))?;
    let message = match is {
        Some((_, is)) => format!("public: `{}` became `{}`", shorten(was, 70), shorten(is, 70)),
        None => format!("public field `{name}` is gone"),
    };
    let item = EvidenceItem::new(EvidenceKind::Diff, message);
    Some(Ruling::contradicted(vec![item.at(Side::Head, file.path(), is.map(|(line, _)| line))]))
}

/// Whether another sentence says that something breaks.
fn tells_of_breaks(facts: &Facts<'_>, claim: &Claim) -> bool {
    let told = facts.evidence.words.statements.iter().flat_map(|s| sentences_of(&s.text, &s.place));
    told.filter(|s| !s.text.contains(claim.text.as_str()) && !claim.text.contains(s.text)).any(|s| {
        let lower = s.text.to_lowercase();
        lower.contains("breaking") && !lower.contains("non-breaking") && !lower.contains("no breaking")
    })
}

type Field<'f, 'e> = (&'f FileTrace<'e>, &'f str, &'f str, Option<(u32, &'f str)>);

/// Public fields of public types that stood at base and have another type at head, or none.
fn fields<'f, 'e>(facts: &'f Facts<'e>) -> impl Iterator<Item = Field<'f, 'e>> {
    let rust = |f: &&FileTrace<'_>| f.change.language == Some(Language::Rust) && !is_test_path(f.path());
    facts.trace.code().filter(rust).flat_map(move |f| {
        types(facts, Side::Base, f.change.base_path()).into_iter().flat_map(move |was| {
            let heads = types(facts, Side::Head, f.path());
            let is = heads.into_iter().find(|i| i.qualified == was.qualified);
            let removed = f.lines.removed.iter().filter(|l| was.line < l.line && l.line < was.end_line);
            removed.filter_map(move |l| {
                let (name, old) = field(&l.text)?;
                let is = is?;
                let now = f.lines.added.iter().filter(|a| is.line < a.line && a.line < is.end_line);
                let new = now.filter_map(|a| Some((a, field(&a.text)?))).find(|(_, (n, _))| *n == name);
                match new {
                    // A path may be written in two ways.
                    Some((_, (_, new))) if squeezed(new) == squeezed(old) => None,
                    Some((a, _)) => Some((f, name, l.text.trim(), Some((a.line, a.text.trim())))),
                    None => Some((f, name, l.text.trim(), None)),
                }
            })
        })
    })
}

fn squeezed(text: &str) -> String {
    let last = |part: &str| part.rsplit("::").next().unwrap_or(part).to_owned();
    let parts = text.split_inclusive(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':')));
    parts.map(last).flat_map(|p| p.chars().collect::<Vec<_>>()).filter(|c| !c.is_whitespace()).collect()
}

/// `pub x: T,` as name and type.
fn field(line: &str) -> Option<(&str, &str)> {
    let (name, kind) = line.trim().strip_prefix("pub ")?.split_once(':')?;
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (plain && !kind.starts_with(':') && kind.trim_end().ends_with(','))
        .then(|| (name, kind.trim().trim_end_matches(',')))
}

fn types<'e>(facts: &Facts<'e>, side: Side, path: &str) -> Vec<&'e Item> {
    let of_file = |s: &&SourceFacts| s.side == side && s.path == path && s.errors == 0;
    let sources = facts.evidence.sources.iter().filter(of_file);
    let fits = |i: &&Item| i.kind == ItemKind::Type && i.public && !i.in_test && i.qualified == i.name;
    sources.flat_map(|s| s.items.iter().filter(fits)).collect()
}

/// Whether every module from the crate's root to the file is public, by the search of head's tree.
fn is_open(facts: &Facts<'_>, path: &str) -> bool {
    let Some(parents) = parents(path) else { return false };
    parents.iter().all(|(declaration, files)| {
        let found = facts.evidence.lookups.iter().find(|l| l.text == *declaration);
        found.is_some_and(|l| l.places.iter().any(|p| files.contains(&p.path)))
    })
}

/// For each module on the way to a library's file its public declaration, and the files that may hold it; `None`
/// for what is no library's.
fn parents(path: &str) -> Option<Vec<(String, Vec<String>)>> {
    let (root, inside) = match path.strip_prefix("src/") {
        Some(inside) => ("src".to_owned(), inside),
        None => path.split_once("/src/").map(|(root, inside)| (format!("{root}/src"), inside))?,
    };
    let inside = inside.strip_suffix(".rs")?;
    let parts: Vec<&str> = inside.split('/').filter(|p| *p != "mod").collect();
    if matches!(parts.first().copied(), Some("main" | "bin")) {
        return None;
    }
    if parts == ["lib"] {
        return Some(Vec::new());
    }
    let of = |i: usize| {
        let above = parts[..i].join("/");
        let files = match i {
            0 => vec![format!("{root}/lib.rs")],
            _ => vec![format!("{root}/{above}.rs"), format!("{root}/{above}/mod.rs")],
        };
        (format!("pub mod {}", parts[i]), files)
    };
    Some((0..parts.len()).map(of).collect())
}

/// Declarations of modules that decide whether what changed is public.
pub(super) fn open_names(facts: &Facts<'_>, claim: &Claim) -> Vec<String> {
    let tokens = token::tokens(&claim.text);
    if !matches!(promise(&tokens), Some(Promise::Api)) || is_restricted(&tokens) {
        return Vec::new();
    }
    let mut names: Vec<String> = fields(facts)
        .filter_map(|(f, ..)| parents(f.path()))
        .flatten()
        .map(|(declaration, _)| declaration)
        .collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(12);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_with_their_types() {
        for (line, expected) in [
            ("    pub args: Map<A, B>,", Some(("args", "Map<A, B>"))),
            ("    args: u8,", None),
            ("    pub(crate) args: u8,", None),
            ("    pub fn f(x: u8) -> u8 {", None),
        ] {
            assert_eq!(field(line), expected, "{line}");
        }
        assert_eq!(squeezed("std::sync::Arc<a::B>"), squeezed("Arc< B >"));
        assert_ne!(squeezed("Arc<B>"), squeezed("B"));
    }

    #[test]
    fn the_way_to_a_file_is_made_of_modules() {
        let shown = |path: &str| {
            parents(path).map(|all| {
                all.into_iter().map(|(d, f)| format!("{d} in {}", f.join(" or "))).collect::<Vec<_>>()
            })
        };
        assert_eq!(shown("lib/src/parse.rs"), Some(vec!["pub mod parse in lib/src/lib.rs".to_owned()]));
        assert_eq!(
            shown("src/a/b.rs"),
            Some(vec![
                "pub mod a in src/lib.rs".to_owned(),
                "pub mod b in src/a.rs or src/a/mod.rs".to_owned()
            ])
        );
        assert_eq!(shown("src/main.rs"), None);
        assert_eq!(shown("src/lib.rs"), Some(vec![]));
    }
}
