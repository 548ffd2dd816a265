use guard_model::examples::{Example, Examples};

use super::*;
use crate::index::tests::index_of;

const FILES: &[(&str, &str)] = &[
    (
        "src/http/upload.rs",
        "pub fn upload_file(body: &[u8]) -> Result<Id> { limit(body)?; store(body) }\n\
         pub fn limit(body: &[u8]) -> Result<()> { Ok(()) }\n\
         pub struct Upload;\n\
         impl Handler for Upload { fn handle(&self, req: Req) -> Res { upload_file(req.body()) } }\n",
    ),
    (
        "src/http/avatar.rs",
        "pub struct Avatar;\nimpl Handler for Avatar { fn handle(&self, req: Req) -> Res { resize(req.body()) } }\n",
    ),
    ("src/cli.rs", "pub fn parse(args: &[String]) -> Args { Args::default() }\n"),
    (
        "tests/upload.rs",
        "fn client() -> Client { Client::new() }\n\
         #[test]\nfn stores_a_small_file() { let c = client(); assert!(upload_file(b\"x\").is_ok()); c.get(\"/files/1\"); }\n\
         #[test]\nfn refuses_an_empty_name() { let c = client(); assert!(c.post(\"/names\").is_err()); }\n",
    ),
    ("tests/cli.rs", "#[test]\nfn parses_no_arguments() { assert_eq!(parse(&[]), Args::default()); }\n"),
];

fn ask(what: &[&str]) -> Examples {
    let index = index_of(FILES);
    let what: Vec<String> = what.iter().map(|it| (*it).to_owned()).collect();
    nearest(&index, Query::of(&what, &index), Wanted { limit: 3 })
}

/// `name: reasons`, one example a line.
fn shown(list: &[Example]) -> String {
    let line = |example: &Example| {
        let reasons: Vec<&str> = example.reasons.iter().map(|reason| reason.message.as_str()).collect();
        format!("{}: {}", example.name, reasons.join("; "))
    };
    list.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_name_brings_the_tests_that_call_it_and_the_helpers_that_those_use() {
    let found = ask(&["upload_file"]);
    insta::assert_snapshot!(shown(&found.tests), @r#"
    stores_a_small_file: calls `upload_file`; same words: file, upload; near it in the tree
    refuses_an_empty_name: near it in the tree; same word: upload
    "#);
    insta::assert_snapshot!(shown(&found.helpers), @"client: used by 2 of the nearest tests; near it in the tree; same word: upload");
    insta::assert_snapshot!(shown(&found.implementations), @"upload_file: is what was asked for");
}

#[test]
fn a_test_that_is_to_be_is_near_by_its_words() {
    let found = ask(&["refuses_a_large_file"]);
    insta::assert_snapshot!(shown(&found.tests), @r#"
    refuses_an_empty_name: same word: refuses
    stores_a_small_file: same word: file
    "#);
}

#[test]
fn a_file_brings_the_tests_of_what_is_in_it() {
    let found = ask(&["src/http/upload.rs"]);
    insta::assert_snapshot!(shown(&found.tests), @r#"
    stores_a_small_file: calls `upload_file`; the file of that name; same word: upload
    refuses_an_empty_name: the file of that name; same word: upload
    "#);
    insta::assert_snapshot!(shown(&found.implementations), @r#"
    upload_file: is what was asked for
    Upload::handle: is what was asked for
    Upload: is what was asked for
    "#);
}

#[test]
fn a_file_that_is_to_be_has_neighbours() {
    let found = ask(&["src/http/thumbnail.rs"]);
    insta::assert_snapshot!(shown(&found.implementations), @r#"
    Avatar: near it in the tree
    Avatar::handle: near it in the tree
    upload_file: near it in the tree
    "#);
}

#[test]
fn routes_and_sentences_are_understood() {
    let found = ask(&["/files/{id}"]);
    insta::assert_snapshot!(shown(&found.tests), @"stores_a_small_file: same route `/files/*`; same word: file");
    let found = ask(&["write a test that `Upload` stores large files through upload_file"]);
    insta::assert_snapshot!(shown(&found.tests), @r#"
    stores_a_small_file: same words: stores, file, upload; calls `upload_file`; near it in the tree
    refuses_an_empty_name: near it in the tree; same word: upload
    "#);
    assert!(ask(&["xyzzy"]).tests.is_empty());
}
