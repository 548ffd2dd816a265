//! `docs-only-change`: the words say that code was written, and the change holds documents alone.

use guard_model::words::EditOutcome;
use guard_model::{
    Claim, ClaimKind, EventKind, EvidenceItem, EvidenceKind, FileChange, FileKind, Language, Level, Mode,
    Side, SourceKind,
};

use crate::check::{Check, Draft, Group, Need};
use crate::context::Context;
use crate::said::telling_stems;
use crate::text::{count, names, shorten, stem, words};

pub(super) const CHECK: Check = Check {
    name: "docs-only-change",
    group: Group::Claims,
    summary: "the words say that code was written, and the change holds documents alone",
    default_level: Level::Warn,
    needs: &[Need::Words],
    first_mode: Mode::Quick,
    readme: include_str!("README.md"),
    yields_to: &[],
    run,
};

fn run(cx: &Context<'_>) -> Vec<Draft> {
    let files = &cx.evidence.change.files;
    if !holds_no_code(cx) || edited_code(cx) {
        return Vec::new();
    }
    let Some(claim) = cx.claims.iter().find(|c| says_code(cx, c)) else { return Vec::new() };
    let paths: Vec<&str> = files.iter().map(|f| f.path.as_str()).collect();
    let nature =
        if files.iter().all(|f| is_document(&f.path)) { "documents" } else { "documents and comments" };
    let changed = EvidenceItem::new(
        EvidenceKind::Diff,
        format!("{} changed: {}", count(files.len(), "file"), names(&paths, 4)),
    )
    .at(Side::Head, paths[0], None);
    let said = EvidenceItem::new(
        EvidenceKind::Session,
        format!("said at {}: \"{}\"", claim.source.place, shorten(&claim.text, 120)),
    );
    let message = format!("\"{}\" is said, and the change holds {nature} alone", shorten(&claim.text, 60));
    vec![
        Draft::new(Level::Warn, message, changed)
            .because(said)
            .answers(Some(claim))
            .identity(shorten(&claim.text, 60))
            .help("commit the code that the words speak of, or say that this is documentation"),
    ]
}

/// Whether the change holds documents and comments alone.
fn holds_no_code(cx: &Context<'_>) -> bool {
    let files = &cx.evidence.change.files;
    !files.is_empty() && files.iter().all(|f| is_without_code(cx, f))
}

/// Whether the change touches code in a language that is read.
pub(super) fn touches_code(cx: &Context<'_>) -> bool {
    cx.evidence.change.files.iter().any(|f| Language::of_path(&f.path).is_some() && !is_without_code(cx, f))
}

/// Whether a file's change holds no code: it is a document, or only comments differ.
fn is_without_code(cx: &Context<'_>, file: &FileChange) -> bool {
    if file.content != FileKind::Text {
        return false;
    }
    if is_document(&file.path) {
        return true;
    }
    let code = |side, path: &str| cx.source(side, path).and_then(|s| s.code.as_ref());
    match (code(Side::Base, file.base_path()), code(Side::Head, &file.path)) {
        (Some(base), Some(head)) => base == head && file.old_path.is_none(),
        _ => false,
    }
}

/// A text for readers. Texts that a program works with (prompts, skills, templates, pages) are the product.
fn is_document(path: &str) -> bool {
    const PRODUCT: &[&str] = &[
        "prompts",
        "prompt",
        "skills",
        "skill",
        "agents",
        "commands",
        "rules",
        "templates",
        "template",
        "content",
        "posts",
        "_posts",
        "blog",
        "src",
        "lib",
        "pages",
        "i18n",
        "locales",
        "fixtures",
        "hooks",
        "workflows",
        "personas",
        "modes",
        "data",
        "assets",
    ];
    let (dirs, name) = path.rsplit_once('/').unwrap_or(("", path));
    let lower = name.to_lowercase();
    let text = [".md", ".markdown", ".rst", ".adoc", ".txt"].iter().any(|e| lower.ends_with(e));
    let reserved = [
        "cmakelists.txt",
        "requirements.txt",
        "skill.md",
        "claude.md",
        "agents.md",
        "gemini.md",
        "robots.txt",
        "constraints.txt",
        "llms.txt",
    ];
    let data = lower.starts_with("requirements") || reserved.contains(&lower.as_str());
    text && !data
        && Language::of_path(path).is_none()
        && !dirs
            .split('/')
            .map(str::to_lowercase)
            .any(|d| PRODUCT.contains(&d.as_str()) || d.starts_with('.') || holds_tests(&d))
}

/// `tests`, `testdata`, `mdtest`: texts there may well be the tests.
fn holds_tests(dir: &str) -> bool {
    dir.starts_with("test") || dir.ends_with("test") || dir.ends_with("tests")
}

