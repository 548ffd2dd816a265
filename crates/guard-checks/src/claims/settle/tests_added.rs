//! "Added 6 unit tests", "Added regression test `x`", "Tests for Y": new declarations, counted and read.

use guard_model::{
    Claim, ClaimVerdict, EvidenceItem, EvidenceKind, FileChange, FileKind, ItemKind, Quantifier, Side,
};

use super::code::{first_verb, is_document, is_path};
use super::terms::{Telling, Term, Terms};
use super::test_counts::{counted, is_countable, is_test_like, told, unbuilt};
use super::trace::{self, FileTrace, Place, has};
use super::{Facts, Ruling, mutants, tested};
use crate::claims::counts::TEST_NOUNS;
use crate::claims::lexicon::{self, Form};
use crate::claims::subject;
use crate::claims::token::lists;
use crate::claims::token::{self, Kind};
use crate::identities::Declared;
use crate::text::{count, stem, words};

/// Words for how much is tested. Others of the kind ("complex", "secure") say what is.
const AMOUNTS: &str = "all every full complete completely comprehensive entire everything throughout fully extensive thorough \
    thoroughly whole exhaustive everywhere most various many accurate guaranteed";

/// "Added 6 unit tests", "Added regression test `x`", "Add tests for Y".
pub(super) fn tests_added(facts: &Facts<'_>, claim: &Claim) -> Ruling {
    // Words for how well something is tested, or for what is no test by itself: no count settles them.
    let vague = words(&claim.text).iter().any(|w| {
        lists("comprehensive complete full extensive thorough deep exhaustive robust assertions assertion cases case scenarios", w)
    });
    let mut ruling = by_declarations(facts, claim, vague);
    if ruling.verdict == ClaimVerdict::Verified && !tested::are_of_kind(facts, &claim.text) {
        ruling = Ruling::unseen(Vec::new());
    }
    mutants::hold(facts, claim, ruling, vague)
}

fn by_declarations(facts: &Facts<'_>, claim: &Claim, vague: bool) -> Ruling {
    let new = &facts.tests.live;
    let named: Vec<&Declared<'_>> = new
        .iter()
        .filter(|t| claim.scope.symbols.iter().any(|s| crate::identities::leaf(s) == t.leaf()))
        .collect();
    let can_fail = |t: &Declared<'_>| t.decl.assertions > 0 && t.decl.ignored.is_none();
    if let Some(said) = claim.scope.count {
        return counted(facts, claim, said, vague);
    }
    if let Some(test) = of_file(facts, claim) {
        return Ruling::verified(declared(test, "is new"));
    }
    if let Some(first) = named.first() {
        let mentioned = claim.scope.symbols.iter().filter(|s| looks_like_test(s)).count();
        let all = named.iter().all(|t| can_fail(t)) && mentioned <= named.len();
        let item = declared(first, "is new");
        return if all { Ruling::verified(item) } else { Ruling::unsupported(vec![item]) };
    }
    if new.is_empty() {
        let said = facts.tests.unbuilt.len() as u64;
        let dead = unbuilt(facts, claim, said)
            .filter(|_| (writes_tests(&claim.text) || is_coverage(&claim.text)) && !is_rewritten(facts));
        return dead.unwrap_or_else(|| none_added(facts, claim));
    }
    if let Some(ruling) = told(facts, claim).or_else(|| of_all_new(facts, claim)) {
        return ruling;
    }
    if vague || claim.scope.quantifier == Quantifier::All {
        return written(facts, claim).unwrap_or_else(|| Ruling::unseen(Vec::new()));
    }
    if let Some(test) = any_new(claim, new.iter().filter(|t| can_fail(t))) {
        return Ruling::verified(declared(test, "is new"));
    }
    match about(facts, claim).filter(|t| can_fail(t)) {
        Some(test) => Ruling::verified(declared(test, "is new and is about it")),
        None => written(facts, claim)
            .or_else(|| called_after(facts, claim))
            .unwrap_or_else(|| Ruling::unseen(Vec::new())),
    }
}

