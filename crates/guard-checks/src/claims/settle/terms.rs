//! What a claim would leave in the code if it were so: the names it gives, the numbers, and the words that
//! say something.

use guard_model::evidence::NumberedLine;

use super::code::{first_verb, is_path, last_part};
use super::trace::{FileTrace, Place, occurrences, stems};
use crate::claims::lexicon::{self, Act, Form};
use crate::claims::subject::{self, Name};
use crate::claims::token::{self, Kind, Token, lists};

/// The terms of a claim or of a part of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// Identifiers, flags and pieces of code.
    pub(super) names: Vec<Term>,
    /// Files and folders, and whether each is what was done something to.
    pub(super) paths: Vec<(String, bool)>,
    /// Words that say something, without those of the names.
    pub(super) words: Vec<Telling>,
    /// Numbers and versions, as written.
    pub(super) numbers: Vec<String>,
    /// Plain words that may be files or folders of the change: `BUCK`, `src/storage`.
    perhaps: Vec<(String, bool)>,
    /// It says how much or how well: "all", "comprehensive", "efficient". No line of code shows that.
    pub(super) extent: bool,
}

/// A name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    /// What must stand in the code.
    pub(super) text: String,
    /// How the claim writes it.
    pub(super) written: String,
    /// Types and modules around it, as far as they are said.
    pub(super) around: Vec<String>,
    /// True when it is the thing itself ("add X"), not where or with what ("… to Y").
    pub(super) object: bool,
    /// True in parentheses: an example or a remark.
    pub(super) aside: bool,
}

/// A word that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Telling {
    /// As written, in lower case.
    pub(super) word: String,
    /// Its stem, by which it is recognised.
    pub(super) stem: String,
}

/// Words that tell nothing about the code that they are said of.
const IDLE: &str = "an the to of in for with and or on by from into via as at be is are was were it its this that these those \
    now new not no only when if so than then instead using use uses used rather properly proper correctly correct \
    simple basic own such like has have can will should would which where how what while over under after before \
    against without we our us you your they them their there code logic implementation functionality feature \
    features behavior behaviour change changes through during based within across between each per also same \
    different more other both i one two three some any make makes made making don does do doesn better easy clean \
    clear existing previously still just current currently etc eg ie helper function method functions methods \
    struct class field fields variant type module crate helpers support supports supported supporting handling \
    handle handles add adds added adding create creates created implement implements implemented update updates \
    updated enable allow allows provide provides include includes including ensure introduce integration easily \
    necessary unnecessary appropriate available via commit pr return returns returned returning alias attribute \
    attributes derive enum const constant constants macro macros trait interface interfaces dedicated";

/// Words for how much and how well.
const EXTENT: &str = "all every full complete completely comprehensive entire everything robust production real-time realtime \
    accurate accurately persistent end-to-end throughout zero fully efficient efficiently guaranteed guarantee stable \
    extensive thorough thoroughly whole minimal never always only everywhere exhaustive seamless seamlessly optimal \
    optimized optimised performance faster independent platform-independent secure production-ready most \
    various many ready complex advanced intelligent smart \
    reliable reliably";

/// Verbs of looking, not of changing: what they say was done on no line.
const PROCESS: &str = "test tests tested verify verified verifies validate validated confirm confirmed check checked review reviewed \
    manually run ran investigate investigated analyzed analysed explored";

impl Terms {
    pub(super) fn of(text: &str) -> Terms {
        let tokens = token::tokens(text);
        let verb = first_verb(&tokens);
        let end = purpose(&tokens, verb.map_or(1, |v| v + 2));
        Terms::of_tokens(&tokens[..end], verb)
    }

