//! The product's one binary.

fn main() {}
