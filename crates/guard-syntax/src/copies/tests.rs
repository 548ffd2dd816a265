use super::*;

const COUNT: &str = "fn count_lines(text: &str, most: usize) -> usize {\n    let mut found = 0;\n    for line in text.lines() {\n        \
    if line.trim().is_empty() { continue; }\n        found += 1;\n        if found >= most { return most; }\n    }\n    found\n}\n";

fn compare(path: &str, one: &str, other: &str) -> Option<Same> {
    let piece = |text: &'static str| Piece { path: "", text: text.as_bytes(), lines: None };
    let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let (a, b) = (Piece { path, ..piece(leak(one)) }, Piece { path, ..piece(leak(other)) });
    same(&a, &b, false)
}

#[test]
fn names_of_its_own_make_no_other_function() {
    let other = COUNT
        .replace("text", "body")
        .replace("found", "n")
        .replace("count_lines", "lines_in")
        .replace("fn ", "pub fn ");
    let same = compare("a.rs", COUNT, &other).unwrap();
    assert!(same.renamed);
}

#[test]
fn anything_else_does() {
    for (from, to) in [
        ("found += 1", "found += 2"),
        (".trim()", ".trim_end()"),
        ("found >= most", "found > most"),
        ("text: &str", "text: &String"),
        ("text.lines()", "lines(text)"),
        ("return most", "return found"),
        ("let mut found = 0;", "let mut found = 0; log();"),
    ] {
        let other = COUNT.replace(from, to);
        assert_ne!(other, COUNT);
        assert_eq!(compare("a.rs", COUNT, &other), None, "{from} -> {to}");
    }
}

#[test]
fn what_is_called_must_have_the_same_name_and_is_told() {
    let one = "function a(x) { const y = load(x, LIMIT); return y.items.map((it) => it.id + OFFSET); }";
    let two = "const b = 1;";
    let renamed =
        "function c(z) { const w = load(z, LIMIT); return w.items.map((that) => that.id + OFFSET); }";
    let same = compare("a.ts", one, renamed).unwrap();
    assert_eq!(same.free, ["load", "LIMIT", "OFFSET"]);
    assert_eq!(compare("a.ts", one, two), None);
    assert_eq!(compare("a.ts", one, &renamed.replace("load", "fetch")), None);
}

#[test]
fn a_delegation_by_its_own_name_is_another_one() {
    for one in [
        "fn mean(rows: &Rows, by: &str) -> Rows { let key = rows.key(by); rows.inner().mean(key) }",
        "fn mean(rows: &Rows, by: &str) -> Rows { let key = rows.key(by); lazy::mean(rows.inner(), key) }",
    ] {
        assert_eq!(compare("a.rs", one, &one.replace("mean", "sum")), None, "{one}");
    }
    let recursive = "fn depth(node: &Node) -> u32 { node.kids.iter().map(|kid| depth(kid)).max() + 1 }";
    assert!(compare("a.rs", recursive, &recursive.replace("depth", "height")).is_some());
    let method =
        "impl Expr { fn mean(&self, by: Expr) -> Self { self.inner.clone().mean(by.inner).into() } }";
    let within = |text: &'static str| Piece { path: "a.rs", text: text.as_bytes(), lines: None };
    let other = "impl Expr { fn sum(&self, by: Expr) -> Self { self.inner.clone().sum(by.inner).into() } }";
    assert_eq!(same(&within(method), &within(other), true), None);
}

#[test]
fn a_method_is_what_its_object_makes_it() {
    let one = "class A:\n    def total(self):\n        return sum(self.a) + self.b\n";
    assert_eq!(compare("a.py", one, one), None);
}

#[test]
fn the_sieve_lets_through_what_is_written_otherwise_and_little_else() {
    let sieve = Sieve::new([(Language::Rust, COUNT, "count_lines")]).unwrap();
    let mut row = Vec::new();
    let mut holds = |text: &str| sieve.may_hold(Language::Rust, text.as_bytes(), &mut row);
    let other = COUNT
        .replace("text", "body")
        .replace("usize {\n", "usize { // it's a comment\n")
        .replace("most: usize)", "most: usize,\n)");
    assert!(holds(&format!(
        "const A: &str = r#\"it's \" here\"#;\nfn before<'a>(c: char) -> bool {{ c == '\"' }}\n{other}"
    )));
    assert!(!holds(&COUNT.replace("found += 1", "found += 1 + most")));
    assert!(!holds(""));
}

#[test]
fn the_sieve_reads_other_languages() {
    let python = "def total(rows, rate):\n    \"\"\"It's the sum.\"\"\"\n    out = 0\n    for row in rows:\n        if row.kind == 'x':\n            out += row.price * rate\n    return round(out, 2)\n";
    let sieve = Sieve::new([(Language::Python, python, "total")]).unwrap();
    let other =
        python.replace("It's the sum.", "Another one").replace("rows", "lines").replace("'x'", "\"x\"");
    assert!(sieve.may_hold(Language::Python, format!("# don't\n{other}").as_bytes(), &mut Vec::new()));
    assert!(Sieve::new([(Language::Python, "def a(): pass", "a")]).is_none());
}