    /// The terms, with names that are files or folders of the change taken for what they are.
    pub(super) fn in_change(text: &str, files: &[FileTrace<'_>]) -> Terms {
        let mut terms = Terms::of(text);
        let named = |written: &str| {
            let folder = format!("/{}/", written.trim_matches('/'));
            files.iter().flat_map(|f| [f.path(), f.change.base_path()]).any(|path| {
                last_part(path) == written || written.contains('/') && format!("/{path}").contains(&folder)
            })
        };
        let (paths, names) =
            terms.names.into_iter().partition(|n: &Term| n.written.contains('.') && named(&n.written));
        terms.names = names;
        terms.paths.extend(paths.into_iter().map(|n| (n.written, n.object)));
        for (written, object) in std::mem::take(&mut terms.perhaps) {
            let alias = is_alias(&written);
            let verbatim = |l: &NumberedLine| {
                (alias || written.contains('/')) && written.len() > 4 && occurrences(&l.text, &written) > 0
            };
            let stands = |f: &FileTrace<'_>| {
                !f.document
                    && (f.lines.added.iter().any(verbatim) || alias && f.lines.removed.iter().any(verbatim))
            };
            if !named(&written) && files.iter().any(stands) {
                let parts: Vec<String> = stems(&written).collect();
                terms.words.retain(|w| !parts.contains(&w.stem));
                terms.names.push(Term::literal(&written, object));
                continue;
            }
            if named(&written) {
                let parts: Vec<String> = stems(&written).collect();
                terms.words.retain(|w| !parts.contains(&w.stem));
                terms.paths.push((written, object));
            }
        }
        terms
    }

    /// The terms with those of the purpose: "update the guide to explain X".
    pub(super) fn with_purpose(text: &str) -> Terms {
        let tokens = token::tokens(text);
        Terms::of_tokens(&tokens, first_verb(&tokens))
    }

    /// The terms of `tokens`, of which `verb` is the one that says what was done.
    pub(super) fn of_tokens(tokens: &[Token<'_>], verb: Option<usize>) -> Terms {
        let begins = verb.map_or(0, |v| v + 1);
        let head = begins + subject::head(&tokens[begins.min(tokens.len())..]).len();
        let mut terms = Terms::default();
        let mut depth = 0usize;
        for (i, token) in tokens.iter().enumerate() {
            match token.kind {
                Kind::Punct('(') => depth += 1,
                Kind::Punct(')') => depth = depth.saturating_sub(1),
                _ => {}
            }
            let known = terms.names.len();
            // What stands before the verb is who did it.
            if verb.is_some_and(|v| {
                i == v || i < v && token.kind == Kind::Word && subject::name(token).is_none()
            }) {
                continue;
            }
            let object = i >= begins && i < head;
            match subject::name(token) {
                Some(Name::Path(path)) => terms.paths.push((path, object)),
                Some(Name::Symbol(symbol)) => terms.names.push(Term::symbol(&symbol, object)),
                None if names_dependency(token, tokens.get(i + 1)) => {
                    terms.names.push(Term::literal(token.text, object));
                }
                None => terms.other(token, object),
            }
            terms.extent |= token.kind == Kind::Word && lists(EXTENT, &token.lower);
            terms.names[known..].iter_mut().for_each(|n| n.aside = depth > 0);
        }
        let mut seen: Vec<String> = terms.names.iter().flat_map(|n| stems(&n.text)).collect();
        seen.extend(terms.paths.iter().flat_map(|(p, _)| stems(p)));
        terms.words.retain(|w| {
            let first = !seen.contains(&w.stem);
            seen.push(w.stem.clone());
            first
        });
        terms
    }

    fn other(&mut self, token: &Token<'_>, object: bool) {
        match token.kind {
            Kind::Word if is_flag(token.text) => self.names.push(Term::literal(token.text, object)),
            Kind::Word => {
                let capitals = token.text.len() > 2 && token.text.chars().all(|c| c.is_ascii_uppercase());
                if capitals || token.text.contains('/') || is_alias(token.text) {
                    self.perhaps.push((token.text.to_owned(), object));
                }
                self.words.extend(telling(token.text));
            }
            Kind::Number => {
                for number in token.text.split('/') {
                    let number = number.trim_matches(|c: char| !c.is_alphanumeric());
                    if number.starts_with(|c: char| c.is_ascii_digit()) {
                        self.numbers.push(number.to_owned());
                    }
                }
            }
            Kind::Code => {
                let text = token.text.trim();
                let prose = text.contains(' ')
                    && text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
                if prose && !text.starts_with('-') {
                    self.words.extend(telling(text));
                } else if text.len() > 1 {
                    self.names.push(Term::literal(text, object));
                }
            }
            _ => {}
        }
    }

    /// Whether it has nothing by which anything could be recognised.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.numbers.is_empty() && self.words.is_empty() && self.paths.is_empty()
    }
}

