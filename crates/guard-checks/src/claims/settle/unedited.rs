//! "Updated `README.md`", "Added `logMcp` to `Logger` in `src/logger.js`", "Created `checksums.json`", "Deleted `a.rs`",
//! and the change does not touch that file; "updated 12 files", and it touches three.

use guard_model::evidence::NamedFile;
use guard_model::{
    ChangeKind, Claim, ClaimVerdict, EventKind, EvidenceItem, EvidenceKind, FileChange, Language, Side,
    SourceKind,
};

use super::code::{first_verb, is_document, is_path, last_part};
use super::packages::is_manifest;
use super::trace::tells_of_work;
use super::{Facts, Ruling, aside};
use crate::claims::counts;
use crate::claims::lexicon::{self, Form};
use crate::claims::subject::{self, Name};
use crate::claims::token::{self, Kind, Token};
use crate::text::{count, names, words};

/// Verbs that leave their mark in the file that they are said of. A fault that is fixed may lie elsewhere than where it
/// shows.
const EDITS: &str = "update updated change changed modify modified edit edited extend extended expand expanded refactor refactored rewrite \
    rewrote rework reworked simplify simplified document documented reformat reformatted format formatted reorganize \
    reorganized reorganise reorganised restructure restructured";

/// Verbs after which there is a file that was not there.
const MAKES: &str = "create created add added";

/// Verbs after which something is in another file.
const MOVES: &str = "move moved extract extracted relocate relocated";

/// Further verbs that tell of work in a file: "implement X in a.rs".
const WORKS: &str = "add added implement implemented define defined";

/// Words with which a sentence tells of another time or of what the code does.
const OTHER: &str = "when if once unless until later follow-up not no each every per temporarily default";

/// Verbs after which a file is gone.
const ENDS: &str = "delete deleted remove removed";

/// What is said to have been done to files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Edits,
    Makes,
    Ends,
}

/// Files that a claim says something was done to.
struct Deed {
    paths: Vec<String>,
    what: What,
}

/// The ruling where files that the claim says were edited are as they were, or one said to be made is not there.
pub(super) fn shown(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    held(facts, claim).filter(Ruling::accuses)
}

/// Files that the change does not touch, where that may have its reasons: no accusation, but no silence either.
pub(super) fn left_open(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    held(facts, claim).filter(|r| !r.accuses())
}

fn held(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    if let Some(fewer) = fewer(facts, claim, &tokens) {
        return Some(fewer);
    }
    let deed = deed(&tokens).filter(|_| !tokens.iter().any(|t| t.any(OTHER)))?;
    let missing = missing(facts, claim, &deed)?;
    let found = |said: &String| facts.evidence.named_files.iter().find(|f| f.said == *said);
    let missing: Vec<&NamedFile> = missing.iter().map(found).collect::<Option<_>>()?;
    let stands = |f: &NamedFile| f.at_head.as_ref().is_some_and(|at| !at.is_empty());
    if missing.iter().any(|f| f.at_head.is_none()) {
        return None;
    }
    let shown: Vec<&str> = missing.iter().map(|f| f.said.as_str()).collect();
    let (are, it, was) = if missing.len() == 1 { ("is", "it", "was") } else { ("are", "they", "were") };
    let item = |message: String| {
        let item = EvidenceItem::new(EvidenceKind::Site, message);
        match missing[0].at_head.as_ref().and_then(|at| at.first()) {
            Some(path) => item.at(Side::Head, path, None),
            None => item,
        }
    };
    let total = deed.paths.len();
    // Where nothing is to be seen, somebody may have meant something else: never more than a warning.
    let accused = |message: String| {
        let ruling = Ruling::contradicted(vec![item(message)]);
        let done = (total - missing.len()) as u64;
        Ruling { verdict: ClaimVerdict::Partial, ..ruling }.counted(done, total as u64)
    };
    let said = names(&shown, 4);
    match (deed.what, missing.iter().all(|f| stands(f)), missing.iter().any(|f| stands(f))) {
        (What::Edits, true, _) => Some(accused(format!("{said} {are} at head what {it} {was} at base"))),
        (What::Ends, true, _) => Some(accused(format!("{said} {are} still there"))),
        (What::Makes, _, false) if missing.iter().all(|f| !f.ignored) => Some(accused(nowhere(&shown))),
        (What::Ends, ..) => None,
        // It may be there from before, or kept out of commits.
        (_, all, _) => {
            let message = match all {
                true => format!("{said} {are} at head what {it} {was} at base"),
                false => nowhere(&shown),
            };
            Some(Ruling::unsupported(vec![item(message)]))
        }
    }
}

fn nowhere(paths: &[&str]) -> String {
    let said = names(paths, 4);
    if paths.len() == 1 { format!("there is no {said} at head") } else { format!("nowhere at head: {said}") }
}

/// Paths whose place at head decides.
pub(super) fn open_files(facts: &Facts<'_>, claim: &Claim) -> Vec<String> {
    let tokens = token::tokens(&claim.text);
    deed(&tokens).and_then(|deed| missing(facts, claim, &deed)).unwrap_or_default()
}

