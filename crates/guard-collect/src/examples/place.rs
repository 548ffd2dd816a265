//! How near two paths are.

/// From 0 (nothing in common) to 1 (the same file). A test file mirrors what it tests by its name.
pub(super) fn nearness(one: &str, other: &str) -> f32 {
    if one == other {
        return 1.0;
    }
    let (one_dir, one_name) = one.rsplit_once('/').unwrap_or(("", one));
    let (other_dir, other_name) = other.rsplit_once('/').unwrap_or(("", other));
    let (one_stem, other_stem) = (stem(one_name), stem(other_name));
    let dirs = |dir: &str| dir.split('/').filter(|it| !it.is_empty()).count() as f32;
    let common =
        one_dir.split('/').zip(other_dir.split('/')).take_while(|(a, b)| a == b && !a.is_empty()).count();
    let shared = common as f32 / dirs(one_dir).max(dirs(other_dir)).max(1.0);
    let is_mirror = one_stem == other_stem && !one_stem.is_empty() && !is_common(&one_stem);
    if is_mirror {
        return 0.5 + 0.35 * shared;
    }
    if one_dir == other_dir { 0.4 } else { 0.3 * shared }
}

/// What a file is about, by its name: `test_upload.py`, `upload.test.ts` and `upload_test.go` are about `upload`.
fn stem(name: &str) -> String {
    let bare = name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    let mut bare = bare.as_str();
    for start in ["test_", "tests_"] {
        bare = bare.strip_prefix(start).unwrap_or(bare);
    }
    for end in ["_test", "_tests", "-test", "test", "tests", "_spec", "-spec"] {
        bare = bare.strip_suffix(end).unwrap_or(bare);
    }
    bare.replace(['_', '-'], "")
}

/// Names that say only what a file is to its directory.
fn is_common(stem: &str) -> bool {
    matches!(
        stem,
        "mod" | "lib" | "main" | "index" | "init" | "util" | "utils" | "common" | "types" | "helpers"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_mirrors_a_file_is_nearer_than_one_beside_it() {
        let file = "src/http/upload.rs";
        let order =
            ["src/http/upload.rs", "tests/http/upload_test.rs", "src/http/download.rs", "src/cli/run.rs"];
        let near: Vec<f32> = order.iter().map(|other| nearness(file, other)).collect();
        assert!(near.windows(2).all(|pair| pair[0] > pair[1]), "{near:?}");
        assert_eq!(nearness("a/mod.rs", "b/mod.rs"), 0.0);
        assert!(nearness("pkg/test_upload.py", "pkg/upload.py") > 0.8);
    }
}
