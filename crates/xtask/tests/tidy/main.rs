//! Rules about the source itself: which crate may name which, which folder may use which, and what no file may hold.
//!
//! Each rule is a table; to change one, change its row and say why in the commit. [`source`] reads the files.

mod arrows;
mod files;
mod source;
