//! What kind of thing is named, in what, and how it is declared: "`f` method to `T`", "public `X`", "`users` table".

use guard_model::{Claim, ClaimKind, Item, ItemKind, Side, SourceFacts};

use super::super::Facts;
use super::super::code::{self, declared_name, first_verb};
use super::super::packages;
use super::super::trace::{FileTrace, Place, occurrences};
use crate::claims::lexicon;
use crate::claims::subject::{self, Name};
use crate::claims::token::{Kind, Token};

/// Whether the change declares what is named in another way than the claim says.
pub(super) fn are_unmet(facts: &Facts<'_>, claim: &Claim, tokens: &[Token<'_>]) -> bool {
    const MAKES: &str = "make makes made convert converts converted turn turns turned";
    const EXPORTS: &str = "export exports exported expose exposes exposed publish publishes published re-export re-exports re-exported";
    const ENABLES: &str =
        "enable enables enabled re-enable re-enabled restore restores restored fix fixes fixed";
    if let Some(name) = tokens.first().and_then(symbol)
        && let Some(said) = tokens.iter().skip(1).find(|t| !t.any("is are now"))
        && tokens.get(1).is_some_and(|t| t.any("is are now"))
        && Thing::of(facts, name).has_quality(&said.lower) == Some(false)
    {
        return true;
    }
    let Some(verb) = first_verb(tokens).filter(|_| !matches!(claim.kind, ClaimKind::Remove)) else {
        return false;
    };
    let object = &tokens[verb + 1..];
    let adds = lexicon::verb(&tokens[verb].lower).is_some_and(|v| v.act == lexicon::Act::Add);
    let makes = tokens[verb].any(MAKES);
    let Some((at, name)) = object.iter().enumerate().find_map(|(i, t)| Some((i, symbol(t)?))) else {
        return adds && table_or_column(facts, object) == Some(false);
    };
    let thing = Thing::of(facts, name);
    let exports = tokens[verb].any(EXPORTS);
    let by_default = object.windows(2).any(|w| w[0].is("as") && w[1].is("default"));
    if exports && (thing.is_public() == Some(false) || by_default && !thing.line(|l| l.contains("default"))) {
        return true;
    }
    if tokens[verb].any(ENABLES) && thing.is_skipped_test(facts) {
        return true;
    }
    if tokens[verb].any("derive derives derived") && !is_derived(facts, name, &object[at + 1..]) {
        return true;
    }
    let behind = &object[at + 1..];
    let before = &object[..at];
    if makes {
        let skip = behind.iter().take_while(|t| t.any("in into to a an the")).count();
        let ends = behind
            .get(skip + 1)
            .is_none_or(|t| !matches!(t.kind, Kind::Word) || t.any("in for so component"));
        let said = behind.get(skip).filter(|t| ends && t.kind == Kind::Word);
        return said.is_some_and(|t| {
            thing.has_quality(&t.lower) == Some(false) || thing.is_kind(&t.lower, &[]) == Some(false)
        });
    }
    if !adds {
        return false;
    }
    let quality =
        before.iter().filter(|t| t.kind == Kind::Word).any(|t| thing.has_quality(&t.lower) == Some(false));
    // Who implements a trait declares none.
    if tokens[verb].any("implement implements implemented") {
        return quality;
    }
    // "`X` method" and "method `X`".
    let noun = behind.first().or(before.last()).filter(|t| t.kind == Kind::Word);
    let noun = noun.filter(|t| !t.any("and or")).or(before.last().filter(|t| t.kind == Kind::Word));
    let rest = behind
        .iter()
        .skip_while(|t| t.kind == Kind::Word && !t.any("to of for in on from"))
        .collect::<Vec<_>>();
    quality
        || noun.is_some_and(|t| thing.is_kind(&t.lower, &rest) == Some(false))
        || table_or_column(facts, object) == Some(false)
}

fn symbol<'t>(token: &'t Token<'_>) -> Option<&'t str> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '.' | '-' | '(' | ')');
    let code = token.kind == Kind::Code && token.text.len() > 1 && token.text.chars().all(plain);
    let symbol = code || matches!(subject::name(token), Some(Name::Symbol(_)));
    symbol.then(|| last(token.text.trim_end_matches("()")))
}

