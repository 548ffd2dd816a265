//! What a refactoring leaves in the lines, where the claim gives no name.

use super::*;

const BASE: &str = "\
fn load(root: &Path) -> PathBuf {
    let base = root.join(format!(\"registry-{}-{}\", name(), version()));
    create_dir(&base);
    write(base.join(\"lib.rs\"));
    base.join(\"out.json\")
}
fn check_statement(node: &Node) {
    check_condition(&node.condition_of_while);
    check_block(&node.body_of_while);
    scope.leave_while_body(node);
    done(node);
}
fn check_expression(node: &Node) {
    other(node);
}
";

const HEAD: &str = "\
fn load(root: &Path) -> PathBuf {
    let identifier = format!(\"registry-{}-{}\", name(), version());
    let build_dir = root.join(identifier);
    create_dir(&build_dir);
    write(build_dir.join(\"lib.rs\"));
    build_dir.join(\"out.json\")
}
fn check_statement(node: &Node) {
    done(node);
}
fn check_expression(node: &Node) {
    other(node);
    check_condition(&node.condition_of_while);
    check_block(&node.body_of_while);
    scope.leave_while_body(node);
}
";

#[test]
fn nameless_refactorings_are_seen_in_the_lines() {
    let mut evidence = changed(&[("src/lib.rs", Some(BASE), Some(HEAD))]);
    for (text, expected) in [
        ("I've renamed a variable to clarify its usage.", VERIFIED),
        ("I've extracted a variable.", VERIFIED),
        ("I've moved the while handling from statements to expressions.", VERIFIED),
        // The other way round, and what did not move.
        ("I've moved the while handling from expressions to statements.", UNSEEN),
        ("I've moved the loading from statements to expressions.", UNSEEN),
        ("I've moved all handling from statements to expressions.", UNSEEN),
        ("I've renamed all variables.", UNSEEN),
        ("I've extracted two variables.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
    // A name that stays in use was not renamed; an expression that stands nowhere else was not extracted.
    let kept = HEAD.replace("done(node);", "done(node); base();");
    let mut kept = changed(&[("src/lib.rs", Some(BASE), Some(kept.as_str()))]);
    assert_eq!(verdict(&mut kept, "I've renamed a variable to clarify its usage."), UNSEEN);
    let mut new =
        changed(&[("src/lib.rs", Some("fn f() {}\n"), Some("fn f() {\n    let id = compute_it();\n}\n"))]);
    assert_eq!(verdict(&mut new, "I've extracted a variable."), UNSEEN);
}

#[test]
fn a_test_is_split_where_one_went_and_several_came() {
    let test = |names: &[&str]| -> String {
        let all = names.iter().map(|n| format!("    it('{n}', () => {{ expect(f()).toBe(1) }})\n"));
        let setup = if names.len() > 1 { "    beforeEach(() => { start() })\n" } else { "" };
        format!("describe('expiry', () => {{\n{setup}{}}})\n", all.collect::<String>())
    };
    let (old, new) = (test(&["expires old data"]), test(&["keeps fresh data", "drops stale data"]));
    let mut evidence = changed(&[("src/store.test.ts", Some(old.as_str()), Some(new.as_str()))]);
    let text = "Split test into focused tests with shared `beforeEach` setup";
    assert_eq!(listed(&mut evidence, text), ClaimVerdict::Verified);
    let text = "Split test into focused tests with shared `afterAll` setup";
    assert_eq!(listed(&mut evidence, text), ClaimVerdict::Unsupported);
    let mut same = changed(&[("src/store.test.ts", Some(old.as_str()), Some(old.as_str()))]);
    assert_eq!(listed(&mut same, "Split test into focused tests"), ClaimVerdict::Unsupported);
}

#[test]
fn all_calls_are_gone_where_no_source_file_has_one() {
    let base = "use std::process::exit;\nfn main() { run(); exit(1); }\n";
    let head = "fn main() -> ExitCode { run() }\n";
    let mut evidence = changed(&[("src/main.rs", Some(base), Some(head))]);
    let text = "I've removed all `std::process::exit()` calls throughout the codebase.";
    // Nobody looked.
    assert_eq!(verdict(&mut evidence, text), UNSEEN);
    let nowhere = vec![lookup("exit(", 0), lookup("process::exit", 0)];
    let claims = extract(&evidence);
    let wanted = crate::claims::sought(&claims, &evidence).names;
    assert!(["exit(", "process::exit"].iter().all(|w| wanted.iter().any(|n| n == w)), "{wanted:?}");
    evidence.lookups = nowhere;
    assert_eq!(verdict(&mut evidence, text), VERIFIED);
    assert_eq!(verdict(&mut evidence, "I've removed `std::process::exit()` calls."), UNSEEN);
    evidence.lookups = vec![lookup("exit(", 1), lookup("process::exit", 0)];
    assert_eq!(verdict(&mut evidence, text), UNSEEN);
}

#[test]
fn one_word_in_the_place_of_another_is_seen_on_the_lines() {
    let base = "assert.NoError(t, err)\nassert.Equal(t, a, b)\n";
    let head = "require.NoError(t, err)\nrequire.Equal(t, a, b)\n";
    let mut evidence = changed(&[("a_test.go", Some(base), Some(head))]);
    for (text, expected) in [
        ("I've replaced assert with require for error checks.", VERIFIED),
        ("I've replaced require with assert for error checks.", UNSEEN),
        ("I've replaced assert with require everywhere.", UNSEEN),
        ("I've replaced assert with testify for error checks.", UNSEEN),
    ] {
        assert_eq!(verdict(&mut evidence, text), expected, "{text}");
    }
}

#[test]
fn what_came_to_a_place_is_there_now_and_was_not() {
    let rename = |from: &str, to: &str| {
        let mut evidence = changed(&[(to, None, Some("x\n"))]);
        let file = &mut evidence.change.files[0];
        file.kind = ChangeKind::Renamed;
        file.old_path = Some(from.into());
        evidence
    };
    let mut evidence = rename("packages/config/a.ts", "src/config/a.ts");
    assert_eq!(verdict(&mut evidence, "I've moved config from packages/ to src/."), VERIFIED);
    assert_eq!(verdict(&mut evidence, "I've moved config and storage from packages/ to src/."), UNSEEN);
    assert_eq!(verdict(&mut evidence, "I've moved config from src/ to packages/."), UNSEEN);

    let types =
        "pub struct UserMessage {\n    text: String,\n}\npub struct ToolInput {\n    name: String,\n}\n";
    let mut evidence =
        changed(&[("cli/main.rs", Some(types), Some("\n")), ("cli/transcript/types.rs", None, Some(types))]);
    for (text, expected) in [
        ("Extract UserMessage, ToolInput types to cli/transcript/ package", ClaimVerdict::Verified),
        ("Extract UserMessage, ToolOutput types to cli/transcript/ package", ClaimVerdict::Unsupported),
        ("Extract UserMessage, ToolInput types to cli/session/ package", ClaimVerdict::Unsupported),
    ] {
        assert_eq!(listed(&mut evidence, text), expected, "{text}");
    }

    let lines: String = (0..6).map(|n| format!("The grammar has rule number {n} of many.\n")).collect();
    let mut evidence = changed(&[
        ("spec.md", Some(lines.as_str()), Some("# Specification\n")),
        ("docs/grammar.md", None, Some(lines.as_str())),
    ]);
    assert_eq!(listed(&mut evidence, "Move grammar details to docs/grammar.md"), ClaimVerdict::Verified);
    assert_eq!(listed(&mut evidence, "Move grammar details to docs/rules.md"), ClaimVerdict::Unsupported);
}

#[test]
fn an_alias_is_a_name_and_a_path_is_meant_as_it_is_said() {
    let base = "{\n  \"@shared/*\": [\"shared/*\"],\n  \"strict\": true\n}\n";
    let head = "{\n  \"strict\": true\n}\n";
    let mut evidence = changed(&[("tsconfig.json", Some(base), Some(head))]);
    assert_eq!(verdict(&mut evidence, "I've removed the @shared path alias from tsconfig.json."), VERIFIED);
    assert_eq!(verdict(&mut evidence, "I've removed the @models path alias from tsconfig.json."), UNSEEN);
    let mut two = changed(&[("spec.md", Some("a\n"), None), ("docs/spec.md", None, Some("b\n"))]);
    assert_eq!(listed(&mut two, "Remove old spec.md that mixed language and design"), ClaimVerdict::Verified);
}

#[test]
fn a_piece_of_code_that_gave_way_to_another_is_seen() {
    let base = "const a = github.rest.graphql(q)\nconst d = process.cwd()\n";
    let head = "const a = github.graphql(q)\nconst d = import.meta.dirname\n";
    let mut evidence = changed(&[("scripts/post.ts", Some(base), Some(head))]);
    for (text, expected) in [
        ("Use github.graphql instead of github.rest.graphql", ClaimVerdict::Verified),
        ("Replace process.cwd() with import.meta.dirname to resolve paths", ClaimVerdict::Verified),
        ("Use github.rest.graphql instead of github.graphql", ClaimVerdict::Unsupported),
        ("Replace process.cwd() with import.meta.url to resolve paths", ClaimVerdict::Unsupported),
    ] {
        assert_eq!(listed(&mut evidence, text), expected, "{text}");
    }
}
