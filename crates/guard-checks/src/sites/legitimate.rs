//! Places that say themselves why they stay, and edits after which no place can stay.

use std::collections::BTreeSet;

use guard_model::{EditPattern, Evidence, FileChange, Item, ItemKind, Language, Side, Site};

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
    // What a migration did to a database stays done.
    if !among.done.iter().any(|s| is_migration(&s.path)) {
        among.keep("a migration that has run", |s| !is_migration(&s.path));
    }
}

fn is_migration(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "migrations" | "migration"))
}

/// Clears what says itself why it stays.
pub(super) fn clear(among: &mut Among<'_>, evidence: &Evidence) {
    let pattern = among.pattern;
    if !pattern.old_names.is_empty() {
        let declared = among.left.iter().filter(|s| !s.touched && declares(s));
        let own: BTreeSet<&str> = declared.map(|s| s.path.as_str()).collect();
        among.keep("the file declares the name for itself", |s| !own.contains(s.path.as_str()));
    }
    if let Some(home) = Home::of(pattern, evidence) {
        among.keep("another function's own name", |s| !s.in_code || home.may_mean(s));
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

/// The one function whose parameter or local an edit renames. Elsewhere the old name means something else.
struct Home<'a> {
    path: &'a str,
    /// The function, with its containers.
    item: &'a str,
}

impl<'a> Home<'a> {
    fn of(pattern: &'a EditPattern, evidence: &Evidence) -> Option<Home<'a>> {
        let ([old], [new]) = (pattern.old_names.as_slice(), pattern.new_names.as_slice()) else {
            return None;
        };
        if pattern.before != *old || pattern.after != *new {
            return None;
        }
        let done = || pattern.done.iter().filter(|s| s.in_code);
        let of_function = |side: Side, path: &str, item: &str, fits: &dyn Fn(&Item) -> bool| {
            let sources = evidence.sources.iter().filter(|s| s.side == side && s.path == path);
            let is_function = |i: &&Item| matches!(i.kind, ItemKind::Function | ItemKind::Method);
            sources.flat_map(|s| &s.items).filter(is_function).any(|i| i.qualified == item && fits(i))
        };
        let binds = |side: Side, path: &str, item: &str, name: &str| {
            of_function(side, path, item, &|i| takes(&i.signature, name))
        };
        let homes: BTreeSet<Option<(&str, &str)>> =
            done().map(|s| Some((s.path.as_str(), s.item.as_deref()?))).collect();
        let renamed = |path: &str, item: &str| {
            let of_base = |f: &&FileChange| f.base_path() == path;
            let head = evidence.change.files.iter().find(of_base).map_or(path, |f| f.path.as_str());
            let parameter = binds(Side::Base, path, item, old) && binds(Side::Head, head, item, new);
            let is_here = |s: &&Site| s.item.as_deref() == Some(item) && s.path == path;
            let local =
                done().filter(is_here).any(is_bound_by) && of_function(Side::Base, path, item, &|_| true);
            (parameter || local) && !binds(Side::Head, head, item, old)
        };
        // Where several functions took the new name, it is a convention.
        let mut all = homes.iter().flatten().filter(|(path, item)| renamed(path, item));
        let (path, item) = all.next().filter(|_| all.next().is_none())?;
        // What was edited elsewhere has to be some function's own as well.
        let own = |home: &Option<(&str, &str)>| {
            home.is_some_and(|home| home == (*path, *item) || binds(Side::Base, home.0, home.1, old))
        };
        homes.iter().all(own).then_some(Home { path, item })
    }

    /// Whether what stands there may be the renamed name: inside of the function, in a call of it, or a member
    /// that a parameter makes.
    fn may_mean(&self, site: &Site) -> bool {
        let within = |item: &str| {
            item.strip_prefix(self.item).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ':']))
        };
        let is_here = site.path == self.path && site.item.as_deref().is_some_and(within);
        let called = |owner: &str| self.item.split(['.', ':']).any(|part| part == owner);
        let before = site.before.last().map_or("", String::as_str);
        is_here || matches!(before, "." | "->" | "?." | "::") || site.owner.as_deref().is_some_and(called)
    }
}

/// Whether a signature has `name` among its parameters.
fn takes(signature: &str, name: &str) -> bool {
    let parameters = signature.split_once('(').map_or("", |(_, rest)| rest);
    parameters.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == name)
}

/// Whether the name is bound there, as a local is.
fn is_bound_by(site: &Site) -> bool {
    let before = site.before.last().map_or("", String::as_str);
    let behind = site.behind.first().map_or("", String::as_str);
    let python = Language::of_path(&site.path) == Some(Language::Python);
    matches!(before, "let" | "mut" | "var" | "const")
        || behind == ":="
        || python && behind == "=" && !matches!(before, "." | "(" | ",")
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
    // Behind `pub(crate)` or an attribute stands a field.
    site.in_code
        && (DECLARING.contains(&before)
            || behind == ":" && matches!(before, "{" | "," | "(" | ")" | "]" | "pub"))
}

/// `Parser::next` → `next`.
fn own_name(qualified: &str) -> &str {
    qualified.rsplit(['.', ':']).next().unwrap_or(qualified)
}