impl Term {
    fn symbol(symbol: &str, object: bool) -> Term {
        let parts: Vec<&str> = symbol.split(['.', ':']).filter(|p| !p.is_empty()).collect();
        let (last, around) = parts.split_last().map_or((symbol, &[][..]), |(l, a)| (*l, a));
        let around = around.iter().filter(|a| !lists("crate self super Self std core alloc", a));
        Term {
            text: last.to_owned(),
            written: symbol.to_owned(),
            around: around.map(|a| (*a).to_owned()).collect(),
            object,
            aside: false,
        }
    }

    fn literal(text: &str, object: bool) -> Term {
        // `#[must_use]` may be written with a reason.
        let text = if text.starts_with("#[") { text.trim_end_matches(']') } else { text };
        Term { text: text.to_owned(), written: text.to_owned(), around: Vec::new(), object, aside: false }
    }

    /// Whether it can hardly be an ordinary word: `var_min`, `Path::parent`, `WhileStatementNode`, `merge_extend!`.
    pub(super) fn is_definite(&self) -> bool {
        let inner = self.text.trim_matches('_');
        let humps =
            inner.chars().zip(inner.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase());
        let flag = self.text.starts_with("--") && self.text.len() > 4;
        let joined = inner.len() > 6 && inner.contains('-') && !inner.contains(' ');
        inner.len() > 4 && (inner.contains('_') || humps)
            || flag
            || joined
            || !self.around.is_empty() && self.text.len() > 2
    }

    /// Whether the change wrote it at `place`, or wrote in it.
    pub(super) fn touches(&self, place: &Place<'_>, path: &str) -> bool {
        let item = place.item.is_some_and(|i| i.qualified.split(['.', ':', ' ']).any(|p| p == self.text));
        // A package is often called after its folder, with the project's name before it.
        let folder = self.text.rsplit_once('-').map_or("", |(_, last)| last);
        let file = || {
            path.split(['/', '.']).any(|p| p == self.text)
                || path.rsplit_once('/').is_some_and(|(dirs, _)| dirs.split('/').any(|p| p == folder))
        };
        item || self.stands_in(&place.code) || file()
    }

    /// Whether code has it, in one of the ways in which code writes it.
    pub(super) fn stands_in(&self, code: &str) -> bool {
        occurrences(code, &self.text) > 0 || self.spellings().iter().any(|s| code.contains(s.as_str()))
    }

    /// How programs declare a flag: `save_model: …`, `"save-model"`.
    fn spellings(&self) -> Vec<String> {
        if let Some(letter) = self.text.strip_prefix('-').filter(|l| l.len() == 1) {
            return vec![
                format!("short = '{letter}'"),
                format!("short('{letter}')"),
                format!("\"-{letter}\""),
            ];
        }
        let Some(body) = self.text.strip_prefix("--").filter(|b| b.len() > 2) else { return Vec::new() };
        let snake = body.replace('-', "_");
        vec![format!("{snake}:"), format!("\"{body}\""), format!("'{body}'"), format!("{snake} =")]
    }
}

/// `--dry-run`, `-v`.
fn is_flag(text: &str) -> bool {
    let short = || text.len() == 2 && text.ends_with(|c: char| c.is_ascii_alphabetic());
    text.starts_with("--") || text.starts_with('-') && short()
}

/// `@shared`, `@scope/package`: an alias, a scope, a decorator.
fn is_alias(text: &str) -> bool {
    text.strip_prefix('@').is_some_and(|rest| rest.len() > 2 && rest.starts_with(|c: char| c.is_alphabetic()))
}

/// The words of `text` that say something.
fn telling(text: &str) -> impl Iterator<Item = Telling> {
    let listed = |w: &str| lists(IDLE, w) || w.strip_suffix('s').is_some_and(|one| lists(IDLE, one));
    let idle = move |w: &String| listed(w) || w.len() < 2 || w.chars().all(|c| c.is_ascii_digit());
    let words = crate::text::words(text).into_iter().filter(move |w| !idle(w));
    words.map(|word| Telling { stem: crate::text::stem(&word).to_owned(), word })
}

