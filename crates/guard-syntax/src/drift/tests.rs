use insta::assert_snapshot;

use super::*;

/// The points of two texts as lines: `grade kind line<-reference line: message`.
fn points(extension: &str, reference: &str, implementation: &str) -> String {
    points_of(extension, reference, implementation, &Allowed::default())
}

fn points_of(extension: &str, reference: &str, implementation: &str, allowed: &Allowed) -> String {
    let path = format!("src/one.{extension}");
    let piece = |text: &'static str| Piece { path: "", text: text.as_bytes(), lines: None };
    let (a, b) = (reference.to_owned().leak(), implementation.to_owned().leak());
    let pair = compare(&Piece { path: &path, ..piece(a) }, &Piece { path: &path, ..piece(b) }, allowed);
    if let Some(reason) = pair.not_comparable {
        return format!("not compared: {reason}");
    }
    let lines = pair.points.iter().map(|point| {
        let number = |line: Option<u32>| line.map_or("-".to_owned(), |line| line.to_string());
        let (line, ref_line) = (number(point.line), number(point.ref_line));
        let grade = format!("{:?}", point.grade).to_lowercase();
        format!("{grade} {} {line}<-{ref_line}: {}", point.kind.words(), point.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn renaming_layout_quotes_and_comments_say_nothing() {
    let reference = "import { a } from 'a';\nimport { b } from 'b';\n\
        export function loginUser(name: string) {\n  const form = a(name); // first\n  return b(form, 'login');\n}\n\
        export const one = (x) => x + 1;\n";
    let implementation = "import { b } from \"b\"\nimport { a } from \"a\"\n\
        export const one = x => { return x + 1 }\n\
        export function signupUser(\n  who: string,\n) {\n  const page = a(who)\n  return b(page, \"signup\")\n}\n";
    assert_eq!(points("ts", reference, implementation), "");
}

#[test]
fn every_kind_has_its_name() {
    let body = |inner: &str| format!("#[inline]\nfn work(a: u32, b: &str) -> Result<u32> {{\n{inner}\n}}\n");
    let reference = body(
        "    check(a)?;\n    let total = add(a, size(b), 10);\n    if total > a {\n        log(b);\n    } else {\n        \
         warn(b);\n    }\n    match total {\n        0 => start(),\n        1 => stop(),\n        _ => idle(),\n    }\n    \
         save(total);\n    Ok(total)",
    );
    let change = |from: &str, to: &str| {
        let changed = reference.replacen(from, to, 1);
        assert_ne!(changed, reference, "{from}");
        points("rs", &reference, &changed)
    };
    assert_snapshot!(change("    save(total);\n", ""), @"drift missing call 15<-15: `save(total)` is missing");
    assert_snapshot!(change("    save", "    trace(a);\n    save"), @"drift extra call 15<-15: `trace(a)` has no counterpart in the reference");
    assert_snapshot!(change("total > a", "total >= a"), @"drift changed condition 5<-5: `>=` stands for `>`");
    assert_snapshot!(change("10", "11"), @"drift changed literal 4<-4: `11` stands for `10`");
    assert_snapshot!(change("a: u32", "a: u64"), @"drift changed type 2<-2: `u64` stands for `u32`");
    assert_snapshot!(change("check(a)?", "check(a)"), @"drift error handling 3<-3: `?` is missing");
    assert_snapshot!(change("add(a, size(b), 10)", "add(size(b), a, 10)"), @"drift argument order 4<-4: the arguments stand in another order: `(size(b), a, 10)`");
    assert_snapshot!(change(" else {\n        warn(b);\n    }", ""), @"drift missing branch 7<-7: `else { warn(b) }` is missing");
    assert_snapshot!(change("        1 => stop(),\n", ""), @"drift missing branch 12<-12: `1 => { stop() }` is missing");
    assert_snapshot!(change("    save", "    if a == 0 {\n        return Ok(0);\n    }\n    save"), @"drift early return 15<-15: `if a == 0 { return Ok(0) }` has no counterpart in the reference");
    assert_snapshot!(change("#[inline]\n", ""), @"drift missing attribute 1<-1: `#[inline]` is missing");
    assert_snapshot!(change("fn work", "pub fn work"), @"drift visibility 2<-2: `pub` has no counterpart in the reference");
    assert_snapshot!(change("save(total)", "save(a)"), @"drift inconsistent rename 15<-15: `a` stands for `total` here, and everywhere else `total` does");
    assert_snapshot!(change("    log(b);", "    log(b);\n        save(total);"), @"drift extra call 7<-6: `save(total)` has no counterpart in the reference");
}

#[test]
fn blocks_of_python_count_as_structure() {
    let reference = "def f(a):\n    if a:\n        g(a)\n        h(a)\n    return a\n";
    let implementation = "def f(a):\n    if a:\n        g(a)\n    h(a)\n    return a\n";
    assert_snapshot!(points("py", reference, implementation), @r"
    drift missing call 3<-4: `h(a)` is missing
    drift extra call 4<-5: `h(a)` has no counterpart in the reference
    ");
}

#[test]
fn a_name_is_judged_in_the_scope_that_binds_it() {
    let reference = "fn a(x: u8) { use_it(x); }\nfn b(x: u8) { use_it(x); again(x); }\n";
    let implementation = "fn a(y: u8) { use_it(y); }\nfn b(x: u8) { use_it(x); again(x); }\n";
    assert_eq!(points("rs", reference, implementation), "");
}

#[test]
fn asynchronous_twins_may_be_allowed() {
    let reference = "def get(c, key):\n    return c.send('GET', key)\n";
    let implementation = "async def get(c, key):\n    return await c.send('GET', key)\n";
    let allowed = Allowed { asynchronous: true, ..Allowed::default() };
    assert_eq!(points_of("py", reference, implementation, &allowed), "");
    assert_ne!(points("py", reference, implementation), "");
}

#[test]
fn two_things_without_anything_in_common_are_not_compared() {
    let reference = "fn a() { let x = 1; while x < 3 { step(x); } }\n";
    let implementation = "struct B { name: String, size: [u8; 4] }\nenum C { D, E, F }\n";
    assert_snapshot!(points("rs", reference, implementation), @"not compared: the two have too little in common to be compared");
}

#[test]
fn statements_in_another_order_are_one_point() {
    let reference = "fn a(b: B) {\n    open(b);\n    lock(b);\n    write(b, 1);\n    close(b);\n}\n";
    let implementation = "fn a(b: B) {\n    open(b);\n    write(b, 1);\n    lock(b);\n    close(b);\n}\n";
    assert_snapshot!(points("rs", reference, implementation), @"drift reordered 4<-3: `lock(b)` stands in another place");
}

#[test]
fn go_and_java_are_read_alike() {
    let reference = "package a\n\nfunc LoadUser(db *DB, id int) (*User, error) {\n\trow, err := db.Get(id)\n\tif err != nil {\n\t\t\
         return nil, err\n\t}\n\tlog.Print(row)\n\treturn toUser(row), nil\n}\n";
    let implementation = "package a\n\nfunc LoadRole(db *DB, key int) (*Role, error) {\n\tfound, err := db.Get(key)\n\tif err != nil {\n\t\t\
         return nil, nil\n\t}\n\treturn toRole(found), nil\n}\n";
    assert_snapshot!(points("go", reference, implementation), @r"
    drift changed 6<-6: `return nil, nil` stands for `return nil, err`
    drift missing call 8<-8: `log.Print(row)` is missing
    ");
    let reference = "class A {\n  @Override\n  public int size(List<String> all, int most) {\n    for (String one : all) {\n      \
         check(one);\n    }\n    return Math.min(all.size(), most);\n  }\n}\n";
    let implementation = "class A {\n  public int size(List<String> items, int most) {\n    for (String it : items) {\n      \
         check(it);\n    }\n    return Math.min(most, items.size());\n  }\n}\n";
    assert_snapshot!(points("java", reference, implementation), @r"
    drift missing attribute 2<-2: `@Override` is missing
    drift argument order 6<-7: the arguments stand in another order: `(most, items.size())`
    ");
}

#[test]
fn deep_and_long_code_is_compared_all_the_same() {
    let deep = format!("fn a() -> u8 {{ {}1{} }}\n", "(".repeat(3000), ")".repeat(3000));
    assert_eq!(points("rs", &deep, &deep), "");
    let long = |odd: usize| {
        let lines = (0..4000)
            .map(|at| if at == odd { format!("    b({at}, x);\n") } else { format!("    a({at}, x);\n") });
        format!("fn f(x: u8) {{\n{}}}\n", lines.collect::<String>())
    };
    assert_snapshot!(points("rs", &long(9999), &long(2000)), @"drift inconsistent rename 2002<-2002: `b` stands for `a` here, and everywhere else `a` does");
}