/// The files of the deed that the change does not touch, where it could have been told of this change only.
fn missing(facts: &Facts<'_>, claim: &Claim, deed: &Deed) -> Option<Vec<String>> {
    let change = &facts.evidence.change;
    let here = matches!(claim.source.kind, SourceKind::Commit | SourceKind::Pr | SourceKind::FinalMessage);
    let records = is_record(facts) && !deed.paths.iter().any(|p| tells_of_work(p));
    if !here || records || change.files.is_empty() {
        return None;
    }
    // Code that writes, reads or lists a file of that name speaks of it.
    let named = |said: &str| {
        if deed.what == What::Edits && Language::of_path(said).is_some() {
            return false;
        }
        let name = last_part(said);
        facts.trace.files.iter().flat_map(|f| &f.lines.added).any(|l| l.text.contains(name))
    };
    // `robots.txt` is what `app/robots.ts` makes, `coverage.json` what a tool writes; `config.py` may be described elsewhere.
    let stem = |path: &str| last_part(path).split('.').next().unwrap_or_default().to_lowercase();
    let made = |said: &str| {
        let ending = said.rsplit('.').next().unwrap_or_default();
        let tells = |text: &str| {
            let words = words(text);
            [stem(said).as_str(), ending].iter().any(|w| w.len() > 2 && words.iter().any(|x| x == w))
        };
        let code = || facts.trace.files.iter().filter(|f| !f.document).flat_map(|f| &f.lines.added);
        deed.what == What::Makes
            && !said.contains('/')
            && (change.files.iter().any(|f| stem(&f.path) == stem(said)) || code().any(|l| tells(&l.text)))
    };
    let described = first_verb(&token::tokens(&claim.text))
        .is_some_and(|v| token::tokens(&claim.text)[v].any("document documented"))
        && change.files.iter().any(|f| is_document(&f.path));
    // What is said to be gone and was only edited is still there.
    let touched = |said: &str| {
        let same = |path: &str| is_path(path, said) || is_called(path, said);
        let went = |f: &FileChange| !same(&f.path) || f.kind == ChangeKind::Deleted;
        change.files.iter().any(|f| match deed.what {
            What::Ends => same(f.base_path()) && went(f),
            _ => same(&f.path) || same(f.base_path()),
        })
    };
    // What the session shows being edited was edited, whatever became of it.
    let edited = |said: &str| {
        let edits = facts.evidence.words.events.iter().filter_map(|e| match &e.kind {
            EventKind::Edit(edit) => Some(edit),
            _ => None,
        });
        edits.flat_map(|e| &e.paths).any(|p| is_called(p, said))
    };
    let left: Vec<String> =
        deed.paths.iter().filter(|p| !touched(p) && !edited(p) && !named(p) && !made(p)).cloned().collect();
    let told_of_this = || !tells_of_other_commits(facts, claim) && !aside::is_set_aside(facts, claim);
    (!left.is_empty() && !described && told_of_this()).then_some(left)
}

