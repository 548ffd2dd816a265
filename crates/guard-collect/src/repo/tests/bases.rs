//! bases.
