//! Lines of a file, one at a time or in blocks of whole lines: bounded whatever the file holds.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use memchr::{memchr, memrchr};

/// Longest line that is read; a longer one counts as broken.
pub(crate) const LINE_LIMIT: usize = 32 << 20;
/// Size of the first block: most files are only looked into.
const FIRST: usize = 64 << 10;
/// Size that blocks grow to, unless one line is longer.
const BLOCK: usize = 256 << 10;
/// Room that a block keeps for the next one.
const KEEP: usize = 4 * BLOCK;
/// Largest file in UTF-16 that is converted.
const UTF16_LIMIT: u64 = 128 << 20;

/// Lines of a file.
pub(crate) struct Lines {
    input: Box<dyn Read + Send>,
    /// Bytes of the file.
    size: u64,
    /// What was read of the line behind the last block.
    rest: Vec<u8>,
    /// How much to read for the next block.
    step: usize,
    /// Whether the last line that was read ended with a line break.
    pub(crate) ended: bool,
    /// The block that [`Lines::next`] is in, how far, and the lines before that.
    block: Block,
    at: usize,
    number: u64,
}

/// Some whole lines.
#[derive(Default)]
pub(crate) struct Block {
    bytes: Vec<u8>,
    used: usize,
    /// Whether this is one line, and too long to be read.
    too_long: bool,
}

/// One line.
#[derive(Debug, Clone)]
pub(crate) struct Line<'a> {
    /// Text without the line break.
    pub(crate) text: Cow<'a, str>,
    /// Whether the bytes were valid UTF-8.
    pub(crate) valid: bool,
    /// Whether the line is too long to be read; `text` is then empty.
    pub(crate) too_long: bool,
}

impl Line<'_> {
    /// Whether there is nothing on the line.
    pub(crate) fn is_blank(&self) -> bool {
        self.text.is_empty() && !self.too_long
    }
}

impl Lines {
    /// Opens `path`. A byte order mark is skipped; UTF-16 with a byte order mark is converted.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Self::new(file, size)
    }

    fn new(mut input: impl Read + Send + 'static, size: u64) -> io::Result<Self> {
        let mut rest = Vec::new();
        input.by_ref().take(3).read_to_end(&mut rest)?;
        let (skip, utf16) = match *rest.as_slice() {
            [0xef, 0xbb, 0xbf] => (3, None),
            [0xff, 0xfe, ..] => (2, Some(u16::from_le_bytes as fn([u8; 2]) -> u16)),
            [0xfe, 0xff, ..] => (2, Some(u16::from_be_bytes as fn([u8; 2]) -> u16)),
            _ => (0, None),
        };
        rest.drain(..skip);
        let mut input: Box<dyn Read + Send> = Box::new(input);
        if let Some(unit) = utf16.filter(|_| size <= UTF16_LIMIT) {
            let mut bytes = std::mem::take(&mut rest);
            input.read_to_end(&mut bytes)?;
            let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
            let text: String =
                char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
            input = Box::new(io::Cursor::new(text.into_bytes()));
        }
        let block = Block::default();
        Ok(Self { input, size, rest, step: FIRST, ended: true, block, at: 0, number: 0 })
    }

    /// Bytes of the file.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The next line with its number, from 1; nothing at the end of the file.
    pub(crate) fn next(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        if self.at == self.block.used {
            let mut block = std::mem::take(&mut self.block);
            let more = self.fill(&mut block);
            (self.block, self.at) = (block, 0);
            if !more? {
                return Ok(None);
            }
        }
        self.number += 1;
        let (line, next) = self.block.line(self.at);
        self.at = next;
        Ok(Some((self.number, line)))
    }

    /// Fills `block` with the lines that follow; false at the end of the file.
    pub(crate) fn fill(&mut self, block: &mut Block) -> io::Result<bool> {
        block.clear();
        block.push(&self.rest);
        self.rest.clear();
        let mut searched = 0;
        let end = loop {
            let more = block.read(&mut self.input, self.step)?;
            if more == 0 {
                break block.used;
            }
            if let Some(at) = memrchr(b'\n', &block.bytes[searched..block.used]) {
                break searched + at + 1;
            }
            searched = block.used;
            if block.used >= LINE_LIMIT {
                self.skip_line(block)?;
                return Ok(true);
            }
            self.step = self.step.max(block.used / 2).min(LINE_LIMIT - block.used);
        };
        self.step = (self.step * 2).min(BLOCK);
        self.rest.extend_from_slice(&block.bytes[end..block.used]);
        block.used = end;
        if end > 0 {
            self.ended = block.bytes[end - 1] == b'\n';
        }
        Ok(end > 0)
    }

    /// Skips to behind the next line break without keeping anything.
    fn skip_line(&mut self, block: &mut Block) -> io::Result<()> {
        (block.too_long, self.ended) = (true, false);
        block.bytes = Vec::new();
        self.step = BLOCK;
        loop {
            block.used = 0;
            let more = block.read(&mut self.input, self.step)?;
            let found = memchr(b'\n', &block.bytes[..more]);
            if let Some(at) = found {
                self.rest.extend_from_slice(&block.bytes[at + 1..more]);
                self.ended = true;
            }
            if found.is_some() || more == 0 {
                block.used = 1;
                return Ok(());
            }
        }
    }
}

