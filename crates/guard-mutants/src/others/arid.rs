//! Code that tests do not look at, or whose mutants mean the same as the original. The README gives the
//! reason of each.

use guard_syntax::trees::{self, Node};

use super::Family;
use super::finder::Finder;

/// Nothing inside of this is mutated: types, parameters, messages of errors, log lines, assertions, what depends on
/// the machine.
pub(crate) fn is_closed(finder: &Finder<'_>, node: Node<'_>) -> bool {
    if finder.parent().is_some_and(|p| matches!(p.kind(), "arguments" | "argument_list"))
        && !super::finder::is_function(finder.family, node)
        && finder
            .above
            .iter()
            .rev()
            .nth(1)
            .and_then(|call| callee(*call))
            .is_some_and(|c| is_timing(leaf(finder.text_of(c))))
    {
        return true;
    }
    match node.kind() {
        // Python's and the others' own signatures and types.
        "type"
        | "type_annotation"
        | "parameters"
        | "lambda_parameters"
        | "parameter_list"
        | "formal_parameters"
        | "type_arguments"
        | "type_parameters"
        | "template_argument_list"
        | "decorator"
        | "interface_declaration"
        | "type_alias_declaration"
        | "enum_declaration"
        | "ambient_declaration"
        | "preproc_def"
        | "preproc_function_def"
        | "preproc_include"
        | "import_statement"
        | "import_declaration"
        | "import_from_statement" => true,
        "raise_statement" | "throw_statement" | "assert_statement" | "static_assert_declaration" => true,
        "call" | "call_expression" => {
            let callee = callee(node).map(|c| finder.text_of(c)).unwrap_or_default();
            is_log(callee) || is_assertion(callee) || makes_an_error(callee) || is_room(callee)
        }
        "new_expression" => {
            let name = node.child_by_field_name("constructor").map(|c| finder.text_of(c)).unwrap_or_default();
            name.ends_with("Error") || name.ends_with("Exception")
        }
        "binary_expression" if finder.family == Family::C => is_stream(finder.text_of(node)),
        "if_statement" | "elif_clause" | "conditional_expression" | "ternary_expression" => {
            condition(node).is_some_and(|c| depends_on_machine(finder.text_of(c)))
        }
        "except_clause" => {
            let what: String = finder.text_of(node).lines().next().unwrap_or_default().to_owned();
            what.contains("ImportError") || what.contains("ModuleNotFoundError")
        }
        _ => false,
    }
}