/// "Tests for X with Y and Z", "tests for exit codes 5 and 6": new tests of one file whose names have it all.
fn called_after(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    let is_noun = |t: &token::Token<'_>| t.any(TEST_NOUNS) || t.any("coverage cases");
    let first = tokens.iter().position(is_noun)?;
    let at = first + tokens[first..].iter().take_while(|t| is_noun(t)).count() - 1;
    let topic = tokens[at..].iter().position(|t| t.any("for of covering")).map(|p| at + p + 1)?;
    let terms = Terms::of_tokens(&tokens[topic..], None);
    let said: Vec<&Term> = terms.names.iter().filter(|n| !n.aside).collect();
    let one = !tokens[..=at].iter().any(|t| t.any("tests cases coverage"));
    let writes = first_verb(&tokens).is_some_and(|v| v < at && tokens[v].any(WRITES));
    if !writes || one || !terms.paths.is_empty() {
        return None;
    }
    let can_fail = |t: &&Declared<'_>| t.decl.assertions > 0 && t.decl.ignored.is_none();
    let new: Vec<&Declared<'_>> = facts.tests.live.iter().filter(can_fail).collect();
    let parts = |t: &Declared<'_>| -> Vec<String> { trace::stems(t.leaf()).collect() };
    // A number is known by the noun before it: `exit_code_5`.
    let numbered: Vec<(String, &str)> = (topic + 1..tokens.len())
        .filter(|i| tokens[*i].kind == Kind::Number && tokens[*i - 1].kind == Kind::Word)
        .scan(None, |noun: &mut Option<String>, i| {
            let before = &tokens[i - 1];
            if !before.any("and or") || noun.is_none() {
                *noun = Some(stem(&before.lower).to_owned());
            }
            Some((noun.clone()?, tokens[i].text))
        })
        .collect();
    if !numbered.is_empty() {
        let has_number = |t: &Declared<'_>, noun: &str, number: &str| {
            let all: Vec<String> = words(t.leaf()).iter().map(|w| stem(w).to_owned()).collect();
            all.windows(2).any(|w| w[0] == noun && w[1] == number)
        };
        let each: Vec<&Declared<'_>> = numbered
            .iter()
            .map(|(noun, number)| new.iter().copied().find(|t| has_number(t, noun, number)))
            .collect::<Option<_>>()?;
        let plain = said.is_empty() && numbered.len() == terms.numbers.len();
        return plain.then(|| all_declared(&each));
    }
    // Each thing that is said stands in the name of a new test; those of the first are of one file.
    let mut said: Vec<Vec<String>> = said.iter().map(|n| trace::stems(&n.written).collect()).collect();
    said.extend(terms.words.iter().map(|w| vec![w.stem.clone()]));
    let quantified = tokens.iter().any(|t| t.any(AMOUNTS));
    if said.len() < 2 || quantified || !terms.numbers.is_empty() || !listed(&claim.text).is_empty() {
        return None;
    }
    let is_named = |t: &Declared<'_>, thing: &[String]| {
        let own: std::collections::BTreeSet<String> = parts(t).into_iter().collect();
        thing.iter().all(|s| has(&own, s))
    };
    let mut paths: Vec<&str> = new.iter().map(|t| t.path).collect();
    paths.dedup();
    paths.iter().find_map(|path| {
        let inside: Vec<&Declared<'_>> = new.iter().copied().filter(|t| t.path == *path).collect();
        let each: Vec<&Declared<'_>> = said
            .iter()
            .map(|thing| inside.iter().copied().find(|t| is_named(t, thing)))
            .collect::<Option<_>>()?;
        Some(all_declared(&each))
    })
}

fn all_declared(tests: &[&Declared<'_>]) -> Ruling {
    let mut shown: Vec<&str> = tests.iter().map(|t| t.leaf()).collect();
    shown.sort_unstable();
    shown.dedup();
    let are = if shown.len() == 1 { "is new and is" } else { "are new and are" };
    let message = format!("{} {are} about it", crate::text::names(&shown, 4));
    let first = tests.first();
    let mut item = EvidenceItem::new(EvidenceKind::Site, message);
    if let Some(first) = first {
        item = item.at(Side::Head, first.path, Some(first.decl.line));
    }
    Ruling::verified(item)
}

/// "Added a test", "Added unit tests", and nothing about which: any new one is meant.
fn any_new<'f>(claim: &Claim, mut new: impl Iterator<Item = &'f Declared<'f>>) -> Option<&'f Declared<'f>> {
    const PLAIN: &str = "a an one some new more another additional unit regression test tests";
    let tokens = token::tokens(&claim.text);
    let verb = first_verb(&tokens)?;
    let plain = tokens[verb + 1..].iter().all(|t| t.any(PLAIN)) && claim.scope.paths.is_empty();
    let several = tokens.last()?.is("tests");
    let first = new.next().filter(|_| plain && writes_tests(&claim.text))?;
    (!several || new.next().is_some()).then_some(first)
}

