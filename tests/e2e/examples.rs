//! `guard examples`: what there is already, from an index that follows the work tree.

use serde_json::Value;

use crate::project::Project;

const CODE: &str = "pub fn upload_file(name: &str, body: &[u8]) -> Result<u32, String> {\n    check_name(name)?;\n    Ok(body.len() as u32)\n}\n\
                    pub fn check_name(name: &str) -> Result<(), String> {\n    if name.is_empty() { Err(\"no name\".into()) } else { Ok(()) }\n}\n";
const TESTS: &str = "use demo::*;\nfn body() -> Vec<u8> { vec![1, 2, 3] }\n\
                     #[test]\nfn stores_a_small_file() { assert_eq!(upload_file(\"a\", &body()), Ok(3)); }\n\
                     #[test]\nfn a_name_is_needed() { assert!(check_name(\"\").is_err()); }\n";

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect()
}

fn ask(project: &Project, what: &[&str]) -> Value {
    let ran = project.guard(&[&["examples", "--format", "json"], what].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.json()
}

#[test]
fn the_index_follows_what_is_not_committed() {
    let project = Project::of(&[("src/lib.rs", CODE), ("tests/upload.rs", TESTS)]);
    let found = ask(&project, &["refuses_a_large_file", "upload_file"]);
    assert_eq!(names(&found["tests"])[0], "stores_a_small_file", "{found:#}");
    assert_eq!(names(&found["helpers"]), ["body"]);
    assert_eq!(names(&found["implementations"])[0], "upload_file");
    let reasons = &found["tests"][0]["reasons"];
    assert!(reasons[0]["message"].as_str().unwrap().starts_with("calls `upload_file`"), "{reasons:#}");

    let more = format!(
        "{TESTS}#[test]\nfn refuses_a_huge_file() {{ assert!(upload_file(\"b\", &[0; 999]).is_err()); }}\n"
    );
    project.write("tests/upload.rs", &more);
    let found = ask(&project, &["refuses_a_large_file", "upload_file"]);
    assert_eq!(names(&found["tests"])[0], "refuses_a_huge_file", "{found:#}");
    assert_eq!(found["tests"][0]["line"], 7);
    // As it was committed.
    let found = ask(&project, &["--head", "HEAD", "refuses_a_large_file", "upload_file"]);
    assert!(!names(&found["tests"]).contains(&"refuses_a_huge_file"), "{found:#}");
}

#[test]
fn an_index_that_is_broken_is_made_anew() {
    let project = Project::of(&[("src/lib.rs", CODE), ("tests/upload.rs", TESTS)]);
    let first = project.guard(&["examples", "upload_file"]);
    let indexes: Vec<_> = walkdir::WalkDir::new(project.cache())
        .into_iter()
        .flatten()
        .filter(|entry| entry.file_type().is_file() && entry.file_name() == "index")
        .collect();
    assert_eq!(indexes.len(), 1);
    for broken in [&b""[..], b"guard index 1\n", b"\xff\xff\xff\xff"] {
        std::fs::write(indexes[0].path(), broken).unwrap();
        let again = project.guard(&["examples", "upload_file"]);
        assert_eq!((again.code, &again.stdout), (0, &first.stdout));
    }
    assert!(first.stdout.contains("tests/upload.rs:3  stores_a_small_file"), "{}", first.stdout);
}

#[test]
fn what_is_printed_follows_the_schema() {
    let project = Project::of(&[("src/lib.rs", CODE), ("tests/upload.rs", TESTS)]);
    let schema: Value = serde_json::from_str(&project.guard(&["schema", "examples"]).stdout).unwrap();
    let found = ask(&project, &["src/lib.rs", "a sentence about names", "src/new.rs"]);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&found).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let taken: Vec<&str> =
        found["asked"].as_array().unwrap().iter().map(|it| it["taken_as"].as_str().unwrap()).collect();
    assert_eq!(taken, ["path", "words", "new-path"]);
}

#[test]
fn a_brief_names_commands_checks_and_what_is_near_the_files_in_play() {
    let project = Project::crate_with(CODE);
    project.write("tests/upload.rs", TESTS);
    project.write(
        "guard.toml",
        "[[pair]]\nreference = \"src/lib.rs#upload_file\"\nimplementations = [\"src/other.rs\"]\n",
    );
    project.commit("Tests");
    let ran = project.guard(&["brief"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("- `cargo test --workspace`"), "{}", ran.stdout);
    assert!(ran.stdout.contains("- src/other.rs follows src/lib.rs#upload_file"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("What exists near"), "{}", ran.stdout);
    project.edit("src/lib.rs", "no name", "a name is needed");
    let ran = project.guard(&["brief"]);
    assert!(ran.stdout.contains("What exists near src/lib.rs"), "{}", ran.stdout);
    assert!(ran.stdout.contains("- test tests/upload.rs:"), "{}", ran.stdout);
    let ran = project.guard(&["brief", "check_name"]);
    assert!(ran.stdout.contains("`a_name_is_needed`: calls `check_name`"), "{}", ran.stdout);
}

#[test]
fn nothing_near_is_no_error() {
    let project = Project::of(&[("src/lib.rs", CODE)]);
    let ran = project.guard(&["examples", "xyzzy"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.contains("nothing of 1 source files is near it"), "{}", ran.stdout);
}

#[test]
fn a_helper_that_is_written_again_is_noted_with_the_one_to_call() {
    let helper = "pub fn parse_size(text: &str) -> Option<u64> {\n    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());\n    \
                  let number: u64 = digits.trim().parse().ok()?;\n    let unit = text[digits.len()..].to_ascii_lowercase();\n    \
                  let factor = match unit.as_str() {\n        \"\" | \"b\" => 1,\n        \"kb\" => 1024,\n        _ => return None,\n    };\n    \
                  number.checked_mul(factor)\n}\n";
    let project = Project::of(&[("src/size.rs", helper), ("src/upload.rs", "pub struct Upload;\n")]);
    let again =
        helper.replace("parse_size", "read_limit").replace("number", "amount").replace("digits", "front");
    project.write("src/upload.rs", format!("pub struct Upload;\n\n{again}"));
    let repeats = |args: &[&str]| {
        let (_, report) = project.check(&[&["--mode", "quick"], args].concat());
        let all =
            report["findings"].as_array().unwrap().iter().filter(|it| it["check"] == "duplicated-helper");
        all.map(|it| it["message"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let expected = ["`read_limit` repeats `parse_size` in src/size.rs"];
    // By the sieve, and by the index.
    assert_eq!(repeats(&[]), expected);
    assert_eq!(project.guard(&["examples", "parse_size"]).code, 0);
    assert_eq!(repeats(&[]), expected);
    // With another number it is another function.
    project.edit("src/upload.rs", "1024", "1000");
    assert_eq!(repeats(&[]), Vec::<String>::new());
    assert_eq!(repeats(&["--fresh"]), Vec::<String>::new());
}
