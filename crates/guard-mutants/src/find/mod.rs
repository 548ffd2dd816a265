//! Finding mutants in the text of one file. Nothing here runs anything.

mod arid;
mod attributes;
mod bodies;
mod depth;
mod modules;
mod operators;
mod pretty;
mod source;
mod value;
mod visit;

use proc_macro2::TokenStream;

use crate::mutant::Mutant;

pub use bodies::{Body, bodies};
pub use modules::{Tree, visited};
pub(crate) use pretty::short;

/// Which mutants to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorSet {
    /// Exactly those of cargo-mutants 27.1, for comparison.
    CargoMutants,
    /// guard's own: those, and more, without the ones that change nothing a test could notice.
    Guard,
}

/// Why a file has no mutants.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// Not Rust that the parser knows.
    #[error("{path}:{line}: cannot be read as Rust: {message}")]
    Syntax {
        /// The file.
        path: String,
        /// Where.
        line: u32,
        /// What the parser says.
        message: String,
    },
    /// Nested deeper than it is read.
    #[error("{path}: code nested deeper than {} levels is not mutated", depth::LIMIT)]
    TooDeep {
        /// The file.
        path: String,
    },
    /// Larger than it is read.
    #[error("{path}: {bytes} bytes; files above {MOST_BYTES} are not mutated")]
    TooLarge {
        /// The file.
        path: String,
        /// Its size.
        bytes: usize,
    },
    /// The parser broke down, or no thread could be had for it.
    #[error("{path}: the parser broke down on it")]
    Broken {
        /// The file.
        path: String,
    },
}

/// Hand-written files stay far below.
pub const MOST_BYTES: usize = 4 << 20;

/// What the deepest nesting that is read needs, several times over, in a build without optimisation. Memory
/// is only taken as it is used.
const STACK: usize = 128 << 20;

/// All mutants of a file, in the order of its text as far as one visit gives it.
pub fn find(path: &str, text: &str, set: OperatorSet) -> Result<Vec<Mutant>, FindError> {
    with_parsed(path, text, |file, tokens| visit::mutants(path, text, set, file, tokens))
}

/// Parses on a thread of its own: the parser recurses, and the positions that it notes go with the thread.
fn with_parsed<T: Send>(
    path: &str,
    text: &str,
    work: impl FnOnce(&syn::File, &TokenStream) -> T + Send,
) -> Result<T, FindError> {
    if text.len() > MOST_BYTES {
        return Err(FindError::TooLarge { path: path.to_owned(), bytes: text.len() });
    }
    let broken = || FindError::Broken { path: path.to_owned() };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || {
            let tokens = tokens(path, text)?;
            if depth::is_too_deep(tokens.clone()) {
                return Err(FindError::TooDeep { path: path.to_owned() });
            }
            let file = syn::parse2::<syn::File>(tokens.clone()).map_err(|e| syntax(path, e.span(), &e))?;
            Ok(work(&file, &tokens))
        });
        thread.map_err(|_| broken())?.join().map_err(|_| broken())?
    })
}

fn tokens(path: &str, text: &str) -> Result<TokenStream, FindError> {
    // A shebang line is no token; as blanks it leaves everything in its place.
    let blanked = shebang(text).map(|end| " ".repeat(end) + &text[end..]);
    let text = blanked.as_deref().unwrap_or(text);
    text.parse().map_err(|e: proc_macro2::LexError| syntax(path, e.span(), &e))
}

/// The end of a first line `#!…` that is no attribute.
fn shebang(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("#!")?;
    if rest.trim_start().starts_with('[') {
        return None;
    }
    Some(text.find('\n').unwrap_or(text.len()))
}

fn syntax(path: &str, span: proc_macro2::Span, message: &dyn std::fmt::Display) -> FindError {
    let line = u32::try_from(span.start().line).unwrap_or(u32::MAX);
    FindError::Syntax { path: path.to_owned(), line, message: message.to_string() }
}
