//! The committed JSON schemas.

use std::fs;

use anyhow::{Result, bail};

use crate::shell::root;

/// Writes the schemas, or only checks that they are current.
pub(crate) fn schema(check: bool) -> Result<()> {
    let mut stale = Vec::new();
    for (path, text) in all()? {
        let file = root().join(path);
        if fs::read_to_string(&file).is_ok_and(|old| old == text) {
            continue;
        }
        if check {
            stale.push(path);
        } else {
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(&file, text)?;
            println!("wrote {path}");
        }
    }
    if !stale.is_empty() {
        bail!("not current: {}; run `cargo xtask schema`", stale.join(", "));
    }
    Ok(())
}

fn all() -> Result<[(&'static str, String); 3]> {
    let policy = serde_json::to_string_pretty(&guard_collect::policy::schema())?;
    Ok([
        (guard::render::SCHEMA_PATH, guard::render::schema()),
        (guard::render::examples::SCHEMA_PATH, guard::render::examples::schema()),
        ("crates/guard/schema/policy.schema.json", format!("{policy}\n")),
    ])
}
