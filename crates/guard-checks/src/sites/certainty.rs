//! How sure it is that a place was left out.
//!
//! A logistic model over what is known of a place. Its weights were fitted on systematic commits of
//! public repositories with some of their edits put back, and tried on other repositories: there eleven in
//! twelve of the places at 0.9 and above had been put back.

use std::collections::BTreeSet;

use guard_model::Site;
use guard_model::report::Certainty;

use super::context::View;
use super::{Among, legitimate};

const BIAS: f64 = -1.95;
const IN_CODE: f64 = 0.88;
/// The declaration itself was left: everything else follows it.
const DECLARATION: f64 = 1.13;
/// Something was changed in the same directory.
const NEAR: f64 = 0.75;
/// The change took away what the place needs.
const ENDS: f64 = 1.14;
/// One or two that stay among many are often meant to.
const FEW: f64 = -0.55;
const LONE: f64 = 0.19;
/// Changed places stand behind the same two tokens.
const SAME_BEFORE: f64 = 1.65;
/// Changed places stand before the same token.
const SAME_BEHIND: f64 = 0.84;
/// Share of changed places among those in question, from 0.7.
const SHARE: f64 = -0.65;
/// The same before anything was cleared, from 0.5.
const SHARE_AT_FIRST: f64 = 1.17;
const EDITED_FILE: f64 = 0.65;
const REMOVAL: f64 = 0.52;
/// The edit takes a name away, which may be the name of something else as well.
const NAME_GOES: f64 = -0.55;

/// What all places of an edit have in common.
pub(super) struct Model {
    common: f64,
    before: BTreeSet<String>,
    behind: BTreeSet<String>,
    dirs: BTreeSet<String>,
}

impl Model {
    pub(super) fn of(among: &Among<'_>, share_at_first: f64, ends: bool) -> Model {
        let left = among.left.len();
        let when = |is: bool, weight: f64| if is { weight } else { 0.0 };
        let seen = |view: View| among.done.iter().map(|s| view.of(s)).collect();
        Model {
            common: BIAS
                + when(ends, ENDS)
                + when(left <= 2, FEW)
                + when(left == 1, LONE)
                + SHARE * (among.share() - 0.7)
                + SHARE_AT_FIRST * (share_at_first - 0.5)
                + when(among.pattern.removal, REMOVAL)
                + when(!among.pattern.old_names.is_empty(), NAME_GOES),
            before: seen(View::Before(2)),
            behind: seen(View::Behind(1)),
            dirs: among.done.iter().map(|s| dir(&s.path).to_owned()).collect(),
        }
    }

    pub(super) fn certainty(&self, site: &Site) -> Certainty {
        let features = [
            (site.in_code, IN_CODE),
            (legitimate::declares(site), DECLARATION),
            (self.dirs.contains(dir(&site.path)), NEAR),
            (self.before.contains(&View::Before(2).of(site)), SAME_BEFORE),
            (self.behind.contains(&View::Behind(1).of(site)), SAME_BEHIND),
            (site.touched, EDITED_FILE),
        ];
        let sum: f64 = features.iter().filter(|(is, _)| *is).map(|(_, weight)| weight).sum();
        Certainty::from(1.0 / (1.0 + (-(self.common + sum)).exp()))
    }
}

fn dir(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}
