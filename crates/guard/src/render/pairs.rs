//! A reference and its implementation for people: each difference in two columns, or as a patch has it.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use guard_model::{DriftPoint, Grade, Pair};

use super::layout::{cut, width, wrap};
use super::{Options, untrusted};

/// Lines quoted of one side of a difference.
const MAX_LINES: u32 = 8;
/// Substitutions listed unless asked for more.
const MAX_SUBSTITUTIONS: usize = 8;
/// Narrower terminals get one column.
const MIN_TWO_COLUMNS: usize = 72;

const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// How the two sides stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Columns {
    /// Below each other.
    One,
    /// Side by side, where there is room.
    Two,
}

/// A pair as text. `texts` are both files, to quote from.
pub(crate) fn render(pair: &Pair, texts: (&str, &str), columns: Columns, options: &Options<'_>) -> String {
    let mut page = Page {
        out: String::new(),
        color: options.color,
        width: options.width.clamp(40, 160),
        reference: texts.0.lines().collect(),
        implementation: texts.1.lines().collect(),
    };
    page.head(pair);
    let two = columns == Columns::Two && page.width >= MIN_TWO_COLUMNS;
    for point in &pair.points {
        page.point(point);
        if two {
            page.side_by_side(point);
        } else {
            page.unified(point);
        }
    }
    page.substitutions(pair, options.verbose);
    untrusted::defuse(&page.out)
}

struct Page<'t> {
    out: String,
    color: bool,
    width: usize,
    reference: Vec<&'t str>,
    implementation: Vec<&'t str>,
}

impl Page<'_> {
    fn head(&mut self, pair: &Pair) {
        let side = |side: &guard_model::PairSide| {
            let item =
                side.item.as_ref().map(|item| format!("  {}", untrusted::line(item))).unwrap_or_default();
            format!("{}:{}-{}{item}", untrusted::path(&side.path), side.line, side.end_line)
        };
        self.line(DIM, &format!("reference       {}", side(&pair.reference)));
        self.line(DIM, &format!("implementation  {}", side(&pair.implementation)));
        match (&pair.not_comparable, pair.points.len()) {
            (Some(reason), _) => self.line(YELLOW, &format!("not compared: {}", untrusted::line(reason))),
            (None, 0) => self.line(GREEN, "the same, apart from names that are explained"),
            _ => {}
        }
    }

    fn point(&mut self, point: &DriftPoint) {
        let (style, word) = match point.grade {
            Grade::Drift => (RED.bold(), "drift"),
            Grade::Confirm | Grade::Silent => (YELLOW, "confirm"),
        };
        self.out.push('\n');
        let old = if point.new { "" } else { " (older than this change)" };
        self.line(style, &format!("{word}: {}{old}", point.kind.words()));
        for line in wrap(&untrusted::line(&point.message), self.width - 2, self.width - 2) {
            self.line(BOLD, &format!("  {line}"));
        }
    }

    /// Reference on the left, implementation on the right.
    fn side_by_side(&mut self, point: &DriftPoint) {
        let left = outdented(quoted(&self.reference, point.ref_line, point.ref_end_line));
        let right = outdented(quoted(&self.implementation, point.line, point.end_line));
        let gutter = number_width(&left).max(number_width(&right));
        let room = (self.width - 2 * gutter - 9) / 2;
        let (left, right) = (wrapped(&left, room), wrapped(&right, room));
        for at in 0..left.len().max(right.len()) {
            let cell = |line: Option<&(Option<u32>, String)>| match line {
                Some((Some(number), text)) => (format!("{number:gutter$}"), text.clone()),
                Some((None, text)) => (" ".repeat(gutter), text.clone()),
                None => (" ".repeat(gutter), String::new()),
            };
            let (number, text) = cell(left.get(at));
            let fill = " ".repeat(room.saturating_sub(width(&text)));
            self.out.push_str("  ");
            self.styled(DIM, &number);
            self.out.push_str("  ");
            self.styled(RED, &text);
            let (number, text) = cell(right.get(at));
            self.out.push_str(&fill);
            self.styled(DIM, &format!(" │ {number}"));
            self.out.push_str("  ");
            self.styled(GREEN, &text);
            self.end_line();
        }
    }

    /// As a patch from the reference to the implementation.
    fn unified(&mut self, point: &DriftPoint) {
        let left = quoted(&self.reference, point.ref_line, point.ref_end_line);
        let right = quoted(&self.implementation, point.line, point.end_line);
        let first = |line: Option<u32>| line.unwrap_or(0);
        let at =
            format!("@@ -{},{} +{},{} @@", first(point.ref_line), left.len(), first(point.line), right.len());
        self.line(DIM, &at);
        for (_, text) in &left {
            self.line(RED, &format!("-{text}"));
        }
        for (_, text) in &right {
            self.line(GREEN, &format!("+{text}"));
        }
    }

    fn substitutions(&mut self, pair: &Pair, verbose: bool) {
        if pair.substitutions.is_empty() {
            return;
        }
        self.out.push('\n');
        let most = if verbose { usize::MAX } else { MAX_SUBSTITUTIONS };
        for it in pair.substitutions.iter().take(most) {
            let unexplained =
                if it.grade == Grade::Silent { "" } else { "  (consistent, but nothing explains it)" };
            let (from, to) = (untrusted::line(&it.from), untrusted::line(&it.to));
            let line = format!("{from} -> {to}  {}x{unexplained}", it.count);
            self.line(DIM, &cut(&line, self.width));
        }
        let more = pair.substitutions.len().saturating_sub(most);
        if more > 0 {
            self.line(DIM, &format!("and {more} more names"));
        }
    }

    fn line(&mut self, style: Style, text: &str) {
        self.styled(style, text);
        self.end_line();
    }

    fn styled(&mut self, style: Style, text: &str) {
        if self.color && !text.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(self.out, "{style}{text}{style:#}");
        } else {
            self.out.push_str(text);
        }
    }

    fn end_line(&mut self) {
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.out.push('\n');
    }
}

