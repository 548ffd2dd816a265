//! What a claim asks for besides the names that stand in the change: true and false of one change, side by side.

use super::*;

/// Each text with whether the change shows it.
fn held(evidence: &mut Evidence, all: &[(&str, bool)]) {
    for (text, shown) in all {
        let verdict = listed(evidence, text);
        assert_eq!(verdict == ClaimVerdict::Verified, *shown, "{text}: {verdict:?}");
        assert!(*shown || verdict == ClaimVerdict::Unsupported, "{text}: {verdict:?}");
    }
}

#[test]
fn numbers_turn_the_way_that_is_said() {
    let base = "DEFAULT_TIMEOUT = 30\nreplicas = 2\n";
    let head = "DEFAULT_TIMEOUT = 15\nreplicas = 3\n";
    held(
        &mut changed(&[("app/store.py", Some(base), Some(head))]),
        &[
            ("Lower `DEFAULT_TIMEOUT`", true),
            ("Raise `DEFAULT_TIMEOUT`", false),
            ("Increase `DEFAULT_TIMEOUT`", false),
            ("Scale replicas from 2 to 3", true),
            ("Scale down replicas from 2 to 3", false),
        ],
    );
}

#[test]
fn a_value_stands_behind_its_name() {
    let base = "pub fn new() -> Client { Client { timeout: secs(30) } }\n";
    let head = "pub fn new() -> Client { Client { timeout: secs(10), max_retries: 3, enabled: false } }\n";
    held(
        &mut changed(&[("src/lib.rs", Some(base), Some(head))]),
        &[
            ("Set `max_retries` to 3", true),
            ("Set `max_retries` to 10", false),
            ("Set `enabled` to false", true),
            ("Set `enabled` to true", false),
            ("Add `max_retries` (default: 3)", true),
            ("Add `max_retries` (default: 5)", false),
        ],
    );
}

#[test]
fn what_is_not_done_stands_on_no_line() {
    let base = "pub fn join_url(a: &str) -> String {\n    legacy_join(a)\n}\n";
    let head = "pub fn join_url(a: &str) -> String {\n    append_path(a.trim())\n}\n";
    held(
        &mut changed(&[("src/lib.rs", Some(base), Some(head))]),
        &[
            ("`join_url` now calls `append_path`", true),
            ("`join_url` no longer trims", false),
            ("`join_url` now only trims", false),
            ("Stop trimming in `join_url`", false),
            ("Stop using `append_path` in `join_url`", false),
            ("Do not call `append_path` in `join_url`", false),
        ],
    );
}

#[test]
fn definite_verbs_stand_on_the_new_lines() {
    let base = "pub fn load_config(path: &str) -> Config {\n    parse(path)\n}\n";
    let head = "pub fn load_config(path: &str) -> Config {\n    cached(path, |text| parse(text))\n}\n";
    held(
        &mut changed(&[("src/lib.rs", Some(base), Some(head))]),
        &[
            ("Cache `load_config`", true),
            ("`load_config` now caches", true),
            ("Encrypt `load_config`", false),
            ("Inline `load_config`", false),
            ("Truncate `load_config`", false),
            ("Allow empty paths in `load_config`", false),
            ("`load_config` now panics", false),
            ("Update `load_config`", true),
        ],
    );
}

#[test]
fn what_happens_in_something_old_stands_in_it() {
    let base =
        "pub fn send(url: &str) -> Reply {\n    post(url)\n}\npub fn fetch() -> Reply {\n    all()\n}\n";
    let head = "pub fn send(url: &str) -> Reply {\n    if url.is_empty() { reject() }\n    post(url)\n}\n\
        pub fn fetch() -> Reply {\n    let last = retry_with_delay();\n    last\n}\n";
    held(
        &mut changed(&[("src/lib.rs", Some(base), Some(head))]),
        &[
            ("`send` now rejects an empty url", true),
            ("`send` now accepts an empty url", false),
            ("`send` now retries with a delay", false),
            ("`fetch` now returns the last reply", true),
            ("`fetch` now returns the first reply", false),
        ],
    );
}

