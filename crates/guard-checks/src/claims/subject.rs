//! What a claim is about: its kind, the paths and symbols it names, how much it says was done.

use guard_model::{ClaimKind, ClaimScope, Quantifier};

use super::clause::PREPOSITIONS;
use super::counts;
use super::lexicon::Act;
use super::reading::Reading;
use super::token::{Kind, Token, lists};
use crate::text::words;

/// The kind of a claim that was read.
pub(super) fn kind(tokens: &[Token<'_>], reading: &Reading) -> ClaimKind {
    let all = &tokens[reading.text.clone()];
    let object = &tokens[reading.object.clone()];
    let head = head(object);
    let has = |words: &str| all.iter().any(|t| t.any(words));
    let heads = |words: &str| head.iter().any(|t| t.any(words));
    if let Some(kind) = remark(all) {
        return kind;
    }
    if is_performance(all) {
        return ClaimKind::Performance;
    }
    // "A comment detector" is no comment.
    let documents = head.iter().any(is_document)
        || head.iter().enumerate().any(|(i, t)| {
            let modifies = || {
                head.get(i + 1).is_some_and(|n| {
                    n.kind == Kind::Word
                        && !n.any(DOC_NOUNS)
                        && !n.any(
                            "and or for page pages section sections entry entries comments string strings",
                        )
                })
            };
            t.any(DOC_NOUNS) && !(t.any("comment doc guide changelog rustdoc javadoc") && modifies())
        });
    let tests = names_tests(head) && !names_script(object);
    match reading.act {
        Act::Add
            if tests
                && !documents
                && !heads(
                    "script scripts utilities helpers helper framework infrastructure runner command commands \
                    option flag harness data server mode",
                ) =>
        {
            ClaimKind::TestAdded
        }
        // "Test with nightly" speaks of a run, "Test the parser" of a test.
        Act::Test if object.first().is_some_and(|t| t.any(PREPOSITIONS)) => ClaimKind::Other,
        Act::Test => ClaimKind::TestAdded,
        Act::Document => ClaimKind::Docs,
        Act::Add | Act::Update | Act::Replace if documents => ClaimKind::Docs,
        Act::Add | Act::Update | Act::Remove | Act::Replace
            if heads("dependency dependencies dev-dependency") || is_bump(all, object) =>
        {
            ClaimKind::Dependency
        }
        Act::Add => ClaimKind::Add,
        Act::Remove => ClaimKind::Remove,
        Act::Rename => ClaimKind::Rename,
        Act::Replace => ClaimKind::Replace,
        Act::Fix => ClaimKind::Fix,
        Act::Format => ClaimKind::Other,
        Act::Update if has("clippy linter lint") && has("happy clean") => ClaimKind::LintResult,
        Act::Update => ClaimKind::Update,
        Act::Check | Act::Behave => ClaimKind::Other,
    }
}

/// "tests", "a regression test", "test coverage": the thing itself, not "test time" or "test data".
fn names_tests(head: &[Token<'_>]) -> bool {
    head.iter().enumerate().any(|(i, t)| {
        t.any(counts::TEST_NOUNS)
            && (!t.any("test spec")
                || head[i + 1..].iter().all(|n| {
                    n.kind != Kind::Word || n.any("coverage suite suites case cases function functions")
                }))
    })
}

/// `test:unit` is the name of a script, not a test.
fn names_script(object: &[Token<'_>]) -> bool {
    object.windows(3).any(|w| {
        w[0].any(counts::TEST_NOUNS) && w[1].punct(':') && w[1].start == w[0].end && w[2].start == w[1].end
    })
}

const DOC_NOUNS: &str = "readme documentation docs changelog docstring docstrings guide tutorial comments comment doc \
    rustdoc javadoc wiki";

/// Kinds that the words decide, whatever the verb.
pub(super) fn remark(all: &[Token<'_>]) -> Option<ClaimKind> {
    let text = all
        .iter()
        .map(|t| if t.kind == Kind::Code { "`" } else { t.lower.as_str() })
        .collect::<Vec<_>>()
        .join(" ");
    let says = |phrases: &str| phrases.split('|').any(|p| text.contains(p));
    // "Fix a pre-existing warning" and "skip flaky tests" tell a deed, not how things are.
    let tells_deed = all.first().is_some_and(|t| {
        t.kind == Kind::Word
            && super::lexicon::verb(&t.lower)
                .is_some_and(|v| !matches!(v.act, Act::Behave | Act::Check) && !v.ambiguous)
    });
    let fault =
        says("fail|error|bug|issue|warning|red |broken|breakage|regression|flak|lint|problem|defect|test");
    if fault
        && !tells_deed
        && says(
            "pre-existing|preexisting|unrelated to these changes|unrelated to this change|\
        unrelated to our changes|unrelated to my changes|were failing before|was failing before|\
        was already failing|were already failing|already failed before|also fails on main|\
        also fail on main|fails on main too|existed before",
        )
        || is_red_as_before(all, &text) && !tells_deed
    {
        return Some(ClaimKind::PreExisting);
    }
    if all.iter().any(|t| t.kind == Kind::Code) && !tells_deed && says(CALLED_FLAKY) {
        return Some(ClaimKind::Flaky);
    }
    let failing = says("test|failure|fails|failing");
    if failing
        && !tells_deed
        && all.len() > 3
        && says(
            "is flaky|are flaky|known flaky|flaky test|intermittent|non-deterministic|\
            nondeterministic|flakiness",
        )
        && !says("fix|deflake|stabil|reduce|remove|retr")
    {
        return Some(ClaimKind::Flaky);
    }
    if says(
        "most critical|most important ones|the rest follow|the rest of the|for brevity|\
        for simplicity|for now|simplified version|nearly complete|almost complete|mostly complete|\
        partially|partial implementation|main ones|key ones|due to the size|remaining ones|\
        follow the same pattern|follows the same pattern|\
        stub implementation",
    ) && !says("replace stub|replaced stub|remove stub|removed stub")
    {
        return Some(ClaimKind::Hedge);
    }
    if says(
        "no behavior change|no behaviour change|no behavioral change|no behavioural change|\
        no functional change|without changing behavior|without changing behaviour|\
        behavior unchanged|behaviour unchanged|behavior is unchanged|behaviour is unchanged|is preserved|no regressions|no breaking change|backward compatib|\
        backwards compatib|backward-compatib|backwards-compatib|functionality preserved|\
        core functionality preserved|no logic change|purely mechanical|no semantic change|is non-breaking|are non-breaking|\
        non-breaking change|not a breaking change",
    ) {
        return Some(ClaimKind::NoBehaviourChange);
    }
    if says(
        "copied from|copy of|identical to|exactly like|matching the reference|same pattern as|\
        mirrors the|same as the",
    ) {
        return Some(ClaimKind::CopyOf);
    }
    let superlative = says(SUPERLATIVES);
    let has_deed = all.first().is_some_and(|t| {
        super::lexicon::verb(&t.lower)
            .is_some_and(|v| !matches!(v.act, Act::Behave | Act::Check) && !v.ambiguous)
    });
    (superlative && !has_deed).then_some(ClaimKind::Superlative)
}

/// "Two tests fail, as before": now, and of tests. "Failed before this change" is as often what was mended.
fn is_red_as_before(all: &[Token<'_>], text: &str) -> bool {
    const AS_BEFORE: &str = "as before|as they did before|as it did before|same as before|just like before|as on main|\
        as on master|as at base|like on main|like on master";
    let red = all.iter().any(|t| t.any("fail fails failing failure failures red"));
    let of_tests = all.iter().any(|t| t.any(counts::TEST_NOUNS) || t.any("suite suites"));
    let named = all.len() <= 8 && all.iter().any(|t| t.kind == Kind::Code);
    red && (of_tests || named) && AS_BEFORE.split('|').any(|p| text.contains(p))
}

/// After a name in code: its outcome is not the change's.
const CALLED_FLAKY: &str = "` is flaky|` is a flaky|` is just flaky|` is known to be flaky|` is intermittent|` is nondeterministic|\
    ` is non-deterministic";

/// Whether a statement says that part of the work was left out: not merely "for now".
pub(crate) fn cuts_short(text: &str) -> bool {
    const PHRASES: [&str; 10] = [
        "most critical",
        "most important ones",
        "the rest follow",
        "the remaining follow",
        "for brevity",
        "due to the size",
        "the main ones",
        "the key ones",
        "same pattern for the r",
        "same pattern can be applied",
    ];
    let lower = text.to_lowercase();
    PHRASES.iter().any(|p| lower.split_once(p).is_some_and(|(_, behind)| !names_extent(behind)))
        || leaves_the_rest_alike(&lower)
}

/// "The other files follow the same pattern"; what new code follows is a design.
fn leaves_the_rest_alike(lower: &str) -> bool {
    const REST: [&str; 7] = ["rest", "remaining", "remainder", "other", "others", "left", "leftover"];
    let followers = ["follow the same pattern", "follows the same pattern"];
    let before = followers.iter().find_map(|f| lower.split_once(f)).map(|(before, _)| before);
    let clause = before.map(|b| b.rsplit(['.', ';', ',', ':', '\n']).next().unwrap_or_default());
    clause.is_some_and(|c| words(c).iter().any(|w| REST.contains(&w.as_str())))
}

/// Whether what follows "the most critical" names them: "exports (a, b)". Then nothing is handed over as the whole.
pub(crate) fn names_extent(behind: &str) -> bool {
    const EXAMPLES: [&str; 7] = ["e.g", "eg.", "etc", "such as", "like", "…", "..."];
    let Some((thing, list)) = behind.split_once('(') else { return false };
    let list = list.split(')').next().unwrap_or_default();
    let is_next = thing.split_whitespace().count() <= 3 && !thing.contains(['.', ';', ':', ',']);
    is_next && !list.trim().is_empty() && !EXAMPLES.iter().any(|e| list.contains(e))
}

const SUPERLATIVES: &str = "production ready|production-ready|enterprise grade|enterprise-grade|bulletproof|battle-tested|\
    battle tested|state-of-the-art|world-class|best-in-class|industry-standard|production-grade";

/// "60% faster", "3x speedup", "reduces memory by 20%".
pub(super) fn is_performance(all: &[Token<'_>]) -> bool {
    let has = |words: &str| all.iter().any(|t| t.any(words));
    let figure = all.iter().any(|t| {
        t.kind == Kind::Number
            && (t.text.contains('%')
                || t.text.ends_with(['x', 'X', '×'])
                || t.lower.ends_with("ms")
                || t.lower.ends_with("ns")
                || t.lower.ends_with("µs"))
    });
    let comparative =
        has("faster speedup speed-up slower quicker throughput latency speed performance memory \
        allocations ops/sec");
    has("faster speedup speed-up quicker") || figure && comparative
}

/// "Update clap to 4.4.6": a version at the end of an update of one thing.
fn is_bump(all: &[Token<'_>], object: &[Token<'_>]) -> bool {
    let bump = all.first().is_some_and(|t| {
        t.any("bump bumps bumped upgrade upgraded upgrades update updated updates pin pinned")
    });
    let version = |t: &Token<'_>| {
        let digits = t.text.trim_start_matches(['v', '^', '~', '=']);
        digits.starts_with(|c: char| c.is_ascii_digit()) && digits.contains('.') && !digits.contains('/')
    };
    bump && object.windows(2).any(|w| w[0].is("to") && version(&w[1])) && object.len() <= 8
}

/// The tokens before the first preposition or conjunction: the thing itself.
pub(super) fn head<'t, 'a>(object: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let end = object
        .iter()
        .position(|t| {
            t.any(PREPOSITIONS) && !t.is("of")
                || t.any("that which so because when where if covering including instead and") && !t.is("and")
                || matches!(t.kind, Kind::Punct('(' | ':' | '—' | '→'))
        })
        .unwrap_or(object.len());
    &object[..end]
}

fn is_document(token: &Token<'_>) -> bool {
    let name = token.lower.as_str();
    [".md", ".rst", ".adoc"].iter().any(|e| name.ends_with(e)) && !name.contains(' ')
}

/// What the clause names and how much it says.
pub(super) fn scope(
    tokens: &[Token<'_>],
    reading_or_all: std::ops::Range<usize>,
    about: &[String],
    kind: ClaimKind,
) -> ClaimScope {
    let all = &tokens[reading_or_all];
    let mut scope = ClaimScope::default();
    for token in all {
        match name(token) {
            Some(Name::Path(path)) if !scope.paths.contains(&path) => scope.paths.push(path),
            Some(Name::Symbol(symbol)) if !scope.symbols.contains(&symbol) => scope.symbols.push(symbol),
            _ => {}
        }
    }
    for path in about {
        if !scope.paths.contains(path) {
            scope.paths.push(path.clone());
        }
    }
    let said = counts::counts(all).tests();
    // "5 more tests now pass" is not the size of a run.
    let more = all.iter().any(|t| t.any("additional more new newly extra"));
    scope.count = match kind {
        ClaimKind::TestResult => said.filter(|_| !more),
        // "(now 25 tests total)" counts what is there.
        ClaimKind::TestAdded if all.iter().any(|t| t.any("total now altogether overall")) => None,
        ClaimKind::TestAdded | ClaimKind::PreExisting | ClaimKind::Flaky => said,
        _ => count(all),
    };
    scope.quantifier = quantifier(all, scope.count);
    scope
}

/// A name that a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// A file or folder.
    Path(String),
    /// An identifier, without call parentheses.
    Symbol(String),
}

const EXTENSIONS: &str = "rs toml md ts tsx js jsx mjs cjs py pyi go java kt c h cc cpp hpp cxx cs rb php swift sh bash \
    zsh fish ps1 yml yaml json jsonl lock html css scss sql proto txt snap kdl xml gradle cfg ini \
    env vue svelte lua ex exs zig nix rst adoc csv svg png mod sum dockerfile cmake";

/// Words with several capitals that name no symbol of a repository.
const PRODUCTS: &str = "github gitlab javascript typescript postgresql mysql sqlite macos ios openai oauth websocket \
    websockets youtube linkedin nodejs graphql mongodb webassembly freebsd openbsd netbsd chatgpt \
    opencode codex dockerhub powershell bitbucket devops readme ipv4 ipv6 intellij vscode webgpu \
    opengl bigquery dynamodb cloudflare rustsec mcp todowrite";

/// Words of languages, which name nothing of a repository.
const KEYWORDS: &str = "const static impl trait enum struct fn self Self super crate true false null nil None Some Ok Err let mut \
    ref pub use mod type where async await match if else for while loop return break continue class def import from \
    export default interface function var new this void int str string String bool u8 u16 u32 u64 usize i8 i16 i32 \
    i64 isize f32 f64 char any unknown number boolean object undefined main test Vec Option Result Box Arc Rc";

/// The name that `token` is, if it is one.
pub(super) fn name(token: &Token<'_>) -> Option<Name> {
    let code = token.kind == Kind::Code;
    if !(code || token.kind == Kind::Word) {
        return None;
    }
    let text = token.text.trim();
    if text.is_empty() || text.len() > 200 {
        return None;
    }
    // `Cmd::pipe(self, next)` names the function, whatever it takes.
    let called =
        || text.split_once('(').filter(|(name, rest)| code && rest.ends_with(')') && is_path_of_names(name));
    if text.contains(char::is_whitespace) {
        return called().map(|(name, _)| Name::Symbol(name.to_owned()));
    }
    if let Some(path) = path(text, code) {
        return Some(Name::Path(path));
    }
    let bare = text.trim_end_matches("()").trim_end_matches(['!', '?']).trim_start_matches(['&', '@']);
    let bare = bare.strip_prefix("::").unwrap_or(bare);
    let bare = bare.split(['(', '<']).next().unwrap_or(bare);
    let parts: Vec<&str> = bare.split("::").flat_map(|p| p.split('.')).flat_map(|p| p.split("->")).collect();
    if lists(KEYWORDS, bare) {
        return None;
    }
    let identifiers = !bare.is_empty()
        && parts.iter().all(|p| {
            !p.is_empty()
                && !p.starts_with(|c: char| c.is_ascii_digit())
                && p.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '#'))
        });
    if !identifiers || bare.starts_with('#') {
        return None;
    }
    let humps =
        bare.chars().zip(bare.chars().skip(1)).filter(|(a, b)| a.is_lowercase() && b.is_uppercase()).count();
    let looks_like_code = bare.contains('_') && bare.chars().any(char::is_alphabetic)
        || bare.contains("::")
        || text.ends_with("()")
        || humps >= 1 && !lists(PRODUCTS, token.lower.as_str());
    (code || looks_like_code).then(|| Name::Symbol(bare.to_owned()))
}

/// `Cmd::pipe`, `self.pipe_into`: names joined as code joins them, at least one of them no plain word.
fn is_path_of_names(text: &str) -> bool {
    let part = |p: &str| !p.is_empty() && p.chars().all(|c| c.is_alphanumeric() || c == '_');
    let names = text.split("::").flat_map(|p| p.split('.'));
    names.clone().all(part)
        && (names.count() > 1 || text.contains('_'))
        && !text.starts_with(|c: char| c.is_ascii_digit())
}

fn path(text: &str, code: bool) -> Option<String> {
    // `a.rs:12` and `a.rs:12-20` name the file.
    let text = match text.find(':') {
        Some(at) if text[at + 1..].starts_with(|c: char| c.is_ascii_digit()) => &text[..at],
        Some(_) => return None,
        None => text,
    };
    if text.starts_with('-')
        || text.contains(['(', ')', '<', '>', '=', '"', '\'', '$', '{', '|', '@', '!', ',', '&'])
        || text.contains("//")
    {
        return None;
    }
    let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or(text);
    let extension = last
        .rsplit_once('.')
        .filter(|(stem, _)| !stem.is_empty() || text.contains('/'))
        .map(|(_, e)| e.to_ascii_lowercase());
    let known = extension.as_deref().is_some_and(|e| lists(EXTENSIONS, e));
    let dotfile = last.starts_with('.')
        && last.len() > 2
        && last[1..].chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    let folder = text.contains('/')
        && (text.ends_with('/') || code)
        && !text.starts_with('/')
        && text.split('/').all(|p| p.len() != 1 || p == ".");
    let bare_file = matches!(
        last,
        "Makefile" | "Dockerfile" | "LICENSE" | "README" | "CHANGELOG" | "justfile" | "Justfile"
    );
    let dotfile = dotfile && (code || last.ends_with("ignore"));
    (known || folder || dotfile || bare_file).then(|| text.trim_start_matches("./").to_owned())
}

/// A count of things: a number before a plural, not a version, size or share.
fn count(all: &[Token<'_>]) -> Option<u64> {
    all.iter().enumerate().find_map(|(i, token)| {
        let value = counts::number(token)?;
        let former = i > 0
            && all[i - 1].any("from to version than phase step line issue chapter level part of rust python");
        let plural =
            all[i + 1..].iter().take(4).take_while(|t| t.kind == Kind::Word && !t.any(PREPOSITIONS)).any(
                |t| {
                    t.lower.len() > 3
                        && t.lower.ends_with('s')
                        && !t.lower.ends_with("ss")
                        && !t.any("this lines seconds minutes hours times bits bytes")
                },
            );
        (!former && plural && value > 0).then_some(value)
    })
}

fn quantifier(all: &[Token<'_>], count: Option<u64>) -> Quantifier {
    let reach = all
        .iter()
        .position(|t| t.any("so because that which when where if instead without since"))
        .unwrap_or(all.len());
    let said = &all[..reach];
    let any = |words: &str| said.iter().any(|t| t.any(words));
    if any("all every each throughout everywhere entire whole") || any("both") {
        return Quantifier::All;
    }
    if any("some several most few partial partially various critical main") {
        return Quantifier::Some;
    }
    if count.is_some() { Quantifier::Count } else { Quantifier::None }
}