fn last(name: &str) -> &str {
    name.rsplit(['.', ':']).next().unwrap_or(name)
}

/// What the change declares under a name.
struct Thing<'f, 'e> {
    facts: &'f Facts<'e>,
    name: &'f str,
    /// Changed items of head.
    items: Vec<(&'e SourceFacts, &'e Item)>,
    /// New lines with the name.
    lines: Vec<&'f str>,
    /// Whether syntax knows every file that has them.
    known: bool,
}

impl<'f, 'e> Thing<'f, 'e> {
    fn of(facts: &'f Facts<'e>, name: &'f str) -> Thing<'f, 'e> {
        let touched = |(s, i): &(&SourceFacts, &Item)| {
            facts.evidence.change.file(&s.path).is_some_and(|f| f.touches_head_range(i.line, i.end_line))
        };
        let items = code::items(facts, Side::Head, name).into_iter().filter(touched).collect();
        let files: Vec<&FileTrace<'_>> = facts
            .trace
            .code()
            .filter(|f| f.lines.added.iter().any(|l| occurrences(&l.text, name) > 0))
            .collect();
        let read = |f: &&FileTrace<'_>| {
            let mut sources = facts.evidence.sources.iter().filter(|s| s.side == Side::Head);
            sources.any(|s| s.path == f.path() && s.errors == 0 && s.unread.is_none())
        };
        let known = !files.is_empty() && files.iter().all(read);
        let lines = files
            .iter()
            .flat_map(|f| f.lines.added.iter().map(|l| f.code_of(&l.text)))
            .filter(|l| occurrences(l, name) > 0)
            .collect();
        Thing { facts, name, items, lines, known }
    }

    fn line(&self, fits: impl Fn(&str) -> bool) -> bool {
        self.lines.iter().any(|l| fits(l))
    }

    fn item(&self, fits: impl Fn(&Item) -> bool) -> bool {
        self.items.iter().any(|(_, i)| fits(i))
    }

    /// `None` where nothing declares it.
    fn is_public(&self) -> Option<bool> {
        const MARKS: [&str; 6] = ["pub ", "pub(", "export", "public", "__all__", "exports"];
        let marked = self.line(|l| MARKS.iter().any(|m| l.contains(m)));
        match self.items.is_empty() {
            // Go writes public names with a capital letter.
            true => self.known.then(|| marked || self.name.starts_with(char::is_uppercase)),
            // Where the word is there to be written, it has to be.
            false => Some(marked || self.items.iter().any(|(s, i)| i.public && !is_marked_public(&s.path))),
        }
    }

    fn is_skipped_test(&self, facts: &Facts<'_>) -> bool {
        facts.tests.head.iter().any(|t| t.leaf() == self.name && t.decl.ignored.is_some())
    }

    /// Whether it is declared as the adjective says; `None` where the word is none, or nothing tells.
    fn has_quality(&self, word: &str) -> Option<bool> {
        let signature = |marks: &[&str]| {
            let in_items = self.item(|i| marks.iter().any(|m| i.signature.contains(m)));
            let in_lines = self.line(|l| marks.iter().any(|m| l.contains(m)));
            (!self.items.is_empty()).then_some(in_items || in_lines)
        };
        match word {
            "public" => self.is_public(),
            "private" => (!self.items.is_empty()).then(|| self.item(|i| !i.public)),
            "async" | "asynchronous" => signature(&["async", "suspend ", "Promise<", "Future", "Task"]),
            "const" => signature(&["const ", "constexpr"]),
            "static" => signature(&["static"]),
            "unsafe" => signature(&["unsafe"]),
            "generic" => signature(&["<", "[T", "Generic", "TypeVar"]),
            "abstract" => signature(&["abstract"]),
            "unique" => (!self.lines.is_empty()).then(|| self.line(|l| l.to_lowercase().contains("unique"))),
            "optional" | "required" => match self.is_open() {
                Some(open) => Some(open == (word == "optional")),
                // No changed line declares it.
                None => (self.known && self.items.is_empty()).then_some(false),
            },
            _ => None,
        }
    }

    /// Whether a member, parameter or dependency of this name may be left out; `None` where none is declared.
    fn is_open(&self) -> Option<bool> {
        const OPEN: [&str; 9] = [
            "?:",
            "Option<",
            "Optional[",
            "| None",
            "| null",
            "undefined",
            "= None",
            "nullable",
            "| undefined",
        ];
        let manifests = self.facts.trace.files.iter().filter(|f| packages::is_manifest(f.path()));
        let mut lines = manifests.flat_map(|f| &f.lines.added).filter(|l| {
            l.text
                .trim_start()
                .trim_start_matches('"')
                .strip_prefix(self.name)
                .is_some_and(|r| r.trim_start().starts_with(['=', ':', '"']))
        });
        if let Some(line) = lines.next() {
            return Some(line.text.replace(' ', "").contains("optional=true"));
        }
        if !self.known || !self.items.is_empty() {
            return None;
        }
        let declared: Vec<&str> = self.lines.iter().flat_map(|l| members(l, self.name)).collect();
        (!declared.is_empty()).then(|| {
            declared.iter().any(|m| {
                OPEN.iter().any(|o| m.contains(o)) || m.trim_start_matches(self.name).starts_with('=')
            })
        })
    }

    /// Whether it is declared as what the noun says; `None` where the noun is none of these, or syntax does not tell.
    fn is_kind(&self, noun: &str, rest: &[&Token<'_>]) -> Option<bool> {
        if matches!(noun, "crate" | "package") {
            return Some(self.is_package());
        }
        if !self.known || self.name.starts_with('-') {
            return None;
        }
        let types = |marks: &[&str]| {
            let is_type = |i: &Item| matches!(i.kind, ItemKind::Type | ItemKind::Trait);
            let marked = |text: &str| marks.is_empty() || marks.iter().any(|m| text.contains(m));
            let by_line = |l: &str| marks.iter().any(|m| occurrences(l, &format!("{m} {}", self.name)) > 0);
            self.item(|i| is_type(i) && marked(&i.signature)) || self.line(by_line)
        };
        Some(match noun {
            "method" | "function" => self.is_function() && self.belongs_to(rest),
            "struct" => types(&["struct", "record"]),
            "class" => types(&["class", "struct"]),
            "enum" => types(&["enum", "Enum", "|"]),
            "interface" => types(&["interface", "Protocol", "ABC", "trait"]),
            "trait" => types(&["trait"]),
            "type" => types(&[]) || self.line(|l| occurrences(l, &format!("type {}", self.name)) > 0),
            "constant" | "const" => self.is_constant(),
            "macro" => {
                let marks = ["#define ", "macro_rules!", "macro "];
                self.item(|i| matches!(i.kind, ItemKind::Macro | ItemKind::Function))
                    || self.line(|l| marks.iter().any(|m| l.contains(m)))
            }
            "argument" | "parameter" | "param" | "arg" => return self.is_taken_by(rest),
            "prop" => self.is_prop_of(rest),
            _ => return None,
        })
    }

    fn is_function(&self) -> bool {
        let assigned = |l: &str| {
            let text = l.trim();
            let begins = text.starts_with(&format!("{}(", self.name)) && text.ends_with('{');
            let bound = ["=>", "function", "lambda", "fn("].iter().any(|m| text.contains(m));
            begins || bound || declared_name(text) == Some(self.name)
        };
        self.item(|i| matches!(i.kind, ItemKind::Function | ItemKind::Method | ItemKind::Macro))
            || self.line(assigned)
    }

    /// Whether one of the functions of this name lies in the type that is said; true where it is no type of the change.
    fn belongs_to(&self, rest: &[&Token<'_>]) -> bool {
        let Some(owner) = owner(rest) else { return true };
        let is_type = |(_, i): &(&SourceFacts, &Item)| matches!(i.kind, ItemKind::Type | ItemKind::Trait);
        let known = code::items(self.facts, Side::Head, owner).iter().any(is_type);
        !known
            || self.items.is_empty()
            || self.item(|i| i.qualified.split(['.', ':', ' ']).any(|p| p == owner))
    }

    fn is_constant(&self) -> bool {
        let upper = !self.name.chars().any(char::is_lowercase);
        let bound = |l: &str| {
            let text = l.trim();
            let marks = ["const", "static", "final", "#define", "val", "let", "var"];
            let opens = marks.iter().any(|m| occurrences(text, m) > 0);
            opens && !text.contains('(') || upper && text.starts_with(self.name)
        };
        self.item(|i| i.kind == ItemKind::Constant) || self.line(bound)
    }

    /// "`x` argument to `f`": whether a signature of `f` has it.
    fn is_taken_by(&self, rest: &[&Token<'_>]) -> Option<bool> {
        let owner = owner(rest)?;
        let written = rest.iter().find_map(|t| symbol(t).map(|_| t.text.trim_end_matches("()")))?;
        let named = code::items(self.facts, Side::Head, written);
        let inside = |i: &Item| i.qualified.split(['.', ':', ' ']).rev().skip(1).any(|p| p == owner);
        let is_type = named.iter().any(|(_, i)| matches!(i.kind, ItemKind::Type | ItemKind::Trait));
        let takes = |i: &Item| occurrences(&i.signature, self.name) > 0;
        let members = || {
            self.facts
                .evidence
                .sources
                .iter()
                .filter(|s| s.side == Side::Head)
                .flat_map(|s| &s.items)
                .filter(|i| inside(i))
        };
        let field = || {
            self.facts
                .trace
                .code()
                .flat_map(|f| &f.places)
                .any(|p| p.item.is_some_and(|i| i.name == owner) && occurrences(&p.code, self.name) > 0)
        };
        match (named.is_empty(), is_type) {
            (true, _) => None,
            (_, true) => Some(members().any(takes) || field()),
            (_, false) => Some(named.iter().any(|(_, i)| takes(i))),
        }
    }

    fn is_prop_of(&self, rest: &[&Token<'_>]) -> bool {
        let declared = |p: &Place<'_>| p.code.lines().any(|l| declares_member(l, self.name));
        let holds = |p: &Place<'_>, owner: &str| {
            p.item.is_some_and(|i| {
                i.name == owner && occurrences(&i.signature, self.name) > 0
                    || i.kind == ItemKind::Type && i.name.contains(owner) && declared(p)
            })
        };
        let mut places = self.facts.trace.code().flat_map(|f| &f.places);
        match owner(rest) {
            Some(owner) if !code::items(self.facts, Side::Head, owner).is_empty() => {
                places.any(|p| holds(p, owner))
            }
            _ => places.any(declared) || self.line(|l| occurrences(l, "export let") > 0),
        }
    }

    /// A manifest has it, or a folder of that name is new.
    fn is_package(&self) -> bool {
        let quoted = [format!("\"{}\"", self.name), format!("'{}'", self.name)];
        let folder = |f: &FileTrace<'_>| {
            f.is_new()
                && f.path().rsplit_once('/').is_some_and(|(dirs, _)| dirs.split('/').any(|d| d == self.name))
        };
        let named = |f: &FileTrace<'_>| {
            f.is_new()
                && f.lines.added.iter().any(|l| {
                    l.text.trim_start_matches(['"', ' ']).starts_with("name")
                        && quoted.iter().any(|q| l.text.contains(q))
                })
        };
        let mut files = self.facts.trace.files.iter();
        files.any(|f| {
            packages::is_manifest(f.path()) && (named(f) || packages::declares_new(f, self.name)) || folder(f)
        })
    }
}

