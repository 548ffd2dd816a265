//! Right files and broken ones, with the messages that people get.

use std::path::Path;

use guard_model::policy::{ResultFormat, UseNextest};

use super::*;

const CHECKS: &[&str] = &["deleted-test", "failing-test", "flaky-test", "ignored-test", "unwired-test"];

/// The presets of the repository.
fn presets() -> Presets {
    let read = |name: &str| -> &'static str {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).leak()
    };
    Presets {
        default: read("default.toml"),
        pre_commit: read("pre-commit.toml"),
        stop_hook: read("stop-hook.toml"),
        ci: read("ci.toml"),
        strict: read("strict.toml"),
    }
}

fn parsed(text: &str) -> Policy {
    parse(text, "guard.toml", &presets(), CHECKS).unwrap_or_else(|e| panic!("{e}"))
}

fn mistakes(text: &str) -> String {
    parse(text, "guard.toml", &presets(), CHECKS).map_or_else(|e| e.to_string(), |_| "no mistake".to_owned())
}

#[test]
fn an_empty_file_is_the_default_policy() {
    let policy = parsed("");
    assert_eq!(policy, preset("default", &presets(), CHECKS).unwrap());
    assert_eq!((policy.preset.as_str(), policy.fail_on, policy.mode), ("default", Level::Deny, Mode::Commit));
    assert_eq!((policy.budget.commit_s, policy.budget.ci_s), (Some(120), None));
    assert_eq!((policy.limits.memory_mib, policy.limits.reruns), (8192, 2));
    assert!(policy.cargo.workspace && policy.cargo.doctests && policy.suites.is_empty());
}

#[test]
fn presets_differ_as_their_names_promise() {
    let get = |name| preset(name, &presets(), CHECKS).unwrap();
    for name in Presets::NAMES {
        assert_eq!(get(name).preset, name);
    }
    let default = get("default");
    assert!(!get("pre-commit").cargo.doctests && get("pre-commit").budget.commit_s < default.budget.commit_s);
    assert_eq!(get("stop-hook").budget.commit_s, Some(0));
    assert_eq!(
        (get("ci").mode, get("ci").budget.ci_s, get("ci").on_error),
        (Mode::Ci, None, HookReaction::Block)
    );
    assert_eq!((get("strict").fail_on, get("strict").sandbox.required), (Level::Warn, true));
    assert_eq!(
        preset("lax", &presets(), CHECKS).unwrap_err().to_string(),
        "preset lax:1:1: there is none; there are default, pre-commit, stop-hook, ci, strict"
    );
}

#[test]
fn the_default_preset_sets_every_value() {
    // Sections that exist only where somebody needs them.
    let optional = ["preset", "build", "suite", "bench", "pair", "allow"];
    let text = presets().default;
    let table: toml::Table = text.parse().unwrap();
    for (section, keys) in read::KEYS {
        for key in keys.iter().filter(|k| !optional.contains(k) && !optional.contains(section)) {
            let at = if section.is_empty() { Some(&table) } else { table[*section].as_table() };
            assert!(at.is_some_and(|t| t.contains_key(*key)), "[{section}] {key}");
        }
    }
}

#[test]
fn the_commented_examples_of_the_default_preset_are_right() {
    let default = presets().default;
    let start = default.find("# [build]").unwrap();
    let lines = default[start..].lines().filter_map(|l| l.strip_prefix('#')).map(str::trim_start);
    let example: Vec<&str> = lines.filter(|l| l.starts_with('[') || l.contains(" = ")).collect();
    let policy = parsed(&example.join("\n"));
    assert_eq!((policy.suites.len(), policy.benches.len(), policy.suppressions.len()), (1, 1, 1));
    assert_eq!(policy.build.unwrap().prepare.as_deref(), Some("npm ci"));
}

