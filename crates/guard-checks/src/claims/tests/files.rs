//! Files that claims say were edited or made, and that the change does not touch.

use guard_model::evidence::NamedFile;
use guard_model::{ClaimVerdict, Evidence};

use super::{OPEN, UNSEEN, VERIFIED, changed, edit, extract, ran_tests, settle, statement, verdict};
use guard_model::StatementKind;

const PARTIAL: (ClaimVerdict, bool) = (ClaimVerdict::Partial, true);

/// A change of `src/lib.rs` and `docs/plan.md` in a tree that has more, with what collecting would say of the rest.
fn tree() -> Evidence {
    let mut evidence = changed(&[
        ("src/lib.rs", Some("pub fn a() {}\n"), Some("pub fn a() { b() }\npub fn b() {}\n")),
        ("docs/usage.md", Some("# Usage\n"), Some("# Usage\n\nCall `b`.\n")),
    ]);
    let named = |said: &str, at: &[&str], ignored: bool| NamedFile {
        said: said.into(),
        at_head: Some(at.iter().map(|p| (*p).to_owned()).collect()),
        ignored,
    };
    evidence.named_files = vec![
        named("README.md", &["README.md"], false),
        named("src/logger.js", &["src/logger.js"], false),
        named("logger.js", &["src/logger.js"], false),
        named("checksums.json", &[], false),
        named(".npmignore", &[], false),
        named("dist/index.js", &[], true),
        named("NOTES.md", &[], false),
        named("Cargo.toml", &["Cargo.toml"], false),
    ];
    evidence
}

#[test]
fn a_file_that_is_said_to_be_edited_is_in_the_change() {
    let mut evidence = tree();
    for (text, expected) in [
        ("Updated README.md with the new function.", PARTIAL),
        ("Updated the README.", PARTIAL),
        ("Updated `src/lib.rs` and `src/logger.js`.", PARTIAL),
        ("Added missing `logMcp` method to Logger class in src/logger.js.", PARTIAL),
        ("Added missing `logMcp` method to Logger class in logger.js.", PARTIAL),
        ("Created checksums.json for verification.", PARTIAL),
        ("Deleted src/logger.js.", PARTIAL),
        ("Moved `a` to src/logger.js.", PARTIAL),
        ("Updated 12 files.", OPEN),
        ("Updated imports across 3 files.", OPEN),
        ("Updated 2 files.", UNSEEN),
        ("Removed `logMcp` from src/logger.js.", OPEN),
        ("Created .npmignore for a smaller package.", PARTIAL),
        ("Added .rs files.", UNSEEN),
        // A fault may lie elsewhere than where it shows, and what is removed may be a symptom.
        ("Fixed the type mismatch in src/logger.js.", UNSEEN),
        ("Removed the panic in src/logger.js.", UNSEEN),
        ("Added `checksums.json` to the published files.", UNSEEN),
        // It may be kept out of commits, be there from before, or be meant by another name.
        ("Created dist/index.js.", OPEN),
        ("Created README.md.", OPEN),
        ("Updated NOTES.md.", OPEN),
        ("Updated usage.md.", VERIFIED),
        // What code does with a file of that name.
        ("Fixed Cargo.toml parsing.", UNSEEN),
        ("Added a license check in Cargo.toml.", UNSEEN),
        ("Fixed a crash when importing names in src/logger.js.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
    // What was edited is not gone.
    let mut evidence = tree();
    evidence.named_files[1].said = "src/lib.rs".into();
    assert_eq!(verdict(&mut evidence, "Deleted src/lib.rs."), PARTIAL);
    // The session shows that it was edited, whatever became of it.
    let mut evidence = tree();
    evidence.change.files.retain(|f| f.path != "src/lib.rs");
    evidence.named_files[1].said = "src/lib.rs".into();
    assert_eq!(verdict(&mut evidence, "Updated src/lib.rs."), PARTIAL);
    evidence.words.events = vec![edit(3)];
    assert_eq!(verdict(&mut evidence, "Updated src/lib.rs."), UNSEEN);
}

#[test]
fn what_another_commit_did_is_not_looked_for_here() {
    let mut evidence = tree();
    let text = "Related commits:\n\n- 84fcc9b was first\n- Updated README.md with the new function\n";
    evidence.words.statements = vec![statement(StatementKind::FinalMessage, text, "s.jsonl:99", 99)];
    let mut claims = extract(&evidence);
    settle(&mut claims, &evidence);
    assert!(claims.iter().all(|c| c.verdict == ClaimVerdict::Unsupported), "{claims:?}");
    // A log of the work tells of the work, not of itself.
    for (path, expected) in [("docs/usage.yaml", PARTIAL), ("docs/roadmap.yaml", UNSEEN)] {
        let files = tree().named_files;
        let mut evidence =
            Evidence { named_files: files, ..changed(&[(path, Some("a: 1\n"), Some("a: 2\n"))]) };
        assert_eq!(verdict(&mut evidence, "Updated README.md with the new function."), expected, "{path}");
    }
    // Below a lead-in that calls it something else.
    for (lead, expected) in [("Changes:", ClaimVerdict::Partial), ("Setup:", ClaimVerdict::Unsupported)] {
        let mut evidence = tree();
        let text = format!("I've added `b`.\n\n{lead}\n- Updated README.md with the new function\n");
        evidence.words.statements = vec![statement(StatementKind::FinalMessage, &text, "s.jsonl:99", 99)];
        let mut claims = extract(&evidence);
        settle(&mut claims, &evidence);
        let told = claims.iter().find(|c| c.text.contains("README")).map(|c| c.verdict);
        assert_eq!(told, Some(expected), "{lead}");
    }
}

#[test]
fn what_the_session_committed_before_the_change_begins_is_not_missed() {
    let mut evidence = tree();
    evidence.words.events = vec![committed(3)];
    for text in ["Updated README.md with the new function.", "Added a `retry_count` field to `a`."] {
        assert_eq!(verdict(&mut evidence, text), UNSEEN, "{text}");
    }
}

fn committed(order: u32) -> guard_model::Event {
    let mut event = ran_tests(order, 1, 0);
    if let guard_model::EventKind::Command(command) = &mut event.kind {
        command.line = "git commit -am docs".into();
        command.purposes = vec![guard_model::words::Purpose::Commit];
        command.reading = None;
    }
    event
}
