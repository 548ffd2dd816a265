//! Weaving: all mutants of a file in one text, each behind a switch.
//!
//! Nothing that is added has a line break, so every line stays where it is. What the compiler refuses is taken
//! out with spaces in its place, so everything else stays where the map says.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::mutant::{Edit, Function, Mutant, Switch};

/// The crate that woven code calls.
pub const SWITCH_CRATE: &str = "__guard_mutants";

/// Numbers of mutants, from 1, over all files of one build.
pub type Id = u32;

/// A file with mutants in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Woven {
    /// The text to compile.
    pub text: String,
    /// What stands where in it.
    pub map: FileMap,
    /// Mutants that no switch can hold, with the reason.
    pub left_out: Vec<(Id, String)>,
}

/// Where mutants and functions stand in a woven text, in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMap {
    /// Each mutant's own text.
    pub mutants: Vec<(Id, Range<usize>)>,
    /// The functions that hold mutants.
    pub functions: Vec<WovenFunction>,
    /// What can be taken out.
    pub cuts: Vec<Cut>,
}

/// A stretch that goes when its owner is taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Whose it is.
    pub of: Owner,
    /// Where it stands.
    pub at: Range<usize>,
    /// What the code has there without it; never longer.
    pub instead: String,
}

/// What can be taken out of a woven text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// A mutant.
    Mutant(Id),
    /// The switches of a function, by its number: the compiler runs it, or does not take it with them.
    Function(u32),
}

impl FileMap {
    /// Takes what `is_out` names out of the woven text; whether there was any.
    pub fn cut(&self, text: &mut [u8], is_out: impl Fn(Owner) -> bool) -> bool {
        let mut found = false;
        for cut in self.cuts.iter().filter(|cut| is_out(cut.of)) {
            // A text of another length is not the one that was woven.
            let Some(stretch) = text.get_mut(cut.at.clone()) else { continue };
            found = true;
            let instead = cut.instead.bytes().chain(std::iter::repeat(b' '));
            stretch.iter_mut().zip(instead).for_each(|(byte, new)| *byte = new);
        }
        found
    }
}

/// A function that holds mutants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WovenFunction {
    /// Its number, over all files of one build.
    pub number: u32,
    /// All of it.
    pub span: Range<usize>,
    /// The mutants in it.
    pub mutants: Vec<Id>,
}

/// The variable that the compiler notes when it has seen a function.
pub fn seen_variable(number: u32) -> String {
    format!("GUARD_MUTANTS_SEEN_{number}")
}

/// What mutants share when one switch decides between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    start: usize,
    end: usize,
    /// Statement, expression, arm, body: one can begin and end where another does.
    of: u8,
}

impl Place {
    fn of(mutant: &Mutant) -> Place {
        match (&mutant.edit, &mutant.function) {
            (Edit::Statement { at, .. }, _) => Place { start: at.start, end: at.end, of: 0 },
            (Edit::Expression { at, .. }, _) => Place { start: at.start, end: at.end, of: 1 },
            (Edit::Arm { pattern_end, .. }, _) => Place { start: *pattern_end, end: *pattern_end, of: 2 },
            (Edit::Value { .. }, Some(f)) => Place { start: f.inside, end: f.inside, of: 3 },
            (Edit::Value { .. }, None) => Place { start: 0, end: 0, of: 3 },
        }
    }
}

/// Numbers mutants from 1, those of one place in a row, the same each time.
pub fn number<'m>(mutants: impl IntoIterator<Item = &'m Mutant>) -> Vec<(Id, &'m Mutant)> {
    let mut all: Vec<&Mutant> = mutants.into_iter().collect();
    all.sort_by_cached_key(|m| (m.path.clone(), Place::of(m), m.start, m.description.clone()));
    (1..).zip(all).collect()
}