impl Block {
    fn clear(&mut self) {
        (self.used, self.too_long) = (0, false);
        if self.bytes.len() > KEEP {
            self.bytes = Vec::new();
        }
    }

    fn room(&mut self, more: usize) {
        let needed = self.used + more;
        if self.bytes.len() < needed {
            self.bytes.reserve_exact(needed - self.bytes.len());
            self.bytes.resize(needed, 0);
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.room(bytes.len());
        self.bytes[self.used..self.used + bytes.len()].copy_from_slice(bytes);
        self.used += bytes.len();
    }

    /// Reads `wanted` bytes, or what there is.
    fn read(&mut self, input: &mut impl Read, wanted: usize) -> io::Result<usize> {
        self.room(wanted);
        let start = self.used;
        while self.used < start + wanted {
            match input.read(&mut self.bytes[self.used..start + wanted]) {
                Ok(0) => break,
                Ok(more) => self.used += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.used - start)
    }

    /// Bytes of the lines.
    pub(crate) fn len(&self) -> usize {
        self.used
    }

    /// The lines.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let mut at = 0;
        std::iter::from_fn(move || {
            (at < self.used).then(|| {
                let (line, next) = self.line(at);
                at = next;
                line
            })
        })
    }

    /// The line that begins at `at`, and where the next one does.
    fn line(&self, at: usize) -> (Line<'_>, usize) {
        if self.too_long {
            return (Line { text: Cow::Borrowed(""), valid: true, too_long: true }, self.used);
        }
        let bytes = &self.bytes[at..self.used];
        let (bytes, next) = match memchr(b'\n', bytes) {
            Some(length) => (&bytes[..length], at + length + 1),
            None => (bytes, self.used),
        };
        let bytes = bytes.trim_ascii_end();
        let (text, valid) = match std::str::from_utf8(bytes) {
            Ok(text) => (Cow::Borrowed(text), true),
            Err(_) => (String::from_utf8_lossy(bytes), false),
        };
        (Line { text, valid, too_long: false }, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8]) -> (Vec<String>, bool) {
        let mut lines = Lines::new(io::Cursor::new(bytes.to_vec()), bytes.len() as u64).unwrap();
        let mut found = Vec::new();
        while let Some((number, line)) = lines.next().unwrap() {
            found.push(line.text.into_owned());
            assert_eq!(number, found.len() as u64);
        }
        (found, lines.ended)
    }

    #[test]
    fn lines_of_every_encoding_are_read() {
        let utf16: Vec<u8> =
            [0xff, 0xfe].into_iter().chain("a\r\nb\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(texts(&utf16), (vec!["a".into(), "b".into()], true));
        assert_eq!(texts(b"\xef\xbb\xbfa\r\n\nb"), (vec!["a".into(), String::new(), "b".into()], false));
        assert_eq!(texts(b"\xff\xc3\n"), (vec!["\u{fffd}\u{fffd}".into()], true));
        assert_eq!(texts(b""), (vec![], true));
        assert_eq!(texts(b"\n"), (vec![String::new()], true));
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_never_held() {
        for (length, too_long) in [(LINE_LIMIT as u64 - 10, false), (3 * LINE_LIMIT as u64, true)] {
            let input = b"a\n".chain(io::repeat(b'x').take(length)).chain(&b"\nb\n"[..]);
            let mut lines = Lines::new(input, length + 4).unwrap();
            let mut found = Vec::new();
            while let Some((number, line)) = lines.next().unwrap() {
                found.push((number, line.text.len() as u64, line.too_long));
            }
            let middle = (2, if too_long { 0 } else { length }, too_long);
            assert_eq!(found, [(1, 1, false), middle, (3, 1, false)]);
            assert!(lines.ended && lines.block.bytes.capacity() <= LINE_LIMIT + KEEP);
        }
    }

    #[test]
    fn lines_are_whole_wherever_a_block_ends() {
        for length in [1, 1000, FIRST - 1, FIRST, 3 * BLOCK + 7] {
            let line = "é".repeat(length / 2) + "x";
            let count = 5 * BLOCK / line.len() + 2;
            let text = vec![line.as_str(); count].join("\n");
            let (found, ended) = texts(text.as_bytes());
            assert!(found.len() == count && found.iter().all(|found| *found == line), "{length}");
            assert!(!ended);
        }
    }
}
