use super::*;

/// `sort name: calls | given | like | routes`, one entry a line.
fn shown(path: &str, text: &str) -> String {
    let outline = outline(path, text.as_bytes()).unwrap();
    let of = |ids: &[Text]| {
        ids.iter().map(|id| outline.texts[*id as usize].as_str()).collect::<Vec<_>>().join(" ")
    };
    let line = |entry: &Entry| {
        let name = &outline.texts[entry.qualified as usize];
        let lists = [&entry.calls, &entry.given, &entry.like, &entry.routes].map(|list| of(list));
        format!("{:?} {name}: {}", entry.sort, lists.join(" | ")).trim_end().to_owned()
    };
    outline.entries.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn tests_helpers_and_code_are_told_apart() {
    let text = r#"
        struct Upload;
        impl Handler<Req> for Upload {
            fn handle(&self, req: Req) -> Res { store(req.body()); respond("/files/17") }
        }
        #[cfg(test)]
        mod tests {
            fn client() -> Client { Client::new("http://localhost") }
            #[sqlx::test]
            async fn uploads_a_file(pool: Pool) {
                let client = client();
                assert_eq!(client.post("/files/{id}").send(), 200);
            }
        }
    "#;
    insta::assert_snapshot!(shown("src/upload.rs", text), @r"
    Type Upload:  |  |  |
    Code Upload::handle: store body respond |  | Handler | /files/*
    Helper tests::client: new |  |  |
    Test tests::uploads_a_file: client assert_eq post send | sqlx pool |  | /files/*
    ");
}

#[test]
fn python_tests_are_given_what_their_parameters_name() {
    let text = "class TestUpload(Base):\n    @pytest.mark.slow\n    def test_large(self, client, tmp_path: Path = None):\n        client.post('/upload', data=big())\n";
    insta::assert_snapshot!(shown("tests/test_upload.py", text), @r#"
    Type TestUpload:  |  | Base | /upload
    Test TestUpload.test_large: post big | slow client tmp_path | Base | /upload
    "#);
}

#[test]
fn names_are_words_and_words_are_stems() {
    let stems = |text: &str| {
        let mut found = Vec::new();
        words_of(text, |word| found.push(stem(word).to_owned()));
        found.join(" ")
    };
    assert_eq!(stems("rejectsLargeFiles"), "reject larg fil");
    assert_eq!(stems("rejecting a large file"), "reject a larg fil");
    assert_eq!(stems("HTTPServer_v2 entries running"), "http server v 2 entr run");
    assert_eq!(stems("a string of str"), "a string of str");
    assert_eq!(stems("creates created creation"), "creat creat creat");
}

#[test]
fn a_route_is_what_does_not_vary() {
    for (token, expected) in [
        ("\"/users/17/posts\"", Some("/users/*/posts")),
        ("'/api/v2/users/:id'", Some("/api/v2/users/*")),
        ("\"/users/{user_id}?full=1\"", Some("/users/*")),
        ("\"users\"", None),
        ("\"// a comment\"", None),
        ("\"/17\"", None),
    ] {
        assert_eq!(route(token).as_deref(), expected, "{token}");
    }
}

#[test]
fn forms_are_blind_for_names_and_see_everything_else() {
    let body = |a: &str, limit: &str, f: &str| {
        format!(
            "fn {f}({a}: &[u8]) -> usize {{\n let mut n = 0;\n for b in {a}.iter() {{ if *b == {limit} {{ n += 1; }} }}\n \
             let x = n * 2 + {a}.len(); let y = x - 1; y.max(n)\n}}\n"
        )
    };
    let form = |text: &str| outline("a.rs", text.as_bytes()).unwrap().entries[0].form;
    let one = form(&body("bytes", "10", "count"));
    assert!(one.is_some());
    assert_eq!(one, form(&body("text", "10", "lines")));
    assert_ne!(one, form(&body("text", "11", "lines")));
}
