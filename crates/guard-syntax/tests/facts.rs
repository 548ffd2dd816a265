//! Facts of small files: source on the left, what is found on the right.

use guard_model::source::SourceFacts;
use guard_model::{Side, TestDecl};
use guard_syntax::facts;

fn of(path: &str, text: &str) -> SourceFacts {
    facts(path, Side::Head, text.as_bytes()).expect("a path with a language")
}

/// `name`, then what keeps it from running where that is set.
fn tests(path: &str, text: &str) -> String {
    let show = |test: &TestDecl| {
        let ignored = test.ignored.as_ref().map(|it| format!("ignored {it}"));
        let reason = test.ignore_reason.as_ref().map(|it| format!("because {it}"));
        let condition = test.condition.as_ref().map(|it| format!("if {it}"));
        let generated = test.generated.then(|| "generated".to_owned());
        let parts = [Some(test.name.clone()), ignored, reason, condition, generated];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" | ")
    };
    of(path, text).tests.iter().map(show).collect::<Vec<_>>().join("\n")
}

/// `qualified kind: text` of every stub.
fn stubs(path: &str, text: &str) -> String {
    let items = of(path, text).items;
    let show = |item: &guard_model::Item| {
        let stub = item.stub.as_ref()?;
        Some(format!("{} {:?}: {}", item.qualified, stub.kind, stub.text))
    };
    items.iter().filter_map(show).collect::<Vec<_>>().join("\n")
}

