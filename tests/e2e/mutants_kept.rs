//! What earlier runs of the same test programs showed is not found out again.

use serde_json::Value;

use crate::mutants::{mutants, outcomes};
use crate::project::Project;

#[test]
fn after_a_test_was_added_only_that_one_is_asked() {
    let project = Project::crate_with("");
    project.write("tests/one.rs", "#[test]\nfn doubles() {\n    assert_eq!(probe::double(4), 8);\n}\n");
    project.write(
        "tests/two.rs",
        "#[test]\nfn halves() {\n    probe::half(4);\n}\n\n#[test]\nfn trebles() {\n    assert_eq!(probe::treble(4), 12);\n}\n",
    );
    project.commit("Tests");
    project.write(
        "src/lib.rs",
        "pub fn double(n: u32) -> u32 {\n    n + n\n}\n\npub fn half(n: u32) -> u32 {\n    n / 2\n}\n\npub fn treble(n: u32) -> u32 {\n    n * 3\n}\n",
    );
    let args = ["--operators", "cargo-mutants"];
    let kept = |report: &Value, text: &str| {
        let list = report["mutants"]["list"].as_array().unwrap();
        let of = |m: &&Value| m["replacement"].as_str().is_some_and(|r| r.contains(text));
        list.iter().filter(of).all(|m| m["kept"] == true)
    };
    let (_, first) = mutants(&project, &args);
    assert_eq!(first["mutants"]["kept"], 0, "{first:#}");
    assert_eq!(outcomes(&first, "double"), ["caught"; 4], "{first:#}");
    assert_eq!(outcomes(&first, "half"), ["missed"; 4], "{first:#}");

    project.edit(
        "tests/two.rs",
        "fn halves() {\n    probe::half(4);\n}\n",
        "fn halves() {\n    probe::half(4);\n}\n\n#[test]\nfn halves_well() {\n    assert_eq!(probe::half(4), 2);\n}\n",
    );
    let (_, second) = mutants(&project, &args);
    assert_eq!(outcomes(&second, "double"), ["caught"; 4], "{second:#}");
    assert_eq!(outcomes(&second, "half"), ["caught"; 4], "{second:#}");
    assert_eq!(outcomes(&second, "treble"), ["caught"; 4], "{second:#}");
    assert!(kept(&second, "double"), "{second:#}");
    // In the program that the test was added to.
    assert!(kept(&second, "treble"), "{second:#}");
    assert_eq!(second["mutants"]["kept"], 8, "{second:#}");

    // Another test that was changed as well may do anything.
    project.edit("tests/two.rs", "assert_eq!(probe::treble(4), 12)", "probe::treble(4)");
    project.edit(
        "tests/two.rs",
        "fn halves_well",
        "fn halves_more() {\n    assert_eq!(probe::half(8), 4);\n}\n\n#[test]\nfn halves_well",
    );
    let (_, other) = mutants(&project, &args);
    assert_eq!(outcomes(&other, "treble"), ["missed"; 4], "{other:#}");
    assert_eq!(outcomes(&other, "half"), ["caught"; 4], "{other:#}");
    assert_eq!(other["mutants"]["kept"], 4, "{other:#}");

    // A test may read it.
    project.write("data.txt", "4\n");
    let (_, third) = mutants(&project, &args);
    assert_eq!(third["mutants"]["kept"], 0, "{third:#}");
    let (_, fourth) = mutants(&project, &args);
    assert_eq!(fourth["mutants"]["kept"], 12, "{fourth:#}");
    let (_, fresh) = mutants(&project, &["--operators", "cargo-mutants", "--fresh"]);
    assert_eq!(fresh["mutants"]["kept"], 0, "{fresh:#}");
}

#[test]
fn a_text_that_is_compiled_into_a_test_is_no_added_test() {
    let project = Project::crate_with("");
    project.write("tests/data/words.rs", "// 8\n");
    project.write(
        "tests/one.rs",
        "#[test]\nfn doubles() {\n    let wanted = include_str!(\"data/words.rs\");\n    assert!(wanted.contains(&probe::double(4).to_string()) || wanted.contains(\"any\"));\n}\n",
    );
    project.commit("Tests");
    project.write("src/lib.rs", "pub fn double(n: u32) -> u32 {\n    n + n\n}\n");
    let args = ["--operators", "cargo-mutants"];
    let (_, first) = mutants(&project, &args);
    assert_eq!(outcomes(&first, "double"), ["caught"; 4], "{first:#}");
    project.write("tests/data/words.rs", "// any\n");
    let (_, second) = mutants(&project, &args);
    assert_eq!(outcomes(&second, "double"), ["missed"; 4], "{second:#}");
}
