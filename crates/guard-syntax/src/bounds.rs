//! What is too much to read. Each limit is far above what people write and low enough to stay quick.

use std::borrow::Cow;

/// Larger files are generated or hostile.
pub(crate) const MAX_BYTES: usize = 4 << 20;
/// Longer lines are minified or data.
pub(crate) const MAX_LINE: usize = 1 << 20;
/// How many containers (modules, classes, functions) inside one another are looked into.
pub(crate) const MAX_CONTAINERS: usize = 64;
/// Steps of a parser (hundreds of parse actions each), a kilobyte of source. Ordinary code takes about 10.
pub(crate) const MAX_STEPS_PER_KB: usize = 1_000;

/// The text of a file, or why it is not read.
pub(crate) fn readable(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    if bytes.len() > MAX_BYTES {
        return Err(format!("larger than {} MiB ({} bytes)", MAX_BYTES >> 20, bytes.len()));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err("UTF-16, not UTF-8".to_owned());
    }
    if bytes.iter().take(8000).any(|&byte| byte == 0) {
        return Err("binary, not text".to_owned());
    }
    if bytes.len() > MAX_LINE && bytes.split(|&byte| byte == b'\n').any(|line| line.len() > MAX_LINE) {
        return Err(format!("a line longer than {} MiB", MAX_LINE >> 20));
    }
    Ok(String::from_utf8_lossy(bytes))
}
