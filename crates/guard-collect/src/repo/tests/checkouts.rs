//! checkouts.
