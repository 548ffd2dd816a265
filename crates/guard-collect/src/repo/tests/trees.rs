//! trees.
