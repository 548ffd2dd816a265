//! The live branch of a transcript whose records point to their parents. A rewind makes siblings:
//! what was said on the abandoned side is not said any more.
//!
//! The rules, learned from real files: parallel tool calls hang beside the chain, so all records of
//! one message live together and results live with their call; a compaction starts a new root with
//! a logical parent that the file may not hold; parents may be missing, and may form cycles.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};

/// Kinds of records, as far as branches matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NodeKind {
    /// A user's prompt: a branch can begin here.
    Prompt,
    /// A record of an agent's message.
    Assistant,
    /// Anything else: it lives with its parent.
    Other,
}

#[derive(Debug)]
struct Node {
    parent: Option<u128>,
    logical: bool,
    kind: NodeKind,
    message: u64,
    session: u64,
}

/// Records of the main agent by id, in file order.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    ids: HashMap<u128, u32, Folding>,
    leaf: Option<u128>,
    /// Number of nodes when the leaf was named.
    leaf_at: usize,
}

/// What is known of a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link<'a> {
    pub(crate) id: &'a str,
    pub(crate) parent: Option<&'a str>,
    /// Parent across a compaction.
    pub(crate) logical_parent: Option<&'a str>,
    pub(crate) kind: NodeKind,
    /// Id of the message that an assistant record belongs to.
    pub(crate) message: &'a str,
    pub(crate) session: &'a str,
}

/// The live branch.
#[derive(Debug, Default)]
pub(crate) struct Live {
    live: Vec<bool>,
    /// Whether parents formed a cycle.
    pub(crate) cycle: bool,
    /// Records whose parent the file does not hold.
    pub(crate) orphans: usize,
}

impl Live {
    pub(crate) fn contains(&self, node: u32) -> bool {
        self.live.get(node as usize).copied().unwrap_or(true)
    }
}

impl Tree {
    /// Adds a record; nothing when a record of this id is there already.
    pub(crate) fn add(&mut self, link: Link<'_>) -> Option<u32> {
        let index = u32::try_from(self.nodes.len()).ok()?;
        let id = number(link.id);
        if *self.ids.entry(id).or_insert(index) != index {
            return None;
        }
        self.nodes.push(Node {
            parent: link.parent.or(link.logical_parent).map(number),
            logical: link.parent.is_none() && link.logical_parent.is_some(),
            kind: link.kind,
            message: if link.message.is_empty() { 0 } else { hash(link.message) },
            session: if link.kind == NodeKind::Prompt { hash(link.session) } else { 0 },
        });
        Some(index)
    }

    /// Says which record is the leaf at this point of the file.
    pub(crate) fn set_leaf(&mut self, id: &str) {
        self.leaf = Some(number(id));
        self.leaf_at = self.nodes.len();
    }

    /// Walks from the last leaf up.
    pub(crate) fn live(&self) -> Live {
        let mut live = Live { live: vec![false; self.nodes.len()], cycle: false, orphans: 0 };
        let last = self.nodes.iter().rposition(|node| node.kind != NodeKind::Other);
        let named = self.leaf.and_then(|id| self.ids.get(&id)).map(|index| *index as usize);
        let named = named.filter(|_| last.is_none_or(|last| last < self.leaf_at));
        let linked = self.nodes.iter().any(|node| node.kind == NodeKind::Assistant && node.parent.is_some());
        let mut at = named.or(last).or(self.nodes.len().checked_sub(1));
        // Records of the file behind a named leaf that are no messages live with the leaf.
        let mut messages = HashSet::new();
        while let Some(index) = at {
            let node = &self.nodes[index];
            live.live[index] = true;
            if node.kind == NodeKind::Assistant && node.message != 0 {
                messages.insert(node.message);
            }
            let parent = node.parent.and_then(|id| self.ids.get(&id)).map(|parent| *parent as usize);
            at = match parent {
                Some(parent) if !live.live[parent] => Some(parent),
                Some(_) => {
                    live.cycle = true;
                    self.before(index, &live)
                }
                None if node.parent.is_some() => {
                    live.orphans += usize::from(!node.logical);
                    self.before(index, &live)
                }
                None if linked && self.restarts(index) => None,
                None => self.before(index, &live),
            };
        }
        for (index, node) in self.nodes.iter().enumerate() {
            if live.live[index] {
                continue;
            }
            let parent = node.parent.and_then(|id| self.ids.get(&id)).map(|parent| *parent as usize);
            live.live[index] = match node.kind {
                NodeKind::Assistant => messages.contains(&node.message),
                NodeKind::Other => {
                    parent.map_or_else(|| index > 0 && live.live[index - 1], |parent| live.live[parent])
                }
                NodeKind::Prompt => false,
            };
        }
        live
    }

    /// The record before `index` in the file that is not live yet.
    fn before(&self, index: usize, live: &Live) -> Option<usize> {
        (0..index).rev().find(|&before| !live.live[before])
    }

    /// Whether this root is a first prompt that was written anew: the conversation before it was
    /// taken back. A root of another kind continues a file whose links are incomplete.
    fn restarts(&self, index: usize) -> bool {
        let node = &self.nodes[index];
        node.kind == NodeKind::Prompt
            && self.nodes[..index].iter().any(|before| {
                before.kind == NodeKind::Prompt && before.parent.is_none() && before.session == node.session
            })
    }
}

/// Hashes the numbers that stand for ids: one multiplication, keyed anew in every process, so that
/// a file cannot be made to collide.
#[derive(Debug, Clone)]
struct Folding(u64, u64);