/// The lines of one side, with their numbers; only the first of many.
fn quoted(text: &[&str], line: Option<u32>, end_line: Option<u32>) -> Vec<(u32, String)> {
    let Some(line) = line else { return Vec::new() };
    let end = end_line.unwrap_or(line).max(line);
    let lines = (line..=end.min(line + MAX_LINES - 1)).filter_map(|at| {
        let text = text.get((at as usize).checked_sub(1)?)?;
        Some((at, untrusted::code(text)))
    });
    let mut lines: Vec<(u32, String)> = lines.collect();
    if end >= line + MAX_LINES {
        lines.push((end, "…".to_owned()));
    }
    lines
}

/// The same without the indentation that all of them have: columns are narrow.
fn outdented(mut lines: Vec<(u32, String)>) -> Vec<(u32, String)> {
    let told = lines.iter().filter(|it| !matches!(it.1.trim(), "" | "…"));
    let indent = told.map(|it| it.1.len() - it.1.trim_start().len()).min().unwrap_or(0);
    for (_, text) in lines.iter_mut().filter(|it| it.1 != "…") {
        *text = text.get(indent..).unwrap_or_default().to_owned();
    }
    lines
}

/// Lines in rows of at most `room` columns; only the first row of a line has its number.
fn wrapped(lines: &[(u32, String)], room: usize) -> Vec<(Option<u32>, String)> {
    let mut rows = Vec::new();
    for (number, text) in lines {
        let mut number = Some(*number);
        let mut row = String::new();
        let mut used = 0;
        for it in text.chars() {
            let columns = width(it.encode_utf8(&mut [0; 4]));
            if used + columns > room {
                rows.push((number.take(), std::mem::replace(&mut row, "  ".to_owned())));
                used = 2;
            }
            row.push(it);
            used += columns;
        }
        rows.push((number, row));
    }
    rows
}

fn number_width(lines: &[(u32, String)]) -> usize {
    lines.last().map_or(1, |(number, _)| number.to_string().len())
}