/// The mutants of each place, by its first one.
pub fn places(numbered: &[(Id, &Mutant)]) -> BTreeMap<Id, Vec<Id>> {
    let mut found: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
    let groups = numbered.chunk_by(|(_, a), (_, b)| a.path == b.path && Place::of(a) == Place::of(b));
    for group in groups {
        if let Some((first, _)) = group.first() {
            found.insert(*first, group.iter().map(|(id, _)| *id).collect());
        }
    }
    found
}

/// A piece of text to put in, and what it is.
#[derive(Debug)]
struct Piece {
    /// Where it goes, in bytes of the original.
    at: usize,
    /// Pieces at the same place: closing ones first, the inner ones of those before the outer ones; then
    /// opening ones, the outer before the inner.
    order: (u8, usize),
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Mutant(Id, String),
    /// Parts that go with their owner, and what stands there then.
    Cut(Owner, Vec<Part>, &'static str),
}

/// How the file's edition lets code name the switch crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paths {
    /// 2018 and later: `::name`.
    Global,
    /// 2015: an `extern crate` on the spot.
    Local,
}

/// Weaves `mutants` (of this file only) into `text`. `first_function` is the number of the file's first
/// function.
pub fn weave(text: &str, mutants: &[(Id, &Mutant)], first_function: u32, paths: Paths) -> Woven {
    let mut left_out = Vec::new();
    let mut sites: BTreeMap<Place, Vec<(Id, &Mutant)>> = BTreeMap::new();
    let mut functions: BTreeMap<usize, (&Function, Vec<Id>)> = BTreeMap::new();
    let mut two_types: BTreeMap<usize, &Function> = BTreeMap::new();
    let returning = returning(mutants);
    for (id, mutant) in mutants {
        let never = match (&mutant.switch, &mutant.edit, &mutant.function) {
            (Switch::Never(reason), ..) => Some(reason.as_str()),
            (_, Edit::Value { text }, Some(f)) if is_of_hidden_type(f, text) => {
                if f.gives.is_empty() || returning.contains(&f.span.start) {
                    Some("the function's type is `impl`: it has one hidden type")
                } else {
                    two_types.insert(f.span.start, f);
                    None
                }
            }
            (_, Edit::Value { .. }, None) => Some("there is no function around it"),
            _ => None,
        };
        if let Some(reason) = never {
            left_out.push((*id, reason.to_owned()));
            continue;
        }
        sites.entry(Place::of(mutant)).or_default().push((*id, mutant));
        if let Some(function) = &mutant.function {
            functions.entry(function.span.start).or_insert((function, Vec::new())).1.push(*id);
        }
    }
    let numbers: BTreeMap<usize, u32> = functions.keys().copied().zip(first_function..).collect();
    let number_of = |m: &Mutant| m.function.as_ref().map(|f| numbers[&f.span.start]);
    let mut pieces: Vec<Piece> = Vec::new();
    for (start, (function, _)) in &functions {
        pieces.push(Piece {
            at: function.inside,
            order: (1, 0),
            parts: marked(function, numbers[start], paths),
        });
    }
    for (start, function) in two_types {
        pieces.extend(with_own(function, numbers[&start], paths));
    }
    for site in sites.values() {
        pieces.extend(pieces_of(site, paths, &number_of));
    }
    // Stable: pieces of one place and order stay in the order of their making.
    pieces.sort_by_key(|p| (p.at, p.order));
    let (text, mut map, moved) = assemble(text, &pieces);
    map.functions = functions
        .into_iter()
        .map(|(start, (function, mutants))| WovenFunction {
            number: numbers[&start],
            span: moved(function.span.start)..moved(function.span.end),
            mutants,
        })
        .collect();
    Woven { text, map, left_out }
}

/// A function that gives `impl Trait` has one hidden type, which this value would double. Of those traits only
/// iterators have values.
fn is_of_hidden_type(function: &Function, value: &str) -> bool {
    let mut words = function.return_type.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|w| w == "impl") && value.contains("::std::iter::")
}