/// Whether the session wrote code, which may have been committed before this change's base.
fn edited_code(cx: &Context<'_>) -> bool {
    cx.evidence.words.events.iter().any(|e| match &e.kind {
        EventKind::Edit(edit) => {
            let done = matches!(edit.outcome, EditOutcome::Applied | EditOutcome::Unknown);
            done && edit.paths.iter().any(|p| !is_document(p))
        }
        _ => false,
    })
}

/// Whether a claim says of the finished change that code was written.
fn says_code(cx: &Context<'_>, claim: &Claim) -> bool {
    let told = matches!(claim.source.kind, SourceKind::FinalMessage | SourceKind::Commit | SourceKind::Pr);
    if !told || speaks_of_documents(&claim.text) || subject_of(cx, claim).is_some_and(speaks_of_documents) {
        return false;
    }
    let words = words(&claim.text);
    let has = |any: &[&str]| words.iter().any(|w| any.contains(&w.as_str()));
    let starts = |any: &[&str]| words.iter().take(2).any(|w| any.contains(&w.as_str()));
    let implements = starts(&["implement", "implemented", "implements"]);
    let repairs = starts(&["fix", "fixed", "fixes"]) && has(BROKEN);
    let adds = starts(&["add", "added", "adds", "create", "created", "wrote"]) && has(CODE);
    match claim.kind {
        ClaimKind::Add | ClaimKind::Fix | ClaimKind::TestAdded | ClaimKind::Update | ClaimKind::Other => {
            implements && words.len() > 1 || (repairs || adds) && !names_a_changed_document(cx, claim)
        }
        _ => false,
    }
}

/// What only code can be.
const BROKEN: &[&str] = &[
    "crash",
    "panic",
    "deadlock",
    "race",
    "leak",
    "overflow",
    "segfault",
    "regression",
    "bug",
    "exception",
    "timeout",
    "hang",
];

/// What only code can hold.
const CODE: &[&str] = &[
    "function",
    "functions",
    "method",
    "methods",
    "endpoint",
    "endpoints",
    "struct",
    "class",
    "middleware",
    "handler",
    "handlers",
    "test",
    "tests",
    "parser",
    "module",
];

/// Whether a text is about documents, plans or the repository rather than about code.
fn speaks_of_documents(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "doc",
        "docs",
        "document",
        "documents",
        "documentation",
        "documented",
        "readme",
        "changelog",
        "guide",
        "guides",
        "comment",
        "comments",
        "typo",
        "typos",
        "wording",
        "plan",
        "plans",
        "planning",
        "planned",
        "spec",
        "specs",
        "specification",
        "design",
        "roadmap",
        "notes",
        "note",
        "report",
        "reports",
        "tutorial",
        "link",
        "links",
        "section",
        "sections",
        "blog",
        "md",
        "markdown",
        "rfc",
        "adr",
        "proposal",
        "summary",
        "status",
        "example",
        "examples",
        "instructions",
        "diagram",
        "table",
        "list",
        "license",
        "contributing",
        "faq",
        "todo",
        "todos",
        "checklist",
        "analysis",
        "research",
        "review",
        "describe",
        "description",
        "explain",
        "explanation",
        "release",
        "session",
        "handoff",
        "progress",
        "tracking",
        "issue",
        "issues",
        "milestone",
        "phase",
        "sprint",
        "task",
        "tasks",
        "prompt",
        "prompts",
        "skill",
        "template",
        "architecture",
        "overview",
        "reference",
        "manual",
        "rustdoc",
        "docstring",
        "docstrings",
        "javadoc",
        "news",
        "chore",
        "style",
        "post",
        "page",
        "glossary",
        "memory",
        "bump",
        "version",
        "merge",
        "wip",
        "ticket",
        "backlog",
        "story",
        "audit",
        "context",
        "log",
        "journal",
        "decision",
        "strategy",
        "requirements",
        "criteria",
        "bead",
        "beads",
        "format",
        "formatting",
        "grammar",
        "spelling",
        "translation",
        "badge",
        "badges",
        "lint",
        "markdownlint",
    ];
    words(text).iter().any(|w| WORDS.contains(&w.as_str()))
}

/// The first line of the statement that a claim was made in, for commits and pull requests.
fn subject_of<'a>(cx: &Context<'a>, claim: &Claim) -> Option<&'a str> {
    if claim.source.kind == SourceKind::FinalMessage {
        return None;
    }
    let statement = cx.evidence.words.statements.iter().find(|s| s.place == claim.source.place)?;
    statement.text.lines().next()
}

/// Whether the claim and a changed document are about the same thing: then it may well be the document's.
fn names_a_changed_document(cx: &Context<'_>, claim: &Claim) -> bool {
    let said: Vec<String> = words(&claim.text).iter().map(|w| stem(w).to_owned()).collect();
    let paths = cx.evidence.change.files.iter().map(|f| f.path.as_str());
    telling_stems(paths).iter().any(|w| said.contains(w))
}