#[test]
fn things_are_what_they_are_called() {
    let base = "pub struct Client;\nimpl Client {\n    pub fn new(url: &str) -> Client { Client }\n}\n";
    let head = "pub struct Client { max_retries: u32 }\nimpl Client {\n    pub fn new(url: &str) -> Client { make(url, 3) }\n    \
        pub fn with_retries(mut self, attempts: u32) -> Client { self.max_retries = attempts; self }\n}\n\
        fn send(url: &str) -> u32 { post(url) + 1 }\npub enum Mode { Fast, Slow }\npub const LIMIT: u32 = 4;\n";
    held(
        &mut changed(&[("src/lib.rs", Some(base), Some(head))]),
        &[
            ("Add `with_retries` method to `Client`", true),
            ("Add `send` method to `Client`", false),
            ("Add private `send`", true),
            ("Add public `send`", false),
            ("Add `Mode` enum", true),
            ("Add `Mode` trait", false),
            ("Add `LIMIT` constant", true),
            ("Add `max_retries` constant", false),
            ("Add `attempts` argument to `Client::with_retries`", true),
            ("Add `max_retries` argument to `Client::new`", false),
            ("Make `send` async", false),
            ("Export `Mode`", true),
            ("Export `send`", false),
            ("Add `with_retries` with attempts", true),
            ("Add `with_retries` with jitter and backoff", false),
        ],
    );
}

#[test]
fn statements_of_sql_do_what_is_said() {
    let base = "select 1;\n";
    let head = "select 1;\nalter table users drop column age;\nalter table users add column nickname text;\ncreate table teams (name text);\n";
    held(
        &mut changed(&[("db/2.sql", Some(base), Some(head))]),
        &[
            ("Add column `nickname`", true),
            ("Add column `age`", false),
            ("Create `teams` table", true),
            ("Create `users` table", false),
        ],
    );
}

#[test]
fn dependencies_are_read_in_manifests() {
    let cargo = "[dependencies]\nserde = \"1.0.200\"\n\n[features]\nmetrics = []\n";
    let code = "pub mod metrics;\nuse serde::Serialize;\n";
    let mut evidence = changed(&[
        ("Cargo.toml", Some("[dependencies]\n"), Some(cargo)),
        ("src/lib.rs", Some("\n"), Some(code)),
        ("requirements.txt", Some("six==1.0\nflask==1.0\n"), Some("six==1.16\nflask>=2.0\n")),
    ]);
    held(
        &mut evidence,
        &[
            ("Add the `serde` dependency", true),
            ("Remove the `serde` dependency", false),
            ("Add the `metrics` dependency", false),
            ("Pin six to 1.16", true),
            ("Pin flask to 2.0", false),
        ],
    );
}

#[test]
fn what_is_gone_was_removed_not_deprecated() {
    let base = "pub fn old_send() -> u8 { post() + 1 }\npub fn keep() {}\n";
    held(
        &mut changed(&[("src/lib.rs", Some(base), Some("pub fn keep() {}\n"))]),
        &[
            ("Remove `old_send`", true),
            ("Deprecate `old_send`", false),
            ("Disable `old_send`", false),
            ("Revert the removal of `old_send`", false),
        ],
    );
}

#[test]
fn new_tests_try_what_is_said() {
    let code = "pub fn join_url(a: &str) -> String { a.to_owned() }\n";
    let test = "#[test]\nfn joins_with_slashes() {\n    assert_eq!(join_url(\"a/\", 5), \"a\");\n}\n";
    held(
        &mut changed(&[("src/lib.rs", Some("\n"), Some(code)), ("tests/all.rs", Some("\n"), Some(test))]),
        &[
            ("Add a test for `join_url` with slashes", true),
            ("Add a test that `join_url` panics on missing input", false),
            ("Add a test for `join_url` with 5 slashes", true),
            ("Add a test for `join_url` with 100 slashes", false),
        ],
    );
}

#[test]
fn documents_tell_what_is_said() {
    let base = "# App\n\nDates use moment.\n";
    let head = "# App\n\nDates use `dayjs`. Caching is off by default.\n";
    held(
        &mut changed(&[("README.md", Some(base), Some(head))]),
        &[
            ("Update README.md", true),
            ("Update README.md to mention `dayjs`", true),
            ("Update README.md to mention moment", false),
            ("Document `useDebounce` in README.md", false),
            ("Document that caching is off by default", true),
            ("Document that caching is on by default", false),
            ("Add docs for uninstalling", false),
        ],
    );
}

