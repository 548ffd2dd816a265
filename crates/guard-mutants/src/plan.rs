//! What the compiler's wrapper is told, and what it tells: files that pass between guard and the copies of
//! itself that a build starts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::weave::{FileMap, Id, Owner};

/// The variable that makes guard the compiler's wrapper; its value is the plan's path.
pub const PLAN_VARIABLE: &str = "GUARD_MUTANTS_PLAN";

/// What the wrapper is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Names the build: what one unit found in it is out of the text of the others.
    pub build: String,
    /// Where it writes what it found, a file a compiled unit.
    pub units: PathBuf,
    /// Where the switch crate is kept, compiled.
    pub switches: PathBuf,
    /// The woven files, by full path.
    pub files: BTreeMap<PathBuf, FileMap>,
}

/// What the wrapper found when one unit was compiled: a crate, as library, program or test.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Mutants that the compiler refuses, with what it says.
    pub unviable: BTreeMap<Id, String>,
    /// Mutants that are taken out for another reason: it may build without the switches.
    pub unwoven: BTreeMap<Id, String>,
    /// Functions without their switches, by number.
    pub off: BTreeSet<u32>,
    /// Functions of which the compiler saw the code, by number.
    pub seen: BTreeSet<u32>,
    /// Times the compiler was started.
    pub rounds: u32,
    /// The switch crate that it was linked with.
    pub switch: Option<PathBuf>,
}

impl Unit {
    /// Takes over what another unit's compiler refused.
    pub fn join(&mut self, other: Unit) {
        self.unviable.extend(other.unviable);
        self.unwoven.extend(other.unwoven);
        self.off.extend(other.off);
    }

    /// Whether something is to be taken out of the woven text.
    pub fn is_out(&self, owner: Owner) -> bool {
        match owner {
            Owner::Mutant(id) => self.unviable.contains_key(&id) || self.unwoven.contains_key(&id),
            Owner::Function(number) => self.off.contains(&number),
        }
    }
}