impl Default for Folding {
    fn default() -> Self {
        let state = RandomState::new();
        Self(state.hash_one(1) | 1, state.hash_one(2) | 1)
    }
}

impl BuildHasher for Folding {
    type Hasher = Folder;
    fn build_hasher(&self) -> Folder {
        Folder(self.0, self.1)
    }
}

/// The hasher of [`Folding`].
#[derive(Debug)]
struct Folder(u64, u64);

impl Hasher for Folder {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u128(u128::from(*byte));
        }
    }
    fn write_u128(&mut self, number: u128) {
        let (high, low) = ((number >> 64) as u64, number as u64);
        let product = u128::from(high ^ self.0) * u128::from(low ^ self.1);
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}

/// Ids are UUIDs almost always; others are hashed.
fn number(id: &str) -> u128 {
    let (mut halves, mut digits) = ([0_u64; 2], 0);
    for byte in id.bytes() {
        let digit = DIGITS[usize::from(byte)];
        if digit < 16 && digits < 32 {
            halves[digits / 16] = halves[digits / 16] << 4 | u64::from(digit);
            digits += 1;
        } else if byte != b'-' {
            digits = usize::MAX;
            break;
        }
    }
    if digits == 32 {
        return u128::from(halves[0]) << 64 | u128::from(halves[1]);
    }
    u128::from(hash(id)) << 64 | u128::from(hash(&(id.len(), id)))
}

/// Values of hexadecimal digits in lower case; 16 for other bytes.
const DIGITS: [u8; 256] = {
    let mut digits = [16; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

fn hash<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use NodeKind::{Assistant, Other, Prompt};

    /// `(id, parent, kind, message)`; a parent that starts with `~` is a logical one.
    fn live(nodes: &[(&str, Option<&str>, NodeKind, &str)], leaf: Option<&str>) -> (String, Live) {
        let mut tree = Tree::default();
        for &(id, parent, kind, message) in nodes {
            let logical = parent.and_then(|parent| parent.strip_prefix('~'));
            let parent = parent.filter(|parent| !parent.starts_with('~'));
            tree.add(Link { id, parent, logical_parent: logical, kind, message, session: "s" });
        }
        if let Some(leaf) = leaf {
            tree.set_leaf(leaf);
        }
        let live = tree.live();
        let names = nodes.iter().zip(0..).filter(|(_, i)| live.contains(*i)).map(|(n, _)| n.0).collect();
        (names, live)
    }

    #[test]
    fn parallel_tool_calls_beside_the_chain_are_live() {
        // b and c are calls of one message; the chain goes on from b's result only.
        let nodes = [
            ("a", None, Prompt, ""),
            ("b", Some("a"), Assistant, "m"),
            ("c", Some("b"), Assistant, "m"),
            ("r", Some("c"), Other, ""),
            ("q", Some("b"), Other, ""),
            ("d", Some("q"), Assistant, "n"),
        ];
        assert_eq!(live(&nodes, None).0, "abcrqd");
    }

    #[test]
    fn a_rewind_abandons_what_came_after_it() {
        let nodes = [
            ("a", None, Prompt, ""),
            ("b", Some("a"), Assistant, "m"),
            ("c", Some("b"), Prompt, ""),
            ("d", Some("c"), Assistant, "n"),
            ("e", Some("b"), Prompt, ""),
            ("f", Some("e"), Assistant, "o"),
        ];
        assert_eq!(live(&nodes, None).0, "abef");
        // The user went back to d and did nothing since.
        assert_eq!(live(&nodes, Some("d")).0, "abcd");
    }

    #[test]
    fn a_first_prompt_written_anew_abandons_all_before_it() {
        let nodes = [
            ("a", None, Prompt, ""),
            ("b", Some("a"), Assistant, "m"),
            ("c", None, Prompt, ""),
            ("d", Some("c"), Assistant, "n"),
        ];
        assert_eq!(live(&nodes, None).0, "cd");
    }

    #[test]
    fn a_compaction_continues_with_or_without_its_logical_parent() {
        let nodes = [
            ("a", None, Prompt, ""),
            ("b", Some("a"), Assistant, "m"),
            ("c", Some("~b"), Other, ""),
            ("d", Some("c"), Assistant, "n"),
        ];
        assert_eq!(live(&nodes, None).0, "abcd");
        let mut lost = nodes;
        lost[2].1 = Some("~gone");
        assert_eq!(live(&lost, None).0, "abcd");
    }

    #[test]
    fn cycles_missing_parents_and_files_without_links_end() {
        let cycle = [
            ("a", Some("c"), Prompt, ""),
            ("b", Some("a"), Assistant, "m"),
            ("c", Some("b"), Assistant, "n"),
        ];
        let (names, found) = live(&cycle, None);
        assert_eq!((names.as_str(), found.cycle), ("abc", true));
        let orphan =
            [("a", None, Prompt, ""), ("b", Some("a"), Assistant, "m"), ("c", Some("gone"), Assistant, "n")];
        let (names, found) = live(&orphan, None);
        assert_eq!((names.as_str(), found.orphans), ("abc", 1));
        let flat = [
            ("a", None, Prompt, ""),
            ("b", None, Assistant, "m"),
            ("c", None, Prompt, ""),
            ("d", None, Assistant, "n"),
        ];
        assert_eq!(live(&flat, None).0, "abcd");
        let own = [("a", Some("a"), Assistant, "m")];
        assert_eq!(live(&own, None).0, "a");
    }
}
