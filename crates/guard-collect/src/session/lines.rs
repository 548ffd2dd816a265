//! Lines of a file, one at a time, with one buffer: bounded whatever the file holds.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Longest line that is read; a longer one counts as broken.
const LINE_LIMIT: u64 = 512 << 20;
/// Capacity that the buffer keeps between lines.
const KEEP: usize = 1 << 20;
/// Largest file in UTF-16 that is converted.
const UTF16_LIMIT: u64 = 128 << 20;

/// Lines of a file.
pub(crate) struct Lines {
    input: Box<dyn BufRead>,
    buffer: Vec<u8>,
    number: u64,
    /// Whether the last line that was read ended with a line break.
    pub(crate) ended: bool,
}

/// One line.
pub(crate) struct Line<'a> {
    /// Number, from 1.
    pub(crate) number: u64,
    /// Text without the line break.
    pub(crate) text: Cow<'a, str>,
    /// Whether the bytes were valid UTF-8.
    pub(crate) valid: bool,
    /// Whether the line is too long to be read; `text` is then empty.
    pub(crate) too_long: bool,
}

impl Lines {
    /// Opens `path`. A byte order mark is skipped; UTF-16 with a byte order mark is converted.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Self::new(BufReader::with_capacity(256 << 10, file), size)
    }

    fn new(mut input: impl BufRead + 'static, size: u64) -> io::Result<Self> {
        let start = input.fill_buf()?;
        let (skip, utf16) = match start {
            [0xef, 0xbb, 0xbf, ..] => (3, None),
            [0xff, 0xfe, ..] => (2, Some(u16::from_le_bytes as fn([u8; 2]) -> u16)),
            [0xfe, 0xff, ..] => (2, Some(u16::from_be_bytes as fn([u8; 2]) -> u16)),
            _ => (0, None),
        };
        input.consume(skip);
        let input: Box<dyn BufRead> = match utf16 {
            Some(unit) if size <= UTF16_LIMIT => {
                let mut bytes = Vec::new();
                input.read_to_end(&mut bytes)?;
                let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
                let text: String =
                    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
                Box::new(io::Cursor::new(text.into_bytes()))
            }
            _ => Box::new(input),
        };
        Ok(Self { input, buffer: Vec::new(), number: 0, ended: true })
    }

    /// The next line, or nothing at the end of the file.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        if self.buffer.capacity() > KEEP {
            self.buffer.shrink_to(KEEP);
        }
        let read = self.input.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.ended = self.buffer.last() == Some(&b'\n');
        if !self.ended && read as u64 == LINE_LIMIT {
            self.skip_line()?;
            return Ok(Some(Line {
                number: self.number,
                text: Cow::Borrowed(""),
                valid: true,
                too_long: true,
            }));
        }
        let bytes = self.buffer.trim_ascii_end();
        let (text, valid) = match std::str::from_utf8(bytes) {
            Ok(text) => (Cow::Borrowed(text), true),
            Err(_) => (String::from_utf8_lossy(bytes), false),
        };
        Ok(Some(Line { number: self.number, text, valid, too_long: false }))
    }

    /// Skips to behind the next line break without keeping anything.
    fn skip_line(&mut self) -> io::Result<()> {
        self.buffer = Vec::new();
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                return Ok(());
            }
            let (used, done) = match chunk.iter().position(|&b| b == b'\n') {
                Some(at) => (at + 1, true),
                None => (chunk.len(), false),
            };
            self.input.consume(used);
            if done {
                self.ended = true;
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8]) -> (Vec<String>, bool) {
        let mut lines = Lines::new(io::Cursor::new(bytes.to_vec()), bytes.len() as u64).unwrap();
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push(line.text.into_owned());
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
    }
}
