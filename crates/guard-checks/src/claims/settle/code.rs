//! Claims that syntax and the change itself settle: what was added, removed, renamed, written down, tested.

use guard_model::source::{ReachState, StubKind};
use guard_model::{
    ChangeKind, Claim, EvidenceItem, EvidenceKind, FileChange, Item, ItemKind, Quantifier, Side, SourceFacts,
};

use super::terms::{Term, Terms};
use super::trace::{FileTrace, has, occurrences};
use super::{Facts, Ruling};
use crate::claims::clause::SELF_NOUNS;
use crate::claims::counts::TEST_NOUNS;
use crate::claims::lexicon::{self, Form};
use crate::claims::subject::{self, Name};
use crate::claims::token::{self, Kind, Token};
use crate::said::telling_stems;
use crate::text::{count, names};

/// "Add `X`", "Created a.rs with …", "`X` was added".
pub(super) fn added(facts: &Facts<'_>, claim: &Claim) -> Ruling {
    let named = object(&claim.text);
    if named.is_empty() {
        return Ruling::unseen(Vec::new());
    }
    let fates = fates(facts, &named, &owners(&claim.text, "for to in into on inside within"));
    let lower = claim.text.to_lowercase();
    let confesses =
        ["stub", "placeholder", "skeleton", "scaffold", "not implemented", "unimplemented", "todo"]
            .iter()
            .any(|w| lower.contains(w));
    if let Some((file, item)) = fates.iter().find_map(Fate::stub).filter(|_| !confesses) {
        let text = item.stub.as_ref().map_or("", |s| s.text.as_str());
        let line = item.stub.as_ref().map(|s| s.line);
        let message = format!("`{}` is there and its body is `{text}`", item.qualified);
        return Ruling::contradicted(vec![EvidenceItem::new(EvidenceKind::Site, message).at(
            Side::Head,
            &file.path,
            line,
        )]);
    }
    if claim.scope.quantifier == Quantifier::All || claim.scope.count.is_some_and(|n| n != named.len() as u64)
    {
        return Ruling::unseen(Vec::new());
    }
    if let Some(unreached) = fates.iter().find_map(|f| f.unreached(facts)) {
        return Ruling::unsupported(vec![unreached]);
    }
    all_are(&named, &fates, "new at head", |f| matches!(f, Fate::New(..) | Fate::NewFile(_)))
}

/// "Remove `X`", "Deleted a.rs".
pub(super) fn removed(facts: &Facts<'_>, claim: &Claim) -> Ruling {
    let named = object(&claim.text);
    if named.is_empty() || claim.scope.quantifier == Quantifier::All || !takes_away(&claim.text) {
        return Ruling::unseen(Vec::new());
    }
    let fates = fates(facts, &named, &owners(&claim.text, "from for in of on"));
    all_are(&named, &fates, "gone at head", |f| matches!(f, Fate::Gone(..) | Fate::GoneFile(_)))
}

/// Whether what it is said of is gone afterwards: not what is deprecated, disabled or put back.
pub(super) fn takes_away(text: &str) -> bool {
    const STAYS: &str = "deprecate deprecates deprecated disable disables disabled revert reverts reverted undo undoes undid \
        undone unset unsets clear clears cleared clean cleans cleaned exclude excludes excluded retire retires retired";
    let tokens = token::tokens(text);
    let verb = |t: &&Token<'_>| t.kind == Kind::Word && lexicon::verb(&t.lower).is_some();
    tokens.iter().find(verb).is_none_or(|t| !t.any(STAYS))
}

