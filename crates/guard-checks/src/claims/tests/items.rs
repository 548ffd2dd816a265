//! What syntax shows of additions, removals and renames.

use super::*;

#[test]
fn what_syntax_shows_settles_additions_removals_and_renames() {
    let base = "pub fn old_name(x: u8) -> u8 { x + 1 }\npub fn gone(x: u8) -> u8 { x }\n";
    let head = "pub fn new_name(x: u8) -> u8 { x + 1 }\npub struct Cache { size: usize }\npub fn later(x: u8) -> u8 { todo!() }\n";
    let mut evidence = changed(&[
        ("src/lib.rs", Some(base), Some(head)),
        ("src/extra.rs", None, Some("pub fn extra() -> u8 { 7 }\n")),
        ("README.md", Some("a\n"), Some("b\n")),
        ("src/dead.rs", Some("fn dead() {}\n"), None),
    ]);
    for (text, expected) in [
        ("I've added `Cache`.", VERIFIED),
        ("I've added `Cache` and `new_name()`.", VERIFIED),
        ("I've added `Cache` and `Missing`.", UNSEEN),
        ("I've created src/extra.rs.", VERIFIED),
        ("I've implemented `later()`.", CONTRADICTED),
        ("I've added a stub for `later()`.", UNSEEN),
        ("I've added a `Cache` field to the client.", UNSEEN),
        ("I've added caching support.", UNSEEN),
        ("I've removed `gone()`.", VERIFIED),
        ("I've removed `Cache`.", UNSEEN),
        ("I've deleted src/dead.rs.", VERIFIED),
        ("I've renamed `old_name` to `new_name`.", VERIFIED),
        ("I've renamed `old_name` to `other_name`.", UNSEEN),
        ("I've updated README.md.", VERIFIED),
        ("I've updated CHANGELOG.md.", UNSEEN),
        ("I've added a README to all 6 crates.", UNSEEN),
        ("I've updated the README of every crate.", UNSEEN),
        ("I've updated 3 README files.", UNSEEN),
        ("I've updated the documentation.", VERIFIED),
        ("I've added documentation for the codec.", UNSEEN),
        ("I've updated the provider documentation.", UNSEEN),
        ("I've fixed the overflow.", UNSEEN),
        ("I've bumped serde to 1.0.200.", UNSEEN),
        ("Production ready", (ClaimVerdict::NotCheckable, true)),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn where_it_was_done_is_part_of_the_claim() {
    let base = "pub struct Auto;\npub struct Manual;\n";
    let head = "pub struct Auto;\npub struct Manual;\nimpl Auto {\n    pub fn list_orphans(&self) -> u8 { work(3) }\n    \
        pub fn later(&self) -> u8 { todo!() }\n}\npub struct Cache { size: usize }\n";
    let go_base = "package a\n\ntype ManualStrategy struct{}\n";
    let go_head = "package a\n\ntype ManualStrategy struct{}\n\nfunc (s *AutoStrategy) ListItems() int { return run(s) }\n";
    let mut evidence = changed(&[
        ("src/lib.rs", Some(base), Some(head)),
        ("src/extra.rs", None, Some("pub fn extra() -> u8 { work(7) }\n")),
        ("strategy/manual.go", Some(go_base), Some(go_head)),
    ]);
    for (text, expected) in [
        ("I've implemented `list_orphans` for `Auto`.", VERIFIED),
        ("I've implemented `list_orphans` for `Manual`.", UNSEEN),
        ("I've implemented `list_orphans` for `Auto` and `Manual`.", UNSEEN),
        ("I've added `list_orphans()` to the `Manual` struct.", UNSEEN),
        ("I've added `list_orphans()` to src/lib.rs.", VERIFIED),
        ("I've added `list_orphans()` in src/extra.rs.", UNSEEN),
        ("I've implemented `ListItems` for ManualStrategy.", UNSEEN),
        ("I've implemented `ListItems` for AutoStrategy.", VERIFIED),
        ("I've implemented `later` for `Auto`.", CONTRADICTED),
        ("I've implemented `later` for `Manual`.", UNSEEN),
        // What it serves is not where it is.
        ("I've added `Cache` for `Manual`.", VERIFIED),
        ("I've added `extra()` to `extra`.", VERIFIED),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}
