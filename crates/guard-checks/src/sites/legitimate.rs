//! Places that say themselves why they stay, and edits after which no place can stay.

use std::collections::BTreeSet;

use guard_model::{EditPattern, Evidence, Side, Site};

use super::Among;

/// Words before a name that declare it.
const DECLARING: [&str; 18] = [
    "fn",
    "def",
    "function",
    "class",
    "struct",
    "enum",
    "type",
    "trait",
    "const",
    "static",
    "let",
    "mut",
    "var",
    "mod",
    "interface",
    "func",
    "define",
    "union",
];

/// Clears what is no place for the edit whatever else is known.
pub(super) fn clear_marked(among: &mut Among<'_>) {
    among.keep("left out by path", |s| s.excluded.is_none());
    among.keep("the new form stands there already", |s| !s.already);
}

/// Clears what says itself why it stays.
pub(super) fn clear(among: &mut Among<'_>, evidence: &Evidence) {
    let pattern = among.pattern;
    if !pattern.old_names.is_empty() {
        let declared = among.left.iter().filter(|s| !s.touched && declares(s));
        let own: BTreeSet<&str> = declared.map(|s| s.path.as_str()).collect();
        among.keep("the file declares the name for itself", |s| !own.contains(s.path.as_str()));
    }
    let inside = |names: &[String], site: &Site| {
        site.item.as_deref().map(own_name).is_some_and(|item| names.iter().any(|n| n == item))
    };
    // A definition that only got another name still has all of its body to change.
    if !is_gone(&pattern.old_names, evidence) {
        among.keep("inside of what replaces it", |s| !inside(&pattern.new_names, s));
    }
    among.keep("inside of what is being replaced", |s| !inside(&pattern.old_names, s));
}

/// Whether the edit takes away what the places need: the definition went or got another name.
pub(super) fn ends(pattern: &EditPattern, done: &[&Site], left: &[&Site], evidence: &Evidence) -> bool {
    let old = &pattern.old_names;
    if old.is_empty() {
        return false;
    }
    is_gone(old, evidence) || done.iter().any(|s| declares(s)) && !left.iter().any(|s| declares(s))
}

/// Whether something that had one of these names at base has it no more.
fn is_gone(names: &[String], evidence: &Evidence) -> bool {
    let items = |side: Side| {
        let sources = evidence.sources.iter().filter(move |s| s.side == side);
        sources.flat_map(|s| &s.items).map(|i| i.name.as_str()).collect::<BTreeSet<_>>()
    };
    let (base, head) = (items(Side::Base), items(Side::Head));
    names.iter().any(|n| base.contains(n.as_str()) && !head.contains(n.as_str()))
}

/// Whether the place is the declaration of what stands there.
pub(super) fn declares(site: &Site) -> bool {
    let before = site.before.last().map_or("", String::as_str);
    let behind = site.behind.first().map_or("", String::as_str);
    site.in_code
        && (DECLARING.contains(&before) || behind == ":" && matches!(before, "{" | "," | "(" | "pub"))
}

/// `Parser::next` → `next`.
fn own_name(qualified: &str) -> &str {
    qualified.rsplit(['.', ':']).next().unwrap_or(qualified)
}