/// What is called.
pub(crate) fn callee(call: Node<'_>) -> Option<Node<'_>> {
    call.child_by_field_name("function")
}

/// The condition of an `if` or of a conditional expression, without parentheses of its own.
pub(crate) fn condition(node: Node<'_>) -> Option<Node<'_>> {
    if node.kind() == "conditional_expression" && node.child_by_field_name("condition").is_none() {
        // Python's `a if b else c` names no fields.
        return trees::children(node).get(1).copied();
    }
    let condition = node.child_by_field_name("condition")?;
    match condition.kind() {
        "condition_clause" => {
            condition.child_by_field_name("initializer").is_none().then_some(())?;
            condition.child_by_field_name("value").filter(|v| v.kind() != "declaration")
        }
        "parenthesized_expression" => trees::children(condition).first().copied(),
        _ => Some(condition),
    }
}

/// Functions that say how something looks or hashes, that are only declared, or that tests replace.
pub(crate) fn is_arid_function(finder: &Finder<'_>, node: Node<'_>) -> bool {
    let name = match finder.family {
        Family::C => super::finder::declared(node),
        _ => node.child_by_field_name("name"),
    };
    let name = name.map(|n| finder.text_of(n)).unwrap_or_default();
    let looks: &[&str] = match finder.family {
        Family::Python => &["__repr__", "__str__", "__hash__", "__format__", "__sizeof__", "__del__"],
        Family::Script => &["toString", "inspect"],
        Family::Go => &["String", "GoString", "Format"],
        Family::C => &["operator<<", "to_string"],
    };
    looks.contains(&name) || is_timing(name)
}

/// Calls whose effect nobody can wait for or see: time, room in memory, the end of a thing's life, locks.
pub(crate) fn is_arid_call(callee: &str) -> bool {
    const LIFE: [&str; 22] = [
        "close",
        "flush",
        "free",
        "unref",
        "dispose",
        "destroy",
        "lock",
        "rlock",
        "yield",
        "gosched",
        "reserve",
        "shrink_to_fit",
        "grow",
        "gc",
        "collect",
        "setdefaulttimeout",
        "keepalive",
        "helper",
        "nexttick",
        "clear_cache",
        "cache_clear",
        "debugger",
    ];
    let leaf = leaf(callee);
    LIFE.contains(&leaf.to_ascii_lowercase().as_str()) || is_timing(leaf)
}

/// The last name of a path: `log.Printf` → `Printf`.
pub(crate) fn leaf(callee: &str) -> &str {
    callee.rsplit(['.', ':', '>']).next().unwrap_or(callee).trim()
}

/// Calls that write a log or speak to a person at a terminal.
pub(crate) fn is_log(callee: &str) -> bool {
    const LOGGERS: [&str; 16] = [
        "log", "logger", "logging", "_logger", "_log", "LOG", "LOGGER", "console", "slog", "klog", "glog",
        "logrus", "warnings", "zap", "spdlog", "debug",
    ];
    const NAMES: [&str; 10] =
        ["print", "printf", "fprintf", "puts", "perror", "console", "log_debug", "pprint", "VLOG", "LOG"];
    let plain = callee.trim_start_matches("this.").trim_start_matches("self.").trim_start_matches("cls.");
    let first = plain.split(['.', ':', '-', '(']).next().unwrap_or(plain);
    let is_member = plain.len() > first.len();
    let last = leaf(plain);
    let by_member = plain.contains('.') && {
        let before = plain.rsplit_once('.').map_or("", |(before, _)| leaf(before));
        LOGGERS.contains(&before) || before.to_ascii_lowercase().ends_with("logger")
    };
    (is_member && LOGGERS.contains(&first) && first != "debug")
        || by_member
        || NAMES.contains(&plain)
        || (first == "fmt" && last.starts_with("Print"))
        || (first == "std" && ["printf", "puts", "fprintf"].contains(&last))
        || first == "LOG"
}

fn is_assertion(callee: &str) -> bool {
    let name = leaf(callee);
    let lower = name.to_ascii_lowercase();
    lower.starts_with("assert")
        || lower == "invariant"
        || name.starts_with("CHECK")
        || name.starts_with("DCHECK")
}

/// Calls whose arguments are words for people.
fn makes_an_error(callee: &str) -> bool {
    matches!(callee, "errors.New" | "fmt.Errorf" | "errors.Wrap" | "errors.Wrapf" | "panic" | "Error")
}

/// Calls whose numbers are room in memory.
fn is_room(callee: &str) -> bool {
    matches!(leaf(callee), "make" | "reserve" | "Grow" | "malloc" | "calloc" | "realloc")
}

/// `std::cout << …`.
fn is_stream(text: &str) -> bool {
    let first = text.split("<<").next().unwrap_or_default().trim();
    text.contains("<<")
        && (["cout", "cerr", "clog", "os", "out", "stream", "ss", "oss"].contains(&leaf(first))
            || first.starts_with("LOG")
            || first.starts_with("VLOG"))
}

/// Conditions that are as they are on this machine, whatever the tests do.
fn depends_on_machine(condition: &str) -> bool {
    const WORDS: [&str; 14] = [
        "sys.platform",
        "os.name",
        "sys.version_info",
        "platform.system",
        "TYPE_CHECKING",
        "process.platform",
        "runtime.GOOS",
        "runtime.GOARCH",
        "PY2",
        "PY3",
        "WINDOWS",
        "is_windows",
        "isWindows",
        "IS_WINDOWS",
    ];
    WORDS.iter().any(|word| condition.contains(word))
}

/// Names of waiting: a test that noticed would be a timed test.
pub(crate) fn is_timing(name: &str) -> bool {
    words(name).iter().any(|word| {
        matches!(
            word.as_str(),
            "sleep" | "timeout" | "timeouts" | "delay" | "deadline" | "backoff" | "interval" | "debounce"
        )
    })
}

/// Whether a condition asks a cache: without it the answer is the same, only later.
pub(crate) fn asks_cache(condition: &str) -> bool {
    let names = condition.split(|c: char| !c.is_alphanumeric() && c != '_');
    names.flat_map(words).any(|word| matches!(word.as_str(), "cache" | "cached" | "memo" | "memoized"))
}

/// The words of a name in any spelling, in small letters.
fn words(name: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in name.chars() {
        let starts = before == '_' || (c.is_uppercase() && !before.is_uppercase());
        if all.is_empty() || starts {
            all.push(String::new());
        }
        if c != '_'
            && let Some(word) = all.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    all
}

/// A block that does nothing but log.
pub(crate) fn only_logs(finder: &Finder<'_>, block: Node<'_>) -> bool {
    let mut statements = super::statements::of_block(block);
    statements.retain(|s| !matches!(s.kind(), "import_statement" | "import_from_statement"));
    let is_said = |statement: &Node<'_>| {
        let mut at = *statement;
        while matches!(at.kind(), "expression_statement" | "await_expression" | "await") {
            match trees::children(at).first() {
                Some(inner) => at = *inner,
                None => return false,
            }
        }
        matches!(at.kind(), "call" | "call_expression")
            && callee(at).is_some_and(|c| is_log(finder.text_of(c)))
    };
    !statements.is_empty() && statements.iter().all(is_said)
}

/// `if err != nil { return err }`: an error that is handed on, which few tests provoke.
pub(crate) fn hands_error_on(finder: &Finder<'_>, node: Node<'_>, condition: Node<'_>) -> bool {
    let asks = finder.text_of(condition);
    if finder.family != Family::Go || !asks.ends_with("!= nil") {
        return false;
    }
    let name = asks.trim_end_matches("!= nil").trim();
    let is_error = name == "err" || name.ends_with("Err") || name.ends_with("err");
    let block = node.child_by_field_name("consequence").map(super::statements::of_block).unwrap_or_default();
    is_error
        && matches!(block.as_slice(), [only] if only.kind() == "return_statement" && finder.text_of(*only).contains(name))
}

/// A way out for nothing to do (`if not items: return`): without it a loop over nothing does the same.
pub(crate) fn leaves_for_emptiness(finder: &Finder<'_>, node: Node<'_>, condition: Node<'_>) -> bool {
    let flat: String = finder.text_of(condition).chars().filter(|c| !c.is_whitespace()).collect();
    let name =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_.>-[]()".contains(c));
    let is_empty = flat.strip_prefix("not").is_some_and(name)
        || flat.strip_prefix('!').is_some_and(name)
        || ["==0", "===0", "<1", "==nil", "isNone", "===undefined", "===null", "==null", "==nullptr"]
            .iter()
            .any(|end| flat.strip_suffix(end).is_some_and(name))
        || flat.ends_with(".empty()");
    let block = node.child_by_field_name("consequence").map(super::statements::of_block).unwrap_or_default();
    let leaves = |only: &Node<'_>| {
        let text = finder.text_of(*only).trim_end_matches(';').trim();
        let value = text.strip_prefix("return").map(str::trim);
        matches!(text, "continue" | "break")
            || matches!(
                value,
                Some(
                    "" | "[]"
                        | "{}"
                        | "None"
                        | "nil"
                        | "null"
                        | "undefined"
                        | "()"
                        | "0"
                        | "\"\""
                        | "''"
                        | "set()"
                        | "False"
                        | "false"
                )
            )
    };
    is_empty && matches!(block.as_slice(), [only] if leaves(only))
}

/// `if len(x) > 0: for one in x: …`: a loop over nothing does as much.
pub(crate) fn only_loops_when_there_is_some(
    finder: &Finder<'_>,
    node: Node<'_>,
    condition: Node<'_>,
) -> bool {
    let block = node.child_by_field_name("consequence").map(super::statements::of_block).unwrap_or_default();
    let is_loop = |n: &Node<'_>| matches!(n.kind(), "for_statement" | "for_in_statement" | "for_range_loop");
    let flat: String = finder.text_of(condition).chars().filter(|c| !c.is_whitespace()).collect();
    let name = |text: &str| text.chars().all(|c| c.is_alphanumeric() || "_.>-()!".contains(c));
    let asks_for_some =
        [">0", "!=0", "!==0", ">=1", "!=nil", "isnotNone", "!=null", "!==null", "!==undefined"]
            .iter()
            .find_map(|end| flat.strip_suffix(end))
            .map_or_else(|| name(&flat), name);
    asks_for_some && !block.is_empty() && block.iter().all(is_loop)
}

/// What is never below nothing: `len(x)`, `x.length`, `x.size()`.
pub(crate) fn is_count(text: &str) -> bool {
    text.starts_with("len(")
        || [".length", ".size()", ".size", ".len()", ".Len()", ".length()"]
            .iter()
            .any(|end| text.ends_with(end))
}