#[test]
fn code_in_another_order_or_layout_that_counts_behaves_otherwise() {
    let same = [
        ("src/a.rs", "fn f() { a(1); }\n", "fn f() {\n    // Says so.\n    a(1);\n}\n"),
        ("a.py", "def f():\n    a()  # one\n    b()\n", "def f():\n    a()  # two\n    b()\n"),
        ("a.js", "function f() {\n  return 1;\n}\n", "function f() {\n  // one\n  return 1;\n}\n"),
        ("a.go", "package a\n\nfunc F() { g() }\n", "package a\n\n// F does.\nfunc F() { g() }\n"),
    ];
    let other = [
        ("a.py", "def f():\n    a()\n    b()\n", "def f():\n    b()\n    a()\n"),
        (
            "a.py",
            "def f(x):\n    if x:\n        g()\n        h()\n",
            "def f(x):\n    if x:\n        g()\n    h()\n",
        ),
        ("a.js", "const s = \"a b\";\n", "const s = \"ab\";\n"),
        ("a.js", "function f() {\n  return 1;\n}\n", "function f() {\n  return\n  1;\n}\n"),
        ("a.go", "package a\n\nfunc F() {}\n", "//go:build linux\n\npackage a\n\nfunc F() {}\n"),
        (
            "src/a.rs",
            "struct A {\n    /// Old help.\n    a: u32,\n}\n",
            "struct A {\n    /// New help.\n    a: u32,\n}\n",
        ),
        ("testing/lib.py", "def f():\n    return 1\n", "def f():\n    return 2\n"),
    ];
    for (files, shown) in [(&same[..], true), (&other[..], false)] {
        for (path, base, head) in files {
            let mut evidence = changed(&[(*path, Some(*base), Some(*head))]);
            let verdict = verdict(&mut evidence, "No behaviour change.").0;
            assert_eq!(verdict == ClaimVerdict::Verified, shown, "{path}: {base}{head}{verdict:?}");
        }
    }
}

#[test]
fn what_does_nothing_shows_no_behaviour() {
    let base = "pub fn start() {\n    run();\n}\n";
    let unread = "pub fn start() {\n    let connection_pool_shutdown = 1;\n    let empty_input_handled = true;\n    run();\n}\n";
    let read = "pub fn start() {\n    let connection_pool_shutdown = pool();\n    run_with(connection_pool_shutdown);\n}\n";
    let said = "pub fn start() {\n    println!(\"validating config and retrying failed connections with backoff\");\n    run();\n}\n";
    let done =
        "pub fn start() {\n    validate(config());\n    retry_failed(connections, backoff);\n    run();\n}\n";
    let dead = "pub fn start() {\n    if false {\n        validate(config());\n    }\n    run();\n}\n";
    let warns = "pub fn start() {\n    warn!(\"validating config and retrying failed connections with backoff\");\n    run();\n}\n";
    for (head, text, shown) in [
        (unread, "Graceful connection pool shutdown", false),
        (unread, "Handle empty input in `start`", false),
        (read, "Graceful connection pool shutdown", true),
        (said, "Validate config in `start`", false),
        (said, "Retry failed connections with backoff", false),
        (done, "Validate config in `start`", true),
        (done, "Retry failed connections with backoff", true),
        (warns, "Retry failed connections with backoff", true),
        (dead, "Validate config in `start`", false),
        (dead, "`start` calls `validate`", false),
        (done, "`start` calls `validate`", true),
    ] {
        held(&mut changed(&[("src/lib.rs", Some(base), Some(head))]), &[(text, shown)]);
    }
    let python = "def handle(req):\n    return process(req)\n";
    let told = "def handle(req):\n    \"\"\"Validates the request and\n    logs errors.\"\"\"\n    return process(req)\n";
    let does = "def handle(req):\n    validate(req.request)\n    return process(req)\n";
    held(
        &mut changed(&[("app/s.py", Some(python), Some(told))]),
        &[("Validate the request in `handle`", false), ("Log errors in `handle`", false)],
    );
    held(
        &mut changed(&[("app/s.py", Some(python), Some(does))]),
        &[("Validate the request in `handle`", true)],
    );
}