/// "Unit tests for `a.rs` (parsing and so on)": a new test in that very file.
fn of_file<'f>(facts: &'f Facts<'_>, claim: &Claim) -> Option<&'f Declared<'f>> {
    let outside = claim.text.split(" (").next().unwrap_or(&claim.text);
    let tokens = token::tokens(outside);
    let path = match tokens.as_slice() {
        [.., at, last] if at.any("for in to") => match subject::name(last)? {
            subject::Name::Path(path) => path,
            subject::Name::Symbol(_) => return None,
        },
        _ => return None,
    };
    let plain =
        tokens.len() <= 6 && !tokens.iter().any(|t| t.any("all every each comprehensive full complete"));
    let inside =
        |t: &&Declared<'_>| is_path(t.path, &path) && t.decl.assertions > 0 && t.decl.ignored.is_none();
    facts.tests.live.iter().filter(|_| plain).find(inside)
}

/// "Tests for all new methods": which of them a new test calls.
fn of_all_new(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let tokens = token::tokens(&claim.text);
    let at = tokens.iter().position(|t| t.any("methods functions apis"))?;
    let before = &tokens[at.saturating_sub(3)..at];
    let said = before.iter().any(|t| t.any("all every")) && before.iter().any(|t| t.is("new"));
    let plain = tokens.len() == at + 1 && claim.scope.symbols.is_empty();
    if !said || !plain || !is_countable(facts) {
        return None;
    }
    // What a trait asks for is called by others.
    const OF_TRAITS: &str = "fmt from into default drop eq cmp hash clone next deref try_from from_str as_ref serialize \
        deserialize to_string __init__ __repr__ __str__";
    let callable = |i: &guard_model::Item| {
        !lists(OF_TRAITS, &i.name)
            && matches!(i.kind, ItemKind::Function | ItemKind::Method)
            && i.public
            && !i.in_test
    };
    let at_base = |file: &str, qualified: &str| {
        facts.evidence.sources.iter().any(|s| {
            s.side == Side::Base && s.path == file && s.items.iter().any(|i| i.qualified == qualified)
        })
    };
    let new: Vec<(&str, &guard_model::Item)> = facts
        .evidence
        .sources
        .iter()
        .filter(|s| s.side == Side::Head && !s.test_file)
        .flat_map(|s| s.items.iter().map(move |i| (s.path.as_str(), i)))
        .filter(|(path, i)| callable(i) && !at_base(path, &i.qualified))
        .collect();
    // Test code anywhere in the changed files may call it, through helpers too.
    let mentioned =
        |name: &str| {
            facts
                .trace
                .code()
                .flat_map(|f| &f.places)
                .filter(|p| p.in_test)
                .any(|p| trace::occurrences(&p.code, name) > 0)
                || facts.tests.head.iter().any(|t| {
                    t.decl.calls.iter().any(|c| crate::identities::leaf(c) == name || c.ends_with(name))
                })
        };
    // So does what a tested function calls.
    let places = || facts.trace.code().flat_map(|f| &f.places);
    let through = |name: &str| {
        let calls = |p: &&trace::Place<'_>| p.item.is_some_and(|i| i.name != name && mentioned(&i.name));
        places().filter(calls).any(|p| trace::occurrences(&p.code, name) > 0)
    };
    let reached = |name: &str| mentioned(name) || through(name);
    let (tested, left): (Vec<_>, Vec<_>) = new.iter().partition(|(_, i)| reached(&i.name));
    if tested.is_empty() {
        return None;
    }
    let (done, total) = (tested.len() as u64, new.len() as u64);
    let Some((path, first)) = left.first() else {
        let item = EvidenceItem::new(
            EvidenceKind::Site,
            format!("tests reach {}", count(tested.len(), "new function")),
        );
        return Some(Ruling::verified(item).counted(done, total));
    };
    let shown: Vec<&str> = left.iter().map(|(_, i)| i.name.as_str()).collect();
    let message = format!("no test mentions {}", crate::text::names(&shown, 6));
    let item = EvidenceItem::new(EvidenceKind::Site, message).at(Side::Head, *path, Some(first.line));
    let ruling = Ruling::contradicted(vec![item]);
    Some(Ruling { verdict: ClaimVerdict::Partial, ..ruling }.counted(done, total))
}