/// The functions, by where they begin, of which a mutant's own text has a `return`.
fn returning(mutants: &[(Id, &Mutant)]) -> BTreeSet<usize> {
    let returns = |m: &Mutant| match &m.edit {
        Edit::Expression { text, .. } | Edit::Statement { text, .. } => text.contains("return"),
        Edit::Value { .. } | Edit::Arm { .. } => false,
    };
    mutants
        .iter()
        .filter(|(_, m)| returns(m))
        .filter_map(|(_, m)| Some(m.function.as_ref()?.span.start))
        .collect()
}

/// Makes one type of a function's own iterators and its mutants': where the compiler refuses that, the macro leaves
/// the code as it was.
fn with_own(function: &Function, number: u32, paths: Paths) -> Vec<Piece> {
    let both = vec![Part::Text(of_switch_crate("own($($given)*)", paths))];
    let parts = vec![
        Part::Text(format!(" macro_rules! {OWN} {{ ($($given:tt)*) => {{ ")),
        Part::Cut(Owner::Function(number), both, "$($given)*"),
        Part::Text(" }; }".to_owned()),
    ];
    let mut pieces = vec![Piece { at: function.inside, order: (1, 0), parts }];
    for at in &function.gives {
        // Around whatever else begins and ends there.
        pieces.extend(around(at, 1, vec![Part::Text(format!("{OWN}!("))], ")"));
    }
    pieces
}

/// The macro around what a function with mutants gives itself.
const OWN: &str = "__guard_own";

fn of_switch_crate(call: &str, paths: Paths) -> String {
    match paths {
        Paths::Global => format!("::{SWITCH_CRATE}::{call}"),
        Paths::Local => format!("{{ extern crate {SWITCH_CRATE}; {SWITCH_CRATE}::{call} }}"),
    }
}

/// The compiler notes the variable when, and only when, it has seen the function: code for another platform
/// or feature is skipped before.
pub(crate) fn marker(number: u32, paths: Paths) -> String {
    let root = match paths {
        Paths::Global => "::core::",
        Paths::Local => "",
    };
    let option = match paths {
        Paths::Global => "::core::option::Option",
        Paths::Local => "Option",
    };
    format!(" const _: {option}<&'static str> = {root}option_env!(\"{}\");", seen_variable(number))
}

/// How the static begins and ends that a woven function reads.
const LINKED: (&str, char) = ("GUARD_LINKED_", 'Z');

/// What tells that a function was compiled, and that it is in a program: a read of a static of its own is in the
/// program's symbols. A `const fn` can read none.
fn marked(function: &Function, number: u32, paths: Paths) -> Vec<Part> {
    let mut parts = vec![Part::Text(marker(number, paths))];
    if !function.is_const {
        let name = format!("{}{number}{}", LINKED.0, LINKED.1);
        let call = of_switch_crate(&format!("linked(&{name})"), paths);
        parts.push(Part::Text(format!(" static {name}: u8 = 0;")));
        parts.push(Part::Cut(Owner::Function(number), vec![Part::Text(format!(" {call};"))], ""));
    }
    parts
}

/// The number of the function whose static a symbol names. A mangled name ends in a hash, so the number has an end.
pub fn function_in_symbol(symbol: &[u8]) -> Option<u32> {
    let at = memchr::memmem::find(symbol, LINKED.0.as_bytes())? + LINKED.0.len();
    let digits = symbol[at..].split(|b| !b.is_ascii_digit()).next()?;
    let is_ended = symbol.get(at + digits.len()) == Some(&(LINKED.1 as u8));
    std::str::from_utf8(digits).ok()?.parse().ok().filter(|_| is_ended)
}