/// "the tempfile dependency", "the rue-lsp crate": a package, though it does not look like a name.
fn names_dependency(token: &Token<'_>, next: Option<&Token<'_>>) -> bool {
    const KINDS: &str = "unused new missing extra direct transitive dev optional unnecessary obsolete external third-party         redundant workspace main root core runtime build own existing old";
    let package = token.kind == Kind::Word
        && token.text.starts_with(|c: char| c.is_ascii_lowercase())
        && !token.any(KINDS)
        && !lists(IDLE, &token.lower)
        && !lists(EXTENT, &token.lower)
        && lexicon::verb(&token.lower).is_none();
    let joined = token.text.contains(['-', '_']);
    package && next.is_some_and(|n| n.any("dependency") || joined && n.any("crate package dependencies"))
}

/// Where a claim stops telling what was done and begins to tell what for.
fn purpose(tokens: &[Token<'_>], from: usize) -> usize {
    const OPENS: &str = "so because since which whose that matching explaining maintaining allowing ensuring avoiding \
        demonstrating showcasing enabling keeping thereby causing while informing";
    const AIMS: &str = "better improved easier consistency clarity readability simplicity convenience future full optimal \
        maximum faster";
    (from..tokens.len())
        .find(|i| {
            let next = tokens.get(i + 1);
            let verb = next.filter(|n| n.kind == Kind::Word).and_then(|n| lexicon::verb(&n.lower));
            tokens[*i].any(OPENS)
                || tokens[*i].is("to") && verb.is_some_and(|v| v.form == Form::Base && !v.ambiguous)
                || tokens[*i].is("for") && next.is_some_and(|n| n.any(AIMS))
        })
        .unwrap_or(tokens.len())
}

/// Whether a claim tells of looking at the code, not of changing it.
pub(super) fn is_process(text: &str) -> bool {
    let tokens = token::tokens(text);
    let leading = tokens.iter().find(|t| t.kind == Kind::Word && !t.any(lexicon::FILLERS));
    leading.is_some_and(|t| {
        t.any(PROCESS) && lexicon::verb(&t.lower).is_none_or(|v| matches!(v.act, Act::Check | Act::Test))
    })
}

/// "Use `A` in `B` instead of copying all of it": what is there now has names, what was there before has none. Then
/// the first half is what can be seen.
pub(super) fn without_former(text: &str) -> &str {
    let half = [" instead of ", " rather than "].iter().find_map(|w| text.split_once(w));
    match half {
        Some((now, before)) => {
            let named = Terms::of(now).names;
            let known = named.len() >= 2 || named.iter().any(|n| n.object && n.is_definite());
            if known && Terms::of(before).names.is_empty() { now } else { text }
        }
        None => text,
    }
}

/// What stood before and what stands now, in a claim that says both: "replace A with B", "from A to B",
/// "use B instead of A", "A → B".
pub(super) fn exchange(text: &str) -> Option<(Terms, Terms)> {
    let tokens = token::tokens(text);
    let verb = first_verb(&tokens);
    let begins = verb.map_or(0, |v| v + 1);
    let at = |words: &str, from: usize| (from..tokens.len()).find(|i| tokens[*i].any(words));
    let part = |from: usize, to: usize| {
        let end = (from..to)
            .find(|i| {
                *i > from
                    && tokens[*i]
                        .any("in for so across throughout because when inside within that on which during")
            })
            .unwrap_or(to);
        let mut terms = Terms::of_tokens(&tokens[from..end], None);
        // A file that is exchanged for another is one that the code names.
        // `a.b` is exchanged as a whole.
        for name in terms.names.iter_mut().filter(|n| n.written.contains('.') && !n.written.contains("::")) {
            name.text.clone_from(&name.written);
        }
        terms.names.extend(terms.paths.drain(..).map(|(path, object)| Term::literal(&path, object)));
        terms
    };
    let n = tokens.len();
    if let Some(i) =
        at("instead rather", begins).filter(|i| tokens.get(i + 1).is_some_and(|t| t.any("of than")))
    {
        return Some((part(i + 2, n), part(begins, i)));
    }
    if let Some(from) = at("from", begins)
        && let Some(to) = at("to into", from)
    {
        return Some((part(from + 1, to), part(to + 1, n)));
    }
    if let Some(arrow) = (begins..n).find(|i| tokens[*i].punct('→') || tokens[*i].is("->")) {
        // "(old -> new)" at the end of a sentence says both.
        let open = (begins..arrow).rfind(|i| tokens[*i].punct('('));
        let close = (arrow..n).find(|i| tokens[*i].punct(')'));
        if let (Some(open), Some(close)) = (open, close)
            && !tokens[open..arrow].iter().any(|t| t.punct(')'))
        {
            return Some((part(open + 1, arrow), part(arrow + 1, close)));
        }
        return Some((part(begins, arrow), part(arrow + 1, n)));
    }
    let word = verb.map(|v| tokens[v].lower.as_str()).unwrap_or_default();
    if ["replac", "swap", "substitut"].iter().any(|s| word.starts_with(s)) {
        let with = at("with by", begins)?;
        return Some((part(begins, with), part(with + 1, n)));
    }
    if ["switch", "migrat", "convert", "transition", "renam"].iter().any(|s| word.starts_with(s)) {
        let to = at("to into", begins)?;
        return Some((part(begins, to), part(to + 1, n)));
    }
    if ["fix", "chang", "correct"].iter().any(|s| word.starts_with(s)) {
        let to = at("to into", begins)?;
        let (was, is) = (part(begins, to), part(to + 1, n));
        let code = |t: &Terms| !t.names.is_empty() && t.words.is_empty();
        return (code(&was) && code(&is)).then_some((was, is));
    }
    None
}

/// Whether `path` names a file, or a folder that it lies in.
pub(super) fn is_named(file: &FileTrace<'_>, path: &str) -> bool {
    named(std::slice::from_ref(file), path).len() == 1
}

/// The file of the change that a claim's path names; several make it none.
pub(super) fn named<'f, 'e>(files: &'f [FileTrace<'e>], path: &str) -> Vec<&'f FileTrace<'e>> {
    let folder = path.trim_matches('/');
    files
        .iter()
        .filter(|f| is_path(f.path(), path) || format!("/{}", f.path()).contains(&format!("/{folder}/")))
        .collect()
}