/// "Updated README.md", "Add documentation for X".
pub(super) fn documented(facts: &Facts<'_>, claim: &Claim) -> Ruling {
    let files = &facts.evidence.change.files;
    let changed = |f: &&FileChange| f.kind != ChangeKind::Deleted && is_document(&f.path);
    let named: Vec<&String> = claim.scope.paths.iter().filter(|p| is_document(p)).collect();
    // A file of another kind that it names must have changed too.
    let others = claim.scope.paths.iter().filter(|p| !is_document(p));
    if others.into_iter().any(|p| !files.iter().any(|f| is_path(&f.path, p))) {
        return Ruling::unseen(Vec::new());
    }
    // "README to all 6 crates": as many of them as are said, never one for all.
    let said = claim.scope.count.unwrap_or(1).max(named.len() as u64);
    if claim.scope.quantifier == Quantifier::All && claim.scope.count.is_none() {
        return Ruling::unseen(Vec::new());
    }
    if !named.is_empty() {
        let all = files.iter().filter(changed).filter(|f| named.iter().any(|p| is_path(&f.path, p)));
        if (all.count() as u64) < said {
            return Ruling::unseen(Vec::new());
        }
        let found: Vec<&FileChange> =
            named.iter().filter_map(|p| files.iter().filter(changed).find(|f| is_path(&f.path, p))).collect();
        return if found.len() == named.len() && tell(facts, claim, &found) {
            Ruling::verified(touched(found[0]))
        } else {
            Ruling::unseen(Vec::new())
        };
    }
    let lower = claim.text.to_lowercase();
    let in_code = ["comment", "docstring", "doc string", "rustdoc", "inline", "help text"]
        .iter()
        .any(|w| lower.contains(w));
    if in_code
        || !is_deed(&claim.text)
        || !claim.scope.symbols.is_empty()
        || claim.scope.quantifier == Quantifier::All
    {
        return Ruling::unseen(Vec::new());
    }
    let wanted = ["readme", "changelog"].into_iter().find(|w| lower.contains(w));
    let general = ["documentation", "docs", "guide"].iter().any(|w| lower.contains(w));
    let topic = topic(&claim.text);
    // "The main README" is not one of some folder.
    let of_root = ["main ", "root ", "top-level "].iter().any(|w| lower.contains(w));
    let fits = |f: &&FileChange| {
        let name = last_part(&f.path).to_lowercase();
        let about = || telling_stems([f.path.as_str()]).iter().any(|word| topic.contains(word));
        match wanted {
            Some(wanted) => name.starts_with(wanted) && !(of_root && f.path.contains('/')),
            // A log of changes documents nothing but changes.
            None => general && !name.starts_with("change") && (topic.is_empty() || about()),
        }
    };
    let found: Vec<&FileChange> = files.iter().filter(changed).filter(fits).collect();
    match found.first().filter(|_| found.len() as u64 >= said) {
        Some(file) => Ruling::verified(touched(file)),
        None => Ruling::unseen(Vec::new()),
    }
}

/// Whether the new lines of documents tell what they are said to: its names, and more than half of its words.
fn tell(facts: &Facts<'_>, claim: &Claim, documents: &[&FileChange]) -> bool {
    const IDLE: &str = "document documents documented documentation docs doc guide readme changelog reflect describe describes \
        describing explain explains explaining explanation section sections page mention mentions mentioning says say expand \
        write details detail information instructions instruction examples example usage note notes entry entries main root \
        top-level project comprehensive complete markdown reference references list table";
    let terms = Terms::with_purpose(&claim.text);
    let of = |f: &&FileTrace<'_>| documents.iter().any(|d| d.path == f.path());
    let files: Vec<&FileTrace<'_>> = facts.trace.files.iter().filter(of).collect();
    let words: Vec<&str> =
        terms.words.iter().filter(|w| !token::lists(IDLE, &w.word)).map(|w| w.stem.as_str()).collect();
    let found = words.iter().filter(|w| files.iter().any(|f| has(&f.words, w))).count();
    let stands = |name: &Term| {
        files.iter().any(|f| f.lines.added.iter().any(|l| occurrences(&l.text, &name.text) > 0))
    };
    terms.names.iter().all(stands) && (words.is_empty() || found * 2 > words.len())
}