/// "Updated 12 files", and the change touches fewer.
fn fewer(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> Option<Ruling> {
    let here = matches!(claim.source.kind, SourceKind::Commit | SourceKind::Pr | SourceKind::FinalMessage);
    let verb = first_verb(tokens).filter(|v| here && tokens[*v].any(EDITS))?;
    let rest = &tokens[verb + 1..];
    // "Updated 12 files", "Updated imports across 12 files": nothing else is counted in files.
    let at = rest.iter().position(|t| t.any("files")).filter(|at| *at > 0)?;
    let placed = at == 1 || rest[at - 2].any("across in") && at <= 5;
    let said = counts::number(&rest[at - 1]).filter(|n| placed && *n > 1)?;
    let exact = rest[at - 1].text.bytes().all(|b| b.is_ascii_digit());
    let touched = facts.evidence.change.files.len() as u64;
    if said <= touched || !exact || touched == 0 || tells_of_other_commits(facts, claim) {
        return None;
    }
    // They may be files of something else.
    let message = format!("the change touches {}", count(touched as usize, "file"));
    Some(Ruling::unsupported(vec![EvidenceItem::new(EvidenceKind::Site, message)]))
}

/// Whether a file has the name that is said, in whatever folder; of a document, in whatever format and language.
fn is_called(path: &str, said: &str) -> bool {
    let (name, said) = (last_part(path).to_lowercase(), last_part(said).to_lowercase());
    let stem = said.split('.').next().unwrap_or(&said);
    name == said || is_document(&said) && name.starts_with(stem)
}

/// Whether the change is nothing but plans, logs and versions: it tells of work elsewhere.
pub(super) fn is_record(facts: &Facts<'_>) -> bool {
    let tells = |path: &str| tells_of_work(path) || is_manifest(path) || path.ends_with(".lock");
    facts.evidence.change.files.iter().all(|f| tells(&f.path))
}

/// Whether the statement names a commit: it tells of what that one did.
fn tells_of_other_commits(facts: &Facts<'_>, claim: &Claim) -> bool {
    let is_id = |word: &str| {
        (7..=40).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
            && word.bytes().any(|b| b.is_ascii_digit())
            && word.bytes().any(|b| b.is_ascii_alphabetic())
    };
    let mut told = facts.evidence.words.statements.iter().filter(|s| s.place == claim.source.place);
    told.any(|s| s.text.split(|c: char| !c.is_ascii_alphanumeric()).any(is_id))
}

/// The files that the claim says were edited or made: its object, or where it says that the work was done.
fn deed(tokens: &[Token<'_>]) -> Option<Deed> {
    let at = first_verb(tokens).filter(|at| tokens[..*at].iter().all(|t| t.kind == Kind::Word))?;
    let word = &tokens[at];
    let form = lexicon::verb(&word.lower)?.form;
    if !matches!(form, Form::Base | Form::Past) {
        return None;
    }
    let what = [(EDITS, What::Edits), (MAKES, What::Makes), (ENDS, What::Ends)];
    let what = what.into_iter().find(|(verbs, _)| word.any(verbs)).map(|(_, what)| what);
    let rest = &tokens[at + 1..];
    let idle =
        rest.iter().take_while(|t| t.any("the a an our my new missing both file files script")).count();
    let paths = listed(&rest[idle..]);
    if let Some(end) = paths.last().map(|(end, _)| idle + end)
        && let Some(what) = what
        && ends_there(rest.get(end))
    {
        return Some(Deed { paths: paths.into_iter().map(|(_, p)| p).collect(), what });
    }
    let path = place(rest, word.any(MOVES)).filter(|_| word.any(WORKS) || word.any(MOVES))?;
    Some(Deed { paths: vec![path], what: What::Edits })
}

/// The paths that a list begins with, each with the token after it.
fn listed(tokens: &[Token<'_>]) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        match file(token) {
            Some(path) => paths.push((i + 1, path)),
            None if !paths.is_empty() && (token.punct(',') || token.punct('+') || token.any("and")) => {}
            None => break,
        }
    }
    paths
}

/// "in `src/logger.js`" at the end of a clause: a source file, told by its folder or beside a name of its code. A
/// manifest may be what the code reads.
fn place(tokens: &[Token<'_>], moved: bool) -> Option<String> {
    // What code does with files of that name is not said of the one here.
    const READS: &str = "support parsing reading loading detection detecting lookup discovery when if while resolving \
        importing imports tests test fixture example examples";
    let (at, path) = tokens.iter().enumerate().skip(1).find_map(|(i, t)| Some((i, file(t)?)))?;
    let before = &tokens[..at];
    let placed = before.last().is_some_and(|t| t.any("in into inside") || moved && t.any("to"));
    let source = Language::of_path(&path).is_some() && !last_part(&path).contains(".config.");
    let named = |t: &Token<'_>| matches!(subject::name(t), Some(Name::Symbol(_)));
    let plain = !before.iter().any(|t| t.any(READS) || matches!(t.kind, Kind::Punct(_)));
    let sure = path.contains('/') || before.iter().any(named);
    (placed && source && plain && sure && ends_there(tokens.get(at + 1))).then_some(path)
}

/// Whether nothing follows that would make the file's name part of a longer thing: "`Cargo.toml` parsing".
fn ends_there(next: Option<&Token<'_>>) -> bool {
    next.is_none_or(|t| {
        matches!(t.kind, Kind::Punct(c) if c != '/' && c != '\'' && c != '’')
            || t.any("with for so and as because since")
    })
}

/// "Chart.js", "Node.js": written like a proper name.
fn is_library(path: &str) -> bool {
    let name = path.strip_suffix(".js").unwrap_or_default();
    let mut letters = name.chars();
    letters.next().is_some_and(char::is_uppercase)
        && letters.all(char::is_lowercase)
        && name != "App"
        && name != "Index"
}

/// A file's path inside the repository, from its name or with folders.
fn file(token: &Token<'_>) -> Option<String> {
    let Name::Path(path) = subject::name(token)? else { return None };
    let path = match path.trim_start_matches("./") {
        short @ ("README" | "CHANGELOG") => format!("{short}.md"),
        path => path.to_owned(),
    };
    let name = last_part(&path);
    let ends = name.rsplit_once('.').is_some_and(|(_, end)| !end.is_empty());
    // "Three.js" is a library.
    if is_library(&path) {
        return None;
    }
    // `.npmignore`, but no bare ending (`.rs` files).
    let dotted = name.starts_with('.') && name.len() > 6 && Language::of_path(&format!("a{name}")).is_none();
    let known = dotted && !name[1..].contains('.')
        || !name.starts_with('.') && Language::of_path(&path).is_some()
        || is_document(&path)
        || matches!(
            name.rsplit_once('.').map_or("", |(_, end)| end),
            "toml"
                | "json"
                | "yaml"
                | "yml"
                | "sh"
                | "css"
                | "scss"
                | "html"
                | "sql"
                | "proto"
                | "txt"
                | "lock"
        );
    let inside =
        !path.starts_with(['/', '~', '$', '<']) && !path.contains("..") && !path.contains(['*', '{', '[']);
    (ends && known && inside && !path.ends_with('/')).then_some(path)
}
