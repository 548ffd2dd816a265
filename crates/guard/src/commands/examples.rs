//! `guard examples`: what there is already, nearest first.

use anyhow::Result;
use guard_collect::examples::{self, Query, Wanted};
use guard_collect::index::{Index, Limits};
use guard_model::{Examples, SCHEMA_VERSION};

use super::print;
use crate::cli::{ExamplesArgs, TextOrJson};
use crate::pipeline::{self, Place};
use crate::{render, terminal};

/// Prints what is nearest to what was asked for.
pub(super) fn examples(args: &ExamplesArgs, place: &Place<'_>) -> Result<u8> {
    let (repo, scratch) = pipeline::open(args.repo.as_deref(), place)?;
    let tree = repo.tree_at(args.head.as_deref())?;
    let paths = pipeline::paths_of(&repo, &tree)?;
    let limits = Limits { until: None, fresh: args.fresh };
    let updated = Index::of_tree(&repo, &tree, &paths, &scratch.index(), &limits, place.ctl)?;
    let index = &updated.index;
    let query = Query::of(&args.what, index);
    let unread = index.files().iter().filter(|file| !file.is_read).count();
    let found = Examples {
        schema_version: SCHEMA_VERSION,
        guard: env!("CARGO_PKG_VERSION").to_owned(),
        repository: repo.name(),
        tree,
        gap: (unread > 0).then(|| format!("the syntax of {unread} files could not be read")),
        ..examples::nearest(index, query, Wanted { limit: args.limit })
    };
    print(&match args.format {
        TextOrJson::Json => render::examples::to_json(&found),
        TextOrJson::Text => {
            render::examples::to_text(&found, terminal::wants_color(args.color), terminal::width())
        }
    })
}
