//! What a test is about: the names that it calls, and whether the change took away what stands behind them.

use std::collections::HashMap;

use guard_model::{ChangeKind, Item, ItemKind, Side};

use crate::context::Context;
use crate::identities::Declared;

/// The definitions of the changed files, by name; test code is left out.
pub(super) struct Subjects<'a> {
    base: HashMap<&'a str, Vec<Definition<'a>>>,
    head: HashMap<&'a str, Vec<Definition<'a>>>,
    /// Methods of base whose type has them no longer, by their own name: the first of each.
    lost_methods: HashMap<&'a str, Definition<'a>>,
}

/// A named piece of code and the file that holds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Definition<'a> {
    /// Path; of base's definitions the one that the file has at head, if it still is there.
    place: &'a str,
    /// Path on its own side.
    pub(super) path: &'a str,
    /// The code.
    pub(super) item: &'a Item,
}

impl<'a> Subjects<'a> {
    pub(super) fn of(cx: &Context<'a>) -> Subjects<'a> {
        let moved: HashMap<&str, &'a str> = cx
            .evidence
            .change
            .files
            .iter()
            .filter(|f| f.kind == ChangeKind::Renamed)
            .map(|f| (f.base_path(), f.path.as_str()))
            .collect();
        let (mut base, mut head): (HashMap<_, Vec<_>>, HashMap<_, Vec<_>>) = Default::default();
        for (file, item) in cx.items(Side::Base).filter(|(_, i)| !i.in_test) {
            let path = file.path.as_str();
            let place = moved.get(path).copied().unwrap_or(path);
            base.entry(item.name.as_str()).or_default().push(Definition { place, path, item });
        }
        for (file, item) in cx.items(Side::Head).filter(|(_, i)| !i.in_test) {
            let path = file.path.as_str();
            head.entry(item.name.as_str()).or_default().push(Definition { place: path, path, item });
        }
        let left = |d: &Definition<'_>| {
            let same = |h: &Definition<'_>| h.item.qualified == d.item.qualified;
            head.get(d.item.name.as_str()).is_some_and(|all: &Vec<Definition<'_>>| all.iter().any(same))
        };
        let mut lost_methods = HashMap::new();
        for definitions in base.values() {
            let qualified = |d: &&Definition<'_>| d.item.qualified.contains(['.', ':']);
            if let Some(lost) = definitions.iter().filter(qualified).find(|d| !left(d)) {
                lost_methods.insert(last_segment(&lost.item.qualified), *lost);
            }
        }
        Subjects { base, head, lost_methods }
    }

    /// The first call of `test` behind which nothing is left.
    pub(super) fn removed(&self, test: Declared<'a>) -> Option<&'a str> {
        calls(test).find(|call| call.split("::").flat_map(|p| p.split('.')).any(|n| self.is_gone(n, test)))
    }

    /// Whether what `test` means by `name` is gone: every definition of it, or those nearest to the test
    /// where all that head has under that name stood there before and is something else.
    fn is_gone(&self, name: &str, test: Declared<'_>) -> bool {
        let Some(base) = self.base.get(name) else { return false };
        let Some(head) = self.head.get(name) else { return true };
        let near = nearest(base, test.path);
        let goes_on = |b: &Definition<'_>| {
            head.iter().any(|h| kind(h.item) == kind(b.item) && package(h.place) == package(b.place))
        };
        let stood = |h: &Definition<'_>| {
            base.iter().any(|b| b.place == h.place && b.item.qualified == h.item.qualified)
        };
        !near.is_empty() && !near.iter().any(|b| goes_on(b)) && head.iter().all(stood)
    }