/// Words for tests that say nothing of what they try.
const IDLE: &str = "unit integration regression edge case cases suite scenario scenarios property functional creation dedicated \
    variation variations variants combinations comprehensive extensive thorough full complete exhaustive";

/// New test code in which the words of the claim stand together.
fn written(facts: &Facts<'_>, claim: &Claim) -> Option<Ruling> {
    let mut terms = Terms::of(&claim.text);
    terms.extent = token::tokens(&claim.text).iter().any(|t| t.any(AMOUNTS));
    terms.names.iter_mut().for_each(without_value);
    let terms = terms;
    // "All methods (GET, PUT)" counts what it lists.
    let listed = listed(&claim.text);
    // "exit codes 5 (`MISMATCH`) and 6 (`INVALID`)": the names tell which are meant.
    let by_name = terms.names.iter().filter(|n| n.aside && n.is_definite()).count() >= terms.numbers.len();
    let named = terms.names.iter().any(Term::is_definite) || !terms.paths.is_empty();
    if terms.extent && listed.is_empty() && !named || !terms.numbers.is_empty() && !by_name {
        return None;
    }
    let words: Vec<&Telling> =
        terms.words.iter().filter(|w| !lists(TEST_NOUNS, &w.word) && !lists(IDLE, &w.word)).collect();
    // A test that gained assertions is as good as a new one.
    let grown =
        facts.tests.kept.iter().filter(|(b, h)| h.decl.assertions > b.decl.assertions).map(|(_, h)| h);
    let tests: Vec<&Declared<'_>> = facts.tests.live.iter().chain(grown).collect();
    let is_new = |path: &str, line: u32| {
        tests.iter().any(|t| {
            t.path == path
                && t.decl.line <= line
                && line <= t.decl.end_line
                && t.decl.assertions > 0
                && t.decl.ignored.is_none()
        })
    };
    let places: Vec<(&FileTrace<'_>, &Place<'_>)> = facts
        .trace
        .code()
        .filter(|f| terms.paths.is_empty() || terms.paths.iter().any(|(p, _)| is_path(f.path(), p)))
        .flat_map(|f| f.places.iter().map(move |p| (f, p)))
        .filter(|(f, p)| p.item.is_some_and(|i| is_new(f.path(), i.line)))
        .collect();
    // What new tests call, one of them has to be about.
    let passed = |n: &Term| {
        let calls = |t: &&&Declared<'_>| {
            t.decl.calls.iter().any(|c| c.rsplit(['.', ':']).next() == Some(n.text.as_str()))
        };
        let mut calling = tests.iter().filter(calls).peekable();
        calling.peek().is_some() && !calling.any(|t| tested::is_about(facts, t, &n.text))
    };
    let tried = |n: &Term| places.iter().any(|(f, p)| n.touches(p, f.path())) && !passed(n);
    if places.is_empty() || !terms.names.iter().all(tried) {
        return None;
    }
    let in_paths = |path: &&str| places.iter().any(|(f, _)| is_path(f.path(), path));
    let reached = terms.paths.iter().filter(|(p, _)| in_paths(&p.as_str())).count();
    if reached < terms.paths.len() {
        return None;
    }
    if !listed.iter().all(|s| places.iter().any(|(_, p)| has(&p.words, s))) {
        return None;
    }
    // How much is much nobody knows; this is no little.
    const MUCH: usize = 5;
    let about = |(f, p): &&(&FileTrace<'_>, &Place<'_>)| terms.names.iter().any(|n| n.touches(p, f.path()));
    if terms.extent
        && listed.is_empty()
        && terms.paths.is_empty()
        && places.iter().filter(about).count() < MUCH
    {
        return None;
    }
    let named = !terms.names.is_empty() || !terms.paths.is_empty();
    let hits = |p: &Place<'_>| words.iter().filter(|w| has(&p.words, &w.stem)).count();
    let (file, place) = places.iter().max_by_key(|(_, p)| hits(p)).copied()?;
    let words: Vec<&Telling> = words.iter().copied().filter(|w| !listed.contains(&w.stem)).collect();
    let all: usize = words.iter().filter(|w| places.iter().any(|(_, p)| has(&p.words, &w.stem))).count();
    let enough = if named || !listed.is_empty() {
        all * 2 >= words.len()
    } else {
        words.len() >= 2 && hits(place) * 4 >= words.len() * 3
    };
    let name = place.item.map_or("", |i| i.name.as_str());
    enough.then(|| {
        let item = EvidenceItem::new(EvidenceKind::Site, format!("the new test `{name}` is about it"));
        Ruling::verified(item.at(Side::Head, file.path(), Some(place.line)))
    })
}