/// Whether a piece of code stands for many of its form, and is no text that could be looked for: it leaves something
/// out (`assert!(...)`), or has one-letter names in it (`f(x)`).
pub(super) fn is_form(code: &str) -> bool {
    let mut words = code.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let stands_in = |w: &str| {
        matches!(w, "foo" | "bar" | "baz") || w.len() == 1 && !w.starts_with(|c: char| c.is_ascii_digit())
    };
    code.contains("...") || code.contains(['…', '$', '*']) || words.any(stands_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(terms: &Terms) -> String {
        let names = |object: bool| {
            terms
                .names
                .iter()
                .filter(|n| n.object == object)
                .map(|n| n.text.as_str())
                .collect::<Vec<_>>()
                .join(",")
        };
        format!(
            "{} | {} | {} | {}",
            names(true),
            names(false),
            terms.words.iter().map(|w| w.stem.as_str()).collect::<Vec<_>>().join(" "),
            terms.numbers.join(" ")
        )
    }

    #[test]
    fn names_are_objects_or_surroundings() {
        for (text, expected) in [
            ("Add `Cache::get` to `Client` for retried uploads", "get | Client | retri upload | "),
            ("`Lru` with expiry", "Lru |  | expir | "),
            ("Added `--dry-run` flag to `cargo fetch`", "--dry-run |  | flag cargo fetch | "),
            ("Bump limit to 30", " |  | limit | 30"),
        ] {
            assert_eq!(shown(&Terms::of(text)), expected, "{text}");
        }
    }

    #[test]
    fn both_sides_of_an_exchange_are_read() {
        for (text, old, new) in [
            ("Replace `a_b` with `c_d` in tests", "a_b |  |  | ", "c_d |  |  | "),
            ("Bump MSRV from 1.70.0 to 1.80.0", " |  |  | 1.70.0", " |  |  | 1.80.0"),
            ("Use `LazyLock` instead of `once_cell`", "once_cell |  |  | ", "LazyLock |  |  | "),
            ("Switch `log` to `tracing`", "log |  |  | ", "tracing |  |  | "),
        ] {
            let (was, is) = exchange(text).unwrap_or_else(|| panic!("{text} is none"));
            assert_eq!((shown(&was).as_str(), shown(&is).as_str()), (old, new), "{text}");
        }
        assert_eq!(exchange("Add `a_b` to `c_d`"), None);
    }
}