/// The words that say what documents are about: "documentation for the parser", "the provider guide".
fn topic(text: &str) -> Vec<String> {
    const IDLE: &str = "documentation docs doc guide guides user project comprehensive complete full professional \
        detailed extensive rewrite relevant related existing information more missing accordingly to in of a an as page \
        pages markdown";
    let tokens = token::tokens(text);
    // "Docs for uninstalling" are about that.
    let topical = |i: usize| i > 0 && tokens[i - 1].any("for about on");
    let is_verb = |t: &Token<'_>| t.kind == Kind::Word && lexicon::verb(&t.lower).is_some();
    let telling = |(i, t): &(usize, &Token<'_>)| !(t.any(IDLE) || is_verb(t) && !topical(*i));
    telling_stems(tokens.iter().enumerate().filter(telling).map(|(_, t)| t.text))
}

fn touched(file: &FileChange) -> EvidenceItem {
    let message = format!(
        "`{}` has {} and {}",
        file.path,
        count(file.added as usize, "new line"),
        count(file.removed as usize, "removed line")
    );
    EvidenceItem::new(EvidenceKind::Diff, message).at(Side::Head, &file.path, None)
}

pub(super) fn is_document(path: &str) -> bool {
    let lower = path.to_lowercase();
    let name = last_part(&lower);
    [".md", ".mdx", ".rst", ".adoc"].iter().any(|e| lower.ends_with(e))
        || name.starts_with("readme")
        || name.starts_with("changelog")
}

pub(super) fn last_part(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// Whether the change's `path` is what people call `said`: the whole path, or the end of it.
pub(super) fn is_path(path: &str, said: &str) -> bool {
    let said = said.trim_start_matches("./");
    // "the README" is README.md.
    let short = || {
        matches!(said, "README" | "CHANGELOG" | "LICENSE" | "CONTRIBUTING" | "SECURITY")
            && last_part(path).split('.').next() == Some(said)
    };
    path == said || path.strip_suffix(said).is_some_and(|front| front.ends_with('/')) || short()
}

/// Whether the text begins with a verb of doing: "Added 6 tests", not "6 tests for X".
pub(super) fn is_deed(text: &str) -> bool {
    let tokens = token::tokens(text);
    let Some(i) = first_verb(&tokens) else { return false };
    (0..i).all(|k| tokens[k].kind != Kind::Word || is_lead_in(&tokens, k))
}

/// "I have", "this commit", "it also": what stands before the verb. "Update" is the verb where nothing points at it.
fn is_lead_in(tokens: &[Token<'_>], i: usize) -> bool {
    let token = &tokens[i];
    let pointed_at = || i > 0 && tokens[i - 1].any("this these the a our");
    token.any(lexicon::FILLERS)
        || token.any(SELF_NOUNS) && pointed_at()
        || token.any("i we i've we've it this these the have has")
}

pub(super) fn first_verb(tokens: &[Token<'_>]) -> Option<usize> {
    (0..tokens.len())
        .find(|i| tokens[*i].kind == Kind::Word && !is_lead_in(tokens, *i))
        .filter(|i| lexicon::verb(&tokens[*i].lower).is_some())
}

/// Where the claim says that it was done: the names that follow its object after one of `prepositions`,
/// as `Strategy` in "Implement `list` for `Strategy`".
pub(super) fn owners(text: &str, prepositions: &str) -> Vec<Name> {
    let tokens = token::tokens(text);
    let passive = || {
        let past = |t: &Token<'_>| {
            t.kind == Kind::Word && lexicon::verb(&t.lower).is_some_and(|v| v.form == Form::Past)
        };
        tokens.iter().position(past)
    };
    let rest = match first_verb(&tokens) {
        Some(i) => &tokens[i + 1 + subject::head(&tokens[i + 1..]).len()..],
        None => passive().map_or(&tokens[tokens.len()..], |p| &tokens[p + 1..]),
    };
    let Some((_, rest)) = rest.split_first().filter(|(t, _)| t.any(prepositions)) else { return Vec::new() };
    rest.iter()
        .skip_while(|t| t.any("the a an our both new existing type struct class trait interface module file"))
        .take_while(|t| subject::name(t).is_some() || t.punct(',') || t.any("and"))
        .filter_map(subject::name)
        .collect()
}

/// What the claim says something was done to: the names in its object, before any preposition.
pub(super) fn object(text: &str) -> Vec<Name> {
    let tokens = token::tokens(text);
    // "a.rs - only used by b.rs": a remark follows the file.
    let remarked = tokens.get(1).is_some_and(|t| matches!(t.kind, Kind::Punct('-' | '—' | '–')));
    if remarked && matches!(tokens.first().and_then(subject::name), Some(Name::Path(_))) {
        return things(&tokens);
    }
    let passive = tokens
        .iter()
        .position(|t| t.kind == Kind::Word && lexicon::verb(&t.lower).is_some_and(|v| v.form == Form::Past));
    let object = match (first_verb(&tokens), passive) {
        (Some(i), _) => &tokens[i + 1..],
        // "`X` has been removed": the object stands first.
        (None, Some(p)) if p > 0 && tokens[p - 1].any("been was were now") => &tokens[..p],
        (None, Some(_)) => return Vec::new(),
        (None, None) => return things(&tokens),
    };
    let head = subject::head(object);
    // "`X` support", "`X` field": a thing that is not the item X itself.
    let other_thing = head.iter().any(|t| {
        t.any(TEST_NOUNS)
            || t.any(
                "support field fields parameter parameters argument arguments flag flags option \
                options attribute attributes derive variant variants dependency feature features \
                call calls usage usages use import imports check checks handling reference \
                references comment comments key keys column env variable script step job route \
                endpoint entry entries section bounds bound annotation annotations property",
            )
    });
    if other_thing {
        return Vec::new();
    }
    head.iter().filter_map(subject::name).collect()
}

/// The name that a declaration in code brings: `f` of `pub fn f<T>(x: T) -> U`.
pub(crate) fn declared_name(code: &str) -> Option<&str> {
    const BEFORE: [&str; 8] =
        ["pub", "pub(crate)", "async", "unsafe", "const", "export", "static", "default"];
    const KINDS: [&str; 12] = [
        "fn",
        "struct",
        "enum",
        "trait",
        "type",
        "mod",
        "def",
        "func",
        "class",
        "function",
        "interface",
        "macro_rules!",
    ];
    let mut words = code.split_whitespace().skip_while(|w| BEFORE.contains(w));
    words.next().filter(|w| KINDS.contains(w))?;
    let name = words.next()?;
    let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
    (end > 1).then(|| &name[..end])
}

/// Names without a verb: a file with or without a remark on it, or nothing but symbols. What a remark says
/// of a symbol ("`run()` - dispatches to handlers") is not shown by the symbol's being there.
fn things(tokens: &[Token<'_>]) -> Vec<Name> {
    const STUFF: &str =
        "and tree trees directory directories folder folders file files fixture fixtures crate crates";
    let paths: Vec<Name> =
        tokens.iter().filter_map(subject::name).filter(|n| matches!(n, Name::Path(_))).collect();
    let plain =
        |t: &Token<'_>| t.punct(',') || t.any(STUFF) || matches!(subject::name(t), Some(Name::Path(_)));
    if paths.len() > 1 && tokens.iter().all(plain) {
        return paths;
    }
    let first = tokens.first().and_then(subject::name);
    if let Some(Name::Path(path)) = first {
        return vec![Name::Path(path)];
    }
    if let [only] = tokens
        && let Some(name) = declared_name(only.text)
    {
        return vec![Name::Symbol(name.to_owned())];
    }
    let only_names = tokens.iter().all(|t| subject::name(t).is_some() || t.punct(',') || t.any("and new"));
    if only_names { tokens.iter().filter_map(subject::name).collect() } else { Vec::new() }
}

/// What became of a named thing.
pub(super) enum Fate<'e> {
    New(&'e SourceFacts, &'e Item),
    NewFile(&'e FileChange),
    Stub(&'e SourceFacts, &'e Item),
    Gone(&'e SourceFacts, &'e Item),
    GoneFile(&'e FileChange),
    Unknown,
}

impl<'e> Fate<'e> {
    fn stub(&self) -> Option<(&'e SourceFacts, &'e Item)> {
        match self {
            Fate::Stub(file, item) => Some((file, item)),
            _ => None,
        }
    }

    fn place(&self) -> Option<(Side, &'e str, Option<u32>)> {
        match self {
            Fate::New(f, i) | Fate::Stub(f, i) => Some((Side::Head, &f.path, Some(i.line))),
            Fate::Gone(f, i) => Some((Side::Base, &f.path, Some(i.line))),
            Fate::NewFile(f) => Some((Side::Head, &f.path, None)),
            Fate::GoneFile(f) => Some((Side::Base, f.base_path(), None)),
            Fate::Unknown => None,
        }
    }

    /// New code in a file that nothing compiles.
    fn unreached(&self, facts: &Facts<'_>) -> Option<EvidenceItem> {
        let (_, path, line) = self.place()?;
        let reach =
            facts.evidence.reach.iter().find(|r| r.path == path && r.state == ReachState::Unreached)?;
        Some(EvidenceItem::new(EvidenceKind::Site, format!("`{}` is not part of any build", reach.path)).at(
            Side::Head,
            path,
            line,
        ))
    }
}

/// Whether what the claim names is there, and not in what it says: "implement `list` for `Manual`", and the
/// only `list` is another type's.
pub(super) fn is_elsewhere(facts: &Facts<'_>, claim: &Claim) -> bool {
    let owners = owners(&claim.text, "for to in into on inside within");
    object(&claim.text).iter().any(|name| {
        let Name::Symbol(symbol) = name else { return false };
        let all = items(facts, Side::Head, symbol);
        // A field is no item; it stands on a new line between the owner's braces.
        let inside = |o: &Name| match o {
            Name::Symbol(owner) => has_line_with(facts, owner, symbol),
            Name::Path(_) => false,
        };
        let misses = |o: &Name| !all.iter().any(|(file, item)| belongs(file, item, o));
        !all.is_empty() && owners.iter().any(|o| misses(o) && !inside(o))
    })
}

/// Whether a new line inside of the item `owner` has `name`.
fn has_line_with(facts: &Facts<'_>, owner: &str, name: &str) -> bool {
    let last = owner.rsplit(['.', ':']).next().unwrap_or(owner);
    facts.trace.files.iter().any(|f| {
        let around = facts.evidence.sources.iter().filter(|s| s.side == Side::Head && s.path == f.path());
        around.flat_map(|s| &s.items).filter(|i| i.name == last).any(|i| {
            f.lines
                .added
                .iter()
                .any(|l| i.line <= l.line && l.line <= i.end_line && occurrences(&l.text, name) > 0)
        })
    })
}

/// What became of each of `named` in each of `owners`.
pub(super) fn fates<'e>(facts: &Facts<'e>, named: &[Name], owners: &[Name]) -> Vec<Fate<'e>> {
    if owners.is_empty() {
        return named.iter().map(|n| fate(facts, n, None)).collect();
    }
    named.iter().flat_map(|n| owners.iter().map(move |o| fate(facts, n, Some(o)))).collect()
}

pub(super) fn fate<'e>(facts: &Facts<'e>, name: &Name, owner: Option<&Name>) -> Fate<'e> {
    match name {
        Name::Path(path) => {
            let files = &facts.evidence.change.files;
            // The path as it is said goes before paths that end in it.
            let exact = files.iter().any(|f| f.path == *path);
            let mut fits =
                files.iter().filter(|f| if exact { f.path == *path } else { is_path(&f.path, path) });
            match (fits.next(), fits.next()) {
                (Some(f), None) if matches!(f.kind, ChangeKind::Added | ChangeKind::Copied) => {
                    Fate::NewFile(f)
                }
                (Some(f), None) if f.kind == ChangeKind::Deleted => Fate::GoneFile(f),
                (None, None) => folder(facts, path),
                _ => Fate::Unknown,
            }
        }
        Name::Symbol(symbol) => {
            let of_owner = |side| {
                let mut all = items(facts, side, symbol);
                all.retain(|(file, item)| owner.is_none_or(|o| belongs(file, item, o)));
                all
            };
            let (base, head) = (of_owner(Side::Base), of_owner(Side::Head));
            match (base.as_slice(), head.as_slice()) {
                ([], [(file, item), ..]) => {
                    let declared = |i: &Item| i.stub.as_ref().is_some_and(|s| s.kind == StubKind::Declared);
                    // A trait's default body may well refuse.
                    let in_trait = |f: &SourceFacts, i: &Item| {
                        f.items
                            .iter()
                            .any(|t| t.kind == ItemKind::Trait && t.line < i.line && i.end_line <= t.end_line)
                    };
                    if head.iter().all(|(f, i)| declared(i) && !i.in_test && !in_trait(f, i)) {
                        Fate::Stub(file, item)
                    } else if head.iter().any(|(_, i)| i.stub.is_some()) {
                        Fate::Unknown
                    } else {
                        Fate::New(file, item)
                    }
                }
                ([(file, item), ..], []) => Fate::Gone(file, item),
                _ => Fate::Unknown,
            }
        }
    }
}

/// What became of a folder, said with a slash at its end: gone when the change deletes files in it and does nothing
/// else there.
fn folder<'e>(facts: &Facts<'e>, path: &str) -> Fate<'e> {
    let inside = format!("/{}/", path.trim_matches('/'));
    let lies_in = |f: &&FileChange| format!("/{}", f.base_path()).contains(&inside);
    let mut files = facts.evidence.change.files.iter().filter(lies_in).peekable();
    let first = files.peek().copied().filter(|_| path.ends_with('/'));
    match first {
        Some(f) if files.all(|f| f.kind == ChangeKind::Deleted) => Fate::GoneFile(f),
        _ => Fate::Unknown,
    }
}