/// `--dir=value` stands for the flag with any value.
fn without_value(name: &mut Term) {
    const VALUES: &str = "value val x y n foo bar path dir file name string number";
    if let Some((flag, value)) = name.text.split_once('=')
        && flag.starts_with("--")
        && (lists(VALUES, &value.to_lowercase()) || value.starts_with('<'))
    {
        name.text.truncate(flag.len() + 1);
    }
}

/// Stems of what stands in parentheses as a list: "(GET, POST, PUT)".
fn listed(text: &str) -> Vec<String> {
    let inner =
        text.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(inner, _)| inner);
    if inner.matches(',').count() == 0 {
        return Vec::new();
    }
    trace::stems(inner).filter(|s| !lists("and or etc both", s)).collect()
}

fn looks_like_test(symbol: &str) -> bool {
    let name = crate::identities::leaf(symbol).to_lowercase();
    name.starts_with("test") || name.ends_with("test") || name.ends_with("tests")
}

fn declared(test: &Declared<'_>, what: &str) -> EvidenceItem {
    EvidenceItem::new(EvidenceKind::Site, format!("`{}` {what}", test.leaf())).at(
        Side::Head,
        test.path,
        Some(test.decl.line),
    )
}

/// "Added tests", and the change adds none: contradicted only where nothing could be one.
fn none_added(facts: &Facts<'_>, claim: &Claim) -> Ruling {
    let change = &facts.evidence.change;
    let test_code_touched = facts.evidence.sources.iter().filter(|s| s.side == Side::Head).any(|s| {
        let file = change.file(&s.path);
        s.items.iter().any(|i| i.in_test && file.is_some_and(|f| f.touches_head_range(i.line, i.end_line)))
    });
    let test_like = change.files.iter().any(|f| is_test_like(&f.path));
    let lower = claim.text.to_lowercase();
    let elsewhere = ["doc", "ci", "manual", "benchmark", "example", "infrastructure", "support"]
        .iter()
        .any(|w| words(&lower).iter().any(|x| x.starts_with(w)));
    // Tests can also be declared in data: a table of commands in a manifest, a shell script.
    let readable =
        |f: &FileChange| f.language.is_some() || is_document(&f.path) || f.content != FileKind::Text;
    // Examples in comments are tests in Rust and in Python.
    let example = |f: &&FileTrace<'_>| {
        let marks = if f.path().ends_with(".rs") { "```" } else { ">>> " };
        f.lines.added.iter().any(|l| l.text.contains(marks))
    };
    let nothing = !is_rewritten(facts)
        && !facts.trace.files.iter().any(|f| example(&f))
        && change.files.iter().all(readable)
        && !test_code_touched
        && !test_like
        && !elsewhere
        && writes_tests(&claim.text)
        && is_countable(facts);
    if nothing && facts.evidence.sources.iter().all(|s| s.tests.is_empty()) {
        let item = EvidenceItem::new(EvidenceKind::Diff, "no changed file declares a new or changed test");
        return Ruling::contradicted(vec![item]);
    }
    Ruling::unseen(Vec::new())
}

/// Whether tests of base were changed or moved.
fn is_rewritten(facts: &Facts<'_>) -> bool {
    facts.tests.kept.iter().any(|(b, h)| b.decl.body != h.decl.body) || !facts.tests.renamed.is_empty()
}

