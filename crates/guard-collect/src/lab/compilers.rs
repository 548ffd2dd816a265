//! What compilers say when the command of a suite starts them: the errors in the code that keep its tests from
//! running.

use guard_model::lab::Diagnostic;

use super::project::{Files, below};
use super::runner::Runner;
use super::text::clip;

/// Errors kept of one command.
const MAX_ERRORS: usize = 50;

/// Lines behind an error that belong to it: the source, and where in it.
const MAX_BELOW: usize = 4;

/// The errors that the compilers of `runner` report in `said`, at places that `files` holds below `dir`; `top` is
/// where the files lie. What the machine may lack (a header, a newer toolchain) is no error of the code.
pub(crate) fn errors(said: &str, runner: Runner, files: &dyn Files, top: &str, dir: &str) -> Vec<Diagnostic> {
    let read: fn(&str) -> Option<Line<'_>> = match runner {
        Runner::Go if said.contains("note: module requires Go") => return Vec::new(),
        Runner::Go => of_go,
        Runner::Ctest => of_c,
        _ => return Vec::new(),
    };
    let lines: Vec<&str> = said.lines().collect();
    let mut found: Vec<Diagnostic> = Vec::new();
    // Go prints what a package's compiler says below the package's name.
    let mut in_package = runner != Runner::Go;
    for (i, line) in lines.iter().enumerate() {
        if runner == Runner::Go && !line.starts_with(['\t', ' ']) {
            in_package = line.starts_with("# ") || (in_package && of_go(line).is_some());
        }
        let Some(error) = read(line).filter(|_| in_package) else { continue };
        let inside = |path: &str| files.has(path).then(|| path.to_owned());
        let path = match error.path.strip_prefix(top) {
            Some(rest) => inside(rest.trim_start_matches('/')),
            None => inside(&below(dir, error.path.trim_start_matches("./"))),
        };
        let Some(path) = path else { continue };
        let source = lines[i + 1..].iter().take(MAX_BELOW).take_while(|l| l.starts_with([' ', '\t']));
        let rendered: Vec<&str> = std::iter::once(line).chain(source).copied().collect();
        let diagnostic = Diagnostic {
            message: clip(error.message, 300),
            code: None,
            path: Some(path),
            line: Some(error.line),
            rendered: clip(&rendered.join("\n").replace(&format!("{top}/"), ""), 4096),
        };
        let is_known = |d: &Diagnostic| {
            (&d.path, d.line, &d.message) == (&diagnostic.path, diagnostic.line, &diagnostic.message)
        };
        if found.len() < MAX_ERRORS && !found.iter().any(is_known) {
            found.push(diagnostic);
        }
    }
    found
}

/// One line of a compiler.
struct Line<'a> {
    path: &'a str,
    line: u32,
    message: &'a str,
}

/// `src/a.c:3:9: error: 'x' undeclared`, as gcc and clang print it. A header that is not found may be a package
/// that is not installed.
fn of_c(text: &str) -> Option<Line<'_>> {
    let (place, message) = text.split_once(": error: ")?;
    let is_lack = message.contains("No such file or directory") || message.contains("file not found");
    placed(place, message).filter(|_| !is_lack)
}

/// `./a.go:3:33: undefined: x`.
fn of_go(text: &str) -> Option<Line<'_>> {
    let (place, message) = text.trim_start_matches("vet: ").split_once(": ")?;
    placed(place, message).filter(|l| l.path.ends_with(".go"))
}

/// `path:line:column` or `path:line`.
fn placed<'a>(place: &'a str, message: &'a str) -> Option<Line<'a>> {
    let (rest, last) = place.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    let with_column = rest.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse().ok()?)));
    let (path, line) = with_column.unwrap_or((rest, last));
    Some(Line { path, line, message: message.trim() })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct There(&'static [&'static str]);

    impl Files for There {
        fn read(&self, path: &str) -> Option<String> {
            self.0.contains(&path).then(String::new)
        }

        fn list(&self, _dir: &str) -> Vec<String> {
            Vec::new()
        }
    }

    #[test]
    fn errors_stand_at_places_of_the_tree() {
        const TOP: &str = "/lab/tree";
        let files = There(&["a.go", "sub/a.go", "src/t.c", "src/t.h"]);
        type Row<'a> = (Runner, &'a str, &'a str, &'a [(&'a str, u32, &'a str)]);
        let table: [Row<'_>; 9] = [
            (
                Runner::Go,
                "",
                "# ex.org/p [ex.org/p.test]\n./a.go:3:33: undefined: x\nFAIL\tex.org/p [build failed]",
                &[("a.go", 3, "undefined: x")],
            ),
            (
                Runner::Go,
                "sub",
                "# ex.org/p\n./a.go:3:1: syntax error: unexpected }",
                &[("sub/a.go", 3, "syntax error: unexpected }")],
            ),
            (
                Runner::Go,
                "",
                "# ex.org/p\nvet: ./a.go:3:33: undeclared name: x",
                &[("a.go", 3, "undeclared name: x")],
            ),
            // What a module lacks is not known to be the code's fault.
            (
                Runner::Go,
                "",
                "a.go:4:2: no required module provides package ex.org/q; to add it:\n\tgo get ex.org/q",
                &[],
            ),
            (
                Runner::Go,
                "",
                "# ex.org/p\n./a.go:3:33: undefined: slices.Max\nnote: module requires Go 1.21",
                &[],
            ),
            (Runner::Go, "", "# ex.org/q\n/root/go/pkg/mod/q/q.go:3:1: undefined: y", &[]),
            (
                Runner::Ctest,
                "",
                "/lab/tree/src/t.c:1:19: error: 'x' undeclared (first use in this function)\n    1 | int main(){return x;}\n      |                   ^",
                &[("src/t.c", 1, "'x' undeclared (first use in this function)")],
            ),
            (
                Runner::Ctest,
                "",
                "/lab/tree/src/t.c:1:10: fatal error: zlib.h: No such file or directory",
                &[],
            ),
            (Runner::Ctest, "", "/usr/include/x.h:1:10: error: what", &[]),
        ];
        for (runner, dir, said, expected) in table {
            let found = errors(said, runner, &files, TOP, dir);
            let brief: Vec<_> = found
                .iter()
                .map(|d| (d.path.as_deref().unwrap(), d.line.unwrap(), d.message.as_str()))
                .collect();
            assert_eq!(brief, expected, "{said}");
            assert!(found.iter().all(|d| !d.rendered.contains(TOP)), "{found:?}");
        }
    }
}
