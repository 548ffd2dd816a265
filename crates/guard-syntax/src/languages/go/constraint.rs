//! What the name of a Go file says of the platforms that it is built for.
//!
//! Source: `go help buildconstraint`, and `goodOSArchFile` of go/build.

/// Systems that Go knows. Source: internal/syslist.
const SYSTEMS: [&str; 18] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];

/// Architectures that Go knows. Source: internal/syslist.
const ARCHITECTURES: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

/// The constraint in a file's name, in the variables that it is about: `GOOS=windows` of `vat_windows_test.go`,
/// `GOOS=linux GOARCH=arm64` of `a_linux_arm64.go`.
pub(super) fn of_name(path: &str) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.split('.').next().unwrap_or(name);
    // What stands before the first underscore is only a name: `windows.go` is built everywhere.
    let mut parts: Vec<&str> = name.split('_').skip(1).collect();
    if parts.last() == Some(&"test") {
        parts.pop();
    }
    let is_system = |part: &str| SYSTEMS.contains(&part);
    let is_architecture = |part: &str| ARCHITECTURES.contains(&part);
    match parts.as_slice() {
        [.., system, architecture] if is_system(system) && is_architecture(architecture) => {
            Some(format!("GOOS={system} GOARCH={architecture}"))
        }
        [.., last] if is_system(last) => Some(format!("GOOS={last}")),
        [.., last] if is_architecture(last) => Some(format!("GOARCH={last}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::of_name;

    #[test]
    fn the_last_parts_of_a_name_constrain_its_file() {
        for (path, expected) in [
            ("vat_windows_test.go", Some("GOOS=windows")),
            ("a/b_linux_arm64.go", Some("GOOS=linux GOARCH=arm64")),
            ("vat_amd64_test.go", Some("GOARCH=amd64")),
            ("vat_unix_test.go", None),
            ("windows_test.go", None),
            ("windows.go", None),
            ("vat_windows_more_test.go", None),
            ("vat_test.go", None),
            ("linux_windows/vat.go", None),
        ] {
            assert_eq!(of_name(path).as_deref(), expected, "{path}");
        }
    }
}