/// Whether the language writes `public` before what is.
fn is_marked_public(path: &str) -> bool {
    [".java", ".cs", ".swift"].iter().any(|e| path.ends_with(e))
}

/// What stands behind "to", "of", "for".
fn owner<'t>(rest: &[&'t Token<'_>]) -> Option<&'t str> {
    let (_, rest) = rest.split_first().filter(|(t, _)| t.any("to of for in on"))?;
    rest.iter()
        .find(|t| !t.any("the a an type struct class trait interface component hook"))
        .and_then(|t| symbol(t))
}

/// `pub x: T,`, `x?: T;`, `x = 1,`.
fn declares_member(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let rest = line[at + name.len()..].trim_start();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.')) && rest.starts_with([':', '?'])
    })
}

/// The declarations of `name` on a line, each with its type and its default: `x?: T`.
fn members<'l>(line: &'l str, name: &str) -> Vec<&'l str> {
    let begins = |at: &usize| {
        !line[..*at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))
    };
    let all = line.match_indices(name).map(|(at, _)| at).filter(begins);
    all.filter_map(|at| {
        let rest = &line[at..];
        let after = rest[name.len()..].trim_start();
        let mut depth = 0i32;
        let end = rest.char_indices().find(|(_, c)| {
            depth +=
                i32::from(matches!(c, '(' | '[' | '{' | '<')) - i32::from(matches!(c, ')' | ']' | '}' | '>'));
            depth < 0 || depth == 0 && matches!(c, ',' | ';')
        });
        // `<A x={1}>` gives it a value.
        let given = after.starts_with('=') && line[..at].contains('<');
        let other = after.starts_with("::") || after.starts_with("==") || given;
        let declares = after.starts_with([':', '?', '=']) && !other;
        declares.then(|| &rest[..end.map_or(rest.len(), |(i, _)| i)])
    })
    .collect()
}

