//! Tests against the limits of what they call.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use guard_model::reality::{SizeLimit, TestExtent, WrittenSize};
use guard_model::{Item, ItemKind, SourceFacts};

use super::arithmetic::{Constants, is_loud};
use super::inputs::{self, Inputs, On};
use super::leaves::{self, Leaf};
use super::limits;
use crate::tree::Source;

/// Functions of test code that are followed from one test.
const MAX_HELPERS: usize = 24;
/// Limits that are kept of one test.
const MAX_LIMITS: usize = 16;

/// A file of head.
#[derive(Debug, Clone, Copy)]
pub struct File<'t> {
    /// What syntax says of it.
    pub facts: &'t SourceFacts,
    /// Its text.
    pub text: &'t str,
}

/// Where a test stands: path and first line.
pub type At<'t> = (&'t str, u32);

/// Names of functions and constants on which the tests' sizes and limits depend and that none of the files
/// defines: what else is to be read.
pub fn open_names(files: &[File<'_>], tests: &[At<'_>]) -> Vec<String> {
    let sources = sources(files);
    let read = Read::of(files, &sources);
    let mut names = BTreeSet::new();
    for (file, test) in read.tests(tests) {
        let calls = read.followed(file, test.line, test.end_line).calls;
        let direct: Vec<(usize, &Item)> = calls.iter().flat_map(|c| read.tested(c.name)).collect();
        let further = direct.iter().map(|(file, item)| read.inputs(*file, item.line, item.end_line));
        let further: Vec<inputs::Call<'_>> = further.flat_map(|i| i.calls).collect();
        let unknown = |c: &&inputs::Call<'_>| {
            c.on != On::Macro && !read.functions.contains_key(c.name) && !is_harmless(c.name)
        };
        names.extend(calls.iter().chain(&further).filter(unknown).map(|c| c.name.to_owned()));
        for (file, item) in direct {
            let leaves = read.lines(file, item.line, item.end_line);
            let loud = leaves.iter().filter(|l| is_loud(l.text) && read.constants.get(l.text).is_none());
            names.extend(loud.map(|l| l.text.to_owned()));
        }
    }
    names.into_iter().filter(|n| n.len() > 2).collect()
}

/// What each of the tests reaches; tests that are not in the files are left out.
pub fn extents(files: &[File<'_>], tests: &[At<'_>]) -> Vec<TestExtent> {
    let sources = sources(files);
    let read = Read::of(files, &sources);
    read.tests(tests).map(|(file, test)| read.extent(file, test)).collect()
}

fn sources<'t>(files: &[File<'t>]) -> Vec<Option<Source<'t>>> {
    let parse = |f: &File<'t>| Source::parse(&f.facts.path, f.facts.language, f.text.into()).ok();
    files.iter().map(parse).collect()
}

/// All files, read.
struct Read<'t> {
    files: Vec<(&'t SourceFacts, Vec<Leaf<'t>>)>,
    constants: Arc<Constants<'t>>,
    /// Functions by their own name: file and item.
    functions: HashMap<&'t str, Vec<(usize, &'t Item)>>,
}

/// What a test's body and the test code that it calls write out.
#[derive(Default)]
struct Followed<'t> {
    sizes: Vec<(usize, inputs::Size)>,
    longest_text: u64,
    calls: Vec<inputs::Call<'t>>,
    doubt: Option<String>,
}