/// The pieces of the mutants of one place. They have consecutive numbers or not: each run of them is a switch.
fn pieces_of(site: &[(Id, &Mutant)], paths: Paths, number_of: &dyn Fn(&Mutant) -> Option<u32>) -> Vec<Piece> {
    let Some((first, mutant)) = site.first() else { return Vec::new() };
    let call = |name: &str, arguments: &str| {
        let suffix = if mutant.switch == Switch::ConstFn { "_const" } else { "" };
        of_switch_crate(&format!("{name}{suffix}({arguments})"), paths)
    };
    // Without its switches, a function is as it was.
    let switch = |part: Part, otherwise: &'static str| match number_of(mutant) {
        Some(number) => Part::Cut(Owner::Function(number), vec![part], otherwise),
        None => part,
    };
    if let Edit::Arm { pattern_end, guard } = &mutant.edit {
        let keep = Part::Mutant(*first, call("keep", &first.to_string()));
        let keep = Part::Cut(Owner::Mutant(*first), vec![keep], "true");
        return match guard {
            None => vec![Piece {
                at: *pattern_end,
                order: (2, 0),
                parts: vec![Part::Text(" if ".to_owned()), keep],
            }],
            Some(guard) => around(guard, 0, vec![keep, Part::Text(" && (".to_owned())], ")"),
        };
    }
    let is = switch(Part::Text(call("at", &format!("{first}, {}", span_of_ids(site)))), "0u32");
    let arm = |id: Id, text: String| {
        let index = id - first + 1;
        let parts =
            vec![Part::Text(format!("{index} => ")), Part::Mutant(id, text), Part::Text(", ".to_owned())];
        Part::Cut(Owner::Mutant(id), parts, "")
    };
    let arms = site.iter().filter_map(|(id, m)| match &m.edit {
        Edit::Expression { text, .. } => Some(arm(*id, format!("({text})"))),
        Edit::Statement { text, .. } => Some(arm(*id, format!("{{ {text} }}"))),
        Edit::Value { text } if m.function.as_ref().is_some_and(|f| is_of_hidden_type(f, text)) => {
            let given = of_switch_crate(&format!("given({text})"), paths);
            Some(arm(*id, format!("{{ return {given}; }}")))
        }
        Edit::Value { text } => Some(arm(*id, format!("{{ return {text}; }}"))),
        Edit::Arm { .. } => None,
    });
    let mut open = vec![Part::Text("match ".to_owned()), is, Part::Text(" { ".to_owned())];
    open.extend(arms);
    match &mutant.edit {
        Edit::Expression { at, .. } => {
            open.insert(0, Part::Text("(".to_owned()));
            open.push(Part::Text("_ => (".to_owned()));
            around(at, 0, open, ") })")
        }
        Edit::Statement { at, .. } => {
            open.push(Part::Text("_ => { ".to_owned()));
            around(at, 0, open, " } }")
        }
        Edit::Value { .. } | Edit::Arm { .. } => {
            let at = mutant.function.as_ref().map_or(0, |f| f.inside);
            open.insert(0, Part::Text(" ".to_owned()));
            open.push(Part::Text("_ => {} }".to_owned()));
            vec![Piece { at, order: (1, 1), parts: open }]
        }
    }
}

/// How many numbers a place spans.
fn span_of_ids(site: &[(Id, &Mutant)]) -> u32 {
    let first = site.first().map_or(0, |(id, _)| *id);
    site.last().map_or(0, |(id, _)| id - first + 1)
}

/// Pieces before and behind a stretch; of two around the same one, that of the higher `layer` is outside.
fn around(at: &Range<usize>, layer: usize, open: Vec<Part>, close: &str) -> Vec<Piece> {
    let width = 2 * at.len() + layer;
    vec![
        Piece { at: at.start, order: (2, usize::MAX - width), parts: open },
        Piece { at: at.end, order: (0, width), parts: vec![Part::Text(close.to_owned())] },
    ]
}

