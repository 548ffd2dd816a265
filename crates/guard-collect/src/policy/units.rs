//! Durations and sizes as people write them.

/// Longest duration, in seconds: thirty days.
const LONGEST: u64 = 30 * 24 * 3600;
/// Largest size, in MiB: one PiB.
const LARGEST: u64 = 1 << 30;

/// Seconds of `90s`, `2min`, `1h30m`.
pub(super) fn seconds(text: &str) -> Result<u64, String> {
    let mut rest = text.trim();
    let mut total = 0_u64;
    let mut last = u64::MAX;
    if rest.is_empty() {
        return Err("it is empty".to_owned());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: u64 = rest[..digits].parse().map_err(|_| "a number is missing".to_owned())?;
        rest = rest[digits..].trim_start();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "s" | "sec" | "secs" | "second" | "seconds" => 1,
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "h" | "hr" | "hour" | "hours" => 3600,
            "d" | "day" | "days" => 86400,
            "" => return Err("the unit is missing".to_owned()),
            other => return Err(format!("`{other}` is no unit of time")),
        };
        if unit >= last {
            return Err("units go from large to small".to_owned());
        }
        last = unit;
        total = number.checked_mul(unit).and_then(|s| total.checked_add(s)).unwrap_or(u64::MAX);
        rest = rest[letters..].trim_start();
    }
    if total > LONGEST { Err("it is longer than 30 days".to_owned()) } else { Ok(total) }
}

/// MiB of `8GiB`, `256 MiB`, `2GB`.
pub(crate) fn mebibytes(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().map_err(|_| "a whole number is missing".to_owned())?;
    let bytes: u128 = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "mib" | "m" => 1 << 20,
        "gib" | "g" => 1 << 30,
        "tib" | "t" => 1 << 40,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "" => return Err("the unit is missing".to_owned()),
        _ => return Err("the unit is not one of MiB, GiB, TiB, MB, GB, TB".to_owned()),
    };
    let mebibytes = u64::try_from((u128::from(number) * bytes) >> 20).unwrap_or(u64::MAX);
    match mebibytes {
        0 => Err("it is less than 1 MiB".to_owned()),
        n if n > LARGEST => Err("it is more than this can mean".to_owned()),
        n => Ok(n),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, expected) in [
            ("0s", 0),
            ("90s", 90),
            ("2min", 120),
            ("2 minutes", 120),
            ("1h30m", 5400),
            ("1h 30m 5s", 5405),
            ("1d", 86400),
        ] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "90",
            "s",
            "2 lightyears",
            "30m1h",
            "1h1h",
            "-5s",
            "1.5h",
            "99999999999999999999s",
            "9999999999999d",
        ] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, expected) in [("8GiB", 8192), ("256 MiB", 256), ("2GB", 1907), ("1g", 1024)] {
            assert_eq!(mebibytes(text), Ok(expected), "{text}");
        }
        for text in
            ["", "8", "GiB", "8KiB", "1.5GiB", "0MiB", "99999999999999999999GiB", "18446744073709551615TiB"]
        {
            assert!(mebibytes(text).is_err(), "{text}");
        }
    }
}