#[test]
fn every_key_is_read() {
    let policy = parsed(
        r#"
        preset = "pre-commit"
        fail-on = "warn"
        mode = "quick"
        on-inconclusive = "block"
        on-error = "block"
        require = ["failing-test"]
        checks.deleted-test = "warn"
        checks.flaky-test = "allow"
        [budget]
        commit = "none"
        ci = "1h30m"
        [limits]
        build = "90s"
        test = "3min"
        memory = "512MiB"
        output = "1GiB"
        reruns = 0
        [sandbox]
        required = true
        network = true
        write = ["/var/tmp/x"]
        sockets = ["/var/run/docker.sock"]
        env = ["DATABASE_URL"]
        offline = true
        [cargo]
        workspace = false
        all-targets = true
        features = ["a"]
        all-features = true
        no-default-features = true
        doctests = true
        nextest = "never"
        args = ["--locked"]
        [build]
        run = "make"
        prepare = "make deps"
        dir = "c"
        timeout = "5min"
        [[suite]]
        name = "web"
        run = "npx vitest"
        prepare = "npm ci"
        dir = "web"
        results = "junit"
        file = "junit.xml"
        timeout = "1min"
        [[suite]]
        name = "smoke"
        run = "./smoke.sh"
        [[bench]]
        name = "parse"
        run = "cargo bench --bench parse"
        prepare = "cargo fetch"
        dir = "core"
        timeout = "5min"
        [paths]
        ignore = ["a/**"]
        generated = ["b/*.rs"]
        vendored = ["third_party/**"]
        tests = ["spec/**"]
        [[pair]]
        reference = "web/shop"
        implementations = ["web/admin", "web/kiosk"]
        rename = ["shop=admin"]
        allow = ["async"]
        [[allow]]
        check = "ignored-test"
        path = "tests/gpu/**"
        reason = "no GPU"
        until = 2027-01-31
        fingerprint = "abc"
        [[allow]]
        check = "flaky-test"
        reason = "known"
        until = "2001-01-01"
        "#,
    );
    let text = serde_json::to_string_pretty(&policy).unwrap();
    insta::assert_snapshot!(text, @r#"
    {
      "preset": "pre-commit",
      "fail_on": "warn",
      "mode": "quick",
      "on_inconclusive": "block",
      "on_error": "block",
      "levels": {
        "deleted-test": "warn",
        "flaky-test": "allow"
      },
      "require": [
        "failing-test"
      ],
      "budget": {
        "commit_s": null,
        "ci_s": 5400
      },
      "limits": {
        "build_s": 90,
        "test_s": 180,
        "memory_mib": 512,
        "output_mib": 1024,
        "reruns": 0
      },
      "sandbox": {
        "required": true,
        "network": true,
        "write": [
          "/var/tmp/x"
        ],
        "sockets": [
          "/var/run/docker.sock"
        ],
        "env": [
          "DATABASE_URL"
        ],
        "offline": true
      },
      "cargo": {
        "workspace": false,
        "all_targets": true,
        "features": [
          "a"
        ],
        "all_features": true,
        "no_default_features": true,
        "doctests": true,
        "nextest": "never",
        "args": [
          "--locked"
        ]
      },
      "build": {
        "prepare": "make deps",
        "run": "make",
        "dir": "c",
        "timeout_s": 300
      },
      "suites": [
        {
          "name": "web",
          "prepare": "npm ci",
          "run": "npx vitest",
          "dir": "web",
          "results": "junit",
          "file": "junit.xml",
          "timeout_s": 60
        },
        {
          "name": "smoke",
          "prepare": null,
          "run": "./smoke.sh",
          "dir": null,
          "results": "exit-code",
          "file": null,
          "timeout_s": null
        }
      ],
      "benches": [
        {
          "name": "parse",
          "prepare": "cargo fetch",
          "run": "cargo bench --bench parse",
          "dir": "core",
          "timeout_s": 300
        }
      ],
      "pairs": [
        {
          "reference": "web/shop",
          "implementations": [
            "web/admin",
            "web/kiosk"
          ],
          "rename": [
            [
              "shop",
              "admin"
            ]
          ],
          "allow_async": true
        }
      ],
      "paths": {
        "ignore": [
          "a/**"
        ],
        "generated": [
          "b/*.rs"
        ],
        "vendored": [
          "third_party/**"
        ],
        "tests": [
          "spec/**"
        ]
      },
      "suppressions": [
        {
          "check": "ignored-test",
          "path": "tests/gpu/**",
          "fingerprint": "abc",
          "reason": "no GPU",
          "until": "2027-01-31"
        },
        {
          "check": "flaky-test",
          "path": null,
          "fingerprint": null,
          "reason": "known",
          "until": "2001-01-01"
        }
      ]
    }
    "#);
}

#[test]
fn no_key_changes_nothing() {
    // Each key on its own, with a value that differs from the preset's, must move the policy.
    let cases = [
        "preset = \"ci\"",
        "fail-on = \"note\"",
        "mode = \"ci\"",
        "on-inconclusive = \"block\"",
        "on-error = \"block\"",
        "require = [\"flaky-test\"]",
        "checks = { flaky-test = \"deny\" }",
        "budget.commit = \"1s\"",
        "budget.ci = \"1s\"",
        "limits.build = \"1s\"",
        "limits.test = \"1s\"",
        "limits.memory = \"1MiB\"",
        "limits.output = \"1MiB\"",
        "limits.reruns = 7",
        "sandbox.required = true",
        "sandbox.network = true",
        "sandbox.write = [\"/x\"]",
        "sandbox.sockets = [\"/x\"]",
        "sandbox.env = [\"X\"]",
        "sandbox.offline = true",
        "cargo.workspace = false",
        "cargo.all-targets = true",
        "cargo.features = [\"x\"]",
        "cargo.all-features = true",
        "cargo.no-default-features = true",
        "cargo.doctests = false",
        "cargo.nextest = \"always\"",
        "cargo.args = [\"-v\"]",
        "build.run = \"x\"",
        "suite = [{ name = \"x\", run = \"x\" }]",
        "paths.ignore = [\"x\"]",
        "paths.generated = [\"x\"]",
        "paths.vendored = [\"x\"]",
        "paths.tests = [\"x\"]",
        "allow = [{ check = \"flaky-test\", reason = \"x\" }]",
    ];
    for text in cases {
        assert_ne!(parsed(text), parsed(""), "{text}");
    }
    assert_eq!(parsed("cargo.nextest = \"always\"").cargo.nextest, UseNextest::Always);
    assert_eq!(parsed("suite = [{ name = \"x\", run = \"x\" }]").suites[0].results, ResultFormat::ExitCode);
}

#[test]
fn every_mistake_has_a_place_and_the_right_word() {
    let cases = [
        ("[chekcs]\n", "1:2: unknown key `chekcs`; did you mean `checks`?"),
        ("mode = \"ci\"\nfail_on = \"deny\"\n", "2:1: unknown key `fail_on`; did you mean `fail-on`?"),
        ("doctests = false\n", "1:1: unknown key `doctests`; it belongs into [cargo]"),
        (
            "deleted-test = \"warn\"\n",
            "1:1: unknown key `deleted-test`: it is a check, and its level belongs into [checks]",
        ),
        (
            "[limits]\nzzzzzz = 1\n",
            "2:1: unknown key `zzzzzz`; [limits] has build, test, memory, output, reruns",
        ),
        (
            "[checks]\ndelted-test = \"warn\"\n",
            "2:1: unknown check `delted-test`; did you mean `deleted-test`?",
        ),
        ("[checks]\nxyz = \"warn\"\n", "2:1: unknown check `xyz`"),
        (
            "require = [\"failing-tests\"]\n",
            "1:12: unknown check `failing-tests`; did you mean `failing-test`?",
        ),
        (
            "[checks]\ndeleted-test = \"error\"\n",
            "2:16: `deleted-test` is `error`, not \"allow\", \"note\", \"warn\" or \"deny\"",
        ),
        (
            "[checks]\ndeleted-test = \"Warn\"\n",
            "2:16: `deleted-test` is `Warn`, not \"allow\", \"note\", \"warn\" or \"deny\"; did you mean `warn`?",
        ),
        ("fail-on = \"allow\"\n", "1:11: `fail-on` is `allow`, not \"note\", \"warn\" or \"deny\""),
        (
            "preset = \"precommit\"\n",
            "1:10: `preset` is `precommit`, not \"default\", \"pre-commit\", \"stop-hook\", \"ci\" or \"strict\"; did you mean `pre-commit`?",
        ),
        ("mode = true\n", "1:8: `mode` is `true`, not \"quick\", \"commit\" or \"ci\""),
        ("[cargo]\ndoctests = \"yes\"\n", "2:12: `doctests` is the text `yes`, not true or false"),
        (
            "[cargo]\nfeatures = \"a\"\n",
            "2:12: `features` is the text `a`, not a list such as [\"one\", \"two\"]",
        ),
        (
            "[cargo]\nfeatures = [\"a\", 1, \"\"]\n",
            "2:18: `features` is a list of texts; this is the number `1`\nguard.toml:2:21: `features` has an empty text in its list",
        ),
        ("cargo = 1\n", "1:9: `cargo` is the number `1`, not a section [cargo]"),
        ("[[cargo]]\ndoctests = true\n", "1:1: `cargo` is written [cargo], once; this is a list"),
        ("[suite]\nname = \"a\"\nrun = \"b\"\n", "1:1: `suite` is written [[suite]], one for each"),
        (
            "[budget]\ncommit = 120\n",
            "2:10: `commit` is the number `120`, not a duration such as \"90s\", \"2min\" or \"1h30m\"",
        ),
        (
            "[budget]\ncommit = \"120\"\n",
            "2:10: `commit` is `120`, not a duration such as \"90s\", \"2min\" or \"1h30m\": the unit is missing",
        ),
        ("[limits]\nbuild = \"none\"\n", "2:9: `build` cannot be nothing: every child has a limit"),
        (
            "[limits]\nmemory = \"8\"\n",
            "2:10: `memory` is `8`, not a size such as \"256MiB\" or \"8GiB\": the unit is missing",
        ),
        ("[limits]\nreruns = -1\n", "2:10: `reruns` is the number `-1`, not a whole number from 0 to 20"),
        ("[limits]\nreruns = 21\n", "2:10: `reruns` is the number `21`, not a whole number from 0 to 20"),
        ("[sandbox]\nenv = [\"A=b\"]\n", "2:8: `env` lists names of variables; `A=b` is none"),
        (
            "[paths]\nignore = [\"a/[\"]\n",
            "2:11: `ignore` is `a/[`, which is no pattern: unclosed character class; missing ']'",
        ),
        (
            "[paths]\nignore = [\"/abs/**\"]\n",
            "2:11: `ignore` is `/abs/**`; patterns are relative to the repository root",
        ),
        (
            "[build]\ndir = \"../x\"\n",
            "1:1: [build] needs `run`: the shell command that builds\nguard.toml:2:7: `dir` is `../x`, which is not below the repository root",
        ),
        ("[[bench]]\nname = \"a\"\n", "1:1: [[bench]] needs `run`: the shell command that prints times"),
        ("[[suite]]\nname = \"a\"\n", "1:1: [[suite]] needs `run`: the shell command that runs the tests"),
        ("[[suite]]\nname = \"a\"\nrun = \" \"\n", "3:7: `run` is empty"),
        (
            "[[suite]]\nname = \"a\"\nrun = \"x\"\n[[suite]]\nname = \"a\"\nrun = \"x\"\nresults = \"xunit\"\n",
            "5:8: two suites are called `a`\nguard.toml:7:11: `results` is `xunit`, not \"libtest\", \"nextest-json\", \"junit\", \"go-json\", \"tap\" or \"exit-code\"; did you mean `junit`?",
        ),
        (
            "[[suite]]\nname = \"a\"\nrun = \"x\"\nfile = \"r.xml\"\n",
            "4:8: `file` needs `results`: how it is read, such as \"junit\"",
        ),
        (
            "[[allow]]\ncheck = \"flaky-test\"\n",
            "1:1: [[allow]] needs `reason`: why this is accepted, for the next reader",
        ),
        ("[[allow]]\ncheck = \"flaky-test\"\nreason = \"\"\n", "3:10: `reason` is empty"),
        (
            "[[allow]]\ncheck = \"flaky\"\nreason = \"x\"\nuntil = \"soon\"\n",
            "2:9: unknown check `flaky`\nguard.toml:4:9: `until` is `soon`, not a day such as 2027-01-31",
        ),
        (
            "[[allow]]\ncheck = \"flaky-test\"\nreason = \"x\"\nuntil = 2027-02-30\n",
            "4:9: not TOML: invalid date, expected day between 01 and 28 at `2027-02-30`",
        ),
        (
            "[[allow]]\ncheck = \"flaky-test\"\nreason = \"x\"\nuntil = 2027-01-31T00:00:00Z\n",
            "4:9: `until` is the date `2027-01-31T00:00:00Z`, not a day such as 2027-01-31",
        ),
        ("mode = \"ci\"\nmode = \"ci\"\n", "2:1: set twice: `mode`"),
        ("mode = ci\n", "1:8: not TOML: string values must be quoted, expected literal string at `ci`"),
        (
            "mode = \n[chekcs]\nx = 1\n",
            "1:8: a value is missing\nguard.toml:2:2: unknown key `chekcs`; did you mean `checks`?",
        ),
        ("[limits\nbuild = \"1s\"\n", "1:8: not TOML: unclosed table, expected `]`"),
        ("[limits\ntest = \"1s\"\ntset = 1\n", "1:8: not TOML: unclosed table, expected `]`"),
        (
            "a\u{0}b = 1\n",
            "1:2: not TOML: invalid unquoted key, expected letters, numbers, `-`, `_` at `\\0`",
        ),
        (
            "[budget]\n\"ü\" = 1\n\"é\\u001b\" = 2\n",
            "2:1: unknown key `ü`; [budget] has commit, ci\nguard.toml:3:1: unknown key `é\\u{1b}`; [budget] has commit, ci",
        ),
    ];
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let found = mistakes(text);
        if found != format!("guard.toml:{expected}") {
            wrong.push(format!("--- {text:?}\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_mistakes_come_at_once_in_line_order() {
    let text =
        "mode = \"fast\"\n[paths]\nignore = [\"[\"]\n[limits]\nbuld = \"1s\"\n[[allow]]\nreason = \"x\"\n";
    let error = parse(text, "guard.toml", &presets(), CHECKS).unwrap_err();
    assert_eq!(error.errors.iter().map(|e| e.line).collect::<Vec<_>>(), [1, 3, 5, 6]);
}

#[test]
fn hostile_files_are_refused_without_harm() {
    let many: String = (0..60_000).map(|i| format!("key{i} = 1\n")).collect();
    let told = mistakes(&many);
    assert_eq!(told.lines().count(), 51);
    assert!(told.ends_with("guard.toml: 59950 more mistakes"), "{}", told.lines().last().unwrap());

    assert_eq!(
        mistakes(&"#".repeat(10 << 20)),
        "guard.toml:1:1: the file has 10485760 bytes; a policy has at most 1048576"
    );
    for text in [
        "a=".to_owned() + &"[".repeat(100_000),
        "a=".to_owned() + &"{a=".repeat(100_000),
        "[".repeat(500_000),
        "a.".repeat(200_000) + "a = 1",
        "=\n".repeat(50_000),
        "\"\"\"".to_owned() + &"\u{0}".repeat(100_000),
        format!("{} = 1", "k".repeat(900_000)),
        "[[allow]]\n".repeat(50_000),
        "\u{feff}mode = 1\r\n\r".to_owned(),
    ] {
        let told = mistakes(&text);
        assert!(told.starts_with("guard.toml:") && told.len() < 20_000, "{}", &told[..200.min(told.len())]);
    }
}

#[test]
fn the_schema_and_the_reader_know_the_same_keys() {
    let schema = schema();
    let properties = |at: &serde_json::Value| -> Vec<String> {
        let mut names: Vec<String> = at["properties"].as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    for (section, keys) in read::KEYS {
        let mut keys: Vec<String> = keys.iter().map(|k| (*k).to_owned()).collect();
        keys.sort();
        if section.is_empty() {
            assert_eq!(properties(&schema), keys);
            continue;
        }
        let text = schema["properties"][section].to_string();
        let start = text.find("#/$defs/").unwrap_or_else(|| panic!("{section}: {text}")) + "#/$defs/".len();
        let name: String = text[start..].chars().take_while(char::is_ascii_alphanumeric).collect();
        assert_eq!(properties(&schema["$defs"][&name]), keys, "{section}");
    }
}

#[test]
fn every_schema_property_is_documented() {
    fn undocumented(at: &serde_json::Value, path: &str, found: &mut Vec<String>) {
        let Some(properties) = at.get("properties").and_then(|p| p.as_object()) else { return };
        for (name, property) in properties {
            if property.get("description").is_none() {
                found.push(format!("{path}.{name}"));
            }
        }
    }
    let schema = schema();
    let mut found = Vec::new();
    undocumented(&schema, "", &mut found);
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        undocumented(definition, name, &mut found);
    }
    assert_eq!(found, Vec::<String>::new());
}