/// Whether an item lies in what `owner` names: a file or folder, or a type or module around it.
fn belongs(file: &SourceFacts, item: &Item, owner: &Name) -> bool {
    let symbol = match owner {
        Name::Path(path) => {
            let folder = path.trim_matches('/');
            return is_path(&file.path, path) || format!("/{}", file.path).contains(&format!("/{folder}/"));
        }
        Name::Symbol(symbol) => symbol.rsplit(['.', ':']).next().unwrap_or(symbol),
    };
    match item.kind {
        ItemKind::Function | ItemKind::Method => {
            let mut around = item.qualified.rsplit([':', '.']).skip(1);
            around.any(|part| part == symbol) || file.path.split(['/', '.']).any(|part| part == symbol)
        }
        // "Implement `Storage` for `Disk`" speaks of an implementation, not of the trait.
        ItemKind::Trait => false,
        // "`Cache` for `Client`" says what it serves, not where it is.
        _ => true,
    }
}

/// Items of changed files that `symbol` names; `impl` blocks define nothing.
pub(super) fn items<'e>(facts: &Facts<'e>, side: Side, symbol: &str) -> Vec<(&'e SourceFacts, &'e Item)> {
    let parts: Vec<&str> = symbol.split("::").flat_map(|p| p.split('.')).filter(|p| !p.is_empty()).collect();
    let Some((last, containers)) = parts.split_last() else { return Vec::new() };
    let sources = facts.evidence.sources.iter().filter(move |s| s.side == side);
    sources
        .flat_map(|s| s.items.iter().map(move |i| (s, i)))
        .filter(|(_, i)| i.kind != ItemKind::Impl && i.name == *last)
        .filter(|(s, i)| {
            containers.iter().all(|c| {
                matches!(*c, "crate" | "self" | "super" | "Self")
                    || i.qualified.split(['.', ':', ' ']).any(|q| q == *c)
                    || s.path.contains(c)
            })
        })
        .collect()
}

pub(super) fn all_are(
    named: &[Name],
    fates: &[Fate<'_>],
    what: &str,
    fits: impl Fn(&Fate<'_>) -> bool,
) -> Ruling {
    if !fates.iter().all(fits) {
        return Ruling::unseen(Vec::new());
    }
    let shown: Vec<&str> = named
        .iter()
        .map(|n| match n {
            Name::Path(s) | Name::Symbol(s) => s.as_str(),
        })
        .collect();
    let mut item = EvidenceItem::new(EvidenceKind::Diff, format!("{} {what}", names(&shown, 3)));
    if let Some((side, path, line)) = fates.first().and_then(Fate::place) {
        item = item.at(side, path, line);
    }
    Ruling::verified(item)
}