impl<'t> Read<'t> {
    fn of(files: &[File<'t>], sources: &'t [Option<Source<'t>>]) -> Read<'t> {
        let files: Vec<(&SourceFacts, Vec<Leaf<'t>>)> =
            files.iter().zip(sources).filter_map(|(f, s)| Some((f.facts, leaves::of(s.as_ref()?)))).collect();
        // Values inside of functions are theirs alone.
        let outside: Vec<Vec<Leaf<'t>>> = files
            .iter()
            .map(|(facts, leaves)| {
                let last = leaves.last().map_or(0, |l| l.line as usize);
                let mut covered = vec![false; last + 1];
                for item in facts.items.iter().filter(|i| is_callable(i) && i.end_line > i.line) {
                    let lines = item.line as usize..(item.end_line as usize + 1).min(covered.len());
                    covered.get_mut(lines).into_iter().flatten().for_each(|c| *c = true);
                }
                let inside = |l: &Leaf<'_>| covered[l.line as usize];
                leaves.iter().filter(|l| !inside(l)).copied().collect()
            })
            .collect();
        let constants = Arc::new(Constants::of(outside.iter().map(Vec::as_slice), None));
        let mut functions: HashMap<&str, Vec<(usize, &Item)>> = HashMap::new();
        for (index, (facts, _)) in files.iter().enumerate() {
            for item in facts.items.iter().filter(|i| is_callable(i) && i.body.is_some()) {
                functions.entry(&item.name).or_default().push((index, item));
            }
        }
        Read { files, constants, functions }
    }

    fn tests<'s>(
        &'s self,
        wanted: &'s [At<'s>],
    ) -> impl Iterator<Item = (usize, &'t guard_model::TestDecl)> + 's {
        self.files.iter().enumerate().flat_map(move |(index, (facts, _))| {
            let is = move |t: &&guard_model::TestDecl| wanted.contains(&(facts.path.as_str(), t.line));
            facts.tests.iter().filter(is).map(move |t| (index, t))
        })
    }

    fn lines(&self, file: usize, from: u32, to: u32) -> &[Leaf<'t>] {
        let leaves = &self.files[file].1;
        let start = leaves.partition_point(|l| l.line < from);
        let end = leaves.partition_point(|l| l.line <= to);
        leaves.get(start..end).unwrap_or_default()
    }

    fn inputs(&self, file: usize, from: u32, to: u32) -> Inputs<'t> {
        let leaves = self.lines(file, from, to);
        let constants = Constants::of([leaves], Some(&self.constants));
        inputs::of(leaves, &constants)
    }

    /// A body, with the test code that it calls.
    fn followed(&self, file: usize, from: u32, to: u32) -> Followed<'t> {
        let mut all = Followed::default();
        let mut open = vec![(file, from, to)];
        let mut seen: BTreeSet<(usize, u32)> = BTreeSet::new();
        while let Some((file, from, to)) = open.pop() {
            if !seen.insert((file, from)) {
                continue;
            }
            if seen.len() > MAX_HELPERS {
                all.doubt.get_or_insert_with(|| "it calls too many helpers".to_owned());
                break;
            }
            let here = self.inputs(file, from, to);
            all.sizes.extend(here.sizes.into_iter().map(|s| (file, s)));
            all.longest_text = all.longest_text.max(here.longest_text);
            if let Some(doubt) = here.doubt {
                all.doubt.get_or_insert(doubt);
            }
            for call in here.calls {
                let known = self.functions.get(call.name).map_or(&[][..], Vec::as_slice);
                open.extend(known.iter().filter(|(_, i)| i.in_test).map(|(f, i)| (*f, i.line, i.end_line)));
                all.calls.push(call);
            }
        }
        all
    }

    fn extent(&self, file: usize, test: &guard_model::TestDecl) -> TestExtent {
        let path = self.files[file].0.path.clone();
        let mut followed = self.followed(file, test.line, test.end_line);
        if test.generated {
            followed.doubt.get_or_insert_with(|| "its inputs come from elsewhere".to_owned());
        }
        let unknown = followed.calls.iter().find(|c| {
            c.on == On::Nothing
                && !self.functions.contains_key(c.name)
                && !is_harmless(c.name)
                && c.name.starts_with(|n: char| n.is_lowercase() || n == '_')
        });
        if let Some(call) = unknown {
            followed.doubt.get_or_insert(format!("what `{}` does is not known", call.name));
        }
        let largest =
            followed.sizes.iter().max_by_key(|(_, s)| (s.made, s.value)).map(|(f, s)| WrittenSize {
                value: s.value,
                path: self.files[*f].0.path.clone(),
                line: s.line,
                text: s.text.clone(),
                made: s.made,
            });
        let most = followed.doubt.is_none().then(|| most(&followed));
        TestExtent {
            path,
            test: test.name.clone(),
            line: test.line,
            largest,
            most,
            limits: self.limits(&followed),
            doubt: followed.doubt,
        }
    }

    /// Functions of that name outside of tests.
    fn tested(&self, name: &str) -> Vec<(usize, &'t Item)> {
        let all = self.functions.get(name).map_or(&[][..], Vec::as_slice);
        all.iter().filter(|(_, i)| !i.in_test).copied().collect()
    }

    /// The limits of what is called, and of what that calls.
    fn limits(&self, followed: &Followed<'t>) -> Vec<SizeLimit> {
        let mut found: BTreeMap<(usize, u32), Vec<SizeLimit>> = BTreeMap::new();
        let direct: Vec<(usize, &Item)> = followed.calls.iter().flat_map(|c| self.tested(c.name)).collect();
        let further = direct.iter().flat_map(|(file, item)| {
            let calls = self.inputs(*file, item.line, item.end_line).calls;
            calls.into_iter().flat_map(|c| self.tested(c.name)).collect::<Vec<_>>()
        });
        for (file, item) in direct.iter().copied().chain(further.collect::<Vec<_>>()) {
            found.entry((file, item.line)).or_insert_with(|| self.limits_of(file, item));
        }
        found.into_values().flatten().take(MAX_LIMITS).collect()
    }

    fn limits_of(&self, file: usize, item: &Item) -> Vec<SizeLimit> {
        let leaves = self.lines(file, item.line, item.end_line);
        let constants = Constants::of([leaves], Some(&self.constants));
        let limit = |l: limits::Limit| SizeLimit {
            path: self.files[file].0.path.clone(),
            line: l.line,
            text: l.text,
            function: item.qualified.clone(),
            refused: l.refused,
        };
        limits::of(leaves, &constants).into_iter().map(limit).collect()
    }
}

/// What no input can be larger than: sizes that things are made of multiply, as in a loop that appends.
fn most(followed: &Followed<'_>) -> u64 {
    let made = followed.sizes.iter().filter(|(_, s)| s.made && s.value > 1).map(|(_, s)| s.value);
    let product = made.fold(followed.longest_text.max(1), u64::saturating_mul);
    let written = followed.sizes.iter().map(|(_, s)| s.value).max().unwrap_or(0);
    product.max(written)
}

fn is_callable(item: &Item) -> bool {
    matches!(item.kind, ItemKind::Function | ItemKind::Method)
}

/// Functions of languages and their test tools that make nothing large.
fn is_harmless(name: &str) -> bool {
    const KNOWN: &str = "new from default into try_from try_into from_static copy_from_slice from_slice to_string \
        to_owned to_vec as_str as_bytes as_slice unwrap unwrap_err expect expect_err is_ok is_err is_some is_none ok err \
        len length is_empty clone iter into_iter collect map filter push extend insert get contains starts_with ends_with \
        assert assert_eq assert_ne assertEqual assertTrue assertFalse assertRaises assertThrows assertEquals \
        matches vec format println print eprintln dbg write panic String Vec Some Ok Err None Box Arc Rc str bytes int list \
        dict set tuple bool float super isinstance type sorted enumerate zip reversed map any all sum min max abs hasattr \
        describe it test expect toBe toEqual toThrow toThrowError rejects resolves beforeEach afterEach jest fn require \
        await async spawn block_on join main make append cap copy errors string byte rune int64 uint64 float64 error \
        EXPECT_EQ EXPECT_TRUE EXPECT_FALSE EXPECT_THROW ASSERT_EQ ASSERT_TRUE TEST TEST_F QCOMPARE QVERIFY \
        if for match switch catch return raises drop size_of take skip rev is_match not sizeof static_cast range repeat";
    KNOWN.split_whitespace().any(|k| k == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use guard_model::Side;

    fn extent_of(files: &[(&str, &str)]) -> Vec<TestExtent> {
        let facts: Vec<SourceFacts> = files
            .iter()
            .map(|(path, text)| crate::facts(path, Side::Head, text.as_bytes()).unwrap())
            .collect();
        let read: Vec<File<'_>> =
            facts.iter().zip(files).map(|(facts, (_, text))| File { facts, text }).collect();
        let tests: Vec<At<'_>> =
            facts.iter().flat_map(|f| f.tests.iter().map(|t| (f.path.as_str(), t.line))).collect();
        extents(&read, &tests)
    }

    const UPLOAD: &str = "pub const MAX_UPLOAD: usize = 10 * 1024 * 1024;
pub fn store(body: &[u8]) -> Result<usize, String> {
    check(body)?;
    Ok(body.len())
}
fn check(body: &[u8]) -> Result<(), String> {
    if body.len() > MAX_UPLOAD {
        return Err(\"too large\".into());
    }
    Ok(())
}
";

    #[test]
    fn a_rust_tests_size_and_the_limit_one_step_further_are_found() {
        const LIMIT: u64 = (10 << 20) + 1;
        for (body, largest, most) in [
            ("assert!(store(&vec![0; 1024]).is_ok());", Some((1024, true)), Some(1024)),
            ("assert!(store(&vec![0; MAX_UPLOAD + 1]).is_err());", Some((LIMIT, true)), Some(LIMIT)),
            ("let size = 4 * 1024; assert!(store(&vec![0; size]).is_ok());", Some((4096, true)), Some(4096)),
            (
                "assert!(store(\"x\".repeat(1 << 24).as_bytes()).is_err());",
                Some((1 << 24, true)),
                Some(1 << 24),
            ),
            ("assert!(store(&body()).is_ok());", Some((500, true)), Some(500)),
            ("assert!(store(&elsewhere()).is_ok());", None, None),
            ("assert!(store(&std::fs::read(\"a\").unwrap()).is_ok());", None, None),
            (
                "let mut b = vec![0; 100]; for _ in 0..1000 { b.extend([0; 50]); } assert!(store(&b).is_ok());",
                Some((1000, true)),
                Some(5_000_000),
            ),
            ("let n = std::hint::black_box(7); assert!(store(&vec![0; n]).is_ok());", None, None),
            ("assert!(store(&vec![0; usize::MAX / 2]).is_err());", None, None),
        ] {
            let test = format!(
                "use probe::*;\nfn body() -> Vec<u8> {{ vec![7; 500] }}\n#[test]\nfn large() {{ {body} }}\n"
            );
            let found = &extent_of(&[("src/lib.rs", UPLOAD), ("tests/upload.rs", &test)])[0];
            assert_eq!(found.most, most, "{body} {found:?}");
            let limits: Vec<_> = found.limits.iter().map(|l| (l.function.as_str(), l.refused)).collect();
            assert_eq!(limits, [("check", Some(LIMIT))], "{body}");
            if most.is_some() {
                assert_eq!(found.largest.as_ref().map(|l| (l.value, l.made)), largest, "{body}");
            }
        }
    }

    #[test]
    fn other_languages_sizes_are_found() {
        for (code, test, most) in [
            (
                (
                    "src/upload.ts",
                    "export const MAX = 5 * 1024 * 1024;\nexport function store(b: Buffer) { if (b.length > MAX) { throw new Error('too large'); } return b.length; }\n",
                ),
                (
                    "src/upload.test.ts",
                    "import { store } from './upload';\ntest('large', () => { expect(store(Buffer.alloc(2048))).toBe(2048); });\n",
                ),
                Some(2048 * 5),
            ),
            (
                (
                    "app/upload.py",
                    "MAX = 5 * 1024 * 1024\ndef store(b):\n    if len(b) > MAX:\n        raise ValueError('too large')\n    return len(b)\n",
                ),
                (
                    "tests/test_upload.py",
                    "from app.upload import store\n\ndef test_large():\n    assert store(b'x' * 2048) == 2048\n",
                ),
                Some(2048),
            ),
            (
                (
                    "upload.go",
                    "package up\nconst max = 5 << 20\nfunc Store(b []byte) error {\n\tif len(b) > max {\n\t\treturn errTooLarge\n\t}\n\treturn nil\n}\n",
                ),
                (
                    "upload_test.go",
                    "package up\nimport \"testing\"\nfunc TestLarge(t *testing.T) {\n\tif Store(make([]byte, 2048)) != nil {\n\t\tt.Fatal(\"no\")\n\t}\n}\n",
                ),
                Some(2048 * 2),
            ),
        ] {
            let found = extent_of(&[code, test]);
            assert_eq!(found.len(), 1, "{test:?}");
            assert_eq!(
                found[0].limits.iter().map(|l| l.refused).collect::<Vec<_>>(),
                [Some((5 << 20) + 1)],
                "{test:?}"
            );
            assert_eq!(found[0].most, most, "{test:?} {found:?}");
        }
    }
}