/// A new test that is about what the claim says it tests: it calls the symbol, or has its words in its name.
fn about<'f>(facts: &'f Facts<'_>, claim: &Claim) -> Option<&'f Declared<'f>> {
    let new = &facts.tests.live;
    if !claim.scope.symbols.is_empty() {
        let last = |s: &str| s.rsplit(['.', ':']).next().unwrap_or(s).to_owned();
        let wanted: Vec<String> = claim.scope.symbols.iter().map(|s| last(s)).collect();
        let hits = |t: &Declared<'_>, w: &String| {
            let calls = t.decl.calls.iter().any(|c| last(c) == *w);
            calls && tested::is_about(facts, t, w) || is_in_name(t, w)
        };
        let all = wanted.iter().all(|w| new.iter().any(|t| hits(t, w)));
        let meant = |t: &Declared<'_>| wanted.iter().any(|w| hits(t, w));
        return if all && try_the_rest(facts, claim, &meant) {
            new.iter().find(|t| hits(t, &wanted[0]))
        } else {
            None
        };
    }
    let topic = topic(claim).filter(|t| t.len() <= 4)?;
    new.iter().find(|t| {
        let name: Vec<String> = words(t.leaf()).iter().map(|w| stem(w).to_owned()).collect();
        topic.iter().all(|w| name.contains(w))
    })
}

/// `parse_line` in `rejects_parse_line_twice`.
fn is_in_name(test: &Declared<'_>, name: &str) -> bool {
    const LONG: usize = 4;
    test.leaf().contains(name) && (name.len() >= LONG || words(test.leaf()).iter().any(|w| w == name))
}

/// Whether the tests that are meant try what is said besides of the names: its numbers, and half of its words.
fn try_the_rest(facts: &Facts<'_>, claim: &Claim, meant: &dyn Fn(&Declared<'_>) -> bool) -> bool {
    let terms = Terms::with_purpose(&claim.text);
    let tests: Vec<&Declared<'_>> = facts.tests.live.iter().filter(|t| meant(t)).collect();
    let is_of = |f: &FileTrace<'_>, p: &Place<'_>| {
        tests.iter().any(|t| {
            t.path == f.path()
                && p.line <= t.decl.end_line
                && t.decl.line <= p.line.max(p.item.map_or(0, |i| i.line))
        })
    };
    let places: Vec<&Place<'_>> =
        facts.trace.code().flat_map(|f| f.places.iter().filter(move |p| is_of(f, p))).collect();
    let idle = |w: &&Telling| lists(TEST_NOUNS, &w.word) || lists(IDLE, &w.word);
    let words: Vec<&Telling> = terms.words.iter().filter(|w| !idle(w)).collect();
    let found = words.iter().filter(|w| places.iter().any(|p| has(&p.words, &w.stem))).count();
    let stands = |n: &String| places.iter().any(|p| trace::occurrences(&p.code, n) > 0);
    found * 2 >= words.len() && terms.numbers.iter().all(stands)
}

/// Stems of what the tests are said to be for.
pub(super) fn topic(claim: &Claim) -> Option<Vec<String>> {
    let tokens = token::tokens(&claim.text);
    let from = tokens.iter().position(|t| t.any("for of covering that verifying"))? + 1;
    let idle = "the a an and or new behavior behaviour support functionality feature handling with in to of";
    let topic: Vec<String> = tokens[from..]
        .iter()
        .take_while(|t| !matches!(t.kind, Kind::Punct(_)))
        .filter(|t| t.kind == Kind::Word && !t.any(idle))
        .flat_map(|t| words(t.text))
        .map(|w| stem(&w).to_owned())
        .collect();
    (!topic.is_empty()).then_some(topic)
}

/// "Comprehensive test coverage for X": a thing that the change is said to bring.
fn is_coverage(text: &str) -> bool {
    let tokens = token::tokens(text);
    let praised = tokens.first().is_some_and(|t| t.any("comprehensive extensive thorough full complete"));
    praised && tokens.iter().skip(1).take(2).any(|t| t.any("test tests"))
}

/// Verbs of writing something new.
const WRITES: &str = "add adds added write writes wrote written create creates created";

/// Whether the text says outright that tests were written: "Added tests for X".
fn writes_tests(text: &str) -> bool {
    let tokens = token::tokens(text);
    let Some(i) = first_verb(&tokens).filter(|i| tokens[*i].any(WRITES)) else { return false };
    let head = subject::head(&tokens[i + 1..]);
    head.last().is_some_and(|t| t.any(TEST_NOUNS))
        && !head.iter().any(|t| lexicon::verb(&t.lower).is_some_and(|v| v.form == Form::Gerund))
}
