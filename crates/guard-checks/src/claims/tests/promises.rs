//! What is promised besides the deed: warnings that are gone, behaviour that stays, names that are there.

use guard_model::{ClaimVerdict, StatementKind};

use super::{CONTRADICTED, Lookup, OPEN, UNSEEN, VERIFIED, changed, lookup, statement, verdict};

const PARTIAL: (ClaimVerdict, bool) = (ClaimVerdict::Partial, true);

#[test]
fn a_silenced_warning_is_not_resolved() {
    let base = "pub fn mean(xs: &[u64]) -> f64 {\n    xs.iter().sum::<u64>() as f64\n}\n";
    let head = "#[allow(clippy::cast_precision_loss)]\npub fn mean(xs: &[u64]) -> f64 {\n    xs.iter().sum::<u64>() as f64\n}\n";
    let mut evidence = changed(&[("src/mean.rs", Some(base), Some(head))]);
    for (text, expected) in [
        ("I've fixed all clippy warnings.", PARTIAL),
        ("I've resolved 3 clippy warnings.", PARTIAL),
        ("I've fixed the precision loss warning in mean.rs.", CONTRADICTED),
        ("Fixed existing precision loss warning in mean.rs", CONTRADICTED),
        // Who says how hides nothing, and a single one may be another.
        ("I've silenced all clippy warnings.", UNSEEN),
        ("I've fixed clippy warnings.", UNSEEN),
        ("I've fixed the unused import warning.", UNSEEN),
        ("I've fixed the mean.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
    // What is new had no warning before.
    let mut evidence = changed(&[("src/mean.rs", Some("pub fn a() {}\n"), Some(head))]);
    assert_eq!(verdict(&mut evidence, "I've fixed all clippy warnings."), UNSEEN);
}

#[test]
fn that_nothing_changes_is_shown_by_code_that_stays() {
    let base = "pub fn mean(xs: &[u64]) -> u64 {\n    total(xs) / xs.len()\n}\n";
    let laid_out = "/// The mean.\n#[allow(clippy::x)]\npub fn mean(\n    xs: &[u64]) -> u64 {\n    total(xs)\n        / xs.len()\n}\n";
    for (head, text, expected) in [
        (laid_out, "No functional changes.", VERIFIED),
        (laid_out, "No behavior changes to the core logic.", VERIFIED),
        ("pub fn mean(xs: &[u64]) -> u64 {\n    0\n}\n", "No functional changes.", UNSEEN),
    ] {
        let mut evidence = changed(&[("src/mean.rs", Some(base), Some(head))]);
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn a_public_field_of_another_type_breaks_what_others_wrote() {
    let base = "pub struct Output {\n    pub flags: Map<Flag>,\n    own: u8,\n}\n";
    let head = "pub struct Output {\n    pub flags: Map<Arc<Flag>>,\n    own: u8,\n}\n";
    let inner = "pub struct Output {\n    pub flags: Map<Flag>,\n    own: u16,\n}\n";
    let declared = |file: &str| {
        let mut found = lookup("pub mod parse", 1);
        found.places[0].path = file.into();
        vec![found]
    };
    for (head, root, text, expected) in [
        (head, "src/lib.rs", "The change is non-breaking.", CONTRADICTED),
        (
            head,
            "src/lib.rs",
            "The change is non-breaking as `Command.flags`/`args` remain `Vec` types.",
            CONTRADICTED,
        ),
        (head, "src/lib.rs", "No breaking changes.", CONTRADICTED),
        (head, "src/lib.rs", "No breaking changes to the command line.", UNSEEN),
        (head, "src/main.rs", "No breaking changes.", UNSEEN),
        (inner, "src/lib.rs", "No breaking changes.", UNSEEN),
    ] {
        let mut evidence = changed(&[("src/parse.rs", Some(base), Some(head))]);
        evidence.lookups = declared(root);
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn a_name_of_a_list_that_is_nowhere_was_not_written() {
    let base = "pub fn replace(x: u8) -> u8 { x }\n";
    let head = "pub fn replace(x: u8) -> u8 { x + 1 }\npub fn replace_full(x: u8) -> u8 { x }\n";
    let mut evidence = changed(&[("src/a.rs", Some(base), Some(head))]);
    evidence.lookups = vec![lookup("replace_all", 0), lookup("replace_some", 2)];
    for (text, expected) in [
        ("I've added `replace_full` and `replace_all`.", PARTIAL),
        ("I've documented that `replace` and `replace_all` keep the order.", PARTIAL),
        ("I've documented that `replace` and `replace_some` keep the order.", UNSEEN),
        ("I've added `replace_full` instead of `replace_all`.", VERIFIED),
        ("I've added `replace_all`.", OPEN),
        (
            "I've clarified that `replace` and `replace_all` do not modify the item's order in the documentation.",
            PARTIAL,
        ),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn of_what_is_listed_one_is_planned() {
    let plan = "## Next steps\n- Node.js bridge (N-API)\n- More docs\n";
    for (text, expected) in [
        (
            "Handlers can now be written in Python, Go, or Node.js while\nkeeping the speed.",
            ClaimVerdict::Partial,
        ),
        ("Handlers can now be written in Python and Go while\nkeeping the speed.", ClaimVerdict::Unsupported),
    ] {
        let mut evidence = changed(&[("src/a.rs", Some("fn a() {}\n"), Some("fn a() { b() }\n"))]);
        let message = format!("Bridges\n\n{text}\n\n{plan}");
        evidence.words.statements = vec![statement(StatementKind::Commit, &message, "c0ffee", 99)];
        let mut claims = super::extract(&evidence);
        super::settle(&mut claims, &evidence);
        let claim = claims.iter().find(|c| c.text.starts_with("Handlers")).expect("it is a claim");
        assert_eq!(claim.verdict, expected, "{text}");
    }
}

#[test]
fn what_is_planned_besides_is_no_contradiction() {
    let head = "pub fn dev() {\n    // TODO: hot reload\n    run()\n}\n";
    for (text, expected) in [
        (
            "## Done\n- Binary releases (workflow ready)\n\n## Next steps\n- Build release binaries\n",
            ClaimVerdict::Unsupported,
        ),
        ("## Done\n- Binary releases\n\n## Next steps\n- Binary releases\n", ClaimVerdict::Partial),
        (
            "## Done\n- Binary releases\n\n## Next steps\n- Update binary releases\n",
            ClaimVerdict::Unsupported,
        ),
        (
            "## Done\n- Binary releases\n\n## Next steps\n- `Deploy` binary releases\n",
            ClaimVerdict::Unsupported,
        ),
        ("## Done\n- `settings.json` with complete cli tooling\n", ClaimVerdict::Unsupported),
        ("## Done\n- Full cli tooling (new, build, serve)\n", ClaimVerdict::Unsupported),
        ("## Done\n- Full cli tooling (new, dev, serve)\n", ClaimVerdict::Partial),
    ] {
        let mut evidence = changed(&[
            ("crates/x-cli/src/dev.rs", None, Some(head)),
            ("crates/x/src/lib.rs", None, Some("pub fn a() { b() }\n")),
        ]);
        evidence.words.statements =
            vec![statement(StatementKind::Commit, &format!("Cli\n\n{text}"), "c0ffee", 99)];
        let mut claims = super::extract(&evidence);
        super::settle(&mut claims, &evidence);
        let claim = claims
            .iter()
            .find(|c| c.text.contains("Binary") || c.text.contains("tooling"))
            .expect("it is a claim");
        assert_eq!(claim.verdict, expected, "{text}: {claim:?}");
    }
}

#[test]
fn what_a_function_leaves_open_besides_is_not_the_claim() {
    let head = "pub fn export_trace(spans: &[Span]) -> String {\n    // TODO: add source line tracking\n    format!(\"{spans:?}\")\n}\n";
    let mut evidence = changed(&[("src/export.rs", None, Some(head))]);
    assert_eq!(verdict(&mut evidence, "I've added `export_trace()` (76 lines)."), VERIFIED);
    assert_eq!(verdict(&mut evidence, "I've added `export_trace()` with source tracking."), PARTIAL);
}

#[test]
fn lines_of_documents_are_held_against_those_that_are_meant() {
    let text = "line\n".repeat(40);
    let mut evidence = changed(&[
        ("docs/guide.md", None, Some(text.as_str())),
        ("docs/summary.md", None, Some(text.as_str())),
    ]);
    for (text, expected) in [
        ("I've written a 90+ line guide.", CONTRADICTED),
        ("I've written a 90+ line tutorial.", (ClaimVerdict::Unsupported, true)),
        ("I've written 2 documentation files (80+ lines).", VERIFIED),
        ("I've written 8 documentation files (2,000+ lines).", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn code_that_says_it_is_not_the_real_thing_is_not_ready_for_production() {
    let base = "pub fn metrics() -> String { String::new() }\n";
    let head = "pub fn metrics() -> String { String::new() }\npub fn serve() -> String {\n    // TODO: implement the dispatch loop\n    String::from(\"ok\")\n}\n";
    let mut evidence = changed(&[("src/serve.rs", Some(base), Some(head))]);
    let not_checkable = (ClaimVerdict::NotCheckable, true);
    for (text, expected) in [
        ("The server is now production-ready.", PARTIAL),
        ("The documentation is production-ready.", not_checkable),
        ("The server is almost production-ready.", not_checkable),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
    // What stood there before says nothing of this change.
    let mut evidence = changed(&[("src/serve.rs", Some(head), Some(&head.replace("ok", "fine")))]);
    assert_eq!(verdict(&mut evidence, "The server is now production-ready."), not_checkable);
}

#[test]
fn what_was_worked_on_is_in_the_change() {
    let base = "pub fn fetch_user(id: u32) -> u32 { id }\n";
    let head = "pub fn fetch_user(id: u32) -> u32 { id }\npub fn parse(s: &str) -> usize { s.len() }\n";
    let mut evidence = changed(&[("src/lib.rs", Some(base), Some(head))]);
    let fresh = |lines: u64, in_change: u64| Lookup { in_change, ..lookup("render_page", lines) };
    evidence.lookups =
        vec![fresh(2, 0), lookup("retry_count", 0), lookup("dry-run", 0), lookup("must_use", 4)];
    for (text, expected) in [
        ("I've refactored `render_page` into smaller functions.", OPEN),
        ("I've made `render_page` async.", OPEN),
        ("I've changed `render_page` to return a result.", OPEN),
        ("I've added logging to `render_page`.", OPEN),
        ("I've added a `retry_count` field to the options.", OPEN),
        ("I've added a `--dry-run` flag.", OPEN),
        // What stood there before is no news, and no lie.
        ("I've added `#[must_use]` to the parser.", OPEN),
        // A defect may lie elsewhere than where it shows.
        ("I've fixed the overflow in `render_page`.", UNSEEN),
        ("I've added `render_page` support.", OPEN),
        ("I've bumped the version to 0.2.0.", OPEN),
        ("I've added the `serde-json` dependency.", OPEN),
        ("I've added the missing dependency.", UNSEEN),
        ("I've replaced `HashTable` with `OrderedTable`.", OPEN),
        ("I've replaced `HashTable` with `fetch_user`.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
    // It stands in a file that changed: who knows how far it reaches.
    evidence.lookups = vec![fresh(2, 1)];
    assert_eq!(verdict(&mut evidence, "I've refactored `render_page` into smaller functions."), OPEN);
}
