//! What the path of a file says about it, by custom.

/// True for files that show or measure something, or belong to others, and are not the product: what
/// they leave out, they leave out on purpose.
pub fn is_aside_path(path: &str) -> bool {
    const DIRS: [&str; 32] = [
        "__mocks__",
        "bench",
        "benches",
        "benchmarks",
        "demo",
        "demos",
        "doc",
        "docs",
        "example",
        "examples",
        "exercises",
        "fixture",
        "fixtures",
        "fuzz",
        "mocks",
        "node_modules",
        "playground",
        "prompt",
        "prompts",
        "sample",
        "samples",
        "snippets",
        "stories",
        "stubs",
        "template",
        "templates",
        "testdata",
        "third_party",
        "tutorial",
        "tutorials",
        "typings",
        "vendor",
    ];
    path.rsplit_once('/').is_some_and(|(dirs, _)| dirs.split('/').any(|dir| DIRS.contains(&dir)))
}

/// Whether a path lies in a directory that holds other people's code by convention.
pub fn is_vendored_path(path: &str) -> bool {
    const DIRS: [&str; 5] = ["node_modules", "third-party", "third_party", "thirdparty", "vendor"];
    path.rsplit_once('/').is_some_and(|(dirs, _)| dirs.split('/').any(|dir| DIRS.contains(&dir)))
}