#[test]
fn names_play_the_part_that_is_said() {
    let base = "pub struct Client { max_retries: u32 }\nimpl Client {\n    pub fn fetch(&self, url: &str) -> String {\n        get(url)\n    }\n}\n\
        pub fn find(k: &str) -> Result<u32, Error> {\n    lookup(k).ok_or(Error::Missing)\n}\n";
    let head = "pub struct Client { max_retries: u32 }\nimpl Client {\n    pub fn fetch(&self, url: &str, timeout: u64) -> String {\n        \
        for _ in 0..self.max_retries { try_get(url); }\n        get(url)\n    }\n}\n\
        pub fn find(k: &str) -> Result<u32, Error> {\n    let delay_limit = 3;\n    lookup(k).ok_or(Error::Broken)\n}\npub fn evict_idle() {}\n";
    held(
        &mut changed(&[("src/lib.rs", Some(base), Some(head))]),
        &[
            ("Add `timeout` to `fetch`", true),
            ("Add `max_retries` to `fetch`", false),
            ("Add `url` to `fetch`", false),
            ("`Client::fetch` now accepts `max_retries`", false),
            ("Use `max_retries` in `fetch`", true),
            ("Use `delay_limit` in `find`", false),
            ("Return `Error::Broken` from `find`", true),
            ("Return `delay_limit` from `find`", false),
            ("Extract `try_get` from `fetch`", false),
            ("Implement `evict_idle`", false),
            ("Add `evict_idle`", true),
        ],
    );
    let base = "class User:\n    pass\n\ndef fast(n):\n    return n\n\ndef slow(n):\n    return n\n";
    let head = "class User:\n    def __init__(self):\n        self.email = None\n\nclass Admin:\n    def promote(self):\n        return work()\n\n\
        @functools.lru_cache\ndef fast(n):\n    return n\n\ndef slow(n):\n    return n + 1\n";
    held(
        &mut changed(&[("app/m.py", Some(base), Some(head))]),
        &[
            ("Add `email` to `User`", true),
            ("Add `Admin.promote`", true),
            ("Add `User.promote`", false),
            ("Add `lru_cache` to `fast`", true),
            ("Add `lru_cache` to `slow`", false),
        ],
    );
    let base = "import { b } from \"./b\";\nexport interface Opts { label?: string; age?: number }\n";
    let head = "import { b } from \"./b\";\nimport { helper, other } from \"./h\";\nexport interface Opts { label?: string; age: number }\n\
        export const x = other(1);\nexport const P = ({ title }: { title: string }) => <A aria-title={title} title={1} />;\nexport const flags = { strictMode: false, fastMode: true };\n";
    held(
        &mut changed(&[("src/i.tsx", Some(base), Some(head))]),
        &[
            ("Use `helper`", false),
            ("Add `helper`", false),
            ("Import `helper`", true),
            ("Use `other`", true),
            ("Make `age` optional", false),
            ("Make `title` optional", false),
            ("`age` is now optional", false),
            ("Enable `strictMode`", false),
            ("Enable `fastMode`", true),
        ],
    );
}

#[test]
fn what_is_renamed_is_gone_and_what_is_on_an_element_is_on_that() {
    let base = "pub fn old_name(a: u32) -> u32 { a + 1 }\npub fn user() -> u32 { old_name(2) }\n";
    let both = "pub fn old_name(a: u32) -> u32 { a + 1 }\npub fn new_name(a: u32) -> u32 { a + 1 }\npub fn user() -> u32 { new_name(2) }\n";
    let one = "pub fn new_name(a: u32) -> u32 { a + 1 }\npub fn user() -> u32 { new_name(2) }\n";
    for (head, shown) in [(both, false), (one, true)] {
        held(
            &mut changed(&[("src/lib.rs", Some(base), Some(head))]),
            &[("Rename `old_name` to `new_name`", shown)],
        );
    }
    let base = "export function Panel() {\n  return <div><span className=\"spinner\" /><button onClick={go}>x</button></div>;\n}\n";
    let head = "export function Panel() {\n  return <div><span className=\"spinner\" /><button aria-label=\"x\" onClick={go}>x</button></div>;\n}\n";
    held(
        &mut changed(&[("src/P.tsx", Some(base), Some(head))]),
        &[("Add `aria-label` to the button", true), ("Add `aria-label` to the spinner", false)],
    );
    let sql = "select 1;\nalter table users add column age int;\nupdate users set active = 1 where age > 3;\ncreate index i on users (name);\n";
    held(
        &mut changed(&[("db/2.sql", Some("select 1;\n"), Some(sql))]),
        &[
            ("Add index on users.name", true),
            ("Add index on users.age", false),
            ("Add column `age` to users", true),
            ("Add column `active` to users", false),
        ],
    );
    let go = |returned: &str| {
        format!(
            "package s\n\nfunc (s *Server) Run() error {{\n\tif s.addr == \"\" {{\n\t\treturn {returned}\n\t}}\n\treturn nil\n}}\n"
        )
    };
    let (bare, wrapped) = (go("ErrNoAddr"), go("fmt.Errorf(\"run: %w\", ErrNoAddr)"));
    held(
        &mut changed(&[("s.go", Some(&bare), Some(&wrapped))]),
        &[("Return `ErrNoAddr` unwrapped from `Run`", false)],
    );
}