#[test]
fn rust_tests_have_the_names_that_libtest_prints() {
    let text = r##"
        #[test] fn free() {}
        #[cfg(test)]
        mod tests {
            #[test] #[ignore = "slow"] fn ignored() {}
            #[tokio::test(flavor = "multi_thread")] async fn awaits() {}
            #[rstest] #[case(1)] #[case(2)] fn table(#[case] n: u32) {}
            #[rstest] fn fixture(server: Server) {}
            #[cfg(unix)] #[test] fn on_unix() {}
            #[cfg(any())] #[test] fn never() {}
            #[cfg_attr(miri, ignore)] #[test] fn not_in_miri() {}
            mod inner { #[actix_web::test] async fn deep() {} }
            proptest! { #[test] fn holds(x in 0..9u8) { prop_assert!(x < 9); } }
            fn helper() {}
            impl A { #[test] fn no() {} }
        }
        #[cfg(FALSE)] mod gone { #[test] fn within() {} }
        const TEXT: &str = "#[test] fn text() {}";
        fn made() -> TokenStream { quote! { #[test] fn quoted() {} } }
        macro_rules! make { () => { #[test] fn ruled() {} } }
        // #[test] fn commented() {}
        rgtest!(named, |dir| { eq(dir) });
        macro_rules! syntax { ($name:ident, $text:expr) => { #[test] fn $name() { parse($text); } } }
        syntax!(by_table, "a*");
    "##;
    insta::assert_snapshot!(tests("src/lib.rs", text), @r#"
    free
    tests::ignored | ignored #[ignore = "slow"] | because slow
    tests::awaits
    tests::table | generated
    tests::fixture
    tests::on_unix | if #[cfg(unix)]
    tests::never | ignored #[cfg(any())]
    tests::not_in_miri | if #[cfg_attr(miri, ignore)]
    tests::inner::deep
    tests::holds
    gone::within | ignored #[cfg(FALSE)]
    named | generated
    by_table | generated
    "#);
}

#[test]
fn rust_stubs_are_those_that_a_reviewer_would_uphold() {
    let text = r#"
        pub fn save(path: &Path) -> Result<()> { todo!() }
        fn later(x: u8) -> u8 { if x > 3 { return 1; } unimplemented!() }
        fn says(x: u8) { panic!("not implemented yet") }
        pub fn validate(input: &str) -> Result<()> { Ok(()) }
        pub fn list(&self, of: &str) -> Vec<u8> { Vec::new() }
        impl Store { pub fn write(&mut self, bytes: &[u8]) {} }
        pub fn weekday(year: u32, day: u32) -> u32 { let _ = (year, day); 4 }
    "#;
    insta::assert_snapshot!(stubs("src/store.rs", text), @r#"
    save Declared: todo!()
    later Declared: unimplemented!()
    says Declared: panic!("not implemented yet")
    validate Constant: Ok(())
    list Constant: Vec::new()
    Store::write Empty: {}
    weekday Constant: 4
    "#);
    let honest = r#"
        fn send(&self, x: u8) -> bool { let _ = self.queue.send(x); true }
        trait Visit { fn visit(&mut self, x: u8) {} fn name(&self, x: u8) -> u8 { unimplemented!() } }
        impl Write for Buffer { fn flush(&mut self, x: u8) -> Result<()> { Ok(()) } }
        impl Drop for A { fn drop(&mut self) {} }
        impl Log for NoopLogger { fn log(&self, record: &Record) { unimplemented!() } }
        #[cfg(not(unix))] fn chmod(path: &Path) -> Result<()> { Ok(()) }
        fn size() -> u32 { 0 }
        fn assert_send<T: Send>(_: T) {}
        fn kind(x: &X) -> u8 { match x { X::A => 1, _ => unimplemented!() } }
        fn serialize_map(self, len: usize) -> R { unimplemented!("only string keys are supported") }
        /// Does nothing; kept for compatibility.
        pub fn flush(buffer: &mut Buffer) {}
        extern "C" fn callback(data: *mut u8) {}
        #[wasm_bindgen] pub fn log(text: &str) {}
        fn main() {}
        #[cfg(test)] mod tests { fn helper(x: u8) -> Result<()> { Ok(()) } }
    "#;
    assert_eq!(stubs("src/store.rs", honest), "");
    assert_eq!(stubs("src/sys/unsupported.rs", "pub fn lock(file: &File) -> Result<()> { Ok(()) }"), "");
}

#[test]
fn tests_of_the_other_languages() {
    let javascript = r#"
        describe("suite", () => {
            it("one", () => { expect(1).toBe(1); });
            it.skip("two", () => {});
            it.each([1, 2])("three %s", (n) => {});
            describe.skip("inner", () => { test("four", async () => {}); });
            test.todo("five");
            it("six", { skip: "why" }, () => {});
            test.skipIf(isCI)("seven", () => {});
        });
        const text = "it('no', () => {})";
        pattern.test("no");
    "#;
    insta::assert_snapshot!(tests("a.test.ts", javascript), @r#"
    suite > one
    suite > two | ignored it.skip
    suite > three %s | generated
    suite > inner > four | ignored describe.skip
    suite > five | ignored test.todo
    suite > six | ignored { skip: "why" } | because why
    suite > seven | if skipIf(isCI)
    "#);
    insta::assert_snapshot!(tests("b.test.js", "it.only('a', () => {}); it('b', () => {});"), @r"
    a
    b | ignored it.only on line 1
    ");
    let renamed = r#"
        const t = require("node:test"), assert = require("assert");
        import { it as check, describe } from "vitest";
        const { suite: group } = require("node:test");
        import u from "./util";
        t("one", () => assert.equal(1, 1));
        group("all", () => { check("two", () => {}); t.skip("three", () => {}); });
        u("no", () => {});
    "#;
    insta::assert_snapshot!(tests("c.test.js", renamed), @r"
    one
    all > two
    all > three | ignored t.skip
    ");
    let python = r#"
import pytest
@pytest.mark.skip(reason="slow")
def test_a(): assert f() == 1
@pytest.mark.parametrize("x", [1, 2])
def test_b(x): assert x
@pytest.mark.skipif(sys.platform == "win32", reason="posix")
def test_c(): pass
class TestD:
    @pytest.mark.xfail
    def test_e(self): pass
class Other:
    def test_no(self): pass
class F(unittest.TestCase):
    def test_g(self): self.skipTest("later")
def helper(): pass
"#;
    insta::assert_snapshot!(tests("test_a.py", python), @r#"
    test_a | ignored @pytest.mark.skip(reason="slow") | because slow
    test_b | generated
    test_c | because posix | if @pytest.mark.skipif(sys.platform == "win32", reason="posix")
    TestD.test_e | ignored @pytest.mark.xfail
    F.test_g | ignored self.skipTest("later") | because later
    "#);
    let go = "package a\nfunc TestA(t *testing.T) { t.Fatal() }\nfunc TestB(t *testing.T) {\n\tt.Skip(\"flaky\")\n}\nfunc Testify(t *testing.T) {}\nfunc BenchmarkC(b *testing.B) {}\nfunc TestMain(m *testing.M) {}\n";
    insta::assert_snapshot!(tests("a_test.go", go), @r#"
    TestA
    TestB | ignored t.Skip("flaky") | because flaky
    "#);
    let java = r#"class ATest { @Test void a() {} @Test @Disabled("why") void b() {} @ParameterizedTest void c(int x) {} void d() {} @Nested class In { @Test void e() {} } }"#;
    insta::assert_snapshot!(tests("ATest.java", java), @r#"
    ATest.a
    ATest.b | ignored @Disabled("why") | because why
    ATest.c | generated
    ATest$In.e
    "#);
    let cpp = "TEST(Suite, A) { EXPECT_EQ(1, f()); }\nTEST_F(Fix, DISABLED_B) {}\n#if 0\nTEST(Suite, C) {}\n#endif\nTEST_CASE(\"d e\", \"[tag]\") { REQUIRE(f()); }\n";
    insta::assert_snapshot!(tests("a_test.cc", cpp), @r"
    Suite.A
    Fix.DISABLED_B | ignored TEST_F(Fix, DISABLED_B)
    Suite.C | ignored #if 0
    d e
    ");
}

#[test]
fn stubs_of_the_other_languages() {
    assert_eq!(
        stubs("a.py", "def f(x):\n    raise NotImplementedError\n"),
        "f Declared: raise NotImplementedError"
    );
    assert_eq!(stubs("a.py", "def f(x):\n    \"\"\"Sends x.\"\"\"\n    pass\n"), "f Empty: pass");
    assert_eq!(stubs("a.py", "class A(ABC):\n    @abstractmethod\n    def f(self, x): ...\n"), "");
    assert_eq!(stubs("a.py", "class A(Protocol):\n    def f(self, x): ...\n"), "");
    assert_eq!(stubs("a.pyi", "def f(x): ...\n"), "");
    let typescript = "export function f(x: string) { throw new Error('not implemented'); }";
    assert_eq!(stubs("a.ts", typescript), "f Declared: throw new Error('not implemented');");
    assert_eq!(
        stubs("a.ts", "export function send(x: string) { return null; }"),
        "send Constant: return null;"
    );
    assert_eq!(stubs("a.ts", "const noop = (x) => {}; run((x) => {}); export function onClose(x) {}"), "");
    assert_eq!(
        stubs("a.go", "package a\nfunc F(x int) { panic(\"not implemented\") }"),
        "F Declared: panic(\"not implemented\")"
    );
    let discards = [
        ("a.py", "def f(x):\n    del x\n    return None\n", "f Constant: return None"),
        ("a.ts", "export function f(x: string) { void x; return null; }", "f Constant: return null;"),
        ("a.go", "package a\nfunc F(x int) error {\n\t_ = x\n\treturn nil\n}\n", "F Constant: return nil"),
        ("a.c", "int f(int x) { (void)x; return 0; }", "f Constant: return 0;"),
        ("a.c", "int f(int x) { (void)g(x); return 0; }", ""),
    ];
    for (path, text, expected) in discards {
        assert_eq!(stubs(path, text), expected, "{text}");
    }
    assert_eq!(stubs("a.go", "package a\nfunc (s *S) Close(x int) error { return nil }"), "");
    let java = "class A { public int f(int x) { throw new UnsupportedOperationException(\"Not implemented yet\"); } }";
    assert!(stubs("A.java", java).starts_with("A.f Declared"));
    assert_eq!(stubs("A.java", "class A { public void close(int x) {} }"), "");
}

#[test]
fn a_body_is_the_same_whatever_its_layout_and_comments() {
    let body = |path: &str, text: &str| of(path, text).items[0].body.clone();
    let rust = body("a.rs", "fn f() { g(1, 2); }");
    assert_eq!(rust, body("a.rs", "fn f() {\r\n    // why\n    g(\n        1,\n        2,\n    );\n}"));
    assert_ne!(rust, body("a.rs", "fn f() { g(1, 3); }"));
    assert_ne!(body("a.rs", "fn f() { g((1,)) }"), body("a.rs", "fn f() { g((1)) }"));
    let python = body("a.py", "def f():\n    if x:\n        a()\n        b()\n");
    assert_eq!(python, body("a.py", "def f():\n  \"\"\"Doc.\"\"\"\n  if x:\n    a()  # why\n    b()\n"));
    assert_ne!(python, body("a.py", "def f():\n    if x:\n        a()\n    b()\n"));
}

#[test]
fn hostile_files_are_bounded() {
    const DEEP: usize = 100_000;
    let nest = |before: &str, open: &str, close: &str| {
        format!("{before}{}{}", open.repeat(DEEP), close.repeat(DEEP))
    };
    let cases = [
        ("a.rs", nest("fn f() { let x = ", "(", ")")),
        ("a.rs", nest("fn f() ", "{", "}")),
        ("a.rs", nest("fn f() ", "{", "")),
        ("a.rs", nest("#[cfg(", "all(", ")")),
        ("a.ts", nest("const x = ", "[", "]")),
        ("a.tsx", nest("function f() ", "{", "}")),
        ("a.js", nest("", "a(", ")")),
        ("a.py", nest("x = ", "(", ")")),
        ("a.py", format!("if x: pass\n{}", "elif y: pass\n".repeat(DEEP / 10))),
        ("a.go", nest("package a\nfunc f() ", "{", "}")),
        ("a.c", nest("int f() ", "{", "}")),
        ("a.cpp", nest("int x = ", "(", ")")),
        ("a.java", nest("class A { void f() ", "{", "}")),
        ("a.java", "class A {".repeat(10_000)),
        ("a.rs", "mod a {".repeat(10_000)),
    ];
    for (path, text) in cases {
        let facts = of(path, &text);
        assert!(facts.unread.is_some() || facts.items.len() <= 200, "{path}: {}", facts.items.len());
    }
    assert!(of("a.rs", &"x".repeat(2 << 20)).unread.is_some_and(|why| why.contains("line")));
    assert!(of("a.rs", &"// x\n".repeat(1 << 20)).unread.is_some_and(|why| why.contains("larger")));
    assert!(facts("a.rs", Side::Head, b"\0\0\0").unwrap().unread.is_some());
    let lossy = facts("a.rs", Side::Head, b"// \xff\n#[test] fn t() {}\n").unwrap();
    assert_eq!((lossy.unread, lossy.tests.len()), (None, 1));
    assert!(facts("README.md", Side::Head, b"").is_none());
}

/// `line-end text | beside -> constant` of every comment.
fn comments(path: &str, text: &str) -> String {
    let show = |c: &guard_model::source::Comment| {
        let beside = c.beside.as_ref().map(|b| {
            let constant = b.constant.map_or_else(String::new, |c| format!(" {c:?}"));
            format!(" | {}{constant}", b.text)
        });
        format!("{}-{} {}{}", c.line, c.end_line, c.text.replace('\n', " / "), beside.unwrap_or_default())
    };
    of(path, text).comments.iter().map(show).collect::<Vec<_>>().join("\n")
}

#[test]
fn comments_are_read_with_the_statement_beside_them() {
    for (path, text, expected) in [
        ("a.rs", "fn f() -> u32 {\n    // one\n    // two\n    7\n}\n", "2-3 one / two | 7 Returned"),
        (
            "a.rs",
            "fn f() -> S {\n    S {\n        rate: 0.5, // guess\n        n: g(),\n    }\n}\n",
            "3-3 guess | rate: 0.5 Assigned",
        ),
        ("a.rs", "fn f(n: u32) -> u32 {\n    // as it is\n    n\n}\n", "2-2 as it is | n"),
        ("a.ts", "function f() {\n  return true; // fine\n}\n", "2-2 fine | return true Returned"),
        ("a.tsx", "function f() {\n  // none\n  return null;\n}\n", "2-2 none | return null Returned"),
        (
            "a.js",
            "function f() {\n  /* both */\n  const x = { ok: true };\n  return g(x);\n}\n",
            "2-2 both | const x = { ok: true } Assigned",
        ),
        ("a.py", "def f(x):\n    # first\n    return 0.95\n", "2-2 first | return 0.95 Returned"),
        ("a.py", "def f(x):\n    return f\"{x}\"  # made\n", "2-2 made | return f\"{x}\""),
        ("a.c", "int f(int c) {\n    return 1; // all\n}\n", "2-2 all | return 1 Returned"),
        ("a.cpp", "bool f(int c) {\n    // all\n    return true;\n}\n", "2-2 all | return true Returned"),
        ("a.go", "package a\n\nfunc f() int {\n\t// one\n\treturn 1\n}\n", "4-4 one | return 1 Returned"),
        ("A.java", "class A {\n  int f() {\n    return 1; // one\n  }\n}\n", "3-3 one | return 1 Returned"),
    ] {
        assert_eq!(comments(path, text), expected, "{path}\n{text}");
    }
}

#[test]
fn types_without_a_body_of_code_have_their_names() {
    let text = "export type Options = { a?: string }\nexport interface Store { get(k: string): string }\n\
        enum Colour { Red }\nnamespace Inner { export const x = 1 }\ndeclare module \"outer\" {}\n";
    let items = of("src/a.ts", text).items;
    let shown: Vec<&str> = items.iter().map(|i| i.qualified.as_str()).collect();
    assert_eq!(shown[..3], ["Options", "Store", "Colour"], "{shown:?}");
    assert!(shown.iter().any(|n| n.starts_with("Inner")), "{shown:?}");
}
