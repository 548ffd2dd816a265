//! Reading a file on several threads. The threads stand in a ring and hand on two things: the file,
//! from which each takes a block of lines to parse for itself, and the reader, to which each tells
//! what it parsed. Both go round in the same order, so the reader hears of all lines in order, and
//! there are never more blocks in memory than threads.

use std::io;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Builder};

use super::lines::{Block, Line, Lines};

/// Most threads that are worth it: the reader hears one at a time.
const THREADS: usize = 4;
/// Files up to this size are read by one thread.
const SMALL: u64 = 1 << 20;
/// A block with a line so long that no second one is read beside it.
const HUGE: usize = 16 << 20;

/// What reads a file of lines.
pub(crate) trait Reading: Send {
    /// What a line is when nothing is known of the lines before it.
    type Record<'a>;

    /// Parses a line that is not blank.
    fn parse<'a>(line: &'a Line<'_>) -> Self::Record<'a>;

    /// Takes the next line; `number` counts from 1.
    fn take(&mut self, number: u64, line: &Line<'_>, record: Self::Record<'_>);
}

/// Lets `reader` take all lines. Tells whether the last one ended with a line break; after an error
/// the reader has the lines before it.
pub(crate) fn read<R: Reading>(lines: Lines, reader: R) -> (R, io::Result<bool>) {
    let small = lines.size() <= SMALL;
    let threads = if small { 1 } else { thread::available_parallelism().map_or(1, |n| n.get().min(THREADS)) };
    thread::scope(|scope| {
        let (mut start, mut own, others) = ring(threads);
        let spawn = |seat: Seat<R>| Builder::new().spawn_scoped(scope, move || seat.work());
        // Nothing is on its way yet: when a thread is refused the others end, and one does it all.
        let others = others.into_iter().map(spawn).collect::<io::Result<Vec<_>>>().unwrap_or_else(|_| {
            (start, own, _) = ring(1);
            Vec::new()
        });
        start.pass_lines(lines);
        start.pass_reader(reader, 0);
        drop(start);
        let own = own.work();
        let done =
            others.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        done.chain([own]).flatten().next().unwrap_or_else(|| unreachable!("one thread comes to the end"))
    })
}

/// One end of the way between two threads.
struct Way<R> {
    lines: Sender<Lines>,
    reader: Sender<(R, u64)>,
}

impl<R> Way<R> {
    /// Does nothing when the next thread has ended: then it panicked, or all is read.
    fn pass_lines(&self, lines: Lines) {
        let _ = self.lines.send(lines);
    }

    fn pass_reader(&self, reader: R, number: u64) {
        let _ = self.reader.send((reader, number));
    }
}

/// What a thread has of its neighbours.
struct Seat<R> {
    lines: Receiver<Lines>,
    /// The reader, and how many lines it has taken.
    reader: Receiver<(R, u64)>,
    next: Way<R>,
}

/// The way to the first seat, the first seat and the others.
fn ring<R>(threads: usize) -> (Way<R>, Seat<R>, Vec<Seat<R>>) {
    let link = || {
        let ((lines, lines_end), (reader, reader_end)) = (channel(), channel());
        (Way { lines, reader }, (lines_end, reader_end))
    };
    let (first, (lines, reader)) = link();
    let start = Way { lines: first.lines.clone(), reader: first.reader.clone() };
    let mut next = first;
    let mut others = Vec::new();
    for _ in 1..threads {
        let (way, (lines, reader)) = link();
        others.push(Seat { lines, reader, next: std::mem::replace(&mut next, way) });
    }
    (start, Seat { lines, reader, next }, others)
}

impl<R: Reading> Seat<R> {
    /// Reads every block whose turn it is. Returns the reader when this thread came to the end.
    fn work(self) -> Option<(R, io::Result<bool>)> {
        let mut block = Block::default();
        loop {
            let mut lines = self.lines.recv().ok()?;
            match lines.fill(&mut block) {
                Ok(true) => {}
                end => {
                    let (reader, _) = self.reader.recv().ok()?;
                    return Some((reader, end.map(|_| lines.ended)));
                }
            }
            let mut held = Some(lines);
            if block.len() <= HUGE {
                held.take().into_iter().for_each(|lines| self.next.pass_lines(lines));
            }
            let lines: Vec<Line<'_>> = block.lines().collect();
            let parse = |line| if Line::is_blank(line) { None } else { Some(R::parse(line)) };
            let records: Vec<Option<R::Record<'_>>> = lines.iter().map(parse).collect();
            let (mut reader, mut number) = self.reader.recv().ok()?;
            for (line, record) in lines.iter().zip(records) {
                number += 1;
                if let Some(record) = record {
                    reader.take(number, line, record);
                }
            }
            self.next.pass_reader(reader, number);
            held.into_iter().for_each(|lines| self.next.pass_lines(lines));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// Notes the numbers of lines that are not even numbers in order.
    #[derive(Default)]
    struct Numbers {
        taken: u64,
        wrong: Vec<u64>,
    }

    impl Reading for Numbers {
        type Record<'a> = Option<u64>;
        fn parse(line: &Line<'_>) -> Option<u64> {
            assert_ne!(line.text, "panic");
            line.text.trim_start().parse().ok()
        }
        fn take(&mut self, number: u64, line: &Line<'_>, record: Option<u64>) {
            self.taken += 1;
            if record != Some(number) {
                self.wrong.push(number);
            }
            assert_ne!(line.text, "panic late");
        }
    }

    fn open(text: &str) -> (tempfile::TempDir, Lines) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines");
        std::fs::write(&path, text).unwrap();
        (dir, Lines::open(&path).unwrap())
    }

    fn numbers(to: u64) -> String {
        (1..=to).map(|n| format!("{n:>60}\n")).collect()
    }

    #[test]
    fn lines_arrive_in_order_and_blank_ones_are_counted() {
        for to in [0, 10, 100_000] {
            let text = numbers(to) + "\n\nodd";
            let (_dir, lines) = open(&text);
            let (reader, end) = read(lines, Numbers::default());
            assert_eq!((reader.taken, reader.wrong, end.unwrap()), (to + 1, vec![to + 3], false));
        }
    }

    #[test]
    fn a_huge_line_is_read_by_itself() {
        let text = numbers(50_000) + &" ".repeat(HUGE + 1) + "50001\n" + "50002\n";
        let (_dir, lines) = open(&text);
        let (reader, end) = read(lines, Numbers::default());
        assert_eq!((reader.taken, reader.wrong, end.unwrap()), (50_002, vec![], true));
    }

    #[test]
    fn a_panic_ends_all_threads() {
        for last in ["panic\n", "panic late\n"] {
            let (_dir, lines) = open(&(numbers(50_000) + last + &numbers(50_000)));
            let read = AssertUnwindSafe(|| read(lines, Numbers::default()).0.taken);
            assert!(catch_unwind(read).is_err(), "{last}");
        }
    }
}