/// "Derive `X` for `T`": an attribute at `T` has it.
fn is_derived(facts: &Facts<'_>, name: &str, behind: &[Token<'_>]) -> bool {
    let rest: Vec<&Token<'_>> = behind.iter().skip_while(|t| !t.any("for on to")).collect();
    let Some(owner) = owner(&rest) else { return true };
    let at = |p: &Place<'_>| p.item.is_some_and(|i| i.name == owner) && occurrences(&p.code, name) > 0;
    facts.trace.code().flat_map(|f| &f.places).any(at)
}

/// "Create the `users` table", "add column `age`": what statements of SQL do with it. `None` where none is spoken of.
fn table_or_column(facts: &Facts<'_>, object: &[Token<'_>]) -> Option<bool> {
    let at = object.iter().take(6).position(|t| t.any("table column index"))?;
    let near = |i: Option<usize>| {
        i.and_then(|i| object.get(i)).filter(|t| matches!(t.kind, Kind::Code | Kind::Word))
    };
    // "Index on users.age": what it is on is what it is known by.
    let on = object[at..].iter().position(|t| t.any("on for to")).filter(|_| object[at].is("index"));
    let behind = on.map(|on| {
        let rest = object[at + on + 1..].iter().take_while(|t| !t.any("in for so to when because"));
        let words = rest
            .filter(|t| !t.any("the a an column table field") && matches!(t.kind, Kind::Code | Kind::Word));
        words.map(|t| t.lower.as_str()).collect::<Vec<_>>().join(".")
    });
    let name = match behind.filter(|b| !b.is_empty()) {
        Some(name) => name,
        None => {
            let name =
                near(at.checked_sub(1)).filter(|t| t.kind == Kind::Code).or_else(|| near(Some(at + 1)))?;
            match name.any("to in for on of") {
                true => near(at.checked_sub(1))?.lower.clone(),
                false => name.lower.clone(),
            }
        }
    };
    let name = name.trim_matches('`').to_owned();
    let parts: Vec<&str> = name.split(['.', '(', ')', ' ', ',']).filter(|p| !p.is_empty()).collect();
    let of_sql = |f: &&FileTrace<'_>| f.path().to_lowercase().ends_with(".sql");
    let files: Vec<&FileTrace<'_>> = facts.trace.code().filter(of_sql).collect();
    let text = |f: &&FileTrace<'_>| {
        f.lines.added.iter().map(|l| l.text.to_lowercase()).collect::<Vec<_>>().join("\n")
    };
    let statements: Vec<String> =
        files.iter().flat_map(|f| text(f).split(';').map(str::to_owned).collect::<Vec<_>>()).collect();
    let has = |text: &str| parts.iter().all(|p| occurrences(text, p) > 0);
    let spoken: Vec<&String> = statements.iter().filter(|s| has(s)).collect();
    if spoken.is_empty() {
        return files.is_empty().then_some(true);
    }
    let unique = object[..at].iter().any(|t| t.is("unique"));
    let creates = |s: &&String| match object[at].lower.as_str() {
        "table" => {
            s.contains("create table") && s.split('(').next().is_some_and(|head| occurrences(head, &name) > 0)
        }
        "index" => s.contains("create") && s.contains("index") && (!unique || s.contains("unique")),
        _ => {
            let mut parts = s.split(',').filter(|p| has(p));
            s.contains("create table") || parts.any(|p| p.contains("add ") && !p.contains("drop "))
        }
    };
    Some(spoken.iter().any(creates))
}