/// The text with the pieces in it, where what was put in came to stand, and where each byte of the original did.
fn assemble<'p>(text: &str, pieces: &'p [Piece]) -> (String, FileMap, impl Fn(usize) -> usize + 'p) {
    let mut out = String::with_capacity(text.len() * 2);
    let mut map = FileMap::default();
    let mut shifts: Vec<(usize, usize)> = Vec::new();
    let mut copied = 0;
    for piece in pieces {
        out.push_str(&text[copied..piece.at]);
        copied = piece.at;
        let before = out.len();
        put(&piece.parts, &mut out, &mut map);
        shifts.push((piece.at, out.len() - before));
    }
    out.push_str(&text[copied..]);
    let moved = move |at: usize| {
        at + shifts.iter().take_while(|(place, _)| *place < at).map(|(_, by)| by).sum::<usize>()
    };
    (out, map, moved)
}

fn put(parts: &[Part], out: &mut String, map: &mut FileMap) {
    for part in parts {
        let start = out.len();
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Mutant(id, text) => {
                out.push_str(text);
                map.mutants.push((*id, start..out.len()));
            }
            Part::Cut(of, parts, instead) => {
                put(parts, out, map);
                map.cuts.push(Cut { of: *of, at: start..out.len(), instead: (*instead).to_owned() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutant::{LineColumn, Operator};

    const TEXT: &str = "fn f(a: u32, b: u32) -> u32 {\n    a + b * 2\n}\n";

    fn function() -> Function {
        Function {
            name: "f".to_owned(),
            return_type: "-> u32".to_owned(),
            span: 0..TEXT.len() - 1,
            body: 28..TEXT.len() - 1,
            inside: 29,
            is_const: false,
            gives: Vec::new(),
        }
    }

    fn mutant(edit: Edit) -> Mutant {
        let start = LineColumn { line: 1, column: 1 };
        Mutant {
            path: "src/lib.rs".to_owned(),
            operator: Operator::BinaryOperator,
            function: Some(function()),
            span: 0..1,
            start,
            end: start,
            replacement: String::new(),
            description: String::new(),
            edit,
            switch: Switch::Runtime,
        }
    }

    #[test]
    fn a_symbol_names_a_function() {
        for (symbol, number) in [
            ("_ZN5probe6double15GUARD_LINKED_7Z17h0123456789abcdefE", Some(7)),
            ("_RNvNvCs1_5probe6double16GUARD_LINKED_12Z", Some(12)),
            ("_ZN5probe6double15GUARD_LINKED_717h0123456789abcdefE", None),
            ("main", None),
        ] {
            assert_eq!(function_in_symbol(symbol.as_bytes()), number, "{symbol}");
        }
    }

    #[test]
    fn an_iterators_own_values_and_mutants_become_one_type() {
        let text = "fn f(a: u8) -> impl Iterator<Item = u8> {\n    if a > 1 {\n        return None.into_iter();\n    }\n    a.\n    into_iter()\n}\n";
        let all = crate::find::find("src/lib.rs", text, crate::find::OperatorSet::CargoMutants).unwrap();
        let values: Vec<Mutant> =
            all.into_iter().filter(|m| m.operator == Operator::FunctionValue).take(1).collect();
        let woven = weave(text, &number(&values), 1, Paths::Local);
        assert!(woven.left_out.is_empty());
        insta::assert_snapshot!(woven.text, @r#"
        fn f(a: u8) -> impl Iterator<Item = u8> { const _: Option<&'static str> = option_env!("GUARD_MUTANTS_SEEN_1"); static GUARD_LINKED_1Z: u8 = 0; { extern crate __guard_mutants; __guard_mutants::linked(&GUARD_LINKED_1Z) }; macro_rules! __guard_own { ($($given:tt)*) => { { extern crate __guard_mutants; __guard_mutants::own($($given)*) } }; } match { extern crate __guard_mutants; __guard_mutants::at(1, 1) } { 1 => { return { extern crate __guard_mutants; __guard_mutants::given(::std::iter::empty()) }; }, _ => {} }
            if a > 1 {
                return __guard_own!(None.into_iter());
            }
            __guard_own!(a.
            into_iter())
        }
        "#);
    }

    #[test]
    fn what_is_taken_out_leaves_the_rest_where_it_was() {
        let all = [
            mutant(Edit::Value { text: "0".to_owned() }),
            expression("a + b * 2", "(a) - (b * 2)"),
            expression("a + b * 2", "(a) * (b * 2)"),
        ];
        let mutants: Vec<(Id, &Mutant)> = (1..).zip(&all).collect();
        let woven = weave(TEXT, &mutants, 7, Paths::Global);
        let without = |is_out: &dyn Fn(Owner) -> bool| {
            let mut text = woven.text.clone().into_bytes();
            assert!(woven.map.cut(&mut text, is_out));
            assert!(woven.map.cut(&mut text, is_out), "twice is as once");
            assert_eq!(text.len(), woven.text.len());
            let text = String::from_utf8(text).unwrap();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert!(!woven.map.cut(&mut woven.text.clone().into_bytes(), |_| false));
        insta::assert_snapshot!(without(&|o| matches!(o, Owner::Mutant(1 | 3))), @r#"fn f(a: u32, b: u32) -> u32 { const _: ::core::option::Option<&'static str> = ::core::option_env!("GUARD_MUTANTS_SEEN_7"); static GUARD_LINKED_7Z: u8 = 0; ::__guard_mutants::linked(&GUARD_LINKED_7Z); match ::__guard_mutants::at(1, 1) { _ => {} } (match ::__guard_mutants::at(2, 2) { 1 => ((a) - (b * 2)), _ => (a + b * 2) }) }"#);
        insta::assert_snapshot!(without(&|o| matches!(o, Owner::Mutant(_) | Owner::Function(7))), @r#"fn f(a: u32, b: u32) -> u32 { const _: ::core::option::Option<&'static str> = ::core::option_env!("GUARD_MUTANTS_SEEN_7"); static GUARD_LINKED_7Z: u8 = 0; match 0u32 { _ => {} } (match 0u32 { _ => (a + b * 2) }) }"#);
    }

    fn expression(of: &str, text: &str) -> Mutant {
        let at = TEXT.find(of).unwrap();
        mutant(Edit::Expression { at: at..at + of.len(), text: text.to_owned() })
    }

    #[test]
    fn lines_stay_and_every_mutant_is_where_the_map_says() {
        let all = [
            mutant(Edit::Value { text: "0".to_owned() }),
            expression("a + b * 2", "(a) - (b * 2)"),
            expression("a + b * 2", "(a) * (b * 2)"),
            expression("b * 2", "(b) / (2)"),
        ];
        let mutants: Vec<(Id, &Mutant)> = (1..).zip(&all).collect();
        let woven = weave(TEXT, &mutants, 7, Paths::Global);
        assert_eq!(woven.text.lines().count(), TEXT.lines().count());
        let shown: Vec<(Id, &str)> =
            woven.map.mutants.iter().map(|(id, at)| (*id, &woven.text[at.clone()])).collect();
        assert_eq!(
            shown,
            [(1, "{ return 0; }"), (2, "((a) - (b * 2))"), (3, "((a) * (b * 2))"), (4, "((b) / (2))")]
        );
        assert_eq!(woven.map.functions[0].mutants, [1, 2, 3, 4]);
        assert!(woven.text[woven.map.functions[0].span.clone()].ends_with("})) })\n}"), "{}", woven.text);
        insta::assert_snapshot!(woven.text, @r#"
        fn f(a: u32, b: u32) -> u32 { const _: ::core::option::Option<&'static str> = ::core::option_env!("GUARD_MUTANTS_SEEN_7"); static GUARD_LINKED_7Z: u8 = 0; ::__guard_mutants::linked(&GUARD_LINKED_7Z); match ::__guard_mutants::at(1, 1) { 1 => { return 0; }, _ => {} }
            (match ::__guard_mutants::at(2, 2) { 1 => ((a) - (b * 2)), 2 => ((a) * (b * 2)), _ => (a + (match ::__guard_mutants::at(4, 1) { 1 => ((b) / (2)), _ => (b * 2) })) })
        }
        "#);
    }
}