    /// A method that `test` may call and that one type has lost, while something else has that name.
    pub(super) fn lost_method(&self, test: Declared<'_>) -> Option<Definition<'a>> {
        calls(test).find_map(|call| self.lost_methods.get(last_segment(call)).copied())
    }

    /// Something that `test` calls and the change leaves standing. A name that base gave to several things, of which
    /// one is gone, does not tell which of them was meant.
    pub(super) fn living(&self, test: Declared<'_>) -> Option<Definition<'a>> {
        calls(test).find_map(|call| {
            let name = last_segment(call);
            let all = self.head.get(name)?;
            let base = self.base.get(name).map_or(&[][..], Vec::as_slice);
            let goes_on = |b: &&Definition<'_>| all.iter().any(|h| kind(h.item) == kind(b.item));
            if base.len() > 1 && !nearest(base, test.path).iter().all(goes_on) {
                return None;
            }
            nearest(all, test.path).first().copied().or(all.first()).copied()
        })
    }

    /// Whether a definition of head has the body that one of its name had at base, wherever it stood.
    pub(super) fn stands_as_it_was(&self, head: &Definition<'_>) -> bool {
        let mut at_base = self.base.get(head.item.name.as_str()).into_iter().flatten();
        head.item.body.is_some() && at_base.any(|b| b.item.body == head.item.body)
    }

    /// Definitions of base whose name no changed file defines any more.
    pub(super) fn all_gone(&self) -> impl Iterator<Item = Definition<'a>> {
        self.base
            .iter()
            .filter(|(name, _)| !self.head.contains_key(*name))
            .filter_map(|(_, all)| all.first().copied())
    }

    /// Whether head's changed files define `name` anywhere.
    pub(super) fn has_at_head(&self, name: &str) -> bool {
        self.head.contains_key(name)
    }
}

/// The definitions in the file at `path`, or else in its package.
fn nearest<'d, 'a>(all: &'d [Definition<'a>], path: &str) -> Vec<&'d Definition<'a>> {
    let own: Vec<_> = all.iter().filter(|d| d.path == path).collect();
    if own.is_empty() { all.iter().filter(|d| package(d.path) == package(path)).collect() } else { own }
}

/// Kinds that calls do not mistake for each other.
fn kind(item: &Item) -> u8 {
    match item.kind {
        ItemKind::Function => 0,
        ItemKind::Method => 1,
        ItemKind::Type | ItemKind::Trait | ItemKind::Impl => 2,
        ItemKind::Module => 3,
        ItemKind::Constant => 4,
        ItemKind::Macro => 5,
    }
}

/// The folder of the package that a path seems to lie in: what stands before its `src`, `tests` and the like.
pub(super) fn package(path: &str) -> &str {
    const PARTS: [&str; 8] = ["src", "tests", "test", "benches", "examples", "lib", "spec", "__tests__"];
    let mut from = 0;
    for part in path.split('/') {
        if PARTS.contains(&part) {
            return path[..from].trim_end_matches('/');
        }
        from += part.len() + 1;
    }
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Names that the test calls and that could be what it tests.
pub(super) fn calls<'a>(test: Declared<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    test.decl.calls.iter().map(String::as_str).filter(|c| !is_plumbing(last_segment(c)))
}

/// The own name of what is called.
pub(super) fn last_segment(call: &str) -> &str {
    let call = call.rsplit("::").next().unwrap_or(call);
    call.rsplit('.').next().unwrap_or(call)
}

/// Names that tests call without testing them.
fn is_plumbing(name: &str) -> bool {
    const PLUMBING: &[&str] = &[
        "new",
        "default",
        "from",
        "into",
        "unwrap",
        "unwrap_err",
        "expect",
        "clone",
        "to_string",
        "to_owned",
        "to_vec",
        "iter",
        "into_iter",
        "collect",
        "map",
        "filter",
        "len",
        "is_empty",
        "is_some",
        "is_none",
        "is_ok",
        "is_err",
        "Ok",
        "Err",
        "Some",
        "vec",
        "format",
        "println",
        "print",
        "push",
        "insert",
        "get",
        "as_str",
        "as_ref",
        "await",
        "toBe",
        "toEqual",
        "toHaveLength",
        "not",
        "describe",
        "it",
        "test",
        "beforeEach",
        "assert",
        "assert_eq",
        "assert_ne",
        "assertEqual",
        "assertTrue",
        "assertFalse",
        "str",
        "list",
        "dict",
        "range",
        "Errorf",
        "Fatalf",
        "Fatal",
        "Error",
        "Run",
    ];
    PLUMBING.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_what_holds_its_sources_and_tests() {
        for (path, expected) in [
            ("src/a.rs", ""),
            ("tests/a.rs", ""),
            ("crates/x/src/a/b.rs", "crates/x"),
            ("crates/x/tests/it/main.rs", "crates/x"),
            ("pkg/parse/parse_test.go", "pkg/parse"),
            ("setup.py", ""),
        ] {
            assert_eq!(package(path), expected, "{path}");
        }
    }
}
