//! Names and texts as words that can be compared: `uploadsLargeFiles` and "upload a large file" have three in common.

/// Words that say nothing of what code is about.
const EMPTY: [&str; 64] = [
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "can", "do", "does", "for", "from", "has",
    "have", "if", "in", "into", "is", "it", "its", "of", "on", "or", "that", "the", "then", "there", "this",
    "to", "via", "was", "we", "when", "which", "with", "without", "will", "would", "you", "your", "should",
    "must", "test", "it's", "self", "fn", "def", "let", "var", "const", "return", "write", "add", "new",
    "please", "case", "some", "any", "how", "what", "where", "these",
];

/// Words of one text at most.
const MAX_WORDS: usize = 40;

/// Whether a stem says what something is about.
pub fn is_telling(stem: &str) -> bool {
    stem.len() > 1 && !EMPTY.contains(&stem) && !stem.bytes().all(|byte| byte.is_ascii_digit())
}

/// The words of a name or text, in lower case: `HTTPServer_v2` is `http server v 2`.
pub fn words_of(text: &str, mut take: impl FnMut(&str)) {
    let mut word = String::new();
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        let is_part = it.is_alphanumeric();
        let next_is_lower = chars.peek().is_some_and(|next| next.is_lowercase());
        let starts = is_part
            && ((it.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && next_is_lower)))
                || (before.is_alphanumeric() && it.is_numeric() != before.is_numeric()));
        if (!is_part || starts) && !word.is_empty() {
            take(&word);
            word.clear();
        }
        if is_part {
            if it.is_ascii() {
                word.push(it.to_ascii_lowercase());
            } else {
                word.extend(it.to_lowercase());
            }
        }
        before = it;
    }
    if !word.is_empty() {
        take(&word);
    }
}

/// A word without its ending: `files`, `filed` and `filing` are `fil`.
pub fn stem(word: &str) -> &str {
    if !word.is_ascii() || word.len() < 4 {
        return word;
    }
    let cut = |ending: &str| word.strip_suffix(ending).filter(|rest| rest.len() >= 3);
    let bare = if word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") {
        word
    } else {
        cut("ies").or_else(|| cut("es")).or_else(|| cut("s")).unwrap_or(word)
    };
    // `string` is no form of `str`.
    let is_word = |rest: &&str| rest.len() >= 3 && rest.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    let cut = |ending: &str| bare.strip_suffix(ending).filter(is_word);
    let bare = cut("ing").or_else(|| cut("ed")).or_else(|| cut("ion")).unwrap_or(bare);
    let bytes = bare.as_bytes();
    // `running` is `run`, and `create` is what is left of `creates`.
    match bytes {
        [.., a, b] if a == b && bare.len() > 3 && bare.len() < word.len() && !matches!(b, b'l' | b's') => {
            &bare[..bare.len() - 1]
        }
        [.., b'e' | b'y'] if bare.len() > 3 => &bare[..bare.len() - 1],
        _ => bare,
    }
}

/// Whether a token that is no name is a text, and not a word of the language or a number.
pub(super) fn is_text(token: &str) -> bool {
    token.len() > 3
        && (token.contains(['"', '\'', '`', ' ', '/']) || token.len() > 12)
        && token.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Adds the stems of a text that tell something.
pub(super) fn stems_into(text: &str, stems: &mut Vec<String>) {
    let mut count = 0;
    words_of(text, |word| {
        let stem = stem(word);
        if count < MAX_WORDS && word.len() > 2 && is_telling(stem) {
            count += 1;
            stems.push(stem.to_owned());
        }
    });
}

/// The shape of a path of the web in a string, where it is one: `"/users/17"` is `/users/*`.
pub fn route(token: &str) -> Option<String> {
    let inner = token.trim_start_matches(|it: char| it.is_ascii_alphabetic()).trim_matches(['"', '\'', '`']);
    let path = inner.split(['?', '#']).next().unwrap_or(inner);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-.:{}<>$*[]@~".contains(&byte);
    if path.len() < 4 || path.len() > 120 || !path.starts_with('/') || path.starts_with("//") {
        return None;
    }
    if !path.bytes().all(allowed) {
        return None;
    }
    let mut shape = String::new();
    let mut named = 0;
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let varies = segment.starts_with([':', '{', '<', '$', '*', '['])
            || segment.bytes().any(|byte| byte.is_ascii_digit()) && !is_version(segment);
        shape.push('/');
        if varies {
            shape.push('*');
        } else {
            named += 1;
            shape.push_str(segment);
        }
    }
    (named > 0).then_some(shape)
}

fn is_version(segment: &str) -> bool {
    segment
        .strip_prefix('v')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|it| it.is_ascii_digit()))
}
