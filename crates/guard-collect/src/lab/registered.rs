//! CTest's tests that head registers otherwise, as base registers them: a cell of the matrix then runs them so.

use guard_model::{Language, TestDecl};

use super::cells::{Laid, Overlay, OverlayFile, ReadBlob, Subject};

/// Whether a file is part of a build by CMake.
pub(super) fn is_cmake(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "CMakeLists.txt" || name.ends_with(".cmake")
}

impl Overlay {
    /// CTest's tests that the code's side runs otherwise, run as the tests' side does.
    pub(super) fn registered(
        &mut self,
        tests_path: &str,
        code_path: &str,
        tests_oid: &str,
        code_oid: Option<&str>,
        read: ReadBlob<'_>,
    ) {
        let text = |oid: &str| read(oid).and_then(|bytes| String::from_utf8(bytes).ok());
        let (Some(with_tests), Some(code)) = (text(tests_oid), code_oid.and_then(text)) else { return };
        let Some(made) = guard_syntax::cmake::with_tests_of(&code, &with_tests) else { return };
        self.subjects.extend(made.tests.into_iter().map(|(name, line)| Subject {
            path: code_path.to_owned(),
            own_path: tests_path.to_owned(),
            decl: TestDecl { name, line, end_line: line, ..TestDecl::default() },
            language: Language::Cpp,
        }));
        self.files.push(OverlayFile {
            path: code_path.to_owned(),
            content: made.text.into_bytes(),
            kind: Laid::Plain,
            own: Some(code.into_bytes()),
            tests: Vec::new(),
        });
    }
}
