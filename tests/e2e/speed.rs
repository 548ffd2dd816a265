//! "60% faster", with a benchmark that says otherwise.
//!
//! The benchmark counts work and prints it as a time, so that the measurement is the same on every machine.

use crate::project::{Project, findings, the};

const LOOKUP: &str = "\
/// Finds `wanted` in `sorted`; says how many values were looked at, too.
pub fn find(sorted: &[u32], wanted: u32) -> (Option<usize>, u64) {
    let mut looked = 0;
    for (at, value) in sorted.iter().enumerate() {
        looked += 1;
        if *value == wanted {
            return (Some(at), looked);
        }
    }
    (None, looked)
}
";

const BENCH: &str = "\
fn main() {
    let sorted: Vec<u32> = (0..1000).collect();
    let looked: u64 = sorted.iter().map(|wanted| lookup::find(&sorted, *wanted).1).sum();
    println!(\"lookup: {looked} ns\");
}
";

/// A crate whose policy names its benchmark.
fn project() -> Project {
    let project = Project::empty();
    project.write("Cargo.toml", "[package]\nname = \"lookup\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    project.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"lookup\"\nversion = \"0.1.0\"\n");
    project.write(".gitignore", "/target\n");
    project.write("src/lib.rs", LOOKUP);
    project.write("examples/lookup.rs", BENCH);
    project
        .write("guard.toml", "[[bench]]\nname = \"lookup\"\nrun = \"cargo run --quiet --example lookup\"\n");
    project.commit("Begin");
    project
}

#[test]
fn a_speedup_that_the_benchmark_does_not_show_is_denied_with_what_was_measured() {
    let project = project();
    project.edit(
        "src/lib.rs",
        "    let mut looked = 0;\n",
        "    let mut looked = 0;\n    let sorted = &sorted[..];\n",
    );

    let (code, report) = project.check_saying("Made `find` 60% faster by slicing once.", &[]);

    assert_eq!(code, 1, "{:?}", findings(&report));
    let found = the(&report, "unmeasured-speedup");
    assert_eq!(found["level"], "deny", "{found:#}");
    assert!(found["message"].as_str().unwrap().contains("the same time"), "{found:#}");
    assert!(found["evidence"][0]["message"].as_str().unwrap().contains("500.50 µs at base"), "{found:#}");
}

#[test]
fn a_speedup_that_the_benchmark_shows_is_accepted() {
    let project = project();
    project.edit(
        "src/lib.rs",
        "    for (at, value) in sorted.iter().enumerate() {\n        looked += 1;\n        if *value == wanted {\n            return (Some(at), looked);\n        }\n    }\n    (None, looked)\n",
        "    let at = sorted.binary_search_by(|value| {\n        looked += 1;\n        value.cmp(&wanted)\n    });\n    (at.ok(), looked)\n",
    );

    let (_, report) = project.check_saying("Made `find` 60% faster by halving.", &[]);

    let claim = report["claims"].as_array().unwrap().iter().find(|c| c["kind"] == "performance").unwrap();
    assert_eq!(claim["verdict"], "verified", "{claim:#}");
    assert!(!findings(&report).iter().any(|f| f.contains("unmeasured-speedup")), "{:?}", findings(&report));
}

#[test]
fn a_figure_that_nothing_measures_is_a_warning_in_quick_mode() {
    let project = project();
    project.edit(
        "src/lib.rs",
        "    let mut looked = 0;\n",
        "    let mut looked = 0;\n    let sorted = &sorted[..];\n",
    );

    let (_, report) = project.check_saying("Made `find` 60% faster by slicing once.", &["--mode", "quick"]);

    let found = the(&report, "unmeasured-speedup");
    assert_eq!(found["level"], "warn", "{found:#}");
    assert!(found["help"].as_str().unwrap().contains("cargo run --quiet --example lookup"), "{found:#}");
}
