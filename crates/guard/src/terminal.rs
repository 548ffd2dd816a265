//! What this process's terminal can show.

use std::io::IsTerminal;

use crate::cli::Color;

/// Columns assumed where there is no terminal.
const DEFAULT_WIDTH: usize = 80;

/// Wider text is hard to read.
const MAX_WIDTH: usize = 120;

/// Whether standard output should have colour.
pub fn wants_color(choice: Color) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            !matches!(anstream::AutoStream::choice(&std::io::stdout()), anstream::ColorChoice::Never)
        }
    }
}

/// Columns for text on standard output.
pub fn width() -> usize {
    columns().unwrap_or(DEFAULT_WIDTH)
}

/// Columns of the terminal that standard output is; nothing when it is none, and nothing has to fit.
pub fn columns() -> Option<usize> {
    let size = || terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(w, _)| usize::from(w.0));
    std::io::stdout().is_terminal().then(|| size().clamp(40, MAX_WIDTH))
}
